"""``make update``: a new version comes, and nothing of the learner's is lost."""

import json
import subprocess
import sys

import pytest
import update
from notebooks import COURSE

NOTEBOOK = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def git(folder, *arguments):
    subprocess.run(["git", "-c", "user.name=A", "-c", "user.email=a@example.org", *arguments],
                   cwd=folder, check=True, capture_output=True)


def write(path, cells):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**NOTEBOOK, "cells": cells}), encoding="utf-8")


@pytest.fixture
def clone(tmp_path):
    """A learner's clone of a small course of which a new version is out.
    Its folder's name has a space and an umlaut.
    """
    course = tmp_path / "course"
    write(course / "notebooks" / "01_unrolling.ipynb", [])
    write(course / "notebooks" / "02_forward_pass.ipynb", [])
    (course / ".gitignore").write_text("mine/\n", encoding="utf-8")
    git(tmp_path, "init", "--quiet", "--initial-branch=main", str(course))
    git(course, "add", ".")
    git(course, "commit", "--quiet", "-m", "First version")
    mine = tmp_path / "my übung"
    git(tmp_path, "clone", "--quiet", str(course), str(mine))
    write(course / "notebooks" / "01_unrolling.ipynb", ["new"])
    git(course, "commit", "--quiet", "-a", "-m", "Second version")
    return mine


def content(path):
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def test_a_changed_notebook_goes_to_mine_and_the_new_version_comes(clone):
    lesson = clone / "notebooks" / "01_unrolling.ipynb"
    write(lesson, ["my answer"])
    (clone / "mine").mkdir()
    (clone / "mine" / "progress.jsonl").write_text("{}", encoding="utf-8")
    assert update.update(clone) == [clone / "mine" / "01_unrolling.ipynb"]
    assert content(clone / "mine" / "01_unrolling.ipynb") == ["my answer"]
    assert content(lesson) == ["new"]
    assert (clone / "mine" / "progress.jsonl").read_text(encoding="utf-8") == "{}"


def test_what_is_in_mine_is_never_overwritten(clone):
    write(clone / "mine" / "01_unrolling.ipynb", ["older answer"])
    write(clone / "notebooks" / "01_unrolling.ipynb", ["my answer"])
    assert update.update(clone) == [clone / "mine" / "01_unrolling-2.ipynb"]
    assert content(clone / "mine" / "01_unrolling.ipynb") == ["older answer"]
    assert content(clone / "mine" / "01_unrolling-2.ipynb") == ["my answer"]
    assert update.update(clone) == []


def test_a_deleted_notebook_comes_back(clone):
    (clone / "notebooks" / "02_forward_pass.ipynb").unlink()
    assert update.update(clone) == []
    assert (clone / "notebooks" / "02_forward_pass.ipynb").exists()


def test_other_changes_stop_it_before_anything_is_touched(clone):
    write(clone / "notebooks" / "01_unrolling.ipynb", ["my answer"])
    (clone / ".gitignore").write_text("mine/\nmore\n", encoding="utf-8")
    with pytest.raises(update.Stopped, match="you changed .gitignore"):
        update.update(clone)
    assert content(clone / "notebooks" / "01_unrolling.ipynb") == ["my answer"]


def test_commits_of_ones_own_stop_it_too(clone):
    write(clone / "notebooks" / "01_unrolling.ipynb", ["my answer"])
    git(clone, "commit", "--quiet", "-a", "-m", "Mine")
    write(clone / "notebooks" / "02_forward_pass.ipynb", ["another answer"])
    with pytest.raises(update.Stopped, match="commits of your own"):
        update.update(clone)
    assert content(clone / "notebooks" / "02_forward_pass.ipynb") == ["another answer"]


def test_without_a_network_nothing_is_touched(clone):
    write(clone / "notebooks" / "01_unrolling.ipynb", ["my answer"])
    git(clone, "remote", "set-url", "origin", str(clone / "nowhere"))
    with pytest.raises(update.Stopped, match="git fetch says"):
        update.update(clone)
    assert content(clone / "notebooks" / "01_unrolling.ipynb") == ["my answer"]


def test_a_folder_without_git_is_told_what_to_do(tmp_path):
    with pytest.raises(update.Stopped, match="Unpack the new version beside it"):
        update.update(tmp_path)


def test_it_needs_python_alone():
    """It must run before anything is installed: isolated, without the packages of the environment."""
    script = str(COURSE / "solutions" / "build" / "update.py")
    run = subprocess.run([sys.executable, "-I", "-S", "-c", f"import runpy; runpy.run_path({script!r})"],
                         capture_output=True, text=True, encoding="utf-8")
    assert run.returncode == 0, run.stderr
