"""Problems that are far from the others: a long sequence, a large loss, states that no forward pass made.

They are looked at when an answer is right on all instances; those without which nothing counts (credit 0),
also before a part earns its share. A window of eight steps is right on sequences of seven, and a limit of
1,000 does not show where no gradient is that large. What is said of such an answer is measured, not guessed:
how far a single loss comes back (``cut_off``), and whether what was received is what was expected, cut off at
some limit (``limited``).

After them come the easier problems: an answer that fails on a sequence of one step is wrong, too.
"""

import math
import re
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from exercises.engine.attempt import attempt
from exercises.engine.words import listed
from exercises.engine.compare import Mismatch, compare, parts_or_none

SECONDS = 20.0      # a right answer may be slow, such as the complex step
SHORT = 8           # steps of the instances: a longer window is not why an answer is wrong there
FEW = 2             # entries that agree with a limit by chance
NEAR = 1e-6         # two numbers are one limit if they agree so far
NO_CLIP = ("On paper: a clipped gradient is not the derivative of the loss, which may be of any size. "
           "Clipping is a stage of its own, between backward and update.")
NO_CUT = ("On paper: every loss reaches back to the first state, however long the sequence is. Does a loop "
          "end early, or does a piece begin anew with nothing arriving?")
NO_ASSERT = ("This problem's states come from no forward pass, so a test of yours that wants one fails. "
             "Keep that test in a cell of its own, outside of the answer.")


class Far(NamedTuple):
    """A far problem.

    where: words after "wrong", such as "on a sequence of 120 steps". arguments: of the answer.
    said: what is said of an answer that is wrong there, a sentence, or a function of its result that returns
    one, or "". credit: the share of the points for it. steps: how many steps its sequence has, if it is a
    long one. alone: a function that returns the same problem with a loss at one step only, {step: arguments},
    for some steps. limits: False where no limit is looked for, since the results are no gradients. only: the
    word (see ``attempt.watching``) without which it does not count if an answer is wrong here.
    """

    where: str
    arguments: tuple
    said: object = ""
    credit: float = 0.5
    steps: int = 0
    alone: Callable = dict
    limits: bool = True
    only: str = ""


class Trouble(NamedTuple):
    """What is wrong far from the instances. said: sentences. parts: the Parts there. credit: as in Far."""

    said: list
    parts: tuple = ()
    credit: float = 0.5


def trouble(exercise, answer):
    """What is wrong with an answer that is right on all instances, a Trouble; None if nothing is."""
    first, then = drawn(exercise), [*exercise.far_problems, *easier(exercise)]
    if exercise.verdict:                # there what is not drawn says more
        first, then = then, first
    return (wrong_on(exercise, answer, first) or wrong_on(exercise, answer, then)
            or promise_broken(exercise, answer))


def drawn(exercise):
    """[(Far, None)] for each problem that is drawn for this check alone: its result is looked for later, so
    that it stands nowhere while the answer works."""
    return [(far, None) for far in exercise.fresh(np.random.default_rng())] if exercise.fresh else []


def tried(exercise, answer, problems):
    """[(Far, the reference's result, Outcome)] for each problem that counts, as far as the answer comes."""
    outcomes = attempt(answer, [far.arguments for far, _ in problems], seconds=SECONDS,
                       watch=exercise.watch) if problems else []
    return [(far, exercise.solved(far.arguments)[1] if right is None else right, outcome)
            for (far, right), outcome in zip(problems, outcomes) if not far.only or far.only in outcome.words]


def wrong_on(exercise, answer, problems):
    """As ``trouble``, on some problems: pairs of a Far and the reference's result, or None."""
    found = tried(exercise, answer, problems)
    broken = refused(exercise, [outcome for *_, outcome in found])
    for far, expected, outcome in found:
        here = f"It is right on all problems before, and wrong {far.where}."
        credit = 0.0 if broken else far.credit
        if outcome.error or outcome.blank:
            error = outcome.error or "There it is not written yet."
            own_test = not far.credit and "AssertionError" in error
            advice = [far.said] if far.only else [NO_ASSERT] * own_test
            return Trouble([here, error, *advice, *broken], credit=credit)
        try:
            parts = compare(outcome.value, expected, exercise)
        except Mismatch as mismatch:
            return Trouble([here, str(mismatch), *broken], credit=credit)
        if not all(part.right for part in parts):
            said = [*explained(exercise, answer, far, outcome.value, parts), here, *which(parts), *broken]
            return Trouble(said, parts, credit)
    return Trouble([*broken, "The numbers are right."], credit=0.0) if broken else None


def promise_broken(exercise, answer):
    """As ``trouble``, for the promises of an exercise's text."""
    promises = exercise.promises.values()
    outcomes = attempt(answer, [], seconds=SECONDS, promises=promises) if promises else []
    for sentence, outcome in zip(exercise.promises, outcomes):
        if not outcome.value:
            return Trouble([sentence, *([outcome.error] if outcome.error else []), "The numbers are right."])
    return None


def refused(exercise, outcomes):
    """What is said of what an answer must not call, sentences; [] if it calls nothing of the kind."""
    words = {word for outcome in outcomes for word in outcome.words}
    return [sentence for word, sentence in exercise.refused.items() if word in words]


