"""Newton's method on a whole sequence: against the loop, the definition of a round, and its promises."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from helpers import gradcheck, rnn
from helpers.other_ways import newton, scan


def network(T=9, seed=0):
    problem = gradcheck.random_problem(np.random.default_rng(seed), T=T)
    return problem.params, problem.x, problem.h0


@given(T=st.integers(1, 12), seed=st.integers(0, 10 ** 6),
       by=st.sampled_from([None, scan.doubling, scan.halving]))
def test_after_k_rounds_the_first_k_states_are_right(T, seed, by):
    params, x, h0 = network(T, seed)
    right = rnn.forward(params, x, h0).h
    for k, guess in zip(range(T + 1), newton.guesses(params, x, h0, by)):
        np.testing.assert_allclose(guess[:k + 1], right[:k + 1], atol=1e-9)


def test_a_round_follows_the_tangents_and_keeps_what_is_right():
    params, x, h0 = network()
    old = np.concatenate([h0[None], np.random.default_rng(1).standard_normal((9, *h0.shape))])
    new = newton.better_guess(params, x, old)
    for t in range(1, 10):
        nudged = old[t - 1] + 1e-100j * (new[t - 1] - old[t - 1])
        step = rnn.forward(params, x[t - 1:t], nudged).h[1]
        np.testing.assert_allclose(new[t], step.real + step.imag / 1e-100, atol=1e-12)
    right = rnn.forward(params, x, h0).h
    np.testing.assert_allclose(newton.better_guess(params, x, right), right, atol=1e-12)


def test_errors_shrink_quadratically_at_the_end():
    params, x, h0 = network(30)
    params = {**params, "W_hh": 0.5 * params["W_hh"]}
    right = rnn.forward(params, x, h0).h
    errors = [abs(guess - right).max() for _, guess in zip(range(6), newton.guesses(params, x, h0))]
    late = [(a, b) for a, b in zip(errors, errors[1:]) if 1e-7 < a < 1e-2]
    assert late and all(b < 10 * a ** 2 for a, b in late)


def test_bad_input_is_named():
    params, x, h0 = network()
    with pytest.raises(ValueError, match="h must have shape"):
        newton.better_guess(params, x, np.zeros((4, *h0.shape)))
    with pytest.raises(ValueError, match="h0"):
        newton.better_guess(params, x, np.zeros((10, 2, 4)))
