"""For which arguments an answer would be right, and how a wrong result is related to the right one."""

import numpy as np
import pytest

from exercises import judge
from exercises.engine import alterations
from exercises.lessons.catalogue import find
from helpers.activations import sigmoid
from helpers.losses import softmax
from test_unseen_answers import is_explained


def joined_the_other_way(params, x_t, h_prev):
    """2.1: the matrices stand in one order, what they multiply in the other."""
    joined = np.hstack([params["W_hh"], params["W_xh"]]) @ np.concatenate([x_t, h_prev])
    h_t = np.tanh(joined + params["b_h"])
    return h_t, params["W_hy"] @ h_t + params["b_y"]


def rows_in_turn(params, x, h, c):
    """8.2: the rows of a stand in blocks, and are read in turn."""
    a = params["W_hh"] @ h + params["W_xh"] @ x + params["b_h"]
    i, f, g, o = a.reshape(-1, 4).T
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def of_unit_length(W, h):
    """0.1: what goes back is made as long as 1."""
    u = W @ h
    return u, W.T @ u / np.sqrt(u @ u)


def twice_at_the_target(y, target):
    """3.4: the target's probability is there twice."""
    gradient = softmax(y)
    gradient[target] = 2 * gradient[target] - 1
    return gradient


def one_copy_less(D, H, O, T):
    """1.2: one matrix has a copy less."""
    return H * (H + D + 1) + O * (H + 1) + H, T * H * (H + D + 1) + O * (H + 1) + H - H * H


def root_lost(p, g, m, v, k, learning_rate, beta1, beta2, eps):
    """5.3: both corrections are drawn together, and one loses its root."""
    m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g ** 2
    rate = learning_rate * (1 - beta2 ** k) / (1 - beta1 ** k)
    return p - rate * m / (np.sqrt(v) + eps), m, v


def quadrature(pieces, max_norm):
    """6.8: the length is made of those of the pieces."""
    total = {name: sum(piece[name] for piece in pieces) for name in pieces[0]}
    length = np.sqrt(sum((array ** 2).sum() for piece in pieces for array in piece.values()))
    return {name: min(1, max_norm / length) * array for name, array in total.items()}


def last_but_one(T, k1, k2):
    """7.1: the last window begins its new steps earlier, where it is short."""
    ends = [min(first + k1, T) for first in range(0, T, k1)]
    return [(max(0, stop - k2), max(stop - k1, 0), stop) for stop in ends]


SAID = {
    "2.1": (joined_the_other_way, "W_hh and W_xh are joined in this order", "is wrong on easier"),
    "8.2": (rows_in_turn, "4 blocks of W_hh, W_xh and b_h are read as if their rows stood in turn", ""),
    "0.1": (of_unit_length, "v is the right one times 1 / the length of the right u", "another number"),
    "3.4": (twice_at_the_target, "at place target only; there it is twice the right one plus 1", ""),
    "1.2": (one_copy_less, "untied is too small by H^2", "untied and tied"),
    "5.3": (root_lost, "the old value plus the right change times the root of (1 - beta2^k), nearly",
            "is wrong on easier"),
    "6.8": (quadrature, "the right ones times the global norm / the length of all pieces", "another number"),
    "7.1": (last_but_one, "wrong in the last row only", "The list of windows is the right one"),
}


@pytest.mark.parametrize("number", SAID)
def test_the_relation_is_said_and_no_other(number):
    answer, said, not_said = SAID[number]
    result = repr(judge(number, answer))
    assert said in result, result
    assert not not_said or not_said not in result, result


@pytest.mark.parametrize("number", ["0.2", "2.6", "5.3", "9.6"])
def test_an_answer_for_an_altered_argument_is_explained_as_a_whole(number):
    exercise = find(number)
    for one in alterations.of_arguments(exercise)[:4]:
        result = judge(number, one.made[""])
        assert result.status == "right" or is_explained(result), (one.words, result)


def test_blocks_are_read_in_turn_and_dealt_out_again():
    rows = np.arange(12.0)
    assert alterations.interleaved(rows, 4)[:4].tolist() == [0, 4, 8, 1]
    assert (alterations.dealt(alterations.interleaved(rows, 4), 4) == rows).all()
    assert (alterations.interleaved(rows, 4) != rows).any()


def test_columns_that_are_joined_are_taken_apart_in_the_other_order():
    one, other = np.array([[1.0, 2.0]]), np.array([[3.0]])
    first, second = alterations.joined(one, other)
    assert first.tolist() == [[2.0, 3.0]] and second.tolist() == [[1.0]]


def test_two_pairs_may_be_exchanged():
    """Both matrices, and both vectors."""
    arguments = np.eye(2), np.ones(2), 2 * np.eye(2), 3 * np.ones(2)
    said = [words for _, words, *_ in alterations.altered_arguments(arguments, ("A_1", "b_1", "A_2", "b_2"))]
    assert "A_1 and A_2 are exchanged, and b_1 and b_2" in said
