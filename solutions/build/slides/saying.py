"""What of a lesson's text stands on a slide, and what the speaker says: a slide gets a sentence, an equation,
a list; the rest of a paragraph goes to the notes.

    said, rest = shortened(text)        both Markdown
"""

import re
from typing import NamedTuple

FEW = 34            # words: a text this short stands on the slide as it is
LONG = 30           # words: a longer sentence goes to the notes, if another stands for it
LONGEST = 45        # words: so long may be what announces an equation
ALONE = 12          # words: sentences that were chosen for their marks, and are this short, want a beginning
LITTLE = 14         # words: so few do not make a slide
ITEM = 30           # words of one item of a list; of a longer one its first sentence stands on the slide
SHORT = 8           # words: an opening this short takes the next sentence with it
OPENING = 24        # words: with so many a text may begin
WITH = 60           # words: sentences that need those before them to be understood, all together

DETAILS = re.compile(r"<details>\s*<summary>(.*?)</summary>(.*?)</details>(?:<br>)?", re.DOTALL)
SPAN = re.compile(r"`[^`]*`|\$[^$]*\$|\*\*.+?\*\*|\*[^*\s][^*]*\*", re.DOTALL)
SENTENCE = re.compile(r"(?<=[.!?])(?<!\b[A-Z]\.)(?<!e\.g\.)(?<!vs\.)(?<!et al\.)(?<!\.\.\.)"
                      r"[)\"”*]*\s+(?=[(\"“*`$]*[A-Z$`*\d\x00])")
# What is said to somebody at a keyboard stands on no slide.
STAGE = re.compile(r"\brun (?:the|its|this|that|both) (?:next )?cells?\b|\bthe next cell\b"
                   r"|then run: this cell", re.IGNORECASE)
SECONDS = re.compile(r" \(about \d+ s(?:econds)?\)")
# What a sentence begins with that cannot be understood without the one before it.
LEANS = re.compile(r"""["*(]*(?:
    (?:It|Its|This|That|These|Those|They|Their|Them|But|So|And|Then|Both|Such|Hence|Yet|Neither|Otherwise|Therefore
     |Yes|No|One\sis|For\sthat|The\s(?:first|second|third|others?|last|same|latter|former|two|three|four|cure
     |remedy|reason|answer|rest))\b
    | (?:\S+\s){1,3}(?:it|its|they|their|them)\b                                # For tanh it is ...
    | .{,40}\b(?:that\sis\s(?:right|true|so|why)|that\s(?:line|number|picture))\b
    | (?:How|What|Why|Where|When|Who|Does|Do|Is|Are|Can|Could|Will|Would|Which)\b
      .{,40}\b(?:it|its|that|this|they|them|these|those|there)\b)""", re.VERBOSE)


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
    parts = [piece for part in parts for piece in part.split(" \2") if piece.strip()]
    whole = []
    for part in parts:                      # what stands between round brackets is not cut either
        if whole and whole[-1].count("(") > whole[-1].count(")"):
            whole[-1] += f" {part}"
        else:
            whole.append(part)
    return [re.sub(r"\0(\d+)[^\0]?\0", lambda place: hidden[int(place[1])], part) for part in whole]


def leans(sentence):
    """True for a sentence that cannot be understood without the one before it."""
    return bool(LEANS.match(sentence))


def without_details(text):
    """(a text without what can be unfolded, [(summary, what is folded)])."""
    folded = [(summary.strip(), inside.strip()) for summary, inside in DETAILS.findall(text)]
    return DETAILS.sub("", text).strip(), folded


