"""Lesson 10: the capstone. The exercises are about a learner's own cell, so they are made for each variant:
``exercises_of``.

``EXERCISES`` are those about the worked example. No backward pass stands here: the references for the
gradients are complex steps of the forward pass, and the mistakes are the same with one path bent (see
``tangents``). Of a table, an exercise takes the rows that make a difference for its cell; rows about a part
that the cell does not have may raise.
"""

import re
import sys
from functools import cache, partial, wraps

import numpy as np

from exercises import capstone
from exercises.capstone import tangents
from exercises.capstone.cell import Cell
from exercises.capstone.tangents import Tangents
from exercises.engine.attempt import HIDDEN
from exercises.engine.words import listed
from exercises.engine.exercise import Exercise
from exercises.engine.kinds import choice
from exercises.engine.far import Far
from exercises.engine.mistakes import row
from exercises.engine.options import Predict
from exercises.formulas import far_problems
from helpers import clip, gradcheck, losses, optimisers
from helpers.other_ways import autograd

# What a person grades: {number: points}. The cells are tagged written-10.3 and written-10.9.
WRITTEN = {"10.3": 8, "10.9": 6}

SIZES = [dict(T=7, B=3, D=2, H=4, O=5, seed=11), dict(T=6, B=2, D=4, H=3, O=2, seed=12)]


# --- problems ---

def forward(variant, params, x, h0):
    """The reference forward pass."""
    return Cell(variant, params, x, h0).run()


def problem(variant, **sizes):
    """A gradcheck.Problem for a variant."""
    return capstone.Project("", variant).problem(**sizes)


def case(variant, changes=None, loss_at=None, **sizes):
    """A problem as the arguments of a backward pass: (params, x, a, h, y, dy).

    changes: {"x", "h0" or a parameter's name: function of the array}. loss_at: the only step with a loss, an
    index of dy.
    """
    drawn = problem(variant, **sizes)
    found = drawn.variables()
    found |= {name: change(found[name]) for name, change in (changes or {}).items() if name in found}
    params, x, h0 = {name: found[name] for name in drawn.params}, found["x"], found["h0"]
    a, h, y = forward(variant, params, x, h0)
    dy = losses.squared_error(y, drawn.target)[1]
    if loss_at is not None:
        only = np.zeros_like(dy)
        only[loss_at] = dy[loss_at]
        dy = only
    return params, x, a, h, y, dy


def cases(variant):
    """Two sizes, each with a loss at every step and once more at the last step only."""
    return [case(variant, loss_at=where, **sizes) for sizes in SIZES for where in (None, -1)]


def probes(variant):
    """Easier problems, on which single terms vanish."""
    zero, drawn = np.zeros_like, problem(variant)
    more = capstone.Project("", variant).more
    names = [name for name in ("W_skip", "W_yh", "W_xg", "W_hg", "W_xq", "p", *more, "W_hh")
             if name in drawn.params]
    changes = {f"{name} = 0": {name: zero} for name in names}
    if variant.leak == "per unit":      # no sigmoid comes to 1 but by rounding, and then dq is anything
        changes["alpha = 1"] = {"alpha": np.ones_like}
    changes |= {"h_0 = 0": {"h0": zero}, "x = 0": {"x": zero},
                "W_hh is symmetric": {"W_hh": lambda W: (W + W.T) / 2}}
    return {"T = 1": case(variant, T=1), "B = 1": case(variant, B=1),
            **{words: case(variant, change) for words, change in changes.items()},
            "only the last step has a loss": case(variant, loss_at=-1),
            "only step 1 has a loss": case(variant, loss_at=0)}


class Pushed(Cell):
    """A cell whose pre-activations are given numbers, (T, B, H), whatever its weights are."""

    def __init__(self, given, *arguments):
        super().__init__(*arguments)
        self.given = given

    def preactivation(self, t):
        """the sum a_t, given"""
        return self.given[t - 1]


MEASURED = ("It does not go by the a, h and y that it is handed: it computes states anew, rebuilds a part of "
            "a_t from the rest of its equation, or measures the gradient by running forward. All that your "
            "derivation needs is handed over.")
LOST = (MEASURED + " Your code speaks of complex numbers, so it was tried on some. If it is derived, let its "
        "arrays keep them (np.zeros_like(h) does), or leave out what is about complex numbers.")
LARGE = 1e9         # a bias in which a small change of a_t is lost; no gradient depends on it


def some_sizes(rng):
    """Sizes of a small problem, drawn."""
    sizes = map(int, rng.integers([4, 2, 2, 2, 2], [7, 4, 4, 5, 5]))
    return dict(zip("TBDHO", sizes), seed=int(rng.integers(2 ** 32)))


def pushed(variant, rng, imaginary=0.0):
    """A drawn case whose states are those of another network. imaginary: how far all numbers are complex."""
    drawn = problem(variant, **some_sizes(rng))
    sizes = *drawn.x.shape[:2], len(drawn.params["b_h"])
    numbers = drawn.variables() | {"a": rng.standard_normal(sizes), "dy": drawn.target}
    if imaginary:
        numbers = {name: value + 1j * imaginary * rng.uniform(-1, 1, value.shape)
                   for name, value in numbers.items()}
    else:
        numbers["b_h"] = LARGE * numbers["b_h"]
    params, x = {name: numbers[name] for name in drawn.params}, numbers["x"]
    return params, x, *Pushed(numbers["a"], variant, params, x, numbers["h0"]).run(), numbers["dy"]


def entry_by_entry(function, *values):
    """What function makes of numbers that stand at the same place in dicts and tuples of arrays."""
    first = values[0]
    if isinstance(first, dict):
        return {name: entry_by_entry(function, *(value[name] for value in values)) for name in first}
    if isinstance(first, tuple):
        return tuple(entry_by_entry(function, *parts) for parts in zip(*values))
    return function(*values)


def analytic(reference):
    """A reference that takes complex arguments, too: its values for real ones, on a line, go on to i."""
    @wraps(reference)
    def extended(*arguments):
        if not np.iscomplexobj(arguments[-1]):
            return reference(*arguments)
        at = 4 * np.cos(np.pi * (np.arange(26) + 0.5) / 26)
        found = [reference(*entry_by_entry(lambda z: z.real + u * z.imag, arguments)) for u in at]
        weights = [np.prod([(1j - v) / (u - v) for v in at if v != u]) for u in at]
        return entry_by_entry(lambda *values: sum(w * value for w, value in zip(weights, values)), *found)

    return extended


def elsewhere(variant, rng):
    """The drawn problems of 10.5 and 10.6."""
    there = "on states that params and x alone do not lead to"
    return [Far(there, pushed(variant, rng), MEASURED, credit=0.0),
            Far(there, pushed(variant, rng, 0.1), LOST, credit=0.0, only=COMPLEX)]


def long_case(variant):
    """A long case on which the gradient lives: W_hh turns a small state by a little, and f keeps its size."""
    rng, T = np.random.default_rng(17), far_problems.LONG
    project = capstone.Project("", variant)
    params, slope_at_zero = project.init(1, 2, 1, rng), slope(variant, np.zeros(1))[0]
    turn = np.array([[np.cos(0.1), -np.sin(0.1)], [np.sin(0.1), np.cos(0.1)]])
    params |= {name: 0.02 * rng.standard_normal(value.shape) for name, value in params.items()
               if name in ("W_skip", "W_yh", "W_hg", "p", "b_h", "b_y", *project.more)}
    params |= {"W_hh": turn / slope_at_zero, "b_h": 0.05 * params["b_h"]}
    x, h0 = 0.02 * rng.standard_normal((T, 1, 1)), 0.02 * rng.standard_normal((1, 2))
    return params, x, *forward(variant, params, x, h0), rng.standard_normal((T, 1, 1))


def far_cases(variant):
    """The far problems of 10.5 and 10.6."""
    return far_problems.far(case(variant, **SIZES[0]), long_case(variant))


def about(variant, rows):
    """A table for one variant, from rows whose functions take the variant first."""
    return {name: one._replace(replaces=[partial(form.replaces, variant) for form in one.forms])
            for name, one in rows.items()}


# --- whose work is it? ---

FILES = {__file__, tangents.__file__, gradcheck.__file__, autograd.__file__}
FORWARD = {method.__code__ for method in vars(Cell).values() if callable(method)}
# Code of which nobody writes the same by chance.
COPIED = {found.__code__.co_code for holder in (Cell, Tangents, tangents, gradcheck)
          for found in vars(holder).values() if hasattr(found, "__code__")
          and len(found.__code__.co_code) > 300}
LIBRARIES = re.compile(r"-packages[/\\](torch|jax|autograd|sympy|tensorflow|keras|casadi|mxnet|tinygrad|mlx|"
                       r"theano|aesara|pytensor|numdifftools|algopy)[/\\]|<lambdifygenerated|_numdiff")
