"""Real-time recurrent learning: the exact gradient, at every step, without going back.

All weights that make a state are put side by side, W = [W_hh, W_xh, b_h], shape (H, N) with N = H + D + 1.
They act on z_t = [h_{t-1}, x_t, 1]. What is carried forward is the *influence* of every weight on every unit,

    M_t[i, m, n] = dh_t[i] / dW[m, n]          (H, H, N)
    M_t = diag(1 - h_t^2) (W_hh M_{t-1} + immediate influence),
    immediate influence [i, m, n] = z_t[n] if i = m, else 0

and each step adds its share of the gradient at once: dL_t/dh_t times M_t. Memory does not grow with T;
but M has H^2 N numbers, and one step takes about H^3 N multiplications. (BPTT's step takes about H N.)

Source: Williams and Zipser (1989), equations 8 to 11, in the notation of Marschall, Cho and Savin (2020)."""

import numpy as np

from helpers import losses
from helpers.hints import Array, Grads, Iterator, Loss, Params
from helpers.other_ways import forward_mode


def no_influence(B: int, H: int, N: int) -> Array:
    """The influence before the first step: none. (B, H, H, N)."""
    return np.zeros((B, H, H, N))


def update(influence: Array, W_hh: Array, h: Array, z: Array) -> Array:
    """One step of the influence.
    influence: of the weights on h_{t-1}, (B, H, H, N). W_hh: (H, H). h: h_t, (B, H). z:
    what the weights met at step t, [h_{t-1}, x_t, 1], (B, N). Returns the influence on h_t, (B, H, H, N)."""
    B, H, _, N = influence.shape
    moved = (W_hh @ influence.reshape(B, H, H * N)).reshape(influence.shape)
    units = np.arange(H)
    moved[:, units, units] += z[:, None]        # weight [m, n] moves a_t[m] by z_t[n], and no other unit's
    moved *= (1 - h ** 2)[:, :, None, None]
    return moved


def share(dh_direct: Array, influence: Array) -> Array:
    """What one step adds to the gradient: its own loss's gradient at h_t, times the influence of the weights
    on h_t.

    dh_direct: (B, H). influence: (B, H, H, N). Returns (H, N), summed over the batch."""
    B, H, _, N = influence.shape
    return (dh_direct.reshape(1, B * H) @ influence.reshape(B * H, H * N)).reshape(H, N)


def gradients(params: Params, x: Array, target: Array, h0: Array,
              loss: Loss = losses.squared_error) -> Grads:
    """The gradients of the five parameters, complete as soon as the last input has come.
    params: W_hh (H, H), W_xh (H, D), W_hy (O, H), b_h (H,), b_y (O,). x: (T, B, D). h0: (B, H).
    target: as ``loss`` takes it. loss: a function from ``losses``; the sum over all steps is meant.
    Returns a dict. (x is not among them: each x_t would need an influence of its own.)
    Raises TypeError or ValueError for bad input, naming the argument."""
    for grads in online(params, x, target, h0, loss):
        pass                                                # the past is not kept
    return grads


def online(params: Params, x: Array, target: Array, h0: Array,
           loss: Loss = losses.squared_error) -> Iterator[Grads]:
    """The same as a stream: yields, after each step t, the gradients of L_1 + ... + L_t.
    Only the current step is kept."""
    forward_mode.check(params, x, h0)
    W_hh, W_xh, W_hy = params["W_hh"], params["W_xh"], params["W_hy"]
    (B, H), D = h0.shape, x.shape[2]
    h, influence = h0, no_influence(B, H, H + D + 1)
    dW, dW_hy, db_y = np.zeros((H, H + D + 1)), np.zeros_like(W_hy), np.zeros_like(params["b_y"])
    for t in range(len(x)):
        z = np.concatenate([h, x[t], np.ones((B, 1))], axis=1)
        h = np.tanh(h @ W_hh.T + x[t] @ W_xh.T + params["b_h"])
        influence = update(influence, W_hh, h, z)
        dy = loss((h @ W_hy.T + params["b_y"])[None], target[t:t + 1])[1][0]
        dW = dW + share(dy @ W_hy, influence)
        dW_hy, db_y = dW_hy + dy.T @ h, db_y + dy.sum(axis=0)
        yield {"W_hh": dW[:, :H], "W_xh": dW[:, H:-1], "W_hy": dW_hy, "b_h": dW[:, -1], "b_y": db_y}
