"""What in an answer a person should look at, found in its text. It changes no points.

What is common among honest answers is not said: see ``CONSIDERABLE``, and ``tells`` for what is compared.
"""

import ast
import hashlib
import math

SMALL = 0.05                    # who divides by less than that measures a slope
CONSIDERABLE, LONG = 5, 8       # statements of answers: two that are the same are no chance, or a long one
LARGEST = 50_000                # letters of an answer that is looked at
MARKS = ("BEGIN SOLUTION", "END SOLUTION", "BEGIN HIDDEN")
KNOWN = {"eps": 2.0 ** -52, "sqrt": math.sqrt, "cbrt": lambda value: value ** (1 / 3)}
OPERATIONS = {ast.Mult: lambda a, b: a * b, ast.Div: lambda a, b: a / b, ast.Add: lambda a, b: a + b,
              ast.Sub: lambda a, b: a - b, ast.Pow: lambda a, b: a ** b}


def parsed(text):
    """The tree of an answer's text; an empty one where it is no Python."""
    try:
        return ast.parse(text[:LARGEST])
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])


# --- a gradient that was measured ---

def measured(text):
    """How an answer measures a gradient: "by the complex step", "by finite differences", or "" """
    tree, values = parsed(text), {}
    nodes = list(ast.walk(tree))
    for node in nodes:
        for target, value in bindings(node):
            values[target] = number(value, values)
    small = any(isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)
                and 0 < abs(number(node.right, values) or 0) < SMALL for node in nodes)
    units = [abs(node.value) for node in nodes if isinstance(node, ast.Constant)
             and isinstance(node.value, complex)]
    named = {getattr(node, "id", getattr(node, "attr", "")) for node in nodes}     # complex, np.complex128
    imaginary = units or any(name.startswith("complex") for name in named)
    part = any(isinstance(node, ast.Attribute) and node.attr == "imag" for node in nodes)
    if imaginary and part and (small or min(units, default=1.0) < SMALL):
        return "by the complex step"
    return "by finite differences" if small else ""


def bindings(node):
    """[(name, the tree of its value)] of an assignment, or of a function's arguments."""
    if isinstance(node, ast.Assign):
        names = [target.value if isinstance(target, ast.Subscript) else target for target in node.targets]
        return [(name.id, node.value) for name in names if isinstance(name, ast.Name)]
    if isinstance(node, ast.arguments):
        return [(one.arg, value) for one, value in zip(node.args[::-1], node.defaults[::-1])]
    return []


def number(node, values):
    """The number that an expression of constants has, else None. values: {name: number or None}."""
    if isinstance(node, ast.Constant):
        return abs(node.value) if type(node.value) in (int, float, complex) else None
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = number(node.operand, values)
        return None if inner is None else -inner
    if isinstance(node, (ast.Name, ast.Subscript)):
        held = node.value if isinstance(node, ast.Subscript) else node
        return values.get(held.id) if isinstance(held, ast.Name) else None
    if isinstance(node, ast.Attribute):
        return KNOWN["eps"] if node.attr == "eps" else None
    try:
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("sqrt", "cbrt"):
            return KNOWN[node.func.attr](number(node.args[0], values))
        if isinstance(node, ast.BinOp) and type(node.op) in OPERATIONS:
            return OPERATIONS[type(node.op)](float(number(node.left, values)),
                                             float(number(node.right, values)))
    except (ArithmeticError, IndexError, TypeError, ValueError):
        pass
    return None


# --- names of the course ---

def of_the_course(trees):
    """({name that statements import from exercises: module}, all names that they import from the course)."""
    doors, names = set(), set()
    for tree in trees:
        if isinstance(tree, ast.ImportFrom) and (tree.module or "").split(".")[0] in ("exercises", "helpers"):
            bound = {alias.asname or alias.name for alias in tree.names}
            names |= bound
            doors |= bound if tree.module == "exercises" else set()
    return doors, names


def replaced(statements):
    """The names of the course that a learner's own statements bind anew, such as check, or change, such as
    rnn in ``rnn.backward = ...``. statements: of a ``Submission``.

    A variable that is called like a module, such as losses, is honest: only what comes from ``exercises``
    may not be bound.
    """
    doors, names = of_the_course(one.tree for one in statements)
    found = set()
    for one in (one for one in statements if one.own):
        if not of_the_course([one.tree])[1]:
            found |= one.bound & doors
        for node in ast.walk(one.tree):
            stored = isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
            while isinstance(node, ast.Attribute):
                node = node.value
            if stored and isinstance(node, ast.Name) and node.id in names:
                found.add(node.id)
    return sorted(found)


# --- the same text ---

class Renamed(ast.NodeTransformer):
    """Gives every name that an answer binds another one: the first that is met is a0, the next a1."""

    def __init__(self, names):
        self.names, self.others = names, {}

    def other(self, name):
        """The name in the place of a name."""
        return self.others.setdefault(name, f"a{len(self.others)}") if name in self.names else name

    def visit_Name(self, node):
        """A variable."""
        return ast.Name(self.other(node.id), node.ctx)

    def visit_arg(self, node):
        """An argument, without what type it is said to have."""
        return ast.arg(self.other(node.arg))

    def visit_FunctionDef(self, node):
        """A function, without what type it is said to return."""
        node.name, node.returns = self.other(node.name), None
        self.generic_visit(node)
        return node


