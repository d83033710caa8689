"""Checks for the exercises.

``check("4.3", backward)`` says whether an answer is right, and where it is not, what went wrong.

    check(number, answer)       judge an answer, and note it in your own progress file
    hint(number, step)          a question, then the formula, then almost the code
    smallest(number, answer)    the smallest problem on which an answer is still wrong
    progress()                  what you have solved
    predict(number, letter)     commit to an answer before you see it; kept, and counted for nothing
    report(number, answer)      a file about a judgement that you think is wrong; nothing is sent
    accepted(number, answer)    your function, if it is right: what later cells of a lesson go on with

An exercise is a function that the learner writes. It is called in a copy of the process, beside the
reference, with the same arguments. ``door`` finds the exercise, ``engine`` judges the answer and knows no
lesson, ``formulas`` are calculations with the mistakes that people make in them, ``lessons`` are the
exercises themselves, ``capstone`` is lesson 10's, and ``record`` keeps what was solved.
"""

import sys
import warnings

from exercises.door import accepted, check, hint, judge, smallest
from exercises.engine.exercise import Exercise
from exercises.engine.show import Result
from exercises.predicting import predict
from exercises.record import progress
from exercises.reporting import report

__all__ = ["Exercise", "Result", "accepted", "check", "hint", "judge", "predict", "progress", "report",
           "smallest"]

if sys.platform == "emscripten":        # a progress bar has no thread of its own there, and needs none
    warnings.filterwarnings("ignore", "tqdm:disabling monitor support")
