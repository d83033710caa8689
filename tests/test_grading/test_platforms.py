"""The judge on the platforms: their sheets, the cycles of nbgrader and Gradescope, on samples as documented.
"""

import csv
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from traitlets.config import Config

import class_of_03
import class_of_10
from nbgrader_course import put, settings
from notebooks import COURSE
from solutions.grading import files as files_module
from solutions.grading import for_nbgrader, gradescope, sheets

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="answers are shut in by Linux alone")
CANVAS = """\ufeffStudent;ID;SIS User ID;SIS Login ID;Section;Essay (11);BPTT 03 (4242);Final Score
    Points Possible;;;;;10;26;(read only)
"Lovelace, Ada";4711;s1;ada;A;9;;12
"Turing, Alan";4712;s2;alan;A;8;3;11
"Hopper, Grace";4713;s3;grace;A;8;;11
"Student, Test";4799;;;A;;;
"""
MOODLE = """\ufeffID,Nom complet,Numéro d'identification,Adresse de courriel,Statut,Note,Note maximale,{}
Participant 4711,Ada Lovelace,77,ada@x.org,Remis pour évaluation,,"26,00",Oui,"lundi 1 juin",-,
Participant 4712,Alan Turing,77,alan@x.org,Remis - 1 jour de retard,"3,00","26,00",Oui,"mardi 2 juin",-,
Participant 4713,Grace Hopper,77,grace@x.org,Pas de remise,,"26,00",Oui,-,-,
""".format("La note peut être modifiée,Dernière modification (travail remis),Feedback,Fichiers")
ONE = MOODLE.partition("Participant 4712")[0]


def graded(tmp_path, sheet, files, *more):
    """Grade a ZIP with a platform's sheet. files: {path in it: a student of ``class_of_03``, or bytes}.
    Returns (the sheet as it is filled, [(student, what a person should look at)])."""
    with zipfile.ZipFile(tmp_path / "download.zip", "w") as archive:
        for path, student in files.items():
            data = student if isinstance(student, bytes) else list(class_of_03.handed_in(student).values())[0]
            archive.writestr(path, data)
    (tmp_path / "export.csv").write_text(sheet, encoding="utf-8")
    ask = ["-m", "solutions.grading", tmp_path / "download.zip", "03", "--seed", "7",
           "--out", tmp_path / "out", "--sheet", tmp_path / "export.csv", *more]
    run = subprocess.run([sys.executable, *ask], cwd=COURSE, capture_output=True, text=True, encoding="utf-8")
    assert run.returncode == 0, run.stderr
    name, = {"canvas.csv", "moodle.csv"} & {path.name for path in (tmp_path / "out").iterdir()}
    with open(tmp_path / "out" / "problems.csv", newline="", encoding="utf-8") as file:
        look = [(id, said) for id, _, _, said in csv.reader(file)
                if "BEGIN SOLUTION" not in said and "as published" not in said]
    return files_module.read_table(tmp_path / "out" / name), look


def test_canvas_from_its_download_to_its_import(tmp_path):
    lines = ("4711,3.2,1,a <slip>", "4712,all,20,a day late", "4712,3.2,,the rows", "4713,all,hold,see me",
             "4714,all,hold,five minutes")
    (tmp_path / "marks.csv").write_text("\n".join(["student,exercise,points,reason", *lines]),
                                        encoding="utf-8")
    (mark, (head, possible, *rows)), look = graded(tmp_path, CANVAS, {
        "lovelaceada_4711_98765_03_deriving_bptt.ipynb": "a01 right",
        "turingalan_LATE_4712_98766_03_deriving_bptt-1.ipynb": "a03 columns",
        "hoppergrace_4713_98767_03_deriving_bptt.ipynb": "b11 a PDF",
        "kurie_4714_98769_03_deriving_bptt.ipynb": "a02 blank",
        "LATE_anon_x7Qp_98768_my_work.ipynb": "a02 blank"}, "--column", "BPTT 03 (4242)",
        "--marks", tmp_path / "marks.csv")
    assert mark == ";" and head == [*sheets.WHO[:4], "Section", "BPTT 03 (4242)"]
    assert possible[0].strip() == "Points Possible" and possible[-1] == "26"
    assert [row[-1] for row in rows] == ["25", "20", "", ""]        # one of them could not be read
    assert look[1:] == [
        ("4713", "the file is a PDF, no notebook"), ("4714", "not in the sheet"),
        ("4714", "held back; five minutes"), ("x7Qp", "not in the sheet"),
        ("4712", "handed in late"), ("4712", "the file is called 03_deriving_bptt-1.ipynb"),
        ("x7Qp", "handed in late"), ("x7Qp", "the file is called my_work.ipynb")]
    out = tmp_path / "out"
    with open(out / "grades.csv", newline="", encoding="utf-8") as file:
        assert next(csv.DictReader(file)) == {"student": "4711", "points": "25.0", "max": "26.0",
                                              "reason": "3.2: 1 by hand (a <slip>)"}
    page = (out / "feedback" / "4711.html").read_text(encoding="utf-8")
    assert "<h1>Lovelace, Ada</h1>" in page and "a &lt;slip&gt;" in page
    refused = (out / "feedback" / "4713.html").read_text(encoding="utf-8")
    assert "What to do" in refused and "Your teacher: see me." in refused
    assert "held back; five minutes" in (out / "grades.csv").read_text(encoding="utf-8")
    held = (out / "feedback" / "4714.html").read_text(encoding="utf-8")
    assert "Your teacher: five minutes." in held and "26" not in held
    late = [(out / "feedback" / f"{id}.html").read_text(encoding="utf-8") for id in ("4712", "x7Qp")]
    assert "20 of 26 points" in late[0] and "in the place of 25: 20. a day late" in late[0]
    assert "Your teacher on 3.2: the rows." in late[0]
    assert not any("handed in late" in page or "is called" in page for page in late)
    assert late[1].count("handed out") == 1, "a02 wrote nothing"
    assert all(name in (out / "class.html").read_text(encoding="utf-8") for name in (
        "Lovelace, Ada", "Slopes on columns", "a &lt;slip&gt;", "a PDF, no notebook"))
    with zipfile.ZipFile(out / "feedback.zip") as archive:
        assert sorted(archive.namelist()) == [
            "LATE_anon_x7Qp_98768_my_work.ipynb", "hoppergrace_4713_98767_03_deriving_bptt.ipynb",
            "kurie_4714_98769_03_deriving_bptt.ipynb", "lovelaceada_4711_98765_03_deriving_bptt.ipynb",
            "turingalan_LATE_4712_98766_03_deriving_bptt-1.ipynb"]
        assert b"25 of 26 points" in archive.read("lovelaceada_4711_98765_03_deriving_bptt.ipynb")


