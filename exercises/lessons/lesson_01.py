"""Exercises of lesson 01: a loop, its layers, and the sum over the copies of a weight."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from exercises.engine.exercise import Exercise
from exercises.engine.kinds import choice, ordering
from exercises.engine.mistakes import row
from exercises.engine.options import Predict
from exercises.formulas import far_problems
from helpers.gradcheck import complex_step


# --- 1.1 and 1.5: the states of a network, scalar or with a copy of the weights for each layer ---

def states(w_hh, w_xh, b_h, h0, x):
    """All states of the scalar network, h_0 in the first slot."""
    h = np.empty(len(x) + 1)
    h[0] = h0
    for t in range(1, len(x) + 1):
        h[t] = np.tanh(w_hh * h[t - 1] + w_xh * x[t - 1] + b_h)
    return h


def layered_states(W_hh, W_xh, b_h, h0, x):
    """All states of a network with weights of its own in each layer, h_0 in the first slot."""
    h = [h0]
    for W, U, b, x_t in zip(W_hh, W_xh, b_h, x):
        h.append(np.tanh(W @ h[-1] + U @ x_t + b))
    return np.array(h)


class States:
    """The states of a network with T layers.

    Each argument has one entry per layer but h0; the entries are numbers or arrays.
    """

    def __init__(self, W_hh, W_xh, b_h, h0, x):
        self.W_hh, self.W_xh, self.b_h, self.h0, self.x = W_hh, W_xh, b_h, h0, x
        self.T = len(x)
        self.h = np.zeros((self.T + 1, *np.shape(h0)))

    def run(self):
        """All states, h_0 in the first slot."""
        self.h[0] = self.first()
        for t in range(1, self.T + 1):
            self.h[t] = self.state(t)
        return self.slots()

    def first(self):
        """the first slot, which holds h_0"""
        return self.h0

    def copy(self, t):
        """which layer's copies of the weights step t reads"""
        return t - 1

    def previous(self, t):
        """the state that step t reads, h_{t-1}"""
        return self.h[t - 1]

    def input(self, t):
        """the input that step t reads, x_t"""
        return self.x[t - 1]

    def recurrent_term(self, t):
        """the recurrent term, the weight from state to state times h_{t-1}"""
        return np.dot(self.W_hh[self.copy(t)], self.previous(t))

    def input_term(self, t):
        """the input term, the weight from input to state times x_t"""
        return np.dot(self.W_xh[self.copy(t)], self.input(t))

    def bias(self, t):
        """the bias"""
        return self.b_h[self.copy(t)]

    def state(self, t):
        """tanh of the sum of the three terms"""
        return np.tanh(self.recurrent_term(t) + self.input_term(t) + self.bias(t))

    def slots(self):
        """which state is in which slot of the result"""
        return self.h


def scalar(network):
    """A form for 1.1: the same two weights and the same bias at every step."""
    def answer(w_hh, w_xh, b_h, h0, x):
        T = len(x)
        return network(T * [w_hh], T * [w_xh], T * [b_h], h0, x).run()

    return answer


def without_last_step(s):
    return np.concatenate([s.h[:-1], np.zeros_like(s.h[:1])])


NETWORKS = {
    "recurrent term missing": row("01.1", dict(recurrent_term=lambda s, t: 0.0 * s.h0),
        "The old state is not used: each state comes from its own input alone.",
        "h_t has an arrow from x_t and one from h_{t-1}."),
    "input term missing": row("01.1", dict(input_term=lambda s, t: 0.0),
        "The inputs are not used.",
        "h_t has an arrow from h_{t-1} and one from x_t."),
    "bias missing": row("01.2", dict(bias=lambda s, t: 0.0),
        "The bias is not added.",
        "three terms stand inside tanh: from the state, from the input, and the bias."),
    "tanh missing": row("01.2", dict(state=lambda s, t: s.recurrent_term(t) + s.input_term(t) + s.bias(t)),
        "The network is linear; each sum must go through tanh.",
        "a state always lies between -1 and 1."),
    "bias outside of tanh": row("01.2",
        dict(state=lambda s, t: np.tanh(s.recurrent_term(t) + s.input_term(t)) + s.bias(t)),
        "The bias is added after tanh; it belongs inside.",
        "tanh comes last, so that a state always lies between -1 and 1."),
    "first state ignored": row("01.2", dict(first=lambda s: 0.0),
        "The first slot holds 0, not h_0.",
        "h_1 needs h_0, and h_0 is an argument."),
    "every step starts from h0": row("01.1", dict(previous=lambda s, t: s.h[0]),
        "Every step reads h_0; it must read the state before.",
        "the result of a step is what the next one starts from: h_2 = f(h_1, x_2)."),
    "input one step late": row("01.2", dict(input=lambda s, t: s.x[t - 2]),
        "Step t reads x_{t-1}, and the first step wraps around to the last input.",
        "x_1 stands in x[0]. Where does x_t stand?"),
    "input one step early": row("01.2", dict(input=lambda s, t: s.x[t % s.T]),
        "Step t reads x_{t+1}; x_1 is not read at its step.",
        "x_1 stands in x[0]. Where does x_t stand?"),
    "slot t read for x_t": row("01.2",
        dict(input=lambda s, t: s.x[t % s.T], slots=without_last_step),
        "At step t the loop reads x[t], which is x_{t+1}. So x_1 is never read, and step T has no input.",
        "x_1 stands in x[0]. Where does x_t stand, and at which step should the loop end?"),
    "last step missing": row("01.2", dict(slots=without_last_step),
        "The last step is never run, and the last slot keeps the 0 it began with.",
        "T inputs, T steps. Where does range(1, T) end?"),
    "no slot for the first state": row("01.2", dict(slots=lambda s: s.h[1:]),
        "h_0 is not among the states that are returned.",
        "h_0 ... h_T are T + 1 states."),
    "only the last state": row("01.2", dict(slots=lambda s: s.h[-1]),
        "It returns h_T alone; all states are needed.",
        "draw the slots h[0] ... h[T]. Each step fills one, and none is filled twice."),
    "first state overwritten": row("01.2",
        dict(first=lambda s: 0.0, slots=lambda s: np.concatenate([s.h[1:], np.zeros_like(s.h[:1])])),
        "Every state stands one slot too early: h_1 replaces h_0, and h[t - 1] is the last slot at t = 0.",
        "h_0 stays in h[0]. So the loop that fills the slots begins at 1."),
    "first state wraps to the last slot": row("01.2", dict(first=lambda s: 0.0, slots=lambda s: s.h[1:]),
        "The array has T slots only: h_0 has no place, and at the first step h[-1] is the last slot, not "
        "h_0.",
        "h_0 ... h_T are T + 1 states."),
}

