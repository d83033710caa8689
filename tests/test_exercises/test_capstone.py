"""The capstone: every cell of the family is sound, and the checks know right from wrong for each,
without a backward pass of their own.
"""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI

import build_editions as editions
import capstone_backward
from exercises import accepted, capstone, check, hint, judge
from exercises.capstone import tangents
from exercises.engine.judging import judge as judged
from exercises.lessons.catalogue import find, warm_ups
from helpers import gradcheck, losses
from notebooks import COURSE, is_check, is_exercise, is_written, load
from nbgrader_course import put, settings

VARIANTS = capstone.variants()
SOME = VARIANTS[::43]                   # holds every option of every part, as a test below makes sure
FEW = [capstone.Variant(*parts) for parts in (      # the same, but for the numbers that alpha may be given
    ("root", "given", "0.3", "skip 2 zero", "gain"),
    ("arctan", "per unit", "", "skip 3 zero", "square"),
    ("arsinh", "per unit through a sigmoid", "", "skip 2 first", "square"),
    ("sine", "given", "0.8", "skip 3 first", "gain"),
    ("window", "per unit", "", "feedback", "gain"),
    ("soft step", "per unit through a sigmoid", "", "feedback", "square"),
)]
EXAMPLE = capstone.project(capstone.EXAMPLE)
OTHER = capstone.project("somebody else")
EXERCISES = ["10.1", "10.2", "10.4", "10.5", "10.6", "10.7", "10.8"]


def of(variant, number):
    return f"{number}@{variant.code}"


def ids(variants):
    return [variant.code.replace("/", "-") for variant in variants]


def solution(number):
    """The worked example's function for an exercise, with what it calls, from the stored solutions."""
    space = {"np": np, "gradcheck": gradcheck, "losses": losses,
             "project": EXAMPLE, "task": capstone.sunspots()}
    exec("from helpers import clip, optimisers", space)
    name = None
    for cell in load("solutions", "10_capstone").cells:
        if is_exercise(cell):
            exec(cell.source, space)
            if cell.metadata.nbgrader.grade_id == f"exercise-{number.replace('.', '-')}":
                name = cell.source.split("def ")[1].split("(")[0]
    return space[name]


# --- ids ---

def test_an_id_gives_the_same_cell_on_every_machine():
    """Fixed for good: a learner's cell must not change under way."""
    assert EXAMPLE.variant.code == "arsinh/per unit//skip 2 first/gain"
    assert capstone.project("Ada").variant.code == "window/per unit through a sigmoid//skip 2 zero/square"
    assert capstone.project(4711).variant == capstone.project("4711").variant


def test_capitals_and_spaces_do_not_matter():
    assert len({capstone.project(text).variant
                for text in ("Ada Lovelace", " ada  lovelace ", "ADA LOVELACE\n")}) == 1
    assert capstone.project("Zoe\u0308").variant == capstone.project("Zo\u00eb").variant


@pytest.mark.parametrize("id", ["", "   ", "\n"])
def test_an_empty_id_is_refused(id):
    with pytest.raises(ValueError, match="id must not be empty"):
        capstone.project(id)


@pytest.mark.parametrize("id", [None, True, 1.5, ["Ada"], b"Ada"])
def test_an_id_is_a_name_or_a_number(id):
    with pytest.raises(TypeError, match="id must be a name or a whole number"):
        capstone.project(id)


def test_ids_spread_over_the_whole_family():
    found = [capstone.project(number).variant for number in range(2000)]
    assert len(set(VARIANTS)) == len(VARIANTS) == 420
    assert len(set(found)) > 300
    for part in range(5):
        assert {variant[part] for variant in found} == {variant[part] for variant in VARIANTS}
        assert {variant[part] for variant in SOME} == {variant[part] for variant in VARIANTS}
        assert (capstone.Variant._fields[part] == "alpha"
                or {variant[part] for variant in FEW} == {variant[part] for variant in VARIANTS})


def test_a_teacher_sees_which_cell_an_id_gets():
    run = subprocess.run([sys.executable, "-m", "exercises.capstone", "--equations", "Ada", "4711"],
                         cwd=COURSE, capture_output=True, text=True, encoding="utf-8")
    assert run.returncode == 0, run.stderr
    assert "project 'Ada': window; leak per unit through a sigmoid; skip 2 zero; square" in run.stdout
    assert "project '4711'" in run.stdout and r"W_{\text{skip}}" in run.stdout


