"""What is left of a gradient on its way back through a cell, by lag. Works for ``rnn``,
``lstm`` and ``gru``."""

import numpy as np

from helpers import lstm, validate
from helpers.hints import Any, Array, Cell, Params


def left_by_lag(cell: Cell, params: Params, x: Array, dy: Array,
                back: Params | None = None) -> Array:
    """Where only the last step has a loss: how long is the gradient of the input k steps back,
    if that of the last input is 1?

    cell: a module with ``forward`` and ``backward``. params: its parameters. x: inputs, (T, B, D).
    dy: dL/dy_T, (B, O).
    back: parameters for the backward pass, if they are to differ. With W_hh = 0 there,
    nothing travels along h. Returns (T,); [k] belongs to x_{T-k}, so [0] is 1."""
    cache = cell.forward(params, x)
    only_last = np.zeros_like(cache.y)
    only_last[-1] = validate.floats("dy", dy, cache.y.shape[1:])
    dx = cell.backward(params if back is None else back, cache, only_last)["x"]
    lengths = np.linalg.norm(dx, axis=(1, 2))[::-1]
    return lengths / validate.number("the length of dL/dx_T", float(lengths[0]), above=0)


def memory_gradients(cell: Any, params: Params, x: Array, last: Array) -> Array:
    """The gradient of the cell's memory after every step, where ``last`` arrives at the last one and nothing
    else does.

    The memory is c of the LSTM, h of the others. cell, params, x: as in ``left_by_lag``. last: (B, H).
    Returns (T+1, B, H); [t] belongs to c_t or h_t, so [T] is last."""
    cache = cell.forward(params, x)
    nothing = np.zeros_like(cache.h[1:])
    if cell is lstm:
        _, dc, _ = lstm.through_time(params, cache, nothing, (np.zeros_like(last), last))
        return dc
    return cell.through_time(params, cache, nothing, last)[0]


def mean_of_logs(values: Array) -> Array:
    """The geometric mean along the first axis: what is typical of numbers that differ by powers of ten.
    values: positive."""
    return np.exp(np.log(values).mean(axis=0))
