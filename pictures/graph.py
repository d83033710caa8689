"""Primitives to draw networks: round nodes, arrows between them, and the drawing of an unrolled network.

Everything is measured in one unit, INCHES wide on paper, so that nodes and text keep their proportions.
With ``beside`` arrows keep to the left of their own direction: a backward arrow never hides the forward one.
"""

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.patches import Circle, FancyArrowPatch
from matplotlib.path import Path

from pictures.canvas import BACKWARD, FORWARD, INK, MUTED, look, picture

INCHES = 0.8            # size of one unit on paper
COLUMN = 1.7            # from one time step to the next
ROW = 1.35              # from x to h, from h to y, from y to L
RADIUS = 0.36           # of a node
LANE = 0.1              # how far an arrow moves to the side, to leave room for one in the other direction
TEXT = 12               # points; node labels are larger

LOOKS = {"x": (MUTED, "white"), "h": (FORWARD, "#E1EEF7"), "y": (FORWARD, "white"), "L": (INK, "#F1F1F1")}


class Graph:
    """A drawing of nodes and arrows on an axes without frame. Call ``fit`` when all is drawn."""

    def __init__(self, axes):
        self.axes, self.figure = axes, axes.figure
        self.places, self.radii = {}, {}
        axes.set_aspect("equal")
        axes.axis("off")

    def node(self, name, position, label="", colour=INK, fill="white", radius=RADIUS, size=16):
        """A round node. position: (x, y) of its centre. label: text, may be mathtext. size: of the label.

        Returns its circle and its label, for those who change them later.
        """
        self.places[name], self.radii[name] = np.array(position, float), radius
        circle = self.axes.add_patch(Circle(position, radius, facecolor=fill, edgecolor=colour, linewidth=1.6,
                                            zorder=2))
        return circle, self.text(position, label, INK, size=size, zorder=3)

    def arrow(self, start, end, label="", colour=FORWARD, strength=None, curve=0.0, beside=False, size=TEXT):
        """An arrow from node to node, with an optional label on its left.

        strength: from 0 (pale, thin) to 1 (strong, thick); None for a plain arrow.
        curve: height of the bow to the left, as a part of the length; 0 for a straight line.
        beside: True to keep a lane to the left, so that there is room for an arrow the other way.
        Returns the arrow and its label.
        """
        a, b = self.places[start], self.places[end]
        left = to_left(b - a)
        bend = (a + b) / 2 + 2 * curve * np.hypot(*(b - a)) * left
        shift = LANE * left if beside else 0 * left
        a = edge(a, bend, self.radii[start] + 0.03, shift)
        b = edge(b, bend, self.radii[end] + 0.05, shift)
        arrow = self._arrow(Path([a, bend + shift, b], [Path.MOVETO, Path.CURVE3, Path.CURVE3]), colour,
                            strength)
        return arrow, self._beside((a + b) / 4 + (bend + shift) / 2, left, label, colour, size)

    def loop(self, name, label="", colour=FORWARD, strength=None, size=TEXT):
        """An arrow from a node's right side back to itself: the recurrence of a folded network.

        Returns the arrow and its label.
        """
        centre, r = self.places[name], self.radii[name]
        corners = [(0.87, 0.5), (2.9, 1.9), (2.9, -1.9), (0.95, -0.55)]
        points = [centre + r * np.array(corner) for corner in corners]
        arrow = self._arrow(Path(points, [Path.MOVETO] + 3 * [Path.CURVE4]), colour, strength)
        return arrow, self._beside(centre + np.array([2.45 * r, 0]), np.array([1.0, 0]), label, colour, size)

    def text(self, position, text, colour=INK, size=TEXT, **kwargs):
        """Text at a position, centred unless ``ha`` and ``va`` say otherwise."""
        return self.axes.text(*position, text, color=colour, fontsize=size, math_fontfamily="cm",
                              **{"ha": "center", "va": "center", "zorder": 3, **kwargs})

    def fit(self, left=0.5, right=0.5, bottom=0.5, top=0.5):
        """Set the axes' limits around the centres of all nodes. The arguments are the margins, in units."""
        places = np.array(list(self.places.values()))
        (x0, y0), (x1, y1) = places.min(axis=0), places.max(axis=0)
        self.axes.set(xlim=(x0 - left, x1 + right), ylim=(y0 - bottom, y1 + top))

    def _arrow(self, path, colour, strength):
        width = 1.8 if strength is None else 0.8 + 3.7 * strength
        colour = colour if strength is None else blend(colour, 0.2 + 0.8 * strength)
        return self.axes.add_patch(FancyArrowPatch(
            path=path, arrowstyle="-|>,head_length=0.45,head_width=0.22", linewidth=width,
            mutation_scale=9 + 2 * width, color=colour, joinstyle="miter", zorder=1))

    def _beside(self, point, side, label, colour, size):
        across = abs(side[0]) > 0.5
        ha = "center" if not across else "right" if side[0] < 0 else "left"
        va = "center" if across else "bottom" if side[1] > 0 else "top"
        return self.text(point + 0.1 * side, label, colour, size, ha=ha, va=va)


