"""A notebook that was handed in, as data: which statements make the answer to an exercise? Nothing is run.

``Submission(data, release)`` takes for each exercise the last definition of its function that is no stub,
wherever it stands and whatever has become of its metadata, and only those statements that it needs.
"""

import ast
import builtins
import importlib
import json
import re
import symtable
import warnings
from typing import NamedTuple

from solutions.grading.files import COURSE

LARGEST = 20 * 2 ** 20          # bytes of a notebook that is looked at
BUILTINS = set(dir(builtins))
# Modules of which all names may be imported at once.
STARS = {"numpy", "numpy.linalg", "numpy.random", "numpy.fft", "math", "cmath", "functools", "itertools",
         "collections", "dataclasses", "typing", "copy", "operator", "random", "statistics", "time"}
KINDS = {b"%PDF": "a PDF", b"PK\x03\x04": "a ZIP archive", b"<htm": "a web page", b"<!DO": "a web page"}
# Methods that change what they are called on: a list that a loop fills is made by the loop, too.
CHANGING = {"append", "extend", "insert", "update", "setdefault", "add", "pop", "remove", "sort", "fill"}


class Unreadable(Exception):
    """No notebook that can be graded; the message says why, for the teacher."""


class Cell(NamedTuple):
    """A cell. kind: "code" or "markdown". id: its grade_id, or "". points: of a locked cell that grades, else
    None."""

    kind: str
    source: str
    id: str
    points: float = None

    @property
    def number(self):
        """The number of its exercise: "3.2" for "exercise-3-2" and "check-3-2"; "" for another cell."""
        return self.id.partition("-")[2].replace("-", ".")

    @property
    def is_exercise(self):
        """True for a cell that is to be filled in."""
        return self.id.startswith("exercise-")


class Answer(NamedTuple):
    """The answer to an exercise. statements: [(where it stands, text)] to run, in order. own: the learner's
    part of them, as text. error: why there is no answer, or "". blank: as handed out. notes: for a reader."""

    name: str
    statements: tuple = ()
    own: str = ""
    error: str = ""
    blank: bool = False
    notes: tuple = ()


def cells_of(data):
    """The Cells of a notebook's bytes. Raises Unreadable."""
    if len(data) > LARGEST:
        raise Unreadable(f"the file has more than {LARGEST // 2 ** 20} MB")
    try:
        return list(map(cell_of, notebook_of(data)["cells"]))
    except (ValueError, RecursionError):
        kind = KINDS.get(data[:4])
        raise Unreadable(f"the file is {kind}, no notebook" if kind else
                         "the file is no readable notebook; was it cut off?") from None
    except (KeyError, TypeError, AttributeError):
        raise Unreadable("the file is JSON, but no notebook of this format") from None


def notebook_of(data):
    """A notebook's file as a dict, in the layout of format 4. The file may be UTF-16, and of format 3."""
    notebook = json.loads(data)
    if "cells" in notebook or "worksheets" not in notebook:
        return notebook
    import nbformat                     # no other file needs it

    return nbformat.reads(json.dumps(notebook), 4)


def cell_of(raw):
    """A Cell from its entry in the file. Raises an error if it is none."""
    source, metadata = raw.get("source", ""), raw.get("metadata", {})
    source = "".join(map(str, source)) if isinstance(source, list) else str(source)
    marks = metadata.get("nbgrader", {}) if isinstance(metadata, dict) else {}
    marks = marks if isinstance(marks, dict) else {}
    points = float(marks.get("points", 0)) if marks.get("grade") is True else None
    return Cell(str(raw.get("cell_type")), source.replace("\r\n", "\n").replace("\r", "\n"),
                str(marks.get("grade_id", "")), points)


def plain_python(source):
    """A cell's source without what only a notebook understands: magics, and questions such as "x?"."""
    lines = source.split("\n")
    first = next((i for i, line in enumerate(lines) if line.strip()), 0)
    if lines[first].lstrip().startswith("%%"):
        if not re.match(r"\s*%%(time|timeit|capture|prun)\b", lines[first]):
            return ""                   # another language
        lines[first] = ""
    return "\n".join(re.sub(r"\S.*", "pass", line) if re.match(r"\s*[%!]|\s*[\w.]+\?\??\s*$", line) else line
                     for line in lines)