COURSE, LIBRARY, COMPLEX = "course", "library", "complex"
ASKING = {"iscomplexobj", "iscomplex", "isrealobj", "isreal"}       # who asks for a type measures nothing yet
NOT_YOURS = {
    COURSE: "It calls the course's own code: what is asked for is yours, from your equations.",
    LIBRARY: "It calls a library that differentiates: what is asked for is yours, from your equations.",
    HIDDEN: "It turns off Python's profile, or starts a thread past it, and so hides what it calls."}


def is_held(code):
    """True if this code is an answer, a forward pass or a measurement that the course holds, or a copy."""
    return code in FORWARD or code.co_filename in FILES or code.co_code in COPIED


def word_of(code):
    """The word for code that an answer calls, "" for most."""
    if is_held(code):
        return COURSE
    if LIBRARIES.search(code.co_filename):
        return LIBRARY
    if code.co_filename.startswith((sys.prefix, sys.base_prefix)):
        return ""
    names = [*code.co_names, *(one for one in code.co_consts if isinstance(one, str))]
    imaginary = any(isinstance(one, complex) for one in code.co_consts)
    speaks = any("imag" in name or "complex" in name for name in names if name not in ASKING)
    return COMPLEX if imaginary or speaks else ""


def own_work(watch=word_of):
    """The fields of an exercise whose answer is to be the learner's own."""
    return dict(watch=watch, refused=NOT_YOURS)


# --- 10.1: the forward pass ---

def other_start(s, h, t):
    """Among the states h, what the skip reads at step t, with h_0 and zeros exchanged before the start."""
    if t >= s.variant.delay:
        return h[t - s.variant.delay]
    return 0 * h[0] if s.variant.past.endswith("first") else h[0]


def on_the_recurrent_term(s, t):
    return s.input_gain(t) * s.recurrent(t) + s.from_input(t) + s.past(t) + s.params["b_h"]


def real_first_state(s, variant, params, x, h0):
    Cell.__init__(s, variant, params, x, h0.real)


CELL_MISTAKES = {
    "other activation": row("10.1", dict(f=lambda s, a: np.tanh(a)),
        "The activation function is tanh, as in the lessons before. Your cell has another one.",
        "compute f(1) with your formula. tanh(1) is 0.762."),
    "leak forgotten": row("10.1", dict(blend=lambda s, t: s.f(s.a[t])),
        "h_t is f(a_t) alone; the leak is left out.",
        "your equation of h_t has two terms. The first carries h_{t-1} over."),
    "leak the other way round": row("10.1",
        dict(blend=lambda s, t: s.alpha(t) * s.h[t - 1] + (1 - s.alpha(t)) * s.f(s.a[t])),
        "alpha and 1 - alpha have changed places.",
        "with alpha = 1 nothing is left of h_{t-1} but what goes through a_t."),
    "alpha forgotten before f": row("10.1",
        dict(blend=lambda s, t: (1 - s.alpha(t)) * s.h[t - 1] + s.f(s.a[t])),
        "h_t is (1 - alpha) h_{t-1} + f(a_t): alpha is missing before f.",
        "the two weights of h_{t-1} and f(a_t) add up to 1."),
    "leak on the state": row("10.1",
        dict(preactivation=lambda s, t: s.summed(t), state=lambda s, t: s.blend(t)),
        "The leak acts on h_t; on your card it acts on a_t.",
        "your a_t has a term with a_{t-1}, and h_t is f(a_t) alone."),
    "leak of the sum forgotten": row("10.1", dict(leaking_sum=lambda s, t: s.summed(t)),
        "a_t is the sum s_t alone; the leak is left out.",
        "your equation of a_t has two terms. The first carries a_{t-1} over."),
    "leak of the sum the other way round": row("10.1",
        dict(leaking_sum=lambda s, t: s.alpha(t) * s.a[t - 1] + (1 - s.alpha(t)) * s.summed(t)),
        "alpha and 1 - alpha have changed places.",
        "look which of the two numbers on your card stands before a_{t-1}."),
    "alpha forgotten before the sum": row("10.1",
        dict(leaking_sum=lambda s, t: (1 - s.alpha(t)) * s.a[t - 1] + s.summed(t)),
        "a_t is (1 - alpha) a_{t-1} + s_t: alpha is missing before the sum.",
        "the two weights of a_{t-1} and s_t add up to 1."),
    "first sum is taken whole": row("10.1",
        dict(leaking_sum=lambda s, t: Cell.leaking_sum(s, t) if t > 1 else s.summed(t)),
        "a_1 is the whole sum s_1; it must be alpha s_1.",
        "a_0 = 0 stands in the place of the sum before. The equation is the same at step 1."),
    "sigmoid forgotten": row("10.1",
        [dict(alpha=lambda s, t: s.params["q"]), dict(alpha=lambda s, t: s.opening(t))],
        "The leak is q itself; it must be the sigmoid of q.",
        "q may be any number; alpha is between 0 and 1."),
    "recurrent weights transposed": row("02.6", dict(recurrent=lambda s, t: s.h[t - 1] @ s.params["W_hh"]),
        "W_hh is applied the wrong way round.",
        "a row of h is the maths' column, so W_hh h becomes h @ W_hh.T."),
    "skip one step too short": row("10.1", dict(reached=lambda s, t: Cell.reached(s, t + 1)),
        "The skip reads the state one step later than it should.",
        "at step t it reads h_{t-d}, with the d of your equations. In code h[t] is h_t."),
    "skip one step too long": row("10.1", dict(reached=lambda s, t: Cell.reached(s, t - 1)),
        "The skip reads the state one step earlier than it should.",
        "at step t it reads h_{t-d}, with the d of your equations. In code h[t] is h_t, but x[t-1] is x_t."),
    "other start of the skip": row("10.1", dict(reached=lambda s, t: other_start(s, s.h, t)),
        "In the first steps the skip reads the wrong thing: h_0 in place of zeros, or zeros in place of h_0.",
        "the sentence under your equations says what stands before the start. A negative index in Python "
        "says something else."),
    "change without the last state": row("10.1", dict(earlier=lambda s, t: s.reached(t)),
        "W_skip multiplies h_{t-d} alone; it must multiply the change since then, h_{t-1} - h_{t-d}.",
        "what stands in the bracket after W_skip?"),
    "change the other way round": row("10.1",
        dict(earlier=lambda s, t: Cell.earlier(s, t) * (-1 if s.variant.past.startswith("change") else 1)),
        "W_skip multiplies h_{t-d} - h_{t-1}: the two states have changed places.",
        "which state of the bracket has the minus?"),
    "past forgotten": row("10.1", dict(past=lambda s, t: 0 * s.h[0]),
        "The second path from the past, the skip or the output that is fed back, is left out of a_t.",
        "your a_t has a term with W_skip or W_yh."),
    "output before the first step": row("10.1",
        dict(past=lambda s, t: s.output(0) @ s.params["W_yh"].T if t == s.variant.lag else Cell.past(s, t)),
        "In the place of y_0 it feeds back W_hy h_0 + b_y; y_0 is 0.",
        "the sentence under your equations says what y_0 is."),
    "output of the step before": row("10.1", dict(said=lambda s, t: s.y[t - 1]),
        "It feeds back y_{t-1}; your card has y_{t-2}.",
        "in code y[t-1] is y_t, so y_{t-2} is y[t-3]; the first two steps find zeros."),
    "gain without the one": row("10.1", dict(gain=lambda s, t: Cell.gain(s, t) - 1),
        "The gain is W_xg x_t; it must be 1 + W_xg x_t.",
        "with x_t = 0 the gain is 1, and the recurrent term stays as it is."),
    "gain on the whole sum": row("10.1",
        dict(summed=lambda s, t:
             s.gain(t) * (s.recurrent(t) + s.from_input(t) + s.past(t) + s.params["b_h"])),
        "The gain multiplies all of a_t; it belongs to the recurrent term alone.",
        "where does the bracket after g_t end?"),
    "gain forgotten": row("10.1", dict(gain=lambda s, t: 1.0),
        "The gain is left out.",
        "g_t multiplies the recurrent term, unit by unit."),
    "gain of the input without the one": row("10.1", dict(input_gain=lambda s, t: Cell.input_gain(s, t) - 1),
        "The gain is W_hg h_{t-1}; it must be 1 + W_hg h_{t-1}.",
        "with h_{t-1} = 0 the gain is 1, and the input's term stays as it is."),
    "gain of the input forgotten": row("10.1", dict(input_gain=lambda s, t: 1.0),
        "The gain is left out.",
        "g_t multiplies the input's term, unit by unit."),
    "gain on the recurrent term": row("10.1", dict(summed=on_the_recurrent_term),
        "The gain multiplies the recurrent term; on your card it multiplies the input's term.",
        "which bracket follows g_t?"),
    "own term forgotten": row("10.1", dict(own_term=lambda s, t: 0 * s.h[0]),
        "A term of a_t is left out: the last before b_h.",
        "count the terms of a_t on your card, and those in your code."),
    "squares forgotten": row("10.1", dict(square=lambda s, t: 0 * s.h[0]),
        "The term with the squares of the states is left out.",
        "your a_t has p h_{t-1} h_{t-1}, unit by unit."),
    "square is not taken": row("10.1", dict(square=lambda s, t: s.params["p"] * s.h[t - 1]),
        "The last term of a_t is p h_{t-1}; it must be p h_{t-1} h_{t-1}.",
        "a unit of size 0.1 adds 0.01 p, not 0.1 p."),
    "real arrays": row("10.2",
        dict(__init__=real_first_state,
             preactivation=lambda s, t: Cell.preactivation(s, t).real,
             state=lambda s, t: Cell.state(s, t).real,
             output=lambda s, t: Cell.output(s, t).real),
        "The numbers are right for real arguments, but complex ones lose their imaginary part on the way.",
        "In code: np.zeros makes real arrays, and an assignment into one drops the imaginary part. Collect "
        "the steps in lists, or give the arrays the dtype of the state: dtype=complex where an argument is "
        "complex."),
}


