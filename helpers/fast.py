"""The plain network's forward pass, cross-entropy and backward pass in one verb: the same gradients, faster, in less memory.

``rnn.forward``, ``losses.cross_entropy`` and ``rnn.backward`` are the code to read first, and the tests hold this file to them:
same loss, same gradients, to 1e-13. What is different here, and what it buys and costs:

- The backward pass goes through the sequence in slices of 25 steps, last slice first. All that a slice needs beside the states
  (its outputs, its slopes, its dL/da_t) stays in the processor's cache, and only the states are kept for all T steps.
  So memory is little more than T B H numbers. The price: one loop more, and sums over time that are added up slice by slice.
- Results are written into arrays that exist already (``out=``, ``+=``), and these are kept from call to call in ``buffers``.
  Asking the system for fresh memory takes time, too. The price: lines that say where to put a result, and an
  array such as ``da`` holds the direct effects first and dL/da_t after.
- No gradient of x: it is data. tanh and cross-entropy only, real numbers only.

Nothing is approximated. ``python -m benchmarks`` measures it against others.
"""

import numpy as np

from helpers import losses, rnn, validate
from helpers.readout import flatten, sum_of_outer_products, sum_of_steps

SLICE = 25      # steps: enough for efficient products, few enough for the cache


def loss_and_gradients(params, x, target, mask=None, h0=None, reduction="sum", buffers=None):
    """Loss and gradients of the tanh network with softmax cross-entropy.

    params, x, h0: as in ``rnn.forward``. target, mask, reduction: as in ``losses.cross_entropy``.
    buffers: a dict, empty at first. Hand in the same one each time, and its arrays are used again.
    Returns (loss, grads): grads has the gradient of every parameter and of h0, each an array of its own.
    """
    rnn.check_params(params)
    target, weight, dtype = check_data(params, x, target, mask, reduction)
    (T, B, _), H = x.shape, len(params["W_hh"])
    buffers = {} if buffers is None else buffers
    h = room(buffers, "h", (T + 1, B, H), dtype)
    h[0] = rnn.first_state(params, h0, (B, H))
    slices = cut(T)
    W_hh_T = params["W_hh"].T.copy()
    for steps in slices:
        forward(params, W_hh_T, x[steps], h[steps.start:steps.stop + 1], buffers)
    value, dh = 0.0, np.zeros((B, H), dtype)                            # dh: from the step after the slice
    grads = {name: np.zeros(p.shape, dtype) for name, p in params.items()}
    for steps in reversed(slices):
        states = h[steps.start:steps.stop + 1]
        direct, part = read_out(params, states[1:], target[steps], weight[steps], grads, buffers)
        value += part
        backward(params, x[steps], states, direct, dh, grads, buffers)
    grads["h0"] = dh.sum(axis=0) if h0 is None and "h0" in params else dh
    return value, grads


def check_data(params, x, target, mask, reduction):
    """Raise a clear error for bad input. Returns (target, weight, dtype): classes and weights, (T, B), and the type."""
    T, B, _ = validate.floats("x", x, ("T", "B", params["W_xh"].shape[1])).shape
    validate.real("params and x", *params.values(), x)
    dtype = np.result_type(x, *params.values())
    weight = losses.step_weights(mask, reduction, np.empty((T, B, 1), dtype))
    return losses.right_classes(target, weight, len(params["W_hy"])), weight, dtype


def cut(T):
    """Slices of SLICE steps; the last may be shorter."""
    return [slice(start, min(start + SLICE, T)) for start in range(0, T, SLICE)]


def forward(params, W_hh_T, x, h, buffers):
    """h_1 ... h_S of a slice of S steps, written into h[1:]. x: (S, B, D). h: (S+1, B, H), h[0] is the state before it.

    W_hh_T: the transposed W_hh, copied. As a view, the loop took up to twice as long (float32, AVX-512), elsewhere about the same.
    """
    np.matmul(flatten(x), params["W_xh"].T, out=flatten(h[1:]))         # the slot of h_t first holds W_xh x_t,
    h[1:] += params["b_h"]
    from_h = room(buffers, "from_h", h[0].shape, h.dtype)
    for before, state in zip(h[:-1], h[1:]):
        state += np.matmul(before, W_hh_T, out=from_h)                  # then a_t,
        np.tanh(state, out=state)                                       # then h_t


def read_out(params, h, target, weight, grads, buffers):
    """Outputs, softmax and cross-entropy of a slice, and back to its states. Adds to grads of W_hy and b_y.

    h: (S, B, H). target, weight: (S, B). Returns (direct, loss): the direct effects W_hy^T dy_t (S, B, H), and the slice's part
    of the loss. Outputs stand in columns, y (O, S*B): a largest score or a sum over classes is then found row by row, which is
    what the processor can do for many columns at once.
    """
    S, B, H = h.shape
    target, weight, every = target.reshape(-1), weight.reshape(-1), np.arange(S * B)
    y = room(buffers, "y", (len(params["W_hy"]), SLICE * B), h.dtype)[:, :S * B]
    direct = room(buffers, "direct", (SLICE, B, H), h.dtype)[:S]
    np.matmul(params["W_hy"], flatten(h).T, out=y)
    y += params["b_y"][:, None]
    y -= y.max(axis=0)                                                  # softmax is the same, and exp cannot overflow
    loss = -(y[target, every] * weight).sum()
    np.exp(y, out=y)
    total = y.sum(axis=0)
    loss += (np.log(total) * weight).sum()                              # -log softmax = log(total) - y[target]
    y *= weight / total                                                 # softmax(y),
    y[target, every] -= weight                                          # minus the one-hot target: from here on y is dL/dy
    np.matmul(y.T, params["W_hy"], out=flatten(direct))
    grads["W_hy"] += y @ flatten(h)
    grads["b_y"] += y.sum(axis=1)
    return direct, loss


def backward(params, x, h, da, dh, grads, buffers):
    """Backpropagation through a slice. Adds to grads of W_hh, W_xh and b_h.

    x: (S, B, D). h: (S+1, B, H). da: (S, B, H), the direct effects; on return dL/da_t. dh: (B, H), what the steps after the slice
    send back to its last state; on return, what the slice sends back to h[0].
    """
    slope = room(buffers, "slope", (SLICE, *dh.shape), dh.dtype)[:len(x)]
    np.multiply(h[1:], h[1:], out=slope)
    np.subtract(1, slope, out=slope)                                    # tanh's slopes, of all steps
    for da_t, slope_t in zip(da[::-1], slope[::-1]):
        da_t += dh                                                      # dL/dh_t: direct, and from the step after
        da_t *= slope_t                                                 # dL/da_t
        np.matmul(da_t, params["W_hh"], out=dh)                         # to the step before
    grads["W_hh"] += sum_of_outer_products(da, h[:-1])
    grads["W_xh"] += sum_of_outer_products(da, x)
    grads["b_h"] += sum_of_steps(da)


def room(buffers, name, shape, dtype):
    """An array to write into: the one that is kept in buffers, if it has the right shape and type, else a new one."""
    kept = buffers.get(name)
    if kept is None or kept.shape != shape or kept.dtype != dtype:
        kept = buffers[name] = np.empty(shape, dtype)
    return kept
