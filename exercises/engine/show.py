"""How the answer to ``check`` looks: text in a terminal, a framed note with small heat maps in a notebook."""

import html

import numpy as np

COLOURS = {"right": "#009E73", "wrong": "#D55E00"}
POSITIVE, NEGATIVE = (0, 114, 178), (213, 94, 0)      # blue and orange, as in the lessons' figures
LARGEST = 24                    # rows and columns that a heat map shows
CELL = 16                       # pixels


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
        return (f'<div style="border-left: 4px solid {colour}; padding: 2px 10px">'
                f"<b>Exercise {self.number}: {self.status}.</b> "
                f'<span style="white-space: pre-wrap">{written(self.message)}</span>'
                f"{notes}{heat_maps(self.part) if self.part else ''}</div>")


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
        return self.result._repr_html_()


@np.errstate(all="ignore")
def heat_maps(part):
    """A wrong array, the right one and the difference, side by side as SVG.
    Colours only: no number to copy."""
    received, expected = as_matrix(part.received), as_matrix(part.expected)
    if expected is None or received is None or expected.size < 2:
        return ""
    limit = np.abs(expected).max() or 1.0
    maps = [("yours", received, limit), ("right", expected, limit)]
    mark = None
    if part.problem is None:
        difference = received - expected
        finite = np.abs(difference[np.isfinite(difference)])
        maps.append(("yours minus right (own scale)", difference, finite.max(initial=0) or 1.0))
        mark = divmod(int(np.ravel_multi_index(part.worst, part.expected.shape)), expected.shape[1])
    drawn = "".join(f'<figure style="display: inline-block; margin: 6px 16px 0 0; vertical-align: top">'
                    f"{heat_map(values, limit, mark, f'{part.name}: {words}')}"
                    f'<figcaption style="font-size: 85%">{words}</figcaption></figure>'
                    for words, values, limit in maps)
    rows = " A row for each entry of the first axis." if part.expected.ndim > 2 else ""
    marked = " The ring marks the entry that is furthest off." if mark else ""
    return (f'<div style="margin-top: 6px">{html.escape(part.name)}, blue above zero and orange below.'
            f"{rows}{marked}<br>{drawn}</div>")


def as_matrix(array):
    """An array as rows and columns: a vector is one row, further axes follow each other in a row.
    None if it can't be drawn."""
    array = np.asarray(array)
    if array.dtype.kind not in "biuf" or array.ndim == 0 or array.size == 0:
        return None
    array = array.astype(float)
    return array[None] if array.ndim == 1 else array.reshape(len(array), -1)


def heat_map(values, limit, mark, words):
    """One matrix as SVG; mark: (row, column) that gets a ring, or None."""
    values = values[:LARGEST, :LARGEST]
    rows, columns = values.shape
    cells = "".join(cell(i, j, values[i, j], limit) for i in range(rows) for j in range(columns))
    ring = ""
    if mark and mark[0] < rows and mark[1] < columns:
        x, y = ((place + 0.5) * CELL for place in reversed(mark))
        ring = "".join(f'<circle cx="{x}" cy="{y}" r="{CELL * 0.36:.2f}" fill="none" '
                       f'stroke="{colour}" stroke-width="{width}"/>'
                       for colour, width in (("#ffffff", 4), ("#000000", 1.6)))
    return (f'<svg role="img" aria-label="{html.escape(words)}" '
            f'width="{columns * CELL}" height="{rows * CELL}" xmlns="http://www.w3.org/2000/svg" '
            f'style="border: 1px solid #888888; background: #ffffff">{cells}{ring}</svg>')


def cell(i, j, value, limit):
    """One entry of a heat map; a value that is no number is drawn black."""
    place = f'x="{j * CELL}" y="{i * CELL}" width="{CELL}" height="{CELL}"'
    if not np.isfinite(value):
        return f'<rect {place} fill="#000000"/>'
    strength = min(1.0, abs(value) / limit)
    full = POSITIVE if value > 0 else NEGATIVE
    shade = "".join(f"{round(255 + strength * (channel - 255)):02x}" for channel in full)
    return f'<rect {place} fill="#{shade}"/>'
