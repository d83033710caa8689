"""Grading outside of the learner's process. For teachers: a course works without this folder."""

import os

for threads in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):     # NumPy reads them when it is imported
    os.environ.setdefault(threads, "1")
