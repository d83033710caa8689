"""The platforms' own files: points are filled into the sheet that the teacher downloaded from there."""

import csv
import io
import re

from solutions.grading.files import number_of, read_table

# The columns of Canvas that say who somebody is.
WHO = ("Student", "ID", "SIS User ID", "SIS Login ID", "Integration ID", "Root Account", "Section")


def read_sheet(path):
    """(True for one of Canvas and False for one of Moodle, its separator, header, rows, their (id, name))."""
    mark, (head, *rows) = read_table(path)
    rows = [row + [""] * (len(head) - len(row)) for row in rows if any(row)]
    if head[:2] == ["Student", "ID"]:
        return True, mark, head, rows, [(row[1], row[0].strip()) for row in rows]
    return False, mark, head, rows, [(re.search(r"\d*$", row[0].strip())[0], row[1].strip())
                                     for row in rows]       # "Participant 4711"


def names(path):
    """{id: name} of all who stand in a sheet, without Canvas's own test student."""
    return {id: name for id, name in read_sheet(path)[-1] if id and name != "Student, Test"}


def filled(path, points, column=""):
    """(the name for the file, its text, the ids that are not in it) of a sheet, with points.

    points: {id: points, or None where a person must look: those stay as they are}. column: the header of the
    points' column; it can be left out where only one can be meant. Raises ValueError where several can.
    Of Canvas's sheet there remain the columns that say who somebody is: an import changes nothing else.
    """
    is_canvas, mark, head, rows, people = read_sheet(path)
    guesses = ([i for i, name in enumerate(head) if re.search(r"\(\d+\)$", name)] if is_canvas
               else places_of_grades(rows)[:1])
    if column in head:
        place = head.index(column)
    elif not column and len(guesses) == 1:
        place = guesses[0]
    else:
        raise ValueError("Which column takes the points? COLUMN=... is one of: "
                         f"{', '.join(filter(None, head))}")
    for (id, _), row in zip(people, rows):
        if points.get(id) is not None:
            row[place] = f"{points[id]:g}"
    kept = [i for i, name in enumerate(head) if not is_canvas or name in WHO or i == place]
    text = io.StringIO()
    csv.writer(text, delimiter=mark, lineterminator="\r\n").writerows(
        [row[i] for i in kept] for row in (head, *rows))
    return ("canvas.csv" if is_canvas else "moodle.csv", text.getvalue(),
            [id for id in points if id not in dict(people)])


def places_of_grades(rows):
    """Where Moodle's grades may stand. Its headers are translated, so the column is told by the one that
    follows, the highest grade: a number above zero, in all rows the same."""
    columns = list(zip(*rows))
    return [i - 1 for i in range(2, len(columns)) if len(set(columns[i])) == 1 and number_of(columns[i][0])
            and all(cell in ("", "-") or number_of(cell) is not None for cell in columns[i - 1])]
