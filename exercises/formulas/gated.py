"""The LSTM and the GRU as formulas, and the mistakes that people make in them: what the exercises of lesson 08 share.

``LSTMBackward`` and ``GRUBackward`` are the right backward passes, one small method per formula; ``LSTMStep`` is one step
forward. A mistake is a subclass that replaces one method, now and then two or three. Its docstring says what is wrong, how to see
it on paper, and where the course has it. Most of them were found in public code.

    STEP_MISTAKES                   in one step of the LSTM, forward
    LSTM_MISTAKES, GRU_MISTAKES     in the backward passes, the frequent ones: they are looked for in pairs, too
    LSTM_RARE, GRU_RARE             the others
"""

import numpy as np

from helpers import gru, lstm
from helpers.activations import sigmoid


class Backward:
    """What both backward passes share. cache: of the forward pass. dy: dL/dy, (T, B, O).

    arriving: what reaches the last state from beyond the sequence. all_dh (T+1, B, H): dL/dh_t for t = 1 ... T.
    all_da: the gradients of the pre-activations, a dict by step. Every other public method is one formula.
    """

    def __init__(self, params, cache, dy):
        self.params, self.cache, self.dy = params, cache, dy
        self.x, self.h, self.T = cache.x, cache.h, len(cache.x)
        self.all_dh, self.all_da = np.zeros_like(cache.h), {}
        self.arriving = np.zeros_like(cache.h[0])

    def run(self):
        names = [name for name in self.params if name not in ("h0", "c0")]
        shares = {name: getattr(self, f"share_of_{name}") for name in names}
        grads = {name: np.zeros_like(self.params[name]) for name in names}
        grads["x"] = np.zeros_like(self.x)
        for t in self.steps():
            self.back(t)
            for name, share in shares.items():
                grads[name] = self.add(grads[name], share(t), t)
            grads["x"][t - 1] = self.dx(t)
            self.carry(t)
        return {**grads, **self.first()}


class LSTMBackward(Backward):
    """Backpropagation through time for the LSTM. ``run()`` returns the gradients, as ``lstm.backward`` does."""

    def __init__(self, params, cache, dy):
        super().__init__(params, cache, dy)
        self.c = cache.c
        self.all_dc, self.arriving_c = np.zeros_like(cache.c), np.zeros_like(cache.c[0])

    def back(self, t):
        self.all_dh[t] = self.dh(t)
        self.all_dc[t] = self.dc(t)
        self.all_da[t] = self.da(t)

    def carry(self, t):
        self.arriving, self.arriving_c = self.carry_h(t), self.carry_c(t)

    def first(self):
        return {"h0": self.dh0(), "c0": self.dc0()}

    def gates(self, t):
        return self.cache.i[t - 1], self.cache.f[t - 1], self.cache.g[t - 1], self.cache.o[t - 1]

    def steps(self):
        """the order of the steps, from T down to 1"""
        return range(self.T, 0, -1)

    def direct(self, t):
        """the direct effect of the step's own output, W_hy^T dy_t"""
        return self.dy[t - 1] @ self.params["W_hy"]

    def dh(self, t):
        """dh_t, the direct effect plus what arrives through the gates of step t+1"""
        return self.direct(t) + self.arriving

    def tanh_slope(self, t):
        """the slope of tanh between c_t and h_t, 1 - tanh(c_t)^2"""
        return 1 - np.tanh(self.c[t]) ** 2

    def from_hidden(self, t):
        """what h_t hands to c_t, o_t (1 - tanh(c_t)^2) dh_t"""
        return self.gates(t)[3] * self.tanh_slope(t) * self.all_dh[t]

    def dc(self, t):
        """dc_t, what h_t hands down plus what arrives along the cell state"""
        return self.from_hidden(t) + self.arriving_c

    def previous_cell(self, t):
        """the cell state that the forget gate met at step t, c_{t-1}"""
        return self.c[t - 1]

    def gate_slope(self, s, t):
        """a gate's slope, s (1 - s)"""
        return s * (1 - s)

    def candidate_slope(self, t):
        """the candidate's slope, 1 - g_t^2"""
        return 1 - self.gates(t)[2] ** 2

    def da_i(self, t):
        """the input gate's gradient, dc_t g_t times the gate's slope"""
        i, _, g, _ = self.gates(t)
        return self.all_dc[t] * g * self.gate_slope(i, t)

    def da_f(self, t):
        """the forget gate's gradient, dc_t c_{t-1} times the gate's slope"""
        return self.all_dc[t] * self.previous_cell(t) * self.gate_slope(self.gates(t)[1], t)

    def da_g(self, t):
        """the candidate's gradient, dc_t i_t times tanh's slope"""
        return self.all_dc[t] * self.gates(t)[0] * self.candidate_slope(t)

    def da_o(self, t):
        """the output gate's gradient, dh_t tanh(c_t) times the gate's slope"""
        return self.all_dh[t] * np.tanh(self.c[t]) * self.gate_slope(self.gates(t)[3], t)

    def da(self, t):
        """the order of the four blocks, i, f, g, o"""
        return np.concatenate([self.da_i(t), self.da_f(t), self.da_g(t), self.da_o(t)], axis=-1)

    def carry_h(self, t):
        """what travels back along h, W_hh^T da"""
        return self.all_da[t] @ self.params["W_hh"]

    def carry_c(self, t):
        """what travels back along c, f dc, both of the same step"""
        return self.gates(t)[1] * self.all_dc[t]

    def previous(self, t):
        """the state that W_hh met at step t, h_{t-1}"""
        return self.h[t - 1]

    def share_of_W_hh(self, t):
        """one step's share of dW_hh, da_t h_{t-1}^T"""
        return self.all_da[t].T @ self.previous(t)

    def share_of_W_xh(self, t):
        """one step's share of dW_xh, da_t x_t^T"""
        return self.all_da[t].T @ self.x[t - 1]

    def share_of_W_hy(self, t):
        """one step's share of dW_hy, dy_t h_t^T"""
        return self.dy[t - 1].T @ self.h[t]

    def share_of_b_h(self, t):
        """one step's share of db_h, da_t summed over the batch"""
        return self.all_da[t].sum(axis=0)

    def share_of_b_y(self, t):
        """one step's share of db_y, dy_t summed over the batch"""
        return self.dy[t - 1].sum(axis=0)

    def dx(self, t):
        """the input's gradient, W_xh^T da_t"""
        return self.all_da[t] @ self.params["W_xh"]

    def dh0(self):
        """the first hidden state's gradient, W_hh^T da_1"""
        return self.arriving

    def dc0(self):
        """the first cell state's gradient, f_1 dc_1"""
        return self.arriving_c

    def add(self, total, share, t):
        """the sum over all steps"""
        return total + share


