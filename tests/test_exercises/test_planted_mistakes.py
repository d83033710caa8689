"""Mistakes planted by hand into the solutions as learners would make them:
the check names each, whatever code it stands in.

The catalogue of ``exercises/formulas/backward.py`` is tested with its own code elsewhere.
Here a line of a lesson's solution is edited.
"""

import numpy as np
import pytest

from exercises import judge
from helpers import losses, rnn
from notebooks import is_exercise, load


def solution(lesson, number):
    """The source of an exercise's cell, with its answer."""
    cell = next(cell for cell in load("solutions", lesson).cells
                if is_exercise(cell)
                and cell.metadata.nbgrader.grade_id == f"exercise-{number.replace('.', '-')}")
    return cell.source


STATES = solution("01_unrolling", "1.1")            # numbers
COUNTER = solution("01_unrolling", "1.10")
LAYERS = solution("01_unrolling", "1.5")
FORWARD = solution("02_forward_pass", "2.3")        # a batch
LOOP = solution("05_training", "5.1")               # all in the loop, for a batch
PLAIN = solution("04_coding_bptt", "4.3")
SEQUENCE = solution("04_coding_bptt", "4.2")        # one sequence, in columns
LSTM = solution("08_gates", "8.5")
GRU = solution("08_gates", "8.8")

DH = 'dh = dy_t @ params["W_hy"] + from_later'
DA = "da = (1 - h[t] ** 2) * dh"
CARRY = 'from_later = da @ params["W_hh"]'

