"""What a formula is, as code: its syntax tree, what stands in it, and what it reads.

The formulas of an exercise are the methods of its ``formulas``, or, where it has none, the reference itself.
"""

import ast
import functools
import inspect
import textwrap
from typing import NamedTuple

from exercises.engine.attempt import outcome


class Formula(NamedTuple):
    """A formula as code. name: the method's; "" for a plain function. about: its docstring, or "".
    tree: of its definition. function: itself. values: its arguments when it was last called."""

    name: str
    about: str
    tree: ast.FunctionDef
    function: object
    values: dict

    @property
    def arguments(self):
        """The names of its arguments but self."""
        return [argument.arg for argument in self.tree.args.args if argument.arg != "self"]


class Place(NamedTuple):
    """Where a node stands: ``field`` of its parent, and which of a list's entries, or None."""

    parent: ast.AST
    field: str
    index: int = None

    def put(self, node):
        """Put a node there."""
        if self.index is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.index] = node


# --- the formulas of an exercise ---

def formulas_of(exercise):
    """The formulas of an exercise, as Formulas."""
    if exercise.formulas is None:
        found = {"": exercise.reference}
    else:
        names = dict.fromkeys(name for base in reversed(exercise.formulas.__mro__) for name in vars(base))
        methods = {name: getattr(exercise.formulas, name) for name in names
                   if not name.startswith("_") and name != "run"}
        found = {name: inspect.unwrap(method) for name, method in methods.items()
                 if method.__doc__ and inspect.isfunction(method)
                 and inspect.unwrap(method).__code__.co_argcount}
    values = values_in_call(exercise, found)
    return [Formula(name, " ".join(function.__doc__.split()) if name else "", tree, function, values[name])
            for name, function in found.items() if name in values and (tree := tree_of(function))]


def tree_of(function):
    """The syntax tree of a function, without its docstring; None for a lambda, or without a source."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    except (OSError, TypeError, SyntaxError):
        return None
    if not isinstance(tree, ast.FunctionDef):
        return None
    tree.body, tree.decorator_list = tree.body[1:] or tree.body, []
    return tree


def values_in_call(exercise, functions):
    """{name: the arguments of each function when it was last called}, for the smallest instance."""
    found = {}

    def watched(name, function):
        names = function.__code__.co_varnames[:function.__code__.co_argcount]

        def method(*given):
            found[name] = dict(zip(names, given))
            return function(*given)

        return method

    made = {name: watched(name, function) for name, function in functions.items()
            if inspect.isfunction(function)}
    answer = made.get("") or exercise.reference
    if exercise.formulas:
        answer = exercise.form(type("Watched", (exercise.formulas,), made))
    outcome(answer, exercise.problems[exercise.smallest_instance][0])
    return found


# --- what stands in a formula, and what it reads ---

def children(node):
    """Yield (field, index in a list or None, child) of a node."""
    for field, value in ast.iter_fields(node):
        for index, one in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(one, ast.AST):
                yield field, index, one


def places(node):
    """(Place, node) of every expression below a node, but those between square brackets."""
    if is_range(node):                                                      # that is for ``loops``
        return
    for field, index, one in children(node):
        if isinstance(node, ast.Subscript) and field == "slice":
            continue
        called = isinstance(node, ast.Call) and field == "func"
        assigned = isinstance(getattr(one, "ctx", None), (ast.Store, ast.Del))
        if isinstance(one, ast.expr) and not called and not assigned:
            yield Place(node, field, index), one
        yield from places(one)


def values_read(node):
    """(Place, node) of what a formula reads: self.h[t - 1], self.params["W_hh"], self.dh(t), a variable."""
    for field, index, one in children(node):
        if not is_value(one) or isinstance(node, ast.Call) and field == "func":
            yield from values_read(one)
            continue
        yield Place(node, field, index), one
        for k, argument in enumerate(one.args if isinstance(one, ast.Call) else ()):
            if isinstance(argument, ast.Name):
                continue
            if is_value(argument):
                yield Place(one, "args", k), argument
            else:
                yield from values_read(argument)


def is_value(node):
    """True for what holds a value from outside of the formula: of self, or a variable."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="self"))):
            return True
        case ast.Attribute(value=ast.Name(id="self") | ast.Attribute(value=ast.Name(id="self"))):
            return True
        case ast.Subscript(value=holder, slice=index):
            return not isinstance(index, (ast.Slice, ast.Tuple)) and is_value(holder)
        case ast.Name(id=name, ctx=ast.Load()):
            return name not in ("self", "np", "len", "range", "zip", "sum", "max", "min", "sigmoid")
    return False


def definition(node, definitions):
    """The expression by which a value was made: of ``self.all_dh[t]`` that of ``dh(t)``, or None."""
    match node:
        case ast.Subscript(value=ast.Attribute(value=ast.Name(id="self"), attr=name), slice=index):
            name, given = name.removeprefix("all_"), [index]
        case ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=name), args=given):
            pass
        case _:
            return None
    made = definitions.get(name)
    if made is None or not isinstance(made.tree.body[0], ast.Return) or len(made.arguments) != len(given):
        return None
    return filled(made.tree.body[0].value, dict(zip(made.arguments, given)))


# --- nodes ---

def code(template, *nodes):
    """An expression from text, with nodes in its places {}."""
    names = [f"_{k}" for k in range(len(nodes))]
    return filled(parsed(template.format(*names)), dict(zip(names, nodes)))


@functools.cache
def parsed(text):
    """The expression that a text is: every template is parsed once."""
    return ast.parse(text, mode="eval").body


def filled(node, named=()):
    """A copy of a tree, with nodes in the place of names; those nodes themselves, not copies of them."""
    if isinstance(node, list):
        return [filled(one, named) for one in node]
    if not isinstance(node, ast.AST):
        return node
    if isinstance(node, ast.Name) and node.id in named:
        return named[node.id]
    return type(node)(*[filled(getattr(node, field), named) for field in node._fields])


def binary(left, op, right):
    """left op right."""
    return ast.BinOp(left, op, right)


def is_range(node):
    """True for ``range(...)``."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range"


def is_transposed(node):
    """True for ``something.T``, but not for self.T, the number of steps."""
    return (isinstance(node, ast.Attribute) and node.attr == "T"
            and not (isinstance(node.value, ast.Name) and node.value.id == "self"))


def transposed(node):
    """The node's transpose; of a transpose what it was before."""
    return node.value if is_transposed(node) else ast.Attribute(node, "T", ast.Load())


def last_name(function):
    """tanh of ``np.tanh``."""
    return function.attr if isinstance(function, ast.Attribute) else ast.unparse(function)