def to_left(direction):
    """The unit vector that points to the left of a direction of travel."""
    return np.array([-direction[1], direction[0]]) / np.hypot(*direction)


def edge(centre, towards, radius, shift):
    """Where an arrow from a node's centre towards a point crosses the node's circle, moved to its lane."""
    direction = (towards - centre) / np.hypot(*(towards - centre))
    return centre + shift + direction * np.sqrt(radius ** 2 - shift @ shift)


def blend(colour, strength):
    """A colour mixed with white. strength: from 0 (white) to 1 (the colour itself)."""
    return tuple(1 - strength * (1 - np.array(to_rgb(colour))))


def board(width, height, alt):
    """An empty Graph; its ``.figure`` is the picture. width, height: in units. alt: the description."""
    figure, axes = picture(width * INCHES, height * INCHES, alt=alt)
    return Graph(axes)


def unrolled_graph(T, outputs=True, losses=True, backward=False, labels=None, axes=None, alt=None):
    """The network unrolled over T steps. Returns a Graph with nodes "h0", "x1", "h1", "y1", "L1", "x2", ...

    outputs: True, False, or a list of the steps that have an output. losses: whether outputs have a loss.
    backward: True for an arrow back along every arrow from h on; or a dict from pairs such as ("h2", "h1")
    to a strength from 0 to 1, for those arrows only.
    labels: dict from "xh", "hh" or "hy" to an arrow's label, or to a function of t that returns it.
    axes: where to draw; None for a figure of its own, with description ``alt``.
    """
    steps = {True: range(1, T + 1), False: ()}.get(outputs) if isinstance(outputs, bool) else outputs
    rows = 2 + (len(steps) > 0) * (1 + losses)
    with look():
        if axes is None:
            alt = alt or f"A recurrent network unrolled over {T} time steps, one column per step."
            graph = board(COLUMN * T + 1.1, ROW * (rows - 1) + 1.1, alt)
        else:
            graph = Graph(axes)
        place(graph, "h", 0)
        pairs = []
        for t in range(1, T + 1):
            kinds = ("x", "h") + (("y", "L") if losses else ("y",)) * (t in steps)
            for kind in kinds:
                place(graph, kind, t)
            pairs += [(f"h{t - 1}", f"h{t}", "hh", t)]
            pairs += [(f"{a}{t}", f"{b}{t}", a + b, t) for a, b in zip(kinds, kinds[1:])]
        if backward is True:
            backward = {(end, start): None for start, end, kind, t in pairs if kind != "xh" and start != "h0"}
        for start, end, kind, t in pairs:
            label = (labels or {}).get(kind, "")
            returns = bool(backward) and (end, start) in backward
            graph.arrow(start, end, label(t) if callable(label) else label, beside=returns)
            if returns:
                graph.arrow(end, start, colour=BACKWARD, strength=backward[end, start], beside=True)
        graph.fit()
    return graph


def place(graph, kind, t, label=None):
    """Put the node of a kind ("x", "h", "y" or "L") and step t at its place on the grid, in its look."""
    colour, fill = LOOKS[kind]
    graph.node(f"{kind}{t}", (COLUMN * t, ROW * "xhyL".index(kind)), label or f"${kind}_{{{t}}}$", colour,
               fill)
