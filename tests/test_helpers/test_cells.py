"""What holds for every cell, plain or gated, with every activation: the same verbs, and the symmetries
of their gradients."""

from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, strategies as st

from helpers import gradcheck, gru, losses, lstm, rnn

EXACT = 1e-13           # two programs in float64 that do the same sums in another order
COMPLEX_STEP = 1e-12


def plain(activation):
    """The plain network with one activation, as a cell."""
    return SimpleNamespace(init=rnn.init, forward=partial(rnn.forward, activation=activation),
                           backward=rnn.backward)


CELLS = {**{f"rnn {activation}": plain(activation) for activation in ("tanh", "relu", "identity")},
         "lstm": lstm, "gru": gru}


@pytest.fixture(params=CELLS.values(), ids=CELLS)
def cell(request):
    return request.param


def random_problem(cell, seed=0, **sizes):
    return gradcheck.random_problem(np.random.default_rng(seed), **sizes, cell=cell)


def states(state):
    """A first state, or its gradient, as a dict: one array, or the pair of the LSTM."""
    return dict(zip(("h0", "c0"), state if isinstance(state, tuple) else (state,)))


def packed(found):
    """The other way round: what ``forward`` takes, from a dict that holds h0, and c0 if there is one."""
    return (found["h0"], found["c0"]) if "c0" in found else found["h0"]


def forward_and_backward(cell, problem, dy, sequences=slice(None), steps=slice(None)):
    """Outputs and gradients for some of the steps of some of the sequences of a batch."""
    start = packed({name: array[sequences] for name, array in states(problem.h0).items()})
    cache = cell.forward(problem.params, problem.x[steps, sequences], start)
    return cache, cell.backward(problem.params, cache, dy[steps, sequences])


def worst(received, expected):
    """Largest error of any gradient: largest difference over largest entry."""
    assert set(received) == set(expected)
    return gradcheck.compare(received, expected).worst.error


def close(left, right):
    scale = max(1.0, np.abs(right).max())
    np.testing.assert_allclose(left, right, rtol=0, atol=1e-12 * scale)


# --- conventions ---

@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_forward_keeps_the_type(cell, dtype):
    cache = cell.forward(cell.init(2, 4, 3, np.random.default_rng(0), dtype), np.ones((5, 2, 2), dtype))
    assert {array.dtype for array in cache if isinstance(array, np.ndarray)} == {np.dtype(dtype)}


def test_nothing_is_changed_in_place(cell):
    """Everything that goes in is locked against writing; the cache is, too, before backward."""
    problem = random_problem(cell)
    dy = np.ones((6, 3, 5))
    for array in problem.variables().values():
        array.flags.writeable = False
    cache = cell.forward(problem.params, problem.x, problem.h0)
    for array in (*[a for a in cache if isinstance(a, np.ndarray)], dy):
        array.flags.writeable = False
    cell.backward(problem.params, cache, dy, problem.h0)


def test_first_state(cell):
    """Zeros by default; a learned one is the same for every sequence; one that is handed over wins."""
    params, x, state, _ = random_problem(cell)
    learned = {name: np.random.default_rng(k).standard_normal(4) for k, name in enumerate(states(state))}
    for name in learned:
        assert (getattr(cell.forward(params, x), name[0])[0] == 0).all()
        assert (getattr(cell.forward({**params, **learned}, x), name[0])[0] == learned[name]).all()
    cache = cell.forward({**params, **learned}, x, state)
    np.testing.assert_array_equal(cache.y, cell.forward(params, x, state).y)
    grads = cell.backward({**params, **learned}, cache, np.ones_like(cache.y))
    assert all(grads[name].shape == (3, 4) for name in learned)


def test_one_complex_variable_is_enough(cell):
    """Whoever differentiates by one variable only must get the same: no imaginary part may be dropped on
    the way."""
    problem = random_problem(cell)
    f, everything = gradcheck.cell_loss(cell, problem), problem.variables()
    together = gradcheck.complex_step(f, everything)
    for name, value in everything.items():
        alone = gradcheck.complex_step(lambda v: f({**everything, **v}), {name: value})
        assert worst(alone, {name: together[name]}) <= COMPLEX_STEP


# --- time: the sequence in two pieces ---

