"""``report``: a file to dispute a judgement with, in which nothing stands that is nobody's business."""

import functools
import getpass
import platform
import re
from pathlib import Path

import numpy as np
import pytest

from exercises import report
from exercises.lessons.catalogue import find
from helpers import rnn


def twice(number):
    """A function of the learner's own, beside the answer."""
    return 2 * number


def backward(params, cache, dy):
    """An answer with a mistake."""
    gradients = rnn.backward(params, cache, dy)
    return {**gradients, "W_hh": twice(gradients["W_hh"])}


class Answer:
    """An answer that is an object."""

    def __call__(self, k, share):
        return share / k


@pytest.fixture
def folder(monkeypatch, tmp_path):
    """The folder of reports, a new one."""
    monkeypatch.setattr("exercises.reporting.FOLDER", tmp_path / "mine" / "reports")
    return tmp_path / "mine" / "reports"


def written(folder, number="4.3"):
    return (folder / f"exercise_{number}.txt").read_text(encoding="utf-8")


def test_it_holds_the_answer_what_was_said_and_versions(here, folder):
    report("4.3", backward)
    text = written(folder)
    assert "Exercise 4.3: wrong. " in text and "dW_hh is wrong" in text
    assert text.endswith('return {**gradients, "W_hh": twice(gradients["W_hh"])}\n')
    assert text.index("def twice(number):") < text.index("def backward(params, cache, dy):")
    assert f"Python {platform.python_version()}, NumPy {np.__version__}" in text
    assert re.search(r"^Course \d+\.\d+\.\d+,", text, re.MULTILINE)


def test_it_says_where_it_lies_what_it_holds_and_that_nothing_is_sent(here, folder):
    said = repr(report("4.3", backward))
    assert "mine/reports/exercise_4.3.txt" in said and str(folder) not in said
    assert "It holds your answer" in said and "Nothing is sent." in said and "everybody can read" in said
    assert "<b>Exercise 4.3: report.</b>" in report("4.3", backward)._repr_html_()


def test_no_report_replaces_another(here, folder):
    names = [re.search(r"exercise_\S+\.txt", report("1.3", Answer()).message)[0] for _ in range(3)]
    assert names == ["exercise_1.3.txt", "exercise_1.3_2.txt", "exercise_1.3_3.txt"]
    assert sorted(path.name for path in folder.iterdir()) == sorted(names)


def test_it_changes_no_progress(here, folder, monkeypatch, tmp_path):
    monkeypatch.setenv("BPTT_PROGRESS", str(tmp_path / "progress.jsonl"))
    report("4.3", backward)
    assert not (tmp_path / "progress.jsonl").exists()


def compiled(path, source):
    """A function whose source lies in a file."""
    Path(path).write_text(source, encoding="utf-8")
    space = {}
    exec(compile(source, str(path), "exec"), space)
    return space["answer"]


@pytest.mark.parametrize("line", [
    "raise OSError(2, 'No such file', '{home}/thesis/x.npy')",
    "raise OSError(2, 'No such file', '/data/somebody/x.npy')",
    r"raise OSError(2, 'No such file', 'C:\\Users\\somebody\\x.npy')",
    "raise ValueError(f'{{__file__}} is odd')",
    "import os; print(dict(os.environ), os.getcwd())",
    "import os, getpass, platform; print(getpass.getuser(), platform.node())",
    "open('{home}/thesis/x.npy')",
    "return '{course}/helpers'",
    "return '{here}'",
])
def test_no_folder_no_name_and_no_environment_is_in_it(here, folder, monkeypatch, tmp_path, line):
    home = tmp_path / "home" / "somebody"
    home.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("A_SECRET", "swordfish")
    monkeypatch.chdir(home)
    monkeypatch.setattr(getpass, "getuser", lambda: "somebody")
    monkeypatch.setattr(platform, "node", lambda: "somewhere")
    course = Path(find.__code__.co_filename).parent.parent.parent
    line = line.format(home=home, course=course, here=tmp_path)
    source = f"__file__ = {str(home / 'answer.py')!r}\n\n\ndef answer(k, share):\n    {line}\n"
    report("1.3", compiled(home / "answer.py", source))
    text = written(folder, "1.3")
    assert "def answer(k, share):" in text
    for word in ("somebody", "somewhere", "swordfish", str(home), str(course), str(tmp_path)):
        assert word not in text, text


@pytest.mark.parametrize("answer, held", [
    (Answer(), "class Answer:"),
    (functools.partial(backward), "def backward("),
    (lambda k, share: share / k, "lambda k, share: share / k"),
    (abs, "cannot find the source"),
    (eval("lambda k, share: share / k"), "cannot find the source"),
    (np.sqrt, "cannot find the source"),
    (3.0, "cannot find the source"),
])
def test_any_answer_can_be_reported(here, folder, answer, held):
    report("1.3", answer)
    assert held in written(folder, "1.3")


def test_functions_that_call_each_other_are_written_once(here, folder):
    space = {}
    exec("def f(k, share):\n    return g(k, share)\n\ndef g(k, share):\n    return f(k, share)", space)
    report("1.3", space["f"])
    assert written(folder, "1.3").count("cannot find the source") == 2


def test_where_nothing_can_be_written_it_is_shown(here, folder, monkeypatch, tmp_path):
    (tmp_path / "a file").write_text("", encoding="utf-8")
    monkeypatch.setattr("exercises.reporting.FOLDER", tmp_path / "a file" / "reports")
    assert "def backward(params, cache, dy):" in repr(report("4.3", backward))


def test_it_stands_in_a_folder_that_git_ignores():
    from exercises.record import COURSE
    from exercises.reporting import FOLDER

    assert FOLDER == COURSE / "mine" / "reports"
    assert "mine/" in (COURSE / ".gitignore").read_text(encoding="utf-8").splitlines()
