"""Exercises of lesson 08: gates.

The formulas of both cells, and the mistakes in them, are in exercises/formulas: lstm.py, gru.py and gated.py.
"""

import functools

import numpy as np

from exercises.engine.exercise import Exercise
from exercises.engine.kinds import choice, ordering
from exercises.engine.mistakes import row
from exercises.engine.options import Predict
from exercises.formulas import backward, far_problems
from exercises.formulas.gru import GRU_MISTAKES, GRU_RARE, GRUBackward
from exercises.formulas.lstm import (
    LSTM_MISTAKES, LSTM_RARE, STEP_MISTAKES, LSTMBackward, LSTMStep, one_step_back)
from helpers import gradcheck, gru, losses, lstm
from helpers.activations import sigmoid
from helpers.gradcheck import jacobian

# --- references ---
# Those of the small exercises are measured by the complex step, from the forward formulas alone.

def gate_back(ds, s):
    """8.1: each entry moves its own gate only."""
    a = 2 * np.arctanh(2 * s - 1)
    return ds * np.imag(sigmoid(a + 1e-100j)) / 1e-100


class GateBack:
    """8.1, formula by formula."""

    def __init__(self, ds, s):
        self.ds, self.s = ds, s

    def run(self):
        """da."""
        return self.da()

    def slope(self):
        """the gate's slope, s (1 - s)"""
        return self.s * (1 - self.s)

    def da(self):
        """da, the slope times ds"""
        return self.slope() * self.ds


def lstm_step(params, x, h, c):
    """8.2: the course's own forward pass, for one step of one sequence."""
    full = {"W_hy": np.zeros((1, len(h))), "b_y": np.zeros(1), **params}
    cache = lstm.forward(full, x[None, None], (h[None], c[None]))
    return cache.h[1, 0], cache.c[1, 0]


def step_from(W_hh, i, f, g, o, c_prev):
    """One LSTM step as a function of what is added to h_{t-1}, c_{t-1} and the pre-activations.

    It returns (h_t, c_t).
    """
    rest = np.concatenate([2 * np.arctanh(2 * i - 1), 2 * np.arctanh(2 * f - 1), np.arctanh(g),
                           2 * np.arctanh(2 * o - 1)])

    def step(dh=0.0, dc=0.0, da=0.0):
        recurrent = W_hh @ (dh + np.zeros(len(c_prev)))
        a_i, a_f, a_g, a_o = lstm.blocks(rest + recurrent + da)
        c = sigmoid(a_f) * (c_prev + dc) + sigmoid(a_i) * np.tanh(a_g)
        return sigmoid(a_o) * np.tanh(c), c

    return step


def cell_jacobian(W_hh, i, f, g, c_prev):
    """8.3: nudge h_{t-1}, and look at c_t."""
    step = step_from(W_hh, i, f, g, np.full(len(i), 0.5), c_prev)
    return jacobian(lambda nudge: step(dh=nudge)[1], np.zeros(len(i)))


def step_back(W_hh, i, f, g, o, c_prev, dh, dc_later):
    """8.4: to first order, the loss is dh h_t + dc_later c_t."""
    step = step_from(W_hh, i, f, g, o, c_prev)

    def loss(**nudge):
        h, c = step(**nudge)
        return dh @ h + dc_later @ c

    H = len(i)
    return (jacobian(lambda nudge: loss(da=nudge), np.zeros(4 * H)),
            jacobian(lambda nudge: loss(dh=nudge), np.zeros(H)),
            jacobian(lambda nudge: loss(dc=nudge), np.zeros(H)))


def state_jacobian(W_hh, i, f, g, o, c_prev):
    """8.10: nudge both old states, and look at both new ones."""
    step, H = step_from(W_hh, i, f, g, o, c_prev), len(i)
    return jacobian(lambda nudge: np.concatenate(step(dh=nudge[:H], dc=nudge[H:])), np.zeros(2 * H))


def lstm_backward(params, cache, dy):
    """8.5: the course's own backward pass."""
    return lstm.backward(params, cache, dy)


def gru_backward(params, cache, dy):
    """8.8: the course's own backward pass."""
    return gru.backward(params, cache, dy)


# --- problems ---

SIZES = [dict(T=5, B=3, D=2, H=4, O=6), dict(T=7, B=2, D=4, H=3, O=5)]


def problem(cell, seed=80, change=None, T=5, B=3, D=2, H=4, O=6):
    """(params, cache, dy) of a random problem.

    change: function of (params, x, state), before the forward pass.
    """
    drawn = gradcheck.random_problem(np.random.default_rng(seed), T=T, B=B, D=D, H=H, O=O, cell=cell)
    params, x, state = drawn.params, drawn.x, drawn.h0
    if change:
        params, x, state = change(params, x, state)
    cache = cell.forward(params, x, state)
    return params, cache, losses.squared_error(cache.y, drawn.target)[1]


def small(cell):
    """Problems with short numbers: see ``Exercise.sized``."""
    def sized(T, B, H, D):
        def change(params, x, state):
            pair = isinstance(state, tuple)
            state = tuple(map(backward.rounded, state)) if pair else backward.rounded(state)
            return backward.rounded(params), backward.rounded(x), state

        params, cache, dy = problem(cell, change=change, T=T, B=B, D=D, H=H, O=D)
        return params, cache, backward.rounded(dy)

    return sized


def problems(cell):
    """Two sizes, each with a loss at every step and once more with a loss at the last step only."""
    found = [problem(cell, seed=80 + k, **sizes) for k, sizes in enumerate(SIZES)]
    return [instance for full in found for instance in (full, backward.loss_at([-1], full))]


def with_params(**made):
    """A change for ``problem``: each named parameter goes through a function."""
    def change(params, x, state):
        return {**params, **{name: make(params[name]) for name, make in made.items()}}, x, state

    return change


def gate_at(block, bias):
    """A function that sets one block of a bias: far up or down, a gate is open or shut."""
    def make(b):
        b = b.copy()
        b[block * 4:(block + 1) * 4] = bias
        return b

    return make


