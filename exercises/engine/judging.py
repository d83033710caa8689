"""Judge an answer: attempt it, compare it, and have what is wrong explained."""

import numpy as np

from exercises.engine import far
from exercises.engine.attempt import attempt
from exercises.engine.compare import Mismatch, agree, compare, worst_part
from exercises.engine.explaining import explain, globals_read, introduced, place_of
from exercises.engine.gaps import filled, gaps_of, parsed
from exercises.engine.mistakes import behind_an_error, one_mistake, same
from exercises.engine.show import Result
from exercises.engine.words import capital, listed

NOT_ATTEMPTED = "Replace the line that raises NotImplementedError."
IT_PRINTED = "It printed:"
# The share of the points that is left where an argument was changed, or an earlier call matters.
BROKEN_RULE = 0.5
# The shares for an answer whose every number comes from one named mistake, and from two. Otherwise it earns
# the share of its right parts, but no more than from two.
NAMED = {1: 0.5, 2: 0.25}


# A wrong answer may hold nan or infinity; a warning would only hide what is said of it.
@np.errstate(all="ignore")
def judge(exercise, answer):
    """The Result for an answer to an Exercise. Raises nothing, whatever the answer does."""
    result = judged(exercise, answer)
    gaps = gaps_of(answer, exercise) if result.status != "right" else []
    if any(not gap.open for gap in gaps):
        result = by_gap(exercise, answer, gaps, result)
    result.notes = tuple(note for note in result.notes if not sends_here(note, exercise.number))
    if (result.status == "wrong" and exercise.published and fits(exercise.published, answer)
            and not fits(exercise, answer)):
        result.notes = (result.message, *result.notes)
        result.message = ("This is right for the cell of the worked example, and that is not your cell. "
                          "Yours has other equations.")
    return result


def sends_here(note, number):
    """True for a note that sends to the exercise in which the learner sits."""
    return note.startswith("See ") and note.lower().endswith(f"exercise {number}.")


def judged(exercise, answer):
    """The Result for an answer, without a look at the worked example."""
    number = exercise.number
    if not callable(answer):
        return Result(number, "wrong",
                      f"Hand over the function itself, not {type(answer).__name__}: no brackets.")
    calls = [arguments for arguments, _ in exercise.problems]
    limit = {"seconds": exercise.seconds} if exercise.seconds else {}
    outcomes = attempt(answer, [*calls, calls[0]], exercise.parameters, watch=exercise.watch, **limit)
    last, end = outcomes[-1], [*printed(outcomes), stuck(exercise)]
    if last.blank:
        left = [gap.words for gap in parsed(answer)[1] if gap.open]
        if 0 < len(left) < len(exercise.gaps):          # a filled gap has lost its comment
            return Result(number, "not finished yet", f"Still open: {listed(left)}.", [stuck(exercise)])
        return Result(number, "not attempted yet", f"{NOT_ATTEMPTED} {stuck(exercise)}")
    if last.error:
        mistakes = [] if exercise.verdict else behind_an_error(exercise, answer, last.error)
        named = [line for mistake in mistakes for line in introduced(mistake)]
        message, *notes = [*named, last.error, *globals_read(answer), *end]
        return Result(number, "wrong", message, notes,
                      place=place_of(exercise, mistakes[0]) if mistakes else "")
    received = [outcome.value for outcome in outcomes[:-1]]
    refused = far.refused(exercise, outcomes)
    if exercise.verdict:
        return by_verdict(exercise, answer, received, refused, end)
    try:
        compared = [compare(got, right, exercise) for got, (_, right) in zip(received, exercise.problems)]
    except Mismatch as mismatch:
        mistakes = one_mistake(exercise, received)
        named = [line for mistake in mistakes for line in introduced(mistake)]
        message, *notes = [*named, capital(str(mismatch)), *end]
        place = place_of(exercise, mistakes[0]) if mistakes else ""
        lost = not mistakes or exercise.whole or refused or is_constant(received, exercise)
        credit = 0.0 if lost else NAMED[1]
        return Result(number, "wrong", message, notes, credit=credit, place=place)
    rules = broken_rules(outcomes, exercise)
    if all(part.right for parts in compared for part in parts):
        found = wrong_far_away(exercise, answer, [*rules, *end], refused)
        if rules and not found:
            notes = [*rules[1:], "The numbers are right."]
            return Result(number, "wrong", rules[0], notes, credit=BROKEN_RULE)
        return found or Result(number, "right", exercise.goal,
                               [proof(exercise, compared)] if calls[0] else [])
    limit = far.clipped(exercise, compared)
    said, place, mistakes = (limit, "", 1) if limit else explain(exercise, answer, received, compared)
    credit = NAMED.get(mistakes) or min(NAMED[2], share_of_right_parts(compared))
    credit *= 0.0 if exercise.whole or is_constant(received, exercise) else BROKEN_RULE if rules else 1
    refused = refused or far.disputed(exercise, answer, compared) if credit else refused
    credit = 0.0 if refused else credit
    message, *notes = [*rules, *said, *refused, *end]
    return Result(number, "wrong", message, notes, worst_part(compared), credit, place)


