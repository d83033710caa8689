"""Activation functions and their derivatives.

Each derivative is written in terms of the *output* h = f(a), because that is what the forward pass keeps.
All of them work on arrays of any shape, real or complex (the complex-step check needs the latter).
"""

import numpy as np

from helpers import validate


def tanh(a):
    """h = tanh(a)."""
    return np.tanh(a)


def tanh_slope(h):
    """dh/da = 1 - h^2. Note: h is already tanh(a), so no second tanh."""
    return 1 - h * h


def relu(a):
    """h = 0 where a <= 0, else a. Complex numbers are judged by their real part."""
    return np.where(a.real <= 0, np.zeros((), a.dtype), a)      # this way round NaN stays NaN


def relu_slope(h):
    """dh/da = 1 where h > 0, else 0 (the usual convention at the kink)."""
    return (h.real > 0).astype(h.dtype)


def identity(a):
    """h = a: the linear recurrent network."""
    return a


def identity_slope(h):
    """dh/da = 1."""
    return np.ones_like(h)


FUNCTIONS = {"tanh": (tanh, tanh_slope), "relu": (relu, relu_slope), "identity": (identity, identity_slope)}


def get(name):
    """Return the pair (function, slope) for ``"tanh"``, ``"relu"`` or ``"identity"``. Raises ValueError."""
    return FUNCTIONS[validate.choice("activation", name, tuple(FUNCTIONS))]