def test_moodle_from_its_download_to_its_import(tmp_path):
    (mark, (head, *rows)), look = graded(tmp_path, MOODLE, {
        "Ada Lovelace_4711_assignsubmission_file/03_deriving_bptt.ipynb": "a01 right",
        "Ada Lovelace_4711_assignsubmission_onlinetext/onlinetext.html": b"<p>See my file.</p>",
        "Alan Turing_4712_assignsubmission_file_/03_deriving_bptt.ipynb": "b09 cut off"})
    assert mark == "," and head == next(csv.reader([MOODLE.lstrip("\ufeff").splitlines()[0]]))
    assert [row[5] for row in rows] == ["26", "3,00", ""] and rows[0][8] == "lundi 1 juin"
    assert look[1:] == [("4712", "the file is no readable notebook; was it cut off?"),
                        ("4713", "nothing was handed in")]
    with zipfile.ZipFile(tmp_path / "out" / "feedback.zip") as archive:
        assert archive.namelist() == [f"{name}_assignsubmission_file_/03_deriving_bptt_feedback.html"
                                      for name in ("Ada Lovelace_4711", "Alan Turing_4712")]


def test_the_sheet_of_a_single_learner_is_filled(tmp_path):
    older = ONE.lstrip("\ufeff").encode("cp1252")              # saved by a spreadsheet
    (tmp_path / "export.csv").write_bytes(older)
    name, text, look = sheets.filled(tmp_path / "export.csv", {"4711": 24.5})
    row = list(csv.reader(io.StringIO(text)))[1]
    assert name == "moodle.csv" and row[1:3] == ["Ada Lovelace", "77"] and row[5] == "24.5"
    assert row[4] == "Remis pour évaluation" and look == []


def test_where_several_columns_may_take_the_points_one_is_asked_for(tmp_path):
    (tmp_path / "export.csv").write_text(CANVAS, encoding="utf-8")
    with pytest.raises(ValueError, match="Essay"):
        sheets.filled(tmp_path / "export.csv", {})


def test_nbgrader_judges_outside_and_exports_blanks(tmp_path, monkeypatch):
    monkeypatch.setenv("BPTT_SEED", "7")
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
    monkeypatch.chdir(tmp_path)
    config = settings(tmp_path)
    api = NbGraderAPI(config=config)
    lesson = f"{class_of_03.LESSON}.ipynb"
    put(nbformat.read(COURSE / "notebooks" / lesson, 4), tmp_path / "source" / "bptt03" / lesson)
    assert api.generate_assignment("bptt03")["success"]
    for student in ("b08 renamed", "b09 cut off", "b10 byte order mark", "c11 script", "d01 own check"):
        for name, data in class_of_03.handed_in(student).items():
            path = tmp_path / "download" / student.replace(" ", "-") / name
            path.parent.mkdir(parents=True)
            path.write_bytes(data)
    look = for_nbgrader.collect(tmp_path / "download", "bptt03", lesson)
    assert dict(look)["b09-cut-off"].startswith("the file is no readable notebook")
    for student in sorted(path.name for path in (tmp_path / "submitted").iterdir()):
        found = api.autograde("bptt03", student)
        assert found["success"], found["log"]
        page = (tmp_path / "autograded" / student / "bptt03" / lesson).read_text(encoding="utf-8")
        assert "window.planted = true</script>')\\n" not in page.replace("HTML('<script>", "")
    assert api.generate_feedback("bptt03", "c11-script")["success"]
    page = (tmp_path / "feedback" / "c11-script" / "bptt03" / lesson).with_suffix(".html")
    assert "<script>window.planted" not in page.read_text(encoding="utf-8")
    with Gradebook(f"sqlite:///{tmp_path}/gradebook.db") as gradebook:
        gradebook.add_student("nobody")
        plugin = config.ExportApp.plugin_class(config=Config())
        plugin.export(gradebook)
    with open("grades.csv", newline="", encoding="utf-8") as file:
        points = {row["student"]: row["points"] for row in csv.DictReader(file)}
    assert points == {"b08-renamed": "26.0", "b10-byte-order-mark": "26.0", "c11-script": "0.0",
                      "d01-own-check": "0.0", "nobody": ""}


