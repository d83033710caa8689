"""The machinery behind ``check("4.3", backward)``: what it accepts, what it refuses, and what it says."""

import importlib
import sys
import types
from pathlib import Path

import numpy as np
import pytest

from helpers import checks
from helpers.checks import Exercise, check

X = np.arange(6.0).reshape(2, 3)


def pair(x, scale):
    return x.sum(), {"dx": scale * x, "dW": x.T}


EXERCISES = {
    "99.1": Exercise("Doubling is understood.", lambda x: 2 * x, [(X,), (-X,)]),
    "99.2": Exercise("Pairs are understood.", pair, [(X, 3.0)], parts=("The sum", "grads")),
    "99.3": Exercise("Instances can be made.", lambda x: 2 * x, lambda: [(X,)], tolerance=1e-3),
    "99.4": Exercise("Words and truths.", lambda x: (x > 0, "yes"), [(1,)]),
    "99.5": Exercise("Complex numbers.", lambda x: 1j * x, [(X,)]),
    "99.6": Exercise("A shape.", lambda x: x.shape, [(X,)]),
}


@pytest.fixture(autouse=True)
def lesson_99(monkeypatch):
    monkeypatch.setitem(sys.modules, "helpers.checks.lesson_99", types.SimpleNamespace(EXERCISES=EXERCISES))
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)


def raises(error):
    def answer(*arguments):
        raise error
    return answer


# --- right ---

@pytest.mark.parametrize("number, answer", [
    ("99.1", lambda x: x + x), ("99.1", lambda x: (2 * x).tolist()), ("99.1", lambda x: 2 * x + 1e-10),
    ("99.2", pair), ("99.2", lambda x, scale: list(pair(x, scale))),
    ("99.3", lambda x: 2 * x + 1e-3), ("99.4", lambda x: (np.bool_(True), "yes")), ("99.5", lambda x: x * 1j),
    ("99.6", lambda x: [2, 3]), ("99.6", lambda x: np.array([2, 3]))])
def test_right_in_any_form(number, answer):
    result = check(number, answer)
    assert result.status == "right"
    assert repr(result) == f"Exercise {number}: right. {EXERCISES[number].goal}"


# --- wrong ---

@pytest.mark.parametrize("number, answer, message", [
    ("99.1", lambda x: 2 * x.T, "The result should have shape (2, 3); it has (3, 2)."),
    ("99.1", lambda x: 2 * x[0], "The result should have shape (2, 3); it has (3,)."),
    ("99.1", lambda x: 3 * x, "the right shape, but 5 of 6 entries are wrong. Furthest off is entry [1, 2]: yours is 15."),
    ("99.1", lambda x: np.abs(2 * x), "entry [1, 2]: yours is 10."),                # right on the first instance only
    ("99.1", lambda x: 2 * x + 1e-7, "6 of 6 entries are wrong"),
    ("99.1", lambda x: np.full((2, 3), np.nan), "entry [0, 0]: yours is nan."),
    ("99.1", lambda x: 2 * x + 0j, "The result should be real numbers; it holds complex ones."),
    ("99.1", lambda x: None, "The result is None: is a return missing?"),
    ("99.1", lambda x: "twice", "The result should be numbers; it is str."),
    ("99.1", lambda x: [[1.0], [2.0, 3.0]], "The result should be numbers; it is list."),
    ("99.1", lambda x: {"dx": x}, "The result should be numbers; it is dict."),
    ("99.1", lambda: X, "It stopped with TypeError: "),
    ("99.1", raises(ZeroDivisionError("division by zero")), "It stopped with ZeroDivisionError: division by zero"),
    ("99.1", raises(AssertionError("shape")), "It stopped with AssertionError: shape"),
    ("99.1", X, "Hand over the function itself, not ndarray: no brackets."),
    ("99.2", lambda x, s: x.sum(), "The result should have 2 parts; it is a single float64."),
    ("99.2", lambda x, s: (x.sum(),), "The result should have 2 parts; it has 1."),
    ("99.2", lambda x, s: (0.0, pair(x, s)[1]), "The sum is 0, and that is not right."),
    ("99.2", lambda x, s: (x.sum(), x), "grads should be a dict with the keys ['dW', 'dx']; it is ndarray."),
    ("99.2", lambda x, s: (x.sum(), {"dx": s * x}), "grads should have the keys ['dW', 'dx']; it has ['dx']."),
    ("99.2", lambda x, s: (x.sum(), {"dx": s * x, "dW": x.T, 1: 0}), "should have the keys ['dW', 'dx']; it has [1, 'dW'"),
    ("99.2", lambda x, s: (x.sum(), {"dx": s * x, "dW": x}), "grads['dW'] should have shape (3, 2); it has (2, 3)."),
    ("99.2", lambda x, s: (x.sum(), {"dx": None, "dW": x.T}), "grads['dx'] is None"),
    ("99.4", lambda x: (False, "yes"), "Part 1 of the result is False, and that is not right."),
    ("99.4", lambda x: (True, "no"), "Part 2 of the result is 'no', and that is not right."),
    ("99.4", lambda x: (np.ones(2), "yes"), "Part 1 of the result is array([1., 1.]), and that is not right."),
    ("99.2", lambda x, s: x.T, "The result should have 2 parts; it is a single array of shape (3, 2)."),
    ("99.6", lambda x: (3, 2), "The result is (3, 2), and that is not right."),
    ("99.6", lambda x: (2, 3, 1), "The result is (2, 3, 1), and that is not right."),
    ("99.6", lambda x: x, "and that is not right."),
    ("99.5", lambda x: -1j * x, "5 of 6 entries are wrong"),
])
def test_wrong_and_why(number, answer, message):
    result = check(number, answer)
    assert result.status == "wrong"
    assert message in result.message


