"""Exercise 5.11: right answers that differ in kind, and what its check says of wrong ones."""

import numpy as np
import pytest

from exercises import judge
from helpers import gradcheck


def one_step(gradient, theta, direction):
    """One complex step, tiny."""
    return np.imag(gradient(theta + 1e-100j * direction)) / 1e-100


def longer_step(gradient, theta, direction):
    """A step whose square is below rounding is short enough."""
    eps = 1e-20
    return gradient(theta + complex(0, eps) * direction).imag / eps


def unit_direction(gradient, theta, direction):
    """Along a direction of length 1, and its length afterwards."""
    length = np.linalg.norm(direction)
    return length * one_step(gradient, theta, direction / length)


def step_by_length(gradient, theta, direction):
    """A long direction takes a short step."""
    eps = 1e-30 / np.abs(direction).max()
    return np.imag(gradient(theta + 1j * eps * direction)) / eps


def whole_matrix(gradient, theta, direction):
    """The whole Hessian, column by column."""
    return gradcheck.jacobian(gradient, theta) @ direction


def symmetric_matrix(gradient, theta, direction):
    """The Hessian is its own transpose."""
    return direction @ gradcheck.jacobian(gradient, theta)


def entry_by_entry(gradient, theta, direction):
    """Each parameter moves by itself; what comes of it is added up."""
    total = np.zeros(theta.size)
    for i in range(theta.size):
        moved = theta.astype(complex)
        moved[i] += 1e-100j
        total += direction[i] * gradient(moved).imag / 1e-100
    return total


def along_a_line(gradient, theta, direction):
    """The derivative of a function of one number."""
    return gradcheck.jacobian(lambda s: gradient(theta + s * direction), np.zeros(()))


def two_sided(gradient, theta, direction):
    """Up and down the imaginary axis."""
    step = 1e-50j * direction
    return ((gradient(theta + step) - gradient(theta - step)) / 2e-50j).real


def two_parts(gradient, theta, direction):
    """The product is linear in the direction."""
    first = np.where(np.arange(theta.size) % 2, direction, 0)
    return one_step(gradient, theta, first) + one_step(gradient, theta, direction - first)


def on_a_circle(gradient, theta, direction):
    """Cauchy's formula: the mean over a circle of complex steps."""
    steps = 1e-2 * np.exp(2j * np.pi * np.arange(16) / 16)
    return np.mean([gradient(theta + s * direction) / s for s in steps], axis=0).real


def written_into(gradient, theta, direction):
    """A complex copy, moved in place."""
    moved = np.array(theta, dtype=complex)
    moved.imag += 1e-100 * direction
    return np.array([g.imag / 1e-100 for g in gradient(moved)])


RIGHT = [one_step, longer_step, unit_direction, step_by_length, whole_matrix, symmetric_matrix,
         entry_by_entry, along_a_line, two_sided, two_parts, on_a_circle, written_into]


@pytest.mark.parametrize("answer", RIGHT, ids=lambda answer: answer.__name__)
def test_a_right_answer_is_right_however_it_is_written(answer):
    assert judge("5.11", answer).status == "right"


@pytest.mark.parametrize("wrong, words", [
    (lambda g, theta, u: (g(theta + 1e-6 * u) - g(theta)) / 1e-6, "Forward difference"),
    (lambda g, theta, u: (g(theta + 1e-5 * u) - g(theta - 1e-5 * u)) / 2e-5, "Central difference"),
    (lambda g, theta, u: g(theta + 1e-100j * u).imag, "Nothing left"),
    (lambda g, theta, u: g(theta + 1e-100j * u).real / 1e-100, "Real part taken"),
    (lambda g, theta, u: g(theta + 1e-100j).imag / 1e-100, "All entries moved"),
    (lambda g, theta, u: g(theta + 1e-100j).imag / 1e-100 * u, "Multiplied afterwards"),
    (lambda g, theta, u: g(theta + 1e-100j * u / np.linalg.norm(u)).imag / 1e-100, "Direction shortened"),
    (lambda g, theta, u: u @ g(theta + 1e-100j * u).imag / 1e-100, "Curvature along the direction"),
    (lambda g, theta, u: (1e-100j * u + theta).real * 0, "Nothing left"),
    (lambda g, theta, u: g(theta) * u, "Gradient times direction"),
])
def test_a_mistake_is_named(wrong, words):
    result = judge("5.11", wrong)
    assert result.status == "wrong" and words in repr(result)
