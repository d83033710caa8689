"""The plain network's forward pass, cross-entropy and backward pass in one verb: the same gradients, faster, in less memory.

``rnn.forward``, ``losses.cross_entropy`` and ``rnn.backward`` are the code to read first, and the tests hold this file to them:
same loss, same gradients, to 1e-13 in float64. What is different here, and what it buys and costs:

- Both passes go through the sequence in slices of SLICE steps, forward first slice first, backward last slice first. All that a
  slice needs beside the states (its outputs, its slopes, its dL/da_t) is made on the way back and forgotten with the slice. So each
  step more costs B H numbers for its states, and two per sequence for target and weight; for long sequences memory is
  little more than T B H numbers. Nothing is approximated: ``dh`` carries the whole gradient from each slice to the one before.
  The price: one loop more in each pass.
- Large results are written into arrays that exist already, because asking the system for fresh memory takes time, too. ``out=a`` writes a
  result into ``a``, and so does ``+=``. ``flatten(h)`` shows the same memory in another shape, as h is one piece: what is
  written into it fills h.
  If the caller hands in ``buffers``, the arrays are kept from call to call. The price: lines that say where to put a result, and
  arrays that hold one thing first and another one later.
- What comes back is the loss and the gradients: no outputs, no last state, no gradient of x, which is data. tanh and cross-entropy
  only, real numbers only, so the complex step cannot run through it.

These choices were measured, not derived: ``python -m tests.benchmarks`` measures the result against others.
"""

import numpy as np

from helpers import former_names, losses, rnn, validate
from helpers.readout import flatten, sum_of_outer_products, sum_of_steps

SLICE = 25      # steps. With fewer there are many small products; with more, a slice leaves the processor's fast memory.


@former_names.takes_h0
def loss_and_gradients(params, x, target, mask=None, state=None, reduction="sum", buffers=None):
    """Loss and gradients of the tanh network with softmax cross-entropy.

    params, x, state: as in ``rnn.forward``; the results have the type of params and x, and state is converted to it.
    h0: the former name of state, still accepted as a keyword.
    target, mask, reduction: as in ``losses.cross_entropy``.
    buffers: a dict, empty at first. Hand in the same one each time, and its arrays are used again.
    Returns (loss, grads): grads has the gradient of every parameter and of h0, each an array of its own.
    Raises TypeError or ValueError for bad input, naming the argument.
    """
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
    dh = np.zeros((B, H), dtype)            # what comes from the step after: nothing, at the end. backward() writes into it.
    for steps in reversed(slices):                                      # backward, and outputs: no other slice needs them
        states = h[with_before(steps)]
        direct, part = read_out(params, states[1:], target[steps], weight[steps], grads, buffers)
        backward(params, x[steps], states, direct, dh, grads, buffers)
        loss += part
    grads["h0"] = dh.sum(axis=0) if state is None and "h0" in params else dh               # a learned h0 is shared by the batch
    return loss, grads


def check_data(params, x, target, mask, reduction):
    """Raise a clear error for bad input. Returns (target, weight, dtype): classes and weights, (T, B), and the type."""
    T, B, _ = validate.floats("x", x, ("T", "B", params["W_xh"].shape[1])).shape
    validate.real("params and x", *params.values(), x)
    dtype = np.result_type(x, *params.values())
    weight = losses.step_weights(mask, reduction, np.empty((T, B, 1), dtype))           # which asks for T, B and the type only
    return losses.right_classes(target, weight, len(params["W_hy"])), weight, dtype


def cut(T):
    """Slices of SLICE steps; the last may be shorter."""
    return [slice(start, min(start + SLICE, T)) for start in range(0, T, SLICE)]


def with_before(steps):
    """Where a slice's states stand in h, the one before it among them: h starts with h_0, so x[t] goes with h[t + 1]."""
    return slice(steps.start, steps.stop + 1)


