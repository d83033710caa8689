"""Lesson 06: which gradients survive, and who learns a delay."""

from functools import partial
from types import SimpleNamespace

import numpy as np

from exercises.formulas import specimens
from helpers import clip, ladder, losses, rnn
from helpers.gradcheck import random_problem
from helpers.pathologies import initialisation, jacobians
from tests.claims.claim import claim

ANY = (6, 30, 100)              # units of the random networks of sections 2 and 9
WIDE = (30, 60, 120)            # of section 4
LARGE = (30, 100, 300)          # of section 5
CLIPPED = (8, 16, 32)           # of those whose gradient is clipped in section 7
TRAINED = (12, 20, 32)          # and of those that learn a delay in section 8


# --- section 2: gradients become parallel ---

def jacobians_of(seed, H, T, rotation=False):
    """The Jacobians of a random network; with a rotation for W_hh its inputs are a tenth as large."""
    problem = random_problem(np.random.default_rng(seed), T=T, B=1, D=2, H=H, O=3)
    if rotation:
        problem.params["W_hh"] = initialisation.orthogonal(H, np.random.default_rng([seed, 2]))
    run = rnn.forward(problem.params, (0.1 if rotation else 1.0) * problem.x, problem.h0)
    return jacobians.one_step(problem.params, run)


def cosine(one, other):
    return abs(one @ other) / np.linalg.norm(one) / np.linalg.norm(other)


def cosine_at(lag, seed, H, rotation=False):
    """|cosine| of two random gradients, so many steps back."""
    g = np.random.default_rng([seed, 1]).standard_normal((2, H))
    for J in jacobians_of(seed, H, lag, rotation)[::-1]:
        g = g @ J
        g /= np.linalg.norm(g)
    return cosine(*g)


@claim("06 §2", "With 6 units and random weights, 40 steps are enough for a cosine above 0.9 in nearly every "
       "network.", sizes=(6,), holds="nearly every", fails=dict(lag=3))
def parallel(seed, H, lag=40):
    return cosine_at(lag, seed, H) > 0.9


@claim("06 §2", "With 100 units, 40 steps are too few in most networks", sizes=(100,), holds="most",
       fails=dict(lag=200))
@claim("06 §2", "With a rotation, small inputs and 30 units or more, 40 steps are too few in most networks.",
       sizes=(30, 60, 100), holds="most", setting=dict(rotation=True), fails=dict(lag=600))
def not_parallel(seed, H, lag=40, rotation=False):
    return cosine_at(lag, seed, H, rotation) < 0.9


@claim("06 §2", "once the first singular value is a thousand times the second, the cosine is above 0.9 in "
       "nearly every network.", sizes=ANY, holds="nearly every", fails=dict(ratio=2))
@claim("06 card", "once the first singular value is a thousand times the second, two gradients are parallel "
       "(cosine above 0.9) in nearly every network", sizes=ANY, holds="nearly every", fails=dict(ratio=2))
def a_gap_makes_parallel(seed, H, ratio=1000):
    g, P = np.random.default_rng([seed, 1]).standard_normal((2, H)), np.eye(H)
    for n, J in enumerate(jacobians_of(seed, H, T=2000)[::-1], 1):
        P = P @ J
        P /= np.abs(P).max()
        if n % 4 == 0:                                  # not every lag, to save time
            sigma = np.linalg.svd(P, compute_uv=False)
            if sigma[0] >= ratio * sigma[1]:
                return cosine(*(g @ P)) > 0.9
    return False


# --- section 4: slopes ---

def length(radius, activation, seed, H, size=0.5, lag=50):
    """log10 of a gradient's length ``lag`` steps back, of length 1 at the start, as the maps show it."""
    return jacobians.log_length_by_lag(radius, activation, seed, H=H, input_size=size)[lag]


@claim("06 §4", "In nearly every $\\tanh$ network, inputs of scale 10 in place of 1 leave less than a "
       "hundredth of the gradient, because they saturate the units.", sizes=WIDE, holds="nearly every",
       control=dict(activation="relu"))
@claim("06 card", "with inputs of scale 10 in place of 1, gradients 20 steps back are far shorter in nearly "
       "every network", sizes=WIDE, holds="nearly every", fails=dict(activation="relu"))
