"""The blocks of da, one for each gate: which of them are wrong, and by what."""

import numpy as np

from exercises.engine.clear import near
from exercises.engine.words import listed
from exercises.engine.writing import capital


def departure(runs, rights):
    """The first step, on the way back, at which an answer's da is wrong, in words.

    runs: Runs. rights: the right da of each, (T, blocks, B, H).
    """
    for run, right in zip(runs, rights):
        T, scale = len(right), np.abs(right).max()
        for t in range(T, 0, -1):
            bad = [j for j, block in enumerate(right[t - 1]) if not near(run.da[t - 1, j], block, scale)]
            if bad:
                where = ("at the last step, where nothing arrives from later," if t == T else
                         "da is right at the last step; at the step before it," if t == T - 1 else
                         f"on a sequence of {T} steps, going back, da is right down to step {t + 1}; at step "
                         f"{t}")
                loss = run.problem.loss
                loss = f"with a loss at {'the ' * ('last' in loss)}{loss}, " if "alone" in loss else ""
                said = wrong_blocks(run.problem.right, t, bad, run.da[t - 1], right[t - 1], t == T)
                return capital(f"{loss}{where} {said}.")
    return ""


def wrong_blocks(s, t, bad, mine, wanted, last):
    """Which blocks of da are wrong at a step, and what these have in common, in words.

    s: the right formulas after their run. bad: the numbers of the wrong blocks. mine, wanted: da of the step,
    (blocks, B, H). last: True if nothing arrives there that may be wrong itself.
    """
    if not mine.any():
        return "da is zero"
    factors = mine[bad] / wanted[bad]
    alike = near(factors, np.broadcast_to(factors[0], factors.shape))
    factor = factor_in_words(s, t, factors[0]) if alike and last else ""
    if not hasattr(s, "gates"):
        return f"da is wrong{factor}"
    names, good = [s.gates[j] for j in bad], [gate for j, gate in enumerate(s.gates) if j not in bad]
    if len(bad) == 1:
        return f"of the blocks of da only that of {names[0]} is wrong{factor}"
    those, are = ("those", "are") if len(good) > 1 else ("that", "is")
    right = f"; {those} of {listed(good)} {are} right" if good else ""
    source = s.made_of.get("".join(names)) if alike else None
    as_if = f", in each unit by the same factor, as if {source} were wrong" if source else ""
    apart = "" if factor or source or not last else part_alike(s, names, dict(zip(names, factors)))
    return f"the blocks of {listed(names)} are wrong in da{factor or as_if or apart}{right}"


def part_alike(s, names, factors):
    """Which of the wrong blocks have a common factor, in words."""
    for together, source in s.made_of.items():
        same = set(together) < set(names) and [near(factors[gate], factors[together[0]]) for gate in together]
        if same and all(same):
            return f", those of {listed(together)} in each unit by the same factor, as if {source} were wrong"
    return ""


def factor_in_words(s, t, factor):
    """Which of the cell's own values at step t is one factor too many or too few, in words; "" if none."""
    values = {f"{gate}_t": getattr(s, gate)[t - 1] for gate in getattr(s, "gates", "")} or {"h_t": s.h[t]}
    if hasattr(s, "c"):
        values["tanh(c_t)"] = np.tanh(s.c[t])
    for name, value in values.items():
        for words, one in ((name, value), (f"1 - {name}", 1 - value), (f"1 - {name}^2", 1 - value ** 2),
                           (f"{name} (1 - {name})", value * (1 - value))):
            if near(factor, one):
                return f", by one factor too many: {words}"
            if near(factor * one, 1.0):
                return f", by one factor too few: {words}"
    return ""
