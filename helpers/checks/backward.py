"""What all exercises about the backward pass share: problems on which no mistake hides, easier ones on which some do, the forms
that turn ``specimens.Backward``, or a mistake in it, into an answer to an exercise, and the mistakes that an exercise can meet.

A problem is (params, cache, dy), the arguments of ``rnn.backward``.
"""

from functools import lru_cache, partial

import numpy as np

from helpers import gradcheck, losses, rnn, specimens
from helpers.checks.diagnose import outcome
from helpers.checks.exercise import made

SIZES = [dict(T=7, B=3, D=2, H=4, O=5), dict(T=5, B=2, D=4, H=3, O=2)]     # neither T is lesson 04's, and one is below it


def problem(seed=40, change=None, T=6, B=3, D=2, H=4, O=5):
    """A random problem. change: function of (params, x, h0) that returns them changed before the forward pass."""
    drawn = gradcheck.random_problem(np.random.default_rng(seed), T=T, B=B, D=D, H=H, O=O)
    params, x, h0 = change(drawn.params, drawn.x, drawn.h0) if change else (drawn.params, drawn.x, drawn.h0)
    cache = rnn.forward(params, x, h0)
    return params, cache, losses.squared_error(cache.y, drawn.target)[1]


def loss_at(steps, found):
    """The problem with a loss at the given steps only (-1 is the last), 100 times as large: clipping would show."""
    params, cache, dy = found
    only = np.zeros_like(dy)
    only[steps] = 100 * dy[steps]
    return params, cache, only


@lru_cache(maxsize=None)
def problems():
    """Two sizes, each with a loss at every step and once more with a loss at the last step only."""
    found = [problem(seed=40 + i, **sizes) for i, sizes in enumerate(SIZES)]
    return [instance for full in found for instance in (full, loss_at([-1], full))]


@lru_cache(maxsize=None)
def probes():
    """Easier problems: on each, some term of the backward pass vanishes. {words that follow "right when": problem}."""
    def with_W_hh(make):
        return lambda params, x, h0: ({**params, "W_hh": make(params["W_hh"])}, x, h0)

    params, cache, dy = problem()
    return {
        "T = 1": problem(T=1),
        "T = 2": problem(T=2),
        "B = 1": problem(B=1),
        "h_0 = 0": problem(change=lambda params, x, h0: (params, x, 0 * h0)),
        "x = 0": problem(change=lambda params, x, h0: (params, 0 * x, h0)),
        "W_hh = 0": problem(change=with_W_hh(np.zeros_like)),
        "W_hh is the identity": problem(change=with_W_hh(lambda W: np.eye(len(W)))),
        "W_hh is symmetric": problem(change=with_W_hh(lambda W: (W + W.T) / 2)),
        "W_hy is the identity": problem(O=4, change=lambda params, x, h0: ({**params, "W_hy": np.eye(4)}, x, h0)),
        "the states are so small that tanh is linear": (params, cache._replace(h=1e-13 * cache.h), dy),
        "only step 1 has a loss": loss_at([0], problem()),
        "only step 3 has a loss": loss_at([2], problem()),
        "only the last step has a loss": loss_at([-1], problem()),
    }


# The forms. Each takes Backward, or a subclass with a mistake, and returns a function with an exercise's arguments.

def batch(backward):
    """As ``rnn.backward``: (params, cache, dy)."""
    return partial(specimens.gradients, backward)


def one_sequence(backward):
    """A batch of one: params, x (T, D), h (T+1, H), dy (T, O)."""
    def answer(params, x, h, dy):
        return without_batch(backward(params, x[:, None], h[:, None], dy[:, None]).run())

    return answer


def one_step(backward):
    """One step in the middle of a sequence: params, x (D,), h_prev and h (H,), dy (O,), dh_later (H,)."""
    def answer(params, x, h_prev, h, dy, dh_later):
        states = np.stack([h_prev, h])[:, None]
        grads = without_batch(backward(params, x[None, None], states, dy[None, None], dh_later[None]).run())
        h_prev = grads.pop("h0")
        return {**grads, "x": grads["x"][0], "h_prev": h_prev}

    return answer


