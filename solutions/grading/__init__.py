"""Grading outside of the learner's process. For teachers: a course works without this folder.

    handed_in           whose files these are, and which of them is the notebook
    submission          which statements of a notebook make the answer to an exercise
    judge               whether it is right: the course's own checks, on fresh instances
    sandbox, child      where it runs, shut in; what goes there and back: wire, excerpt
    feedback            what its learner gets; for the teacher: suspicions, overview, counting
    __main__            all this for a class, with marks and sheets; for one learner: for_nbgrader, gradescope
    release             a notebook of their own for each learner, with texts_of_10
"""

import os

for threads in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):     # NumPy reads them when it is imported
    os.environ.setdefault(threads, "1")
