"""The stored notebooks, read as files: nothing is run here."""

import html
import re
import subprocess
import sys

import build_editions as editions
import jupytext
import nbformat
import pytest
from notebooks import (COURSE, EDITIONS, LESSONS, SOURCES, code_cells, is_check, is_exercise, is_written,
                       load, path_of, pictures, same_picture)

PROCESSOR = 'import os\nprint(os.environ.get("OPENBLAS_CORETYPE"))'

both_editions = pytest.mark.parametrize("edition", EDITIONS)
every_lesson = pytest.mark.parametrize("lesson", LESSONS)
every_source = pytest.mark.parametrize("source", SOURCES, ids=LESSONS)


def test_the_lessons_are_there():
    assert LESSONS[:6] == ["00_start_here", "01_unrolling", "02_forward_pass", "03_deriving_bptt",
                           "04_coding_bptt", "05_training"]
    for edition in EDITIONS:
        stored = sorted(path.stem for path in (COURSE / edition).glob("*.ipynb"))
        assert stored == LESSONS, f"{edition}/ does not hold exactly the lessons that have a text"


@both_editions
@every_lesson
def test_every_code_cell_was_executed_in_order(edition, lesson):
    counts = [cell.execution_count for cell in code_cells(load(edition, lesson))]
    assert counts == list(range(1, len(counts) + 1))


@both_editions
@every_lesson
def test_outputs_hold_no_error_warning_or_path(edition, lesson):
    for cell in code_cells(load(edition, lesson)):
        for output in cell.outputs:
            assert output.output_type != "error", cell.source
            assert output.get("name") != "stderr", cell.source
            assert not re.search(r"(?<![\w.])/(root|home|tmp|work|Users)/", str(output)), cell.source


@both_editions
@every_lesson
def test_nobody_edited_the_notebook_by_hand(edition, lesson):
    notebook = load(edition, lesson)
    assert notebook.metadata.course.fingerprint == editions.fingerprint(notebook), (
        f"{edition}/{lesson}.ipynb was changed after it was built. "
        "If it holds answers of yours, keep a copy elsewhere and restore the original with git; "
        "if you meant to change the lesson, edit its text in solutions/ and build.")


@every_source
def test_the_notebooks_are_built_from_the_current_text(source):
    """All but the outputs: cells, their ids, and the metadata of nbgrader and Jupytext."""
    lesson = editions.read(source)
    for edition, made in (("solutions", lesson), ("notebooks", editions.student_edition(lesson))):
        assert without_outputs(load(edition, source.stem)) == without_outputs(editions.finish(made)), edition


def without_outputs(notebook):
    """The notebook as text, as if it had never been run."""
    for cell in code_cells(notebook):
        cell.outputs, cell.execution_count = [], None
        cell.metadata.pop("jupyter", None)              # hides outputs; test_predicts.py looks at it
    return nbformat.writes(notebook, version=4)


@every_lesson
def test_both_editions_show_the_same(lesson):
    """The same pictures, and the same lines but for those that say which exercise comes first.

    So what the one shows on another processor, as conftest.py makes sure, the other shows, too.
    """
    solved = {cell.id: cell for cell in code_cells(load("solutions", lesson))}
    for cell in code_cells(load("notebooks", lesson)):
        if is_exercise(cell) or is_check(cell) or cell.outputs == getattr(solved.get(cell.id), "outputs", []):
            continue
        for line in lines_of(cell) - lines_of(solved[cell.id]):
            assert re.search(r"\bfirst\b|not right yet", line, re.IGNORECASE), (cell.source, line)
        shown, wanted = pictures(cell.outputs), pictures(solved[cell.id].outputs)
        assert all(map(same_picture, shown, wanted)) and len(shown) in (0, len(wanted)), cell.source


