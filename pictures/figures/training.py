"""Figures of lesson 05: the training loop, optimisers, clipping, forecasts, letters, wrong gradients."""

import numpy as np
from matplotlib.patches import FancyBboxPatch

from helpers.datasets import ALPHABET
from pictures.canvas import ACCENT, BACKWARD, FORWARD, INK, MUTED, look, picture
from pictures.marks import BEHIND, GOLD, GREY, arrow, colour_bar, label, without_frame
from pictures.words import listing

STAGES = [("data", "x, target, mask", MUTED), ("forward", "cache", FORWARD), ("loss", "loss, dy", INK),
          ("backward", "grads", BACKWARD), ("clip", "grads, norm", BACKWARD),
          ("optimiser", "params, memory", ACCENT)]
COLOURS = {"sgd": MUTED, "momentum": FORWARD, "adam": ACCENT}
LOWEST = 1e-11                   # distances below it are not drawn
NAMES = {"sgd": "SGD", "momentum": "momentum", "adam": "Adam"}


def training_loop():
    """The six stages of one update, what each hands on, and the way back to the next batch."""
    figure, axes = picture(9.4, 2.6, alt="Six boxes in a row: data, forward, loss, backward, clip, "
                           "optimiser. An arrow joins each to the next; a long arrow leads from the "
                           "optimiser back to forward, with the new parameters.")
    with look():
        for i, (stage, output, colour) in enumerate(STAGES):
            left = 1.55 * i
            axes.add_patch(FancyBboxPatch((left, 0), 1.1, 0.55, boxstyle="round,pad=0,rounding_size=0.12",
                                          facecolor="white", edgecolor=colour, linewidth=2))
            axes.text(left + 0.55, 0.275, stage, ha="center", va="center", fontsize=12.5, color=INK)
            axes.text(left + 0.55, -0.14, output, ha="center", va="top", fontsize=10.5, family="monospace",
                      color="#555555")
            if i:
                arrow(axes, (left - 0.42, 0.275), (left - 0.03, 0.275), INK)
        axes.plot([8.3, 8.3, 2.1, 2.1], [0.58, 0.78, 0.78, 0.7], color=ACCENT, linewidth=1.6)
        arrow(axes, (2.1, 0.78), (2.1, 0.58), ACCENT)
        axes.text(5.2, 0.83, "the next batch runs with the new parameters; gradients and states start afresh",
                  ha="center", va="bottom", fontsize=11, color=ACCENT)
        axes.set(xlim=(-0.15, 9.0), ylim=(-0.4, 1.05))
        axes.axis("off")
    return figure


def ravine(paths, rates, curvature):
    """How three optimisers walk down a ravine, side by side.

    paths: dict from an optimiser's name to its positions, (steps + 1, 2). rates: dict from name to learning
    rate. curvature: the two curvatures of the quadratic loss.
    """
    losses = {name: 0.5 * (curvature * path[-1] ** 2).sum() for name, path in paths.items()}
    turns = {name: (np.diff(np.sign(path), axis=0) != 0).sum(axis=0) for name, path in paths.items()}
    alt = (f"Paths of {listing(NAMES[name] for name in paths)} on a long narrow quadratic valley. How often "
           "they cross its floor and pass the minimum, and their loss at the end: "
           + "; ".join(f"{NAMES[name]} {across}, {along}, {losses[name]:.2f}"
                       for name, (along, across) in turns.items()) + ".")
    figure, axes = picture(9.4, 2.9, columns=3, sharex=True, sharey=True, alt=alt)
    u, v = np.meshgrid(np.linspace(-4.6, 1.6, 200), np.linspace(-1.5, 1.5, 120))
    with look():
        for ax, (name, path) in zip(axes, paths.items()):
            ax.contour(u, v, 0.5 * (curvature[0] * u ** 2 + curvature[1] * v ** 2),
                       levels=[0.3, 1.5, 4, 8, 14, 22], colors="#CCCCCC", linewidths=1)
            ax.plot(*path.T, color=BACKWARD, linewidth=1.4, marker="o", markersize=3.2)
            ax.plot(*path[0], marker="o", markersize=7, color=INK)
            ax.plot(0, 0, marker="+", markersize=11, markeredgewidth=2, color=INK)
            ax.set_title(f"{NAMES[name]}, learning rate {rates[name]:g}")
            label(ax, f"loss after {len(path) - 1} steps: {losses[name]:.2f}", 1, 0, INK, dx=-6, dy=6,
                  xycoords="axes fraction", ha="right", va="baseline", fontsize=10.5, bbox=BEHIND)
            ax.set(xticks=[-4, -2, 0], yticks=[-1, 0, 1], xlabel="$p[0]$", xlim=(-4.6, 1.6), ylim=(-1.5, 1.5))
        axes[0].set_ylabel("$p[1]$", rotation=0, va="center", labelpad=14)
        label(axes[0], "start", *paths["sgd"][0], INK, dx=0, dy=8, ha="center", va="baseline")
    return figure


