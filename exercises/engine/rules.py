"""Mistakes by rule: one thing in one formula of an exercise is changed, and words that say what.

The formulas are the methods of the exercise's ``formulas``, or, where it has none, the reference itself. A rule
takes a node of a formula's syntax tree and yields what could stand there by mistake: (new node, words).

``changes(exercise)`` has all of them, the simplest first. Where two changes give the same numbers, the words
of the simpler one are said.
"""

import ast
import copy
import inspect
import itertools
import re
import sys
import textwrap
import warnings
from typing import NamedTuple

import numpy as np

from exercises.engine.attempt import outcome
from exercises.engine.words import listed


class Formula(NamedTuple):
    """A formula as code. name: the method's; "" for a plain function. about: its docstring up to the comma,
    or "". tree: of its definition. function: itself. values: the variables inside when it returned."""

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


class Change(NamedTuple):
    """A mistake by rule. rank: how simple, 0 is simplest. words: what is wrong, a clause.
    swaps: [(Formula, Place, old node, new node)]."""

    rank: float
    words: str
    swaps: list

    @property
    def names(self):
        """The names of the formulas that are changed, each once."""
        return list(dict.fromkeys(formula.name for formula, *_ in self.swaps))

    def functions(self):
        """{name: the changed formula}. Raises SyntaxError where the change makes no code."""
        for _, place, _, new in self.swaps:
            place.put(ast.fix_missing_locations(new))
        try:
            return {name: compiled(formula) for name, formula in {f.name: f for f, *_ in self.swaps}.items()}
        finally:
            for _, place, old, _ in self.swaps:
                place.put(old)


def sentence(changes):
    """What is wrong, and where, as a sentence: of one change, or of several with the same words."""
    abouts = list(dict.fromkeys(f.about for change in changes for f, *_ in change.swaps if f.about))
    if len(abouts) > 1:
        abouts = [about.split(",")[0] for about in abouts]
    words = changes[0].words
    end = "" if words.endswith("?") else "."
    return capital(f"{listed(abouts)}: {words}{end}" if abouts else words + end)


def compiled(formula):
    """The function that a formula's tree defines."""
    scope = {}
    with warnings.catch_warnings():         # a number that is indexed, say: it will raise, and is no explanation
        warnings.simplefilter("ignore")
        code_of = compile(ast.Module([formula.tree], []), "<by rule>", "exec")
    exec(code_of, formula.function.__globals__, scope)
    return scope[formula.tree.name]


def capital(sentence):
    """The sentence with a capital, unless it begins with a symbol such as da_t or W_hh."""
    symbol = re.match(r"\w+_|d?[b-zA-Z]\b|d[a-zA-Z]\b", sentence)
    return sentence if symbol else sentence[:1].upper() + sentence[1:]


# --- as the lessons write it ---

# Slot t - 1 of these belongs to step t; h, c, da and dh have one slot more.
ONE_BEFORE = {"x", "y", "dy", "slopes", "i", "f", "g", "o", "r", "z", "m", "n", "copies", "owner"}


def symbol(about):
    """A formula's docstring in short: what stands after its comma, if that is a formula; else what stands before."""
    name, _, formula = about.partition(", ")
    words = re.sub("tanh|exp|log|sqrt|sigmoid|diag|sum", "", formula)
    return formula if formula and " " in name and not re.search("[a-z]{3}", words) else name