SCALAR_NETWORKS = {
    "weights exchanged": row("01.1",
        dict(recurrent_term=lambda s, t: s.W_xh[s.copy(t)] * s.previous(t),
             input_term=lambda s, t: s.W_hh[s.copy(t)] * s.input(t)),
        "w_hh multiplies the input and w_xh the state; it must be the other way round.",
        "read the letters below the w from left to right: x, then h, from input to state."),
}

LAYERED_NETWORKS = {
    "same copy in every layer": row("01.5", dict(copy=lambda s, t: 0),
        "Every layer reads the first layer's copies; each must read its own.",
        "the number in brackets is the layer's: W_hh^(t) meets h_{t-1}."),
    "same W_hh in every layer": row("01.5",
        dict(recurrent_term=lambda s, t: np.dot(s.W_hh[0], s.previous(t))),
        "Every layer reads copy 0 of W_hh; each must read its own.",
        "the number in brackets is the layer's: W_hh^(t) meets h_{t-1}."),
    "copies one layer late": row("01.5", dict(copy=lambda s, t: t - 2),
        "Layer t reads the copies of layer t-1, and the first layer those of the last.",
        "layer 1 has its copies in slot 0. Which slot has those of layer t?"),
    "copies one layer early": row("01.5", dict(copy=lambda s, t: t % s.T),
        "Layer t reads the copies of layer t+1, and nobody those of layer 1 at their step.",
        "layer 1 has its copies in slot 0. Which slot has those of layer t?"),
    "slot t read for layer t": row("01.5",
        dict(copy=lambda s, t: t % s.T, input=lambda s, t: s.x[t % s.T], slots=without_last_step),
        "At layer t the loop reads slot t of the copies and of x. What layer 1 needs is never read.",
        "what layer 1 needs stands in slot 0. Which slot has it for layer t, and where should the loop end?"),
    "recurrent matrix transposed": row("01.5",
        dict(recurrent_term=lambda s, t: np.dot(s.previous(t), s.W_hh[s.copy(t)])),
        "W_hh is transposed on the way forward.",
        "entry i of W_hh h is the sum of W_hh[i, j] h[j] over j: the state stands on the right."),
}

SCALARS = (0.9, -0.7, 0.3, 0.6, np.array([0.5, -1.0, 0.8, 1.4, -0.2]))


def probes_of_states():
    """Easier arguments for 1.1."""
    w_hh, w_xh, b_h, h0, x = SCALARS
    return {"T = 1": (w_hh, w_xh, b_h, h0, x[:1]),
            "h_0 = 0": (w_hh, w_xh, b_h, 0.0, x),
            "w_hh = 0": (0.0, w_xh, b_h, h0, x),
            "b_h = 0": (w_hh, w_xh, 0.0, h0, x),
            "all inputs are the same": (w_hh, w_xh, b_h, h0, np.full(5, 0.8)),
            "the states are so small that tanh is linear": (w_hh, w_xh, 1e-6 * b_h, 1e-6 * h0, 1e-6 * x)}


def layers(seed, T, D, H):
    """Random arguments for 1.5."""
    rng = np.random.default_rng(seed)
    return (rng.standard_normal((T, H, H)) / np.sqrt(H), rng.standard_normal((T, H, D)) / np.sqrt(D),
            0.5 * rng.standard_normal((T, H)), 0.5 * rng.standard_normal(H), rng.standard_normal((T, D)))


def probes_of_layers():
    """Easier arguments for 1.5."""
    W_hh, W_xh, b_h, h0, x = layers(1, 5, 2, 3)
    return {"T = 1": layers(1, 1, 2, 3),
            "all layers have the same weights": (W_hh[[0] * 5], W_xh[[0] * 5], b_h[[0] * 5], h0, x),
            "h_0 = 0": (W_hh, W_xh, b_h, 0 * h0, x),
            "W_hh = 0": (0 * W_hh, W_xh, b_h, h0, x),
            "W_hh is symmetric": (W_hh + W_hh.swapaxes(1, 2), W_xh, b_h, h0, x),
            "b_h = 0": (W_hh, W_xh, 0 * b_h, h0, x),
            "the states are so small that tanh is linear": (W_hh, W_xh, 1e-6 * b_h, 1e-6 * h0, 1e-6 * x)}


# --- 1.10: the way back through the counter ---

def counter_backward(w_hh, h, x, target):
    """dL/dw_hh and dL/dw_xh of the counter, from dL/dh_t = w_hh^(T-t) (h_T - target)."""
    dh = (h[-1] - target) * float(w_hh) ** np.arange(len(x) - 1, -1, -1)
    return (dh * h[:-1]).sum(), (dh * x).sum()


class CounterBackward:
    """Both gradients, formula by formula. Arguments as those of ``counter_backward``; dh: dL/dh_t."""

    def __init__(self, w_hh, h, x, target):
        self.w_hh, self.h, self.x, self.target, self.T = w_hh, h, x, target, len(x)

    def run(self):
        """Both gradients, (dw_hh, dw_xh)."""
        self.dh, dw_hh, dw_xh = self.at_the_end(), 0.0, 0.0
        for t in self.steps():
            dw_hh = self.add_to_w_hh(dw_hh, self.share_of_w_hh(t))
            dw_xh = self.add_to_w_xh(dw_xh, self.share_of_w_xh(t))
            self.dh = self.handed_back()
        return dw_hh, dw_xh

    def at_the_end(self):
        """the slope of the loss, h_T - target"""
        return self.h[self.T] - self.target

    def steps(self):
        """the loop over the steps, from T down to 1"""
        return range(self.T, 0, -1)

    def share_of_w_hh(self, t):
        """what step t adds to dw_hh, dL/dh_t times h_{t-1}"""
        return self.dh * self.h[t - 1]

    def share_of_w_xh(self, t):
        """what step t adds to dw_xh, dL/dh_t times x_t"""
        return self.dh * self.x[t - 1]

    def handed_back(self):
        """what is handed back to the state before, w_hh times dL/dh_t"""
        return self.w_hh * self.dh

    def add_to_w_hh(self, total, share):
        """the sum over the steps in dw_hh"""
        return total + share

    def add_to_w_xh(self, total, share):
        """the sum over the steps in dw_xh"""
        return total + share


