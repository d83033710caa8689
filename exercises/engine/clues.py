"""What else can be said of a wrong answer.

What its parts look like by themselves, and which formula the pattern points at:
``observations``: what can be said of each wrong part by itself: transposed, reversed, right from some step
on, ...
``probe_words``: on which easier instances is the answer right? A term that vanishes there is under suspicion.
``suspects``: which formula, bent at random, shows the same pattern of right and wrong?
"""

from functools import partial

import numpy as np

from exercises.engine.attempt import plain
from exercises.engine.compare import allowed, compare, parts_or_none
from exercises.engine.words import are, grouped, listed


# --- what a wrong part looks like by itself ---

def constant_factor(received, expected, tolerance):
    """The number by which all of expected was multiplied, or None."""
    large = np.abs(expected) > 1e-6 * np.abs(expected).max(initial=0)
    if large.sum() < 2 or not np.isfinite(received).all():
        return None
    middle = np.median(received[large] / expected[large])
    close = equal(received, middle * expected, tolerance)
    return middle if close and abs(middle) > 1e-12 and abs(middle - 1) > 1e-6 else None


def equal(received, expected, tolerance):
    """True if two arrays agree in shape and in all entries. tolerance: relative to the largest entry."""
    scale = np.abs(expected).max(initial=0) or 1
    return received.shape == expected.shape and bool((np.abs(received - expected) <= tolerance * scale).all())


# How a wrong array is related to the right one: functions of both, and of what "equal" is.
RELATIONS = {
    "all zeros": lambda got, right, equal: got.shape == right.shape and got.size > 1 and not got.any(),
    "the right one transposed": lambda got, right, equal: right.ndim == 2 and equal(got, right.T),
    "the right one with the first two axes exchanged":
        lambda got, right, equal: right.ndim == 3 and equal(got, right.swapaxes(0, 1)),
    "the right one in reverse order along the first axis":
        lambda got, right, equal: right.ndim > 0 and len(right) > 1 and equal(got, right[::-1]),
    "the right one, one place too late along the first axis":
        lambda got, right, equal: right.ndim > 0 and len(right) > 3 and got.shape == right.shape
        and equal(got[1:], right[:-1]),
    "the right one, one place too early along the first axis":
        lambda got, right, equal: right.ndim > 0 and len(right) > 3 and got.shape == right.shape
        and equal(got[:-1], right[1:]),
    "right but for the signs": lambda got, right, equal:
        equal(np.abs(got), np.abs(right)) and (np.sign(got) != np.sign(right)).any(),
    "right on the diagonal only": lambda got, right, equal: right.ndim == 2 and len(right) > 1
        and got.shape == right.shape == (len(right), len(right)) and equal(np.diag(got), np.diag(right)),
    "the right one plus the same row everywhere":
        lambda got, right, equal: right.ndim > 1 and got.shape == right.shape
        and equal(got, right + (got - right)[(0,) * (right.ndim - 1)])
        and not equal(got, 0 * right + got[(0,) * (right.ndim - 1)]),       # of huge numbers nothing is told
    "the right one with each row scaled": lambda got, right, equal: scaled_along(got, right, -1, equal),
    "the right one with each column scaled": lambda got, right, equal: scaled_along(got, right, 0, equal),
}


def scaled_along(received, expected, axis, equal):
    """True if a matrix is the right one but for one factor per row (axis -1) or per column (axis 0)."""
    if expected.ndim != 2 or received.shape != expected.shape or min(expected.shape) < 2:
        return False
    if np.linalg.matrix_rank(expected) < 2:     # of two outer products each is the other with its rows scaled
        return False
    factors = (received * expected).sum(axis, keepdims=True) / (expected ** 2).sum(axis, keepdims=True)
    return equal(received, factors * expected)


def clipped(received, expected, equal):
    """The limit at which all of expected was clipped, or None."""
    limit = np.abs(received).max(initial=0)
    return limit if limit and equal(received, np.clip(expected, -limit, limit)) else None


def clip_of(parts, tolerance):
    """The one limit at which all of these Parts were clipped, or None."""
    limits = {clipped(part.received, part.expected, partial(equal, tolerance=tolerance)) for part in parts}
    return limits.pop() if len(limits) == 1 else None


