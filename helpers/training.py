"""Training: forward, loss, backward, clip, update, again. Works for any cell with the course's three
verbs."""

import numpy as np

from helpers import clip, former_names, optimisers
from helpers.hints import Array, Batch, Cell, Grads, Iterable, Loss, Mask, Params, Start, Update


@former_names.takes_h0
def loss_and_gradients(cell: Cell, params: Params, x: Array, target: Array, loss: Loss, mask: Mask = None,
                       state: Start = None, reduction: str = "sum") -> tuple[float, Grads]:
    """One forward and backward pass.
    cell: a module with ``forward`` and ``backward``, such as ``rnn``. loss: a function from ``losses``.
    target, mask, reduction: as ``loss`` takes them. state: the first state, as the cell's ``forward`` takes
    it. h0: the former name of state, still accepted as a keyword.
    Returns (loss, grads); grads has all gradients, x's and h0's among them."""
    cache = cell.forward(params, x, state)
    value, dy = loss(cache.y, target, mask, reduction=reduction)
    return value, cell.backward(params, cache, dy)


def fit(cell: Cell, params: Params, batches: Iterable[Batch], loss: Loss, learning_rate: float,
        update: Update = optimisers.adam, max_norm: float | None = 1.0) -> tuple[Params, dict[str, Array]]:
    """Train on a stream of batches: one update per batch.
    cell, loss: as in ``loss_and_gradients``. params: start values; they are not changed.
    batches: yields (x, target, mask), mask may be None. The loss of a batch is the mean over the steps that
    count. update: a function from ``optimisers``.
    max_norm: clip gradients to this global norm; None for no clipping.
    Returns (params, history): the trained parameters, and history["loss"], history["norm"] with one entry per
    update (the norm is taken before clipping)."""
    memory = None
    history: dict[str, list[float]] = {"loss": [], "norm": []}
    for x, target, mask in batches:
        value, grads = loss_and_gradients(cell, params, x, target, loss, mask, reduction="mean")
        grads = {name: grads[name] for name in params}
        grads, norm = clip.by_global_norm(grads, np.inf if max_norm is None else max_norm)
        params, memory = update(params, grads, memory, learning_rate)
        history["loss"].append(float(value))
        history["norm"].append(norm)
    return params, {name: np.array(values) for name, values in history.items()}
