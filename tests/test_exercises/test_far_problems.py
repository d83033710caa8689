"""No answer is accepted that is right on short sequences only, or where no gradient is large;
and the check says what it is.
"""

import functools

import numpy as np
import pytest

import capstone_backward
import far_answers
from exercises import capstone
from exercises.capstone.cell import Cell, variants
from exercises.engine import far
from exercises.engine.judging import judge
from exercises.formulas import far_problems
from exercises.lessons import lesson_07, lesson_10
from exercises.lessons.catalogue import find
from far_answers import last_steps, pieces, pieces_from_the_end, window
from helpers import clip, gradcheck, gru, losses, lstm, optimisers, rnn

ADA = capstone.project("Ada").variant
CELLS = [capstone.project(id).variant for id in (capstone.EXAMPLE, "Ada", 17)]

# {exercise: (a right answer, the places of what has a row for each step, and of dy, among its arguments)}
RIGHT = {
    "3.6": (find("3.6").form(find("3.6").formulas), 0, 0), "4.2": (find("4.2").reference, 1, 3),
    "4.3": (rnn.backward, 1, 2), "4.7": (find("4.7").reference, 1, 3), "4.8": (find("4.8").reference, 1, 3),
    "5.1": (rnn.backward, 1, 2), "8.5": (lstm.backward, 1, 2), "8.8": (gru.backward, 1, 2),
    "9.3": (find("9.3").form(find("9.3").formulas), 1, 1)}
STEPS = {pieces: [1, 2, 8, 100], pieces_from_the_end: [7, 50], window: [8, 100], last_steps: [20]}
LIMITS = [0.1, 20.0, 1000.0]


def named(kind, k, result):
    """Does a message say how it is cut off?"""
    if result.credit != 0.5 or "120 steps" not in repr(result):
        return False
    words = {pieces: f"Cut into pieces of {k} steps:", window: f"Right for {k} step",
             pieces_from_the_end: f"Cut into pieces of {k} steps", last_steps: f"Right for {k} step"}
    return result.message.startswith(words[kind])


# --- cut off ---

@pytest.mark.parametrize("kind", STEPS)
@pytest.mark.parametrize("number", RIGHT)
def test_a_hidden_window_is_rejected_and_named(number, kind, here):
    right, *places = RIGHT[number]
    for k in STEPS[kind]:
        result = judge(find(number), far_answers.cut_off(right, kind, k, *places))
        assert result.status == "wrong", k
        if k >= 8 and number not in ("4.7", "4.8"):
            assert named(kind, k, result), (k, repr(result))
        elif k >= 8:                    # with one loss, at the last step, all kinds are one
            assert "steps, then cut off: a loss at step 120" in result.message, (k, repr(result))


@pytest.mark.parametrize("variant", CELLS, ids=lambda variant: variant.code)
@pytest.mark.parametrize("number", ["10.5", "10.6"])
def test_a_hidden_window_in_the_capstone(number, variant, here):
    backward = capstone_backward.state_gradients if number == "10.5" else capstone_backward.backward
    for kind, k in ((window, 8), (pieces, 100)):
        answer = far_answers.cut_off(backward(variant), kind, k, 1, 5)
        result = judge(lesson_10.exercises_of(variant.code)[number], answer)
        assert named(kind, k, result), (k, repr(result))


def test_a_hidden_cut_in_pieces_of_any_length():
    """7.3 cuts by itself, where it should."""
    for k in (7, 8, 20, 50, 100):
        class Shorter(lesson_07.Cut):
            def ends_a_piece(self, t):
                return super().ends_a_piece(t) or t % k == 0

        result = judge(find("7.3"), lesson_07.one_cut_sequence(Shorter))
        assert result.status == "wrong" and (k < 8 or "ut " in result.message), (k, repr(result))


def windows_of(limit):
    """An answer to 7.5 whose windows have no more than so many steps."""
    def answer(params, x, target, h0, k1, k2):
        return lesson_07.Windowed(params, x, target, h0, k1, max(k1, min(k2, limit))).run()

    return answer


