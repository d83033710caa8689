"""Truncated BPTT and checkpointing: against the full gradient, the complex step, PyTorch's detach,
and what they promise."""

import tracemalloc
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, strategies as st

from tests.benchmarks import checkpointing as measurement
from helpers import clip, datasets, gradcheck, gru, losses, lstm, optimisers, rnn, training
from helpers.long_sequences import checkpointing, pieces, truncated

CELLS = {"rnn": rnn, "lstm": lstm, "gru": gru,
         "relu": SimpleNamespace(init=rnn.init, forward=partial(rnn.forward, activation="relu"),
                                 backward=rnn.backward)}
LOSSES = {"squared_error": losses.squared_error, "cross_entropy": losses.cross_entropy}
T, B, D, H, O = 11, 3, 2, 4, 5
LENGTHS = np.array([11, 6, 2])
GAPS = np.random.default_rng(3)
MASKS = {"every": None, "variable length": losses.length_mask(LENGTHS, T),
         "last step": losses.last_step_mask(LENGTHS, T),
         "the end only": losses.last_step_mask(np.full(B, T), T),
         "weighted, with gaps": GAPS.uniform(0.2, 2, (T, B)) * (GAPS.random((T, B)) < 0.4)}
WINDOWS = [(1, 1), (1, 4), (2, 5), (3, 3), (3, 7), (4, 6), (5, 11), (20, 30)]
EXACT = 1e-13           # the same sums in another order
COMPLEX_STEP = 1e-12


@pytest.fixture(params=CELLS.values(), ids=CELLS)
def cell(request):
    return request.param


@pytest.fixture(params=MASKS.values(), ids=MASKS)
def mask(request):
    return request.param


def random_problem(cell, seed=0, T=T, **sizes):
    return gradcheck.random_problem(np.random.default_rng(seed), T, cell=cell,
                                    **{"B": B, "D": D, "H": H, "O": O, **sizes})


def starts(cell, problem):
    """The three ways to start, as (params, state): a given state, zeros, a learned state in params."""
    rng = np.random.default_rng(7)
    names = ("h0", "c0") if cell is lstm else ("h0",)
    learned = {**problem.params,
               **{name: rng.standard_normal(problem.params["W_hh"].shape[1]) for name in names}}
    return [(problem.params, problem.h0), (problem.params, None), (learned, None), (learned, problem.h0)]


def full(cell, params, x, target, loss, mask=None, state=None, reduction="sum"):
    """Loss and gradients of the full pass."""
    cache = cell.forward(params, x, state)
    value, dy = loss(cache.y, target, mask, reduction=reduction)
    return value, cell.backward(params, cache, dy)


def assert_same(received, expected, tolerance=EXACT):
    """The loss and every gradient agree: largest difference over largest entry."""
    (value, grads), (expected_value, expected_grads) = received, expected
    assert set(grads) == set(expected_grads)
    assert abs(value - expected_value) <= tolerance * abs(expected_value)
    assert gradcheck.compare(grads, expected_grads).worst.error <= tolerance


def lock(problem):
    """Nothing that goes in may be written to."""
    for array in (*problem.variables().values(), problem.target):
        array.flags.writeable = False
    return problem


