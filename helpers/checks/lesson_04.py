"""Exercises of lesson 04: coding BPTT, and the check of gradients."""

import numpy as np

from helpers import gradcheck, losses, rnn
from helpers.checks.exercise import Exercise

SIZES = [dict(T=6, B=3, D=2, H=4, O=5), dict(T=12, B=2, D=4, H=3, O=2)]


def problems():
    """Problems on which mistakes cannot hide: (problem, cache, dy).

    Each comes once more with a loss at the last step only, a hundred times as large: clipping would show.
    """
    found = []
    for seed, sizes in enumerate(SIZES):
        problem = gradcheck.random_problem(np.random.default_rng(40 + seed), **sizes)
        cache = rnn.forward(problem.params, problem.x, problem.h0)
        T, B = problem.x.shape[:2]
        for factor, mask in ((1, None), (100, losses.last_step_mask(np.full(B, T), T))):
            found.append((problem, cache, factor * losses.squared_error(cache.y, problem.target, mask)[1]))
    return found


# 4.1: one step

def step_gradients(params, x, h_prev, h, dy, dh_later):
    """A sequence of one step, with a gradient that reaches its state from later."""
    cache = rnn.Cache(x[None, None], np.stack([h_prev, h])[:, None], dy[None, None], "tanh", False)
    grads = rnn.backward(params, cache, dy[None, None], dstate=dh_later[None])
    return {**{name: grads[name] for name in params}, "x": grads["x"][0, 0], "h_prev": grads["h0"][0]}


def step_instances():
    """A step in the middle of a sequence."""
    found = []
    for problem, cache, dy in problems():
        dh_later = np.random.default_rng(7).standard_normal(len(problem.params["b_h"]))
        found.append((problem.params, cache.x[2, 0], cache.h[2, 0], cache.h[3, 0], dy[-1, 0], dh_later))
    return found


# 4.2 and 4.3: a sequence, a batch

def sequence_gradients(params, x, h, dy):
    """A batch of one."""
    cache = rnn.Cache(x[:, None], h[:, None], dy[:, None], "tanh", False)
    grads = rnn.backward(params, cache, dy[:, None])
    return {**{name: grads[name] for name in params}, "x": grads["x"][:, 0], "h0": grads["h0"][0]}


def sequence_instances():
    """The first sequence of each problem."""
    return [(problem.params, cache.x[:, 0], cache.h[:, 0], dy[:, 0]) for problem, cache, dy in problems()]


def batch_instances():
    """Whole problems."""
    return [(problem.params, cache, dy) for problem, cache, dy in problems()]


# 4.4 and 4.5: numerical gradients

def numerical_instances():
    """A whole network, small and with a long step, and a function with entries of every shape."""
    problem = gradcheck.random_problem(np.random.default_rng(44), T=5, B=2, D=2, H=3, O=4)
    other = {"scale": np.array(0.7), "matrix": np.array([[0.3, -1.2, 0.5], [0.9, 0.1, -0.4]])}
    return [(smooth, other, 1e-2), (gradcheck.rnn_loss(problem), problem.variables(), 1e-5)]


def complex_instances():
    """The same with steps that a difference cannot use, and one so long that an answer which ignores eps is found out."""
    (f, variables, long), (network, arrays, _) = numerical_instances()
    return [(f, variables, 1e-100), (network, arrays, 1e-30), (f, variables, long)]


def smooth(variables):
    """A smooth function of a number and a matrix."""
    weight = np.arange(1.0, 7.0).reshape(2, 3)
    return (weight * np.exp(variables["scale"] * variables["matrix"])).sum() + variables["scale"] ** 3


# 4.6: comparing

def differences(gradients, reference):
    """Error and worst entry of every gradient."""
    return {row.name: (row.error, row.index) for row in gradcheck.compare(gradients, reference)}


def comparison_instances():
    """Gradients of very different sizes, a single number, a negative worst entry, and a reference that is all zeros."""
    rng = np.random.default_rng(46)
    reference = {"W_hh": 1e3 * rng.standard_normal((3, 3)), "x": -1e-3 * np.abs(rng.standard_normal((5, 2, 4))), "scale": np.array(-2.0)}
    gradients = {name: g * (1 + 0.1 * rng.standard_normal(g.shape)) for name, g in reference.items()}
    zeros = {"b_h": np.zeros(4), "W_xh": rng.standard_normal((3, 2))}
    near = {"b_h": np.array([0.1, -0.3, 0.0, 0.2]), "W_xh": zeros["W_xh"].copy()}
    near["W_xh"][2, 0] -= 0.5
    return [(gradients, reference), (near, zeros)]


# 4.7 and 4.8: mended specimens, for a network that answers once, after its last step

def answer_gradients(params, x, h, dy):
    """Only the last step has an output. One sequence: x (T, D), h (T+1, H), dy (O,)."""
    return sequence_gradients(params, x, h, only_last(dy, len(x)))


def answers_gradients(params, x, h, dy):
    """The same for a batch: x (T, B, D), h (T+1, B, H), dy (B, O)."""
    dy = only_last(dy, len(x))
    return rnn.backward(params, rnn.Cache(x, h, dy, "tanh", False), dy)


def only_last(dy, T):
    """Put dy at step T and zeros before it."""
    every = np.zeros((T, *dy.shape))
    every[-1] = dy
    return every


def answer_instances():
    """One sequence of each problem."""
    return [(problem.params, cache.x[:, 1], cache.h[:, 1], dy[-1, 1]) for problem, cache, dy in problems()[::2]]


def answers_instances():
    """Whole problems."""
    return [(problem.params, cache.x, cache.h, dy[-1]) for problem, cache, dy in problems()[::2]]


EXERCISES = {
    "4.1": Exercise("All seven gradients of one step, and the future is in them.", step_gradients, step_instances),
    "4.2": Exercise("All gradients of a sequence, from the last step back to h_0.", sequence_gradients, sequence_instances),
    "4.3": Exercise("Your own backpropagation through time: every gradient agrees with the reference.", rnn.backward, batch_instances,
                    tolerance=1e-12),
    "4.4": Exercise("Your central difference works for variables of any shape.", gradcheck.central_difference, numerical_instances,
                    tolerance=1e-8),
    "4.5": Exercise("Your complex step is exact to rounding.", gradcheck.complex_step, complex_instances, tolerance=1e-11),
    "4.6": Exercise("You measure the error of each gradient on its own scale, and say where it is.", differences, comparison_instances),
    "4.7": Exercise("The second specimen is mended.", answer_gradients, answer_instances),
    "4.8": Exercise("The third specimen is mended: both mistakes are gone.", answers_gradients, answers_instances),
}