@pytest.mark.parametrize("k2", [20, 50, 100])
def test_windows_that_are_too_short(k2):
    assert judge(find("7.5"), windows_of(k2)).message == (
        f"Right for {k2} steps, then cut off: its windows have {k2} steps where k2 is 110.")


class Handed(lesson_07.Checkpointed):
    """Gradients are handed on from most segments only."""

    def arriving(self):
        """nothing at every fifth segment"""
        return None if self.number % 5 == 4 else super().arriving()


def test_checkpoints_that_hand_on_most_of_the_time():
    answer = find("7.8").form(Handed)
    assert judge(find("7.8"), answer).message == (
        "Cut into pieces of 60 steps: nothing crosses from step 61 to step 60.")


def recurrence(k):
    """An answer to 9.6 whose gradient is cut off at the end of every k steps."""
    class Cut(find("9.6").formulas):
        def factor(self, t):
            return super().factor(t) * (t % k > 0)

    return find("9.6").form(Cut)


@pytest.mark.parametrize("k", [8, 50, 100])
def test_a_recurrence_in_pieces(k):
    assert judge(find("9.6"), recurrence(k)).message.startswith(f"Cut into pieces of {k} steps:")


def test_a_product_that_takes_the_last_steps_only():
    def answer(W_hh, h, t, k):
        return find("3.3").reference(W_hh, h, t, max(k, t - 100))

    assert "wrong over more than a hundred steps" in judge(find("3.3"), answer).message


@pytest.mark.parametrize("number", ["3.1", "6.1", "9.1"])
def test_a_way_forward_that_forgets(number):
    """Not cut in the backward pass, but in what is carried forward."""
    right = find(number).reference

    def answer(*arguments):
        wrong = np.array(right(*arguments))
        wrong[50:] = 0
        return wrong

    result = judge(find(number), answer)
    assert result.status == "wrong" and "steps" in repr(result)
    assert number == "6.1" or "right up to step 49, and departs at step 50" in result.message


# --- clipped ---

@pytest.mark.parametrize("kind, words", [
    (far_answers.by_value, "entry by entry, at [-{0:g}, {0:g}]"),
    (far_answers.by_norm_of_each, "to a norm of {0:g}"), (far_answers.by_norm_of_all, "to a norm of {0:g}")])
@pytest.mark.parametrize("number", [*RIGHT, "7.3", "7.5", "7.8", "9.6", "10.5", "10.6"])
def test_a_clip_is_rejected_and_named(number, kind, words, here):
    exercise = lesson_10.EXERCISES[number] if number.startswith("10") else find(number)
    right = {"10.5": capstone_backward.state_gradients(EXAMPLE), "10.6": capstone_backward.backward(EXAMPLE)
             }.get(number) or exercise.form(exercise.formulas)
    spared = ("x", "h0", "c0") if number in ("4.3", "8.5") else (0,) if number == "7.5" else ()
    for limit in LIMITS:
        answer = far_answers.clipped(right, kind, limit, spared)
        if number == "7.8":             # a loss, and gradients
            answer = functools.partial(second, lambda grads: kind(limit, (), grads), right)
        result = judge(exercise, answer)
        assert result.status == "wrong", limit
        assert result.message.startswith("Clipped by") and words.format(limit) in result.message, (
            limit, repr(result))


def second(change, answer, *arguments):
    """The second of two results changed."""
    first, grads = answer(*arguments)
    return first, change(grads)


@pytest.mark.parametrize("limit", [2.0, 200.0, 1000.0])
@pytest.mark.parametrize("number", ["3.6", "4.3"])
def test_a_clip_on_the_way_back_is_rejected_and_named(number, limit):
    class Limited(find(number).formulas):
        def carry(self, t):
            return np.clip(super().carry(t), -limit, limit)

    answer = find(number).form(Limited)
    result = judge(find(number), answer)
    assert result.status == "wrong"
    if number == "4.3":         # in 3.6 no array holds what arrives alone
        said = far.clips_on_its_way(find(number), answer)[0]
        assert f"every entry of dh0 is {limit:g} or -{limit:g}, so what travels back" in said
        assert limit < 1000 or result.message == said


