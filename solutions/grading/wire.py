"""Plain data as bytes and back, as JSON and never as pickle: numbers, text, arrays, tuples, lists, dicts.

Both sides use this file; the sealed one gets its text. The reader trusts nothing: kinds, sizes and depth are
checked, and a message has a largest length.
"""

import base64
import json
import struct
from collections import namedtuple

import numpy as np

LARGEST = 64 * 2 ** 20          # bytes of a message
DEPTH, DIGITS, LETTERS, PARTS, FIELDS = 12, 4000, 2 ** 16, 400_000, 20
KNOWN = {}                      # (name, fields) -> the course's named tuple of that name


class Malformed(Exception):
    """Bytes that are no message."""


class Words(str):
    """Stands for a result that is no plain data: what it is."""


class Fields(dict):
    """The fields of a result that was a named tuple."""


def pack(value, functions=None):
    """A value as bytes. functions: a list into which callables are put; they travel as their place in it."""
    message = json.dumps(packed(value, functions, 0)).encode()
    if len(message) > LARGEST:
        raise Malformed("too large")
    return message


def packed(value, functions, depth):
    """A value as JSON: numbers, text, True, False and None as they are, all else as [tag, ...]."""
    def inner(values):
        return [packed(each, functions, depth + 1) for each in values]

    kind = type(value)
    if depth > DEPTH:
        raise Malformed("too deep")
    if value is None or kind in (bool, float, str) or kind is int and value.bit_length() < DIGITS:
        return value
    if kind is complex:
        return ["complex", value.real, value.imag]
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind in "biufc":
        data = base64.b64encode(np.ascontiguousarray(value).tobytes()).decode()
        return ["array" if isinstance(value, np.ndarray) else "scalar", value.dtype.str, value.shape, data]
    if isinstance(value, Words) or kind.__name__ == "Strange":
        return ["words", str(value)[:200]]
    if isinstance(value, np.random.Generator):
        return ["generator", json.dumps(value.bit_generator.state)]
    if isinstance(value, dict):
        tag = "fields" if kind.__name__ == "Fields" else "dict"
        return [tag, [[key if type(key) is int else str(key), *inner([each])] for key, each in value.items()]]
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return ["named", kind.__name__, list(value._fields), inner(value)]
    if isinstance(value, (list, tuple)):
        return ["tuple" if isinstance(value, tuple) else "list", inner(value)]
    if callable(value) and functions is not None:
        functions.append(value)
        return ["function", len(functions) - 1, getattr(value, "__name__", "function")]
    return ["words", f"a {kind.__name__}"]


def unpack(message, proxy=None):
    """The value of a message. proxy: makes a callable of (its place, its name). Raises Malformed."""
    if sum(map(message.count, (b"[", b"{", b'"'))) > PARTS:
        raise Malformed("too many parts")
    try:
        return value_of(json.loads(message), proxy)
    except Malformed:
        raise
    except (ArithmeticError, AttributeError, LookupError, MemoryError, RecursionError, TypeError,
            ValueError) as error:
        raise Malformed(type(error).__name__) from None


def value_of(node, proxy, depth=0):
    """The value of what ``packed`` made."""
    def inner(nodes):
        return [value_of(each, proxy, depth + 1) for each in nodes]

    if not isinstance(node, list):
        return node[:LETTERS] if isinstance(node, str) else node
    tag, *rest = node
    if depth > DEPTH:
        raise Malformed("too deep")
    if tag == "complex":
        return complex(*rest)
    if tag in ("array", "scalar"):
        found = array_of(*rest)
        return found[()] if tag == "scalar" else found
    if tag in ("list", "tuple"):
        return (list if tag == "list" else tuple)(inner(rest[0]))
    if tag in ("dict", "fields"):
        found = zip([key for key, _ in rest[0]], inner([each for _, each in rest[0]]))
        return (dict if tag == "dict" else Fields)(found)
    if tag == "named":
        name, fields, values = rest
        if len(fields) > FIELDS:
            raise Malformed("too many fields")
        kind = KNOWN.get((name, tuple(fields))) or namedtuple(name, fields)
        return kind(*inner(values))
    if tag == "words":
        return Words(rest[0][:200])
    if tag == "generator":
        found = np.random.default_rng()
        found.bit_generator.state = json.loads(rest[0])
        return found
    if tag == "function" and proxy:
        return proxy(*rest)
    raise Malformed("tag")


def array_of(kind, shape, data):
    """An array from its dtype, shape and bytes."""
    kind, data = np.dtype(str(kind)), base64.b64decode(data)
    sizes = [int(size) for size in shape]
    if kind.kind not in "biufc" or len(sizes) > 16 or min(sizes, default=0) < 0:
        raise Malformed("array")
    return np.frombuffer(data, kind).reshape(sizes).copy()


def frame(kind, payload=b""):
    """A message as it travels: a letter, the length, the payload."""
    return kind.encode() + struct.pack("<I", len(payload)) + payload
