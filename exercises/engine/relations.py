"""How a wrong result is related to the right one, and where: measured on every problem on which it is wrong.

By which number it is multiplied, made of sizes and of numbers at hand; which value at hand is a factor or a
term too many; which entries are wrong, said by what the arguments are there.
"""

import functools
import itertools

import numpy as np

from exercises.engine.alterations import leaves
from exercises.engine.attempt import outcome
from exercises.engine.clues import terms

CLOSE, NEAR = 1e-8, 1e-5
ON_MOST = ", on most of the problems tried"


def statements(exercise, seen):
    """[(place, relation, names of parts)]: where these are wrong and what stands there, in words, or "".

    seen: {number of a problem, as in ``every_problem``: its Parts}.
    """
    wrong = {}                              # {part's name: {number: the Part}}
    for number, parts in seen.items():
        for part in parts:
            if (not part.right and part.problem is None and isinstance(part.expected, np.ndarray)
                    and part.expected.dtype.kind != "c"):           # relations are between real numbers
                wrong.setdefault(part.name, {})[number] = part
    found = {}
    for name, parts in wrong.items():
        pairs = [(part, at_hand(exercise, number)) for number, part in parts.items()]
        finite = [pair for pair in pairs if np.isfinite(pair[0].received).all()
                  and np.isfinite(pair[0].expected).all()]
        place, whole, how = where(pairs), by_number(finite) if finite else "", ""
        if finite and not whole and name.startswith("the new "):        # what has been added to the old one
            whole = of_the_change(finite, name.removeprefix("the new "))
        if finite and not whole:
            how = by_value(finite)
        if how and not place and any(0 < part.wrong.sum() < part.wrong.size for part, _ in finite):
            place = "wrong at some entries"
        place, how = ("", whole) if whole else (place, how)         # what holds for all entries says more
        if place or how:
            said = place, how.removesuffix(ON_MOST) if place.endswith(ON_MOST) else how
            found.setdefault(said, []).append(name)
    return [(*said, names) for said, names in found.items()]


def most(holds):
    """ "" if something holds on all problems, words if on most, None else. holds: a list of bools."""
    if all(holds):
        return ""
    return ON_MOST if len(holds) > 3 and sum(holds) > 0.7 * len(holds) else None


# --- what is at hand ---

def at_hand(exercise, number):
    """{words: a number or an array} of a problem: arguments, right results, what formulas give."""
    if number not in exercise.at_hand:
        arguments, expected = exercise.every_problem[number]
        found = dict(leaves(arguments, exercise.parameters).values())
        for name, value in zip(exercise.parameters, arguments):
            if isinstance(value, (dict, list)) and (total := squares(value)):
                found[f"the length of all {name}"] = total ** 0.5
        for name, value in zip(exercise.parts, expected if isinstance(expected, tuple) else [expected]):
            if isinstance(value, (np.ndarray, float)):
                found.setdefault(f"the right {name.removeprefix('the ')}", value)
        found |= values_of_formulas(exercise, arguments)
        exercise.at_hand[number] = {
            words: value for words, value in found.items() if not np.iscomplexobj(value)}
    return exercise.at_hand[number]


def squares(value):
    """The sum of all squares in dicts and lists of arrays; 0 if there is something else in them."""
    if isinstance(value, (dict, list)):
        return sum(map(squares, value.values() if isinstance(value, dict) else value))
    return float(np.sum(value ** 2)) if np.asarray(value).dtype.kind == "f" else 0.0


def values_of_formulas(exercise, arguments):
    """{words: what a formula gives}, of those that give the same whenever they are called."""
    found, varying = {}, set()

    def kept(name, words):
        formula = getattr(exercise.formulas, name)

        def method(self, *given):
            value = formula(self, *given)
            if isinstance(value, (np.ndarray, np.generic, float, int)) and np.any(
                    found.setdefault(words, value) != value):
                varying.add(words)
            return value

        return method

    if exercise.formulas:
        made = {name: kept(name, words.partition(",")[0]) for name, words in terms(exercise.formulas).items()}
        outcome(exercise.form(type("Kept", (exercise.formulas,), made)), arguments)
    return {words: value for words, value in found.items()
            if words not in varying and np.asarray(value).dtype.kind in "iufb"}


