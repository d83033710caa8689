"""A picture with at most 256 colours: its file is a third as large, and nobody sees the difference.

Programs that look for the best 256 colours are not used here: from pictures that hardly differ, as from two
processors, they make pictures that differ. Instead, the most frequent colours stay, and all others are
rounded to grids that are the same for every picture, the rarest to the coarsest.
"""

import io
from bisect import bisect_right

import numpy as np
from PIL import Image

COLOURS = 256               # in a palette
STAY = 32                   # the most frequent colours, which are never rounded
GRIDS = (5, 15, 45, 85)  # what others are rounded to multiples of; with the last one they are at most 4 ** 3
ERROR = 0.25  # mean over all pixels, of 255: where rounding costs more, as in heat maps, no colour is changed


def small_png(image):
    """An image as PNG bytes. image: of PIL; if parts of it are transparent, that gets lost."""
    image = image.convert("RGB")
    counts, colours = map(np.array, zip(*image.getcolors(image.width * image.height)))
    found = code(colours)
    chosen = few(found, counts)
    if np.average(np.abs(decoded(chosen) - colours).mean(axis=1), weights=counts) <= ERROR:
        palette, places = np.unique(chosen), np.zeros(256 ** 3, np.uint8)
        places[found] = np.searchsorted(palette, chosen)
        image = Image.fromarray(places[code(np.asarray(image))])
        image.putpalette(decoded(palette).astype(np.uint8).tobytes())
    buffer = io.BytesIO()
    image.save(buffer, format="png", optimize=True)
    return buffer.getvalue()


def few(colours, counts):
    """For each colour the one that stands for it, at most COLOURS. colours: codes. counts: of their pixels"""
    for grid in GRIDS:
        cells, place = np.unique(colours, return_inverse=True)
        order = np.argsort(-np.bincount(place, counts), kind="stable")              # the most frequent first
        cells, coarse = cells[order], rounded(cells[order], grid)
        options = [*range(STAY, COLOURS), len(cells)]
        fitting = bisect_right(options, COLOURS, key=lambda stay: len({*cells[:stay], *coarse[stay:]}))
        stay = options[max(fitting - 1, 0)]  # as many as there is room for
        coarse[:stay] = cells[:stay]
        colours = coarse[np.argsort(order)][place]
        if fitting:
            return colours


def rounded(codes, grid):
    """Codes of colours, rounded to multiples of grid, and 255."""
    return code(np.minimum((2 * decoded(codes) + grid) // (2 * grid) * grid, 255))


def code(colours):
    """One number for each colour. colours: red, green and blue from 0 to 255, (..., 3)."""
    return colours.astype(int) @ [256 ** 2, 256, 1]


def decoded(codes):
    """The colours of these numbers, (..., 3)."""
    return np.stack([codes >> 16, codes >> 8 & 255, codes & 255], axis=-1)
