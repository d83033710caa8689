"""Exercises of lesson 03: deriving BPTT.

Every reference is a measurement: the complex step through the forward pass. No formula of the lesson stands
in it.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from exercises.engine.exercise import Exercise
from exercises.engine.far import Far
from exercises.engine.kinds import choice, ordering
from exercises.engine.mistakes import row
from exercises.formulas import far_problems
from exercises.formulas.backward import MISTAKES, RARE, Backward, first_sequence
from exercises.formulas.through_time import ThroughTime
from helpers import losses, rnn
from helpers.gradcheck import jacobian, random_problem

# --- references ---

def rest_of_a(W_hh, h):
    """What a_1 ... a_T must hold besides W_hh h_{t-1}, so that the states are h, (T, H)."""
    return np.arctanh(h[1:]) - h[:-1] @ W_hh.T


def total_derivatives(w, h):
    """3.1: run the scalar network on w, and measure."""
    rest = np.arctanh(h[1:]) - w * h[:-1]

    def states(w):
        found = [h[0]]
        for other in rest:
            found.append(np.tanh(w * found[-1] + other))
        return np.array(found)

    return jacobian(states, w)


def one_step_jacobian(W_hh, h):
    """3.2: any step that ends in h will do; this one starts from zeros."""
    return jacobian(lambda before: np.tanh(W_hh @ before + np.arctanh(h)), np.zeros(len(h)))


def jacobian_product(W_hh, h, t, k):
    """3.3: start at h_k and run on to h_t."""
    rest = rest_of_a(W_hh, h)

    def travel(state):
        for s in range(k + 1, t + 1):
            state = np.tanh(W_hh @ state + rest[s - 1])
        return state

    return jacobian(travel, h[k])


def cross_entropy_gradient(y, target):
    """3.4: move each score."""
    return jacobian(lambda y: -losses.log_softmax(y)[target], y)


def step_back(dy, da_next, h, W_hy, W_hh):
    """3.5: to first order, the loss is dy y_t + da_{t+1} a_{t+1}, and h_t is in both."""
    def loss(h):
        return dy @ W_hy @ h + da_next @ W_hh @ h

    return jacobian(loss, h), jacobian(lambda a: loss(np.tanh(a)), np.arctanh(h))


def all_states(dy, h, W_hy, W_hh):
    """3.6: nudge each state right after it is computed.

    To first order, the loss is the sum of all dy_t y_t.
    """
    rest, nudges = rest_of_a(W_hh, h), 1e-100j * np.eye(h.size).reshape(h.size, *h.shape)
    states, L = h[0] + nudges[:, 0], 0              # a row for each nudge: all run at once
    for t in range(1, len(h)):
        states = np.tanh(states @ W_hh.T + rest[t - 1]) + nudges[:, t]
        L = L + states @ W_hy.T @ dy[t - 1]
    return L.imag.reshape(h.shape) / 1e-100


def contributions(dh, h, h_before, x):
    """3.7: move the weights that step t uses. To first order, the loss is dh h_t."""
    no_W_hh, no_W_xh = np.zeros((len(h), len(h))), np.zeros((len(h), len(x)))

    def loss(W_hh=no_W_hh, W_xh=no_W_xh):
        return dh @ np.tanh(np.arctanh(h) + W_hh @ h_before + W_xh @ x)

    return jacobian(lambda W: loss(W_hh=W), no_W_hh), jacobian(lambda W: loss(W_xh=W), no_W_xh)


def weights_into_a(da, x):
    """3.11: move W_xh and b_h, the same at every step. To first order, the loss is the sum of da_t a_t."""
    no_W_xh, no_b_h = np.zeros((da.shape[1], x.shape[1])), np.zeros(da.shape[1])

    def loss(W_xh=no_W_xh, b_h=no_b_h):
        return (da * (x @ W_xh.T + b_h)).sum()

    return jacobian(lambda W: loss(W_xh=W), no_W_xh), jacobian(lambda b: loss(b_h=b), no_b_h)


def weights_into_y(dy, h):
    """3.12: move W_hy and b_y. To first order, the loss is the sum of dy_t y_t."""
    no_W_hy, no_b_y = np.zeros((dy.shape[1], h.shape[1])), np.zeros(dy.shape[1])

    def loss(W_hy=no_W_hy, b_y=no_b_y):
        return (dy * (h[1:] @ W_hy.T + b_y)).sum()

    return jacobian(lambda W: loss(W_hy=W), no_W_hy), jacobian(lambda b: loss(b_y=b), no_b_y)


def vectors_into_a(da, W_hh, W_xh):
    """3.13: move h_0, which a_1 reads, and every x_t."""
    T, no_h0, no_x = len(da), np.zeros(len(W_hh)), np.zeros((len(da), W_xh.shape[1]))

    def loss(h0=no_h0, x=no_x):
        return da[0] @ W_hh @ h0 + sum(da[t] @ W_xh @ x[t] for t in range(T))

    return jacobian(lambda h0: loss(h0=h0), no_h0), jacobian(lambda x: loss(x=x), no_x)


class Blend(NamedTuple):
    """The cell of 3.14, h_t = keep h_{t-1} + new f(a_t). Others make other exercises: ``step_of_cell``.

    keep, new: functions of alpha. f: the activation. slope: its slope, as a function of its value.
    """

    keep: Callable = lambda alpha: 1 - alpha
    new: Callable = lambda alpha: alpha
    f: Callable = np.tanh
    slope: Callable = lambda value: 1 - value ** 2


def step_of(cell):
    """3.14: move h_{t-1} and W_hh of one step. To first order, the loss is dh h_t."""
    def leaky_step_back(dh, a, h_before, W_hh, alpha):
        def loss(h, W):
            moved = a + W @ h - W_hh @ h_before
            return dh @ (cell.keep(alpha) * h + cell.new(alpha) * cell.f(moved))

        return jacobian(lambda h: loss(h, W_hh), h_before), jacobian(lambda W: loss(h_before, W), W_hh)

    return leaky_step_back


# --- instances ---

def scalar_states(seed, T, w):
    """The states of a scalar network with varying inputs and h_0 not zero."""
    rng = np.random.default_rng(seed)
    h = [0.7]
    for x in rng.normal(0.0, 0.6, T):
        h.append(np.tanh(w * h[-1] + x))
    return w, np.array(h)


class Sequence:
    """One sequence run through a random network; nothing in it is zero, symmetric or of equal size."""

    def __init__(self, seed, T, D, H, O):
        problem = random_problem(np.random.default_rng(seed), T=T, B=1, D=D, H=H, O=O)
        cache = rnn.forward(problem.params, problem.x, problem.h0)
        self.W_hh, self.W_xh, self.W_hy = (problem.params[name] for name in ("W_hh", "W_xh", "W_hy"))
        self.x, self.h = problem.x[:, 0], cache.h[:, 0]
        self.dy = (cache.y - problem.target)[:, 0]
        self.dh = all_states(self.dy, self.h, self.W_hy, self.W_hh)
        self.da = (1 - self.h ** 2) * self.dh                          # da[t], with a slot for t = 0

    def loss_at(self, step):
        """dy with a loss at one step only."""
        return np.where(np.arange(1, len(self.h))[:, None] == step, self.dy, 0.0)

    def step(self, t):
        """The arguments of exercise 3.5 at step t."""
        da_next = self.da[t + 1] if t < len(self.dy) else np.zeros(len(self.W_hh))
        return self.dy[t - 1], da_next, self.h[t], self.W_hy, self.W_hh


FIRST = Sequence(seed=31, T=6, D=2, H=4, O=3)
SECOND = Sequence(seed=32, T=7, D=5, H=3, O=2)
ONE_UNIT = Sequence(seed=33, T=5, D=2, H=1, O=3)
SQUARE = Sequence(seed=34, T=5, D=4, H=4, O=4)
SYMMETRIC = (FIRST.W_hh + FIRST.W_hh.T) / 2
TINY = 1e-13                    # times a state: so small that tanh is linear
EQUAL = 0.6 * np.sign(FIRST.h)  # states whose slopes are all the same


# --- 3.5 to 3.7: mistakes in the backward pass ---

OWN = {
    "tanh derivative omitted": row("03.3", dict(slope=lambda s, t: np.ones_like(s.h[t])),
        "The factor 1 - h_t^2 is missing.",
        "between h_t and a_t stands tanh. Every path through step t takes its slope along."),
    "direct effect missing": row("03.5", dict(dh=lambda s, t: s.arriving),
        "Only dh_later is there; the direct effect W_hy^T dy_t is missing.",
        "h_t has two arrows out, to y_t and to a_{t+1}. Each is a path to the loss."),
    "direct effect twice": row("03.5", dict(dh=lambda s, t: 2 * s.direct(t) + s.arriving),
        "The direct effect W_hy^T dy_t is counted twice.",
        "there is one arrow from h_t to y_t. If dh begins with the direct effects, only dh_later is still to "
        "be added."),
    "one step of future only": row("03.5",
        dict(carry=lambda s, t: (s.slope(t) * s.direct(t)) @ s.params["W_hh"]),
        "Each state sees its own loss and that of the next step; all later losses are missing.",
        "dh_later is made of the total derivative dL/dh_{t+1}, not of its direct effect. A loop that runs "
        "forward in time passes gradients on before they are complete."),
    "future missing in da": row("03.5", dict(da=lambda s, t: s.slope(t) * s.direct(t)),
        "da_t holds the direct effect only: dh_later did not go back through tanh.",
        "both arrows start at h_t, after tanh. The slope multiplies their sum, dh_t."),
    "slope before the matrix again": row("03.5",
        dict(carry=lambda s, t: (s.slope(t - 1) * s.all_da[t]) @ s.params["W_hh"]),
        "In dh_later, da_{t+1} is multiplied by the slope of step t before W_hh^T.",
        "dL/da_{t+1} is the gradient before tanh already, so that its slope is in it."),
    "Jacobian in place of the matrix": row("03.5",
        [dict(carry=lambda s, t: s.slope(t - 1) * (s.all_da[t] @ s.params["W_hh"].T)),
         dict(carry=lambda s, t: (s.slope(t - 1) * s.all_da[t]) @ s.params["W_hh"].T)],
        "In dh_later, da_{t+1} is multiplied by a Jacobian, by W_hh and by the slope at h_t.",
        "da_{t+1} is the gradient at a_{t+1}, before tanh. Between h_t and a_{t+1} stands W_hh alone, and a "
        "gradient goes back through its transpose."),
    "slope on dh_later": row("03.5",
        dict(carry=lambda s, t: s.slope(t - 1) * Backward.carry(s, t)),
        "dh_later is multiplied by the slope at h_t before it is added to the direct effect.",
        "between a_{t+1} and h_t stands W_hh, and no tanh. The slope at h_t belongs to the way on, from dh_t "
        "to da_t."),
    "last step not passed on": row("03.5",
        dict(carry=lambda s, t: 0 * s.all_da[t] if t == s.T else Backward.carry(s, t)),
        "The gradient at h_T is not passed on to h_{T-1}: the loop starts one step too late.",
        "h_{T-1} has a dh_later, too. In code: which t is the first of your loop, and does it read dh_T?"),
    "direct effects one step early": row("03.5",
        dict(direct=lambda s, t: s.dy[t] @ s.params["W_hy"] if t < s.T else np.zeros_like(s.h[t]),
             dh0=lambda s: s.arriving + s.dy[0] @ s.params["W_hy"]),
        "The direct effects are one step early: h_{t-1} gets that of h_t, and h_T gets none.",
        "dy[t-1] is dL_t/dy_t and belongs to h_t, so the direct effects fill dh from index 1 on. h_0 has no "
        "output."),
    "slope as third matrix": row("03.7",
        dict(share_of_W_hh=lambda s, t: s.all_dh[t].T @ s.previous(t) @ s.slope(t).T),
        "dh h_{t-1}^T (1 - h_t^2), read as three matrix products, is a column; dW_hh has the shape of W_hh.",
        "(H, 1) times (1, H) times (H, 1) is (H, 1). The slope is multiplied entry by entry, and into dh."),
    "slopes as diagonal times outer": row("03.7",
        dict(share_of_W_hh=lambda s, t: np.diag(s.slope(t)[0]) * (s.all_dh[t].T @ s.previous(t))),
        "diag(slope) is multiplied entry by entry with the outer product for dW_hh, so that only the "
        "diagonal is left.",
        "diag(slope) scales rows in a matrix product, diag(slope) @ matrix. Entry by entry it wipes out all "
        "but the diagonal."),
    "input outer product transposed": row("03.6", dict(share_of_W_xh=lambda s, t: s.x[t - 1].T @ s.all_da[t]),
        "dW_xh is x_t da_t^T; it must be da_t x_t^T, with the shape of W_xh.",
        "row i of W_xh feeds a_t[i], so row i of the gradient holds da_t[i]."),
    "input weight without slope": row("03.7", dict(share_of_W_xh=lambda s, t: s.all_dh[t].T @ s.x[t - 1]),
        "dW_xh pairs dh_t with x_t; it needs da_t.",
        "W_xh stands in a_t, before tanh, as W_hh does. The slope belongs to both."),
    "recurrent weight without slope": row("03.7",
        dict(share_of_W_hh=lambda s, t: s.all_dh[t].T @ s.previous(t)),
        "dW_hh pairs dh_t with h_{t-1}; it needs da_t.",
        "W_hh stands in a_t, before tanh, as W_xh does. The slope belongs to both."),
    "input weight with the slope of the state before": row("03.7",
        dict(share_of_W_xh=lambda s, t: (s.all_dh[t] * (1 - s.previous(t) ** 2)).T @ s.x[t - 1]),
        "In dW_xh the slope is made of h_{t-1}; it needs h_t.",
        "a_t becomes h_t, and tanh's slope at a_t is 1 - h_t^2."),
    "recurrent weight with the slope of the state before": row("03.7",
        dict(share_of_W_hh=lambda s, t: (s.all_dh[t] * (1 - s.previous(t) ** 2)).T @ s.previous(t)),
        "In dW_hh the slope is made of h_{t-1}; it needs h_t.",
        "a_t becomes h_t, and tanh's slope at a_t is 1 - h_t^2."),
}


def in_order(first, then):
    """Both tables, in this order. Of two rows with one name the first is kept."""
    return first | then | first


# The places in this lesson of what lesson 04 explains, by the formula; all others are in section 5.
SECTIONS = {"slope": "03.3", "share_of_W_hh": "03.6", "share_of_W_xh": "03.6"}

# Left out: what lesson 05 explains, which belongs to training, and what is done to the finished gradients.
PLANTED = in_order(OWN, {
    name: row if row.where < "04" else row._replace(where=SECTIONS.get(next(iter(row.replaces)), "03.5"))
    for name, row in (MISTAKES | RARE).items()
    if row.where < "05" and isinstance(row.replaces, dict) and "run" not in row.replaces})

# These are met in every calculation that has h and slope.
SLOPES = {name: row for name, row in PLANTED.items() if list(row.replaces) == ["slope"]}


def slopes_as_diagonal_times_vector(dy, da_next, h, W_hy, W_hh):
    dh, da = step_back(dy, da_next, h, W_hy, W_hh)
    return dh, np.diag(da)


def column_of_slopes_times_vector(dy, da_next, h, W_hy, W_hh):
    dh, _ = step_back(dy, da_next, h, W_hy, W_hh)
    return dh, (1 - h[:, None] ** 2) * dh


class StepBack(Backward):
    """The formulas of 3.5, in which nothing is handed on."""

    def carry(self, t):
        """dh_later, W_hh^T da_{t+1}"""
        return self.all_da[t] @ self.params["W_hh"]


IN_STEP_BACK = {
    "recurrent matrix not transposed": MISTAKES["recurrent matrix not transposed"]._replace(
        what="In dh_later, da_{t+1} is multiplied by W_hh, not by its transpose.",
        paper="h_t[j] reaches every a_{t+1}[i] through W_hh[i, j]; the sum runs over i, the first index. In "
              "code: W_hh.T @ da_next. Written as a row it is da_next @ W_hh, without .T."),
    "recurrent matrix missing": MISTAKES["recurrent matrix missing"]._replace(
        what="dh_later is da_{t+1} as it is: W_hh^T is missing.",
        paper="h_t enters a_{t+1} through W_hh. A gradient that goes back through a product comes out "
              "multiplied by the transpose."),
    "slope on dh_later alone": row("03.5",
        [dict(carry=lambda s, t: s.slope(t - 1) * StepBack.carry(s, t), da=lambda s, t: s.all_dh[t]),
         dict(carry=lambda s, t: (s.slope(t - 1) * s.all_da[t]) @ s.params["W_hh"],
              da=lambda s, t: s.all_dh[t]),
         dict(carry=lambda s, t: s.slope(t - 1) * StepBack.carry(s, t), da=lambda s, t: s.arriving)],
        "The slope multiplies dh_later before it is added; from dh_t to da_t it is missing.",
        "dh_t is a sum without a slope, the direct effect plus dh_later. The slope times all of it is da_t."),
    "slope inside the product": row("03.5",
        [dict(da=lambda s, t: (s.slope(t) * s.all_da[t + 1]) @ s.params["W_hh"]),
         dict(da=lambda s, t: s.direct(t) + (s.slope(t) * s.all_da[t + 1]) @ s.params["W_hh"])],
        "In da_t, da_{t+1} is multiplied by the slope before W_hh^T.",
        "the slope multiplies dh_t, the whole sum. In code: a * M @ v is (a * M) @ v. Make dh first, then "
        "multiply it."),
    "Jacobian from dh to da": row("03.5",
        [dict(da=lambda s, t: s.slope(t) * (s.all_dh[t] @ s.params["W_hh"].T)),
         dict(da=lambda s, t: (s.slope(t) * s.all_dh[t]) @ s.params["W_hh"])],
        "da_t is made of dh_t with a Jacobian, slope and W_hh; it needs the slope alone.",
        "between a_t and h_t stands tanh, and no matrix: a_t[i] moves h_t[i] only. W_hh stands between h_t "
        "and a_{t+1}, and dh_later has come through it."),
    "results exchanged": row("03.5", dict(returned=lambda s, dh, da: (da, dh)),
        "dh and da are returned in the wrong order.",
        "In code: the docstring asks for (dh, da): dL/dh_t first, then dL/da_t."),
    "slopes as diagonal times vector": row("03.5", slopes_as_diagonal_times_vector,
        "da is a matrix: diag(slope) * dh multiplies entry by entry.",
        "In code: a vector of slopes times dh is all you need, (H,) * (H,). With np.diag it must be @."),
    "column of slopes times vector": row("03.5", column_of_slopes_times_vector,
        "da is a matrix: a column of slopes, (H, 1), times a vector dh, (H,), is every slope times every "
        "entry.",
        "In code: keep the slopes a vector, (H,). Then * multiplies them entry by entry with dh."),
}


def last_state_after_step_0(s):
    """3.6: dh[t-1] in a round with t = 0 is dh_T."""
    found = Backward.run(s)
    s.all_dh[s.T] += (s.slope(0) * found["h0"]) @ s.params["W_hh"]
    return found


# Other words where the shared ones speak of what an exercise does not have: sums over the steps in 3.6, all
# states in 3.7.
IN_ALL_STATES = {
    "not transposed between the steps": row("03.5",
        dict(carry=lambda s, t: Backward.carry(s, t) if t == 1 else s.all_da[t] @ s.params["W_hh"].T),
        "Only dh_0 is made with W_hh^T. At all other states, dh_later was made with W_hh.",
        "h_{t-1}[j] reaches every a_t[i] through W_hh[i, j]; the sum runs over i, the first index. If your "
        "loop calls step_back, look there: is exercise 3.5 right?"),
    "skips first step": MISTAKES["skips first step"]._replace(where="03.5", paper=
        "dh_1 is a sum like that of every other state, and dh_0 is what step 1 sends back, not step 2."),
    "skips last step": MISTAKES["skips last step"]._replace(where="03.5", paper=
        "dh_T is the direct effect of the last output. Write down the first and the last t of your loop."),
    "+= for dh_later": row("03.5", dict(carry=lambda s, t: s.arriving + Backward.carry(s, t)),
        "dh_later is added up over the steps; each step must replace it.",
        "dh_t holds all of the future already, so the next dh_later is made of it alone."),
    "index -1 in dy": row("03.5", dict(dh0=lambda s: s.arriving + s.dy[-1] @ s.params["W_hy"]),
        "dh_0 holds the direct effect of the last output.",
        "h_0 has no output. In code: in a round with t = 0 the index of dy[t-1] is -1, and Python's -1 is "
        "the last row."),
    "index -1 in dh": row("03.5", dict(run=last_state_after_step_0),
        "After dh_T is made, what a step 0 would hand back is added to it.",
        "the first step is step 1, and it hands back to h_0. In code: in a round with t = 0 the index of "
        "dh[t-1] is -1, and Python's -1 is the last row."),
    "first state left out": row("03.5", dict(dh0=lambda s: np.zeros_like(s.h[0])),
        "dh_0 stays zero.",
        "h_0 enters a_1, so something comes back to it, too. Which t is the last of your loop?"),
    "loop visits five steps": RARE["loop visits five steps"]._replace(where="03.5", paper=
        "a window of five is all of the sequence only if T is at most 5. The recursion goes on to h_0."),
    "first state missing": row("03.5", lambda dy, h, W_hy, W_hh: all_states(dy, h, W_hy, W_hh)[1:],
        "The gradient of h_0 is missing.",
        "h has T+1 states, h_0 to h_T, and each has a gradient. Which state does your loop reach last?"),
}

IN_ONE_STEP = {
    "slopes after both outer products": row("03.7", [
        dict(share_of_W_hh=lambda s, t: s.all_dh[t].T @ s.previous(t) * s.slope(t),
             share_of_W_xh=lambda s, t: s.all_dh[t].T @ s.x[t - 1] * s.slope(t)),
        dict(share_of_W_hh=lambda s, t: s.all_dh[t].T @ s.previous(t) @ s.slope(t)[0],
             share_of_W_xh=lambda s, t: s.all_dh[t].T @ s.x[t - 1] @ s.slope(t)[0])],
        "The slope multiplies the finished outer products, as in the formula that is to be repaired.",
        "slope i is that of unit i, whose weights are row i. NumPy lines a vector up with the columns: dW_hh "
        "is wrong without a word, and dW_xh stops, for it has D columns. Multiply dh by the slope first."),
    "tanh derivative at previous state": MISTAKES["tanh derivative at previous state"]._replace(
        what="The slope is made of h_{t-1}; it needs h_t.",
        paper="a_t becomes h_t, and tanh's slope at a_t is 1 - h_t^2. The state before the step belongs to "
              "the outer product."),
    "parameters use slope twice": MISTAKES["parameters use slope twice"]._replace(
        what="Both gradients multiply by tanh's slope twice.",
        paper="da_t = slope times dh_t already. W_hh and W_xh enter a_t directly, and no tanh lies between."),
    "weights exchanged": row("03.7", lambda dh, h, h_before, x: contributions(dh, h, h_before, x)[::-1],
        "dW_hh and dW_xh are returned in the wrong order.",
        "W_hh meets h_{t-1} and is (H, H); W_xh meets x_t and is (H, D)."),
}


# --- the forms of 3.5 to 3.7: Backward, or a mistake in it, as an answer to the exercise ---

def step_two_of_four(formulas, H, O=1, D=1, **weights):
    """Backward for four steps of one sequence, in which NaN stands for everything that is not known."""
    def nans(*shape):
        return np.full(shape, np.nan)

    params = {"W_hh": nans(H, H), "W_xh": nans(H, D), "W_hy": nans(O, H), "b_h": nans(H), "b_y": nans(O),
              **weights}
    steps = formulas(params, nans(4, 1, D), nans(5, 1, H), nans(4, 1, O))
    steps.all_dh[:], steps.all_da[:] = np.nan, np.nan
    return steps


def as_step_back(formulas):
    """The form of exercise 3.5."""
    def answer(dy, da_next, h, W_hy, W_hh):
        steps = step_two_of_four(formulas, len(h), O=len(dy), W_hy=W_hy, W_hh=W_hh)
        steps.dy[1], steps.all_da[3], steps.h[2] = dy, da_next, h
        steps.arriving = steps.carry(3)
        steps.all_dh[2] = steps.dh(2)
        results = steps.all_dh[2][0], steps.da(2)[0]
        return steps.returned(*results) if hasattr(steps, "returned") else results

    return answer


def as_all_states(formulas):
    """The form of exercise 3.6."""
    def answer(dy, h, W_hy, W_hh):
        T, H = len(dy), len(W_hh)
        params = {"W_hh": W_hh, "W_hy": W_hy, "W_xh": np.full((H, 1), np.nan),
                  "b_h": np.zeros(H), "b_y": np.zeros(len(W_hy))}
        steps = formulas(params, np.full((T, 1, 1), np.nan), h[:, None], dy[:, None])
        first = steps.run()["h0"]
        return np.concatenate([first, steps.all_dh[1:, 0]])

    return answer


def as_contributions(formulas):
    """The form of exercise 3.7."""
    def answer(dh, h, h_before, x):
        steps = step_two_of_four(formulas, len(h), D=len(x))
        steps.h[1], steps.h[2], steps.x[1], steps.all_dh[2] = h_before, h, x, dh
        steps.all_da[2] = steps.da(2)
        return steps.share_of_W_hh(2), steps.share_of_W_xh(2)

    return answer


# --- the forms of 3.11 to 3.13 ---

class OneSequence(Backward):
    """Backward in words that speak of no batch."""

    def dh0(self):
        """the first state's gradient, dh_0"""
        return self.arriving

    def share_of_b_h(self, t):
        """one step's share of db_h, da_t"""
        return self.all_da[t].sum(axis=0)

    def share_of_b_y(self, t):
        """one step's share of db_y, dy_t"""
        return self.dy[t - 1].sum(axis=0)