def peak(f):
    """Largest memory in use while f runs, beyond what was there, in bytes."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        f()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


# --- windows ---

def test_windows_by_hand():
    assert truncated.windows(7, 3, 3) == [(0, 0, 3, 3), (3, 3, 6, 4), (4, 6, 7, 7)]
    assert truncated.windows(7, 2, 5) == [(0, 0, 2, 0), (0, 2, 4, 1), (1, 4, 6, 2), (2, 6, 7, 7)]
    assert truncated.windows(3, 1, 1) == [(0, 0, 1, 1), (1, 1, 2, 2), (2, 2, 3, 3)]
    assert truncated.windows(3, 5, 9) == [(0, 0, 3, 3)]


@given(st.integers(1, 40), st.integers(1, 12), st.integers(0, 20))
def test_every_loss_is_counted_once_and_travels_as_far_as_promised(T, k1, more):
    k2 = k1 + more
    windows = truncated.windows(T, k1, k2)
    assert [t for w in windows for t in range(w.first, w.stop)] == list(range(T))
    assert windows[0].start == 0 and windows[-1].next_start == windows[-1].stop == T
    for w, after in zip(windows, windows[1:]):
        assert w.stop - w.first == k1
        assert w.start <= w.next_start == after.start <= w.stop     # the next first state lies in this window
    for w in windows:
        assert w.stop - w.start == min(k2, w.stop)
        for t in range(w.first + 1, w.stop + 1):
            assert min(k2 - k1 + 1, t) <= t - w.start <= min(k2, t)   # states that the loss of step t reaches


@pytest.mark.parametrize("k1, k2", [*WINDOWS, (T, T)])
def test_reached_is_what_the_gradient_of_one_loss_shows(k1, k2):
    """The loss of step t alone: the steps whose input gets a gradient are those whose states it reaches."""
    problem = random_problem(rnn)
    seen = np.zeros((T, T), bool)
    for t in range(T):
        only = np.zeros((T, B))
        only[t] = 1
        grads = truncated.loss_and_gradients(rnn, problem.params, problem.x, problem.target,
                                             losses.squared_error, k1, k2, only, problem.h0)[1]
        seen[t] = grads["x"].any(axis=(1, 2))
    np.testing.assert_array_equal(truncated.reached(T, k1, k2), seen)


# --- truncated: nothing is cut ---

@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("k1, k2", [(1, T), (3, T), (4, T + 5), (T, T), (T + 1, T + 3)])
def test_a_window_over_everything_gives_the_full_gradient(cell, mask, loss, k1, k2):
    problem = lock(random_problem(cell))
    target = problem.target if loss == "squared_error" else np.random.default_rng(1).integers(0, O, (T, B))
    for params, state in starts(cell, problem):
        for reduction in ("sum", "mean"):
            received = truncated.loss_and_gradients(cell, params, problem.x, target, LOSSES[loss], k1, k2,
                                                    mask, state, reduction)
            assert_same(received, full(cell, params, problem.x, target, LOSSES[loss], mask, state, reduction))


# --- truncated: what is cut, and nothing else ---

def truncated_loss(cell, problem, k1, k2, mask):
    """The loss whose gradient the truncated one is: each window starts from the state that is there,
    as a constant."""
    states = [problem.h0]
    for t in range(T):
        states.append(cell.forward(problem.params, problem.x[t:t + 1], states[-1]).state)

    def f(variables):
        params = {name: variables[name] for name in problem.params}
        first = tuple(variables[name] for name in ("h0", "c0")) if cell is lstm else variables["h0"]
        total = 0
        for stop in [*range(k1, T, k1), T]:
            start, new = max(0, stop - k2), slice((stop - 1) // k1 * k1, stop)
            y = cell.forward(params, variables["x"][start:stop],
                             states[start] if start else first).y[new.start - start:]
            own = np.ones((T, B))[new] if mask is None else mask[new]
            total = total + 0.5 * (own[..., None] * (y - problem.target[new]) ** 2).sum()
        return total

    return f


MEETING = [(list(CELLS)[(i + j) % len(CELLS)], name, *window) for i, window in enumerate(WINDOWS)
           for j, name in enumerate(MASKS)]


@pytest.mark.parametrize("cell_name, mask_name, k1, k2", MEETING)
def test_complex_step(cell_name, mask_name, k1, k2):
    """Each window meets each mask, and each cell meets every window and every mask."""
    cell, mask = CELLS[cell_name], MASKS[mask_name]
    problem = random_problem(cell)
    received = truncated.loss_and_gradients(cell, problem.params, problem.x, problem.target,
                                            losses.squared_error, k1, k2, mask, problem.h0, reduction="sum")
    f = truncated_loss(cell, problem, k1, k2, mask)
    assert_same(received, (f(problem.variables()), gradcheck.complex_step(f, problem.variables())),
                COMPLEX_STEP)


@pytest.mark.parametrize("k2", [1, 3, 8])
def test_sum_over_lags(k2):
    """k1 = 1, written out: the gradient of W_hh is the sum over t and over k2 lags of products
    of Jacobians."""
    params, x, h0, target = random_problem(rnn, B=1)
    h, y = (part[:, 0] for part in (rnn.forward(params, x, h0).h, rnn.forward(params, x, h0).y))
    dW_hh = np.zeros((H, H))
    for t in range(1, T + 1):
        dh = params["W_hy"].T @ (y[t - 1] - target[t - 1, 0])
        for s in range(t, max(0, t - k2), -1):
            da = (1 - h[s] ** 2) * dh
            dW_hh += np.outer(da, h[s - 1])
            dh = params["W_hh"].T @ da
    grads = truncated.loss_and_gradients(rnn, params, x, target, losses.squared_error, 1, k2, state=h0,
                                         reduction="sum")[1]
    assert gradcheck.compare(grads, {"W_hh": dW_hh}).agrees(EXACT)


def test_parts_by_lag_add_up(cell, mask):
    """All lags together are the full gradient; the read-out has no lag."""
    problem = random_problem(cell)
    arguments = cell, problem.params, problem.x, problem.target, losses.squared_error
    parts = truncated.by_lag(*arguments, T, mask, problem.h0)
    full_grads = full(*arguments, mask, problem.h0)[1]
    assert len(parts) == T
    for name in problem.params:
        expected = np.abs(full_grads[name]).max()
        np.testing.assert_allclose(sum(part[name] for part in parts), full_grads[name], rtol=0,
                                   atol=1e-12 * expected)
    for name in {"W_hy", "b_y"} & set(problem.params):
        assert all(np.abs(part[name]).max() <= 1e-12 * np.abs(full_grads[name]).max() for part in parts[1:])


@pytest.mark.parametrize("k2", [3, 4, 8])
def test_a_loss_at_the_end_reaches_k2_inputs(cell, k2):
    problem = random_problem(cell)
    mask = MASKS["the end only"]
    grads = truncated.loss_and_gradients(cell, problem.params, problem.x, problem.target,
                                         losses.squared_error, 3, k2, mask, problem.h0)[1]
    reached = grads["x"].any(axis=(1, 2))
    assert not reached[:T - k2].any() and not grads["h0"].any()
    assert cell is CELLS["relu"] or reached[T - k2:].all()


def test_equal_windows_are_pieces_with_the_state_handed_on(cell):
    """k1 = k2, by hand: forward and backward over each piece, no gradient from one to the other."""
    problem = random_problem(cell, T=12)
    state, total = problem.h0, dict.fromkeys(problem.params, 0)
    for piece in (slice(0, 4), slice(4, 8), slice(8, 12)):
        cache = cell.forward(problem.params, problem.x[piece], state)
        grads = cell.backward(problem.params, cache, losses.squared_error(cache.y, problem.target[piece])[1])
        total = {name: total[name] + grads[name] for name in total}
        state = cache.state
    received = truncated.loss_and_gradients(cell, problem.params, problem.x, problem.target,
                                            losses.squared_error, 4, 4, state=problem.h0, reduction="sum")[1]
    assert gradcheck.compare(received, total).agrees(EXACT)


def test_double_counting_is_another_loss(cell):
    """k1 = 1, k2 = T, all losses of each window: step t is counted T - t + 1 times."""
    problem = random_problem(cell)
    weight = np.arange(T, 0, -1.0)[:, None] * np.ones(B)
    total = {}
    for window in truncated.windows(T, 1, T):
        everything = window._replace(first=window.start)
        grads = truncated.one_window(cell, problem.params, everything, problem.x, problem.target,
                                     losses.squared_error, np.ones((window.stop, B)), problem.h0)[1]
        pieces.add(total, grads, slice(0, window.stop), T)
    counted_twice = full(cell, problem.params, problem.x, problem.target, losses.squared_error, weight,
                         problem.h0, "sum")[1]
    once = full(cell, problem.params, problem.x, problem.target, losses.squared_error, None, problem.h0,
                "sum")[1]
    assert gradcheck.compare(total, counted_twice).agrees(EXACT)
    assert clip.global_norm(total) > 2 * clip.global_norm(once)


@pytest.mark.parametrize("k1, k2", WINDOWS)
@pytest.mark.parametrize("name", ["rnn", "lstm", "gru"])
def test_pytorch_detach(name, k1, k2):
    """PyTorch's own network, window by window from a detached state."""
    torch = pytest.importorskip("torch")
    cell, problem = CELLS[name], random_problem(CELLS[name])
    params = {key: torch.tensor(p, requires_grad=True) for key, p in problem.params.items()}
    x, target = torch.tensor(problem.x), torch.tensor(problem.target)
    net = getattr(torch.nn, name.upper())(D, H, dtype=torch.float64)
    bias = {"bias_ih_l0": params["b_x"]} if name == "gru" else {"bias_ih_l0": torch.zeros_like(params["b_h"])}
    weights = {"weight_ih_l0": params["W_xh"], "weight_hh_l0": params["W_hh"], "bias_hh_l0": params["b_h"],
               **bias}

    def run(start, stop, state):
        h, state = torch.func.functional_call(net, weights, (x[start:stop], state))
        return h @ params["W_hy"].T + params["b_y"], state

    def detach(state):
        return tuple(part.detach() for part in state) if isinstance(state, tuple) else state.detach()

    state = tuple(torch.tensor(part)[None]
                  for part in problem.h0) if name == "lstm" else torch.tensor(problem.h0)[None]
    states = [state]
    for t in range(T):
        states.append(detach(run(t, t + 1, states[-1])[1]))
    value = 0.0
    for stop in [*range(k1, T, k1), T]:
        start, first = max(0, stop - k2), (stop - 1) // k1 * k1
        part = 0.5 * ((run(start, stop, states[start])[0][first - start:] - target[first:stop]) ** 2).sum()
        part.backward()
        value += part.item()
    received_value, received = truncated.loss_and_gradients(cell, problem.params, problem.x, problem.target,
                                                            losses.squared_error,
                                                            k1, k2, state=problem.h0, reduction="sum")
    expected = {key: p.grad.numpy() for key, p in params.items()}
    assert_same((received_value, {key: received[key] for key in expected}), (value, expected))


