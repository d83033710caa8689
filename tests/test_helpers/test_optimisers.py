"""The optimisers, step for step as PyTorch's: torch.optim.SGD, SGD with momentum=0.9, and Adam."""

import numpy as np
import pytest

from helpers import optimisers

START = np.array([1.0, -2.0, 0.5])
GRADIENTS = np.array([[0.5, -1.0, 3.0], [-0.25, 2.0, 0.0], [4.0, 0.125, -1.0], [1e-3, -0.5, 2.0]])

# The parameters after each of four steps with learning rate 0.1, as printed by PyTorch 2.13.0 in float64.
PYTORCH = {
    "sgd": [[0.95, -1.9, 0.2], [0.975, -2.1, 0.2], [0.575, -2.1125, 0.3], [0.5749, -2.0625, 0.1]],
    "momentum": [[0.95, -1.9, 0.2], [0.93, -2.01, -0.07], [0.512, -2.1215, -0.213],
                 [0.1357, -2.17185, -0.5417]],
    "adam": [[0.900000002, -1.900000001, 0.4000000003333333],
             [0.8733662987078463, -1.9366103534720749, 0.33299417523562697],
             [0.8072516560048536, -1.9684337378859402, 0.3040806390798823],
             [0.7530801695267795, -1.9811981564105403, 0.2529781486392916]],
}
ALL = sorted(PYTORCH)


def run(name, dtype=float):
    """The parameters after each step. They are split over two arrays, as a network's are."""
    params, memory, path = {"a": START[:1].astype(dtype), "b": START[1:].astype(dtype)}, None, []
    for g in GRADIENTS.astype(dtype):
        params, memory = getattr(optimisers, name)(params, {"a": g[:1], "b": g[1:], "x": g}, memory, 0.1)
        assert set(params) == {"a", "b"}                    # a gradient of the input is no parameter
        path.append(np.concatenate([params["a"], params["b"]]))
    return np.array(path)


@pytest.mark.parametrize("name", ALL)
def test_stored_pytorch(name):
    np.testing.assert_allclose(run(name), PYTORCH[name], rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize("name", ALL)
def test_pytorch_now(name):
    torch = pytest.importorskip("torch")
    p = torch.nn.Parameter(torch.tensor(START))
    make = {"sgd": lambda: torch.optim.SGD([p], lr=0.1),
            "momentum": lambda: torch.optim.SGD([p], lr=0.1, momentum=0.9),
            "adam": lambda: torch.optim.Adam([p], lr=0.1)}
    optimiser, path = make[name](), []
    for g in GRADIENTS:
        p.grad = torch.tensor(g)
        optimiser.step()
        path.append(p.detach().numpy().copy())
    np.testing.assert_allclose(run(name), path, rtol=1e-14, atol=1e-14)


def test_adam_by_hand():
    """At the first step both corrections cancel the averaging exactly: the step is learning_rate * g /
    (|g| + eps)."""
    g = np.array([2.0, -0.5, 1e-9])
    params, _ = optimisers.adam({"w": np.zeros(3)}, {"w": g}, None, 0.01, eps=1e-8)
    np.testing.assert_allclose(params["w"], -0.01 * g / (np.abs(g) + 1e-8), rtol=1e-14)


@pytest.mark.parametrize("name", ALL)
def test_every_optimiser_finds_the_bottom_of_a_bowl(name):
    params, memory = {"w": np.array([2.0, -3.0])}, None
    for _ in range(2000):
        params, memory = getattr(optimisers, name)(params, {"w": params["w"] * [1.0, 10.0]}, memory, 0.01)
    np.testing.assert_allclose(params["w"], 0, atol=1e-6)


@pytest.mark.parametrize("name", ALL)
def test_nothing_is_changed_in_place_and_types_are_kept(name):
    update = getattr(optimisers, name)
    params, grads = {"w": np.array([1.0, 2.0], np.float32)}, {"w": np.array([3.0, 4.0], np.float32)}
    _, memory = update(params, grads, None, 0.1)
    first, _ = update(params, grads, memory, 0.1)
    second, _ = update(params, grads, memory, 0.1)          # the same memory again: it must not have moved
    np.testing.assert_array_equal(first["w"], second["w"])
    np.testing.assert_array_equal(params["w"], [1, 2])
    np.testing.assert_array_equal(grads["w"], [3, 4])
    assert first["w"].dtype == np.float32
