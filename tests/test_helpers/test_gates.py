"""Proof of the LSTM and the GRU: against equations written out, the complex step, and PyTorch.
What holds for every cell is in test_cells.py."""

import inspect

import numpy as np
import pytest

import gated_cases
from helpers import activations, datasets, gradcheck, gru, losses, lstm, rnn, sampling, training

CELLS = {"lstm": lstm, "gru": gru}
CASES = gated_cases.stored_cases()
EXACT = 1e-13           # two programs in float64 that do the same sums in another order
COMPLEX_STEP = 1e-12


@pytest.fixture(params=CASES, ids=lambda case: case["name"])
def case(request):
    return request.param


@pytest.fixture(params=CELLS.values(), ids=CELLS)
def cell(request):
    return request.param


def random_problem(cell, seed=0, **sizes):
    return gradcheck.random_problem(np.random.default_rng(seed), **sizes, cell=cell)


def pack(cell, states):
    """The state of a cell from a dict of h0 (and c0): what forward takes. An empty dict gives None."""
    if not states:
        return None
    return (states["h0"], states["c0"]) if cell is lstm else states["h0"]


def gradients(case, dtype=np.float64):
    """Loss and gradients of a case, from the course's own forward and backward pass."""
    cell = CELLS[case["cell"]]
    params = {name: p.astype(dtype) for name, p in case["params"].items()}
    states = {name: s.astype(dtype) for name, s in case["states"].items()}
    target = case["target"].astype(dtype) if case["loss"] == "squared_error" else case["target"]
    cache = cell.forward(params, case["x"].astype(dtype), pack(cell, states))
    value, dy = getattr(losses, case["loss"])(cache.y, target, case["mask"])
    return value, cell.backward(params, cache, dy)


def loss_of(case):
    """The loss of a case as a function of everything that has a gradient."""
    cell = CELLS[case["cell"]]

    def f(variables):
        params = {name: variables[name] for name in case["params"]}
        state = pack(cell, {name: variables[name] for name in case["states"]})
        return getattr(losses, case["loss"])(cell.forward(params, variables["x"], state).y, case["target"],
                                             case["mask"])[0]

    return f


def variables(case):
    return {**case["params"], **case["states"], "x": case["x"]}


def worst(received, expected):
    """Largest error of any gradient: largest difference over largest entry."""
    assert set(received) == set(expected)
    return gradcheck.compare(received, expected).worst.error


# --- the verbs ---

def test_the_same_verbs_as_the_plain_network(cell):
    for verb in ("init", "forward", "backward"):
        own, plain = (list(inspect.signature(getattr(module, verb)).parameters) for module in (cell, rnn))
        assert own[:len(plain)] == [name for name in plain if name != "activation"]


def test_init(cell):
    """Sizes, a spread of 1/sqrt(columns), zero biases but for the LSTM's forget gate."""
    params = cell.init(30, 50, 40, np.random.default_rng(0))
    rows = 200 if cell is lstm else 150
    shapes = {"W_hh": (rows, 50), "W_xh": (rows, 30), "W_hy": (40, 50), "b_h": (rows,), "b_y": (40,)}
    assert {name: p.shape
            for name, p in params.items()} == shapes | ({} if cell is lstm else {"b_x": (rows,)})
    for name in ("W_hh", "W_xh", "W_hy"):
        assert params[name].std() * np.sqrt(params[name].shape[1]) == pytest.approx(1, abs=0.06)
    ones = np.flatnonzero(np.concatenate([params[name] for name in params if name.startswith("b_")]))
    assert ones.tolist() == (list(range(50, 100)) if cell is lstm else [])
    assert cell.init(2, 3, 4, np.random.default_rng(0), np.float32)["W_hh"].dtype == np.float32


