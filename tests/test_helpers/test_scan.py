"""Linear recurrences: scans against the loop, the complex step, and the counts that they promise."""

import re

import numpy as np
import pytest
from hypothesis import given, strategies as st

from helpers import gradcheck
from helpers.other_ways import scan

SCANS = {"loop": scan.loop, "doubling": scan.doubling, "halving": scan.halving}


@pytest.fixture(params=SCANS.values(), ids=SCANS)
def method(request):
    return request.param


def recurrence(T, H=3, batch=(2,), full=False, seed=0):
    rng = np.random.default_rng(seed)
    A = rng.uniform(-1.2, 1.2, (T, *batch, H, *((H,) if full else ())))
    return A, rng.standard_normal((T, *batch, H)), rng.standard_normal((*batch, H))


def by_hand(A, b, h0):
    """The definition, one number after the other."""
    states, h = [], h0
    for A_t, b_t in zip(A, b):
        h = (np.einsum("...ij,...j->...i", A_t, h) if A.ndim > b.ndim else A_t * h) + b_t
        states.append(h)
    return np.array(states)


@given(T=st.integers(1, 40), H=st.integers(1, 4), batch=st.sampled_from([(), (2,), (2, 3)]),
       full=st.booleans(), seed=st.integers(0, 10 ** 6))
def test_scans_give_the_states_of_the_loop(T, H, batch, full, seed):
    A, b, h0 = recurrence(T, H, batch, full, seed)
    expected = by_hand(A, b, h0)
    for method in (None, *SCANS.values()):
        np.testing.assert_allclose(scan.states(A, b, h0, method), expected, rtol=1e-9,
                                   atol=1e-9 * np.abs(expected).max())


@given(full=st.booleans(), seed=st.integers(0, 10 ** 6))
def test_combine_is_associative_and_has_an_identity(full, seed):
    A, b, _ = recurrence(3, full=full, seed=seed)
    one, two, three = ((A[t], b[t]) for t in range(3))
    left, right = scan.combine(scan.combine(one, two), three), scan.combine(one, scan.combine(two, three))
    nothing = (np.broadcast_to(np.eye(3), A[0].shape) if full else np.ones_like(A[0]), np.zeros_like(b[0]))
    for pair, expected in ((left, right), (scan.combine(one, nothing), one),
                           (scan.combine(nothing, one), one)):
        for part, wanted in zip(pair, expected):
            np.testing.assert_allclose(part, wanted, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("full", [False, True], ids=["diagonal", "full"])
@pytest.mark.parametrize("T", [1, 2, 5, 8])
def test_backward_is_the_gradient(T, full, method):
    A, b, h0 = recurrence(T, full=full)
    g = np.random.default_rng(1).standard_normal(b.shape)
    numeric = gradcheck.complex_step(lambda v: (g * scan.states(v["A"], v["b"], v["h0"])).sum(),
                                     {"A": A, "b": b, "h0": h0})
    for solver in (None, method):
        dA, db, dh0 = scan.backward(A, scan.states(A, b, h0), g, h0, solver)
        assert gradcheck.compare({"A": dA, "b": db, "h0": dh0}, numeric).agrees(1e-12)


def counts(method, T):
    """Work and depth of a scan over intervals; every combination joins neighbours, and every prefix
    is found."""
    rounds = []

    def join(first, later):
        assert (first[1] + 1 == later[0]).all()
        rounds.append(len(first[0]))
        return first[0], later[1]

    steps = np.arange(1, T + 1)
    starts, stops = method((steps, steps), join)
    assert (starts == 1).all() and (stops == steps).all()
    return sum(rounds), len(rounds)


@given(st.integers(1, 300))
def test_work_and_depth(T):
    log = int(np.ceil(np.log2(T)))
    assert counts(scan.loop, T) == (T - 1, T - 1)
    work, depth = counts(scan.doubling, T)
    assert depth == log and work == sum(T - 2 ** k for k in range(log))
    work, depth = counts(scan.halving, T)
    assert work < 2 * T and depth <= max(0, 2 * log)


def test_long_sequences_stay_finite_where_the_states_do():
    """A product of many decays may underflow to zero; it must not spoil a state."""
    A, b, h0 = np.full((3000, 1), 0.5), np.ones((3000, 1)), np.array([7.0])
    for method in SCANS.values():
        np.testing.assert_allclose(scan.states(A, b, h0, method)[-1], 2.0, rtol=1e-12)


A, B_, H0 = recurrence(5)
BAD = [
    (lambda: scan.states(A, B_, H0[0]), ValueError, "h0 must have shape (2, 3); received (3,)."),
    (lambda: scan.states(A[:4], B_, H0), ValueError, "A must have shape (5, 2, 3); received (4, 2, 3)."),
    (lambda: scan.states(A[0, 0], B_, H0), ValueError,
     "A must have shape (5, 2, 3) or (5, 2, 3, 3); received (3,)."),
    (lambda: scan.states(A, B_.tolist(), H0), TypeError, "b must be a NumPy array"),
    (lambda: scan.states(A, np.full_like(B_, np.nan), H0), ValueError,
     "b must be finite; received 30 value(s)"),
    (lambda: scan.backward(A, B_[:4], B_, H0), ValueError,
     "h must have shape (5, 2, 3); received (4, 2, 3)."),
]


@pytest.mark.parametrize("call, error, words", BAD)
def test_bad_input_is_named(call, error, words):
    with pytest.raises(error, match=re.escape(words)):
        call()