def whole_sequence(formulas, T, H, O=1, D=1, **weights):
    """Backward for one sequence, in which NaN stands for everything that is not known."""
    nans = {"W_hh": (H, H), "W_xh": (H, D), "W_hy": (O, H), "b_h": H, "b_y": O}
    params = {name: np.full(shape, np.nan) for name, shape in nans.items()} | weights
    steps = formulas(params, np.full((T, 1, D), np.nan), np.full((T + 1, 1, H), np.nan),
                     np.full((T, 1, O), np.nan))
    steps.all_dh[:], steps.all_da[:] = np.nan, np.nan
    return steps


def added_up(steps, share):
    """The sum of one share over all steps, as ``run`` makes it."""
    total = 0.0
    for t in steps.steps():
        total = steps.add(total, share(t), t)
    return total


def as_weights_into_a(formulas):
    """The form of exercise 3.11."""
    def answer(da, x):
        steps = whole_sequence(formulas, *da.shape, D=x.shape[1])
        steps.x[:, 0], steps.all_da[1:, 0] = x, da
        return added_up(steps, steps.share_of_W_xh), added_up(steps, steps.share_of_b_h)

    return answer


def as_weights_into_y(formulas):
    """The form of exercise 3.12."""
    def answer(dy, h):
        steps = whole_sequence(formulas, len(dy), h.shape[1], O=dy.shape[1])
        steps.h[:, 0], steps.dy[:, 0] = h, dy
        return added_up(steps, steps.share_of_W_hy), added_up(steps, steps.share_of_b_y)

    return answer


