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
from nbgrader_course import put, settings
from notebooks import COURSE
from solutions.grading import for_nbgrader, gradescope, sheets

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="answers are shut in by Linux alone")
CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,Essay (11),BPTT 03 (4242),Final Score
    Points Possible,,,,,10,26,(read only)
"Lovelace, Ada",4711,s1,ada,A,9,,12
"Turing, Alan",4712,s2,alan,A,8,3,11
"""
MOODLE = """\ufeffID;Vollständiger Name;E-Mail-Adresse;Status;Bewertung;Bestwertung;Zuletzt geändert;Feedback
Teilnehmer/in4711;Ada Lovelace;ada@x.org;Zur Bewertung abgegeben;;26,00;Montag, 1. Juni;
Teilnehmer/in4712;Alan Turing;alan@x.org;Keine Abgabe;;26,00;-;
"""


def test_canvas_gets_one_column_and_who_they_are():
    name, text, look = sheets.filled(CANVAS, {"4711": 24.5, "4712": None, "9": 1.0}, "BPTT 03 (4242)")
    rows = list(csv.reader(io.StringIO(text)))
    assert name == "canvas.csv" and look == ["9 is not in the sheet"]
    assert rows[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "BPTT 03 (4242)"]
    assert [row[-1] for row in rows[1:]] == ["26", "24.5", "3"]
    with pytest.raises(sheets.NoSheet, match="Essay"):
        sheets.filled(CANVAS, {})


def test_the_worksheet_of_moodle_is_filled_in_any_language():
    name, text, look = sheets.filled(MOODLE, {"4711": 24.5, "4712": None})
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert name == "moodle.csv" and look == []
    assert [row[4] for row in rows] == ["Bewertung", "24.5", ""] and rows[1][6] == "Montag, 1. Juni"


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