@pytest.mark.parametrize("number", ["3.5", "3.7", "4.1", "8.4", "9.2"])
def test_one_step_is_not_clipped_either(number, here):
    answer = far_answers.clipped(find(number).reference, far_answers.by_value, 1000.0)
    assert judge(find(number), answer).message.startswith("Clipped by value")


def test_half_a_gradient_is_not_called_clipped():
    def halved(*arguments):
        return far_answers.each(lambda name, g: g / 2, rnn.backward(*arguments))

    assert "lipped" not in repr(judge(find("4.3"), halved))


# --- wrong where it is easier, and where numbers are larger ---

def test_an_answer_that_is_wrong_on_an_easier_problem_only():
    def answer(params, x, h, dy):
        grads = find("4.7").reference(params, x, h, dy)
        return {**grads, "b_y": grads["b_y"] * (len(x) > 1)}

    result = judge(find("4.7"), answer)
    assert result.message == "It is right on all problems before, and wrong when T = 1."
    assert result.credit == 0.5 and result.notes[0].startswith("There db_y is wrong;")


def test_an_answer_that_stops_on_an_easier_problem_only():
    def answer(params, x, h0):
        x[1]
        return find("2.3").reference(params, x, h0)

    result = judge(find("2.3"), answer)
    assert result.message.endswith("wrong when T = 1.") and "IndexError" in result.notes[0]


@pytest.mark.parametrize("number, name", [
    ("8.5", "previous_cell"), ("8.8", "past"), ("2.3", "pre_activation")])
def test_a_limit_inside_is_rejected(number, name):
    formulas = find(number).formulas
    limited = type("Limited", (formulas,), {
        name: lambda s, t: np.clip(getattr(formulas, name)(s, t), -8, 8)})
    result = judge(find(number), find(number).form(limited))
    assert result.status == "wrong" and result.message == far_problems.LIMITED


# --- lesson 10: measured, and trained ---

def run_again(params, x, a, h, y, dy):
    """A right backward pass, of states that it computes itself."""
    return capstone_backward.backward(ADA)(params, x, *lesson_10.forward(ADA, params, x, h[0]), dy)


def measured(params, x, a, h, y, dy):
    """The complex step of the forward pass: no derivation."""
    def loss(v):
        return (dy * lesson_10.forward(ADA, {name: v[name] for name in params}, v["x"], v["h0"])[2]).sum()

    return gradcheck.complex_step(loss, {**params, "x": x, "h0": h[0]})


@pytest.mark.parametrize("answer", [run_again, measured])
def test_a_gradient_that_does_not_go_by_the_states_handed_over(answer):
    result = judge(lesson_10.exercises_of(ADA.code)["10.6"], answer)
    assert result.status == "wrong" and result.credit == 0
    assert result.message.startswith("It does not go by the a, h and y that it is handed")


def from_the_state(params, x, a, h, y, dy):
    """f(a_t) found from the leak, and slopes from a: a right form, which reads all that is handed over."""
    grads, dh = capstone_backward.backward(EXAMPLE)(params, x, a, h, y, dy), None
    dh, _ = capstone_backward.state_gradients(EXAMPLE)(params, x, a, h, y, dy)
    return {**grads, "alpha": (dh[1:] * (h[1:] - h[:-1]) / params["alpha"]).sum(axis=(0, 1))}


EXAMPLE = capstone.project(capstone.EXAMPLE).variant


def test_a_state_that_is_used_in_place_of_the_activation_is_right():
    assert judge(lesson_10.EXERCISES["10.6"], from_the_state).status == "right"


