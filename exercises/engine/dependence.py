"""What a wrong result depends on, measured: one argument is changed at a time.

``statements`` compares how an answer and the reference react: to another value of an argument, and to twice
the value. Each sentence is true whatever made the answer wrong.
"""

import numpy as np

from exercises.engine.attempt import attempt, outcome
from exercises.engine.compare import parts_or_none
from exercises.engine.words import are, listed

PROBING = 1.0                   # seconds that the answer may take
AT_MOST = 2                     # sentences
MANY = 12                       # rows of an argument


def statements(exercise, answer, number):
    """Sentences, the most telling first. number: of an instance on which the answer is wrong, from 0 on."""
    arguments, expected = exercise.problems[number]
    every = list(leaves(exercise.parameters, arguments))
    trials = [(k, row, change) for k, (_, value) in enumerate(every)
              for row, change in [(None, other), (None, twice), *((row, other) for row in rows(value))]]
    calls = [arguments, *(varied(arguments, k, at(row, change)) for k, row, change in trials)]
    outcomes = attempt(answer, calls, seconds=PROBING)
    if len(outcomes) < len(calls) or outcomes[-1].error:
        return []
    yours = [by_name(one.value, expected, exercise) for one in outcomes]
    right = [by_name(outcome(exercise.reference, call), expected, exercise) for call in calls]
    if None in yours or None in right:
        return []
    said = {}
    for name in right[0]:
        if same(yours[0][name], right[0][name]):
            continue
        for k, (argument, _) in enumerate(every):
            mine, wanted = ({(row, change): results[place][name]
                             for place, (which, row, change) in enumerate(trials, 1) if which == k}
                            for results in (yours, right))
            for rank, words in reactions(argument, yours[0][name], mine, right[0][name], wanted):
                said.setdefault((rank, words), []).append(name)
    return [f"On problem {number + 1}: {words.format(listed(parts), are(parts))}"
            for (_, words), parts in sorted(said.items())][:AT_MOST]


def reactions(argument, here, mine, there, wanted):
    """What is wrong in how a part reacts to an argument: (rank, words).

    here, there: the part as it is, the answer's and the right one. mine, wanted: {(row, change): after it}.
    """
    moves, should = ({row: not same(result, before) for (row, change), result in results.items()
                      if change is other} for before, results in ((here, mine), (there, wanted)))
    still, stray = ([row for row in moves if row is not None and (should[row], moves[row]) == wrong]
                    for wrong in ((True, False), (False, True)))
    if should[None] and not moves[None]:
        yield 0, f"if {argument} changes, {{0}} must change, too; yours {{1}} the same as before."
    elif moves[None] and not should[None]:
        yield 1, f"if {argument} changes, {{0}} must stay the same; yours {{1}} another."
    elif still:
        yield 2, (f"if {at_rows(argument, still)} changes, {{0}} must change, too; yours {{1}} the same as "
                  "before.")
    elif stray:
        yield 3, f"if {at_rows(argument, stray)} changes, {{0}} must stay the same; yours {{1}} another."
    else:
        times, right = scale(here, mine[None, twice]), scale(there, wanted[None, twice])
        if right not in (None, times):
            yield 4, (f"if {argument} is twice as large, {{0}} must be {TIMES[right]}; "
                      f"yours {{1}} {TIMES.get(times, 'not')}.")


def at_rows(argument, found):
    """ "x[0] or x[1]" """
    return listed([f"{argument}[{row}]" for row in found[:3]] + ["so on"] * (len(found) > 3), "or")


TIMES = {0.25: "a quarter of what it was", 0.5: "half of what it was", 1: "what it was", 2: "twice as large",
         4: "4 times as large", 8: "8 times as large"}


def scale(before, after):
    """By how much a part has grown, a key of TIMES; None if by nothing of the kind."""
    return next((times for times in TIMES if same(times * before, after)), None)


def same(one, other):
    """True if two arrays agree, to rounding."""
    limit = 1e-9 * np.abs(other).max(initial=1e-300)
    return one.shape == other.shape and bool((np.abs(one - other) <= limit).all())


def by_name(result, expected, exercise):
    """{part's name: its array} of a result; None if it has another form or not only numbers."""
    parts = None if result is None else parts_or_none(result, expected, exercise)
    found = {part.name: np.asarray(part.received) for part in parts or ()}
    return found if found and all(array.dtype.kind in "biufc" for array in found.values()) else None


def other(value):
    """Another value of the same size."""
    return value * (1.1 + 0.2 * np.cos(np.arange(1.0, np.size(value) + 1)).reshape(np.shape(value))) + 0.05


def twice(value):
    """Twice the value."""
    return 2 * value


def rows(value):
    """The places along the first axis of an array, if they are few."""
    return range(len(value)) if np.ndim(value) and 1 < len(value) <= MANY else ()


def at(row, change):
    """A change of one row, or of the whole value."""
    def changed(value):
        if row is None:
            return change(value)
        value = value.copy()
        value[row] = change(value[row])
        return value

    return changed


def leaves(names, values):
    """(words, value) of every float and array of floats in arguments, also in dicts and named tuples."""
    for name, value in zip(names, values):
        if isinstance(value, dict):
            yield from leaves(value, value.values())
        elif hasattr(value, "_fields"):
            yield from leaves([f"{name}.{field}" for field in value._fields], value)
        elif is_real(value):
            yield name, value


def is_real(value):
    """True for a float and for an array of floats."""
    return isinstance(value, float) or isinstance(value, np.ndarray) and value.dtype.kind == "f"


def varied(values, place, change, start=0):
    """Arguments with one of their ``leaves`` changed, counted from 0."""
    def walk(value):
        nonlocal start
        if isinstance(value, dict):
            return {key: walk(entry) for key, entry in value.items()}
        if hasattr(value, "_fields"):
            return type(value)(*map(walk, value))
        if is_real(value):
            start += 1
            return change(value) if start == place + 1 else value
        return value

    return tuple(map(walk, values))
