"""Grade a class: ``make grade SUBMISSIONS=folder-or-zip LESSON=03``.

Writes grades.csv, problems.csv (what a person should look at), class.html (the teacher's own table), a page
for each learner and feedback.zip. Interrupted at any point, the same command goes on where it was.
"""

import argparse
import hashlib
import json
import os
import secrets
import sys
import time
from multiprocessing import connection, get_context
from pathlib import Path

from tqdm import tqdm

from exercises.capstone.cell import EXAMPLE, project
from exercises.lessons.catalogue import lesson_exercises
from solutions.grading import handed_in, marks, overview, returning, sandbox, sheets, suspicions
from solutions.grading.excerpt import COURSE
from solutions.grading.files import file_name, write, write_table
from solutions.grading.judge import Judge, busy
from solutions.grading.page import total
from solutions.grading.release import carried_mark, handed_to, read_roster
from solutions.grading.submission import ELSEWHERE, Submission, Unreadable, cells_of, own_id

MEMORY = 8 * 10 ** 9            # bytes that judging one submission may take, on this side
LIMIT = 120                     # seconds after which a submission is left to a person, on an idle machine
LATER = ("the judge gave up", "its answers took too long")      # it may be this machine: once more, alone


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
    parser.add_argument("--marks", type=Path, help="a CSV with the columns student, exercise, points and "
                        "reason: points that you give; kept in OUT")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="how many at the same time")
    parser.add_argument("--shard", default="1/1", help="2/4: the second of four machines with one OUT")
    given = parser.parse_args()
    given.lesson = given.lesson.zfill(2)
    given.out = given.out or Path("graded") / given.lesson
    return given


def seed_of(given):
    """The seed: the one asked for, or that of an earlier run into this folder, or a new one."""
    kept = given.out / "seed.txt"
    if given.seed is None and kept.exists():
        return int(kept.read_text(encoding="utf-8"))
    seed = secrets.randbelow(10 ** 9) if given.seed is None else given.seed
    write(kept, f"{seed}\n")
    return seed


def published(lesson):
    """{exercise: its public answer} of a lesson, such as {"exercise-3-1": "def ..."}, or {}."""
    found = sorted((COURSE / "solutions").glob(f"{lesson}_*.ipynb"))
    return {cell.id: cell.source for path in found for cell in cells_of(path.read_bytes())
            if cell.id.startswith("exercise-")}


def numbered(points):
    """{number: points} of {the id of a cell: points}."""
    return {id.partition("-")[2].replace("-", "."): value for id, value in points.items()}


