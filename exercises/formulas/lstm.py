"""The LSTM as formulas, and the mistakes that people make in them.

``LSTMStep`` is one step forward and ``LSTMBackward`` the backward pass, one small method per formula. A
mistake is one row of a table, as in gated.py.

    STEP_MISTAKES               in one step forward
    LSTM_MISTAKES, LSTM_RARE    in the backward pass, the frequent ones and the others
"""

from functools import partial

import numpy as np

from exercises.engine.mistakes import alone, row
from exercises.formulas.gated import GATE_SLOPES, SHARED, SHARED_RARE, Gated
from exercises.formulas.through_time import ThroughTime
from helpers import lstm
from helpers.activations import sigmoid

# --- one step forward ---

class LSTMStep:
    """One step of the LSTM for one sequence. Every public method but ``run`` is one formula."""

    as_written = True           # its products stand on paper as in code

    def __init__(self, params, x, h, c):
        self.params, self.x, self.h, self.c = params, x, h, c

    def run(self):
        """(h, c) after the step."""
        self.a_i, self.a_f, self.a_g, self.a_o = np.split(self.before(), 4)
        self.c_t = self.cell()
        return self.hidden(), self.c_t

    def before(self):
        """the pre-activations, W_hh h_{t-1} + W_xh x_t + b_h"""
        return self.params["W_hh"] @ self.h + self.params["W_xh"] @ self.x + self.params["b_h"]

    def input_gate(self):
        """the input gate, sigmoid of the first block"""
        return sigmoid(self.a_i)

    def forget_gate(self):
        """the forget gate, sigmoid of the second block"""
        return sigmoid(self.a_f)

    def candidate(self):
        """the candidate, tanh of the third block"""
        return np.tanh(self.a_g)

    def output_gate(self):
        """the output gate, sigmoid of the fourth block"""
        return sigmoid(self.a_o)

    def cell(self):
        """the new cell state, f_t c_{t-1} + i_t g_t"""
        return self.forget_gate() * self.c + self.input_gate() * self.candidate()

    def hidden(self):
        """the new hidden state, o_t tanh(c_t)"""
        return self.output_gate() * np.tanh(self.c_t)


STEP_MISTAKES = {
    "state not read": row("08.3", dict(before=lambda s: s.params["W_xh"] @ s.x + s.params["b_h"]),
        "The pre-activations do not contain h_{t-1}.",
        "gates and candidate read the old hidden state and the new input."),
    "bias not added": row("08.3", dict(before=lambda s: s.params["W_hh"] @ s.h + s.params["W_xh"] @ s.x),
        "The bias is not added.",
        "three terms stand in each pre-activation: from the state, from the input, and the bias."),
    "output and candidate blocks exchanged": row("08.3",
        dict(candidate=lambda s: np.tanh(s.a_o), output_gate=lambda s: sigmoid(s.a_g)),
        "The third block is taken for the output gate and the fourth for the candidate; the order is i, f, "
        "g, o.",
        "In code: this is PyTorch's order. Other libraries have i, f, o, g: weights can be exchanged only if "
        "the order agrees."),
    "input and forget blocks exchanged": row("08.3",
        dict(input_gate=lambda s: sigmoid(s.a_f), forget_gate=lambda s: sigmoid(s.a_i)),
        "The first block is taken for the forget gate and the second for the input gate; the order is i, f, "
        "g, o.",
        "In code: many papers name the forget gate first. The weights here have the input gate's block "
        "first."),
    "candidate through sigmoid": row("08.3", dict(candidate=lambda s: sigmoid(s.a_g)),
        "The candidate goes through the sigmoid; it must go through tanh.",
        "what is written to the memory may be negative. A sigmoid could only ever add."),
    "forget gate not used": row("08.3", dict(cell=lambda s: s.c + s.input_gate() * s.candidate()),
        "The old cell state is kept whole: the forget gate is missing.",
        "c_t = f_t c_{t-1} + i_t g_t. Without f_t this is the network of 1997."),
    "input gate not used": row("08.3", dict(cell=lambda s: s.forget_gate() * s.c + s.candidate()),
        "The candidate is written in full: the input gate is missing.",
        "c_t = f_t c_{t-1} + i_t g_t."),
    "old cell not read": row("08.3",
        dict(cell=lambda s: s.forget_gate() * s.h + s.input_gate() * s.candidate()),
        "The forget gate multiplies h_{t-1}; it must multiply c_{t-1}.",
        "the cell state is the memory, and the forget gate says how much of it stays."),
    "hidden without tanh": row("08.3", dict(hidden=lambda s: s.output_gate() * s.c_t),
        "The hidden state is o_t c_t; tanh is missing.",
        "h_t = o_t tanh(c_t), so that h_t stays between -1 and 1. A gradient check against the same forward "
        "pass would not find this."),
    "hidden from old cell": row("08.3", dict(hidden=lambda s: s.output_gate() * np.tanh(s.c)),
        "The hidden state reads the old cell state; it must read the new one.",
        "h_t = o_t tanh(c_t), with the c_t of this very step."),
    "output gate not used": row("08.3", dict(hidden=lambda s: np.tanh(s.c_t)),
        "The hidden state is tanh(c_t): the output gate is missing.",
        "h_t = o_t tanh(c_t)."),
}


