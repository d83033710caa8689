"""The teacher's own table of a class, class.html: who got what for which exercise, and what went wrong most.

It names everybody, so it is not to be projected; for that there is ``make count``.
"""

import re
from collections import defaultdict
from html import escape
from statistics import mean

from solutions.grading.files import file_name, web_page

STYLE = """body { font: 15px/1.4 sans-serif; margin: 1rem 2rem; color: #222 }
small { color: #555; display: block } table { border-collapse: collapse; margin-bottom: 2rem }
th, td { border: 1px solid #ccc; padding: .25rem .5rem; vertical-align: top; text-align: left }
td.p { text-align: center }
.flag, .no-points { color: #a33c00; font-weight: bold }
.right { background: #d9f0e7 } .wrong { background: #fbe3d3 } .open { background: #eee }"""


def in_short(status, said):
    """("right", "open" or "wrong", the mistake in a few words) of what was said of an answer."""
    if status in ("right", "not attempted yet"):
        return ("right", "") if status == "right" else ("open", "not tried")
    name, colon, _ = said.partition(": ")
    if colon and re.fullmatch(r"'\w+'", name):
        return "wrong", f"chose {name}"
    named = colon and name[:1].isupper() and len(name) < 60 and "." not in name
    text = " ".join((name if named else said).split()).partition(". ")[0].rstrip(".")
    return "wrong", text if len(text) <= 60 else f"{text[:57]}..."


def went_wrong(records):
    """[(how many, number, [(what in short, who)])]: how many have an exercise not right, and why; most first.
    who: names."""
    found = defaultdict(lambda: defaultdict(list))
    for one in records:
        for number, (_, _, status, said, _) in one["exercises"].items():
            kind, what = in_short(status, said)
            if kind != "right":
                found[number][what].append(one["name"])
    rows = [(sum(map(len, whats.values())), number, sorted(whats.items(), key=lambda one: -len(one[1])))
            for number, whats in found.items()]
    order = list(shares(records))
    return sorted(rows, key=lambda row: (-row[0], order.index(row[1])))


def shares(records):
    """{number: the mean share of its points}, of those who were graded, in the lesson's order."""
    found = defaultdict(list)
    for one in records:
        for number, (points, highest, *_) in one["exercises"].items():
            found[number].append(points / highest if highest else 1.0)
    return {number: mean(values) for number, values in found.items()}


def by_hand(mark):
    """What a person gave, in small type. mark: (points, HOLD or None, reason), or None."""
    how = "by hand" if mark and isinstance(mark[0], float) else "you said"
    return f"<small>{how}: {escape(mark[1])}</small>" if mark else ""


def row_of(one, numbers, look):
    """The row of a learner in the table. one: a record. numbers: of the exercises. look: [(weight, what to
    look at)]."""
    name = f'{escape(one["name"])}<small>{escape(one["student"])}</small>'
    if one["page"]:
        name = f'<a href="feedback/{file_name(one["student"])}.html">{name}</a>'
    said = "".join(f'<small class="{weight.replace(" ", "-")}">{escape(words)}</small>'
                   for weight, words in look if words != one["reason"])
    whole = by_hand(one["marks"].get("all"))
    if one["points"] is None:
        return (f'<tr><td>{name}</td><td>{whole}</td><td>{said}</td><td colspan="{len(numbers)}">'
                f'{escape(one["reason"])}</td></tr>')
    cells = [f"<td>{name}</td><td><b>{one['points']:g}</b> of {one['max']:g}{whole}</td><td>{said}</td>"]
    for number in numbers:
        points, _, status, said, _ = one["exercises"].get(number, (None, 0, "right", "", ""))
        mark = one["marks"].get(number)
        points = mark[0] if mark and mark[0] is not None else points
        kind, what = in_short(status, said)
        cells.append('<td class="open"></td>' if points is None else
                     f'<td class="p {kind}">{points:g}<small>{escape(what)}</small>{by_hand(mark)}</td>')
    return f"<tr>{''.join(cells)}</tr>"


def overview(lesson, titles, records, look=(), written=()):
    """The page. titles: {number: title}. records: of everybody, also those who were not graded. look: as of
    ``suspicions.look_at``. written: the numbers of what a person reads."""
    graded = [one for one in records if one["exercises"]]
    share = shares(graded)
    numbers, titles = [*share, *written], defaultdict(str, titles)
    parts = [f"<h1>Lesson {escape(lesson)}: the class</h1>",
             "<p>This page is yours: it names everybody. The one to project is count.html.</p>",
             *(f'<p class="{weight}">{escape(said)}</p>' for id, weight, said in look if not id),
             "<h2>What went wrong, most first</h2><table>",
             "<tr><th>not right</th><th>exercise</th><th>what, and who</th></tr>"]
    for count, number, whats in went_wrong(graded):
        said = "".join(f"<div><b>{len(who)}: {escape(what)}</b> ({escape('; '.join(who))})</div>"
                       for what, who in whats)
        parts.append(f"<tr><td>{count} of {len(graded)}</td><td>{number} {escape(titles[number])}</td>"
                     f"<td>{said}</td></tr>")
    head = "".join(f'<th title="{escape(titles[number])}">{number}</th>' for number in numbers)
    foot = "".join(f"<td>{100 * share[number]:.0f} %</td>" if number in share else "<td></td>"
                   for number in numbers)
    points = [one["points"] for one in records if one["points"] is not None]
    average = f"{mean(points):.1f}" if points else ""
    rows = [row_of(one, numbers, [row[1:] for row in look if row[0] == one["student"]]) for one in records]
    return web_page(f"Lesson {lesson}: the class", STYLE, [
        *parts, "</table><h2>Everybody</h2><table>",
        f"<tr><th>learner</th><th>points</th><th>look at</th>{head}</tr>", *rows,
        f"<tr><th>mean</th><th>{average}</th><td></td>{foot}</tr></table>"])
