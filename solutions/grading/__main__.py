"""Grade a class: ``make grade SUBMISSIONS=folder-or-zip LESSON=03``.

Writes grades.csv, problems.csv (what a person should look at), class.html (the teacher's own table), a page
for each learner and feedback.zip. Interrupted at any point, the same command goes on where it was.
"""

import argparse
import hashlib
import json
import os
import sys
import time
from functools import cached_property
from multiprocessing import connection, get_context
from pathlib import Path

from tqdm import tqdm

from exercises.lessons.catalogue import lesson_exercises
from solutions.grading import feedback, overview, sandbox, sheets, suspicions
from solutions.grading.files import COURSE, course_files, file_name, seed_of, write, write_table, write_zip
from solutions.grading.handed_in import contents, learners
from solutions.grading.judge import Graded, Judge, busy
from solutions.grading.marks import marks_of
from solutions.grading.release import lesson_file, read_roster
from solutions.grading.submission import Unreadable, cells_of

MEMORY = 8 * 10 ** 9            # bytes that judging one submission may take, on this side
LIMIT = 120                     # seconds after which a submission is left to a person, on an idle machine
HELD = "held back"
LATER = ("the judge gave up", "its answers took too long")      # it may be this machine: once more, alone


def arguments():
    """The command line, read."""
    parser = argparse.ArgumentParser(prog="python -m solutions.grading", description=__doc__.split("\n")[0])
    parser.add_argument("submissions", type=Path, help="a folder or a ZIP")
    parser.add_argument("lesson", help="such as 03", type=lambda text: text.zfill(2))
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
    parser.add_argument("--exercises", default="", help='which count, such as "3.2, 3.4 to 3.14" (all)')
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="how many at the same time")
    parser.add_argument("--shard", default="1/1", help="2/4: the second of four machines with one OUT")
    given = parser.parse_args()
    given.out = given.out or Path("graded") / given.lesson
    return given


