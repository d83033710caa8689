"""Lesson 07: what a window of truncated BPTT keeps of the gradient, loss by loss and lag by lag."""

from functools import cache

import numpy as np
from matplotlib.patches import Rectangle

from helpers import datasets, losses, rnn, training
from helpers.long_sequences import truncated
from pictures.canvas import BACKWARD, FORWARD, INK, look, picture
from pictures.explorers.controls import Sketch, Slider, Steps
from pictures.explorers.explorer import Explorer
from pictures.graph import blend
from pictures.marks import GONE, REACHED, without_frame

T, DELAY, SEEDS = 12, 5, (0, 1, 2)
PALE = blend(BACKWARD, 0.3)


def truncation_window():
    """Three networks that learn an echo of five steps: which parts of their gradients a window keeps."""
    return Explorer(
        "Which losses reach which states, and how much of the gradient is left?",
        [Slider("k1", "k1: new losses per window", list(range(1, T + 1)), 2, windows_at),
         Slider("k2", "k2: steps back", list(range(1, T + 1)), 6, length_at),
         Steps("t", "loss of step", list(range(1, T + 1)), 10, lambda t: f"t = {t}")],
        truncation_window_data, truncation_window_sketch, truncation_window_words, page={"k1": 6})


def windows_at(k1):
    """What k1 means."""
    return f"{k1}: " + ("every loss has a window of its own" if k1 == 1
                        else f"a window for every {k1} losses")


def length_at(k2):
    """What k2 means."""
    return f"{k2}: " + ("the whole sequence" if k2 == T else f"a window of {k2} step{'s' * (k2 > 1)}")


def learning(seed, units=16):
    """A network after 20 updates with the full gradient, as in lesson 07. Returns (params, rng)."""
    rng = np.random.default_rng(seed)
    start = rnn.init(1, units, 1, rng)
    batches = (datasets.delayed_echo(2 * T, 16, DELAY, rng) for _ in range(20))
    return training.fit(rnn, start, batches, losses.squared_error, 0.01)[0], rng


def parts_of(params, x, target, mask):
    """The gradient of W_hh, W_xh and b_h in parts: what the loss of step t owes to step s, (T, T, n)."""
    cache = rnn.forward(params, x)
    direct = losses.squared_error(cache.y, target, mask)[1] @ params["W_hy"]
    found = []
    for t in range(len(x)):
        alone = np.zeros_like(direct)
        alone[t] = direct[t]
        _, da = rnn.through_time(params, cache, alone)
        found.append([np.concatenate([(a.T @ h).ravel(), (a.T @ x_s).ravel(), a.sum(axis=0)])
                      for a, h, x_s in zip(da, cache.h, cache.x)])
    return np.array(found)


@cache
def parts():
    """Each network's ``parts_of`` a gradient of length 1, over 64 sequences: (networks, T, T, n)."""
    found = np.array([parts_of(params, *datasets.delayed_echo(T, 64, DELAY, rng))
                      for params, rng in map(learning, SEEDS)])
    return found / np.linalg.norm(found.sum(axis=(1, 2)), axis=-1)[:, None, None, None]


@cache
def shares():
    """How much of the full gradient's length each part brings, in the mean: (T, T), with the sum 1."""
    return np.mean([vectors @ vectors.sum(axis=(0, 1)) for vectors in parts()], axis=0)


def by_lag(table):
    """The sum over all losses for each lag. table: (T, T). Returns (T,)."""
    return np.array([np.trace(table, -k) for k in range(T)])


def truncation_window_data(k1, k2, t):
    """The windows of T steps. k2 below k1 counts as k1. t: the loss to look at. Returns a dict.

    reach: booleans (T, T), as truncated.reached. window: the one that brings the loss of t. kept: share of
    the full gradient by lag, (T,). cosines: between the truncated and the full gradient, one per network.
    """
    asked, k2 = k2, max(k1, k2)
    reach = truncated.reached(T, k1, k2)
    window = next(found for found in truncated.windows(T, k1, k2) if found.first < t <= found.stop)
    cut, full = parts()[:, reach].sum(axis=1), parts().sum(axis=(1, 2))
    return {"k1": k1, "k2": k2, "asked": asked, "t": t, "reach": reach, "window": window,
            "kept": by_lag(shares() * reach),
            "cosines": (cut * full).sum(axis=-1) / np.linalg.norm(cut, axis=-1)}


