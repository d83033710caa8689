"""Pictures with lines that are sharp at every size: each as SVG, with the size of its smallest letters."""

import io
import re

import matplotlib as mpl
from matplotlib.text import Text

from pictures.canvas import PIXELS_PER_INCH, Picture, look, show
from pictures.explorers.explorer import Explorer

SHARP = "image/svg+xml"
LARGEST = 300_000       # bytes: what has more lines, such as a cloud of points, becomes pixels
DPI = 240               # of pixels


def capture():
    """From here on a notebook's pictures are kept as SVG. Called in its kernel, before the first cell."""
    Picture._ipython_display_ = lambda picture: keep(picture)
    Explorer._ipython_display_ = lambda explorer: keep(explorer.picture(**explorer.page))


def keep(picture):
    """Display a picture as SVG, or as pixels if it has very many lines."""
    sharp = svg(picture)
    kind, content = (SHARP, sharp) if len(sharp) <= LARGEST else ("image/png", png(picture))
    width, height = size(picture)
    show({kind: content, "text/plain": picture.alt},
         {kind: {"width": width, "height": height, "letters": letters(picture)}}, "")


def size(picture):
    """(width, height) in pixels of the page, as a notebook shows it."""
    return tuple(round(float(inches) * PIXELS_PER_INCH) for inches in picture.get_size_inches())


def letters(picture):
    """The smallest type in a picture, in pixels of the page."""
    sizes = [text.get_fontsize() for text in picture.findobj(Text)
             if text.get_visible() and text.get_text().strip()]
    return round(min(sizes, default=99) * PIXELS_PER_INCH / 72, 1)


def svg(picture):
    """A picture as the text of an SVG file; the same picture gives the same text."""
    buffer = io.StringIO()
    with look(), mpl.rc_context({"svg.hashsalt": "course"}):
        picture.savefig(buffer, format="svg", metadata={"Date": None})
    text = buffer.getvalue()
    return short(text[text.index("<svg"):])


def short(text):
    """Numbers with two digits after the point. Those below 1 stay: they are scales of letters."""
    return re.sub(r"(?<![\d.])([1-9]\d*\.\d\d)\d+", r"\1", text)


def png(picture):
    """A picture as PNG bytes, in enough pixels for a large screen."""
    buffer = io.BytesIO()
    with look():
        picture.savefig(buffer, format="png", dpi=DPI)
    return buffer.getvalue()
