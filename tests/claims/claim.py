"""What a claim is, which words it may use, and when a count bears them out."""

import ast
import copy
import functools
import hashlib
import inspect
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from math import sqrt

WORDS = {                               # what `holds` may be, and how a sentence says so
    "nearly every": r"\bnearly every\b",
    "most": r"(?<!at )\bmost\b",
    "always": r"\balways\b|\bin all\b|\bin every\b",
    "never": r"\bnever\b|\bin none\b|\bin no\b"}
COUNTED = r"\b(\d+) of (\d+)\b"
REASON = r"\bbecause\b"
LEAST = 60                              # seeds of a claim
CLAIMS: list["Claim"] = []


@dataclass(frozen=True)
class Claim:
    """One sentence of one lesson.

    place: "06 §4" or "06 card". function: of (seed, size, **setting), returns True or False. setting: its
    arguments here.
    control: other arguments, with which the cause that the sentence names is gone. fails: other arguments,
    with which the claim is not expected. With either, the same function must hold less often.
    """

    place: str
    sentence: str
    function: Callable[..., bool]
    sizes: tuple[int, ...]
    seeds: int
    holds: str
    setting: dict = field(default_factory=dict)
    control: dict | None = None
    fails: dict | None = None

    @property
    def without(self):
        """The arguments with which it must hold less often."""
        return {**self.setting, **(self.fails if self.control is None else self.control)}

    @property
    def control_seeds(self):
        """A third of the seeds is enough to see that it fails."""
        return self.seeds // 3


def claim(place, sentence, *, sizes, holds, seeds=LEAST, setting=None, control=None, fails=None, into=CLAIMS):
    """Decorator: this function of (seed, size) says whether the sentence holds. It may stand several times
    above one function, which then runs only once. into: the list that keeps the claim.
    """
    def keep(function):
        made = Claim(place, sentence, function, tuple(sizes), seeds, holds, setting or {}, control, fails)
        faults = list(misstated(made))
        if faults:
            raise ValueError(f"claim {sentence!r}: {faults[0]}")
        into.append(made)
        return function
    return keep


def misstated(one):
    """What is wrong with a claim before it is run: sentences, none if all is well."""
    if (one.control is None) == (one.fails is None):
        yield "give either control= (the cause removed) or fails= (arguments with which it must fail)."
    if re.search(REASON, one.sentence) and one.control is None:
        yield "it says because: control= must remove the cause."
    if one.seeds < LEAST:
        yield f"seeds must be at least {LEAST}; received {one.seeds}."
    if spoken(one.sentence) != one.holds:
        yield f"holds must be what the sentence says, {spoken(one.sentence)!r}; received {one.holds!r}."
    counted = re.fullmatch(COUNTED, one.holds)
    if counted and (int(counted[2]) != one.seeds or len(one.sizes) != 1):
        yield f"{one.holds!r} is a count over all {one.seeds} seeds of one size; sizes: {one.sizes}."


def spoken(sentence):
    """The word, or the count, with which a sentence says how often it holds; None if it says nothing."""
    counted = re.search(COUNTED, sentence)
    found = [word for word, pattern in WORDS.items() if re.search(pattern, sentence, re.IGNORECASE)]
    return counted[0] if counted else next(iter(found), None)


# --- counts ---

def interval(held, n, z=1.959964):
    """The 95 % interval of a share (Wilson 1927): what k of n leaves open. Returns (low, high)."""
    share, spread = held / n, z * z / n
    middle, half = share + spread / 2, z * sqrt((share * (1 - share) + spread / 4) / n)
    return max(0.0, (middle - half) / (1 + spread)), min(1.0, (middle + half) / (1 + spread))


def bears_out(holds, held, n):
    """True if a count is what the word means."""
    if re.fullmatch(COUNTED, holds):
        return holds == f"{held} of {n}"
    low, _ = interval(held, n)
    return {"always": held == n, "never": held == 0, "nearly every": low >= 0.8, "most": low >= 0.5}[holds]


def apart(holds, held, n, control_held, control_n):
    """True if the control holds less often (for "never": more often), by more than chance: the intervals do
    not meet.
    """
    claimed, control = interval(held, n), interval(control_held, control_n)
    return claimed[1] < control[0] if holds == "never" else control[1] < claimed[0]


# --- code ---

@functools.cache
def code(function):
    """Eight letters that change with the function, or with what it uses of its own module; not with comments,
    docstrings or decorators.
    """
    tree = ast.parse(inspect.getsource(sys.modules[function.__module__]))
    named = {name: node for node in tree.body for name in names_of(node)}
    wanted, found = [function.__name__], {}
    while wanted:
        name = wanted.pop()
        if name in named and name not in found:
            found[name] = bare(named[name])
            wanted += [node.id for node in ast.walk(named[name]) if isinstance(node, ast.Name)]
    return hashlib.sha256("\n".join(found[name] for name in sorted(found)).encode()).hexdigest()[:8]


def names_of(node):
    """What a line at the top of a module defines: functions and constants."""
    if isinstance(node, ast.FunctionDef):
        return [node.name]
    if isinstance(node, ast.Assign):
        return [name.id for target in node.targets for name in ast.walk(target) if isinstance(name, ast.Name)]
    return []


def bare(node):
    """The code of a definition without decorators and docstring."""
    if isinstance(node, ast.FunctionDef):
        documented, node = bool(ast.get_docstring(node)), copy.copy(node)
        node.body, node.decorator_list = node.body[documented:], []
    return ast.unparse(node)
