"""Compare a result with the reference, part by part.

Any reasonable form is accepted: a dict or another mapping, a named tuple, a dataclass or a tuple in order;
lists or arrays; float64, or float32 within its precision.
"""

from typing import NamedTuple

import numpy as np

from exercises.engine.attempt import OUTER, Fields, Strange
from exercises.engine.words import are, listed

FLOAT32 = 1e-4                  # allowed difference where a result was computed in float32


class Mismatch(Exception):
    """A result that is not made of the same parts as the reference; the message says how."""


class Part(NamedTuple):
    """One array, number, text or shape of a result, beside the reference's.

    name: what messages call it. expected, received: arrays, or the plain values.
    problem: what is wrong apart from numbers, a sentence, or None.
    wrong: which entries are wrong, a mask with the shape of expected.
    error: largest difference over the largest entry of expected.
    """

    name: str
    expected: object
    received: object
    problem: str = None
    wrong: np.ndarray = np.array(False)
    error: float = 0.0

    @property
    def right(self):
        """True if nothing is wrong."""
        return self.problem is None and not self.wrong.any()

    @property
    def worst(self):
        """The index of the entry that is furthest off."""
        apart = np.abs(self.received - self.expected)
        place = np.argmax(np.where(np.isnan(apart), np.inf, apart))
        return tuple(int(i) for i in np.unravel_index(place, apart.shape))


def compare(received, expected, exercise):
    """All Parts of a result, as a list. Raises Mismatch where its structure is not the reference's.

    received: as ``attempt`` hands it over. expected: the reference's result. exercise: has the parts' names
    and the tolerance.
    """
    with np.errstate(all="ignore"):
        return list(walk(received, expected, exercise))


def agree(received, expected, exercise):
    """True if two results agree in every part.
    As ``compare``, but what comes after the first wrong part is not looked at."""
    with np.errstate(all="ignore"):
        return all(part.right for part in walk(received, expected, exercise))


def parts_or_none(received, expected, exercise):
    """As ``compare``; None if the structure of a result is not the reference's, or there is no result."""
    try:
        return compare(received, expected, exercise)
    except Mismatch:
        return None


def walk(received, expected, exercise):
    """Yield the Parts of a result, one by one."""
    single = len(exercise.parts) == 1
    where, names = (exercise.parts[0], ()) if single else ("the result", exercise.parts)
    return parts_of(received, expected, exercise.tolerance, where, names, exercise.label, exercise.inner)


def parts_of(received, expected, tolerance, where, names=(), label="{}", inner=()):
    """Walk through both results at once and yield the Parts."""
    if received is None:
        raise Mismatch(f"{where} {are([where])} None: is a return missing?")
    if isinstance(received, Strange):
        raise Mismatch(f"{where} should be {kind_of(expected, names)}, not {received.words}.")
    if isinstance(expected, dict):
        received = named(received, expected, where, names)
        for key, wanted in expected.items():
            inside = label.format(key) if where == "the result" else f"{where}[{key!r}]"
            names_inside = tuple(f"{name} of {inside}" for name in inner)
            yield from parts_of(received[key], wanted, tolerance, inside, names_inside)
    elif isinstance(expected, (tuple, list)) and not is_shape(expected, names):
        called = [names[i] if i < len(names) else f"part {i + 1} of {where}" for i in range(len(expected))]
        for name, got, wanted in zip(called, in_order(received, expected, where, names), expected):
            names_inside = tuple(f"{one} of {name}" for one in inner)
            yield from parts_of(got, wanted, tolerance, name, names_inside)
    elif isinstance(expected, (tuple, list)):
        yield shape_part(where, expected, received)
    elif isinstance(expected, (str, bool, np.bool_)):
        right = np.ndim(received) == 0 and received == expected
        problem = None if right else f"{where} is {received!r}, and that is not right."
        yield Part(where, expected, received, problem)
    else:
        yield array_part(where, np.asarray(expected), received, tolerance)


def in_form_of(expected, received, names):
    """A right result in the reference's form: a dict for a dict, a tuple for a tuple,
    an array for an array."""
    if isinstance(expected, dict):
        received = named(received, expected, "the result", names)
        return {key: in_form_of(value, received[key], ()) for key, value in expected.items()}
    if isinstance(expected, tuple) and not is_shape(expected, names):
        parts = in_order(received, expected, "the result", names)
        return tuple(in_form_of(value, got, ()) for value, got in zip(expected, parts))
    return np.asarray(received) if isinstance(expected, np.ndarray) else received


def is_shape(expected, names):
    """True for whole numbers without names of their own: a shape, compared as one thing."""
    return not names and all(type(size) is int for size in expected)


def kind_of(expected, names):
    """What a result should be, in words."""
    if isinstance(expected, dict):
        return f"a dict with {'the keys' if len(expected) > 1 else 'the key'} {listed(map(str, expected))}"
    if isinstance(expected, (tuple, list)):
        return f"a tuple of {len(expected)}" + (f" ({listed(names)})" if names else "")
    return {str: "text", bool: "True or False"}.get(type(expected), "numbers")


