"""Reverse-mode automatic differentiation on NumPy arrays, in about seventy lines of code.

Every operation returns a Tensor that remembers what it was made from (``parents``), and how a gradient
of the result becomes gradients of those (``pull``). ``backward`` visits all of them in reverse order,
each after everything that was made from it.

    W = Tensor(array)
    loss = (x @ W.T).tanh().sum()
    loss.backward()
    W.grad

For learning: seven operations, no float32. Source of the idea: Linnainmaa (1970); Speelpenning (1980)."""

import numpy as np

from helpers.hints import Array, ArrayLike, Callable

Pull = Callable[[Array], tuple[Array, ...]]     # from the gradient of a result to those of its parents


class Tensor:
    """An array in a graph of operations. data: the values. grad: dL/dself, after ``L.backward()``."""

    __array_ufunc__ = None                      # so that array @ Tensor asks Tensor, too
    dropped: list[dict[str, object]] = []       # what is being freed

    def __init__(self, data: ArrayLike, parents: tuple["Tensor", ...] = (), pull: Pull | None = None) -> None:
        self.data, self.parents, self.pull = np.asarray(data, float), parents, pull
        self.grad = np.zeros_like(self.data)

    def __del__(self) -> None:
        """Free a long past in a loop: to free it by recursion, as Python would, crashes it in a browser."""
        self.dropped.append(self.__dict__)
        self.__dict__ = {}
        if len(self.dropped) == 1:              # else this runs inside the loop of a later Tensor
            try:
                for past in self.dropped:       # it grows meanwhile
                    past.clear()
            finally:
                self.dropped.clear()

    def __add__(self, other: "Tensor | ArrayLike") -> "Tensor":
        other = tensor(other)
        return Tensor(self.data + other.data, (self, other), lambda g: (g, g))

    def __mul__(self, other: "Tensor | ArrayLike") -> "Tensor":
        other = tensor(other)
        return Tensor(self.data * other.data, (self, other), lambda g: (g * other.data, g * self.data))

    def __matmul__(self, other: "Tensor | ArrayLike") -> "Tensor":
        other = matrix(other)
        return Tensor(matrix(self).data @ other.data, (self, other),
                      lambda g: (g @ other.data.T, self.data.T @ g))

    def __rmatmul__(self, other: ArrayLike) -> "Tensor":
        return matrix(other) @ self

    def __sub__(self, other: "Tensor | ArrayLike") -> "Tensor":
        return self + tensor(other) * -1.0

    @property
    def T(self) -> "Tensor":
        """The transposed matrix."""
        return Tensor(self.data.T, (self,), lambda g: (g.T,))

    def tanh(self) -> "Tensor":
        """Entry by entry."""
        h = np.tanh(self.data)
        return Tensor(h, (self,), lambda g: ((1 - h ** 2) * g,))

    def sum(self) -> "Tensor":
        """The sum of all entries."""
        return Tensor(self.data.sum(), (self,), lambda g: (np.broadcast_to(g, self.data.shape),))

    def detach(self) -> "Tensor":
        """The same values, without a past: no gradient passes."""
        return Tensor(self.data)

    def backward(self) -> None:
        """Add dself/dv to v.grad for every Tensor v that self, one number, was made from."""
        if self.data.size != 1:
            raise ValueError("backward starts from one number, a loss; "
                             f"received shape {self.data.shape}. Call .sum() first.")
        arriving = {id(self): np.ones_like(self.data)}
        for node in reversed(history(self)):
            gradient = arriving.pop(id(node))
            node.grad = node.grad + gradient
            for parent, share in zip(node.parents, node.pull(gradient) if node.pull else ()):
                arriving[id(parent)] = arriving.get(id(parent), 0) + summed_to(share, parent.data.shape)


def tensor(value: Tensor | ArrayLike) -> Tensor:
    """A Tensor of a number or an array; a Tensor as it is."""
    return value if isinstance(value, Tensor) else Tensor(value)


def matrix(value: Tensor | ArrayLike) -> Tensor:
    """The same, for a matrix. Raises ValueError for anything else: ``@`` has its gradient for two axes."""
    value = tensor(value)
    if value.data.ndim != 2:
        raise ValueError(f"@ takes two matrices; received shape {value.data.shape}. "
                         "Give a vector a second axis: v[None].")
    return value


def history(last: Tensor) -> list[Tensor]:
    """All Tensors that ``last`` was made from, and itself: each after its parents. A loop: pasts are long."""
    order, seen, stack = [], set(), [(last, False)]
    while stack:
        node, finished = stack.pop()
        if finished:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack += [(node, True), *((parent, False) for parent in node.parents)]
    return order


def summed_to(gradient: Array, shape: tuple[int, ...]) -> Array:
    """The gradient of something that was broadcast: it was used many times, so its gradient is the sum."""
    gradient = gradient.sum(axis=tuple(range(gradient.ndim - len(shape))))
    stretched = tuple(i for i, size in enumerate(shape) if size == 1 and gradient.shape[i] > 1)
    return gradient.sum(axis=stretched, keepdims=True)
