"""What explains an answer that no row of the catalogue explains as a whole?

One change of one formula, by rule, that gives the whole answer; else two at once, of which one may be a row;
else rows and changes that each give a part of it. They are tried on one small problem, the simple ones first,
and what fits there is tried on all problems.
"""

import re
from typing import NamedTuple

import numpy as np

from exercises.engine import rules
from exercises.engine.attempt import outcome, plain
from exercises.engine.compare import Part, parts_or_none

TRIED = 1500                    # so many are tried for one answer: a bound that is the same on every machine
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


def answer_of(exercise, found):
    """The wrong answer that one or two mistakes make. Raises SyntaxError where a change makes no code."""
    if isinstance(found[0], Known) and len(found) == 1:
        return found[0].mistake.answer
    made = {name: function for one in found for name, function in one.functions().items()}
    return made[""] if "" in made else exercise.form(type("Changed", (exercise.formulas,), made))


def in_blocks(exercise, parts):
    """Parts, with one for each block of what has a block of rows per gate."""
    gates = getattr(exercise.formulas, "gates", ())
    return parts and [piece for part in parts for piece in blocks_of(part, gates)]


def blocks_of(part, gates):
    """A Part as one Part per gate, where its rows are those of the gates; else itself."""
    if not re.search("W_hh|W_xh|b_h|b_x|^da$", part.name) or part.problem or not gates:
        return [part]
    size = len(part.expected) // len(gates)
    return [Part(f"{part.name}, {gate}", part.expected[rows], part.received[rows], None, part.wrong[rows])
            for k, gate in enumerate(gates) for rows in [slice(k * size, (k + 1) * size)]]


def signature(part):
    """A part as one number, and how exact that number is."""
    received = np.asarray(part.received)
    if received.dtype.kind not in "biufc":
        return float(len(repr(part.received))), 0.0
    flat = received.ravel()
    value = flat @ np.cos(np.arange(1.0, flat.size + 1)) + sum(received.shape)
    return value, 1e-7 * np.abs(flat).sum() + 1e-13


class Tried:
    """What rows and changes make of an exercise's problems: found when asked for, and kept."""

    def __init__(self, exercise):
        self.exercise = exercise
        self.every = [*map(Known, exercise.known), *rules.changes(exercise)]
        self.kept, self.reached = {}, {}

    def parts(self, found, number):
        """The Parts that mistakes, one or two at once, make of a problem, in blocks; None if that raises."""
        arguments, expected = self.exercise.every_problem[number]
        try:
            result = outcome(answer_of(self.exercise, found), arguments)
        except (SyntaxError, NameError):
            return None
        return in_blocks(self.exercise, parts_or_none(result, expected, self.exercise)) if result is not None else None

    def signatures(self, at, number):
        """{part: (its number, whether it is right)} that the one at a place makes of a problem, or None."""
        if (at, number) not in self.kept:
            parts = self.parts([self.every[at]], number)
            self.kept[at, number] = parts and {part.name: (signature(part)[0], part.right) for part in parts}
        return self.kept[at, number]

    def reach(self, one, number):
        """The parts of a problem that a mistake can make wrong, at most."""
        names = tuple(one.names)
        if (names, number) not in self.reached:
            self.reached[names, number] = set().union(*(self.reach_of(name, number) for name in names or [""]))
        return self.reached[names, number]

    def reach_of(self, formula, number):
        """The same for a formula; all parts for the reference itself, and where nothing can be added."""
        try:
            bent = self.exercise.bends[formula]["something added"].answer
            arguments, expected = self.exercise.every_problem[number]
            parts = in_blocks(self.exercise, parts_or_none(plain(bent(*arguments)), expected, self.exercise))
            return {part.name for part in parts if not part.right}
        except Exception:
            _, expected = self.exercise.every_problem[number]
            return {part.name for part in in_blocks(self.exercise, parts_or_none(plain(expected), expected, self.exercise))}