def larger_inputs_shorten(seed, H, activation="tanh"):
    small, large = (length(1.3, activation, seed, H, size, lag=20) for size in (1.0, 10.0))
    return large < small - 2


@claim("06 §4", "Linear: 50 steps back the gradient is always shorter at radius 0.9 and longer at 1.1.",
       sizes=WIDE, holds="always", fails=dict(activation="tanh"))
def linear_turns_near_one(seed, H, activation="identity"):
    return length(0.9, activation, seed, H) < 0 < length(1.1, activation, seed, H)


@claim("06 §4", "At radius 1.4 the gradient is still shorter in nearly every $\\tanh$ network, because "
       "slopes below 1 shrink it.", sizes=WIDE, holds="nearly every",
       setting=dict(radius=1.4, activation="tanh"), control=dict(activation="identity"))
@claim("06 §4", "With ReLU, at radius 1.1 it is shorter in nearly every network, because units that are off "
       "pass nothing.", sizes=WIDE, holds="nearly every", setting=dict(radius=1.1, activation="relu"),
       control=dict(activation="identity"))
@claim("06 §9", "at radius 0.7 the gradient of a linear network is always shorter.", sizes=WIDE,
       holds="always", setting=dict(radius=0.7, activation="identity"), fails=dict(radius=1.1))
@claim("06 §4", "With very strong inputs it is shorter at radius 2 in nearly every network.",
       sizes=WIDE, holds="nearly every", setting=dict(radius=2.0, activation="tanh", size=2.0),
       fails=dict(size=0.1))
def shorter(seed, H, radius, activation, size=0.5):
    return length(radius, activation, seed, H, size) < 0


@claim("06 §4", "At radius 2 it is longer in most.", sizes=WIDE, holds="most", setting=dict(radius=2.0),
       fails=dict(radius=1.4))
@claim("06 §9", "at radius 2, with weak inputs, it is longer in most $\\tanh$ networks.", sizes=WIDE,
       holds="most", setting=dict(radius=2.0, size=0.1), fails=dict(size=2.0))
@claim("06 §4", "For $\\tanh$, with weak inputs the gradient is longer at radius 2 in most networks.",
       sizes=WIDE, holds="most", setting=dict(radius=2.0, size=0.1), fails=dict(size=2.0))
def longer(seed, H, radius, size=0.5):
    return length(radius, "tanh", seed, H, size) > 0


@claim("06 §4", "at radius 2 it is more than ten times as long as with $\\tanh$ in nearly every network.",
       sizes=WIDE, holds="nearly every", fails=dict(radius=1.0))
def relu_grows_further(seed, H, radius=2.0):
    return length(radius, "relu", seed, H) > length(radius, "tanh", seed, H) + 1


@claim("06 §4", "For ReLU, in nearly every network, weak and very strong inputs give lengths that differ by "
       "less than a factor of ten.",
       sizes=WIDE, holds="nearly every", fails=dict(activation="tanh"))
def size_hardly_matters(seed, H, activation="relu"):
    return abs(length(1.5, activation, seed, H, 0.1) - length(1.5, activation, seed, H, 2.0)) < 1


# --- section 5: the largest exponent ---

def exponent(radius, size, seed, H):
    """The largest Lyapunov exponent as the lesson has it; for the first one, QR only sets its length to 1."""
    params, run = jacobians.random_run(radius, "tanh", seed, H=H, T=100, B=1, input_size=size)
    direction, total = np.eye(H)[0], 0.0
    for J in jacobians.one_step(params, run)[20:]:
        direction = J @ direction
        length = np.linalg.norm(direction)
        direction, total = direction / length, total + np.log(length)
    return total / 80


@claim("06 §5", "At radius 1 the exponent of $\\tanh$ is below zero in every network", sizes=LARGE,
       holds="always", setting=dict(radius=1.0, sizes=(0.1, 1.0)), fails=dict(radius=2.0))
@claim("06 §5", "at radius 1.6, its exponent is below zero in nearly every network.", sizes=LARGE,
       holds="nearly every", setting=dict(radius=1.6, sizes=(1.0,)), fails=dict(sizes=(0.1,)))