def probes(cell, first_states_zero, gate_biases):
    """Easier problems, on which single terms vanish. gate_biases: {words: change}."""
    changes = {**first_states_zero, **gate_biases}
    return {
        "T = 1": problem(cell, T=1),
        "T = 2": problem(cell, T=2),
        "B = 1": problem(cell, B=1),
        "x = 0": problem(cell, change=lambda params, x, state: (params, 0 * x, state)),
        "W_hh = 0": problem(cell, change=with_params(W_hh=np.zeros_like)),
        **{words: problem(cell, change=change) for words, change in changes.items()},
        "only step 1 has a loss": backward.loss_at([0], problem(cell)),
        "only the last step has a loss": backward.loss_at([-1], problem(cell))}


@functools.cache
def lstm_probes():
    """Easier problems for 8.5."""
    return probes(lstm, {
        "h_0 = 0": lambda params, x, state: (params, x, (0 * state[0], state[1])),
        "c_0 = 0": lambda params, x, state: (params, x, (state[0], 0 * state[1]))}, {
        "all forget gates are open": with_params(b_h=gate_at(1, 60.0)),
        "all forget gates are shut": with_params(b_h=gate_at(1, -60.0)),
        "all output gates are open": with_params(b_h=gate_at(3, 60.0))})


@functools.cache
def gru_probes():
    """Easier problems for 8.8."""
    return probes(gru, {"h_0 = 0": lambda params, x, state: (params, x, 0 * state)}, {
        "all reset gates are open": with_params(b_h=gate_at(0, 60.0)),
        "all reset gates are shut": with_params(b_h=gate_at(0, -60.0)),
        "all update gates are 1": with_params(b_h=gate_at(1, 60.0)),
        "all update gates are 0": with_params(b_h=gate_at(1, -60.0))})


@functools.cache
def lstm_problems():
    """The instances of 8.5."""
    return problems(lstm)


@functools.cache
def gru_problems():
    """The instances of 8.8."""
    return problems(gru)


# --- 8.1 ---

GATE_MISTAKES = {
    "slope missing": row("08.2", lambda ds, s: ds.copy(),
        "The gradient is handed on as it is; the gate's slope is missing.",
        "between a and s stands the sigmoid. da = ds times its slope."),
    "slope is the gate": row("08.2", lambda ds, s: ds * s,
        "The gate itself stands where its slope belongs.",
        "the slope has two factors. What is it where the gate is wide open, s = 1?"),
    "slope of tanh": row("08.2", lambda ds, s: ds * (1 - s ** 2),
        "This is tanh's slope, 1 - s^2; a gate is a sigmoid.",
        "where the gate is shut, s = 0, the slope must be 0. What does 1 - s^2 give there?"),
    "sigmoid applied again": row("08.2", lambda ds, s: ds * sigmoid(s) * (1 - sigmoid(s)),
        "The sigmoid is applied once more before the slope is taken; s is its value already.",
        "the slope at a is s (1 - s) with s = sigmoid(a). s is what you are given."),
    "slope alone": row("08.2", lambda ds, s: s * (1 - s),
        "This is the slope alone; the gradient ds that arrives at the gate is missing.",
        "the chain rule multiplies what arrives by the slope."),
    "both factors one minus s": row("08.2", lambda ds, s: ds * (1 - s) ** 2,
        "The slope is taken as (1 - s)^2; one factor must be s.",
        "the slope is the same for s and for 1 - s: an almost shut gate is as flat as an almost open one."),
}


def gate_instances():
    """A vector and a matrix of gates."""
    rng = np.random.default_rng(81)
    return [(rng.standard_normal(shape), rng.uniform(0.05, 0.95, shape)) for shape in ((6,), (3, 4))]


# --- 8.2 to 8.4 ---

class Steps:
    """Steps of one LSTM sequence, with the arguments of 8.2, 8.3 and 8.4."""

    def __init__(self, seed, D, H, O):
        self.params, self.cache, dy = problem(lstm, seed=seed, T=5, B=2, D=D, H=H, O=O)
        self.dh, self.dc = np.random.default_rng(seed).standard_normal((2, H))

    def forward(self, t):
        """The arguments of 8.2 at step t."""
        params = {name: self.params[name] for name in ("W_hh", "W_xh", "b_h")}
        return params, self.cache.x[t - 1, 0], self.cache.h[t - 1, 0], self.cache.c[t - 1, 0]

    def gates(self, t):
        """i, f, g and o of step t."""
        return tuple(part[t - 1, 0] for part in (self.cache.i, self.cache.f, self.cache.g, self.cache.o))

    def jacobian(self, t):
        """The arguments of 8.3 at step t."""
        i, f, g, _ = self.gates(t)
        return self.params["W_hh"], i, f, g, self.cache.c[t - 1, 0]

    def back(self, t):
        """The arguments of 8.4 at step t."""
        return self.params["W_hh"], *self.gates(t), self.cache.c[t - 1, 0], self.dh, self.dc


FIRST, SECOND = Steps(82, D=2, H=4, O=3), Steps(83, D=5, H=3, O=2)
FORWARD = [FIRST.forward(3), SECOND.forward(2), FIRST.forward(1)]
JACOBIANS = [FIRST.jacobian(3), SECOND.jacobian(2)]
BACK = [FIRST.back(3), SECOND.back(2)]

FORWARD_MISTAKES = STEP_MISTAKES | {
    "states exchanged": row("08.3", lambda params, x, h, c: lstm_step(params, x, h, c)[::-1],
        "The states are returned in the wrong order: c_t first.",
        "In code: the docstring asks for (h, c)."),
}


