"""The machinery behind ``check("4.3", backward)``: what it accepts, what it refuses, and what it says."""

import base64
import collections
import dataclasses
import datetime
import importlib
import io
import json
import linecache
import re
import sys
import types
import warnings

import numpy as np
import pytest
from PIL import Image

import exercises
from exercises import Exercise, accepted, check, hint, judge, lessons as room, predict, progress
from exercises.engine import clues, judging, kinds, show
from exercises.engine.compare import compare
from exercises.engine.exercise import run
from exercises.engine.mistakes import mistakes_of, row
from exercises.lessons.catalogue import find, lessons
from helpers.long_sequences import truncated
from notebooks import LESSONS, code_cells, is_exercise, load

X = np.arange(6.0).reshape(2, 3)
HINTS = ("What is twice a number?", "2 x", "Add x to itself.")


def pair(x, scale):
    return x.sum(), {"dx": scale * x, "dW": x.T}


class Line:
    """A line, as two formulas."""

    def __init__(self, x, slope, offset):
        self.x, self.slope, self.offset = x, slope, offset

    def run(self):
        return {"rise": self.rise(), "line": self.rise() + self.start(), "start": self.start()}

    def rise(self):
        """the rise, slope times x"""
        return self.slope * self.x

    def start(self):
        """the offset"""
        return self.offset + 0 * self.x


DOUBLING = {
    "squared": row("01.1", lambda x: x ** 2, "It squares; it must double.", "twice x is x + x."),
}
LINES = {
    "slope added": row("01.1", dict(rise=lambda s: s.slope + s.x),
        "The slope is added to x; it must multiply.", "twice the slope is twice the rise."),
    "offset forgotten": row("01.1", dict(start=lambda s: 0 * s.x), "The line starts at zero.",
        "at x = 0 the line is at its offset."),
}


def exercise(reference, instances, **more):
    return Exercise("A title", "It is understood.", reference, instances, more.pop("hints", HINTS), **more)


EXERCISES = {
    "99.1": exercise(lambda x: 2 * x, [(X,), (-X,)], mistakes=DOUBLING),
    "99.2": exercise(pair, [(X, 3.0)], parts=("The sum", "grads"), points=4),
    "99.3": exercise(lambda x: 2 * x, lambda: [(X,)], tolerance=1e-3),
    "99.4": exercise(lambda x: (x > 0, "yes"), [(1,)]),
    "99.5": exercise(lambda x: 1j * x, [(X,)]),
    "99.6": exercise(lambda x: x.shape, [(X,)]),
    "99.7": exercise(run(Line), [(X[1], 3.0, 0.7)], formulas=Line, mistakes=LINES,
                     probes={"the offset is zero": (X[1], 3.0, 0.0), "the slope is 1": (X[1], 1.0, 0.7)}),
    "99.8": kinds.choice("Pick", "Picked.", "b", {"a": "a is too small.", "b": "b fits."}, HINTS),
    "99.9": kinds.ordering("Sort", "Sorted.", "abc", {"c": [("a", "c needs what a makes.")]}, HINTS),
    "99.13": exercise(lambda x: x, [(np.array([[0.0, 1, 2], [0, 3, 5]]),)]),
    "99.12": exercise(lambda arrays: arrays, [({"one": X},), ({"two": -X},)]),
    "99.11": exercise(lambda a, b: a / b, [(2, 0.5)], parts=("ratio",)),
    "99.10": exercise(lambda x: {"b": x[0], "W": 2 * x}, [(X,)], label="d{}", parts=("W", "b")),
}


@pytest.fixture(autouse=True)
def lesson_99(monkeypatch, tmp_path):
    """A lesson of the tests' own, among the course's, and a progress file of its own."""
    monkeypatch.setitem(sys.modules, "exercises.lessons.lesson_99",
                        types.SimpleNamespace(EXERCISES=EXERCISES))
    found = lessons()
    for module in ("lessons.catalogue", "record"):
        monkeypatch.setattr(f"exercises.{module}.lessons", lambda: [*found, "99"])
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.setenv("BPTT_PROGRESS", str(tmp_path / "mine" / "progress.jsonl"))


def raises(error):
    def answer(*arguments):
        raise error
    return answer


Sums = collections.namedtuple("Sums", "total grads")
Backwards = collections.namedtuple("Backwards", "grads")
Grads = collections.namedtuple("Grads", "dW db")


@dataclasses.dataclass
class Gradients:
    W: np.ndarray
    b: np.ndarray


