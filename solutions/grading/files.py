"""Files that are written whole, names for them, and tables as platforms and spreadsheets have them."""

import csv
import hashlib
import io
import os
import re
import secrets
import zipfile
from html import escape
from itertools import zip_longest
from pathlib import Path

COURSE = Path(__file__).parent.parent.parent
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>{title}</title>
<style>{style}</style>
{body}
</html>
"""


def web_page(title, style, parts):
    """A page without scripts, as text. parts: its HTML, piece by piece."""
    return PAGE.format(title=escape(title), style=style, body="\n".join(parts))


def write(path, text):
    """A file, whole or not at all. text: or bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.part")
    part.write_bytes(text if isinstance(text, bytes) else text.encode())
    os.replace(part, path)


def write_zip(path, files, mode=0o644):
    """A ZIP, whole or not at all; of the same files it is the same. files: (path inside, text or bytes)."""
    part = path.with_suffix(f".{os.getpid()}.part")
    with zipfile.ZipFile(part, "w") as archive:
        for name, content in files:
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    os.replace(part, path)


def course_files(*patterns):
    """(path in the course, bytes) of its files, but for hidden ones and caches."""
    for path in (path for pattern in patterns for path in sorted(COURSE.glob(pattern))):
        inside = path.relative_to(COURSE)
        if path.is_file() and not any(part.startswith((".", "__pycache__")) for part in inside.parts):
            yield inside.as_posix(), path.read_bytes()


def file_name(id):
    """A name for a learner's files that harms no file system."""
    safe = re.sub(r"[^\w.@-]", "_", id).strip(".")[:60]
    return safe if safe == id else f"{safe}-{hashlib.sha256(id.encode()).hexdigest()[:8]}"


def write_table(path, rows):
    """A CSV. A cell that a spreadsheet would run as a formula becomes text."""
    text = io.StringIO()
    csv.writer(text).writerows([[f"'{cell}" if str(cell)[:1] in ("=", "+", "-", "@") else cell
                                 for cell in row] for row in rows])
    write(path, text.getvalue())


def read_table(path):
    """(the separator, the rows) of a CSV: with commas, semicolons or tabs, a byte order mark or none."""
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")          # saved by an older spreadsheet
    mark = max(",;\t", key=text.partition("\n")[0].count)
    return mark, list(csv.reader(io.StringIO(text, newline=""), delimiter=mark))


def rows_of(path, *columns):
    """The rows of a CSV, each a dict, as they were before ``write_table``. Raises ValueError where the file,
    or one of these columns, is missing."""
    if not path.exists():
        raise ValueError(f"There is no file {path}.")
    head, *rows = read_table(path)[1] or [[]]
    names = [name.strip().lower() for name in head]
    missing = [name for name in columns if name not in names]
    if missing:
        raise ValueError(f"{path} has no column {', '.join(missing)}: its first line is {','.join(columns)}.")
    return [{name: re.sub("^'(?=[=+@-])", "", cell.strip())
             for name, cell in zip_longest(names, row, fillvalue="") if name} for row in rows]


def number_of(cell):
    """A cell's number, with a point or a comma; None if it holds another thing."""
    try:
        return float(cell.replace(",", "."))
    except ValueError:
        return None


def seed_of(asked, folder):
    """The seed: the one asked for, or that of an earlier run into a folder, or a new one; kept there."""
    kept = folder / "seed.txt"
    if asked is None and kept.exists():
        return int(kept.read_text(encoding="utf-8"))
    seed = secrets.randbelow(10 ** 18) if asked is None else asked
    write(kept, f"{seed}\n")
    return seed
