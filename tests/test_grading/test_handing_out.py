"""Fresh work for each learner: no two have the same cell, a grader draws again and does not ask the notebook,
and what is right for one is not right for another.
"""

import copy
import csv
import hashlib
import itertools
import json
import re
import subprocess
import sys
import zipfile

import nbformat
import numpy as np
import pytest

import capstone_backward
import class_of_10
from exercises import capstone, door, reporting
from exercises.capstone import parts, tangents
from exercises.engine.judging import fits, judge
from exercises.engine.kinds import letters_of
from exercises.formulas import wired
from exercises.lessons.catalogue import find, lesson_exercises, lesson_module, lessons, warm_ups
from helpers import gradcheck, losses, rnn
from notebooks import COURSE
from solutions.grading import for_nbgrader, release

SEED = 20_260_714
CLASS = [f"learner {number}" for number in range(200)]
CELLS = release.cells(SEED, CLASS)
SOME = CLASS[::40]

# What a learner writes: the backward pass of the tests, with the parts of one cell.
ANSWERS = {
    "10-1": '''from types import SimpleNamespace
variant = SimpleNamespace({parts})
def curve(a):
    return {f}
{own}
def forward(params, x, h0):
    fixed = {alpha}
    a, h, y = [0 * h0], [h0], [0 * (h0 @ params["W_hy"].T)]
    def back(t, d):
        return h[t - d] if t >= d else h0 if variant.first else 0 * h0
    for t in range(1, len(x) + 1):
        alpha = 1 / (1 + np.exp(-x[t - 1] @ params["W_xq"].T)) if fixed is None else fixed
        total, given = h[t - 1] @ params["W_hh"].T, x[t - 1] @ params["W_xh"].T
        if variant.extra == "gain":
            total = total * (1 + x[t - 1] @ params["W_xg"].T)
        elif variant.extra == "gain on the input":
            given = given * (1 + h[t - 1] @ params["W_hg"].T)
        else:
            total = total + (params["p"] * h[t - 1] ** 2 if variant.extra == "square" else
                             own_term(params, h[t - 1], x[t - 1]))
        if variant.lag:
            past = y[max(t - variant.lag, 0)] @ params["W_yh"].T
        else:
            past = (back(t, 1) - back(t, variant.delay) if variant.change else back(t, variant.delay)
                    ) @ params["W_skip"].T
        total = total + given + past + params["b_h"]
        a.append((1 - alpha) * a[-1] + alpha * total if variant.on_sum else total)
        h.append(curve(a[-1]) if variant.on_sum else (1 - alpha) * h[t - 1] + alpha * curve(a[-1]))
        y.append(h[t] @ params["W_hy"].T + params["b_y"])
    return np.array(a[1:]), np.array(h), np.array(y[1:])''',
    "10-2": '''def readers(t, T):
    d, a = variant.delay, {{t + 1}}
    if d:
        a |= {{t + d}} | (set(range(1, d)) if variant.first and t == 0 else set())
    return {{"y": [t] if t else [], "a": sorted(s for s in a if s <= T),
             "h": [t + 1] if t < T and not variant.on_sum else []}}''',
    "10-4": '''def slope(a):
    return {slope}''',
    "10-5": '''def state_gradients(params, x, a, h, y, dy):
    found = run(params, x, a, h, y, dy)
    return found["dh"], found["da"]''',
    "10-6": '''def backward(params, x, a, h, y, dy):
    return run(params, x, a, h, y, dy)["grads"]'''}


