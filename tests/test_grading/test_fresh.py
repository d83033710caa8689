"""In grading calculations are judged on fresh instances, and these tell all mistakes from each other."""

import pickle
import subprocess
import sys

import pytest

from notebooks import COURSE, LESSONS
from solutions.grading import judge

CELL = "sine/given/0.8/feedback/gain"
FEW = [name[:2] for name in LESSONS if name[:2] != "10"]


def results(lesson, variant, secret):
    """{number: what is right on its instances, as bytes} of the exercises that calculate and earn points."""
    return {number: pickle.dumps([expected for _, expected in exercise.problems])
            for number, exercise in judge.fresh_exercises(lesson, variant, secret).items()
            if exercise.points and exercise.verdict is None}


@pytest.mark.parametrize("lesson, variant", [*((lesson, "") for lesson in FEW), ("10", CELL)])
def test_no_results_are_those_that_everybody_knows(lesson, variant):
    public, fresh = (judge.apart(results, lesson, variant, secret) for secret in ((), (7, 0)))
    assert len(public) >= 3 and [number for number in public if public[number] == fresh[number]] == []
    assert lesson != "01" or judge.apart(results, lesson, variant, (7, 0)) == fresh


@pytest.mark.parametrize("sizes", [(11, 3, 5), (12, 4, 4), (0, 7), (6, 7), (1, 7), (6, 3, 2, 4, 5)])
def test_sizes_grow_and_keep_their_order(sizes):
    for seed in range(20):
        found = judge.grown(sizes, judge.np.random.default_rng(seed))
        for i, one in enumerate(sizes):
            assert one <= found[i] <= one + 4 * len(sizes) and (one > 0) == (found[i] > 0)
            for j, other in enumerate(sizes):
                assert (one < other) == (found[i] < found[j])
                assert (one + 1 == other) == (found[i] + 1 == found[j])


def lost_and_found():
    """The mistakes of 10.1 that cannot be told with the first instances of a seed, and with others."""
    first, public = (judge.fresh_exercises("10", CELL, secret)["10.1"] for secret in ((1, 0), ()))
    wanted = judge.told(public)
    return wanted - judge.told(first), wanted - judge.told(judge.redrawn(first, CELL, (1, 0)))


def test_instances_that_do_not_tell_a_mistake_are_drawn_again():
    lost, still = judge.apart(lost_and_found)
    assert "leak forgotten" in lost and not still


def test_right_answers_and_mistakes_under_another_seed(tmp_path):
    """All lessons and twenty seeds: python -m tests.seeds"""
    ask = ["-m", "tests.seeds", "--seeds", "1", "--lessons", "00,01", "--jobs", "1"]
    run = subprocess.run([sys.executable, *ask, "--answers", tmp_path / "found.jsonl"], cwd=COURSE,
                         capture_output=True, text=True, encoding="utf-8")
    assert run.returncode == 0, run.stdout + run.stderr[-2000:]
    for line in run.stdout.splitlines()[2:]:
        lesson, seeds, right, judged, mistakes, caught, again = map(int, line.strip("| ").split(" | "))
        assert seeds == 1 and right == judged >= 5 and mistakes == caught >= 40
    assert lesson == 1
