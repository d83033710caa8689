"""What a teacher is told beside points: flags, points by hand, a table of the class, and what goes back."""

import json
import zipfile
from types import SimpleNamespace

import numpy as np
import pytest

import class_of_03
from class_of_03 import ANSWERS, RELEASE, right
from exercises.engine.show import Result
from solutions.grading import __main__ as grader
from solutions.grading import feedback, files, handed_in, marks, overview, sheets, suspicions
from solutions.grading.feedback import Feedback, Refusal, annotated, name_for
from solutions.grading.judge import Row, numbers_in
from solutions.grading.submission import Cell, Submission, cells_of

CELLS = cells_of(json.dumps(RELEASE).encode())
DIFFERENCES = """def gradient(loss, w, eps=1e-5):
    grad = np.zeros_like(w)
    for i in range(len(w)):
        e = np.zeros_like(w)
        e[i] = eps
        grad[i] = (loss(w + e) - loss(w - e)) / (2 * eps)
    return grad
"""


def rows_of(notebook):
    """Rows as the judge makes them, all right, with what the answers are in a notebook."""
    submission = Submission(json.dumps(notebook).encode(), CELLS)
    return submission, [Row(f"3.{n}", 2, Result(f"3.{n}", "right", ""), (),
                            submission.answer(f"3.{n}").own) for n in range(1, 15)]


def flags(notebook, published=ANSWERS):
    cells = [Cell("code", text, id) for id, text in published.items()]
    return suspicions.Looking(CELLS, cells).at(*rows_of(notebook))


# --- flags ---

@pytest.mark.parametrize("text, way", [
    ("def f(x):\n    return np.imag(g(x + 1e-100j)) / 1e-100", "by the complex step"),
    ("def f(x):\n    return g(x + 1e-100j).imag / 1e-100", "by the complex step"),
    (DIFFERENCES, "by finite differences"),
    ("def f(x):\n    h = np.finfo(x).eps ** 0.5\n    return (g(x + h) - g(x)) / h", "by finite differences"),
    ("def f(z, eps=1e-20):\n    return np.imag(g(z + 1j * eps)) / eps", "by the complex step"),
    ("def f(nu, theta):\n    a = np.exp(-nu + 1j * theta)\n    return (a * 2).imag / 3", ""),
    ("def f(m, v):\n    return m / (np.sqrt(v) + 1e-8)", ""),
    ("def f(h, alpha):\n    return (h[1:] - h[:-1]) / alpha", ""),
    ("def f(p, T):\n    return (p - 1) / len(p) / 2", "")])
def test_a_gradient_that_is_measured_is_told_from_others(text, way):
    assert suspicions.measured(text) == way


@pytest.mark.parametrize("edition", ["03", "04", "06", "08", "10"])
def test_no_public_answer_is_suspicious_but_where_measuring_is_asked_for(edition):
    path, = (class_of_03.COURSE / "solutions").glob(f"{edition}_*.ipynb")
    asked = {"exercise-4-4", "exercise-4-5"}
    found = {cell.id for cell in cells_of(path.read_bytes())
             if cell.id.startswith("exercise-") and suspicions.measured(cell.source)}
    assert found <= asked


def test_a_measured_answer_is_named_with_its_exercises():
    said, _ = flags(class_of_03.CLASS["a08 measured"][2]())
    assert "a gradient is measured by the complex step: 3.1, 3.6" in said


@pytest.mark.parametrize("text, names", [
    ("def check(*rest):\n    return 3.0", ["check"]), ("check = print", ["check"]),
    ("rnn.backward = lambda *rest: None", ["rnn"]),
    ("from exercises.engine import judging\njudging.judge = lambda exercise, answer: None", ["judging"]),
    ("from exercises import check, hint", []), ("losses = []\nlosses.append(3)", []), ("checked = 3", []),
    ("def mine():\n    check = 3\n    return check", [])])
def test_a_notebook_that_redefines_the_course_is_named(text, names):
    notebook = class_of_03.added(text, class_of_03.blank())
    assert suspicions.replaced(Submission(json.dumps(notebook).encode(), CELLS).statements) == names


