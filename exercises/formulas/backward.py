"""The backward pass of the plain network, one method per formula, and what all exercises about it share.

That is: problems on which no mistake hides, easier ones on which some do, and the forms that turn
``Backward``, or a mistake in it, into an answer.

A problem is (params, cache, dy), the arguments of ``rnn.backward``.
"""

import functools

import numpy as np

from exercises.formulas.through_time import ThroughTime
from helpers import gradcheck, losses, rnn


class Backward(ThroughTime):
    """Backpropagation through time for the tanh network, step by step.

    params: W_hh (H, H), W_xh (H, D), W_hy (O, H), b_h (H,), b_y (O,). x: (T, B, D). h: (T+1, B, H), h[0] is
    h_0. dy: dL/dy, (T, B, O).
    arriving: what reaches the last state from beyond the sequence, (B, H).
    ``run()`` returns the gradients, as ``rnn.backward`` does; all_dh and all_da (T+1, B, H) keep dL/dh_t and
    dL/da_t for t = 1 ... T.
    Every other public method is one formula.
    """

    def __init__(self, params, x, h, dy, arriving=0.0):
        super().__init__(params, x, h, dy)
        self.arriving = arriving + self.arriving
        self.all_da = np.zeros_like(h)

    def run(self):
        """All gradients, {name: array}."""
        self.arriving = self.beyond()
        return super().run()

    def back(self, t):
        self.all_dh[t] = self.dh(t)
        self.all_da[t] = self.da(t)

    def hand_on(self, t):
        self.arriving = self.carry(t)

    steps, direct = ThroughTime.steps, ThroughTime.direct

    def beyond(self):
        """what arrives at h_T from beyond the last step"""
        return self.arriving

    def later(self, t):
        """what arrives at h_t from step t+1"""
        return self.arriving

    def dh(self, t):
        """dh_t, the sum of the direct effect and of what arrives from step t+1"""
        return self.direct(t) + self.later(t)

    def slope(self, t):
        """tanh's slope, 1 - h_t^2"""
        return 1 - self.h[t] ** 2

    def da(self, t):
        """da_t, the slope times dh_t"""
        return self.slope(t) * self.all_dh[t]

    def carry(self, t):
        """what travels back from one step to the step before, W_hh^T da_{t+1}"""
        return self.all_da[t] @ self.params["W_hh"]

    previous, share_of_W_hh = ThroughTime.previous, ThroughTime.share_of_W_hh
    share_of_W_xh, share_of_W_hy = ThroughTime.share_of_W_xh, ThroughTime.share_of_W_hy
    share_of_b_h, share_of_b_y = ThroughTime.share_of_b_h, ThroughTime.share_of_b_y
    dx = ThroughTime.dx

    def dh0(self):
        """the first state's gradient, what the carry holds after step 1: W_hh^T da_1"""
        return self.arriving

    add = ThroughTime.add


# Problems.

# Neither T is lesson 04's, and one is below it.
SIZES = [dict(T=7, B=3, D=2, H=4, O=5), dict(T=5, B=2, D=4, H=3, O=2)]


def problem(seed=40, change=None, T=6, B=3, D=2, H=4, O=5):
    """A random problem.

    change: function of (params, x, h0) that returns them changed before the forward pass.
    """
    drawn = gradcheck.random_problem(np.random.default_rng(seed), T=T, B=B, D=D, H=H, O=O)
    params, x, h0 = change(drawn.params, drawn.x, drawn.h0) if change else (drawn.params, drawn.x, drawn.h0)
    cache = rnn.forward(params, x, h0)
    return params, cache, losses.squared_error(cache.y, drawn.target)[1]


def loss_at(steps, found):
    """The problem with a loss at the given steps only (-1 is the last).

    It is 100 times as large: clipping would show.
    """
    params, cache, dy = found
    only = np.zeros_like(dy)
    only[steps] = 100 * dy[steps]
    return params, cache, only


@functools.cache
def problems():
    """Two sizes, each with a loss at every step and once more with a loss at the last step only."""
    found = [problem(seed=40 + i, **sizes) for i, sizes in enumerate(SIZES)]
    return [instance for full in found for instance in (full, loss_at([-1], full))]