class Vectors(OneSequence):
    """The formulas of 3.13, in which nothing is handed on from step to step."""

    def dh0(self):
        """the first state's gradient, dh_0 = W_hh^T da_1"""
        return self.all_da[1] @ self.params["W_hh"]


def as_vectors_into_a(formulas):
    """The form of exercise 3.13."""
    def answer(da, W_hh, W_xh):
        steps, dx = whole_sequence(formulas, *da.shape, D=W_xh.shape[1], W_hh=W_hh, W_xh=W_xh), {}
        steps.all_da[1:, 0] = da
        for t in steps.steps():
            dx[t] = steps.dx(t)[0]
        return steps.dh0()[0], np.stack([dx.get(t, 0 * W_xh[0]) for t in range(1, len(da) + 1)])

    return answer


IN_SUMS = {
    "mean over the steps": row("03.6", dict(
        add=lambda s, total, share, t: ThroughTime.add(s, total, share / s.T, t)),
        "Both are means over the steps; they must be sums.",
        "the same weight stands in every step. Each use is a path of its own, and paths add up."),
    "one step only": row("03.6", dict(add=lambda s, total, share, t: share),
        "One step's share is there; those of all other steps are missing.",
        "the same weight stands in every step. Each use is a path of its own, and paths add up. Does a loop "
        "have = where it needs += ?"),
    "first step left out": row("03.6", dict(steps=lambda s: range(s.T, 1, -1)),
        "The share of step 1 is missing from both sums.",
        "row 0 of da and of dy belongs to step 1. Does a slice or a loop begin at 1?"),
    "last step left out": row("03.6", dict(steps=lambda s: range(s.T - 1, 0, -1)),
        "The share of step T is missing from both sums.",
        "the last row of da and of dy belongs to step T. In code: a slice that ends with :-1 leaves it out."),
}

def outer_of_wholes(gradient):
    """The mistake of 3.11 and 3.12: np.outer takes two whole arrays."""
    return row("03.6", gradient,
        "np.outer is given whole arrays: it makes one long vector of each, and pairs every step with every "
        "other.",
        "In code: np.outer is for two vectors. Take those of one step, and add up over the steps.")


IN_A = {
    "outer product of whole arrays": outer_of_wholes(lambda da, x: (np.outer(da, x), da.sum(axis=0))),
    "bias summed over the units": row("03.6", lambda da, x: (weights_into_a(da, x)[0], da.sum(axis=1)),
        "db_h is summed over its entries; it must be summed over the steps.",
        "b_h has one entry per unit, and so has its gradient. Axis 0 is that of the steps."),
    "bias summed over everything": row("03.6", lambda da, x: (weights_into_a(da, x)[0], da.sum()),
        "db_h is summed over both axes, to a single number.",
        "In code: axis=0 adds up over the steps alone, and keeps one number for each unit."),
}

IN_Y = {
    "outer product of whole arrays": outer_of_wholes(
        [lambda dy, h, first=first: (np.outer(dy, h[first:]), dy.sum(axis=0)) for first in (0, 1)]),
    "bias summed over the outputs": row("03.6", lambda dy, h: (weights_into_y(dy, h)[0], dy.sum(axis=1)),
        "db_y is summed over its entries; it must be summed over the steps.",
        "b_y has one entry per output, and so has its gradient. Axis 0 is that of the steps."),
    "bias summed over everything": row("03.6", lambda dy, h: (weights_into_y(dy, h)[0], dy.sum()),
        "db_y is summed over both axes, to a single number.",
        "In code: axis=0 adds up over the steps alone, and keeps one number for each output."),
}

# Of the shared rows, those on one share, in words that fit one sequence without a loop.
SHARES_ONLY = {name: row for name, row in PLANTED.items() if "batch" not in row.what + row.paper
               and all(formula in ("dx", "dh0") or "share" in formula for formula in row.replaces)}

