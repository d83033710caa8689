"""What an exercise is."""

import copy
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from exercises.engine import by_rule, clear, clues, mistakes, smallest
from exercises.engine.attempt import outcome


def made(maker):
    """What a field holds that may be a function without arguments."""
    return maker() if callable(maker) else maker


def entries(value):
    """How many numbers there are in an array, or in arrays in dicts and tuples."""
    if isinstance(value, (dict, tuple, list)):
        return sum(map(entries, value.values() if isinstance(value, dict) else value))
    return np.size(value)


def run(formulas):
    """The usual form: a function that hands its arguments to the formulas and runs them."""
    return lambda *arguments: formulas(*arguments).run()


@dataclass(eq=False)
class Exercise:
    """An exercise, as a few lines.

    title: its heading in the lesson. goal: what a right answer shows, one sentence. points: for nbgrader;
        0 for a warm-up.
    reference: the right function.
    instances: list of tuples of arguments to try; or a function that returns it. On them no mistake can hide.
    hints: three texts: a question, the formula, almost the code.
    mistakes: wrong answers, a table {name: Row}. Name and row are what the learner reads (see ``Row``).
    shared: True for a table that serves other exercises, too: of its rows those count that show here.
    formulas: a Formulas class, the calculation with one method per formula; None for a small exercise.
    suspected: False where the formulas are not those that a learner writes: no check says "Look at" one.
    form: turns ``formulas`` or a subclass of it into a function with the reference's arguments; mostly
        ``run``.
    probes: dict of words to arguments, easier instances on which single terms vanish ("T = 1", "h_0 = 0"); or
        a function that returns it. What is right everywhere else must be right on them, too.
    far: list of ``Far`` problems, which are looked at when all instances are right; or a function that
        returns it.
    fresh: function of a random generator that returns a list of ``Far`` problems, drawn anew for each check.
    promises: dict of a sentence to a function that takes the answer and tells whether it keeps a promise of
        the exercise's text. The sentence is said if it does not; this, too, comes last, and costs half of the
        points.
    watch: function of a code object that an answer calls, which returns a word for it, or "".
    refused: dict of such a word to what is said of an answer that calls this. It gets no points.
    whole: True where what is right in part earns no part.
    parts: names for the parts of a tuple result, in order ("dh", "da"); the name of a single result ("dW",).
        For a dict: its keys in the order that the exercise's text lists, in which an answer may hand them
        over as a tuple.
    label: how messages write a key of a dict result: "d{}" turns W_hh into dW_hh.
    inner: names for the parts of tuples inside a dict or a tuple: ("the error", "the index").
    sized: function of (T, B, H, the size of x and y) that returns the arguments of a problem with short
        numbers.
    verdict: for an exercise with many right answers: takes a result, returns what is wrong with it in a
        sentence, or "".
    tolerance: largest allowed difference, relative to the largest entry of the reference's array.
    seconds: for an exercise whose calls take long, the time limit for all of them.
    gaps: right lines for each gap of an answer that has several, in order (see ``gaps``): text.
    published: for an exercise about a learner's own cell, the same exercise about the worked example's.
    number: such as "4.3"; the catalogue of lessons writes it here.

    What follows from these is made when it is first asked for, and kept: ``problems``, ``easier``,
    ``far_problems``, ``catalogue``, ``pairs``.
    """

    title: str
    goal: str
    reference: Callable
    instances: object
    hints: tuple
    mistakes: dict = field(default_factory=dict)
    shared: bool = False
    points: int = 1
    formulas: type = None
    form: Callable = run
    suspected: bool = True
    probes: object = None
    far: object = ()
    fresh: Callable = None
    promises: dict = field(default_factory=dict)
    watch: Callable = None
    refused: dict = field(default_factory=dict)
    whole: bool = False
    parts: tuple = ()
    label: str = "{}"
    inner: tuple = ()
    sized: Callable = None
    verdict: Callable = None
    tolerance: float = 1e-9
    seconds: float = None
    gaps: tuple = ()
    published: object = None
    number: str = ""

    @cached_property
    def parameters(self):
        """The names of the reference's arguments."""
        return list(inspect.signature(self.reference).parameters)

    def solved(self, arguments):
        """(arguments, the reference's result)."""
        return arguments, self.reference(*copy.deepcopy(arguments))

    @cached_property
    def problems(self):
        """[(arguments, the reference's result)] for each instance."""
        return [self.solved(arguments) for arguments in made(self.instances)]

    @cached_property
    def easier(self):
        """{words: (arguments, the reference's result)} for each probe."""
        return {words: self.solved(arguments) for words, arguments in (made(self.probes) or {}).items()}

    @cached_property
    def far_problems(self):
        """[(Far, the reference's result)] for each far problem."""
        return [(far, self.solved(far.arguments)[1]) for far in made(self.far)]

    @cached_property
    def catalogue(self):
        """[(Mistake, [its result on each instance])] for the single mistakes."""
        found = [(mistake, [outcome(mistake.answer, arguments) for arguments, _ in self.problems])
                 for mistake in mistakes.mistakes_of(self)]
        return mistakes.that_show(found, self) if self.shared else found

    @cached_property
    def by_size(self):
        """[(its sizes in words, (arguments, the reference's result))], growing; [] if the exercise can't."""
        return [(f"T = {T}, B = {B} and H = {H}", self.solved(self.sized(T, B, H, D)))
                for T, B, H, D in smallest.SIZES] if self.sized else []

    @cached_property
    def own_by_size(self):
        """[(how many numbers it has, (arguments, the reference's result))]: instances and probes, growing."""
        every = [self.every_problem[number] for number in self.smallest_first]
        return [(entries(arguments), (arguments, right)) for arguments, right in every]

    @property
    def known(self):
        """The single mistakes, as ``Mistake``s."""
        return [mistake for mistake, _ in self.catalogue]

    @cached_property
    def pairs(self):
        """All pairs of mistakes, and the fingerprints of their results on the smallest instance."""
        return mistakes.pairs_and_fingerprints(self)

    @cached_property
    def smallest_instance(self):
        """The number of the instance with the least to calculate, counted from 0."""
        return min(range(len(self.problems)), key=lambda number: entries(self.problems[number][0]))

    @cached_property
    def every_problem(self):
        """[(arguments, the reference's result)] for each instance, then for each probe."""
        return [*self.problems, *self.easier.values()]

    @cached_property
    def smallest_first(self):
        """The numbers of ``every_problem``, counted from 0: those with little to calculate first."""
        sizes = [entries(arguments) for arguments, _ in self.every_problem]
        return sorted(range(len(sizes)), key=sizes.__getitem__)

    @cached_property
    def bends(self):
        """Every formula, bent in every way: what that makes wrong is found when it is asked for."""
        return clues.bends(self)

    @cached_property
    def tried(self):
        """Rows and changes by rule, and what they make of the problems, as far as it was asked for."""
        return by_rule.Tried(self)

    @cached_property
    def at_hand(self):
        """{number of a problem: {words: value}}, filled by ``relations``."""
        return {}

    @cached_property
    def clear(self):
        """Problems on which an answer's gradients show its own da, for a whole backward pass."""
        return clear.clear_problems(self)
