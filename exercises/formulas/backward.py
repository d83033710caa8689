"""The backward pass of the plain network, one method per formula, and the mistakes that people make in it.

Most of the mistakes were found in public code. None of them raises an error. Beside them: problems on which
no mistake hides, easier ones on which some do, and the forms that turn ``Backward`` into an answer.

A problem is (params, cache, dy), the arguments of ``rnn.backward``.
"""

import functools

import numpy as np

from exercises.engine.mistakes import alone, row
from exercises.formulas.through_time import ThroughTime
from helpers import gradcheck, losses, rnn


class Backward(ThroughTime):
    """Backpropagation through time for the tanh network, step by step.

    params: W_hh (H, H), W_xh (H, D), W_hy (O, H), b_h (H,), b_y (O,). x: (T, B, D). h: (T+1, B, H), h[0] is
    h_0. dy: dL/dy, (T, B, O).
    arriving: what reaches the last state from beyond the sequence, (B, H).
    ``run()`` returns the gradients, as ``rnn.backward`` does; all_dh and all_da (T+1, B, H) keep dL/dh_t and
    dL/da_t for t = 1 ... T.
    Every other public method is one formula.
    """

    def __init__(self, params, x, h, dy, arriving=0.0):
        super().__init__(params, x, h, dy)
        self.arriving = arriving + self.arriving
        self.all_da = np.zeros_like(h)

    def run(self):
        """All gradients, {name: array}."""
        self.arriving = self.beyond()
        return super().run()

    def back(self, t):
        self.all_dh[t] = self.dh(t)
        self.all_da[t] = self.da(t)

    def hand_on(self, t):
        self.arriving = self.carry(t)

    steps, direct = ThroughTime.steps, ThroughTime.direct

    def beyond(self):
        """what arrives at h_T from beyond the last step"""
        return self.arriving

    def later(self, t):
        """dh_later, what arrives at h_t from step t+1"""
        return self.arriving

    def dh(self, t):
        """dh_t, the sum of the direct effect and of dh_later"""
        return self.direct(t) + self.later(t)

    def slope(self, t):
        """tanh's slope, 1 - h_t^2"""
        return 1 - self.h[t] ** 2

    def da(self, t):
        """da_t, the slope times dh_t"""
        return self.slope(t) * self.all_dh[t]

    def carry(self, t):
        """the dh_later for the step before, W_hh^T da_t"""
        return self.all_da[t] @ self.params["W_hh"]

    previous, share_of_W_hh = ThroughTime.previous, ThroughTime.share_of_W_hh
    share_of_W_xh, share_of_W_hy = ThroughTime.share_of_W_xh, ThroughTime.share_of_W_hy
    share_of_b_h, share_of_b_y = ThroughTime.share_of_b_h, ThroughTime.share_of_b_y
    dx = ThroughTime.dx

    def dh0(self):
        """the first state's gradient, what dh_later holds after step 1: W_hh^T da_1"""
        return self.arriving

    add = ThroughTime.add


# Mistakes.

def from_a_window(backward, t, back):
    """dh_t from the losses of steps t ... t + back only: each loss travels no more than ``back`` steps."""
    last = min(t + back, backward.T)
    dh = backward.direct(last)
    for s in range(last, t, -1):
        dh = backward.direct(s - 1) + (backward.slope(s) * dh) @ backward.params["W_hh"]
    return dh


def slope_on_direct_effect_only(s, t):
    direct = s.direct(t)
    return s.slope(t) * direct + s.all_dh[t] - direct


def slope_on_arriving_only(s, t):
    direct = s.direct(t)
    return direct + s.slope(t) * (s.all_dh[t] - direct)


def later_losses_in_ascending_order(s, t):
    total = 0.0
    for loss in range(t + 1, s.T + 1):
        one = s.direct(loss)
        for step in range(t + 1, loss + 1):
            one = (s.slope(step) * one) @ s.params["W_hh"]
        total = total + one
    return total


def carry_kept_from_sequence_to_sequence(s):
    found, arriving = [], s.arriving
    for b in range(len(s.h[0])):
        one = slice(b, b + 1)
        found.append(Backward(s.params, s.x[:, one], s.h[:, one], s.dy[:, one], arriving[:1]).run())
        arriving = found[-1]["h0"]
    along = {"x": 1, "h0": 0}
    return {name: np.concatenate([grads[name] for grads in found], along[name]) if name in along
            else sum(grads[name] for grads in found) for name in found[0]}


def steps_paired_with_sequences(s, names):
    grads, H, met = Backward.run(s), s.h.shape[-1], {"W_hh": s.h[:-1], "W_xh": s.x}
    da = s.all_da[1:].swapaxes(0, 1).reshape(-1, H)
    return {**grads, **{name: da.T @ met[name].reshape(len(da), -1) for name in names}}


def columns_cut_in_the_other_order(s):
    grads, H = Backward.run(s), s.h.shape[-1]
    both = np.concatenate([grads["W_xh"], grads["W_hh"]], axis=1)
    return {**grads, "W_hh": both[:, :H], "W_xh": both[:, H:]}


def input_gradient_time_reversed(s):
    grads = Backward.run(s)
    return {**grads, "x": grads["x"][::-1]}


