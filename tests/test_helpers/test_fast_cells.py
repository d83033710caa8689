"""The fast verbs of all cells: LSTM and GRU give what the plain verbs give, and all three do no more work
than they must."""

import tracemalloc

import numpy as np
import pytest

from helpers import gradcheck, gru, losses, lstm, rnn
from helpers.fast import gru as fast_gru, lstm as fast_lstm, rnn as fast, slices

GATED = [(lstm, fast_lstm), (gru, fast_gru)]
ALL = [(rnn, fast), *GATED]


def problem(cell, T, B=3, D=2, H=4, O=5, dtype=np.float64, learned=False, seed=0):
    """Parameters without a zero among them, inputs, classes, weights of the steps with gaps,
    and a first state."""
    rng = np.random.default_rng(seed)
    params = {name: p + 0.1 * rng.standard_normal(p.shape) for name, p in cell.init(D, H, O, rng).items()}
    if learned:
        params["h0"] = rng.standard_normal(H)
    mask = rng.uniform(0.2, 2, (T, B)) * (rng.random((T, B)) < 0.7)
    mask[0] = 1
    state = tuple(rng.standard_normal((B, H)).astype(dtype) for _ in range(2))
    return ({name: p.astype(dtype) for name, p in params.items()},
            rng.standard_normal((T, B, D)).astype(dtype),
            rng.integers(0, O, (T, B)), mask, state if cell is lstm else state[0])


def plain(cell, params, x, target, mask=None, state=None, reduction="sum"):
    cache = cell.forward(params, x, state)
    value, dy = losses.cross_entropy(cache.y, target, mask, reduction)
    grads = cell.backward(params, cache, dy)
    del grads["x"]
    return value, grads


def agree(received, expected, tolerance=1e-13):
    assert abs(received[0] - expected[0]) <= tolerance * abs(expected[0])
    assert set(received[1]) == set(expected[1])
    assert gradcheck.compare(received[1], expected[1]).worst.error <= tolerance


@pytest.mark.parametrize("cell, quick", GATED)
@pytest.mark.parametrize("T", [1, 2, 24, 25, 26, 63])
def test_the_plain_verbs(cell, quick, T):
    """Any number of slices, the last one shorter or not; a mask or none; a first state that is given,
    learned or zero."""
    for learned in (False, True):
        params, x, target, mask, state = problem(cell, T, learned=learned)
        for given in ((None, None, "sum"), (mask, state, "sum"), (mask, None, "mean")):
            agree(quick.loss_and_gradients(params, x, target, *given), plain(cell, params, x, target, *given))


@pytest.mark.parametrize("cell, quick", GATED)
def test_the_complex_step(cell, quick):
    """A loss that goes through two slices, against the proof that needs no backward pass."""
    params, x, target, mask, _ = problem(cell, 27, B=2, H=3)

    def loss(values):
        return losses.cross_entropy(cell.forward(values, x).y, target, mask)[0]

    proof = gradcheck.complex_step(loss, params)
    grads = quick.loss_and_gradients(params, x, target, mask)[1]
    assert gradcheck.compare({name: grads[name] for name in params}, proof).agrees(1e-12)


@pytest.mark.parametrize("cell, quick", GATED)
def test_buffers_remember_nothing(cell, quick):
    """Other sizes and types between calls; what was returned, and what was given, stay as they are."""
    buffers, kept = {}, []
    for T, B, dtype in ((30, 3, np.float64), (30, 3, np.float64), (7, 2, np.float64), (30, 3, np.float32),
                        (30, 3, np.float64)):
        params, x, target, mask, state = problem(cell, T, B, dtype=dtype, seed=len(kept))
        copies = {name: p.copy() for name, p in params.items()}
        result = quick.loss_and_gradients(params, x, target, mask, state, buffers=buffers)
        assert {g.dtype for g in result[1].values()} == {np.dtype(dtype)}
        assert all((params[name] == copies[name]).all() for name in params)
        kept.append((result, plain(cell, params, x, target, mask, state),
                     1e-13 if dtype == np.float64 else 2e-5))
    for received, expected, tolerance in kept:
        agree(received, expected, tolerance)


@pytest.mark.parametrize("cell, quick", ALL)
@pytest.mark.parametrize("types", [("float32", "float64"), ("float64", "float32")])
def test_mixed_types(cell, quick, types):
    """Parameters of one type and inputs of the other: as the plain verbs do it."""
    params, x, target, mask, state = problem(cell, 27)
    params, x = {name: p.astype(types[0]) for name, p in params.items()}, x.astype(types[1])
    received = quick.loss_and_gradients(params, x, target, mask, state)
    assert {g.dtype for g in received[1].values()} == {np.dtype(float)}
    agree(received, plain(cell, params, x, target, mask, state))


