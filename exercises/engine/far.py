"""Problems that are far from the others: a long sequence, a large loss, states that no forward pass has made.

They are looked at only when an answer is right on all instances, so a wrong one costs nothing more. A window of
eight steps is right on sequences of seven, and a limit of 1,000 does not show where no gradient is as large.
What is said of such an answer is measured, not guessed: how far a single loss comes back (``cut_off``), and
whether what was received is what was expected, cut off at some limit (``limited``).
"""

import math
from typing import NamedTuple

import numpy as np

from exercises.engine.attempt import attempt
from exercises.engine.clues import listed
from exercises.engine.compare import Mismatch, compare, parts_or_none

LOSSES = ("dy", "g")            # what exercises call the gradient of the loss at each step
BACK = (0, 1, 3, 10, 37)        # steps before the last: where a single loss is put
NEAR = 1e-6                     # two numbers are one limit if they agree so far


class Far(NamedTuple):
    """A far problem.

    where: words after "wrong on", such as "a sequence of 120 steps". arguments: of the answer.
    steps: how many steps its sequence has, if it is a long one. said: what is said of an answer that is wrong
    there, where no limit and no cut is found.
    """

    where: str
    arguments: tuple
    steps: int = 0
    said: str = ""


def trouble(exercise, answer):
    """What is wrong with an answer that is right on all instances: (sentences, Parts); ([], ()) if nothing is."""
    outcomes = attempt(answer, [far.arguments for far, _ in exercise.far_problems], exercise.parameters)
    for (far, expected), outcome in zip(exercise.far_problems, outcomes):
        here = f"It is right on all problems before, and wrong on {far.where}."
        if outcome.error or outcome.blank:
            return [here, outcome.error or "There it is not written yet."], ()
        try:
            parts = compare(outcome.value, expected, exercise)
        except Mismatch as mismatch:
            return [here, str(mismatch)], ()
        wrong = [part for part in parts if not part.right]
        if wrong:
            problems = [part.problem for part in wrong if part.problem]
            found = [] if problems else limited(parts) or cut_off(exercise, answer, far)
            said = [*found, *([] if found else [far.said] if far.said else departure(wrong, far.steps))]
            return [*said, here, *problems, which(parts)], parts
    for sentence, keeps in exercise.promises.items():
        if not attempt(lambda: bool(keeps(answer)), [()])[0].value:
            return [sentence, "The numbers are right."], ()
    return [], ()


def which(parts):
    """Which parts are wrong there, and which are right."""
    wrong, right = ([part.name for part in parts if part.right is wanted] for wanted in (False, True))
    return f"There {listed(wrong)} {'is' if len(wrong) == 1 else 'are'} wrong" + (
        f"; {listed(right)} {'is' if len(right) == 1 else 'are'} right." if right else ".")


# --- is what was received what was expected, but for a limit? ---

def limited(parts):
    """What is said of an answer that limits its gradients, in sentences; [] if it does not."""
    wrong = [part for part in parts if not part.right and np.isfinite(part.received).all()]
    if not wrong or len(wrong) < sum(not part.right for part in parts):
        return []
    names = listed([part.name for part in wrong]) if len(wrong) < len(parts) else "the gradients"
    found = by_value(wrong, names) or by_norm(wrong, parts, names) or on_its_way(wrong)
    return [found, "On paper: a clipped gradient is not the derivative of the loss, which may be of any size. "
                   "Clipping is a stage of its own, between backward and update."] if found else []


def by_value(wrong, names):
    """Every entry is cut off at one limit."""
    limit = max(np.abs(part.received).max() for part in wrong)
    if all(near(part.received, np.clip(part.expected, -limit, limit)) for part in wrong):
        return f"Clipped by value: every entry of {names} is cut off at [-{limit:.4g}, {limit:.4g}]."
    return ""


def by_norm(wrong, parts, names):
    """Each array has the same norm, or all arrays are shortened by one factor."""
    factors = [(part.received * part.expected).sum() / (part.expected ** 2).sum() for part in wrong]
    if not all(0 < factor < 1 and near(part.received, factor * part.expected)
               for factor, part in zip(factors, wrong)):
        return ""
    norms = [np.linalg.norm(part.received) for part in wrong]
    if len(wrong) > 1 and near(norms, norms[0]):
        return f"Clipped by norm: {names} are shortened to a norm of {norms[0]:.4g}, each by itself."
    if not near(factors, factors[0]):
        return ""
    for some in (wrong, parts):         # the norm may be that of all, although not all are shortened
        norm = factors[0] * math.sqrt(sum((part.expected ** 2).sum() for part in some))
        if near(norm, float(f"{norm:.3g}")):
            return f"Clipped by norm: {names} are shortened by one factor, to a norm of {norm:.3g}."
    return f"Shortened: {names} are shortened by one factor."


