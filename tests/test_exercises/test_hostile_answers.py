"""A check survives every answer: it comes back in time, says something clear,
and leaves the session as it was.
"""

import builtins
import functools
import itertools
import os
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import numpy as np
import pytest

from exercises import judge
from exercises.engine import attempt, explaining, judging
from hostile_answers import HOSTILE
from monitoring import Monitoring
from right_answers import RIGHT

WHERE = [(name, ("4.3", "2.3")[i % 2])              # a dict is expected, or a tuple
         for i, name in enumerate(HOSTILE)]


def session():
    """What an answer must not change."""
    return {
        "numpy": {name: id(value) for name, value in vars(np).items() if callable(value)},
        "builtins": dict(vars(builtins)),
        "environment": dict(os.environ),
        "folder": os.getcwd(),
        "errors": np.geterr(),
        "random": np.random.get_state()[1].tolist(),
        "streams": (sys.stdin, sys.stdout, sys.stderr),
        "limit": sys.getrecursionlimit(),
        "alarm": signal.getsignal(signal.SIGALRM),
    }


@pytest.fixture
def quick(monkeypatch):
    """A shorter time limit: the test has many answers that hang."""
    for module in (judging, explaining):
        monkeypatch.setattr(module, "attempt", functools.partial(attempt.attempt, seconds=0.5))


@pytest.mark.parametrize("name, number", WHERE)
def test_a_hostile_answer_is_survived(name, number, quick):
    before = session()
    result = judge(number, HOSTILE[name])
    assert result.status == "wrong"
    assert len(result.message) > 20 and len(repr(result)) < 4000
    assert "<b>" in result._repr_html_()
    assert session() == before


def test_an_endless_loop_is_stopped_after_three_seconds():
    assert attempt.SECONDS + explaining.PROBING < 5
    assert "still running after 3 seconds" in judge("4.3", HOSTILE["an endless loop"]).message


@pytest.mark.parametrize("name", [
    "returns an object that raises at everything", "writes past Python", "prints HTML"])