# --- right ---

@pytest.mark.parametrize("number, answer", [
    ("99.1", lambda x: x + x),
    ("99.1", lambda x: (2 * x).tolist()),
    ("99.1", lambda x: 2 * x + 1e-10),
    ("99.1", lambda x: np.asfortranarray(2 * x)),
    ("99.1", lambda x: (2 * x).astype(np.float32)),
    ("99.1", lambda x: np.repeat(2 * x, 2, axis=0)[::2]),
    ("99.1", lambda x: np.matrix(2 * x)),
    ("99.2", pair),
    ("99.2", lambda x, scale: list(pair(x, scale))),
    ("99.2", lambda x, scale: Sums(*pair(x, scale))),
    ("99.2", lambda x, scale: (np.float32(x.sum()), pair(x, scale)[1])),
    ("99.3", lambda x: 2 * x + 1e-3),
    ("99.4", lambda x: (np.bool_(True), "yes")),
    ("99.5", lambda x: x * 1j),
    ("99.6", lambda x: [2, 3]),
    ("99.6", lambda x: np.array([2, 3])),
    ("99.10", lambda x: {"dW": 2 * x, "db": x[0]}),
    ("99.10", lambda x: Grads(2 * x, x[0])),
    ("99.10", lambda x: (2 * x, x[0])),
    ("99.10", lambda x: Gradients(2 * x, x[0])),
    ("99.10", lambda x: types.SimpleNamespace(b=x[0], W=2 * x)),
    ("99.10", lambda x: collections.OrderedDict(b=x[0], W=2 * x)),
    ("99.8", lambda: "b"),
    ("99.8", lambda: " B"),
    ("99.9", lambda: "abc"),
    ("99.9", lambda: "A, B, C"),
    ("99.9", lambda: list("abc")),
    ("99.9", lambda: "acb"),
    ("99.9", lambda: "bac"),
])
def test_right_in_any_form(number, answer):
    result = check(number, answer)
    assert result.status == "right", result
    assert repr(result).startswith(f"Exercise {number}: right. {EXERCISES[number].goal}")


def test_booleans_and_zeros_and_ones_are_alike():
    assert judge("7.2", truncated.reached).status == "right"
    assert judge("7.2", lambda *arguments: truncated.reached(*arguments).astype(float)).status == "right"
    assert judge("7.2", lambda *arguments: ~truncated.reached(*arguments)).status == "wrong"


@pytest.mark.parametrize("answer", [
    lambda x: {"dW": 2 * x, "db": x[0]},
    lambda x: Grads(2 * x, x[0]),
    lambda x: ((2 * x).tolist(), x[0]),
])
def test_a_lesson_goes_on_with_an_accepted_answer_in_the_references_form(answer):
    found = accepted("99.10", answer)(X + 1)
    assert set(found) == {"W", "b"} and np.array_equal(found["W"], 2 * X + 2)
    assert accepted("99.10", lambda x: x) is None


def test_an_accepted_answer_may_have_keys_that_depend_on_its_arguments():
    assert set(accepted("99.12", lambda arrays: dict(arrays))({"other": X})) == {"other"}


def test_a_right_answer_says_what_that_proves():
    assert "Tried on 2 problems; the largest difference is below 1e-12." in repr(
        check("99.1", lambda x: 2 * x))
    assert "below 1e-09" in repr(check("99.1", lambda x: 2 * x + 5e-10))
    assert "Tried on one problem." in repr(check("99.4", lambda x: (True, "yes")))


# --- wrong: it ran? ---

def ragged(x):
    parts = [x, x[0]]
    return np.array(parts)