def below_zero(seed, H, radius, sizes):
    return all(exponent(radius, size, seed, H) < 0 for size in sizes)


@claim("06 §5", "With a weak input and 100 units or more, the exponent is above zero at radius 1.6 in most "
       "networks.", sizes=(100, 200, 300), holds="most", fails=dict(radius=1.2))
def above_zero(seed, H, radius=1.6):
    return exponent(radius, 0.1, seed, H) > 0


# --- section 7: ways to clip ---

LOOP = specimens.planted("clipping dh_later to one")


def exploded(seed, H, backward=rnn.backward, scale=1.0):
    """The gradients of a network as in the lesson, whose loss is multiplied by scale."""
    wild = random_problem(np.random.default_rng(seed), T=20, B=4, D=2, H=H, O=3)
    wild.params["W_hh"] = 2.5 * wild.params["W_hh"]
    run = rnn.forward(wild.params, wild.x, wild.h0)
    grads = backward(wild.params, run, scale * losses.squared_error(run.y, wild.target)[1])
    return {name: grads[name] for name in wild.params}


@claim("06 §7", "Clipped by value, the gradient is always longer than nine tenths of its bound.",
       sizes=CLIPPED, holds="always", fails=dict(limit=20.0))
def near_the_bound(seed, H, limit=0.2):
    grads = exploded(seed, H)
    bound = limit * np.sqrt(sum(g.size for g in grads.values()))
    return 0.9 < clip.global_norm(clip.by_value(grads, limit)) / bound < 1 + 1e-9


def turned(one, other):
    """The angle between two dicts of gradients, in degrees."""
    return np.degrees(np.arccos(min(1.0, clip.cosine(one, other))))


@claim("06 §7", "per array by more than 10 degrees in nearly every network like this one", sizes=CLIPPED,
       holds="nearly every", fails=dict(limit=1000.0))
def per_array_turns(seed, H, limit=1.0):
    grads = exploded(seed, H)
    return turned({name: clip.by_global_norm({name: g}, limit)[0][name] for name, g in grads.items()},
                  grads) > 10


@claim("06 §7", "by value by more than 30 degrees in every network.", sizes=CLIPPED, holds="always",
       fails=dict(limit=20.0))
def by_value_turns(seed, H, limit=0.2):
    grads = exploded(seed, H)
    return turned(clip.by_value(grads, limit), grads) > 30


@claim("06 §7", "in every network the result is longer than 50, for the shares of all steps and sequences "
       "still add up.", sizes=CLIPPED, holds="always", fails=dict(scale=0.02))
def the_loop_bounds_nothing(seed, H, scale=1.0):
    return clip.global_norm(exploded(seed, H, LOOP, scale)) > 50


@claim("06 §7", "The smaller the limit, the more it turns: at 0.2 always further than at 20.", sizes=CLIPPED,
       holds="always", fails=dict(small=0.002, large=0.02))
def smaller_turns_further(seed, H, small=0.2, large=20.0):
    grads = exploded(seed, H)
    return turned(clip.by_value(grads, small), grads) > turned(clip.by_value(grads, large), grads) + 1


# --- section 9: what early steps contribute ---

@claim("06 §9", "With a loss at the end, the first ten steps contribute less than a hundredth in nearly "
       "every network", sizes=ANY, holds="nearly every", setting=dict(at_the_end=True, low=0.0, high=0.01),
       fails=dict(T=12))
@claim("06 §9", "with a loss at every step, more than a tenth in nearly every network", sizes=ANY,
       holds="nearly every", setting=dict(at_the_end=False, low=0.1, high=1e9), fails=dict(at_the_end=True))
def early_share(seed, H, at_the_end, low, high, T=40):
    """Whether the share of dW_hh that the first ten steps contribute lies between low and high."""
    problem = random_problem(np.random.default_rng(seed), T=T, B=1, D=2, H=H, O=3)
    run = rnn.forward(problem.params, problem.x, problem.h0)
    dh = losses.squared_error(run.y, problem.target)[1] @ problem.params["W_hy"]
    if at_the_end:
        dh[:-1] = 0
    da = rnn.through_time(problem.params, run, dh)[1][:, 0]
    early, whole = (np.linalg.norm(da[:n].T @ run.h[:n, 0]) for n in (10, T))
    return low <= early / whole < high


