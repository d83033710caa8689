"""Lesson 06: gradient descent towards a wall in the loss, free and clipped."""

from functools import cache

import numpy as np
from matplotlib.colors import BoundaryNorm

from helpers.pathologies import cliff
from pictures.canvas import BACKWARD, INK, look, picture
from pictures.explorers.controls import Sketch, Slider, Steps
from pictures.explorers.explorer import Explorer
from pictures.graph import blend
from pictures.marks import BEHIND, LEVELS, label, powers_of_ten

START = 1.8, -0.1
STARTS = np.meshgrid(np.linspace(1.5, 2.0, 10), np.linspace(-0.15, 0.1, 10))     # the 100 of lesson 06
UPDATES = 100
RATES = [0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0]
LIMITS = [None, 100.0, 30.0, 10.0, 3.0, 1.0, 0.3, 0.1]
ARRIVED = 0.01                  # a loss below it counts as arrived, as in lesson 06
PALE = blend(BACKWARD, 0.35)


def the_cliff():
    """The loss surface of a single unit, and a path of gradient descent on it."""
    return Explorer(
        "Which threshold brings gradient descent past the cliff?",
        [Slider("rate", "learning rate", RATES, 0.2, lambda r: f"{r:g}"),
         Slider("limit", "clip the norm at", LIMITS, None, longest_at),
         Steps("update", "update", list(range(UPDATES + 1)), 19, lambda k: f"{k} of {UPDATES}")],
        the_cliff_data, the_cliff_sketch, the_cliff_words, page={"update": UPDATES})


def longest_at(limit):
    """What a threshold means."""
    return ("off: every step as long as the gradient says" if limit is None else
            f"{limit:g}: no gradient longer than this")


@cache
def run(rate, limit):
    """A run from START: path (UPDATES+1, 2), losses, gradients' lengths, and how many of STARTS arrive."""
    path = cliff.descend(*START, rate, limit=limit, updates=UPDATES)
    loss, dw, db = cliff.loss_and_gradient(*path.T)
    end = cliff.descend(*STARTS, rate, limit=limit, updates=UPDATES)[-1]
    return path, loss, np.hypot(dw, db), int((cliff.loss_and_gradient(*end)[0] < ARRIVED).sum())


def the_cliff_data(rate, limit, update):
    """A run with this rate and threshold (None: no clipping). update: how many are done. Returns a dict."""
    path, loss, length, arrived = run(rate, limit)
    return {"path": path, "loss": loss, "length": length, "arrived": arrived, "rate": rate, "limit": limit,
            "update": update}


def the_cliff_words(data):
    """The sentence below the picture. data: of one setting."""
    k, path = data["update"], data["path"]
    longest = data["length"][:k].max() if k else data["length"][0]
    end = data["loss"][-1]
    fate = ("arrives at a loss below 0.01" if end < ARRIVED else f"ends with loss {end:.2f}")
    how = "no clipping" if data["limit"] is None else f"clipped at {data['limit']:g}"
    return (f"Learning rate {data['rate']:g}, {how}. After {k} update{'s' * (k != 1)}: w = {path[k, 0]:.2f}, "
            f"b = {path[k, 1]:.2f}, loss {data['loss'][k]:.3f}; the longest gradient so far was "
            f"{longest:.2g}. The whole run of {UPDATES} {fate}; of 100 starts right of the wall "
            f"{data['arrived']} arrive.")


def the_cliff_sketch():
    """The kept figure. Returns a Sketch."""
    figure, (left, right) = picture(9.6, 4.1, columns=2, alt="", width_ratios=[1.35, 1])
    w, b = np.linspace(1.05, 2.05, 401), np.linspace(-0.45, 0.15, 321)          # fine: the wall is thin
    with look():
        surface = cliff.surface(w, b)
        left.contourf(w, b, surface, levels=LEVELS, cmap="Blues", norm=BoundaryNorm(LEVELS, 256))
        left.contour(w, b, surface, levels=[0.3], colors=INK, linewidths=1.4)
        whole, = left.plot([], [], color=PALE, linewidth=1.2, marker="o", markersize=3)
        done, = left.plot([], [], color=BACKWARD, linewidth=1.6, marker="o", markersize=4)
        now, = left.plot([], [], color=BACKWARD, marker="o", markersize=9, markeredgecolor="white")
        left.plot(*START, marker="o", markersize=7, color=INK)
        label(left, "start", *START, INK, dx=0, dy=8, ha="center", va="baseline")
        away = left.text(0.03, 0.04, "", transform=left.transAxes, fontsize=11, bbox=BEHIND)
        left.set(xlabel="$w$", ylabel="$b$", xlim=(w[0], w[-1]), ylim=(b[0], b[-1]),
                 title="dark: high loss; line: the wall")
        bound, = right.plot([0, UPDATES], [1, 1], color=INK, linewidth=1.3, linestyle="--")
        name = right.text(UPDATES, 1, "", ha="right", va="bottom", color=INK, fontsize=11)
        all_lengths, = right.plot([], [], color=PALE, linewidth=1.2)
        lengths, = right.plot([], [], color=BACKWARD, linewidth=2)
        dot, = right.plot([], [], color=BACKWARD, marker="o", markersize=7)
        right.set(yscale="log", xlim=(-1, UPDATES + 1), ylim=(1e-5, 3e3), xlabel="update",
                  title="length of the gradient, before clipping")
        powers_of_ten(right, -4, 2, every=2)
        count = right.text(0.98, 0.03, "", transform=right.transAxes, ha="right", color=INK, fontsize=11)

    def update(data):
        k, path, length = data["update"], data["path"], np.maximum(data["length"], 1e-300)
        inside = (path[k, 0] > w[0]) & (path[k, 0] < w[-1]) & (path[k, 1] > b[0]) & (path[k, 1] < b[-1])
        whole.set_data(*path.T)
        done.set_data(*path[:k + 1].T)
        now.set_data(*path[k:k + 1].T)
        away.set_text("" if inside else f"off the map: $w$ = {path[k, 0]:.1f}, $b$ = {path[k, 1]:.1f}")
        away.set_visible(not inside)
        for artist in (bound, name):
            artist.set_visible(data["limit"] is not None)
        if data["limit"] is not None:
            bound.set_ydata([data["limit"]] * 2)
            name.set(y=1.15 * data["limit"], text="threshold")
        all_lengths.set_data(range(UPDATES + 1), length)
        lengths.set_data(range(k + 1), length[:k + 1])
        dot.set_data([k], [length[k]])
        count.set_text(f"rate {data['rate']:g}: of 100 starts, {data['arrived']} arrive")

    return Sketch(figure, [whole, done, now, away, bound, name, all_lengths, lengths, dot, count], update)
