"""Gradients of any cell of the capstone, from its forward pass alone; and what they become if a path is
forgotten.

The complex step sends a tiny imaginary part through the forward pass. The imaginary part is the change; the
real part is the state itself. Here the two are kept apart: the real parts are the states that the forward
pass found, and every path of the change is a method of its own, of whose result only the imaginary part
counts. So a path can be frozen (return a real number), or led to a wrong place, and the states stay right.
What comes out is the gradient of a learner who made that mistake, and no backward pass had to be written for
it.

All entries of all variables are changed at once: each array has one more axis in front, with a row for each
change.
"""

import numpy as np

from exercises.capstone import parts
from exercises.capstone.cell import Cell
from helpers import activations

STEP = 1e-100           # of the complex step


class Tangents:
    """One change after another, on its way through a cell.

    variant: a ``cell.Variant``. params: dict of arrays with the axis of changes in front, (P, ...). x:
    (P, T, B, D). states: (a, h, y) as the forward pass found them, without that axis. nudge_a: (P, T, B, H)
    and nudge_h: (P, T+1, B, H), added to the pre-activations and the states; nudge_h[:, 0] is a change of
    h_0.
    """

    def __init__(self, variant, params, x, states, nudge_a, nudge_h):
        self.variant, self.params, self.x, self.nudge_a, self.nudge_h = variant, params, x, nudge_a, nudge_h
        (a, self.real_h, y), self.cell = states, Cell(variant, {"b_y": np.zeros(1)}, [], np.zeros((1, 1)))
        self.T = len(a)
        self.real_a = np.concatenate([a[:1], a])                # slot t is step t, as in h
        self.real_y = np.concatenate([0 * y[:1], y])
        self.a, self.h, self.y = [0 * a[0]], [self.real_h[0] + self.nudge_h[:, 0]], [0 * y[0]]

    def through(self, name, vectors):
        """W v for every sequence, with W as it is: only the change of the vectors travels on."""
        return vectors @ self.params[name].real.swapaxes(-1, -2)

    def by(self, name, vectors):
        """W v for every sequence, with the vectors as they are: only the change of W travels on."""
        return vectors.real @ self.params[name].swapaxes(-1, -2)

    def vector(self, name):
        """A vector of the parameters, for every sequence: (P, 1, H)."""
        return self.params[name][:, None]

    def alpha(self, t):
        """alpha, changed as its parameter is."""
        if self.variant.alpha:
            return np.array(float(self.variant.alpha))
        if self.variant.leak == "set by the input":
            return self.opened(self.by("W_xq", self.x[:, t - 1]))
        return self.vector("alpha") if self.variant.leak == "per unit" else self.squashed()

    def squashed(self):
        """alpha, made of q."""
        return activations.sigmoid(self.vector("q"))

    def opened(self, q):
        """alpha_t, made of q_t."""
        return activations.sigmoid(q)

    # Paths into a_t.

    def recurrent_term(self, t):
        """W_hh h_{t-1}, unchanged."""
        return self.through("W_hh", self.real_h[t - 1])

    def gain(self, t):
        """g_t, unchanged."""
        return 1 + self.by("W_xg", self.x[:, t - 1]).real

    def recurrent_state(self, t):
        """From h_{t-1}, through W_hh."""
        path = self.through("W_hh", self.h[t - 1])
        return self.gain(t) * path if self.variant.extra == "gain" else path

    def recurrent_weights(self, t):
        """From W_hh."""
        path = self.by("W_hh", self.before(t))
        return self.gain(t) * path if self.variant.extra == "gain" else path

    def before(self, t):
        """The state that W_hh's own gradient meets at step t."""
        return self.real_h[t - 1]

    def gain_weights(self, t):
        """From W_xg, through g_t."""
        return self.by("W_xg", self.x[:, t - 1]) * self.recurrent_term(t)

    def gain_input(self, t):
        """From x_t, through g_t."""
        return self.through("W_xg", self.x[:, t - 1]) * self.recurrent_term(t)

    def input_term(self, t):
        """W_xh x_t, unchanged."""
        return self.by("W_xh", self.x[:, t - 1]).real

    def input_gain(self, t):
        """The factor of W_xh x_t, unchanged."""
        gain = self.variant.extra == "gain on the input"
        return 1 + self.through("W_hg", self.real_h[t - 1]).real if gain else 1.0

    def input_gain_weights(self, t):
        """From W_hg, through g_t."""
        return self.by("W_hg", self.real_h[t - 1]) * self.input_term(t)

    def input_gain_state(self, t):
        """From h_{t-1}, through g_t."""
        return self.through("W_hg", self.h[t - 1]) * self.input_term(t)

    def input(self, t):
        """From x_t, through W_xh."""
        return self.input_gain(t) * self.through("W_xh", self.x[:, t - 1])

    def input_weights(self, t):
        """From W_xh."""
        return self.input_gain(t) * self.by("W_xh", self.x[:, t - 1])

    def bias(self, t):
        """From b_h."""
        return self.vector("b_h")

    def reached(self, h, t):
        """Among the states h, the one d steps before step t."""
        s = t - self.variant.delay
        return h[s] if s >= 0 else h[0] if self.variant.past.endswith("first") else 0 * h[0]

    def change(self, h, t, reached):
        """What W_skip reads among the states h: the state that it reaches, or the change since then."""
        return h[t - 1] - reached if self.variant.past.startswith("change") else reached

    def skip_state(self, t):
        """From the state that the skip reads."""
        return self.through("W_skip", self.change(self.h, t, self.reached(self.h, t)))

    def skip_weights(self, t):
        """From W_skip."""
        return self.by("W_skip", self.change(self.real_h, t, self.reached(self.real_h, t)))

    def said(self, y, t):
        """Among the outputs y, the one that is fed back at step t."""
        s = t - self.variant.lag
        return y[s] if s > 0 else 0 * y[0]

    def feedback_output(self, t):
        """From the output that is fed back."""
        return self.through("W_yh", self.said(self.y, t))

    def feedback_weights(self, t):
        """From W_yh."""
        return self.by("W_yh", self.said(self.real_y, t))

    def square_state(self, t):
        """From h_{t-1}, through its square."""
        return self.vector("p").real * self.h[t - 1] * self.h[t - 1]

    def square_weights(self, t):
        """From p."""
        return self.vector("p") * self.real_h[t - 1] ** 2

    def own_term(self, params, h, x):
        """The term that no other cell has. Vectors among params are laid out for every sequence."""
        laid_out = {name: value[:, None] if value.ndim == 2 else value for name, value in params.items()}
        return parts.TERMS[self.variant.extra].function(laid_out, h, x)

    def own_state(self, t):
        """From h_{t-1}, through the term of the cell's own."""
        return self.own_term(unchanged(self.params), self.h[t - 1], self.x[:, t - 1].real)

    def own_input(self, t):
        """From x_t, through the term of the cell's own."""
        return self.own_term(unchanged(self.params), self.real_h[t - 1], self.x[:, t - 1])

    def own_weights(self, t):
        """From the parameters of the term of the cell's own."""
        return self.own_term(self.params, self.real_h[t - 1], self.x[:, t - 1].real)

    # Paths from the sum to a_t, where the leak acts on it.

    def carried_sum(self, t):
        """From a_{t-1}, past the sum."""
        return (1 - self.alpha(t).real) * self.a[t - 1]

    def new_sum(self, t, arriving):
        """From the sum. arriving: its change."""
        return self.alpha(t).real * arriving

    # Paths into h_t.

    def carried(self, t):
        """From h_{t-1}, past a_t."""
        return (1 - self.alpha(t).real) * self.h[t - 1]

    def activation(self, t):
        """f(a_t), changed as a_t is."""
        return self.cell.f(self.a[t])

    def new(self, t):
        """From a_t."""
        return self.alpha(t).real * self.activation(t)

    def pulled(self, t):
        """What alpha multiplies, f(a_t) - h_{t-1}, unchanged."""
        return self.cell.f(self.real_a[t]) - self.real_h[t - 1]

    def leak(self, t):
        """From the parameter of alpha."""
        return self.alpha(t) * self.pulled(t)

    def leak_input(self, t):
        """From x_t, through alpha_t."""
        return self.opened(self.through("W_xq", self.x[:, t - 1])) * self.pulled(t)

    # Paths into y_t.

    def output_state(self, t):
        """From h_t."""
        return self.through("W_hy", self.h[t])

    def output_weights(self, t):
        """From W_hy."""
        return self.by("W_hy", self.real_h[t])

    def output_bias(self, t):
        """From b_y."""
        return self.vector("b_y")

    def paths(self):
        """The names of the paths into the sum, into h_t and into y_t, for this variant: three lists."""
        past = ["feedback_output", "feedback_weights"] if self.variant.lag else ["skip_state", "skip_weights"]
        extra = {"gain": ["gain_weights", "gain_input"], "square": ["square_state", "square_weights"],
                 "gain on the input": ["input_gain_weights", "input_gain_state"]}.get(
            self.variant.extra, ["own_state", "own_input", "own_weights"])
        leak = {"given on the sum": ["activation"],
                "set by the input": ["carried", "new", "leak", "leak_input"]}
        return (["recurrent_state", "recurrent_weights", "input", "input_weights", "bias", *past, *extra],
                leak.get(self.variant.leak, ["carried", "new", "leak"]),
                ["output_state", "output_weights", "output_bias"])

    def run(self, dy):
        """What each change does to the loss. dy: dL/dy, (T, B, O). Returns (P,)."""
        into_sum, into_h, into_y = self.paths()
        for t in range(1, self.T + 1):
            arriving = change(self, into_sum, t)
            if self.variant.on_sum:
                arriving = 1j * np.imag(self.new_sum(t, arriving) + self.carried_sum(t))
            self.a.append(self.real_a[t] + arriving + self.nudge_a[:, t - 1])
            self.h.append(self.real_h[t] + change(self, into_h, t) + self.nudge_h[:, t])
            self.y.append(self.real_y[t] + change(self, into_y, t))
        return sum((dy[t - 1] * self.y[t].imag).sum(axis=(-2, -1)) for t in range(1, self.T + 1)) / STEP


