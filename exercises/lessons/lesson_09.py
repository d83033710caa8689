"""Exercises of lesson 09: other ways to the gradient, scans, and autograd."""

import functools
import tracemalloc

import numpy as np

from exercises.engine.exercise import Exercise
from exercises.engine.far import Far
from exercises.engine.kinds import choice, ordering
from exercises.engine.mistakes import row
from exercises.engine.options import Predict
from exercises.formulas import backward, far_problems, lru
from helpers import gradcheck, rnn
from helpers.other_ways import forward_mode, newton, rtrl, scan

SIZES = [dict(T=6, D=2, H=4, O=3), dict(T=5, D=4, H=3, O=2)]


def network(seed, T, D, H, O):
    """params, x (T, D), h (T+1, H) and dy (T, O) of one sequence."""
    problem = gradcheck.random_problem(np.random.default_rng(seed), T=T, B=2, D=D, H=H, O=O)
    cache = rnn.forward(problem.params, problem.x, problem.h0)
    return problem.params, problem.x[:, 1], cache.h[:, 1], cache.y[:, 1] - problem.target[:, 1]


def symmetric(params):
    """The same parameters with a symmetric W_hh."""
    return {**params, "W_hh": (params["W_hh"] + params["W_hh"].T) / 2}


def states(params, x, h_0):
    """The states of one sequence, (T+1, H), to which its numbers lead."""
    h = [h_0]
    for x_t in x:
        h.append(np.tanh(params["W_hh"] @ h[-1] + params["W_xh"] @ x_t + params["b_h"]))
    return np.array(h)


TINY = 1e-7                         # times x, h_0 and b_h: the states are so small that tanh is linear


# --- 9.1: tangents ---

STATE = ("W_hh", "W_xh", "b_h")


def tangents(params, direction, x, h):
    """From forward_mode: an identity reads the states' tangents out."""
    H = h.shape[1]
    readout = {"W_hy": np.eye(H), "b_y": np.zeros(H)}
    _, moved = forward_mode.jvp({**params, **readout}, x[:, None], h[:1], direction)
    return np.concatenate([np.zeros((1, H)), moved[:, 0]])


@functools.cache
def tangent_instances():
    """Two sizes."""
    return [tangent_problem(90 + i, **sizes) for i, sizes in enumerate(SIZES)]


def tangent_problem(seed, **sizes):
    """Parameters of the state, a direction in which all of them move, and a sequence."""
    params, x, h, _ = network(seed, **sizes)
    params, rng = {name: params[name] for name in STATE}, np.random.default_rng(seed + 1)
    return params, {name: rng.standard_normal(p.shape) for name, p in params.items()}, x, h


def tangent_far():
    """A long sequence, in which a change of the first step is still felt in the last."""
    params, x, h, _ = backward.first_sequence(far_problems.long_problem())
    rng = np.random.default_rng(92)
    params = {name: params[name] for name in STATE}
    direction = {name: rng.standard_normal(p.shape) for name, p in params.items()}
    long = Far(f"on a sequence of {len(x)} steps", (params, direction, x, h), steps=len(x))
    params, direction, x, h = tangent_instances()[0]
    params = {**params, "W_hh": params["W_hh"] / far_problems.TIMES}        # tanh keeps its slope
    large = params, far_problems.enlarged(direction), x, states(params, x, far_problems.TIMES + h[0])
    return [long, Far("with larger numbers", large, far_problems.LIMITED)]


@functools.cache
def tangent_probes():
    """Easier problems: one parameter moves, or a matrix is symmetric, or tanh does nothing."""
    params, direction, x, h = tangent_instances()[0]
    still = {name: np.zeros_like(p) for name, p in params.items()}

    def moved(params, scale=1.0):
        params = {**params, "b_h": scale * params["b_h"]}
        return params, direction, scale * x, states(params, scale * x, scale * h[0])

    return {
        "T = 1": (params, direction, x[:1], h[:2]),
        "only W_hh moves": (params, {**still, "W_hh": direction["W_hh"]}, x, h),
        "only W_xh moves": (params, {**still, "W_xh": direction["W_xh"]}, x, h),
        "only b_h moves": (params, {**still, "b_h": direction["b_h"]}, x, h),
        "W_hh = 0": moved({**params, "W_hh": still["W_hh"]}),
        "W_hh is symmetric": moved(symmetric(params)),
        "the direction of W_hh is symmetric": (params, symmetric(direction), x, h),
        "the states are so small that tanh is linear": moved(params, TINY),
    }


class Tangents:
    """The tangents of one sequence, formula by formula."""

    as_written = True           # its products stand on paper as in code

    def __init__(self, params, direction, x, h):
        self.params, self.direction, self.x, self.h = params, direction, x, h
        self.T, self.h_dot = len(x), np.zeros_like(h)

    def run(self):
        """The tangents of all states, (T+1, H)."""
        for t in range(1, self.T + 1):
            self.h_dot[t] = self.tangent(t)
        return self.h_dot

    def carried(self, t):
        """what the tangent before brings, W_hh times the tangent of h_{t-1}"""
        return self.params["W_hh"] @ self.h_dot[t - 1]

    def met(self, t):
        """the state that W_hh met, h_{t-1}"""
        return self.h[t - 1]

    def from_W_hh(self, t):
        """what the push of W_hh brings, V_hh h_{t-1}"""
        return self.direction["W_hh"] @ self.met(t)

    def from_W_xh(self, t):
        """what the push of W_xh brings, V_xh x_t"""
        return self.direction["W_xh"] @ self.x[t - 1]

    def from_b_h(self, t):
        """what the push of b_h brings, v_h"""
        return self.direction["b_h"]

    def slope(self, t):
        """tanh's slope, 1 - h_t^2"""
        return 1 - self.h[t] ** 2

    def a_dot(self, t):
        """the tangent before tanh, a sum of four terms"""
        return self.carried(t) + self.from_W_hh(t) + self.from_W_xh(t) + self.from_b_h(t)

    def tangent(self, t):
        """the tangent of h_t, the slope times the tangent before tanh"""
        return self.slope(t) * self.a_dot(t)


