"""The rules: what could stand by mistake in a node's place, and words that say what is wrong then.

A rule takes a node of a formula's syntax tree and yields (new node, words), or (rank, new node, words) where
its mistakes are not equally simple.
"""

import ast
import functools
import re

from exercises.engine.formula import binary, code, is_range, is_transposed, is_value, last_name, transposed
from exercises.engine.writing import slope_of

# --- in the place of any expression ---

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
            minus = isinstance(node.op, ast.Sub)        # z is no 1 - z without its 1
            yield right, (f"{write(right)} stands where {write(node)} belongs" if minus
                          else f"{write(left)} is missing")
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
                yield (code("({} * {}).sum(axis=0)", left.value, right),
                       "it multiplies entry by entry; it needs outer products")
                yield (code("np.outer({}.sum(axis=0), {}.sum(axis=0))", left.value, right),
                       "it multiplies two sums over the batch; it needs the sum of the products")
                yield code("{}[:1].T @ {}[:1]", left.value, right), "only the first sequence is there"
                yield code("{}[-1:].T @ {}[-1:]", left.value, right), "only the last sequence is there"
                yield code("{} / len({})", node, right), "it is a mean over the batch; it must be a sum"
            else:
                yield binary(right, ast.MatMult(), left), "the factors stand in the wrong order"
                yield (binary(left, ast.Mult(), right),
                       "it multiplies entry by entry; it must be a matrix product")
        case ast.BinOp(op=ast.Mult(), left=left, right=right):
            yield (binary(left, ast.MatMult(), right),
                   "it is a matrix product; it must multiply entry by entry")
            yield (binary(left, ast.Add(), right),
                   f"{write(left)} and {write(right)} are added; they must be multiplied")


def brackets(node, write):
    """A bracket that is missing, or ends in another place."""
    def spares(factor, term):
        return f"{write(factor)} does not multiply {write(term)}: is a bracket missing?"

    match node:
        case ast.BinOp(op=ast.Add() | ast.Sub() as op, left=left,
                       right=ast.BinOp(op=ast.Pow() | ast.Mult() | ast.Div() as inner, left=near, right=far)):
            what = {ast.Pow: "the power", ast.Div: "the division", ast.Mult: f"the factor {write(far)}"}
            yield (binary(binary(left, op, near), inner, far),
                   f"{what[type(inner)]} acts on the whole of {write(left)} and {write(near)}")
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
        case ast.BinOp(op=ast.Mult() | ast.Div() | ast.MatMult() as outer, right=right,
                       left=ast.BinOp(op=ast.Add() | ast.Sub() as op, left=a, right=b)):
            yield binary(a, op, binary(b, outer, right)), spares(right, a)
            yield binary(binary(a, outer, right), op, b), spares(right, b)
        case ast.Call(func=function, keywords=[], args=[
                ast.BinOp(op=ast.Mult() | ast.Div() | ast.Add() | ast.Sub() as op, left=a, right=b)]):
            yield (binary(ast.Call(function, [a], []), op, b),
                   f"{last_name(function)} is taken of {write(a)} alone: is a bracket missing?")
        case ast.Call(func=outer, args=[ast.Call(func=inner, args=[value], keywords=[])], keywords=[]):
            yield (ast.Call(inner, [ast.Call(outer, [value], [])], []),
                   f"{last_name(outer)} and {last_name(inner)} are taken in the wrong order")
        case ast.BinOp(op=ast.Mult() as outer, left=left,
                       right=ast.BinOp(op=ast.Add() | ast.Sub() as op, left=a, right=b)):
            yield binary(binary(left, outer, a), op, b), spares(left, b)
            yield binary(a, op, binary(left, outer, b)), spares(left, a)
    yield from multiplied_out(node, spares)


