"""``equal`` and ``different``: they must be able to say no."""

import numpy as np
import pytest

from helpers.equations import different, equal


def test_equal_prints_what_was_compared(capsys):
    equal("1 + 1 = 2", 1 + 1, 2)
    equal("h = h", np.ones((2, 3)), np.ones((2, 3)) + 1e-14)
    assert capsys.readouterr().out == "✓ 1 + 1 = 2   (one number each)\n✓ h = h   (shape (2, 3))\n"


@pytest.mark.parametrize("left, right", [
    (1.0, 1.0 + 1e-11), (np.ones(3), np.array([1, 1, 1.1])), (np.nan, np.nan), (np.nan, 1.0), (1.0, np.nan),
    (np.inf, 1.0), (1j, -1j), (np.array([True, False]), np.array([True, True]))])
def test_equal_says_no(left, right):
    with pytest.raises(AssertionError, match="^the equation: the sides differ by"):
        equal("the equation", left, right)


def test_the_tolerance_is_relative_to_the_largest_entry_but_at_least_to_one(capsys):
    equal("large", np.array([1e6, 0.0]), np.array([1e6, 1e-7]))
    equal("zero", 1e-13, 0.0)
    equal("given", 1.0, 1.05, tolerance=0.1)
    equal("booleans", np.array([True, False]), np.array([True, False]))
    with pytest.raises(AssertionError):
        equal("small", 1e-6, 1e-6 + 2e-12)


@pytest.mark.parametrize("function", [equal, different])
@pytest.mark.parametrize("left, right", [(np.ones(3), np.ones((3, 1))), (1.0, np.ones(3))])
def test_shapes_are_not_stretched(function, left, right):
    with pytest.raises(ValueError,
                       match=r"left and right must have the same shape; received \(.*\) and \(.*\)"):
        function("shapes", left, right)


def test_different(capsys):
    different("total and immediate", np.array([1.0, 2.0]), np.array([1.0, 2.5]))
    assert capsys.readouterr().out == "≠ total and immediate   the largest difference is 0.5\n"


@pytest.mark.parametrize("left, right", [(1.0, 1.0), (1.0, 1.0005), (np.nan, 1.0)])
def test_different_says_no(left, right):
    with pytest.raises(AssertionError, match="they agree after all"):
        different("twins", left, right)
