"""Wrong backward passes to practise on: mistakes that people make, planted one at a time.

One right backward pass, ``backward``, takes its formulas as keywords; a specimen replaces one of them.
Most of these mistakes were found in public code. None of them raises an error.

    SPECIMENS[name](params, cache, dy)    the gradients, one of them or more wrong
    MISTAKES[name]                        what is wrong, in words
"""

from functools import partial

import numpy as np


def tanh_slope(h, t):
    """dh_t/da_t, (B, H)."""
    return 1 - h[t] ** 2


def to_earlier_state(W_hh, da, h, t):
    """What da_t sends back to h_{t-1}, (B, H)."""
    return da @ W_hh


def previous_state(h, t):
    """The state that W_hh met at step t, (B, H)."""
    return h[t - 1]


def outer_sum(da, previous):
    """One step's share of dW_hh, summed over the batch, (H, H)."""
    return da.T @ previous


def bias_sum(da):
    """One step's share of db_h, (H,)."""
    return da.sum(axis=0)


def backward(params, cache, dy, *, slope=tanh_slope, carry=to_earlier_state, previous=previous_state,
             outer=outer_sum, bias=bias_sum, keep=1, steps=lambda T: range(T, 0, -1),
             to_input=lambda da, direct: da, to_h0=lambda dh0, da: dh0):
    """Backpropagation through time for the tanh network, step by step. Arguments and result as ``rnn.backward``.

    The keywords are the formulas that specimens replace. keep: factor on what the accumulators hold before a step adds to it.
    """
    h, W_hh = cache.h, params["W_hh"]
    grads = {name: np.zeros_like(value) for name, value in {**params, "x": cache.x}.items()}
    da = arriving = np.zeros_like(h[0])
    for t in steps(len(dy)):
        direct = dy[t - 1] @ params["W_hy"]
        da = slope(h, t) * (direct + arriving)
        arriving = carry(W_hh, da, h, t)
        grads["W_hh"] = keep * grads["W_hh"] + outer(da, previous(h, t))
        grads["W_xh"] = keep * grads["W_xh"] + da.T @ cache.x[t - 1]
        grads["b_h"] = keep * grads["b_h"] + bias(da)
        grads["W_hy"] += dy[t - 1].T @ h[t]
        grads["b_y"] += dy[t - 1].sum(axis=0)
        grads["x"][t - 1] = to_input(da, slope(h, t) * direct) @ params["W_xh"]
    grads["h0"] = to_h0(arriving, da)
    return grads


PLANTED = {
    "dropped-future-term": (
        "nothing arrives from later steps: each step sees its own loss only",
        dict(carry=lambda W_hh, da, h, t: 0 * da)),
    "carry-matrix-not-transposed": (
        "the gradient travels back through W_hh, not through its transpose",
        dict(carry=lambda W_hh, da, h, t: da @ W_hh.T)),
    "carry-extra-tanh-derivative": (
        "what arrives from later steps is multiplied by tanh's slope twice",
        dict(carry=lambda W_hh, da, h, t: (1 - h[t - 1] ** 2) * (da @ W_hh))),
    "ascending-time-loop": (
        "the backward loop runs from the first step to the last",
        dict(steps=lambda T: range(1, T + 1))),
    "skips-first-step": (
        "the backward loop stops before step 1",
        dict(steps=lambda T: range(T, 1, -1))),
    "tanh-derivative-applied-twice": (
        "1 - tanh(h)^2 where h is tanh(a) already",
        dict(slope=lambda h, t: 1 - np.tanh(h[t]) ** 2)),
    "tanh-derivative-at-final-state": (
        "every step uses the slope of the last state",
        dict(slope=lambda h, t: 1 - h[-1] ** 2)),
    "tanh-derivative-omitted": (
        "da = dh: tanh's slope is left out",
        dict(slope=lambda h, t: np.ones_like(h[t]))),
    "recurrent-outer-uses-current-state": (
        "dW_hh pairs da_t with h_t; it needs h_{t-1}",
        dict(previous=lambda h, t: h[t])),
    "previous-state-wraps-to-last": (
        "at step 1 an index of -1 fetches the last state; it should be h_0",
        dict(previous=lambda h, t: h[1:][t - 2])),
    "first-step-recurrent-term-skipped": (
        "dW_hh leaves out the term of step 1, da_1 h_0^T",
        dict(previous=lambda h, t: h[t - 1] * (t > 1))),
    "recurrent-outer-transposed": (
        "dW_hh adds h_{t-1} da_t^T; it needs da_t h_{t-1}^T",
        dict(outer=lambda da, previous: previous.T @ da)),
    "earliest-step-only": (
        "= instead of +=: of all steps only the first one is kept",
        dict(keep=0)),
    "bias-not-summed-over-batch": (
        "db_h is a mean over the batch; it needs the sum",
        dict(bias=lambda da: da.mean(axis=0))),
    "initial-state-gradient-wrong": (
        "dh_0 = da_1; it needs W_hh^T da_1",
        dict(to_h0=lambda dh0, da: da)),
    "input-gradient-drops-future": (
        "dx_t sees the loss of step t only",
        dict(to_input=lambda da, direct: direct)),
}

MISTAKES = {name: words for name, (words, _) in PLANTED.items()}
SPECIMENS = {name: partial(backward, **formulas) for name, (_, formulas) in PLANTED.items()}
