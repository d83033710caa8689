"""What an explorer is made of: a question, controls, a pure function from values to numbers, a kept figure.

    data(**values)   numbers and words for one setting of the controls; nothing is drawn
    sketch()         draws the figure once; ``update(data)`` then moves what changes
    words(data)      one sentence that says what the picture shows now

``widgets.py`` adds the widgets; nothing here knows them, so all of it is tested without a browser.
"""

from pictures.canvas import look, show

WITHOUT_CONTROLS = "The controls need ipywidgets: pip install ipywidgets==8.1.8"


class Explorer:
    """A picture with controls. It is shown when it is the last value of a cell.

    question: what it answers. controls: list of Slider, Steps and Choice, with the names of ``data``'s
    arguments. data, sketch, words: see above. Without a kernel a page shows one picture: that of the first
    setting, but for what ``page`` names, a dict of values.
    """

    def __init__(self, question, controls, data, sketch, words, page=None):
        self.question, self.controls = question, controls
        self.data, self.sketch, self.words = data, sketch, words
        self.page = {**self.start, **(page or {})}
        for control in controls:
            if control.start not in control.values:
                raise ValueError(f"{control.name} must start at one of its values {control.values}; received "
                                 f"{control.start!r}.")

    @property
    def start(self):
        """The first setting: a dict from each control's name to its value."""
        return {control.name: control.start for control in self.controls}

    def picture(self, **values):
        """The figure for one setting; what is not given is as at the start. Returns a Picture."""
        figure, _, update = self.sketch()
        data = self.data(**{**self.start, **values})
        with look():
            update(data)
        figure.alt = self.words(data)
        return figure

    def __repr__(self):
        return f"[explorer: {self.question} {self.words(self.data(**self.page))}]"

    def _ipython_display_(self):
        picture = self.picture(**self.page)
        data, metadata = picture._repr_mimebundle_()
        try:
            from pictures.explorers.widgets import panel          # only a notebook needs ipywidgets
        except ModuleNotFoundError:
            show(data, metadata, picture.alt)
            print(WITHOUT_CONTROLS)
        else:
            view = {"version_major": 2, "version_minor": 0, "model_id": panel(self).model_id}
            show({**data, "text/plain": repr(self), "application/vnd.jupyter.widget-view+json": view},
                 metadata, picture.alt)
