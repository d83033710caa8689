"""What in an answer a person should look at, found in its text. It changes no points.

What is common among honest answers is not said: see ``CONSIDERABLE``, and ``tells`` for what is compared.
"""

import ast
import hashlib
import operator
from collections import defaultdict

SMALL = 0.05                    # who divides by less than that measures a slope
CONSIDERABLE, LONG = 5, 8       # statements of answers: two that are the same are no chance, or a long one
LARGEST = 50_000                # letters of an answer that is looked at
MARKS = ("BEGIN SOLUTION", "END SOLUTION", "BEGIN HIDDEN")
NOTHING = "nothing was handed in"
WEIGHTS = ("no points", "flag", "flag of many", "note")         # the heaviest first
# How a flag begins (points may not be deserved), and what is said of many who have it. All else is a note.
FLAGS = {
    "it holds the marks of the teacher's edition": "hold the marks of the teacher's edition",
    "as published, or but for names": "have answers as published, or but for names",
    "the very same text as": "have the very same text as somebody else",
    "but for names the same text as": "have the same text as somebody else, but for names",
    "a gradient is measured": "measure a gradient",
    "a name of the course is given another meaning": "give a name of the course another meaning",
    "its answers are nested too deeply": "have answers that cannot be looked through",
    "judged by the cell of my_id": "are judged by the cell that their notebook names: a roster would decide",
    "the notebook ": "did not hand in the notebook that they got",
    "it is the one that": "handed in the notebook of another learner"}
MANY = 3                        # whoever has a flag is named where fewer have it
OPERATIONS = {ast.Mult: operator.mul, ast.Div: operator.truediv, ast.Add: operator.add,
              ast.Sub: operator.sub, ast.Pow: operator.pow}
NAMES = {ast.Name: "id", ast.arg: "arg", ast.FunctionDef: "name"}       # where a tree has its names


def parsed(text):
    """The tree of an answer's text; an empty one where it is no Python."""
    try:
        return ast.parse(text[:LARGEST])
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])


# --- what to look at first ---

def look_at(records, others=()):
    """[(id, weight, what to look at)], the heaviest first. What half of those who were graded have is said
    once of the class, whose id is "". records: of everybody. others: more of such rows."""
    rows, held = list(others), {flag: set() for flag in FLAGS}
    said = [(one["student"], note) for one in records for note in one["notes"]] + alike(records)
    found = [(id, note, next(filter(note.startswith, FLAGS), "")) for id, note in said]
    for id, _, flag in found:
        held.get(flag, set()).add(id)
    graded = sum(bool(one["exercises"]) for one in records)
    many = [flag for flag, ids in held.items() if len(ids) >= max(MANY, graded / 2)]
    rows += [("", "flag", f"{len(held[flag])} of {graded} {FLAGS[flag]}.") for flag in many]
    rows += [(one["student"], "note" if one["reason"] == NOTHING else "no points", one["reason"])
             for one in records if one["points"] is None]
    rows += [(id, "flag of many" if flag in many else "flag" if flag else "note", note)
             for id, note, flag in found]
    return sorted(rows, key=lambda row: (WEIGHTS.index(row[1]), row[0]))


# --- a gradient that was measured ---

def measured(text):
    """How an answer measures a gradient: "by the complex step", "by finite differences", or "" """
    nodes, values = list(ast.walk(parsed(text))), {}
    for node in nodes:
        if isinstance(node, ast.Assign):
            values |= {target.id: number(node.value, values) for target in (
                getattr(target, "value", target) for target in node.targets) if isinstance(target, ast.Name)}
        if isinstance(node, ast.arguments):
            values |= {one.arg: number(value, values)
                       for one, value in zip(node.args[::-1], node.defaults[::-1])}
    small = any(isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)
                and 0 < abs(number(node.right, values) or 0) < SMALL for node in nodes)
    units = [abs(node.value) for node in nodes if isinstance(node, ast.Constant)
             and isinstance(node.value, complex)]
    named = {getattr(node, "id", getattr(node, "attr", "")) for node in nodes}     # complex, np.complex128
    imaginary = units or any(name.startswith("complex") for name in named)
    if imaginary and "imag" in named and (small or min(units, default=1.0) < SMALL):
        return "by the complex step"
    return "by finite differences" if small else ""


def number(node, values):
    """The number that an expression of constants has, else None. values: {name: number or None}."""
    try:
        match node:
            case ast.Constant(value=int() | float() | complex() as value):
                return abs(value)
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return -number(inner, values)
            case ast.Name(id=name) | ast.Subscript(value=ast.Name(id=name)):
                return values.get(name)
            case ast.Attribute(attr="eps"):
                return 2.0 ** -52
            case ast.Call(func=ast.Attribute(attr="sqrt" | "cbrt" as root), args=[inner, *_]):
                return number(inner, values) ** (1 / 2 if root == "sqrt" else 1 / 3)
            case ast.BinOp(left, sign, right) if type(sign) in OPERATIONS:
                return OPERATIONS[type(sign)](float(number(left, values)), float(number(right, values)))
    except (ArithmeticError, TypeError, ValueError):
        pass
    return None


# --- names of the course ---

