"""A handout a lesson, one page A4: the derivation with blanks, and below a line to fold the summary card.

    python solutions/build/handouts.py [03]         writes build/handouts/NN.pdf; ``make handouts``

Everything is taken from the lesson's text. The blanks are the right-hand sides of its displayed equations: of
the core, or of all sections where the core has fewer than FEW. Same text, same bytes. Pandoc turns text and
mathematics into Typst, which sets the page with fonts of its own (requirements-handouts.txt has both).
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

import jupytext
from reading import DEEP, tags

COURSE = Path(__file__).parent.parent.parent
FEW = 4
RELATION = re.compile(r"=|\\approx\b|\\leftarrow\b|\\Longleftrightarrow\b")
BETWEEN = re.compile(r"\\qquad|\\Longrightarrow\b|\\Rightarrow\b|\\\\|&(?! *(?:=|\\approx))")
OPEN, SHUT = r"(\{|\(|\[|\\left\b|\\begin\b)", r"(\}|\)|\]|\\right\b|\\end\b)"
COMMAND = re.compile(r"\\(begin|end)\{\w+\}|\\[a-zA-Z]+")
BREAK = "NEXTPIECE"
SIZES = [(9, 11), (8.5, 10), (8, 9), (7.5, 8.5), (7, 8)]        # of the card's text in pt, of a row in mm
PAGE = """\
#set page(paper: "a4", margin: (x: 16mm, y: 13mm))
#set document(title: "TITLE", date: none)
#set text(font: "Libertinus Serif", size: 10.5pt, lang: "en")
#set par(leading: 0.5em)
#let row(where, ..parts) = block(height: ROWmm, width: 100%, spacing: 0pt, grid(
  columns: (34mm, ..parts.pos().map(part => if part == [] { 1fr } else { auto })),
  align: horizon, rows: 100%, column-gutter: 2mm, text(7.5pt, fill: luma(90), where),
  ..parts.pos().map(part => if part == [] { align(bottom, line(length: 100%, stroke: 0.5pt)) }
                            else { part })))
#show figure: set block(spacing: 0.6em)
#show table: set text(CARDpt)
#show figure: set align(left)
#show table: set par(leading: 0.35em)
#show table: set align(left)
#set table(stroke: (x, y) => if y > 1 { (top: 0.3pt + luma(190)) }, inset: (x: 4pt, y: 2.2pt))
#text(15pt, weight: "bold")[TITLE]
#v(1mm)
#v(1fr)
ROWS
#v(2mm)
#v(1fr)
#line(length: 100%, stroke: (dash: "dashed", paint: luma(120)))
#v(-0.8em)
#align(center, text(7.5pt, fill: luma(90))[Fill in what is missing above.
  Fold here: the card is for afterwards.])
#set text(9.5pt)
CARDTEXT
"""


@dataclass
class Blank:
    """An equation to complete. where: the heading above it. left: LaTeX up to and with the first relation.
    relations: LaTeX of the others, with a blank before each. when: a condition, in LaTeX, or "".
    """

    where: str
    left: str
    relations: list
    when: str = ""


def main():
    """Write the handouts of all lessons, or of those that are named."""
    out = COURSE / "build" / "handouts"
    out.mkdir(parents=True, exist_ok=True)
    for source in sorted((COURSE / "solutions").glob("[0-9][0-9]_*.md")):
        if source.stem[:2] in (sys.argv[1:] or [source.stem[:2]]):
            (out / f"{source.stem[:2]}.pdf").write_bytes(pdf(page(jupytext.read(source))))
            print(f"build/handouts/{source.stem[:2]}.pdf")


# --- what is on it ---

def texts(lesson):
    """A lesson's text in pieces: list of (heading, words below it, whether it can wait)."""
    found, heading, waits = [], "", 0
    for cell in lesson.cells:
        if cell.cell_type != "markdown" or "instructor" in tags(cell):
            continue
        deep = any(map(DEEP.fullmatch, tags(cell)))
        for piece in re.split(r"^(?=#+ )", cell.source, flags=re.MULTILINE):
            if title := re.match(r"(#+) (.*)\n?", piece):
                rank, heading, piece = len(title[1]), title[2], piece[title.end():]
                waits = 0 if rank <= waits else waits
                waits, deep = waits or deep * rank, False   # a tag is for the heading that begins its cell
            found.append((heading, piece, bool(waits)))
    return found