IN_VECTORS = {
    "later steps counted again": row("03.6",
        dict(dx=lambda s, t: sum(s.all_da[later] for later in range(t, s.T + 1)) @ s.params["W_xh"]),
        "dx_t adds up the later steps, too.",
        "x_t stands in a_t alone. What it does to later steps is inside da_t, which is a total derivative."),
    "recurrent matrix not transposed": row("03.3", dict(dh0=lambda s: s.all_da[1] @ s.params["W_hh"].T),
        "dh_0 is W_hh da_1; it needs W_hh^T da_1.",
        "h_0[j] reaches every a_1[i] through W_hh[i, j]; the sum runs over i, the first index. In code: "
        "W_hh.T @ da[0]. As a row it is da[0] @ W_hh, without .T: da[0] @ W_hh.T is W_hh da_1."),
    "first state from the second step": row("03.6",
        dict(dh0=lambda s: s.all_da[min(2, s.T)] @ s.params["W_hh"]),
        "dh_0 is made of da_2; it must be made of da_1.",
        "h_0 stands in a_1. In code: da[t-1] is da_t, so da_1 is da[0]."),
    "first state from the last step": row("03.6", dict(dh0=lambda s: s.all_da[s.T] @ s.params["W_hh"]),
        "dh_0 is made of da_T; it must be made of da_1.",
        "h_0 stands in a_1. In code: da[-1] is the last step, da[0] the first."),
    "all steps in the first state": row("03.6",
        dict(dh0=lambda s: sum(s.all_da[t] for t in range(1, s.T + 1)) @ s.params["W_hh"]),
        "dh_0 adds up all steps.",
        "h_0 stands in a_1 alone. What it does to later steps is inside da_1, which is a total derivative."),
}


# --- 3.14 ---

class LeakyStep:
    """What one step of h_t = keep h_{t-1} + new f(a_t) sends back. Every public method but ``run`` is one
    formula.
    """

    as_written = True           # its products stand on paper as in code
    cell = Blend()

    def __init__(self, dh, a, h_before, W_hh, alpha):
        self.dh, self.a, self.h_before, self.W_hh = dh, a, h_before, W_hh
        self.factor = {"(1 - alpha)": self.cell.keep(alpha), "alpha": self.cell.new(alpha)}

    def run(self):
        """(dh_later, dW_hh)."""
        return self.dh_later(), self.dW_hh()

    def slope(self):
        """the slope at a_t, 1 - tanh(a_t)^2"""
        return self.cell.slope(self.cell.f(self.a))

    def da(self):
        """da_t, alpha times the slope times dh_t"""
        return self.factor["alpha"] * self.slope() * self.dh

    def straight(self):
        """the path past tanh, (1 - alpha) dh_t"""
        return self.factor["(1 - alpha)"] * self.dh

    def through_a(self):
        """the path through a_t, W_hh^T da_t"""
        return self.W_hh.T @ self.da()

    def dh_later(self):
        """what step t hands back, the sum of both paths"""
        return self.straight() + self.through_a()

    def dW_hh(self):
        """the step's share of dW_hh, da_t h_{t-1}^T"""
        return np.outer(self.da(), self.h_before)


LEAKY = {
    "path past tanh missing": row("03.1", dict(straight=lambda s: 0.0),
        "Only the path through a_t is there.",
        "h_{t-1} stands in h_t twice: inside a_t, and by itself, times 1 - alpha. Two paths add up."),
    "path through a missing": row("03.1", dict(through_a=lambda s: 0.0),
        "Only the path past tanh is there.",
        "h_{t-1} stands in h_t twice: once by itself, once inside a_t, through W_hh. Two paths add up."),
    "path past tanh with factor one": row("03, exercise 3.14", dict(straight=lambda s: s.dh),
        "The path past tanh lacks the factor 1 - alpha.",
        "move h_{t-1} by a little and hold a_t still: h_t moves by 1 - alpha times as much."),
    "path past tanh with factor alpha": row("03, exercise 3.14",
        dict(straight=lambda s: s.factor["alpha"] * s.dh),
        "On the path past tanh alpha stands where 1 - alpha belongs.",
        "in h_t, 1 - alpha multiplies the state before, and alpha multiplies tanh(a_t)."),
    "alpha missing": row("03, exercise 3.14", dict(da=lambda s: s.slope() * s.dh),
        "da_t lacks the factor alpha.",
        "move a_t by a little: tanh(a_t) moves by its slope times as much, and h_t by alpha times that."),
    "both factors exchanged": row("03, exercise 3.14",
        dict(da=lambda s: s.factor["(1 - alpha)"] * s.slope() * s.dh,
             straight=lambda s: s.factor["alpha"] * s.dh),
        "alpha and 1 - alpha are exchanged.",
        "in h_t, 1 - alpha multiplies the state before, and alpha multiplies tanh(a_t)."),
    "slope from the state": row("03.3",
        dict(slope=lambda s: s.cell.slope(s.factor["(1 - alpha)"] * s.h_before
                                          + s.factor["alpha"] * s.cell.f(s.a))),
        "The slope is made of h_t, which is not tanh(a_t) here.",
        "tanh' = 1 - tanh^2, with tanh's own value at a_t. In the plain network that is h_t; here h_t is a "
        "blend."),
    "slope without tanh": row("03.3", dict(slope=lambda s: s.cell.slope(s.a)),
        "The slope is made of a_t; it needs tanh(a_t).",
        "tanh' = 1 - tanh^2, with tanh's own value. Here you are given what goes into tanh."),
    "slope at the state before": row("03.3", dict(slope=lambda s: s.cell.slope(s.h_before)),
        "The slope is made of h_{t-1}.",
        "tanh' = 1 - tanh^2, with tanh's own value at a_t."),
    "weight paired with dh": row("03.6", dict(dW_hh=lambda s: np.outer(s.dh, s.h_before)),
        "dW_hh pairs dh_t with h_{t-1}; it needs da_t.",
        "W_hh stands in a_t. Between a_t and h_t there are tanh and the factor alpha."),
}


class OtherStep(LeakyStep):
    """The same with another f than tanh."""

    def slope(self):
        """the slope at a_t, f'(a_t)"""
        return self.cell.slope(self.cell.f(self.a))

    def straight(self):
        """the path past f, (1 - alpha) dh_t"""
        return self.factor["(1 - alpha)"] * self.dh


DIFFERENTIATE = "differentiate your f. Its argument is a_t, what goes into it."
WITH_OTHER_F = {
    name.replace("tanh", "f"): one._replace(
        what=one.what.replace("tanh(a_t)", "f(a_t)").replace("tanh", "f"),
        paper=DIFFERENTIATE if "tanh'" in one.paper else one.paper.replace("tanh", "f"))
    for name, one in LEAKY.items()
} | {
    "slope of tanh": row("03.3", dict(slope=lambda s: 1 - np.tanh(s.a) ** 2),
        "The slope is tanh's; your cell has another f.", DIFFERENTIATE),
    "form of tanh's slope": row("03.3", dict(slope=lambda s: 1 - s.cell.f(s.a) ** 2),
        'It is 1 - f(a_t)^2. The rule "one minus the square of the result" is tanh\'s own.', DIFFERENTIATE),
}


def step_of_cell(cell, title, goal, hints, step=LeakyStep, mistakes=LEAKY):
    """An exercise on one step of a ``Blend``: what it hands back, and its share of dW_hh."""
    formulas = type("Step", (step,), {"cell": cell, "__module__": __name__})
    return Exercise(
        title, goal, step_of(cell), LEAKY_STEPS, hints=hints, mistakes=mistakes, shared=True,
        formulas=formulas, parts=("dh_later", "dW_hh"), points=2,
        far=[far_problems.large(LEAKY_STEPS[0], 0)],
        probes={"alpha = 1": (*LEAKY_STEPS[0][:4], 1.0),
                "H = 1": (ONE_UNIT.dh[2], np.array([0.4]), ONE_UNIT.h[1], ONE_UNIT.W_hh, 0.3),
                "W_hh is the identity": (*LEAKY_STEPS[0][:3], np.eye(4), 0.3),
                "W_hh is symmetric": (*LEAKY_STEPS[0][:3], SYMMETRIC, 0.3)})


# --- 3.1 ---

class TotalDerivative:
    """dh_t/dw of a scalar network, carried forward in time.

    Every public method but ``run`` is one formula.
    """

    def __init__(self, w, h):
        self.w, self.h, self.T = w, h, len(h) - 1
        self.total = np.zeros(len(h))

    def run(self):
        """All derivatives, from dh_0/dw to dh_T/dw."""
        self.total[0] = self.start()
        for t in range(1, self.T + 1):
            self.total[t] = self.derivative(t)
        return self.total

    def start(self):
        """the derivative of h_0, which does not depend on w"""
        return 0.0

    def slope(self, t):
        """tanh's slope, 1 - h_t^2"""
        return 1 - self.h[t] ** 2

    def previous(self, t):
        """the state that w meets at step t, h_{t-1}"""
        return self.h[t - 1]

    def immediate(self, t):
        """the immediate derivative"""
        return self.slope(t) * self.previous(t)

    def detour(self, t):
        """the path through h_{t-1}"""
        return self.slope(t) * self.w * self.before(t)

    def before(self, t):
        """the derivative one step before, dh_{t-1}/dw"""
        return self.total[t - 1]

    def derivative(self, t):
        """dh_t/dw, the immediate derivative plus the path through h_{t-1}"""
        return self.immediate(t) + self.detour(t)


def last_entry_stays_zero(s):
    total = TotalDerivative.run(s)
    total[s.T] = 0.0
    return total


TOTALS = {
    "immediate derivative only": row("03.2", dict(detour=lambda s, t: 0.0),
        "Every entry is an immediate derivative: h_{t-1} was held still.",
        "h_{t-1} follows w, too, and the path through it is missing. A loop that runs from T down to 1 "
        "misses it as well: d[t-1] is still zero when it is read."),
    "detour without w": row("03.2", dict(detour=lambda s, t: s.slope(t) * s.total[t - 1]),
        "On the path through h_{t-1} the factor w is missing.",
        "move h_{t-1} by a little: by how much does w h_{t-1} move?"),
    "detour without slope": row("03.2", dict(detour=lambda s, t: s.w * s.total[t - 1]),
        "On the path through h_{t-1} tanh's slope is missing.",
        "both paths into h_t go through the same tanh."),
    "immediate without slope": row("03.2", dict(immediate=lambda s, t: s.previous(t)),
        "The immediate derivative lacks tanh's slope: h_{t-1} alone.",
        "both paths into h_t go through the same tanh."),
    "immediate derivatives added up": row("03.2", dict(detour=lambda s, t: s.total[t - 1]),
        "The immediate derivatives are added up as they are.",
        "what w did at step k reaches h_t through all states between. What does each step on the way "
        "multiply by?"),
    "last two uses only": row("03.2",
        dict(detour=lambda s, t: s.slope(t) * s.w * s.immediate(t - 1) if t > 1 else 0.0),
        "Only the last two uses of w count: the path through h_{t-1} carries an immediate derivative.",
        "h_{t-1} moves with w for two reasons, as h_t does. Its total derivative holds everything that came "
        "before."),
    "detour stops at previous state": row("03.1", dict(detour=lambda s, t: s.slope(t) * s.w),
        "The path through h_{t-1} ends there: dh_{t-1}/dw is missing, or taken to be 1.",
        "the path begins at w. What leads from w to h_{t-1}?"),
    "derivative of first state is one": row("03.2", dict(start=lambda s: 1.0),
        "dh_0/dw is 1; it must be 0.",
        "h_0 is given from outside. Move w, and h_0 stays where it is."),
    "current state in place of previous": row("03.2", dict(previous=lambda s, t: s.h[t]),
        "The immediate derivative contains h_t; it needs h_{t-1}.",
        "in a_t = w h_{t-1} + u x_t the weight multiplies the state before the step."),
    "last entry stays zero": row("03.2", dict(run=last_entry_stays_zero),
        "The last entry is still zero: the loop ends before step T.",
        "In code: h has T+1 entries, so T is len(h) - 1, and range(1, n) ends at n - 1."),
    "first entry missing": row("03.2", lambda w, h: total_derivatives(w, h)[1:],
        "The derivative of h_0 is missing.",
        "h has T+1 entries, h_0 to h_T, and so has the result. dh_0/dw is 0, because h_0 is given from "
        "outside."),
}


