"""Lesson 10: what 200 updates make of a cell, what a fold costs, and two sentences about every cell.

A seed is an id: it deals the cell. What is trained starts from five seeds, and the mean of their errors
counts; two claims are about a single start.
"""

import functools
import itertools
from types import SimpleNamespace

import numpy as np

from exercises import capstone
from exercises.capstone import tangents
from exercises.capstone.cell import Cell
from helpers import baselines, clip, ladder, losses, optimisers
from tests.claims.claim import claim
from tests.test_exercises import capstone_backward

FOLDS = ("sine", "window")
SIX = tuple(capstone.ACTIVATIONS)
STEADY = tuple(name for name in SIX if name not in FOLDS)       # f never falls


@functools.cache
def dealt(seed, among):
    """The variant of the id that comes at this place among the ids 0, 1, 2 ... with one of these f."""
    found = (capstone.project(id).variant for id in itertools.count())
    return next(itertools.islice((one for one in found if one.activation in among), seed, None))


# --- section 6: trained and untrained ---

def errors(params, variant, H):
    """RMSE of a forecast in each period."""
    task = capstone.sunspots()
    forecast = Cell(variant, params, task.x, np.zeros((task.x.shape[1], H))).run()[2][-1, :, 0]
    return [task.rmse(forecast, getattr(task, period)) for period in ("validation", "held_out")]


def trained(variant, seed, H, updates):
    """The training of exercise 10.8."""
    params, memory = capstone.Project("", variant).init(1, H, 1, np.random.default_rng(seed)), None
    task, backward = capstone.sunspots(), capstone_backward.backward(variant)
    x, target, mask = (array[:, task.train] for array in (task.x, task.target, task.mask))
    for _ in range(updates):
        a, h, y = Cell(variant, params, x, np.zeros((x.shape[1], H))).run()
        grads = backward(params, x, a, h, y, losses.squared_error(y, target, mask, "mean")[1])
        grads, _ = clip.by_global_norm({name: grads[name] for name in params}, 1.0)
        params, memory = optimisers.adam(params, grads, memory, 0.01)
    return params


@functools.cache
def trained_errors(variant, H, updates):
    """Mean over five seeds of the error on the validation years, and on the held-out years."""
    return np.mean([errors(trained(variant, seed, H, updates), variant, H) for seed in range(5)], axis=0)


@functools.cache
def untrained_errors(variant, H):
    """The same for the cell of which only the read-out is fitted."""
    task, project = capstone.sunspots(), capstone.Project("", variant)
    return np.mean([errors(capstone.fitted_readout(project, task, seed, H), variant, H) for seed in range(5)],
                   axis=0)


@functools.cache
def linear_errors():
    """The autoregression's errors on the validation years, and on the held-out years."""
    task = capstone.sunspots()
    forecast = baselines.forecasts(task.x[:, task.train], task.target[-1, task.train, 0],
                                   task.x)["autoregression"]
    return np.array([task.rmse(forecast, period) for period in (task.validation, task.held_out)])


@claim("10 §6", "Training beats the random weights in nearly every cell, on the validation years and on the "
       "held-out years", sizes=(8,), holds="nearly every", fails=dict(updates=20))
def training_pays(seed, H, updates=200):
    variant = dealt(seed, SIX)
    return all(trained_errors(variant, H, updates) < untrained_errors(variant, H))


@claim("10 §6", "Most cells whose $f$ never falls are better than the autoregression on the validation years "
       "and worse on the held-out years", sizes=(8,), holds="most",
       fails=dict(folds=True))
def wins_where_it_chose(seed, H, folds=False):
    validation, held_out = trained_errors(dealt(seed, FOLDS if folds else STEADY), H, 200) - linear_errors()
    return validation < 0 < held_out


@claim("10 §6", "In nearly every cell with a sine or a window the error on the held-out years is more than "
       "1.25 times the autoregression's, because these $f$ fold back", sizes=(8,), holds="nearly every",
       control=dict(other="arctan"))
def a_fold_costs(seed, H, other=None):
    variant = dealt(seed, FOLDS)
    variant = variant._replace(activation=other or variant.activation)
    return trained_errors(variant, H, 200)[1] > 1.25 * linear_errors()[1]