def plain(text):
    """A public answer without the marks of the teacher's edition."""
    return "\n".join(line for line in text.split("\n") if "SOLUTION" not in line)


def test_the_marks_of_the_teachers_edition_are_found_and_nothing_else_in_honest_work():
    said, _ = flags(right())
    assert any("BEGIN SOLUTION): 3." in one for one in said)
    for student in ("a03 columns", "a05 two wrong", "a07 choices", "b17 helper function"):
        notebook = class_of_03.CLASS[student][2]()
        for cell in notebook["cells"]:
            cell["source"] = plain(class_of_03.source(cell))
        assert flags(notebook, {})[0] == [], student
    assert flags(class_of_03.blank()) == ([], {})


def test_no_text_ends_the_search():
    for deep in (500, 5000):
        chain = f"def all_states(dy, h, W_hy, W_hh):\n    return h{' + h' * deep}"
        rows = [Row("3.6", 3, Result("3.6", "right", ""), (), chain)]
        said, _ = suspicions.Looking(CELLS).at(rows_of(class_of_03.blank())[0], rows)
        assert said in ([], ["its answers are nested too deeply to be looked through"])
    for text in ("x = 1 / 10 ** 10 ** 10", "x = 1 / (0 - 1) ** 0.5", "x = 1 / np.sqrt()", "x = y / 0", "\0"):
        assert suspicions.measured(text) == ""


OWN = """def all_states(dy, h, W_hy, W_hh):
    found = [np.zeros(h.shape[1])]
    for t in range(len(dy) - 1, -1, -1):
        a = (1 - h[t + 1] ** 2) * found[-1]
        local = dy[t] @ W_hy
        found.append(local + a)
    found.reverse()
    return np.array(found)"""


def tells(text):
    return suspicions.tells(text, class_of_03.source(next(
        cell for cell in RELEASE["cells"] if class_of_03.id_of(cell) == "exercise-3-6")))


def test_the_same_text_with_other_names_is_the_same_and_a_short_one_tells_nothing():
    renamed = OWN.replace("found", "result").replace("local", "b")
    other = OWN.replace("local + a", "a + local")
    assert tells(OWN)[1] == tells(renamed)[1] != tells(other)[1] and tells(OWN)[2] != tells(renamed)[2]
    assert tells(ANSWERS["exercise-3-2"]) == [] and tells("def f(:") == []
    records = [{"student": name, "tells": {"3.6": tells(text)}} for name, text in
               (("ada", OWN), ("bo", OWN), ("celia", renamed), ("dana", other))]
    assert suspicions.alike(records[:2] + records[3:]) == [
        ("ada", "the very same text as bo: 3.6"), ("bo", "the very same text as ada: 3.6")]
    assert suspicions.alike(records[1:3]) == []             # one answer of seven statements may be a chance
    two = [{**one, "tells": {**one["tells"], "3.7": one["tells"]["3.6"]}} for one in records[1:3]]
    assert suspicions.alike(two)[0] == ("bo", "but for names the same text as celia: 3.6, 3.7")


def test_what_is_as_published_is_not_compared_with_others():
    answers = {"exercise-3-6": OWN, "exercise-3-7": OWN.replace("all_states", "contributions")}
    said, compared = flags(right(e6=OWN.replace("found", "x"), e7=answers["exercise-3-7"]), answers)
    assert "as published, or but for names: 3.6, 3.7" in said and not {"3.6", "3.7"} & set(compared)
    assert "as published, or but for names: 3.6" in flags(right(e6=plain(ANSWERS["exercise-3-6"])))[0]
    assert flags(right(e6=plain(ANSWERS["exercise-3-6"]).replace("dh", "back")), {"exercise-3-6": ANSWERS[
        "exercise-3-6"]})[1] == {}, "nor is one alone that differs in names"


# --- points by hand ---

def given(tmp_path, text, students, highest):
    (tmp_path / "marks.csv").write_text(f"student,exercise,points,reason\n{text}\n", encoding="utf-8")
    return marks.marks_of(tmp_path / "marks.csv", tmp_path / "out", students, highest)


