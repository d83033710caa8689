"""Lesson 00: a gradient that fades, and one that grows."""

import numpy as np

from helpers import rnn
from tests.claims.claim import claim


def grows(scale, seed, H):
    """True if the gradient of section 3 is longer at h_0 than at h_8."""
    rng = np.random.default_rng(seed)
    params = rnn.init(D=2, H=H, O=1, rng=rng)
    x = rng.standard_normal((8, 1, 2))
    params["W_hh"] *= scale
    cache = rnn.forward(params, x)
    dy = np.zeros_like(cache.y)
    dy[-1] = cache.y[-1] - 1
    dh, _ = rnn.through_time(params, cache, dy @ params["W_hy"])
    return np.linalg.norm(dh[0]) > np.linalg.norm(dh[-1])


@claim("00 §3", "the gradient fades in nearly every network at scale 1", sizes=(32, 64, 128, 256),
       holds="nearly every", fails=dict(scale=2))
def fades(seed, H, scale=1):
    return not grows(scale, seed, H)


@claim("00 §3", "it grows in nearly every one at scale 3", sizes=(32, 64, 128, 256),
       holds="nearly every", fails=dict(scale=1.5))
def explodes(seed, H, scale=3):
    return grows(scale, seed, H)
