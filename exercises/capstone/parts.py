"""The parts that a cell of the capstone is made of, as names; and parts of a teacher's own.

An id chooses among ``BY_ID``. What is handed out is made of ``HANDED_OUT``, which leaves out the two
functions that fold back and has more of everything else. ``add`` takes in a file of a teacher's own, which is
no part of the course, so that no solution to it can be public.
"""

import itertools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np


class Activation(NamedTuple):
    """A smooth activation function. latex: f(a). function: for real and complex arrays, entry by entry.

    end: the complex number closest to the real line, above it, where the function ends (its slope is infinite
    or jumps); None if it ends nowhere.
    """

    latex: str
    function: Callable
    end: complex = None


class Term(NamedTuple):
    """One more term of a_t. latex: as it stands on the card. shapes: {name of a parameter: "H" or "HD"}.

    function: of (params, h, x), with h the states h_{t-1}, (B, H), and x the inputs x_t, (B, D); returns
    (B, H). There may be one more axis in front, and numbers may be complex: so write products of a matrix as
    ``times(W, h)``, and everything else entry by entry.
    """

    latex: str
    shapes: dict
    function: Callable


def times(W, vectors):
    """W v for every row of vectors, (B, N). W: (M, N). Returns (B, M); more axes in front are allowed."""
    return vectors @ W.swapaxes(-1, -2)


ACTIVATIONS = {
    "root": Activation(r"\frac{a}{\sqrt{1 + a^2}}", lambda a: a / np.sqrt(1 + a * a), 1j),
    "arctan": Activation(r"\arctan a", np.arctan, 1j),
    "arsinh": Activation(r"\ln\left(a + \sqrt{a^2 + 1}\right)", np.arcsinh, 1j),
    "sine": Activation(r"\sin a", np.sin),
    "window": Activation(r"a\, e^{-a^2/2}", lambda a: a * np.exp(-a * a / 2)),
    "soft step": Activation(r"\ln\frac{1 + e^{a+1}}{1 + e^{a-1}} - 1",
                            lambda a: np.log((1 + np.exp(a + 1)) / (1 + np.exp(a - 1))) - 1, 1 + np.pi * 1j),
    "gudermannian": Activation(r"2 \arctan\left(\tanh\frac{a}{2}\right)",
                               lambda a: 2 * np.arctan(np.tanh(a / 2)), np.pi / 2 * 1j),
    "fourth root": Activation(r"\frac{a}{\sqrt[4]{1 + a^2}}", lambda a: a / (1 + a * a) ** 0.25, 1j),
    "sharp root": Activation(r"\frac{a}{\sqrt[4]{1 + a^4}}", lambda a: a / (1 + a ** 4) ** 0.25,
                             (1 + 1j) / np.sqrt(2)),
}
LEAKS = ("given", "per unit", "per unit through a sigmoid", "set by the input", "given on the sum")
ALPHAS = ("0.3", "0.4", "0.6", "0.7", "0.8")        # not 0.5: there alpha and 1 - alpha are the same
PASTS = ("skip 2 zero", "skip 3 zero", "skip 2 first", "skip 3 first", "feedback",
         "change 2 zero", "change 3 zero", "change 2 first", "change 3 first", "feedback 2")
EXTRAS = ("gain", "square", "gain on the input")
BY_ID = tuple(ACTIVATIONS)[:6], LEAKS[:3], ALPHAS, PASTS[:5], EXTRAS[:2]     # fixed for good: ids go by it
FOLDING = {"sine", "window"}
HANDED_OUT = tuple(name for name in ACTIVATIONS if name not in FOLDING), LEAKS, PASTS, EXTRAS
TERMS = {}              # {name: Term} of files that were added


def is_given(leak):
    """True for a leak whose alpha is a number on the card."""
    return leak.startswith("given")


def add(text):
    """Take in the parts of a teacher's file; see ``Activation`` and ``Term``. text: Python that defines
    ACTIVATIONS, TERMS or both, dicts by name.

    Returns (names of activations, names of terms). Raises ValueError if a name is taken, or cannot be one.
    """
    space = {"__name__": "parts of a teacher's own"}
    exec(compile(text, "<parts>", "exec"), space)
    own = space.get("ACTIVATIONS", {}), space.get("TERMS", {})
    if not any(own):
        raise ValueError("The file of parts defines neither ACTIVATIONS nor TERMS.")
    for found, known in zip(own, (ACTIVATIONS, TERMS)):
        for name in found:
            if "/" in name or '"' in name or name in EXTRAS or name in known and known[name] not in ADDED:
                raise ValueError(f"A part cannot be called {name!r}: the course has one of that name, or it "
                                 "has a / or a quotation mark in it.")
        ADDED.extend(found.values())
        known.update(found)
    return tuple(map(tuple, own))


def is_cell(code):
    """True if all parts of a code are known."""
    known = ACTIVATIONS, LEAKS, ("", *ALPHAS), PASTS, (*EXTRAS, *TERMS)
    named = code.split("/")
    return (len(named) == len(known) and all(part in names for part, names in zip(named, known))
            and is_given(named[1]) == bool(named[2]))


ADDED = []              # what ``add`` has taken in: the same file may come again


def codes(own=((), ())):
    """Codes of all cells that can be handed out, by what has to be derived: a list of lists, in which cells
    differ in nothing but the number alpha.

    own: what ``add`` returned; of a kind that it has, no others are taken.
    """
    f, leaks, pasts, extras = HANDED_OUT
    kinds = itertools.product(own[0] or f, leaks, pasts, own[1] or extras)
    return [["/".join((f, leak, alpha, past, extra)) for alpha in (ALPHAS if is_given(leak) else ("",))]
            for f, leak, past, extra in kinds]