def as_forward(variant, cell):
    """An answer from ``Cell``, or from one with a mistake."""
    return lambda params, x, h0: cell(variant, params, x, h0).run()


def forward_instances(variant):
    """Two sizes, and one of them once more with complex numbers."""
    drawn = [problem(variant, **sizes) for sizes in SIZES]
    params, x, h0, _ = drawn[0]
    rng = np.random.default_rng(13)
    moved = {name: value + 0.05j * rng.standard_normal(value.shape) for name, value in params.items()}
    return [*(each[:3] for each in drawn), (moved, x + 0j, h0 + 0.05j)]


def forward_probes(variant):
    """Those of the backward pass that are not about losses."""
    return {words: (params, x, h[0]) for words, (params, x, _, h, _, _) in probes(variant).items()
            if "loss" not in words}


def forward_far(variant):
    """The far problem of 10.1, of two steps: a cell with squares grows fast."""
    params, x, h0 = forward_instances(variant)[0]
    params = {**params, "b_y": params["b_y"] + 10}
    return [far_problems.larger((params, x[:2], h0), 1, 2, times=10.0)]


def forward_fresh(variant, rng):
    """The drawn problem of 10.1."""
    params, x, _, h, _, _ = pushed(variant, rng, 0.05)
    return [Far("on numbers that were drawn for this check", (params, x, h[0]), limits=False, credit=0.0)]


def forward_pass(variant):
    """Exercise 10.1."""
    reference, instances = partial(forward, variant), partial(forward_instances, variant)
    form = partial(as_forward, variant)
    return Exercise(
        "The forward pass", "Your cell runs, on real and on complex numbers.", reference, instances,
        ("Which arrays does step t read, and under which index does each stand in h, in x and in y?",
         "Three lines for each step: the sum a_t, the state h_t from h_{t-1} and f(a_t), the output y_t. In "
         "rows, W v is v @ W.T.",
         "Start with the lists a, h, y = [], [h0], []; in a loop over t = 1 ... len(x) append to each; at "
         "the end np.array of all three. For what stands before the start: test whether the index of the "
         "state is below 0, or that of the output below 1."),
        CELL_MISTAKES, shared=True,
        points=4, formulas=Cell, form=form, probes=partial(forward_probes, variant), parts=("a", "h", "y"),
        far=partial(forward_far, variant), fresh=partial(forward_fresh, variant), **own_work())


# --- 10.2: who reads a state? ---

LONGER = [(0, 13), (8, 13), (12, 13)]
READER_CASES = [(3, 7), (0, 7), (7, 7), (5, 7), (1, 7), (6, 7), (0, 5)]


def readers(variant, t, T, skip=True, first=True):
    """The steps at which h_t is read, a dict of lists. skip, first: with the skip, with its first steps."""
    found = {"y": [t] if t else [], "a": [] if t == T else [t + 1],
             "h": [] if t == T or variant.on_sum else [t + 1]}
    if variant.delay and skip:
        at_start = range(1, variant.delay) if t == 0 and variant.past.endswith("first") and first else ()
        later = [t + variant.delay] if t + variant.delay <= T else []
        found["a"] = sorted({*found["a"], *at_start, *later})
    return found


def readers_as_arrays(variant, t, T):
    """The reference."""
    return {name: np.array(steps, int) for name, steps in readers(variant, t, T).items()}


def next_output(variant, t, T):
    found = readers(variant, t, T)
    return {**found, "y": found["y"] + ([t + 1] if t < T else [])}


def through_the_output(variant, t, T):
    found = readers(variant, t, T)
    return {**found, "a": [step for step in found["a"] if step != t + 1]}


READER_MISTAKES = {
    "leak forgotten": row("10.3", lambda variant, t, T: {**readers(variant, t, T), "h": []},
        "The next state is missing: the leak carries h_t over into h_{t+1}, past a_{t+1}.",
        "in which of your equations does a state stand on the right-hand side?"),
    "leak on the state": row("10.3",
        lambda variant, t, T: {**readers(variant, t, T), "h": [] if t == T else [t + 1]},
        "h_{t+1} does not read h_t: on your card the leak acts on a_t, and h_t is f(a_t) alone.",
        "in which of your equations does a state stand on the right-hand side?"),
    "skip forgotten": row("10.3", lambda variant, t, T: readers(variant, t, T, skip=False),
        "The skip is missing: a_{t+d} reads h_t.",
        "write your a_t at step t + d."),
    "first steps forgotten": row("10.3", lambda variant, t, T: readers(variant, t, T, first=False),
        "The first steps are missing among the readers of h_0: the skip finds h_0 before the start, too.",
        "write your a_1, a_2, ..., each with the state that its skip reads."),
    "output before the first step": row("10.3", lambda variant, t, T: {**readers(variant, t, T), "y": [t]},
        "h_0 has no output: y starts with y_1.",
        "the loss is a sum over y_1 ... y_T."),
    "beyond the end": row("10.3", lambda variant, t, T: readers(variant, t, 99),
        "There are steps beyond the last, T.",
        "after step T nothing reads anything."),
    "next output": row("10.3", next_output,
        "y_{t+1} is no direct reader of h_t: what it knows of h_t has come through h_{t+1}.",
        "a direct reader has h_t in its own equation."),
    "through the output": row("10.3", through_the_output,
        "a_{t+1} is missing. If you left it out because it reads y_t: it reads h_t through W_hh as well.",
        "which states stand in a_{t+1}?"),
}


def readers_of_a_state(variant):
    """Exercise 10.2."""
    reference = partial(readers_as_arrays, variant)
    return Exercise(
        "Who reads a state?", "These are all the paths by which a gradient comes back to a state.",
        reference, READER_CASES,
        ("In which of your equations does a state stand on the right-hand side, and with which index?",
         "If a_t reads h_{t-d}, then h_t is read by a_{t+d}. So turn every index round, and keep steps from "
         "1 to T.",
         "For h_0 write out the first steps one by one: which state does each really read? Then build three "
         "lists with if t ...: and if t + ... <= T:."),
        about(variant, READER_MISTAKES), shared=True,
        points=2, parts=("y", "a", "h"), label="the list {}", whole=True,
        far=[Far("in a longer sequence", longer, limits=False, credit=0.0) for longer in LONGER],
        **own_work())


# --- 10.4: the slope ---

def activation(variant, a):
    """f(a)."""
    return capstone.ACTIVATIONS[variant.activation].function(a)


def end_of(variant):
    """Where the activation function ends, a complex number; None if nowhere."""
    return capstone.ACTIVATIONS[variant.activation].end


def slope(variant, a):
    """f'(a) for real and complex a: a mean over a small circle around each a, by Cauchy's formula."""
    turns = np.exp(2j * np.pi * np.arange(32) / 32)
    radius = 0.2 * np.minimum(1, np.abs(a - (end_of(variant) or np.inf)))
    found = sum(activation(variant, a + radius * turn) / turn for turn in turns) / (radius * len(turns))
    return found if np.iscomplexobj(a) else found.real


def slope_fresh(variant, rng):
    """The drawn problem of 10.4, close to the place where f ends."""
    away = rng.uniform(-0.7, 0.7, (3, 2)) - 1j
    end = end_of(variant)
    a = 1.5 * away + 1j if end is None else end + rng.uniform(0.005, 0.02, away.shape) * away
    return [Far("on complex numbers that were drawn for this check", (a,), "If the slope is measured: near a "
                "place where f ends, a measured one is wrong, and a formula is right.", 0.0, limits=False)]


def measured(quotient):
    """A slope that is measured. quotient: function of (f, a)."""
    return lambda variant, a: quotient(partial(activation, variant), a)


STEPS = (1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8)
COMPLEX_STEPS = (1e-100, 1e-50, 1e-30, 1e-20, 1e-10, 1e-8)

