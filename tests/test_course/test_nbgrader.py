"""nbgrader's own commands release and grade a lesson: a right, a blank and a partly right submission."""

import os
import re
import sys
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI

from exercises.lessons.catalogue import find
from nbgrader_course import put, settings
from notebooks import LESSONS, load

LESSON = "01_unrolling"
NAME = f"{LESSON}.ipynb"
MISTAKE = "everything is counted at every step"         # what the half right submission gets wrong


@pytest.fixture(scope="module")
def scores(tmp_path_factory):
    """Release the lesson, hand in six submissions, autograde them.
    Returns {student: (score, highest possible score)}.
    """
    folder = tmp_path_factory.mktemp("nbgrader")
    programs = str(Path(sys.executable).parent)         # nbgrader calls one of its programs by name
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PATH", programs, prepend=os.pathsep)
        return grade(folder)


def grade(folder):
    """The cycle itself, in an empty folder."""
    solution = load("solutions", LESSON)
    put(load("notebooks", LESSON), folder / "source" / "bptt" / NAME)
    api = NbGraderAPI(config=settings(folder))
    released = api.generate_assignment("bptt")
    assert released["success"], released["log"]
    blank = nbformat.read(folder / "release" / "bptt" / NAME, 4)
    for student, notebook in {
            "right": right(blank, solution),
            "blank": blank,
            "partly": partly(blank, solution),
            "half": half(blank, solution),
            "copier": with_copied_cell(right(blank, solution)),
            "deleter": without_first_check(right(blank, solution))}.items():
        put(notebook, folder / "submitted" / student / "bptt" / NAME)
        result = api.autograde("bptt", student)
        assert result["success"], result["log"]
    feedback = api.generate_feedback("bptt", "half")
    assert feedback["success"], feedback["log"]
    page = (folder / "feedback" / "half" / "bptt" / NAME).with_suffix(".html").read_text(encoding="utf-8")
    assert MISTAKE in page, "the feedback page names the mistake"
    with Gradebook(f"sqlite:///{folder}/gradebook.db") as gradebook:
        return {submission.student.id: (submission.score, submission.max_score)
                for submission in gradebook.assignment_submissions("bptt")}


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course with one lesson to release, as the guide says: (its folder, nbgrader's commands)."""
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
    put(load("notebooks", "02_forward_pass"), tmp_path / "source" / "bptt02" / "02_forward_pass.ipynb")
    return tmp_path, NbGraderAPI(config=settings(tmp_path))


def test_a_release_is_what_learners_know_figures_and_all(course):
    folder, api = course
    released = api.generate_assignment("bptt02")
    assert released["success"], released["log"]
    cells = nbformat.read(folder / "release" / "bptt02" / "02_forward_pass.ipynb", 4).cells
    known = load("notebooks", "02_forward_pass").cells
    assert [(cell.source, cell.get("outputs")) for cell in cells] == [
        (cell.source, cell.get("outputs")) for cell in known]


def test_a_lesson_with_answers_is_not_released(course):
    folder, api = course
    put(load("solutions", "02_forward_pass"), folder / "source" / "bptt02" / "02_forward_pass.ipynb")
    refused = api.generate_assignment("bptt02")
    assert not refused["success"] and "Copy the lesson from notebooks/" in refused["log"]


@pytest.mark.parametrize("downloaded", ["ada_{}", "ada_4711_12_{}", "ada_LATE_4711_12_{}-1", "ada_{} (2)"])
def test_a_downloaded_file_finds_its_place(downloaded):
    pattern = settings(Path("mycourse")).FileNameCollectorPlugin.named_regexp
    for lesson in LESSONS:
        found = re.match(pattern, f"/home/me/my_course/downloaded/x/{downloaded.format(lesson)}.ipynb")
        assert (found["student_id"], found["file_id"]) == ("ada", lesson)


def test_a_right_submission_scores_everything(scores):
    score, highest = scores["right"]
    assert score == highest > 0


def test_a_blank_submission_scores_nothing(scores):
    assert scores["blank"][0] == 0


def test_one_wrong_answer_costs_its_own_points_only(scores):
    first = next(cell for cell in load("solutions", LESSON).cells if is_check(cell))
    score, highest = scores["partly"]
    assert score == highest - first.metadata.nbgrader.points


def test_a_half_right_answer_gets_half_of_its_points(scores):
    score, highest = scores["half"]
    assert score == highest - find("1.2").points / 2


def test_a_copied_cell_does_not_stop_the_grading(scores):
    assert scores["copier"] == scores["right"]


def test_a_deleted_check_is_put_back(scores):
    assert scores["deleter"] == scores["right"]


def right(blank, solution):
    """The released notebook with every exercise filled in from the solution."""
    answers = {grade_id(cell): cell.source for cell in solution.cells if is_exercise(cell)}
    return with_answers(blank, answers)


def partly(blank, solution):
    """The right submission, but for the first exercise that has points, whose function returns something
    wrong.
    """
    notebook = right(blank, solution)
    first = next(cell for cell in notebook.cells if is_exercise(cell) and grade_id(cell)[-1].isdigit())
    name = first.source.split("def ")[1].split("(")[0]
    first.source = f"def {name}(*arguments, **options):\n    return 'wrong'"
    return notebook


def half(blank, solution):
    """The right submission, but for exercise 1.2, of whose two results only the first is right."""
    notebook = right(blank, solution)
    cell = next(cell for cell in notebook.cells if is_exercise(cell) and grade_id(cell) == "exercise-1-2")
    assert "T * each_step + once" in cell.source
    cell.source = cell.source.replace("T * each_step + once", "T * (each_step + once)")
    return notebook


def with_copied_cell(notebook):
    """A submission in which the learner copied an exercise's cell, metadata and all."""
    place, cell = next((i, cell) for i, cell in enumerate(notebook.cells) if is_exercise(cell))
    copied = nbformat.from_dict({**cell, "id": "copied-cell"})
    notebook.cells.insert(place, copied)
    return notebook


def without_first_check(notebook):
    """A submission from which the learner deleted a check."""
    notebook.cells.remove(next(cell for cell in notebook.cells if is_check(cell)))
    return notebook


def with_answers(blank, answers):
    notebook = nbformat.from_dict(blank)
    for cell in notebook.cells:
        if is_exercise(cell):
            cell.source = answers[grade_id(cell)]
    return notebook


def is_exercise(cell):
    return cell.metadata.get("nbgrader", {}).get("solution", False)


def is_check(cell):
    return cell.metadata.get("nbgrader", {}).get("grade", False)


def grade_id(cell):
    return cell.metadata.nbgrader.grade_id
