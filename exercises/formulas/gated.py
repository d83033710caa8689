"""What the backward passes of the LSTM and the GRU share, and the mistakes that people make in both.

``Gated`` is the base class of both passes. A mistake is one row: what it replaces, now and then two or three
formulas, what is wrong, how to see it on paper, and where the course has it. Most of them were found in
public code. The tables here go into those of lstm.py and gru.py.

    GATE_SLOPES            the slope of a gate
    SHARED, SHARED_RARE    sums, steps and outputs: the frequent ones and the others
"""

import numpy as np

from exercises.engine.mistakes import alone, row
from exercises.formulas.through_time import ThroughTime
from helpers.activations import sigmoid


class Gated(ThroughTime):
    """What both backward passes share. cache: of the forward pass. dy: dL/dy, (T, B, O).

    all_da: the gradients of the pre-activations, a dict by step. gates: what its blocks belong to, in order.
    """

    def __init__(self, params, cache, dy):
        super().__init__(params, cache.x, cache.h, dy)
        self.all_da = {}

    def only(self, da, gate):
        """The block of one gate, the others zero."""
        return da * np.repeat(np.eye(len(self.gates))[gate], da.shape[-1] // len(self.gates))

    def in_block(self, da, gate, factor):
        """da with a factor (B, H) in the block of one gate."""
        return da + self.only(da, gate) * (np.tile(factor, len(self.gates)) - 1)

    def turned(self, W, gate):
        """W_hh with the block of one gate transposed."""
        blocks = np.split(W, len(self.gates))
        return np.concatenate([block.T if k == gate else block for k, block in enumerate(blocks)])

    def gate_slope(self, s, t):
        """a gate's slope, s (1 - s)"""
        return s * (1 - s)


SHARED = {
    "current state in recurrent weight": row("03.6", dict(previous=lambda s, t: s.h[t]),
        "dW_hh pairs da_t with h_t; it needs h_{t-1}.",
        "W_hh multiplies the state before the step."),
    "loss at last step only": row("03.5",
        dict(direct=lambda s, t: s.dy[t - 1] @ s.params["W_hy"] * (t == s.T)),
        "Only the last step's loss counts: the direct effect of every earlier step is left out.",
        "each h_t with an output has an arrow to it. What arrives from later is added to the direct effect, "
        "and does not replace it."),
    "ascending time loop": row("03.5", dict(steps=lambda s: range(1, s.T + 1)),
        "The backward loop runs from the first step to the last.",
        "step t needs what step t+1 sends back. So step t+1 must be finished before step t."),
    "stops one step early": row("04.2", dict(steps=lambda s: range(s.T, 1, -1)),
        "The backward loop stops before step 1.",
        "step 1 uses the weights, too, and leads on to the first state. Write down the first and the last t "
        "of your loop."),
    "shares overwritten": row("03.6", dict(add=lambda s, total, share, t: share),
        "The parameter gradients hold the share of step 1 alone: each step replaced what was there.",
        "every step uses the same weights, so the shares of all steps add up. In code: += in the loop, not "
        "=."),
    "first hidden gradient is that of step one": row("03.5", dict(dh0=lambda s: s.all_dh[1]),
        "The gradient handed back for h_0 is dL/dh_1: it is one step short.",
        "step 1 stands between h_0 and h_1, and the gradient must go back through it, too."),
}

SHARED_RARE = alone({
    "first state wraps to last": row("01.2", dict(previous=lambda s, t: s.h[t - 1] if t > 1 else s.h[-1]),
        "At step 1 dW_hh contains the last state: an index of -1 has wrapped around. It must be h_0.",
        "h_0 ... h_T are T + 1 states, and h_0 stands in h[0]."),
    "skips last step": row("04.2", dict(steps=lambda s: range(s.T - 1, 0, -1)),
        "The backward loop begins one step too early: step T is left out.",
        "the last step has a loss and a share of every sum. Write down the first and the last t of your "
        "loop."),
})

GATE_SLOPES = {
    "gate slope missing": row("08.2", dict(gate_slope=lambda s, gate, t: np.ones_like(gate)),
        "The slopes of the gates, s (1 - s), are missing.",
        "between a gate and its pre-activation stands the sigmoid, and its slope belongs to the path."),
    "gate slope is the gate": row("08.2", dict(gate_slope=lambda s, gate, t: gate),
        "The gate itself stands where its slope belongs: s in place of s (1 - s).",
        "the sigmoid's slope, written with its value, has two factors."),
    "gate slope applied twice": row("08.2",
        dict(gate_slope=lambda s, gate, t: sigmoid(gate) * (1 - sigmoid(gate))),
        "The sigmoid is applied again before the slope is taken: the gates in the cache are values of the "
        "sigmoid already.",
        "the slope at a is s (1 - s) with s = sigmoid(a). i, f and o are such an s."),
}
