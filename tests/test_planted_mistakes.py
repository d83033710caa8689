"""Mistakes planted by hand into the solutions as learners would make them: the check names each, whatever code it stands in.

The catalogue of ``helpers/specimens.py`` is tested with its own code elsewhere. Here a line of a lesson's solution is edited.
"""

import numpy as np
import pytest

from helpers import losses, rnn
from helpers.checks import judge
from notebooks import is_exercise, load


def solution(lesson, number):
    """The source of an exercise's cell, with its answer."""
    cell = next(cell for cell in load("solutions", lesson).cells
                if is_exercise(cell) and cell.metadata.nbgrader.grade_id == f"exercise-{number.replace('.', '-')}")
    return cell.source


LOOP = solution("05_training", "5.1")               # all in the loop, for a batch
HOISTED = solution("04_coding_bptt", "4.3")         # parameter gradients after the loop
SEQUENCE = solution("04_coding_bptt", "4.2")        # one sequence, in columns

DH = 'dh = dy_t @ params["W_hy"] + from_later'
DA = "da = (1 - h[t] ** 2) * dh"
CARRY = 'from_later = da @ params["W_hh"]'

# (the solution, its exercise, what is replaced, by what, the name that the check must say)
EDITS = [
    (LOOP, "4.3", DH, 'dh = dy_t @ params["W_hy"]', "dropped future term"),
    (LOOP, "4.3", DH, 'dh = dy[-1] @ params["W_hy"] + from_later', "last loss at every step"),
    (LOOP, "4.3", DH, 'dh = dy_t @ params["W_hy"] + h[t - 1]', "state added as gradient"),
    (LOOP, "4.3", "range(len(x), 0, -1)", "range(1, len(x) + 1)", "ascending time loop"),
    (LOOP, "4.3", "range(len(x), 0, -1)", "range(len(x), 1, -1)", "skips first step"),
    (LOOP, "4.3", "range(len(x), 0, -1)", "range(len(x) - 1, 0, -1)", "skips last step"),
    (LOOP, "4.3", "range(len(x), 0, -1)", "range(len(x), max(len(x) - 5, 0), -1)", "loop visits five steps"),
    (LOOP, "4.3", DA, "da = (1 - np.tanh(h[t]) ** 2) * dh", "tanh derivative applied twice"),
    (LOOP, "4.3", DA, "da = (1 - h[-1] ** 2) * dh", "tanh derivative at final state"),
    (LOOP, "4.3", DA, "da = (1 - h[t - 1] ** 2) * dh", "tanh derivative at previous state"),
    (LOOP, "4.3", DA, "da = dh", "tanh derivative omitted"),
    (LOOP, "4.3", DA, "da = (1 - h[t]) * dh", "tanh derivative without square"),
    (LOOP, "4.3", DA, "da = dh / (1 - h[t] ** 2)", "tanh derivative inverted"),
    (LOOP, "4.3", DA, "da = (1 - h[t]) ** 2 * dh", "tanh derivative squares the bracket"),
    (LOOP, "4.3", DA, "da = h[t] * (1 - h[t]) * dh", "sigmoid derivative"),
    (LOOP, "4.3", DA, "da = np.where(h[t] > 0, dh, 0)", "relu derivative"),
    (LOOP, "4.3", DA, "da = 1 - h[t] ** 2", "upstream gradient missing"),
    (LOOP, "4.3", CARRY, 'from_later = da @ params["W_hh"].T', "carry matrix not transposed"),
    (LOOP, "4.3", CARRY, "from_later = da", "carry without recurrent matrix"),
    (LOOP, "4.3", CARRY, 'from_later = dh @ params["W_hh"]', "carry without slope"),
    (LOOP, "4.3", CARRY, 'from_later = (1 - h[t - 1] ** 2) * (da @ params["W_hh"])', "carry extra tanh derivative"),
    (LOOP, "4.3", CARRY, 'carried = da @ params["W_hh"]', "carry never assigned"),
    (LOOP, "4.3", CARRY, 'from_later = from_later + da @ params["W_hh"]', "carry accumulates"),
    (LOOP, "4.3", CARRY, 'from_later = np.clip(da @ params["W_hh"], -1, 1)', "carry clipped to one"),
    (LOOP, "4.3", "da.T @ h[t - 1]", "da.T @ h[t]", "recurrent outer uses current state"),
    (LOOP, "4.3", "da.T @ h[t - 1]", "da.T @ h[1:][t - 2]", "previous state wraps to last"),
    (LOOP, "4.3", "da.T @ h[t - 1]", "da.T @ h[t - 1] * (t > 1)", "first step recurrent term skipped"),
    (LOOP, "4.3", "da.T @ h[t - 1]", "h[t - 1].T @ da", "recurrent outer transposed"),
    (LOOP, "4.3", "da.T @ x[t - 1]", "da.T @ x[t - 2]", "input one step early"),
    (LOOP, "4.3", "dy_t.T @ h[t]", "dy_t.T @ h[t - 1]", "output uses previous state"),
    (LOOP, "4.3", 'grads["b_h"] += da.sum(axis=0)', 'grads["b_h"] += da.mean(axis=0)', "bias not summed over batch"),
    (LOOP, "4.3", 'grads["b_y"] += dy_t.sum(axis=0)', 'grads["b_y"] += grads["b_y"]', "output bias never accumulated"),
    (LOOP, "4.3", 'dx[t - 1] = da @ params["W_xh"]', 'dx[t - 1] = dh @ params["W_xh"]', "input gradient without slope"),
    (LOOP, "4.3", 'dx[t - 1] = da @ params["W_xh"]', 'dx[len(x) - t] = da @ params["W_xh"]', "input gradient time reversed"),
    (LOOP, "4.3", '"h0": from_later', '"h0": da', "initial state gradient wrong"),
    (LOOP, "4.3", '"h0": from_later', '"h0": np.zeros_like(h[0])', "initial state gradient omitted"),
    (HOISTED, "4.3", "cache.h[:-1], time_and_batch", "cache.h[1:], time_and_batch", "recurrent outer uses current state"),
    (HOISTED, "4.3", "np.tensordot(delta, cache.h[:-1], time_and_batch)", "np.tensordot(delta, cache.h[:-1], time_and_batch).T",
     "recurrent outer transposed"),
    (HOISTED, "4.3", '"b_h": delta.sum((0, 1))', '"b_h": delta.sum(0)', "hidden bias keeps batch axis"),
    (SEQUENCE, "4.2", "np.outer(delta, h[t])", "np.outer(delta, h[t + 1])", "recurrent outer uses current state"),
    (SEQUENCE, "4.2", 'from_later = params["W_hh"].T @ delta', 'from_later = params["W_hh"] @ delta', "carry matrix not transposed"),
    (SEQUENCE, "4.2", "(1 - h[t + 1] ** 2)", "(1 - h[t] ** 2)", "tanh derivative at previous state"),
]


