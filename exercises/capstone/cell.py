"""The cells of the capstone: each learner gets one that nobody has given them before.

``project("your name")`` makes a cell from four parts, one of each kind, chosen by the letters of the name or
number:

    activation   six smooth functions, none of them tanh
    leak         h_t = (1 - alpha) h_{t-1} + alpha f(a_t): alpha given, or learned per unit in one of two ways
    past         one more path from the past into a_t: a skip over two or three steps, or the output fed back
    extra        a gain on the recurrent term that the input sets, or the squares of the states

The same id gives the same cell on every machine. A cell that a teacher hands out (``released``) may have
other parts: three activations, a leak on a_t or one that the input sets, the change of the state over some
steps, the output of two steps ago, a gain on the input's term that the state sets, or parts of a file of the
teacher's own (``parts``). Functions that fold back are not among them.

``Cell`` is the forward pass, for real and complex numbers. The backward pass stands neither in a lesson nor
in ``helpers``: it is what the learner derives.
"""

import hashlib
import itertools
import unicodedata
from typing import NamedTuple

import numpy as np

from exercises.capstone import parts
from exercises.capstone.parts import ACTIVATIONS
from helpers import activations, gradcheck, validate

EXAMPLE = "the worked example"        # the id of the worked example in solutions/


class Variant(NamedTuple):
    """The parts of a cell, as text. activation, leak, past, extra: names, see ``parts``.

    alpha: the leak's number, where it is given, else "". past: "skip 2 zero" is W_skip h_{t-2}, with zeros
    before h_0; with "first" h_0 stands there, too; "change 2 zero" is W_skip (h_{t-1} - h_{t-2}); "feedback"
    is W_yh y_{t-1}, with y_0 = 0, and "feedback 2" has y_{t-2}.
    """

    activation: str
    leak: str
    alpha: str
    past: str
    extra: str

    @property
    def delay(self):
        """d, for a skip over d steps, or a change over d steps; None if an output is fed back."""
        return None if self.lag else int(self.past.split()[1])

    @property
    def lag(self):
        """Of how many steps ago the output is that is fed back; None if none is."""
        return {"feedback": 1, "feedback 2": 2}.get(self.past)

    @property
    def on_sum(self):
        """True if the leak acts on a_t, not on h_t."""
        return self.leak.endswith("on the sum")

    @property
    def code(self):
        """The parts in one text, from which ``from_code`` makes the variant again."""
        return "/".join(self)


def from_code(code):
    """A Variant from its code."""
    return Variant(*code.split("/"))


def variants():
    """All variants that an id can get, as a list; of those with a given alpha one for each number."""
    f, leaks, alphas, pasts, extras = parts.BY_ID
    numbers = [(leak, alpha) for leak in leaks for alpha in (alphas if parts.is_given(leak) else [""])]
    return [Variant(f, leak, alpha, past, extra)
            for f, (leak, alpha), past, extra in itertools.product(f, numbers, pasts, extras)]


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


def released(id, code, own=""):
    """The project that was handed out to a learner. id: the learner's. code: of the variant, written into the
    learner's notebook, as is own, the text of the teacher's own parts, if there are any.
    """
    if own:
        parts.add(own)
    return Project(id, from_code(code))


def chosen(name):
    """The variant of a name: each part is picked by some bytes of the name's SHA-256."""
    digest = hashlib.sha256(f"capstone {name}".encode()).digest()
    pick = [int.from_bytes(digest[4 * i:4 * i + 4], "big") for i in range(5)]
    f, leak, alpha, past, extra = (names[number % len(names)] for number, names in zip(pick, parts.BY_ID))
    return Variant(f, leak, alpha if leak == "given" else "", past, extra)


