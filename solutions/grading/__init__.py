"""Grading outside of the learner's process. For teachers: a course works without this folder."""
