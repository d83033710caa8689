"""Slips that learners make and that are in no catalogue: what the check says of each is true and of use.

A message must hold some words, and must not hold others: those of formulas that are right. What is right on
the same lines is told by its own words, so that no message fits everything.
"""

import numpy as np
import pytest

from exercises import judge
from helpers import rnn
from wrong_lines import PASSES


def edited(number, *edits):
    """A backward pass of PASSES with lines replaced."""
    return replaced(PASSES[number], edits)


def divided_by_batch(params, cache, dy):
    """All parameters' gradients are means over the batch; dx and dh0 are not."""
    return {name: grad / dy.shape[1] if name in params else grad
            for name, grad in rnn.backward(params, cache, dy).items()}


def five_clipped(params, cache, dy):
    """As in many short programs: the parameters' gradients are clipped, and only these."""
    return {name: np.clip(grad, -5, 5) if name in params else grad
            for name, grad in rnn.backward(params, cache, dy).items()}


def first_sequence_in_two(params, cache, dy):
    """Two of five parameters are made of the first sequence alone."""
    first = cache._replace(x=cache.x[:, :1], h=cache.h[:, :1], y=cache.y[:, :1])
    alone = rnn.backward(params, first, dy[:, :1])
    return {**rnn.backward(params, cache, dy), "W_hh": alone["W_hh"], "b_h": alone["b_h"]}


def walk_per_loss(params, cache, dy):
    """One walk back for each loss, but its steps come in ascending order."""
    x, h = cache.x, cache.h
    grads = {name: np.zeros_like(value) for name, value in params.items()}
    dx, dh0 = np.zeros_like(x), np.zeros_like(h[0])
    for s in range(1, len(x) + 1):
        grads["W_hy"] += dy[s - 1].T @ h[s]
        grads["b_y"] += dy[s - 1].sum(axis=0)
        dh = dy[s - 1] @ params["W_hy"]
        for t in range(1, s + 1):
            da = (1 - h[t] ** 2) * dh
            grads["W_hh"] += da.T @ h[t - 1]
            grads["W_xh"] += da.T @ x[t - 1]
            grads["b_h"] += da.sum(axis=0)
            dx[t - 1] += da @ params["W_xh"]
            dh = da @ params["W_hh"]
        dh0 += dh
    return {**grads, "x": dx, "h0": dh0}


def plain_step_back(*edits):
    """An answer to 4.1 with parts replaced."""
    return replaced("""
def step_back(params, x, h_prev, h, dy, dh_later):
    dh = params["W_hy"].T @ dy + dh_later
    da = (1 - h ** 2) * dh
    return {"W_hh": np.outer(da, h_prev), "W_xh": np.outer(da, x), "W_hy": np.outer(dy, h), "b_h": da,
            "b_y": dy, "x": params["W_xh"].T @ da, "h_prev": params["W_hh"].T @ da}
""", edits)


def one_step_back(*edits):
    """An answer to 8.4 with parts replaced."""
    return replaced("""
def step_back(W_hh, i, f, g, o, c_prev, dh, dc_later):
    tanh_c = np.tanh(f * c_prev + i * g)
    dc = dc_later + o * (1 - tanh_c ** 2) * dh
    da = np.concatenate([dc * g * i * (1 - i), dc * c_prev * f * (1 - f),
                         dc * i * (1 - g ** 2), dh * tanh_c * o * (1 - o)])
    return da, W_hh.T @ da, f * dc
""", edits)


def replaced(source, edits):
    """The function that a source defines, after the edits."""
    space = {"np": np}
    for old, new in edits:
        assert source.count(old) == 1
        source = source.replace(old, new)
    exec(source, space)
    return space[source.split("def ")[1].split("(")[0]]


DC = "dc = o * (1 - tanh_c ** 2) * dh + dc_later"
CARRY = 'dh_later = z * dh + da_h @ params["W_hh"]'
BLOCKS = "the order of the four blocks"
SHARE_OF_W_HH = "one step's share of dW_hh"