@pytest.mark.parametrize("number, answer, message", [
    ("99.1", lambda x: 2 * x.T, "The result should have shape (2, 3), not (3, 2)."),
    ("99.1", lambda x: 2 * x[0], "The result should have shape (2, 3), not (3,)."),
    ("99.1", lambda x: 3 * x, "5 of 6 entries differ; furthest off is entry [1, 2]: yours is 15."),
    ("99.1", lambda x: np.abs(2 * x), "entry [1, 2]: yours is 10."),        # right on the first instance only
    ("99.1", lambda x: 2 * x + 1e-7, "6 of 6 entries differ"),
    ("99.1", lambda x: np.full((2, 3), np.nan), "entry [0, 0]: yours is nan."),
    ("99.1", lambda x: 2 * x + 0j, "The result should be real numbers, not complex ones."),
    ("99.1", lambda x: None, "the result is None: is a return missing?"),
    ("99.1", lambda x: "twice", "The result should be numbers, not a single str."),
    ("99.1", lambda x: [[1.0], [2.0, 3.0]], "The result should be numbers, not a tuple or list of 2."),
    ("99.1", lambda x: {"dx": x}, "The result should be numbers, not a dict."),
    ("99.1", lambda x: (row for row in x), "The result should be numbers, not a generator."),
    ("99.1", lambda x: np.array([x, None], object), "not an array of dtype object."),
    ("99.1", lambda: X, "It stopped with TypeError: "),
    ("99.1", raises(ZeroDivisionError("division by zero")),
     "It stopped with ZeroDivisionError: division by zero, in the line\n    raise error"),
    ("99.1", lambda x: x @ x, "shapes do not fit in a matrix product: an axis of 3 meets one of 2 "
     "(is a transpose missing?), in the line\n    "),
    ("99.1", lambda x: np.einsum("ij,ij->i", x, x.T), "einsum: a letter stands for axes of"),
    ("99.1", lambda x: np.einsum("i->i", x), "einsum: an array must have one letter for each of its axes"),
    ("99.1", ragged, "ValueError: the parts of an array differ in shape (a matrix product is @; "),
    ("99.1", ragged, "Shapes: parts[0] has (2, 3), parts[1] has (3,)."),
    ("99.1", raises(SystemExit(0)), "which would end the whole notebook"),
    ("99.1", raises(KeyboardInterrupt()), "It stopped with KeyboardInterrupt"),
    ("99.1", X, "Hand over the function itself, not ndarray: no brackets."),
    ("99.2", lambda x, s: x.sum(),
     "The result should be a tuple of 2 (The sum and grads), not a single number."),
    ("99.2", lambda x, s: (x.sum(),), "(The sum and grads), not of 1."),
    ("99.2", lambda x, s: (0.0, pair(x, s)[1]), "The sum is wrong; grads are right. The sum is 0."),
    ("99.2", lambda x, s: (x.sum(), x),
     "grads should be a dict with the keys dx and dW, not a single array of shape (2, 3)."),
    ("99.2", lambda x, s: (x.sum(), {"dx": s * x}),
     "grads should be a dict with the keys dx and dW; missing: dW."),
    ("99.2", lambda x, s: (x.sum(), {"dx": s * x, "dW": x.T, 1: 0}), "not asked for: 1."),
    ("99.2", lambda x, s: (x.sum(), {"dx": s * x, "dW": x}),
     "grads['dW'] should have shape (3, 2), not (2, 3)."),
    ("99.2", lambda x, s: (x.sum(), {"dx": None, "dW": x.T}), "grads['dx'] is None"),
    ("99.2", lambda x, s: x.T, "not a single array of shape (3, 2)."),
    ("99.4", lambda x: (True, "no" * 1000),
     "part 2 of the result should be text, not a text of 2000 letters."),
    ("99.6", lambda x: {"{": 1}, "The result should be a tuple of numbers, not {'{': 1}."),
    ("99.4", lambda x: (False, "yes"), "part 1 of the result is False, and that is not right."),
    ("99.4", lambda x: (True, "no"), "part 2 of the result is 'no', and that is not right."),
    ("99.11", lambda a, b: a, "ratio is 2 for a = 2, b = 0.5, and that is not right."),
    ("99.6", lambda x: (3, 2), "The result is (3, 2), and that is not right."),
    ("99.6", lambda x: (2, 3, 1), "The result is (2, 3, 1), and that is not right."),
    ("99.6", lambda x: 7, "The result should be a tuple of numbers, not 7."),
    ("99.5", lambda x: -1j * x, "5 of 6 entries differ"),
    ("99.10", lambda x: {"W": x, "b": x[0]},
     "dW is wrong; db is right. Of dW, 5 of 6 entries differ; furthest off is dW[1, 2]"),
    ("99.10", lambda x: {"W": 2 * x + 0j, "b": x[0] + 0j},
     "db and dW should be real numbers, not complex ones."),
    ("99.8", lambda: "a", "'a': a is too small."),
    ("99.8", lambda: ["b"], "['b'] is none of the options: 'a', 'b'."),
    ("99.9", lambda: "bca", "'c' stands in place 2, before 'a': c needs what a makes."),
    ("99.9", lambda: "ab", "Use each of the letters a, b, c once"),
])
def test_wrong_and_why(number, answer, message):
    result = check(number, answer)
    assert result.status == "wrong"
    assert message.lower() in repr(result).lower()


