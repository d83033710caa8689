"""Judge an answer.

Attempt it, compare it, look for known mistakes, then for clues, and put that into words.
"""

import dis
import types

import numpy as np

from exercises.engine import clues, evidence
from exercises.engine.attempt import attempt
from exercises.engine.clues import listed
from exercises.engine.compare import Mismatch, agree, compare, parts_or_none
from exercises.engine.mistakes import known_mistakes, same, whole_mistakes, wrong_parts
from exercises.engine.show import Result

NOT_ATTEMPTED = "Replace the line that raises NotImplementedError."
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
        return by_verdict(exercise, received)
    try:
        compared = [compare(got, right, exercise) for got, (_, right) in zip(received, exercise.problems)]
    except Mismatch as mismatch:
        named = [line for mistake in whole_mistakes(exercise, received) for line in introduced(mistake)]
        message, *notes = [*named, capital(str(mismatch)), *end]
        return Result(number, "wrong", message, notes)
    rules = broken_rules(outcomes, exercise)
    if all(part.right for parts in compared for part in parts):
        if rules:
            notes = [*rules[1:], "The numbers are right."]
            return Result(number, "wrong", rules[0], notes, credit=BROKEN_RULE)
        return Result(number, "right", exercise.goal, [proof(exercise, compared)] if calls[0] else [])
    credit = share_of_right_parts(compared) * (BROKEN_RULE if rules else 1)
    message, *notes = [*rules, *explain(exercise, answer, received, compared), *end]
    return Result(number, "wrong", message, notes, worst_part(compared), credit)


def fits(exercise, answer):
    """Is the answer right? Of a wrong one nothing is said, so no mistake is looked for."""
    if exercise.verdict:
        return judged(exercise, answer).status == "right"
    problems = exercise.problems
    outcomes = attempt(answer, [arguments for arguments, _ in problems], exercise.parameters)
    return len(outcomes) == len(problems) and all(
        same(outcome.value, expected, exercise) for outcome, (_, expected) in zip(outcomes, problems))


def by_verdict(exercise, received):
    """The Result of an exercise that has many right answers."""
    said = [words for words in map(exercise.verdict, received) if words]
    return (Result(exercise.number, "wrong", said[0], [stuck(exercise)]) if said
            else Result(exercise.number, "right", exercise.goal))


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
    """What is said of a wrong answer, in sentences, the most specific first."""
    wrong = [part for parts in compared for part in parts if not part.right]
    mistakes, unexplained = known_mistakes(exercise, received, compared)
    named = [line for mistake in mistakes for line in introduced(mistake)]
    problems = joined({part.name: part.problem for part in reversed(wrong) if part.problem})
    facts = problems or [where(exercise, wrong, compared)]
    if mistakes and not unexplained:
        return [*(["Two known mistakes at once."] if len(mistakes) == 2 else []), *named, *facts]
    if mistakes:
        facts = [*facts, "A part of it is known.", *named, f"That does not explain {listed(unexplained)}."]
    found = direct_evidence(exercise, answer, received, compared)
    seen = clues.observations(compared, exercise.tolerance)
    # A wrong shape must be mended first.
    probed = [] if problems else probing(exercise, answer, compared, found)
    return [*facts, *some_problems(compared), *found.said,
            *map(capital, [*seen, *globals_read(answer), *probed])]


def direct_evidence(exercise, answer, received, compared):
    """What ``evidence.statements`` finds; nothing where it fails: no verdict may depend on it."""
    try:
        return evidence.statements(exercise, answer, received, compared)
    except (ArithmeticError, LookupError, TypeError, ValueError, np.linalg.LinAlgError):
        return evidence.Evidence()


def joined(problems):
    """Sentences from {part's name: sentence about it}: what is the same for several parts is said once."""
    names = {}
    for name, sentence in reversed(problems.items()):
        before, _, after = sentence.partition(name)
        names.setdefault((before, after), []).append(name)
    return [capital(before + listed(found) + after) for (before, after), found in names.items()]


def some_problems(compared):
    """A note if the answer is right on some of the problems that were tried."""
    right = [all(part.right for part in parts) for parts in compared]
    if not any(right):
        return []
    good, bad = ([str(i) for i, one in enumerate(right, 1) if one is wanted] for wanted in (True, False))
    return [f"Of the {len(right)} problems tried it is right on number {listed(good)} "
            f"and wrong on number {listed(bad)}."]


