"""What becomes of a lesson's cells on a page: nothing runs there, and explorers move all the same."""

import base64
import gzip
import html
import json
import re
import struct

import nbformat
import predicts

from exercises.lessons.catalogue import find
from exercises.predicting import find_predict
from pictures import explorers
from pictures.canvas import UNSEEN
from pictures.explorers.controls import Choice

EXPLORER = re.compile(r"^explorers\.(\w+)\(\)\s*\Z", re.MULTILINE)
GLUED = re.compile(r"(?<=</summary>)(?=[^\s<])|(?<=[^\s>])(?=</details>)")
PREDICT = re.compile(r'predict\("(P\d\d\.\d+)"\)')
DETAILS = "<details><summary>{}</summary>\n{}\n</details>"


class Page:
    """A lesson's page in the making.

    stem: of the notebook. folder: where static files go. film: from an explorer's name to its film, as
    ``films.film`` makes it, or to None for a picture that stands still. run: where the lesson runs, or "".
    """

    def __init__(self, stem, folder, film, run=""):
        self.stem, self.folder, self.film, self.run = stem, folder, film, run
        self.pictures = 0

    def prepared(self, notebook):
        """The notebook as MyST-NB gets it. It is changed, and returned."""
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs = self.outputs(cell)
            else:                               # what stands on the line of a tag would be no Markdown
                cell.source = GLUED.sub("\n\n", cell.source)
        return notebook

    def outputs(self, cell):
        """What stands below a cell of code."""
        tags = cell.metadata.get("tags", [])
        number = next((tag.removeprefix("check-") for tag in tags if tag.startswith("check-")), "")
        if number:
            return [as_html(exercise(find(number), self.run))]
        if asked := PREDICT.match(cell.source):
            cell.metadata["tags"] = [*tags, "remove-input"]
            return [as_html(predict(asked[1]))]
        shown = [output for output in cell.outputs if not predicts.without_content(output)]
        explorer = EXPLORER.search(cell.source)
        return [self.shown(output, explorer and explorer[1]) for output in shown if not is_unseen(output)]

    def shown(self, output, explorer):
        """An output, its picture in a file of its own. explorer: the name of the one that drew it."""
        if "image/png" not in output.get("data", {}):
            return output
        image = self.image(output.data["image/png"], output.metadata["image/png"])
        film = self.film(explorer) if explorer else None
        return as_html(alive(explorer, film, image, self.folder) if film else image)

    def image(self, content, about):
        """A picture as HTML, its PNG written to a file."""
        self.pictures += 1
        path = self.folder / "pictures" / f"{self.stem}-{self.pictures}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(content))
        return picture(f"_static/pictures/{path.name}", **about)


def picture(address, width, height, alt):
    """An image that is loaded when it is needed."""
    return (f'<img class="picture" loading="lazy" src="{address}" width="{width}" height="{height}" '
            f'alt="{html.escape(alt)}">')


def png_size(content):
    """(width, height) of a PNG, on a page: two of its pixels to one."""
    return tuple(pixels // 2 for pixels in struct.unpack(">II", content[16:24]))


def as_html(text):
    """Output of a cell that is HTML."""
    return nbformat.v4.new_output("display_data", {"text/html": text, "text/plain": ""})


def is_unseen(output):
    """True for words for screen readers: on a page the picture has them itself."""
    return UNSEEN in output.get("data", {}).get("text/html", "")


# --- exercises, predictions ---

def exercise(asked, run):
    """Below an exercise: where to write it, and its hints, closed."""
    place = f"exercise-{asked.number}"
    where = f'<a href="{run}#{place}">Write it in your browser</a>, or in' if run else "Write it in"
    points = f" {asked.points} point{'s' * (asked.points > 1)}." if asked.number[-1].isdigit() else ""
    hints = "".join(DETAILS.format(f"Hint {step} of {len(asked.hints)}", f"<p>{html.escape(text)}</p>")
                    for step, text in enumerate(asked.hints, 1))
    return (f'<div class="exercise" id="{place}"><p>{where} the notebook on your machine. The check '
            f"says what is right and what went wrong.{points}</p>\n{hints}</div>")


def predict(number):
    """Options of a Predict to choose from. What is said to each stands there closed, and book.js opens it."""
    options = find_predict(number).options
    choices = "".join(f'<label><input type="radio" name="{number}" value="{letter}"> {letter}</label> '
                      for letter in options)
    thoughts = "".join(f'<p hidden data-option="{letter}">Behind {letter} is often the thought that '
                       f"{html.escape(thought)} Now open the result below.</p>"
                       for letter, (_, thought) in options.items())
    return (f'<fieldset class="predict"><legend>Your answer, before you look</legend>{choices}'
            f'<div role="status">{thoughts}</div></fieldset>')


# --- explorers ---

def alive(name, film, image, folder):
    """An explorer with controls; book.js moves it. Its frames are a file, fetched when somebody moves one.

    film: base64 of gzip. image: its picture at the start, as HTML. folder: of static files.
    """
    content = base64.b64decode(film)
    path = folder / "films" / f"{name}.film"            # not .gz: some servers would unpack that
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    about = json.loads(gzip.decompress(content))
    place = 0
    for control in about["controls"]:
        place = place * len(control["meanings"]) + control["start"]
    kinds = {control.label: control for control in getattr(explorers, name)().controls}
    knobs = "".join(knob(control, isinstance(kinds[control["label"]], Choice))
                    for control in about["controls"])
    question, words = html.escape(about["question"]), html.escape(about["words"][place])
    return (f'<div class="explorer" data-film="_static/films/{path.name}" role="group" '
            f'aria-label="{question}"><p class="question">{question}</p><div class="knobs">{knobs}</div>'
            f'{image}<p class="says" role="status">{words}</p></div>')


def knob(control, is_choice):
    """A control with its name: a list of options, or a slider with its value in words."""
    label, meanings, start = html.escape(control["label"]), control["meanings"], control["start"]
    if is_choice:
        options = "".join(f'<option value="{place}"{" selected" * (place == start)}>'
                          f"{html.escape(meaning)}</option>" for place, meaning in enumerate(meanings))
        return f"<label><span>{label}</span><select>{options}</select></label>"
    return (f'<label><span>{label}: <output>{html.escape(meanings[start])}</output></span>'
            f'<input type="range" min="0" max="{len(meanings) - 1}" value="{start}" aria-label="{label}" '
            f'aria-valuetext="{html.escape(meanings[start])}"></label>')