class Writer:
    """Code as the lessons write it. symbols: {name of a formula: (what it is, its arguments)}.

    as_written: True if products stand on paper as in code; False if rows in code are columns on paper.
    """

    def __init__(self, symbols, as_written=False):
        self.symbols, self.as_written = symbols, as_written

    def __call__(self, node):
        """``self.all_da[t] @ self.params["W_hh"]`` is W_hh^T da_t: rows in code are columns on paper."""
        match node:
            case ast.Subscript(slice=ast.Constant(value=str(name))):
                return name
            case ast.Subscript(value=holder, slice=index) if not isinstance(index, (ast.Slice, ast.Tuple)):
                name, step = self(holder), self.step(holder, index)
                return name if "_" in name and step == "t" or "(" in step else f"{name}_{step}"
            case ast.Attribute(value=ast.Name(id="self"), attr="arriving" | "arriving_c" as name):
                return "what arrives " + ("along c " if name == "arriving_c" else "") + "from step t+1"
            case ast.Attribute(value=ast.Name(id="self"), attr="h0"):
                return "h_0"
            case ast.Attribute(value=ast.Name(id="self"), attr=name):
                return name.removeprefix("all_")
            case ast.Attribute(value=inner, attr="T"):
                return f"{self(inner)}^T"
            case ast.BinOp(op=ast.MatMult(), left=left, right=right):
                return self.product(left, right)
            case ast.BinOp(op=ast.Mult(), left=left, right=right):
                left, right = self.bracketed(left), self.bracketed(right)
                return f"{left} times {right}" if "the " in left + right else f"{left} {right}"
            case ast.BinOp(left=left, op=op, right=right) if type(op) in SIGNS:
                tight = isinstance(op, (ast.Div, ast.Pow))
                left, right = (self.bracketed(side) if tight else self(side) for side in (left, right))
                return left + SIGNS[type(op)] + right
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return f"-{self.bracketed(inner)}"
            case ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=name), args=arguments):
                symbol, names = self.symbols.get(name) or (name.replace("_", " ").strip(), [])
                for argument, given in zip(names, arguments):       # s (1 - s) of f_t is f_t (1 - f_t)
                    if argument != "t":
                        symbol = re.sub(rf"\b{argument}\b", self(given), symbol)
                return f"{symbol} at step T" if ast.unparse(node).endswith("(self.T)") else symbol
            case ast.Call(func=ast.Attribute(value=ast.Name(id="np"), attr=name), args=arguments):
                return f"{name}({', '.join(map(self, arguments))})"
            case ast.Call(func=ast.Attribute(value=value, attr="sum" | "mean" | "max" | "min" as name)):
                return f"the {name} of {self(value)}"
            case _:
                return ast.unparse(node).replace("self.", "").replace("np.", "")

    def product(self, left, right):
        """A matrix product of rows, as one of columns."""
        if self.as_written:
            return f"{self.bracketed(left)} {self.bracketed(right)}"
        if is_transposed(left):                                             # da.T @ h: an outer product
            return f"{self.bracketed(left.value)} {self.bracketed(right)}^T"
        return f"{self.bracketed(transposed(right))} {self.bracketed(left)}"

    def bracketed(self, node):
        """With brackets where the node is a sum."""
        is_sum = isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub))
        return f"({self(node)})" if is_sum else self(node)

    def step(self, holder, index):
        """The step that a slot belongs to: h[t - 1] is h_{t-1}, but x[t - 1] is x_t."""
        text = ast.unparse(index).replace("self.", "").replace(" ", "")
        if isinstance(holder, ast.Attribute) and holder.attr in ONE_BEFORE:
            text = {"t-1": "t", "t-2": "t-1", "t": "t+1", "T-1": "T", "T-t": "T+1-t", "0": "1"}.get(text, text)
        return text if len(text) == 1 else "{" + text + "}"


SIGNS = {ast.Add: " + ", ast.Sub: " - ", ast.Div: " / ", ast.Pow: "^"}


def is_transposed(node):
    """True for ``something.T``."""
    return isinstance(node, ast.Attribute) and node.attr == "T" and ast.unparse(node) != "self.T"


def transposed(node):
    """The node's transpose; of a transpose what it was before."""
    return node.value if is_transposed(node) else ast.Attribute(node, "T", ast.Load())


def code(template, *nodes):
    """An expression from text, with nodes in its places {}."""
    return ast.parse(template.format(*map(ast.unparse, nodes)), mode="eval").body


def last_name(function):
    """tanh of ``np.tanh``."""
    return function.attr if isinstance(function, ast.Attribute) else ast.unparse(function)


def binary(left, op, right):
    """left op right."""
    return ast.BinOp(left, op, right)


# --- the rules: (node, write) -> (new node, words) ---

def missing(node, write):
    """A factor, a term, a square, a function or a sum is left out."""
    match node:
        case ast.BinOp(op=ast.MatMult(), left=left, right=right):
            paper = right if write.as_written or is_transposed(left) else transposed(right)
            yield left, f"the factor {write(paper)} is missing"
            yield right, f"the factor {write(left)} is missing"
        case ast.BinOp(op=ast.Mult(), left=left, right=right):
            yield left, f"the factor {write(right)} is missing"
            yield right, f"the factor {write(left)} is missing"
        case ast.BinOp(op=ast.Add() | ast.Sub(), left=left, right=right):
            yield left, f"{write(right)} is missing"
            yield right, f"{write(left)} is missing"
        case ast.BinOp(op=ast.Div(), left=left, right=right):
            yield left, f"it is not divided by {write(right)}"
        case ast.BinOp(op=ast.Pow(), left=left):
            yield left, "the power is missing"
        case ast.Call(func=ast.Attribute(value=ast.Name(id="np")) | ast.Name(), args=[first, *rest]):
            yield first, f"{last_name(node.func)} is missing"
            if rest and last_name(node.func) in ("min", "max", "minimum", "maximum"):
                yield rest[0], f"it is {write(rest[0])} always"
        case ast.UnaryOp(operand=inner):
            yield inner, f"{'the minus sign' if isinstance(node.op, ast.USub) else 'not'} is missing"


def sign(node, write):
    """Plus and minus, times and divided by."""
    match node:
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            yield binary(left, ast.Sub(), right), f"{write(right)} is subtracted; it must be added"
            yield (binary(left, ast.Mult(), right),
                   f"{write(left)} and {write(right)} are multiplied; they must be added")
        case ast.BinOp(op=ast.Sub(), left=left, right=right):
            yield binary(left, ast.Add(), right), f"{write(right)} is added; it must be subtracted"
            yield binary(right, ast.Sub(), left), "the sign is flipped"
        case ast.BinOp(op=ast.Mult(), left=left, right=right):
            yield binary(right, ast.Div(), left), f"it divides by {write(left)}; it must multiply"
            yield binary(left, ast.Div(), right), f"it divides by {write(right)}; it must multiply"
        case ast.BinOp(op=ast.Div(), left=left, right=right):
            yield binary(left, ast.Mult(), right), f"it multiplies by {write(right)}; it must divide"
            yield binary(right, ast.Div(), left), "the quotient is upside down"
        case ast.BinOp(op=ast.Pow(), left=left, right=right):
            yield binary(left, ast.Mult(), right), f"it multiplies by {write(right)}; it must take the power"
            yield code("np.abs({})", left), "the absolute value stands where the square belongs"


