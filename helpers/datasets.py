"""Data: two real sets that come with the course, and small made-up tasks.

Sources and licences are in data/README.md. Nothing is downloaded.
"""

from pathlib import Path

import numpy as np

from helpers import validate

FOLDER = Path(__file__).parent / "data"
ALPHABET = ".abcdefghijklmnopqrstuvwxyz"    # "." marks both the start and the end of a name


def sunspots():
    """Yearly mean sunspot numbers. Returns (years, numbers): integers and floats, both (309,), 1700 to 2008."""
    table = np.loadtxt(FOLDER / "sunspots.csv", delimiter=",", skiprows=1)
    return table[:, 0].astype(int), table[:, 1]


def italian_towns():
    """6,919 names of Italian towns, lower case, letters a to z only, sorted. Returns a list of str."""
    return (FOLDER / "italian_towns.txt").read_text().split()


def encode_names(names):
    """Names as sequences to predict, one character ahead; shorter ones are padded.

    names: list of str over a to z. B of them, the longest with T - 1 letters.
    Returns (x, target, mask): one-hot inputs (T, B, 27), the class of the next character (T, B) integers,
    and mask (T, B), True up to and including the step that predicts the end ".".
    Raises ValueError for an empty list, an empty name or a letter that is not in the alphabet.
    """
    if not names or "" in names:
        raise ValueError("names must be a list of at least one name, none of them empty.")
    strange = sorted(set("".join(names)) - set(ALPHABET[1:]))
    if strange:
        raise ValueError(f"names must use the letters a to z only; received {strange}.")
    lengths = np.array([len(name) + 1 for name in names])
    T, B = int(lengths.max()), len(names)
    classes = np.zeros((T + 1, B), dtype=int)
    for b, name in enumerate(names):
        classes[1:len(name) + 1, b] = [ALPHABET.index(letter) for letter in name]
    mask = np.arange(T)[:, None] < lengths
    return np.eye(len(ALPHABET))[classes[:-1]], classes[1:], mask


def delayed_echo(T, B, delay, rng):
    """Say again what you heard ``delay`` steps ago: a task that cannot be solved without memory.

    rng: a numpy Generator. Returns (x, target, mask): x is random +1 or -1, (T, B, 1); target[t] = x[t - delay],
    (T, B, 1); mask (T, B) is True from step delay + 1 on. Raises ValueError unless 0 <= delay < T.
    """
    if not 0 <= delay < T:
        raise ValueError(f"delay must be from 0 to T - 1 = {T - 1}; received {delay}.")
    x = rng.choice([-1.0, 1.0], size=(T, B, 1))
    target = np.zeros_like(x)
    target[delay:] = x[:T - delay]
    mask = np.zeros((T, B), dtype=bool)
    mask[delay:] = True
    return x, target, mask


def windows(series, length):
    """Cut a series into overlapping windows, to predict one step ahead.

    series: (N,). length: T. Returns (x, target), both (T, N - T, 1): column b is series[b : b + T],
    and its target is the same window one step later.
    """
    validate.floats("series", series, ("N",))
    if not 1 <= length < len(series):
        raise ValueError(f"length must be from 1 to {len(series) - 1} for this series; received {length}.")
    starts = np.arange(len(series) - length)
    steps = np.arange(length)[:, None]
    return series[starts + steps][..., None], series[starts + steps + 1][..., None]
