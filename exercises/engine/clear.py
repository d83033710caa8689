"""Problems on which a wrong backward pass can be compared with itself.

On them dx, dW_xh and dW_hh each show da_t, the gradient of the pre-activations, step by step. So it can be
told whether an answer's parts come from one da, and where, on the way back, that da goes wrong.
"""

from typing import NamedTuple

import numpy as np

from exercises.engine.mistakes import in_reference_form

LARGE = 1e100                   # a gradient beyond it is not looked at
CLOSE = 1e-8                    # allowed difference, relative to the largest entry
# Steps, sequences, and what is made of dy; for a loss at every step, and for one at the end.
EVERY_STEP = [(4, 1, "as it is"), (4, 1, "last step alone"), (4, 1, "step 2 alone"), (2, 2, "reversed"),
              (4, 1, "reversed")]
AT_THE_END = [(4, 1, "as it is"), (4, 1, "rolled"), (3, 1, "as it is"), (2, 2, "as it is")]
CHANGES = {
    "as it is": lambda dy: dy,
    "last step alone": lambda dy: at_one_step(dy, len(dy) - 1),
    "step 2 alone": lambda dy: at_one_step(dy, 1),
    "reversed": lambda dy: dy[::-1],
    "rolled": lambda dy: np.roll(dy, 1, axis=-1),
}


class Clear(NamedTuple):
    """A problem that can be seen through.

    arguments: the exercise's. given: what its formulas are made of. right: the formulas after their run.
    grads: the right gradients, with the axis of the batch. loss: what is made of dy, a key of CHANGES.
    """

    arguments: tuple
    given: tuple
    right: object
    grads: dict
    loss: str


class Run(NamedTuple):
    """An answer on such a problem. grads: its gradients. da: its own, (T, blocks, B, H), or None."""

    problem: Clear
    grads: dict
    da: np.ndarray = None


def near(one, other, scale=None):
    """True if two arrays agree to rounding."""
    scale = np.abs(other).max(initial=0) if scale is None else scale
    return bool(np.abs(one - other).max(initial=0) <= CLOSE * (scale or 1.0))


def given_to(exercise, arguments):
    """What the form of an exercise hands to its formulas."""
    caught = []

    class Caught(exercise.formulas):
        def __init__(self, *given):
            caught.append(given)
            super().__init__(*given)

    exercise.form(Caught)(*arguments)
    return caught[0]


def after_run(formulas, given):
    """The formulas after a run, and their gradients."""
    found = formulas(*given)
    return found, found.run()


def clear_problems(exercise):
    """The first instance of an exercise, cut short, its inputs exchanged for others of the same effect."""
    values, found = dict(zip(exercise.parameters, exercise.problems[0][0])), []
    states = values["cache"]._asdict() if "cache" in values else {name: values[name] for name in ("x", "h")}
    batch, every_step = states["x"].ndim == 3, values["dy"].ndim == states["x"].ndim
    for T, B, loss in EVERY_STEP if every_step else AT_THE_END:
        if (B > 1 and not batch) or (loss == "reversed" and batch and B == 1):
            continue
        longer, B = T - len(states["x"]), B if batch else None
        short = {name: cut(value, longer, B) for name, value in states.items()}
        dy = cut(values["dy"], longer, B) if every_step else values["dy"][:B] if batch else values["dy"]
        dy = CHANGES[loss](dy).copy()
        x, W_xh = one_at_a_time(short["x"], values["params"]["W_xh"])
        changed = {**values, "params": {**values["params"], "W_xh": W_xh}, "dy": dy}
        short["x"] = x
        changed |= {"cache": values["cache"]._replace(**short)} if "cache" in values else short
        arguments = tuple(changed.values())
        given = given_to(exercise, arguments)
        found.append(Clear(arguments, given, *after_run(exercise.formulas, given), loss))
    return found


def at_one_step(dy, slot):
    """dy with zeros in all slots but one."""
    alone = np.zeros_like(dy)
    alone[slot] = dy[slot]
    return alone


