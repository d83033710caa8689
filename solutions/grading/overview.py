"""The teacher's own table of a class, class.html: who got what for which exercise, and what went wrong most.

It names everybody, so it is not to be projected; for that there is ``make count``.
"""

import re
from collections import defaultdict
from html import escape

from solutions.grading.files import file_name

HEAD = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Lesson {lesson}: the class</title>
<style>body {{ font: 15px/1.4 sans-serif; margin: 1rem 2rem; color: #222 }} small {{ color: #555 }}
table {{ border-collapse: collapse; margin-bottom: 2rem }}
th, td {{ border: 1px solid #ccc; padding: .25rem .5rem; vertical-align: top; text-align: left }}
td.p {{ text-align: center }} small {{ display: block }}
.right {{ background: #d9f0e7 }} .wrong {{ background: #fbe3d3 }} .open {{ background: #eee }}</style>
<h1>Lesson {lesson}: the class</h1>
<p>This page is yours: it names everybody. The one to project is count.html.</p>
"""


def short(said):
    """What was said of a wrong answer, in a few words: the name of the mistake, if it has one."""
    name, colon, _ = said.partition(": ")
    if colon and re.fullmatch(r"'\w+'", name):
        return f"chose {name}"
    named = colon and name[:1].isupper() and len(name) < 60 and "." not in name
    text = " ".join((name if named else said).split()).partition(". ")[0].rstrip(".")
    return text if len(text) <= 60 else f"{text[:57]}..."


def kind_of(entry):
    """ "right", "wrong" or "open" of an entry of a record's exercises."""
    status = entry[2]
    return "open" if status == "not attempted yet" else status if status == "right" else "wrong"


def in_order(entries):
    """The numbers of exercises that occur in records, in the lesson's order."""
    return list(dict.fromkeys(number for one in entries for number in one.get("exercises", {})))


def went_wrong(records):
    """[(how many, number, [(what in short, who)])]: how many have an exercise not right, and why; most first.
    who: names."""
    found = defaultdict(lambda: defaultdict(list))
    for one in records:
        for number, entry in one.get("exercises", {}).items():
            kind = kind_of(entry)
            if kind != "right":
                found[number]["not tried" if kind == "open" else short(entry[3])].append(one["name"])
    order = in_order(records)
    rows = [(sum(map(len, whats.values())), number, sorted(whats.items(), key=lambda one: -len(one[1])))
            for number, whats in found.items()]
    return sorted(rows, key=lambda row: (-row[0], order.index(row[1])))


def shares(records):
    """{number: the mean share of its points}, of those who were graded."""
    found = defaultdict(list)
    for one in records:
        for number, (points, highest, *_) in one.get("exercises", {}).items():
            found[number].append(points / highest if highest else 1.0)
    return {number: sum(values) / len(values) for number, values in found.items()}


def cell(entry, mark):
    """A cell of the table: points and the mistake. mark: (points, reason) that a person gave, or None."""
    if entry is None and mark is None:
        return '<td class="open"></td>'
    points = mark[0] if mark else entry[0]
    said = "" if entry is None or kind_of(entry) == "right" else (
        "not tried" if kind_of(entry) == "open" else short(entry[3]))
    hand = f"<small>by hand: {escape(mark[1])}</small>" if mark else ""
    kind = kind_of(entry) if entry else "right"
    return f'<td class="p {kind}">{points:g}<small>{escape(said)}</small>{hand}</td>'


def overview(lesson, titles, records, written=None):
    """The page. titles: {number: title}. records: of everybody, also those who were not graded. written:
    {number: points} of what a person reads."""
    graded = [one for one in records if one.get("exercises")]
    numbers, mean = [*in_order(graded), *(written or {})], shares(graded)
    parts = [HEAD.format(lesson=escape(lesson)), "<h2>What went wrong, most first</h2><table>",
             "<tr><th>not right</th><th>exercise</th><th>what, and who</th></tr>"]
    for count, number, whats in went_wrong(graded):
        said = "".join(f"<div><b>{len(who)}: {escape(what)}</b> ({escape('; '.join(who))})</div>"
                       for what, who in whats)
        title = escape(titles.get(number, ""))
        parts.append(f"<tr><td>{count} of {len(graded)}</td><td>{number} {title}</td><td>{said}</td></tr>")
    head = "".join(f'<th title="{escape(titles.get(number, ""))}">{number}</th>' for number in numbers)
    parts += ["</table><h2>Everybody</h2><table>", f"<tr><th>learner</th><th>points</th>{head}</tr>"]
    for one in records:
        marks, entries = one.get("marks", {}), one.get("exercises", {})
        link = f"feedback/{file_name(one['student'])}.html"
        name = f'{escape(one["name"])}<small>{escape(one["student"])}</small>'
        name = f'<a href="{link}">{name}</a>' if one.get("page") else name
        if one["points"] is None:
            parts.append(f'<tr><td>{name}</td><td></td><td colspan="{len(numbers)}">'
                         f"{escape(one['reason'])}</td></tr>")
            continue
        cells = "".join(cell(entries.get(number), marks.get(number)) for number in numbers)
        parts.append(f"<tr><td>{name}</td><td><b>{one['points']:g}</b> of {one['max']:g}</td>{cells}</tr>")
    foot = "".join(f"<td>{100 * mean[number]:.0f} %</td>" if number in mean else "<td></td>"
                   for number in numbers)
    points = [one["points"] for one in records if one["points"] is not None]
    average = f"{sum(points) / len(points):.1f}" if points else ""
    parts.append(f"<tr><th>mean</th><th>{average}</th>{foot}</tr></table></html>\n")
    return "\n".join(parts)
