"""A learner's page of feedback: one small file without scripts, readable without a network."""

import re
from html import escape

from exercises.engine.show import Score

HEAD = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>{name}: {lesson}</title>
<style>body {{ font: 16px/1.5 sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem }}
pre {{ background: #f4f4f4; padding: .5rem; overflow: auto; white-space: pre-wrap }}
pre.said {{ background: none; padding: 0; margin: 0 }} sub, sup {{ line-height: 0 }}</style>
<h1>{name}</h1>
<p>{lesson}</p>"""
SHOWN = 20_000                  # letters of an answer
# h_{t-1}, W_{hh}, h_t, dh_0; but not the names of variables, W_hh, which stand in the code.
INDEX = re.compile(r"\b([A-Za-z]{1,3})_(?:\{([^{}<>]{1,12})\}|([tTk0-9])(?![\w(]))")
WHAT_TO_DO = {
    "no readable notebook": "Hand in your file once more: the .ipynb that you worked in, saved. If "
                            "JupyterLab opens it, so can the grader.",
    "no notebook": "Hand in the notebook itself, the file that ends with .ipynb. An export cannot be graded.",
    "several notebooks": "Hand in one notebook alone, under the name that it was handed out with.",
    "gave up": "Nothing for now: your teacher starts the grader once more.",
    "too long": "Nothing for now: your teacher starts the grader once more. Is one of your answers slow?",
    "roster": "Tell your teacher: your name is missing in the list of those who got a notebook.",
}


def page(name, lesson, rows, remarks=(), marks=None, written=None):
    """The page as text: what is not right first, in the lesson's order.

    rows: from ``Judge.rows``. remarks: sentences about the whole. marks: {number: (points, reason)} that a
    person gave. written: {number: points} of what a person reads.
    """
    marks, written = marks or {}, written or {}
    points, highest = total(rows, marks, written)
    waiting = [number for number in written if number not in marks]
    parts = [HEAD.format(name=escape(name), lesson=escape(lesson)),
             f"<p><b>{points:g} of {highest:g} points.</b></p>"]
    if waiting:
        parts.append(f"<p>Points that a person gives for {', '.join(waiting)} are not among these.</p>")
    parts += [f"<p>{escape(one)}.</p>" for one in remarks]
    parts += [by_hand(number, written[number], *marks[number]) for number in written if number in marks]
    done = [row for row in rows if row.result.status == "right" and row.result.number not in marks]
    parts += [section(row, marks.get(row.result.number)) for row in rows if row not in done]
    if done:
        numbers = ", ".join(f"{row.result.number} ({row.points:g})" for row in done)
        parts += [f"<details><summary><b>Right:</b> {escape(numbers)}</summary>",
                  *(section(row) for row in done), "</details>"]
    return "\n".join([*parts, "</html>\n"])


def no_page(name, lesson, reason, remarks=()):
    """The page of somebody whose work could not be graded."""
    do = next((text for part, text in WHAT_TO_DO.items() if part in reason), "Ask your teacher what to do.")
    if re.search("the file is (a |JSON)|MB$", reason):
        do = WHAT_TO_DO["no notebook"]
    end = "" if reason.endswith("?") else "."
    return "\n".join([HEAD.format(name=escape(name), lesson=escape(lesson)),
                      "<p><b>This could not be graded, so there are no points yet.</b></p>",
                      f"<p>What happened: {escape(reason)}{end}</p>", f"<p>What to do: {escape(do)}</p>",
                      *(f"<p>{escape(one)}.</p>" for one in remarks), "</html>\n"])


def section(row, mark=None):
    """What is said of one exercise. mark: (points, reason) that a person gave, or None."""
    points, number = row.points if mark is None else mark[0], row.result.number
    notes = "".join(f"<p>{escape(note)}.</p>" for note in row.notes)
    given = by_hand("", row.highest, *mark) if mark else ""
    graded = (f"<details><summary>What was graded</summary><pre>{escape(row.own[:SHOWN])}</pre></details>"
              if row.own else "")
    return (f"<section><h2>Exercise {escape(number)}: {points:g} of {row.highest:g}</h2>\n"
            f"{given}{readable(Score(row.points, row.result)._repr_html_())}{notes}{graded}</section>")


def by_hand(number, highest, points, reason):
    """What a person gave."""
    head = f"<h2>Exercise {escape(number)}: {points:g} of {highest:g}</h2>\n" if number else ""
    return f"{head}<p><b>Points by hand: {points:g}.</b> {escape(reason)}</p>"


def readable(said):
    """HTML of what was said, indices as indices and lines of code in the type of code."""
    said = re.sub(r"\b([A-Za-z])_(\w{1,3})\^T", r"\1<sub>\2</sub><sup>T</sup>", said)
    said = INDEX.sub(lambda found: f"{found[1]}<sub>{found[2] or found[3]}</sub>", said)
    return re.sub(r"\n(    .*\n *\^)", r'<pre class="said">\1</pre>', said)


def total(rows, marks=None, written=None):
    """(points, how many there are) of a submission. marks, written: as for ``page``. What a person reads
    counts once it has points."""
    marks = marks or {}
    read = {number: points for number, points in (written or {}).items() if number in marks}
    found = sum(row.points if row.result.number not in marks else marks[row.result.number][0] for row in rows)
    return (round(found + sum(marks[number][0] for number in read), 2),
            sum(row.highest for row in rows) + sum(read.values()))