# --- the backward pass ---

class LSTMBackward(Gated):
    """Backpropagation through time for the LSTM.

    ``run()`` returns the gradients, as ``lstm.backward`` does. arriving_c, all_dc: arriving and all_dh for c.
    """

    gates = "ifgo"              # the blocks of da
    made_of = {"ifgo": "dh_t", "ifg": "dc_t"}       # what these blocks have in common

    def __init__(self, params, cache, dy):
        super().__init__(params, cache, dy)
        self.c, self.i, self.f, self.g, self.o = cache.c, cache.i, cache.f, cache.g, cache.o
        self.all_dc, self.arriving_c = np.zeros_like(cache.c), np.zeros_like(cache.c[0])

    def back(self, t):
        self.all_dh[t] = self.dh(t)
        self.all_dc[t] = self.dc(t)
        self.all_da[t] = self.da(t)

    def hand_on(self, t):
        self.arriving, self.arriving_c = self.carry_h(t), self.carry_c(t)

    def first(self):
        return {"h0": self.dh0(), "c0": self.dc0()}

    steps, direct = ThroughTime.steps, ThroughTime.direct

    def dh(self, t):
        """dh_t, the direct effect plus what arrives through the gates of step t+1"""
        return self.direct(t) + self.arriving

    def tanh_slope(self, t):
        """the slope of tanh between c_t and h_t, 1 - tanh(c_t)^2"""
        return 1 - np.tanh(self.c[t]) ** 2

    def from_hidden(self, t):
        """what h_t hands to c_t, o_t (1 - tanh(c_t)^2) dh_t"""
        return self.o[t - 1] * self.tanh_slope(t) * self.all_dh[t]

    def dc(self, t):
        """dc_t, what h_t hands down plus what arrives along the cell state"""
        return self.from_hidden(t) + self.arriving_c

    def previous_cell(self, t):
        """the cell state that the forget gate met at step t, c_{t-1}"""
        return self.c[t - 1]

    gate_slope = Gated.gate_slope

    def candidate_slope(self, t):
        """the candidate's slope, 1 - g_t^2"""
        return 1 - self.g[t - 1] ** 2

    def da_i(self, t):
        """the input gate's gradient, dc_t g_t times the gate's slope"""
        return self.all_dc[t] * self.g[t - 1] * self.gate_slope(self.i[t - 1], t)

    def da_f(self, t):
        """the forget gate's gradient, dc_t c_{t-1} times the gate's slope"""
        return self.all_dc[t] * self.previous_cell(t) * self.gate_slope(self.f[t - 1], t)

    def da_g(self, t):
        """the candidate's gradient, dc_t i_t times tanh's slope"""
        return self.all_dc[t] * self.i[t - 1] * self.candidate_slope(t)

    def da_o(self, t):
        """the output gate's gradient, dh_t tanh(c_t) times the gate's slope"""
        return self.all_dh[t] * np.tanh(self.c[t]) * self.gate_slope(self.o[t - 1], t)

    def da(self, t):
        """the order of the four blocks, i, f, g, o"""
        return np.concatenate([self.da_i(t), self.da_f(t), self.da_g(t), self.da_o(t)], axis=-1)

    def carry_h(self, t):
        """what travels back along h, W_hh^T da"""
        return self.all_da[t] @ self.params["W_hh"]

    def carry_c(self, t):
        """what travels back along c, f dc, both of the same step"""
        return self.f[t - 1] * self.all_dc[t]

    previous, share_of_W_hh = ThroughTime.previous, ThroughTime.share_of_W_hh
    share_of_W_xh, share_of_W_hy = ThroughTime.share_of_W_xh, ThroughTime.share_of_W_hy
    share_of_b_h, share_of_b_y = ThroughTime.share_of_b_h, ThroughTime.share_of_b_y
    dx = ThroughTime.dx

    def dh0(self):
        """the first hidden state's gradient, W_hh^T da_1"""
        return self.arriving

    def dc0(self):
        """the first cell state's gradient, f_1 dc_1"""
        return self.arriving_c

    add = ThroughTime.add


