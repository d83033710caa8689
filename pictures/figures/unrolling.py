"""Figures of lesson 01: the folded and the unrolled network, counting, the gradient as a sum over copies."""

import numpy as np
from matplotlib.patches import Rectangle

from pictures.canvas import ACCENT, BACKWARD, FORWARD, INK, MUTED, look, picture
from pictures.graph import COLUMN, LOOKS, ROW, board, unrolled_graph
from pictures.marks import GREY, SIGNED, label
from pictures.words import short, spoken

PALE_BLUE, DARK_BLUE = "#56B4E9", "#00395C"     # relatives of FORWARD, for states under other weights


def folded_and_unrolled(T=5):
    """One network drawn twice: folded, with a loop at h, and unrolled over T steps."""
    alt = ("Left: a folded recurrent network with input x, state h, output y and a loop from h to itself. "
           f"Right: the same network unrolled over {T} steps, where the loop has become {T} arrows, all "
           "labelled w_hh.")
    labels = {"xh": "$w_{xh}$", "hh": "$w_{hh}$", "hy": "$w_{hy}$"}
    shift = -4.3
    with look():
        graph = board(COLUMN * T - shift + 1.3, 2 * ROW + 1.7, alt)
        unrolled_graph(T, losses=False, labels=labels, axes=graph.axes)
        for row, kind in enumerate("xhy"):
            colour, fill = LOOKS[kind]
            graph.node(kind, (shift, ROW * row), f"${kind}_t$", colour, fill)
        graph.arrow("x", "h", labels["xh"])
        graph.arrow("h", "y", labels["hy"])
        graph.loop("h", labels["hh"])
        top = 2 * ROW + 0.75
        graph.text((shift, top), "folded", GREY)
        graph.text((COLUMN * (T + 1) / 2, top), f"unrolled, $T = {T}$", GREY)
        graph.text(((shift + 1.2) / 2, ROW + 0.02), "$\\longrightarrow$", MUTED, size=24)
        graph.axes.set(xlim=(shift - 0.8, COLUMN * T + 0.5), ylim=(-0.5, top + 0.3))
    return graph.figure


def slots(T=5):
    """Where the maths' x_t and h_t live in the arrays: h has T+1 slots, x has T."""
    alt = (f"Two rows of boxes. The upper row holds h_0 to h_{T} in h[0] to h[{T}]. The lower row holds x_1 "
           f"to x_{T} in x[0] to x[{T - 1}], shifted by one, so that x_t stands under h_t.")
    with look():
        graph = board(1.2 * T + 2.6, 3.1, alt)
        for t in range(T + 1):
            box(graph, 1.2 * t, 1.15, f"$h_{t}$", f"h[{t}]", 0.6, *LOOKS["h"])
            if t > 0:
                box(graph, 1.2 * t, 0, f"$x_{t}$", f"x[{t - 1}]", -0.6, *LOOKS["x"])
        graph.text((-1.25, 1.15), f"{T + 1} slots", GREY)
        graph.text((-1.25, 0), f"{T} slots", GREY)
        graph.axes.set(xlim=(-1.9, 1.2 * T + 0.6), ylim=(-0.95, 2.05))
    return graph.figure


def box(graph, x, y, symbol, code, offset, colour, fill):
    """A slot of an array: the maths' symbol inside, the code's name outside."""
    graph.axes.add_patch(Rectangle((x - 0.42, y - 0.36), 0.84, 0.72, facecolor=fill, edgecolor=colour,
                                   linewidth=1.4))
    graph.text((x, y), symbol, size=15)
    graph.text((x, y + offset), code, size=11, family="monospace")


def weights_found(path):
    """Two weights on their way, and the loss, update by update. path: w_hh, w_xh, loss, (N, 3)."""
    weights, gap = path[:, :2], path[:, 0] - path[:, 1]
    alt = (f"Left: both weights against the number of updates. w_hh goes from {short(weights[0, 0])} to "
           f"{short(weights[-1, 0])}, w_xh from {short(weights[0, 1])} to {short(weights[-1, 1])}. Right: "
           f"the loss, from {path[0, 2]:.2g} to {path[-1, 2]:.0e}.")
    figure, (left, right) = picture(9, 3.2, columns=2, alt=alt)
    updates, (bottom, top) = np.arange(1, len(path) + 1), np.clip([weights.min(), weights.max()], -2, 3)
    widest = np.argmax(np.abs(gap))                     # there the two names stand
    with look():
        left.axhline(1, color=MUTED, linewidth=1)
        for i, (name, colour) in enumerate(zip(("$w_{hh}$", "$w_{xh}$"), (FORWARD, ACCENT))):
            left.semilogx(updates, weights[:, i], color=colour)
            above = (gap[widest] >= 0) == (i == 0)
            label(left, name, updates[widest], np.clip(weights[widest, i], bottom, top), colour,
                  dx=-3 if above else 5, dy=12 if above else -12, ha="right" if above else "left",
                  fontsize=13)
        right.loglog(updates, np.maximum(path[:, 2], 1e-16), color=INK)
        margin = 0.15 * (top - bottom) + 0.05
        left.set(xlabel="update", title="the two weights", xlim=(0.8, max(10, 1.2 * len(path))),
                 ylim=(bottom - margin, top + margin))
        right.set(xlabel="update", title="loss", xlim=left.get_xlim())
    return figure


