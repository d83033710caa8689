"""What all exercises about the forward pass share: the calculation with one small method per formula, the mistakes in it, the
forms that turn it, or a mistake in it, into an answer to an exercise, and easier problems on which single terms vanish.

A problem is (params, x, h0), the arguments of ``rnn.forward``.
"""

import numpy as np

from helpers import gradcheck

# B and H are the same in all three, so that a state kept from an earlier call fits and shows. They are not those of the lesson's
# example, so that an array from the notebook does not fit.
SIZES = [dict(T=5, B=2, D=3, H=6, O=4), dict(T=7, B=2, D=4, H=6, O=3), dict(T=8, B=2, D=5, H=6, O=9)]


def problem(seed=20, change=None, T=5, B=2, D=3, H=6, O=4):
    """A random problem with nothing zero and nothing symmetric. change: function of (params, x, h0) that returns them changed."""
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
        return {**params, "b_h": 1e-7 * params["b_h"]}, 1e-7 * x, 1e-7 * h0

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
    ``run()`` returns the states (T+1, B, H), h_0 in the first slot, and the outputs (T, B, O).
    Every other public method is one formula.
    """

    def __init__(self, params, x, h0):
        self.params, self.x, self.h0 = params, x, h0
        self.T = len(x)
        self.h = np.zeros((self.T + 1, *h0.shape))
        self.y = np.zeros((self.T, len(h0), len(params["b_y"])))

    def run(self):
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
    """The forward pass again, for exercises about a single step: of its formulas, those that a single step has."""

    recurrent_term, input_term, bias = Forward.recurrent_term, Forward.input_term, Forward.bias
    pre_activation, state, read_off = Forward.pre_activation, Forward.state, Forward.read_off
    output_bias, output = Forward.output_bias, Forward.output


# The forms. Each takes Forward, or a subclass with a mistake, and returns a function with an exercise's arguments.

def batch(forward):
    """As ``rnn.forward``: (params, x, h0)."""
    return lambda params, x, h0: forward(params, x, h0).run()


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


# --- the three terms of a step ---

class RecurrentTermMissing(Forward):
    """The old state is not used: the new one comes from the input alone.

    On paper: three terms stand inside tanh: one from h_{t-1}, one from x_t, and the bias.

    Lesson 02, section 2.
    """

    def recurrent_term(self, t):
        return np.zeros_like(self.h0)


class InputTermMissing(Forward):
    """The input is not used: the new state comes from the old one alone.

    On paper: three terms stand inside tanh: one from h_{t-1}, one from x_t, and the bias.

    Lesson 02, section 2.
    """

    def input_term(self, t):
        return np.zeros_like(self.h0)


class BiasMissing(Forward):
    """The bias b_h is not added.

    On paper: three terms stand inside tanh: one from h_{t-1}, one from x_t, and the bias.

    Lesson 02, section 2.
    """

    def bias(self, t):
        return np.zeros_like(self.params["b_h"])


class BiasAddedTwice(Forward):
    """The bias b_h is added twice, perhaps once for the state and once for the input.

    On paper: W_hh h_{t-1} + W_xh x_t + b_h has a single bias.

    Lesson 02, section 2.
    """

    def bias(self, t):
        return 2 * self.params["b_h"]


class RecurrentMatrixTransposed(Forward):
    """W_hh is transposed. Because it is square, no error is raised.

    On paper: entry i of W_hh h is the sum over j of W_hh[i, j] h[j]. A column stands on the right of W_hh, a row on the left of
    W_hh^T.

    Lesson 02, section 3.
    """

    def recurrent_term(self, t):
        return self.previous(t) @ self.params["W_hh"]


# --- the activation ---

class TanhMissing(Forward):
    """tanh is missing: the network is linear.

    On paper: a state lies between -1 and 1. Do yours?

    Lesson 02, section 2.
    """

    def state(self, t):
        return self.pre_activation(t)


class TanhAppliedTwice(Forward):
    """The state goes through tanh twice.

    On paper: a_t goes through tanh once, and the result is h_t.

    Lesson 02, section 2.
    """

    def state(self, t):
        return np.tanh(np.tanh(self.pre_activation(t)))


class SigmoidInsteadOfTanh(Forward):
    """The activation is the sigmoid 1/(1 + e^-a); it must be tanh.

    On paper: tanh(0) is 0, and half of its values are negative. The sigmoid of 0 is 0.5.

    Lesson 02, section 2.
    """

    def state(self, t):
        return 1 / (1 + np.exp(-self.pre_activation(t)))


class ReluInsteadOfTanh(Forward):
    """The activation is ReLU; it must be tanh.

    On paper: a state of tanh lies between -1 and 1, and can be negative.

    Lesson 02, section 4.
    """

    def state(self, t):
        return np.maximum(self.pre_activation(t), 0)


class BiasOutsideOfTanh(Forward):
    """The bias b_h is added after tanh; it belongs inside.

    On paper: tanh comes last. So a state lies between -1 and 1.

    Lesson 02, section 2.
    """

    def state(self, t):
        return np.tanh(self.recurrent_term(t) + self.input_term(t)) + self.bias(t)


class InputTermOutsideOfTanh(Forward):
    """W_xh x_t is added after tanh; it belongs inside.

    On paper: tanh comes last. So a state lies between -1 and 1.

    Lesson 02, section 2.
    """

    def state(self, t):
        return np.tanh(self.recurrent_term(t) + self.bias(t)) + self.input_term(t)


class OldStateAdded(Forward):
    """The old state is added to the result of tanh.

    On paper: h_t = tanh(a_t). The past enters through W_hh h_{t-1}, inside, and nowhere else.

    Lesson 02, section 2.
    """

    def state(self, t):
        return self.previous(t) + super().state(t)


# --- the output ---

class OutputFromPreviousState(Forward):
    """The output is read off the state before the step; it needs the state after it.

    On paper: y_t = W_hy h_t + b_y. So x_t can change y_t.

    Lesson 02, section 2.
    """

    def read_off(self, t):
        return self.h[t - 1]


class OutputFromPreActivation(Forward):
    """The output is read off a_t; it needs h_t.

    On paper: y_t = W_hy h_t + b_y, and h_t has been through tanh.

    Lesson 02, section 2.
    """

    def read_off(self, t):
        return self.pre_activation(t)


class OutputFromTanhOfState(Forward):
    """The output is read off tanh(h_t); it needs h_t.

    On paper: h_t is tanh(a_t) already. No second tanh stands before W_hy.

    Lesson 02, section 2.
    """

    def read_off(self, t):
        return np.tanh(self.h[t])


class OutputBiasMissing(Forward):
    """The output's bias b_y is not added.

    On paper: y_t = W_hy h_t + b_y. With a state of zeros the output is b_y.

    Lesson 02, section 2.
    """

    def output_bias(self, t):
        return np.zeros_like(self.params["b_y"])


class OutputBiasAddedTwice(Forward):
    """The output's bias b_y is added twice.

    On paper: y_t = W_hy h_t + b_y. With a state of zeros the output is b_y.

    Lesson 02, section 2.
    """

    def output_bias(self, t):
        return 2 * self.params["b_y"]


class TanhOnTheOutput(Forward):
    """The output goes through tanh; y_t is what stands before any activation.

    On paper: y_t = W_hy h_t + b_y. Only the state has a tanh.

    Lesson 02, section 2.
    """

    def output(self, t):
        return np.tanh(super().output(t))


class SoftmaxOnTheOutput(Forward):
    """The output goes through a softmax; y_t holds the scores themselves.

    On paper: y_t = W_hy h_t + b_y. What the numbers mean, and whether they become probabilities, is a matter of the loss.

    Lesson 02, section 6.
    """

    def output(self, t):
        exponentials = np.exp(super().output(t))
        return exponentials / exponentials.sum(axis=-1, keepdims=True)


STEP = [RecurrentTermMissing, InputTermMissing, BiasMissing, BiasAddedTwice, RecurrentMatrixTransposed, TanhMissing,
        TanhAppliedTwice, SigmoidInsteadOfTanh, ReluInsteadOfTanh, BiasOutsideOfTanh, InputTermOutsideOfTanh, OldStateAdded,
        OutputFromPreviousState, OutputFromPreActivation, OutputFromTanhOfState, OutputBiasMissing, OutputBiasAddedTwice,
        TanhOnTheOutput, SoftmaxOnTheOutput]


# --- the first state ---

class FirstStateIgnored(Forward):
    """h0 is not used: the sequences start from zeros.

    On paper: step 1 reads h_0, and h_0 is an argument.

    Lesson 02, section 5.
    """

    def first(self):
        return np.zeros_like(self.h0)


class FirstStateOfOneSequenceForAll(Forward):
    """All sequences start from the first sequence's h_0.

    On paper: h0 is (B, H). Row b is the state in which sequence b starts.

    Lesson 02, section 5.
    """

    def first(self):
        return self.h0[:1] + np.zeros_like(self.h0)


class FirstSlotEmpty(Forward):
    """The steps start from h0, but slot 0 of h holds zeros.

    On paper: the slots hold h_0 ... h_T. So h[0] is h0.

    Lesson 02, section 3.
    """

    def slots(self):
        return np.concatenate([np.zeros_like(self.h[:1]), self.h[1:]])


class NoSlotForTheFirstState(Forward):
    """h_0 is not among the states that are returned.

    On paper: T inputs, but T + 1 states: h_0 ... h_T.

    Lesson 02, section 3.
    """

    def slots(self):
        return self.h[1:]


class OnlyTheLastState(Forward):
    """Only the last state is kept.

    On paper: the backward pass will need all of them. Each step fills a slot of its own, and none is filled twice.

    Lesson 02, section 3.
    """

    def slots(self):
        return self.h[-1]


class FirstStateInTheLastSlot(Forward):
    """h_0 stands at the end of h, in slot T, and each other state one slot too early.

    On paper: h[0] is h_0 and h[t] is h_t. If step 1 fills slot 0, then h[-1] is the last slot.

    Lesson 02, section 3.
    """

    def slots(self):
        return np.roll(self.h, -1, axis=0)


# --- the loop over time ---

class EveryStepStartsFromH0(Forward):
    """Every step reads h_0; it must read the state before.

    On paper: what step 1 makes is what step 2 starts from: h_2 = tanh(W_hh h_1 + ...).

    Lesson 02, section 3.
    """

    def previous(self, t):
        return self.h[0]


class PreviousStateOneTooEarly(Forward):
    """Each step but the first reads h_{t-2}; it must read h_{t-1}.

    On paper: the state in slot t comes from the one in slot t - 1.

    Lesson 02, section 3.
    """

    def previous(self, t):
        return self.h[max(t - 2, 0)]


class InputOneStepLate(Forward):
    """Step t reads x_{t-1}, and the first step reads the last input: x[-1].

    On paper: inputs start at t = 1, so x_1 is x[0]. Where does x_t stand?

    Lesson 02, section 3.
    """

    def input(self, t):
        return self.x[t - 2]


class InputOneStepEarly(Forward):
    """Step t reads x_{t+1}, and x_1 is not read at its step.

    On paper: inputs start at t = 1, so x_1 is x[0]. Where does x_t stand?

    Lesson 02, section 3.
    """

    def input(self, t):
        return self.x[t % self.T]


class FirstInputAtEveryStep(Forward):
    """Every step reads the first input.

    On paper: x holds all steps, and step t reads x_t. Does the index move with the loop?

    Lesson 02, section 3.
    """

    def input(self, t):
        return self.x[0]


class WholeSequenceAtEveryStep(Forward):
    """Every step reads the sum of all inputs.

    On paper: step t knows x_1 ... x_t, and x_1 ... x_{t-1} only through the state. It cannot know what comes later.

    Lesson 02, section 3.
    """

    def input(self, t):
        return self.x.sum(axis=0)


class InputsInReverseOrder(Forward):
    """The inputs are read from the last to the first.

    On paper: step 1 reads x_1, which is x[0].

    Lesson 02, section 3.
    """

    def input(self, t):
        return self.x[self.T - t]


class LastStepMissing(Forward):
    """The loop ends before step T: the last slots of h and of y keep their zeros.

    On paper: T inputs, T steps. Where does range(1, T) end?

    Lesson 02, section 3.
    """

    def steps(self):
        return range(1, self.T)

    def steps_with_output(self):
        return range(1, self.T)


class LastStateMissing(Forward):
    """The loop ends before step T: the last slot of h keeps its zeros, and the last output is read off them.

    On paper: T inputs, T steps. Where does range(1, T) end?

    Lesson 02, section 3.
    """

    def steps(self):
        return range(1, self.T)


class StateHandedToTheNextSequence(Forward):
    """Sequence after sequence is run, and each starts from the last state of the one before.

    On paper: the sequences of a batch know nothing of each other. Sequence b starts from row b of h0.

    Lesson 02, section 5.
    """

    def run(self):
        h0 = self.h0
        for b in range(1, len(h0)):
            super().run()
            self.h0 = self.h0.copy()
            self.h0[b] = self.h[-1, b - 1]
        _, y = super().run()
        self.h[0] = h0
        return self.slots(), y


# --- what is returned ---

class OutputFromLastState(Forward):
    """Every output is read off the last state.

    On paper: y_t = W_hy h_t + b_y: each step has its own state.

    Lesson 02, section 6.
    """

    def read_off(self, t):
        return self.h[self.T]


class OutputsOfAllStates(Forward):
    """The outputs are read off all T + 1 states: h_0 has one, too.

    On paper: outputs start at t = 1. There are as many as inputs.

    Lesson 02, section 3.
    """

    def run(self):
        h, y = super().run()
        return h, np.concatenate([self.output(0)[None], y])


class OnlyTheLastOutput(Forward):
    """Only the last output is returned.

    On paper: y is (T, B, O): each step has its own outputs. Which of them count is a matter of the loss.

    Lesson 02, section 6.
    """

    def run(self):
        h, y = super().run()
        return h, y[-1]


class BatchFirst(Forward):
    """The results have the batch as their first axis.

    On paper: time comes first: h is (T+1, B, H) and y is (T, B, O).

    Lesson 02, section 3.
    """

    def run(self):
        h, y = super().run()
        return h.swapaxes(0, 1), y.swapaxes(0, 1)


class ResultsExchanged(Forward):
    """The two results are in the wrong order.

    On paper: first the states h, then the outputs y.

    Lesson 02, section 3.
    """

    def run(self):
        h, y = super().run()
        return y, h


SEQUENCE = [FirstStateIgnored, FirstStateOfOneSequenceForAll, FirstSlotEmpty, NoSlotForTheFirstState, OnlyTheLastState,
            FirstStateInTheLastSlot, EveryStepStartsFromH0, PreviousStateOneTooEarly, InputOneStepLate, InputOneStepEarly,
            FirstInputAtEveryStep, WholeSequenceAtEveryStep, InputsInReverseOrder, LastStepMissing, LastStateMissing,
            StateHandedToTheNextSequence, OutputFromLastState, OutputsOfAllStates, OnlyTheLastOutput, BatchFirst,
            ResultsExchanged]
