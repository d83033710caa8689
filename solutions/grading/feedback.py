"""What a learner gets back: a small page that is readable without a network, and the way to its owner.

Canvas shows a file that comes back under the name that was handed in, so there it is the learner's own
notebook with the feedback on top. Moodle takes any file: there it is the page.
"""

import json
import re
from html import escape

from exercises.engine.show import Score
from solutions.grading.files import web_page
from solutions.grading.judge import Row
from solutions.grading.marks import HOLD
from solutions.grading.submission import notebook_of

STYLE = """body { font: 16px/1.5 sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem }
pre { background: #f4f4f4; padding: .5rem; overflow: auto; white-space: pre-wrap }
pre.said { background: none; padding: 0; margin: 0 } sub, sup { line-height: 0 }"""
SHOWN = 20_000                  # letters of an answer
# h_{t-1}, W_{hh}, h_t, dh_0; but not the names of variables, W_hh, which stand in the code.
INDEX = re.compile(r"\b([A-Za-z]{1,3})_(?:\{([^{}<>]{1,12})\}|([tTk0-9])(?![\w(]))")
WHAT_TO_DO = {
    "no readable notebook": "Hand in your file once more: the .ipynb that you worked in, saved. If "
                            "JupyterLab opens it, so can the grader.",
    "no notebook|the file is (a |JSON)|MB$":
        "Hand in the notebook itself, the file that ends with .ipynb. An export cannot be graded.",
    "several notebooks": "Hand in one notebook alone, under the name that it was handed out with.",
    "gave up": "Nothing for now: your teacher starts the grader once more.",
    "too long": "Nothing for now: your teacher starts the grader once more. Is one of your answers slow?",
    "roster": "Tell your teacher: your name is missing in the list of those who got a notebook.",
    "": "Ask your teacher what to do."}
ANSWER = "Put your answer in the place of the line that raises NotImplementedError."
NOTHING = ("No answer was found: all functions are as they were handed out. If you have written some, this "
           "is another file than the one that you worked in: save that one, and hand it in. If not, begin "
           f"with exercise {{}}. {ANSWER}")
REPLACED = ("Your notebook gives {} another meaning than the course does, so what its checks said may differ "
            "from this page. To have the course's own back, remove the cell that does it, restart, and run "
            "the checks again.")


class Told:
    """What is told to a learner. parts: as HTML, for a page. cells: the same as Markdown, for the top of a
    notebook."""

    def page(self, name, lesson):
        """The page, as text."""
        head = [f"<h1>{escape(name)}</h1>", f"<p>{escape(lesson)}</p>"]
        return web_page(f"{name}: {lesson}", STYLE, [*head, *self.parts])


class Feedback(Told):
    """What is not right first, in the lesson's order.

    rows: from the judge. marks: that a person gave, as of ``marks_of``. written: {number: points} of what a
    person reads, which counts once it has points. remarks: sentences about the whole.
    """

    def __init__(self, rows, marks=None, written=None, remarks=()):
        said = [escape(sentence(one)) for one in [*words_in(marks or {}), *remarks]]
        marks, written = with_points(marks or {}), written or {}
        told = [Row(number, highest, None, given=marks[number])
                for number, highest in written.items() if number in marks]
        told += [row._replace(given=marks.get(row.number)) for row in rows]
        self.points = round(sum(row.points for row in told), 2)
        self.highest = sum(row.highest for row in told)
        right = [row for row in told if not row.given and row.result.status == "right"]
        blank = [row for row in told if not row.given and row.result.status == "not attempted yet"]
        others = [row for row in told if row not in right + blank]
        numbers, left = (", ".join(f"{row.number} ({row.highest:g})" for row in some)
                         for some in (right, blank))
        waiting = ", ".join(number for number in written if not {number, "all"} & set(marks))
        if "all" in marks:
            instead, (whole, why) = f", in the place of {self.points:g}" * bool(told), marks["all"]
            self.points, self.highest = whole, sum(written.values(), sum(row.highest for row in rows))
            said.insert(0, f"Points by hand for the whole{instead}: {whole:g}. {escape(why)}")
        if blank and len(blank) == len(told):
            said, left = [*said, NOTHING.format(blank[0].number)], ""
        if waiting:
            said.insert(0, f"Points that a person gives for {waiting} are not among these.")

        points, end = f"{self.points:g} of {self.highest:g} points", f"{left}. {ANSWER}"
        self.parts = [f"<p><b>{points}.</b></p>", *(f"<p>{one}</p>" for one in said), *map(section, others),
                      *[f"<p><b>Not attempted yet:</b> {end}</p>"] * bool(left)]
        if right:
            self.parts += [f"<details><summary><b>Right:</b> {escape(numbers)}</summary>",
                           *map(section, right), "</details>"]
        self.cells = ["\n\n".join([f"## Feedback: {points}", "This is what you handed in, with what was said "
                                   "of it on top.", *said]), *map(cell, others)]
        self.cells += [f"**Not attempted yet:** {end}"] * bool(left) + [f"**Right:** {numbers}"] * bool(right)