@pytest.mark.parametrize("forget_bias", [0, 1.0, -2.5])
def test_forget_bias(forget_bias):
    b_h = lstm.init(2, 3, 4, np.random.default_rng(0), forget_bias=forget_bias)["b_h"]
    np.testing.assert_array_equal(b_h, np.repeat([0, forget_bias, 0, 0], 3))


# --- the forward pass, against its equations ---

def plain_sigmoid(a):
    return 1 / (1 + np.exp(-a))


def test_lstm_equations():
    """One number at a time, with each gate's weights cut out of the blocks by hand."""
    params, x, (h0, c0), _ = random_problem(lstm)
    cache = lstm.forward(params, x, (h0, c0))
    W, U, b = (params[name].reshape(4, 4, -1).squeeze() for name in ("W_xh", "W_hh", "b_h"))
    for n in range(3):
        h, c = h0[n], c0[n]
        for t in range(6):
            i, f, g, o = (squash(W[k] @ x[t, n] + U[k] @ h + b[k])
                          for k, squash in enumerate((plain_sigmoid, plain_sigmoid, np.tanh, plain_sigmoid)))
            c = f * c + i * g
            h = o * np.tanh(c)
            for name, value in dict(i=i, f=f, g=g, o=o, y=params["W_hy"] @ h + params["b_y"]).items():
                np.testing.assert_allclose(getattr(cache, name)[t, n], value, rtol=1e-12, atol=1e-14)
            np.testing.assert_allclose(cache.h[t + 1, n], h, rtol=1e-12, atol=1e-14)
            np.testing.assert_allclose(cache.c[t + 1, n], c, rtol=1e-12, atol=1e-14)


def gru_step(params, x, h, reset_first=False):
    """The next state of one sequence. x: (D,). h: (H,). reset_first: the paper's placement of the reset
    gate."""
    H = len(h)
    W, U, b_x, b_h = (params[name].reshape(3, H, -1).squeeze() for name in ("W_xh", "W_hh", "b_x", "b_h"))
    r, z = (plain_sigmoid(W[k] @ x + b_x[k] + U[k] @ h + b_h[k]) for k in range(2))
    past = U[2] @ (r * h) + b_h[2] if reset_first else r * (U[2] @ h + b_h[2])
    n = np.tanh(W[2] @ x + b_x[2] + past)
    return (1 - z) * n + z * h


def test_gru_equations():
    params, x, h0, _ = random_problem(gru)
    cache = gru.forward(params, x, h0)
    for b in range(3):
        h = h0[b]
        for t in range(6):
            h = gru_step(params, x[t, b], h)
            np.testing.assert_allclose(cache.h[t + 1, b], h, rtol=1e-12, atol=1e-14)
            np.testing.assert_allclose(cache.y[t, b], params["W_hy"] @ h + params["b_y"], rtol=1e-12,
                                       atol=1e-14)


def test_the_two_placements_of_the_reset_gate():
    """They differ, and agree where the reset gate is wide open."""
    params, x, h0, _ = random_problem(gru)
    one, other = (gru_step(params, x[0, 0], h0[0], reset_first) for reset_first in (False, True))
    assert np.abs(one - other).max() > 1e-3
    params["b_x"][:4] = 100.0                                       # r = 1
    one, other = (gru_step(params, x[0, 0], h0[0], reset_first) for reset_first in (False, True))
    np.testing.assert_allclose(one, other, rtol=1e-14)


def test_the_carousel():
    """Forget gate open, input gate shut: the cell state stays, and its gradient arrives as it left,
    to the last bit."""
    params, x, (h0, c0), _ = random_problem(lstm, T=50)
    params["b_h"][:4], params["b_h"][4:8] = -100.0, 100.0           # i = 0, f = 1
    cache = lstm.forward(params, x, (h0, c0))
    dc = np.random.default_rng(1).standard_normal(c0.shape)
    grads = lstm.backward(params, cache, np.zeros_like(cache.y), (np.zeros_like(h0), dc))
    assert (cache.c == c0).all()
    assert (grads["c0"] == dc).all()


