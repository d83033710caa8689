"""Figures of lesson 07: windows, what they reach, what is cut, what that costs, and checkpoints."""

import numpy as np
from matplotlib.patches import Rectangle

from pictures.canvas import ACCENT, BACKWARD, FORWARD, INK, MUTED, look, picture
from pictures.graph import blend
from pictures.marks import GONE, GREY, REACHED, arrow, label, without_frame

COLOURS = [FORWARD, BACKWARD, ACCENT]


def windows(panels, T):
    """The windows over a sequence, one row per window, one panel per choice of k1 and k2.

    panels: dict from a title to a list of ``truncated.Window``. T: steps of the sequence.
    """
    rows = [len(found) for found in panels.values()]
    alt = "Windows over a sequence, one row per window. " + " ".join(
        f"{title}: {len(found)} windows, the last over steps {found[-1].start + 1} to {found[-1].stop}."
        for title, found in panels.items())
    figure, axes = picture(9.4, 0.34 * sum(rows) + 0.75 * len(panels) + 0.35, rows=len(panels), sharex=True,
                           squeeze=False, height_ratios=[row + 1.2 for row in rows], alt=alt)
    with look():
        for ax, (title, found) in zip(axes[:, 0], panels.items()):
            for row, window in enumerate(found):
                draw_window(ax, window, row)
            ax.set_title(title)
            ax.set(xlim=(-0.1, T + 0.1), ylim=(len(found) - 0.35, -0.65), yticks=[])
            ax.set_xticks(np.arange(T) + 0.5, range(1, T + 1))
            ax.tick_params(labelbottom=True)
            without_frame(ax)
        axes[-1, 0].set_xlabel("step   (dark: its loss is sent back in this window; pale: only passed on "
                               "the way back;   |  the cut)")
    return figure


def draw_window(ax, window, row):
    """One row: pale cells for old steps, strong ones for new steps, the cut, and the way back."""
    start, first, stop, _ = window
    for step in range(start, stop):
        new = step >= first
        ax.add_patch(Rectangle((step + 0.04, row - 0.27), 0.92, 0.54, linewidth=0,
                               facecolor=blend(BACKWARD, 0.85 if new else 0.22)))
    colour, width = (MUTED, 1.2) if start == 0 else (INK, 3)
    ax.plot([start, start], [row - 0.4, row + 0.4], color=colour, linewidth=width)
    arrow(ax, (stop - 0.3, row), (start + 0.12, row), INK, head=10, width=1.1)


def reach(panels):
    """Which loss reaches which state, one grid per choice. panels: dict from a title to booleans (T, T)."""
    alt = "Grids of losses against states, filled where the loss reaches the state. " + " ".join(
        f"{title}: {int(grid.sum())} of {len(grid) * (len(grid) + 1) // 2} pairs."
        for title, grid in panels.items())
    figure, axes = picture(3.2 * len(panels), 3.5, columns=len(panels), squeeze=False, alt=alt)
    with look():
        for ax, (title, grid) in zip(axes[0], panels.items()):
            T = len(grid)
            for t, s in np.argwhere(np.tri(T, dtype=bool)):
                ax.add_patch(Rectangle((s + 0.06, t + 0.06), 0.88, 0.88, linewidth=0,
                                       facecolor=REACHED if grid[t, s] else GONE))
            ticks = np.arange(0, T, 2 if T > 8 else 1)
            ax.set(xlim=(0, T), ylim=(T, 0), aspect="equal", xlabel="state $h_s$", xticks=ticks + 0.5,
                   yticks=ticks + 0.5)
            ax.set_xticklabels(ticks + 1)
            ax.set_yticklabels(ticks + 1)
            without_frame(ax)
            ax.set_title(title)
        axes[0, 0].set_ylabel("loss $L_t$")
    return figure