# --- section 8: starts ---

def fresh(kind, gain, seed, H):
    """Parameters and generator of one start, as the lesson draws them."""
    rng = np.random.default_rng(seed)
    params = rnn.init(1, H, 1, rng)
    start = {"gaussian": lambda: initialisation.gaussian(H, rng, gain),
             "orthogonal": lambda: initialisation.orthogonal(H, rng, gain),
             "identity": lambda: initialisation.identity(H, gain)}[kind]
    return {**params, "W_hh": start()}, rng


def left(kind, gain, activation, seed, H, lag=30):
    """The share of the output's gradient that is left after ``lag`` steps: the median over 8 sequences."""
    params, rng = fresh(kind, gain, seed, H)
    run = rnn.forward(params, ladder.recall(lag + 1, 8, rng, 0.1)[0], activation=activation)
    by_lag = jacobians.gradient_by_lag(params, run, dh=np.tile(params["W_hy"], (8, 1)))
    return np.median(by_lag[lag] / by_lag[0])


@claim("06 §8", "with 0.5 less than a millionth of the gradient is left after 30 steps in nearly every "
       "network.", sizes=TRAINED, holds="nearly every", fails=dict(gain=1.0))
def half_a_gain_vanishes(seed, H, gain=0.5):
    return left("gaussian", gain, "tanh", seed, H) < 1e-6


@claim("06 §8", "Orthogonal and identity starts with gain 1 keep more than a hundredth of it in nearly "
       "every $\\tanh$ network.", sizes=TRAINED, holds="nearly every", fails=dict(gain=0.5))
def rotations_keep(seed, H, gain=1.0):
    return all(left(kind, gain, "tanh", seed, H) > 0.01 for kind in ("orthogonal", "identity"))


@claim("06 §8", "in most networks the same Gaussian start keeps more than ten times as much with $\\tanh$ as "
       "with ReLU.", sizes=TRAINED, holds="most", fails=dict(more="relu", less="tanh"))
def activation_decides(seed, H, more="tanh", less="relu"):
    return left("gaussian", 1.0, more, seed, H) > 10 * left("gaussian", 1.0, less, seed, H)


def updates_needed(kind, gain, activation, k, seed, H, noise=0.1):
    """The number of updates until the delay is learned, in the lesson's settings; infinite if it is not."""
    params, rng = fresh(kind, gain, seed, H)
    cell = SimpleNamespace(forward=partial(rnn.forward, activation=activation), backward=rnn.backward)
    return ladder.updates_needed(cell, params, k, rng, updates=150, noise=noise) or np.inf


@claim("06 §8", "in nearly every run a Gaussian start learns a delay of 30 with gain 1 and misses it with "
       "gain 0.5.", sizes=TRAINED, holds="nearly every", fails=dict(low=0.9))
@claim("06 card", "in nearly every run a Gaussian start learns a delay of 30 with gain 1 and misses it with "
       "gain 0.5", sizes=TRAINED, holds="nearly every", fails=dict(low=0.9))
def gain_decides(seed, H, high=1.0, low=0.5):
    return (updates_needed("gaussian", high, "tanh", 30, seed, H) < np.inf and
            updates_needed("gaussian", low, "tanh", 30, seed, H) == np.inf)


@claim("06 §8", "The identity learns 100 in nearly every run.", sizes=TRAINED, holds="nearly every",
       setting=dict(kind="identity", k=100), fails=dict(gain=0.5))
@claim("06 card", "the identity learns 100 in nearly every run", sizes=TRAINED, holds="nearly every",
       setting=dict(kind="identity", k=100), fails=dict(gain=0.5))
@claim("06 §8", "$\\tanh$ with the identity learns it again in nearly every run.", sizes=TRAINED,
       holds="nearly every", setting=dict(kind="identity", k=30, noise=0.3), fails=dict(gain=0.5))
def learns(seed, H, kind, k, gain=1.0, noise=0.1):
    return updates_needed(kind, gain, "tanh", k, seed, H, noise) < np.inf


@claim("06 §8", "With ReLU, the identity learns 30 in nearly every run.", sizes=TRAINED, holds="nearly every",
       fails=dict(kind="gaussian"))
