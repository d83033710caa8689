"""Exercises 1.9 and 1.10: right answers that differ in kind, and another cell that makes another exercise."""

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


# --- 1.10: the counter's loop ---

def in_a_loop(w_hh, h, x, target):
    """The lesson's loop."""
    dh, dw_hh, dw_xh = h[-1] - target, 0.0, 0.0
    for t in range(len(x), 0, -1):
        dw_hh += dh * h[t - 1]
        dw_xh += dh * x[t - 1]
        dh *= w_hh
    return dw_hh, dw_xh


def counter_recursive(w_hh, h, x, target, dh=None):
    """The last step, and all that is before it."""
    if len(x) == 0:
        return 0.0, 0.0
    dh = h[-1] - target if dh is None else dh
    before = counter_recursive(w_hh, h[:-1], x[:-1], target, w_hh * dh)
    return before[0] + dh * h[-2], before[1] + dh * x[-1]


def all_dh_kept(w_hh, h, x, target):
    """An array of all dL/dh_t first, both sums after it."""
    dh = np.zeros(len(h))
    dh[-1] = h[-1] - target
    for t in range(len(x) - 1, 0, -1):
        dh[t] = w_hh * dh[t + 1]
    return dh[1:] @ h[:-1], dh[1:] @ x


def counter_forward_in_time(w_hh, h, x, target):
    """dh_t/dw_hh and dh_t/dw_xh, carried along with h_t."""
    by_hh = by_xh = 0.0
    for before, x_t in zip(h, x):
        by_hh, by_xh = before + w_hh * by_hh, x_t + w_hh * by_xh
    return (h[-1] - target) * by_hh, (h[-1] - target) * by_xh


def from_zero(w_hh, h, x, target):
    """Slots counted from 0."""
    dh, grads = h[-1] - target, [0.0, 0.0]
    for i in reversed(range(len(x))):
        grads = [grads[0] + dh * h[i], grads[1] + dh * x[i]]
        dh = dh * w_hh
    return grads


def by_moving(w_hh, h, x, target):
    """The complex step at the copies: each step is moved, and the change runs on to the last state."""
    grads = [0.0, 0.0]
    for t in range(1, len(x) + 1):
        for k, beside in enumerate((h[t - 1], x[t - 1])):
            last = h[t] + 1e-100j * beside
            for later in range(t + 1, len(h)):
                last = h[later] + w_hh * (last - h[later - 1])
            grads[k] += np.imag(0.5 * (last - target) ** 2) / 1e-100
    return tuple(grads)


def powers(w_hh, h, x, target):
    """w_hh^(T-t) (h_T - target), all at once."""
    dh = (h[-1] - target) * float(w_hh) ** np.arange(len(x))[::-1]
    return np.sum(dh * h[:-1]), np.sum(dh * x)


COUNTERS = {
    "a loop": in_a_loop,
    "recursive": counter_recursive,
    "all dh kept": all_dh_kept,
    "forward in time": counter_forward_in_time,
    "slots from 0": from_zero,
    "moved, and run on": by_moving,
    "powers": powers,
    "polynomials": lambda w, h, x, target: (
        (h[-1] - target) * np.polyval(h[:-1], w), (h[-1] - target) * np.polyval(x, w)),
    "Horner": lambda w, h, x, target: tuple(
        (h[-1] - target) * reduce(lambda total, own: total * w + own, values) for values in (h[:-1], x)),
    "a system of equations": lambda w, h, x, target: np.linalg.solve(
        np.eye(len(x)) - w * np.eye(len(x), k=1),
        np.eye(len(x))[-1] * (h[-1] - target)) @ np.stack([h[:-1], x], axis=1),
    "an array": lambda w, h, x, target: np.array(in_a_loop(w, h, x, target)),
    "a dict": lambda w, h, x, target: dict(zip(("dw_hh", "dw_xh"), powers(w, h, x, target))),
}


@pytest.mark.parametrize("words", COUNTERS)
def test_no_loop_of_the_counter_is_rejected(words):
    assert len(COUNTERS) >= 10
    assert judge("1.10", COUNTERS[words]).status == "right"
