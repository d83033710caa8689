"""What is said of a wrong answer: where it comes from, as far as that can be told, and what was measured.

What gives the answer's numbers comes first: a row of the catalogue, one thing changed in one formula, two
mistakes at once. Then what is computed of the answer, whatever made it wrong. A formula is suspected only
where what is right acquits the others; where nothing tells them apart, none is.
"""

import dis
import re
import time
import types

import numpy as np

from exercises.engine import clues, evidence, far, relations
from exercises.engine.attempt import attempt
from exercises.engine.by_rule import Answer, Known
from exercises.engine.compare import parts_or_none, worst_part
from exercises.engine.mistakes import one_mistake, two_mistakes, wrong_parts
from exercises.engine.precision import precision, whole_numbers
from exercises.engine.changes import sentence
from exercises.engine.smallest import advice
from exercises.engine.words import are, capital, grouped, listed

PROBING = 1.0                   # seconds that the easier problems may take


def explain(exercise, answer, received, compared):
    """(sentences, the most specific first; the place for a hint; how many known mistakes explain all that is
    wrong, 0 where none do).

    received: the answer's result on each instance. compared: their Parts.
    """
    wrong = [part for parts in compared for part in parts if not part.right]
    problems = joined({part.name: described(exercise, part, compared)
                       for part in reversed(wrong) if part.problem})
    numbers = [part for part in wrong if not part.problem]
    shapes = [part for part in wrong if part.problem and isinstance(part.expected, np.ndarray)]
    if problems and (shapes or not numbers):
        facts = problems
    else:                                   # an index or a word that is wrong comes after wrong numbers
        facts = [where(exercise, numbers or wrong, compared), *problems]
    mistakes = one_mistake(exercise, received)
    if mistakes:
        return [*introduced(*mistakes), *facts], place_of(exercise, mistakes[0]), 1
    of_numbers, about = whole_numbers(compared)
    of_numbers = of_numbers or [said for said in [precision(compared, words_in(answer))] if said]
    facts += of_numbers
    if of_numbers and wrong_parts(compared) <= set(about or wrong_parts(compared)):
        return facts, "", 0
    outcomes = on_easier_problems(exercise, answer)
    seen = seen_on_all(exercise, received, outcomes)
    changed = seen.by_one_change()
    found = changed or seen.by_alteration()
    if found:                               # a constant may be what some limit makes of a right result
        return [*in_words(found), *facts], place_of(exercise, found[0]), len(changed)
    shown = direct_evidence(exercise, answer, received, compared)
    if len(shown.said) == 1 and wrong_parts(compared) <= shown.explained:
        return [*shown.said, *facts], first_place(exercise, shown.blamed), 1
    # Where one formula is to blame, all of its changes are worth a try.
    found = (list(map(Known, two_mistakes(exercise, received))) or seen.two_at_once()
             or shown.blamed and seen.by_change_of(shown.blamed))
    if found:
        return [*in_words(found), *facts], place_of(exercise, found[0]), len(found)
    if problems:                            # a wrong shape must be mended first
        return [*facts, *globals_read(answer)], "", 0
    return measured(exercise, answer, (compared, outcomes, shown), seen, facts)


def measured(exercise, answer, results, seen, facts):
    """What is said of an answer that nothing explains as a whole, as ``explain``.

    results: its Parts on the instances, its Outcomes on the easier problems, and the Evidence.
    """
    compared, outcomes, shown = results
    found, left = seen.in_parts()
    partly = [*in_words(found), f"That does not explain {listed(grouped(sorted(left), names_of(compared)))}."
              ] if found and left else in_words(found)
    if found and not left:
        return [*partly, *facts], place_of(exercise, found[0]), 0
    limited = far.clips_on_its_way(exercise, answer) or far.cuts(exercise, answer)
    probed, suspects = probing(exercise, compared, outcomes, found or limited or shown.said)
    known, telling = in_relation(exercise, seen, left, (compared, outcomes), shown)
    if found and known and len(left) == 1:  # each part has its sentence
        return [*limited, *map(capital, known), *in_words(found), *facts], place_of(exercise, found[0]), 0
    said = [*limited, *map(capital, known), *facts,
            *(["A part of it is explained.", *partly] if found else []), *some_problems(compared),
            *map(capital, [*telling, *globals_read(answer), *probed]), *suspects,
            *([] if found or limited or known or telling or probed or suspects
              else everywhere(exercise, compared, outcomes)),
            *([] if found or limited or suspects or shown.blamed else advice(exercise, answer))]
    return said, place_of(exercise, found[0]) if found else first_place(exercise, shown.blamed), 0


