"""Answers whose mathematics is right and whose numbers, containers or calls are not:
each is said for what it is. And what a hint says after a mistake, with verbs that agree.
"""

import collections
import dataclasses
import types

import numpy as np
import pytest

from exercises import check, hint, judge
from exercises.engine import explaining, words
from exercises.lessons.catalogue import find
from helpers import rnn


def single(value):
    """Arrays in single precision, also within dicts and named tuples."""
    if isinstance(value, dict):
        return {name: single(entry) for name, entry in value.items()}
    if isinstance(value, tuple):
        return type(value)(*map(single, value))
    return value.astype(np.float32) if isinstance(value, np.ndarray) else value


def double(gradients):
    return {name: gradient.astype(float) for name, gradient in gradients.items()}


def difference(eps, below):
    """A backward pass that measures: (f(v + eps) - f(v - below)) / (eps + below)."""
    def answer(params, cache, dy):
        variables, gradients = {**params, "x": cache.x, "h0": cache.h[0]}, {}

        def loss(name, place, step):
            moved = {**variables, name: variables[name].copy()}
            moved[name][place] += step
            x, state = moved.pop("x"), moved.pop("h0")
            return (rnn.forward(moved, x, state).y * dy).sum()

        for name, value in variables.items():
            gradients[name] = np.array([
                (loss(name, place, eps) - loss(name, place, -below)) / (eps + below)
                for place in np.ndindex(value.shape)]).reshape(value.shape)
        return gradients
    return answer


def with_whole(name):
    """A right backward pass, but for one gradient, which was put into an array of integers."""
    def answer(params, cache, dy):
        gradients = rnn.backward(params, cache, dy)
        whole = np.zeros(gradients[name].shape, int)
        whole[...] = gradients[name]
        return {**gradients, name: whole}
    return answer


# --- numbers ---

@pytest.mark.parametrize("answer, said", [
    (lambda params, cache, dy: double(rnn.backward(single(params), single(cache), single(dy))),
     "Right to 6 digits, and no further: it was computed in single precision (float32), not in float64."),
    (lambda params, cache, dy: rnn.backward(params, cache, dy.astype(np.float32)),
     "Right to 7 digits, and no further: it was computed in single precision (float32), not in float64."),
    (lambda params, cache, dy: rnn.backward(params, cache, single(dy)),
     "Right to 7 digits, and no further: is there single precision (float32) inside, a finite difference"),
    (difference(1e-5, 1e-5), "Right to 9 digits, and no further: too far off for rounding. "
                             "A finite difference is like that"),
    (difference(1e-7, 0), "a finite difference, or a small number such as eps where none belongs?"),
    (with_whole("x"), "Every entry of dx is a whole number: an array of integers drops the decimals."),
])
def test_a_right_formula_with_other_numbers_is_said_to_be_that(here, answer, said):
    result = judge("4.3", answer)
    assert result.status == "wrong" and said in repr(result)
    assert not any(words in repr(result) for words in ("easier", "Look at", "known"))


def test_single_precision_that_says_so_is_right(here):
    assert judge("4.3", lambda *given: rnn.backward(*map(single, given))).status == "right"


def test_what_is_wrong_in_single_precision_is_not_only_that(here):
    def answer(params, cache, dy):
        gradients = double(rnn.backward(single(params), single(cache), single(dy)))
        return {**gradients, "W_hh": gradients["W_hh"].T}

    assert "digits" not in repr(judge("4.3", answer))


def test_integers_beside_another_mistake(here):
    def answer(params, cache, dy):
        gradients = with_whole("x")(params, cache, dy)
        return {**gradients, "W_hh": gradients["W_hh"].T}

    said = repr(judge("4.3", answer))
    assert "Every entry of dx is a whole number" in said and "Recurrent outer transposed" in said


# --- containers and keys ---

Gradients = dataclasses.make_dataclass("Gradients", ["W_hh", "W_xh", "W_hy", "b_h", "b_y", "x", "h0"],
                                       slots=True)


@pytest.mark.parametrize("form", [types.MappingProxyType, collections.UserDict, collections.ChainMap,
                                  lambda gradients: Gradients(**gradients),
                                  lambda gradients: {f"d{name}": gradients[name] for name in gradients}])
@pytest.mark.parametrize("in_child", [True, False])
def test_any_mapping_and_a_dataclass_are_accepted(form, in_child, monkeypatch):
    monkeypatch.setattr("exercises.engine.attempt.CAN_FORK", in_child)
    result = judge("4.3", lambda *given: form(rnn.backward(*given)))
    assert result.status == "right", result


@pytest.mark.parametrize("extra, named", [("dy", "dy"), ("da", "da"), ("dW_hh", "dW_hh"), (3, "3")])
def test_an_extra_key_is_named_as_it_is(here, extra, named):
    said = judge("4.3", lambda *given: {**rnn.backward(*given), extra: 0}).message
    assert said.endswith(f"h0; not asked for: {named}.")


