"""Checks for the exercises: ``check("4.3", backward)`` says whether an answer is right, and where it is not, what went wrong.

    check(number, answer)       judge an answer, and note it in your own progress file
    hint(number, step)          a question, then the formula, then almost the code
    progress()                  what you have solved
    accepted(number, answer)    your function, if it is right: what later cells of a lesson go on with

An exercise is a function that the learner writes. It is called in a copy of the process, beside the reference, with the same arguments.
One module per task: exercise (what an exercise is), attempt (the call), compare (part by part), diagnose (what went wrong),
judging (the answer), show (how it looks), record (your progress); and one module of exercises per lesson.
"""

from helpers.checks.exercise import Exercise
from helpers.checks.judging import accepted, check, hint, judge
from helpers.checks.record import progress
from helpers.checks.show import Result

__all__ = ["Exercise", "Result", "accepted", "check", "hint", "judge", "progress"]
