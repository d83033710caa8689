"""Every exercise of the course knows its mistakes: each is rejected, and named as itself;
so are two at once.
"""

import inspect
import itertools
import re

import numpy as np
import pytest

from exercises.engine import clues, mistakes
from exercises.engine.attempt import outcome
from exercises.engine.judging import judge
from exercises.lessons.catalogue import lesson_exercises, lessons, warm_ups
from notebooks import SOURCES

EXERCISES = {number: exercise for lesson in lessons()
             for number, exercise in [*lesson_exercises(lesson).items(), *warm_ups(lesson).items()]}
CALCULATED = [number for number, exercise in EXERCISES.items() if not exercise.verdict]
IN_FORMULAS = [number for number, exercise in EXERCISES.items() if exercise.formulas]
TEXTS = {path.name[:2]: path.read_text(encoding="utf-8") for path in SOURCES}


def results(number, answer):
    """What an answer returns on each instance of an exercise."""
    return [outcome(answer, arguments) for arguments, _ in EXERCISES[number].problems]


# --- every exercise is complete ---

def test_there_are_enough_exercises():
    assert len(EXERCISES) >= 45


@pytest.mark.parametrize("number", EXERCISES)
def test_an_exercise_is_complete(number):
    exercise = EXERCISES[number]
    assert f"### Exercise {number} · {exercise.title}\n" in TEXTS[number.split(".")[0].zfill(2)]
    assert exercise.goal.endswith((".", "!")) and (exercise.points >= 1) == number[-1].isdigit()
    assert len(set(exercise.hints)) == 3 and all(len(words) > 10 for words in exercise.hints)


@pytest.mark.parametrize("number", EXERCISES)
def test_the_reference_is_right_and_an_empty_answer_is_not(here, number):
    def blank(*arguments):
        raise NotImplementedError

    exercise = EXERCISES[number]
    if not exercise.promises and not exercise.watch:    # a reference finds the numbers in another way
        assert judge(exercise, exercise.reference).status == "right"
    assert judge(EXERCISES[number], lambda *arguments, **keywords: None).status == "wrong"
    assert judge(EXERCISES[number], blank).status == "not attempted yet"


@pytest.mark.parametrize("number", [number for number, exercise in EXERCISES.items() if exercise.formulas])
def test_the_formulas_are_right(here, number):
    exercise = EXERCISES[number]
    result = judge(EXERCISES[number], exercise.form(exercise.formulas))
    assert result.status == "right" or (          # the capstone's are the course's own code, and no answer
        number.startswith("10.") and "The numbers are right." in repr(result))


# --- every mistake ---

@pytest.mark.parametrize("number", CALCULATED)
def test_a_calculation_has_a_catalogue_of_mistakes(number):
    assert len(EXERCISES[number].known) >= 2


@pytest.mark.parametrize("number", CALCULATED)
def test_every_mistake_is_rejected_and_named_as_itself(here, number):
    for mistake in EXERCISES[number].known:
        result = judge(EXERCISES[number], mistake.answer)
        assert result.status == "wrong", mistake.name
        assert result.message.lower().startswith(mistake.name.lower()), (mistake.name, repr(result))
        assert result.credit < 1


@pytest.mark.parametrize("number", CALCULATED)
def test_a_mistake_says_what_it_is_how_to_see_it_and_where(number):
    for mistake in EXERCISES[number].known:
        assert len(mistake.row.paragraphs) == 3, mistake.name
        assert all(paragraph.endswith((".", "?")) for paragraph in mistake.row.paragraphs), mistake.name
        place = re.fullmatch(r"Lesson (\d\d), (?:section (\d+)|(.+))\.", mistake.row.paragraphs[2])
        assert place, (mistake.name, mistake.row.paragraphs[2])
        lesson, section, heading = place.groups()
        wanted = rf"^## {section} · " if section else rf"^##+ {re.escape(heading)}"
        assert re.search(wanted, TEXTS[lesson], re.MULTILINE | re.IGNORECASE), (
            mistake.name, mistake.row.paragraphs[2])


