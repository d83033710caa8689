"""README's commands: what they say when something is in the way, and that JupyterLab answers."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from notebooks import COURSE


@pytest.fixture
def fresh_copy(tmp_path):
    """A folder with what make needs, and no virtual environment yet."""
    for name in ("Makefile", "requirements.txt", "requirements.lock", "requirements-dev.lock",
                 "pyproject.toml"):
        shutil.copy(COURSE / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def ready_copy(fresh_copy):
    """The same after the set-up: its virtual environment is the one that runs this test."""
    (fresh_copy / ".venv" / "bin").mkdir(parents=True)
    for program in ("python", "jupyter"):
        (fresh_copy / ".venv" / "bin" / program).symlink_to(Path(sys.executable).parent / program)
    (fresh_copy / ".venv" / "lab-ready").touch()
    shutil.copytree(COURSE / "notebooks", fresh_copy / "notebooks")
    return fresh_copy


def make(folder, *arguments):
    return subprocess.run(["make", *arguments], cwd=folder,
                          capture_output=True, text=True, encoding="utf-8", timeout=60)


def test_an_old_python_is_named(fresh_copy):
    old = fresh_copy / "python3.9"
    old.write_text("#!/bin/sh\ncase $2 in *version_info*) exit 1;; *) echo 3.9.18;; esac\n", encoding="utf-8")
    old.chmod(0o755)
    run = make(fresh_copy, "lab", f"PYTHON={old}")
    assert run.returncode != 0
    assert "needs Python 3.11 or newer" in run.stdout and "is 3.9.18" in run.stdout
    assert "make lab PYTHON=python3.13" in run.stdout
    assert not (fresh_copy / ".venv").exists()


def test_a_python_that_nobody_tested_gets_a_line_and_goes_on(fresh_copy):
    newer = fresh_copy / "python4.0"
    newer.write_text("#!/bin/sh\n"
                     "case $2 in *'> (3, 14)'*) exit 1;; *'< (3, 11)'*) exit 0;; venv) exit 3;; esac\n",
                     encoding="utf-8")
    newer.chmod(0o755)
    run = make(fresh_copy, "lab", f"PYTHON={newer}")
    assert "Nobody has tested the course with a Python this new" in run.stdout
    assert "-m venv .venv" in run.stdout and "Error 3" in run.stderr         # it went on to the set-up


def test_a_missing_python_is_named(fresh_copy):
    run = make(fresh_copy, "lab", "PYTHON=python-that-is-not-there")
    assert run.returncode != 0
    assert "There is no program called python-that-is-not-there" in run.stdout


def test_lab_serves_lesson_00_even_when_the_port_is_busy(ready_copy):
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        environment = {**os.environ, "BROWSER": "true", "JUPYTER_TOKEN": "test"}
        lab = subprocess.Popen(["make", "lab", f"PORT={port}"], cwd=ready_copy, env=environment,
                               text=True, encoding="utf-8", stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               start_new_session=True)
        try:
            said, address = wait_for_address(lab)
            assert f"Port {port} is busy; JupyterLab takes the next free one" in said
            assert f":{port}/" not in address
            lesson = "notebooks/00_start_here.ipynb"
            assert lesson in address
            base = address.split("/lab")[0]
            assert b"JupyterLab" in fetch(f"{base}/lab/tree/{lesson}?token=test")
            assert b"Start here" in fetch(f"{base}/api/contents/{lesson}?token=test")
        finally:
            os.killpg(lab.pid, signal.SIGKILL)


def wait_for_address(lab):
    """Read what ``make lab`` prints until it names its address. Returns all lines so far, and the address."""
    patience = threading.Timer(120, os.killpg, (lab.pid, signal.SIGKILL))
    patience.start()
    said = ""
    for line in lab.stdout:
        said += line
        words = [word for word in line.split() if word.startswith("http://")]
        if words:
            patience.cancel()
            return said, words[0]
    raise AssertionError(f"make lab ended before it named its address:\n{said}")


def fetch(address):
    """The page at an address. The server names its address a moment before it listens,
    so a refusal is asked again.
    """
    for _ in range(60):
        try:
            return urllib.request.urlopen(address, timeout=30).read()
        except urllib.error.URLError as error:
            if not isinstance(error.reason, ConnectionRefusedError):
                raise
            time.sleep(0.5)
    raise AssertionError(f"nothing listens at {address}")
