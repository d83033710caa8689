"""Baselines: what a network must beat before it deserves to be called good.

``forecasts``: two forecasts of a series that take no recurrent network.
``letter_table`` and ``letter_loss``: predict the next letter by counting."""

import numpy as np

from helpers.datasets import ALPHABET
from helpers.hints import Array


def forecasts(x_train: Array, target_train: Array, x: Array) -> dict[str, Array]:
    """Forecast the value after each window, in two ways.
    x_train: training windows, (T, N, 1). target_train: the value that follows each, (N,).
    x: the windows to forecast from, (T, M, 1).
    Returns a dict of (M,) arrays: "persistence", the window's last value again, and "autoregression", a
    weighted sum of the window plus a constant, weights by least squares on the training windows."""
    weights = np.linalg.lstsq(with_constant(x_train), target_train, rcond=None)[0]
    return {"persistence": x[-1, :, 0], "autoregression": with_constant(x) @ weights}


def with_constant(x: Array) -> Array:
    """Windows as rows, with a last column of ones. x: (T, N, 1). Returns (N, T + 1)."""
    return np.hstack([x[:, :, 0].T, np.ones((x.shape[1], 1))])


def letter_table(names: list[str], order: int, weight: float = 20.0) -> Array:
    """Probability of the next letter given the ``order`` letters before it, from counts.
    names: list of str. weight: how many imagined observations the table of one order less is worth;
    it fills in for rare contexts. Returns an array with order + 1 axes of length 27;
    the last axis is the next letter."""
    below = letter_table(names, order - 1, weight) if order else np.full(len(ALPHABET), 1 / len(ALPHABET))
    counts = np.zeros((len(ALPHABET),) * (order + 1))
    np.add.at(counts, contexts(names, order), 1)
    return (counts + weight * below) / (counts.sum(axis=-1, keepdims=True) + weight)


def letter_loss(names: list[str], table: Array) -> float:
    """Cross-entropy of the names under a table, in nats per character; the end "." is a character, too."""
    return float(-np.log(table[contexts(names, table.ndim - 1)]).mean())


def contexts(names: list[str], order: int) -> tuple[Array, ...]:
    """Every letter of the names with the ``order`` letters before it: order + 1 arrays, oldest first."""
    index = {letter: i for i, letter in enumerate(ALPHABET)}
    padded = [[0] * order + [index[letter] for letter in name] + [0] for name in names]
    rows = [row for letters in padded for row in zip(*(letters[k:] for k in range(order + 1)))]
    return tuple(np.array([row[i] for row in rows]) for i in range(order + 1))