def products(node, write):
    """A matrix product with a transpose too many, in the wrong order, or entry by entry."""
    match node:
        case ast.BinOp(op=ast.MatMult(), left=left, right=right):
            outer = is_transposed(left) and not re.match("[A-Z]", write(left.value))      # not W^T h
            stands, belongs = transposed(right), right
            if outer or write.as_written:
                stands, belongs = belongs, stands
            yield (binary(left, ast.MatMult(), transposed(right)),
                   f"{write(belongs)} stands where {write(stands)} belongs")
            if write.as_written:
                yield (binary(transposed(left), ast.MatMult(), right),
                       f"{write(transposed(left))} stands where {write(left)} belongs")
            yield transposed(node), "the result is transposed"
            yield binary(left, ast.Add(), right), "a sum stands where a matrix product belongs"
            if outer:
                together = binary(left.value, ast.Mult(), right)
                yield code("({}).sum(axis=0)", together), "it multiplies entry by entry; it needs outer products"
                yield (code("np.outer(({}).sum(axis=0), ({}).sum(axis=0))", left.value, right),
                       "it multiplies two sums over the batch; it needs the sum of the products")
                yield code("({})[:1].T @ ({})[:1]", left.value, right), "only the first sequence is there"
                yield code("({})[-1:].T @ ({})[-1:]", left.value, right), "only the last sequence is there"
                yield binary(node, ast.Div(), code("len({})", right)), "it is a mean over the batch; it must be a sum"
            else:
                yield binary(right, ast.MatMult(), left), "the factors stand in the wrong order"
                yield binary(left, ast.Mult(), right), "it multiplies entry by entry; it must be a matrix product"
        case ast.BinOp(op=ast.Mult(), left=left, right=right):
            yield binary(left, ast.MatMult(), right), "it is a matrix product; it must multiply entry by entry"
            yield binary(left, ast.Add(), right), f"{write(left)} and {write(right)} are added; they must be multiplied"


def brackets(node, write):
    """A bracket that is missing, or ends in another place."""
    match node:
        case ast.BinOp(op=ast.Add() | ast.Sub() as op, left=left,
                       right=ast.BinOp(op=ast.Pow() | ast.Mult() | ast.Div() as inner, left=near, right=far)):
            what = {ast.Pow: "the power", ast.Mult: f"the factor {write(far)}", ast.Div: "the division"}[type(inner)]
            yield binary(binary(left, op, near), inner, far), f"{what} acts on the whole of {write(left)} and {write(near)}"
        case ast.BinOp(op=ast.Add() | ast.Sub() as op, left=left,
                       right=ast.BinOp(op=ast.MatMult(), left=near, right=far)):
            yield (binary(near, ast.MatMult(), binary(left, op, far)),
                   f"the factor {write(near)} acts on {write(left)}, too")
            yield (binary(binary(left, op, near), ast.MatMult(), far),
                   f"the factor {write(far)} acts on {write(left)}, too")
        case ast.BinOp(op=ast.Mult(), left=left,
                       right=ast.BinOp(op=ast.Pow() as inner, left=near, right=far)):
            yield binary(binary(left, ast.Mult(), near), inner, far), f"the power acts on {write(left)}, too"
        case ast.BinOp(op=ast.Mult(), left=left, right=ast.Call(func=function, args=[one], keywords=[])):
            whole = ast.Call(function, [binary(left, ast.Mult(), one)], [])
            yield whole, f"{last_name(function)} is taken of the whole product"
        case ast.BinOp(op=ast.Div() as outer, left=left,
                       right=ast.BinOp(op=ast.Add() | ast.Sub() as op, left=a, right=b)):
            yield (binary(binary(left, outer, a), op, b),
                   f"{write(b)} stands outside of the division: is a bracket missing?")
    match node:
        case ast.BinOp(op=ast.Add() | ast.Sub() as op, right=right,
                       left=ast.BinOp(op=ast.Mult() as inner, left=near, right=far)):
            yield (binary(near, inner, binary(far, op, right)),
                   f"the factor {write(near)} acts on {write(right)}, too")
        case ast.BinOp(op=ast.Mult() | ast.Div() | ast.MatMult() as outer, left=ast.BinOp(op=ast.Add() | ast.Sub() as op, left=a, right=b), right=right):
            yield binary(a, op, binary(b, outer, right)), f"{write(right)} misses {write(a)}: is a bracket missing?"
            yield binary(binary(a, outer, right), op, b), f"{write(right)} misses {write(b)}: is a bracket missing?"
        case ast.Call(func=function, args=[ast.BinOp(op=ast.Mult() | ast.Div() | ast.Add() | ast.Sub() as op, left=a, right=b)], keywords=[]):
            yield (binary(ast.Call(function, [a], []), op, b),
                   f"{last_name(function)} is taken of {write(a)} alone: is a bracket missing?")
        case ast.Call(func=outer, args=[ast.Call(func=inner, args=[value], keywords=[])], keywords=[]):
            yield (ast.Call(inner, [ast.Call(outer, [value], [])], []),
                   f"{last_name(outer)} and {last_name(inner)} are taken in the wrong order")
        case ast.BinOp(op=ast.Mult() as outer, left=left, right=ast.BinOp(op=ast.Add() | ast.Sub() as op, left=a, right=b)):
            yield binary(binary(left, outer, a), op, b), f"{write(left)} misses {write(b)}: is a bracket missing?"
            yield binary(a, op, binary(left, outer, b)), f"{write(left)} misses {write(a)}: is a bracket missing?"


