"""Proof that a gradient is right: compare it with derivatives taken from the forward pass alone.

``central_difference``: (f(v + eps) - f(v - eps)) / (2 eps), good to about 1e-9.
``complex_step``: Im f(v + i eps) / eps, good to rounding, because nothing is subtracted
(Squire and Trapp 1998). It needs a forward pass that works on complex numbers, as this course's does.
``compare``: where do two sets of gradients differ most?"""

from typing import NamedTuple

import numpy as np

from helpers import losses, rnn, validate
from helpers.hints import Any, Array, Callable, Cell, Grads, Loss, Mask, State


def central_difference(f: Callable[[dict[str, Array]], float], variables: dict[str, Array],
                       eps: float = 1e-5) -> Grads:
    """Numerical gradients by central differences.
    f: function of a dict of arrays, returning a number. variables: dict of float64 arrays.
    eps: step size. Returns a dict of arrays with the shapes of the variables."""
    validate.number("eps", eps, above=0)
    return _per_entry(variables, float, lambda moved: (f(moved(eps)) - f(moved(-eps))) / (2 * eps))


def complex_step(f: Callable[[dict[str, Array]], complex], variables: dict[str, Array],
                 eps: float = 1e-100) -> Grads:
    """Numerical gradients by the complex step: exact to rounding. Arguments and result as
    ``central_difference``."""
    validate.number("eps", eps, above=0)
    return _per_entry(variables, complex, lambda moved: np.imag(f(moved(1j * eps))) / eps)


def jacobian(f: Callable[[Array], Array], v: Array) -> Array:
    """The Jacobian of f at v, by the complex step.
    f: function of an array; it must accept complex numbers. v: array. Returns an array with the shape
    of f(v), followed by the shape of v: entry [i, j] is the derivative of f(v)[i] by v[j]."""
    v, columns = np.asarray(v, float), []
    for index in np.ndindex(v.shape):
        nudge = np.zeros(v.shape, complex)
        nudge[index] = 1e-100j
        columns.append(np.imag(f(v + nudge)) / 1e-100)
    return np.stack(columns, axis=-1).reshape(*np.shape(columns[0]), *v.shape)


def _per_entry(variables: dict[str, Array], dtype: type, derivative: Callable[[Callable], float]) -> Grads:
    """Call ``derivative`` once per entry of every variable, with a function that moves just that entry."""
    variables = {name: np.asarray(value, np.float64).astype(dtype) for name, value in variables.items()}
    gradients = {}
    for name, value in variables.items():
        gradients[name] = np.empty(value.shape)
        for index in np.ndindex(value.shape):
            def moved(step):
                copy = value.copy()
                copy[index] += step
                return {**variables, name: copy}

            gradients[name][index] = derivative(moved)
    return gradients


class Row(NamedTuple):
    """One line of a comparison. error: largest difference over largest reference entry; index: its place."""

    name: str
    shape: tuple
    error: float
    index: tuple        # type: ignore[assignment]      # the name hides a method of tuple that no Row needs
    received: float
    expected: float


class Comparison(list[Row]):
    """A list of Rows, one per gradient, that prints as a table."""

    def agrees(self, tolerance: float = 1e-9) -> bool:
        """True if every error is at most the tolerance."""
        return all(row.error <= tolerance for row in self)

    @property
    def worst(self) -> Row:
        """The Row with the largest error."""
        return max(self, key=lambda row: row.error)

    def __repr__(self) -> str:
        lines = [f"{'gradient':<8} {'shape':<12} {'error':<9} worst entry"]
        for row in self:
            if row.error <= 1e-9:
                shown, where = "< 1e-9", ""
            else:
                entry = ", ".join(map(str, row.index))
                shown = f"{row.error:.0e}"
                where = f"[{entry}] is {row.received:.4g}, should be {row.expected:.4g}"
            lines.append(f"{'d' + row.name:<8} {str(row.shape):<12} {shown:<9} {where}".rstrip())
        return "\n".join(lines)


