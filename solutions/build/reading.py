"""What can wait in a lesson, where its breaks are, and how long it takes.

    python solutions/build/reading.py       writes the minutes wherever they stand, and prints them

Tags of a text cell that begins with a heading:

    deep                the section can wait: all up to the next heading of its rank, or a higher one
    deep-until-05       the same, until lesson 05, which builds on it
    break               a good place for a break

The build says *can wait* in the heading, and puts words for ``{{ time }}``, ``{{ hours }}``,
``{{ contents }}`` and ``{{ way 00, 03:1-2 }}`` where the text has them. The minutes of all lessons stand in
README's table and in ``helpers/data/minutes.csv``, too, from which lesson 00 draws the map.

One formula makes them (``Part.minutes``), from what the learner gets: the answers are not counted.
"""

import csv
import re
from dataclasses import dataclass, field
from pathlib import Path

import jupytext

from exercises.lessons.catalogue import find, lesson_module

COURSE = Path(__file__).parent.parent.parent
DATA = COURSE / "helpers" / "data" / "minutes.csv"

WORDS = 200             # of text that are read in a minute, mathematics not counted
LINES = 4               # of code that are read, run and looked at in a minute
POINT = 2               # minutes for a point of an exercise that a check gives
WRITTEN_POINT = 8       # minutes for a point of a text that a person grades; a guess, no diary has one
STEP = 5                # minutes are told in steps of five

HEADING = re.compile(r"^(?=#{1,6} )", re.MULTILINE)
DEEP = re.compile(r"deep(?:-until-(\d\d))?")
TABLE = re.compile(r"minutes: begin.*?minutes: end", re.DOTALL)
ROW = re.compile(r"^(\| \[(\d\d) · .*? \| .*? \|).*$", re.MULTILINE)


class ReadingError(Exception):
    """A tag or a place in a lesson's text that means nothing."""


@dataclass
class Part:
    """A lesson from one heading to the next.

    title: the heading's words. rank: how many # it has. deep: the tag by which it can wait, its own or that
    of a section around it; "" for the core. own: True if the tag is its own. pause: True for a break.
    words, lines: of text and of code. points: those that checks give; written: those that a person gives.
    code: the sources of its cells of code.
    """

    title: str = ""
    rank: int = 0
    deep: str = ""
    own: bool = False
    pause: bool = False
    words: int = 0
    lines: int = 0
    points: int = 0
    written: int = 0
    code: list = field(default_factory=list)

    @property
    def minutes(self):
        """THE formula: a minute for 200 words or for 4 lines of code, two minutes for a point."""
        return (self.words / WORDS + self.lines / LINES
                + POINT * self.points + WRITTEN_POINT * self.written)


# --- a lesson in parts ---

def parts(lesson):
    """A lesson, a notebook as Jupytext reads it, as a list of Parts."""
    found, around = [Part()], None              # around: the deep part whose section we are in
    for cell in lesson.cells:
        if "instructor" in tags(cell):
            continue
        if cell.cell_type == "code":
            add_code(found[-1], cell)
            continue
        for block in HEADING.split(cell.source):
            if block.startswith("#"):
                found.append(part := begun(block, cell if cell.source.startswith(block) else None))
                if around and (part.rank <= around.rank or part.pause):
                    around = None
                if around and part.own:
                    raise ReadingError(f"{part.title!r} can wait already: it is a part of {around.title!r}.")
                around = part if part.own else around
                part.deep = around.deep if around else ""
            found[-1].words += words_in(block)
        found[-1].written += sum(written_points(tag) for tag in tags(cell))
    return found


def begun(block, cell):
    """The Part that a heading begins. cell: the cell that begins with it, with its tags; None for another."""
    hashes, _, title = block.splitlines()[0].partition(" ")
    deep = deep_tag(cell) if cell else ""
    return Part(title.strip(), len(hashes), deep, bool(deep), bool(cell and "break" in tags(cell)))


def tags(cell):
    """The tags of a cell."""
    return cell.metadata.get("tags", [])