def test_not_attempted_yet():
    result = check("99.1", raises(NotImplementedError()))
    assert result.status == "not attempted yet"
    assert "NotImplementedError" in result.message and 'hint("99.1")' in result.message


def test_a_function_that_calls_one_that_is_not_written_yet():
    def twice(x):
        raise NotImplementedError

    assert "It calls twice, which is not written yet." in check("99.1", lambda x: twice(x)).message


# --- an answer with several gaps ---

STUB = re.compile(r"^( *)raise NotImplementedError.*$", re.MULTILINE)
WITH_GAPS = {cell.metadata.nbgrader.grade_id[9:].replace("-", "."): cell.source for lesson in LESSONS
             for cell in code_cells(load("notebooks", lesson))
             if is_exercise(cell) and len(STUB.findall(cell.source)) > 1}


def with_gaps(number, without="", **lines):
    """The function that a learner has who wrote ``lines``, such as gap1="a_t = 0", and left the other gaps
    as they are. without: a text of the stub that is gone."""
    counted = iter(range(1, 10))

    def written(stub):
        chosen = lines.get(f"gap{next(counted)}", stub[0].lstrip())
        return "\n".join(stub[1] + line for line in chosen.splitlines())

    source = STUB.sub(written, WITH_GAPS[number]).replace(without, "")
    name = f"<{number} {len(linecache.cache)}>"
    linecache.cache[name] = len(source), None, source.splitlines(True), name
    space = {"np": np}
    exec(compile(source, name, "exec"), space)
    return space[re.search(r"def (\w+)", source)[1]]


@pytest.mark.parametrize("number", WITH_GAPS)
def test_of_several_gaps_it_says_which_are_open_and_which_are_right(number):
    right = {f"gap{i}": lines for i, lines in enumerate(find(number).gaps, 1)}
    assert len(right) == len(STUB.findall(WITH_GAPS[number]))
    assert check(number, with_gaps(number)).status == "not attempted yet"
    assert check(number, with_gaps(number, **right)).status == "right"
    for one in right:
        result = check(number, with_gaps(number, **{one: right[one]}))
        assert result.status == "not finished yet" and result.credit == 0
        assert result.message == f"Gap {one[3:]} is right."
        assert re.findall(r"Gap (\d) is still open: \S", repr(result)) == [
            other[3:] for other in right if other != one]


def test_a_mistake_in_one_gap_is_named_while_others_are_open():
    result = check("2.1", with_gaps("2.1", gap2='y_t = params["W_hy"] @ h_prev + params["b_y"]'))
    assert result.status == "wrong" and result.credit == 0
    assert result.message.startswith("Output from previous state: ")
    assert "Gap 1 is still open: a_t, the pre-activation, (H,)." in result.notes
    result = check("2.1", with_gaps("2.1", gap1='a_t = params["W_hh"] @ x_t'))
    assert 'in the line\n    a_t = params["W_hh"] @ x_t' in result.message
    carry = check("4.2", with_gaps("4.2", gap1=find("4.2").gaps[0], gap3="dh_later = da"))
    assert carry.status == "wrong" and "Gap 1 is right." in carry.notes
    assert 'smallest("' not in repr(carry)          # it would call the answer, which raises


def test_of_gaps_without_an_open_one_it_says_which_are_right():
    first, _, third = find("4.2").gaps
    answer = with_gaps("4.2", gap1=first, gap2='grads["W_hh"] += np.outer(da, h[t])', gap3=third)
    result = check("4.2", answer)
    assert result.status == "wrong" and "Gaps 1 and 3 are right." in result.notes


def test_a_filled_gap_may_lose_its_comment():
    result = check("2.1", with_gaps("2.1", "Gap 1: ", gap1=find("2.1").gaps[0]))
    assert result.status == "not finished yet"
    assert result.message == "Still open: y_t, the output, (O,)."


def test_what_cannot_be_judged_without_an_open_gap_is_not():
    other_name = find("4.2").gaps[0].replace("da =", "delta =")
    result = check("4.2", with_gaps("4.2", gap1=other_name))
    assert result.status == "not finished yet" and "right" not in repr(result)
    assert repr(result).count("is still open") == 2


def test_right_on_some_problems_only():
    said = repr(check("99.1", lambda x: 2 * np.abs(x)))
    assert "Of the 2 problems tried it is right on number 1 and wrong on number 2." in said


