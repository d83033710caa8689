"""Grade a class: ``make grade SUBMISSIONS=folder-or-zip LESSON=03``.

Writes grades.csv, problems.csv (what a person should look at) and a page for each learner. Interrupted at any
point, the same command goes on where it was.
"""

import argparse
import csv
import hashlib
import json
import os
import re
import secrets
import sys
import time
from multiprocessing import connection, get_context
from pathlib import Path

from tqdm import tqdm

from solutions.grading import handed_in, sandbox, sheets
from solutions.grading.excerpt import COURSE
from solutions.grading.judge import Judge
from solutions.grading.page import page, total
from solutions.grading.release import carried_mark, handed_to, read_roster
from solutions.grading.submission import Unreadable

MEMORY = 8 * 10 ** 9            # bytes that judging one submission may take, on this side
LIMIT = 120                     # seconds after which a submission is left to a person


def arguments():
    """The command line, read."""
    parser = argparse.ArgumentParser(prog="python -m solutions.grading", description=__doc__.split("\n")[0])
    parser.add_argument("submissions", type=Path, help="a folder or a ZIP")
    parser.add_argument("lesson", help="such as 03")
    parser.add_argument("--roster", type=Path, help="a CSV with the columns id, name and, for lesson 10, "
                        "project: the id that the learner's cell was made from, if it is another; or the "
                        "class.csv of a release")
    parser.add_argument("--private", type=Path, help="the file with parts of your own that was released")
    parser.add_argument("--seed", type=int, help="of the instances; kept in OUT, else drawn")
    parser.add_argument("--out", type=Path, help="where to write (graded/LESSON)")
    parser.add_argument("--sheet", type=Path, help="the sheet of Canvas or Moodle, to be filled in")
    parser.add_argument("--column", default="", help="its column for the points, where that is not clear")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="how many at the same time")
    parser.add_argument("--shard", default="1/1", help="2/4: the second of four machines with one OUT")
    given = parser.parse_args()
    given.lesson = given.lesson.zfill(2)
    given.out = given.out or Path("graded") / given.lesson
    return given


def write(path, text):
    """A file, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)


def seed_of(given):
    """The seed: the one asked for, or that of an earlier run into this folder, or a new one."""
    kept = given.out / "seed.txt"
    if given.seed is None and kept.exists():
        return int(kept.read_text(encoding="utf-8"))
    seed = secrets.randbelow(10 ** 9) if given.seed is None else given.seed
    write(kept, f"{seed}\n")
    return seed


def file_name(id):
    """A name for a learner's files that harms no file system."""
    safe = re.sub(r"[^A-Za-z0-9-]", "_", id)[:60]
    return safe if safe == id else f"{safe}-{hashlib.sha256(id.encode()).hexdigest()[:8]}"


