"""Which of the course's helpers an answer may call: all may be read, but not all are one's own work.

A grader has these at hand and no others. ``not_at_hand`` finds an answer in a notebook that calls another, so
that a check and a grade never disagree.
"""

import dis
import types

FOR_ALL = ("losses.softmax", "losses.log_softmax", "losses.squared_error", "losses.cross_entropy",
           "clip.by_global_norm", "optimisers.adam", "optimisers.momentum", "optimisers.sgd",
           "optimisers.zeros_like", "activations.sigmoid", "rnn.init", "rnn.forward", "rnn.Cache",
           "long_sequences.truncated.windows", "lstm.blocks", "lstm.Cache", "gru.Cache")
MORE = {"5.5": ["rnn.backward"], "5.8": ["rnn.backward"], "7.5": ["rnn.backward"], "7.8": ["rnn.backward"],
        "5.7": ["datasets.ALPHABET"], "10.7": ["gradcheck.complex_step"],
        "9.6": ["other_ways.scan.states", "other_ways.scan.doubling"],
        "9.11": ["other_ways.scan.backward"]}
# What an exercise asks for is not taken from there.
LESS = {"2.1": "rnn.", "2.3": "rnn.", "2.4": "losses.", "3.4": "losses.cross_entropy", "5.2": "optimisers.",
        "5.3": "optimisers.", "5.4": "clip.", "7.1": "long_sequences.", "8.2": "lstm.Cache"}
NOT_AT_HAND = ("{} is not at hand while this exercise is graded: what is asked for is your own work. "
               "Read it, and write your own.")


def at_hand(number):
    """The names of what an exercise may call, such as "helpers.rnn.forward"."""
    return [f"helpers.{name}" for name in (*FOR_ALL, *MORE.get(number, ()))
            if not name.startswith(LESS.get(number, "-"))]


def not_at_hand(number, answer):
    """The first helper that an answer calls and may not, such as "rnn.backward", or "". Runs nothing."""
    allowed, left, seen = at_hand(number), [answer], set()
    while left:
        found = left.pop()
        if type(found) is not types.FunctionType or found.__code__ in seen:
            continue
        seen.add(found.__code__)
        name = f"{found.__module__}.{found.__qualname__}"
        if not name.startswith("helpers."):
            left += named_in(found.__code__, found.__globals__)
        elif name not in allowed:
            return name.removeprefix("helpers.")
    return ""


def named_in(code, space):
    """The values of a namespace that code reads by their names, such as rnn.backward or backward."""
    before = None
    for step in dis.get_instructions(code):
        if step.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            before = space.get(step.argval)
            yield before
        elif step.opname in ("LOAD_ATTR", "LOAD_METHOD") and type(before) is types.ModuleType:
            before = vars(before).get(step.argval)
            yield before
        elif step.opname not in ("CACHE", "PUSH_NULL"):
            before = None
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            yield from named_in(inner, space)
