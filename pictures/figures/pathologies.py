"""Figures of lesson 06: ellipses, clouds, singular values, maps, exponents, the cliff, learners, limits."""

import numpy as np
from matplotlib.colors import BoundaryNorm, TwoSlopeNorm

from pictures.canvas import ACCENT, BACKWARD, FORWARD, INK, MUTED, look, picture
from pictures.marks import (BEHIND, GREY, LEVELS, VANISH_EXPLODE, arrow, colour_bar, decimals, label,
                            one_digit, powers_of_ten)
from pictures.words import listing, spoken

PURPLE = "#8E4A7D"


def singular_values_over_lag(values, bound, gradients):
    """Singular values of dh_T/dh_{T-n}, the bound from single steps, and lengths of gradients.

    values: (N+1, H), row n for lag n. bound: (N+1,). gradients: (N+1, G), each of length 1 at lag 0.
    """
    lags, floor = np.arange(len(values)), 1e-16
    exact = 1e-11 * values[:, 0]  # below this, singular values are rounding errors of the product
    goes = ["rises" if curve[-1] > curve[0] else "falls" for curve in (bound, values[:, 0])]
    others = "fall much faster" if (values[-1, 1:] < 0.1
                                    * values[-1, 0]).all() else "are not all far below it"
    near = (gradients > 0.05 * values[:, :1]).all() and (gradients <= 1.001 * values[:, :1]).all()
    low, high = gradients[-1].min(), gradients[-1].max()
    run = "run just below the largest one" if near else f"end between {low:.0e} and {high:.0e}"
    alt = ("Singular values of the product of Jacobians against the lag, on a logarithmic axis. The bound "
           f"from single steps {goes[0]} to {bound[-1]:.0e}. The largest singular value {goes[1]} to "
           f"{values[-1, 0]:.0e}; the others {others}. The gradients' lengths {run}.")
    figure, ax = picture(9.0, 4.3, alt=alt)
    with look():
        ax.axhline(1, color=MUTED, linewidth=0.8)
        ax.plot(lags, bound, color=MUTED, linestyle=(0, (4, 2)))
        label(ax, "product of the steps'\nlargest singular values", lags[-1], bound[-1], GREY)
        for i in range(1, values.shape[1]):
            shown = values[:, i] > np.maximum(floor, exact)
            ax.plot(lags[shown], values[shown, i], color=FORWARD, linewidth=1.2, alpha=0.55)
        ax.plot(lags, values[:, 0], color=FORWARD, linewidth=2.4)
        label(ax, "largest singular value\nof the product", lags[-1], values[-1, 0], FORWARD, dy=10)
        ax.plot(lags, gradients, color=BACKWARD, linewidth=0, marker="o", markersize=3, clip_on=False)
        label(ax, "gradients", lags[-1], gradients[-1].min(), BACKWARD, dy=-12)
        label(ax, "the other five", 32.5, 2e-15, FORWARD, dx=0)
        ax.set(yscale="log", ylim=(floor, 1e7), xlim=(0, lags[-1]),
               xlabel="lag $n$: steps back from the last state")
        powers_of_ten(ax, -16, 6, every=4)
    return figure


def ellipses(circle, shapes):
    """The unit circle of gradients, and what the way back makes of it: one panel per lag.

    circle: gradients of length 1, (N, 2). shapes: dict from a lag to what they have become, (N, 2).
    """
    lengths = {lag: np.linalg.norm(shape, axis=1) for lag, shape in shapes.items()}
    alt = ("A dotted circle in each panel, and the ellipse that it becomes on the way back. Longest and "
           "shortest gradient: " + "; ".join(f"lag {lag}: {length.max():.2f} and {length.min():.2f}"
                                             for lag, length in lengths.items()) + ".")
    figure, axes = picture(9.6, 2.8, columns=len(shapes), sharex=True, sharey=True, alt=alt)
    with look():
        for ax, (lag, shape) in zip(axes, shapes.items()):
            ax.plot(*circle.T, color=MUTED, linewidth=1, linestyle=":")
            ax.fill(*shape.T, color=BACKWARD, alpha=0.15, linewidth=0)
            ax.plot(*shape.T, color=BACKWARD)
            if lengths[lag].max() > 1.001 * lengths[lag].min():  # a circle has no longest radius
                for i in (lengths[lag].argmax(), lengths[lag].argmin()):
                    ax.plot(*np.stack([-shape[i], shape[i]]).T, color=INK, linewidth=1.4)
            ax.set(title=f"lag {lag}", aspect="equal", xticks=[-1, 0, 1], yticks=[-1, 0, 1], xlim=(-1.5, 1.5),
                   ylim=(-1.5, 1.5), xlabel=f"longest {lengths[lag].max():.2f}\nshortest "
                   f"{lengths[lag].min():.2f}")
    return figure