def replaced(statements):
    """The names of the course that a learner's own statements bind anew, such as check, or change, such as
    rnn in ``rnn.backward = ...``. statements: of a ``Submission``.

    A variable that is called like a module, such as losses, is honest: only what comes from ``exercises``
    may not be bound.
    """
    imports = {one.tree: {alias.asname or alias.name for alias in one.tree.names} for one in statements
               if isinstance(one.tree, ast.ImportFrom)
               and (one.tree.module or "").split(".")[0] in ("exercises", "helpers")}
    doors = set().union(*(names for tree, names in imports.items() if tree.module == "exercises"))
    found, every = set(), set().union(*imports.values())
    for one in (one for one in statements if one.own):
        if one.tree not in imports:
            found |= one.bound & doors
        for node in ast.walk(one.tree):
            stored = isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
            while isinstance(node, ast.Attribute):
                node = node.value
            if stored and isinstance(node, ast.Name) and node.id in every:
                found.add(node.id)
    return sorted(found)


# --- the same text ---

def bare(text):
    """The tree of a text without docstrings, passes and the types that things are said to have."""
    tree = parsed(text)
    for node in ast.walk(tree):
        if isinstance(getattr(node, "body", None), list):
            node.body = [line for line in node.body if not isinstance(line, ast.Pass) and not (
                isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant))]
        if isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.FunctionDef):
            node.returns = None
    return tree


def rename(tree):
    """Give every name that a tree binds another one: the first that is met is a0, the next a1. Changes it."""
    nodes = [(node, NAMES[type(node)]) for node in ast.walk(tree) if type(node) in NAMES]
    bound, others = {getattr(node, field) for node, field in nodes
                     if not isinstance(getattr(node, "ctx", None), ast.Load)}, {}
    for node, field in nodes:
        name = getattr(node, field)
        if name in bound:
            setattr(node, field, others.setdefault(name, f"a{len(others)}"))


def tells(text, handed_out=""):
    """(statements, mark, mark of the very text) of an answer, as a list; [] for one that is too short to tell
    anything. The first mark is the same for the same text with other names, comments and spaces.

    handed_out: text of which statements do not count, such as those around a gap.
    """
    tree = bare(text)
    given = {ast.dump(node) for node in ast.walk(bare(handed_out)) if isinstance(node, ast.stmt)}
    own = sum(isinstance(node, ast.stmt) and ast.dump(node) not in given for node in ast.walk(tree)) - 1
    if own < CONSIDERABLE:                      # without the line of the def
        return []
    rename(tree)
    lines = [line.rstrip() for line in text.split("\n") if not any(mark in line for mark in MARKS)]
    return [own, *(hashlib.sha256(each.encode()).hexdigest()[:16]
                   for each in (ast.dump(tree), "\n".join(filter(None, lines))))]


def is_telling(marks):
    """True if answers with these marks are the same as others by no chance. marks: of ``tells``."""
    return len(marks) > 1 or any(size >= LONG for size, *_ in marks)


def alike(records):
    """[(id, what to look at)] of those whose longer answers are the same as those of others."""
    found, together = defaultdict(list), defaultdict(dict)
    marked = [(one["student"], number, marks) for one in records for number, marks in one["tells"].items()]
    for id, number, (_, *both) in marked:
        for mark in both:
            found[number, mark].append(id)
    for id, number, marks in marked:
        for kind, mark in (("the very same text as", marks[2]), ("but for names the same text as", marks[1])):
            others = ", ".join(other for other in found[number, mark] if other != id)
            if others:
                together[id, kind, others][number] = marks
                break
    return [(id, f"{kind} {others}: {', '.join(marks)}") for (id, kind, others), marks in together.items()
            if kind.startswith("the very") or is_telling(list(marks.values()))]


# --- all of it ---

class Looking:
    """What to look at in the submissions of a lesson. release: the Cells that were handed out. published:
    those with the public answers."""

    def __init__(self, release, published=()):
        self.handed_out, self.published = ({cell.number: cell.source for cell in cells if cell.is_exercise}
                                           for cells in (release, published))
        self.known = {number: tells(text, self.handed_out.get(number, "")) or [0, "", ""]
                      for number, text in self.published.items()}

    def at(self, submission, rows):
        """(sentences, {number: marks}): what to look at, what to compare with others. rows: of the judge."""
        try:
            return self.found_in(submission, rows)
        except RecursionError:
            return ["its answers are nested too deeply to be looked through"], {}

    def found_in(self, submission, rows):
        """As ``at``; raises RecursionError."""
        ways, same, others = defaultdict(list), {}, {}
        for number, text in ((row.number, row.own) for row in rows if row.own):
            way = measured(text)
            if way and not measured(self.published.get(number, "")):
                ways[way].append(number)
            marks, known = tells(text, self.handed_out.get(number, "")), self.known.get(number, [0, "", ""])
            if marks:
                (same if marks[1] == known[1] else others)[number] = marks
        said = [f"a gradient is measured {way}: {', '.join(numbers)}" for way, numbers in ways.items()]
        if is_telling(list(same.values())) or any(marks[2] == self.known[number][2]
                                                  for number, marks in same.items()):
            said.append(f"as published, or but for names: {', '.join(same)}")
        marked = list(dict.fromkeys(cell.number or "a cell" for cell in submission.cells
                                    if cell.kind == "code" and any(mark in cell.source for mark in MARKS)))
        if marked:
            more = f" and {len(marked) - 4} more" if len(marked) > 4 else ""
            said.append("it holds the marks of the teacher's edition (### BEGIN SOLUTION): "
                        f"{', '.join(marked[:4])}{more}")
        names = ", ".join(replaced(submission.statements))
        return said + [f"a name of the course is given another meaning: {names}"] * bool(names), others