# --- a factor that is a number ---

def by_number(pairs, close=CLOSE):
    """ "the right one times B / T", if there is such a number, another one on different problems; or "".

    pairs: (a Part, what is at hand) for each problem.
    """
    factors = [one_factor(part.received, part.expected, close) for part, _ in pairs]
    apart = [one_difference(part.received, part.expected) for part, _ in pairs]
    for wanted, said in ((factors, "the right one times {}"), (apart, "too large by {}"),
                         ([-one if one else None for one in apart], "too small by {}")):
        if None not in wanted and (said[:3] != "too" or min(wanted) >= 0):
            wanted = np.array(wanted)
            for words, found in numbers([held for _, held in pairs]) if np.ptp(wanted) > 1e-6 else ():
                if np.abs(found - wanted).max() <= close * np.abs(wanted).max():
                    return said.format(words)
    return ""


def of_the_change(pairs, old):
    """The same of what was added to an old value. old: its name among what is at hand."""
    if not all(np.shape(held.get(old)) == part.expected.shape for part, held in pairs):
        return ""
    changes = [(part._replace(received=part.received - held[old], expected=part.expected - held[old]), held)
               for part, held in pairs]
    how = by_number(changes)
    if not how:                             # a number such as eps may stand in the way
        near = [(one, held) for one, held in changes
                if one_factor(one.received, one.expected, NEAR) is not None]
        how = by_number(near, NEAR) if len(near) > 2 and 3 * len(near) >= 2 * len(changes) else ""
        how = how and f"{how}, nearly{ON_MOST.replace(',', ' and')}"
    return how.replace("the right one", "the old value plus the right change", 1)


def one_difference(received, expected):
    """The number that is added to all of expected, or None."""
    apart = received - expected
    close = np.ptp(apart) <= CLOSE * np.abs(expected).max(initial=0)
    return float(np.mean(apart)) if close else None


def one_factor(received, expected, tolerance=CLOSE):
    """The number by which all of expected is multiplied, or None."""
    square = np.sum(expected ** 2)
    factor = np.sum(received * expected) / square if square else np.nan
    close = np.abs(received - factor * expected).max(initial=0) <= tolerance * np.abs(expected).max(initial=0)
    return factor if close and abs(factor) > 1e-9 else None


def numbers(values):
    """Yield (words, one number per problem) of sizes, numbers and lengths, and of what is made of them."""
    single = {}
    for name in dict.fromkeys(itertools.chain(*values)):
        if all(name in found for found in values):
            every = [found[name] for found in values]
            for axis in range(np.ndim(every[0])):
                if all(np.ndim(value) == np.ndim(every[0]) for value in every):
                    single[f"{name}.shape[{axis}]"] = [float(value.shape[axis]) for value in every]
            if all(np.ndim(value) == 0 for value in every):
                single[name] = list(map(float, every))
            elif np.asarray(every[0]).dtype.kind == "f":
                single[f"the length of {name}"] = [float(np.linalg.norm(value)) for value in every]
    single = {words: np.array(found) for words, found in single.items()}
    once = {tuple(found): words for words, found in reversed(single.items())}
    single = {words: single[words] for words in once.values()}
    for kind in (False, True):                          # arguments first, and the simplest of them
        for (template, function), (words, n) in itertools.product(OF_ONE, single.items()):
            by_chance = are_whole(n) and len(set(n)) < 3 and "1" in template.removeprefix("1 /")
            if (" " in words) == kind and not by_chance:
                yield template.format(words), function(n)
    for (a, m), (b, n) in itertools.permutations(single.items(), 2):
        if len(n) > 2 or not (are_whole(m) and are_whole(n)):       # of sizes too much comes out by chance
            yield f"{a} / {b}", m / n
            yield f"{a} {b}", m * n
            yield f"1 / ({a} {b})", 1 / (m * n)
        if are_whole(n) and (n <= 100).all() and not are_whole(m) and (m > 0).all() and " " not in b:
            for template, function in OF_ONE:
                yield template.format(f"{a}^{b}"), function(m ** n)


