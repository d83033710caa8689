"""Training: the whole flow on small tasks, and each of its stages where it can go wrong."""

import numpy as np
import pytest

from helpers import clip, datasets, gradcheck, losses, optimisers, rnn, training


def problem():
    return gradcheck.random_problem(np.random.default_rng(0))


def batches(count, seed=0, T=8, delay=2):
    rng = np.random.default_rng(seed)
    return (datasets.delayed_echo(T, 16, delay, rng) for _ in range(count))


def test_loss_and_gradients():
    """The mean over the steps that count, and gradients that belong to it."""
    p, mask = problem(), np.random.default_rng(1).random((6, 3)) < 0.5
    value, grads = training.loss_and_gradients(rnn, p.params, p.x, p.target, losses.squared_error, mask, p.h0,
                                               "mean")

    def f(variables):
        params = {name: variables[name] for name in p.params}
        y = rnn.forward(params, variables["x"], variables["h0"]).y
        return losses.squared_error(y, p.target, mask)[0] / mask.sum()

    assert value == pytest.approx(f(p.variables()), rel=1e-14)
    assert gradcheck.compare(grads, gradcheck.complex_step(f, p.variables())).agrees(1e-12)


def test_it_learns_what_needs_memory():
    """An echo of two steps ago: without memory nothing is better than a loss of 0.5 per step."""
    params = rnn.init(1, 12, 1, np.random.default_rng(0))
    _, history = training.fit(rnn, params, batches(400), losses.squared_error, learning_rate=0.02)
    assert history["loss"][0] > 0.4
    assert history["loss"][-20:].mean() < 0.02


def test_one_update_is_forward_loss_backward_clip_optimiser():
    p = problem()
    value, grads = training.loss_and_gradients(rnn, p.params, p.x, p.target, losses.squared_error,
                                               reduction="mean")
    grads = {name: grads[name] for name in p.params}
    clipped, norm = clip.by_global_norm(grads, 0.1)
    expected, _ = optimisers.momentum(p.params, clipped, None, 0.5)
    params, history = training.fit(rnn, p.params, [(p.x, p.target, None)], losses.squared_error, 0.5,
                                   optimisers.momentum, max_norm=0.1)
    assert norm > 0.1
    np.testing.assert_array_equal(history["loss"], [value])
    np.testing.assert_array_equal(history["norm"], [norm])              # before clipping
    for name in expected:
        np.testing.assert_array_equal(params[name], expected[name])


def test_clipping_limits_the_step():
    p = problem()
    for max_norm, length in ((1e-3, 1e-3), (None, None)):
        params, history = training.fit(rnn, p.params, [(p.x, p.target, None)], losses.squared_error, 1.0,
                                       optimisers.sgd, max_norm)
        step = np.sqrt(sum(((params[name] - p.params[name]) ** 2).sum() for name in params))
        assert step == pytest.approx(length or history["norm"][0], rel=1e-9)


def test_the_optimiser_keeps_its_memory_between_updates():
    p, batch = problem(), (problem().x, problem().target, None)
    two, _ = training.fit(rnn, p.params, [batch] * 2, losses.squared_error, 0.01, optimisers.momentum)
    one, _ = training.fit(rnn, p.params, [batch], losses.squared_error, 0.01, optimisers.momentum)
    one_more, _ = training.fit(rnn, one, [batch], losses.squared_error, 0.01, optimisers.momentum)
    assert not np.allclose(two["W_hh"], one_more["W_hh"], atol=1e-6)


def test_start_values_are_not_changed():
    p, before = problem(), problem().params
    training.fit(rnn, p.params, [(p.x, p.target, None)] * 3, losses.squared_error, 0.1)
    for name in before:
        np.testing.assert_array_equal(p.params[name], before[name])


def test_the_mask_reaches_the_loss():
    p, mask = problem(), losses.last_step_mask(np.array([6, 2, 4]), 6)
    _, history = training.fit(rnn, p.params, [(p.x, p.target, mask)], losses.squared_error, 0.1)
    y = rnn.forward(p.params, p.x).y
    assert history["loss"][0] == pytest.approx(0.5 * ((y - p.target)[mask] ** 2).sum() / 3)


def test_a_learned_first_state_is_learned():
    p = problem()
    params = {**p.params, "h0": np.zeros(4)}
    trained, _ = training.fit(rnn, params, [(p.x, p.target, None)] * 3, losses.squared_error, 0.1)
    assert trained["h0"].shape == (4,) and trained["h0"].any()


def test_the_same_seed_gives_the_same_training():
    runs = [training.fit(rnn, rnn.init(1, 5, 1, np.random.default_rng(3)), batches(20), losses.squared_error,
                         0.01)
            for _ in range(2)]
    np.testing.assert_array_equal(runs[0][1]["loss"], runs[1][1]["loss"])


def test_characters():
    """A step of the character model: cross-entropy starts near log 27 and falls."""
    batch = datasets.encode_names(datasets.italian_towns()[:32])
    params = rnn.init(27, 16, 27, np.random.default_rng(0))
    _, history = training.fit(rnn, params, [batch] * 30, losses.cross_entropy, 0.02)
    assert history["loss"][0] == pytest.approx(np.log(27), abs=0.5)
    assert history["loss"][-1] < 0.75 * history["loss"][0]
