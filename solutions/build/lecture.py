"""Present the lessons live: JupyterLab on a copy of them, without stored outputs, in large type.

    python solutions/build/lecture.py [03] [--port 8888]        or ``make lecture LESSON=03``

The copy is build/lecture/ and is made anew each time. A lesson of it in which somebody wrote something goes
into mine/lecture/ first, as 03_deriving_bptt.ipynb, or 03_deriving_bptt-2.ipynb if that is there already;
to have run cells is not counted. JupyterLab's settings for it, and what a class has predicted, are in
build/lecture/.room; your own are not touched.
"""

import argparse
import hashlib
import json
import os
import shutil
import sys
from pathlib import Path

import nbformat
from update import put_aside

COURSE = Path(__file__).parent.parent.parent
STYLE = Path(__file__).with_name("lecture.css")
SETTINGS = {
    "@jupyterlab/notebook-extension:tracker":
        {"codeCellConfig": {"lineNumbers": False, "lineWrap": True}, "windowingMode": "none"},
    "@jupyterlab/statusbar-extension:plugin": {"visible": False},
}


def main():
    """Make the copy, and become the server that shows it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lesson", nargs="?", default="00", help="two digits: the one to open first")
    parser.add_argument("--port", default="8888")
    arguments, more = parser.parse_known_args()
    lecture = COURSE / "build" / "lecture"
    for path in make(COURSE / "notebooks", lecture, COURSE / "mine" / "lecture"):
        print(f"What was written in the last lecture is now {path.relative_to(COURSE).as_posix()}.")
    names = sorted(path.name for path in lecture.glob(f"{arguments.lesson}_*.ipynb"))
    if not names:
        sys.exit(f"There is no lesson {arguments.lesson}.")
    command, environment = server(lecture, names[0], arguments.port)
    os.execve(command[0], [*command, *more], environment)


def make(notebooks, lecture, aside):
    """Write the copy of all lessons and its settings. notebooks: the folder of the student edition.
    lecture: the copy's folder. aside: a folder for what somebody wrote in the copy. Returns the paths there.
    """
    lecture.mkdir(parents=True, exist_ok=True)
    kept = []
    for path in sorted(notebooks.glob("[0-9][0-9]_*.ipynb")):
        copy = lecture / path.name
        if copy.exists() and written_in(copy):
            aside.parent.mkdir(exist_ok=True)
            kept.append(put_aside(copy, aside))
        notebook = nbformat.read(path, as_version=4)
        clear(notebook)
        nbformat.write(notebook, copy)
    room = lecture / ".room"
    (room / "labconfig").mkdir(parents=True, exist_ok=True)
    (room / "labconfig" / "default_setting_overrides.json").write_text(json.dumps(SETTINGS), encoding="utf-8")
    (room / "labconfig" / "page_config.json").write_text(json.dumps(
        {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}), encoding="utf-8")
    (room / "custom").mkdir(exist_ok=True)
    shutil.copy(STYLE, room / "custom" / "custom.css")
    return kept


def clear(notebook):
    """Remove what cells have shown, and note how the notebook was made. The notebook is changed."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
            cell.metadata.pop("jupyter", None)          # what is closed: there is nothing to close any more
    notebook.metadata["lecture"] = {"made": text_of(notebook)}


def text_of(notebook):
    """A fingerprint of what is written in a notebook's cells and how they are marked, whatever they show."""
    cells = [(cell.cell_type, cell.source, cell.get("attachments"), cell.metadata.get("slideshow"),
              cell.metadata.get("tags")) for cell in notebook.cells]
    return hashlib.sha256(json.dumps(cells).encode()).hexdigest()


def written_in(path):
    """True if a notebook's cells are not those with which it was made."""
    try:
        notebook = nbformat.read(path, as_version=4)
        return text_of(notebook) != notebook.metadata["lecture"]["made"]
    except Exception:                                   # no notebook any more, or not one of ours: keep it
        return True


def server(lecture, name, port):
    """The command that shows a notebook of the copy, and its environment."""
    room = lecture / ".room"
    mine = os.environ.get("JUPYTER_CONFIG_DIR", str(Path.home() / ".jupyter"))
    paths = os.pathsep.join(filter(None, [mine, os.environ.get("JUPYTER_CONFIG_PATH")]))
    environment = {**os.environ, "JUPYTER_CONFIG_DIR": str(room), "JUPYTER_CONFIG_PATH": paths,
                   "BPTT_PROGRESS": str(room / "progress.jsonl")}
    return [sys.executable, "-m", "jupyter", "lab", f"--port={port}", f"--ServerApp.root_dir={lecture}",
            f"--LabApp.default_url=/doc/tree/{name}", "--LabApp.custom_css=True",
            f"--LabApp.user_settings_dir={room / 'lab' / 'user-settings'}",
            f"--LabApp.workspaces_dir={room / 'lab' / 'workspaces'}"], environment


if __name__ == "__main__":
    main()
