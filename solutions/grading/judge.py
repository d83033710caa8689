"""Judge a submission with the course's own checks, on fresh instances, without running anything of it here.

What is another than in a notebook: where an answer is called (``Remote``), and the seeds of the instances.
"""

import inspect
import json
import os
import re
import sys
import time
import types
from contextlib import closing
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import NamedTuple
from unittest import mock

import numpy as np

from exercises import capstone
from exercises.capstone.cell import EXAMPLE
from exercises.engine import attempt, evidence, explaining, judging
from exercises.engine.exercise import made
from exercises.engine.show import Result
from exercises.lessons.catalogue import find, lesson_exercises, lesson_module, warm_ups
from helpers import gru, lstm, rnn
from solutions.grading import sandbox, wire
from solutions.grading.excerpt import allowed, excerpt
from solutions.grading.handed_in import chosen
from solutions.grading.release import handed_to
from solutions.grading.submission import Submission, Unreadable, cells_of

SUBMISSION = 90.0               # seconds that one submission may take, on a machine with nothing else to do
DRAWS = 20                      # sets of instances that are tried, until every named mistake shows
# Exercises whose instances are written out, not drawn: their numbers are moved a little.
WRITTEN_OUT = {"0.6", "1.1", "1.2", "1.3", "1.4", "1.9", "2.2", "3.4", "6.5", "7.1", "7.2", "10.2"}


class Row(NamedTuple):
    """What became of one exercise. result: None for what a person reads. notes: for who reads the result.
    own: what the learner wrote of what was graded. given: (points, reason) of a person."""

    number: str
    highest: float
    result: Result
    notes: tuple = ()
    own: str = ""
    given: tuple = None

    @property
    def points(self):
        """What it earns."""
        return self.given[0] if self.given else round(self.highest * self.result.credit, 2)


class Given(NamedTuple):
    """What answers are judged with. exercises: {number: Exercise}. end: when the submission's time is up.
    lines, names: statements that run before an answer's, and values that they find. variant: of the cell."""

    exercises: dict
    end: float
    lines: tuple = ()
    names: dict = {}
    variant: str = ""


# --- fresh instances ---

def fresh_exercises(lesson, variant, secret):
    """The exercises of a lesson with the instances of a secret, a tuple of integers with which every seed in
    the course is joined; their references run with plain seeds. () for those that everybody knows."""
    plain = np.random.default_rng

    def joined(seed=None):
        return plain([*secret, seed] if isinstance(seed, int) and secret else seed)

    with mock.patch.object(np.random, "default_rng", joined):
        if variant:                     # others may have been made with another secret
            lesson_module(lesson).exercises_of.cache_clear()
        found = lesson_exercises(lesson, variant)
        found = found if variant else found | warm_ups(lesson)
        others = [] if variant else getattr(lesson_module(lesson), "OTHER_CELLS", {}).values()
        for exercise in [*found.values(), *(other for forms in others for other in forms.values())]:
            exercise.instances, exercise.probes = list(made(exercise.instances)), made(exercise.probes)
            exercise.far = list(made(exercise.far))
            rng = np.random.default_rng(len(exercise.instances))
            if secret and exercise.number in WRITTEN_OUT:
                exercise.instances = [moved(arguments, rng) for arguments in exercise.instances]
            if secret:                  # who counts calls knows nothing
                rng.shuffle(exercise.instances)
    return found


def moved(arguments, rng):
    """Arguments with each real number moved by at most 0.1; if there are only sizes, these grow."""
    if all(type(value) is int for value in arguments):
        return grown(arguments, rng)

    def one(value):
        if isinstance(value, float):
            return float(value + rng.uniform(-0.1, 0.1))
        real = isinstance(value, np.ndarray) and value.dtype.kind == "f"
        return value + rng.uniform(-0.1, 0.1, value.shape) if real else value

    return tuple(map(one, arguments))


def grown(sizes, rng):
    """Sizes, larger by a few: in the same order, and those that were equal or neighbours still are."""
    found, last = {0: 0}, 0
    for size in sorted(set(sizes)):
        found[size] = found[last] + size - last + (int(rng.integers(1, 5)) if size - last > 1 else 0)
        last = size
    return tuple(found[size] for size in sizes)


def told(exercise):
    """The names of the mistakes of an exercise that can be told from a right answer, and from each other."""
    seen, names = [[expected for _, expected in exercise.problems]], set()
    for mistake, results in exercise.catalogue:
        if not any(all(result is not None and other is not None and judging.same(result, other, exercise)
                       for result, other in zip(results, others)) for others in seen):
            seen.append(results)
            names.add(mistake.name)
    return names