def one_step_back(formulas):
    """The form of 8.4: step 2 of three, with NaN for everything that is not known."""
    def answer(W_hh, i, f, g, o, c_prev, dh, dc_later):
        H = len(i)
        nans = partial(np.full, fill_value=np.nan)
        params = {"W_hh": W_hh, "W_xh": nans((4 * H, 1)), "W_hy": nans((1, H)),
                  "b_h": nans(4 * H), "b_y": nans(1)}
        h, c = nans((4, 1, H)), nans((4, 1, H))
        parts = [nans((3, 1, H)) for _ in range(4)]
        for part, known in zip(parts, (i, f, g, o)):
            part[1, 0] = known
        c[1, 0] = c_prev
        c[2, 0] = f * c_prev + i * g
        h[2, 0] = o * np.tanh(c[2, 0])
        cache = lstm.Cache(nans((3, 1, 1)), h, c, *parts, nans((3, 1, 1)), ())
        steps = formulas(params, cache, nans((3, 1, 1)))
        steps.all_dh[2], steps.arriving_c = dh, dc_later[None]
        steps.all_dc[2] = steps.dc(2)
        steps.all_da[2] = steps.da(2)
        return steps.all_da[2][0], steps.carry_h(2)[0], steps.carry_c(2)[0]

    return answer


def concat_slice_wrong_half(s, t):
    stacked = np.concatenate([s.params["W_hh"], s.params["W_xh"]], axis=1)
    return (s.all_da[t] @ stacked)[:, -s.h.shape[-1]:]


def transpose_missing_in_carry(s, t):
    pairs = zip(lstm.blocks(s.all_da[t]), np.split(s.params["W_hh"], 4))
    return sum(da @ W.T for da, W in pairs)


def blocks_mixed_with_sequences(s, t):
    parts = np.stack([s.da_i(t), s.da_f(t), s.da_g(t), s.da_o(t)])
    return parts.reshape(parts.shape[1], -1)


def blocks_interleaved(s, t):
    parts = np.stack([s.da_i(t), s.da_f(t), s.da_g(t), s.da_o(t)], axis=-1)
    return parts.reshape(len(parts), -1)


def with_output_gate_twice(da):
    i, f, _, o = lstm.blocks(da)
    return np.concatenate([i, f, o, o], axis=-1)


