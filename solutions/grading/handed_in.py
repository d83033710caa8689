"""What was handed in: a folder or a ZIP, as it comes from Canvas, Moodle, nbgrader or by mail."""

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
    left: list


def contents(place):
    """[(path, function that returns its bytes)] of a folder or a ZIP, without what is hidden and copies that
    Jupyter keeps. In the function's place stands a sentence where something is not opened: links, what is no
    plain file, empty folders, and, with "" as its path, what leads out of a ZIP."""
    place = Path(place)
    if zipfile.is_zipfile(place):
        with zipfile.ZipFile(place) as archive:
            entries = [(entry.filename.replace("\\", "/"), entry) for entry in archive.infolist()]
        found = [(name, partial(content, place, entry)) for name, entry in entries if is_shown(name)]
        return found + [("", f"an entry of the ZIP leads out of it, and was not read: {name[:100]}")
                        for name, _ in entries if leads_out(name)]
    if not place.is_dir():
        raise Unreadable(f"{place} is neither a folder nor a ZIP")
    found = []
    for path in sorted(place.rglob("*")):
        name = path.relative_to(place).as_posix()
        if not is_shown(name):
            continue
        if path.is_symlink() or not path.is_file() and not path.is_dir():
            kind = "a link" if path.is_symlink() else "no plain file"
            found.append((name, f"the file {path.name} is {kind}, and was not opened"))
        elif path.is_file():
            found.append((name, partial(content, path)))
        elif path.parent == place and not any(is_shown(one.name) and (one.is_symlink() or not one.is_dir())
                                              for one in path.rglob("*")):
            found.append((f"{name}/", "the folder is empty"))
    return found


def content(path, entry=None):
    """The bytes of a file, or of an entry of a ZIP; none where it cannot be read.

    The ZIP is opened anew: processes that share an open file share its place, too.
    """
    try:
        with zipfile.ZipFile(path).open(entry) if entry else open(path, "rb") as file:
            return file.read(LARGEST + 1)
    except (OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error):
        return b""


def leads_out(name):
    """True for a path that is absolute or climbs."""
    return name.startswith("/") or re.match("[A-Za-z]:", name) is not None or ".." in name.split("/")


def is_shown(name):
    """False for hidden files, copies that Jupyter keeps, folders, and paths that lead out of an archive."""
    return not leads_out(name) and not any(part.startswith((".", "__MACOSX")) or not part
                                           for part in name.split("/"))


def learners(place):
    """{id: Learner} of all that was handed in."""
    found = {}
    for path, read in (one for one in contents(place) if one[0]):
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
        learner = found.setdefault(id, Learner(id, name, [], platform == "Canvas" and plain != first,
                                               platform, {}, []))
        if isinstance(read, str):
            learner.left.append(read)
        else:
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
