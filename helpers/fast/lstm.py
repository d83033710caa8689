"""The LSTM's forward pass, cross-entropy and backward pass in one verb, as ``fast.rnn`` has it for the plain
network.

``lstm.forward`` and ``lstm.backward`` are the code to read first; the tests hold this file to them,
to 1e-13 in float64. ``slices`` says what slices and buffers buy and cost. Kept for all steps are h,
c and the four blocks, 6 T B H numbers. Three things are added here:

- One tanh serves all four blocks, because sigmoid(a) = 1/2 + 1/2 tanh(a/2).
  With ``half`` = 1/2 in the blocks i, f, o and 1 in g, every block is (1 - half) + half * tanh(half * a).
  The inner factor goes into weights and biases, once per call.
- The gates have an axis of their own, (4, T, B, H), so that every block of a step is one piece of memory.
  Side by side, as the product W_hh h_{t-1} has them, a block is cut into B pieces of H numbers,
  and NumPy is slower on pieces. The price: four products for W_xh x_t in place of one, and ``by_block``.
  dL/da_t stays side by side, because it goes into one product with W_hh.
- Slopes and tanh(c_t) are calculated inside the loop of the backward pass, not for a slice at once:
  so all blocks of one step stay in the processor's fast memory. The price: about twenty calls of NumPy per
  step backward (forward it is ten), which small networks feel."""

import numpy as np

from helpers import lstm, validate
from helpers.fast.slices import SLICE, check_data, cut, read_out, room, with_before
from helpers.hints import Array, Grads, Mask, Params
from helpers.readout import flatten, sum_of_outer_products, sum_of_steps


def loss_and_gradients(params: Params, x: Array, target: Array, mask: Mask = None,
                       state: tuple[Array, Array] | None = None, reduction: str = "sum",
                       buffers: dict[str, Array] | None = None) -> tuple[float, Grads]:
    """Loss and gradients of the LSTM with softmax cross-entropy.
    params, x, state: as in ``lstm.forward``, but that state is converted to the type of params and x.
    target, mask, reduction: as in ``losses.cross_entropy``. buffers: as in ``fast.rnn``.
    Returns (loss, grads): grads has the gradient of every parameter, of h0 and of c0,
    each an array of its own."""
    lstm.check_params(params)
    target, weight, dtype = check_data(params, x, target, mask, reduction)
    (T, B, _), H = x.shape, params["W_hh"].shape[1]
    buffers = {} if buffers is None else buffers
    h, c = (room(buffers, name, (T + 1, B, H), dtype) for name in ("h", "c"))
    gates = room(buffers, "gates", (4, T, B, H), dtype)
    first = lstm.first_state(params, state, (B, H))
    validate.real("state", *first)
    h[0], c[0] = first
    half = np.array([0.5, 0.5, 1, 0.5], dtype)                              # i, f, g, o
    # scaled: transposed, and by order="C" stored row by row
    scaled = {name: np.multiply(params[name].T, np.repeat(half, H), order="C")
              for name in ("W_xh", "W_hh", "b_h")}
    half = half.reshape(4, 1, 1)                                            # to multiply (4, B, H)
    slices = cut(T)
    for steps in slices:
        span = with_before(steps)
        forward(scaled, half, x[steps], h[span], c[span], gates[:, steps], buffers)
    loss, grads = 0.0, {name: np.zeros(p.shape, dtype) for name, p in params.items()}
    dh, dc = np.zeros((B, H), dtype), np.zeros((B, H), dtype)               # what comes from the step after
    for steps in reversed(slices):
        span = with_before(steps)
        direct, part = read_out(params, h[span][1:], target[steps], weight[steps], grads, buffers)
        backward(params, x[steps], h[span], c[span], gates[:, steps], direct, dh, dc, grads, buffers)
        loss += part
    for name, dfirst in (("h0", dh), ("c0", dc)):
        grads[name] = dfirst.sum(axis=0) if state is None and name in params else dfirst
    return loss, grads


