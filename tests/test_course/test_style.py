"""The habits of this code: ruff and mypy find nothing, functions are short, names say what they are."""

import ast
import functools
import subprocess
import sys

import pytest

from notebooks import COURSE

LENGTH = 60                     # lines of a function
OURS = sorted(path for folder in ("helpers", "exercises", "pictures", "solutions")
              for path in (COURSE / folder).rglob("*.py"))


def name_of(path):
    return path.relative_to(COURSE).as_posix()


def definitions(tree, inside=""):
    """(name, node) of every function and class of a module, and of the methods of its classes."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield inside + node.name, node
        if isinstance(node, ast.ClassDef):
            yield from definitions(node, f"{node.name}.")


@functools.cache
def in_rows(source):
    """The names that stand in rows of mistakes: what is wrong with such a function is said by its row."""
    rows = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call) and
            isinstance(node.func, ast.Name) and node.func.id == "row"]
    return {node.id for row in rows for node in ast.walk(row) if isinstance(node, ast.Name)}


def says_what_it_is(name, node, source, has_formulas=False):
    """True for a public name with a docstring, and for those that need none.

    A function of a row has the row's words. A formula's docstring follows "Look at" in what a check says, so
    methods of formulas that nobody should look at have none.
    """
    own = name.rpartition(".")[2]
    needs_none = own.startswith("_") or own in in_rows(source) or has_formulas and "." in name
    return bool(ast.get_docstring(node) or needs_none)


@pytest.mark.parametrize("program", [["ruff", "check", "--quiet"], ["mypy"]], ids=["ruff", "mypy"])
def test_a_program_finds_nothing(program):
    run = subprocess.run([sys.executable, "-m", *program], cwd=COURSE, capture_output=True, text=True,
                         encoding="utf-8")
    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize("path", OURS, ids=name_of)
def test_functions_are_short_and_public_names_have_a_docstring(path):
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source)
    found = list(definitions(tree))
    assert ast.get_docstring(tree), "the module itself"
    assert [name for name, node in found if isinstance(node, ast.FunctionDef) and
            node.end_lineno - node.lineno >= LENGTH] == []
    has_formulas = path.parent.name in ("formulas", "lessons", "capstone")
    assert [name for name, node in found if not says_what_it_is(name, node, source, has_formulas)] == []


def test_a_name_without_a_docstring_is_found():
    source = ('def bare():\n    return 1\n\n\ndef used(s):\n    return s\n\n\n'
              'TABLE = {"a": row("03.5", dict(da=used), "", "")}\n')
    said = {name: says_what_it_is(name, node, source) for name, node in definitions(ast.parse(source))}
    assert said == {"bare": False, "used": True}
