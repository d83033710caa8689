"""Exercises of lesson 02: the forward pass."""

import numpy as np

from helpers import gradcheck, losses, rnn
from helpers.checks.exercise import Exercise

SIZES = [dict(T=6, B=3, D=2, H=4, O=5), dict(T=5, B=2, D=3, H=6, O=4), dict(T=6, B=3, D=2, H=4, O=5)]


def problems():
    """Three Problems with nothing zero and nothing symmetric.

    The last has the sizes of the first, so that a state carried over from another call shows.
    """
    return [gradcheck.random_problem(np.random.default_rng(20 + i), **sizes) for i, sizes in enumerate(SIZES)]


def one_step(params, x_t, h_prev):
    """Reference of 2.1: a batch of one sequence of one step."""
    cache = rnn.forward(params, x_t[None, None, :], h_prev[None, :])
    return cache.h[1, 0], cache.y[0, 0]


def shapes(T, B, D, H, O):
    """Reference of 2.2: measured on real arrays."""
    x, h = np.zeros((T, B, D)), np.zeros((T + 1, B, H))
    W_xh, W_hy = np.zeros((H, D)), np.zeros((O, H))
    return {"h": h.shape, "x[t-1]": x[0].shape, "x[t-1] @ W_xh.T": (x[0] @ W_xh.T).shape,
            "x @ W_xh.T": (x @ W_xh.T).shape, "h[1:] @ W_hy.T": (h[1:] @ W_hy.T).shape,
            "y[:, b]": (h[1:] @ W_hy.T)[:, 0].shape}


def run(params, x, h0):
    """Reference of 2.3."""
    cache = rnn.forward(params, x, h0)
    return cache.h, cache.y


def softmax_instances():
    """Scores of ordinary size, of size 1000, and rows that lie far apart."""
    rng = np.random.default_rng(24)
    ordinary = rng.standard_normal((3, 5))
    apart = ordinary + np.array([[1000.0], [0.0], [-1000.0]])
    return [(ordinary,), (1000 * rng.standard_normal((6, 3, 5)),), (apart,), (2 * rng.standard_normal((5, 2, 3)),)]


def masked_loss(y, classes, mask):
    """Reference of 2.5."""
    return losses.cross_entropy(y, classes, mask, reduction="mean")[0]


def masked_instances():
    """Padded sequences, a loss at the end only, and scores so large that a probability rounds to zero."""
    rng = np.random.default_rng(25)
    T, B, O = 6, 4, 5
    lengths = np.array([4, 6, 1, 3])
    mask = losses.length_mask(lengths, T)
    classes = np.where(mask, rng.integers(1, O, (T, B)), 0)
    y = rng.standard_normal((T, B, O))
    return [(y, classes, mask), (y, classes, losses.last_step_mask(lengths, T)), (1000 * y, classes, mask)]


def last_states(h, lengths):
    """Reference of 2.6."""
    return np.stack([h[n, b] for b, n in enumerate(lengths)])


def last_state_instances():
    """States (T + 1, B, H) that are all different, and lengths that include 1 and T."""
    rng = np.random.default_rng(26)
    return [(rng.standard_normal((7, 5, 3)), np.array([4, 6, 1, 3, 6])),
            (rng.standard_normal((9, 2, 4)), np.array([5, 2]))]


EXERCISES = {
    "2.1": Exercise("Your step gives the same state and output as the course's network.", one_step,
                    lambda: [(p.params, p.x[0, 0], p.h0[0]) for p in problems()], parts=("h_t", "y_t")),
    "2.2": Exercise("You know the shape of every array of the forward pass.", shapes,
                    [(6, 3, 2, 4, 5), (7, 2, 9, 3, 8)]),
    "2.3": Exercise("Your forward pass is the course's forward pass, for a batch, at every step.", run,
                    lambda: [(p.params, p.x, p.h0) for p in problems()], parts=("h", "y")),
    "2.4": Exercise("Your softmax survives scores of any size.", losses.softmax, softmax_instances),
    "2.5": Exercise("Your loss counts the steps of the mask and no others.", masked_loss, masked_instances),
    "2.6": Exercise("You pick every sequence's own last state.", last_states, last_state_instances),
}
