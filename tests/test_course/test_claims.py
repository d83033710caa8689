"""What the lessons say about networks is counted: every claim stands in its lesson, the table is of today's
code and bears its words out, and the rules find what is planted.
"""

import hashlib
import json

import pytest

from tests.claims import counting, lessons
from tests.claims.claim import CLAIMS, apart, bears_out, claim, code, interval, spoken

lessons.load()
ROWS = [(one, size) for one in CLAIMS for size in one.sizes]
SHORT = 0.6                             # seconds of a run that `make test` makes again
TABLE = counting.read()
every_claim = pytest.mark.parametrize("one", CLAIMS, ids=lambda one: f"{one.place}, {one.sentence[:50]}")


def seconds(one, size):
    """What a run took when the table was made, in the mean."""
    row = TABLE.get((one.place, one.sentence, str(size)), {"seconds": 0})
    return float(row["seconds"]) / (one.seeds + one.control_seeds)


def three_seeds(sentence, below):
    """Three seeds, the same at every run, that nobody picked."""
    start = int(hashlib.sha256(sentence.encode()).hexdigest(), 16)
    return [(start + 7 * i) % below for i in range(3)]


def against(row):
    """What a row of the table says against its claim, as sentences."""
    numbers = [int(row[name]) for name in counting.COUNTS]
    if not bears_out(row["holds"], *numbers[:2]):
        yield f"{row['holds']!r}, but it held in {row['held']} of {row['of']} with size {row['size']}"
    if not apart(row["holds"], *numbers):
        yield f"holds as often ({row['control_held']} of {row['control_of']}) with {row['control']}"


# --- the claims ---

@every_claim
def test_the_sentence_stands_in_its_lesson(one):
    assert lessons.is_found(one, lessons.text_of(one.place[:2])), f"{one.place} does not say {one.sentence!r}"


@every_claim
def test_the_table_is_of_this_code_and_bears_the_word_out(one):
    for size in one.sizes:
        row = TABLE[one.place, one.sentence, str(size)]
        assert row["code"] == code(one.function), "make claims: the table is older than the claim"
        assert (row["holds"], int(row["of"])) == (one.holds, one.seeds)
        assert list(against(row)) == []


def test_no_row_of_the_table_is_of_a_claim_that_is_gone():
    assert set(TABLE) == {(one.place, one.sentence, str(size)) for one, size in ROWS}


@pytest.mark.parametrize("one", [one for one in CLAIMS if seconds(one, one.sizes[0]) <= SHORT],
                         ids=lambda one: f"{one.place}, {one.sentence[:50]}")
def test_three_seeds_answer_as_in_the_table(one):
    """With the cause and without, at the smallest size: the code is what was counted. One answer of six may
    be another on another processor.
    """
    size = one.sizes[0]
    row, (own, control) = TABLE[one.place, one.sentence, str(size)], counting.parts(one, size)
    misses, hits = (set(map(int, row[name].split())) for name in ("not_for_seeds", "control_for_seeds"))
    asked = [(own[seed], seed not in misses) for seed in three_seeds(one.sentence, one.seeds)]
    asked += [(control[seed], seed in hits) for seed in three_seeds(one.sentence, one.control_seeds)]
    as_counted = [counting.answer((run, one.function))[1] == expected for run, expected in asked]
    assert sum(as_counted) >= 5, asked


@pytest.mark.parametrize("lesson", lessons.DONE)
def test_every_notice_is_a_claim_or_about_the_run_above_it(lesson):
    assert list(lessons.faults(lesson, lessons.text_of(lesson), CLAIMS, lessons.DONE[lesson])) == []


# --- planted: the rules find it ---

def always_true(seed, size, radius=2.0):
    return True


def above_one(seed, size, radius=2.0):
    return radius > 1


def half_of_the_time(seed, size, radius=2.0):
    return seed % 2 == 0 and radius > 1


def planted(sentence="It is longer in nearly every network.", function=above_one, **given):
    """One claim that is not among those of the lessons."""
    kept, usual = [], dict(sizes=(2,), holds="nearly every", fails={"radius": 1.0})
    claim("06 §4", sentence, into=kept, **{**usual, **given})(function)
    return kept[0]


def counted(one):
    """The row of a planted claim."""
    runs = [run for part in counting.parts(one, 2) for run in part]
    return counting.row(one, 2, {run: (one.function(run.seed, run.size, **json.loads(run.setting)), 0.1)
                                 for run in runs})


def test_a_sentence_that_was_changed_in_the_lesson_only_is_found():
    text = lessons.text_of("06")
    one = next(one for one in CLAIMS if "because they saturate" in one.sentence)
    assert lessons.is_found(one, text)
    assert not lessons.is_found(one, text.replace("leave less than a hundredth", "leave less than a tenth"))


def test_a_claim_whose_function_always_returns_true_is_found():
    assert list(against(counted(planted(function=above_one)))) == []
    assert [said[:14] for said in against(counted(planted(function=always_true)))] == ["holds as often"]


def test_a_word_that_the_count_does_not_bear_out_is_found():
    row = counted(planted(function=half_of_the_time))
    assert "'nearly every', but it held in 30 of 60 with size 2" in list(against(row))