def forward(params, W_hh_T, x, h, buffers):
    """h_1 ... h_S of a slice of S steps, written into h[1:]. x: (S, B, D). h: (S+1, B, H), h[0] is the state before it.

    W_hh_T: the transposed W_hh, stored anew, row by row. With ``W_hh.T`` the loop took up to twice as long on some processors.
    """
    np.matmul(flatten(x), params["W_xh"].T, out=flatten(h[1:]))         # the slot of h_t first holds W_xh x_t,
    h[1:] += params["b_h"]
    from_h = room(buffers, "from_h", h[0].shape, h.dtype)
    for before, state in zip(h[:-1], h[1:]):                            # both are slots of h: this state is the next one's "before"
        state += np.matmul(before, W_hh_T, out=from_h)                  # then a_t,
        np.tanh(state, out=state)                                       # then h_t


def read_out(params, h, target, weight, grads, buffers):
    """Outputs, softmax and cross-entropy of a slice, and back to its states. Adds to grads of W_hy and b_y.

    h: (S, B, H). target, weight: (S, B). Returns (direct, loss): the direct effects W_hy^T dy_t (S, B, H), and the slice's part
    of the loss. Here y is (O, S*B), with a column for each step of each sequence: to find the largest score of every column NumPy
    compares whole rows. The other way round it would go through S*B short rows, one by one.
    """
    S, B, H = h.shape
    target, weight, column = target.reshape(-1), weight.reshape(-1), np.arange(S * B)
    y = room(buffers, "y", (len(params["W_hy"]), SLICE * B), h.dtype)[:, :S * B]        # a shorter slice uses a part of it
    direct = room(buffers, "direct", (SLICE, B, H), h.dtype)[:S]
    np.matmul(params["W_hy"], flatten(h).T, out=y)
    y += params["b_y"][:, None]
    y -= y.max(axis=0)                                                  # softmax is the same, and exp cannot overflow
    loss = -(y[target, column] * weight).sum()                          # -log softmax(y) = log(sum of exp) - y of the right class:
    np.exp(y, out=y)                                                    # the second half now, before exp takes its place,
    total = y.sum(axis=0)
    loss += (np.log(total) * weight).sum()                              # and the first half
    y *= weight / total                                                 # weight * softmax,
    y[target, column] -= weight                                         # less weight at the right class: y is now dL/dy
    np.matmul(y.T, params["W_hy"], out=flatten(direct))
    grads["W_hy"] += y @ flatten(h)                                     # sum of dy_t h_t^T; y stands transposed already
    grads["b_y"] += y.sum(axis=1)
    return direct, loss


def backward(params, x, h, da, dh, grads, buffers):
    """Backpropagation through a slice. Adds to grads of W_hh, W_xh and b_h.

    x: (S, B, D). h: (S+1, B, H). da: (S, B, H), the direct effects; on return dL/da_t. dh: (B, H), what the steps after the slice
    send back to its last state; on return, what the slice sends back to h[0].
    """
    slope = room(buffers, "slope", (SLICE, *dh.shape), dh.dtype)[:len(x)]
    np.multiply(h[1:], h[1:], out=slope)
    np.subtract(1, slope, out=slope)                                    # tanh's slopes 1 - h_t^2, of all steps
    for da_t, slope_t in zip(da[::-1], slope[::-1]):
        da_t += dh                                                      # dL/dh_t: direct, and from the step after
        da_t *= slope_t                                                 # dL/da_t
        np.matmul(da_t, params["W_hh"], out=dh)                         # W_hh^T dL/da_t, to the step before
    grads["W_hh"] += sum_of_outer_products(da, h[:-1])
    grads["W_xh"] += sum_of_outer_products(da, x)
    grads["b_h"] += sum_of_steps(da)


def room(buffers, name, shape, dtype):
    """An array to write into: the one that is kept in buffers, if it has the right shape and type, else a new one.

    It holds what was left there: write before you read.
    """
    kept = buffers.get(name)
    if kept is None or kept.shape != shape or kept.dtype != dtype:
        kept = np.empty(shape, dtype)
        buffers[name] = kept
    return kept
