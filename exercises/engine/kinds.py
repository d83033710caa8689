"""Exercises that are not calculations: a choice with explained options, and steps to put in order."""

import dataclasses
import re
from functools import partial

from exercises.engine.exercise import Exercise


def fixed(answer):
    """A function that takes nothing and returns an answer."""
    return lambda: answer


def choice(title, goal, right, options, hints, points=1):
    """One option among several. The learner's function takes nothing and returns the option, as text.

    right: the right option. options: dict of option to what is said to somebody who chose it; the right one's
        text follows the goal. No text names an option by its letter: see ``relettered``.
    """
    return Exercise(title, f"{goal} {options[right]}", fixed(right), [()], hints, points=points,
                    verdict=partial(not_chosen, right, options))


def not_chosen(right, options, chosen):
    """What is wrong with an option that was chosen, a sentence; "" if nothing is."""
    chosen = chosen.strip().lower() if isinstance(chosen, str) else chosen
    if not isinstance(chosen, str) or chosen not in options:
        return f"{chosen!r} is none of the options: {', '.join(map(repr, options))}."
    return "" if chosen == right else f"{chosen!r}: {options[chosen]}"


def ordering(title, goal, steps, needs, hints, points=1):
    """Steps to put in order. The learner's function takes nothing and returns the letters, such as "cabd".

    steps: the letters in one right order. needs: dict of a letter to
        [(a letter that must come before it, why)]. Every order that respects the needs is right. No text
        names a step by its letter.
    """
    return Exercise(title, goal, fixed(steps), [()], hints, points=points,
                    verdict=partial(out_of_order, steps, needs))


def out_of_order(steps, needs, order):
    """What is wrong with an order of steps, a sentence; "" if nothing is."""
    if isinstance(order, list) and all(isinstance(letter, str) for letter in order):
        order = "".join(order)
    order = re.sub(r"[\s,]", "", order).lower() if isinstance(order, str) else order
    if not isinstance(order, str) or sorted(order) != sorted(steps):
        return (f"Use each of the letters {', '.join(sorted(steps))} once, as one text such as "
                f"{''.join(sorted(steps))!r}; received {order!r}.")
    for place, letter in enumerate(order):
        for earlier, why in needs.get(letter, ()):
            if earlier not in order[:place]:
                return f"{letter!r} stands in place {place + 1}, before {earlier!r}: {why}"
    return ""


def letters_of(exercise):
    """The letters of an exercise's options or steps, as one text; "" if it has none."""
    kind = getattr(exercise.verdict, "func", None)
    return "".join(sorted({not_chosen: lambda args: args[1], out_of_order: lambda args: args[0]}[kind](
        exercise.verdict.args))) if kind in (not_chosen, out_of_order) else ""


def relettered(exercise, order):
    """The same exercise with its options, or steps, in another order: letters still go from the top down.

    order: the letters that they had, such as "cadb". Raises ValueError if these are others.
    """
    letters = letters_of(exercise)
    if not letters or sorted(order) != list(letters):
        raise ValueError(f"{order!r} is no order of the options of exercise {exercise.number}.")
    new, (right, told) = dict(zip(order, letters)), exercise.verdict.args
    right = "".join(new[letter] for letter in right)
    if exercise.verdict.func is not_chosen:
        told = {new[letter]: told[letter] for letter in order}
    else:
        told = {new[letter]: [(new[earlier], why) for earlier, why in why_first]
                for letter, why_first in told.items()}
    return dataclasses.replace(exercise, reference=fixed(right),
                               verdict=partial(exercise.verdict.func, right, told))
