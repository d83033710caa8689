"""Marks that figures and explorers share: labels, arrows, ticks, colour bars, numbers, colours."""

from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import FancyArrowPatch

from pictures.canvas import BACKWARD, FORWARD, INK
from pictures.graph import blend

GREY = "#666666"                        # text that only guides
GOLD = "#B87A00"                        # a fourth colour for lines and their labels
REACHED, GONE = blend(BACKWARD, 0.8), "#E4E4E4"  # a state that a loss reaches, and one that it does not
BEHIND = {"facecolor": "white", "edgecolor": "none", "pad": 2}     # text: a ground of its own over lines

SIGNED = LinearSegmentedColormap.from_list("signed", [BACKWARD, "white", FORWARD])
VANISH_EXPLODE = SIGNED.reversed()      # blue: vanished, white: as long as at the start, vermilion: exploded
LEVELS = [0, 0.001, 0.003, 0.01, 0.02, 0.04, 0.08, 0.3, 2]     # of a loss with a valley and a cliff


def label(ax, text, x, y, colour, dx=6, dy=0, **kwargs):
    """A direct label beside a point of a curve. dx, dy: how far from it, in points. Returns its text."""
    return ax.annotate(text, (x, y), (dx, dy), textcoords="offset points", color=colour,
                       **{"va": "center", "fontsize": 11, "annotation_clip": False, **kwargs})


def apart(labels, factor):
    """Move labels at the right end apart, by at least ``factor``. labels: lists, x and y first."""
    last = max(x for x, *_ in labels)
    ends = sorted((one for one in labels if one[0] == last), key=lambda one: one[1])
    for lower, upper in zip(ends, ends[1:]):
        upper[1] = max(upper[1], lower[1] * factor)
    return labels


def arrow(ax, start, end, colour, head=14, width=1.6, **kwargs):
    """An arrow between two points. head, width: in points. Returns it."""
    return ax.add_patch(FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=head, linewidth=width,
                                        color=colour, shrinkA=0, shrinkB=0, **kwargs))


def powers_of_ten(ax, lowest, highest, every=2):
    """Ticks 10^k on the upright axis, from lowest to highest."""
    exponents = range(lowest, highest + 1, every)
    ax.set_yticks([10.0 ** k for k in exponents], [f"$10^{{{k}}}$" for k in exponents])
    ax.minorticks_off()


def without_frame(ax):
    """Leave out the axes' lines and their ticks; numbers and names stay."""
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)


def colour_bar(image, axes, ticks, names=None, title="", **kwargs):
    """A colour bar beside axes. names: at the ticks, instead of numbers. title: over it."""
    bar = image.get_figure().colorbar(image, ax=axes, ticks=ticks, **kwargs)
    if names:
        bar.ax.set_yticklabels(names)
    bar.ax.set_title(title, fontsize=10.5, loc="left", pad=12)
    bar.minorticks_off()
    bar.outline.set_visible(False)


def decimals(value, places=2):
    """A number with so many decimals and a true minus sign, never minus zero."""
    return f"{round(float(value), places) + 0.0:.{places}f}".replace("-", "\N{MINUS SIGN}")


def one_digit(number):
    """A small number in powers of ten, such as 1e-7."""
    return f"{number:.0e}".replace("e-0", "e-")


def on_cell(value, limit):
    """The colour of a number in a cell of a table: white where the cell is dark. limit: the darkest value."""
    return "white" if abs(value) > 0.62 * limit else INK