SLOPE_MISTAKES = {
    "slope of tanh": row("10.1", lambda variant, a: 1 - np.tanh(a) ** 2,
        "It is 1 - tanh(a)^2. That is tanh's slope, and your f is another one.",
        "differentiate your f."),
    "form of tanh": row("10.1", lambda variant, a: 1 - activation(variant, a) ** 2,
        'It is 1 - f(a)^2. The rule "one minus the square of the result" is tanh\'s own.',
        "differentiate your f."),
    "slope at the result": row("10.4", lambda variant, a: slope(variant, activation(variant, a)),
        "It is f' at f(a); it must be f' at a.",
        "a is the argument that f had in the forward pass."),
    "function itself": row("10.1", lambda variant, a: activation(variant, a),
        "It is f(a), and not its slope.",
        "at a = 0 your f is 0 but its slope is not."),
    "measured slope": row("10.1",
        [*(measured(lambda f, a, eps=eps: np.imag(f(a + 1j * eps)) / eps) for eps in COMPLEX_STEPS),
         *(measured(lambda f, a, eps=eps: (f(a + eps) - f(a - eps)) / (2 * eps)) for eps in STEPS)],
        "The slope is measured, by a small step of f; this exercise asks for the derivative.",
        "a formula is right to rounding, and takes complex numbers as it takes real ones. A measured slope "
        "is one or the other, or neither."),
    "sign flipped": row("10.1", lambda variant, a: -slope(variant, a),
        "The sign is wrong.",
        "does your f grow or fall at a = 0?"),
}


def slope_of_the_activation(variant):
    """Exercise 10.4."""
    rng = np.random.default_rng(14)
    return Exercise(
        "The slope", "You have the derivative of your activation function.", partial(slope, variant),
        [(1.5 * rng.standard_normal((4, 3)),), (1.5 * rng.standard_normal((5, 2, 3)),),
         (1.5 * rng.standard_normal((3, 2)) + 0.3j * rng.uniform(-1, 1, (3, 2)),)],
        ("Is your f a product, a quotient, or a function of a function?",
         "Differentiate on paper, then test at a = 0 against a small difference (f(1e-4) - f(-1e-4)) / 2e-4.",
         "One line: return the formula, with np.exp, np.cos, np.sqrt as needed; everything works entry by "
         "entry."),
        about(variant, SLOPE_MISTAKES), points=2, parts=("the slope",), whole=True,
        probes={"a = 0": (np.zeros((2, 3)),)}, tolerance=1e-12, fresh=partial(slope_fresh, variant),
        **own_work())


# --- 10.5: the gradients of the states, with one path of the change bent ---

def one_step_late(s, h, t):
    """Among the states h, the one after the one that the skip reads at step t."""
    return h[t - s.variant.delay + 1] if t >= s.variant.delay else s.reached(h, t)


def through_skip(s, t, reached):
    return s.through("W_skip", s.change(s.h, t, reached))


def of_skip(s, t, reached):
    return s.by("W_skip", s.change(s.real_h, t, reached))


def added_change(s, h, t):
    """Of what W_skip reads, a change with a plus in it."""
    return s.reached(h, t) * (-1 if s.variant.past.startswith("change") else 1)


def earlier_state_left_out(s, t):
    change = s.variant.past.startswith("change")
    return through_skip(s, t, s.reached(s.h, t) * (0 if change else 1))


def slope_of_tanh_from_f(s, t):
    """Where h_t is f(a_t), it is the same as the slope of tanh, and that row has it."""
    return Tangents.activation(s, t) if s.variant.on_sum else (1 - s.cell.f(s.real_a[t]) ** 2) * s.a[t]


def carried_through_the_slope(s, t):
    slope = s.cell.f(s.real_a[t] + 1j * tangents.STEP).imag / tangents.STEP
    return Tangents.carried(s, t) * slope


def recurrent_path_transposed(s, t):
    path = s.h[t - 1] @ s.params["W_hh"].real
    return s.gain(t) * path if s.variant.extra == "gain" else path


STATE_MISTAKES = {
    "slope forgotten": row("10.3", dict(activation=lambda s, t: s.a[t]),
        "The slope of f is left out: what reaches f(a_t) is taken for what reaches a_t.",
        "da_t is what reaches f(a_t), times f'(a_t)."),
    "slope of tanh": row("10.3", dict(activation=lambda s, t: (1 - s.real_h[t] ** 2) * s.a[t]),
        "The slope is 1 - h_t^2. That is tanh's, and your f is another one.",
        "differentiate your f. Its argument is a_t, which the forward pass hands to you."),
    "slope of tanh from f": row("10.3",
        dict(activation=slope_of_tanh_from_f),
        "The slope is 1 - f(a_t)^2. That is tanh's, and your f is another one.",
        "differentiate your f."),
    "slope at the state": row("10.3", dict(activation=lambda s, t: s.cell.f(s.real_h[t] + 1j * s.a[t].imag)),
        "The slope is taken at h_t; it belongs at a_t.",
        "f'(a_t), with the argument that f had in the forward pass."),
    "slope of the step before": row("10.2",
        dict(activation=lambda s, t: s.cell.f(s.real_a[max(t - 1, 1)] + 1j * s.a[t].imag)),
        "The slope is taken at a_{t-1}; it belongs at a_t.",
        "f'(a_t). In code a[t-1] is a_t, because there is no a_0, and h[t] is h_t."),
    "carried path forgotten": row("10.3", dict(carried=lambda s, t: 0 * s.h[t - 1]),
        "The path that the leak carries over, from h_t straight to h_{t-1}, is left out.",
        "h_t has the term (1 - alpha) h_{t-1}, so dh_{t-1} gets (1 - alpha) dh_t. No slope and no weight "
        "stand in its way."),
    "carried unweighted": row("10.3", dict(carried=lambda s, t: s.h[t - 1]),
        "The leak carries dh_t back whole; its share is (1 - alpha).",
        "differentiate (1 - alpha) h_{t-1}."),
    "carried with alpha": row("10.3", dict(carried=lambda s, t: s.alpha(t).real * s.h[t - 1]),
        "The leak carries alpha dh_t back; its share is (1 - alpha).",
        "alpha belongs to the path through f."),
    "carried through the slope": row("10.3",
        dict(carried=carried_through_the_slope),
        "What the leak carries back is multiplied by f's slope. That path does not pass through f.",
        "in h_t the term (1 - alpha) h_{t-1} stands outside of f."),
    "alpha forgotten before the slope": row("10.3", dict(new=lambda s, t: s.activation(t)),
        "da_t lacks the factor alpha.",
        "h_t has alpha f(a_t), so da_t = alpha f'(a_t) dh_t."),
    "carried path of the sum forgotten": row("10.3", dict(carried_sum=lambda s, t: 0 * s.a[t - 1]),
        "The path that the leak carries over, from a_t straight to a_{t-1}, is left out.",
        "a_t has the term (1 - alpha) a_{t-1}, so da_{t-1} gets (1 - alpha) da_t. No slope and no weight "
        "stand in its way."),
    "sum carried unweighted": row("10.3", dict(carried_sum=lambda s, t: s.a[t - 1]),
        "The leak carries da_t back whole; its share is (1 - alpha).",
        "differentiate (1 - alpha) a_{t-1}."),
    "sum carried with alpha": row("10.3", dict(carried_sum=lambda s, t: s.alpha(t).real * s.a[t - 1]),
        "The leak carries alpha da_t back; its share is (1 - alpha).",
        "alpha belongs to the path through the sum."),
    "alpha forgotten after the sum": row("10.3", dict(new_sum=lambda s, t, arriving: arriving),
        "What goes back from a_t to the terms of the sum lacks the factor alpha.",
        "a_t has alpha s_t, so ds_t = alpha da_t."),
    "recurrent path forgotten": row("10.3", dict(recurrent_state=lambda s, t: 0 * s.h[t - 1]),
        "The path from a_t back to h_{t-1} through W_hh is left out.",
        "h_{t-1} is read by a_t."),
    "recurrent path transposed": row("04.3", dict(recurrent_state=recurrent_path_transposed),
        "On the way back W_hh is transposed the wrong way.",
        "forward h @ W_hh.T, backward da @ W_hh."),
    "skip path forgotten": row("10.3", dict(skip_state=lambda s, t: 0 * s.h[0]),
        "The skip's path is left out: a_{t+d} reads h_t, too.",
        "list the readers of h_t. The skip's a_{t+d} is d steps later."),
    "skip path transposed": row("04.3",
        dict(skip_state=lambda s, t: s.change(s.h, t, s.reached(s.h, t)) @ s.params["W_skip"].real),
        "On the way back W_skip is transposed the wrong way.",
        "forward h @ W_skip.T, backward da @ W_skip."),
    "skip lands one step late": row("10.3",
        dict(skip_state=lambda s, t: through_skip(s, t, one_step_late(s, s.h, t))),
        "What the skip sends back lands one step too late: at h_{t-d+1}, not at h_{t-d}.",
        "a_t reads h_{t-d}, so da_t goes to dh_{t-d}. In code da[t-1] is da_t, and dh[t] is dh_t."),
    "skip lands one step early": row("10.3",
        dict(skip_state=lambda s, t: through_skip(s, t, s.reached(s.h, t - 1))),
        "What the skip sends back lands one step too early: at h_{t-d-1}, not at h_{t-d}.",
        "a_t reads h_{t-d}, so da_t goes to dh_{t-d}. In code da[t-1] is da_t, and dh[t] is dh_t."),
    "skip at the start": row("10.3",
        dict(skip_state=lambda s, t: through_skip(s, t, other_start(s, s.h, t))),
        "In the first steps, where the skip reaches back before the start, its path is treated wrongly.",
        "if zeros stand before the start, nothing goes back there. If h_0 does, dh_0 gets a share from each "
        "of the first steps."),
    "last state of the change forgotten": row("10.3",
        dict(skip_state=lambda s, t: s.through("W_skip", s.change({t - 1: 0}, t, s.reached(s.h, t)))),
        "What W_skip sends back lands at h_{t-d} alone; h_{t-1} stands in the change, too.",
        "a_t reads h_{t-1} twice: through W_hh and through W_skip."),
    "earlier state of the change forgotten": row("10.3", dict(skip_state=earlier_state_left_out),
        "What W_skip sends back lands at h_{t-1} alone; h_{t-d} stands in the change, too.",
        "list the readers of h_t: a_{t+d} reads it d steps later, with a minus."),
    "both states of the change added": row("10.3",
        [dict(skip_state=lambda s, t: through_skip(s, t, added_change(s, s.h, t)), **more) for more in
         ({}, dict(skip_weights=lambda s, t: of_skip(s, t, added_change(s, s.real_h, t))))],
        "What W_skip sends back to h_{t-d} has the wrong sign.",
        "h_{t-d} stands in the change with a minus."),
    "feedback path forgotten": row("10.3", dict(feedback_output=lambda s, t: 0 * s.real_h[0]),
        "The path through the output that is fed back is left out: a later a reads y_t.",
        "y_t has two readers, the loss and a_{t+1} (a_{t+2}, if your card has y_{t-2}). dh_t gets both, "
        "through W_hy."),
    "feedback lands one step late": row("10.3",
        dict(feedback_output=lambda s, t: s.through("W_yh", s.y[t - 1])),
        "What is fed back sends its share to y_{t-1}; your card has y_{t-2}.",
        "a_t reads y_{t-2}, so da_t goes to dy_{t-2}. In code dy[t-1] is dy_t."),
    "output path forgotten": row("10.3",
        dict(output_state=lambda s, t: Tangents.output_state(s, t) if t == s.T else 0 * s.real_y[t]),
        "dh_t lacks what comes from its own output, W_hy^T dy_t.",
        "y_t reads h_t."),
    "gain forgotten on the way back": row("10.3",
        dict(recurrent_state=lambda s, t: s.through("W_hh", s.h[t - 1])),
        "What goes back from a_t through W_hh lacks the gain.",
        "the factor g_t stands before W_hh h_{t-1}, so it stands before da_t on the way back."),
    "path through the gain forgotten": row("10.3", dict(input_gain_state=lambda s, t: 0 * s.h[t - 1]),
        "The path from a_t back to h_{t-1} through the gain is left out.",
        "g_t has h_{t-1} in its equation, and stands before W_xh x_t in a_t."),
    "path through the own term forgotten": row("10.3", dict(own_state=lambda s, t: 0 * s.h[t - 1]),
        "One path from a_t back to h_{t-1} is left out: through the last term before b_h.",
        "in which terms of a_t does h_{t-1} stand?"),
    "square path forgotten": row("10.3", dict(square_state=lambda s, t: 0 * s.h[t - 1]),
        "The path from a_t back to h_{t-1} through the squares is left out.",
        "the derivative of p h h is 2 p h."),
    "square without the two": row("10.3",
        dict(square_state=lambda s, t: s.vector("p").real * s.real_h[t - 1] * s.h[t - 1]),
        "On the way back through the squares a factor 2 is missing.",
        "the derivative of p h h is 2 p h."),
    "square at the wrong state": row("10.3",
        dict(square_state=lambda s, t: 2 * s.vector("p").real * s.real_h[t] * s.h[t - 1]),
        "On the way back through the squares stands h_t; it must be h_{t-1}.",
        "the derivative of p h_{t-1} h_{t-1} by h_{t-1} is 2 p h_{t-1}."),
}


