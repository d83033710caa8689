"""Figures of lesson 09: one system solved in two directions, memory, costs, rounds of a scan, estimates."""

import numpy as np
from matplotlib.patches import Rectangle

from pictures.canvas import ACCENT, BACKWARD, FORWARD, INK, MUTED, look, picture
from pictures.marks import GREY, SIGNED, arrow, label
from pictures.words import listing

METHODS = {"BPTT": BACKWARD, "block solve": "#E69F00", "RTRL": FORWARD, "forward mode": "#56B4E9"}
SCANS = {"loop": INK, "doubling": FORWARD, "halving": ACCENT}


def block_matrices(A, H):
    """The matrix A of the linearised network and its transpose, with the direction in which each is solved.

    A: (T*H, T*H). H: the size of a block.
    """
    T, limit = len(A) // H, np.abs(A).max()
    figure, axes = picture(9.0, 4.3, columns=2, alt=f"Two square matrices of {T} by {T} blocks. Left: A, "
                           "with ones on the diagonal and coloured blocks below it; an arrow points down. "
                           "Right: its transpose, with the blocks above the diagonal; an arrow points up.")
    with look():
        for ax, table, colour, title, ends in (
                (axes[0], A, FORWARD, r"$A$: solved from the first row down", (0.0, 1.0)),
                (axes[1], A.T, BACKWARD, r"$A^{\!\!\top}\!$: solved from the last row up", (1.0, 0.0))):
            ax.imshow(table, cmap=SIGNED, vmin=-limit, vmax=limit, aspect="equal")
            for edge in np.arange(1, T) * H - 0.5:
                ax.axhline(edge, color="#DDDDDD", linewidth=0.8)
                ax.axvline(edge, color="#DDDDDD", linewidth=0.8)
            centres = np.arange(T) * H + (H - 1) / 2
            ax.set(xticks=centres, yticks=centres)
            ax.set_xticklabels([str(t) for t in range(1, T + 1)])
            ax.set_yticklabels([str(t) for t in range(1, T + 1)])
            ax.tick_params(length=0)
            ax.spines[:].set_color("#BBBBBB")
            ax.spines[:].set_visible(True)
            start, end = (T * H * (0.04 + 0.92 * (part)) - 0.5 for part in ends)
            arrow(ax, (T * H + 0.7, start), (T * H + 0.7, end), colour, head=18, width=2.2, clip_on=False)
            ax.set(xlabel="step", ylabel="step")
            ax.set_title(title, math_fontfamily="cm")
    return figure


def stored_numbers(steps, stored, crossing):
    """How many numbers each way keeps after t steps.

    steps: (N,). stored: dict from name to (N,). crossing: the t where BPTT overtakes RTRL.
    """
    rising = [name for name, numbers in stored.items() if numbers[-1] > numbers[0]]
    level = [name for name in stored if name not in rising]
    alt = (f"Numbers in memory against steps seen, both axes logarithmic. {listing(rising)} rise in straight "
           f"lines. {listing(level)} stay level. BPTT crosses RTRL's line after {crossing} steps.")
    figure, ax = picture(7.5, 3.6, alt=alt)
    with look():
        for name, numbers in stored.items():
            ax.plot(steps, numbers, color=METHODS[name])
            label(ax, name, steps[-1], numbers[-1], INK)
        ax.axvline(crossing, color=MUTED, linewidth=1, linestyle=":")
        ax.set(xscale="log", yscale="log", xlabel="steps seen, $t$", ylabel="numbers kept",
               xlim=(steps[0], steps[-1]))
        ax.minorticks_off()
        label(ax, f"$t$ = {crossing}", crossing, ax.get_ylim()[1], GREY, dx=5, dy=-12, va="baseline")
    return figure


def measured_costs(rows):
    """Measured CPU seconds of each way to the gradient, against T and against H.

    rows: of ``datasets.measured("exact_gradients")``.
    """
    seconds = [row for row in rows if row.get("varied") and row["quantity"] == "seconds"]
    times = {varied: {name: np.array([(row[varied], row["value"], row[other]) for row in seconds
                                      if row["method"] == name and row["varied"] == varied]).T
                      for name in METHODS} for varied, other in ("TH", "HT")}
    steepest = max(METHODS, key=lambda name: np.polyfit(*np.log(times["H"][name][:2]), 1)[0])
    slowest, largest = (max(METHODS, key=lambda name: max(found[name][k].max() for found in times.values()))
                        for k in (1, 0))
    alt = ("CPU seconds against the number of steps T, left, and against the number of hidden units H, "
           f"right, on logarithmic axes. Against H the steepest is {steepest}. The longest time is that of "
           f"{slowest}; the largest sizes are those of {largest}.")
    figure, axes = picture(9.4, 3.9, columns=2, sharey=True, alt=alt)
    with look():
        for ax, (varied, found) in zip(axes, times.items()):
            for name, colour in METHODS.items():
                sizes, seconds, fixed = found[name]
                other = "T" if varied == "H" else "H"
                ax.plot(sizes, seconds, color=colour, marker="o", markersize=4.5)
                lowest = name == "BPTT"
                end, up, ha, va = (0, -8, "left", "top") if lowest else (-1, 7, "right", "bottom")
                label(ax, f"{name}\n${other} = {fixed[0]:.0f}$", sizes[end], seconds[end], INK, dx=0, dy=up,
                      ha=ha, va=va, fontsize=10.5)
            ax.set(xscale="log", yscale="log", xlabel=f"${varied}$", ylim=(3e-4, 10))
            ax.minorticks_off()
        axes[0].set_ylabel("CPU seconds")
        axes[0].set_title("longer sequences")
        axes[1].set_title("more units")
    return figure