def disputed(exercise, answer, compared):
    """What is said of an answer of which a part is right, and wrong where nothing counts without it (credit
    0): sentences, [] if there is no such part. compared: its Parts on the instances."""
    found = tried(exercise, answer, [one for one in exercise.far_problems if not one[0].credit])
    found += tried(exercise, answer, drawn(exercise))
    wrong = {part.name for parts in compared for part in parts if not part.right}
    for far, expected, outcome in found:
        parts = parts_or_none(outcome.value, expected, exercise) or ()
        if not parts or any(not part.right and part.name not in wrong for part in parts):
            return [outcome.error or far.said or f"What is right before is wrong {far.where}."]
    return refused(exercise, [outcome for *_, outcome in found])


def easier(exercise):
    """[(Far, the reference's result)] for each easier problem; [] where many results are right."""
    found = {} if exercise.verdict else exercise.easier
    return [(Far(f"when {words}", arguments, limits=False), expected)
            for words, (arguments, expected) in found.items()]


def explained(exercise, answer, far, received, parts):
    """Why an answer is wrong on a far problem, in sentences, as far as it was found."""
    said = far.said(received) if callable(far.said) else ""
    if said:
        return [said]
    wrong = [part for part in parts if not part.right]
    return (far.limits and (limited([parts]) or on_its_way(wrong)) or cut_off(exercise, answer, far)
            or ([far.said] if isinstance(far.said, str) and far.said else departure(wrong, far.steps)))


def which(parts):
    """Which parts are wrong there, and which are right, in sentences."""
    wrong, right = ([part.name for part in parts if part.right is wanted] for wanted in (False, True))
    also = f"; {listed(right)} {'is' if len(right) == 1 else 'are'} right." if right else "."
    return [f"There {listed(wrong)} {'is' if len(wrong) == 1 else 'are'} wrong{also}",
            *(part.problem for part in parts if part.problem)]


# --- is what was received what was expected, but for a limit? ---

def clipped(exercise, compared):
    """``limited`` for an exercise about gradients; [] for any other."""
    said = limited(compared) if exercise.far else []
    return said if said and exercise.far_problems[0][0].limits else []


def limited(compared):
    """What is said of an answer that clips its gradients, in sentences; [] if it does not.

    compared: its Parts on each problem. One limit must explain everything that is wrong.
    """
    wrong = [part for parts in compared for part in parts if not part.right]
    if not wrong or any(part.problem or not np.ndim(part.expected) or not np.isfinite(part.received).all()
                        for part in wrong):
        return []
    names, every = ({part.name: None for part in some} for some in (wrong, sum(compared, [])))
    whose = listed(names) if len(names) == 1 or set(every) - set(names) else "all gradients"
    found = by_value(wrong) or by_norm(compared)
    return [f"{found[0]}: {whose} {'is' if len(names) == 1 else 'are'} {found[1]}.", NO_CLIP] if found else []


def by_value(wrong):
    """Is every entry cut off at one limit? A pair of words, the name and what is done; or ()."""
    limit = max(np.abs(part.received).max() for part in wrong)
    beyond = sum((np.abs(part.expected) > limit).sum() for part in wrong)
    by_chance = beyond <= FEW and limit != float(f"{limit:.2g}")
    if limit and not by_chance and all(
            near(part.received, np.clip(part.expected, -limit, limit)) for part in wrong):
        return "Clipped by value", f"cut off, entry by entry, at [-{limit:.4g}, {limit:.4g}]"
    return ()


def by_norm(compared):
    """Has each array the same norm, or all arrays together? As ``by_value``."""
    short = [[part for part in parts if not part.right] for parts in compared]
    if not all(factor(part) for parts in short for part in parts):
        return ()
    norms = [np.linalg.norm(part.received) for parts in short for part in parts]
    if len(norms) > 1 and near(norms, norms[0]):
        alone = ", each by itself" if max(map(len, short)) > 1 else ""
        return "Clipped by norm", f"shortened to a norm of {norms[0]:.4g}{alone}"
    if not all(near([factor(part) for part in parts], factor(parts[0])) for parts in short if parts):
        return ()
    for counted in (short, compared):       # the norm may be that of all, although not all are shortened
        norms = [factor(some[0]) * math.sqrt(sum((part.expected ** 2).sum() for part in parts))
                 for parts, some in zip(counted, short) if some]
        if near(norms, norms[0]) and (len(norms) > 1 or near(norms[0], float(f"{norms[0]:.3g}"))):
            return "Clipped by norm", f"shortened by one factor, to a norm of {norms[0]:.4g}"
    return ()


def factor(part):
    """The factor below 1 by which an array was multiplied; 0 if it was not."""
    found = (part.received * part.expected).sum() / (part.expected ** 2).sum()
    return found if 0 < found < 1 and near(part.received, found * part.expected) else 0.0