class Batch:
    """What is graded, and where the results are. learners: {id: Learner}. projects: {id: id of the cell}.
    names: {id: name}, of a roster or a sheet."""

    def __init__(self, given, learners, roster, release, names):
        self.given, self.release, self.names = given, release, names
        self.learners = {id: one._replace(name=names.get(id) or one.name) for id, one in learners.items()}
        self.listed = set(roster)
        self.projects = {id: row["project"] for id, row in roster.items() if row.get("project")}
        self.marks = marks.marks_of(given.marks, given.out)
        seed, own = seed_of(given), given.private.read_text(encoding="utf-8") if given.private else ""
        carried = [carried_mark(one.files, release.name) for one in learners.values()]
        self.handed = handed_to(given.lesson, seed, list(roster.values()), carried, own)
        self.judge = Judge(release.read_bytes(), given.lesson, seed, self.handed)
        self.highest, self.written = numbered(self.judge.checks), numbered(self.judge.written)
        marks.keep(self.marks, given.marks, {*learners, *names}, self.highest | self.written, given.out)
        self.looking = suspicions.Looking(self.judge.release, published(given.lesson))
        code = [path for room in ("exercises", "helpers", "solutions/grading")
                for path in sorted((COURSE / room).rglob("*.py"))]
        self.version = hashlib.sha256(b"".join([release.read_bytes(), b"%d" % seed,
                                                *(path.read_bytes() for path in code)])).hexdigest()

    def result_of(self, id):
        """Where a learner's result is."""
        return self.given.out / "results" / f"{file_name(id)}.json"

    def page_of(self, id):
        """Where a learner's page is."""
        return self.given.out / "feedback" / f"{file_name(id)}.html"

    def returned(self, id):
        """Where the notebook is that goes back to a learner through Canvas."""
        return self.given.out / "results" / f"{file_name(id)}.ipynb"

    def digest(self, id):
        """What a result depends on."""
        one = self.learners[id]
        files = [f"{name} {hashlib.sha256(read()).hexdigest()}" for name, read in one.files]
        cell = self.handed.cells.get(id, "") if self.handed else self.projects.get(id, "")
        parts = [self.version, "handed out" * bool(self.handed), cell, one.name, one.platform, *files,
                 json.dumps(self.marks.get(id, {}), sort_keys=True)]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def kept(self, id):
        """A learner's result, if there is one, of these files and this judge; else None."""
        try:
            record = json.loads(self.result_of(id).read_text(encoding="utf-8"))
            return record if record["digest"] == self.digest(id) else None
        except (OSError, ValueError, KeyError):
            return None

    def is_done(self, id):
        """True if there is a result already that another try would not change."""
        record = self.kept(id)
        return record is not None and not record["reason"].startswith(LATER)

    def record(self, id, pages=("", ""), file="", **found):
        """Write a learner's pages, and then the result. file: the name of what was graded."""
        one = self.learners[id]
        for path, text in zip((self.page_of(id), self.returned(id)), pages):
            if text:
                write(path, text)
        plain = {"student": id, "name": one.name, "digest": self.digest(id), "points": None,
                 "max": sum(self.judge.checks.values()), "reason": "", "notes": [], "page": True,
                 "marks": self.marks.get(id, {}), "back": returning.name_for(one, file, self.release.stem)}
        write(self.result_of(id), json.dumps(plain | found, indent=1))

    def refuse(self, id, reason, remarks=(), file=""):
        """The result of a learner whose work could not be graded."""
        reason, hand = str(reason), self.marks.get(id, {})
        pages = returning.no_feedback(self.learners[id], self.release.stem, reason, remarks)
        if set(self.highest) <= set(hand):          # a person has graded all of it
            points, highest = total([], hand, self.highest | self.written)
            pages = returning.feedback(self.learners[id], self.release.stem, [], remarks, hand,
                                       self.highest | self.written, b"")
            return self.record(id, pages, file, points=points, max=highest, notes=[reason, *remarks],
                               reason=self.reason(hand))
        waits = ["points by hand count once the rest is graded, or all exercises have some"] * bool(hand)
        return self.record(id, pages, file, reason=reason, notes=[*remarks, *waits])

    def reason(self, hand):
        """What stands beside the points. hand: {number: (points, reason)} of a person."""
        waiting = ", ".join(f"written-{number.replace('.', '-')}" for number in sorted(self.written)
                            if number not in hand)
        given = [f"{number}: {points:g} by hand ({why})" if why else f"{number}: {points:g} by hand"
                 for number, (points, why) in hand.items()]
        return "; ".join([*given, *[f"a person reads {waiting}"] * bool(waiting)])

    def cell_of(self, id, data):
        """(the id from which a learner's cell is made, sentences about it). data: the file's bytes.

        A roster knows it, or a release; else the notebook says it, as it does to its own checks.
        """
        said = own_id(data) if self.given.lesson == "10" and not self.handed and id not in self.listed else ""
        if (not said or said.casefold() == id.casefold()
                or project(said).variant == project(EXAMPLE).variant):
            return self.projects.get(id, id), []
        return said, [f'judged by the cell of my_id = "{said[:60]}", as the notebook says; is that its '
                      "author? (A roster decides.)"]

    def grade(self, id):
        """Grade one learner: a result and a page; where nothing can be graded, the reason."""
        import resource                             # Windows has none

        learner, remarks, private, file, hand = self.learners[id], [], [], "", self.marks.get(id, {})
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
        try:
            remarks = private = [*["handed in late"] * learner.late, *learner.left[:5]]
            file, data, note = handed_in.chosen(learner.files, self.release.name)
            remarks = private = [*remarks, *[note] * bool(note)]
            if self.handed:
                private = remarks + self.handed.remarks(data, id)
                remarks = remarks + self.handed.remarks(data, id, names=False)
            cell, about = self.cell_of(id, data)
            private = [*private, *about]
            rows = self.judge.rows(data, cell)
        except Unreadable as error:
            return self.refuse(id, error, remarks, file)
        rows, lost = without_ids(rows)
        flags, tells = self.looking.at(Submission(data, self.judge.release), rows)
        notes = [*private, *lost, *flags, *stopped(rows),
                 *(f"{row.result.number}: {note}" for row in rows for note in row.notes)]
        found = {row.result.number: [row.points, row.highest, row.result.status, row.result.message,
                                     next((note for note in row.result.notes if note.startswith("See ")), "")]
                 for row in rows}
        pages = returning.feedback(learner, self.release.stem, rows, remarks + lost, hand, self.written, data)
        points, highest = total(rows, hand, self.written)
        self.record(id, pages, file, points=points, max=highest, notes=notes, exercises=found, tells=tells,
                    reason=self.reason(hand))

    def run(self, todo, jobs):
        """Grade some learners, each in a process of its own, so many at a time."""
        fork, left, running = get_context("fork"), list(todo), {}
        with tqdm(total=len(left), unit="learner", disable=None) as bar:
            while left or running:
                while left and len(running) < jobs:
                    process = fork.Process(target=self.grade, args=(left[0],))
                    process.start()
                    running[process.sentinel] = process, left.pop(0), time.monotonic(), busy()
                connection.wait(list(running), timeout=1)
                for sentinel, (process, id, start, load) in list(running.items()):
                    if process.is_alive() and time.monotonic() - start < LIMIT * max(load, busy()):
                        continue
                    process.kill()
                    process.join()
                    del running[sentinel]
                    if self.kept(id) is None:
                        self.refuse(id, f"{LATER[0]} after {time.monotonic() - start:.0f} s")
                    bar.update()


