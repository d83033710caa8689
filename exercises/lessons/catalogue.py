"""Which lesson asks what: every exercise by its number."""

import importlib
import pkgutil

from exercises import lessons as room
from exercises.engine.kinds import relettered


def lesson_module(lesson):
    """The module with the exercises of a lesson, such as "03". Raises ModuleNotFoundError if it has none."""
    return importlib.import_module(f"exercises.lessons.lesson_{lesson}")


def lesson_exercises(lesson, variant=""):
    """The EXERCISES of a lesson, such as "03"; for a variant of the capstone's cell, those about it."""
    module = lesson_module(lesson)
    found = module.exercises_of(variant) if variant else module.EXERCISES
    for number, exercise in found.items():
        exercise.number = number
    return found


def warm_ups(lesson):
    """The WARM_UPS of a lesson, such as "06": short questions from earlier ones, "6.a" to "6.c", without
    points. They are no exercises of the lesson: whoever counts those does not count them. {} for none."""
    found = getattr(lesson_module(lesson), "WARM_UPS", {})
    for number, exercise in found.items():
        exercise.number = number
    return found


def lessons():
    """The numbers of all lessons that have exercises: ["00", "01", ...]."""
    names = [name for _, name, _ in pkgutil.iter_modules(room.__path__)]
    return sorted(name.removeprefix("lesson_") for name in names if name.startswith("lesson_"))


def find(number):
    """Look up an exercise. Raises ValueError if there is none of that number.

    number: such as "4.3", or "6.a" of a warm-up; with "@" and a variant's code behind it, the exercise about
    that cell of the capstone, with "@cadb" one whose options stand in this order (see ``relettered``), and
    with the name of one of the lesson's OTHER_CELLS the exercise about that.
    """
    plain, _, variant = number.partition("@") if isinstance(number, str) else ("", "", "")
    lesson = plain.split(".")[0].zfill(2)
    known = lesson in lessons()
    module, warm = (lesson_module(lesson), warm_ups(lesson)) if known else (None, {})
    cell = variant if hasattr(module, "exercises_of") and plain not in warm else ""
    exercises = lesson_exercises(lesson, cell) | warm if known else {}
    if plain not in exercises:
        raise ValueError(f'There is no exercise {number!r}. Write its number as text, such as "4.3".')
    if variant == cell:
        return exercises[plain]
    others = getattr(module, "OTHER_CELLS", {}).get(plain, {})
    found = others[variant] if variant in others else relettered(exercises[plain], variant)
    found.number = plain
    return found


def find_for(number, project=None):
    """The exercise of a number; for one about a learner's own cell, that of the project.

    project: from ``capstone.project``, or None. Raises TypeError or ValueError where one is needed and
    missing, or the reverse.
    """
    exercise = find(number)
    lesson = number.split(".")[0].zfill(2)
    its_own = hasattr(lesson_module(lesson), "exercises_of") and exercise.number not in warm_ups(lesson)
    if project is None and its_own:
        raise ValueError(f"Exercise {number} is about your own cell: hand over your project, too, as in "
                         f'check("{number}", ..., project).')
    if project is None:
        return exercise
    if not its_own:
        raise ValueError(f"Exercise {number} is the same for everybody: it takes no project.")
    if not hasattr(project, "variant"):
        raise TypeError(f"project must be what capstone.project returns; received {type(project).__name__}.")
    return find(f"{number}@{project.variant.code}")
