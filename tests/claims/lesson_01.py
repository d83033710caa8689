"""Lesson 01: how a linear unit climbs the memory ladder."""

import functools
from types import SimpleNamespace

import numpy as np

from helpers import ladder, optimisers, rnn
from tests.benchmarks.memory_ladder import one_linear_unit
from tests.claims.claim import claim

LINEAR = SimpleNamespace(forward=functools.partial(rnn.forward, activation="identity"), backward=rnn.backward)


@claim("01 §8", "At rate 0.02 it needs fewer than 300 in most runs.", sizes=(1,), holds="most",
       fails=dict(name="sgd"))
def climbs_six(seed, H, name="adam"):
    rng = np.random.default_rng(seed)
    return ladder.updates_needed(LINEAR, one_linear_unit(rng), 6, rng, 300, 0.02, getattr(optimisers, name)
                                 ) is not None
