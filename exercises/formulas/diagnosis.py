"""Exercise 6.12: networks without a label, how to measure what a gradient suffers in them, and the mistakes.

A network is two functions and its inputs:

    forward(x)        x (T, D) -> the states h_0 ... h_T of a tanh network, (T+1, H)
    backward(h, dh)   dh (H,), a gradient at h_T -> the gradient at every state, (T+1, H)
"""

import numpy as np

from exercises.engine.mistakes import row
from helpers.pathologies import initialisation

FAR, FLAT = 1000.0, 0.2         # a gradient has exploded or vanished; units are saturated
REMEDIES = {"vanishes": "gain", "explodes": "clip", "saturates": "inputs", "healthy": "none"}


def network(W_hh, T, scale, seed, last=1.0):
    """A network and its inputs: (forward, backward, x). scale: of the inputs; last: a factor for x_T."""
    rng = np.random.default_rng(seed)
    W_xh, x = rng.standard_normal((len(W_hh), 2)), scale * rng.standard_normal((T, 2))
    x[-1] *= last

    def forward(x):
        h = [np.zeros(len(W_hh))]
        for x_t in x:
            h.append(np.tanh(W_hh @ h[-1] + W_xh @ x_t))
        return np.array(h)

    def backward(h, dh):
        all_dh = [np.array(dh, float)]
        for h_t in h[:0:-1]:
            all_dh.append(W_hh.T @ ((1 - h_t ** 2) * all_dh[-1]))
        return np.array(all_dh[::-1])

    return forward, backward, x


def gaussian(H, gain, seed):
    """A Gaussian W_hh."""
    return initialisation.gaussian(H, np.random.default_rng(seed), gain)


def rotation(H, gain, seed):
    """An orthogonal W_hh, times gain."""
    return initialisation.orthogonal(H, np.random.default_rng(seed), gain)


def triangle(H, diagonal, above):
    """Grows first, vanishes later."""
    return diagonal * np.eye(H) + above * np.eye(H, k=1)


def evenly(growth, seed):
    """A network that makes every gradient so many times as long."""
    return network(rotation(36, growth ** (1 / 40), seed), 40, 1e-9, seed)


def networks():
    """The arguments of the exercise. None is near a limit, whatever gradient is sent back."""
    return [network(gaussian(12, 0.6, 1), 50, 0.1, 1, last=200.0),      # vanishes; flat at its last step
            network(rotation(9, 1.2, 2), 60, 1.0, 2),                   # vanishes, though its radius is 1.2
            network(triangle(6, 0.7, 2.0), 120, 1e-5, 3),               # vanishes, after it has grown
            network(rotation(10, 1.5, 4), 45, 1e-9, 4),                 # explodes
            network(gaussian(40, 6.0, 14), 60, 0.1, 14),                # explodes, with flat slopes
            network(rotation(8, 1.0, 6), 35, 20.0, 6, last=0.01),       # saturates, but for its last step
            network(gaussian(20, 3.0, 7), 55, 40.0, 7),                 # saturates, though its radius is 3
            network(rotation(7, 1.0, 8), 80, 0.02, 8),                  # healthy
            network(rotation(15, 1.0, 9), 30, 0.02, 9, last=100.0),     # healthy, but for its last step
            evenly(300, 17),                            # healthy; a gradient of ones is 1800 long at h_0
            evenly(600, 21),                            # healthy; its largest entry is above 1000, too
            evenly(1 / 600, 12),                        # healthy
            network(rotation(11, 1.0, 16), 4, 60.0, 16)]                # saturates, but for h_0


class Diagnosis:
    """The measuring, a method for each part."""

    def __init__(self, forward, backward, x):
        self.h, self.send = forward(x), backward

    def run(self):
        """(the finding, the remedy)"""
        return self.finding(), self.remedies()[self.finding()]

    def lengths(self):
        """The length of one gradient at every state, from h_0 to h_T."""
        H = self.h.shape[1]
        return np.linalg.norm(self.send(self.h, np.ones(H)), axis=1)

    def growth(self):
        """How many times as long the gradient is at h_0 as at h_T."""
        return self.lengths()[0] / self.lengths()[-1]

    def slopes(self):
        """The slopes of all units at steps 1 ... T."""
        return 1 - self.h[1:] ** 2

    def finding(self):
        if self.growth() > FAR:
            return "explodes"
        if self.growth() < 1 / FAR:
            return "saturates" if self.slopes().mean() < FLAT else "vanishes"
        return "healthy"

    def remedies(self):
        return REMEDIES


