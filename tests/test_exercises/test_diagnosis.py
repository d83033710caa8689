"""Exercise 6.12: right answers that measure in different ways, by hand, and how far each network is from the
limits."""

import numpy as np
import pytest

from exercises import judge
from exercises.formulas import diagnosis

NAMES = {"explodes": "clip", "vanishes": "gain", "saturates": "inputs", "healthy": "none"}


def verdict(growth, slope):
    """The pair of words for two numbers."""
    found = ("explodes" if growth > 1000 else "healthy" if growth >= 1 / 1000
             else "saturates" if slope < 0.2 else "vanishes")
    return found, NAMES[found]


def length(v):
    return np.sqrt(np.sum(np.square(v)))


def with_ones(forward, backward, x):
    """The shortest: one gradient, all entries equal."""
    h = forward(x)
    dh = backward(h, np.ones(h.shape[1]))
    return verdict(length(dh[0]) / length(dh[-1]), np.mean(1 - h[1:] ** 2))


def with_a_random_gradient(forward, backward, x):
    """Of length 1, so that nothing has to be divided."""
    h = forward(x)
    start = np.random.default_rng(0).standard_normal(h.shape[1])
    return verdict(length(backward(h, start / length(start))[0]), (1 - h[1:] ** 2).mean())


def with_the_first_unit(forward, backward, x):
    """A gradient at one unit only."""
    h = forward(x)
    start = np.zeros(h.shape[1])
    start[0] = 1
    return verdict(length(backward(h, start)[0]), np.mean(1 - h[1:] ** 2))


def with_the_longest_of_all_units(forward, backward, x):
    """A gradient at each unit in turn."""
    h = forward(x)
    arriving = [length(backward(h, unit)[0]) for unit in np.eye(h.shape[1])]
    return verdict(max(arriving), np.mean(1 - h[1:] ** 2))


def with_the_largest_singular_value(forward, backward, x):
    """The whole Jacobian over T steps, row by row."""
    h = forward(x)
    product = np.stack([backward(h, unit)[0] for unit in np.eye(h.shape[1])])
    return verdict(np.linalg.svd(product)[1][0], np.mean(1 - h[1:] ** 2))


def with_the_mean_of_ten(forward, backward, x):
    """Ten random gradients, the mean of their lengths."""
    h, rng = forward(x), np.random.default_rng(1)
    ratios = []
    for _ in range(10):
        dh = backward(h, rng.standard_normal(h.shape[1]))
        ratios.append(length(dh[0]) / length(dh[-1]))
    return verdict(np.mean(ratios), np.mean(1 - h[1:] ** 2))


def with_logarithms(forward, backward, x):
    """The growth in powers of ten."""
    h = forward(x)
    dh = backward(h, np.ones(h.shape[1]))
    with np.errstate(divide="ignore"):
        powers = np.log10(length(dh[0])) - np.log10(length(dh[-1]))
    return verdict(10 ** powers, np.mean(1 - h[1:] ** 2))


def with_steps_multiplied(forward, backward, x):
    """The factor of each step, and their product."""
    h = forward(x)
    lengths = np.linalg.norm(backward(h, np.ones(h.shape[1])), axis=1)
    growth = 1.0
    for t in range(len(x), 0, -1):
        growth *= lengths[t - 1] / lengths[t] if lengths[t] > 0 else 0.0
    return verdict(growth, np.mean(1 - h[1:] ** 2))


def with_slopes_by_cosh(forward, backward, x):
    """The slope is 1 / cosh(a)^2, from the pre-activation."""
    h = forward(x)
    a = np.arctanh(np.clip(h[1:], -1 + 1e-16, 1 - 1e-16))
    dh = backward(h, np.ones(h.shape[1]))
    return verdict(length(dh[0]) / length(dh[-1]), np.mean(1 / np.cosh(a) ** 2))


def with_loops(forward, backward, x):
    """Sums by hand, and a list for the result."""
    h = forward(x)
    dh, slope = backward(h, [1.0] * len(h[0])), 0.0
    for state in h[1:]:
        for entry in state:
            slope += (1 - entry * entry) / (len(x) * len(state))
    growth = (sum(entry ** 2 for entry in dh[0]) / sum(entry ** 2 for entry in dh[-1])) ** 0.5
    return list(verdict(growth, slope))


def with_the_median_slope(forward, backward, x):
    """The middle one of all slopes."""
    h = forward(x)
    dh = backward(h, np.ones(h.shape[1]))
    return verdict(length(dh[0]) / length(dh[-1]), np.median(1 - h[1:] ** 2))


def with_one_return(forward, backward, x):
    """A dict by name."""
    found, remedy = with_ones(forward, backward, x)
    return {"the finding": found, "the remedy": remedy}


def with_a_gradient_of_a_million(forward, backward, x):
    """Far from length 1, and divided by its length."""
    h = forward(x)
    dh = backward(h, np.full(h.shape[1], 1e6))
    return verdict(length(dh[0]) / length(dh[-1]), np.mean(1 - h[1:] ** 2))


RIGHT = [with_ones, with_a_gradient_of_a_million, with_a_random_gradient, with_the_first_unit,
         with_the_longest_of_all_units, with_the_largest_singular_value, with_the_mean_of_ten,
         with_logarithms, with_steps_multiplied, with_slopes_by_cosh, with_loops, with_the_median_slope,
         with_one_return]


@pytest.mark.parametrize("answer", RIGHT, ids=lambda answer: answer.__name__)
def test_a_right_answer_is_right_however_it_measures(here, answer):
    assert judge("6.12", answer).status == "right"


def test_every_finding_has_two_networks_and_a_clear_margin():
    found = []
    for forward, backward, x in diagnosis.networks():
        h = forward(x)
        growth = length(backward(h, np.ones(h.shape[1]))[0]) / np.sqrt(h.shape[1])
        slope = np.mean(1 - h[1:] ** 2)
        found.append(diagnosis.diagnose(forward, backward, x)[0])
        same = np.ptp([length(backward(h, unit)[0]) for unit in np.eye(h.shape[1])]) < 1e-6 * growth
        assert growth < 1e-8 or 0.05 < growth < 20 or growth > 1e6 or same and 1 / 700 < growth < 700
        assert found[-1] not in ("vanishes", "saturates") or not 0.05 < slope < 0.4
    assert all(found.count(name) >= 2 for name in NAMES)


@pytest.mark.parametrize("measure, words", [
    (lambda dh, h: (length(dh[0]), np.mean(1 - h[1:] ** 2)), "divide it by the length at h_T"),
    (lambda dh, h: (np.max(np.abs(dh[0])), np.mean(1 - h[1:] ** 2)), "largest entries"),
    (lambda dh, h: (length(dh[0]) / length(dh[-1]), np.mean(1 - h ** 2)), "You count h_0")])
def test_what_was_once_let_through_is_named(here, measure, words):
    def answer(forward, backward, x):
        h = forward(x)
        return verdict(*measure(backward(h, np.ones(h.shape[1])), h))
    judged = judge("6.12", answer)
    assert judged.status == "wrong" and words in str(judged)


@pytest.mark.parametrize("finding", NAMES)
def test_one_word_for_all_is_wrong(here, finding):
    assert judge("6.12", lambda forward, backward, x: (finding, NAMES[finding])).status == "wrong"


def test_nothing_is_changed_by_going_back():
    forward, backward, x = diagnosis.networks()[0]
    h, start = forward(x), np.ones(12)
    before = h.copy()
    backward(h, start)
    assert (h == before).all() and (start == 1).all()