# (the solution, its exercise, what is replaced, by what, the name that the check must say)
EDITS = [
    (STATES, "1.1", "range(1, T + 1)", "range(1, T)", "last step missing"),
    (STATES, "1.1", "range(1, T + 1):\n        h[t] = np.tanh(w_hh * h[t - 1] + w_xh * x[t - 1]",
     "range(1, T):\n        h[t] = np.tanh(w_hh * h[t - 1] + w_xh * x[t]", "slot t read for x_t"),
    (COUNTER, "1.10", "dw_hh += dh", "dw_hh = dh", "= for += in dw_hh"),
    (COUNTER, "1.10", "dh * h[t - 1]", "dh * h[t]", "current state in dw_hh"),
    (COUNTER, "1.10", "x[t - 1]", "x[t - 2]", "input one step late"),
    (COUNTER, "1.10", "        dh = w_hh * dh\n", "", "same dh at every step"),
    (COUNTER, "1.10", "dh = w_hh * dh", "dh = w_hh", "what arrived is forgotten"),
    (COUNTER, "1.10", "dh = w_hh * dh", "dh += w_hh * dh", "old dh kept in the new one"),
    (COUNTER, "1.10", "range(len(x), 0, -1)", "range(len(x), -1, -1)", "one step too many"),
    (LAYERS, "1.5", "W_hh[t - 1] @ h[t - 1] + W_xh[t - 1] @ x[t - 1] + b_h[t - 1]",
     "W_hh[t % T] @ h[t - 1] + W_xh[t % T] @ x[t - 1] + b_h[t % T]", "copies one layer early"),
    (FORWARD, "2.3", "range(1, len(h))", "range(1, len(x))", "last state missing"),
    (FORWARD, "2.3", 'range(1, len(h)):\n        a_t = h[t - 1] @ params["W_hh"].T + x[t - 1]',
     'range(1, len(x)):\n        a_t = h[t - 1] @ params["W_hh"].T + x[t]', "slot t read for x_t"),
    (FORWARD, "2.3", 'range(1, len(h)):\n        a_t = h[t - 1] @ params["W_hh"].T + x[t - 1]',
     'range(len(x)):\n        a_t = h[t - 1] @ params["W_hh"].T + x[t]', "first state overwritten"),
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
    (LOOP, "4.3", CARRY, 'from_later = da @ params["W_hh"].T', "recurrent matrix not transposed"),
    (LOOP, "4.3", CARRY, "from_later = da", "recurrent matrix missing"),
    (LOOP, "4.3", CARRY, 'from_later = dh @ params["W_hh"]', "slope missing in dh_later"),
    (LOOP, "4.3", CARRY, 'from_later = (1 - h[t - 1] ** 2) * (da @ params["W_hh"])',
     "extra tanh derivative in dh_later"),
    (LOOP, "4.3", CARRY, 'carried = da @ params["W_hh"]', "nothing in dh_later"),
    (LOOP, "4.3", CARRY, 'from_later = from_later + da @ params["W_hh"]', "+= for dh_later"),
    (LOOP, "4.3", CARRY, 'from_later = np.clip(da @ params["W_hh"], -1, 1)', "clipping dh_later to one"),
    (LOOP, "4.3", "da.T @ h[t - 1]", "da.T @ h[t]", "recurrent outer uses current state"),
    (LOOP, "4.3", "da.T @ h[t - 1]", "da.T @ h[1:][t - 2]", "previous state wraps to last"),
    (LOOP, "4.3", "da.T @ h[t - 1]", "da.T @ h[t - 1] * (t > 1)", "first step recurrent term skipped"),
    (LOOP, "4.3", "da.T @ h[t - 1]", "h[t - 1].T @ da", "recurrent outer transposed"),
    (LOOP, "4.3", "da.T @ x[t - 1]", "da.T @ x[t - 2]", "input one step early"),
    (LOOP, "4.3", "dy_t.T @ h[t]", "dy_t.T @ h[t - 1]", "output uses previous state"),
    (LOOP, "4.3", 'grads["b_h"] += da.sum(axis=0)', 'grads["b_h"] += da.mean(axis=0)',
     "bias not summed over batch"),
    (LOOP, "4.3", 'grads["b_y"] += dy_t.sum(axis=0)', 'grads["b_y"] += grads["b_y"]',
     "output bias never accumulated"),
    (LOOP, "4.3", 'dx[t - 1] = da @ params["W_xh"]', 'dx[t - 1] = dh @ params["W_xh"]',
     "input gradient without slope"),
    (LOOP, "4.3", 'dx[t - 1] = da @ params["W_xh"]', 'dx[len(x) - t] = da @ params["W_xh"]',
     "input gradient time reversed"),
    (LOOP, "4.3", '"h0": from_later', '"h0": da', "initial state gradient wrong"),
    (LOOP, "4.3", '"h0": from_later', '"h0": np.zeros_like(h[0])', "initial state gradient omitted"),
    (PLAIN, "4.3", "da.T @ cache.h[t - 1]", "da.T @ cache.h[t]", "recurrent outer uses current state"),
    (PLAIN, "4.3", "da.T @ cache.h[t - 1]", "(da.T @ cache.h[t - 1]).T", "recurrent outer transposed"),
    (PLAIN, "4.3", 'grads["b_h"] += da.sum(axis=0)', 'grads["b_h"] = grads["b_h"] + da',
     "hidden bias keeps batch axis"),
    (SEQUENCE, "4.2", "np.outer(da, h[t - 1])", "np.outer(da, h[t])",
     "recurrent outer uses current state"),
    (SEQUENCE, "4.2", 'dh_later = params["W_hh"].T @ da', 'dh_later = params["W_hh"] @ da',
     "recurrent matrix not transposed"),
    (SEQUENCE, "4.2", "(1 - h[t] ** 2)", "(1 - h[t - 1] ** 2)", "tanh derivative at previous state"),
    (LSTM, "8.5", "dh_later, dc_later = da", "dh_later, dc_unused = da", "cell gradient stays zero"),
    (LSTM, "8.5", "dh_later, dc_later = da", "dh_unused, dc_later = da", "hidden gradient stays zero"),
    (LSTM, "8.5", "dh_later, dc_later = da", "dh_new, dc_new = da", "nothing in dh_later and dc_later"),
    (LSTM, "8.5", "f * dc\n", "dc\n", "forget gate missing in dc_later"),
    (LSTM, "8.5", "f * dc\n", "cache.f[max(t - 2, 0)] * dc\n", "forget gate one step off"),
    (LSTM, "8.5", "f * dc\n", "f * dc_later\n", "cell gradient stays zero"),
    (LSTM, "8.5", "(1 - tanh_c ** 2) * dh", "(1 - cache.c[t] ** 2) * dh", "cell slope from cell"),
    (LSTM, "8.5", "o * (1 - tanh_c ** 2) * dh", "(1 - tanh_c ** 2) * dh", "output gate missing"),
    (LSTM, "8.5", "cache.c[t - 1] * f * (1 - f)", "cache.c[t] * f * (1 - f)", "current cell in forget gate"),
    (LSTM, "8.5", "cache.c[t - 1] * f * (1 - f)", "cache.c[t - 1] * f", "forget slope is the gate"),
    (LSTM, "8.5", "dc * i * (1 - g ** 2)", "dc * i * g * (1 - g)", "candidate slope of sigmoid"),
    (LSTM, "8.5", "dh * tanh_c * o * (1 - o)", "dc * tanh_c * o * (1 - o)", "output gate from cell gradient"),
    (LSTM, "8.5", "dh * tanh_c * o * (1 - o)", "dh * cache.c[t] * o * (1 - o)", "output gate meets cell"),
    (LSTM, "8.5", "range(len(dy), 0, -1)", "range(len(dy), 1, -1)", "stops one step early"),
    (LSTM, "8.5", "da.T @ cache.h[t - 1]", "da.T @ cache.h[t]", "current state in recurrent weight"),
    (LSTM, "8.5", "dy[t - 1].T @ cache.h[t]", "dy[t - 1].T @ cache.c[t]", "output weights meet cell"),
    (GRU, "8.8", "z * dh + da_h", "da_h", "direct path omitted"),
    (GRU, "8.8", "z * dh + da_h", "(1 - z) * dh + da_h", "kept with one minus z"),
    (GRU, "8.8", 'dh_later = z * dh + da_h @ params["W_hh"]', 'dh_later = z * dh + da_x @ params["W_hh"]',
     "reset factor missing in dh_later"),
    (GRU, "8.8", "da_n * r]", "da_n]", "reset factor missing"),
    (GRU, "8.8", '"W_hh"] += da_h.T', '"W_hh"] += da_x.T', "reset factor missing in weights"),
    (GRU, "8.8", '"b_h"] += da_h', '"b_h"] += da_x', "same gradient for both biases"),
    (GRU, "8.8", "(cache.h[t - 1] - n)", "(n - cache.h[t - 1])", "update gate sign flipped"),
    (GRU, "8.8", "(cache.h[t - 1] - n)", "(cache.h[t] - n)", "update gate reads new state"),
    (GRU, "8.8", "da_n * m * r", "da_n * cache.h[t - 1] * r", "reset gate meets previous state"),
    (GRU, "8.8", "(1 - n ** 2)", "(1 - cache.h[t] ** 2)", "candidate slope from state"),
    (GRU, "8.8", "range(len(dy), 0, -1)", "range(len(dy), 1, -1)", "stops one step early"),
    (GRU, "8.8", "da_x.T @ cache.x[t - 1]", "da_h.T @ cache.x[t - 1]", "reset factor in input weights"),
]


