"""Small, readable tools for learning backpropagation through time (BPTT). Read them.

Data flows one way::

    data -> forward -> loss -> backward -> clip -> optimiser

Each arrow is a module: ``datasets``, ``rnn``, ``lstm`` or ``gru`` (forward and backward), ``losses``,
``clip``, ``optimisers``; ``training`` joins them. ``gradcheck`` and ``equations`` prove them.
Beside the flow are four rooms:

    long_sequences   in windows, or with few stored states
    pathologies      what happens to a gradient on its way back, and where to start, so that it arrives
    other_ways       to the same gradient, and what they cost
    fast             the same gradients in one verb, for speed

Nothing here knows the packages that use it: ``exercises`` judges answers, ``pictures`` draws.
Arrays are time-major: ``x`` has shape (T, B, D)."""

from helpers import former_names       # noqa: F401 (for what it does when it is imported)