def function_in(source):
    """The function that a cell defines."""
    space = {"np": np, "rnn": rnn, "losses": losses}
    exec(source, space)
    return space[source.split("def ")[1].split("(")[0]]


@pytest.mark.parametrize("source, number, old, new, name", EDITS, ids=[f"{edit[1]} {edit[4]}" for edit in EDITS])
def test_an_edited_line_is_named(source, number, old, new, name):
    assert judge(number, function_in(source)).status == "right"
    assert source.count(old) == 1
    result = judge(number, function_in(source.replace(old, new)))
    assert result.status == "wrong"
    assert name in repr(result).lower()


PAIRS = [(DH, 'dh = dy_t @ params["W_hy"]', "da.T @ h[t - 1]", "da.T @ h[t]", {"dropped future term", "recurrent outer uses current state"}),
         (DA, "da = (1 - np.tanh(h[t]) ** 2) * dh", CARRY, 'from_later = da @ params["W_hh"].T',
          {"tanh derivative applied twice", "carry matrix not transposed"}),
         ("da.T @ x[t - 1]", "da.T @ x[t - 2]", '"h0": from_later', '"h0": da', {"input one step early", "initial state gradient wrong"}),
         ("range(len(x), 0, -1)", "range(len(x), 1, -1)", "dy_t.T @ h[t]", "dy_t.T @ h[t - 1]", {"skips first step", "output uses previous state"}),
         (DA, "da = dh", 'grads["b_h"] += da.sum(axis=0)', 'grads["b_h"] += da.mean(axis=0)',
          {"tanh derivative omitted", "bias not summed over batch"})]


@pytest.mark.parametrize("old, new, other, newer, names", PAIRS)
def test_two_edited_lines_are_both_named(old, new, other, newer, names):
    said = repr(judge("4.3", function_in(LOOP.replace(old, new).replace(other, newer)))).lower()
    assert "two known mistakes at once" in said
    assert all(name in said for name in names)
