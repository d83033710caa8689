"""Exercise 2.9: right answers that differ in kind, by hand, and what its check says of wrong ones."""

import itertools

import numpy as np
import pytest

from exercises import judge
from exercises.engine.judging import judge as judge_exercise
from exercises.formulas import fed_back
from exercises.lessons.lesson_02 import EXERCISES
from notebooks import load


def zeros_in_front(params, x, h0):
    """y has a slot for y_0, as h has one for h_0."""
    T, B, O = len(x), len(h0), len(params["b_y"])
    h, y = np.zeros((T + 1, *h0.shape)), np.zeros((T + 1, B, O))
    h[0] = h0
    for t in range(1, T + 1):
        a = h[t - 1] @ params["W_hh"].T + x[t - 1] @ params["W_xh"].T + y[t - 1] @ params["W_yh"].T
        h[t] = np.tanh(a + params["b_h"])
        y[t] = h[t] @ params["W_hy"].T + params["b_y"]
    return h, y[1:]


def asks_for_the_first_step(params, x, h0):
    """No y_0: the first step has three terms."""
    h, y = [h0], []
    for t, x_t in enumerate(x):
        a = h[t] @ params["W_hh"].T + x_t @ params["W_xh"].T + params["b_h"]
        if t > 0:
            a = a + y[t - 1] @ params["W_yh"].T
        h.append(np.tanh(a))
        y.append(h[-1] @ params["W_hy"].T + params["b_y"])
    return np.array(h), np.array(y)


def put_into_the_matrix(params, x, h0):
    """y_{t-1} is W_hy h_{t-1} + b_y: from step 2 on a plain network with other weights."""
    W = params["W_hh"] + params["W_yh"] @ params["W_hy"]
    b = params["b_h"] + params["W_yh"] @ params["b_y"]
    h = [h0, np.tanh(h0 @ params["W_hh"].T + x[0] @ params["W_xh"].T + params["b_h"])]
    for x_t in x[1:]:
        h.append(np.tanh(h[-1] @ W.T + x_t @ params["W_xh"].T + b))
    h = np.stack(h)
    return h, h[1:] @ params["W_hy"].T + params["b_y"]


def one_more_input(params, x, h0):
    """The output before is appended to the input, and W_yh to W_xh."""
    W, said = np.hstack([params["W_xh"], params["W_yh"]]), np.zeros((len(h0), len(params["b_y"])))
    h, y = [h0], []
    for x_t in x:
        a = np.hstack([x_t, said]) @ W.T + h[-1] @ params["W_hh"].T + params["b_h"]
        h.append(np.tanh(a))
        said = h[-1] @ params["W_hy"].T + params["b_y"]
        y.append(said)
    return np.stack(h), np.stack(y)


def columns(params, x, h0):
    """Sequences are columns, turned over at the end."""
    h, y = [h0.T], [np.zeros((len(params["b_y"]), len(h0)))]
    for x_t in x:
        a = params["W_hh"] @ h[-1] + params["W_xh"] @ x_t.T + params["W_yh"] @ y[-1]
        h.append(np.tanh(a + params["b_h"][:, None]))
        y.append(params["W_hy"] @ h[-1] + params["b_y"][:, None])
    return np.stack(h).transpose(0, 2, 1), np.stack(y[1:]).transpose(0, 2, 1)


def sequence_by_sequence(params, x, h0):
    """Each sequence runs alone."""
    T, B, O = len(x), len(h0), len(params["b_y"])
    h, y = np.zeros((T + 1, *h0.shape)), np.zeros((T, B, O))
    for b in range(B):
        h[0, b], heard = h0[b], np.zeros(O)
        for t in range(T):
            h[t + 1, b] = np.tanh(params["W_hh"] @ h[t, b] + params["W_xh"] @ x[t, b]
                                  + params["W_yh"] @ heard + params["b_h"])
            heard = y[t, b] = params["W_hy"] @ h[t + 1, b] + params["b_y"]
    return h, y


def entry_by_entry(params, x, h0):
    """No product of arrays."""
    (T, B, D), H, O = x.shape, h0.shape[1], len(params["b_y"])
    h, y = np.zeros((T + 1, B, H)), np.zeros((T, B, O))
    h[0] = h0
    for t, b in np.ndindex(T, B):
        for i in range(H):
            a = params["b_h"][i] + sum(params["W_hh"][i, j] * h[t, b, j] for j in range(H))
            a += sum(params["W_xh"][i, k] * x[t, b, k] for k in range(D))
            a += sum(params["W_yh"][i, o] * y[t - 1, b, o] for o in range(O)) if t else 0
            h[t + 1, b, i] = np.tanh(a)
        for o in range(O):
            y[t, b, o] = params["b_y"][o] + sum(params["W_hy"][o, i] * h[t + 1, b, i] for i in range(H))
    return h, y