@pytest.mark.parametrize("variant", variants()[::47], ids=lambda variant: variant.code)
def test_a_slope_that_is_measured_is_found_out(variant, here):
    f = capstone.ACTIVATIONS[variant.activation].function
    exercise = lesson_10.exercises_of(variant.code)["10.4"]
    assert judge(exercise, capstone_backward.SLOPES[variant.activation]).status == "right"
    for answer in (lambda a: np.imag(f(a + 1e-30j)) / 1e-30, lambda a: (f(a + 1e-6) - f(a - 1e-6)) / 2e-6):
        assert judge(exercise, answer).message.startswith("Measured slope")
    assert judge(exercise, lambda a: np.imag(f(a + 3e-25j)) / 3e-25).status == "wrong"


def training(still=(), rate=0.01):
    """An answer to 10.8. still: parameters whose gradients are taken for zero."""
    project, task = capstone.Project("", ADA), capstone.sunspots()

    def train(updates, seed):
        params, memory = project.init(1, 8, 1, np.random.default_rng(seed)), None
        x, target, mask = (array[:, task.train] for array in (task.x, task.target, task.mask))
        for _ in range(updates):
            a, h, y = Cell(ADA, params, x, np.zeros((x.shape[1], 8))).run()
            dy = losses.squared_error(y, target, mask, "mean")[1]
            grads = capstone_backward.backward(ADA)(params, x, a, h, y, dy)
            grads, _ = clip.by_global_norm({name: grads[name] * (name not in still) for name in params}, 1.0)
            params, memory = optimisers.adam(params, grads, memory, rate)
        return params

    return train


@pytest.mark.parametrize("answer, words", [
    (training(still=["W_hh", "W_xh", "b_h"]), "No update has moved W_hh, W_xh and b_h."),
    (training(rate=0.02), "Wrong gradients, or another loop."),
    (lambda updates, seed: capstone.fitted_readout(capstone.Project("", ADA), capstone.sunspots(), seed, H=8),
     "No update has moved W_hh, W_xh, b_h, W_skip, p and q.")])
def test_another_training_than_the_one_asked_for(answer, words):
    exercise = lesson_10.exercises_of(ADA.code)["10.8"]
    result = judge(exercise, answer)
    assert result.status == "wrong" and result.message.startswith(words) and result.credit == 0


def by_hand(params, years="train", masked=True, first=0.0):
    """The gradients of 10.8, from a backward pass."""
    task = capstone.sunspots()
    used = getattr(task, years) if years else task.train | True
    x, target, mask = (array[:, used] for array in (task.x, task.target, task.mask))
    a, h, y = Cell(ADA, params, x, np.full((x.shape[1], 8), first)).run()
    dy = losses.squared_error(y, target, mask if masked else None, "mean")[1]
    grads = capstone_backward.backward(ADA)(params, x, a, h, y, dy)
    return {name: grads[name] for name in params}


@pytest.mark.parametrize("said", [*lesson_10.LOOPS, *lesson_10.LOSSES])
def test_another_loop_is_named(said):
    loop, loss = lesson_10.LOOPS.get(said, {}), lesson_10.LOSSES.get(said, {})
    result = judge(lesson_10.exercises_of(ADA.code)["10.8"], lambda updates, seed: lesson_10.updated(
        ADA, updates, seed, gradients=lambda params: by_hand(params, **loss), **loop))
    assert result.status == "wrong" and result.message == said and result.credit == 0


@pytest.mark.parametrize("number, answer", [
    ("10.1", lambda *given: Cell(ADA, *given).run()),
    ("10.2", lambda t, T: lesson_10.readers(ADA, t, T)),
    ("10.4", lambda a: lesson_10.slope(ADA, a)),
    ("10.6", lambda *given: lesson_10.gradients(ADA, *given)),
    ("10.7", lambda *given: lesson_10.proof(*given)),
    ("10.8", lambda *given: lesson_10.trained(ADA, *given))])
def test_an_answer_that_calls_the_courses_own_gets_nothing(number, answer):
    result = judge(lesson_10.exercises_of(ADA.code)[number], answer)
    assert "It calls the course's own code" in repr(result) and result.credit == 0
    assert result.message.startswith("It calls") or number == "10.6"    # it overflows


def test_the_training_asked_for_is_right():
    assert judge(lesson_10.exercises_of(ADA.code)["10.8"], training()).status == "right"