# --- 3.2 and 3.3 ---

class JacobianProduct:
    """dh_t/dh_k, one Jacobian after the other. Every public method but ``run`` is one formula."""

    as_written = True           # its products stand on paper as in code

    def __init__(self, W_hh, h, t, k):
        self.W_hh, self.h, self.T, self.k = W_hh, h, t, k

    def run(self):
        """The product of all Jacobians."""
        product = self.start()
        for s in self.steps():
            product = self.join(self.jacobian(s), product)
        return product

    def start(self):
        """the start of the product, the identity matrix"""
        return np.eye(len(self.W_hh))

    def steps(self):
        """the steps whose Jacobians are multiplied, k+1 to t"""
        return range(self.k + 1, self.T + 1)

    def slope(self, s):
        """tanh's slope, 1 - h_t^2"""
        return 1 - self.h[s] ** 2

    def matrix(self):
        """the matrix of the recurrence, W_hh"""
        return self.W_hh

    def jacobian(self, s):
        """the one-step Jacobian, diag(1 - h_t^2) W_hh"""
        return np.diag(self.slope(s)) @ self.matrix()

    def join(self, jacobian, product):
        """the side from which each Jacobian is multiplied, the left"""
        return jacobian @ product


JACOBIANS = {
    "slopes on columns": row("03.3", dict(jacobian=lambda s, t: s.matrix() * s.slope(t)),
        "The slopes scale the columns of W_hh; they must scale the rows.",
        "tanh acts on what arrives at unit i, and that is row i. NumPy lines a vector up with the last axis, "
        "so W_hh * slope scales columns; a diagonal matrix on the left scales rows."),
    "Jacobian transposed": row("03.7", dict(jacobian=lambda s, t: s.matrix().T @ np.diag(s.slope(t))),
        "This is the Jacobian's transpose, W_hh^T diag(1 - h_t^2).",
        "row i belongs to what is moved, h_t[i]; column j to what moves it, h_{t-1}[j]. The transpose "
        "carries gradients back."),
    "recurrent matrix transposed": row("03.3", dict(jacobian=lambda s, t: np.diag(s.slope(t)) @ s.matrix().T),
        "The rows are scaled as they must be, but the matrix is W_hh^T; it must be W_hh.",
        "a_t[i] = sum over j of W_hh[i, j] h_{t-1}[j], so entry [i, j] of the Jacobian has the factor "
        "W_hh[i, j]."),
    "diagonal only": row("03.3", dict(jacobian=lambda s, t: np.diag(s.slope(t)) * s.matrix()),
        "Only the diagonal is left: * multiplies entry by entry, and diag(1 - h_t^2) is zero elsewhere.",
        "In code: @ is the matrix product. With *, give the slopes the shape of a column."),
    "first slope everywhere": row("03.3", dict(jacobian=lambda s, t: s.slope(t)[0] * s.matrix()),
        "All of W_hh is multiplied by one slope, that of unit 0.",
        "In code: np.diag makes a matrix of a vector, (H,). Of a matrix, and so of a column (H, 1), it takes "
        "the diagonal: one number."),
    "slopes on rows and columns": row("03.3",
        dict(jacobian=lambda s, t: np.diag(s.slope(t)) @ s.matrix() @ np.diag(s.slope(t))),
        "The slopes scale rows and columns; they must scale the rows only.",
        "between h_{t-1} and h_t stands one tanh, at the end of the step. That of h_{t-1} belongs to the "
        "step before."),
    "matrix times slopes": row("03.3", dict(jacobian=lambda s, t: s.matrix() @ s.slope(t)),
        "W_hh times the vector of slopes is a vector; the Jacobian is a matrix, (H, H).",
        "the slopes stand on the diagonal of a matrix, diag(1 - h_t^2). It multiplies W_hh from the left."),
    "slopes times matrix": row("03.3", dict(jacobian=lambda s, t: s.slope(t) @ s.matrix()),
        "The vector of slopes times W_hh is a vector; the Jacobian is a matrix, (H, H).",
        "the slopes stand on the diagonal of a matrix, diag(1 - h_t^2). A vector in its place adds up all "
        "rows."),
}


PRODUCTS = {
    "reversed order": row("03.3", dict(join=lambda s, jacobian, product: product @ jacobian),
        "The Jacobians stand in reversed order, the earliest on the left.",
        "a nudge to h_k meets J_{k+1} first. A matrix acts on what stands to its right, so the earliest "
        "stands on the right."),
    "product transposed": row("03.3", dict(join=lambda s, jacobian, product: product @ jacobian.T),
        "This is the transpose of the product, J_{k+1}^T ... J_t^T.",
        "row i belongs to h_t[i], column j to h_k[j]. The transposed product carries a gradient from h_t "
        "back to h_k."),
    "product entry by entry": row("03.3", dict(join=lambda s, jacobian, product: jacobian * product),
        "Matrices are multiplied entry by entry; it must be the matrix product. Only the diagonal is left.",
        "In code: @ is the matrix product, * multiplies entry by entry."),
    "slopes pulled in front": row("03.3",
        dict(run=lambda s: np.diag(np.prod([np.ones(len(s.W_hh)), *map(s.slope, s.steps())], axis=0))
             @ np.linalg.matrix_power(s.W_hh, len(s.steps()))),
        "All slopes stand in front of a power of W_hh.",
        "diag(slopes) and W_hh do not change places: the slope of one step stands between two W_hh. Write "
        "the product for two steps."),
    "one factor too many": row("03.3", dict(steps=lambda s: range(s.k, s.T + 1)),
        "There is one factor too many: J_k is in the product.",
        "J_k leads from h_{k-1} to h_k. You start at h_k, so the first step is k+1, and there are t - k "
        "factors."),
    "last factor missing": row("03.3", dict(steps=lambda s: range(s.k + 1, s.T)),
        "The last factor, J_t, is missing.",
        "In code: range(k + 1, t) ends at t - 1."),
    "factors one step early": row("03.3", dict(steps=lambda s: range(s.k, s.T)),
        "The factors are J_k to J_{t-1}; they must be J_{k+1} to J_t.",
        "J_t = dh_t/dh_{t-1} has the index, and the slopes, of the state where the step ends. In code: "
        "range(k, t) begins and ends one too early, or h[s - 1] stands in the place of h[s]."),
    "last step only": row("03.3", dict(steps=lambda s: range(max(s.k + 1, s.T), s.T + 1)),
        "Only one factor is there, J_t: the steps between k and t are missing.",
        "a nudge to h_k passes through every state between. Is the product made anew in each round of the "
        "loop?"),
    "Jacobians added up": row("03.1",
        dict(start=lambda s: np.zeros_like(s.W_hh), join=lambda s, jacobian, product: jacobian + product),
        "The Jacobians are added up; they must be multiplied.",
        "the steps follow each other on one path. Along a path derivatives multiply; it is different paths "
        "that add up."),
    "starts from zeros": row("03.3", dict(start=lambda s: np.zeros_like(s.W_hh)),
        "The product starts from zeros, and everything times zero is zero.",
        "an empty product is the identity matrix. A sum starts from zeros."),
    "starts from ones": row("03.3", dict(start=lambda s: np.ones_like(s.W_hh)),
        "The product starts from a matrix full of ones; it must start from the identity.",
        "for t = k the state moves itself one to one: ones on the diagonal, zeros elsewhere."),
}


def as_one_step(formulas):
    """The form of exercise 3.2. NaN stands for the state before the step: it is not handed over."""
    return lambda W_hh, h: formulas(W_hh, np.stack([np.nan * h, h]), 1, 0).jacobian(1)


# --- 3.4 ---

class CrossEntropyGradient:
    """dL/dy of softmax cross-entropy. Every public method but ``run`` is one formula."""

    def __init__(self, y, target):
        self.y, self.target = y, target

    def run(self):
        """The gradient."""
        return self.difference(self.p(), self.one_hot())

    def shifted(self):
        """the scores less the largest of them, so that exp does not overflow"""
        return self.y - self.y.max()

    def p(self):
        """the probabilities, softmax(y)"""
        powers = np.exp(self.shifted())
        return powers / powers.sum()

    def one_hot(self):
        """the one-hot target, 1 for the right class, 0 elsewhere"""
        return np.eye(len(self.y))[self.target]

    def difference(self, p, one_hot):
        """the gradient, probabilities minus one-hot"""
        return p - one_hot