def test_because_needs_a_control():
    sentence = "It is longer in nearly every network, because the radius is."
    with pytest.raises(ValueError, match="it says because: control= must remove the cause"):
        planted(sentence)
    assert planted(sentence, fails=None, control={"radius": 1.0}).without == {"radius": 1.0}


@pytest.mark.parametrize("given, message", [
    (dict(fails=None), "give either control="), (dict(seeds=12), "at least 60; received 12"),
    (dict(holds="most"), "must be what the sentence says, 'nearly every'; received 'most'"),
    (dict(sentence="It is longer in 5 of 60 networks.", holds="5 of 60", sizes=(2, 3)), "one size"),
])
def test_a_claim_that_is_misstated_is_refused(given, message):
    with pytest.raises(ValueError, match=message):
        planted(**given)


@pytest.mark.parametrize("notice, fault", [
    ("It is longer.", "neither a claim nor about the run above it"),
    ("It is longer here.", "about the run above it, which asserts nothing"),
    ("It is longer here, because it is.", "says because, and has no control"),
    ("In most networks it is longer.", "neither a claim nor about the run above it"),
    ("With ReLU, at radius 1.1 it is shorter in nearly every network, because units that are off pass "
     "nothing. It is always so.", "says how often, and has no claim"),
])
def test_a_notice_without_claim_or_run_is_found(notice, fault):
    more = f"```{{code-cell}}\n1\n```\n\n**Notice.** {notice}\n\n"
    text = lessons.text_of("06").replace("## 5 ·", more + "## 5 ·", 1)
    found = list(lessons.faults("06", text, CLAIMS, lessons.DONE["06"]))
    assert any(fault in one for one in found), found


def test_too_many_notices_about_one_run_are_found():
    more = "```{code-cell}\nassert True\n```\n\n**Notice.** It is longer here.\n\n"
    text = lessons.text_of("06").replace("## 5 ·", 4 * more + "## 5 ·", 1)
    found = list(lessons.faults("06", text, CLAIMS, lessons.DONE["06"]))
    assert ["Notices of lesson 06 are about the run above them" in one for one in found] == [True]


def test_a_row_of_the_summary_card_without_a_claim_is_found():
    card = [one for one in CLAIMS if one.place == "06 card"]
    rest = [one for one in CLAIMS if one not in card]
    found = list(lessons.faults("06", lessons.text_of("06"), rest, lessons.DONE["06"]))
    assert "no claim in the summary card's row 'slopes'" in found


# --- the instruments ---

def test_intervals_and_words():
    low, high = interval(55, 60)                # by hand: (0.9167 + 0.0320 -+ 0.0767) / 1.0640
    assert (round(low, 3), round(high, 3)) == (0.819, 0.964)
    assert interval(0, 60)[0] == 0 and interval(60, 60)[1] == 1
    assert [bears_out(word, 54, 60) for word in ("always", "never", "nearly every", "most", "54 of 60")] == [
        False, False, False, True, True]
    said = {"In every one.": "always", "in nearly every run": "nearly every", "at most two": None,
            "12 of 60 do": "12 of 60", "almost": None}
    assert {words: spoken(words) for words in said} == said
    assert apart("never", 0, 60, 20, 20) and not apart("never", 0, 60, 0, 20)


def test_code_is_the_same_without_comments_and_another_with_another_number(tmp_path, monkeypatch):
    source = ('LIMIT = 1\n\n\ndef used(x):\n    """Word."""\n    return x > LIMIT\n\n\n'
              'def held(seed, size):\n    return used(seed)\n')
    monkeypatch.syspath_prepend(tmp_path)
    versions = {}
    for name, text in {"one": source, "comment": source.replace("Word.", "Words."),
                       "number": source.replace("= 1", "= 2")}.items():
        (tmp_path / f"claimed_{name}.py").write_text(text, encoding="utf-8")
        versions[name] = code(__import__(f"claimed_{name}").held)
    assert versions["one"] == versions["comment"] != versions["number"]


def test_counting_goes_on_where_it_was_stopped(tmp_path):
    """Stopped three times, and each time in the middle of a line, it gives the same table as at one go; with
    two processes as with one.
    """
    claims, tables = [planted(function=half_of_the_time)], []
    path = tmp_path / "answers.jsonl"
    for rounds in (3, 20, 41):
        with pytest.raises(KeyboardInterrupt):
            counting.count(claims, path, 1, lambda runs, total: stopped_after(rounds, runs))
        with open(path, "a", encoding="utf-8") as file:
            file.write('["' + rounds * "x")
        done = len(counting.kept(path))
    assert done == 3 + 20 + 41
    for file, jobs in ((path, 2), (tmp_path / "anew.jsonl", 1)):
        answers = counting.count(claims, file, jobs, lambda runs, total: runs)
        counting.write([counting.row(claims[0], 2, answers)], file.with_suffix(".csv"))
        tables.append(counting.read(file.with_suffix(".csv")))
    assert counting.same(*tables) and len(answers) == 80


def stopped_after(rounds, runs):
    """A progress bar at which somebody presses Ctrl-C."""
    for i, run in enumerate(runs):
        if i == rounds:
            raise KeyboardInterrupt
        yield run
