"""The picture in the README: how time grows with T, H and B, how memory grows with T, each with its fitted exponent."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, NullLocator

COLOURS = {"course_fast": "#0072B2", "pytorch": "#D55E00", "full": "#D55E00", "fast": "#0072B2", "checkpointed": "#009E73",
           "truncated": "#555555"}
NAMES = {"course_fast": "this course, fast verb", "pytorch": "PyTorch", "full": "full, plain verbs", "fast": "full, fast verb",
         "checkpointed": "checkpointed", "truncated": "truncated, k1 = k2 = 25"}


def exponent(sizes, values):
    """Slope on log axes, from the upper half of the sizes, where fixed costs count for less."""
    upper = len(sizes) // 2
    return np.polyfit(np.log(sizes[upper:]), np.log(values[upper:]), 1)[0]


def draw(rows, machine, path):
    """rows: dicts with "what", "size" and "value", from ``speed.growth``. Writes a PNG."""
    figure = Figure(figsize=(13, 3.9), layout="constrained")
    for axes, (kind, axis) in zip(figure.subplots(1, 4), (("time", "T"), ("time", "H"), ("time", "B"), ("memory", "T"))):
        found = [r for r in rows if r["what"].startswith(f"{kind}, ") and r["size"].startswith(f"{axis}=")]
        for name in dict.fromkeys(r["what"].removeprefix(f"{kind}, ") for r in found):
            own = [r for r in found if r["what"] == f"{kind}, {name}"]
            sizes = np.array([float(r["size"].removeprefix(f"{axis}=")) for r in own])
            values = np.array([r["value"] for r in own]) * (1e3 if kind == "time" else 2.0 ** -20)
            label = f"{NAMES[name]}: ${axis}^{{{exponent(sizes, values):.2f}}}$"
            axes.loglog(sizes, values, "o-", markersize=4, color=COLOURS[name], label=label)
        axes.set_xticks(sizes, [f"{size:.0f}" for size in sizes])
        axes.xaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_minor_formatter(NullFormatter())
        if kind == "memory":
            axes.set_ylim(top=2 ** 10)                      # room for the names
        axes.set_xlabel(axis)
        axes.set_title("CPU time, ms" if kind == "time" else "peak memory, MiB", fontsize=10)
        axes.grid(alpha=0.3)
        axes.legend(fontsize=8, frameon=False)
    figure.suptitle("Forward, cross-entropy, backward in float64; T=100, B=16, D=16, H=64, O=10 but for the axis; one thread\n" + machine,
                    fontsize=8)
    figure.savefig(path, dpi=110)