def test_points_by_hand_are_kept_for_the_next_run(tmp_path):
    known = {"ada", "bo"}, {"3.2": 2, "10.3": 8, "0.6": 1}
    found = given(tmp_path, 'ada,03.2,"1,5",a slip\n\nbo,10-3,8,\nbo,Exercise 0.6,1,', *known)
    assert found == {"ada": {"3.2": (1.5, "a slip")}, "bo": {"10.3": (8.0, ""), "0.6": (1.0, "")}}
    assert marks.marks_of(None, tmp_path / "out", *known) == found


def test_all_points_can_be_held_back(tmp_path):
    found = given(tmp_path, "ada,all,Hold,See me <soon>\nada,3.2,1,", {"ada"}, {"3.2": 2})
    assert found == {"ada": {"all": (marks.HOLD, "See me <soon>"), "3.2": (1.0, "")}}
    assert feedback.is_held(found["ada"]) and feedback.with_points(found["ada"]) == {"3.2": (1.0, "")}
    told = feedback.HeldBack(found["ada"])
    for text in (told.page("Ada", "03"), *told.cells):
        assert "holds the points" in text and "Your teacher: See me &lt;soon&gt;." in text
        assert "of 2" not in text
    with pytest.raises(ValueError, match="'hold' is for 'all' alone"):
        given(tmp_path, "ada,3.2,hold,", {"ada"}, {"3.2": 2})


def test_points_for_the_whole_and_words_without_points(tmp_path):
    found = given(tmp_path, "ada,ALL,3,late\nada,3.2,,Look at the <rows>\nbo,all,,Well done", {"ada", "bo"},
                  {"3.2": 2, "3.6": 3})
    assert found == {"ada": {"all": (3.0, "late"), "3.2": (None, "Look at the <rows>")},
                     "bo": {"all": (None, "Well done")}}
    rows = [Row("3.2", 2, Result("3.2", "wrong", "No.")), Row("3.6", 3, Result("3.6", "right", "Well."))]
    ada, bo = (Feedback(rows, found[id], {"3.9": 4}) for id in ("ada", "bo"))
    assert (ada.points, ada.highest, bo.points, bo.highest) == (3, 9, 3, 5)
    for text in (ada.page("Ada", "03"), ada.cells[0]):
        assert "3 of 9 points" in text and "for the whole, in the place of 3: 3. late" in text
        assert "Your teacher on 3.2: Look at the &lt;rows&gt;." in text and "not among" not in text
    assert "Exercise 3.2: 0 of 2" in ada.page("Ada", "03"), "a word changes no points"
    assert "Your teacher: Well done." in bo.page("Bo", "03") and "for 3.9 are not" in bo.page("Bo", "03")
    assert "Your teacher: Well done." in Refusal("damaged", found["bo"]).page("Bo", "03")


@pytest.mark.parametrize("line, said", [
    ("ada,all,3,", "at most 2"), ("ada,3.2,,", "line 2: points are a number"),
    ("ada,all,1,\nada,All,,hm", "two lines for all"),
    ("eve,3.2,1,", "nobody is called 'eve'"), ("ada,3.99,1,", "no exercise '3.99'"),
    ("ada,3.2,5,", "at most 2"), ("ada,3.2,many,", "line 2: points are a number"),
    ("ada,3.2,-1,", "from 0 on"), ("ada,3.2,nan,", "from 0 on"), ("ada,3.2,1,\nada,3.2,2,", "two lines")])
def test_points_that_cannot_be_meant_are_refused(line, said, tmp_path):
    with pytest.raises(ValueError, match=said):
        given(tmp_path, line, {"ada"}, {"3.2": 2})
    assert not (tmp_path / "out").exists()


def test_written_points_count_once_they_are_given():
    rows, written = [Row("10.1", 4, Result("10.1", "right", ""))], {"10.3": 8, "10.9": 6}
    every = {"10.3": (6.0, ""), "10.9": (6.0, ""), "10.1": (1.0, "")}
    none, one, all_of_it = (Feedback(rows, hand, written) for hand in ({}, {"10.3": (6.0, "")}, every))
    assert [(told.points, told.highest) for told in (none, one, all_of_it)] == [(4, 4), (10, 12), (13, 18)]
    text = all_of_it.page("Ada", "10")
    assert "not among these" not in text and "13 of 18" in text
    assert "10.3, 10.9 are not among" in none.page("Ada", "10")