def in_relation(exercise, seen, left, results, shown):
    """What wrong parts are, as far as it can be told: (sentences that say how they are made, others).

    left: the parts that nothing explains. results: Parts on the instances, Outcomes on the easier problems.
    """
    compared, outcomes = results
    related = relations.statements(exercise, on_every_problem(exercise, compared, outcomes))
    made = seen.by_part(left) if seen.number is not None and not shown.said else {}
    known = [f"{name} {are([name])} what a right answer gives if {one.condition}."
             for name, one in made.items()]
    every = names_of(compared)
    known += [f"{listed(grouped(names, every))} {are(grouped(names, every))} "
              f"{clues.of_many(how) if len(names) > 1 else how}." for place, how, names in related
              if how and not place]
    seen_alone = [said for said in clues.observations(compared, exercise.tolerance)
                  if not (known and "another number on each problem" in said)]
    places = [f"{listed(names)} {are(names)} {place}{'; there it is ' * bool(how)}{how}."
              for place, how, names in related if place and (how or not seen_alone)]
    return known, [*shown.said, *places, *seen_alone]


def on_every_problem(exercise, compared, outcomes):
    """{number: Parts}: those on the instances, and on the easier problems as far as there are results."""
    easier = [parts_or_none(outcomes[words].value, right, exercise)
              if words in outcomes and not outcomes[words].error else None
              for words, (_, right) in exercise.easier.items()]
    return {number: parts for number, parts in enumerate([*compared, *easier]) if parts}


def seen_on_all(exercise, received, outcomes):
    """The Answer: its results on the instances, received, and on the easier problems, outcomes by words."""
    easier = [outcomes[words].value if words in outcomes else None for words in exercise.easier]
    return Answer(exercise, {number: result for number, result in enumerate([*received, *easier])
                             if result is not None})


def direct_evidence(exercise, answer, received, compared):
    """What ``evidence.statements`` finds; nothing where it fails: no verdict may depend on it."""
    try:
        return evidence.statements(exercise, answer, received, compared)
    except (ArithmeticError, LookupError, TypeError, ValueError, np.linalg.LinAlgError):
        return evidence.Evidence()


def in_words(found):
    """What explains an answer, in sentences: rows as ``introduced``, changes that say the same at once."""
    rows = [one.mistake for one in found if isinstance(one, Known)]
    changes = [one for one in found if not isinstance(one, Known)]
    alike = {one.words: [other for other in changes if other.words == one.words] for one in changes}
    both = ["Two mistakes at once."] if len(rows) + len(alike) == 2 else []
    return [*both, *(line for row in rows for line in introduced(row)), *map(sentence, alike.values())]


def described(exercise, part, compared):
    """What is wrong with a part apart from its numbers; of a shape also for which arguments."""
    call = called_with(exercise, part, compared) if isinstance(part.expected, np.ndarray) else ""
    return f"{part.problem.removesuffix('.')}{call}." if call else part.problem


def joined(problems):
    """Sentences from {part's name: sentence about it}: what is the same for several parts is said once."""
    names = {}
    for name, said in reversed(problems.items()):
        before, _, after = said.partition(name)
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
    formula = first_place(exercise, list(names)[:1]) if exercise.suspected else ""
    if row is None or row.place.lower().endswith(f"exercise {exercise.number}"):
        return formula
    return (f"{formula}, and compare your code with {row.place}" if formula
            else f"{row.place}, and compare your code with it")


def first_place(exercise, names):
    """The first of some formulas in words, without its mathematics, for a hint; "" if there is none."""
    formulas = clues.terms(exercise.formulas) if exercise.formulas and names else {}
    return next((words.partition(",")[0] for name, words in formulas.items() if name in names), "")


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


def probing(exercise, compared, outcomes, known):
    """(notes from easier problems: where the answer stops and where it is right; suspects, in sentences).

    outcomes: from ``on_easier_problems``. known: true where something is known already: then no formula is
    suspected.
    """
    if len(outcomes) < len(exercise.easier):                            # the time is up
        return stops(outcomes), []
    easier = {words: None if outcomes[words].error else parts_or_none(outcomes[words].value, right, exercise)
              for words, (_, right) in exercise.easier.items()}
    notes = [*stops(outcomes), *clues.probe_words(wrong_parts(compared), easier)]
    may_be_suspected = exercise.formulas and exercise.suspected and not known
    return notes, clues.suspects(exercise, [*compared, *easier.values()]) if may_be_suspected else []



def everywhere(exercise, compared, outcomes):
    """A note that an answer is wrong on easier problems as well, where nothing else can be said."""
    seen = on_every_problem(exercise, compared, outcomes)
    wrong = [words for number, words in enumerate(exercise.easier, len(exercise.problems))
             if not all(part.right for part in seen.get(number, ()))]
    return [f"It is wrong on easier problems, too, even when {listed(wrong[:2], 'or')}."] if wrong else []


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
