"""``check("4.3", backward)``: is the answer right, and if not, what went wrong?

``hint("4.3")``: a hint, on request. The door finds the exercise by its number, once. Everything behind it is
handed the exercise itself.
"""

import os
import sys
import textwrap

from exercises.engine import judging
from exercises.engine import smallest as smallest_problem
from exercises.engine.attempt import plain
from exercises.engine.compare import in_form_of
from exercises.engine.show import Result, Score
from exercises.lessons.at_hand import NOT_AT_HAND, not_at_hand
from exercises.lessons.catalogue import find, find_for
from exercises.record import record

LAST = {}                       # {exercise's number: the Result of its last check}
ASKED = {}                      # {exercise's number: the notebook's own form of it, such as "3.10@cadb"}


def asked_for(number):
    """The notebook's own form of an exercise, such as "3.10@cadb", if it has said so; else the number."""
    return ASKED.get(number, number) if isinstance(number, str) else number


def check(number, answer, project=None):
    """Check an answer to an exercise, and note it in your own progress file.

    number: such as "4.3". answer: the function you wrote. project: your own, in the capstone; else nothing.
    A notebook that was handed out to you may have your own variant of an exercise: "3.10@cadbfe".
    Returns a Result, which a notebook shows. Whatever the function does, nothing of yours is changed and no
    error is raised. While nbgrader grades, returns the points instead, a part of them for an answer that is
    right in part. Raises ValueError if there is no exercise of that number.
    """
    asked = asked_for(number)
    exercise = find_for(asked, project)
    number = exercise.number
    ASKED[number] = asked
    result = LAST[number] = judging.judge(exercise, answer)
    judging.follow_through(result, LAST.get(exercise.follows))
    borrowed = not_at_hand(number, answer)
    if borrowed and result.status == "right":
        said = NOT_AT_HAND.format(borrowed)
        result = LAST[number] = Result(number, "wrong", said, ["The numbers are right."])
    result.credit *= not borrowed
    if os.environ.get("NBGRADER_EXECUTION"):
        return graded(exercise, result)
    record(number, result.status)
    return result


def graded(exercise, result):
    """The points of a Result. Raises RuntimeError in a browser, where nothing is graded.

    ``nbgrader validate`` shows only what went to standard error, and cuts long lines: there the words go that
    way, too, in short ones.
    """
    if sys.platform == "emscripten":
        raise RuntimeError("Grading does not run in a browser: there an answer has no process of its own. "
                           "Install the course, and grade there (solutions/README.md).")
    if os.environ["NBGRADER_EXECUTION"] == "validate" and result.status != "right":
        for line in repr(result).splitlines():
            print(textwrap.fill(line, 80, subsequent_indent="    "), file=sys.stderr)
    return Score(round(exercise.points * result.credit, 2), result)


def judge(number, answer, project=None):
    """As ``check``, without a note in the progress file and without points."""
    return judging.judge(find_for(asked_for(number), project), answer)


def accepted(number, answer, project=None):
    """The answer, if it is right: a function that returns its results in the reference's form, say a dict.

    Otherwise None. A lesson uses it to go on with the learner's own function. project: as in ``check``.
    """
    exercise = find_for(asked_for(number), project)
    if judging.judge(exercise, answer).status != "right":
        return None
    _, expected = exercise.problems[0]
    keys_vary = isinstance(expected, dict) and not exercise.parts           # they depend on the arguments
    if exercise.verdict or keys_vary:
        return lambda *arguments: plain(answer(*arguments))
    return lambda *arguments: in_form_of(expected, plain(answer(*arguments)), exercise.parts)


def smallest(number, answer, project=None):
    """The smallest problem on which an answer is wrong: its numbers, yours and the right ones.

    ``smallest("4.3", backward).arguments`` are those of the call. None if no small problem shows anything
    wrong.
    """
    return smallest_problem.smallest(find_for(asked_for(number), project), answer)


def hint(number, step=1):
    """A hint for an exercise. step: 1 is a question, 2 the formula, 3 almost the code.

    Where the last check has located a mistake, the first hint is about that place, too.
    """
    hints = find(asked_for(number)).hints
    if step not in range(1, len(hints) + 1):
        raise ValueError(f"step must be a whole number from 1 to {len(hints)}; received {step!r}.")
    more = [f'More: hint("{number}", {step + 1})'] if step < len(hints) else []
    place = LAST[number].place if step == 1 and number in LAST else ""
    first = f"After your last answer, look first at {place}. " if place else ""
    return Result(number, f"hint {step} of {len(hints)}", first + hints[step - 1], more)