TANGENT_MISTAKES = {
    "tangent not carried": row("09.2", dict(carried=lambda s, t: np.zeros_like(s.h[0])),
        "Each step starts from zero: the tangent of h_{t-1} does not reach h_t.",
        "h_{t-1} moves, too, and enters a_t through W_hh. Without this term the derivative is immediate, not "
        "total."),
    "direction carries the tangent": row("09.2",
        dict(carried=lambda s, t: s.direction["W_hh"] @ s.h_dot[t - 1]),
        "The tangent of h_{t-1} is multiplied by V_hh; it must be multiplied by W_hh.",
        "the product rule moves one factor at a time: W_hh times the tangent, plus V_hh times the state. "
        "V_hh times the tangent is of second order."),
    "carried through the transpose": row("09.2",
        dict(carried=lambda s, t: s.params["W_hh"].T @ s.h_dot[t - 1]),
        "The tangent of h_{t-1} is multiplied by W_hh transposed; forward it is W_hh itself.",
        "a_t = W_hh h_{t-1}, so the tangents obey the same product. The transpose belongs to the way back."),
    "carried without matrix": row("09.2", dict(carried=lambda s, t: s.h_dot[t - 1]),
        "The tangent of h_{t-1} is added as it is, without W_hh.",
        "h_{t-1} reaches a_t through W_hh only."),
    "push of recurrent matrix missing": row("09.2", dict(from_W_hh=lambda s, t: np.zeros_like(s.h[0])),
        "The term V_hh h_{t-1} is missing.",
        "in W_hh h_{t-1} both factors move: the product rule has two terms."),
    "W_hh in place of its push": row("09.2", dict(from_W_hh=lambda s, t: s.params["W_hh"] @ s.met(t)),
        "params' W_hh multiplies h_{t-1}, where the direction's V_hh belongs.",
        "the product rule has two terms: W_hh with the tangent of h_{t-1}, V_hh with h_{t-1} itself."),
    "W_hh and V_hh exchanged": row("09.2", dict(
            carried=lambda s, t: s.direction["W_hh"] @ s.h_dot[t - 1],
            from_W_hh=lambda s, t: s.params["W_hh"] @ s.met(t)),
        "W_hh and V_hh are exchanged: params' W_hh stands where the direction's V_hh belongs, and V_hh where "
        "W_hh belongs.",
        "what moves is multiplied by what holds still: W_hh times the tangent, V_hh times the state."),
    "push transposed": row("09.2", dict(from_W_hh=lambda s, t: s.direction["W_hh"].T @ s.met(t)),
        "V_hh is transposed; the push has the layout of W_hh, and multiplies the state from the left.",
        "replace W_hh by W_hh + eps V_hh in a_t = W_hh h_{t-1} and see what is added."),
    "current state met": row("09.2", dict(met=lambda s, t: s.h[t]),
        "V_hh multiplies h_t; it must multiply h_{t-1}.",
        "W_hh stands in a_t = W_hh h_{t-1} + ..., and so does its push."),
    "push of input matrix missing": row("09.2", dict(from_W_xh=lambda s, t: np.zeros_like(s.h[0])),
        "The term V_xh x_t is missing.",
        "the inputs hold still, but the matrix that reads them moves."),
    "input matrix in place of its push": row("09.2",
        dict(from_W_xh=lambda s, t: s.params["W_xh"] @ s.x[t - 1]),
        "It adds W_xh x_t, which does not move, in place of V_xh x_t.",
        "x_t holds still, so the product rule leaves one term: the push of the matrix times the input."),
    "input one step late": row("09.2", dict(from_W_xh=lambda s, t: s.direction["W_xh"] @ s.x[t - 2]),
        "V_xh multiplies x_{t-1} (the last input, at step 1); it must multiply x_t, which is x[t-1] in code.",
        "inputs start with x_1 and states with h_0, so x[t-1] belongs to h[t]."),
    "push of bias missing": row("09.2", dict(from_b_h=lambda s, t: np.zeros_like(s.h[0])),
        "The term v_h is missing.",
        "b_h is added in every step, so its push is, too."),
    "bias pushed once": row("09.2", dict(from_b_h=lambda s, t: s.direction["b_h"] * (t == 1)),
        "The push of the bias comes in the first step only; it comes in every step.",
        "the same b_h is added in every step. All copies of a shared parameter move together."),
    "slope missing": row("09.2", dict(slope=lambda s, t: np.ones_like(s.h[0])),
        "The slope of tanh, 1 - h_t^2, is missing.",
        "h_t = tanh(a_t), and the chain rule multiplies by the slope at a_t."),
    "slope at previous state": row("09.2", dict(slope=lambda s, t: 1 - s.h[t - 1] ** 2),
        "The slope is taken at h_{t-1}; it belongs to h_t.",
        "the tanh of step t makes h_t, and its slope is 1 - h_t^2."),
    "slope without square": row("03.3", dict(slope=lambda s, t: 1 - s.h[t]),
        "The slope is 1 - h_t, without the square.",
        "the derivative of tanh is 1 - tanh^2."),
}


# --- 9.2: one step of RTRL ---

def rtrl_step(M, params, h_prev, h, x, dy):
    """From rtrl, as a batch of one."""
    z = np.concatenate([h_prev, x, [1.0]])
    M = rtrl.update(M[None], params["W_hh"], h[None], z[None])
    return M[0], rtrl.share((dy @ params["W_hy"])[None], M)


@functools.cache
def rtrl_instances():
    """Two sizes."""
    return [rtrl_problem(92 + i, **sizes) for i, sizes in enumerate(SIZES)]


def rtrl_problem(seed, t=3, **sizes):
    """Step t, with the influence of the steps before."""
    params, x, h, dy = network(seed, **sizes)
    M = np.zeros((sizes["H"], sizes["H"], sizes["H"] + sizes["D"] + 1))
    for s in range(1, t):
        M, _ = rtrl_step(M, params, h[s - 1], h[s], x[s - 1], dy[s - 1])
    return M, params, h[t - 1], h[t], x[t - 1], dy[t - 1]


@functools.cache
def rtrl_probes():
    """Easier problems: something that arrives is zero, or W_hh is simple."""
    M, params, h_prev, h, x, dy = rtrl_instances()[0]

    def step(h_prev=h_prev, x=x, **changed):
        used = {**params, **changed}
        return M, used, h_prev, states(used, [x], h_prev)[1], x, dy

    return {
        "it is the first step, M = 0": (0 * M, params, h_prev, h, x, dy),
        "h_{t-1} = 0": step(0 * h_prev),
        "x_t = 0": step(x=0 * x),
        "dy = 0": (M, params, h_prev, h, x, 0 * dy),
        "W_hh = 0": step(W_hh=0 * params["W_hh"]),
        "W_hh is the identity": step(W_hh=np.eye(len(h))),
        "W_hh is symmetric": step(W_hh=symmetric(params)["W_hh"]),
        "h_t is so small that tanh is linear": step(TINY * h_prev, TINY * x, b_h=TINY * params["b_h"]),
    }


def rtrl_far():
    """The far problems of 9.2: a large loss, a large influence, and a large state before the step."""
    M, params, h_prev, _, x, dy = arguments = rtrl_instances()[0]
    small = {**params, "W_hh": params["W_hh"] / far_problems.TIMES}         # tanh keeps its slope
    h_prev = far_problems.TIMES * h_prev
    return [far_problems.large(arguments, -1), far_problems.larger(arguments, 0),
            Far("from a large state", (M, small, h_prev, states(small, [x], h_prev)[1], x, dy),
                far_problems.LIMITED)]


class Influence:
    """One step of RTRL, formula by formula."""

    as_written = True           # its products stand on paper as in code

    def __init__(self, M, params, h_prev, h, x, dy):
        self.M, self.params, self.h_prev, self.h, self.x, self.dy = M, params, h_prev, h, x, dy

    def run(self):
        """The new M, and the step's share of the gradient."""
        self.M_new = self.influence()
        return self.M_new, self.share()

    def z(self):
        """z, the three that the weights met, h_{t-1}, x_t and 1"""
        return np.concatenate([self.h_prev, self.x, [1.0]])

    def pushed(self):
        """the immediate influence, z[n] on unit m from weight [m, n]"""
        return np.eye(len(self.h))[:, :, None] * self.z()

    def carried(self):
        """the influence that W_hh carries on, the sum over k of W_hh[i, k] M[k, m, n]"""
        return np.einsum("ik,kmn->imn", self.params["W_hh"], self.M)

    def slope(self):
        """tanh's slope, 1 - h_t^2"""
        return 1 - self.h ** 2

    def influence(self):
        """the new influence, both terms of unit i times slope i"""
        return self.slope()[:, None, None] * (self.carried() + self.pushed())

    def direct(self):
        """the direct effect, W_hy^T dy"""
        return self.params["W_hy"].T @ self.dy

    def share(self):
        """the share of the gradient, the sum over units of direct effect times new influence"""
        return np.einsum("i,imn->mn", self.direct(), self.M_new)


