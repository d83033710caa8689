"""Figures of lesson 03: paths from a weight to the loss, the Jacobian, the way back, the double sum."""

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Rectangle

from pictures.canvas import ACCENT, BACKWARD, INK, MUTED, look, picture
from pictures.graph import COLUMN, INCHES, LOOKS, RADIUS, Graph, board
from pictures.marks import GREY, SIGNED, decimals, on_cell, without_frame

SIZES = LinearSegmentedColormap.from_list("sizes", ["white", BACKWARD])


def weight_paths(immediate, onward, to_loss, contributions):
    """All paths from one shared weight to the loss of a scalar network, a row per path, with their factors.

    immediate: factor from w into h_1 ... h_T. onward: factor from h_{t-1} to h_t, for t = 2 ... T.
    to_loss: factor from h_T to L. contributions: the product along each path, shortest path last.
    """
    T = len(immediate)
    alt = (f"The weight w enters each of {T} states. One row per path from w to the loss, with the factor of "
           f"every arrow. The products are {', '.join(f'{c:.3f}' for c in contributions)}.")
    figure, rows = picture((COLUMN * (T + 1) + 3.4) * INCHES, 2.55 * T * INCHES, rows=T, alt=alt)
    with look():
        for k, axes in enumerate(rows, start=1):
            graph = Graph(axes)
            for t in range(T + 1):
                graph.node(f"h{t}", (COLUMN * t, 0), f"$h_{t}$",
                           *(LOOKS["h"] if t >= k else (MUTED, "white")))
            graph.node("L", (COLUMN * (T + 1), 0), "$L$", *LOOKS["L"])
            graph.node("w", (COLUMN * k, -1.45), "$w$", ACCENT)
            for t in range(1, T + 1):
                on_path = t > k
                graph.arrow(f"h{t - 1}", f"h{t}", decimals(onward[t - 2]) if on_path else "",
                            ACCENT if on_path else MUTED, None if on_path else 0.1)
            graph.arrow(f"h{T}", "L", decimals(to_loss), ACCENT)
            graph.arrow("w", f"h{k}", rf"$\partial^+ h_{k}\,/\,\partial w$ = {decimals(immediate[k - 1])}",
                        ACCENT, size=14)
            graph.text((COLUMN * (T + 1) + 0.75, 0), f"product {decimals(contributions[k - 1], 3)}", ACCENT,
                       size=14, ha="left")
            graph.fit(right=2.9, top=0.55)
    return figure


def jacobian_rows(slopes, W_hh, J):
    """The one-step Jacobian: each row of W_hh, scaled by one slope of tanh. slopes: (H,). W_hh, J: (H, H)."""
    H = len(slopes)
    alt = (f"Three tables side by side: the slopes {', '.join(f'{s:.2f}' for s in slopes)} as a column, the "
           "matrix W_hh, and the Jacobian, in which each row of W_hh is multiplied by its slope.")
    figure, axes = picture(7.4, 2.6, columns=3, alt=alt, width_ratios=[1, H, H])
    limit = max(np.abs(W_hh).max(), 1.0)
    titles = ("$1-h_t^2$", "$W_{hh}$", r"$J_t=\partial h_t/\partial h_{t-1}$")
    with look():
        for ax, table, title in zip(axes, (slopes[:, None], W_hh, J), titles):
            ax.imshow(table, cmap=SIGNED, vmin=-limit, vmax=limit, aspect="equal")
            write_numbers(ax, table, limit)
            ax.set_title(title, loc="center", pad=10, math_fontfamily="cm", fontsize=15)
            ax.set(xticks=[], yticks=range(H))
            without_frame(ax)
        axes[0].set_ylabel("row $i$", rotation=0, ha="right", va="center", labelpad=10, math_fontfamily="cm")
        for ax in axes[1:]:
            ax.set_xticks(range(H))
            ax.set_xlabel("column $j$", math_fontfamily="cm")
    return figure