# --- truncated: training ---

def echo(count, T=60, delay=2, seed=0):
    rng = np.random.default_rng(seed)
    return [datasets.delayed_echo(T, 8, delay, rng) for _ in range(count)]


def test_fit_with_one_window_is_ordinary_training(cell):
    params = cell.init(1, H, 1, np.random.default_rng(0))
    own, own_history = truncated.fit(cell, params, echo(5), losses.squared_error, 0.01, k1=60, k2=60)
    plain, history = training.fit(cell, params, echo(5), losses.squared_error, 0.01)
    for name in plain:
        np.testing.assert_array_equal(own[name], plain[name])
    for name in history:
        np.testing.assert_array_equal(own_history[name], history[name])


@pytest.mark.parametrize("learned", [False, True])
@pytest.mark.parametrize("k1, k2", [(2, 5), (4, 4)])
def test_fit_by_hand(cell, k1, k2, learned):
    """One update per window: forward from the carried state, the mean loss of the new steps, clip, update."""
    problem = lock(random_problem(cell))
    params = starts(cell, problem)[2 if learned else 0][0]
    mask = MASKS["weighted, with gaps"].copy()
    mask[4:8] = 0                                                       # no loss in a whole window
    received, history = truncated.fit(cell, params, [(problem.x, problem.target, mask)], losses.squared_error,
                                      0.1, k1, k2, optimisers.momentum, max_norm=0.5)
    state, memory, expected = None, None, {"loss": [], "norm": []}
    for first in range(0, T, k1):
        stop = min(first + k1, T)
        start, after = max(0, stop - k2), min(stop + k1, T) - k2
        if mask[first:stop].any():
            own = np.zeros((stop - start, B))
            own[first - start:] = mask[first:stop]
            value, grads = training.loss_and_gradients(cell, params, problem.x[start:stop],
                                                       problem.target[start:stop],
                                                       losses.squared_error, own, state, "mean")
            grads = {name: np.zeros_like(p) if start and name in ("h0", "c0") else grads[name]
                     for name, p in params.items()}
            clipped, norm = clip.by_global_norm(grads, 0.5)
            new, memory = optimisers.momentum(params, clipped, memory, 0.1)
            expected["loss"].append(value)
            expected["norm"].append(norm)
        else:
            new = params
        if after > start:
            state = cell.forward(params, problem.x[start:after], state).state
        params = new
    assert 0 < len(expected["loss"]) < len(range(0, T, k1))
    assert gradcheck.compare(received, params).agrees(EXACT)
    for name in expected:
        np.testing.assert_allclose(history[name], expected[name], rtol=1e-12)


