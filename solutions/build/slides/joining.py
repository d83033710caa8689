"""Neighbours that fit on one slide share it: what leads to a question or a picture stands above it.

    joined(slides)      a lesson's slides, or those that a plan has chosen; a new list

What would stand alone on a slide, a remark of a sentence or two, goes to the notes.
"""

import re
from dataclasses import replace

from slides import saying
from slides.deck import LETTERS, Piece, checks, room
from slides.saying import words

FULL = 115              # words' worth of a slide: more stay apart
REMARK = 36             # words: so short a text is no slide of its own
TASK = 100              # words' worth of an exercise with what leads to it
LEAD = 32               # words above a picture
HARDLY = 4              # words of a question that says too little by itself
ASKED = 36              # words of a question above what came out
BEFORE = 45             # words that were said before a Predict, above it
BODY, LINE, NOTED = 580, 38, 36    # pixels: of a slide below its heading; of a line above a picture, below it
ACROSS = 13             # words in such a line
LEAST = 384             # pixels: no picture is lower, if its width does not bind it
WIDE = 1200             # pixels of width for a picture
NARROW = 950            # pixels of width: beside a wider picture there is no room for words
RESULT = 10             # printed lines below their question
TASKS = ("exercise", "vote", "order", "question")
OUTCOMES = ("result", "notice", "picture")
LEADS = ("text", "later", "notice")
PART = re.compile(r"(?:And|Or|For|At|With)\b")      # begins a question that another one has begun
# What a question says of something that stands in another sentence, or was said before it.
POINTS = re.compile(r"^(?:And|Or)\b|\b(?:this|these|those|it|they|them|each of the)\b"
                    r"|\bof the (?:two|three|four)\b")
REFERS = re.compile(r"^[^.?!]*\b(?:[Tt]hey|[Tt]hem|[Tt]hose|[Tt]hat)\b|\b(?:[Tt]hese|[Tt]his)\b"
                    r"|\b[Tt]he (?:two|three|four|formula)\b")


def joined(slides):
    """Slides whose neighbours are joined where both fit. The given ones stay as they are."""
    made, waiting = [], list(map(answering, [None, *slides], slides))
    while waiting:
        slide = waiting.pop(0)
        both = forward(slide, waiting[0]) if waiting else None
        if both:
            waiting[0] = both
        elif made and only_checks(slide):
            made[-1:] = checked(made[-1], slide)
        elif made and is_remark(slide):
            made[-1] = remarked(made[-1], slide)
        else:
            made.append(slide)
    made = [replace(slide, pieces=ended(slide.pieces)) for slide in made]
    return headed(list(map(led, [None, *made], made)))


def headed(slides):
    """A Predict with what stands above it: its heading if that was seen before, for some tell what comes out;
    or one of the headings around it."""
    seen, made = set(), []
    for slide in slides:
        if slide.kind == "predict":
            known = [words for words in (*slide.wider[1:], slide.head or slide.heading) if words in seen]
            slide = replace(slide, head=(known or [*slide.wider, ""])[-1 if known else 0])
        else:
            seen.add(slide.head or slide.heading)
        made.append(slide)
    return made


def led(before, slide):
    """A Predict that stands alone and speaks of what was said before, with the end of that in grey above."""
    if slide.kind != "predict" or before is None or before.heading != slide.heading or (
            slide.pieces[0].kind != "call"):
        return slide
    asked = next(piece.content for piece in slide.pieces if piece.kind == "text")
    said = [piece.content for piece in before.pieces if piece.kind in LEADS and "```" not in piece.content]
    if not said or not REFERS.search(asked):
        return slide
    parts = []
    for block in saying.blocks(re.sub(r"^\*\*\w[.:].*?\*\* ", "", said[-1])):
        parts += [f"{one} " for one in saying.sentences(block.text)] if block.kind == "text" else [
            f"\n\n{block.text}"]
    lead = ending(parts)
    return replace(slide, pieces=[Piece("asked", lead), *slide.pieces]) if lead else slide


