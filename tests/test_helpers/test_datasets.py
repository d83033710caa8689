"""The data: what is promised about the files, and the made-up tasks taken at their word."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from tests.benchmarks import measure
from helpers import datasets, losses

names = st.lists(st.text("abcxyz", min_size=1, max_size=8), min_size=1, max_size=6)


def test_sunspots():
    years, numbers = datasets.sunspots()
    np.testing.assert_array_equal(years, np.arange(1700, 2009))
    assert numbers.shape == (309,) and numbers.dtype == float
    assert (numbers >= 0).all() and numbers.max() == 190.2 and years[numbers.argmax()] == 1957


def test_italian_towns():
    towns = datasets.italian_towns()
    assert len(towns) == 6919 and towns == sorted(set(towns))
    assert set("".join(towns)) <= set("abcdefghijklmnopqrstuvwxyz")
    assert {len(town) for town in towns} == set(range(3, 13))
    assert {"bologna", "pisa", "palermo"} <= set(towns)


@given(names)
def test_encoded_names_can_be_read_back(names):
    x, target, mask = datasets.encode_names(names)
    T, B = max(map(len, names)) + 1, len(names)
    assert x.shape == (T, B, 27) and target.shape == mask.shape == (T, B)
    assert (x.sum(axis=-1) == 1).all() and set(np.unique(x)) == {0.0, 1.0}
    for b, name in enumerate(names):
        read = "".join(datasets.ALPHABET[c] for c in x[:, b].argmax(axis=-1)[mask[:, b]])
        said = "".join(datasets.ALPHABET[c] for c in target[:, b][mask[:, b]])
        assert read == "." + name and said == name + "."
    np.testing.assert_array_equal(mask, losses.length_mask(np.array([len(name) + 1 for name in names]), T))


@given(st.integers(1, 12), st.integers(1, 4), st.data())
def test_delayed_echo(T, B, data):
    delay = data.draw(st.integers(0, T - 1))
    x, target, mask = datasets.delayed_echo(T, B, delay, np.random.default_rng(0))
    assert x.shape == target.shape == (T, B, 1) and mask.shape == (T, B)
    assert set(np.unique(x)) <= {-1.0, 1.0}
    for t in range(T):
        assert mask[t].all() == mask[t].any() == (t >= delay)
        if t >= delay:
            np.testing.assert_array_equal(target[t], x[t - delay])


def test_delayed_echo_is_random_and_repeatable():
    first, again = (datasets.delayed_echo(50, 20, 3, np.random.default_rng(7))[0] for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert abs(first.mean()) < 0.1
    assert not np.array_equal(first[:, 0], first[:, 1])


@given(st.integers(2, 20), st.data())
def test_windows(N, data):
    length = data.draw(st.integers(1, N - 1))
    series = np.arange(N, dtype=float) ** 2
    x, target = datasets.windows(series, length)
    assert x.shape == target.shape == (length, N - length, 1)
    for b in range(N - length):
        np.testing.assert_array_equal(x[:, b, 0], series[b:b + length])
        np.testing.assert_array_equal(target[:, b, 0], series[b + 1:b + length + 1])


def test_pytorch_gradients():
    """Every kind of network is there, sizes all different, and the instances are ones on which mistakes
    show."""
    cases = datasets.pytorch_gradients()
    assert len({case["name"] for case in cases}) == len(cases) == 45
    assert {case["activation"] for case in cases} == {"tanh", "relu", "identity"}
    assert {case["loss"] for case in cases} == {"squared_error", "cross_entropy"}
    for case in cases:
        (T, B, D), (O, H) = case["x"].shape, case["params"]["W_hy"].shape
        assert T >= 5 and len({T, B, D, H, O}) == 5 and min(B, D, H, O) >= 2
        start = case["params"]["h0"] if case["h0"] is None else case["h0"]
        for array in (start, case["params"]["b_h"], case["params"]["b_y"], *case["grads"].values()):
            assert np.isfinite(array).all() and array.any()
        assert case["mask"] is None or 0 < case["mask"].sum() < case["mask"].size
        assert set(case["grads"]) == {*case["params"], "x", "h0"}
    assert sum(case["h0"] is None for case in cases) == 9
    assert sum(case["mask"] is not None for case in cases) == 18


def test_pytorch_cases_share_no_arrays():
    """Whoever changes one case in place does not change another."""
    first, second = datasets.pytorch_gradients()[:2]
    first["params"]["W_hh"][:] = 0
    first["x"][:] = 0
    assert second["params"]["W_hh"].any() and second["x"].any()


def test_the_file_is_small():
    assert (datasets.FOLDER / "pytorch_gradients.npz").stat().st_size < 300_000
    assert not list(datasets.FOLDER.glob("*.pkl"))


@pytest.mark.parametrize("path",
                         sorted(p.name for p in datasets.FOLDER.iterdir()
                                if p.suffix in {".csv", ".txt", ".npz"}))
def test_every_file_has_its_source_written_down(path):
    assert f"`{path}`" in (datasets.FOLDER / "README.md").read_text(encoding="utf-8")


def test_measured(tmp_path, monkeypatch):
    """What tests/benchmarks/measure.py writes comes back: numbers as floats, words as words,
    the machine beside them."""
    for module in (measure, datasets):
        monkeypatch.setattr(module, "FOLDER", tmp_path)
    measure.write("example",
                  [{"method": "full", "T": 100, "seconds": 0.25},
                   {"method": "in pieces", "T": 1000, "seconds": 1e-3}])
    machine, rows = datasets.measured("example")
    assert machine == measure.machine() and "numpy" in machine
    assert rows == [{"method": "full", "T": 100.0, "seconds": 0.25},
                    {"method": "in pieces", "T": 1000.0, "seconds": 0.001}]
    with pytest.raises(ValueError, match="name must be one of 'example'"):
        datasets.measured("exmaple")