@pytest.mark.parametrize("words, named", [
    ("3.2, 3.4 to 3.6", "3.2 3.4 3.5 3.6"), ("3.6 3.2", "3.6 3.2"), (" 3.5-3.9", "3.5 3.6 3.9"),
    ("3.9", "3.9"), ("3.5 – 3.6,3.9", "3.5 3.6 3.9")])
def test_exercises_are_named_as_in_a_plan(words, named):
    assert numbers_in(words, ["3.2", "3.4", "3.5", "3.6", "3.9"]) == named.split()


def test_a_range_is_one_of_numbers_wherever_they_stand():
    stand = ["3.2", "3.6", "3.11", "3.1", "3.7", "3.10", "3.14"]
    assert numbers_in("3.2, 3.6 to 3.14", stand) == ["3.2", "3.6", "3.7", "3.10", "3.11", "3.14"]
    assert numbers_in("3.10 to 3.14", stand) == ["3.10", "3.11", "3.14"]


@pytest.mark.parametrize("words", ["3.3", "3.2 to 3.8", "4.2", "all"])
def test_exercises_without_points_are_refused(words):
    with pytest.raises(ValueError, match="no points are given for '.*', but for 3.2, 3.4"):
        numbers_in(words, ["3.2", "3.4"])


def test_a_file_without_its_columns_is_refused(tmp_path):
    for text in ("", "student,points\nada,3\n"):
        (tmp_path / "marks.csv").write_text(text, encoding="utf-8")
        with pytest.raises(ValueError, match="no column"):
            marks.marks_of(tmp_path / "marks.csv", tmp_path, {"ada"}, {})
    with pytest.raises(ValueError, match="no file"):
        marks.marks_of(tmp_path / "nowhere.csv", tmp_path, {"ada"}, {})


# --- pages ---

def test_a_page_begins_with_the_name_and_folds_what_is_right():
    rows = [Row("3.2", 2, Result("3.2", "right", "Well done.")),
            Row("3.6", 3, Result("3.6", "wrong", "dL/dh_{t-1} is W_hh^T da_t, not rnn.W_hh.")),
            Row("3.1", 1, Result("3.1", "wrong", "No."))]
    text = Feedback(rows).page("Okafor, <Ada>", "03")
    assert "<h1>Okafor, &lt;Ada&gt;</h1>" in text and "Points that a person" not in text
    assert text.index("Exercise 3.6: 0 of 3") < text.index("Exercise 3.1") < text.index("Right:</b> 3.2 (2)")
    assert "h<sub>t-1</sub> is W<sub>hh</sub><sup>T</sup> da<sub>t</sub>, not rnn.W_hh" in text


def test_who_wrote_nothing_reads_so_once_and_what_to_do():
    blank = [Row(f"3.{n}", 2, Result(f"3.{n}", "not attempted yet", "As handed out.")) for n in (2, 6)]
    told = Feedback(blank, remarks=[feedback.REPLACED.format("check")])
    for text in (told.page("Ada", "03"), told.cells[0]):
        assert text.count("handed out") == 1 and "begin with exercise 3.2." in text and "0 of 4" in text
        assert "Your notebook gives check another meaning" in text
    some = Feedback([*blank, Row("3.1", 1, Result("3.1", "right", "Well done."))])
    assert "<b>Not attempted yet:</b> 3.2 (2), 3.6 (2). Put your answer" in some.page("Ada", "03")
    assert "No answer was found" not in some.page("Ada", "03") and len(some.cells) == 3
    by_hand = Feedback(blank, {"3.2": (1.0, "spoken"), "3.6": (0.0, "")}).page("Ada", "03")
    assert "spoken" in by_hand and "No answer was found" not in by_hand


@pytest.mark.parametrize("words, said", [
    ("the folder is empty", "The folder is empty."), ("3 cells define f", "3 cells define f."),
    ("Is it late?", "Is it late?"), ("It is.", "It is."), ("", "")])
