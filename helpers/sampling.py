"""Sampling: let a trained character model write, one letter at a time."""

import numpy as np

from helpers import losses, validate
from helpers.datasets import ALPHABET
from helpers.hints import Array, Cell, Params


def name(cell: Cell, params: Params, rng: np.random.Generator, temperature: float = 1.0,
         max_letters: int = 20) -> str:
    """Invent a name.
    cell: a module with ``forward``, such as ``rnn``. params: of a model trained on ``datasets.encode_names``.
    rng: a numpy Generator; one ``rng.choice`` per letter. temperature: below 1 is careful, above 1 is daring.
    Starts from "." and stops at the next "." or after max_letters. Returns a str, without the dots.
    Raises ValueError if temperature is not positive."""
    validate.number("temperature", temperature, above=0)
    letters: list[str] = []
    state, last = None, 0
    while len(letters) < max_letters:
        cache = cell.forward(params, one_hot(last), state)
        state = cache.state
        last = rng.choice(len(ALPHABET), p=losses.softmax(cache.y[0, 0] / temperature))
        if last == 0:
            break
        letters.append(ALPHABET[last])
    return "".join(letters)


def one_hot(letter: int) -> Array:
    """One letter as a sequence of one step and a batch of one. letter: its class. Returns (1, 1, 27)."""
    return np.eye(len(ALPHABET))[[[letter]]]
