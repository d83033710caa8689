"""Lesson 07: how wrong a truncated gradient is, and what a window teaches."""

import functools
import itertools

import numpy as np

from helpers import datasets, gradcheck, losses, optimisers, rnn, training
from helpers.long_sequences import truncated
from helpers.pathologies import initialisation
from pictures.explorers.questions import truncation_window
from tests.claims.claim import claim

UNITS = (16, 32, 64)


# --- section 5: the truncated gradient and the full one ---

def echo(T, B, rng, delay=6):
    return datasets.delayed_echo(T, B, delay, rng)


def network(seed, H, updates, delay=6):
    """Parameters after so many updates with the full gradient, as the lesson trains them."""
    rng = np.random.default_rng(seed)
    batches = (echo(48, 16, rng, delay) for _ in range(updates))
    return training.fit(rnn, rnn.init(1, H, 1, rng), batches, losses.squared_error, 0.01)[0]


def long(grads):
    return np.concatenate([grads[name].ravel() for name in ("W_hh", "W_xh", "b_h")])


def gradient(params, batch, k1, k2):
    return long(truncated.loss_and_gradients(rnn, params, *batch[:2], losses.squared_error, k1, k2, batch[2],
                                             reduction="mean")[1])


def cosine(a, b):
    return a @ b / np.linalg.norm(a) / np.linalg.norm(b)


def cosine_of_window(params, k2, delay=6):
    """Between the truncated and the full gradient, on the lesson's new sequences."""
    fixed = echo(32, 32, np.random.default_rng(5), delay)
    return cosine(gradient(params, fixed, 1, k2), gradient(params, fixed, 1, 32))


@claim("07 §5", "At k2 = 2 the cosine is more than 0.05 higher on the untrained network than on the one that "
       "is learning, in nearly every run with 16 to 32 units", sizes=(16, 24, 32), holds="nearly every",
       fails=dict(delay=0))
@claim("07 card", "at k2 = 2, in nearly every run (echo of 6, 16 to 32 units), the cosine is higher on an "
       "untrained network than on one that is learning", sizes=(16, 24, 32), holds="nearly every",
       fails=dict(delay=0))
@claim("07 §5", "With 64 units it is higher in 47 of 60 runs", sizes=(64,), holds="47 of 60",
       setting=dict(margin=0.0), fails=dict(delay=0))
def untrained_looks_better(seed, H, margin=0.05, delay=6):
    untrained, learning = (network(seed, H, updates, delay) for updates in (0, 20))
    return cosine_of_window(untrained, 2, delay) > cosine_of_window(learning, 2, delay) + margin


@claim("07 §5", "At k2 = 10 it is above 0.9 on both, in nearly every run.", sizes=UNITS, holds="nearly every",
       fails=dict(k2=2))
def long_windows_point_right(seed, H, k2=10):
    return min(cosine_of_window(network(seed, H, updates), k2) for updates in (0, 20)) > 0.9


def share_of_lag_0(params, delay):
    """Of the full gradient's length: what every loss owes to its own step."""
    fixed = echo(32, 32, np.random.default_rng(5), delay)
    whole = gradient(params, fixed, 1, 32)
    return gradient(params, fixed, 1, 1) @ whole / (whole @ whole)


@claim("07 §5", "In most runs the share of lag 0 is smaller in the network that is learning than in the "
       "untrained one", sizes=UNITS, holds="most", fails=dict(delay=2))
def lag_0_loses(seed, H, delay=6):
    untrained, learning = (share_of_lag_0(network(seed, H, updates, delay), delay) for updates in (0, 20))
    return untrained > learning


@claim("07 §5", "In most networks the cosine is higher with the 57.", sizes=UNITS, holds="most",
       fails=dict(more=6, less=1))
def more_pairs_point_better(seed, H, more=1, less=6):
    params, rng = truncation_window.learning(seed, H)
    parts = truncation_window.parts_of(params, *echo(12, 64, rng, truncation_window.DELAY))
    full = parts.sum(axis=(0, 1))
    found = [cosine(parts[truncated.reached(12, k1, 6)].sum(axis=0), full) for k1 in (more, less)]
    return found[0] > found[1]


