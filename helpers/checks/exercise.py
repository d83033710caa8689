"""The machinery behind ``check``: run the learner's function beside the reference and compare what they return."""

import copy
import html
import importlib
import os
import re
from typing import Callable, NamedTuple

import numpy as np


class Exercise(NamedTuple):
    """An exercise, as a few lines.

    goal: what a right answer shows, one sentence.
    reference: the right function.
    instances: list of tuples of arguments to try; or a function that returns it.
    tolerance: largest allowed difference, relative to the largest entry of the reference's array.
    parts: names for the parts of a tuple result, in order ("dh", "grads"); not needed for a dict.
    """

    goal: str
    reference: Callable
    instances: list
    tolerance: float = 1e-9
    parts: tuple = ()


class Result:
    """What a check found. status: "right", "wrong" or "not attempted yet"."""

    def __init__(self, number, status, message):
        self.number, self.status, self.message = number, status, message

    def __repr__(self):
        return f"Exercise {self.number}: {self.status}. {self.message}"

    def _repr_html_(self):
        colour = {"right": "#009E73", "wrong": "#D55E00"}.get(self.status, "#888888")
        return (f'<div style="border-left: 4px solid {colour}; padding: 2px 10px">'
                f"<b>Exercise {self.number}: {self.status}.</b> {html.escape(self.message)}</div>")


class Mismatch(Exception):
    """An answer that differs from the reference; the message says where."""


def check(number, answer):
    """Check an answer to an exercise.

    number: such as "4.3". answer: the function you wrote.
    Returns a Result, which a notebook shows. While nbgrader grades, a wrong answer raises AssertionError instead,
    so that it scores nothing.
    """
    result = judge(number, answer)
    if result.status != "right" and os.environ.get("NBGRADER_EXECUTION"):
        raise AssertionError(repr(result))
    return result


def judge(number, answer):
    """The Result for an answer; never raises for anything that the answer does."""
    exercise = find(number)
    if not callable(answer):
        return Result(number, "wrong", f"Hand over the function itself, not {type(answer).__name__}: no brackets.")
    instances = exercise.instances() if callable(exercise.instances) else exercise.instances
    for arguments in instances:
        expected = exercise.reference(*copy.deepcopy(arguments))
        try:
            received = answer(*copy.deepcopy(arguments))
            compare(received, expected, exercise.tolerance, "the result", exercise.parts)
        except NotImplementedError:
            return Result(number, "not attempted yet", "Replace the line that raises NotImplementedError.")
        except Mismatch as mismatch:
            return Result(number, "wrong", re.sub(r"^(the|part) ", lambda word: word[0].capitalize(), str(mismatch)))
        except Exception as error:
            return Result(number, "wrong", f"It stopped with {type(error).__name__}: {error}")
    return Result(number, "right", exercise.goal)


def find(number):
    """Look up an exercise. Raises ValueError if there is none of that number."""
    lesson = number.split(".")[0] if isinstance(number, str) else ""
    module = f"helpers.checks.lesson_{lesson:0>2}"
    try:
        exercises = importlib.import_module(module).EXERCISES
    except ModuleNotFoundError as error:
        if error.name != module:            # a lesson's checks that cannot be imported are our mistake, not the learner's
            raise
        exercises = {}
    if not isinstance(number, str) or number not in exercises:
        raise ValueError(f'There is no exercise {number!r}. Write its number as text, such as "4.3".')
    return exercises[number]


def compare(received, expected, tolerance, where, parts=()):
    """Compare a result with the reference, part by part. Raises Mismatch, which says where and how they differ."""
    if received is None:
        raise Mismatch(f"{where} is None: is a return missing?")
    if isinstance(expected, dict):
        if not isinstance(received, dict):
            raise Mismatch(f"{where} should be a dict with the keys {sorted(expected)}; it is {type(received).__name__}.")
        if set(received) != set(expected):
            raise Mismatch(f"{where} should have the keys {sorted(expected)}; it has {sorted(received, key=str)}.")
        for key in expected:
            compare(received[key], expected[key], tolerance, f"{where}[{key!r}]")
    elif isinstance(expected, (tuple, list)):
        compare_parts(received, expected, tolerance, where, parts)
    elif isinstance(expected, (str, bool)):
        if np.ndim(received) != 0 or received != expected:
            raise Mismatch(f"{where} is {received!r}, and that is not right.")
    else:
        compare_arrays(received, np.asarray(expected), tolerance, where)


def compare_parts(received, expected, tolerance, where, parts):
    """Compare the parts of a tuple one by one; a shape (a tuple of whole numbers without names) as one thing."""
    try:
        count = len(received)
    except TypeError:
        raise Mismatch(f"{where} should have {len(expected)} parts; it is a single {type(received).__name__}.") from None
    if not parts and all(isinstance(size, int) for size in expected):
        if not np.array_equal(received, expected):
            raise Mismatch(f"{where} is {tuple(received)}, and that is not right.")
        return
    if count != len(expected):
        is_array = isinstance(received, np.ndarray)
        what = f"is a single array of shape {received.shape}" if is_array else f"has {count}"
        raise Mismatch(f"{where} should have {len(expected)} parts; it {what}.")
    for i, (got, wanted) in enumerate(zip(received, expected)):
        compare(got, wanted, tolerance, parts[i] if i < len(parts) else f"part {i + 1} of {where}")


def compare_arrays(received, expected, tolerance, where):
    """Compare numbers or arrays. Raises Mismatch, which names the shape or the worst entry."""
    try:
        array = np.asarray(received)
    except (TypeError, ValueError):         # a list of rows of different lengths
        array = np.array(None)
    if array.dtype.kind not in "biufc":
        raise Mismatch(f"{where} should be numbers; it is {type(received).__name__}.")
    if np.iscomplexobj(array) and not np.iscomplexobj(expected):
        raise Mismatch(f"{where} should be real numbers; it holds complex ones.")
    received = array.astype(complex if np.iscomplexobj(expected) else float)
    if received.shape != expected.shape:
        raise Mismatch(f"{where} should have shape {expected.shape}; it has {received.shape}.")
    if expected.size == 0:
        return
    difference = np.abs(received - expected)
    difference = np.where(np.isnan(difference), np.inf, difference)
    worst = np.unravel_index(np.argmax(difference), difference.shape)
    limit = tolerance * (np.abs(expected).max() or 1.0)
    if difference[worst] <= limit:
        return
    if expected.ndim == 0:
        raise Mismatch(f"{where} is {received:.4g}, and that is not right.")
    entry = ", ".join(map(str, worst))
    raise Mismatch(f"{where} has the right shape, but {np.count_nonzero(difference > limit)} of {expected.size} entries "
                   f"are wrong. Furthest off is entry [{entry}]: yours is {received[worst]:.4g}.")
