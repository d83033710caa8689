"""``predict("P06.3", "b")``: commit to an answer before you see it.

The choice is kept with the learner's progress and counts for nothing. What comes back is the thought that
often leads to it, right or wrong; the next cell shows which.
"""

import re

from exercises.lessons.catalogue import lesson_module, lessons
from exercises.record import Reply, keep_prediction, predictions


def predict(number, letter=None):
    """Commit to an answer to a Predict, before you run the cell below it.

    number: such as "P06.3". letter: that of an option, such as "b"; without one you read how to commit.
    Choose again whenever you like, after seeing the answer, too: all choices are kept, in your own progress
    file. Raises ValueError if there is no such Predict or no such option.
    """
    options = find_predict(number).options
    if letter is None:
        chosen = [choice for predicted, choice in predictions() if predicted == number]
        so_far = f" Kept so far: {', then '.join(chosen)}." if chosen else ""
        return Reply(f'To commit before you see it, write your letter: predict("{number}", '
                     f'"{next(iter(options))}"), and run the cell. No points depend on it.{so_far}')
    chosen = letter.strip().lower() if isinstance(letter, str) else letter
    if not isinstance(chosen, str) or chosen not in options:
        raise ValueError(f"letter must be one of {', '.join(map(repr, options))}; received {letter!r}.")
    kept = "Kept" if keep_prediction(number, chosen) else "Not kept, for want of a progress file"
    return Reply(f"{kept}: {chosen}. Behind {chosen} is often the thought that {options[chosen][1]} "
                 "Run the next cell and see.")


def find_predict(number):
    """The Predict of a number. Raises ValueError if there is none, naming those of its lesson."""
    found = re.fullmatch(r"P(\d\d)\.\d+", number) if isinstance(number, str) else None
    if not found or found[1] not in lessons():
        raise ValueError('number must be that of a Predict with options, as text such as "P06.3"; '
                         f"received {number!r}.")
    listed = lesson_predicts(found[1])
    if number not in listed:
        there = ", ".join(listed) or "none"
        raise ValueError("number must be that of a Predict with options; "
                         f"in lesson {found[1]}: {there}; received {number!r}.")
    return listed[number]


def lesson_predicts(lesson):
    """The PREDICTS of a lesson, such as "06": a dict, empty if it has none."""
    return getattr(lesson_module(lesson), "PREDICTS", {})
