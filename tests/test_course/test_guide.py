"""The teacher's guide: a page for each lesson, and what it names exists.

A page is ``solutions/guide/NN_name.md``, named as the lesson. Under *Wrong answers to expect* each exercise
has three lines of three parts. A comment names the catalogue's row, or what somebody chose, such as "b":

    - `dh = W_hy.T @ dy` · what it reveals · "What to say." <!-- dropped future term -->
"""

import re
import xml.etree.ElementTree as xml

import pytest

from exercises.lessons.catalogue import find
from notebooks import COURSE, LESSONS, SOURCES

GUIDE = COURSE / "solutions" / "guide"
HEADINGS = ["Objectives", "Ask first", "Wrong answers to expect", "On the board", "To discuss",
            "If time is short"]
WRONG = re.compile(r"- (.+) · (.+) · (.+) <!-- (.+?) -->")
UNCOUNTED = re.compile(r"\b(often|usually|frequent\w*|rarely|most (students|learners|people))\b|\d ?%")
DRAWN = {"svg", "title", "g", "rect", "line", "polyline", "path", "circle", "ellipse", "text", "tspan"}
WORDS = 1100            # three screens of 1920 x 1080


def page(lesson):
    """The text of a lesson's page."""
    return (GUIDE / f"{lesson}.md").read_text(encoding="utf-8")


def parts(lesson):
    """{heading: text below it} of a page."""
    found = re.split(r"^## (.+)$", page(lesson), flags=re.MULTILINE)
    return dict(zip(found[1::2], found[2::2]))


def items(text):
    """The lines of a list."""
    return re.findall(r"^(?:- |\d\. )(.+)", text, re.MULTILINE)


def wrong_answers(text):
    """[(number, title, lines of the list)] of the part about wrong answers."""
    found = re.split(r"^### (\d+\.\d+) (.+)$", text, flags=re.MULTILINE)
    return [(number, title, [line for line in body.splitlines() if line.startswith("- ")])
            for number, title, body in zip(found[1::3], found[2::3], found[3::3])]


def is_known(exercise, named):
    """Whether a wrong answer is one that the exercise's check knows."""
    if exercise.verdict is None:
        return named in {mistake.name for mistake in exercise.known}
    if named == "verdict":
        return not exercise.mistakes
    said = exercise.verdict(named)
    return bool(said) and "none of the options" not in said and not said.startswith("Use each of the letters")


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_page_has_its_headings_in_order(lesson):
    text = SOURCES[LESSONS.index(lesson)].read_text(encoding="utf-8")
    title = re.search(r"^# (.+)$", text, re.MULTILINE)[1]
    assert page(lesson).startswith(f"# {title}: the guide\n")
    found = parts(lesson)
    assert list(found) == HEADINGS
    assert 3 <= len(items(found["Objectives"])) <= 5
    assert 2 <= len(items(found["To discuss"])) <= 3
    assert "?" in found["Ask first"] and len(items(found["Ask first"])) == 2, "one question, two answers"
    assert len(page(lesson).split()) <= WORDS, "at most three screens"


@pytest.mark.parametrize("lesson", LESSONS)
def test_wrong_answers_are_those_of_the_catalogue(lesson):
    text = parts(lesson)["Wrong answers to expect"]
    assert not UNCOUNTED.search(text), "nobody has counted how frequent a mistake is"
    assert wrong_answers(text)
    for number, title, lines in wrong_answers(text):
        exercise = find(number)
        assert number.split(".")[0].zfill(2) == lesson[:2] and title == exercise.title
        matches = [WRONG.fullmatch(line) for line in lines]
        assert len(lines) == 3 and all(matches), f"{number}: three lines of three parts and a comment"
        named = [match[4] for match in matches]
        unknown = [name for name in named if not is_known(exercise, name)]
        assert unknown == [], f"{number} has no such wrong answer"
        assert len(set(named)) == 3 or named == ["verdict"] * 3


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_board_has_sketches_that_are_there(lesson):
    sketches = re.findall(r"!\[([^\]]+)\]\((board/[^)]+\.svg)\)", parts(lesson)["On the board"])
    assert 1 <= len(sketches) <= 2
    for words, path in sketches:
        assert path.startswith(f"board/{lesson[:2]}_") and len(words) > 20
        drawing = xml.fromstring((GUIDE / path).read_text(encoding="utf-8"))
        tags = {element.tag.split("}")[1] for element in drawing.iter()}
        assert "title" in tags and tags <= DRAWN, f"{path}: lines, circles, letters and a title, no script"


def test_the_board_has_no_other_sketches():
    named = {path for lesson in LESSONS for path in re.findall(r"\(board/([^)]+)\)", page(lesson))}
    assert {path.name for path in (GUIDE / "board").iterdir()} == named


@pytest.mark.parametrize("path", ["README.md", *(f"guide/{lesson}.md" for lesson in LESSONS)])
def test_links_resolve(path):
    here = COURSE / "solutions" / path
    text = here.read_text(encoding="utf-8")
    links = [link.split("#")[0] for link in re.findall(r"\]\((?!https?:)([^)]+)\)", text)]
    assert [link for link in links if link and not (here.parent / link).exists()] == []


def test_the_guide_leads_to_every_page():
    text = (COURSE / "solutions" / "README.md").read_text(encoding="utf-8")
    assert [lesson for lesson in LESSONS if f"](guide/{lesson}.md)" not in text] == []


def test_what_is_no_wrong_answer_is_found_out():
    assert is_known(find("3.5"), "dropped future term") and not is_known(find("3.5"), "dropped past term")
    assert is_known(find("0.7"), "a") and not is_known(find("0.7"), "c") and not is_known(find("0.7"), "e")
    assert is_known(find("3.9"), "ghcdebfa") and not is_known(find("3.9"), "hcgdebfa")
    assert not is_known(find("3.9"), "hcg")
