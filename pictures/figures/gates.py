"""Figures of lesson 08: a gate and its slope, gradients that fade, the cells, who learns, gates at work."""

import numpy as np
from matplotlib.patches import Circle, FancyBboxPatch

from pictures.canvas import ACCENT, BACKWARD, FORWARD, INK, MUTED, look, picture
from pictures.marks import GREY, SIGNED, apart, arrow, colour_bar, label
from pictures.words import short

PALETTE = {"plain RNN": MUTED, "LSTM": FORWARD, "GRU": ACCENT}


def gate_and_slope(a, s, slope):
    """A gate and its slope over the same pre-activations. a, s, slope: (N,) each."""
    top = int(np.argmax(slope))
    alt = (f"The sigmoid rises from {short(s[0])} to {short(s[-1])}. Its slope is a low hump with a largest "
           f"value of {short(slope[top])} at a = {short(a[top])}; at the ends it is {short(slope[0])} and "
           f"{short(slope[-1])}.")
    figure, ax = picture(7.5, 2.9, alt=alt)
    with look():
        ax.plot(a, s, color=FORWARD)
        ax.plot(a, slope, color=BACKWARD)
        ax.text(1.9, 0.9, "gate $s$", color=FORWARD, ha="right", fontsize=12)
        ax.text(1.4, 0.22, "its slope $s\\,(1-s)$", color=BACKWARD, fontsize=12)
        ax.text(a[0], 0.06, " shut", color=GREY)
        ax.text(a[-1], 0.9, "open ", color=GREY, ha="right", va="top")
        ax.set(xlabel="pre-activation $a$", xlim=(a[0], a[-1]), ylim=(0, 1.04),
               yticks=[0, 0.25, 0.5, 0.75, 1])
    return figure


def by_lag(curves, colours=None, styles=None, ylabel="what is left of the gradient", floor=1e-10,
           top=3):
    """What is left of a gradient after k steps back, one labelled line per curve, on a logarithmic axis.

    curves: dict from a label to values for k = 0, 1, 2, ... colours, styles: dicts from label to a colour, or
    to a line style. floor: the lowest value shown; a curve that falls below it is labelled on its right. top:
    the highest.
    """
    ends = ", ".join(f"{name}: {values[-1]:.0e}" for name, values in curves.items())
    steps = max(map(len, curves.values())) - 1
    figure, ax = picture(8.4, 4.0, alt="What is left of a gradient against steps back, on a logarithmic "
                         f"axis. After {steps} steps: {ends}.")
    with look():
        labels = []
        for name, values in curves.items():
            colour = (colours or {}).get(name, FORWARD)
            values = np.asarray(values)
            ax.plot(np.arange(len(values)), values, color=colour, linestyle=(styles or {}).get(name, "-"))
            seen = np.flatnonzero(values > floor)[-1]
            height = values[seen] if seen == steps else values[seen - 2]        # a falling line: to its right
            labels.append([seen, max(height, 1.6 * floor), name, colour])
        for x, y, name, colour in apart(labels, factor=(top / 3 / floor) ** 0.055):
            label(ax, name, x, y, colour, dx=8, fontsize=11.5)
        ax.set(yscale="log", xlabel="steps back, $k$", ylabel=ylabel, xlim=(0, steps), ylim=(floor, top))
        ax.minorticks_off()
    return figure