def blanks(lesson):
    """The equations to complete: those of the core, or all if these are few."""
    found = [(blank, waits) for heading, text, waits in texts(lesson)
             for equation in re.findall(r"\$\$(.*?)\$\$", text, re.DOTALL)
             for blank in taken_apart(heading, equation)]
    core = [blank for blank, waits in found if not waits]
    return core if len(core) >= FEW else [blank for blank, _ in found]


def taken_apart(where, equation):
    """The Blanks of a displayed equation. Equations of numbers alone are passed over."""
    aligned = re.fullmatch(r"\s*\\begin\{aligned\}(.*)\\end\{aligned\}\s*", equation, re.DOTALL)
    found = []
    for part in split(BETWEEN, aligned[1] if aligned else equation):
        part = part.replace("&", "").strip(" .,\n") if aligned else part.strip(" .,\n")
        sides = split(RELATION, part)
        if len(sides) > 1 and re.search(r"[a-zA-Z]", re.sub(COMMAND, "", sides[0])):
            signs = relations(part)
            found.append(Blank(where, sides[0] + signs[0], signs[1:]))
        elif found and part.startswith(r"\text"):
            found[-1].when = part
    return found


def outermost(pattern, latex):
    """Where a pattern stands outside all brackets, environments and pairs of \\left and \\right."""
    deep, ends = 0, []
    for token in re.finditer(f"{OPEN}|{SHUT}|{pattern.pattern}", latex):
        deep += bool(token[1]) - bool(token[2])
        if deep == 0 and not token[1] and not token[2]:
            ends.append(token.span())
    return ends


def split(pattern, latex):
    """LaTeX in pieces, cut where the pattern stands outside all brackets."""
    cuts = [0, *(place for span in outermost(pattern, latex) for place in span), len(latex)]
    return [latex[start:stop] for start, stop in zip(cuts[::2], cuts[1::2])]


def relations(latex):
    """The outermost relations of an equation, in order."""
    return [latex[start:stop] for start, stop in outermost(RELATION, latex)]


def card(lesson):
    """The summary card as Markdown."""
    return "\n".join(text for heading, text, _ in texts(lesson) if heading == "Summary card")


# --- how it is set ---

def page(lesson):
    """The handout of a lesson as Typst, with CARD and ROW to be filled in."""
    gaps = blanks(lesson)
    pieces = [card(lesson)] + [piece for blank in gaps for piece in (
        blank.where, *(f"${latex.strip()}$" for latex in (blank.left, *blank.relations, blank.when)))]
    table, *pieces = typst(pieces)
    rows, before = [], ""
    for blank in gaps:
        where, left, *others, when = (pieces.pop(0) for _ in range(3 + len(blank.relations)))
        parts = [large(left), *(part for sign in others for part in ("[]", large(sign))), "[]"]
        parts += [large(when)] if blank.when else []
        rows.append(f"#row([{where if where != before else ''}], {', '.join(parts)})")
        before = where
    title = lesson.cells[0].source.splitlines()[0].removeprefix("# ")
    table = re.sub(r"columns: \([\d.%, ]+\)", lambda found: f"columns: {found[0].count('%')}", table)
    return PAGE.replace("TITLE", title).replace("ROWS", "\n#v(1fr)\n".join(rows)).replace("CARDTEXT", table)


def large(formula):
    """A formula of Typst as large as in a displayed equation."""
    return f"[$display({formula.strip('$')})$]"


def typst(pieces):
    """Pieces of Markdown with LaTeX, each as Typst."""
    import pypandoc                                     # only handouts need it

    text = re.sub(r"\\!|\\[bB]igg?(?![a-zA-Z])|\\displaystyle", "", f"\n\n{BREAK}\n\n".join(pieces))
    text = pypandoc.convert_text(text, "typst", format="markdown-smart-citations+pipe_tables",
                                 extra_args=["--wrap=none"])
    text = text.replace("dot.circle", "dot.o")          # its name in this version of Typst
    return [piece.strip() for piece in text.split(BREAK)]


def pdf(page):
    """A handout as PDF: in the largest of SIZES with which it is one page."""
    import typst as setter                              # only handouts need it

    for card_size, row_size in SIZES:
        source = page.replace("CARDpt", f"{card_size}pt").replace("ROWmm", f"{row_size}mm").encode()
        if isinstance(setter.compile(source, format="svg", ignore_system_fonts=True), bytes):
            break
    return setter.compile(source, format="pdf", ignore_system_fonts=True)


if __name__ == "__main__":
    main()