RTRL_MISTAKES = {
    "weights meet the new state": row("09.3", dict(z=lambda s: np.concatenate([s.h, s.x, [1.0]])),
        "z holds h_t; it must hold h_{t-1}.",
        "a_t = W_hh h_{t-1} + ...: in step t the weights act on the state before."),
    "inputs before the state": row("09.3", dict(z=lambda s: np.concatenate([s.x, s.h_prev, [1.0]])),
        "z begins with the inputs; it must begin with h_{t-1}, as W begins with W_hh.",
        "W = [W_hh, W_xh, b_h] and z = [h_{t-1}, x_t, 1]. Column n of W meets entry n of z."),
    "bias meets nothing": row("09.3", dict(z=lambda s: np.concatenate([s.h_prev, s.x, [0.0]])),
        "The last entry of z is 0, so the bias has no immediate influence; it is 1.",
        "a_t = W z_t contains b_h once, with the factor 1."),
    "no immediate influence": row("09.3", dict(pushed=lambda s: np.zeros_like(s.M)),
        "The push of this step is missing: M is only carried on.",
        "the total derivative is what the weights do in this step plus what they did before. From M = 0 "
        "nothing would ever grow."),
    "every weight pushes every unit": row("09.3",
        dict(pushed=lambda s: np.ones((len(s.h), len(s.h), 1)) * s.z()),
        "Every weight [m, n] pushes all units by z[n]; it must push unit m only.",
        "a_t[i] is row i of W times z. The weights of other rows are not in it."),
    "influence before is dropped": row("09.3", dict(carried=lambda s: np.zeros_like(s.M)),
        "The influence of the steps before is dropped: M_{t-1} does not enter.",
        "h_{t-1} depends on the weights, too, and reaches h_t through W_hh. What is left is the immediate "
        "derivative."),
    "influence carried without matrix": row("09.3", dict(carried=lambda s: s.M.copy()),
        "M_{t-1} is added as it is, without W_hh.",
        "how h_{t-1}[k] moves h_t[i] is W_hh[i, k], times the slope."),
    "influence carried through transpose": row("09.3",
        dict(carried=lambda s: np.einsum("ki,kmn->imn", s.params["W_hh"], s.M)),
        "M_{t-1} is multiplied by W_hh transposed; forward it is W_hh itself.",
        "the sum is over k in W_hh[i, k] M[k, m, n]: over the columns of W_hh."),
    "matrix on the axis of the weights": row("09.3",
        dict(carried=lambda s: np.einsum("mk,ikn->imn", s.params["W_hh"], s.M)),
        "W_hh multiplies the second axis of M; it must multiply the first.",
        "M[k, m, n] has the unit first, and then the weight [m, n]. States move states: the sum is over k. "
        "In NumPy, W_hh @ M multiplies over the last axis but one, here m."),
    "slope not applied": row("09.3", dict(slope=lambda s: np.ones_like(s.h)),
        "The slope of tanh is missing.",
        "h_t = tanh(a_t), so both terms are multiplied by 1 - h_t^2."),
    "slope of the state before": row("09.3", dict(slope=lambda s: 1 - s.h_prev ** 2),
        "The slope is taken at h_{t-1}; it belongs to h_t.",
        "the tanh of step t makes h_t."),
    "slope on the old influence only": row("09.3",
        dict(influence=lambda s: s.slope()[:, None, None] * s.carried() + s.pushed()),
        "The slope scales what W_hh carries on, but not the push of this step.",
        "both terms are inside a_t, and tanh comes after. Brackets are missing."),
    "slope on the push only": row("09.3",
        dict(influence=lambda s: s.carried() + s.slope()[:, None, None] * s.pushed()),
        "The slope scales the push of this step, but not what W_hh carries on.",
        "both terms are inside a_t, and tanh comes after. W_hh M alone leaves out the slope of the "
        "Jacobian."),
    "slope on the axis of the weights": row("09.3",
        dict(influence=lambda s: s.slope()[None, :, None] * (s.carried() + s.pushed())),
        "The slopes scale the second axis of M; they belong to the first.",
        "slope i belongs to the unit h_t[i] that moves, not to the weight [m, n] that moves it."),
    "share from the old influence": row("09.3", dict(share=lambda s: np.einsum("i,imn->mn", s.direct(), s.M)),
        "The share uses the influence on h_{t-1}; it must use the new one, on h_t.",
        "L_t sees h_t. Update M first, then take the share."),
    "share summed over the weights": row("09.3",
        dict(share=lambda s: np.einsum("m,imn->in", s.direct(), s.M_new)),
        "The share sums over the second axis of M; it must sum over the first, the units.",
        "the loss sees all units i, so their paths are added: the sum is over i, and [m, n] is left."),
    "slope twice in the share": row("09.3", dict(direct=lambda s: Influence.direct(s) * (1 - s.h ** 2)),
        "The direct effect is multiplied by the slope; M has the slope already.",
        "M is the influence on h_t, after tanh. It is paired with the gradient at h_t, not at a_t."),
}


# --- 9.3: back-substitution ---

def solve_upwards(J, g):
    """By a general solver, which knows nothing of time."""
    T, H = g.shape
    A = np.eye(T * H)
    for t in range(1, T):
        A[t * H:(t + 1) * H, (t - 1) * H:t * H] = -J[t]
    return np.linalg.solve(A.T, g.ravel()).reshape(T, H)


@functools.cache
def system_instances():
    """Two sizes."""
    return [system(94 + i, **sizes) for i, sizes in enumerate(SIZES)]


def system(seed, **sizes):
    """The Jacobians and the direct effects of a sequence."""
    return system_of(*network(seed, **sizes))


def system_of(params, x, h, dy):
    """The same, of any sequence."""
    return (1 - h[1:] ** 2)[:, :, None] * params["W_hh"], dy @ params["W_hy"]


def system_far():
    """The far problems of 9.3."""
    long = system_of(*backward.first_sequence(far_problems.long_problem()))
    return [*far_problems.far(system_instances()[0], long), far_problems.larger(system_instances()[0], 0)]


def never_builds_the_matrix(answer):
    """Does an answer to 9.3 do with less than half the memory that A alone would take?"""
    rng, T, H = np.random.default_rng(93), 100, 4
    J, g = 0.3 * rng.standard_normal((T, H, H)), rng.standard_normal((T, H))
    tracemalloc.start()
    try:
        answer(J, g)
        return tracemalloc.get_traced_memory()[1] < (T * H) ** 2 * J.itemsize / 2
    finally:
        tracemalloc.stop()


@functools.cache
def system_probes():
    """Easier systems: few rows, simple Jacobians, or one row of g alone."""
    J, g = system_instances()[0]
    last, first = np.zeros_like(g), np.zeros_like(g)
    last[-1], first[0] = g[-1], g[0]
    return {
        "T = 1": (J[:1], g[:1]),
        "T = 2": (J[:2], g[:2]),
        "all J = 0": (0 * J, g),
        "every J is symmetric": (J + J.transpose(0, 2, 1), g),
        "every J is the same": (np.broadcast_to(J[2], J.shape).copy(), g),
        "only the last row of g is not zero": (J, last),
        "only the first row of g is not zero": (J, first),
    }


class BackSubstitution:
    """The system solved row by row, formula by formula. Rows count from 1 to T."""

    as_written = True           # its products stand on paper as in code

    def __init__(self, J, g):
        self.J, self.g, self.T = np.concatenate([J[:1], J, J[-1:]]), g, len(g)       # slot t is step t
        self.dh = np.concatenate([np.zeros_like(g[:1]), g, np.zeros_like(g[:1])])

    def run(self):
        """The solution, a row for each step."""
        for t in self.order():
            self.dh[t] = self.row(t)
        return self.dh[1:-1]

    def order(self):
        """the order of the rows, from the last but one up to the first"""
        return range(self.T - 1, 0, -1)

    def matrix(self, t):
        """the Jacobian in the equation of row t, J_{t+1}"""
        return self.J[t + 1]

    def unknown(self, t):
        """the unknown that is known by now, dh_{t+1}"""
        return self.dh[t + 1]

    def arriving(self, t):
        """what comes from the row below, J_{t+1}^T dh_{t+1}"""
        return self.matrix(t).T @ self.unknown(t)

    def row(self, t):
        """one row solved, g_t plus what comes from the row below"""
        return self.g[t - 1] + self.arriving(t)


def forward_substitution(s):
    for t in range(2, s.T + 1):
        s.dh[t] = s.g[t - 1] + s.J[t] @ s.dh[t - 1]
    return s.dh[1:-1]


SYSTEM_MISTAKES = {
    "Jacobian not transposed": row("09.4", dict(arriving=lambda s, t: s.matrix(t) @ s.unknown(t)),
        "The Jacobians are not transposed.",
        "the gradient's system has the matrix A^T, so every block stands there transposed."),
    "Jacobian of the same row": row("09.4", dict(matrix=lambda s, t: s.J[t]),
        "Row t uses J_t; its equation has J_{t+1}.",
        "J_{t+1} is the derivative of h_{t+1} by h_t, and the gradient travels back through it. In code "
        "J[t-1] is J_t, so J[t] is wanted."),
    "right side not solution": row("09.4", dict(unknown=lambda s, t: s.g[min(t, s.T - 1)]),
        "Row t uses g_{t+1}, as it was given; it must use the solution dh_{t+1}.",
        "what was found below is put into the row above, so start with the last row. g_{t+1} knows nothing "
        "of the losses after step t+1."),
    "sign of the matrix kept": row("09.4", dict(row=lambda s, t: s.g[t - 1] - s.arriving(t)),
        "The term with J is subtracted; brought to the other side, it is added.",
        "A has -J below its diagonal. dh_t - J_{t+1}^T dh_{t+1} = g_t becomes dh_t = g_t + J_{t+1}^T "
        "dh_{t+1}."),
    "first row left out": row("09.4", dict(order=lambda s: range(s.T - 1, 1, -1)),
        "The loop stops before the first row, which stays g_1.",
        "rows T-1, ..., 1 all have a row below. In code the last row index is 0, and range stops before its "
        "end."),
    "forward substitution": row("09.4", dict(run=forward_substitution),
        "It solves A h = g, from the top down: forward mode.",
        "the gradient's system has A^T. Its blocks stand above the diagonal, and transposed."),
    "nothing arrives": row("09.4", dict(arriving=lambda s, t: np.zeros_like(s.g[0])),
        "The result is g itself: nothing arrives from the rows below.",
        "dh_t is the total derivative. g_t is the direct effect alone."),
    "right side lost": row("09.4", dict(row=lambda s, t: s.arriving(t)),
        "What arrives replaces g_t; it must be added to it.",
        "every step has a loss of its own. dh_t = g_t + J_{t+1}^T dh_{t+1}."),
}


