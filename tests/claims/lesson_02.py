"""Lesson 02: what a state does over fifty steps."""

import numpy as np

from helpers import rnn
from tests.claims.claim import claim

UNITS = (30, 100)               # of the random networks of section 10


def states(scale, activation, seed, H, starts=None):
    """States of two runs on the same 50 inputs, (51, 2, H), as the lesson draws the network.

    starts: None for two runs from zeros, else the two first states are random.
    """
    rng = np.random.default_rng(seed)
    params = rnn.init(2, H, 1, rng)
    params["W_hh"] = scale * params["W_hh"]
    x = np.repeat(rng.standard_normal((50, 1, 2)), 2, axis=1)
    h0 = rng.standard_normal((2, H)) if starts else None
    return rnn.forward(params, x, h0, activation).h


def largest_rms(scale, activation, seed, H):
    """The largest rms of the state over fifty steps."""
    return np.sqrt((states(scale, activation, seed, H) ** 2).mean(axis=-1)).max()


@claim("02 §10", "Scaled by 0.8, all three states stay below 100 in nearly every network.", sizes=UNITS,
       holds="nearly every", fails=dict(scale=2.0))
def all_stay(seed, H, scale=0.8):
    return all(largest_rms(scale, activation, seed, H) < 100 for activation in ("tanh", "relu", "identity"))


@claim("02 §10", "Scaled by 2, the linear state passes $10^{10}$ in all of 120 networks", sizes=UNITS,
       holds="always", setting=dict(activation="identity", limit=1e10), fails=dict(scale=0.8))
@claim("02 §10", "ReLU passes 100 in most networks.", sizes=UNITS, holds="most",
       setting=dict(activation="relu", limit=100.0), fails=dict(activation="tanh"))
def passes(seed, H, activation, limit, scale=2.0):
    return largest_rms(scale, activation, seed, H) > limit


@claim("02 §10", "The rms with $\\tanh$ always stays below 1", sizes=UNITS, holds="always",
       fails=dict(activation="relu"))
def stays(seed, H, activation="tanh"):
    return largest_rms(2.0, activation, seed, H) < 1


def distance(scale, seed, H):
    """How far apart two starts end."""
    return np.linalg.norm(np.diff(states(scale, "tanh", seed, H, starts=2)[-1], axis=0))


@claim("02 §10", "With $W_{hh} \\times 0.5$ the two runs end less than a billionth apart in all of "
       "120 networks", sizes=UNITS, holds="always", fails=dict(scale=2.0))
def meet(seed, H, scale=0.5):
    return distance(scale, seed, H) < 1e-9


@claim("02 §10", "With $W_{hh} \\times 1$ they come together more slowly, and end less than a "
       "thousandth apart in nearly every network.", sizes=UNITS, holds="nearly every", fails=dict(scale=2.0))
def meet_later(seed, H, scale=1.0):
    return distance(0.5, seed, H) < distance(scale, seed, H) < 1e-3


@claim("02 §10", "With $W_{hh} \\times 3$ they end more than 1 apart in nearly every network", sizes=UNITS,
       holds="nearly every", fails=dict(scale=1.0))
def stay_apart(seed, H, scale=3.0):
    return distance(scale, seed, H) > 1
