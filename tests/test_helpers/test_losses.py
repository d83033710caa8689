"""The losses: values worked out by hand, gradients against the complex step, and what must not change
them."""

import numpy as np
import pytest
from hypothesis import given, strategies as st
from hypothesis.extra import numpy as arrays

from helpers import gradcheck, losses

scores = arrays.arrays(float, arrays.array_shapes(min_dims=1, max_dims=3, max_side=5),
                       elements=st.floats(-500, 500))


def example(seed=0, T=5, B=3, O=4):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((T, B, O)), rng.standard_normal((T, B, O)), rng.integers(0, O, (T, B)), rng


# --- softmax ---

@given(scores)
def test_softmax_gives_probabilities(y):
    p = losses.softmax(y)
    assert (p >= 0).all()
    np.testing.assert_allclose(p.sum(axis=-1), 1, rtol=1e-14)


@given(scores, st.floats(-1000, 1000))
def test_softmax_does_not_see_a_common_shift(y, shift):
    np.testing.assert_allclose(losses.softmax(y + shift), losses.softmax(y), rtol=1e-11, atol=1e-300)


@given(scores, st.randoms(use_true_random=False))
def test_softmax_goes_with_the_order_of_the_classes(y, random):
    order = list(range(y.shape[-1]))
    random.shuffle(order)
    np.testing.assert_allclose(losses.softmax(y[..., order]), losses.softmax(y)[..., order], rtol=1e-13)


def test_softmax_by_hand():
    np.testing.assert_allclose(losses.softmax(np.log([1.0, 2.0, 5.0])), [0.125, 0.25, 0.625], rtol=1e-15)


@pytest.mark.parametrize("y", [[1000.0, 0.0], [-1000.0, -2000.0], [1e308, -1e308]])
def test_softmax_survives_huge_scores(y):
    with np.errstate(over="ignore"):
        np.testing.assert_array_equal(losses.softmax(np.array(y)), [1, 0])
    assert losses.log_softmax(np.array([0.0, 1000.0]))[0] == -1000      # not log(0)


# --- values ---

def test_squared_error_by_hand():
    """1/2 (1 + 4) for the first step and 1/2 (9) for the second; each sequence and step counts."""
    y, target = np.array([[[1.0, 2.0]], [[3.0, 5.0]]]), np.array([[[0.0, 0.0]], [[0.0, 5.0]]])
    value, dy = losses.squared_error(y, target)
    assert value == 7.0
    np.testing.assert_array_equal(dy, y - target)
    value, dy = losses.squared_error(y, target, reduction="mean")
    assert value == 3.5
    np.testing.assert_array_equal(dy, (y - target) / 2)


def test_cross_entropy_by_hand():
    y = np.log([[[1.0, 2.0, 5.0]], [[1.0, 1.0, 2.0]]])
    value, dy = losses.cross_entropy(y, np.array([[2], [0]]))
    assert value == pytest.approx(-np.log(0.625) - np.log(0.25), rel=1e-15)
    np.testing.assert_allclose(dy, [[[0.125, 0.25, -0.375]], [[-0.75, 0.25, 0.5]]], rtol=1e-14)


def test_cross_entropy_of_an_undecided_network():
    """All scores equal: every step costs log O, the baseline that an untrained network starts from."""
    value, _ = losses.cross_entropy(np.zeros((5, 2, 27)), np.zeros((5, 2), int), reduction="mean")
    assert value == pytest.approx(np.log(27))


def test_cross_entropy_of_a_hopeless_answer_is_finite():
    value, dy = losses.cross_entropy(np.array([[[0.0, 1000.0]]]), np.array([[0]]))
    assert value == 1000
    np.testing.assert_array_equal(dy, [[[-1, 1]]])


# --- gradients ---

@pytest.mark.parametrize("reduction", ["sum", "mean"])
@pytest.mark.parametrize("masked", ["none", "booleans", "weights"])
@pytest.mark.parametrize("loss", [losses.squared_error, losses.cross_entropy])
def test_gradient(loss, masked, reduction):
    y, target, classes, rng = example()
    if loss is losses.cross_entropy:
        target = classes
    mask = {"none": None, "booleans": rng.random((5, 3)) < 0.6, "weights": rng.uniform(0, 2, (5, 3))}[masked]
    _, dy = loss(y, target, mask, reduction)
    expected = gradcheck.complex_step(lambda v: loss(v["y"], target, mask, reduction)[0], {"y": y})
    assert gradcheck.compare({"y": dy}, expected).worst.error <= 1e-14


def test_cross_entropy_gradients_of_a_step_sum_to_zero():
    y, _, classes, _ = example()
    np.testing.assert_allclose(losses.cross_entropy(y, classes)[1].sum(axis=-1), 0, atol=1e-15)


# --- masks ---

@pytest.mark.parametrize("loss", [losses.squared_error, losses.cross_entropy])
def test_steps_that_do_not_count_have_no_say(loss):
    """Outputs and targets there may be anything; even classes that do not exist (-100 is common)."""
    y, target, classes, rng = example()
    mask = losses.length_mask(np.array([5, 2, 3]), 5)
    target = classes if loss is losses.cross_entropy else target
    value, dy = loss(y, target, mask)
    other_y, other_target = y.copy(), target.copy()
    other_y[~mask] = 1e6
    other_target[~mask] = -100
    other_value, other_dy = loss(other_y, other_target, mask)
    assert other_value == value
    np.testing.assert_array_equal(other_dy, dy)
    assert (dy[~mask] == 0).all() and (dy[mask] != 0).all()


@pytest.mark.parametrize("loss", [losses.squared_error, losses.cross_entropy])
def test_mean_divides_by_the_steps_that_count(loss):
    y, target, classes, _ = example()
    target = classes if loss is losses.cross_entropy else target
    mask = losses.length_mask(np.array([5, 2, 3]), 5)
    (total, dy), (mean, mean_dy) = loss(y, target, mask), loss(y, target, mask, "mean")
    assert mean == pytest.approx(total / 10, rel=1e-14)
    np.testing.assert_allclose(mean_dy, dy / 10, rtol=1e-14)


def test_length_mask():
    np.testing.assert_array_equal(losses.length_mask(np.array([1, 3]), 3), [[1, 1], [0, 1], [0, 1]])


def test_last_step_mask():
    np.testing.assert_array_equal(losses.last_step_mask(np.array([1, 3]), 3), [[1, 0], [0, 0], [0, 1]])


# --- floating-point types ---

@pytest.mark.parametrize("mask_type", [None, bool, int, np.float64])
@pytest.mark.parametrize("loss", [losses.squared_error, losses.cross_entropy])
def test_float32_stays_float32(loss, mask_type):
    y, target, classes, _ = example()
    target = classes if loss is losses.cross_entropy else target.astype(np.float32)
    mask = None if mask_type is None else np.ones((5, 3), mask_type)
    for reduction in ("sum", "mean"):
        value, dy = loss(y.astype(np.float32), target, mask, reduction)
        assert value.dtype == dy.dtype == np.float32
