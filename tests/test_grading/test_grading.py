"""The judge outside of the learner's process: a class of 60 gets what it deserves, and no attack gets out."""

import csv
import json
import os
import re
import subprocess
import sys
import time
import zipfile

import pytest

import class_of_03
import class_of_10
from attacks_from_inside import ATTACKS, CANARY
from class_of_03 import CLASS, RELEASE, handed_in
from notebooks import COURSE
from solutions.grading import counting
from solutions.grading import handed_in as platforms
from solutions.grading import sandbox, submission, wire
from solutions.grading.excerpt import allowed, excerpt
from solutions.grading.files import file_name
from solutions.grading.judge import Given, Judge

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="answers are shut in by Linux alone")
SEED = 7
HOSTILE = (COURSE / "tests" / "test_exercises" / "hostile_answers.py").read_text(encoding="utf-8")


def command(*arguments):
    """The grader, as its command line; returns what it printed."""
    run = subprocess.run([sys.executable, "-m", "solutions.grading", *map(str, arguments)], cwd=COURSE,
                         capture_output=True, text=True, encoding="utf-8")
    assert run.returncode == 0, run.stderr[-3000:]
    return run.stdout


def rows_of(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The class, handed in as folders and graded. Returns where the results are."""
    folder = tmp_path_factory.mktemp("class")
    for student in CLASS:
        for name, data in handed_in(student).items():
            path = folder / "submitted" / student / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    roster = folder / "roster.csv"
    roster.write_text("id,name\na01 right,Ada\nnobody,N. N.\n", encoding="utf-8")
    command(folder / "submitted", "3", "--seed", SEED, "--out", folder / "graded", "--roster", roster)
    return folder / "graded"


@pytest.mark.parametrize("student", CLASS)
def test_everybody_gets_what_they_deserve(student, graded):
    found = next(row for row in rows_of(graded / "grades.csv") if row["student"] == student)
    deserved, why, _ = CLASS[student]
    assert found["points"] == ("" if deserved is None else str(float(deserved))), (why, found)


def test_everybody_with_a_cell_of_their_own_gets_what_they_deserve(tmp_path):
    for student in class_of_10.CLASS:
        (tmp_path / "in" / student).mkdir(parents=True)
        (tmp_path / "in" / student / "10_capstone.ipynb").write_bytes(class_of_10.handed_in(student))
    first, second, third, *_ = class_of_10.CLASS
    (tmp_path / "in" / third / "10_capstone.ipynb").write_bytes(b"%PDF-1.7")
    (tmp_path / "marks.csv").write_text(f"student,exercise,points,reason\n{first},10.3,8,\n{first},10.9,5,\n"
                                        f"{second},10.9,6,\n{third},all,33,on paper\n", encoding="utf-8")
    command(tmp_path / "in", "10", "--seed", SEED, "--out", tmp_path / "out",
            "--marks", tmp_path / "marks.csv")
    rows = {row["student"]: row for row in rows_of(tmp_path / "out" / "grades.csv")}
    by_hand = {first: 13, second: 6}
    assert {student: row["points"] for student, row in rows.items()} == {
        student: str(float(points + by_hand.get(student, 0)))
        for student, (points, *_) in class_of_10.CLASS.items()} | {third: "33.0"}
    assert rows[third]["max"] == "40.0" and rows[third]["reason"] == "all: 33 by hand (on paper)"
    assert rows[first]["max"] == "40.0" and "a person reads" not in rows[first]["reason"]
    assert rows[second]["max"] == "32.0" and rows[second]["reason"].endswith("a person reads written-10-3")


def test_who_handed_in_nothing_is_listed_without_points(graded):
    found = next(row for row in rows_of(graded / "grades.csv") if row["student"] == "nobody")
    assert found["points"] == "" and found["reason"] == "nothing was handed in"


def test_pages_are_small_and_run_nothing(graded):
    pages = [path.read_text(encoding="utf-8") for path in (graded / "feedback").glob("*.html")]
    assert len(pages) == len(CLASS)
    refused = sum(deserved is None for deserved, *_ in CLASS.values())
    assert sum("What to do" in page for page in pages) == refused
    about = {id: (graded / "feedback" / f"{file_name(id)}.html").read_text(encoding="utf-8")
             for id in ("b07 no metadata", "b04 copied cell", "b16 checkpoint", "d01 own check")}
    assert "cell" not in about["b07 no metadata"].partition("<details>")[0]
    assert "<p>2 cells define one_step_jacobian; the last one is graded.</p>" in about["b04 copied cell"]
    assert "<p>2 notebooks; the one with the right name is graded.</p>" in about["b16 checkpoint"]
    assert "Your notebook gives check another meaning" in about["d01 own check"]
    assert not any("<script" in page or "onerror" in page for page in pages)
    assert max(map(len, pages)) < 200_000 and any("Slopes on columns" in page for page in pages)


def test_a_class_is_counted_without_names_or_small_groups(graded):
    ask = [sys.executable, "-m", "solutions.grading.counting", "3", "--out", graded]
    run = subprocess.run(ask, cwd=COURSE, capture_output=True, text=True, encoding="utf-8")
    assert run.returncode == 0, run.stderr
    rows = rows_of(graded / "count.csv")
    of, = {int(row["of"]) for row in rows}
    assert of == sum(deserved is not None for deserved, *_ in CLASS.values())
    for number in {row["exercise"] for row in rows}:
        counts = [int(row["learners"]) for row in rows if row["exercise"] == number]
        assert sum(counts) == of and min(counts) >= counting.FEWEST
    for path in graded.glob("count.*"):
        text = path.read_text(encoding="utf-8")
        assert "<script" not in text and not any(student in text for student in CLASS)


def test_a_choice_of_exercises_has_its_own_maximum(graded, tmp_path):
    """The points of these are what they were, and results of one choice are none of another."""
    for student in list(CLASS)[:2]:
        for name, data in handed_in(student).items():
            (tmp_path / "in" / student).mkdir(parents=True, exist_ok=True)
            (tmp_path / "in" / student / name).write_bytes(data)
    for words, highest in (("3.2, 3.4 to 3.6", {"3.2", "3.4", "3.5", "3.6"}), ("3.2", {"3.2"})):
        command(tmp_path / "in", "3", "--seed", SEED, "--out", tmp_path / "out", "--exercises", words)
        for row in rows_of(tmp_path / "out" / "grades.csv"):
            result = graded / "results" / f"{file_name(row['student'])}.json"
            found = json.loads(result.read_text(encoding="utf-8"))["exercises"]
            points, most = (sum(found[number][i] for number in highest) for i in (0, 1))
            assert (float(row["points"]), float(row["max"])) == (points, most)


def test_an_interrupted_run_goes_on_and_ends_with_the_same_files(graded, tmp_path):
    for student in list(CLASS)[:6]:
        for name, data in handed_in(student).items():
            (tmp_path / "in" / student).mkdir(parents=True, exist_ok=True)
            (tmp_path / "in" / student / name).write_bytes(data)
    start = [sys.executable, "-m", "solutions.grading", tmp_path / "in", "3", "--seed", SEED, "--jobs", 1]
    for done in (1, 3):
        run = subprocess.Popen([*map(str, start), "--out", str(tmp_path / "out")], cwd=COURSE)
        while len(list((tmp_path / "out").glob("results/*.json"))) < done:
            time.sleep(0.02)
        run.kill()
        run.wait()
    assert not (tmp_path / "out" / "grades.csv").exists()
    command(*start[3:], "--out", tmp_path / "out")
    for shard in ("1/2", "2/2"):            # two machines over one folder
        command(*start[3:], "--out", tmp_path / "halves", "--shard", shard)
    for path in (tmp_path / "out").rglob("*.*"):
        assert path.read_bytes() == (tmp_path / "halves" / path.relative_to(tmp_path / "out")).read_bytes()


# --- attacks from inside an answer ---

@pytest.fixture(scope="module")
def judge(lessons_apart):
    lessons_apart()                         # the class has asked for one
    return Judge(COURSE / "notebooks" / f"{class_of_03.LESSON}.ipynb", SEED)


def result_of(judge, text):
    """The Result of exercise 3.2 for the text of its cell."""
    notebook = class_of_03.right(e2=text)
    found = judge.row(submission.Submission(json.dumps(notebook).encode(), judge.release), "3.2",
                      Given(judge.exercises, time.monotonic() + 60))
    return found.result


def test_what_is_not_python_is_said_with_its_line_and_a_hint(judge):
    result = result_of(judge, "def one_step_jacobian(W_hh, h)\n    return W_hh")
    assert "    def one_step_jacobian(W_hh, h)\n" in result.message
    assert result.notes == ('Stuck? hint("3.2")',)
    notebook = class_of_03.added("def slopes(h):\n    return (1 - h ** 2", class_of_03.right(
        e2="def one_step_jacobian(W_hh, h):\n    return slopes(h)[:, None] * W_hh"))
    found = judge.row(submission.Submission(json.dumps(notebook).encode(), judge.release), "3.2",
                      Given(judge.exercises, time.monotonic() + 60)).result
    assert "'slopes' is not defined" in found.message
    assert "slopes stands in a cell that cannot run. It is not Python yet" in found.notes[-1]
    assert "line 2 of the cell:\n        return (1 - h ** 2\n" in found.notes[-1]


def family(process):
    """The numbers of all processes that descend from one."""
    run = subprocess.run(["pgrep", "-P", str(process)], capture_output=True, text=True, encoding="utf-8")
    found = run.stdout.split()
    return found + [inner for child in found for inner in family(child)]


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_attack_gets_out(attack, judge):
    lines = "\n    ".join(ATTACKS[attack].splitlines())
    result = result_of(judge, f"def one_step_jacobian(W_hh, h):\n    {lines}")
    assert result.status == "wrong" and result.credit == 0
    assert not os.path.exists(CANARY) and not (COURSE / "helpers" / "leak.py").exists()
    nursery = sandbox.nursery()             # a new one, where the attack has ended that of before
    result_of(judge, class_of_03.ANSWERS["exercise-3-2"])
    assert family(nursery.process.pid) == family(sandbox.nursery().process.pid)
    assert len(family(nursery.process.pid)) < 3, "something still runs"


# Those that loop or wait take seconds each, so every sixth is tried.
@pytest.mark.parametrize("name", re.findall(r"^def (\w+)\(\*arguments", HOSTILE, re.M)[::6])
def test_the_hostile_answers_of_the_checks_get_nothing(name, judge):
    text = HOSTILE.replace("from helpers import rnn", "rnn = None")
    result = result_of(judge, f"{text}\n\none_step_jacobian = {name}\n")
    assert result.status == "wrong" and result.credit == 0


def test_where_no_seal_works_nothing_is_graded(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(sandbox.NoSeal, match="darwin"):
        sandbox.try_seal()
    assert "podman" in sandbox.REFUSAL


# --- the parts ---

def test_a_message_keeps_every_kind_of_value():
    import numpy as np
    value = {"W": np.arange(6.0).reshape(2, 3)[:, ::2], 3: (1, 2.5, None, True, "x", 1j), "n": np.float32(2),
             "inf": [float("inf"), -0.0], "whole": np.array(3)}
    found = wire.unpack(wire.pack(value))
    assert repr(found) == repr(value)
    assert str(wire.unpack(wire.pack(object()))) == "a object"
    with pytest.raises(wire.Malformed):
        wire.pack(np.zeros(10 ** 7))


@pytest.mark.parametrize("data", [b"", b"[", b'["array"]', b'["tag"]', b'["named", 3, 4]', b"[" * 10 ** 5,
                                  b'["function", 0, "f"]', b'["generator", "{}"]'])
def test_what_is_no_message_is_refused(data):
    with pytest.raises(wire.Malformed):
        wire.unpack(data)


def test_only_what_an_answer_needs_is_taken_from_a_notebook():
    cells = ["import os\nos._exit(0)", "factor = 2", "factor *= 3", "table = []", "table.append(factor)",
             "print('no')", "def total_derivatives(w, h):\n    return table", "factor = 9"]
    notebook = {"cells": [class_of_03.code(text) for text in cells]}
    release = submission.cells_of(json.dumps(RELEASE).encode())
    answer = submission.Submission(json.dumps(notebook).encode(), release).answer("3.1")
    assert [text for _, text in answer.statements] == [cells[i] for i in (1, 2, 3, 4, 6)]


def test_an_excerpt_holds_no_answer():
    texts = dict(excerpt(allowed("4.3", "rnn losses optimisers clip activations")))
    assert "def forward" in texts["helpers.rnn"] and "def backward" not in texts["helpers.rnn"]
    assert "def cross_entropy" not in dict(excerpt(allowed("3.4", "losses")))["helpers.losses"]


@pytest.mark.parametrize("path, id, file", [
    ("lovelaceada_4711_98765_03_deriving_bptt.ipynb", "4711", "03_deriving_bptt.ipynb"),
    ("lovelaceada_LATE_4711_98765_03_deriving_bptt-1.ipynb", "4711", "03_deriving_bptt-1.ipynb"),
    ("anon_x7Qp_98765_03_deriving_bptt.ipynb", "x7Qp", "03_deriving_bptt.ipynb"),
    ("LATE_anon_x7Qp_98765_my.ipynb", "x7Qp", "my.ipynb"),
    ("Ada Lovelace_4711_assignsubmission_file/03_deriving_bptt.ipynb", "4711", "03_deriving_bptt.ipynb"),
    ("Ada Lovelace_4711_assignsubmission_file_/my.ipynb", "4711", "my.ipynb"),
    ("Ada Lovelace_4711_assignsubmission_file_my.ipynb", "4711", "my.ipynb"),
    ("ada/bptt03/03_deriving_bptt.ipynb", "ada", "03_deriving_bptt.ipynb"),
    ("ada.ipynb", "ada", "ada.ipynb")])
def test_the_names_of_the_platforms_are_understood(path, id, file, tmp_path):
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_bytes(b"{}")
    found = platforms.learners(tmp_path)
    assert list(found) == [id] and found[id].files[0][0] == file


def test_what_is_never_opened_is_named_with_its_owner(tmp_path):
    for name in ("empty", "link", "pipe", "climber", "right"):
        (tmp_path / "in" / name).mkdir(parents=True)
    (tmp_path / "in" / "right" / "03.ipynb").write_bytes(b"{}")
    (tmp_path / "in" / "link" / "03.ipynb").symlink_to("../right/03.ipynb")
    (tmp_path / "in" / "climber" / ".hidden").write_bytes(b"")
    (tmp_path / "in" / "nowhere").symlink_to("missing")
    os.mkfifo(tmp_path / "in" / "pipe" / "03.ipynb")
    found = platforms.learners(tmp_path / "in")
    assert {id: (len(one.files), *one.left) for id, one in found.items()} == {
        "climber": (0, "the folder is empty"), "empty": (0, "the folder is empty"), "right": (1,),
        "link": (0, "the file 03.ipynb is a link, and was not opened"),
        "nowhere": (0, "the file nowhere is a link, and was not opened"),
        "pipe": (0, "the file 03.ipynb is no plain file, and was not opened")}
    command(tmp_path / "in", "3", "--seed", SEED, "--out", tmp_path / "out")
    assert {row["student"]: (row["points"], row["reason"] != "") for row in rows_of(
        tmp_path / "out" / "grades.csv")} == dict.fromkeys(found, ("", True))
    look = [(row["student"], row["what to look at"]) for row in rows_of(tmp_path / "out" / "problems.csv")]
    assert all((id, said) in look for id, one in found.items() for said in one.left)


def test_paths_in_a_zip_lead_nowhere_else(tmp_path):
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for name in ("ada\\03.ipynb", "../alan/03.ipynb", "..\\alan\\03.ipynb", "/alan/03.ipynb",
                     "C:\\alan\\03.ipynb"):
            archive.writestr(name, b"{}")
    assert list(platforms.learners(tmp_path / "all.zip")) == ["ada"]
    assert [path for path, _ in platforms.contents(tmp_path / "all.zip")].count("") == 4


def test_a_damaged_entry_of_a_zip_harms_only_itself(tmp_path):
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("ada.ipynb", b"{}")
        archive.writestr("alan.ipynb", b'{"cells": []}')
    damaged = (tmp_path / "all.zip").read_bytes().replace(b'{"cells": []}', b'{"cells": ()}')
    (tmp_path / "all.zip").write_bytes(damaged)
    found = {id: learner.files[0][1]() for id, learner in platforms.learners(tmp_path / "all.zip").items()}
    assert found == {"ada": b"{}", "alan": b""}