COUNTER_BACKWARD = {
    "= for +=": row("01.1",
        dict(add_to_w_hh=lambda s, total, share: share, add_to_w_xh=lambda s, total, share: share),
        "Only the last round of the loop counts, that of step 1: = forgets what came before.",
        "each step is a path from the weight to the loss, and several paths add."),
    "= for += in dw_hh": row("01.1", dict(add_to_w_hh=lambda s, total, share: share),
        "In dw_hh only the last round of the loop counts, that of step 1: = forgets what came before.",
        "each step is a path from the weight to the loss, and several paths add."),
    "= for += in dw_xh": row("01.1", dict(add_to_w_xh=lambda s, total, share: share),
        "In dw_xh only the last round of the loop counts, that of step 1: = forgets what came before.",
        "each step is a path from the weight to the loss, and several paths add."),
    "current state in dw_hh": row("01.1", dict(share_of_w_hh=lambda s, t: s.dh * s.h[t]),
        "dw_hh is made with h_t, what the step has made; it needs what came into the step.",
        "h_t = w_hh h_{t-1} + w_xh x_t. Which number stands beside w_hh?"),
    "input one step late": row("01.2", dict(share_of_w_xh=lambda s, t: s.dh * s.x[t - 2]),
        "Step t reads x_{t-1}, and step 1 wraps around to the last input.",
        "x_1 stands in x[0]. Where does x_t stand?"),
    "input one step early": row("01.2", dict(share_of_w_xh=lambda s, t: s.dh * s.x[t % s.T]),
        "Step t reads x_{t+1}.",
        "x_1 stands in x[0]. Where does x_t stand?"),
    "same dh at every step": row("01.1", dict(handed_back=lambda s: s.dh),
        "dh is the same at every step, as if each state were the last.",
        "h_{t-1} reaches the loss through h_t. How much does h_t move with it?"),
    "what arrived is forgotten": row("01.1", dict(handed_back=lambda s: s.w_hh),
        "The new dh is w_hh alone; what arrived at h_t is lost.",
        "along a path slopes multiply: that from h_{t-1} to h_t, and that from h_t to the loss."),
    "old dh kept in the new one": row("01.1", dict(handed_back=lambda s: s.dh + s.w_hh * s.dh),
        "The old dh stays in the new one: += stands where = belongs.",
        "the loss reads h_T alone. So h_{t-1} has one path to it, the one through h_t."),
    "handed back too early": row("01.1", dict(at_the_end=lambda s: s.w_hh * (s.h[s.T] - s.target)),
        "Each step works with the dh of the state before it: w_hh is in it once too often.",
        "what step t adds needs dL/dh_t. Only then is dh changed, for the next round."),
    "target missing": row("01.1", dict(at_the_end=lambda s: s.h[s.T]),
        "dh begins as h_T; the target is not used.",
        "when h_T is the target, no move makes the loss smaller. What is its slope there?"),
    "sign of the error": row("01.1", dict(at_the_end=lambda s: s.target - s.h[s.T]),
        "dh begins as target - h_T, so both gradients point the wrong way.",
        "if h_T is too large, a larger h_T makes the loss larger: its slope is above 0."),
    "loss in the place of its slope": row("01.1",
        dict(at_the_end=lambda s: 0.5 * (s.h[s.T] - s.target) ** 2),
        "dh begins as the loss; it must begin as the loss's slope.",
        "move h_T a little. How much does half the square of h_T - target move?"),
    "loop runs forward": row("01.1", dict(steps=lambda s: range(1, s.T + 1)),
        "The loop begins at step 1; dh belongs to the last state, so it must begin at step T.",
        "which state's dh is known first?"),
    "one step too many": row("01.2", dict(steps=lambda s: range(s.T, -1, -1)),
        "The loop goes on to t = 0, where h[t - 1] and x[t - 1] are the last slots.",
        "T steps, from T down to 1. range ends before its second number."),
    "step 1 missing": row("01.2", dict(steps=lambda s: range(s.T, 1, -1)),
        "The loop ends before step 1.",
        "T steps, from T down to 1. range ends before its second number."),
    "last step missing": row("01.2", dict(steps=lambda s: range(s.T - 1, 0, -1)),
        "The loop begins at step T - 1.",
        "h_0 ... h_T are T + 1 states, and T steps lead from the first to the last."),
    "gradients exchanged": row("01.1", dict(run=lambda s: CounterBackward.run(s)[::-1]),
        "The two gradients are in the wrong order.",
        "first dw_hh, then dw_xh."),
}


def counted(w_hh, w_xh, h0, x, target):
    """Arguments for 1.10, with the counter's states."""
    h = [h0]
    for x_t in x:
        h.append(w_hh * h[-1] + w_xh * x_t)
    return w_hh, np.array(h), np.array(x), target


COUNTED = [counted(sign * rng.uniform(0.8, 1.1), -sign * rng.uniform(0.6, 1.2), rng.uniform(0.4, 0.9),
                   rng.standard_normal(T), sign * rng.uniform(1.0, 2.5))
           for rng in [np.random.default_rng(110)] for sign, T in ((1, 5), (-1, 7), (1, 12))]


def probes_of_counter():
    """Easier arguments for 1.10."""
    x = [0.5, -1.0, 0.8, 1.4, -0.2]
    return {"T = 1": counted(0.8, -0.7, 0.6, x[:1], 1.3), "h_0 = 0": counted(0.8, -0.7, 0.0, x, 1.3),
            "w_hh = 1": counted(1.0, -0.7, 0.6, x, 1.3), "w_hh = 0": counted(0.0, -0.7, 0.6, x, 1.3),
            "target = 0": counted(0.8, -0.7, 0.6, x, 0.0)}


# --- 1.2: counting parameters ---

def parameter_counts(D, H, O, T):
    """The numbers of parameters, with one copy of the weights for all steps and with one for each step."""
    step, rest = H * H + H * D + H, O * H + O + H
    return step + rest, T * step + rest


class Counts:
    """The numbers of parameters, tied and untied. Arguments as those of ``parameter_counts``."""

    def __init__(self, D, H, O, T):
        self.D, self.H, self.O, self.length = D, H, O, T

    def run(self):
        """Both numbers, (tied, untied)."""
        return self.tied(), self.untied()

    def recurrent_weights(self):
        """the weights from state to state, W_hh"""
        return self.H * self.H

    def input_weights(self):
        """the weights from input to state, W_xh"""
        return self.H * self.D

    def bias(self):
        """the bias of the state, b_h"""
        return self.H

    def output_weights(self):
        """the weights from state to output, W_hy"""
        return self.O * self.H

    def output_bias(self):
        """the bias of the output, b_y"""
        return self.O

    def first_state(self):
        """the learned first state, h_0"""
        return self.H

    def each_step(self):
        """what each step has a copy of"""
        return self.recurrent_weights() + self.input_weights() + self.bias()

    def output(self):
        """the output layer"""
        return self.output_weights() + self.output_bias()

    def tied(self):
        """the count with everything tied"""
        return self.each_step() + self.output() + self.first_state()

    def untied(self):
        """the count with a copy per step"""
        return self.copies() * self.each_step() + self.output() + self.first_state()

    def copies(self):
        """the number of copies"""
        return self.length


