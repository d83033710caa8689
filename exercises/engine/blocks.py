"""The blocks of da, one for each gate: which are wrong, by what, and what that says of one step back."""

import numpy as np

from exercises.engine.clear import near
from exercises.engine.clues import terms
from exercises.engine.words import listed
from exercises.engine.mistakes import in_reference_form


def capital(sentence):
    """The sentence with a capital, unless it begins with a name from the code."""
    return sentence if sentence.startswith("d") else sentence[:1].upper() + sentence[1:]


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


def of_one_step(exercise, received):
    """(sentences, blamed formulas, acquitted formulas) for one step of the LSTM back.

    What arrives is given, so a single wrong block convicts its formula; what goes back along h is compared
    with W_hh^T times the answer's own da.
    """
    steps = [one_step(exercise, got, arguments) for got, (arguments, _) in zip(received, exercise.problems)]
    bad = sorted(set().union(*(step["bad"] for step in steps)))
    s, mine, wanted = (steps[0][name] for name in ("s", "mine", "wanted"))
    told = {wrong_blocks(step["s"], 2, bad, step["mine"], step["wanted"], True) for step in steps if bad}
    said = [capital(f"{words}.") for words in told if len(told) == 1]
    follows, kept = (all(step[name] for step in steps) for name in ("follows", "kept"))
    names = "".join(s.gates[j] for j in bad)
    blamed = {f"da_{names}"} if len(names) == 1 else set()
    factors = [step["mine"][bad] / step["wanted"][bad] for step in steps]
    if names == "ifg" and not kept and all(near(one, np.broadcast_to(one[0], one.shape)) for one in factors):
        blamed |= {"dc", "from_hidden"}
    if not follows:
        said.append("dh_prev is not W_hh^T times your da.")
        blamed.add("carry_h")
    elif bad:
        said.append("dh_prev is W_hh^T times your da, as it should be: what is wrong there comes from da.")
    if not kept and not set(names) & set("ifg"):
        said.append("dc_prev is wrong, and the dc_t in the blocks of i, f and g is right.")
        blamed.add("carry_c")
    right = {f"da_{gate}" for gate in s.gates if gate not in names} | ({"carry_h"} if follows else set())
    return tuple(said), frozenset(blamed), frozenset(right & set(terms(exercise.formulas)))


def one_step(exercise, received, arguments):
    """What one problem shows.

    s: the formulas after their run. mine, wanted: da, (blocks, 1, H). bad: which blocks differ.
    follows: does dh_prev follow from the answer's da? kept: is dc_prev right?
    """
    caught = []

    class Caught(exercise.formulas):
        def __init__(self, *given):
            super().__init__(*given)
            caught.append(self)

    expected = exercise.form(Caught)(*arguments)
    s, (da, dh_prev, dc_prev) = caught[0], in_reference_form(received, expected, exercise)
    mine, wanted = (np.asarray(one, float).reshape(len(s.gates), 1, -1) for one in (da, expected[0]))
    return {"s": s, "mine": mine, "wanted": wanted,
            "bad": {j for j, block in enumerate(wanted) if not near(mine[j], block, np.abs(wanted).max())},
            "follows": near(dh_prev, np.asarray(da) @ s.params["W_hh"]), "kept": near(dc_prev, expected[2])}
