"""Decks: what is a slide, plans, films; then some decks in a headless Chromium with the network off.

Their lessons come from the stored notebooks, but for lesson 03, which is run: its pictures are sharp ones.
"""

import functools
import gzip
import json
import math
import re
import tomllib

import decks
import numpy as np
import pytest
import reading
from notebooks import COURSE, LESSONS
from slides import course, deck, films, joining, markup, page, pieces, plans, running, saying, sheet, vendor
from slides import written as by_hand

from exercises import capstone
from exercises.capstone import tangents
from exercises.capstone.tangents import Tangents
from exercises.lessons.catalogue import find, lesson_exercises
from helpers import rnn
from pictures import explorers
from solutions.grading import judge

NUMBERS = [lesson[:2] for lesson in LESSONS]
PLANS = [path.stem for path in sorted(plans.PLANS.glob("*.toml"))]
MOST_SLIDES = {"45_minutes": 20, "90_minutes": 33}
FRAMES = 16                     # settings of an explorer in these tests: quick to draw


@functools.cache
def slides_of(number):
    return deck.Reader(running.stored(number), number).read()


@pytest.fixture(scope="module")
def packages():
    """reveal.js and KaTeX, which the first deck fetches."""
    try:
        return [vendor.tarball(name) for name in vendor.DECK]
    except vendor.VendorError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """From an explorer's name to a short film."""
    folder = tmp_path_factory.mktemp("films")
    return functools.cache(lambda name: films.film(name, folder, FRAMES))


# --- what is a slide ---

@pytest.mark.parametrize("number", NUMBERS)
def test_a_predict_comes_before_its_picture_and_an_answer_after_its_question(number):
    slides = slides_of(number)
    assert slides[0].kind == "title" and slides[1].kind == "goals"
    for slide in slides:
        kinds = [piece.kind for piece in slide.pieces]
        if slide.kind == "predict":
            assert not {"picture", "explorer", "printed"} & set(kinds), slide
        if slide.kind in ("vote", "order"):
            assert kinds[-1] == "answer"
        if "notice" in kinds:
            assert slide.kind in (*deck.SHOWN, "predict") and kinds.index("notice") > 0, slide
        for piece in slide.pieces:
            if isinstance(piece.content, str):
                assert not re.search(r"^\*\*(Predict|Notice)\.|<details|\{\{", piece.content, re.M), piece


@pytest.mark.parametrize("number", NUMBERS)
def test_every_predict_of_a_lesson_is_a_slide_and_has_its_number(number):
    text = next((COURSE / "solutions").glob(f"{number}_*.md")).read_text(encoding="utf-8")
    found = [slide for slide in slides_of(number) if slide.kind == "predict"]
    assert len(found) == len(re.findall(r"^\*\*Predict\.", text, re.M))
    assert ({slide.number for slide in found} - {""}) == set(re.findall(r'^predict\("(.*)"\)', text, re.M))


@pytest.mark.parametrize("number", NUMBERS)
def test_each_slide_says_where_it_is_and_no_heading_tells_what_a_predict_asks(number):
    seen = set()
    for slide in joining.joined(slides_of(number)):
        if slide.kind not in ("title", "explorer"):             # an explorer's question stands there
            assert re.search(r"<h2[^>]*>.*[\w)]", page.heading_of(slide, {})), slide
        if slide.kind == "predict":
            assert slide.head in (*seen, slide.wider[0]), slide         # a heading that nobody saw may tell
        seen.add(slide.head or slide.heading)


def test_an_exercise_that_is_over_stands_above_no_slide():
    over = [slide for slide in slides_of("02") if slide.heading.startswith("Exercise 2.5")]
    assert [slide.head for slide in over] == ["", *["8 · Sequences of different length"] * (len(over) - 1)]
    assert over[1].kind == "idea"


@pytest.mark.parametrize("number", NUMBERS)
def test_a_question_of_a_slide_stands_on_its_own(number):
    for slide in joining.joined(slides_of(number)):
        asked = [piece.content for piece in slide.pieces if piece.kind == "asked"]
        if slide.kind in ("picture", "result", "notice") and asked:
            assert not re.match(r"(And|Or)\b", asked[0]), asked
    parts = ["Two runs differ.", "Will they meet?", "And when?",
             "Which of all gates is open at the very start?"]
    assert joining.questions(parts, 99)[0] == " ".join(parts)
    assert joining.questions(parts, 10) == [parts[3]]


def test_an_answer_has_the_words_of_the_right_option():
    found = {slide.number: slide for slide in slides_of("07")}
    assert found["7.6"].pieces[-1].content == "Answer: **b**: 6"
    notice = next(slide for slide in slides_of("07") if slide.heading == "More data does not help"
                  and slide.kind == "picture").pieces[-1].content
    assert notice.startswith("**c: Never.** ")


@pytest.mark.parametrize("number", NUMBERS)
def test_checks_are_in_the_notes(number):
    slides = joining.joined(slides_of(number))
    shown = [piece.content for slide in slides for piece in slide.pieces if isinstance(piece.content, str)]
    assert not any(re.search("^✓ ", text, re.MULTILINE) for text in shown)
    assert any(what == "Shown by the code" for slide in slides for what, _ in slide.notes)


