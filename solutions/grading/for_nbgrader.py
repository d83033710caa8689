"""nbgrader with the judge outside: no kernel is started, and Formgrader shows nothing that a browser runs.

nbgrader_config.py uses it where the environment has a BPTT_SEED. autograde, Formgrader and feedback stay
nbgrader's own. ``python -m solutions.grading.for_nbgrader DOWNLOAD ASSIGNMENT NOTEBOOK.ipynb`` collects what
was handed in, under whatever name, into submitted/.
"""

import os
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

import nbformat
from nbgrader.api import MissingEntry
from nbgrader.plugins import ExportPlugin
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import compute_checksum

from solutions.grading import handed_in
from solutions.grading.files import write, write_table
from solutions.grading.judge import Judge
from solutions.grading.release import read_roster
from solutions.grading.submission import Unreadable, cell_of, cells_of

SHOWN = ("text/plain", "image/png", "image/jpeg")


@cache
def judge_of(release):
    """The Judge of an assignment. release: the path of its notebook. BPTT_ROSTER in the environment names the
    class's list, or the class.csv of a release, and BPTT_PRIVATE a file of parts."""
    roster, own = (os.environ.get(f"BPTT_{name}") for name in ("ROSTER", "PRIVATE"))
    submitted = Path("submitted").glob(f"*/{release.parent.name}/{release.name}")
    return Judge(release, int(os.environ["BPTT_SEED"]), read_roster(Path(roster)) if roster else (),
                 Path(own).read_text(encoding="utf-8") if own else "",
                 [[(path.name, path.read_bytes)] for path in submitted])


class JudgeOutside(NbGraderPreprocessor):
    """Lays a submission out anew from the release: each answer in its place, the judge's words below it."""

    def preprocess(self, nb, resources):
        """What nbgrader calls. Raises Unreadable where nothing can be graded."""
        about = resources["nbgrader"]
        judge = judge_of(Path("release") / about["assignment"] / f"{about['notebook']}.ipynb")
        graded = judge.graded([(judge.path.name, nbformat.writes(nb).encode)], about["student"])
        if graded.reason:
            raise Unreadable(graded.reason)
        for said in graded.remarks + graded.private:
            self.log.warning("%s: %s", about["student"], said)
        rows = {row.number: row for row in graded.rows}
        written = {cell_of(cell).id: cell.source for cell in nb.cells if cell.cell_type == "markdown"}
        clean = nbformat.read(judge.path, 4) if judge.handed is None else nbformat.from_dict(
            judge.handed.notebook(judge.handed.known(about["student"])))
        for cell in clean.cells:
            known, name = cell_of(cell), cell_of(cell).id
            if cell.cell_type == "code":
                cell.outputs = [] if known.points is None else [shown(rows[known.number])]
            row = rows.get(known.number) if known.is_exercise else None
            text = row.own if row else written.get(name) if name else None
            cell.source = text or cell.source
            if name and "checksum" not in cell.metadata.nbgrader:
                cell.metadata.nbgrader["checksum"] = compute_checksum(cell)
        handed_out = {cell.source.strip() for cell in judge.release}
        own = [cell for cell in nb.cells if cell.cell_type == "code" and not cell_of(cell).id
               and cell.source.strip() not in handed_out]
        clean.cells += [nbformat.v4.new_code_cell(cell.source[:20000], outputs=list(harmless(cell)))
                        for cell in own[:50]]
        return clean, resources


def shown(row):
    """A Row as the output of its check: nbgrader reads the points, a person the words."""
    notes = "".join(f"<p>{note}</p>" for note in row.notes)
    return nbformat.v4.new_output("execute_result", execution_count=1, data={
        "text/plain": repr(row.points), "text/html": row.result._repr_html_() + notes})


def harmless(cell):
    """A cell's own outputs, as far as they are text and pictures."""
    for output in cell.get("outputs", [])[:20]:
        data = {"text/plain": str(output.get("text"))[:5000]} if output.output_type == "stream" else {
            kind: value for kind, value in output.get("data", {}).items() if kind in SHOWN}
        if data:
            yield nbformat.v4.new_output("display_data", data)


class ExportWithBlanks(ExportPlugin):
    """``nbgrader export``: where nothing was graded, or a person has not read yet, no number stands."""

    def export(self, gradebook):
        """What nbgrader calls."""
        rows = [["assignment", "student", "points", "max", "reason"]]
        for assignment in gradebook.assignments:
            for student in gradebook.students:
                points, why = "", "nothing was handed in, or it could not be graded"
                with suppress(MissingEntry):
                    found = gradebook.find_submission(assignment.name, student.id)
                    points, why = ("", "a person must read it") if found.needs_manual_grade else (
                        found.score, "")
                rows.append([assignment.name, student.id, points, assignment.max_score, why])
        write_table(Path(self.to or "grades.csv"), rows)


def collect(download, assignment, name):
    """Copy what was handed in to where nbgrader looks for it. Returns [(id, what to look at)]."""
    look = []
    for id, learner in sorted(handed_in.learners(download).items()):
        try:
            _, data, note = handed_in.chosen(learner.files, name)
            cells_of(data)
        except Unreadable as error:
            look.append((id, str(error)))
            continue
        path = Path("submitted") / id.replace("/", "_") / assignment / name
        write(path, data.removeprefix(b"\xef\xbb\xbf"))
        look += [(id, note)] if note else []
    return look


if __name__ == "__main__":
    for who, said in collect(*sys.argv[1:4]):
        print(f"{who}: {said}")
