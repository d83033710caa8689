"""Files that are written whole, names for them, and tables as platforms and spreadsheets have them."""

import csv
import hashlib
import io
import os
import re


def write(path, text):
    """A file, whole or not at all. text: or bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.part")
    part.write_bytes(text if isinstance(text, bytes) else text.encode())
    os.replace(part, path)


def file_name(id):
    """A name for a learner's files that harms no file system."""
    safe = re.sub(r"[^A-Za-z0-9-]", "_", id)[:60]
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
