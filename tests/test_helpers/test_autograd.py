"""The small autograd engine: every operation against the complex step, the course's network,
and what it promises."""

import gc
import re
import weakref

import numpy as np
import pytest
from hypothesis import given, strategies as st

from helpers import gradcheck, losses, rnn
from helpers.other_ways import autograd
from helpers.other_ways.autograd import Tensor

OPERATIONS = {       # one text for Tensors and for arrays
    "sum of two": lambda a, b: a + b, "difference": lambda a, b: a - b, "product": lambda a, b: a * b,
              "same twice": lambda a, b: a * a + b,
    "matmul": lambda a, b: a @ b.T, "transposed": lambda a, b: a.T * b.T, "used three times": lambda a,
              b: a * b + a - b * (a * b),
}
BROADCASTS = [((4, 3), (4, 3)), ((4, 3), (3,)), ((4, 3), (1, 3)), ((4, 3), (4, 1)), ((4, 3), ()),
              ((1, 3), (4, 1)), ((2, 4, 3), (4, 1))]


def numeric(f, a, b):
    """The gradients of f for arrays, by the complex step."""
    return gradcheck.complex_step(lambda v: f(v["a"], v["b"]), {"a": a, "b": b})


def agrees(operation, a, b):
    """The engine's gradients of sum(tanh(operation)) against the complex step's."""
    one, two = Tensor(a), Tensor(b)
    operation(one, two).tanh().sum().backward()
    expected = numeric(lambda a, b: np.tanh(operation(a, b)).sum(), a, b)
    return gradcheck.compare({"a": one.grad, "b": two.grad}, expected).agrees(1e-12)


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_has_the_right_gradient(name):
    rng = np.random.default_rng(1)
    assert agrees(OPERATIONS[name], rng.standard_normal((4, 3)), rng.standard_normal((4, 3)))


@pytest.mark.parametrize("shapes", BROADCASTS)
@pytest.mark.parametrize("name", ["sum of two", "difference", "product"])
def test_broadcasting_adds_up(name, shapes):
    rng = np.random.default_rng(2)
    assert agrees(OPERATIONS[name], *(rng.standard_normal(shape) for shape in shapes))


def network_loss(v, x, target):
    h, L = v["h0"], Tensor(0.0)
    for x_t, target_t in zip(x, target):
        h = (x_t @ v["W_xh"].T + h @ v["W_hh"].T + v["b_h"]).tanh()
        error = h @ v["W_hy"].T + v["b_y"] - target_t
        L = L + (error * error).sum() * 0.5
    return L


@given(T=st.integers(1, 6), B=st.integers(1, 3), D=st.integers(1, 3), H=st.integers(1, 4),
       O=st.integers(1, 3), seed=st.integers(0, 10 ** 6))
def test_the_courses_gradients(T, B, D, H, O, seed):
    p = gradcheck.random_problem(np.random.default_rng(seed), T=T, B=B, D=D, H=H, O=O)
    v, x = {name: Tensor(value)
            for name, value in p.variables().items() if name != "x"}, [Tensor(x_t) for x_t in p.x]
    network_loss(v, x, p.target).backward()
    found = {**{name: part.grad for name, part in v.items()}, "x": np.array([part.grad for part in x])}
    cache = rnn.forward(p.params, p.x, p.h0)
    expected = rnn.backward(p.params, cache, losses.squared_error(cache.y, p.target)[1])
    assert gradcheck.compare(found, expected).agrees(1e-12)


def test_a_sequence_may_be_long():
    """No recursion: Python would stop at about a thousand."""
    h = first = Tensor(1.0)
    for _ in range(5000):
        h = h * 1.0 + 0.0
    h.backward()
    assert first.grad == 1.0


@pytest.mark.parametrize("by", ["by the last reference", "by the collector of cycles"])
def test_a_long_past_is_freed_in_a_loop(by, monkeypatch):
    """Python's recursion when it frees a chain crashes it in a browser, at about 500 steps."""
    free, depth, depths = Tensor.__del__, 0, []

    def counted(node):
        nonlocal depth
        depth += 1
        depths.append(depth)
        free(node)
        depth -= 1

    monkeypatch.setattr(Tensor, "__del__", counted)
    h = first = Tensor(np.ones((2, 2)))
    for _ in range(2000):
        h = (h @ h.T).tanh()
    gone = weakref.ref(first)
    if "cycles" in by:
        first.last = h
    del h, first
    gc.collect()
    assert gone() is None and not Tensor.dropped
    assert len(depths) > 6000 and max(depths) == 2


def test_gradients_are_added_until_someone_sets_them_to_zero():
    a = Tensor([1.0, 2.0])
    for calls in (1, 2, 3):
        (a * a).sum().backward()
        assert np.array_equal(a.grad, calls * 2 * a.data)


def test_backward_twice_through_one_graph_adds_the_same_again():
    a = Tensor([1.0, 2.0])
    L = (a * a).sum()
    L.backward()
    L.backward()
    assert np.array_equal(a.grad, 4 * a.data)


def test_detach_stops_the_gradient_and_keeps_the_values():
    a = Tensor([1.0, 2.0])
    cut = (a * a).detach()
    (cut * a).sum().backward()
    assert np.array_equal(cut.data, [1.0, 4.0]) and np.array_equal(a.grad, cut.data)


def test_a_tensor_comes_after_its_parents():
    a = Tensor(2.0)
    b = a * a
    order = autograd.history(b + b * a)
    places = {id(node): place for place, node in enumerate(order)}
    assert len(order) == len(places) == 4
    assert all(places[id(parent)] < places[id(node)] for node in order for parent in node.parents)


@pytest.mark.parametrize("call, words", [
    (lambda: Tensor([1.0, 2.0]).backward(),
     "backward starts from one number, a loss; received shape (2,). Call .sum() first."),
    (lambda: Tensor(np.ones(3)) @ Tensor(np.ones((3, 2))), "@ takes two matrices; received shape (3,)."),
    (lambda: Tensor(np.ones((2, 3))) @ np.ones(3), "@ takes two matrices; received shape (3,)."),
    (lambda: np.ones(3) @ Tensor(np.ones((3, 2))), "@ takes two matrices; received shape (3,)."),
])
def test_bad_input_is_named(call, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        call()
