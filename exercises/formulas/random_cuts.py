"""Truncation without bias (lesson 07, section 9): chance cuts, and what crosses is divided by the probability
that it was not cut. Here are its backward pass, one method per formula, the mistakes in it, and problems.
"""

import functools

import numpy as np

from exercises.engine.mistakes import row
from exercises.formulas import backward, far_problems
from exercises.formulas.backward import Backward


class RandomCuts(Backward):
    """One backward pass with given cuts. Arguments as those of ``Backward``.

    crosses (T-1,): crosses[t-1] is True if the gradient crosses from step t+1 to step t. c: the probability
    of a cut.
    """

    def __init__(self, params, x, h, dy, crosses, c):
        super().__init__(params, x, h, dy)
        self.crosses, self.c = np.asarray(crosses, bool), c

    def uncut(self, t):
        """where the gradient crosses from step t+1 to step t, crosses[t-1]"""
        return self.crosses[t - 1]

    def factor(self):
        """the factor of what crosses, 1 / (1 - c)"""
        return 1 / (1 - self.c)

    def later(self, t):
        """dh_later, divided by 1 - c where it crosses and zero where it is cut"""
        if t == self.T:
            return super().later(t)
        return self.factor() * super().later(t) if self.uncut(t) else 0 * self.arriving


def one_sequence(formulas):
    """A form for 7.9: a batch of one. A mistake of the backward pass meets the cuts, too."""
    joined = (RandomCuts if formulas is Backward else formulas if issubclass(formulas, RandomCuts)
              else type(formulas.__name__, (formulas, RandomCuts), {}))

    def answer(params, x, h, dy, crosses, c):
        return backward.without_batch(joined(params, x[:, None], h[:, None], dy[:, None], crosses, c).run())

    return answer


def before_a_cut(s, t):
    return t < s.T and not s.uncut(t)


def after_a_cut(s, t):
    return t > 1 and not s.uncut(t - 1)