def multiplied_out(node, spares):
    """A product of three or more, of which one is a sum: it is multiplied out, and a factor is lost."""
    *others, last = factors(node)
    places = [k for k, one in enumerate([*others, last]) if isinstance(one, ast.BinOp) and isinstance(
        one.op, (ast.Add, ast.Sub))]
    if len(others) < 2 or len(places) != 1:
        return
    others = [*others, last]
    whole = others.pop(places[0])
    for lost in others:
        most = [factor for factor in others if factor is not lost]
        for left, right, term in ((others, most, whole.right), (most, others, whole.left)):
            yield (binary(product([*left, whole.left]), whole.op, product([*right, whole.right])),
                   spares(lost, term))


def factors(node):
    """The factors of a product, entry by entry."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return [*factors(node.left), *factors(node.right)]
    return [node]


def product(nodes):
    """The product of nodes."""
    return functools.reduce(lambda left, right: binary(left, ast.Mult(), right), nodes)


OTHERS = {"sum": ("mean", "max", "prod"), "mean": ("sum",), "max": ("min", "sum", "mean"), "min": ("max",),
          "maximum": ("minimum",), "minimum": ("maximum",), "argmax": ("argmin",), "cumsum": ("cumprod",),
          "cumprod": ("cumsum",), "tanh": ("sin", "arctanh"), "exp": ("expm1",), "log": ("log2", "log1p"),
          "abs": ("square",), "sqrt": ("square",), "square": ("abs",), "zeros": ("ones",), "ones": ("zeros",),
          "zeros_like": ("ones_like",), "ones_like": ("zeros_like",)}


def functions(node, write):
    """Another function, a function twice, another axis, another slope."""
    match node:
        case ast.Call(func=ast.Attribute(value=holder, attr=name)) if name in OTHERS:
            for other in OTHERS[name]:
                yield (ast.Call(ast.Attribute(holder, other, ast.Load()), node.args, node.keywords),
                       f"{other} stands where {name} belongs")
            if name in ("sum", "mean", "max", "min", "cumsum", "argmax"):
                yield from axes(node, name)
        case ast.Call(func=ast.Name(id="sigmoid")):
            yield code("np.tanh({})", *node.args), "tanh stands where the sigmoid belongs"
        case ast.BinOp(op=ast.Sub(), left=ast.Constant(value=1), right=ast.BinOp(op=ast.Pow(), left=value)):
            yield (code("1 - np.tanh({}) ** 2", value),
                   f"tanh is applied to {write(value)}, which is a tanh already")
            yield code("{0} * (1 - {0})", value), "that is the sigmoid's slope"
            yield code("1.0 * ({} > 0)", value), "that is ReLU's slope"
            yield code("np.ones_like({})", value), "the slope is missing"
        case ast.BinOp(op=ast.Mult(), left=value,
                       right=ast.BinOp(op=ast.Sub(), left=ast.Constant(value=1), right=again)):
            if ast.unparse(value) == ast.unparse(again):
                yield code("1 - {} ** 2", value), "that is tanh's slope"
                yield (code("1 / (1 + np.exp(-{0})) * (1 - 1 / (1 + np.exp(-{0})))", value),
                       f"the sigmoid is applied to {write(value)}, which is a sigmoid already")
    match node:
        case ast.Call(args=[_], func=ast.Name(id="sigmoid") | ast.Attribute(
                value=ast.Name(id="np"), attr="tanh" | "exp" | "log" | "sqrt")):
            yield ast.Call(node.func, [node], []), f"{last_name(node.func)} is applied twice"
            if last_name(node.func) == "tanh":
                yield code("1 / (1 + np.exp(-{}))", *node.args), "the sigmoid stands where tanh belongs"


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
            others = {0: (1, -1), 1: (0, 2, -1), 2: (1, 3, 4), 0.5: (1, 2)}
            for other in others.get(value, (value + 1, value - 1)):
                yield ast.Constant(other), f"{other} stands where {value} belongs"
        case ast.Compare(ops=[op]):
            late = ast.Compare(node.left, node.ops, [code("{} + 1", node.comparators[0])])
            for new in (*(ast.Compare(node.left, [other()], node.comparators)
                          for other in COMPARISONS.get(type(op), ())), late):
                yield new, f"{ast.unparse(new)} stands where another comparison belongs".replace("self.", "")
        case ast.BoolOp(op=op, values=values):
            other = ast.Or() if isinstance(op, ast.And) else ast.And()
            yield ast.BoolOp(other, values), "and and or are exchanged"
        case ast.IfExp(body=body, orelse=orelse):
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
            ends = [*map(ast.unparse, arguments)]
            first, last, stride = [("0", *ends, "1"), (*ends, "1"), ends][len(ends) - 1]
            on, back = "-+" if stride.startswith("-") else "+-"
            for every, words in (
                    (f"range({first} {on} 1, {last}, {stride})", "the loop begins one step too late"),
                    (f"range({first} {back} 1, {last}, {stride})", "the loop begins one step too early"),
                    (f"range({first}, {last} {back} 1, {stride})", "the loop ends one step too early"),
                    (f"range({first}, {last} {on} 1, {stride})", "the loop ends one step too late"),
                    (f"range({first}, {last}, {stride})[::-1]", "the loop runs the other way round"),
                    (f"range({first}, {last}, {stride})[:1]", "the loop ends after its first round")):
                yield code(every), words


def steps(node, write, arguments=()):
    """Another step than the one that is asked for; one too early or too late; all of them."""
    match node:
        case ast.Subscript(value=holder, slice=ast.Tuple(elts=several)):
            for k, one in enumerate(several):
                if not isinstance(one, (ast.Constant, ast.Slice)):
                    for other in ("{} - 1", f"({{}} + 1) % {{}}.shape[{k}]"):
                        new = [*several[:k], code(other, one, holder), *several[k + 1:]]
                        late = "late" if "+" in other else "early"
                        yield (ast.Subscript(holder, ast.Tuple(new, ast.Load()), ast.Load()),
                               f"{write(holder)} is read one place too {late} along axis {k}")
        case ast.Subscript(value=holder, slice=index) if not isinstance(index, ast.Slice):
            here = step_in(index, arguments)
            if here:
                for other in (here, f"{here} - 1", f"{here} - 2", f"{here} + 1", "-1", "0", "1",
                              f"self.T - {here}"):
                    if other != ast.unparse(index):
                        new = ast.Subscript(holder, code(other), ast.Load())
                        yield new, f"{write(new)} stands where {write(node)} belongs"
                for other, way in (("max({} - 1, 0)", "early"), ("min({} + 1, len({}) - 1)", "late")):
                    new = code(other, *(index, holder)[:other.count("{}")])
                    yield ast.Subscript(holder, new, ast.Load()), f"{write(node)} is read one step too {way}"
                yield (code("{}[1:][{} - 1]", holder, index),
                       f"at the first step an index of -1 fetches the last slot of {write(holder)}")
                yield (code(f"sum({{}} for {here} in range(1, self.T + 1))", node),
                       f"{write(node)} is summed over all steps first")
        case ast.Call(func=ast.Attribute(value=ast.Name(id="self")) as method, args=[index]):
            here = step_in(index, arguments)
            for other, words in ((f"max({here} - 1, 1)", "the step before"),
                                 (f"min({here} + 1, self.T)", "the step after"),
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
        yield code("{}.T", node), f"the transpose of {write(node)} stands there"
        yield code("1 - {}", node), f"1 - {write(node)} stands where {write(node)} belongs"
        yield code("{} + 1", node), f"1 is added to {write(node)}"
        yield code("{} - 1", node), f"1 is subtracted from {write(node)}"
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        for factor in (node.left, node.right):
            yield binary(node, ast.Mult(), factor), f"the factor {write(factor)} is there twice"


RULES = [missing, sign, products, brackets, functions, too_often, loops, steps, numbers]


# --- in the place of all that a formula returns ---

WHOLE = [
    (0.5, "0 * {}", "it is zero"), (1, "-{}", "the sign is flipped"),
    (4, "2 * {}", "it is doubled"), (4, "{} / 2", "it is halved"),
    (5, "{}.sum(axis=0)", "it is summed over {first}"),
    (5, "np.clip({}, -1, 1)", "it is clipped to [-1, 1]"),
    (5, "np.clip({}, -5, 5)", "it is clipped to [-5, 5]"), (5, "0 * {} + 1", "it is 1"),
    (6, "np.tanh({})", "tanh is applied to it"), (6, "{} ** 2", "it is squared"),
    (6, "np.sqrt({})", "the root of it is taken"), (6, "np.abs({})", "its absolute value is taken"),
    (6, "1 - {}", "it is taken off 1"), (7, "{} + 1", "1 is added"), (7, "{} - 1", "1 is subtracted"),
    (6, "{}.T", "it is transposed"), (6, "{}[::-1]", "the order is reversed"),
    (4, "{0} / len({0})", "it is divided by its length"),
    (4, "{0} / {0}.shape[-1]", "it is divided by its last size")]
BY_T = [(4, "{} / self.T", "it is divided by T"), (4, "{} * self.T", "it is multiplied by T")]
AT_ENDS = [
    (0.6, "{} * (t > 1)", "it is missing at step 1"), (0.6, "{} * (t < self.T)", "it is missing at step T"),
    (0.7, "{} * (t == self.T)", "it is there at step T only{shares}"),
    (0.7, "{} * (t == 1)", "it is there at step 1 only{kept}"),
    (3, "{} * (1 + (t == self.T))", "it counts twice at step T")]


def of_the_whole(value, formula):
    """Ways in which the whole of a formula goes wrong: (rank, new node, words)."""
    if is_range(value):
        return
    by_step = "t" in formula.arguments
    first = "the batch" if by_step else "its first axis"
    is_share = formula.name.startswith("share_of_")
    kept, shares = ", as if = stood for +=" * is_share, ", but all steps' shares add up" * is_share
    for rank, template, words in (*WHOLE, *(BY_T if hasattr(formula.values.get("self"), "T") else ()),
                                  *(AT_ENDS if by_step and "self" in formula.values else ())):
        yield rank, code(template, value), words.format(first=first, kept=kept, shares=shares)


def with_another(value, other, write):
    """What the whole of a formula becomes where another value is at hand: (rank, new node, words)."""
    yield 8, other, f"it is {write(other)} alone"
    yield 9, binary(value, ast.Add(), other), f"{write(other)} is added"
    yield (9, binary(value, ast.Mult(), other),
           f"it has the factor {write(other)}, which does not belong there")
    yield (10, code("{} * (1 - {} ** 2)", value, other),
           f"it has the factor {slope_of(write(other))}, which does not belong there")


# --- in the place of a value that a formula reads ---

def another(node, other, write):
    """What a value becomes by mistake where another one is at hand: (rank, new node, words)."""
    yield 7, other, f"{write(other)} stands where {write(node)} belongs"
    yield (11, binary(node, ast.Mult(), other),
           f"{write(node)} has the factor {write(other)}, which does not belong there")
    yield 11, binary(node, ast.Add(), other), f"{write(other)} is added to {write(node)}"
    less = write.bracketed(other) if " - " not in write(other) else f"({write(other)})"
    yield 12, code("1 - {}", other), f"1 - {less} stands where {write(node)} belongs"


def in_one_block(node, formula, values, write):
    """What da becomes by mistake in the block of one gate: (rank, new node, words)."""
    gates = getattr(formula.values.get("self"), "gates", "")
    for k, gate in enumerate(gates if ast.unparse(node) == "self.params['W_hh']" else ""):
        yield 4, code(f"self.turned({{}}, {k})", node), f"W_h{gate} stands where its transpose belongs"
    if not ast.unparse(node).startswith("self.all_da"):
        return
    for k, gate in enumerate(gates):
        yield 2, code(f"{{0}} - self.only({{0}}, {k})", node), f"its block of {gate} is missing"
        yield 3, code(f"self.only({{}}, {k})", node), f"only its block of {gate} is there"
        for other in values.nodes.values():
            if values.shape(ast.unparse(other), formula) == formula.values["self"].h[0].shape:
                yield (9, code(f"self.in_block({{}}, {k}, {{}})", node, other),
                       f"its block of {gate} has the factor {write(other)}, which does not belong there")
