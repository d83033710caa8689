"""Which argument, if it were another, makes of a right answer just what was handed in?

An argument is altered in one simple way: transposed, reversed, one place off, zero, exchanged with another,
joined with another in the wrong order. So is what a formula gives. The words are true whatever the cause:
they say what a right answer returns for other numbers.
"""

import itertools
from typing import NamedTuple

import numpy as np

from exercises.engine.formula import formulas_of
from exercises.engine.words import listed

MOST, FEW = 240, 100            # so many arguments are tried; few for backward passes, and so many formulas


class Altered(NamedTuple):
    """A mistake beside rows and Changes. rank: how simple. words: a clause. made: {formula: function}.
    swaps: [(Formula,)] of the formula that is altered; [] for an argument."""

    rank: float
    words: str
    made: dict
    swaps: list = []

    @property
    def names(self):
        """The names of the formulas that are altered; [""] for an argument."""
        return list(self.made)

    def functions(self):
        """{name: the altered formula}; {"": the whole answer} for an argument."""
        return self.made

    @property
    def condition(self):
        """What the words say after "if"."""
        return self.words.partition(" if ")[2]


# --- what becomes of an array ---

ORDINALS = ("first", "second", "third")


def axis_words(value, axis):
    """ " along its first axis"; "" where there is one only."""
    return f" along its {ORDINALS[axis]} axis" if np.ndim(value) > 1 else ""


def shifted(value, axis, by):
    """One place on (by 1) or back (by -1), with zeros in the empty place."""
    moved = np.roll(value, by, axis)
    np.moveaxis(moved, axis, 0)[0 if by > 0 else -1] = 0
    return moved


def without(value, axis, place):
    """The slot at a place is zero."""
    value = value.copy()
    np.moveaxis(value, axis, 0)[place] = 0
    return value


def alone_at(value, axis, place):
    """The slot at a place is everywhere."""
    return np.broadcast_to(np.take(value, [place], axis), value.shape).copy()


ALONG = [               # along an axis: (rank, words around those of the axis, function of value and axis)
    (1, "reversed{}", lambda v, axis: np.flip(v, axis)),
    (1.5, "moved one place on{}, the last one to the front", lambda v, axis: np.roll(v, 1, axis)),
    (1.5, "moved one place back{}, the first one to the end", lambda v, axis: np.roll(v, -1, axis)),
    (2, "moved one place on{}, with zero in front", lambda v, axis: shifted(v, axis, 1)),
    (2, "moved one place back{}, with zero at the end", lambda v, axis: shifted(v, axis, -1)),
    (2, "without its first entry{}: zero stands there", lambda v, axis: without(v, axis, 0)),
    (2, "without its last entry{}: zero stands there", lambda v, axis: without(v, axis, -1)),
    (2.5, "replaced everywhere by its first entry{}", lambda v, axis: alone_at(v, axis, 0)),
    (2.5, "replaced everywhere by its last entry{}", lambda v, axis: alone_at(v, axis, -1)),
    (2.5, "replaced by its mean{}", lambda v, axis: 0 * v + v.mean(axis, keepdims=True)),
    (2.5, "replaced by its sum{}", lambda v, axis: 0 * v + v.sum(axis, keepdims=True)),
    (2.5, "reduced by its mean{}", lambda v, axis: v - v.mean(axis, keepdims=True)),
    (2.5, "reduced by its largest entry{}", lambda v, axis: v - v.max(axis, keepdims=True)),
    (3, "divided by its length{}", lambda v, axis: v / np.linalg.norm(v, axis=axis, keepdims=True)),
    (3, "divided by its sum{}", lambda v, axis: v / v.sum(axis, keepdims=True)),
    (3, "replaced by its running total{}", np.cumsum),
    (3, "replaced by its running total{} from the end",
     lambda v, axis: np.flip(np.cumsum(np.flip(v, axis), axis), axis)),
    (3, "sorted{}", np.sort),
]
BETWEEN = [             # between two axes
    (1, "transposed", "with its {} and {} axes exchanged", np.swapaxes),
    (1.5, "reshaped where it must be transposed", "reshaped where its {} and {} axes must be exchanged",
     lambda v, a, b: v.reshape(np.swapaxes(v, a, b).shape).swapaxes(a, b)),
    (1.5, "transposed and reshaped back", "reshaped after its {} and {} axes were exchanged",
     lambda v, a, b: v.swapaxes(a, b).reshape(v.shape)),
]
OF_EACH = [             # of every entry, or of a number
    (0, "zero", lambda v: 0 * v), (1, "one", lambda v: 0 * v + 1), (1, "negated", np.negative),
    (2, "twice as large", lambda v: 2 * v), (2, "half as large", lambda v: v / 2), (2, "squared", np.square),
    (2.5, "one larger", lambda v: v + 1), (2.5, "one smaller", lambda v: v - 1),
    (3, "taken without its sign", np.abs), (3, "zero where it is negative", lambda v: v * (v > 0)),
    (3, "replaced by its root", np.sqrt), (3, "replaced by one over it", lambda v: 1 / v),
    (3, "taken off 1", lambda v: 1 - v),
    (3, "put through tanh", np.tanh), (3.5, "replaced by 1 minus its square", lambda v: 1 - v ** 2),
    (3.5, "replaced by its sign", np.sign),
]
OF_ALL = [              # of an array with several axes
    (3.5, "divided by its length", lambda v: v / np.linalg.norm(v)),
    (3.5, "reduced by its mean", lambda v: v - v.mean()),
    (3.5, "replaced by its mean", lambda v: v.mean() + 0 * v),
]


