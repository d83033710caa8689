"""Pictures are loaded when they are first used, and no topic's figures lean on another's."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import pictures
from pictures import explorers, figures

ROOM = Path(pictures.__file__).parent
LAZY = pytest.mark.parametrize("package", [figures, explorers])


def imported(path):
    """The modules that a file imports from."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return {node.module for node in nodes if isinstance(node, ast.ImportFrom)}


def test_nobody_imports_a_figure_and_no_question_another_one():
    for path in ROOM.rglob("*.py"):
        borrowed = [module for module in imported(path)
                    if module.startswith(("pictures.figures", "pictures.explorers.questions"))]
        assert not borrowed, path


def test_figures_and_explorers_are_loaded_when_first_used():
    code = ("import sys; before = set(sys.modules); from pictures import figures, explorers; "
            "print(sorted(name for name in set(sys.modules) - before if '_bptt_' not in name))")
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8")
    assert run.stdout == "['pictures', 'pictures.explorers', 'pictures.figures']\n", run.stderr


@LAZY
def test_every_name_is_found_offered_and_no_modules_own(package):
    assert dir(package) == sorted(package.__all__)
    for name in package.__all__:
        found = getattr(package, name)
        assert not isinstance(found, type(ast)), name           # a module that is loaded hides a function of its name
        assert not callable(found) or found.__name__.lower() == name.lower()


@LAZY
def test_a_name_that_is_not_there_is_named(package):
    with pytest.raises(AttributeError, match="'folded'"):
        package.folded


@LAZY
def test_every_module_is_in_the_list(package):
    folder = Path(package.__file__).parent / ("questions" if package is explorers else "")
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert modules == {module.split(".")[-1] for module in package.MODULES.values()} - {"canvas"}