def test_a_changed_picture_and_the_processor_are_seen(tmp_path):
    """conftest.py adds both to nbval: here one of two stored pictures is another one."""
    draw = 'import matplotlib.pyplot as plt\nplt.plot([0, 1])\nplt.show()'
    lesson = editions.execute(nbformat.v4.new_notebook(cells=[
        nbformat.v4.new_code_cell(source) for source in (draw, draw.replace("[0, 1]", "[1, 0]"), PROCESSOR)]),
        tmp_path / "lesson.md")
    first, second, processor = lesson.cells
    second.outputs = first.outputs
    processor.outputs = [nbformat.v4.new_output("stream", name="stdout", text="Prescott\n")]
    path = tmp_path / "solutions" / "lesson.ipynb"
    path.parent.mkdir()
    nbformat.write(lesson, path)
    run = subprocess.run([sys.executable, "-m", "pytest", "-n", "0", "-p", "conftest",
                          "-p", "no:cacheprovider", "-c", COURSE / "pyproject.toml", path],
                         cwd=COURSE, capture_output=True, text=True, encoding="utf-8")
    assert "1 failed, 2 passed" in run.stdout and "a picture has changed" in run.stdout, run.stdout


def lines_of(cell):
    """The lines of text that a cell shows."""
    texts = [text for output in cell.outputs
             for mime, text in [("text", output.get("text", "")), *output.get("data", {}).items()]
             if mime.startswith("text")]
    return {line for text in texts for line in text.splitlines()}


@every_source
def test_jupytext_would_write_the_text_as_it_stands(source):
    text = source.read_text(encoding="utf-8")
    assert jupytext.writes(jupytext.reads(text, fmt="md:myst"), fmt="md:myst") == text