def told_in(lesson, secret):
    """{number: names of the mistakes that can be told} with the instances of a secret."""
    return {number: told(exercise) for number, exercise in fresh_exercises(lesson, "", secret).items()
            if not exercise.verdict}


def apart(function, *arguments):
    """What a function returns in a copy of this process, which may import a lesson that this one has not."""
    with get_context("fork").Pool(1, maxtasksperchild=1) as pool:
        return pool.apply(function, arguments)


def drawn(lesson, seed):
    """The secret for a lesson: the first with which all mistakes are told that are told in notebooks."""
    if lesson == "10":                  # its exercises are about one learner's cell: see ``redrawn``
        return seed, 0
    public = apart(told_in, lesson, ())
    for draw in range(DRAWS):
        found = apart(told_in, lesson, (seed, draw))
        if all(names <= found[number] for number, names in public.items()):
            return seed, draw
    raise ValueError(f"With SEED={seed} some mistakes cannot be told apart. Choose another one.")


def redrawn(exercise, variant, secret):
    """An exercise about a cell, with instances by which every mistake can be told that can be told in
    notebooks: its own, or others. It takes seconds, so it is asked for only where an answer is wrong."""
    number, (seed, draw) = exercise.number, secret
    wanted = told(fresh_exercises("10", variant, ())[number])
    while not wanted <= told(exercise) and draw < DRAWS:
        draw += 1
        exercise = fresh_exercises("10", variant, (seed, draw))[number]
    return exercise


# --- where an answer is called ---

