"""How ``helpers`` is written, so that it stays a small package to read: lines, functions, docstrings,
type hints, text files."""

import ast
from pathlib import Path

import pytest

import helpers

COURSE = Path(helpers.__file__).parent.parent
ROOMS = ("helpers", "tests/test_helpers", "tests/benchmarks")
FILES = {str(path.relative_to(COURSE)): path.read_text(encoding="utf-8")
         for room in ROOMS for path in sorted((COURSE / room).rglob("*.py"))}
HELPERS = {name: text for name, text in FILES.items() if name.startswith("helpers")}
TEXT = ("open", "read_text", "write_text", "loadtxt", "savetxt")        # what reads or writes text files


def definitions(node, inside=""):
    """Functions, classes and methods of a module, with their full names; not those inside functions."""
    for child in node.body:
        if isinstance(child, (ast.FunctionDef, ast.ClassDef)):
            yield f"{inside}{child.name}", child
            if isinstance(child, ast.ClassDef):
                yield from definitions(child, f"{inside}{child.name}.")


def found(texts):
    return [(f"{file}: {name}", node) for file, text in texts.items()
            for name, node in definitions(ast.parse(text))]


def without_docstring(texts):
    modules = [file for file, text in texts.items() if not ast.get_docstring(ast.parse(text))]
    return modules + [name for name, node in found(texts)
                      if not node.name.startswith("_") and not ast.get_docstring(node)]


def without_hints(texts):
    """Functions with a parameter, or a result, that says no type."""
    missing = []
    for name, node in found(texts):
        if isinstance(node, ast.FunctionDef):
            given = node.args
            parameters = [*given.posonlyargs, *given.args, *given.kwonlyargs,
                          *filter(None, (given.vararg, given.kwarg))]
            if not node.returns or any(not p.annotation and p.arg != "self" for p in parameters):
                missing.append(name)
    return missing


def too_long(texts, most=60):
    return [name for name, node in found(texts)
            if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno >= most]


def without_encoding(text):
    """Line numbers of calls that read or write a text file in the encoding of the moment."""
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    return [call.lineno for call in calls
            if getattr(call.func, "id", getattr(call.func, "attr", "")) in TEXT
            and not any(keyword.arg == "encoding" for keyword in call.keywords)]


def test_helpers_is_small():
    assert sum(len(text.splitlines()) for text in HELPERS.values()) <= 3198     # the ladder has 76, Newton 38
    assert too_long(HELPERS) == []


def test_every_public_name_has_a_docstring():
    assert without_docstring(HELPERS) == []


def test_every_function_says_what_goes_in_and_comes_out():
    assert without_hints(HELPERS) == []


@pytest.mark.parametrize("file", FILES)
def test_lines_and_text_files(file):
    assert [line for line in FILES[file].splitlines() if len(line) > 110] == []
    assert without_encoding(FILES[file]) == []


def test_these_tests_can_fail():
    bad = {"bad.py": "class A:\n    def f(self, x: int):\n" + 60 * "        x += 1\n"
           + "\ndef g(*a) -> int: open('h')"}
    assert without_docstring(bad) == ["bad.py", "bad.py: A", "bad.py: A.f", "bad.py: g"]
    assert without_hints(bad) == ["bad.py: A.f", "bad.py: g"]
    assert too_long(bad) == ["bad.py: A.f"]
    assert without_encoding(bad["bad.py"]) == [64]