def test_what_a_learner_reads_is_a_sentence(words, said):
    assert feedback.sentence(words) == said


def test_what_python_cannot_read_is_shown_with_its_place():
    notebook = right(e2="def one_step_jacobian(W_hh, h):\n    return W_hh * (1 - h ** 2")
    said = Submission(json.dumps(notebook).encode(), CELLS).answer("3.2").error
    assert "was never closed, in line 2" in said and "    return W_hh * (1 - h ** 2\n" in said
    lines = said.split("\n")
    assert lines[1][4:][lines[2].index("^") - 4] == "("
    row = Row("3.2", 2, Result("3.2", "wrong", said))
    assert '<pre class="said">' in Feedback([row]).page("Ada", "03")
    assert '<pre class="said">' in feedback.readable(feedback.Score(0, Result("3.2", "wrong", said, [
        'Stuck? hint("3.2")']))._repr_html_())


@pytest.mark.parametrize("text, said", [
    ("def F(W_hh, h):\n    J = W_hh\nreturn J", "'return' outside function, in line 3 of the cell"),
    ("def F(W_hh, h):\n    x = 1\n    global x\n    return W_hh",
     "assigned to before global declaration, in line 3 of the cell:\n        global x\n        ^"),
    ("%%time\ndef F(W_hh, h):\n    return W_hh +", "in line 3 of the cell:\n        return W_hh +\n"),
    ("def F(W_hh, h):\n\treturn h\n        return W_hh", "in line 3 of the cell:\n"),
    ("def F(W_hh, h):\n    return '\0'", "null bytes")])
def test_whatever_does_not_run_is_shown_with_its_line(text, said):
    notebook = right(e2=text.replace("F", "one_step_jacobian"))
    answer = Submission(json.dumps(notebook).encode(), CELLS).answer("3.2")
    assert said in "".join([answer.error, *answer.notes])


def test_a_cell_that_cannot_run_takes_no_points_away():
    for more in ("\nreturn 3", "\nawait one_step_jacobian(1, 2)", "\nprint(1 is 1)"):
        notebook = right(e2=ANSWERS["exercise-3-2"] + more)
        answer = Submission(json.dumps(notebook).encode(), CELLS).answer("3.2")
        assert answer.statements and not answer.error and len(answer.notes) == ("return" in more)


@pytest.mark.parametrize("reason, do", [
    ("the file is no readable notebook; was it cut off?", "once more"),
    ("the file is a PDF, no notebook", ".ipynb"), ("the judge gave up after 120 s", "Nothing for now"),
    ("several notebooks, and none is called x", "one notebook"),
    ("anything else", "Ask your teacher")])
def test_who_cannot_be_graded_is_told_what_to_do(reason, do):
    text = Refusal(reason).page("Ada", "03")
    assert reason in text and do in text.partition("What to do")[2]


# --- the class ---

def record(student, points, **exercises):
    known = {"right": [2, 2, "right", "", ""], "blank": [0, 2, "not attempted yet", "", ""],
             "columns": [1, 2, "wrong", "Slopes on columns: <b>", ""], "e": [0, 2, "wrong", "'e': no.", ""]}
    found = {number.replace("e", "3."): known[kind] for number, kind in exercises.items()}
    return {"student": student, "name": student.title(), "points": points, "max": 4, "reason": "damaged",
            "notes": [], "exercises": found, "marks": {}, "page": ""}