def on_its_way(wrong):
    """An array of which every entry stands at one limit: what arrives there was clipped on its way."""
    for part in wrong:
        size = np.abs(part.received)
        if size.size > 1 and size.max() > 0 and near(size, size.max()):
            return (f"Clipped on its way: every entry of {part.name} is {size.max():.4g} or -{size.max():.4g}, "
                    "so what travels back is cut off there.")
    return ""


def near(one, other):
    """True if arrays agree as far as a limit needs it."""
    return np.allclose(one, other, rtol=NEAR, atol=NEAR * np.abs(other).max(initial=0))


# --- how far back does a single loss come? ---

def cut_off(exercise, answer, far):
    """What is said of an answer that is cut off after some steps, in sentences; [] if it is not.

    It is called again, each time with a loss at one step only.
    """
    place = next((i for i, name in enumerate(exercise.parameters) if name in LOSSES), None)
    if not far.steps or place is None:
        return []
    every_step = len(far.arguments[place]) == far.steps
    at = [far.steps - back for back in BACK] if every_step else [far.steps]
    calls = [alone(far.arguments, place, step) if every_step else far.arguments for step in at]
    cuts = {}
    for step, arguments, outcome in zip(at, calls, attempt(answer, calls)):
        expected = exercise.reference(*arguments)
        cuts[step] = cut_of(parts_or_none(outcome.value, expected, exercise), step, far.steps)
    found = {step: cut for step, cut in cuts.items() if cut}
    if not found or None in cuts.values():
        return []
    return [in_words(found, far.steps),
            "On paper: every loss reaches back to the first state, however long the sequence is. Does a loop end "
            "early, or does a piece begin anew with nothing arriving?"]


def alone(arguments, place, step):
    """The arguments with a loss at one step only."""
    dy = np.zeros_like(arguments[place])
    dy[step - 1] = arguments[place][step - 1]
    return (*arguments[:place], dy, *arguments[place + 1:])


def cut_of(parts, step, steps):
    """The step at which a gradient that travels back from a loss is cut off: from there on it is zero.

    0 if it is right all the way; None if it is wrong in another way, or no part has a row for each step.
    """
    for part in parts or ():
        expected = part.expected
        if part.problem is None and np.ndim(expected) > 1 and len(expected) in (steps, steps + 1):
            first = 1 - (len(expected) - steps)                 # the step of the first row
            wrong = np.flatnonzero(part.wrong.reshape(len(expected), -1).any(axis=1))
            if not len(wrong):
                return 0
            cut = int(wrong[-1])
            return cut + first if cut + first <= step and not part.received[:cut + 1].any() else None
    return None


def in_words(cuts, steps):
    """One sentence from {step of the loss: the step at which its gradient is cut off}."""
    reach = {step - cut for step, cut in cuts.items()}
    last = max(cuts)
    if len(reach) == 1:
        many = reach.pop()
        return (f"Right for {many} steps, then cut off: a loss at step {last} comes back to step "
                f"{cuts[last] + 1} and no further.")
    if len(set(cuts.values())) == 1 and any(cut == step for step, cut in cuts.items()):
        return f"Right for {steps - cuts[last]} steps, then cut off: nothing comes back to step {cuts[last]}."
    for from_end, ends in ((False, cuts.values()), (True, [steps - cut for cut in cuts.values()])):
        size = math.gcd(*ends)
        if all(cut == (steps - ((steps - step) // size + 1) * size if from_end else (step - 1) // size * size)
               for step, cut in cuts.items()):
            return (f"Cut into pieces of {size} steps: nothing crosses from step {cuts[last] + 1} "
                    f"to step {cuts[last]}.")
    return f"Cut off: nothing crosses from step {cuts[last] + 1} to step {cuts[last]}."


def departure(wrong, steps):
    """The step at which an array with a row for each step begins to be wrong, in a sentence."""
    for part in wrong:
        if steps and np.ndim(part.expected) > 1 and len(part.expected) in (steps, steps + 1):
            first = 1 - (len(part.expected) - steps)
            places = np.flatnonzero(part.wrong.reshape(len(part.wrong), -1).any(axis=1)) + first
            if places[-1] < steps:
                return [f"Going back from step {steps}, {part.name} is right down to step {places[-1] + 1} "
                        f"and departs at step {places[-1]}."]
            if places[0] > first:
                return [f"{part.name} is right up to step {places[0] - 1} and departs at step {places[0]}."]
    return []
