"""What README shows of the course: pictures as the lessons store them, a check's message, ways through."""

import base64
import re
import textwrap
from pathlib import Path

from exercises import judge
from exercises.formulas import specimens

COURSE = Path(__file__).parent.parent.parent
PICTURES = (            # (lesson, the call whose picture it is, where README has it)
    ("00_start_here", "figures.hero(", ".github/course.png"),
    ("00_start_here", "figures.memory_ladder(", ".github/ladder.png"),
    ("03_deriving_bptt", "explorers.forward_and_backward(", ".github/explorer.png"))
MISTAKE = ("4.3", "recurrent-outer-uses-current-state")         # of lesson 04's collection
WIDTH = 110             # of the message, in letters
PLACE = "<!-- {0}: begin -->\n.*?<!-- {0}: end -->"


def save_pictures(stem, notebook, out):
    """Write the pictures that README shows of an executed lesson. out: the folder of the course."""
    for lesson, call, path in PICTURES:
        if lesson == stem:
            (out / path).parent.mkdir(parents=True, exist_ok=True)
            (out / path).write_bytes(picture(notebook, call))


def picture(notebook, call):
    """The picture of the last cell with this call, as PNG bytes."""
    found = [output.data["image/png"] for cell in notebook.cells if call in cell.source
             for output in cell.get("outputs", []) if "image/png" in output.get("data", {})]
    if not found:
        raise ValueError(f"no cell with {call!r} shows a picture; README needs it (PICTURES).")
    return base64.b64decode(found[-1])


def message():
    """What the check says about a mistake, as README quotes it."""
    number, name = MISTAKE
    lines = str(judge(number, specimens.SPECIMENS[name])).splitlines()
    quoted = "\n".join(textwrap.fill(line, WIDTH, subsequent_indent="  ") for line in lines)
    return f"```text\n{quoted}\n```\n"


def ways(lesson):
    """The table of ways through the course in lesson 00, its links as README needs them. lesson: as built."""
    text = "\n\n".join(cell.source for cell in lesson.cells)
    table = re.search(r"^\| you have \|.*?(?=\n\n)", text, re.DOTALL | re.MULTILINE)[0]
    return re.sub(r"\]\((\w+\.ipynb)\)", r"](notebooks/\1)", table) + "\n"


def readme(text, lesson):
    """README's text with the message and the ways. lesson: lesson 00, as built."""
    for name, words in (("check", message()), ("ways", ways(lesson))):
        if len(re.findall(PLACE.format(name), text, re.DOTALL)) != 1:
            raise ValueError(f"README must have one place from <!-- {name}: begin --> to its end.")
        text = re.sub(PLACE.format(name), lambda place: f"{place[0].splitlines()[0]}\n\n{words}\n"
                      f"<!-- {name}: end -->", text, flags=re.DOTALL)
    return text


def write(lesson):
    """Write README anew. lesson: lesson 00, as built."""
    page = COURSE / "README.md"
    page.write_text(readme(page.read_text(encoding="utf-8"), lesson), encoding="utf-8")