def test_the_update_gate_keeps_the_state():
    """z = 1: the state stays, and its gradient arrives as it left. z = 0: the state is the candidate."""
    params, x, h0, _ = random_problem(gru, T=50)
    dh = np.random.default_rng(1).standard_normal(h0.shape)
    params["b_h"][4:8] = 100.0
    cache = gru.forward(params, x, h0)
    assert (cache.h == h0).all()
    assert (gru.backward(params, cache, np.zeros_like(cache.y), dh)["h0"] == dh).all()
    params["b_h"][4:8] = -100.0
    cache = gru.forward(params, x, h0)
    assert (cache.h[1:] == cache.n).all()


# --- gradients, against derivatives of the forward pass ---

def test_complex_step(case):
    assert worst(gradients(case)[1], gradcheck.complex_step(loss_of(case), variables(case))) <= COMPLEX_STEP


@pytest.mark.parametrize("loss", [losses.squared_error, losses.cross_entropy])
@pytest.mark.parametrize("steps", ["every", "last", "weighted, with gaps"])
def test_complex_step_with_masks(cell, steps, loss):
    """A loss at every step, at each sequence's own end, and with any weights; gradients must flow through
    the gaps."""
    rng = np.random.default_rng(3)
    problem = gradcheck.random_problem(rng, T=7, B=3, D=2, H=4, O=5, cell=cell)
    mask = {"every": None, "last": losses.last_step_mask(np.array([7, 4, 2]), 7),
            "weighted, with gaps": rng.uniform(0.2, 2, (7, 3)) * (rng.random((7, 3)) < 0.5)}[steps]
    target = problem.target if loss is losses.squared_error else rng.integers(0, 5, (7, 3))
    cache = cell.forward(problem.params, problem.x, problem.h0)
    grads = cell.backward(problem.params, cache, loss(cache.y, target, mask)[1])
    f = gradcheck.cell_loss(cell, problem, loss, target, mask)
    assert worst(grads, gradcheck.complex_step(f, problem.variables())) <= COMPLEX_STEP


def test_dstate_is_the_gradient_from_beyond(cell):
    """A loss that looks at the outputs and, with other weights, at the last state
    (of the LSTM: at both its parts)."""
    rng = np.random.default_rng(4)
    problem = random_problem(cell)
    weights = rng.standard_normal((6, 3, 5))
    dstate = tuple(rng.standard_normal((3, 4))
                   for _ in range(2)) if cell is lstm else rng.standard_normal((3, 4))

    def f(variables):
        params = {name: variables[name] for name in problem.params}
        cache = cell.forward(params, variables["x"], pack(cell, variables))
        return (weights * cache.y).sum() + (np.stack([cache.state]) * np.stack([dstate])).sum()

    grads = cell.backward(problem.params, cell.forward(problem.params, problem.x, problem.h0), weights,
                          dstate)
    assert worst(grads, gradcheck.complex_step(f, problem.variables())) <= COMPLEX_STEP


def test_central_difference(cell):
    """It runs the forward pass on real numbers only, as the complex step does not."""
    problem = random_problem(cell)
    cache = cell.forward(problem.params, problem.x, problem.h0)
    grads = cell.backward(problem.params, cache, losses.squared_error(cache.y, problem.target)[1])
    assert worst(grads,
                 gradcheck.central_difference(gradcheck.cell_loss(cell, problem),
                                              problem.variables())) <= 1e-7


# --- against PyTorch ---

def test_what_is_stored():
    """Both cells, two sizes, all sizes different, every kind of mask and first state,
    a gradient for everything."""
    assert [case["name"] for case in CASES] == gated_cases.CASES and len(CASES) == 12
    for case in CASES:
        (T, B, D), (O, H) = case["x"].shape, case["params"]["W_hy"].shape
        assert T >= 5 and len({T, B, D, H, O}) == 5 and min(B, D, H, O) >= 2
        assert set(case["grads"]) == set(variables(case))
        assert all(np.isfinite(g).all() and g.any() for g in case["grads"].values())


