"""The build: the same notebooks every time, and never at the cost of a learner's work."""

import json
import shutil
import subprocess
import sys

import build_editions as editions
import jupytext
import nbformat
import pytest
from notebooks import COURSE

SMALL_LESSON = """\
---
jupytext:
  formats: ipynb,md:myst
kernelspec:
  name: python3
  display_name: Python 3
---

# A small lesson

```{code-cell} ipython3
:tags: [exercise-0.1]

def two():
    ### BEGIN SOLUTION
    return 2
    ### END SOLUTION
```
"""
PICTURE = """
```{code-cell} ipython3
from pictures import figures
figure, axes = figures.picture(alt="a straight line from the lower left to the upper right")
axes.plot([1, 2])
figure
```
"""


@pytest.fixture
def small_lesson(tmp_path):
    """The text of a small lesson, and a folder to build it in."""
    source = tmp_path / "99_small.md"
    source.write_text(SMALL_LESSON, encoding="utf-8")
    return source, tmp_path / "out"


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """A folder with the notebooks of the small lesson."""
    folder = tmp_path_factory.mktemp("once")
    (folder / "99_small.md").write_text(SMALL_LESSON, encoding="utf-8")
    editions.build(folder / "99_small.md", folder / "out")
    return folder / "out"


@pytest.fixture
def built(small_lesson, once):
    """The text of the small lesson, the folder it was built in, and the notebooks: with answers, without."""
    source, out = small_lesson
    shutil.copytree(once, out)
    return source, out, *(out / edition / "99_small.ipynb" for edition in editions.EDITIONS)


def test_building_twice_gives_the_same_bytes(small_lesson):
    source, out = small_lesson
    source.write_text(SMALL_LESSON + PICTURE, encoding="utf-8")
    first = [path.read_bytes() for path in editions.build(source, out)]
    again = [path.read_bytes() for path in editions.build(source, out)]
    assert first == again


def test_a_progress_bar_leaves_no_trace(small_lesson):
    source, out = small_lesson
    source.write_text(SMALL_LESSON + "\n```{code-cell} ipython3\n"
                                     "from tqdm import tqdm\n"
                                     "for i in tqdm(range(2)):\n"
                                     "    print(i)\n```\n", encoding="utf-8")
    solved, _ = editions.build(source, out)
    assert [output.text for output in nbformat.read(solved, 4).cells[-1].outputs] == ["0\n1\n"]


def test_a_learners_notebook_is_never_overwritten(built):
    source, out, _, student = built
    notebook = nbformat.read(student, 4)
    notebook.cells[1].source = "def two():\n    return 1 + 1"
    nbformat.write(notebook, student)
    kept = student.read_bytes()
    source.write_text(SMALL_LESSON.replace("small lesson", "better lesson"), encoding="utf-8")
    with pytest.raises(editions.BuildError,
                       match="99_small.ipynb has been changed .* nothing was overwritten"):
        editions.build(source, out)
    assert student.read_bytes() == kept


def test_an_unreadable_notebook_is_not_overwritten(built):
    source, out, _, student = built
    student.write_text("half a notebook", encoding="utf-8")
    with pytest.raises(editions.BuildError, match="not a readable notebook"):
        editions.build(source, out)
    assert student.read_text(encoding="utf-8") == "half a notebook"


def test_a_changed_text_is_built_over_an_untouched_notebook(built):
    source, out, *_ = built
    source.write_text(SMALL_LESSON.replace("small lesson", "better lesson"), encoding="utf-8")
    _, student = editions.build(source, out)
    assert "better lesson" in student.read_text(encoding="utf-8")


def test_markdown_output_is_stored_as_one_string():
    """JupyterLite hands a page the file as it stands."""
    output = nbformat.v4.new_output("display_data", {"text/markdown": "**a**\n\nb", "text/plain": "a\nb"})
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("x = 1\nx", id="a", outputs=[output])])
    cell = json.loads(editions.stored(notebook))["cells"][0]
    assert cell["outputs"][0]["data"] == {"text/markdown": "**a**\n\nb", "text/plain": ["a\n", "b"]}
    assert nbformat.reads(editions.stored(notebook), 4) == notebook
    plain = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x = 1\nx", id="a")])
    assert editions.stored(plain) == nbformat.writes(plain, 4) + "\n"


def test_work_done_in_the_paired_solution_notebook_is_kept(built):
    source, out, solution, _ = built
    notebook = nbformat.read(solution, 4)
    notebook.cells[0].source = "# Edited in JupyterLab"
    nbformat.write(notebook, solution)
    with pytest.raises(editions.BuildError, match="has been changed"):
        editions.build(source, out)
    source.write_text(SMALL_LESSON.replace("# A small lesson", "# Edited in JupyterLab"),
                      encoding="utf-8")           # as Jupytext would have
    editions.build(source, out)


def test_a_text_that_jupytext_saved_as_a_notebook_is_built_again(small_lesson):
    source, out = small_lesson
    source.write_text(SMALL_LESSON.replace("# A small lesson", "# As @elman1990 says"), encoding="utf-8")
    solution, _ = editions.build(source, out)
    assert nbformat.read(solution, 4).cells[0].source == "# As Elman (1990) says"
    jupytext.write(jupytext.read(source), solution)         # as JupyterLab does for a paired text
    editions.build(source, out)
    assert nbformat.read(solution, 4).cells[0].source == "# As Elman (1990) says"


def test_an_exception_in_a_solution_stops_the_build(small_lesson):
    source, out = small_lesson
    source.write_text(f"{SMALL_LESSON}\n```{{code-cell}} ipython3\ntwo().missing\n```\n", encoding="utf-8")
    with pytest.raises(editions.BuildError, match="99_small.md: a cell raises(.|\n)*AttributeError"):
        editions.build(source, out)
    assert not out.exists()


@pytest.mark.parametrize("before, after, message", [
    (":tags: [exercise-0.1]\n", "", "a solution without the tag"),
    ("exercise-0.1", "check-0.1", "a solution without the tag"),
])
def test_wrong_tags_stop_the_build(small_lesson, before, after, message):
    source, out = small_lesson
    source.write_text(SMALL_LESSON.replace(before, after), encoding="utf-8")
    with pytest.raises(editions.BuildError, match=message):
        editions.build(source, out)


def test_a_check_of_an_unknown_exercise_stops_the_build(small_lesson):
    source, out = small_lesson
    source.write_text(f"{SMALL_LESSON}\n```{{code-cell}} ipython3\n:tags: [check-0.99]\n\nprint()\n```\n",
                      encoding="utf-8")
    with pytest.raises(editions.BuildError, match="99_small.md: There is no exercise '0.99'"):
        editions.build(source, out)


def test_an_unknown_lesson_is_named():
    run = subprocess.run([sys.executable, COURSE / "solutions" / "build" / "build_editions.py", "77"],
                         capture_output=True, text=True, encoding="utf-8")
    assert run.returncode == 1
    assert "build stopped: no lesson 77; there are 00, 01" in run.stderr
