"""Exercise 7.9: right answers that differ in kind, by hand, and what its check says of wrong ones."""

import numpy as np
import pytest

from exercises import judge
from exercises.formulas import random_cuts
from helpers import gradcheck, rnn
from helpers.other_ways.autograd import Tensor
from notebooks import load


def gathered(params, x, h, dy, da):
    """All gradients from da (T, H): sums after the loop."""
    return {"W_hh": da.T @ h[:-1], "W_xh": da.T @ x, "W_hy": dy.T @ h[1:], "b_h": da.sum(0), "b_y": dy.sum(0),
            "x": da @ params["W_xh"], "h0": params["W_hh"].T @ da[0]}


def weights(crosses, c):
    """One weight per border, 0 or 1 / (1 - c)."""
    return np.where(crosses, 1 / (1 - c), 0.0)


def asks_the_next_step(params, x, h, dy, crosses, c):
    """Each step looks whether there is a next one, and whether its border is open."""
    da = np.zeros_like(h[1:])
    for t in range(len(x), 0, -1):
        dh = params["W_hy"].T @ dy[t - 1]
        if t < len(x) and crosses[t - 1]:
            dh = dh + params["W_hh"].T @ da[t] / (1 - c)
        da[t - 1] = (1 - h[t] ** 2) * dh
    return gathered(params, x, h, dy, da)


def sends_on(params, x, h, dy, crosses, c):
    """Each step sends to the state before it, if the border is open."""
    dh, da = dy @ params["W_hy"], np.zeros_like(h[1:])
    for i in reversed(range(len(x))):
        da[i] = (1 - h[i + 1] ** 2) * dh[i]
        if i and crosses[i - 1]:
            dh[i - 1] += da[i] @ params["W_hh"] / (1 - c)
    return gathered(params, x, h, dy, da)


def padded(params, x, h, dy, crosses, c):
    """A closed border behind the last step, so that no step asks whether there is a later one."""
    w, da = np.append(weights(crosses, c), 0.0), np.zeros_like(h)
    for t in range(len(x), 0, -1):
        later = da[t] * w[t - 1]
        da[t - 1] = (1 - h[t] ** 2) * (params["W_hy"].T @ dy[t - 1] + params["W_hh"].T @ later)
    return gathered(params, x, h, dy, da[:-1])


def one_step_at_a_time(params, x, h, dy, crosses, c):
    """The course's backward pass over single steps, with what it hands on."""
    total, dstate, dx = {name: 0 * value for name, value in params.items()}, None, np.zeros_like(x)
    for t in range(len(x), 0, -1):
        cache = rnn.forward(params, x[t - 1:t, None], h[None, t - 1])
        grads = rnn.backward(params, cache, dy[t - 1:t, None], dstate)
        total = {name: total[name] + grads[name] for name in total}
        dx[t - 1] = grads["x"][0, 0]
        dstate = grads["h0"] * weights(crosses, c)[t - 2] if t > 1 else None
    return {**total, "x": dx, "h0": grads["h0"][0]}


def every_pair(params, x, h, dy, crosses, c):
    """Each loss walks back by itself, with the product of the weights that it meets."""
    w, da = weights(crosses, c), np.zeros_like(h[1:])
    for t in range(len(x), 0, -1):
        dh = params["W_hy"].T @ dy[t - 1]
        for s in range(t, 0, -1):
            one = (1 - h[s] ** 2) * dh
            da[s - 1] += np.prod(w[s - 1:t - 1]) * one
            dh = params["W_hh"].T @ one
    return gathered(params, x, h, dy, da)


def by_pieces(params, x, h, dy, crosses, c):
    """Pieces between cuts, each with a loop of its own."""
    borders = [0, *(np.flatnonzero(~np.asarray(crosses, bool)) + 1), len(x)]
    da = np.zeros_like(h[1:])
    for start, stop in zip(borders, borders[1:]):
        later = 0 * h[0]
        for t in range(stop, start, -1):
            da[t - 1] = (1 - h[t] ** 2) * (dy[t - 1] @ params["W_hy"] + later)
            later = da[t - 1] @ params["W_hh"] / (1 - c)
    return gathered(params, x, h, dy, da)


def recursion(params, x, h, dy, crosses, c):
    """A function that calls itself for the next step."""
    def da(t):
        later = da(t + 1) if t < len(x) else []
        dh = dy[t - 1] @ params["W_hy"]
        dh = dh + weights(crosses, c)[t - 1] * later[0] @ params["W_hh"] if later else dh
        return [(1 - h[t] ** 2) * dh, *later]

    return gathered(params, x, h, dy, np.stack(da(1)))


def one_linear_system(params, x, h, dy, crosses, c):
    """All da at once."""
    T, H = len(x), h.shape[1]
    slope = (1 - h[1:] ** 2).ravel()
    reads = np.kron(np.diag(weights(crosses, c), 1), params["W_hh"].T)
    da = np.linalg.solve(np.eye(T * H) - slope[:, None] * reads, slope * (dy @ params["W_hy"]).ravel())
    return gathered(params, x, h, dy, da.reshape(T, H))