def as_states(variant, paths):
    """An answer to 10.5 from ``Tangents``, or from one with a mistake."""
    return partial(tangents.state_gradients, paths, variant)


def weight_of_sums(variant):
    """What stands before the sum in a_t."""
    return float(variant.alpha) if variant.on_sum else 1.0


def skip_lands_on_the_last_states(variant, params, x, a, h, y, dy):
    dropped, form = STATE_MISTAKES["skip at the start"], partial(as_states, variant)
    states = dropped.answer(Tangents, form) if variant.past.endswith("first") else form(Tangents)
    dh, da = states(params, x, a, h, y, dy)
    weight = weight_of_sums(variant) * (-1 if variant.past.startswith("change") else 1)
    for t in range(1, variant.delay):
        dh[t - variant.delay] += weight * da[t - 1] @ params["W_skip"]
    return dh, da


STATES_AT_ONCE = {
    "skip lands on the last states": row("10.4", skip_lands_on_the_last_states,
        "In the first steps the skip's share lands on one of the last states: it is added there when that "
        "state's turn is over.",
        "a negative index counts from the end in Python. The sentence under your equations says what stands "
        "before the start."),
}


def back_through_the_states(variant):
    """Exercise 10.5."""
    form, instances = partial(as_states, variant), partial(cases, variant)
    reference, rows = analytic(form(Tangents)), STATE_MISTAKES | about(variant, STATES_AT_ONCE)
    return Exercise(
        "Back through the states",
        "Every path back to a state is there, at its own step and with its own factor.", reference, instances,
        ("Who reads h_t? Each reader sends something back, and dh[t] is the sum.",
         "From T down to 1: dh[t] = W_hy^T dy_t + what its later readers send; da_t = alpha f'(a_t) dh_t, "
         "entry by entry (for a leak on a_t: f'(a_t) dh_t + (1 - alpha) da_{t+1}).",
         "Keep dh as an array of zeros with T + 1 slots. At step t first finish dh[t] and da[t-1]; then add "
         "to the slots that a_t and h_t read: dh[t-1] += ..., and a slot further back for a skip. Going "
         "down, every slot is complete when its turn comes."),
        rows, shared=True, formulas=Tangents, suspected=False, points=4, form=form,
        probes=partial(probes, variant), parts=("dh", "da"), far=partial(far_cases, variant),
        fresh=partial(elsewhere, variant), **own_work())


# --- 10.6: all gradients ---

