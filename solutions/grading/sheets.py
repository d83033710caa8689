"""The platforms' own files: points are filled into the sheet that the teacher downloaded from there."""

import csv
import io
import re

from solutions.grading.files import read_table

# The columns of Canvas that say who somebody is.
WHO = ("Student", "ID", "SIS User ID", "SIS Login ID", "Integration ID", "Root Account", "Section")


class NoSheet(Exception):
    """A sheet that cannot be filled; the message says why."""


def filled(path, points, column=""):
    """(the name for the file, its text, what to look at) of a sheet of Canvas or Moodle, with points.

    points: {id: points, or None where a person must look: those stay as they are}. column: the header of the
    points' column; it can be left out where only one can be meant.
    """
    mark, (head, *rows) = read_table(path)
    rows = [row + [""] * (len(head) - len(row)) for row in rows if any(row)]
    name, fill = ("canvas.csv", canvas) if head[:2] == ["Student", "ID"] else ("moodle.csv", moodle)
    rows, known = fill(head, rows, points, column)
    file = io.StringIO()
    csv.writer(file, delimiter=mark, lineterminator="\r\n").writerows(rows)
    return name, file.getvalue(), [f"{id} is not in the sheet" for id in points if id not in known]


def names(path):
    """{id: name} of all who stand in a sheet of Canvas or Moodle, without Canvas's own test student."""
    _, (head, *rows) = read_table(path)
    if head[:2] == ["Student", "ID"]:
        return {row[1]: row[0].strip() for row in rows
                if len(row) > 1 and row[1] and row[0].strip() != "Student, Test"}
    found = {re.search(r"\d*$", row[0].strip())[0]: row[1].strip() for row in rows if len(row) > 1}
    return {id: name for id, name in found.items() if id}


def canvas(head, rows, points, column):
    """(rows, who stands there): who they are and the one assignment. So an import changes nothing else."""
    place = place_of(head, column, [i for i, name in enumerate(head) if re.search(r"\(\d+\)$", name)])
    for row in rows:
        if points.get(row[1]) is not None:
            row[place] = f"{points[row[1]]:g}"
    kept = [i for i, name in enumerate(head) if name in WHO or i == place]
    return [[row[i] for i in kept] for row in (head, *rows)], {row[1] for row in rows}


def moodle(head, rows, points, column):
    """(rows, who stands there): the whole worksheet. Its headers are translated, so the column of the grades
    is told by the one that follows, the highest grade: a number above zero, in all rows the same."""
    columns = list(zip(*rows))
    guesses = [i - 1 for i in range(2, len(columns)) if len(set(columns[i])) == 1
               and number(columns[i][0]) and all(cell in ("", "-") or number(cell) is not None
                                                 for cell in columns[i - 1])]
    place = place_of(head, column, guesses[:1])
    known = [re.search(r"\d*$", row[0].strip())[0] for row in rows]         # "Participant 4711"
    for id, row in zip(known, rows):
        if points.get(id) is not None:
            row[place] = f"{points[id]:g}"
    return [head, *rows], known


def number(cell):
    """A cell's number, with a point or a comma; None if it holds another thing."""
    try:
        return float(cell.replace(",", "."))
    except ValueError:
        return None


def place_of(head, column, guesses):
    """Where the points go."""
    if column in head:
        return head.index(column)
    if column or len(guesses) != 1:
        raise NoSheet(f"Which column takes the points? COLUMN=... is one of: {', '.join(filter(None, head))}")
    return guesses[0]