LSTM_MISTAKES = {
    # the two ways back
    "cell path omitted": row("08.4", dict(dc=lambda s, t: s.from_hidden(t)),
        "Nothing travels back along the cell state: dc_t holds only what h_t hands down.",
        "c_t has two readers, h_t and c_{t+1}. The second one sends f_{t+1} dc_{t+1} back."),
    "hidden path omitted": row("08.4", dict(dh=lambda s, t: s.direct(t)),
        "Nothing travels back along the hidden state: dh_t holds the direct effect only.",
        "h_t is read by its output and by all four pre-activations of step t+1. Those send W_hh^T da_{t+1} "
        "back."),
    "nothing in dh_later and dc_later": row("08.5",
        dict(carry_h=lambda s, t: np.zeros_like(s.h[0]), carry_c=lambda s, t: np.zeros_like(s.c[0])),
        "dh_later and dc_later stay at the zeros they began with: no gradient travels from step to step.",
        "In code: what one step computes for h_{t-1} and c_{t-1} must be in the variables that the next "
        "round of the loop reads."),
    "cell gradient stays zero": row("08.5", dict(carry_c=lambda s, t: np.zeros_like(s.c[0])),
        "Nothing travels back along the cell state: dc_later stays at the zeros that it began with, and so "
        "dc_0 is zero, too.",
        "f_t times the total dc_t goes back to c_{t-1}. Is that assigned to the variable that the next round "
        "reads? And f_t times dc_later alone would stay zero for ever."),
    "hidden gradient stays zero": row("08.5", dict(carry_h=lambda s, t: np.zeros_like(s.h[0])),
        "Nothing travels back along the hidden state: dh_later stays at the zeros that it began with, and so "
        "dh_0 is zero, too.",
        "In code: what one step computes for h_{t-1}, W_hh^T da_t, must be in the variable that the next "
        "round of the loop reads."),
    "forget gate missing in dc_later": row("08.4", dict(carry_c=lambda s, t: s.all_dc[t]),
        "The forget gate is missing on the way back along c: dc_{t-1} gets dc_t as it is.",
        "c_t = f_t c_{t-1} + ..., so c_{t-1} moves c_t by f_t."),
    "forget gate one step off": row("08.4", dict(carry_c=lambda s, t: s.f[max(t - 2, 0)] * s.all_dc[t]),
        "The forget gate on the way from c_t back to c_{t-1} is that of step t-1; it must be f_t.",
        "the gate that acts between c_{t-1} and c_t is computed at step t. On the way back to c_t itself it "
        "is f_{t+1}."),
    "forget gate twice": row("08.4", dict(dc=lambda s, t: s.from_hidden(t) + s.f[t - 1] * s.arriving_c),
        "What arrives along the cell state is multiplied by a forget gate once more; it has met f_{t+1} "
        "already.",
        "between c_t and c_{t+1} stands one forget gate. Step t+1 multiplies by it, and step t only adds "
        "what arrives."),
    # from h_t to c_t
    "cell slope from cell": row("08.4", dict(tanh_slope=lambda s, t: 1 - s.c[t] ** 2),
        "tanh's slope is taken as 1 - c_t^2; it must be 1 - tanh(c_t)^2.",
        "the slope is 1 minus the square of tanh's value. c_t is its argument, and may be larger than 1."),
    "cell slope missing": row("08.4", dict(tanh_slope=lambda s, t: np.ones_like(s.c[t])),
        "tanh's slope between c_t and h_t is missing.",
        "h_t = o_t tanh(c_t). Every path from h_t to c_t takes the slope of that tanh along."),
    "output gate missing": row("08.4", dict(from_hidden=lambda s, t: s.tanh_slope(t) * s.all_dh[t]),
        "The output gate is missing between h_t and c_t.",
        "h_t = o_t tanh(c_t), so c_t moves h_t by o_t times tanh's slope."),
    # the gates
    **GATE_SLOPES,
    "forget slope missing": row("08.4", dict(da_f=lambda s, t: s.all_dc[t] * s.previous_cell(t)),
        "The forget gate's slope is missing: da_f is dc_t c_{t-1}.",
        "three gates, three sigmoids, three slopes."),
    "forget slope is the gate": row("08.4",
        dict(da_f=lambda s, t: s.all_dc[t] * s.previous_cell(t) * s.f[t - 1]),
        "The forget gate itself stands where its slope f (1 - f) belongs.",
        "da_f = dc_t c_{t-1} f_t (1 - f_t). The last factor is missing."),
    "candidate slope missing": row("08.4", dict(candidate_slope=lambda s, t: np.ones_like(s.c[t])),
        "The candidate's slope, 1 - g_t^2, is missing.",
        "g_t = tanh(a_g). Back to a_g goes a gradient only through that tanh."),
    "candidate slope of sigmoid": row("08.4",
        dict(candidate_slope=lambda s, t: s.g[t - 1] * (1 - s.g[t - 1])),
        "The candidate has a sigmoid's slope, g (1 - g); it is a tanh.",
        "i, f and o are sigmoids, g is a tanh, with the slope 1 - g_t^2."),
    "previous cell wraps to last": row("08.4",
        dict(previous_cell=lambda s, t: s.c[t - 1] if t > 1 else s.c[-1]),
        "At step 1 the forget gate meets the last cell state: an index of -1 has wrapped around. It must be "
        "c_0.",
        "c_0 ... c_T are T + 1 states, and c_0 stands in c[0]."),
    "current cell in forget gate": row("08.4", dict(previous_cell=lambda s, t: s.c[t]),
        "The forget gate's gradient contains c_t; it must be c_{t-1}.",
        "c_t = f_t c_{t-1} + ...: the gate multiplies the state before the step."),
    "input gate and candidate exchanged": row("08.4",
        dict(da_i=lambda s, t: s.all_dc[t] * s.i[t - 1] * s.gate_slope(s.i[t - 1], t),
             da_g=lambda s, t: s.all_dc[t] * s.g[t - 1] * s.candidate_slope(t)),
        "Input gate and candidate are paired with themselves: da_i contains i_t, and da_g contains g_t. Each "
        "needs the other.",
        "in the product i_t g_t, the derivative with respect to one factor is the other."),
    "output gate meets cell": row("08.4",
        dict(da_o=lambda s, t: s.all_dh[t] * s.c[t] * s.gate_slope(s.o[t - 1], t)),
        "The output gate's gradient contains c_t; it must be tanh(c_t).",
        "h_t = o_t tanh(c_t). In a product, the derivative with respect to one factor is the other."),
    "output gate from cell gradient": row("08.4",
        dict(da_o=lambda s, t: s.all_dc[t] * np.tanh(s.c[t]) * s.gate_slope(s.o[t - 1], t)),
        "The output gate's gradient starts from dc_t; it must start from dh_t.",
        "o_t does not occur in c_t. It acts on h_t, and nowhere else."),
    "blocks in order i, f, o, g": row("08.3",
        dict(da=lambda s, t: np.concatenate([s.da_i(t), s.da_f(t), s.da_o(t), s.da_g(t)], axis=-1)),
        "The blocks stand in the order i, f, o, g; in W_hh, W_xh and b_h the order is i, f, g, o.",
        "In code: the blocks of da must stand where the forward pass cut them off."),
    "blocks mixed with sequences": row("08.4", dict(da=blocks_mixed_with_sequences),
        "The rows of da hold blocks of several sequences: the gates' gradients are reshaped, not put side by "
        "side.",
        "In code: an array (4, B, H) has the gate first, and reshape(B, 4 H) keeps the order of its numbers. "
        "np.concatenate(..., axis=-1) puts the four blocks of one sequence into one row."),
    "blocks interleaved": row("08.3", dict(da=blocks_interleaved),
        "The four blocks of da are interleaved unit by unit: i, f, g and o of unit 1 stand together.",
        "In code: np.stack(..., axis=-1) puts the four numbers of a unit side by side. np.concatenate(..., "
        "axis=-1) puts block after block, as W_hh, W_xh and b_h have them."),
    "candidate weights get output gate": row("08.4",
        dict(share_of_W_hh=lambda s, t: with_output_gate_twice(s.all_da[t]).T @ s.previous(t),
             share_of_W_xh=lambda s, t: with_output_gate_twice(s.all_da[t]).T @ s.x[t - 1]),
        "The candidate's weights get the output gate's gradient: both last blocks of dW_hh and dW_xh come "
        "from da_o.",
        "In code: four blocks are four lines that look alike. Read the third one again."),
    # the way back along h
    "wrong half of the stack": row("08.4", dict(carry_h=concat_slice_wrong_half),
        "dh_later takes the wrong part of the stacked [h; x]: its last H entries, not its first.",
        "h_{t-1} stands first in [h; x], and x_t after it. Which entries of the gradient belong to h_{t-1}?"),
    "transpose missing in dh_later": row("03.3", dict(carry_h=transpose_missing_in_carry),
        "Each gate's gradient goes back through its block of W_hh as it is; it must go through the "
        "transpose.",
        "gradients travel back through W^T. In a batch, with rows, that is da @ W, not da @ W.T."),
    # sums, steps and outputs
    **SHARED,
}


