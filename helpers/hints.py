"""Type hints: names for what goes into the verbs and comes out of them. Shapes are in the docstrings."""

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["Any", "ArrayLike", "Callable", "Collection", "Iterable", "Iterator"]  # for others, in one import

Array = np.ndarray
Params = dict[str, Array]                   # parameters by name
Grads = dict[str, Array]                    # their gradients, under the same names
Mask = Array | None                         # which steps count; None: all of them
State = Array | tuple[Array, ...]           # a cell's state: one array, or the LSTM's pair; or its gradient
Start = State | None                        # a first state; None: the learned one, or zeros
Loss = Callable[..., tuple[float, Array]]   # from ``losses``: (y, target, mask, reduction) to (loss, dL/dy)
Update = Callable[..., tuple[Params, Any]]  # from ``optimisers``: (params, grads, memory, learning_rate)
Batch = tuple[Array, Array, Mask]           # (x, target, mask)
Shape = tuple[int | str, ...]               # ("T", "B", 3): a letter stands for a size that is not known


class Cell(Protocol):
    """The three verbs of a cell, as in ``rnn``: a module has them, or any other object.
    ``forward`` returns the cell's own Cache, with y, the outputs (T, B, O), and state, the last state."""

    def init(self, D: int, H: int, O: int, rng: np.random.Generator) -> Params:
        """New parameters."""

    def forward(self, params: Params, x: Array, state: Any = None, /) -> Any:
        """Run over a batch of sequences."""

    def backward(self, params: Params, cache: Any, dy: Array, dstate: Any = None, /) -> Grads:
        """All gradients of the loss."""