class Weights:
    """The parameters of a learner's cell. id: the learner's. variant: the parts."""

    def __init__(self, id, variant):
        self.id, self.variant = id, variant
        self.more = parts.TERMS[variant.extra].shapes if variant.extra in parts.TERMS else {}

    def shapes(self, D, H, O):
        """{name of a parameter: its shape}. D inputs, H hidden units, O outputs."""
        shapes = {"W_hh": (H, H), "W_xh": (H, D), "W_hy": (O, H), "b_h": (H,), "b_y": (O,)}
        shapes |= {"W_yh": (H, O)} if self.variant.lag else {"W_skip": (H, H)}
        shapes |= {"gain": {"W_xg": (H, D)}, "square": {"p": (H,)},
                   "gain on the input": {"W_hg": (H, H)}}.get(self.variant.extra, {})
        shapes |= {name: tuple({"D": D, "H": H, "O": O}[size] for size in sizes)
                   for name, sizes in self.more.items()}
        return shapes | {"per unit": {"alpha": (H,)}, "per unit through a sigmoid": {"q": (H,)},
                         "set by the input": {"W_xq": (H, D)}}.get(self.variant.leak, {})

    def init(self, D, H, O, rng):
        """Parameters to start training from, a dict.

        Matrices are drawn as in ``rnn.init``, all but W_hh, W_xh and W_hy half as large. Biases and other
        vectors are zero, alpha is 0.6.
        """
        validate.generator("rng", rng)
        params = {name: np.zeros(shape) for name, shape in self.shapes(D, H, O).items()}
        for name, value in params.items():
            if value.ndim == 2:
                scale = 1.0 if name in ("W_hh", "W_xh", "W_hy") else 0.5
                params[name] = scale * rng.standard_normal(value.shape) / np.sqrt(value.shape[1])
        leak = {"alpha": 0.6, "q": np.log(0.6 / 0.4)}
        return params | {name: np.full(H, value) for name, value in leak.items() if name in params}