def change(tangents, names, t):
    """What arrives by some paths at step t, an imaginary number."""
    return 1j * sum(np.imag(getattr(tangents, name)(t)) for name in names)


def unchanged(params):
    """The parameters without their changes."""
    return {name: value.real for name, value in params.items()}


def one_by_one(variables):
    """Change every entry of every variable, one at a time: {name: (P, *shape)}, complex, P entries in all."""
    P, start, moved = sum(np.size(value) for value in variables.values()), 0, {}
    for name, value in variables.items():
        copies = np.repeat(np.asarray(value, complex)[None], P, axis=0)
        entries = np.arange(np.size(value))
        copies.reshape(P, -1)[start + entries, entries] += 1j * STEP
        moved[name], start = copies, start + len(entries)
    return moved


def split(derivatives, variables):
    """The derivatives (P,) as arrays with the shapes of the variables, a dict."""
    ends = np.cumsum([np.size(value) for value in variables.values()])[:-1]
    parts = np.split(derivatives, ends)
    return {name: part.reshape(np.shape(value)) for (name, value), part in zip(variables.items(), parts)}


def gradients(tangents, variant, params, x, a, h, y, dy):
    """The gradients of all parameters, of x and of h0, a dict.

    tangents: ``Tangents``, or a subclass with a mistake.
    """
    variables = {**params, "x": x, "h0": h[0]}
    moved = one_by_one(variables)
    nudge_h = np.zeros((len(moved["x"]), *h.shape), complex)
    nudge_h[:, 0] = 1j * moved["h0"].imag
    params = {name: moved[name] for name in params}
    run = tangents(variant, params, moved["x"], (a, h, y), np.zeros((len(nudge_h), *a.shape)), nudge_h)
    return split(run.run(dy), variables)


def state_gradients(tangents, variant, params, x, a, h, y, dy):
    """(dh, da): the total gradients of all states (T+1, B, H) and of all pre-activations (T, B, H)."""
    variables = {"h": 0 * h, "a": 0 * a}
    moved = one_by_one(variables)
    fixed = {name: value[None].astype(complex) for name, value in params.items()}
    run = tangents(variant, fixed, x[None].astype(complex), (a, h, y), moved["a"], moved["h"])
    found = split(run.run(dy), variables)
    return found["h"], found["a"]