WEIGHT_MISTAKES = {
    "weights meet the state of their own step": row("10.4", dict(before=lambda s, t: s.real_h[t]),
        "dW_hh pairs da_t with h_t; it must be h_{t-1}.",
        "in a_t, W_hh multiplies h_{t-1}. In code that is h[t-1], beside da[t-1]."),
    "only the first step is kept": row("04.2",
        dict(recurrent_weights=lambda s, t: Tangents.recurrent_weights(s, t) if t == 1 else 0 * s.real_h[0]),
        "dW_hh holds the share of step 1 alone: is there an = where += belongs?",
        "the same W_hh works at every step, and its gradient is the sum of all shares."),
    "gain forgotten in the weights": row("10.4",
        dict(recurrent_weights=lambda s, t: s.by("W_hh", s.before(t))),
        "dW_hh lacks the gain.",
        "a_t has g_t W_hh h_{t-1}, so the row of W_hh's gradient is g_t da_t times h_{t-1}."),
    "gain weights without the recurrent term": row("10.4",
        dict(gain_weights=lambda s, t: s.by("W_xg", s.x[:, t - 1])),
        "dW_xg pairs da_t with x_t, and lacks the factor that the gain multiplies.",
        "the derivative of g_t (W_hh h_{t-1}) by g_t is W_hh h_{t-1}."),
    "second path of the input forgotten": row("10.4", dict(gain_input=lambda s, t: 0 * s.real_h[0]),
        "dx lacks the path through the gain.",
        "x_t has two readers, a_t and g_t."),
    "skip weights meet the wrong step": row("10.4",
        dict(skip_weights=lambda s, t: of_skip(s, t, one_step_late(s, s.real_h, t))),
        "dW_skip pairs da_t with a state one step too late.",
        "in a_t, W_skip multiplies h_{t-d}."),
    "skip weights at the start": row("10.4",
        dict(skip_weights=lambda s, t: of_skip(s, t, other_start(s, s.real_h, t))),
        "dW_skip is wrong in its shares of the first steps, where the skip reaches back before the start.",
        "with zeros before the start these steps add nothing. With h_0 there, each adds da_t times h_0."),
    "skip weights meet the last states": row("10.4",
        dict(skip_weights=lambda s, t: of_skip(s, t, s.real_h[t - s.variant.delay])),
        "In the first steps dW_skip pairs da_t with one of the last states.",
        "a negative index counts from the end in Python. The sentence under your equations says what stands "
        "before the start."),
    "feedback weights meet the last output": row("10.4",
        dict(feedback_weights=lambda s, t: s.by("W_yh", s.real_y[1:][t - s.variant.lag - 1])),
        "At the start dW_yh pairs da_1 with one of the last outputs.",
        "y_0 = 0, so step 1 adds nothing. In code y_{t-1} is y[t-2], and at t = 1 that is y[-1], the last "
        "one."),
    "feedback weights meet their own output": row("10.4",
        dict(feedback_weights=lambda s, t: s.by("W_yh", s.real_y[t])),
        "dW_yh pairs da_t with y_t; it must be an earlier output.",
        "which output does W_yh multiply in a_t? In code y[t-1] is y_t, so y_{t-1} is y[t-2]; y_0 is zero."),
    "feedback weights meet the output of the step before": row("10.4",
        dict(feedback_weights=lambda s, t: s.by("W_yh", s.real_y[t - 1])),
        "dW_yh pairs da_t with y_{t-1}; your card has y_{t-2}.",
        "in code y[t-1] is y_t, so y_{t-2} is y[t-3]."),
    "output gradient taken for total": row("10.3",
        dict(feedback_output=lambda s, t: s.through("W_yh", s.output_state(t - s.variant.lag)
                                                    if t > s.variant.lag else s.y[0])),
        "In the gradients of W_hy and b_y stands the dy that was handed over. It is the immediate gradient; "
        "y_t is read by a later a, too.",
        "the total dy_t is the given one plus W_yh^T da_{t+1} (da_{t+2}, if your card has y_{t-2})."),
    "square weights without the square": row("10.4",
        dict(square_weights=lambda s, t: s.vector("p") * s.real_h[t - 1]),
        "dp pairs da_t with h_{t-1}; it must be its square.",
        "the derivative of p h h by p is h h."),
    "leak gradient without the old state": row("10.4",
        dict(pulled=lambda s, t: s.cell.f(s.real_a[t])),
        "The gradient of the leak has f(a_t) only; alpha stands before h_{t-1}, too.",
        "the derivative of (1 - alpha) h_{t-1} + alpha f(a_t) by alpha is f(a_t) - h_{t-1}."),
    "leak gradient with the new state": row("10.4",
        dict(pulled=lambda s, t: s.real_h[t] - s.real_h[t - 1]),
        "The gradient of the leak has h_t - h_{t-1}; it must be f(a_t) - h_{t-1}.",
        "h_t is the mixture; alpha multiplies f(a_t)."),
    "slope of the sigmoid forgotten": row("10.4",
        dict(squashed=lambda s: Tangents.squashed(s).real + 1j * s.vector("q").imag),
        "dq is the gradient of alpha; the sigmoid's slope is missing.",
        "dq = dalpha times alpha (1 - alpha)."),
    "slope of the opening forgotten": row("10.4",
        dict(opened=lambda s, q: Tangents.opened(s, q).real + 1j * np.imag(q)),
        "What goes from alpha_t to q_t lacks the sigmoid's slope.",
        "dq_t = dalpha_t times alpha_t (1 - alpha_t)."),
    "path of the input through the leak forgotten": row("10.4", dict(leak_input=lambda s, t: 0 * s.real_h[0]),
        "dx lacks the path through alpha_t.",
        "x_t is read by q_t, too."),
    "gain forgotten in the input weights": row("10.4",
        dict(input_weights=lambda s, t: s.by("W_xh", s.x[:, t - 1])),
        "dW_xh lacks the gain.",
        "a_t has g_t W_xh x_t, so the row of W_xh's gradient is g_t da_t times x_t."),
    "gain forgotten on the way to the input": row("10.4",
        dict(input=lambda s, t: s.through("W_xh", s.x[:, t - 1])),
        "dx lacks the gain.",
        "the factor g_t stands before W_xh x_t, so it stands before da_t on the way back."),
    "gain weights without the input's term": row("10.4",
        dict(input_gain_weights=lambda s, t: s.by("W_hg", s.real_h[t - 1])),
        "dW_hg pairs da_t with h_{t-1}, and lacks the factor that the gain multiplies.",
        "the derivative of g_t (W_xh x_t) by g_t is W_xh x_t."),
    "path of the input through the own term forgotten": row("10.4",
        dict(own_input=lambda s, t: 0 * s.real_h[0]),
        "dx lacks a path: x_t stands in the last term before b_h, too.",
        "in which terms of a_t does x_t stand?"),
}


def as_gradients(variant, paths):
    """An answer to 10.6 from ``Tangents``, or from one with a mistake."""
    return partial(tangents.gradients, paths, variant)


def gradients(variant, params, x, a, h, y, dy):
    """All gradients, by the complex step."""
    return tangents.gradients(Tangents, variant, params, x, a, h, y, dy)


def feedback_lands_on_the_last_output(variant, params, x, a, h, y, dy):
    found = gradients(variant, params, x, a, h, y, dy)
    _, da = tangents.state_gradients(Tangents, variant, params, x, a, h, y, dy)
    for t in range(1, variant.lag + 1):
        share = weight_of_sums(variant) * da[t - 1] @ params["W_yh"]
        found = {**found, "W_hy": found["W_hy"] + share.T @ h[t - variant.lag - 1],
                 "b_y": found["b_y"] + share.sum(axis=0)}
    return found


def sums_without_alpha(variant, params, x, a, h, y, dy):
    found, outside = gradients(variant, params, x, a, h, y, dy), ("W_hy", "b_y", "h0")
    return {name: g if name in outside else g / weight_of_sums(variant) for name, g in found.items()}


def mean_over_the_batch(variant, params, x, a, h, y, dy):
    found = gradients(variant, params, x, a, h, y, dy)
    return {name: g if name in ("x", "h0") else g / len(h[0]) for name, g in found.items()}


def first_sequence_only(variant, params, x, a, h, y, dy):
    found = gradients(variant, params, x, a, h, y, dy)
    first = gradients(variant, params, *(each[:, :1] for each in (x, a, h, y, dy)))
    return {name: g if name in ("x", "h0") else first[name] for name, g in found.items()}


GRADIENTS_AT_ONCE = {
    "feedback lands on the last output": row("10.4", feedback_lands_on_the_last_output,
        "What step 1 sends back lands on one of the last outputs, and so in the gradients of W_hy and b_y.",
        "y_0 is a constant, so step 1 sends nothing to it. In code y_{t-1} is y[t-2], and at t = 1 that is "
        "y[-1], the last one."),
    "alpha forgotten in the sums": row("10.4", sums_without_alpha,
        "The gradients of what stands in the sum s_t lack the factor alpha.",
        "a_t has alpha s_t, so ds_t = alpha da_t. It is ds_t that meets what each weight multiplies."),
    "mean over the batch": row("04.3", mean_over_the_batch,
        "The parameters' gradients are means over the batch; they must be sums.",
        "the loss is a sum over the sequences, and so is its gradient."),
    "first sequence only": row("04.3", first_sequence_only,
        "The parameters' gradients are those of the first sequence alone.",
        "every sequence of the batch uses the weights, so each adds to their gradients."),
}


def all_gradients(variant):
    """Exercise 10.6."""
    form, instances = partial(as_gradients, variant), partial(cases, variant)
    rows = WEIGHT_MISTAKES | STATE_MISTAKES | about(variant, GRADIENTS_AT_ONCE)
    return Exercise(
        "All gradients", "The gradient of everything that has one is right.", analytic(form(Tangents)),
        instances,
        ("Which of your equations does each parameter stand in, and what does it multiply there?",
         "The gradient of a matrix is a sum over steps of (what reaches the product)^T (what the matrix "
         "multiplies); of a vector, a sum over steps and batch.",
         "Call state_gradients for dh and da. Then, for example, W_xh: sum over t of da[t-1].T @ x[t-1]. For "
         "what a gain multiplies, put the gain on da first (for a leak on a_t, alpha); for x, add one term "
         "for each place where x_t stands."),
        rows, shared=True, formulas=Tangents, suspected=False, points=8, form=form,
        probes=partial(probes, variant), label="d{}", far=partial(far_cases, variant), follows="10.5",
        fresh=partial(elsewhere, variant), **own_work())


# --- 10.7: a proof ---

def proof(forward, backward, params, x, h0, target):
    """The reference."""
    return agreement(forward, backward, params, x, h0, target)


def agreement(forward, backward, params, x, h0, target, tolerance=1e-9, relative=True, size=np.abs,
              passes=lambda error, limit: error <= limit):
    """Which gradients pass, {name: True or False}. size: of differences. passes: is the largest one right?"""
    def loss(v):
        return 0.5 * ((forward({name: v[name] for name in params}, v["x"], v["h0"])[2] - target) ** 2).sum()

    numeric = gradcheck.complex_step(loss, {**params, "x": x, "h0": h0})
    a, h, y = forward(params, x, h0)
    grads = backward(params, x, a, h, y, y - target)
    return {name: bool(passes(size(grads[name] - g).max(), tolerance * (np.abs(g).max() if relative else 1)))
            for name, g in numeric.items()}