CROSS_ENTROPY = {
    "softmax unshifted": row("02.7", dict(shifted=lambda s: s.y),
        "exp overflows: the largest score was not subtracted first.",
        "e^(y - m) / sum e^(y - m) = e^y / sum e^y for every number m. With m the largest score no exponent "
        "is above 0."),
    "probabilities not normalised": row("03.4", dict(p=lambda s: np.exp(s.shifted())),
        "The probabilities do not add up to 1: e^(y - max y) is not divided by its sum.",
        "softmax(y)[i] = e^y[i] / (the sum over j of e^y[j])."),
    "logarithms of probabilities": row("03.4", dict(p=lambda s: losses.log_softmax(s.y)),
        "The logarithms of the probabilities stand where the probabilities must.",
        "the loss contains log p; its derivative with respect to y contains p."),
    "scores in place of probabilities": row("03.4", dict(p=lambda s: s.y),
        "The scores stand where the probabilities must: softmax is missing.",
        "y - target is the gradient of half the squared error. For cross-entropy it is softmax(y) - "
        "one-hot."),
    "sigmoid in place of softmax": row("03.4", dict(p=lambda s: 0.5 * (1 + np.tanh(0.5 * s.y))),
        "Each score has gone through a sigmoid by itself; softmax divides by a sum over all classes.",
        "the entries of the gradient add up to zero, because the probabilities add up to 1."),
    "one hot missing": row("03.4", dict(one_hot=lambda s: np.zeros(len(s.y))),
        "This is softmax(y): nothing is subtracted for the right class.",
        "the loss has two terms, -y[c] and the logarithm of a sum. The first has the derivative -1 for the "
        "right class."),
    "classes counted from one": row("03.4", dict(one_hot=lambda s: np.eye(len(s.y))[s.target - 1]),
        "The 1 is subtracted from the class before the right one.",
        "In code: classes are counted from 0, so the right class is entry [target]."),
    "class number in place of one hot": row("03.4",
        dict(one_hot=lambda s: np.full(len(s.y), float(s.target))),
        "The number of the class is subtracted from every entry; it must be 1, and from the right class "
        "only.",
        "the target as probabilities is one-hot: 1 for the right class, 0 for all others."),
    "one subtracted everywhere": row("03.4", dict(one_hot=lambda s: np.ones(len(s.y))),
        "1 is subtracted from every entry; it must be from the right class only.",
        "the term -y[c] of the loss contains one score. Its derivative is -1 for that score, 0 for all "
        "others."),
    "sign flipped": row("03.4", dict(difference=lambda s, p, one_hot: one_hot - p),
        "The sign is flipped: one-hot minus probabilities points downhill.",
        "the gradient points uphill; the update subtracts it. Raise the right score and the loss falls, so "
        "that entry is negative."),
    "right class only": row("03.4", dict(difference=lambda s, p, one_hot: (p - one_hot) * (one_hot != 0)),
        "Only the right class has a gradient; the other scores have one, too.",
        "the loss names p[c] alone, but the sum in softmax contains every score. Raise any other, and p[c] "
        "falls."),
    "gradient of the probabilities": row("03.4",
        dict(difference=lambda s, p, one_hot: np.where(one_hot != 0, -1 / p, 0.0)),
        "This is dL/dp, -1/p for the right class: the path through softmax is missing.",
        "-log p[c] has the derivative -1/p[c] with respect to p[c]. From p back to y, multiply by softmax's "
        "Jacobian."),
    "softmax slope twice": row("03.4", dict(difference=lambda s, p, one_hot: (p - one_hot) * p * (1 - p)),
        "The difference is multiplied by p (1 - p); softmax's derivative is in it already.",
        "differentiate -y[c] + log(sum of e^y) as it stands. Nothing but p - one-hot comes out."),
    "mean over classes": row("03.4", dict(difference=lambda s, p, one_hot: (p - one_hot) / len(p)),
        "The gradient is divided by the number of classes.",
        "the loss of a step is one number, -log p[c]; it is no mean over classes."),
    "Jacobian of softmax": row("03.4", dict(difference=lambda s, p, one_hot: np.diag(p) - np.outer(p, p)),
        "This is softmax's Jacobian, a matrix; the gradient of a number has the shape of y.",
        "the Jacobian is one factor of the chain rule. The other is dL/dp, and the product of both is p - "
        "one-hot."),
    "divided by probability": row("03.4",
        dict(difference=lambda s, p, one_hot:
             (np.diag(p) - np.outer(p, p)) @ np.where(one_hot != 0, -1 / p, 0.0)),
        "The softmax Jacobian meets -1/p of the right class; where that p rounds to 0, this is nan.",
        "multiply the Jacobian and -1/p out before you code. The p cancels, and p - one-hot is left."),
    "all divided by probabilities": row("03.4",
        dict(difference=lambda s, p, one_hot: (np.diag(p) - np.outer(p, p)) @ (-one_hot / p)),
        "The softmax Jacobian meets -one_hot / p; where any p rounds to 0, that is nan.",
        "multiply the Jacobian and -1/p out before you code. The p cancels, and p - one-hot is left."),
}


# --- the exercises ---

SCALARS = [scalar_states(1, 7, 0.8), scalar_states(2, 9, -1.3), scalar_states(3, 1, 0.5)]
STEPS = [(FIRST.W_hh, FIRST.h[3]), (SECOND.W_hh, SECOND.h[2])]
PRODUCT_STEPS = [(FIRST.W_hh, FIRST.h, 6, 2), (SECOND.W_hh, SECOND.h, 5, 0), (FIRST.W_hh, FIRST.h, 4, 3),
                 (SECOND.W_hh, SECOND.h, 2, 2)]
SCORES = [(np.array([0.3, -1.2, 2.0, 0.7, 0.1]), 1), (np.array([1.5, 0.2, -0.4]), 0),
          (np.array([999.0, 1000.0, -1000.0, 998.5]), 3), (np.array([1000.0, 0.0, 5.0]), 1)]


def far_scalars():
    """A far problem of 3.1: the states are small, and w keeps a gradient alive."""
    h = 0.02 * np.random.default_rng(36).standard_normal(far_problems.LONG + 1)
    return [Far(f"on a sequence of {far_problems.LONG} steps", (1.0, h), steps=far_problems.LONG),
            far_problems.larger(SCALARS[0], 0, times=6.0)]


def far_product():
    """A far problem of 3.3: from the first steps of a long sequence to the last."""
    params, _, h, _ = first_sequence(far_problems.long_problem())
    return [Far("over more than a hundred steps", (params["W_hh"], h, far_problems.LONG, 2)),
            far_problems.larger(PRODUCT_STEPS[0], 0)]


def far_sequences():
    """The far problems of 3.6."""
    params, _, h, dy = first_sequence(far_problems.long_problem())
    return far_problems.far(SEQUENCES[0], (dy, h, params["W_hy"], params["W_hh"]), loss=0)


BACK_STEPS = [FIRST.step(3), SECOND.step(5), FIRST.step(6)]
SEQUENCES = [(FIRST.dy, FIRST.h, FIRST.W_hy, FIRST.W_hh), (SECOND.dy, SECOND.h, SECOND.W_hy, SECOND.W_hh),
             (FIRST.loss_at(6), FIRST.h, FIRST.W_hy, FIRST.W_hh)]
INTO_A = [(FIRST.da[1:], FIRST.x), (SECOND.da[1:], SECOND.x)]
INTO_Y = [(FIRST.dy, FIRST.h), (SECOND.dy, SECOND.h)]
VECTORS = [(each.da[1:], each.W_hh, each.W_xh) for each in (FIRST, SECOND)]
LEAKY_STEPS = [(FIRST.dh[4], np.array([0.4, -1.1, 0.8, 0.3]), FIRST.h[3], FIRST.W_hh, 0.3),
               (SECOND.dh[2], np.array([-0.7, 1.2, 0.5]), SECOND.h[1], SECOND.W_hh, 0.8)]
SHARES = [(FIRST.dh[4], FIRST.h[4], FIRST.h[3], FIRST.x[3]),
          (SECOND.dh[1], SECOND.h[1], SECOND.h[0], SECOND.x[0])]

