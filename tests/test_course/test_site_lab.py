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
from notebooks import LESSONS, code_cells, load

LESSON = "01_unrolling"
ASKED = "#exercise-1.5"
NOTEBOOK = "window.jupyterapp.shell.currentWidget"
SOURCES = f"{NOTEBOOK}.content.widgets.map(cell => cell.model.sharedModel.getSource())"
SLOW_SAVES = """async ([notebook, wait]) => {
    const {content, context} = eval(notebook), contents = jupyterapp.serviceManager.contents;
    const save = contents.save, later = time => new Promise(done => setTimeout(done, time));
    const edit = text => content.activeCell.model.sharedModel.setSource(text);
    contents.save = async (...given) => {
        const model = await save.apply(contents, given);
        await later(wait);
        return model;
    };
    const was = content.activeCell.model.sharedModel.getSource();
    edit('two = 1');
    const first = context.save();
    await later(wait / 2);
    edit('two = 2');
    await Promise.race([Promise.all([first, context.save()]), later(5 * wait)]);
    contents.save = save;
    const kept = await contents.get(context.path, {content: true});
    edit(was);
    return kept.content.cells[content.activeCellIndex].source }"""
TIED = ("tied_loss is made in the cell under “6 · The gradient is a sum over the copies”, "
        "which has not run since Python started.")
PAGE = '<link rel="icon" href="data:,"><title>A page of the book</title>'
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


@pytest.fixture(scope="module")
def at_exercise(browser, site):
    """A lesson that a link to an exercise has opened, and what went wrong there."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.route("**/*.html*", lambda route: route.fulfill(body=PAGE, content_type="text/html")
                  if f"/{LESSON}.html" in route.request.url else route.continue_())
    page, wrong = lite.opened(context, site, LESSON, ASKED)
    yield page, wrong
    context.close()


def test_a_link_opens_its_exercise_and_changes_nothing(at_exercise):
    page, wrong = at_exercise
    asked, stored = page.get_by_role("heading", name="Exercise 1.5"), load("notebooks", LESSON)
    assert 0 < asked.bounding_box()["y"] < 400
    assert page.evaluate(f"{NOTEBOOK}.content.activeCell.model.getMetadata('tags')") == [ASKED[1:]]
    assert page.evaluate("document.activeElement.matches('.jp-mod-active')")
    assert page.evaluate(SOURCES) == [cell.source for cell in stored.cells]
    assert lite.differences(page, stored) == [] and wrong == []
    page.evaluate("location.hash = '#exercise-1.2'")
    page.wait_for_function(f"{NOTEBOOK}.content.activeCell.model.getMetadata('tags')?.[0] === 'exercise-1.2'")
    page.evaluate(f"location.hash = '{ASKED}'")


def test_an_exercise_and_its_check_run_without_the_cells_above(at_exercise):
    page, _ = at_exercise
    answer = next(cell.source for cell in code_cells(load("solutions", LESSON))
                  if ASKED[1:] in cell.metadata.get("tags", []))
    page.wait_for_function(f"{NOTEBOOK}.content.activeCell.model.getMetadata('tags')?.[0] === '{ASKED[1:]}'")
    page.evaluate(f"answer => {NOTEBOOK}.content.activeCell.model.sharedModel.setSource(answer)", answer)
    for _ in range(2):
        page.keyboard.press("Shift+Enter")
    page.get_by_text("Exercise 1.5: right.").wait_for()
    page.wait_for_function(f"!{NOTEBOOK}.context.model.dirty")          # what the check said is kept at once
    assert page.evaluate("localStorage.getItem('course-last')").endswith(ASKED)


def test_a_name_that_another_cell_makes_is_said_and_a_slip_is_not(at_exercise):
    page, _ = at_exercise
    assert TIED in lite.said(page, "tied_loss(3)")
    for slip in ("tyed_loss(3)", "tied_loss = tied_loss + 1", "1 / 0"):
        assert "is made in" not in lite.said(page, slip)


def test_the_place_is_kept_when_all_cells_run(at_exercise):
    page, _ = at_exercise
    before = page.evaluate(f"{NOTEBOOK}.content.activeCellIndex")
    page.keyboard.press("Shift")                    # any key says where the learner is
    page.evaluate("void jupyterapp.commands.execute('notebook:run-all-cells')")
    page.wait_for_function(f"{NOTEBOOK}.content.activeCellIndex !== {before}")
    page.wait_for_function(f"{NOTEBOOK}.content.activeCellIndex === {before}")
    assert page.evaluate("document.activeElement.matches('.jp-mod-active')")


def test_two_saves_at_once_ask_nothing(at_exercise):
    """A slow browser's storage: the second save begins before the first one knows what it wrote."""
    page, _ = at_exercise
    assert page.evaluate(SLOW_SAVES, [NOTEBOOK, 1000]) == "two = 2"
    assert page.locator(".jp-Dialog").count() == 0


def test_a_new_kernel_has_the_imports_too(at_exercise):
    page, _ = at_exercise
    page.evaluate(f"{NOTEBOOK}.sessionContext.session.kernel.restart()")
    lite.prepared(page)
    assert "function" in lite.said(page, "check") and TIED in lite.said(page, "tied_loss(3)")


def test_the_way_back_saves_and_leads_to_the_page(at_exercise):
    page, _ = at_exercise
    page.evaluate(f"{NOTEBOOK}.content.activeCell.model.sharedModel.setSource('mine = 1')")
    page.keyboard.press("Alt+b")
    page.wait_for_url(f"**/{LESSON}.html{ASKED}")
    assert page.title() == "A page of the book"
    page.go_back()
    lite.prepared(page)
    assert "mine = 1" in page.evaluate(SOURCES)
    assert page.locator(".course-back").get_attribute("href") == f"../../{LESSON}.html{ASKED}"


@pytest.mark.parametrize("app", lab.APPS)
def test_what_is_loading_is_said_before_any_of_it_is_there(browser, site, app):
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.route("**/*.js*", lambda route: route.abort())
    page.goto(f"{site.address}/{app}/index.html")
    said = page.get_by_text(f"about {lab.MEGABYTES} MB, once only")
    assert said.is_visible() and page.evaluate("document.body.scrollWidth <= innerWidth")
    box = said.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390
    page.close()


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