def input_and_first_state_left_out(forward, backward, params, x, h0, target):
    found = agreement(forward, backward, params, x, h0, target)
    return {name: found[name] for name in params}


def everything_passes(forward, backward, params, x, h0, target):
    return dict.fromkeys([*params, "x", "h0"], True)


def right_gradients_fail(forward, backward, params, x, h0, target):
    return dict.fromkeys([*params, "x", "h0"], False)


PROOF_MISTAKES = {
    "too loose": row("10.5", partial(agreement, tolerance=1e-6),
        "The tolerance is too loose: a gradient that is off in its eighth digit passes.",
        "the complex step is exact to rounding, so ask for 1e-9."),
    "absolute errors": row("04.5", partial(agreement, relative=False),
        "The errors are absolute: where all gradients are small, wrong ones pass.",
        "divide the largest difference by the largest entry of the numerical gradient."),
    "allclose's own limit": row("04.5", partial(agreement, passes=lambda error, limit: error <= limit + 1e-8),
        "The limit does not shrink with the gradient: np.allclose adds 1e-8 to it, its atol.",
        "give it atol=0, or divide the largest difference by the largest entry yourself."),
    "not a number passes": row("04.5", partial(agreement, passes=lambda error, limit: not error > limit),
        "A gradient with NaN in it passes.",
        'every comparison with NaN is False. Ask "error <= tolerance", not "not error > tolerance".'),
    "without absolute value": row("04.5", partial(agreement, size=lambda difference: difference),
        "Differences below zero pass: an absolute value is missing.",
        "the largest difference, whatever its sign."),
    "input and first state left out": row("04.5", input_and_first_state_left_out,
        "x and h0 are not compared.",
        "they have gradients, too, and dh0 shows what the whole recursion did."),
    "everything passes": row("04.5", everything_passes,
        "Everything passes, wrong gradients, too.",
        "what is compared with the numerical gradient? What the backward that is handed over returns."),
    "right gradients fail": row("10.5", right_gradients_fail,
        "Nothing passes, not even right gradients: what is compared are not the derivatives of one loss.",
        "dy is y - target if the loss is half the sum of (y - target)^2; a mean has another dy. And np.abs, "
        "a norm or .real in the loss takes the imaginary part away."),
}


def spoiled(variant, wrong, spoil, params, x, a, h, y, dy):
    """All gradients; those that ``wrong`` names are spoiled."""
    found = gradients(variant, params, x, a, h, y, dy)
    return {name: spoil(g) if name in wrong else g for name, g in found.items()}


def off(size, g):
    """A gradient whose last entry is off, by this part of its largest."""
    g = g.copy()
    g.flat[-1] += size * np.abs(g).max()
    return g


def suspects(variant):
    """Backward passes to judge, right and wrong: the arguments of exercise 10.7."""
    drawn = problem(variant, T=4, B=2, D=3, H=3, O=2, seed=15)
    names, run = list(drawn.variables()), partial(forward, variant)
    y = run(drawn.params, drawn.x, drawn.h0)[2]
    near, nearer = y + 0.05 * drawn.target, y + 1e-4 * drawn.target
    above, below, lost = partial(off, 3e-8), partial(off, -3e-8), partial(np.multiply, np.nan)
    target = drawn.target
    judged = [((), above, target), (names[::2], above, target), (names[1::2], below, target),
              (names[1::2], above, nearer), (names, above, near), (names[1::3], lost, target)]
    return [(run, partial(spoiled, variant, wrong, spoil), drawn.params, drawn.x, drawn.h0, target)
            for wrong, spoil, target in judged]


def foreign_suspect(variant, rng):
    """The drawn problem of 10.7: a cell with other equations and the same parameters."""
    others = [name for name in capstone.ACTIVATIONS if name != variant.activation]
    other = variant._replace(activation=str(rng.choice(others)))
    drawn = problem(other, **some_sizes(rng))
    names = [name for name in drawn.variables() if rng.integers(2)]
    suspect = partial(spoiled, other, names, partial(off, 3e-8))
    return [Far("for the forward and the backward of another cell",
                (partial(forward, other), suspect, drawn.params, drawn.x, drawn.h0, drawn.target),
                "It does not judge by the forward and the backward that it is handed.", 0.0, limits=False)]


def your_proof(variant):
    """Exercise 10.7."""
    return Exercise(
        "Your proof", "Your check passes what is right and nothing else.", proof, partial(suspects, variant),
        ("What do you compare, what do you divide by, and which error is small enough?",
         "loss: 0.5 times the sum of (y - target)^2, of a dict of all variables. dy = y - target. Error: max "
         "|d - numeric| / max |numeric|.",
         'variables = {**params, "x": x, "h0": h0}; numeric = gradcheck.complex_step(loss, variables); then '
         "one comparison per name, written as error <= 1e-9."),
        PROOF_MISTAKES, points=4, label='"{}"',
        fresh=partial(foreign_suspect, variant),
        **own_work(lambda code: COURSE if code is agreement.__code__ else ""))


# --- 10.8: training ---

FEW_UPDATES = 2
DRAWN_UPDATES = 3, 4    # one of them is drawn
SEEDS = (47, 25)        # starts with a gradient shorter than 1 and, for most cells, with one that is clipped


def trained(variant, updates, seed):
    """The reference: for a few updates the training itself, whose gradients are measured; that is slow. For
    more of them nothing is trained but the read-out, by least squares."""
    if updates > max(DRAWN_UPDATES):
        return capstone.fitted_readout(capstone.Project("", variant), capstone.sunspots(), seed, H=24)
    return updated(variant, updates, seed)


def together(grads):
    """All gradients, clipped as one vector."""
    return clip.by_global_norm(grads, 1.0)[0]


def updated(variant, updates, seed, gradients=None, seen=lambda grads: grads, clipped=together,
            forgets=False):
    """The training of 10.8, or with a mistake in its loop. gradients: function of params, else the right
    ones. seen: what becomes of them before they are clipped. forgets: Adam begins anew with each update."""
    gradients, params, memory = gradients or partial(measured_gradients, variant), start(variant, seed), None
    for _ in range(updates):
        grads = clipped(seen(gradients(params)))
        params, memory = optimisers.adam(params, grads, None if forgets else memory, 0.01)
    return params


def measured_gradients(variant, params, years="train", masked=True, first=0.0):
    """The gradients of 10.8, by the complex step; or those of another loss. first: every entry of h0."""
    task = capstone.sunspots()
    used = getattr(task, years) if years else task.train | True
    x, target, mask = (array[:, used] for array in (task.x, task.target, task.mask))

    def loss(params):
        y = forward(variant, params, x, np.full((x.shape[1], 8), first))[2]
        return losses.squared_error(y, target, mask if masked else None, "mean")[0]

    return gradcheck.complex_step(loss, params)


def scaled(factor, grads):
    """Gradients, all multiplied by one factor."""
    return {name: factor * g for name, g in grads.items()}


def each_alone(grads):
    """Every gradient, clipped by its own norm."""
    return {name: together({name: g})[name] for name, g in grads.items()}


# Other loops than the one asked for: what is said, and what is different in ``updated``; of the losses, in
# ``measured_gradients``.
LOOPS = {
    "No clipping: the gradients go to Adam as long as they are.": dict(clipped=lambda grads: grads),
    "Clipped one by one: each gradient is shortened by its own norm; all of them together are one vector.":
        dict(clipped=each_alone),
    "A sum over the windows, or a mean over the wrong axis: the loss, and so dy, is the windows' mean.":
        dict(seen=lambda grads: scaled(capstone.sunspots().train.sum(), grads)),
    "A mean over the steps: the loss is a mean over the windows, each of which counts one step.":
        dict(seen=lambda grads: scaled(1 / 12, grads)),
    "Adam's memory is lost: every update begins without that of the update before.": dict(forgets=True)}
LOSSES = {
    "The mask is forgotten: every step has a loss, and only the last of each window should.":
        dict(masked=False),
    "It trains on all years: those that choose and those that are held out are for later.": dict(years=""),
    "h0 is 1: every window starts from zeros.": dict(first=1.0)}


def loops(variant):
    """[(what is said, what is different in ``updated``)] for every loop that has a name."""
    return [*LOOPS.items(), *((said, dict(gradients=partial(measured_gradients, variant, **other)))
                              for said, other in LOSSES.items())]


def start(variant, seed):
    """The parameters that training starts from."""
    return capstone.Project("", variant).init(1, 8, 1, np.random.default_rng(seed))