def test_an_argument_changed_in_place_is_named():
    def answer(x, scale):
        x *= 2
        x /= 2
        x[0, 0] = 7.0
        return X.sum(), {"dx": scale * X, "dW": X.T}

    result = check("99.2", answer)
    assert result.status == "wrong" and "It changes x in place." in result.message
    assert "The numbers are right." in result.notes


def test_an_answer_that_depends_on_an_earlier_call():
    kept = []

    def answer(x):
        kept.append(x)
        return 2 * x + (len(kept) > 2)

    result = check("99.1", answer)
    assert (result.status == "wrong"
            and "Called twice with the same arguments, it gives two answers" in result.message)
    assert kept == []                       # it was called in a copy of this process


def test_random_numbers_do_not_slip_through():
    assert "two answers" in check("99.3", lambda x: 2 * x + np.random.standard_normal(x.shape)).message


def test_arrays_taken_from_the_notebook_are_named():
    answer = eval("lambda x: 2 * elsewhere", {"elsewhere": X})
    assert "It reads elsewhere from the notebook, not from its arguments." in repr(check("99.1", answer))


def test_fields_are_not_taken_for_variables_of_the_notebook():
    answer = eval("lambda x: 3 * x.real", {"real": X})
    assert "from the notebook" not in repr(check("99.1", answer))


def test_what_the_function_printed_is_shown():
    def answer(x):
        print("x is", x.shape)
        return x

    assert "It printed:\nx is (2, 3)" in repr(check("99.1", answer))


# --- wrong: a known mistake ---

def test_a_known_mistake_is_named_first():
    result = check("99.1", lambda x: x * x)
    assert result.message == "Squared: It squares; it must double."
    assert result.notes[:2] == ("On paper: twice x is x + x.", "See lesson 01, section 1.")


def test_no_message_sends_to_the_exercise_in_which_the_learner_sits():
    note = "See lesson 02, Exercise 2.9."
    assert [judging.sends_here(note, number) for number in ("2.9", "2.8", "9")] == [True, False, False]
    assert "See lesson" not in repr(check("2.9", mistaken("2.9")))
    assert "What arrives is wrong" in repr(check("7.c", lambda W_hh, h_next, dh_next: 5 * dh_next))


def mistaken(number):
    """A wrong answer that the exercise knows by a row of its own place."""
    exercise = find(number)
    return next(one.answer for one in mistakes_of(exercise) if one.row.place.endswith(number))


def test_two_known_mistakes_at_once():
    both = type("Both", (Line,), {**LINES["slope added"].replaces, **LINES["offset forgotten"].replaces})
    said = repr(check("99.7", run(both)))
    assert "Two mistakes at once." in said and "Slope added: " in said and "Offset forgotten: " in said


def test_a_known_mistake_in_one_part_beside_an_unknown_one():
    def answer(x, slope, offset):
        return {"rise": slope + x, "line": slope + x + offset, "start": offset + x}

    said = repr(check("99.7", answer))
    assert "Slope added" in said and "start is the right one plus arguments." in said


# --- wrong: nobody listed it ---

def test_probes_and_the_formula_under_suspicion():
    def answer(x, slope, offset):
        right = run(Line)(x, slope, offset)
        return {**right, "line": right["rise"] + 2.5 * right["start"],
                "start": 2.5 * right["start"]}

    said = repr(check("99.7", answer))
    assert "line: right when the offset is zero; wrong when the slope is 1." in said
    assert "Look at the offset." in said


@pytest.mark.parametrize("answer, words", [
    (lambda x: -2 * x, "the right one with its sign flipped"),
    (lambda x: 6 * x, "3 times the right one"),
    (lambda x: 0 * x, "all zeros"),
    (lambda x: 2 * np.abs(x), "right but for the signs"),
    (lambda x: 2 * x.T, "the right one transposed"),
    (lambda x: 2 * x[::-1], "in reverse order along the first axis"),
    (lambda x: 2 * x * np.array([1.0, 2.0, 5.0]), "with each column scaled"),
    (lambda x: 2 * x * np.array([[1.0], [2.0]]), "with each row scaled"),
])
def test_what_can_be_seen_in_one_part(answer, words):
    parts = [compare(answer(x), 2 * x, EXERCISES["99.1"]) for x in (X - 1.5, 2.5 - X ** 2)]
    assert words in clues.observations(parts, 1e-9)[0]