# --- promises ---

def caches_kept(forward, params, x, target, h0, s):
    """The right numbers of 7.8, from caches that are all kept."""
    starts, caches = range(0, len(x), s), []
    for start in starts:
        caches.append(forward(params, x[start:start + s], caches[-1].state if caches else h0))
    loss, dstate, found = 0.0, None, []
    for start, cache in zip(starts[::-1], caches[::-1]):
        part, dy = losses.squared_error(cache.y, target[start:start + s])
        found.append(rnn.backward(params, cache, dy, dstate))
        loss, dstate = loss + part, found[-1]["h0"]
    total = {name: sum(grads[name] for grads in found) for name in params}
    return loss, {**total, "x": np.concatenate([grads["x"] for grads in found[::-1]]), "h0": dstate}


def with_the_courses_own(forward, *arguments):
    """Right, but the forward that was handed over is not used."""
    return find("7.8").form(lesson_07.Checkpointed)(rnn.forward, *arguments)


def past_the_limit(forward, params, x, target, h0, s):
    """It asks for more steps than forward may take."""
    cache = forward(params, x, h0, most=len(x))
    loss, dy = losses.squared_error(cache.y, target)
    return loss, rnn.backward(params, cache, dy)


@pytest.mark.parametrize("answer, words", [
    (caches_kept, "It does not run each segment again"),
    (with_the_courses_own, "It does not run each segment again"),
    (past_the_limit, "unexpected keyword argument")])
def test_little_memory_means_little_memory(answer, words):
    result = judge(find("7.8"), answer)
    assert result.status == "wrong" and words in result.message


def test_a_system_is_solved_without_its_matrix():
    result = judge(find("9.3"), find("9.3").reference)
    assert result.message.startswith("It takes as much memory as A") and result.credit == 0.5


# --- right answers ---

@pytest.mark.parametrize("number", [*RIGHT, "7.3", "7.5", "7.8", "9.1", "9.6", "3.1", "3.3", "6.1"])
def test_the_formulas_are_right_far_away(number, here):
    exercise = find(number)
    assert judge(exercise, exercise.form(exercise.formulas)).status == "right"


def test_a_slow_but_right_answer_is_right():
    """A walk back for each loss, one after the other."""
    def walks(params, cache, dy):
        T = len(dy)
        grads = {name: np.zeros_like(value) for name, value in params.items()}
        dx, dh0 = np.zeros_like(cache.x), np.zeros_like(cache.h[0])
        for last in range(1, T + 1):
            dh = dy[last - 1] @ params["W_hy"]
            grads["W_hy"] += dy[last - 1].T @ cache.h[last]
            grads["b_y"] += dy[last - 1].sum(axis=0)
            for t in range(last, 0, -1):
                da = (1 - cache.h[t] ** 2) * dh
                grads["W_hh"] += da.T @ cache.h[t - 1]
                grads["W_xh"] += da.T @ cache.x[t - 1]
                grads["b_h"] += da.sum(axis=0)
                dx[t - 1] += da @ params["W_xh"]
                dh = da @ params["W_hh"]
            dh0 += dh
        return {**grads, "x": dx, "h0": dh0}

    assert judge(find("4.3"), walks).status == "right"


def test_a_window_is_named_beside_a_broken_rule():
    right, *places = RIGHT["4.3"]

    def answer(params, cache, dy):
        result = far_answers.cut_off(right, window, 8, *places)(params, cache, dy)
        params["b_h"] += 1
        return result

    result = judge(find("4.3"), answer)
    assert result.message.startswith("Right for 8 steps") and "in place" in repr(result)
    assert "The numbers are right" not in repr(result)


def test_an_answer_that_ends_on_long_sequences_only():
    def answer(params, cache, dy):
        if len(dy) > 100:
            raise IndexError("too long")
        return rnn.backward(params, cache, dy)

    result = judge(find("4.3"), answer)
    assert "wrong on a sequence of 120 steps" in result.message and "IndexError: too long" in result.notes[0]