@functools.cache
def errors_beside_linear(variant, start, H, updates=200):
    """Errors of one start on the validation and the held-out years, over the autoregression's."""
    return np.array(errors(trained(variant, start, H, updates), variant, H)) / linear_errors()


@claim("10 §6", "Trained from seed 5 alone, the second holds in 33 of 60", sizes=(8,), holds="33 of 60",
       fails=dict(updates=20))
def one_start_wins_where_it_chose(seed, H, updates=200):
    validation, held_out = errors_beside_linear(dealt(seed, STEADY), 5, H, updates)
    return validation < 1 < held_out


@claim("10 §6", "Trained from seed 5 alone, it is so in 57 of 60, and with $\\arctan$ in 5 of 20", sizes=(8,),
       holds="57 of 60", fails=dict(other="arctan"))
def one_start_pays_for_a_fold(seed, H, other=None):
    variant = dealt(seed, FOLDS)
    return errors_beside_linear(variant._replace(activation=other or variant.activation), 5, H)[1] > 1.25


# --- section 6: the memory ladder ---

def network(variant):
    """The cell as the ladder takes it."""
    def forward(params, x, state=None):
        a, h, y = Cell(variant, params, x, np.zeros((x.shape[1], len(params["b_h"])))).run()
        return SimpleNamespace(x=x, a=a, h=h, y=y)

    backward = capstone_backward.backward(variant)
    return SimpleNamespace(forward=forward, backward=lambda params, cache, dy: backward(
        params, cache.x, cache.a, cache.h, cache.y, dy))


@claim("10 §6", "Most cells climb the rung of 10", sizes=(8,), holds="most", fails=dict(k=30))
def climbs(seed, H, k=10):
    variant, rng = dealt(seed, SIX), np.random.default_rng(0)
    params = capstone.Project("", variant).init(1, H, 1, rng)
    return ladder.updates_needed(network(variant), params, k, rng) is not None


# --- sections 5 and 6: what holds for every cell ---

def passed_back(variant, drawn, h0):
    """The states, and the gradients of the parameters by hand."""
    a, h, y = Cell(variant, drawn.params, drawn.x, h0).run()
    grads = capstone_backward.backward(variant)(drawn.params, drawn.x, a, h, y, y - drawn.target)
    return [a, h, y, *(grads[name] for name in drawn.params)]


@claim("10 §6", "the two kinds of skip, zeros before the start or $h_0$, always give the same outputs and "
       "the same gradients of the parameters", sizes=(3, 4, 8), holds="always", fails=dict(first=0.5))
def starts_agree(seed, H, first=0.0):
    variant = dealt(seed, SIX)
    both = [variant._replace(past=f"skip {variant.delay or 2} {start}") for start in ("zero", "first")]
    drawn = capstone.Project("", both[0]).problem(H=H, seed=seed)
    one, other = (passed_back(each, drawn, np.full_like(drawn.h0, first)) for each in both)
    return all(map(np.allclose, one, other))


LEFT_OUT = {"recurrent_state": ('dh[t - 1] += product @ params["W_hh"]', "pass"),
            "carried": ("dh[t - 1] += (1 - alpha) * dh[t]", "pass")}


@claim("10 §5", "So a path forgotten on the way back and the same path frozen on the way forward always give "
       "the same numbers.", sizes=(3, 4, 8), holds="always", fails=dict(forgotten="carried"))
def frozen_is_forgotten(seed, H, forgotten="recurrent_state"):
    variant = dealt(seed, SIX)
    drawn = capstone.Project("", variant).problem(H=H, seed=seed)
    a, h, y = Cell(variant, drawn.params, drawn.x, drawn.h0).run()
    arguments = (drawn.params, drawn.x, a, h, y, y - drawn.target)
    frozen = type("Frozen", (tangents.Tangents,), {"recurrent_state": lambda s, t: 0 * s.h[t - 1]})
    by_step = tangents.gradients(frozen, variant, *arguments)
    by_hand = capstone_backward.backward(variant, *LEFT_OUT[forgotten])(*arguments)
    return all(np.allclose(by_hand[name], by_step[name]) for name in by_step)
