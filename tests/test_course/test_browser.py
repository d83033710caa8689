"""Every lesson in a real browser: JupyterLab runs all its cells,
and every control of every explorer is moved by keyboard.
"""

import time

import nbformat
import pytest
from notebooks import LESSONS, path_of

pytest.importorskip("playwright.sync_api",
                    reason="Playwright is not installed: pip install -r requirements-dev.txt")

from browser import BUTTON, CHROMIUM, FLAGS, SLIDER, Lab, visit  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium or Chrome found on this computer")

IMPORTS = """
from pictures.explorers.controls import Slider
from pictures.explorers.explorer import Explorer
from pictures.explorers.questions.clipping import clipping_data, clipping_sketch, clipping_words

controls = [Slider("length", "length", [1.0, 2.0, 3.0], 1.0), Slider("limit", "threshold", [0.5, 1.0], 0.5)]
"""
IGNORES_A_CONTROL = """
def deaf(length, limit):
    return clipping_data(length, 15, 0.5)

Explorer("Deaf to the threshold?", controls, deaf, clipping_sketch, clipping_words)
"""
FAILS_WHEN_MOVED = """
def fragile(length):
    return clipping_data({1.0: length}[length], 15, 0.5)

Explorer("Does it break?", controls[:1], fragile, clipping_sketch, clipping_words)
"""
COUNTS = """
drawn = []
def counting(length, limit):
    drawn.append(length)
    return clipping_data(length, 15, limit)

Explorer("How many?", [Slider("length", "length", [k / 20 for k in range(1, 80)], 0.05), controls[1]],
         counting, clipping_sketch, clipping_words)
"""


def notebook_of(folder, name, *cells):
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell.strip()) for cell in cells],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    path = folder / f"{name}.ipynb"
    nbformat.write(notebook, path)
    return path


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab")
    planted = [notebook_of(folder, "raises", "1 / 0"),
               notebook_of(folder, "deaf", IMPORTS, IGNORES_A_CONTROL),
               notebook_of(folder, "fragile", IMPORTS, FAILS_WHEN_MOVED),
               notebook_of(folder, "counts", IMPORTS, COUNTS)]
    with Lab(folder / "server", planted + [path_of("notebooks", lesson) for lesson in LESSONS]) as lab:
        yield lab


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_runs_and_its_explorers_answer(browser, lab, lesson):
    assert visit(browser, lab, lesson) == []


def test_a_cell_that_raises_is_seen(browser, lab):
    wrong = visit(browser, lab, "raises")
    assert "a cell raised" in wrong and "this cell raised:\n1 / 0" in wrong


def test_a_control_that_is_ignored_is_seen(browser, lab):
    wrong = visit(browser, lab, "deaf", patience=2)
    assert wrong == [f"explorer 'Deaf to the threshold?': {SLIDER} number 2 changes nothing"]


def test_an_explorer_that_fails_says_so(browser, lab):
    wrong = visit(browser, lab, "fragile", patience=2)
    assert any("number 1 changes nothing" in line for line in wrong)
    assert any("KeyError" in line for line in wrong), wrong


def test_no_stale_frame_waits_while_a_slider_runs(browser, lab):
    """Thirty key strokes in a rush: the last value is shown, and most of those between were never drawn."""
    shown = []

    def rush(page):
        explorer = page.locator(".explorer")
        handle = explorer.locator(SLIDER).first
        explorer.locator(BUTTON, has_text="reset").click()
        handle.evaluate("""handle => { for (let k = 0; k < 30; k++) handle.dispatchEvent(
            new KeyboardEvent('keydown', {key: 'ArrowRight', bubbles: true})) }""")
        end = time.monotonic() + 30
        while "1.55 long" not in explorer.inner_text() and time.monotonic() < end:
            page.wait_for_timeout(50)
        page.wait_for_timeout(500)
        shown.append(explorer.inner_text())
        shown.append(int(page.evaluate("""async () => {
            const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
            const future = kernel.requestExecute({code: '', user_expressions: {n: 'len(drawn)'}});
            return (await future.done).content.user_expressions.n.data['text/plain'] }""")))

    assert visit(browser, lab, "counts", rush) == []
    words, frames = shown
    assert "1.55 long" in words
    assert frames < 30