def test_a_long_table_is_cut_evenly():
    assert deck.evenly([1] * 12, 0) == (0, 6, 12)
    assert deck.evenly([2, 2, 2, 2, 2, 2], 3) == (0, 3, 6)
    assert deck.evenly([20, 1], 0) == (0, 1, 2)
    for number in NUMBERS:
        rows = [slide.pieces[0].content.count("\n|") for slide in slides_of(number)
                if slide.kind == "table" and slide.heading == "Summary card"]
        assert max(rows) - min(rows) <= 1, (number, rows)


STUB = '''def f(x, h_prev):
    """One step. x: (D,), not
    changed. h_prev, h: (H,).

    Returns h, (H,).
    """'''


def test_a_docstring_is_a_table():
    shown = pieces.piece(deck.Piece("stub", STUB), {}).replace("\N{NO-BREAK SPACE}", " ")
    rows = re.findall(r"<tr><td[^>]*>(.*?)</td>(?:<td>(.*?)</td>)?</tr>", shown)
    assert rows == [("One step.", ""), ("x", "(D,), not changed."), ("h_prev, h", "(H,)."),
                    ("returns", "h, (H,).")]
    short = deck.shorter_stub(STUB, 99)
    assert '"""' not in shown and "<td>returns" in pieces.piece(deck.Piece("stub", short), {})
    assert deck.shorter_stub(STUB, 20) == STUB and "not" not in short


def test_a_function_to_copy_lies_below_its_exercise():
    slide = next(slide for slide in slides_of("04") if slide.number == "4.7")
    assert "def second_specimen(" in slide.below[0][1][0].content
    assert any("arrow down" in piece.content for piece in slide.pieces)


def test_short_code_and_a_value_are_not_broken():
    shown = markup.render("With k1 = 4 run `np.clip(g, ...)`, in **x = 3** cases, $a = b$.")
    assert "k1\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}4" in shown
    assert '<code class="kept">np.clip(g, ...)' in shown
    assert '"tex">a = b<' in shown and "kept" not in markup.render("`" + "x" * 60 + "`")


# --- neighbours that share a slide ---

def said(slides):
    """All words that stand on slides or in their notes."""
    texts = [piece.content for slide in slides for piece in slide.pieces if isinstance(piece.content, str)]
    return "\n".join(texts + [text for slide in slides for _, text in slide.notes])


@pytest.mark.parametrize("number", NUMBERS)
def test_joined_slides_lose_nothing_and_no_answer_comes_early(number):
    before, slides = slides_of(number), joining.joined(slides_of(number))
    for slide in before:
        for piece in slide.pieces:
            if isinstance(piece.content, str) and piece.kind not in ("printed", "call"):
                assert piece.content.rstrip(":") in said(slides), piece
    code = [part for slide in before for _, pieces in slide.below for part in pieces]
    assert code == [part for slide in slides for _, pieces in slide.below for part in pieces]
    assert sum(slide.seconds or slide.takes for slide in slides) == pytest.approx(
        sum(slide.takes for slide in before), rel=0.1)
    for slide in slides:
        kinds = [piece.kind for piece in slide.pieces]
        if slide.kind == "predict":
            assert not {"picture", "explorer", "printed", "notice"} & set(kinds), slide
        if "notice" in kinds:
            assert set(kinds[kinds.index("notice") + 1:]) <= {"notice"}, slide


@pytest.mark.parametrize("number", NUMBERS)
def test_hardly_a_slide_is_half_empty_and_none_ends_in_a_colon(number):
    slides = joining.joined(slides_of(number))
    poor = [slide for slide in slides if slide.kind in ("idea", "exercise", "notice", "result")
            and len(slide.pieces) == 1 and deck.room(slide) < 14]
    assert len(poor) <= len(slides) // 40, poor
    for slide in slides:
        last = [piece for piece in slide.pieces if piece.kind != "call"][-1:]
        if last and last[0].kind in ("text", "later", "asked"):
            assert not last[0].content.rstrip().endswith(":"), slide


def test_a_sentence_brings_what_it_needs():
    text = ("A unit has a slope. For $\\tanh$ it is $1 - h^2$. Near 1 it is almost zero, and "
            "that is called **saturated**. " + "Nothing else is said of it for a long while. " * 5)
    shown, rest = saying.shortened(text)
    assert shown.startswith("A unit has a slope. For $") and "Nothing" not in shown and rest == text
    assert saying.leans("That is right.") and saying.leans("For $f$ it is 1.")
    assert not saying.leans("A gate is open.")
    assert saying.sentences("One (two. Three.) four. See Metz et al. (2021).") == [
        "One (two. Three.) four.", "See Metz et al. (2021)."]


@pytest.mark.parametrize("number", NUMBERS)
def test_a_slide_can_be_named(number):
    names = [(slide.heading, slide.name) for slide in slides_of(number)]
    assert len(set(names)) == len(names)


def test_paragraphs_go_to_the_notes():
    said, rest = saying.shortened("Here is a **rule**. " + "It holds for everything that was ever seen. " * 9)
    assert said.startswith("Here is a **rule**.") and rest.startswith(said)
    assert saying.words(said) <= saying.OPENING < saying.words(rest)
    assert saying.shortened("Short. It stays.") == ("Short. It stays.", "")


def test_the_catalogue_and_the_hints_are_in_the_notes():
    slide = next(slide for slide in slides_of("03") if slide.number == "3.2")
    notes = dict(slide.notes)
    assert "np.diag(1 - h ** 2) @ W_hh" in notes["Right"]
    assert notes["Expect"] and notes["Hints"].startswith("1. ")


