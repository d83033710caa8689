"""The GRU's forward pass, cross-entropy and backward pass in one verb, as ``fast.rnn`` has it for the plain
network.

``gru.forward`` and ``gru.backward`` are the code to read first; the tests hold this file to them,
to 1e-13 in float64. ``slices`` says what slices and buffers buy and cost, ``fast.lstm`` how tanh
serves for sigmoid, why the blocks are kept apart, and why slopes are calculated step by step.
Kept for all steps are h, r, z, m and n, 5 T B H numbers. One thing is added here: the gradients
of a step stand side by side as (da_n, da_r, da_z, dm), (B, 4H). The first three belong to W_xh x_t + b_x,
the last three to W_hh h_{t-1} + b_h: da_r and da_z serve both, and are stored once. The price: W_xh's
and b_x's gradients come out in the order n, r, z, and are put back into the order r, z, n at the end."""

import numpy as np

from helpers import gru, rnn, validate
from helpers.fast.slices import SLICE, check_data, cut, read_out, room, with_before
from helpers.hints import Array, Grads, Mask, Params
from helpers.readout import flatten, sum_of_outer_products, sum_of_steps


def loss_and_gradients(params: Params, x: Array, target: Array, mask: Mask = None,
                       state: Array | None = None, reduction: str = "sum",
                       buffers: dict[str, Array] | None = None) -> tuple[float, Grads]:
    """Loss and gradients of the GRU with softmax cross-entropy.
    params, x, state: as in ``gru.forward``, but that state is converted to the type of params and x.
    target, mask, reduction: as in ``losses.cross_entropy``. buffers: as in ``fast.rnn``.
    Returns (loss, grads): grads has the gradient of every parameter and of h0, each an array of its own."""
    gru.check_params(params)
    target, weight, dtype = check_data(params, x, target, mask, reduction)
    (T, B, _), H = x.shape, params["W_hh"].shape[1]
    buffers = {} if buffers is None else buffers
    h = room(buffers, "h", (T + 1, B, H), dtype)
    parts = [room(buffers, name, (T, B, H), dtype) for name in ("r", "z", "m", "n")]
    first = rnn.first_state(params, state, (B, H))
    validate.real("state", first)
    h[0] = first
    half = np.repeat(np.array([0.5, 0.5, 1], dtype), H)             # r, z, n; scaled holds copies, row by row
    scaled = {name: np.multiply(params[name].T, half, order="C") for name in ("W_xh", "W_hh", "b_x", "b_h")}
    scaled["b_x"][:2 * H] += scaled["b_h"][:2 * H]                  # r and z take both; b_hn belongs to m
    slices = cut(T)
    for steps in slices:
        forward(scaled, x[steps], h[with_before(steps)], [array[steps] for array in parts], buffers)
    loss, grads = 0.0, {name: np.zeros(p.shape, dtype) for name, p in params.items()}
    dh = np.zeros((B, H), dtype)                                    # what comes from the step after
    for steps in reversed(slices):
        states = h[with_before(steps)]
        direct, part = read_out(params, states[1:], target[steps], weight[steps], grads, buffers)
        backward(params, x[steps], states, [array[steps] for array in parts], direct, dh, grads, buffers)
        loss += part
    for name in ("W_xh", "b_x"):
        grads[name] = np.roll(grads[name], -H, axis=0)              # n, r, z become r, z, n
    grads["h0"] = dh.sum(axis=0) if state is None and "h0" in params else dh
    return loss, grads