def test_the_table_of_a_class_names_mistakes_most_first():
    records = [record("ada", 3, e2="columns", e1="right"), record("bo", 1, e2="columns", e1="blank"),
               record("celia", 2, e2="right", e1="e"), {**record("dana", None), "exercises": {}}]
    assert overview.went_wrong(records) == [
        (2, "3.2", [("Slopes on columns", ["Ada", "Bo"])]),
        (2, "3.1", [("not tried", ["Bo"]), ("chose 'e'", ["Celia"])])]
    assert np.isclose(overview.shares(records)["3.2"], 2 / 3)
    text = overview.overview("03", {"3.2": "A <title>"}, records)
    assert "<script" not in text and "A &lt;title&gt;" in text and "damaged" in text
    marked = [{**records[0], "marks": {"all": [1.0, "late"], "3.2": [None, "rows"]}}]
    by_hand = overview.overview("03", {}, marked)
    assert "of 4<small>by hand: late</small>" in by_hand
    assert ">1<small>Slopes on columns</small><small>you said: rows<" in by_hand
    waits = [{**records[3], "marks": {"all": [None, "see me"]}}]
    assert "you said: see me<" in overview.overview("03", {}, waits)
    assert text.index(">3.2</th>") < text.index(">3.1</th>") and "<th>2.0</th>" in text


def test_the_sheet_knows_who_is_in_the_class(tmp_path):
    (tmp_path / "a.csv").write_text("Student,ID,X (1)\n  Points Possible,,9\n\"Okafor, Ada\",9100,\n"
                                    "\"Student, Test\",9,\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("Identifier,Full name,Grade\nParticipant 4711,Ada Lovelace,\n",
                                    encoding="utf-8")
    assert sheets.names(tmp_path / "a.csv") == {"9100": "Okafor, Ada"}
    assert sheets.names(tmp_path / "b.csv") == {"4711": "Ada Lovelace"}


def batch(tmp_path, **more):
    """As much of a Batch as stands behind a summary."""
    given, titles = SimpleNamespace(out=tmp_path, lesson="03"), {"3.1": "One", "3.2": "Two"}
    learners = {"ada": 0, "bo": 0, "dana": 0}
    return SimpleNamespace(given=given, learners=learners, names={}, titles=titles, **more)


def test_the_summary_says_how_many_and_whom_to_look_at(tmp_path):
    records = [record("ada", 3, e2="columns", e1="right"), record("bo", 2, e2="right", e1="blank"),
               {**record("dana", None), "exercises": {}}, {**record("eve", None), "exercises": {}}]
    lines = grader.summary(batch(tmp_path), records, [
        ("dana", "no points", "damaged"), ("", "flag", "2 of 2 are odd."), ("bo", "flag of many", "odd"),
        ("ada", "note", "late")])
    assert lines[0] == "4 learners: 2 graded, 1 could not be graded, 1 handed in nothing."
    assert "ROSTER" in lines[1] and lines[2].startswith("Mean: 2.5 of 4. Hardest: 3.1 (One), ")
    assert "Look at: Dana." in lines and not any("For the platform" in line for line in lines)
    assert "2 of 2 are odd." in lines


def look_at(*notes, others=()):
    """What is to be looked at in a class of ten, of whom the first have these notes."""
    names = "ada bo celia dana emi faisal gil hanna ivo jo".split()
    records = [{**record(name, 3, e2="right"), "tells": {}, "notes": list(said)}
               for name, said in zip(names, [*notes, *[()] * 10])]
    return records, suspicions.look_at(records, others)


MARKED = "it holds the marks of the teacher's edition (### BEGIN SOLUTION): 3.2"
REPLACED = "a name of the course is given another meaning: check"


def test_what_weighs_most_comes_first():
    records, _ = look_at()
    late = {**records[0], "student": "zoe", "points": None, "exercises": {}, "notes": ["handed in late"]}
    away = {**late, "student": "away", "reason": suspicions.NOTHING, "notes": []}
    records[1]["notes"] = [REPLACED]
    others = [("", "note", "a climber"), ("x", "no points", "where?")]
    assert suspicions.look_at([*records, late, away], others) == [
        ("x", "no points", "where?"), ("zoe", "no points", "damaged"), ("bo", "flag", REPLACED),
        ("", "note", "a climber"), ("away", "note", suspicions.NOTHING), ("zoe", "note", "handed in late")]


