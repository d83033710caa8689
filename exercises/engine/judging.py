"""Judge an answer.

Attempt it, compare it, look for known mistakes, then for clues, and put that into words.
"""

import dis
import re
import time
import types

import numpy as np

from exercises.engine import clues, far
from exercises.engine.attempt import attempt
from exercises.engine.by_rule import Answer, Known
from exercises.engine.compare import Mismatch, agree, compare, parts_or_none
from exercises.engine.mistakes import one_mistake, same, two_mistakes, wrong_parts
from exercises.engine.precision import precision, whole_numbers
from exercises.engine.rules import sentence
from exercises.engine.show import Result
from exercises.engine.smallest import advice
from exercises.engine.words import are, capital, grouped, listed

NOT_ATTEMPTED = "Replace the line that raises NotImplementedError."
IT_PRINTED = "It printed:"
PROBING = 1.0                   # seconds that the easier problems may take
# The share of the points that is left where an argument was changed, or an earlier call matters.
BROKEN_RULE = 0.5


# A wrong answer may hold nan or infinity; a warning would only hide what is said of it.
@np.errstate(all="ignore")
def judge(exercise, answer):
    """The Result for an answer to an Exercise. Raises nothing, whatever the answer does."""
    result = judged(exercise, answer)
    if result.status == "wrong" and exercise.published and fits(exercise.published, answer):
        result.notes = (result.message, *result.notes)
        result.message = ("This is right for the cell of the worked example, and that is not your cell. "
                          "Yours has other equations.")
    return result


def judged(exercise, answer):
    """The Result for an answer, without a look at the worked example."""
    number = exercise.number
    if not callable(answer):
        return Result(number, "wrong",
                      f"Hand over the function itself, not {type(answer).__name__}: no brackets.")
    calls = [arguments for arguments, _ in exercise.problems]
    limit = {"seconds": exercise.seconds} if exercise.seconds else {}
    outcomes = attempt(answer, [*calls, calls[0]], exercise.parameters, **limit)
    last, end = outcomes[-1], [*printed(outcomes), stuck(exercise)]
    if last.blank:
        return Result(number, "not attempted yet", f"{NOT_ATTEMPTED} {stuck(exercise)}")
    if last.error:
        return Result(number, "wrong", last.error, [*globals_read(answer), *end])
    received = [outcome.value for outcome in outcomes[:-1]]
    if exercise.verdict:
        return by_verdict(exercise, answer, received, end)
    try:
        compared = [compare(got, right, exercise) for got, (_, right) in zip(received, exercise.problems)]
    except Mismatch as mismatch:
        mistakes = one_mistake(exercise, received)
        named = [line for mistake in mistakes for line in introduced(mistake)]
        message, *notes = [*named, capital(str(mismatch)), *end]
        return Result(number, "wrong", message, notes, place=place_of(exercise, mistakes[0]) if mistakes else "")
    rules = broken_rules(outcomes, exercise)
    if all(part.right for parts in compared for part in parts):
        found = wrong_far_away(exercise, answer, [*rules, *end])
        if rules and not found:
            notes = [*rules[1:], "The numbers are right."]
            return Result(number, "wrong", rules[0], notes, credit=BROKEN_RULE)
        return found or Result(number, "right", exercise.goal,
                               [proof(exercise, compared)] if calls[0] else [])
    credit = share_of_right_parts(compared) * (BROKEN_RULE if rules else 1)
    limit = far.limited(compared) if exercise.far else []
    said, place = (limit, "") if limit else explain(exercise, answer, received, compared)
    message, *notes = [*rules, *said, *end]
    return Result(number, "wrong", message, notes, worst_part(compared), credit, place)


def fits(exercise, answer):
    """Is the answer right? Of a wrong one nothing is said, so no mistake is looked for."""
    if exercise.verdict:
        return judged(exercise, answer).status == "right"
    problems = exercise.problems
    outcomes = attempt(answer, [arguments for arguments, _ in problems], exercise.parameters)
    return len(outcomes) == len(problems) and all(
        same(outcome.value, expected, exercise) for outcome, (_, expected) in zip(outcomes, problems))


def by_verdict(exercise, answer, received, end):
    """The Result of an exercise that has many right answers."""
    said = [words for words in map(exercise.verdict, received) if words]
    return (Result(exercise.number, "wrong", said[0], [stuck(exercise)]) if said
            else wrong_far_away(exercise, answer, end) or Result(exercise.number, "right", exercise.goal))


def wrong_far_away(exercise, answer, end):
    """The Result of an answer that is right on all instances, but not far from them; None if it is right.

    end: notes that come last.
    """
    found = far.trouble(exercise, answer)
    if not found:
        return None
    message, *notes = [*map(capital, found.said), *end]
    return Result(exercise.number, "wrong", message, notes, worst_part([found.parts]), found.credit)


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


