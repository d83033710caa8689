"""Predict, then see: the answer is closed in the student edition, and a learner can commit to one before."""

import json
import re

import build_editions as editions
import nbformat
import predicts
import pytest
from notebooks import LESSONS, SOURCES, load, path_of

from exercises import predict, progress, record
from exercises.lessons.catalogue import lessons
from exercises.predicting import lesson_predicts

every_lesson = pytest.mark.parametrize("lesson", LESSONS)
COMMIT = 'predict("'
# What JupyterLab 4 looks for in the first output, to quote its first line when the outputs are closed.
QUOTED = ("text/html", "image/svg+xml", "application/pdf", "text/markdown", "text/plain")


def faults(notebook):
    """What shows or spoils an answer between a Predict and its Notice, or the next heading."""
    found, waiting = [], False
    for cell in notebook.cells:
        text = cell.source
        if cell.cell_type == "markdown":
            if waiting and re.search(r"^\*\*Notice\.\*\*", text, re.MULTILINE):
                found.append(("an open Notice", text))
            ends = re.search(r"^(\*\*Notice\.\*\*|<details><summary><b>Notice</b>|#)", text, re.MULTILINE)
            waiting = bool(re.search(r"^\*\*Predict\.\*\*", text, re.MULTILINE)) or waiting and not ends
        elif waiting and cell.outputs and not text.startswith(COMMIT):
            if not (cell.metadata.get("jupyter", {}).get("outputs_hidden")
                    and "hide-output" in cell.metadata.get("tags", [])):
                found.append(("an answer that can be seen", text))
            elif quoted(cell.outputs[0]):
                found.append(("a closed line that quotes", text))
    return found


def quoted(output):
    """What JupyterLab's closed line says."""
    data = {"text/plain": output.text} if output.output_type == "stream" else output.data
    text = "".join(next((data[kind] for kind in QUOTED if kind in data), ""))
    return next(filter(None, text.split("\n")), "")


@every_lesson
def test_every_answer_to_a_predict_is_closed(lesson):
    assert faults(load("notebooks", lesson)) == []


@every_lesson
def test_the_edition_with_answers_is_open(lesson):
    text = "\n".join(cell.source for cell in load("solutions", lesson).cells)
    assert "hide-output" not in path_of("solutions", lesson).read_text(encoding="utf-8")
    assert "<summary><b>Notice</b>" not in text and "**Notice.**" in text


# --- planted faults ---

TEXT = """\
# A lesson

**Predict.** Up or down?

- `"a"`: Up.
- `"b"`: Down.

```{code-cell} ipython3
predict("P99.1")
```

```{code-cell} ipython3
print("down")
```

Between the two.

```{code-cell} ipython3
print("again down")
```

**Notice.** Down, **all** of them, $x < 0$.

- One more.

What follows is open.
"""


@pytest.fixture
def small(tmp_path):
    """The student edition of a small lesson, as if it had been run."""
    source = tmp_path / "99_small.md"
    source.write_text(TEXT, encoding="utf-8")
    notebook = editions.student_edition(editions.read(source))
    del notebook.cells[1]               # the cell that opens a lesson
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [nbformat.v4.new_output("stream", text="down\n")]
    return editions.finish(notebook)


def test_what_the_build_closes(small):
    hidden = [bool(cell.metadata.get("jupyter")) for cell in small.cells if cell.cell_type == "code"]
    assert hidden == [False, True, True]
    assert small.cells[-1].source == (
        "<details><summary><b>Notice</b> (open it when you have seen the result)</summary>\n\n"
        "Down, **all** of them, $x < 0$.\n\n- One more.\n\n</details><br>\n\nWhat follows is open.")
    assert faults(small) == []


@pytest.mark.parametrize("kind, plant", [
    ("an answer that can be seen", lambda cells: cells[2].metadata.pop("jupyter")),
    ("an answer that can be seen", lambda cells: cells[4].metadata.pop("tags")),
    ("a closed line that quotes", lambda cells: cells[2].outputs.pop(0)),
    ("an open Notice", lambda cells: cells[5].update(source="**Notice.** Down.")),
])
def test_a_planted_fault_is_found(small, kind, plant):
    plant(small.cells)
    assert [found for found, _ in faults(small)] == [kind]


def test_a_colon_takes_what_it_announces_along():
    text = "Before.\n\n**Notice.** Two kinds:\n\n| a | b |\n|---|---|\n\n**Predict.** Which?"
    assert predicts.folded(text) == (
        f"Before.\n\n<details><summary>{predicts.SUMMARY}</summary>\n\nTwo kinds:\n\n| a | b |\n|---|---|\n\n"
        "</details><br>\n\n**Predict.** Which?")
    assert predicts.folded("**Notice.** One.") == (
        f"<details><summary>{predicts.SUMMARY}</summary>\n\nOne.\n\n</details>")


# --- options ---