class Batch:
    """What is graded, and where the results are. given: the command line. learners: {id: Learner}. names:
    {id: name} of all who are known, from a roster or a sheet. Raises ValueError."""

    def __init__(self, given):
        roster = read_roster(given.roster) if given.roster else []
        self.names = {row["id"]: row.get("name", "") for row in roster}
        if given.sheet:
            self.names = self.names or sheets.names(given.sheet)
            sheets.filled(given.sheet, {}, given.column)        # is it clear which column takes the points?
        self.given, self.learners = given, {id: one._replace(name=self.names.get(id) or one.name)
                                            for id, one in learners(given.submissions).items()}
        if given.seed is None and any(row.get("release") for row in roster):
            beside = given.roster.with_name("seed.txt")             # of the release
            given.seed = seed_of(None, beside.parent) if beside.exists() else None
        seed = seed_of(given.seed, given.out)
        own = given.private.read_text(encoding="utf-8") if given.private else ""
        self.judge = Judge(lesson_file(given.lesson), seed, roster, own,
                           [one.files for one in self.learners.values()], given.exercises)
        self.highest, self.written = self.judge.highest, self.judge.written
        self.marks = marks_of(given.marks, given.out, {*self.learners, *self.names},
                              self.highest | self.written)
        public = COURSE / "solutions" / self.judge.path.name
        self.looking = suspicions.Looking(self.judge.release,
                                          cells_of(public.read_bytes()) if public.exists() else ())
        code = course_files("exercises/**/*.py", "helpers/**/*.py", "solutions/grading/*.py")
        self.version = hashlib.sha256(b"".join([self.judge.path.read_bytes(), b"%d" % seed,
                                                *(text for _, text in code)])).hexdigest()

    @cached_property
    def titles(self):
        """{number of an exercise: its title}. Asked for at the end: until then no lesson is imported here."""
        return {number: one.title for number, one in lesson_exercises(self.given.lesson).items()}

    def result_of(self, id):
        """Where a learner's result is."""
        return self.given.out / "results" / f"{file_name(id)}.json"

    def digest(self, id):
        """What a result depends on."""
        one, handed = self.learners[id], self.judge.handed
        cell = handed.cells.get(id, "") if handed else self.judge.projects.get(id, "")
        files = [(name, hashlib.sha256(read()).hexdigest()) for name, read in one.files]
        parts = [self.version, [*self.highest], bool(handed), cell, one.name, one.platform, files,
                 self.marks.get(id)]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

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

    def record(self, id, name, graded, notes=()):
        """What is known of somebody, a dict. graded: a Graded. notes: for the teacher, beside those in it."""
        hand, written, reason = self.marks.get(id, {}), self.written, graded.reason
        notes = [*graded.remarks, *graded.private, *notes]
        told, by_hand = feedback.Refusal(reason, hand, graded.remarks), feedback.with_points(hand)
        points, highest = None, sum(self.highest.values())
        if reason and ("all" in by_hand or set(self.highest) <= set(by_hand)):      # a person has graded it
            notes, written, reason = [reason, *notes], self.highest | written, ""
        elif reason:
            notes += ["points by hand count once the rest is graded, or all of it has some"] * bool(by_hand)
        if not reason:
            other = [feedback.REPLACED.format(one.partition(": ")[2]) for one in notes
                     if one.startswith("a name of the course")]
            told = feedback.Feedback(graded.rows, hand, written, [*other, *graded.remarks])
            points, highest = told.points, told.highest
            given = [f"{number}: {points:g} by hand" + f" ({why})" * bool(why)
                     for number, (points, why) in by_hand.items()]
            waiting = ", ".join(f"written-{number.replace('.', '-')}" for number in sorted(self.written)
                                if not {number, "all"} & set(by_hand))
            reason = "; ".join([*given, *[f"a person reads {waiting}"] * bool(waiting)])
        if points is not None and feedback.is_held(hand):       # who has none is told what to do
            told, points, reason = feedback.HeldBack(hand), None, "; ".join(
                [HELD, *filter(None, [hand["all"][1], reason])])
        exercises = {row.number: [
            row.points, row.highest, row.result.status, row.result.message,
            next((note for note in row.result.notes if note.startswith("See ")), "")] for row in graded.rows}
        return {"student": id, "name": name or id, "points": points, "max": highest, "reason": reason,
                "notes": notes, "marks": hand, "exercises": exercises, "file": graded.file, "tells": {},
                "page": told.page(name, self.judge.path.stem), "cells": told.cells}

    def keep(self, id, graded, notes=(), **more):
        """Write a learner's result."""
        record = self.record(id, self.learners[id].name, graded, notes) | more
        write(self.result_of(id), json.dumps(record | {"digest": self.digest(id)}, indent=1))

    def grade(self, id):
        """Grade one learner, and write the result."""
        import resource                             # Windows has none

        learner = self.learners[id]
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
        graded = self.judge.graded(learner.files, id)
        graded.remarks = [*learner.left[:5], *graded.remarks]
        graded.private = [*["handed in late"] * learner.late, *graded.private]
        if graded.reason:
            return self.keep(id, graded)
        flags, tells = self.looking.at(graded.submission, graded.rows)
        slow = [f"{row.number}: stopped after some seconds: an endless loop, or is this machine busy?"
                for row in graded.rows if "was still running after" in row.result.message]
        self.keep(id, graded, [*flags, *slow, *(f"{row.number}: {note}" for row in graded.rows
                                                for note in row.notes)], tells=tells)

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
                        self.keep(id, Graded(f"{LATER[0]} after {time.monotonic() - start:.0f} s"))
                    bar.update()


