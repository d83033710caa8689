"""The course in a browser: JupyterLite with the lessons, Pyodide and every package, one static folder.

No page of it asks another host for anything. ``build(out)`` makes it; ``address`` says where a lesson is.
"""

import hashlib
import html
import json
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path

import jupyter_server
import nbformat
import pyodide

COURSE = Path(__file__).parent.parent.parent.parent
HERE = Path(__file__).parent
ENTRY = HERE / "lab.html"
EXTENSIONS = [Path(sys.prefix, "share", name) for name in (
    "jupyter/labextensions/@jupyter-widgets/jupyterlab-manager",
    "@jupyterlite/pyodide-kernel-extension")]           # the Makefile puts it where no JupyterLab sees it
ICONS = Path(jupyter_server.__file__).parent / "static/favicons"
APPS = ["notebooks", "tree", "edit"]
PYODIDE = "static/pyodide"
MEGABYTES = 28                          # of a first visit, from a server that compresses; a test measures it
LOADING = (f"Loading. The first time this is about {MEGABYTES} MB, once only: "
           "later visits take it from your browser.")
NEXT = "Python comes next. You can read already."
STARTING = ("Python is starting, which takes about half a minute. You can read and write already; "
            "what you run waits for it.")
STYLE = """<style>
.jupyterlite-loading-indicator-text { box-sizing: border-box; width: 100%; padding: 1em; text-align: center }
@media (prefers-reduced-motion) { .jupyterlite-moon { animation: none } }
.jp-Toolbar .course-back { align-self: center; margin: 0 .5em; white-space: nowrap;
  color: var(--jp-content-link-color); text-decoration: underline }
.noUi-handle:focus-visible { outline: 3px solid #0b5394; outline-offset: 2px }
.jp-OutputArea-output:has(> p[style*="clip: rect"]) { overflow: clip }   /* no stop of Tab: nothing scrolls */
.jp-NotebookCheckpoint, .jp-NotebookTrustedStatus { display: none !important }     /* all is saved */
@media (max-width: 40em) {      /* room for how Python is doing */
  [data-jp-item-name="cut"], [data-jp-item-name="copy"], [data-jp-item-name="paste"],
  [data-jp-item-name="restart-and-run"], [data-jp-item-name="cellType"] { display: none !important } }
.course-note { position: fixed; bottom: 0; right: 0; z-index: 10; box-sizing: border-box; max-width: 100%;
  margin: 0; padding: .5em 1em; font: 15px/1.4 system-ui, sans-serif; color: #fff; background: #0b5394 }
.course-note:empty { display: none }
</style>"""
WAITING = ('<div id="jupyterlite-loading-indicator"><div class="jupyterlite-loading-indicator-text">'
           f"{LOADING}</div></div>")
MENDED = {
    "<html>": '<html lang="en">',
    "<head>": '<head><link rel="icon" href="favicon.ico">',     # else a browser asks at the top of the host
    "</head>": STYLE + "</head>",
    '<div id="jupyterlite-loading-indicator" class="hidden">': '<div id="jupyterlite-loading-indicator">',
    "Loading JupyterLite...": LOADING,
    "<body>\n</body>": f"<body>{WAITING}</body>"}        # of the list of files
SAVED = 5                               # seconds between two looks whether something must be saved
MINE = "This folder is yours. progress.jsonl is what you solved; it is in this browser only.\n"
ALWAYS = (1980, 1, 1, 0, 0, 0)          # the time of files in the course's wheel


def address(lesson):
    """Where a lesson is, from the lab's folder. lesson: such as "03_deriving_bptt"."""
    return f"notebooks/index.html?path=notebooks/{lesson}.ipynb"


