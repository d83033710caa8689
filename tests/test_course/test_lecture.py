"""``make lecture``: nothing written is lost, no answer is stored, an explorer fits a projector's screen."""

import os
import shutil
import subprocess
import time
import urllib.request

import lecture
import nbformat
import pytest
from browser import KERNEL_READY, PATIENCE, free_port

from notebooks import COURSE, LESSONS, path_of

ROOM = {"width": 1280, "height": 720}
INSIDE = """explorer => [explorer, ...explorer.querySelectorAll('*')]
    .map(part => part.getBoundingClientRect()).filter(box => box.width && box.height)
    .map(box => [box.left, box.top, box.right, box.bottom])"""

AS_TALL_AS_ANY = """async image => {
    const paper = Object.assign(document.createElement('canvas'), {width: 1600, height: 1056});
    [image.width, image.height, image.src] = [800, 528, paper.toDataURL()];
    await image.decode() }"""


@pytest.fixture
def copy(tmp_path):
    """(the copy's folder, the folder for what is kept, a function that makes the copy anew)."""
    folder, aside = tmp_path / "build" / "lecture", tmp_path / "mine" / "lecture"
    return folder, aside, lambda: lecture.make(COURSE / "notebooks", folder, aside)


def change(path, what):
    """Apply a function to the first cell of code of a notebook."""
    notebook = nbformat.read(path, as_version=4)
    what(next(cell for cell in notebook.cells if cell.cell_type == "code"))
    nbformat.write(notebook, path)


def test_the_copy_has_all_lessons_and_no_answer(copy):
    folder, aside, again = copy
    assert again() == [] and not aside.exists()
    for lesson in LESSONS:
        made, course = (nbformat.read(path / f"{lesson}.ipynb", as_version=4)
                        for path in (folder, COURSE / "notebooks"))
        assert [cell.source for cell in made.cells] == [cell.source for cell in course.cells]
        assert not any(cell.get("outputs") or cell.get("execution_count") for cell in made.cells)


def test_what_was_written_is_kept_and_what_was_run_is_not(copy):
    folder, aside, again = copy
    again()
    ran, wrote, broke, marked = sorted(folder.glob("*.ipynb"))[:4]
    change(ran, lambda cell: cell.outputs.append(nbformat.v4.new_output("stream", text="3")))
    for words in ("x = 1", "x = 2", "x = 2"):
        change(wrote, lambda cell: cell.update(source=words))
        again()
    broke.write_text("{", encoding="utf-8")
    change(marked, lambda cell: cell.metadata.update(slideshow={"slide_type": "slide"}))
    (folder / "own.txt").write_text("mine", encoding="utf-8")
    assert again() == [aside / broke.name, aside / marked.name]
    first, second = aside / wrote.name, aside / f"{wrote.stem}-2.ipynb"
    assert sorted(aside.iterdir()) == sorted([first, second, aside / broke.name, aside / marked.name])
    assert "x = 1" in first.read_text(encoding="utf-8") and "x = 2" in second.read_text(encoding="utf-8")
    assert (aside / broke.name).read_text(encoding="utf-8") == "{"
    assert (folder / "own.txt").exists()


def test_settings_and_progress_are_its_own(copy, monkeypatch):
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", "/mine")
    _, environment = lecture.server(copy[0], "00_start_here.ipynb", 8888)
    assert environment["JUPYTER_CONFIG_PATH"].startswith("/mine")
    assert all(environment[name].startswith(str(copy[0] / ".room"))
               for name in ("JUPYTER_CONFIG_DIR", "BPTT_PROGRESS"))


# --- on the screen ---

@pytest.fixture
def page(tmp_path, browser):
    """Lesson 01 as ``make lecture`` shows it on a projector."""
    one = tmp_path / "notebooks"
    one.mkdir()
    shutil.copy(path_of("notebooks", "01_unrolling"), one)
    lecture.make(one, tmp_path / "lecture", tmp_path / "aside")
    port = free_port()
    command, environment = lecture.server(tmp_path / "lecture", "01_unrolling.ipynb", port)
    environment |= {name: str(tmp_path / name)
                    for name in ("JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR")}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(COURSE), os.environ.get("PYTHONPATH")]))
    environment.pop("MPLBACKEND", None)
    log = (tmp_path / "log").open("w", encoding="utf-8")
    server = subprocess.Popen(
        [*command, "--no-browser", "--allow-root", "--ServerApp.port_retries=0",
         "--IdentityProvider.token=test", "--LabApp.expose_app_in_browser=True"],
        env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        wait_for(f"http://127.0.0.1:{port}/api?token=test", server)
        page = browser.new_page(viewport=ROOM)
        page.set_default_timeout(PATIENCE)
        page.goto(f"http://127.0.0.1:{port}/?token=test")
        page.wait_for_function("window.jupyterapp?.restored")
        page.evaluate("window.jupyterapp.restored")
        page.wait_for_function(KERNEL_READY)
        yield page
        page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
        page.close()
    finally:
        server.terminate()
        server.wait(timeout=30)
        log.close()


def wait_for(address, server):
    """Until a server answers, or has ended."""
    for _ in range(240):
        try:
            return urllib.request.urlopen(address, timeout=10)
        except OSError:
            assert server.poll() is None
            time.sleep(0.25)
    raise AssertionError("JupyterLab does not answer")


def run_cell(page, words):
    """Run the first cell of code that has these words. Returns its output's place on the page."""
    number = page.evaluate("""words => {
        const notebook = window.jupyterapp.shell.currentWidget.content;
        const number = notebook.widgets.findIndex(
            cell => cell.model.type === 'code' && cell.model.sharedModel.getSource().includes(words));
        notebook.activeCellIndex = number;
        return window.jupyterapp.commands.execute('notebook:run-cell').then(() => number) }""", words)
    return page.locator(".jp-Notebook-cell").nth(number)


def outside(explorer):
    """The boxes of an explorer's parts that are not whole on the screen."""
    return [box for box in explorer.evaluate(INSIDE)
            if min(box) < 0 or box[2] > ROOM["width"] or box[3] > ROOM["height"]]


def test_the_lesson_opens_closed_and_an_explorer_is_whole(page):
    assert page.locator(".jp-OutputArea-output").count() == 0
    assert float(page.locator(".jp-RenderedMarkdown p").first.evaluate(
        "text => getComputedStyle(text).fontSize").removesuffix("px")) >= 20
    run_cell(page, "from pictures import")
    tall = run_cell(page, "figures.memory_ladder(").locator(".jp-RenderedImage img")
    tall.wait_for()
    tall.evaluate(AS_TALL_AS_ANY)
    box = tall.bounding_box()
    assert 500 < box["height"] <= ROOM["height"] - 100 and box["x"] + box["width"] <= ROOM["width"], box
    assert tall.evaluate("image => getComputedStyle(image).objectFit") == "contain"
    explorer = run_cell(page, "explorers.unrolling()").locator(".explorer")
    explorer.locator(".widget-image").wait_for()
    explorer.evaluate("explorer => explorer.scrollIntoView({block: 'start'})")
    page.wait_for_timeout(1000)
    assert outside(explorer) == []
    picture = explorer.locator(".widget-image")
    assert picture.bounding_box()["height"] >= 380
    assert picture.evaluate("image => getComputedStyle(image).objectFit") == "contain"
    assert all(slider.bounding_box()["width"] > 80 for slider in explorer.locator(".slider-container").all())
    explorer.evaluate("explorer => explorer.style.height = '700px'")
    assert outside(explorer) != []