# --- 9.5: two steps as one ---

def combine_steps(A_1, b_1, A_2, b_2):
    """From scan."""
    return scan.combine((A_1, b_1), (A_2, b_2))


class Combined:
    """Both steps as one, formula by formula. Arguments as those of ``combine_steps``."""

    as_written = True           # its products stand on paper as in code

    def __init__(self, A_1, b_1, A_2, b_2):
        self.A_1, self.b_1, self.A_2, self.b_2 = A_1, b_1, A_2, b_2

    def run(self):
        """The matrix and the vector."""
        return self.A(), self.b()

    def A(self):
        """the matrix, A_2 A_1"""
        return self.A_2 @ self.A_1

    def b(self):
        """the vector, A_2 b_1 + b_2"""
        return self.A_2 @ self.b_1 + self.b_2


@functools.cache
def combine_instances():
    """Two sizes, the second with larger numbers."""
    rng = np.random.default_rng(95)
    return [tuple(scale * rng.standard_normal(shape) for shape in ((H, H), (H,), (H, H), (H,)))
            for H, scale in ((3, 1), (4, 4))]


@functools.cache
def combine_probes():
    """Easier steps: a simple matrix, or no vector."""
    A_1, b_1, A_2, b_2 = combine_instances()[0]
    eye = np.eye(len(b_1))
    return {
        "A_1 is the identity": (eye, b_1, A_2, b_2),
        "A_2 is the identity": (A_1, b_1, eye, b_2),
        "A_1 = A_2": (A_1, b_1, A_1, b_2),
        "both A are diagonal": (A_1 * eye, b_1, A_2 * eye, b_2),
        "b_1 = 0": (A_1, 0 * b_1, A_2, b_2),
        "b_2 = 0": (A_1, b_1, A_2, 0 * b_2),
    }


COMBINE_MISTAKES = {
    "second step first": row("09.6", lambda A_1, b_1, A_2, b_2: (A_1 @ A_2, A_1 @ b_2 + b_1),
        "Step 2 is done first, and step 1 after it.",
        "put A_1 h + b_1 in the place of h in A_2 h + b_2. The later matrix stands on the left."),
    "matrices in the wrong order": row("09.6", lambda A_1, b_1, A_2, b_2: (A_1 @ A_2, A_2 @ b_1 + b_2),
        "The matrix is A_1 A_2; it must be A_2 A_1. The vector is right.",
        "A_2 (A_1 h + b_1) multiplies h by A_1 first, and then by A_2, which stands on the left."),
    "vector through the first matrix": row("09.6", lambda A_1, b_1, A_2, b_2: (A_2 @ A_1, A_1 @ b_1 + b_2),
        "The vector is A_1 b_1 + b_2; b_1 must go through A_2.",
        "b_1 is added in step 1, after A_1. What is still to come is step 2."),
    "steps exchanged in the vector": row("09.6", lambda A_1, b_1, A_2, b_2: (A_2 @ A_1, A_1 @ b_2 + b_1),
        "The vector is A_1 b_2 + b_1, that of step 2 before step 1; the matrix is right.",
        "b_1 is there first, and step 2's matrix multiplies it. b_2 is added last."),
    "matrices exchanged": row("09.6", lambda A_1, b_1, A_2, b_2: (A_1 @ A_2, A_1 @ b_1 + b_2),
        "A_1 stands where A_2 belongs, in the matrix and in the vector.",
        "put A_1 h + b_1 in the place of h in A_2 h + b_2: A_2 stands on the left of all of it."),
    "vectors added": row("09.6", lambda A_1, b_1, A_2, b_2: (A_2 @ A_1, b_1 + b_2),
        "The vector is b_1 + b_2; b_1 must go through A_2.",
        "step 2 multiplies all that step 1 has made, b_1 included."),
    "first vector lost": row("09.6", lambda A_1, b_1, A_2, b_2: (A_2 @ A_1, b_2.copy()),
        "The vector is b_2 alone: b_1 is lost.",
        "A_2 (A_1 h + b_1) + b_2 has three terms."),
    "later vector through a matrix": row("09.6", lambda A_1, b_1, A_2, b_2: (A_2 @ A_1, A_2 @ (b_1 + b_2)),
        "The vector is A_2 (b_1 + b_2); b_2 is added last, and no matrix comes after it.",
        "write both steps in one line, and look where b_2 stands."),
    "product entry by entry": row("09.6", lambda A_1, b_1, A_2, b_2: (A_2 * A_1, A_2 @ b_1 + b_2),
        "The matrices are multiplied entry by entry, as diagonal ones could be.",
        "here they are full, and two maps in a row are the product of matrices. In NumPy that is @, not *."),
    "all entry by entry": row("09.6", lambda A_1, b_1, A_2, b_2: (A_2 * A_1, A_2 * b_1 + b_2),
        "Both products are entry by entry.",
        "here the matrices are full. In NumPy the product of matrices is @; * with a vector scales the "
        "columns."),
    "matrices added": row("09.6", lambda A_1, b_1, A_2, b_2: (A_1 + A_2, A_2 @ b_1 + b_2),
        "The matrices are added; two maps in a row multiply.",
        "A_2 acts on the result of A_1."),
}


# --- 9.6: the backward pass of a linear recurrence ---

def recurrence_gradients(a, h0, h, g):
    """From scan."""
    return scan.backward(a, h, g, h0)


@functools.cache
def recurrence_instances():
    """Two sizes."""
    return [recurrence_problem(96 + i, T, H) for i, (T, H) in enumerate(((7, 3), (6, 4)))]


def recurrence_problem(seed, T, H):
    """The decays differ from step to step and from unit to unit."""
    rng = np.random.default_rng(seed)
    a, h0 = rng.uniform(0.4, 1.3, (T, H)), rng.standard_normal(H)
    return a, h0, scan.states(a, rng.standard_normal((T, H)), h0), rng.standard_normal((T, H))


def recurrence_far():
    """The far problems of 9.6: a gradient that lives for long."""
    rng = np.random.default_rng(98)
    a, h0 = rng.uniform(0.97, 1.03, (far_problems.LONG, 3)), rng.standard_normal(3)
    h = scan.states(a, rng.standard_normal(a.shape), h0)
    short, long = recurrence_instances()[0], (a, h0, h, rng.standard_normal(a.shape))
    return [*far_problems.far(short, long), far_problems.larger(short, 0)]


@functools.cache
def recurrence_probes():
    """Easier recurrences: one step, simple factors, or one loss alone."""
    a, h0, h, g = recurrence_instances()[0]
    last = np.zeros_like(g)
    last[-1] = g[-1]
    return {
        "T = 1": (a[:1], h0, h[:1], g[:1]),
        "all a = 1": (np.ones_like(a), h0, h, g),
        "a is the same at every step": (np.broadcast_to(a[2], a.shape).copy(), h0, h, g),
        "h_0 = 0": (a, 0 * h0, h, g),
        "only the last step has a loss": (a, h0, h, last),
    }