def loss_by_learning_rate(rates, losses):
    """The loss that each optimiser reaches after a fixed number of updates, against its learning rate.

    rates: dict from an optimiser's name to its rates. losses: dict from name to final losses, one row per
    rate and one column per start. The line runs through the medians.
    """
    alt = ("Loss after training against learning rate, both axes logarithmic. Medians of the starts: "
           + "; ".join(f"{NAMES[name]}: " + ", ".join(f"{np.median(found):.0e} at {rate:g}"
                                                      for rate, found in zip(rates[name], values))
                       for name, values in losses.items()) + ".")
    figure, ax = picture(7.5, 3.6, alt=alt)
    with look():
        for name, values in losses.items():
            values, colour = np.array(values), COLOURS[name]
            drawn = dict(zip(rates[name], np.median(values, axis=1)))
            ticks = rates["sgd"]                    # a rate that was left out breaks the line
            ax.plot(ticks, [drawn.get(rate, np.nan) for rate in ticks], color=colour)
            ax.plot(rates[name], values, color=colour, linewidth=0, marker="o", markersize=4.5, alpha=0.6)
            words = GREY if colour == MUTED else colour
            label(ax, NAMES[name], rates[name][0], np.median(values[0]), words, dx=-9, ha="right",
                  fontsize=12)
        ax.set(xscale="log", yscale="log", xlabel="learning rate", ylabel="loss after training")
        ax.set_xticks(ticks, [f"{rate:g}" for rate in ticks])
        ax.minorticks_off()
        ax.axhline(0.5, color=MUTED, linewidth=1, linestyle=":")
        label(ax, "always answer 0", ticks[-1], 0.5, GREY, dx=0, dy=4, ha="right", va="baseline", fontsize=10)
        ax.set(xlim=(ticks[0] / 2.9, None), ylim=(6e-6, 1.5))
    return figure


def clipped(gradient, by_norm, by_value, limit):
    """One gradient with two entries, clipped by norm and by value: pairs of numbers. limit: the bound."""
    turns = abs(gradient[0] * by_value[1] - gradient[1] * by_value[0]) > 1e-9
    acts = ["shortens an arrow to the circle and keeps its direction",
            f"moves its tip to the square, and the direction {'turns' if turns else 'stays'}"]
    by_norm_does, by_value_does = ("leaves an arrow as it is" if np.allclose(tip, gradient) else does
                                   for tip, does in zip((by_norm, by_value), acts))
    alt = f"Left: clipping by norm {by_norm_does}. Right: clipping by value {by_value_does}."
    figure, axes = picture(8.4, 3.1, columns=2, sharex=True, sharey=True, alt=alt)
    angle = np.linspace(0, 2 * np.pi, 200)
    bounds = (np.cos(angle), np.sin(angle)), np.array([[1, 1, -1, -1, 1], [1, -1, -1, 1, 1]])
    titles = "by norm: same direction", f"by value: {'it turns' if turns else 'same direction'}"
    with look():
        for ax, tip, title, bound in zip(axes, (by_norm, by_value), titles, bounds):
            ax.plot(*limit * np.array(bound), color="#BBBBBB", linewidth=1.4)
            arrow(ax, (0, 0), gradient, MUTED)
            arrow(ax, (0, 0), tip, BACKWARD)
            label(ax, "gradient", *gradient, GREY, dx=-4, dy=7, ha="right", va="baseline")
            label(ax, "clipped", *tip, BACKWARD, dy=-2, va="top")
            ax.set_title(title)
            ax.set(aspect="equal", xlim=(-1.3, 3.4), ylim=(-1.2, 1.5), xticks=[-1, 0, 1, 2, 3],
                   yticks=[-1, 0, 1])
    return figure


