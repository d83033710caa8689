"""A rebuild changes nothing, on another processor either:
OpenBLAS is told to use the code that it keeps for each.
"""

import pytest
from notebooks import LESSONS, assert_same, load, rebuilt


@pytest.mark.parametrize("lesson", LESSONS)
def test_another_processor_prints_the_same(lesson, monkeypatch):
    """The edition with answers; test_notebooks.py compares the student edition with it,
    and nbval runs both on this processor.
    """
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Prescott")     # no fused multiply-add, no wide vectors
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    assert_same(rebuilt("solutions", lesson), load("solutions", lesson))
