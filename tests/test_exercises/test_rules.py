"""Mistakes by rule: every one is a wrong answer that is rejected, or the same function; and what is said of it."""

import re

import numpy as np
import pytest

from exercises.engine import rules
from exercises.engine.attempt import outcome
from exercises.engine.by_rule import Tried, answer_of
from exercises.engine.mistakes import same
from exercises.lessons.catalogue import find, lesson_exercises, lessons

NUMBERS = [number for lesson in lessons() if lesson != "10"
           for number, exercise in lesson_exercises(lesson).items() if not exercise.verdict]


def right_on(tried, change, numbers):
    """True if a change makes no part of some problems wrong."""
    for number in numbers:
        made = tried.signatures([change], number)
        if not made or tried.form(number).wrong(made):
            return False
    return True


@np.errstate(all="ignore")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("number", NUMBERS)
def test_a_change_that_is_accepted_is_no_change(number):
    """What is right on all instances and on the far problems is right on the easier ones, too."""
    exercise = find(number)
    tried, instances = Tried(exercise), list(range(len(exercise.problems)))
    instances.sort(key=exercise.smallest_first.index)
    others = range(len(instances), len(exercise.every_problem))
    accepted = [change for change in tried.every if right_on(tried, change, instances)
                and all(same(outcome(answer_of(exercise, [change]), far.arguments), right, exercise)
                        for far, right in exercise.far_problems)]
    wrong = [rules.sentence([change]) for change in accepted if not right_on(tried, change, others)]
    assert not wrong


@pytest.mark.parametrize("number", NUMBERS)
def test_what_a_change_says_is_for_a_learner(number):
    for change in rules.changes(find(number)):
        said = rules.sentence([change])
        assert said[-1] in ".?" and not re.search(r"self|np\.|\bnone\b|  ", said), said