def forecasts(years, actual, autoregression, network, ceiling):
    """Held-out years with the forecasts of the autoregression and of several networks.

    years, actual, autoregression: (N,). network: (seeds, N). ceiling: the largest number before them.
    """
    top = int(np.argmax(actual))
    alt = (f"Yearly sunspot numbers from {years[0]} to {years[-1]} with one-step forecasts. In the highest "
           f"year, {years[top]}, {actual[top]:.0f} were measured; the autoregression says "
           f"{autoregression[top]:.0f}, and the networks, in the mean, {network[:, top].mean():.0f}.")
    figure, ax = picture(9.4, 3.9, alt=alt)
    with look():
        ax.axhline(ceiling, color=MUTED, linewidth=1, linestyle=":")
        label(ax, f"highest of the training years, {ceiling:g}", years[5], ceiling, GREY, dx=0, dy=5,
              va="baseline", fontsize=10)
        ax.fill_between(years, network.min(axis=0), network.max(axis=0), color=FORWARD, alpha=0.25,
                        linewidth=0)
        ax.plot(years, network.mean(axis=0), color=FORWARD, linewidth=1.8)
        ax.plot(years, autoregression, color=GOLD, linewidth=1.7, linestyle=(0, (4, 1.5)))
        ax.plot(years, actual, color=INK, linewidth=0, marker="o", markersize=4.5)
        for text, colour, x in (("● measured", INK, 0.0), ("– –  autoregression", GOLD, 0.14),
                                (f"—  {len(network)} networks: mean and range", FORWARD, 0.36)):
            ax.text(x, 1.04, text, transform=ax.transAxes, color=colour, fontsize=11.5)
        ax.set(ylabel="sunspot number", xlim=(years[0] - 0.7, years[-1] + 0.7), ylim=(0, 205),
               yticks=[0, 50, 100, 150, 200])
    return figure


def letter_losses(updates, training, checked, validation, baselines):
    """The character model's loss while it trains, with the losses of the baselines as labelled lines.

    updates: (N,) update numbers of the smoothed ``training`` losses. checked: update numbers of the
    ``validation`` losses. baselines: dict from a label to nats per character, the largest first.
    """
    below = {name: updates[training < value] for name, value in baselines.items()}
    alt = ("Loss of the character model in nats per character against updates, with horizontal lines for "
           "the baselines. After how many updates the curve is below them: "
           + ", ".join(f"{name} {f'{-(-found[0] // 100) * 100} or less' if len(found) else 'never'}"
                       for name, found in below.items()) + ".")
    figure, ax = picture(9.4, 4.2, alt=alt)
    with look():
        for name, value in baselines.items():
            ax.axhline(value, color=MUTED, linewidth=1, linestyle=":")
            label(ax, f"{value:.2f}  {name}", 1, value, "#555555", dx=8, fontsize=10.5,
                  xycoords=("axes fraction", "data"))
        ax.plot(updates, training, color=BACKWARD, linewidth=1.4)
        ax.plot(checked, validation, color=FORWARD, linewidth=0, marker="o", markersize=7)
        label(ax, "validation names", checked[0], validation[0], FORWARD, dx=0, dy=-22, ha="center",
              va="baseline")
        early = len(updates) // 25
        label(ax, "training batches", updates[early], training[early], BACKWARD, dx=9, va="baseline")
        ax.set(xlabel="updates", ylabel="nats per character", xlim=(0, updates[-1] * 1.02), ylim=(1.7, 3.4))
    return figure