def by_gap(exercise, answer, gaps, result):
    """The Result of an answer with gaps that is not right: which gaps are still open, which are right.

    result: without a look at the gaps. Where some are open, the others are judged with right lines in these.
    """
    missing = [number for number, gap in enumerate(gaps) if gap.open]
    done = [number for number, gap in enumerate(gaps) if not gap.open]
    if missing:
        result = judged(exercise, filled(answer, exercise, missing))
        result.credit = 0.0                         # what is right may be owed to the lines put in
    if result.status == "right":
        right = done
    else:
        right = [one for one in done if len(gaps) > 1 and fits(
            exercise, filled(answer, exercise, [other for other in range(len(gaps)) if other != one]))]
    end, numbers = stuck(exercise), [str(one + 1) for one in right]
    said = [f"Gap{'s' * (len(right) > 1)} {listed(numbers)} {'are' if len(right) > 1 else 'is'} right."
            ] if right and len(right) < len(gaps) else []
    said += [f"Gap {number + 1} is still open: {gaps[number].words}." for number in missing]
    if missing and (result.status != "wrong" or "NotImplementedError" in result.message):
        return Result(exercise.number, "not finished yet", said[0], [*said[1:], end])
    if missing:
        said.append("Where a gap is open, the check went on with right lines.")
    result.notes = tuple(filter(None, [*(note for note in result.notes if note != end), *said, end]))
    return result


def fits(exercise, answer):
    """Is the answer right? Of a wrong one nothing is said, so no mistake is looked for."""
    if exercise.verdict:
        return judged(exercise, answer).status == "right"
    problems = exercise.problems
    outcomes = attempt(answer, [arguments for arguments, _ in problems], exercise.parameters)
    return len(outcomes) == len(problems) and all(
        same(outcome.value, expected, exercise) for outcome, (_, expected) in zip(outcomes, problems))


def by_verdict(exercise, answer, received, refused, end):
    """The Result of an exercise that has many right answers. refused: what it must not call, sentences."""
    said = [words for words in map(exercise.verdict, received) if words]
    return (Result(exercise.number, "wrong", said[0], [stuck(exercise)]) if said
            else wrong_far_away(exercise, answer, end, refused)
            or Result(exercise.number, "right", exercise.goal))


def wrong_far_away(exercise, answer, end, refused=()):
    """The Result of an answer that is right on all instances, but not far from them; None if it is right.

    end: notes that come last. refused: what it must not call and does, sentences.
    """
    found = far.trouble(exercise, answer) or refused and far.Trouble([*refused, "The numbers are right."])
    if not found:
        return None
    message, *notes = [*map(capital, found.said), *end]
    return Result(exercise.number, "wrong", message, notes, worst_part([found.parts]),
                  0.0 if refused else found.credit)


def broken_rules(outcomes, exercise):
    """What an answer may not do, even if its numbers are right."""
    rules = []
    changed = sorted({place for outcome in outcomes for place in outcome.changed})
    if changed:
        rules.append(f"It changes {listed(changed)} in place. "
                     "Who called it still needs the old values: work on a copy.")
        if any("[" in place for place in changed):
            rules[0] += " The copy of a dict or a list holds the same arrays: copy these."
    try:
        alike = agree(outcomes[-1].value, outcomes[0].value, exercise)
    except (Mismatch, TypeError):
        alike = False
    if not alike:
        rules.append("Called twice with the same arguments, it gives two answers. "
                     "Does it keep something from an earlier call, or draw random numbers?")
    return rules


def follow_through(result, earlier):
    """Give a Result all points where its only mistake is the one that an earlier Result has paid for.

    earlier: of the exercise that it follows, or None.
    """
    if earlier and result.status == earlier.status == "wrong" and result.message == earlier.message and (
            result.credit == earlier.credit == NAMED[1]):
        result.credit = 1.0
        result.notes = (f"All else is right. The mistake is that of exercise {earlier.number}, "
                        "and costs points only there.", *result.notes)


def is_constant(received, exercise):
    """True if results on several problems hold one and the same number everywhere, or nothing but 0, 1 and -1
    where the right ones hold others: that takes no work, even where a mistake of that kind has a name."""
    def numbers(value):
        parts = value.values() if isinstance(value, dict) else value
        return ({number for part in parts for number in numbers(part)}
                if isinstance(value, (dict, list, tuple)) else set(np.ravel(value).tolist()))

    found, right = numbers(received), numbers([expected for _, expected in exercise.problems])
    return len(received) > 1 and (len(found) == 1 or found <= {-1, 0, 1} and not right <= {-1, 0, 1})


def share_of_right_parts(compared):
    """The share of the result's parts that are right on every instance."""
    right = {part.name: True for parts in compared for part in parts}
    for parts in compared:
        for part in parts:
            right[part.name] &= part.right
    return sum(right.values()) / len(right) if len(right) > 1 else 0.0


def proof(exercise, compared):
    """What a right answer has shown: how many problems, how close."""
    parts = [part for parts in compared for part in parts]
    arrays = [part for part in parts if isinstance(part.expected, np.ndarray)]
    count = f"{len(exercise.problems)} problems" if len(exercise.problems) > 1 else "one problem"
    if not arrays:
        return f"Tried on {count}."
    error = max(part.error for part in arrays)
    limit = 1e-12 if error <= 1e-12 else max(exercise.tolerance, 10.0 ** np.ceil(np.log10(error)))
    return f"Tried on {count}; the largest difference is below {limit:.0e}."


def printed(outcomes):
    """A note with what the function printed at its first call."""
    return [f"{IT_PRINTED}\n{outcomes[0].printed.rstrip()}"] if outcomes[0].printed.strip() else []


def stuck(exercise):
    """Where to find a hint."""
    return f'Stuck? hint("{exercise.number}")' if exercise.hints else ""

