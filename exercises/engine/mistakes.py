"""Known mistakes: does an answer equal, to rounding, what a named mistake gives, or two of them at once?

A mistake is a row of a table, ``{name: row(...)}``. ``one_mistake`` and ``two_mistakes`` explain an answer by
the tables of its exercise.
"""

import itertools
import re
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from exercises.engine.attempt import attempt, outcome
from exercises.engine.compare import Mismatch, agree, in_form_of


class Row(NamedTuple):
    """A mistake, as one row of a table, a dict of name to Row. The name is such as "dropped future term".

    where: the place in the course, "03.5" for lesson 03, section 5, or "00, exercise 0.3" for a heading.
    replaces: {formula: the function in its place}, for the exercise's ``formulas``; or one function, the
        whole wrong answer; or a list of either, the forms in which people make this mistake.
    what: what is wrong. paper: how to see it on paper; it may begin with "In code: ".
    alone: True for a rare one, which is looked for by itself; all others of formulas are looked for in pairs,
        too.
    """

    where: str
    replaces: object
    what: str
    paper: str
    alone: bool = False

    @property
    def paragraphs(self):
        """What the learner reads: what is wrong, how to see it, where to read on."""
        how = self.paper if self.paper.startswith("In code: ") else f"On paper: {self.paper}"
        return [self.what, how, f"L{self.place[1:]}."]

    @property
    def place(self):
        """Where in the course, in words: "lesson 03, section 5"."""
        lesson, place = self.where[:2], self.where[2:]
        return f"lesson {lesson}, {place.replace('.', 'section ', 1) if place[0] == '.' else place[2:]}"

    @property
    def forms(self):
        """A Row for each form."""
        every = self.replaces if isinstance(self.replaces, list) else [self.replaces]
        return [self._replace(replaces=one) for one in every]

    def answer(self, formulas, form):
        """The wrong function: formulas with some replaced, in the exercise's form."""
        if not isinstance(self.replaces, dict):
            return self.replaces
        return form(type("Wrong", (formulas,), self.replaces))


row = Row           # in a table: "dropped future term": row("03.5", dict(dh=...), "...", "..."),


def alone(rows):
    """A table of rare mistakes: each is looked for by itself, not for two at once."""
    return {name: row._replace(alone=True) for name, row in rows.items()}


class Mistake(NamedTuple):
    """A wrong answer with a name.

    answer: the function. row: its Row. pair: the two Mistakes of which it is made, or ().
    """

    name: str
    answer: Callable
    row: Row = None
    pair: tuple = ()


def mistakes_of(exercise):
    """The rows of an exercise's table, as Mistakes."""
    return [Mistake(name, form.answer(exercise.formulas, exercise.form), form)
            for name, row in exercise.mistakes.items() for form in row.forms]


def pairs_of(exercise):
    """All pairs of mistakes that replace different formulas, as Mistakes."""
    single = [mistake for mistake in exercise.known
              if isinstance(mistake.row.replaces, dict) and not mistake.row.alone]
    return [pair_of(one, other, exercise) for one, other in itertools.combinations(single, 2)
            if not set(one.row.replaces) & set(other.row.replaces)]


def pair_of(one, other, exercise):
    """Two mistakes at once."""
    both = Row("", one.row.replaces | other.row.replaces, "", "")
    answer = both.answer(exercise.formulas, exercise.form)
    return Mistake(f"{one.name}, and {other.name}", answer, pair=(one, other))


def pairs_and_fingerprints(exercise):
    """All pairs, and the fingerprints of their results on the smallest instance, one row per pair."""
    arguments, _ = exercise.problems[exercise.smallest_instance]
    found = [(pair, outcome(pair.answer, arguments)) for pair in pairs_of(exercise)]
    return [pair for pair, _ in found], np.array([fingerprint(result) for _, result in found])


# --- which of them explains an answer ---

def in_reference_form(received, expected, exercise):
    """An answer's result in the reference's form; as it is where that can't be."""
    try:
        return in_form_of(expected, received, exercise.parts if len(exercise.parts) > 1 else ())
    except (Mismatch, TypeError, ValueError):
        return received


