"""Execute an equation: compute its two sides separately, hand them over, and see whether they are equal."""

import numpy as np

from helpers.hints import Array, ArrayLike


def equal(equation: str, left: ArrayLike, right: ArrayLike, tolerance: float = 1e-12) -> None:
    """Print that the two sides of an equation agree; raise AssertionError if they do not.
    equation: the equation as text. left, right: numbers or arrays of the same shape.
    tolerance: largest allowed difference, relative to the largest entry (at least 1)."""
    left, right, difference = compare(left, right)
    scale = max(1.0, np.abs(right).max())
    assert difference <= tolerance * scale, f"{equation}: the sides differ by {difference:.2g}"
    print(f"✓ {equation}   {describe(left)}")


def different(name: str, left: ArrayLike, right: ArrayLike, tolerance: float = 1e-3) -> None:
    """Print that two things which look alike are different; AssertionError if they agree to the tolerance."""
    left, right, difference = compare(left, right)
    assert difference > tolerance, f"{name}: they agree after all, to {difference:.2g}"
    print(f"≠ {name}   the largest difference is {difference:.2g}")


def compare(left: ArrayLike, right: ArrayLike) -> tuple[Array, Array, float]:
    """Both sides as arrays, and their largest difference. Raises ValueError if the shapes differ."""
    left, right = np.asarray(left), np.asarray(right)
    if left.shape != right.shape:
        raise ValueError(f"left and right must have the same shape; received {left.shape} and {right.shape}.")
    dtype = np.result_type(left, right, float)              # so that booleans can be compared
    difference = np.subtract(left, right, dtype=dtype)
    return left, right, float(np.abs(difference).max())


def describe(array: Array) -> str:
    """Say how much was compared: one number, or the shape of the arrays."""
    return "(one number each)" if array.ndim == 0 else f"(shape {array.shape})"