def untrained(variant, seed, received):
    """What is said of parameters that are not those of the training asked for."""
    still = [name for name, value in start(variant, seed).items() if np.array_equal(received[name], value)]
    if still:
        return f"No update has moved {listed(still)}. Training moves all parameters, by your own gradients."
    for said, other in loops(variant):
        found = updated(variant, FEW_UPDATES, seed, **other)
        if all(np.allclose(received[name], value, rtol=1e-7, atol=1e-9) for name, value in found.items()):
            return said
    return ("Wrong gradients, or another loop. Is the backward that you call the one of 10.6? "
            "Is h0 zero, is the loss the mean over the windows, and are the parameters' gradients alone "
            "clipped at norm 1 together and handed to Adam with its memory, rate 0.01?")


def training_verdict(variant, params):
    """What is wrong with trained parameters, a sentence; "" if nothing is."""
    wrong = misshapen(variant, params)
    if wrong:
        return wrong
    task = capstone.sunspots()
    persistence = task.rmse(task.x[-1, :, 0], task.train)
    arrays = {name: np.asarray(value, float) for name, value in params.items()}
    y = forward(variant, arrays, task.x, np.zeros((task.x.shape[1], len(params["b_h"]))))[2]
    error = task.rmse(y[-1, :, 0], task.train)
    if error < 0.9 * persistence:
        return ""
    return (f"With these parameters your cell forecasts the training years with an error of {error:.1f}; "
            f"persistence, which has learned nothing, has {persistence:.1f}. Get it below "
            f"{0.9 * persistence:.1f}. Is the backward that you call right, are its gradients negated, is "
            "the mask used, are the new parameters the ones that are returned?")


def misshapen(variant, params):
    """What is wrong with the shapes of trained parameters, a sentence; "" if nothing is."""
    if not isinstance(params, dict):
        return f"Return the trained parameters, a dict. This is {type(params).__name__}."
    project = capstone.Project("", variant)
    names = list(project.shapes(1, 1, 1))
    if sorted(map(str, params)) != sorted(names):
        return (f"Return a dict with the parameters of your cell: {', '.join(names)}. This one has "
                f"{', '.join(map(str, params)) or 'none'}.")
    for name, shape in project.shapes(1, np.size(params["b_h"]), 1).items():
        array = np.asarray(params[name])
        if array.shape != shape or array.dtype.kind != "f":
            return f"{name} should hold real numbers in shape {shape}; it has shape {array.shape}."
        if not np.isfinite(array).all():
            return f"{name} is not finite: the training has diverged."
    return ""


def few_more_updates(variant, rng):
    """The drawn problem of 10.8."""
    updates, seed = int(rng.choice(DRAWN_UPDATES)), int(rng.integers(2**32))
    return [Far(f"in the parameters after {updates} updates", (updates, seed), credit=0.0)]


def word_in_training(code):
    """As ``word_of``; the forward pass of the course may be called, since 10.1 has been asked for."""
    if code.co_filename in FILES or code is capstone.fitted_readout.__code__:
        return COURSE
    return LIBRARY if LIBRARIES.search(code.co_filename) else ""


def training(variant):
    """Exercise 10.8."""
    return Exercise(
        "Train it", "Trained by your own backward pass, it beats persistence on the training years.",
        partial(trained, variant), [(100, 1)],
        ("What are the five steps of one update, and which two of lesson 05's helpers do the last two?",
         "forward; y - target at the last step of each window, divided by the number of windows; backward; "
         "clip; adam.",
         'losses.squared_error(y, target, mask, "mean") gives loss and dy. Keep only the gradients of the '
         "parameters. clip.by_global_norm(grads, 1.0) returns two things, optimisers.adam(params, grads, "
         "memory, 0.01) too."),
        points=2, verdict=partial(training_verdict, variant), seconds=30.0,
        far=[Far(f"in the parameters after {FEW_UPDATES} updates", (FEW_UPDATES, seed),
                 partial(untrained, variant, seed), credit=0.0) for seed in SEEDS],
        fresh=partial(few_more_updates, variant), **own_work(word_in_training))


# --- the exercises of one variant ---

@cache
def exercises_of(code):
    """The exercises about the cell with that code, {number: Exercise}."""
    variant = capstone.from_code(code)
    found = {"10.1": forward_pass(variant), "10.2": readers_of_a_state(variant),
             "10.4": slope_of_the_activation(variant), "10.5": back_through_the_states(variant),
             "10.6": all_gradients(variant), "10.7": your_proof(variant), "10.8": training(variant)}
    if variant != capstone.project(capstone.EXAMPLE).variant:
        for number, exercise in found.items():
            exercise.published = EXERCISES[number]
    return found


EXERCISES = exercises_of(capstone.project(capstone.EXAMPLE).variant.code)

PREDICTS = {
    "P10.1": Predict("Complex numbers in an array of zeros", {
        "a": ("Both.", "what is stored is what was assigned."),
        "b": ("The array alone.", "arrays are for numbers, and lists keep whatever is simplest."),
        "c": ("The list alone.", "an array has one type for good, and that of np.zeros is real.")}, "c"),
    "P10.2": Predict("A frozen path", {
        "a": ("None.", "w stands at every step, so every state must change in another way."),
        "b": ("$h_0$ and $h_1$.", "a change can be missing only where a state before it has changed, and h_0 "
              "never does."),
        "c": ("All but the last.", "only the loss at the end sees what was frozen."),
        "d": ("All: the states are the same in both.", "equal states have equal changes.")}, "b"),
    "P10.3": Predict("Three baselines on the validation years", {
        "a": ("Persistence.", "the next year is much like this one."),
        "b": ("The autoregression.", "twelve fitted weights see the whole cycle."),
        "c": ("Your cell with random weights.", "eight curved units say more than a weighted sum.")}, "b"),
    "P10.4": Predict("Your cell on the held-out years", {
        "a": ("Ahead of the autoregression.", "what wins on the validation years wins on others, too."),
        "b": ("Behind the autoregression, ahead of its own untrained self.",
              "training helps, and that these years climb beyond those it was trained on."),
        "c": ("Behind both.", "training fits the years to 1920 and spoils the rest.")}, "b"),
}


# --- warm-ups: from lessons 03, 04 and 05 ---

SHARES = [(rng.standard_normal((B, H)), rng.standard_normal((H, H)))
          for rng in [np.random.default_rng(101)] for B, H in ((3, 4), (2, 5), (1, 3))]

SHARE_MISTAKES = {
    "forward once more": row("04.2", lambda da, W_hh: da @ W_hh.T,
        "da goes through W_hh as a state does on its way forward; on the way back it takes the transpose.",
        "entry j of h_{t-1} stands in a_t[i] with the factor W_hh[i, j]. So its share is a sum over i."),
    "mean over the batch": row("04.3", lambda da, W_hh: np.broadcast_to((da @ W_hh).mean(axis=0), da.shape),
        "All sequences get the same share, their mean.",
        "each sequence has a state of its own. Only weights are shared."),
    "sum over the batch": row("04.3", lambda da, W_hh: np.broadcast_to((da @ W_hh).sum(axis=0), da.shape),
        "All sequences get the same share, their sum.",
        "each sequence has a state of its own. Only weights are shared."),
    "weight left out": row("04.2", lambda da, W_hh: da.copy(),
        "da is handed on as it is; between h_{t-1} and a_t stands W_hh.",
        "each entry of h_{t-1} is multiplied by a column of W_hh on its way into a_t."),
}

WARM_UPS = {
    "10.a": choice(
        "One more reader", "Turn the index round: what reads the state before it is read by the state after.",
        "b", {
            "a": "Write out the new equation of y_2. Which states stand in it?",
            "b": "y_t reads h_{t-1}. So h_t is read by the output one step later as well.",
            "c": "That would be an output that reads a later state. The new path reads an earlier one.",
            "d": "Later outputs depend on h_t, but through other variables. A reader has h_t in its own "
                 "equation."},
        hints=("In which equations does the symbol h_3 stand?",
               "y_4 now reads h_4 and h_3. Put t in the place of 3.",
               "One output more, one step after its own."), points=0),
    "10.b": Exercise(
        "A share, sent back", "A product forward is a product with the transpose on the way back.",
        lambda da, W_hh: np.einsum("bi,ij->bj", da, W_hh), SHARES,
        hints=("Which axis of W_hh belongs to a_t, which to h_{t-1}?",
               "For one sequence it is W_hh^T da. Turn this column into a row.",
               "A product of two matrices, da first. Which of W_hh and W_hh.T sums over the units of a_t?"),
        mistakes=SHARE_MISTAKES, parts=("the share",), points=0),
    "10.c": choice(
        "Clipped", "One factor for all arrays: the direction stays.", "b", {
            "a": "This clips each array by itself, and changes the direction.",
            "b": "The whole is 5 long, so both are divided by 5.",
            "c": "This divides by 3 + 4. Lengths of parts do not add up: their squares do.",
            "d": "The whole is longer than 1, so it is clipped."},
        hints=("How long is the gradient as one long vector?",
               "The root of 9 + 16. Every array is divided by the same number.",
               "3 and 4, each over 5."), points=0),
}