def introduced(mistake):
    """A known mistake in sentences: its name and what it does, how to see it, where to read on."""
    name, (what, why, place) = mistake.name, mistake.row.paragraphs
    return [f"{name[:1].upper()}{name[1:]}: {what}", why, f"See {place[:1].lower()}{place[1:]}"]


def where(exercise, wrong, compared):
    """Which parts are wrong and which are right, and the entry that is furthest off."""
    every, names = [part.name for part in compared[0]], list(dict.fromkeys(part.name for part in wrong))
    right = grouped([name for name in every if name not in names], every)
    names = grouped(names, every)
    said = capital(f"{listed(names)} {'is' if len(names) == 1 else 'are'} wrong")
    said += f"; {listed(right)} {'is' if len(right) == 1 else 'are'} right." if right else "."
    part = worst_part(compared)
    if part is None:
        return said
    if part.expected.ndim == 0:
        return f"{said} {capital(part.name)} is {part.received:.4g}{called_with(exercise, part, compared)}."
    number_wrong = np.count_nonzero(part.wrong)
    count = f"{number_wrong} of {part.wrong.size} entries {'differs' if number_wrong == 1 else 'differ'}"
    place = f"{'entry ' if ' ' in part.name else part.name}[{', '.join(map(str, part.worst))}]"
    yours = part.received[part.worst]
    return f"{said} Of {part.name}, {count}; furthest off is {place}: yours is {yours:.4g}."


def grouped(names, every):
    """The names of parts, with one name for all entries of a dict, where all of them are among the names."""
    def holder(name):
        return name.split("[")[0]

    whole = {holder(name) for name in every} - {holder(name) for name in every if name not in names}
    return list(dict.fromkeys(holder(name) if holder(name) in whole else name for name in names))


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


def globals_read(answer):
    """A note on arrays that the function takes from the notebook, not from its arguments."""
    code = getattr(answer, "__code__", None)
    if not isinstance(code, types.CodeType):
        return []
    blocks = [code, *(constant for constant in code.co_consts if isinstance(constant, types.CodeType))]
    names = {instruction.argval for block in blocks for instruction in dis.get_instructions(block)
             if instruction.opname == "LOAD_GLOBAL"}
    names = sorted(name for name in names if is_data(answer.__globals__.get(name)))
    return [f"It reads {listed(names)} from the notebook, not from its arguments. "
            "Is that meant?"] if names else []


def is_data(value):
    """True for arrays, numbers and dicts: what a function should get as arguments."""
    return isinstance(value, (np.ndarray, dict, int, float, np.generic)) and not isinstance(value, bool)


def probing(exercise, answer, compared, found):
    """Notes from easier problems: where the answer is right there, and which formula that points at.
    found: Evidence; where it blames a formula, or explains all that is wrong, no other is suspected."""
    known = found.blamed or wrong_parts(compared) <= found.explained
    has_suspects = exercise.formulas and exercise.suspected and not known
    if not exercise.easier and not has_suspects:
        return []
    outcomes = attempt(answer, [arguments for arguments, _ in exercise.easier.values()], seconds=PROBING)
    if len(outcomes) < len(exercise.easier) or any(outcome.error or outcome.blank for outcome in outcomes):
        return []
    easier = {words: parts_or_none(outcome.value, expected, exercise)
              for outcome, (words, (_, expected)) in zip(outcomes, exercise.easier.items())}
    notes = clues.probe_words(wrong_parts(compared), easier)
    return [*notes, *clues.suspects(exercise, [*compared, *easier.values()])] if has_suspects else notes


def printed(outcomes):
    """A note with what the function printed at its first call."""
    return [f"It printed:\n{outcomes[0].printed.rstrip()}"] if outcomes[0].printed.strip() else []


def stuck(exercise):
    """Where to find a hint."""
    return f'Stuck? hint("{exercise.number}")' if exercise.hints else ""


def capital(sentence):
    """The sentence with a capital, unless it begins with a name from the code."""
    is_word = sentence.split(" ")[0] in ("the", "part", "a", "it")
    return sentence[:1].upper() + sentence[1:] if is_word else sentence
