"""Lesson 05: which optimiser is ahead, who forecasts sunspots, and what a wrong gradient spoils."""

import functools
from types import SimpleNamespace

import numpy as np

from exercises.formulas.specimens import SPECIMENS
from helpers import baselines, datasets, gradcheck, losses, optimisers, rnn, training
from tests.claims.claim import claim

WIDE = (8, 12, 16)              # units of the networks of section 3
FUTURE = "dropped-future-term"
TWICE = "extra-tanh-derivative-in-dh_later"


def trained_with(backward, activation="tanh"):
    """A cell whose gradient comes from this backward pass, a name in SPECIMENS or "right"."""
    return SimpleNamespace(forward=functools.partial(rnn.forward, activation=activation),
                           backward=rnn.backward if backward == "right" else SPECIMENS[backward])


# --- section 3: optimisers ---

@claim("05 §3", "Without correction the first step is always about three times too long", sizes=(4,),
       holds="always", fails=dict(beta2=0.99))
def too_long(seed, size, beta2=0.999):
    g = np.random.default_rng(seed).standard_normal(size)
    first, (_, m, v) = optimisers.adam({"p": 0 * g}, {"p": g}, None, 0.1, beta2=beta2)
    return all(abs(0.1 * m["p"] / np.sqrt(v["p"]) / -first["p"] - 3.16) < 0.01)


@claim("05 §3", "SGD, just under its limit of 0.08, always jumps across the ravine at every step", sizes=(2,),
       holds="always", fails=dict(rate=0.03))
def jumps_across(seed, size, rate=0.07):
    p, sides = {"p": np.random.default_rng(seed).standard_normal(size)}, []
    for _ in range(40):
        sides.append(np.sign(p["p"][1]))
        p, _ = optimisers.sgd(p, {"p": np.array([1.0, 25.0]) * p["p"]}, None, rate)
    return all(before == -after for before, after in zip(sides, sides[1:]))


@functools.cache
def final_loss(name, rate, seed, H):
    """Mean loss over the last 20 of 120 updates on the delayed echo; infinite if the training breaks off."""
    rng = np.random.default_rng(seed)
    params = rnn.init(1, H, 1, rng)
    batches = (datasets.delayed_echo(8, 16, 3, rng) for _ in range(120))
    _, history = training.fit(rnn, params, batches, losses.squared_error, rate, getattr(optimisers, name),
                              max_norm=None)
    return history["loss"][-20:].mean()


@claim("05 §3", "At 0.01 Adam is ahead in nearly every run.", sizes=WIDE, holds="nearly every",
       fails=dict(rate=0.3))
def adam_ahead(seed, H, rate=0.01):
    return final_loss("adam", rate, seed, H) < min(final_loss(name, rate, seed, H)
                                                   for name in ("sgd", "momentum"))


@claim("05 §3", "In most runs momentum at 0.01 ends within a factor of two of SGD at 0.1, as "
       "$1/(1-\\beta) = 10$ says.", sizes=WIDE, holds="most", fails=dict(rate=0.03))
def momentum_is_faster_descent(seed, H, rate=0.01):
    return 0.5 < final_loss("momentum", rate, seed, H) / final_loss("sgd", 0.1, seed, H) < 2


@claim("05 §3", "there momentum and Adam end below SGD in nearly every run", sizes=WIDE,
       holds="nearly every", fails=dict(momentum=0.01))
def both_below_descent(seed, H, momentum=0.3, adam=0.1):
    return final_loss("sgd", 0.3, seed, H) > max(final_loss("momentum", momentum, seed, H),
                                                 final_loss("adam", adam, seed, H))


@claim("05 §3", "momentum is the lower one in 27 of 60 runs", sizes=(8,), holds="27 of 60",
       fails=dict(momentum=0.1))
def momentum_below_adam(seed, H, momentum=0.3):
    return final_loss("momentum", momentum, seed, H) < final_loss("adam", 0.1, seed, H)


@claim("05 §3", "in most runs it ends higher at 0.3 than at 0.1", sizes=WIDE, holds="most",
       fails=dict(name="momentum"))
def three_times_is_too_much(seed, H, name="adam"):
    return final_loss(name, 0.3, seed, H) > final_loss(name, 0.1, seed, H)


# --- section 5: sunspots ---

@functools.cache
def sunspots():
    """The series in windows as the lesson scales them, and the years they forecast."""
    years, numbers = datasets.sunspots()
    seen = years <= 1920
    mean, std = numbers[seen].mean(), numbers[seen].std()
    x, target = datasets.windows((numbers - mean) / std, 12)
    year = years[12:]
    train, held_out = year <= 1920, year > 1955
    beyond = held_out & (x[-1, :, 0] * std + mean > numbers[seen].max())
    return SimpleNamespace(x=x, target=target, train=train, std=std, first=target[-1, :, 0],
                           mask=losses.last_step_mask(np.full(x.shape[1], 12), 12), periods={
                               "training": train, "validation": (year > 1920) & (year <= 1955),
                               "held out": held_out, "beyond": beyond, "others": held_out & ~beyond})


def errors(forecast):
    """RMSE of a forecast in each period."""
    data = sunspots()
    return {name: data.std * np.sqrt(np.mean((forecast - data.first)[period] ** 2))
            for name, period in data.periods.items()}


