"""Exercise 4.11: right answers that differ in kind, by hand, and what its check says of wrong ones."""

import numpy as np
import pytest

from exercises import judge
from exercises.formulas import wired
from helpers import gradcheck
from notebooks import load


def gathered(params, x, h, dy, k, da):
    """All gradients from da (T+1, H), whose row 0 is zeros: sums after the loop."""
    T = len(x)
    dh0 = params["W_hh"].T @ da[1] + (params["g"] * da[k] if k <= T else 0)
    return {"W_hh": da[1:].T @ h[:-1], "W_xh": da[1:].T @ x, "W_hy": dy.T @ h[1:], "b_h": da.sum(0),
            "b_y": dy.sum(0), "g": (da[k:] * h[:len(da) - k]).sum(0) if k <= T else 0 * da[0],
            "x": da[1:] @ params["W_xh"], "h0": dh0}


def asks_who_reads(params, x, h, dy, k):
    """Each step collects from its three readers."""
    T, da = len(x), np.zeros_like(h)
    for t in range(T, 0, -1):
        dh = params["W_hy"].T @ dy[t - 1]
        dh = dh + params["W_hh"].T @ da[t + 1] if t < T else dh
        dh = dh + params["g"] * da[t + k] if t + k <= T else dh
        da[t] = (1 - h[t] ** 2) * dh
    return gathered(params, x, h, dy, k, da)


def sends_on(params, x, h, dy, k):
    """Each step sends to the two states that it has read."""
    dh, da = np.vstack([0 * h[:1], dy @ params["W_hy"]]), np.zeros_like(h)
    for t in reversed(range(1, len(h))):
        da[t] = (1 - h[t] ** 2) * dh[t]
        dh[t - 1] += da[t] @ params["W_hh"]
        if t - k >= 0:
            dh[t - k] += da[t] * params["g"]
    return {**gathered(params, x, h, dy, k, da), "h0": dh[0]}


def padded(params, x, h, dy, k):
    """k rows of zeros behind the last step, so that no step asks whether there is a later one."""
    T, H = len(x), h.shape[1]
    da = np.zeros((T + 1 + k, H))
    for t in range(T, 0, -1):
        dh = params["W_hy"].T @ dy[t - 1] + params["W_hh"].T @ da[t + 1] + params["g"] * da[t + k]
        da[t] = (1 - h[t] ** 2) * dh
    return gathered(params, x, h, dy, k, da[:T + 1])


def queue_of_wires(params, x, h, dy, k):
    """A queue of what is on its way along the wires."""
    queue, dh_later, da = [0 * h[0]] * k, 0 * h[0], np.zeros_like(h)
    for t in range(len(x), 0, -1):
        da[t] = (1 - h[t] ** 2) * (params["W_hy"].T @ dy[t - 1] + dh_later + queue.pop(0))
        dh_later = params["W_hh"].T @ da[t]
        queue.append(params["g"] * da[t])
    return {**gathered(params, x, h, dy, k, da), "h0": dh_later + queue[0]}


def diagonal_matrix(params, x, h, dy, k):
    """The wires as a second matrix, diag(g)."""
    G, da = np.diag(params["g"]), np.zeros_like(h)
    for t in range(len(x), 0, -1):
        later = [M.T @ da[t + s] for M, s in ((params["W_hh"], 1), (G, k)) if t + s < len(da)]
        da[t] = np.diag(1 - h[t] ** 2) @ (params["W_hy"].T @ dy[t - 1] + sum(later))
    return gathered(params, x, h, dy, k, da)


def recursion(params, x, h, dy, k):
    """A function that calls itself for later steps, and remembers."""
    known = {}

    def da(t):
        if t not in known:
            dh = dy[t - 1] @ params["W_hy"]
            dh = dh + (da(t + 1) @ params["W_hh"] if t + 1 <= len(x) else 0)
            known[t] = (1 - h[t] ** 2) * (dh + (da(t + k) * params["g"] if t + k <= len(x) else 0))
        return known[t]

    return gathered(params, x, h, dy, k, np.stack([0 * h[0], *map(da, range(1, len(h)))]))


