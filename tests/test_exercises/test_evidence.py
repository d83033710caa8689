"""Direct evidence: what is said of a wrong backward pass is true, and the formula that it blames is the
wrong one.
"""

import numpy as np
import pytest

from exercises import judge
from exercises.engine import evidence
from exercises.engine.attempt import plain
from exercises.engine.compare import compare
from exercises.lessons.catalogue import lesson_exercises
from wrong_lines import PASSES, WRONG

EXERCISES = {number: exercise for lesson in ("04", "05", "08")
             for number, exercise in lesson_exercises(lesson).items()}


def function_of(number, *edits):
    """A backward pass of PASSES with some lines replaced."""
    source, space = PASSES[number], {"np": np}
    for old, new in edits:
        assert source.count(old) == 1
        source = source.replace(old, new)
    exec(source, space)
    return space["backward"]


def found(number, answer):
    """The Evidence on an answer."""
    exercise = EXERCISES[number]
    with np.errstate(all="ignore"):
        received = [plain(answer(*arguments)) for arguments, _ in exercise.problems]
        compared = [compare(got, right, exercise) for got, (_, right) in zip(received, exercise.problems)]
        return evidence.statements(exercise, answer, received, compared)


@pytest.mark.parametrize("number", PASSES)
def test_the_right_lines_are_right(number):
    assert judge(number, function_of(number)).status == "right"


@pytest.mark.parametrize("number, old, new, wrong", WRONG, ids=[f"{edit[0]} {edit[2]}" for edit in WRONG])
def test_no_innocent_formula_is_blamed(number, old, new, wrong, here):
    said = found(number, function_of(number, (old, new)))
    assert 1 <= len(said.said) <= 3
    assert len(said.blamed - {"from_hidden"}) <= 2 and (not said.blamed or said.blamed & set(wrong.split()))
    if " " not in wrong:
        assert wrong not in said.acquitted


def test_most_wrong_lines_are_found(here):
    """Of those that are not about one number for all parameters, say a sum or an order of steps."""
    hits = [bool(found(number, function_of(number, (old, new))).blamed) for number, old, new, _ in WRONG]
    assert sum(hits) > 0.85 * len(hits)


@pytest.mark.parametrize("number", ["4.3", "8.5", "8.8"])
def test_bent_formulas_are_never_acquitted(number, here):
    exercise = EXERCISES[number]
    for name, ways in exercise.bends.items():
        for words in ("scaled", "something added", "zero"):
            try:
                said = found(number, ways[words].answer)
            except Exception:               # it cannot be bent in this way
                continue
            assert name not in said.acquitted, (name, words)