def clouds(strips, pair):
    """What the way back makes of gradients in all directions: a row per matrix, a panel per lag.

    strips: dict from a title to a dict from a lag to what the gradients have become, (G, 2); at lag 0,
    of length 1. pair: indices of two of them, to be followed.
    """
    longest = {title: {lag: np.linalg.norm(np.linalg.pinv(strip[0]) @ cloud, 2)    # of all directions
                       for lag, cloud in strip.items()} for title, strip in strips.items()}
    alt = ("Gradients in all directions, a row of panels for each matrix, a panel for each lag. The longest: "
           + "; ".join(f"{spoken(title)}, " + ", ".join(f"{length:.2f} at lag {lag}"
                                                        for lag, length in lengths.items())
                       for title, lengths in longest.items()) + ".")
    lags = list(next(iter(strips.values())))
    limit = 1.05 * max(max(lengths.values()) for lengths in longest.values())
    figure, axes = picture(9.6, 3.4, rows=len(strips), columns=len(lags), sharex=True, sharey=True, alt=alt)
    angle = np.linspace(0, 2 * np.pi, 101)
    with look():
        for row, (title, strip) in zip(axes, strips.items()):
            for ax, (lag, cloud) in zip(row, strip.items()):
                ax.plot(np.cos(angle), np.sin(angle), color=MUTED, linewidth=1, linestyle=":")
                ax.plot(*cloud.T, color=BACKWARD, marker="o", markersize=3.5, linewidth=0)
                for i in pair:
                    ax.plot([0, cloud[i, 0]], [0, cloud[i, 1]], color=ACCENT, marker="o", markevery=[1],
                            markersize=5)
                ax.set(aspect="equal", xticks=[], yticks=[], xlim=(-limit, limit),
                       ylim=(-limit / 2, limit / 2), xlabel=f"longest {longest[title][lag]:.2f}")
                ax.spines[:].set_visible(False)
            row[0].set_ylabel(title)
        for ax, lag in zip(axes[0], lags):
            ax.set_title(f"lag {lag}")
    return figure


def transients(curves, radius):
    """Largest singular value of W^n against n, for several matrices of one spectral radius.

    curves: dict from a label to (N+1,) numbers; the curve that bends furthest comes first.
    """
    falling = sum(norms[-1] < norms[-2] for norms in curves.values())
    figure, ax = picture(8.6, 3.7, alt="Largest singular value of the n-th power against n, logarithmic. "
                         + "; ".join(f"{name}: largest at n = {int(np.argmax(c))}, {c.max():.1f}"
                                     for name, c in curves.items()) + ". All matrices have the spectral "
                         f"radius {radius:g}, and {'all' if falling == len(curves) else falling} curves "
                         "fall at the end.")
    with look():
        ax.axhline(1, color=MUTED, linewidth=0.8)
        for (name, norms), colour in zip(curves.items(), (BACKWARD, ACCENT, FORWARD)):
            ax.plot(norms, color=colour)
            label(ax, name, len(norms) - 1, norms[-1], colour)
        top = next(iter(curves.values()))
        peak = int(np.argmax(top))
        label(ax, f"{top.max():.0f} times as long after {peak} steps", peak, top.max(), BACKWARD, dx=0, dy=10,
              ha="left")
        ax.set(yscale="log", xlabel="$n$", xlim=(0, len(top) - 1), ylim=(2e-5, 60), ylabel="stretch of $W^n$")
        powers_of_ten(ax, -4, 1, every=1)
    return figure


def gradient_maps(radii, maps):
    """Length of the gradient over lag and spectral radius, a map for each activation.

    radii: (R,). maps: dict from a title to log10 of the length, (R, N+1), 0 at lag 0.
    """
    last = next(iter(maps.values())).shape[1] - 1
    longer = {name: radii[table[:, -1] > 0] for name, table in maps.items()}
    alt = (f"Heat maps for {listing(maps)}: gradient length over lag (across) and spectral radius (up), blue "
           f"where it has become shorter, vermilion where it has become longer. At lag {last} it is "
           "longer: " + "; ".join(f"{name} "
                                  f"{f'from radius {above[0]:.1f} on' if len(above) else 'at no radius'}"
                                  for name, above in longer.items()) + ".")
    figure, axes = picture(9.6, 3.7, columns=len(maps), sharey=True, alt=alt)
    norm = TwoSlopeNorm(0, -8, 8)
    with look():
        for ax, (title, table) in zip(axes, maps.items()):
            lags = np.arange(table.shape[1])
            image = ax.pcolormesh(lags, radii, np.clip(table, -8, 8), cmap=VANISH_EXPLODE, norm=norm,
                                  shading="nearest")
            ax.contour(lags[1:], radii, table[:, 1:], levels=[0], colors=INK, linewidths=1.2)
            ax.axhline(1, color=MUTED, linewidth=1, linestyle=":")
            ax.set(title=title, xlabel="lag", xticks=[0, 20, 40])
            ax.spines[:].set_visible(False)
        axes[0].set(ylabel="spectral radius of $W_{hh}$", yticks=[0.5, 1, 1.5, 2])
        colour_bar(image, axes, [-8, -4, 0, 4, 8], ["$10^{-8}$", "$10^{-4}$", "1", "$10^4$", "$10^8$"],
                   "length", shrink=0.85)
    return figure