def cut(array, longer, B):
    """The first steps of an array over time, and its first sequences. longer: than the others, below zero."""
    if np.ndim(array) < 2:
        return array
    array = array[:len(array) + longer]
    return array if B is None else array[:, :B]


def one_at_a_time(x, W_xh):
    """Inputs and weights with the same products, in which each input is a one at a place of its own.

    A column of dW_xh is then da of one step and sequence. The last columns of W_xh are the identity, so that
    the last entries of dx are da, too.
    """
    products = (x @ W_xh.T).reshape(-1, len(W_xh))
    ones = np.eye(len(products), sum(products.shape))
    return ones.reshape(*x.shape[:-1], -1), np.hstack([products.T, np.eye(len(W_xh))])


def gradients(exercise, received, problem):
    """An answer's gradients, {name: array} with the axis of the batch; None if they have no such shapes."""
    try:
        grads = in_reference_form(received, problem.grads, exercise)
        grads = {name: np.asarray(grads[name], float).reshape(right.shape)
                 for name, right in problem.grads.items()}
        return grads if all((np.abs(grad) < LARGE).all() for grad in grads.values()) else None
    except (KeyError, IndexError, TypeError, ValueError):
        return None


def shown(formulas, t):
    """da_t as dx_t and dW_xh show it, (blocks, B, H)."""
    B, H = formulas.h.shape[1:]
    return getattr(formulas, "all_da_x", formulas.all_da)[t].reshape(B, -1, H).swapaxes(0, 1).copy()


def all_shown(formulas):
    """The same for all steps, slot t-1 for step t."""
    return np.array([shown(formulas, t) for t in range(1, formulas.T + 1)])


def sources(problem, grads):
    """da as dx, dW_xh and dW_hh show it, {name: (T, blocks, B, H)}; without those that show none.

    There are no more steps and sequences than hidden units, so dW_hh can be solved for da.
    """
    s, found = problem.right, {}
    T, (B, H) = s.T, s.h.shape[1:]

    def arranged(rows):
        return rows.reshape(T, B, -1, H).swapaxes(1, 2)

    from_dx, columns = grads["x"][..., T * B:], grads["W_xh"][:, :T * B]
    if near(from_dx @ s.params["W_xh"], grads["x"], np.abs(grads["x"]).max()):
        found["x"] = arranged(from_dx)
    if near(grads["W_xh"][:, T * B:], 0.0, np.abs(columns).max()):
        found["W_xh"] = arranged(columns.T.copy())
    before = s.h[:-1].reshape(T * B, H)
    rows = np.linalg.pinv(before.T) @ grads["W_hh"].T
    if near(rows.T @ before, grads["W_hh"]):
        found["W_hh"] = arranged(rows)
        if hasattr(s, "all_da_x"):              # the GRU's last block has the reset gate in it
            found["W_hh"][:, -1] /= s.r
    return found


def made_of(formulas, run):
    """The formulas after a run with an answer's own da, and the gradients that follow from it."""
    class Made(formulas):
        def back(self, t):
            super().back(t)
            blocks = run.da[t - 1]
            da = np.concatenate(blocks, axis=-1)
            if hasattr(self, "all_da_x"):
                self.all_da_x[t], self.all_da_n[t] = da, blocks[-1]
                da = np.concatenate([*blocks[:-1], self.dm(t)], axis=-1)
            self.all_da[t] = da

    return after_run(Made, run.problem.given)


def equal_in(made, grads):
    """The names of the gradients that are equal in two dicts."""
    return {name for name in grads if near(made[name], grads[name])}


def one_factor(mine, right):
    """The number by which all gradients were multiplied, or None."""
    mine, right = (np.concatenate([np.ravel(every[name]) for name in right]) for every in (mine, right))
    factor = mine @ right / (right @ right)
    return factor if near(mine, factor * right, np.abs(right).max()) else None
