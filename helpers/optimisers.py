"""Optimisers: each takes parameters and gradients, and returns new parameters and its memory.

All three are called alike, so that one can replace another::

    params, memory = adam(params, grads, memory, learning_rate)

Start with memory = None. Nothing is changed in place. Only the names in params are updated,
so a gradient of x or h0 in grads does no harm."""

import numpy as np

from helpers import validate
from helpers.hints import Grads, Params

AdamMemory = tuple[int, Params, Params]         # step count, first and second moments


def sgd(params: Params, grads: Grads, memory: None, learning_rate: float) -> tuple[Params, None]:
    """Gradient descent: p <- p - learning_rate * dp. It has no memory."""
    check(params, grads, learning_rate)
    return {name: p - learning_rate * grads[name] for name, p in params.items()}, memory


def momentum(params: Params, grads: Grads, memory: Params | None,
             learning_rate: float, beta: float = 0.9) -> tuple[Params, Params]:
    """Momentum (Polyak 1964): v <- beta * v + dp, p <- p - learning_rate * v.
    memory: v for each parameter."""
    check(params, grads, learning_rate)
    memory = memory or zeros_like(params)
    velocity = {name: beta * memory[name] + grads[name] for name in params}
    return {name: p - learning_rate * velocity[name] for name, p in params.items()}, velocity


def adam(params: Params, grads: Grads, memory: AdamMemory | None, learning_rate: float,
         beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8) -> tuple[Params, AdamMemory]:
    """Adam (Kingma and Ba 2015, algorithm 1). memory: step count, first and second moments."""
    check(params, grads, learning_rate)
    steps, first, second = memory or (0, zeros_like(params), zeros_like(params))
    steps += 1
    first = {name: beta1 * first[name] + (1 - beta1) * grads[name] for name in params}
    second = {name: beta2 * second[name] + (1 - beta2) * grads[name] ** 2 for name in params}
    new = {}
    for name, p in params.items():
        m = first[name] / (1 - beta1 ** steps)
        v = second[name] / (1 - beta2 ** steps)
        new[name] = p - learning_rate * m / (np.sqrt(v) + eps)
    return new, (steps, first, second)


def zeros_like(params: Params) -> Params:
    """A dict of zeros with the shapes of params."""
    return {name: np.zeros_like(p) for name, p in params.items()}


def check(params: Params, grads: Grads, learning_rate: float) -> None:
    """Raise a clear error unless each parameter has a finite gradient of its shape, and the rate is > 0."""
    validate.number("learning_rate", learning_rate, above=0)
    validate.dictionary("grads", grads)
    for name, p in validate.dictionary("params", params).items():
        if name not in grads:
            raise ValueError(f"grads must contain {name!r}; received {sorted(grads)}.")
        if np.shape(grads[name]) != np.shape(p):
            raise ValueError(f"grads[{name!r}] must have shape {np.shape(p)}; "
                             f"received {np.shape(grads[name])}.")
        if not np.isfinite(grads[name]).all():
            raise ValueError(f"grads[{name!r}] must be finite; received NaN or infinity.")
