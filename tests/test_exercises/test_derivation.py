"""Exercise 3.14 is made of a description: another cell makes another exercise."""

import numpy as np
import pytest

from exercises.engine.judging import judge
from exercises.lessons import lesson_03
from exercises.lessons.lesson_03 import Blend, step_of_cell

CELLS = {
    "residual": Blend(keep=lambda alpha: 1 + 0 * alpha),
    "leaky sigmoid": Blend(f=lambda a: 1 / (1 + np.exp(-a)), slope=lambda value: value * (1 - value)),
}


def exercise_on(cell):
    exercise = step_of_cell(cell, "A cell", "It is derived.", lesson_03.EXERCISES["3.14"].hints)
    exercise.number = "3.14"
    return exercise


@pytest.mark.parametrize("words", CELLS)
def test_another_cell_is_another_exercise(words):
    exercise = exercise_on(CELLS[words])
    assert judge(exercise, exercise.reference).status == "right"
    assert judge(exercise, exercise.form(exercise.formulas)).status == "right"
    assert judge(exercise, lesson_03.EXERCISES["3.14"].reference).status == "wrong"
    answer = exercise.form(type("Wrong", (exercise.formulas,), {"straight": lambda s: 0.0}))
    assert judge(exercise, answer).message.startswith("Path past tanh missing")
