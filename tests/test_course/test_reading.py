"""What can wait, breaks, minutes and warm-ups: as the text says them, and as the build writes them."""

import ast
import builtins
import re
import symtable

import build_editions as editions
import jupytext
import pytest
import reading
from nbgrader.nbgraderformat import MetadataValidator

from exercises import check
from exercises.lessons.catalogue import find, lesson_exercises, lessons, warm_ups
from exercises.record import Progress
from notebooks import COURSE, LESSONS, SOURCES, is_check, is_exercise

# The lessons whose text has been gone through: they keep every rule of this file.
GONE_THROUGH = ("01", "02", "03", "04", "05", "06", "07", "08", "09")
SITTING = 90            # minutes of core that may pass without a break

every_source = pytest.mark.parametrize("source", SOURCES, ids=LESSONS)
gone_through = pytest.mark.parametrize("number", GONE_THROUGH)
warmed_up = pytest.mark.parametrize("number", (*GONE_THROUGH, "10"))     # the capstone's sittings are days

HEAD = "---\njupytext:\n  text_representation:\n    format_name: myst\n---\n\n"
SMALL = HEAD + """\
# 99 · A small lesson

One two three.

+++ {"tags": ["deep"]}

## 1 · First

Four five.

### Inside

Six.

## 2 · Second

Seven.

+++ {"tags": ["break"]}

### A good place for a break

+++ {"tags": ["deep-until-05"]}

## 3 · Third

```{code-cell} ipython3
a = 1

b = 2
```
"""


def lesson_of(text):
    """A lesson as Jupytext reads it."""
    return jupytext.reads(text, fmt="md:myst")


def text_of(number):
    """A lesson's text, as Jupytext reads it."""
    return jupytext.read(next(path for path in SOURCES if path.name.startswith(number)))


# --- what can wait ---

def unmarked(made):
    """Headings of a built lesson on which the tag and the mark do not agree."""
    wrong = []
    for cell in made.cells:
        if cell.cell_type == "markdown":
            tag, first = reading.deep_tag(cell), cell.source.splitlines()[0] if cell.source else ""
            said = [line for line in cell.source.splitlines() if re.match(r"#+ .*\*can wait", line)]
            if said != ([first] if tag else []) or tag and not first.endswith(f" · *{reading.waits(tag)}*"):
                wrong.append(first)
    return wrong


@every_source
def test_what_can_wait_says_so_in_both_editions(source):
    lesson = editions.read(source)
    tagged = len(re.findall(r'^\+\+\+ .*"deep', source.read_text(encoding="utf-8"), re.MULTILINE))
    for edition in (lesson, editions.student_edition(lesson)):
        assert unmarked(edition) == []
        assert sum(bool(reading.deep_tag(cell)) for cell in edition.cells) == tagged


def test_a_section_without_its_mark_is_found():
    lesson = lesson_of(SMALL)
    assert unmarked(lesson) == ["## 1 · First", "## 3 · Third"]
    reading.mark(lesson)
    assert unmarked(lesson) == []
    first = next(cell for cell in lesson.cells if reading.deep_tag(cell))
    first.metadata.tags = []
    assert unmarked(lesson) == ["## 1 · First · *can wait*"]


def test_a_section_can_wait_up_to_the_next_heading_of_its_rank():
    found = {part.title: part.deep for part in reading.parts(lesson_of(SMALL))}
    assert found == {"": "", "99 · A small lesson": "", "1 · First": "deep", "Inside": "deep",
                     "2 · Second": "", "A good place for a break": "", "3 · Third": "deep-until-05"}


@pytest.mark.parametrize("old, new, said", [
    ('["deep"]', '["deep-later"]', "must be deep or deep-until-NN"),
    ("## 1 · First\n", "No heading.\n", "must begin with a heading"),
    ("### Inside", '+++ {"tags": ["deep"]}\n\n### Inside', "can wait already"),
    ("Seven.", "{{ minutes }}", "is no place; there are time, hours, contents, and way")])
def test_a_tag_or_place_that_means_nothing_stops_the_build(old, new, said):
    assert old in SMALL
    with pytest.raises(reading.ReadingError, match=said):
        lesson = lesson_of(SMALL.replace(old, new))
        reading.parts(lesson)
        reading.mark(lesson)


