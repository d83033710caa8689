"""The course on the web, one folder that any web server can hand out: ``make site``.

    __main__    all of it, build/site/              serve       the folder, on this machine
    book        the pages, by Sphinx (conf.py)      cells       what becomes of a lesson's cells
    pages       pages that are no lessons           notices     whose work is in it
    lab         JupyterLite, in lab/                pyodide     the Python that it runs
    lab.js      what a lesson has there             start       what each new Python runs first
"""


def anchor(title):
    """The anchor of a heading as JupyterLab writes it, for links within a lesson."""
    return title.strip().replace(" ", "-")
