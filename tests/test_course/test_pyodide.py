"""The packages in Pyodide, the Python of browsers, run by Node: ``make pyodide``, not ``make test``."""

import json
import subprocess

import pyodide
import pytest

from notebooks import COURSE

SECONDS = 300


@pytest.fixture(scope="module")
def found():
    """What tests/in_node/there.py found in Pyodide."""
    room = COURSE / "tests" / "in_node"
    ran = subprocess.run(["node", room / "run.mjs", pyodide.fetched(), COURSE, room / "there.py"],
                         capture_output=True, text=True, encoding="utf-8", timeout=SECONDS)
    assert ran.returncode == 0, ran.stderr + ran.stdout
    return json.loads(ran.stdout.splitlines()[-1])


def test_answers_are_judged(found):
    assert found["platform"] == "emscripten" and found["right"].startswith("Exercise 4.3: right.")


def test_an_endless_loop_is_stopped(found):
    assert "still running when its time was up" in found["endless"] and 3 <= found["seconds"] < 6


def test_an_answer_that_would_end_python_does_not(found):
    assert [said.split(" in a browser")[0].split("RuntimeError: ")[1] for said in found["endings"]] == [
        "os._exit is off", "os.abort is off", "os.kill is off", "sys.setrecursionlimit is off"]
    assert found["after endings"] == "right"


def test_a_patched_numpy_is_put_right(found):
    assert found["after a patch"] == ["<ufunc 'tanh'>", "<ufunc 'add'>", "right"]


def test_pictures_go_as_text(found):
    assert found["pictures"] == 2 * ["iVBORw0K"]


def test_a_long_graph_is_freed(found):
    assert found["freed"] >= 0


def test_progress_is_kept_in_the_browser_and_read_from_a_file(found):
    assert "until the kernel restarts" in found["without storage"]
    where, path, solved = found["kept"]
    assert "in this browser" in where and path == "/drive/mine/progress.jsonl" and solved == ["4.3"]
    assert found["read again"] == [True, "1 of 1 lines are new, and", ["4.3"]]


def test_the_first_cell_finds_everything(found):
    assert found["first cell"] == 4 * [True]