def shortened(text, few=FEW):
    """(what stands on the slide, what goes to the notes), two texts in Markdown.
    few: so many words of prose stand on the slide as they are.
    """
    found = blocks(SECONDS.sub("", text))
    every = {place: sentences(block.text) for place, block in enumerate(found)
             if block.kind == "text" and not formula(block.text)}
    parts = {place: [part for part in every[place] if not part.startswith("(")] for place in every}
    whole = sum(words(found[place].text) for place in parts) <= few
    kept = {place: set(range(len(parts[place]))) if whole else
            chosen_of(parts[place], found, place, first=place == min(parts)) for place in parts}
    for place, block in enumerate(found):                # a list that begins with "The first", of what?
        if block.kind == "list" and place - 1 in parts and leans(re.sub(r"^(?:-|1\.) ", "", block.text)):
            kept[place - 1].add(len(parts[place - 1]) - 1)
    if not whole:
        complete(parts, kept)
    if not {"list", "table", "equation"} & {block.kind for block in found}:
        longer(parts, kept)
    for place, numbers in kept.items():
        staged = {number for number, part in enumerate(parts[place]) if STAGE.search(part)}
        numbers -= numbers if staged and place != min(parts) else staged
    said, rest = [], []
    for place, block in enumerate(found):
        stays, goes = shorter_list(block.text) if block.kind == "list" else (block.text, "")
        some = parts if whole and parts.get(place) else every      # asides may be missing from the others
        if place in parts and len(kept[place]) < len(some[place]):
            stays, goes = " ".join(parts[place][number] for number in sorted(kept[place])), block.text
        said += [stays] if stays.strip() else []
        rest += [goes] if goes.strip() else []
    return "\n\n".join(said), "\n\n".join(rest)


def complete(parts, kept):
    """To each sentence that was kept add those that it needs, or let it go if they are many.
    parts: {place: sentences}. kept: {place: their numbers}, which is changed.
    """
    order = [(place, number) for place in parts for number in range(len(parts[place]))]
    for last in reversed(range(len(order))):
        first = last
        while first and leans(parts[order[first][0]][order[first][1]]) and (
                order[first - 1][0] in (order[first][0], order[first][0] - 1)):
            first -= 1
        place, number = order[last]
        if first == last or number not in kept[place]:
            continue
        chain = order[first:last + 1]
        if sum(words(parts[at][k]) for at, k in chain) <= WITH:
            for at, k in chain:
                kept[at].add(k)
        elif not parts[place][number].rstrip().endswith(":"):
            kept[place].remove(number)


def longer(parts, kept):
    """Add the next sentences until a slide has a few lines. ``kept`` is changed."""
    order = [(place, number) for place in parts for number in range(len(parts[place]))]
    while waiting := [each for each in order if each[1] not in kept[each[0]]]:
        shown = sum(words(parts[place][number]) for place, number in order if number in kept[place])
        place, number = waiting[0]
        if not 0 < shown <= LITTLE or words(parts[place][number]) > LONGEST:
            break
        kept[place].add(number)


def formula(paragraph):
    """True for a paragraph that is hardly more than a formula of a line."""
    return len(re.sub(r"\$[^$]*\$", "", paragraph).split()) <= 3 and "$" in paragraph


def chosen_of(parts, found, place, first):
    """The numbers of the sentences of a paragraph that stand on the slide. parts: its sentences."""
    after = found[place + 1] if place + 1 < len(found) else None
    announces = after is not None and (after.kind != "text" or formula(after.text))
    kept = {number for number, part in enumerate(parts) if "**" in part and words(part) <= LONG}
    if announces and parts and words(parts[-1]) <= LONGEST and (
            parts[-1].rstrip().endswith(":") or after.kind == "equation"):
        kept.add(len(parts) - 1)
    if first or announces:
        kept |= {number for number, part in enumerate(parts)
                 if part.rstrip().endswith("?") and words(part) <= LONG}
    if first and parts and words(" ".join(parts[number] for number in kept)) <= ALONE:
        short = {number for number in range(len(parts)) if words(" ".join(parts[:number + 1])) <= OPENING}
        kept |= short or {0}
        if words(" ".join(parts[number] for number in kept)) <= SHORT and len(parts) > len(kept):
            kept.add(len(kept))
    if first and min(kept, default=0) == 1 and words(" ".join(parts[:2])) <= WITH:
        kept.add(0)
    return {number for number in kept if number < len(parts)}


def beginning(item):
    """The first sentence of an item of a list, with its mark."""
    mark, _, said = item.partition(" ")
    return f"{mark} {sentences(said)[0]}"


def shorter_list(text):
    """(a list whose items are short, the whole list for the notes if some were not)."""
    items = re.split(r"\n(?=- |\d+\. )", text)
    short = [item if words(item) <= ITEM else beginning(item) for item in items]
    return "\n".join(short), text if short != items else ""