OTHERS = {"sum": ("mean", "max", "prod"), "mean": ("sum",), "max": ("min", "sum", "mean"), "min": ("max",),
          "maximum": ("minimum",), "minimum": ("maximum",), "argmax": ("argmin",), "cumsum": ("cumprod",),
          "cumprod": ("cumsum",), "tanh": ("sin", "arctanh"), "exp": ("expm1",), "log": ("log2", "log1p"),
          "abs": ("square",), "sqrt": ("square",), "square": ("abs",), "zeros": ("ones",), "ones": ("zeros",),
          "zeros_like": ("ones_like",), "ones_like": ("zeros_like",)}


def functions(node, write):
    """Another function, a function twice, another axis, another slope."""
    match node:
        case ast.Call(func=ast.Attribute(value=holder, attr=name) as func) if name in OTHERS:
            for other in OTHERS[name]:
                yield (ast.Call(ast.Attribute(holder, other, ast.Load()), node.args, node.keywords),
                       f"{other} stands where {name} belongs")
            if name in ("sum", "mean", "max", "min", "cumsum", "argmax"):
                yield from axes(node, name)
        case ast.Call(func=ast.Name(id="sigmoid")):
            yield code("np.tanh({})", *node.args), "tanh stands where the sigmoid belongs"
        case ast.BinOp(op=ast.Sub(), left=ast.Constant(value=1), right=ast.BinOp(op=ast.Pow(), left=value)):
            yield code("1 - np.tanh({}) ** 2", value), f"tanh is applied to {write(value)}, which is a tanh already"
            yield code("({0}) * (1 - ({0}))", value), "that is the sigmoid's slope"
            yield code("1.0 * (({}) > 0)", value), "that is ReLU's slope"
            yield code("np.ones_like({})", value), "the slope is missing"
        case ast.BinOp(op=ast.Mult(), left=value, right=ast.BinOp(op=ast.Sub(), left=ast.Constant(value=1), right=again)):
            if ast.unparse(value) == ast.unparse(again):
                yield code("1 - ({}) ** 2", value), "that is tanh's slope"
                yield (code("(1 / (1 + np.exp(-({0})))) * (1 - 1 / (1 + np.exp(-({0}))))", value),
                       f"the sigmoid is applied to {write(value)}, which is a sigmoid already")
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="np"), attr="tanh" | "exp" | "log" | "sqrt") | ast.Name(id="sigmoid"), args=[_]):
            yield ast.Call(node.func, [node], []), f"{last_name(node.func)} is applied twice"
            if last_name(node.func) == "tanh":
                yield code("1 / (1 + np.exp(-({})))", *node.args), "the sigmoid stands where tanh belongs"


def axes(node, name):
    """The same sum along another axis, over everything, or with its axis kept."""
    without = [keyword for keyword in node.keywords if keyword.arg != "axis"]
    for axis in ("0", "1", "-1", "None"):
        other = ast.Call(node.func, node.args, [*without, ast.keyword("axis", code(axis))])
        words = "over everything" if axis == "None" else f"along axis {axis}"
        yield other, f"the {name} runs {words}"
    if not any(keyword.arg == "keepdims" for keyword in node.keywords):
        yield (ast.Call(node.func, node.args, [*node.keywords, ast.keyword("keepdims", ast.Constant(True))]),
               f"the {name} keeps an axis of length 1")


def numbers(node, write):
    """Another number, another comparison."""
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            for other in {0: (1, -1), 1: (0, 2, -1), 2: (1, 3, 4), 0.5: (1, 2)}.get(value, (value + 1, value - 1)):
                yield ast.Constant(other), f"{other} stands where {value} belongs"
        case ast.Compare(ops=[op]):
            for other in COMPARISONS.get(type(op), ()):
                new = ast.Compare(node.left, [other()], node.comparators)
                yield new, f"{ast.unparse(new)} stands where another comparison belongs".replace("self.", "")
            late = ast.Compare(node.left, node.ops, [code("{} + 1", node.comparators[0])])
            yield late, f"{ast.unparse(late)} stands where another comparison belongs".replace("self.", "")
        case ast.BoolOp(op=op, values=values):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values), "and and or are exchanged"
        case ast.IfExp(test=test, body=body, orelse=orelse):
            yield body, f"{write(body)} stands there always"
            yield orelse, f"{write(orelse)} stands there always"


