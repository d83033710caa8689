"""``check("4.3", backward)``: is the answer right, and if not, what went wrong? ``hint("4.3")``: a hint, on request."""

import dis
import inspect
import os
import types

import numpy as np

from helpers.checks import diagnose
from helpers.checks.attempt import attempt, plain
from helpers.checks.compare import Mismatch, agree, compare, in_form_of
from helpers.checks.exercise import find, key, number_of
from helpers.checks.record import record
from helpers.checks.show import Result, Score

NOT_ATTEMPTED = "Replace the line that raises NotImplementedError."
PROBING = 1.0                   # seconds that the easier problems may take
BROKEN_RULE = 0.5               # the share of the points that is left where an argument was changed, or an earlier call matters


def check(number, answer, project=None):
    """Check an answer to an exercise.

    number: such as "4.3". answer: the function you wrote. project: your own, in the capstone; else nothing.
    Returns a Result, which a notebook shows. Whatever the function does, nothing of yours is changed and no error is raised.
    While nbgrader grades, returns the points instead, a part of them for an answer that is right in part.
    Raises ValueError if there is no exercise of that number.
    """
    result = judge(key(number, project), answer)
    if os.environ.get("NBGRADER_EXECUTION"):
        return Score(round(find(number).points * result.credit, 2), result)
    record(number, result.status)
    return result


def hint(number, step=1):
    """A hint for an exercise. step: 1 is a question, 2 the formula, 3 almost the code."""
    hints = find(number).hints
    if step not in range(1, len(hints) + 1):
        raise ValueError(f"step must be a whole number from 1 to {len(hints)}; received {step!r}.")
    more = [f'More: hint("{number}", {step + 1})'] if step < len(hints) else []
    return Result(number, f"hint {step} of {len(hints)}", hints[step - 1], more)


@np.errstate(all="ignore")              # a wrong answer may hold nan or infinity; a warning would only hide what is said of it
def judge(number, answer):
    """The Result for an answer, without a record of it. Raises ValueError only, if there is no exercise of that number.

    number: such as "4.3", or an exercise's ``key``.
    """
    result = judged(number, answer)
    published = find(number).published
    if result.status == "wrong" and published and fits(published, answer):
        result.notes = (result.message, *result.notes)
        result.message = "This is right for the cell of the worked example, and that is not your cell. Yours has other equations."
    return result


def judged(number, answer):
    """The Result for an answer, without a look at the worked example."""
    exercise = find(number)
    if not callable(answer):
        return Result(number, "wrong", f"Hand over the function itself, not {type(answer).__name__}: no brackets.")
    problems = diagnose.instances_and_results(number)
    calls = [arguments for arguments, _ in problems]
    limit = {"seconds": exercise.seconds} if exercise.seconds else {}
    outcomes = attempt(answer, [*calls, calls[0]], parameters(exercise), **limit)
    last = outcomes[-1]
    if last.blank:
        return Result(number, "not attempted yet", f"{NOT_ATTEMPTED} {stuck(number)}")
    if last.error:
        return Result(number, "wrong", last.error, [*globals_read(answer), *printed(outcomes), stuck(number)])
    received = [outcome.value for outcome in outcomes[:-1]]
    if exercise.verdict:
        return by_verdict(number, exercise, received)
    try:
        compared = [compare(got, expected, exercise) for got, (_, expected) in zip(received, problems)]
    except Mismatch as mismatch:
        named = [line for mistake in diagnose.whole_mistakes(number, received) for line in introduced(mistake)]
        message, *notes = [*named, capital(str(mismatch)), *printed(outcomes), stuck(number)]
        return Result(number, "wrong", message, notes)
    rules = broken_rules(outcomes, exercise)
    credit = share_of_right_parts(compared)
    if all(part.right for parts in compared for part in parts):
        if rules:
            return Result(number, "wrong", rules[0], [*rules[1:], "The numbers are right."], credit=BROKEN_RULE)
        return Result(number, "right", exercise.goal, [proof(compared, problems, exercise)] if calls[0] else [])
    credit *= BROKEN_RULE if rules else 1
    message, *notes = [*rules, *explain(number, answer, received, compared), *printed(outcomes), stuck(number)]
    return Result(number, "wrong", message, notes, worst_part(compared), credit)


