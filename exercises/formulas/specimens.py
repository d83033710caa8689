"""The sixteen wrong backward passes of lesson 04: mistakes of ``backward``, each planted by itself.

    planted(name)(params, cache, dy)    the gradients with the mistake of that name
    SPECIMENS[name](params, cache, dy)  the same for the sixteen of lesson 04
    WORDS[name]                         what is wrong with it, in words
    SHORT[name]                         the same in few words, for a table
    errors(problem)                     how wrong each of the sixteen is on a problem
    alone(problem)                      one sequence of a problem, with its true gradients
"""

import numpy as np

from exercises.formulas.backward import MISTAKES, RARE, Backward, batch
from helpers import gradcheck, losses, rnn

PARAMETERS = ("W_hh", "W_xh", "W_hy", "b_h", "b_y")

LESSON_04 = {
    "dropped future term": "dh_later left out",
    "recurrent matrix not transposed": "dh_later: W_hh not transposed",
    "extra tanh derivative in dh_later": "dh_later: a slope too many",
    "ascending time loop": "loop runs from step 1 to T",
    "skips first step": "loop leaves out step 1",
    "tanh derivative applied twice": "slope 1 - tanh(h)²",
    "tanh derivative at final state": "slope of h_T at every step",
    "tanh derivative omitted": "slope left out",
    "recurrent outer uses current state": "dW_hh: h_t for h_{t-1}",
    "previous state wraps to last": "dW_hh: h_T for h_0 at step 1",
    "first step recurrent term skipped": "dW_hh: step 1 left out",
    "recurrent outer transposed": "dW_hh: transposed",
    "earliest step only": "= for +=",
    "bias not summed over batch": "db_h: mean over the batch",
    "initial state gradient wrong": "dh_0: W_hh left out",
    "input gradient drops future": "dx: later steps left out",
}


# Names until 0.2, which notebooks from before ask for.
FORMER = {"carry matrix not transposed": "recurrent matrix not transposed",
          "carry extra tanh derivative": "extra tanh derivative in dh_later",
          "carry clipped to one": "clipping dh_later to one"}


def planted(name):
    """The backward pass with the mistake of that name: a function of (params, cache, dy)."""
    return (MISTAKES | RARE)[FORMER.get(name, name)].answer(Backward, batch)


class Specimens(dict):
    """Wrong backward passes by name; one that is not among them is planted."""

    def __missing__(self, name):
        return planted(name.replace("-", " "))


SPECIMENS = Specimens({name.replace(" ", "-"): planted(name) for name in LESSON_04})
WORDS = {name.replace(" ", "-"): MISTAKES[name].what for name in LESSON_04}
SHORT = {name.replace(" ", "-"): few for name, few in LESSON_04.items()}


def errors(problem, names=PARAMETERS):
    """The error of each of the sixteen on a problem, (16,): the worst over the gradients named. The truth is
    the complex step.
    """
    cache = rnn.forward(problem.params, problem.x, problem.h0)
    dy = losses.squared_error(cache.y, problem.target)[1]
    truth = gradcheck.complex_step(gradcheck.rnn_loss(problem), problem.variables())
    truth = {name: truth[name] for name in names}
    return np.array([gradcheck.compare(wrong(problem.params, cache, dy), truth).worst.error
                     for wrong in SPECIMENS.values()])


def alone(problem, b=0, last_only=False):
    """Sequence b of a problem: (x (T, D), h (T+1, H), dy, the true gradients by the complex step).

    last_only: a loss at the last step only; then dy is (O,), otherwise (T, O).
    """
    one = problem._replace(x=problem.x[:, b:b + 1], h0=problem.h0[b:b + 1], target=problem.target[:, b:b + 1])
    mask = losses.last_step_mask(np.array([len(one.x)]), len(one.x)) if last_only else None
    cache = rnn.forward(one.params, one.x, one.h0)
    dy = losses.squared_error(cache.y, one.target, mask)[1][:, 0]
    truth = gradcheck.complex_step(gradcheck.rnn_loss(one, mask=mask), one.variables())
    truth = {**truth, "x": truth["x"][:, 0], "h0": truth["h0"][0]}
    return cache.x[:, 0], cache.h[:, 0], dy[-1] if last_only else dy, truth