def written(source):
    """{number: {letter: words}} of the options that stand in a lesson's text above predict(number)."""
    text = source.read_text(encoding="utf-8")
    found = {}
    for number, start in re.findall(r'^predict\("(P[\d.]+)"()\)$', text, re.MULTILINE):
        above = text[:text.index(f'{COMMIT}{number}"')]
        listed = re.search(r"\*\*Predict\.\*\*(?:(?!\*\*Predict\.\*\*).)*\Z", above, re.DOTALL)[0]
        assert number not in found, f"{number} stands there twice"
        found[number] = dict(re.findall(r'^- `"(\w)"`: (.*)$', listed, re.MULTILINE))
    return found


@pytest.mark.parametrize("source", SOURCES, ids=LESSONS)
def test_text_and_predicts_agree(source):
    lesson = source.name[:2]
    asked = lesson_predicts(lesson) if lesson in lessons() else {}
    kept = {number: {letter: words for letter, (words, _) in question.options.items()}
            for number, question in asked.items()}
    assert written(source) == kept
    for number, question in asked.items():
        assert re.fullmatch(rf"P{lesson}\.[1-9]\d*", number)
        assert question.title and question.answer in question.options
        assert list(question.options) == list("abcdefgh"[:len(question.options)])
        for _, thought in question.options.values():
            assert thought.endswith(".") and "$" not in thought, (number, thought)


def test_a_changed_option_is_found(tmp_path):
    source = tmp_path / "06_lesson.md"
    source.write_text(TEXT.replace("P99.1", "P06.5"), encoding="utf-8")
    assert written(source) == {"P06.5": {"a": "Up.", "b": "Down."}}


# --- predict ---

@pytest.fixture
def progress_file(tmp_path, monkeypatch):
    """A progress file of this test's own; it does not exist yet."""
    path = tmp_path / "mine" / "progress.jsonl"
    monkeypatch.setenv("BPTT_PROGRESS", str(path))
    return path


def test_without_a_letter_it_says_how_to_commit(progress_file):
    reply = predict("P06.3")
    assert 'predict("P06.3", "a")' in repr(reply) and "Kept" not in repr(reply)
    assert "P06.3" in reply._repr_html_()
    assert not progress_file.exists()


def test_a_choice_is_kept_and_answered_with_its_thought(progress_file):
    for letter, (_, thought) in lesson_predicts("06")["P06.3"].options.items():
        reply = repr(predict("P06.3", letter))
        assert reply.startswith(f"Kept: {letter}. Behind {letter} is often the thought that {thought} ")
    predict("P06.5", " A ")
    predict("P06.5", "a")                                   # the same again adds no line
    lines = [json.loads(line) for line in progress_file.read_text(encoding="utf-8").splitlines()]
    assert [(line["predict"], line["choice"]) for line in lines] == [
        ("P06.3", "a"), ("P06.3", "b"), ("P06.3", "c"), ("P06.5", "a")]
    assert all("exercise" not in line for line in lines)    # what versions before read of every line
    assert "Kept so far: a, then b, then c." in repr(predict("P06.3"))


def test_predictions_are_counted_apart(progress_file):
    record.record("6.1", "right")
    before = repr(progress())
    assert "kept" not in before and "kept" not in progress()._repr_html_()
    predict("P06.3", "b")
    assert repr(progress()) == f"{before}\n1 prediction kept"
    predict("P06.5", "b")
    assert progress()._repr_html_().endswith("<br>2 predictions kept")
    assert progress().solved == {"6.1"} and not progress().tried


def test_nothing_is_written_where_nothing_is_kept(tmp_path, monkeypatch):
    for place in ("", str(tmp_path)):                       # a folder cannot be written like a file
        monkeypatch.setenv("BPTT_PROGRESS", place)
        assert repr(predict("P06.3", "b")).startswith("Not kept, for want of a progress file: b.")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments, message", [
    (("P06.99",), r"^number must be that of a Predict .* in lesson 06: P06\.1, P06\.2, .*'P06\.99'"),
    (("P77.1",), r"as text such as \"P06\.3\"; received 'P77\.1'"),
    (("6.3",), r"^number must be .* received '6\.3'"),
    ((6.3,), r"^number must be .* received 6\.3"),
    (("P06.3", "z"), r"^letter must be one of 'a', 'b', 'c'; received 'z'"),
    (("P06.3", 2), r"^letter must be one of 'a', 'b', 'c'; received 2"),
])
def test_bad_input_is_named(progress_file, arguments, message):
    with pytest.raises(ValueError, match=message):
        predict(*arguments)
    assert not progress_file.exists()


# --- a page without a kernel ---

def test_a_static_page_needs_no_network(tmp_path, small):
    path = tmp_path / "small.ipynb"
    nbformat.write(small, path)
    page = predicts.static_page(path)
    assert page.count('<details class="answer">') == 2
    assert not re.search(r"<script|<link|@import|(src|url\()\W*(https?:)?//", page)
    assert "<strong>all</strong>" in page and "<li>One more.</li>" in page