def one_linear_system(params, x, h, dy, k):
    """All da at once: (1 - slope * (what later steps read)) da = slope * direct."""
    T, H = len(x), h.shape[1]
    slope = (1 - h[1:] ** 2).ravel()
    reads = np.kron(np.eye(T, k=1), params["W_hh"].T) + np.kron(np.eye(T, k=k), np.diag(params["g"]))
    da = np.linalg.solve(np.eye(T * H) - slope[:, None] * reads, slope * (dy @ params["W_hy"]).ravel())
    return gathered(params, x, h, dy, k, np.vstack([np.zeros((1, H)), da.reshape(T, H)]))


def stacked_states(params, x, h, dy, k):
    """The last k states are one long state, whose Jacobian is a block matrix."""
    H, da = h.shape[1], np.zeros_like(h)
    long = np.zeros(k * H)                                        # dL/d(h_t, h_{t-1}, ..., h_{t-k+1})
    for t in range(len(x), 0, -1):
        long[:H] += params["W_hy"].T @ dy[t - 1]
        da[t] = (1 - h[t] ** 2) * long[:H]
        long = np.concatenate([long[H:], np.zeros(H)])
        long[:H] += params["W_hh"].T @ da[t]
        if t >= k:
            long[-H:] += params["g"] * da[t]
    return {**gathered(params, x, h, dy, k, da), "h0": long[:H]}


def loss_of(params, x, h, dy, k):
    """A function of the variables whose gradient is wanted: the outputs along dy, which is linear in them."""
    def f(v):
        states = wired_states(v, k)
        return sum(((v["W_hy"] @ one + v["b_y"]) * d).sum() for one, d in zip(states[1:], dy))

    return f, {**params, "x": x, "h0": h[0]}


def wired_states(v, k):
    h = [v["h0"]]
    for t in range(1, len(v["x"]) + 1):
        a = v["W_hh"] @ h[t - 1] + v["W_xh"] @ v["x"][t - 1] + v["b_h"]
        h.append(np.tanh(a + v["g"] * h[t - k] if t >= k else a))
    return h


def complex_step(*arguments):
    """Measured from the forward pass."""
    return gradcheck.complex_step(*loss_of(*arguments))


def entry_by_entry(params, x, h, dy, k):
    """No array but for results."""
    T, H = len(x), h.shape[1]
    da = np.zeros_like(h)
    for t in range(T, 0, -1):
        for j in range(H):
            dh = sum(params["W_hy"][o, j] * dy[t - 1, o] for o in range(dy.shape[1]))
            dh += sum(params["W_hh"][i, j] * da[t + 1, i] for i in range(H)) if t < T else 0
            dh += params["g"][j] * da[t + k, j] if t + k <= T else 0
            da[t, j] = (1 - h[t, j] ** 2) * dh
    return gathered(params, x, h, dy, k, da)


RIGHT = [asks_who_reads, sends_on, padded, queue_of_wires, diagonal_matrix, recursion, one_linear_system,
         stacked_states, complex_step, entry_by_entry]


@pytest.mark.parametrize("answer", RIGHT, ids=lambda answer: answer.__name__)
def test_a_right_answer_is_right_however_it_is_written(answer):
    assert judge("4.11", answer).status == "right"


@pytest.mark.parametrize("arguments", [*wired.instances(), *wired.probes().values()])
def test_the_reference_agrees_with_the_forward_pass(arguments):
    truth = complex_step(*arguments)
    assert gradcheck.compare(wired.wired_backward(*arguments), truth).agrees(1e-12)


def solution():
    """The answer that stands in the lesson."""
    source = next(cell.source for cell in load("solutions", "04_coding_bptt").cells
                  if cell.metadata.get("nbgrader", {}).get("grade_id") == "exercise-4-11")
    return source


@pytest.mark.parametrize("old, new, words", [
    ("dh[t - k] += ", "dh[t - 1] += ", "wire"),
    ('params["g"] * da', 'params["g"] * dh[t]', "Wire brings dh"),
    ("if t >= k:", "if t > k:", "h"),
    ('            dh[t - k] += params["g"] * da\n', "", "Wire forgotten on the way back"),
    ("da * h[t - k]", "da * h[t - 1]", "Wire heard from the step before"),
    ('params["W_hh"].T @ da', 'params["W_hh"] @ da', "Recurrent matrix not transposed"),
])
def test_a_mistake_in_the_lessons_answer_is_named(old, new, words):
    source, space = solution(), {"np": np}
    assert source.count(old) == 1
    exec(source.replace(old, new), space)
    result = judge("4.11", space["wired_backward"])
    assert result.status == "wrong" and words in repr(result)
