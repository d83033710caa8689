"""The cells of the capstone: each learner gets one that nobody has given them before.

``project("your name")`` makes a cell from four parts, one of each kind, chosen by the letters of the name or
number:

    activation   six smooth functions, none of them tanh
    leak         h_t = (1 - alpha) h_{t-1} + alpha f(a_t): alpha given, or learned per unit in one of two ways
    past         one more path from the past into a_t: a skip over two or three steps, or the output fed back
    extra        a gain on the recurrent term that the input sets, or the squares of the states

The same id gives the same cell on every machine. ``Cell`` is the forward pass, for real and complex numbers.
The backward pass stands neither in a lesson nor in ``helpers``: it is what the learner derives.
"""

import hashlib
import itertools
import unicodedata
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from helpers import activations, gradcheck, validate

EXAMPLE = "the worked example"        # the id of the worked example in solutions/


class Activation(NamedTuple):
    """A smooth activation function. latex: f(a). function: for real and complex arrays, entry by entry."""

    latex: str
    function: Callable


ACTIVATIONS = {
    "root": Activation(r"\frac{a}{\sqrt{1 + a^2}}", lambda a: a / np.sqrt(1 + a * a)),
    "arctan": Activation(r"\arctan a", np.arctan),
    "arsinh": Activation(r"\ln\left(a + \sqrt{a^2 + 1}\right)", np.arcsinh),
    "sine": Activation(r"\sin a", np.sin),
    "window": Activation(r"a\, e^{-a^2/2}", lambda a: a * np.exp(-a * a / 2)),
    "soft step": Activation(r"\ln\frac{1 + e^{a+1}}{1 + e^{a-1}} - 1",
                            lambda a: np.log((1 + np.exp(a + 1)) / (1 + np.exp(a - 1))) - 1),
}
LEAKS = ("given", "per unit", "per unit through a sigmoid")
ALPHAS = ("0.3", "0.4", "0.6", "0.7", "0.8")        # not 0.5: there alpha and 1 - alpha are the same
PASTS = ("skip 2 zero", "skip 3 zero", "skip 2 first", "skip 3 first", "feedback")
EXTRAS = ("gain", "square")


class Variant(NamedTuple):
    """The parts of a cell, as text. activation, leak, past, extra: one of the tuples above.

    alpha: the leak's number, where it is given, else "". past: "skip 2 zero" is W_skip h_{t-2}, with zeros
    before h_0; with "first" h_0 stands there, too; "feedback" is W_yh y_{t-1}, with y_0 = 0.
    """

    activation: str
    leak: str
    alpha: str
    past: str
    extra: str

    @property
    def delay(self):
        """d, for a skip over d steps; None if there is no skip."""
        return int(self.past.split()[1]) if self.past.startswith("skip") else None

    @property
    def code(self):
        """The parts in one text, from which ``from_code`` makes the variant again."""
        return "/".join(self)


def from_code(code):
    """A Variant from its code."""
    return Variant(*code.split("/"))


def variants():
    """All variants, as a list; of those with a given alpha one for each number."""
    leaks = [("given", alpha) for alpha in ALPHAS] + [(leak, "") for leak in LEAKS[1:]]
    return [Variant(f, leak, alpha, past, extra)
            for f, (leak, alpha), past, extra in itertools.product(ACTIVATIONS, leaks, PASTS, EXTRAS)]


def project(id):
    """The project of a learner. id: a name or a number; capitals and spaces around it do not matter.

    Raises TypeError or ValueError if it is neither, or empty.
    """
    if isinstance(id, bool) or not isinstance(id, (str, int, np.integer)):
        raise TypeError('id must be a name or a whole number, such as "Ada Lovelace" or 4711; '
                        f"received {id!r}.")
    name = " ".join(unicodedata.normalize("NFC", str(id)).split())
    if not name:
        raise ValueError("id must not be empty: write your name or your number between the quotation marks.")
    return Project(name, chosen(name.casefold()))


def chosen(name):
    """The variant of a name: each part is picked by some bytes of the name's SHA-256."""
    digest = hashlib.sha256(f"capstone {name}".encode()).digest()
    pick = [int.from_bytes(digest[4 * i:4 * i + 4], "big") for i in range(5)]
    options = (tuple(ACTIVATIONS), LEAKS, ALPHAS, PASTS, EXTRAS)
    f, leak, alpha, past, extra = (parts[number % len(parts)] for number, parts in zip(pick, options))
    return Variant(f, leak, alpha if leak == "given" else "", past, extra)


