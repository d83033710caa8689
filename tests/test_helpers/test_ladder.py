"""The memory ladder: its task, its verdict for learners of every kind, and the table that was measured."""

import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from helpers import ladder, losses, lstm, optimisers, rnn
from tests.benchmarks import memory_ladder as climbers

PLAIN = dict(update=optimisers.sgd, learning_rate=0.1)
EIGHT = (1, 8, 1)


def needed(cell, k, seed=0, init=rnn.init, size=EIGHT, **options):
    rng = np.random.default_rng(seed)
    return ladder.updates_needed(cell, init(*size, rng), k, rng, **options)


def test_the_task_asks_at_the_end_for_what_came_at_the_start():
    x, target, mask = ladder.recall(6, 500, np.random.default_rng(0))
    assert x.shape == target.shape == (7, 500, 1) and mask.shape == (7, 500)
    np.testing.assert_array_equal(target[-1], x[0])
    assert set(x[0].ravel()) == {-1.0, 1.0}
    assert mask[-1].all() and not mask[:-1].any()
    assert x[1:].std() == pytest.approx(0.5, abs=0.03)
    always_zero, _ = losses.squared_error(0 * x, target, mask, "mean")
    assert always_zero == pytest.approx(0.5)


def test_it_is_the_task_of_lesson_06():
    """The same random numbers in the same order: a lesson may use this one in the place of its own."""
    rng = np.random.default_rng(3)
    noise, signs = 0.1 * rng.standard_normal((11, 4, 1)), rng.choice([-1.0, 1.0], (4, 1))
    x, _, _ = ladder.recall(10, 4, np.random.default_rng(3), noise=0.1)
    np.testing.assert_array_equal(x, np.concatenate([signs[None], noise[1:]]))


@pytest.mark.parametrize("seed", [0, 1])
def test_who_climbs(seed):
    """Full BPTT learns ten steps; with dh_later cut, or the read-out alone trained, eight units do not; a
    window of three does not get to thirty. More units hold more of it, with no gradient through time."""
    names = "dh_later cut, 8 units", "read-out only, 8 units"
    cut, read_out = (climbers.CLIMBERS[4, who][0] for who in names)
    assert needed(rnn, 10, seed, **PLAIN) < 150
    assert needed(cut, 10, seed, updates=150, **PLAIN) is None
    assert needed(read_out, 6, seed, updates=150, **PLAIN) is None
    assert needed(read_out, 3, seed, size=(1, 64, 1), **PLAIN) < 150
    assert needed(cut, 1, seed, **PLAIN) and needed(read_out, 1, seed, **PLAIN)
    assert needed(climbers.last_steps(rnn, 3), 30, seed, updates=40, **PLAIN) is None


def test_gates_climb():
    assert needed(lstm, 10, init=lstm.init, size=(1, 12, 1), learning_rate=0.01) < 150


def test_a_window_that_is_long_enough_is_the_whole_gradient():
    for cell in (rnn, lstm):
        rng = np.random.default_rng(0)
        params = cell.init(*EIGHT, rng)
        x, target, mask = ladder.recall(6, 5, rng)
        cache = cell.forward(params, x)
        _, dy = losses.squared_error(cache.y, target, mask)
        whole = cell.backward(params, cache, dy)
        part, same = (climbers.last_steps(cell, n).backward(params, cache, dy) for n in (3, 7))
        for name in params:
            np.testing.assert_allclose(same[name], whole[name], rtol=1e-12, atol=1e-15)
        assert not np.allclose(part["W_hh"], whole["W_hh"])


def test_any_pair_of_functions_can_climb():
    """A cell of one's own, as in lesson 10: a leak that is learned, written with plain arrays."""
    def forward(params, x, state=None):
        h = [np.zeros(x.shape[1])]
        for x_t in x[:, :, 0]:
            h.append(params["leak"] * h[-1] + params["in"] * x_t)
        return SimpleNamespace(x=x, h=np.array(h), y=(params["out"] * np.array(h[1:]))[..., None])

    def backward(params, cache, dy):
        grads, carry = dict.fromkeys(params, 0.0), 0.0
        for t in range(len(dy), 0, -1):
            dh = params["out"] * dy[t - 1, :, 0] + carry
            grads["out"] += (dy[t - 1, :, 0] * cache.h[t]).sum()
            grads["leak"] += (dh * cache.h[t - 1]).sum()
            grads["in"] += (dh * cache.x[t - 1, :, 0]).sum()
            carry = params["leak"] * dh
        return {name: np.array(g) for name, g in grads.items()}

    own, start = SimpleNamespace(forward=forward, backward=backward), lambda rng: {
        "leak": np.array(0.5), "in": np.array(0.5), "out": np.array(1.0)}
    options = {**PLAIN, "learning_rate": 0.05, "updates": 250}
    found = ladder.climb(own, start, seeds=2, rungs=(1, 2, 10, 30), **options)
    assert found == {1: 2, 2: 2, 10: 0}         # thirty is not tried: nobody learned ten
    assert climbers.rows_of(1, "one linear unit", seeds=2, rungs=(1,))[0]["learned"] == 2