def answers_for(variant, own="", own_back=""):
    """{id of an exercise: a right answer, as text} for any cell. own: a forward term, as text; own_back: its
    shares."""
    wanted = {name: getattr(variant, name) for name in (*variant._fields, "delay", "lag", "on_sum")}
    wanted |= {"first": variant.past.endswith("first"), "change": variant.past.startswith("change")}
    words = {"parts": ", ".join(f"{name}={value!r}" for name, value in wanted.items()), "own": own,
             "f": class_of_10.F[variant.activation], "slope": class_of_10.SLOPE[variant.activation],
             "alpha": variant.alpha or class_of_10.ALPHA.get(variant.leak)}
    found = {number: text.format(**words) if "{" in text else text for number, text in ANSWERS.items()}
    pass_back = capstone_backward.SOURCE.replace("SLOPES[variant.activation]", "its_slope").replace(
        "= (function,", "= (curve,")
    found["10-5"] = f"{own_back}\nits_slope = slope\n{pass_back}\n{ANSWERS['10-5']}"
    found["10-6"] = ANSWERS["10-6"]
    found |= {number: class_of_10.generic(number) for number in ("10-7", "10-8")}
    return {f"exercise-{number}": text for number, text in found.items()}


def filled(notebook, answers):
    """A notebook with answers, as bytes."""
    notebook = copy.deepcopy(notebook)
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        cell["source"] = answers.get(name, cell["source"])
    return json.dumps(notebook).encode()


def roster_of(ids):
    return [{"id": id, "name": f"N. {id}"} for id in ids]


# --- what is drawn ---

def test_the_cells_of_ids_stay_what_they_were():
    """A name or number that was given to ``capstone.project`` names the same cell for good."""
    stored = {"0": "sine/per unit//skip 2 first/gain", "1": "window/given/0.6/skip 2 zero/square",
              "3": "soft step/per unit through a sigmoid//skip 3 first/square",
              "6": "arctan/given/0.6/feedback/gain", "10": "arsinh/given/0.8/skip 2 first/gain"}
    assert {id: capstone.project(id).variant.code for id in stored} == stored
    every = "\n".join(capstone.project(number).variant.code for number in range(2000))
    assert hashlib.sha256(every.encode()).hexdigest() == (
        "073b3ce8f48e3d064c0dff83098b7bf381aa20b33823b5c47a4a536d7b7f6597")


def test_200_learners_share_no_cell_and_no_derivation():
    groups = parts.codes()
    group_of = {code: number for number, group in enumerate(groups) for code in group}
    assert len(groups) >= 1000 and len(group_of) >= 1500
    assert len(set(CELLS.values())) == len({group_of[code] for code in CELLS.values()}) == len(CLASS)
    for place in (0, 1, 3, 4):          # of every kind of part, all are used
        assert ({code.split("/")[place] for code in CELLS.values()}
                == {code.split("/")[place] for code in group_of})


def test_every_cell_is_handed_out_before_one_comes_again():
    own = ("gudermannian",), ("gain",)
    every = sum(parts.codes(own), [])
    ids = list(map(str, range(len(every))))
    found = release.cells(1, ids, own)
    assert sorted(found.values()) == sorted(every)
    first = [code.rpartition("/")[0].split("/")[1:2] + code.split("/")[3:] for code in
             list(found.values())[:len(parts.codes(own))]]
    assert len(set(map(tuple, first))) == len(first)
    with pytest.raises(ValueError, match="more learners"):
        release.cells(1, [*ids, "one more"], own)


def test_a_learner_who_is_added_changes_nobody_elses_cell():
    assert release.cells(SEED, [*CLASS, "late"]).items() >= CELLS.items()
    shuffled = ["late", *CLASS[::-1]]           # a list in another order, beside the one that was kept
    assert release.cells(SEED, shuffled, kept=CELLS).items() >= CELLS.items()
    assert release.cells(SEED, ["Ada "]) != release.cells(SEED + 1, ["Ada "])
    assert list(release.cells(SEED, ["Ada "]).values()) == list(release.cells(SEED, ["ada"]).values())