def error(params, truth, k1, k2, count, draw):
    """Of a gradient over so many sequences, in units of the truth's length."""
    batch = echo(24, count, np.random.default_rng([draw, count]))
    return np.linalg.norm(gradient(params, batch, k1, k2) - truth) / np.linalg.norm(truth)


@functools.cache
def learning_and_truth(seed, H):
    params = network(seed, H, 20)
    return params, gradient(params, echo(24, 4096, np.random.default_rng(1)), 24, 24)


@claim("07 §5", "In nearly every network that is learning, 256 times as many sequences make the full "
       "gradient's error more than eight times smaller.", sizes=UNITS[:1], holds="nearly every",
       fails=dict(k=2))
def noise_averages_out(seed, H, k=24):
    few = np.median([error(*learning_and_truth(seed, H), k, k, 4, draw) for draw in range(5)])
    return few > 8 * error(*learning_and_truth(seed, H), k, k, 1024, 0)


@claim("07 §5", "With k1 = k2 = 2 it stays above half of the truth's length in most:",
       sizes=UNITS, holds="most", fails=dict(k=24))
def bias_stays(seed, H, k=2):
    return error(*learning_and_truth(seed, H), k, k, 1024, 0) > 0.5


# --- section 6: what a window teaches ---

def read_out_only(params, grads, memory, learning_rate):
    trained = {name: g if name in ("W_hy", "b_y") else 0 * g for name, g in grads.items()}
    return optimisers.adam(params, trained, memory, learning_rate)


def echo_loss(k, seed, H, kind="drawn", frozen=False, gain=1.0, delay=6, streams=60):
    """Loss on new streams, after training as in the lesson. kind: "drawn", "faint" for W_xh times 0.3, or
    "orthogonal", which is faint, too.
    """
    rng = np.random.default_rng(seed)
    params = rnn.init(1, H, 1, rng)
    if kind == "orthogonal":
        params["W_hh"] = initialisation.orthogonal(H, rng, gain)
    if kind != "drawn":
        params["W_xh"] = 0.3 * params["W_xh"]
    batches = (echo(48, 16, rng, delay) for _ in range(streams))
    params, _ = truncated.fit(rnn, params, batches, losses.squared_error, 0.01, k, k,
                              read_out_only if frozen else optimisers.adam)
    x, target, mask = echo(100, 64, np.random.default_rng(99), delay)
    return losses.squared_error(rnn.forward(params, x).y, target, mask, "mean")[0]


@claim("07 §6", "k = 6 learns the echo in nearly every run,", sizes=(16, 64), holds="nearly every",
       setting=dict(k=6), fails=dict(k=4))
@claim("07 §6", "and with 16 units k = 4 never does.", sizes=(16,), holds="never", setting=dict(k=4),
       fails=dict(k=6))
@claim("07 §6", "But k = 5, one step too short, learns it with 64 units in 27 of 60 runs.", sizes=(64,),
       holds="27 of 60", setting=dict(k=5), fails=dict(k=4))
@claim("07 §6", "with delay 10, k = 20 learns it in nearly every run,", sizes=(16,), holds="nearly every",
       setting=dict(k=20, delay=10, streams=200), fails=dict(k=10))
@claim("07 §6", "From these starts k = 12, twice the delay, learns in nearly every run", sizes=UNITS,
       holds="nearly every", setting=dict(k=12, kind="orthogonal"), fails=dict(k=6))
@claim("07 card", "at k1 = k2 twice the lag, in nearly every run (echo of 6, 16 to 64 units, 60 streams)",
       sizes=UNITS, holds="nearly every", setting=dict(k=12, kind="orthogonal"), fails=dict(k=6))
@claim("07 §6", "There k = 12 learns the echo in nearly every run.", sizes=(16,), holds="nearly every",
       setting=dict(k=12, kind="faint"), fails=dict(k=6))