@pytest.mark.parametrize("cell, quick", ALL)
def test_buffers_do_not_vouch_for_numbers(cell, quick):
    """The same arrays in the same buffers, but what they hold has changed in place."""
    params, x, target, mask, state = problem(cell, 4)
    start, buffers = state if cell is lstm else (state,), {}
    arrays = {"params['W_hh'] must": params["W_hh"], "params['b_y'] must": params["b_y"], "x must": x,
              "mask must": mask, "target must": target, "state": start[-1]}
    for message, array in arrays.items():
        quick.loss_and_gradients(params, x, target, mask, state, buffers=buffers)
        before, array.flat[0] = array.flat[0], -1 if array is target or array is mask else np.nan
        with pytest.raises(ValueError) as caught:
            quick.loss_and_gradients(params, x, target, mask, state, buffers=buffers)
        assert str(caught.value).startswith(message)
        array.flat[0] = before


@pytest.mark.parametrize("cell, quick", GATED)
def test_bad_input(cell, quick):
    params, x, target, _, state = problem(cell, 4)
    with pytest.raises(TypeError, match="real numbers"):
        quick.loss_and_gradients(params, x + 0j, target)
    with pytest.raises(TypeError, match="state must hold real numbers"):
        quick.loss_and_gradients(params, x, target,
                                 state=(state[0], state[1] + 0j) if cell is lstm else state + 0j)
    with pytest.raises(ValueError, match="classes 0 to 4"):
        quick.loss_and_gradients(params, x, target + 5)
    with pytest.raises(ValueError, match="params must contain"):
        quick.loss_and_gradients({"W_hh": params["W_hh"]}, x, target)
    with pytest.raises(ValueError, match="state"):
        quick.loss_and_gradients(params, x, target,
                                 state=state[:1] + (state[1][:2],) if cell is lstm else state[:2])


class Counted(np.ndarray):
    """An array that notes the multiplications of every matrix product it takes part in."""

    products = []

    def dot(self, other, out=None):
        Counted.products.append(self.size * other.shape[-1])
        return np.asarray(self).dot(np.asarray(other), out=None if out is None else np.asarray(out))

    def __array_ufunc__(self, ufunc, method, *inputs, out=(), **kwargs):
        if ufunc is np.matmul:
            Counted.products.append(inputs[0].size * inputs[1].shape[-1])
        given = {"out": tuple(np.asarray(array) for array in out)} if out else {}
        result = getattr(ufunc, method)(*(np.asarray(value) for value in inputs), **given, **kwargs)
        return out[0] if out else np.asarray(result).view(Counted)


@pytest.mark.parametrize("cell, quick", ALL)
def test_no_product_too_many(cell, quick, monkeypatch):
    """Three products with W_hh's size and W_hy's, two with W_xh's (x is data); two per step,
    the others once per slice of 25, but that LSTM and GRU put each block of W_xh x_t where it belongs."""
    B, D, H, O = 3, 2, 4, 5
    room = slices.room
    for module in (slices, quick):
        monkeypatch.setattr(module, "room", lambda *given: room(*given).view(Counted))
    for T in (25, 50, 100):
        params, x, target, *_ = problem(cell, T, B, D, H, O)
        Counted.products.clear()
        quick.loss_and_gradients({name: p.view(Counted) for name, p in params.items()}, x, target)
        rows = len(params["W_hh"])                                      # H, 3H or 4H
        assert sum(Counted.products) == T * B * (3 * rows * H + 2 * rows * D + 3 * H * O)
        assert len(Counted.products) == 2 * T + (5 + rows // H) * T // 25


@pytest.mark.parametrize("cell, quick", ALL)
def test_calls_ask_for_no_new_memory(cell, quick):
    """With the same buffers, a call needs far less than it does alone, and the tenth one leaves no more
    behind than the second."""
    params, x, target, *_ = problem(cell, 200, B=8, D=2, H=32, O=3)
    buffers, peaks, left = {}, [], []
    tracemalloc.start()
    for _ in range(10):
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        quick.loss_and_gradients(params, x, target, buffers=buffers)
        now, peak = tracemalloc.get_traced_memory()
        peaks.append(peak - before)
        left.append(now)
    tracemalloc.stop()
    assert peaks[-1] < 0.4 * peaks[0]
    assert abs(left[-1] - left[1]) < 10_000
