"""Figures of lesson 02: shapes, activation functions, states over time, where outputs stand, and padding."""

import numpy as np
from matplotlib.patches import Rectangle

from pictures.canvas import ACCENT, FORWARD, INK, MUTED, look, picture
from pictures.graph import unrolled_graph
from pictures.marks import GOLD, GREY, apart, label, without_frame
from pictures.words import short, spoken

PURPLE = "#CC79A7"      # one more line colour, from the same palette
PAPER = "#F3F3F3"       # the ground of what does not count
FILLS = {"state": "#CFE3F2", "input": "#FFFFFF", "weight": "#E6E6E6", "bias": "#F4F4F4", "output": "#FFFFFF"}


def step_shapes(D, H, O, B=None):
    """Every array of one time step as a block of unit squares, drawn to scale.

    D, H, O: sizes. B: None for one sequence, written as columns; else the size of a batch, written as rows.
    """
    if B is None:
        lines = [[("block", r"$h_t$", H, 1, "state", "H"), ("text", r"= $\tanh$"), ("open", H),
                  ("block", "$W_{hh}$", H, H, "weight", "H × H"), ("block", "$h_{t-1}$", H, 1, "state", "H"),
                  ("text", "+"), ("block", "$W_{xh}$", H, D, "weight", "H × D"),
                  ("block", "$x_t$", D, 1, "input", "D"), ("text", "+"),
                  ("block", "$b_h$", H, 1, "bias", "H"), ("close", H)],
                 [("block", "$y_t$", O, 1, "output", "O"), ("text", "="),
                  ("block", "$W_{hy}$", O, H, "weight", "O × H"), ("block", "$h_t$", H, 1, "state", "H"),
                  ("text", "+"), ("block", "$b_y$", O, 1, "bias", "O")]]
        alt = ("The two equations of one step, h_t = tanh(W_hh h_{t-1} + W_xh x_t + b_h) and y_t = W_hy h_t "
               f"+ b_y, as blocks drawn to scale for D = {D}, H = {H}, O = {O}. States, inputs and outputs "
               "are columns; each matrix is as wide as the column on its right is tall.")
    else:
        lines = [[("block", "h[t]", B, H, "state", "B × H"), ("text", r"= $\tanh$"), ("open", B),
                  ("block", "h[t-1]", B, H, "state", "B × H"), ("block", "W_hh.T", H, H, "weight", "H × H"),
                  ("text", "+"), ("block", "x[t-1]", B, D, "input", "B × D"),
                  ("block", "W_xh.T", D, H, "weight", "D × H"), ("text", "+"),
                  ("block", "b_h", 1, H, "bias", "H"), ("close", B)],
                 [("block", "y[t-1]", B, O, "output", "B × O"), ("text", "="),
                  ("block", "h[t]", B, H, "state", "B × H"), ("block", "W_hy.T", H, O, "weight", "H × O"),
                  ("text", "+"), ("block", "b_y", 1, O, "bias", "O")]]
        alt = (f"One step for a batch of B = {B} sequences as blocks drawn to scale. States, inputs and "
               "outputs now have one row per sequence, and the matrices, transposed, stand on their right.")
    unit = 0.19
    with look():
        drawn, width, top = [], 0.0, 0.0
        for line in lines:
            tallest = max(item[2] for item in line if item[0] == "block")
            middle = top - 1.7 - tallest / 2
            x = 0.0
            for item in line:
                drawn.append((item, x, middle))
                x += item_width(item)
            width, top = max(width, x), middle - tallest / 2 - 2.2
        top += 0.9
        figure, axes = picture(width * unit + 0.2, -top * unit, alt=alt)
        axes.set(xlim=(-0.5, width), ylim=(top, 0), aspect="equal")
        axes.axis("off")
        for item, x, middle in drawn:
            draw_item(axes, item, x, middle)
    return figure


def item_width(item):
    """How far the next piece of a line of blocks stands from this one's left edge, in unit squares."""
    kind = item[0]
    if kind == "block":
        return max(item[3], 2.2) + 1.1
    if kind == "text":
        return 3.9 if "tanh" in item[1] else 1.9
    return 1.2