def test_what_lies_beyond_the_window_is_not_learned():
    """An echo of four steps ago: a window of ten steps learns it, one of two does not,
    with as many updates."""
    params = rnn.init(1, 12, 1, np.random.default_rng(0))
    last = {k2: truncated.fit(rnn, params, echo(40, delay=4), losses.squared_error, 0.01, 2,
                              k2)[1]["loss"][-100:].mean()
            for k2 in (2, 10)}
    assert last[10] < 0.02 and last[2] > 0.15


def test_each_batch_starts_anew():
    """Two equal batches, and a step too short to change the parameters: the same losses."""
    params, batch = rnn.init(1, H, 1, np.random.default_rng(0)), echo(1)[0]
    history = truncated.fit(rnn, params, [batch, batch], losses.squared_error, 1e-300, 7, 9,
                            optimisers.sgd)[1]["loss"]
    assert len(history) == 18
    np.testing.assert_array_equal(history[:9], history[9:])


def test_a_window_is_all_the_memory():
    """Ten times the steps, the same memory but for the gradient of x and the weights of the steps."""
    params = rnn.init(1, 64, 1, np.random.default_rng(0))

    def memory(T):
        x = np.ones((T, 4, 1))
        most = peak(lambda: truncated.loss_and_gradients(rnn, params, x, x, losses.squared_error, 10, 20))
        return most - 2 * x.nbytes

    memory(100)
    assert memory(3000) < 1.5 * memory(300)