def test_nothing_that_an_answer_writes_reaches_the_notebook(name, monkeypatch):
    """A notebook's stdout and stderr are objects of their own, which a copied process has, too."""
    reading, writing = os.pipe()
    with open(writing, "w", buffering=1, encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        monkeypatch.setattr(sys, "stderr", stream)
        monkeypatch.setattr(sys, "unraisablehook", sys.__unraisablehook__)
        judge("4.3", HOSTILE[name])
        monkeypatch.undo()
    with open(reading, encoding="utf-8") as written:
        assert written.read() == ""


# --- where a process cannot be copied ---

def endless(*arguments):
    while True:
        pass


@pytest.mark.parametrize("answer, words", [
    (endless, "still running when its time was up"),
    (lambda *arguments: sys.exit(), "which would end the whole notebook"),
    (lambda *arguments: input("?"), "it asked for input"),
    (lambda *arguments: (yield), "a generator"),
    (lambda params, cache, dy: dy.fill(0), "None"),
])
def test_without_a_child_process(here, quick, answer, words):
    before = session()
    assert words in repr(judge("4.3", answer))
    assert session() == before


PATCHES = ["np.tanh is None", "all arrays are close", "np.asarray returns zero", "all differences are zero",
           "the helpers return nothing", "NumPy cannot be imported", "deletes len", "changes the builtins"]


@pytest.mark.parametrize("name", PATCHES)
def test_what_an_answer_patches_is_put_back_without_a_child_process(here, name):
    before = session()
    assert judge("4.3", HOSTILE[name]).status == "wrong"
    assert session() == before
    assert judge("4.3", next(iter(RIGHT["4.3"].values()))).status == "right"


@pytest.mark.parametrize("number", ["4.3", "2.3"])
def test_an_endless_loop_is_stopped_where_there_is_no_alarm(here, quick, monkeypatch, number):
    monkeypatch.delattr(signal, "setitimer")            # as on Windows
    assert "still running when its time was up" in judge(number, endless).message
    assert judge(number, next(iter(RIGHT[number].values()))).status == "right"


def test_an_endless_loop_is_stopped_in_another_thread(here, quick):
    """A signal reaches the main thread only."""
    with ThreadPoolExecutor(1) as pool:
        assert "still running when its time was up" in pool.submit(judge, "4.3", endless).result(20).message


def calls_itself(n=60, *arguments):
    return calls_itself(n - 1) + calls_itself(n - 2) if n > 1 else n


def counts(*arguments):
    k = 0
    while True:
        k += 1


if sys.version_info >= (3, 12):         # before, there is no sys.monitoring
    @pytest.mark.parametrize("answer", [
        counts, lambda *arguments: sum(1 for _ in itertools.count()), lambda *arguments: calls_itself()])
    def test_an_endless_loop_is_stopped_in_a_browser(in_browser, quick, answer):
        assert "still running when its time was up" in judge("4.3", answer).message
        assert not any(map(sys.monitoring.get_tool, range(6)))
        assert judge("4.3", next(iter(RIGHT["4.3"].values()))).status == "right"


def test_in_a_browser_each_jump_looks_at_the_clock(in_browser, monkeypatch):
    """Before the time is up nothing happens; then it rings, and if that is caught, again a second later."""
    monkeypatch.setattr(sys, "monitoring", Monitoring())
    now = [100.0]
    monkeypatch.setattr(attempt.time, "monotonic", lambda: now[0])
    rang = []
    with attempt.time_limit(3.0):
        jump, start = sys.monitoring.callbacks
        for look, now[0] in ((jump, 102.9), (start, 103.1), (jump, 103.2), (jump, 104.2), (start, 104.3)):
            try:
                look()
            except attempt.TimeIsUp:
                rang.append(now[0])
    assert rang == [103.1, 104.2] and not sys.monitoring.tools


def test_a_check_inside_a_check_has_a_limit_of_its_own_in_a_browser(in_browser):
    with attempt.clock_watched(60.0), attempt.clock_watched(60.0):
        pass
    assert not any(map(sys.monitoring.get_tool, range(6)))


@pytest.mark.parametrize("name", PATCHES[:3])
def test_what_an_answer_patches_is_put_back_in_a_browser(in_browser, name):
    before = session()
    assert judge("4.3", HOSTILE[name]).status == "wrong"
    assert session() == before


@pytest.mark.parametrize("name, word", {
    "os._exit": "os._exit", "aborts": "os.abort", "kills itself": "os.kill", "a long sleep": "time.sleep",
    "closes all files": "os.closerange", "recursion without a limit": "sys.setrecursionlimit",
    "lowers the recursion limit": "sys.setrecursionlimit"}.items())
def test_an_answer_does_not_end_a_browsers_python(in_browser, name, word):
    before = os._exit, os.kill, time.sleep, sys.getrecursionlimit()
    assert f"RuntimeError: {word} is off in a browser" in judge("4.3", HOSTILE[name]).message
    assert (os._exit, os.kill, time.sleep, sys.getrecursionlimit()) == before


def limited(seconds):
    """A limit within which nothing is done. It may ring all the same, where it is short."""
    with suppress(attempt.TimeIsUp), attempt.interruption(seconds):
        pass


def test_nothing_rings_after_the_last_call():
    for seconds in (0.0, 1e-5, 1e-4, 1e-3):
        for _ in range(50):
            limited(seconds)
            sum(range(3000))                            # a late exception would arrive here


@pytest.mark.parametrize("seconds", [0.0, 60.0])
def test_after_a_limit_an_answer_can_be_watched(seconds):
    """Python 3.11 never ends a profiled call in a process that keeps the mark of an exception to come."""
    for _ in range(20):
        limited(seconds)
    first, = attempt.attempt(lambda: len("abc"), [()], watch=lambda code: "seen")
    assert first.value == 3 and "seen" in first.words


def test_time_that_runs_out_between_two_calls(here, monkeypatch):
    def outcomes_of(answer, calls, names, watch):
        yield attempt.Outcome(value=1)
        raise attempt.TimeIsUp

    monkeypatch.setattr(attempt, "outcomes_of", outcomes_of)
    first, last = attempt.attempt(abs, [(1,), (2,)])
    assert first.value == 1 and "time was up" in last.error


def test_right_answers_without_a_child_process(here):
    for answer in list(RIGHT["4.3"].values())[:10]:
        assert judge("4.3", answer).status == "right"


# --- right answers of any form ---

@pytest.mark.parametrize("number", RIGHT)
def test_no_right_answer_is_rejected(here, number):
    assert len(RIGHT[number]) >= 25
    rejected = {name: repr(result) for name, answer in RIGHT[number].items()
                for result in [judge(number, answer)] if result.status != "right"}
    assert not rejected


@pytest.mark.parametrize("number", RIGHT)
def test_a_right_answer_is_right_in_a_process_of_its_own(number):
    assert judge(number, next(iter(RIGHT[number].values()))).status == "right"
