"""What has been solved: a line for every check, in a file of the learner's own. Predictions have lines, too.

The file is ``mine/progress.jsonl`` in the course's folder, which git ignores. Lines are only ever added:
nothing in it can be lost. The environment variable BPTT_PROGRESS names another file; if it is empty, nothing
is written.
"""

import datetime
import html
import json
import os
from pathlib import Path

from exercises.lessons.catalogue import lesson_exercises, lessons, warm_ups

COURSE = Path(__file__).parent.parent


def file():
    """Where progress is kept, or None if it is not."""
    chosen = os.environ.get("BPTT_PROGRESS")
    if chosen == "" or os.environ.get("NBGRADER_EXECUTION"):
        return None
    return Path(chosen) if chosen else COURSE / "mine" / "progress.jsonl"


def record(number, status):
    """Add a line, unless the exercise's last line says the same.
    A file that can't be written changes nothing for the learner."""
    path = file()
    if path is None or status == "not attempted yet" or last_status(path).get(number) == status:
        return
    append(path, exercise=number, status=status)


def keep_prediction(number, letter):
    """Add a line about a prediction, unless the last one about it says the same.
    Versions that know only exercises pass it over. Returns True if it is kept now.
    """
    path = file()
    if path is None:
        return False
    return dict(predictions()).get(number) == letter or append(path, predict=number, choice=letter)


def predictions():
    """All choices that were kept, the first one first: list of (number, letter)."""
    path = file()
    return entries(path, "predict", "choice") if path else []


def append(path, **entry):
    """Add a line with the time. Returns True if it could be written."""
    now = datetime.datetime.now().isoformat(timespec="seconds")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "a", encoding="utf-8") as progress_file:
            progress_file.write(json.dumps({**entry, "time": now}) + "\n")
    except OSError:
        return False
    return True


def entries(path, key="exercise", value="status"):
    """The lines of a progress file as (exercise, status), or as other pairs.
    Those that are not understood are passed over.
    """
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        try:
            entry = json.loads(line)
            pair = entry[key], entry[value]
        except (ValueError, TypeError, KeyError, RecursionError):
            continue
        if all(isinstance(text, str) for text in pair):
            found.append(pair)
    return found


def last_status(path):
    """{exercise: the status of its last check}."""
    return dict(entries(path))


class Progress:
    """What is solved and what was tried, by lesson. solved, tried: sets of exercise numbers."""

    def __init__(self):
        found = entries(file()) if file() else []
        self.solved = {number for number, status in found if status == "right"}
        self.tried = {number for number, _ in found} - self.solved
        self.lessons = {lesson: list(lesson_exercises(lesson)) for lesson in lessons()}
        self.predicted = len(dict(predictions()))

    def rows(self):
        """(lesson, [(number, sign)]) for every lesson; a sign is ● solved, ◐ tried, ○ open."""
        sign = dict.fromkeys(self.tried, "◐") | dict.fromkeys(self.solved, "●")
        return [(lesson, [(number, sign.get(number, "○")) for number in numbers])
                for lesson, numbers in self.lessons.items()]

    def summary(self):
        """How many exercises are solved, in words."""
        total = sum(map(len, self.lessons.values()))
        solved = sum(number in self.solved for numbers in self.lessons.values() for number in numbers)
        warm = sum(number in self.solved for lesson in self.lessons for number in warm_ups(lesson))
        return f"{solved} of {total} exercises solved" + (f", and {warm} of the warm-ups" if warm else "")

    def kept(self):
        """How many predictions are kept, in words; nothing if there are none."""
        return f"{self.predicted} prediction{'s' * (self.predicted > 1)} kept" if self.predicted else ""

    def __repr__(self):
        lines = [f"lesson {lesson}  {' '.join(sign for _, sign in signs)}" for lesson, signs in self.rows()]
        summary = self.summary() + "   (● solved, ◐ tried, ○ open)"
        return "\n".join(filter(None, [*lines, summary, self.kept()]))

    def _repr_html_(self):
        cell, rows = '<td style="text-align: left">', ""
        for lesson, signs in self.rows():
            marks = " ".join(f'<span title="exercise {html.escape(number)}">{sign}</span>'
                             for number, sign in signs)
            rows += f"<tr>{cell}lesson {lesson}</td>{cell}{marks}</td></tr>"
        summary = f"{self.summary()} (● solved, ◐ tried, ○ open)"
        return f"<table>{rows}</table>{'<br>'.join(filter(None, [summary, self.kept()]))}"


def progress():
    """An overview of the exercises you have solved, in all lessons.

    It is kept in mine/progress.jsonl, a file of your own.
    """
    return Progress()
