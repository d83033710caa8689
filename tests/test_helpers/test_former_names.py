"""The first state is called ``state``; h0, its name in the course's first version, goes on to work."""

import inspect

import numpy as np
import pytest

from helpers import gradcheck, gru, losses, lstm, rnn, training
from helpers.fast import gru as fast_gru, lstm as fast_lstm, rnn as fast

PROBLEMS = {cell: gradcheck.random_problem(np.random.default_rng(0), cell=cell) for cell in (rnn, lstm, gru)}
P, CLASSES = PROBLEMS[rnn], np.ones((6, 3), int)


def train(cell=rnn, **options):
    p = PROBLEMS[cell]
    return training.loss_and_gradients(cell, p.params, p.x, p.target, losses.squared_error, **options)


CALLS = {"rnn.forward": lambda **options: rnn.forward(P.params, P.x, activation="relu", **options),
         "training": train,
         "fast": lambda **options: fast.loss_and_gradients(P.params, P.x, CLASSES, **options)}


def numbers(result):
    """All numbers that a call returns, in one row."""
    parts = (result[0], *result[1].values()) if isinstance(result[1], dict) else (result.h, result.y)
    return np.concatenate([np.ravel(part) for part in parts])


@pytest.fixture(params=CALLS.values(), ids=CALLS)
def call(request):
    return request.param


@pytest.mark.parametrize("verb", [cell.forward for cell in PROBLEMS] + [training.loss_and_gradients] + [
    quick.loss_and_gradients for quick in (fast, fast_lstm, fast_gru)])
def test_one_name(verb):
    names = list(inspect.signature(verb).parameters)
    assert "state" in names and "h0" not in names


def test_both_names_say_the_same(call):
    received = numbers(call(h0=P.h0))
    np.testing.assert_array_equal(received, numbers(call(state=P.h0)))
    np.testing.assert_array_equal(received, numbers(call(state=P.h0, h0=None)))
    assert (received != numbers(call(h0=None))).any()


@pytest.mark.parametrize("cell", PROBLEMS)
def test_training_takes_both_for_every_cell(cell):
    np.testing.assert_array_equal(numbers(train(cell, h0=PROBLEMS[cell].h0)),
                                  numbers(train(cell, state=PROBLEMS[cell].h0)))


def test_positions_are_what_they_were():
    np.testing.assert_array_equal(rnn.forward(P.params, P.x, P.h0, "relu").h,
                                  CALLS["rnn.forward"](state=P.h0).h)
    received = training.loss_and_gradients(rnn, P.params, P.x, P.target, losses.squared_error, None, P.h0)
    np.testing.assert_array_equal(numbers(received), numbers(train(state=P.h0)))


def test_the_first_state_is_given_once(call):
    with pytest.raises(TypeError, match="^h0 is the former name of state: give one of them, not both.$"):
        call(state=P.h0, h0=P.h0)
    with pytest.raises(TypeError, match="not both"):
        rnn.forward(P.params, P.x, P.h0, h0=P.h0)


@pytest.mark.parametrize("value, error, message", [
    (np.ones(4), ValueError, "{} must have shape (3, 4); received (4,)."),
    (np.ones((3, 4), int), TypeError,
     "{0} must hold floating-point numbers; received dtype int64. Try {0}.astype(float)."),
    (np.full((3, 4), np.nan), ValueError,
     "{0} must be finite; received 12 value(s) that are not, the first is {0}[0, 0] = nan.")])
def test_errors_say_the_name_that_was_used(call, value, error, message):
    for name in ("state", "h0"):
        with pytest.raises(error) as caught:
            call(**{name: value})
        assert str(caught.value) == message.format(name)


def test_errors_of_a_pair_say_it_too():
    with pytest.raises(ValueError, match=r"^h0\[1\] must have shape"):
        train(lstm, h0=(np.ones((3, 4)), np.ones(4)))


def test_other_errors_stay():
    with pytest.raises(ValueError, match="^x must have shape"):
        rnn.forward(P.params, P.x[0], h0=P.h0)
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'x'"):
        rnn.forward(P.params, h0=P.h0)
    with pytest.raises(TypeError, match="unexpected keyword argument 'h_0'"):
        rnn.forward(P.params, P.x, h_0=P.h0)
