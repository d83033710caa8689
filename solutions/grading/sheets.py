"""The platforms' own files: points are filled into the sheet that the teacher downloaded from there."""

import csv
import io
import re

# The columns of Canvas that say who somebody is.
WHO = ("Student", "ID", "SIS User ID", "SIS Login ID", "Integration ID", "Root Account", "Section")


class NoSheet(Exception):
    """A sheet that cannot be filled; the message says why."""


def filled(text, points, column=""):
    """(the name for the file, its text, what to look at) of a sheet of Canvas or Moodle, with points.

    points: {id: points, or None where a person must look: those stay as they are}. column: the header of the
    points' column; it can be left out where only one can be meant.
    """
    header = text.lstrip("\ufeff").splitlines()[0]
    mark = max(",;\t", key=header.count)
    head, *rows = csv.reader(io.StringIO(text.lstrip("\ufeff")), delimiter=mark)
    if head[:2] == ["Student", "ID"]:
        return "canvas.csv", *canvas(head, rows, points, column, mark)
    return "moodle.csv", *moodle(head, rows, points, column, mark)


def canvas(head, rows, points, column, mark):
    """Only who they are and the one assignment: an import changes nothing else. As ``filled``."""
    place = place_of(head, column, [i for i, name in enumerate(head) if re.search(r"\(\d+\)$", name)])
    rows = [row for row in rows if len(row) > place]
    for row in rows:
        new = points.get(row[1])
        row[place] = row[place] if new is None else f"{new:g}"
    kept = [i for i, name in enumerate(head) if name in WHO or i == place]
    return as_text([[row[i] for i in kept] for row in (head, *rows)], mark), missing(
        points, {row[1] for row in rows})


def moodle(head, rows, points, column, mark):
    """The whole worksheet; its headers are translated, so they are told by their place. As ``filled``."""
    numbers = [i for i in range(1, len(head)) if rows and is_maximum([row[i] for row in rows])]
    place = place_of(head, column, [i - 1 for i in numbers[:1]])
    known = [re.search(r"\d*$", row[0].strip())[0] for row in rows]         # "Participant 4711"
    for id, row in zip(known, rows):
        if points.get(id) is not None:
            row[place] = f"{points[id]:g}"
    return as_text([head, *rows], mark), missing(points, known)


def is_maximum(cells):
    """True for a column that holds one number, above zero: the highest grade, which follows the grade."""
    try:
        return len(set(cells)) == 1 and float(cells[0].replace(",", ".")) > 0
    except ValueError:
        return False


def place_of(head, column, guesses):
    """Where the points go."""
    if column in head:
        return head.index(column)
    if column or len(guesses) != 1:
        raise NoSheet(f"Which column takes the points? COLUMN=... is one of: {', '.join(filter(None, head))}")
    return guesses[0]


def missing(points, known):
    """Who has points and stands in no row."""
    return [f"{id} is not in the sheet" for id in points if id not in known]


def as_text(rows, mark):
    """Rows as a CSV."""
    file = io.StringIO()
    csv.writer(file, delimiter=mark, lineterminator="\r\n").writerows(rows)
    return file.getvalue()
