"""The book: pages from the stored notebooks of the learners' edition, by Sphinx with MyST-NB and furo.

Nothing is executed. All that a page needs lies beside it: no other host is asked.
"""

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import cells
import nbformat
import notices
import opening
import pages
from slides import films

HERE = Path(__file__).parent
COURSE = HERE.parent.parent.parent
NOTEBOOKS = COURSE / "notebooks"
MATHJAX = Path(find_spec("sphinx-mathjax-offline").origin).parent / "static" / "mathjax"
NEEDED = ("tex-chtml.js", "output/chtml/fonts/woff-v2", "input/tex/extensions")     # of MathJax
SPHINX = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html"]
START = "00_start_here"
MENDED = {'class="caption" role="heading"': 'class="caption" role="heading" aria-level="2"',
          '<summary aria-label="Toggle hidden content">': "<summary>"}      # its own words are its name
SKIP, TOC = "Skip to content</a>", '<aside class="toc-drawer">'      # none where TOC is empty


class BookError(Exception):
    """Sphinx has found a fault in a page."""


def build(out, film=films.film, run=None, size=0):
    """Write the book. out: the folder of the site; what of slides/ and lab/ is there is listed.

    film: from an explorer's name to its film, or to None for a picture that stands still.
    run: from a lesson's name to the address where it runs; None for none.
    size: megabytes of a first visit there.
    """
    source, work = out.with_name(f"{out.name}-source"), out.with_name(f"{out.name}-doctrees")
    for folder in (source, work):
        shutil.rmtree(folder, ignore_errors=True)
    write_source(source, out, film, run or (lambda stem: ""), size)
    done = subprocess.run([*SPHINX, "-d", str(work), str(source), str(out)],
                          cwd=COURSE, capture_output=True, text=True, encoding="utf-8")
    if done.returncode:
        raise BookError(done.stderr or done.stdout)
    for path in [*out.glob("*.html"), out / "slides" / "index.html"]:
        path.write_text(mended(path.read_text(encoding="utf-8")), encoding="utf-8")
    for folder in (source, work, out / "_sources", out.parent / "jupyter_execute"):
        shutil.rmtree(folder, ignore_errors=True)
    for unneeded in (out / ".buildinfo", out / "objects.inv"):
        unneeded.unlink(missing_ok=True)


def mended(page):
    """A page's HTML with what its theme and MyST-NB owe to those who hear it."""
    for old, new in MENDED.items():
        page = page.replace(old, new)
    if TOC in page:             # all of the text stands before it
        page = page.replace(TOC, TOC.replace(">", ' id="on-this-page">')).replace(SKIP, (
            f'{SKIP}\n<a class="skip-to-content muted-link" href="#on-this-page">Skip to its headings</a>'))
    return page


def write_source(source, out, film, run, size):
    """Write what Sphinx reads."""
    static, found = source / "_static", notices.collected(out)
    if silent := notices.without(found):
        raise BookError(f"these say no licence: {', '.join(silent)}")
    lessons = [path.stem for path in sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))]
    shutil.copytree(HERE / "static", static)
    shutil.copy(Path(films.__file__).with_name("film.js"), static)
    shutil.copy(HERE / "conf.py", source)
    for name in NEEDED:
        copy = shutil.copytree if (MATHJAX / name).is_dir() else shutil.copy
        (static / "mathjax" / name).parent.mkdir(parents=True, exist_ok=True)
        copy(MATHJAX / name, static / "mathjax" / name)
    for stem in lessons:
        notebook = lesson(stem, lessons, cells.Page(stem, static, film, run(stem)), run, size)
        (source / f"{stem}.ipynb").write_text(nbformat.writes(notebook), encoding="utf-8")
    (source / "slides").mkdir()
    written = {"index": pages.front(lessons, film, run(START), size, static),
               "contents": pages.contents(NOTEBOOKS, lessons), "references": pages.works(lessons),
               "slides/index": pages.decks(out / "slides"), "notices": pages.notices(found),
               **{name: pages.written(name, lessons, static) for name in pages.WRITTEN}}
    for name, text in written.items():
        (source / f"{name}.md").write_text(text, encoding="utf-8")


def lesson(stem, lessons, page, run, size):
    """A lesson's notebook as its page shows it. page: a ``cells.Page``. The others are as in ``build``."""
    stored = nbformat.read(NOTEBOOKS / f"{stem}.ipynb", as_version=4)
    stored.cells = [cell for cell in stored.cells if opening.TAG not in cell.metadata.get("tags", [])]
    notebook = page.prepared(stored)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = pages.linked(cell.source, f"notebooks/{stem}.ipynb", lessons, run=run)
    if page.run:
        first = notebook.cells[0]
        title, rest = first.source.split("\n", 1)
        first.source = f"{title}\n\n{pages.RUN.format(run=page.run, size=size)}\n{rest}"
    return notebook