def fits(number, answer):
    """Is the answer right? Of a wrong one nothing is said, so no mistake is looked for."""
    exercise, problems = find(number), diagnose.instances_and_results(number)
    if exercise.verdict:
        return judged(number, answer).status == "right"
    outcomes = attempt(answer, [arguments for arguments, _ in problems], parameters(exercise))
    try:
        return len(outcomes) == len(problems) and all(
            agree(outcome.value, expected, exercise) for outcome, (_, expected) in zip(outcomes, problems))
    except Mismatch:
        return False


def accepted(number, answer, project=None):
    """The answer, if it is right: a function that returns its results in the reference's form, say a dict. Otherwise None.

    A lesson uses it to go on with the learner's own function. project: as in ``check``.
    """
    number = key(number, project)
    if judge(number, answer).status != "right":
        return None
    exercise, (_, expected) = find(number), diagnose.instances_and_results(number)[0]
    if exercise.verdict or isinstance(expected, dict) and not exercise.parts:           # the keys depend on the arguments
        return lambda *arguments: plain(answer(*arguments))
    return lambda *arguments: in_form_of(expected, plain(answer(*arguments)), exercise.parts)


def by_verdict(number, exercise, received):
    """The Result of an exercise that has many right answers."""
    said = [words for words in map(exercise.verdict, received) if words]
    return Result(number, "wrong", said[0], [stuck(number)]) if said else Result(number, "right", exercise.goal)


def parameters(exercise):
    """The names of the reference's arguments."""
    return list(inspect.signature(exercise.reference).parameters)


def broken_rules(outcomes, exercise):
    """What an answer may not do, even if its numbers are right."""
    rules = []
    changed = sorted({place for outcome in outcomes for place in outcome.changed})
    if changed:
        inside = " The copy of a dict or a list holds the same arrays: copy these." if any("[" in place for place in changed) else ""
        rules.append(f"It changes {diagnose.listed(changed)} in place. Who called it still needs the old values: work on a copy."
                     f"{inside}")
    try:
        again = compare(outcomes[-1].value, outcomes[0].value, exercise)
        alike = all(part.right for part in again)
    except (Mismatch, TypeError):
        alike = False
    if not alike:
        rules.append("Called twice with the same arguments, it gives two answers. Does it keep something from an earlier call, "
                     "or draw random numbers?")
    return rules


def share_of_right_parts(compared):
    """The share of the result's parts that are right on every instance."""
    right = {part.name: True for parts in compared for part in parts}
    for parts in compared:
        for part in parts:
            right[part.name] &= part.right
    return sum(right.values()) / len(right) if len(right) > 1 else 0.0


def proof(compared, problems, exercise):
    """What a right answer has shown: how many problems, how close."""
    parts = [part for parts in compared for part in parts]
    arrays = [part for part in parts if isinstance(part.expected, np.ndarray)]
    count = f"{len(problems)} problems" if len(problems) > 1 else "one problem"
    if not arrays:
        return f"Tried on {count}."
    error = max(part.error for part in arrays)
    limit = 1e-12 if error <= 1e-12 else max(exercise.tolerance, 10.0 ** np.ceil(np.log10(error)))
    return f"Tried on {count}; the largest difference is below {limit:.0e}."


def explain(number, answer, received, compared):
    """What is said of a wrong answer, in sentences, the most specific first."""
    wrong = [part for parts in compared for part in parts if not part.right]
    mistakes, unexplained = diagnose.known_mistakes(number, received)
    named = [line for mistake in mistakes for line in introduced(mistake)]
    problems = joined({part.name: part.problem for part in reversed(wrong) if part.problem})
    facts = problems or [where(number, wrong, compared)]
    if mistakes and not unexplained:
        return [*(["Two known mistakes at once."] if len(mistakes) == 2 else []), *named, *facts]
    if mistakes:
        facts = [*facts, "A part of it is known.", *named, f"That does not explain {diagnose.listed(unexplained)}."]
    seen = diagnose.observations(compared)
    probed = [] if problems else probing(number, answer, received)         # a wrong shape must be mended first
    return [*facts, *some_problems(compared), *map(capital, [*seen, *globals_read(answer), *probed])]


def joined(problems):
    """Sentences from {part's name: sentence about it}: what is the same for several parts is said once."""
    names = {}
    for name, sentence in reversed(problems.items()):
        before, _, after = sentence.partition(name)
        names.setdefault((before, after), []).append(name)
    return [capital(before + diagnose.listed(found) + after) for (before, after), found in names.items()]


