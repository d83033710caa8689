"""``report("4.3", backward)``: a file about a judgement that you think is wrong, for you to send or not."""

import inspect
import itertools
import platform
import re
import tempfile
import textwrap
import tomllib
from importlib import metadata
from pathlib import Path

import numpy as np

from exercises.door import judge
from exercises.engine.judging import IT_PRINTED
from exercises.engine.show import Result
from exercises.record import COURSE, is_installed, mine

FOLDER = mine() / "reports"
SHOWN = FOLDER if is_installed() else "mine/reports"
NO_SOURCE = "(Python cannot find the source. Paste your cell here.)"


def report(number, answer, project=None):
    """Write down an answer and what the check says of it, so that you can show it to somebody.

    The file lies in mine/reports, or beside your progress if that is elsewhere. It holds your answer, with
    the functions of yours that it calls; what was said; and the versions of the course, of Python and of
    NumPy. It names no folder, no user and no computer, and leaves out what your function printed. Nothing is
    sent.
    """
    result = judge(number, answer, project)
    result.notes = [note for note in result.notes if not note.startswith(IT_PRINTED)]
    cell = f", cell {project.variant.code}" if project else ""
    text = without_folders("\n".join([
        f"Exercise {number}{cell}",
        f"Course {course_version()}, Python {platform.python_version()}, NumPy {np.__version__}",
        "", "--- What was said ---", repr(result), "", "--- The answer ---", sources(answer), ""]))
    try:
        FOLDER.mkdir(parents=True, exist_ok=True)
        file = free_name(number)
        file.write_text(text, encoding="utf-8", errors="replace")
    except OSError:
        return Result(number, "report", f"It cannot be written to {SHOWN}. It says:", [text])
    said = (f"It lies in {SHOWN}/{file.name}. It holds your answer, what was said of it, "
            "and three versions. Nothing is sent.")
    return Result(number, "report", said,
                  ["Read it. To show it, put it into an issue; there everybody can read your answer."])


def free_name(number):
    """A file that is not there yet: exercise_4.3.txt, or exercise_4.3_2.txt and so on."""
    ends = itertools.chain([""], (f"_{count}" for count in itertools.count(2)))
    return next(file for end in ends if not (file := FOLDER / f"exercise_{number}{end}.txt").exists())


def course_version():
    """The version of the course in this folder, or of the installed one."""
    file = COURSE / "pyproject.toml"
    if file.exists():
        return tomllib.loads(file.read_text(encoding="utf-8"))["project"]["version"]
    return metadata.version("bptt-course")


# --- the source ---

def sources(answer):
    """The source of an answer, and before it that of the learner's own functions that it calls."""
    found, left = [], [answer]
    while left:
        function = left.pop(0)
        if not any(function is other for other in found):
            found.append(function)
            left += called_by(function)
    return "\n\n".join(source(function) for function in reversed(found))


def called_by(function):
    """Functions of the same notebook or file whose names stand in a function."""
    code, space = getattr(function, "__code__", None), getattr(function, "__globals__", {})
    named = [space.get(name) for name in getattr(code, "co_names", ())]
    return [other for other in named if inspect.isfunction(other) and other.__globals__ is space]


def source(function):
    """The source of a function, of a class, or of the class of an object that can be called."""
    function = getattr(function, "func", function)                      # of functools.partial
    has_code = inspect.isroutine(function) or inspect.isclass(function)
    try:
        return textwrap.dedent(inspect.getsource(function if has_code else type(function))).strip()
    except (OSError, TypeError):
        return NO_SOURCE


# --- what is nobody's business ---

def without_folders(text):
    """A text in which the folders of this computer have other names, and paths in quotes are left out."""
    folders = {COURSE: "COURSE", Path.cwd(): "FOLDER", Path(tempfile.gettempdir()): "TEMP",
               Path.home(): "HOME"}
    for folder, word in folders.items():
        for path in {str(folder), str(folder.resolve())} - {folder.anchor}:
            for written in (path.replace("\\", "\\\\"), path, path.replace("\\", "/")):
                text = text.replace(written, word)
    return re.sub(r"""(["'])(/|~|[A-Za-z]:[\\/])[^"'\n]*\1""", r"\1PATH\1", text)
