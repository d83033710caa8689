"""Forward mode, RTRL, the block-bidiagonal solve and UORO: against the complex step, BPTT,
and what they promise."""

import itertools
import re
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, strategies as st

from helpers import gradcheck, losses, rnn
from helpers.other_ways import bidiagonal, counting, forward_mode, rtrl, uoro

WAYS = {"forward mode": forward_mode, "RTRL": rtrl, "block solve": bidiagonal}
EXACT = 1e-12
sizes = st.fixed_dictionaries({"T": st.integers(1, 7), "B": st.integers(1, 3), "D": st.integers(1, 3),
                               "H": st.integers(1, 4),
                               "O": st.integers(1, 3), "seed": st.integers(0, 10 ** 6)})


def random_problem(seed=0, **given):
    return gradcheck.random_problem(np.random.default_rng(seed), **given)


def bptt(params, x, target, h0, loss=losses.squared_error):
    cache = rnn.forward(params, x, h0)
    return rnn.backward(params, cache, loss(cache.y, target)[1])


def of(problem):
    return problem.params, problem.x, problem.target, problem.h0


@pytest.fixture(params=WAYS.values(), ids=WAYS)
def way(request):
    return request.param


# --- the same gradient ---

def test_the_complex_step_agrees(way):
    problem = random_problem(1)
    numeric = gradcheck.complex_step(gradcheck.rnn_loss(problem), problem.variables())
    grads = way.gradients(*of(problem))
    assert set(grads) == (set(problem.params) if way is rtrl else set(numeric))
    assert gradcheck.compare(grads, {name: numeric[name] for name in grads}).agrees(EXACT)


@given(sizes)
def test_any_size_gives_bptts_gradient(given):
    problem = random_problem(**given)
    expected = bptt(*of(problem))
    for way in WAYS.values():
        grads = way.gradients(*of(problem))
        assert gradcheck.compare(grads, {name: expected[name] for name in grads}).agrees(1e-10)


def test_cross_entropy(way):
    problem = random_problem(2)
    classes = np.random.default_rng(3).integers(0, 5, (6, 3))
    arguments = problem.params, problem.x, classes, problem.h0, losses.cross_entropy
    grads, expected = way.gradients(*arguments), bptt(*arguments)
    assert gradcheck.compare(grads, {name: expected[name] for name in grads}).agrees(EXACT)


def test_nothing_is_changed(way):
    problem = random_problem(4)
    for array in (*problem.params.values(), problem.x, problem.target, problem.h0):
        array.flags.writeable = False
    first, second = way.gradients(*of(problem)), way.gradients(*of(problem))
    assert all(np.array_equal(first[name], second[name]) for name in first)


# --- forward mode ---

@given(sizes)
def test_a_jvp_is_the_derivative_along_the_direction(given):
    problem = random_problem(**given)
    rng, variables = np.random.default_rng(given["seed"] + 1), problem.variables()
    direction = {name: rng.standard_normal(value.shape) for name, value in variables.items()}
    moved = {name: value + 1e-100j * direction[name] for name, value in variables.items()}
    y, y_tangent = forward_mode.jvp(problem.params, problem.x, problem.h0, direction)
    along = rnn.forward({name: moved[name] for name in problem.params}, moved["x"], moved["h0"]).y
    np.testing.assert_allclose(y, along.real, rtol=EXACT, atol=EXACT)
    np.testing.assert_allclose(y_tangent, along.imag / 1e-100, rtol=1e-11, atol=1e-11)
    grads = bptt(*of(problem))
    slope = forward_mode.directional_derivative(*of(problem), direction)
    assert slope == pytest.approx(sum((grads[name] * direction[name]).sum() for name in grads), rel=1e-9,
                                  abs=1e-9)


