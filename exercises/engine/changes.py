"""Mistakes by rule: one thing in one formula of an exercise is changed, and words that say what.

``changes(exercise)`` has all of them, the simplest first. Where two changes give the same numbers, the words
of the simpler one are said.
"""

import ast
import copy
import itertools
import re
import warnings
from typing import NamedTuple

import numpy as np

from exercises.engine.formula import (Place, code, definition, filled, formulas_of, is_value, places,
                                      values_read)
from exercises.engine.rules import (RULES, another, brackets, in_one_block, missing, of_the_whole, steps,
                                    with_another)
from exercises.engine.words import listed
from exercises.engine.writing import Writer, capital, symbol


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
            for _, place, old, _ in reversed(self.swaps):
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
    with warnings.catch_warnings():         # a number that is indexed, say: it will raise and explain nothing
        warnings.simplefilter("ignore")
        code_of = compile(ast.Module([formula.tree], []), "<by rule>", "exec")
    exec(code_of, formula.function.__globals__, scope)
    return scope[formula.tree.name]


class Values:
    """All values that an exercise's formulas read, and which of them could stand for each other."""

    def __init__(self, formulas):
        self.nodes, self.shapes = {}, {}
        aliases = tuple(f"self.{formula.name}(" for formula in formulas
                        if is_value(getattr(formula.tree.body[-1], "value", None)))
        for formula in formulas:
            for _, node in values_read(formula.tree):
                text = ast.unparse(node)
                if text.startswith(aliases):
                    continue
                self.nodes.setdefault(text, copy.deepcopy(node))
                if isinstance(node, ast.Call) and text.endswith("(t)"):
                    last = ast.Call(node.func, [code("self.T")], [])
                    self.nodes.setdefault(ast.unparse(last), last)

    def shape(self, text, formula):
        """The shape of an array or number that a formula reads, or None."""
        key = text, formula.name
        if key not in self.shapes:
            try:
                value = eval(text, formula.function.__globals__, formula.values)
                is_number = isinstance(value, (np.ndarray, float, int, np.generic))
                self.shapes[key] = np.shape(value) if is_number and not isinstance(value, bool) else None
            except Exception:
                self.shapes[key] = None
        return self.shapes[key]

    def alike(self, one, other, formula):
        """True if two values have the same shape."""
        shape = self.shape(ast.unparse(one), formula)
        return shape is not None and shape == self.shape(ast.unparse(other), formula)

    def like(self, node, formula):
        """The values that could stand in a node's place; none for a node that is None."""
        text = ast.unparse(node) if node else ""
        wanted = self.shape(text, formula)
        return [] if wanted is None else [
            other for name, other in self.nodes.items()
            if name != text and f"self.{formula.name}(" not in name and self.shape(name, formula) == wanted]


def changes(exercise):
    """All Changes of an exercise's formulas, the simplest first."""
    formulas = formulas_of(exercise)
    symbols = {f.name: (symbol(f.about), f.arguments) for f in formulas}
    write, values = Writer(symbols, getattr(exercise.formulas, "as_written", False)), Values(formulas)
    single = [change for formula in reversed(formulas)      # of two that say as much, the one near the result
              for change in (*changes_of(formula, write, values), *in_a_value(formula, formulas, write))]
    every = [*single, *in_sisters(single), *everywhere(formulas, write, values),
             *(found for change in single for found in but_at_step_1(change))]
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
            yield from changes_of_result(formula, statement, write, values)
    for place, node in values_read(formula.tree):
        for rank, new, words in (*in_one_block(node, formula, values, write),
                                 *(one for other in values.like(node, formula)
                                   for one in another(node, other, write))):
            yield Change(rank, words, [(formula, place, node, new)])
    yield from exchanged(formula, write, values)


def changes_of_result(formula, statement, write, values):
    """Yield the Changes of all that a formula returns."""
    value = statement.value
    for rank, new, words in (*of_the_whole(value, formula),
                             *(one for other in values.like(value, formula)
                               for one in with_another(value, other, write))):
        yield Change(rank, words, [(formula, Place(statement, "value"), value, new)])


