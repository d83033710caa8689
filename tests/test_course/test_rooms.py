"""Who may import whom: ``helpers`` nobody, ``exercises`` and ``pictures`` only ``helpers``,
the engine no lesson, and nothing in a circle.
"""

import ast
import importlib.util
import subprocess
import sys

import pytest

from notebooks import COURSE

PACKAGES = ("helpers", "exercises", "pictures")
MAY_NOT = {
    "helpers": ("exercises", "pictures"),
    "exercises": ("pictures",),
    "pictures": ("exercises",),
    "exercises.engine": ("exercises.door", "exercises.record", "exercises.formulas", "exercises.lessons",
                         "exercises.capstone"),
    "exercises.formulas": ("exercises.door", "exercises.record", "exercises.lessons", "exercises.capstone"),
}
FORMER = "helpers.former_names"         # imports of the version before


def module_name(path, root):
    """exercises/engine/show.py is exercises.engine.show, and a package's __init__.py is the package."""
    return ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


def imports(source):
    """Every module that a source names in an import, with what it takes from it:
    {"helpers", "helpers.rnn"}.
    """
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def arrows(root=COURSE):
    """{module: modules of the course that it imports},
    but for the file that knows the names of the version before.
    """
    sources = {module_name(path, root): path.read_text(encoding="utf-8")
               for package in PACKAGES for path in sorted((root / package).rglob("*.py"))}
    return {name: {other for other in imports(source) if other in sources} - {name, FORMER}
            for name, source in sources.items() if name != FORMER}


def inside(module, room):
    return module == room or module.startswith(room + ".")


def forbidden(found):
    """The arrows that cross a wall: [(module, what it imports)]."""
    return [(module, other)
            for module, others in found.items() for other in others
            for room, walls in MAY_NOT.items()
            if inside(module, room) and any(inside(other, wall) for wall in walls)]


def circle(found):
    """Modules that import each other, as a list; [] if there are none."""
    left = {name: set(others) for name, others in found.items()}
    while free := [name for name, others in left.items() if not others]:
        left = {name: others - set(free) for name, others in left.items() if name not in free}
    return sorted(left)


def test_no_arrow_crosses_a_wall():
    assert forbidden(arrows()) == []


def test_no_circle():
    # A package is no step on the way: its module is named, too.
    found = {name: {other for other in others
                    if importlib.util.find_spec(other).submodule_search_locations is None}
             for name, others in arrows().items()}
    assert circle(found) == []


@pytest.mark.parametrize("path, line", [
    ("helpers/rnn.py", "import pictures"),
    ("helpers/fast/rnn.py", "from exercises import check"),
    ("exercises/engine/show.py", "from exercises.lessons import lesson_03"),
    ("exercises/engine/judging.py", "from exercises.lessons.catalogue import find"),
    ("pictures/canvas.py", "import exercises.record"),
    ("exercises/door.py", "def f():\n    from pictures import figures"),
])
def test_a_planted_import_is_found(path, line, tmp_path):
    for package in PACKAGES:
        for source in (COURSE / package).rglob("*.py"):
            copy = tmp_path / source.relative_to(COURSE)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    with open(tmp_path / path, "a", encoding="utf-8") as planted:
        planted.write(line + "\n")
    assert [module for module, _ in forbidden(arrows(tmp_path))][:1] == [
        module_name(tmp_path / path, tmp_path)]
    assert circle({"a": {"b"}, "b": {"a"}, "c": {"a"}}) == ["a", "b", "c"]


# --- what the version before imported ---

BEFORE = """
from helpers import (autograd, bidiagonal, capstone, checkpointing, cliff, counting, explorers, figures,
                     forward_mode, initialisation, jacobians, lags, rtrl, scan, specimens, truncated, uoro)
from helpers.autograd import Tensor
from helpers.checks import accepted, check, hint, judge, progress
"""


def test_the_imports_of_the_version_before_go_on_to_work():
    ask = ("import warnings; warnings.simplefilter('always')\n"
           f"{BEFORE}\n"
           "print(check('1.1', len).status, figures.hero, Tensor)\n"
           "print(specimens.gradients, specimens.CarryClippedToOne)")
    run = subprocess.run([sys.executable, "-c", ask], cwd=COURSE,
                         capture_output=True, text=True, encoding="utf-8")
    assert run.stdout.startswith("wrong "), run.stderr
    assert "DeprecationWarning: helpers.checks has moved: import exercises." in run.stderr


def test_what_the_version_before_took_the_mean_of_is_a_mean_to_its_notebooks():
    """Who imports by a former name wrote the call when the mean was the default of these verbs."""
    ask = (f"{BEFORE}\nfrom helpers import training\n"
           "for verb in (training.loss_and_gradients, truncated.by_lag, truncated.loss_and_gradients,\n"
           "             checkpointing.loss_and_gradients): print(verb.keywords, end=' ')")
    run = subprocess.run([sys.executable, "-c", ask], cwd=COURSE, capture_output=True, text=True,
                         encoding="utf-8")
    assert run.stdout.strip() == " ".join(4 * ["{'reduction': 'mean'}"]), run.stderr
