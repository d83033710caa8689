"""One default for ``reduction``: every loss is a sum over the steps that count unless the caller asks
for the mean."""

import importlib
import inspect
import pkgutil

import numpy as np
import pytest

import helpers
from helpers import clip, gradcheck, gru, losses, lstm, rnn, training
from helpers.fast import gru as fast_gru, lstm as fast_lstm, rnn as fast
from helpers.long_sequences import checkpointing, truncated

P = {cell: gradcheck.random_problem(np.random.default_rng(0), cell=cell) for cell in (rnn, lstm, gru)}
CLASSES, MASK = np.arange(18).reshape(6, 3) % 5, np.random.default_rng(1).random((6, 3)) < 0.6


def taught(way, *more):
    """One of the verbs that take a cell and a loss, with the other arguments that it needs."""
    p = P[rnn]
    return lambda **options: way(rnn, p.params, p.x, p.target, losses.squared_error, *more, mask=MASK,
                                 **options)


def quick(verb, p):
    return lambda **options: verb.loss_and_gradients(p.params, p.x, CLASSES, MASK, **options)


CALLS = {"squared_error": lambda **options: losses.squared_error(P[rnn].target, P[rnn].target[::-1], MASK,
                                                                 **options),
         "cross_entropy": lambda **options: losses.cross_entropy(P[rnn].target, CLASSES, MASK, **options),
         "training": taught(training.loss_and_gradients),
         "checkpointing": taught(checkpointing.loss_and_gradients),
         "truncated": taught(truncated.loss_and_gradients, 2, 4),
         "fast rnn": quick(fast, P[rnn]), "fast lstm": quick(fast_lstm, P[lstm]),
         "fast gru": quick(fast_gru, P[gru])}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_the_default_is_the_sum(call):
    value, grads = call()
    steps = MASK.sum()
    for options, factor in (({"reduction": "sum"}, 1), ({"reduction": "mean"}, steps)):
        expected, parts = call(**options)
        assert value == pytest.approx(factor * expected, rel=1e-12)
        size, whole = (clip.global_norm(g if isinstance(g, dict) else {"dy": g}) for g in (parts, grads))
        assert whole == pytest.approx(factor * size, rel=1e-12)


def test_parts_by_lag_are_parts_of_the_sum():
    p = P[rnn]
    parts = truncated.by_lag(rnn, p.params, p.x, p.target, losses.squared_error, 6, MASK)
    whole = CALLS["training"]()[1]
    np.testing.assert_allclose(sum(part["W_hh"] for part in parts), whole["W_hh"], rtol=1e-10)


def test_no_other_default_anywhere():
    modules = [importlib.import_module(found.name)
               for found in pkgutil.walk_packages(helpers.__path__, "helpers.")]
    defaults = {(module.__name__, name): inspect.signature(verb).parameters["reduction"].default
                for module in modules for name, verb in vars(module).items()
                if inspect.isfunction(verb) and "reduction" in inspect.signature(verb).parameters}
    assert {default for default in defaults.values() if default is not inspect.Parameter.empty} == {"sum"}
    assert len(defaults) >= len(CALLS)


def test_training_takes_the_mean():
    """Twice the sequences, the same loss and the same step."""
    p = P[rnn]
    batches = [(p.x, p.target, None)], [(np.tile(p.x, (1, 2, 1)), np.tile(p.target, (1, 2, 1)), None)]
    (one, history), (other, twice) = (training.fit(rnn, p.params, batch, losses.squared_error, 0.1)
                                      for batch in batches)
    np.testing.assert_allclose(twice["loss"], history["loss"], rtol=1e-13)
    np.testing.assert_allclose(twice["norm"], history["norm"], rtol=1e-12)
    np.testing.assert_allclose(other["W_hh"], one["W_hh"], rtol=1e-10)