def deep_tag(cell):
    """The tag by which a cell's section can wait, or "". Raises ReadingError if there is no heading below it,
    or if it is no such tag."""
    found = [tag for tag in tags(cell) if tag.startswith("deep")]
    if found and not (DEEP.fullmatch(found[0]) and cell.source.startswith("#")):
        raise ReadingError(f"the tag {found[0]!r} must be deep or deep-until-NN, and the cell must begin "
                           f"with a heading; it begins with {cell.source[:60]!r}.")
    return found[0] if found else ""


def words_in(text):
    """How many words a learner reads: without mathematics, comments, links' targets and folded counts."""
    return len(re.sub(r"<details><summary>How sure.*?</details>|<!--.*?-->|\$\$.*?\$\$|\$[^$\n]*\$"
                      r"|(?<=\])\([^)\s]*\)|[#*|`>-]", " ", text, flags=re.DOTALL).split())


def add_code(part, cell):
    """Count a cell of code: lines that are not empty, an answer as one; its points, if it is a check."""
    part.code.append(cell.source)
    source = re.sub(r"### BEGIN SOLUTION.*?### END SOLUTION", "answer", cell.source, flags=re.DOTALL)
    part.lines += sum(bool(line.strip()) for line in source.splitlines())
    part.points += sum(find(tag.removeprefix("check-")).points for tag in tags(cell)
                       if tag.startswith("check-"))


def written_points(tag):
    """The points of a text that a person grades; 0 for another tag."""
    kind, _, number = tag.partition("-")
    return lesson_module(number.split(".")[0].zfill(2)).WRITTEN[number] if kind == "written" else 0


# --- minutes ---

def minutes(found):
    """(core, can wait) of a lesson's parts, in steps of five; what is not nothing is at least one step."""
    sums = [sum(part.minutes for part in found if bool(part.deep) == deep) for deep in (False, True)]
    return tuple(max(STEP, STEP * round(each / STEP)) if each else 0 for each in sums)


def sittings(found):
    """The core minutes from the start to the first break, from it to the next, and so on: a list."""
    lengths = [0.0]
    for part in found:
        lengths += [0.0] if part.pause else []
        lengths[-1] += 0 if part.deep else part.minutes
    return lengths


def all_parts():
    """{lesson's number: its parts} of all lessons, from their text."""
    return {path.name[:2]: parts(jupytext.read(path))
            for path in sorted((COURSE / "solutions").glob("[0-9][0-9]_*.md"))}


# --- what the build writes ---

def mark(lesson):
    """Put marks into the headings of what can wait, and words for ``{{ ... }}``. The lesson is changed."""
    named = {name for cell in lesson.cells for name in re.findall(r"{{ ([^}]+) }}", cell.source)
             if cell.cell_type == "markdown"}
    lessons = all_parts() if named - {"time"} else {}
    makers = {"time": lambda: time_of(parts(lesson)), "hours": lambda: hours(lessons),
              "contents": lambda: contents(lessons)}
    makers |= {name: lambda way=name[4:]: way_through(way, lessons) for name in named if name[:4] == "way "}
    if unknown := named - set(makers):
        raise ReadingError(f"{{{{ {min(unknown)} }}}} is no place; there are time, hours, contents, and way "
                           "with lessons, such as way 00-02, 03:1-2.")
    words = {name: makers[name]() for name in named}        # all before the first is put in its place
    for cell in lesson.cells:
        if cell.cell_type != "markdown":
            continue
        if tag := deep_tag(cell):
            heading, newline, rest = cell.source.partition("\n")
            cell.source = f"{heading} · *{waits(tag)}*{newline}{rest}"
        for name, text in words.items():
            cell.source = cell.source.replace(f"{{{{ {name} }}}}", text)


def waits(tag):
    """What a heading says of a section that can wait."""
    until = DEEP.fullmatch(tag)[1]
    return f"can wait until {until}" if until else "can wait"


def time_of(found):
    """How long a lesson takes, for its head."""
    core, deep = minutes(found)
    breaks = sum(part.pause for part in found)
    return (f"about {core} minutes" + (f", and {deep} more for what can wait" if deep else "")
            + (f"; {['a break is', f'{breaks} breaks are'][breaks > 1]} marked" if breaks else ""))