COMPARISONS = {ast.Lt: (ast.LtE, ast.Gt), ast.LtE: (ast.Lt, ast.GtE), ast.Gt: (ast.GtE, ast.Lt),
               ast.GtE: (ast.Gt, ast.LtE), ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,)}


def loops(node, write):
    """A range that begins or ends one too early or too late, or runs the other way."""
    match node:
        case ast.GeneratorExp(elt=one, generators=[ast.comprehension(target=name, iter=every)]):
            for part, words in (("[1:]", "the first one"), ("[:-1]", "the last one")):
                some = ast.comprehension(name, code("list({})" + part, every), [], 0)
                yield ast.GeneratorExp(one, [some]), f"{words} of {write(every)} is left out"
        case ast.Call(func=ast.Name(id="range"), args=arguments):
            ends = [("0", *map(ast.unparse, arguments), "1"), (*map(ast.unparse, arguments), "1"),
                    tuple(map(ast.unparse, arguments))][len(arguments) - 1]
            first, last, stride = ends
            backwards = stride.startswith("-")
            one = "-" if backwards else "+"
            yield code(f"range({first} {one} 1, {last}, {stride})"), "the loop begins one step too late"
            yield (code(f"range({first} {'+' if backwards else '-'} 1, {last}, {stride})"),
                   "the loop begins one step too early")
            yield code(f"range({first}, {last} {'+' if backwards else '-'} 1, {stride})"), "the loop ends one step too early"
            yield code(f"range({first}, {last} {one} 1, {stride})"), "the loop ends one step too late"
            yield code(f"range({first}, {last}, {stride})[::-1]"), "the loop runs the other way round"
            yield code(f"range({first}, {last}, {stride})[:1]"), "the loop ends after its first round"


def steps(node, write, arguments=()):
    """Another step than the one that is asked for; one too early or too late; all of them."""
    match node:
        case ast.Subscript(value=holder, slice=ast.Tuple(elts=several)):
            for k, one in enumerate(several):
                if isinstance(one, (ast.Name, ast.BinOp)):
                    for other in ("({}) - 1", f"(({{}}) + 1) % ({{}}).shape[{k}]"):
                        new = ast.Tuple([*several[:k], code(other, one, holder), *several[k + 1:]], ast.Load())
                        late = "late" if "+" in other else "early"
                        yield (ast.Subscript(holder, new, ast.Load()),
                               f"{write(holder)} is read one place too {late} along axis {k}")
        case ast.Subscript(value=holder, slice=index) if not isinstance(index, ast.Slice):
            here = step_in(index, arguments)
            for other in (here, f"{here} - 1", f"{here} - 2", f"{here} + 1", "-1", "0", "1", f"self.T - {here}") if here else ():
                if other != ast.unparse(index):
                    new = ast.Subscript(holder, code(other), ast.Load())
                    yield new, f"{write(new)} stands where {write(node)} belongs"
            if here:
                yield (code("({})[1:][({}) - 1]", holder, index),
                       f"at the first step an index of -1 fetches the last slot of {write(holder)}")
                yield (code(f"sum(({{}}) for {here} in range(1, self.T + 1))", node),
                       f"{write(node)} is summed over all steps first")
        case ast.Call(func=ast.Attribute(value=ast.Name(id="self")) as method, args=[index]):
            here = step_in(index, arguments)
            for other, words in ((f"max({here} - 1, 1)", "the step before"), (f"min({here} + 1, self.T)", "the step after"),
                                 ("self.T", "the last step"), ("1", "the first step")) if here else ():
                yield ast.Call(method, [code(other)], []), f"{write(node)} is that of {words}"


def step_in(index, arguments):
    """The argument, such as t, that an index is made of, or None."""
    return next((n.id for n in ast.walk(index) if isinstance(n, ast.Name) and n.id in arguments), None)


def too_often(node, write):
    """A value twice, or what is left of it to 1."""
    if is_value(node) and not isinstance(node, ast.Name):
        yield binary(node, ast.Mult(), node), f"the factor {write(node)} is there twice"
        yield code("2 * {}", node), f"{write(node)} is doubled"
        yield code("np.tanh({})", node), f"tanh is applied to {write(node)}"
        yield code("({}).T", node), f"the transpose of {write(node)} stands there"
        yield code("1 - {}", node), f"1 - {write(node)} stands where {write(node)} belongs"
        yield code("({}) + 1", node), f"1 is added to {write(node)}"
        yield code("({}) - 1", node), f"1 is subtracted from {write(node)}"
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        for factor in (node.left, node.right):
            yield binary(node, ast.Mult(), factor), f"the factor {write(factor)} is there twice"


RULES = [missing, sign, products, brackets, functions, too_often, loops, steps, numbers]