def test_a_card_says_what_the_cell_is():
    for variant in VARIANTS:
        card = capstone.Project("x", variant)._repr_markdown_()
        assert card.count("$$") == 2 and all(
            f"`{name}`" in card for name in capstone.Project("x", variant).shapes(1, 1, 1))
        assert ("worked example" in card) == (variant == EXAMPLE.variant)
    with pytest.raises(ValueError, match=r"params must contain W_hh, .*missing: W_hh"):
        capstone.forward(EXAMPLE, {}, np.ones((3, 2, 1)), np.ones((2, 4)))


# --- the family ---

@pytest.mark.parametrize("name", capstone.ACTIVATIONS)
def test_an_activation_is_smooth_takes_complex_numbers_and_is_not_tanh(name):
    f, a = capstone.ACTIVATIONS[name].function, np.linspace(-3, 3, 61)
    step = f(a + 1e-100j).imag / 1e-100
    assert np.allclose(step, (f(a + 1e-5) - f(a - 1e-5)) / 2e-5, rtol=0, atol=1e-9)
    assert np.allclose(step, capstone_backward.SLOPES[name](a), rtol=0, atol=1e-13)
    assert np.abs(step - (1 - f(a) ** 2)).max() > 0.05 and abs(f(0.0)) < 1e-15


@pytest.mark.parametrize("activation", capstone.ACTIVATIONS)
def test_a_right_backward_pass_is_right_for_every_cell(activation):
    """It agrees with what the checks compare with, the complex step of the forward pass,
    for all 420 cells.
    """
    for variant in (variant for variant in VARIANTS if variant.activation == activation):
        project = capstone.Project("x", variant)
        problem = project.problem()
        a, h, y = capstone.forward(project, problem.params, problem.x, problem.h0)
        arguments = problem.params, problem.x, a, h, y, losses.squared_error(y, problem.target)[1]
        reference = find(of(variant, "10.6")).reference(*arguments)
        assert gradcheck.compare(
            capstone_backward.backward(variant)(*arguments), reference).agrees(1e-12), variant.code
        assert all(np.abs(g).max() > 1e-6 for g in reference.values()), "on this problem a gradient vanishes"
        assert np.abs(h).max() < 10, "on this problem the states grow"
        for mine, wanted in zip(capstone_backward.state_gradients(variant)(*arguments),
                                find(of(variant, "10.5")).reference(*arguments)):
            assert np.allclose(mine, wanted, rtol=0, atol=1e-12 * np.abs(wanted).max()), variant.code


@pytest.mark.parametrize("variant", SOME, ids=ids(SOME))
def test_the_gradients_of_the_checks_are_those_of_the_forward_pass(variant):
    """Two roads to one thing: ``tangents``, where each path stands alone,
    and ``gradcheck`` on the whole forward pass.
    """
    project = capstone.Project("x", variant)
    problem = project.problem()

    def loss(v):
        y = capstone.forward(project, {name: v[name] for name in problem.params}, v["x"], v["h0"])[2]
        return losses.squared_error(y, problem.target)[0]

    a, h, y = capstone.forward(project, problem.params, problem.x, problem.h0)
    dy = losses.squared_error(y, problem.target)[1]
    found = tangents.gradients(tangents.Tangents, variant, problem.params, problem.x, a, h, y, dy)
    assert gradcheck.compare(found, gradcheck.complex_step(loss, problem.variables())).agrees(1e-12)
    assert gradcheck.compare(found, gradcheck.central_difference(loss, problem.variables())).agrees(1e-7)


@pytest.mark.parametrize("variant", SOME, ids=ids(SOME))
def test_the_references_are_right_but_no_answers_and_blanks_are_not_attempted(here, variant):
    def blank(*arguments):
        raise NotImplementedError

    # The reference of 10.8 measures every gradient; that is slow.
    for number in EXERCISES if variant in SOME[::5] else EXERCISES[:-1]:
        result = judged(find(of(variant, number)), find(of(variant, number)).reference)
        assert result.message.startswith("It calls the course's own code"), number
        assert result.credit == 0 and "The numbers are right." in repr(result), number
        assert judged(find(of(variant, number)), blank).status == "not attempted yet"
    assert judged(find(of(variant, "10.5")), capstone_backward.state_gradients(variant)).status == "right"
    assert judged(find(of(variant, "10.6")), capstone_backward.backward(variant)).status == "right"


# --- mistakes ---

@pytest.mark.parametrize("number", EXERCISES)
def test_nothing_is_no_answer(number):
    assert judge(number, lambda *arguments: None, EXAMPLE).status == "wrong"