def test_stored_pytorch(case):
    value, grads = gradients(case)
    assert abs(value - case["value"]) <= EXACT * abs(case["value"])
    assert worst(grads, case["grads"]) <= EXACT


def test_pytorch_now(case):
    """The PyTorch that is installed gives what is stored, and what the course gives."""
    pytest.importorskip("torch")
    import make_pytorch_gradients
    value, grads = make_pytorch_gradients.run_gated(case)
    assert abs(value - case["value"]) <= EXACT * abs(value)
    assert worst(case["grads"], grads) <= EXACT
    assert worst(gradients(case)[1], grads) <= EXACT


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", CELLS)
def test_pytorch_now_on_other_numbers(name, seed):
    """Networks that are not in the file, of a size and with losses that are not in the file."""
    pytest.importorskip("torch")
    import make_pytorch_gradients
    stored = gated_cases.inputs(name, np.random.default_rng(seed), T=8, B=6, D=4, H=9, O=7)
    stored = {f"{name}/other/{key}": array for key, array in stored.items()}
    for loss in ("squared_error", "cross_entropy"):
        for steps in ("every_step", "variable_length", "last_step"):
            for start in ("given_state", "learned_state"):
                case = gated_cases.case(stored, f"{name}/other/{loss}/{steps}/{start}")
                value, grads = make_pytorch_gradients.run_gated(case)
                assert abs(gradients(case)[0] - value) <= EXACT * abs(value)
                assert worst(gradients(case)[1], grads) <= EXACT


# --- floating-point types, shapes and conventions ---

def test_float32_is_close_and_stays_float32(case):
    value, grads = gradients(case, np.float32)
    exact_value, exact = gradients(case)
    assert value.dtype == np.float32 and abs(value - exact_value) <= 2e-5 * abs(exact_value)
    assert {g.dtype for g in grads.values()} == {np.dtype(np.float32)}
    assert {g.dtype for g in exact.values()} == {np.dtype(np.float64)}
    assert worst(grads, exact) <= 2e-5


def test_each_gradient_has_its_variables_shape(case):
    grads = gradients(case)[1]
    assert {name: g.shape for name, g in grads.items()} == {name: v.shape
                                                            for name, v in variables(case).items()}


@pytest.mark.parametrize("name", ["h0", "c0"])
def test_one_first_state_of_two_may_be_learned(name):
    params, x, _, target = random_problem(lstm)
    params[name] = np.random.default_rng(1).standard_normal(4)

    def f(variables):
        y = lstm.forward({key: variables[key] for key in params}, variables["x"]).y
        return losses.squared_error(y, target)[0]

    cache = lstm.forward(params, x)
    grads = lstm.backward(params, cache, losses.squared_error(cache.y, target)[1])
    other = ({"h0", "c0"} - {name}).pop()
    assert grads[name].shape == (4,) and grads.pop(other).shape == (3, 4)
    assert worst(grads, gradcheck.complex_step(f, {**params, "x": x})) <= COMPLEX_STEP


# --- the sigmoid ---

@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("dtype", [np.float32, np.float64, complex])
def test_sigmoid(dtype):
    """No overflow far out, the type stays, and both tails are right."""
    a = np.array([-1e4, -800.0, -2.0, 0.0, 0.5, 800.0, 1e4]).astype(dtype)
    s = activations.sigmoid(a)
    assert s.dtype == a.dtype
    expected = [0, 0, 0.11920292202211755, 0.5, 0.6224593312018546, 1, 1]
    np.testing.assert_allclose(s, expected, rtol=1e-6 if dtype == np.float32 else 1e-14)
    np.testing.assert_allclose(s + activations.sigmoid(-a), np.ones(7), rtol=1e-6)