class Project:
    """A learner's cell. id: the learner's. variant: the parts.

    A notebook shows it as a card with the equations.
    """

    def __init__(self, id, variant):
        self.id, self.variant = id, variant

    def shapes(self, D, H, O):
        """{name of a parameter: its shape}. D inputs, H hidden units, O outputs."""
        shapes = {"W_hh": (H, H), "W_xh": (H, D), "W_hy": (O, H), "b_h": (H,), "b_y": (O,)}
        shapes |= {"W_yh": (H, O)} if self.variant.past == "feedback" else {"W_skip": (H, H)}
        shapes |= {"W_xg": (H, D)} if self.variant.extra == "gain" else {"p": (H,)}
        return shapes | {"given": {}, "per unit": {"alpha": (H,)}}.get(self.variant.leak, {"q": (H,)})

    def init(self, D, H, O, rng):
        """Parameters to start training from, a dict.

        Matrices are drawn as in ``rnn.init``, W_skip, W_yh and W_xg half as large; biases and p are zero,
        alpha is 0.6.
        """
        validate.generator("rng", rng)
        params = {name: np.zeros(shape) for name, shape in self.shapes(D, H, O).items()}
        for name, value in params.items():
            if value.ndim == 2:
                scale = 0.5 if name in ("W_skip", "W_yh", "W_xg") else 1.0
                params[name] = scale * rng.standard_normal(value.shape) / np.sqrt(value.shape[1])
        leak = {"alpha": 0.6, "q": np.log(0.6 / 0.4)}
        return params | {name: np.full(H, value) for name, value in leak.items() if name in params}

    def problem(self, T=6, B=3, D=2, H=4, O=5, seed=10):
        """A gradcheck.Problem on which no mistake hides: nothing is zero, all sizes differ."""
        rng = np.random.default_rng(seed)
        params = self.init(D, H, O, rng)
        spreads = {"W_skip": 0.4, "W_yh": 0.3, "W_xg": 0.3, "alpha": 0.1}
        for name, value in params.items():
            spread = spreads.get(name, 0.0 if value.ndim == 2 else 0.5)
            params[name] = value + spread * rng.standard_normal(value.shape)
        return gradcheck.Problem(params, rng.standard_normal((T, B, D)), 0.5 * rng.standard_normal((B, H)),
                                 rng.standard_normal((T, B, O)))

    @property
    def equations(self):
        """The cell in LaTeX, a list of lines."""
        variant = self.variant
        gain = variant.extra == "gain"
        recurrent = r"g_t \odot \left(W_{hh}\, h_{t-1}\right)" if gain else r"W_{hh}\, h_{t-1}"
        skip = rf"W_{{\text{{skip}}}}\, h_{{t-{variant.delay}}}"
        past = r"W_{yh}\, y_{t-1}" if variant.past == "feedback" else skip
        square = "" if gain else r" + p \odot h_{t-1} \odot h_{t-1}"
        lines = [r"g_t = 1 + W_{xg}\, x_t"] if gain else []
        lines += [rf"a_t = {recurrent} + W_{{xh}}\, x_t + {past}{square} + b_h"]
        if variant.leak == "given":
            lines += [rf"h_t = {1 - float(variant.alpha):.1f}\, h_{{t-1}} + {variant.alpha}\, f(a_t)"]
        else:
            lines += [r"h_t = (1 - \alpha) \odot h_{t-1} + \alpha \odot f(a_t)"]
        lines += [r"\alpha = \frac{1}{1 + e^{-q}}"] if variant.leak == "per unit through a sigmoid" else []
        return [*lines, rf"f(a) = {ACTIVATIONS[variant.activation].latex}", r"y_t = W_{hy}\, h_t + b_y"]

    @property
    def before(self):
        """What stands before the first step, a sentence in Markdown."""
        sentences = {"zero": "Before the start there is nothing: $h_s = 0$ for $s < 0$.",
                     "first": "Before the start the state is the first one: $h_s = h_0$ for $s < 0$.",
                     "feedback": "There is no output before the first step: $y_0 = 0$."}
        return sentences[self.variant.past.split()[-1]]

    @property
    def parameters(self):
        """The parameters with their shapes, as text."""
        return ", ".join(f"`{name}` ({', '.join(shape)}{',' if len(shape) == 1 else ''})"
                         for name, shape in self.shapes("D", "H", "O").items())

    def __repr__(self):
        f, leak, alpha, past, extra = self.variant
        return f"project {self.id!r}: {'; '.join([f, f'leak {leak} {alpha}'.strip(), past, extra])}"

    def _repr_markdown_(self):
        lines = r" \\ ".join(line.replace(" = ", " &= ", 1) for line in self.equations)
        example = ("\n\nThis is the cell of the worked example. Write your own id to get yours."
                   if self.variant == project(EXAMPLE).variant else "")
        return (f"**The cell of {self.id}**\n\n$$\\begin{{aligned}} {lines} \\end{{aligned}}$$\n\n"
                f"{self.before}\n\nParameters: {self.parameters}. "
                f"Everything else is as in `rnn`: `x` (T, B, D), `h0` (B, H).{example}")


