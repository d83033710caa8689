"""What of a lesson's text stands on a slide, and what the speaker says: a slide gets a sentence, an equation,
a list; the rest of a paragraph goes to the notes.

    said, rest = shortened(text)        both Markdown
"""

import re
from typing import NamedTuple

FEW = 34            # words: a text this short stands on the slide as it is
LONG = 30           # words: a longer sentence goes to the notes, if another stands for it
ALONE = 12          # words: sentences that were chosen for their marks, and are this short, want a beginning
ITEM = 30           # words of one item of a list; of a longer one its first sentence stands on the slide
SHORT = 8           # words: an opening this short takes the next sentence with it
OPENING = 24        # words: with so many a text may begin

DETAILS = re.compile(r"<details>\s*<summary>(.*?)</summary>(.*?)</details>(?:<br>)?", re.DOTALL)
SPAN = re.compile(r"`[^`]*`|\$[^$]*\$|\*\*.+?\*\*|\*[^*\s][^*]*\*", re.DOTALL)
SENTENCE = re.compile(r"(?<=[.!?])(?<!\b[A-Z]\.)(?<!e\.g\.)(?<!vs\.)[)\"”*]*\s+(?=[(\"“*`$]*[A-Z$`*\d\x00])")


class Block(NamedTuple):
    """A paragraph of Markdown. kind: text, list, table, equation, fence."""

    kind: str
    text: str


def blocks(text):
    """A text in paragraphs, a list of Blocks."""
    pieces = re.split(r"(^```.*?^```$|^\$\$.*?\$\$$)", text, flags=re.MULTILINE | re.DOTALL)
    found = []
    for number, piece in enumerate(pieces):
        if number % 2:
            found.append(Block("fence" if piece.startswith("`") else "equation", piece))
            continue
        piece = re.sub(r"^((?!- |\d+\. ).*\S.*)\n(?=- |1\. )", r"\1\n\n", piece, flags=re.MULTILINE)
        for part in re.split(r"\n\s*\n", piece):
            if part.strip():
                found.append(Block(kind_of(part.strip("\n")), part.strip("\n")))
    return found


def kind_of(part):
    """The kind of a paragraph."""
    if re.match(r"(- |\d+\. )", part):
        return "list"
    return "table" if part.startswith("|") else "text"


def words(text):
    """How many words are said: a formula of a line counts as two, a displayed one as eight."""
    text = re.sub(r"\$\$.*?\$\$", " equation" * 8, text, flags=re.DOTALL)
    text = re.sub(r"\$[^$\n]*\$", " formula " * 2, text)
    text = re.sub(r"<[^>]*>|(?<=\])\([^)\s]*\)|[#*|`>-]", " ", text)
    return len(text.split())


def sentences(paragraph):
    """A paragraph in sentences. What stands in a formula, in code or in bold is not cut."""
    hidden = []

    def hide(match):
        hidden.append(match[0])
        return f"\0{len(hidden) - 1}{match[0][-2] if match[0].endswith('**') else ''}\0"

    flat = SPAN.sub(hide, paragraph.replace("\n", " "))
    parts = SENTENCE.split(re.sub(r"([.!?])\0 ", "\\1\0\1 ", flat).replace("\1 ", " \2"))
    parts = [piece for part in parts for piece in part.split(" \2")]
    return [re.sub(r"\0(\d+)[^\0]?\0", lambda place: hidden[int(place[1])], part)
            for part in parts if part.strip()]


def without_details(text):
    """(a text without what can be unfolded, [(summary, what is folded)])."""
    folded = [(summary.strip(), inside.strip()) for summary, inside in DETAILS.findall(text)]
    return DETAILS.sub("", text).strip(), folded


def shortened(text, few=FEW):
    """(what stands on the slide, what goes to the notes), two texts in Markdown.
    few: so many words of prose stand on the slide as they are.
    """
    found = blocks(text)
    prose = [block for block in found if block.kind == "text" and not formula(block.text)]
    if sum(words(block.text) for block in prose) <= few:
        chosen = {id(block): (block.text, "") for block in prose}
    else:
        chosen = {id(block): chosen_of(block, found, first=block is prose[0]) for block in prose}
    kept, rest = [], []
    for block in found:
        whole = shorter_list(block.text) if block.kind == "list" else (block.text, "")
        stays, goes = chosen.get(id(block), whole)
        kept += [stays] if stays.strip() else []
        rest += [goes] if goes.strip() else []
    return "\n\n".join(kept), "\n\n".join(rest)


def formula(paragraph):
    """True for a paragraph that is hardly more than a formula of a line."""
    return len(re.sub(r"\$[^$]*\$", "", paragraph).split()) <= 3 and "$" in paragraph


def chosen_of(block, found, first):
    """(sentences that stand on the slide, the whole paragraph for the notes)."""
    parts = sentences(block.text)
    place = next(number for number, other in enumerate(found) if other is block)
    announces = place + 1 < len(found) and (found[place + 1].kind != "text" or formula(found[place + 1].text))
    kept = {number for number, part in enumerate(parts) if "**" in part and words(part) <= LONG}
    if announces and parts[-1].rstrip().endswith(":") and words(parts[-1]) <= LONG:
        kept.add(len(parts) - 1)
    if first or announces:
        kept |= {number for number, part in enumerate(parts)
                 if part.rstrip().endswith("?") and words(part) <= LONG}
    if first and words(" ".join(parts[number] for number in kept)) <= ALONE:
        short = {number for number in range(len(parts)) if words(" ".join(parts[:number + 1])) <= OPENING}
        kept |= short or {0}
        if words(" ".join(parts[number] for number in kept)) <= SHORT and len(parts) > len(kept):
            kept.add(len(kept))
    kept = {number for number in kept if number < len(parts) and not parts[number].startswith("(")}
    said = " ".join(parts[number] for number in sorted(kept))
    return said, block.text if len(kept) < len(parts) else ""


def beginning(item):
    """The first sentence of an item of a list, with its mark."""
    mark, _, said = item.partition(" ")
    return f"{mark} {sentences(said)[0]}"


def shorter_list(text):
    """(a list whose items are short, the whole list for the notes if some were not)."""
    items = re.split(r"\n(?=- |\d+\. )", text)
    short = [item if words(item) <= ITEM else beginning(item) for item in items]
    return "\n".join(short), text if short != items else ""