# --- LSTM: the two ways back ---

class CellPathOmitted(LSTMBackward):
    """Nothing travels back along the cell state: dc_t holds only what h_t hands down.

    On paper: c_t has two readers, h_t and c_{t+1}. The second one sends f_{t+1} dc_{t+1} back.

    Lesson 08, section 4.
    """

    def dc(self, t):
        return self.from_hidden(t)


class HiddenPathOmitted(LSTMBackward):
    """Nothing travels back along the hidden state: dh_t holds the direct effect only.

    On paper: h_t is read by its output and by all four pre-activations of step t+1. Those send W_hh^T da_{t+1} back.

    Lesson 08, section 4.
    """

    def dh(self, t):
        return self.direct(t)


class CarriesNeverAssigned(LSTMBackward):
    """Both carries stay at the zeros they began with: no gradient travels from step to step.

    In code: what one step computes for h_{t-1} and c_{t-1} must be in the variables that the next round of the loop reads.

    Lesson 08, section 5.
    """

    def carry_h(self, t):
        return np.zeros_like(self.h[0])

    def carry_c(self, t):
        return np.zeros_like(self.c[0])


class ForgetGateMissingInCarry(LSTMBackward):
    """The forget gate is missing on the way back along c: dc_{t-1} gets dc_t as it is.

    On paper: c_t = f_t c_{t-1} + ..., so c_{t-1} moves c_t by f_t.

    Lesson 08, section 4.
    """

    def carry_c(self, t):
        return self.all_dc[t]


class CellCarryStaysZero(LSTMBackward):
    """Nothing travels back along the cell state: the carry stays at the zeros that it began with, and so dc_0 is zero, too.

    On paper: f_t times the total dc_t goes back to c_{t-1}. Is that assigned to the variable that the next round reads? And
    f_t times the carry alone would stay zero for ever.

    Lesson 08, section 5.
    """

    def carry_c(self, t):
        return np.zeros_like(self.c[0])


class HiddenCarryStaysZero(LSTMBackward):
    """Nothing travels back along the hidden state: the carry stays at the zeros that it began with, and so dh_0 is zero, too.

    In code: what one step computes for h_{t-1}, W_hh^T da_t, must be in the variable that the next round of the loop reads.

    Lesson 08, section 5.
    """

    def carry_h(self, t):
        return np.zeros_like(self.h[0])


class ForgetGateTwice(LSTMBackward):
    """What arrives along the cell state is multiplied by a forget gate once more; it has met f_{t+1} already.

    On paper: between c_t and c_{t+1} stands one forget gate. Step t+1 multiplies by it, and step t only adds what arrives.

    Lesson 08, section 4.
    """

    def dc(self, t):
        return self.from_hidden(t) + self.gates(t)[1] * self.arriving_c


class InputGateInCellCarry(LSTMBackward):
    """The input gate stands on the way back along c; it must be the forget gate.

    On paper: in c_t = f_t c_{t-1} + i_t g_t, which gate multiplies c_{t-1}?

    Lesson 08, section 4.
    """

    def carry_c(self, t):
        return self.gates(t)[0] * self.all_dc[t]


class ForgetGateOneStepOff(LSTMBackward):
    """The forget gate on the way from c_t back to c_{t-1} is that of step t-1; it must be f_t.

    On paper: the gate that acts between c_{t-1} and c_t is computed at step t. On the way back to c_t itself it is f_{t+1}.

    Lesson 08, section 4.
    """

    def carry_c(self, t):
        return self.cache.f[max(t - 2, 0)] * self.all_dc[t]


class OutputGateInCellCarry(LSTMBackward):
    """On the way back along c stand the output gate and tanh's slope; only the forget gate acts there.

    On paper: the step from c_{t-1} to c_t is linear. tanh and o_t stand between c_t and h_t, beside the road.

    Lesson 08, section 4.
    """

    def carry_c(self, t):
        return self.gates(t)[1] * self.gates(t)[3] * self.tanh_slope(t) * self.all_dc[t]


# --- LSTM: from h_t to c_t ---

class CellSlopeFromCell(LSTMBackward):
    """tanh's slope is taken as 1 - c_t^2; it must be 1 - tanh(c_t)^2.

    On paper: the slope is 1 minus the square of tanh's value. c_t is its argument, and may be larger than 1.

    Lesson 08, section 4.
    """

    def tanh_slope(self, t):
        return 1 - self.c[t] ** 2


class CellSlopeMissing(LSTMBackward):
    """tanh's slope between c_t and h_t is missing.

    On paper: h_t = o_t tanh(c_t). Every path from h_t to c_t takes the slope of that tanh along.

    Lesson 08, section 4.
    """

    def tanh_slope(self, t):
        return np.ones_like(self.c[t])


class CellSlopeFromHidden(LSTMBackward):
    """tanh's slope is taken as 1 - h_t^2, as in the plain network; it must be 1 - tanh(c_t)^2.

    On paper: h_t is not tanh(c_t). The output gate stands between them.

    Lesson 08, section 4.
    """

    def tanh_slope(self, t):
        return 1 - self.h[t] ** 2


class CellTanhTwice(LSTMBackward):
    """tanh is applied twice in the slope: 1 - tanh(tanh(c_t))^2.

    On paper: the slope is 1 minus the square of tanh(c_t). Is your variable tanh(c_t) already?

    Lesson 08, section 4.
    """

    def tanh_slope(self, t):
        return 1 - np.tanh(np.tanh(self.c[t])) ** 2


