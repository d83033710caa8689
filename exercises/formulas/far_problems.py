"""Far problems of backward passes: a loss a million times as large, and a long sequence on which a gradient lives.

On a long sequence of random weights a gradient dies out after some twenty steps, and nobody sees that it was cut
off after thirty. Here it comes back to the first state: W_hh is orthogonal, and a gate keeps most of what it has.
The states are small, so that tanh's slope stays near 1.
"""

import numpy as np

from exercises.engine.far import Far
from helpers import gru, lstm, rnn

LONG = 120
MANY_TIMES = 2.0 ** 20          # a power of 2, so that no digit changes
KEEP = 4.0                      # the bias of a gate that keeps 98 % of what it has
LARGE = ("The gradients do not grow as the loss does: a loss a million times as large has gradients a million "
         "times as large. Is something clipped or limited on its way?")


def long_sequence(cell=rnn, T=LONG, B=2, D=2, H=4, O=3):
    """(params, x, state, target) of a long sequence on which the gradient lives."""
    rng = np.random.default_rng(120)
    params = cell.init(D, H, O, rng)
    recurrent = [np.linalg.qr(block)[0] for block in np.split(params["W_hh"], len(params["W_hh"]) // H)]
    params["W_hh"] = np.concatenate(recurrent) * (1.0 if cell is rnn else 0.2)
    params |= {name: 0.001 * rng.standard_normal(p.shape) for name, p in params.items() if p.ndim == 1}
    if cell in (lstm, gru):             # the second block: the LSTM's forget gate, the GRU's update gate
        params["b_h"][H:2 * H] += KEEP
    state = 0.02 * rng.standard_normal((B, H))
    return (params, 0.02 * rng.standard_normal((T, B, D)), (state, 2 * state) if cell is lstm else state,
            rng.standard_normal((T, B, O)))


def long_problem(cell=rnn):
    """(params, cache, dy) of a long sequence with a loss at every step."""
    params, x, state, target = long_sequence(cell)
    return params, cell.forward(params, x, state), target


def larger(arguments, *losses):
    """The arguments with losses that are many times as large. losses: their places among the arguments."""
    places = [place % len(arguments) for place in losses]
    return tuple(MANY_TIMES * value if i in places else value for i, value in enumerate(arguments))


def large(arguments, *losses):
    """A problem with a large loss."""
    return Far("a loss a million times as large", larger(arguments, *losses), said=LARGE)


def far(instance, long, loss=-1):
    """The far problems of a backward pass. instance: a short one. long: a long one. loss: the place of dy among
    the arguments.
    """
    return [large(instance, loss), Far(f"a sequence of {LONG} steps", long, LONG)]