class Statement:
    """A statement at the top level of a cell. bound, read: the names that it binds or changes, and those that
    it reads, functions inside it too. offered: the names that a star brings. called: functions, by their
    names. name: of a function or class that it defines, else None."""

    def __init__(self, tree, lines, cell, own):
        self.tree, self.cell, self.own = tree, cell, own
        first = min(node.lineno for node in (tree, *getattr(tree, "decorator_list", ())))
        self.text = "\n".join(lines[first - 1:tree.end_lineno])
        behind = lines[tree.end_lineno - 1].encode()[tree.end_col_offset:].strip(b" \t;")
        if tree.col_offset or behind[:1] not in (b"", b"#"):        # two statements share a line
            self.text = ast.unparse(tree)
        defines = isinstance(tree, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        self.name = tree.name if defines else None
        self.bound, self.read = names_of(tree, self.text, defines)
        self.offered = offered(tree)
        self.called = set() if defines else {node.func.id for node in ast.walk(tree) if isinstance(
            node, ast.Call) and isinstance(node.func, ast.Name)}
        self.within = set()         # what the functions that it calls bind
        self.is_stub = isinstance(tree, ast.FunctionDef) and is_stub(tree)


def not_python(error, lines):
    """What Python says of a cell that it cannot read, with the line and a mark below the place. lines: of the
    cell."""
    line = getattr(error, "lineno", None)
    if not line or line > len(lines):
        return f"It is not Python yet: {error}."
    text = lines[line - 1].rstrip().expandtabs(4)
    place = len(lines[line - 1][:(error.offset or 1) - 1].expandtabs(4))
    cut = max(0, place - 60)
    return (f"It is not Python yet: {error.msg}, in line {line} of the cell:\n"
            f"    {text[cut:cut + 100]}\n    {' ' * (place - cut)}^")


def names_of(tree, text, defines):
    """(bound, read) of a Statement."""
    bound, read = set(), set()

    def visit(table, top):
        for symbol in table.get_symbols():
            inside = not top and symbol.is_declared_global() and symbol.is_assigned()       # calls += 1
            if inside or top and (symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace()):
                bound.add(symbol.get_name())
            if inside or symbol.is_referenced() and (top or symbol.is_global()):
                read.add(symbol.get_name())
        for inner in table.get_children():
            visit(inner, False)

    visit(symtable.symtable(text, "cell", "exec"), True)
    for node in () if defines else ast.walk(tree):      # np.abs = ..., x[0] = ..., x.append(...)
        changes = isinstance(node, ast.Attribute) and node.attr in CHANGING
        if isinstance(getattr(node, "ctx", None), (ast.Store, ast.Del)) or changes:
            while isinstance(node, (ast.Subscript, ast.Attribute)):
                node = node.value
            if isinstance(node, ast.Name):
                bound.add(node.id)
    return bound, read


def offered(tree):
    """The names that ``from module import *`` brings, if it is a module that an answer may use."""
    name = tree.module or "" if isinstance(tree, ast.ImportFrom) and tree.names[0].name == "*" else ""
    room, _, inner = name.rpartition(".")
    if name not in STARS and not (room == "helpers" and (COURSE / room / f"{inner}.py").exists()):
        return set()
    names = vars(importlib.import_module(name))
    return set(names.get("__all__") or (name for name in names if not name.startswith("_")))


def is_stub(tree):
    """True for a function that only raises NotImplementedError."""
    body = [line for line in tree.body
            if not (isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant))]
    return len(body) == 1 and isinstance(body[0], ast.Raise) and "NotImplementedError" in ast.dump(body[0])


