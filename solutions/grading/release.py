"""Hand out a lesson, to each learner another: ``make release LESSON=10 ROSTER=class.csv SEED=4711``.

Whatever differs is drawn from the learner's id and the seed, which is a secret of the teacher's. The notebook
says what its learner got, never the seed; a grader draws again and does not ask the notebook.
"""

import argparse
import csv
import hashlib
import hmac
import itertools
import json
import re
import secrets
import shutil
import sys
import unicodedata
import zipfile
from functools import cached_property
from pathlib import Path

from exercises import capstone
from exercises.capstone import parts
from exercises.engine.kinds import letters_of, relettered
from exercises.lessons.catalogue import find, lesson_exercises, lesson_module, warm_ups
from solutions.grading import handed_in
from solutions.grading.excerpt import COURSE
from solutions.grading.submission import Unreadable
from solutions.grading.texts_of_10 import OTHER_WORDS

MARK = re.compile(rb'"release": "([0-9a-f]{16})"')
CODE = re.compile(r"""capstone\.released\(.*?["']([^"'/]+/[^"'/]*/[^"'/]*/[^"'/]*/[^"'/]*)["']""")
OPTION = re.compile(r'^- `"([a-z])"`: (.*)$', re.M)
ROOMS = ("exercises", "helpers", "notebooks", "pictures")
FILES = ("LICENSE", "Makefile", "README.md", "CHANGELOG.md", "pyproject.toml", "requirements.txt",
         "requirements.lock")


# --- what is drawn ---

def drawn(seed, *words):
    """A large number that nobody can guess who does not know the seed."""
    message = json.dumps([str(word) for word in words]).encode()
    return int.from_bytes(hmac.new(str(seed).encode(), message, hashlib.sha256).digest(), "big")


def mark(seed, lesson, id):
    """What a notebook carries in its metadata: it tells whose it was, and with which seed it was made."""
    return f"{drawn(seed, 'mark', lesson, plain(id)):064x}"[:16]


def plain(id):
    """An id without capitals, and without spaces around it."""
    return " ".join(unicodedata.normalize("NFC", id).split()).casefold()