def exchanged(formula, write, values):
    """Yield the Changes by which two values of one formula stand in each other's place."""
    for (here, one), (there, other) in itertools.combinations(values_read(formula.tree), 2):
        if values.alike(one, other, formula) and ast.unparse(one) != ast.unparse(other):
            yield Change(7, f"{write(one)} and {write(other)} are exchanged",
                         [(formula, here, one, other), (formula, there, other, one)])


def in_a_value(formula, formulas, write):
    """Yield Changes of what a formula reads, such as dh_t, where it is right for all other formulas."""
    definitions = {other.name: other for other in formulas if other.name != formula.name}
    for place, node in values_read(formula.tree):
        whole = definition(node, definitions)
        if whole is None:
            continue
        holder = ast.Expr(whole)
        for inner, part in list(places(holder)):
            for rank, rule in enumerate(RULES[:5]):
                for new, words in rule(part, write):
                    inner.put(new)
                    changed = filled(holder.value)
                    inner.put(part)
                    yield Change(5 + rank / 2, f"there, in {write(node)}, {words}",
                                 [(formula, place, node, changed)])
        for inner, part in list(values_read(holder)):           # and in what that is made of
            for new, words in lacking(part, definitions, write):
                inner.put(new)
                changed = filled(holder.value)
                inner.put(part)
                yield Change(6.5, f"there, in {write(node)}, in {write(part)}, {words}",
                             [(formula, place, node, changed)])
        place.put(whole)
        found = [(outer, one, filled(new), words) for outer, one in places(formula.tree)
                 if one is place.parent for new, words in brackets(one, write)]
        place.put(node)
        for outer, one, new, words in found:
            yield Change(5, words, [(formula, outer, one, new)])


def lacking(value, definitions, write):
    """Yield a value's definition with one part of it missing: (expression, words)."""
    holder = ast.Expr(definition(value, definitions))
    for inner, part in list(places(holder)) if holder.value is not None else ():
        for new, words in missing(part, write):
            inner.put(new)
            yield filled(holder.value), words
            inner.put(part)


# What hands a gradient on to the step before, and after step 1 to h_0.
HANDED_ON = {"carry", "carry_h", "carry_c", "kept", "through_weights"}


def but_at_step_1(change):
    """Yield the Change for a carry that is right on its last way, that to h_0."""
    formula, place, old, new = change.swaps[0]
    if formula.name in HANDED_ON and len(change.swaps) == 1 and change.rank < 9:
        [returned] = formula.tree.body
        right = filled(returned.value)
        place.put(new)
        wrong = filled(returned.value)
        place.put(old)
        either = code("{} if t > 1 else {}", wrong, right)
        yield Change(change.rank + 2, f"{change.words}; only what goes to h_0 is right",
                     [(formula, Place(returned, "value"), returned.value, either)])


# --- in several formulas ---

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
            swaps = [swap for change in found.values() for swap in change.swaps]
            yield Change(first.rank + 0.5, first.words, swaps)


def everywhere(formulas, write, values):
    """One value in another's place, or a factor too many, in all formulas that read it, or all but one."""
    readers = {}                            # {text of a value: {name of a formula: where it stands there}}
    for formula in formulas:
        for place, node in values_read(formula.tree):
            found = readers.setdefault(ast.unparse(node), {}).setdefault(formula.name, [])
            found.append((formula, place, node))
    for text, node in values.nodes.items():
        reads = readers.get(text, {})
        if len(reads) < 2:
            continue
        formula = next(iter(reads.values()))[0][0]
        groups = [tuple(reads), *(itertools.combinations(reads, len(reads) - 1) if len(reads) > 2 else ())]
        others = [(rank - 0.5, *found) for other in values.like(node, formula)
                  for rank, *found in another(node, other, write)]
        others += [(5, *found) for found in steps(node, write, formula.arguments)]
        for rank, new, words in others:
            called = calls(new)
            for group in groups:
                if called.isdisjoint(group):
                    yield Change(rank, words, [(*one, new) for name in group for one in reads[name]])


def calls(node):
    """The names of the methods of self that are called in a node."""
    return {one.func.attr for one in ast.walk(node) if isinstance(one, ast.Call)
            and isinstance(one.func, ast.Attribute) and isinstance(one.func.value, ast.Name)
            and one.func.value.id == "self"}