@pytest.mark.parametrize("number", ["4.2", "4.3", "4.7", "4.8", "5.1", "8.5", "8.8"])
def test_a_clear_problem_has_the_gradients_of_its_reference(number):
    exercise = EXERCISES[number]
    for problem in exercise.clear:
        expected = exercise.reference(*problem.arguments)
        assert {name: grad.size for name, grad in problem.grads.items()} == {
            name: grad.size for name, grad in expected.items()}
        for name, grad in problem.grads.items():
            np.testing.assert_allclose(grad.ravel(), expected[name].ravel(), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("edits, words", [
    ([('grads["W_hh"] +=', 'grads["W_hh"] =')],
     "dW_hh holds the share of step 1 alone, the last one that the loop visits, as if = stood for +=."),
    ([('grads["W_hh"] +=', 'grads["W_hh"] ='), ('grads["b_h"] +=', 'grads["b_h"] =')],
     "dW_hh and db_h hold the share of step 1 alone, the last one that the loop visits, as if = stood"),
    ([("da.T @ h[t - 1]", "da.T @ h[t - 1] * (t == len(x))")],
     "dW_hh holds the share of the last step alone."),
    ([("da.T @ h[t - 1]", "da.T @ h[t - 1] * (t > 1)")], "dW_hh lacks the share of step 1."),
    ([("da.T @ x[t - 1]", "da.T @ x[t - 1] * (t < len(x))")], "dW_xh lacks the share of the last step."),
    ([("da.T @ x[t - 1]", "da.T @ x[t - 1] * (1 + (t == 1))")], "dW_xh counts the share of step 1 twice."),
    ([("da.T @ x[t - 1]", "t * da.T @ x[t - 1]")],
     "dW_xh adds up running totals: the share of step t is counted t times."),
    ([("da.sum(axis=0)", "2 * da.sum(axis=0)")], "db_h counts every share twice."),
    ([("da.sum(axis=0)", "da.mean(axis=0)")], "db_h holds the right sum, divided by B."),
    ([("da.sum(axis=0)", "da.sum(axis=0) / len(x)")], "db_h holds the right sum, divided by T."),
    ([("da.sum(axis=0)", "da.mean(axis=0) / len(x)")], "db_h holds the right sum, divided by T B."),
    ([("da.sum(axis=0)", "da[0]")], "db_h holds the shares of the first sequence alone."),
    ([("da.sum(axis=0)", "da[-1]")], "db_h holds the shares of the last sequence alone."),
    # Two mistakes: the shares are those of the answer's own da.
    ([('grads["W_hh"] +=', 'grads["W_hh"] ='), ('from_later = da', 'from_later = 0.5 * da')],
     "dW_hh holds the share of step 1 alone, the last one that the loop visits, as if = stood for +=. "
     "One formula explains all that is wrong: the dh_later for the step before"),
])
def test_which_shares_were_added(edits, words, here):
    assert " ".join(found("4.3", function_of("4.3", *edits)).said).startswith(words)


@pytest.mark.parametrize("number, edits, words", [
    ("4.3", [("return {**grads", "grads = {name: g / len(x) for name, g in grads.items()}\n    "
              "dx, from_later = dx / len(x), from_later / len(x)\n    return {**grads")],
     "On each problem all gradients are the right ones times one number: 0.1429 and 0.2."),
    ("4.3", [("range(len(x), 0, -1)", "range(len(x), max(len(x) - 6, 0), -1)")],
     "It is right on four steps of one sequence and on two steps of two sequences."),
    ("4.2", [("range(len(x))", "range(len(x) % 6)")], "It is right on four steps of one sequence."),
    ("8.5", [("dx[t - 1] = da", "dx[t - 1] = da[:, ::-1]"), ('"W_hh"] += da.T', '"W_hh"] += da.T ** 3')],
     "da_t is right at every step, as dW_xh shows. What is wrong comes after it: one step's share of dW_hh"),
    ("8.5", [("dx[t - 1] = da", "dx[t - 1] = da ** 3"), ('"W_hh"] += da.T', '"W_hh"] += 2 * da.T'),
             ('"W_xh"] += da.T', '"W_xh"] += da.T ** 2')],
     "dx, dW_xh and dW_hh cannot come from one da: each of them holds another."),
    ("8.8", [("dm], axis=1)", "da_n], axis=1)")],
     "One formula explains all that is wrong: what the candidate sends to the past m_t"),
    ("8.8", [("da_z, da_n], axis=1)", "da_z, dm], axis=1)")],
     "da_t is right at every step, as dW_hh shows. What is wrong comes after it: what the candidate sends"),
])
def test_what_is_said(number, edits, words, here):
    assert " ".join(found(number, function_of(number, *edits)).said).startswith(words)


def test_nothing_is_said_of_other_exercises():
    said = evidence.statements(EXERCISES["8.3"], None, [], [])
    assert said == evidence.Evidence()


@pytest.mark.parametrize("answer", [
    lambda params, cache, dy: {name: np.full_like(grad, 1e200) for name, grad in
                               EXERCISES["8.5"].reference(params, cache, dy).items()},
    lambda params, cache, dy: {name: np.full_like(grad, np.nan) for name, grad in
                               EXERCISES["8.5"].reference(params, cache, dy).items()},
    lambda params, cache, dy: {name: 0 * grad for name, grad in
                               EXERCISES["8.5"].reference(params, cache, dy).items()},
    lambda params, cache, dy: 1 / 0 if len(dy) < 5 else {
        name: grad + 1 for name, grad in EXERCISES["8.5"].reference(params, cache, dy).items()},
], ids=["huge", "nan", "zero", "stops on short sequences"])
def test_odd_answers_are_survived(answer):
    assert judge("8.5", answer).status == "wrong"