@claim("07 §6", "The full gradient learns the echo in nearly every run.", sizes=(16,), holds="nearly every",
       setting=dict(k=48, kind="orthogonal"), fails=dict(k=6))
def learns(seed, H, k, kind="drawn", delay=6, streams=60):
    return echo_loss(k, seed, H, kind, delay=delay, streams=streams) < 0.1


@claim("07 §6", "There k = 6 misses the echo in nearly every run, because the inputs are faint", sizes=(16,),
       holds="nearly every", setting=dict(kind="faint"), control=dict(kind="drawn"))
def misses(seed, H, kind):
    return not learns(seed, H, 6, kind)


@claim("07 §6", "after 60, as above, it misses it in most runs.", sizes=(16,), holds="most",
       fails=dict(streams=200))
def too_few_streams(seed, H, streams=60):
    return not learns(seed, H, 20, delay=10, streams=streams)


@claim("07 §6", "The read-out alone always ends below 0.2:", sizes=(16, 32, 64), holds="always",
       setting=dict(frozen=True), fails=dict(gain=0.5))
@claim("07 card", "a network whose read-out alone is trained always ends below 0.2 (echo of 6, 16 to 64 "
       "units)", sizes=(16, 32, 64), holds="always", setting=dict(frozen=True), fails=dict(gain=0.5))
@claim("07 §6", "With the window of 5 the loss never does, because its gradient moves the other weights",
       sizes=(16, 32, 64), holds="never", setting=dict(frozen=False), control=dict(frozen=True))
def ends_low(seed, H, frozen, gain=1.0):
    return echo_loss(5, seed, H, "orthogonal", frozen=frozen, gain=gain) < 0.2


def cue(B, rng, T=20):
    """As in the lesson: the cue in channel 0 at step 1, noise in channel 1, the loss at the last step."""
    x, target = np.zeros((T, B, 2)), np.zeros((T, B, 1))
    x[0, :, 0] = target[-1, :, 0] = rng.choice([-1.0, 1.0], size=B)
    x[:, :, 1] = 0.3 * rng.standard_normal((T, B))
    return x, target, losses.last_step_mask(np.full(B, T), T)


@claim("07 §6", "Yet with the weights as drawn, k = 4 learns the task in most runs.", sizes=(16,),
       holds="most", setting=dict(k=4, factor=1.0), fails=dict(factor=0.0))
@claim("07 §6", "Where the cue's weights are zero, k = 4 never learns it:", sizes=(16,), holds="never",
       setting=dict(k=4, factor=0.0), fails=dict(factor=1.0))
@claim("07 §6", "The full gradient learns it even then, in nearly every run.", sizes=(16,),
       holds="nearly every", setting=dict(k=20, factor=0.0), fails=dict(k=4))
def learns_cue(seed, H, k, factor):
    rng = np.random.default_rng(seed)
    params = rnn.init(2, H, 1, rng)
    params["W_xh"][:, 0] *= factor
    params, _ = truncated.fit(rnn, params, (cue(16, rng) for _ in range(200)), losses.squared_error, 0.01,
                              k, k)
    x, target, mask = cue(256, np.random.default_rng(99))
    return losses.squared_error(rnn.forward(params, x).y, target, mask, "mean")[0] < 0.1


# --- section 7: one long series ---

@functools.cache
def texts():
    """Training text and answers, new text and answers, as in the lesson."""
    towns = datasets.italian_towns()
    np.random.default_rng(0).shuffle(towns)
    return *strips(towns[:6000], 32), *strips(towns[6000:], 16)


def strips(names, B):
    letters = np.array([datasets.ALPHABET.index(letter) for letter in "." + ".".join(names) + "."])
    T = (len(letters) - 1) // B
    return np.eye(27)[letters[:T * B].reshape(B, T).T], letters[1:T * B + 1].reshape(B, T).T