def test_sigmoid_slope():
    """Written in terms of the output; the complex step of the function agrees."""
    a = np.linspace(-20, 20, 81)
    slope = activations.sigmoid_slope(activations.sigmoid(a))
    np.testing.assert_allclose(np.imag(activations.sigmoid(a + 1e-100j)) / 1e-100, slope, atol=1e-15)
    assert slope.max() == slope[40] == 0.25


# --- checks of gradients, for any cell ---

def test_mistakes_cannot_hide_in_a_random_problem(cell):
    problem = random_problem(cell)
    (T, B, D), (O, H) = problem.x.shape, problem.params["W_hy"].shape
    assert T >= 5 and len({T, B, D, H, O}) == 5 and min(B, D, H, O) >= 2
    assert all(value.all() for value in problem.variables().values())
    assert set(problem.variables()) == {*problem.params, "x", *(["h0", "c0"] if cell is lstm else ["h0"])}
    cache = cell.forward(problem.params, problem.x, problem.h0)
    for gate in (cache.i, cache.f, cache.o) if cell is lstm else (cache.r, cache.z):
        assert 0.05 < np.median(gate) < 0.95 and gate.std() > 0.05


def test_the_plain_networks_problem_is_what_it_was():
    """The lessons' numbers hang on it: the same draws, in the same order."""
    rng, problem = np.random.default_rng(7), gradcheck.random_problem(np.random.default_rng(7))
    params = rnn.init(2, 4, 5, rng)
    params["b_h"], params["b_y"] = 0.5 * rng.standard_normal(4), 0.5 * rng.standard_normal(5)
    x, h0 = rng.standard_normal((6, 3, 2)), 0.5 * rng.standard_normal((3, 4))
    target = rng.standard_normal((6, 3, 5))
    assert list(problem.params) == list(params)
    for received, expected in zip((*problem.params.values(), *problem[1:]),
                                  (*params.values(), x, h0, target)):
        np.testing.assert_array_equal(received, expected)


# --- training and sampling ---

def test_loss_and_gradients(cell):
    p, mask = random_problem(cell), np.random.default_rng(1).random((6, 3)) < 0.5
    value, grads = training.loss_and_gradients(cell, p.params, p.x, p.target, losses.squared_error, mask,
                                               p.h0, "mean")
    f = gradcheck.cell_loss(cell, p, mask=mask)
    assert value == pytest.approx(f(p.variables()) / mask.sum(), rel=1e-14)
    numeric = gradcheck.complex_step(f, p.variables())
    assert worst(grads, {name: g / mask.sum() for name, g in numeric.items()}) <= COMPLEX_STEP


def test_it_learns_what_needs_memory(cell):
    """An echo of two steps ago: without memory nothing is better than a loss of 0.5 per step."""
    params, rng = cell.init(1, 12, 1, np.random.default_rng(0)), np.random.default_rng(0)
    batches = (datasets.delayed_echo(8, 16, 2, rng) for _ in range(300))
    _, history = training.fit(cell, params, batches, losses.squared_error, learning_rate=0.02)
    assert history["loss"][0] > 0.4
    assert history["loss"][-20:].mean() < 0.05


def test_learned_first_states_are_learned(cell):
    p, names = random_problem(cell), ("h0", "c0") if cell is lstm else ("h0",)
    params = {**p.params, **{name: np.zeros(4) for name in names}}
    trained, _ = training.fit(cell, params, [(p.x, p.target, None)] * 3, losses.squared_error, 0.1)
    assert all(trained[name].shape == (4,) and trained[name].any() for name in names)