def next_letters(name, probabilities):
    """The model's probabilities for the next letter, at each place in a name: (len(name) + 1, 27)."""
    steps = len(name) + 1
    coming = ", ".join(f"{letter} {row[ALPHABET.index(letter)]:.2f}"
                       for letter, row in zip(name + ".", probabilities))
    alt = (f"Heat map of next-letter probabilities along the name {name}: one column per step, one row per "
           f"letter; a frame marks the letter that comes. Its probabilities: {coming}.")
    figure, ax = picture(8.4, 6.6, alt=alt)
    with look():
        image = ax.imshow(probabilities.T, cmap="Blues", vmin=0, vmax=1, aspect="auto")
        for step, letter in enumerate(name + "."):
            row = ALPHABET.index(letter)
            ax.add_patch(FancyBboxPatch((step - 0.46, row - 0.42), 0.92, 0.84, boxstyle="square,pad=0",
                                        facecolor="none", edgecolor=BACKWARD, linewidth=1.8))
            p = probabilities[step, row]
            ax.text(step, row + 0.03, f"{p:.2f}" if p >= 0.005 else "< .01", ha="center", va="center",
                    fontsize=9.5, color="white" if p > 0.55 else INK)
        ax.set_xticks(range(steps), list("." + name), fontsize=13)
        ax.set_yticks(range(len(ALPHABET)), list(ALPHABET), fontsize=9.5)
        without_frame(ax)
        ax.set(xlabel="letter read last", ylabel="next letter")
        ax.set_title("probability of the next letter; framed: the letter that comes")
        colour_bar(image, ax, ticks=[0, 0.5, 1], shrink=0.5)
    return figure


def loss_curves(panels, ylabel, log=False):
    """Loss curves side by side, labelled at their ends.

    panels: dict from a title to a dict from a curve's label to its values. ylabel: one for all, or a list.
    """
    ends = [f"{title}: " + ", ".join(f"{name} ends at {values[-1]:.1g}" if log
                                     else f"{name} ends at {values[-1]:#.3g}"
                                     for name, values in curves.items()) for title, curves in panels.items()]
    alt = "Loss curves side by side. " + "; ".join(ends) + "."
    figure, axes = picture(9.4, 3.3, columns=len(panels), alt=alt)
    colours = [FORWARD, BACKWARD, ACCENT]
    units = [ylabel] * len(panels) if isinstance(ylabel, str) else ylabel
    with look():
        for ax, (title, curves), unit in zip(axes, panels.items(), units):
            for colour, values in zip(colours, curves.values()):
                ax.plot(np.arange(1, len(values) + 1), values, color=colour, linewidth=1.6)
            for name, colour, place in spread(curves, colours, log, axes_height=2.4):
                label(ax, name, len(values), place, colour)
            ax.set_title(title)
            ax.set(xlabel="updates", ylabel=unit, yscale="log" if log else "linear")
            ax.margins(x=0.01)
    return figure


def leaving_a_minimum(distances, factors):
    """The distance from a minimum at several learning rates, and what the largest curvature predicts.

    distances: dict from a rate, as a share of the limit, to the distances after 0, 1, 2 ... updates. factors:
    dict from the same share to the predicted factor per update.
    """
    ends = "; ".join(f"at {share:g} of the limit it ends at {max(far[-1], LOWEST):.1g}"
                     for share, far in distances.items())
    figure, axes = picture(7.4, 3.6, alt="The distance from a minimum over the updates, each curve beside a "
                           f"dotted line with the predicted factor per update: {ends}.")
    with look():
        for share, far in distances.items():
            axes.plot(far[0] * factors[share] ** np.arange(len(far)), color=INK, linewidth=1, linestyle=":")
        curves = {f"{share:g} of the limit": far[np.minimum.accumulate(far > LOWEST)]
                  for share, far in distances.items()}
        colours = [BACKWARD if factor > 1 else FORWARD for factor in factors.values()]
        for far, colour in zip(curves.values(), colours):
            axes.plot(far, color=colour, linewidth=1.8)
        for name, colour, place in spread(curves, colours, True, axes_height=2.9):
            label(axes, name, len(curves[name]) - 1, place, colour)
        axes.set(yscale="log", ylim=(LOWEST / 20, 20), xlabel="updates", ylabel="distance from the minimum")
    return figure


def spread(curves, colours, log, axes_height):
    """Label, colour and height for each curve's end, with the labels moved apart where they would overlap."""
    scale = np.log if log else np.asarray
    back = np.exp if log else float
    everything = np.concatenate([scale(np.asarray(values)) for values in curves.values()])
    gap = (everything.max() - everything.min()) * 0.2 / axes_height
    ends = sorted((float(scale(values[-1])), name, colour)
                  for colour, (name, values) in zip(colours, curves.items()))
    places = [end for end, _, _ in ends]
    for i in range(1, len(places)):
        short = gap - (places[i] - places[i - 1])
        if short > 0:
            places[i - 1] -= short / 2
            places[i] += short / 2
    return [(name, colour, back(place)) for place, (_, name, colour) in zip(places, ends)]
