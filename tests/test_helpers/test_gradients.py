"""Proof of the plain network's gradients: against the complex step and PyTorch.
What holds for every cell is in test_cells.py."""

import numpy as np
import pytest

from helpers import datasets, gradcheck, losses, readout, rnn

CASES = datasets.pytorch_gradients()
EXACT = 1e-13           # two programs in float64 that do the same sums in another order
COMPLEX_STEP = 1e-12


@pytest.fixture(params=CASES, ids=lambda case: case["name"])
def case(request):
    return request.param


def gradients(case, reduction="sum", dtype=np.float64):
    """Loss and gradients of a case, from the course's own forward and backward pass."""
    params = {name: p.astype(dtype) for name, p in case["params"].items()}
    h0 = None if case["h0"] is None else case["h0"].astype(dtype)
    target = case["target"].astype(dtype) if case["loss"] == "squared_error" else case["target"]
    cache = rnn.forward(params, case["x"].astype(dtype), h0, case["activation"])
    value, dy = getattr(losses, case["loss"])(cache.y, target, case["mask"], reduction)
    return value, rnn.backward(params, cache, dy)


def loss_of(case, reduction="sum"):
    """The loss of a case as a function of everything that has a gradient."""
    def f(variables):
        params = {name: variables[name] for name in case["params"]}
        h0 = None if case["h0"] is None else variables["h0"]
        y = rnn.forward(params, variables["x"], h0, case["activation"]).y
        return getattr(losses, case["loss"])(y, case["target"], case["mask"], reduction)[0]

    return f


def variables(case):
    return {**case["params"], "x": case["x"], **({} if case["h0"] is None else {"h0": case["h0"]})}


def worst(received, expected):
    """Largest error of any gradient: largest difference over largest entry."""
    assert set(received) == set(expected)
    return gradcheck.compare(received, expected).worst.error


# --- against derivatives of the forward pass ---

def test_complex_step(case):
    assert worst(gradients(case)[1], gradcheck.complex_step(loss_of(case), variables(case))) <= COMPLEX_STEP


@pytest.mark.parametrize("loss", ["squared_error", "cross_entropy"])
@pytest.mark.parametrize("reduction", ["sum", "mean"])
@pytest.mark.parametrize("activation", ["tanh", "relu", "identity"])
def test_complex_step_with_weighted_steps_and_gaps(activation, reduction, loss):
    """A mask may hold any weights, with gaps in the middle; gradients must still flow through the gaps."""
    rng = np.random.default_rng(3)
    problem = gradcheck.random_problem(rng, T=7, B=3, D=2, H=4, O=5)
    mask = rng.uniform(0.2, 2, (7, 3)) * (rng.random((7, 3)) < 0.5)
    target = problem.target if loss == "squared_error" else rng.integers(0, 5, (7, 3))
    case = {**problem._asdict(), "activation": activation, "loss": loss, "mask": mask, "target": target}
    assert 0 < (mask == 0).sum() < mask.size
    assert worst(gradients(case, reduction)[1],
                 gradcheck.complex_step(loss_of(case, reduction), variables(case))) \
        <= COMPLEX_STEP


@pytest.mark.parametrize("case", [case for case in CASES if case["name"].startswith("small")],
                         ids=lambda case: case["name"])
def test_central_difference(case):
    """It runs the forward pass on real numbers only, as the complex step does not."""
    assert worst(gradients(case)[1], gradcheck.central_difference(loss_of(case), variables(case))) <= 1e-7


# --- against PyTorch ---

def test_stored_pytorch(case):
    value, grads = gradients(case)
    assert abs(value - case["value"]) <= EXACT * abs(case["value"])
    assert worst(grads, case["grads"]) <= EXACT


def test_pytorch_now(case):
    """The PyTorch that is installed gives what is stored, and what the course gives."""
    pytest.importorskip("torch")
    import make_pytorch_gradients
    value, grads, _ = make_pytorch_gradients.run(case)
    assert abs(value - case["value"]) <= EXACT * abs(value)
    assert worst(case["grads"], grads) <= EXACT
    assert worst(gradients(case)[1], grads) <= EXACT


