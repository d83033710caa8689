"""Activation functions and their derivatives.

Each derivative is written in terms of the *output* h = f(a), because that is what the forward pass keeps.
All of them work on arrays of any shape, real or complex (the complex-step check needs the latter)."""

import numpy as np

from helpers import validate
from helpers.hints import Array, Callable


def tanh(a: Array) -> Array:
    """h = tanh(a)."""
    return np.tanh(a)


def tanh_slope(h: Array) -> Array:
    """dh/da = 1 - h^2. Note: h is already tanh(a), so no second tanh."""
    return 1 - h * h


def relu(a: Array) -> Array:
    """h = 0 where a <= 0, else a; NaN stays NaN. Complex numbers are judged by their real part."""
    return np.where(a.real <= 0, 0, a) if a.dtype.kind == "c" else np.maximum(a, 0)


def relu_slope(h: Array) -> Array:
    """dh/da = 1 where h > 0, else 0 (the usual convention at the kink)."""
    return (h.real > 0).astype(h.dtype)


def identity(a: Array) -> Array:
    """h = a: the linear recurrent network."""
    return a


def identity_slope(h: Array) -> Array:
    """dh/da = 1."""
    return np.ones_like(h)


def sigmoid(a: Array) -> Array:
    """s = 1 / (1 + exp(-a)) = (1 + tanh(a / 2)) / 2: a gate, between 0 (shut) and 1 (open).
    The second form is the one that runs: it never overflows, and it takes complex numbers.
    Its error is about 1e-16 everywhere, so below a = -37 the result is 0."""
    return 0.5 * (1 + np.tanh(0.5 * a))


def sigmoid_slope(s: Array) -> Array:
    """ds/da = s (1 - s). Note: s is already sigmoid(a). It is never larger than 1/4."""
    return s * (1 - s)


FUNCTIONS = {"tanh": (tanh, tanh_slope), "relu": (relu, relu_slope), "identity": (identity, identity_slope)}


def get(name: str) -> tuple[Callable[[Array], Array], Callable[[Array], Array]]:
    """Return the pair (function, slope) for ``"tanh"``, ``"relu"`` or ``"identity"``. Raises ValueError."""
    return FUNCTIONS[validate.choice("activation", name, tuple(FUNCTIONS))]
