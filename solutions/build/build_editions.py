"""Build both editions of the lessons from their text.

    python solutions/build/build_editions.py            all lessons
    python solutions/build/build_editions.py 03 04      some lessons

Each lesson is one file, solutions/NN_name.md. From it come, executed:

    solutions/NN_name.ipynb     with the answers
    notebooks/NN_name.ipynb     the student edition: answers replaced by a stub

The build stops if a cell raises, and it never overwrites a student notebook that somebody has changed.
Tags in the text mark an exercise; the build turns them into nbgrader's metadata:

    exercise-4.3              the cell to fill in, its answer between ### BEGIN SOLUTION and ### END SOLUTION
    check-4.3                 the cell that checks it; its points stand in exercises
    exercise-6.a, check-6.a   the same for a warm-up, which nobody grades
    written-10.3              a text cell to fill in, which a person grades;
                              its points stand in WRITTEN in exercises
    instructor                a cell for teachers: left out of the student edition
    deep, deep-until-05       a heading whose section can wait, break a good place for one: see reading.py
"""

import argparse
import copy
import hashlib
import json
import os
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jupytext
import nbformat
import references
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbgrader.preprocessors import ClearSolutions
from traitlets.config import Config

import address
import front
import opening
import predicts
import reading
from exercises.lessons.catalogue import find, lesson_module
from slides import course

SOURCES = Path(__file__).parent.parent
COURSE = SOURCES.parent
EDITIONS = {"solutions": COURSE / "solutions", "notebooks": COURSE / "notebooks"}
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
STUB = 'raise NotImplementedError("Replace this line with your answer.")'
BLANK_PAGE = "*Replace this line with your text.*"
CELL_TIMEOUT = 120      # seconds


def main():
    """Build the lessons named on the command line."""
    parser = argparse.ArgumentParser(description="Build both editions of the lessons from their text.")
    parser.add_argument("lessons", nargs="*", help="lesson numbers such as 03; all if none is given")
    parser.add_argument("--out", type=Path, default=COURSE,
                        help="where notebooks/ and solutions/ are written")
    arguments = parser.parse_args()
    try:
        minutes_changed = arguments.out == COURSE and reading.write()
        if arguments.out == COURSE:
            front.write(read(find_sources(["00"])[0]))
            course.write()
        sources = find_sources(with_contents(arguments.lessons) if minutes_changed else arguments.lessons)
        with ThreadPoolExecutor(max_workers=2) as pool:
            for written in pool.map(lambda source: build(source, arguments.out), sources):
                print("\n".join(f"built {path.relative_to(arguments.out)}" for path in written), flush=True)
    except (BuildError, references.CitationError, reading.ReadingError) as error:
        sys.exit(f"build stopped: {error}")


def with_contents(numbers):
    """Lessons to build, and lesson 00, which tells the minutes of all; none stands for all lessons."""
    return [*numbers, "00"] if numbers and "00" not in numbers else numbers


class BuildError(Exception):
    """Something in a lesson, or in the way of it, stops the build."""


def find_sources(numbers):
    """The lessons' text files, all or those with the given numbers.
    Raises BuildError for a number without a file.
    """
    sources = {path.name[:2]: path for path in sorted(SOURCES.glob("[0-9][0-9]_*.md"))}
    missing = [number for number in numbers if number not in sources]
    if missing:
        raise BuildError(f"no lesson {', '.join(missing)}; there are {', '.join(sources)}.")
    return [sources[number] for number in numbers] if numbers else list(sources.values())


def build(source, out):
    """Build both editions of one lesson. source: the .md file; out: the folder to write to.
    Returns the two paths.
    """
    lesson = read(source)
    targets = [out / edition / f"{source.stem}.ipynb" for edition in EDITIONS]
    for target in targets:
        refuse_to_overwrite(target, lesson, jupytext.read(source))
    for target, edition in zip(targets, (lesson, student_edition(lesson))):
        notebook = finish(execute(edition, source))
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(stored(notebook), encoding="utf-8")
    front.save_pictures(source.stem, notebook, out)
    return targets


def read(source):
    """Read a lesson's text as a notebook with stable cell ids and nbgrader's metadata."""
    notebook = jupytext.read(source)
    reading.mark(notebook)              # first: it counts what stands in the text
    references.write_out(notebook, source.name)
    notebook.nbformat_minor = 5
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNEL, "language_info": {"name": "python"},
                                            "jupytext": {"formats": "ipynb,md:myst"}})
    seen = set()
    for cell in notebook.cells:
        add_nbgrader_metadata(cell, source)
        cell.id = stable_id(cell, seen)
    return notebook


def stable_id(cell, seen):
    """An id that depends on the cell's content alone; a repeated content gets a counter.
    ``seen`` is extended.
    """
    digest = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:12]
    repeats = sum(name.startswith(digest) for name in seen)
    name = f"{digest}-{repeats}" if repeats else digest
    seen.add(name)
    return name