def states_over_time(x, states):
    """States of scalar networks on one input. x: zeros and ones (T,). states: dict from a label to (T+1,)."""
    alt = ("A row of dots, filled where the input is one, and above it the state over time for "
           + "; ".join(f"{spoken(name)}, ending at {h[-1]:.1f}" for name, h in states.items()) + ".")
    T = len(x)
    top = max(h.max() for h in states.values())
    figure, (above, below) = picture(9, 4, alt=alt, rows=2, sharex=True, height_ratios=[9, 1])
    with look():
        for (name, h), colour in zip(states.items(), (FORWARD, PALE_BLUE, DARK_BLUE)):
            above.plot(range(T + 1), h, color=colour, marker="o", markersize=4)
            label(above, name, T, h[-1], INK, dx=8)
        above.set(ylabel="state $h_t$", ylim=(-0.04 * top, 1.06 * top), xlim=(-0.5, T + 0.5))
        above.tick_params(bottom=False)
        above.spines["bottom"].set_visible(False)
        t = np.arange(1, T + 1)
        below.scatter(t, 0 * t, s=45, color=np.where(np.asarray(x) == 1, INK, "white"), edgecolors=MUTED,
                      linewidths=1)
        below.set(yticks=[0], yticklabels=["input $x_t$"], xlabel="step $t$", xticks=range(0, T + 1, 5))
        below.tick_params(left=False)
        below.spines["left"].set_visible(False)
    return figure


def contributions(copies):
    """Gradients of a scalar's copies, stacked to their sum. copies: (T,)."""
    copies = np.asarray(copies, float)
    ends = np.cumsum(copies)
    alt = (f"Bars for the copies' gradients {', '.join(f'{c:.3g}' for c in copies)}, each starting where the "
           f"one before ends; the last bar is their sum, {ends[-1]:.3g}.")
    figure, axes = picture(7.5, 3.2, alt=alt)
    T = len(copies)
    with look():
        axes.bar(range(T), copies, bottom=ends - copies, width=0.55, color=BACKWARD)
        axes.bar(T, ends[-1], width=0.55, color=ACCENT)
        for t in range(T):
            axes.plot([t + 0.275, t + 0.725], [ends[t], ends[t]], color=MUTED, linewidth=1)
            axes.text(t, ends[t] - copies[t] / 2, f"{copies[t]:.3g}", ha="center", va="center", color="white",
                      fontsize=13)
        axes.text(T, ends[-1] / 2, f"{ends[-1]:.3g}", ha="center", va="center", color="white", fontsize=13)
        raised = [*(f"^{{({t})}}" for t in range(1, T + 1)), ""]
        names = [rf"$\partial L/\partial w{index}$" for index in raised]
        axes.set_xticks(range(T + 1), names, fontsize=13, math_fontfamily="cm")
        axes.tick_params(bottom=False)
        axes.set(ylim=(0, None), yticks=[])
        axes.spines["left"].set_visible(False)
    return figure


def sum_of_copies(copies, shared):
    """BPTT in one picture: the gradient of every copy under its step, and the shared gradient, their sum.

    copies: dL/dW^(t) for t = 1 ... T, (T, H, H). shared: dL/dW, (H, H). All heat maps have one colour scale.
    """
    T, side = len(copies), 1.2
    norms = [np.linalg.norm(g) for g in (*copies, shared)]
    alt = (f"A chain of states h_0 to h_{T}. Under the arrow of each step a heat map of the gradient of its "
           f"copy of W_hh, of lengths {', '.join(f'{n:.2f}' for n in norms[:-1])}; a plus sign between each "
           f"two, then an equals sign and the heat map of the shared gradient, of length {norms[-1]:.2f}.")
    scale = max(np.abs(copies).max(), np.abs(shared).max())
    with look():
        graph = board(COLUMN * (T + 1) + 1.1, 3.85, alt)
        for t in range(T + 1):
            graph.node(f"h{t}", (COLUMN * t, 0), f"$h_{t}$", *LOOKS["h"])
        for t in range(1, T + 1):
            graph.arrow(f"h{t - 1}", f"h{t}", f"$W_{{hh}}^{{({t})}}$")
        last = COLUMN * (T + 0.75)
        for t, gradient in enumerate((*copies, shared)):
            x = COLUMN * (t + 0.5) if t < T else last
            name = "\\partial L/\\partial W_{hh}" + (f"^{{({t + 1})}}" if t < T else "")
            if t < T:
                graph.axes.annotate("", (x, -0.85), (x, -0.1),
                                    arrowprops={"arrowstyle": "-|>", "color": BACKWARD})
            heat_map(graph, x, -2.0, side, gradient, scale, BACKWARD if t < T else ACCENT)
            graph.text((x, -1.12), f"${name}$", BACKWARD if t < T else ACCENT, size=13)
            graph.text((x, -2.85), f"length {norms[t]:.2f}", GREY, size=11)
            if t < T:
                graph.text((COLUMN * (t + 1) if t < T - 1 else (x + last) / 2, -2.0),
                           "+" if t < T - 1 else "=", INK, size=18)
        graph.axes.set(xlim=(-0.5, last + side / 2 + 0.3), ylim=(-3.1, 0.65))
        graph.axes.set_aspect("equal")
    return graph.figure


def heat_map(graph, x, y, side, values, scale, colour):
    """A square heat map around (x, y): blue above zero, vermilion below, white at zero."""
    extent = (x - side / 2, x + side / 2, y - side / 2, y + side / 2)
    graph.axes.imshow(values, cmap=SIGNED, vmin=-scale, vmax=scale, extent=extent)
    graph.axes.add_patch(Rectangle((extent[0], extent[2]), side, side, fill=False, edgecolor=colour,
                                   linewidth=1.4))
