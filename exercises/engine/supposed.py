"""What a backward pass says of itself, on problems that can be seen through.

On such a problem dx, dW_xh and dW_hh each show da_t, the gradient of the pre-activations, step by step. So an
answer can be compared with itself: do its parts come from one da? Which formula, if that alone were another,
would give all that it returns?
"""

from typing import NamedTuple

import numpy as np

from exercises.engine.mistakes import in_reference_form

CLOSE = 1e-8                    # relative to the largest entry
SIZES = [(4, 1, None), (4, 1, -1), (4, 1, 1), (2, 2, None)]    # steps, sequences, the only step with a loss


class Clear(NamedTuple):
    """A problem that can be seen through.

    arguments: the exercise's. given: what its formulas are made of. right: the formulas after their run.
    grads: the right gradients, with the axis of the batch.
    """

    arguments: tuple
    given: tuple
    right: object
    grads: dict


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
    """Formulas that have run, and their gradients."""
    found = formulas(*given)
    return found, found.run()


def clear_problems(exercise):
    """The first instance of an exercise, cut short, its inputs exchanged for others of the same effect.

    Each input x_t is a one at a place of its own, so that a column of dW_xh is da_t. The last columns of W_xh
    are the identity, so that the last entries of dx_t are da_t. There are no more steps and sequences than
    hidden units, so that dW_hh can be solved for da_t. What enters the pre-activations stays the same.
    """
    found, names = [], exercise.parameters[:len(exercise.problems[0][0])]
    for T, B, only in SIZES:
        values = dict(zip(names, exercise.problems[0][0]))
        states = values["cache"]._asdict() if "cache" in values else {n: values[n] for n in ("x", "h")}
        steps, batch = len(states["x"]), states["x"].ndim == 3
        every_step = values["dy"].ndim == states["x"].ndim
        if (B > 1 and not batch) or (only == 1 and not every_step):
            continue

        def cut(array):
            if np.ndim(array) < 2:
                return array
            array = array[:T + len(array) - steps]
            return array[:, :B] if batch else array

        states = {name: cut(value) for name, value in states.items()}
        dy = cut(values["dy"]) if every_step else values["dy"][:B] if batch else values["dy"]
        if only is not None and every_step:
            dy = np.where((np.arange(T) == only % T).reshape(-1, *[1] * (dy.ndim - 1)), dy, 0.0)
        from_x = (states["x"] @ values["params"]["W_xh"].T).reshape(T * B, -1)
        width = from_x.shape[1]
        states["x"] = np.eye(T * B, T * B + width).reshape(*states["x"].shape[:-1], -1)
        values["params"] = {**values["params"], "W_xh": np.hstack([from_x.T, np.eye(width)])}
        values["dy"] = dy
        values.update({"cache": values["cache"]._replace(**states)} if "cache" in values else states)
        arguments = tuple(values[name] for name in names)
        given = given_to(exercise, arguments)
        found.append(Clear(arguments, given, *after_run(exercise.formulas, given)))
    return found


def shown(formulas, t):
    """da_t as dx_t and dW_xh show it: (blocks, sequences, units)."""
    B, H = formulas.h.shape[1:]
    return getattr(formulas, "all_da_x", formulas.all_da)[t].reshape(B, -1, H).swapaxes(0, 1).copy()


def all_shown(formulas):
    """The same for all steps, slot t-1 for step t."""
    return np.array([shown(formulas, t) for t in range(1, formulas.T + 1)])


def near(one, other, scale=None):
    """True if two arrays agree to rounding."""
    scale = np.abs(other).max(initial=0) if scale is None else scale
    return bool(np.abs(one - other).max(initial=0) <= CLOSE * (scale or 1.0))


def with_batch(exercise, received, problem):
    """An answer's gradients, {name: array} with the axis of the batch; None if they have no such shapes."""
    try:
        grads = in_reference_form(received, problem.grads, exercise)
        grads = {name: np.asarray(grads[name], float).reshape(right.shape)
                 for name, right in problem.grads.items()}
        return grads if all(np.isfinite(grad).all() for grad in grads.values()) else None
    except (KeyError, IndexError, TypeError, ValueError):
        return None