EXERCISES = {
    "3.1": Exercise(
        "The total derivative", "The total derivative takes every path from w, at any length.",
        total_derivatives, SCALARS,
        parts=("dh_dw",),
        hints=("h_3 moves with w for two reasons: w stands in step 3 itself, and h_2 moves, too. Which of "
               "the two is the product (1 - h_3^2) h_2? What is the other?",
               "dh_t/dw = (1 - h_t^2) h_{t-1} + (1 - h_t^2) w dh_{t-1}/dw, and dh_0/dw = 0.",
               "Start with d = np.zeros(len(h)) and let t run from 1 to len(h) - 1. Each d[t] needs h[t], "
               "h[t - 1], w and d[t - 1], which the loop has filled one round before."),
        mistakes=SLOPES | TOTALS, shared=True,
        formulas=TotalDerivative, points=2, far=far_scalars,
        probes={"T = 1": (0.8, SCALARS[0][1][:2]),
                "T = 2": (0.8, SCALARS[0][1][:3]),
                "w = 0": (0.0, SCALARS[0][1]),
                "w = 1": (1.0, SCALARS[0][1]),
                "h_0 = 0": (0.8, np.where(np.arange(8) > 0, SCALARS[0][1], 0.0)),
                "all states are equal": (0.8, np.full(8, 0.4)),
                "the states are so small that tanh is linear": (0.8, TINY * SCALARS[0][1])}),
    "3.2": Exercise(
        "The one-step Jacobian", "Row i, column j of the Jacobian is dh_t[i]/dh_{t-1}[j].",
        one_step_jacobian, STEPS,
        parts=("J",),
        hints=("Row i of W_hh leads to unit i. Whose tanh does row i meet, and so whose slope scales it?",
               "J_t = diag(1 - h_t^2) W_hh.",
               "np.diag makes a diagonal matrix of a vector. Or scale the rows without it: give the slopes "
               "the shape (H, 1) with [:, None] and use *."),
        mistakes=SLOPES | JACOBIANS, shared=True,
        formulas=JacobianProduct, form=as_one_step, points=2, far=[far_problems.larger(STEPS[0], 0)],
        probes={"H = 1": (ONE_UNIT.W_hh, ONE_UNIT.h[3]),
                "W_hh is the identity": (np.eye(4), FIRST.h[3]),
                "W_hh is symmetric": (SYMMETRIC, FIRST.h[3]),
                "all slopes are equal": (FIRST.W_hh, EQUAL[3]),
                "the state is so small that tanh is linear": (FIRST.W_hh, TINY * FIRST.h[3])}),
    "3.3": Exercise(
        "The Jacobian of many steps", "The latest step stands on the left, the earliest on the right.",
        jacobian_product, PRODUCT_STEPS,
        parts=("J",),
        hints=("A nudge to h_k meets which Jacobian first, and which last? On which side of a product does "
               "the matrix stand that acts first?",
               "dh_t/dh_k = J_t J_{t-1} ... J_{k+1} with J_s = diag(1 - h_s^2) W_hh. For t = k it is the "
               "identity matrix.",
               "Let s run over range(k + 1, t + 1), and put J_s to the left of what you have so far. "
               "one_step_jacobian(W_hh, h[s]) is J_s."),
        mistakes=PRODUCTS | SLOPES | JACOBIANS, shared=True,
        formulas=JacobianProduct, points=2, far=far_product,
        probes={"t = k": (FIRST.W_hh, FIRST.h, 3, 3),
                "t = k + 1": (FIRST.W_hh, FIRST.h, 3, 2),
                "t = k + 2": (FIRST.W_hh, FIRST.h, 4, 2),
                "H = 1": (ONE_UNIT.W_hh, ONE_UNIT.h, 5, 2),
                "W_hh is the identity": (np.eye(4), FIRST.h, 6, 2),
                "W_hh is symmetric": (SYMMETRIC, FIRST.h, 6, 2),
                "all slopes are equal": (FIRST.W_hh, EQUAL, 6, 2),
                "the states are so small that tanh is linear": (FIRST.W_hh, TINY * FIRST.h, 6, 2)}),
    "3.4": Exercise(
        "Softmax cross-entropy", "Softmax minus one-hot, for scores of any size.",
        cross_entropy_gradient, SCORES,
        parts=("dy",),
        hints=("The loss is -y[c] + log(sum of e^y). Which scores are in the first term, and which in the "
               "second?",
               "dL/dy = softmax(y) - one-hot, and softmax does not change if the largest score is subtracted "
               "from all scores first.",
               "losses.softmax(y) returns a new array of probabilities. One of its entries, that of the "
               "right class, must be lowered by 1."),
        mistakes=CROSS_ENTROPY,
        formulas=CrossEntropyGradient,
        probes={"there are two classes": (np.array([1000.4, 999.7]), 1),
                "all scores are equal": (np.full(4, 1000.0), 2),
                "the right class is class 0": (SCORES[0][0] + 1000, 0),
                "the right class has the largest score": (SCORES[0][0] + 1000, 2),
                "no score is above 10": (np.array([9.0, 3.0, -7.0, 1.0]), 3)}),
    "3.5": Exercise(
        "One step back", "The direct effect plus dh_later, and then back through tanh.",
        step_back, BACK_STEPS,
        hints=("h_t has two arrows out. Where do they lead, and which gradient waits at the end of each?",
               "dh_t = W_hy^T dy_t + W_hh^T da_{t+1}, and da_t = (1 - h_t^2) * dh_t, entry by entry.",
               "W_hy.T @ dy is the direct effect. Add dh_later to it, and you have dh. Then multiply dh by "
               "the slope at h."),
        mistakes=PLANTED | IN_STEP_BACK, shared=True,
        formulas=StepBack, form=as_step_back, parts=("dh", "da"), points=2, tolerance=1e-12,
        far=[far_problems.large(BACK_STEPS[0], 0, 1)],
        probes={"dy = 0": (0 * FIRST.dy[2], *FIRST.step(3)[1:]),
                "da_{t+1} = 0": (FIRST.dy[2], np.zeros(4), *FIRST.step(3)[2:]),
                "H = 1": ONE_UNIT.step(3),
                "W_hh is the identity": (*FIRST.step(3)[:4], np.eye(4)),
                "W_hh is symmetric": (*FIRST.step(3)[:4], SYMMETRIC),
                "W_hy is the identity": (SQUARE.dy[2], *FIRST.step(3)[1:3], np.eye(4), FIRST.W_hh),
                "the state is so small that tanh is linear":
                    (*FIRST.step(3)[:2], TINY * FIRST.h[3], *FIRST.step(3)[3:])}),
    "3.6": Exercise(
        "The gradient of every state", "Every state's gradient holds all of its future.",
        all_states, SEQUENCES,
        parts=("dh",),
        hints=("Which state's gradient is known before all others, because it has no future? In which "
               "direction must the loop run?",
               "dh_t = W_hy^T dy_t + W_hh^T ((1 - h_{t+1}^2) * dh_{t+1}); for t = T without the second term, "
               "for t = 0 without the first.",
               "The direct effects of steps 1 to T, all at once, are dy @ W_hy. Then for t in range(len(dy), "
               "0, -1) add to dh[t - 1] what dh[t] sends back: first times the slope at h[t], then through "
               "W_hh.T."),
        mistakes=in_order(IN_ALL_STATES, PLANTED), shared=True,
        formulas=OneSequence, form=as_all_states, points=3, far=far_sequences,
        probes={"T = 1": (FIRST.dy[:1], FIRST.h[:2], FIRST.W_hy, FIRST.W_hh),
                "T = 2": (FIRST.dy[:2], FIRST.h[:3], FIRST.W_hy, FIRST.W_hh),
                "H = 1": (ONE_UNIT.dy, ONE_UNIT.h, ONE_UNIT.W_hy, ONE_UNIT.W_hh),
                "W_hh = 0": (FIRST.dy, FIRST.h, FIRST.W_hy, np.zeros((4, 4))),
                "W_hh is the identity": (FIRST.dy, FIRST.h, FIRST.W_hy, np.eye(4)),
                "W_hh is symmetric": (FIRST.dy, FIRST.h, FIRST.W_hy, SYMMETRIC),
                "all slopes are equal": (FIRST.dy, EQUAL, FIRST.W_hy, FIRST.W_hh),
                "the states are so small that tanh is linear":
                    (FIRST.dy, TINY * FIRST.h, FIRST.W_hy, FIRST.W_hh),
                "only step 1 has a loss": (FIRST.loss_at(1), FIRST.h, FIRST.W_hy, FIRST.W_hh),
                "only step 3 has a loss": (FIRST.loss_at(3), FIRST.h, FIRST.W_hy, FIRST.W_hh),
                "only the last step has a loss": (FIRST.loss_at(6), FIRST.h, FIRST.W_hy, FIRST.W_hh)}),
    "3.7": Exercise(
        "Repair both weights' gradients",
        "The slope belongs to the row; each weight is paired with what it was multiplied by.",
        contributions, SHARES,
        hints=("The weights stand in a_t, before tanh, and dh is the gradient at h_t, after tanh. What is "
               "the gradient at a_t?",
               "da_t = (1 - h_t^2) * dh_t. Then dW_hh gets da_t h_{t-1}^T, and dW_xh gets da_t x_t^T.",
               "Compute da first, with shape (H,). np.outer(u, v)[i, j] is u[i] * v[j]: which of your "
               "vectors has one entry per row of W_hh? (.T leaves a vector as it is.)"),
        mistakes=in_order(IN_ONE_STEP, PLANTED), shared=True,
        formulas=OneSequence, form=as_contributions, parts=("dW_hh", "dW_xh"), points=2, tolerance=1e-12,
        far=[far_problems.large(SHARES[0], 0)],
        probes={"H = 1": (ONE_UNIT.dh[2], ONE_UNIT.h[2], ONE_UNIT.h[1], ONE_UNIT.x[1]),
                "D = H": (SQUARE.dh[2], SQUARE.h[2], SQUARE.h[1], SQUARE.x[1]),
                "h_{t-1} = h_t": (FIRST.dh[4], FIRST.h[4], FIRST.h[4], FIRST.x[3]),
                "all slopes are equal": (FIRST.dh[4], EQUAL[4], EQUAL[3], FIRST.x[3]),
                "the states are so small that tanh is linear":
                    (FIRST.dh[4], TINY * FIRST.h[4], FIRST.h[3], FIRST.x[3])}),
    "3.8": choice(
        "Twice as large, twice as long", "Time is T H^2, memory is T H.", "b", {
            "a": "A product with W_hh takes H^2 multiply-adds, not H. Twice the units make that fourfold "
                 "before the sequence gets any longer.",
            "b": "Twice as many steps, each with products that cost four times as much; and twice as many "
                 "states of twice the size.",
            "c": "Time is right. But what is kept for each step is a state, H numbers. Only weights have H^2 "
                 "entries, and they are kept once, not for each step.",
            "d": "That is what the larger H does to each step. There are also twice as many steps, and the "
                 "backward pass asks for all of their states.",
            "e": "Memory is right. Time would be so if every loss were carried back to every earlier step on "
                 "its own. The recursion adds the losses up on its way: one product with W_hh^T per step, "
                 "not one per pair of steps."},
        hints=("What costs most in one step? How many steps are there? And what is kept for each?",
               "If H is much larger than D and O, time is about 3 T B H^2, and memory for the states 8 (T + "
               "1) B H bytes.",
               "Put 2H and 2T into both formulas and divide by what was there before.")),
    "3.9": ordering(
        "The order of the derivation", "Each line rests on the lines above it.", "hcgdebfa", {
            "g": [("h", "the error needs the output y_t, and the forward pass computes that.")],
            "d": [("g", "the direct effect carries dL_t/dy_t through W_hy^T, and dL_t/dy_t is not there "
                        "yet.")],
            "e": [("h", "the Jacobian's slopes 1 - h_t^2 need the states of the forward pass."),
                  ("c", "the Jacobian's diagonal holds tanh's slopes, and nobody has said yet what they "
                        "are.")],
            "b": [("d", "the recursion adds the direct effect at every step, and at step T it has nothing "
                        "else."),
                  ("e", "dh_later is J_{t+1}^T times a gradient, and the Jacobian is not there yet.")],
            "f": [("h", "the slopes 1 - h_t^2 need the states of the forward pass."),
                  ("c", "a gradient goes back through tanh by its slope, and nobody has said yet what that "
                        "is."),
                  ("b", "dL/da_t is a total derivative and needs the total dL/dh_t. With the direct effect "
                        "in its place, the future would be lost.")],
            "a": [("h", "the outer product needs the state h_{t-1} of the forward pass."),
                  ("f", "the outer product needs dL/da_t.")]},
        hints=("Begin at the end: what does dL/dW_hh need? Go on from there until you reach lines that need "
               "nothing.",
               "In short: forward pass, dy_t, direct effect, Jacobian, dh_t, da_t, dW_hh. The slope of tanh "
               "must come before everything that contains it.",
               "dL/dW_hh stands last and needs dL/da_t; that needs the recursion, which needs the direct "
               "effect and the Jacobians. One of these needs the error, the other the slope of tanh. One "
               "line is left: which of the others need its numbers?"),
        points=2),
    "3.10": choice(
        "A new arrow", "Two arrows leave x_t, and each carries a total derivative back.", "d", {
            "a": "That is one of two arrows. x_t also goes straight into y_t, and that path is missing.",
            "b": "Both arrows are there, but the second carries only the direct effect of h_t back. x_t also "
                 "moves h_{t+1} and all that follows: take the total da_t.",
            "c": "The later steps are counted twice: da_t is a total derivative, and everything that x_t "
                 "does to later steps is inside it.",
            "d": "dy_t reaches no later step, so it is complete as it stands; da_t holds the whole future.",
            "e": "Factors along one path are multiplied; these are two paths, and paths add up.",
            "f": "Two arrows are right, but W_xy is (O, D) and dy_t is (O,): this product does not "
                 "type-check. Gradients travel back through the transpose."},
        hints=("Draw x_t and the arrows that leave it. How many are there, and where do they lead?",
               "For each arrow: the transpose of its matrix, times the total gradient where the arrow ends. "
               "Then add up.",
               "The arrows lead to y_t and to a_t. Which gradients wait there, and do they hold what happens "
               "in later steps?")),
    "3.11": Exercise(
        "The input weights and the bias",
        "Each step's share is da_t times what the weight multiplies there; the shares add up.",
        weights_into_a, INTO_A,
        hints=("Say the derivation of W_hh again, with W_xh[i, j]. Which number multiplies it in a_t[i]? And "
               "which number multiplies b_h[i]?",
               "dW_xh is the sum of da_t x_t^T, and db_h is the sum of da_t, over all t.",
               "Both arrays have one row per step, so no slot has to be shifted. Add up np.outer over the "
               "steps, or let one matrix product do it. For the bias, da.sum over the axis of the steps."),
        mistakes=IN_SUMS | IN_A | SHARES_ONLY, shared=True,
        formulas=OneSequence, form=as_weights_into_a, parts=("dW_xh", "db_h"), points=2, tolerance=1e-12,
        gaps=("dW_xh = da.T @ x", "db_h = da.sum(axis=0)"),
        far=[far_problems.large(INTO_A[0], 0)],
        probes={"T = 1": (FIRST.da[1:2], FIRST.x[:1]),
                "H = 1": (ONE_UNIT.da[1:], ONE_UNIT.x),
                "D = H": (SQUARE.da[1:], SQUARE.x)}),
    "3.12": Exercise(
        "The output layer", "W_hy meets the state after the step, and no output feeds a later one.",
        weights_into_y, INTO_Y,
        hints=("In y_t[i], which number multiplies W_hy[i, j]? Is it the state before the step, or after it? "
               "And is dL_t/dy_t all of the gradient at y_t?",
               "dW_hy is the sum of dy_t h_t^T, and db_y is the sum of dy_t, over t = 1 ... T.",
               "h has one row more than dy: h[0] is h_0, which has no output. Leave that row out, and do as "
               "for W_xh and b_h."),
        mistakes=IN_SUMS | IN_Y | SHARES_ONLY, shared=True,
        formulas=OneSequence, form=as_weights_into_y, parts=("dW_hy", "db_y"), points=2, tolerance=1e-12,
        far=[far_problems.large(INTO_Y[0], 0)],
        probes={"T = 1": (FIRST.dy[:1], FIRST.h[:2]),
                "H = 1": (ONE_UNIT.dy, ONE_UNIT.h),
                "O = H": (SQUARE.dy, SQUARE.h)}),
    "3.13": Exercise(
        "The first state and the inputs", "What enters a single step has no sum over time.",
        vectors_into_a, VECTORS,
        hints=("Into which a_t does h_0 go, and into which does x_t? Is there anything to add up over time?",
               "dh_0 = W_hh^T da_1, and dx_t = W_xh^T da_t.",
               "da[0] is dL/da_1. For all inputs at once, each row of dx is W_xh.T times a row of da: as "
               "rows, da @ W_xh."),
        mistakes=IN_VECTORS | SHARES_ONLY, shared=True,
        formulas=Vectors, form=as_vectors_into_a, parts=("dh0", "dx"), points=2, tolerance=1e-12,
        far=[far_problems.large(VECTORS[0], 0)],
        probes={"T = 1": (FIRST.da[1:2], FIRST.W_hh, FIRST.W_xh),
                "H = 1": (ONE_UNIT.da[1:], ONE_UNIT.W_hh, ONE_UNIT.W_xh),
                "D = H": (SQUARE.da[1:], SQUARE.W_hh, SQUARE.W_xh),
                "W_hh is symmetric": (FIRST.da[1:], SYMMETRIC, FIRST.W_xh)}),
    "3.14": step_of_cell(
        Blend(), "A leaky cell", "Two paths lead back, one past tanh; W_hh knows only the other.",
        hints=("Draw h_{t-1}, a_t and h_t. How many arrows leave h_{t-1}, and what does each multiply by?",
               "da_t = alpha (1 - tanh(a_t)^2) * dh_t. Then dh_later = (1 - alpha) dh_t + W_hh^T da_t, and "
               "W_hh's share is da_t h_{t-1}^T.",
               "Compute da first, with np.tanh(a) for the slope: h_t is no longer tanh(a_t). Then one line "
               "for each result; np.outer makes the second.")),
}