@pytest.mark.parametrize("lesson", lessons())
def test_options_stand_in_an_order_of_ones_own_and_known_letters_earn_nothing(lesson):
    orders = set()
    for id in SOME:
        found = release.addresses(SEED, lesson, id)
        for number, exercise in (lesson_exercises(lesson) | warm_ups(lesson)).items():
            if not letters_of(exercise):
                continue
            mine = find(found[number])
            orders.add(found[number])
            assert not mine.verdict(mine.reference()) and mine.number == number
            assert mine.verdict(exercise.reference()), "the letter that everybody knows is right"
            if len(exercise.reference()) == 1:          # the same words are said of the same option
                right, options = exercise.verdict.args
                assert mine.verdict.args[1][mine.reference()] == options[right]
    assert len(orders) > 3


# Letters that are names of something in these exercises, and no options.
NAMES = {"2.7": "b", "2.b": "db", "4.9": "g", "6.2": "g", "8.6": "bc", "9.9": "g"}


@pytest.mark.parametrize("lesson", lessons())
def test_no_text_names_an_option_by_its_letter(lesson):
    for number, exercise in (lesson_exercises(lesson) | warm_ups(lesson)).items():
        letters = set(letters_of(exercise)) - set(NAMES.get(number, "")) - {"a"}
        told = exercise.verdict.args[1] if letters else {}
        words = [exercise.goal, *exercise.hints, *(str(one) for one in told.values() if isinstance(one, str)),
                 *(why for one in told.values() if isinstance(one, list) for _, why in one)]
        for text in words if letters else ():
            found = re.findall(r"(?<![\w'_*/{^(-])([b-h])(?![\w'_*/(=\[-])", text)
            assert not set(found) & letters, (number, text)
            assert not re.search(r"\b([Ll]ine|[Oo]ption) [a-h]\b|^a stands", text), (number, text)


# --- the notebooks ---

@pytest.mark.parametrize("lesson", lessons())
def test_what_stands_in_a_notebook_is_what_its_checks_judge(lesson):
    """Of each question: the option that says what the course's right option says has the right letter."""
    handed = release.Handed(lesson, SEED, roster_of(SOME))
    course = json.loads(release.lesson_file(lesson).read_text(encoding="utf-8"))
    for id in SOME[:2]:
        notebook, asked = handed.notebook(id), handed.addresses(id)
        assert str(SEED) not in json.dumps(notebook)
        assert len(notebook["cells"]) == len(course["cells"])
        for before, cell, above in zip(course["cells"], notebook["cells"], [None, *notebook["cells"]]):
            name = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
            number = name.partition("-")[2].replace("-", ".")
            if name.startswith("check-"):
                assert f'check("{asked.get(number, number)}", ' in "".join(cell["source"])
            if name.startswith("exercise-") and letters_of(find(number)):
                mine, was = find(asked[number]).reference(), find(number).reference()
                place = course["cells"].index(before)
                options = dict(release.OPTION.findall("".join(course["cells"][place - 1]["source"])))
                own = dict(release.OPTION.findall("".join(above["source"])))
                assert [own[letter] for letter in mine] == [options[letter] for letter in was]
                assert list(own) == sorted(options)


def test_a_check_in_a_notebook_judges_the_cell_that_was_handed_out():
    handed = release.Handed("10", SEED, roster_of(SOME))
    id = SOME[1]
    notebook = json.loads(filled(handed.notebook(id), answers_for(handed.project(id).variant)))
    assert "my_id" not in json.dumps(notebook) and "worked example" not in json.dumps(notebook)
    space, said = {"np": np}, {}
    for cell in notebook["cells"]:
        text, name = "".join(cell["source"]), cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        if name in ("check-10-1", "check-10-2", "check-10-4", "check-10-5", "check-10-6"):
            said[name] = eval(text, space).status
        elif cell["cell_type"] == "code" and (text.startswith(("# Mod", "from", "project")) or name in (
                "exercise-10-1", "exercise-10-2", "exercise-10-4", "exercise-10-5", "exercise-10-6")):
            exec(text, space)
    assert said == dict.fromkeys(said, "right") and len(said) == 5
    assert space["project"].variant == handed.project(id).variant