def one_answer(backward):
    """One sequence whose last step alone has an output: params, x (T, D), h (T+1, H), dy (O,)."""
    def answer(params, x, h, dy):
        return one_sequence(backward)(params, x, h, only_last(dy, len(x)))

    return answer


def answers(backward):
    """The same for a batch: params, x (T, B, D), h (T+1, B, H), dy (B, O)."""
    def answer(params, x, h, dy):
        return backward(params, x, h, only_last(dy, len(x))).run()

    return answer


def without_batch(grads):
    """The gradients of a batch of one as those of a sequence: x (T, D), h0 (H,)."""
    return {**grads, "x": grads["x"][:, 0], "h0": grads["h0"][0]}


def only_last(dy, T):
    """Put dy at step T and zeros before it."""
    every = np.zeros((T, *dy.shape))
    every[-1] = dy
    return every


# The arguments of the forms, made of a problem.

def first_sequence(found):
    """For ``one_sequence``: the first of a problem's sequences."""
    params, cache, dy = found
    return params, cache.x[:, 0], cache.h[:, 0], dy[:, 0]


def middle_step(found, t=3):
    """For ``one_step``: step t of the first sequence, the last step's dy, and something that arrives from later."""
    params, x, h, dy = first_sequence(found)
    return params, x[t - 1], h[t - 1], h[t], dy[-1], np.random.default_rng(7).standard_normal(len(h[t]))


def last_answer(found):
    """For ``one_answer``: the first sequence and its last dy."""
    params, x, h, dy = first_sequence(found)
    return params, x, h, dy[-1]


def last_answers(found):
    """For ``answers``: all sequences and their last dy."""
    params, cache, dy = found
    return params, cache.x, cache.h, dy[-1]


# Which mistakes can an exercise meet?

def mistakes(form, instances, first=(), without=()):
    """The mistakes of the plain network's backward pass that show on the instances, for ``Exercise(mistakes=...)``.

    first: classes to try before all others. without: classes to leave out, because their words do not fit the exercise.
    """
    sources = [source for source in (*first, *specimens.MISTAKES, *specimens.RARE) if source not in without]
    rare = [source.__name__ for source in specimens.RARE if source not in first]
    return occurring(sources, form, form(specimens.Backward), instances, alone=rare)()


def occurring(sources, form, reference, instances, alone=()):
    """The mistakes that an exercise can meet: their answers differ from the reference and from each other; the first is kept.

    sources: functions, or classes that ``form`` turns into functions. form, reference, instances: the exercise's.
    alone: names of the rare ones. They become functions, and are looked for alone; classes are looked for in pairs, too.
    Returns a function without arguments, for ``Exercise(mistakes=...)``: nothing is tried before it is needed.
    """
    @lru_cache(maxsize=None)
    def found():
        tried = made(instances)
        kept, known = [], [results(reference, tried)]
        for source in sources:
            is_class = isinstance(source, type)
            received = results(form(source) if is_class else source, tried)
            if received is not None and not any(alike(received, other) for other in known):
                kept.append(function_of(source, form) if is_class and source.__name__ in alone else source)
                known.append(received)
        return kept

    return found


def results(answer, instances):
    """What an answer returns on all instances, as one list of arrays.

    None if it raises or is not finite on one of them: then it needs something that the exercise does not hand over.
    """
    found = [outcome(answer, arguments) for arguments in instances]
    if any(result is None for result in found):
        return None
    received = [array for result in found for array in arrays(result)]
    return received if all(np.isfinite(array).all() for array in received) else None


def arrays(result):
    """The arrays of a dict or a tuple in order, or of a single result."""
    if isinstance(result, dict):
        result = [result[name] for name in sorted(result)]
    return [np.asarray(part) for part in (result if isinstance(result, (list, tuple)) else [result])]


def alike(one, other):
    """True if two lists of arrays agree in shapes and, to rounding, in all entries."""
    return all(a.shape == b.shape and (np.abs(a - b) <= 1e-9 * np.abs(b).max(initial=0)).all() for a, b in zip(one, other))


def function_of(mistake, form):
    """A mistake as a function, with the class's name and docstring."""
    answer = form(mistake)

    def function(*arguments):
        return answer(*arguments)

    function.__name__, function.__doc__ = mistake.__name__, mistake.__doc__
    return function
