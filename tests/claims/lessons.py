"""The text of the lessons as claims see it, and which sections have been gone through."""

import importlib
import re
from pathlib import Path

from tests.claims.claim import REASON, spoken

COURSE = Path(__file__).parents[2]
DONE = {                                # sections whose Notices are all claimed, and rows of the summary card
    "02": {"sections": ("10",), "rows": ()},
    "05": {"sections": ("3", "5", "6", "7", "9"), "rows": ("proof",)},
    "06": {"sections": ("4", "5", "7", "8", "9", "10"), "rows": ("direction", "slopes", "start")},
    "07": {"sections": ("5", "6", "7"), "rows": ("bias", "choosing", "state, gradient")},
    "08": {"sections": ("6", "8", "10"), "rows": ()},
    "09": {"sections": ("7",), "rows": ()},
    "10": {"sections": ("6",), "rows": ()}}
HERE = r"\bhere\b|\bthis run\b|\bthese runs\b"
ASSERTED = r"\bassert\b|\bequal\(|\bbool\("
FOLD = r"(?:\n\n<details><summary>How sure is this\?.*?</details>)?"      # the counts of the Notice above it
CELL_OR_NOTICE = r"^```\{code-cell\}.*?^```$|^\*\*Notice\.\*\*.*?(?=\n\n|\Z)" + FOLD
SHARE_HERE = 1 / 3                      # of a lesson's Notices


def load():
    """Import every module of claims, so that CLAIMS holds them all."""
    for path in sorted(Path(__file__).parent.glob("lesson_[0-9][0-9].py")):
        importlib.import_module(f"tests.claims.{path.stem}")


def text_of(lesson):
    """The text of a lesson, "06"."""
    return next((COURSE / "solutions").glob(f"{lesson}_*.md")).read_text(encoding="utf-8")


def plain(text):
    """Words only: no markup, no mathematical signs around names, one blank between words, small letters."""
    return " ".join(re.sub(r"[*`$\\{}|]", "", text).split()).lower()


def part(text, name):
    """A part of a lesson's text. name: "§4", or "card" for the summary card."""
    heading = r"## Summary card" if name == "card" else rf"## {name[1:]} ·"
    found = re.search(rf"^{heading}.*?(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    return found[0] if found else ""


def notices(text, section):
    """The Notices of a section: pairs of the paragraph and the code cell before it."""
    cell, found = "", []
    for block in re.findall(CELL_OR_NOTICE, part(text, f"§{section}"), re.DOTALL | re.MULTILINE):
        if block.startswith("```"):
            cell = block
        else:
            found.append((block, cell))
    return found


def card_row(text, name):
    """The row of the summary card with this name."""
    found = re.search(rf"^\| {name} \|.*$", part(text, "card"), re.MULTILINE)
    return found[0] if found else ""


def is_found(claim, text):
    """True if the sentence stands word for word in the part of the text that the claim names."""
    _, name = claim.place.split()
    return plain(claim.sentence) in plain(part(text, name))


def rest(paragraph, claims):
    """The sentences of a paragraph that are no claim's, in small letters."""
    text = plain(paragraph)
    for sentence in sorted((plain(claim.sentence) for claim in claims), key=len, reverse=True):
        text = text.replace(sentence, " ")
    return text


def faults(lesson, text, claims, done):
    """What the text of a lesson lacks, as sentences. claims: those of this lesson. done: as in DONE."""
    pairs = [pair for section in done["sections"] for pair in notices(text, section)]
    about_this_run = 0
    for paragraph, cell in pairs:
        unclaimed, start = rest(paragraph, claims), paragraph[:70]
        if unclaimed != plain(paragraph):                   # a claim stands in it
            for sentence in re.split(r"(?<=[.?!:]) ", unclaimed):
                if spoken(sentence) and not re.search(HERE, sentence):
                    yield f"{sentence!r} says how often, and has no claim: {start!r}"
        elif not re.search(HERE, unclaimed):
            yield f"neither a claim nor about the run above it: {start!r}"
        else:
            about_this_run += 1
        if re.search(HERE, unclaimed) and not re.search(ASSERTED, cell):
            yield f"about the run above it, which asserts nothing: {start!r}"
        if re.search(REASON, unclaimed):
            yield f"says because, and has no control: {start!r}"
    if about_this_run > SHARE_HERE * len(pairs):
        yield f"{about_this_run} of {len(pairs)} Notices of lesson {lesson} are about the run above them"
    for name in done["rows"]:
        if rest(card_row(text, name), claims) == plain(card_row(text, name)):
            yield f"no claim in the summary card's row {name!r}"