# --- what a release hands out in the place of 3.14: {name: (f in LaTeX, the cell)} ---

CELLS_OF_3_14 = {
    "arctan": (r"\arctan a", Blend(f=np.arctan, slope=lambda value: np.cos(value) ** 2)),
    "arsinh": (r"\ln\left(a + \sqrt{a^2 + 1}\right)",
               Blend(f=np.arcsinh, slope=lambda value: 1 / np.cosh(value))),
    "gudermannian": (r"2 \arctan\left(\tanh\frac{a}{2}\right)",
                     Blend(f=lambda a: 2 * np.arctan(np.tanh(a / 2)), slope=np.cos)),
    "sigmoid": (r"\frac{1}{1 + e^{-a}}",
                Blend(f=lambda a: 1 / (1 + np.exp(-a)), slope=lambda value: value * (1 - value))),
}
OTHER_CELLS = {"3.14": {name: step_of_cell(
    cell, "A leaky cell", "Two paths lead back, one past f; W_hh knows only the other.",
    ("Draw h_{t-1}, a_t and h_t. How many arrows leave h_{t-1}, and what does each multiply by?",
     "da_t = alpha f'(a_t) * dh_t. Then dh_later = (1 - alpha) dh_t + W_hh^T da_t, and W_hh's share is da_t "
     "h_{t-1}^T.",
     "Compute da first, with the slope of your f at a. Then one line for each result; np.outer makes the "
     "second."), OtherStep, WITH_OTHER_F) for name, (_, cell) in CELLS_OF_3_14.items()}}
OTHER_WORDS = {f"3.14@{name}": {
    r"$h_t = (1 - \alpha)\,h_{t-1} + \alpha \tanh(a_t)$, with $a_t$ as before":
        rf"$h_t = (1 - \alpha)\,h_{{t-1}} + \alpha f(a_t)$, with $f(a) = {latex}$ and $a_t$ as before",
    r"With $\alpha = 1$ it is the plain network.":
        r"With $\alpha = 1$ it is the plain network, with $f$ in the place of $\tanh$."}
    for name, (latex, _) in CELLS_OF_3_14.items()}


# --- warm-ups: from lessons 02, 01 and 00 ---

MEANS = {
    "not divided": row("02.7", lambda dy: dy,
        "The sum's gradient is returned as it is.",
        "the mean is the sum divided by a number, and so is its gradient."),
    "divided by the steps only": row("02.7", lambda dy: dy / len(dy),
        "It is divided by T; the mean is over steps and sequences.",
        "how many losses L_t of single sequences have been added up?"),
    "divided by the sequences only": row("02.7", lambda dy: dy / dy.shape[1],
        "It is divided by B; the mean is over steps and sequences.",
        "how many losses L_t of single sequences have been added up?"),
    "divided by all entries": row("02.7", lambda dy: dy / dy.size,
        "It is divided by T B O. That is how PyTorch's MSELoss counts; here the mean is over steps and "
        "sequences.",
        "the O outputs of a step make one loss, not O."),
}

ONE_COPY = {
    "state after the step": row("01.6", lambda w, h, t: h[t] * w ** (len(h) - 1 - t),
        "It has h_t; what came into step t is h_{t-1}.",
        "h_t = w h_{t-1} + x_t: the copy is multiplied by h_{t-1}."),
    "only what came in": row("01.6", lambda w, h, t: h[t - 1],
        "It is what came into the step; how strongly the step is felt in the loss is missing.",
        "what step t makes is multiplied by w in every later step."),
    "only how strongly it is felt": row("01.6", lambda w, h, t: w ** (len(h) - 1 - t),
        "It is how strongly the step is felt; what came into the step is missing.",
        "the copy is multiplied by h_{t-1}. So its derivative contains h_{t-1}."),
    "one factor too many": row("01.6", lambda w, h, t: h[t - 1] * w ** (len(h) - t),
        "It has one factor w too many.",
        "from h_t to h_T there are T - t steps. The last step's copy has no factor w."),
    "summed over the copies": row("01.6",
        lambda w, h, t: sum(h[k - 1] * w ** (len(h) - 1 - k) for k in range(1, len(h))),
        "It is the gradient of the shared w, the sum over all copies.",
        "asked for is the copy of step t alone."),
}

LINEAR = np.array([0.7, -1.1, 1.9, 0.4, -0.8, 1.3])

WARM_UPS = {
    "3.a": Exercise(
        "The mean's gradient", "A mean divides the loss, and so its gradient, by T times B.",
        lambda dy: dy / (dy.shape[0] * dy.shape[1]),
        [(np.random.default_rng(301).standard_normal((6, 3, 4)),),
         (np.random.default_rng(302).standard_normal((4, 5, 2)),)],
        hints=("How many numbers are added up in the sum, and what does the mean divide by?",
               "dL_mean/dy = (dL_sum/dy) / (T B).",
               "dy.shape is (T, B, O). Divide by the first two."),
        mistakes=MEANS, parts=("dy",), points=0),
    "3.b": Exercise(
        "One copy of a weight", "What came into the step, times how strongly the step is felt.",
        lambda w, h, t: h[t - 1] * w ** (len(h) - 1 - t),
        [(1.3, LINEAR, 2), (-0.8, LINEAR[:5], 4), (0.6, LINEAR[::-1].copy(), 1)],
        hints=("What is the copy of step t multiplied by? And what happens to the result until step T?",
               "dL/dw^(t) = h_{t-1} w^(T-t).",
               "T is len(h) - 1. One product: a state, and a power of w."),
        mistakes=ONE_COPY, parts=("dw",), points=0),
    "3.c": choice(
        "From a state to the loss", "A state whose step has no loss reaches it through later states.", "b",
        {
            "a": "h_3 does make y_3. But has y_3 a loss? And who else reads h_3?",
            "b": "y_3 has no loss here. But h_4 reads h_3, and h_5 reads h_4.",
            "c": "Both arrows leave h_3. But follow the one to y_3: does it lead to a loss?",
            "d": "h_4 reads h_3. Follow that arrow to the end."},
        hints=("Who reads h_3? And which of these readers leads to the loss?",
               "Draw the five states in a row, and an output below each. Where does the loss stand?",
               "The loss is made of y_5, and y_5 of h_5. Go back from there, arrow by arrow."),
        points=0),
}
