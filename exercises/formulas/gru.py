"""The GRU as formulas, and the mistakes that people make in them.

``GRUBackward`` is the backward pass, one small method per formula. A mistake is one row of a table, as in
gated.py.

    GRU_MISTAKES, GRU_RARE    the frequent ones and the others
"""

import numpy as np

from exercises.engine.mistakes import alone, row
from exercises.formulas.gated import GATE_SLOPES, SHARED, SHARED_RARE, Gated
from exercises.formulas.through_time import ThroughTime
from helpers import gru


class GRUBackward(Gated):
    """Backpropagation through time for the GRU. ``run()`` returns the gradients, as ``gru.backward`` does.

    all_da[t] holds the gradient of W_hh h_{t-1} + b_h; all_da_x[t] that of W_xh x_t + b_x.
    """

    gates = ("reset gate", "update gate", "candidate")
    weights = (*Gated.weights, "b_x")
    gates = "rzn"               # the blocks of da
    made_of = {"rzn": "dh_t", "rn": "da_n"}         # what these blocks have in common

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

    def hand_on(self, t):
        self.arriving = self.kept(t) + self.through_weights(t)

    steps, direct = ThroughTime.steps, ThroughTime.direct

    def dh(self, t):
        """dh_t, the direct effect plus all that arrives from step t+1"""
        return self.direct(t) + self.arriving

    gate_slope = Gated.gate_slope

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
        """what travels back past everything, z_t dh_t"""
        return self.z[t - 1] * self.all_dh[t]

    def through_weights(self, t):
        """what travels back through the weights, W_hh^T times the state's side"""
        return self.all_da[t] @ self.params["W_hh"]

    previous = ThroughTime.previous

    def share_of_W_hh(self, t):
        """one step's share of dW_hh, the gradients on the state's side times h_{t-1}^T"""
        return self.all_da[t].T @ self.previous(t)

    def share_of_W_xh(self, t):
        """one step's share of dW_xh, the gradients on the input's side times x_t^T"""
        return self.all_da_x[t].T @ self.x[t - 1]

    share_of_W_hy = ThroughTime.share_of_W_hy

    def share_of_b_h(self, t):
        """one step's share of db_h, the gradients on the state's side"""
        return self.all_da[t].sum(axis=0)

    def share_of_b_x(self, t):
        """one step's share of db_x, the gradients on the input's side"""
        return self.all_da_x[t].sum(axis=0)

    share_of_b_y = ThroughTime.share_of_b_y

    def dx(self, t):
        """the input's gradient, W_xh^T times the gradients on the input's side"""
        return self.all_da_x[t] @ self.params["W_xh"]

    def dh0(self):
        """the first state's gradient, what travels back from step 1 on both ways"""
        return self.arriving

    add = ThroughTime.add


def da_r_of_the_other_place(s, t):
    W_n = np.split(s.params["W_hh"], 3)[2]
    return (s.all_da_n[t] @ W_n) * s.h[t - 1] * s.gate_slope(s.r[t - 1], t)


def through_weights_of_the_other_place(s, t):
    H = s.h.shape[-1]
    W, da = s.params["W_hh"], s.all_da[t]
    return da[:, :2 * H] @ W[:2 * H] + s.r[t - 1] * (s.all_da_n[t] @ W[2 * H:])


def share_of_W_hh_of_the_other_place(s, t):
    H = s.h.shape[-1]
    of_gates = s.all_da[t][:, :2 * H].T @ s.previous(t)
    return np.concatenate([of_gates, s.all_da_n[t].T @ (s.r[t - 1] * s.previous(t))])


def state_weights_not_transposed(s, t):
    pairs = zip(gru.blocks(s.all_da[t]), np.split(s.params["W_hh"], 3))
    return sum(da @ W.T for da, W in pairs)