# name: (exercise, answer, words that must be there, words that must not)
SLIPS = {
    "dh_next missing in dc": (
        "8.5", edited("8.5", (DC, 'dc = dc_later + o * (1 - tanh_c ** 2) * (dy[t - 1] @ params["W_hy"])')),
        ["What h_t hands to c_t", "in dh_t, dh_later is missing"],
        ["Look at", "A part of it"]),
    "dc times f before the blocks": (
        "8.5", edited("8.5", ("        da_i = dc", "        dc = dc * f\n        da_i = dc"),
                      ("dc_later = f * dc", "dc_later = dc")),
        ["dc_t has the factor f_t, which does not belong there"], ["output gate", "order of the four"]),
    "tanh of the cell state before": (
        "8.5", edited("8.5", ("np.tanh(cache.c[t])", "np.tanh(cache.c[t - 1])")),
        ["output gate's gradient", "c_{t-1} stands where c_t belongs"], ["direct effect", "Look at"]),
    "the candidate's pre-activation receives dc": (
        "8.5", edited("8.5", ("dc * i * (1 - g ** 2)", "dc")),
        ["The candidate's gradient", "it is dc_t alone"], ["input's gradient", "Look at"]),
    "the forget gate's slope is the input gate's": (
        "8.5", edited("8.5", ("cache.c[t - 1] * f * (1 - f)", "cache.c[t - 1] * i * (1 - i)")),
        ["The forget gate's gradient", "i_t (1 - i_t) stands where f_t (1 - f_t) belongs"],
        ["da_o", "Look at"]),
    "one factor of a slope": (
        "8.5", edited("8.5", ("dh * tanh_c * o * (1 - o)", "dh * tanh_c * o")),
        ["The output gate's gradient", "the factor 1 - o_t is missing"],
        ["Look at"]),
    "c_t without the input gate": (
        "8.4", one_step_back(("f * c_prev + i * g", "f * c_prev + g")),
        ["those of i, f and g in each unit by the same factor, as if dc_t were wrong",
         "dh_prev is W_hh^T times your da, as it should be"], ["Look at"]),
    "another gate's slope in one step": (
        "8.4", one_step_back(("dc * g * i * (1 - i)", "dc * g * f * (1 - f)")),
        ["The input gate's gradient", "f_t (1 - f_t) stands where i_t (1 - i_t) belongs"], ["Look at"]),
    "one step: the carry along c": (
        "8.4", one_step_back(("f * dc", "(1 - i) * dc")),
        ["What travels back along c, f dc, both of the same step: 1 - i_t stands where f_t belongs."], []),
    "one step: a part of the carry along h": (
        "8.4", one_step_back(("W_hh.T @ da", "W_hh[:12].T @ da[:12]")),
        ["dh_prev is not W_hh^T times your da."], []),
    "one plain step: the slope twice": (
        "4.1", plain_step_back(("(1 - h ** 2) * dh", "(1 - h ** 2) ** 2 * dh")),
        ["da, the slope times dh: the factor 1 - h^2 is there twice."], []),
    "one plain step: both states": (
        "4.1", plain_step_back(("np.outer(da, h_prev)", "np.outer(da, h_prev + h)")),
        ["The state that W_hh met, h_prev: h_t is added."], ["Look at"]),
    "one plain step: db_h of another da": (
        "4.1", plain_step_back(('"b_h": da', '"b_h": da * dh')),
        ["db_h, which is da: da_t has the factor dh_t, which does not belong there."], ["Look at"]),
    "one plain step: dx of dh, and another slope": (
        "4.1", plain_step_back(("(1 - h ** 2) * dh", "(1 - h ** 3) * dh"),
                               ('W_xh"].T @ da', 'W_xh"].T @ dh')),
        ["Two mistakes at once.", "Input gradient without slope",
         "Tanh's slope, 1 - h^2: 3 stands where 2 belongs."], []),
    "blocks in the order f, g, i, o": (
        "8.5", edited("8.5", ("[da_i, da_f, da_g, da_o]", "[da_f, da_g, da_i, da_o]")),
        ["the blocks of da are right, but they stand in another order"], ["Look at"]),
    "the forget gate of a step later": (
        "8.5", edited("8.5", ("dc_later = f * dc", "dc_later = cache.f[min(t, len(dy) - 1)] * dc")),
        ["What travels back along c", "f_t is read one step too late"], ["Look at", "stays zero"]),
    "the carry leaves out the candidate's path": (
        "8.8", edited("8.8", (CARRY, "dh_later = z * dh + da_h[:, :2 * H] @ W[:2 * H]")),
        ["What travels back through the weights", "its block of n is missing"], ["z_t dh_t"]),
    "one block's path twice": (
        "8.8", edited("8.8", (CARRY, 'dh_later = z * dh + da_h @ W + da_r @ W[:H]')),
        ["what travels back through the weights", "the path of r counts 2 times"], ["z_t dh_t"]),
    "dW_hh of the candidate with r times h": (
        "8.8", edited("8.8", (
            'grads["W_hh"] += da_h.T @ cache.h[t - 1]',
            'grads["W_hh"] += np.concatenate([da_h[:, :2 * H].T @ cache.h[t - 1], '
            'da_n.T @ (r * cache.h[t - 1])])')),
        ["da_t is right at every step, as dx shows.", SHARE_OF_W_HH], ["W_xh^T times", "Look at"]),
    "slopes missing on the way back only": (
        "8.8", edited("8.8", (CARRY, "dh_later = z * dh + np.concatenate([da_n * m, "
                              "dh * (cache.h[t - 1] - n), dm], axis=1) @ W")),
        ["what travels back through the weights"], ["order of the three blocks", "Look at"]),
    "the candidate's pre-activation receives dh": (
        "8.8", edited("8.8", ("dh * (1 - z) * (1 - n ** 2)", "dh")),
        ["the candidate", "dh_t stands where da_n belongs"], ["input's gradient", "update gate"]),
    "a walk per loss, ascending": (
        "4.3", walk_per_loss, ["dh0 cannot come from the da that dx, dW_xh and dW_hh hold"], [SHARE_OF_W_HH]),
    "a loop over the sequences": (
        "4.3", edited("4.3", ("range(len(x), 0, -1)", "range(len(x[0]), 0, -1)")),
        ["Of 4 steps, the steps 2, 3 and 4 are left out", "Does the loop visit every step?"], ["Look at"]),
    "steps without a loss are skipped": (
        "4.3", edited("4.3", ("dy_t = dy[t - 1]\n", "dy_t = dy[t - 1]\n        if not dy_t.any():\n"
                              "            continue\n")),
        ["Steps without a loss skipped"], ["scaled"]),
    "all parameters' gradients divided by B": (
        "4.3", divided_by_batch,
        ["hold the right sum, divided by B."], [SHARE_OF_W_HH, "Look at"]),
    "five gradients clipped": (
        "4.3", five_clipped, ["Clipped by value", "at [-5, 5]"], ["Look at", "share"]),
    "two gradients of one sequence": (
        "4.3", first_sequence_in_two, ["dW_hh and db_h hold the shares of the first sequence alone."],
        [SHARE_OF_W_HH, "Look at"]),
    "= for += in three": (
        "4.3", edited("4.3", *((f'["{name}"] +=', f'["{name}"] =') for name in ("W_hh", "W_xh", "b_h"))),
        ["dW_hh, dW_xh and db_h hold the share of step 1 alone, the last one", "as if = stood for +="],
        [SHARE_OF_W_HH, "Look at"]),
    "= for += in one": (
        "4.2", edited("4.2", ('grads["b_h"] +=', 'grads["b_h"] =')),
        ["One step's share of db_h", "it is there at step 1 only, as if = stood for +="], ["Look at"]),
    "divided by T in one": (
        "4.3", edited("4.3", ("da.T @ x[t - 1]", "da.T @ x[t - 1] / len(x)")),
        ["One step's share of dW_xh", "it is divided by T"], ["Look at"]),
    "a running total": (
        "4.2", edited("4.2", ('grads["b_h"] += delta', 'total = delta if t == len(x) - 1 else total + delta\n'
                              '        grads["b_h"] += total')),
        ["db_h adds up running totals: the share of step t is counted t times."], ["Look at"]),
    "dx is of another da than the rest": (
        "4.3", edited("4.3", ('dx[t - 1] = da @ params["W_xh"]', 'dx[t - 1] = dh @ params["W_xh"]'),
                      ('from_later = da @ params["W_hh"]', 'from_later = 0.5 * da @ params["W_hh"]')),
        ["dx_t = W_xh^T dh_t; it needs da_t", "The dh_later for the step before", "it is halved"],
        ["Look at"]),
}