def add_nbgrader_metadata(cell, source):
    """Turn the tags of an exercise or a check into the metadata that nbgrader reads."""
    tags = cell.metadata.get("tags", [])
    kinds = [tag for tag in tags if re.fullmatch(r"(exercise|check)-\d+\.(\d+|[a-c])|written-\d+\.\d+", tag)]
    kind, _, number = kinds[0].partition("-") if kinds else ("", "", "")
    if has_solution(cell) != (kind in ("exercise", "written")):
        raise BuildError(f"{source.name}: a cell has a solution without the tag exercise-N.M or written-N.M, "
                         f"or the tag without one:\n{cell.source}")
    if not kinds:
        return
    is_check, graded = kind == "check", kind != "exercise" and not number[-1].isalpha()
    cell.metadata["nbgrader"] = {
        "grade_id": kinds[0].replace(".", "-"), "schema_version": 3, "cell_type": cell.cell_type,
        "solution": not is_check, "grade": graded, "locked": is_check, "task": False}
    if graded:
        cell.metadata["nbgrader"]["points"] = (
            points_of(number, source) if is_check else points_of_text(number, source))
    if is_check:
        cell.metadata["editable"] = False
    cell.metadata["deletable"] = False


def points_of(number, source):
    """The points of an exercise. Raises BuildError if exercises has no exercise of that number."""
    try:
        return find(number).points
    except ValueError as error:
        raise BuildError(f"{source.name}: {error}") from None


def points_of_text(number, source):
    """The points of a text that a person grades.
    Raises BuildError if its lesson's module in exercises does not list it.
    """
    listed = getattr(lesson_module(source.name[:2]), "WRITTEN", {})
    if number not in listed:
        raise BuildError(f"{source.name}: exercises/lessons/lesson_{source.name[:2]}.py has no points "
                         f"for the text {number!r} in WRITTEN.")
    return listed[number]


def has_solution(cell):
    """True if the cell holds an answer."""
    return "### BEGIN SOLUTION" in cell.source


def student_edition(lesson):
    """A copy of the lesson with answers replaced by the stub, without the cells for teachers, with closed
    answers to each Predict and a cell that looks for the course's packages.
    """
    student = copy.deepcopy(lesson)
    student.cells = [cell for cell in student.cells if "instructor" not in cell.metadata.get("tags", [])]
    del student.metadata["jupytext"]
    predicts.close(student)
    clear = ClearSolutions(config=Config(
        ClearSolutions={"code_stub": {"python": STUB}, "text_stub": BLANK_PAGE}))
    student, _ = clear.preprocess(student, {})
    opening.put_in(student, address.address())
    return student


def execute(notebook, source, timeout=CELL_TIMEOUT):
    """Run all cells, in the folder of the course. Raises BuildError if one raises. timeout: of a cell."""
    notebook = copy.deepcopy(notebook)
    client = NotebookClient(notebook, timeout=timeout, kernel_name=KERNEL["name"], record_timing=False,
                            coalesce_streams=True, extra_arguments=["--log-level=ERROR"],
                            resources={"metadata": {"path": str(COURSE)}})
    environment = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    environment["BPTT_PROGRESS"] = ""           # what the build solves is nobody's progress
    environment["TQDM_DISABLE"] = "1"           # nobody waits for its progress bars,
                                                # and they differ from run to run
    try:
        client.execute(env=environment)
    except CellExecutionError as error:
        raise BuildError(f"{source.name}: a cell raises.\n{error}") from None
    return notebook


def finish(notebook):
    """Take out what changes from run to run, and add the fingerprint that tells a changed notebook."""
    notebook.metadata.pop("widgets", None)
    notebook.metadata["language_info"] = {
        "name": "python", "file_extension": ".py", "mimetype": "text/x-python", "pygments_lexer": "ipython3"}
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)
    predicts.hide(notebook)
    notebook.metadata["course"] = {"fingerprint": fingerprint(notebook)}
    return notebook


def stored(notebook):
    """The text of a notebook's file. Output in Markdown stays one string: JupyterLite hands on the file as it
    stands, and its table of contents stops at a list of lines.
    """
    content = json.loads(nbformat.writes(notebook, version=4))
    for cell in content["cells"]:
        for output in cell.get("outputs", []):
            if "text/markdown" in output.get("data", {}):
                output["data"]["text/markdown"] = "".join(output["data"]["text/markdown"])
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True, separators=(",", ": ")) + "\n"


def fingerprint(notebook):
    """A hash of what a person can write in a notebook: the cells' kinds and sources."""
    content = json.dumps([[cell.cell_type, cell.source] for cell in notebook.cells])
    return hashlib.sha256(content.encode()).hexdigest()


def refuse_to_overwrite(target, *texts):
    """Raise BuildError if ``target`` holds work that the build did not write
    and the lesson's text does not have, neither as built nor as Jupytext reads it.
    """
    if not target.exists():
        return
    try:
        notebook = nbformat.read(target, as_version=4)
    except Exception as error:
        raise BuildError(f"{target} is not a readable notebook; nothing was overwritten. "
                         "Move it away and build again.") from error
    known = {notebook.metadata.get("course", {}).get("fingerprint"), *map(fingerprint, texts)}
    if fingerprint(notebook) not in known:
        raise BuildError(f"{target} has been changed since it was built and may hold somebody's answers; "
                         "nothing was overwritten. "
                         "Move it away, or restore it with git, and build again.")


if __name__ == "__main__":
    main()
