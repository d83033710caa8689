"""Checks for the exercises: ``check("4.3", backward)`` says whether an answer is right, and where it is not.

An exercise is a function that the learner writes. The check calls it and the reference with the same arguments
(copies, so that nothing of the learner's is changed) and compares every part of the two results.
"""

from helpers.checks.exercise import Exercise, Result, check, judge

__all__ = ["Exercise", "Result", "check", "judge"]