def compared(scale):
    """4.6: errors and places by scaled differences. scale: function of the reference's largest entry."""
    def answer(gradients, reference):
        found = {}
        for name, expected in reference.items():
            errors = np.abs(gradients[name] - expected) / scale(np.abs(expected).max())
            index = np.unravel_index(np.argmax(errors), errors.shape)
            found[name] = errors[index], index
        return found

    return answer


def compared_entry_by_entry(summary):
    """4.6, the first thing that comes to mind. summary: which of an array's quotients is the error."""
    def answer(gradients, reference):
        errors = {name: np.abs(gradients[name] - r) / np.abs(r) for name, r in reference.items()}
        return {name: (summary(error), np.unravel_index(np.argmax(error), error.shape))
                for name, error in errors.items()}

    return answer


def counts_with_copies(D, H, O, T):
    """1.2: each step has its own h_0."""
    each_step, once = H * (H + D + 1), O * (H + 1)
    return each_step + once + H, T * (each_step + H) + once


def factors_from_the_other_end(w_hh, w_xh, T):
    """1.4: x_t is multiplied by w_hh t times."""
    c = w_xh * float(w_hh) ** np.arange(T + 1)
    c[0] = w_hh ** T
    return c


def without_tanh_forward(V, W, x):
    """0.4: tanh is left out of the forward pass, its slope is right."""
    a = W @ x
    return np.outer((V.T @ (V @ a)) * (1 - np.tanh(a) ** 2), x)