def scan_rounds(histories, T):
    """Which steps are put together in which round.

    histories: dict from a scan's name to its rounds; a round is a list of (start, middle, stop): steps
    start ... middle and middle + 1 ... stop become one. T: number of steps.
    """
    counts = ", ".join(f"{name}: {sum(map(len, rounds))} in {len(rounds)} rounds"
                       for name, rounds in histories.items())
    figure, axes = picture(9.4, 3.9, columns=len(histories), sharey=True, alt=f"Dots in {T} columns, one row "
                           f"per round, with lines for what is combined. Combinations: {counts}.")
    deepest = max(map(len, histories.values()))
    with look():
        for ax, (name, rounds) in zip(axes, histories.items()):
            latest = np.zeros(T + 1)
            ax.plot(np.arange(1, T + 1), np.zeros(T), "o", color=MUTED, markersize=5)
            for i, of_round in enumerate(rounds, 1):
                for _, middle, stop in of_round:
                    for source in (middle, stop):
                        ax.plot([source, stop], [-latest[source], -i], color=SCANS[name], linewidth=1.1,
                                alpha=0.75, zorder=1)
                for start, _, stop in of_round:
                    latest[stop] = i
                    finished = start == 1
                    face = SCANS[name] if finished else "white"
                    ax.plot(stop, -i, "o", color=SCANS[name], markerfacecolor=face, markersize=6)
            ax.set_title(f"{name}: {sum(map(len, rounds))} combinations,\n{len(rounds)} rounds")
            ax.set(xlabel="step", xticks=[1, T // 2, T], ylim=(-deepest - 0.6, 0.6))
            ax.set_yticks(-np.arange(0, deepest + 1, 3), [str(i) for i in range(0, deepest + 1, 3)])
        axes[0].set_ylabel("round")
    return figure


def measured_scans(rows):
    """Measured CPU seconds of forward and backward through linear recurrences, by the loop and by two scans.

    rows: of ``datasets.measured("exact_gradients")``.
    """
    structures = list(dict.fromkeys(row["structure"] for row in rows if row["part"] == "scan"))
    seconds = [row for row in rows if row["part"] == "scan" and row["quantity"] == "seconds"]
    times = {structure: {name: np.array([(row["T"], row["value"]) for row in seconds
                                         if row["method"] == name and row["structure"] == structure])
                         for name in SCANS} for structure in structures}
    longest = int(max(row["T"] for row in seconds))
    ratios = "; ".join(f"{structure}: " + listing(
        f"{found['loop'][-1, 1] / found[scan][-1, 1]:.2g} times that of {scan}" for scan in list(SCANS)[1:])
        for structure, found in times.items())
    alt = ("CPU seconds against T for a loop and two scans, a panel for each structure. At T = "
           f"{longest} the loop's time is: {ratios}.")
    figure, axes = picture(9.4, 3.5, columns=len(structures), sharey=True, sharex=True, alt=alt)
    with look():
        for ax, (structure, found) in zip(axes, times.items()):
            for name, colour in SCANS.items():
                ax.plot(*found[name].T, color=colour, marker="o", markersize=4, label=name)
            ax.set(xscale="log", yscale="log", xlabel="$T$")
            ax.minorticks_off()
            ax.set_title(structure)
        axes[0].set_ylabel("CPU seconds, both directions")
        axes[0].legend(fontsize=10)
    return figure


def estimates(draws, errors, spread):
    """How far the average of UORO's estimates is from the gradient, against the number of estimates.

    draws: (N,). errors: (seeds, N), relative to the gradient's length. spread: root mean square error of one.
    """
    near = np.abs(np.log(np.median(errors, axis=0) * np.sqrt(draws) / spread)).max() < np.log(2)
    falling = "falling " if (errors[:, -1] < errors[:, 0]).all() else ""
    alt = (f"Error of the averaged estimate against the number of estimates, logarithmic axes: {len(errors)} "
           f"{falling}lines {'close to' if near else 'away from'} a dotted line that falls like one over "
           "the square root.")
    figure, ax = picture(7.2, 3.5, alt=alt)
    with look():
        ax.plot(draws, spread / np.sqrt(draws), color=INK, linestyle=":", linewidth=1.6,
                label="spread of one estimate / root of the number")
        for i, error in enumerate(errors):
            ax.plot(draws, error, color=FORWARD, alpha=0.7, linewidth=1.3, marker="o", markersize=3.5,
                    label="average, five seeds" if i == 0 else None)
        for high, words in ((1, "as long as the gradient itself"), (0.1, "10 % of its length")):
            ax.axhline(high, color=MUTED, linewidth=1)
            label(ax, words, draws[-1], high, GREY, dx=0, dy=4, ha="right", va="baseline", fontsize=10)
        ax.set(xscale="log", yscale="log", xlabel="estimates in the average", ylabel="relative error")
        ax.minorticks_off()
        ax.legend(fontsize=10, loc="lower left")
    return figure


def newton_rounds(exponents, rounds, most):
    """How many rounds Newton's method takes, against the largest Lyapunov exponent of the network.

    exponents: (N,). rounds: dict from a number of steps to (N,), at most ``most``, after which the method was
    stopped: such networks are drawn empty.
    """
    words = listing(f"{T} steps: {found[exponents < 0].min()} to {found[exponents < 0].max()} rounds below "
                    f"zero, {found[exponents > 0].min()} to {found[exponents > 0].max()} above"
                    for T, found in rounds.items())
    figure, ax = picture(8.0, 3.9, alt="Rounds against the largest Lyapunov exponent, a dot per network, for "
                         f"sequences of two lengths. {words}. Stopped after {most}.")
    with look():
        ax.axvline(0, color=INK, linewidth=1)
        for (T, found), colour, marker, large in zip(rounds.items(), (FORWARD, ACCENT), "os", (5, 9)):
            done = found < most
            ax.plot(exponents[done], found[done], marker, color=colour, markersize=large, label=f"T = {T}",
                    zorder=10 - large)
            ax.plot(exponents[~done], found[~done], marker, color=colour, markersize=large,
                    markerfacecolor="white")
        ax.set(yscale="log", xlabel="largest Lyapunov exponent", ylabel="rounds", ylim=(2, 1.5 * most))
        ax.set_yticks([3, 5, 10, 20, most], ["3", "5", "10", "20", f"{most}: stopped"])
        ax.minorticks_off()
        ax.legend(loc="upper left", fontsize=10)
    return figure


def graph_of(steps):
    """The graph that an autograd engine keeps for steps of a tanh network: values forward, gradients back."""
    boxes = ["@ W_hh.T", "+", "tanh"]
    figure, ax = picture(9.2, 2.4, alt=f"A row of boxes for {steps} steps: product, sum, tanh, each with a "
                         "blue arrow forward and a vermilion arrow back. The weight above sends an arrow "
                         "into every product, and gets one back from each.")
    pitch, width = 1.65 * len(boxes), 1.15
    shared = (steps - 1) * pitch / 2 + width / 2                # the weight stands above the middle
    with look():
        place = 0.0
        ax.text(shared, 1.3, "W_hh", ha="center", va="center", fontsize=11, family="monospace")
        ax.text(-0.27, -0.5, "$h_0$", ha="center", va="center", fontsize=14)
        for t in range(1, steps + 1):
            first = place
            for words in boxes:
                ax.add_patch(Rectangle((place, -0.28), width, 0.56, facecolor="white", edgecolor=FORWARD,
                                       linewidth=1.6))
                ax.text(place + width / 2, 0, words, ha="center", va="center", fontsize=11,
                        family="monospace")
                arrow(ax, (place - 0.5, 0.12), (place - 0.02, 0.12), FORWARD, head=11, width=1.5)
                arrow(ax, (place - 0.02, -0.12), (place - 0.5, -0.12), BACKWARD, head=11, width=1.5)
                place += 1.65
            ax.text(place - 0.27, -0.5, f"$h_{t}$", ha="center", va="center", fontsize=14)
            side = np.sign(first + width / 2 - shared)
            arrow(ax, (shared + 0.5 * side - 0.08, 1.3 - 0.2), (first + width / 2 - 0.15, 0.3), FORWARD,
                  head=11, width=1.5)
            arrow(ax, (first + width / 2 + 0.15, 0.3), (shared + 0.5 * side + 0.12, 1.3 - 0.2), BACKWARD,
                  head=11, width=1.5)
        arrow(ax, (place - 0.5, 0.12), (place - 0.02, 0.12), FORWARD, head=11, width=1.5)
        arrow(ax, (place - 0.02, -0.12), (place - 0.5, -0.12), BACKWARD, head=11, width=1.5)
        ax.set(xlim=(-0.7, place + 0.2), ylim=(-0.68, 1.45))
        ax.axis("off")
    return figure
