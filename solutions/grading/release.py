"""Hand out a lesson, to each learner another: ``make release LESSON=10 ROSTER=class.csv SEED=4711``.

Whatever differs is drawn from the learner's id and the seed, which is a secret of the teacher's. The notebook
says what its learner got, never the seed; a grader draws again and does not ask the notebook.
"""

import argparse
import hashlib
import hmac
import itertools
import json
import re
import sys
import unicodedata
from collections import Counter
from pathlib import Path

from exercises import capstone
from exercises.capstone import parts
from exercises.engine.kinds import letters_of, relettered
from exercises.lessons.catalogue import find, lesson_exercises, lesson_module, warm_ups
from solutions.grading.files import (COURSE, course_files, file_name, rows_of, seed_of, write, write_table,
                                     write_zip)
from solutions.grading.submission import Unreadable
from solutions.grading.texts_of_10 import OTHER_WORDS

MARK = re.compile(rb'"release": "([0-9a-f]{16})"')
CODE = re.compile(r"""capstone\.released\(.*?["']([^"'/]+/[^"'/]*/[^"'/]*/[^"'/]*/[^"'/]*)["']""")
OPTION = re.compile(r'^- `"([a-z])"`: (.*)$', re.M)
# What is handed out of the course.
FILES = ("LICENSE", "Makefile", "README.md", "CHANGELOG.md", "pyproject.toml", "requirements.txt",
         "requirements.lock", "exercises/**/*", "helpers/**/*", "notebooks/**/*", "pictures/**/*")


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

    kept: {id: code} of cells that were handed out before. Raises ValueError where that cannot be.
    """

    def __init__(self, lesson, seed, roster, own="", kept=None):
        self.lesson, self.seed, self.own, self.ids = lesson, seed, own, [row["id"] for row in roster]
        count = Counter(map(plain, self.ids))
        twice = sorted({id for id in self.ids if count[plain(id)] > 1})
        if twice:
            raise ValueError(f"Two learners of the roster have one id: {', '.join(twice)}.")
        kept = kept or {row["id"]: row["cell"] for row in roster if row.get("cell")}
        added = parts.add(own) if own else ((), ())
        self.cells = cells(seed, self.ids, added, kept) if lesson == "10" else {}
        self.marks = {mark(seed, lesson, id): id for id in self.ids}
        unknown = [code for code in self.cells.values() if not parts.is_cell(code)]
        if unknown:
            raise ValueError(f"No cell has the parts {unknown[0]!r}. "
                             "If they are your own, say PRIVATE=parts.py.")

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

    def remarks(self, data, id):
        """(what is to be known about a notebook that came back, what the teacher alone may know): sentences.
        data: the file's bytes."""
        carried, id = MARK.search(data), self.known(id)
        owner = self.marks.get(carried[1].decode()) if carried else None
        found, names = [], []
        if not carried:
            found = ["the notebook does not carry the mark of the one that was handed out"]
        elif owner != id:
            whose = "one that was handed out to somebody else" if owner else "one of another class or seed"
            found = [f"the notebook is not the one that {id} got: it is {whose}"]
            names = [f"it is the one that {owner} got"] * bool(owner)
        if self.lesson == "10":
            codes = set(CODE.findall(data.decode(errors="replace").replace('\\"', '"'))) - {self.cells[id]}
            found += [f"the notebook is about the cell {code}; judged by the one that was handed out, "
                      f"{self.cells[id]}" for code in sorted(codes)[:3]]
        return found, names

    def notebook(self, id):
        """The learner's notebook, a dict as in its file."""
        notebook, addressed = json.loads(lesson_file(self.lesson).read_bytes()), self.addresses(id)
        notebook["metadata"]["course"] = {"release": mark(self.seed, self.lesson, id)}
        for cell in notebook["cells"]:
            cell["source"] = "".join(cell["source"])
        for above, cell in zip([None, *notebook["cells"]], notebook["cells"]):
            kind, _, number = cell["metadata"].get("nbgrader", {}).get("grade_id", "").partition("-")
            address = addressed.get(number := number.replace("-", "."))
            if address and kind == "check":
                exchange([cell], {f'"{number}"': f'"{address}"'})
            elif address and kind == "exercise" and letters_of(find(number)):
                words = dict(OPTION.findall(above["source"]))       # in the learner's order
                options = iter([f'- `"{new}"`: {words[old]}' for old, new in zip(
                    address.partition("@")[2], letters_of(find(number)), strict=True)])
                above["source"] = OPTION.sub(lambda _: next(options), above["source"])
        others = getattr(lesson_module(self.lesson), "OTHER_WORDS", {})
        for address in addressed.values():
            exchange(notebook["cells"], others.get(address, {}))
        if self.lesson == "10":
            exchange(notebook["cells"], OTHER_WORDS)
            self.put_cell(notebook, id)
        return notebook

    def put_cell(self, notebook, id):
        """Put the learner's own cell into the notebook of lesson 10. Changes it."""
        project, own = self.project(id), ""
        if self.own:                            # on lines of its own where that is possible
            plain = "'''" not in self.own and not self.own.endswith(("'", "\\"))
            own = f"own = r'''{self.own}'''\n" if plain else f"own = {self.own!r}\n"
        for cell in notebook["cells"]:
            if cell["cell_type"] != "code" or "project" not in cell["source"]:
                continue
            if cell["source"].startswith("my_id ="):
                cell["source"] = (f"{own}project = capstone.released({project.id!r}, {project.variant.code!r}"
                                  f"{', own' * bool(own)})      # handed out to you\nproject")
                cell["outputs"] = [{"output_type": "execute_result", "execution_count": None, "metadata": {},
                                    "data": {"text/markdown": project._repr_markdown_(),
                                             "text/plain": repr(project)}}]
                cell["execution_count"] = None
            elif "nbgrader" not in cell["metadata"]:
                cell["outputs"] = []            # numbers of the worked example's cell


