"""Lesson 08: what an open forget gate carries, who learns to remember, and when an LSTM explodes."""

import functools
from types import SimpleNamespace

import numpy as np

from helpers import clip, gru, losses, lstm, optimisers, rnn, training
from helpers.pathologies import initialisation, lags
from tests.claims.claim import claim

WIDE = (16, 32, 64)             # units of the new networks of sections 6 and 10
TRAINED = (8, 12, 16)           # and of those that are trained in section 8
CELLS = {"plain": rnn, "LSTM": lstm, "GRU": gru}


# --- section 6: what is left on the way back ---

@functools.cache
def left(bias, seed, H, along_c_only=False, lag=30):
    """The share of an input's gradient that is left after ``lag`` steps. bias: of the forget gates; None for
    the plain network.
    """
    rng = np.random.default_rng(seed)
    cell, options = (rnn, {}) if bias is None else (lstm, {"forget_bias": bias})
    params, x = cell.init(3, H, 2, rng, **options), rng.standard_normal((61, 8, 3))
    shut = {**params, "W_hh": np.zeros_like(params["W_hh"])} if along_c_only else None
    return lags.left_by_lag(cell, params, x, rng.standard_normal((8, 2)), back=shut)[lag]


@claim("08 §6", "with $b_f = 3$ more than a hundredth is left after 30 steps in every network", sizes=WIDE,
       holds="always", fails=dict(bias=1.0))
def open_gates_carry(seed, H, bias=3.0):
    return left(bias, seed, H) > 0.01


@claim("08 §6", "In every network more is left with 1 than with 0, and more with 3 than with 1.", sizes=WIDE,
       holds="always", fails=dict(biases=(4.0, 5.0, 6.0)))
def more_open_carries_more(seed, H, biases=(0.0, 1.0, 3.0)):
    low, middle, high = (left(bias, seed, H) for bias in biases)
    return low < middle < high


@claim("08 §6", "4, 5 and 6 come out in another order in 46 of 60", sizes=(16,), holds="46 of 60",
       fails=dict(biases=(0.0, 1.0, 3.0)))
def out_of_order(seed, H, biases=(4.0, 5.0, 6.0)):
    return not more_open_carries_more(seed, H, biases)


@claim("08 §6", "the plain one has less left in 23 of 60", sizes=(16,), holds="23 of 60",
       fails=dict(bias=-1.0))
def plain_is_last(seed, H, bias=0.0):
    return left(None, seed, H) < left(bias, seed, H)


@claim("08 §6", "in nearly every network more than a hundred thousand times as much arrives along $c$ "
       "with 3 as with 0", sizes=WIDE, holds="nearly every", fails=dict(bias=1.0))
def road_opens(seed, H, bias=3.0):
    return left(bias, seed, H, along_c_only=True) > 1e5 * left(0.0, seed, H, along_c_only=True)


@claim("08 §6", "with 1 always less than half of it arrives along $c$ alone", sizes=WIDE,
       holds="always", fails=dict(bias=9.0))
def both_ways_carry_more(seed, H, bias=1.0):
    return left(bias, seed, H, along_c_only=True) < left(bias, seed, H) / 2


@claim("08 §6", "at −1 it always keeps less than a tenth of what the plain network keeps", sizes=WIDE,
       holds="always", fails=dict(bias=1.0))
def shut_gate_forgets(seed, H, bias=-1.0):
    return 10 * left(bias, seed, H) < left(None, seed, H)


def left_after(lag, seed, H, before=0, along_c_only=False):
    """The share of an input's gradient that is left in an LSTM with b_f = 3. before: steps that the network
    has run already when the 61 steps begin.
    """
    rng = np.random.default_rng(seed)
    params, x = lstm.init(3, H, 2, rng, forget_bias=3.0), rng.standard_normal((before + 61, 8, 3))
    shut = {**params, "W_hh": np.zeros_like(params["W_hh"])} if along_c_only else None
    return lags.left_by_lag(lstm, params, x, rng.standard_normal((8, 2)), back=shut)[lag]


@claim("08 §6", "in nearly every network more is left after 60 steps than the power, $0.95^{60} = 0.05$",
       sizes=WIDE, holds="nearly every", fails=dict(along_c_only=True))