class CellJacobian:
    """dc_t/dh_{t-1}, path by path."""

    def __init__(self, W_hh, i, f, g, c_prev):
        self.i, self.f, self.g, self.c_prev = i, f, g, c_prev
        self.W_i, self.W_f, self.W_g, self.W_o = np.split(W_hh, 4)

    def run(self):
        """The sum of the paths through the input gate, the forget gate and the candidate."""
        return self.paths()

    def gate_slope(self, s):
        """a gate's slope, s (1 - s)"""
        return s * (1 - s)

    def candidate_slope(self):
        """the candidate's slope, 1 - g^2"""
        return 1 - self.g ** 2

    def scaled(self, factors, W):
        """a block of W_hh, each row times its unit's factor"""
        return factors[:, None] * W

    def through_input_gate(self):
        """the path through the input gate, diag(g i (1 - i)) W_hi"""
        return self.scaled(self.g * self.gate_slope(self.i), self.W_i)

    def through_forget_gate(self):
        """the path through the forget gate, diag(c_{t-1} f (1 - f)) W_hf"""
        return self.scaled(self.c_prev * self.gate_slope(self.f), self.W_f)

    def through_candidate(self):
        """the path through the candidate, diag(i (1 - g^2)) W_hg"""
        return self.scaled(self.i * self.candidate_slope(), self.W_g)

    def paths(self):
        """the sum of the three paths"""
        return self.through_input_gate() + self.through_forget_gate() + self.through_candidate()


JACOBIAN_MISTAKES = {
    "columns scaled": row("03.3", dict(scaled=lambda s, factors, W: factors * W),
        "The factors scale the columns of each block; they must scale the rows.",
        "row i of a block feeds unit i, and it is unit i's slope that scales what arrives there."),
    "Jacobian transposed": row("03.3", dict(scaled=lambda s, factors, W: (factors[:, None] * W).T),
        "This is the Jacobian's transpose.",
        "row i belongs to c_t[i], column j to h_{t-1}[j]. The transpose is for gradients on their way back."),
    "gate slopes missing": row("08.2", dict(gate_slope=lambda s, gate: np.ones_like(gate)),
        "The slopes of the two gates are missing.",
        "h_{t-1} moves the pre-activation, and that moves the gate by s (1 - s)."),
    "gate in place of its slope": row("08.2", dict(gate_slope=lambda s, gate: gate),
        "The gates stand where their slopes belong.",
        "the slope of a gate is s (1 - s)."),
    "slope of tanh missing": row("08.4", dict(candidate_slope=lambda s: np.ones_like(s.g)),
        "The candidate's slope, 1 - g^2, is missing.",
        "g = tanh(a_g), and h_{t-1} moves a_g."),
    "candidate slope like a gate's": row("08.4", dict(candidate_slope=lambda s: s.g * (1 - s.g)),
        "The candidate has a gate's slope, g (1 - g); it is a tanh.",
        "the slope of tanh, by its value, is 1 - g^2."),
    "candidate path only": row("08.4",
        dict(through_input_gate=lambda s: 0 * s.W_i, through_forget_gate=lambda s: 0 * s.W_f),
        "Only the path through the candidate is there; h_{t-1} also moves two gates.",
        "which of i, f, g and o stand in the formula for c_t?"),
    "forget gate path missing": row("08.4", dict(through_forget_gate=lambda s: 0 * s.W_f),
        "The path through the forget gate is missing.",
        "f_t c_{t-1} moves with h_{t-1}, too, because f_t does. The factor is c_{t-1}."),
    "input gate path missing": row("08.4", dict(through_input_gate=lambda s: 0 * s.W_i),
        "The path through the input gate is missing.",
        "i_t g_t has two factors, and h_{t-1} moves both."),
    "derivatives of input gate and candidate multiplied": row("08.4",
        dict(through_input_gate=lambda s: s.scaled(s.gate_slope(s.i), s.W_i)
             * s.scaled(s.candidate_slope(), s.W_g), through_candidate=lambda s: 0 * s.W_g),
        "The derivatives of i and g are multiplied; a product has the derivative i' g + i g'.",
        "two factors are two paths, and paths add up. Each has the other factor in it as it is."),
    "new cell state in forget path": row("08.4",
        dict(through_forget_gate=lambda s: s.scaled((s.f * s.c_prev + s.i * s.g) * s.gate_slope(s.f), s.W_f)),
        "The path through the forget gate has the factor c_t; it must be c_{t-1}.",
        "c_t = f_t c_{t-1} + ...: the gate multiplies the state before the step."),
    "carousel added": row("08.4",
        dict(through_forget_gate=lambda s: CellJacobian.through_forget_gate(s) + np.diag(s.f)),
        "diag(f) is added; that is dc_t/dc_{t-1}.",
        "an immediate derivative holds c_{t-1} still. Only the gates and the candidate move."),
    "input gate and candidate factors exchanged": row("08.4",
        dict(through_input_gate=lambda s: s.scaled(s.i * s.gate_slope(s.i), s.W_i),
             through_candidate=lambda s: s.scaled(s.g * s.candidate_slope(), s.W_g)),
        "Input gate and candidate are each paired with themselves; each needs the other.",
        "in the product i g, the derivative with respect to one factor is the other."),
    "output block for candidate": row("08.3",
        dict(through_candidate=lambda s: s.scaled(s.i * s.candidate_slope(), s.W_o)),
        "The last block of W_hh is taken for the candidate's; the order is i, f, g, o.",
        "In code: lstm.blocks cuts along the last axis; W_hh needs to be cut into rows."),
    "input and forget rows exchanged": row("08.3",
        dict(through_input_gate=lambda s: s.scaled(s.g * s.gate_slope(s.i), s.W_f),
             through_forget_gate=lambda s: s.scaled(s.c_prev * s.gate_slope(s.f), s.W_i)),
        "The blocks of the input gate and of the forget gate are exchanged; the order is i, f, g, o.",
        "In code: rows 0 to H belong to the input gate, rows H to 2H to the forget gate."),
}


def gradients_exchanged(W_hh, i, f, g, o, c_prev, dh, dc_later):
    da, dh_prev, dc_prev = step_back(W_hh, i, f, g, o, c_prev, dh, dc_later)
    return da, dc_prev, dh_prev