class Project(Weights):
    """A learner's cell. A notebook shows it as a card with the equations."""

    def problem(self, T=6, B=3, D=2, H=4, O=5, seed=10):
        """A gradcheck.Problem on which no mistake hides: nothing is zero, all sizes differ."""
        rng = np.random.default_rng(seed)
        params = self.init(D, H, O, rng)
        spreads = {"W_skip": 0.4, "W_yh": 0.3, "W_xg": 0.3, "W_hg": 0.3, "W_xq": 0.3, "alpha": 0.1}
        for name, value in params.items():
            spread = spreads.get(name, 0.0 if value.ndim == 2 else 0.5)
            params[name] = value + spread * rng.standard_normal(value.shape)
        return gradcheck.Problem(params, rng.standard_normal((T, B, D)), 0.5 * rng.standard_normal((B, H)),
                                 rng.standard_normal((T, B, O)))

    @property
    def equations(self):
        """The cell in LaTeX, a list of lines."""
        variant, alpha = self.variant, self.variant.alpha
        kept = f"{1 - float(alpha):.1f}" if alpha else ""
        lines = {"gain": [r"g_t = 1 + W_{xg}\, x_t"],
                 "gain on the input": [r"g_t = 1 + W_{hg}\, h_{t-1}"]}.get(variant.extra, [])
        if variant.on_sum:
            lines += [rf"s_t = {self.sum_in_latex()}", rf"a_t = {kept}\, a_{{t-1}} + {alpha}\, s_t",
                      r"h_t = f(a_t)"]
        elif alpha:
            lines += [f"a_t = {self.sum_in_latex()}", rf"h_t = {kept}\, h_{{t-1}} + {alpha}\, f(a_t)"]
        else:
            step = "_t" if variant.leak == "set by the input" else ""
            lines += [f"a_t = {self.sum_in_latex()}",
                      rf"h_t = (1 - \alpha{step}) \odot h_{{t-1}} + \alpha{step} \odot f(a_t)"]
        lines += {"per unit through a sigmoid": [r"\alpha = \frac{1}{1 + e^{-q}}"],
                  "set by the input": [r"\alpha_t = \frac{1}{1 + e^{-q_t}}", r"q_t = W_{xq}\, x_t"]}.get(
            variant.leak, [])
        return [*lines, rf"f(a) = {ACTIVATIONS[variant.activation].latex}", r"y_t = W_{hy}\, h_t + b_y"]

    def sum_in_latex(self):
        """What the weights make of the states and the input, in LaTeX."""
        variant, skip = self.variant, rf"h_{{t-{self.variant.delay}}}"
        recurrent, given = r"W_{hh}\, h_{t-1}", r"W_{xh}\, x_t"
        recurrent = rf"g_t \odot \left({recurrent}\right)" if variant.extra == "gain" else recurrent
        given = rf"g_t \odot \left({given}\right)" if variant.extra == "gain on the input" else given
        if variant.lag:
            past = rf"W_{{yh}}\, y_{{t-{variant.lag}}}"
        elif variant.past.startswith("change"):
            past = rf"W_{{\text{{skip}}}} \left(h_{{t-1}} - {skip}\right)"
        else:
            past = rf"W_{{\text{{skip}}}}\, {skip}"
        extra = r" + p \odot h_{t-1} \odot h_{t-1}" if variant.extra == "square" else ""
        extra = f" + {parts.TERMS[variant.extra].latex}" if variant.extra in parts.TERMS else extra
        return f"{recurrent} + {given} + {past}{extra} + b_h"

    @property
    def before(self):
        """What stands before the first step, in sentences in Markdown."""
        sentences = {"zero": "Before the start there is nothing: $h_s = 0$ for $s < 0$.",
                     "first": "Before the start the state is the first one: $h_s = h_0$ for $s < 0$.",
                     "feedback": "There is no output before the first step: $y_0 = 0$.",
                     "2": "There is no output before the first step: $y_0 = y_{-1} = 0$."}
        sum_ = " There is no sum before the first step, either: $a_0 = 0$." if self.variant.on_sum else ""
        return sentences[self.variant.past.split()[-1]] + sum_

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
        self.a, self.h, self.y = [0 * h0], [h0], [np.zeros((len(h0), len(params["b_y"])))]

    def alpha(self, t):
        """the leak's alpha"""
        if self.variant.alpha:
            return float(self.variant.alpha)
        if self.variant.leak == "per unit":
            return self.params["alpha"]
        by_input = self.variant.leak == "set by the input"
        return activations.sigmoid(self.opening(t) if by_input else self.params["q"])

    def opening(self, t):
        """what the input makes of the leak, W_xq x_t"""
        return self.x[t - 1] @ self.params["W_xq"].T

    def f(self, a):
        """the activation function"""
        return ACTIVATIONS[self.variant.activation].function(a)

    def recurrent(self, t):
        """the recurrent term, in a_t"""
        return self.h[t - 1] @ self.params["W_hh"].T

    def gain(self, t):
        """the gain g_t"""
        return 1 + self.x[t - 1] @ self.params["W_xg"].T

    def input_gain(self, t):
        """the gain g_t"""
        return 1 + self.h[t - 1] @ self.params["W_hg"].T

    def from_input(self, t):
        """the input's term, in a_t"""
        return self.x[t - 1] @ self.params["W_xh"].T

    def reached(self, t):
        """the state d steps ago, and what stands before the start"""
        s = t - self.variant.delay
        return self.h[s] if s >= 0 else self.h[0] if self.variant.past.endswith("first") else 0 * self.h[0]

    def earlier(self, t):
        """what W_skip reads, a state or a change of the state"""
        return self.h[t - 1] - self.reached(t) if self.variant.past.startswith("change") else self.reached(t)

    def said(self, t):
        """the output that is fed back, and what stands before the start"""
        s = t - self.variant.lag
        return self.y[s] if s >= 0 else 0 * self.y[0]

    def past(self, t):
        """the term of the skip, or of the output that is fed back"""
        if self.variant.lag:
            return self.said(t) @ self.params["W_yh"].T
        return self.earlier(t) @ self.params["W_skip"].T

    def square(self, t):
        """the term with the squares of the states"""
        return self.params["p"] * self.h[t - 1] * self.h[t - 1]

    def own_term(self, t):
        """the term of your card that no other card has"""
        return parts.TERMS[self.variant.extra].function(self.params, self.h[t - 1], self.x[t - 1])

    def blend(self, t):
        """the leak, how h_t is made of h_{t-1} and f(a_t)"""
        return (1 - self.alpha(t)) * self.h[t - 1] + self.alpha(t) * self.f(self.a[t])

    def state(self, t):
        """the state h_t"""
        return self.f(self.a[t]) if self.variant.on_sum else self.blend(t)

    def output(self, t):
        """the output y_t"""
        return self.h[t] @ self.params["W_hy"].T + self.params["b_y"]

    def summed(self, t):
        """the sum of the terms"""
        extra, recurrent = self.variant.extra, self.recurrent(t)
        if extra == "gain on the input":
            return recurrent + self.input_gain(t) * self.from_input(t) + self.past(t) + self.params["b_h"]
        if extra == "gain":
            recurrent = self.gain(t) * recurrent
        else:
            recurrent = recurrent + (self.square(t) if extra == "square" else self.own_term(t))
        return recurrent + self.from_input(t) + self.past(t) + self.params["b_h"]

    def leaking_sum(self, t):
        """the leak, how a_t is made of a_{t-1} and the sum"""
        return (1 - self.alpha(t)) * self.a[t - 1] + self.alpha(t) * self.summed(t)

    def preactivation(self, t):
        """the sum a_t"""
        return self.leaking_sum(t) if self.variant.on_sum else self.summed(t)

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