def largest_exponents(radii, curves):
    """Largest Lyapunov exponent against the spectral radius: mean and range over several networks.

    radii: (R,). curves: dict from a label to (R, networks).
    """
    alt = ("Largest Lyapunov exponent against spectral radius, mean and range over several networks. "
           + "; ".join(f"{name}: the mean {crossing(radii, found.mean(axis=1))} and ends at "
                       f"{decimals(found[-1].mean())}, between {decimals(found[-1].min())} and "
                       f"{decimals(found[-1].max())}" for name, found in curves.items()) + ".")
    figure, ax = picture(9.0, 4.0, alt=alt)
    with look():
        ax.axhline(0, color=INK, linewidth=1)
        for (name, values), colour in zip(curves.items(), (MUTED, FORWARD, BACKWARD, ACCENT)):
            ax.fill_between(radii, values.min(axis=1), values.max(axis=1), color=colour, alpha=0.18,
                            linewidth=0)
            ax.plot(radii, values.mean(axis=1), color=colour)
            label(ax, name, radii[-1], values[-1].mean(), GREY if colour == MUTED else colour,
                  dy={"tanh, weak input": 7, "tanh, strong input": -7}.get(name, 0))
        label(ax, "gradients explode", radii[0], 0, GREY, dx=2, dy=10, fontsize=10)
        label(ax, "gradients vanish", radii[0], 0, GREY, dx=2, dy=-10, fontsize=10)
        ax.set(xlabel="spectral radius of $W_{hh}$", ylabel="growth rate per step",
               xlim=(radii[0], radii[-1]), ylim=(-1.7, 1.0), xticks=[0.5, 1, 1.5, 2])
    return figure


def crossing(radii, means):
    """Where a curve crosses zero, in words."""
    above = np.flatnonzero(means > 0)
    if not len(above):
        return "stays below zero"
    k = above[0]
    return (f"crosses zero near {np.interp(0, means[k - 1:k + 1], radii[k - 1:k + 1]):.1f}" if k else
            f"is above zero at {radii[0]:g}")


def cliff_slice(w, loss, slope, b):
    """The loss of a scalar network along w, and how steep it is. w, loss, slope: (N,). b: the bias."""
    wall = slope.max() > 100 * max(slope[0], slope[-1])
    shape = ("nearly flat on the left and on the right, with a vertical wall between" if wall else
             f"from {loss[0]:.2f} on the left to {loss[-1]:.2f} on the right")
    alt = (f"Above: loss against the weight w at b = {b:g}: {shape}. Below: the size of its derivative, "
           f"logarithmic, up to {slope.max():.0e}{' at the wall' if wall else ''}.")
    figure, (above, below) = picture(7.6, 4.3, rows=2, sharex=True, height_ratios=[3, 2], alt=alt)
    with look():
        above.plot(w, loss, color=FORWARD)
        above.set(ylabel="loss", ylim=(-0.05, 1.5), yticks=[0, 0.5, 1])
        below.plot(w, slope, color=BACKWARD)
        below.set(yscale="log", ylim=(3e-3, 1e4), ylabel=r"$|\partial L/\partial w|$", xlabel="$w$",
                  xlim=(w[0], w[-1]))
        powers_of_ten(below, -2, 4, every=2)
    return figure


