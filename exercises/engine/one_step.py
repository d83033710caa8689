"""Direct evidence on one step back: what arrives is given, so da can be told from what is made of it."""

import numpy as np

from exercises.engine.blocks import factor_in_words, wrong_blocks
from exercises.engine.clear import Clear, Run, after_run, equal_in, given_to, made_of, near
from exercises.engine.clues import terms
from exercises.engine.words import listed
from exercises.engine.writing import capital
from exercises.engine.mistakes import in_reference_form

MADE_OF_DA = {"W_hh": "share_of_W_hh", "W_xh": "share_of_W_xh", "x": "dx", "h0": "dh0"}
FORMULAS = {**MADE_OF_DA, "b_h": "share_of_b_h", "W_hy": "share_of_W_hy", "b_y": "share_of_b_y"}
LSTM, PLAIN = ("da", "dh_prev", "dc_prev"), "dh_later"     # the LSTM's results; the plain step's argument


def of_one_step(exercise, received):
    """(sentences, blamed formulas, acquitted formulas); None if the exercise is not one step back."""
    if exercise.parts == LSTM:
        return of_lstm_step(exercise, received)
    if PLAIN in exercise.parameters and hasattr(exercise.formulas, "share_of_W_hh"):
        return of_plain_step(exercise, received)
    return None


def of_plain_step(exercise, received):
    """For the plain network: there db_h is da itself, and four others are made of it."""
    runs = [plain_step(exercise, *every) for every in zip(received, exercise.problems)]
    right = set.intersection(*(equal_in(run.problem.grads, run.grads) for run in runs))
    follow = set.intersection(*(equal_in(made_of(exercise.formulas, run)[1], run.grads) for run in runs))
    words, wrong = terms(exercise.formulas), [name for name in FORMULAS if name not in right]

    def labels(names):
        return listed("dh_prev" if name == "h0" else exercise.label.format(name) for name in names)

    shown = [name for name in MADE_OF_DA if name in right]
    if "b_h" in right or shown:
        blamed = {FORMULAS[name] for name in wrong}
        is_right = ("db_h is da, and it is right" if "b_h" in right else
                    f"{labels(shown)} {'are' if len(shown) > 1 else 'is'} right, so da is")
        said = f"{is_right}. What is wrong: {'; '.join(words[name] for name in words if name in blamed)}."
        acquitted = set(words) - blamed - ({"previous"} if "W_hh" in wrong else set())
        return (said,), frozenset(blamed if len(blamed) < 3 else ()), frozenset(acquitted)
    astray = [name for name in MADE_OF_DA if name not in follow and name not in right]
    factors = {factor_in_words(run.problem.right, 1, run.da[0, 0] / run.problem.right.all_da[1])
               for run in runs}
    said = [f"{labels(astray)} cannot come from your da, which is db_h."] if astray else []
    if set(MADE_OF_DA) <= follow:
        said.append("dW_hh, dW_xh, dx and dh_prev follow from your da, which is db_h. "
                    f"da itself is wrong{factors.pop() if len(factors) == 1 else ''}.")
    return tuple(said), frozenset(), frozenset(MADE_OF_DA[name] for name in MADE_OF_DA if name in follow)


def plain_step(exercise, received, problem):
    """The answer's gradients and its own da on one problem, as a Run."""
    arguments, expected = problem
    given = given_to(exercise, arguments)
    right, grads = after_run(exercise.formulas, given)
    received = in_reference_form(received, expected, exercise)
    mine = {name: np.asarray(received["h_prev" if name == "h0" else name], float).reshape(grad.shape)
            for name, grad in grads.items()}
    return Run(Clear(arguments, given, right, grads, ""), mine, mine["b_h"].reshape(1, 1, 1, -1))


def of_lstm_step(exercise, received):
    """(sentences, blamed formulas, acquitted formulas) for one step of the LSTM back.

    What arrives is given, so a single wrong block convicts its formula; what goes back along h is compared
    with W_hh^T times the answer's own da.
    """
    steps = [lstm_step(exercise, got, arguments) for got, (arguments, _) in zip(received, exercise.problems)]
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


def lstm_step(exercise, received, arguments):
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