BACK_MISTAKES = LSTM_MISTAKES | LSTM_RARE | {
    "gradients exchanged": row("08.4", gradients_exchanged,
        "dh_prev and dc_prev are returned in the wrong order.",
        "In code: the docstring asks for (da, dh_prev, dc_prev)."),
    "dc_later in the place of dc": row("08.4",
        dict(carry_c=lambda s, t: s.f[t - 1] * s.arriving_c),
        "What goes back to c_{t-1} is f_t dc_later; it must be f_t times the total dc_t.",
        "c_t has two readers. What h_t hands down to c_t goes on to c_{t-1} as well."),
}


def changed(arguments, **new):
    """The arguments of 8.3, 8.4 or 8.10 with some of them replaced."""
    names = {5: "W_hh i f g c_prev", 6: "W_hh i f g o c_prev", 8: "W_hh i f g o c_prev dh dc_later"}[
        len(arguments)]
    return tuple({**dict(zip(names.split(), arguments)), **new}.values())


ZERO, ONE = np.zeros(4), np.ones(4) - 1e-12

BACK_PROBES = {
    "dc_later = 0": changed(BACK[0], dc_later=ZERO),
    "dh = 0": changed(BACK[0], dh=ZERO),
    "c_{t-1} = 0": changed(BACK[0], c_prev=ZERO),
    "W_hh = 0": changed(BACK[0], W_hh=np.zeros((16, 4))),
    "the candidate is so small that tanh is linear": changed(BACK[0], g=1e-13 * BACK[0][3]),
    "all forget gates are open": changed(BACK[0], f=ONE)}



# --- 8.10 ---

class StateJacobian(CellJacobian):
    """d(h_t, c_t)/d(h_{t-1}, c_{t-1}), corner by corner."""

    def __init__(self, W_hh, i, f, g, o, c_prev):
        super().__init__(W_hh, i, f, g, c_prev)
        self.o = o

    def run(self):
        """Four corners: h above c, and h left of c."""
        return np.block([[self.h_by_h(), self.h_by_c()], [self.paths(), self.c_by_c()]])

    def tanh_c(self):
        """tanh(c_t), with c_t = f_t c_{t-1} + i_t g_t"""
        return np.tanh(self.f * self.c_prev + self.i * self.g)

    def shown(self):
        """dh_t/dc_t, o_t (1 - tanh(c_t)^2)"""
        return self.o * (1 - self.tanh_c() ** 2)

    def through_output_gate(self):
        """the path through the output gate, diag(tanh(c_t) o (1 - o)) W_ho"""
        return self.scaled(self.tanh_c() * self.gate_slope(self.o), self.W_o)

    def through_cell(self):
        """the paths through c_t, diag(dh_t/dc_t) times dc_t/dh_{t-1}"""
        return self.scaled(self.shown(), self.paths())

    def h_by_h(self):
        """the corner dh_t/dh_{t-1}, through the output gate and through c_t"""
        return self.through_output_gate() + self.through_cell()

    def h_by_c(self):
        """the corner dh_t/dc_{t-1}, diag(dh_t/dc_t) diag(f_t)"""
        return np.diag(self.shown() * self.f)

    def c_by_c(self):
        """the corner dc_t/dc_{t-1}, diag(f_t)"""
        return np.diag(self.f)


QUARTER = ("columns scaled", "gate slopes missing", "gate in place of its slope", "slope of tanh missing",
           "candidate slope like a gate's", "candidate path only", "forget gate path missing",
           "input gate path missing", "new cell state in forget path",
           "input gate and candidate factors exchanged")

STATE_MISTAKES = {name: JACOBIAN_MISTAKES[name] for name in QUARTER} | {
    "whole matrix transposed": row("03.3", lambda *arguments: state_jacobian(*arguments).T,
        "This is the Jacobian's transpose.",
        "rows belong to what moves, h_t and c_t; columns to what is moved. The transpose is for gradients."),
    "states in the order c, h": row("08.10",
        dict(run=lambda s: np.block([[s.c_by_c(), s.paths()], [s.h_by_c(), s.h_by_h()]])),
        "The cell state stands before the hidden state; h comes first, in rows and in columns.",
        "In code: the docstring asks for rows for h_t, then for c_t."),
    "rows for c first": row("08.10",
        dict(run=lambda s: np.block([[s.paths(), s.c_by_c()], [s.h_by_h(), s.h_by_c()]])),
        "The rows for c_t stand above those for h_t; h comes first.",
        "In code: the outer list of np.block has the upper row of corners first, dh/dh and dh/dc."),
    "columns for c first": row("08.10",
        dict(run=lambda s: np.block([[s.h_by_c(), s.h_by_h()], [s.c_by_c(), s.paths()]])),
        "The columns for c_{t-1} stand left of those for h_{t-1}; h comes first.",
        "In code: each inner list of np.block goes from left to right, h_{t-1} first."),
    "corners exchanged": row("08.10",
        dict(run=lambda s: np.block([[s.h_by_h(), s.paths()], [s.h_by_c(), s.c_by_c()]])),
        "The two corners beside the diagonal are exchanged: dc_t/dh_{t-1} stands above, dh_t/dc_{t-1} below.",
        "the row says what moves, the column what it is moved by. Above, right, h_t moves with c_{t-1}."),
    "hidden state by the output gate only": row("08.10", dict(through_cell=lambda s: 0 * s.W_o),
        "In dh_t/dh_{t-1} only the path through the output gate is there.",
        "h_{t-1} moves c_t, too, and h_t = o_t tanh(c_t) moves with it."),
    "hidden state by the cell state only": row("08.10", dict(through_output_gate=lambda s: 0 * s.W_o),
        "In dh_t/dh_{t-1} the path through the output gate is missing.",
        "h_t = o_t tanh(c_t) has two factors, and h_{t-1} moves both."),
    "hidden state blind to the old cell state": row("08.10", dict(h_by_c=lambda s: np.diag(0 * s.f)),
        "The corner dh_t/dc_{t-1} is zero.",
        "c_{t-1} moves c_t, by f_t, and h_t shows c_t."),
    "forget gate missing in the corner": row("08.10", dict(h_by_c=lambda s: np.diag(s.shown())),
        "The corner dh_t/dc_{t-1} has dh_t/dc_t only; the step from c_{t-1} to c_t is missing.",
        "from c_{t-1} to h_t it is two steps: f_t, then o_t (1 - tanh(c_t)^2)."),
    "carousel never forgets": row("08.1", dict(c_by_c=lambda s: np.eye(len(s.f))),
        "The corner dc_t/dc_{t-1} is the identity; it must have the forget gates on its diagonal.",
        "c_t = f_t c_{t-1} + ...: each unit is multiplied by its own gate."),
    "slope from the cell state": row("08.4",
        dict(shown=lambda s: s.o * (1 - (s.f * s.c_prev + s.i * s.g) ** 2)),
        "dh_t/dc_t has 1 - c_t^2; it needs 1 - tanh(c_t)^2.",
        "the slope of tanh by its value: here the value is tanh(c_t), not c_t."),
    "slope of the cell's tanh missing": row("08.4", dict(shown=lambda s: s.o),
        "dh_t/dc_t has no slope of tanh.",
        "h_t = o_t tanh(c_t): between c_t and h_t stands tanh."),
    "tanh of the old cell state": row("08.10", dict(tanh_c=lambda s: np.tanh(s.c_prev)),
        "tanh is taken of c_{t-1}; h_t shows c_t.",
        "c_t is not among the arguments: make it first, from f, i, g and c_{t-1}."),
    "cell state for tanh in the output path": row("08.4",
        dict(through_output_gate=lambda s: s.scaled((s.f * s.c_prev + s.i * s.g) * s.gate_slope(s.o), s.W_o)),
        "The path through the output gate has the factor c_t; it must be tanh(c_t).",
        "in h_t = o_t tanh(c_t), the other factor of o_t is tanh(c_t)."),
}