class Recurrence:
    """The gradients of h_t = a_t h_{t-1} + b_t, formula by formula."""

    def __init__(self, a, h0, h, g):
        self.a, self.h0 = np.concatenate([a[:1], a, a[-1:]]), h0                # slot t is step t
        self.h, self.g, self.T = np.concatenate([h0[None], h]), g, len(g)
        self.all_dh = np.zeros((self.T + 2, len(h0)))

    def run(self):
        """The gradients (da, db, dh0)."""
        for t in range(self.T, 0, -1):
            self.all_dh[t] = self.dh(t)
        steps = range(1, self.T + 1)
        return np.array([self.da(t) for t in steps]), np.array([self.db(t) for t in steps]), self.dh0()

    def factor(self, t):
        """the factor on the way from h_{t+1} back to h_t, a_{t+1}"""
        return self.a[t + 1]

    def dh(self, t):
        """dh_t, the direct effect plus a_{t+1} times dh_{t+1}"""
        return self.g[t - 1] + self.factor(t) * self.all_dh[t + 1]

    def met(self, t):
        """the state that a_t met, h_{t-1}"""
        return self.h[t - 1]

    def da(self, t):
        """da_t, dh_t times h_{t-1}"""
        return self.all_dh[t] * self.met(t)

    def db(self, t):
        """db_t, which is dh_t"""
        return self.all_dh[t]

    def dh0(self):
        """the first state's gradient, a_1 times dh_1"""
        return self.a[1] * self.all_dh[1]


def forward_recurrence(s):
    for t in range(1, s.T + 1):
        s.all_dh[t] = s.g[t - 1] + s.a[t] * s.all_dh[t - 1]
    steps = range(1, s.T + 1)
    return np.array([s.da(t) for t in steps]), np.array([s.db(t) for t in steps]), s.dh0()


def result_not_turned_back(s):
    for t in range(s.T, 0, -1):
        s.all_dh[t] = s.dh(t)
    s.all_dh[1:-1] = s.all_dh[-2:0:-1].copy()
    steps = range(1, s.T + 1)
    return np.array([s.da(t) for t in steps]), np.array([s.db(t) for t in steps]), s.dh0()


RECURRENCE_MISTAKES = {
    "factor of the same step": row("09.6", dict(factor=lambda s, t: s.a[t]),
        "What arrives at h_t from step t+1 has the factor a_t; it must be a_{t+1}.",
        "h_t enters h_{t+1} = a_{t+1} h_t + b_{t+1}. In the reversed arrays the factors are shifted by one "
        "place."),
    "factor two steps on": row("09.6", dict(factor=lambda s, t: s.a[min(t + 2, s.T)]),
        "What arrives at h_t from step t+1 has the factor a_{t+2}; it must be a_{t+1}.",
        "h_t enters h_{t+1} = a_{t+1} h_t + b_{t+1}. The reversed factors are shifted by one place too "
        "many."),
    "nothing from later steps": row("09.6", dict(dh=lambda s, t: s.g[t - 1]),
        "dh_t is the direct effect alone: nothing arrives from later steps.",
        "h_t is read by its own loss and by step t+1."),
    "backward from the first state": row("09.6",
        dict(dh=lambda s, t: Recurrence.dh(s, t) + s.h0 * (t == s.T)),
        "The recurrence of dh begins with h_0; it must begin with zeros.",
        "after the last step there is nothing, so nothing arrives there: dh_T = g_T. h_0 is where the "
        "*states* begin."),
    "factor missing": row("09.6", dict(factor=lambda s, t: np.ones_like(s.h0)),
        "dh_{t+1} arrives without a factor.",
        "the derivative of h_{t+1} by h_t is a_{t+1}."),
    "direct effect scaled": row("09.6",
        dict(dh=lambda s, t: (s.g[t - 1] + s.all_dh[t + 1]) * (s.factor(t) if t < s.T else 1)),
        "The factor a_{t+1} multiplies the direct effect, too.",
        "the loss of step t reads h_t itself, before step t+1 multiplies it."),
    "forward recurrence": row("09.6", dict(run=forward_recurrence),
        "The recurrence runs forward: dh_t = g_t + a_t dh_{t-1}.",
        "a gradient comes from later steps. Turn the sequences over before the scan."),
    "result not turned back": row("09.6", dict(run=result_not_turned_back),
        "dh is left in reverse order.",
        "sequences were turned over for the scan. Its result starts with step T, and must be turned back."),
    "state of the same step": row("09.6", dict(met=lambda s, t: s.h[t]),
        "da_t uses h_t; it must use h_{t-1}.",
        "a_t multiplies h_{t-1}. In code h[t-1] is h_t, and h0 comes before h[0]."),
    "first state taken as zero": row("09.6", dict(met=lambda s, t: Recurrence.met(s, t) * (t > 1)),
        "da_1 is zero, as if h_0 were.",
        "a_1 multiplies h_0, which is given and not zero."),
    "direct effect in da": row("09.6", dict(da=lambda s, t: s.g[t - 1] * s.met(t)),
        "da_t pairs h_{t-1} with the direct effect g_t; it must be the total dh_t.",
        "a_t moves h_t, and all later states follow."),
    "direct effect in db": row("09.6", dict(db=lambda s, t: s.g[t - 1]),
        "db_t is the direct effect g_t; it must be the total dh_t.",
        "b_t moves h_t, and all later states follow."),
    "first factor missing": row("09.6", dict(dh0=lambda s: s.all_dh[1]),
        "dh_0 is dh_1; it must be a_1 times dh_1.",
        "h_0 enters h_1 = a_1 h_0 + b_1, with the factor a_1."),
    "first state left at zero": row("09.6", dict(dh0=lambda s: np.zeros_like(s.h0)),
        "dh_0 is zero.",
        "h_0 moves h_1, and all that follows."),
}


# --- 9.7: the pull of an affine map ---

def affine_pull(g, x, W, b):
    """What reaches a goes back to x, W and b."""
    return g @ W.T, x.T @ g, g.sum(axis=0)


class AffinePull:
    """The three gradients, formula by formula. Arguments as those of ``affine_pull``."""

    as_written = True           # its products stand on paper as in code

    def __init__(self, g, x, W, b):
        self.g, self.x, self.W, self.b = g, x, W, b

    def run(self):
        """The gradients of x, W and b."""
        return self.dx(), self.dW(), self.db()

    def dx(self):
        """dx, g W^T"""
        return self.g @ self.W.T

    def dW(self):
        """dW, x^T g"""
        return self.x.T @ self.g

    def db(self):
        """db, the sum of g's rows"""
        return self.g.sum(axis=0)


@functools.cache
def affine_instances():
    """Two sizes."""
    return [affine(97, B=5, D=3, H=4), affine(98, B=2, D=4, H=3)]


def affine(seed, B, D, H):
    """What arrives, the rows of a batch, a matrix and a bias."""
    rng = np.random.default_rng(seed)
    g, *rest = (rng.standard_normal(shape) for shape in ((B, H), (B, D), (D, H), (H,)))
    return 4 * g, *rest


@functools.cache
def affine_probes():
    """Easier maps: one row, or something is zero or the same everywhere."""
    g, x, W, b = affine_instances()[0]
    return {
        "B = 1": (g[:1], x[:1], W, b),
        "every entry of g is 1": (np.ones_like(g), x, W, b),
        "W = 0": (g, x, 0 * W, b),
        "x = 0": (g, 0 * x, W, b),
        "all rows of g are the same": (np.broadcast_to(g[0], g.shape).copy(), x, W, b),
    }


def upstream_ignored(g, x, W, b):
    ones = np.ones_like(g)
    return ones @ W.T, x.T @ ones, ones.sum(axis=0)


