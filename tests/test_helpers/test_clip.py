"""Clipping: how long, in which direction, and when not at all."""

import numpy as np
import pytest
from hypothesis import given, strategies as st
from hypothesis.extra import numpy as arrays

from helpers import clip

entries = st.floats(-1e6, 1e6)
gradients = st.dictionaries(st.sampled_from("abc"),
                            arrays.arrays(float, arrays.array_shapes(max_dims=2, max_side=4),
                                                                  elements=entries), min_size=1)
limits = st.floats(1e-3, 1e3)


def flat(grads):
    return np.concatenate([grads[name].ravel() for name in sorted(grads)])


@given(gradients)
def test_global_norm_is_the_length_of_one_long_vector(grads):
    assert clip.global_norm(grads) == pytest.approx(np.linalg.norm(flat(grads)), rel=1e-13)


@given(gradients, limits)
def test_by_global_norm(grads, max_norm):
    """Never longer than allowed, the direction kept, and short gradients left alone to the last bit."""
    clipped, norm = clip.by_global_norm(grads, max_norm)
    assert norm == clip.global_norm(grads)
    assert clip.global_norm(clipped) <= max_norm * (1 + 1e-12)
    if norm <= max_norm:
        np.testing.assert_array_equal(flat(clipped), flat(grads))
    else:
        np.testing.assert_allclose(flat(clipped), flat(grads) * (max_norm / norm), rtol=1e-12)
        assert clip.global_norm(clipped) == pytest.approx(max_norm, rel=1e-12)


@given(gradients, limits)
def test_by_value(grads, limit):
    clipped = clip.by_value(grads, limit)
    for name, g in grads.items():
        inside = np.abs(g) <= limit
        np.testing.assert_array_equal(clipped[name][inside], g[inside])
        np.testing.assert_array_equal(clipped[name][~inside], limit * np.sign(g[~inside]))


def test_by_hand():
    grads = {"a": np.array([3.0]), "b": np.array([[0.0, -4.0]])}
    clipped, norm = clip.by_global_norm(grads, 1.0)
    assert norm == 5
    np.testing.assert_allclose(flat(clipped), [0.6, 0, -0.8])
    np.testing.assert_array_equal(flat(clip.by_value(grads, 3.5)), [3, 0, -3.5])


@pytest.mark.parametrize("size", [1e-200, 1e-170, 1e170, 1e200])
def test_exploded_and_vanished_gradients_have_a_length(size):
    """The square of 1e170 overflows, that of 1e-170 is zero; the length is neither."""
    grads = {"a": np.array([3 * size]), "b": np.array([4 * size])}
    assert clip.global_norm(grads) == pytest.approx(5 * size, rel=1e-14)
    clipped, _ = clip.by_global_norm(grads, size)
    np.testing.assert_allclose(flat(clipped), [0.6 * size, 0.8 * size], rtol=1e-14)


def test_zero_gradients_stay_zero():
    clipped, norm = clip.by_global_norm({"a": np.zeros((2, 3))}, 1.0)
    assert norm == 0
    np.testing.assert_array_equal(clipped["a"], np.zeros((2, 3)))


def test_no_limit():
    grads = {"a": np.array([1e9, 1.0])}
    np.testing.assert_array_equal(clip.by_global_norm(grads, np.inf)[0]["a"], grads["a"])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_type_is_kept_and_nothing_is_changed_in_place(dtype):
    grads = {"a": np.array([3, 4], dtype)}
    assert clip.by_global_norm(grads, 1.0)[0]["a"].dtype == dtype
    assert clip.by_value(grads, 1.0)["a"].dtype == dtype
    np.testing.assert_array_equal(grads["a"], [3, 4])


def test_cosine_sees_all_arrays_as_one_vector():
    rng = np.random.default_rng(5)
    one, other = ({"W": scale * rng.standard_normal((3, 2)), "b": scale * rng.standard_normal(4)}
                  for scale in (1e-200, 1e200))
    a, b = (np.concatenate([grads["W"].ravel(), grads["b"]]) / scale
            for grads, scale in ((one, 1e-200), (other, 1e200)))
    assert clip.cosine(one, other) == pytest.approx(a @ b / np.linalg.norm(a) / np.linalg.norm(b), rel=1e-12)
    assert clip.cosine(one, {name: -2 * g for name, g in reversed(one.items())}) == pytest.approx(-1)
    with pytest.raises(ValueError, match="other must have the names of one, W, b; received W"):
        clip.cosine(one, {"W": other["W"]})
    with pytest.raises(ValueError, match="the length of other must be greater than 0"):
        clip.cosine(one, {name: 0 * g for name, g in one.items()})
