"""Exercises of lesson 00."""

from helpers.checks.exercise import Exercise

EXERCISES = {
    "0.1": Exercise("Doubling is understood.", lambda x: 2 * x, [(3.0,)]),
}
