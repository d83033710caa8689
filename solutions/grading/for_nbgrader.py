"""nbgrader with the judge outside: no kernel is started, and Formgrader shows nothing that a browser runs.

nbgrader_config.py uses it where the environment has a BPTT_SEED. autograde, Formgrader and feedback stay
nbgrader's own. ``python -m solutions.grading.for_nbgrader DOWNLOAD ASSIGNMENT NOTEBOOK.ipynb`` collects what
was handed in, under whatever name, into submitted/.
"""

import csv
import json
import os
import sys
from pathlib import Path

import nbformat
from nbgrader.api import MissingEntry
from nbgrader.plugins import ExportPlugin
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import compute_checksum

from solutions.grading import handed_in
from solutions.grading.judge import Judge
from solutions.grading.release import Handed, read_roster
from solutions.grading.submission import Unreadable, cell_of, cells_of

SHOWN = ("text/plain", "image/png", "image/jpeg")
JUDGES = {}                     # {path of a release: its Judge}


class JudgeOutside(NbGraderPreprocessor):
    """Lays a submission out anew from the release: each answer in its place, the judge's words below it."""

    def preprocess(self, nb, resources):
        """What nbgrader calls."""
        about = resources["nbgrader"]
        release = Path("release") / about["assignment"] / f"{about['notebook']}.ipynb"
        if release not in JUDGES:
            JUDGES[release] = Judge(release.read_bytes(), release.name[:2], int(os.environ["BPTT_SEED"]),
                                    handed_to_class(release.name[:2]))
        judge = JUDGES[release]
        rows = {row.check: row for row in judge.rows(nbformat.writes(nb).encode(), about["student"])}
        written = {cell_of(cell).id: cell.source for cell in nb.cells if cell.cell_type == "markdown"}
        clean = nbformat.read(release, 4) if judge.handed is None else nbformat.reads(json.dumps(
            judge.handed.notebook(judge.handed.known(about["student"]))), 4)
        for cell in clean.cells:
            name = cell_of(cell).id
            if cell.cell_type == "code":
                cell.outputs = []
            if name in rows:
                cell.outputs = [shown(rows[name])]
            row = rows.get(name.replace("exercise", "check", 1))
            text = row.own if row and name not in rows else written.get(name) if name else None
            cell.source = text or cell.source
            if name and "checksum" not in cell.metadata.nbgrader:
                cell.metadata.nbgrader["checksum"] = compute_checksum(cell)
        handed_out = {cell.source.strip() for cell in judge.release}
        own = [cell for cell in nb.cells if cell.cell_type == "code" and not cell_of(cell).id
               and cell.source.strip() not in handed_out]
        clean.cells += [nbformat.v4.new_code_cell(cell.source[:20000], outputs=harmless(cell))
                        for cell in own[:50]]
        return clean, resources


def handed_to_class(lesson):
    """The Handed of the class, where BPTT_ROSTER names the class.csv of a release (and BPTT_PRIVATE a file of
    parts); else None."""
    roster, private = (os.environ.get(f"BPTT_{name}") for name in ("ROSTER", "PRIVATE"))
    own = Path(private).read_text(encoding="utf-8") if private else ""
    return Handed(lesson, int(os.environ["BPTT_SEED"]), read_roster(roster), own) if roster else None


def shown(row):
    """A Row as the output of its check: nbgrader reads the points, a person the words."""
    notes = "".join(f"<p>{note}</p>" for note in row.notes)
    return nbformat.v4.new_output("execute_result", execution_count=1, data={
        "text/plain": repr(row.points), "text/html": row.result._repr_html_() + notes})


def harmless(cell):
    """A cell's own outputs, as far as they are text and pictures."""
    kept = []
    for output in cell.get("outputs", [])[:20]:
        data = {kind: value for kind, value in output.get("data", {}).items() if kind in SHOWN}
        if data:
            kept.append(nbformat.v4.new_output("display_data", data))
        elif output.output_type == "stream":
            kept.append(nbformat.v4.new_output("stream", name="stdout", text=str(output.get("text"))[:5000]))
    return kept


class ExportWithBlanks(ExportPlugin):
    """``nbgrader export``: where nothing was graded, or a person has not read yet, no number stands."""

    def export(self, gradebook):
        """What nbgrader calls."""
        with open(self.to or "grades.csv", "w", newline="", encoding="utf-8") as file:
            table = csv.writer(file)
            table.writerow(["assignment", "student", "points", "max", "reason"])
            for assignment in gradebook.assignments:
                for student in gradebook.students:
                    table.writerow([assignment.name, student.id, *points(gradebook, assignment, student)])


def points(gradebook, assignment, student):
    """(points or "", the highest, why there are none)."""
    try:
        found = gradebook.find_submission(assignment.name, student.id)
    except MissingEntry:
        return "", assignment.max_score, "nothing was handed in, or it could not be graded"
    if found.needs_manual_grade:
        return "", assignment.max_score, "a person must read it"
    return found.score, assignment.max_score, ""


def collect(download, assignment, name, target=Path("submitted")):
    """Copy what was handed in to where nbgrader looks for it. Returns [(id, what to look at)]."""
    look = []
    for id, learner in sorted(handed_in.learners(download).items()):
        try:
            _, data, note = handed_in.chosen(learner.files, name)
            cells_of(data)
        except Unreadable as error:
            look.append((id, str(error)))
            continue
        path = target / id.replace("/", "_") / assignment / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.removeprefix(b"\xef\xbb\xbf"))
        look += [(id, note)] if note else []
    return look


if __name__ == "__main__":
    for who, said in collect(*sys.argv[1:4]):
        print(f"{who}: {said}")
