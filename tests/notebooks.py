"""What the tests of the notebooks share: where they are, and how two of them are compared."""

import base64
import io
from pathlib import Path

import build_editions as editions
import nbformat
import numpy as np
from PIL import Image

COURSE = Path(__file__).parent.parent
SOURCES = sorted((COURSE / "solutions").glob("[0-9][0-9]_*.md"))
LESSONS = [path.stem for path in SOURCES]
EDITIONS = ("solutions", "notebooks")

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


def words(notebook):
    """Everything in a notebook but its pictures: what must be the same on every processor."""
    notebook = nbformat.from_dict(notebook)
    for cell in code_cells(notebook):
        for output in cell.outputs:
            for mime in output.get("data", {}):
                if mime.startswith("image/"):
                    output.data[mime] = "a picture"
    return nbformat.writes(notebook, version=4)


def pictures(notebook):
    """The pictures of a notebook, in order, as arrays of (height, width, 4) integers."""
    stored = [output.data["image/png"] for cell in code_cells(notebook) for output in cell.outputs
              if "image/png" in output.get("data", {})]
    return [np.asarray(Image.open(io.BytesIO(base64.b64decode(png))).convert("RGBA"), dtype=int)
            for png in stored]


def same_picture(one, other):
    """True if two pictures differ by no more than a shade, but for a very few pixels."""
    if one.shape != other.shape:
        return False
    difference = np.abs(one - other).max(axis=-1)
    return np.mean(difference > SHADE) <= FEW_PIXELS


def rebuilt(edition, lesson):
    """A lesson built again from its text, in memory."""
    source = COURSE / "solutions" / f"{lesson}.md"
    text = editions.read(source)
    return editions.finish(editions.execute(
        text if edition == "solutions" else editions.student_edition(text), source))


def assert_same(rebuilt, stored):
    """Same text to the letter; pictures may differ by a shade, as they do from one processor to another."""
    assert words(rebuilt) == words(stored)
    for number, (one, other) in enumerate(zip(pictures(rebuilt), pictures(stored), strict=True), 1):
        assert same_picture(one, other), f"picture {number} has changed"