# --- plans ---

@pytest.mark.parametrize("name", PLANS)
def test_a_plan_fits(name):
    plan = plans.read(name)
    for session in plan["session"]:
        for part in session["part"]:
            takes = plans.needed(plans.chosen(part, slides_of)) / 60
            assert takes <= part["minutes"], f"{part} takes {takes:.1f} minutes"
    made = plans.decks(plan, slides_of)
    assert len(made) == len(plan["session"])
    assert max(len(slides) for _, slides in made) <= MOST_SLIDES.get(name, 999)


def test_a_plan_that_does_not_add_up_is_found():
    part = {"lesson": "03", "heading": "5 · Through time", "minutes": 5}
    session = {"title": "", "minutes": 6, "part": [part], "cut_first": ["x"], "homework": ["3.99"],
               "ask_next": ""}
    faults = " ".join(plans.faults_of({"title": "", "minutes": 7, "session": [session]}))
    for words in ("6 minutes together", "do not have 6", "cut_first names 'x'", "no exercise 3.99"):
        assert words in faults
    with pytest.raises(plans.PlanError, match="no slides under"):
        plans.chosen({**part, "heading": "5 · Nowhere"}, slides_of)
    with pytest.raises(plans.PlanError, match="there is no 'picture 9'; there are idea"):
        plans.chosen({**part, "show": ["picture 9"]}, slides_of)


def test_a_copy_of_a_plan_finds_its_pictures_and_can_leave_parts_out(tmp_path, monkeypatch):
    text = (plans.PLANS / "90_minutes.toml").read_text(encoding="utf-8")
    dropped = ["Which number is computed when, and from which others?", "Must it vanish?"]
    copy = text.replace("homework = ", f"drop = {json.dumps(dropped)}\nhomework = ", 1)
    (tmp_path / "mine.toml").write_text(copy, encoding="utf-8")
    monkeypatch.setattr(plans, "OWN", tmp_path)
    whole, copy = (plans.decks(plans.read(name), slides_of)[0][1] for name in ("90", "mine"))
    session = plans.read("mine")["session"][0]
    kept = [slide.heading for slide in whole if slide.heading not in dropped]
    assert kept == [slide.heading for slide in copy] and len(copy) == len(whole) - 2
    assert session["minutes"] == 85 and not set(dropped) & set(session["cut_first"])
    assert sum(slide.seconds for slide in copy) == pytest.approx((85 - session["free"]) * 60, abs=len(copy))
    plan = tomllib.loads(text)
    plan["session"][0]["drop"] = ["Nowhere"]
    assert "drop names 'Nowhere'" in " ".join(plans.faults_of(plan))


def test_a_session_may_have_free_minutes_and_end_after_its_homework():
    plan = tomllib.loads((plans.PLANS / "90_minutes.toml").read_text(encoding="utf-8"))
    session = plan["session"][0]
    (_, slides), = plans.decks(plans.read("90"), slides_of)
    assert [slide.kind for slide in slides[-2:]] == ["homework", "written"]
    assert sum(slide.seconds for slide in slides) == pytest.approx(84 * 60, abs=len(slides))
    printed = sheet.sheets(plans.read("90"), slides_of)[0]
    assert f"<td>{len(slides)}</td><td>Before you go" in printed and "84–90</td>" in printed
    assert "<td>Free</td>" in printed and "6 minutes are free" in printed
    assert sum("Expect:" in row for row in printed.split("<tr>")) > 5
    session.update(free=5, ends_with="One loop, unrolled")
    faults = " ".join(plans.faults_of(plan))
    assert "do not have 90 minutes" in faults and "which is not its last part" in faults


@pytest.mark.parametrize("found, shown", [(None, by_hand.BLANK), ("https://a.org/c", "https://a.org/c")])
def test_where_the_course_is_comes_from_the_address(monkeypatch, found, shown):
    monkeypatch.setattr(by_hand.repository, "address", lambda: found)
    assert shown in by_hand.slide("## Where\n**{{ address }}**", plans.PLANS).pieces[0].content


def test_the_numbers_of_the_90_minutes_are_computed():
    text = (plans.PLANS / "90_minutes.toml").read_text(encoding="utf-8")
    h, w, goal, x = [1, 0.5, -0.5, 0.8], 2, -0.2, (-1.45, -1.55, 2.10)
    dh, shares, rows = h[3] - goal, 0, []
    for t in (3, 2, 1):
        da = (1 - h[t] ** 2) * dh
        rows.append(f"| ${da:.2f}$ | ${da * h[t - 1]:.2f}$ |")
        shares, dh = shares + da * h[t - 1], w * da
        assert f"| ${1 - h[t] ** 2:.2f}$ | | | |" in text
    products = ["0.8 + 0.2 = 1$", "2 \\cdot 0.36 = 0.72$", "2 \\cdot 0.54 = 1.08$"]
    for said in [*rows, f"= {shares:.2f}$", *products]:
        assert said in text, said
    losses = []
    for v in (2, 2.01):
        states = [1.0]
        for each in x:
            states.append(np.tanh(v * states[-1] + each))
        losses.append(0.5 * (states[3] - goal) ** 2)
        shown = [*(f"${state:.3f}$" for state in states[1:]), f"${losses[-1]:.4f}$ |"]
        assert " | ".join([f"| $w = {v}$", *shown]) in text
    assert f"{losses[1] - losses[0]:.4f}" == "0.0090" and f"{(losses[1] - losses[0]) / 0.01:.2f}" == "0.90"
    assert np.allclose(np.tanh([w * 1 + x[0], w * 0.5 + x[1], -w * 0.5 + x[2]]), h[1:], atol=1e-3)


