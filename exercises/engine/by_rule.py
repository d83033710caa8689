"""What explains an answer that no row of the catalogue explains as a whole?

One change of one formula, by rule, that gives the whole answer; else two at once, of which one may be a row;
else rows and changes that each give a part of it. They are tried on one small problem, the simple ones first,
and what fits there is tried on all problems.
"""

import functools
import re
from typing import NamedTuple

import numpy as np

from exercises.engine import alterations
from exercises.engine.attempt import outcome, plain
from exercises.engine.changes import changes
from exercises.engine.compare import is_shape, parts_or_none
from exercises.engine.mistakes import in_reference_form

TRIED = 1200                    # so many are tried for one answer: a bound that is the same on every machine
PAIRED, SECOND = 3, 100         # so many of those that explain most are tried, each with so many others


class Known(NamedTuple):
    """A row of the catalogue, beside the Changes by rule."""

    mistake: object

    @property
    def names(self):
        """The names of the formulas that it replaces; [] if it is a function of its own."""
        return list(self.functions() or [])

    def functions(self):
        """{name: the function in the formula's place}, or None."""
        return self.mistake.row.replaces if isinstance(self.mistake.row.replaces, dict) else None


def in_formulas(one):
    """True if a mistake replaces formulas, so that another one can be beside it."""
    return one.names not in ([], [""])


def answer_of(exercise, found):
    """The wrong answer that one or two mistakes make. Raises SyntaxError if a change makes no code."""
    if isinstance(found[0], Known) and len(found) == 1:
        return found[0].mistake.answer
    made = functions_of(found)
    return made[""] if "" in made else exercise.form(type("Changed", (exercise.formulas,), made))


def functions_of(found):
    """{name: the function in the formula's place} of mistakes. Two Changes may be of one formula."""
    if len(found) == 2 and not any(isinstance(one, Known) for one in found) and set(found[0].names) & set(
            found[1].names):
        return found[0]._replace(swaps=[*found[0].swaps, *found[1].swaps]).functions()
    return {name: function for one in found for name, function in one.functions().items()}


class Form:
    """The parts of an exercise's results on one problem; one part per gate where rows belong to gates."""

    def __init__(self, exercise, number):
        _, self.expected = exercise.every_problem[number]
        self.names = exercise.inner if isinstance(self.expected, dict) else exercise.parts
        gates = getattr(exercise.formulas, "gates", ())
        self.pieces = []                    # (the part's name, gate or "", rows)
        for part in parts_or_none(plain(self.expected), self.expected, exercise):
            rows = len(part.expected) // len(gates) if gates and GATED.search(part.name) else 0
            self.pieces.append([(f"{part.name}, {gate}", slice(k * rows, (k + 1) * rows))
                                for k, gate in enumerate(gates)] if rows else [(part.name, ...)])
        self.right = self.signatures(plain(self.expected))

    def signatures(self, result):
        """{part: (one number for it, how exact that is)} of a result in the reference's form.

        {} for a result in any other form.
        """
        arrays = list(flat(result, self.expected, self.names))
        if len(arrays) != len(self.pieces):
            return {}
        return {name: signature(array[rows] if array.ndim else array)
                for array, pieces in zip(arrays, self.pieces) for name, rows in pieces}

    def wrong(self, signatures):
        """The parts in which signatures differ from the right ones."""
        return {name for name, found in signatures.items() if not agree(found, self.right[name])}


GATED = re.compile("W_hh|W_xh|b_h|b_x|^da$")


def flat(result, expected, names):
    """Yield the arrays of a result, in the order of the reference's parts; fewer if it is built otherwise.

    names: of the parts of its tuples.
    """
    if isinstance(expected, dict):
        if isinstance(result, dict) and result.keys() == expected.keys():
            for name, wanted in expected.items():
                yield from flat(result[name], wanted, names)
    elif isinstance(expected, (tuple, list)) and not is_shape(expected, names):
        if isinstance(result, (tuple, list)) and len(result) == len(expected):
            for one, wanted in zip(result, expected):
                yield from flat(one, wanted, ())
    else:
        is_number = np.asarray(result).dtype.kind in "biufc"
        yield np.asarray(result) if is_number else np.array([ord(letter) for letter in repr(result)])


@functools.cache
def weights(size):
    """A weight for every entry of an array of that size, all different."""
    return np.cos(np.arange(1.0, size + 1))