MISTAKES = {
    # the order of the steps
    "ascending time loop": row("03.5", dict(steps=lambda s: range(1, s.T + 1)),
        "The backward loop runs from the first step to the last.",
        "dh_t needs da_{t+1}. So step t+1 must be finished before step t."),
    "skips first step": row("04.2", dict(steps=lambda s: range(s.T, 1, -1)),
        "The backward loop stops before step 1.",
        "step 1 reads the weights, the bias and h_0. Without it, its shares are missing from every sum."),
    "skips last step": row("04.2", dict(steps=lambda s: range(s.T - 1, 0, -1)),
        "The backward loop begins one step too early: step T is left out.",
        "the last step has a loss, a slope and a share of every sum. Write down the first and the last t of "
        "your loop."),
    "steps without a loss skipped": row("03.5",
        dict(steps=lambda s: [t for t in range(s.T, 0, -1) if s.dy[t - 1].any()]),
        "The loop passes over the steps without a loss: nothing travels through them.",
        "without a loss the direct effect of a step is 0. What arrives from later still goes through its "
        "tanh and its W_hh, and adds to all sums."),
    "one dh_later for all sequences": row("04.3", dict(run=carry_kept_from_sequence_to_sequence),
        "The dh_later of one sequence is still there when the next one begins.",
        "two sequences of a batch share the weights and nothing else. At its last step each begins with a "
        "dh_later of zeros."),
    # dL/dh_t: direct and indirect effect
    "jacobians in ascending order": row("03.3",
        dict(dh=lambda s, t: s.direct(t) + later_losses_in_ascending_order(s, t),
             dh0=lambda s: later_losses_in_ascending_order(s, 0)),
        "Each loss goes back through the right Jacobians in the wrong order: the earliest step comes first.",
        "what stands next to the loss acts first. From h_s back to h_t the order is J_s^T, then J_{s-1}^T, "
        "and J_{t+1}^T at last."),
    "dropped future term": row("03.5", dict(dh=lambda s, t: s.direct(t)),
        "dh_later is left out: each step sees its own loss only.",
        "h_t is read twice, by y_t and by a_{t+1}. Two readers are two paths, and paths add up."),
    "loss at last step only": row("03.5", dict(dh=lambda s, t: Backward.dh(s, t) if t == s.T else s.arriving),
        "Only the last step's loss counts: the direct effect of every earlier step is left out.",
        "at each step with a loss, h_t is read by y_t and by a_{t+1}. dh_later must be added to the direct "
        "effect, it does not replace it."),
    "last loss at every step": row("03.5", dict(direct=lambda s, t: Backward.direct(s, s.T)),
        "The last step's error enters at every step.",
        "the direct effect of step t is W_hy^T dy_t. The loss of step T reaches an earlier state through "
        "dh_later, and only through it."),
    "state added as gradient": row("03.5", dict(dh=lambda s, t: s.direct(t) + s.h[t - 1]),
        "The state before is added to the gradient; dh_later is needed there.",
        "h_{t-1} is a value, not a derivative. What is added to the direct effect is dh_later, "
        "W_hh^T da_{t+1}."),
    # tanh's slope
    "tanh derivative applied twice": row("04.1", dict(slope=lambda s, t: 1 - np.tanh(s.h[t]) ** 2),
        "The slope is 1 - tanh(h)^2, but h is tanh(a) already.",
        "tanh'(a) = 1 - tanh(a)^2, and tanh(a_t) is h_t."),
    "tanh derivative at final state": row("03.3", dict(slope=lambda s, t: 1 - s.h[s.T] ** 2),
        "Every step uses the slope of the last state.",
        "h_t = tanh(a_t), so the slope of step t is made of h_t. Is it computed before the loop?"),
    "tanh derivative at previous state": row("03.3", dict(slope=lambda s, t: 1 - s.h[t - 1] ** 2),
        "The slope of step t is made of h_{t-1}; it needs h_t.",
        "a_t becomes h_t, and tanh's slope at a_t is 1 - h_t^2. h has T+1 slots, and h[0] is h_0."),
    "tanh derivative omitted": row("04.1", dict(slope=lambda s, t: np.ones_like(s.h[t])),
        "da = dh: tanh's slope is left out.",
        "between h_t and a_t stands tanh, and a gradient that passes it is multiplied by its slope."),
    "tanh derivative without square": row("04.1", dict(slope=lambda s, t: 1 - s.h[t]),
        "The slope is 1 - h; the square is missing.",
        "tanh'(a) = 1 - tanh(a)^2. At h = -1 tanh is flat, and its slope must be 0."),
    "tanh derivative without bias": row("04.1",
        dict(slope=lambda s, t: 1 - np.tanh(s.h[t - 1] @ s.params["W_hh"].T
                                            + s.x[t - 1] @ s.params["W_xh"].T) ** 2),
        "The slope is taken at a_t computed again, and b_h is missing in it.",
        "a_t = W_hh h_{t-1} + W_xh x_t + b_h. Nothing needs to be computed again: tanh(a_t) is h_t."),
    # da_t
    "slope on direct effect only": row("03.5", dict(da=slope_on_direct_effect_only),
        "The slope multiplies the direct effect only, not dh_later.",
        "both paths end in h_t, and from there both go back through tanh: add first, then multiply. Is a "
        "bracket missing?"),
    "slope on arriving only": row("03.5", dict(da=slope_on_arriving_only),
        "The slope multiplies dh_later only, not the direct effect.",
        "both paths end in h_t, and from there both go back through tanh: add first, then multiply. Is a "
        "bracket missing?"),
    # dh_later
    "recurrent matrix not transposed": row("03.3", dict(carry=lambda s, t: s.all_da[t] @ s.params["W_hh"].T),
        "In the dh_later for the step before, da is multiplied by W_hh, not by its transpose.",
        "h_{t-1}[j] reaches every a_t[i] through W_hh[i, j]; the sum runs over i, the first index. In code: "
        "for a column that is W_hh.T @ da, and for rows da @ W_hh. What looks transposed for rows, da @ "
        "W_hh.T, is W_hh da."),
    "recurrent matrix missing": row("03.3", dict(carry=lambda s, t: s.all_da[t]),
        "The dh_later for the step before is da as it is: W_hh^T is missing.",
        "h_{t-1} enters a_t through W_hh. A gradient that goes back through a product comes out multiplied "
        "by the transpose."),
    "slope missing in dh_later": row("03.3", dict(carry=lambda s, t: s.all_dh[t] @ s.params["W_hh"]),
        "The dh_later for the step before is W_hh^T dh: tanh's slope is missing.",
        "from h_t to h_{t-1} the way leads through a_t. So W_hh^T meets da_t, not dh_t."),
    "extra tanh derivative in dh_later": row("03.5",
        dict(carry=lambda s, t: (1 - s.h[t - 1] ** 2) * Backward.carry(s, t)),
        "The dh_later of h_{t-1} has tanh's slope at h_{t-1} in it; step t-1 multiplies again.",
        "on the way from a_t to a_{t-1} there is one tanh, and so one slope."),
    "slope on wrong side of transpose": row("03.7",
        dict(carry=lambda s, t: s.slope(t) * (s.all_dh[t] @ s.params["W_hh"])),
        "The slope multiplies after W_hh^T; it must multiply before.",
        "the Jacobian is diag(1 - h_t^2) W_hh. Transposed, the order turns round: first the slope, then "
        "W_hh^T."),
    "Jacobian not transposed": row("03.3",
        dict(carry=lambda s, t: s.slope(t) * (s.all_dh[t] @ s.params["W_hh"].T)),
        "The dh_later for the step before is J_t dh_t; it must be J_t^T dh_t.",
        "J_t = diag(1 - h_t^2) W_hh carries a nudge forward. A gradient goes back through J_t^T = W_hh^T "
        "diag(1 - h_t^2): first the slope, then W_hh^T. Even a symmetric W_hh does not make J_t symmetric."),
    "slope twice in dh_later": row("03.5",
        dict(carry=lambda s, t: (s.slope(t) * s.all_da[t]) @ s.params["W_hh"]),
        "The dh_later for the step before is J_t^T da_t: tanh's slope is in it twice.",
        "the slope is a part of J_t^T = W_hh^T diag(1 - h_t^2), and a part of da_t, too. dh_later is "
        "J_t^T dh_t, which is the same as W_hh^T da_t."),
    "nothing in dh_later": row("04.2", dict(carry=lambda s, t: np.zeros_like(s.all_da[t])),
        "dh_later stays zero, and so does dh_0.",
        "h_t is read twice, by y_t and by a_{t+1}. At the end of each round dh_later must be replaced "
        "by what this step hands back."),
    "+= for dh_later": row("04.2", dict(carry=lambda s, t: s.arriving + Backward.carry(s, t)),
        "dh_later is added up over the steps; each step must replace it.",
        "dh_t holds all of the future already. The next dh_later is W_hh^T da_t alone: = here, and += for "
        "the weights only."),
    "state gradient kept": row("04.2", dict(carry=lambda s, t: s.all_dh[t] + Backward.carry(s, t)),
        "The dh_later for the step before is dh_t + W_hh^T da_t; it must be W_hh^T da_t alone.",
        "dh_t is the gradient of h_t. What step t sends to h_{t-1} has passed tanh and W_hh. If one variable "
        "holds dh_t first and dh_later afterwards, it must be replaced, not added to."),
    # the state before
    "recurrent outer uses current state": row("03.6", dict(previous=lambda s, t: s.h[t]),
        "dW_hh pairs da_t with h_t; it needs h_{t-1}.",
        "in a_t = W_hh h_{t-1} + ... the matrix meets the state before the step."),
    "previous state wraps to last": row("04.6", dict(previous=lambda s, t: s.h[1:][t - 2]),
        "At step 1 an index of -1 fetches the last state; it should be h_0.",
        "write down, for t = 1, which slot holds h_{t-1}. Python's -1 is the last slot."),
    "first step recurrent term skipped": row("03.6", dict(previous=lambda s, t: s.h[t - 1] * (t > 1)),
        "dW_hh leaves out the term of step 1, da_1 h_0^T.",
        "the sum over t begins at 1, and there the matrix meets h_0."),
    "recurrent outer uses last state": row("04.1", dict(previous=lambda s, t: s.h[s.T]),
        "dW_hh pairs every da_t with the last state.",
        "in a_t = W_hh h_{t-1} + ... each step has its own state before it. Are all states kept, or one that "
        "is overwritten?"),
    # sums over time
    "earliest step only": row("04.2", dict(add=lambda s, total, share, t: share),
        "= instead of +=: of all steps only the first one is kept.",
        "the same weight works at every step, so its gradient is a sum over the steps."),
    "latest step only": row("04.2", dict(add=lambda s, total, share, t: share if t == s.T else total),
        "Of all steps only the last one adds to the gradients.",
        "the same weight works at every step, so its gradient is a sum over the steps. Is the sum inside the "
        "loop?"),
    # the gradients of W_hh and W_xh
    "recurrent outer transposed": row("03.6", dict(share_of_W_hh=lambda s, t: Backward.share_of_W_hh(s, t).T),
        "dW_hh adds h_{t-1} da_t^T; it needs da_t h_{t-1}^T.",
        "row i of W_hh feeds a_t[i], and column j reads h_{t-1}[j]. So da_t gives the rows."),
    "slope on columns": row("03.7",
        dict(share_of_W_hh=lambda s, t: s.all_dh[t].T @ (s.slope(t) * s.previous(t))),
        "In dW_hh the slopes scale the columns; they must scale the rows.",
        "tanh acts on a_t, and a_t[i] belongs to row i. Multiply dh_t by the slope first, then take the "
        "outer product."),
    "parameters use state gradient": row("03.6",
        dict(share_of_W_hh=lambda s, t: s.all_dh[t].T @ s.previous(t),
             share_of_W_xh=lambda s, t: s.all_dh[t].T @ s.x[t - 1],
             share_of_b_h=lambda s, t: s.all_dh[t].sum(axis=0)),
        "The gradients of W_hh, W_xh and b_h are made of dh; they need da.",
        "the weights and the bias enter a_t, before tanh. So tanh's slope belongs to their gradients."),
    "parameters use slope twice": row("03.6",
        dict(share_of_W_hh=lambda s, t: (s.slope(t) * s.all_da[t]).T @ s.previous(t),
             share_of_W_xh=lambda s, t: (s.slope(t) * s.all_da[t]).T @ s.x[t - 1],
             share_of_b_h=lambda s, t: (s.slope(t) * s.all_da[t]).sum(axis=0)),
        "The gradients of W_hh, W_xh and b_h multiply da by the slope once more.",
        "da_t = slope times dh_t already. The weights and the bias enter a_t directly, and no tanh lies "
        "between."),
    "input one step early": row("01.2", dict(share_of_W_xh=lambda s, t: s.all_da[t].T @ s.x[t - 2]),
        "dW_xh pairs da_t with x_{t-1}, and da_1 with the last input; it needs x_t.",
        "x[t-1] is x_t, because inputs start at t = 1. One slot earlier is the input of the step before."),
    "columns cut in the other order": row("04.2", dict(run=columns_cut_in_the_other_order),
        "dW_hh and dW_xh hold each other's columns: the stack [W_hh W_xh] is cut as if x stood first.",
        "in da [h_{t-1}; x_t]^T the columns stand in the order of the vector. Write down which H columns "
        "belong to h_{t-1}."),
    "steps paired with sequences": row("04.3",
        [dict(run=lambda s, names=names: steps_paired_with_sequences(s, names))
         for names in (("W_hh", "W_xh"), ("W_hh",), ("W_xh",))],
        "da of one step and sequence is paired with the state or the input of another.",
        "In code: reshape(-1, H) goes through the axes as they stand. (T, B, H) and (B, T, H) give the same "
        "shape and another order of the rows."),
    # the output layer
    "output uses previous state": row("03.6", dict(share_of_W_hy=lambda s, t: s.dy[t - 1].T @ s.h[t - 1]),
        "dW_hy pairs dy_t with h_{t-1}; it needs h_t.",
        "in y_t = W_hy h_t + b_y the matrix meets the state after the step."),
    "output gradient counted every step": row("03.6",
        dict(share_of_W_hy=lambda s, t: Backward.share_of_W_hy(s, s.T),
             share_of_b_y=lambda s, t: Backward.share_of_b_y(s, s.T)),
        "dW_hy and db_y add the last step's share once for every step.",
        "the output of step T is computed once. Its share belongs into the sum once."),
    "output bias never accumulated": row("03.6",
        dict(share_of_b_y=lambda s, t: np.zeros_like(s.params["b_y"])),
        "db_y stays zero.",
        "b_y is added to y_t with factor 1, so each step adds its dy_t. What stands on the right of += ?"),
    # the biases
    "bias not summed over batch": row("04.3", dict(share_of_b_h=lambda s, t: s.all_da[t].mean(axis=0)),
        "db_h is a mean over the batch; it needs the sum.",
        "every sequence of the batch reads the same bias, so each adds its da_t."),
    "biases keep batch axis": row("04.3",
        dict(share_of_b_h=lambda s, t: s.all_da[t], share_of_b_y=lambda s, t: s.dy[t - 1]),
        "The gradients of the biases are not summed over the batch: db_h has shape (B, H), db_y (B, O).",
        "a bias has one entry per unit, shared by all sequences. Its gradient has the same shape, and sums "
        "over the batch."),
    "biases summed over units": row("04.3",
        dict(share_of_b_h=lambda s, t: s.all_da[t].sum(), share_of_b_y=lambda s, t: s.dy[t - 1].sum()),
        "The gradients of the biases are summed over the units, too: every entry is the same.",
        "b_h[i] is added to a_t[i] only. Sum over time and batch, not over i. Is an axis missing in the "
        "sum?"),
    "biases of one step": row("04.2",
        dict(run=lambda s: {**Backward.run(s), "b_h": s.share_of_b_h(1), "b_y": s.share_of_b_y(1)}),
        "The gradients of the biases hold the share of step 1 only.",
        "the same bias works at every step, so its gradient is a sum over the steps. Is = written where += "
        "belongs?"),
    # the input
    "input gradient drops future": row("03.6",
        dict(dx=lambda s, t: (s.slope(t) * s.direct(t)) @ s.params["W_xh"]),
        "dx_t sees the loss of step t only.",
        "x_t enters a_t, and da_t is a total derivative: all later losses are in it."),
    "input gradient without slope": row("03.6", dict(dx=lambda s, t: s.all_dh[t] @ s.params["W_xh"]),
        "dx_t = W_xh^T dh_t; it needs da_t.",
        "x_t enters a_t, before tanh. So tanh's slope belongs to its gradient."),
    "input gradient time reversed": row("04.2", dict(run=input_gradient_time_reversed),
        "dx is in the loop's order, from the last step to the first.",
        "dx has the shape and the order of x. The loop finds dx_T first; its place is the last."),
    # the first state
    "initial state gradient wrong": row("03.5", dict(dh0=lambda s: s.all_da[1]),
        "dh_0 = da_1; it needs W_hh^T da_1.",
        "h_0 enters a_1 through W_hh, so its gradient comes back through the transpose."),
    "initial state gradient is the first state's": row("03.5", dict(dh0=lambda s: s.all_dh[1]),
        "dh_0 = dh_1; it needs W_hh^T da_1.",
        "between h_1 and h_0 lies one more step: tanh and W_hh."),
    "initial state gradient omitted": row("03.5", dict(dh0=lambda s: np.zeros_like(s.h[0])),
        "dh_0 stays zero.",
        "h_0 enters a_1. What step 1 sends back, W_hh^T da_1, is its gradient."),
    # all gradients together
    "mean over time": row("02.7", dict(run=lambda s: {name: g / s.T for name, g in Backward.run(s).items()}),
        "The gradients are divided by T.",
        "dy is the gradient of the loss already, with its sum or mean. Whoever divides again differentiates "
        "another loss."),
    "mean over batch": row("02.7",
        dict(run=lambda s: {name: g / len(s.h[0]) for name, g in Backward.run(s).items()}),
        "The gradients are divided by B.",
        "dy is the gradient of the loss already, with its sum or mean. Whoever divides again differentiates "
        "another loss."),
    "mean over time and batch": row("02.7",
        dict(run=lambda s: {name: g / (s.T * len(s.h[0])) for name, g in Backward.run(s).items()}),
        "The gradients are divided by T B.",
        "dy is the gradient of the loss already, with its sum or mean. Whoever divides again differentiates "
        "another loss."),
    "gradient sign flipped": row("05.2",
        dict(run=lambda s: {name: -g for name, g in Backward.run(s).items()}),
        "The gradients have the opposite sign.",
        "a gradient points to where the loss grows. The minus sign belongs to the update."),
}


