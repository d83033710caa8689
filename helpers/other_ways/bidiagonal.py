"""BPTT as the solution of one linear system.

Small changes of the states obey  ht_t - J_t ht_{t-1} = u_t,  where u_t is what pushes at step t. All steps
together are A ht = u, with identities on A's diagonal and -J_2, ..., -J_T below it: A is block-bidiagonal.

    A ht = u           solved from the first row down: forward mode
    A^T dh = g         solved from the last row up, with g_t = W_hy^T dy_t: backpropagation through time

Source: Naumov (2017), "Parallel complexity of forward and backward propagation"."""

import numpy as np

from helpers import losses, readout, rnn, validate
from helpers.hints import Array, Grads, Loss, Params
from helpers.other_ways import forward_mode


def jacobians(params: Params, h: Array) -> Array:
    """J_t = dh_t/dh_{t-1} = diag(1 - h_t^2) W_hh. h: states h_1 ... h_T, (T, B, H). Returns (T, B, H, H)."""
    return (1 - h ** 2)[..., None] * params["W_hh"]


def forward_substitution(J: Array, u: Array) -> Array:
    """Solve A ht = u from the first row down. J: (T, B, H, H), J[0] is not used. u: (T, B, H).
    Returns ht, (T, B, H)."""
    check(J, u)
    ht = u.copy()
    for t in range(1, len(u)):
        ht[t] += (J[t] @ ht[t - 1][..., None])[..., 0]
    return ht


def back_substitution(J: Array, g: Array) -> Array:
    """Solve A^T dh = g from the last row up. J: (T, B, H, H), J[0] is not used. g: (T, B, H).
    Returns dh, (T, B, H)."""
    check(J, g)
    dh = g.copy()
    for t in range(len(g) - 2, -1, -1):
        dh[t] += (dh[t + 1][:, None] @ J[t + 1])[:, 0]          # a row times J is J^T times a column
    return dh


def matrix(J: Array) -> Array:
    """The whole matrix A of one sequence, zeros and all. J: (T, H, H). Returns (T*H, T*H)."""
    T, H, _ = validate.floats("J", J, ("T", *J.shape[-1:] * 2)).shape
    A = np.eye(T * H)
    for t in range(1, T):
        A[t * H:(t + 1) * H, (t - 1) * H:t * H] = -J[t]
    return A


def gradients(params: Params, x: Array, target: Array, h0: Array,
              loss: Loss = losses.squared_error) -> Grads:
    """All gradients, from the solution of A^T dh = g.
    params: W_hh (H, H), W_xh (H, D), W_hy (O, H), b_h (H,), b_y (O,). x: (T, B, D). h0: (B, H).
    target: as ``loss`` takes it. loss: a function from ``losses``; the sum over all steps is meant.
    Returns a dict with the gradient of every parameter, of x and of h0, as ``rnn.backward`` does."""
    forward_mode.check(params, x, h0)
    cache = rnn.forward(params, x, h0)
    h = cache.h[1:]
    direct, grads = readout.backward(params, h, loss(cache.y, target)[1])
    da = (1 - h ** 2) * back_substitution(jacobians(params, h), direct)
    return {**grads, "W_hh": readout.sum_of_outer_products(da, cache.h[:-1]),
            "W_xh": readout.sum_of_outer_products(da, x), "b_h": da.sum(axis=(0, 1)),
            "x": da @ params["W_xh"], "h0": da[0] @ params["W_hh"]}


def check(J: Array, right: Array) -> None:
    """Raise a clear error unless J (T, B, H, H) and the right-hand side (T, B, H) fit together."""
    T, B, H = validate.floats("the right-hand side", right, ("T", "B", "H")).shape
    validate.floats("J", J, (T, B, H, H))