def compare(gradients: Grads, reference: Grads) -> Comparison:
    """Compare two dicts of gradients, name by name.
    gradients: what is to be judged. reference: what it should be; its names decide what is compared.
    The error of a gradient is its largest difference over the largest entry of the reference.
    Returns a Comparison. Raises ValueError if the reference is empty, a gradient missing or misshapen."""
    validate.dictionary("gradients", gradients)
    if not validate.dictionary("reference", reference):
        raise ValueError("reference must hold at least one gradient; "
                         "received an empty dict, which proves nothing.")
    rows = []
    for name, expected in reference.items():
        if name not in gradients:
            raise ValueError(f"gradients must contain {name!r}; received {sorted(gradients)}.")
        received = np.asarray(gradients[name])
        if received.shape != expected.shape:
            raise ValueError(f"gradients[{name!r}] must have shape {expected.shape}; "
                             f"received {received.shape}.")
        difference = np.abs(received - expected)
        difference = np.where(np.isnan(difference), np.inf, difference)
        index = np.unravel_index(np.argmax(difference), difference.shape)
        scale = np.abs(expected).max() or 1.0
        rows.append(Row(name, expected.shape, float(difference[index] / scale), tuple(int(i) for i in index),
                        float(received[index]), float(expected[index])))
    return Comparison(rows)


class Problem(NamedTuple):
    """A small instance on which mistakes cannot hide. params: dict; x (T, B, D); target (T, B, O).
    h0: the first state (B, H), or the pair (h0, c0) for a cell whose state is a pair, such as ``lstm``."""

    params: dict
    x: np.ndarray
    h0: State
    target: np.ndarray

    def variables(self) -> dict[str, Array]:
        """Everything that has a gradient, in one dict."""
        states = self.h0 if isinstance(self.h0, tuple) else (self.h0,)
        return {**self.params, "x": self.x, **dict(zip(("h0", "c0"), states))}


def random_problem(rng: np.random.Generator, T: int = 6, B: int = 3, D: int = 2, H: int = 4, O: int = 5,
                   cell: Cell = rnn) -> Problem:
    """A Problem with all sizes different, a W_hh of order 1, and biases and a first state that are not zero.
    cell: a module with ``init`` and ``forward``, such as ``rnn``, ``lstm`` or ``gru``."""
    def first(state):
        return 0.5 * rng.standard_normal(state.shape)

    params = cell.init(D, H, O, rng)
    for name, p in params.items():
        if name.startswith("b_"):
            params[name] = p + 0.5 * rng.standard_normal(p.shape)
    x = rng.standard_normal((T, B, D))
    state = cell.forward(params, x).state                   # one array, or a pair
    h0 = tuple(map(first, state)) if isinstance(state, tuple) else first(state)
    return Problem(params, x, h0, rng.standard_normal((T, B, O)))


def cell_loss(cell: Cell, problem: Problem, loss: Loss = losses.squared_error, target: Array | None = None,
              mask: Mask = None, **options: Any) -> Callable[[dict[str, Array]], Any]:
    """The loss of a Problem as a function of its variables: what the numerical checks differentiate.
    cell: a module with ``forward``, such as ``lstm``. options: more arguments for it.
    target: instead of the Problem's own. mask: as the loss takes it."""
    target = problem.target if target is None else target

    def f(variables):
        params = {name: variables[name] for name in problem.params}
        state = (variables["h0"], variables["c0"]) if isinstance(problem.h0, tuple) else variables["h0"]
        y = cell.forward(params, variables["x"], state, **options).y
        return loss(y, target, mask)[0]

    return f


def rnn_loss(problem: Problem, activation: str = "tanh", loss: Loss = losses.squared_error,
             target: Array | None = None, mask: Mask = None) -> Callable[[dict[str, Array]], Any]:
    """``cell_loss`` for the plain network, with the activation function that it takes."""
    return cell_loss(rnn, problem, loss, target, mask, activation=activation)
