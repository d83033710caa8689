"""The parts of a slide as HTML, a function for each kind of ``deck.Piece``."""

import html
import re

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from slides import films
from slides.markup import address, attribute, line, render
from slides.saying import sentences

from pictures import explorers
from pictures.explorers.controls import Steps

ROOM = 84               # letters: longer printed lines are small
LONG, HIGH = 1860, 430  # room for code: pixels of type times letters in a line, times lines
FEW = 8                 # printed lines that may become twice as many
BREAK = rf"^(?=.{{{ROOM + 1}}})(.{{20,{ROOM}}})(?:   +|, )"
SHAPE = re.compile(r"\([^()]{1,24}\)")
ALONE = '<td colspan="2" class="all">'
# What begins a row of a docstring: the names of arguments, or "Returns".
ARGUMENT = re.compile(r"(?<=[.;] )(?:Returns\b|(?:[A-Za-z]\w*, )*[A-Za-z]\w*: )")
ABOVE = 100             # letters in a line above the controls, for all of them together


def piece(one, shown):
    """A part of a slide. shown: the films of the deck."""
    makers = {"text": words, "later": lambda text: later(text, one.key), "notice": notice, "answer": answer,
              "call": call, "printed": printed, "code": code, "asked": asked, "options": vote, "steps": steps,
              "stub": stub, "picture": lambda about: picture(about, one.key),
              "explorer": lambda name: explorer(name, films.about(shown[name]), one.opens)}
    return makers[one.kind](one.content)


def words(text):
    """Words; an exercise's goal is large."""
    return render(re.sub(r"^Goal: .*(?:\n(?!\n).*)*", goal, text, flags=re.MULTILINE))


def goal(found):
    """The first sentence of an exercise's goal as a part of its own. found: a match of the paragraph."""
    first, *others = sentences(found[0])
    return " ".join([f'<span class="goal">{first}</span>', *others])


def later(text, key=0):
    """Words, one key later. key: at which, if the slide says so."""
    return f'<div class="fragment"{index(key)}>{render(text)}</div>'


def index(key):
    """At which key a fragment comes; without it one after the other."""
    return f' data-fragment-index="{key}"' if key else ""


def notice(text):
    """What to see in a picture, one key later."""
    return f'<div class="notice fragment">{render(text)}</div>'


def answer(text):
    """An answer, one key later."""
    return f'<div class="answer fragment">{render(text)}</div>'


def asked(text):
    """A question, in grey above its answer."""
    return f'<div class="asked">{render(text)}</div>'


def call(text):
    """A word above a slide's text: Predict, Question."""
    return f'<p class="call">{text}</p>'


def printed(text):
    """What a cell printed. A few long lines are broken where they have room."""
    if 2 * text.count("\n") <= FEW:
        text = re.sub(BREAK, r"\1\n    ", text, flags=re.MULTILINE)
    return f'<pre class="out" style="--own:{type_size(text, 32)}px">{html.escape(text)}</pre>'


