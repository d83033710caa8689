"""Exercises of lesson 05."""

import numpy as np

from helpers import baselines, clip, gradcheck, losses, optimisers, rnn, sampling, training
from helpers.checks.exercise import Exercise
from helpers.datasets import ALPHABET

SHAPES = {"W_hh": (4, 4), "W_xh": (4, 2), "b_h": (4,)}


def arrays(rng, scale=1.0):
    """A dict of random arrays, of three shapes."""
    return {name: scale * rng.standard_normal(shape) for name, shape in SHAPES.items()}


# 5.1: the learner's own backward pass

def backward(params, cache, dy):
    return rnn.backward(params, cache, dy)


def backward_instances():
    """A loss at every step, then at the last step only; then other sizes."""
    instances = []
    for seed, sizes, last_only in ((1, {}, False), (2, {}, True), (3, dict(T=5, B=2, D=4, H=5, O=3), False)):
        problem = gradcheck.random_problem(np.random.default_rng(seed), **sizes)
        cache = rnn.forward(problem.params, problem.x, problem.h0)
        T, B, _ = cache.y.shape
        mask = losses.last_step_mask(np.full(B, T), T) if last_only else None
        instances.append((problem.params, cache, losses.squared_error(cache.y, problem.target, mask)[1]))
    return instances


# 5.2 and 5.3: optimisers

def momentum_step(params, grads, velocity, learning_rate, beta):
    return optimisers.momentum(params, grads, velocity, learning_rate, beta)


def momentum_instances():
    rng = np.random.default_rng(4)
    return [(arrays(rng), arrays(rng), arrays(rng), 0.03, 0.8), (arrays(rng), arrays(rng), arrays(rng, 0.0), 0.2, 0.9)]


def adam_step(p, g, m, v, k, learning_rate, beta1, beta2, eps):
    new, (_, first, second) = optimisers.adam({"p": p}, {"p": g}, (k - 1, {"p": m}, {"p": v}), learning_rate, beta1, beta2, eps)
    return new["p"], first["p"], second["p"]


def adam_instances():
    """A later step, a first step, and gradients so small that it matters where eps stands."""
    rng = np.random.default_rng(5)
    draw = lambda: rng.standard_normal((3, 5))
    return [(draw(), draw(), draw(), draw() ** 2, 7, 0.02, 0.8, 0.95, 1e-8),
            (draw(), draw(), np.zeros((3, 5)), np.zeros((3, 5)), 1, 0.5, 0.9, 0.999, 1e-8),
            (np.zeros((3, 5)), 1e-3 * draw(), 1e-3 * draw(), 1e-6 * draw() ** 2, 3, 1.0, 0.9, 0.99, 1e-2)]


# 5.4: clipping

def clipping_instances():
    """Too long; short enough, so that nothing may change; all zero, where 0/0 lurks."""
    rng = np.random.default_rng(6)
    return [(arrays(rng), 1.5), (arrays(rng, 0.01), 1.5), (arrays(rng, 0.0), 0.7)]


# 5.5: one update

def train_step(params, memory, x, target, mask, learning_rate, max_norm):
    loss, grads = training.loss_and_gradients(rnn, params, x, target, losses.cross_entropy, mask)
    grads, _ = clip.by_global_norm({name: grads[name] for name in params}, max_norm)
    params, memory = optimisers.adam(params, grads, memory, learning_rate)
    return params, memory, loss


def train_step_instances():
    """The first update with clipping; a later one with its memory, once clipped and once not."""
    rng = np.random.default_rng(7)
    instances, memory = [], None
    for max_norm in (0.1, 0.2, 50.0):
        problem = gradcheck.random_problem(rng, T=7)
        target = rng.integers(5, size=(7, 3))
        mask = losses.length_mask(np.array([7, 4, 5]), 7)
        instances.append((problem.params, memory, problem.x, target, mask, 0.01, max_norm))
        _, memory, _ = train_step(*instances[-1])
    return instances


# 5.6: baselines

def forecast_instances():
    rng = np.random.default_rng(8)
    series = [2 + rng.standard_normal((6, N, 1)).cumsum(axis=0) for N in (30, 7)]
    return [(series[0], series[0][0, :, 0] - 0.5 * series[0][4, :, 0] + rng.standard_normal(30), series[1])]


# 5.7: sampling

def sample_name(params, rng, temperature, max_letters):
    return sampling.name(rnn, params, rng, temperature, max_letters)


def sampling_instances():
    """A random network with large weights, so that a lost state or a wrong temperature gives other names; one name is cut short."""
    params = rnn.init(len(ALPHABET), 10, len(ALPHABET), np.random.default_rng(9))
    params = {**params, "W_hh": 1.5 * params["W_hh"], "W_xh": 4 * params["W_xh"], "W_hy": 3 * params["W_hy"]}
    params["b_y"][0] = 2.0
    return [(params, np.random.default_rng(seed), temperature, max_letters)
            for seed, temperature, max_letters in ((4, 0.5, 20), (6, 1.0, 20), (5, 2.0, 20), (4, 1.0, 5))]


EXERCISES = {
    "5.1": Exercise("Your own backward pass is right, all seven gradients. It can train.", backward, backward_instances),
    "5.2": Exercise("Your momentum remembers, and adds the new gradient at full weight.", momentum_step, momentum_instances,
                    parts=("the new params", "the new velocity")),
    "5.3": Exercise("Your Adam corrects its bias, at the first step and later.", adam_step, adam_instances,
                    parts=("the new p", "the new m", "the new v")),
    "5.4": Exercise("Your clipping shortens what is too long, leaves the rest alone, and keeps the direction.",
                    clip.by_global_norm, clipping_instances, parts=("the clipped gradients", "the norm before clipping")),
    "5.5": Exercise("One whole update, in the right order.", train_step, train_step_instances,
                    parts=("the new params", "the new memory", "the loss")),
    "5.6": Exercise("Both baselines are right.", baselines.forecasts, forecast_instances, tolerance=1e-8),
    "5.7": Exercise("It writes: each letter goes back in, and the state goes on.", sample_name, sampling_instances),
}
