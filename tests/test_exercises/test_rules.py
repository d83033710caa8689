"""Mistakes by rule: each is a wrong answer that is rejected, or the same function; and what is said of it."""

import re

import numpy as np
import pytest

from exercises.engine.attempt import outcome
from exercises.engine.by_rule import answer_of
from exercises.engine.changes import Change, sentence
from exercises.engine.mistakes import same
from exercises.lessons.catalogue import find, lesson_exercises, lessons

NUMBERS = [number for lesson in lessons() for number, exercise in lesson_exercises(lesson).items()
           if not exercise.verdict]


def accepted(exercise):
    """(change, answer) for all changes that the check calls right: on instances, easier and far problems.

    Left out are those of formulas that no result is made of, such as dW_hh in an exercise about states alone.
    """
    tried, numbers = exercise.tried, [exercise.smallest_first[0], exercise.smallest_instance]
    problems = [*exercise.every_problem, *((far.arguments, right) for far, right in exercise.far_problems)]
    for change in tried.every:
        names = tuple(change.names)
        if all(alike(tried, change, k) for k in numbers) and any(tried.reach(names, k) for k in numbers):
            answer = answer_of(exercise, [change])
            if right_on(problems, answer, exercise):
                yield change, answer


def alike(tried, change, number):
    """True if a change makes no part of a problem wrong, at a quick look."""
    made = tried.signatures([change], number)
    return made and not tried.form(number).wrong(made)


def right_on(problems, answer, exercise):
    """True if an answer is right on all (arguments, right result)."""
    return all(same(outcome(answer, arguments), right, exercise) for arguments, right in problems)


def moved(value, rng, factor):
    """Other numbers of the same kind: up to 1, as states and gates are, they remain so; the others grow."""
    if isinstance(value, dict):
        return {name: moved(entry, rng, factor) for name, entry in value.items()}
    if isinstance(value, (tuple, list)):
        entries = [moved(entry, rng, factor) for entry in value]
        return type(value)(*entries) if hasattr(value, "_fields") else type(value)(entries)
    if isinstance(value, float) or isinstance(value, np.ndarray) and value.dtype.kind == "f":
        shrunk = np.exp(-0.3 * np.abs(rng.standard_normal(np.shape(value))))
        found = value * np.where(np.abs(value) > 1, factor / shrunk, shrunk)
        return found if isinstance(value, np.ndarray) else float(found)
    return value


def others(exercise):
    """[(arguments, right result)] of problems that nobody picked."""
    right = exercise.form(exercise.formulas) if exercise.formulas else exercise.reference
    found = [problem for words, problem in exercise.by_size if words == "T = 3, B = 2 and H = 2"]
    for k, (arguments, _) in enumerate(exercise.problems[:2]):
        for factor in (1, 30):
            changed = moved(arguments, np.random.default_rng(k), factor)
            found.append((changed, outcome(right, changed)))
    return [(arguments, result) for arguments, result in found if result is not None]


def words_of(change):
    """What is said of a change, or the name of a row."""
    return sentence([change]) if isinstance(change, Change) else f"{change.mistake.name}."


@np.errstate(all="ignore")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("number", NUMBERS)
def test_a_change_that_is_accepted_is_no_change(number):
    """What the check calls right is right on problems that nobody picked, too."""
    exercise = find(number)
    problems = others(exercise)
    wrong = [change for change, answer in accepted(exercise) if not right_on(problems, answer, exercise)]
    # A tangent of a forward pass does not grow with the loss. That a clipped gradient is found in such an
    # exercise, too, is in test_far_problems.
    wrong = [words for words in map(words_of, wrong) if exercise.suspected or "clipped to" not in words]
    assert not wrong


@pytest.mark.parametrize("number", [number for number in NUMBERS if find(number).suspected])
def test_what_a_change_says_is_for_a_learner(number):
    for change in find(number).tried.every:
        said = words_of(change)
        assert said[-1] in ".?" and not re.search(r"\bself\b|np\.|\bnone\b|  ", said), said