def test_a_jvp_is_linear_in_the_direction():
    problem, rng = random_problem(5), np.random.default_rng(6)
    one, two = ({"W_hh": rng.standard_normal((4, 4)), "x": rng.standard_normal((6, 3, 2))} for _ in range(2))
    of_sum = {name: 2 * one[name] - 3 * two[name] for name in one}
    parts = [forward_mode.jvp(problem.params, problem.x, problem.h0, v)[1] for v in (one, two, of_sum)]
    np.testing.assert_allclose(parts[2], 2 * parts[0] - 3 * parts[1], rtol=1e-12, atol=1e-12)


# --- RTRL ---

def test_every_prefix_has_its_gradient():
    problem = random_problem(7)
    for t, grads in enumerate(rtrl.online(*of(problem)), start=1):
        expected = bptt(problem.params, problem.x[:t], problem.target[:t], problem.h0)
        assert gradcheck.compare(grads, {name: expected[name] for name in grads}).agrees(EXACT)
    assert t == 6


def test_memory_does_not_grow_with_the_sequence():
    """Nor does forward mode's; the block solve's does."""
    def peak(function, T):
        problem = random_problem(8, T=T, B=1)
        tracemalloc.start()
        before, _ = tracemalloc.get_traced_memory()
        function(problem)
        _, found = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return found - before

    for grows, function in ((False, lambda p: rtrl.gradients(*of(p))),
                            (False, lambda p: forward_mode.gradients(*of(p), names=("b_y",))),
                            (True, lambda p: bidiagonal.gradients(*of(p)))):
        function(random_problem(8, T=2, B=1))
        assert (peak(function, 640) > 1.5 * peak(function, 160)) == grows


# --- the block-bidiagonal system ---

@given(st.integers(1, 6), st.integers(1, 3), st.integers(1, 4), st.integers(0, 10 ** 6))
def test_both_substitutions_solve_their_system(T, B, H, seed):
    rng = np.random.default_rng(seed)
    J, u, g = (rng.standard_normal(shape) for shape in ((T, B, H, H), (T, B, H), (T, B, H)))
    forward, backward = bidiagonal.forward_substitution(J, u), bidiagonal.back_substitution(J, g)
    for b in range(B):
        A = bidiagonal.matrix(J[:, b])
        np.testing.assert_allclose(A @ forward[:, b].ravel(), u[:, b].ravel(), rtol=1e-9,
                                   atol=1e-9 * np.abs(forward).max())
        np.testing.assert_allclose(A.T @ backward[:, b].ravel(), g[:, b].ravel(), rtol=1e-9,
                                   atol=1e-9 * np.abs(backward).max())
    assert (u * backward).sum() == pytest.approx((forward * g).sum(), rel=1e-9,
                                                 abs=1e-9 * np.abs(u * backward).sum())


# --- UORO ---

@pytest.mark.parametrize("T, H", [(1, 3), (2, 4), (3, 3), (5, 2)])
def test_the_average_over_all_signs_is_the_gradient(T, H):
    problem = random_problem(9, T=T, B=1, H=H)
    signs = np.array(list(itertools.product([-1.0, 1.0], repeat=T * H))).reshape(-1, T, H).swapaxes(0, 1)
    estimates, expected = uoro.gradients(*of(problem), signs), bptt(*of(problem))
    for name, each in estimates.items():
        np.testing.assert_allclose(each.mean(axis=0), expected[name], rtol=1e-11, atol=1e-11)
        # one estimate alone is not the gradient
        assert T * H == 1 or each.std(axis=0).max() > 0.1 * np.abs(expected[name]).max()


# --- counting ---

def test_products_are_counted():
    v, M, N = np.ones(3), np.ones((4, 3)), np.ones((3, 5))
    assert counting.multiplications(lambda M, N: M @ N, M, N) == 4 * 3 * 5
    assert counting.multiplications(lambda M, v: M @ v, M, v) == 12
    assert counting.multiplications(lambda p: p["M"] * p["M"] + 1, {"M": M}) == 12
    assert counting.multiplications(lambda M: M + M, M) == 0