def build(out):
    """Make the folder ``out`` anew."""
    out = Path(out).resolve()
    shutil.rmtree(out, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:       # a new one: JupyterLite leaves out what it remembers
        source = Path(folder)
        write_packages(source / PYODIDE)
        write_lessons(source / "content")
        for name, content in settings(source / PYODIDE).items():
            (source / name).write_text(json.dumps(content), encoding="utf-8")
        built = subprocess.run([sys.executable, "-m", "jupyterlite_core", "build", "--output-dir", str(out)],
                               cwd=source, capture_output=True, text=True, encoding="utf-8")
    if built.returncode:
        raise RuntimeError(built.stdout + built.stderr)
    shutil.copytree(ICONS, out / "static/favicons")
    shutil.copy(HERE / "lab.js", out / "static/course.js")
    for app in APPS:
        page = out / app / "index.html"
        page.write_text(mended(page.read_text(encoding="utf-8"), app), encoding="utf-8")
    (out / "index.html").write_text(entry(), encoding="utf-8")


def mended(page, app):
    """A page of JupyterLite with what it owes to those who wait, as HTML. A lesson's has ``lab.js``, too."""
    for old, new in MENDED.items():
        page = page.replace(old, new)
    if app != "notebooks":
        return page
    start = (HERE / "start.py").read_text(encoding="utf-8")
    course = json.dumps({"start": start, "next": NEXT, "starting": STARTING}).replace("</", "<\\/")
    return page.replace("</body>", f'<script id="course" type="application/json">{course}</script>\n'
                                   '<script src="../static/course.js"></script></body>')


def settings(packages):
    """The files that tell JupyterLite what to build, by name. packages: the folder of Pyodide."""
    loaded = json.loads((packages / "pyodide-lock.json").read_text(encoding="utf-8"))["packages"]
    kernel = {"pyodideUrl": f"./{PYODIDE}/pyodide.mjs", "disablePyPIFallback": True,
              "loadPyodideOptions": {"packages": sorted(loaded),
                                     "env": {"HOME": "/home/pyodide", "MPLBACKEND": "agg"}}}
    return {
        "jupyter-lite.json": {"jupyter-lite-schema-version": 0, "jupyter-config-data": {
            "appName": "Backpropagation through time", "exposeAppInBrowser": True,
            "showLoadingIndicator": True,
            "litePluginSettings": {"@jupyterlite/pyodide-kernel-extension:kernel": kernel}}},
        "overrides.json": {"@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
                           "@jupyterlab/docmanager-extension:plugin": {"autosaveInterval": SAVED}},
        "jupyter_lite_config.json": {"LiteBuildConfig": {
            "apps": APPS, "contents": ["content"],
            "federated_extensions": list(map(str, EXTENSIONS)), "ignore_sys_prefix": True,
            "no_sourcemaps": True, "no_unused_shared_packages": True, "no_libarchive": True}}}


def write_packages(folder):
    """Pyodide, its packages, and the course as one of them, with a list of just these."""
    kept = pyodide.fetched()
    folder.mkdir(parents=True)
    for name in [*pyodide.CORE, *(wheel.name for wheel in kept.glob("*.whl"))]:
        shutil.copy(kept / name, folder)
    write_course(folder)
    file = folder / "pyodide-lock.json"
    packages = {wheel["name"]: wheel for wheel in map(package, sorted(folder.glob("*.whl")))}
    listed = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps(listed | {"packages": packages}), encoding="utf-8")


def package(wheel):
    """A wheel as Pyodide lists it. All are loaded, so none says which others it needs."""
    name, version = wheel.name.split("-")[:2]
    return {"name": name.replace("_", "-"), "version": version, "file_name": wheel.name,
            "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(), "install_dir": "site",
            "package_type": "package", "imports": [], "depends": [], "unvendored_tests": False}


def write_course(folder):
    """The course's packages as a wheel, the same bytes each time."""
    about = tomllib.loads((COURSE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    name, version = about["name"].replace("-", "_"), about["version"]
    files = {str(path.relative_to(COURSE).as_posix()): path.read_bytes()
             for room in ("helpers", "exercises", "pictures") for path in sorted((COURSE / room).rglob("*"))
             if path.is_file() and "__pycache__" not in path.parts}
    info = f"{name}-{version}.dist-info/"
    files[info + "METADATA"] = (f"Metadata-Version: 2.4\nName: {about['name']}\nVersion: {version}\n"
                                f"License-Expression: {about['license']}\n").encode()
    files[info + "licenses/LICENSE"] = (COURSE / "LICENSE").read_bytes()
    files[info + "WHEEL"] = b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files[info + "RECORD"] = "".join(f"{path},,\n" for path in [*files, info + "RECORD"]).encode()
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED) as wheel:
        for path, content in files.items():
            wheel.writestr(zipfile.ZipInfo(path, ALWAYS), content, zipfile.ZIP_DEFLATED)


def write_lessons(folder):
    """Both editions, and the learner's own folder. JupyterLite wants a text whole, not as a list of lines."""
    (folder / "mine").mkdir(parents=True)
    (folder / "mine/README.txt").write_text(MINE, encoding="utf-8")
    for edition in ("notebooks", "solutions"):
        (folder / edition).mkdir(parents=True)
        for path in sorted((COURSE / edition).glob("[0-9]*.ipynb")):
            lesson = json.dumps(nbformat.read(path, as_version=4), ensure_ascii=False)
            (folder / edition / path.name).write_text(lesson, encoding="utf-8")


def entry():
    """The page that one begins at: what is loaded, what is kept where, and all lessons."""
    titles = {path.stem: nbformat.read(path, as_version=4).cells[0].source.splitlines()[0].lstrip("# ")
              for path in sorted((COURSE / "notebooks").glob("[0-9]*.ipynb"))}
    lessons = "\n".join(f'<li><a href="{address(lesson)}">{html.escape(title)}</a></li>'
                        for lesson, title in titles.items())
    page = ENTRY.read_text(encoding="utf-8")
    filled = {"megabytes": str(MEGABYTES), "first": address(next(iter(titles))), "lessons": lessons}
    for name, words in filled.items():
        page = page.replace(f"{{{{ {name} }}}}", words)
    return page
