"""The network that hears itself of lesson 02: its last output is one more input.

    h_t = tanh(W_hh h_{t-1} + W_xh x_t + W_yh y_{t-lag} + b_h)        y_0 and all before it are zero

Here are its forward pass, one method per formula, the mistakes in it, and problems. A description has one
parameter, lag; lesson 02 asks for lag 1.
"""

import numpy as np

from exercises.engine.mistakes import row
from exercises.formulas import forward
from exercises.formulas.forward import Forward


class FedBack(Forward):
    """The forward pass, step by step. Arguments as those of ``Forward``; params holds W_yh (H, O), too."""

    lag = 1

    def run(self):
        """The states (T+1, B, H) and the outputs (T, B, O)."""
        self.h[0] = self.first()
        for t in self.steps():
            self.h[t] = self.state(t)
            self.y[t - 1] = self.output(t)
        return self.slots(), self.y

    def steps_with_output(self):        # no formula here: each step makes its output at once
        return self.steps()

    def heard(self, t):
        """the output that a step hears, y_{t-1}"""
        return self.y[t - self.lag - 1] if t > self.lag else np.zeros_like(self.y[0])

    def output_term(self, t):
        """the term of the output before, W_yh y_{t-1}"""
        return self.heard(t) @ self.params["W_yh"].T

    def pre_activation(self, t):
        """the pre-activation a_t, the sum of the four terms"""
        return self.recurrent_term(t) + self.input_term(t) + self.output_term(t) + self.bias(t)


def hears_itself(params, x, h0):
    """The reference: the loop, as the exercise's text says it."""
    h, y = [h0], [np.zeros((len(h0), len(params["b_y"])))]
    for x_t in x:
        a = h[-1] @ params["W_hh"].T + x_t @ params["W_xh"].T + y[-1] @ params["W_yh"].T + params["b_h"]
        h.append(np.tanh(a))
        y.append(h[-1] @ params["W_hy"].T + params["b_y"])
    return np.stack(h), np.stack(y[1:])


MISTAKES = {
    "output not heard": row("02, Exercise 2.9", dict(heard=lambda s, t: np.zeros_like(s.y[0])),
        "Nothing of the outputs is heard. Is W_yh missing, or does it meet a slot that is still empty?",
        "at step t, y[t-1] is y_t, which is not made yet. W_yh must meet the output of the step before."),
    "outputs heard after the loop": row("02, Exercise 2.9",
        dict(heard=lambda s, t: np.zeros_like(s.y[0]), run=lambda s: heard_in_a_second_run(s)),
        "The outputs are made without hearing, and a second run hears those.",
        "h_2 needs y_1 as it really was, and y_2 needs h_2. So each step makes its output before the next "
        "one begins."),
    "first step hears an output of h_0": row("02, Exercise 2.9",
        dict(heard=lambda s, t: FedBack.heard(s, t) if t > 1 else s.h0 @ s.params["W_hy"].T
             + s.params["b_y"]),
        "Step 1 hears an output that is read off h_0.",
        "before the first step nothing has been said: y_0 is zero."),
    "first step hears the output's bias": row("02, Exercise 2.9",
        dict(heard=lambda s, t: FedBack.heard(s, t) if t > 1 else s.params["b_y"] + np.zeros_like(s.y[0])),
        "Step 1 hears b_y.",
        "before the first step nothing has been said: y_0 is zero, and b_y is a part of an output."),
    "first step hears ones": row("02, Exercise 2.9",
        dict(heard=lambda s, t: FedBack.heard(s, t) if t > 1 else 1 + np.zeros_like(s.y[0])),
        "Step 1 hears ones; it must hear nothing.",
        "before the first step nothing has been said: y_0 is zero."),
    "output before the last heard": row("02, Exercise 2.9",
        dict(heard=lambda s, t: s.y[t - 3] if t > 2 else np.zeros_like(s.y[0])),
        "Step t hears y_{t-2}; it must hear y_{t-1}.",
        "outputs start at t = 1, so y_1 is y[0]. In which slot is y_{t-1}?"),
    "first output heard at every step": row("02, Exercise 2.9",
        dict(heard=lambda s, t: s.y[0] if t > 1 else np.zeros_like(s.y[0])),
        "Every step hears the first output.",
        "step t hears y_{t-1}. Does what is heard change with the loop?"),
    "output heard through tanh": row("02, Exercise 2.9",
        dict(heard=lambda s, t: np.tanh(FedBack.heard(s, t))),
        "What is heard goes through a tanh of its own.",
        "y_{t-1} is heard as it is. One tanh stands around the whole sum."),
    "output heard outside of tanh": row("02, Exercise 2.9",
        dict(state=lambda s, t: np.tanh(Forward.pre_activation(s, t)) + s.output_term(t)),
        "W_yh y_{t-1} is added after tanh; it belongs inside.",
        "tanh comes last. So a state lies between -1 and 1."),
}


def heard_in_a_second_run(s):
    """The outputs of the network that does not hear, and then a run that hears these."""
    _, said = FedBack.run(s)
    said = np.concatenate([np.zeros_like(said[:1]), said[:-1]])
    for t in s.steps():
        s.h[t] = np.tanh(Forward.pre_activation(s, t) + said[t - 1] @ s.params["W_yh"].T)
    return s.h, s.h[1:] @ s.params["W_hy"].T + s.params["b_y"]


def hearing(problem, seed=29):
    """A problem of the plain network, with W_yh."""
    params, x, h0 = problem
    H, O = len(params["b_h"]), len(params["b_y"])
    return {**params, "W_yh": 0.5 * np.random.default_rng(seed).standard_normal((H, O))}, x, h0


def problems():
    """Three problems of different sizes."""
    return [hearing(problem, 29 + i) for i, problem in enumerate(forward.problems())]


def probes():
    """Easier problems."""
    def deaf(params, x, h0):
        return {**params, "W_yh": 0 * params["W_yh"]}, x, h0

    return {"W_yh = 0": deaf(*hearing(forward.problem())),
            **{words: hearing(problem) for words, problem in forward.probes().items()}}


def mistakes():
    """All rows: the own ones, and those of the plain network that mean the same here."""
    after_the_loop = ("last state missing", "output from last state", "first state overwritten")
    others = {name: row for name, row in (forward.STEP | forward.SEQUENCE).items()
              if "run" not in row.replaces and name not in after_the_loop}
    return MISTAKES | others
