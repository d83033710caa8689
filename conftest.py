"""What all tests share, those of the notebooks too."""

import os

import pytest
from hypothesis import HealthCheck, settings

# The same examples at every run, and no test that fails because a computer is slow.
settings.register_profile("course", derandomize=True, deadline=None, max_examples=50,
                          suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("course")

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")     # matrices are small here, and there is a worker for every core
os.environ["BPTT_PROGRESS"] = ""                # what the tests solve is nobody's progress; notebooks started from here know it, too
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.pop("PYTHONWARNDEFAULTENCODING", None)       # a worker has read it; a notebook's kernel would print warnings
os.environ["TQDM_DISABLE"] = "1"                # a progress bar is for somebody who waits; its output differs from run to run


@pytest.fixture
def here(monkeypatch):
    """Answers to exercises run in this process, not each in a copy of it: hundreds of them, all known to end."""
    monkeypatch.setattr("exercises.engine.attempt.CAN_FORK", False)