# --- checkpointing ---

@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("segment", [None, 1, 3, 10, T, 3 * T])
def test_checkpointing_gives_the_full_gradient(cell, mask, loss, segment):
    """Gradients of x and of the first state to the last bit, the sums over all steps to rounding."""
    problem = lock(random_problem(cell))
    target = problem.target if loss == "squared_error" else np.random.default_rng(1).integers(0, O, (T, B))
    for params, state in starts(cell, problem):
        for reduction in ("sum", "mean"):
            value, grads = checkpointing.loss_and_gradients(cell, params, problem.x, target, LOSSES[loss],
                                                            mask, state, segment, reduction)
            expected_value, expected = full(cell, params, problem.x, target, LOSSES[loss], mask, state,
                                            reduction)
            assert_same((value, grads), (expected_value, expected))
            whole = segment is not None and segment >= T
            for name in expected if whole else {"x", "h0", "c0"} & set(expected):
                np.testing.assert_array_equal(grads[name], expected[name])
            assert value == expected_value or not whole


@given(st.sampled_from(["rnn", "lstm", "gru"]), *(st.integers(1, most) for most in (40, 5, 4, 6, 4)),
       st.integers(1, 45), st.integers(0, 10**6))
def test_checkpointing_at_any_size(name, T, B, D, H, O, segment, seed):
    cell, problem = CELLS[name], random_problem(CELLS[name], seed, T=T, B=B, D=D, H=H, O=O)
    problem.params["W_hh"] *= 0.5                                       # far from chaos, where rounding grows
    received = checkpointing.loss_and_gradients(cell, problem.params, problem.x, problem.target,
                                                losses.squared_error, state=problem.h0, segment=segment)
    expected = full(cell, problem.params, problem.x, problem.target, losses.squared_error, state=problem.h0)
    assert abs(received[0] - expected[0]) <= EXACT * expected[0]
    for key, g in expected[1].items():
        np.testing.assert_allclose(received[1][key], g, rtol=0, atol=1e-12 * max(1.0, np.abs(g).max()))


def test_it_replaces_the_full_pass_of_training(cell):
    """The same arguments, the same answer as training's."""
    problem, mask = random_problem(cell), MASKS["variable length"]
    arguments = cell, problem.params, problem.x, problem.target, losses.squared_error, mask, problem.h0
    assert_same(checkpointing.loss_and_gradients(*arguments), training.loss_and_gradients(*arguments))


def test_a_long_sequence(cell):
    problem = random_problem(cell, T=1000)
    problem.params["W_hh"] *= 0.5
    arguments = cell, problem.params, problem.x, problem.target, losses.squared_error, None, problem.h0
    assert_same(checkpointing.loss_and_gradients(*arguments), training.loss_and_gradients(*arguments))


@pytest.mark.parametrize("T, longest, last",
                         [(1, 1, 1), (2, 2, 2), (9, 3, 3), (10, 4, 2), (100, 10, 10), (101, 11, 2)])
