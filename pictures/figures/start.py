"""Figures of lesson 00: the picture on the cover, and the map of the course."""

from pathlib import Path as FilePath

import numpy as np
from matplotlib.patches import Circle, FancyArrowPatch
from matplotlib.path import Path

import helpers
from pictures.canvas import BACKWARD, FORWARD, INK, look, picture
from pictures.graph import COLUMN, LOOKS, board

GAP = 0.66 * COLUMN     # from one state to the next on the cover
HEIGHT = 2.75           # of one network on the cover, in units


def hero(gradients):
    """Unrolled networks with a loss at the end, and how strongly it is felt at each state on the way back.

    gradients: dict from a title to the lengths of dL/dh_0 ... dL/dh_T, (T+1,). One network is drawn for each;
    its thickest arrow stands for its largest number.
    """
    T = max(len(sizes) for sizes in gradients.values()) - 1
    ends = " ".join(f"{title}: from {number(sizes[-1])} at the last state to {number(sizes[0])} at the first."
                    for title, sizes in gradients.items())
    with look():
        graph = board(GAP * (T + 1) + 1.3, HEIGHT * len(gradients),
                      "Unrolled recurrent networks. Blue arrows run forward to the loss L; vermilion arrows "
                      f"carry its gradient back, and over each stands the length of dL/dh. {ends}")
        for row, (title, sizes) in enumerate(gradients.items()):
            draw_row(graph, f"row {row} ", -HEIGHT * row, title, np.asarray(sizes))
        graph.fit(left=0.6, right=0.7, bottom=0.45, top=1.6)
    return graph.figure


def draw_row(graph, row, height, title, sizes):
    """One network: states h_0 ... h_T from left to right, inputs below, the loss at the end, arrows back."""
    T = len(sizes) - 1
    places = [f"{row}h{t}" for t in range(T + 1)] + [row + "L"]
    for t, name in enumerate(places):
        kind = "L" if t > T else "h"
        colour, fill = LOOKS[kind]
        symbol = "$L$" if t > T else f"$h_{t}$"
        graph.node(name, (GAP * t, height), symbol, colour, fill, radius=0.29, size=13)
    for t in range(1, T + 1):
        graph.node(f"{row}x{t}", (GAP * t, height - 0.95), f"$x_{t}$", *LOOKS["x"], radius=0.21, size=10)
        graph.arrow(f"{row}x{t}", places[t])
    strengths = sizes / sizes.max()
    for t, (here, after) in enumerate(zip(places, places[1:])):
        graph.arrow(here, after)
        graph.arrow(after, here, colour=BACKWARD, strength=strengths[t], curve=-0.34)
        graph.text((GAP * (t + 0.5), height + 0.72), number(sizes[t]), BACKWARD, size=15)
    graph.text((-0.3, height + 1.27), title, INK, size=15, ha="left")
    graph.text((GAP * (T + 1) + 0.3, height + 1.27), r"length of $\partial L\,/\,\partial h_t$", BACKWARD,
               size=14, ha="right")


def number(size):
    """Two digits or so, never an exponent."""
    return f"{size:.3f}" if size < 0.1 else f"{size:.2f}" if size < 1 else f"{size:.1f}"


LESSONS = [("Start here", "tools and\nnotation"),
           ("Unrolling", "one network,\nT layers"),
           ("Forward pass", "states, outputs,\nlosses, masks"),
           ("Deriving BPTT", "every gradient,\non paper"),
           ("Coding BPTT", "from a blank cell,\nand proven"),
           ("Training", "sunspots, and\ninvented names"),
           ("Pathologies", "vanishing and\nexploding"),
           ("Truncation", "long sequences,\nless memory"),
           ("Gates", "LSTM and GRU\nby hand"),
           ("Beyond BPTT", "forward mode,\nparallel scans"),
           ("Capstone", "a cell of\nyour own")]
UPPER = 6                       # lessons on the first line; the others come back on the second
STATION, LINE = 1.65, 2.0       # inches between stations, and between the two lines


def minutes():
    """The minutes of every lesson from 00 on: (core, what can wait), (lessons, 2) whole numbers."""
    data = FilePath(helpers.__file__).parent / "data" / "minutes.csv"
    return np.loadtxt(data, delimiter=",", skiprows=1, dtype=int)[:, 1:]


def course_map():
    """The lessons as a path of two lines, and how long each takes; behind a plus, what can wait."""
    times = minutes()
    places = [(STATION * i, 0) if i < UPPER else (STATION * (2 * UPPER - 1 - i), -LINE)
              for i in range(len(LESSONS))]
    (end, _), (last, _) = places[UPPER - 1], places[-1]
    with look():
        figure, axes = picture(STATION * UPPER, 3.6, alt="A path through the course: " + ", ".join(
            f"lesson {i:02d} {title}, {core} minutes" + (f" and {deep} that can wait" if deep else "")
            for i, ((title, _), (core, deep)) in enumerate(zip(LESSONS, times))) + ".")
        axes.set(xlim=(-0.8, end + 0.9), ylim=(-LINE - 1.3, 0.4), aspect="equal")
        axes.axis("off")
        axes.plot([0, end], [0, 0], color=FORWARD, linewidth=5, solid_capstyle="round", zorder=1)
        turn(axes, end)
        axes.plot([last, end], [-LINE, -LINE], color=FORWARD, linewidth=5, solid_capstyle="round", zorder=1)
        for i, ((title, content), (core, deep), place) in enumerate(zip(LESSONS, times, places)):
            time = f"{core} + {deep} minutes" if deep else f"{core} minutes"
            station(axes, *place, f"{i:02d}", title, time, content)
    return figure


def station(axes, x, y, label, title, time, content):
    """One lesson on the map: its number in a circle, its title, time and content below."""
    axes.add_patch(Circle((x, y), 0.27, facecolor="white", edgecolor=FORWARD, linewidth=2.5, zorder=2))
    axes.text(x, y, label, color=INK, fontsize=12, ha="center", va="center_baseline", zorder=3)
    axes.text(x, y - 0.5, title, color=INK, fontsize=11.5, weight="bold", ha="center", va="center")
    axes.text(x, y - 0.73, time, color=FORWARD, fontsize=10.5, ha="center", va="center")
    for i, line in enumerate(content.splitlines()):
        axes.text(x, y - 1.02 - 0.19 * i, line, color="#555555", fontsize=10.5, ha="center")


def turn(axes, x):
    """The bend from the end of the first line to the start of the second."""
    out = 0.8
    path = Path([(x + 0.27, 0), (x + out, 0), (x + out, -0.5), (x + out, -LINE / 2), (x + out, -LINE + 0.5),
                 (x + out, -LINE), (x + 0.27, -LINE)],
                [Path.MOVETO, Path.CURVE3, Path.CURVE3, Path.LINETO, Path.LINETO, Path.CURVE3, Path.CURVE3])
    axes.add_patch(FancyArrowPatch(path=path, arrowstyle="-", color=FORWARD, linewidth=5, zorder=1))