def busy():
    """How many times longer than alone a calculation may take on this machine now: 1 or more."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


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
        patience = min((sandbox.PATIENCE * seconds + 2) * busy(), self.end - time.monotonic())
        packed = [wire.pack(tuple(arguments), functions) for arguments in calls]
        packed += [json.dumps([inspect.getsource(keeps), keeps.__name__]).encode()
                   for keeps in promises if is_alone(keeps)]
        job = json.dumps({**self.job, "names": list(names), "memory": sandbox.MEMORY, "seconds": seconds})
        outcomes = []
        try:
            with closing(sandbox.Child(job.encode(), self.names, functions, seconds, patience)) as child:
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

@dataclass
class Graded:
    """What became of what a learner handed in. file: the name of the notebook that counts. rows: [Row].
    reason: why nothing could be graded, or "". remarks: what the learner and the teacher are to know;
    private: the teacher alone."""

    reason: str = ""
    file: str = ""
    submission: Submission = None
    rows: list = field(default_factory=list)
    remarks: list = field(default_factory=list)
    private: list = field(default_factory=list)


def numbers_in(words, numbers):
    """The numbers that words such as "3.2, 3.4 to 3.14" name, a list. numbers: all that there are; a range is
    one of numbers, wherever a lesson has them. Raises ValueError."""
    numbers = sorted(numbers, key=lambda number: [int(part) for part in number.split(".")])
    named = re.sub(r"\s*(?:to|-|–)\s*", "-", words).replace(",", " ").split()
    ends = [(one.partition("-")[0], one.rpartition("-")[2]) for one in named]
    if unknown := [number for pair in ends for number in pair if number not in numbers]:
        raise ValueError(f"exercises: no points are given for {unknown[0]!r}, but for {', '.join(numbers)}.")
    places = [(numbers.index(first), numbers.index(last)) for first, last in ends]
    return [number for first, last in places for number in numbers[first:last + 1]]


class Judge:
    """What a class is judged with. release: the path of the notebook that was handed out, or of which each
    learner got another one. seed: secret until the grades are out. roster: [row], of ``release.read_roster``.
    own: text of a teacher's parts. class_files: what was handed in, [files] as of a ``Learner``: it tells
    whether each got another one. only: which exercises count, as of ``numbers_in``; "" for all. Raises
    ValueError where that does not fit the release, seed and roster. highest: {number: points} of what is
    judged; written: of what a person reads."""

    def __init__(self, release, seed, roster=(), own="", class_files=(), only=""):
        os.environ["BPTT_PROGRESS"] = ""
        self.path, self.lesson, self.release = release, release.name[:2], cells_of(release.read_bytes())
        self.projects = {row["id"]: row.get("project") or row["id"] for row in roster}
        self.handed = handed_to(self.lesson, seed, roster, map(self.notebook_of, class_files), own)
        self.highest, self.written = ({cell.number: cell.points for cell in self.release if cell.kind == kind
                                       and cell.points is not None} for kind in ("code", "markdown"))
        if only.strip():
            named = numbers_in(only, [cell.number for cell in self.release if cell.points is not None])
            self.highest, self.written = ({number: kind[number] for number in kind if number in named}
                                          for kind in (self.highest, self.written))
        if f"exercises.lessons.lesson_{self.lesson}" in sys.modules:
            raise RuntimeError("The lesson is imported already, with the instances that everybody knows.")
        self.secret = drawn(self.lesson, seed)
        wire.KNOWN.update({("Cache", module.Cache._fields): module.Cache for module in (rnn, lstm, gru)})
        # What is said depends on no clock.
        explaining.PROBING = evidence.PROBING = 10.0
        self.exercises = {} if self.lesson == "10" else fresh_exercises(self.lesson, "", self.secret)
        for exercise in self.exercises.values():
            for problems in ("catalogue", "easier", "far_problems"):
                getattr(exercise, problems)

    def notebook_of(self, files):
        """The bytes of the notebook among a learner's files; b"" if there is none."""
        try:
            return chosen(files, self.path.name)[1]
        except Unreadable:
            return b""

    def graded(self, files, student):
        """The Graded of a learner, whichever way the files have come. files: [(name, function that returns
        the bytes)]. student: the id."""
        found = Graded()
        try:
            found.file, data, note = chosen(files, self.path.name)
            (found.remarks if found.file == self.path.name else found.private).extend([note] * bool(note))
            if self.handed:
                remarks, private = self.handed.remarks(data, student)
                found.remarks += remarks
                found.private += private
            found.submission = Submission(data, self.release,
                                          {"project", "task"} if self.lesson == "10" else ())
            cell, about = self.cell_of(student, found.submission)
            found.private += about
            found.rows = self.rows(found.submission, self.given(cell))
        except Unreadable as error:
            found.reason = str(error)
        return found

    def cell_of(self, student, submission):
        """(the id from which a learner's cell is made, sentences about it). A release knows it, or a roster;
        else the notebook says it (``my_id``), as it does to its own checks."""
        listed = self.handed or student in self.projects
        said = "" if self.lesson != "10" or listed else " ".join(str(submission.constant("my_id")).split())
        if (not said or said.casefold() == student.casefold()
                or capstone.project(said).variant == capstone.project(EXAMPLE).variant):
            return student if self.handed else self.projects.get(student, student), []
        return said, [f'judged by the cell of my_id = "{said[:60]}", as the notebook says; is that its '
                      "author? (A roster decides.)"]

    def given(self, student):
        """What a learner's answers are judged with. student: the id from which the cell is made."""
        end = time.monotonic() + SUBMISSION * busy()
        if self.lesson != "10":
            forms = self.handed.addresses(student) if self.handed else {}
            return Given(self.exercises | {number: find(form) for number, form in forms.items()}, end)
        project = self.handed.project(student) if self.handed else capstone.project(student)
        line = ("from exercises.capstone.cell import Variant, Weights\n"
                f"project = Weights({student!r}, Variant(*{tuple(project.variant)!r}))\n"
                f"project.more = {project.more!r}")
        return Given(fresh_exercises("10", project.variant.code, self.secret), end,
                     (("the lesson", line),), {"task": capstone.sunspots()}, project.variant.code)

    def rows(self, submission, given):
        """The Rows of a Submission. Raises Unreadable where the time is up."""
        found, results = [], {}
        for number in self.highest:
            found.append(self.row(submission, number, given))
            results[number] = found[-1].result
            judging.follow_through(results[number], results.get(given.exercises[number].follows))
        if time.monotonic() > given.end:
            raise Unreadable("its answers took too long; is this machine busy?")
        return found

    def row(self, submission, number, given):
        """The Row of an exercise. given: a Given."""
        answer, exercise = submission.answer(number), given.exercises[number]
        if answer.blank or answer.error:
            status = "not attempted yet" if answer.blank else "wrong"
            result = Result(number, status, answer.error or "The function is as it was handed out.",
                            [judging.stuck(exercise)])
        else:
            statements = [*given.lines, *answer.statements]
            text = "".join(text for _, text in statements)
            job = {"name": answer.name, "statements": statements, "helpers": excerpt(allowed(number, text))}
            remote = Remote(job, given.names, given.end)
            result = judging.judge(exercise, remote)
            if given.variant and result.status == "wrong" and not exercise.verdict:
                other = redrawn(exercise, given.variant, self.secret)
                result = result if other is exercise else judging.judge(other, remote)
        missing = re.findall(r"NameError: name '(\w+)'", result.message)
        result.notes += tuple(f"{name} stands in a cell that cannot run. {submission.broken[name]}"
                              for name in missing if name in submission.broken)
        return Row(number, self.highest[number], result, answer.notes, answer.own)