def are_whole(numbers):
    """True if all are whole numbers."""
    return bool((numbers == numbers.round()).all())


OF_ONE = [("{}", lambda n: n), ("1 / {}", lambda n: 1 / n), ("(1 - {})", lambda n: 1 - n),
          ("1 / (1 - {})", lambda n: 1 / (1 - n)), ("({} - 1)", lambda n: n - 1),
          ("1 / ({} - 1)", lambda n: 1 / (n - 1)), ("the root of {}", lambda n: np.sqrt(np.abs(n))),
          ("1 over the root of {}", lambda n: 1 / np.sqrt(np.abs(n))), ("{}^2", np.square),
          ("1 / {}^2", lambda n: 1 / n ** 2), ("2 {}", lambda n: 2 * n), ("2 / {}", lambda n: 2 / n),
          ("the root of (1 - {})", lambda n: np.sqrt(np.abs(1 - n))), ("({} + 1)", lambda n: n + 1),
          ("{0} / ({0} - 1)", lambda n: n / (n - 1)), ("({0} - 1) / {0}", lambda n: (n - 1) / n),
          ("1 / ({} + 1)", lambda n: 1 / (n + 1))]


# --- another value that has got in, or is not there ---

FORMS = [("{}", lambda v: v), ("(1 - {})", lambda v: 1 - v), ("{}^2", np.square),
         ("(1 - {}^2)", lambda v: 1 - v ** 2), ("tanh({})", np.tanh)]
BESIDE = [("the right one times {}", lambda e, v: e * v), ("the right one divided by {}", lambda e, v: e / v),
          ("the right one plus {}", lambda e, v: e + v), ("the right one minus {}", lambda e, v: e - v),
          ("{} minus the right one", lambda e, v: v - e),
          ("{}", lambda e, v: v), ("minus {}", lambda e, v: -v),
          ("the right one plus twice {}", lambda e, v: e + 2 * v), ("half of {}", lambda e, v: v / 2),
          ("twice {}", lambda e, v: 2 * v)]
ALONE = [("zero", lambda e: 0 * e), ("one", lambda e: 0 * e + 1),
         ("the right one with its sign flipped", np.negative),
         ("the right one plus 1", lambda e: e + 1), ("the right one minus 1", lambda e: e - 1),
         ("twice the right one", lambda e: 2 * e), ("half of the right one", lambda e: e / 2),
         ("twice the right one plus 1", lambda e: 2 * e + 1),
         ("twice the right one minus 1", lambda e: 2 * e - 1),
         ("1 minus the right one", lambda e: 1 - e), ("one over the right one", lambda e: 1 / e),
         ("the square of the right one", np.square),
         ("the root of the right one", lambda e: np.sqrt(np.abs(e))),
         ("the right one without its sign", np.abs)]


def by_value(pairs):
    """What stands at the wrong entries, made of the right ones and of one value at hand, in words; or ""."""
    if sum(part.wrong.sum() for part, _ in pairs) < 3 or pairs[0][0].expected.ndim == 0:
        return ""
    for words, function in ALONE:
        often = most([equal(part, function(part.expected)) for part, _ in pairs])
        if often is not None:
            return words + often
    own = f"the right {pairs[0][0].name.removeprefix('the ')}"
    shared = [(name, spread_out) for name in pairs[0][1] for spread_out in SPREAD if name != own
              and all(name in held and fits(held[name], part, spread_out) for part, held in pairs)]
    for (beside, combined), (form, function), (name, spread_out) in itertools.product(BESIDE, FORMS, shared):
        if (spread_out == "{}" or "right one" in beside) and all(
                equal(part, combined(part.expected, function(SPREAD[spread_out](held[name], part))))
                for part, held in pairs):
            return beside.format(form.format(spread_out.format(name)))
    return ""


# How a value is laid over a part's entries.
SPREAD = {"{}": lambda value, part: np.asarray(value, float),
          "{}[:, None]":
              lambda value, part: np.asarray(value, float).reshape(-1, *(1,) * (part.expected.ndim - 1))}


