"""What every figure starts from: the course's look, its colours, a figure that brings its own description."""

import base64
import functools
import html
import io
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure
from PIL import Image

from pictures.png import small_png

STYLE = Path(__file__).with_name("course.mplstyle")

FORWARD = "#0072B2"     # blue: everything that runs forward in time
BACKWARD = "#D55E00"    # vermilion: everything that runs backward
ACCENT = "#009E73"      # green: the thing to look at
MUTED = "#888888"       # grey: what is there for orientation only
INK = "#222222"         # text

# Words that are read aloud and not seen.
UNSEEN = "position: absolute; width: 1px; height: 1px; overflow: hidden; clip: rect(0 0 0 0); margin: 0"

# Files without a date, which would differ each time.
PAPERS = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}, ".png": {"Software": None}}
PIXELS_PER_INCH = 80    # on screen; the picture is stored at twice that, for sharp displays


class Picture(Figure):
    """A matplotlib Figure that a notebook shows when it is a cell's last value, with its alternative text."""

    def __init__(self, *args, alt="", **kwargs):
        super().__init__(*args, **kwargs)
        self.alt = alt

    def __repr__(self):
        return f"[picture: {self.alt}]"

    def png(self):
        """The picture as PNG bytes, with a palette: small enough to be stored in a notebook."""
        buffer = io.BytesIO()
        with look():
            self.savefig(buffer, format="png", dpi=2 * PIXELS_PER_INCH, pil_kwargs={"compress_level": 0})
        return small_png(Image.open(buffer))

    def save(self, path):
        """Write the picture to a file for print or slides.

        path: ends in .svg or .pdf, for lines that are sharp at every size, or in .png, for pixels. The
        alternative text goes into the file as its title. Same picture, same bytes. Returns the path.
        """
        path = Path(path)
        if path.suffix not in PAPERS:
            raise ValueError(f"path must end in one of {', '.join(PAPERS)}; received {path.name!r}.")
        with look(), mpl.rc_context({"svg.hashsalt": "course"}):
            self.savefig(path, dpi=300, metadata={"Title": self.alt, **PAPERS[path.suffix]})
        return path

    def _repr_mimebundle_(self, include=None, exclude=None):
        width, height = (round(float(inches) * PIXELS_PER_INCH) for inches in self.get_size_inches())
        return ({"image/png": self.png(), "text/plain": repr(self)},
                {"image/png": {"width": width, "height": height, "alt": self.alt}})

    def _ipython_display_(self):
        """Show the picture, then its alternative text for screen readers: JupyterLab passes its own over."""
        show(*self._repr_mimebundle_(), self.alt)


def show(data, metadata, words):
    """Display a picture in a notebook, and after it words that are read aloud and not seen.

    data: by kind, such as "image/png". Bytes go as base64: in a browser nobody else turns them into text.
    """
    from IPython.display import display

    data = {kind: base64.b64encode(shown).decode() if isinstance(shown, bytes) else shown
            for kind, shown in data.items()}
    display(data, metadata=metadata, raw=True)
    display({"text/html": f'<p style="{UNSEEN}">{html.escape(words)}</p>'}, raw=True)


def picture(width=9.0, height=3.5, *, alt, rows=1, columns=1, mosaic=None, **kwargs):
    """A new figure in the course's look.

    width, height: in inches, 80 pixels each on screen. alt: some sentences that say what the picture shows.
    rows, columns and other keywords go to ``Figure.subplots``; or mosaic, a list of rows of names, to
    ``Figure.subplot_mosaic``. Returns (figure, axes), as ``plt.subplots`` would, but without pyplot's hidden
    state. Draw on the axes inside ``with look():``.
    """
    with look():
        figure = Picture(figsize=(width, height), layout="constrained", alt=alt)
        axes = (list(figure.subplot_mosaic(mosaic, **kwargs).values()) if mosaic else
                figure.subplots(rows, columns, **kwargs))
    return figure, axes


def look():
    """The course's style as a context manager, for everything that is drawn inside it."""
    return mpl.rc_context(settings())


@functools.cache
def settings():
    """All of matplotlib's settings: its defaults and the course's style, whatever the reader's own are.

    Without the backend, which opens windows: a context would not put the reader's one back.
    """
    return {name: value for name, value in mpl.rc_params_from_file(STYLE).items() if name != "backend"}
