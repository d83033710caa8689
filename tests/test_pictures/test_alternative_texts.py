"""Alternative texts say what the numbers say: other numbers, another text."""

import numpy as np
import pytest

from pictures import figures, words

LAGS, RADII = np.arange(21), np.array([0.5, 1.0, 1.5, 2.0])
A = np.linspace(-3, 3, 61)
TANH, RELU = (np.tanh(A), 1 - np.tanh(A) ** 2), (np.maximum(A, 0), np.where(A > 0, 1.0, 0.0))
LENGTHS, YEARS = np.array([1, 10, 100]), np.arange(1950, 1960)
STEPS = 10.0 ** -np.arange(1, 16)
PEAK = np.where(YEARS == 1955, 150.0, 40.0)
SMALL, LARGE = np.array([0.2, 0.5, 0.9]), np.array([0.2, 5.0, 90.0])
GRID, AWAY = np.linspace(-1, 1, 5), np.array([[0, 0], [0.5, 0.1], [3, 0.2]])
PLANE = np.outer(GRID, GRID)


def decay(rate):
    return np.exp(-rate * LAGS)


def v_shape(bottom, error):
    return error * np.maximum(STEPS / bottom, bottom / STEPS)


def costs(*seconds):
    """Rows as measured, with each method's seconds for two sizes."""
    return [{"method": method, "varied": varied, "quantity": "seconds", "T": size, "H": size, "value": value}
            for method, values in zip(("BPTT", "block solve", "RTRL", "forward mode"), seconds)
            for varied in "TH" for size, value in zip((10, 20), values)]


def scans(doubling):
    return [{"part": "scan", "structure": structure, "quantity": "seconds", "T": T, "method": name,
             "value": value} for structure in ("one number", "full") for T in (16, 64)
            for name, value in (("loop", 1.0), ("doubling", doubling), ("halving", 1.0))]


def rungs(*learned):
    """An earlier climber and, in lesson 6, one that so many of 3 seeds climb with."""
    return [{"lesson": lesson, "who": who, "k": k, "learned": n, "seeds": 3}
            for lesson, who in ((4, "a"), (6, "b")) for k, n in zip((1, 2, 6), learned)]


