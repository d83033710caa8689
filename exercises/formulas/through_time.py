"""What the backward passes of the plain network, the LSTM and the GRU share."""

import numpy as np


class ThroughTime:
    """Backpropagation through time, step by step: the loop, and the formulas that are the same in all three.

    params: the weights and biases. x: (T, B, D). h: (T+1, B, H), h[0] is h_0. dy: dL/dy, (T, B, O).
    arriving: what reaches a state from later steps, (B, H), zeros at first. all_dh (T+1, B, H): dL/dh_t.

    ``run()`` returns the gradients: first it walks back through all steps, then it adds up their shares. A
    subclass has ``back(t)``, which fills all_dh[t] and all_da[t], the gradients of the pre-activations, and
    ``hand_on(t)``, which replaces what arrives. It lists the formulas
    that it takes from here among its own: suspects are named in the order of the class (see ``clues.terms``).
    """

    weights = ("W_hh", "W_xh", "W_hy", "b_h", "b_y")

    def __init__(self, params, x, h, dy):
        self.params, self.x, self.h, self.dy = params, x, h, dy
        self.T = len(h) - 1
        self.arriving, self.all_dh = np.zeros_like(h[0]), np.zeros_like(h)

    def run(self):
        """The gradients, a dict."""
        shares = {name: getattr(self, f"share_of_{name}") for name in self.weights}
        grads = {name: np.zeros_like(self.params[name]) for name in self.weights}
        grads["x"] = np.zeros_like(self.x)
        for t in self.steps():
            self.back(t)
            self.hand_on(t)
        for t in self.steps():
            for name, share in shares.items():
                grads[name] = self.add(grads[name], share(t), t)
            grads["x"][t - 1] = self.dx(t)
        return {**grads, **self.first()}

    def first(self):        # what is left after step 1
        return {"h0": self.dh0()}

    def steps(self):
        """the order of the steps, from T down to 1"""
        return range(self.T, 0, -1)

    def direct(self, t):
        """the direct effect of the step's own output, W_hy^T dy_t"""
        return self.dy[t - 1] @ self.params["W_hy"]

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
        """one step's share of db_h, da_t"""
        return self.all_da[t].sum(axis=0)

    def share_of_b_y(self, t):
        """one step's share of db_y, dy_t"""
        return self.dy[t - 1].sum(axis=0)

    def dx(self, t):
        """the input's gradient, W_xh^T da_t"""
        return self.all_da[t] @ self.params["W_xh"]

    def add(self, total, share, t):
        """the sum over all steps"""
        return total + share
