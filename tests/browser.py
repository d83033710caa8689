"""JupyterLab in a headless Chromium: opens notebooks of a copy of the course, runs them,
and moves what can be moved.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
from notebooks import COURSE, code_cells, difference

CHROMIUM = next(filter(None, map(shutil.which, (
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"))), None)
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
         "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]        # no other host is reached
PATIENCE = 300_000              # milliseconds: how long a lesson may run on a busy computer
TOKEN = "test"

RUN = """async numbers => {
    const notebook = window.jupyterapp.shell.currentWidget.content;
    const cells = [...notebook.widgets.keys()].filter(k => notebook.widgets[k].model.type === 'code');
    for (const number of numbers ?? cells.keys()) {
        notebook.activeCellIndex = cells[number];
        if (!await window.jupyterapp.commands.execute('notebook:run-cell')) return false;
    }
    return true }"""
KERNEL_READY = """() => {
    const kernel = window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel;
    return kernel?.connectionStatus === 'connected' && kernel.status === 'idle' }"""
CELLS_THAT_FAILED = """() => window.jupyterapp.shell.currentWidget.content.widgets
    .filter(cell => cell.model.type === 'code'
                    && cell.model.outputs.toJSON().some(output => output.output_type === 'error'))
    .map(cell => cell.model.sharedModel.getSource())"""
OPEN = "path => window.jupyterapp.commands.execute('docmanager:open', {path}).then(() => null)"
CLOSE = """async () => {
    const notebook = window.jupyterapp.shell.currentWidget;
    await notebook?.sessionContext.shutdown();
    notebook?.dispose() }"""
OUTPUTS = """() => window.jupyterapp.shell.currentWidget.content.widgets
    .filter(cell => cell.model.type === 'code').map(cell => cell.model.outputs.toJSON())"""
PICTURE = """async box => {
    const bytes = new Uint8Array(
        await (await fetch(box.querySelector('.widget-image').src)).arrayBuffer());
    return bytes.reduce((hash, byte) => (hash * 31 + byte) >>> 0, bytes.length) }"""
ROUND_TRIP = """async () => {
    const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
    await kernel.requestExecute({code: '', silent: true}).done }"""
NAMELESS = """box => [...box.querySelectorAll('[role=slider], .widget-toggle-buttons, .widget-image')]
    .filter(element => !(element.getAttribute('aria-label') || element.getAttribute('alt')))
    .map(element => element.className)"""
SLIDER = ".noUi-handle[role=slider]"
OPTION = ".widget-toggle-button.mod-active + button, .widget-toggle-button.mod-active:last-child"
BUTTON = "button:not(.widget-toggle-button):visible"


def free_port():
    """The number of a port that nobody uses."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Lab:
    """A JupyterLab server of its own on a copy of some notebooks. folder: an empty folder.
    Use it in ``with``.
    """

    def __init__(self, folder, notebooks, theme="JupyterLab Light"):
        self.folder = Path(folder)
        course = self.folder / "course"
        (course / "notebooks").mkdir(parents=True)
        for notebook in notebooks:
            shutil.copy(notebook, course / "notebooks")
        settings = {
            "labconfig/page_config.json":
                {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True,
                                        "@jupyterlab/debugger-extension": True}},   # asks while a kernel ends
            "lab/user-settings/@jupyterlab/apputils-extension/themes.jupyterlab-settings":
                {"theme": theme},
            "lab/user-settings/@jupyterlab/notebook-extension/tracker.jupyterlab-settings":
                {"windowingMode": "none"},
        }
        for name, content in settings.items():
            path = self.folder / "config" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(content), encoding="utf-8")

    def __enter__(self):
        self.port = free_port()
        homes = {name: str(self.folder / "home" / name)
                 for name in ("JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR")}
        environment = {
            **os.environ, **homes, "JUPYTER_CONFIG_DIR": str(self.folder / "config"),
            "PYTHONPATH": os.pathsep.join([str(COURSE), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)}
        environment.pop("MPLBACKEND", None)
        self.log = self.folder / "server.log"
        with self.log.open("w", encoding="utf-8") as log:
            self.server = subprocess.Popen(
                [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root",
                 f"--port={self.port}", "--ServerApp.port_retries=0",
                 f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={self.folder / 'course'}",
                 "--LabApp.expose_app_in_browser=True"],
                cwd=self.folder / "course", env=environment, stdout=log, stderr=log, start_new_session=True)
        for _ in range(240):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api?token={TOKEN}", timeout=10)
                return self
            except OSError:
                assert self.server.poll() is None, self.log.read_text(encoding="utf-8")
                time.sleep(0.25)
        raise AssertionError("JupyterLab does not answer:\n" + self.log.read_text(encoding="utf-8"))

    def __exit__(self, *_):
        self.server.terminate()
        self.server.wait(timeout=30)

    def troubles(self):
        """Lines of the server's log that tell of an error."""
        return [line for line in self.log.read_text(encoding="utf-8").splitlines()
                if line.startswith("[E ") or "Traceback" in line]

    @property
    def root(self):
        """Where the server is."""
        return f"http://127.0.0.1:{self.port}/"

    def address(self, notebook):
        """Where the server shows a notebook, given by its name without .ipynb."""
        return f"{self.root}doc/tree/notebooks/{notebook}.ipynb?reset&token={TOKEN}"


def show(page, lab, notebook):
    """Show a notebook. JupyterLab is loaded once on a page, and opens the notebooks that follow by itself."""
    if page.url.startswith(lab.root):
        page.evaluate(OPEN, f"notebooks/{notebook}.ipynb")
    else:
        page.goto(lab.address(notebook))
        page.wait_for_function("window.jupyterapp?.restored")
        page.evaluate("window.jupyterapp.restored")
    page.wait_for_function(KERNEL_READY)


def visit(page, lab, notebook, look=None, patience=15, stored=None, cells=None):
    """Open a notebook, run its cells, move every control of every explorer, close it.
    Returns what went wrong, as list of str.

    look: None, or a function that is called with the page when all is done.
    patience: seconds to wait for a picture to change once the kernel has done its part.
    stored: None, or a notebook: every cell must show what that one stores.
    cells: None for all, or the numbers of those cells of code that are run.
    """
    wrong, before = [], len(lab.troubles())
    listeners = {"pageerror": lambda error: wrong.append(f"page: {error}"),
                 "console": lambda message: wrong.append(f"console: {message.text}")
                                            if message.type == "error" else None}
    for event, listener in listeners.items():
        page.on(event, listener)
    try:
        show(page, lab, notebook)
        if not page.evaluate(RUN, cells):
            wrong.append("a cell raised")
        page.wait_for_function(KERNEL_READY)
        wrong += [f"this cell raised:\n{source}" for source in page.evaluate(CELLS_THAT_FAILED)]
        wrong += others(page.evaluate(OUTPUTS), code_cells(stored)) if stored else []
        for explorer in page.query_selector_all(".explorer"):
            wrong += move_everything(page, explorer, patience)
        if look:
            look(page)
    finally:
        page.evaluate(CLOSE)
        for event, listener in listeners.items():
            page.remove_listener(event, listener)
    return wrong + [f"server: {line}" for line in lab.troubles()[before:]]


def others(shown, cells):
    """What cells of code show, a list of lists of outputs as dicts, that differs from what they store."""
    found = [difference([nbformat.from_dict(output) for output in outputs], cell.outputs)
             for outputs, cell in zip(shown, cells, strict=True)]
    return [f"this cell shows something else:\n{cell.source}\n{words}"
            for words, cell in zip(found, cells) if words]


def move_everything(page, explorer, patience):
    """Operate every control of an explorer by keyboard; the picture must change each time.
    Returns what did not.

    explorer: an element, not a locator, which would search the whole page anew for every question.
    """
    ignored = []
    title = explorer.wait_for_selector("b").inner_text()
    explorer.wait_for_selector(".widget-image")
    for name, keys in operations(explorer):
        control = explorer.query_selector_all(name[0])[name[1]]
        control.scroll_into_view_if_needed()
        if control.inner_text() == "reset":             # there must be something to undo
            picture = explorer.evaluate(PICTURE)
            explorer.query_selector(SLIDER).focus()
            page.keyboard.press("ArrowRight")
            changes(page, explorer, picture, patience)
        picture = explorer.evaluate(PICTURE)
        control.focus()
        for key in keys:
            page.keyboard.press(key)
        if not changes(page, explorer, picture, patience):
            ignored.append(f"explorer {title!r}: {name[0]} number {name[1] + 1} changes nothing")
        ignored += [f"explorer {title!r}: {alert.inner_text()}"
                    for alert in explorer.query_selector_all("[role=alert]")]
    return ignored + [f"explorer {title!r}: a screen reader finds no name for {element}"
                      for element in explorer.evaluate(NAMELESS)]


def operations(explorer):
    """The controls, each as (selector, its number) with the keys that move it.
    Of a row of options, the next one is chosen.
    """
    for selector, keys in ((SLIDER, ["ArrowRight"]), (OPTION, ["Enter"]), (BUTTON, ["Enter"])):
        for number in range(len(explorer.query_selector_all(selector))):
            yield (selector, number), keys


def changes(page, explorer, picture, patience):
    """True as soon as the explorer's picture differs from ``picture``.

    However busy the computer is: the clock starts when the kernel has answered,
    after all that it had to do before.
    """
    page.evaluate(ROUND_TRIP)
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if explorer.evaluate(PICTURE) != picture:
            return True
        page.wait_for_timeout(30)
    return False