def test_every_step_is_run_twice_but_for_the_last_segment(T, longest, last):
    run = []

    def forward(params, x, state=None):
        run.append(len(x))
        return rnn.forward(params, x, state)

    problem = random_problem(rnn, T=T)
    checkpointing.loss_and_gradients(SimpleNamespace(forward=forward, backward=rnn.backward), problem.params,
                                     problem.x, problem.target, losses.squared_error)
    assert sum(run) == 2 * T - last and max(run) == longest


@pytest.mark.parametrize("name", ["rnn", "lstm", "gru"])
def test_memory_grows_like_the_root_of_the_time(name):
    """Sixteen times the steps: four times the memory, where the full pass needs sixteen times."""
    cell = CELLS[name]
    params = cell.init(1, 64, 1, np.random.default_rng(0))

    def memory(way, T):
        x = np.ones((T, 8, 1))
        return peak(lambda: way.loss_and_gradients(cell, params, x, x, losses.squared_error))

    for way in (training, checkpointing):
        memory(way, 100)                            # what Python keeps for good is there before we measure
    full_pass, own = ([memory(way, T) for T in (144, 2304)] for way in (training, checkpointing))
    assert 14 < full_pass[1] / full_pass[0] < 17
    assert 2.5 < own[1] / own[0] < 5.5
    assert own[1] < full_pass[1] / 15


# --- both: types and bad input ---

WAYS = {"truncated": partial(truncated.loss_and_gradients, k1=3, k2=5),
        "checkpointing": checkpointing.loss_and_gradients}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_float32_stays_float32(cell, way):
    problem = random_problem(cell)

    def run(dtype):
        state = tuple(part.astype(dtype) for part in problem.h0) if cell is lstm else problem.h0.astype(dtype)
        params = {name: p.astype(dtype) for name, p in problem.params.items()}
        return way(cell, params, problem.x.astype(dtype), problem.target.astype(dtype), losses.squared_error,
                   state=state)

    (value, grads), exact = run(np.float32), run(np.float64)
    assert {array.dtype for array in (value, *grads.values())} == {np.dtype(np.float32)}
    assert_same((value, grads), exact, 2e-5)


@pytest.mark.parametrize("dtypes", [(np.float32, np.float64), (np.float64, np.float32)])
@pytest.mark.parametrize("way",
                         [partial(truncated.loss_and_gradients, k1=3, k2=T),
                          checkpointing.loss_and_gradients], ids=WAYS)
def test_mixed_types_lose_nothing(way, dtypes):
    """Inputs of one type and parameters of another: as the full pass does it."""
    problem, mask = random_problem(rnn), MASKS["variable length"]
    x, params = problem.x.astype(dtypes[0]), {name: p.astype(dtypes[1]) for name, p in problem.params.items()}
    received = way(rnn, params, x, problem.target, losses.squared_error, mask=mask)
    assert_same(received, full(rnn, params, x, problem.target, losses.squared_error, mask))


def changed(array, index, value):
    """A copy with one entry replaced."""
    copy = array.copy()
    copy[index] = value
    return copy


PROBLEM = random_problem(rnn)
X, Y, M = PROBLEM.x, PROBLEM.target, np.ones((T, B))
CLASSES = np.zeros((T, B), int)


def call(way, x=X, target=Y, mask=None, state=None, loss=losses.squared_error, **options):
    return way(rnn, PROBLEM.params, x, target, loss, mask=mask, state=state, **options)


def fit(way, x=X, target=Y, mask=None, k1=3, k2=5, learning_rate=0.1, **options):
    return truncated.fit(rnn, PROBLEM.params, [(x, target, mask)], losses.squared_error, learning_rate, k1,
                         k2, **options)