def test_the_factor_of_a_step_is_that_of_the_picture():
    """Lesson 00 draws these lengths; the 90 minutes let the room calculate with them."""
    text = (plans.PLANS / "90_minutes.toml").read_text(encoding="utf-8")
    for scale, last, first, ratio, r, fifty, sigma in (
            (1, "0.68", "0.033", "0.0485", "0.685", "6 \\cdot 10^{-9}", 1.9),
            (3, "0.73", "9.9", "13.6", "1.385", "1.2 \\cdot 10^{7}", 5.6)):
        rng = np.random.default_rng(5)
        params = rnn.init(D=2, H=32, O=1, rng=rng)
        x = rng.standard_normal((8, 1, 2))
        params["W_hh"] *= scale
        cache = rnn.forward(params, x)
        dy = np.zeros_like(cache.y)
        dy[-1] = cache.y[-1] - 1
        length = np.linalg.norm(rnn.through_time(params, cache, dy @ params["W_hy"])[0][:, 0], axis=1)
        assert length[-1] == pytest.approx(float(last), abs=5e-3)
        assert length[0] == pytest.approx(float(first), rel=0.02)
        assert float(first) / float(last) == pytest.approx(float(ratio), rel=4e-3)
        assert (float(first) / float(last)) ** (1 / 8) == pytest.approx(float(r), abs=5e-4)
        mantissa, power = re.fullmatch(r"([\d.]+) \\cdot 10\^\{(-?\d+)\}", fifty).groups()
        assert float(r) ** 50 == pytest.approx(float(mantissa) * 10.0 ** int(power), rel=0.05)
        values = np.linalg.svd(params["W_hh"], compute_uv=False)
        assert values[0] == pytest.approx(sigma, abs=0.05)
        assert (values ** 2).mean() == pytest.approx(scale ** 2, rel=0.02)      # what a random direction gets
        slope = f"{(1 - cache.h[1:] ** 2).mean():.2f}"
        assert all(said in text for said in (last, first, ratio, r, fifty, f"{sigma}", slope))
        drawn = (plans.PLANS / f"eight_steps{'_3' * (scale == 3)}.svg").read_text(encoding="utf-8")
        assert re.findall(r'fill="#D55E00">([\d.]+)<', drawn) == [f"{value:.2g}" for value in length]
        shrinks = length[:-1] / length[1:]
        assert ((0.44, 0.91) if scale == 1 else (0.9, 2.3))[0] < min(shrinks)
        assert max(shrinks) < ((0.44, 0.91) if scale == 1 else (0.9, 2.3))[1]


def test_the_numpy_of_the_90_minutes_is_the_algorithm():
    text = (plans.PLANS / "90_minutes.toml").read_text(encoding="utf-8")
    code = re.search(r"```python\n(.*?)```", text, re.DOTALL)[1]
    rng = np.random.default_rng(0)
    H, T = 3, 5
    params = rnn.init(D=2, H=H, O=2, rng=rng)
    x, target = rng.standard_normal((T, 1, 2)), rng.standard_normal((T, 1, 2))
    cache = rnn.forward(params, x)
    grads = rnn.backward(params, cache, cache.y - target)
    names = {"np": np, "H": H, "T": T, "x": x[:, 0], "h": cache.h[:, 0], "y": cache.y[:, 0],
             "target": target[:, 0], **params, **{f"d{name}": np.zeros_like(params[name]) for name in params}}
    exec(code, names)
    for name in params:
        np.testing.assert_allclose(names[f"d{name}"], grads[name], atol=1e-12)
    assert 1000 * 512 * 64 * 4 / 1e6 == pytest.approx(131, abs=0.1) and "131 MB" in text
    assert (np.outer([2, -1], [0.5, 0.3]) == [[1, 0.6], [-0.5, -0.3]]).all()
    assert r"\begin{pmatrix} 1 & 0.6 \\ -0.5 & -0.3 \end{pmatrix}" in text


# --- courses ---

COURSES = course.courses()


def planted(change):
    """The faults of the course of four weeks after ``change``, in one text."""
    plan = tomllib.loads((plans.PLANS / "four_weeks.toml").read_text(encoding="utf-8"))
    change(plan, plan["session"])
    return " ".join(plans.faults_of(plan))


def test_the_plans_of_several_sessions_are_courses():
    assert set(COURSES) == {name for name in PLANS if len(plans.read(name)["session"]) > 1}
    assert planted(lambda plan, s: None) == ""