def explain(exercise, answer, received, compared):
    """What is said of a wrong answer, in sentences, the most specific first; and the place for a hint."""
    wrong = [part for parts in compared for part in parts if not part.right]
    problems = joined({part.name: part.problem for part in reversed(wrong) if part.problem})
    facts = problems or [where(exercise, wrong, compared)]
    mistakes = one_mistake(exercise, received)
    if mistakes:
        return [*introduced(*mistakes), *facts], place_of(exercise, mistakes[0])
    of_numbers, about = whole_numbers(compared)
    of_numbers = of_numbers or [said for said in [precision(compared, words_in(answer))] if said]
    facts += of_numbers
    if of_numbers and wrong_parts(compared) <= set(about or wrong_parts(compared)):
        return facts, ""
    outcomes = on_easier_problems(exercise, answer)
    found, left = explanation(exercise, received, outcomes)
    place = place_of(exercise, found[0]) if found else ""
    if found and not left:
        return [*(["Two mistakes at once."] if len(found) == 2 else []), *in_words(found), *facts], place
    if found:
        facts = [*facts, "A part of it is explained.", *in_words(found),
                 f"That does not explain {listed(grouped(sorted(left), names_of(compared)))}."]
        return facts, place
    seen = clues.observations(compared)
    # A wrong shape must be mended first.
    probed = [] if problems else probing(exercise, compared, outcomes)
    located = any("ook at" in note for note in probed)
    said = [*facts, *some_problems(compared), *map(capital, [*seen, *globals_read(answer), *probed]),
            *([] if located or problems else advice(exercise, answer))]
    return said, ""


def explanation(exercise, received, outcomes):
    """The rows and changes that explain an answer, and the wrong parts that they leave unexplained.

    received: its results on the instances. outcomes: those on the easier problems, by their words.
    """
    easier = [outcomes[words].value if words in outcomes else None for words in exercise.easier]
    every = [*received, *easier]
    answer = Answer(exercise, {number: result for number, result in enumerate(every) if result is not None})
    found = answer.by_one_change()
    if found:
        return found, []
    mistakes = two_mistakes(exercise, received)
    return (list(map(Known, mistakes)), []) if mistakes else answer.by_several()


def in_words(found):
    """What explains an answer, in sentences: rows as ``introduced``, changes by rule that say the same at once."""
    rows = [line for one in found if isinstance(one, Known) for line in introduced(one.mistake)]
    changes = [one for one in found if not isinstance(one, Known)]
    alike = {one.words: [other for other in changes if other.words == one.words] for one in changes}
    return [*rows, *map(sentence, alike.values())]


def joined(problems):
    """Sentences from {part's name: sentence about it}: what is the same for several parts is said once."""
    names = {}
    for name, sentence in reversed(problems.items()):
        before, _, after = sentence.partition(name)
        names.setdefault((before, after), []).append(name)
    return [capital(before + listed(found) + (re.sub("^ is ", " are ", after) if len(found) > 1 else after))
            for (before, after), found in names.items()]


def names_of(compared):
    """The names of all parts of a result."""
    return list(dict.fromkeys(part.name for parts in compared for part in parts))


def some_problems(compared):
    """A note if the answer is right on some of the problems that were tried."""
    right = [all(part.right for part in parts) for parts in compared]
    if not any(right):
        return []
    good, bad = ([str(i) for i, one in enumerate(right, 1) if one is wanted] for wanted in (True, False))
    return [f"Of the {len(right)} problems tried it is right on {numbers(good)} and wrong on {numbers(bad)}."]


def numbers(found):
    """ "numbers 1 and 3" """
    return f"number{'s' if len(found) > 1 else ''} {listed(found)}"


def introduced(mistake):
    """A known mistake in sentences: its name and what it does, how to see it, where to read on."""
    name, (what, why, place) = mistake.name, mistake.row.paragraphs
    return [f"{name[:1].upper()}{name[1:]}: {what}", why, f"See {place[:1].lower()}{place[1:]}"]


def place_of(exercise, found):
    """Where to look after a mistake: what stands after "look first at" in a hint.

    found: a Mistake with its row, or a Known or a Change.
    """
    row = getattr(getattr(found, "mistake", found), "row", None)
    names = row.replaces if row and isinstance(row.replaces, dict) else getattr(found, "names", ())
    formula = clues.terms(exercise.formulas).get(next(iter(names), "")) if exercise.suspected and names else None
    if row is None:
        return formula or ""
    return (f"{formula}, and compare your code with {row.place}" if formula
            else f"{row.place}, and compare your code with it")


