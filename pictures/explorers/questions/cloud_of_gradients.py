"""Lesson 06: a cloud of gradients, turned and stretched at every step, becomes a needle."""

import numpy as np

from helpers.pathologies import jacobians
from pictures.canvas import ACCENT, BACKWARD, FORWARD, INK, MUTED, look, picture
from pictures.explorers.controls import Sketch, Slider, Steps
from pictures.explorers.explorer import Explorer
from pictures.marks import GREY, decimals
from pictures.words import number

STEPS, GRADIENTS, PAIR = 20, 24, (1, 7)         # the pair: two gradients at a right angle, drawn in green
STRETCHES = [round(0.1 * k, 1) for k in range(1, 21)]
SLOPES = [round(0.1 * k, 1) for k in range(10, 2, -1)]
SEEN = 2.4                                      # the picture's half width, in circles
ROUND = 1e-6                                    # eigenvalues closer than this, as a share, count as equal


def cloud_of_gradients():
    """Two units: a W_hh of the reader's own, and what it makes of gradients in all directions."""
    return Explorer(
        "A cloud of gradients: when does it become a needle, and does it grow or shrink?",
        [Steps("step", "steps back", list(range(STEPS + 1)), 1, lambda n: f"{n} of {STEPS}"),
         Slider("turn", "W_hh turns by", list(range(0, 91, 5)), 45, turned_by),
         Slider("first", "stretch along one axis", STRETCHES, 1.8, stretched_by),
         Slider("second", "along the other axis", STRETCHES, 0.3, stretched_by),
         Slider("slope", "slope of both units", SLOPES, 1.0, lambda f: "1: linear" if f == 1 else f"{f:g}")],
        cloud_of_gradients_data, cloud_of_gradients_sketch, cloud_of_gradients_words, page={"step": 2})


def turned_by(turn):
    """What an angle means."""
    return f"{turn} degrees"


def stretched_by(factor):
    """What a stretch means."""
    return f"{factor:g} times" + (": longer" if factor > 1 else ": shorter" if factor < 1 else "")


def turning(turn, first, second):
    """W_hh that stretches along the axes and then turns. turn: in degrees. Returns (2, 2)."""
    cos, sin = np.cos(np.deg2rad(turn)), np.sin(np.deg2rad(turn))
    return np.array([[cos, -sin], [sin, cos]]) * [first, second]


def cloud_of_gradients_data(step, turn, first, second, slope):
    """The cloud after ``step`` steps back, with the Jacobian slope * W_hh in every step. Returns a dict.

    cloud: (GRADIENTS, 2). lengths: of the longest and the shortest gradient by step, (STEPS+1, 2).
    rates: their logarithms per step, (STEPS, 2). limits: where the rates tend to, (2,). angle: between the
    pair's lines, in degrees. alike: are both eigenvalues of one absolute value?
    """
    J = slope * turning(turn, first, second)
    products = jacobians.over_lags(np.broadcast_to(J, (STEPS, 2, 2)))
    volume = (slope ** 2 * first * second) ** np.arange(STEPS + 1)  # longest times shortest, without rounding
    longest = np.maximum(jacobians.singular_values(products)[:, 0], np.sqrt(volume))
    lengths = np.stack([longest, volume / longest], axis=1)
    cloud = jacobians.pushed_back(products[step], jacobians.unit_circle(GRADIENTS + 1)[:-1])
    one, other = cloud[list(PAIR)]
    eigenvalues = np.sort(np.abs(np.linalg.eigvals(J)))[::-1]
    return {"step": step, "cloud": cloud, "lengths": lengths, "limits": np.log(eigenvalues),
            "radius": eigenvalues[0], "alike": eigenvalues[0] < (1 + ROUND) * eigenvalues[1],
            "rates": np.log(lengths[1:]) / np.arange(1, STEPS + 1)[:, None],
            "angle": np.rad2deg(np.arctan2(volume[step], abs(one @ other)))}


def cloud_of_gradients_words(data):
    """The sentence below the picture. data: of one setting."""
    n, (longest, shortest) = data["step"], data["lengths"][data["step"]]
    grown = data["lengths"][:, 0] > 1 + 1e-9
    if grown[-1]:
        fate = f"is longer than 1 after {STEPS} steps"
    else:
        fate = ("grows first and shrinks later" if grown.any() else "never grows")
    now = (f"{n} step{'s' * (n != 1)} back: the longest gradient is {number(longest)}, the shortest "
           f"{number(shortest)}, the angle between the green two {angle_in_words(data['angle'])}.")
    rate = f" Rate so far {decimals(data['rates'][n - 1, 0])} per step." if n else ""
    return (f"{now}{rate} The spectral radius {data['radius']:.2f} promises "
            f"{decimals(data['limits'][0])} in the long run; the longest gradient {fate}."
            + " Both eigenvalues have this absolute value: no needle that lasts." * bool(data["alike"]))


