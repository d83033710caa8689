"""A kept figure, drawn anew at every setting as quickly as it can be."""

import struct
import zlib

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg

from pictures.canvas import PIXELS_PER_INCH, look


class Film:
    """A kept figure as a quick sequence of PNG images: what never moves is drawn once. data: those of the first frame."""

    def __init__(self, sketch, data):
        figure, self.moving, self.update = sketch
        figure.set_dpi(2 * PIXELS_PER_INCH)
        self.canvas = FigureCanvasAgg(figure)
        self.moving.sort(key=lambda artist: artist.get_zorder())
        with look():
            self.update(data)
            self.canvas.draw()                          # lays out, with everything in place
            figure.set_layout_engine("none")
            for artist in self.moving:
                artist.set_animated(True)
            self.canvas.draw()                          # and without what moves: the ground of every frame
        self.ground = self.canvas.copy_from_bbox(figure.bbox)

    def frame(self, data):
        """The picture for these data, as PNG bytes."""
        with look():
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
