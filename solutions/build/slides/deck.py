"""What is a slide: a lesson's cells become slides, by one rule for each kind of cell.

    # title           the title; "By the end you can" is a slide of its own, time and needs are in its notes
    ## and ###        a new slide; short texts that follow one another share it, one key press each
    Predict           a slide of its own, its options a vote; what the next cell shows is on the next
    Notice            joins the slide before it, one key later
    Question          a slide; its answer one key later, or on the next slide if it is long
    code              below the slide that it belongs to (arrow down), with what it prints
    picture, explorer a slide of its own
    exercise          its goal, the stub below; one with options is a vote; hints and mistakes in the notes

What of a text stands on a slide says ``saying``; slides are named for the plans (solutions/plans/README.md).
"""

import functools
import re
from dataclasses import dataclass, field
from itertools import combinations
from typing import NamedTuple

from slides import guide, saying
from slides.saying import words

from exercises.lessons.catalogue import find, lesson_module

LINES = 11              # of a table on one slide
ACROSS = 80             # letters of a table's row in a line
MISTAKES = 5            # of an exercise, in the notes
CODE_LINES = 26         # on one slide
SHORT_CODE = 14         # lines: code that an exercise is about stands on its slide
TOGETHER = 110          # words of texts that share a slide
ASKED = 80              # words of a question on its slide
TASK = 100              # words of an exercise on its slide
SHORT_TASK = 60         # words: below them stands what the function gets and returns
LONG_TASK = 85          # words: below them stands what it returns
STUB_LINE, STUB_ROOM = 11, 130      # words' worth of a docstring's line, and of an exercise with it
CHOSEN = 26             # words of an option beside its letter, in the answer
FULLEST = 125           # words' worth of a text with two equations: with more it becomes two slides
EQUATION = 26           # words' worth of room that a displayed equation takes
ANSWER = 45             # words: a longer answer gets a slide of its own
NOTICE = 32             # words of a Notice on the slide
MANY = 500              # letters: more printed ones do not join the words that announce them
RESULT = 16             # printed lines that a slide shows with their Notice
PICTURE = 540           # pixels of height for a picture between heading and Notice, on a slide of 1280 x 720
LETTERS = 14            # pixels: no letter of a picture is smaller
WIDE = 1160             # pixels: a picture that has no room between them may be as wide
PER_MINUTE = 130        # words that are said
PAUSES = {"predict": 60, "question": 60, "vote": 180, "order": 180, "ask": 30, "homework": 30}    # seconds
SHOWN = ("picture", "explorer", "result")
TEXTS = ("idea", "equation")
MARKS = ("**Predict.**", "**Question.**", "**Notice.**")
NAMES = {"predict": "Predict", "question": "Question"}
SOLUTION = re.compile(r"( *)### BEGIN SOLUTION\n(.*?)\n *### END SOLUTION", re.DOTALL)
OPTION = re.compile(r'^- `"(\w)"`: ?(.*(?:\n(?!- |\n).*)*)', re.MULTILINE)
SIGNATURE = re.compile(r'^def [^\n]*:\n    """.*?"""', re.MULTILINE | re.DOTALL)
NEXT = re.compile(r"Next: |\*\*Go on\*\* |\(?The next cell (?:takes|needs|runs)\b")
ROWS = "slide-two-rows"                 # a cell's tag: the lower half of its picture comes one key later
# Tags of a cell of text, for exceptions: all its words stand on the slide; none does.
WHOLE, NOTES, EVERY = "slide-whole", "slide-notes", 9_999
UNSAID = ("Further reading", "For single sections of this lesson")


class Piece(NamedTuple):
    """A part of a slide. kind: text, later (text, one key later), notice, answer, call, picture, explorer,
    printed, options, steps, code, stub (a function's head and docstring), asked (in grey: a question above
    its answer, or what was said before one). content: Markdown, or what ``pieces`` needs for this kind.
    """

    kind: str
    content: object
    key: int = 0        # of a slide written by hand: at which key it comes
    opens: tuple = ()   # of an explorer: the places of its sliders, if a plan gives them


