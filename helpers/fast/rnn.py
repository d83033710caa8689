"""The plain network's forward pass, cross-entropy and backward pass in one verb: the same gradients, faster,
in less memory.

``rnn.forward``, ``losses.cross_entropy`` and ``rnn.backward`` are the code to read first,
and the tests hold this file to them: same loss, same gradients, to 1e-13 in float64.
What is different here, and what it buys and costs:

- Slices of steps, and arrays that are used again: see ``slices``.
- What comes back is the loss and the gradients: no outputs, no last state, no gradient of x, which is data.
  tanh and cross-entropy only, real numbers only, so the complex step cannot run through it.

These choices were measured, not derived: ``python -m tests.benchmarks`` measures the result against
others."""

import numpy as np

from helpers import former_names, rnn, validate
from helpers.fast.slices import SLICE, check_data, cut, read_out, room, with_before
from helpers.hints import Array, Grads, Mask, Params
from helpers.readout import flatten, sum_of_outer_products, sum_of_steps


@former_names.takes_h0
def loss_and_gradients(params: Params, x: Array, target: Array, mask: Mask = None,
                       state: Array | None = None, reduction: str = "sum",
                       buffers: dict[str, Array] | None = None) -> tuple[float, Grads]:
    """Loss and gradients of the tanh network with softmax cross-entropy.
    params, x, state: as in ``rnn.forward``; the results have the type of params and x,
    and state is converted to it. h0: the former name of state, still accepted as a keyword.
    target, mask, reduction: as in ``losses.cross_entropy``.
    buffers: a dict, empty at first. Hand in the same one each time, and its arrays are used again.
    Returns (loss, grads): grads has the gradient of every parameter and of h0, each an array of its own.
    Raises TypeError or ValueError for bad input, naming the argument."""
    rnn.check_params(params)
    target, weight, dtype = check_data(params, x, target, mask, reduction)
    (T, B, _), H = x.shape, len(params["W_hh"])
    buffers = {} if buffers is None else buffers
    h = room(buffers, "h", (T + 1, B, H), dtype)
    first = rnn.first_state(params, state, (B, H))
    validate.real("state", first)
    h[0] = first
    W_hh_T = params["W_hh"].T.copy()
    slices = cut(T)
    for steps in slices:                                                # forward: only the states are kept
        forward(params, W_hh_T, x[steps], h[with_before(steps)], buffers)
    loss, grads = 0.0, {name: np.zeros(p.shape, dtype) for name, p in params.items()}
    # dh: what comes from the step after: nothing, at the end. backward() writes into it.
    dh = np.zeros((B, H), dtype)
    for steps in reversed(slices):                          # backward, and outputs: no other slice needs them
        states = h[with_before(steps)]
        direct, part = read_out(params, states[1:], target[steps], weight[steps], grads, buffers)
        backward(params, x[steps], states, direct, dh, grads, buffers)
        loss += part
    learned = state is None and "h0" in params
    grads["h0"] = dh.sum(axis=0) if learned else dh                     # a learned h0 is shared by the batch
    return loss, grads


def forward(params: Params, W_hh_T: Array, x: Array, h: Array, buffers: dict[str, Array]) -> None:
    """h_1 ... h_S of a slice of S steps, written into h[1:]. x: (S, B, D). h: (S+1, B, H),
    h[0] is the state before it.

    W_hh_T: the transposed W_hh, stored anew, row by row. With ``W_hh.T`` the loop took up to twice as long on
    some processors."""
    np.matmul(flatten(x), params["W_xh"].T, out=flatten(h[1:]))     # the slot of h_t first holds W_xh x_t,
    h[1:] += params["b_h"]
    from_h = room(buffers, "from_h", h[0].shape, h.dtype)
    for before, state in zip(h[:-1], h[1:]):    # both are slots of h: this state is the next one's "before"
        state += before.dot(W_hh_T, out=from_h)                         # then a_t,
        np.tanh(state, out=state)                                       # then h_t


def backward(params: Params, x: Array, h: Array, da: Array, dh: Array, grads: Grads,
             buffers: dict[str, Array]) -> None:
    """Backpropagation through a slice. Adds to grads of W_hh, W_xh and b_h.
    x: (S, B, D). h: (S+1, B, H). da: (S, B, H), the direct effects; on return dL/da_t. dh: (B, H), what
    the steps after the slice send back to its last state; on return, what the slice sends back to h[0]."""
    slope = room(buffers, "slope", (SLICE, *dh.shape), dh.dtype)[:len(x)]
    np.multiply(h[1:], h[1:], out=slope)
    np.subtract(1, slope, out=slope)                                # tanh's slopes 1 - h_t^2, of all steps
    for da_t, slope_t in zip(da[::-1], slope[::-1]):
        da_t += dh                                                  # dL/dh_t: direct, and from the step after
        da_t *= slope_t                                             # dL/da_t
        da_t.dot(params["W_hh"], out=dh)                            # W_hh^T dL/da_t, to the step before
    grads["W_hh"] += sum_of_outer_products(da, h[:-1])
    grads["W_xh"] += sum_of_outer_products(da, x)
    grads["b_h"] += sum_of_steps(da)