def test_names_are_sampled_with_the_state_carried(cell):
    """Near temperature zero: the letters that one pass over the whole name finds most probable."""
    params = {name: 6 * p for name, p in cell.init(27, 8, 27, np.random.default_rng(2)).items()}
    params["b_y"][0] = -100.0                                        # it never ends
    name = sampling.name(cell, params, np.random.default_rng(3), temperature=1e-3, max_letters=9)
    x, _, _ = datasets.encode_names([name])
    likeliest = losses.softmax(cell.forward(params, x).y[:-1, 0]).argmax(axis=-1)
    assert name == "".join(datasets.ALPHABET[i] for i in likeliest) and len(set(name)) > 1


# --- bad input ---

T, B, D, H, O = 5, 2, 3, 4, 6
RNG = np.random.default_rng(0)
PARAMS = {lstm: lstm.init(D, H, O, RNG), gru: gru.init(D, H, O, RNG)}
X, STATE = np.ones((T, B, D)), np.ones((B, H))
NAN = np.full((B, H), np.nan)


def forward(cell, x=X, state=None, without=(), **params):
    return cell.forward({name: p for name, p in {**PARAMS[cell], **params}.items() if name not in without}, x,
                        state)


def backward(cell, dy=None, dstate=None):
    cache = cell.forward(PARAMS[cell], X)
    return cell.backward(PARAMS[cell], cache, np.zeros((T, B, O)) if dy is None else dy, dstate)