def test_a_flag_that_half_of_the_class_has_is_said_once():
    records, look = look_at(*[[MARKED]] * 5, [REPLACED])
    assert look[:2] == [("", "flag", "5 of 10 hold the marks of the teacher's edition."),
                        ("faisal", "flag", REPLACED)]
    assert [row[:2] for row in look[2:]] == [(one["student"], "flag of many") for one in records[:5]]
    assert [row[:2] for row in look_at(*[[MARKED]] * 4)[1]] == [
        (one["student"], "flag") for one in records[:4]], "four of ten are named"
    assert not any(id == "" for id, *_ in look_at(*[["handed in late"]] * 9)[1]), "no flag"
    pair = suspicions.look_at([{**one, "notes": [MARKED]} for one in records[:2]])
    assert [row[:2] for row in pair] == [("ada", "flag"), ("bo", "flag")], "two are no class"


def test_every_flag_is_known_as_one():
    published = Cell("code", ANSWERS["exercise-3-6"], "exercise-3-6")
    said, _ = suspicions.Looking(CELLS, [published]).at(*rows_of(class_of_03.added(
        "check = print", class_of_03.right(e1=class_of_03.source(next(
            cell for cell in class_of_03.CLASS["a08 measured"][2]()["cells"]
            if class_of_03.id_of(cell) == "exercise-3-1"))))))
    assert len(said) == 4 and all(any(map(one.startswith, suspicions.FLAGS)) for one in said)


def test_the_table_of_a_class_shows_flags_at_the_learners_row():
    records, look = look_at(*[[MARKED]] * 5, ["handed in late", "<i>"])
    text = overview.overview("03", {}, records, look)
    assert text.index("5 of 10 hold") < text.index("What went wrong") and "&lt;i&gt;" in text
    row = {one["student"]: next(row for row in text.split("<tr>") if f"<small>{one['student']}<" in row)
           for one in records}
    assert "BEGIN SOLUTION" in row["ada"] and "BEGIN" not in row["faisal"] and "in late" in row["faisal"]


@pytest.mark.parametrize("reason, done", [
    ("", True), ("the file is a PDF, no notebook", True), ("the judge gave up after 120 s", False),
    ("its answers took too long; is this machine busy?", False)])
def test_what_took_too_long_is_tried_again_by_the_same_command(reason, done):
    kept = SimpleNamespace(kept=lambda id: {"reason": reason})
    assert grader.Batch.is_done(kept, "ada") is done
    assert grader.Batch.is_done(SimpleNamespace(kept=lambda id: None), "ada") is False


def test_of_a_notebook_that_has_lost_its_ids_nothing_is_said():
    submission = Submission(json.dumps(class_of_03.CLASS["b07 no metadata"][2]()).encode(), CELLS)
    answers = [submission.answer(f"3.{n}") for n in range(1, 15)]
    assert all(answer.own and not answer.notes for answer in answers)


# --- what goes back ---

@pytest.mark.parametrize("path, back", [
    ("lovelaceada_LATE_4711_98765_03_deriving_bptt-1.ipynb",) * 2,
    ("lovelaceada_4711_98765_essay.pdf", ""), ("ada/03_deriving_bptt.ipynb", ""),
    ("Ada L_4711_assignsubmission_file/x.ipynb", "Ada L_4711_assignsubmission_file_/03_feedback.html"),
    ("Ada L_4711_assignsubmission_file_x.ipynb", "Ada L_4711_assignsubmission_file_03_feedback.html")])
def test_feedback_goes_back_under_the_names_of_the_platforms(path, back, tmp_path):
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr(path, b"{}")
    learner, = handed_in.learners(tmp_path / "all.zip").values()
    assert name_for(learner, learner.files[0][0], "03") == back


def test_a_notebook_comes_back_with_the_feedback_on_top():
    data = json.dumps(right()).encode()
    rows = [Row("3.2", 2, Result("3.2", "wrong", "<b> `x`"))]
    cells = cells_of(annotated(data, Feedback(rows, {"3.2": (1.5, "a slip")}).cells).encode())
    assert "1.5 of 2 points" in cells[0].source and "a slip" in cells[1].source
    assert "<b>" not in cells[1].source and len(cells) == 2 + len(cells_of(data))


def test_the_same_feedback_is_the_same_zip(tmp_path):
    for name in ("one", "other"):
        files.write_zip(tmp_path / name, [("a", "text"), ("b", b"bytes")])
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()