def cliff_paths(w, b, loss, paths, targets):
    """The loss surface of a scalar network with one path of gradient descent per panel.

    w, b: the grid's axes. loss: (len(b), len(w)). paths: dict from a title to positions (steps + 1, 2).
    targets: dict from a title to what is written at the end.
    """
    inside = {title: ((path > (w[0], b[0])) & (path < (w[-1], b[-1]))).all(axis=1)
              for title, path in paths.items()}
    stays = {title: len(path) if inside[title].all() else int(inside[title].argmin())
             for title, path in paths.items()}
    fate = {title: "stays on the map;" if inside[title].all() else f"leaves the map with step {stays[title]},"
            for title in paths}
    alt = (f"Maps of the same loss surface, from {loss[0, 0]:.2f} in the lower left corner to "
           f"{loss[-1, -1]:.2f} in the upper right one, with a path of gradient descent. "
           + " ".join(f"{spoken(title)}: the path {fate[title]} {spoken(targets[title])}."
                      for title in paths))
    figure, axes = picture(9.6, 4.2, columns=2, sharex=True, sharey=True, alt=alt)
    with look():
        for ax, (title, path) in zip(axes, paths.items()):
            filled = ax.contourf(w, b, loss, levels=LEVELS, cmap="Blues", norm=BoundaryNorm(LEVELS, 256))
            ax.contour(w, b, loss, levels=[0.3], colors=INK, linewidths=1.4)
            gone = stays[title]
            ax.plot(*path[:gone].T, color=BACKWARD, linewidth=1.4, marker="o", markersize=3.6)
            if gone < len(path):
                away = path[gone] - path[gone - 1]
                border = np.where(away > 0, (w[-1], b[-1]), (w[0], b[0]))
                tip = path[gone - 1] + away * 0.97 * min((border - path[gone - 1]) / away)
                arrow(ax, path[gone - 1], tip, BACKWARD, head=16)
            ax.plot(*path[0], marker="o", markersize=7, color=INK)
            label(ax, "start", *path[0], INK, dx=0, dy=12, ha="center")
            ax.text(0.04, 0.05, targets[title], transform=ax.transAxes, color=INK, fontsize=10.5, bbox=BEHIND)
            ax.set(title=title, xlabel="$w$")
        axes[0].set_ylabel("$b$")
        colour_bar(filled, axes, LEVELS[:-1], [f"{level:g}" for level in LEVELS[:-1]], "loss", shrink=0.85)
    return figure


def gradients_at_the_start(curves):
    """Length of the gradient by lag for several starts of W_hh. curves: dict from a label to (N+1,)."""
    alt = ("Gradient length against lag for several initialisations, logarithmic. At the last lag: "
           + "; ".join(f"{name} {values[-1]:.0e}" for name, values in curves.items()) + ".")
    figure, ax = picture(8.8, 4.0, alt=alt)
    colours = (MUTED, FORWARD, ACCENT, INK, PURPLE, BACKWARD)
    with look():
        for values, colour in zip(curves.values(), colours):
            shown = values > 1e-12
            ax.plot(np.flatnonzero(shown), values[shown], color=colour)
        for (name, values), colour, place in zip(curves.items(), colours,
                                                 spread([v[-1] for v in curves.values()], floor=1e-12)):
            last = np.flatnonzero(values > 1e-12)[-1]               # where the curve leaves the picture
            if last == len(values) - 1:
                label(ax, name, last, place, GREY if colour == MUTED else colour)
            else:  # the steeper ones are labelled on their left
                left = last < len(values) / 2
                label(ax, name, last - 6, values[last - 6], GREY if colour == MUTED else colour,
                      dx=-12 if left else 8, dy=-4 if left else 4, ha="right" if left else "left")
        ax.set(yscale="log", xlabel="lag", ylim=(1e-12, 30), xlim=(0, len(values) - 1),
               ylabel="length of the gradient")
        powers_of_ten(ax, -12, 0, every=4)
    return figure


def spread(ends, floor, gap=5.0):
    """Heights for labels on a logarithmic axis: the curves' ends, moved apart by a factor ``gap`` or more."""
    places = np.log(np.maximum(ends, floor))
    order = np.argsort(places)
    for _ in range(50):
        for lower, upper in zip(order, order[1:]):
            short = np.log(gap) - (places[upper] - places[lower])
            if short > 1e-9:
                places[upper] += short / 2
                places[lower] -= short / 2
    return np.exp(places + max(0, np.log(floor) + 0.5 - places.min()))


