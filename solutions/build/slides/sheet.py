"""A run sheet beside a plan's deck, a page to print: clock, slides, what to ask and draw, what to cut."""

import html
import re

from slides import course, plans, saying, vendor
from slides.deck import NAMES, exercise_of
from slides.markup import line, render

CUES = re.compile(r"^(Ask|Draw|Say|Expect):? (.*)$", re.MULTILINE)
CUE = 125               # letters of a cue on the sheet
EXPECT = (150, 220)     # letters of what to expect: as many as there is room for
ACROSS, NAME = 77, 33   # letters in a line of cues, in a line of a part's name
PAGE_HAS = 83           # lines of a page below its title; a row takes ROW of a line more, a paragraph BELOW
ROW, BELOW, WIDE = 0.3, 0.4, 115    # WIDE: letters in a line of a paragraph
PREDICT = 110           # letters of a Predict
FREE = "For a late start, questions, a slow exercise. Nothing is shown."
KEYS = ("<p><b>Keys, in either window.</b> 1: to a slide's first control or count; Tab: the next one; "
        "arrows move a control, digits are hands; Escape leaves, Space goes on. B: black. S: notes.</p>")
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}: run sheet</title><style>
@page {{ size: A4; margin: 10mm; }}
body {{ font: 8pt/1.2 "DejaVu Sans", Verdana, sans-serif; color: #1a1a1a; }}
body {{ max-width: 190mm; margin: 4mm auto; }} @media print {{ body {{ margin: 0 auto; }} }}
h1 {{ font-size: 13pt; margin: 0; }} p {{ margin: 1mm 0; }}
table {{ border-collapse: collapse; width: 100%; margin: 1.5mm 0; }}
td, th {{ border-bottom: 1px solid #bbb; padding: .35mm 1.5mm .35mm 0; text-align: left; }}
td {{ vertical-align: top; }}
.run td:nth-child(-n+2) {{ white-space: nowrap; }} .run td:nth-child(3) {{ width: 46mm; }}
b.cut {{ color: #b34700; }}
</style></head><body>
<h1>{title}</h1>
{body}
<script>{katex}</script>
<script>for (const e of document.querySelectorAll(".tex"))
  katex.render(e.textContent, e, {{output: "mathml", throwOnError: false}});</script>
</body></html>
"""


def sheets(plan, slides_of):
    """[HTML], a run sheet for each session of a plan."""
    made, before = [], {"ask_next": ""}
    for session in plan["session"]:
        made.append(sheet(plan, session, before, slides_of))
        before = session
    return made


def sheet(plan, session, before, slides_of):
    """The run sheet of a session. before: the session before it."""
    ask, clock, number, rows = before["ask_next"], 0, 2, []
    for slide in plans.opening(session, ask):
        if slide.heading == "From last time":
            rows.append(("0–0.5", f"{number}", slide.heading, [("Ask", ask)], []))
        number += 1
    cuts, reached = {}, []
    for part in session["part"]:
        slides, name = plans.chosen(part, slides_of), plans.name_of(part)
        if session["homework"] and plans.named(part, [session.get("ends_with")]):
            number += 1                                                 # its slide stands here
        last = number + len(slides) - 1
        cut = plans.named(part, session["cut_first"])
        place = session["cut_first"].index(cut) + 1 if cut else 0
        own = part.get("title") or ("Homework, looked at" if "review" in part else "")
        heading = line(own or plans.SECTION.sub("", name).removeprefix("Ask: "))
        if place:
            heading += f' <b class="cut">✂\N{NO-BREAK SPACE}{place}</b>'
            cuts[place] = (part.get("title", name), part["minutes"], number, clock)
        shown = f"{number}" if last == number else f"{number}–{last}"
        said = [("Do", part[field]) for field in ("do", "review") if field in part and own]
        rows.append((f"{clock:g}–{clock + part['minutes']:g}", shown, heading, said, slides))
        reached.append((clock, number))
        clock, number = clock + part["minutes"], last + 1
    ends = bool(session["homework"]) and "ends_with" not in session
    free = f", {session['free']:g} of them free" if session.get("free") else ""
    body = [f"<p>{line(session['title'] if len(plan['session']) == 1 else plan['title'])}. "
            f"{session['minutes']:g} minutes{free}, {number - 1 + ends} slides.</p>"]
    if free := session.get("free", 0):
        rows.append((f"{clock:g}–{clock + free:g}", "", "Free", [("", FREE)], []))
    body += told(session, [("Needed", "needs"), ("Afterwards you can", "can"), ("Before", "before")])
    if due := course.handed_in(session):
        body.append(f"<p><b>Handed in by now:</b> {line(due)}.</p>")
    if back := course.returned(before):
        body.append(f"<p><b>Comes back:</b> {line(back)}. Three minutes of the review are for what went "
                    "wrong most often.</p>")
    table = len(body)
    body += [late(session, cuts, reached, share) for share in (1 / 3, 2 / 3) if cuts]
    body += told({"keep": [plans.SECTION.sub("", name) for name in session.get("keep", [])]},
                 [("Is never cut", "keep")])
    body.append(KEYS)
    if session["homework"]:
        known = [(each, exercise_of(each)) for each in session["homework"]]
        words = "; ".join(f"{each} {found.title if found else ''}".strip() for each, found in known)
        body.append(f"<p><b>Homework.</b> {line(words)}</p>" if "can" not in session else
                    f"<p><b>Homework, about {course.told(course.at_home(session))} minutes:</b> "
                    f"{line(course.home(session))}.</p>")
    body += told(session, [("For those who are behind", "behind")])
    if later := course.afterwards(session):
        body.append(f"<p><b>Handed in afterwards:</b> {line(later)}.</p>")
    if session["ask_next"]:
        body.append(f"<p><b>Next time begins with:</b> {line(session['ask_next'])}</p>")
    head = "".join(f"<th>{words}</th>" for words in ("minute", "slide", "what", "ask, draw, say"))
    body.insert(table, f"<table class='run'><tr>{head}</tr>"
                + "".join(map(row, one_page(rows, body))) + "</table>")
    title = session["title"] if len(plan["session"]) > 1 else plan["title"]
    return PAGE.format(title=html.escape(title), body="\n".join(body), katex=katex())


def told(session, fields):
    """What fields of a session say, a paragraph each. fields: [(words, field)]."""
    texts = [(words, session.get(field, "")) for words, field in fields]
    return [f"<p><b>{words}.</b> {line(text if isinstance(text, str) else '; '.join(text))}</p>"
            for words, text in texts if text]


def for_learners(plan):
    """A course as a page to hand out."""
    return PAGE.format(title=html.escape(plan["title"]), body=render(course.sheet(plan)), katex=katex())


def hints(session):
    """A page to hand out: the hints of the session's exercises, to write on."""
    made = []
    for number in session["hints"]:
        found = exercise_of(number)
        made.append(f"## {number} · {found.title}")
        made += [f"{place}. {hint}" for place, hint in enumerate(found.hints, 1)]
    title = f"Hints: {course.listed(session['hints'])}"
    return PAGE.format(title=title, body=render("\n\n".join(made)), katex=katex())


def katex():
    """KaTeX's script, to stand inside a page."""
    return vendor.files("katex")("dist/katex.min.js").decode().replace("</script", r"<\/script")


def cues(slides, expect=EXPECT[0]):
    """What to ask, draw and say at slides: [(word, Markdown)].
    expect: letters of what to expect; 0 for nothing of it.
    """
    found = []
    for slide in slides:
        texts = [text for what, text in slide.notes if not what]
        own = [(word, shorter(re.sub(r"<[^>]*>", "", said), expect if word == "Expect" else CUE))
               for text in texts for word, said in CUES.findall(text)]
        first = [word for word, _ in own].index("Expect") if "Expect" in dict(own) else -1
        found += [cue for place, cue in enumerate(own) if cue[0] != "Expect" or expect and place == first
                  and len(saying.sentences(cue[1])) > 1]        # a wrong answer without a reply helps nobody
        if expect and slide.kind in ("exercise", "vote", "order") and not own:
            found += expected(dict(slide.notes).get("Expect", ""), expect)
        if slide.kind in ("predict", "question") and not own:
            asked = next(piece.content for piece in slide.pieces if piece.kind == "text")
            found.append((NAMES[slide.kind], shorter(" ".join(asked.split()), PREDICT)))
    return found


def expected(text, longest):
    """The first wrong answer that the guide, or the exercise, expects: [("Expect", words)], or []."""
    if not text.startswith("- "):
        return []
    answer, thought, *_ = [*text.splitlines()[0][2:].split(" · "), ""]
    return [("Expect", shorter(f"{answer}: {thought}" if thought else answer, longest))]


def one_page(rows, paragraphs):
    """Rows (minute, slide, what, said, slides) with their cues, as they fit on a page beside paragraphs.
    What to expect stands there as far as there is room, at long parts first.
    """
    def lines(cells):
        said = sum(len(word) + seen(text) + 3 for word, text in cells[3])
        return max(-(-said // ACROSS), -(-seen(cells[2]) // NAME), 1) + ROW

    room = PAGE_HAS - sum(-(-seen(text) // WIDE) + BELOW for text in paragraphs)
    given, rows = rows, [(*cells, said + cues(slides, 0)) for *cells, said, slides in rows]
    for most in EXPECT:
        for place in sorted(range(len(given)), key=lambda place: -lasts(given[place][0])):
            *cells, said, slides = given[place]
            longer = (*cells, said + cues(slides, most))
            if sum(map(lines, rows)) - lines(rows[place]) + lines(longer) <= room:
                rows[place] = longer
    return rows


def lasts(minutes):
    """How long a row lasts. minutes: such as "3–6.5"."""
    begins, ends = map(float, minutes.split("–"))
    return ends - begins


def seen(text):
    """How many letters of a text are seen: HTML and the commands of mathematics are not."""
    return len(re.sub(r"<[^>]*>|\\[a-z]+|[{}$^_\\]", "", text))


def shorter(text, most):
    """The first sentences of a text, at most so many letters, but one at least."""
    parts = saying.sentences(text)
    while len(parts) > 1 and len(" ".join(parts)) > most:
        parts.pop()
    return " ".join(parts)


def row(cells):
    """A row of the table."""
    minute, slide, heading, said = cells
    words = " ".join(f"<b>{word}:</b> {line(text)}" if word else line(text) for word, text in said)
    return f"<tr><td>{minute}</td><td>{slide}</td><td>{heading}</td><td>{words}</td></tr>"


def late(session, cuts, reached, share):
    """Where the clock should be after a share of the session, and what can still be cut."""
    clock, slide = min(reached, key=lambda place: abs(place[0] - share * session["minutes"]))
    ahead = [cuts[place] for place in sorted(cuts) if cuts[place][3] >= clock]
    what = "; ".join(f"{line(plans.SECTION.sub('', name))} (slide {at}, {minutes:g} min)"
                     for name, minutes, at, _ in ahead)
    saved = sum(minutes for _, minutes, _, _ in ahead)
    free = f"{session['free']:g} minutes are free. " if session.get("free") else ""
    return (f"<p><b>Minute {clock:g} is slide {slide}.</b> Late there? {free}"
            + (f"Still to cut, in this order: {what}. Together {saved:g} minutes.</p>" if ahead else
               "Nothing to cut is ahead: leave out questions to neighbours, and keep the last part.</p>"))
