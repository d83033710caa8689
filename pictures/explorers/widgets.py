"""The widgets around an explorer's picture: labelled controls, a reset button, one sentence below."""

import html
import json

import ipywidgets as widgets

from pictures.canvas import PIXELS_PER_INCH
from pictures.explorers.controls import Choice, Steps
from pictures.explorers.film import Film

LABEL_WIDTH = "190px"
PLAY_INTERVAL = 900         # milliseconds from step to step
# An image of one pixel.
DOT = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
WHEN_SHOWN = f"""<img hidden alt="" src="{DOT}" onload="{{}}">"""
WRITE = """(function write(image, tries) {
    const found = image.closest(BOX)?.querySelectorAll(SELECTOR) ?? [];
    found.forEach(element => Object.entries(ATTRIBUTES).forEach(
        ([name, value]) => element.setAttribute(name, value)));
    if (!found.length && tries) setTimeout(write, 100, image, tries - 1)
})(this, 50)"""


def panel(explorer):
    """All widgets of an explorer in one box. Moving a control redraws the picture.

    While one value is being drawn the page keeps the newest of those that follow: no stale frame ever waits.
    """
    film = Film(explorer.sketch(), explorer.data(**explorer.start))
    width = round(film.canvas.figure.get_size_inches()[0] * PIXELS_PER_INCH)
    layout = widgets.Layout(width=f"{width}px", max_width="100%", height="auto")
    image = widgets.Image(format="png", layout=layout)
    sentence, reset = widgets.HTML(), widgets.Button(
        description="reset", tooltip="Put every control back to its start",
        layout=widgets.Layout(width="80px"))
    rows = {control.name: Row(control) for control in explorer.controls}
    paused = False

    def redraw(_=None):
        if paused:
            return
        try:
            data = explorer.data(**{name: row.value for name, row in rows.items()})
            image.value = film.frame(data)
            words = explorer.words(data)
            sentence.value = note("status", words) + spoken(".explorer", ".widget-image", alt=words)
        except Exception as error:
            sentence.value = note("alert", f"This setting cannot be drawn. {type(error).__name__}: {error}")
            raise
        for row in rows.values():
            row.explain()

    def to_start(_):
        nonlocal paused
        paused = True
        for row in rows.values():
            row.to_start()
        paused = False
        redraw()

    for row in rows.values():
        row.input.observe(redraw, "index")
    reset.on_click(to_start)
    redraw()
    title = widgets.HTML(f"<b>{html.escape(explorer.question)}</b>")
    box = widgets.VBox([title, *(row.box for row in rows.values()), reset, image, sentence])
    return box.add_class("explorer")


def note(role, words):
    """A sentence that a screen reader says when it changes."""
    return f'<div role="{role}" style="line-height: 1.4">{html.escape(words)}</div>'


def spoken(box, selector, **attributes):
    """HTML that writes attributes for screen readers to elements near it: ipywidgets cannot name a slider.

    box: a CSS selector of something that surrounds this HTML and the elements. Where a page allows no
    scripts, nothing happens.
    """
    script = WRITE
    for name, value in (("BOX", box), ("SELECTOR", selector), ("ATTRIBUTES", attributes)):
        script = script.replace(name, json.dumps(value))
    return WHEN_SHOWN.format(html.escape(script))


class Row:
    """One control: its label, its widget, and what its value means."""

    def __init__(self, control):
        self.control, self.meaning = control, widgets.HTML()  # of a choice, it is empty and only speaks
        if isinstance(control, Choice):
            # JupyterLab keeps the arrow keys that menus need; a button takes Enter and the space bar.
            self.input = widgets.ToggleButtons(options=list(control.options), style={"button_width": "auto"})
            label = f'<div style="text-align: right; padding-right: 8px">{html.escape(control.label)}</div>'
            parts = [widgets.HTML(label, layout=widgets.Layout(width=LABEL_WIDTH)), self.input, self.meaning]
        else:
            self.input = widgets.SelectionSlider(
                description=control.label, options=list(map(str, range(len(control.values)))), readout=False,
                style={"description_width": LABEL_WIDTH}, layout=widgets.Layout(width="440px"))
            parts = [self.input, self.meaning]
        self.to_start()
        if isinstance(control, Steps):
            parts.append(self.buttons())
        self.box = widgets.HBox(parts, layout=widgets.Layout(flex_flow="row wrap", align_items="center"))

    @property
    def value(self):
        """The control's value now."""
        return self.control.values[self.input.index]

    def to_start(self):
        """Put the control back to its start."""
        self.input.index = self.control.values.index(self.control.start)

    def explain(self):
        """Write the value and its meaning beside a slider, and both for screen readers."""
        label = {"aria-label": self.control.label}
        if isinstance(self.control, Choice):
            pressed = [str(k == self.input.index).lower() for k in range(len(self.control.values))]
            buttons = [spoken(".widget-hbox", f"button:nth-child({k + 1})", **{"aria-pressed": word})
                       for k, word in enumerate(pressed)]
            group = spoken(".widget-hbox", ".widget-toggle-buttons", role="group", **label)
            self.meaning.value = group + "".join(buttons)
        else:
            words = self.control.meaning(self.value)
            label["aria-valuetext"] = words
            self.meaning.value = html.escape(words) + spoken(".widget-hbox", "[role=slider]", **label)

    def buttons(self):
        """Back, step and play."""
        last = len(self.control.values) - 1
        play = widgets.Play(max=last, interval=PLAY_INTERVAL, show_repeat=False)
        widgets.jslink((play, "value"), (self.input, "index"))
        back, step = (widgets.Button(description=name, layout=widgets.Layout(width="80px"))
                      for name in ("◀ back", "step ▶"))
        back.on_click(lambda _: self.move(-1, last))
        step.on_click(lambda _: self.move(1, last))
        return widgets.HBox([back, step, play])

    def move(self, by, last):
        """Go by so many steps, not beyond the ends."""
        self.input.index = min(max(self.input.index + by, 0), last)
