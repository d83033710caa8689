"""Numbers in words, for the alternative texts of pictures."""

import numpy as np


def listing(words):
    """One, two and three; or none."""
    *most, last = list(map(str, words)) or ["none"]
    return f"{', '.join(most)} and {last}" if most else last


def spoken(title):
    """A title without the marks of mathematics: $W_{hh}$ is W_hh."""
    return title.translate(str.maketrans("", "", "${}\\")).replace("\n", " ")


def short(number):
    """A number with two decimals at most: 0.25, 1, never -0."""
    return f"{round(float(number), 2) + 0.0:g}"


def number(value):
    """For a sentence: three digits, and powers of ten where they are shorter."""
    return "0" if value == 0 else f"{value:.2f}" if 0.01 <= value < 100 else f"{value:.0e}"


def power(number):
    """The nearest power of ten, such as 1e-5."""
    return f"1e{round(np.log10(number))}"


def at_steps(which):
    """Where an array of booleans is true, counted from 1: "at steps 1 to 4", "at step 2", "at no step"."""
    steps = np.flatnonzero(which) + 1
    if len(steps) < 2:
        return f"at step {steps[0]}" if len(steps) else "at no step"
    in_a_row = steps[-1] - steps[0] + 1 == len(steps)
    return f"at steps {steps[0]} to {steps[-1]}" if in_a_row else f"at steps {listing(steps)}"