def is_right(exercise, received):
    """True if an answer's results are the reference's, on every instance."""
    return mistakes.gives([result for _, result in exercise.problems], received, exercise)


@pytest.mark.parametrize("number", IN_FORMULAS)
def test_every_pair_of_mistakes_is_rejected(number):
    """Most are wrong on the smallest instance already, by their fingerprint; the others are looked at."""
    exercise = EXERCISES[number]
    pairs, fingerprints = exercise.pairs
    right = mistakes.fingerprint(exercise.problems[exercise.smallest_instance][1])
    for i in np.flatnonzero(np.isclose(fingerprints, right, rtol=1e-4, equal_nan=True)):
        assert not is_right(exercise, results(number, pairs[i].answer)), pairs[i].name


@pytest.mark.parametrize("number", IN_FORMULAS)
def test_a_pair_of_mistakes_is_named(number):
    """A hundred of an exercise's pairs, or somewhat more, spread over all of them."""
    exercise, named, pairs = EXERCISES[number], 0, EXERCISES[number].pairs[0]
    some = pairs[::1 + len(pairs) // 150]
    for pair in some:
        received = results(number, pair.answer)
        found = mistakes.one_mistake(exercise, received) or mistakes.two_mistakes(exercise, received)
        named += bool({mistake.name for mistake in found} & {mistake.name for mistake in pair.pair})
    assert named >= 0.9 * len(some), f"{named} of {len(some)}"


@pytest.mark.parametrize("number", [number for number in IN_FORMULAS if EXERCISES[number].suspected])
def test_every_formula_says_what_it_is(number):
    """These words stand after "Look at"."""
    for name, words in clues.terms(EXERCISES[number].formulas).items():
        assert 3 < len(words) < 90 and not words.endswith("."), (name, words)


# --- instances and probes ---

@pytest.mark.parametrize("number", CALCULATED)
def test_the_probes_are_right_for_the_reference_and_small(number):
    for words, (arguments, expected) in EXERCISES[number].easier.items():
        again = outcome(EXERCISES[number].reference, arguments)
        assert again is not None and mistakes.same(again, expected, EXERCISES[number]), words


@pytest.mark.parametrize("number", IN_FORMULAS)
def test_the_formulas_are_right_on_the_probes(number):
    """A probe whose states do not belong to its weights would have two right results."""
    exercise = EXERCISES[number]
    formulas = exercise.form(exercise.formulas)
    wrong = [words for words, (arguments, expected) in exercise.easier.items()
             if not mistakes.same(outcome(formulas, arguments), expected, exercise)]
    assert not wrong


def saying(answer):
    """A function of nothing that returns the answer."""
    return lambda: answer


@pytest.mark.parametrize("number", EXERCISES)
def test_options_and_orders_explain_every_wrong_answer(here, number):
    exercise = EXERCISES[number]
    if exercise.verdict is None or inspect.signature(exercise.reference).parameters:
        return
    right = exercise.reference()
    wrong = (["abcdefgh"[i] for i in range(8)] if len(right) == 1 else
             ["".join(order) for order in itertools.permutations(right)][:200])
    for answer in wrong:
        result = judge(EXERCISES[number], saying(answer))
        assert result.status == "right" or len(result.message) > 20, answer
    assert sum(not exercise.verdict(answer) for answer in wrong) < len(wrong)


def test_a_mistake_is_named_behind_an_error():
    """A wrong shape and an index past the end stop an answer; the known mistake is named all the same."""
    def slopes_last(dh, h, h_before, x):
        return np.outer(dh, h_before) * (1 - h ** 2), np.outer(dh, x) * (1 - h ** 2)

    def one_input_early(w_hh, w_xh, b_h, h0, x):
        h = [h0]
        for t in range(1, len(x) + 1):
            h.append(np.tanh(w_hh * h[t - 1] + w_xh * x[t] + b_h))
        return np.array(h)

    assert "Slopes after both outer products" in str(judge(EXERCISES["3.7"], slopes_last))
    assert "x_1 stands in x[0]" in str(judge(EXERCISES["1.1"], one_input_early))
