"""Lesson 06: which gradients survive, and who learns a delay."""

import numpy as np

from helpers import clip, ladder, losses, optimisers, rnn
from helpers.pathologies import initialisation, jacobians
from tests.claims.claim import claim

WIDE = (30, 60, 120)            # units of the random networks of section 4
TRAINED = (12, 20, 32)          # and of those that learn a delay in section 8


# --- section 4: slopes ---

def length(radius, activation, seed, H, size=0.5, lag=50):
    """log10 of a gradient's length ``lag`` steps back, of length 1 at the start, as the maps show it."""
    return jacobians.log_length_by_lag(radius, activation, seed, H=H, input_size=size)[lag]


@claim("06 §4", "In nearly every $\\tanh$ network, inputs ten times as large leave less than a hundredth of "
       "it, because they saturate the units.", sizes=WIDE, holds="nearly every",
       control=dict(activation="identity"))
@claim("06 card", "with inputs ten times as large, gradients are far shorter in nearly every network",
       sizes=WIDE, holds="nearly every", fails=dict(activation="identity"))
def larger_inputs_shorten(seed, H, activation="tanh"):
    small, large = (length(1.3, activation, seed, H, size, lag=20) for size in (1.0, 10.0))
    return large < small - 2


@claim("06 §4", "Linear: 50 steps back the gradient is always shorter at radius 0.9 and longer at 1.1.",
       sizes=WIDE, holds="always", fails=dict(activation="tanh"))
def linear_turns_near_one(seed, H, activation="identity"):
    return length(0.9, activation, seed, H) < 0 < length(1.1, activation, seed, H)


@claim("06 §4", "At radius 1.4 the gradient is still shorter in every $\\tanh$ network, because slopes below "
       "1 shrink it.", sizes=WIDE, holds="always", setting=dict(radius=1.4, activation="tanh"),
       control=dict(activation="identity"))
@claim("06 §4", "With ReLU, at radius 1.1 it is shorter in nearly every network, because units that are off "
       "pass nothing.", sizes=WIDE, holds="nearly every", setting=dict(radius=1.1, activation="relu"),
       control=dict(activation="identity"))
@claim("06 §4", "With very strong inputs it is shorter at radius 2 in nearly every network.",
       sizes=WIDE, holds="nearly every", setting=dict(radius=2.0, activation="tanh", size=2.0),
       fails=dict(size=0.1))
def shorter(seed, H, radius, activation, size=0.5):
    return length(radius, activation, seed, H, size) < 0


@claim("06 §4", "At radius 2 it is longer in most.", sizes=WIDE, holds="most", setting=dict(radius=2.0),
       fails=dict(radius=1.4))
@claim("06 §4", "For $\\tanh$, with weak inputs the gradient is longer at radius 2 in most networks.",
       sizes=WIDE, holds="most", setting=dict(radius=2.0, size=0.1), fails=dict(size=2.0))
def longer(seed, H, radius, size=0.5):
    return length(radius, "tanh", seed, H, size) > 0


@claim("06 §4", "at radius 2 it is more than ten times as long as with $\\tanh$ in nearly every network.",
       sizes=WIDE, holds="nearly every", fails=dict(radius=1.0))
def relu_grows_further(seed, H, radius=2.0):
    return length(radius, "relu", seed, H) > length(radius, "tanh", seed, H) + 1


@claim("06 §4", "ReLU hardly does: in nearly every network, weak and very strong inputs give lengths that "
       "differ by less than a factor of ten.",
       sizes=WIDE, holds="nearly every", fails=dict(activation="tanh"))
def size_hardly_matters(seed, H, activation="relu"):
    return abs(length(1.5, activation, seed, H, 0.1) - length(1.5, activation, seed, H, 2.0)) < 1


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


@claim("06 §8", "With gain 1, orthogonal and identity starts keep more than a hundredth of it in nearly "
       "every $\\tanh$ network.", sizes=TRAINED, holds="nearly every", fails=dict(gain=0.5))
