"""Points that a person gives: ``make grade ... MARKS=marks.csv``, with the columns student, exercise, points
and reason. They stand in the place of the judge's, and stay until another file is given."""

from solutions.grading.files import read_table, write

COLUMNS = ["student", "exercise", "points", "reason"]


def marks_of(path, out):
    """{student: {number: (points, reason)}} of a file, or of the one that an earlier run has kept.

    path: a CSV, or None. out: where it is kept. Raises ValueError where a row cannot be meant.
    """
    kept = out / "marks.csv"
    if path is None and not kept.exists():
        return {}
    path = path or kept
    if not path.exists():
        raise ValueError(f"There is no file {path}.")
    head, *rows = read_table(path)[1] or [[]]
    places = {name.strip().lower(): place for place, name in enumerate(head)}
    missing = [name for name in COLUMNS if name not in places]
    if missing:
        raise ValueError(f"{path} has no column {', '.join(missing)}: its first line is {','.join(COLUMNS)}.")
    found = {}
    for line, row in enumerate(rows, 2):
        if not any(row):
            continue
        student, number, points, reason = ((row + [""] * len(head))[places[name]].strip() for name in COLUMNS)
        number = number.lower().removeprefix("exercise ").replace("-", ".").lstrip("0")
        number = f"0{number}" if number.startswith(".") else number
        if number in found.setdefault(student, {}):
            raise ValueError(f"{path}, line {line}: {student} has two lines for {number}.")
        found[student][number] = as_points(points, f"{path}, line {line}"), reason
    return found


def as_points(text, where):
    """A cell as points. Raises ValueError."""
    try:
        points = float(text.replace(",", "."))
    except ValueError:
        points = -1.0
    if not 0 <= points < float("inf"):
        raise ValueError(f"{where}: points are a number from 0 on, not {text!r}.")
    return points


def keep(marks, path, students, highest, out):
    """Look through the marks, and keep the file. Raises ValueError.

    students: ids. highest: {number: points}.
    """
    for student, given in marks.items():
        if student not in students:
            raise ValueError(f"marks: nobody is called {student!r}. The ids are those in grades.csv, "
                             f"such as {', '.join(sorted(students)[:3])}.")
        for number, (points, _) in given.items():
            if number not in highest:
                raise ValueError(f"marks: {student}: there is no exercise {number!r} with points. There are "
                                 f"{', '.join(highest)}.")
            if points > highest[number]:
                raise ValueError(f"marks: {student}: {points:g} points for {number}, which has at most "
                                 f"{highest[number]:g}.")
    if path is not None:
        write(out / "marks.csv", path.read_bytes())