def signature(array):
    """An array as one number, and how exact that number is."""
    entries = array.ravel()
    if not np.isfinite(entries).all():
        entries = np.nan_to_num(entries, nan=0.123, posinf=4.56e7, neginf=-7.89e7)
    shape = sum((axis + 1) * size for axis, size in enumerate(array.shape))     # (2, 4) is not (4, 2)
    return entries @ weights(entries.size) + shape, 1e-7 * np.abs(entries).sum() + 1e-13


def agree(one, other):
    """True if two signatures are the same, to rounding."""
    return abs(one[0] - other[0]) <= max(one[1], other[1])


class Tried:
    """What rows and changes make of an exercise's problems: found when asked for, and kept."""

    def __init__(self, exercise):
        self.exercise = exercise
        self.every = [*map(Known, exercise.known), *changes(exercise)]
        self.forms, self.kept, self.reached = {}, {}, {}
        self.by_names = {}                  # {names of formulas: [(how simple, what changes them)]}
        for k, one in enumerate(self.every):
            self.by_names.setdefault(tuple(one.names), []).append((k, one))

    @functools.cached_property
    def altered(self):
        """Altered arguments and formulas, the simplest first."""
        of_formulas = () if self.exercise.sized else alterations.of_formulas(self.exercise)
        return [*alterations.of_arguments(self.exercise), *of_formulas]

    def form(self, number):
        """The Form of a problem."""
        if number not in self.forms:
            self.forms[number] = Form(self.exercise, number)
        return self.forms[number]

    def signatures(self, found, number):
        """{part: its signature} that mistakes, one or two at once, make of a problem; {} if that raises."""
        key = *map(id, found), number
        if key not in self.kept:
            try:
                made = outcome(answer_of(self.exercise, found), self.exercise.every_problem[number][0])
            except (SyntaxError, NameError):
                made = None
            self.kept[key] = {} if made is None else self.form(number).signatures(made)
        return self.kept[key]

    def reach(self, names, number):
        """The parts of a problem that a mistake in some formulas can make wrong, at most."""
        if (names, number) not in self.reached:
            every = [self.reach_of(name, number) for name in names or [""]]
            self.reached[names, number] = set().union(*every)
        return self.reached[names, number]

    def of_reach(self, fits, number, beside=None):
        """Rows and changes, the simple ones first, whose reach on a problem fits.

        fits: function of a set of parts. beside: names of formulas that another mistake changes already.
        """
        found = [one for names, every in self.by_names.items() if fits(self.reach(names, number))
                 and (beside is None or names not in ((), ("",)) and not set(names) & set(beside))
                 for one in every]
        return [one for _, one in sorted(found, key=lambda found: found[0])]

    def reach_of(self, formula, number):
        """The same for a formula; all parts for the reference itself, and where nothing can be added."""
        form = self.form(number)
        try:
            bent = self.exercise.bends[formula]["something added"].answer
            return form.wrong(form.signatures(plain(bent(*self.exercise.every_problem[number][0]))))
        except Exception:
            return set(form.right)


