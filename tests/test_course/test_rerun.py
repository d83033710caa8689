"""Cells that are run again: learners go back, change a line and run a section once more."""

import matplotlib
import pytest
from notebooks import COURSE, LESSONS, load


def sections(notebook):
    """The code of a notebook: a list of sections, each a list of its cells' sources."""
    found = [[]]
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and cell.source.startswith("## "):
            found.append([])
        if cell.cell_type == "code":
            found[-1].append(cell.source)
    return found


def faults(found):
    """What goes wrong when all cells run in order, twice, and then each section once more.

    found: as ``sections``; at the end they run in reverse order. All run in one namespace. Returns a list of
    (which run, the error, the cell).
    """
    space, wrong = {"__name__": "__main__"}, []
    runs = [("first run", found), ("second run", found), ("a section again", found[::-1])]
    for words, ordered in runs:
        for source in (source for section in ordered for source in section):
            try:
                exec(compile(source, "<cell>", "exec"), space)
            except Exception as error:
                wrong.append((words, repr(error), source))
    return wrong


# Lessons 05 to 08 and 10 pass, too, and take minutes.
@pytest.mark.parametrize("lesson", [*LESSONS[:5], LESSONS[9]])
def test_every_section_can_be_run_again(lesson, monkeypatch):
    monkeypatch.chdir(COURSE)
    with matplotlib.rc_context():
        matplotlib.use("agg")
        assert not faults(sections(load("solutions", lesson)))


@pytest.mark.parametrize("found, run, error", [
    ([["total = sum([1, 2])", "sum = total"]], "second run", "TypeError"),
    ([["w = {'a': 1}"], ["w = w['a']"]], "a section again", "TypeError"),
    ([["w = 1"], ["assert w == 1"], ["w = 2"]], "a section again", "AssertionError"),
])
def test_a_cell_that_breaks_when_it_is_run_again_is_found(found, run, error):
    (which, said, _), *_ = faults(found)
    assert which == run and said.startswith(error)
    assert not faults([["w = 1", "v = w + 1"], ["u = w"]])