def names(source):
    """(the names that a cell takes from cells before it, also inside its functions, those that it makes)."""
    taken, made = set(), set()
    for statement in ast.parse(source).body:
        table = symtable.symtable(ast.unparse(statement), "cell", "exec")
        new = {symbol.get_name() for symbol in table.get_symbols()
               if symbol.is_assigned() or symbol.is_imported()}
        # What a loop makes it makes before it reads it; an assignment reads first.
        own = set() if isinstance(statement, (ast.Assign, ast.AugAssign)) else new
        taken |= {symbol.get_name() for level in levels(table) for symbol in level.get_symbols()
                  if symbol.is_referenced() and (level is table or symbol.is_global())} - own - made
        made |= new
    return {name for name in taken if not hasattr(builtins, name)}, made


def levels(table):
    """A symbol table and all tables inside it."""
    yield table
    for child in table.get_children():
        yield from levels(child)


def taken_from_what_can_wait(cells):
    """Names that the core takes from a cell that can wait. cells: [(source, True if it can wait)]."""
    maker, taken = {}, []           # maker: {name: was it made last in what can wait?}
    for source, deep in cells:
        read, made = names(source)
        taken += [] if deep else sorted(name for name in read if maker.get(name))
        maker.update(dict.fromkeys(made, deep))
    return taken


@every_source
def test_the_core_needs_no_cell_of_what_can_wait(source):
    found = reading.parts(jupytext.read(source))
    assert taken_from_what_can_wait([(code, bool(part.deep)) for part in found for code in part.code]) == []


def test_a_core_that_needs_what_can_wait_is_found():
    cells = [("a = 1", False), ("a = 2\nb = 3", True), ("c = a", False), ("def f():\n    return b", False),
             ("a = 4\nprint(a)", False)]
    assert taken_from_what_can_wait(cells) == ["a", "b"]


# --- minutes ---

def test_the_formula():
    """200 words, 4 lines or half a point are a minute."""
    assert reading.Part(words=400, lines=20, points=3, written=1).minutes == 2 + 5 + 6 + 8
    lesson = lesson_of(HEAD + "# T\n\nOne $x + 1$ [two](three.ipynb) **four**.\n\n"
                       "```{code-cell} ipython3\n:tags: [exercise-1.1]\n\ndef f():\n    ### BEGIN SOLUTION\n"
                       "    a = 1\n\n    return a\n    ### END SOLUTION\n```\n\n"
                       '```{code-cell} ipython3\n:tags: [check-1.1]\n\ncheck("1.1", f)\n```\n')
    part = reading.parts(lesson)[-1]
    assert (part.words, part.lines, part.points) == (5, 3, find("1.1").points)


def test_minutes_are_told_in_fives_and_something_is_never_nothing():
    core, deep = reading.Part(lines=4 * 33), reading.Part(words=20, deep="deep")
    assert reading.minutes([core]) == (35, 0)
    assert reading.minutes([core, deep]) == (35, 5)


