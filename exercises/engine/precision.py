"""Numbers that are nearly right, or right but for their kind: what was computed with, not what."""

import numpy as np

from exercises.engine.compare import FLOAT32
from exercises.engine.words import listed

SINGLE = {"float32", "complex64", "f4"}    # words in an answer's code
MEASURED = 2e-9                 # single precision leaves a larger difference


def wrong_arrays(compared):
    """{part's name: its Parts that are wrong}; {} where one is wrong otherwise than in its numbers."""
    wrong = [part for parts in compared for part in parts if not part.right]
    if any(part.problem or not isinstance(part.expected, np.ndarray) for part in wrong):
        return {}
    return {name: [part for part in wrong if part.name == name] for name in {part.name: 0 for part in wrong}}


def whole_numbers(compared):
    """Results that lost their decimals: (sentences, the names of the parts they are about)."""
    cut = [name for name, parts in wrong_arrays(compared).items()
           if all(part.received.dtype.kind in "iu" and part.received.ndim and np.any(part.expected % 1)
                  for part in parts) and any(part.received.any() for part in parts)]
    if not cut:
        return [], []
    return [f"Every entry of {listed(cut)} is a whole number: an array of integers drops the decimals. "
            "Make it with dtype=float; np.zeros_like(x) takes the dtype of x."], cut


def precision(compared, code=()):
    """What a result can be that is right to some digits and no further, as a sentence; "" if it is not.

    Computed in single precision, all its numbers are numbers of single precision, however they are stored
    later. The chance that another number is one by accident is one in 500 million. code: the names and texts
    in the answer's code, for what was only partly computed so.
    """
    wrong = wrong_arrays(compared)
    error = max((part.error for parts in wrong.values() for part in parts), default=np.inf)
    if not 0 < error < FLOAT32:
        return ""
    said = f"Right to {int(-np.log10(error))} digits, and no further: "
    if SINGLE & set(code) or any(all(is_single(part) for part in parts) for parts in wrong.values()):
        return said + "it was computed in single precision (float32), not in float64."
    if any(all(part.right for part in parts) for parts in compared):
        return ""                           # rounding shows on every problem
    if error < MEASURED:
        return said + ("too far off for rounding. A finite difference is like that, "
                       "or a small number such as eps where none belongs.")
    return said + ("is there single precision (float32) inside, a finite difference, "
                   "or a small number such as eps where none belongs?")


def is_single(part):
    """True if every number of a wrong part is one of single precision."""
    return np.array_equal(part.received, part.received.astype(np.csingle if np.iscomplexobj(part.received)
                                                              else np.single))
