"""Exercise 1.9: right answers that differ in kind, and another cell that makes another exercise."""

import math
from functools import reduce

import numpy as np
import pytest

from exercises import judge
from exercises.engine.judging import judge as judge_on
from exercises.lessons import lesson_01
from exercises.lessons.lesson_01 import Mixture, weight_of_cell


def states(w, h0, x):
    """h_0 ... h_T, (T+1,)."""
    h = [h0]
    for x_t in x:
        h.append(w * h[-1] + (1 - w) * x_t)
    return np.array(h)


def forward_in_time(w, h0, x):
    """dh_t/dw, carried along with h_t."""
    h, slope = h0, 0.0
    for x_t in x:
        h, slope = w * h + (1 - w) * x_t, h - x_t + w * slope
    return slope


def backward_in_time(w, h0, x):
    """dL/dh_t, carried from the last state to the first."""
    h, dh, total = states(w, h0, x), 1.0, 0.0
    for t in range(len(x), 0, -1):
        total += dh * (h[t - 1] - x[t - 1])
        dh *= w
    return total


def expanded(w, h0, x):
    """The last state as one sum, differentiated term by term: no state, no copy."""
    T = len(x)
    total = T * w ** (T - 1) * h0
    for t, x_t in enumerate(x, 1):
        total -= w ** (T - t) * x_t
        if t < T:
            total += (1 - w) * (T - t) * w ** (T - t - 1) * x_t
    return total


def each_place_by_itself(w, h0, x):
    """Two sums, one for each place of the weight."""
    T, h = len(x), states(w, h0, x)
    return (sum(h[t - 1] * w ** (T - t) for t in range(1, T + 1))
            - sum(x[t - 1] * w ** (T - t) for t in range(1, T + 1)))


def recursive(w, h0, x):
    """The gradient of the first T - 1 steps, one step further."""
    return 0.0 if len(x) == 0 else w * recursive(w, h0, x[:-1]) + states(w, h0, x)[-2] - x[-1]


def untied_copies(w, h0, x):
    """Every copy moved by itself, by the complex step."""
    total = 0.0
    for t in range(len(x)):
        h = h0
        for step, x_t in enumerate(x):
            copy = w + 1e-100j * (step == t)
            h = copy * h + (1 - copy) * x_t
        total += np.imag(h) / 1e-100
    return total


FORMS = {
    "copies, by NumPy": lambda w, h0, x: (
        (states(w, h0, x)[:-1] - x) * w ** np.arange(len(x) - 1, -1, -1)).sum(),
    "forward in time": forward_in_time,
    "backward in time": backward_in_time,
    "the sum of all terms": expanded,
    "each place by itself": each_place_by_itself,
    "recursive": recursive,
    "untied copies": untied_copies,
    "a polynomial": lambda w, h0, x: float(np.polyval(states(w, h0, x)[:-1] - x, w)),
    "Horner": lambda w, h0, x: reduce(lambda total, own: total * w + own, states(w, h0, x)[:-1] - x, 0.0),
    "a system of equations": lambda w, h0, x: np.linalg.solve(
        np.eye(len(x)) - w * np.eye(len(x), k=-1), states(w, h0, x)[:-1] - x)[-1],
    "an exact sum": lambda w, h0, x: math.fsum(
        (h - x_t) * w ** (len(x) - t) for t, (h, x_t) in enumerate(zip(states(w, h0, x), x), 1)),
    "an array of one number": lambda w, h0, x: np.array(forward_in_time(w, h0, x)),
}
CELLS = {
    "a leaky sum": Mixture(new=lambda w: 1.0, new_slope=lambda w: 0.0),
    "the square": Mixture(new=lambda w: 1 - w ** 2, new_slope=lambda w: -2 * w),
}


@pytest.mark.parametrize("words", FORMS)
def test_no_form_is_rejected(words):
    assert len(FORMS) >= 10
    assert judge("1.9", FORMS[words]).status == "right"


@pytest.mark.parametrize("words", CELLS)
def test_another_cell_is_another_exercise(words):
    exercise = weight_of_cell(CELLS[words], "A cell", "It is derived.", lesson_01.EXERCISES["1.9"].hints)
    exercise.number = "1.9"
    assert judge_on(exercise, exercise.reference).status == "right"
    assert judge_on(exercise, exercise.form(exercise.formulas)).status == "right"
    assert judge_on(exercise, lesson_01.EXERCISES["1.9"].reference).status == "wrong"
    answer = exercise.form(type("Wrong", (exercise.formulas,), {"felt": lambda s, t: 1.0}))
    assert judge_on(exercise, answer).message.startswith("Every copy felt in full")