def who_learns(results, limit):
    """Updates that each run needed, a panel per delay, a row per start.

    results: dict from a start's label to a dict from delay to a list of updates, one per seed; None where a
    run did not get there. limit: the number of updates after which a run was stopped.
    """
    delays = list(next(iter(results.values())))
    learned = "; ".join(f"{name} " + ", ".join(counted(runs[delay]) for delay in delays)
                        for name, runs in results.items())
    alt = ("Dots for the number of updates that each seed needed, rows are initialisations, panels are "
           f"delays {', '.join(map(str, delays))}. A cross with a number at the right edge: runs that did "
           f"not learn it. Learned: {learned}.")
    figure, axes = picture(9.4, 3.6, columns=len(delays), sharey=True, alt=alt)
    with look():
        for ax, delay in zip(axes, delays):
            for row, runs in enumerate(results.values()):
                done = [updates for updates in runs[delay] if updates is not None]
                failed = len(runs[delay]) - len(done)
                ax.plot(done, [row] * len(done), linewidth=0, marker="o", markersize=6, color=ACCENT,
                        alpha=0.7)
                if failed:
                    ax.plot(limit + 10, row, linewidth=0, marker="x", markersize=7, markeredgewidth=2,
                            color=BACKWARD, clip_on=False)
                    label(ax, str(failed), limit + 10, row, BACKWARD, dx=8, fontsize=10.5)
            ax.set(title=f"delay {delay}", xlim=(0, limit), xticks=[0, limit // 2, limit])
            ax.grid(axis="y", color="#EEEEEE")
            ax.set_axisbelow(True)
        axes[0].set_yticks(range(len(results)), list(results))
        axes[0].set_ylim(len(results) - 0.5, -0.5)
        for ax in axes:
            ax.tick_params(axis="y", length=0, pad=9)
        figure.supxlabel("updates needed;   \N{MULTIPLICATION SIGN}  how many runs did not learn it",
                         fontsize=11)
    return figure


def counted(runs):
    """How many runs learned it, such as "10 of 12"."""
    return f"{sum(updates is not None for updates in runs)} of {len(runs)}"


def curse_of_memory(memories, measured, expected):
    """How long the state and its derivative are, against 1 - a.

    memories: values of a. measured, expected: dict from "state", "derivative", "normalised" and "normalised,
    by nu" (those that are there) to an rms for each a; expected is drawn as lines.
    """
    look_of = {"state": (FORWARD, "state $h_t$"), "derivative": (BACKWARD, "$dh_t/da$"),
               "normalised": (PURPLE, "input normalised: $dh_t/da$"),
               "normalised, by nu": (ACCENT, "and trained by ν: $dh_t/dν$")}
    alt = ("The rms against 1 - a, both axes logarithmic, dots measured and lines by formula. From a = "
           f"{memories[0]:g} to {memories[-1]:g}: "
           + "; ".join(f"{spoken(look_of[name][1])} from {values[0]:.2g} to {values[-1]:.2g}"
                       for name, values in measured.items()) + ".")
    figure, ax = picture(8.6, 3.9, alt=alt)
    gaps = 1 - np.array(memories)
    with look():
        for name, values in measured.items():
            colour, words = look_of[name]
            ax.plot(gaps, expected[name], color=colour)
            ax.plot(gaps, values, color=colour, marker="o", linestyle="", markersize=7)
            label(ax, words, gaps[-1], values[-1], colour, dx=10)
        ax.set(xscale="log", yscale="log", xlim=(0.13, 0.0009), ylim=(0.2, 4e4), ylabel="rms",
               xlabel="$1 - a$; to the right the memory becomes longer")
        ax.set_xticks([0.1, 0.01, 0.001], ["0.1", "0.01", "0.001"])
        powers_of_ten(ax, 0, 4, every=1)
    return figure


def chaos(weights, means, spans, derivatives):
    """The mean over time against the weight, and the derivative of that mean against the number of steps.

    weights, means: (N,). spans: numbers of steps. derivatives: dict from a weight to a length for each span.
    """
    alt = (f"Left: the mean over time against r, between {min(means):.2f} and {max(means):.2f}. Right: the "
           "derivative of the mean against the number of steps, logarithmic. "
           + "; ".join(f"r = {r:g}: from {one_digit(found[0])} to {one_digit(found[-1])}"
                       for r, found in derivatives.items()) + ".")
    figure, (left, right) = picture(9.4, 3.6, columns=2, alt=alt)
    with look():
        left.plot(weights, means, color=INK, linewidth=1.6)
        left.set(xlabel="weight $r$", title="mean over time", ylim=(0.3, 0.8))
        for (r, found), colour in zip(derivatives.items(), (FORWARD, BACKWARD)):
            left.axvline(r, color=colour, linewidth=1.2, linestyle="--")
            label(left, f"$r = {r:g}$", r, 0.34, colour, **({"ha": "right", "dx": -6} if r > 3.5 else {}))
            right.plot(spans, found, color=colour, marker="o")
            label(right, f"$r = {r:g}$", spans[-1], found[-1], colour)
        right.set(yscale="log", xlabel="steps $T$", title="length of the mean's derivative")
        right.set_xticks(spans, list(map(str, spans)))
        right.minorticks_off()
    return figure