def of_the_whole(value, formula):
    """Ways in which the whole of a formula goes wrong: (rank, new node, words)."""
    if isinstance(value, ast.Call) and ast.unparse(value.func) == "range":
        return
    for rank, template, words in (
            (0.5, "0 * ({})", "it is zero"), (1, "-({})", "the sign is flipped"), (4, "2 * ({})", "it is doubled"),
            (4, "({}) / 2", "it is halved"),
            (5, "({}).sum(axis=0)",
             "it is summed over " + ("the batch" if "t" in formula.arguments else "its first axis")),
            (5, "np.clip({}, -1, 1)", "it is clipped to [-1, 1]"),
            (5, "np.clip({}, -5, 5)", "it is clipped to [-5, 5]"),
            (5, "0 * ({}) + 1", "it is 1"), (6, "np.tanh({})", "tanh is applied to it"),
            (6, "({}) ** 2", "it is squared"),
            (6, "np.sqrt({})", "the root of it is taken"), (6, "np.abs({})", "its absolute value is taken"),
            (6, "1 - ({})", "it is taken off 1"), (7, "({}) + 1", "1 is added"),
            (7, "({}) - 1", "1 is subtracted"), (6, "({}).T", "it is transposed"),
            (6, "({})[::-1]", "the order is reversed"),
            (4, "({}) / len({})", "it is divided by its length"), (4, "({}) / ({}).shape[-1]", "it is divided by its last size")):
        yield rank, code(template, value, value), words
    if hasattr(formula.values.get("self"), "T"):
        yield 4, code("({}) / self.T", value), "it is divided by T"
        yield 4, code("({}) * self.T", value), "it is multiplied by T"
    if "t" in formula.arguments and "self" in formula.values:
        for rank, condition, words in ((0.6, "t > 1", "it is missing at step 1"), (0.6, "t < self.T", "it is missing at step T"),
                                       (0.7, "t == self.T", "it is there at step T only"), (0.7, "t == 1", "it is there at step 1 only"),
                                       (3, "1 + (t == self.T)", "it counts twice at step T")):
            yield rank, code(f"({{}}) * ({condition})", value), words


# --- all changes of an exercise ---

def formulas_of(exercise):
    """The formulas of an exercise, as Formulas."""
    if exercise.formulas is None:
        found = {"": exercise.reference}
    else:
        names = dict.fromkeys(name for base in reversed(exercise.formulas.__mro__) for name in vars(base))
        found = {name: inspect.unwrap(getattr(exercise.formulas, name)) for name in names
                 if not name.startswith("_") and name != "run" and getattr(exercise.formulas, name).__doc__
                 and inspect.isfunction(getattr(exercise.formulas, name))}
        found = {name: function for name, function in found.items() if function.__code__.co_argcount}
    values = values_at_return(exercise, found)
    trees = {name: tree_of(function) for name, function in found.items() if name in values}
    return [Formula(name, about_of(exercise, name), tree, found[name], values[name])
            for name, tree in trees.items() if tree]


def about_of(exercise, name):
    """What a formula is, in words, with the formula; "" for a plain function."""
    return " ".join(getattr(exercise.formulas, name).__doc__.split()) if name else ""


def tree_of(function):
    """The syntax tree of a function, without its docstring; None for a lambda, and where there is no source."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    except (OSError, TypeError, SyntaxError):
        return None
    if not isinstance(tree, ast.FunctionDef):
        return None
    tree.body, tree.decorator_list = tree.body[1:] or tree.body, []
    return tree


def values_at_return(exercise, functions):
    """{name: the variables inside each function when it last returned}, for the smallest instance."""
    names = {function.__code__: name for name, function in functions.items() if inspect.isfunction(function)}
    found = {}

    def watch(frame, event, _):
        if event == "return" and frame.f_code in names:
            found[names[frame.f_code]] = dict(frame.f_locals)

    answer = exercise.form(exercise.formulas) if exercise.formulas else exercise.reference
    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        outcome(answer, exercise.problems[exercise.smallest_instance][0])
    finally:
        sys.setprofile(before if callable(before) else None)
    return found


def places(node):
    """(Place, node) of every expression below a node, but those between square brackets."""
    for field, value in ast.iter_fields(node):
        if isinstance(node, ast.Subscript) and field == "slice":
            continue
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "range":        # that is for ``loops``
            continue
        for index, one in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(one, ast.AST):
                called = isinstance(node, ast.Call) and field == "func"
                assigned = isinstance(getattr(one, "ctx", None), (ast.Store, ast.Del))
                if isinstance(one, ast.expr) and not called and not assigned:
                    yield Place(node, field, index), one
                yield from places(one)


def values_read(node):
    """(Place, node) of what a formula reads: self.h[t - 1], self.params["W_hh"], self.direct(t), a variable."""
    for field, value in ast.iter_fields(node):
        for index, one in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(one, ast.AST):
                continue
            if is_value(one) and not (isinstance(node, ast.Call) and field == "func"):
                yield Place(node, field, index), one
                for k, argument in enumerate(one.args if isinstance(one, ast.Call) else ()):
                    if not isinstance(argument, ast.Name) and is_value(argument):
                        yield Place(one, "args", k), argument
                    elif not isinstance(argument, ast.Name):
                        yield from values_read(argument)
            else:
                yield from values_read(one)


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


class Values:
    """All values that an exercise's formulas read, and which of them could stand for each other."""

    def __init__(self, formulas):
        aliases = {f"self.{formula.name}(" for formula in formulas if is_value(getattr(formula.tree.body[-1], "value", None))}
        self.nodes = {}
        for formula in formulas:
            for _, node in values_read(formula.tree):
                if not any(ast.unparse(node).startswith(alias) for alias in aliases):
                    self.nodes.setdefault(ast.unparse(node), copy.deepcopy(node))
                    if isinstance(node, ast.Call) and [ast.unparse(one) for one in node.args] == ["t"]:
                        last = ast.Call(node.func, [code("self.T")], [])
                        self.nodes.setdefault(ast.unparse(last), last)
        self.shapes = {}

    def shape(self, text, formula):
        """The shape of an array or number where a formula returns, or None."""
        key = text, formula.name
        if key not in self.shapes:
            try:
                value = eval(text, formula.function.__globals__, formula.values)
                is_number = isinstance(value, (np.ndarray, float, int, np.generic)) and not isinstance(value, bool)
                self.shapes[key] = np.shape(value) if is_number else None
            except Exception:
                self.shapes[key] = None
        return self.shapes[key]

    def like_result(self, formula):
        """The values that could stand for what a formula returns."""
        returned = next((s.value for s in formula.tree.body if isinstance(s, ast.Return)), None)
        return self.like(returned, formula) if returned is not None else []

    def alike(self, one, other, formula):
        """True if two values have the same shape."""
        shape = self.shape(ast.unparse(one), formula)
        return shape is not None and shape == self.shape(ast.unparse(other), formula)

    def like(self, node, formula):
        """The values that could stand in a node's place."""
        text = ast.unparse(node)
        wanted = self.shape(text, formula)
        return [] if wanted is None else [other for name, other in self.nodes.items() if name != text
                and f"self.{formula.name}(" not in name and self.shape(name, formula) == wanted]


