"""Lesson 06: what a circle of gradients becomes on the way back, and what singular values say about it."""

import numpy as np

from helpers import rnn
from helpers.pathologies import initialisation, jacobians
from pictures.canvas import BACKWARD, FORWARD, INK, MUTED, look, picture
from pictures.explorers.controls import ACTIVATIONS, Choice, Sketch, Slider, Steps, name_of
from pictures.explorers.explorer import Explorer
from pictures.marks import GREY, powers_of_ten
from pictures.words import number

LAGS = 20
RADII = [round(0.1 * k, 1) for k in range(5, 17)]
W = np.array([[1.0, 0.8], [-0.3, 0.7]])         # lesson 06, section 2
ALIKE = 1e-12  # a singular value below this share of the largest counts as 0: rounding
SEEN = 1.6                                      # the picture's half width, in circles


def jacobian_product():
    """Two units: every gradient of length 1 at the last state, carried back."""
    return Explorer(
        "What becomes of a circle of gradients on its way back?",
        [Steps("lag", "lag: steps back", list(range(LAGS + 1)), 1, jacobians_at),
         Slider("radius", "spectral radius of W_hh", RADII, 0.9, eigenvalues_at),
         Choice("activation", "activation", ACTIVATIONS, "tanh")],
        jacobian_product_data, jacobian_product_sketch, jacobian_product_words,
        page={"lag": 2, "activation": "relu"})


def jacobians_at(lag):
    """What a lag means."""
    words = ["where it starts", "one Jacobian"]
    return f"{lag}: {words[lag] if lag < 2 else f'{lag} Jacobians, multiplied'}"


def eigenvalues_at(radius):
    """What a spectral radius means."""
    side = "below " if radius < 1 else "above " if radius > 1 else ""
    return f"{radius:g}: eigenvalues of absolute value {side}1"


def jacobian_product_data(lag, radius, activation):
    """The network of lesson 06 with two units, W_hh scaled to a radius. lag: steps back. Returns a dict.

    values: singular values of dh_T/dh_{T-n} for all lags, (LAGS+1, 2). shape: the circle, carried back over
    ``lag`` steps. axes: its longest and its shortest radius, rows of (2, 2).
    """
    params = {"W_hh": initialisation.with_spectral_radius(W, radius), "W_xh": np.eye(2), "W_hy": np.eye(2),
              "b_h": np.zeros(2), "b_y": np.zeros(2)}
    run = rnn.forward(params, 0.3 * np.random.default_rng(0).standard_normal((LAGS, 1, 2)),
                      activation=activation)
    products = jacobians.over_lags(jacobians.one_step(params, run))
    values = jacobians.singular_values(products)
    values[values < ALIKE * values[:, :1]] = 0
    _, sigma, directions = np.linalg.svd(products[lag])
    return {"lag": lag, "radius": radius, "name": name_of(activation, ACTIVATIONS), "values": values,
            "axes": sigma[:, None] * directions,
            "shape": jacobians.pushed_back(products[lag], jacobians.unit_circle())}


def jacobian_product_words(data):
    """The sentence below the picture. data: of one setting."""
    (longest, shortest), n = data["values"][data["lag"]], data["lag"]
    flat = ""
    if shortest == 0:
        flat = (" A unit was off: the ellipse is a line." if longest > 0 else
                " Both units were off: nothing is left.")
    return (f"{data['name']}, {n} step{'s' * (n != 1)} back: a gradient of length 1 is at most "
            f"{number(longest)} and at least {number(shortest)} long; the spectral radius alone would say "
            f"{number(data['radius'] ** n)}.{flat}")


def zoom(longest):
    """By which power of ten to magnify, so that an ellipse with this longest radius fills the picture."""
    return 10.0 ** -np.ceil(np.log10(longest / SEEN)) if longest > 0 else 1.0


def jacobian_product_sketch():
    """The kept figure. Returns a Sketch."""
    figure, (left, right) = picture(9.6, 3.9, columns=2, alt="", width_ratios=[1, 1.45])
    lags = np.arange(LAGS + 1)
    with look():
        dotted, = left.plot(*jacobians.unit_circle().T, color=MUTED, linewidth=1.2, linestyle=":")
        filled, = left.fill(*jacobians.unit_circle().T, color=BACKWARD, alpha=0.15, linewidth=0)
        outline, = left.plot([], [], color=BACKWARD)
        radii = [left.plot([], [], color=INK, linewidth=1.4)[0] for _ in range(2)]
        left.set(aspect="equal", xlim=(-1.1 * SEEN, 1.1 * SEEN), ylim=(-1.1 * SEEN, 1.1 * SEEN), xticks=[],
                 yticks=[])
        left.spines[:].set_visible(False)
        title = left.set_title(" ")
        right.axhline(1, color=MUTED, linewidth=0.8)
        alone, = right.plot(lags, np.ones(LAGS + 1), color=MUTED, linestyle=(0, (4, 2)), linewidth=1.4)
        curves = [right.plot([], [], color=FORWARD, linewidth=width, alpha=alpha)[0]
                  for width, alpha in ((2.4, 1), (1.4, 0.6))]
        here, = right.plot([1, 1], [1e-8, 1e4], color=BACKWARD, linewidth=1.2, alpha=0.6)
        dots, = right.plot([], [], color=BACKWARD, marker="o", linestyle="", markersize=7)
        right.set(yscale="log", xlim=(-0.5, LAGS + 0.5), ylim=(1e-8, 1e8), xticks=range(0, LAGS + 1, 5),
                  xlabel="lag $n$: steps back from the last state", title="longest and shortest gradient")
        powers_of_ten(right, -8, 8, every=4)
        legend = (("thick: largest singular value", FORWARD), ("thin: the other one", FORWARD),
                  ("dashed: the spectral radius to the power of the lag", GREY))
        notes = [right.text(0.03, 0.92 - 0.065 * k, words, transform=right.transAxes, color=colour,
                            fontsize=11) for k, (words, colour) in enumerate(legend)]

    def update(data):
        lag, values = data["lag"], data["values"]
        by = zoom(values[lag, 0])
        dotted.set_data(*by * jacobians.unit_circle().T)
        filled.set_xy(by * data["shape"])
        outline.set_data(*by * data["shape"].T)
        for line, radius in zip(radii, data["axes"]):
            line.set_data(*by * np.stack([-radius, radius]).T)
        size = ("dotted: at the start" if by == 1 else f"drawn at {by:,.0f} : 1" if 1 < by < 1e5 else
                f"drawn at $10^{{{np.log10(by):.0f}}}$ : 1" if by > 1 else f"drawn at 1 : {1 / by:,.0f}")
        title.set_text(f"{data['name']}, lag {lag}; {size}")
        alone.set_ydata(data["radius"] ** lags)
        for curve, column in zip(curves, values.T):
            curve.set_data(lags[column > 0], column[column > 0])
        here.set_xdata([lag, lag])
        dots.set_data([lag] * 2, np.where(values[lag] > 0, values[lag], np.nan))

    return Sketch(figure, [dotted, filled, outline, *radii, title, alone, *curves, here, dots, *notes],
                  update)
