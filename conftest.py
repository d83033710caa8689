"""What all tests share, those of the notebooks too."""

import os
import sys
import threading

import browser as browsers
import notebooks
import pytest
from hypothesis import HealthCheck, settings

from monitoring import Monitoring

# The same examples at every run, and no test that fails because a computer is slow.
settings.register_profile("course", derandomize=True, deadline=None, max_examples=50,
                          suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("course")

# Matrices are small here, and there is a worker for every core.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# What the tests solve is nobody's progress; notebooks started from here know it, too.
os.environ["BPTT_PROGRESS"] = ""
if "PYTEST_XDIST_WORKER" in os.environ:
    # A worker has read it; a notebook's kernel would print warnings.
    os.environ.pop("PYTHONWARNDEFAULTENCODING", None)
# A progress bar is for somebody who waits; its output differs from run to run.
os.environ["TQDM_DISABLE"] = "1"


# Needs Node: make pyodide runs it.
collect_ignore = [] if os.environ.get("BPTT_PYODIDE") else ["tests/test_course/test_pyodide.py"]

# What OpenBLAS keeps for a processor without fused multiply-add and wide vectors; what this one uses.
OTHER, OWN = "Prescott", os.environ.get("OPENBLAS_CORETYPE")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """The lessons with answers run as on another processor: it prints the same as this one."""
    processor = OTHER if item.path.suffix == ".ipynb" and item.path.parent.name == "solutions" else OWN
    os.environ.pop("OPENBLAS_CORETYPE", None)
    os.environ.update({"OPENBLAS_CORETYPE": processor} if processor else {})


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """nbval compares what cells print; here their pictures are compared, too."""
    result = yield
    if hasattr(item, "test_outputs"):
        words = notebooks.other_pictures(item.test_outputs, item.cell.outputs)
        assert not words, words
    return result


@pytest.fixture
def here(monkeypatch):
    """Answers to exercises run in this process, not each in a copy of it:
    hundreds of them, all known to end.
    """
    monkeypatch.setattr("exercises.engine.attempt.CAN_FORK", False)


@pytest.fixture
def in_browser(here, monkeypatch):
    """As in a browser: Python there, Pyodide, has no processes and no threads."""
    def start(thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(sys, "platform", "emscripten")
    monkeypatch.setattr(sys, "monitoring", getattr(sys, "monitoring", Monitoring()), raising=False)
    monkeypatch.setattr(threading.Thread, "start", start)


@pytest.fixture(scope="module")
def browser():
    """Headless Chromium; where there is none, the test is skipped."""
    missing = "Playwright is not installed: pip install -r requirements-dev.txt"
    playwright = pytest.importorskip("playwright.sync_api", reason=missing)
    if browsers.CHROMIUM is None:
        pytest.skip("no Chromium or Chrome found on this computer")
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=browsers.CHROMIUM, args=browsers.FLAGS)
        yield chromium
        chromium.close()
