"""Baselines: forecasts and letter counts, beside the same things done by hand."""

import numpy as np
import pytest

from helpers import baselines, datasets


def test_persistence_is_the_last_value():
    x = np.random.default_rng(0).standard_normal((5, 9, 1))
    np.testing.assert_array_equal(baselines.forecasts(x, np.zeros(9), x[:, :4])["persistence"], x[4, :4, 0])


def test_autoregression_finds_the_rule_of_a_series():
    """Fitted on one part of a series that follows a linear rule exactly, it foretells the rest."""
    series = [1.0, 0.3]
    for _ in range(60):
        series.append(0.7 + 1.6 * series[-1] - 0.95 * series[-2])
    x, target = datasets.windows(np.array(series), 2)
    forecast = baselines.forecasts(x[:, :20], target[-1, :20, 0], x[:, 20:])["autoregression"]
    np.testing.assert_allclose(forecast, target[-1, 20:, 0], rtol=1e-9)


def test_autoregression_has_the_least_squared_error():
    """No small change of the forecasts that weights and constant can make is better, on the windows it was
    fitted on."""
    rng = np.random.default_rng(1)
    x, target = 3 + rng.standard_normal((4, 25, 1)), rng.standard_normal(25)
    error = baselines.forecasts(x, target, x)["autoregression"] - target
    for change in (*x[:, :, 0], np.ones(25)):
        for size in (0.01, -0.01):
            assert ((error + size * change) ** 2).sum() > (error ** 2).sum()


def test_windows_to_forecast_from_do_not_change_the_weights():
    rng = np.random.default_rng(2)
    x, target = rng.standard_normal((4, 25, 1)), rng.standard_normal(25)
    few, many = (baselines.forecasts(x[:, :12], target[:12], x[:, :n])["autoregression"] for n in (3, 25))
    np.testing.assert_allclose(few, many[:3], rtol=1e-12)


@pytest.mark.parametrize("order", [0, 1, 2])
def test_letter_table_by_hand(order):
    """Count with strings; then (count + weight * shorter table) / (row + weight)."""
    names, weight = ["abba", "bab", "aa"], 3.0
    table = baselines.letter_table(names, order, weight)
    shorter = np.full(27, 1 / 27) if order == 0 else baselines.letter_table(names, order - 1, weight)
    counted = [("." * order + name + ".")[i:i + order + 1] for name in names for i in range(len(name) + 1)]
    for context in np.ndindex(*(3,) * order):
        before = "".join(datasets.ALPHABET[i] for i in context)
        row = sum(string[:-1] == before for string in counted)
        for i, letter in enumerate(datasets.ALPHABET):
            expected = (counted.count(before + letter)
                        + weight * shorter[context[1:] + (i,)]) / (row + weight)
            assert table[context + (i,)] == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(table.sum(axis=-1), 1, rtol=1e-12)


def test_letter_loss_by_hand():
    """Mean of -log p over all letters and the end, each given the two letters before it."""
    table = np.random.default_rng(3).dirichlet(np.ones(27), size=(27, 27))
    names, surprise = ["como", "bra"], []
    for name in names:
        read = [0, 0] + [datasets.ALPHABET.index(letter) for letter in name] + [0]
        surprise += [-np.log(table[a, b, c]) for a, b, c in zip(read, read[1:], read[2:])]
    assert len(surprise) == 9
    assert baselines.letter_loss(names, table) == pytest.approx(np.mean(surprise), rel=1e-12)


def test_a_uniform_table_costs_log_27():
    assert baselines.letter_loss(["como", "bra"], np.full((27, 27), 1 / 27)) == pytest.approx(np.log(27))