def backward_flow(direct, later, total):
    """The gradient on its way back: lengths of both terms at each state, and of their sum.

    direct: for t = 1 ... T. later: for t = 0 ... T-1, what comes back from t + 1. total: for t = 0 ... T.
    """
    T, largest = len(direct), max(*direct, *later, *total)
    alt = (f"A network of {T} steps. Vermilion arrows come down from each loss and back from each next "
           "state; their widths are the lengths of the gradients. Bars below the states show the totals for "
           f"t = 0 to {T}: {', '.join(f'{s:.1f}' for s in total)}.")
    graph = board(COLUMN * T + 2.75, 5.05, alt)
    top, zero, scale = 1.75, -0.95, 1.5 / largest
    with look():
        for t in range(T + 1):
            graph.node(f"h{t}", (COLUMN * t, 0), f"$h_{t}$", *LOOKS["h"])
            if t > 0:
                graph.node(f"L{t}", (COLUMN * t, top), f"$L_{t}$", *LOOKS["L"])
                graph.arrow(f"L{t}", f"h{t}", f"{direct[t - 1]:.1f}", BACKWARD, direct[t - 1] / largest)
                graph.arrow(f"h{t}", f"h{t - 1}", f"{later[t - 1]:.1f}", BACKWARD,
                            later[t - 1] / largest)
            height = total[t] * scale
            graph.axes.add_patch(Rectangle((COLUMN * t - RADIUS / 2, zero - height), RADIUS, height,
                                           color=BACKWARD, linewidth=0))
            graph.text((COLUMN * t, zero - height - 0.1), f"{total[t]:.1f}", BACKWARD, va="top")
        graph.axes.plot([-0.5, COLUMN * T + 0.5], [zero, zero], color=MUTED, linewidth=0.8)
        for height, words in ((top / 2, "direct effect"), (-0.3, "dh_later"), (zero - 0.3, "dh, their sum")):
            graph.text((-0.75, height), words, INK, ha="right")
        graph.fit(left=2.0, right=0.75, bottom=2.8, top=0.5)
    return graph.figure


def double_sum(sizes, column_sums):
    """The double sum for dL/dW_hh: length of each contribution, by the steps of the loss and of the use.

    sizes: (T, T), row t-1 and column k-1; zero above the diagonal. column_sums: (T,), lengths of their sums.
    """
    T, limit = len(sizes), max(sizes.max(), column_sums.max())
    near = "" if (sizes.argmax(axis=1) == np.arange(T)).all() else "not always "
    alt = (f"A lower triangle of {T * (T + 1) // 2} cells: the loss of step t against the use of the weight "
           f"at step k. The cells are {near}darkest near the diagonal. A strip below shows the length of "
           "each column's sum.")
    figure, (above, below) = picture(6.2, 6.0, rows=2, alt=alt, height_ratios=[T, 1])
    with look():
        for ax, table in ((above, np.where(np.tri(T) > 0, sizes, np.nan)), (below, column_sums[None])):
            ax.imshow(table, cmap=SIZES, vmin=0, vmax=limit, aspect="equal")
            write_numbers(ax, table, 1.4 * limit)
            without_frame(ax)
        steps = [str(t) for t in range(1, T + 1)]
        above.set(xticks=[], yticks=range(T), yticklabels=steps)
        above.set_ylabel("loss of step $t$", labelpad=10)
        below.set(xticks=range(T), xticklabels=steps, yticks=[0], yticklabels=["sum"],
                  xlabel="$W_{hh}$ used at step $k$")
        above.text(T - 0.5, 0, "the loss of step $t$ does not see\nlater uses of the weight", color=GREY,
                   ha="right", va="center")
        for ax in (above, below):
            ax.xaxis.label.set_math_fontfamily("cm")
            ax.yaxis.label.set_math_fontfamily("cm")
    return figure


def write_numbers(axes, table, limit):
    """Write each number of a table into its cell, white where the cell is dark. NaN cells stay empty."""
    for (i, j), value in np.ndenumerate(table):
        if not np.isnan(value):
            axes.text(j, i, decimals(value), ha="center", va="center", color=on_cell(value, limit))
