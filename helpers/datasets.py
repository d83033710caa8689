"""Data: two real sets that come with the course, small made-up tasks, and gradients to compare with.

Sources and licences are in data/README.md. Nothing is downloaded."""

import csv
from pathlib import Path

import numpy as np

from helpers import validate
from helpers.hints import Any, Array

FOLDER = Path(__file__).parent / "data"
ALPHABET = ".abcdefghijklmnopqrstuvwxyz"    # "." marks both the start and the end of a name


def sunspots() -> tuple[Array, Array]:
    """Yearly mean sunspot numbers. Returns (years, numbers): both (309,), 1700 to 2008."""
    table = np.loadtxt(FOLDER / "sunspots.csv", delimiter=",", skiprows=1, encoding="utf-8")
    return table[:, 0].astype(int), table[:, 1]


def italian_towns() -> list[str]:
    """6,919 names of Italian towns, lower case, letters a to z only, sorted. Returns a list of str."""
    return (FOLDER / "italian_towns.txt").read_text(encoding="utf-8").split()


def encode_names(names: list[str]) -> tuple[Array, Array, Array]:
    """Names as sequences to predict, one character ahead; shorter ones are padded.
    names: list of str over a to z. B of them, the longest with T - 1 letters.
    Returns (x, target, mask): one-hot inputs (T, B, 27), the class of the next character (T, B) integers,
    and mask (T, B), True up to and including the step that predicts the end ".".
    Raises TypeError or ValueError for an empty list, an empty name or a letter not in the alphabet."""
    if isinstance(names, str) or not all(isinstance(name, str) for name in names):
        raise TypeError(f"names must be a list of str; received {names!r:.60}.")
    if len(names) == 0 or "" in names:
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


def delayed_echo(T: int, B: int, delay: int, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Say again what you heard ``delay`` steps ago: a task that cannot be solved without memory.
    rng: a numpy Generator. Returns (x, target, mask): x is random +1 or -1, (T, B, 1); target[t] = x[t -
    delay], (T, B, 1); mask (T, B) is True from step delay + 1 on. Raises ValueError unless 0 <= delay < T."""
    validate.count("T", T)
    validate.count("B", B)
    if validate.count("delay", delay, minimum=0) >= T:
        raise ValueError(f"delay must be from 0 to T - 1 = {T - 1}; received {delay}.")
    validate.generator("rng", rng)
    x = rng.choice([-1.0, 1.0], size=(T, B, 1))
    target = np.zeros_like(x)
    target[delay:] = x[:T - delay]
    mask = np.zeros((T, B), dtype=bool)
    mask[delay:] = True
    return x, target, mask


def windows(series: Array, length: int) -> tuple[Array, Array]:
    """Cut a series into overlapping windows, to predict one step ahead.
    series: (N,). length: T. Returns (x, target), both (T, N - T, 1): column b is series[b : b + T],
    and its target is the same window one step later."""
    validate.floats("series", series, ("N",))
    if validate.count("length", length) >= len(series):
        raise ValueError(f"length must be from 1 to {len(series) - 1} for this series; received {length}.")
    starts = np.arange(len(series) - length)
    steps = np.arange(length)[:, None]
    return series[starts + steps][..., None], series[starts + steps + 1][..., None]


def measured(name: str) -> tuple[str, list[dict[str, float | str]]]:
    """Times and memory that were measured once, by ``python -m tests.benchmarks.NAME``,
    since they differ from machine to machine.

    Returns (machine, rows): the machine and the versions in one line, and a list of dicts;
    what looks like a number is a float. Raises ValueError for an unknown name."""
    names = sorted(path.stem.removeprefix("measured_") for path in FOLDER.glob("measured_*.csv"))
    validate.choice("name", name, names)
    with open(FOLDER / f"measured_{name}.csv", newline="", encoding="utf-8") as file:
        machine = file.readline().removeprefix("# ").strip()
        rows = list(csv.DictReader(file))
    return machine, [{key: number_or_word(value) for key, value in row.items()} for row in rows]


def number_or_word(text: str) -> float | str:
    """The float that a text stands for; the text itself if it is none."""
    try:
        return float(text)
    except ValueError:
        return text


def pytorch_gradients() -> list[dict[str, Any]]:
    """Gradients of recurrent networks computed by PyTorch in float64: 45 cases to compare your own with.
    Three sizes, three activations, five settings: squared error or cross-entropy at every step,
    sequences of variable length, a loss at the last step only, a learned h0.
    All losses are sums over the steps that count.
    Returns a list of dicts: name, activation, loss ("squared_error" or "cross_entropy"), params (dict), x,
    h0 ((B, H), or None if it is learned and stands in params), target, mask ((T, B), or None for every step),
    value (the loss) and grads (dict: a gradient for every parameter, for x and for h0)."""
    with np.load(FOLDER / "pytorch_gradients.npz") as file:
        stored = dict(file)
    return [pytorch_case(stored, str(name)) for name in stored["cases"]]


def pytorch_case(stored: dict[str, Array], name: str) -> dict[str, Any]:
    """One case of ``pytorch_gradients``. stored: the file's arrays. name: such as
    "small/tanh/squared_error/every_step/given_h0"; cases of one size share their inputs."""
    size, activation, loss, steps, start = name.split("/")
    params = {key: stored[f"{size}/{key}"].copy() for key in ("W_hh", "W_xh", "W_hy", "b_h", "b_y")}
    h0, learned = stored[f"{size}/{start}"].copy(), start == "learned_h0"
    if learned:
        params["h0"] = h0
    return {"name": name, "activation": activation, "loss": loss, "params": params,
            "x": stored[f"{size}/x"].copy(), "h0": None if learned else h0,
            "target": stored[f"{size}/{loss}"].copy(),
            "mask": None if steps == "every_step" else stored[f"{size}/{steps}"].copy(),
            "value": float(stored.get(f"{name}/value", np.nan)),
            "grads": {key.removeprefix(f"{name}/d"): stored[key] for key in stored
                      if key.startswith(f"{name}/d")}}