class OutputGateMissing(LSTMBackward):
    """The output gate is missing between h_t and c_t.

    On paper: h_t = o_t tanh(c_t), so c_t moves h_t by o_t times tanh's slope.

    Lesson 08, section 4.
    """

    def from_hidden(self, t):
        return self.tanh_slope(t) * self.all_dh[t]


class HiddenStateHandsNothingDown(LSTMBackward):
    """h_t hands nothing to c_t: dc_t holds only what arrives along the cell state.

    On paper: h_t = o_t tanh(c_t). The loss at step t reaches c_t through h_t, and only so.

    Lesson 08, section 4.
    """

    def dc(self, t):
        return self.arriving_c


# --- LSTM: the gates ---

class GateSlopeMissing(LSTMBackward):
    """The slopes of the gates, s (1 - s), are missing.

    On paper: between a gate and its pre-activation stands the sigmoid, and its slope belongs to the path.

    Lesson 08, section 2.
    """

    def gate_slope(self, s, t):
        return np.ones_like(s)


class GateSlopeIsTheGate(LSTMBackward):
    """The gate itself stands where its slope belongs: s in place of s (1 - s).

    On paper: the sigmoid's slope, written with its value, has two factors.

    Lesson 08, section 2.
    """

    def gate_slope(self, s, t):
        return s


class GateSlopeAppliedTwice(LSTMBackward):
    """The sigmoid is applied again before the slope is taken: the gates in the cache are values of the sigmoid already.

    On paper: the slope at a is s (1 - s) with s = sigmoid(a). i, f and o are such an s.

    Lesson 08, section 2.
    """

    def gate_slope(self, s, t):
        return sigmoid(s) * (1 - sigmoid(s))


class GateSlopeOfTanh(LSTMBackward):
    """The gates have tanh's slope, 1 - s^2; a sigmoid's is s (1 - s).

    On paper: i, f and o are sigmoids. Only the candidate g is a tanh.

    Lesson 08, section 2.
    """

    def gate_slope(self, s, t):
        return 1 - s ** 2


class ForgetSlopeMissing(LSTMBackward):
    """The forget gate's slope is missing: da_f is dc_t c_{t-1}.

    On paper: three gates, three sigmoids, three slopes.

    Lesson 08, section 4.
    """

    def da_f(self, t):
        return self.all_dc[t] * self.previous_cell(t)


class ForgetSlopeIsTheGate(LSTMBackward):
    """The forget gate itself stands where its slope f (1 - f) belongs.

    On paper: da_f = dc_t c_{t-1} f_t (1 - f_t). The last factor is missing.

    Lesson 08, section 4.
    """

    def da_f(self, t):
        return self.all_dc[t] * self.previous_cell(t) * self.gates(t)[1]


class CandidateSlopeMissing(LSTMBackward):
    """The candidate's slope, 1 - g_t^2, is missing.

    On paper: g_t = tanh(a_g). Back to a_g goes a gradient only through that tanh.

    Lesson 08, section 4.
    """

    def candidate_slope(self, t):
        return np.ones_like(self.c[t])


class CandidateSlopeOfSigmoid(LSTMBackward):
    """The candidate has a sigmoid's slope, g (1 - g); it is a tanh.

    On paper: i, f and o are sigmoids, g is a tanh, with the slope 1 - g_t^2.

    Lesson 08, section 4.
    """

    def candidate_slope(self, t):
        g = self.gates(t)[2]
        return g * (1 - g)


class PreviousCellWrapsToLast(LSTMBackward):
    """At step 1 the forget gate meets the last cell state: an index of -1 has wrapped around. It must be c_0.

    On paper: c_0 ... c_T are T + 1 states, and c_0 stands in c[0].

    Lesson 08, section 4.
    """

    def previous_cell(self, t):
        return self.c[t - 1] if t > 1 else self.c[-1]


class CurrentCellInForgetGate(LSTMBackward):
    """The forget gate's gradient contains c_t; it must be c_{t-1}.

    On paper: c_t = f_t c_{t-1} + ...: the gate multiplies the state before the step.

    Lesson 08, section 4.
    """

    def previous_cell(self, t):
        return self.c[t]


class InputGateAndCandidateExchanged(LSTMBackward):
    """Input gate and candidate are paired with themselves: da_i contains i_t, and da_g contains g_t. Each needs the other.

    On paper: in the product i_t g_t, the derivative with respect to one factor is the other.

    Lesson 08, section 4.
    """

    def da_i(self, t):
        i = self.gates(t)[0]
        return self.all_dc[t] * i * self.gate_slope(i, t)

    def da_g(self, t):
        return self.all_dc[t] * self.gates(t)[2] * self.candidate_slope(t)


class OutputGateMeetsCell(LSTMBackward):
    """The output gate's gradient contains c_t; it must be tanh(c_t).

    On paper: h_t = o_t tanh(c_t). In a product, the derivative with respect to one factor is the other.

    Lesson 08, section 4.
    """

    def da_o(self, t):
        return self.all_dh[t] * self.c[t] * self.gate_slope(self.gates(t)[3], t)


class OutputGateFromCellGradient(LSTMBackward):
    """The output gate's gradient starts from dc_t; it must start from dh_t.

    On paper: o_t does not occur in c_t. It acts on h_t, and nowhere else.

    Lesson 08, section 4.
    """

    def da_o(self, t):
        return self.all_dc[t] * np.tanh(self.c[t]) * self.gate_slope(self.gates(t)[3], t)


class BlocksInOrderIFOG(LSTMBackward):
    """The blocks stand in the order i, f, o, g; in W_hh, W_xh and b_h the order is i, f, g, o.

    In code: the blocks of da must stand where the forward pass cut them off.

    Lesson 08, section 3.
    """

    def da(self, t):
        return np.concatenate([self.da_i(t), self.da_f(t), self.da_o(t), self.da_g(t)], axis=-1)


