"""Jacobians, their products and rates, and the start values that keep them in bounds."""

import numpy as np
import pytest

from helpers import rnn
from helpers.gradcheck import random_problem
from helpers.pathologies import initialisation, jacobians


def run(activation="tanh", T=9):
    problem = random_problem(np.random.default_rng(7), T=T, B=2, H=5)
    return problem, rnn.forward(problem.params, problem.x, problem.h0, activation)


@pytest.mark.parametrize("activation", ["tanh", "relu", "identity"])
def test_products_are_derivatives_of_the_last_state(activation):
    problem, cache = run(activation)
    products = jacobians.over_lags(jacobians.one_step(problem.params, cache, sequence=1))
    for n in (0, 1, 4, 9):
        h = cache.h[9 - n, 1:2]
        columns = [rnn.forward(problem.params, problem.x[9 - n:, 1:2], h + 1e-100j * e,
                               activation).h[-1, 0].imag / 1e-100
                   if n else e for e in np.eye(5)]
        np.testing.assert_allclose(products[n], np.stack(columns, axis=1), rtol=1e-12, atol=1e-12)


def test_gradient_by_lag_is_what_the_products_carry_back():
    problem, cache = run()
    dh = np.random.default_rng(8).standard_normal((2, 5))
    lengths = jacobians.gradient_by_lag(problem.params, cache, dh)
    for b in (0, 1):
        products = jacobians.over_lags(jacobians.one_step(problem.params, cache, b))
        np.testing.assert_allclose(lengths[:, b], np.linalg.norm(dh[b] @ products, axis=-1), rtol=1e-12)


def test_exponents_add_up_to_the_growth_of_volume():
    J = np.random.default_rng(9).standard_normal((300, 4, 4))
    exponents = jacobians.lyapunov_exponents(J)
    assert exponents.sum() == pytest.approx(np.log(np.abs(np.linalg.det(J))).mean(), rel=1e-12)
    assert (np.diff(exponents) < 0).all()


def test_exponents_of_a_constant_matrix_are_logarithms_of_its_eigenvalues():
    W = np.array([[0.9, 5.0, 1.0], [0.0, 0.5, 2.0], [0.0, 0.0, 0.1]])
    exponents = jacobians.lyapunov_exponents(np.broadcast_to(W, (50, 3, 3)))
    np.testing.assert_allclose(exponents, np.log([0.9, 0.5, 0.1]), rtol=1e-12)


def test_a_circle_pushed_back_has_the_singular_values_as_radii():
    product = np.array([[1.0, 0.8], [-0.3, 0.7]])
    lengths = np.linalg.norm(jacobians.pushed_back(product, jacobians.unit_circle(20001)), axis=1)
    np.testing.assert_allclose([lengths.max(), lengths.min()], np.linalg.svd(product)[1], rtol=1e-6)
    g = np.array([[0.3, -2.0]])
    np.testing.assert_allclose(jacobians.pushed_back(product, g)[0], product.T @ g[0])


def test_random_runs_differ_in_the_radius_alone():
    small, run = jacobians.random_run(0.5, seed=3, H=6, T=4, B=2)
    large, other = jacobians.random_run(2.0, "relu", seed=3, H=6, T=4, B=2)
    assert initialisation.spectral_radius(small["W_hh"]) == pytest.approx(0.5)
    np.testing.assert_allclose(large["W_hh"], 4 * small["W_hh"])
    np.testing.assert_array_equal(run.x, other.x)
    assert other.activation == "relu" and run.h.shape == (5, 2, 6)


def test_log_lengths_of_a_linear_network_fall_by_the_logarithm_of_its_radius():
    """In the end; a fixed scale of W_hh takes one and the same number off at every step."""
    one, half = (jacobians.log_length_by_lag(radius, "identity", H=5, T=40) for radius in (1.0, 0.5))
    assert one[0] == pytest.approx(0, abs=1e-12)
    np.testing.assert_allclose(half - one, np.log10(0.5) * np.arange(41), atol=1e-9)


def test_start_values():
    rng = np.random.default_rng(10)
    W = initialisation.orthogonal(6, rng, gain=1.5)
    np.testing.assert_allclose(W.T @ W, 2.25 * np.eye(6), atol=1e-13)
    np.testing.assert_array_equal(initialisation.identity(3, gain=0.5), 0.5 * np.eye(3))
    assert initialisation.gaussian(400, rng, gain=2.0).std() == pytest.approx(0.1, rel=0.02)
    scaled = initialisation.with_spectral_radius(initialisation.gaussian(8, rng), 0.7)
    assert initialisation.spectral_radius(scaled) == pytest.approx(0.7, rel=1e-12)


@pytest.mark.parametrize("call, words", [
    (lambda: initialisation.orthogonal(0, np.random.default_rng(0)), "H must be at least 1"),
    (lambda: initialisation.gaussian(3, np.random.default_rng(0), gain=0), "gain must be greater than 0"),
    (lambda: initialisation.with_spectral_radius(np.zeros((2, 2)), 1.0),
     "spectral radius of W must be greater than 0"),
    (lambda: jacobians.over_lags(np.zeros((3, 2))), "J must have shape"),
    (lambda: jacobians.pushed_back(np.eye(2), np.ones((5, 3))), r"gradients must have shape \(G, 2\)"),
    (lambda: jacobians.unit_circle(2), "points must be at least 3"),
    (lambda: jacobians.random_run(-1.0), "radius must be at least 0"),
    (lambda: jacobians.random_run(1.0, "sigmoid"), "activation must be one of"),
])
def test_bad_input_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()