def rotations_keep(seed, H, gain=1.0):
    return all(left(kind, gain, "tanh", seed, H) > 0.01 for kind in ("orthogonal", "identity"))


@claim("06 §8", "in most networks the same Gaussian start keeps more than ten times as much with $\\tanh$ as "
       "with ReLU.", sizes=TRAINED, holds="most", fails=dict(more="relu", less="tanh"))
def activation_decides(seed, H, more="tanh", less="relu"):
    return left("gaussian", 1.0, more, seed, H) > 10 * left("gaussian", 1.0, less, seed, H)


def updates_needed(kind, gain, activation, k, seed, H, noise=0.1, limit=150):
    """The number of updates until the delay is learned, in the lesson's settings; infinite if it is not."""
    params, rng = fresh(kind, gain, seed, H)
    memory, recent = None, []
    for update in range(1, limit + 1):
        x, target, mask = ladder.recall(k, 16, rng, noise)
        run = rnn.forward(params, x, activation=activation)
        loss, dy = losses.squared_error(run.y, target, mask, "mean")
        grads = rnn.backward(params, run, dy)
        grads, _ = clip.by_global_norm({name: grads[name] for name in params}, 1.0)
        params, memory = optimisers.adam(params, grads, memory, learning_rate=0.003)
        recent = [*recent, loss][-10:]
        if len(recent) == 10 and np.mean(recent) < 0.05:
            return update
    return np.inf


@claim("06 §8", "in nearly every run a Gaussian start learns a delay of 30 with gain 1 and misses it with "
       "gain 0.5.", sizes=TRAINED, holds="nearly every", fails=dict(high=0.5))
@claim("06 card", "in nearly every run a Gaussian start learns a delay of 30 with gain 1 and misses it with "
       "gain 0.5", sizes=TRAINED, holds="nearly every", fails=dict(high=0.5))
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
       holds="nearly every", fails=dict(noise=0.1))
def noise_slows_relu(seed, H, noise=0.3):
    needed = [updates_needed("identity", 1.0, "relu", 30, seed, H, size) for size in (noise, 0.1)]
    return needed[0] > needed[1]


# --- section 8: what can wait: the curse of memory, and chaos ---

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


@claim("06 §8", "From 0.9 to 0.99 the rms of the state grows by less than a factor of 5, and that of its "
       "derivative by more than 20, in nearly every sample of sequences.", sizes=SAMPLES,
       holds="nearly every", fails=dict(derivative="normalised"))
def derivative_outgrows_the_state(seed, B, derivative="derivative"):
    return growth("state", seed, B) < 5 and growth(derivative, seed, B) > 20


@claim("06 §8", "With the first remedy the derivative's rms still grows by more than a factor of 8 from 0.9 "
       "to 0.99 in nearly every sample", sizes=SAMPLES, holds="nearly every", fails=dict(what="by nu"))
def one_remedy_is_not_enough(seed, B, what="normalised"):
    return growth(what, seed, B) > 8


@claim("06 §8", "with both it changes by less than a factor of 1.3 in nearly every sample", sizes=SAMPLES,
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


@claim("06 §8", "At $r = 3.9$ the derivative through 100 steps or more is above $10^9$ in nearly every run",
       sizes=LONG, holds="nearly every", fails=dict(r=3.2))
def chaos_has_a_long_gradient(seed, steps, r=3.9):
    return abs(logistic(r, seed, steps)[1]) > 1e9


@claim("06 §8", "at $r = 3.2$ it is below 0.1 in nearly every run", sizes=LONG, holds="nearly every",
       fails=dict(r=3.9))
def a_cycle_has_a_short_gradient(seed, steps, r=3.2):
    return abs(logistic(r, seed, steps)[1]) < 0.1


@claim("06 §8", "from $r = 3.88$ to $3.92$, over 100 steps or more, it moves by less than 0.1 in nearly "
       "every run", sizes=LONG, holds="nearly every", fails=dict(low=1.5))
def the_mean_hardly_moves(seed, steps, low=3.88):
    return abs(logistic(3.92, seed, steps)[0] - logistic(low, seed, steps)[0]) < 0.1