def test_hints_and_reports_are_about_the_form_that_the_notebook_checks(monkeypatch, tmp_path):
    monkeypatch.setattr(door, "ASKED", {})
    monkeypatch.setattr(reporting, "FOLDER", tmp_path)
    monkeypatch.setenv("BPTT_PROGRESS", "")
    assert door.check("8.6@fedcba", lambda: "c").status == door.check("8.6", lambda: "c").status == "right"
    reporting.report("8.6", lambda: "d")
    said = (tmp_path / "exercise_8.6.txt").read_text(encoding="utf-8")
    assert "Exercise 8.6: wrong. 'd': With b = 2" in said
    door.check("3.14@arctan", lambda *arguments: None)
    assert "f'(a_t)" in repr(door.hint("3.14", 2)) and "f'(a_t)" not in repr(door.hint("3.13", 2))
    door.check("3.14@sigmoid", lambda *arguments: None)
    assert door.ASKED["3.14"] == "3.14@sigmoid"


# --- what is right for whom ---

@pytest.mark.parametrize("group", parts.codes()[::41], ids=lambda group: group[0].replace("/", "-"))
def test_a_right_backward_pass_is_right_for_every_kind_of_cell(group):
    """Three roads to one thing: by hand, by the paths of ``Tangents``, and by the whole forward pass."""
    variant = capstone.from_code(group[-1])
    project = capstone.Project("x", variant)
    problem = project.problem()
    a, h, y = capstone.forward(project, problem.params, problem.x, problem.h0)
    arguments = problem.params, problem.x, a, h, y, losses.squared_error(y, problem.target)[1]

    def loss(v):
        found = capstone.forward(project, {name: v[name] for name in problem.params}, v["x"], v["h0"])
        return losses.squared_error(found[2], problem.target)[0]

    measured = gradcheck.complex_step(loss, problem.variables())
    found = capstone_backward.backward(variant)(*arguments)
    assert gradcheck.compare(found, measured).agrees(1e-12)
    assert gradcheck.compare(found, tangents.gradients(tangents.Tangents, variant, *arguments)).agrees(1e-12)
    assert np.abs(h).max() < 5 and all(np.abs(g).max() > 1e-6 for g in measured.values())
    card = project._repr_markdown_()
    assert card.count("$$") == 2 and all(f"`{name}`" in card for name in problem.params)


def answers_to(code):
    """{number: a right answer} for a cell."""
    variant, space = capstone.from_code(code), {"np": np}
    exec(answers_for(variant)["exercise-10-1"], space)
    exec(answers_for(variant)["exercise-10-2"], space)
    return {"10.1": space["forward"], "10.2": space["readers"],
            "10.4": capstone_backward.SLOPES[variant.activation],
            "10.5": capstone_backward.state_gradients(variant), "10.6": capstone_backward.backward(variant)}


def shared(number, one, other):
    """True if two cells have the same answer to an exercise, by their parts."""
    if number == "10.4":
        return one.activation == other.activation
    if number == "10.2":
        # With a delay of 2 only a_1 finds h_0 before the start, and a_1 reads h_0 anyway.
        return all((a.on_sum, a.delay, a.delay == 3 and a.past.split()[-1]) == (
            b.on_sum, b.delay, b.delay == 3 and b.past.split()[-1]) for a, b in [(one, other)])
    return one == other


@pytest.mark.parametrize("id", SOME[:3])
def test_a_right_answer_is_right_for_its_own_cell(id):
    for number, answer in answers_to(CELLS[id]).items():
        assert judge(find(f"{number}@{CELLS[id]}"), answer).status == "right", number