class Batch:
    """What is graded, and where the results are. learners: {id: Learner}. projects: {id: id of the cell}."""

    def __init__(self, given, learners, roster, release):
        self.given, self.learners, self.release = given, learners, release
        self.projects = {id: row["project"] for id, row in roster.items() if row.get("project")}
        seed, own = seed_of(given), given.private.read_text(encoding="utf-8") if given.private else ""
        carried = [carried_mark(one.files, release.name) for one in learners.values()]
        self.handed = handed_to(given.lesson, seed, list(roster.values()), carried, own)
        self.judge = Judge(release.read_bytes(), given.lesson, seed, self.handed)
        code = [path for room in ("exercises", "helpers", "solutions/grading")
                for path in sorted((COURSE / room).rglob("*.py"))]
        self.version = hashlib.sha256(b"".join([release.read_bytes(), b"%d" % seed,
                                                *(path.read_bytes() for path in code)])).hexdigest()

    def result_of(self, id):
        """Where a learner's result is."""
        return self.given.out / "results" / f"{file_name(id)}.json"

    def digest(self, id):
        """What a result depends on."""
        files = [f"{name} {hashlib.sha256(read()).hexdigest()}" for name, read in self.learners[id].files]
        cell = self.handed.cells.get(id, "") if self.handed else self.projects.get(id, "")
        parts = [self.version, "handed out" * bool(self.handed), cell, *files]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def is_done(self, id):
        """True if there is a result already, of these files and this judge."""
        try:
            record = json.loads(self.result_of(id).read_text(encoding="utf-8"))
            return record["digest"] == self.digest(id)
        except (OSError, ValueError, KeyError):
            return False

    def record(self, id, **found):
        """Write a learner's result."""
        plain = {"student": id, "name": self.learners[id].name, "digest": self.digest(id), "points": None,
                 "max": sum(self.judge.checks.values()), "reason": "", "notes": []}
        write(self.result_of(id), json.dumps(plain | found, indent=1))

    def grade(self, id):
        """Grade one learner: a result and a page; where nothing can be graded, the reason."""
        import resource                             # Windows has none

        learner, remarks = self.learners[id], []
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
        try:
            data, note = handed_in.chosen(learner.files, self.release.name)
            remarks = [note] if note else []
            remarks += self.handed.remarks(data, id) if self.handed else []
            rows = self.judge.rows(data, self.projects.get(id, id))
        except Unreadable as error:
            return self.record(id, reason=str(error), notes=remarks)
        notes = [*remarks, *(f"{row.result.number}: {note}" for row in rows for note in row.notes)]
        text = page(learner.name, self.release.stem, rows, remarks)
        write(self.given.out / "feedback" / f"{file_name(id)}.html", text)
        waiting = ", ".join(sorted(self.judge.written))
        found = {row.result.number: [row.points, row.highest, row.result.status, row.result.message]
                 for row in rows}
        self.record(id, points=total(rows), notes=notes, exercises=found,
                    reason=f"a person reads {waiting}" if waiting else "")

    def run(self, todo):
        """Grade some learners, each in a process of its own, as many at a time as was asked for."""
        fork, left, running = get_context("fork"), list(todo), {}
        with tqdm(total=len(left), unit="learner", disable=None) as bar:
            while left or running:
                while left and len(running) < self.given.jobs:
                    process = fork.Process(target=self.grade, args=(left[0],))
                    process.start()
                    running[process.sentinel] = process, left.pop(0), time.monotonic()
                connection.wait(list(running), timeout=1)
                for sentinel, (process, id, start) in list(running.items()):
                    if process.is_alive() and time.monotonic() - start < LIMIT:
                        continue
                    process.kill()
                    process.join()
                    del running[sentinel]
                    if not self.is_done(id):
                        self.record(id, reason=f"the judge gave up after {time.monotonic() - start:.0f} s")
                    bar.update()


def tables(batch, roster):
    """grades.csv and problems.csv, from the results that there are."""
    out, records = batch.given.out, []
    for id in sorted({*batch.learners, *roster}):
        if id in batch.learners and batch.is_done(id):
            records.append(json.loads(batch.result_of(id).read_text(encoding="utf-8")))
        elif id not in batch.learners:
            records.append({"student": id, "points": None, "max": sum(batch.judge.checks.values()),
                            "reason": "nothing was handed in", "notes": []})
    rows = [[one["student"], "" if one["points"] is None else one["points"], one["max"], one["reason"]]
            for one in records]
    write_table(out / "grades.csv", [["student", "points", "max", "reason"], *rows])
    look = [[one["student"], said] for one in records
            for said in ([one["reason"]] if one["points"] is None else one["notes"])]
    if batch.given.sheet:
        points = {one["student"]: one["points"] for one in records}
        sheet = batch.given.sheet.read_text(encoding="utf-8")
        name, text, more = sheets.filled(sheet, points, batch.given.column)
        (out / name).write_bytes(text.encode())
        look += [["", said] for said in more]
    write_table(out / "problems.csv", [["student", "what to look at"], *look])
    return records


def write_table(path, rows):
    """A CSV. A cell that a spreadsheet would run as a formula becomes text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([[f"'{cell}" if str(cell)[:1] in ("=", "+", "-", "@") else cell
                                     for cell in row] for row in rows])


def main():
    """Grade what the command line says."""
    given = arguments()
    releases = sorted((COURSE / "notebooks").glob(f"{given.lesson}_*.ipynb"))
    if not releases:
        sys.exit(f"There is no lesson {given.lesson}.")
    roster = {}
    if given.roster:
        roster = {row["id"]: row for row in read_roster(given.roster)}
    try:
        sandbox.try_seal()
        learners = handed_in.learners(given.submissions)
        batch = Batch(given, learners, roster, releases[0])
    except sandbox.NoSeal as error:
        sys.exit(f"{sandbox.REFUSAL}\n({error})")
    except (Unreadable, ValueError) as error:
        sys.exit(str(error))
    mine, of = map(int, given.shard.split("/"))
    todo = [id for place, id in enumerate(sorted(learners)) if place % of == mine % of]
    batch.run([id for id in todo if not batch.is_done(id)])
    try:
        records = tables(batch, roster)
    except sheets.NoSheet as error:
        sys.exit(str(error))
    look = sum(record["points"] is None for record in records)
    print(f"{len(records)} learners, {look} of them without points: see {given.out / 'problems.csv'}")
    print(f"grades: {given.out / 'grades.csv'}; pages: {given.out / 'feedback'}")


if __name__ == "__main__":
    main()
