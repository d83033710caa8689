"""Wrong answers that no row was made from: each is rejected, and of most it is said what makes them wrong.

The folder unseen has them as text: a line with the exercise's number, what is wrong as a comment, the code.
"""

import functools
import itertools
import math
import re
from pathlib import Path

import numpy as np
import pytest

from exercises import judge
from helpers import (
    activations, baselines, clip, datasets, equations, gradcheck, gru, losses, lstm, optimisers, rnn,
    sampling, training)

HELPERS = (activations, baselines, clip, datasets, equations, gradcheck, gru, losses, lstm, optimisers, rnn,
           sampling, training)
NAMES = {"np": np, "functools": functools, "itertools": itertools, "math": math,
         "sigmoid": activations.sigmoid, "softmax": losses.softmax,
         **{module.__name__.rpartition(".")[2]: module for module in HELPERS}}
# How many of a file's answers are explained as a whole, at least.
EXPLAINED = {"first": 38, "second": 39, "third": 32, "fourth": 36, "fifth": 36}


def answers(name):
    """(the exercise's number, the function) for each answer of a file."""
    text = (Path(__file__).parent / "unseen" / f"{name}.txt").read_text(encoding="utf-8")
    for number, code in re.findall(r"^=== (\S+)\n(.*?)(?=^===|\Z)", text, re.MULTILINE | re.DOTALL):
        scope = dict(NAMES)
        exec(compile(code, f"<answer to {number}>", "exec"), scope)
        yield number, scope["answer"]


def is_explained(result):
    """True if the first thing said is what makes the answer wrong, not which results are."""
    return not re.search(r"\b(is|are) wrong|is not right", result.message.split(". ")[0])


@pytest.mark.parametrize("name", EXPLAINED)
def test_an_answer_that_nobody_listed_is_rejected_and_mostly_explained(here, name):
    results = [judge(number, answer) for number, answer in answers(name)]
    assert len(results) == 40 and all(result.status == "wrong" for result in results)
    explained = sum(map(is_explained, results))
    assert explained >= EXPLAINED[name], f"{explained} of 40"
