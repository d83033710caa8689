"""Who climbs the memory ladder how high: helpers/data/memory_ladder.csv.

    python -m tests.benchmarks.memory_ladder              all, about twelve minutes
    python -m tests.benchmarks.memory_ladder 04 07        these lessons; the rows of the others stay

One row per lesson, climber and rung: how many of the seeds learned it within so many updates. The first rung
that nobody learns is a climber's last row. Nothing is timed.
"""

import csv
import sys
from functools import partial
from types import SimpleNamespace

import numpy as np

from exercises.formulas import lru, specimens
from helpers import datasets, gru, ladder, lstm, optimisers, rnn
from helpers.pathologies import initialisation

FILE = datasets.FOLDER / "memory_ladder.csv"
SEEDS, UPDATES = 12, 300
COLUMNS = ["lesson", "who", "k", "learned", "seeds", "updates"]


def only_read_out(params, cache, dy):
    """A backward pass that leaves the recurrence as it was drawn."""
    return {name: g * (name in ("W_hy", "b_y")) for name, g in rnn.backward(params, cache, dy).items()}


def last_steps(cell, n):
    """The cell with a backward pass that ends n steps back: right for a loss at the last step only."""
    def backward(params, cache, dy):
        before, last = cache.x[:-n], cache.x[-n:]
        state = cell.forward(params, before).state if len(before) else None
        return cell.backward(params, cell.forward(params, last, state), dy[-n:])
    return SimpleNamespace(forward=cell.forward, backward=backward)


def one_step_short(cell):
    """The cell with a backward pass that ends at step 2: all but the first input get a gradient."""
    return SimpleNamespace(forward=cell.forward, backward=lambda params, cache, dy: last_steps(
        cell, len(dy) - 1).backward(params, cache, dy))


def one_linear_unit(rng):
    """The counter of lesson 01, with half of the weights that count."""
    return {"W_hh": np.full((1, 1), 0.5), "W_xh": np.full((1, 1), 0.5), "W_hy": np.ones((1, 1)),
            "b_h": np.zeros(1), "b_y": np.zeros(1)}


def starting(make, rng):
    """Twelve units whose W_hh comes from make(H, rng)."""
    return {**rnn.init(1, 12, 1, rng), "W_hh": make(12, rng)}


def open_update_gate(rng):
    """A GRU with 3 added to the bias of its update gate."""
    params = gru.init(1, 12, 1, rng)
    gru.blocks(params["b_h"])[1][:] += 3
    return params


def local(params, cache, dy, keep=1.0, diagonal=False):
    """A backward pass without a way back, as in lesson 09: each weight's influence on its own unit, carried
    forward by the unit's own weight. keep: 0 for no trace at all. diagonal: W_hh has no other weights.
    """
    h, H = cache.h, len(params["W_hh"])
    own, direct = keep * np.diag(params["W_hh"])[:, None], dy @ params["W_hy"]
    trace = total = 0.0
    for t in range(1, len(h)):
        z = np.concatenate([h[t - 1], cache.x[t - 1], np.ones((len(h[0]), 1))], axis=1)
        trace = (1 - h[t] ** 2)[:, :, None] * (own * trace + z[:, None])
        total = total + np.einsum("bm,bmn->mn", direct[t - 1], trace)
    dW_hh = total[:, :H] * (np.eye(H) if diagonal else 1)
    return {**rnn.backward(params, cache, dy), "W_hh": dW_hh, "W_xh": total[:, H:-1], "b_h": total[:, -1]}


def pair(backward=rnn.backward, activation="tanh"):
    return SimpleNamespace(forward=partial(rnn.forward, activation=activation), backward=backward)


def lru_start(H, rng):
    """Lesson 09's LRU: |a| between 0.9 and 0.999, angles up to pi; both parts of B (H, 1) and of C (1, H)."""
    start = {"nu": np.log(-np.log(rng.uniform(0.9, 0.999, H))), "theta": rng.uniform(0, np.pi, H)}
    return {**start, **{f"{name}_{part}": rng.standard_normal(shape) / np.sqrt(2 * shape[1])
                        for name, shape in (("B", (H, 1)), ("C", (1, H))) for part in ("re", "im")}}


def lru_forward(params, x, state=None):
    B, C = (params[f"{name}_re"] + 1j * params[f"{name}_im"] for name in "BC")
    h = lru.states(params["nu"], params["theta"], x @ B.T)
    return SimpleNamespace(x=x, u=x @ B.T, h=h, C=C, y=(h @ C.T).real)