def cut_or_forgotten(carried, reset, starts):
    """One unit's state where it is carried, and where it is set to zero at the start of each piece.

    carried, reset: (T+1,). starts: the steps after which a piece begins.
    """
    ends = [*starts[1:], len(carried) - 1]
    met = [abs(carried[end] - reset[end]) < 0.01 for start, end in zip(starts, ends) if start]
    again = "some steps later they have" if all(met) else f"in {sum(met)} of {len(met)} pieces they have"
    figure, ax = picture(9.4, 2.7, alt="A unit's state over time, twice: carried through, and set to zero "
                         f"at each piece's start. After each start the two differ; {again} met again.")
    with look():
        for start in starts:
            ax.axvline(start, color=MUTED, linewidth=1, linestyle=":")
        ax.axhline(0, color="#DDDDDD", linewidth=1, zorder=0)
        for start, end in zip(starts, ends):
            steps = np.arange(start, end + 1)
            values = np.concatenate([[0.0], reset[start + 1:end + 1]]) if start else reset[:end + 1]
            ax.plot(steps, values, color=ACCENT, linewidth=1.6, marker="s", markersize=4)
        ax.plot(carried, color=FORWARD, linewidth=1.6, marker="o", markersize=4)
        ax.text(0.0, 1.04, "● carried: the gradient may be cut, the state is not", transform=ax.transAxes,
                color=FORWARD)
        ax.text(0.52, 1.04, "■ reset at each dotted line", transform=ax.transAxes, color=ACCENT)
        ax.set(xlabel="step", ylabel="one unit of $h_t$", xticks=[*starts, len(carried) - 1],
               ylim=(-1.1, 1.1), yticks=[-1, 0, 1])
        ax.margins(x=0.01)
    return figure


def times_counted(panels):
    """How often each step's loss is sent back. panels: dict from a title to counts (T,)."""
    figure, axes = picture(9.4, 2.5, columns=len(panels), sharey=True, squeeze=False,
                           alt="Bars: how often each step's loss is counted. "
                           + " ".join(f"{title}: {', '.join(str(int(n)) for n in counts)}."
                                      for title, counts in panels.items()))
    with look():
        for ax, (title, counts) in zip(axes[0], panels.items()):
            steps = np.arange(1, len(counts) + 1)
            ax.bar(steps, counts, color=BACKWARD, width=0.75)
            ax.axhline(1, color=INK, linewidth=1.2)
            ax.set_title(title)
            ax.set(xlabel="step", xticks=steps[::2] if len(steps) > 8 else steps)
        axes[0, 0].set_ylabel("times counted")
        axes[0, 0].set_yticks(range(int(max(counts.max() for counts in panels.values())) + 1))
    return figure


def bias_by_window(k2, measures, delay):
    """Cosine and length of the truncated gradient against the full one, for several networks and seeds.

    k2: (N,). measures: dict from a network to {"cosine": (seeds, N), "length": (seeds, N)}. delay: in steps.
    """
    alt = "Cosine and relative length of the truncated gradient against k2. " + " ".join(
        f"{name}: at k2 = {k2[1]} the median cosine is {np.median(found['cosine'], axis=0)[1]:.2f}."
        for name, found in measures.items())
    figure, axes = picture(9.4, 3.4, columns=2, sharex=True, alt=alt)
    with look():
        for ax, what in zip(axes, ("cosine", "length")):
            ax.axhline(1, color=MUTED, linewidth=1, linestyle=":")
            ax.axvline(delay + 1, color=MUTED, linewidth=1, linestyle=":")
            for colour, found in zip(COLOURS, measures.values()):
                ax.plot(k2, found[what].T, color=colour, linewidth=0.9, alpha=0.45)
                ax.plot(k2, np.median(found[what], axis=0), color=colour, linewidth=2.2)
            ax.set(xscale="log", xlabel="$k_2$")
            ax.set_xticks(k2, [str(k) for k in k2])
            ax.minorticks_off()
        axes[0].set_title("cosine with the full gradient")
        axes[1].set_title("length, relative to the full gradient")
        axes[0].set_ylim(0.2, 1.03)
        axes[1].set_ylim(0, 1.7)
        label(axes[0], f"delay + 1 = {delay + 1}", delay + 1, 0.22, GREY, dx=5, va="baseline", fontsize=10)
        for i, (colour, name) in enumerate(zip(COLOURS, measures)):
            axes[0].text(0.98, 0.34 - 0.1 * i, name, transform=axes[0].transAxes, color=colour, ha="right")
    return figure


def share_by_lag(shares, delay):
    """How much of the full gradient comes from each lag. shares: dict from a network to (seeds, lags)."""
    figure, axes = picture(9.4, 2.9, columns=len(shares), sharey=True, squeeze=False,
                           alt="Bars: the share of the full gradient by lag. " + " ".join(
                               f"{name}: the first two lags hold {np.median(found[:, :2].sum(axis=1)):.2f}."
                               for name, found in shares.items()))
    with look():
        for ax, colour, (name, found) in zip(axes[0], COLOURS, shares.items()):
            lags = np.arange(found.shape[1])
            ax.axvline(delay, color=MUTED, linewidth=1, linestyle=":")
            ax.axhline(0, color=MUTED, linewidth=1)
            ax.bar(lags, np.median(found, axis=0), color=colour, alpha=0.45, width=0.8)
            for row in found:
                ax.plot(lags, row, color=colour, linewidth=0, marker="o", markersize=3.5)
            ax.set_title(name)
            ax.set(xlabel="lag", xticks=lags[::2])
        axes[0, 0].set_ylabel("share of the gradient")
        label(axes[0, 0], "the delay", delay, 0.93, GREY, dx=5, va="baseline", fontsize=10,
              xycoords=("data", "axes fraction"))
    return figure


