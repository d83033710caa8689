"""Judge a submission with the course's own checks, on fresh instances, without running anything of it here.

What is another than in a notebook: where an answer is called (``Remote``), and the seeds of the instances.
"""

import inspect
import json
import os
import sys
import time
import types
from contextlib import contextmanager
from multiprocessing import get_context
from typing import NamedTuple

import numpy as np

from exercises import capstone
from exercises.engine import attempt, evidence, explaining, judging
from exercises.engine.exercise import made
from exercises.engine.show import Result
from exercises.lessons.catalogue import find, lesson_exercises, warm_ups
from helpers import gru, lstm, rnn
from solutions.grading import sandbox, wire
from solutions.grading.excerpt import allowed, excerpt
from solutions.grading.submission import Submission, Unreadable, cells_of

SUBMISSION = 90.0               # seconds that one submission may take
DRAWS = 20                      # sets of instances that are tried, until every named mistake shows
# Exercises whose instances are written out, not drawn: their real numbers are moved a little.
WRITTEN_OUT = {"0.6", "1.1", "1.3", "1.4", "1.9", "3.4", "6.5"}


class Row(NamedTuple):
    """What became of one exercise. check: the id of its check. notes: for who reads the result."""

    check: str
    points: float
    highest: float
    result: Result
    notes: tuple = ()
    own: str = ""


# --- fresh instances ---

@contextmanager
def joined_with(secret):
    """Inside, every seed in the course is joined with a secret one. secret: a tuple of integers."""
    original = np.random.default_rng

    def default_rng(seed=None):
        return original([*secret, seed] if isinstance(seed, int) and secret else seed)

    np.random.default_rng = default_rng
    try:
        yield
    finally:
        np.random.default_rng = original


def fresh_exercises(lesson, variant, secret):
    """The exercises of a lesson with the instances of a secret; their references run with plain seeds."""
    with joined_with(secret):
        found = lesson_exercises(lesson, variant)
        found = found if variant else found | warm_ups(lesson)
        for exercise in found.values():
            exercise.instances, exercise.probes = made(exercise.instances), made(exercise.probes)
            exercise.far = list(made(exercise.far))
            if exercise.number in WRITTEN_OUT:
                rng = np.random.default_rng(len(exercise.instances))
                exercise.instances = [tuple(moved(value, rng) for value in arguments)
                                      for arguments in exercise.instances]
    return found


def moved(value, rng):
    """A real number, or an array of them, each moved by at most 0.1; anything else as it is."""
    real = isinstance(value, float) or isinstance(value, np.ndarray) and value.dtype.kind == "f"
    found = value + rng.uniform(-0.1, 0.1, np.shape(value)) if real else value
    return float(found) if isinstance(value, float) else found


def told(exercise):
    """The names of the mistakes of an exercise that can be told from a right answer, and from each other."""
    seen, names = [[expected for _, expected in exercise.problems]], set()
    for mistake, results in exercise.catalogue:
        if not any(alike(results, other, exercise) for other in seen):
            seen.append(results)
            names.add(mistake.name)
    return names


def alike(results, others, exercise):
    """True if the results of two answers are the same on every instance."""
    return all(result is not None and other is not None and judging.same(result, other, exercise)
               for result, other in zip(results, others))


def told_in(lesson, secret):
    """{number: names of the mistakes that can be told} with the instances of a secret."""
    return {number: told(exercise) for number, exercise in fresh_exercises(lesson, "", secret).items()
            if not exercise.verdict}


def drawn(lesson, seed):
    """The secret for a lesson: the first with which every mistake can be told that can be told in notebooks.

    Each is tried in a copy of this process, which has not imported the lesson yet.
    """
    if lesson == "10":                  # its exercises are about one learner's cell, and drawn for each
        return seed, 0
    with get_context("fork").Pool(1, maxtasksperchild=1) as pool:
        public = pool.apply(told_in, (lesson, ()))
        for draw in range(DRAWS):
            found = pool.apply(told_in, (lesson, (seed, draw)))
            if all(names <= found[number] for number, names in public.items()):
                return seed, draw
    raise ValueError(f"With SEED={seed} some mistakes cannot be told apart. Choose another one.")


# --- where an answer is called ---

