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


@claim("05 §3", "SGD, just under its limit of 0.08, always jumps across this ravine", sizes=(2,),
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


@claim("05 §3", "momentum is the lower one in 27 of 60 runs with 8 units", sizes=(8,), holds="27 of 60",
       fails=dict(momentum=0.1))
def momentum_below_adam(seed, H, momentum=0.3):
    return final_loss("momentum", momentum, seed, H) < final_loss("adam", 0.1, seed, H)


@claim("05 §3", "with 16 units Adam is lower in most", sizes=(16,), holds="most", fails=dict(adam=0.01))
def adam_below_momentum(seed, H, adam=0.1):
    return final_loss("adam", adam, seed, H) < final_loss("momentum", 0.3, seed, H)


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


@claim("05 §5", "the autoregression wins against most starts", sizes=(4, 8, 16), holds="most",
       fails=dict(period="training"))
def loses(seed, H, period="held out"):
    return network_errors(seed, H, 0.01, "tanh")[period] > linear_errors()[period]


@claim("05 §5", "with 8 ReLU units the network wins from 49 of 60 starts", sizes=(8,), holds="49 of 60",
       fails=dict(activation="tanh"))
def wins(seed, H, activation="relu"):
    return network_errors(seed, H, 0.01, activation)["held out"] < linear_errors()["held out"]


@claim("05 §5", "In nearly every network of 8 and more units the error in these six years is more than 1.2 "
       "times the autoregression's.", sizes=(8, 12, 16), holds="nearly every", fails=dict(activation="relu"))
def worse_beyond(seed, H, activation="tanh"):
    return network_errors(seed, H, 0.01, activation)["beyond"] > 1.2 * linear_errors()["beyond"]


@claim("05 §5", "In all other years the error is less than 1.2 times the autoregression's in nearly every "
       "network.", sizes=(4, 8, 16), holds="nearly every", fails=dict(period="beyond"))
def level_elsewhere(seed, H, period="others"):
    return network_errors(seed, H, 0.01, "tanh")[period] < 1.2 * linear_errors()[period]


# --- section 7: wrong gradients ---

@functools.cache
def sunspot_loss(backward, seed, H, updates=150):
    """RMSE on the training years after some updates."""
    data = sunspots()
    batches = [(data.x[:, data.train], data.target[:, data.train], data.mask[:, data.train])] * updates
    params = rnn.init(1, H, 1, np.random.default_rng(seed))
    _, history = training.fit(trained_with(backward), params, batches, losses.squared_error, 0.01)
    return data.std * np.sqrt(2 * history["loss"][-1])


@claim("05 §7", "On the left, with up to 8 units, the two end within 10 % of each other in nearly every run",
       sizes=(4, 6, 8),
       holds="nearly every", fails=dict(backward=FUTURE))
def hard_to_tell(seed, H, backward=TWICE):
    return abs(sunspot_loss(backward, seed, H) / sunspot_loss("right", seed, H) - 1) < 0.1


@claim("05 §7", "the wrong one ends lower in 28 of 60 runs", sizes=(8,), holds="28 of 60",
       fails=dict(backward=FUTURE))
def wrong_is_lower(seed, H, backward=TWICE):
    return sunspot_loss(backward, seed, H) < sunspot_loss("right", seed, H)


@claim("05 §7", "On random problems of this length, six steps, it always finds both mistakes and "
       "clears the right gradient.", sizes=(3, 5, 8), holds="always", fails=dict(wrong=("right",)))
def check_finds(seed, H, wrong=(TWICE, FUTURE)):
    problem = gradcheck.random_problem(np.random.default_rng(seed), H=H)
    numeric = gradcheck.complex_step(gradcheck.rnn_loss(problem), problem.variables())
    cache = rnn.forward(problem.params, problem.x, problem.h0)
    _, dy = losses.squared_error(cache.y, problem.target)

    def agrees(backward):
        grads = trained_with(backward).backward(problem.params, cache, dy)
        return all(np.allclose(grads[name], numeric[name], atol=1e-10) for name in grads)

    return agrees("right") and not any(map(agrees, wrong))


def read_out_gradients(params, cache, dy):
    """The right gradients of W_hy and b_y, zeros for all others."""
    return {name: g if name in ("W_hy", "b_y") else 0 * g
            for name, g in rnn.backward(params, cache, dy).items()}


of_read_out = SimpleNamespace(forward=rnn.forward, backward=read_out_gradients)


@functools.cache
def echo_losses(backward, delay, seed, H):
    """Losses of 400 updates of the delayed echo, as means over the first and the last 20."""
    rng = np.random.default_rng(seed)
    params = rnn.init(1, H, 1, rng)
    batches = (datasets.delayed_echo(10, 16, delay, rng) for _ in range(400))
    cell = of_read_out if backward == "read-out" else trained_with(backward)
    _, history = training.fit(cell, params, batches, losses.squared_error, 0.01)
    return history["loss"][:20].mean(), history["loss"][-20:].mean()


@claim("05 §7", "With delay 3 and 5 to 8 units the broken one ends with more than ten times the loss of the "
       "right one in nearly every run", sizes=(5, 6, 8), holds="nearly every", fails=dict(delay=0))
def broken_is_worse(seed, H, delay=3):
    return echo_losses(FUTURE, delay, seed, H)[1] > 10 * echo_losses("right", delay, seed, H)[1]


@claim("05 §7", "With delay 0 and 5 to 8 units all three end below 0.02 in nearly every run.",
       sizes=(5, 6, 8), holds="nearly every", fails=dict(delay=3))
def all_three_solve_it(seed, H, delay=0):
    return all(echo_losses(way, delay, seed, H)[1] < 0.02 for way in ("right", FUTURE, "read-out"))


@claim("05 §7", "With 64 units the broken one ends below 0.01 in nearly every run", sizes=(64,),
       holds="nearly every", fails=dict(delay=9))
@claim("05 card", "with the future dropped, 64 units learn an echo of three steps in nearly every run",
       sizes=(64,), holds="nearly every", fails=dict(delay=9))
@claim("05 §7", "so does the read-out alone in nearly every run", sizes=(64,), holds="nearly every",
       setting=dict(way="read-out"), fails=dict(delay=9))
def many_units_remember(seed, H, delay=3, way=FUTURE):
    return echo_losses(way, delay, seed, H)[1] < 0.01


# --- section 9: curvature ---

@functools.cache
def around_a_minimum(seed, H):
    """(gradient, theta, sharpest curvature, its direction): a network whose own outputs are its target."""
    rng = np.random.default_rng(seed)
    teacher = rnn.init(1, H, 1, rng)
    x, _, _ = datasets.delayed_echo(12, 32, 3, rng)
    outputs, ends = rnn.forward(teacher, x).y, np.cumsum([p.size for p in teacher.values()])[:-1]

    def gradient(theta):
        pieces = zip(teacher, np.split(theta, ends))
        params = {name: piece.reshape(teacher[name].shape) for name, piece in pieces}
        run = rnn.forward(params, x)
        grads = rnn.backward(params, run, losses.squared_error(run.y, outputs, reduction="mean")[1])
        return np.concatenate([grads[name].ravel() for name in params])

    theta = np.concatenate([p.ravel() for p in teacher.values()])
    return gradient, theta, *sharpest(gradient, theta, 100)


def sharpest(gradient, theta, products):
    """(curvature, direction): power iteration with complex steps, from a random direction."""
    u = np.random.default_rng(0).standard_normal(theta.size)
    u = u / np.linalg.norm(u)
    for _ in range(products):
        after = np.imag(gradient(theta + 1e-100j * u)) / 1e-100
        curvature, u = u @ after, after / np.linalg.norm(after)
    return curvature, u


def distances(seed, H, share, updates):
    """The distance from the minimum after 0, 1, 2 ... updates at a share of the limit."""
    gradient, minimum, curvature, u = around_a_minimum(seed, H)
    theta, found = minimum + 1e-6 * u, [1e-6]
    for _ in range(updates):
        theta = theta - share * 2 / curvature * gradient(theta)
        found.append(np.linalg.norm(theta - minimum))
    return np.array(found)


@claim("05 §9", "At first the distance is multiplied by $|1 - \\eta\\lambda_{\\max}|$, to within 5 %, in "
       "nearly every network.", sizes=(4, 8, 16), holds="nearly every", fails=dict(off=1.1))
def factor_is_predicted(seed, H, off=1.0):
    def within(share):
        found = distances(seed, H, share, 5)
        return np.allclose(found[1:] / found[:-1], abs(1 - 2 * share * off), rtol=0.05)

    return all(map(within, (0.75, 0.9, 1.1, 1.25)))


@claim("05 §9", "Pushed along this direction, gradient descent always comes closer at 0.9 of the limit, "
       "and always leaves at 1.1.", sizes=(4, 8, 16), holds="always", fails=dict(above=0.95))
def leaves_above_the_limit(seed, H, below=0.9, above=1.1):
    return distances(seed, H, below, 20)[-1] < 1e-6 < distances(seed, H, above, 20)[-1]


@claim("05 §9", "After 400 updates at 1.1 the sharpest curvature is smaller than at the minimum that was "
       "left, in nearly every network", sizes=(4, 8, 16), holds="nearly every", fails=dict(share=0.9))
def flatter_afterwards(seed, H, share=1.1):
    gradient, theta, curvature, u = around_a_minimum(seed, H)
    theta = theta + 1e-6 * u
    for _ in range(400):
        theta = theta - share * 2 / curvature * gradient(theta)
        if np.abs(theta).max() > 1e3:
            return False                                # it ran away
    return sharpest(gradient, theta, 100)[0] < 0.99 * curvature