def test_another_cells_answer_is_right_where_they_share_the_parts_and_nowhere_else():
    close = ["arctan/given/0.3/skip 2 zero/gain", "arctan/given/0.4/skip 2 zero/gain",
             "arctan/given on the sum/0.3/skip 2 zero/gain", "arctan/given/0.3/change 2 zero/gain",
             "arctan/given/0.3/skip 2 first/gain", "sharp root/given/0.3/skip 2 zero/gain on the input"]
    variants = list(map(capstone.from_code, [*close, *(CELLS[id] for id in SOME[:2])]))
    answers = {variant: answers_to(variant.code) for variant in variants}
    for one, other in itertools.permutations(variants, 2):
        for number, answer in answers[one].items():
            accepted = fits(find(f"{number}@{other.code}"), answer)
            assert accepted == shared(number, one, other), (number, one, other)


MISTAKES_OF = {
    "gudermannian/given on the sum/0.3/change 2 zero/gain on the input": 0,
    "fourth root/set by the input//feedback 2/gain on the input": 1,
    "sharp root/given on the sum/0.7/feedback 2/square": 2,
    "arctan/set by the input//change 3 first/gain": 3}


@pytest.mark.parametrize("code", MISTAKES_OF)
def test_mistakes_in_the_new_parts_are_named(code):
    """Each by its own name: an eighth of them for each of four cells."""
    for number in ("10.1", "10.2", "10.5", "10.6"):
        exercise = find(f"{number}@{code}")
        for mistake in exercise.known[MISTAKES_OF[code]::8]:
            said = repr(judge(exercise, mistake.answer)).lower()
            assert mistake.name.lower() in said and ": wrong" in said, (number, mistake.name, said)


# --- the other cells of 3.14 and 4.11 ---

@pytest.mark.parametrize("address", [f"{number}@{name}" for number, lesson in (("3.14", "03"), ("4.11", "04"))
                                     for name in lesson_module(lesson).OTHER_CELLS[number]])
def test_another_cell_of_3_14_or_4_11_is_another_exercise(address):
    exercise, usual = find(address), find(address.partition("@")[0])
    assert judge(exercise, exercise.reference).status == "right"
    assert not fits(exercise, usual.reference) and not fits(usual, exercise.reference)
    own = [one for one in exercise.known if one.name not in {other.name for other in usual.known}]
    for mistake in own[:3]:
        assert judge(exercise, mistake.answer).message.lower().startswith(mistake.name.lower()), mistake.name


@pytest.mark.parametrize("name", wired.OTHERS)
def test_the_wires_of_a_notebook_are_those_that_its_check_judges(name):
    """The function that the notebook shows makes the states, and their gradients are the reference's."""
    handed = release.Handed("04", SEED, roster_of(CLASS[:30]))
    id = next(id for id in handed.ids if handed.addresses(id)["4.11"] == f"4.11@{name}")
    space = {"np": np, "equal": lambda words, one, other: np.testing.assert_allclose(one, other, atol=1e-12)}
    problem = gradcheck.random_problem(np.random.default_rng(1), T=6, B=1, D=2, H=4, O=3)
    space |= {"problem": problem, "problem_cache": rnn.forward(problem.params, problem.x, problem.h0)}
    for cell in handed.notebook(id)["cells"]:
        text = "".join(cell["source"])
        if text.startswith(("def wired_states", "wired = {")):
            exec(text, space)
            assert cell["outputs"] == []
    params, x, h, dy, k = find(f"4.11@{name}").problems[0][0]
    assert np.allclose(h, space["wired_states"]({**params, "x": x, "h0": h[0]}, k), atol=1e-15)
    target = h[1:] @ params["W_hy"].T + params["b_y"] - dy
    variables = {**params, "x": x, "h0": h[0]}
    measured = gradcheck.complex_step(lambda v: space["wired_loss"](v, target, k), variables)
    assert gradcheck.compare(find(f"4.11@{name}").problems[0][1], measured).agrees(1e-12)


# --- grading ---

