"""nbgrader's settings for this course. Copy this file into the folder of your nbgrader course."""

from nbgrader.preprocessors import (CheckCellMetadata, ClearOutput, DeduplicateIds, OverwriteCells,
                                    OverwriteKernelspec)
from nbgrader.utils import is_grade, is_locked, is_solution


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
c.Autograde.sanitize_preprocessors = [ClearOutput, ForgiveCopiedCells, OverwriteKernelspec, OverwriteCells,
                                      CheckCellMetadata]
c.OverwriteCells.add_missing_cells = True       # a deleted check scores zero instead of stopping the grading
