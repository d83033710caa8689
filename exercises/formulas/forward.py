"""What all exercises about the forward pass share: the calculation with one small method per formula, the
mistakes in it, the forms that turn it, or a mistake in it, into an answer to an exercise, and easier problems
on which single terms vanish.

A problem is (params, x, h0), the arguments of ``rnn.forward``. A mistake is one row of STEP or of SEQUENCE.
"""

import numpy as np

from exercises.engine.mistakes import row
from helpers import gradcheck

# B and H are the same in all three, so that a state kept from an earlier call fits and shows. They are not
# those of the lesson's example, so that an array from the notebook does not fit.
SIZES = [dict(T=5, B=2, D=3, H=6, O=4), dict(T=7, B=2, D=4, H=6, O=3), dict(T=8, B=2, D=5, H=6, O=9)]


def problem(seed=20, change=None, T=5, B=2, D=3, H=6, O=4):
    """A random problem with nothing zero and nothing symmetric.

    change: function of (params, x, h0) that returns them changed.
    """
    drawn = gradcheck.random_problem(np.random.default_rng(seed), T=T, B=B, D=D, H=H, O=O)
    found = drawn.params, drawn.x, drawn.h0
    return change(*found) if change else found


def problems():
    """Three problems of different sizes."""
    return [problem(seed=20 + i, **sizes) for i, sizes in enumerate(SIZES)]


def scaled(name, factor):
    """A change: one of the parameters multiplied by a factor."""
    return lambda params, x, h0: ({**params, name: factor * params[name]}, x, h0)


def step_probes():
    """Easier problems: on each, some term of a step vanishes. {words that follow "right when": problem}."""
    def with_W_hh(make):
        return lambda params, x, h0: ({**params, "W_hh": make(params["W_hh"])}, x, h0)

    def tiny(params, x, h0):
        return {**params, "b_h": 1e-6 * params["b_h"]}, 1e-6 * x, 1e-6 * h0

    return {
        "x = 0": problem(change=lambda params, x, h0: (params, 0 * x, h0)),
        "W_hh = 0": problem(change=scaled("W_hh", 0.0)),
        "W_hh is symmetric": problem(change=with_W_hh(lambda W: (W + W.T) / 2)),
        "W_xh = 0": problem(change=scaled("W_xh", 0.0)),
        "b_h = 0": problem(change=scaled("b_h", 0.0)),
        "b_y = 0": problem(change=scaled("b_y", 0.0)),
        "the states are so small that tanh is linear": problem(change=tiny),
    }


def probes():
    """Easier problems for a whole forward pass."""
    return {
        "T = 1": problem(T=1),
        "T = 2": problem(T=2),
        "B = 1": problem(B=1),
        "h_0 = 0": problem(change=lambda params, x, h0: (params, x, 0 * h0)),
        "all inputs are the same": problem(change=lambda params, x, h0: (params, x[:1] + 0 * x, h0)),
        **step_probes(),
    }


class Forward:
    """The forward pass of the tanh network, step by step.

    params: W_hh (H, H), W_xh (H, D), W_hy (O, H), b_h (H,), b_y (O,). x: (T, B, D). h0: (B, H).
    Every public method but ``run`` is one formula.
    """

    def __init__(self, params, x, h0):
        self.params, self.x, self.h0 = params, x, h0
        self.T = len(x)
        self.h = np.zeros((self.T + 1, *h0.shape))
        self.y = np.zeros((self.T, len(h0), len(params["b_y"])))

    def run(self):
        """The states (T+1, B, H), h_0 in the first slot, and the outputs (T, B, O)."""
        self.h[0] = self.first()
        for t in self.steps():
            self.h[t] = self.state(t)
        for t in self.steps_with_output():
            self.y[t - 1] = self.output(t)
        return self.slots(), self.y

    def first(self):
        """the first slot, which holds h_0"""
        return self.h0

    def steps(self):
        """the order of the steps, from 1 to T"""
        return range(1, self.T + 1)

    def steps_with_output(self):
        """the steps that have an output, from 1 to T"""
        return range(1, self.T + 1)

    def previous(self, t):
        """the state that a step reads, h_{t-1}"""
        return self.h[t - 1]

    def input(self, t):
        """the input that a step reads, x_t"""
        return self.x[t - 1]

    def recurrent_term(self, t):
        """the recurrent term, W_hh h_{t-1}"""
        return self.previous(t) @ self.params["W_hh"].T

    def input_term(self, t):
        """the input term, W_xh x_t"""
        return self.input(t) @ self.params["W_xh"].T

    def bias(self, t):
        """the bias b_h"""
        return self.params["b_h"]

    def pre_activation(self, t):
        """the pre-activation a_t, the sum of the three terms"""
        return self.recurrent_term(t) + self.input_term(t) + self.bias(t)

    def state(self, t):
        """tanh of the pre-activation"""
        return np.tanh(self.pre_activation(t))

    def read_off(self, t):
        """the state that the output is read off, h_t"""
        return self.h[t]

    def output_bias(self, t):
        """the output's bias b_y"""
        return self.params["b_y"]

    def output(self, t):
        """the output, W_hy h_t + b_y"""
        return self.read_off(t) @ self.params["W_hy"].T + self.output_bias(t)

    def slots(self):
        """which state is in which slot of the result"""
        return self.h


