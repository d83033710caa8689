"""Type hints: names for what goes into the verbs and comes out of them. Shapes are in the docstrings."""

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

Array = np.ndarray
Params = dict[str, Array]                       # parameters by name
Grads = dict[str, Array]                        # their gradients, under the same names
State = Array | tuple[Array, ...]               # a cell's state: one array, or the LSTM's pair (h, c); or its gradient
Loss = Callable[..., tuple[float, Array]]       # from ``losses``: (y, target, mask, reduction) to (loss, dL/dy)
Update = Callable[..., tuple[Params, Any]]       # from ``optimisers``: (params, grads, memory, learning_rate)
Batch = tuple[Array, Array, Array | None]       # (x, target, mask)
Shape = tuple[int | str, ...]                   # ("T", "B", 3): a letter stands for a size that is not known


class Cell(Protocol):
    """The three verbs of a cell, as in ``rnn``: a module has them, or any other object.

    ``forward`` returns the cell's own Cache, with y, the outputs (T, B, O), and state, the last state.
    """

    def init(self, D: int, H: int, O: int, rng: np.random.Generator) -> Params: ...
    def forward(self, params: Params, x: Array, state: Any = None, /) -> Any: ...
    def backward(self, params: Params, cache: Any, dy: Array, dstate: Any = None, /) -> Grads: ...
