"""Proof that the fast verb gives what the plain ones give: the same loss and gradients, in less memory,
with no product more."""

import tracemalloc

import numpy as np
import pytest

from helpers import gradcheck, losses, rnn
from helpers.fast import rnn as fast

EXACT = 1e-13


def problem(T, B=3, D=2, H=4, O=5, seed=0):
    """A network, classes to predict, and weights of the steps with gaps among them."""
    rng = np.random.default_rng(seed)
    p = gradcheck.random_problem(rng, T, B, D, H, O)
    mask = rng.uniform(0.2, 2, (T, B)) * (rng.random((T, B)) < 0.7)
    mask[0] = 1
    return p, rng.integers(0, O, (T, B)), mask


def plain(params, x, target, mask=None, state=None, reduction="sum"):
    cache = rnn.forward(params, x, state)
    value, dy = losses.cross_entropy(cache.y, target, mask, reduction)
    grads = rnn.backward(params, cache, dy)
    del grads["x"]
    return value, grads


def agree(received, expected, tolerance=EXACT):
    assert abs(received[0] - expected[0]) <= tolerance * abs(expected[0])
    assert set(received[1]) == set(expected[1])
    assert gradcheck.compare(received[1], expected[1]).worst.error <= tolerance


@pytest.mark.parametrize("T", [1, 2, 24, 25, 26, 50, 63])
@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_the_plain_verbs(T, reduction):
    """Any number of slices, the last one shorter or not."""
    p, target, mask = problem(T)
    for weights in (None, mask):
        agree(fast.loss_and_gradients(p.params, p.x, target, weights, p.h0, reduction),
              plain(p.params, p.x, target, weights, p.h0, reduction))


@pytest.mark.parametrize("T", [7, 31])
def test_the_complex_step(T):
    p, target, mask = problem(T)
    proof = gradcheck.complex_step(gradcheck.rnn_loss(p, loss=losses.cross_entropy, target=target, mask=mask),
                                   {**p.params, "x": p.x, "h0": p.h0})
    del proof["x"]
    grads = fast.loss_and_gradients(p.params, p.x, target, mask, p.h0)[1]
    assert gradcheck.compare(grads, proof).agrees(1e-12)


def test_first_state_learned_or_zero():
    p, target, _ = problem(30)
    learned = {**p.params, "h0": p.h0[0]}
    agree(fast.loss_and_gradients(learned, p.x, target), plain(learned, p.x, target))
    agree(fast.loss_and_gradients(learned, p.x, target, state=p.h0), plain(learned, p.x, target, state=p.h0))
    agree(fast.loss_and_gradients(p.params, p.x, target), plain(p.params, p.x, target))


def test_buffers_are_used_again_and_remember_nothing():
    """Other sizes and types between calls, and the gradients that were returned stay as they are."""
    buffers, kept = {}, []
    for T, B, dtype in ((30, 3, np.float64), (30, 3, np.float64), (7, 2, np.float64), (30, 3, np.float32),
                        (30, 3, np.float64)):
        p, target, _ = problem(T, B, seed=len(kept))
        params = {name: v.astype(dtype) for name, v in p.params.items()}
        result = fast.loss_and_gradients(params, p.x.astype(dtype), target, buffers=buffers)
        assert {g.dtype for g in result[1].values()} == {np.dtype(dtype)}
        kept.append((result, plain(params, p.x.astype(dtype), target),
                     EXACT if dtype == np.float64 else 2e-5))
    for received, expected, tolerance in kept:
        agree(received, expected, tolerance)
    before = buffers["h"]
    fast.loss_and_gradients(p.params, p.x, target, buffers=buffers)
    assert buffers["h"] is before


def test_nothing_is_changed_in_place():
    p, target, mask = problem(30)
    given = [*p.params.values(), p.x, target, mask, p.h0]
    copies = [array.copy() for array in given]
    fast.loss_and_gradients(p.params, p.x, target, mask, p.h0)
    for array, copy in zip(given, copies):
        np.testing.assert_array_equal(array, copy)


def test_float32_is_close():
    """Biases are summed one axis after the other, so 16,000 steps cost no digit."""
    p, target, _ = problem(T=500, B=32, D=8, H=16, O=8)
    exact = fast.loss_and_gradients(p.params, p.x, target)[1]
    single = {name: v.astype(np.float32) for name, v in p.params.items()}
    grads = fast.loss_and_gradients(single, p.x.astype(np.float32), target)[1]
    del exact["h0"], grads["h0"]
    assert gradcheck.compare(grads, exact).agrees(1e-5)


def test_large_scores_do_not_overflow():
    p, target, _ = problem(5)
    params = {**p.params, "W_hy": 1e4 * p.params["W_hy"]}
    agree(fast.loss_and_gradients(params, p.x, target), plain(params, p.x, target))


def test_memory_is_the_states_and_little_more():
    """Twice the steps, twice the states; everything else stays. The plain verbs keep several arrays of that
    size."""
    def peak(verb, T):
        p, target, _ = problem(T, B=8, D=2, H=64, O=3)
        tracemalloc.start()
        verb(p.params, p.x, target)
        bytes_ = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return bytes_

    more = 400 * 8 * 64 * 8                                         # bytes of the states of 400 more steps
    assert peak(fast.loss_and_gradients, 800) - peak(fast.loss_and_gradients, 400) < 1.2 * more
    assert peak(plain, 800) - peak(plain, 400) > 3 * more


def test_bad_input():
    p, target, _ = problem(4)
    with pytest.raises(TypeError, match="real numbers"):
        fast.loss_and_gradients(p.params, p.x + 0j, target)
    with pytest.raises(TypeError, match="state must hold real numbers"):
        fast.loss_and_gradients(p.params, p.x, target, state=p.h0 + 0j)
    with pytest.raises(ValueError, match="classes 0 to 4"):
        fast.loss_and_gradients(p.params, p.x, target + 5)
    with pytest.raises(ValueError, match="x must have shape"):
        fast.loss_and_gradients(p.params, p.x[:, 0], target)
    with pytest.raises(ValueError, match="target must have shape"):
        fast.loss_and_gradients(p.params, p.x, target[1:])
