"""Exercises of lesson 03: deriving BPTT."""

import numpy as np

from helpers import losses, rnn
from helpers.checks.exercise import Exercise
from helpers.gradcheck import random_problem


def total_derivatives(w, h):
    """3.1: the sum over the step k in which w is used, path by path."""
    slope = 1 - h ** 2
    return np.array([sum(slope[k] * h[k - 1] * np.prod(slope[k + 1:t + 1] * w) for k in range(1, t + 1))
                     for t in range(len(h))], float)


def one_step_jacobian(W_hh, h):
    """3.2"""
    return (1 - h ** 2)[:, None] * W_hh


def jacobian_product(W_hh, h, t, k):
    """3.3"""
    return np.eye(len(h[k])) if t == k else jacobian_product(W_hh, h, t, k + 1) @ one_step_jacobian(W_hh, h[k + 1])


def cross_entropy_gradient(y, target):
    """3.4"""
    return losses.cross_entropy(y[None, None], np.array([[target]]))[1][0, 0]


def step_back(dy, da_next, h, W_hy, W_hh):
    """3.5"""
    dh = dy @ W_hy + da_next @ W_hh
    return dh, dh - h ** 2 * dh


def all_states(dy, h, W_hy, W_hh):
    """3.6"""
    cache = rnn.Cache(None, h[:, None], dy[:, None], "tanh", False)
    return rnn.through_time({"W_hh": W_hh}, cache, (dy @ W_hy)[:, None])[0][:, 0]


def contributions(dh, h, h_before, x):
    """3.7"""
    da = (dh - h ** 2 * dh)[:, None]
    return da * h_before, da * x


def scalar_states(seed, T, w):
    """The states of a scalar network with varying inputs and h_0 not zero."""
    rng = np.random.default_rng(seed)
    h = [0.7]
    for x in rng.normal(0.0, 0.6, T):
        h.append(np.tanh(w * h[-1] + x))
    return w, np.array(h)


class Sequence:
    """One sequence run through a random network; nothing in it is zero, symmetric or of equal size."""

    def __init__(self, seed, T, D, H, O):
        problem = random_problem(np.random.default_rng(seed), T=T, B=1, D=D, H=H, O=O)
        cache = rnn.forward(problem.params, problem.x, problem.h0)
        self.W_hh, self.W_hy = problem.params["W_hh"], problem.params["W_hy"]
        self.x, self.h = problem.x[:, 0], cache.h[:, 0]
        self.dy = (cache.y - problem.target)[:, 0]
        self.last_dy = np.where(np.arange(T)[:, None] == T - 1, self.dy, 0.0)      # a loss at the end only
        self.dh = all_states(self.dy, self.h, self.W_hy, self.W_hh)
        self.da = (1 - self.h ** 2) * self.dh                                       # da[t], with a slot for t = 0

    def step(self, t):
        """The arguments of exercise 3.5 at step t."""
        da_next = self.da[t + 1] if t < len(self.dy) else np.zeros(len(self.W_hh))
        return self.dy[t - 1], da_next, self.h[t], self.W_hy, self.W_hh


FIRST = Sequence(seed=31, T=6, D=2, H=4, O=3)
SECOND = Sequence(seed=32, T=7, D=5, H=3, O=2)

EXERCISES = {
    "3.1": Exercise("The total derivative takes every path from w, at any length.", total_derivatives,
                    [scalar_states(1, 7, 0.8), scalar_states(2, 9, -1.3), scalar_states(3, 1, 0.5)]),
    "3.2": Exercise("Row i, column j of the Jacobian is dh_t[i]/dh_{t-1}[j].", one_step_jacobian,
                    [(FIRST.W_hh, FIRST.h[3]), (SECOND.W_hh, SECOND.h[2])]),
    "3.3": Exercise("The latest step stands on the left, the earliest on the right.", jacobian_product,
                    [(FIRST.W_hh, FIRST.h, 6, 2), (SECOND.W_hh, SECOND.h, 5, 0), (FIRST.W_hh, FIRST.h, 4, 3),
                     (SECOND.W_hh, SECOND.h, 2, 2)]),
    "3.4": Exercise("Softmax minus one-hot, for scores of any size.", cross_entropy_gradient,
                    [(np.array([0.3, -1.2, 2.0, 0.7, 0.1]), 1), (np.array([1.5, 0.2, -0.4]), 0),
                     (np.array([999.0, 1000.0, -1000.0, 998.5]), 3)]),
    "3.5": Exercise("Direct plus indirect effect, and then back through tanh.", step_back,
                    [FIRST.step(3), SECOND.step(5), FIRST.step(6)], parts=("dh", "da")),
    "3.6": Exercise("Every state's gradient holds all of its future.", all_states,
                    [(s.dy, s.h, s.W_hy, s.W_hh) for s in (FIRST, SECOND)]
                    + [(FIRST.last_dy, FIRST.h, FIRST.W_hy, FIRST.W_hh)]),
    "3.7": Exercise("The slope belongs to the row; each weight is paired with what it was multiplied by.", contributions,
                    [(FIRST.dh[4], FIRST.h[4], FIRST.h[3], FIRST.x[3]), (SECOND.dh[1], SECOND.h[1], SECOND.h[0], SECOND.x[0])],
                    parts=("dW_hh", "dW_xh")),
}