def test_bptt_takes_the_products_that_lesson_03_counts():
    """Three times T B (H^2 + H D + H O), forward and backward, and T B H for the slopes on their way."""
    T, B, D, H, O = 5, 2, 3, 4, 6
    problem = random_problem(10, T=T, B=B, D=D, H=H, O=O)
    products = 3 * T * B * (H ** 2 + H * D + H * O)
    assert products < counting.multiplications(bptt, *of(problem)) < products + 2 * T * B * (H + 2 * O)


def test_counting_does_not_change_the_result():
    problem = random_problem(11)
    counted = bptt(counting.counted(problem.params),
                   *map(counting.counted, (problem.x, problem.target, problem.h0)))
    assert all(np.array_equal(counted[name], expected) for name, expected in bptt(*of(problem)).items())


# --- bad input ---

PROBLEM = random_problem(12, B=1)
P, X, TARGET, H0 = of(PROBLEM)
J, G = np.ones((6, 1, 4, 4)), np.ones((6, 1, 4))
BAD = [
    (lambda: forward_mode.jvp(P, X, H0, {"W_hh": np.ones((4, 3))}), ValueError,
     "direction['W_hh'] must have shape (4, 4); received (4, 3)."),
    (lambda: forward_mode.jvp(P, X, H0, {"W": np.ones((4, 4))}), ValueError,
     "a name in direction must be one of 'W_hh', "),
    (lambda: forward_mode.gradients(P, X, TARGET, H0, names=("W",)), ValueError,
     "a name in names must be one of 'W_hh', "),
    (lambda: forward_mode.jvp(P, X, H0, np.ones(3)), TypeError,
     "direction must be a dict of arrays; received ndarray."),
    (lambda: forward_mode.jvp(P, X, None, {}), TypeError,
     "h0 must be a NumPy array of shape (1, 4); received NoneType."),
    (lambda: forward_mode.gradients(P, X[:, 0], TARGET, H0), ValueError,
     "x must have shape (T, B, 2); received (6, 2). A single sequence"),
    (lambda: rtrl.gradients(P, X, TARGET, H0[:, :3]), ValueError,
     "h0 must have shape (1, 4); received (1, 3)."),
    (lambda: rtrl.gradients({**P, "b_h": np.ones(3)}, X, TARGET, H0), ValueError,
     "params['b_h'] must have shape (4,); received (3,)."),
    (lambda: bidiagonal.gradients(P, X.astype(int), TARGET, H0), TypeError,
     "x must hold floating-point numbers; received dtype int64."),
    (lambda: bidiagonal.gradients(P, X, TARGET[:-1], H0), ValueError,
     "target must have shape (6, 1, 5); received (5, 1, 5)."),
    (lambda: bidiagonal.back_substitution(J[:5], G), ValueError,
     "J must have shape (6, 1, 4, 4); received (5, 1, 4, 4)."),
    (lambda: bidiagonal.forward_substitution(J, G[:, 0]), ValueError,
     "the right-hand side must have shape (T, B, H); received (6, 4)."),
    (lambda: bidiagonal.matrix(J), ValueError, "J must have shape (T, 4, 4); received (6, 1, 4, 4)."),
    (lambda: uoro.gradients(P, X, TARGET, H0, np.ones((5, 2, 4))), ValueError,
     "signs must have shape (6, K, 4); received (5, 2, 4)."),
    (lambda: uoro.gradients(P, X, TARGET, H0, np.full((6, 2, 4), 0.5)), ValueError,
     "signs must be +1 or -1; received 0.5."),
    (lambda: counting.multiplications(3), TypeError, "function must be callable; received int."),
]


@pytest.mark.parametrize("call, error, words", BAD)
def test_bad_input_is_named(call, error, words):
    with pytest.raises(error, match=re.escape(words)):
        call()