def draw_item(axes, item, x, middle):
    """One piece of a line: a block with its name above and its shape below, a sign, or a bracket."""
    kind = item[0]
    if kind == "text":
        axes.text(x + item_width(item) / 2 - 0.55, middle, item[1], fontsize=15, ha="center", va="center",
                  color=INK, math_fontfamily="cm")
    elif kind in ("open", "close"):
        half, lip = item[1] / 2 + 0.4, 0.35 if kind == "open" else -0.35
        at = x + (0.2 if kind == "open" else 0.0)
        axes.plot([at + lip, at, at, at + lip], [middle + half, middle + half, middle - half, middle - half],
                  color=INK, linewidth=1.4, clip_on=False)
    else:
        _, name, rows, columns, role, shape = item
        left, bottom = x + max(0, 2.2 - columns) / 2, middle - rows / 2
        line = FORWARD if role in ("state", "output") else MUTED
        for row in range(rows):
            for column in range(columns):
                axes.add_patch(Rectangle((left + column, bottom + row), 1, 1, facecolor=FILLS[role],
                                         edgecolor=line, linewidth=0.8))
        maths = name.startswith("$")
        axes.text(left + columns / 2, middle + rows / 2 + 0.35, name, ha="center", va="bottom", color=INK,
                  fontsize=14 if maths else 11, family=None if maths else "monospace", math_fontfamily="cm")
        axes.text(left + columns / 2, bottom - 0.35, shape, ha="center", va="top", color=GREY, fontsize=10)


def activations(a, functions):
    """Activation functions and their slopes, a panel each.

    a: (N,) where to draw them. functions: dict from a title to a pair of arrays: values (N,) and slopes (N,).
    """
    alt = f"Activation functions and their slopes: {', '.join(functions)}. The slope is " + ", ".join(
        f"for {title} {slope_in_words(a, slopes)}" for title, (_, slopes) in functions.items()) + "."
    with look():
        figure, panels = picture(9, 3.1, alt=alt, columns=len(functions), sharey=True, squeeze=False)
        for axes, (title, (values, slopes)) in zip(panels[0], functions.items()):
            cross(axes)
            axes.plot(a, values, color=FORWARD)
            axes.plot(a, slopes, color=ACCENT, linestyle=(0, (4, 2)))
            axes.set(title=title, xlabel="$a$", ylim=(-1.6, 1.9), xlim=(a[0], a[-1]))
        first = panels[0][0]
        first.text(a[-1], 0.9, "value", color=FORWARD, ha="right", va="top")
        first.text(a[-1], 0.13, "slope", color=ACCENT, ha="right", va="bottom")
    return figure


def slope_in_words(a, slopes):
    """What a curve of slopes looks like."""
    first, last, top = slopes[0], slopes[-1], int(np.argmax(slopes))
    if np.ptp(slopes) == 0:
        return f"{short(first)} everywhere"
    if set(slopes) == {first, last}:
        return f"a step from {short(first)} to {short(last)}"
    if max(first, last) < 0.1 * slopes[top]:
        return f"a bump at {short(a[top])} that dies on both sides"
    return f"{short(first)} on the left and {short(last)} on the right"


def cross(axes):
    """Thin lines through the origin."""
    axes.axhline(0, color="#DDDDDD", linewidth=1, zorder=0)
    axes.axvline(0, color="#DDDDDD", linewidth=1, zorder=0)


def state_sizes(sizes):
    """The state's rms at each step from t = 1 on, on a logarithmic axis, a panel per scale of W_hh.

    sizes: dict from a panel's title to a dict from an activation's name to its sizes (T + 1,).
    """
    colours, names = {"tanh": FORWARD, "relu": GOLD, "identity": PURPLE}, {"relu": "ReLU"}
    ranges = {title: ", ".join(f"{names.get(name, name)} {size[1:].min():.1g} and {size[1:].max():.1g}"
                               for name, size in curves.items()) for title, curves in sizes.items()}
    alt = ("Rms of the hidden state over time, logarithmic: its smallest and largest value. "
           + " ".join(f"{spoken(title)}: {found}." for title, found in ranges.items()))
    with look():
        figure, panels = picture(9, 3.4, alt=alt, columns=len(sizes), sharey=True)
        for axes, (title, curves) in zip(panels, sizes.items()):
            for name, size in curves.items():
                steps = np.arange(1, len(size))         # h0 may be zero, which has no logarithm
                axes.semilogy(steps, size[1:], color=colours[name])
            axes.set(title=title, xlabel="step $t$", xlim=(0, steps[-1]))
        panels[0].set(ylabel="rms of the state")
        for name, size in curves.items():
            label(panels[-1], names.get(name, name), steps[-1], size[-1], colours[name])
    return figure