def validation(params, k=None):
    *_, x, answers = texts()
    k = k or len(x)
    return sum(losses.cross_entropy(rnn.forward(params, x[s:s + k]).y, answers[s:s + k])[0]
               for s in range(0, len(x), k)) / answers.size


def stateful_run(k, seed, H):
    """Validation losses: trained with carried state; trained with reset, then carried; reset all along."""
    rng = np.random.default_rng(seed)
    start = rnn.init(27, H, 27, rng)
    xs, ys = (np.concatenate([series] * 3)[:240 * k] for series in texts()[:2])
    carried, _ = truncated.fit(rnn, start, [(xs, ys, None)], losses.cross_entropy, 0.01, k, k)
    pieces = ((xs[s:s + k], ys[s:s + k], None) for s in range(0, 240 * k, k))
    reset, _ = training.fit(rnn, start, pieces, losses.cross_entropy, 0.01)
    return validation(carried), validation(reset), validation(reset, k)


@claim("07 §7", "With pieces of two, the carried state is more than 0.05 ahead of both others in nearly "
       "every run.", sizes=(24,), holds="nearly every", setting=dict(k=2), fails=dict(k=16))
@claim("07 §7", "With pieces of 16, longer than a name usually is, it never is.", sizes=(24,),
       holds="never", setting=dict(k=16), fails=dict(k=2))
def carried_is_ahead(seed, H, k):
    carried, *others = stateful_run(k, seed, H)
    return carried + 0.05 < min(others)


# --- section 9: cuts at random ---

@functools.cache
def shares(seed, H, T, gain=1.0):
    """What the loss of each step leaves at each step, (T, T, H, H), in the lesson's network. gain: of W_hh;
    at 1 it is orthogonal, and the gradient lives.
    """
    rng = np.random.default_rng(seed)
    params, x, h0, target = gradcheck.random_problem(rng, T=12, B=3, D=2, H=H, O=5)
    params = {**params, "W_hh": initialisation.orthogonal(H, rng, gain), "W_xh": 0.1 * params["W_xh"],
              "b_h": 0.1 * params["b_h"]}
    run = rnn.forward(params, x[:T, :1], 0.1 * h0[:1])
    dy = losses.squared_error(run.y, target[:T, :1])[1]
    only = (dy * (np.arange(T) == t)[:, None, None] @ params["W_hy"] for t in range(T))
    return np.array([rnn.through_time(params, run, one)[1].swapaxes(1, 2) @ run.h[:-1] for one in only])


def relative(found, whole):
    return np.sqrt((found ** 2).sum(axis=(-2, -1)) / (whole ** 2).sum())


@claim("07 §9", "At c = 0.3 the mean without factors is off by more than a quarter of the full gradient's "
       "length in nearly every such network.", sizes=(4, 8, 16), holds="nearly every", fails=dict(c=0.1))
def off_without_factors(seed, H, c=0.3):
    P = shares(seed, H, 8)
    lost = sum((1 - (1 - c) ** (t - s)) * P[t, s] for t in range(8) for s in range(t + 1))
    return relative(lost, P.sum(axis=(0, 1))) > 0.25


def spread(P, c):
    """Of the gradient with cuts at random, over all patterns of cuts, in units of the full gradient."""
    T, whole = len(P), P.sum(axis=(0, 1))
    z = np.array(list(itertools.product((0, 1), repeat=T - 1)))
    found = sum((z[:, s:t] / (1 - c)).prod(axis=1)[:, None, None] * P[t, s]
                for t in range(T) for s in range(t + 1))
    return np.sqrt(np.where(z, 1 - c, c).prod(axis=1) @ relative(found - whole, whole) ** 2)


@claim("07 §9", "The spread of 12 steps is more than a fifth larger than that of 4 in nearly every network "
       "through which the gradient lives:", sizes=(4, 8, 16), holds="nearly every", fails=dict(gain=0.5))
def spread_grows(seed, H, gain=1.0):
    return spread(shares(seed, H, 12, gain), 0.3) > 1.2 * spread(shares(seed, H, 4, gain), 0.3)