@claim("06 card", "with ReLU, the identity learns 30 in nearly every run", sizes=TRAINED,
       holds="nearly every", fails=dict(kind="gaussian"))
def relu_identity_learns(seed, H, kind="identity"):
    return updates_needed(kind, 1.0, "relu", 30, seed, H) < np.inf


@claim("06 §8", "ReLU with the identity needs more updates than before in nearly every run", sizes=TRAINED,
       holds="nearly every", fails=dict(noise=0.05))
def noise_slows_relu(seed, H, noise=0.3):
    needed = [updates_needed("identity", 1.0, "relu", 30, seed, H, size) for size in (noise, 0.1)]
    return needed[0] > needed[1]


# --- section 10: the curse of memory, and chaos ---

SAMPLES = (100, 300, 900)       # sequences in a sample
LONG = (100, 200, 400)          # steps through the logistic map


def rms_by(what, a, seed, B, steps=2000):
    """The rms over B sequences of the unit's state or of a derivative, after so many steps of noise."""
    k, root = np.arange(float(steps)), np.sqrt(1 - a ** 2)
    plain = k * a ** (k - 1)
    weights = {"state": a ** k, "derivative": plain, "normalised": root * plain - a / root * a ** k}
    weights["by nu"] = a * np.log(a) * weights["normalised"]
    return np.sqrt(np.mean((np.random.default_rng(seed).standard_normal((B, steps)) @ weights[what]) ** 2))


def growth(what, seed, B):
    """The factor by which an rms grows from a = 0.9 to a = 0.99, on the same noise."""
    return rms_by(what, 0.99, seed, B) / rms_by(what, 0.9, seed, B)


@claim("06 §10", "From 0.9 to 0.99 the rms of the state grows by less than a factor of 5, and that of its "
       "derivative by more than 20, in nearly every sample of sequences.", sizes=SAMPLES,
       holds="nearly every", fails=dict(derivative="normalised"))
def derivative_outgrows_the_state(seed, B, derivative="derivative"):
    return growth("state", seed, B) < 5 and growth(derivative, seed, B) > 20


@claim("06 §10", "With the first remedy the derivative's rms still grows by more than a factor of 8 from 0.9 "
       "to 0.99 in nearly every sample", sizes=SAMPLES, holds="nearly every", fails=dict(what="by nu"))
def one_remedy_is_not_enough(seed, B, what="normalised"):
    return growth(what, seed, B) > 8


@claim("06 §10", "with both it changes by less than a factor of 1.3 in nearly every sample", sizes=SAMPLES,
       holds="nearly every", fails=dict(what="normalised"))
def both_remedies_keep_it(seed, B, what="by nu"):
    return abs(np.log(growth(what, seed, B))) < np.log(1.3)


def logistic(r, seed, steps):
    """The mean over time of the logistic map from a random start, and its derivative by r, forward."""
    h, s, total, moved = np.random.default_rng(seed).uniform(0.1, 0.9), 0.0, 0.0, 0.0
    for _ in range(steps):
        h, s = r * h * (1 - h), h * (1 - h) + r * (1 - 2 * h) * s
        total, moved = total + h, moved + s
    return total / steps, moved / steps


@claim("06 §10", "At $r = 3.9$ the derivative through 100 steps or more is above $10^9$ in nearly every run",
       sizes=LONG, holds="nearly every", fails=dict(r=3.2))
def chaos_has_a_long_gradient(seed, steps, r=3.9):
    return abs(logistic(r, seed, steps)[1]) > 1e9


@claim("06 §10", "at $r = 3.2$ it is below 0.1 in nearly every run", sizes=LONG, holds="nearly every",
       fails=dict(r=3.9))
def a_cycle_has_a_short_gradient(seed, steps, r=3.2):
    return abs(logistic(r, seed, steps)[1]) < 0.1


@claim("06 §10", "from $r = 3.88$ to $3.92$, over 100 steps or more, it moves by less than 0.1 in nearly "
       "every run", sizes=LONG, holds="nearly every", fails=dict(low=1.5))
def the_mean_hardly_moves(seed, steps, low=3.88):
    return abs(logistic(3.92, seed, steps)[0] - logistic(low, seed, steps)[0]) < 0.1
