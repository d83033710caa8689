"""Clear errors for bad input: each names the argument, what was expected and what came."""

from typing import TypeVar

import numpy as np

from helpers.hints import Any, Array, ArrayLike, Collection, Shape

N = TypeVar("N", bound=float)


def floats(name: str, value: Any, shape: Shape) -> Array:
    """Check that ``value`` is a finite floating-point array of the given shape, and return it.

    name: the argument's name, for the message. value: the array to check.
    shape: a tuple such as ``("T", "B", 3)``. A number must match; a letter stands for any length from 1.

    Complex arrays pass, so that the complex-step check can run the same code.
    Raises TypeError for a wrong type or dtype, ValueError for a wrong shape, an empty axis, NaN, infinity."""
    array(name, value, shape)
    if value.dtype.kind not in "fc":
        raise TypeError(f"{name} must hold floating-point numbers; received dtype {value.dtype}. "
                        f"Try {name}.astype(float).")
    finite = np.isfinite(value)
    if np.count_nonzero(finite) < value.size:               # faster than finite.all() where value is small
        first = tuple(int(i) for i in np.argwhere(~finite)[0])
        raise ValueError(f"{name} must be finite; received {np.count_nonzero(~finite)} value(s) "
                         f"that are not, the first is {name}{list(first)} = {value[first]}.")
    return value


def real(name: str, *arrays: ArrayLike) -> None:
    """Raise a TypeError if one of the arrays is complex."""
    if any(np.iscomplexobj(array) for array in arrays):
        raise TypeError(f"{name} must hold real numbers; received complex ones.")


def integers(name: str, value: Any, shape: Shape) -> Array:
    """Check that ``value`` is an integer array of the given shape (see ``floats``), and return it."""
    array(name, value, shape)
    if value.dtype.kind not in "iu":
        raise TypeError(f"{name} must hold integers; received dtype {value.dtype}.")
    return value


def array(name: str, value: Any, shape: Shape) -> Array:
    """Check that ``value`` is a NumPy array of the given shape (see ``floats``), and return it."""
    if not isinstance(value, np.ndarray):
        raise TypeError(f"{name} must be a NumPy array of shape {describe(shape)}; "
                        f"received {type(value).__name__}.")
    fits = value.shape == shape or value.ndim == len(shape) and all(
        actual >= 1 if isinstance(wanted, str) else actual == wanted
        for actual, wanted in zip(value.shape, shape))
    if not fits:
        raise ValueError(f"{name} must have shape {describe(shape)}; received {value.shape}."
                         f"{hint(value.shape, shape)}")
    return value


def describe(shape: Shape) -> str:
    """Write a shape as text: ``("T", "B", 3)`` becomes ``(T, B, 3)``."""
    return "(" + ", ".join(str(size) for size in shape) + ("," if len(shape) == 1 else "") + ")"


def hint(actual: Shape, wanted: Shape) -> str:
    """Say what probably happened, where that is likely: a missing batch axis or an empty sequence."""
    if len(actual) == 2 and tuple(wanted[:2]) == ("T", "B") and len(wanted) == 3:
        return " A single sequence is a batch of one: insert the batch axis with [:, None, :]."
    if 0 in actual:
        return " Every axis needs at least one entry, so a sequence has at least one time step."
    return ""


def choice(name: str, value: Any, allowed: Collection[str]) -> str:
    """Check that ``value`` is one of the allowed words, and return it. Raises ValueError."""
    if not isinstance(value, str) or value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, allowed))}; received {value!r}.")
    return value


def number(name: str, value: N, minimum: float | None = None, above: float | None = None) -> N:
    """Check that ``value`` is a real number, at least ``minimum`` or above ``above``; return it."""
    numbers = (int, float, np.integer, np.floating)
    if isinstance(value, bool) or not isinstance(value, numbers) or np.isnan(value):
        raise TypeError(f"{name} must be a number; received {value!r}.")
    if minimum is not None and value < minimum:
        raise ValueError(f"{name} must be at least {minimum}; received {value}.")
    if above is not None and value <= above:
        raise ValueError(f"{name} must be greater than {above}; received {value}.")
    return value


def count(name: str, value: N, minimum: int = 1) -> N:
    """Check that ``value`` is a whole number, at least ``minimum``, and return it.
    Raises TypeError or ValueError."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name} must be a whole number; received {value!r}.")
    return number(name, value, minimum=minimum)


def dictionary(name: str, value: Any) -> dict:
    """Check that ``value`` is a dict, and return it. Raises TypeError."""
    if not isinstance(value, dict):
        raise TypeError(f"{name} must be a dict of arrays; received {type(value).__name__}.")
    return value


def names(name: str, value: Any, needed: tuple[str, ...], optional: tuple[str, ...]) -> dict:
    """Check that ``value`` is a dict with all ``needed`` names and none but these and the ``optional`` ones.
    needed, optional: tuples of str. Returns the dict. Raises TypeError or ValueError."""
    missing = [key for key in needed if key not in dictionary(name, value)]
    strange = [str(key) for key in value if key not in needed + optional]
    if missing or strange:
        raise ValueError(f"{name} must contain {', '.join(needed)}, and may contain {', '.join(optional)}; "
                         f"missing: {', '.join(missing) or 'none'}; "
                         f"not known: {', '.join(strange) or 'none'}.")
    return value


def generator(name: str, value: Any) -> np.random.Generator:
    """Check that ``value`` is a NumPy random generator, and return it. Raises TypeError."""
    if not isinstance(value, np.random.Generator):
        raise TypeError(f"{name} must be a NumPy generator, such as np.random.default_rng(0); "
                        f"received {type(value).__name__}.")
    return value