def rearrangements(value):
    """Yield (rank, words, function) of what moves or collects an array's entries along its axes."""
    for axis in range(np.ndim(value)):
        for rank, words, function in ALONG:
            yield rank, words.format(axis_words(value, axis)), lambda v, f=function, a=axis: f(v, a)
    for a, b in itertools.combinations(range(np.ndim(value)), 2):
        for rank, plain, long, function in BETWEEN:
            words = plain if np.ndim(value) == 2 else long.format(ORDINALS[a], ORDINALS[b])
            yield rank, words, lambda v, f=function, a=a, b=b: f(v, a, b)


def alterations(value):
    """Yield (rank, words, function) of all that may become of an array or a number."""
    yield from OF_EACH
    if np.ndim(value):
        yield from rearrangements(value)
    if np.ndim(value) > 1:
        yield from OF_ALL


def interleaved(value, blocks):
    """Rows that stand in blocks, read as if one row of each block came in turn."""
    return value.reshape(-1, blocks, *value.shape[1:]).swapaxes(0, 1).reshape(value.shape)


def dealt(value, blocks):
    """The reverse of ``interleaved``."""
    return value.reshape(blocks, -1, *value.shape[1:]).swapaxes(0, 1).reshape(value.shape)


IN_BLOCKS = [(interleaved, "read as if their rows stood in turn, one of each block"),
             (dealt, "dealt out, one row of each block in turn")]


# --- the arguments of an exercise ---

def leaves(values, names):
    """{path: (words, value)} of every number and array in arguments, also in dicts and named tuples."""
    found = {}

    def walk(path, words, value):
        if isinstance(value, dict):
            for key, one in value.items():
                walk((*path, key), f"{words}['{key}']", one)
        elif hasattr(value, "_fields"):
            for field in value._fields:
                walk((*path, field), f"{words}.{field}", getattr(value, field))
        elif isinstance(value, (np.ndarray, int, float)) and not isinstance(value, bool):
            found[path] = words, value

    for place, (name, value) in enumerate(zip(names, values)):
        walk((place,), name, value)
    keys = [path[-1] for path in found if len(path) > 1]        # W_hh, where one argument alone has one
    return {path: (path[-1] if len(path) > 1 and keys.count(path[-1]) == 1 else words, value)
            for path, (words, value) in found.items()}


def put(values, news):
    """Arguments with other values. news: {path: value}."""
    def walk(path, value):
        if path in news:
            return news[path]
        if isinstance(value, dict):
            return {key: walk((*path, key), one) for key, one in value.items()}
        if hasattr(value, "_fields"):
            return type(value)(*(walk((*path, field), getattr(value, field)) for field in value._fields))
        return value

    return tuple(walk((place,), value) for place, value in enumerate(values))


def at(values, path):
    """The value at a path in arguments."""
    value = values
    for step in path:
        value = getattr(value, step) if hasattr(value, "_fields") else value[step]
    return value


def joined(one, other):
    """Two blocks of columns, one beside the other, taken apart as if the other stood first."""
    columns = np.concatenate([block.reshape(len(block), -1) for block in (one, other)], axis=1)
    width = columns.shape[1] - one.size // len(one)
    return columns[:, width:].reshape(one.shape), columns[:, :width].reshape(other.shape)


def can_be_joined(one, other):
    """True for two matrices, or a matrix and a vector, with as many rows."""
    return sorted([np.ndim(one), np.ndim(other)]) in ([1, 2], [2, 2]) and len(one) == len(other)