def graded(folder, lesson, submitted, *more):
    """(rows of grades.csv, rows of problems.csv), by student. submitted: {id: bytes}."""
    for id, data in submitted.items():
        path = folder / "in" / id / release.lesson_file(lesson).name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    run = subprocess.run([sys.executable, "-m", "solutions.grading", str(folder / "in"), lesson, "--out",
                          str(folder / "out"), *map(str, more)], cwd=COURSE, capture_output=True, text=True,
                         encoding="utf-8")
    if run.returncode:
        return run.stderr
    tables = [list(csv.DictReader((folder / "out" / name).read_text(encoding="utf-8").splitlines()))
              for name in ("grades.csv", "problems.csv")]
    look = {id: " / ".join(row["what to look at"] for row in tables[1] if row["student"] == id)
            for id in submitted}
    return {row["student"]: row["points"] for row in tables[0]}, look


@pytest.fixture(scope="module")
def handed_out(tmp_path_factory):
    """make release of lesson 10 for four learners: its folder."""
    folder = tmp_path_factory.mktemp("release")
    roster = folder / "roster.csv"
    roster.write_text("id;name\nada;Ada\nbob;Bob\ncy;Cy\ndan;Dan\n", encoding="utf-8")
    command = [sys.executable, "-m", "solutions.grading.release", "10", str(roster), "--seed", str(SEED)]
    run = subprocess.run([*command, "--out", str(folder / "out")], cwd=COURSE, capture_output=True, text=True,
                         encoding="utf-8")
    assert run.returncode == 0, run.stderr
    return folder / "out"


@pytest.mark.skipif(sys.platform != "linux", reason="answers are shut in by Linux alone")
def test_a_class_is_graded_by_what_was_drawn_and_not_by_what_a_notebook_says(handed_out, tmp_path):
    given = {id: json.loads((handed_out / "notebooks" / id / "10_capstone.ipynb").read_text(encoding="utf-8"))
             for id in ("ada", "bob", "cy", "dan")}
    cells = {row["id"]: row["cell"] for row in release.read_roster(handed_out / "class.csv")}
    equations = (handed_out / "equations.txt").read_text(encoding="utf-8")
    assert all("\n    ".join(capstone.released(*drawn).equations) in equations for drawn in cells.items())
    right = {id: answers_for(capstone.from_code(cells[id])) for id in cells}
    for answers in right.values():              # without the two that are the same for all, and take long
        del answers["exercise-10-7"], answers["exercise-10-8"]
    own_code = json.loads(json.dumps(given["cy"]).replace(cells["cy"], cells["ada"]))
    plain_lesson = json.loads(release.lesson_file("10").read_text(encoding="utf-8"))
    submitted = {"ada": filled(given["ada"], right["ada"]), "bob": filled(given["ada"], right["ada"]),
                 "cy": filled(own_code, right["cy"]), "dan": filled(plain_lesson, right["dan"])}
    points, look = graded(tmp_path, "10", submitted, "--roster", handed_out / "class.csv")      # and its seed
    assert points["ada"] == points["cy"] == points["dan"] == "20.0" and float(points["bob"]) < 10
    assert look["ada"].startswith("the very same text as bob: ") and "/" not in look["ada"]
    assert "it is the one that ada got" in look["bob"]
    bobs = next(tmp_path.rglob("feedback/bob.html")).read_text(encoding="utf-8")
    assert "handed out to somebody else" in bobs and "ada" not in bobs.lower()
    assert f"judged by the one that was handed out, {cells['cy']}" in look["cy"]
    assert "does not carry the mark" in look["dan"]
    plain = tmp_path / "plain.csv"              # the class's own list, and the same seed: it is drawn again
    plain.write_text("id,name\nada,Ada\nbob,Bob\ncy,Cy\ndan,Dan\n", encoding="utf-8")
    again, _ = graded(tmp_path / "again", "10", {"ada": submitted["ada"]}, "--roster", plain, "--seed", SEED)
    assert again["ada"] == "20.0"
    assert "another SEED" in graded(tmp_path / "other", "10", {"ada": submitted["ada"]}, "--seed", 5)


