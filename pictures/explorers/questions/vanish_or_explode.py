"""Lesson 06: from which spectral radius on do gradients explode? A row of the map, and its curve."""

from functools import lru_cache

import numpy as np
from matplotlib.colors import TwoSlopeNorm

from helpers.pathologies import jacobians
from pictures.canvas import BACKWARD, INK, MUTED, look, picture
from pictures.explorers.controls import ACTIVATIONS, Choice, Sketch, Slider, name_of
from pictures.explorers.explorer import Explorer
from pictures.marks import GREY, VANISH_EXPLODE

RADII = [round(0.1 * k, 1) for k in range(3, 21)]
SIZES = {0.1: "weak", 0.5: "as in the map above", 1.0: "strong", 2.0: "very strong"}
SEEDS = (0, 1, 2, 3)
LAGS = 50
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
LIMIT = 8                       # powers of ten that the picture shows, both ways


def vanish_or_explode():
    """The map of lesson 06, row by row: random networks with 30 units."""
    return Explorer(
        "At which spectral radius does the gradient keep its length?",
        [Slider("radius", "spectral radius of W_hh", RADII, 1.0, lambda r: f"{r:g}"),
         Choice("activation", "activation", ACTIVATIONS, "tanh"),
         Slider("size", "size of the inputs", list(SIZES), 0.5, lambda size: f"{size:g}: {SIZES[size]}")],
        vanish_or_explode_data, vanish_or_explode_sketch, vanish_or_explode_words)


@lru_cache(maxsize=None)
def lengths(radius, activation, size):
    """log10 of a gradient's length by lag, a row for each seed. Returns (seeds, LAGS+1)."""
    return np.array([jacobians.log_length_by_lag(radius, activation, seed, input_size=size)[:LAGS + 1] for seed in SEEDS])


@lru_cache(maxsize=None)
def whole_map(activation, size):
    """The mean over the seeds for every radius. Returns (radii, LAGS+1)."""
    return np.array([lengths(radius, activation, size).mean(axis=0) for radius in RADII])


def vanish_or_explode_data(radius, activation, size):
    """Returns a dict. map: mean log10 length, (radii, LAGS+1). curves: those of the row at ``radius``, one for each seed."""
    return {"radius": radius, "name": name_of(activation, ACTIVATIONS), "map": whole_map(activation, size), "curves": lengths(radius, activation, size)}


def power(exponent):
    """10 to this power, in words."""
    return f"{10 ** exponent:.2g}" if abs(exponent) < 2 else "about 10" + f"{exponent:.0f}".translate(RAISED)


def vanish_or_explode_words(data):
    ends = data["curves"][:, -1]
    return (f"{data['name']}, spectral radius {data['radius']:g}: a gradient of length 1 is {power(ends.mean())} long after {LAGS} steps, "
            f"in the mean of four networks; they range from {power(ends.min())} to {power(ends.max())}. "
            f"The radius alone would say {power(LAGS * np.log10(data['radius']))}.")


def vanish_or_explode_sketch():
    figure, (left, right) = picture(9.6, 3.9, columns=2, alt="", width_ratios=[1, 1.1])
    lags = np.arange(LAGS + 1)
    with look():
        image = left.imshow(np.zeros((len(RADII), LAGS + 1)), cmap=VANISH_EXPLODE, norm=TwoSlopeNorm(0, -LIMIT, LIMIT), origin="lower",
                            aspect="auto", interpolation="nearest", extent=(-0.5, LAGS + 0.5, RADII[0] - 0.05, RADII[-1] + 0.05))
        left.axhline(1, color=MUTED, linewidth=1, linestyle=":")
        row, = left.plot([], [], color=INK, linewidth=1.6)
        left.set(xlabel="lag", ylabel="spectral radius of $W_{hh}$", xticks=range(0, LAGS + 1, 10), yticks=[0.5, 1, 1.5, 2])
        left.set_title("blue: vanished, vermilion: exploded")
        left.spines[:].set_visible(False)
        right.axhline(0, color=MUTED, linewidth=0.8)
        alone, = right.plot([], [], color=MUTED, linestyle=(0, (4, 2)), linewidth=1.4)
        thin = [right.plot([], [], color=BACKWARD, linewidth=1, alpha=0.5)[0] for _ in SEEDS]
        mean, = right.plot([], [], color=BACKWARD, linewidth=2.4)
        right.set(xlabel="lag", xlim=(0, LAGS), ylim=(-LIMIT, LIMIT), xticks=range(0, LAGS + 1, 10))
        right.set_yticks([-8, -4, 0, 4, 8], ["$10^{-8}$", "$10^{-4}$", "1", "$10^4$", "$10^8$"])
        title = right.set_title(" ")
        legend = (("four networks, and their mean", BACKWARD), ("dashed: the radius to the power of the lag", GREY))
        notes = [right.text(0.03, 0.95 - 0.07 * k, words, transform=right.transAxes, va="top", color=colour, fontsize=11)
                 for k, (words, colour) in enumerate(legend)]

    def update(data):
        k = RADII.index(data["radius"])
        image.set_data(np.clip(data["map"], -LIMIT, LIMIT))
        low, high = RADII[k] - 0.05, RADII[k] + 0.05
        row.set_data([-0.3, LAGS + 0.3, LAGS + 0.3, -0.3, -0.3], [low, low, high, high, low])
        alone.set_data(lags, lags * np.log10(data["radius"]))
        for line, curve in zip(thin, data["curves"]):
            line.set_data(lags, curve)
        mean.set_data(lags, data["curves"].mean(axis=0))
        title.set_text(f"length of the gradient: {data['name']}, radius {data['radius']:g}")

    return Sketch(figure, [image, row, alone, *thin, mean, title, *notes], update)