def observations(parts_by_instance, tolerance):
    """What can definitely be said of wrong parts by themselves, in sentences.

    It holds on every instance where they are wrong. parts_by_instance: list of lists of Parts.
    tolerance: the exercise's.
    """
    said = {}
    for name in {part.name: None for parts in parts_by_instance for part in parts}:
        wrong = [(part, parts) for parts in parts_by_instance for part in parts
                 if part.name == name and not part.right]
        if not wrong or not all(isinstance(part.expected, np.ndarray) for part, _ in wrong):
            continue
        related = {relation(part, parts, tolerance) for part, parts in wrong}
        only_numbers = all(part.problem is None for part, _ in wrong)
        places = {place_words(part) for part, _ in wrong} if only_numbers else {None}
        if len(related) > 1 and all(words and words.endswith(" times the right one") for words in related):
            related = {"the right one times a number, another number on each problem"}
        words = [found.pop() for found in (related, places) if len(found) == 1 and None not in found]
        if words:
            said.setdefault(words[0], []).append(name)
    every = [part.name for parts in parts_by_instance for part in parts]
    return [f"{listed(found)} {are(found)} {of_many(words) if len(names) > 1 else words}."
            for words, names in said.items() for found in [grouped(names, every)]]


def of_many(words):
    """What is said of one part, as it is said of several."""
    return words.replace("the right one", "the right ones").replace("its sign", "the signs")


def relation(part, parts, tolerance):
    """How a wrong array is related to the right one, in words, or None."""
    received, expected = np.asarray(part.received), part.expected
    if received.dtype.kind not in "biufc" or np.iscomplexobj(received) != np.iscomplexobj(expected):
        return None
    if not (np.isfinite(received).all() and np.isfinite(expected).all()):
        return None
    same = partial(equal, tolerance=allowed(received, tolerance))
    if received.shape == expected.shape:
        factor = constant_factor(received, expected, allowed(received, tolerance))
        if factor is not None:
            flipped = abs(factor + 1) < 1e-7
            return "the right one with its sign flipped" if flipped else f"{factor:.4g} times the right one"
        limit = clipped(received, expected, same)
        if limit is not None:
            return f"the right one, clipped to [-{limit:.4g}, {limit:.4g}]"
    for words, holds in RELATIONS.items():
        if holds(received, expected, same):
            return words
    for other in parts:
        wanted = np.asarray(other.expected)
        if other.name != part.name and wanted.size > 1 and same(received, wanted):
            return f"what {other.name} should be"
    return None


def place_words(part):
    """Along the first axis, where an array is right and where it is wrong, in words, or None."""
    if part.expected.ndim == 0 or len(part.expected) < 3:
        return None
    wrong = part.wrong.reshape(len(part.wrong), -1).any(axis=1)
    place, many = {1: ("entry", "entries"), 2: ("row", "rows")}.get(part.expected.ndim, ("slot", "slots"))
    last = len(wrong) - 1
    shapes = {
        f"wrong in the first {place} only": [0], f"wrong in the last {place} only": [last],
        f"right in the last {place} only": range(last),
        f"right in the first {place} only": range(1, last + 1),
        f"wrong in every {place} but the first and the last": range(1, last)}
    for words, places in shapes.items():
        if list(np.flatnonzero(wrong)) == list(places):
            return words
    if wrong.all():
        return None
    first_wrong, last_wrong = np.flatnonzero(wrong)[[0, -1]]
    if wrong[first_wrong:].all():
        return f"right in the first {many}, then wrong to the end"
    if wrong[:last_wrong + 1].all():
        return f"wrong in the first {many}, then right to the end"
    return None


# --- probes ---

def pattern(parts, expected, exercise):
    """Right and wrong as numbers.

    {part's name: which places along the first axis are wrong, as an array of bits}.
    parts: the Parts of a result, or None, which is all wrong. expected: the reference's result.
    """
    if parts is None:
        parts = [part._replace(problem="missing") for part in compare(plain(expected), expected, exercise)]
    return {part.name: bits(part) for part in parts}


def bits(part):
    """Which places along the first axis of a part are wrong."""
    if np.ndim(part.expected) == 0 or not isinstance(part.expected, np.ndarray):
        return np.array([not part.right])
    if part.problem:
        return np.ones(len(part.expected), bool)
    return part.wrong.reshape(len(part.wrong), -1).any(axis=1)


