"""The stored numbers hold on other processors: OpenBLAS is told to use the code that it keeps for each."""

import build
import pytest
from notebooks import COURSE, LESSONS, load, pictures, same_picture, words


@pytest.mark.parametrize("lesson", LESSONS)
def test_another_processor_prints_the_same(lesson, monkeypatch):
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Prescott")     # no fused multiply-add, no wide vectors
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    source = COURSE / "solutions" / f"{lesson}.md"
    elsewhere = build.finish(build.execute(build.read(source), source))
    stored = load("solutions", lesson)
    assert words(elsewhere) == words(stored)
    for number, (one, other) in enumerate(zip(pictures(elsewhere), pictures(stored), strict=True), 1):
        assert same_picture(one, other), f"picture {number} has changed"
