"""Code as the lessons write it: ``self.all_da[t] @ self.params["W_hh"]`` is W_hh^T da_t.

Rows in code are columns on paper, so products are turned round. Slots of arrays become steps.
"""

import ast
import re

from exercises.engine.formula import is_transposed, transposed

# Slot t - 1 of these belongs to step t; h, c, da and dh have one slot more.
ONE_BEFORE = {"x", "y", "dy", "slopes", "i", "f", "g", "o", "r", "z", "m", "n", "copies", "owner"}


def symbol(about):
    """A formula's docstring in short: what is after its comma, if that is a formula; else what is before."""
    name, _, formula = about.partition(", ")
    words = re.sub("tanh|exp|log|sqrt|sigmoid|diag|sum", "", formula)
    return formula if formula and " " in name and not re.search("[a-z]{3}", words) else name


class Writer:
    """Code as the lessons write it. symbols: {name of a formula: (what it is, its arguments)}.

    as_written: True if products stand on paper as in code; False if rows in code are columns on paper.
    """

    def __init__(self, symbols, as_written=False):
        self.symbols, self.as_written = symbols, as_written
        self.written = {}                   # {node: its text}: the same nodes are asked for again and again

    def __call__(self, node):
        """A node in the lessons' words."""
        if node not in self.written:
            self.written[node] = self.text(node)
        return self.written[node]

    def text(self, node):
        """The same, found anew."""
        match node:
            case ast.Subscript(slice=ast.Constant(value=str(name))):
                return name
            case ast.Subscript(value=holder, slice=index) if not isinstance(index, (ast.Slice, ast.Tuple)):
                name, step = self(holder), self.step(holder, index)
                return name if "_" in name and step == "t" or "(" in step else f"{name}_{step}"
            case ast.Attribute(value=ast.Name(id="self"), attr="arriving" | "arriving_c" as name):
                return "dc_later" if name == "arriving_c" else "dh_later"
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
            text = ONE_LATER.get(text, text)
        text = "T" if text == "-1" else text            # the last slot
        return text if len(text) == 1 else "{" + text + "}"


ONE_LATER = {"t-1": "t", "t-2": "t-1", "t": "t+1", "T-1": "T", "T-t": "T+1-t", "0": "1"}
SIGNS = {ast.Add: " + ", ast.Sub: " - ", ast.Div: " / ", ast.Pow: "^"}


def slope_of(symbol):
    """1 - h_t^2 of h_t."""
    return f"1 minus the square of {symbol}" if " " in symbol else f"1 - {symbol}^2"


def capital(sentence):
    """The sentence with a capital, unless it begins with a symbol such as da_t or W_hh."""
    symbol = re.match(r"\w+_|d?[b-zA-Z]\b|d[a-zA-Z]\b", sentence)
    return sentence if symbol else sentence[:1].upper() + sentence[1:]