def diagnose(forward, backward, x):
    """All directions at once: the longest of H perpendicular gradients. Returns (finding, remedy)."""
    h = forward(x)
    product = np.array([backward(h, unit)[0] for unit in np.eye(h.shape[1])])
    longest, slope = np.linalg.norm(product, 2), np.mean(1 - h[1:] ** 2)
    vanished = "saturates" if slope < FLAT else "vanishes"
    found = "explodes" if longest > FAR else vanished if longest < 1 / FAR else "healthy"
    return found, REMEDIES[found]


def but(**methods):
    """The diagnosis with some methods replaced, as a function of (forward, backward, x)."""
    return lambda *arguments: type("Wrong", (Diagnosis,), methods)(*arguments).run()


def by_factor(factor, margin=0.05):
    """A finding from one factor per step, where 1 is healthy."""
    return "healthy" if abs(factor - 1) < margin else "explodes" if factor > 1 else "vanishes"


def radius(s):
    """The spectral radius of W_hh: states of zero have slope 1, and one step back gives its rows away."""
    return initialisation.spectral_radius(
        np.array([s.send(0 * s.h, unit)[-2] for unit in np.eye(s.h.shape[1])]))


def slopes_first(s):
    return "saturates" if s.slopes().mean() < FLAT else Diagnosis.finding(s)


MISTAKES = {
    "spectral radius only": row("06.2", but(finding=lambda s: by_factor(radius(s))),
        "You judge the network by the spectral radius of W_hh.",
        "every Jacobian has slopes, too, and a product of different matrices is no power. Send a gradient "
        "back and compare its lengths."),
    "one step only": row("06.1", but(finding=lambda s: by_factor(s.lengths()[-2] / s.lengths()[-1])),
        "You judge by a single step, the last one.",
        "each step has its own Jacobian, and what counts is their product. Compare the gradient at h_0 with "
        "that at h_T."),
    "not divided by the length at h_T": row("06.1", but(growth=lambda s: s.lengths()[0]),
        "You take the length at h_0 as it is; divide it by the length at h_T.",
        "a gradient that is twice as long at h_T is twice as long at h_0. The ratio is the network's."),
    "largest entries in place of lengths": row("06.1",
        but(lengths=lambda s: np.abs(s.send(s.h, np.ones(s.h.shape[1]))).max(axis=1)),
        "You compare largest entries; lengths of whole gradients are asked for.",
        "the length is the root of the sum of all squares; one entry can be large beside small ones."),
    "h_0 counted among the slopes": row("06.4", but(slopes=lambda s: 1 - s.h ** 2),
        "You count h_0 in the mean slope; it was not made by tanh.",
        "slopes belong to steps 1 to T. In code: h[1:]."),
    "largest on the way": row("06.3",
        but(growth=lambda s: s.lengths().max() / s.lengths()[-1] if s.lengths().max() > FAR
            else Diagnosis.growth(s)),
        "You take the largest length at any lag; that at h_0 is asked for.",
        "a gradient may grow first and vanish later: that growth is a transient."),
    "slopes not looked at": row("06.4", but(slopes=lambda s: np.ones_like(s.h[1:])),
        "No network of yours is saturated.",
        "two networks can lose the same share of a gradient, one by a small W_hh, one by small slopes. For "
        "tanh the slope is 1 - h^2, where h is the state: tanh is in it already. Square first, then take the "
        "mean: states of both signs have a mean near 0."),
    "slopes before lengths": row("06.4", but(finding=slopes_first),
        "You call a network saturated because its slopes are small, whatever becomes of its gradient.",
        "a large W_hh can outweigh small slopes. The length decides first; the slopes say why it vanished."),
    "slopes of one step": row("06.4", but(slopes=lambda s: 1 - s.h[-1] ** 2),
        "The slopes of the last step decide.",
        "one large input saturates the units for one step. Take the mean over all steps."),
    "read from the wrong end": row("06.1", but(growth=lambda s: 1 / Diagnosis.growth(s)),
        "Vanishing and exploding are exchanged.",
        "row 0 belongs to h_0, where the gradient arrives; it starts at h_T, in the last row. Divide where "
        "it arrives by where it starts."),
    "states in place of gradients": row("06.1",
        but(lengths=lambda s: np.linalg.norm(s.h[1:], axis=1)[::-1]),
        "You compare lengths of states; lengths of gradients are asked for.",
        "states of tanh stay below 1 even where a gradient explodes. Only what backward returns tells."),
    "larger gain for saturated units": row("06.4",
        but(remedies=lambda s: {**REMEDIES, "saturates": "gain"}),
        "The findings are right. But where units are saturated, a larger W_hh saturates them further.",
        "what made the slopes small? The pre-activations are too large, and here it is the inputs that make "
        "them so."),
    "clipping for what vanished": row("06.7",
        but(remedies=lambda s: {**REMEDIES, "vanishes": "clip"}),
        "The findings are right. But clipping can't bring back what vanished.",
        "clipping multiplies everything by one factor of at most 1, so the share of early steps stays what "
        "it is."),
}