def update_inside_time_loop(s, t):
    s.grads_x = {**getattr(s, "grads_x", {}), t: Backward.dx(s, t)}     # with the weights of this moment
    shares = {"W_hh": s.share_of_W_hh(t), "W_xh": s.share_of_W_xh(t), "W_hy": s.share_of_W_hy(t)}
    s.params = {name: value - 0.1 * shares[name] if name in shares else value
                for name, value in s.params.items()}
    return Backward.carry(s, t)


def input_outer_transposed(s):
    grads = Backward.run(s)
    return {**grads, "W_xh": grads["W_xh"].T}


def output_outer_transposed(s):
    grads = Backward.run(s)
    return {**grads, "W_hy": grads["W_hy"].T}


def input_gradient_batch_first(s):
    grads = Backward.run(s)
    return {**grads, "x": grads["x"].swapaxes(0, 1)}


# Seldom seen, or plain from the shapes.
RARE = alone({
    # the order of the steps
    "loop visits five steps": row("04.2", dict(steps=lambda s: range(s.T, max(s.T - 5, 0), -1)),
        "The backward loop visits the last five steps only.",
        "a window of five is the whole gradient only if T is at most 5. Each earlier step adds its shares, "
        "too."),
    # dL/dh_t: direct and indirect effect
    "output error one step early": row("01.2", dict(direct=lambda s, t: s.dy[t - 2] @ s.params["W_hy"]),
        "The direct effect of step t uses dy of step t-1, and at step 1 an index of -1 fetches the last one.",
        "dy has T slots, and h has T+1. dy[t-1] belongs to y_t, and so to h[t]."),
    "last step counted twice": row("03.5",
        dict(dh=lambda s, t: Backward.dh(s, t) + (s.direct(t) if t == s.T else 0)),
        "The direct effect of the last step is counted twice.",
        "at step T there is no future, so dh_later starts at zero. If it starts with W_hy^T dy_T, the loop "
        "may not add that again."),
    **{f"truncated {many} back": row("03.5", dict(dh=lambda s, t, back=back: from_a_window(s, t, back)),
        f"Each loss travels {many} back and is cut off there.",
        "h_t reaches the losses of all later steps. The full gradient needs them all, whatever T is; "
        f"{many} back is a truncation.")
       for back, many in ((1, "one step"), (2, "two steps"), (4, "four steps"), (5, "five steps"))},
    # tanh's slope
    "tanh derivative squares the bracket": row("04.1", dict(slope=lambda s, t: (1 - s.h[t]) ** 2),
        "The slope is (1 - h)^2: the square stands outside the bracket.",
        "tanh'(a) = 1 - tanh(a)^2. At h = -1 tanh is flat, and its slope must be 0."),
    "tanh derivative with plus": row("04.1", dict(slope=lambda s, t: 1 + s.h[t] ** 2),
        "The slope is 1 + h^2; it needs a minus.",
        "tanh is steepest at 0 and flat far away, so its slope falls as h grows. 1 + h^2 is the slope of "
        "tan."),
    "tanh derivative sign flipped": row("04.1", dict(slope=lambda s, t: s.h[t] ** 2 - 1),
        "The slope is h^2 - 1: its sign is flipped.",
        "tanh grows everywhere, so its slope is never negative."),
    "tanh derivative inverted": row("04.1", dict(slope=lambda s, t: 1 / (1 - s.h[t] ** 2)),
        "It divides by tanh's slope; it must multiply.",
        "dL/da_t = dL/dh_t times dh_t/da_t. 1/(1 - h^2) is the slope of tanh's inverse."),
    "sigmoid derivative": row("04.1", dict(slope=lambda s, t: s.h[t] * (1 - s.h[t])),
        "The slope is h (1 - h): that is the sigmoid's.",
        "for tanh, dh/da = 1 - h^2."),
    "ReLU derivative": row("02.4", dict(slope=lambda s, t: 1.0 * (s.h[t] > 0)),
        "The slope is 1 where h is positive and 0 elsewhere: that is ReLU's.",
        "for tanh, dh/da = 1 - h^2, for positive and negative h alike."),
    # da_t
    "upstream gradient missing": row("04.1", dict(da=lambda s, t: s.slope(t)),
        "da is the slope alone: dL/dh is not in it.",
        "the slope is dh_t/da_t. The chain rule multiplies it by dL/dh_t."),
    # dh_later
    "slope and recurrent matrix missing": row("03.3", dict(carry=lambda s, t: s.all_dh[t]),
        "The dh_later for the step before is dh as it is: tanh's slope and W_hh^T are missing.",
        "from h_t to h_{t-1} the way leads through tanh and through W_hh; each multiplies."),
    "no dh_later from step 1": row("03.6",
        dict(carry=lambda s, t: Backward.carry(s, t) if t > 1 else s.arriving),
        "Step 1 sends nothing back: dh_0 is what step 2 sent to step 1.",
        "h_0 enters a_1 as h_1 enters a_2. The last dh_later, W_hh^T da_1, is dh_0."),
    "clipping dh_later to one": row("05.4",
        dict(carry=lambda s, t: np.clip(Backward.carry(s, t), -1.0, 1.0)),
        "dh_later is clipped to [-1, 1] inside the time loop.",
        "a gradient that is clipped on its way is not the derivative of the loss. Clip after the backward "
        "pass, all gradients together."),
    "clipping dh_later to five": row("05.4",
        dict(carry=lambda s, t: np.clip(Backward.carry(s, t), -5.0, 5.0)),
        "dh_later is clipped to [-5, 5] inside the time loop.",
        "a gradient that is clipped on its way is not the derivative of the loss. Clip after the backward "
        "pass, all gradients together."),
    "update inside time loop": row("05.2", dict(carry=update_inside_time_loop, dx=lambda s, t: s.grads_x[t]),
        "The parameters are updated inside the time loop, with a learning rate of 0.1.",
        "the forward pass used one W at all steps, so the backward pass must use that W at all steps. Update "
        "after the loop."),
    # the state before
    "recurrent outer uses first state": row("03.6", dict(previous=lambda s, t: s.h[0]),
        "dW_hh pairs every da_t with h_0.",
        "in a_t = W_hh h_{t-1} + ... each step has its own state before it; h_0 stands before step 1 only."),
    "recurrent outer one state early": row("01.2", dict(previous=lambda s, t: s.h[t - 2]),
        "dW_hh pairs da_t with h_{t-2}; it needs h_{t-1}.",
        "h has T+1 slots: h[t] is the state after step t, and h[t-1] the state before it."),
    "states one slot early": row("01.2",
        dict(slope=lambda s, t: 1 - s.h[t - 1] ** 2,
             previous=lambda s, t: s.h[t - 2],
             share_of_W_hy=lambda s, t: s.dy[t - 1].T @ s.h[t - 1]),
        "Every state is taken one slot too early: the state of step t from the slot of h_{t-1}.",
        "h has T+1 slots, because h[0] is h_0; x and dy have T. In a loop that counts from 0, x[t] goes with "
        "the state h[t+1]."),
    # the gradients of W_hh and W_xh
    "elementwise instead of outer": row("04.1",
        dict(share_of_W_hh=lambda s, t: (s.all_da[t] * s.previous(t)).sum(axis=0)),
        "dW_hh adds the products entry by entry, the same row everywhere; it needs outer products.",
        "dW_hh[i, j] = da_t[i] h_{t-1}[j], with two free indices. Entry by entry there is one, and NumPy "
        "repeats the row."),
    "dot product instead of outer": row("04.1",
        dict(share_of_W_hh=lambda s, t: (s.all_da[t] * s.previous(t)).sum()),
        "dW_hh adds dot products, the same number everywhere; it needs outer products.",
        "dW_hh[i, j] = da_t[i] h_{t-1}[j]. For vectors @ sums over the index, and .T does nothing."),
    "batch summed before product": row("04.3",
        dict(share_of_W_hh=lambda s, t: np.outer(s.all_da[t].sum(axis=0), s.previous(t).sum(axis=0)),
             share_of_W_xh=lambda s, t: np.outer(s.all_da[t].sum(axis=0), s.x[t - 1].sum(axis=0)),
             share_of_W_hy=lambda s, t: np.outer(s.dy[t - 1].sum(axis=0), s.h[t].sum(axis=0))),
        "The weights' gradients multiply sums over the batch; they need the sum of the products.",
        "sum over b of da_b h_b^T has one product per sequence. The product of two sums mixes the "
        "sequences."),
    "inputs in reverse order": row("04.2", dict(share_of_W_xh=lambda s, t: s.all_da[t].T @ s.x[s.T - t]),
        "dW_xh pairs the steps, from the last to the first, with the inputs from the first to the last.",
        "x_t enters a_t. If the loop runs backwards, it must read the inputs backwards, too."),
    "input outer transposed": row("04.1", dict(run=input_outer_transposed),
        "dW_xh is x_t da_t^T, with shape (D, H); it needs da_t x_t^T.",
        "a gradient has its variable's shape. W_xh is (H, D), so da_t gives the rows."),
    # the output layer
    "output uses last state": row("03.6", dict(share_of_W_hy=lambda s, t: s.dy[t - 1].T @ s.h[s.T]),
        "dW_hy pairs every dy_t with the last state.",
        "in y_t = W_hy h_t + b_y each step has its own state."),
    "output outer transposed": row("04.1", dict(run=output_outer_transposed),
        "dW_hy is h_t dy_t^T, with shape (H, O); it needs dy_t h_t^T.",
        "a gradient has its variable's shape. W_hy is (O, H), so dy_t gives the rows."),
    # the biases
    "output bias not summed over batch": row("04.3", dict(share_of_b_y=lambda s, t: s.dy[t - 1].mean(axis=0)),
        "db_y is a mean over the batch; it needs the sum.",
        "every sequence of the batch reads the same bias, so each adds its dy_t."),
    "biases keep axis of one": row("04.3",
        dict(share_of_b_h=lambda s, t: s.all_da[t].sum(axis=0, keepdims=True),
             share_of_b_y=lambda s, t: s.dy[t - 1].sum(axis=0, keepdims=True)),
        "The gradients of the biases keep an axis of length 1: db_h has shape (1, H), db_y (1, O).",
        "a gradient has its variable's shape, and b_h is (H,). Is keepdims set?"),
    "biases of first sequence": row("04.3",
        dict(share_of_b_h=lambda s, t: s.all_da[t][0], share_of_b_y=lambda s, t: s.dy[t - 1][0]),
        "The gradients of the biases hold the first sequence of the batch only.",
        "every sequence of the batch reads the same bias, so each adds its share."),
    "bias keeps time axis": row("04.4",
        dict(run=lambda s: {**Backward.run(s), "b_h": s.all_da[1:].sum(axis=1)}),
        "db_h is not summed over time: its shape is (T, H).",
        "the same bias works at every step, and each step adds its da_t."),
    "hidden bias keeps batch axis": row("04.3", dict(share_of_b_h=lambda s, t: s.all_da[t]),
        "db_h is not summed over the batch: its shape is (B, H).",
        "b_h has one entry per unit, shared by all sequences. Its gradient has the same shape, and sums over "
        "the batch."),
    "hidden bias summed over units": row("04.3",
        dict(share_of_b_h=lambda s, t: s.all_da[t].sum() * np.ones_like(s.params["b_h"])),
        "db_h is summed over the units, too: every entry is the same.",
        "each unit has a bias of its own. Sum over time and batch, and over nothing else."),
    # the input
    "input gradient batch first": row("04.3", dict(run=input_gradient_batch_first),
        "dx has the batch axis first, shape (B, T, D).",
        "a gradient has its variable's shape, and x is (T, B, D)."),
    # the first state
    "initial state gradient times slope": row("03.5", dict(dh0=lambda s: (1 - s.h[0] ** 2) * Backward.dh0(s)),
        "dh_0 is multiplied by 1 - h_0^2.",
        "h_0 is given, it is not the result of a tanh. The recursion ends with W_hh^T da_1."),
    "initial state gradient summed over batch": row("04.3", dict(dh0=lambda s: Backward.dh0(s).sum(axis=0)),
        "dh_0 is summed over the batch, shape (H,).",
        "here each sequence has its own h_0, (B, H), and so its own gradient. The sum is for an h_0 that all "
        "sequences share."),
    # all gradients together
    "gradient halved": row("04.1", dict(run=lambda s: {name: g / 2 for name, g in Backward.run(s).items()}),
        "The gradients are half of what they should be.",
        "dy is handed to you as it is. Is there a factor of 1/2 left from the squared error?"),
    "gradient doubled": row("04.1", dict(run=lambda s: {name: 2 * g for name, g in Backward.run(s).items()}),
        "The gradients are twice what they should be.",
        "dy is handed to you as it is. Half a square has the derivative without a 2."),
})