@pytest.mark.parametrize("wrong, words", [
    ([0], "wrong in the first row only"),
    ([4], "wrong in the last row only"),
    ([0, 1, 2, 3], "right in the last row only"),
    ([1, 2, 3, 4], "right in the first row only"),
    ([1, 2, 3], "every row but the first and the last"),
    ([3, 4], "right in the first rows, then wrong to the end"),
    ([0, 1], "wrong in the first rows, then right to the end"),
])
def test_where_along_the_first_axis(wrong, words):
    expected = np.arange(1.0, 16).reshape(5, 3)
    received = expected.copy()
    received[wrong] += np.sin(expected[wrong])
    assert words in clues.observations([compare(received, expected, EXERCISES["99.1"])], 1e-9)[0]


# --- see it ---

def test_the_heat_maps_are_a_picture_of_their_own(monkeypatch):
    """A page that is not trusted shows no drawing in HTML, but a PNG."""
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, **more: shown.append((data, more)))
    result = check("99.1", lambda x: 2 * x + 123.456 * (x == 5))
    result._ipython_display_()
    (note, _), (picture, more), (unseen, _) = shown
    assert "blue above zero and orange below. The ring marks" in note["text/html"]
    assert not re.search("<svg|<img", note["text/html"])
    alt = more["metadata"]["image/png"]["alt"]
    assert alt == "Heat maps of the result: yours, right, yours minus right (own scale)."
    assert alt in unseen["text/html"]
    image = Image.open(io.BytesIO(base64.b64decode(picture["image/png"])))     # text, also for a browser
    assert image.size == tuple(2 * more["metadata"]["image/png"][side] for side in ("width", "height"))
    with pytest.raises(NotImplementedError):        # then IPython shows it as any other value
        check("99.1", lambda x: 2 * x)._ipython_display_()


def test_blue_is_above_zero_and_what_is_no_number_is_black():
    blue, half, orange, zero, black = show.shades(np.array([[2.0, 0.5, -1, 0, np.nan]]), 1.0)[0]
    assert blue.tolist() == [0, 114, 178] and orange.tolist() == [213, 94, 0]
    assert zero.tolist() == [255, 255, 255] and black.tolist() == [0, 0, 0]
    assert np.abs(half - (blue + zero.astype(float)) / 2).max() < 1


