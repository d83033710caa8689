"""How the answer to ``check`` looks: text in a terminal, a framed note with small heat maps in a notebook."""

import base64
import html
import io

import numpy as np

COLOURS = {"right": "#009E73", "wrong": "#D55E00"}
POSITIVE, NEGATIVE = (0, 114, 178), (213, 94, 0)      # blue and orange, as in the lessons' figures
LARGEST = 24                    # rows and columns that a heat map shows
CELL = 16                       # pixels on screen; a picture is stored with twice as many
DPI = 80
# Words that are read aloud and not seen.
UNSEEN = "position: absolute; width: 1px; height: 1px; overflow: hidden; clip: rect(0 0 0 0); margin: 0"


class Result:
    """What a check found.

    status: "right", "wrong", "not attempted yet" or "not finished yet". message: what is to be said first.
    notes: more sentences, most specific first. part: the Part to draw, or None. credit: the share of the
    exercise that is right, 0 to 1. place: where to look, words that stand after "look first at"; "" where
    nothing is located.
    """

    def __init__(self, number, status, message, notes=(), part=None, credit=0.0, place=""):
        self.number, self.status, self.message = number, status, message
        self.notes, self.part, self.place = tuple(filter(None, notes)), part, place
        self.credit = 1.0 if status == "right" else credit

    def __repr__(self):
        return "\n  ".join([f"Exercise {self.number}: {self.status}. {self.message}", *self.notes])

    def _repr_html_(self):
        written = emphasised if self.status == "wrong" else html.escape
        colour = COLOURS.get(self.status, "#888888")
        notes = "".join(f'<div style="margin-top: 4px; white-space: pre-wrap">{written(note)}</div>'
                        for note in self.notes)
        above = f'<div style="margin-top: 6px">{html.escape(caption(self.part))}</div>' if self.maps() else ""
        return (f'<div style="border-left: 4px solid {colour}; padding: 2px 10px">'
                f"<b>Exercise {self.number}: {self.status}.</b> "
                f'<span style="white-space: pre-wrap">{written(self.message)}</span>{notes}{above}</div>')

    def maps(self):
        """The heat maps to draw, as ``maps_of``; [] if there are none."""
        return maps_of(self.part) if self.part else []

    def words(self):
        """The heat maps' alternative text."""
        return f"Heat maps of {self.part.name}: {', '.join(words for words, *_ in self.maps())}."

    def _ipython_display_(self):
        """Show the note, then the heat maps as a picture of their own, which stays where a page that is not
        trusted loses its HTML. Without any, the note is shown as every other value."""
        if not self.maps():
            raise NotImplementedError
        from IPython.display import display

        png, size = heat_maps(self.maps(), ring_of(self.part))
        display({"text/plain": repr(self), "text/html": self._repr_html_()}, raw=True)
        # As base64: in a browser nobody else turns bytes into text.
        display({"image/png": base64.b64encode(png).decode(), "text/plain": f"[{self.words()}]"}, raw=True,
                metadata={"image/png": {**size, "alt": self.words()}})
        display({"text/html": f'<p style="{UNSEEN}">{html.escape(self.words())}</p>'}, raw=True)


def emphasised(note):
    """A note as HTML, a name in front of it, such as that of a mistake, in bold."""
    name, colon, rest = note.partition(": ")
    if colon and name[:1].isupper() and len(name) < 60 and "." not in name and name != "On paper":
        return f"<b>{html.escape(name)}:</b> {html.escape(rest)}"
    return html.escape(note)


class Score(float):
    """The points of a check while nbgrader grades: a number to nbgrader,
    the Result's note on the feedback page."""

    def __new__(cls, points, result):
        score = super().__new__(cls, points)
        score.result = result
        return score

    def _repr_html_(self):
        note, maps = self.result._repr_html_(), self.result.maps()
        if not maps:
            return note
        png, size = heat_maps(maps, ring_of(self.result.part))
        return (f'{note}<img alt="{html.escape(self.result.words())}" width="{size["width"]}" '
                f'src="data:image/png;base64,{base64.b64encode(png).decode()}">')


@np.errstate(all="ignore")
def maps_of(part):
    """(words, matrix, limit of the colours) for a wrong array, the right one and the difference; [] if there
    is nothing to draw."""
    received, expected = as_matrix(part.received), as_matrix(part.expected)
    if expected is None or received is None or expected.size < 2:
        return []
    limit = np.abs(expected).max() or 1.0
    maps = [("yours", received, limit), ("right", expected, limit)]
    if part.problem is None:
        difference = received - expected
        finite = np.abs(difference[np.isfinite(difference)])
        maps.append(("yours minus right (own scale)", difference, finite.max(initial=0) or 1.0))
    return [(words, values[:LARGEST, :LARGEST], limit) for words, values, limit in maps]


def ring_of(part):
    """(row, column) of the entry that gets a ring in a heat map, or None."""
    if part.problem:
        return None
    place = np.ravel_multi_index(part.worst, part.expected.shape)
    return divmod(int(place), as_matrix(part.expected).shape[1])


def caption(part):
    """What stands above the heat maps, one sentence or more."""
    rows = " A row for each entry of the first axis." if part.expected.ndim > 2 else ""
    marked = " The ring marks the entry that is furthest off." if ring_of(part) else ""
    return f"{part.name}, blue above zero and orange below.{rows}{marked}"


def as_matrix(array):
    """An array as rows and columns: a vector is one row, further axes follow each other in a row.
    None if it can't be drawn."""
    array = np.asarray(array)
    if array.dtype.kind not in "biuf" or array.ndim == 0 or array.size == 0:
        return None
    array = array.astype(float)
    return array[None] if array.ndim == 1 else array.reshape(len(array), -1)


def heat_maps(maps, ring):
    """Matrices side by side: (PNG bytes, its width and height in pixels on screen). Colours only: no number
    to copy. maps: as ``maps_of``. ring: as ``ring_of``."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    widths = [max(CELL * values.shape[1], 6 * len(words)) + CELL for words, values, _ in maps]
    width = sum(widths) + CELL
    height = CELL * max(len(values) for _, values, _ in maps) + 3 * CELL
    plain = {name: value for name, value in mpl.rcParamsDefault.items() if name != "backend"}
    with mpl.rc_context(plain):
        figure = Figure(figsize=(width / DPI, height / DPI), facecolor="white")
        for left, (words, values, limit) in zip(np.cumsum([CELL, *widths]), maps):
            rows, columns = values.shape
            axes = figure.add_axes((left / width, 1 - (rows + 2) * CELL / height,
                                    columns * CELL / width, rows * CELL / height), xticks=[], yticks=[])
            axes.imshow(shades(values, limit), aspect="auto")
            axes.set_title(words, loc="left", fontsize=9)
            if ring and ring[0] < rows and ring[1] < columns:
                for colour, line in (("white", 3.6), ("black", 1.4)):
                    axes.plot(*ring[::-1], "o", markersize=10, fillstyle="none", color=colour, mew=line)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=2 * DPI, metadata={"Software": None})
    return buffer.getvalue(), {"width": width, "height": height}


def shades(values, limit):
    """Colours of a matrix, (rows, columns, 3) from 0 to 255; a value that is no number is black."""
    strength = np.minimum(1, np.abs(values) / limit)[..., None]
    full = np.where(values[..., None] > 0, POSITIVE, NEGATIVE)
    colours = 255 + strength * (full - 255)
    return np.where(np.isfinite(values)[..., None], colours, 0).round().astype(np.uint8)
