"""What the tests of nbgrader share: an nbgrader course in a folder of its own,
with this course's settings.
"""

import nbformat
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from notebooks import COURSE


def settings(folder):
    """The course's nbgrader settings, for a course in ``folder``."""
    config = Config()
    config.merge(PyFileConfigLoader("nbgrader_config.py", path=str(COURSE / "solutions")).load_config())
    config.CourseDirectory.root = str(folder)
    config.CourseDirectory.db_url = f"sqlite:///{folder}/gradebook.db"
    return config


def put(notebook, path):
    """Write a notebook, and make the folders on the way."""
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