def more_than_the_power(seed, H, along_c_only=False):
    return left_after(60, seed, H, along_c_only=along_c_only) > 0.05


@claim("08 §6", "In most networks with $b_f = 3$ more is left after 60 steps than after 30, because the "
       "memory starts empty", sizes=WIDE, holds="most", control=dict(before=200))
def rises(seed, H, before=0):
    return left_after(60, seed, H, before) > left_after(30, seed, H, before)


# --- section 8: who learns ---

def adding(T, B, rng):
    """The adding problem of the lesson."""
    sequence = np.arange(B)
    first, second = rng.integers(0, T // 2, B), rng.integers(T // 2, T, B)
    x, target, mask = np.zeros((T, B, 2)), np.zeros((T, B, 1)), np.zeros((T, B), bool)
    x[:, :, 0] = rng.uniform(size=(T, B))
    x[first, sequence, 1] = x[second, sequence, 1] = 1
    target[-1, :, 0] = x[first, sequence, 0] + x[second, sequence, 0] - 1
    mask[-1] = True
    return x, target, mask


def recall(T, B, rng):
    """The lesson's recall: a marked sign at step 1, then noise."""
    x, target, mask = np.zeros((T, B, 2)), np.zeros((T, B, 1)), np.zeros((T, B), bool)
    x[:, :, 0] = 0.3 * rng.standard_normal((T, B))
    sign = rng.choice([-1.0, 1.0], B)
    x[0, :, 0], x[0, :, 1], target[-1, :, 0] = sign, 1, sign
    mask[-1] = True
    return x, target, mask


def start(who, bias, seed, H):
    """(cell, parameters, generator) of one start. who: a cell, or the start of a plain network's W_hh. bias:
    of the forget gates, or what is added to that of the update gates.
    """
    rng = np.random.default_rng(seed)
    cell = CELLS.get(who, rnn)
    params = cell.init(2, H, 1, rng, **({"forget_bias": bias} if cell is lstm else {}))
    if cell is gru:
        gru.blocks(params["b_h"])[1][:] += bias
    if "identity" in who:
        params["W_hh"] = initialisation.identity(H)
    if who == "orthogonal":
        params["W_hh"] = initialisation.orthogonal(H, rng)
    if who == "ReLU identity":
        cell = SimpleNamespace(forward=functools.partial(rnn.forward, activation="relu"),
                               backward=rnn.backward)
    return cell, params, rng


@functools.cache
def learns_to_add(who, rate, seed, H, bias=1.0):
    """True if the last 50 of 300 losses are on average below a tenth of what always answering 0 gets."""
    cell, params, rng = start(who, bias, seed, H)
    batches = (adding(30, 16, rng) for _ in range(300))
    _, history = training.fit(cell, params, batches, losses.squared_error, rate)
    return history["loss"][250:].mean() < 1 / 12 / 10


@functools.cache
def learns_to_recall(who, bias, rate, seed, H, limit=100):
    """True if the mean loss of 20 updates falls below 0.05 within ``limit`` updates."""
    cell, params, rng = start(who, bias, seed, H)
    memory, recent = None, []
    for _ in range(limit):
        x, target, mask = recall(30, 16, rng)
        loss, grads = training.loss_and_gradients(cell, params, x, target, losses.squared_error, mask,
                                                  reduction="mean")
        grads, _ = clip.by_global_norm({name: grads[name] for name in params}, 1.0)
        params, memory = optimisers.adam(params, grads, memory, learning_rate=rate)
        recent = [*recent, loss][-20:]
        if len(recent) == 20 and np.mean(recent) < 0.05:
            return True
    return False


@claim("08 §8", "Within 300 updates the plain network never learns to add, at neither rate.", sizes=TRAINED,
       holds="never", fails=dict(starts=("GRU",)))
@claim("08 §8", "From both starts with $\\tanh$, it is learned in none of the runs.", sizes=(8,),
       holds="never", setting=dict(starts=("orthogonal", "identity")), fails=dict(starts=("GRU",)))
def any_adds(seed, H, starts=("plain",)):
    return any(learns_to_add(who, rate, seed, H, 0.0) for who in starts for rate in (0.02, 0.05))


@claim("08 §8", "the GRU in nearly every run at 0.02", sizes=(8,), holds="nearly every",
       setting=dict(who="GRU", rate=0.02, bias=0.0), fails=dict(who="plain"))
@claim("08 §8", "the LSTM in nearly every run at 0.05", sizes=(8,), holds="nearly every",
       setting=dict(who="LSTM", rate=0.05), fails=dict(who="plain"))
@claim("08 §8", "in most at 0.02", sizes=(8,), holds="most", setting=dict(who="LSTM", rate=0.02),
       fails=dict(who="plain"))
def adds(seed, H, who, rate, bias=1.0):
    return learns_to_add(who, rate, seed, H, bias)


@claim("08 §8", "ReLU from the identity misses it at 0.02 in 55 of 60 runs", sizes=(8,), holds="55 of 60",
       fails=dict(who="GRU"))
@claim("08 §8", "at 0.05 in 59 of 60", sizes=(8,), holds="59 of 60", setting=dict(rate=0.05),
       fails=dict(who="GRU"))
def misses(seed, H, who="ReLU identity", rate=0.02):
    return not learns_to_add(who, rate, seed, H, 0.0)


@claim("08 §8", "At 0.01 the LSTM with bias 0 and the GRU both fail in most runs, because their gates start "
       "half open.", sizes=TRAINED, holds="most", control=dict(bias=3.0))
def half_open_fails(seed, H, bias=0.0):
    return not any(learns_to_recall(who, bias, 0.01, seed, H) for who in ("LSTM", "GRU"))


@claim("08 §8", "With gates that start open, at 3, both learn in nearly every run.", sizes=TRAINED,
       holds="nearly every", fails=dict(bias=0.0))
def open_gates_learn(seed, H, bias=3.0):
    return all(learns_to_recall(who, bias, 0.01, seed, H) for who in ("LSTM", "GRU"))


@claim("08 §8", "In most runs so does the plain network, from the orthogonal start and from the identity.",
       sizes=TRAINED, holds="most", fails=dict(limit=30))
def good_starts_learn(seed, H, limit=100):
    return all(learns_to_recall(who, 0.0, 0.01, seed, H, limit) for who in ("orthogonal", "identity"))


@claim("08 §8", "the plain network learns in 29 of 60 runs", sizes=(8,), holds="29 of 60",
       fails=dict(limit=25))
def plain_learns(seed, H, limit=100):
    return learns_to_recall("plain", 0.0, 0.01, seed, H, limit)


def opened(seed, H, bias, fixed):
    """(parameters, generator) of an LSTM whose input gates are fixed open, if ``fixed``."""
    _, params, rng = start("LSTM", bias, seed, H)
    if fixed:
        lstm.blocks(params["b_h"])[0][:] = 60
    return params, rng


@claim("08 §8", "With its input gates fixed open the LSTM learns to add in none of the runs", sizes=TRAINED,
       holds="never", fails=dict(fixed=False))
def adds_without_input_gates(seed, H, fixed=True):
    params, rng = opened(seed, H, 1.0, fixed)
    batches = (adding(30, 16, rng) for _ in range(300))
    _, history = training.fit(lstm, params, batches, losses.squared_error, 0.05)
    return history["loss"][250:].mean() < 1 / 12 / 10


@claim("08 §8", "recall, with $b_f = 3$, it learns in nearly every run", sizes=TRAINED, holds="nearly every",
       fails=dict(bias=-3.0))
def recalls_without_input_gates(seed, H, bias=3.0):
    params, rng = opened(seed, H, bias, True)
    memory, recent = None, []
    for _ in range(100):
        x, target, mask = recall(30, 16, rng)
        loss, grads = training.loss_and_gradients(lstm, params, x, target, losses.squared_error, mask,
                                                  reduction="mean")
        grads, _ = clip.by_global_norm({name: grads[name] for name in params}, 1.0)
        params, memory = optimisers.adam(params, grads, memory, learning_rate=0.01)
        recent = [*recent, loss][-20:]
        if len(recent) == 20 and np.mean(recent) < 0.05:
            return True
    return False


@claim("08 §8", "Trained with the mark at any step, in nearly every run it can recall over 30 steps",
       sizes=TRAINED, holds="nearly every", fails=dict(anywhere=False))
def short_delays_teach(seed, H, anywhere=True):
    rng = np.random.default_rng(seed)
    params = gru.init(2, H, 1, rng)
    batches = []
    for _ in range(100):
        x, target, mask = recall(30, 16, rng)
        if anywhere:
            place, noise = (rng.integers(0, 30, 16), np.arange(16)), x[0].copy()
            x[0] = 0
            x[0, :, 0] = 0.3 * rng.standard_normal(16)
            x[place] = noise
        batches.append((x, target, mask))
    params, _ = training.fit(gru, params, batches, losses.squared_error, 0.01)
    x, target, mask = recall(30, 200, rng)
    return losses.squared_error(gru.forward(params, x).y, target, mask, "mean")[0] < 0.05


def reach(who, bias, seed, H):
    """Length of dL/dx_1 over that of dL/dx_T on recall, before training."""
    cell, params, rng = start(who, bias, seed, H)
    x, target, _ = recall(30, 64, rng)
    return lags.left_by_lag(cell, params, x, cell.forward(params, x).y[-1] - target[-1])[-1]


@claim("08 §8", "With bias 0 the LSTM and the GRU always have less than a hundredth of what they have "
       "with 3.", sizes=TRAINED, holds="always", fails=dict(bias=2.0))
def half_open_reaches_less(seed, H, bias=0.0):
    return all(reach(who, bias, seed, H) < 0.01 * reach(who, 3.0, seed, H) for who in ("LSTM", "GRU"))


# --- section 10: an LSTM explodes, too ---

@functools.cache
def length_back(scale, bias, seed, H, kept=(0, 1, 2, 3), lag=50):
    """Length of (dL/dh, dL/dc) ``lag`` steps back, of 1 at the last step: the mean of its logarithm (base 10)
    over four sequences. kept: the blocks of W_hh that the gradient may go through.
    """
    rng = np.random.default_rng(seed)
    params = lstm.init(3, H, 2, rng, forget_bias=bias)
    params["W_hh"] *= scale
    cache = lstm.forward(params, rng.standard_normal((60, 4, 3)))
    last = rng.standard_normal((4, H))
    last /= np.linalg.norm(last, axis=1, keepdims=True)
    may_pass = np.isin(np.arange(4 * H) // H, kept)[:, None]
    dh, dc, _ = lstm.through_time({**params, "W_hh": params["W_hh"] * may_pass}, cache,
                                  np.zeros_like(cache.h[1:]), (np.zeros_like(last), last))
    return np.log10(np.linalg.norm(np.concatenate([dh, dc], axis=-1)[-1 - lag], axis=1)).mean()


@claim("08 §10", "With weights eight times as large, the gradient is more than ten times as long 50 steps "
       "back in nearly every network, because it goes through the four blocks.", sizes=WIDE,
       holds="nearly every", setting=dict(factor=10), control=dict(kept=()))
@claim("08 §10", "with weights three times as large, the gradient is longer than at the start in most "
       "networks with $b_f = 3$", sizes=WIDE, holds="most", setting=dict(scale=3, bias=3.0),
       fails=dict(bias=0.0))
@claim("08 §10", "in none with $b_f = 0$", sizes=WIDE, holds="never", setting=dict(scale=3, bias=0.0),
       fails=dict(bias=5.0))
def longer(seed, H, scale=8, bias=1.0, kept=(0, 1, 2, 3), factor=1):
    return length_back(scale, bias, seed, H, tuple(kept)) > np.log10(factor)


@claim("08 §10", "Along $c$ alone it is always shorter than at the start", sizes=WIDE, holds="always",
       fails=dict(kept=(0, 1, 2, 3)))
def shorter_along_c(seed, H, kept=()):
    return length_back(8, 1.0, seed, H, tuple(kept)) < 0


@claim("08 §10", "From 32 units on, the candidate's block alone carries more than any other in nearly every "
       "network", sizes=(32, 64, 96), holds="nearly every", fails=dict(block=1))
def carries_most(seed, H, block=2):
    return max(range(4), key=lambda kept: length_back(8, 1.0, seed, H, (kept,))) == block