class Answer:
    """An answer beside its exercise. parts: {number of a problem, as in ``every_problem``: its Parts}."""

    def __init__(self, exercise, parts):
        self.tried, self.parts = exercise.tried, {k: in_blocks(exercise, found) for k, found in parts.items()}
        self.wrong = {part.name for found in self.parts.values() for part in found if not part.right}
        self.order = [k for k in exercise.smallest_first if k in parts]
        self.number = next(k for k in self.order if self.wrong_on(k))
        self.here = self.wrong_on(self.number)

    def wrong_on(self, number):
        """The names of the parts that are wrong on a problem."""
        return {part.name for part in self.parts[number] if not part.right}

    def differs(self, found, number, names=None):
        """The parts of a problem, of those names, in which mistakes do not give the answer.

        Parts that they spoil on this problem and that are right in the answer everywhere count as well.
        """
        made = {part.name: part for part in self.tried.parts(found, number) or ()}
        apart = set()
        for part in self.parts[number]:
            other, (value, exact) = made.get(part.name), signature(part)
            wanted = part.name in self.wrong if names is None else part.name in names
            if other is None or (wanted and not abs(signature(other)[0] - value) <= exact
                                 or part.name not in self.wrong and not other.right):
                apart.add(part.name)
        return apart

    def given_by(self, found, names=None):
        """True if mistakes give the named parts on every problem, and spoil none that is right in the answer."""
        return not any(self.differs(found, number, names) for number in self.order)

    def explanation(self):
        """(mistakes, the wrong parts that they leave unexplained). Mistakes are Knowns and Changes."""
        partial, wanted = [], {part.name: signature(part) for part in self.parts[self.number]}
        for at, one in self.within_reach():
            made = self.tried.signatures(at, self.number)
            if not made or made.keys() != wanted.keys():
                continue
            spoils = {name for name, (_, right) in made.items() if not right}
            fits = {name for name, (value, _) in made.items() if abs(value - wanted[name][0]) <= wanted[name][1]}
            if not spoils <= self.here or not fits & spoils:
                continue
            if fits == set(made) and self.given_by([one]):
                return [one], set()
            partial.append((fits & spoils, spoils, one))
        partial.sort(key=lambda found: -len(found[0]))          # of those that explain as much, the simplest first
        return self.two_at_once(partial) or self.in_parts(partial)

    def within_reach(self):
        """Yield (place, mistake): first those that can make wrong all that is wrong, then those that can do a part."""
        just, more, partly = [], [], []
        for at, one in enumerate(self.tried.every):
            reach = self.tried.reach(one, self.number)
            if reach & self.here:
                (just if reach == self.here else more if reach >= self.here else partly).append((at, one))
        yield from [*just, *more][:TRIED]
        yield from partly[:TRIED // 2]

    def two_at_once(self, partial):
        """([two mistakes], set()) that give the whole answer together, or None."""
        for _, _, first in partial[:PAIRED]:
            if not first.functions():
                continue
            number, apart = next((k, apart) for k in self.order if (apart := self.differs([first], k)))
            reach = [(self.tried.reach(second, number), second) for second in self.tried.every
                     if second.functions() and not set(second.names) & set(first.names)]
            near = [second for reached, second in reach if reached == apart]
            more = [second for reached, second in reach if reached > apart]
            for second in [*near, *more][:SECOND]:
                if not self.differs([first, second], number) and self.given_by([first, second]):
                    return [first, second], set()
        return None

    def in_parts(self, partial):
        """(mistakes that each give some of the wrong parts and no others, the parts left).

        ([], all) if they give less than half.
        """
        left, found = set(self.wrong), []
        for fits, spoils, one in partial:
            if fits == spoils and fits & left and self.given_by([one], fits):
                found.append(one)
                left -= fits
        left = {name.split(", ")[0] for name in left}
        return (found, left) if 2 * len(left) <= len({name.split(", ")[0] for name in self.wrong}) else ([], left)