@dataclass
class Slide:
    """A slide of the main line.

    kind: title, goals, idea, equation, table, predict, question, answer, picture, explorer, result, exercise,
    vote, order; notice, where it has no room under its picture; ask, homework, work, written: of plans.
    heading: the lesson's words above it, by which plans find it. head: what is seen there, if it is not the
    heading. wider: the headings around that, the lesson's title first. first: True for the first under its
    heading. deep: such as "can wait until 05". pieces: what is seen. notes: [(what it is, Markdown)].
    below: [(heading, pieces)] of code. number: of an exercise or Predict. said: words that the speaker adds
    to those on it. name: for plans. seconds: if a plan gives them.
    """

    kind: str
    lesson: str
    heading: str
    pieces: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    below: list = field(default_factory=list)
    first: bool = False
    deep: str = ""
    number: str = ""
    said: int = 0
    name: str = ""
    seconds: int = 0
    head: str = ""
    wider: tuple = ()

    @property
    def shown_words(self):
        """How many words stand on the slide."""
        texts = [piece.content for piece in self.pieces
                 if isinstance(piece.content, str) and piece.kind != "asked"]
        texts += [text for piece in self.pieces if piece.kind in ("options", "steps")
                  for _, text in piece.content]
        return sum(map(words, texts))

    @property
    def takes(self):
        """Seconds: words at 130 a minute, and the pause."""
        return round(60 * (self.shown_words + self.said) / PER_MINUTE) + PAUSES.get(self.kind, 0) or 5


