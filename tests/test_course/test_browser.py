"""Every lesson in a real browser: JupyterLab shows it, and every control of every explorer is moved.
The first lesson runs whole; of the others the cells that show explorers, and those that they need. What follows a Predict is closed when a lesson is opened, and open when its cell has run.
"""

import ast
import base64
import io
import re
import time

import build_editions as editions
import nbformat
import predicts
import pytest
from notebooks import LESSONS, code_cells, load, path_of
from PIL import Image

pytest.importorskip("playwright.sync_api",
                    reason="Playwright is not installed: pip install -r requirements-dev.txt")

from browser import BUTTON, CLOSE, PATIENCE, SLIDER, Lab, show, visit  # noqa: E402
from playwright.sync_api import expect  # noqa: E402

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

EXPLORERS = {"00": 0, "01": 1, "03": 2, "04": 1, "05": 1, "06": 4, "07": 1, "08": 1}        # how many a lesson has

PREDICTS = """\
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


PICTURE_AS_WORDS = "<IPython.core.display.Image object>"


def png(shade):
    """A small picture, as text."""
    file = io.BytesIO()
    Image.new("L", (9, 9), shade).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def shows(shade):
    """A cell that shows such a picture."""
    return f"import base64, IPython\nIPython.display.Image(base64.b64decode('{png(shade)}'))"


def notebook_of(folder, name, *cells):
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell.strip()) for cell in cells],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    path = folder / f"{name}.ipynb"
    nbformat.write(notebook, path)
    return path


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """The student edition of a small lesson, and the folder that it is in."""
    folder = tmp_path_factory.mktemp("small")
    source = folder / "99_small.md"
    source.write_text(PREDICTS, encoding="utf-8")
    path = editions.build(source, folder)[1]
    notebook = nbformat.read(path, 4)
    del notebook.cells[1]               # the cell that opens a lesson
    nbformat.write(notebook, path)
    return path


@pytest.fixture(scope="module")
def lab(tmp_path_factory, small):
    folder = tmp_path_factory.mktemp("lab")
    planted = [notebook_of(folder, "raises", "1 / 0"),
               notebook_of(folder, "shows", "print(2)", "print(2)", shows(255), shows(0), shows(255)),
               notebook_of(folder, "deaf", IMPORTS, IGNORES_A_CONTROL),
               notebook_of(folder, "fragile", IMPORTS, FAILS_WHEN_MOVED),
               notebook_of(folder, "counts", IMPORTS, COUNTS)]
    lessons = [path_of("notebooks", lesson) for lesson in LESSONS]
    with Lab(folder / "server", [*planted, small, *lessons]) as lab:
        yield lab


@pytest.fixture(scope="module")
def page(browser):
    """One for all notebooks: JupyterLab is loaded once."""
    page = browser.new_page(viewport={"width": 1280, "height": 1600})
    page.set_default_timeout(PATIENCE)
    yield page
    page.close()


def of_explorers(sources):
    """The numbers of the cells that end with an explorer, and of those whose names they need, in order."""
    found, needed = set(), set()
    for number, source in reversed([*enumerate(sources)]):
        nodes = [*ast.walk(ast.parse(source))]
        called = {name.id for name in nodes if isinstance(name, ast.Name)}
        bound = {name.id for name in nodes if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)}
        bound |= {name.asname or name.name for name in nodes if isinstance(name, ast.alias)}
        bound |= {node.name for node in nodes if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
        if bound & needed or re.fullmatch(r"explorers\.\w+\(\)", source.strip().splitlines()[-1]):
            found.add(number)
            needed = needed - bound | called - bound
    return sorted(found)


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_opens_and_its_explorers_answer(page, lab, lesson):
    stored = load("notebooks", lesson)
    cells = None if lesson == LESSONS[0] else of_explorers([cell.source for cell in code_cells(stored)])
    shown = []
    assert visit(page, lab, lesson, stored=stored, cells=cells,
                 look=lambda page: shown.append(page.locator(".explorer").count())) == []
    assert shown == [EXPLORERS.get(lesson[:2], 0)]


def test_the_cells_that_an_explorer_needs():
    sources = ["import numpy as np", "from pictures import explorers", "x = np.ones(3)", "y = 2",
               "print(explorers)", "k = len(x)", "for _ in range(k):\n    pass\nexplorers.clipping()"]
    assert of_explorers(sources) == [0, 1, 2, 5, 6]


def test_a_cell_that_raises_is_seen(page, lab):
    wrong = visit(page, lab, "raises")
    assert "a cell raised" in wrong and "this cell raised:\n1 / 0" in wrong


def test_an_output_that_is_not_the_stored_one_is_seen(page, lab):
    """A cell may show what is stored, and nothing else: no other words, no other picture, no picture more."""
    stored = nbformat.read(lab.folder / "course" / "notebooks" / "shows.ipynb", as_version=4)
    new, data = nbformat.v4.new_output, {"text/plain": PICTURE_AS_WORDS, "image/png": png(255)}
    right, wrong, picture = new("stream", text="2\n"), new("stream", text="3\n"), new("execute_result", data)
    for cell, output in zip(stored.cells, [right, wrong, picture, picture, None]):
        cell.outputs = [output] if output else []
    said = visit(page, lab, "shows", stored=stored)
    assert [line.splitlines()[-1] for line in said] == [
        "it says [['stdout', '2\\n']], where [['stdout', '3\\n']] is stored", "a picture has changed",
        f"it says [['text/plain', '{PICTURE_AS_WORDS}']], where [] is stored"]


def test_a_control_that_is_ignored_is_seen(page, lab):
    wrong = visit(page, lab, "deaf", patience=2)
    assert wrong == [f"explorer 'Deaf to the threshold?': {SLIDER} number 2 changes nothing"]


def test_an_explorer_that_fails_says_so(page, lab):
    wrong = visit(page, lab, "fragile", patience=2)
    assert any("number 1 changes nothing" in line for line in wrong)
    assert any("KeyError" in line for line in wrong), wrong


def test_no_stale_frame_waits_while_a_slider_runs(page, lab):
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

    assert visit(page, lab, "counts", rush) == []
    words, frames = shown
    assert "1.55 long" in words
    assert frames < 30


# --- Predict, then see ---

@pytest.fixture
def opened(page, lab):
    """A function that shows a notebook and returns its cells of code, none of them run."""
    def show_cells(notebook):
        show(page, lab, notebook)
        return page.locator(".jp-CodeCell")

    yield show_cells
    page.evaluate(CLOSE)


def closed(cell):
    """True if an output can't be seen, and what stands in its place says nothing."""
    return (cell.locator(DOTS).is_visible() and cell.locator(DOTS).inner_text().strip() == ""
            and cell.locator(OUTPUT).count() == 0)


