"""The unit with a cliff: its gradients are right, and descent does what its arguments say."""

import numpy as np
import pytest

from helpers.pathologies import cliff

W, B = np.array([1.8, 1.2, -0.7]), np.array([-0.1, 0.3, 0.2])


def test_gradients_are_those_of_the_complex_step():
    _, dw, db = cliff.loss_and_gradient(W, B, T=9, h0=0.4, target=-0.3)
    measured = [cliff.loss_and_gradient(*moved, T=9, h0=0.4, target=-0.3)[0].imag / 1e-100
                for moved in ((W + 1e-100j, B), (W, B + 1e-100j))]
    np.testing.assert_allclose([dw, db], measured, rtol=1e-13)


def test_the_surface_has_a_row_for_each_b():
    surface = cliff.surface(W, B[:2], T=5)
    assert surface.shape == (2, 3)
    assert surface[1, 0] == cliff.loss_and_gradient(W[0], B[1], T=5)[0]


def test_many_starts_at_once_are_the_single_starts():
    together = cliff.descend(W, B, 0.1, limit=0.5, updates=7)
    for i in range(3):
        np.testing.assert_allclose(together[:, :, i], cliff.descend(W[i], B[i], 0.1, limit=0.5, updates=7),
                                   rtol=1e-13)


def test_a_step_has_at_most_the_allowed_length():
    free = np.diff(cliff.descend(1.4964, -0.2, 0.2, updates=1), axis=0)[0]
    by_norm = np.diff(cliff.descend(1.4964, -0.2, 0.2, limit=1.0, updates=1), axis=0)[0]
    by_value = np.diff(cliff.descend(1.4964, -0.2, 0.2, limit=1.0, clipping="value", updates=1), axis=0)[0]
    assert np.hypot(*free) > 10
    np.testing.assert_allclose(by_norm, 0.2 * free / np.hypot(*free), rtol=1e-13)
    np.testing.assert_allclose(by_value, 0.2 * np.sign(free), rtol=1e-13)


@pytest.mark.parametrize("call, words", [
    (lambda: cliff.loss_and_gradient(1.0, 0.0, T=0), "T must be at least 1"),
    (lambda: cliff.descend(1.0, 0.0, 0), "learning_rate must be greater than 0"),
    (lambda: cliff.descend(1.0, 0.0, 0.1, limit=-1.0), "limit must be greater than 0"),
    (lambda: cliff.descend(1.0, 0.0, 0.1, limit=1.0, clipping="length"),
     "clipping must be one of 'norm', 'value'"),
])
def test_bad_input_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()