def function_in(source):
    """The function that a cell defines."""
    space = {"np": np, "rnn": rnn, "losses": losses}
    exec(source, space)
    return space[source.split("def ")[1].split("(")[0]]


@pytest.mark.parametrize("source, number, old, new, name", EDITS,
                         ids=[f"{edit[1]} {edit[4]}" for edit in EDITS])
def test_an_edited_line_is_named(source, number, old, new, name):
    assert judge(number, function_in(source)).status == "right"
    assert source.count(old) == 1
    result = judge(number, function_in(source.replace(old, new)))
    assert result.status == "wrong"
    assert name in repr(result).lower()


# (the solution, its exercise, two replacements, the two names that the check must say)
PAIRS = [
    (LOOP, "4.3", DH, 'dh = dy_t @ params["W_hy"]', "da.T @ h[t - 1]", "da.T @ h[t]",
     {"dropped future term", "recurrent outer uses current state"}),
    (LOOP, "4.3", DA, "da = (1 - np.tanh(h[t]) ** 2) * dh", CARRY, 'from_later = da @ params["W_hh"].T',
     {"tanh derivative applied twice", "recurrent matrix not transposed"}),
    (LOOP, "4.3", "da.T @ x[t - 1]", "da.T @ x[t - 2]", '"h0": from_later', '"h0": da',
     {"input one step early", "initial state gradient wrong"}),
    (LOOP, "4.3", "range(len(x), 0, -1)", "range(len(x), 1, -1)", "dy_t.T @ h[t]", "dy_t.T @ h[t - 1]",
     {"skips first step", "output uses previous state"}),
    (LOOP, "4.3", DA, "da = dh", 'grads["b_h"] += da.sum(axis=0)', 'grads["b_h"] += da.mean(axis=0)',
     {"tanh derivative omitted", "bias not summed over batch"}),
    (LSTM, "8.5", "f * dc\n", "dc\n", "(1 - tanh_c ** 2) * dh", "(1 - cache.c[t] ** 2) * dh",
     {"forget gate missing in dc_later", "cell slope from cell"}),
    (LSTM, "8.5", "cache.c[t - 1] * f * (1 - f)", "cache.c[t] * f * (1 - f)",
     "dc * i * (1 - g ** 2)", "dc * i * g * (1 - g)",
     {"current cell in forget gate", "candidate slope of sigmoid"}),
    (GRU, "8.8", "(cache.h[t - 1] - n)", "(n - cache.h[t - 1])", "da_n * r]", "da_n]",
     {"update gate sign flipped", "reset factor missing"}),
]


@pytest.mark.parametrize("source, number, old, new, other, newer, names", PAIRS)
def test_two_edited_lines_are_both_named(source, number, old, new, other, newer, names):
    said = repr(judge(number, function_in(source.replace(old, new).replace(other, newer)))).lower()
    assert "two mistakes at once" in said
    assert all(name in said for name in names)