class Step(Forward):
    """The forward pass again, for exercises about a single step.

    Of its formulas, those that a single step has.
    """

    def first(self):        # no formula here: h_prev is given
        return self.h0

    recurrent_term, input_term, bias = Forward.recurrent_term, Forward.input_term, Forward.bias
    pre_activation, state, read_off = Forward.pre_activation, Forward.state, Forward.read_off
    output_bias, output = Forward.output_bias, Forward.output


# The forms. Each takes Forward, or a subclass with a mistake, and returns a function with an exercise's
# arguments.

def one_step(forward):
    """One step of one sequence: params, x_t (D,), h_prev (H,)."""
    def answer(params, x_t, h_prev):
        h, y = forward(params, x_t[None, None], h_prev[None]).run()
        return h[1, 0], y[0, 0]

    return answer


def first_step(found):
    """The arguments of ``one_step``, made of a problem: the first step of its first sequence."""
    params, x, h0 = found
    return params, x[0, 0], h0[0]


# --- mistakes in a step ---

def softmax_on_the_output(s, t):
    exponentials = np.exp(Forward.output(s, t))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


STEP = {
    # the three terms of a step
    "recurrent term missing": row("02.2", dict(recurrent_term=lambda s, t: np.zeros_like(s.h0)),
        "The old state is not used: the new one comes from the input alone.",
        "three terms stand inside tanh: one from h_{t-1}, one from x_t, and the bias."),
    "input term missing": row("02.2", dict(input_term=lambda s, t: np.zeros_like(s.h0)),
        "The input is not used: the new state comes from the old one alone.",
        "three terms stand inside tanh: one from h_{t-1}, one from x_t, and the bias."),
    "bias missing": row("02.2", dict(bias=lambda s, t: np.zeros_like(s.params["b_h"])),
        "The bias b_h is not added.",
        "three terms stand inside tanh: one from h_{t-1}, one from x_t, and the bias."),
    "bias added twice": row("02.2", dict(bias=lambda s, t: 2 * s.params["b_h"]),
        "The bias b_h is added twice, perhaps once for the state and once for the input.",
        "W_hh h_{t-1} + W_xh x_t + b_h has a single bias."),
    "recurrent matrix transposed": row("02.3",
        dict(recurrent_term=lambda s, t: s.previous(t) @ s.params["W_hh"]),
        "The product is W_hh^T h where W_hh h belongs. Because W_hh is square, no error is raised.",
        "entry i of W_hh h is the sum over j of W_hh[i, j] h[j]. A column stands on the right of W_hh, a row "
        "on the left of W_hh^T."),
    # the activation
    "tanh missing": row("02.2", dict(state=lambda s, t: s.pre_activation(t)),
        "tanh is missing: the network is linear.",
        "a state lies between -1 and 1. Do yours?"),
    "tanh applied twice": row("02.2", dict(state=lambda s, t: np.tanh(np.tanh(s.pre_activation(t)))),
        "The state goes through tanh twice.",
        "a_t goes through tanh once, and the result is h_t."),
    "sigmoid instead of tanh": row("02.2", dict(state=lambda s, t: 1 / (1 + np.exp(-s.pre_activation(t)))),
        "The activation is the sigmoid 1/(1 + e^-a); it must be tanh.",
        "tanh(0) is 0, and half of its values are negative. The sigmoid of 0 is 0.5."),
    "ReLU instead of tanh": row("02.4", dict(state=lambda s, t: np.maximum(s.pre_activation(t), 0)),
        "The activation is ReLU; it must be tanh.",
        "a state of tanh lies between -1 and 1, and can be negative."),
    "bias outside of tanh": row("02.2",
        dict(state=lambda s, t: np.tanh(s.recurrent_term(t) + s.input_term(t)) + s.bias(t)),
        "The bias b_h is added after tanh; it belongs inside.",
        "tanh comes last. So a state lies between -1 and 1."),
    "input term outside of tanh": row("02.2",
        dict(state=lambda s, t: np.tanh(s.recurrent_term(t) + s.bias(t)) + s.input_term(t)),
        "W_xh x_t is added after tanh; it belongs inside.",
        "tanh comes last. So a state lies between -1 and 1."),
    "old state added": row("02.2", dict(state=lambda s, t: s.previous(t) + Forward.state(s, t)),
        "The old state is added to the result of tanh.",
        "h_t = tanh(a_t). The past enters through W_hh h_{t-1}, inside, and nowhere else."),
    # the output
    "output from previous state": row("02.2", dict(read_off=lambda s, t: s.h[t - 1]),
        "The output is read off the state before the step; it needs the state after it.",
        "y_t = W_hy h_t + b_y. So x_t can change y_t."),
    "output from pre-activation": row("02.2", dict(read_off=lambda s, t: s.pre_activation(t)),
        "The output is read off a_t; it needs h_t.",
        "y_t = W_hy h_t + b_y, and h_t has been through tanh."),
    "output from tanh of state": row("02.2", dict(read_off=lambda s, t: np.tanh(s.h[t])),
        "The output is read off tanh(h_t); it needs h_t.",
        "h_t is tanh(a_t) already. No second tanh stands before W_hy."),
    "output bias missing": row("02.2", dict(output_bias=lambda s, t: np.zeros_like(s.params["b_y"])),
        "The output's bias b_y is not added.",
        "y_t = W_hy h_t + b_y. With a state of zeros the output is b_y."),
    "output bias added twice": row("02.2", dict(output_bias=lambda s, t: 2 * s.params["b_y"]),
        "The output's bias b_y is added twice.",
        "y_t = W_hy h_t + b_y. With a state of zeros the output is b_y."),
    "tanh on the output": row("02.2", dict(output=lambda s, t: np.tanh(Forward.output(s, t))),
        "The output goes through tanh; y_t is what stands before any activation.",
        "y_t = W_hy h_t + b_y. Only the state has a tanh."),
    "softmax on the output": row("02.6", dict(output=softmax_on_the_output),
        "The output goes through a softmax; y_t holds the scores themselves.",
        "y_t = W_hy h_t + b_y. What the numbers mean, and whether they become probabilities, is a matter of "
        "the loss."),
}


