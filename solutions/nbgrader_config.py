"""nbgrader's settings for this course. Copy this file into the folder of your nbgrader course.

With BPTT_SEED in the environment, a number of yours, answers are judged outside of any kernel: see README.md.
"""

import os
import sys
from pathlib import Path

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
if "BPTT_SEED" in os.environ:
    import exercises
    from nbgrader.preprocessors import AssignLatePenalties, SaveAutoGrades

    sys.path.append(str(Path(exercises.__file__).parent.parent))
    from solutions.grading import for_nbgrader

    c.Autograde.sanitize_preprocessors = [for_nbgrader.JudgeOutside]
    c.Autograde.autograde_preprocessors = [SaveAutoGrades, AssignLatePenalties]
    c.ExportApp.plugin_class = for_nbgrader.ExportWithBlanks
c.OverwriteCells.add_missing_cells = True       # a deleted check scores zero instead of stopping the grading
