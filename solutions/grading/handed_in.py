"""What was handed in: a folder or a ZIP, as it comes from Canvas, Moodle, nbgrader or by mail."""

import contextlib
import re
import zipfile
import zlib
from functools import partial
from pathlib import Path
from typing import NamedTuple

from solutions.grading.submission import LARGEST, Unreadable

# Canvas: adalovelace_LATE_4711_98765_03_deriving_bptt.ipynb; anonymous ones: anon_x7Qp_98765_... .
LATE = re.compile(r"^([^_]+_)?LATE_")
CANVAS = re.compile(r"^(?:anon_(?P<anon>[^_]+)|(?P<name>[^_]+)_(?P<id>\d+))_\d+_(?P<file>.+)$", re.I)
# Moodle: "Ada Lovelace_4711_assignsubmission_file/x.ipynb", with or without a final _, or flat.
MOODLE = re.compile(r"^(?P<name>.+)_(?P<id>\d+)_assignsubmission_(?:file|onlinetext)_?(?P<file>.*)$")
NOTEBOOKS = (".ipynb", ".ipynb.txt", ".ipynb.json")


class Learner(NamedTuple):
    """Whose files these are. id: as the platform has it. files: [(name, function that returns the bytes)].
    late: True where the platform has marked them so. platform: "Canvas", "Moodle" or "". paths: {name of a
    file: where it stood in the download}. left: sentences about what was not opened."""

    id: str
    name: str
    files: list
    late: bool
    platform: str
    paths: dict
    left: list = ()


def files_in(place):
    """[(path as text, function that returns its bytes)] of a folder or a ZIP; no links, nothing hidden."""
    place = Path(place)
    if zipfile.is_zipfile(place):
        with zipfile.ZipFile(place) as archive:
            return [(inside(entry), partial(content, place, entry)) for entry in archive.infolist()
                    if not inside(entry).endswith("/") and is_shown(inside(entry))]
    if not place.is_dir():
        raise Unreadable(f"{place} is neither a folder nor a ZIP")
    found = [(path, path.relative_to(place).as_posix()) for path in sorted(place.rglob("*"))]
    return [(name, partial(content, path)) for path, name in found
            if path.is_file() and not path.is_symlink() and is_shown(name)]


def inside(entry):
    """The path of an entry of a ZIP, as it is on any system."""
    return entry.filename.replace("\\", "/")


def left_out(place):
    """[(path, sentence)] of what ``files_in`` leaves out and a person should know: folders with nothing in
    them, links and what is no plain file, which are never opened, entries of a ZIP that lead out of it."""
    place = Path(place)
    if zipfile.is_zipfile(place):
        with zipfile.ZipFile(place) as archive:
            return [("", f"an entry of the ZIP leads out of it, and was not read: {inside(entry)[:100]}")
                    for entry in archive.infolist() if leads_out(inside(entry))]
    found = []
    for path in sorted(place.rglob("*")):
        name = path.relative_to(place).as_posix()
        if not is_shown(name):
            continue
        if path.is_symlink():
            found.append((name, f"{path.name} is a link, and was not followed"))
        elif path.is_dir():
            within = [one for one in path.rglob("*") if one.is_symlink() or not one.is_dir()]
            if path.parent == place and not any(is_shown(one.name) for one in within):
                found.append((f"{name}/", "the folder is empty"))
        elif not path.is_file():
            found.append((name, f"{path.name} is no plain file, and was not opened"))
    return found


def leads_out(name):
    """True for a path that is absolute or climbs."""
    return name.startswith("/") or re.match("[A-Za-z]:", name) is not None or ".." in name.split("/")


def content(path, entry=None):
    """The bytes of a file, or of an entry of a ZIP; none where it cannot be read.

    The ZIP is opened anew: processes that share an open file share its place, too.
    """
    try:
        with contextlib.ExitStack() as stack:
            file = stack.enter_context(zipfile.ZipFile(path) if entry else open(path, "rb"))
            return (stack.enter_context(file.open(entry)) if entry else file).read(LARGEST + 1)
    except (OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error):
        return b""


def is_shown(name):
    """False for hidden files, copies that Jupyter keeps, and paths that lead out of an archive."""
    return not leads_out(name) and not any(part.startswith((".", "__MACOSX")) or not part
                                           for part in name.split("/"))


def learners(place):
    """{id: Learner} of all that was handed in."""
    found = {}
    for path, read in [*files_in(place), *((path, said) for path, said in left_out(place) if path)]:
        first, *rest = path.split("/")
        plain = LATE.sub(r"\1", first)
        match = MOODLE.match(first) or (CANVAS.match(plain) if not rest else None)
        if match:
            parts = match.groupdict()
            id, name = parts["id"] or parts["anon"], parts["name"] or "anonymous"
            file = rest[-1] if rest else parts["file"]
        else:
            id = name = first if rest else re.sub(r"(\.ipynb)?(\.txt|\.json)?$", "", first)
            file = rest[-1] if rest else first
        platform = "" if match is None else "Moodle" if match.re is MOODLE else "Canvas"
        late = platform == "Canvas" and plain != first
        learner = found.setdefault(id, Learner(id, name, [], late, platform, {}, []))
        if isinstance(read, str):
            learner.left.append(read)
            continue
        learner.files.append((file, read))
        learner.paths[file] = path
    return found


def chosen(files, wanted):
    """(its name, bytes, a note or "") of the file to grade among a learner's. Raises Unreadable.

    wanted: the name of the notebook that was handed out.
    """
    notebooks = [file for file in files if file[0].lower().endswith(NOTEBOOKS)]
    exact = [file for file in notebooks if file[0] == wanted]
    number, _, words = wanted.removesuffix(".ipynb").partition("_")
    alike = [file for file in notebooks if number in file[0] or words in file[0]] or notebooks
    if exact:
        note = f"{len(notebooks)} notebooks; the one with the right name is graded"
        return wanted, exact[0][1](), note if len(notebooks) > 1 else ""
    if len(alike) == 1:
        return alike[0][0], alike[0][1](), f"the file is called {alike[0][0]}"
    names = ", ".join(name for name, _ in notebooks)[:200]
    raise Unreadable(f"several notebooks, and none is called {wanted}: {names}" if notebooks
                     else "no notebook: " + (", ".join(name for name, _ in files)[:200] or "nothing"))