def fingerprint(result):
    """One number for a result, so that hundreds are compared at once: nan if it is not made of numbers."""
    if isinstance(result, dict):
        result = [result[key] for key in sorted(result, key=str)]
    if isinstance(result, (list, tuple)):
        return sum(np.sqrt(i + 2) * fingerprint(part) for i, part in enumerate(result))
    array = np.asarray(result)
    return array.ravel() @ np.cos(np.arange(1.0, array.size + 1)) if array.dtype.kind in "biufc" else np.nan


def one_mistake(exercise, received):
    """[the catalogued mistake] that gives the whole answer, on every instance; [] if there is none."""
    return next(([mistake] for mistake, results in exercise.catalogue
                 if gives(results, received, exercise)), [])


def two_mistakes(exercise, received):
    """The two catalogued mistakes that give the whole answer together, on every instance;
    [] if there are none."""
    found, fingerprints = exercise.pairs
    k = exercise.smallest_instance
    wanted = fingerprint(in_reference_form(received[k], exercise.problems[k][1], exercise))
    for i in np.flatnonzero(np.isclose(fingerprints, wanted, rtol=1e-4, equal_nan=True)):
        results = [outcome(found[i].answer, arguments) for arguments, _ in exercise.problems]
        if gives(results, received, exercise):
            return list(found[i].pair)
    return []


def gives(results, received, exercise):
    """True if a mistake's results are an answer's, on every instance."""
    return all(same(got, result, exercise) for got, result in zip(received, results))


class Around(np.ndarray):
    """An array in which an index past the end goes on at the beginning: x[T] is x[0]."""

    def __getitem__(self, key):
        past_end = isinstance(key, (int, np.integer)) and len(self) <= key
        return np.asarray(self)[key % len(self) if past_end else key]

    def __iter__(self):
        return iter(np.asarray(self))


def behind_an_error(exercise, answer, error):
    """[the mistake] that an answer makes where it does not stop with an error; [] if none is known.

    A wrong index is seen where no array ends, a wrong shape where two sizes are the same ("D = H").
    error: what is said of it.
    """
    if "with IndexError" in error:
        problems = exercise.problems
        calls = [tuple(value.view(Around) if type(value) is np.ndarray and value.ndim else value
                       for value in arguments) for arguments, _ in problems]
    elif "with ValueError" in error:
        problems = [one for words, one in exercise.easier.items() if re.fullmatch("[A-Z] = [A-Z]", words)]
        calls = [arguments for arguments, _ in problems]
    else:
        return []
    received = [one.value for one in attempt(answer, calls, exercise.parameters) if not one.error]
    if not calls or len(received) < len(calls) or gives([right for _, right in problems], received, exercise):
        return []
    return [mistake for mistake in mistakes_of(exercise) if gives(
        [outcome(mistake.answer, arguments) for arguments, _ in problems], received, exercise)][:1]


def same(received, result, exercise):
    """True if two results agree in every part."""
    if result is None:
        return False
    try:
        return agree(received, result, exercise)
    except Mismatch:
        return False


def wrong_parts(compared):
    """The names of the parts that are wrong on some instance."""
    return {part.name for parts in compared for part in parts if not part.right}


# --- which of them show in an exercise ---

def that_show(catalogue, exercise):
    """Of a catalogue, the mistakes whose answers differ from the right one and from each other's;
    of equal ones the first.

    A mistake that raises or is not finite needs something that the exercise does not hand over: it is left
    out, too.
    """
    kept, known = [], [arrays_of([expected for _, expected in exercise.problems])]
    for mistake, results in catalogue:
        found = arrays_of(results)
        if found is not None and not any(alike(found, other) for other in known):
            kept.append((mistake, results))
            known.append(found)
    return kept


def arrays_of(results):
    """The arrays of all results as one list; None if a result is missing or not finite."""
    if any(result is None for result in results):
        return None
    found = [array for result in results for array in arrays(result)]
    return found if all(np.isfinite(array).all() for array in found) else None


def arrays(result):
    """The arrays of a dict or a tuple in order, or of a single result."""
    if isinstance(result, dict):
        result = [result[name] for name in sorted(result)]
    return [np.asarray(part) for part in (result if isinstance(result, (list, tuple)) else [result])]


def alike(one, other):
    """True if two lists of arrays agree in shapes and, to rounding, in all entries."""
    return all(a.shape == b.shape and (np.abs(a - b) <= 1e-9 * np.abs(b).max(initial=0)).all()
               for a, b in zip(one, other))