def two_starts(distances):
    """Distance over time between two runs that differ only in h0.

    distances: dict from a label to the distances (T + 1,), largest scale of W_hh last.
    """
    shades = ["#6FAFD8", "#3A8FC7", FORWARD, "#003E63"][-len(distances):]
    last = len(next(iter(distances.values()))) - 1
    alt = ("Distance between two runs with the same input and different first states, logarithmic, at first "
           f"and after {last} steps: " + "; ".join(f"{spoken(label)}: {first:.1g} and "
                                                   f"{f'{end:.1g}' if end > 1e-10 else 'below 1e-10'}"
                                                   for label, (first, *_, end) in distances.items()) + ".")
    with look():
        figure, axes = picture(8, 3.6, alt=alt)
        labels = []
        for (name, distance), shade in zip(distances.items(), shades):
            axes.semilogy(np.arange(last + 1), distance, color=shade)
            t = last if distance[-1] > 1e-10 else int(np.argmax(distance < 1e-10)) - 1
            labels.append([t, distance[t], name])
        for t, height, name in apart(labels, factor=4):
            label(axes, name, t, height, INK, **({} if t == last else {"dx": 8, "dy": 8, "va": "bottom"}))
        axes.set(ylim=(1e-10, 30), xlim=(0, last), xlabel="step $t$", ylabel="distance of the two states")
    return figure


def output_positions(T=4):
    """The two usual places for outputs and losses: at every step, and at the last step only."""
    alt = (f"Two unrolled networks of {T} steps. On the left every state has an output and a loss; on the "
           "right only the last state has.")
    titles = ("many to many: an output at every step", "many to one: an output at the end")
    with look():
        figure, panels = picture(10.6, 3.9, alt=alt, columns=2)
        for axes, outputs, title in zip(panels, (list(range(1, T + 1)), [T]), titles):
            graph = unrolled_graph(T, outputs=outputs, losses=True, axes=axes)
            graph.fit(top=0.5)
            axes.set_title(title, loc="center", color=INK)
    return figure


def masks(*named):
    """Masks as grids, a row per sequence and a column per step; a filled square counts.

    named: pairs (title, mask) with mask (T, B).
    """
    alt = "Masks as grids, one row per sequence, one column per time step: " + "; ".join(
        f"{title}: steps counted per sequence {', '.join(str(int(n)) for n in mask.sum(axis=0))}"
        for title, mask in named) + "."
    T, B = named[0][1].shape
    with look():
        figure, panels = picture(9, 0.26 * B + 1.0, alt=alt, columns=len(named), squeeze=False)
        for axes, (title, mask) in zip(panels[0], named):
            for t, b in np.ndindex(T, B):
                axes.add_patch(Rectangle((t + 0.06, b + 0.06), 0.88, 0.88, linewidth=0,
                                         facecolor=FORWARD if mask[t, b] else "#E9E9E9"))
            axes.set(xlim=(0, T), ylim=(B, 0), aspect="equal", title=title, xlabel="step $t$",
                     xticks=np.arange(T) + 0.5, xticklabels=np.arange(1, T + 1),
                     yticks=np.arange(B) + 0.5, yticklabels=[f"b = {b}" for b in range(B)])
            without_frame(axes)
    return figure


def padded_states(h, length):
    """The units of one state over time; from ``length`` on the sequence is padding.

    h: (T + 1, H).
    """
    T = len(h) - 1
    alt = (f"Hidden units over {T} steps of a sequence that ends after step {length}. Over the padded steps, "
           f"on grey, the units {'go on moving' if np.ptp(h[length:], axis=0).any() else 'stand still'}.")
    colours = [FORWARD, GOLD, PURPLE, ACCENT]
    with look():
        figure, axes = picture(9, 3.6, alt=alt)
        axes.axvspan(length, T, color=PAPER, linewidth=0, zorder=0)
        axes.axvline(length, color=INK, linewidth=1)
        for i, unit in enumerate(h.T):
            colour = colours[i % len(colours)]
            axes.plot(np.arange(T + 1), unit, color=colour, marker="o", markersize=3.5, linewidth=1.6)
            label(axes, f"unit {i}", T, unit[-1], colour, dx=8)
        axes.text(length / 2, 1.08, "the sequence", ha="center", va="bottom", color=INK)
        axes.text((length + T) / 2, 1.08, "padding: the input is zero", ha="center", va="bottom", color=GREY)
        axes.set(xlim=(0, T), ylim=(-1.05, 1.05), yticks=(-1, 0, 1), xlabel="step $t$")
        axes.set_ylabel("$h_t$", rotation=0, va="center", labelpad=8)
    return figure