def some_problems(compared):
    """A note if the answer is right on some of the problems that were tried."""
    right = [all(part.right for part in parts) for parts in compared]
    if not any(right):
        return []
    good, bad = ([str(i + 1) for i, verdict in enumerate(right) if verdict is wanted] for wanted in (True, False))
    return [f"Of the {len(right)} problems tried it is right on number {diagnose.listed(good)} "
            f"and wrong on number {diagnose.listed(bad)}."]


def introduced(mistake):
    """A known mistake in sentences: its name and what it does, how to see it, where to read on."""
    what, *why = mistake.paragraphs
    *why, place = why if len(why) > 1 else [*why, ""]
    return [f"{mistake.name[:1].upper()}{mistake.name[1:]}: {what}", *why, *([f"See {place[:1].lower()}{place[1:]}"] if place else [])]


def where(number, wrong, compared):
    """Which parts are wrong and which are right, and the entry that is furthest off."""
    every, names = [part.name for part in compared[0]], list(dict.fromkeys(part.name for part in wrong))
    right = grouped([name for name in every if name not in names], every)
    names = grouped(names, every)
    said = f"{diagnose.listed(names)} {'is' if len(names) == 1 else 'are'} wrong"
    said = capital(said) + (f"; {diagnose.listed(right)} {'is' if len(right) == 1 else 'are'} right." if right else ".")
    part = worst_part(compared)
    if part is None:
        return said
    if part.expected.ndim == 0:
        return f"{said} {capital(part.name)} is {part.received:.4g}{called_with(number, part, compared)}."
    number_wrong = np.count_nonzero(part.wrong)
    count = f"{number_wrong} of {part.wrong.size} entries {'differs' if number_wrong == 1 else 'differ'}"
    place = f"{'entry ' if ' ' in part.name else part.name}[{', '.join(map(str, part.worst))}]"
    return f"{said} Of {part.name}, {count}; furthest off is {place}: yours is {part.received[part.worst]:.4g}."


def grouped(names, every):
    """The names of parts, with one name for all entries of a dict, where all of them are among the names."""
    def holder(name):
        return name.split("[")[0]

    whole = {holder(name) for name in every} - {holder(name) for name in every if name not in names}
    return list(dict.fromkeys(holder(name) if holder(name) in whole else name for name in names))


def called_with(number, part, compared):
    """The arguments of the call whose result the part belongs to, in words, if they are a few numbers."""
    problems = diagnose.instances_and_results(number)
    arguments = next(arguments for parts, (arguments, _) in zip(compared, problems) if any(part is one for one in parts))
    if not all(isinstance(value, (int, float)) for value in arguments):
        return ""
    return " for " + ", ".join(f"{name} = {value:g}" for name, value in zip(parameters(find(number)), arguments))


def worst_part(compared):
    """The wrong part to look at: on the first instance that shows one, the one with the largest error; None if no array is wrong."""
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
    return [f"It reads {diagnose.listed(names)} from the notebook, not from its arguments. Is that meant?"] if names else []


def is_data(value):
    """True for arrays, numbers and dicts: what a function should get as arguments."""
    return isinstance(value, (np.ndarray, dict, int, float, np.generic)) and not isinstance(value, bool)


def probing(number, answer, received):
    """Notes from easier instances: where the answer is right there, and which formula that points at."""
    exercise, probes = find(number), diagnose.probes_and_results(number)
    if not probes and not exercise.formulas:
        return []
    outcomes = attempt(answer, [arguments for arguments, _ in probes.values()], seconds=PROBING)
    if len(outcomes) < len(probes) or any(outcome.error or outcome.blank for outcome in outcomes):
        return []
    seen = [*received, *(outcome.value for outcome in outcomes)]
    notes = diagnose.probe_words(number, seen)
    if exercise.formulas:
        notes += diagnose.suspects(number, seen)
    return notes


def printed(outcomes):
    """A note with what the function printed at its first call."""
    return [f"It printed:\n{outcomes[0].printed.rstrip()}"] if outcomes[0].printed.strip() else []


def stuck(number):
    """Where to find a hint."""
    return f'Stuck? hint("{number_of(number)}")' if find(number).hints else ""


def capital(sentence):
    """The sentence with a capital, unless it begins with a name from the code."""
    return sentence[:1].upper() + sentence[1:] if sentence.split(" ")[0] in ("the", "part", "a", "it") else sentence