GRU_MISTAKES = {
    # the two ways back
    "direct path omitted": row("08.7", dict(kept=lambda s, t: np.zeros_like(s.all_dh[t])),
        "The way past everything is missing: nothing travels back through z_t dh_t.",
        "h_{t-1} stands in h_t itself, with the factor z_t, and not only inside the gates and the "
        "candidate."),
    "weight path omitted": row("08.7", dict(through_weights=lambda s, t: np.zeros_like(s.all_dh[t])),
        "The way through the weights is missing: only z_t dh_t travels back.",
        "h_{t-1} is read by both gates and by the candidate, too. They send W_hh^T times their gradients "
        "back."),
    "nothing in dh_later": row("08.5",
        dict(kept=lambda s, t: np.zeros_like(s.all_dh[t]),
             through_weights=lambda s, t: np.zeros_like(s.all_dh[t])),
        "Nothing travels from step to step: dh_later stays at the zeros it began with.",
        "In code: what one step computes for h_{t-1} must be in the variable that the next round of the loop "
        "reads."),
    "kept with one minus z": row("08.7", dict(kept=lambda s, t: (1 - s.z[t - 1]) * s.all_dh[t]),
        "On the way past everything the factor is 1 - z_t; it must be z_t.",
        "h_t = (1 - z_t) n_t + z_t h_{t-1}. Which factor has h_{t-1}?"),
    "candidate with z": row("08.7", dict(to_candidate=lambda s, t: s.z[t - 1]),
        "The candidate's share is z_t; it must be 1 - z_t.",
        "h_t = (1 - z_t) n_t + z_t h_{t-1}. Which factor has n_t?"),
    "other end of the update gate": row("08.7",
        dict(to_candidate=lambda s, t: s.z[t - 1],
             kept=lambda s, t: (1 - s.z[t - 1]) * s.all_dh[t],
             old_against_new=lambda s, t: s.n[t - 1] - s.h[t - 1]),
        "This is the backward pass of a network with h_t = z_t n_t + (1 - z_t) h_{t-1}: the other "
        "convention.",
        "texts differ in which end of z keeps the old state. Forward and backward pass must take the same "
        "one."),
    # the update gate
    "update gate sign flipped": row("08.7", dict(old_against_new=lambda s, t: s.n[t - 1] - s.h[t - 1]),
        "The update gate's gradient has the wrong sign: n_t - h_{t-1} in place of h_{t-1} - n_t.",
        "open z_t a little more, and h_t moves away from n_t and towards h_{t-1}."),
    "update gate uses gradients for values": row("08.7",
        dict(old_against_new=lambda s, t: (2 * s.z[t - 1] - 1) * s.all_dh[t]),
        "The update gate's gradient holds gradients where values belong: dh_{t-1} and dn_t in place of "
        "h_{t-1} and n_t.",
        "in a product, the derivative with respect to one factor is the other factor's value."),
    "update gate reads new state": row("08.7", dict(old_against_new=lambda s, t: s.h[t] - s.n[t - 1]),
        "The update gate's gradient contains h_t - n_t; it must be h_{t-1} - n_t.",
        "the gate weighs the old state against the candidate. h_t is the result."),
    "gradient overwritten before update gate": row("08.7",
        dict(da_z=lambda s, t: s.all_da_n[t] * s.old_against_new(t) * s.gate_slope(s.z[t - 1], t),
             kept=lambda s, t: s.z[t - 1] * s.all_da_n[t]),
        "dh_t was overwritten with da_n before the update gate and the way past everything used it.",
        "In code: give each gradient a name of its own. da_n is dh_t after two more factors."),
    # the reset gate
    "reset factor missing": row("08.7", dict(dm=lambda s, t: s.all_da_n[t]),
        "The reset gate is missing on the state's side: W_hh, b_h and h_{t-1} get da_n, not r_t da_n.",
        "the candidate reads r_t m_t. Between da_n and the past m_t stands r_t."),
    "reset factor missing in dh_later": row("08.7",
        dict(through_weights=lambda s, t: s.all_da_x[t] @ s.params["W_hh"]),
        "The reset gate is missing on the way back to h_{t-1}: the last block carries da_n, not r_t da_n.",
        "the candidate reads r_t m_t, and m_t = W_hn h_{t-1} + b_hn. The path to h_{t-1} meets r_t."),
    "reset factor missing in weights": row("08.7",
        dict(share_of_W_hh=lambda s, t: s.all_da_x[t].T @ s.previous(t)),
        "The reset gate is missing in dW_hn: the last block of dW_hh holds da_n h_{t-1}^T, not r_t da_n "
        "h_{t-1}^T.",
        "W_hn stands inside m_t, and the candidate reads r_t m_t."),
    "reset factor on the input too": row("08.7", dict(da_n_of_input=lambda s, t: s.r[t - 1] * s.all_da_n[t]),
        "The reset gate acts on the input's side, too: W_xh, b_x and x_t get r_t da_n; they need da_n.",
        "in a_n = W_xn x_t + b_xn + r_t m_t the reset gate multiplies the past, and nothing else."),
    "reset factor in input weights": row("08.7", dict(share_of_W_xh=lambda s, t: s.all_da[t].T @ s.x[t - 1]),
        "The reset gate stands in dW_xn: the last block of dW_xh holds r_t da_n x_t^T; it must be da_n "
        "x_t^T.",
        "in a_n = W_xn x_t + b_xn + r_t m_t the reset gate multiplies the past. W_xh takes the stack of the "
        "input's side."),
    "same gradient for both biases": row("08.7", dict(share_of_b_h=lambda s, t: s.all_da_x[t].sum(axis=0)),
        "db_h is the same as db_x; their last blocks differ by the reset gate.",
        "b_hn stands inside m_t, which r_t multiplies; b_xn stands outside."),
    "reset gate meets previous state": row("08.7", dict(past=lambda s, t: s.h[t - 1]),
        "The reset gate's gradient contains h_{t-1}; it must be m_t = W_hn h_{t-1} + b_hn.",
        "the candidate reads r_t m_t. The derivative with respect to r_t is m_t."),
    "reset gate meets previous candidate": row("08.7",
        dict(past=lambda s, t: s.n[t - 2] if t > 1 else np.zeros_like(s.n[0])),
        "The reset gate's gradient contains n_{t-1}, the candidate of the step before; it must be m_t.",
        "the candidate reads r_t m_t, and m_t is made from the state h_{t-1}. Candidates are not handed on."),
    "way back with the other place of the reset gate": row("08.7",
        dict(through_weights=through_weights_of_the_other_place),
        "On the way back to h_{t-1} the reset gate comes after W_hn^T; it must come before.",
        "r_t multiplies m_t = W_hn h_{t-1} + b_hn as a whole. Going back, da_n meets r_t first and W_hn^T "
        "then."),
    "reset gate of the other place": row("08.7", dict(da_r=da_r_of_the_other_place),
        "The reset gate's gradient is that of a reset gate that multiplies h_{t-1}; here it multiplies m_t.",
        "a_n = W_xn x_t + b_xn + r_t m_t, with m_t = W_hn h_{t-1} + b_hn. In a product, the derivative with "
        "respect to one factor is the other."),
    "other place of the reset gate": row("08.7",
        dict(past=lambda s, t: s.h[t - 1],
             da_r=da_r_of_the_other_place,
             dm=lambda s, t: s.all_da_n[t],
             through_weights=through_weights_of_the_other_place,
             share_of_W_hh=share_of_W_hh_of_the_other_place),
        "This is the backward pass of a network whose reset gate stands inside the product: W_hn (r_t "
        "h_{t-1}).",
        "here the forward pass computes r_t (W_hn h_{t-1} + b_hn). Forward and backward pass must belong "
        "together."),
    # slopes, blocks and the way back
    "blocks in order z, r, n": row("08.7",
        dict(blocks=lambda s, parts: np.concatenate([parts[1], parts[0], parts[2]], axis=-1)),
        "The blocks stand in the order z, r, n; in W_hh, W_xh and the biases the order is r, z, n.",
        "In code: the blocks must stand where the forward pass cut them off."),
    "state weights not transposed": row("03.3", dict(through_weights=state_weights_not_transposed),
        "Each gradient goes back through its block of W_hh as it is; it must go through the transpose.",
        "gradients travel back through W^T. In a batch, with rows, that is da @ W, not da @ W.T."),
    "slope of candidate missing": row("08.7", dict(candidate_slope=lambda s, t: np.ones_like(s.n[0])),
        "The candidate's slope, 1 - n_t^2, is missing.",
        "n_t is a tanh. A gradient goes back through it by its slope."),
    **GATE_SLOPES,
    # sums, steps and outputs
    **SHARED,
}


