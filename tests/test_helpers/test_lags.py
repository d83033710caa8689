"""What is left of a gradient by lag: against the complex step, and against what the carousel must do."""

import numpy as np
import pytest

from helpers import gradcheck, gru, lstm, rnn
from helpers.pathologies import lags

CELLS = {"rnn": rnn, "lstm": lstm, "gru": gru}


@pytest.fixture(params=CELLS.values(), ids=CELLS)
def cell(request):
    return request.param


def network(cell, T=6):
    """Parameters, inputs, and gradients that arrive at the last output and at the last memory."""
    rng = np.random.default_rng(2)
    problem = gradcheck.random_problem(rng, T=T, cell=cell)
    return problem.params, problem.x, rng.standard_normal((3, 5)), rng.standard_normal((3, 4))


def test_left_by_lag(cell):
    params, x, dy, _ = network(cell)
    dx = gradcheck.complex_step(lambda v: (dy * cell.forward(params, v["x"]).y[-1]).sum(), {"x": x})["x"]
    lengths = [np.sqrt((dx[5 - k] ** 2).sum()) for k in range(6)]
    np.testing.assert_allclose(lags.left_by_lag(cell, params, x, dy), np.array(lengths) / lengths[0],
                               rtol=1e-12)


def test_along_the_cell_state_alone_a_gradient_is_a_product_of_forget_gates():
    params, x, _, last = network(lstm)
    alone = {**params, "W_hh": np.zeros((16, 4))}
    f = lstm.forward(alone, x).f
    dc = lags.memory_gradients(lstm, alone, x, last)
    for t in range(7):
        np.testing.assert_allclose(dc[t], np.prod(f[t:], axis=0) * last, rtol=1e-12)


def test_memory_gradients(cell):
    """Cut the sequence at any step: the rest of it, as a function of the state there."""
    params, x, _, last = network(cell)
    found, cache = lags.memory_gradients(cell, params, x, last), cell.forward(params, x)
    for t in (0, 3, 5):
        def at_the_end(v):
            # c_t moves h_t, too
            shown = cache.o[t - 1] * np.tanh(v["c"]) if cell is lstm and t else cache.h[t]
            start = (shown, v["c"]) if cell is lstm else v["c"]
            state = cell.forward(params, x[t:], start).state
            return (last * (state[1] if cell is lstm else state)).sum()

        start = cache.c[t] if cell is lstm else cache.h[t]
        np.testing.assert_allclose(found[t], gradcheck.complex_step(at_the_end, {"c": start})["c"],
                                   rtol=1e-11, atol=1e-14)
    assert (found[6] == last).all()


def test_another_way_back():
    """With other parameters for the way back, the forward pass stays as it was."""
    params, x, dy, _ = network(lstm)
    along_c = {**params, "W_hh": np.zeros((16, 4))}
    shut, whole = lags.left_by_lag(lstm, params, x, dy, back=along_c), lags.left_by_lag(lstm, along_c, x, dy)
    assert shut[0] == 1 and np.abs(shut[1:] - whole[1:]).min() > 1e-4


def test_bad_input(cell):
    params, x, dy, _ = network(cell)
    with pytest.raises(ValueError, match=r"dy must have shape \(3, 5\); received \(5, 3\)"):
        lags.left_by_lag(cell, params, x, dy.T)
    with pytest.raises(ValueError, match="length of dL/dx_T must be greater than 0"):
        lags.left_by_lag(cell, params, x, 0 * dy)


def test_mean_of_logs():
    np.testing.assert_allclose(lags.mean_of_logs([[1e-4, 2.0], [1e-2, 8.0]]), [1e-3, 4.0], rtol=1e-14)