@functools.cache
def linear_errors():
    """RMSE of the autoregression in each period."""
    data = sunspots()
    return errors(baselines.forecasts(data.x[:, data.train], data.first[data.train],
                                      data.x)["autoregression"])


@functools.cache
def network_errors(seed, H, rate, activation):
    """RMSE in each period of a network at its best moment on the validation years."""
    data, cell = sunspots(), trained_with("right", activation)
    params, tried = rnn.init(1, H, 1, np.random.default_rng(seed)), []
    for _ in range(10):
        batches = [(data.x[:, data.train], data.target[:, data.train], data.mask[:, data.train])] * 20
        params, _ = training.fit(cell, params, batches, losses.squared_error, rate)
        tried.append(errors(cell.forward(params, data.x).y[-1, :, 0]))
    return min(tried, key=lambda one: one["validation"])


@claim("05 §5", "With 8 units at 0.01 the autoregression wins against 47 of 60 starts", sizes=(8,),
       holds="47 of 60", fails=dict(activation="relu"))
@claim("05 §5", "With 4 units at 0.03 it wins against 35 of 60", sizes=(4,), holds="35 of 60",
       setting=dict(rate=0.03), fails=dict(period="training"))
def loses(seed, H, rate=0.01, activation="tanh", period="held out"):
    return network_errors(seed, H, rate, activation)[period] > linear_errors()[period]


@claim("05 §5", "In nearly every network the error in these six years is more than 1.2 times the "
       "autoregression's, because a $\\tanh$ unit cannot grow beyond 1", sizes=(8, 16), holds="nearly every",
       control=dict(activation="relu"))
def worse_beyond(seed, H, activation="tanh"):
    return network_errors(seed, H, 0.01, activation)["beyond"] > 1.2 * linear_errors()["beyond"]


@claim("05 §5", "In all other years most networks have the smaller error.", sizes=(8,),
       holds="most", fails=dict(rate=0.001))
def better_elsewhere(seed, H, rate=0.01):
    return network_errors(seed, H, rate, "tanh")["others"] < linear_errors()["others"]


# --- section 7: wrong gradients ---

@functools.cache
def sunspot_loss(backward, seed, H, updates=150):
    """RMSE on the training years after some updates."""
    data = sunspots()
    batches = [(data.x[:, data.train], data.target[:, data.train], data.mask[:, data.train])] * updates
    params = rnn.init(1, H, 1, np.random.default_rng(seed))
    _, history = training.fit(trained_with(backward), params, batches, losses.squared_error, 0.01)
    return data.std * np.sqrt(2 * history["loss"][-1])


@claim("05 §7", "On the left the two end within 10 % of each other in nearly every run", sizes=(4, 8),
       holds="nearly every", fails=dict(backward=FUTURE))
def hard_to_tell(seed, H, backward=TWICE):
    return abs(sunspot_loss(backward, seed, H) / sunspot_loss("right", seed, H) - 1) < 0.1


@claim("05 §7", "the wrong one ends lower in 28 of 60 runs", sizes=(8,), holds="28 of 60",
       fails=dict(backward=FUTURE))
def wrong_is_lower(seed, H, backward=TWICE):
    return sunspot_loss(backward, seed, H) < sunspot_loss("right", seed, H)


@claim("05 card", "with the future dropped, networks beat the autoregression on the sunspots' training years "
       "in nearly every run.", sizes=(8, 16), holds="nearly every", fails=dict(updates=20))
def falls_anyway(seed, H, updates=150):
    return sunspot_loss(FUTURE, seed, H, updates) < linear_errors()["training"]


@claim("05 §7", "It always finds both mistakes and clears the right gradient", sizes=(3, 5, 8),
       holds="always", fails=dict(wrong=("right",)))
def check_finds(seed, H, wrong=(TWICE, FUTURE)):
    problem = gradcheck.random_problem(np.random.default_rng(seed), H=H)
    numeric = gradcheck.complex_step(gradcheck.rnn_loss(problem), problem.variables())
    cache = rnn.forward(problem.params, problem.x, problem.h0)
    _, dy = losses.squared_error(cache.y, problem.target)

    def agrees(backward):
        grads = trained_with(backward).backward(problem.params, cache, dy)
        return all(np.allclose(grads[name], numeric[name], atol=1e-10) for name in grads)

    return agrees("right") and not any(map(agrees, wrong))


@functools.cache
def echo_losses(backward, delay, seed, H):
    """Losses of 400 updates of the delayed echo, as means over the first and the last 20."""
    rng = np.random.default_rng(seed)
    params = rnn.init(1, H, 1, rng)
    batches = (datasets.delayed_echo(10, 16, delay, rng) for _ in range(400))
    _, history = training.fit(trained_with(backward), params, batches, losses.squared_error, 0.01)
    return history["loss"][:20].mean(), history["loss"][-20:].mean()


@claim("05 §7", "With delay 3 and few units the broken one ends with more than ten times the loss of the "
       "right one in nearly every run", sizes=(5, 8), holds="nearly every", fails=dict(delay=0))
def broken_is_worse(seed, H, delay=3):
    return echo_losses(FUTURE, delay, seed, H)[1] > 10 * echo_losses("right", delay, seed, H)[1]


@claim("05 §7", "With 64 units the broken one ends below 0.01 in nearly every run", sizes=(64,),
       holds="nearly every", fails=dict(delay=9))
def many_units_remember(seed, H, delay=3):
    return echo_losses(FUTURE, delay, seed, H)[1] < 0.01
