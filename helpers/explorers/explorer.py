"""What an explorer is made of: a question, controls, a pure function from their values to numbers, and a kept figure.

    data(**values)   numbers and words for one setting of the controls; nothing is drawn
    sketch()         draws the figure once; ``update(data)`` then moves what changes
    words(data)      one sentence that says what the picture shows now

``panel.py`` adds the widgets; nothing here knows them, so all of it is tested without a browser.
"""

import struct
import zlib
from typing import Callable, NamedTuple

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg

from helpers.figures.canvas import PIXELS_PER_INCH, STYLE, Picture, look, show

LOOK = mpl.rc_params_from_file(STYLE, use_default_template=False)


class Slider(NamedTuple):
    """A value from an ordered list. meaning: a function from a value to the words that stand beside the slider."""

    name: str
    label: str
    values: list
    start: object
    meaning: Callable = str


class Steps(NamedTuple):
    """As ``Slider``, for things that follow one another: with buttons to go back, to step on, and to play."""

    name: str
    label: str
    values: list
    start: object
    meaning: Callable = str


class Choice(NamedTuple):
    """One of a few options. options: dict from what the reader sees to the value."""

    name: str
    label: str
    options: dict
    start: object

    @property
    def values(self):
        """What can be chosen."""
        return list(self.options.values())


class Sketch(NamedTuple):
    """A figure that is kept. moving: the artists that change. update: a function of the data that changes them."""

    figure: Picture
    moving: list
    update: Callable


class Explorer:
    """A picture with controls. It is shown when it is the last value of a cell.

    question: what it answers. controls: list of Slider, Steps and Choice, with the names of ``data``'s arguments.
    data, sketch, words: see above. Without a kernel a page shows one picture: that of the first setting, but for
    what ``page`` names, a dict of values.
    """

    def __init__(self, question, controls, data, sketch, words, page=None):
        self.question, self.controls = question, controls
        self.data, self.sketch, self.words = data, sketch, words
        self.page = {**self.start, **(page or {})}
        for control in controls:
            if control.start not in control.values:
                raise ValueError(f"{control.name} must start at one of its values {control.values}; received {control.start!r}.")

    @property
    def start(self):
        """The first setting: a dict from each control's name to its value."""
        return {control.name: control.start for control in self.controls}

    def picture(self, **values):
        """The figure for one setting; what is not given is as at the start. Returns a Picture."""
        figure, _, update = self.sketch()
        data = self.data(**{**self.start, **values})
        with look():
            update(data)
        figure.alt = self.words(data)
        return figure

    def __repr__(self):
        return f"[explorer: {self.question} {self.words(self.data(**self.page))}]"

    def _ipython_display_(self):
        from helpers.explorers.panel import panel       # only a notebook needs ipywidgets

        picture = self.picture(**self.page)
        data, metadata = picture._repr_mimebundle_()
        view = {"version_major": 2, "version_minor": 0, "model_id": panel(self).model_id}
        show({**data, "text/plain": repr(self), "application/vnd.jupyter.widget-view+json": view}, metadata, picture.alt)


class Film:
    """A kept figure as a quick sequence of PNG images: what never moves is drawn once. data: those of the first frame."""

    def __init__(self, sketch, data):
        figure, self.moving, self.update = sketch
        figure.set_dpi(2 * PIXELS_PER_INCH)
        self.canvas = FigureCanvasAgg(figure)
        self.moving.sort(key=lambda artist: artist.get_zorder())
        with mpl.rc_context(LOOK):
            self.update(data)
            self.canvas.draw()                          # lays out, with everything in place
            figure.set_layout_engine("none")
            for artist in self.moving:
                artist.set_animated(True)
            self.canvas.draw()                          # and without what moves: the ground of every frame
        self.ground = self.canvas.copy_from_bbox(figure.bbox)

    def frame(self, data):
        """The picture for these data, as PNG bytes."""
        with mpl.rc_context(LOOK):
            self.update(data)
            self.canvas.restore_region(self.ground)
            for artist in self.moving:
                artist.draw(self.canvas.get_renderer())
        return quick_png(np.asarray(self.canvas.buffer_rgba()))


def quick_png(pixels):
    """An image as PNG bytes, for speed and not for size. pixels: (height, width, 4), red, green, blue, alpha from 0 to 255.

    Rows are stored as they are (filter 0 of the PNG specification); trying filters takes most of the time of other writers.
    """
    height, width, _ = pixels.shape
    rows = np.zeros((height, 1 + 4 * width), np.uint8)
    rows[:, 1:] = pixels.reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    parts = {b"IHDR": header, b"IDAT": zlib.compress(rows, 1), b"IEND": b""}
    return b"\x89PNG\r\n\x1a\n" + b"".join(struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
                                           for kind, data in parts.items())
