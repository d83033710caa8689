"""The few helpers that an answer may use while it is graded, as text, without the rest of their modules.

What holds an answer, a reference or a table of mistakes is not among them, so it is not there at all.
"""

import ast
from functools import cache

from exercises.lessons.at_hand import at_hand
from solutions.grading.files import COURSE

CELL = ["exercises.capstone.cell.Variant", "exercises.capstone.cell.Weights"]


def allowed(number, text):
    """The names that an exercise may use, with their modules, as far as a text speaks of these; and the named
    tuples that come as arguments."""
    names = [name for name in at_hand(number) if name.split(".")[-2] in text or name.endswith("Cache")]
    return tuple(names + CELL * ("exercises.capstone.cell" in text))


@cache
def body_of(module):
    """The statements of a module of the course, and what its imports from the course bind:
    {name: (module, name there, or None for the module itself)}."""
    body = ast.parse((COURSE / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8")).body
    return body, {alias.asname or alias.name: resolved(line.module, alias.name) for line in body
                  if is_ours(line) for alias in line.names}


def is_ours(line):
    """True for an import from the course."""
    return isinstance(line, ast.ImportFrom) and line.module.split(".")[0] in ("helpers", "exercises")


def resolved(module, name):
    """(module, name) that an import takes; (module, None) if it takes the module itself."""
    inside = f"{module}.{name}"
    return (inside, None) if (COURSE / f"{inside.replace('.', '/')}.py").exists() else (module, name)


def defined(line):
    """The names that a statement defines."""
    if isinstance(line, (ast.FunctionDef, ast.ClassDef)):
        return {line.name}
    targets = line.targets if isinstance(line, ast.Assign) else ()
    return {target.id for target in targets if isinstance(target, ast.Name)}


@cache
def excerpt(wanted):
    """{module: text}. wanted: a tuple of names with modules."""
    keep = {}
    for module, _, name in (path.rpartition(".") for path in wanted):
        need(module, name, keep)
    return {module: text_of(module, keep) for module in keep}


def need(module, name, keep):
    """Note a name of a module as needed, and all that it uses. keep: {module: names}."""
    if name in keep.setdefault(module, set()):
        return
    keep[module].add(name)
    body, imported = body_of(module)
    for line in (line for line in body if name in defined(line)):
        for node in ast.walk(line):
            held = getattr(node, "value", None)
            if isinstance(node, ast.Attribute) and isinstance(held, ast.Name) and held.id in imported:
                if imported[held.id][1] is None:
                    need(imported[held.id][0], node.attr, keep)
            elif isinstance(node, ast.Name) and imported.get(node.id, ("", None))[1]:
                need(*imported[node.id], keep)
            elif isinstance(node, ast.Name) and any(node.id in defined(other) for other in body):
                need(module, node.id, keep)


def text_of(module, keep):
    """What is kept of a module."""
    lines = []
    for line in body_of(module)[0]:
        if is_ours(line):
            names = [alias for alias in line.names for other, name in [resolved(line.module, alias.name)]
                     if (other in keep if name is None else name in keep.get(other, ()))]
            lines += [ast.ImportFrom(line.module, names, 0)] if names else []
        elif isinstance(line, (ast.Import, ast.ImportFrom)) or defined(line) & keep[module]:
            lines.append(line)
    return ast.unparse(ast.fix_missing_locations(ast.Module(lines, [])))
