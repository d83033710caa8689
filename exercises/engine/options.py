"""A Predict with options: what each says, and the thought that often stands behind it."""

from typing import NamedTuple


class Predict(NamedTuple):
    """A question that is answered before the next cell runs.

    title: the question in a few words. options: {letter: (what the option says, the thought behind it)}, the
    words as in the lesson; the thought goes on after "the thought that" and does not say whether it is right.
    answer: the letter of what the cell will show.
    """

    title: str
    options: dict
    answer: str
