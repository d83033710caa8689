"""Answers that are right on short sequences only: cut into pieces, cut off after some steps, or clipped.

Each is made of a right answer, which is called on pieces of the sequence, or whose gradients are clipped.
What belongs to steps is told by its length: T for inputs, outputs and gates, T + 1 for states.
"""

from functools import partial

import numpy as np


def part_of(value, start, stop, T):
    """What of an argument belongs to the steps start + 1 ... stop."""
    if hasattr(value, "_fields"):
        return type(value)(*(part_of(each, start, stop, T) for each in value))
    if isinstance(value, np.ndarray) and value.ndim and len(value) in (T, T + 1):
        return value[start:stop + len(value) - T]
    return value


def placed(name, part, start, stop, T):
    """A part of a piece's result, where it belongs in that of the whole sequence."""
    if name in ("h0", "c0"):
        return part * (start == 0)
    if name != "x" and not isinstance(name, int):           # a parameter
        return part
    more = len(part) - (stop - start)                       # 1 for states
    every = np.zeros((T + more, *part.shape[1:]))
    every[start:stop + more] = part
    every[start] *= not (more and start)                    # the state before a piece gets nothing from it
    return every


def on_pieces(answer, ranges, last_only, time, loss, arguments):
    """The sum of what an answer gives on ranges of steps.

    ranges: function of T. last_only: only the last step of each range has a loss. time, loss: the places
    among the arguments of one with a row for each step, and of dy.
    """
    steps = arguments[time]
    T, totals = len(getattr(steps, "x", steps)), []
    for start, stop in ranges(T):
        given = [part_of(value, start, stop, T) for value in arguments]
        if len(arguments[loss]) != T:                       # it is that of the last step
            given[loss] = given[loss] * (stop == T)
        elif last_only:
            given[loss] = np.where(np.arange(start + 1, stop + 1) == stop, given[loss].T, 0).T
        result = answer(*given)
        named = result if isinstance(result, dict) else dict(
            enumerate(result if isinstance(result, tuple) else (result,)))
        totals.append({name: placed(name, part, start, stop, T) for name, part in named.items()})
    total = {name: sum(each[name] for each in totals) for name in totals[0]}
    return total if isinstance(result, dict) else tuple(total.values()) if len(total) > 1 else total[0]


def pieces(k):
    """Pieces of k steps, with nothing crossing."""
    return lambda T: [(start, min(T, start + k)) for start in range(0, T, k)]


def pieces_from_the_end(k):
    """The same, counted from the last step."""
    return lambda T: [(max(0, stop - k), stop) for stop in range(T, 0, -k)]


def window(k):
    """A piece for each loss, which travels back over k steps."""
    return lambda T: [(max(0, stop - k), stop) for stop in range(1, T + 1)]


def last_steps(k):
    """One piece, the last k steps: a loop that ends early."""
    return lambda T: [(max(0, T - k), T)]


def cut_off(answer, kind, k, time, loss):
    """A right answer, cut off. kind: one of the four above."""
    def cut(*arguments):
        return on_pieces(answer, kind(k), kind is window, time, loss, arguments)

    return cut


# --- clips ---

def each(change, result):
    """A result with every array changed. change: function of (name, array)."""
    if isinstance(result, dict):
        return {name: change(name, part) for name, part in result.items()}
    if isinstance(result, tuple):
        return tuple(change(i, part) for i, part in enumerate(result))
    return change(0, result)


def by_value(c, spared, result):
    """Every entry by itself."""
    return each(lambda name, g: g if name in spared else np.clip(g, -c, c), result)


def by_norm_of_each(c, spared, result):
    """Every array by itself."""
    return each(lambda name, g: g if name in spared else g * min(1.0, c / np.linalg.norm(g)), result)


def by_norm_of_all(c, spared, result):
    """All arrays by one factor."""
    squares = []
    each(lambda name, g: squares.append(0.0 if name in spared else (np.asarray(g) ** 2).sum()), result)
    factor = min(1.0, c / np.sqrt(sum(squares)))
    return each(lambda name, g: g if name in spared else factor * g, result)


def clipped(answer, kind, c, spared=()):
    """A right answer, clipped. kind: one of the three above. spared: names of what is not clipped."""
    return lambda *arguments: partial(kind, c, spared)(answer(*arguments))
