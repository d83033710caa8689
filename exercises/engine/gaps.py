"""The gaps of an answer, each under a comment ``# Gap 2: what belongs there``: which are still open, and the
answer with right lines in some of them, so that the others can be judged.
"""

import ast
import inspect
import re
import textwrap
import types
from typing import NamedTuple

COMMENT = re.compile(r"( *)# Gap \d+: (.+?)\.?$")


class Gap(NamedTuple):
    """words: what belongs there. open: True if it still raises. block, lines: the statements around it, and
    which of them are the gap, a slice."""

    words: str
    open: bool
    block: list
    lines: slice


def parsed(answer):
    """(the tree of an answer's source, its Gaps in order); no Gaps where the source cannot be found."""
    try:
        lines, first = inspect.getsourcelines(answer)
        source = textwrap.dedent("".join(lines))
        tree = ast.parse(source)
        is_it = isinstance(tree.body[0], ast.FunctionDef) and tree.body[0].name == answer.__code__.co_name
    except Exception:                       # no verdict may depend on it
        return None, []
    if not is_it:                           # what a decorator made has the source of another function
        return None, []
    found = [match and (number, *match.groups()) for number, line in enumerate(source.splitlines(), 1)
             for match in [COMMENT.match(line)]]
    marks = list(filter(None, found))
    ends = [number for number, *_ in marks[1:]] + [len(lines) + 1]
    gaps = [gap_between(tree, start, end, len(indent), words)
            for (start, indent, words), end in zip(marks, ends)]
    ast.increment_lineno(tree, max(first, 1) - 1)
    return tree, list(filter(None, gaps))


def gap_between(tree, start, end, column, words):
    """The Gap of a comment in line ``start``: what follows at its column and is over before line ``end``,
    without a return. None if nothing does."""
    blocks = [block for node in ast.walk(tree) for name in ("body", "orelse", "finalbody")
              if isinstance(block := getattr(node, name, None), list)]
    for block in sorted((block for block in blocks if block), key=lambda block: block[-1].lineno):
        inside = [i for i, line in enumerate(block) if start < line.lineno and line.end_lineno < end
                  and line.col_offset == column and not isinstance(line, ast.Return)]
        if inside:
            raises = any(isinstance(node, ast.Raise) and "NotImplementedError" in ast.unparse(node)
                         for i in inside for node in ast.walk(block[i]))
            return Gap(words, raises, block, slice(inside[0], inside[-1] + 1))
    return None


def gaps_of(answer, exercise):
    """The Gaps of an answer, in order; [] unless all of the exercise's are there."""
    if not exercise.gaps or type(answer) is not types.FunctionType or answer.__closure__:
        return []
    found = parsed(answer)[1]
    return found if len(found) == len(exercise.gaps) else []


def filled(answer, exercise, numbers):
    """An answer with the exercise's own lines in the gaps of these numbers, counted from 0. Runs nothing."""
    tree, gaps = parsed(answer)
    for number in sorted(numbers, reverse=True):            # the last first: the others keep their places
        _, _, block, lines = gaps[number]
        right, place = ast.parse(exercise.gaps[number]).body, block[lines][0]
        for node in (node for line in right for node in ast.walk(line) if hasattr(node, "lineno")):
            node.lineno = node.end_lineno = place.lineno
        block[lines] = right
    made = compile(tree, answer.__code__.co_filename, "exec", dont_inherit=True)
    code = next(one for one in made.co_consts
                if isinstance(one, types.CodeType) and one.co_name == answer.__code__.co_name)
    # No name that could be called: nobody else has this function.
    function = types.FunctionType(code, answer.__globals__, "<filled>", answer.__defaults__)
    function.__kwdefaults__ = answer.__kwdefaults__
    return function