def changes(exercise):
    """All Changes of an exercise's formulas, the simplest first."""
    formulas = formulas_of(exercise)
    symbols = {f.name: (symbol(f.about), f.arguments) for f in formulas}
    write, values = Writer(symbols, getattr(exercise.formulas, "as_written", False)), Values(formulas)
    single = [change for formula in reversed(formulas)      # of two that say as much, the one near the result
              for change in (*changes_of(formula, write, values), *in_a_value(formula, formulas, write))]
    every = [*single, *in_sisters(single), *everywhere(formulas, write, values)]
    return sorted(every, key=lambda change: change.rank)


def changes_of(formula, write, values):
    """Yield the Changes of one formula."""
    for statement in formula.tree.body:
        for place, node in places(ast.Module([statement], [])):
            for rank, rule in enumerate(RULES):
                extra = (formula.arguments,) if rule is steps else ()
                for new, words in rule(node, write, *extra):
                    yield Change(rank, words, [(formula, place, node, new)])
        if isinstance(statement, ast.Return):
            place = Place(statement, "value")
            for rank, new, words in of_the_whole(statement.value, formula):
                yield Change(rank, words, [(formula, place, statement.value, new)])
            for other in values.like_result(formula):
                for rank, new, words in with_another(statement.value, other, write, whole=True):
                    yield Change(rank, words, [(formula, place, statement.value, new)])
    for place, node in values_read(formula.tree):
        for rank, new, words in in_one_block(node, formula, values, write):
            yield Change(rank, words, [(formula, place, node, new)])
        for other in values.like(node, formula):
            for rank, new, words in with_another(node, other, write):
                yield Change(rank, words, [(formula, place, node, new)])
    yield from exchanged(formula, write, values)


def exchanged(formula, write, values):
    """Yield the Changes by which two values of one formula stand in each other's place."""
    for (here, one), (there, other) in itertools.combinations(values_read(formula.tree), 2):
        if values.alike(one, other, formula) and ast.unparse(one) != ast.unparse(other):
            yield Change(7, f"{write(one)} and {write(other)} are exchanged",
                         [(formula, here, one, other), (formula, there, other, one)])


def in_one_block(node, formula, values, write):
    """What da becomes by mistake in the block of one gate: (rank, new node, words)."""
    gates = getattr(formula.values.get("self"), "gates", "")
    for k, gate in enumerate(gates if ast.unparse(node) == "self.params['W_hh']" else ""):
        yield 4, code(f"self.turned({{}}, {k})", node), f"W_h{gate} stands where its transpose belongs"
    if not ast.unparse(node).startswith("self.all_da"):
        return
    for k, gate in enumerate(gates):
        yield 2, code(f"({{0}} - self.only({{0}}, {k}))", node), f"its block of {gate} is missing"
        yield 3, code(f"self.only({{}}, {k})", node), f"only its block of {gate} is there"
        for other in values.nodes.values():
            if values.shape(ast.unparse(other), formula) == formula.values["self"].h[0].shape:
                yield (9, code(f"self.in_block({{}}, {k}, {{}})", node, other),
                       f"its block of {gate} has the factor {write(other)}, which does not belong there")


