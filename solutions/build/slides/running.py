"""A lesson, run, with its pictures as SVG. A run is kept in build/slides/runs until its code changes."""

import hashlib
import json
from importlib.metadata import version
from pathlib import Path

import build_editions as editions
import nbformat

COURSE = Path(__file__).parent.parent.parent.parent
KEPT = COURSE / "build" / "slides" / "runs"
PATIENCE = 900          # seconds a cell may take on a busy computer
LETTERS = 12.2          # pixels: most pictures' smallest, of which a stored one says nothing
DRAWS = """import sys
sys.path.insert(0, "solutions/build")
from slides import drawing
drawing.capture()
sys.path.remove("solutions/build")"""


def lesson(number, kept=KEPT):
    """The notebook of a lesson, such as "03", with what its cells print and draw."""
    source = editions.find_sources([number])[0]
    notebook = editions.read(source)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    path, key = kept / f"{number}.json", key_of(cells)
    if path.exists():
        made = json.loads(path.read_text(encoding="utf-8"))
        if made["key"] == key:
            for cell, outputs in zip(cells, made["outputs"]):
                cell.outputs = nbformat.from_dict(outputs)
            return notebook
    notebook.cells.insert(0, nbformat.v4.new_code_cell(DRAWS))
    run = editions.execute(notebook, source, PATIENCE)
    del run.cells[0]
    outputs = [cell.outputs for cell in run.cells if cell.cell_type == "code"]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"key": key, "outputs": outputs}), encoding="utf-8")
    return run


def stored(number):
    """The notebook of a lesson as it is stored, its pictures in pixels: quick, for tests of all else."""
    source = editions.find_sources([number])[0]
    notebook, built = editions.read(source), nbformat.read(source.with_suffix(".ipynb"), 4)
    outputs = {cell.source: cell.outputs for cell in built.cells if cell.cell_type == "code"}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = outputs.get(cell.source, [])
            for output in cell.outputs:
                about = output.get("metadata", {}).get("image/png", {})
                if about and "yours, right" not in about.get("alt", ""):       # a check's is no slide
                    about["letters"] = LETTERS
    return notebook


def key_of(cells):
    """A hash of a lesson's code, and of all code that it may call."""
    digest = hashlib.sha256(f"{version('numpy')} {version('matplotlib')}".encode())
    for room in ("helpers", "exercises", "pictures"):
        for path in sorted((COURSE / room).rglob("*")):
            if path.suffix in (".py", ".csv", ".txt", ".npz", ".mplstyle"):
                digest.update(path.read_bytes())
    digest.update(Path(__file__).with_name("drawing.py").read_bytes())
    for cell in cells:
        digest.update(cell.source.encode())
    return digest.hexdigest()[:16]