COUNTS = {
    "first state at every step": row("01.3",
        dict(untied=lambda s: Counts.untied(s) + (s.length - 1) * s.first_state()),
        "h_0 is counted once for every step; there is one first state, however long the sequence is.",
        "only what each step reads can have T copies. h_0 is read by step 1 alone."),
    "first state not counted": row("01.3", dict(first_state=lambda s: 0),
        "h_0 is not counted; here it is learned.",
        "h_0 has H entries, and each of them is a parameter."),
    "first state counted as one": row("01.3", dict(first_state=lambda s: 1),
        "h_0 is counted as one parameter; it is a vector.",
        "h_0 has H entries, and each of them is a parameter."),
    "hidden bias not counted": row("01.3", dict(bias=lambda s: 0),
        "b_h is missing from both counts.",
        "go through the formula of the section: five terms, two of them biases."),
    "hidden bias counted twice": row("01.3", dict(bias=lambda s: 2 * s.H),
        "b_h is counted twice. Some libraries have a bias for the input and one for the state; here there is "
        "one.",
        "h_t = tanh(W_hh h_{t-1} + W_xh x_t + b_h)."),
    "output bias not counted": row("01.3", dict(output_bias=lambda s: 0),
        "b_y is missing from both counts.",
        "go through the formula of the section: five terms, two of them biases."),
    "output not counted": row("01.3", dict(output=lambda s: 0),
        "W_hy and b_y are missing from both counts.",
        "it is there once, at the end, with its weights and its bias."),
    "output layer copied": row("01.3",
        dict(untied=lambda s: s.copies() * (s.each_step() + s.output()) + s.first_state()),
        "Untied, the output layer is counted at every step; there is only one output.",
        "y_T = W_hy h_T + b_y is computed once."),
    "everything copied": row("01.3",
        dict(untied=lambda s: s.copies() * (s.each_step() + s.output() + s.first_state())),
        "Untied, everything is counted at every step.",
        "which weights and biases make h_t from h_{t-1} and x_t? Only those have copies. Of the others there "
        "is one each."),
    "only matrices copied": row("01.3",
        dict(untied=lambda s: s.tied() + (s.copies() - 1) * (s.recurrent_weights() + s.input_weights())),
        "Untied, the bias b_h is counted only once.",
        "b_h helps to make h_t from h_{t-1} and x_t, so each step has a copy of it, too."),
    "only recurrent matrix copied": row("01.3",
        dict(untied=lambda s: s.tied() + (s.copies() - 1) * s.recurrent_weights()),
        "Untied, only W_hh is counted at every step.",
        "x_t reaches h_t through W_xh, and b_h is added. Each step has a copy of these, too."),
    "copies counted besides the original": row("01.3", dict(copies=lambda s: s.length + 1),
        "Untied, there is a copy too many: T copies, and the shared weights besides.",
        "T steps, one copy each. Nobody reads the shared one any more."),
    "one copy too few": row("01.2", dict(copies=lambda s: s.length - 1),
        "Untied, there is a copy too few.",
        "there are T + 1 states, and T steps lead from h_0 to h_T."),
    "counts exchanged": row("01.3", dict(run=lambda s: (s.untied(), s.tied())),
        "The two counts are in the wrong order.",
        "first the tied one, then the untied one. The larger one is untied."),
}


# --- 1.3: a memory of k steps ---

def weight_for_memory(k, share):
    """The weight with which share is left of an input after k steps."""
    return share ** (1 / k)


class Memory:
    """The weight, formula by formula. Arguments as those of ``weight_for_memory``."""

    def __init__(self, k, share):
        self.k, self.share = k, share

    def run(self):
        """w_hh."""
        return self.root()

    def exponent(self):
        """the exponent"""
        return 1 / self.k

    def root(self):
        """the factor of one step, w_hh"""
        return self.share ** self.exponent()