def forward(scaled: Params, half: Array, x: Array, h: Array, c: Array, gates: Array,
            buffers: dict[str, Array]) -> None:
    """A slice of S steps, written into h[1:], c[1:] (S, B, H) and gates (4, S, B, H);
    h[0] and c[0] are the states before it.

    scaled: W_xh (D, 4H), W_hh (H, 4H) and b_h (4H,), transposed and multiplied by half. half: (4, 1, 1).
    x: (S, B, D)."""
    for gate, W_T, b in zip(gates, lstm.blocks(scaled["W_xh"]), lstm.blocks(scaled["b_h"])):
        np.matmul(flatten(x), W_T, out=flatten(gate))   # gates[:, t] first holds half * W_xh x[t],
        gate += b
    shift = 1 - half
    from_h = room(buffers, "from_h", (h.shape[1], 4 * h.shape[2]), h.dtype)
    for t in range(len(x)):                 # from 0 on: h[t] is the state before the step, h[t + 1] its own,
        four = gates[:, t]                  # h_t in these notes.
        four += by_block(h[t].dot(scaled["W_hh"], out=from_h))              # gates[:, t] is then half * a_t,
        np.tanh(four, out=four)
        four *= half
        four += shift                       # then i, f, g, o
        i, f, g, o = four
        np.multiply(f, c[t], out=c[t + 1])
        c[t + 1] += i * g                   # c_t = f c_{t-1} + i g
        np.tanh(c[t + 1], out=h[t + 1])
        h[t + 1] *= o                       # h_t = o tanh(c_t)


def backward(params: Params, x: Array, h: Array, c: Array, gates: Array, direct: Array, dh: Array,
             dc: Array, grads: Grads, buffers: dict[str, Array]) -> None:
    """Backpropagation through a slice. Adds to grads of W_hh, W_xh and b_h.
    x: (S, B, D). h, c: (S+1, B, H). gates: (4, S, B, H). direct: (S, B, H), the direct effects.
    dh, dc: (B, H), what the steps after the slice send back to its last states; on return,
    what the slice sends back to h[0] and c[0]."""
    S, (B, H) = len(x), dh.shape
    da = room(buffers, "da", (SLICE, B, 4 * H), dh.dtype)[:S]
    tanh_c = room(buffers, "tanh_c", (B, H), dh.dtype)
    slopes = room(buffers, "slopes", (4, B, H), dh.dtype)
    for t in reversed(range(S)):            # as in forward: h[t + 1] and c[t + 1] are the step's own
        dh += direct[t]                     # dL/dh_t: direct, and from the step after
        np.tanh(c[t + 1], out=tanh_c)
        through_gates(gates[:, t], c[t], tanh_c, dh, dc, by_block(da[t]), slopes)
        da[t].dot(params["W_hh"], out=dh)   # W_hh^T dL/da_t, to the step before: not scaled, for a_t is not
    grads["W_hh"] += sum_of_outer_products(da, h[:-1])
    grads["W_xh"] += sum_of_outer_products(da, x)
    grads["b_h"] += sum_of_steps(da)


def through_gates(gates: Array, c_before: Array, tanh_c: Array, dh: Array, dc: Array, da: Array,
                  slopes: Array) -> None:
    """From dL/dh_t to dL/da_t, written into da (4, B, H). dc: from the step after; on return,
    what goes to the step before.

    gates: (4, B, H). tanh_c: tanh(c_t), (B, H), is overwritten. slopes: an array (4, B, H) to calculate
    in."""
    i, f, g, o = gates
    np.multiply(gates, gates, out=slopes)
    np.subtract(gates, slopes, out=slopes)          # sigmoid's slopes s - s^2: right for i, f and o,
    np.multiply(g, g, out=slopes[2])
    np.subtract(1, slopes[2], out=slopes[2])        # and for g tanh's slope 1 - g^2 takes its place
    # c_t = f c_{t-1} + i g, and h_t = o tanh(c_t): slopes, times what i, f, g and o are multiplied by there
    for slope, factor in zip(slopes, (g, c_before, i, tanh_c)):
        slope *= factor
    np.multiply(slopes[3], dh, out=da[3])           # o acts on h_t only
    tanh_c *= tanh_c
    np.subtract(1, tanh_c, out=tanh_c)
    tanh_c *= o
    tanh_c *= dh                                    # from here on it is o (1 - tanh(c_t)^2) dL/dh_t
    dc += tanh_c                                    # dL/dc_t: through h_t, and from the step after
    np.multiply(slopes[:3], dc, out=da[:3])         # i, f and g act through c_t
    dc *= f                                         # to the step before


def by_block(a: Array) -> Array:
    """The blocks i, f, g, o of a (B, 4H) on an axis of their own: a view of shape (4, B, H),
    so what is written into it stands in a."""
    return a.reshape(len(a), 4, -1).swapaxes(0, 1)