@both_editions
@every_lesson
def test_code_cells_are_short(edition, lesson):
    cells = code_cells(load(edition, lesson))
    lengths = sorted(len(cell.source.splitlines()) for cell in cells)
    assert lengths[-1] <= 30, max(cells, key=lambda cell: len(cell.source.splitlines())).source
    assert lengths[len(lengths) // 2] <= 12


@every_lesson
def test_every_displayed_equation_is_executed_by_the_next_cell(lesson):
    cells = load("solutions", lesson).cells
    for cell, following in zip(cells, cells[1:] + [None]):
        if cell.cell_type == "markdown" and "$$" in cell.source:
            assert following is not None and following.cell_type == "code", cell.source


@both_editions
@every_lesson
def test_links_between_lessons_resolve(edition, lesson):
    notebook = load(edition, lesson)
    for cell in notebook.cells:
        if cell.cell_type != "markdown":
            continue
        for target in re.findall(r"\]\(([^)\s]+)\)", cell.source):
            if re.match(r"https?://|mailto:", target):
                continue
            name, _, anchor = target.partition("#")
            path = (COURSE / edition / name) if name else path_of(edition, lesson)
            assert path.exists(), f"{target} leads nowhere"
            if anchor:
                assert anchor in anchors(path), f"{target}: no such heading in {path.name}"


@every_source
def test_links_lead_to_lessons_only(source):
    """Where the course runs in a browser, there is no folder of helpers to link to."""
    targets = re.findall(r"\]\(([^)\s#]+)[^)\s]*\)", source.read_text(encoding="utf-8"))
    assert [target for target in targets
            if not re.match(r"https?://|mailto:", target) and not target.endswith(".ipynb")] == []


def test_the_first_cell_finds_everything_in_a_browser(in_browser, monkeypatch, capsys):
    monkeypatch.setattr(sys, "version_info", (3, 14, 2, "final", 0))
    exec(code_cells(load("solutions", LESSONS[0]))[0].source, {})
    assert capsys.readouterr().out.count(": yes\n") == 4


def anchors(path):
    """The names by which JupyterLab links to the headings of a notebook."""
    cells = load(path.parent.name, path.stem).cells
    headings = re.findall(r"^#+ (.+)$", "\n".join(c.source for c in cells if c.cell_type == "markdown"),
                          re.MULTILINE)
    return {heading.strip().replace("*", "").replace(" ", "-") for heading in headings}


@every_lesson
def test_every_picture_has_alternative_text(lesson):
    """In the picture's own metadata, and as words that are read aloud,
    since JupyterLab passes over the former.
    """
    for cell in code_cells(load("solutions", lesson)):
        for output, following in zip(cell.outputs, [*cell.outputs[1:], None]):
            if "image/png" in output.get("data", {}):
                words = output.metadata["image/png"]["alt"]
                assert len(words) > 20, cell.source
                assert f">{html.escape(words)}</p>" in following.data["text/html"], cell.source


@both_editions
@every_lesson
def test_a_page_without_a_kernel_has_a_picture_for_every_explorer(edition, lesson):
    for cell in code_cells(load(edition, lesson)):
        if re.match(r"explorers\.\w+\((?!.*\.picture\()", cell.source.splitlines()[-1]):     # no still one
            shown = next(output.data for output in cell.outputs if output.get("data"))
            assert "image/png" in shown and shown["text/plain"].startswith("[explorer: "), cell.source
            assert "application/vnd.jupyter.widget-view+json" not in shown


@every_lesson
def test_every_exercise_has_its_check(lesson):
    cells = load("solutions", lesson).cells
    exercises = [number(cell) for cell in cells if is_exercise(cell) or is_written(cell)]
    checks = [number(cell) for cell in cells if is_check(cell) or is_written(cell)]
    assert exercises == checks
    counted = [name for name in exercises if name[-1].isdigit()]        # the others are warm-ups
    in_order = sorted(counted, key=lambda one: int(one.split(".")[1]))  # a new one may stand anywhere
    assert in_order == [f"{int(lesson[:2])}.{n}" for n in range(1, len(counted) + 1)]
    assert len(counted) >= 4


@every_lesson
def test_solutions_are_right_and_stubs_are_not_attempted(lesson):
    for edition, verdict in (("solutions", "right"), ("notebooks", "not attempted yet")):
        for cell in load(edition, lesson).cells:
            if is_check(cell):
                shown = cell.outputs[-1].data["text/plain"]
                assert shown.startswith(f"Exercise {number(cell)}: {verdict}."), (edition, shown)


@every_lesson
def test_no_answer_is_in_the_student_edition(lesson):
    student = load("notebooks", lesson)
    everything = squeeze("\n".join(cell.source + str(cell.get("outputs", "")) for cell in student.cells))
    for cell in load("solutions", lesson).cells:
        if is_exercise(cell) or is_written(cell):
            for answer in re.findall(r"### BEGIN SOLUTION.*?\n(.*?)### END SOLUTION", cell.source, re.DOTALL):
                assert squeeze(answer) not in everything, f"exercise {number(cell)}: its answer can be read"
    for cell in student.cells:
        assert "instructor" not in cell.metadata.get("tags", [])
        if is_exercise(cell):
            assert editions.STUB in cell.source, f"exercise {number(cell)} has no stub"
            assert not cell.outputs, f"exercise {number(cell)} shows an output"
        if is_written(cell):
            assert cell.source.strip() == editions.BLANK_PAGE, f"text {number(cell)} is not blank"


def number(cell):
    """The number of an exercise or a check, such as "4.3"."""
    _, lesson, exercise = cell.metadata.nbgrader.grade_id.split("-")
    return f"{lesson}.{exercise}"


def squeeze(text):
    """Text without white space and comments, so that a reformatted answer is still found."""
    return re.sub(r"\s+", "", re.sub(r"#.*", "", text))


@pytest.mark.parametrize("source", SOURCES, ids=LESSONS)
def test_every_objective_is_exercised_and_every_exercise_serves_one(source):
    text = source.read_text(encoding="utf-8")
    objectives = re.split(r"\n- ", text[text.index("By the end you can"):text.index("**Time:**")])[1:]
    named = set()
    for objective in objectives:
        numbers = re.findall(r"\d+\.\d+", objective)
        assert numbers or "all exercises" in objective, objective
        ranges = re.findall(r"(\d+)\.(\d+) to \1\.(\d+)", objective)
        named.update(numbers, *([f"{lesson}.{i}" for i in range(int(first), int(last) + 1)]
                                for lesson, first, last in ranges))
    assert named == set(re.findall(r"### Exercise (\d+\.\d+) ·", text))
