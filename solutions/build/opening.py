"""The cell that opens every lesson of the student edition: it looks whether the course's packages are there,
and on Google Colab installs them first. No lesson's text has it. JupyterLab and Colab show it closed.
"""

import nbformat

TAG = "opening"
LOOK = """\
# @title Are the course's packages here, and not others of their names? If nothing appears, all is well.
import sys
from importlib.util import find_spec
from pathlib import Path

for package, file in {"helpers": "gradcheck.py", "exercises": "door.py", "pictures": "canvas.py"}.items():
    there = find_spec(package)
    if there is None:
        raise ModuleNotFoundError(f"{package} is missing in {sys.executable}. Did you mean another Python? "
                                  "Menu Kernel, Change Kernel. Else in a terminal, in the course's folder: "
                                  "python -m pip install -r requirements.txt; then restart the kernel.")
    origin = there.origin or [*there.submodule_search_locations][0]
    if not Path(origin).with_name(file).exists():
        raise ImportError(f"{origin} has the name of the course's {package}, and Python finds it first. "
                          "Rename it or move it away; then restart the kernel.")
"""
COLAB = """\
if "google.colab" in sys.modules and not find_spec("exercises"):        # half a minute, on Google Colab only
    get_ipython().system(f"{sys.executable} -m pip install --quiet git+ADDRESS")

"""


def source(address):
    """The cell's code. address: of the repository, or None: then Colab has nothing to install."""
    before, look, after = LOOK.partition("for package")
    return (before + (COLAB.replace("ADDRESS", address) if address else "") + look + after).rstrip()


def put_in(notebook, address):
    """Put the cell behind the lesson's title. The notebook's cells are changed."""
    cell = nbformat.v4.new_code_cell(source(address), metadata={
        "tags": [TAG], "jupyter": {"source_hidden": True}, "cellView": "form"})
    cell.id = TAG
    notebook.cells.insert(1, cell)