# --- the formula under suspicion ---

def terms(formulas):
    """The formulas of a class: {method's name: docstring} of its public methods, without run."""
    return {name: " ".join(method.__doc__.split()) for name, method in vars(formulas).items()
            if callable(method) and not name.startswith("_") and name != "run" and method.__doc__}


def parts_of(formulas, name):
    """A formula, and all formulas that it calls."""
    inside = [called for called in getattr(formulas, name).__code__.co_names
              if called in terms(formulas) and called != name]
    return {name}.union(*(parts_of(formulas, called) for called in inside))


def factors(value):
    """A factor for every entry of an array, all different."""
    return (1.5 + np.cos(np.arange(1.0, np.size(value) + 1))).reshape(np.shape(value))


def at_steps(wrong):
    """A way to bend a formula at some steps only. wrong: function of (t, T)."""
    return lambda right, arguments, T: right(*arguments) * (
        factors(right(*arguments)) if wrong(arguments[-1], T) else 1)


# Ways to bend a formula. right: the formula, a function of the arguments, of which the last, if there is any,
# is the step t. T: the last step.
BENDS = {
    "scaled": lambda right, arguments, T: factors(right(*arguments)) * right(*arguments),
    "a power": lambda right, arguments, T: np.sign(right(*arguments)) * np.abs(right(*arguments)) ** 1.5,
    "something added": lambda right, arguments, T: right(*arguments) + factors(right(*arguments)),
    "a running total":
        lambda right, arguments, T: sum(right(*arguments[:-1], t) for t in range(arguments[-1], T + 1)),
    "zero": lambda right, arguments, T: 0 * right(*arguments),
    "the step's before": lambda right, arguments, T: right(*arguments[:-1], max(arguments[-1] - 1, 1)),
    "the step's after": lambda right, arguments, T: right(*arguments[:-1], min(arguments[-1] + 1, T)),
    "the last step's": lambda right, arguments, T: right(*arguments[:-1], T),
    "wrong at the first step": at_steps(lambda t, T: t == 1),
    "wrong at the last step": at_steps(lambda t, T: t == T),
    "right at the last step": at_steps(lambda t, T: t != T),
}


class Bent:
    """One formula of an exercise, bent in one way.

    What that makes wrong, problem by problem, is found when asked for and kept.
    name: the formula's. words: those of the bend, a key of BENDS.
    """

    def __init__(self, exercise, name, words):
        self.exercise, self.name, self.words, self.patterns = exercise, name, words, {}
        formula, bend = getattr(exercise.formulas, name), BENDS[words]

        def method(formulas, *arguments):
            return bend(lambda *given: formula(formulas, *given), arguments, getattr(formulas, "T", 1))

        self.answer = exercise.form(type("Bent", (exercise.formulas,), {name: method}))

    def pattern(self, number):
        """The pattern of right and wrong on a problem, counted from 0.
        Raises whatever a bend that the formula cannot take raises."""
        if number not in self.patterns:
            arguments, expected = self.exercise.every_problem[number]
            with np.errstate(all="ignore"):
                result = plain(self.answer(*arguments))
            parts = parts_or_none(result, expected, self.exercise)
            self.patterns[number] = pattern(parts, expected, self.exercise)
        return self.patterns[number]

    def reaches(self, seen):
        """True if on every problem each part that is wrong in an answer is wrong here, too."""
        return all(found[name].any() for found, places in self.beside(seen)
                   for name in places if places[name].any())

    def distance(self, seen):
        """How unlike the places are at which an answer is wrong; infinite where other parts are wrong."""
        apart = 0.0
        for found, places in self.beside(seen):
            for name, here in places.items():
                if here.any() != found[name].any():
                    return np.inf
                apart += np.count_nonzero(here != found[name]) / here.size
        return apart

    def beside(self, seen):
        """Yield (the pattern here, an answer's pattern), problem by problem, the small ones first."""
        for number in self.exercise.smallest_first:
            if seen[number]:
                try:
                    found = self.pattern(number)
                except Exception:           # the formula can't be bent in this way
                    found = {name: np.zeros_like(places) for name, places in seen[number].items()}
                yield found, seen[number]