def test_every_place_that_tells_minutes_agrees_with_the_formula():
    """The data file (and with it the map), README's table, each lesson's head, the contents in lesson 00."""
    found = reading.all_parts()
    wanted = {number: reading.minutes(parts) for number, parts in found.items()}
    assert reading.told() == wanted, "python solutions/build/reading.py writes them"
    page = (COURSE / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[(\d\d) · .*\| (\d+) \| (\d*) \|$", page, re.MULTILINE)
    assert {number: (int(core), int(deep or 0)) for number, core, deep in rows} == wanted
    for source in SOURCES:
        made = "\n".join(cell.source for cell in editions.read(source).cells if cell.cell_type == "markdown")
        core, deep = wanted[source.name[:2]]
        said = re.search(r"\*\*Time:\*\* about (\d+) minutes(?:, and (\d+) more for what can wait)?", made)
        assert said and (int(said[1]), int(said[2] or 0)) == (core, deep), source.name
        if source.name.startswith("00"):
            rows = re.findall(r"^\| \[(\d\d) · .*?\| (\d+) \| (\d*) \| .*\|$", made, re.MULTILINE)
            assert {number: (int(core), int(deep or 0)) for number, core, deep in rows} == wanted


def test_lesson_00_is_built_with_a_lesson_whose_minutes_changed():
    assert editions.with_contents(["06"]) == ["06", "00"]
    assert editions.with_contents(["00"]) == ["00"] and editions.with_contents([]) == []


# --- breaks ---

@gone_through
def test_no_sitting_is_longer_than_ninety_minutes(number):
    lengths = reading.sittings(reading.parts(text_of(number)))
    assert max(lengths) <= SITTING, [round(length) for length in lengths]


def test_breaks_and_what_can_wait_make_sittings():
    assert len(reading.sittings(reading.parts(lesson_of(SMALL)))) == 2
    long = [reading.Part(lines=400), reading.Part(pause=True), reading.Part(lines=4000, deep="deep")]
    assert reading.sittings(long) == [100, 0]


@every_source
def test_a_break_says_what_you_have_asks_three_questions_and_says_where_to_go_on(source):
    for cell in jupytext.read(source).cells:
        pause = "### A good place for a break" in cell.source
        assert pause == ("break" in cell.metadata.get("tags", []))
        if pause:
            assert cell.source.startswith("### A good place for a break\n")
            assert "**You have** " in cell.source and "**Go on** " in cell.source
            questions = cell.source.partition("<details>")[0]
            assert re.findall(r"^(\d)\. .*\? \(section \d+\)$", questions, re.MULTILINE) == ["1", "2", "3"]


# --- warm-ups ---

def asked_about(number):
    """The lessons that a lesson's warm-ups ask about: one, two and four back; lesson 00 where there is none
    so far back. Lesson 01, with a single one before it, has two questions. The capstone asks about what it
    needs.
    """
    if number == "10":
        return ["03", "04", "05"]
    return [f"{max(int(number) - back, 0):02d}" for back in ((1, 2) if number == "01" else (1, 2, 4))]


@warmed_up
def test_a_lesson_has_its_warm_ups_and_their_checks_at_its_start(number):
    lesson = editions.read(next(path for path in SOURCES if path.name.startswith(number)))
    wanted = [f"{int(number)}-{letter}" for letter, _ in zip("abc", asked_about(number))]
    assert [name.replace(".", "-") for name in warm_ups(number)] == wanted
    for kind, which in (("exercise", is_exercise), ("check", is_check)):
        found = [cell.metadata.nbgrader.grade_id for cell in lesson.cells if which(cell)]
        assert [name for name in found if not name[-1].isdigit()] == [f"{kind}-{name}" for name in wanted]
    heads = [cell.source for cell in lesson.cells if cell.source.startswith("## ")
             and not cell.source.startswith("## What is graded")]
    assert heads[0].startswith("## Warm-up\n") and heads[1].startswith("## 1 · ")


@warmed_up
def test_warm_ups_ask_about_one_two_and_four_lessons_back(number):
    text = "".join(cell.source for cell in text_of(number).cells)
    found = re.findall(r"### Exercise \d+\.[a-c] · [^\n]*\n\nFrom lesson (\d\d)\.", text)
    assert found == asked_about(number)


def test_early_lessons_ask_about_what_there_is():
    assert [asked_about(number) for number in ("01", "02", "03", "04", "06")] == [
        ["00", "00"], ["01", "00", "00"], ["02", "01", "00"], ["03", "02", "00"], ["05", "04", "02"]]


@every_source
def test_warm_ups_stand_in_the_text_and_among_the_exercises(source):
    """A lesson without warm-ups has none in either place."""
    text = source.read_text(encoding="utf-8")
    assert re.findall(r"^### Exercise (\d+\.[a-c]) ·", text, re.MULTILINE) == list(warm_ups(source.name[:2]))


def test_a_warm_up_has_no_points_and_its_answer_is_cleared():
    lesson = editions.read(next(path for path in SOURCES if path.name.startswith("06")))
    student = editions.student_edition(lesson)
    for cell in lesson.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id", "").endswith(("-a", "-b", "-c")):
            assert not cell.metadata.nbgrader.grade and "points" not in cell.metadata.nbgrader
    MetadataValidator().validate_nb(student)
    blank = [cell for cell in student.cells if is_exercise(cell)][:3]
    assert all(editions.STUB in cell.source and "SOLUTION" not in cell.source for cell in blank)


def test_warm_ups_are_kept_with_the_progress_but_are_not_counted(tmp_path, monkeypatch):
    monkeypatch.setenv("BPTT_PROGRESS", str(tmp_path / "progress.jsonl"))
    total = sum(len(lesson_exercises(lesson)) for lesson in lessons())
    assert Progress().summary() == f"0 of {total} exercises solved"
    assert check("6.b", lambda: "c").status == "right"
    assert Progress().summary() == f"0 of {total} exercises solved, and 1 of the warm-ups"
    assert not any(number[-1].isalpha() for _, signs in Progress().rows() for number, _ in signs)