def inputs_first(params, x, h0):
    """The inputs of all steps go through one product before the loop."""
    driven, heard = np.einsum("hd,tbd->tbh", params["W_xh"], x) + params["b_h"], 0
    h, y = [h0], []
    for a in driven:
        h.append(np.tanh(a + h[-1] @ params["W_hh"].T + heard))
        y.append(h[-1] @ params["W_hy"].T + params["b_y"])
        heard = y[-1] @ params["W_yh"].T
    return np.stack(h), np.stack(y)


def accumulated(params, x, h0):
    """The loop is itertools.accumulate over pairs of state and output."""
    def step(before, x_t):
        h, y = before
        a = h @ params["W_hh"].T + x_t @ params["W_xh"].T + y @ params["W_yh"].T + params["b_h"]
        return np.tanh(a), np.tanh(a) @ params["W_hy"].T + params["b_y"]

    pairs = list(itertools.accumulate(x, step, initial=(h0, np.zeros((len(h0), len(params["b_y"]))))))
    return np.array([h for h, _ in pairs]), np.array([y for _, y in pairs[1:]])


def recursion(params, x, h0):
    """A function that calls itself for the steps before."""
    if not len(x):
        return h0[None], np.zeros((0, len(h0), len(params["b_y"])))
    h, y = recursion(params, x[:-1], h0)
    heard = y[-1] @ params["W_yh"].T if len(y) else 0
    last = np.tanh(h[-1] @ params["W_hh"].T + x[-1] @ params["W_xh"].T + heard + params["b_h"])
    return np.vstack([h, last[None]]), np.vstack([y, (last @ params["W_hy"].T + params["b_y"])[None]])


def sweeps(params, x, h0):
    """All steps at once from guessed outputs, T times: each sweep makes one more step right."""
    y = np.zeros((len(x), len(h0), len(params["b_y"])))
    h = np.repeat(h0[None], len(x) + 1, axis=0)
    for _ in x:
        heard = np.concatenate([0 * y[:1], y[:-1]])
        h[1:] = np.tanh(h[:-1] @ params["W_hh"].T + x @ params["W_xh"].T + heard @ params["W_yh"].T
                        + params["b_h"])
        y = h[1:] @ params["W_hy"].T + params["b_y"]
    return h, y


RIGHT = [zeros_in_front, asks_for_the_first_step, put_into_the_matrix, one_more_input, columns,
         sequence_by_sequence, entry_by_entry, inputs_first, accumulated, recursion, sweeps]


@pytest.mark.parametrize("answer", RIGHT, ids=lambda answer: answer.__name__)
def test_a_right_answer_is_right_however_it_is_written(answer):
    assert judge("2.9", answer).status == "right"


def solution():
    """The answer that stands in the lesson."""
    return next(cell.source for cell in load("solutions", "02_forward_pass").cells
                if cell.metadata.get("nbgrader", {}).get("grade_id") == "exercise-2-9")


@pytest.mark.parametrize("old, new, words", [
    ('heard = y[t - 1] =', 'y[t - 1] =', "Output not heard"),
    ('h[t] = np.tanh(a_t + heard @', 'h[t] = np.tanh(a_t + y[t - 1] @', "a slot that is still empty"),
    ('heard @ params["W_yh"].T)', 'np.tanh(heard) @ params["W_yh"].T)', "Output heard through tanh"),
    ('np.tanh(a_t + heard @ params["W_yh"].T)', 'np.tanh(a_t) + heard @ params["W_yh"].T',
     "Output heard outside of tanh"),
    ('heard = h0, np.zeros_like(y[0])', 'heard = h0, np.zeros_like(y[0]) + params["b_y"]',
     "First step hears the output's bias"),
    ('h[t - 1] @ params["W_hh"].T', 'h[t - 1] @ params["W_hh"]', "Recurrent matrix transposed"),
])
def test_a_mistake_in_the_lessons_answer_is_named(old, new, words):
    source, space = solution(), {"np": np}
    assert source.count(old) == 1
    exec(source.replace(old, new), space)
    result = judge("2.9", space["hears_itself"])
    assert result.status == "wrong" and words in repr(result)


def test_another_description_is_another_network():
    """A network that hears the output of two steps ago."""
    later = type("Later", (fed_back.FedBack,), {"lag": 2})
    answer = EXERCISES["2.9"].form(later)
    result = judge_exercise(EXERCISES["2.9"], answer)
    assert result.status == "wrong" and result.message.startswith("Output before the last heard")