def without_ids(rows):
    """(rows, sentences): where no answer stands in its own cell, that is said once and not of each."""
    answered = [row for row in rows if row.own]
    if len(answered) < 3 or not all(ELSEWHERE in row.notes for row in answered):
        return rows, []
    return [row._replace(notes=tuple(note for note in row.notes if note != ELSEWHERE)) for row in rows], [
        "no answer stands in its own cell: the notebook has lost the names of its cells; all were found"]


def stopped(rows):
    """Sentences about answers that were stopped by a clock."""
    return [f"{row.result.number}: stopped after some seconds: an endless loop, or is this machine busy?"
            for row in rows if "was still running after" in row.result.message]


def records_of(batch):
    """What is known of everybody: the results that there are, and who handed in nothing."""
    records = []
    for id in sorted({*batch.learners, *batch.names}):
        if id in batch.learners:
            records += filter(None, [batch.kept(id)])
            continue
        hand, every = batch.marks.get(id, {}), batch.highest | batch.written
        one = {"student": id, "name": batch.names[id] or id, "points": None, "notes": [], "marks": hand,
               "max": sum(batch.highest.values()), "reason": "nothing was handed in"}
        if set(batch.highest) <= set(hand):
            points, highest = total([], hand, every)
            one |= {"points": points, "max": highest, "reason": batch.reason(hand)}
        elif hand:
            one["notes"] = ["points by hand count once all exercises have some"]
        records.append(one)
    return records