def mistakes(first=None, without=()):
    """The mistakes of the plain network's backward pass, a table, for an exercise with ``shared=True``.

    first: a table of rows to try before all others. without: names to leave out, because their words do not
    fit the exercise.
    """
    first = first or {}
    return first | {name: row for name, row in (MISTAKES | RARE).items() if name not in {*first, *without}}


# Problems.

# Neither T is lesson 04's, and one is below it.
SIZES = [dict(T=7, B=3, D=2, H=4, O=5), dict(T=5, B=2, D=4, H=3, O=2)]


def problem(seed=40, change=None, T=6, B=3, D=2, H=4, O=5):
    """A random problem.

    change: function of (params, x, h0) that returns them changed before the forward pass.
    """
    drawn = gradcheck.random_problem(np.random.default_rng(seed), T=T, B=B, D=D, H=H, O=O)
    params, x, h0 = change(drawn.params, drawn.x, drawn.h0) if change else (drawn.params, drawn.x, drawn.h0)
    cache = rnn.forward(params, x, h0)
    return params, cache, losses.squared_error(cache.y, drawn.target)[1]


def rounded(found):
    """A number, an array or arrays in dicts, to one decimal: short enough to calculate with by hand."""
    return ({name: np.round(p, 1) for name, p in found.items()} if isinstance(found, dict)
            else np.round(found, 1))


