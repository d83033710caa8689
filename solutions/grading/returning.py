"""Feedback as one ZIP, under the names by which Canvas and Moodle give each file back to whom it belongs.

Canvas shows a file that comes back under the name that was handed in, so there it is the learner's own
notebook with the feedback on top. Moodle takes any file: there it is the page.
"""

import html
import io
import json
import zipfile

from solutions.grading.page import no_page, page, total
from solutions.grading.submission import Unreadable, cells_of, notebook_of

WHEN = (2000, 1, 1, 0, 0, 0)    # the same feedback is the same ZIP


def name_for(learner, file, lesson):
    """The path inside the ZIP that brings a file back to a learner; "" where none does. file: the name of
    what was graded, "" for nothing."""
    path = learner.paths.get(file) or next(iter(learner.paths.values()), "")
    first, inside, _ = path.partition("/")
    if learner.platform == "Moodle":
        place = f"{learner.name}_{learner.id}_assignsubmission_file_"
        return f"{place}/{lesson}_feedback.html" if inside else f"{place}{lesson}_feedback.html"
    return first if learner.platform == "Canvas" and first.endswith(".ipynb") else ""


def annotated(data, title, sections):
    """A notebook with feedback on top, as text; one of feedback alone where the data are no notebook.

    sections: texts in Markdown.
    """
    notebook = {"metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    try:
        cells_of(data)
        notebook |= notebook_of(data)
        cells = notebook["cells"]
    except Unreadable:
        cells = []
    added = [{"cell_type": "markdown", "metadata": {}, "source": text} for text in (title, *sections)]
    if notebook.get("nbformat") == 4 and (notebook.get("nbformat_minor") or 0) >= 5:
        added = [{**cell, "id": f"feedback-{place}"} for place, cell in enumerate(added)]
    return json.dumps({**notebook, "cells": [*added, *cells]}, ensure_ascii=False, indent=1) + "\n"


def sections_of(rows, marks):
    """What is to be said of each exercise that is not right or has points by hand, as Markdown."""
    found = []
    for row in rows:
        points, reason = marks.get(row.result.number, (row.points, ""))
        if row.result.status == "right" and row.result.number not in marks:
            continue
        said = html.escape(repr(row.result)).replace("`", "&#96;").replace("$", "&#36;")
        by_hand = f"\n\n**Points by hand.** {html.escape(reason)}" if row.result.number in marks else ""
        found.append(f"#### Exercise {row.result.number}: {points:g} of {row.highest:g}{by_hand}\n\n"
                     f"<pre style=\"white-space: pre-wrap\">{said}</pre>")
    done = [f"{row.result.number} ({row.points:g})" for row in rows
            if row.result.status == "right" and row.result.number not in marks]
    return found + [f"**Right:** {', '.join(done)}"] * bool(done)


def feedback(learner, lesson, rows, remarks, marks, written, data):
    """(the page, the notebook that goes back through Canvas) of a learner who was graded."""
    points, highest = total(rows, marks, written)
    read = [f"#### Exercise {number}: {marks[number][0]:g} of {written[number]:g}\n\n"
            f"**Points by hand.** {html.escape(marks[number][1])}" for number in written if number in marks]
    title = (f"## Feedback: {points:g} of {highest:g} points\n\nThis is what you handed in, with what was "
             "said of it on top." + "".join(f"\n\n{html.escape(one)}." for one in remarks))
    notebook = ""
    if learner.platform == "Canvas":
        notebook = annotated(data, title, read + sections_of(rows, marks))
    return page(learner.name, lesson, rows, remarks, marks, written), notebook


def no_feedback(learner, lesson, reason, remarks=()):
    """As ``feedback``, for a learner whose work could not be graded."""
    text = no_page(learner.name, lesson, reason, remarks)
    body = text.partition("</h1>")[2].replace("</html>", "").strip()
    return text, annotated(b"", "## This could not be graded", [body]) if learner.platform == "Canvas" else ""


def as_zip(files):
    """The bytes of a ZIP. files: {path: text}."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for path, text in sorted(files.items()):
            entry = zipfile.ZipInfo(path, WHEN)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, text)
    return target.getvalue()