def bias_and_noise(counts, errors):
    """Distance from the true gradient against the number of sequences that are averaged.

    counts: (N,). errors: dict from a label to (draws, N), relative to the true gradient's length.
    """
    alt = "Error of the gradient against the number of sequences, both axes logarithmic. " + " ".join(
        f"{name} ends at {np.median(found, axis=0)[-1]:.2g}." for name, found in errors.items())
    figure, ax = picture(7.6, 3.6, alt=alt)
    with look():
        for colour, (name, found) in zip(COLOURS, errors.items()):
            middle = np.median(found, axis=0)
            ax.plot(counts, middle, color=colour)
            ax.plot(counts, found.T, color=colour, linewidth=0, marker="o", markersize=3.5, alpha=0.5)
            label(ax, name, counts[-1], middle[-1], colour, dx=8)
        ax.set(xscale="log", yscale="log", xlabel="sequences averaged", ylabel="error, relative")
        ax.set_xticks(counts, [f"{n:,}" for n in counts])
        ticks = [0.05, 0.1, 0.2, 0.5, 1]
        ax.set(ylim=(0.04, 1.6), yticks=ticks, yticklabels=map(str, ticks))
        ax.minorticks_off()
    return figure


def random_cuts(c, spread, bias):
    """Cuts at random: the spread of the gradient with the factors, and its bias without them.

    c: probabilities of a cut (N,). spread, bias: dicts from a number of steps to (N,), relative to the full
    gradient's length.
    """
    at = len(c) // 2
    alt = "Spread and bias of a gradient with random cuts against the probability of a cut. " + " ".join(
        f"{T} steps: at c = {c[at]:g} the spread is {spread[T][at]:.2g}, the bias {bias[T][at]:.2g}."
        for T in spread)
    figure, axes = picture(9.0, 3.6, columns=2, alt=alt)
    with look():
        for ax, found, title in zip(axes, (spread, bias), ("with factors: spread, bias 0",
                                                           "without factors: bias")):
            for colour, (T, values) in zip(COLOURS, found.items()):
                ax.plot(c, values, color=colour, marker="o", markersize=3.5)
                if found is spread:
                    label(ax, f"{T} steps", c[-1], values[-1], colour, dx=8)
            ax.set_title(title)
            ax.set(xlabel="probability of a cut, $c$", xticks=[0.1, 0.2, 0.3, 0.4, 0.5], ylim=(0, None))
            ax.margins(x=0.14)
        axes[0].set_ylabel("relative to the full gradient")
    return figure


def learned_by_window(panels, k2, limit):
    """Which seeds learn, against the window: a dot per seed, above if its loss at the end is below the limit.

    panels: dict from a title to losses (windows, seeds). k2: dict from title to its windows.
    """
    figure, axes = picture(9.4, 2.6, columns=len(panels), sharey=True, squeeze=False,
                           alt="Which seeds learn, against the window's length. " + " ".join(
                               f"{title}: " + ", ".join(f"k {k}: {np.sum(row < limit)} of {len(row)}"
                                                        for k, row in zip(k2[title], found)) + "."
                               for title, found in panels.items()))
    with look():
        for ax, (title, found) in zip(axes[0], panels.items()):
            for place, row in enumerate(found < limit):
                jitter = np.linspace(-0.24, 0.24, len(row))
                for learned, colour in ((True, ACCENT), (False, BACKWARD)):
                    dots = jitter[row == learned]
                    ax.plot(place + dots, np.full(len(dots), learned), color=colour, linewidth=0, marker="o",
                            markersize=6.5)
            ax.set_xticks(range(len(found)), [str(k) for k in k2[title]])
            ax.set(xlabel="$k_1 = k_2$", ylim=(-0.6, 1.6), xlim=(-0.5, len(found) - 0.5), title=title)
        axes[0, 0].set_yticks([0, 1], ["does not learn", "learns"])
    return figure