class Reader:
    """Turns the cells of a lesson, a notebook that was run, into ``slides``. number: such as "03"."""

    def __init__(self, notebook, number):
        self.cells, self.lesson = notebook.cells, number
        self.slides, self.heading, self.deep, self.first, self.number = [], "", "", False, ""
        self.around, self.over = (), False      # this heading, those around it; True after an exercise's cell
        self.defined = {}                       # functions that were shown: {name: the code of their cell}
        self.few = saying.FEW
        self.asked, self.printed = None, ""     # the Predict that is open; what the last cell printed
        self.predicts = getattr(lesson_module(number), "PREDICTS", {})

    def read(self):
        """All slides of the lesson, named."""
        for place, cell in enumerate(self.cells):
            tags = cell.metadata.get("tags", [])
            if "instructor" in tags:
                continue
            if cell.cell_type == "markdown":
                self.text_cell(cell.source, place)
            elif any(tag.startswith("exercise-") for tag in tags):
                self.stub(cell)
            elif not any(tag.startswith(("check-", "written-")) for tag in tags):
                self.code(cell)
        name(self.slides)
        guide.into(self.slides, self.lesson)
        return self.slides

    @property
    def last(self):
        """The slide before."""
        return self.slides[-1]

    def add(self, kind, *pieces, notes=(), number=""):
        """A new slide. notes: what the speaker says of the rest of its text."""
        slide = Slide(kind, self.lesson, self.heading, list(pieces), first=self.first, deep=self.deep,
                      number=number, head=self.head, wider=self.around[:-1])
        self.slides.append(slide)
        self.first = False
        self.say(notes)
        return slide

    @property
    def head(self):
        """What stands above a slide if it is not the heading: an exercise that is over does not."""
        return self.around[-2] if self.over and self.around[1:] else ""

    def say(self, texts, what=""):
        """Put texts into the notes of the last slide. What has no name is said, and takes time."""
        for text in texts:
            if text.strip():
                self.last.notes.append((what, text))
                self.last.said += 0 if what else words(text)

    # --- text ---

    def text_cell(self, source, place):
        """A cell of text: what stands under each of its headings, between Predict, Question and Notice."""
        tags = self.cells[place].metadata.get("tags", [])
        if any("written-" in tag for tag in tags):
            return
        self.few = EVERY if WHOLE in tags else 0 if NOTES in tags else saying.FEW
        for piece in re.split(r"\n(?=#{1,3} )", source.strip()):
            heading = re.match(r"(#{1,3}) (.*)\n*", piece)
            if heading:
                piece = piece[heading.end():]
                self.asked, self.printed = None, ""
                self.heading, _, deep = heading[2].partition(" · *can wait")
                self.deep, self.first = deep and f"can wait{deep.rstrip('*')}", True
                self.number, self.over = exercise_number(self.heading), False
                self.around = (*self.around[:len(heading[1]) - 1], self.heading)
                if len(heading[1]) == 1:
                    self.title(piece)
                    continue
            if self.heading in UNSAID or not piece.strip():
                continue
            if heading and self.number:
                self.exercise(piece)
            else:
                self.segments(piece)

    def segments(self, source):
        """A text, cut where a Predict, a Question or a Notice begins, and where something is folded."""
        for mark, text, folded in segments(source):
            if mark == "**Predict.**":
                self.predict(text)
            elif mark == "**Question.**":
                self.question(text, folded)
            elif mark == "**Notice.**":
                self.notice(text)
            elif text.strip():
                self.plain(text)
            if mark != "**Question.**":
                for summary, inside in folded:
                    self.unfold(re.sub("<[^>]*>", "", summary), inside)

    def unfold(self, summary, inside):
        """What the lesson folds is for the speaker; but answers are shown, one key later."""
        if summary in ("Answer", "Answers"):
            self.answer(inside)
        else:
            self.say([inside], summary)

    def plain(self, text):
        """Words, a table, an equation. What is short joins the slide before it."""
        if NEXT.match(text) and self.slides:
            return self.say([text], "Next")
        said, rest = saying.shortened(text, self.few) if self.few else ("", text)
        if not said.strip():
            return self.say([rest])
        first = said.find("$$\n\n", said.find("$$") + 2) + 2
        if said.count("$$") > 2 and first > 1 and room_of(said) > FULLEST:
            self.add("equation", Piece("text", said[:first]), notes=[rest])
            said, rest = said[first:].strip(), ""
        blocks = saying.blocks(said)
        tables = [block.text.splitlines()[2:] for block in blocks if block.kind == "table"]
        if tables and sum(map(height, tables[0])) > LINES - 3:
            return self.tables(blocks, rest)
        kinds = {block.kind for block in blocks}
        kind = next((kind for kind in ("equation", "table") if kind in kinds), "idea")
        if kind != "table" and self.slides and not self.first and self.last.kind in TEXTS and (
                room(self.last) + room_of(said) <= TOGETHER):
            self.last.pieces.append(Piece("later", said))
            self.last.kind = "equation" if "equation" in (kind, self.last.kind) else "idea"
            return self.say([rest])
        self.add(kind, Piece("text", said), notes=[rest])

    def tables(self, blocks, rest):
        """A long table, in pieces: its head stands on each."""
        before = [block.text for block in blocks if block.kind != "table"]
        lines = next(block.text for block in blocks if block.kind == "table").splitlines()
        head, rows = lines[:2], lines[2:]
        cuts = evenly(list(map(height, rows)), 3 if before else 0)
        for place, (start, end) in enumerate(zip(cuts, cuts[1:])):
            table = "\n".join(head + rows[start:end])
            self.add("table", Piece("text", "\n\n".join([*before, table] if place == 0 else [table])),
                     notes=[rest] if place == 0 else [])

    def title(self, text):
        """The title, and what one can do at the end."""
        text, folded = saying.without_details(text)
        opening, begins, rest = re.split(r"(\*{0,2}By the end you can\*{0,2})", text, maxsplit=1)
        self.add("title", *[Piece("asked", first) for first in guide.question(self.lesson)], notes=[opening])
        goals, _, needs = rest.partition("**Time:**")
        goals = re.sub(r"\s*\((?:by hand|all exercises|exercises?|\d+\.\d+)[^()]*\)", "", goals.strip())
        goals = re.sub(r"\s*\([^()]*\d\.\d[^()]*\)", "", goals)
        goals, *table = re.split(r"\n\n(?=[^\n|]+\n\n\|)", goals.lstrip(" …\n"), maxsplit=1)
        where, self.heading = self.heading, "By the end you can"
        self.add("goals", Piece("text", shorter_goals(goals)))
        for text in table:
            self.add("table", Piece("text", text))
        self.say([f"**Time:**{needs}" if needs else ""], "What the lesson says of time")
        for slide in self.slides:
            slide.first = True
        self.heading, self.first = where, False

    def predict(self, text):
        """The question before a picture; with options, a vote."""
        options = [(letter, said.strip()) for letter, said in OPTION.findall(text)]
        asked, rest = saying.shortened(OPTION.sub("", text).strip(), few=ASKED)
        pieces = [Piece("call", "Predict"), Piece("text", asked)]
        self.add("predict", *pieces, *([Piece("options", options)] if options else []), notes=[rest])
        self.asked = self.last
        if not any(slide.kind == "predict" for slide in self.slides[:-1]):
            self.last.notes.insert(0, ("Ask", "Everybody commits, by hand or on paper. Then the next slide."))

    def question(self, text, folded):
        """A question, and its answer one key later."""
        self.add("question", Piece("call", "Question"), Piece("text", text))
        for _, answer in folded:
            self.answer(answer)

    def answer(self, text):
        """The answer to what the last slide asks, on it or, if there is no room, on the next."""
        said, rest = saying.shortened(text, few=60)
        self.say([text], "Answer")
        if words(said) + self.last.shown_words <= 2 * ANSWER:
            self.last.pieces.append(Piece("answer", said))
        else:
            self.add("answer", Piece("call", "Answer"), *answered(self.last, said), notes=[rest])

    def notice(self, text):
        """What to see in a picture: under it, one key later."""
        asked, self.asked = self.asked, None
        right = self.predicts[asked.number].answer if asked and asked.number in self.predicts else ""
        said, rest = saying.shortened(text, few=NOTICE)
        short = f"{chosen(asked, right)} {said}" if right and f'"{right}"' not in said else said
        tall = any(piece.kind == "picture" and piece.content["tall"] for piece in self.last.pieces)
        if asked:
            asked.notes.append(("What comes out", text))
        if self.printed and checks(self.printed) and self.last.kind in ("predict", "result"):
            gone = self.slides.pop() if self.last.kind == "result" else Slide("", "", "")
            self.add("notice", Piece("call", "Notice"), Piece("text", short), notes=[rest])
            self.last.below, self.last.notes = gone.below, [*self.last.notes, *gone.notes]
            return
        if self.printed and self.last.kind not in SHOWN and self.printed.count("\n") < RESULT:
            self.last.pieces = [piece for piece in self.last.pieces if piece.kind != "printed"]
            self.add("result", Piece("printed", without_checks(self.printed)))
        if tall or self.last.kind not in (*SHOWN, "predict"):
            self.add("notice", Piece("call", "Notice"), Piece("text", short), notes=[rest])
        else:
            self.last.pieces.append(Piece("notice", short))
            self.say([rest])

    # --- exercises ---

    def exercise(self, text):
        """An exercise, or a vote on its options, with all that the check knows in the notes."""
        text, folded = saying.without_details(text)
        known = exercise_of(self.number)
        options = [(letter, said.strip()) for letter, said in OPTION.findall(text)]
        right = known.reference() if known and options and known.verdict else ""
        if not right:
            said, rest = saying.shortened(text, few=TASK)
            self.add("exercise", Piece("text", said), notes=[rest], number=self.number)
        else:
            asked, rest = saying.shortened(OPTION.sub("", text).strip(), few=ASKED)
            kind, shown = ("vote", "options") if len(right) == 1 else ("order", "steps")
            answer = dict(options).get(right, "")
            answer = f"**{right}**: {answer}" if 0 < words(answer) <= CHOSEN else f"**{right}**"
            pieces = (Piece("text", asked), Piece(shown, options), Piece("answer", f"Answer: {answer}"))
            self.add(kind, *pieces, notes=[rest], number=self.number)
            self.over = True
        for summary, inside in folded:
            self.say([inside], summary)
        if known:
            self.say(mistakes_of(known, right, dict(options)), "Expect")
            self.say(["\n".join(f"{place}. {hint}" for place, hint in enumerate(known.hints, 1))], "Hints")

    def stub(self, cell):
        """Below its exercise the cell to fill in; the answer goes to the notes."""
        answers = [answer for _, answer in SOLUTION.findall(cell.source)]
        stub = SOLUTION.sub(r"\1...", cell.source)
        if self.last.kind == "exercise":
            whole = SIGNATURE.findall(cell.source)[:1] if room(self.last) <= LONG_TASK else []
            self.last.pieces += [Piece("stub", shorter_stub(what, room(self.last))) for what in whole]
            self.copied()
        if self.last.kind not in ("vote", "order"):
            self.last.below += code_slides(self.heading, stub)
            self.say(["```\n" + "\n".join(answers) + "\n```"], "Right")
        self.over = True

    def copied(self):
        """A function that the exercise wants copied lies below its slide, which says so."""
        task = " ".join(piece.content for piece in self.last.pieces if piece.kind == "text")
        for name in re.findall(r"[Cc]opy (?:the body of )?`(\w+)`", task):
            if name in self.defined:
                self.last.below += code_slides(self.heading, self.defined[name])
                self.last.pieces.insert(1, Piece("asked", f"`{name}` lies below this slide: arrow down."))

    # --- code ---

    def code(self, cell):
        """A cell of code: what it shows is a slide, what it is and prints lies below."""
        committed = re.match(r'predict\("(P[\d.]+)"\)', cell.source)
        if committed:
            self.last.number = committed[1]
            thoughts = self.predicts[committed[1]]
            self.say(["\n".join(f"- **{letter}**: the thought that {thought}"
                                for letter, (_, thought) in thoughts.options.items())
                      + f"\n\nRight: **{thoughts.answer}**."], "Why people choose it")
            return
        printed, picture = streams(cell), picture_of(cell)
        self.printed = printed
        self.defined |= dict.fromkeys(re.findall(r"^def (\w+)\(", cell.source, re.MULTILINE), cell.source)
        explorer = re.search(r"explorers\.(\w+)\(\)\s*$", cell.source)
        if explorer:
            self.add("explorer", Piece("explorer", explorer[1]))
        elif picture:
            picture["rows"] = ROWS in cell.metadata.get("tags", [])
            self.add("picture", Piece("picture", picture))
        elif self.last.kind == "predict" and printed:
            self.add("result", Piece("printed", without_checks(printed)))
        elif self.last.kind == "exercise" and announced(self.last) and cell.source.count("\n") < SHORT_CODE:
            self.last.pieces.append(Piece("code", cell.source))
        elif self.last.kind in TEXTS and announced(self.last) and len(printed) < MANY and (
                re.search("[a-z]{3}", printed) and not checks(printed)):
            self.last.pieces.append(Piece("printed", without_checks(printed)))
        if not cell.source.startswith("# ModuleNotFoundError") and self.last.kind not in ("title", "goals"):
            self.last.below += code_slides(self.head or self.heading, cell.source, printed)
        self.check(printed)

    def check(self, printed):
        """What a cell has shown to be equal is for the speaker."""
        lines = [ticked(line) for line in printed.splitlines() if line.startswith("✓ ")]
        self.say(["\n\n".join(f"✓ `{line}`" for line in lines if line)], "Shown by the code")