@pytest.mark.parametrize("seed", range(3))
def test_pytorch_now_on_other_numbers(seed):
    """Networks that are not in the file, of a size that is not in the file."""
    pytest.importorskip("torch")
    import make_pytorch_gradients
    stored = make_pytorch_gradients.inputs(np.random.default_rng(seed), T=8, B=6, D=4, H=9, O=7)
    stored = {f"other/{name}": array for name, array in stored.items()}
    for name in make_pytorch_gradients.CASES:
        case = datasets.pytorch_case(stored, "other/" + name.split("/", 1)[1])
        value, grads, margin = make_pytorch_gradients.run(case)
        assert margin > 1e-6, "too near to ReLU's kink: take another seed"
        assert abs(gradients(case)[0] - value) <= EXACT * abs(value)
        assert worst(gradients(case)[1], grads) <= EXACT


# --- floating-point types ---

def test_float32_is_close_and_stays_float32(case):
    value, grads = gradients(case, dtype=np.float32)
    exact_value, exact = gradients(case)
    assert value.dtype == np.float32 and abs(value - exact_value) <= 2e-5 * abs(exact_value)
    assert {g.dtype for g in grads.values()} == {np.dtype(np.float32)}
    assert {g.dtype for g in exact.values()} == {np.dtype(np.float64)}
    assert worst(grads, exact) <= 2e-5


# --- shapes and conventions ---

def test_each_gradient_has_its_variables_shape(case):
    grads = gradients(case)[1]
    assert {name: g.shape for name, g in grads.items()} == \
        {name: v.shape for name, v in variables(case).items()}


def test_init():
    """Sizes, zero biases, and a spread of 1/sqrt(columns), so that the size of the state does not depend on
    H."""
    params = rnn.init(30, 50, 40, np.random.default_rng(0))
    assert {name: p.shape for name, p in params.items()} == \
        {"W_hh": (50, 50), "W_xh": (50, 30), "W_hy": (40, 50), "b_h": (50,), "b_y": (40,)}
    for name in ("W_hh", "W_xh", "W_hy"):
        assert params[name].std() * np.sqrt(params[name].shape[1]) == pytest.approx(1, abs=0.06)
    assert not params["b_h"].any() and not params["b_y"].any()


@pytest.mark.parametrize("T, B, D, H, O", [(1, 1, 1, 1, 1), (6, 3, 2, 4, 5), (8, 2, 4, 5, 3)])
def test_the_linear_network_has_a_closed_form(T, B, D, H, O):
    """With f = identity, h_t = W_hh^t h_0 + sum over s of W_hh^(t-s) (W_xh x_s + b_h)."""
    problem = gradcheck.random_problem(np.random.default_rng(6), T, B, D, H, O)
    W_hh, W_xh, b_h = (problem.params[name] for name in ("W_hh", "W_xh", "b_h"))
    h = rnn.forward(problem.params, problem.x, problem.h0, "identity").h
    for t in range(len(h)):
        expected = problem.h0 @ np.linalg.matrix_power(W_hh, t).T
        for s in range(1, t + 1):
            expected = expected + (problem.x[s - 1] @ W_xh.T + b_h) @ np.linalg.matrix_power(W_hh, t - s).T
        np.testing.assert_allclose(h[t], expected, rtol=1e-12, atol=1e-13)


def test_readout_backward():
    """The read-out alone: dh is the direct effect W_hy^T dy, and the two gradients are sums over time
    and batch."""
    rng = np.random.default_rng(0)
    params = {"W_hy": rng.standard_normal((3, 4)), "b_y": rng.standard_normal(3)}
    h, dy = rng.standard_normal((5, 2, 4)), rng.standard_normal((5, 2, 3))
    dh, grads = readout.backward(params, h, dy)
    np.testing.assert_allclose(dh, np.einsum("oh,tbo->tbh", params["W_hy"], dy), atol=1e-14)
    np.testing.assert_allclose(grads["W_hy"], np.einsum("tbo,tbh->oh", dy, h), atol=1e-14)
    np.testing.assert_allclose(grads["b_y"], np.einsum("tbo->o", dy), atol=1e-14)