class CandidateWeightsGetOutputGate(LSTMBackward):
    """The candidate's weights get the output gate's gradient: both last blocks of dW_hh and dW_xh come from da_o.

    In code: four blocks are four lines that look alike. Read the third one again.

    Lesson 08, section 4.
    """

    def of_weights(self, t):
        H = self.h.shape[-1]
        return np.concatenate([self.all_da[t][:, :2 * H], self.all_da[t][:, 3 * H:], self.all_da[t][:, 3 * H:]], axis=-1)

    def share_of_W_hh(self, t):
        return self.of_weights(t).T @ self.previous(t)

    def share_of_W_xh(self, t):
        return self.of_weights(t).T @ self.x[t - 1]


# --- LSTM: the carry along h ---

class ConcatSliceWrongHalf(LSTMBackward):
    """The carry along h takes the wrong part of the stacked [h; x]: its last H entries, not its first.

    On paper: h_{t-1} stands first in [h; x], and x_t after it. Which entries of the gradient belong to h_{t-1}?

    Lesson 08, section 4.
    """

    def carry_h(self, t):
        stacked = np.concatenate([self.params["W_hh"], self.params["W_xh"]], axis=1)
        return (self.all_da[t] @ stacked)[:, -self.h.shape[-1]:]


class TransposeMissingInCarry(LSTMBackward):
    """Each gate's gradient goes back through its block of W_hh as it is; it must go through the transpose.

    On paper: gradients travel back through W^T. In a batch, with rows, that is da @ W, not da @ W.T.

    Lesson 03, section 3.
    """

    def carry_h(self, t):
        pairs = zip(lstm.blocks(self.all_da[t]), np.split(self.params["W_hh"], 4))
        return sum(da @ W.T for da, W in pairs)


class CandidateOnlyInCarry(LSTMBackward):
    """Only the candidate sends a gradient back to h_{t-1}; the three gates read h_{t-1}, too.

    On paper: h_{t-1} has an arrow to each of the four pre-activations. Add up four paths.

    Lesson 08, section 4.
    """

    def carry_h(self, t):
        return lstm.blocks(self.all_da[t])[2] @ np.split(self.params["W_hh"], 4)[2]


# --- LSTM and GRU: sums, steps and outputs ---

class CurrentStateInRecurrentWeight:
    """dW_hh pairs da_t with h_t; it needs h_{t-1}.

    On paper: W_hh multiplies the state before the step.

    Lesson 03, section 6.
    """

    def previous(self, t):
        return self.h[t]


class FirstStateWrapsToLast:
    """At step 1 dW_hh contains the last state: an index of -1 has wrapped around. It must be h_0.

    On paper: h_0 ... h_T are T + 1 states, and h_0 stands in h[0].

    Lesson 01, section 2.
    """

    def previous(self, t):
        return self.h[t - 1] if t > 1 else self.h[-1]


class LossAtLastStepOnly:
    """Only the last step's loss counts: the direct effect of every earlier step is left out.

    On paper: each h_t with an output has an arrow to it. What arrives from later is added to the direct effect, and does not
    replace it.

    Lesson 03, section 5.
    """

    def direct(self, t):
        return self.dy[t - 1] @ self.params["W_hy"] * (t == self.T)


class AscendingTimeLoop:
    """The backward loop runs from the first step to the last.

    On paper: step t needs what step t+1 sends back. So step t+1 must be finished before step t.

    Lesson 03, section 5.
    """

    def steps(self):
        return range(1, self.T + 1)


class StopsOneStepEarly:
    """The backward loop stops before step 1.

    On paper: step 1 uses the weights, too, and leads on to the first state. Write down the first and the last t of your loop.

    Lesson 04, section 2.
    """

    def steps(self):
        return range(self.T, 1, -1)


class SkipsLastStep:
    """The backward loop begins one step too early: step T is left out.

    On paper: the last step has a loss and a share of every sum. Write down the first and the last t of your loop.

    Lesson 04, section 2.
    """

    def steps(self):
        return range(self.T - 1, 0, -1)


class SharesOverwritten:
    """The parameter gradients hold the share of step 1 alone: each step replaced what was there.

    On paper: every step uses the same weights, so the shares of all steps add up. In code: += in the loop, not =.

    Lesson 03, section 6.
    """

    def add(self, total, share, t):
        return share


class FirstHiddenGradientIsThatOfStepOne:
    """The gradient handed back for h_0 is dL/dh_1: it is one step short.

    On paper: step 1 stands between h_0 and h_1, and the gradient must go back through it, too.

    Lesson 03, section 5.
    """

    def dh0(self):
        return self.all_dh[1]


class FirstCellGradientIsThatOfStepOne(LSTMBackward):
    """The gradient handed back for c_0 is dL/dc_1: it is one step short.

    On paper: between c_0 and c_1 stands f_1.

    Lesson 08, section 4.
    """

    def dc0(self):
        return self.all_dc[1]


class OutputWeightsMeetCell(LSTMBackward):
    """dW_hy pairs dy_t with c_t; it needs h_t.

    On paper: the output reads the hidden state, y_t = W_hy h_t + b_y.

    Lesson 08, section 3.
    """

    def share_of_W_hy(self, t):
        return self.dy[t - 1].T @ self.c[t]


def planted(shared, formulas):
    """The shared mistakes, planted into one of the backward passes."""
    return [type(source.__name__, (formulas,), {name: member for name, member in vars(source).items()
                                                if name == "__doc__" or not name.startswith("__")}) for source in shared]


SHARED = [CurrentStateInRecurrentWeight, LossAtLastStepOnly, AscendingTimeLoop, StopsOneStepEarly, SharesOverwritten,
          FirstHiddenGradientIsThatOfStepOne]
SHARED_RARE = [FirstStateWrapsToLast, SkipsLastStep]