@functools.cache
def probes():
    """Easier problems: on each, some term of the backward pass vanishes.

    {words that follow "right when": problem}.
    """
    def with_W_hh(make):
        return lambda params, x, h0: ({**params, "W_hh": make(params["W_hh"])}, x, h0)

    params, cache, dy = problem()
    return {
        "T = 1": problem(T=1),
        "T = 2": problem(T=2),
        "B = 1": problem(B=1),
        "h_0 = 0": problem(change=lambda params, x, h0: (params, x, 0 * h0)),
        "x = 0": problem(change=lambda params, x, h0: (params, 0 * x, h0)),
        "W_hh = 0": problem(change=with_W_hh(np.zeros_like)),
        "W_hh is the identity": problem(change=with_W_hh(lambda W: np.eye(len(W)))),
        "W_hh is symmetric": problem(change=with_W_hh(lambda W: (W + W.T) / 2)),
        "W_hy is the identity":
            problem(O=4, change=lambda params, x, h0: ({**params, "W_hy": np.eye(4)}, x, h0)),
        "the states are so small that tanh is linear": (params, cache._replace(h=1e-13 * cache.h), dy),
        "only step 1 has a loss": loss_at([0], problem()),
        "only step 3 has a loss": loss_at([2], problem()),
        "only the last step has a loss": loss_at([-1], problem()),
    }


# The forms. Each takes Backward, or a subclass with a mistake, and returns a function with an exercise's
# arguments.

def batch(backward):
    """As ``rnn.backward``: (params, cache, dy)."""
    return lambda params, cache, dy: backward(params, cache.x, cache.h, dy).run()


def one_sequence(backward):
    """A batch of one: params, x (T, D), h (T+1, H), dy (T, O)."""
    def answer(params, x, h, dy):
        return without_batch(backward(params, x[:, None], h[:, None], dy[:, None]).run())

    return answer


def one_step(backward):
    """One step in the middle of a sequence: params, x (D,), h_prev and h (H,), dy (O,), dh_later (H,)."""
    def answer(params, x, h_prev, h, dy, dh_later):
        states = np.stack([h_prev, h])[:, None]
        grads = without_batch(backward(params, x[None, None], states, dy[None, None], dh_later[None]).run())
        h_prev = grads.pop("h0")
        return {**grads, "x": grads["x"][0], "h_prev": h_prev}

    return answer


def one_answer(backward):
    """One sequence whose last step alone has an output: params, x (T, D), h (T+1, H), dy (O,)."""
    def answer(params, x, h, dy):
        return one_sequence(backward)(params, x, h, only_last(dy, len(x)))

    return answer


def answers(backward):
    """The same for a batch: params, x (T, B, D), h (T+1, B, H), dy (B, O)."""
    def answer(params, x, h, dy):
        return backward(params, x, h, only_last(dy, len(x))).run()

    return answer


def without_batch(grads):
    """The gradients of a batch of one as those of a sequence: x (T, D), h0 (H,)."""
    return {**grads, "x": grads["x"][:, 0], "h0": grads["h0"][0]}


def only_last(dy, T):
    """Put dy at step T and zeros before it."""
    every = np.zeros((T, *dy.shape))
    every[-1] = dy
    return every


# The arguments of the forms, made of a problem.

def first_sequence(found):
    """For ``one_sequence``: the first of a problem's sequences."""
    params, cache, dy = found
    return params, cache.x[:, 0], cache.h[:, 0], dy[:, 0]


def middle_step(found, t=3):
    """For ``one_step``: step t of the first sequence, the last step's dy, and something that arrives from
    later.
    """
    params, x, h, dy = first_sequence(found)
    return params, x[t - 1], h[t - 1], h[t], dy[-1], np.random.default_rng(7).standard_normal(len(h[t]))


def last_answer(found):
    """For ``one_answer``: the first sequence and its last dy."""
    params, x, h, dy = first_sequence(found)
    return params, x, h, dy[-1]


def last_answers(found):
    """For ``answers``: all sequences and their last dy."""
    params, cache, dy = found
    return params, cache.x, cache.h, dy[-1]
