"""The checks of gradients: right on functions whose derivatives are known, and able to find a planted
mistake."""

import numpy as np
import pytest

from helpers import gradcheck, losses, rnn

METHODS = [(gradcheck.central_difference, 1e-8), (gradcheck.complex_step, 1e-14)]
VARIABLES = {"u": np.array([0.3, -1.2, 2.0]), "M": np.array([[1.0, -2.0, 0.5], [0.1, 3.0, -1.0]]),
             "s": np.array(0.7)}


def known(v):
    """sum(sin u) + exp(s) * sum(M u): every derivative can be written down."""
    return np.sin(v["u"]).sum() + np.exp(v["s"]) * (v["M"] @ v["u"]).sum()


def known_gradients(v):
    return {"u": np.cos(v["u"]) + np.exp(v["s"]) * v["M"].sum(axis=0),
            "M": np.exp(v["s"]) * np.tile(v["u"], (2, 1)), "s": np.exp(v["s"]) * (v["M"] @ v["u"]).sum()}


@pytest.mark.parametrize("method, tolerance", METHODS)
def test_known_derivatives(method, tolerance):
    gradients = method(known, VARIABLES)
    assert {name: g.shape for name, g in gradients.items()} == {"u": (3,), "M": (2, 3), "s": ()}
    assert gradcheck.compare(gradients, known_gradients(VARIABLES)).agrees(tolerance)


@pytest.mark.parametrize("method, _", METHODS)
def test_variables_are_moved_one_at_a_time_and_put_back(method, _):
    before = {name: value.copy() for name, value in VARIABLES.items()}
    moved = []

    def f(v):
        moved.append(sum(np.count_nonzero(v[name] != before[name]) for name in before))
        return v["s"]

    method(f, VARIABLES)
    assert set(moved) == {1}
    for name in before:
        np.testing.assert_array_equal(VARIABLES[name], before[name])


def test_errors_fall_with_the_square_of_the_step_until_rounding_takes_over():
    def error(eps):
        return gradcheck.compare(gradcheck.central_difference(known, VARIABLES, eps),
                                 known_gradients(VARIABLES)).worst.error

    assert error(1e-2) / error(1e-3) == pytest.approx(100, rel=0.05)
    assert error(1e-12) > 100 * error(1e-5)


def test_complex_step_has_no_best_step():
    for eps in (1e-20, 1e-100, 1e-200):
        assert gradcheck.compare(gradcheck.complex_step(known, VARIABLES, eps),
                                 known_gradients(VARIABLES)).agrees(1e-14)


# --- compare ---

def test_compare_finds_the_worst_entry():
    reference = {"a": np.array([1.0, 2.0]), "b": np.array([[1.0, -10.0], [3.0, 4.0]])}
    received = {"a": np.array([1.0, 2.0]), "b": np.array([[1.5, -10.0], [1.0, 4.0]]), "more": np.zeros(1)}
    comparison = gradcheck.compare(received, reference)
    assert [row.name for row in comparison] == ["a", "b"]
    assert comparison.worst == ("b", (2, 2), 0.2, (1, 0), 1.0, 3.0)      # 2 off, of 10
    assert comparison[0].error == 0
    assert not comparison.agrees() and comparison.agrees(0.2) and not comparison.agrees(0.19)
    assert repr(comparison).splitlines()[1:] == [
        "da       (2,)         < 1e-9", "db       (2, 2)       2e-01     [1, 0] is 1, should be 3"]


def test_a_gradient_of_zero_is_compared_absolutely():
    comparison = gradcheck.compare({"a": np.array([0.0, 1e-3])}, {"a": np.zeros(2)})
    assert comparison.worst.error == 1e-3


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_never_agrees(value):
    comparison = gradcheck.compare({"a": np.ones(2), "b": np.array([1.0, value])},
                                   {"a": np.ones(2), "b": np.ones(2)})
    assert not comparison.agrees(1e300)
    assert comparison.worst.name == "b" and comparison.worst.index == (1,)


def test_nothing_is_no_proof():
    with pytest.raises(ValueError, match="reference must hold at least one gradient"):
        gradcheck.compare({"a": np.ones(2)}, {})


# --- planted mistakes ---

@pytest.fixture(scope="module")
def exact():
    """A problem, its gradients by the course's backward pass, and by complex step."""
    problem = gradcheck.random_problem(np.random.default_rng(0))
    cache = rnn.forward(problem.params, problem.x, problem.h0)
    grads = rnn.backward(problem.params, cache, losses.squared_error(cache.y, problem.target)[1])
    return grads, gradcheck.complex_step(gradcheck.rnn_loss(problem), problem.variables())


@pytest.mark.parametrize("name", ["W_hh", "W_xh", "W_hy", "b_h", "b_y", "h0", "x"])
def test_a_wrong_sign_is_found_in_each_gradient(exact, name):
    grads, reference = exact
    assert gradcheck.compare(grads, reference).agrees(1e-12)
    comparison = gradcheck.compare({**grads, name: -grads[name]}, reference)
    assert comparison.worst.name == name and comparison.worst.error == pytest.approx(2)
    assert [row.name for row in comparison if row.error > 1e-12] == [name]


@pytest.mark.parametrize("name", ["W_hh", "W_xh", "W_hy", "b_h", "b_y", "h0", "x"])
def test_one_wrong_sign_in_one_entry_is_found(exact, name):
    """The entry nearest to zero of all: the hardest to see."""
    grads, reference = exact
    wrong = grads[name].copy()
    index = tuple(int(i) for i in np.unravel_index(np.argmin(np.abs(wrong)), wrong.shape))
    wrong[index] *= -1
    comparison = gradcheck.compare({**grads, name: wrong}, reference)
    assert not comparison.agrees() and (comparison.worst.name, comparison.worst.index) == (name, index)


# --- the problem that checks are run on ---

def test_mistakes_cannot_hide_in_a_random_problem():
    problem = gradcheck.random_problem(np.random.default_rng(0))
    (T, B, D), (O, H) = problem.x.shape, problem.params["W_hy"].shape
    assert T >= 5 and len({T, B, D, H, O}) == 5 and min(B, D, H, O) >= 2
    W_hh = problem.params["W_hh"]
    assert 0.5 < np.linalg.norm(W_hh, 2) < 3 and np.abs(W_hh - W_hh.T).max() > 0.1
    assert problem.params["b_h"].all() and problem.params["b_y"].all() and problem.h0.all()
    assert set(problem.variables()) == {"W_hh", "W_xh", "W_hy", "b_h", "b_y", "x", "h0"}


def test_rnn_loss_is_the_loss_of_the_forward_pass():
    problem, rng = gradcheck.random_problem(np.random.default_rng(0)), np.random.default_rng(1)
    classes, mask = rng.integers(0, 5, (6, 3)), rng.random((6, 3)) < 0.5
    y = rnn.forward(problem.params, problem.x, problem.h0, "relu").y
    assert gradcheck.rnn_loss(problem, "relu", losses.cross_entropy, classes, mask)(problem.variables()) \
        == losses.cross_entropy(y, classes, mask)[0]
    value = gradcheck.rnn_loss(problem, "relu")(problem.variables())
    assert value == losses.squared_error(y, problem.target)[0]