LSTM_MISTAKES = [
    CellPathOmitted, HiddenPathOmitted, CarriesNeverAssigned, CellCarryStaysZero, HiddenCarryStaysZero, ForgetGateMissingInCarry,
    ForgetGateOneStepOff, ForgetGateTwice, CellSlopeFromCell, CellSlopeMissing, OutputGateMissing, GateSlopeMissing,
    GateSlopeIsTheGate, GateSlopeAppliedTwice, ForgetSlopeMissing,
    ForgetSlopeIsTheGate, CandidateSlopeMissing, CandidateSlopeOfSigmoid, PreviousCellWrapsToLast, CurrentCellInForgetGate,
    InputGateAndCandidateExchanged, OutputGateMeetsCell, OutputGateFromCellGradient, BlocksInOrderIFOG,
    CandidateWeightsGetOutputGate, ConcatSliceWrongHalf, TransposeMissingInCarry, *planted(SHARED, LSTMBackward)]
LSTM_RARE = [
    InputGateInCellCarry, OutputGateInCellCarry, CellSlopeFromHidden, CellTanhTwice, HiddenStateHandsNothingDown, GateSlopeOfTanh,
    CandidateOnlyInCarry, FirstCellGradientIsThatOfStepOne, OutputWeightsMeetCell, *planted(SHARED_RARE, LSTMBackward)]


class GRUBackward(Backward):
    """Backpropagation through time for the GRU. ``run()`` returns the gradients, as ``gru.backward`` does.

    all_da[t] holds the gradient of W_hh h_{t-1} + b_h; all_da_x[t] that of W_xh x_t + b_x.
    """

    def __init__(self, params, cache, dy):
        super().__init__(params, cache, dy)
        self.r, self.z, self.m, self.n = cache.r, cache.z, cache.m, cache.n
        self.all_da_n, self.all_da_x = {}, {}

    def back(self, t):
        self.all_dh[t] = self.dh(t)
        self.all_da_n[t] = self.da_n(t)
        gates = [self.da_r(t), self.da_z(t)]
        self.all_da[t] = self.blocks([*gates, self.dm(t)])
        self.all_da_x[t] = self.blocks([*gates, self.da_n_of_input(t)])

    def carry(self, t):
        self.arriving = self.kept(t) + self.through_weights(t)

    def first(self):
        return {"h0": self.dh0()}

    def steps(self):
        """the order of the steps, from T down to 1"""
        return range(self.T, 0, -1)

    def direct(self, t):
        """the direct effect of the step's own output, W_hy^T dy_t"""
        return self.dy[t - 1] @ self.params["W_hy"]

    def dh(self, t):
        """dh_t, the direct effect plus all that arrives from step t+1"""
        return self.direct(t) + self.arriving

    def gate_slope(self, s, t):
        """a gate's slope, s (1 - s)"""
        return s * (1 - s)

    def candidate_slope(self, t):
        """the candidate's slope, 1 - n_t^2"""
        return 1 - self.n[t - 1] ** 2

    def to_candidate(self, t):
        """the candidate's share of the new state, 1 - z_t"""
        return 1 - self.z[t - 1]

    def da_n(self, t):
        """the candidate's gradient, dh_t (1 - z_t) times tanh's slope"""
        return self.all_dh[t] * self.to_candidate(t) * self.candidate_slope(t)

    def da_n_of_input(self, t):
        """what the candidate sends to the input's side, da_n without the reset gate"""
        return self.all_da_n[t]

    def dm(self, t):
        """what the candidate sends to the past m_t, r_t da_n"""
        return self.r[t - 1] * self.all_da_n[t]

    def past(self, t):
        """what the reset gate multiplied, m_t = W_hn h_{t-1} + b_hn"""
        return self.m[t - 1]

    def da_r(self, t):
        """the reset gate's gradient, da_n m_t times the gate's slope"""
        return self.all_da_n[t] * self.past(t) * self.gate_slope(self.r[t - 1], t)

    def old_against_new(self, t):
        """what the update gate weighs, h_{t-1} - n_t"""
        return self.h[t - 1] - self.n[t - 1]

    def da_z(self, t):
        """the update gate's gradient, dh_t (h_{t-1} - n_t) times the gate's slope"""
        return self.all_dh[t] * self.old_against_new(t) * self.gate_slope(self.z[t - 1], t)

    def blocks(self, parts):
        """the order of the three blocks, r, z, n"""
        return np.concatenate(parts, axis=-1)

    def kept(self, t):
        """what travels back past everything, z_{t+1} dh_{t+1}"""
        return self.z[t - 1] * self.all_dh[t]

    def through_weights(self, t):
        """what travels back through the weights, W_hh^T times the state's side"""
        return self.all_da[t] @ self.params["W_hh"]

    def previous(self, t):
        """the state that W_hh met at step t, h_{t-1}"""
        return self.h[t - 1]

    def share_of_W_hh(self, t):
        """one step's share of dW_hh, the gradients on the state's side times h_{t-1}^T"""
        return self.all_da[t].T @ self.previous(t)

    def share_of_W_xh(self, t):
        """one step's share of dW_xh, the gradients on the input's side times x_t^T"""
        return self.all_da_x[t].T @ self.x[t - 1]

    def share_of_W_hy(self, t):
        """one step's share of dW_hy, dy_t h_t^T"""
        return self.dy[t - 1].T @ self.h[t]

    def share_of_b_h(self, t):
        """one step's share of db_h, the gradients on the state's side summed over the batch"""
        return self.all_da[t].sum(axis=0)

    def share_of_b_x(self, t):
        """one step's share of db_x, the gradients on the input's side summed over the batch"""
        return self.all_da_x[t].sum(axis=0)

    def share_of_b_y(self, t):
        """one step's share of db_y, dy_t summed over the batch"""
        return self.dy[t - 1].sum(axis=0)

    def dx(self, t):
        """the input's gradient, W_xh^T times the gradients on the input's side"""
        return self.all_da_x[t] @ self.params["W_xh"]

    def dh0(self):
        """the first state's gradient, what travels back from step 1 on both ways"""
        return self.arriving

    def add(self, total, share, t):
        """the sum over all steps"""
        return total + share


# --- GRU: the two ways back ---

