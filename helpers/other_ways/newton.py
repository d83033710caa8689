"""The states of a tanh network without a loop over time: Newton's method on the whole sequence.

A guess h_1 ... h_T is right if h_t = f_t(h_{t-1}) at every step, with f_t(h) = tanh(W_hh h + W_xh x_t + b_h).
Put the tangent of each f_t at the guess in its place, and what is left is a linear recurrence, which a scan
solves:

    new_t = f_t(old_{t-1}) + J_t (new_{t-1} - old_{t-1})          J_t: the Jacobian of f_t at old_{t-1}

After k rounds the first k states are right, whatever the guess was; often all are, after a few.

Source: Lim, Zhu, Selfridge and Kasim (2024), "Parallelizing non-linear sequential models over the sequence
length" (DEER)."""

import numpy as np

from helpers import validate
from helpers.hints import Array, Iterator, Params
from helpers.other_ways import bidiagonal, forward_mode, scan


def better_guess(params: Params, x: Array, h: Array, by: scan.Scan | None = None) -> Array:
    """One round.
    params: as for ``rnn``. x: (T, B, D). h: the guess, (T+1, B, H), whose h[0] is right.
    by: ``scan.doubling``, ``scan.halving``, or None for a loop: the same numbers, sooner on one core.
    Returns the next guess, (T+1, B, H)."""
    forward_mode.check(params, x, h[0])
    validate.floats("h", h, (len(x) + 1, *h.shape[1:]))
    f = np.tanh(h[:-1] @ params["W_hh"].T + x @ params["W_xh"].T + params["b_h"])
    J = bidiagonal.jacobians(params, f)
    return np.concatenate([h[:1], scan.states(J, f - scan.apply(J, h[:-1]), h[0], by)])


def guesses(params: Params, x: Array, h0: Array, by: scan.Scan | None = None) -> Iterator[Array]:
    """Zeros after h0, and what each round makes of it; without end. Arguments as above, h0: (B, H)."""
    h = np.concatenate([h0[None], np.zeros((len(x), *h0.shape))])
    while True:
        yield h
        h = better_guess(params, x, h, by)