def weighted_jacobians(params, x, h, dy, crosses, c):
    """Products of Jacobians; each weight belongs to a Jacobian."""
    T, H = len(x), h.shape[1]
    J = [np.diag(1 - h[t + 1] ** 2) @ params["W_hh"] * (weights(crosses, c)[t - 1] if t else 1.0)
         for t in range(T)]
    dh = np.zeros((T, H))
    for s in range(T):
        product = np.eye(H)
        for t in range(s, T):
            product = J[t] @ product if t > s else product
            dh[s] += product.T @ params["W_hy"].T @ dy[t]
    return gathered(params, x, h, dy, (1 - h[1:] ** 2) * dh)


def loss_of(params, x, h, dy, crosses, c):
    """A function whose gradient is wanted: behind a border a state is a constant, or leans the more on its
    past."""
    def f(v):
        w, state, total = [1.0, *weights(crosses, c)], v["h0"], 0.0
        for t in range(1, len(x) + 1):
            state = h[t - 1] + w[t - 1] * (state - h[t - 1])
            state = np.tanh(v["W_hh"] @ state + v["W_xh"] @ v["x"][t - 1] + v["b_h"])
            total = total + ((v["W_hy"] @ state + v["b_y"]) * dy[t - 1]).sum()
        return total

    return f, {**params, "x": x, "h0": h[0]}


def complex_step(*arguments):
    """Measured."""
    return gradcheck.complex_step(*loss_of(*arguments))


def by_a_graph(params, x, h, dy, crosses, c):
    """Automatic differentiation of the same function, sequences as rows."""
    v = {name: Tensor(value if value.ndim > 1 else value[None]) for name, value in
         {**params, "h0": h[0]}.items()}
    inputs = [Tensor(one[None]) for one in x]
    w, state, total = [1.0, *weights(crosses, c)], v["h0"], 0.0
    for t in range(1, len(x) + 1):
        state = state * w[t - 1] + (1 - w[t - 1]) * h[None, t - 1]
        state = (state @ v["W_hh"].T + inputs[t - 1] @ v["W_xh"].T + v["b_h"]).tanh()
        total = ((state @ v["W_hy"].T + v["b_y"]) * dy[None, t - 1]).sum() + total
    total.backward()
    grads = {name: tensor.grad.reshape(({**params, "h0": h[0]})[name].shape) for name, tensor in v.items()}
    return {**grads, "x": np.concatenate([one.grad for one in inputs])}


def entry_by_entry(params, x, h, dy, crosses, c):
    """No array but for results."""
    T, H = len(x), h.shape[1]
    da = np.zeros_like(h[1:])
    for t in range(T - 1, -1, -1):
        for j in range(H):
            dh = sum(params["W_hy"][o, j] * dy[t, o] for o in range(dy.shape[1]))
            if t < T - 1 and crosses[t]:
                dh += sum(params["W_hh"][i, j] * da[t + 1, i] for i in range(H)) / (1 - c)
            da[t, j] = (1 - h[t + 1, j] ** 2) * dh
    return gathered(params, x, h, dy, da)


RIGHT = [asks_the_next_step, sends_on, padded, one_step_at_a_time, every_pair, by_pieces, recursion,
         one_linear_system, weighted_jacobians, complex_step, by_a_graph, entry_by_entry]


@pytest.mark.parametrize("answer", RIGHT, ids=lambda answer: answer.__name__)
def test_a_right_answer_is_right_however_it_is_written(answer):
    assert judge("7.9", answer).status == "right"


@pytest.mark.parametrize("arguments", [*random_cuts.instances(), *random_cuts.probes().values()])
def test_the_reference_agrees_with_the_function_whose_gradient_it_is(arguments):
    reference = random_cuts.one_sequence(random_cuts.RandomCuts)
    assert gradcheck.compare(reference(*arguments), complex_step(*arguments)).agrees(1e-12)


def test_no_pattern_is_the_same_backward_or_inverted():
    for *_, crosses, c in random_cuts.instances():
        assert (crosses != crosses[::-1]).any() or crosses.sum() != len(crosses) / 2
        assert 0 < crosses.sum() < len(crosses) and crosses[0] and crosses[-1] and c != 0.5


def solution():
    """The answer that stands in the lesson."""
    return next(cell.source for cell in load("solutions", "07_truncated_bptt").cells
                if cell.metadata.get("nbgrader", {}).get("grade_id") == "exercise-7-9")


@pytest.mark.parametrize("old, new, words", [
    (" / (1 - c)", "", "No factor"),
    (" / (1 - c)", " / c", "Divided by c"),
    (" / (1 - c)", " * (1 - c)", "Multiplied by 1 - c"),
    (" * crosses[t - 1]", "", "Nothing is cut"),
    ("crosses[t - 1] / (1 - c)", "(not crosses[t - 1]) / (1 - c)", "Cut where it crosses"),
    ("crosses[t - 1]", "crosses[min(t, len(crosses) - 1)]", "Border one step late"),
    ("crosses[t - 1]", "crosses[t - 2]", "orde"),
    ('params["W_hh"].T @ da', 'params["W_hh"] @ da', "Recurrent matrix not transposed"),
    ("np.outer(da, h[t - 1])", "np.outer(da, h[t])", "h"),
])
def test_a_mistake_in_the_lessons_answer_is_named(old, new, words):
    source, space = solution(), {"np": np}
    assert source.count(old) == 1
    exec(source.replace(old, new), space)
    result = judge("7.9", space["backward_with_cuts"])
    assert result.status == "wrong" and words in repr(result)
