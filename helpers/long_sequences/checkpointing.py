"""Backpropagation through time at sqrt(T) memory: the full gradient, from a forward pass that is done twice.

The full pass keeps what every step computed until the backward pass has used it: memory grows like T. Here:

1. Run forward and keep only the state before every s-th step (a checkpoint). Forget the rest.
2. Take the segments from the last to the first. Run each one forward again from its checkpoint,
   then backward. The gradient of its first state is the ``dstate`` of the segment before.

T/s checkpoints and the s steps of one segment are in memory at a time.
Their sum is smallest near s = sqrt(T): memory grows like sqrt(T) B H, for less than one more forward pass.
(x, target, mask and the gradient of x have T steps in any case.)

Nothing is approximated. The states, and the gradients of x and of the first state,
are those of the full pass to the last bit: the same sums in the same order.
The loss and the gradients of the parameters are sums over all steps, added here segment by
segment: they agree to rounding (below 1e-13). With a single segment all are the same to the last bit.

Sources: Chen et al. (2016), "Training deep nets with sublinear memory cost"; Gruslys et al.
(2016), "Memory-efficient backpropagation through time", who keep states as here and find the best places
for any given memory. The idea for programs in general is in Griewank (1992)."""

import math

from helpers import validate
from helpers.hints import Array, Cell, Grads, Loss, Mask, Params, Start, State
from helpers.long_sequences import pieces


def loss_and_gradients(cell: Cell, params: Params, x: Array, target: Array, loss: Loss, mask: Mask = None,
                       state: Start = None, segment: int | None = None,
                       reduction: str = "sum") -> tuple[float, Grads]:
    """One forward and backward pass, as ``training.loss_and_gradients``, with less memory.
    cell: a module with ``forward`` and ``backward``, such as ``rnn``. loss: a function from ``losses``.
    x: (T, B, D). target, mask, reduction: as ``loss`` takes them. state: the first state,
    as the cell's ``forward`` takes it.
    segment: number of steps s between checkpoints; sqrt(T), rounded up, if None.
    The last segment may be shorter.
    Returns (loss, grads); grads has all gradients that the cell's ``backward`` returns."""
    weight = pieces.step_weights(x, target, mask, reduction)
    T = len(x)
    segments = cut(T, math.isqrt(T - 1) + 1 if segment is None else validate.count("segment", segment))
    checkpoints = [state]
    for piece in segments[:-1]:
        checkpoints.append(copy(cell.forward(params, x[piece], checkpoints[-1]).state))
    total: Grads = {}
    value, dstate = 0.0, None
    for piece, first in zip(segments[::-1], checkpoints[::-1]):
        part, grads = one_segment(cell, params, x[piece], target[piece], loss, weight[piece], first, dstate)
        dstate = pieces.state_gradient(grads)
        value += part
        pieces.add(total, grads, piece, T)
    return value, total


def cut(T: int, length: int) -> list[slice]:
    """Segments of ``length`` steps; the last may be shorter. Returns a list of slices of range(T)."""
    return [slice(start, min(start + length, T)) for start in range(0, T, length)]


def one_segment(cell: Cell, params: Params, x: Array, target: Array, loss: Loss, weight: Array, state: Start,
                dstate: State | None) -> tuple[float, Grads]:
    """Forward again, loss, backward. What the forward pass kept is free again when this function returns.
    x, target, weight: the segment's steps. state: its checkpoint. dstate: the gradient from the segment after
    it. Returns (value, grads)."""
    cache = cell.forward(params, x, state)
    value, dy = pieces.loss_of(loss, cache.y, target, weight)
    return value, cell.backward(params, cache, dy, dstate)


def copy(state: State) -> State:
    """A copy of a state. A cache's state is a view of all the states of its segment:
    to keep it would keep them all."""
    return tuple(part.copy() for part in state) if isinstance(state, tuple) else state.copy()