def announced(slide):
    """True if the words of a slide end in a colon."""
    said = [piece.content for piece in slide.pieces if piece.kind in ("text", "later", "printed", "code")]
    return said[-1].rstrip().endswith(":")


def segments(source):
    """A text as [(mark, text, [(summary, folded)])]: "" or the mark with which it began."""
    details = []

    def put_away(match):
        details.append((match[1].strip(), match[2].strip()))
        return f"\n\n\0{len(details) - 1}\n\n"

    found = [["", [], []]]
    for block in saying.blocks(saying.DETAILS.sub(put_away, source)):
        if block.text.startswith("\0"):
            found[-1][2].append(details[int(block.text[1:])])
            found.append(["", [], []])
            continue
        mark = next((mark for mark in MARKS if block.text.startswith(mark)), "")
        mark_before, texts, _ = found[-1]
        over = mark_before == "**Notice.**" and not (texts[-1].endswith(":") or block.kind == "list")
        if mark or over:
            found.append([mark, [], []])
        found[-1][1].append(block.text.removeprefix(mark).strip())
    return [(mark, "\n\n".join(texts), folded) for mark, texts, folded in found if texts or folded]


def answered(slide, said):
    """The answer to what a slide asks, each part with its question above it, as Pieces. said: Markdown."""
    asked = "\n\n".join(piece.content for piece in slide.pieces if piece.kind in ("text", "later"))
    questions, answers = items(asked), items(said)
    if not answers or len(questions) != len(answers):
        return [Piece("asked", saying.sentences(asked)[-1]), Piece("text", said)]
    return [Piece(kind, text) for question, answer in zip(questions, answers)
            for kind, text in (("asked", question), ("later", answer))]


