"""Exercises that are not calculations: a choice with explained options, and steps to put in order."""

import re

from exercises.engine.exercise import Exercise


def choice(title, goal, right, options, hints, points=1):
    """One option among several. The learner's function takes nothing and returns the option, as text.

    right: the right option. options: dict of option to what is said to somebody who chose it; the right one's
        text follows the goal.
    """
    def reference():
        return right

    def verdict(chosen):
        chosen = chosen.strip().lower() if isinstance(chosen, str) else chosen
        if not isinstance(chosen, str) or chosen not in options:
            return f"{chosen!r} is none of the options: {', '.join(map(repr, options))}."
        return "" if chosen == right else f"{chosen!r}: {options[chosen]}"

    return Exercise(title, f"{goal} {options[right]}", reference, [()], hints, points=points, verdict=verdict)


def ordering(title, goal, steps, needs, hints, points=1):
    """Steps to put in order. The learner's function takes nothing and returns the letters, such as "cabd".

    steps: the letters in one right order. needs: dict of a letter to
        [(a letter that must come before it, why)]. Every order that respects the needs is right.
    """
    def reference():
        return steps

    def verdict(order):
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

    return Exercise(title, goal, reference, [()], hints, points=points, verdict=verdict)