def bends(exercise):
    """{formula: {words: Bent}}: every formula of an exercise, bent in every way."""
    return {name: {words: Bent(exercise, name, words) for words in BENDS}
            for name in terms(exercise.formulas)}


AT_MOST = 2                     # formulas: of more than two, none is under suspicion

WHEN = {"wrong at the first step": ", at the first step", "wrong at the last step": ", at the last step",
        "right at the last step": ", at every step but the last"}


def suspects(exercise, compared):
    """Which formulas to look at, as sentences; [] where nothing tells them apart.

    A formula is suspected only if, bent in some way, it makes wrong what is wrong and leaves right what is
    right, part by part on every problem. compared: the Parts of the results on all instances and easier
    problems, or None. If no formula explains all wrong parts, each gets its own, if there is one for each.
    """
    # Where the answer stopped, nothing is seen.
    seen = [pattern(parts, right, exercise) if parts else {}
            for parts, (_, right) in zip(compared, exercise.every_problem)]
    together = alike(exercise, seen)
    if together:
        return [f"Look at {in_words(exercise, together)}."]
    wrong = sorted({name for parts in seen for name, places in (parts or {}).items() if places.any()})
    if len(wrong) > 3:
        return []
    by_part = {}
    for name in wrong:
        alone = [parts and {part: places & (part == name) for part, places in parts.items()}
                 for parts in seen]
        by_part[name] = alike(exercise, alone)
    if not all(by_part.values()):
        return []
    return [f"For {name}, look at {in_words(exercise, found)}." for name, found in by_part.items()]


def alike(exercise, seen):
    """[(formula's name, bend)] of the bends with an answer's pattern; [] if more than two formulas have it.

    What something added to a formula does not reach, no bend of it reaches: most formulas need only that one.
    """
    found = [(bent.distance(seen), bent) for ways in exercise.bends.values()
             if ways["something added"].reaches(seen) for bent in ways.values()]
    only_part = all(len(parts or ()) < 2 for parts in seen)
    if only_part and len({bent.name for _, bent in found}) > AT_MOST:      # no other part acquits a formula
        return []
    nearest = min((distance for distance, _ in found), default=np.inf)
    found = [(bent.name, bent.words) for distance, bent in found
             if distance <= nearest + 1e-9 and distance < np.inf]
    return found if len({name for name, _ in found}) <= AT_MOST else []


def in_words(exercise, found):
    """The formulas that are suspected, and when, if that is the same for all."""
    formulas, names = terms(exercise.formulas), list(dict.fromkeys(name for name, _ in found))
    when = {WHEN.get(bend, "") for _, bend in found}
    return "; or at ".join(formulas[name] for name in names) + (when.pop() if len(when) == 1 else "")


def probe_words(wrong, easier):
    """On which easier problems the wrong parts are right, in sentences.

    Parts of which the same is true are named together.
    wrong: the names of the wrong parts. easier: {words: the Parts of the result there, or None}.
    """
    groups = []                             # [names of parts, {words: right or wrong}]
    for name in sorted(wrong):
        verdicts = {words: right for words, parts in easier.items() for right in told_by(parts, name)}
        for names, shared in groups:
            common = shared.keys() & verdicts.keys()        # what is said of a group is true of each
            most = 2 * len(common) > max(len(shared), len(verdicts))
            if most and all(shared[words] == verdicts[words] for words in common):
                names.append(name)
                for words in shared.keys() - common:
                    del shared[words]
                break
        else:
            groups.append(([name], verdicts))
    every = [part.name for parts in easier.values() for part in parts or ()]
    return [told(grouped(names, every), verdicts) for names, verdicts in groups if any(verdicts.values())]


def told_by(parts, name):
    """[whether the part of that name is right], or [] if that says nothing: it should be all zeros,
    or there is no result."""
    return [part.right for part in parts or ()
            if part.name == name and (not part.right or np.any(part.expected))]


def told(names, verdicts):
    """What the probes say of some parts, as a sentence."""
    good, bad = ([words for words, right in verdicts.items() if right is wanted] for wanted in (True, False))
    end = f"; wrong when {listed(bad[:3], 'or')}." if bad else "."
    return f"{listed(names)}: right when {listed(good, 'or')}{end}"
