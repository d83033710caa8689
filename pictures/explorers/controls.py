"""What can be set in an explorer, and the figure that it changes."""

from typing import Callable, NamedTuple

from pictures.canvas import Picture

ACTIVATIONS = {"tanh": "tanh", "ReLU": "relu", "linear": "identity"}       # options of a choice


class Slider(NamedTuple):
    """A value from an ordered list. meaning: a function from a value to the words that stand beside the slider."""

    name: str
    label: str
    values: list
    start: object
    meaning: Callable = str


class Steps(NamedTuple):
    """As ``Slider``, for things that follow one another: with buttons to go back, to step on, and to play."""

    name: str
    label: str
    values: list
    start: object
    meaning: Callable = str


class Choice(NamedTuple):
    """One of a few options. options: dict from what the reader sees to the value."""

    name: str
    label: str
    options: dict
    start: object

    @property
    def values(self):
        """What can be chosen."""
        return list(self.options.values())


def name_of(value, options):
    """What the reader sees of a choice's value."""
    return next(name for name, other in options.items() if other == value)


class Sketch(NamedTuple):
    """A figure that is kept. moving: the artists that change. update: a function of the data that changes them."""

    figure: Picture
    moving: list
    update: Callable
