"""A cliff in a loss, in the smallest network that has one: a single unit without input, after Pascanu,
Mikolov and Bengio (2013).

    h_t = tanh(w h_{t-1} + b),   L = (h_T - target)^2 / 2

All functions take w and b as numbers or as arrays of equal shape: one network for each entry."""

import numpy as np

from helpers import validate
from helpers.hints import Any, Array

Numbers = float | Array

CLIPPINGS = ("norm", "value")


def loss_and_gradient(w: Numbers, b: Numbers, T: int = 30, h0: float = 0.5,
                      target: float = 0.6) -> tuple[Numbers, Numbers, Numbers]:
    """Forward and backward through time. Returns (loss, dL/dw, dL/db), each in the shape of w."""
    validate.count("T", T)
    h: list[Any] = [h0 + 0 * w]
    for t in range(1, T + 1):
        h.append(np.tanh(w * h[t - 1] + b))
    dh, dw, db = h[T] - target, 0, 0
    for t in range(T, 0, -1):
        da = (1 - h[t] ** 2) * dh
        dw, db, dh = dw + da * h[t - 1], db + da, w * da
    return 0.5 * (h[T] - target) ** 2, dw, db


def surface(w: Array, b: Array, **network: Any) -> Array:
    """The loss on a grid. w: (N,), b: (M,), the axes. network: T, h0, target as above. Returns (M, N)."""
    return np.asarray(loss_and_gradient(*np.meshgrid(w, b), **network)[0])


def descend(w: Numbers, b: Numbers, learning_rate: float, limit: float | None = None, clipping: str = "norm",
            updates: int = 60, **network: Any) -> Array:
    """Gradient descent from (w, b), with the gradient clipped before each step.
    limit: the largest length of the gradient (clipping "norm") or of each of its two entries ("value"); None:
    no clipping. Returns the path: (updates + 1, 2, ...), [k] is (w, b) after k updates."""
    validate.number("learning_rate", learning_rate, above=0)
    validate.count("updates", updates)
    validate.choice("clipping", clipping, CLIPPINGS)
    limit = np.inf if limit is None else validate.number("limit", limit, above=0)
    path = [np.array([w, b], float)]
    for _ in range(updates):
        gradient = np.array(loss_and_gradient(*path[-1], **network)[1:])
        if clipping == "value":
            gradient = np.clip(gradient, -limit, limit)
        else:
            length = np.hypot(*gradient)
            gradient = gradient * (limit / np.maximum(length, limit) if np.isfinite(limit) else 1.0)
        path.append(path[-1] - learning_rate * gradient)
    return np.array(path)