def on_its_way(wrong):
    """What is said if every entry of an array stands at one limit; [] if none does.

    It is asked only where all gradients are large. Elsewhere a wrong sum may be the same everywhere. An array
    that is one number everywhere, where the right one has both signs, was not clipped but filled.
    """
    for part in wrong:
        size = np.abs(part.received)
        if part.problem is None and size.size > 1 and size.max() > 0 and near(size, size.max()) and (
                np.ptp(np.sign(part.received)) == np.ptp(np.sign(part.expected))):
            back = "what travels back" if part.name in ("dx", "dh0", "dc0", "dh", "da") else "something"
            return [f"Clipped: where the loss is large every entry of {part.name} is {size.max():.4g} or "
                    f"-{size.max():.4g}, so {back} is cut off there.", NO_CLIP]
    return []


def cuts(exercise, answer):
    """``cut_off`` for an answer that is wrong on an instance, too."""
    long = next((far for far, _ in exercise.far_problems if far.steps), None)
    said = cut_off(exercise, answer, long) if long else []
    steps = re.search(r"^Right for (\d+) step", said[0]) if said else None
    return [] if steps and not 0 < int(steps[1]) <= SHORT else said


def clips_on_its_way(exercise, answer):
    """``on_its_way`` for an answer that is wrong on an instance, too: it is called with a large loss."""
    for far, expected in [one for one in exercise.far_problems[:1] if one[0].limits]:
        [outcome] = attempt(answer, [far.arguments], seconds=SECONDS)
        wrong = [part for part in parts_or_none(outcome.value, expected, exercise) or () if not part.right]
        return on_its_way(wrong)
    return []


def near(one, other):
    """True if arrays agree as far as a limit needs it."""
    return np.allclose(one, other, rtol=NEAR, atol=NEAR * np.abs(other).max(initial=0))


# --- how far back does a single loss come? ---

def cut_off(exercise, answer, far):
    """What is said of an answer that is cut off after some steps, in sentences; [] if it is not.

    It is called again, each time with a loss at one step only.
    """
    calls = far.alone()
    if not calls:
        return []
    outcomes = attempt(answer, list(calls.values()), seconds=SECONDS)
    cuts = {step: cut_of(parts_or_none(outcome.value, exercise.reference(*arguments), exercise), far.steps)
            for (step, arguments), outcome in zip(calls.items(), outcomes)}
    if len(cuts) < len(calls) or None in cuts.values() or not any(cuts.values()):
        return []
    return [in_words(cuts), NO_CUT]


def rows_of_steps(parts, steps):
    """The arrays with a row for each step: pairs of a Part and the step of its first row."""
    return [(part, 1 + steps - len(part.expected)) for part in parts or ()
            if part.problem is None and np.ndim(part.expected)
            and len(part.expected) in (steps, steps + 1)]


def wrong_rows(part):
    """The rows that are wrong, in order."""
    return np.flatnonzero(part.wrong.reshape(len(part.wrong), -1).any(axis=1))


def cut_of(parts, steps):
    """The step at which a gradient that travels back from a loss is cut off: there and before it is zero.

    0 if it is right all the way; None if it is wrong in another way, or no array has a row for each step.
    """
    for part, first in rows_of_steps(parts, steps)[:1]:
        wrong = wrong_rows(part)
        cut = int(wrong[-1]) if len(wrong) else -1
        return max(0, cut + first) if not part.received[:cut + 1].any() else None
    return None


def in_words(cuts):
    """One sentence from {step of the loss: the step at which its gradient is cut off, 0 if it is not}."""
    last = max(step for step, cut in cuts.items() if cut)
    many, crosses = last - cuts[last], f"from step {cuts[last] + 1} to step {cuts[last]}"
    if not many and all(cut == step for step, cut in cuts.items()):
        return f"Nothing comes back from a loss at step {last}, not even to step {last} itself."
    right = f"Right for {many} step{'s' * (many > 1)}, then cut off"
    if all(cut == max(0, step - many) for step, cut in cuts.items()):
        return f"{right}: a loss at step {last} comes back to step {cuts[last] + 1} and no further."
    if all(cut == min(step, cuts[last]) for step, cut in cuts.items()):
        return f"{right}: the loop does not come to step {cuts[last]}, nor to those before it."
    ends, steps = [cut for cut in cuts.values() if cut], max(cuts)
    size, from_end = math.gcd(*ends), math.gcd(*[steps - cut for cut in ends])
    if all(cut == (step - 1) // size * size for step, cut in cuts.items()):
        return f"Cut into pieces of {size} steps: nothing crosses {crosses}."
    if all(cut == max(0, step - 1 - (step - 1 - steps) % from_end) for step, cut in cuts.items()):
        return f"Cut into pieces of {from_end} steps, counted from the end: nothing crosses {crosses}."
    return f"Cut off: nothing crosses {crosses}."


def departure(wrong, steps):
    """The step at which an array begins to be wrong, in a sentence; [] if it is wrong at both ends."""
    for part, first in rows_of_steps(wrong, steps):
        places = wrong_rows(part) + first
        if places[-1] < steps:
            return [f"Going back from step {steps}, {part.name} departs first at step {places[-1]}."]
        if places[0] > first:
            return [f"{part.name} is right up to step {places[0] - 1}, and departs at step {places[0]}."]
    return []
