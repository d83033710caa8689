"""Slides written by hand in a plan. Markdown with mathematics:

    ## Heading          the first line
    +++                 what follows comes at the next key; rows of a table join the table above
    ![](picture.svg)    a sketch; its path begins at the plan's folder, or at solutions/plans
    ![instead](b.svg)   a sketch in the place of the one before it
    {{ address }}       where the course is, from pyproject.toml
    - `"a"`: words      a vote
    Notes:              what follows is for the speaker

A row that comes later fills the empty cells of the row that begins with the same cell, if there is one.
"""

import re
from pathlib import Path

import address as repository
from slides import saying
from slides.deck import OPTION, Piece, Slide
from slides.markup import address, attribute

IMAGE = re.compile(r"^!\[([^\]]*)\]\(([^()\s]+\.svg)\)$", re.MULTILINE)
OF_NOTES = re.compile(r"!\[([^\]]*)\]\(([^()\s]+\.svg)\)")
BLANK = r"\_" * 24      # to write on
PLANS = Path(__file__).parent.parent.parent / "plans"
HIDDEN = '<span class="fragment" data-fragment-index="{}">{}</span>'


def heading(text):
    """The heading of a slide that was written by hand."""
    return text.strip().splitlines()[0].removeprefix("## ").strip()


def slide(text, folder):
    """The Slide that ``text`` writes. folder: in which its sketches are looked for. Raises ValueError."""
    first, _, rest = text.strip().partition("\n")
    if not first.startswith("## "):
        raise ValueError(f"a slide begins with '## Heading', not with {first[:40]!r}")
    rest = with_address(rest)
    shown, *notes = re.split(r"^Notes:[ \n]", rest + "\n", maxsplit=1, flags=re.MULTILINE)
    notes = "".join(notes).strip()
    made = Slide("written", "", heading(text), name="slide", first=True)
    for key, part in enumerate(re.split(r"^\+\+\+$", shown, flags=re.MULTILINE)):
        add(made, part.strip(), key, Path(folder))
    if notes:
        made.said = saying.words(OF_NOTES.sub("", notes))
        made.notes.append(("", OF_NOTES.sub(lambda match: in_notes(match, Path(folder)), notes)))
    return made


def with_address(text):
    """A text with the course's address where it says so, or with a line to write it on."""
    return text.replace("{{ address }}", repository.address() or BLANK)


def found(path, folder):
    """A sketch's file: from the plan's folder, or, for a copy of a plan, from that of the course's plans."""
    there = folder / path
    return there if there.exists() else PLANS / path


def add(made, text, key, folder):
    """Put what comes at one key on the slide: rows, words, sketches, a vote."""
    rows = re.match(r"(?:\|.*(?:\n|$))+", text)
    if rows and key and made.pieces and made.pieces[-1].kind in ("text", "later") and (
            made.pieces[-1].content.rstrip().endswith("|")):
        before = made.pieces[-1]
        joined = before.content.rstrip()
        for row in rows[0].splitlines():
            joined = with_row(joined, row, key)
        made.pieces[-1] = before._replace(content=joined)
        text = text[rows.end():].strip()
    options = [(letter, said.strip()) for letter, said in OPTION.findall(text)]
    parts = IMAGE.split(OPTION.sub("", text).strip())
    for place in range(0, len(parts), 3):
        if parts[place].strip():
            made.pieces.append(Piece("later" if key else "text", parts[place].strip(), key))
        if place + 2 < len(parts):
            path = found(parts[place + 2], folder)
            if parts[place + 1] == "instead":
                before = next(piece for piece in reversed(made.pieces) if piece.kind == "picture")
                before.content.setdefault("instead", []).append((sketch(path, ""), key))
            else:
                made.pieces.append(Piece("picture", sketch(path, parts[place + 1]), key))
    if options:
        made.pieces.append(Piece("options", options))


def with_row(table, row, key):
    """A table with one more row, or with a row filled, whose new cells are seen from a key on."""
    lines, cells = table.splitlines(), cells_of(row)
    same = [k for k, line in enumerate(lines) if line.startswith("|") and cells_of(line)[0] == cells[0]]
    if not same:
        return "\n".join([*lines, joined(HIDDEN.format(key, cell) if cell else "" for cell in cells)])
    lines[same[0]] = joined(old or (HIDDEN.format(key, new) if new else "")
                          for old, new in zip(cells_of(lines[same[0]]), cells))
    return "\n".join(lines)


def cells_of(row):
    """The cells of a table's row."""
    return [cell.strip() for cell in row.strip().strip("|").split("|")]


def joined(cells):
    """Cells as a table's row."""
    return "| " + " | ".join(cells) + " |"


def sketch(path, words):
    """What ``pieces`` needs of a picture. words: for those who do not see it; else its title."""
    text = path.read_text(encoding="utf-8")
    width, height = map(float, re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', text).groups())
    title = re.search(r"<title>(.*?)</title>", text, re.DOTALL)
    letters = min(map(float, re.findall(r'font-size="([\d.]+)"', text)), default=14.0)
    return {"data": text, "kind": "image/svg+xml", "alt": words or (title[1] if title else ""),
            "width": width, "height": height, "letters": letters, "tall": False, "sketch": True}


def in_notes(match, folder):
    """A sketch for the board, inside the notes."""
    content = found(match[2], folder).read_bytes()
    return f'<img alt="{attribute(match[1])}" height="150" src="{address(content, "image/svg+xml")}">'