WHOLE_STEPS = [arguments[:6] for arguments in BACK]

EXERCISES = {
    "8.1": Exercise(
        "Back through a gate", "A gate hands on the gradient times s (1 - s).", gate_back, gate_instances,
        parts=("da",), formulas=GateBack,
        hints=("Two factors meet: what arrives at the gate, and the slope of the gate. Can you write the "
               "slope with s alone?",
               "ds/da = s (1 - s), so dL/da = dL/ds times s (1 - s), entry by entry.",
               "You need ds, s and 1 - s, all of one shape: two products with *."),
        mistakes=GATE_MISTAKES, far=[far_problems.large(gate_instances()[0], 0)],
        probes={"s = 1/2 everywhere": (gate_instances()[0][0], np.full(6, 0.5)),
                "ds = 1 everywhere": (np.ones(6), gate_instances()[0][1])}),
    "8.2": Exercise(
        "One LSTM step", "Keep, write, show: both states are right.", lstm_step, FORWARD,
        parts=("h", "c"), points=2, formulas=LSTMStep,
        hints=("How many rows has W_hh, and which rows belong to which gate? Which of the four goes through "
               "tanh?",
               "a = W_hh h + W_xh x + b_h, cut into i, f, g, o. Then c_t = f c_{t-1} + i g and h_t = o "
               "tanh(c_t).",
               "lstm.blocks(a) returns the four parts of a. Three go through sigmoid, the third through "
               "np.tanh. h needs the new c."),
        mistakes=FORWARD_MISTAKES, far=[far_problems.larger(FORWARD[0], 1, 2, 3)],
        probes={"h_{t-1} = 0": (FORWARD[0][0], FORWARD[0][1], 0 * FORWARD[0][2], FORWARD[0][3]),
                "c_{t-1} = 0": (*FORWARD[0][:3], 0 * FORWARD[0][3]),
                "b_h = 0": ({**FORWARD[0][0], "b_h": np.zeros(16)}, *FORWARD[0][1:]),
                "all three are zero": (
                    {**FORWARD[0][0], "b_h": np.zeros(16)}, FORWARD[0][1], np.zeros(4), np.zeros(4))}),
    "8.3": Exercise(
        "A Jacobian with three paths",
        "Three paths lead from h_{t-1} to c_t, and each has its block of W_hh.",
        cell_jacobian, JACOBIANS,
        parts=("the Jacobian",), points=2, formulas=CellJacobian,
        hints=("In c_t = f_t c_{t-1} + i_t g_t, hold c_{t-1} still. Which of the letters move when h_{t-1} "
               "moves?",
               "Each path is diag(what multiplies the gate in c_t, times the gate's slope) times its block "
               "of W_hh. For the input gate the diagonal is g i (1 - i). Three such matrices are added.",
               "np.split(W_hh, 4) cuts the rows into the blocks of i, f, g, o. Give each vector of factors "
               "the shape (H, 1) with [:, None], and use * to scale rows."),
        mistakes=JACOBIAN_MISTAKES, shared=True, far=[far_problems.larger(JACOBIANS[0], 0, 4)],
        probes={"c_{t-1} = 0": changed(JACOBIANS[0], c_prev=ZERO),
                "the candidate is so small that tanh is linear":
                    changed(JACOBIANS[0], g=1e-13 * JACOBIANS[0][3]),
                "all gates are 1/2": changed(JACOBIANS[0], i=np.full(4, 0.5), f=np.full(4, 0.5)),
                "all forget gates are open": changed(JACOBIANS[0], f=ONE)}),
    "8.4": Exercise(
        "One LSTM step back", "Two gradients come in, two go out, and each of the four blocks has its own.",
        step_back, BACK,
        parts=("da", "dh_prev", "dc_prev"), points=3, tolerance=1e-12,
        formulas=LSTMBackward, form=one_step_back,
        hints=("c_t has two readers: which two gradients arrive there? One of i, f, g, o does not act "
               "through c_t: which?",
               "dc = dc_later + o (1 - tanh(c)^2) dh. Then da_i = dc g i (1 - i), da_f = dc c_{t-1} f (1 - "
               "f), da_g = dc i (1 - g^2), da_o = dh tanh(c) o (1 - o). Back go W_hh^T da and f dc.",
               "Compute c_t from its formula first, then dc. np.concatenate joins the four parts of da in "
               "the order i, f, g, o; W_hh.T @ da is (H,)."),
        mistakes=BACK_MISTAKES, shared=True,
        far=[far_problems.large(BACK[0], 6, 7), far_problems.larger(BACK[0], 5)], probes=BACK_PROBES),
    "8.5": Exercise(
        "The LSTM's backward pass", "All eight gradients of an LSTM, by your own hand.",
        lstm_backward, lstm_problems,
        points=4, tolerance=1e-12, formulas=LSTMBackward, probes=lstm_probes, sized=small(lstm), label="d{}",
        parts=("W_hh", "W_xh", "W_hy", "b_h", "b_y", "x", "h0", "c0"),
        hints=("Two gradients travel from step to step. What must both be before the first round of the "
               "loop, and what are they called after the last?",
               "For t = T ... 1: dh = W_hy^T dy_t + dh_later, dc = o (1 - tanh(c_t)^2) dh + dc_later, then "
               "da as in 8.4. dW_hh += da h_{t-1}^T, dW_xh += da x_t^T, db_h += da, dx_t = W_xh^T da; "
               "dh_later = W_hh^T da, dc_later = f dc.",
               "With rows for the sequences: dy_t @ W_hy, da.T @ h[t - 1], da.T @ x[t - 1], da.sum(axis=0), "
               "da @ W_xh, da @ W_hh. The gates of step t stand in slot t - 1; h[t] and c[t] in slot t."),
        mistakes=LSTM_MISTAKES | LSTM_RARE, shared=True,
        far=lambda: [*far_problems.far(lstm_problems()[0], far_problems.long_problem(lstm)),
                     far_problems.from_large_state(tuple, lstm)]),
    "8.6": choice(
        "A first forget bias", "What is left along c after 30 steps is sigmoid(b)^30.", "d", {
            "a": "With b = 0 the gate is 1/2, and 0.5^30 is 1e-9.",
            "b": "With b = 1 the gate is 0.73. That is a better start than 1/2, but 0.73^30 is less than "
                 "1e-4.",
            "c": "With b = 2 the gate is 0.88, and 0.88^30 is 0.02. Close to 1 is not close enough.",
            "d": "With b = 4 the gate is 0.982, and 0.982^30 is 0.58.",
            "e": "With b = -4 the gate is 0.018: it is shut, and the very first step would leave less than 2 "
                 "%.",
            "f": "Half is left if sigmoid(b)^30 = 1/2. The 30th root of 1/2 is less than 1, so a finite b "
                 "does it."},
        hints=("What multiplies a gradient along c at each step?",
               "sigmoid(b)^30 >= 1/2, so the gate must be at least the 30th root of 1/2.",
               "The 30th root of 1/2 is about 0.977. Which b has a sigmoid above that?")),
    "8.7": ordering(
        "The GRU's lines, in order", "Each gradient after all that it needs.", "fceabdg", {
            "f": [],
            "c": [("f", "da_n needs the total dh_t, and it is not there yet.")],
            "e": [("f", "da_z needs dh_t.")],
            "a": [("c", "the gradient of m_t is r_t da_n, and da_n is not there yet.")],
            "b": [("c", "the reset gate acts on the candidate only: da_r needs da_n.")],
            "d": [("b", "the first block of the stack is da_r, and it is not there yet."),
                  ("e", "the second block of the stack is da_z, and it is not there yet."),
                  ("a", "the last block of the stack is dm, and it is not there yet.")],
            "g": [("d", "what goes to h_{t-1} has two parts, and the one through the weights needs the whole "
                        "stack.")]},
        hints=("Which line needs nothing from the others? Which one hands the step's result on to the step "
               "before?",
               "dh_t first; then da_n and da_z; from da_n come da_r and dm; three of these are stacked; the "
               "new dh_later is last.",
               "The total dL/dh_t stands first, and what travels on to h_{t-1} last. The stack needs three "
               "others. The past and the reset gate both need the candidate."),
        points=2),
    "8.8": Exercise(
        "The GRU's backward pass", "All eight gradients of a GRU, by your own hand.",
        gru_backward, gru_problems,
        points=4, tolerance=1e-12, formulas=GRUBackward, probes=gru_probes, sized=small(gru), label="d{}",
        parts=("W_hh", "W_xh", "W_hy", "b_x", "b_h", "b_y", "x", "h0"),
        hints=("In how many places does h_{t-1} stand? Which gradient differs between the input's side and "
               "the state's?",
               "da_n = dh (1 - z) (1 - n^2), da_z = dh (h_{t-1} - n) z (1 - z), da_r = da_n m r (1 - r), dm "
               "= r da_n. On the input's side stand (da_r, da_z, da_n), on the state's side (da_r, da_z, "
               "dm). Back goes z dh + W_hh^T (da_r, da_z, dm).",
               "Join two arrays da_x and da_h of shape (B, 3H) in the order r, z, n. W_xh, b_x and x take "
               "da_x; W_hh, b_h and h_{t-1} take da_h. Gates, m and n of step t stand in slot t - 1."),
        mistakes=GRU_MISTAKES | GRU_RARE, shared=True,
        far=lambda: [*far_problems.far(gru_problems()[0], far_problems.long_problem(gru)),
                     far_problems.from_large_state(tuple, gru)]),
    "8.9": choice(
        "What has been proven?",
        "A gradient check compares a backward pass with a forward pass, and asks nothing else.", "c", {
            "a": "A gradient check cannot know what you meant to write. It never saw the LSTM's formula.",
            "b": "The gradient is right: it is the derivative of the network that stands there, and that "
                 "network can be trained.",
            "c": "It is the right gradient of another network. Only a comparison with an independent forward "
                 "pass, such as PyTorch's or a step by hand, shows that tanh is missing.",
            "d": "The check was computed with the same forward pass, so the numbers do agree, at any "
                 "tolerance and on any instance.",
            "e": "A loss can fall with many networks, this one among them. It proves neither the gradient "
                 "nor the formula."},
        hints=("The complex step runs a forward pass. Whose?",
               "Both sides of the comparison come from the same forward pass, with the same tanh missing.",
               "So the gradient is right, but for which network?")),
    "8.10": Exercise(
        "The whole Jacobian", "h_{t-1} moves both states by its weights, and c_{t-1} by the forget gate.",
        state_jacobian, WHOLE_STEPS, parts=("the Jacobian",), points=2, formulas=StateJacobian,
        hints=("Which of h_t and c_t moves with h_{t-1}, which with c_{t-1}? By how many paths each?",
               "dc/dc = diag(f). dc/dh is 8.3. With d = o (1 - tanh(c)^2): dh/dc = diag(d f), and dh/dh = "
               "diag(tanh(c) o (1 - o)) W_o + diag(d) dc/dh.",
               "Make tanh(f c_prev + i g) first. np.diag makes the diagonals, [:, None] scales rows. "
               "np.block joins the corners in the order [[dh/dh, dh/dc], [dc/dh, dc/dc]]: h comes first."),
        mistakes=STATE_MISTAKES, shared=True,
        far=[far_problems.larger(WHOLE_STEPS[0], place) for place in (0, 5)],
        probes={"W_hh = 0": changed(WHOLE_STEPS[0], W_hh=np.zeros((16, 4))),
                "c_{t-1} = 0": changed(WHOLE_STEPS[0], c_prev=ZERO),
                "all forget gates are open": changed(WHOLE_STEPS[0], f=ONE),
                "all output gates are open": changed(WHOLE_STEPS[0], o=ONE)}),
}