class Refusal(Told):
    """For a learner whose work could not be graded. reason: why. marks: as of a Feedback."""

    def __init__(self, reason, marks=None, remarks=()):
        do = next(words for pattern, words in WHAT_TO_DO.items() if re.search(pattern, reason))
        said = [f"What happened: {reason}{'' if reason.endswith('?') else '.'}", f"What to do: {do}",
                *map(sentence, [*words_in(marks or {}), *remarks])]
        self.parts = ["<p><b>This could not be graded, so there are no points yet.</b></p>",
                      *(f"<p>{escape(one)}</p>" for one in said)]
        self.cells = ["## This could not be graded", "\n".join(self.parts)]


class HeldBack(Told):
    """For a learner whose teacher holds the points back. marks: as of a Feedback."""

    def __init__(self, marks):
        said = ["Your teacher holds the points of this work back for now.", *map(sentence, words_in(marks))]
        self.parts = [f"<p>{escape(one)}</p>" for one in said]
        self.cells = ["\n\n".join(["## No points yet", *map(escape, said)])]


def is_held(marks):
    """True if a teacher holds all of a learner's points back."""
    return marks.get("all", ("",))[0] == HOLD


def with_points(marks):
    """Those marks of a learner that have points."""
    return {number: given for number, given in marks.items() if given[0] not in (None, HOLD)}


def words_in(marks):
    """What a teacher says without points, lines."""
    return [f"Your teacher{f' on {number}' * (number != 'all')}: {said}"
            for number, (points, said) in marks.items() if points in (None, HOLD) and said]


def sentence(words):
    """Words as a sentence."""
    return f"{words[:1].upper()}{words[1:]}{'' if words[-1:] in '.?!' else '.'}"


def cell(row):
    """What is said of one exercise, as Markdown."""
    parts = [f"#### Exercise {row.number}: {row.points:g} of {row.highest:g}"]
    if row.given:
        parts.append(f"**Points by hand.** {escape(row.given[1])}")
    if row.result:
        said = escape(repr(row.result)).replace("`", "&#96;").replace("$", "&#36;")
        parts.append(f'<pre style="white-space: pre-wrap">{said}</pre>')
    return "\n\n".join(parts)


def section(row):
    """What is said of one exercise, as HTML."""
    parts = [f"<section><h2>Exercise {escape(row.number)}: {row.points:g} of {row.highest:g}</h2>"]
    if row.given:
        parts.append(f"<p><b>Points by hand: {row.points:g}.</b> {escape(row.given[1])}</p>")
    if row.result:
        parts.append(readable(Score(row.points, row.result)._repr_html_()))
    parts += [f"<p>{escape(sentence(note))}</p>" for note in row.notes]
    if row.own:
        parts.append("<details><summary>What was graded</summary>"
                     f"<pre>{escape(row.own[:SHOWN])}</pre></details>")
    return "\n".join([*parts, "</section>"])


def readable(said):
    """HTML of what was said, indices as indices and lines of code in the type of code."""
    said = re.sub(r"\b([A-Za-z])_(\w{1,3})\^T", r"\1<sub>\2</sub><sup>T</sup>", said)
    said = INDEX.sub(lambda found: f"{found[1]}<sub>{found[2] or found[3]}</sub>", said)
    return re.sub(r"\n(    .*\n *\^)", r'<pre class="said">\1</pre>', said)


# --- the way back ---

def name_for(learner, file, lesson):
    """The path inside the ZIP that brings a file back to a learner; "" where none does. file: the name of
    what was graded, "" for nothing."""
    path = learner.paths.get(file) or next(iter(learner.paths.values()), "")
    first, inside, _ = path.partition("/")
    if learner.platform == "Moodle":
        return (f"{learner.name}_{learner.id}_assignsubmission_file_{'/' if inside else ''}"
                f"{lesson}_feedback.html")
    return first if learner.platform == "Canvas" and first.endswith(".ipynb") else ""


def annotated(data, texts):
    """A notebook with texts on top, as text. data: the file's bytes, b"" for the texts alone."""
    notebook = {"metadata": {}, "nbformat": 4, "nbformat_minor": 4, "cells": []}
    notebook |= notebook_of(data) if data else {}
    added = [{"cell_type": "markdown", "metadata": {}, "source": text} for text in texts]
    if notebook["nbformat"] == 4 and (notebook["nbformat_minor"] or 0) >= 5:
        added = [{**cell, "id": f"feedback-{place}"} for place, cell in enumerate(added)]
    return json.dumps({**notebook, "cells": added + notebook["cells"]}, ensure_ascii=False, indent=1) + "\n"
