"""Which shares does a parameter's gradient add up?

The gradient of a weight or a bias is a sum of one share per step and sequence. ``SUMS`` are the other sums
that people write.
"""

import copy
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from exercises.engine.clear import near


class Sum(NamedTuple):
    """A sum of shares that is not the right one.

    words: a verb, in the plural, and what follows it. of: function of the shares (T, B, ...).
    over_time: True if it is the sum over the steps that is another.
    """

    words: str
    of: Callable
    over_time: bool = True


def counted(times):
    """The sum in which the share of step t counts so many times. times: function of T, (T,)."""
    return lambda s: np.tensordot(times(len(s)), s.sum(axis=1), 1)


SUMS = [
    Sum("count every share twice", lambda s: 2 * s.sum(axis=(0, 1)), False),
    Sum("hold the share of step 1 alone, the last one that the loop visits, as if = stood for +=",
        lambda s: s[0].sum(axis=0)),
    Sum("hold the share of the last step alone", lambda s: s[-1].sum(axis=0)),
    Sum("lack the share of step 1", lambda s: s[1:].sum(axis=(0, 1))),
    Sum("lack the share of the last step", lambda s: s[:-1].sum(axis=(0, 1))),
    Sum("count the share of step 1 twice", lambda s: s.sum(axis=(0, 1)) + s[0].sum(axis=0)),
    Sum("count the share of the last step twice", lambda s: s.sum(axis=(0, 1)) + s[-1].sum(axis=0)),
    Sum("add up running totals: the share of step t is counted t times",
        counted(lambda T: np.arange(1, T + 1))),
    Sum("add up running totals: the share of step t is counted T-t+1 times",
        counted(lambda T: np.arange(T, 0, -1))),
    Sum("hold the right sum, divided by T", lambda s: s.sum(axis=1).mean(axis=0), False),
    Sum("hold the right sum, divided by B", lambda s: s.mean(axis=1).sum(axis=0), False),
    Sum("hold the right sum, divided by T B", lambda s: s.mean(axis=(0, 1)), False),
    Sum("hold the shares of the first sequence alone", lambda s: s[:, 0].sum(axis=0), False),
    Sum("hold the shares of the last sequence alone", lambda s: s[:, -1].sum(axis=0), False),
]


def other_sums(names, runs):
    """Which gradients are one of SUMS on every problem: {Sum: [names of parameters]}.

    runs: [(formulas after their run, the answer's gradients)].
    """
    found = {}
    for name in names:
        tables = [(shares(formulas, name), grads[name]) for formulas, grads in runs]
        fits = [one for one in SUMS if any(grad.any() for _, grad in tables)
                and all(near(one.of(table), grad) for table, grad in tables)]
        if fits:
            found.setdefault(fits[0], []).append(name)
    return found


def shares(formulas, name):
    """The share of each step and sequence in a parameter's gradient, (T, B, ...)."""
    of_each = [of_sequence(formulas, b) for b in range(formulas.h.shape[1])]
    return np.array([[getattr(one, f"share_of_{name}")(t) for one in of_each]
                     for t in range(1, formulas.T + 1)])


def of_sequence(formulas, b):
    """Formulas after their run, for one sequence of the batch."""
    one = copy.copy(formulas)
    for name, value in vars(formulas).items():
        if isinstance(value, np.ndarray) and value.ndim == 3:
            setattr(one, name, value[:, b:b + 1])
        elif name.startswith("all_") and isinstance(value, dict):
            setattr(one, name, {t: array[b:b + 1] for t, array in value.items()})
    return one
