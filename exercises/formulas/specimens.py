"""The sixteen wrong backward passes of lesson 04: mistakes of ``backward``, each planted by itself.

    planted(name)(params, cache, dy)    the gradients with the mistake of that name
    SPECIMENS[name](params, cache, dy)  the same for the sixteen of lesson 04
    WORDS[name]                         what is wrong with it, in words
"""

from exercises.formulas.backward import MISTAKES, RARE, Backward, batch

LESSON_04 = [
    "dropped future term", "carry matrix not transposed", "carry extra tanh derivative",
    "ascending time loop", "skips first step", "tanh derivative applied twice",
    "tanh derivative at final state", "tanh derivative omitted", "recurrent outer uses current state",
    "previous state wraps to last", "first step recurrent term skipped", "recurrent outer transposed",
    "earliest step only", "bias not summed over batch", "initial state gradient wrong",
    "input gradient drops future",
]


def planted(name):
    """The backward pass with the mistake of that name: a function of (params, cache, dy)."""
    return (MISTAKES | RARE)[name].answer(Backward, batch)


SPECIMENS = {name.replace(" ", "-"): planted(name) for name in LESSON_04}
WORDS = {name.replace(" ", "-"): MISTAKES[name].what for name in LESSON_04}