def test_a_graded_answer_has_its_heat_maps_in_the_feedback(monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert '<img alt="Heat maps of grads' in check(
        "99.2", lambda x, s: (x.sum(), {"dx": x, "dW": x.T}))._repr_html_()


@pytest.mark.parametrize("answer", [
    lambda x: np.full((2, 3), np.nan),
    lambda x: x[:, :1],
    lambda x: np.zeros((0, 3)),
    lambda x: 1e300 * x,
    lambda x: np.full((2, 3), np.inf),
    lambda x: x[None] * np.ones((4, 1, 1)),
])
def test_anything_can_be_shown(answer):
    result = check("99.1", answer)
    assert "Exercise 99.1: wrong." in result._repr_html_()
    assert not result.maps() or show.heat_maps(result.maps(), show.ring_of(result.part))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("number, answer", [
    ("99.1", lambda x: np.full((2, 3), np.inf)),
    ("99.2", lambda x, s: (x.sum(), {"dx": np.full((2, 3), np.inf)})),
    ("99.13", lambda x: x ** 2),
])
def test_no_wrong_answer_raises_a_warning(number, answer):
    """nbgrader takes a warning for a failure."""
    assert "wrong" in check(number, answer)._repr_html_()


def test_html_is_escaped():
    shown = check("99.1", raises(ValueError("<script> & co")))._repr_html_()
    assert "&lt;script&gt; &amp; co" in shown and "<script>" not in shown


def test_colours_tell_the_three_results_apart():
    answers = [lambda x: 2 * x, lambda x: x, raises(NotImplementedError())]
    assert len({check("99.1", answer)._repr_html_().split(";")[0] for answer in answers}) == 3


# --- hints ---

def test_hints_come_one_by_one():
    assert ("hint 1 of 3. What is twice a number?" in repr(hint("99.1"))
            and 'hint("99.1", 2)' in repr(hint("99.1")))
    assert "Add x to itself." in repr(hint("99.1", 3)) and "More" not in repr(hint("99.1", 3))
    for step in (0, 4, "two", 1.5):
        with pytest.raises(ValueError, match="step must be a whole number from 1 to 3; received"):
            hint("99.1", step)


# --- progress ---

def test_progress_is_kept_and_nothing_is_lost(tmp_path):
    file = tmp_path / "mine" / "progress.jsonl"
    assert progress().solved == set()
    for answer in (lambda x: x, lambda x: 2 * x, raises(NotImplementedError()), lambda x: 2 * x, lambda x: x):
        check("99.1", answer)
    check("99.3", lambda x: x)
    assert [json.loads(line)["status"] for line in file.read_text(encoding="utf-8").splitlines()] == [
        "wrong", "right", "wrong", "wrong"]
    assert progress().solved == {"99.1"} and progress().tried == {"99.3"}
    assert "1 of" in repr(progress()) and "● ○ ◐" in repr(progress())
    assert "●" in progress()._repr_html_()


def test_a_damaged_progress_file_is_read_as_far_as_possible(tmp_path):
    file = tmp_path / "mine" / "progress.jsonl"
    file.parent.mkdir()
    odd = [b"\xff\xfe{half a li", b"[]", b"7", b"null", b'"text"', b'{"exercise": [1]}', 100_000 * b"[",
           b'{"exercise": [1], "status": "right"}', b'{"exercise": "99.2", "status": {}}', b""]
    file.write_bytes(b'{"exercise": "99.1", "status": "right"}\n' + b"\n".join(odd))
    assert progress().solved == {"99.1"}
    check("99.3", lambda x: 2 * x)
    assert progress().solved == {"99.1", "99.3"} and b"{half a li" in file.read_bytes()


def test_a_progress_file_that_cannot_be_written_does_not_stop_a_check(tmp_path, monkeypatch):
    (tmp_path / "a file").write_text("", encoding="utf-8")
    monkeypatch.setenv("BPTT_PROGRESS", str(tmp_path / "a file" / "progress.jsonl"))
    assert check("99.1", lambda x: 2 * x).status == "right"
    assert progress().solved == set()


def test_progress_can_be_switched_off(tmp_path, monkeypatch):
    monkeypatch.setenv("BPTT_PROGRESS", "")
    assert check("99.1", lambda x: 2 * x).status == "right"
    assert progress().solved == set() and not (tmp_path / "mine").exists()


def test_progress_is_kept_in_a_folder_that_git_ignores(monkeypatch):
    from exercises.record import COURSE, file

    monkeypatch.delenv("BPTT_PROGRESS")
    assert file() == COURSE / "mine" / "progress.jsonl"
    assert "mine/" in (COURSE / ".gitignore").read_text(encoding="utf-8").splitlines()


LINE = '{"exercise": "99.1", "status": "right"}\n'


def saved(reply):
    """What the link of ``progress().export()`` saves."""
    data = re.search('download="progress.jsonl" href="data:text/plain;base64,(.*?)"', reply._repr_html_())[1]
    return base64.b64decode(data).decode()


def test_progress_is_saved_as_a_file_and_read_elsewhere(tmp_path, monkeypatch):
    assert "nothing to save yet" in repr(progress().export())
    check("99.1", lambda x: 2 * x)
    predict("P06.3", "b")
    text = saved(progress().export())
    assert text == (tmp_path / "mine" / "progress.jsonl").read_text(encoding="utf-8")
    other = tmp_path / "saved.jsonl"
    other.write_text(text + "no line of progress\n[1]\n" + text, encoding="utf-8")
    monkeypatch.setenv("BPTT_PROGRESS", str(tmp_path / "elsewhere" / "progress.jsonl"))
    check("99.3", lambda x: x)
    assert repr(progress().add(other)).startswith("2 of 4 lines are new, and were added.")
    assert progress().solved == {"99.1"} and progress().tried == {"99.3"} and progress().predicted == 1
    assert repr(progress().add(other)).startswith("0 of 4 lines are new")
    assert len(saved(progress().export()).splitlines()) == 3


@pytest.mark.parametrize("text, place, said", [
    ("# Notes\n", "progress.jsonl", "no line of this file is one of a progress file"),
    (LINE, "", "no progress is kept here"),
    (LINE, "a file/progress.jsonl", "progress.jsonl cannot be written"),
])
def test_what_cannot_be_added_is_said(tmp_path, monkeypatch, text, place, said):
    (tmp_path / "a file").write_text("", encoding="utf-8")
    (tmp_path / "saved.jsonl").write_text(text, encoding="utf-8")
    monkeypatch.setenv("BPTT_PROGRESS", str(tmp_path / place) if place else "")
    reply = progress().add(tmp_path / "saved.jsonl")
    assert "Nothing was added: " in repr(reply) and said in reply._repr_html_()


def test_a_button_asks_for_the_file_of_progress():
    button, said = progress().add().children
    button.value = ({"name": "progress.jsonl", "type": "", "size": 0, "content": memoryview(LINE.encode()),
                     "last_modified": datetime.datetime.now()},)
    assert said.value.startswith("1 of 1 lines are new") and progress().solved == {"99.1"}


def test_progress_says_where_it_is_kept(tmp_path, monkeypatch):
    assert f"Kept in {tmp_path / 'mine' / 'progress.jsonl'}." in repr(progress())
    monkeypatch.setenv("BPTT_PROGRESS", "")
    assert "Kept" not in repr(progress())
    monkeypatch.delenv("BPTT_PROGRESS")
    assert "Kept in mine/progress.jsonl, in the folder of the course." in progress()._repr_html_()


def test_in_a_browser_progress_is_kept_in_its_storage(in_browser, tmp_path, monkeypatch):
    from exercises import record

    monkeypatch.delenv("BPTT_PROGRESS")
    monkeypatch.setattr(record, "COURSE", tmp_path / "packages")
    monkeypatch.setattr(record, "DRIVE", tmp_path / "drive")
    assert "until the kernel restarts" in repr(progress())          # where the browser gives no storage
    (tmp_path / "drive").mkdir()
    check("99.1", lambda x: 2 * x)
    assert record.file() == tmp_path / "drive" / "mine" / "progress.jsonl" and record.file().exists()
    assert "Kept in this browser, until somebody clears its data. progress().export()" in repr(progress())
    assert progress().solved == {"99.1"}


def test_in_a_browser_a_progress_bar_does_not_warn(in_browser, recwarn):
    importlib.reload(exercises)
    warnings.warn("tqdm:disabling monitor support (monitor_interval = 0) due to:\nno thread", stacklevel=1)
    warnings.warn("another", stacklevel=1)
    assert [str(warning.message) for warning in recwarn] == ["another"]


# --- graded ---

def test_a_browser_grades_nothing_and_says_so(in_browser, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    with pytest.raises(RuntimeError, match="Grading does not run in a browser"):
        check("99.1", lambda x: 2 * x)



@pytest.mark.parametrize("number, answer, points", [
    ("99.1", lambda x: 2 * x, 1),
    ("99.1", lambda x: x, 0),
    ("99.1", raises(ValueError("no")), 0),
    ("99.1", raises(NotImplementedError()), 0),
    ("99.2", pair, 4),
    ("99.2", lambda x, s: (x.sum(), {"dx": x, "dW": x.T}), 2),
    ("99.2", lambda x, s: (0, {"dx": s * x, "dW": x}), 1),
    ("99.2", lambda x, s: x, 0),
    ("99.1", lambda x: 0 * x, 0),
    ("99.8", lambda: "b", 1),
    ("99.8", lambda: "a", 0),
])
def test_nbgrader_gets_points(monkeypatch, tmp_path, number, answer, points):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    score = check(number, answer)
    assert float(repr(score)) == points
    assert f"Exercise {number}" in score._repr_html_()
    assert not (tmp_path / "mine").exists()


def test_a_broken_rule_costs_half(monkeypatch):
    def answer(x, scale):
        result = (x.sum(), {"dx": scale * x, "dW": x.T.copy()})
        x *= 0
        return result

    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert check("99.2", answer) == 2


# --- which exercise ---

@pytest.mark.parametrize("number", ["99.99", "98.1", "nine", "", 99.1, None, ["99.1"]])
def test_no_such_exercise(number):
    with pytest.raises(ValueError, match="There is no exercise .* Write its number as text"):
        check(number, abs)


def test_a_lesson_that_cannot_be_imported_is_not_called_missing(monkeypatch, tmp_path):
    """A mistake in a lesson's own checks must be seen by its author."""
    monkeypatch.setattr(room, "__path__", [*room.__path__, str(tmp_path)])
    monkeypatch.setattr("exercises.lessons.catalogue.lessons", lambda: ["97"])
    (tmp_path / "lesson_97.py").write_text("import a_module_that_is_not_there", encoding="utf-8")
    with pytest.raises(ModuleNotFoundError, match="a_module_that_is_not_there"):
        check("97.1", abs)