def in_a_value(formula, formulas, write):
    """Yield Changes of what a formula reads, such as dh_t, where it is right for all other formulas."""
    definitions = {other.name: other for other in formulas if other.name != formula.name}
    for place, node in values_read(formula.tree):
        whole = definition(node, definitions)
        if whole is None:
            continue
        holder = ast.Expr(whole)
        for inner, part in list(places(holder)):
            for rank, rule in enumerate((missing, sign, products, brackets, functions)):
                for new, words in rule(part, write):
                    inner.put(new)
                    changed = copy.deepcopy(holder.value)
                    inner.put(part)
                    yield Change(5 + rank / 2, f"there, in {write(node)}, {words}", [(formula, place, node, changed)])
        place.put(whole)
        around = [(outer, one) for outer, one in places(formula.tree) if one is place.parent]
        found = [(outer, one, copy.deepcopy(new), words) for outer, one in around for new, words in brackets(one, write)]
        place.put(node)
        for outer, one, new, words in found:
            yield Change(5, words, [(formula, outer, one, new)])


def definition(node, definitions):
    """The expression by which a value was made: of ``self.all_dh[t]`` that of ``dh(t)``. None if there is none."""
    match node:
        case ast.Subscript(value=ast.Attribute(value=ast.Name(id="self"), attr=name), slice=index):
            name, given = name.removeprefix("all_"), [index]
        case ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=name), args=given):
            pass
        case _:
            return None
    made = definitions.get(name)
    if made is None or len(made.tree.body) > 1 or not isinstance(made.tree.body[0], ast.Return):
        return None
    if len(made.arguments) != len(given):
        return None
    return Put(dict(zip(made.arguments, given))).visit(copy.deepcopy(made.tree.body[0].value))


class Put(ast.NodeTransformer):
    """Puts nodes in the place of names."""

    def __init__(self, nodes):
        self.nodes = nodes

    def visit_Name(self, node):
        """The node for a name, a copy."""
        return copy.deepcopy(self.nodes[node.id]) if node.id in self.nodes else node


def with_another(node, other, write, whole=False):
    """What a value becomes by mistake where another one is at hand: (rank, new node, words)."""
    if whole:
        yield 8, other, f"it is {write(other)} alone"
        yield 9, binary(node, ast.Add(), other), f"{write(other)} is added"
        yield 9, binary(node, ast.Mult(), other), f"it has the factor {write(other)}, which does not belong there"
        square = binary(other, ast.Pow(), ast.Constant(2))
        yield (10, binary(node, ast.Mult(), binary(ast.Constant(1), ast.Sub(), square)),
               f"it has the factor {slope_of(write(other))}, which does not belong there")
        return
    yield 7, other, f"{write(other)} stands where {write(node)} belongs"
    yield 11, binary(node, ast.Mult(), other), f"{write(node)} has the factor {write(other)}, which does not belong there"
    yield 11, binary(node, ast.Add(), other), f"{write(other)} is added to {write(node)}"
    less = write.bracketed(other) if " - " not in write(other) else f"({write(other)})"
    yield 12, binary(ast.Constant(1), ast.Sub(), other), f"1 - {less} stands where {write(node)} belongs"


def slope_of(symbol):
    """1 - h_t^2 of h_t."""
    return f"1 minus the square of {symbol}" if " " in symbol else f"1 - {symbol}^2"


SYMBOLS = re.compile(r"\b(da|dh|dc|dy|[a-z]|W|b)(_(\{.*?\}|\w+))?(\^T)?\b")


def in_sisters(single):
    """The same Change in all formulas of one family, such as share_of_W_hh and share_of_W_xh."""
    families = {}
    for change in single:
        (name,) = change.names
        key = re.sub(r"_[^_]*(_[^_]*)?$", "", name), SYMBOLS.sub("*", change.words)
        families.setdefault(key, {}).setdefault(name, change)
    for found in families.values():
        if len(found) > 1:
            first, *_ = found.values()
            yield Change(first.rank + 0.5, first.words, [swap for change in found.values() for swap in change.swaps])


def everywhere(formulas, write, values):
    """One value in the place of another, or a factor too many, in all formulas that read it, or all but one."""
    for text, node in values.nodes.items():
        reads = {}
        for formula in formulas:
            places = [(place, one) for place, one in values_read(formula.tree) if ast.unparse(one) == text]
            if places:
                reads[formula.name] = [(formula, place, one) for place, one in places]
        if len(reads) < 2:
            continue
        formula = next(iter(reads.values()))[0][0]
        groups = [tuple(reads), *itertools.combinations(reads, len(reads) - 1)] if len(reads) > 2 else [tuple(reads)]
        others = [(rank - 0.5, *found) for other in values.like(node, formula)
                  for rank, *found in with_another(node, other, write)]
        others += [(5, *found) for found in steps(node, write, formula.arguments)]
        for rank, new, words in others:
            text = ast.unparse(new)
            for group in groups:
                if not any(f"self.{name}(" in text for name in group):
                    yield Change(rank, words, [(*one, new) for name in group for one in reads[name]])
