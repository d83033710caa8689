"""What the tests of the notebooks share: where they are, and how two of them are compared."""

import base64
import io
from pathlib import Path

import nbformat
import numpy as np
from PIL import Image

COURSE = Path(__file__).parent.parent
SOURCES = sorted((COURSE / "solutions").glob("[0-9][0-9]_*.md"))
LESSONS = [path.stem for path in SOURCES]
EDITIONS = ("solutions", "notebooks")

NOT_WORDS = "image/png", "application/vnd.jupyter.widget-view+json"         # the latter is a random number
SHADE = 8               # of 255: how much a pixel's shade may differ between two processors
FEW_PIXELS = 1e-4       # and the share of pixels that may differ more,
                        # where a line falls beside another pixel


def path_of(edition, lesson):
    """Where the stored notebook of a lesson is."""
    return COURSE / edition / f"{lesson}.ipynb"


def load(edition, lesson):
    """The stored notebook of a lesson."""
    return nbformat.read(path_of(edition, lesson), as_version=4)


def code_cells(notebook):
    """The cells of code in a notebook, in order."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def is_exercise(cell):
    """A cell of code that the learner fills in."""
    return cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("solution", False)


def is_check(cell):
    """A cell of code that checks an exercise."""
    marks = cell.metadata.get("nbgrader", {})
    return cell.cell_type == "code" and marks.get("locked", False) and not marks.get("solution", False)


def is_written(cell):
    """A cell of text that the learner fills in and a person grades."""
    return cell.cell_type == "markdown" and cell.metadata.get("nbgrader", {}).get("solution", False)


def pictures(outputs):
    """The pictures among outputs, in order, as arrays of (height, width, 4) integers."""
    stored = [output.data["image/png"] for output in outputs if "image/png" in output.get("data", {})]
    return [np.asarray(Image.open(io.BytesIO(base64.b64decode(png))).convert("RGBA"), dtype=int)
            for png in stored]


def same_picture(one, other):
    """True if two pictures differ by no more than a shade, but for a very few pixels."""
    if one.shape != other.shape:
        return False
    difference = np.abs(one - other).max(axis=-1)
    return np.mean(difference > SHADE) <= FEW_PIXELS




def other_pictures(outputs, stored):
    """What pictures among outputs differ from those stored, a sentence; "" if none do."""
    shown, wanted = pictures(outputs), pictures(stored)
    if len(shown) != len(wanted):
        return "there are other pictures than those stored"
    return "" if all(map(same_picture, shown, wanted)) else "a picture has changed"


def told(outputs):
    """What outputs say, but for their pictures: a list of [the kind, or the stream's name, what is said].
    The text of a stream is one, however it came.
    """
    found, streams = [], {}
    for output in outputs:
        if output.output_type == "stream":
            if output.name not in streams:
                found.append(streams.setdefault(output.name, [output.name, ""]))
            streams[output.name][1] += output.text
        else:
            said = output.get("data", {output.output_type: output.get("evalue", "")})
            found += [[kind, words] for kind, words in sorted(said.items()) if kind not in NOT_WORDS]
    return found


def difference(outputs, stored):
    """How the outputs of a cell differ from those stored, a sentence; "" if they don't."""
    if told(outputs) != told(stored):
        return f"it says {told(outputs)}, where {told(stored)} is stored"
    return other_pictures(outputs, stored)