AFFINE_MISTAKES = {
    "bias not summed": row("09.8", lambda g, x, W, b: (g @ W.T, x.T @ g, g.copy()),
        "The gradient of b has a row for each sequence; the rows must be added up.",
        "one b was added to every row, so it has B paths to the loss. A gradient has the shape of its "
        "variable."),
    "bias averaged": row("09.8", lambda g, x, W, b: (g @ W.T, x.T @ g, g.mean(axis=0)),
        "The gradient of b is the mean over the batch; it must be the sum.",
        "b was used B times, and the paths add up. If the loss is a mean, g has the 1/B already."),
    "bias keeps an axis": row("09.8", lambda g, x, W, b: (g @ W.T, x.T @ g, g.sum(axis=0, keepdims=True)),
        "The gradient of b has the shape (1, H); b has the shape (H,).",
        "a gradient has the shape of its variable. Sum the axis away, without keepdims."),
    "bias summed over units": row("09.8", lambda g, x, W, b: (g @ W.T, x.T @ g, g.sum(axis=1)),
        "The gradient of b is summed over the units; it must be summed over the batch.",
        "broadcasting repeated b along the batch, the first axis of g."),
    "first row for the bias": row("09.8", lambda g, x, W, b: (g @ W.T, x.T @ g, g[0].copy()),
        "The gradient of b is the first row of g alone.",
        "every row got b, not only the first one."),
    "matrix gradient transposed": row("09.8", lambda g, x, W, b: (g @ W.T, g.T @ x, g.sum(axis=0)),
        "The gradient of W is transposed: (H, D) instead of (D, H).",
        "dW[d, h] pairs x[d] with g[h], summed over the batch: x^T g."),
    "matrix gradient averaged": row("09.8", lambda g, x, W, b: (g @ W.T, x.T @ g / len(x), g.sum(axis=0)),
        "The gradient of W is divided by the number of sequences; it must be the sum.",
        "W was used for every row, and the paths add up. If the loss is a mean, g has the 1/B already."),
    "upstream ignored": row("09.8", upstream_ignored,
        "g is not used: these are the gradients of the plain sum of a.",
        "the chain rule multiplies by what arrives, dL/da = g. It is all ones only if L is the sum of a."),
    "upstream ignored in x": row("09.8", lambda g, x, W, b: (np.ones_like(g) @ W.T, x.T @ g, g.sum(axis=0)),
        "The gradient of x does not use g: each row is the sum of W's columns.",
        "dx = g W^T. Every path from x to the loss goes on through a."),
}


# --- 9.10: one round of Newton's method ---

def newton_round(params, x, h):
    """From newton, as a batch of one."""
    full = {**params, "W_hy": np.zeros((1, h.shape[1])), "b_y": np.zeros(1)}
    return newton.better_guess(full, x[:, None], h[:, None])[:, 0]


@functools.cache
def newton_instances():
    """Two sizes."""
    return [newton_problem(100 + i, **sizes) for i, sizes in enumerate(SIZES)]


def newton_problem(seed, **sizes):
    """A sequence and a guess: of its states only the first is right."""
    params, x, h, _ = network(seed, **sizes)
    guess = np.concatenate([h[:1], 0.6 * np.random.default_rng(seed + 1).standard_normal(h[1:].shape)])
    return {name: params[name] for name in STATE}, x, guess


def newton_far():
    """A long sequence, on which what is mended in the first step is felt in the last; a large guess."""
    params, x, h, _ = backward.first_sequence(far_problems.long_problem())
    params, rng = {name: params[name] for name in STATE}, np.random.default_rng(103)
    guess = np.concatenate([h[:1], 0.02 * rng.standard_normal(h[1:].shape)])
    long = Far(f"on a sequence of {len(x)} steps", (params, x, guess), steps=len(x))
    params, x, guess = newton_instances()[0]
    params = {**params, "W_hh": params["W_hh"] / far_problems.TIMES}        # tanh keeps its slope
    large = params, x, far_problems.TIMES * guess
    return [long, Far("with larger numbers", large, far_problems.LIMITED, limits=False)]


@functools.cache
def newton_probes():
    """Easier guesses: one step, zeros, a guess that is right, or steps that do not hear each other."""
    params, x, h = newton_instances()[0]
    return {
        "T = 1": (params, x[:1], h[:2]),
        "the guess is all zeros": (params, x, 0 * h),
        "the guess is right": (params, x, states(params, x, h[0])),
        "W_hh = 0": ({**params, "W_hh": 0 * params["W_hh"]}, x, h),
        "W_hh is symmetric": (symmetric(params), x, h),
    }


class NewtonRound:
    """One round, formula by formula. old is the guess, new what the round makes of it."""

    as_written = True           # its products stand on paper as in code

    def __init__(self, params, x, h):
        self.params, self.x, self.old, self.T = params, x, h, len(x)
        self.new = h.copy()

    def run(self):
        """The next guess, (T+1, H)."""
        for t in range(1, self.T + 1):
            self.new[t] = self.state(t)
        return self.new

    def point(self, t):
        """the point at which f_t is taken, the old h_{t-1}"""
        return self.old[t - 1]

    def value(self, t):
        """f_t at the old guess, tanh(W_hh h_{t-1} + W_xh x_t + b_h)"""
        return np.tanh(self.params["W_hh"] @ self.point(t) + self.params["W_xh"] @ self.x[t - 1]
                       + self.params["b_h"])

    def slope(self, t):
        """tanh's slope where f_t was taken, 1 - f_t^2"""
        return 1 - self.value(t) ** 2

    def moved(self, t):
        """how far the state before has moved, new h_{t-1} minus old h_{t-1}"""
        return self.new[t - 1] - self.old[t - 1]

    def correction(self, t):
        """the correction, the Jacobian times how far the state before has moved"""
        return self.slope(t) * (self.params["W_hh"] @ self.moved(t))

    def state(self, t):
        """the new state, f_t plus the correction"""
        return self.value(t) + self.correction(t)


NEWTON_MISTAKES = {
    "no correction": row("09.6", dict(correction=lambda s, t: np.zeros_like(s.old[0])),
        "Every step starts from the old guess: the correction with J_t is missing.",
        "that is right to order zero only. It mends one state a round, and then T rounds are a loop."),
    "the loop itself": row("09.6", dict(
            point=lambda s, t: s.new[t - 1], correction=lambda s, t: np.zeros_like(s.old[0])),
        "These are the true states, by the loop over time; asked for is one round from the guess.",
        "tanh may be taken at the old guess only, which is known at all steps at once. New states come in "
        "through the Jacobian."),
    "slope at the guess": row("09.6", dict(slope=lambda s, t: 1 - s.old[t] ** 2),
        "The slope is taken at the guess for h_t; it belongs to f_t of the guess for h_{t-1}.",
        "a guess need not be a value of tanh at all. 1 - tanh(a)^2 wants the a of this step."),
    "slope missing": row("09.6", dict(slope=lambda s, t: np.ones_like(s.old[0])),
        "The slope of tanh is missing in J_t.",
        "f_t is tanh of a_t, and its Jacobian is the slopes' diagonal matrix times W_hh."),
    "old minus new": row("09.6",
        dict(moved=lambda s, t: s.old[t - 1] - s.new[t - 1]),
        "The difference is old minus new; it must be new minus old.",
        "a tangent at the old point follows a step away from it: value plus slope times (new - old)."),
    "new state not shifted": row("09.6", dict(moved=lambda s, t: s.new[t - 1]),
        "J_t multiplies the new h_{t-1} itself; it must multiply what it differs by from the old one.",
        "where new and old agree nothing is to be corrected."),
    "difference of the guess": row("09.6",
        dict(moved=lambda s, t: s.value(t - 1) - s.old[t - 1] if t > 1 else np.zeros_like(s.old[0])),
        "The correction uses f_{t-1} of the old guess in place of the new h_{t-1}.",
        "the new h_{t-1} has a correction of its own, and that must be carried on: hence a scan over all "
        "steps."),
    "Jacobian transposed": row("09.6", dict(
            correction=lambda s, t: s.params["W_hh"].T @ (s.slope(t) * s.moved(t))),
        "The Jacobian is transposed; forward it is the slopes times W_hh.",
        "states move states forward: slope i scales row i of W_hh. The transpose belongs to the way back."),
    "slopes on columns": row("09.6", dict(
            correction=lambda s, t: s.params["W_hh"] @ (s.slope(t) * s.moved(t))),
        "The slopes scale the columns of W_hh; they must scale its rows.",
        "tanh acts on what arrives at unit i, and that is row i."),
    "corrected from the guess": row("09.6", dict(
            state=lambda s, t: s.old[t] + s.correction(t)),
        "The correction is added to the old guess for h_t; it must be added to f_t.",
        "the tangent of f_t starts from the value f_t, wherever the guess for h_t was."),
}


# --- all exercises ---