# --- mistakes in the loop, and in what surrounds it ---

def state_handed_to_the_next_sequence(s):
    h0 = s.h0
    for b in range(1, len(h0)):
        Forward.run(s)
        s.h0 = s.h0.copy()
        s.h0[b] = s.h[-1, b - 1]
    _, y = Forward.run(s)
    s.h[0] = h0
    return s.slots(), y


def outputs_of_all_states(s):
    h, y = Forward.run(s)
    return h, np.concatenate([s.output(0)[None], y])


def only_the_last_output(s):
    h, y = Forward.run(s)
    return h, y[-1]


def zero_state(s):
    return np.zeros_like(s.h0)


def one_slot_early(s):
    return np.concatenate([s.h[1:], np.zeros_like(s.h[:1])])


SEQUENCE = {
    # the first state
    "first state ignored": row("02.5", dict(first=zero_state),
        "h0 is not used: the sequences start from zeros.",
        "step 1 reads h_0, and h_0 is an argument."),
    "first state of one sequence for all": row("02.5", dict(first=lambda s: s.h0[:1] + np.zeros_like(s.h0)),
        "All sequences start from the first sequence's h_0.",
        "h0 is (B, H). Row b is the state in which sequence b starts."),
    "first slot empty": row("02.3", dict(slots=lambda s: np.concatenate([np.zeros_like(s.h[:1]), s.h[1:]])),
        "The steps start from h0, but slot 0 of h holds zeros.",
        "the slots hold h_0 ... h_T. So h[0] is h0."),
    "no slot for the first state": row("02.3", dict(slots=lambda s: s.h[1:]),
        "h_0 is not among the states that are returned.",
        "T inputs, but T + 1 states: h_0 ... h_T."),
    "only the last state": row("02.3", dict(slots=lambda s: s.h[-1]),
        "Only the last state is kept.",
        "the backward pass will need all of them. Each step fills a slot of its own, and none is filled "
        "twice."),
    "first state overwritten": row("02.3",
        [dict(first=zero_state, slots=one_slot_early),
         dict(first=zero_state, slots=one_slot_early, read_off=lambda s, t: one_slot_early(s)[t]),
         dict(first=zero_state, slots=one_slot_early, read_off=lambda s, t: s.h[t % s.T + 1])],
        "Every state stands one slot too early: h_1 replaces h_0, and h[t - 1] is the last slot at t = 0.",
        "h_0 stays in h[0]. So the loop that fills the slots begins at 1."),
    "first state wraps to the last slot": row("02.3", dict(first=zero_state, slots=lambda s: s.h[1:]),
        "h has T slots only: h_0 has no place, and at the first step h[-1] is the last slot, not h_0.",
        "h_0 ... h_T are T + 1 states."),
    "first state in the last slot": row("02.3", dict(slots=lambda s: np.roll(s.h, -1, axis=0)),
        "h_0 stands at the end of h, in slot T, and each other state one slot too early.",
        "h[0] is h_0 and h[t] is h_t. If step 1 fills slot 0, then h[-1] is the last slot."),
    # the loop over time
    "every step starts from h0": row("02.3", dict(previous=lambda s, t: s.h[0]),
        "Every step reads h_0; it must read the state before.",
        "what step 1 makes is what step 2 starts from: h_2 = tanh(W_hh h_1 + ...)."),
    "previous state one too early": row("02.3", dict(previous=lambda s, t: s.h[max(t - 2, 0)]),
        "Each step but the first reads h_{t-2}; it must read h_{t-1}.",
        "the state in slot t comes from the one in slot t - 1."),
    "input one step late": row("02.3", dict(input=lambda s, t: s.x[t - 2]),
        "Step t reads x_{t-1}, and the first step reads the last input: x[-1].",
        "inputs start at t = 1, so x_1 is x[0]. Where does x_t stand?"),
    "input one step early": row("02.3", dict(input=lambda s, t: s.x[t % s.T]),
        "Step t reads x_{t+1}, and x_1 is not read at its step.",
        "inputs start at t = 1, so x_1 is x[0]. Where does x_t stand?"),
    "slot t read for x_t": row("02.3",
        [dict(input=lambda s, t: s.x[t % s.T], steps=lambda s: range(1, s.T), **outputs)
         for outputs in ({}, dict(steps_with_output=lambda s: range(1, s.T)))],
        "At step t the loop reads x[t], which is x_{t+1}. So x_1 is never read, and step T has no input.",
        "x_1 is x[0]. Where does x_t stand, and at which step should the loop end?"),
    "first input at every step": row("02.3", dict(input=lambda s, t: s.x[0]),
        "Every step reads the first input.",
        "x holds all steps, and step t reads x_t. Does the index move with the loop?"),
    "whole sequence at every step": row("02.3", dict(input=lambda s, t: s.x.sum(axis=0)),
        "Every step reads the sum of all inputs.",
        "step t knows x_1 ... x_t, and x_1 ... x_{t-1} only through the state. It cannot know what comes "
        "later."),
    "inputs in reverse order": row("02.3", dict(input=lambda s, t: s.x[s.T - t]),
        "The inputs are read from the last to the first.",
        "step 1 reads x_1, which is x[0]."),
    "last step missing": row("02.3",
        dict(steps=lambda s: range(1, s.T), steps_with_output=lambda s: range(1, s.T)),
        "The loop ends before step T: the last slots of h and of y keep their zeros.",
        "T inputs, T steps. Where does range(1, T) end?"),
    "last state missing": row("02.3", dict(steps=lambda s: range(1, s.T)),
        "The loop ends before step T: the last slot of h keeps its zeros, and the last output is read off "
        "them.",
        "T inputs, T steps. Where does range(1, T) end?"),
    "state handed to the next sequence": row("02.5", dict(run=state_handed_to_the_next_sequence),
        "Sequence after sequence is run, and each starts from the last state of the one before.",
        "the sequences of a batch know nothing of each other. Sequence b starts from row b of h0."),
    # what is returned
    "output from last state": row("02.6", dict(read_off=lambda s, t: s.h[s.T]),
        "Every output is read off the last state.",
        "y_t = W_hy h_t + b_y: each step has its own state."),
    "outputs of all states": row("02.3", dict(run=outputs_of_all_states),
        "The outputs are read off all T + 1 states: h_0 has one, too.",
        "outputs start at t = 1. There are as many as inputs."),
    "only the last output": row("02.6", dict(run=only_the_last_output),
        "Only the last output is returned.",
        "y is (T, B, O): each step has its own outputs. Which of them count is a matter of the loss."),
    "batch first": row("02.3", dict(run=lambda s: tuple(part.swapaxes(0, 1) for part in Forward.run(s))),
        "The results have the batch as their first axis.",
        "time comes first: h is (T+1, B, H) and y is (T, B, O)."),
    "results exchanged": row("02.3", dict(run=lambda s: Forward.run(s)[::-1]),
        "The two results are in the wrong order.",
        "first the states h, then the outputs y."),
}