@pytest.mark.parametrize("change, message", [
    (dict(k=0), "k must be at least 1; received 0"),
    (dict(k=1.5), "k must be a whole number; received 1.5"),
    (dict(rng=3), "rng must be a NumPy generator, such as np.random.default_rng(0); received int"),
    (dict(updates=0), "updates must be at least 1; received 0"),
    (dict(cell=rnn.forward), "cell must have the functions forward and backward; received <function forward"),
    (dict(noise=-1.0), "noise must be at least 0; received -1.0")])
def test_bad_input_is_named(change, message):
    rng = np.random.default_rng(0)
    given = dict(cell=rnn, params=rnn.init(*EIGHT, rng), k=2, rng=rng)
    with pytest.raises((TypeError, ValueError)) as error:
        ladder.updates_needed(**{**given, **change})
    assert message in str(error.value)


def test_the_lru_goes_back_the_way_it_came():
    """All six gradients, against small steps."""
    rng = np.random.default_rng(5)
    params, x, w = climbers.lru_start(3, rng), rng.standard_normal((5, 2, 1)), rng.standard_normal((5, 2, 1))
    found = climbers.lru_backward(params, climbers.lru_forward(params, x), w)
    for name, p in params.items():
        for place in np.ndindex(p.shape):
            step = np.zeros_like(p)
            step[place] = 1e-5
            up, down = ((climbers.lru_forward({**params, name: p + s}, x).y * w).sum() for s in (step, -step))
            assert found[name][place] == pytest.approx((up - down) / 2e-5, abs=1e-7)


# --- the table ---

def test_the_table_has_every_climber_and_no_other_up_to_the_first_rung_that_nobody_learns():
    rows = ladder.measured()
    measured = list(dict.fromkeys((row["lesson"], row["who"]) for row in rows))
    assert measured == [name for name in climbers.CLIMBERS if name in measured or name[0] < 8]
    for name in measured:
        own = [row for row in rows if (row["lesson"], row["who"]) == name]
        assert [row["k"] for row in own] == list(ladder.RUNGS[:len(own)])
        assert all(0 < row["learned"] <= row["seeds"] for row in own[:-1])
        assert not own[-1]["learned"] or len(own) == len(ladder.RUNGS)
        assert {(row["seeds"], row["updates"]) for row in own} == {(climbers.SEEDS, climbers.UPDATES)}


def test_lessons_show_climbers_that_the_table_has():
    """A row is picked by its name: one that is misspelled, or was renamed, is missing without an error."""
    known, shown = {row["who"] for row in ladder.measured()}, []
    for path in sorted((Path(__file__).parents[2] / "solutions").glob("[0-9]*.md")):
        text = path.read_text(encoding="utf-8")
        for code in re.findall(r"^```\{code-cell\}.*?^```$", text, re.DOTALL | re.MULTILINE):
            if "ladder.measured()" in code:
                listed = re.findall(r'(?:(?:beside|some) =|row\["who"\] in) \((.*?)\)', code, re.DOTALL)
                names = re.findall(r'"(.*?)"', "".join(listed)) + re.findall(r'learned\["(.*?)",', code)
                shown += [(path.name, who) for who in names]
    assert ("09_beyond_bptt.md", "tanh, Gaussian, gain 1") in shown
    assert [name for name in shown if name[1] not in known] == []


@pytest.mark.parametrize("lesson, who", [name for name in climbers.CLIMBERS if name[0] < 8])
def test_the_table_is_what_is_measured(lesson, who):
    """On two of its seeds, on the first rungs, where all of its seeds learn or none does."""
    clear = {row["k"]: row["learned"] // row["seeds"] for row in ladder.measured()
             if (row["lesson"], row["who"]) == (lesson, who) and row["learned"] in (0, row["seeds"])}
    again = climbers.rows_of(lesson, who, seeds=2, rungs=[k for k in clear if k <= 6])
    assert {row["k"]: row["learned"] for row in again} == {k: 2 * clear[k] for k in clear if k <= 6}
