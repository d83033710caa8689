"""The course in a browser, as ``make site`` builds it: one lesson runs whole and prints what is stored; an
answer that never ends is stopped; what is solved outlasts a reload. No other host can be reached.
"""

import copy
import json
import zipfile

import lab
import pytest

import lite
from browser import KERNEL_READY, RUN, move_everything
from notebooks import LESSONS, load

LESSON = "01_unrolling"
AS_BUILT = "import os; os.environ.update(TQDM_DISABLE='1', BPTT_PROGRESS='')"
CHECKS = """\
import os
from exercises import check, progress
os.environ["BPTT_PROGRESS"] = "/drive/mine/progress.jsonl"
def endless(*given):
    while True:
        pass
def ends(*given):
    os._exit(0)
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site") / "lab"
    lab.build(folder)
    with lite.Site(folder) as site:
        yield site


@pytest.fixture(scope="module")
def visit(browser, site):
    """A lesson with a ready kernel, what went wrong there, and what had been asked for by then."""
    context = browser.new_context(viewport={"width": 1280, "height": 1600})
    page, wrong = lite.opened(context, site, LESSON)
    yield page, wrong, list(site.asked)
    context.close()


def test_the_first_visit_loads_what_the_entry_says(visit):
    loaded = sum(size for _, _, size in visit[2]) / 1e6
    assert loaded == pytest.approx(lab.MEGABYTES, abs=1)


def test_a_lesson_prints_what_is_stored(visit):
    page, wrong, _ = visit
    lite.said(page, AS_BUILT)
    assert page.evaluate(RUN, None)
    page.wait_for_function(KERNEL_READY)
    stored = load("notebooks", LESSON)
    assert lite.differences(page, stored) == []
    assert [trouble for explorer in page.query_selector_all(".explorer")
            for trouble in move_everything(page, explorer, 15)] == []
    assert wrong == []
    other = copy.deepcopy(stored)
    cell = next(cell for cell in other.cells if cell.get("outputs") and "text" in cell.outputs[0])
    cell.outputs[0]["text"] += "0"
    assert [name for name, *_ in lite.differences(page, other)] == [cell.id]


def test_an_answer_that_never_ends_is_stopped(visit):
    page, *_ = visit
    lite.said(page, CHECKS)
    assert "still running when its time was up" in lite.said(page, 'check("1.1", endless)')
    assert "os._exit is off in a browser" in lite.said(page, 'check("1.1", ends)')
    assert lite.said(page, "6 * 7") == "42"


def test_what_is_kept_outlasts_a_reload(visit, site):
    page, *_ = visit
    page.reload()
    page.wait_for_function(KERNEL_READY)
    assert lite.said(page, "from exercises import progress; progress().tried") == "{'1.1'}"
    assert "in this browser" in lite.said(page, "progress()")
    assert [path for path, status, _ in site.asked if status != 200] == []


def test_the_entry_leads_to_every_lesson(browser, site):
    page = browser.new_page()
    page.goto(site.address)
    assert f"about {lab.MEGABYTES} MB" in page.locator("main").inner_text()
    links = page.locator("li a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    assert links[:len(LESSONS)] == list(map(lab.address, LESSONS))
    page.close()


def test_the_course_is_in_it_as_a_wheel(tmp_path):
    """The same bytes each time, and every file that a lesson may want."""
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
        lab.write_course(folder)
    wheel, = first.glob("*.whl")
    assert wheel.read_bytes() == (second / wheel.name).read_bytes()
    names = zipfile.ZipFile(wheel).namelist()
    assert {"helpers/rnn.py", "helpers/data/sunspots.csv", "pictures/course.mplstyle"} <= set(names)
    assert not any("__pycache__" in name for name in names)


def test_a_text_is_one_text(tmp_path):
    """JupyterLite does not join lists of lines as JupyterLab does."""
    lab.write_lessons(tmp_path)
    for lesson in LESSONS:
        cells = json.loads((tmp_path / "notebooks" / f"{lesson}.ipynb").read_text(encoding="utf-8"))["cells"]
        shown = [output.get("data", output) for cell in cells for output in cell.get("outputs", [])]
        texts = [text for data in shown for kind, text in data.items() if kind.startswith("text")]
        assert texts and all(isinstance(text, str) for text in [*texts, *(cell["source"] for cell in cells)])
