"""What the guide's page of a lesson (solutions/guide/NN_name.md) adds to the speaker's notes."""

import re
from pathlib import Path

PAGES = Path(__file__).parent.parent.parent / "guide"
ONCE = {"Ask first": "title", "On the board": "goals", "To discuss": "goals", "If time is short": "goals"}


def sections(lesson):
    """The page of a lesson: {heading: Markdown below it}, for ## and ###; {} if there is no page yet."""
    found = sorted(PAGES.glob(f"{lesson}_*.md"))
    if not found:
        return {}
    text = re.sub(r"<!--.*?-->", "", found[0].read_text(encoding="utf-8"), flags=re.DOTALL)
    parts = re.split(r"^#{2,3} (.*)\n", text, flags=re.MULTILINE)
    return {heading.strip(): body.strip() for heading, body in zip(parts[1::2], parts[2::2])}


def question(lesson):
    """What the page asks first, for the title slide: a list of one text, or none."""
    return re.findall(r'\A"(.+?)"', sections(lesson).get("Ask first", ""), re.DOTALL)


def into(slides, lesson):
    """Put the page's words into the notes of the slides that they belong to."""
    page = sections(lesson)
    for heading, kind in ONCE.items():
        for slide in slides:
            if slide.kind == kind and page.get(heading):
                slide.notes.insert(len(slide.notes) if kind == "goals" else 0, (heading, page[heading]))
    for slide in slides:
        words = next((body for heading, body in page.items()
                      if slide.kind in ("exercise", "vote", "order") and slide.number
                      and heading.split(" ")[0] == slide.number), "")
        if words:
            slide.notes = [note for note in slide.notes if note[0] != "Expect"]
            slide.notes.insert(0, ("Expect", words))