def chosen(slide, right):
    """The right option of a Predict: its letter and, if they are few, its words."""
    options = [dict(piece.content) for piece in slide.pieces if piece.kind == "options"]
    answer = options[0].get(right, "") if options else ""
    return f"**{right}: {answer}**" if 0 < words(answer) <= CHOSEN and "*" not in answer else f"**{right}.**"


def shorter_stub(stub, taken):
    """A function's head with its docstring or, where that has no room, with what it returns. taken: words."""
    head, _, told = stub.partition('\n    """')
    lines = stub.count("\n")
    returns = re.search(r"\bReturns .*", told, re.DOTALL)
    if returns and (taken > SHORT_TASK or taken + STUB_LINE * lines > STUB_ROOM):
        return f'{head}\n    """{returns[0]}'
    return stub


def evenly(heights, taken):
    """Where a long table is cut: as few slides as there is room on, all about as full. heights: of its rows,
    in lines. taken: lines above it on the first slide. Returns the rows' numbers, from 0 to all.
    """
    for parts in range(1, len(heights) + 1):
        cuts = [(0, *inner, len(heights)) for inner in combinations(range(1, len(heights)), parts - 1)]
        filled = {cut: [sum(heights[start:end]) + taken * (start == 0) for start, end in zip(cut, cut[1:])]
                  for cut in cuts}
        fits = [cut for cut in cuts if max(filled[cut]) <= LINES or parts == len(heights)]
        if fits:
            return min(fits, key=lambda cut: (uneven([end - start for start, end in zip(cut, cut[1:])]),
                                              uneven(filled[cut])))