def fading(panels, floor=1e-6):
    """How the gradient of a memory fades on its way back, unit by unit: a logarithmic heat map per network.

    panels: dict from a title to gradients (T+1, H), [t] after step t. Each is drawn relative to its largest
    entry at step T. floor: what is smaller is white.
    """
    reached = {name: np.abs(table[0]).max() / np.abs(table[-1]).max() for name, table in panels.items()}
    left = ", ".join(f"{name}: {share:.0e}" for name, share in reached.items())
    alt = ("Heat maps of a gradient on its way back, one row per unit, from the last step at the right. "
           f"What is left at step 0 of the largest: {left}.")
    figure, axes = picture(9.4, 2.9, columns=len(panels), sharex=True, sharey=True, alt=alt)
    with look():
        for ax, (name, table) in zip(axes, panels.items()):
            steps, H = len(table) - 1, table.shape[1]
            sizes = np.clip(np.abs(table) / np.abs(table[-1]).max(), floor, 1)
            image = ax.imshow(np.log10(sizes).T, cmap="Oranges", vmin=np.log10(floor), vmax=0, aspect="auto",
                              interpolation="nearest", extent=(-0.5, steps + 0.5, H + 0.5, 0.5))
            ax.set_title(name, fontsize=11.5)
            ax.set(xlabel="step $t$", xticks=[0, steps // 2, steps],
                   yticks=range(H // 4, H + 1, max(H // 4, 1)))
            ax.tick_params(length=0)
        axes[0].set_ylabel("unit")
        ticks = [np.log10(floor), np.log10(floor) / 2, 0]
        colour_bar(image, axes, ticks, [f"$10^{{{k:.0f}}}$" if k else "1" for k in ticks], "size", aspect=14)
    return figure


class Board:
    """A board for drawings of a cell: boxes, small round operations, arrows and text, without a frame."""

    def __init__(self, width, height, alt):
        self.figure, self.axes = picture(0.93 * width, 0.93 * height, alt=alt)
        self.axes.set(xlim=(0, width), ylim=(0, height), aspect="equal")
        self.axes.axis("off")

    def box(self, x, y, text, colour=FORWARD):
        """A box with text in it."""
        self.axes.add_patch(FancyBboxPatch((x - 0.38, y - 0.24), 0.76, 0.48,
                                           boxstyle="round,pad=0,rounding_size=0.08", facecolor="white",
                                           edgecolor=colour, linewidth=1.8, zorder=2))
        self.text(x, y, text, size=15 if "$" in text else 12.5)

    def operation(self, x, y, text, colour=INK):
        """A small round sign, such as + or ×."""
        self.axes.add_patch(Circle((x, y), 0.19, facecolor="#F1F1F1", edgecolor=colour, linewidth=1.5,
                                   zorder=2))
        self.text(x, y, text, size=14)

    def text(self, x, y, text, colour=INK, size=12.5, **kwargs):
        """Text around (x, y)."""
        self.axes.text(x, y, text, color=colour, fontsize=size, math_fontfamily="cm",
                       **{"ha": "center", "va": "center", "zorder": 3, **kwargs})

    def arrow(self, *points, colour=FORWARD):
        """An arrow along straight pieces through the points."""
        for (x0, y0), (x1, y1) in zip(points[:-2], points[1:-1]):
            self.axes.plot([x0, x1], [y0, y1], color=colour, linewidth=1.6, zorder=1, solid_capstyle="round")
        arrow(self.axes, points[-2], points[-1], colour)

    def dot(self, x, y, colour=FORWARD):
        """Where a way branches."""
        self.axes.add_patch(Circle((x, y), 0.055, color=colour, zorder=2))


def lstm_cell(backward=False):
    """The LSTM cell: the road of the cell state on top, gates below. backward: draw the ways back, too."""
    alt = ("The LSTM cell. The cell state runs along the top, from c before to c: times f, plus i times g. "
           "A branch goes down through tanh and the output gate to h. h before and x feed the four boxes "
           "i, f, g and o.")
    if backward:
        alt += (" Orange arrows run back: along the cell state times f, from h through o and tanh's slope "
                "to c, and through the weights to h before.")
    board = Board(9.6, 4.5 if backward else 4.1, alt)
    way = MUTED if backward else FORWARD
    with look():
        board.text(0.45, 3.7, "$c_{t-1}$", size=16)
        board.text(9.25, 3.7, "$c_t$", size=16)
        board.text(0.45, 0.4, "$h_{t-1}, x_t$", size=16)
        board.text(9.25, 1.2, "$h_t$", size=16)
        for x, y, sign in ((2.2, 3.7, "×"), (4.3, 3.7, "+"), (4.3, 2.5, "×"), (7.4, 1.2, "×")):
            board.operation(x, y, sign)
        for x, gate in ((2.2, "$f_t$"), (3.5, "$i_t$"), (5.1, "$g_t$"), (6.4, "$o_t$")):
            board.box(x, 1.2, gate, ACCENT if gate != "$g_t$" else FORWARD)
            board.arrow((x, 0.4), (x, 0.95), colour=way)
        board.axes.plot([1.2, 6.4], [0.4, 0.4], color=way, linewidth=1.6, zorder=1)
        board.box(7.4, 2.5, "tanh", INK)
        for points in (((0.8, 3.7), (2.0, 3.7)), ((2.4, 3.7), (4.1, 3.7)), ((4.5, 3.7), (8.95, 3.7)),
                       ((2.2, 1.45), (2.2, 3.5)), ((3.5, 1.45), (3.5, 2.5), (4.1, 2.5)),
                       ((5.1, 1.45), (5.1, 2.5), (4.5, 2.5)), ((4.3, 2.7), (4.3, 3.5)),
                       ((7.4, 3.7), (7.4, 2.75)), ((7.4, 2.25), (7.4, 1.4)), ((6.8, 1.2), (7.2, 1.2)),
                       ((7.6, 1.2), (8.95, 1.2))):
            board.arrow(*points, colour=way)
        board.dot(7.4, 3.7, way)
        if backward:
            lstm_ways_back(board)
        else:
            for x, y, words in ((2.35, 2.1, "keep"), (3.65, 1.72, "write"), (6.13, 1.72, "show")):
                board.text(x, y, words, ACCENT, 11.5, ha="left")
    return board.figure


def lstm_ways_back(board):
    """The arrows of the backward pass, with their factors."""
    board.arrow((8.95, 3.98), (0.8, 3.98), colour=BACKWARD)
    board.text(2.2, 4.24, "$f_t$", BACKWARD, 14)
    board.text(6.0, 4.24, "along the cell state: nothing but the forget gate", BACKWARD, 11.5)
    board.arrow((8.95, 1.48), (7.98, 1.48), (7.98, 3.6), colour=BACKWARD)
    board.text(8.08, 2.75, "$o_t\\,(1-\\tanh^2 c_t)$", BACKWARD, 13, ha="left")
    board.arrow((6.4, 0.12), (1.25, 0.12), colour=BACKWARD)
    board.text(6.55, 0.12, "through all four blocks: $W_{hh}^\\top\\, \\partial L/\\partial a_t$", BACKWARD,
               12.5, ha="left")


def gru_cell():
    """The GRU cell: the old state on top, passing everything by; the candidate comes in from below."""
    board = Board(9.6, 3.8, "The GRU cell. The old state runs along the top, times z, plus 1 minus z times "
                  "the candidate n. The past m goes through the reset gate r to the candidate. r and z "
                  "are fed by h before and x.")
    with look():
        board.text(0.45, 3.4, "$h_{t-1}$", size=16)
        board.text(9.25, 3.4, "$h_t$", size=16)
        board.text(0.45, 0.4, "$h_{t-1}, x_t$", size=16)
        for x, y, sign in ((5.6, 3.4, "×"), (7.6, 3.4, "+"), (2.9, 2.2, "×"), (7.6, 2.2, "×")):
            board.operation(x, y, sign)
        for x, name in ((1.7, "$m_t$"), (2.9, "$r_t$"), (5.6, "$z_t$")):
            board.box(x, 1.2, name, ACCENT if name != "$m_t$" else FORWARD)
            board.arrow((x, 0.4), (x, 0.95))
        board.box(4.2, 2.2, "$n_t$")
        board.axes.plot([1.2, 5.6], [0.4, 0.4], color=FORWARD, linewidth=1.6, zorder=1)
        for points in (((0.85, 3.4), (5.4, 3.4)), ((5.8, 3.4), (7.4, 3.4)), ((7.8, 3.4), (8.95, 3.4)),
                       ((5.6, 1.45), (5.6, 3.2)), ((6.0, 1.2), (7.6, 1.2), (7.6, 2.0)),
                       ((7.6, 2.4), (7.6, 3.2)), ((1.7, 1.45), (1.7, 2.2), (2.7, 2.2)),
                       ((2.9, 1.45), (2.9, 2.0)), ((3.1, 2.2), (3.8, 2.2)), ((4.2, 0.4), (4.2, 1.95)),
                       ((4.6, 2.2), (7.4, 2.2))):
            board.arrow(*points)
        board.text(4.3, 0.72, "$x_t$ only", GREY, 12, ha="left")
        board.text(1.6, 0.72, "$h_{t-1}$ only", GREY, 12, ha="right")
        board.text(7.75, 1.5, "$1-z_t$", ACCENT, 13, ha="left")
        board.text(5.75, 2.8, "keep", ACCENT, 11.5, ha="left")
        board.text(3.05, 1.75, "reset", ACCENT, 11.5, ha="left")
    return board.figure


def learned(panels, guess, span=20):
    """Loss curves of several starts, a panel per cell.

    panels: dict from a cell's name to losses, (seeds, updates). guess: the loss of a constant answer. span: a
    mean over so many updates is drawn.
    """
    ends = ", ".join(f"{name}: {np.median(np.asarray(runs)[:, -span:].mean(axis=1)):.1g}"
                     for name, runs in panels.items())
    figure, axes = picture(9.4, 3.2, columns=len(panels), sharey=True, alt="Loss against updates for each "
                           f"cell, several starts. Medians at the end: {ends}. A constant answer has "
                           f"{guess:.3f}.")
    with look():
        for ax, (name, runs) in zip(axes, panels.items()):
            for run in runs:
                smooth = np.convolve(run, np.ones(span) / span, mode="valid")
                ax.plot(np.arange(span, len(run) + 1), smooth, color=PALETTE.get(name, FORWARD),
                        linewidth=1.3)
            ax.axhline(guess, color=INK, linewidth=1, linestyle=":")
            ax.set(yscale="log", xlabel="updates", title=name, ylim=(5e-4, 0.3))
        axes[0].set_ylabel(f"loss, mean of {span}")
        label(axes[0], "dotted: always the same answer", 1, guess, "black", dx=0, dy=14,
              xycoords=("axes fraction", "data"), ha="right", va="baseline", fontsize=10)
    return figure


def gates_at_work(marks, cache, b=0):
    """One sequence through a trained LSTM: marked inputs, the input and forget gates, and the cell state.

    marks: (T,), True at the marked steps. cache: of the forward pass. b: which sequence.
    """
    steps = np.flatnonzero(marks) + 1
    tables = (("input gate $i_t$", cache.i, 0, 1, "Blues"), ("forget gate $f_t$", cache.f, 0, 1, "Greens"),
              ("cell state $c_t$", cache.c[1:], -1, 1, SIGNED))
    figure, axes = picture(9.4, 4.6, rows=3, sharex=True, alt="Heat maps of the input gates, the forget "
                           "gates and the cell states of each unit over the steps of one sequence. The "
                           f"marked steps are {' and '.join(map(str, steps))}.")
    with look():
        for ax, (name, table, low, high, colours) in zip(axes, tables):
            H = table.shape[-1]
            image = ax.imshow(table[:, b].T, cmap=colours, vmin=low, vmax=high, aspect="auto",
                              extent=(0.5, len(marks) + 0.5, H - 0.5, -0.5))
            for step in steps:
                ax.axvline(step - 0.5, color=BACKWARD, linewidth=1.2)
                ax.axvline(step + 0.5, color=BACKWARD, linewidth=1.2)
            ax.set(yticks=range(0, H, 2), ylabel="unit")
            ax.set_title(name, fontsize=11.5)
            ax.tick_params(length=0)
            colour_bar(image, ax, [low, high], aspect=8)
        axes[-1].set_xlabel("step $t$; framed: the marked inputs")
    return figure