@pytest.mark.skipif(sys.platform != "linux", reason="answers are shut in by Linux alone")
def test_letters_are_mapped_back_and_those_of_a_table_earn_nothing(tmp_path):
    ids = ["ada", "bob"]
    handed = release.Handed("08", SEED, roster_of(ids))
    answers = {}
    for id in ids:
        answers[id] = {}
        for number in ("8.6", "8.7", "8.9"):
            letters = find(handed.addresses(id)[number] if id == "ada" else number).reference()
            name = re.search(rf'check\("{number}", (\w+)', (COURSE / "solutions" / "08_gates.md").read_text(
                encoding="utf-8"))[1]
            answers[id][f"exercise-{number.replace('.', '-')}"] = f"def {name}():\n    return {letters!r}"
    submitted = {id: filled(handed.notebook(id), answers[id]) for id in ids}
    roster = tmp_path / "class.csv"
    roster.write_text("id,name\nada,Ada\nbob,Bob\n", encoding="utf-8")
    points, _ = graded(tmp_path, "08", submitted, "--roster", roster, "--seed", SEED)
    assert points == {"ada": "4.0", "bob": "0.0"}


def test_nbgrader_lays_out_the_notebook_that_was_handed_out(handed_out, tmp_path, monkeypatch, lessons_apart):
    path = tmp_path / "release" / "bptt10" / "10_capstone.ipynb"
    path.parent.mkdir(parents=True)
    path.write_bytes(release.lesson_file("10").read_bytes())
    given = json.loads((handed_out / "notebooks" / "ada" / "10_capstone.ipynb").read_text(encoding="utf-8"))
    cell = {row["id"]: row["cell"] for row in release.read_roster(handed_out / "class.csv")}["ada"]
    answers = answers_for(capstone.from_code(cell))
    data = filled(given, {name: answers[name] for name in ("exercise-10-1", "exercise-10-2")})
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BPTT_SEED", str(SEED))
    monkeypatch.setenv("BPTT_ROSTER", str(handed_out / "class.csv"))
    lessons_apart()
    found, _ = for_nbgrader.JudgeOutside().preprocess(nbformat.reads(data.decode(), 4), {
        "nbgrader": {"assignment": "bptt10", "notebook": "10_capstone", "student": "ada"}})
    cells = {cell.metadata.nbgrader.grade_id: cell for cell in found.cells if "nbgrader" in cell.metadata}
    assert cells["check-10-2"].outputs[0].data["text/plain"] == "2.0"
    assert any(f"capstone.released('ada', '{cell}')" in one.source for one in found.cells)


def test_what_is_handed_out_holds_no_solutions_and_no_tests(handed_out):
    with zipfile.ZipFile(handed_out / "course.zip") as archive:
        names = archive.namelist()
    assert not any(re.search("/(tests|solutions|build)/", name) for name in names)
    assert {f"bptt-course/{name}" for name in ("README.md", "Makefile", "exercises/door.py",
                                               "notebooks/03_deriving_bptt.ipynb")} <= set(names)
    with zipfile.ZipFile(handed_out / "moodle.zip") as archive:
        assert "Ada_ada_assignsubmission_file_/10_capstone.ipynb" in archive.namelist()


def test_two_learners_with_one_id_are_refused():
    with pytest.raises(ValueError, match="one id: ADA, ada"):
        release.Handed("10", 1, roster_of(["ada", "ADA", "bob"]))


@pytest.mark.parametrize("code", ["half sine/per unit//feedback/gain", "root/given//feedback/gain",
                                  "root/per unit/0.3/feedback/gain", "root/per unit//feedback", ""])
def test_a_cell_that_nobody_knows_is_refused(code):
    assert not parts.is_cell(code) and all(map(parts.is_cell, CELLS.values()))
    with pytest.raises(ValueError, match="PRIVATE=parts.py"):
        release.Handed("10", 1, [{"id": "ada", "cell": code or "none"}])


# --- parts of a teacher's own ---

OWN_TERM = '''def own_term(params, h, x):
    return (x @ params["W_xu"].T) * params["u"] * h'''