def truncation_window_words(data):
    """The sentence below the picture. data: of one setting."""
    t, reaches, window = data["t"], int(data["reach"][data["t"] - 1].sum()), data["window"]
    raised = f"k2 cannot be less than k1, so {data['k2']} is used. " if data["asked"] < data["k1"] else ""
    where = f"back to the cut at state {window.start}" if window.start else "back to the start"
    low, high = data["cosines"].min(), data["cosines"].max()
    return (f"{raised}k1 = {data['k1']}, k2 = {data['k2']}: the loss of step {t} reaches {reaches} of {t} "
            f"state{'s' * (t > 1)}, {where}. The windows keep {int(data['reach'].sum())} of "
            f"{T * (T + 1) // 2} ways and {data['kept'].sum():.0%} of the gradient; the cosine with the "
            f"full one is {low:.2f} to {high:.2f} in three networks.")


def truncation_window_sketch():
    """The kept figure. Returns a Sketch."""
    figure, (top, grid, bars) = picture(
        9.6, 4.6, alt="", mosaic=[["top", "top"], ["grid", "bars"]],
        height_ratios=[1, 4.2], width_ratios=[1, 1.7])
    steps = np.arange(1, T + 1)
    with look():
        cells = [top.add_patch(Rectangle((s - 0.46, 0), 0.92, 1, linewidth=0)) for s in steps]
        digits = [top.text(s, 0.5, str(s), ha="center", va="center") for s in steps]
        cut, = top.plot([0.5, 0.5], [-0.25, 1.25], color=INK, linewidth=3.4)
        way = top.annotate("", (1, -0.3), xytext=(2, -0.3), annotation_clip=False,
                           arrowprops={"arrowstyle": "-|>", "color": BACKWARD, "linewidth": 2, "shrinkA": 0,
                                       "shrinkB": 0, "mutation_scale": 15})
        top.set(xlim=(0.3, T + 0.7), ylim=(-0.6, 1.3), xticks=[], yticks=[])
        top.spines[:].set_visible(False)
        heading = top.set_title(" ")
        squares = {(t, s): grid.add_patch(Rectangle((s + 0.06, t + 0.06), 0.88, 0.88, linewidth=0))
                   for t in range(T) for s in range(t + 1)}
        row = grid.add_patch(Rectangle((0, 0), T, 1, fill=False, edgecolor=INK, linewidth=1.6))
        ticks = np.arange(1, T, 2)
        grid.set(xlim=(-0.1, T + 0.1), ylim=(T + 0.1, -0.1), aspect="equal", xlabel="state $h_s$",
                 ylabel="loss $L_t$")
        for axis in (grid.xaxis, grid.yaxis):
            axis.set_ticks(ticks + 0.5, ticks + 1)
        without_frame(grid)
        bars.axhline(0, color=INK, linewidth=0.9)
        bars.bar(range(T), by_lag(shares()), width=0.78, facecolor="white", edgecolor=FORWARD, linewidth=1.2)
        kept = bars.bar(range(T), np.zeros(T), width=0.56, color=REACHED)
        low, high = min(0, by_lag(shares()).min()), by_lag(shares()).max()
        bars.set(xlabel="lag: steps from the loss back", xticks=range(T), ylim=(low - 0.04, 1.35 * high),
                 title="share of the full gradient, mean of three networks")
        bars.text(0.98, 0.97, "frame: full gradient", color=FORWARD, transform=bars.transAxes, ha="right",
                  va="top", fontsize=11)
        bars.text(0.98, 0.89, "filled: what the windows keep", color=BACKWARD, transform=bars.transAxes,
                  ha="right", va="top", fontsize=11)
        note = bars.text(0.98, 0.78, "", transform=bars.transAxes, ha="right", va="top", fontsize=11)

    def update(data):
        t, window = data["t"], data["window"]
        for s, cell, digit in zip(steps, cells, digits):
            inside, new = window.start < s <= window.stop, s > window.first
            cell.set_facecolor(GONE if not inside else REACHED if new else PALE)
            digit.set_color("white" if inside and new else INK if inside else "#888888")
        cut.set_xdata([window.start + 0.5] * 2)
        way.set_position((t + 0.3, -0.35))
        way.xy = (window.start + 0.6, -0.35)
        heading.set_text(f"k1 = {data['k1']}, k2 = {data['k2']}: the window that brings the loss of step {t} "
                         f"goes back to step {window.start + 1}")
        for (i, j), square in squares.items():
            square.set_facecolor(REACHED if data["reach"][i, j] else GONE)
        row.set_y(t - 1)
        row.set_width(t)
        for bar, value in zip(kept, data["kept"]):
            bar.set_height(value)
        note.set_text(f"{data['kept'].sum():.0%} kept; cosine {data['cosines'].min():.2f} to "
                      f"{data['cosines'].max():.2f}")

    return Sketch(figure, [*cells, *digits, cut, way, heading, *squares.values(), row, *kept, note], update)