def type_size(text, most=24):
    """Pixels of type for code, or what it prints: as large as its lines allow, from 16 to ``most``."""
    longest = max(map(len, text.splitlines()), default=1) or 1
    return max(16, min(most, LONG // longest, HIGH // (text.count("\n") + 1)))


def code(text):
    """Code, in colours."""
    lines = highlight(text, PythonLexer(), HtmlFormatter(nowrap=True)).rstrip()
    return f'<pre class="code" style="--own:{max(20, type_size(text, 26))}px">{lines}</pre>'


def picture(about, key=0):
    """A figure as large as there is room for. key: at which it comes."""
    data, kind = about["data"], about["kind"]
    url = address(data.encode(), kind) if "svg" in kind else f"data:{kind};base64,{''.join(data.split())}"
    return framed(about, f'alt="{attribute(about["alt"])}" src="{url}"', key)


def framed(about, attributes, key=0):
    """An image with what is known of it, for the tests, too."""
    rows = '<i class="fragment"></i>' if about.get("rows") else ""
    for other, at in about.get("instead", ()):
        url = address(other["data"].encode(), other["kind"])
        rows += f'<img class="instead fragment"{index(at)} alt="{attribute(other["alt"])}" src="{url}">'
    looks = "picture" + " rows" * bool(about.get("rows")) + " fragment" * bool(key)
    looks += " sketch" * about.get("sketch", False)
    room = f' style="--across:{about["width"] / about["height"]:.3f}"' * about.get("sketch", False)
    return (f'<div class="{looks}"{index(key)}{room} data-letters="{about["letters"]}" '
            f'data-width="{about["width"]}">'
            f'<img width="{about["width"]}" height="{about["height"]}" {attributes}>{rows}</div>')


def stub(text):
    """A function to write: its head as code, what its docstring says as a table, a row for each argument."""
    head, _, told = text.partition('\n    """')
    told = " ".join(told.removesuffix('"""').split())
    rows = "".join(f'<tr>{f"<td>{name}</td><td>" if name else ALONE}{spoken(said)}</td></tr>'
                   for name, said in arguments(told))
    return f'{code(head)}<table class="stub">{rows}</table>'


def arguments(told):
    """A docstring in rows: [(arguments, what they are)], ("", its first words), ("returns", what)."""
    places = [found.start() for found in ARGUMENT.finditer(told)]
    parts = [told[start:end].strip() for start, end in zip([0, *places], [*places, None])]
    found = [re.match(r"((?:\w+, )*\w+): (.*)", part) for part in parts]
    rows = [(match[1], match[2]) if match else ("", part) for match, part in zip(found, parts)]
    return [(("returns", said.removeprefix("Returns ")) if said.startswith("Returns ") else (name, said))
            for name, said in rows if said]


def spoken(said):
    """A docstring's words: a shape, or a part of code, is not broken."""
    return SHAPE.sub(lambda shape: shape[0].replace(" ", "\N{NO-BREAK SPACE}"), html.escape(said))


def vote(options):
    """Options, each with a field for the number of hands."""
    rows = "".join(
        f'<li><b>{letter}</b><span>{line(text)}</span><input inputmode="numeric" maxlength="3" size="3" '
        f'aria-label="hands for {letter}"><i></i></li>' for letter, text in options)
    return f'<ul class="vote">{rows}</ul>'


def steps(options):
    """Steps to put in order."""
    rows = "".join(f"<li><b>{letter}</b> {line(text)}</li>" for letter, text in options)
    return f'<ul class="steps">{rows}</ul>'


def explorer(name, about, opens=()):
    """A figure with controls. deck.js draws it. opens: places of its sliders, from the first control on."""
    controls = about["controls"]
    longest = max(len(control["label"]) + 2 + max(map(len, control["meanings"])) for control in controls)
    starts, frame = {**first_steps(name), **places(name, controls, opens)}, framed(about, 'alt=""')
    lines = -(-longest // (ABOVE // len(controls)))
    return (f'<div class="explorer" data-film="{name}"><div class="knobs" style="--lines:{lines}">'
            f'{"".join(knob(control, starts) for control in controls)}{staying(name)}</div>{frame}'
            f'<p class="says{" told" * (name in films.TOLD)}" role="status"></p></div>')


def staying(name):
    """Which controls stay as they are, in words: with them a film would have too many settings."""
    stay = [control.label for control in getattr(explorers, name)().controls
            if control.name in films.STAY.get(name, ())]
    return f'<p class="stay">In the notebook you can also move: {" and ".join(stay)}.</p>' if stay else ""


def first_steps(name):
    """What follows step by step begins with the first one: {label of such a control: 0}."""
    controls = getattr(explorers, name)().controls
    return {control.label: 0 for control in controls if isinstance(control, Steps)}


def places(name, controls, opens):
    """{label of a control: its place in a film}. opens: places among all values; a film may have a few."""
    whole = getattr(explorers, name)().controls
    return {control["label"]: round(place * (len(control["meanings"]) - 1) / (len(full.values) - 1))
            for control, full, place in zip(controls, whole, opens)}


def knob(control, starts):
    """A control, with its value in words above it. starts: from a control's label to its first place."""
    label = attribute(control["label"])
    start = starts.get(control["label"], control["start"])
    return (f'<label><span>{label}: <output></output></span><input type="range" min="0" '
            f'max="{len(control["meanings"]) - 1}" value="{start}" aria-label="{label}"></label>')