class Remote(attempt.Elsewhere):
    """A learner's function, in sealed processes. job: for child.py, without limits. names: values that its
    statements find. end: when the submission's time is up."""

    def __init__(self, job, names, end):
        self.job, self.names, self.end = job, names, end

    def __call__(self, *arguments):
        """One call, for a promise that looks at results."""
        outcome = self.attempt([arguments])[0]
        if outcome.error or outcome.blank:
            raise RuntimeError(outcome.error)
        return outcome.value

    def words(self, watch):
        """The words for the code of the answer, read and never run; see ``attempt.watching``."""
        left = [compile(text, where, "exec") for where, text in self.job["statements"]
                if watch and where != "the lesson"]
        found = set()
        while left:
            code = left.pop()
            found.add(watch(code))
            left += [inner for inner in code.co_consts if isinstance(inner, types.CodeType)]
        return tuple(found - {""})

    def attempt(self, calls, names=(), seconds=attempt.SECONDS, watch=None, promises=()):
        """As the course's ``attempt``."""
        functions, seconds = [], max(1, round(seconds))
        patience = min(sandbox.PATIENCE * seconds + 2, self.end - time.monotonic())
        packed = [wire.pack(tuple(arguments), functions) for arguments in calls]
        packed += [json.dumps([inspect.getsource(keeps), keeps.__name__]).encode()
                   for keeps in promises if is_alone(keeps)]
        job = json.dumps({**self.job, "names": list(names), "memory": sandbox.MEMORY, "seconds": seconds})
        outcomes = []
        try:
            with sandbox.Child(job.encode(), self.names, functions, seconds, patience) as child:
                for number, payload in enumerate(packed):
                    value, *rest = child.ask("a" if number < len(calls) else "p", payload)
                    outcomes.append(attempt.Outcome(as_attempted(value), *rest, self.words(watch)))
                    if attempt.failed(outcomes):
                        break
        except sandbox.Ended as ended:
            outcomes.append(attempt.Outcome(error=str(ended)))
        if len(outcomes) < len(calls) or attempt.failed(outcomes):
            return outcomes
        kept = iter(outcomes[len(calls):])
        return outcomes[:len(calls)] + [
            next(kept) if is_alone(keeps) else attempt.call(keeps, (self,), ()) for keeps in promises]


def is_alone(keeps):
    """True for a promise that needs NumPy and nothing else of its module."""
    return (isinstance(keeps, types.FunctionType)
            and set(keeps.__code__.co_names) & set(keeps.__globals__) <= {"np"})


def as_attempted(value):
    """What came back, in the types of the course's ``attempt``."""
    if isinstance(value, wire.Words):
        return attempt.Strange(str(value))
    if isinstance(value, dict):
        kind = attempt.Fields if isinstance(value, wire.Fields) else dict
        return kind((key, as_attempted(entry)) for key, entry in value.items())
    return list(map(as_attempted, value)) if isinstance(value, (list, tuple)) else value


# --- a submission ---

class Judge:
    """release: the bytes of the notebook that was handed out. seed: secret until the grades are out. handed:
    a ``release.Handed`` where each learner got another one."""

    def __init__(self, release, lesson, seed, handed=None):
        self.handed = handed
        os.environ["BPTT_PROGRESS"] = ""
        self.release, self.lesson = cells_of(release), lesson
        self.checks = {cell.id: cell.points for cell in self.release
                       if cell.kind == "code" and cell.points is not None}
        self.written = {cell.id: cell.points for cell in self.release
                        if cell.kind == "markdown" and cell.points is not None}
        if f"exercises.lessons.lesson_{lesson}" in sys.modules:
            raise RuntimeError("The lesson is imported already, with the instances that everybody knows.")
        self.secret = drawn(lesson, seed)
        wire.KNOWN.update({("Cache", module.Cache._fields): module.Cache for module in (rnn, lstm, gru)})
        # What is said depends on no clock.
        explaining.PROBING = evidence.PROBING = 10.0
        if lesson != "10":
            for exercise in fresh_exercises(lesson, "", self.secret).values():
                for problems in ("catalogue", "easier", "far_problems"):
                    getattr(exercise, problems)

    def rows(self, data, student):
        """The Rows of a submission. data: the file's bytes. Raises Unreadable."""
        end, lines, names, variant = time.monotonic() + SUBMISSION, [], {}, ""
        addresses = self.handed.addresses(student) if self.handed else {}
        if self.lesson == "10":
            project = self.handed.project(student) if self.handed else capstone.project(student)
            variant = project.variant.code
            fresh_exercises("10", variant, self.secret)
            names = {"task": capstone.sunspots()}
            lines = [("the lesson", "from exercises.capstone.cell import Project, Variant\n"
                      f"project = Project({student!r}, Variant(*{tuple(project.variant)!r}))\n"
                      f"project.more = {project.more!r}")]
        submission = Submission(data, self.release, {"project", "task"} if variant else ())
        results = {}
        found = [self.row(submission, check, results, (lines, names, variant, end), addresses)
                 for check in self.checks]
        if time.monotonic() > end:
            raise Unreadable(f"its answers took longer than {SUBMISSION:.0f} s; is this machine busy?")
        return found

    def row(self, submission, check, results, given, addresses=types.MappingProxyType({})):
        """The Row of an exercise. results: {number: Result} of those before it, to which its own is added.
        addresses: {number: "3.10@cadb"} of those that the learner has in another form."""
        (lines, names, variant, end), number = given, check.removeprefix("check-").replace("-", ".")
        answer, highest = submission.answer(check.replace("check", "exercise")), self.checks[check]
        if answer.blank or answer.error:
            status = "not attempted yet" if answer.blank else "wrong"
            result = Result(number, status, answer.error or "The function is as it was handed out.")
        else:
            statements = [*lines, *answer.statements]
            text = "".join(text for _, text in statements)
            job = {"name": answer.name, "statements": statements, "helpers": excerpt(allowed(number, text))}
            exercise = find(f"{number}@{variant}" if variant else addresses.get(number, number))
            result = judging.judge(exercise, Remote(job, names, end))
            judging.follow_through(result, results.get(exercise.follows))
        results[number] = result
        return Row(check, round(highest * result.credit, 2), highest, result, answer.notes, answer.own)