class DirectPathOmitted(GRUBackward):
    """The way past everything is missing: nothing travels back through z_t dh_t.

    On paper: h_{t-1} stands in h_t itself, with the factor z_t, and not only inside the gates and the candidate.

    Lesson 08, section 7.
    """

    def kept(self, t):
        return np.zeros_like(self.all_dh[t])


class WeightPathOmitted(GRUBackward):
    """The way through the weights is missing: only z_t dh_t travels back.

    On paper: h_{t-1} is read by both gates and by the candidate, too. They send W_hh^T times their gradients back.

    Lesson 08, section 7.
    """

    def through_weights(self, t):
        return np.zeros_like(self.all_dh[t])


class CarryNeverAssigned(GRUBackward):
    """Nothing travels from step to step: the carry stays at the zeros it began with.

    In code: what one step computes for h_{t-1} must be in the variable that the next round of the loop reads.

    Lesson 08, section 5.
    """

    def kept(self, t):
        return np.zeros_like(self.all_dh[t])

    def through_weights(self, t):
        return np.zeros_like(self.all_dh[t])


class KeptWithOneMinusZ(GRUBackward):
    """On the way past everything the factor is 1 - z_t; it must be z_t.

    On paper: h_t = (1 - z_t) n_t + z_t h_{t-1}. Which factor has h_{t-1}?

    Lesson 08, section 7.
    """

    def kept(self, t):
        return (1 - self.z[t - 1]) * self.all_dh[t]


class CandidateWithZ(GRUBackward):
    """The candidate's share is z_t; it must be 1 - z_t.

    On paper: h_t = (1 - z_t) n_t + z_t h_{t-1}. Which factor has n_t?

    Lesson 08, section 7.
    """

    def to_candidate(self, t):
        return self.z[t - 1]


class OtherEndOfTheUpdateGate(GRUBackward):
    """This is the backward pass of a network with h_t = z_t n_t + (1 - z_t) h_{t-1}: the other convention.

    On paper: texts differ in which end of z keeps the old state. Forward and backward pass must take the same one.

    Lesson 08, section 7.
    """

    def to_candidate(self, t):
        return self.z[t - 1]

    def kept(self, t):
        return (1 - self.z[t - 1]) * self.all_dh[t]

    def old_against_new(self, t):
        return self.n[t - 1] - self.h[t - 1]


# --- GRU: the update gate ---

class UpdateGateSignFlipped(GRUBackward):
    """The update gate's gradient has the wrong sign: n_t - h_{t-1} in place of h_{t-1} - n_t.

    On paper: open z_t a little more, and h_t moves away from n_t and towards h_{t-1}.

    Lesson 08, section 7.
    """

    def old_against_new(self, t):
        return self.n[t - 1] - self.h[t - 1]


class UpdateGateUsesGradientsForValues(GRUBackward):
    """The update gate's gradient holds gradients where values belong: dh_{t-1} and dn_t in place of h_{t-1} and n_t.

    On paper: in a product, the derivative with respect to one factor is the other factor's value.

    Lesson 08, section 7.
    """

    def old_against_new(self, t):
        return (2 * self.z[t - 1] - 1) * self.all_dh[t]


class UpdateGateReadsNewState(GRUBackward):
    """The update gate's gradient contains h_t - n_t; it must be h_{t-1} - n_t.

    On paper: the gate weighs the old state against the candidate. h_t is the result.

    Lesson 08, section 7.
    """

    def old_against_new(self, t):
        return self.h[t] - self.n[t - 1]


class UpdateGateWithoutCandidate(GRUBackward):
    """The update gate's gradient contains h_{t-1} alone; n_t is missing.

    On paper: z_t stands in h_t twice, in z_t h_{t-1} and in (1 - z_t) n_t. Two places, two paths.

    Lesson 08, section 7.
    """

    def old_against_new(self, t):
        return self.h[t - 1]


class GradientOverwrittenBeforeUpdateGate(GRUBackward):
    """dh_t was overwritten with da_n before the update gate and the way past everything used it.

    In code: give each gradient a name of its own. da_n is dh_t after two more factors.

    Lesson 08, section 7.
    """

    def da_z(self, t):
        return self.all_da_n[t] * self.old_against_new(t) * self.gate_slope(self.z[t - 1], t)

    def kept(self, t):
        return self.z[t - 1] * self.all_da_n[t]


# --- GRU: the reset gate ---

class ResetFactorMissing(GRUBackward):
    """The reset gate is missing on the state's side: W_hh, b_h and h_{t-1} get da_n, not r_t da_n.

    On paper: the candidate reads r_t m_t. Between da_n and the past m_t stands r_t.

    Lesson 08, section 7.
    """

    def dm(self, t):
        return self.all_da_n[t]


class ResetFactorMissingInCarry(GRUBackward):
    """The reset gate is missing on the way back to h_{t-1}: the last block carries da_n, not r_t da_n.

    On paper: the candidate reads r_t m_t, and m_t = W_hn h_{t-1} + b_hn. The path to h_{t-1} meets r_t.

    Lesson 08, section 7.
    """

    def through_weights(self, t):
        return self.all_da_x[t] @ self.params["W_hh"]


class ResetFactorMissingInWeights(GRUBackward):
    """The reset gate is missing in dW_hn: the last block of dW_hh holds da_n h_{t-1}^T, not r_t da_n h_{t-1}^T.

    On paper: W_hn stands inside m_t, and the candidate reads r_t m_t.

    Lesson 08, section 7.
    """

    def share_of_W_hh(self, t):
        return self.all_da_x[t].T @ self.previous(t)


class ResetFactorInInputWeights(GRUBackward):
    """The reset gate stands in dW_xn: the last block of dW_xh holds r_t da_n x_t^T; it must be da_n x_t^T.

    On paper: in a_n = W_xn x_t + b_xn + r_t m_t the reset gate multiplies the past. W_xh takes the stack of the input's side.

    Lesson 08, section 7.
    """

    def share_of_W_xh(self, t):
        return self.all_da[t].T @ self.x[t - 1]


