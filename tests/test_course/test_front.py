"""README shows of the course what the lessons and the checks really are."""

import re

import build_editions as editions
import front
import pytest
import reading

from helpers import ladder
from notebooks import COURSE, SOURCES, load

README = (COURSE / "README.md").read_text(encoding="utf-8")
EVENING = 190           # minutes at most: three hours, and what rounding adds


@pytest.fixture(scope="module")
def start():
    """Lesson 00, as built."""
    return editions.read(SOURCES[0])


@pytest.mark.parametrize("lesson, call, path", front.PICTURES)
def test_readme_shows_pictures_of_the_lessons(lesson, call, path):
    assert (COURSE / path).read_bytes() == front.picture(load("solutions", lesson), call)
    words = re.search(rf'!\[([^\]]+)\]\({path}\)|<img src="{path}"[^>]* alt="([^"]+)"', README)
    assert words and len(words[1] or words[2]) > 20


def test_readme_quotes_a_real_message_and_the_ways_of_lesson_00(start):
    assert front.readme(README, start) == README, "python solutions/build/build_editions.py 00 writes it anew"
    old = README.replace("it needs", "it wants").replace(" hours |", " weeks |")
    assert old != README and front.readme(old, start) == README


def test_a_readme_without_a_place_is_refused(start):
    with pytest.raises(ValueError, match="README must have one place from <!-- check: begin -->"):
        front.readme(README.replace("<!-- check: end -->", ""), start)


def test_an_evening_is_an_evening(start):
    rows = [line for line in front.ways(start).splitlines() if line.startswith("| an evening, three hours |")]
    assert int(re.search(r"about (\d+) minutes", rows[0])[1]) <= EVENING


def test_a_way_adds_up_what_the_lessons_say():
    lessons = reading.all_parts()
    told = {number: reading.minutes(found)[0] for number, found in lessons.items()}
    assert reading.way_through("00, 01", lessons) == f"about {told['00'] + told['01']} minutes"
    assert reading.way_through("00-10", lessons) == f"about {sum(told.values()) / 60:.0f} hours"
    heads = [part for part in lessons["03"] if part.rank == 2]
    part = reading.sections(lessons["03"], 1, 2)
    assert [each.title for each in part if each.rank == 2][-2:] == [
        each.title for each in heads if re.match("[12] ·", each.title)]
    assert reading.minutes(part)[0] < told["03"] and all(each.title[:1] != "3" for each in part)


@pytest.mark.parametrize("way, said", [("17", "must be a lesson"), ("00-17", "must be a lesson"),
                                       ("all", "must be a lesson"), ("03:8-30", "section 10")])
def test_a_way_that_leads_nowhere_stops_the_build(way, said):
    with pytest.raises(reading.ReadingError, match=said):
        reading.way_through(way, reading.all_parts())


def test_the_ladder_of_lesson_00_names_climbers_that_were_measured(start):
    cell = next(cell.source for cell in start.cells if "figures.memory_ladder(" in cell.source)
    named = re.findall(r'"([^"]+)"', cell.split("]")[0])
    assert len(named) >= 5 and set(named) <= {row["who"] for row in ladder.measured()}