BOTH = [
    (partial(call, x=X[:, 0]), ValueError,
     "x must have shape (T, B, D); received (11, 2). A single sequence is a batch of one"),
    (partial(call, x=X[:0]), ValueError, "x must have shape (T, B, D); received (0, 3, 2). Every axis needs"),
    (partial(call, x=X[..., :1]), ValueError, "x must have shape (T, B, 2); received"),
    (partial(call, x=X.tolist()), TypeError, "x must be a NumPy array of shape (T, B, D); received list."),
    (partial(call, x=changed(X, (9, 0, 1), np.nan)), ValueError, "the first is x[9, 0, 1] = nan."),
    (partial(call, target=Y[:-1]), ValueError, "target must have shape (11, 3, 5); received (10, 3, 5)."),
    (partial(call, target=np.concatenate([Y, Y])), ValueError,
     "target must have shape (11, 3, 5); received (22, 3, 5)."),
    (partial(call, target=Y[..., :1]), ValueError, "target must have shape"),
    (partial(call, target=Y[0, 0]), ValueError, "target must have shape (11, 3); received (5,)."),
    (partial(call, target=Y.tolist()), TypeError,
     "target must be a NumPy array of shape (11, 3); received list."),
    (partial(call, target=changed(Y, (9, 0, 1), np.inf)), ValueError, "the first is target[9, 0, 1] = inf."),
    (partial(call, target=CLASSES + O, loss=losses.cross_entropy), ValueError,
     "target must hold classes 0 to 4 (y has 5 outputs)"),
    (partial(call, target=np.tile(CLASSES, (2, 1)), loss=losses.cross_entropy), ValueError,
     "target must have shape (11, 3); received (22, 3)."),
    (partial(call, mask=np.ones((B, T))), ValueError, "mask must have shape (11, 3); received (3, 11)."),
    (partial(call, mask=0 * M), ValueError,
     "mask must hold finite numbers >= 0, not all zero; received a smallest entry of 0.0"),
    (partial(call, mask=-M), ValueError,
     "mask must hold finite numbers >= 0, not all zero; received a smallest entry of -1.0"),
    (partial(call, reduction="average"), ValueError,
     "reduction must be one of 'sum', 'mean'; received 'average'."),
    (partial(call, state=np.ones(H)), ValueError, "state must have shape (3, 4); received (4,)."),
]
TRUNCATED = [
    (partial(call, k1=0), ValueError, "k1 must be at least 1; received 0."),
    (partial(call, k1=1.5), TypeError, "k1 must be a whole number; received 1.5."),
    (partial(call, k2=None), TypeError, "k2 must be a whole number; received None."),
    (partial(call, k1=4, k2=3), ValueError,
     "k2 must be at least k1 = 4, so that every loss lies in a window; received 3."),
    (lambda way: truncated.windows(0, 1, 1), ValueError, "T must be at least 1; received 0."),
    (partial(fit, k1=6), ValueError,
     "k2 must be at least k1 = 6, so that every loss lies in a window; received 5."),
    (partial(fit, target=Y[1:]), ValueError, "target must have shape (11, 3, 5); received (10, 3, 5)."),
    (partial(fit, mask=0 * M), ValueError, "mask must hold finite numbers >= 0, not all zero;"),
    (partial(fit, learning_rate=0), ValueError, "learning_rate must be greater than 0; received 0."),
    (partial(fit, max_norm=0), ValueError, "max_norm must be greater than 0; received 0."),
]
CHECKPOINTING = [
    (partial(call, segment=0), ValueError, "segment must be at least 1; received 0."),
    (partial(call, segment=2.0), TypeError, "segment must be a whole number; received 2.0."),
]
BAD = [(WAYS[name], *bad) for name, more in (("truncated", TRUNCATED), ("checkpointing", CHECKPOINTING))
       for bad in BOTH + more]


@pytest.mark.parametrize("way, attempt, error, message", BAD, ids=[message[:60] for *_, message in BAD])
@pytest.mark.filterwarnings("error")
def test_bad_input(way, attempt, error, message):
    with pytest.raises(error) as caught:
        attempt(way)
    assert type(caught.value) is error
    assert message in str(caught.value)


# --- what is measured ---

def test_the_measurement_compares_ways_to_one_gradient():
    """Full and checkpointed agree; truncated has the same loss and another gradient."""
    found = {way: function() for way, function in measurement.ways(2 * measurement.WINDOW).items()}
    assert_same(found["checkpointed"], found["full"])
    assert abs(found["truncated"][0] - found["full"][0]) <= EXACT * found["full"][0]
    assert gradcheck.compare(found["truncated"][1], found["full"][1]).worst.error > 1e-6


def test_the_measurement_is_kept():
    machine, rows = datasets.measured("checkpointing")
    assert "numpy" in machine
    assert {(row["T"], row["way"]) for row in rows} == {(T, way) for T in measurement.LENGTHS
                                                        for way in measurement.ways(1)}
    assert all(row["MB"] > 0 and row["fastest"] <= row["seconds"] <= row["slowest"] for row in rows)