def named(received, expected, where, names):
    """The result as a dict with the keys of ``expected``; a d in front of a key is allowed,
    and so are values in the order of names."""
    keys = list(expected)
    if isinstance(received, list) and names and len(received) == len(keys):
        return dict(zip(names, received))
    if not isinstance(received, dict):
        raise Mismatch(f"{where} should be {kind_of(expected, ())}, not {describe(received)}.")
    received = {own_key(key, received, expected): value for key, value in received.items()}
    odd = {"missing": [key for key in keys if key not in received],
           "not asked for": [key for key in received if key not in expected]}
    said = [f"{words}: {', '.join(map(str, found))}" for words, found in odd.items() if found]
    if said:
        raise Mismatch(f"{where} should be {kind_of(expected, ())}; {'; '.join(said)}.")
    return received


def own_key(key, received, expected):
    """The key that is meant: dW is W where W is asked for and not there by itself."""
    inner = key[1:] if isinstance(key, str) and key[:1] == "d" else key
    return inner if key not in expected and inner in expected and inner not in received else key


def in_order(received, expected, where, names):
    """The parts of a tuple, as a list in the reference's order; they may be named."""
    if isinstance(received, dict):
        if set(received) == set(names):
            return [received[name] for name in names]
        if isinstance(received, Fields):
            received = list(received.values())
    if isinstance(received, np.ndarray) and len(received.shape) > 0 and len(received) == len(expected):
        received = list(received)
    if not isinstance(received, list):
        raise Mismatch(f"{where} should be {kind_of(expected, names)}, not {describe(received)}.")
    if len(received) != len(expected):
        raise Mismatch(f"{where} should be {kind_of(expected, names)}, not of {len(received)}.")
    return received


def describe(received):
    """What a result is, in words."""
    if isinstance(received, np.ndarray):
        return f"a single array of shape {received.shape}" if received.ndim else "a single number"
    if isinstance(received, list):
        return f"a tuple or list of {len(received)}"
    kind = type(received)
    return {dict: "a dict", Fields: "a named tuple"}.get(kind, f"a single {kind.__name__}")


def shape_part(where, expected, received):
    """Compare a shape."""
    got = received.tolist() if isinstance(received, np.ndarray) else received
    if got == list(expected):
        return Part(where, expected, received)
    return Part(where, expected, received,
                f"{where} is {tuple(got)}, and that is not right." if isinstance(got, list)
                else f"{where} should be a tuple of numbers, not {got}.")


def allowed(array, tolerance):
    """The largest error that an array may have, relative to the largest entry: more in single precision."""
    return max(tolerance, FLOAT32) if array.dtype in (np.float32, np.complex64) else tolerance


def array_part(where, expected, received, tolerance):
    """Compare numbers or arrays."""
    try:
        array = np.asarray(received)
    except (TypeError, ValueError):         # a list of rows of different lengths
        array = np.array(None)
    # Booleans have no minus.
    array, expected = (part.astype(int) if part.dtype == bool else part for part in (array, expected))
    if array.dtype.kind not in "biufc":
        raise Mismatch(f"{where} should be numbers, not {describe(received)}.")
    if array.shape != expected.shape:
        return Part(where, expected, array,
                    f"{where} should have shape {expected.shape}, not {array.shape}."
                    + flattened(expected.shape, array.shape))
    if np.iscomplexobj(array) and not np.iscomplexobj(expected):
        return Part(where, expected, array, f"{where} should be real numbers, not complex ones.")
    if np.iscomplexobj(expected) and not np.iscomplexobj(array) and np.any(expected.imag):
        return Part(where, expected, array, f"{where} should be complex numbers here, not real ones: "
                                            "the imaginary part is lost.")
    scale, apart = np.abs(expected).max(initial=0), np.abs(array - expected)
    if not np.isfinite(scale):              # the reference holds nan or infinity, and so should the result
        scale = np.abs(expected[np.isfinite(expected)]).max(initial=0)
        apart = np.where((array == expected) | (np.isnan(array) & np.isnan(expected)), 0.0, apart)
    apart = apart / (scale or 1.0)
    error, wrong = float(apart.max(initial=0)), ~(apart <= allowed(array, tolerance))
    return Part(where, expected, array, None, wrong, np.inf if np.isnan(error) else error)


def flattened(wanted, found):
    """What to look at where both axes of a matrix are the same number of times too long; else ""."""
    n = max(found, default=0) // max((1, *wanted))
    return (f" If it was made by np.outer: that flattens its arrays. {OUTER}"
            if n > 1 and len(wanted) == 2 and found == (n * wanted[0], n * wanted[1]) else "")


def worst_part(compared):
    """The wrong part to look at: on the first instance that shows one, the one with the largest error;
    None if no array is wrong."""
    for parts in compared:
        wrong = [part for part in parts if not part.right and isinstance(part.expected, np.ndarray)]
        numbers = [part for part in wrong if part.problem is None]
        if wrong:
            return max(numbers, key=lambda part: part.error) if numbers else wrong[0]
    return None