def carried_against_reset(k, losses):
    """Validation loss of training with a carried and with a reset state, one dot per seed.

    k: the lengths of the pieces. losses: dict from a label to (lengths, seeds).
    """
    figure, ax = picture(7.8, 3.3, alt="Validation loss against the length of the pieces. " + " ".join(
        f"{name}: " + ", ".join(f"k {length}: {np.median(row):.2f}" for length, row in zip(k, found)) + "."
        for name, found in losses.items()))
    with look():
        for i, (colour, (name, found)) in enumerate(zip(COLOURS, losses.items())):
            places = np.log2(k) + 0.09 * (i - 1)
            ax.plot(places, np.median(found, axis=1), color=colour, linewidth=1.6)
            ax.plot(places, found, color=colour, linewidth=0, marker="o", markersize=5, alpha=0.65)
            ax.text(0.98, 0.95 - 0.1 * i, name, transform=ax.transAxes, color=colour, ha="right", va="top")
        ax.set_xticks(np.log2(k), [str(length) for length in k])
        ax.set(xlabel="$k_1 = k_2$, letters in a piece (logarithmic)", ylabel="nats per letter")
        ax.margins(y=0.12)
    return figure


def checkpoint_scheme(T, segments, current):
    """What is in memory while a segment is sent back. segments: slices of range(T). current: its index."""
    figure, ax = picture(9.4, 1.9, alt=f"A sequence of {T} steps in {len(segments)} segments. A checkpoint "
                         f"stands before each; only the states of segment {current + 1} are in memory; "
                         "what comes after it has been sent back already.")
    with look():
        for number, piece in enumerate(segments):
            for step in range(piece.start, piece.stop):
                face = blend(FORWARD, 0.75) if number == current else "white"
                ax.add_patch(Rectangle((step + 0.14, 0.1), 0.72, 0.6, facecolor=face, edgecolor="#BBBBBB",
                                       linewidth=1))
            if number <= current:
                ax.add_patch(Rectangle((piece.start - 0.09, 0.02), 0.18, 0.76, facecolor=ACCENT, linewidth=0,
                                       zorder=3))
            colour = BACKWARD if number >= current else MUTED
            begin, end = piece.start + 0.25, piece.stop - 0.1
            if number >= current:
                begin, end = end, piece.start + 0.1
            arrow(ax, (begin, 1.05), (end, 1.05), colour, head=13)
        here = segments[current]
        ax.text((here.start + here.stop) / 2, 1.22, "run again, now sent back", ha="center", color=BACKWARD)
        if current + 1 < len(segments):
            ax.text((here.stop + T) / 2, 1.22, "sent back already", ha="center", color=BACKWARD)
        if current:
            ax.text(here.start / 2, 1.22, "run once, states forgotten", ha="center", color=GREY)
        ax.text(-0.1, -0.32, "green: a checkpoint, one state;   blue: all that the backward pass needs, for "
                "one segment", color=INK)
        ax.set(xlim=(-0.3, T + 0.1), ylim=(-0.6, 1.55))
        ax.axis("off")
    return figure


def memory_by_length(T, memory, fits):
    """Peak memory against T, measured, with fitted power laws.

    T: (N,). memory: dict from a way to MB (N,). fits: dict from a way to (M, c, p) of M + c T^p; a way
    without one is a dashed line.
    """
    alt = "Peak memory against the number of steps, both axes logarithmic. " + " ".join(
        f"{way}: {values[-1]:.0f} MB at T = {int(T[-1])}"
        + (f", exponent {fits[way][2]:.2f}." if way in fits else ".") for way, values in memory.items())
    figure, ax = picture(7.8, 3.8, alt=alt)
    with look():
        for colour, (way, values) in zip((INK, BACKWARD, ACCENT), memory.items()):
            ax.plot(T, values, color=colour, linewidth=0, marker="o", markersize=6)
            if way in fits:
                fixed, c, p = fits[way]
                fine = np.geomspace(T[0], T[-1], 100)
                ax.plot(fine, fixed + c * fine ** p, color=colour, linewidth=1.5)
            else:
                ax.plot(T, values, color=colour, linewidth=1.5, linestyle="--")
        for (way, values), colour, up in zip(memory.items(), (INK, BACKWARD, ACCENT), (0, 9, -9)):
            label(ax, way, T[-1], values[-1], colour, dx=9, dy=up)
        ax.set(xscale="log", yscale="log", xlabel="steps $T$", ylabel="peak memory, MB")
        ax.set_xticks(T, [f"{int(t):,}" for t in T])
        ax.set_yticks([1, 10, 100, 1000], ["1", "10", "100", "1000"])
        ax.minorticks_off()
    return figure