def small(T, B, H, D):
    """A problem with short numbers, x and y of size D: see ``Exercise.sized``."""
    params, cache, dy = problem(change=lambda *drawn: tuple(map(rounded, drawn)), T=T, B=B, D=D, H=H, O=D)
    return params, cache, rounded(dy)


def loss_at(steps, found):
    """The problem with a loss at the given steps only (-1 is the last).

    It is 100 times as large: clipping would show.
    """
    params, cache, dy = found
    only = np.zeros_like(dy)
    only[steps] = 100 * dy[steps]
    return params, cache, only


@functools.cache
def problems():
    """Two sizes, each with a loss at every step and once more with a loss at the last step only."""
    found = [problem(seed=40 + i, **sizes) for i, sizes in enumerate(SIZES)]
    return [instance for full in found for instance in (full, loss_at([-1], full))]


@functools.cache
def probes():
    """Easier problems: on each, some term of the backward pass vanishes.

    {words that follow "right when": problem}.
    """
    def with_W_hh(make):
        return lambda params, x, h0: ({**params, "W_hh": make(params["W_hh"])}, x, h0)

    def tiny(params, x, h0):
        return {**params, "b_h": 1e-7 * params["b_h"]}, 1e-7 * x, 1e-7 * h0

    return {
        "T = 1": problem(T=1),
        "T = 2": problem(T=2),
        "B = 1": problem(B=1),
        "h_0 = 0": problem(change=lambda params, x, h0: (params, x, 0 * h0)),
        "x = 0": problem(change=lambda params, x, h0: (params, 0 * x, h0)),
        "W_hh = 0": problem(change=with_W_hh(np.zeros_like)),
        "W_hh is the identity": problem(change=with_W_hh(lambda W: np.eye(len(W)))),
        "W_hh is symmetric": problem(change=with_W_hh(lambda W: (W + W.T) / 2)),
        "W_hy is the identity":
            problem(O=4, change=lambda params, x, h0: ({**params, "W_hy": np.eye(4)}, x, h0)),
        "the states are so small that tanh is linear": problem(change=tiny),
        "only step 1 has a loss": loss_at([0], problem()),
        "only step 3 has a loss": loss_at([2], problem()),
        "only the last step has a loss": loss_at([-1], problem()),
    }