EXERCISES = {
    "9.1": Exercise(
        "The tangents of a sequence", "The tangents run beside the states, and nothing old is kept.",
        tangents, tangent_instances,
        hints=("In W_hh h_{t-1} two things move. Which two terms does the product rule give?",
               "tangent_t = (1 - h_t^2) * (W_hh tangent_{t-1} + V_hh h_{t-1} + V_xh x_t + v_h), and "
               "tangent_0 = 0.",
               "In the loop: x[t - 1] is x_t, h[t - 1] is h_{t-1}; add four terms, then multiply by 1 - h[t] "
               "** 2."),
        mistakes=TANGENT_MISTAKES,
        formulas=Tangents, probes=tangent_probes, parts=("the tangents",), points=2, far=tangent_far),
    "9.2": Exercise(
        "One step of RTRL", "All influence moves forward; the gradient is ready at every step.",
        rtrl_step, rtrl_instances,
        hints=("M[i, m, n] has the unit first. Over which axis does W_hh sum? Which unit does weight [m, n] "
               "push in this step?",
               "M_new[i, m, n] = (1 - h[i]^2) (sum over k of W_hh[i, k] M[k, m, n] + (z[n] if i = m)); dW[m, "
               "n] = sum over i of (W_hy^T dy)[i] M_new[i, m, n].",
               "np.tensordot(W_hh, M, axes=1) sums over M's first axis; then add z to moved[m, m] for every "
               "m, and scale with (1 - h ** 2)[:, None, None]."),
        mistakes=RTRL_MISTAKES,
        formulas=Influence, probes=rtrl_probes, parts=("M", "dW"), points=3,
        far=rtrl_far),
    "9.3": Exercise(
        "Back-substitution", "BPTT is back-substitution in a block-bidiagonal system.",
        solve_upwards, system_instances,
        hints=("Which row of A^T has only one unknown? What does the row above it need?",
               "dh_T = g_T; then dh_t = g_t + J_{t+1}^T dh_{t+1} for t = T-1, ..., 1.",
               "With row = t - 1: for row in range(len(g) - 2, -1, -1), the Jacobian is J[row + 1]. Take its "
               ".T."),
        mistakes=SYSTEM_MISTAKES,
        formulas=BackSubstitution, probes=system_probes, parts=("dh",), points=2, far=system_far,
        promises={"It takes as much memory as A, or at least half of it: with T steps of H units, A has "
                  "(T H)^2 entries. Solve row by row, with J and g as they are.": never_builds_the_matrix}),
    "9.4": choice(
        "Which way?", "RTRL.", "c",
        {"a": "Exact, but after a week each gradient walks back over 600 million steps, and all their states "
              "must be kept.",
         "b": "It needs no past, but one direction gives one number: the gradient times that direction, not "
              "the gradient.",
         "c": "Its time and memory per step do not grow with the steps seen, it is exact, and with H = 3 the "
              "H^4 is small: some hundred multiplications.",
         "d": "Exact, but the system grows with every step, and a general solver takes time like its size to "
              "the third.",
         "e": "Its cost does not grow, but it leaves out every path longer than 100 steps: not the exact "
              "gradient."},
        hints=("What must each way keep, and what must it do again, after a million steps?",
               "Only two of the five neither keep nor repeat the past for an exact answer; one of these "
               "gives the whole gradient.",
               "With H = 3, H^4 is 81. The cost that is prohibitive for wide networks is nothing here.")),
    "9.5": Exercise(
        "Two steps as one", "Two affine maps in a row are an affine map.", combine_steps, combine_instances,
        hints=("Put the whole of step 1 in the place of h in step 2. What multiplies h now?",
               "A_2 (A_1 h + b_1) + b_2 = (A_2 A_1) h + (A_2 b_1 + b_2).",
               "Return two things; products of matrices, and of a matrix with a vector, are @."),
        mistakes=COMBINE_MISTAKES, formulas=Combined, probes=combine_probes, parts=("A", "b")),
    "9.6": Exercise(
        "The backward pass of a linear recurrence",
        "The gradient's recurrence is linear, too, so a scan finds it.",
        recurrence_gradients, recurrence_instances,
        hints=("Which a stands between h_t and h_{t+1}? So which factor belongs to g[::-1]'s second row, the "
               "gradient at h_{T-1}?",
               "dh_t = g_t + a_{t+1} dh_{t+1}; da_t = dh_t h_{t-1}; db_t = dh_t; dh_0 = a_1 dh_1.",
               "Factors: np.concatenate([np.ones_like(a[:1]), a[:0:-1]]). States before: h0[None], then "
               "h[:-1]."),
        mistakes=RECURRENCE_MISTAKES,
        formulas=Recurrence, probes=recurrence_probes, parts=("da", "db", "dh0"), points=2,
        far=recurrence_far),
    "9.7": Exercise(
        "The pull of an affine map", "What broadcasting repeats, its gradient adds up.",
        affine_pull, affine_instances,
        hints=("Which shapes must the three gradients have? Along which axis was b repeated?",
               "dx = g W^T, dW = x^T g, and db is the sum of g's rows.",
               "g @ ...T, ...T @ g, and g.sum(axis=...) over the batch."),
        mistakes=AFFINE_MISTAKES, formulas=AffinePull, probes=affine_probes, parts=("dx", "dW", "db")),
    "9.8": ordering(
        "In which order?", "A Tensor may pull once all that were made from it have pulled.", "gfdecba",
        {"f": [("g", "q's gradient comes from L, so L pulls first.")],
         "e": [("f", "z's gradient comes from q = z * r.")],
         "d": [("f", "r's gradient comes from q = z * r.")],
         "c": [("e", "w's gradient comes from z = v + w.")],
         "b": [("e", "v was used twice: its gradient has a share from z = v + w."),
               ("c", "v was used twice: its gradient has a share from w = u * v, too.")],
         "a": [("c", "u was used twice: its gradient has a share from w = u * v."),
               ("b", "u was used twice: its gradient has a share from v = tanh(u), too.")]},
        hints=("For each variable on the left of an equals sign: in which lines is it used on the right?",
               "A line may pull when all lines that use its result have pulled.",
               "L first, then q. Then z and r are free, in any order. w before v, because w uses v; v before "
               "u.")),
    "9.9": choice(
        "Find the wrong pull", "The pull of mean.", "d",
        {"a": "The derivative of exp is exp itself, and y holds it. This pull is right.",
         "b": "The derivative of a square is twice the number. This pull is right.",
         "c": "For u/v there are two derivatives, 1/v and -u/v^2. This pull is right for two arrays of the "
              "same shape.",
         "d": "Each entry enters the mean with the factor 1/size, which is missing. This is the pull of a "
              "sum.",
         "e": "The sigmoid's slope is s (1 - s), and s holds its value. This pull is right."},
        hints=("Take arrays with two entries. What does each result change by, when one entry of self grows "
               "a little?",
               "A pull multiplies g by the derivative of the result by each entry. One of them has the "
               "derivative of another function.",
               "Compare the two operations that turn an array into one number: this engine's sum, and the "
               "new one here.")),
    "9.10": Exercise(
        "One round of Newton's method", "A tanh network's states come out of a few linear recurrences.",
        newton_round, newton_instances,
        hints=("What in the equation is known at all steps before the round begins, and what waits for "
               "the step before?",
               "f_t = tanh(W_hh old_{t-1} + W_xh x_t + b_h); new_t = f_t + (1 - f_t^2) * (W_hh (new_{t-1} - "
               "old_{t-1})); new_0 = old_0.",
               "new = h.copy(); in the loop over t, f from h[t - 1] and x[t - 1], and new[t] from f and "
               "new[t - 1] - h[t - 1]."),
        mistakes=NEWTON_MISTAKES, formulas=NewtonRound, probes=newton_probes, parts=("the next guess",),
        points=2, far=newton_far),
    "9.11": Exercise(
        "The gradient of an LRU",
        "The way back turns each unit back by its angle: every factor is conjugated.",
        lru.gradients, lru.instances,
        hints=("Forward, a turns h_{t-1} by theta. By which angle must the gradient be turned on its way "
               "back? And in how many places does nu stand?",
               "dh_t = g_t + conj(a) dh_{t+1}; da = sum of conj(h_{t-1}) dh_t. With z = conj(a) da and "
               "r = sqrt(1 - |a|^2): dtheta = Im z, dnu = exp(nu) (|a|^2 / r * sum of Re(conj(u_t) dh_t) - "
               "Re z), du_t = r dh_t.",
               "scan.backward(np.broadcast_to(a.conj(), h.shape), h.conj(), g, 0 * h[0]) returns da for each "
               "step, and dh. Sum over the steps, then .real and .imag."),
        mistakes=lru.MISTAKES, formulas=lru.LRU, probes=lru.probes, parts=("dnu", "dtheta", "du"), points=2,
        far=lru.far),
}


