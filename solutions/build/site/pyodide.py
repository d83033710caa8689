"""Pyodide, the Python of browsers, and every package that a notebook needs there: fetched once and verified.

These are 120 MB, of which 30 are kept, in build/pyodide/, until a version changes. Pyodide comes from npm;
NumPy, matplotlib and what these need from a wheel of PyPI that carries them, each compared with the sum in
Pyodide's own list; pure Python from PyPI, with the sums in ``browser.txt``.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from slides import vendor

COURSE = Path(__file__).parent.parent.parent.parent
KEPT = COURSE / "build" / "pyodide"
PINNED = Path(__file__).with_name("browser.txt")
CARRIER = "open_webui-*.whl"
CORE = ["pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json"]
PACKAGES = ("numpy matplotlib contourpy kiwisolver pillow cycler fonttools packaging pyparsing "
            "python-dateutil pytz six micropip").split()


def fetched(kept=KEPT):
    """The folder that has Pyodide (CORE) and the wheels, filled if it is not or if a version is another."""
    wanted = str(vendor.PINNED["pyodide"]) + PINNED.read_text(encoding="utf-8")
    mark = kept / "versions.txt"                # the last file to be written
    if mark.exists() and mark.read_text(encoding="utf-8") == wanted:
        return kept
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(parents=True)
    read = vendor.files("pyodide")
    for name in CORE:
        (kept / name).write_bytes(read(name))
    subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes",
                    "--only-binary=:all:", "--ignore-requires-python", "--python-version", "3.14",
                    "--dest", str(kept), "--requirement", str(PINNED)], check=True)
    carrier, = kept.glob(CARRIER)
    with zipfile.ZipFile(carrier) as wheels:
        for package in map(listed(kept).get, PACKAGES):
            wheel = wheels.read("open_webui/frontend/pyodide/" + package["file_name"])
            if hashlib.sha256(wheel).hexdigest() != package["sha256"]:
                raise vendor.VendorError(f"{package['file_name']} is not the file of Pyodide's list.")
            (kept / package["file_name"]).write_bytes(wheel)
    carrier.unlink()
    mark.write_text(wanted, encoding="utf-8")
    return kept


def listed(folder):
    """Pyodide's own list of packages, by name."""
    return json.loads((folder / "pyodide-lock.json").read_text(encoding="utf-8"))["packages"]