# The forms. Each takes Backward, or a subclass with a mistake, and returns a function with an exercise's
# arguments.

def batch(backward):
    """As ``rnn.backward``: (params, cache, dy)."""
    return lambda params, cache, dy: backward(params, cache.x, cache.h, dy).run()


def one_sequence(backward):
    """A batch of one: params, x (T, D), h (T+1, H), dy (T, O)."""
    def answer(params, x, h, dy):
        return without_batch(backward(params, x[:, None], h[:, None], dy[:, None]).run())

    return answer


def one_step(backward):
    """One step in the middle of a sequence: params, x (D,), h_prev and h (H,), dy (O,), dh_later (H,)."""
    def answer(params, x, h_prev, h, dy, dh_later):
        states = np.stack([h_prev, h])[:, None]
        grads = without_batch(backward(params, x[None, None], states, dy[None, None], dh_later[None]).run())
        h_prev = grads.pop("h0")
        return {**grads, "x": grads["x"][0], "h_prev": h_prev}

    return answer


def one_answer(backward):
    """One sequence whose last step alone has an output: params, x (T, D), h (T+1, H), dy (O,)."""
    def answer(params, x, h, dy):
        return one_sequence(backward)(params, x, h, only_last(dy, len(x)))

    return answer


def answers(backward):
    """The same for a batch: params, x (T, B, D), h (T+1, B, H), dy (B, O)."""
    def answer(params, x, h, dy):
        return backward(params, x, h, only_last(dy, len(x))).run()

    return answer


def without_batch(grads):
    """The gradients of a batch of one as those of a sequence: x (T, D), h0 (H,)."""
    return {**grads, "x": grads["x"][:, 0], "h0": grads["h0"][0]}


def only_last(dy, T):
    """Put dy at step T and zeros before it."""
    every = np.zeros((T, *dy.shape))
    every[-1] = dy
    return every


# The arguments of the forms, made of a problem.

def first_sequence(found):
    """For ``one_sequence``: the first of a problem's sequences."""
    params, cache, dy = found
    return params, cache.x[:, 0], cache.h[:, 0], dy[:, 0]


def middle_step(found, t=3):
    """For ``one_step``: step t of the first sequence, the last step's dy, and something that arrives from
    later.
    """
    params, x, h, dy = first_sequence(found)
    return params, x[t - 1], h[t - 1], h[t], dy[-1], np.random.default_rng(7).standard_normal(len(h[t]))


def last_answer(found):
    """For ``one_answer``: the first sequence and its last dy."""
    params, x, h, dy = first_sequence(found)
    return params, x, h, dy[-1]


def last_answers(found):
    """For ``answers``: all sequences and their last dy."""
    params, cache, dy = found
    return params, cache.x, cache.h, dy[-1]