def lesson_file(lesson):
    """The notebook that a lesson is handed out as. Raises ValueError if there is none."""
    found = sorted((COURSE / "notebooks").glob(f"{lesson}_*.ipynb"))
    if not found:
        raise ValueError(f"There is no lesson {lesson}.")
    return found[0]


def exchange(cells, words):
    """Replace pieces of the text of cells. Changes them. words: {old: new}; each old stands there once."""
    for old, new in words.items():
        held = [cell for cell in cells if old in cell["source"]]
        if sum(cell["source"].count(old) for cell in held) != 1:
            raise ValueError(f"{old[:60]!r} does not stand once in the lesson: build it, and repeat.")
        held[0]["source"] = held[0]["source"].replace(old, new)
        if held[0]["cell_type"] == "code" and "nbgrader" not in held[0]["metadata"]:
            held[0]["outputs"] = []


# --- what the grader asks ---

def read_roster(path):
    """The rows of a class's list: a CSV with a column id, or one that a release has written."""
    rows = [row for row in rows_of(path, "id") if row["id"]]
    if not rows:
        raise ValueError(f"{path} has no learners.")
    return rows


def handed_to(lesson, seed, roster, notebooks, own=""):
    """The Handed of a class that is graded, or None if it got the course's own notebook.

    roster: [row]. notebooks: the bytes of those that were handed in. A class was handed out something if its
    roster was written by a release, or if somebody handed in a notebook of this seed. Raises ValueError where
    notebooks or the roster are from a release with another seed.
    """
    marks = {row["id"]: mark(seed, lesson, row["id"]) for row in roster}
    carried = [found[1].decode() if found else "" for found in map(MARK.search, notebooks)]
    written = [row for row in roster if row.get("release")]
    others = any(row["release"] != marks[row["id"]] for row in written)
    known = set(carried) & set(marks.values())
    if others or not known and sum(map(bool, carried)) * 2 > len(carried):
        raise ValueError("These notebooks were handed out with another SEED, or to others than those in "
                         f"ROSTER. Grade them with ROSTER=build/release/{lesson}/class.csv and its SEED.")
    return Handed(lesson, seed, roster, own) if written or known else None


# --- the command ---

def write_class(handed, roster, out):
    """Write a notebook for each learner, the same as a ZIP that Moodle takes, and the list of the class."""
    def notebooks():
        name = lesson_file(handed.lesson).name
        for row in roster:
            text = json.dumps(handed.notebook(row["id"]), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
            write(out / "notebooks" / file_name(row["id"]) / name, text)
            who = re.sub(r"[/\\]", "_", row.get("name") or row["id"])
            yield f"{who}_{row['id']}_assignsubmission_file_/{name}", text

    write_zip(out / "moodle.zip", notebooks())
    rows = [row | {"release": mark(handed.seed, handed.lesson, row["id"])}
            | ({"cell": handed.cells[row["id"]]} if handed.cells else {}) for row in roster]
    if handed.cells:
        cells = [(row.get("name", ""), handed.project(row["id"])) for row in roster]
        lines = ["\n    ".join([f"{name} {cell}", *cell.equations, cell.before]) for name, cell in cells]
        write(out / "equations.txt", "\n\n".join(lines) + "\n")
    write_table(out / "class.csv", [list(rows[0]), *(list(row.values()) for row in rows)])


def release(given):
    """Hand out what the command line says. Returns the Handed."""
    seed, roster, before = seed_of(given.seed, given.out), read_roster(given.roster), given.out / "class.csv"
    rows = read_roster(before) if before.exists() else []
    kept = {row["id"]: row["cell"] for row in rows if row.get("cell")}
    if any(row["release"] != mark(seed, given.lesson, row["id"]) for row in rows):
        raise ValueError(f"{given.out} holds a release with another SEED. Choose another OUT.")
    own = given.private.read_text(encoding="utf-8") if given.private else ""
    handed = Handed(given.lesson, seed, roster, own, kept)
    write_class(handed, roster, given.out)
    write_zip(given.out / "course.zip", ((f"bptt-course/{path}", data)
                                         for path, data in course_files(*FILES)))
    if own:
        write(given.out / "parts.py", own)
    return handed


def main():
    """Read the command line, and hand out."""
    parser = argparse.ArgumentParser(prog="python -m solutions.grading.release",
                                     description=__doc__.split("\n")[0])
    parser.add_argument("lesson", help="such as 10", type=lambda text: text.zfill(2))
    parser.add_argument("roster", type=Path, help="a CSV with the columns id and name")
    parser.add_argument("--seed", type=int, help="a secret number; kept in OUT, else drawn")
    parser.add_argument("--private", type=Path, help="a file with parts of your own, for lesson 10")
    parser.add_argument("--out", type=Path, help="where to write (build/release/LESSON)")
    given = parser.parse_args()
    given.out = given.out or COURSE / "build" / "release" / given.lesson
    try:
        handed = release(given)
    except (ValueError, OSError) as error:
        sys.exit(str(error))
    print(f"{len(handed.ids)} notebooks: {given.out / 'notebooks'}")
    print(f"Keep to yourself: {given.out / 'class.csv'} and the seed, in {given.out / 'seed.txt'}")


if __name__ == "__main__":
    main()