def tables(batch):
    """(the records, [(id, what to look at)]), and all files about the whole class, from what there is."""
    out, records = batch.given.out, records_of(batch)
    rows = [[one["student"], "" if one["points"] is None else one["points"], one["max"], one["reason"]]
            for one in records]
    write_table(out / "grades.csv", [["student", "points", "max", "reason"], *rows])
    look = [(one["student"], said) for one in records
            for said in ([one["reason"]] * (one["points"] is None) + one["notes"])]
    look = sorted(look + suspicions.alike(records), key=lambda one: one[0])
    look += [("", said) for path, said in handed_in.left_out(batch.given.submissions) if not path][:20]
    if batch.given.sheet:
        points = {one["student"]: one["points"] for one in records}
        name, text, more = sheets.filled(batch.given.sheet, points, batch.given.column)
        write(out / name, text)
        look += [("", said) for said in more]
    names = {one["student"]: one["name"] for one in records}
    write_table(out / "problems.csv", [["student", "name", "what to look at"],
                                       *([id, names.get(id, ""), said] for id, said in look)])
    titles = {number: one.title for number, one in lesson_exercises(batch.given.lesson).items()}
    write(out / "class.html", overview.overview(batch.given.lesson, titles, records, batch.written))
    back = {}
    for one in (one for one in records if one.get("back")):
        place = batch.returned if one["back"].endswith(".ipynb") else batch.page_of
        back[one["back"]] = place(one["student"]).read_text(encoding="utf-8")
    if back:
        write(out / "feedback.zip", returning.as_zip(back))
    return records, look


def summary(batch, records, look):
    """What stands on the terminal at the end, lines."""
    out, graded = batch.given.out, [one for one in records if one["points"] is not None]
    missing = sum(one["student"] not in batch.learners for one in records if one["points"] is None)
    failed = len(records) - len(graded) - missing
    lines = [f"{len(records)} learners: {len(graded)} graded, {failed} could not be graded, {missing} handed "
             "in nothing."]
    if not batch.names:
        lines.append("Who handed in nothing is not known: SHEET=... or ROSTER=... says who is in the class.")
    shares = overview.shares(records)
    if graded:
        mean = sum(one["points"] for one in graded) / len(graded)
        lines.append(f"Mean: {mean:.1f} of {max(one['max'] for one in graded):g}.")
    if shares:
        hardest = min(shares, key=shares.get)
        title = lesson_exercises(batch.given.lesson)[hardest].title
        lines[-1] += f" Hardest: {hardest} ({title}), {100 * shares[hardest]:.0f} % of its points."
    who = list(dict.fromkeys(id for id, _ in look if id in batch.learners))
    names = {one["student"]: one["name"] for one in records}
    if who:
        more = f" and {len(who) - 8} more" if len(who) > 8 else ""
        lines += [f"Look at: {'; '.join(names[id] for id in who[:8])}{more}.",
                  f"Why: {out / 'problems.csv'}"]
    back = [name for name in ("canvas.csv", "moodle.csv", "feedback.zip") if (out / name).exists()]
    return [*lines, f"For you alone: {out / 'class.html'}",
            *[f"For the platform: {', '.join(str(out / name) for name in back)}"] * bool(back),
            f"All points: {out / 'grades.csv'}; a page for each learner: {out / 'feedback'}"]


def main():
    """Grade what the command line says."""
    given = arguments()
    releases = sorted((COURSE / "notebooks").glob(f"{given.lesson}_*.ipynb"))
    if not releases:
        sys.exit(f"There is no lesson {given.lesson}.")
    roster, names = {}, {}
    try:
        if given.roster:
            roster = {row["id"]: row for row in read_roster(given.roster)}
        names = sheets.names(given.sheet) if given.sheet and not roster else {}
        names |= {id: row.get("name", "") for id, row in roster.items()}
        sandbox.try_seal()
        learners = handed_in.learners(given.submissions)
        batch = Batch(given, learners, roster, releases[0], names)
    except sandbox.NoSeal as error:
        sys.exit(f"{sandbox.REFUSAL}\n({error})")
    except (Unreadable, ValueError) as error:
        sys.exit(str(error))
    mine, of = map(int, given.shard.split("/"))
    todo = [id for place, id in enumerate(sorted(learners)) if place % of == mine % of]
    batch.run([id for id in todo if not batch.is_done(id)], given.jobs)
    again = [id for id in todo if not batch.is_done(id)]
    if again and given.jobs > 1:
        print(f"{len(again)} took too long; once more, one at a time.")
        batch.run(again, 1)
    try:
        records, look = tables(batch)
    except sheets.NoSheet as error:
        sys.exit(str(error))
    print("\n".join(summary(batch, records, look)))


if __name__ == "__main__":
    main()