def bound_in(tree):
    """The names that a tree binds."""
    return ({node.id for node in ast.walk(tree) if isinstance(node, ast.Name)
             and isinstance(node.ctx, ast.Store)}
            | {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
            | {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)})


def bare(tree):
    """A tree without docstrings and passes."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [line for line in body if not isinstance(line, ast.Pass) and not (
                isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant))]
    return tree


def tells(text, handed_out=""):
    """(statements, mark, mark of the very text) of an answer, as a list; [] for one that is too short to tell
    anything. The first mark is the same for the same text with other names, comments and spaces.

    handed_out: text of which statements do not count, such as those around a gap.
    """
    tree = bare(parsed(text))
    given = {ast.dump(node) for node in ast.walk(bare(parsed(handed_out))) if isinstance(node, ast.stmt)}
    own = [node for node in ast.walk(tree) if isinstance(node, ast.stmt) and ast.dump(node) not in given]
    if len(own) - 1 < CONSIDERABLE:             # without the line of the def
        return []
    lines = [line.rstrip() for line in text.split("\n") if not any(mark in line for mark in MARKS)]
    texts = ast.dump(Renamed(bound_in(tree)).visit(tree)), "\n".join(filter(None, lines))
    return [len(own) - 1, *(hashlib.sha256(each.encode()).hexdigest()[:16] for each in texts)]


def is_telling(marks):
    """True if answers with these marks are the same as others by no chance. marks: of ``tells``."""
    return len(marks) > 1 or any(size >= LONG for size, *_ in marks)


def alike(records):
    """[(id, what to look at)] of those whose longer answers are the same as those of others."""
    found, together = {}, {}
    for record in records:
        for number, (_, mark, text) in record.get("tells", {}).items():
            for kind, one in (("names", mark), ("text", text)):
                found.setdefault((kind, number, one), []).append(record["student"])
    for record in records:
        id = record["student"]
        for number, marks in record.get("tells", {}).items():
            same = found["text", number, marks[2]], found["names", number, marks[1]]
            for kind, ids in zip(("the very same text as", "but for names the same text as"), same):
                if len(ids) > 1:
                    others = ", ".join(other for other in ids if other != id)
                    together.setdefault((id, kind, others), {})[number] = marks
                    break
    return [(id, f"{kind} {others}: {', '.join(marks)}") for (id, kind, others), marks in together.items()
            if kind.startswith("the very") or is_telling(list(marks.values()))]


# --- all of it ---

def id_of(number):
    """The id of an exercise's cell."""
    return f"exercise-{number.replace('.', '-')}"


class Looking:
    """What to look at in the submissions of a lesson. release: the Cells that were handed out. published:
    {exercise: its public answer}, such as {"exercise-3-1": "def ..."}."""

    def __init__(self, release, published):
        self.handed_out = {cell.id: cell.source for cell in release if cell.id.startswith("exercise-")}
        self.published, self.found = published, {id: tells(text, self.handed_out.get(id, ""))
                                                 for id, text in published.items()}
        self.found = {id: mark for id, mark in self.found.items() if mark}

    def at(self, submission, rows):
        """(sentences, {number: mark}): what to look at, what to compare with others. rows: of the judge."""
        try:
            return self.found_in(submission, rows)
        except RecursionError:
            return ["its answers are nested too deeply to be looked through"], {}

    def found_in(self, submission, rows):
        """As ``at``; raises RecursionError."""
        how, same, marks = {}, {}, {}
        for row in (row for row in rows if row.own):
            number = row.result.number
            id = id_of(number)
            way = measured(row.own)
            if way and not measured(self.published.get(id, "")):
                how.setdefault(way, []).append(number)
            mark = tells(row.own, self.handed_out.get(id, ""))
            if mark and mark[1] == self.found.get(id, [0, ""])[1]:
                same[number] = mark
            elif mark:
                marks[number] = mark
        said = [f"a gradient is measured {way}: {', '.join(numbers)}" for way, numbers in how.items()]
        if is_telling(list(same.values())) or any(mark[2] == self.found[id_of(number)][2]
                                                  for number, mark in same.items()):
            said.append(f"as published, or but for names: {', '.join(same)}")
        return said + self.about(submission), marks

    def about(self, submission):
        """Sentences about a notebook as a whole."""
        marked = [cell.id.removeprefix("exercise-").replace("-", ".") or "a cell" for cell in submission.cells
                  if cell.kind == "code" and any(mark in cell.source for mark in MARKS)]
        marked, names = list(dict.fromkeys(marked)), replaced(submission.statements)
        more = f" and {len(marked) - 4} more" if len(marked) > 4 else ""
        where = ", ".join(marked[:4]) + more
        said = [f"it holds the marks of the teacher's edition (### BEGIN SOLUTION): {where}"] * bool(marked)
        return said + [f"a name of the course is given another meaning: {', '.join(names)}"] * bool(names)
