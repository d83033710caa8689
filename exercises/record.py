"""What has been solved: a line for every check, in a file of the learner's own. Predictions have lines, too.

The file is ``mine/progress.jsonl`` in the course's folder, which git ignores; where the course is installed
as a wheel, it lies in the folder that the system has for a user's data; in a browser, in its storage.
Lines are only ever added: nothing in it can be lost. The environment variable BPTT_PROGRESS names another
file; if it is empty, nothing is written.
"""

import base64
import datetime
import html
import json
import os
import sys
from pathlib import Path

from exercises.lessons.catalogue import lesson_exercises, lessons, warm_ups

COURSE = Path(__file__).parent.parent
DRIVE = Path("/drive")          # in a browser: JupyterLite's files, which survive a restart
ELSEWHERE = "progress().export() saves it as a file, progress().add() reads one."


def mine():
    """The learner's own folder."""
    if sys.platform == "emscripten":
        return (DRIVE if DRIVE.is_dir() else COURSE) / "mine"
    return data_folder() if is_installed() else COURSE / "mine"


def is_installed():
    """True where pip put the packages among others, and not into a folder of the course."""
    return any(COURSE.glob("bptt_course-*.dist-info"))


def data_folder():
    """The folder for a user's data, by each system's own rule."""
    if sys.platform == "win32":
        folder = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        folder = Path.home() / "Library" / "Application Support"
    else:
        folder = os.environ.get("XDG_DATA_HOME", "")
        folder = folder if os.path.isabs(folder) else Path.home() / ".local" / "share"
    return Path(folder) / "bptt-course"


def file():
    """Where progress is kept, or None if it is not."""
    chosen = os.environ.get("BPTT_PROGRESS")
    if chosen == "" or os.environ.get("NBGRADER_EXECUTION"):
        return None
    return Path(chosen) if chosen else mine() / "progress.jsonl"


def where():
    """Where progress is kept, in words; nothing if it is not."""
    path = file()
    if path is None:
        return ""
    if sys.platform == "emscripten":
        place = ("in this browser, until somebody clears its data" if DRIVE in path.parents else
                 "until the kernel restarts: this browser stores no files")
        return f"Kept {place}. {ELSEWHERE}"
    if is_lent() and not os.environ.get("BPTT_PROGRESS"):
        return f"Kept until this computer is taken back, with all its files. {ELSEWHERE}"
    is_usual = path == COURSE / "mine" / "progress.jsonl"
    return f"Kept in {'mine/progress.jsonl, in the folder of the course' if is_usual else path}."


def is_lent():
    """True on Google Colab and on Binder, which lend a computer for some hours."""
    return "google.colab" in sys.modules or "BINDER_LAUNCH_HOST" in os.environ


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
        write(path, [json.dumps({**entry, "time": now})])
    except OSError:
        return False
    return True


def write(path, new):
    """Add lines to a progress file. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a", encoding="utf-8") as progress_file:
        progress_file.writelines(line + "\n" for line in new)


def entries(path, key="exercise", value="status"):
    """The lines of a progress file as (exercise, status), or as other pairs.
    Those that are not understood are passed over.
    """
    return list(filter(None, (pair(line, key, value) for line in lines(path))))


def lines(path):
    """The lines of a progress file, none if it can't be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def pair(line, key, value):
    """Two texts of a line, or None if it is not understood."""
    try:
        entry = json.loads(line)
        found = entry[key], entry[value]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return found if all(isinstance(text, str) for text in found) else None


def add_lines(text):
    """Add the lines of another progress file that this one does not have. text: that file's.
    Returns what was done, in words.
    """
    path = file()
    if path is None:
        return "Nothing was added: no progress is kept here."
    given = [line for line in text.splitlines()
             if pair(line, "exercise", "status") or pair(line, "predict", "choice")]
    there = set(lines(path))
    new = [line for line in dict.fromkeys(given) if line not in there]
    if not given:
        return "Nothing was added: no line of this file is one of a progress file."
    try:
        write(path, new)
    except OSError as error:
        return f"Nothing was added: {path.name} cannot be written ({error.strerror})."
    return f"{len(new)} of {len(given)} lines are new, and were added. progress() shows what you have solved."


def last_status(path):
    """{exercise: the status of its last check}."""
    return dict(entries(path))


class Reply:
    """A few words, framed in a notebook. link: HTML that follows them there."""

    def __init__(self, message, link=""):
        self.message, self.link = message, link

    def __repr__(self):
        return self.message

    def _repr_html_(self):
        return (f'<div style="border-left: 4px solid #888888; padding: 2px 10px">'
                f"{html.escape(self.message)}{self.link}</div>")


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
        return "\n".join(filter(None, [*lines, summary, where(), self.kept()]))

    def _repr_html_(self):
        cell, rows = '<td style="text-align: left">', ""
        for lesson, signs in self.rows():
            marks = " ".join(f'<span title="exercise {html.escape(number)}">{sign}</span>'
                             for number, sign in signs)
            rows += f"<tr>{cell}lesson {lesson}</td>{cell}{marks}</td></tr>"
        summary = f"{self.summary()} (● solved, ◐ tried, ○ open)"
        below = "<br>".join(filter(None, [summary, html.escape(where()), self.kept()]))
        return f"<table>{rows}</table>{below}"

    def export(self):
        """A link that saves your progress as a file, to keep it or to go on with it elsewhere."""
        path = file()
        kept = lines(path) if path else []
        if not kept:
            return Reply("There is nothing to save yet: no progress is kept.")
        data = base64.b64encode("".join(line + "\n" for line in kept).encode()).decode()
        return Reply(f"Your progress (lines: {len(kept)}). progress().add() reads it, here or elsewhere.",
                     f' <a download="progress.jsonl" href="data:text/plain;base64,{data}">Save the file</a>')

    def add(self, file=None):
        """Add what a file holds that ``export`` saved, here or elsewhere. What is there already stays.

        file: its name. Without one, a button asks for the file.
        """
        if file is None:
            return asking_for_a_file()
        return Reply(add_lines(Path(file).read_text(encoding="utf-8", errors="replace")))


def asking_for_a_file():
    """A button with which the learner chooses a progress file, and below it what was added."""
    import ipywidgets as widgets                # only a notebook has it

    button = widgets.FileUpload(accept=".jsonl", description="Choose file", multiple=False)
    said = widgets.HTML()

    def read(change):
        for chosen in change.new.values() if isinstance(change.new, dict) else change.new:   # a dict on Colab
            said.value = html.escape(add_lines(bytes(chosen["content"]).decode(errors="replace")))

    button.observe(read, "value")
    return widgets.VBox([button, said])


def progress():
    """An overview of the exercises you have solved, in all lessons, and where it is kept.

    ``progress().export()`` saves it as a file, ``progress().add()`` reads such a file.
    """
    return Progress()
