"""Proof of the recurrent network's gradients: against the complex step, against PyTorch, and against its own symmetries."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

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
    assert worst(gradients(case, reduction)[1], gradcheck.complex_step(loss_of(case, reduction), variables(case))) \
        <= COMPLEX_STEP


@pytest.mark.parametrize("case", [case for case in CASES if case["name"].startswith("small")], ids=lambda case: case["name"])
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


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_forward_keeps_the_type(dtype):
    params = rnn.init(2, 4, 3, np.random.default_rng(0), dtype)
    for activation in ("tanh", "relu", "identity"):
        cache = rnn.forward(params, np.ones((5, 2, 2), dtype), activation=activation)
        assert cache.h.dtype == cache.y.dtype == dtype


@pytest.mark.parametrize("name", ["W_hh", "W_xh", "W_hy", "b_h", "b_y", "x", "h0"])
def test_one_complex_variable_is_enough(name):
    """Whoever differentiates by one variable only must get the same: no imaginary part may be dropped on the way."""
    case = CASES[0]
    own = gradcheck.complex_step(lambda v: loss_of(case)({**variables(case), **v}), {name: variables(case)[name]})
    assert worst(own, {name: gradients(case)[1][name]}) <= COMPLEX_STEP


# --- shapes and conventions ---

def test_each_gradient_has_its_variables_shape(case):
    grads = gradients(case)[1]
    assert {name: g.shape for name, g in grads.items()} == \
        {name: v.shape for name, v in variables(case).items()}


def test_nothing_is_changed_in_place(case):
    before = {name: v.copy() for name, v in variables(case).items()}
    cache = rnn.forward(case["params"], case["x"], case["h0"], case["activation"])
    h, y = cache.h.copy(), cache.y.copy()
    dy, dstate = np.ones_like(y), np.ones_like(cache.state)
    rnn.backward(case["params"], cache, dy, dstate)
    for name, v in variables(case).items():
        np.testing.assert_array_equal(v, before[name])
    np.testing.assert_array_equal(cache.h, h)
    np.testing.assert_array_equal(cache.y, y)
    assert (dy == 1).all() and (dstate == 1).all()


def test_first_state():
    """Zeros by default; a learned one is the same for every sequence; one that is handed over wins."""
    rng = np.random.default_rng(1)
    params, x = rnn.init(2, 4, 3, rng), rng.standard_normal((5, 3, 2))
    start, h0 = rng.standard_normal(4), rng.standard_normal((3, 4))
    assert (rnn.forward(params, x).h[0] == 0).all()
    assert (rnn.forward({**params, "h0": start}, x).h[0] == start).all()
    cache = rnn.forward({**params, "h0": start}, x, h0)
    assert (cache.h[0] == h0).all()
    assert rnn.backward(params, cache, np.ones_like(cache.y))["h0"].shape == (3, 4)


def test_init():
    """Sizes, zero biases, and a spread of 1/sqrt(columns), so that the size of the state does not depend on H."""
    params = rnn.init(30, 50, 40, np.random.default_rng(0))
    assert {name: p.shape for name, p in params.items()} == \
        {"W_hh": (50, 50), "W_xh": (50, 30), "W_hy": (40, 50), "b_h": (50,), "b_y": (40,)}
    for name in ("W_hh", "W_xh", "W_hy"):
        assert params[name].std() * np.sqrt(params[name].shape[1]) == pytest.approx(1, abs=0.06)
    assert not params["b_h"].any() and not params["b_y"].any()


# --- time: the sequence in two pieces ---

@pytest.mark.parametrize("cut", [1, 3, 6])
@pytest.mark.parametrize("activation", ["tanh", "relu", "identity"])
def test_two_pieces_are_one_sequence(activation, cut):
    """Carry the state forward and its gradient (dstate) backward: two pieces give what the whole gives."""
    rng = np.random.default_rng(5)
    problem = gradcheck.random_problem(rng, T=7)
    params, dy = problem.params, rng.standard_normal((7, 3, 5))
    whole = rnn.forward(params, problem.x, problem.h0, activation)
    expected = rnn.backward(params, whole, dy)

    first = rnn.forward(params, problem.x[:cut], problem.h0, activation)
    second = rnn.forward(params, problem.x[cut:], first.state, activation)
    late = rnn.backward(params, second, dy[cut:])
    early = rnn.backward(params, first, dy[:cut], dstate=late["h0"])
    joined = {name: early[name] + late[name] for name in params}
    joined["x"] = np.concatenate([early["x"], late["x"]])
    joined["h0"] = early["h0"]
    np.testing.assert_allclose(np.concatenate([first.h, second.h[1:]]), whole.h, rtol=EXACT, atol=EXACT)
    assert worst(joined, expected) <= EXACT


# --- symmetries, on networks of any size ---

@st.composite
def problems(draw, longest=8):
    """A problem of any size, one sequence of one step included, with gradients dy to send back."""
    T, B, D, H, O = (draw(st.integers(1, most)) for most in (longest, 5, 4, 5, 4))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    activation = draw(st.sampled_from(["tanh", "relu", "identity"]))
    return gradcheck.random_problem(rng, T, B, D, H, O), activation, rng.standard_normal((T, B, O))


def forward_and_backward(problem, activation, dy, sequences=slice(None)):
    """Outputs and gradients for some of the sequences of a batch."""
    cache = rnn.forward(problem.params, problem.x[:, sequences], problem.h0[sequences], activation)
    return cache, rnn.backward(problem.params, cache, dy[:, sequences])


def close(left, right):
    scale = max(1.0, np.abs(right).max())
    np.testing.assert_allclose(left, right, rtol=0, atol=1e-12 * scale)


@given(problems())
def test_a_batch_is_a_stack_of_single_sequences(case):
    problem, activation, dy = case
    cache, grads = forward_and_backward(problem, activation, dy)
    singles = [forward_and_backward(problem, activation, dy, slice(b, b + 1)) for b in range(dy.shape[1])]
    close(np.concatenate([single.y for single, _ in singles], axis=1), cache.y)
    for name in problem.params:
        close(sum(g[name] for _, g in singles), grads[name])
    close(np.concatenate([g["x"] for _, g in singles], axis=1), grads["x"])
    close(np.concatenate([g["h0"] for _, g in singles]), grads["h0"])


@given(problems(), st.randoms(use_true_random=False))
def test_the_order_of_the_batch_does_not_matter(case, random):
    problem, activation, dy = case
    order = list(range(dy.shape[1]))
    random.shuffle(order)
    cache, grads = forward_and_backward(problem, activation, dy)
    shuffled, shuffled_grads = forward_and_backward(problem, activation, dy, order)
    close(shuffled.y, cache.y[:, order])
    for name in problem.params:
        close(shuffled_grads[name], grads[name])
    close(shuffled_grads["x"], grads["x"][:, order])
    close(shuffled_grads["h0"], grads["h0"][order])


@given(problems(), st.data())
def test_padding_with_a_mask_changes_nothing(case, data):
    """Sequences of different lengths, padded with anything and masked: the same as each one run at its own length."""
    problem, activation, dy = case
    T, B, O = dy.shape
    lengths = np.array([data.draw(st.integers(1, T)) for _ in range(B)])
    at_end = data.draw(st.booleans())
    mask = losses.last_step_mask(lengths, T) if at_end else losses.length_mask(lengths, T)
    cache = rnn.forward(problem.params, problem.x, problem.h0, activation)
    value, dy = losses.squared_error(cache.y, problem.target, mask)
    grads = rnn.backward(problem.params, cache, dy)

    total, sums = 0.0, {name: np.zeros_like(p) for name, p in problem.params.items()}
    for b, length in enumerate(lengths):
        single = rnn.forward(problem.params, problem.x[:length, b:b + 1], problem.h0[b:b + 1], activation)
        error = single.y - problem.target[:length, b:b + 1]
        if at_end:
            error[:-1] = 0
        total += 0.5 * (error ** 2).sum()
        own = rnn.backward(problem.params, single, error)
        for name in sums:
            sums[name] += own[name]
        close(grads["x"][:length, b], own["x"][:, 0])
        close(grads["h0"][b], own["h0"][0])
        assert (grads["x"][length:, b] == 0).all()
    close(value, total)
    for name in sums:
        close(grads[name], sums[name])


@given(problems())
def test_the_linear_network_has_a_closed_form(case):
    """With f = identity, h_t = W_hh^t h_0 + sum over s of W_hh^(t-s) (W_xh x_s + b_h)."""
    problem, _, _ = case
    W_hh, W_xh, b_h = (problem.params[name] for name in ("W_hh", "W_xh", "b_h"))
    h = rnn.forward(problem.params, problem.x, problem.h0, "identity").h
    for t in range(len(h)):
        expected = problem.h0 @ np.linalg.matrix_power(W_hh, t).T
        for s in range(1, t + 1):
            expected = expected + (problem.x[s - 1] @ W_xh.T + b_h) @ np.linalg.matrix_power(W_hh, t - s).T
        close(h[t], expected)


@given(problems())
def test_gradients_are_linear_in_dy(case):
    """Backward is a linear map: scaling and adding what comes in scales and adds what goes out."""
    problem, activation, dy = case
    cache, once = forward_and_backward(problem, activation, dy)
    other = np.cos(dy)
    second = rnn.backward(problem.params, cache, other)
    both = rnn.backward(problem.params, cache, dy - 3 * other)
    for name in once:
        close(both[name], once[name] - 3 * second[name])


def test_readout_backward():
    """The read-out alone: dh is the direct effect W_hy^T dy, and the two gradients are sums over time and batch."""
    rng = np.random.default_rng(0)
    params = {"W_hy": rng.standard_normal((3, 4)), "b_y": rng.standard_normal(3)}
    h, dy = rng.standard_normal((5, 2, 4)), rng.standard_normal((5, 2, 3))
    dh, grads = readout.backward(params, h, dy)
    np.testing.assert_allclose(dh, np.einsum("oh,tbo->tbh", params["W_hy"], dy), atol=1e-14)
    np.testing.assert_allclose(grads["W_hy"], np.einsum("tbo,tbh->oh", dy, h), atol=1e-14)
    np.testing.assert_allclose(grads["b_y"], np.einsum("tbo->o", dy), atol=1e-14)