def uneven(counts):
    """How far numbers are apart."""
    return max(counts) - min(counts)


def items(text):
    """The items of a numbered list; where they come from, such as (section 5), is left out."""
    found = re.findall(r"^\d+\. (.*(?:\n(?!\d+\. |\n).*)*)", text, re.MULTILINE)
    return [re.sub(r" \((?:sections?|lesson) [^()]*\)", "", item) for item in found]


def checks(printed):
    """True if all printed lines are those of ``equal`` and ``different``."""
    return all(line[:2] in ("✓ ", "≠ ") for line in printed.splitlines())


def without_checks(printed):
    """What a cell printed, without the lines of ``equal`` if there are others."""
    lines = printed.splitlines()
    return "\n".join([line for line in lines if not line.startswith("✓ ")] or lines).rstrip()


def ticked(line):
    """What a line of ``equal`` or ``different`` says, without mark and size."""
    return line[2:].partition("   ")[0]


def height(row):
    """How many lines a row of a table takes."""
    cells = [re.sub(r"\\[a-z]+|[\\{}^$`*]|\]\([^)]*\)", "", cell) for cell in row.strip("|").split("|")]
    return max(1 + len(cell) * len(cells) // (2 * ACROSS) for cell in cells)


def room(slide):
    """How much of a slide is taken, in words."""
    return sum(room_of(piece.content) for piece in slide.pieces if isinstance(piece.content, str))


def room_of(text):
    """The room that a text takes on a slide, in words: more for equations, matrices and lines of code."""
    lines = 12 * text.count("\n") if "```" in text else 3 * len(re.findall(r"^(?:- |\d+\. |\|)", text, re.M))
    return words(text) + EQUATION * text.count("$$") // 2 + 8 * text.count("matrix}") // 2 + lines


def shorter_goals(goals):
    """The list of what one can do, each in its first clause if the list is long."""
    return goals if words(goals) <= 95 else re.sub(
        r"^(- .{40,}?), (?:and|which|from|in) .*?([;.])$", r"\1\2", goals, flags=re.MULTILINE)


def exercise_number(heading):
    """Such as "3.2" or "3.a" of an exercise's heading; "" of another."""
    found = re.match(r"Exercise (\d+\.\w+) · ", heading)
    return found[1] if found else ""


@functools.cache
def exercise_of(number):
    """The exercise of that number, or None for a text that a person grades."""
    try:
        return find(number)
    except ValueError:
        return None


def mistakes_of(known, right, options):
    """The wrong answers to expect, a list in Markdown: what is said to a choice, or rows of the catalogue."""
    if right:
        said = [known.verdict(letter) for letter in options] if len(right) == 1 else []
        return ["\n".join(f"- {line}" for line in said if line)]
    show = {mistake.name for mistake in known.known} if known.shared else set(known.mistakes)
    rows = [(name, row) for name, row in known.mistakes.items() if name in show and not row.alone]
    return ["\n".join(f"- *{name}*: {row.what} {row.paper}" for name, row in rows[:MISTAKES])]


def streams(cell):
    """What a cell printed."""
    return "".join(o.text for o in cell.get("outputs", []) if o.output_type == "stream").rstrip()


def picture_of(cell):
    """The last picture of a cell: kind, data, alt, width, height, letters, tall; None without one."""
    for output in reversed(cell.get("outputs", [])):
        for kind in ("image/svg+xml", "image/png"):
            about = output.get("metadata", {}).get(kind, {})
            if "letters" in about:
                grows = LETTERS / about["letters"]
                alt = re.sub(r"^\[(?:picture|explorer): |\]$", "", output.data["text/plain"])
                return {**about, "kind": kind, "data": output.data[kind], "alt": alt,
                        "tall": grows * about["height"] > PICTURE and grows * about["width"] <= WIDE}
    return None


def code_slides(heading, source, printed=""):
    """Code and what it printed as one slide, or as several if it is long: [(heading, [Piece])]."""
    lines, out = source.splitlines(), printed.splitlines()
    if len(lines) + len(out) + 1 <= CODE_LINES:
        return [(heading, [Piece("code", source), *([Piece("printed", printed)] if out else [])])]
    return [(heading, [Piece(kind, "\n".join(text[k:k + CODE_LINES]))])
            for kind, text in (("code", lines), ("printed", out)) for k in range(0, len(text), CODE_LINES)]


def name(slides):
    """Name each slide by its kind, and by which of that kind it is under its heading."""
    seen = {}
    for slide in slides:
        kind = NAMES.get(slide.kind, slide.kind)
        place = seen[slide.heading, kind] = seen.get((slide.heading, kind), 0) + 1
        slide.name = kind if place == 1 else f"{kind} {place}"