# --- predictions ---

PREDICTS = {
    "P09.1": Predict("The first row to solve", {
        "a": ("The first row in both.", "time runs forward, so that every calculation begins with step 1."),
        "b": ("In $A$ the first row, in $A^\\top$ the last.",
              "a row with a single unknown can be solved, and that transposing moves it to the other end."),
        "c": ("None: all rows hang together.", "a linear system has to be solved as a whole.")}, "b"),
    "P09.2": Predict("When BPTT keeps more than RTRL", {
        "a": ("After 32 steps.", "RTRL keeps a number for each unit's each unit, and BPTT H numbers a step."),
        "b": ("After about 1000 steps.",
              "RTRL keeps H numbers for each of about H times H weights, and BPTT H numbers a step."),
        "c": ("Never.", "RTRL is known to be the expensive one.")}, "b"),
    "P09.3": Predict("The steepest line against H", {
        "a": ("BPTT.", "large matrices cost it most, because it is used on the largest."),
        "b": ("RTRL.", "each step multiplies W_hh with an array of H times H times N numbers."),
        "c": ("Forward mode.", "it runs once for every weight, which is H^4 in all.")}, "b"),
    "P09.4": Predict("The rounds of doubling", {
        "a": ("4 rounds, and more combinations in all.",
              "each round doubles the reach, and that nearly every entry takes part in every round."),
        "b": ("4 rounds, and fewer combinations in all.", "what is quicker does less."),
        "c": ("8 rounds, and 15 combinations as before.",
              "15 combinations, two at a time, are 8 rounds.")}, "a"),
    "P09.5": Predict("Where scans beat the loop", {
        "a": ("In all four.", "log2 T rounds are fewer than T steps, whatever a step does."),
        "b": ("In the single number and in 16 diagonal units.",
              "a scan saves calls and pays with work, so that it wins where a step has little work."),
        "c": ("With full matrices.", "where most is to be done, most is to be saved.")}, "b"),
    "P09.6": Predict("Rounds for four times as many steps", {
        "a": ("About 20.", "four times as many steps take four times as many rounds."),
        "b": ("About 7.", "a scan needs log2 T rounds, and two doublings are two rounds more."),
        "c": ("About 5.", "an error does not live long enough to reach the end of either sequence.")}, "c"),
    "P09.11": Predict("The LRU on the ladder", {
        "a": ("Both reach 100.", "a unit with |a| of 0.999 forgets nothing in a hundred steps."),
        "b": ("12 units reach 30, as the $\\tanh$ units do, and 64 reach 100.",
              "both keep what they are told, and that more units keep it longer."),
        "c": ("12 units reach 10, and 64 reach 30.",
              "a sum of all inputs with fixed weights can hardly tell one of them from the noise.")}, "c"),
    "P09.7": Predict("Estimates for an error of 10 %", {
        "a": ("About 25.", "an error of 2.5 becomes one tenth of itself twenty-five times over."),
        "b": ("About 600.",
              "the error shrinks like one over the root, so that 25 times less takes 25 squared."),
        "c": ("More than 4096.", "only all patterns of signs together give the gradient.")}, "b"),
    "P09.8": Predict("Where a trace helps", {
        "a": ("In both.", "whoever remembers something is nearer to the truth than who remembers nothing."),
        "b": ("In the leaky units only.",
              "a trace lives in a unit's own memory, and that a tanh unit by itself hardly has one."),
        "c": ("In neither.", "detours through other units are most of the gradient in any network.")}, "b"),
    "P09.9": Predict("Gradients that arrive at W_hh", {
        "a": ("One.", "there is one W_hh, and so one gradient."),
        "b": ("Two.", "W_hh was used in two steps, and each use sends a gradient back."),
        "c": ("Four.", "two steps send gradients to themselves and to each other.")}, "b"),
    "P09.10": Predict("A local rule on the ladder", {
        "a": ("To $k = 2$.",
              "what is never sent back cannot teach more than what random weights hold anyway."),
        "b": ("To $k = 30$.", "units that keep themselves have traces that last as long as they do."),
        "c": ("To $k = 100$.", "a trace that is carried forward does not vanish on a way back.")}, "b"),
}


# --- warm-ups: from lessons 08, 07 and 05 ---

GATES = np.random.default_rng(110).uniform(0.2, 0.95, (6, 4))

KEPT_MISTAKES = {
    "gates added": row("08.1", lambda f: f.sum(axis=0),
        "The gates are added up; one after the other they multiply.",
        "each step keeps a share f of what it gets: two steps keep a share of a share."),
    "gates averaged": row("08.1", lambda f: f.mean(axis=0),
        "This is the mean gate; after T steps the product is left.",
        "each step keeps a share f of what it gets: two steps keep a share of a share."),
    "last gate only": row("08.1", lambda f: f[-1].copy(),
        "This is what one step back is left; asked for is all the way to c_0.",
        "c_0 reaches c_T through every step in between."),
    "one gate's power": row("08.1", lambda f: f[-1] ** len(f),
        "This is the last gate to the power T, as if all gates were that one; each step has its own.",
        "f has a row for each step. Multiply the rows."),
    "first gate's power": row("08.1", lambda f: f[0] ** len(f),
        "This is the first gate to the power T, as if all gates were that one; each step has its own.",
        "f has a row for each step. Multiply the rows."),
    "mean gate's power": row("08.1", lambda f: f.mean(axis=0) ** len(f),
        "This is the mean gate to the power T; each step has a gate of its own.",
        "0.5 and 1 leave 0.5, and their mean squared is 0.5625. Multiply the gates themselves."),
    "share forgotten": row("08.1", lambda f: 1 - f.prod(axis=0),
        "This is the share that is lost; asked for is what is left.",
        "each step keeps f, and loses 1 - f."),
    "first gate only": row("08.1", lambda f: f[0].copy(),
        "This is what the first step alone leaves; the gradient passes all T steps.",
        "c_0 reaches c_T through every step in between."),
    "product over the units": row("08.1", lambda f: f.prod(axis=1),
        "The product is over the units; it must be over the steps.",
        "a unit's cell state is multiplied by its own gates alone. Steps are the first axis."),
}

WARM_UPS = {
    "9.a": Exercise(
        "What the forget gates leave", "Along the cell state a gradient meets one forget gate per step.",
        lambda f: np.exp(np.log(f).sum(axis=0)), [(GATES,), (GATES[:3, :2],), (GATES[2:],)],
        hints=("By what is c_{t-1} multiplied on its way into c_t?",
               "dc_t/dc_{t-1} is f_t along the straight path, unit by unit; T steps multiply.",
               "np.prod has an axis. The steps are the first one."),
        mistakes=KEPT_MISTAKES, parts=("the shares",), points=0),
    "9.b": choice(
        "What a cut leaves", "The state crosses a cut, the gradient does not.", "c", {
            "a": "It is exact only if nothing older than the cut matters, and nobody knows that before.",
            "b": "The state is carried over: forward, nothing is lost.",
            "c": "Forward the state crosses the cut with all that it holds; backward nothing does.",
            "d": "Averages help against noise. A bias points the same way every time."},
        hints=("What is handed from piece to piece, and in which of the two directions?",
               "Carry the state, cut the gradient: two different things.",
               "Look for the option that has one sentence on each direction."), points=0),
    "9.c": choice(
        "What a falling loss proves", "A wrong gradient can lower a loss.", "d", {
            "a": "A loss falls along any direction that has a part of the gradient in it.",
            "b": "Look again at the broken pass that trained on sunspots: its gradient was wrong.",
            "c": "The loss fell. So some part of the direction was right, whatever the rate.",
            "d": "Descent needs no more than an angle below 90 degrees. A gradient check needs all of it."},
        hints=("Can a loss fall along a direction that is not minus the gradient?",
               "To first order the loss falls along every direction with a positive part along minus the "
               "gradient.",
               "Look for the option that speaks of an angle."), points=0),
}
