"""The memory ladder: can it remember? Say at the end what came at the start, k steps ago.

    x_1 = +1 or -1,   noise in x_2 ... x_{k+1},   target at step k + 1: x_1

A rung is a delay k. It is climbed when the mean loss of ten updates is below 0.05, a tenth of what always
answering 0 gets. The noise is strong for a reason: under weak noise random weights keep the first input by
themselves, and a network climbs to which no gradient has come through time."""

import csv

import numpy as np

from helpers import losses, optimisers, training, validate
from helpers.datasets import FOLDER
from helpers.hints import Any, Array, Batch, Callable, Cell, Iterator, Params, Update

RUNGS = (1, 2, 6, 10, 30, 100)


def recall(k: int, B: int, rng: np.random.Generator, noise: float = 0.5) -> Batch:
    """The task. Returns x (k+1, B, 1), the target (k+1, B, 1), and a mask (k+1, B) for the last step."""
    validate.count("k", k)
    validate.generator("rng", rng)
    x = validate.number("noise", noise, minimum=0) * rng.standard_normal((k + 1, validate.count("B", B), 1))
    target, mask = np.zeros_like(x), np.zeros(x.shape[:2], bool)
    x[0] = target[-1] = rng.choice([-1.0, 1.0], (B, 1))
    mask[-1] = True
    return x, target, mask


def updates_needed(cell: Cell, params: Params, k: int, rng: np.random.Generator, updates: int = 300,
                   learning_rate: float = 0.003, update: Update = optimisers.adam,
                   noise: float = 0.5) -> int | None:
    """The number of updates until rung k is climbed; None if it is not.
    cell: any object with ``forward(params, x, state)`` and ``backward(params, cache, dy)``. params: start
    values, one input, one output. updates: so many are allowed, each on 16 new sequences, clipped at 1."""
    validate.count("updates", updates)
    if not (callable(getattr(cell, "forward", 0)) and callable(getattr(cell, "backward", 0))):
        raise TypeError(f"cell must have the functions forward and backward; received {cell!r:.40}.")
    seen: list[float] = []

    def climbed() -> bool:
        return len(seen) >= 10 and bool(np.mean(seen[-10:]) < 0.05)

    def loss(*arguments: Any, **options: Any) -> tuple[float, Array]:
        value, dy = losses.squared_error(*arguments, **options)
        seen.append(value)
        return value, dy

    def batches() -> Iterator[Batch]:
        while len(seen) < updates and not climbed():
            yield recall(k, 16, rng, noise)

    training.fit(cell, params, batches(), loss, learning_rate, update)
    return len(seen) if climbed() else None


def climb(cell: Cell, start: Callable[[np.random.Generator], Params], seeds: int = 12,
          rungs: tuple[int, ...] = RUNGS, **options: Any) -> dict[int, int]:
    """How many seeds climb each rung, up to the first that none does; seed s: ``start(default_rng(s))``.
    options: those of ``updates_needed``. Returns a dict from k to a number."""
    climbed: dict[int, int] = {}
    for k in rungs:
        rngs = [np.random.default_rng(seed) for seed in range(validate.count("seeds", seeds))]
        needed = [updates_needed(cell, start(rng), k, rng, **options) for rng in rngs]
        climbed[k] = sum(n is not None for n in needed)
        if not climbed[k]:
            break
    return climbed


def measured() -> list[dict[str, Any]]:
    """The rows of data/memory_ladder.csv, lesson by lesson: lesson, who, k, learned, seeds, updates."""
    with open(FOLDER / "memory_ladder.csv", newline="", encoding="utf-8") as file:
        return [{key: value if key == "who" else int(value) for key, value in row.items()}
                for row in csv.DictReader(file)]