# A figure, two sets of arguments, and what the first text says and the second one does not.
CASES = [
    ("weights_found", (np.tile([0.5, 1.0, 2.0], (3, 1)),), (np.tile([0.7, 1.0, 2.0], (3, 1)),),
     "w_hh goes from 0.5 to 0.5"),
    ("activations", (A, {"f": TANH}), (A, {"f": RELU}), "a bump at 0 that dies"),
    ("activations", (A, {"f": RELU}), (A, {"f": TANH}), "a step from 0 to 1"),
    ("state_sizes", ({"$W$": {"tanh": SMALL}, "2": {"tanh": SMALL}},),
     ({"$W$": {"tanh": LARGE}, "2": {"tanh": SMALL}},), "W: tanh 0.5 and 0.9. 2: "),
    ("two_starts", ({"1": decay(0.1)},), ({"1": decay(1.0)},), "1: 1 and 0.1"),
    ("padded_states", (np.stack([LAGS / 30] * 2, 1), 6), (np.stack([0 * LAGS] * 2, 1), 6), "go on moving"),
    ("double_sum", (np.eye(3), np.ones(3)), (np.tri(3)[::-1], np.ones(3)), "cells are darkest near"),
    ("step_size_curve", (STEPS, v_shape(1e-3, 1e-4), v_shape(1e-5, 1e-10), 1e-16 + STEPS),
     (STEPS, v_shape(1e-3, 1e-4), v_shape(1e-2, 1e-10), 1e-16 + STEPS),
     "float64 the bottom is near a step of 1e-5"),
    ("where_mistakes_hide", (np.array([[0, 1.0]]), ["a"], ["T = 1", "all"]),
     (np.array([[0, 0.0]]), ["a"], ["T = 1", "all"]), "hides none"),
    ("error_by_step",
     ({"generic": {"second": 1.0 * (SMALL > 0.3), "third": SMALL}, "other": {"second": 0 * SMALL}},),
     ({"generic": {"second": 0 * SMALL, "third": SMALL}, "other": {"second": 0 * SMALL}},),
     "second at steps 2 to 3"),
    ("ravine", ({"sgd": np.array([[-4, 1], [-2, -1], [-1, 1.0]])}, {"sgd": 0.1}, np.ones(2)),
     ({"sgd": np.array([[-4, 1], [2, 1], [1, 1.0]])}, {"sgd": 0.1}, np.ones(2)), "SGD 2, 0, 1.00"),
    ("loss_by_learning_rate", ({"sgd": [0.1]}, {"sgd": [[0.1, 0.2, 0.3]]}),
     ({"sgd": [0.1]}, {"sgd": [[0.01, 0.02, 0.03]]}), "2e-01 at 0.1"),
    ("clipped", ((3.0, 0.8), (0.9, 0.24), (1.0, 0.8), 1), ((3.0, 3.0), (0.7, 0.7), (1.0, 1.0), 1),
     "the direction turns"),
    ("clipped", ((3.0, 0.8), (0.9, 0.24), (1.0, 0.8), 1), ((0.3, 0.1), (0.3, 0.1), (0.3, 0.1), 1),
     "shortens an arrow"),
    ("forecasts", (YEARS, PEAK, PEAK, PEAK[None] / 2, 99), (YEARS, PEAK[::-1], PEAK, PEAK[None], 99),
     "highest year, 1955, 150"),
    ("letter_losses", (100 * LAGS, 3 - LAGS / 20, [400], [2.5], {"pairs": 2.5}),
     (100 * LAGS, 3 - LAGS / 40, [400], [2.5], {"pairs": 2.4}), "pairs 1100 or less"),
    ("letter_losses", (100 * LAGS, 3 + LAGS / 20, [400], [2.5], {"pairs": 2.5}),
     (100 * LAGS, 3 - LAGS / 20, [400], [2.5], {"pairs": 2.5}), "pairs never"),
    ("next_letters", ("a", np.full((2, 27), 0.5)), ("a", np.full((2, 27), 0.25)), "a 0.50, . 0.50"),
    ("cut_or_forgotten", (decay(1.0), decay(2.0), [0, 6, 12]), (decay(0.1), decay(2.0), [0, 6, 12]),
     "some steps later they have met again"),
    ("frozen_path", ([0, 1, 2.0], [0, 1, 1.5]), ([0, 1, 2.0], [0, 1, 2.0]), "from step 2 on are others"),
    ("singular_values_over_lag",
     (np.stack([decay(0.1), decay(2.0)], 1), decay(-0.1), np.stack([decay(0.11)], 1)),
     (np.stack([decay(0.1), decay(0.1)], 1), decay(0.1), np.stack([decay(0.11)], 1)),
     "the others fall much faster"),
    ("singular_values_over_lag",
     (np.stack([decay(0.1), decay(2.0)], 1), decay(-0.1), np.stack([decay(0.11)], 1)),
     (np.stack([decay(0.1), decay(2.0)], 1), decay(-0.1), np.stack([decay(1.0)], 1)),
     "just below the largest one"),
    ("clouds", ({"$W$": {0: np.eye(2), 3: np.eye(2)}, "2": {0: np.eye(2), 3: np.eye(2)}}, (0, 1)),
     ({"$W$": {0: np.eye(2), 3: 2 * np.eye(2)}, "2": {0: np.eye(2), 3: np.eye(2)}}, (0, 1)),
     "W, 1.00 at lag 0, 1.00 at lag 3"),
    ("curse_of_memory", ((0.9, 0.99), {"state": [1, 3]}, {"state": [1, 3]}),
     ((0.9, 0.99), {"state": [1, 30]}, {"state": [1, 3]}), "h_t from 1 to 3."),
    ("chaos", (SMALL, SMALL, (1, 2), {3.2: [1.0, 1.0], 3.9: [1.0, 1e9]}),
     (SMALL, SMALL, (1, 2), {3.2: [1.0, 1.0], 3.9: [1.0, 1e3]}), "3.9: from 1e+00 to 1e+09"),
    ("transients", ({"one": decay(0.1), "two": decay(1.0)}, 0.9),
     ({"one": decay(0.1), "two": decay(-0.1)}, 0.9), "all curves fall"),
    ("gradient_maps", (RADII, {"tanh": np.outer(RADII - 1.2, LAGS), "b": np.outer(RADII, LAGS)}),
     (RADII, {"tanh": np.outer(RADII - 3, LAGS), "b": np.outer(RADII, LAGS)}), "tanh from radius 1.5 on"),
    ("largest_exponents", (RADII, {"tanh": np.outer(RADII - 1.25, [1, 1])}),
     (RADII, {"tanh": np.outer(RADII - 3, [1, 1])}), "crosses zero near 1.2 and ends at 0.75"),
    ("cliff_slice", (A, TANH[0], np.exp(-9 * A ** 2), -0.2), (A, TANH[0], 1 + A ** 2, -0.2),
     "a vertical wall"),
    ("cliff_paths",
     (GRID, GRID, PLANE, {"free": AWAY, "clipped": 0 * AWAY}, {"free": "far", "clipped": "near"}),
     (GRID, GRID, PLANE, {"free": 0 * AWAY, "clipped": 0 * AWAY}, {"free": "near", "clipped": "near"}),
     "leaves the map with step 2"),
    ("stored_numbers", (LENGTHS, {"BPTT": 3 * LENGTHS, "RTRL": 0 * LENGTHS + 5}, 7),
     (LENGTHS, {"RTRL": 3 * LENGTHS, "BPTT": 0 * LENGTHS + 5}, 7),
     "BPTT rise in straight lines. RTRL stay level."),
    ("measured_costs", (costs((1, 2), (1, 2), (1, 8), (5, 9)),), (costs((1, 16), (1, 2), (1, 8), (5, 9)),),
     "the steepest is RTRL. The longest time is that of forward mode"),
    ("measured_scans", (scans(0.1),), (scans(0.2),), "10 times that of doubling"),
    ("estimates", (LENGTHS, np.array([[1.0, 0.4, 0.1]]), 1.0), (LENGTHS, np.array([[1.0, 1.0, 1.0]]), 1.0),
     "1 falling lines close to"),
    ("newton_rounds", (A, {64: 20 + 2 * np.arange(len(A))}, 99), (-A, {64: 20 + 2 * np.arange(len(A))}, 99),
     "20 to 78 rounds below zero, 82 to 140 above."),
    ("memory_ladder", (rungs(3, 2, 0), 6), (rungs(3, 3, 0), 6), "k 1, 2 of 3 at 2, none at 6. In"),
    ("memory_ladder", (rungs(3, 3, 3), 6), (rungs(3, 3, 3), 7), "b: all up to k 6. In grey, from"),
    ("gate_and_slope", (A, A / 6 + 0.5, 1 - A ** 2 / 9), (A, A / 12 + 0.25, 1 - A ** 2 / 9),
     "rises from 0 to 1"),
]


@pytest.mark.parametrize(("name", "first", "second", "said"), CASES)
def test_other_numbers_another_text(name, first, second, said):
    texts = [getattr(figures, name)(*arguments).alt for arguments in (first, second)]
    assert said in texts[0] and said not in texts[1], texts
    assert all(text.endswith(".") and ".." not in text for text in texts)


def test_numbers_in_words():
    assert [words.listing(range(n)) for n in (0, 1, 2, 3)] == ["none", "0", "0 and 1", "0, 1 and 2"]
    assert words.spoken("$W_{hh}$ × 2\nand more") == "W_hh × 2 and more"
    assert (words.short(-0.001), words.short(0.254), words.power(3e-6)) == ("0", "0.25", "1e-6")
    found = [words.at_steps(np.isin(np.arange(1, 6), steps)) for steps in ([], [2], [2, 3, 4], [1, 4])]
    assert found == ["at no step", "at step 2", "at steps 2 to 4", "at steps 1 and 4"]