PLACE = "07, Exercise 7.9"
MISTAKES = {
    "no factor": row(PLACE, dict(factor=lambda s: 1.0),
        "What crosses is not divided by 1 - c: the cuts are right, but their mean is not the full gradient.",
        "a border is open with probability 1 - c. What makes the mean over open and cut equal to 1?"),
    "divided by c": row(PLACE, dict(factor=lambda s: 1 / s.c),
        "What crosses is divided by c, the probability of a cut; it must be divided by 1 - c.",
        "factor times probability must be 1. With which probability is the border open?"),
    "multiplied by 1 - c": row(PLACE, dict(factor=lambda s: 1 - s.c),
        "What crosses is multiplied by 1 - c; it must be divided by it.",
        "some gradients are lost at cuts. So those that cross must become longer, not shorter."),
    "nothing is cut": row(PLACE, dict(uncut=lambda s, t: True),
        "Nothing is cut: each border is crossed, and the factor is there at each.",
        "crosses is not used. Where it is False, nothing arrives from the next step."),
    "full gradient": row(PLACE, dict(uncut=lambda s, t: True, factor=lambda s: 1.0),
        "This is the full gradient: crosses and c are not used.",
        "the mean over all patterns is the full gradient. One pattern gives something else."),
    "everything is cut": row(PLACE, dict(uncut=lambda s, t: False),
        "Every border is cut; it must be cut where crosses is False only.",
        "what does dh_later hold when your loop comes to the next step?"),
    "cut where it crosses": row(PLACE, dict(uncut=lambda s, t: not s.crosses[t - 1]),
        "The cuts are where crosses is True; it must be the other way round.",
        "crosses[t-1] is True if the gradient may go on from step t+1 to step t."),
    "border one step late": row(PLACE,
        dict(later=lambda s, t: Backward.later(s, t) if t == s.T else
             (s.factor() * Backward.later(s, t) if s.crosses[min(t, s.T - 2)] else 0 * s.arriving)),
        "At step t you ask crosses[t]; the border between t and t+1 is crosses[t-1].",
        "crosses[0] is the border between the steps 1 and 2. Which t is it at which something arrives across "
        "it?"),
    "border one step early": row(PLACE,
        dict(uncut=lambda s, t: s.crosses[t - 2] if t > 1 else True),
        "At step t you ask crosses[t-2]; the border between t and t+1 is crosses[t-1].",
        "crosses[0] is the border between the steps 1 and 2. Which t is it at which something arrives across "
        "it?"),
    "factor on the whole dh": row(PLACE,
        dict(later=lambda s, t: Backward.later(s, t) if t == s.T or s.uncut(t) else 0 * s.arriving,
             dh=lambda s, t: (s.direct(t) + s.later(t)) * (s.factor() if t < s.T and s.uncut(t) else 1.0)),
        "The whole of dh_t is divided by 1 - c; only what arrives from step t+1 must be.",
        "a loss reaches the state of its own step without crossing a border, so it gets no factor there."),
    "factor into the first state": row(PLACE, dict(dh0=lambda s: s.factor() * s.arriving),
        "dh0 is divided by 1 - c once more; between h_0 and step 1 nothing is ever cut.",
        "there are T - 1 borders, one between each step and the next. What is never cut needs no factor."),
    "factor even at a cut": row(PLACE,
        dict(later=lambda s, t: Backward.later(s, t) if t == s.T or s.uncut(t)
             else s.factor() * Backward.later(s, t)),
        "Where crosses is False, dh_later is divided by 1 - c; there it must be zero.",
        "cut means that nothing arrives. The factor belongs to the borders that are crossed."),
    "last loss in piece lost": row(PLACE,
        dict(direct=lambda s, t: 0 * RandomCuts.direct(s, t) if before_a_cut(s, t)
             else RandomCuts.direct(s, t)),
        "Before a cut the whole of dh_t is zero; the step's own output still has a gradient.",
        "dh_t = W_hy^T dy_t + what arrives. Only what arrives from step t+1 is cut."),
    "state forgotten at the cut": row(PLACE,
        dict(previous=lambda s, t: 0 * RandomCuts.previous(s, t) if after_a_cut(s, t)
             else RandomCuts.previous(s, t)),
        "After a cut the state before it is left out of dW_hh; it is a constant, but not zero.",
        "the share of step t is da_t h_{t-1}^T, after a cut, too. Only the gradient is cut."),
}


def pattern(T, seed=79):
    """Which borders of T steps are crossed, (T-1,): the first and the last are, and some are not."""
    crosses = np.random.default_rng(seed).random(T - 1) > 0.45
    crosses[:1] = crosses[-1:] = True
    return crosses


@functools.cache
def instances():
    """The first sequences of the shared problems. No pattern reads the same backward or inverted."""
    every, last, other, _ = (backward.first_sequence(found) for found in backward.problems())
    return [(*every, np.array([1, 1, 0, 1, 0, 1], bool), 0.3), (*other, np.array([1, 0, 1, 1], bool), 0.4),
            (*last, np.array([1, 0, 1, 1, 1, 1], bool), 0.15)]


@functools.cache
def probes():
    """Easier arguments, on which single mistakes do not show."""
    found = {words: (*one, pattern(len(one[1])), 0.3)
             for words, one in ((words, backward.first_sequence(problem))
                                for words, problem in backward.probes().items()) if words != "B = 1"}
    whole = backward.first_sequence(backward.problem())
    borders = np.ones(len(whole[1]) - 1, bool)
    return {**found, "c = 0": (*whole, borders, 0.0), "c = 1/2": (*whole, pattern(len(whole[1])), 0.5),
            "everything crosses": (*whole, borders, 0.3), "nothing crosses": (*whole, ~borders, 0.3)}


def far():
    """A large loss, a piece longer than any window, and a large first state."""
    long = backward.first_sequence(far_problems.long_problem())
    crosses = np.arange(1, len(long[1])) != 5
    return [*far_problems.far(instances()[0], (*long, crosses, 0.001), 3),
            far_problems.from_large_state(lambda found: (
                *backward.first_sequence(found), pattern(len(found[1].x)), 0.3))]