@pytest.mark.parametrize("variant", FEW, ids=ids(FEW))
def test_every_mistake_is_rejected_named_as_itself_and_explained(here, variant):
    """Its three paragraphs say what it is, how to see it, and where to read on.
    (Those of 10.7 are the same for every cell: test_mistakes.)
    """
    for number in EXERCISES[:-2]:
        mistakes = find(of(variant, number)).known
        assert len(mistakes) >= 5
        for mistake in mistakes[FEW.index(variant) % 2::2]:         # each of them for three cells
            assert (len(mistake.row.paragraphs) == 3
                    and mistake.row.paragraphs[2].startswith("Lesson ")), mistake.name
            result = judged(find(of(variant, number)), mistake.answer)
            assert result.status == "wrong", (number, mistake.name)
            assert result.message.lower().startswith(mistake.name.lower()), (
                number, mistake.name, repr(result))


@pytest.mark.parametrize("variant", FEW, ids=ids(FEW))
def test_a_slip_in_a_hand_written_backward_pass_is_named(here, variant):
    """The checks predict a mistake from the forward pass; here it is made in a real backward pass."""
    for number, answer, edits in (
            ("10.5", capstone_backward.state_gradients,
             [*capstone_backward.EDITS, *capstone_backward.ONLY_STATES]),
            ("10.6", capstone_backward.backward,
             [*capstone_backward.EDITS, *capstone_backward.ONLY_ALL])):
        for old, new, name, applies in edits:
            if not applies(variant):
                continue
            result = judged(find(of(variant, number)), answer(variant, old, new))
            assert result.status == "wrong", (number, old, new)
            assert name is None or name in repr(result).lower(), (number, old, new, repr(result))


def test_two_mistakes_at_once_are_both_named():
    number = "10.6"
    for one, other in (("carried path forgotten", "skip weights meet the wrong step"),
                       ("slope forgotten", "gain forgotten in the weights")):
        both = next(pair.answer for pair in find(number).pairs[0]
                    if {part.name for part in pair.pair} == {one, other})
        result = repr(judge(number, both, EXAMPLE)).lower()
        assert "two mistakes at once" in result and one in result and other in result


def test_an_unknown_mistake_is_pinned_down_by_easier_problems():
    def half_the_skip(params, x, a, h, y, dy):
        halved = {**params, "W_skip": 0.5 * params["W_skip"]}
        return capstone_backward.state_gradients(EXAMPLE.variant)(halved, x, a, h, y, dy)

    said = repr(judge("10.5", half_the_skip, EXAMPLE))
    assert "right when T = 1" in said and "W_skip = 0" in said


def test_a_list_of_another_length_is_told_with_its_step():
    right = solution("10.2")
    said = repr(judge("10.2", lambda t, T: {**right(t, T), "h": [1, 2, 3]}, EXAMPLE))
    assert "should have shape (1,), not (3,) for t = 3, T = 7." in said


def test_the_start_of_the_skip_shows_in_the_first_state_alone():
    """As the worked example's report says."""
    edit = next(edit for edit in capstone_backward.EDITS if edit[2] == "skip at the start")
    result = judge("10.6", capstone_backward.backward(EXAMPLE.variant, *edit[:2]), EXAMPLE)
    assert "; the other 9 are right." in repr(result) and result.credit == 0.5


# --- whose cell is it? ---

@pytest.mark.parametrize("number", ["10.1", "10.2", "10.5"])
def test_whoever_hands_in_the_worked_example_is_told_so(number):
    assert judge(number, solution(number), EXAMPLE).status == "right"
    result = judge(number, solution(number), OTHER)
    assert result.status == "wrong" and "the cell of the worked example" in result.message


def test_a_check_needs_the_project_of_the_capstone_and_no_other_does(capsys):
    with pytest.raises(ValueError, match=r'check\("10.1", ..., project\)'):
        check("10.1", abs)
    with pytest.raises(ValueError, match="takes no project"):
        check("4.3", abs, OTHER)
    with pytest.raises(TypeError, match="what capstone.project returns; received str"):
        check("10.1", abs, "Ada")
    with pytest.raises(ValueError, match="There is no exercise '10.3'"):
        check("10.3", abs, OTHER)
    assert "10.5" in repr(hint("10.5", 3)) and "@" not in repr(check("10.5", abs, OTHER))


def test_a_right_function_is_accepted_for_its_own_cell_only():
    assert accepted("10.6", solution("10.6"), EXAMPLE) and accepted("10.6", solution("10.6"), OTHER) is None


# --- training ---

@pytest.mark.parametrize("spoil, words", [
    (lambda p: p["b_h"], "Return the trained parameters, a dict"),
    (lambda p: {}, "This one has none"),
    (lambda p: {**p, "b_y": p["b_y"][0]}, "b_y should hold real numbers in shape (1,)"),
    (lambda p: {**p, "b_h": p["b_h"] * np.nan}, "has diverged"),
    (lambda p: {**p, "b_y": p["b_y"] + 3}, "persistence, which has learned nothing"),
])
def test_what_training_must_return(spoil, words):
    right = find("10.8").reference(100, 1)
    result = judge("10.8", lambda updates, seed: spoil(right), EXAMPLE)
    assert result.status == "wrong" and words in result.message