def angle_in_words(angle):
    """An angle in degrees."""
    return "below 0.1 degrees" if angle < 0.1 else f"{angle:.{1 if angle < 10 else 0}f} degrees"


def zoom(longest):
    """By which number, 1, 2 or 5 times a power of ten, to magnify, so that a cloud fills the picture."""
    exponent = np.floor(np.log10(SEEN / longest))
    room = SEEN / longest / 10 ** exponent
    return (5 if room >= 5 else 2 if room >= 2 else 1) * 10.0 ** exponent


def cloud_of_gradients_sketch():
    """The kept figure. Returns a Sketch."""
    figure, (left, right) = picture(9.6, 3.9, columns=2, alt="", width_ratios=[1, 1.35])
    steps = np.arange(1, STEPS + 1)
    with look():
        dotted, = left.plot(*jacobians.unit_circle().T, color=MUTED, linewidth=1.2, linestyle=":")
        rays, = left.plot([], [], color=BACKWARD, linewidth=0.9, alpha=0.5)
        dots, = left.plot([], [], color=BACKWARD, marker="o", linestyle="", markersize=5)
        pair = [left.plot([], [], color=ACCENT, linewidth=2.4, marker="o", markevery=[1], markersize=7)[0]
                for _ in PAIR]
        left.set(aspect="equal", xlim=(-SEEN, SEEN), ylim=(-SEEN - 0.9, SEEN), xticks=[], yticks=[])
        left.spines[:].set_visible(False)
        title = left.set_title(" ")
        right.axhline(0, color=MUTED, linewidth=0.8)
        limits = [right.plot([1, STEPS], [0, 0], color=MUTED, linestyle=(0, (4, 2)), linewidth=1.4)[0]
                  for _ in range(2)]
        rates = [right.plot(steps, 0 * steps, color=FORWARD, linewidth=width, alpha=alpha)[0]
                 for width, alpha in ((2.4, 1), (1.4, 0.6))]
        here, = right.plot([1, 1], [-3, 0.8], color=BACKWARD, linewidth=1.2, alpha=0.6)
        marks, = right.plot([], [], color=BACKWARD, marker="o", linestyle="", markersize=7)
        right.set(xlim=(0, STEPS + 0.5), ylim=(-3, 2.1), xticks=range(0, STEPS + 1, 5), yticks=range(-3, 1),
                  xlabel="$n$: steps back", title="rate: log of a length, divided by $n$; above 0: grown")
        notes = [right.text(0.03, 0.92 - 0.07 * k, "", transform=right.transAxes, color=colour, fontsize=11)
                 for k, colour in enumerate((FORWARD, FORWARD, GREY))]
        below = [left.text(0.02, 0.08 * k, "", transform=left.transAxes, color=colour, fontsize=11)
                 for k, colour in enumerate((ACCENT, INK))]

    def update(data):
        n, by = data["step"], zoom(data["lengths"][data["step"], 0])
        cloud = by * data["cloud"]
        dotted.set_data(*by * jacobians.unit_circle().T)
        rays.set_data(*np.stack([0 * cloud, cloud, np.full_like(cloud, np.nan)], axis=1).reshape(-1, 2).T)
        dots.set_data(*cloud.T)
        for line, i in zip(pair, PAIR):
            line.set_data(*np.stack([0 * cloud[i], cloud[i]], axis=1))
        title.set_text(f"{n} step{'s' * (n != 1)} back; " + ("dotted: at the start" if by == 1 else
                       f"drawn at {by:g} : 1" if by > 1 else f"drawn at 1 : {1 / by:g}"))
        longest, shortest = map(number, data["lengths"][n])
        for text, words in zip(below, (f"angle: {angle_in_words(data['angle'])}",
                                       f"longest {longest}, shortest {shortest}")):
            text.set_text(words)
        so_far = [f", so far {decimals(rate)}" for rate in data["rates"][n - 1]] if n else [""] * 2
        for text, words in zip(notes, (f"thick: longest gradient{so_far[0]}", f"thin: shortest{so_far[1]}",
                                       "dashed: log |eigenvalue|, "
                                       f"{' and '.join(map(decimals, data['limits']))}")):
            text.set_text(words)
        for line, level in zip(limits, data["limits"]):
            line.set_ydata([level, level])
        for line, column in zip(rates, data["rates"].T):
            line.set_ydata(column)
        here.set_xdata([n, n])
        marks.set_data([n] * 2, data["rates"][n - 1] if n else [np.nan] * 2)

    return Sketch(figure, [dotted, rays, dots, *pair, title, *below, *limits, *rates, here, marks, *notes],
                  update)