def test_gradescope_runs_what_is_in_its_zip(tmp_path):
    gradescope.build("03", 7, tmp_path / "autograder.zip")
    with zipfile.ZipFile(tmp_path / "autograder.zip") as archive:
        names = archive.namelist()
        archive.extractall(tmp_path / "source")
    assert {"setup.sh", "run_autograder", "solutions/grading/judge.py"} <= set(names)
    assert not any(name.startswith(("tests", "solutions/0")) or name.endswith(".pyc") for name in names)
    assert "--seed 7 --run" in (tmp_path / "source" / "run_autograder").read_text(encoding="utf-8")
    (tmp_path / "submission").mkdir()
    about = {"users": [{"email": "ada@x.org"}]}
    (tmp_path / "submission_metadata.json").write_text(json.dumps(about), encoding="utf-8")
    for name, data in class_of_03.handed_in("a03 columns").items():
        (tmp_path / "submission" / name).write_bytes(data)
    ask = ("import json, pathlib; from solutions.grading import gradescope; "
           f"print(json.dumps(gradescope.results('03', 7, pathlib.Path({str(tmp_path)!r}))))")
    run = subprocess.run([sys.executable, "-c", ask], cwd=tmp_path / "source", capture_output=True, text=True,
                         encoding="utf-8", env={"PYTHONPATH": str(tmp_path / "source"), "PATH": ""})
    found = json.loads(run.stdout)["tests"]
    assert sum(one["score"] for one in found) == class_of_03.FULL - 1 and sum(
        one["max_score"] for one in found) == class_of_03.FULL
    assert any("Slopes on columns" in one["output"] for one in found)


def outside(student, data, assignment):
    """{id of a check: its points} of a notebook of lesson 10 that nbgrader judges outside."""
    path = Path("release") / assignment / "10_capstone.ipynb"
    path.parent.mkdir(parents=True)
    path.write_bytes((COURSE / "notebooks" / path.name).read_bytes())
    found, _ = for_nbgrader.JudgeOutside().preprocess(nbformat.reads(data.decode(), 4), {
        "nbgrader": {"assignment": assignment, "notebook": path.stem, "student": student}})
    return {cell.metadata.nbgrader.grade_id: float(cell.outputs[0].data["text/plain"]) for cell in found.cells
            if "nbgrader" in cell.metadata and cell.get("outputs")}


def test_without_a_roster_the_id_in_the_notebook_counts_whichever_way_it_came(tmp_path, monkeypatch,
                                                                              lessons_apart):
    answers = {id: class_of_10.own("Ada")[id] for id in ("exercise-10-1", "exercise-10-2")}
    data = class_of_10.filled(answers, "Ada")               # the learner is called k12
    for name in ("in/k12/10_capstone.ipynb", "submission/10_capstone.ipynb"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_bytes(data)
    ask = ["-m", "solutions.grading", tmp_path / "in", "10", "--seed", "7", "--out", tmp_path / "out"]
    run = subprocess.run([sys.executable, *ask], cwd=COURSE, capture_output=True, text=True, encoding="utf-8")
    assert run.returncode == 0, run.stderr
    assert ",6.0,26.0," in (tmp_path / "out" / "grades.csv").read_text(encoding="utf-8")
    assert 'my_id = ""Ada""' in (tmp_path / "out" / "problems.csv").read_text(encoding="utf-8")
    about = {"users": [{"email": "k12@x.org"}]}
    (tmp_path / "submission_metadata.json").write_text(json.dumps(about), encoding="utf-8")
    lessons_apart()
    found = gradescope.results("10", 7, tmp_path)["tests"]
    assert sum(one.get("score", 0) for one in found) == 6
    hidden, = (one["output"] for one in found if one["visibility"] == "hidden")
    assert 'my_id = "Ada"' in hidden
    monkeypatch.setenv("BPTT_SEED", "7")
    monkeypatch.chdir(tmp_path)
    lessons_apart()
    assert sum(outside("k12", data, "without a roster").values()) == 6
    (tmp_path / "class.csv").write_text("id\nk12\n", encoding="utf-8")
    monkeypatch.setenv("BPTT_ROSTER", str(tmp_path / "class.csv"))
    lessons_apart()
    assert sum(outside("k12", data, "with a roster").values()) < 6