LSTM_RARE = alone({
    "input gate in dc_later": row("08.4", dict(carry_c=lambda s, t: s.i[t - 1] * s.all_dc[t]),
        "The input gate stands on the way back along c; it must be the forget gate.",
        "in c_t = f_t c_{t-1} + i_t g_t, which gate multiplies c_{t-1}?"),
    "output gate in dc_later": row("08.4",
        dict(carry_c=lambda s, t: s.f[t - 1] * s.o[t - 1] * s.tanh_slope(t) * s.all_dc[t]),
        "On the way back along c stand the output gate and tanh's slope; only the forget gate acts there.",
        "the step from c_{t-1} to c_t is linear. tanh and o_t stand between c_t and h_t, beside the road."),
    "cell slope from hidden": row("08.4", dict(tanh_slope=lambda s, t: 1 - s.h[t] ** 2),
        "tanh's slope is taken as 1 - h_t^2, as in the plain network; it must be 1 - tanh(c_t)^2.",
        "h_t is not tanh(c_t). The output gate stands between them."),
    "cell tanh twice": row("08.4", dict(tanh_slope=lambda s, t: 1 - np.tanh(np.tanh(s.c[t])) ** 2),
        "tanh is applied twice in the slope: 1 - tanh(tanh(c_t))^2.",
        "the slope is 1 minus the square of tanh(c_t). Is your variable tanh(c_t) already?"),
    "hidden state hands nothing down": row("08.4", dict(dc=lambda s, t: s.arriving_c),
        "h_t hands nothing to c_t: dc_t holds only what arrives along the cell state.",
        "h_t = o_t tanh(c_t). The loss at step t reaches c_t through h_t, and only so."),
    "gate slope of tanh": row("08.2", dict(gate_slope=lambda s, gate, t: 1 - gate ** 2),
        "The gates have tanh's slope, 1 - s^2; a sigmoid's is s (1 - s).",
        "i, f and o are sigmoids. Only the candidate g is a tanh."),
    "candidate only in dh_later": row("08.4",
        dict(carry_h=lambda s, t: lstm.blocks(s.all_da[t])[2] @ np.split(s.params["W_hh"], 4)[2]),
        "Only the candidate sends a gradient back to h_{t-1}; the three gates read h_{t-1}, too.",
        "h_{t-1} has an arrow to each of the four pre-activations. Add up four paths."),
    "first cell gradient is that of step one": row("08.4", dict(dc0=lambda s: s.all_dc[1]),
        "The gradient handed back for c_0 is dL/dc_1: it is one step short.",
        "between c_0 and c_1 stands f_1."),
    "output weights meet cell": row("08.3", dict(share_of_W_hy=lambda s, t: s.dy[t - 1].T @ s.c[t]),
        "dW_hy pairs dy_t with c_t; it needs h_t.",
        "the output reads the hidden state, y_t = W_hy h_t + b_y."),
    **SHARED_RARE,
})