def sources(problem, grads):
    """da as dx, dW_xh and dW_hh show it, {name: (T, blocks, B, H)}; None where one shows none."""
    s, found = problem.right, {}
    T, (B, H) = s.T, s.h.shape[1:]

    def arranged(rows):
        return rows.reshape(T, B, -1, H).swapaxes(1, 2)

    columns, W_xh = T * B, s.params["W_xh"]
    from_dx = grads["x"][..., columns:]
    fits = near(from_dx @ W_xh, grads["x"], np.abs(grads["x"]).max())
    found["x"] = arranged(from_dx) if fits else None
    fits = near(grads["W_xh"][:, columns:], 0.0, np.abs(grads["W_xh"]).max())
    found["W_xh"] = arranged(grads["W_xh"][:, :columns].T.copy()) if fits else None
    before = s.h[:-1].reshape(columns, H)
    rows = np.linalg.pinv(before.T) @ grads["W_hh"].T
    fits = near(rows.T @ before, grads["W_hh"])
    found["W_hh"] = on_the_side_of_x(s, arranged(rows)) if fits else None
    return found


def on_the_side_of_x(formulas, da):
    """da on the state's side, made that of the input's side: in the GRU the last block loses its factor r."""
    if hasattr(formulas, "all_da_x"):
        da[:, -1] /= formulas.r
    return da


def made_of(formulas, given, own):
    """The formulas after a run with an answer's own da, (T, blocks, B, H), and the gradients that follow."""
    class Made(formulas):
        def back(self, t):
            super().back(t)
            da = np.concatenate(own[t - 1], axis=-1)
            if hasattr(self, "all_da_x"):
                self.all_da_x[t], self.all_da_n[t] = da, own[t - 1, -1]
                self.all_da[t] = np.concatenate([*own[t - 1, :-1], self.dm(t)], axis=-1)
            else:
                self.all_da[t] = da

    return after_run(Made, given)


# --- suppositions ---

def supposed(formulas, name):
    """The formulas, one of them off by something at each step.

    off: {step: (calls, B, H)}, added to what the formula gives, call by call. values: what it gives if it is
    right, in the same order.
    """
    right = getattr(formulas, name)

    class Supposed(formulas):
        def __init__(self, *given):
            super().__init__(*given)
            self.off, self.values = {}, {}

        def advance(self, t):
            """Step t, from what step t+1 left: what shows of it. After step 1: the first states'."""
            self.values = {}
            if t < self.T:
                self.hand_on(t + 1)
            if t == 0:
                return np.array(list(self.first().values()))
            self.back(t)
            return shown(self, t)

    def method(self, *arguments):
        value = right(self, *arguments)
        calls = self.values.setdefault(arguments[-1], [])
        calls.append(value)
        off = self.off.get(arguments[-1])
        return value if off is None or len(calls) > len(off) else value + off[len(calls) - 1]

    setattr(Supposed, name, method)
    return Supposed


def solved(formulas, name, given, own, first):
    """What a formula must give at each step so that the others, all right, give an answer's own da.

    own: da, (T, blocks, B, H). first: the answer's gradients of the first states, (states, B, H).
    Returns {step: (right values, off, which of them show)}, (calls, B, H) each; None if nothing does it.
    """
    s, found, scale = supposed(formulas, name)(*given), {}, np.abs(own).max()
    for t in range(s.T, -1, -1):
        wanted = own[t - 1] if t else first
        here = s.advance(t)
        values = {at: np.array(calls) for at, calls in s.values.items()}
        if len(values) > 1:                     # at most one step's, or the equations below are others
            return None
        for at, value in values.items():
            if value[0].shape != s.h[0].shape:
                return None
            effects = []
            for j in range(len(value)):
                s.off[at] = np.zeros_like(value)
                s.off[at][j] = 1.0
                effects.append(s.advance(t) - here)
            effects = np.moveaxis(np.array(effects), (0, 1), (3, 2))       # (B, H, equations, calls)
            missing = np.moveaxis(wanted - here, 0, 2)[..., None]
            off = np.moveaxis((np.linalg.pinv(effects) @ missing)[..., 0], 2, 0)
            s.off[at] = off
            shows = np.abs(np.moveaxis(effects, 3, 0)).max(axis=-1) > 1e-9
            found[at] = (value, off, shows)
            here = s.advance(t)
        if not near(here, wanted, scale):
            return None
    return found


def follows(formulas, name, given, found):
    """All gradients if the formula gives what ``solved`` has found."""
    s = supposed(formulas, name)(*given)
    s.off = {t: off for t, (_, off, _) in found.items()}
    return s.run()
