"""A sequence in pieces: what ``truncated`` and ``checkpointing`` share.

A piece is the steps start+1 ... stop of the maths, x[start:stop] in code.
The state that one piece ends with is the first state of the next. Backward, the gradient of a piece's first
state is the ``dstate`` of the piece before."""

import numpy as np

from helpers import losses, validate
from helpers.hints import Array, Grads, Loss, Mask, State

# What every cell calls the gradients of its first state; c0 where the state is a pair (h, c).
FIRST_STATES = ("h0", "c0")


def step_weights(x: Array, target: Array, mask: Mask, reduction: str) -> Array:
    """Weight of each step in the loss of the whole sequence, (T, B) (see ``losses.step_weights``).
    With these as the mask, the sums over the pieces add up to the loss of the whole, be it a sum or a mean.
    x: (T, B, D). target: (T, B, ...). Raises TypeError or ValueError if these and the mask do not fit."""
    T, B, _ = validate.floats("x", x, ("T", "B", "D")).shape
    validate.array("target", target, (T, B, *getattr(target, "shape", ())[2:]))
    if target.dtype.kind in "fc":
        validate.floats("target", target, target.shape)
    return losses.step_weights(mask, reduction, np.empty((T, B, 1)))


def loss_of(loss: Loss, y: Array, target: Array, weight: Array) -> tuple[float, Array]:
    """Loss and dL/dy of one piece; zero where none of its steps counts, which ``losses`` would refuse.
    loss: a function from ``losses``. y: (S, B, O), target: (S, B, ...), weight: (S, B),
    for a piece of S steps. Returns (value, dy)."""
    if not weight.any():
        return 0.0, np.zeros_like(y)
    return loss(y, target, weight, reduction="sum")


def state_gradient(grads: Grads) -> State:
    """The gradient of a piece's first state, from what ``backward`` returned: an array, or (dh, dc)."""
    dstate = tuple(grads[name] for name in FIRST_STATES if name in grads)
    return dstate if len(dstate) > 1 else dstate[0]


def of_the_sequence(grads: Grads, start: int) -> Grads:
    """The gradients that belong to the whole sequence: only the piece at start = 0 begins with the sequence's
    first state."""
    return {name: g for name, g in grads.items() if start == 0 or name not in FIRST_STATES}


def add(total: Grads, grads: Grads, piece: slice, T: int) -> None:
    """Add the gradients of one piece to the totals, in place. Those of x go to the piece's own steps.
    total: a dict, empty at first. grads: what ``backward`` returned for the piece.
    piece: a slice of the T steps."""
    for name, g in of_the_sequence(grads, piece.start).items():
        if name not in total:
            total[name] = np.zeros((T, *g.shape[1:]) if name == "x" else g.shape, g.dtype)
        where = piece if name == "x" else ...
        total[name][where] += g