def ending(parts):
    """The last sentences that can be understood by themselves and are a few words, if they are not many.
    parts: sentences, formulas.
    """
    first = len(parts) - 1
    while first and (saying.leans(parts[first]) or words("".join(parts[first:])) <= REMARK // 4
                     or parts[first].startswith("\n\n") and words("".join(parts[first - 1:])) <= BEFORE):
        first -= 1
    said = re.sub(r":$", ".", "".join(parts[first:]).strip())
    return said if words(said) <= BEFORE and not saying.leans(said) else ""


def answering(before, slide):
    """What came out, with the question of the Predict before it in grey above."""
    if before is None or before.kind != "predict" or slide.kind not in OUTCOMES or (
            before.heading != slide.heading):
        return slide
    text = next(piece.content for piece in before.pieces if piece.kind == "text")
    lines = sum(piece.content.count("\n") + 1 for piece in slide.pieces if piece.kind == "printed")
    for asked in questions(saying.sentences(text), ASKED if slide.kind == "picture" else 2 * ASKED):
        if lines <= RESULT and (slide.kind != "picture" or has_room(slide, words(asked))):
            return replace(slide, pieces=[Piece("asked", asked), *slide.pieces])
    return slide


def questions(parts, most):
    """What was asked, the best way to say it first: with what a question leans on, without, its last part.
    parts: sentences. most: words.
    """
    numbers = [number for number, part in enumerate(parts) if part.rstrip().endswith("?")]
    whole = set(numbers)
    for number in numbers:
        while number and (saying.leans(parts[number]) or POINTS.search(parts[number])
                          or words(parts[number]) <= HARDLY):
            number -= 1
            whole.add(number)
    ways = [sorted(whole), *(numbers[place:] for place, number in enumerate(numbers)
                             if not place or not PART.match(parts[number]))]
    said = [" ".join(parts[number] for number in way) for way in ways]
    said = said[:2] + [text for text in said[2:] if words(text) >= REMARK // 4]
    return [text for text in said if text and words(text) <= most]


def forward(slide, after):
    """Both as one slide, or None."""
    same = slide.heading == after.heading
    if same and after.kind == "notice" and slide.pieces[-1:] and slide.pieces[-1].kind == "picture" and (
            beside(slide.pieces[-1].content)):
        said = next(piece.content for piece in after.pieces if piece.kind == "text")
        return merged(slide, after, [*slide.pieces, Piece("notice", said)], kind="picture")
    if not light(slide) or not (same or slide.first and after.first):
        return None
    taken, more = room(slide), room(after) + sum(words(text) + 3 for _, text in listed(after))
    fits, short = taken + more <= FULL, taken <= REMARK
    if after.kind in ("predict", "result") and same and len(texts(slide)) <= 2:
        lines = [piece for piece in after.pieces if piece.kind == "printed"]
        if fits and (not lines or taken + 8 * lines[0].content.count("\n") <= FULL):
            return merged(slide, after, [*texts(slide), *after.pieces])
    elif after.kind == "picture" and same and taken <= LEAD and has_room(after, taken):
        return merged(slide, after, [*texts(slide), *after.pieces])
    elif short and fits and (after.kind in TASKS and (same or taken + room(after) <= TASK)
                             or after.kind not in TASKS and after.first and not same):
        return merged(slide, after, [Piece("asked", named(slide, same)), *after.pieces])
    elif after.kind in ("equation", "table", "idea") and same and slide.first and fits and (
            after.kind != "table" or short):
        return merged(slide, after, [*texts(slide), *after.pieces])
    if after.first and not same and short and not bold(slide) and (
            after.kind not in TASKS or taken + room(after) <= TASK):
        made = replace(after, said=after.said + shown(slide))
        return merged(slide, made, [Piece("asked", named(replace(slide, pieces=[]), same)), *after.pieces],
                      [("", text.content) for text in texts(slide)])
    if is_remark(slide) and same and after.kind in ("predict", "explorer", *TASKS):
        return merged(slide, replace(after, said=after.said + shown(slide)),
                      after.pieces, [("", text.content) for text in texts(slide)])
    return None


def only_checks(slide):
    """True for what a cell printed if that is a list of checks, with a Notice."""
    printed = [piece.content for piece in slide.pieces if piece.kind == "printed"]
    return bool(printed) and slide.pieces[-1].kind == "notice" and all(map(checks, printed))


def checked(before, slide):
    """The slides for a Notice about checks: on the slide before, if that has room for it."""
    said = slide.pieces[-1]
    if before.heading == slide.heading and before.kind in ("idea", "equation") and (
            room(before) + words(said.content) <= FULL):
        return [merged(before, slide, [*before.pieces, said], kind=before.kind)]
    return [before, replace(slide, kind="notice", pieces=[
        *(piece for piece in slide.pieces if piece.kind in ("asked", "text")), Piece("call", "Notice"),
        Piece("text", said.content)])]


def light(slide):
    """True for words alone."""
    return slide.kind == "idea" and not any(
        piece.kind not in ("text", "later") or isinstance(piece.content, str) and (
            "```" in piece.content or "\n|" in piece.content) for piece in slide.pieces)


def is_remark(slide):
    """True for a sentence or two that need no slide."""
    return light(slide) and not slide.first and room(slide) <= REMARK and not bold(slide)


def bold(slide):
    """True if a word of the slide is a new one, or a formula stands by itself."""
    return any("**" in piece.content or "$$" in piece.content for piece in texts(slide))


def remarked(before, remark):
    """The slide before, with a remark: below a picture that has no Notice, else in the notes."""
    if before.heading == remark.heading and before.kind == "picture" and before.pieces[-1].kind == "picture":
        said = " ".join(piece.content for piece in texts(remark))
        about = before.pieces[-1].content
        if about["tall"] and beside(about) or has_room(before, 0, words(said)):
            return merged(before, remark, [*before.pieces, Piece("notice", said)], kind="picture")
    notes = [("", piece.content) for piece in texts(remark)]
    made = merged(before, remark, before.pieces, kind=before.kind)
    return replace(made, notes=[*before.notes, *notes, *remark.notes], said=made.said + shown(remark))


def merged(one, two, pieces, notes=(), kind=""):
    """Two slides as one, in this order. pieces: what is seen. kind: of the second, if it is not given."""
    whole = one if kind else two
    return replace(whole, pieces=list(pieces), first=one.first or two.first, below=[*one.below, *two.below],
                   notes=[*notes, *one.notes, *two.notes], said=one.said + two.said,
                   seconds=one.seconds + two.seconds)


def texts(slide):
    """The words of a light slide, all there at once."""
    return [piece._replace(kind="text") for piece in slide.pieces if piece.kind in ("text", "later")]


def shown(slide):
    """How many words a light slide has."""
    return sum(words(piece.content) for piece in texts(slide))


def named(slide, same):
    """The words of a light slide, with its heading if the next one has another."""
    said = "\n\n".join(piece.content for piece in texts(slide))
    stop = "" if slide.heading.endswith(("?", "!", ".")) else "."
    return said if same else f"**{slide.heading}{stop}** {said}".strip()


def listed(slide):
    """Options, or steps to put in order."""
    return [each for piece in slide.pieces if piece.kind in ("options", "steps") for each in piece.content]


def beside(about):
    """True if there is room for words beside a tall picture."""
    return LETTERS * about["width"] / about["letters"] <= NARROW


def has_room(slide, lead, notice=0):
    """True if a picture stays large enough with so many words above it, and its Notice, or so many, below."""
    about = next(piece.content for piece in slide.pieces if piece.kind == "picture")
    notice = notice or sum(words(piece.content) for piece in slide.pieces if piece.kind == "notice")
    left = BODY - LINE * -(-lead // ACROSS) - NOTED * -(-notice // ACROSS)
    wide = min(left, WIDE * about["height"] / about["width"])
    needed = LETTERS * about["height"] / about["letters"]
    return not about["tall"] and left >= needed and (left >= LEAST or wide < left)


def ended(pieces):
    """Pieces whose words do not end in a colon if nothing follows it."""
    made = []
    for piece, after in zip(pieces, [*pieces[1:], None]):
        follows = after is not None and after.kind not in ("call", "notice", "asked") and (
            after.kind not in ("text", "later") or re.match(r"\$\$|[-|] |1\. ", after.content))
        if piece.kind in ("text", "later", "asked") and piece.content.rstrip().endswith(":") and not follows:
            piece = piece._replace(content=piece.content.rstrip()[:-1] + ".")
        made.append(piece)
    return made
