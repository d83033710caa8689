"""What an exercise is, and where its instances, mistakes and hints are found."""

import importlib
import pkgutil
from typing import Callable, NamedTuple


class Exercise(NamedTuple):
    """An exercise, as a few lines.

    title: its heading in the lesson. goal: what a right answer shows, one sentence. points: for nbgrader.
    reference: the right function.
    instances: list of tuples of arguments to try; or a function that returns it. On them no mistake can hide.
    hints: three texts: a question, the formula, almost the code.
    mistakes: wrong answers. Either functions with the reference's arguments, or subclasses of ``formulas``. The name and the docstring
        are what the learner reads (see ``Mistake``).
    formulas: a Formulas class, the calculation with one method per formula; None for a small exercise.
    form: turns ``formulas`` or a subclass of it into a function with the reference's arguments.
    probes: dict of words to arguments, easier instances on which single terms vanish ("T = 1", "h_0 = 0"); or a function that
        returns it.
    parts: names for the parts of a tuple result, in order ("dh", "da"); the name of a single result ("dW",). For a dict: its keys
        in the order that the exercise's text lists, in which an answer may hand them over as a tuple.
    label: how messages write a key of a dict result: "d{}" turns W_hh into dW_hh.
    inner: names for the parts of tuples inside a dict: ("the error", "the index").
    verdict: for an exercise with many right answers: takes a result, returns what is wrong with it in a sentence, or "".
    tolerance: largest allowed difference, relative to the largest entry of the reference's array.
    seconds: for an exercise whose calls take long, the time limit for all of them.
    published: for an exercise about a learner's own cell, the number of the same exercise about the worked example's.
    """

    title: str
    goal: str
    reference: Callable
    instances: object
    hints: tuple
    mistakes: object = ()
    points: int = 1
    formulas: type = None
    form: Callable = None
    probes: object = None
    parts: tuple = ()
    label: str = "{}"
    inner: tuple = ()
    verdict: Callable = None
    tolerance: float = 1e-9
    seconds: float = None
    published: str = ""


def made(maker):
    """What a field holds that may be a function without arguments."""
    return maker() if callable(maker) else maker


def lesson_module(lesson):
    """The module with the exercises of a lesson, such as "03". Raises ModuleNotFoundError if it has none."""
    return importlib.import_module(f"helpers.checks.lesson_{lesson}")


def lesson_exercises(lesson, variant=""):
    """The EXERCISES of a lesson, such as "03"; for a variant of the capstone's cell, those about it."""
    return lesson_module(lesson).exercises_of(variant) if variant else lesson_module(lesson).EXERCISES


def lessons():
    """The numbers of all lessons that have exercises: ["00", "01", ...]."""
    from helpers import checks

    return sorted(name.removeprefix("lesson_") for _, name, _ in pkgutil.iter_modules(checks.__path__) if name.startswith("lesson_"))


def find(number):
    """Look up an exercise. Raises ValueError if there is none of that number.

    number: such as "4.3", or the ``key`` of an exercise about a learner's own cell.
    """
    plain, _, variant = number.partition("@") if isinstance(number, str) else ("", "", "")
    lesson = plain.split(".")[0].zfill(2)
    exercises = lesson_exercises(lesson, variant) if lesson in lessons() else {}
    if plain not in exercises:
        raise ValueError(f'There is no exercise {number!r}. Write its number as text, such as "4.3".')
    return exercises[plain]


def key(number, project=None):
    """What ``find`` is asked for: the number; for a project of the capstone, the number and its variant.

    project: from ``capstone.project``, or None. Raises TypeError or ValueError where one is needed and missing, or the reverse.
    """
    find(number)
    its_own = hasattr(lesson_module(number.split(".")[0].zfill(2)), "exercises_of")
    if project is None and its_own:
        raise ValueError(f'Exercise {number} is about your own cell: hand over your project, too, as in check("{number}", ..., project).')
    if project is None:
        return number
    if not its_own:
        raise ValueError(f"Exercise {number} is the same for everybody: it takes no project.")
    if not hasattr(project, "variant"):
        raise TypeError(f"project must be what capstone.project returns; received {type(project).__name__}.")
    return f"{number}@{project.variant.code}"


def number_of(key):
    """The number in a key, as the learner writes it."""
    return key.partition("@")[0]