def forward(scaled: Params, x: Array, h: Array, parts: list[Array], buffers: dict[str, Array]) -> None:
    """A slice of S steps, written into h[1:] and into parts: r, z, m and n, (S, B, H) each;
    h[0] is the state before it.

    scaled: W_xh (D, 3H), W_hh (H, 3H), b_x and b_h (3H,), transposed; the blocks of r and z are halved,
    and those of b_x have those of b_h added. x: (S, B, D)."""
    r, z, m, n = parts
    for gate, W_T, b in zip((r, z, n), gru.blocks(scaled["W_xh"]), gru.blocks(scaled["b_x"])):
        np.matmul(flatten(x), W_T, out=flatten(gate))  # r[t], z[t] first hold 1/2 W_xh x[t], n[t] all of it,
        gate += b
    from_h = room(buffers, "from_h", (h.shape[1], 3 * h.shape[2]), h.dtype)
    _, _, b_hn = gru.blocks(scaled["b_h"])
    for t in range(len(x)):             # from 0 on: h[t] is the state before the step, h[t + 1] its own
        h_r, h_z, h_n = gru.blocks(h[t].dot(scaled["W_hh"], out=from_h))
        np.add(h_n, b_hn, out=m[t])
        for gate, past in ((r[t], h_r), (z[t], h_z)):
            gate += past                        # then 1/2 a_t,
            np.tanh(gate, out=gate)
            gate *= 0.5
            gate += 0.5                         # then r and z,
        n[t] += r[t] * m[t]
        np.tanh(n[t], out=n[t])                 # and n
        np.subtract(h[t], n[t], out=h[t + 1])
        h[t + 1] *= z[t]
        h[t + 1] += n[t]                        # n + z (h_{t-1} - n) = (1 - z) n + z h_{t-1}


def backward(params: Params, x: Array, h: Array, parts: list[Array], direct: Array, dh: Array,
             grads: Grads, buffers: dict[str, Array]) -> None:
    """Backpropagation through a slice. Adds to grads, with the blocks of W_xh and b_x in the order n, r, z.
    x: (S, B, D). h: (S+1, B, H). parts: r, z, m and n, (S, B, H) each. direct: (S, B, H), the direct effects.
    dh: (B, H), what the steps after the slice send back to its last state; on return,
    what the slice sends back to h[0]."""
    (r, z, m, n), S, (B, H) = parts, len(x), dh.shape
    da = room(buffers, "da", (SLICE, B, 4 * H), dh.dtype)[:S]
    work = room(buffers, "work", (2, B, H), dh.dtype)
    da_x, da_h = da[..., :3 * H], da[..., H:]
    for t in reversed(range(S)):
        dh += direct[t]                                             # dL/dh_t: direct, and from the step after
        through_gates(h[t], r[t], z[t], m[t], n[t], dh, da[t], work)    # to the step before: z dL/dh_t,
        dh += da_h[t].dot(params["W_hh"], out=work[0])                  # and what the weights send
    grads["W_hh"] += sum_of_outer_products(da_h, h[:-1])
    grads["W_xh"] += sum_of_outer_products(da_x, x)
    total = sum_of_steps(da)
    grads["b_x"] += total[:3 * H]
    grads["b_h"] += total[H:]


def through_gates(h_before: Array, r: Array, z: Array, m: Array, n: Array, dh: Array, da: Array,
                  work: Array) -> None:
    """From dL/dh_t to the gradients of the step, written into da (B, 4H): da_n, da_r, da_z, dm.
    On return dh holds z_t * dL/dh_t, what goes to the step before past everything.
    work: two arrays, (B, H), to calculate in: one holds the gradient, the other slopes."""
    H = dh.shape[1]
    gradient, slope = work
    da_n, da_r, da_z, dm = da[:, :H], da[:, H:2 * H], da[:, 2 * H:3 * H], da[:, 3 * H:]
    np.subtract(1, z, out=gradient)             # not a gradient yet, but n's factor in (1 - z) n + z h_{t-1},
    np.multiply(gradient, z, out=da_z)          # and in da_z, for now, sigmoid's slope z (1 - z)
    gradient *= dh                              # dL/dn_t
    np.multiply(n, n, out=slope)
    np.subtract(1, slope, out=slope)
    gradient *= slope                           # dL/da_n; a_n = W_xn x_t + b_xn + r m:
    da_n[:] = gradient
    np.multiply(gradient, r, out=dm)            # dL/dm_t
    gradient *= m                               # dL/dr_t
    np.subtract(1, r, out=slope)
    slope *= r
    np.multiply(gradient, slope, out=da_r)      # dL/da_r
    np.subtract(h_before, n, out=gradient)
    gradient *= dh                              # dL/dz_t
    da_z *= gradient                            # dL/da_z
    dh *= z