# --- warm-ups: from lessons 07, 06 and 04 ---

LEFT_MISTAKES = {
    "slope forgotten": row("06.1", lambda w, slope, n: w ** n,
        "The weight is there, and the slope of tanh is not.",
        "between h_{t-1} and h_t stand the weight and tanh: one step multiplies by both."),
    "weight forgotten": row("06.1", lambda w, slope, n: slope ** n,
        "The slope is there, and the weight is not.",
        "between h_{t-1} and h_t stand the weight and tanh: one step multiplies by both."),
    "steps added": row("06.1", lambda w, slope, n: n * w * slope,
        "The factor of one step is multiplied by n; it must be taken n times.",
        "each step multiplies what the step after it has sent."),
    "slope once": row("06.1", lambda w, slope, n: w ** n * slope,
        "The slope is there once; every step has its own.",
        "at each of the n steps stands a tanh."),
    "one step too many": row("06.1", lambda w, slope, n: (w * slope) ** (n + 1),
        "One factor too many.", "from step T back to step T - n it is n steps."),
    "one step too few": row("06.1", lambda w, slope, n: (w * slope) ** (n - 1),
        "One factor too few.", "from step T back to step T - n it is n steps."),
}

WARM_UPS = {
    "8.a": choice(
        "Cut or reset", "A cut changes the gradient; a reset changes the loss.", "b", {
            "a": "The loss would change if the windows started from zero. Here each starts from the state "
                 "before it.",
            "b": "The states are those of the whole sequence, and so is the loss. What is missing is the "
                 "gradient that would have gone back over the cut.",
            "c": "A state is numbers. No gradient goes back into the window that made them.",
            "d": "Forward nothing is cut: the state is handed on."},
        hints=("Two things travel: states forward, gradients back. Which of them stops at the border?",
               "The forward pass is that of the whole sequence.",
               "So the loss is, too. What is left?"), points=0),
    "8.b": Exercise(
        "Left over", "Each step multiplies by weight and slope.", lambda w, slope, n: (w * slope) ** n,
        [(1.3, 0.6, 4), (0.8, 0.9, 7), (-1.1, 0.5, 3)],
        hints=("What multiplies a gradient in one step back?", "w times slope, once for each step.",
               "Return a power: the product of both, to the n."),
        mistakes=LEFT_MISTAKES, parts=("the factor",), points=0),
    "8.c": choice(
        "To the step before", "h_{t-1} is read through W_hh; on the way back it is transposed.", "c", {
            "a": "Forward, W_hh h_{t-1} adds up over the units of step t - 1. Back, each unit of step t - 1 "
                 "adds up over those that read it.",
            "b": "This is the gradient of x_t: W_xh is what the input goes through.",
            "c": "Unit j of step t - 1 is read by all units of step t, by column j of W_hh.",
            "d": "This is what step t adds to dW_hh: a matrix."},
        hints=("Through which matrix does h_{t-1} get into a_t?",
               "dL/dh_{t-1}[j] is a sum over all units i that read unit j.",
               "That sum goes down a column of W_hh."), points=0),
}


