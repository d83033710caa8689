"""Slides as one HTML file that needs no network: reveal.js, KaTeX, fonts, pictures and films are inside."""

import html
import json
import re
from dataclasses import replace
from pathlib import Path

from pygments.formatters import HtmlFormatter
from slides import films, fonts, guide, vendor
from slides.markup import address, attribute, line, render
from slides.pieces import piece, type_size

HERE = Path(__file__).parent
SKETCH = re.compile(r"!\[([^\]]*)\]\((board/[\w.]+)\)")
AT_CONTROLS = ("Key 1 goes to the first control, 2 to the second; left and right move it, Escape leaves it, "
               "Space goes on. In either window; the other one follows.")
AT_COUNTS = ("Key 1 goes to the first count, Tab to the next one. Type the hands; Escape leaves, Space goes "
             "on. In either window.")
KEYS = ("Space, PageDown, arrow right: on. PageUp, arrow left: back. Arrow down: code; Space leaves it. "
        "1, 2, 3: to a slide's controls or counts; arrows move a slider, Escape and Space leave it. "
        "Tab: the next one. S: this window, in which all of them work, too. B: a black screen. "
        "O: all slides. ?: all keys.")
LOOKS = {"tall": lambda about: about["tall"],
         "wide": lambda about: "sketch" not in about and about["width"] > WIDE * about["height"]}
WIDE = 2.2              # times as wide as high: its height is bounded by the slide's width
NOTES = "font-size:.8em;line-height:1.25"       # the speaker's window has no style of ours
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>{looks}</style></head>
<body><div class="reveal"><div class="slides">
{sections}
</div></div>
<script type="text/plain" id="licences">{licences}</script>
<script type="application/json" id="films">{films}</script>
{scripts}
</body></html>
"""


def page(title, slides, film=films.film):
    """A deck. title: of the page. slides: of the main line, each with its code below it.
    film: from an explorer's name to its film.
    """
    shown = {each.content: film(each.content) for slide in slides for each in slide.pieces
             if each.kind == "explorer"}
    slides = [replace(slides[0], notes=[("Keys", KEYS), *slides[0].notes]), *slides[1:]]
    clock, total, sections = 0, sum(map(seconds, slides)), []
    for slide in slides:
        clock += seconds(slide)
        sections.append(section(slide, shown, total - clock, total))
    sections = "\n".join(sections)
    reveal, katex = (read_text(vendor.files(name)) for name in ("reveal", "katex"))
    looks = [reveal("dist/reset.css"), reveal("dist/reveal.css"), fonts.faces(sections),
             re.sub(r"@font-face\{[^}]*\}", "", katex("dist/katex.min.css")),
             HtmlFormatter(style="default").get_style_defs("pre.code"), own("deck.css")]
    scripts = [reveal("dist/reveal.js"), reveal("dist/plugin/notes.js"), katex("dist/katex.min.js"),
               own("film.js"), own("deck.js")]
    licences = "\n\n".join(["reveal.js", reveal("LICENSE"), "KaTeX", katex("LICENSE"),
                            "DejaVu fonts", fonts.LICENCE.read_text(encoding="utf-8")])
    return PAGE.format(title=html.escape(title), looks="".join(looks), sections=sections,
                       films=json.dumps(shown), licences=html.escape(licences),
                       scripts="\n".join(map(script, scripts)))


def read_text(read):
    """A package's reader for texts."""
    return lambda path: read(path).decode("utf-8")


def own(name):
    """A file beside this one."""
    return (HERE / name).read_text(encoding="utf-8")


def script(text):
    """JavaScript inside a page."""
    return "<script>" + text.replace("</script", r"<\/script") + "</script>"


# --- a slide ---

def seconds(slide):
    """How long a slide is shown: as its plan says, or what it takes."""
    return slide.seconds or slide.takes


def section(slide, shown, left, total):
    """A slide, and what lies below it. shown: films. left: seconds after it, of ``total``."""
    heading = f"<h1>{line(slide.heading)}</h1>" if slide.kind == "title" else heading_of(slide, shown)
    body = "".join(piece(each, shown) for each in slide.pieces)
    clock = (f"<p><b>{minutes(seconds(slide))}</b> for this slide, so go on <b>by minute "
             f"{reached(total - left)}</b> of {reached(total)}.</p>")
    kinds = {each.kind for each in slide.pieces}
    clock += "".join(f"<p>{keys}</p>" for kind, keys in (("explorer", AT_CONTROLS), ("options", AT_COUNTS))
                     if kind in kinds)
    notes = clock + "".join((f"<h4>{line(what)}</h4>" if what else "") + note(text)
                            for what, text in slide.notes)
    pictures = [each.content for each in slide.pieces if each.kind == "picture"]
    looks = "".join(f" {look}" for look in ("tall", "wide") if any(map(LOOKS[look], pictures)))
    main = (f'<section class="{slide.kind}{looks}" data-name="{attribute(slide.name)}" '
            f'data-timing="{seconds(slide)}"><div class="fit">{heading}<div class="body">{body}</div></div>'
            f'<aside class="notes"><div style="{NOTES}">{notes}</div></aside></section>')
    return f"<section>{main}{''.join(map(below, slide.below))}</section>" if slide.below else main


def heading_of(slide, shown):
    """The line above a slide: large on the first one under a heading, small on the others."""
    film = next((each.content for each in slide.pieces if each.kind == "explorer"), None)
    words = films.about(shown[film])["question"] if film else slide.head or slide.heading
    if slide.kind == "predict":             # some headings tell what comes out
        words = slide.head
    mark = f' <span class="deep">{slide.deep}</span>' if slide.deep else ""
    large = slide.first and words == slide.heading
    return f'<h2 class="{"first" if large else "again"}">{line(words)}{mark}</h2>'


def below(code):
    """A slide of code, below another. code: (the heading, pieces)."""
    heading, parts = code
    size = type_size("\n".join(part.content for part in parts) + "\n\n")
    return (f'<section class="below" data-timing="0"><div class="fit" style="--code:{size}px">'
            f'<h2 class="again">{line(heading)}</h2>'
            f'<div class="body">{"".join(piece(part, {}) for part in parts)}</div></div></section>')


def minutes(number):
    """Seconds in words."""
    return f"{number} s" if number < 60 else f"{number / 60:.1f}".removesuffix(".0") + " min"


def reached(number):
    """Seconds as minutes, in steps of a half."""
    return f"{round(number / 30) / 2:g}"


def note(text):
    """What is for the speaker; a sketch for the board is put inside."""
    return render(SKETCH.sub(sketch, text))


def sketch(found):
    """The image for a sketch that the guide shows. found: a match of SKETCH."""
    content = (guide.PAGES / found[2]).read_bytes()
    return f'<img alt="{attribute(found[1])}" src="{address(content, "image/svg+xml")}">'