def compiled(text):
    """Raise what Python raises where a cell can be read, but does not run: a ``return`` outside of a
    function."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compile(text, "cell", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)


def statements_of(cell, place, own):
    """The Statements of a cell. Raises what ``ast.parse`` raises."""
    text = plain_python(cell.source)
    return [Statement(tree, text.split("\n"), place, own) for tree in ast.parse(text).body]


class Submission:
    """data: the file's bytes. release: the Cells that were handed out. given: names that the judge brings."""

    def __init__(self, data, release, given=()):
        self.cells, self.given = cells_of(data), set(given)
        self.names = {cell.number: next(line.name for line in ast.parse(cell.source).body
                                        if isinstance(line, ast.FunctionDef))
                      for cell in release if cell.is_exercise}
        handed_out = {cell.source.strip() for cell in release}
        self.statements, self.broken = [], {}   # broken: {what a cell defines: why it is no Python}
        for place, cell in enumerate(self.cells, 1):
            if cell.kind != "code" and not cell.is_exercise:
                continue
            try:
                self.statements += statements_of(cell, place, cell.source.strip() not in handed_out)
                compiled(plain_python(cell.source))
            except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
                names = [name for kind in (r"^def +(\w+)", r"^(\w+) *=(?!=)")
                         for name in re.findall(kind, cell.source, re.M)]
                names.append(self.names.get(cell.number, "") if cell.is_exercise else "")
                said = not_python(error, plain_python(cell.source).split("\n"))
                self.broken |= dict.fromkeys(names, said)
        globals_of = {one.name: one.bound - {one.name} for one in self.statements if one.name}
        for one in self.statements:
            one.within = set().union(*(globals_of.get(name, ()) for name in one.called))
        # What the lesson itself defines, and the learner has deleted, stands before everything else.
        present = {ast.dump(statement.tree) for statement in self.statements}
        self.statements = [statement for cell in release if cell.kind == "code" and not cell.id
                           for statement in statements_of(cell, 0, False)
                           if ast.dump(statement.tree) not in present] + self.statements

    def constant(self, name):
        """The last constant that a statement gives to a name, such as my_id; "" if there is none."""
        values = [one.tree.value.value for one in self.statements if name in one.bound and isinstance(
            one.tree, ast.Assign) and isinstance(one.tree.value, ast.Constant)]
        return values[-1] if values else ""

    def answer(self, number):
        """The Answer to an exercise, such as "3.2"."""
        name = self.names[number]
        defined = [i for i, one in enumerate(self.statements)
                   if one.name == name or one.own and one.name is None and name in one.bound]
        tried = [i for i in defined if not self.statements[i].is_stub]
        if not tried:
            error = self.broken.get(name) or ("" if defined else f"No cell defines {name}.")
            return Answer(name, error=error, blank=not error)
        place = tried[-1]
        needed = self.needed(place)
        later = [i for i in needed if i > place]        # it is called after these have run, too
        order = [*later, *(i for i in needed if i <= place)]
        cells = len({self.statements[i].cell for i in tried})
        where = f"{cells} cells define {name}" if cells > 1 else f"a cell defines {name} {len(tried)} times"
        notes = [(len(tried) > 1, f"{where}; the last one is graded"),
                 (name in self.broken, "a cell that defines it cannot run. "
                  + self.broken.get(name, "").partition(":\n")[0]),
                 (bool(later), "it uses what is defined further down")]
        chosen = [self.statements[i] for i in order]
        return Answer(name, tuple((f"cell {one.cell}" if one.cell else "the lesson", one.text)
                                  for one in chosen),
                      "\n\n".join(one.text for one in chosen if one.own),
                      notes=tuple(words for holds, words in notes if holds))

    def needed(self, place):
        """The places of all statements that the one at a place needs, itself among them, in order."""
        found, left = {place}, [place]
        while left:
            at = left.pop()
            one = self.statements[at]
            names = one.read if one.name else one.read | one.bound | one.within
            more = {i for name in names - self.given for i in self.binding(name, at)
                    if i < at or name in one.read} - found
            found |= more
            left += more
        return sorted(found)

    def binding(self, name, at):
        """The places of the statements that give a name its value before a place: the last one that binds it,
        and what changes it on the way there. If none does, the first one that comes later."""
        if name in BUILTINS:                            # sum and max are NumPy's after a star import
            return [i for i, one in enumerate(self.statements[:at]) if name in one.offered][-1:]
        every = [i for i, one in enumerate(self.statements)
                 if i != at and name in one.bound | one.within | one.offered]
        plain = [i for i in every if name in self.statements[i].bound]
        found = [i for i in every if i < at] or (plain or every)[:1]
        fresh = [i for i in found if self.gives(i, name)]
        return found if not fresh else [i for i in found if i >= fresh[-1]]

    def gives(self, place, name):
        """True if the statement at a place gives a name its value, whatever it was before."""
        one = self.statements[place]
        return one.name == name if one.name else name in one.bound | one.offered and name not in one.read
