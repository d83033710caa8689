"""A check refuses what a grader does not have at hand, in the same words."""

import pytest

from exercises import check
from exercises.lessons.at_hand import not_at_hand
from helpers import gradcheck, losses, rnn


def borrowed(params, cache, dy):
    """A backward pass that is not one's own."""
    return rnn.backward(params, cache, dy)


def behind(params, cache, dy):
    """The same, behind another function."""
    return [borrowed(params, cache, one) for one in [dy]][0]


def with_a_helper(y, target):
    """A right answer to 3.4, with a helper that may be called."""
    found = losses.softmax(y)
    found[target] -= 1
    return found


@pytest.mark.parametrize("number, answer, name", [
    ("4.3", rnn.backward, "rnn.backward"), ("4.3", borrowed, "rnn.backward"), ("4.3", behind, "rnn.backward"),
    ("7.5", borrowed, ""), ("3.4", with_a_helper, ""), ("2.3", lambda p, x: rnn.forward(p, x), "rnn.forward"),
    ("10.6", lambda v: gradcheck.complex_step(len, v), "gradcheck.complex_step"), ("3.2", len, "")])
def test_a_helper_that_is_no_own_work_is_found(number, answer, name):
    assert not_at_hand(number, answer) == name


def test_the_check_says_so_and_gives_nothing():
    result = check("4.3", behind)
    assert result.status == "wrong" and result.credit == 0
    assert result.message.startswith("rnn.backward is not at hand while this exercise is graded")
    assert check("3.4", with_a_helper).status == "right"