@pytest.mark.parametrize("change, words", [
    (lambda plan, s: s[3].pop("behind"), "session 4: 'behind' is missing"),
    (lambda plan, s: s[3].update(toread=[]), "session 4: there is no field 'toread'"),
    (lambda plan, s: s[4]["homework"].append("3.5"), "session 5: 3.5 was given in session 3"),
    (lambda plan, s: s[3]["homework"].remove("3.12"), "3.12 is in no session, no homework"),
    (lambda plan, s: s[3]["homework"].remove("3.12"), "session 6: 3.12 is due, and nobody"),
    (lambda plan, s: plan["left_out"].append("3.12"), "3.12 is left out, and session 4 has it"),
    (lambda plan, s: plan["left_out"].append("12"), "left_out names '12'"),
    (lambda plan, s: plan["left_out"].append("02: Softmax"), "'02: Softmax' is left out, and shown or"),
    (lambda plan, s: s[0]["read"].append("02: Soft"), "'02: Soft' is no section and no work"),
    (lambda plan, s: s[0]["read"].append("@nobody1900"), "'@nobody1900' is no section and no work"),
    (lambda plan, s: s[8]["cut_first"].append("The memory ladder"), "is a part of the thread"),
    (lambda plan, s: s[5].pop("due"), "week 2: 0 lessons are handed in"),
    (lambda plan, s: s[6]["part"].insert(0, s[6]["part"].pop()), "begins with a review"),
    (lambda plan, s: s[6].update(homework=["10.4"], read=[]), "homework of a session is from 5 to 51"),
    (lambda plan, s: s[11].update(homework=[], read=[]), "homework of a week is from 74 to 121 minutes"),
    (lambda plan, s: s[6]["cut_first"].append("4 · Clipping in its place"), "is kept, and cut_first names"),
    (lambda plan, s: s[6]["keep"].append("4 · Clipping"), "keep names '4 · Clipping', which is no part"),
    (lambda plan, s: s[6]["cut_first"].append("Stretch"), "session 7: cut_first names 'Stretch'"),
    (lambda plan, s: s[6]["part"].pop(7), "session 7: nobody stretches"),
    (lambda plan, s: s[6]["part"][0].update(review="Hello."), "session 7: its review names nothing of"),
    (lambda plan, s: s[6]["read"].insert(0, "@pascanu2013"), "session 7: sections are read before works"),
    (lambda plan, s: s[7]["part"].extend(2 * [{"do": "More.", "minutes": 0}]), "session 8: it has 18"),
    (lambda plan, s: s[7]["cut_first"].pop(0), "session 8: 7.5 minutes can be cut after its first third"),
    (lambda plan, s: s[1]["read"].insert(3, "02: Cross-entropy"), "session 2: 4 sections are to read, and 3"),
    (lambda plan, s: s[1]["read"].insert(0, s[1]["read"].pop(2)), "session 2: sections are read in another"),
    (lambda plan, s: s[1]["more"].append("@elman1990"), "session 2: '@elman1990' is no section"),
    (lambda plan, s: s[6]["hints"].append("4.99"), "session 7: there is no exercise 4.99"),
    (lambda plan, s: s[11]["after"]["due"].append("9.1"), "9.1 is due after it, and nobody was given it"),
    (lambda plan, s: s[5]["due"].remove("2.5"), "2.5 counts, and nobody hands it in"),
    (lambda plan, s: plan["marks"][0].update(share=10), "its marks are 105 % together"),
    (lambda plan, s: plan["marks"][0]["exercises"].remove("2.3"), "2.3 is handed in, and is in 0 marks"),
    (lambda plan, s: plan["objectives"][0]["shown"].append("9.1"), "an objective is shown in '9.1', which"),
    (lambda plan, s: s[10]["optional"].append("7.8"), "7.8 is left out, and session 11 has it"),
    (lambda plan, s: s[5]["part"].append({"lesson": "06", "heading": "Exercise 6.12 · Diagnose this network",
                                          "minutes": 5}), "takes 10 alone")])
def test_what_a_course_lacks_is_found(change, words):
    assert words in planted(change)


def test_minutes_at_home_are_those_of_the_lessons():
    alone = {part.title: part.minutes for part in reading.all_parts()["02"]}
    session = {"homework": ["2.4", "2.5"], "read": ["02: Softmax", "@elman1990"]}
    assert course.at_home(session) == sum(alone[title] for title in (
        "Exercise 2.4 · A softmax that survives", "Softmax",
        "Exercise 2.5 · Cross-entropy that counts no padding"))
    assert course.listed(["2.1", "2.2", "2.4", "2.5", "2.6", "3.1"]) == "2.1, 2.2, 2.4 to 2.6, 3.1"


def test_the_capstone_is_handed_in_whole():
    sessions = COURSES["four_weeks"]["session"]
    due = [number for session in sessions for number in course.all_due(session) if number.startswith("10.")]
    assert sessions[-2]["optional"] == ["10.8"] and course.points(due + ["10.8"]) == 40
    assert course.handed_in(sessions[-3]) == (
        'lesson 10: 16 points (`make grade LESSON=10 EXERCISES="10.1, 10.2, 10.4"`, 10.3 by you)')
    assert course.handed_in(sessions[-1], teacher=False).endswith(
        "lesson 10, 10.6, 10.7: 12 points (by its checks)")
    assert course.afterwards(sessions[-1]) == "lesson 10: 6 points (10.9 by you), 5 days later"
    coded = [number for session in sessions for number in session["homework"] if number in due]
    assert coded.index("10.3") < coded.index("10.5")


