"""Linear recurrences h_t = A_t h_{t-1} + b_t: by a loop, and by scans that need about log2 T rounds.

A step is a pair (A, b), the map h -> A h + b. Two steps in a row are one step of the same kind (``combine``),
and it does not matter which two neighbours are put together first. So all T states can be found in rounds,
each of which a parallel computer does at once.

    loop        T - 1 combinations, one after the other: what the others are compared with
    doubling    about T log2 T combinations in log2 T rounds           (Hillis and Steele 1986)
    halving     less than 2 T combinations in about 2 log2 T rounds    (Blelloch 1990)

A is (T, ..., H), and acts entry by entry: H recurrences that do not mix, a diagonal matrix.
Or it is (T, ..., H, H), a full matrix; then each combination multiplies matrices. b is (T, ..., H).
As in all arrays of steps, A[t-1] and b[t-1] belong to step t."""

import numpy as np

from helpers import validate
from helpers.hints import Array, Callable

Pair = tuple[Array, ...]        # steps, or one step: (A, b)
Scan = Callable[[Pair], Pair]


def apply(A: Array, h: Array) -> Array:
    """A h, for a diagonal A (..., H) or a full one (..., H, H). h: (..., H)."""
    return A * h if A.ndim == h.ndim else (A @ h[..., None])[..., 0]


def combine(first: Pair, later: Pair) -> Pair:
    """Two steps as one. first, later: pairs (A, b); h -> A h + b. Returns the pair of: first, then later."""
    (A_1, b_1), (A_2, b_2) = first, later
    return (A_2 * A_1 if A_1.ndim == b_1.ndim else A_2 @ A_1), apply(A_2, b_1) + b_2


def loop(steps: Pair, combine: Callable[[Pair, Pair], Pair] = combine) -> Pair:
    """All prefixes of a sequence of steps, one after the other.
    steps: the pair (A, b) with T steps along the first axis. Returns the pair of prefixes:
    entry t is steps 1 ... t+1 as one. combine: what puts two pairs together."""
    found = [cut(steps, slice(0, 1))]
    for t in range(1, len(steps[1])):
        found.append(combine(found[-1], cut(steps, slice(t, t + 1))))
    return tuple(np.concatenate(parts) for parts in zip(*found))


def doubling(steps: Pair, combine: Callable[[Pair, Pair], Pair] = combine) -> Pair:
    """As ``loop``: each round combines every entry with the one 1, 2, 4, ... places before it."""
    T, distance = len(steps[1]), 1
    while distance < T:
        grown = combine(cut(steps, slice(0, T - distance)), cut(steps, slice(distance, T)))
        steps = tuple(np.concatenate([part[:distance], new]) for part, new in zip(steps, grown))
        distance *= 2
    return steps


def halving(steps: Pair, combine: Callable[[Pair, Pair], Pair] = combine) -> Pair:
    """As ``loop``: combine neighbours to half as many steps, scan those, then fill in the places between."""
    T = len(steps[1])
    if T == 1:
        return steps
    pairs = combine(cut(steps, slice(0, T - 1, 2)), cut(steps, slice(1, T, 2)))
    ends = halving(pairs, combine)                              # right for the places 1, 3, 5, ...
    found = tuple(np.empty_like(part) for part in steps)
    for part, step, end in zip(found, steps, ends):
        part[0], part[1::2] = step[0], end
    if T > 2:
        between = combine(cut(ends, slice(0, (T - 1) // 2)), cut(steps, slice(2, T, 2)))
        for part, new in zip(found, between):
            part[2::2] = new
    return found


def cut(steps: Pair, piece: slice) -> Pair:
    """Some of the steps. piece: a slice."""
    return tuple(part[piece] for part in steps)


def states(A: Array, b: Array, h0: Array, scan: Scan | None = None) -> Array:
    """h_t = A_t h_{t-1} + b_t for t = 1 ... T.
    A: (T, ..., H) or (T, ..., H, H). b: (T, ..., H). h0: (..., H).
    scan: ``loop``, ``doubling`` or ``halving``; None for the plain loop over time: it combines no two steps.
    Returns h_1 ... h_T, (T, ..., H). Raises TypeError or ValueError for bad input, naming the argument."""
    check(A, b, h0)
    if scan:
        maps, ends = scan((A, b))
        return apply(maps, np.broadcast_to(h0, b.shape)) + ends
    h = np.empty(b.shape, np.result_type(A, b, h0))
    for t in range(len(b)):
        h[t] = apply(A[t], h[t - 1] if t else h0) + b[t]
    return h


def backward(A: Array, h: Array, dh_direct: Array, h0: Array,
             scan: Scan | None = None) -> tuple[Array, Array, Array]:
    """Gradients of a linear recurrence: a linear recurrence, too, from the last step to the first.
    A, scan: as in ``states``. h: the states, (T, ..., H). h0: (..., H).
    dh_direct: what each state's own loss contributes, (T, ..., H). The total gradients obey
    dh_t = dh_direct_t + A_{t+1}^T dh_{t+1}. Returns (dA, db, dh0), in the shapes of A, b and h0."""
    check(A, dh_direct, h0)
    validate.floats("h", h, dh_direct.shape)
    transposed = A.swapaxes(-1, -2) if A.ndim > h.ndim else A
    # A_T^T ... A_2^T; nothing arrives at the last step
    onward = np.concatenate([np.ones_like(A[:1]), transposed[:0:-1]])
    dh = states(onward, dh_direct[::-1], np.zeros_like(h0), scan)[::-1]
    before = np.concatenate([h0[None], h[:-1]])
    dA = dh[..., :, None] * before[..., None, :] if A.ndim > h.ndim else dh * before
    return dA, dh, apply(transposed[0], dh[0])


def check(A: Array, b: Array, h0: Array) -> None:
    """Raise a clear error unless A, b and h0 fit together."""
    validate.array("b", b, ("T", *np.shape(b)[1:]))
    validate.floats("b", b, b.shape)
    if np.ndim(A) not in (b.ndim, b.ndim + 1):
        raise ValueError(f"A must have shape {b.shape} or {(*b.shape, b.shape[-1])}; received {np.shape(A)}.")
    validate.floats("A", A, b.shape if np.ndim(A) == b.ndim else (*b.shape, b.shape[-1]))
    validate.floats("h0", h0, b.shape[1:])