def hours(lessons):
    """How long all lessons take, for lesson 00."""
    core, deep = (sum(each) / 60 for each in zip(*map(minutes, lessons.values())))
    return f"about {core:.0f} hours, and {deep:.0f} more for what can wait"


def way_through(way, lessons):
    """How long the core of some lessons takes. way: such as "00-02, 03:1-2", which is lessons 00, 01, 02, and
    lesson 03 from its start to section 2. Lessons add up as they are told.
    """
    total = 0
    for step in way.split(", "):
        found = re.fullmatch(r"(\d\d)(?:-(\d\d)|:(\d+)-(\d+))?", step)
        numbers = [n for n in lessons if found and found[1] <= n <= (found[2] or found[1])]
        if not numbers or len({found[1], found[2] or found[1]} - set(numbers)):
            raise ReadingError(f"{step!r} in a way must be a lesson 03, lessons 01-03 or sections 03:1-2.")
        for number in numbers:
            chosen = lessons[number]
            if found[3]:
                chosen = sections(chosen, int(found[3]), int(found[4]))
            total += minutes(chosen)[0]
    return f"about {total} minutes" if total < 240 else f"about {total / 60:.0f} hours"


def sections(found, first, last):
    """The parts of a lesson before its first numbered section, and those of sections first to last."""
    chosen, now, seen = [], 0, set()
    for part in found:
        if part.rank == 2:
            number = re.match(r"(\d+) · ", part.title)
            now = int(number[1]) if number else 0 if not seen else None
            seen |= {now}
        if now == 0 or now is not None and first <= now <= last:
            chosen.append(part)
    if missing := set(range(first, last + 1)) - seen:
        raise ReadingError(f"a way leads through section {min(missing)}, which is not there.")
    return chosen


def contents(lessons):
    """The table of contents in lesson 00."""
    rows = []
    for number, found in lessons.items():
        core, deep = minutes(found)
        title = next(part.title for part in found if part.rank == 1)
        path = next((COURSE / "solutions").glob(f"{number}_*.md"))
        later = "; ".join(without_number(part) for part in found if part.own)
        rows.append(f"| [{title}]({path.stem}.ipynb) | {core} | {deep or ''} | {later} |")
    return "\n".join(["| lesson | minutes | can wait | what can wait |", "|---|---|---|---|", *rows])


def without_number(part):
    """The heading of a part that can wait, short, and until when."""
    title = re.sub(r"^\d+ · |^(Exercise \S+) · .*", r"\1", part.title)
    until = DEEP.fullmatch(part.deep)[1]
    return title + (f" (until {until})" if until else "")


# --- where the minutes of all lessons stand ---

def readme(text, lessons):
    """README's text with the minutes in its table."""
    def row(match):
        core, deep = minutes(lessons[match[2]])
        return f"{match[1]} {core} | {deep or ''} |"

    return TABLE.sub(lambda table: ROW.sub(row, table[0]), text)


def data(lessons):
    """The text of ``helpers/data/minutes.csv``."""
    rows = [f"{number},{core},{deep}" for number, (core, deep) in
            ((number, minutes(found)) for number, found in lessons.items())]
    return "\n".join(["lesson,core,can_wait", *rows]) + "\n"


def told():
    """{lesson's number: (core, can wait)} as they stand in the data file."""
    with open(DATA, encoding="utf-8", newline="") as file:
        return {row["lesson"]: (int(row["core"]), int(row["can_wait"])) for row in csv.DictReader(file)}


def write():
    """Write the minutes into README and the data file. Returns True if they have changed."""
    lessons, page = all_parts(), COURSE / "README.md"
    changed = not DATA.exists() or DATA.read_text(encoding="utf-8") != data(lessons)
    page.write_text(readme(page.read_text(encoding="utf-8"), lessons), encoding="utf-8")
    DATA.write_text(data(lessons), encoding="utf-8")
    return changed


def main():
    """Write the minutes, and print them."""
    write()
    for number, found in all_parts().items():
        core, deep = minutes(found)
        print(f"lesson {number}: {core:3} minutes, {deep:3} can wait; core from break to break:",
              ", ".join(f"{length:.0f}" for length in sittings(found)))


if __name__ == "__main__":
    main()