def jacobian_of_two_paths(W_hh, i, f, g, c_prev):
    """8.3: the candidate's path is missing."""
    W_i, W_f, _, _ = np.split(W_hh, 4)
    return np.diag(g * i * (1 - i)) @ W_i + np.diag(c_prev * f * (1 - f)) @ W_f


def jacobian_with_new_cell(W_hh, i, f, g, c_prev):
    """8.3: the forget gate meets c_t."""
    W_i, W_f, W_g, _ = np.split(W_hh, 4)
    return (np.diag(g * i * (1 - i)) @ W_i + np.diag((f * c_prev + i * g) * f * (1 - f)) @ W_f
            + np.diag(i * (1 - g ** 2)) @ W_g)


SLIPS |= {
    "a zero that is not looked for": (
        "4.6", compared(lambda largest: largest), ["Divided by zero", "inf or nan"], ["nan passed over"]),
    "nan where the reference is zero": (
        "4.6", compared(lambda largest: largest or np.nan), ["Divided by zero", "inf or nan"], []),
    "no error where the reference is zero": (
        "4.6", compared(lambda largest: largest or np.inf), ["the error is zero, whatever"], []),
    "quotients entry by entry": (
        "4.6", compared_entry_by_entry(np.max), ["Entry by entry: The error is on the wrong scale"], []),
    "the mean of quotients entry by entry": (
        "4.6", compared_entry_by_entry(np.mean), ["wrong. The error of W_hh", "The error of b_h is inf"], []),
    "h_0 at every step": (
        "1.2", counts_with_copies, ["h_0 is counted once for every step"], ["b_h is counted"]),
    "powers from the other end": ("1.4", factors_from_the_other_end, ["The powers of w_hh grow with t"], []),
    "no tanh forward, its slope is right": (
        "0.4", without_tanh_forward, ["h = tanh(W x), tanh is missing"], ["Two mistakes", "slope"]),
    "two paths of three": ("8.3", jacobian_of_two_paths, ["diag(i (1 - g^2)) W_hg is missing"],
                           ["path through the input gate", "path through the forget gate"]),
    "the new cell state": (
        "8.3", jacobian_with_new_cell, ["The path through the forget gate has the factor c_t"], ["andidate"]),
}


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_gets_a_true_and_useful_message(name):
    number, answer, wanted, unwanted = SLIPS[name]
    result = judge(number, answer)
    assert result.status == "wrong"
    assert [words for words in wanted if words not in repr(result)] == []
    assert [words for words in unwanted if words in repr(result)] == []
