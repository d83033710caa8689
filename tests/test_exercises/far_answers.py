"""Answers that are right on short sequences only: cut into pieces, cut off after some steps, or clipped.

Each is made of a right answer, which is called on pieces of the sequence, or whose gradients are clipped. What has
a row for each step is told by its length: T for inputs, outputs and gates, T + 1 for states.
"""

import numpy as np

FIRST_STATES = ("h0", "c0")


def cut(value, start, stop, T):
    """The part of an argument that belongs to the steps start + 1 ... stop."""
    if hasattr(value, "_fields"):
        return type(value)(*(cut(each, start, stop, T) for each in value))
    if isinstance(value, np.ndarray) and value.ndim and len(value) in (T, T + 1):
        return value[start:stop + len(value) - T]
    return value


def steps_of(arguments):
    """T: the length of the cache's inputs, or of the longest argument but one state."""
    cache = next((value for value in arguments if hasattr(value, "_fields")), None)
    if cache is not None:
        return len(cache.x)
    lengths = {len(value) for value in arguments if isinstance(value, np.ndarray) and value.ndim > 1}
    return next(length for length in lengths if length + 1 in lengths) if any(
        length + 1 in lengths for length in lengths) else max(lengths)


def run(answer, arguments, ranges, loss, last_only):
    """The sum of what the answer gives on ranges of steps. loss: place of dy among the arguments.
    last_only: only the last step of each range has a loss."""
    T, total = steps_of(arguments), None
    names = None
    for start, stop in ranges(T):
        given = [cut(value, start, stop, T) for value in arguments]
        if len(arguments[loss]) != T and stop != T:
            given[loss] = 0 * given[loss]           # the one loss is that of the last step
        elif last_only and len(arguments[loss]) == T:
            given[loss] = np.where(np.arange(stop - start) == stop - start - 1, given[loss].T, 0).T
        result = answer(*given)
        whole = isinstance(result, dict)
        if not whole and not isinstance(result, tuple):
            result = (result,)
        names = list(result) if whole else range(len(result))
        found = {name: placed(name, result[name], start, stop, T, whole, result) for name in names}
        total = found if total is None else {name: total[name] + found[name] for name in names}
    return total if whole else tuple(total.values()) if len(total) > 1 else total[0]


def placed(name, part, start, stop, T, whole, result):
    """A part of a piece's result, where it belongs in that of the whole sequence."""
    part = np.asarray(part)
    if name in FIRST_STATES or (not whole and name == 2):       # 9.6 returns dh0 last
        return part * (start == 0)
    if part.ndim and len(part) in (stop - start, stop - start + 1) and rows_of_steps(name, part, whole):
        more = len(part) - (stop - start)
        every = np.zeros((T + more, *part.shape[1:]))
        every[start:stop + more] = part
        if more and start:
            every[start] = 0                        # the state before a piece gets nothing from it
        return every
    return part


def rows_of_steps(name, part, whole):
    """True for what has a row for each step; a weight's gradient may have as many rows by chance."""
    return name == "x" if whole else True


def pieces(answer, k, loss=-1):
    """Pieces of k steps, with nothing crossing."""
    return lambda *arguments: run(answer, arguments, lambda T: [
        (start, min(T, start + k)) for start in range(0, T, k)], loss, False)


def pieces_from_the_end(answer, k, loss=-1):
    """The same, counted from the last step."""
    return lambda *arguments: run(answer, arguments, lambda T: [
        (max(0, stop - k), stop) for stop in range(T, 0, -k)], loss, False)


def window(answer, k, loss=-1):
    """Each loss travels back over k steps."""
    return lambda *arguments: run(answer, arguments, lambda T: [
        (max(0, stop - k), stop) for stop in range(1, T + 1)], loss, True)


def last_steps(answer, k, loss=-1):
    """A loop that visits the last k steps."""
    return lambda *arguments: run(answer, arguments, lambda T: [(max(0, T - k), T)], loss, False) if (
        steps_of(arguments) <= k) else padded(answer, arguments, k, loss)


def padded(answer, arguments, k, loss):
    """``last_steps`` of a long sequence: what belongs to earlier steps stays zero."""
    T = steps_of(arguments)
    return run(answer, arguments, lambda T: [(T - k, T)], loss, False)


# --- clips ---

def each(change, result):
    """A result with every array changed."""
    if isinstance(result, dict):
        return {name: change(name, part) for name, part in result.items()}
    if isinstance(result, tuple):
        return tuple(change(i, part) for i, part in enumerate(result))
    return change(0, result)


def by_value(answer, c, spared=()):
    """Every entry, but for what is spared."""
    return lambda *arguments: each(
        lambda name, g: g if name in spared else np.clip(g, -c, c), answer(*arguments))


def by_norm_of_each(answer, c, spared=()):
    """Every array by itself."""
    return lambda *arguments: each(
        lambda name, g: g if name in spared else g * min(1.0, c / np.linalg.norm(g)), answer(*arguments))


def by_norm_of_all(answer, c, spared=()):
    """All arrays by one factor."""
    def clipped(*arguments):
        result, squares = answer(*arguments), []
        each(lambda name, g: squares.append(0.0 if name in spared else (np.asarray(g) ** 2).sum()), result)
        factor = min(1.0, c / np.sqrt(sum(squares)))
        return each(lambda name, g: g if name in spared else factor * g, result)

    return clipped