def test_what_is_handed_in_comes_back_in_the_next_session():
    sessions = COURSES["four_weeks"]["session"]
    assert '`make grade LESSON=02 EXERCISES="2.3, 2.9"`' in course.handed_in(sessions[2])
    assert course.returned(sessions[2]).endswith("lesson 02, 2.3, 2.9 (`make count LESSON=02`)")
    assert course.returned(sessions[9]).startswith("lesson 10, 10.1 to 10.4")
    assert course.returned(sessions[3]) == ""
    assert "make count" not in course.sheet(COURSES["four_weeks"])


def test_what_is_begun_in_class_is_shorter_at_home():
    part = {"lesson": "10", "heading": "Exercise 10.3 · The derivation", "minutes": 15}
    whole = course.at_home({"homework": ["10.3"], "part": []})
    assert course.at_home({"homework": ["10.3"], "part": [part]}) == whole - 15


def test_a_command_grades_what_was_set():
    for session in COURSES["four_weeks"]["session"]:
        commands = re.findall(r'LESSON=(..) EXERCISES="(.*?)"', course.handed_in(session))
        found = [each for lesson, words in commands
                 for each in judge.numbers_in(words, list(lesson_exercises(lesson)))]
        due = session.get("due", [])
        assert sorted(found) == sorted(set(due) - set(course.by_hand(due)))


def test_what_is_to_prepare_is_time_at_home():
    session = COURSES["four_weeks"]["session"][10]
    bare = {**session, "prepare": {"what": "", "minutes": 0}}
    assert course.at_home(session) == course.at_home(bare) + 20
    assert session["prepare"]["what"] in course.home(session)
    slide = plans.homework(session)[0]
    assert "The talk: four minutes" in slide.pieces[0].content


def test_a_text_that_a_person_grades_has_its_title_on_the_slide():
    assert "**10.9** Half a page" in plans.homework(COURSES["four_weeks"]["session"][11])[0].pieces[0].content


def test_the_tables_of_courses_are_built():
    text = course.README.read_text(encoding="utf-8")
    assert course.TABLES.search(text)[0] == course.tables(COURSES), "make slides PLAN=one_week writes them"


@pytest.mark.parametrize("name", COURSES)
def test_a_course_has_a_page_for_its_learners(packages, name):
    page_of, plan = sheet.for_learners(COURSES[name]), COURSES[name]
    for session in plan["session"]:
        for item in session["can"]:
            assert markup.line(item) in page_of, item
    assert "make grade LESSON" not in page_of and page_of.count("<h2>") == len(plan["session"])
    assert "{{" not in course.sheet(plan)


def test_the_page_says_how_long_it_takes_what_shows_an_objective_and_what_counts():
    plan = COURSES["four_weeks"]
    text, home = course.sheet(plan), sum(map(course.at_home, plan["session"]))
    assert f"at home about {course.told(home)} minutes together" in text
    assert 25 <= plan["minutes"] / 60 + home / 60 <= 30                         # hours of a credit
    assert "| set 1: 1.1, 1.3 to 1.7, 1.9, 1.10, 2.3, 2.9 | 19 | 3 | 5 % |" in text
    assert "| set 4: 5.10, 6.12, 7.3, 8.4 | 8 | 9 (5.10, 6.12), 11 (7.3), 12 (8.4) | 10 % |" in text
    assert "| the report: 10.9 | 6 | 5 days after 12 | 10 % |" in text
    assert "| 10.3, 10.5, 10.6 | your cell, derived; your cell, coded and proven |" in text


class NoPast(Tangents):
    """The path from the past frozen, as session 12 asks."""

    def skip_state(self, t):
        return 0 * self.real_h[0]

    feedback_output = skip_state


class NoLeak(Tangents):
    """The leak's own path frozen, as session 11 asks."""

    def carried(self, t):
        return 0 * self.real_h[0]


@pytest.mark.parametrize("frozen", [NoPast, NoLeak])
def test_what_stays_when_a_path_is_frozen_is_as_the_run_sheets_say(frozen):
    kinds = set()
    for id in range(40):
        project = capstone.project(str(id))
        problem, feedback = project.problem(), bool(project.variant.lag)
        a, h, y = capstone.forward(project, problem.params, problem.x, problem.h0)
        whole, bent = (tangents.gradients(paths, project.variant, problem.params, problem.x, a, h, y,
                                          y - problem.target) for paths in (Tangents, frozen))
        states, moved = (tangents.state_gradients(paths, project.variant, problem.params, problem.x, a, h, y,
                                                  y - problem.target)[0] for paths in (Tangents, frozen))
        stays = {name for name in whole if np.allclose(whole[name], bent[name], rtol=0, atol=1e-9)}
        assert stays == (set() if feedback else {"W_hy", "b_y"})
        assert np.allclose(states[-1], moved[-1]) and not np.allclose(states[0], moved[0])
        kinds.add(feedback)
    assert kinds == {True, False}


def test_hints_are_a_page_to_print(packages):
    page_of = sheet.hints({"hints": ["4.2", "4.3"]})
    for hint in find("4.2").hints + find("4.3").hints:
        assert markup.line(hint) in page_of
    assert page_of.count("<h2>") == 2


def test_a_run_sheet_expects_a_wrong_answer_of_an_exercise():
    text = '- `dw = x` · each round forgets · "Which?"\n- another'
    assert sheet.expected(text, 90) == [("Expect", "`dw = x`: each round forgets")]
    assert sheet.expected("- *no gain*: it lacks the gain.", 90)[0][1].startswith("*no gain*: it lacks")
    assert sheet.expected("", 90) == []