OWN_BACK = '''def own_term_back(params, h, x, d, grads, dh, dx):
    given = x @ params["W_xu"].T
    grads["u"] += (d * given * h).sum(axis=0)
    grads["W_xu"] += (d * params["u"] * h).T @ x
    dh += d * given * params["u"]
    dx += (d * params["u"] * h) @ params["W_xu"]'''


@pytest.fixture
def parts_of_the_guide():
    """The text of the file of parts in the guide. Afterwards the course has its own parts only."""
    text = (COURSE / "solutions" / "README.md").read_text(encoding="utf-8")
    known = dict(parts.ACTIVATIONS), dict(parts.TERMS)
    yield re.search(r"```python\n(.*?)```", text.partition("## Fresh work for each learner")[2], re.S)[1]
    for now, before in zip((parts.ACTIVATIONS, parts.TERMS), known):
        now.clear()
        now.update(before)


def test_the_guides_own_parts_make_cells_that_are_judged(parts_of_the_guide, monkeypatch):
    handed = release.Handed("10", SEED, roster_of(CLASS[:20]), parts_of_the_guide)
    variant = handed.project(CLASS[0]).variant
    assert variant.activation == "half sine" and variant.extra == "product"
    assert len(set(handed.cells.values())) == 20
    text = json.dumps(handed.notebook(CLASS[0]))
    assert "half sine" in text and "own_term" not in text and "capstone.parts import" in text
    space = {"np": np}
    exec(OWN_BACK, space)
    monkeypatch.setitem(capstone_backward.OWN, "product", space["own_term_back"])
    monkeypatch.setitem(capstone_backward.SLOPES, "half sine", lambda a: (1 + np.cos(a)) / 2)
    for number, answer in (("10.5", capstone_backward.state_gradients), ("10.6", capstone_backward.backward)):
        exercise = find(f"{number}@{variant.code}")
        assert judge(exercise, answer(variant)).status == "right"
        monkeypatch.setitem(capstone_backward.OWN, "product", lambda *given: None)
        said = repr(judge(exercise, answer(variant))).lower()
        assert "wrong" in said and (number == "10.6" or "path through the own term forgotten" in said)
        monkeypatch.setitem(capstone_backward.OWN, "product", space["own_term_back"])


@pytest.mark.skipif(sys.platform != "linux", reason="answers are shut in by Linux alone")
def test_the_grader_takes_own_parts_from_the_file_alone(parts_of_the_guide, tmp_path, monkeypatch):
    handed, id = release.Handed("10", SEED, roster_of(["ada", "bob"]), parts_of_the_guide), "ada"
    monkeypatch.setitem(class_of_10.F, "half sine", "(a + np.sin(a)) / 2")
    monkeypatch.setitem(class_of_10.SLOPE, "half sine", "(1 + np.cos(a)) / 2")
    answers = answers_for(handed.project(id).variant, OWN_TERM, OWN_BACK)
    easier = json.dumps(handed.notebook(id)).replace("np.sin(a)) / 2", "0 * a")     # by the learner's hand
    notebook = json.loads(easier)
    (tmp_path / "parts.py").write_text(parts_of_the_guide, encoding="utf-8")
    (tmp_path / "class.csv").write_text("id,name\nada,Ada\nbob,Bob\n", encoding="utf-8")
    points, _ = graded(tmp_path, "10", {id: filled(notebook, answers)}, "--roster", tmp_path / "class.csv",
                       "--seed", SEED, "--private", tmp_path / "parts.py")
    assert points[id] == "26.0"


@pytest.mark.parametrize("text, words", [
    ("x = 1", "neither ACTIVATIONS nor TERMS"),
    ("ACTIVATIONS = {'root': ('a', abs, None)}", "'root'"),
    ("ACTIVATIONS = {'a/b': ('a', abs, None)}", "'a/b'")])
def test_a_file_of_parts_that_cannot_be_taken_is_refused(text, words):
    with pytest.raises(ValueError, match=words):
        parts.add(text)