# --- Predicts ---

PREDICTS = {
    "P08.1": Predict("0.9, fifty times", {
        "a": ("About 0.5.", "0.9 is nearly 1, so most of it stays."),
        "b": ("About 0.005.", "ten steps leave about a third, and fifty steps are five times ten."),
        "c": ("About 0.000001.", "fifty factors below 1 leave next to nothing.")}, "b"),
    "P08.2": Predict("Where a gate's slope is largest", {
        "a": ("Where it is half open; at 0.98 it is about 0.02.",
              "a sigmoid is steepest in its middle and flat at both ends."),
        "b": ("Where it is open; at 0.98 it is about 0.98.",
              "an open gate lets everything through, its own gradient as well."),
        "c": ("Where it is open; at 0.98 it is about 0.25.",
              "a sigmoid's slope is at most 1/4, and it is open where it has most to say.")}, "a"),
    "P08.4": Predict("Ways back through a step", {
        "a": ("One, along $c$: the forget gate.", "the cell state is the memory, and all goes along it."),
        "b": ("Two: along $c$ the forget gate; along $h$ four blocks and $W_{hh}^{\\top}$.",
              "two states are handed on, and that each is a way back."),
        "c": ("Two, and $W_{hh}^{\\top}$ multiplies on both.",
              "whatever goes from step to step meets the recurrent weights.")}, "b"),
    "P08.5": Predict("Colour at the left edge", {
        "a": ("In none.", "sixty factors below 1 leave nothing in any network."),
        "b": ("With $b_f = 3$ only.", "only a factor near 1 survives sixty steps, and 0.73 is not near."),
        "c": ("With $b_f = 1$ and with $b_f = 3$.", "a gate that is more open than shut keeps enough."),
        "d": ("In all three LSTMs.", "the road without a matrix counts, whatever the bias.")}, "b"),
    "P08.6": Predict("A ten-thousandth after 30 steps", {
        "a": ("All three LSTMs; the plain network does not.",
              "gates were made for this, so any of them does it."),
        "b": ("The LSTMs with $b_f = 1$ and $b_f = 3$; with 0 it is no better than the plain network.",
              "0.73 to the power 30 is about a ten-thousandth, and 1/2 to the power 30 is nothing."),
        "c": ("The LSTM with $b_f = 3$; with 1 and 0 they are no better than the plain network.",
              "only a gate that is almost open carries anything.")}, "b"),
    "P08.7": Predict("Along c only", {
        "a": ("With every bias nearly all: the other road carries next to nothing.",
              "the carousel is what makes an LSTM remember."),
        "b": ("With half open gates most is lost; with $b_f = 3$ less, and far more arrives than with 0.",
              "the forget gate decides how much this road carries, and that the other road adds to it."),
        "c": ("With every bias nothing: a gradient has to change roads.",
              "the two states are so entangled that one road alone leads nowhere.")}, "b"),
    "P08.8": Predict("The more open, the better?", {
        "a": ("Yes, from −1 up to 6.", "every step of the bias brings the factor nearer to 1."),
        "b": ("Up to about 3; from there on it is luck.",
              "once the factor is near 1, there is little left to gain along c."),
        "c": ("No: the more it is open, the more is lost.",
              "an open gate is flat, and a flat gate passes no gradient.")}, "b"),
    "P08.10": Predict("Who learns to add", {
        "a": ("All three from most starts.", "30 steps are few, and all were trained with a right gradient."),
        "b": ("The gated cells from most starts, the plain one from none.",
              "some numbers must be kept and others shut out, and that takes gates."),
        "c": ("The LSTM from most starts, the other two from none.",
              "only a cell state can hold a number.")}, "b"),
    "P08.11": Predict("Plain networks with better starts", {
        "a": ("None of them.", "no start can shut out the numbers that are not marked."),
        "b": ("All three.", "what fails is the gradient, and all three keep it."),
        "c": ("ReLU from the identity, from some starts.",
              "it can hold a sum without bound, where tanh presses it together.")}, "c"),
    "P08.13": Predict("Who learns to recall", {
        "a": ("All gated ones; no plain one.", "who can add can also recall, and who cannot, cannot."),
        "b": ("All gated ones, and the plain one from good starts.",
              "gates help anywhere, and a good start makes up for them."),
        "c": ("Those with open gates, and the plain one from good starts.",
              "what counts is a factor near 1 from the first update on, however it is made.")}, "c"),
    "P08.18": Predict("Without input gates, and with near marks", {
        "a": ("The LSTM learns both tasks; the GRU does not learn to recall.",
              "the forget gate alone decides what is kept, and half open gates stay what they are."),
        "b": ("The LSTM learns to recall only; the GRU learns to recall.",
              "a sign outlives what is written over it and a sum does not, and that near marks open the "
              "gates for far ones."),
        "c": ("The LSTM learns neither task; the GRU learns to recall.",
              "whatever comes in spoils what is kept, be it a sign or a sum.")}, "b"),
    "P08.14": Predict("Least gradient before training", {
        "a": ("The plain ones.", "without gates nothing gets far."),
        "b": ("The LSTM with bias 0, and the GRU.", "thirty gates that stand at 1/2 leave 1e-9."),
        "c": ("Those that start open: their gates are saturated.", "a flat gate passes no gradient.")}, "b"),
    "P08.15": Predict("Gates on the ladder", {
        "a": ("Every gated cell reaches 100 from most starts.", "gates were made for long delays."),
        "b": ("With open gates 100 from some starts; half open ones not even 30.",
              "the first bias decides, here as in section 6."),
        "c": ("No gated cell gets higher than the plain network from the identity.",
              "on this task a good start is enough, and more gates are more to learn.")}, "b"),
    "P08.16": Predict("Large weights in an LSTM", {
        "a": ("Far shorter than at the start: forget gates are below 1.",
              "all that is multiplied on the way back is a gate."),
        "b": ("About as long as at the start: the carousel.", "the error goes round and keeps its size."),
        "c": ("Far longer than at the start.", "a way with a matrix on it grows with that matrix.")}, "c"),
    "P08.17": Predict("Which block carries, and what opens", {
        "a": ("The forget gate's; open gates protect.",
              "the forget gate rules the road, and an open road has no need of the other."),
        "b": ("The candidate's; open gates protect.",
              "the candidate has a tanh's slope, and an open road has no need of the other."),
        "c": ("The candidate's; with open gates it takes less to explode.",
              "the candidate has a tanh's slope, and what is kept on one road adds to what grows on the "
              "other."),
        "d": ("The forget gate's; with open gates it takes less to explode.",
              "the forget gate's path has the cell state as a factor, and an open gate lets that grow.")},
        "c"),
}
