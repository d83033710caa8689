"""The habits of this code: ruff and mypy find nothing, lines are narrow, functions short,
and every public name says what it is.
"""

import ast
import subprocess
import sys

import pytest

from notebooks import COURSE

WIDTH, LENGTH = 110, 60         # columns of a line, lines of a function
OURS = sorted(path for folder in ("helpers", "exercises", "pictures", "solutions")
              for path in (COURSE / folder).rglob("*.py"))
TESTS = sorted((COURSE / "tests").rglob("*.py"))


def name_of(path):
    return path.relative_to(COURSE).as_posix()


def definitions(tree):
    """(name, node) of every function and class at the top of a module or of a class."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name, node
        if isinstance(node, ast.ClassDef):
            yield from ((f"{node.name}.{name}", inner) for name, inner in definitions(node))


@pytest.mark.parametrize("program", [["ruff", "check", "--quiet"], ["mypy"]], ids=["ruff", "mypy"])
def test_a_program_finds_nothing(program):
    run = subprocess.run([sys.executable, "-m", *program], cwd=COURSE,
                         capture_output=True, text=True, encoding="utf-8")
    assert run.returncode == 0, run.stdout


def test_no_line_is_wider_than_a_page():
    wide = [f"{name_of(path)}:{number}" for path in [*OURS, *TESTS]
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
            if len(line) > WIDTH]
    assert wide == []


@pytest.mark.parametrize("path", OURS, ids=name_of)
def test_functions_are_short_and_public_names_have_a_docstring(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), "the module itself"
    for name, node in definitions(tree):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno - node.lineno < LENGTH, name