def test_not_attempted_yet():
    result = check("99.1", raises(NotImplementedError()))
    assert result.status == "not attempted yet"
    assert "NotImplementedError" in result.message


@pytest.mark.parametrize("number", ["99.9", "98.1", "nine", "", 99.1, None, ["99.1"]])
def test_no_such_exercise(number):
    with pytest.raises(ValueError, match="There is no exercise .* Write its number as text"):
        check(number, abs)


def test_a_lesson_that_cannot_be_imported_is_not_called_missing(monkeypatch, tmp_path):
    """A mistake in a lesson's own checks must be seen by its author."""
    monkeypatch.setattr(checks, "__path__", [*checks.__path__, str(tmp_path)])
    (tmp_path / "lesson_97.py").write_text("import a_module_that_is_not_there")
    with pytest.raises(ModuleNotFoundError, match="a_module_that_is_not_there"):
        check("97.1", abs)


# --- nothing leaks ---

def test_an_answer_that_changes_its_arguments_changes_nothing_else():
    """Neither the instances, nor what the reference gets, nor variables of the learner."""
    before = X.copy()

    def destructive(x):
        x *= 2
        return x

    def cheat(x):
        x[:] = 0
        return x

    assert check("99.1", destructive).status == "right"
    assert check("99.1", cheat).status == "wrong"
    assert check("99.1", lambda x: 2 * x).status == "right"
    np.testing.assert_array_equal(X, before)


# --- how it is shown, and graded ---

def test_html_is_escaped():
    shown = check("99.1", raises(ValueError("<script> & co")))._repr_html_()
    assert "&lt;script&gt; &amp; co" in shown and "<script>" not in shown
    assert "Exercise 99.1: wrong." in shown


def test_colours_tell_the_three_results_apart():
    answers = [lambda x: 2 * x, lambda x: x, raises(NotImplementedError())]
    assert len({check("99.1", answer)._repr_html_().split(";")[0] for answer in answers}) == 3


@pytest.mark.parametrize("answer, status", [(lambda x: x, "wrong"), (raises(NotImplementedError()), "not attempted yet"),
                                            (raises(ValueError("no")), "wrong")])
def test_nbgrader_sees_an_error(monkeypatch, answer, status):
    assert check("99.1", answer).status == status
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    with pytest.raises(AssertionError, match=f"Exercise 99.1: {status}"):
        check("99.1", answer)


def test_nbgrader_sees_no_error_in_a_right_answer(monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert check("99.1", lambda x: 2 * x).status == "right"


# --- the exercises of the lessons ---

LESSONS = sorted(path.stem for path in Path(checks.__file__).parent.glob("lesson_*.py"))


@pytest.mark.parametrize("lesson", LESSONS)
def test_each_exercise_accepts_its_reference_and_not_an_empty_answer(lesson):
    exercises = importlib.import_module(f"helpers.checks.{lesson}").EXERCISES
    for number, exercise in exercises.items():
        assert int(number.split(".")[0]) == int(lesson.removeprefix("lesson_"))
        assert check(number, exercise.reference).status == "right", number
        assert check(number, lambda *arguments, **keywords: None).status == "wrong", number
        assert check(number, raises(NotImplementedError())).status == "not attempted yet", number
