"""The smallest problem on which an answer is still wrong, with numbers that one can follow by hand."""

import html
import itertools

import numpy as np

from exercises.engine.attempt import attempt
from exercises.engine.compare import parts_or_none

# T, B, H and the sizes of x and y, the smallest first.
SIZES = sorted(itertools.product((1, 2, 3), (1, 2), (1, 2), (1, 2)),
               key=lambda sizes: (np.prod(sizes), sizes))


class Smallest:
    """A problem on which an answer is wrong. arguments: of the call. parts: those that are wrong.
    words: its size. error: why there is no result, a sentence, or None."""

    def __init__(self, number, words, names, arguments, parts, error):
        self.number, self.words, self.names, self.arguments = number, words, names, arguments
        self.parts, self.error = parts, error

    def __repr__(self):
        lines = [f"Exercise {self.number}: wrong for {self.words}."]
        lines += written(zip(self.names, self.arguments))
        if self.error:
            lines.append(self.error)
        for part in self.parts:
            lines += written([(f"{part.name}, yours", part.received), (f"{part.name}, right", part.expected)])
        return "\n".join(lines)

    def _repr_html_(self):
        return f"<pre>{html.escape(repr(self))}</pre>"


def written(values):
    """Lines such as "x = [[0.3]]" for pairs of name and value; dicts and named tuples entry by entry."""
    lines = []
    for name, value in values:
        if isinstance(value, dict):
            lines += written((f"{name}[{key!r}]", entry) for key, entry in value.items())
        elif hasattr(value, "_fields"):
            lines += written((f"{name}.{field}", entry) for field, entry in zip(value._fields, value)
                             if isinstance(entry, np.ndarray))
        else:
            shown = np.array2string(value, precision=4, suppress_small=True, separator=", ") \
                if isinstance(value, np.ndarray) else repr(value)
            lines.append(f"{name} = {' '.join(shown.split())}")
    return lines


def smallest(exercise, answer):
    """The Smallest problem on which an answer is wrong, or None.

    It is looked for among problems of growing size where the exercise can make them, else among its own.
    """
    problems = exercise.by_size or [(f"this one of {size} numbers", problem)
                                    for size, problem in exercise.own_by_size]
    outcomes = attempt(answer, [arguments for _, (arguments, _) in problems], exercise.parameters)
    for outcome, (words, (arguments, expected)) in zip(outcomes, problems):
        parts = None if outcome.error else parts_or_none(outcome.value, expected, exercise)
        wrong = [part for part in parts or () if not part.right]
        if wrong or outcome.error:
            return Smallest(exercise.number, words, exercise.parameters, arguments, wrong, outcome.error)
    return None


def advice(exercise, answer):
    """What to try next, as lines to paste, in a list; [] if no small problem shows anything wrong."""
    found = smallest(exercise, answer) if exercise.sized else None
    name = getattr(answer, "__name__", "")
    if found is None or not name.isidentifier():
        return []
    return [f"The smallest problem on which it is wrong: {found.words}. To see its numbers, yours and the "
            f'right ones:\n    from exercises import smallest\n    smallest("{exercise.number}", {name})']