def cells(seed, ids, own=((), ()), kept=None):
    """{id: code of its cell}, no cell twice; and as long as there are enough of them, no derivation twice.

    Who stands further up in ids draws first, so a learner who is added at the end changes nobody else's cell.
    own: from ``parts.add``. kept: cells that were handed out before. Raises ValueError if there are too few.
    """
    groups, found = parts.codes(own), {id: kept[id] for id in ids if id in (kept or {})}
    taken = set((kept or {}).values())
    left = {number for number, group in enumerate(groups) if not taken & set(group)}
    for id in ids:
        if id in found:
            continue
        if sum(map(len, groups)) <= len(taken):
            raise ValueError(f"There are {len(taken)} cells, and more learners than that.")
        for attempt in itertools.count():
            number = drawn(seed, "cell", plain(id), attempt)
            group = groups[number % len(groups)]
            code = group[number // len(groups) % len(group)]
            if code not in taken and (not left or number % len(groups) in left):
                break
        found[id] = code
        taken.add(code)
        left.discard(number % len(groups))
    return found


def order(seed, id, exercise):
    """The order in which a learner has the options of an exercise; with it the public answer is wrong."""
    letters = letters_of(exercise)
    for attempt in itertools.count():
        found = "".join(sorted(letters, key=lambda letter: drawn(
            seed, "order", plain(id), exercise.number, attempt, letter)))
        if relettered(exercise, found).verdict(exercise.reference()):
            return found


def addresses(seed, lesson, id):
    """{number: "3.10@cadb"} of the exercises that a learner has in another form than the course."""
    others, found = getattr(lesson_module(lesson), "OTHER_CELLS", {}), {}
    for number, exercise in (lesson_exercises(lesson) | warm_ups(lesson)).items():
        if letters_of(exercise):
            found[number] = f"{number}@{order(seed, id, exercise)}"
        elif number in others:
            names = sorted(others[number])
            found[number] = f"{number}@{names[drawn(seed, 'other', plain(id), number) % len(names)]}"
    return found


# --- a class ---

class Handed:
    """What a class was handed out. roster: [row], with at least an id. own: text of a teacher's parts, or "".

    kept: {id: code} of cells that were handed out before.
    """

    def __init__(self, lesson, seed, roster, own="", kept=None):
        self.lesson, self.seed, self.own, self.ids = lesson, seed, own, [row["id"] for row in roster]
        twice = {id for id in self.ids if list(map(plain, self.ids)).count(plain(id)) > 1}
        if twice:
            raise ValueError(f"Two learners of the roster have one id: {', '.join(sorted(twice))}.")
        kept = kept or {row["id"]: row["cell"] for row in roster if row.get("cell")}
        added = parts.add(own) if own else ((), ())
        self.cells = cells(seed, self.ids, added, kept) if lesson == "10" else {}
        unknown = [code for code in self.cells.values() if not parts.is_cell(code)]
        if unknown:
            raise ValueError(f"No cell has the parts {unknown[0]!r}. "
                             "If they are your own, say PRIVATE=parts.py.")

    @cached_property
    def marks(self):
        """{mark: id}"""
        return {mark(self.seed, self.lesson, id): id for id in self.ids}

    def known(self, id):
        """The id as the roster has it. Raises Unreadable if it is not there."""
        found = {plain(one): one for one in self.ids}.get(plain(id))
        if found is None:
            raise Unreadable("not in the roster, so nobody knows what was handed out to this learner")
        return found

    def project(self, id):
        """The learner's own cell, as it was drawn."""
        return capstone.released(id, self.cells[self.known(id)], self.own)

    def addresses(self, id):
        """As ``addresses``, for a learner of this class."""
        return addresses(self.seed, self.lesson, self.known(id))

    def remarks(self, data, id, names=True):
        """What is to be known about a notebook that came back, sentences. data: the file's bytes. names:
        True where the neighbour's id may be told."""
        carried, id = MARK.findall(data), self.known(id)
        if not carried:
            found = ["the notebook does not carry the mark of the one that was handed out"]
        else:
            owner = self.marks.get(carried[0].decode())
            neighbour = f"the one that {owner} got" if names else "one that was handed out to somebody else"
            whose = neighbour if owner else "one of another class or seed"
            found = [] if owner == id else [f"the notebook is not the one that {id} got: it is {whose}"]
        if self.lesson == "10":
            codes = set(CODE.findall(data.decode(errors="replace").replace('\\"', '"'))) - {self.cells[id]}
            found += [f"the notebook is about the cell {code}; judged by the one that was handed out, "
                      f"{self.cells[id]}" for code in sorted(codes)[:3]]
        return found

    def notebook(self, id):
        """The learner's notebook, a dict as in its file."""
        path = lesson_file(self.lesson)
        notebook, addressed = json.loads(path.read_text(encoding="utf-8")), self.addresses(id)
        notebook["metadata"]["course"] = {"release": mark(self.seed, self.lesson, id)}
        for above, cell in zip([None, *notebook["cells"]], notebook["cells"]):
            name = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
            number = name.partition("-")[2].replace("-", ".")
            if number in addressed and name.startswith("check-"):
                cell["source"] = replaced(cell, f'"{number}"', f'"{addressed[number]}"')
            elif number in addressed and name.startswith("exercise-"):
                self.lay_out(above, find(number), addressed[number])
        for address in addressed.values():
            exchange(notebook, getattr(lesson_module(self.lesson), "OTHER_WORDS", {}).get(address, {}))
        if self.lesson == "10":
            exchange(notebook, OTHER_WORDS)
            self.put_cell(notebook, id)
        return notebook

    def lay_out(self, above, exercise, address):
        """Put the options above an exercise into the learner's order. Changes the cell above."""
        if not letters_of(exercise):
            return
        text, letters = "".join(above["source"]), letters_of(exercise)
        words, mine = dict(OPTION.findall(text)), iter(zip(letters, address.partition("@")[2], strict=True))

        def other(_):
            new, old = next(mine)
            return f'- `"{new}"`: {words[old]}'

        above["source"] = lines_of(OPTION.sub(other, text))

    def put_cell(self, notebook, id):
        """Put the learner's own cell into the notebook of lesson 10. Changes it."""
        project = self.project(id)
        own = f"own = {as_literal(self.own)}\n" if self.own else ""
        source = (f"{own}project = capstone.released({project.id!r}, {project.variant.code!r}"
                  f"{', own' if own else ''})      # handed out to you\nproject")
        for cell in notebook["cells"]:
            text = "".join(cell["source"])
            if cell["cell_type"] != "code" or "project" not in text:
                continue
            if text.startswith("my_id ="):
                cell["source"] = lines_of(source)
                cell["outputs"] = [{"output_type": "execute_result", "execution_count": None, "metadata": {},
                                    "data": {"text/markdown": project._repr_markdown_(),
                                             "text/plain": repr(project)}}]
                cell["execution_count"] = None
            elif not cell["metadata"].get("nbgrader"):
                cell["outputs"] = []            # numbers of the worked example's cell


def lesson_file(lesson):
    """The notebook that a lesson is handed out as. Raises ValueError if there is none."""
    found = sorted((COURSE / "notebooks").glob(f"{lesson}_*.ipynb"))
    if not found:
        raise ValueError(f"There is no lesson {lesson}.")
    return found[0]


def lines_of(text):
    """A source as a notebook's file has it."""
    return text.splitlines(keepends=True)


def as_literal(text):
    """A text as Python, on lines of its own where that is possible."""
    return f"r'''{text}'''" if "'''" not in text and not text.endswith(("'", "\\")) else repr(text)


def replaced(cell, old, new):
    """A cell's source with a piece of it replaced. Raises ValueError if it does not stand there once."""
    text = "".join(cell["source"])
    if text.count(old) != 1:
        raise ValueError(f"{old!r} does not stand once in a cell of the lesson: build it, and repeat.")
    return lines_of(text.replace(old, new))


def exchange(notebook, words):
    """Replace pieces of a notebook's text. Changes it. words: {old: new}; each old stands there once."""
    for old, new in words.items():
        held = [cell for cell in notebook["cells"] if old in "".join(cell["source"])]
        if len(held) != 1:
            raise ValueError(f"{old[:60]!r} stands in {len(held)} cells of the lesson, and not in one.")
        held[0]["source"] = replaced(held[0], old, new)
        if held[0]["cell_type"] == "code":
            held[0]["outputs"] = []


# --- what the grader asks ---

def read_roster(path):
    """The rows of a class's list: a CSV with a column id, or one that a release has written."""
    with open(path, newline="", encoding="utf-8-sig") as file:
        sample = file.readline()
        file.seek(0)
        rows = list(csv.DictReader(file, delimiter=max(",;\t", key=sample.count)))
    if not rows or "id" not in rows[0]:
        raise ValueError(f"{path} has no learners, or no column that is called id.")
    return [{name: (value or "").strip() for name, value in row.items() if name} for row in rows
            if (row["id"] or "").strip()]


def carried_mark(files, name):
    """The mark of the notebook among a learner's files, "" if it has none. name: as it was handed out."""
    try:
        found = MARK.search(handed_in.chosen(files, name)[1])
    except Unreadable:
        return ""
    return found[1].decode() if found else ""


def handed_to(lesson, seed, roster, carried, own=""):
    """The Handed of a class that is graded, or None if it got the course's own notebook.

    roster: [row]. carried: the marks of what was handed in. A class was handed out something if its roster
    was written by a release, or if somebody handed in a notebook of this seed. Raises ValueError where
    notebooks or the roster are from a release with another seed.
    """
    marks = {row["id"]: mark(seed, lesson, row["id"]) for row in roster}
    written = [row for row in roster if row.get("release")]
    others = any(row["release"] != marks[row["id"]] for row in written)
    known = set(carried) & set(marks.values())
    if others or not known and sum(map(bool, carried)) * 2 > len(carried):
        raise ValueError("These notebooks were handed out with another SEED, or to others than those in "
                         f"ROSTER. Grade them with ROSTER=build/release/{lesson}/class.csv and its SEED.")
    return Handed(lesson, seed, roster, own) if written or known else None


# --- the command ---

def file_name(id):
    """A name for a learner's folder that harms no file system."""
    safe = re.sub(r"[^\w.@-]", "_", id).strip(".")[:60]
    return safe if safe == id else f"{safe}-{hashlib.sha256(id.encode()).hexdigest()[:8]}"


def write_class(handed, roster, out):
    """Write a notebook for each learner, the same as a ZIP that Moodle takes, and the list of the class."""
    name = lesson_file(handed.lesson).name
    with zipfile.ZipFile(out / "moodle.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for row in roster:
            text = json.dumps(handed.notebook(row["id"]), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
            folder = out / "notebooks" / file_name(row["id"])
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
            who = re.sub(r"[/\\]", "_", row.get("name") or row["id"])
            archive.writestr(f"{who}_{row['id']}_assignsubmission_file_/{name}", text)
    rows = [{**row, "release": mark(handed.seed, handed.lesson, row["id"]),
             **({"cell": handed.cells[row["id"]]} if handed.cells else {})} for row in roster]
    with open(out / "class.csv", "w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, list(rows[0]), extrasaction="ignore")
        table.writeheader()
        table.writerows(rows)


def write_course(target):
    """The course as a ZIP without its solutions, the teacher's pages and the tests."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        found = [path for room in ROOMS for path in sorted((COURSE / room).rglob("*"))]
        for path in [COURSE / name for name in FILES] + found:
            inside = path.relative_to(COURSE)
            if path.is_file() and not any(part.startswith((".", "__pycache__")) for part in inside.parts):
                archive.write(path, f"bptt-course/{inside.as_posix()}")


def seed_of(given):
    """The seed: the one asked for, or that of an earlier release into this folder, or a new one; kept."""
    kept = given.out / "seed.txt"
    if given.seed is None and kept.exists():
        return int(kept.read_text(encoding="utf-8"))
    seed = secrets.randbelow(10 ** 18) if given.seed is None else given.seed
    kept.write_text(f"{seed}\n", encoding="utf-8")
    return seed


def release(given):
    """Hand out what the command line says. Returns the Handed."""
    given.out.mkdir(parents=True, exist_ok=True)
    seed, roster, before = seed_of(given), read_roster(given.roster), given.out / "class.csv"
    kept = {}
    if before.exists():
        rows = read_roster(before)
        if any(row["release"] != mark(seed, given.lesson, row["id"]) for row in rows):
            raise ValueError(f"{given.out} holds a release with another SEED. Choose another OUT.")
        kept = {row["id"]: row["cell"] for row in rows if row.get("cell")}
    own = given.private.read_text(encoding="utf-8") if given.private else ""
    handed = Handed(given.lesson, seed, roster, own, kept)
    write_class(handed, roster, given.out)
    write_course(given.out / "course.zip")
    if given.private:
        shutil.copy(given.private, given.out / "parts.py")
    return handed


def main():
    """Read the command line, and hand out."""
    parser = argparse.ArgumentParser(prog="python -m solutions.grading.release",
                                     description=__doc__.split("\n")[0])
    parser.add_argument("lesson", help="such as 10")
    parser.add_argument("roster", type=Path, help="a CSV with the columns id and name")
    parser.add_argument("--seed", type=int, help="a secret number; kept in OUT, else drawn")
    parser.add_argument("--private", type=Path, help="a file with parts of your own, for lesson 10")
    parser.add_argument("--out", type=Path, help="where to write (build/release/LESSON)")
    given = parser.parse_args()
    given.lesson = given.lesson.zfill(2)
    given.out = given.out or COURSE / "build" / "release" / given.lesson
    try:
        handed = release(given)
    except (ValueError, OSError) as error:
        sys.exit(str(error))
    print(f"{len(handed.ids)} notebooks: {given.out / 'notebooks'}")
    print(f"Keep to yourself: {given.out / 'class.csv'} and the seed, in {given.out / 'seed.txt'}")


if __name__ == "__main__":
    main()
