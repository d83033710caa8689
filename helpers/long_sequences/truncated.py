"""Truncated backpropagation through time: the gradient travels back over a window, not over the whole
sequence.

Two numbers say how. They are called k1 and k2 by Sutskever (2013), h' and h by Williams and Peng (1990),
whose name for the method is BPTT(h; h'):

    k1: after every k1 steps their losses are sent back (and, in training, the parameters are updated);
    k2: the gradient travels back over k2 steps, those k1 among them.

The state is carried forward from window to window and is never reset. Its gradient is cut where a window
begins: the state there counts as a constant. So a loss reaches at least k2 - k1 + 1 states, its own included,
and at most k2, as far as the sequence has them; what it owes to earlier inputs is not in the gradient.
With k1 = 1 every loss reaches k2 states. k1 = k2 is the cheapest and the most common: the sequence in pieces,
each state handed on. With k2 >= T nothing is cut, and the sum over all windows is the full gradient.
(To reset the state where the gradient is cut is another thing: then the network forgets, and its outputs and
its loss are others, too. That is what ``training.fit`` does with the pieces as separate batches.)

The trap: when k2 > k1 the windows overlap. Whoever sends back *all* losses of each window counts the loss
of a step about k2/k1 times, and those of the last steps once. That is the gradient of another loss,
too long and with other weights, even where k2 >= T. Here only the last k1 steps of a window have a loss:
each is counted once, and the steps before them carry its gradient back.

The price: each window is run from its first state again, k2 steps forward and backward for every k1 steps
of the sequence.
Memory: that of one window, k2 steps, however long the sequence.
(x, target, mask and the gradient of x have T steps in any case.)

Sources: Williams and Peng (1990), "An efficient gradient-based algorithm for on-line training of recurrent
network trajectories"; Sutskever (2013), "Training recurrent neural networks" (PhD thesis)."""

from typing import NamedTuple

import numpy as np

from helpers import clip, optimisers, validate
from helpers.hints import Any, Array, Batch, Cell, Grads, Iterable, Loss, Mask, Params, Start, Update
from helpers.long_sequences import pieces


class Window(NamedTuple):
    """One window, in steps of the sequence.
    start: the gradient is cut at the state h_start, with which the window begins.
    first: the losses of the steps first+1 ... stop are counted here, and in no other window.
    stop: the window's last step. The window is x[start:stop].
    next_start: where the next window starts; stop for the last one."""

    start: int
    first: int
    stop: int
    next_start: int


def windows(T: int, k1: int, k2: int) -> list[Window]:
    """The windows over a sequence of T steps, one for every k1 steps. Returns a list of Windows.
    If k1 does not divide T, the last one has fewer new steps. The first ones are shorter than k2:
    there is no past yet. Raises TypeError or ValueError unless 1 <= k1 <= k2."""
    validate.count("T", T)
    validate.count("k1", k1)
    if validate.count("k2", k2) < k1:
        raise ValueError(f"k2 must be at least k1 = {k1}, so that every loss lies in a window; "
                         f"received {k2}.")
    firsts = range(0, T, k1)
    stops = [min(first + k1, T) for first in firsts]
    starts = [max(0, stop - k2) for stop in stops]
    return [Window(*steps) for steps in zip(starts, firsts, stops, starts[1:] + [T])]


def reached(T: int, k1: int, k2: int) -> Array:
    """Which losses reach which states: booleans (T, T), row t-1 for the loss of step t,
    column s-1 for the state h_s.

    A state that is reached adds its step's share to the gradient of the weights.
    Below the diagonal all are reached if k2 >= T."""
    reach = np.zeros((T, T), bool)
    for start, first, stop, _ in windows(T, k1, k2):
        for t in range(first + 1, stop + 1):
            reach[t - 1, start:t] = True
    return reach


def by_lag(cell: Cell, params: Params, x: Array, target: Array, loss: Loss, lags: int, mask: Mask = None,
           state: Start = None, reduction: str = "sum") -> list[Grads]:
    """The gradient in parts, by how far back a loss reaches: part k is what a window of k+1 steps adds to one
    of k steps.

    Part 0 is what every loss owes to its own step alone. With T lags the parts add up to the full gradient.
    lags: how many parts. The other arguments: as in ``loss_and_gradients``.
    Returns a list of dicts with the names in params."""
    validate.count("lags", lags)
    sums = [loss_and_gradients(cell, params, x, target, loss, 1, k2, mask, state, reduction)[1]
            for k2 in range(1, lags + 1)]
    nothing: dict[str, Any] = dict.fromkeys(params, 0.0)
    return [{name: more[name] - less[name] for name in params} for less, more in zip([nothing, *sums], sums)]