WRITTEN = """## Two rows
| a | b |
|---|---|
| 1 | |
+++
| 1 | $x$ |
| 2 | y |

Words.
+++
![](../guide/board/03_two_readers.svg)
Notes:
Ask: why?
![a sketch](../guide/board/03_two_readers.svg)
"""


def test_a_slide_can_be_written_by_hand():
    slide = by_hand.slide(WRITTEN, plans.PLANS)
    assert (slide.heading, [(piece.kind, piece.key) for piece in slide.pieces]) == (
        "Two rows", [("text", 0), ("later", 1), ("picture", 2)])
    shown = "".join(pieces.piece(piece, {}) for piece in slide.pieces)
    assert shown.count('<span class="fragment" data-fragment-index="1">') == 3      # a cell, and a row of two
    assert shown.count("<tr>") == 3 and "h_t is read by y_t" in shown
    assert "Ask: why?" in slide.notes[0][1] and "Ask" not in shown and "data:image/svg" in slide.notes[0][1]
    text = "## One\n![](step_back.svg)\n+++\n![instead](step_back_answer.svg)\n+++\nAll."
    slide = by_hand.slide(text, plans.PLANS)
    assert [(piece.kind, piece.key) for piece in slide.pieces] == [("picture", 0), ("later", 2)]
    shown = pieces.piece(slide.pieces[0], {})
    assert shown.count("<img") == 2 and '<img class="instead fragment" data-fragment-index="1"' in shown
    for text in ("no heading", "## One\n![](nowhere.svg)"):
        with pytest.raises(plans.PlanError):
            plans.chosen({"slide": text, "minutes": 1}, slides_of)


def test_a_plan_takes_a_slide_of_another_one():
    text = plans.borrowed({"plan": "90", "heading": "One loop, unrolled"})
    assert "unrolled.svg" in text
    with pytest.raises(plans.PlanError, match="has no slide 'Nowhere'"):
        plans.borrowed({"plan": "90", "heading": "Nowhere"})


# --- films, packages ---

@pytest.mark.parametrize("name", explorers.__all__)
def test_a_film_has_at_most_500_settings_and_that_of_the_page(name):
    explorer = getattr(explorers, name)()
    controls = [control for control in explorer.controls if control.name not in films.STAY.get(name, ())]
    grid = films.grid(controls, explorer.page, films.MOST)
    assert math.prod(map(len, grid)) <= films.MOST
    assert all(len(values) > 1 and explorer.page[control.name] in values
               for control, values in zip(controls, grid))


def test_a_film_is_kept_and_the_same_each_time(tmp_path):
    made = [films.film("unrolling", tmp_path / folder, FRAMES) for folder in ("a", "b")]
    assert made[0] == made[1]
    path = tmp_path / "a" / "unrolling.json.gz"
    before = path.stat().st_mtime_ns
    films.film("unrolling", tmp_path / "a", FRAMES)
    assert path.stat().st_mtime_ns == before
    film = json.loads(gzip.decompress(path.read_bytes()))
    assert len(film["frames"]) == len(film["words"]) <= FRAMES
    assert COURSE / "pictures" / "graph.py" in films.imported(
        COURSE / "pictures" / "explorers" / "questions" / "unrolling.py")


def test_a_package_is_verified_and_no_network_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", "http://127.0.0.1:9")
    with pytest.raises(vendor.VendorError, match="could not be fetched from http://127.0.0.1:9/katex/-/katex-"):
        vendor.tarball("katex", tmp_path)
    monkeypatch.setattr(vendor, "fetched", lambda about: b"something else")
    with pytest.raises(vendor.VendorError, match="not the file that was pinned"):
        vendor.tarball("katex", tmp_path)
    assert not list(tmp_path.iterdir())


def test_same_input_same_bytes_and_the_notices_are_inside(packages):
    made = [page.page("02", deck.Reader(running.stored("02"), "02").read()) for _ in range(2)]
    assert made[0] == made[1]
    assert made[0].count("Permission is hereby granted") >= 2 and "Bitstream Vera" in made[0]
    assert "src=\"http" not in made[0]


# --- decks in a browser ---

@pytest.fixture(scope="module")
def written(tmp_path_factory, film, packages):
    """From a name and slides to the file of their deck."""
    folder = tmp_path_factory.mktemp("decks")

    @functools.cache
    def write(name):
        path = folder / f"{name}.html"
        path.write_text(page.page(name, chosen(name), film), encoding="utf-8")
        return path

    return write


def chosen(name):
    """The slides of a deck that is tested."""
    if name == "03":
        return joining.joined(deck.Reader(running.lesson("03"), "03").read())
    if name == "fullest":
        return joining.joined(max((slides_of(number) for number in NUMBERS), key=len))
    return plans.decks(plans.read(name), slides_of)[0][1]


@pytest.mark.parametrize("name", ["03", "fullest", *[name for name in PLANS if name in MOST_SLIDES]])
def test_a_deck_can_be_presented(browser, written, name):
    path = written(name)
    assert path.stat().st_size < 5e6
    with decks.opened(browser, path) as (opened, asked, wrong):
        assert decks.faults(decks.measured(opened)) == []
        assert decks.moved(opened) == []
        reached, slides = decks.walked(opened)
        assert reached == slides
        assert asked == [] and wrong == []


