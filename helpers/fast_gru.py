"""The GRU's forward pass, cross-entropy and backward pass in one verb, as ``fast`` has it for the plain network.

``gru.forward`` and ``gru.backward`` are the code to read first; the tests hold this file to them, to 1e-13. ``fast`` says
what slices and buffers buy and cost, ``fast_lstm`` how one tanh serves both gates and why the rest is done step by step.
One thing is added here: the gradients of a step stand side by side as (da_n, da_r, da_z, dm), (B, 4H). The first three belong
to W_xh x_t + b_x, the last three to W_hh h_{t-1} + b_h: two views of one array. The price: W_xh's and b_x's gradients come out
in the order n, r, z, and are put back into the order r, z, n at the end.
"""

import numpy as np

from helpers import fast, gru
from helpers.readout import flatten, sum_of_outer_products, sum_of_steps


def loss_and_gradients(params, x, target, mask=None, state=None, reduction="sum", buffers=None):
    """Loss and gradients of the GRU with softmax cross-entropy.

    params, x, state: as in ``gru.forward``. target, mask, reduction: as in ``losses.cross_entropy``. buffers: as in ``fast``.
    Returns (loss, grads): grads has the gradient of every parameter and of h0, each an array of its own.
    """
    gru.check_params(params)
    target, weight, dtype = fast.check_data(params, x, target, mask, reduction)
    (T, B, _), H = x.shape, params["W_hh"].shape[1]
    buffers = {} if buffers is None else buffers
    h = fast.room(buffers, "h", (T + 1, B, H), dtype)
    m = fast.room(buffers, "m", (T, B, H), dtype)
    gates = fast.room(buffers, "gates", (T, B, 3 * H), dtype)
    h[0] = gru.first_state(params, state, (B, H))
    half = np.repeat(np.array([0.5, 0.5, 1], dtype), H)
    halved = {name: np.multiply(params[name].T, half, order="C") for name in ("W_xh", "W_hh", "b_x", "b_h")}   # for states in rows
    halved["b_x"][:2 * H] += halved["b_h"][:2 * H]                                      # r and z take both; b_hn belongs to m
    slices = fast.cut(T)
    for steps in slices:
        forward(halved, x[steps], h[steps.start:steps.stop + 1], m[steps], gates[steps])
    value, dh = 0.0, np.zeros((B, H), dtype)                                            # from the step after the slice
    grads = {name: np.zeros(p.shape, dtype) for name, p in params.items()}
    for steps in reversed(slices):
        states = h[steps.start:steps.stop + 1]
        direct, part = fast.read_out(params, states[1:], target[steps], weight[steps], grads, buffers)
        value += part
        backward(params, x[steps], states, m[steps], gates[steps], direct, dh, grads, buffers)
    for name in ("W_xh", "b_x"):
        grads[name] = np.roll(grads[name], -H, axis=0)                                  # n, r, z become r, z, n
    grads["h0"] = dh.sum(axis=0) if state is None and "h0" in params else dh
    return value, grads


def forward(halved, x, h, m, gates):
    """A slice of S steps, written into h[1:], m (S, B, H) and gates (S, B, 3H); h[0] is the state before it."""
    H = h.shape[2]
    np.matmul(flatten(x), halved["W_xh"], out=flatten(gates))       # gates[t] first holds half * W_xh x_t,
    gates += halved["b_x"]
    for t, gate in enumerate(gates):                                # h[t]: before the step; h[t + 1]: after
        from_h = h[t] @ halved["W_hh"]
        np.add(from_h[:, 2 * H:], halved["b_h"][2 * H:], out=m[t])
        r_and_z, (r, z, n) = gate[:, :2 * H], gru.blocks(gate)
        r_and_z += from_h[:, :2 * H]                                # then half * a_t in r and z,
        np.tanh(r_and_z, out=r_and_z)
        r_and_z *= 0.5
        r_and_z += 0.5                                              # then r and z,
        n += r * m[t]
        np.tanh(n, out=n)                                           # and n
        np.subtract(h[t], n, out=h[t + 1])
        h[t + 1] *= z
        h[t + 1] += n                                               # n + z (h_{t-1} - n) = (1 - z) n + z h_{t-1}


def backward(params, x, h, m, gates, direct, dh, grads, buffers):
    """Backpropagation through a slice. Adds to grads, with the blocks of W_xh and b_x in the order n, r, z.

    x: (S, B, D). h: (S+1, B, H). m: (S, B, H). gates: (S, B, 3H). direct: (S, B, H), the direct effects. dh: (B, H), what the
    steps after the slice send back to its last state; on return, what the slice sends back to h[0].
    """
    S, B, H = x.shape[0], *dh.shape
    da = fast.room(buffers, "da", (fast.SLICE, B, 4 * H), dh.dtype)[:S]
    da_x, da_h = da[..., :3 * H], da[..., H:]
    for t in reversed(range(S)):
        dh += direct[t]                                             # dL/dh_t: direct, and from the step after
        through_gates(gates[t], h[t], m[t], dh, da[t])
        dh += da_h[t] @ params["W_hh"]                              # to the step before: past everything, and by the weights
    grads["W_hh"] += sum_of_outer_products(da_h, h[:-1])
    grads["W_xh"] += sum_of_outer_products(da_x, x)
    total = sum_of_steps(da)
    grads["b_x"] += total[:3 * H]
    grads["b_h"] += total[H:]


def through_gates(gates, h_before, m, dh, da):
    """From dL/dh_t to the gradients of the step, written into da (B, 4H): da_n, da_r, da_z, dm.

    On return dh holds z_t * dL/dh_t, what goes to the step before past everything.
    """
    H = dh.shape[1]
    r, z, n = gru.blocks(gates)
    da_n, da_r, da_z, dm = da[:, :H], da[:, H:2 * H], da[:, 2 * H:3 * H], da[:, 3 * H:]
    r_and_z, slopes = gates[:, :2 * H], da[:, H:3 * H]
    np.multiply(r_and_z, r_and_z, out=slopes)
    np.subtract(r_and_z, slopes, out=slopes)                        # sigmoid's slopes, s - s^2
    da_z *= dh
    np.subtract(h_before, n, out=dm)                                # dm is free until its own turn
    da_z *= dm
    np.multiply(n, n, out=da_n)
    np.subtract(1, da_n, out=da_n)                                  # tanh's slope
    da_n *= dh
    dh *= z
    np.multiply(da_n, z, out=dm)
    da_n -= dm                                                      # times 1 - z
    np.multiply(da_n, r, out=dm)
    da_r *= m
    da_r *= da_n
