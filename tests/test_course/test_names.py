"""One thing, one name: CONTRIBUTING has the table. What can be read off a text or a colour is read here."""

import re

import pytest

from exercises.lessons.catalogue import lesson_exercises
from notebooks import COURSE

LESSONS = {path.stem: path.read_text(encoding="utf-8")
           for path in sorted((COURSE / "solutions").glob("[0-9]*.md"))}
PICTURES = {path.relative_to(COURSE).as_posix(): path.read_text(encoding="utf-8")
            for path in sorted((COURSE / "pictures").rglob("*.py"))}
OPTION = re.compile(r'^- `"([a-h])"`: ', re.M)
OTHER_WAYS = re.compile(r"^[-*] (\*\*[a-h]\*\*|`[a-h]`|`\"[a-h]\"`(?!: )|\(?[a-h][:.)])", re.M)
NORM = re.compile(r"""def[ ]size\(
    | \bsize[ ]\((the|a)[ ](length|root|norm)
    | \bsizes?[ ]of[ ](an[ ]array|(a|the|each)[ ](hidden[ ])?(state|gradient|term|direct)s?\b|dL/)
    | \b(gradient|state|vector)'s[ ](own[ ])?size
    | f"size[ ]|[ ]of[ ]sizes?[ ]\{""", re.X)
FROM_ONE = re.compile(r"\\sum_\{[ijo]=1\}\^\{?[DHO]\b|\bunits? \{\w+ \+ 1\}|(entries|units) counted from 1")
TWO_COLOURS = re.compile(r"\"(PRGn|PuOr|PiYG|BrBG|RdBu|RdGy|RdYlBu|coolwarm|bwr|seismic)(_r)?\"")


def options_in_text(lesson, number):
    """The letters of the list that stands under an exercise's heading, before its answer."""
    part = lesson.split(f"### Exercise {number} ")[1].split("### BEGIN SOLUTION")[0]
    return OPTION.findall(part)


def letters_of(exercise):
    """The letters that a question with options, or an ordering, takes; None for any other exercise."""
    if exercise.verdict is None:
        return None
    said = exercise.verdict("?")
    if "is none of the options: " in said:
        return re.findall(r"'(\w)'", said.split("options: ")[1])
    if said.startswith("Use each of the letters "):
        return said.removeprefix("Use each of the letters ").split(" once")[0].split(", ")
    return None


QUESTIONS = [(stem, number, letters_of(exercise)) for stem in LESSONS
             for number, exercise in lesson_exercises(stem[:2]).items() if letters_of(exercise)]


def test_there_are_questions():
    assert len(QUESTIONS) >= 24


@pytest.mark.parametrize("stem, number, letters", QUESTIONS, ids=[number for _, number, _ in QUESTIONS])
def test_the_options_in_the_text_are_those_of_the_check(stem, number, letters):
    assert options_in_text(LESSONS[stem], number) == letters


@pytest.mark.parametrize("stem", LESSONS)
def test_a_lesson_names_things_as_the_others_do(stem):
    text = LESSONS[stem]
    assert [match[0] for pattern in (OTHER_WAYS, NORM, FROM_ONE) for match in pattern.finditer(text)] == []


@pytest.mark.parametrize("path", PICTURES)
def test_a_picture_does(path):
    assert [match[0] for pattern in (TWO_COLOURS, NORM) for match in pattern.finditer(PICTURES[path])] == []


@pytest.mark.parametrize("pattern, planted", [
    (OTHER_WAYS, "- **a** time"), (OTHER_WAYS, "- `a`: time"), (OTHER_WAYS, "- a: time"),
    (OTHER_WAYS, "- (a) time"), (OTHER_WAYS, "- a) time"), (OTHER_WAYS, '- `"a"` time'),
    (NORM, "def size(array):"), (NORM, "The size of an array is"), (NORM, "its size (the length of"),
    (NORM, "the size of each term"), (NORM, "the gradient's own size"), (NORM, 'f"size {norm}"'),
    (FROM_ONE, r"\sum_{j=1}^{H}"), (FROM_ONE, r"\sum_{j=1}^O"), (FROM_ONE, "gate of unit {k + 1}:"),
    (TWO_COLOURS, 'cmap="PuOr"'), (TWO_COLOURS, 'cmap="RdBu_r"')])
def test_a_planted_fault_is_found(pattern, planted):
    assert pattern.search(planted)


@pytest.mark.parametrize("pattern, right", [
    (OTHER_WAYS, '- `"a"`: time'), (OTHER_WAYS, "- a network of two units"), (OTHER_WAYS, "- `doubling`: x"),
    (NORM, "scores of any size"), (NORM, "the size of a batch"), (FROM_ONE, r"\sum_{t=1}^{T}"),
    (FROM_ONE, r"\sum_{j=0}^{H-1}"), (TWO_COLOURS, 'cmap="Blues"')])
def test_what_is_right_is_left_alone(pattern, right):
    assert not pattern.search(right)


def test_an_option_that_is_missing_is_found():
    stem, number, letters = QUESTIONS[0]
    changed = LESSONS[stem].replace(f'- `"{letters[-1]}"`: ', "- ")
    assert options_in_text(changed, number) == letters[:-1]