@pytest.mark.parametrize("cut", [1, 3, 6])
def test_two_pieces_are_one_sequence(cell, cut):
    """Carry the state forward and its gradient (dstate) backward: two pieces give what the whole gives."""
    problem = random_problem(cell, seed=5, T=7)
    params, dy = problem.params, np.random.default_rng(5).standard_normal((7, 3, 5))
    whole = cell.forward(params, problem.x, problem.h0)
    expected = cell.backward(params, whole, dy)

    first = cell.forward(params, problem.x[:cut], problem.h0)
    second = cell.forward(params, problem.x[cut:], first.state)
    late = cell.backward(params, second, dy[cut:])
    early = cell.backward(params, first, dy[:cut], packed(late))
    joined = {name: early[name] + late[name] for name in params}
    joined["x"] = np.concatenate([early["x"], late["x"]])
    joined |= {name: early[name] for name in states(problem.h0)}
    for name in {"h", "c"} & set(whole._fields):
        pieces = np.concatenate([getattr(first, name), getattr(second, name)[1:]])
        np.testing.assert_allclose(pieces, getattr(whole, name), rtol=EXACT, atol=EXACT)
    assert worst(joined, expected) <= EXACT


# --- symmetries, on networks of any size ---

@st.composite
def problems(draw):
    """A cell and a problem of any size, one sequence of one step included, with gradients dy to send back."""
    T, B, D, H, O = (draw(st.integers(1, most)) for most in (8, 5, 4, 5, 4))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    cell = CELLS[draw(st.sampled_from(list(CELLS)))]
    return cell, gradcheck.random_problem(rng, T, B, D, H, O, cell), rng.standard_normal((T, B, O))


@given(problems())
def test_a_batch_is_a_stack_of_single_sequences(case):
    cell, problem, dy = case
    cache, grads = forward_and_backward(cell, problem, dy)
    singles = [forward_and_backward(cell, problem, dy, slice(b, b + 1)) for b in range(dy.shape[1])]
    close(np.concatenate([single.y for single, _ in singles], axis=1), cache.y)
    for name in problem.params:
        close(sum(g[name] for _, g in singles), grads[name])
    close(np.concatenate([g["x"] for _, g in singles], axis=1), grads["x"])
    for name in states(problem.h0):
        close(np.concatenate([g[name] for _, g in singles]), grads[name])


@given(problems(), st.randoms(use_true_random=False))
def test_the_order_of_the_batch_does_not_matter(case, random):
    cell, problem, dy = case
    order = list(range(dy.shape[1]))
    random.shuffle(order)
    cache, grads = forward_and_backward(cell, problem, dy)
    shuffled, shuffled_grads = forward_and_backward(cell, problem, dy, order)
    close(shuffled.y, cache.y[:, order])
    for name in problem.params:
        close(shuffled_grads[name], grads[name])
    close(shuffled_grads["x"], grads["x"][:, order])
    for name in states(problem.h0):
        close(shuffled_grads[name], grads[name][order])


@given(problems(), st.data())
def test_padding_with_a_mask_changes_nothing(case, data):
    """Sequences of different lengths, padded with anything and masked: the same as each one run at its own
    length."""
    cell, problem, dy = case
    T, B, _ = dy.shape
    lengths = np.array([data.draw(st.integers(1, T)) for _ in range(B)])
    at_end = data.draw(st.booleans())
    mask = losses.last_step_mask(lengths, T) if at_end else losses.length_mask(lengths, T)
    cache = cell.forward(problem.params, problem.x, problem.h0)
    value, dy = losses.squared_error(cache.y, problem.target, mask)
    grads = cell.backward(problem.params, cache, dy)

    total, sums = 0.0, {name: np.zeros_like(p) for name, p in problem.params.items()}
    for b, length in enumerate(lengths):
        start = packed({name: array[b:b + 1] for name, array in states(problem.h0).items()})
        single = cell.forward(problem.params, problem.x[:length, b:b + 1], start)
        error = single.y - problem.target[:length, b:b + 1]
        if at_end:
            error[:-1] = 0
        total += 0.5 * (error ** 2).sum()
        own = cell.backward(problem.params, single, error)
        sums = {name: sums[name] + own[name] for name in sums}
        close(grads["x"][:length, b], own["x"][:, 0])
        assert (grads["x"][length:, b] == 0).all()
        for name in states(problem.h0):
            close(grads[name][b], own[name][0])
    close(value, total)
    for name in sums:
        close(grads[name], sums[name])


@given(problems())
def test_gradients_are_linear_in_dy(case):
    """Backward is a linear map: scaling and adding what comes in scales and adds what goes out."""
    cell, problem, dy = case
    other = np.cos(dy)
    once, second, both = (forward_and_backward(cell, problem, d)[1] for d in (dy, other, dy - 3 * other))
    for name in once:
        close(both[name], once[name] - 3 * second[name])
