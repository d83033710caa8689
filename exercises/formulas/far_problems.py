"""Far problems: larger numbers, a loss a million times as large, a large first state, and a long sequence.

With random weights a gradient dies out after some twenty steps, and nobody sees that it was cut off after
thirty. Here it comes back to the first state: W_hh is orthogonal, and gates keep most of what they have. The
states are small, so that tanh's slope stays near 1.
"""

import numpy as np

from exercises.engine.far import Far
from helpers import rnn

LONG = 120
BACK = (0, 1, 3, 10, 37, 75, 112)       # steps before the last: where a single loss is put
MANY_TIMES = 2.0 ** 20                  # a power of 2, so that no digit changes
KEEP = 4.0                              # the bias of a gate that keeps 98 % of what it has
TIMES = 32.0                            # less than a million: exp must not overflow
LIMITED = "Is something clipped or limited on its way?"
LARGE = ("The gradients do not grow as the loss does: a loss a million times as large makes them a million "
         "times as large. Is something clipped or limited on its way?")


def long_sequence(cell=rnn, T=LONG, B=2, D=2, H=4, O=3):
    """(params, x, state, target) of a long sequence on which the gradient lives."""
    rng, gated = np.random.default_rng(120), cell is not rnn
    params = cell.init(D, H, O, rng)
    recurrent = [np.linalg.qr(block)[0] for block in np.split(params["W_hh"], len(params["W_hh"]) // H)]
    params["W_hh"] = np.concatenate(recurrent) * (0.2 if gated else 1.0)
    params |= {name: 0.001 * rng.standard_normal(p.shape) for name, p in params.items() if p.ndim == 1}
    if gated:                           # the second block: the LSTM's forget gate, the GRU's update gate
        params["b_h"][H:2 * H] += KEEP
    x, state = 0.02 * rng.standard_normal((T, B, D)), 0.02 * rng.standard_normal((B, H))
    state = (state, 2 * state) if "c" in cell.Cache._fields else state
    return params, x, state, rng.standard_normal((T, B, O))


def long_problem(cell=rnn):
    """(params, cache, dy) of a long sequence with a loss at every step."""
    params, x, state, dy = long_sequence(cell)
    return params, cell.forward(params, x, state), dy


def large(arguments, *losses):
    """A problem with a large loss. losses: the places among the arguments of what is to be larger."""
    places = [place % len(arguments) for place in losses]
    return Far("with a loss a million times as large", tuple(
        MANY_TIMES * value if i in places else value for i, value in enumerate(arguments)), LARGE)


def larger(arguments, *places, times=TIMES):
    """A problem with larger numbers, where a limit of 5 shows.

    places: of the arguments that are to be larger; without any, all.
    """
    return Far("with larger numbers", tuple(
        enlarged(value, times) if i in (places or range(len(arguments))) else value
        for i, value in enumerate(arguments)), LIMITED, limits=False)


def enlarged(value, times=TIMES):
    """An array, a number, or those in a dict or a list, times a number."""
    if isinstance(value, dict):
        return {name: enlarged(entry, times) for name, entry in value.items()}
    return [enlarged(entry, times) for entry in value] if isinstance(value, list) else times * value


def from_large_state(form, cell=rnn, T=4, B=2, D=2, H=4, O=3):
    """A problem of a backward pass that begins with a large state, for a limit of h_0 or c_0.

    W_hh is small, so that tanh keeps its slope. form: as in ``far``, a function of (params, cache, dy).
    """
    rng = np.random.default_rng(121)
    params, state = cell.init(D, H, O, rng), TIMES * rng.standard_normal((B, H))
    params["W_hh"] /= TIMES
    if "b_x" in params:                 # the GRU: large is what its reset gate multiplies, too
        params["b_h"][2 * H:] += 10
        params["b_x"][2 * H:] -= 5
    state = (state, state[::-1]) if "c" in cell.Cache._fields else state
    cache = cell.forward(params, rng.standard_normal((T, B, D)), state)
    return Far("from a large first state", form((params, cache, rng.standard_normal((T, B, O)))), LIMITED)


def long(arguments, loss=-1, without=0.0):
    """A long sequence. loss: the place of dy among the arguments, or of what makes it; there ``without``
    stands for no loss."""
    def alone():
        loss_at, found = arguments[loss], {}
        for step in (LONG - back for back in BACK):
            given = list(arguments)
            given[loss] = without + np.zeros_like(loss_at)
            given[loss][step - 1] = loss_at[step - 1]
            found[step] = tuple(given)
        return found

    one_loss = len(arguments[loss]) != LONG         # that of the last step
    return Far(f"on a sequence of {LONG} steps", arguments, steps=LONG,
               alone=(lambda: {LONG: arguments}) if one_loss else alone)


def far(short, long_one, loss=-1):
    """The far problems of a backward pass. short, long_one: its arguments. loss: the place of dy in them."""
    return [large(short, loss), long(long_one, loss)]
