"""Explorers without a kernel: every setting of a grid drawn beforehand, one small file for each explorer.

A film is build/films/NAME.json.gz: a table of lines of SVG, for each frame what differs from the first one,
the sentences, the controls. It is kept until the code that draws it changes. Any page can show it, as
``film.js`` does.
"""

import ast
import base64
import difflib
import functools
import gzip
import hashlib
import io
import itertools
import json
import math
from importlib.metadata import version
from pathlib import Path

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from slides import drawing

from pictures import explorers
from pictures.canvas import look
from pictures.explorers.controls import Choice, Steps

COURSE = Path(__file__).parent.parent.parent.parent
KEPT = COURSE / "build" / "films"
MOST = 500              # settings of one explorer
TOLD = {"forward_and_backward"}     # their pictures say the sentence themselves
# Of an explorer with very many settings these controls stay as they are at the start.
STAY = {"cloud_of_gradients": ("second", "slope")}


def film(name, kept=KEPT, most=MOST):
    """The film of an explorer, base64 of gzip; drawn if it is not in ``kept``, or if its code has changed."""
    path, key = kept / f"{name}.json.gz", f"{key_of(name)}-{most}"
    if path.exists():
        content = path.read_bytes()
        if json.loads(gzip.decompress(content))["key"] == key:
            return base64.b64encode(content).decode()
    made = {"key": key, **draw(getattr(explorers, name)(), name, most)}
    content = gzip.compress(json.dumps(made, separators=(",", ":")).encode(), 9, mtime=0)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return base64.b64encode(content).decode()


def about(packed):
    """What a page says of a film before it is drawn: question, controls, width, height, letters."""
    made = json.loads(gzip.decompress(base64.b64decode(packed)))
    return {name: made[name] for name in ("question", "controls", "width", "height", "letters")}


def draw(explorer, name, most):
    """All frames of an explorer on a grid of at most ``most`` settings, as what the file holds."""
    controls = [control for control in explorer.controls if control.name not in STAY.get(name, ())]
    names, grids = [control.name for control in controls], grid(controls, explorer.page, most)
    figure, _, update = explorer.sketch()
    table, frames, words = {}, [], []
    with look(), mpl.rc_context({"svg.hashsalt": "course"}):
        for number, values in enumerate(itertools.product(*grids)):
            data = explorer.data(**{**explorer.page, **dict(zip(names, values))})
            update(data)
            if number == 0:
                FigureCanvasAgg(figure).draw()              # lays out, once
                figure.set_layout_engine("none")
                canvas = FigureCanvasSVG(figure)
            words.append(explorer.words(data))
            frames.append([table.setdefault(line, len(table)) for line in frame(canvas)])
    width, height = drawing.size(figure)
    shown = [labels(control, values, explorer.page) for control, values in zip(controls, grids)]
    return {"question": explorer.question, "controls": shown, "words": words,
            "width": width, "height": height, "letters": drawing.letters(figure),
            "lines": list(table), "base": frames[0],
            "frames": [differences(frames[0], each) for each in frames]}


def frame(canvas):
    """A figure as the lines of an SVG file, drawn once where ``savefig`` would draw twice."""
    buffer = io.StringIO()
    canvas.print_svg(buffer, metadata={"Date": None})
    text = buffer.getvalue()
    return drawing.short(text[text.index("<svg"):]).splitlines()


def grid(controls, page, most):
    """Values for each control, at most ``most`` settings together, those of the page among them.

    Of the control with most values every second one stays, then every third, and so on; options all stay, and
    two values of every control.
    """
    strides = [1] * len(controls)

    def kept(control, stride):
        return control.values[control.values.index(page[control.name]) % stride::stride]

    def weight(place):
        control, stride = controls[place], strides[place]
        if isinstance(control, Choice) or len(kept(control, stride + 1)) < 2:
            return 0
        return len(kept(control, stride)) / (2 if isinstance(control, Steps) else 1)    # steps go last

    while math.prod(map(len, map(kept, controls, strides))) > most and any(map(weight, range(len(controls)))):
        strides[max(range(len(controls)), key=weight)] += 1
    return list(map(kept, controls, strides))


def labels(control, values, page):
    """A control for the page: its label, what each value means, where it starts."""
    names = ([name for name, value in control.options.items() if value in values]
             if isinstance(control, Choice) else [control.meaning(value) for value in values])
    return {"label": control.label, "meanings": names, "start": values.index(page[control.name])}


def differences(base, frame):
    """A frame as what differs from the first: -a-1, b stands for its lines a to b."""
    packed = []
    for tag, a, b, c, d in difflib.SequenceMatcher(None, base, frame, autojunk=False).get_opcodes():
        packed += [-a - 1, b] if tag == "equal" else frame[c:d]
    return packed


# --- when is a film still good? ---

def key_of(name):
    """A hash of all code that draws an explorer: its module, what that imports of the course, this one."""
    paths = sorted(imported(COURSE / "pictures" / "explorers" / "questions" / f"{name}.py"))
    own = [Path(__file__), Path(__file__).with_name("drawing.py"), COURSE / "pictures" / "course.mplstyle"]
    digest = hashlib.sha256(f"{version('numpy')} {version('matplotlib')}".encode())
    for path in [*paths, *own]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@functools.cache
def imported(path):
    """The course's modules that a module needs, itself among them, a frozenset of paths."""
    found, waiting = set(), [path]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += [other for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
                        for other in named(node)]
    return frozenset(found)


def named(node):
    """The files of the course that an import names."""
    if isinstance(node, ast.ImportFrom) and not node.level and node.module:
        names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    else:
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
    for name in names:
        place = COURSE.joinpath(*name.split("."))
        if name.split(".")[0] in ("helpers", "pictures"):
            yield from (path for path in (place.with_suffix(".py"), place / "__init__.py") if path.exists())
