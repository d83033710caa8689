"""Gradient clipping (Pascanu, Mikolov and Bengio 2013). It stands between the backward pass
and the optimiser."""

import numpy as np

from helpers import validate
from helpers.hints import Grads


def global_norm(grads: Grads) -> float:
    """Length of all gradients seen as one long vector. grads: dict of arrays. Returns a float.
    Everything is divided by the largest entry first, so that squares of exploded gradients do not overflow
    and squares of vanished ones do not become zero."""
    validate.dictionary("grads", grads)
    largest = float(np.max([np.abs(g).max() for g in grads.values()], initial=0.0))
    if largest == 0 or not np.isfinite(largest):
        return largest
    return largest * float(np.sqrt(sum(np.square(g / largest).sum(dtype=float) for g in grads.values())))


def by_global_norm(grads: Grads, max_norm: float) -> tuple[Grads, float]:
    """Shorten all gradients by one common factor if together they are longer than ``max_norm``.
    The direction stays. grads: dict of arrays. Returns (clipped, norm): a new dict, and the length before.
    Raises ValueError if max_norm is not positive or a gradient is not finite."""
    validate.number("max_norm", max_norm, above=0)
    norm = global_norm(grads)
    if not np.isfinite(norm):
        raise ValueError(f"grads must be finite; received a global norm of {norm}.")
    factor = min(1.0, max_norm / norm) if norm > 0 else 1.0
    return {name: g * g.dtype.type(factor) for name, g in grads.items()}, norm


def by_value(grads: Grads, limit: float) -> Grads:
    """Cut every entry to [-limit, limit]. The direction may change.
    grads: dict of arrays. Returns a new dict. Raises ValueError if limit is not positive or an entry
    is NaN."""
    validate.number("limit", limit, above=0)
    for name, g in validate.dictionary("grads", grads).items():
        if np.isnan(g).any():
            raise ValueError(f"grads[{name!r}] must not hold NaN: no limit mends it.")
    return {name: np.clip(g, -limit, limit) for name, g in grads.items()}


def cosine(one: Grads, other: Grads) -> float:
    """The cosine of the angle between two dicts of gradients, each seen as one long vector.
    Raises ValueError if the names differ, or if one of them is zero."""
    if set(validate.dictionary("one", one)) != set(validate.dictionary("other", other)):
        raise ValueError(f"other must have the names of one, {', '.join(one)}; received {', '.join(other)}.")
    lengths = [validate.number(f"the length of {name}", global_norm(grads), above=0)
               for name, grads in (("one", one), ("other", other))]
    return float(sum((one[name] / lengths[0] * (other[name] / lengths[1])).sum() for name in one))