def test_running_a_cell_of_a_lesson_shows_the_answer(page, opened):
    cells = opened("00_start_here")
    number = next(k for k in range(cells.count()) if "figures.hero" in cells.nth(k).inner_text())
    assert closed(cells.nth(number))
    for k in range(number + 1):                     # the picture needs what stands above it
        page.evaluate(RUN, k)
    expect(cells.nth(number).locator("img")).to_be_visible(timeout=PATIENCE)
    assert not cells.nth(number).locator(DOTS).is_visible()


def test_words_and_explorers_are_closed_until_they_are_run(page, opened):
    cells = opened("99_small")
    assert [closed(cells.nth(k)) for k in range(3)] == [False, True, True]
    assert "It goes down" not in page.locator(".jp-NotebookPanel").inner_text()
    page.evaluate(RUN, 0)
    page.evaluate(RUN, 1)
    expect(cells.nth(1).locator(OUTPUT)).to_have_text("It goes down", timeout=PATIENCE)
    assert closed(cells.nth(2))
    page.evaluate(RUN, 2)
    expect(cells.nth(2).locator(".explorer .widget-image")).to_be_visible(timeout=PATIENCE)


def test_a_click_opens_without_a_run(page, opened):
    cells = opened("99_small")
    cells.nth(1).locator(f"{DOTS} .jp-Placeholder-content").click()
    expect(cells.nth(1).locator(OUTPUT)).to_have_text("It goes down", timeout=PATIENCE)


def test_a_notice_unfolds_with_its_mathematics_and_list(page, opened):
    opened("99_small")
    notice = page.locator(".jp-RenderedMarkdown details").first
    inside = [notice.locator(kind).first for kind in ("mjx-container", "strong", "li")]
    notice.locator("mjx-container").first.wait_for(state="attached")
    assert not any(part.is_visible() for part in inside)
    notice.locator("summary").click()
    assert all(part.is_visible() for part in inside)


def test_a_static_page_opens_its_answers_by_a_click(browser, small, tmp_path):
    path, asked, page = tmp_path / "page.html", [], browser.new_page()
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