def tables(batch):
    """(the records, [(id, weight, what to look at)]), and all files about the class, from what there is."""
    given, out, lesson, back, records = batch.given, batch.given.out, batch.judge.path.stem, {}, []
    for id in sorted({*batch.learners, *batch.names}):
        if id not in batch.learners:
            records.append(batch.record(id, batch.names[id], Graded(suspicions.NOTHING)) | {"page": ""})
        elif record := batch.kept(id):
            learner = batch.learners[id]
            records.append(record)
            write(out / "feedback" / f"{file_name(id)}.html", record["page"])
            way = feedback.name_for(learner, record["file"], lesson)
            graded = dict(learner.files[::-1]).get(record["file"]) if record["exercises"] else None
            back[way] = feedback.annotated(graded() if graded else b"", record["cells"]) if way.endswith(
                ".ipynb") else record["page"]
    back.pop("", None)                              # nothing brings these back
    if back:
        write_zip(out / "feedback.zip", sorted(back.items()))
    write_table(out / "grades.csv", [["student", "points", "max", "reason"], *(
        [one["student"], "" if one["points"] is None else one["points"], one["max"], one["reason"]]
        for one in records)])
    others = [("", "note", said) for path, said in contents(given.submissions) if not path][:20]
    if given.sheet:
        name, text, more = sheets.filled(given.sheet, {one["student"]: one["points"] for one in records},
                                         given.column)
        write(out / name, text)
        others += [(id, "no points", "not in the sheet") for id in more]
    look, names = suspicions.look_at(records, others), {one["student"]: one["name"] for one in records}
    write_table(out / "problems.csv", [["student", "name", "weight", "what to look at"], *(
        [id, names.get(id, "the class"), weight, said] for id, weight, said in look)])
    write(out / "class.html", overview.overview(given.lesson, batch.titles, records, look, batch.written))
    return records, look


def summary(batch, records, look):
    """What stands on the terminal at the end, lines."""
    out, graded = batch.given.out, [one for one in records if one["points"] is not None]
    missing = sum(one["student"] not in batch.learners for one in records if one["points"] is None)
    held = sum(one["reason"].startswith(HELD) for one in records)
    failed = len(records) - len(graded) - missing - held
    lines = [f"{len(records)} learners: {len(graded)} graded, {f'{held} held back, ' * bool(held)}{failed} "
             f"could not be graded, {missing} handed in nothing."]
    if not batch.names:
        lines.append("Who handed in nothing is not known: SHEET=... or ROSTER=... says who is in the class.")
    if graded:
        mean = sum(one["points"] for one in graded) / len(graded)
        lines.append(f"Mean: {mean:.1f} of {max(one['max'] for one in graded):g}.")
    shares = overview.shares(records)
    if shares:
        hardest = min(shares, key=shares.get)
        lines[-1] += (f" Hardest: {hardest} ({batch.titles[hardest]}), {100 * shares[hardest]:.0f} % of its "
                      "points.")
    names = {one["student"]: one["name"] for one in records}
    heavy = [(id, said) for id, weight, said in look if weight in suspicions.WEIGHTS[:2]]
    lines += [said for id, said in heavy if not id]
    who = [names[id] for id in dict.fromkeys(id for id, _ in heavy) if id]
    more = f" and {len(who) - 8} more" if len(who) > 8 else ""
    lines += [f"Look at: {'; '.join(who[:8])}{more}."] * bool(who)
    lines += [f"Why: {out / 'problems.csv'}"] * bool(heavy)
    back = [str(out / name) for name in ("canvas.csv", "moodle.csv", "feedback.zip") if (out / name).exists()]
    return [*lines, f"For you alone: {out / 'class.html'}",
            *[f"For the platform: {', '.join(back)}"] * bool(back),
            f"All points: {out / 'grades.csv'}; a page for each learner: {out / 'feedback'}"]


def main():
    """Grade what the command line says."""
    given = arguments()
    try:
        sandbox.try_seal()
        batch = Batch(given)
    except sandbox.NoSeal as error:
        sys.exit(f"{sandbox.REFUSAL}\n({error})")
    except (Unreadable, ValueError, OSError) as error:
        sys.exit(str(error))
    mine, of = map(int, given.shard.split("/"))
    todo = [id for place, id in enumerate(sorted(batch.learners)) if place % of == mine % of]
    batch.run([id for id in todo if not batch.is_done(id)], given.jobs)
    again = [id for id in todo if not batch.is_done(id)]
    if again and given.jobs > 1:
        print(f"{len(again)} took too long; once more, one at a time.")
        batch.run(again, 1)
    print("\n".join(summary(batch, *tables(batch))))


if __name__ == "__main__":
    main()