@pytest.mark.parametrize("name", PLANS)
def test_a_run_sheet_is_one_page(browser, packages, tmp_path, name):
    plan = plans.read(name)
    for printed in sheet.sheets(plan, slides_of):
        path = tmp_path / "sheet.html"
        path.write_text(printed, encoding="utf-8")
        opened = browser.new_page()
        opened.goto(path.as_uri())
        assert len(re.findall(rb"/Type\s*/Page\b", opened.pdf(prefer_css_page_size=True))) == 1
        assert opened.locator(".tex").count() == opened.locator("math").count()
        opened.close()


def test_keys_go_back_to_the_deck_and_an_explorer_opens_where_its_plan_says(browser, written):
    with decks.opened(browser, written("90_minutes")) as (opened, _, _):
        find = "selector => deck.getIndices(deck.getSlides().find(s => s.querySelector(selector))).h"
        vote, film = (opened.evaluate(find, selector) for selector in ("ul.vote", "div.explorer"))
        opened.evaluate(f"deck.slide({vote}, 0)")
        for key in ("1", "1", "7", "ArrowRight"):                   # to the first count; 17 hands; on
            opened.keyboard.press(key)
        assert opened.evaluate("document.querySelector('ul.vote input').value") == "17"
        assert opened.evaluate(decks.PLACE) == [vote + 1, 0]
        opened.evaluate(f"deck.slide({film}, 0, -1)")
        opened.wait_for_function("deck.getCurrentSlide().querySelector('div.explorer').dataset.drawn")
        assert opened.evaluate("deck.getCurrentSlide().querySelector('input').value") == "2"
        box = opened.locator("section.present div.explorer input").first.bounding_box()
        opened.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        opened.wait_for_function("document.activeElement === document.body")
        opened.keyboard.press("ArrowRight")
        opened.keyboard.press("ArrowRight")
        assert opened.evaluate(decks.PLACE) == [film + 1, 0]


def test_either_window_moves_controls_and_upcoming_is_where_space_goes(browser, written):
    with decks.opened(browser, written("90_minutes")) as (opened, asked, wrong):
        with opened.expect_popup() as popup:
            opened.keyboard.press("s")
        speaker = popup.value
        speaker.wait_for_function("document.querySelectorAll('iframe').length === 2")
        now, coming = speaker.frames[1:]
        for copy in (now, coming):
            copy.wait_for_function("document.body && document.body.dataset.ready === 'yes'")

        def all_show(values, held, selector):
            for page_of in (opened, now, coming):
                page_of.wait_for_function(
                    """([values, held, selector]) => held === !!document.querySelector(".held") &&
                       values.every((value, k) => document.querySelectorAll(selector)[k].value === value)""",
                    arg=[values, held, selector])

        def go(selector, f):
            """To the slide with a control. f: what upcoming shows, its first key (0) or the next slide."""
            h = opened.evaluate(
                "found => deck.getIndices(deck.getSlides().find(s => s.querySelector(found))).h", selector)
            opened.evaluate(f"deck.slide({h}, 0, -1)")
            now.wait_for_function(f"deck.getIndices().h === {h}")
            coming.wait_for_function(
                "([h, f]) => deck.getIndices().h === h && (deck.getIndices().f ?? -1) === f",
                arg=[h + (f != 0), f])
            return h

        h = go("div.explorer", 0)
        sliders = "div.explorer input"
        for page_of, keys, values, held in (
                (speaker, ("1", "ArrowRight", "ArrowRight"), ["4"], True),
                (speaker, ("Escape",), ["4"], False),
                (opened, ("1", "ArrowLeft"), ["3"], True), (speaker, ("ArrowRight",), ["4"], True),
                (opened, ("Escape",), ["4"], False)):
            for key in keys:
                page_of.keyboard.press(key)
                opened.wait_for_timeout(200)
            all_show(values, held, sliders)
        opened.evaluate(f"deck.slide({h}, 0, 99)")                  # code lies below; space does not go there
        coming.wait_for_function(f"deck.getIndices().h === {h + 1} && !deck.getIndices().v")
        assert opened.evaluate(f"deck.getHorizontalSlides()[{h}].classList.contains('stack')")
        go("ul.vote", -1)
        opened.wait_for_timeout(500)                                # the previews have come to rest
        for key, values in (("1", ["", ""]), ("1", ["1", ""]), ("7", ["17", ""]), ("Tab", ["17", ""]),
                            ("9", ["17", "9"])):
            speaker.keyboard.press(key)
            all_show(values, True, "ul.vote input")
        assert asked == [] and wrong == []


PLANTED = {"above": "position:relative;top:-300px", "below": "position:relative;top:600px",
           "beside": "position:relative;left:900px", "small": "font-size:12px", "pale": "color:#aaa"}
FOUND = {"above": "past the top edge", "below": "past the bottom edge", "beside": "past the right edge",
         "small": "type of 12.0 px", "pale": "contrast 2.3"}


@pytest.mark.parametrize("where", PLANTED)
def test_a_planted_fault_is_found(browser, written, where):
    with decks.opened(browser, written("03")) as (opened, _, _):
        assert decks.faults(decks.measured(opened, 1, 2)) == []
        opened.evaluate("look => { deck.getSlides()[1].querySelector('li').style = look }", PLANTED[where])
        assert any(FOUND[where] in fault for fault in decks.faults(decks.measured(opened, 1, 2)))