def where(exercise, wrong, compared):
    """Which parts are wrong and which are right, and the entry that is furthest off."""
    every, names = names_of(compared), list(dict.fromkeys(part.name for part in wrong))
    right = grouped([name for name in every if name not in names], every)
    names = grouped(names, every)
    part = worst_part(compared)
    if len(every) == 1 and part is not None and part.expected.ndim == 0:
        return capital(f"{part.name} is {part.received:.4g}{called_with(exercise, part, compared)}, "
                       "and that is not right.")
    rest = f"the other {len(right)} are" if len(right) > 4 else right and f"{listed(right)} {are(right)}"
    said = capital(f"{listed(names)} {are(names)} wrong{f'; {rest} right.' if rest else '.'}")
    if part is None:
        return said
    if part.expected.ndim == 0:
        return f"{said} {capital(part.name)} is {part.received:.4g}{called_with(exercise, part, compared)}."
    number_wrong = np.count_nonzero(part.wrong)
    count = f"{number_wrong} of {part.wrong.size} entries {'differs' if number_wrong == 1 else 'differ'}"
    place = f"{'entry ' if ' ' in part.name else part.name}[{', '.join(map(str, part.worst))}]"
    yours = part.received[part.worst]
    return f"{said} Of {part.name}, {count}; furthest off is {place}: yours is {yours:.4g}."


def called_with(exercise, part, compared):
    """The arguments of the call whose result the part belongs to, in words, if they are a few numbers."""
    arguments = next(arguments for parts, (arguments, _) in zip(compared, exercise.problems)
                     if any(part is one for one in parts))
    if not all(isinstance(value, (int, float)) for value in arguments):
        return ""
    return " for " + ", ".join(f"{name} = {value:g}" for name, value in zip(exercise.parameters, arguments))


def worst_part(compared):
    """The wrong part to look at: on the first instance that shows one, the one with the largest error;
    None if no array is wrong."""
    for parts in compared:
        wrong = [part for part in parts if not part.right and isinstance(part.expected, np.ndarray)]
        numbers = [part for part in wrong if part.problem is None]
        if wrong:
            return max(numbers, key=lambda part: part.error) if numbers else wrong[0]
    return None


def blocks(answer):
    """The code of a function and of the functions inside it; [] of anything else."""
    code = getattr(answer, "__code__", None)
    if not isinstance(code, types.CodeType):
        return []
    return [code, *(constant for constant in code.co_consts if isinstance(constant, types.CodeType))]


def words_in(answer):
    """The names and the texts that stand in a function's code."""
    texts = [text for block in blocks(answer) for text in (*block.co_names, *block.co_consts)]
    return {text for text in texts if isinstance(text, str)}


def globals_read(answer):
    """A note on arrays that the function takes from the notebook, not from its arguments."""
    names = {instruction.argval for block in blocks(answer) for instruction in dis.get_instructions(block)
             if instruction.opname == "LOAD_GLOBAL"}
    names = sorted(name for name in names if is_data(answer.__globals__.get(name)))
    return [f"It reads {listed(names)} from the notebook, not from its arguments. "
            "Is that meant?"] if names else []


def is_data(value):
    """True for arrays, numbers and dicts: what a function should get as arguments."""
    return isinstance(value, (np.ndarray, dict, int, float, np.generic)) and not isinstance(value, bool)


def probing(exercise, compared, outcomes):
    """Notes from easier problems: where the answer stops and where it is right there, and which formula that
    points at. outcomes: from ``on_easier_problems``."""
    has_suspects = exercise.formulas and exercise.suspected
    if len(outcomes) < len(exercise.easier):                            # the time is up
        return stops(outcomes)
    easier = {words: None if outcomes[words].error else parts_or_none(outcomes[words].value, right, exercise)
              for words, (_, right) in exercise.easier.items()}
    notes = [*stops(outcomes), *clues.probe_words(wrong_parts(compared), easier)]
    return [*notes, *clues.suspects(exercise, [*compared, *easier.values()])] if has_suspects else notes


def on_easier_problems(exercise, answer):
    """{words: Outcome} of the easier problems; without the last ones where the time is up."""
    left, outcomes, end = list(exercise.easier), {}, time.monotonic() + PROBING
    while left and (seconds := end - time.monotonic()) > 0:
        found = attempt(answer, [exercise.easier[words][0] for words in left], seconds=seconds)
        outcomes.update(zip(left, found))
        left = left[len(found):]            # where one fails, the others are tried all the same
    return outcomes


def stops(outcomes):
    """On which easier problems an answer stops, and with which error, in a sentence; [] if on none."""
    words = [words for words, outcome in outcomes.items() if outcome.error]
    if not words:
        return []
    error = outcomes[words[0]].error
    same_error = [one for one in words if outcomes[one].error == error]
    return [f"When {listed(same_error, 'or')}: {error[:1].lower()}{error[1:]}"]


def printed(outcomes):
    """A note with what the function printed at its first call."""
    return [f"{IT_PRINTED}\n{outcomes[0].printed.rstrip()}"] if outcomes[0].printed.strip() else []


def stuck(exercise):
    """Where to find a hint."""
    return f'Stuck? hint("{exercise.number}")' if exercise.hints else ""