BOTH = [
    (lambda cell: forward(cell, x=np.ones((T, D))), ValueError,
     "x must have shape (T, B, 3); received (5, 3). A single sequence is a batch"),
    (lambda cell: forward(cell, x=np.ones((T, B, 7))), ValueError,
     "x must have shape (T, B, 3); received (5, 2, 7)."),
    (lambda cell: forward(cell, x=np.ones((0, B, D))), ValueError,
     "x must have shape (T, B, 3); received (0, 2, 3). Every axis needs"),
    (lambda cell: forward(cell, x=X.astype(int)), TypeError,
     "x must hold floating-point numbers; received dtype int64."),
    (lambda cell: forward(cell, x=X * np.nan), ValueError, "x must be finite; received 30 value(s)"),
    (lambda cell: cell.forward([1.0], X), TypeError, "params must be a dict of arrays; received list."),
    (lambda cell: forward(cell, without=("b_y", "W_hh")), ValueError, "missing: W_hh, b_y; not known: none."),
    (lambda cell: forward(cell, h_0=np.ones(H)), ValueError, "missing: none; not known: h_0."),
    (lambda cell: forward(cell, W_hy=np.ones((H, O))), ValueError,
     "params['W_hy'] must have shape (O, 4); received (4, 6)."),
    (lambda cell: forward(cell, b_y=np.ones(H)), ValueError,
     "params['b_y'] must have shape (6,); received (4,)."),
    (lambda cell: forward(cell, b_y=[0.0] * O), TypeError,
     "params['b_y'] must be a NumPy array of shape (6,); received list."),
    (lambda cell: forward(cell, h0=np.zeros((B, H))), ValueError,
     "params['h0'] must have shape (4,); received (2, 4)."),
    (lambda cell: backward(cell, dy=np.zeros((T - 1, B, O))), ValueError,
     "dy must have shape (5, 2, 6); received (4, 2, 6)."),
    (lambda cell: backward(cell, dy=np.zeros((T, B, O), int)), TypeError,
     "dy must hold floating-point numbers; received dtype int64."),
    (lambda cell: cell.init(0, H, O, RNG), ValueError, "D must be at least 1; received 0."),
    (lambda cell: cell.init(D, 2.5, O, RNG), TypeError, "H must be a whole number; received 2.5."),
    (lambda cell: cell.init(D, H, O, 0), TypeError,
     "rng must be a NumPy generator, such as np.random.default_rng(0); received int."),
]
PAIR = "must be a tuple of two arrays, one for h and one for c, of shape (2, 4) each; received"
LSTM = [
    (lambda cell: forward(cell, without=("b_h",)), ValueError,
     "params must contain W_hh, W_xh, W_hy, b_h, b_y, and may contain h0, c0; missing: b_h;"),
    (lambda cell: forward(cell, W_hh=np.ones((H, H))), ValueError,
     "params['W_hh'] must have shape (16, 4); received (4, 4)."),
    (lambda cell: forward(cell, W_hh=np.ones(H)), ValueError,
     "params['W_hh'] must have shape (4H, H); received (4,)."),
    (lambda cell: forward(cell, W_xh=np.ones((D, 16))), ValueError,
     "params['W_xh'] must have shape (16, D); received (3, 16)."),
    (lambda cell: forward(cell, b_h=np.ones(H)), ValueError,
     "params['b_h'] must have shape (16,); received (4,)."),
    (lambda cell: forward(cell, c0=np.ones(3)), ValueError,
     "params['c0'] must have shape (4,); received (3,)."),
    (lambda cell: forward(cell, b_x=np.ones(16)), ValueError, "not known: b_x."),
    (lambda cell: forward(cell, state=STATE), TypeError, f"state {PAIR} ndarray."),
    (lambda cell: forward(cell, state=0.0), TypeError, f"state {PAIR} float."),
    (lambda cell: forward(cell, state=(STATE,)), TypeError, f"state {PAIR} 1 of them."),
    (lambda cell: forward(cell, state=(STATE, STATE[0])), ValueError,
     "state[1] must have shape (2, 4); received (4,)."),
    (lambda cell: forward(cell, state=(NAN, STATE)), ValueError,
     "state[0] must be finite; received 8 value(s)"),
    (lambda cell: backward(cell, dstate=STATE), TypeError, f"dstate {PAIR} ndarray."),
    (lambda cell: backward(cell, dstate=(STATE, None)), TypeError,
     "dstate[1] must be a NumPy array of shape (2, 4); received NoneType."),
    (lambda cell: cell.init(D, H, O, RNG, forget_bias="open"), TypeError,
     "forget_bias must be a number; received 'open'."),
]
GRU = [
    (lambda cell: forward(cell, without=("b_x",)), ValueError,
     "params must contain W_hh, W_xh, W_hy, b_x, b_h, b_y, and may contain h0; missing: b_x;"),
    (lambda cell: forward(cell, W_hh=np.ones((H, H))), ValueError,
     "params['W_hh'] must have shape (12, 4); received (4, 4)."),
    (lambda cell: forward(cell, W_xh=np.ones((D, 12))), ValueError,
     "params['W_xh'] must have shape (12, D); received (3, 12)."),
    (lambda cell: forward(cell, b_x=np.ones(H)), ValueError,
     "params['b_x'] must have shape (12,); received (4,)."),
    (lambda cell: forward(cell, b_h=np.ones((12, 1))), ValueError,
     "params['b_h'] must have shape (12,); received (12, 1)."),
    (lambda cell: forward(cell, c0=np.ones(H)), ValueError, "not known: c0."),
    (lambda cell: forward(cell, state=(STATE, STATE)), TypeError,
     "state must be a NumPy array of shape (2, 4); received tuple."),
    (lambda cell: forward(cell, state=np.ones(H)), ValueError,
     "state must have shape (2, 4); received (4,)."),
    (lambda cell: forward(cell, state=NAN), ValueError, "state must be finite; received 8 value(s)"),
    (lambda cell: backward(cell, dstate=np.ones(H)), ValueError,
     "dstate must have shape (2, 4); received (4,)."),
]
BAD = [(cell, *bad) for cell, more in ((lstm, LSTM), (gru, GRU)) for bad in BOTH + more]


@pytest.mark.parametrize("cell, call, error, message", BAD, ids=[message[:60] for *_, message in BAD])
@pytest.mark.filterwarnings("error")
def test_bad_input(cell, call, error, message):
    with pytest.raises(error) as caught:
        call(cell)
    assert type(caught.value) is error
    assert message in str(caught.value)
