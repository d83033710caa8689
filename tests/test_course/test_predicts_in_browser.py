"""Predict, then see, in a real browser: closed when a lesson is opened, open when its cell has run."""

import build_editions as editions
import predicts
import pytest
from notebooks import path_of

pytest.importorskip("playwright.sync_api",
                    reason="Playwright is not installed: pip install -r requirements-dev.txt")

from browser import CHROMIUM, FLAGS, KERNEL_READY, PATIENCE, Lab  # noqa: E402
from playwright.sync_api import expect, sync_playwright  # noqa: E402

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium or Chrome found on this computer")

LESSON = "00_start_here"
TEXT = """\
# A small lesson

```{code-cell} ipython3
from pictures import explorers
```

**Predict.** Up or down?

```{code-cell} ipython3
words = "down"
print("It goes", words)
```

**Notice.** **Down**, for $x_1^2 < 0$:

- always.

**Predict.** And clipped?

```{code-cell} ipython3
explorers.clipping()
```

**Notice.** Shorter.
"""
RUN = """number => { const notebook = window.jupyterapp.shell.currentWidget.content;
    notebook.activeCellIndex = notebook.widgets.findIndex(cell => cell.model.type === 'code' && !number--);
    return window.jupyterapp.commands.execute('notebook:run-cell') }"""
DOTS, OUTPUT = ".jp-OutputPlaceholder", ".jp-OutputArea-output"


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """The student edition of a small lesson, and the folder that it is in."""
    folder = tmp_path_factory.mktemp("small")
    source = folder / "99_small.md"
    source.write_text(TEXT, encoding="utf-8")
    return editions.build(source, folder)[1]


@pytest.fixture(scope="module")
def lab(tmp_path_factory, small):
    with Lab(tmp_path_factory.mktemp("lab"), [small, path_of("notebooks", LESSON)]) as lab:
        yield lab


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser):
    page = browser.new_page(viewport={"width": 1280, "height": 1600})
    page.set_default_timeout(PATIENCE)
    yield page
    page.close()


def opened(page, lab, notebook):
    """The code cells of a notebook in JupyterLab, none of them run."""
    page.goto(lab.address(notebook))
    page.wait_for_function("window.jupyterapp?.restored")
    page.evaluate("window.jupyterapp.restored")
    page.wait_for_function(KERNEL_READY)
    return page.locator(".jp-CodeCell")


def closed(cell):
    """True if an output can't be seen, and what stands in its place says nothing."""
    return (cell.locator(DOTS).is_visible() and cell.locator(DOTS).inner_text().strip() == ""
            and cell.locator(OUTPUT).count() == 0)


def test_running_a_cell_of_a_lesson_shows_the_answer(page, lab):
    cells = opened(page, lab, LESSON)
    number = next(k for k in range(cells.count()) if "figures.hero" in cells.nth(k).inner_text())
    assert closed(cells.nth(number))
    for k in range(number + 1):                     # the picture needs what stands above it
        page.evaluate(RUN, k)
    expect(cells.nth(number).locator("img")).to_be_visible(timeout=PATIENCE)
    assert not cells.nth(number).locator(DOTS).is_visible()


def test_words_and_explorers_are_closed_until_they_are_run(page, lab):
    cells = opened(page, lab, "99_small")
    assert [closed(cells.nth(k)) for k in range(3)] == [False, True, True]
    assert "It goes down" not in page.locator(".jp-NotebookPanel").inner_text()
    page.evaluate(RUN, 0)
    page.evaluate(RUN, 1)
    expect(cells.nth(1).locator(OUTPUT)).to_have_text("It goes down", timeout=PATIENCE)
    assert closed(cells.nth(2))
    page.evaluate(RUN, 2)
    expect(cells.nth(2).locator(".explorer .widget-image")).to_be_visible(timeout=PATIENCE)


def test_a_click_opens_without_a_run(page, lab):
    cells = opened(page, lab, "99_small")
    cells.nth(1).locator(f"{DOTS} .jp-Placeholder-content").click()
    expect(cells.nth(1).locator(OUTPUT)).to_have_text("It goes down", timeout=PATIENCE)


def test_a_notice_unfolds_with_its_mathematics_and_list(page, lab):
    opened(page, lab, "99_small")
    notice = page.locator(".jp-RenderedMarkdown details").first
    inside = [notice.locator(kind).first for kind in ("mjx-container", "strong", "li")]
    notice.locator("mjx-container").first.wait_for(state="attached")
    assert not any(part.is_visible() for part in inside)
    notice.locator("summary").click()
    assert all(part.is_visible() for part in inside)


def test_a_static_page_opens_its_answers_by_a_click(page, small, tmp_path):
    path, asked = tmp_path / "page.html", []
    path.write_text(predicts.static_page(small), encoding="utf-8")
    page.route("http*://**", lambda route: (asked.append(route.request.url), route.abort()))
    page.goto(path.as_uri())
    answers = page.locator("details.answer")
    assert answers.count() == 2
    for answer, inside in ((answers.first, "text=It goes down"), (answers.last, "img")):
        assert not answer.locator(inside).is_visible()
        answer.locator("summary").click()
        assert answer.locator(inside).is_visible()
    assert asked == []