def fits(value, part, spread_out):
    """True if a value has a number for each entry of a part, or for each row, or for each column."""
    shape, wanted = np.shape(value), part.expected.shape
    if spread_out == "{}":
        return 0 < len(shape) <= len(wanted) and shape == wanted[-len(shape):]
    return len(wanted) > 1 and len(shape) == 1 and shape[0] == wanted[0]


def equal(part, other):
    """True if another array stands at the wrong entries of a part."""
    apart = np.abs(part.received - other)[part.wrong]
    return bool((apart <= CLOSE * (np.abs(part.expected).max(initial=0) or 1)).all())


# --- which entries are wrong ---

def where(pairs):
    """Which entries are wrong, by what the arguments are there, in words; "" if it can't be told so."""
    if sum(0 < part.wrong.sum() < part.wrong.size for part, _ in pairs) < 2:
        return ""
    for words, mask in masks(*pairs[0]):
        try:
            found = [mask(part, held) for part, held in pairs]
            often = most([bool((places == part.wrong).all()) for places, (part, _) in zip(found, pairs)])
            if sum(0 < np.sum(places) < np.size(places) for places in found) < 2:
                continue
        except (IndexError, KeyError, TypeError, ValueError):
            continue
        if often is not None:
            return f"wrong {words} only{often}"
    return ""


def masks(part, held):
    """Yield (words, function of a Part and of the values at hand that returns a mask of its entries)."""
    if part.expected.ndim == 2:
        yield "on the diagonal", lambda part, held: np.eye(*part.expected.shape, dtype=bool)
        yield "off the diagonal", lambda part, held: ~np.eye(*part.expected.shape, dtype=bool)
        yield "above the diagonal", lambda part, held: ~np.tri(*part.expected.shape, dtype=bool)
        yield "below the diagonal", lambda part, held: np.tri(*part.expected.shape, k=-1, dtype=bool)
    for axis in range(1, part.expected.ndim):
        for place, which in ((0, "first"), (-1, "last")):
            yield f"in the {which} place of axis {axis}", functools.partial(at_place, axis, place, True)
            yield f"but in the {which} place of axis {axis}", functools.partial(at_place, axis, place, False)
    for name, value in held.items():
        kind = "" if name.startswith("the ") else np.asarray(value).dtype.kind
        if kind == "i" and np.ndim(value) == 0:
            yield f"at place {name}", lambda part, held, name=name: on_last_axis(part) == held[name]
            yield f"from place {name} on", lambda part, held, name=name: on_last_axis(part) >= held[name]
            yield f"before place {name}", lambda part, held, name=name: on_last_axis(part) < held[name]
        elif kind == "b" and np.ndim(value):
            yield f"where {name} is True", lambda part, held, name=name: spread(held[name], part)
            yield f"where {name} is False", lambda part, held, name=name: ~spread(held[name], part)
        elif kind == "f" and np.shape(value) == part.expected.shape:
            for words, holds in SIGNS:
                yield (f"where {name} is {words}",
                       lambda part, held, name=name, holds=holds: holds(held[name]))


SIGNS = [("negative", lambda v: v < 0), ("positive", lambda v: v > 0), ("larger than 1", lambda v: v > 1),
         ("larger than 1 in size", lambda v: np.abs(v) > 1), ("at most 1 in size", lambda v: np.abs(v) <= 1),
         ("the largest of its row", lambda v: v == v.max(axis=-1, keepdims=True))]


def at_place(axis, place, there, part, held):
    """A mask of the slot at a place along an axis, or of all others."""
    mask = np.full(part.expected.shape, not there)
    np.moveaxis(mask, axis, 0)[place] = there
    return mask


def on_last_axis(part):
    """The place of every entry along the last axis."""
    return np.broadcast_to(np.arange(part.expected.shape[-1]), part.expected.shape)


def spread(mask, part):
    """A mask of the first axes, for all entries of a part."""
    shape = part.expected.shape
    return np.broadcast_to(mask.reshape(mask.shape + (1,) * (len(shape) - mask.ndim)), shape)