GRU_RARE = alone({
    "reset factor in input bias": row("08.7", dict(share_of_b_x=lambda s, t: s.all_da[t].sum(axis=0)),
        "db_x is the same as db_h: the reset gate stands in its last block, where only da_n belongs.",
        "b_xn stands outside of what r_t multiplies; b_hn stands inside."),
    "reset factor in input gradient": row("08.7", dict(dx=lambda s, t: s.all_da[t] @ s.params["W_xh"]),
        "The reset gate stands on the way to x_t: dx_t is W_xh^T times the stack of the state's side.",
        "x_t enters a_n outside of what r_t multiplies. It takes the stack of the input's side."),
    "update gate without candidate": row("08.7", dict(old_against_new=lambda s, t: s.h[t - 1]),
        "The update gate's gradient contains h_{t-1} alone; n_t is missing.",
        "z_t stands in h_t twice, in z_t h_{t-1} and in (1 - z_t) n_t. Two places, two paths."),
    "past without bias": row("08.7", dict(past=lambda s, t: s.m[t - 1] - gru.blocks(s.params["b_h"])[2]),
        "The reset gate's gradient contains W_hn h_{t-1}; the bias b_hn is missing.",
        "r_t multiplies m_t = W_hn h_{t-1} + b_hn, bias and all."),
    "candidate slope from state": row("08.7", dict(candidate_slope=lambda s, t: 1 - s.h[t] ** 2),
        "The candidate's slope is taken as 1 - h_t^2, as in the plain network; it must be 1 - n_t^2.",
        "here the tanh is n_t. h_t is a mixture of n_t and the old state."),
    **SHARED_RARE,
})
