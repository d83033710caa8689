"""A learner's page of feedback: one small file without scripts, readable without a network."""

from html import escape

from exercises.engine.show import Score

HEAD = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>{name}: {lesson}</title>
<style>body {{ font: 16px/1.5 sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem }}
pre {{ background: #f4f4f4; padding: .5rem; overflow: auto; white-space: pre-wrap }}</style>
<h1>{name}: {points:g} of {highest:g}</h1>
<p>{lesson}. Points that a person gives are not among these.</p>"""
SHOWN = 20_000                  # letters of an answer


def page(name, lesson, rows, remarks=()):
    """The page as text. rows: from ``Judge.rows``. remarks: sentences about the whole."""
    head = HEAD.format(name=escape(name), lesson=escape(lesson), points=total(rows),
                       highest=sum(row.highest for row in rows))
    return "\n".join([head, *(f"<p>{escape(one)}.</p>" for one in remarks), *map(section, rows), "</html>\n"])


def section(row):
    """What is said of one exercise."""
    notes = "".join(f"<p>{escape(note)}.</p>" for note in row.notes)
    graded = (f"<details><summary>What was graded</summary><pre>{escape(row.own[:SHOWN])}</pre></details>"
              if row.own else "")
    return (f"<section><h2>Exercise {escape(row.result.number)}: {row.points:g} of {row.highest:g}</h2>\n"
            f"{Score(row.points, row.result)._repr_html_()}{notes}{graded}</section>")


def total(rows):
    """The sum of the points."""
    return round(sum(row.points for row in rows), 2)