def loss_and_gradients(cell: Cell, params: Params, x: Array, target: Array, loss: Loss, k1: int, k2: int,
                       mask: Mask = None, state: Start = None, reduction: str = "sum") -> tuple[float, Grads]:
    """The truncated gradient of a whole sequence: the sum over its windows, all with the same parameters.
    cell: a module with ``forward`` and ``backward``, such as ``rnn``. loss: a function from ``losses``.
    x: (T, B, D). target, mask, reduction: as ``loss`` takes them, for the whole sequence.
    k1, k2: see above. state: the first state, as the cell's ``forward`` takes it.
    Returns (loss, grads). The loss is that of the full pass; grads has all gradients that ``backward``
    returns, each truncated."""
    weight = pieces.step_weights(x, target, mask, reduction)
    total: Grads = {}
    value = 0.0
    for window in windows(len(x), k1, k2):
        weight_of_new = weight[window.first:window.stop]
        part, grads, state = one_window(cell, params, window, x, target, loss, weight_of_new, state)
        value += part
        pieces.add(total, grads, slice(window.start, window.stop), len(x))
    return value, total


def one_window(cell: Cell, params: Params, window: Window, x: Array, target: Array, loss: Loss,
               weight_of_new: Array, state: Start) -> tuple[float, Grads, Start]:
    """Forward over one window, the loss of its new steps, backward to its first step and no further.
    x: (T, B, D), target: (T, B, ...), both of the whole sequence. state: the state at window.start.
    weight_of_new: (stop - first, B), the weights of the steps whose losses are counted here.
    Returns (value, grads, next_state): the gradient of x has the window's steps, that of a first state
    is there only if the window begins with the sequence; next_state is the state at window.next_start."""
    start, first, stop, next_start = window
    weight_of_old = np.zeros((first - start, x.shape[1]))   # their losses were counted in earlier windows
    cache = cell.forward(params, x[start:stop], state)
    weight = np.concatenate([weight_of_old, weight_of_new])
    value, dy = pieces.loss_of(loss, cache.y, target[start:stop], weight)
    grads = pieces.of_the_sequence(cell.backward(params, cache, dy), start)
    if next_start == stop:
        state = cache.state
    elif next_start > start:
        state = cell.forward(params, x[start:next_start], state).state
    return value, grads, state


def fit(cell: Cell, params: Params, batches: Iterable[Batch], loss: Loss, learning_rate: float, k1: int,
        k2: int, update: Update = optimisers.adam,
        max_norm: float | None = 1.0) -> tuple[Params, dict[str, Array]]:
    """Train as ``training.fit`` does, but with one update per window: every k1 steps.
    batches: yields (x, target, mask), mask may be None. Each is a batch of long sequences;
    the state is carried through their windows, and the next batch starts anew. k1, k2: see above.
    The other arguments: as in ``training.fit``. An update's loss is the mean over the steps that count in its
    window; a window in which none counts makes no update. A window runs with the parameters of the moment,
    from a state that was computed with earlier ones.
    Returns (params, history) as ``training.fit``, with one entry per update."""
    memory = None
    history: dict[str, list[float]] = {"loss": [], "norm": []}
    for x, target, mask in batches:
        weight, state = pieces.step_weights(x, target, mask, "sum"), None
        for window in windows(len(x), k1, k2):
            weight_of_new = weight[window.first:window.stop]
            counted = weight_of_new.sum()
            mean = weight_of_new / counted if counted else weight_of_new
            value, grads, state = one_window(cell, params, window, x, target, loss, mean, state)
            if not counted:
                continue
            # h0 gets no gradient in later windows
            grads = {name: grads.get(name, np.zeros_like(p)) for name, p in params.items()}
            grads, norm = clip.by_global_norm(grads, np.inf if max_norm is None else max_norm)
            params, memory = update(params, grads, memory, learning_rate)
            history["loss"].append(float(value))
            history["norm"].append(norm)
    return params, {name: np.array(values) for name, values in history.items()}