class ResetFactorInInputBias(GRUBackward):
    """db_x is the same as db_h: the reset gate stands in its last block, where only da_n belongs.

    On paper: b_xn stands outside of what r_t multiplies; b_hn stands inside.

    Lesson 08, section 7.
    """

    def share_of_b_x(self, t):
        return self.all_da[t].sum(axis=0)


class ResetFactorInInputGradient(GRUBackward):
    """The reset gate stands on the way to x_t: dx_t is W_xh^T times the stack of the state's side.

    On paper: x_t enters a_n outside of what r_t multiplies. It takes the stack of the input's side.

    Lesson 08, section 7.
    """

    def dx(self, t):
        return self.all_da[t] @ self.params["W_xh"]


class ResetFactorOnTheInputToo(GRUBackward):
    """The reset gate acts on the input's side, too: W_xh, b_x and x_t get r_t da_n; they need da_n.

    On paper: in a_n = W_xn x_t + b_xn + r_t m_t the reset gate multiplies the past, and nothing else.

    Lesson 08, section 7.
    """

    def da_n_of_input(self, t):
        return self.r[t - 1] * self.all_da_n[t]


class SameGradientForBothBiases(GRUBackward):
    """db_h is the same as db_x; their last blocks differ by the reset gate.

    On paper: b_hn stands inside m_t, which r_t multiplies; b_xn stands outside.

    Lesson 08, section 7.
    """

    def share_of_b_h(self, t):
        return self.all_da_x[t].sum(axis=0)


class ResetGateMeetsPreviousState(GRUBackward):
    """The reset gate's gradient contains h_{t-1}; it must be m_t = W_hn h_{t-1} + b_hn.

    On paper: the candidate reads r_t m_t. The derivative with respect to r_t is m_t.

    Lesson 08, section 7.
    """

    def past(self, t):
        return self.h[t - 1]


class ResetGateMeetsPreviousCandidate(GRUBackward):
    """The reset gate's gradient contains n_{t-1}, the candidate of the step before; it must be m_t.

    On paper: the candidate reads r_t m_t, and m_t is made from the state h_{t-1}. Candidates are not handed on.

    Lesson 08, section 7.
    """

    def past(self, t):
        return self.n[t - 2] if t > 1 else np.zeros_like(self.n[0])


class PastWithoutBias(GRUBackward):
    """The reset gate's gradient contains W_hn h_{t-1}; the bias b_hn is missing.

    On paper: r_t multiplies m_t = W_hn h_{t-1} + b_hn, bias and all.

    Lesson 08, section 7.
    """

    def past(self, t):
        return self.m[t - 1] - gru.blocks(self.params["b_h"])[2]


class OtherPlaceOfTheResetGate(GRUBackward):
    """This is the backward pass of a network whose reset gate stands inside the product: W_hn (r_t h_{t-1}).

    On paper: here the forward pass computes r_t (W_hn h_{t-1} + b_hn). Forward and backward pass must belong together.

    Lesson 08, section 7.
    """

    def split(self, t):
        """The candidate's block of W_hh, and the two other blocks of it and of all_da."""
        H = self.h.shape[-1]
        return self.params["W_hh"][2 * H:], self.params["W_hh"][:2 * H], self.all_da[t][:, :2 * H]

    def past(self, t):
        return self.h[t - 1]

    def da_r(self, t):
        H = self.h.shape[-1]
        dr = (self.all_da_n[t] @ self.params["W_hh"][2 * H:]) * self.h[t - 1]
        return dr * self.gate_slope(self.r[t - 1], t)

    def dm(self, t):
        return self.all_da_n[t]

    def through_weights(self, t):
        W_n, W_gates, da_gates = self.split(t)
        return da_gates @ W_gates + self.r[t - 1] * (self.all_da_n[t] @ W_n)

    def share_of_W_hh(self, t):
        gates = self.split(t)[2].T @ self.previous(t)
        return np.concatenate([gates, self.all_da_n[t].T @ (self.r[t - 1] * self.previous(t))])


# --- GRU: slopes, blocks and the carry ---

class BlocksInOrderZRN(GRUBackward):
    """The blocks stand in the order z, r, n; in W_hh, W_xh and the biases the order is r, z, n.

    In code: the blocks must stand where the forward pass cut them off.

    Lesson 08, section 7.
    """

    def blocks(self, parts):
        r, z, n = parts
        return np.concatenate([z, r, n], axis=-1)


class StateWeightsNotTransposed(GRUBackward):
    """Each gradient goes back through its block of W_hh as it is; it must go through the transpose.

    On paper: gradients travel back through W^T. In a batch, with rows, that is da @ W, not da @ W.T.

    Lesson 03, section 3.
    """

    def through_weights(self, t):
        pairs = zip(gru.blocks(self.all_da[t]), np.split(self.params["W_hh"], 3))
        return sum(da @ W.T for da, W in pairs)


class SlopeOfCandidateMissing(GRUBackward):
    """The candidate's slope, 1 - n_t^2, is missing.

    On paper: n_t is a tanh. A gradient goes back through it by its slope.

    Lesson 08, section 7.
    """

    def candidate_slope(self, t):
        return np.ones_like(self.n[0])


class CandidateSlopeFromState(GRUBackward):
    """The candidate's slope is taken as 1 - h_t^2, as in the plain network; it must be 1 - n_t^2.

    On paper: here the tanh is n_t. h_t is a mixture of n_t and the old state.

    Lesson 08, section 7.
    """

    def candidate_slope(self, t):
        return 1 - self.h[t] ** 2


def with_gate_slopes():
    """The LSTM's mistakes in a gate's slope, planted into the GRU."""
    return planted([GateSlopeMissing, GateSlopeIsTheGate, GateSlopeAppliedTwice], GRUBackward)


GRU_MISTAKES = [
    DirectPathOmitted, WeightPathOmitted, CarryNeverAssigned, KeptWithOneMinusZ, CandidateWithZ, OtherEndOfTheUpdateGate,
    UpdateGateSignFlipped, UpdateGateUsesGradientsForValues, UpdateGateReadsNewState, GradientOverwrittenBeforeUpdateGate,
    ResetFactorMissing, ResetFactorMissingInCarry, ResetFactorMissingInWeights, ResetFactorOnTheInputToo, ResetFactorInInputWeights,
    SameGradientForBothBiases, ResetGateMeetsPreviousState, ResetGateMeetsPreviousCandidate, OtherPlaceOfTheResetGate,
    BlocksInOrderZRN, StateWeightsNotTransposed, SlopeOfCandidateMissing, *with_gate_slopes(), *planted(SHARED, GRUBackward)]
