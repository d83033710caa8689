"""Unbiased online recurrent optimisation (UORO): RTRL with an influence of rank one, right on average.

RTRL's influence M_t, (H, H, N), is replaced by an outer product of a state-like vector (H,) and a weight-like
matrix (H, N). Random signs nu make the product equal M_t on average:

    state_t   = r J_t state_{t-1} + s nu                    J_t = diag(1 - h_t^2) W_hh
    weight_t  = weight_{t-1} / r + (nu * (1 - h_t^2)) z_t^T / s

Turn a step's signs nu over: r and s stay as they are, and every product of unlike terms changes its sign.
So these average to zero, and nu nu^T averages to the identity. r and s make the two factors equally long,
which keeps the spread small.

Source: Tallec and Ollivier (2018), "Unbiased online recurrent optimization", ICLR (arXiv 2017),
algorithm 1."""

import numpy as np

from helpers import losses, rnn, validate
from helpers.hints import Array, Grads, Loss, Params
from helpers.other_ways import forward_mode


def gradients(params: Params, x: Array, target: Array, h0: Array, signs: Array,
              loss: Loss = losses.squared_error) -> Grads:
    """Estimates of the gradients of W_hh, W_xh and b_h, for one sequence.
    params: W_hh (H, H), W_xh (H, D), W_hy (O, H), b_h (H,), b_y (O,). x: (T, 1, D). h0: (1, H).
    target: as ``loss`` takes it.
    signs: +1 or -1 for each step, estimate and unit, (T, K, H): K independent estimates if they are drawn at
    random. loss: a function from ``losses``; the sum over all steps is meant.
    Returns a dict with K estimates of each, along the first axis: W_hh (K, H, H), W_xh (K, H, D),
    b_h (K, H)."""
    forward_mode.check(params, x, h0)
    validate.floats("x", x, ("T", 1, "D"))
    validate.floats("signs", signs, (len(x), "K", h0.shape[1]))
    if not (np.abs(signs) == 1).all():
        raise ValueError(f"signs must be +1 or -1; received {signs[np.abs(signs) != 1][0]}.")
    cache = rnn.forward(params, x, h0)
    h, direct = cache.h[:, 0], loss(cache.y, target)[1][:, 0] @ params["W_hy"]
    H, D = params["W_xh"].shape
    K = signs.shape[1]
    state, weight, estimate = np.zeros((K, H)), np.zeros((K, H, H + D + 1)), np.zeros((K, H, H + D + 1))
    for t in range(1, len(h)):
        slope, z = 1 - h[t] ** 2, np.concatenate([h[t - 1], x[t - 1, 0], [1.0]])
        nu = signs[t - 1]
        carried, fresh = slope * (state @ params["W_hh"].T), (nu * slope)[:, :, None] * z
        r, s = balance(weight, carried), balance(fresh, nu)
        state = r[:, None] * carried + s[:, None] * nu
        weight = weight / r[:, None, None] + fresh / s[:, None, None]
        estimate += (state @ direct[t - 1])[:, None, None] * weight
    return {"W_hh": estimate[:, :, :H], "W_xh": estimate[:, :, H:-1], "b_h": estimate[:, :, -1]}


def balance(one: Array, other: Array) -> Array:
    """The root of the quotient of two lengths, for each draw; 1 where one of them is zero.
    one, other: (K, ...). Returns (K,)."""
    one, other = (np.sqrt((part.reshape(len(part), -1) ** 2).sum(axis=1)) for part in (one, other))
    both = (one > 0) & (other > 0)
    return np.sqrt(np.where(both, one, 1) / np.where(both, other, 1))
