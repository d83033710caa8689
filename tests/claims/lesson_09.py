"""Lesson 09: how noisy, how local and how parallel a gradient can be."""

import functools

import numpy as np

from helpers import losses, rnn
from helpers.gradcheck import random_problem
from helpers.other_ways import newton, rtrl, scan, uoro
from helpers.pathologies import initialisation
from tests.claims.claim import claim

WIDE = (8, 32, 128)             # units of the networks of section 7


# --- section 5: updates while RTRL runs ---

@functools.cache
def off_by(rate, seed, H, T=100):
    """RTRL with an update after every step: relative error of the last loss's gradient by W_hh."""
    p = random_problem(np.random.default_rng(seed), T=T, B=1, D=2, H=H, O=2)
    params, h, M = dict(p.params), p.h0, rtrl.no_influence(1, H, H + 3)
    for t in range(T):
        z = np.concatenate([h, p.x[t], [[1.0]]], axis=1)
        h = np.tanh(h @ params["W_hh"].T + p.x[t] @ params["W_xh"].T + params["b_h"])
        M = rtrl.update(M, params["W_hh"], h, z)
        dW = rtrl.share((h @ params["W_hy"].T + params["b_y"] - p.target[t]) @ params["W_hy"], M)
        if t < T - 1:
            steps = {"W_hh": dW[:, :H], "W_xh": dW[:, H:-1], "b_h": dW[:, -1]}
            params |= {name: params[name] - rate * step for name, step in steps.items()}
    cache, last = rnn.forward(params, p.x, p.h0), np.zeros_like(p.target)
    last[-1] = cache.y[-1] - p.target[-1]
    wanted = rnn.backward(params, cache, last)["W_hh"]
    return np.linalg.norm(dW[:, :H] - wanted) / np.linalg.norm(wanted)


@claim("09 §5", "from rate 0.001 to 0.0001 the error becomes between five and twenty times smaller in nearly "
       "every network.", sizes=(4, 8, 16), holds="nearly every", fails=dict(rates=(0.1, 0.01)))
def error_follows_rate(seed, H, rates=(0.001, 0.0001)):
    large, small = (off_by(rate, seed, H) for rate in rates)
    return 5 < large / small < 20


# --- section 6: Newton's method on the whole sequence ---

@functools.cache
def rounds(radius, seed, H, T, most=60):
    """Rounds until the states of T steps are right to 1e-10; most, if they never are so soon."""
    rng = np.random.default_rng(seed)
    params = rnn.init(1, H, 1, rng)
    params["W_hh"] = initialisation.with_spectral_radius(params["W_hh"], radius)
    x, h0 = 0.5 * rng.standard_normal((256, 1, 1))[:T], 0.5 * rng.standard_normal((1, H))
    right = rnn.forward(params, x, h0).h
    return next(n for n, guess in enumerate(newton.guesses(params, x, h0))
                if n == most or abs(guess - right).max() < 1e-10)


@claim("09 §6", "At radius 0.9 and with 24 units or more, four times as many steps always take at most one "
       "round more.", sizes=(24, 48, 96), holds="always", fails=dict(radius=2.0))
def no_longer_for_longer(seed, H, radius=0.9):
    return rounds(radius, seed, H, 256) <= rounds(radius, seed, H, 64) + 1


@claim("09 §6", "At radius 2 and with 32 units or more, 30 rounds are not enough for 256 steps in nearly "
       "every network.", sizes=(32, 64, 96), holds="nearly every", fails=dict(radius=0.9))
def too_many(seed, H, radius=2.0):
    return rounds(radius, seed, H, 256, most=30) == 30


# --- section 7: UORO ---

@claim("09 §7", "For four steps, and from 8 units on, it takes between $100 H$ and $400 H$ estimates in "
       "nearly every network.", sizes=(8, 32, 64), holds="nearly every", fails=dict(within=0.05))
def estimates_per_unit(seed, H, within=0.1, K=400):
    p = random_problem(np.random.default_rng(seed), T=4, B=1, D=2, H=H, O=2)
    arguments = p.params, p.x, p.target, p.h0
    cache = rnn.forward(p.params, p.x, p.h0)
    exact = rnn.backward(p.params, cache, losses.squared_error(cache.y, p.target)[1])["W_hh"]
    signs = np.random.default_rng([seed, 1]).choice([-1.0, 1.0], size=(4, K, H))
    off = ((uoro.gradients(*arguments, signs)["W_hh"] - exact) ** 2).sum(axis=(1, 2)).mean()
    return 100 < off / (exact ** 2).sum() / within ** 2 / H < 400


