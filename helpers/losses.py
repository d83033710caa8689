"""Losses over sequences, each with its gradient.

One mechanism covers every case: a mask of shape (T, B) says which steps of which sequence count. No mask:
a loss at every step. ``last_step_mask``: a loss at the end only. ``length_mask``: padded sequences."""

import numpy as np

from helpers import validate
from helpers.hints import Array, Mask


def squared_error(y: Array, target: Array, mask: Mask = None, reduction: str = "sum") -> tuple[float, Array]:
    """Half the squared error: L = sum over counted (t, b) of 1/2 |y_t - target_t|^2.
    y: outputs, (T, B, O). target: (T, B, O). mask: (T, B), True or 1 where the step counts; None for all.
    reduction: "sum", or "mean" over the counted steps.
    Returns (loss, dy): a number, and dL/dy of shape (T, B, O)."""
    validate.floats("y", y, ("T", "B", "O"))
    validate.floats("target", target, y.shape)
    weight = step_weights(mask, reduction, y)
    difference = (y - target) * (weight != 0)[..., None]
    dy = difference * weight[..., None]
    return 0.5 * (dy * difference).sum(), dy


def cross_entropy(y: Array, target: Array, mask: Mask = None, reduction: str = "sum") -> tuple[float, Array]:
    """Softmax cross-entropy: L = - sum over counted (t, b) of log softmax(y_t)[target_t].
    y: scores before the softmax (logits), (T, B, O). target: the right class of each step, integers (T, B).
    mask, reduction: as in ``squared_error``. The target of a step that does not count may be anything.
    Returns (loss, dy): dy is (softmax(y) - one-hot target) where the step counts, (T, B, O)."""
    validate.floats("y", y, ("T", "B", "O"))
    weight = step_weights(mask, reduction, y)
    picked = right_classes(target, weight, y.shape[-1])[..., None]
    log_p = log_softmax(y)
    loss = -(np.take_along_axis(log_p, picked, axis=-1)[..., 0] * weight).sum()
    dy = np.exp(log_p)
    np.put_along_axis(dy, picked, np.take_along_axis(dy, picked, axis=-1) - 1, axis=-1)
    return loss, dy * weight[..., None]


def right_classes(target: Array, weight: Array, O: int) -> Array:
    """The target (T, B), with class 0 where a step's weight is 0. Raises a clear error unless all are classes
    0 to O - 1."""
    validate.integers("target", target, weight.shape)
    right_class = np.where(weight != 0, target, 0)
    if right_class.min() < 0 or right_class.max() >= O:
        worst = right_class.min() if right_class.min() < 0 else right_class.max()
        raise ValueError(f"target must hold classes 0 to {O - 1} (y has {O} outputs); received {worst}.")
    return right_class


def softmax(y: Array) -> Array:
    """Turn scores into probabilities along the last axis. y: (..., O). Returns (..., O); rows sum to 1.
    The largest score is subtracted first: the result is the same, and exp never overflows."""
    return np.exp(log_softmax(y))


def log_softmax(y: Array) -> Array:
    """Logarithm of ``softmax``, without ever taking the logarithm of a rounded-off zero. y: (..., O)."""
    shifted = y - y.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def length_mask(lengths: Array, T: int) -> Array:
    """Mask for padded sequences. lengths: (B,) integers from 1 to T. Returns (T, B),
    True while t <= length."""
    return np.arange(1, T + 1)[:, None] <= check_lengths(lengths, T)


def last_step_mask(lengths: Array, T: int) -> Array:
    """Mask for a loss at the end only. lengths: (B,). Returns (T, B), True at each one's last step."""
    return np.arange(1, T + 1)[:, None] == check_lengths(lengths, T)


def step_weights(mask: Mask, reduction: str, y: Array) -> Array:
    """Weight of each step in the loss, (T, B): the mask, divided by its sum if reduction is "mean"."""
    validate.choice("reduction", reduction, ("sum", "mean"))
    real = y.real.dtype
    if mask is None:
        return np.full(y.shape[:2], 1 if reduction == "sum" else 1 / (y.shape[0] * y.shape[1]), real)
    validate.array("mask", mask, y.shape[:2])
    if mask.dtype.kind not in "biuf":
        raise TypeError(f"mask must hold booleans or numbers; received dtype {mask.dtype}.")
    weight = mask.astype(real)
    if not np.isfinite(weight).all() or weight.min() < 0 or weight.sum() == 0:
        raise ValueError("mask must hold finite numbers >= 0, not all zero; "
                         f"received a smallest entry of {weight.min()} and a sum of {weight.sum()}.")
    return weight / weight.sum() if reduction == "mean" else weight


def check_lengths(lengths: Array, T: int) -> Array:
    """Raise a clear error unless every length is from 1 to T; return them."""
    validate.count("T", T)
    validate.integers("lengths", lengths, ("B",))
    if lengths.min() < 1 or lengths.max() > T:
        raise ValueError(f"lengths must be from 1 to T = {T}; received {lengths.min()} to {lengths.max()}.")
    return lengths