class Cell:
    """The forward pass of a variant, with one method for each part of its equations.

    params: the arrays that ``Project.shapes`` names. x: (T, B, D). h0: (B, H). Any of them may be complex.
    """

    def __init__(self, variant, params, x, h0):
        self.variant, self.params, self.x, self.T = variant, params, x, len(x)
        self.a, self.h, self.y = [None], [h0], [np.zeros((len(h0), len(params["b_y"])))]

    def alpha(self):
        """the leak's alpha"""
        if self.variant.leak == "given":
            return float(self.variant.alpha)
        if self.variant.leak == "per unit":
            return self.params["alpha"]
        return activations.sigmoid(self.params["q"])

    def f(self, a):
        """the activation function"""
        return ACTIVATIONS[self.variant.activation].function(a)

    def recurrent(self, t):
        """the recurrent term, in a_t"""
        return self.h[t - 1] @ self.params["W_hh"].T

    def gain(self, t):
        """the gain g_t"""
        return 1 + self.x[t - 1] @ self.params["W_xg"].T

    def from_input(self, t):
        """the input's term, in a_t"""
        return self.x[t - 1] @ self.params["W_xh"].T

    def earlier(self, t):
        """the state that the skip reads, and what stands before the start"""
        s = t - self.variant.delay
        return self.h[s] if s >= 0 else self.h[0] if self.variant.past.endswith("first") else 0 * self.h[0]

    def past(self, t):
        """the term of the skip, or of the output that is fed back"""
        if self.variant.past == "feedback":
            return self.y[t - 1] @ self.params["W_yh"].T
        return self.earlier(t) @ self.params["W_skip"].T

    def square(self, t):
        """the term with the squares of the states"""
        return self.params["p"] * self.h[t - 1] * self.h[t - 1]

    def state(self, t):
        """the leak, how h_t is made of h_{t-1} and f(a_t)"""
        return (1 - self.alpha()) * self.h[t - 1] + self.alpha() * self.f(self.a[t])

    def output(self, t):
        """the output y_t"""
        return self.h[t] @ self.params["W_hy"].T + self.params["b_y"]

    def preactivation(self, t):
        """the sum a_t"""
        gain = self.variant.extra == "gain"
        recurrent = self.gain(t) * self.recurrent(t) if gain else self.recurrent(t) + self.square(t)
        return recurrent + self.from_input(t) + self.past(t) + self.params["b_h"]

    def run(self):
        """Returns (a, h, y): (T, B, H), (T+1, B, H) with h[0] = h0, and (T, B, O)."""
        for t in range(1, self.T + 1):
            self.a.append(self.preactivation(t))
            self.h.append(self.state(t))
            self.y.append(self.output(t))
        return np.array(self.a[1:]), np.array(self.h), np.array(self.y[1:])


def forward(project, params, x, h0):
    """The forward pass of a project's cell, with its arguments checked.

    Returns (a, h, y), see ``Cell.run``.
    """
    T, B, D = validate.floats("x", x, ("T", "B", "D")).shape
    validate.names("params", params, tuple(project.shapes(1, 1, 1)), ())
    H, O = len(params["b_h"]), len(params["b_y"])
    for name, shape in project.shapes(D, H, O).items():
        validate.floats(f"params[{name!r}]", params[name], shape)
    return Cell(project.variant, params, x, validate.floats("h0", h0, (B, H))).run()
