"""nbgrader's settings for this course. Copy this file into the folder of your nbgrader course."""

from nbgrader.preprocessors import (CheckCellMetadata, ClearOutput, ComputeChecksums, DeduplicateIds,
                                    LockCells, NbGraderPreprocessor, OverwriteCells, OverwriteKernelspec,
                                    SaveCells)
from nbgrader.utils import is_grade, is_locked, is_solution


class RefuseAnswers(NbGraderPreprocessor):
    """Release a lesson as it stands in ``notebooks/``, with its figures and with a stub for each exercise.

    nbgrader's own release is made for notebooks with answers. It would empty these cells, and clear figures.
    """

    def preprocess_cell(self, cell, resources, cell_index):
        """The cell as it is. Raises ValueError if it holds an answer, or words for teachers."""
        if "### BEGIN SOLUTION" in cell.source or "instructor" in cell.metadata.get("tags", []):
            raise ValueError("This notebook holds answers. Copy the lesson from notebooks/ into source/.")
        return cell, resources


class ForgiveCopiedCells(DeduplicateIds):
    """Grade the last of several cells with one id; treat the copies as ordinary cells.

    Without this, one learner who copies an exercise's cell stops the grading of the whole class.
    """

    def preprocess_cell(self, cell, resources, cell_index):
        """What nbgrader does, and a copy is freed of its metadata."""
        cell, resources = super().preprocess_cell(cell, resources, cell_index)
        if not (is_grade(cell) or is_solution(cell) or is_locked(cell)):
            cell.metadata.pop("nbgrader", None)
        return cell, resources


c = get_config()                                # noqa: F821 (nbgrader provides it)
c.CourseDirectory.course_id = "bptt"
c.GenerateAssignment.preprocessors = [RefuseAnswers, LockCells, ComputeChecksums, SaveCells,
                                      CheckCellMetadata]
# zip_collect reads ada_03_deriving_bptt.ipynb, and Canvas' ada_LATE_47_11_03_deriving_bptt-1.ipynb
c.FileNameCollectorPlugin.named_regexp = (
    r".*?(?P<student_id>[^/\\]+?)(_LATE)?(_\d+_\d+)?_(?P<file_id>\d\d_[a-z]+(_[a-z]+)*)[^/\\]*$")
c.Autograde.sanitize_preprocessors = [ClearOutput, ForgiveCopiedCells, OverwriteKernelspec, OverwriteCells,
                                      CheckCellMetadata]
c.OverwriteCells.add_missing_cells = True       # a deleted check is put back, if its exercise is there
