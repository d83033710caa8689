"""The picture in the README: how time grows with T, H and B, how memory grows with T,
each with its fitted exponent."""

import numpy as np
from matplotlib.ticker import NullFormatter, NullLocator

from pictures.canvas import ACCENT, BACKWARD, FORWARD, INK, MUTED, look, picture

LINES = {"course_fast": (FORWARD, "this course, fast"), "pytorch": (BACKWARD, "PyTorch"),
         "full": (BACKWARD, "full BPTT, plain"),
         "fast": (FORWARD, "full BPTT, fast"), "checkpointed": (ACCENT, "checkpointed"),
         "truncated": (MUTED, "truncated, k₁ = k₂ = 25")}
PANELS = (("time", "T", "time steps T"), ("time", "H", "hidden units H"), ("time", "B", "sequences B"),
          ("memory", "T", "time steps T"))
FITTED = 3      # the largest sizes, where fixed costs count for least


def exponent(sizes, values):
    """Slope on log axes over the largest sizes."""
    return np.polyfit(np.log(sizes[-FITTED:]), np.log(values[-FITTED:]), 1)[0]


def draw(rows, machine, path):
    """rows: dicts with "what", "size" and "value", from ``speed.growth``. Writes a PNG."""
    figure, columns = picture(13.6, 4.4, columns=4, alt="")
    with look():
        for axes, (kind, axis, name) in zip(columns, PANELS):
            found = [r for r in rows if r["what"].startswith(f"{kind}, ")
                     and r["size"].startswith(f"{axis}=")]
            for place, line in enumerate(dict.fromkeys(r["what"].removeprefix(f"{kind}, ") for r in found)):
                own = [r for r in found if r["what"] == f"{kind}, {line}"]
                sizes = np.array([float(r["size"].removeprefix(f"{axis}=")) for r in own])
                values = np.array([r["value"] for r in own]) * (1e3 if kind == "time" else 2.0 ** -20)
                colour, words = LINES[line]
                axes.loglog(sizes, values, "o-", markersize=4, color=colour)
                axes.text(0.03, 0.98 - 0.08 * place, f"{words}: ${axis}^{{{exponent(sizes, values):.2f}}}$",
                          color=colour, va="top", transform=axes.transAxes)
            axes.set_xticks(sizes, [f"{size:.0f}" for size in sizes])
            axes.xaxis.set_minor_locator(NullLocator())
            axes.yaxis.set_minor_formatter(NullFormatter())
            low, high = axes.get_ylim()
            axes.set(xlabel=name, ylim=(low, high * (high / low) ** 0.4),          # room for the names
                     title="CPU time, ms" if kind == "time" else "peak memory, MiB")
        figure.supxlabel("Forward, cross-entropy and backward in float64, one thread. "
                         "T = 100, B = 16, D = 16, H = 64, O = 10, but for the axis. "
                         f"Exponents: the {FITTED} largest sizes.\n{machine}", fontsize=8, color=INK)
    path.write_bytes(figure.png())