def lru_backward(params, cache, dy):
    dnu, dtheta, du = lru.gradients(params["nu"], params["theta"], cache.u, cache.h, dy @ cache.C.conj())
    dB, dC = np.einsum("tbh,tbd->hd", du, cache.x), np.einsum("tbo,tbh->oh", dy, cache.h.conj())
    return {"nu": dnu, "theta": dtheta, "B_re": dB.real, "B_im": dB.imag, "C_re": dC.real, "C_im": dC.imag}


LRU = SimpleNamespace(forward=lru_forward, backward=lru_backward)
H8, H64 = partial(rnn.init, 1, 8, 1), partial(rnn.init, 1, 64, 1)
PLAIN = dict(update=optimisers.sgd, learning_rate=0.1)      # lesson 04 knows no optimiser yet
IDENTITY = partial(starting, lambda H, rng: initialisation.identity(H))
CLIMBERS = {    # (lesson, who): (cell, start, options of ladder.updates_needed)
    (1, "one linear unit"): (pair(activation="identity"), one_linear_unit, {**PLAIN, "learning_rate": 0.05}),
    (4, "your BPTT, 8 units"): (rnn, H8, PLAIN),
    (4, "dh_later cut, 8 units"): (pair(specimens.SPECIMENS["dropped-future-term"]), H8, PLAIN),
    (4, "read-out only, 8 units"): (pair(only_read_out), H8, PLAIN),
    (4, "read-out only, 64 units"): (pair(only_read_out), H64, PLAIN),
    (6, "tanh, Gaussian, gain 0.5"): (rnn, partial(starting, partial(initialisation.gaussian, gain=0.5)), {}),
    (6, "tanh, Gaussian, gain 1"): (rnn, partial(starting, initialisation.gaussian), {}),
    (6, "tanh, orthogonal"): (rnn, partial(starting, initialisation.orthogonal), {}),
    (6, "tanh, identity"): (rnn, IDENTITY, {}),
    (6, "ReLU, Gaussian, gain 1"): (pair(activation="relu"), partial(starting, initialisation.gaussian), {}),
    (6, "ReLU, identity"): (pair(activation="relu"), IDENTITY, {}),
    (7, "window of k, 8 units"): (one_step_short(rnn), H8, PLAIN),
    (7, "window of 3, 8 units"): (last_steps(rnn, 3), H8, PLAIN),
    **{(8, f"LSTM, forget bias {bias}"): (lstm, partial(lstm.init, 1, 12, 1, forget_bias=float(bias)), {})
       for bias in (0, 1, 3)},
    (8, "GRU"): (gru, partial(gru.init, 1, 12, 1), {}),
    (8, "GRU, update bias 3"): (gru, open_update_gate, {}),
    (9, "no trace, identity"): (pair(partial(local, keep=0.0)), IDENTITY, {}),
    (9, "SnAp-1, identity"): (pair(local), IDENTITY, {}),
    (9, "SnAp-1, Gaussian, gain 1"): (pair(local), partial(starting, initialisation.gaussian), {}),
    (9, "RTRL, diagonal, identity"): (pair(partial(local, diagonal=True)), IDENTITY, {}),
    **{(9, f"LRU, {H} units"): (LRU, partial(lru_start, H), {}) for H in (12, 64)},
}


def rows_of(lesson, who, seeds=SEEDS, rungs=ladder.RUNGS):
    """The rows of one climber, measured."""
    cell, start, options = CLIMBERS[lesson, who]
    climbed = ladder.climb(cell, start, seeds, rungs, updates=UPDATES, **options)
    return [dict(zip(COLUMNS, (lesson, who, k, learned, seeds, UPDATES))) for k, learned in climbed.items()]


def main(lessons):
    """Measure the lessons that are named, or all, and keep the table: after each climber, so that what was
    measured stays."""
    table = {name: [row for row in ladder.measured() if (row["lesson"], row["who"]) == name]
             for name in CLIMBERS} if FILE.exists() else {}
    for lesson, who in CLIMBERS:
        if lessons and lesson not in lessons:
            continue
        table[lesson, who] = rows_of(lesson, who)
        rungs = (f"k {row['k']}: {row['learned']:2}" for row in table[lesson, who])
        print(f"{lesson:02} {who:26}", *rungs, flush=True)
        with open(FILE, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(row for name in CLIMBERS for row in table.get(name, ()))


if __name__ == "__main__":
    main([int(lesson) for lesson in sys.argv[1:]])
