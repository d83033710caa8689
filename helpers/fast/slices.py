"""What the fast verbs of all cells share: slices of steps, the read-out of a slice with its loss,
arrays that are used again.

- Both passes go through the sequence in slices of SLICE steps, forward first slice first,
  backward last slice first. All that a slice needs beside the states (its outputs, its slopes, its dL/da_t)
  is made on the way back and forgotten with the slice. So each step more costs B H numbers for its
  states (the gated cells keep their gates, too), and two per sequence for target and weight;
  for long sequences memory is little more than the states. Nothing is approximated:
  ``dh`` carries the whole gradient from each slice to the one before. The price: one loop more in each pass.
- Large results are written into arrays that exist already, because asking the system
  for fresh memory takes time, too. ``out=a`` writes a result into ``a``, and so does ``+=``.
  ``flatten(h)`` shows the same memory in another shape, as h is one piece: what is written into it fills h.
  If the caller hands in ``buffers``, the arrays are kept from call to call. The price:
  lines that say where to put a result, and arrays that hold one thing first and another one later.
- Inside the loops over time, ``a.dot(b, out=c)`` stands for ``np.matmul(a, b, out=c)``:
  the same product, but a call costs half a microsecond less, which small networks feel.
  The price: c must be one piece of memory."""

import numpy as np

from helpers import losses, validate
from helpers.hints import Array, Grads, Mask, Params
from helpers.readout import flatten

# Steps. With fewer there are many small products; with more, a slice leaves the processor's fast memory.
SLICE = 25


def check_data(params: Params, x: Array, target: Array, mask: Mask,
               reduction: str) -> tuple[Array, Array, np.dtype]:
    """Raise a clear error for bad input. Returns (target, weight, dtype): classes and weights, (T, B),
    and the type."""
    T, B, _ = validate.floats("x", x, ("T", "B", params["W_xh"].shape[1])).shape
    like_y = np.empty((T, B, 1), np.result_type(x, *params.values()))   # step_weights asks for T, B and
    validate.real("params and x", like_y)                                # the type only
    weight = losses.step_weights(mask, reduction, like_y)
    return losses.right_classes(target, weight, len(params["W_hy"])), weight, like_y.dtype


def cut(T: int) -> list[slice]:
    """Slices of SLICE steps; the last may be shorter."""
    return [slice(start, min(start + SLICE, T)) for start in range(0, T, SLICE)]


def with_before(steps: slice) -> slice:
    """Where a slice's states stand in h, the one before it among them: h starts with h_0,
    so x[t] goes with h[t + 1]."""
    return slice(steps.start, steps.stop + 1)


def read_out(params: Params, h: Array, target: Array, weight: Array, grads: Grads,
             buffers: dict[str, Array]) -> tuple[Array, float]:
    """Outputs, softmax and cross-entropy of a slice, and back to its states. Adds to grads of W_hy and b_y.
    h: (S, B, H). target, weight: (S, B). Returns (direct, loss): the direct effects W_hy^T dy_t (S, B, H),
    and the slice's part of the loss. Here y is (O, S*B), with a column for each step of each sequence:
    to find the largest score of every column NumPy compares whole rows. The other way round it would go
    through S*B short rows, one by one."""
    S, B, H = h.shape
    target, weight, column = target.reshape(-1), weight.reshape(-1), np.arange(S * B)
    y = room(buffers, "y", (len(params["W_hy"]), SLICE * B), h.dtype)[:, :S * B]
    direct = room(buffers, "direct", (SLICE, B, H), h.dtype)[:S]        # a shorter slice uses a part of both
    np.matmul(params["W_hy"], flatten(h).T, out=y)
    y += params["b_y"][:, None]
    y -= y.max(axis=0)                          # softmax is the same, and exp cannot overflow
    loss = -(y[target, column] * weight).sum()  # -log softmax(y) = log(sum of exp) - y of the right class:
    np.exp(y, out=y)                            # the second half now, before exp takes its place,
    total = y.sum(axis=0)
    loss += (np.log(total) * weight).sum()      # and the first half
    y *= weight / total                         # weight * softmax,
    y[target, column] -= weight                 # less weight at the right class: y is now dL/dy
    np.matmul(y.T, params["W_hy"], out=flatten(direct))
    grads["W_hy"] += y @ flatten(h)             # sum of dy_t h_t^T; y stands transposed already
    grads["b_y"] += y.sum(axis=1)
    return direct, loss


def room(buffers: dict[str, Array], name: str, shape: tuple[int, ...], dtype: np.dtype) -> Array:
    """An array to write into: the one that is kept in buffers, if it has the right shape and type,
    else a new one.

    It holds what was left there: write before you read."""
    kept = buffers.get(name)
    if kept is None or kept.shape != shape or kept.dtype != dtype:
        kept = np.empty(shape, dtype)
        buffers[name] = kept
    return kept