# --- section 7: traces ---

@functools.cache
def by_rules(alpha, scale, diagonal, seed, H):
    """The gradient of W for a loss at the last of 20 steps, exact and by three local rules: a dict of (H, N).

    Leaky units; alpha = 1: plain tanh units. scale: of W_hh.
    """
    p = random_problem(np.random.default_rng(seed), T=20, B=1, D=2, H=H, O=2)
    W_hh = scale * p.params["W_hh"] * (np.eye(H) if diagonal else 1)
    W = np.concatenate([W_hh, p.params["W_xh"], p.params["b_h"][:, None]], axis=1)
    states, met, slopes = [p.h0[0]], [], []
    for x_t in p.x[:, 0]:
        met.append(np.concatenate([states[-1], x_t, [1.0]]))
        squashed = np.tanh(W @ met[-1])
        states.append((1 - alpha) * states[-1] + alpha * squashed)
        slopes.append(alpha * (1 - squashed ** 2))
    states, met, slopes = map(np.array, (states, met, slopes))
    direct = np.zeros_like(slopes)
    direct[-1] = (p.params["W_hy"] @ states[-1] + p.params["b_y"] - p.target[-1, 0]) @ p.params["W_hy"]
    J = (1 - alpha) * np.eye(H) + slopes[:, :, None] * W_hh
    dh = scan.backward(J, states[1:], direct, states[0])[1]
    rules = {"none": np.zeros(H), "leak": np.full(H, 1 - alpha), "SnAp-1": np.einsum("tii->ti", J)}
    return {"exact": (slopes * dh).T @ met, **{
        name: by_traces(met, slopes, direct, np.broadcast_to(own, slopes.shape))
        for name, own in rules.items()}}


def by_traces(met, slopes, direct, own):
    """What each weight's trace gives, (H, N). own: (T, H), the share of its past that a unit keeps."""
    trace = total = 0.0
    for z, s, g, c in zip(met, slopes, direct, own):
        trace = c[:, None] * trace + s[:, None] * z
        total = total + g[:, None] * trace
    return total


def cosine(rule, alpha, scale, seed, H):
    """Of a rule's gradient with the exact one."""
    found = by_rules(alpha, scale, False, seed, H)
    return (found[rule] * found["exact"]).sum() / np.linalg.norm(found[rule]) / np.linalg.norm(found["exact"])


@claim("09 §7", "With a diagonal $W_{hh}$ the local rule is always exact", sizes=WIDE, holds="always",
       fails=dict(diagonal=False))
def no_detours(seed, H, diagonal=True):
    found = by_rules(1.0, 1.0, diagonal, seed, H)
    there = np.concatenate([np.eye(H), np.ones((H, 3))], axis=1)        # the weights of a diagonal network
    return np.allclose(found["SnAp-1"] * there, found["exact"] * there, rtol=0, atol=1e-10)


@claim("09 §7", "In leaky units the leak's trace comes nearer to the gradient than no trace in nearly every "
       "network, because the leak carries influence on.", sizes=WIDE, holds="nearly every",
       control=dict(alpha=1.0))
def leak_helps(seed, H, alpha=0.1):
    return cosine("leak", alpha, 1.0, seed, H) > cosine("none", alpha, 1.0, seed, H)


@claim("09 §7", "With $W_{hh}$ as it was drawn, its cosine is above 0.8 in nearly every network.",
       sizes=WIDE, holds="nearly every", fails=dict(rule="none"))
def leak_is_near(seed, H, rule="leak"):
    return cosine(rule, 0.1, 1.0, seed, H) > 0.8


@claim("09 §7", "In plain $\\tanh$ units SnAp-1 stays within 0.1 of no trace in nearly every network.",
       sizes=WIDE, holds="nearly every", fails=dict(alpha=0.1))
def own_weight_is_little(seed, H, alpha=1.0):
    return abs(cosine("SnAp-1", alpha, 1.0, seed, H) - cosine("none", alpha, 1.0, seed, H)) < 0.1


@claim("09 §7", "SnAp-1's cosine is below 0.5 in nearly every network from 16 units on", sizes=(16, 32, 128),
       holds="nearly every", fails=dict(scale=1.0))
def detours_are_more(seed, H, scale=3.0):
    return cosine("SnAp-1", 1.0, scale, seed, H) < 0.5
