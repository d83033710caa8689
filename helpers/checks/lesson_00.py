"""Exercises of lesson 00: the tools that the course builds on."""

import numpy as np

from helpers.checks.exercise import Exercise


def there_and_back(W, h):
    u = W @ h
    return u, W.T @ u


def project(x, W, b):
    return x @ W.T + b


def tanh_slope(h):
    return 1 - h ** 2


def two_layers(V, W, x):
    h = np.tanh(W @ x)
    da = V.T @ (V @ h) * (1 - h ** 2)
    return np.outer(da, x)


def sum_of_outer_products(left, right):
    return np.einsum("bm,bn->mn", left, right)


def central_difference(f, v, eps):
    return (f(v + eps) - f(v - eps)) / (2 * eps)


def normal(*shapes, seed):
    """A tuple of random arrays, or of one random number for the shape ()."""
    rng = np.random.default_rng(seed)
    return tuple(rng.standard_normal(shape) for shape in shapes)


EXERCISES = {
    "0.1": Exercise("Forward goes through W, and the way back through its transpose.", there_and_back,
                    [normal((5, 4), 4, seed=1), normal((4, 4), 4, seed=2)], parts=("u", "v")),
    "0.2": Exercise("The same matrix and the same bias reach every step of every sequence.", project,
                    [normal((6, 3, 2), (4, 2), 4, seed=3), normal((5, 3, 3), (3, 3), 3, seed=4),
                     normal((4, 4, 4), (4, 4), 4, seed=5)]),
    "0.3": Exercise("The slope comes from the output alone: a backward pass needs no second tanh.", tanh_slope,
                    [(np.tanh(normal((6, 3, 4), seed=6)[0]),), (np.array([0.0, 0.9, -0.5]),)]),
    "0.4": Exercise("You carried a gradient back through a matrix and a tanh to a weight. BPTT does this at every step.",
                    two_layers, [normal((5, 4), (4, 3), 3, seed=7), normal((3, 3), (3, 3), 3, seed=8)]),
    "0.5": Exercise("Every sequence of the batch adds its own outer product: this is how a weight gradient is summed.",
                    sum_of_outer_products, [normal((3, 4), (3, 2), seed=9), normal((5, 4), (5, 4), seed=10)]),
    "0.6": Exercise("Two evaluations of f, one slope: in lesson 04 this judges a whole backward pass.",
                    central_difference, [(np.sin, 0.7, 0.1), (np.exp, -0.4, 0.05), (lambda v: v ** 3 - v, 1.3, 0.2)]),
}