def altered_arguments(values, names):
    """Yield (rank, words, paths, function of the values there) of what may become of arguments."""
    found = leaves(values, names)
    arrays = {path: value for path, (_, value) in found.items() if np.ndim(value)}
    for path, (words, value) in found.items():
        whole = np.asarray(value).dtype.kind in "iub"
        for rank, how, function in alterations(value):
            yield rank + whole, f"{words} is {how}", [path], lambda v, f=function: [f(v)]
    pairs = []
    for one, other in itertools.combinations(found, 2):
        (a, here), (b, there) = found[one], found[other]
        if np.shape(here) == np.shape(there) and np.asarray(here).dtype.kind == np.asarray(there).dtype.kind:
            pairs.append((one, other))
            yield 1, f"{a} and {b} are exchanged", [one, other], lambda v, w: [w, v]
            yield 1.2, f"{b} stands in the place of {a}", [one, other], lambda v, w: [w, w]
            yield 1.2, f"{a} stands in the place of {b}", [one, other], lambda v, w: [v, v]
    for (one, other), (third, fourth) in itertools.combinations(pairs if len(pairs) < 5 else [], 2):
        if len({one, other, third, fourth}) == 4:
            yield (1.1, "{} and {} are exchanged, and {} and {}".format(
                *(found[path][0] for path in (one, other, third, fourth))), [one, other, third, fourth],
                lambda a, b, c, d: [b, a, d, c])
    for one, other in itertools.permutations(arrays, 2):
        if can_be_joined(arrays[one], arrays[other]):
            (a, _), (b, _) = found[one], found[other]
            yield (1, f"{a} and {b} are joined in this order to one matrix, and its columns are taken for "
                      f"{b} first and {a} second", [one, other], joined)
    yield from altered_together(found, arrays)


def altered_together(found, arrays):
    """Yield the same for several arguments at once: those of one length, those of one dict."""
    groups = {}
    for path, value in arrays.items():
        groups.setdefault(("as long", len(value)), []).append(path)
        if len(path) > 1:
            groups.setdefault(("in", path[:-1]), []).append(path)
            if value.ndim == 2:
                groups.setdefault(("matrices in", path[:-1]), []).append(path)
    done = set()
    for paths in groups.values():
        if len(paths) < 2 or tuple(paths) in done:
            continue
        done.add(tuple(paths))
        least = min((arrays[path] for path in paths), key=np.ndim)
        for rank, how, function in [*OF_EACH[:6], *rearrangements(least)]:
            if "reshape" not in how:
                names = listed(found[path][0] for path in paths)
                yield (rank + 1.2, f"{names} are {how.replace('its', 'their')}", paths,
                       lambda *every, f=function: [f(one) for one in every])
    for tall in arrays.values():
        if tall.ndim == 2 and len(tall) in (3 * tall.shape[1], 4 * tall.shape[1]):
            blocks, paths = len(tall) // tall.shape[1], groups["as long", len(tall)]
            names = listed(found[path][0] for path in paths)
            for function, how in IN_BLOCKS:
                yield (1, f"the {blocks} blocks of {names} are {how}", paths,
                       lambda *every, f=function, k=blocks: [f(one, k) for one in every])
            return


def applied(reference, paths, function):
    """The reference, called with some arguments altered."""
    def answer(*values):
        news = finite(function(*(at(values, path) for path in paths)))
        return reference(*put(values, dict(zip(paths, news))))

    return answer


def finite(values):
    """Values, if all are finite. Raises ValueError else: no right answer is made for such numbers."""
    if not all(np.isfinite(value).all() for value in values):
        raise ValueError("an altered value is not finite")
    return values


def unlike(values, paths, function):
    """True if an alteration keeps the shapes and the kind of what it alters, and alters it."""
    try:
        before = [at(values, path) for path in paths]
        after = function(*before)
        return (all(np.shape(a) == np.shape(b) and np.asarray(a).dtype.kind == np.asarray(b).dtype.kind
                    for a, b in zip(before, after))
                and any(np.any(a != b) for a, b in zip(before, after)))
    except (ArithmeticError, IndexError, TypeError, ValueError):
        return False


@np.errstate(all="ignore")
def of_arguments(exercise):
    """All Altered arguments of an exercise, the simplest first."""
    values, _ = exercise.problems[0]
    every = [Altered(rank, f"A right answer gives these numbers if {words}",
                     {"": applied(exercise.reference, paths, function)})
             for rank, words, paths, function in altered_arguments(values, exercise.parameters)
             if unlike(values, paths, function)]
    return sorted(every, key=lambda one: one.rank)[:FEW if exercise.sized else MOST]


def of_formulas(exercise):
    """All Altered formulas of an exercise, the simplest first."""
    def altered(formula, function):
        def method(*given):
            return finite([function(np.asarray(formula.function(*given)))])[0]

        return method

    every = [Altered(rank, f"it is {words}", {formula.name: altered(formula, function)}, [(formula,)])
             for formula in formulas_of(exercise) if formula.name
             for rank, words, function in rearrangements(np.zeros((1,) * dimensions(formula)))]
    return sorted(every, key=lambda one: one.rank)[:FEW]


def dimensions(formula):
    """How many axes a formula's value has, as it was last called; 0 if it can't be told."""
    try:
        return np.ndim(formula.function(*formula.values.values()))
    except Exception:
        return 0
