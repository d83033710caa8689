"""The figures of the course, a module per topic. Each function takes numbers and returns a figure; none computes a gradient.

A figure is shown when it is the last value of a cell::

    from helpers import figures
    figures.unrolled(T=4)
"""

from helpers.figures.canvas import ACCENT, BACKWARD, FORWARD, INK, MUTED, Picture, look, picture