# --- an easier problem on which it stops ---

def loop_over_the_batch(params, cache, dy):
    """The number of sequences where the number of steps belongs."""
    gradients = {name: np.zeros_like(value) for name, value in params.items()}
    dx, arriving = np.zeros_like(cache.x), 0
    for t in range(dy.shape[1], 0, -1):
        da = (1 - cache.h[t] ** 2) * (dy[t - 1] @ params["W_hy"] + arriving)
        gradients["W_hh"] += da.T @ cache.h[t - 1]
        gradients["b_h"] += da.sum(axis=0)
        dx[t - 1] = da @ params["W_xh"]
        arriving = da @ params["W_hh"]
    return {**gradients, "x": dx, "h0": arriving}


@pytest.mark.parametrize("in_child", [True, False])
def test_an_easier_problem_on_which_it_stops_is_named_and_the_others_are_kept(in_child, monkeypatch):
    monkeypatch.setattr("exercises.engine.attempt.CAN_FORK", in_child)
    said = repr(judge("4.3", loop_over_the_batch))
    assert "When T = 1: it stopped with IndexError: index 3 is out of bounds" in said
    assert "da = (1 - cache.h[t] ** 2)" in said and "wrong when B = 1" in said


# --- the hint after a located mistake ---

def test_the_first_hint_is_about_the_mistake_of_the_last_check(here, monkeypatch):
    monkeypatch.setattr("exercises.door.LAST", {})
    plain = hint("4.3").message
    check("4.3", lambda *given: {**rnn.backward(*given), "W_hh": rnn.backward(*given)["W_hh"].T})
    assert hint("4.3").message == (
        "After your last answer, look first at one step's share of dW_hh, "
        f"and compare your code with lesson 03, section 6. {plain}")
    assert "last answer" not in hint("4.3", 2).message and "last answer" not in hint("4.2").message
    check("4.3", rnn.backward)
    assert hint("4.3").message == plain


def test_a_mistake_without_a_formula_has_its_section(here, monkeypatch):
    monkeypatch.setattr("exercises.door.LAST", {})
    check("1.3", lambda k, share: share / k)
    assert hint("1.3").message.startswith(
        "After your last answer, look first at lesson 01, section 4, and compare your code with it. ")


# --- grammar ---

@pytest.mark.parametrize("names, verb", [
    (["dW_hh"], "is"), (["the loss"], "is"), (["the list of norms"], "is"), (["the bias"], "is"),
    (["grads['x']"], "is"), (["h_s"], "is"), (["the radius of c"], "is"), (["s"], "is"),
    (["the new params"], "are"), (["the clipped gradients"], "are"), (["factors"], "are"),
    (["h", "y"], "are"),
])
def test_a_verb_agrees_with_its_names(names, verb):
    assert words.are(names) == verb


def test_all_entries_of_a_dict_have_one_name(here):
    exercise = find("5.4")
    said = repr(judge("5.4", lambda grads, most: ({name: 3 * g for name, g in grads.items()},
                                                  exercise.reference(grads, most)[1])))
    assert "The clipped gradients are wrong; the norm before clipping is right." in said
    assert "on easier problems, too" not in said        # where a formula is under suspicion


def test_of_many_right_parts_only_the_number_is_said(here):
    said = judge("4.3", lambda *given: {**rnn.backward(*given), "x": 1 + given[1].x}).message
    assert said.startswith("dx is wrong; the other 6 are right. Of dx, ")


# --- graded ---

@pytest.mark.parametrize("where, answer, printed", [
    ("validate", lambda *sizes: (1, 1), "Exercise 1.2: wrong."),
    ("validate", find("1.2").reference, ""),
    ("autograde", lambda *sizes: (1, 1), ""),
])
def test_nbgrader_validate_shows_the_words(here, monkeypatch, capsys, where, answer, printed):
    """It shows what a cell wrote to standard error, and only "Partial credit" where that is nothing."""
    monkeypatch.setenv("NBGRADER_EXECUTION", where)
    points = check("1.2", answer)
    written = capsys.readouterr().err
    assert written.startswith(printed) and bool(written) == bool(printed)
    assert max(map(len, written.splitlines()), default=0) <= 80
    assert points == (find("1.2").points if answer is find("1.2").reference else 0)


def test_what_is_the_same_for_several_parts_is_said_of_all():
    not_right = {"b": "b is 5, and that is not right.", "a": "a is 5, and that is not right."}
    assert explaining.joined(not_right) == [
        "a and b are 5, and that is not right."]
    assert explaining.joined({"y": "y should be complex: the part is lost.",
                           "h": "h should be complex: the part is lost."}) == [
        "h and y should be complex: the part is lost."]
