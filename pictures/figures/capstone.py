"""Figures of lesson 10: a change on its way with a path frozen; held-out years, whatever the learner's cell made of them."""

import numpy as np

from pictures.canvas import ACCENT, BACKWARD, FORWARD, INK, MUTED, look, picture
from pictures.graph import LOOKS, board
from pictures.marks import GREY, decimals


def frozen_path(moving, frozen):
    """How a change of w arrives in each state, with the recurrent path open and with it frozen.

    moving, frozen: dh_t/dw for t = 0 ... T, as lists of T + 1 numbers.
    """
    others = np.flatnonzero(np.abs(np.subtract(moving, frozen)) > 1e-12)
    graph = board(2.1 * len(moving) + 1.5, 4.9,
                  alt="Two rows of states from h_0 on, with the change that arrives in each. In the upper row, marked path open, arrows "
                      "lead from state to state and each state also gets a change from w. In the lower row, marked path frozen, the "
                      "arrows between states are grey and pass the real part only; "
                      + (f"the changes from step {others[0]} on are others." if len(others) else "the changes are the same."))
    with look():
        for row, (changes, words) in enumerate(((moving, "open"), (frozen, "frozen"))):
            y, colour = -2.5 * row, FORWARD if row == 0 else MUTED
            graph.text((-0.6, y), f"path\n{words}", size=12, ha="right")
            for t, change in enumerate(changes):
                graph.node(f"{words}{t}", (2.1 * t, y), f"$h_{{{t}}}$", *LOOKS["h"])
                graph.text((2.1 * t, y + 0.55), f"change {decimals(change)}", INK if t else GREY, size=11)
            for t in range(1, len(changes)):
                graph.node(f"{words}w{t}", (2.1 * t, y - 1.0), "$w$", ACCENT, radius=0.25, size=13)
                graph.arrow(f"{words}w{t}", f"{words}{t}", colour=ACCENT)
                graph.arrow(f"{words}{t - 1}", f"{words}{t}", "" if row == 0 else "real part", colour=colour, size=10)
        graph.fit(left=1.5, right=0.9, top=0.8)
    return graph.figure


def held_out_years(years, actual, autoregression, cells):
    """Forecasts of the held-out years.

    years, actual, autoregression: (N,), in sunspot numbers. cells: (seeds, N), the forecasts of several trained cells.
    """
    figure, ax = picture(9.4, 3.9, alt=f"Yearly sunspot numbers from {years[0]} to {years[-1]} as dots, the autoregression's forecasts "
                         f"as a dashed line, and the mean of {len(cells)} trained cells as a line inside a band from the lowest to the "
                         "highest.")
    with look():
        ax.fill_between(years, cells.min(axis=0), cells.max(axis=0), color=FORWARD, alpha=0.25, linewidth=0)
        ax.plot(years, cells.mean(axis=0), color=FORWARD, linewidth=1.8)
        ax.plot(years, autoregression, color=BACKWARD, linewidth=1.5, linestyle=(0, (4, 1.5)))
        ax.plot(years, actual, color=INK, linewidth=0, marker="o", markersize=4.5)
        for text, colour, x in (("● measured", INK, 0.0), ("– –  autoregression", BACKWARD, 0.14),
                                (f"—  your cell, {len(cells)} seeds: mean and range", FORWARD, 0.36)):
            ax.text(x, 1.04, text, transform=ax.transAxes, color=colour, fontsize=11.5)
        ax.set(ylabel="sunspot number", xlim=(years[0] - 0.7, years[-1] + 0.7))
    return figure