def test_an_untrained_cell_is_not_enough():
    assert judge("10.8", lambda updates, seed: EXAMPLE.init(1, 8, 1, np.random.default_rng(seed)),
                 EXAMPLE).status == "wrong"


# --- the notebooks ---

def test_the_blank_lesson_runs_with_another_id():
    """Nothing raises; blanks are not attempted. (nbgrader runs it with answers, see below.)"""
    source = COURSE / "solutions" / "10_capstone.md"
    lesson = editions.student_edition(editions.read(source))
    for cell in lesson.cells:
        cell.source = cell.source.replace('my_id = "the worked example"', 'my_id = "teacher"')
    shown = [cell.outputs[-1].data["text/plain"]
             for cell in editions.execute(lesson, source).cells if is_check(cell)]
    assert len(shown) == len(EXERCISES) + len(warm_ups("10"))
    assert all("not attempted yet" in said for said in shown)


def test_texts_are_blank_for_learners_and_graded_by_a_person():
    for edition in ("solutions", "notebooks"):
        texts = [cell for cell in load(edition, "10_capstone").cells if is_written(cell)]
        assert [(cell.metadata.nbgrader.grade_id, cell.metadata.nbgrader.points) for cell in texts] == [
            ("written-10-3", 8), ("written-10-9", 6)]
        assert all((cell.source.strip() == editions.BLANK_PAGE) == (edition == "notebooks")
                   for cell in texts)


def test_the_rubric_gives_the_points_of_the_checks():
    text = (COURSE / "solutions" / "10_capstone.md").read_text(encoding="utf-8")
    rows = {line.split("|")[1].strip(): int(line.split("|")[3])
            for line in text.splitlines() if line.startswith("| 10.")}
    graded = {cell.metadata.nbgrader.grade_id.split("-", 1)[1].replace("-", "."):
              cell.metadata.nbgrader.points
              for cell in load("solutions", "10_capstone").cells
              if (is_check(cell) or is_written(cell)) and "points" in cell.metadata.nbgrader}
    assert rows == graded and sum(rows.values()) == 40 and "40 points in all" in text


def test_a_text_without_points_stops_the_build():
    cell = nbformat.v4.new_markdown_cell("### BEGIN SOLUTION\n### END SOLUTION",
                                         metadata={"tags": ["written-10.99"]})
    with pytest.raises(editions.BuildError, match="no points for the text '10.99'"):
        editions.add_nbgrader_metadata(cell, COURSE / "solutions" / "10_capstone.md")


def test_nbgrader_grades_what_a_check_can_and_leaves_the_texts_to_a_person(tmp_path, monkeypatch):
    """The worked example handed in under its own id, and under another."""
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
    name = "10_capstone.ipynb"
    solutions = load("solutions", "10_capstone")
    put(load("notebooks", "10_capstone"), tmp_path / "source" / "capstone" / name)
    api = NbGraderAPI(config=settings(tmp_path))
    released = api.generate_assignment("capstone")
    assert released["success"], released["log"]
    blank = nbformat.read(tmp_path / "release" / "capstone" / name, 4)
    answers = {cell.metadata.nbgrader.grade_id: cell.source
               for cell in solutions.cells if is_exercise(cell) or is_written(cell)}
    for student in ("the worked example", "somebody else"):
        notebook = nbformat.from_dict(blank)
        for cell in notebook.cells:
            if is_exercise(cell) or is_written(cell):
                cell.source = answers[cell.metadata.nbgrader.grade_id]
            cell.source = cell.source.replace('my_id = "the worked example"', f"my_id = {student!r}")
        put(notebook, tmp_path / "submitted" / student / "capstone" / name)
        graded = api.autograde("capstone", student)
        assert graded["success"], graded["log"]
    cells = nbformat.read(tmp_path / "autograded" / "somebody else" / "capstone" / name, 4).cells
    said = {cell.metadata.nbgrader.grade_id: str(cell.outputs) for cell in cells if is_check(cell)}
    assert (all("the cell of the worked example" in said[f"check-10-{n}"] for n in (1, 6))
            and "10.7: right" in said["check-10-7"])
    with Gradebook(f"sqlite:///{tmp_path}/gradebook.db") as gradebook:
        found = {one.student.id: (one.score, one.max_score, one.needs_manual_grade)
                 for one in gradebook.assignment_submissions("capstone")}
    assert found["the worked example"] == (26, 40, True)
    score, highest, waits = found["somebody else"]
    assert highest == 40 and waits and 4 <= score < 10
