"""Points that a person gives: ``make grade ... MARKS=marks.csv``, with the columns student, exercise, points
and reason. They stand in the place of the judge's, and stay until another file is given. The exercise may be
"all": points in the place of the sum, or the word "hold": no points for now. Without points, a reason is a
word to the learner."""

import re

from solutions.grading.files import number_of, rows_of, write

HOLD = "hold"


def marks_of(path, out, students, highest):
    """{student: {number or "all": (points, HOLD or None, reason)}} of a file, which is kept, or of the one
    that an earlier run kept.

    path: a CSV, or None. out: where it is kept. students: ids. highest: {number: points}. Raises ValueError
    where a row cannot be meant.
    """
    kept, found, highest = out / "marks.csv", {}, {**highest, "all": sum(highest.values())}
    if path is None and not kept.exists():
        return {}
    for line, row in enumerate(rows_of(path or kept, "student", "exercise", "points", "reason"), 2):
        if not any(row.values()):
            continue
        student, points, word = row["student"], number_of(row["points"]), not row["points"] and row["reason"]
        number = re.sub(r"^(exercise )?0*(?=\d)", "", row["exercise"].lower().replace("-", "."))
        held = number == "all" and row["points"].lower() == HOLD
        if student not in students:
            said = (f"nobody is called {student!r}. The ids are those in grades.csv, such as "
                    f"{', '.join(sorted(students)[:3])}.")
        elif number not in highest:
            said = f"there is no exercise {number!r} with points. There are {', '.join(highest)}."
        elif number in found.get(student, {}):
            said = f"{student} has two lines for {number}."
        elif not held and not (0 <= points < float("inf") if row["points"] and points is not None else word):
            said = (f"points are a number from 0 on, not {row['points']!r}; without any there is a reason. "
                    f"{HOLD!r} is for 'all' alone.")
        elif not held and not word and points > highest[number]:
            said = f"{points:g} points for {number}, which has at most {highest[number]:g}."
        else:
            found.setdefault(student, {})[number] = HOLD if held else points, row["reason"]
            continue
        raise ValueError(f"{path or kept}, line {line}: {said}")
    if path is not None:
        write(kept, path.read_bytes())
    return found