class Answer:
    """An answer beside its exercise. results: {number of a problem, as in ``every_problem``: its result}."""

    def __init__(self, exercise, results):
        self.tried, every = exercise.tried, exercise.every_problem
        self.seen = {}                      # {number: {part: its signature}}
        for number in exercise.smallest_first:
            if number in results:
                result = in_reference_form(results[number], every[number][1], exercise)
                signatures = self.tried.form(number).signatures(result)
                if signatures:
                    self.seen[number] = signatures
        self.wrong_on = {number: self.tried.form(number).wrong(found)
                         for number, found in self.seen.items()}
        self.wrong = set().union(*self.wrong_on.values())
        self.number = next((number for number, wrong in self.wrong_on.items() if wrong), None)
        self.partial = []               # (the parts that one gives, the parts that it makes wrong, the one)

    def differs(self, found, number, names=None):
        """The parts of a problem, of those names, in which mistakes do not give the answer.

        Parts that they spoil on this problem and that are right in the answer everywhere count as well.
        """
        made, seen = self.tried.signatures(found, number), self.seen[number]
        if made.keys() != seen.keys():
            return set(seen)
        spoilt = self.tried.form(number).wrong(made) - self.wrong
        names = self.wrong if names is None else names
        return spoilt | {name for name in names & made.keys() if not agree(made[name], seen[name])}

    def given_by(self, found, names=None):
        """True if mistakes give the named parts on every problem, and spoil none that is right in the answer.
        """
        return not any(self.differs(found, number, names) for number in self.seen)

    def by_one_change(self):
        """[the change, the simplest first, that gives the whole answer], or []."""
        here = self.wrong_on.get(self.number)
        for one in self.within_reach(here) if here else ():     # not if it is wrong in form only
            fits, spoils = self.tried_on(one)
            if fits == here and self.given_by([one]):
                return [one]
            if fits:
                self.partial.append((fits, spoils, one))
        # Of those that explain as much, the simplest stays first.
        self.partial.sort(key=lambda found: -len(found[0]))
        return []

    def tried_on(self, one):
        """(the wrong parts that a mistake gives, the parts that it makes wrong), on the problem that tells.

        Both are empty if it makes a part wrong that is right.
        """
        made, seen = self.tried.signatures([one], self.number), self.seen[self.number]
        if made.keys() != seen.keys():
            return set(), set()
        spoils = self.tried.form(self.number).wrong(made)
        if not spoils <= self.wrong_on[self.number]:
            return set(), set()
        return {name for name in spoils if agree(made[name], seen[name])}, spoils

    def by_alteration(self):
        """[the Altered argument or formula, the simplest first, that gives the whole answer], or []."""
        here = self.wrong_on.get(self.number)
        for one in self.tried.altered if here else ():
            if one.names == [""] or self.tried.reach(tuple(one.names), self.number) >= here:
                fits, spoils = self.tried_on(one)
                if fits == here and self.given_by([one]):
                    return [one]
                if fits:
                    self.partial.append((fits, spoils, one))
        return []

    def by_part(self, names):
        """{a part: the Altered argument, the simplest first, that gives it everywhere}, for wrong parts.

        What it makes of the others does not matter.
        """
        def gives(one, name, number):
            made, seen = self.tried.signatures([one], number), self.seen[number]
            return name in made and name in seen and agree(made[name], seen[name])

        every = [one for one in self.tried.altered if one.names == [""]]
        found = {name: next((one for one in every if gives(one, name, self.number)
                             and all(gives(one, name, number) for number in self.seen)), None)
                 for name in sorted(names)}
        return {name: one for name, one in found.items() if one}

    def by_change_of(self, names):
        """As ``by_one_change``, but all changes of some formulas are tried, and no others."""
        every = [one for one in self.tried.every if one.names and set(one.names) <= names]
        return [one for one in every if self.number is not None
                and self.tried_on(one)[0] == self.wrong_on[self.number] and self.given_by([one])][:1]

    def within_reach(self, here):
        """Rows and changes: those that can make wrong just what is wrong, then more, then a part of it."""
        just = self.tried.of_reach(lambda reach: reach == here, self.number)
        more = self.tried.of_reach(lambda reach: reach > here, self.number)
        partly = self.tried.of_reach(lambda reach: reach & here and not reach >= here, self.number)
        return [*[*just, *more][:TRIED], *partly[:TRIED // 2]]

    def two_at_once(self):
        """[two of them] that give the whole answer together, after ``by_one_change``; or []."""
        for _, _, first in self.partial[:PAIRED]:
            if not in_formulas(first):
                continue
            number, apart = next((k, apart) for k in self.seen if (apart := self.differs([first], k)))
            near = self.tried.of_reach(lambda reach, apart=apart: reach == apart, number, first.names)
            more = self.tried.of_reach(lambda reach, apart=apart: reach > apart, number, first.names)
            for second in [*near, *more][:SECOND]:
                if not self.differs([first, second], number) and self.given_by([first, second]):
                    return [first, second]
        return []

    def in_parts(self):
        """(those that each give some of the wrong parts and make no others wrong, the parts left).

        ([], all) if they give less than half.
        """
        left, found = set(self.wrong), []
        for fits, spoils, one in self.partial:
            if fits == spoils and fits & left and self.given_by([one], fits):
                found.append(one)
                left -= fits
        left = {name.split(", ")[0] for name in left}
        enough = 2 * len(left) <= len({name.split(", ")[0] for name in self.wrong})
        return (found, left) if enough else ([], left)
