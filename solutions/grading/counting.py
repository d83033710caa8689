"""How often each mistake was made in a class, for the next lecture: ``make count LESSON=03``.

Reads what ``make grade`` wrote, and writes count.csv, count.md and count.html, a page to project. Nobody is
named, and nothing is told that fewer than five learners did.
"""

import argparse
import json
import sys
from collections import Counter, defaultdict
from html import escape
from pathlib import Path

from exercises.lessons.catalogue import lesson_exercises
from solutions.grading.files import file_name, rows_of, web_page, write, write_table

FEWEST = 5
RIGHT, OPEN, REST = "right", "not tried", "all the rest"
COLOURS = defaultdict(lambda: "#D55E00", {RIGHT: "#009E73", OPEN: "#888888", REST: "#BBBBBB"})
ADVICE = "class.html has all mistakes: look there what to speak about, and name nobody."
STYLE = """body { font: 24px/1.35 sans-serif; max-width: 62rem; margin: 1rem auto; padding: 0 1.5rem }
body { color: #222 }
h2 { margin: 1.6rem 0 .4rem; font-size: 28px } p { margin: 0 0 .6rem; line-height: 1.2 } small { color: #555 }
i { display: inline-block; height: 1em; vertical-align: -.12em; margin-right: .4em; min-width: 3px }"""


def groups_of(records):
    """{number of an exercise: Counter of (what was said, where to read on)}: everybody is in one group."""
    found = defaultdict(Counter)
    for record in records:
        for number, (_, _, status, said, see) in record["exercises"].items():
            group = (said, see) if status == "wrong" else (RIGHT if status == "right" else OPEN, "")
            found[number][group] += 1
    return found


def told(groups):
    """[(group, how many)] of what may be told, and at the end the rest as one group.

    A small group is hidden in the rest. If that is small itself, the smallest of the others joins it: whoever
    knows how many there are in all could subtract.
    """
    ordered = sorted(groups.items(), key=lambda one: (-one[1], one[0]))
    shown = [(group, count) for group, count in ordered if count >= FEWEST]
    rest = sum(groups.values()) - sum(count for _, count in shown)
    while 0 < rest < FEWEST and shown:
        rest += shown.pop()[1]
    return shown + [((REST, ""), rest)] * (rest > 0)


def untold(counts, of):
    """Of which exercises nothing can be told, or "". counts: {number: what ``told`` returns}."""
    silent = [number for number, shown in counts.items() if shown[0][0][0] == REST]
    which = "any exercise" if len(silent) == len(counts) else ", ".join(silent)
    return f"With {of} learners nothing can be told of {which} without naming somebody." if silent else ""


def page(lesson, titles, counts, of):
    """The page to project: a bar for each group. counts: {number: what ``told`` returns}."""
    parts = [f"<h1>Lesson {escape(lesson)}: {of} learners</h1>"]
    for number, shown in counts.items():
        if shown[0][0][0] == REST:
            continue                        # see ``untold``
        parts.append(f"<h2>{number} · {escape(titles[number])}</h2>")
        for (said, see), count in shown:
            name, colon, what = said.partition(": ")
            parts.append(f'<p><i style="width: {100 * count / of:.1f}%; background: {COLOURS[said]}"></i><br>'
                         f"<b>{count} of {of}: {escape(name)}{colon}</b>{escape(what)} "
                         f"<small>{escape(see)}</small></p>")
    parts += [f"<p>{untold(counts, of)}</p>"] * bool(untold(counts, of))
    return web_page(f"Lesson {lesson}", STYLE, parts)


def main():
    """Count the class whose results are in a folder."""
    parser = argparse.ArgumentParser(prog="python -m solutions.grading.counting",
                                     description=__doc__.split("\n")[0])
    parser.add_argument("lesson", help="such as 03", type=lambda text: text.zfill(2))
    parser.add_argument("--out", type=Path, help="where make grade has written (graded/LESSON)")
    given = parser.parse_args()
    lesson, out = given.lesson, given.out or Path("graded") / given.lesson
    if not (out / "grades.csv").exists():
        sys.exit(f"{out} holds no grades.csv. Grade first: make grade SUBMISSIONS=... LESSON={lesson}")
    graded = [row["student"] for row in rows_of(out / "grades.csv") if row["points"]]
    paths = [out / "results" / f"{file_name(id)}.json" for id in graded]
    records = [json.loads(path.read_text(encoding="utf-8")) for path in paths if path.exists()]
    records = [record for record in records if record["exercises"]]         # else all points are by hand
    if len(records) < FEWEST:
        sys.exit(f"Fewer than {FEWEST} learners: nothing is counted. Look into {out / 'class.html'}.")
    of, counts = len(records), {number: told(groups) for number, groups in groups_of(records).items()}
    titles = {number: exercise.title for number, exercise in lesson_exercises(lesson).items()}
    rows = [(number, count, of, said, see) for number, shown in counts.items()
            for (said, see), count in shown]
    write_table(out / "count.csv", [("exercise", "learners", "of", "what", "where"), *rows])
    lines = [f"| {number} | {count} | {' '.join(said.split()).replace('|', '/')} | {see} |"
             for number, count, _, said, see in rows]
    write(out / "count.md", "\n".join([f"| exercise | of {of} learners | what | where |", "|---|---|---|---|",
                                       *lines, "", untold(counts, of)]))
    write(out / "count.html", page(lesson, titles, counts, of))
    silent = [untold(counts, of), ADVICE] * bool(untold(counts, of))
    print(f"{out / 'count.html'}, count.md and count.csv", *silent, sep="\n")


if __name__ == "__main__":
    main()
