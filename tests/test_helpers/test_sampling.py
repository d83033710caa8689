"""Sampling: the letters that a model's probabilities call for, fed back one by one, with the state carried
on."""

from types import SimpleNamespace

import numpy as np
import pytest

from helpers import datasets, losses, rnn, sampling


def letter_by_letter(scores):
    """A cell that notes what it is given: (class read, state). The state counts its steps.
    scores(step): (27,)."""
    seen = []

    def forward(params, x, state=None):
        assert x.shape == (1, 1, 27) and x.sum() == 1
        seen.append((int(x.argmax()), state))
        step = state or 0
        return SimpleNamespace(y=scores(step)[None, None], state=step + 1)

    return SimpleNamespace(forward=forward), seen


def spell(word):
    """Scores that leave no choice but the letters of word and then the end."""
    classes = [datasets.ALPHABET.index(letter) for letter in word + "."]
    return lambda step: 1000.0 * np.eye(27)[classes[step]]


def test_letters_go_back_in_and_the_state_goes_on():
    cell, seen = letter_by_letter(spell("lodi"))
    assert sampling.name(cell, None, np.random.default_rng(0)) == "lodi"
    read = [datasets.ALPHABET.index(letter) for letter in ".lodi"]
    assert seen == list(zip(read, [None, 1, 2, 3, 4]))


def test_it_stops_after_max_letters():
    cell, seen = letter_by_letter(spell("lodi"))
    assert sampling.name(cell, None, np.random.default_rng(0), max_letters=3) == "lod"
    assert len(seen) == 3


def test_a_name_may_be_empty():
    cell, _ = letter_by_letter(spell(""))
    assert sampling.name(cell, None, np.random.default_rng(0)) == ""


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_temperature_divides_the_scores(temperature):
    """4,000 first letters; the standard error of a share is below 0.008."""
    scores = np.full(27, -1000.0)
    scores[[1, 2, 3]] = 0.0, 1.0, 2.0
    cell, _ = letter_by_letter(lambda step: scores)
    rng = np.random.default_rng(1)
    letters = [sampling.name(cell, None, rng, temperature, max_letters=1) for _ in range(4000)]
    shares = [letters.count(letter) / 4000 for letter in "abc"]
    expected = np.exp(np.arange(3) / temperature)
    np.testing.assert_allclose(shares, expected / expected.sum(), atol=0.03)


def test_a_real_network_says_the_likeliest_letters_when_it_is_cold():
    """Near temperature zero: the letters that one pass over the whole name finds most probable."""
    params = rnn.init(27, 8, 27, np.random.default_rng(2))
    params = {name: 4 * p for name, p in params.items()}             # large weights, so that letters vary
    params["b_y"][0] = -100.0                                        # it never ends
    name = sampling.name(rnn, params, np.random.default_rng(3), temperature=1e-3, max_letters=9)
    x, _, _ = datasets.encode_names([name])
    likeliest = losses.softmax(rnn.forward(params, x).y[:-1, 0]).argmax(axis=-1)
    assert name == "".join(datasets.ALPHABET[i] for i in likeliest) and len(set(name)) > 1


@pytest.mark.parametrize("temperature", [0, -1.0, np.nan, "warm"])
def test_bad_temperature(temperature):
    cell, _ = letter_by_letter(spell("lodi"))
    with pytest.raises((ValueError, TypeError), match="temperature"):
        sampling.name(cell, None, np.random.default_rng(0), temperature)