MEMORIES = {
    "share divided by steps": row("01.4", lambda k, share: share / k,
        "It divides share by k, as if every step added something; every step multiplies.",
        "with w_hh = 0.5, what is left of a one after one step, after two, after three?"),
    "straight line": row("01.4", lambda k, share: 1 - (1 - share) / k,
        "It loses the same amount at every step, as a straight line does; every step multiplies by the same "
        "factor.",
        "with w_hh = 0.9, a one becomes 0.9 and then 0.81. Does it lose as much at both steps?"),
    "share taken for the weight": row("01.4", lambda k, share: share ** k,
        "It is share to the power of k: what is left of an input after k steps if w_hh is share.",
        "which weight leaves a quarter after two steps? Put k = 2 and share = 0.25 into your line."),
    "steps and share exchanged": row("01.4", lambda k, share: k ** (1 / share),
        "k and share have changed places.",
        "one of the two is what is left of an input, the other one counts the steps."),
    "one step too many": row("01.4", lambda k, share: share ** (1 / (k + 1)),
        "It counts k + 1 factors; there are k.",
        "send a one at step 1. h_1 holds it in full, and h_2 has one factor w_hh. How many has h_{1+k}?"),
    "half-life assumed": row("01.4", lambda k, share: 0.5 ** (1 / k),
        "It takes k for the half-life, whatever share is.",
        "with share = 0.1 a tenth is to be left after k steps, not a half."),
    "time constant assumed": row("01.4", lambda k, share: np.exp(-1 / k),
        "After k steps 1/e is left, about 0.37, whatever share is.",
        "with share = 0.5 a half is to be left after k steps, not 0.37."),
    "logarithm not undone": row("01.4", lambda k, share: np.log(share) / k,
        "It is the logarithm of w_hh.",
        "one more step leads from log(w_hh) to w_hh."),
    "root rounded away": row("01.4", lambda k, share: share ** (1 // k),
        "1 // k is 0 as soon as k is above 1, so w_hh is 1. The exponent needs a division that keeps "
        "fractions.",
        "with w_hh = 1 nothing is ever forgotten."),
}


# --- 1.4: the last state as one sum ---

def factors(w_hh, w_xh, T):
    """The factors of h_0 and of the inputs in the last state of a linear network."""
    return np.array([w_hh ** T, *(w_xh * w_hh ** (T - t) for t in range(1, T + 1))])


class LastState:
    """The factors in h_T = c[0] h_0 + c[1] x_1 + ... + c[T] x_T. Arguments as those of ``factors``."""

    def __init__(self, w_hh, w_xh, T):
        self.w_hh, self.w_xh, self.T = w_hh, w_xh, T

    def run(self):
        """All factors, from c[0] to c[T]."""
        return np.array([self.of_h0(), *(self.of_x(t) for t in range(1, self.T + 1))])

    def of_h0(self):
        """the factor of h_0, c[0]"""
        return self.w_hh ** self.T

    def of_x(self, t):
        """the factor of an input, c[t]"""
        return self.entering() * self.w_hh ** self.steps_left(t)

    def entering(self):
        """the factor with which an input comes in, w_xh"""
        return self.w_xh

    def steps_left(self, t):
        """the number of steps that are left after step t, T - t"""
        return self.T - t


FACTORS = {
    "one step too many": row("01.4", dict(steps_left=lambda s, t: s.T - t + 1),
        "Every input is multiplied by w_hh once too often.",
        "h_T = w_hh h_{T-1} + w_xh x_T. How often has x_T been multiplied by w_hh?"),
    "powers count from the start": row("01.4",
        [dict(steps_left=lambda s, t: t - 1), dict(steps_left=lambda s, t: t)],
        "The powers of w_hh grow with t: the last input seems to be the oldest one.",
        "x_1 is multiplied by w_hh at every later step, x_T never."),
    "input weight missing": row("01.4", dict(entering=lambda s: 1.0),
        "The inputs' factors lack w_xh.",
        "every input enters through w_xh, once."),
    "input weight at every step": row("01.4",
        dict(of_x=lambda s, t: s.w_xh * (s.w_hh * s.w_xh) ** s.steps_left(t)),
        "w_xh is multiplied in at every step; an input goes through it once, when it enters.",
        "h_2 has the term w_hh w_xh x_1. Multiply it by w_hh for h_3."),
    "product where the power belongs": row("01.4",
        dict(of_x=lambda s, t: s.entering() * s.w_hh * s.steps_left(t)),
        "The steps are multiplied in, as w_hh times (T - t); each step multiplies again, and that is a "
        "power.",
        "w_hh times w_hh times w_hh is w_hh^3."),
    "input weight on the first state": row("01.4", dict(of_h0=lambda s: s.w_xh * s.w_hh ** s.T),
        "h_0 is multiplied by w_xh; it does not come in as an input.",
        "h_1 = w_hh h_0 + w_xh x_1."),
    "first state one step short": row("01.4", dict(of_h0=lambda s: s.w_hh ** (s.T - 1)),
        "h_0 is multiplied by w_hh once too seldom.",
        "h_1 = w_hh h_0 + ... has one factor already. How many has h_T?"),
    "first state multiplied once": row("01.4", dict(of_h0=lambda s: s.w_hh),
        "The factor of h_0 is w_hh, as in h_1; each later step multiplies once more.",
        "h_2 = w_hh^2 h_0 + ..."),
    "order reversed": row("01.4", dict(run=lambda s: LastState.run(s)[::-1]),
        "The factors stand in reverse order, that of the last input first.",
        "c[0] belongs to h_0, and c[T] to x_T."),
    "first state left out": row("01.4", dict(run=lambda s: LastState.run(s)[1:]),
        "The factor of h_0 is not among them.",
        "T inputs and h_0 make T + 1 terms."),
}


def probes_of_factors():
    """Easier arguments for 1.4."""
    return {"T = 1": (0.8, 1.7, 1),
            "w_hh = 1": (1.0, 1.7, 5),
            "w_xh = 1": (0.8, 1.0, 5),
            "w_hh = 0": (0.0, 1.7, 5)}


# --- 1.6: sums over some of the copies ---

def gradients_of_shared(copies, owner):
    """The gradient of each matrix, the sum over those of its copies."""
    shared = np.zeros((owner.max() + 1, *copies.shape[1:]))
    np.add.at(shared, owner, copies)
    return shared


class Shared:
    """The gradient of each matrix, formula by formula. Arguments as those of ``gradients_of_shared``."""

    def __init__(self, copies, owner):
        self.copies, self.owner = copies, owner

    def run(self):
        """The gradients, (G, ...)."""
        shared = np.zeros((self.number(), *self.copies.shape[1:]))
        for t in self.steps():
            shared[self.matrix(t)] = self.add(shared[self.matrix(t)], self.share(t))
        return shared

    def number(self):
        """the number of matrices, the largest owner plus 1"""
        return self.owner.max() + 1

    def steps(self):
        """the loop over the steps, from 1 to T"""
        return range(1, len(self.owner) + 1)

    def matrix(self, t):
        """the matrix that step t uses, owner[t - 1]"""
        return self.owner[t - 1]

    def share(self, t):
        """the share of step t, the gradient of its copy"""
        return self.copies[t - 1]

    def add(self, total, share):
        """the sum over a matrix's copies"""
        return total + share


def of_each(copies, owner, combine):
    """One array per matrix, made by ``combine`` from the gradients of its copies."""
    return np.stack([combine(copies[owner == g]) for g in range(owner.max() + 1)])


def matrices_in_order_of_first_use(copies, owner):
    _, first = np.unique(owner, return_index=True)
    return gradients_of_shared(copies, owner)[np.argsort(first)]


def owners_taken_in_turn(copies, owner):
    G = owner.max() + 1
    return np.stack([copies[g::G].sum(axis=0) for g in range(G)])


SHARED = {
    "mean over the copies": row("01.6",
        lambda copies, owner: of_each(copies, owner, lambda own: own.mean(axis=0)),
        "It is the mean over a matrix's copies; the gradient of a shared weight is their sum.",
        "move the shared matrix by a little, and every copy moves by that little. Their effects add up."),
    "last copy only": row("01.7", lambda copies, owner: of_each(copies, owner, lambda own: own[-1]),
        "Of each matrix's copies only the last one counts.",
        "In code: in a loop, = forgets what came before, where += adds. And shared[owner] += copies, without "
        "a loop, writes to an index that occurs twice two times, and adds once."),
    "first copy only": row("01.7", lambda copies, owner: of_each(copies, owner, lambda own: own[0]),
        "Of each matrix's copies only the first one counts.",
        "owner has the matrix's number at several steps. Each of them has a share in the gradient."),
    "all copies for every matrix": row("01.6",
        lambda copies, owner: of_each(copies, owner, lambda own: copies.sum(axis=0)),
        "Every matrix gets the sum over all steps, also over those that use another matrix.",
        "a step's copy is moved only by the matrix that owns the step."),
    "matrices in order of first use": row("01.7", matrices_in_order_of_first_use,
        "The sums are right, but they stand in the order in which the matrices are first used.",
        "entry g of the result belongs to matrix number g, whenever it is used first."),
    "owners taken in turn": row("01.7", owners_taken_in_turn,
        "The steps are dealt out in turn, 0, 1, 2, 0, 1, ...; owner says who has which.",
        "odd and even steps were one example. owner may hold any order."),
    "last matrix left out": row("01.7", lambda copies, owner: gradients_of_shared(copies, owner)[:-1],
        "The last matrix has no gradient. range(owner.max()) ends before it.",
        "with the numbers 0, 1 and 2 there are three matrices."),
    "sum for every step": row("01.7", lambda copies, owner: gradients_of_shared(copies, owner)[owner],
        "There is a gradient for every step; asked for is one for every matrix.",
        "the result has G entries along its first axis, and G is the number of different owners."),
}


def copies(seed, T, H, owner):
    """Random arguments for 1.6."""
    return np.random.default_rng(seed).standard_normal((T, H, H)), np.array(owner)


# --- 1.9: the copies of a weight that stands in two places ---

class Mixture(NamedTuple):
    """The cell of 1.9, h_t = keep(w) h_{t-1} + new(w) x_t. Others make other exercises: ``weight_of_cell``.

    keep, new: functions of w. keep_slope, new_slope: their derivatives.
    """

    keep: Callable = lambda w: w
    new: Callable = lambda w: 1 - w
    keep_slope: Callable = lambda w: 1.0
    new_slope: Callable = lambda w: -1.0


def last_state_of(cell):
    """1.9: move w in all steps at once."""
    def gradient_of_w(w, h0, x):
        def last(v):
            h = h0
            for x_t in x:
                h = cell.keep(v["w"]) * h + cell.new(v["w"]) * x_t
            return h

        return complex_step(last, {"w": np.array(float(w))})["w"].item()

    return gradient_of_w


class WeightOfCell:
    """dL/dw of a ``Mixture``, formula by formula. Arguments as those of ``gradient_of_w``."""

    cell = Mixture()

    def __init__(self, w, h0, x):
        self.w, self.x, self.T, self.h = w, x, len(x), [h0]
        for x_t in x:
            self.h.append(self.cell.keep(w) * self.h[-1] + self.cell.new(w) * x_t)

    def run(self):
        """dL/dw."""
        total = 0.0
        for t in self.steps():
            total = self.add(total, t)
        return total

    def steps(self):
        """the loop over the steps, from 1 to T"""
        return range(1, self.T + 1)

    def beside_state(self, t):
        """what the w beside the state does to h_t"""
        return self.cell.keep_slope(self.w) * self.h[t - 1]

    def beside_input(self, t):
        """what the w beside the input does to h_t"""
        return self.cell.new_slope(self.w) * self.x[t - 1]

    def carried(self):
        """the factor from a state to the next one"""
        return self.cell.keep(self.w)

    def felt(self, t):
        """how strongly h_t is felt in the loss"""
        return self.carried() ** (self.T - t)

    def share(self, t):
        """the gradient of the copy of step t"""
        return (self.beside_state(t) + self.beside_input(t)) * self.felt(t)

    def add(self, total, t):
        """the sum over the copies"""
        return total + self.share(t)


WEIGHTS = {
    "weight beside the state alone": row("01.6", dict(beside_input=lambda s, t: 0.0),
        "Only the w beside the state is moved; 1 - w beside the input moves with it.",
        "mark every w in the equation of h_t. What does each of them do to h_t when the copy moves?"),
    "weight beside the input alone": row("01.6", dict(beside_state=lambda s, t: 0.0),
        "Only the 1 - w beside the input is moved; the w beside the state moves with it.",
        "mark every w in the equation of h_t. What does each of them do to h_t when the copy moves?"),
    "sign of the second place": row("01.6",
        dict(beside_input=lambda s, t: -s.cell.new_slope(s.w) * s.x[t - 1]),
        "What the w beside the input does to h_t has the wrong sign.",
        "does 1 - w rise or fall when w rises?"),
    "every copy felt in full": row("01.6", dict(felt=lambda s, t: 1.0),
        "Every copy counts as if its step were the last.",
        "what the first copy changes in h_1 reaches h_T through the later steps. What does each of them do "
        "to it?"),
    "felt one step too often": row("01.6", dict(felt=lambda s, t: s.carried() ** (s.T - t + 1)),
        "Every copy is multiplied by w once too often.",
        "L = h_T. What the last copy changes in h_T is felt in full."),
    "felt from the wrong end": row("01.6", dict(felt=lambda s, t: s.carried() ** (t - 1)),
        "It lets the first copy be felt in full, and the last one least.",
        "L = h_T. Which copy's change must still pass through all the later steps?"),
    "carried on by the input's factor": row("01.6", dict(carried=lambda s: s.cell.new(s.w)),
        "What a step changes in its state is handed on by 1 - w; that is the input's factor.",
        "write down h_{t+1}. Which number stands beside h_t?"),
    "last copy alone": row("01.7", dict(add=lambda s, total, t: s.share(t)),
        "Only the last copy counts. In a loop, = forgets what came before.",
        "w is used at every step. Each use has a share in the gradient."),
    "first copy alone": row("01.7", dict(steps=lambda s: range(1, 2)),
        "Only the first copy counts.",
        "w is used at every step. Each use has a share in the gradient."),
    "mean over the copies": row("01.6", dict(add=lambda s, total, t: total + s.share(t) / s.T),
        "It is the mean over the copies; the gradient of a shared weight is their sum.",
        "move w by a little, and every copy moves by that little. Their effects add up."),
    "copies not added up": row("01.6",
        dict(run=lambda s: np.array([s.share(t) for t in range(1, s.T + 1)])),
        "There is a gradient for every copy; asked for is the one of the shared w.",
        "every copy moves when w moves. Their effects add up."),
}
MIXED = [(0.6, 0.8, np.array([0.5, -1.0, 0.9, 1.4, -0.3])),
         (-1.2, -0.7, np.array([-0.4, 1.1, 0.6, -0.8, 0.3, 1.7, -1.3])),
         (1.3, 0.5, np.array([1.2, -0.6, 0.2, 0.7, -1.1, 0.4]))]


def weight_of_cell(cell, title, goal, hints):
    """An exercise on the shared weight of a ``Mixture``: dL/dw for L = h_T."""
    w, h0, x = MIXED[0]
    formulas = type("WeightOfThis", (WeightOfCell,), {"cell": cell, "__module__": __name__})
    return Exercise(
        title, goal, last_state_of(cell), MIXED, formulas=formulas, mistakes=WEIGHTS, parts=("dw",), points=2,
        hints=hints, far=[far_problems.larger(MIXED[0])],
        probes={"T = 1": (w, h0, x[:1]), "h_0 = 0": (w, 0.0, x), "all inputs are 0": (w, h0, 0 * x),
                "w = 1": (1.0, h0, x)})


# What a learner commits to before the next cell runs; the thoughts are read after "Behind b is often the
# thought that".

PREDICTS = {
    "P01.1": Predict("Can training find the weights that count?", {
        "a": ("Other weights that count nearly as well: one below 1, the other above.",
              "what one weight loses at every step the other can make up for."),
        "b": ("Both weights 1, to six digits.",
              "only 1 and 1 count without an error, and that the gradient of any other pair still pushes."),
        "c": ("Nothing useful: the loss stays far from zero.",
              "one weight is used at ten steps, and ten steps want ten different things of it.")}, "b"),
}

EXERCISES = {
    "1.1": Exercise(
        "Unroll a scalar network", "Every state stands in its own slot, h[0] among them.", states,
        [SCALARS, (-1.3, 0.8, -0.4, -0.9, np.array([-0.3, 1.1, 0.7, -0.6, 0.2, 1.9, -1.2])),
         (0.5, 1.5, 0.2, 0.7, np.array([0.4]))],
        formulas=States, form=scalar, probes=probes_of_states, points=2,
        far=[far_problems.larger(SCALARS, 2, 3, 4)],
        parts=("h",),
        hints=("How many states are there for T inputs, and what stands in h[0] before the loop begins?",
               "h_t = tanh(w_hh h_{t-1} + w_xh x_t + b_h) for t = 1 ... T, and x_t stands in x[t - 1].",
               "Make h with np.zeros(T + 1) and fill h[0]. Then loop over range(1, T + 1); h[t] reads h[t - "
               "1] and x[t - 1]."),
        mistakes=NETWORKS | SCALAR_NETWORKS),
    "1.10": Exercise(
        "Your own backward loop", "One loop backward makes both gradients: you have written BPTT.",
        counter_backward, COUNTED,
        formulas=CounterBackward, probes=probes_of_counter, points=2, parts=("dw_hh", "dw_xh"),
        gaps=("dh = h[-1] - target", "dw_hh += dh * h[t - 1]\ndw_xh += dh * x[t - 1]", "dh = w_hh * dh"),
        far=[far_problems.larger(COUNTED[0], 1, 2, 3)],
        hints=("In h_t = w_hh h_{t-1} + w_xh x_t move one thing and hold the others still. How much does h_t "
               "move with w_hh, with w_xh, with h_{t-1}?",
               "dL/dh_T = h_T - target. Step t adds dL/dh_t h_{t-1} to dw_hh and dL/dh_t x_t to dw_xh. "
               "dL/dh_{t-1} = w_hh dL/dh_t.",
               "dh begins with h[-1] and the target. In the loop two lines with += use dh, h[t - 1] and x[t "
               "- 1]; a last line with = makes the new dh of w_hh and the old one."),
        mistakes=COUNTER_BACKWARD),
    "1.2": Exercise(
        "Count", "Shared weights cost the same at every length; copies cost more with every step.",
        parameter_counts,
        [(2, 3, 5, 7), (6, 4, 3, 9), (3, 7, 2, 5), (4, 2, 3, 1)], parts=("tied", "untied"),
        formulas=Counts, probes={"T = 1": (2, 3, 5, 1)},
        hints=("Which weights and biases occur in the formula for h_t? Which parameters occur elsewhere, and "
               "how often does each of those exist?",
               "A step has W_hh (H, H), W_xh (H, D) and b_h (H,). Once there are W_hy (O, H), b_y (O,) and "
               "h0 (H,).",
               "tied = each_step + once. For untied, one of the two is multiplied by T."),
        mistakes=COUNTS),
    "1.3": Exercise(
        "Design a memory", "One weight sets how long a linear state remembers.", weight_for_memory,
        [(5, 0.5), (1, 0.5), (12, 0.1), (40, 0.8), (3, 2.0)],
        probes={"k = 1": (1, 0.3), "share = 0.5": (4, 0.5), "share = 1": (4, 1.0)},
        parts=("w_hh",), formulas=Memory,
        hints=("A one comes in, then zeros. What is left of it after one step, after two, after k?",
               "After k steps w_hh^k is left, and that is to be share.",
               "Undo the power k with the power 1 / k. Python writes a power as **; put brackets around the "
               "exponent."),
        mistakes=MEMORIES),
    "1.4": Exercise(
        "The last state as one sum",
        "The last state is one sum, and you know how much each input counts in it.", factors,
        [(0.8, 1.7, 5), (-1.3, 0.6, 7), (1.0, -2.0, 6), (0.4, 3.0, 1)],
        formulas=LastState, probes=probes_of_factors, points=2, parts=("factors",),
        far=[far_problems.larger((0.8, 1.7, 5), 1)],
        hints=("Write h_3 as w_hh times the h_2 of the text, plus w_xh x_3. What happens to each factor when "
               "a step is added?",
               "c[0] = w_hh^T, and c[t] = w_hh^(T-t) w_xh: x_t meets w_xh once, and then w_hh at each of the "
               "T - t later steps.",
               "Make an array of T + 1 slots. Fill c[0] by itself; fill c[1] ... c[T] in a loop over t, or "
               "with np.arange as the exponent."),
        mistakes=FACTORS),
    "1.5": Exercise(
        "T layers", "A recurrent network is a network with T layers, here each with weights of its own.",
        layered_states,
        [layers(1, 5, 2, 3), layers(2, 6, 4, 2), layers(3, 7, 3, 5)],
        formulas=States, probes=probes_of_layers, points=2,
        far=[far_problems.larger(layers(1, 5, 2, 3), 2, 3, 4)],
        parts=("h",),
        hints=("What does layer 1 read, and what does it hand on? In which slot of W_hh are its weights?",
               "h_t = tanh(W_hh^(t) h_{t-1} + W_xh^(t) x_t + b_h^(t)), and the copies of layer t stand in "
               "slot t - 1.",
               "It is the loop of exercise 1.1, with @ for the two products, with [t - 1] after each weight, "
               "and with states of shape (T + 1, H)."),
        mistakes=NETWORKS | LAYERED_NETWORKS),
    "1.6": Exercise(
        "Who shares with whom", "Who shares a matrix adds up the gradients of its copies.",
        gradients_of_shared,
        [copies(4, 6, 3, [0, 1, 0, 0, 2, 1]), copies(5, 7, 2, [2, 0, 1, 1, 2, 2, 0]),
         copies(6, 5, 4, [0, 0, 0, 0, 0])], points=2,
        far=[far_problems.larger(copies(4, 6, 3, [0, 1, 0, 0, 2, 1]), 0)],
        probes={"one matrix is used at every step": copies(7, 5, 3, [0, 0, 0, 0, 0]),
                "each matrix is used once, in order": copies(8, 4, 3, [0, 1, 2, 3]),
                "the matrices take turns": copies(9, 6, 3, [0, 1, 2, 0, 1, 2]),
                "the owners never go down": copies(10, 6, 3, [0, 0, 1, 1, 1, 2])},
        parts=("gradients",), formulas=Shared,
        hints=("If matrix g moves by a little, which copies move with it? What do their effects do together?",
               "dL/dW_g is the sum of dL/dW^(t) over all steps t with owner[t - 1] = g.",
               "owner == g marks the steps of matrix g, and copies can be indexed with such a mask. There "
               "are owner.max() + 1 matrices."),
        mistakes=SHARED),
    "1.7": choice(
        "Which copy counts most?", "You weighed both factors of a copy's gradient.", "b", {
            "a": "What step 6 makes is felt in full, that is true. But what comes into it is h_5, and that "
                 "has already been multiplied by w five times. Multiply both factors.",
            "b": "Into step t comes h_{t-1} = w^(t-1), and its result is felt w^(6-t) times as strongly. "
                 "Their product is w^5 at every step, and the six copies together give 6 w^5: the derivative "
                 "of w^6.",
            "c": "The largest state comes into step 1, that is true. But what step 1 makes is multiplied by "
                 "w five more times before it is h_6. Multiply both factors.",
            "d": "In the middle both factors are of medium size. Compare their product with that of the "
                 "first step: is it larger?"},
        hints=("A copy's gradient has two factors: what comes into its step, and how strongly the step's "
               "result is felt in the loss. What are they at step 6?",
               "Without inputs h_{t-1} = w^(t-1). From h_t on, 6 - t more steps lead to h_6, each with a "
               "factor w.",
               "Multiply w^(t-1) by w^(6-t). Does t stay in the result?")),
    "1.8": ordering(
        "One sweep, step by step",
        "Forward to the last state, back through the states, and each copy's gradient after both of its "
        "factors.",
        "ecgdbfa", {
            "c": [("e", "h_2 is made from h_1.")],
            "g": [("c", "the loss compares h_2 with the target, so its derivative depends on h_2.")],
            "b": [("g", "h_1 is felt in the loss only through h_2, with dL/dh_1 = w dL/dh_2.")],
            "d": [("g", "one factor of this copy's gradient is how strongly its step's result, h_2, is felt "
                        "in the loss.")],
            "f": [("b", "one factor of this copy's gradient is how strongly its step's result, h_1, is felt "
                        "in the loss.")],
            "a": [("d", "the sum needs the gradients of both copies."),
                  ("f", "the sum needs the gradients of both copies.")]},
        hints=("Which line needs nothing but what is given: h_0, the inputs, the target and w?",
               "dL/dh_2 = h_2 - target, dL/dh_1 = w dL/dh_2, dL/dw(2) = dL/dh_2 times h_1, and dL/dw(1) = "
               "dL/dh_1 times h_0.",
               "Both states, then how strongly each is felt, the later one first. A copy's gradient may come "
               "at any time after its two factors.")),
    "1.9": weight_of_cell(
        Mixture(), "A weight that stands twice",
        "A copy's gradient counts every place of the weight in its step, and the copies add up.",
        hints=("Give each step its own copy of w. In how many places of its step does a copy stand? And what "
               "happens afterwards to the change that it makes in h_t?",
               "The copy of step t changes h_t by h_{t-1} - x_t, and h_t is felt w^(T-t) times in h_T. "
               "dL/dw = sum over t of (h_{t-1} - x_t) w^(T-t).",
               "Loop over t = 1 ... T with h as the state before the step: first total += (h - x[t - 1]) * w "
               "** (T - t), then the new h.")),
}


# --- warm-ups: from lesson 00 ---

BACK_THROUGH = {
    "matrix not transposed": row("00.6", lambda W, du: W @ du,
        "W is not transposed on the way back.",
        "v[j] is felt by every u[i], with W[i, j]. Add up over i, the rows of W."),
    "as on the way forward": row("00.6", lambda W, du: du,
        "The gradient at u is returned; W stands between v and u.",
        "a change of v[j] reaches u[i] times W[i, j]."),
    "summed without W's entries": row("00.6", lambda W, du: W.sum(axis=0) * du.sum(),
        "W and du are summed apart from each other.",
        "each W[i, j] belongs to its own du[i]: multiply first, then add up over i."),
    "averaged": row("00.6", lambda W, du: W.T @ du / len(du),
        "It is a mean over the entries of u; their effects add up.",
        "every u[i] is a path from v[j] to the loss, and paths add up."),
}

SQUARES = np.random.default_rng(101).standard_normal((2, 5, 5))      # so that W @ du has a shape, too

WARM_UPS = {
    "1.a": Exercise(
        "Back through a matrix", "Forward goes through W, and a gradient through its transpose.",
        lambda W, du: W.T @ du, [(SQUARES[0], SQUARES[1, 0]), (SQUARES[1, :3, :3], SQUARES[0, 4, :3])],
        hints=("v[j] moves a little. Which entries of u move, and by how much?",
               "dv[j] = the sum over i of W[i, j] du[i].",
               "The sum runs over W's rows: W has to be turned over before it is multiplied by du."),
        mistakes=BACK_THROUGH, parts=("dv",), points=0),
    "1.b": choice(
        "The shape of a gradient", "dX always has the shape of X.", "b", {
            "a": "Each step has a share, that is true. But there is one matrix to be moved, and the shares "
                 "are added up.",
            "b": "One number for each entry that can be moved.",
            "c": "The way back goes through the transpose of W. The gradient of W itself is no transpose: "
                 "dW[i, j] says what W[i, j] does to the loss.",
            "d": "The loss is one number, and so is each derivative of it. How many entries can be moved?"},
        hints=("For which numbers do you want to know what they do to the loss?",
               "dW_xh[i, j] is the derivative of L by W_xh[i, j].",
               "One derivative for each entry of W_xh, in the place of that entry."), points=0),
}