GRU_RARE = [ResetFactorInInputBias, ResetFactorInInputGradient, UpdateGateWithoutCandidate, PastWithoutBias, CandidateSlopeFromState, *planted(SHARED_RARE, GRUBackward)]

RARE = [source.__name__ for source in (*LSTM_RARE, *GRU_RARE)]         # looked for alone, not in pairs


# --- one step of the LSTM, forward ---

class LSTMStep:
    """One step of the LSTM for one sequence. ``run()`` returns (h, c). Every other public method is one formula."""

    def __init__(self, params, x, h, c):
        self.params, self.x, self.h, self.c = params, x, h, c

    def run(self):
        self.a = np.split(self.before(), 4)
        self.new_c = self.cell()
        return self.hidden(), self.new_c

    def before(self):
        """the pre-activations, W_hh h_{t-1} + W_xh x_t + b_h"""
        return self.params["W_hh"] @ self.h + self.params["W_xh"] @ self.x + self.params["b_h"]

    def input_gate(self):
        """the input gate, sigmoid of the first block"""
        return sigmoid(self.a[0])

    def forget_gate(self):
        """the forget gate, sigmoid of the second block"""
        return sigmoid(self.a[1])

    def candidate(self):
        """the candidate, tanh of the third block"""
        return np.tanh(self.a[2])

    def output_gate(self):
        """the output gate, sigmoid of the fourth block"""
        return sigmoid(self.a[3])

    def cell(self):
        """the new cell state, f_t c_{t-1} + i_t g_t"""
        return self.forget_gate() * self.c + self.input_gate() * self.candidate()

    def hidden(self):
        """the new hidden state, o_t tanh(c_t)"""
        return self.output_gate() * np.tanh(self.new_c)


class StateNotRead(LSTMStep):
    """The pre-activations do not contain h_{t-1}.

    On paper: gates and candidate read the old hidden state and the new input.

    Lesson 08, section 3.
    """

    def before(self):
        return self.params["W_xh"] @ self.x + self.params["b_h"]


class BiasNotAdded(LSTMStep):
    """The bias is not added.

    On paper: three terms stand in each pre-activation: from the state, from the input, and the bias.

    Lesson 08, section 3.
    """

    def before(self):
        return self.params["W_hh"] @ self.h + self.params["W_xh"] @ self.x


class OutputAndCandidateBlocksExchanged(LSTMStep):
    """The third block is taken for the output gate and the fourth for the candidate; the order is i, f, g, o.

    In code: this is PyTorch's order. Other libraries have i, f, o, g: weights can be exchanged only if the order agrees.

    Lesson 08, section 3.
    """

    def candidate(self):
        return np.tanh(self.a[3])

    def output_gate(self):
        return sigmoid(self.a[2])


class InputAndForgetBlocksExchanged(LSTMStep):
    """The first block is taken for the forget gate and the second for the input gate; the order is i, f, g, o.

    In code: many papers name the forget gate first. The weights here have the input gate's block first.

    Lesson 08, section 3.
    """

    def input_gate(self):
        return sigmoid(self.a[1])

    def forget_gate(self):
        return sigmoid(self.a[0])


class CandidateThroughSigmoid(LSTMStep):
    """The candidate goes through the sigmoid; it must go through tanh.

    On paper: what is written to the memory may be negative. A sigmoid could only ever add.

    Lesson 08, section 3.
    """

    def candidate(self):
        return sigmoid(self.a[2])


class ForgetGateNotUsed(LSTMStep):
    """The old cell state is kept whole: the forget gate is missing.

    On paper: c_t = f_t c_{t-1} + i_t g_t. Without f_t this is the network of 1997.

    Lesson 08, section 3.
    """

    def cell(self):
        return self.c + self.input_gate() * self.candidate()


class InputGateNotUsed(LSTMStep):
    """The candidate is written in full: the input gate is missing.

    On paper: c_t = f_t c_{t-1} + i_t g_t.

    Lesson 08, section 3.
    """

    def cell(self):
        return self.forget_gate() * self.c + self.candidate()


class OldCellNotRead(LSTMStep):
    """The forget gate multiplies h_{t-1}; it must multiply c_{t-1}.

    On paper: the cell state is the memory, and the forget gate says how much of it stays.

    Lesson 08, section 3.
    """

    def cell(self):
        return self.forget_gate() * self.h + self.input_gate() * self.candidate()


class HiddenWithoutTanh(LSTMStep):
    """The hidden state is o_t c_t; tanh is missing.

    On paper: h_t = o_t tanh(c_t), so that h_t stays between -1 and 1. A gradient check against the same forward pass would not
    find this.

    Lesson 08, section 3.
    """

    def hidden(self):
        return self.output_gate() * self.new_c


class HiddenFromOldCell(LSTMStep):
    """The hidden state reads the old cell state; it must read the new one.

    On paper: h_t = o_t tanh(c_t), with the c_t of this very step.

    Lesson 08, section 3.
    """

    def hidden(self):
        return self.output_gate() * np.tanh(self.c)


class OutputGateNotUsed(LSTMStep):
    """The hidden state is tanh(c_t): the output gate is missing.

    On paper: h_t = o_t tanh(c_t).

    Lesson 08, section 3.
    """

    def hidden(self):
        return np.tanh(self.new_c)


STEP_MISTAKES = [StateNotRead, BiasNotAdded, OutputAndCandidateBlocksExchanged, InputAndForgetBlocksExchanged,
                 CandidateThroughSigmoid, ForgetGateNotUsed, InputGateNotUsed, OldCellNotRead, HiddenWithoutTanh,
                 HiddenFromOldCell, OutputGateNotUsed]
