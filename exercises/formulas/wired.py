"""The network with wires of lesson 04, in which each unit also hears what it was k steps ago:

    a_t = W_hh h_{t-1} + W_xh x_t + b_h + g * h_{t-k}        without the last term where t < k

Here are its backward pass, one method per formula, the mistakes in it, and problems.
"""

from functools import partial

import numpy as np

from exercises.engine.far import Far
from exercises.engine.mistakes import row
from exercises.formulas import backward, far_problems
from exercises.formulas.backward import Backward
from helpers import gradcheck


def states(params, x, h0, k, first=False, squares=False):
    """The states of one sequence, (T+1, H). params: as for ``Wired``. x: (T, D). h0: (H,).

    first: h_0 stands before the start, too. squares: wires bring the squares of the states.
    """
    h = [h0]
    for t in range(1, len(x) + 1):
        a = params["W_hh"] @ h[t - 1] + params["W_xh"] @ x[t - 1] + params["b_h"]
        heard = h[max(t - k, 0)] ** (1 + squares)
        h.append(np.tanh(a + params["g"] * heard if first or t >= k else a))
    return np.stack(h)


class Wired(Backward):
    """Backpropagation through time with wires. Arguments as those of ``Backward``; params holds g (H,), too.

    k: how far back the wires reach.
    """

    weights = (*Backward.weights, "g")

    def __init__(self, params, x, h, dy, k):
        super().__init__(params, x, h, dy)
        self.k = k

    def wired(self, t):
        """what arrives at h_t along the wires, g da_{t+k}"""
        return self.params["g"] * self.all_da[t + self.k] if t + self.k <= self.T else 0 * self.h[t]

    def dh(self, t):
        """dh_t, the direct effect, dh_later and what arrives along the wires"""
        return self.direct(t) + self.later(t) + self.wired(t)

    def heard(self, t):
        """what the wires bring to step t, h_{t-k}"""
        return self.h[t - self.k] if t >= self.k else 0 * self.h[t]

    def share_of_g(self, t):
        """one step's share of dg, da_t h_{t-k} entry by entry"""
        return (self.all_da[t] * self.heard(t)).sum(axis=0)

    def dh0(self):
        """the first state's gradient, dh_later after step 1 and what arrives along the wires"""
        return self.arriving + self.wired(0)


MISTAKES = {
    "wire forgotten on the way back": row("04, Exercise 4.11", dict(wired=lambda s, t: 0 * s.h[t]),
        "Nothing that comes back along the wires is left in the result.",
        "h_t has three readers: y_t, a_{t+1} and a_{t+k}. Three readers are three paths, and paths add up. "
        "If your code has the wire: does a later = overwrite what it has put there?"),
    "wire into the first state forgotten": row("04, Exercise 4.11", dict(dh0=lambda s: s.arriving),
        "dh_0 leaves out the wire.",
        "h_0 is read by a_1, and by a_k along the wire. What comes back along both is added."),
    "wire brings dh": row("04, Exercise 4.11",
        dict(wired=lambda s, t: s.params["g"] * s.all_dh[t + s.k] if t + s.k <= s.T else 0 * s.h[t]),
        "Along the wires comes g dh_{t+k}; it must be g da_{t+k}.",
        "the wire ends in a_{t+k}, before tanh. So tanh's slope is on the way back."),
    "wire one step short": row("04, Exercise 4.11",
        [dict(wired=lambda s, t, first=first: s.params["g"] * s.all_da[t + 1]
              if (s.k if first else 1) <= t + 1 <= s.T else 0 * s.h[t]) for first in (True, False)],
        "What comes back along the wires of step t+1 arrives at h_t; it belongs to the state k steps before.",
        "the wire of step t+k begins at h_t. Its gradient must wait for k rounds of the loop, not for one."),
    "first wire forgotten": row("04, Exercise 4.11",
        dict(heard=lambda s, t: Wired.heard(s, t) * (t > s.k),
             wired=lambda s, t: Wired.wired(s, t) * (t > 0)),
        "The wire from h_0 into step k is left out.",
        "at t = k the wire brings h_{t-k} = h_0: there is one from t = k on, not from t = k + 1."),
    "wire heard from the step before": row("04, Exercise 4.11",
        [dict(heard=lambda s, t, first=first: s.h[t - 1] * (t >= (s.k if first else 1)))
         for first in (True, False)],
        "dg pairs da_t with h_{t-1}; it needs h_{t-k}.",
        "the wire brings h_{t-k} into a_t. A factor's gradient is what came from later times the other "
        "factor."),
    "wire wraps to the last states": row("04, Exercise 4.11",
        dict(heard=lambda s, t: s.h[t - s.k]),
        "dg has a share of the steps before step k, in which there is no wire.",
        "where t < k, the index t - k is negative, and Python fetches one of the last states. The forward "
        "pass has no wire there."),
    "wire into states before the first": row("04, Exercise 4.11",
        dict(heard=lambda s, t: s.h[max(t - s.k, 0)]),
        "dg has a share of the steps before step k, in which there is no wire.",
        "where t < k, the forward pass has no wire, not one that brings h_0."),
    "dg as an outer product": row("04, Exercise 4.11",
        dict(share_of_g=lambda s, t: s.all_da[t].T @ s.heard(t)),
        "dg holds outer products, (H, H); it needs products entry by entry, (H,).",
        "unit i has one wire, and it hears only itself. A gradient has its variable's shape."),
    "dg of the last share": row("04, Exercise 4.11",
        dict(run=lambda s: {**Backward.run(s), "g": s.share_of_g(s.k)}),
        "dg holds the share of one step only.",
        "the same wires work at every step from k on, so their gradient is a sum over these steps."),
    "dg summed over units": row("04, Exercise 4.11",
        dict(share_of_g=lambda s, t: np.full(s.h.shape[-1], (s.all_da[t] * s.heard(t)).sum())),
        "dg is summed over the units: every entry is the same.",
        "each unit has a wire of its own. Sum over time, and over nothing else."),
}


# --- other wires, which a release hands out ---

class OtherWired(Wired):
    """The same with other wires. from_start, squares: as first and squares in ``states``."""

    from_start, squares = False, False

    def sent_back(self, t):
        """what the wires' ends send to h_t, the sum of da_s over the steps s that hear it"""
        hearing = {t + self.k} | (set(range(1, self.k)) if self.from_start and t == 0 else set())
        return sum(self.all_da[s] for s in hearing if s <= self.T) + 0 * self.h[t]

    def factor(self, t):
        """what a wire multiplies by, besides g"""
        return 2 * self.h[t] if self.squares else 1.0

    def wired(self, t):
        """what arrives at h_t along the wires"""
        return self.params["g"] * self.factor(t) * self.sent_back(t)

    def begins(self, t):
        """the state at which the wire into step t begins, zeros if there is none"""
        return self.h[max(t - self.k, 0)] if self.from_start or t >= self.k else 0 * self.h[t]

    def heard(self, t):
        """what the wires bring to step t"""
        return self.begins(t) ** (1 + self.squares)


OTHER_MISTAKES = {name: MISTAKES[name] for name in (
    "wire forgotten on the way back", "wire into the first state forgotten", "dg as an outer product",
    "dg summed over units")} | {
    "slope of the square forgotten": row("04, Exercise 4.11", dict(factor=lambda s, t: 1.0),
        "What comes back along the wires lacks a factor: your wires bring squares.",
        "the derivative of h h by h is 2 h."),
    "square without the two": row("04, Exercise 4.11", dict(factor=lambda s, t: s.h[t] if s.squares else 1.0),
        "What comes back along the wires lacks the factor 2.",
        "the derivative of h h by h is 2 h."),
    "dg without the square": row("04, Exercise 4.11", dict(heard=lambda s, t: s.begins(t)),
        "dg pairs da_t with h_{t-k}; your wires bring its square.",
        "a factor's gradient is what came from later times the other factor, and that is h_{t-k}^2."),
    "first wires forgotten": row("04, Exercise 4.11",
        dict(sent_back=lambda s, t: s.all_da[t + s.k] if t + s.k <= s.T else 0 * s.h[t],
             heard=lambda s, t: OtherWired.heard(s, t) * (t >= s.k)),
        "The wires of the steps before step k are left out: they begin at h_0.",
        "write a_1, a_2, ..., each with what its wire brings. h_0 is read by more of them than one."),
    "first wires forgotten on the way back": row("04, Exercise 4.11",
        dict(sent_back=lambda s, t: s.all_da[t + s.k] if t + s.k <= s.T else 0 * s.h[t]),
        "dh_0 leaves out the wires of the steps before step k.",
        "write a_1, a_2, ..., each with what its wire brings. h_0 is read by more of them than one."),
}
# {name: (first, squares)}
OTHERS = {"first state": (True, False), "squares": (False, True), "squares, first state": (True, True)}


def other(name):
    """The fields of an exercise about other wires."""
    first, squares = OTHERS[name]
    formulas = type("Other", (OtherWired,), {"from_start": first, "squares": squares, "__module__": __name__})
    run = partial(states, first=first, squares=squares)
    return dict(formulas=formulas, reference=one_sequence(formulas), instances=instances(run), far=far(run),
                probes=probes(run), sized=partial(small, states=run))


def one_sequence(formulas):
    """params, x (T, D), h (T+1, H), dy (T, O), k."""
    def answer(params, x, h, dy, k):
        return backward.without_batch(formulas(params, x[:, None], h[:, None], dy[:, None], k).run())

    return answer


wired_backward = one_sequence(Wired)


def problem(seed=411, T=7, k=3, H=4, change=None, D=2, O=5, states=states):
    """Arguments of the exercise. change: function of (params, x, h0) that returns them changed."""
    rng = np.random.default_rng(seed)
    drawn = gradcheck.random_problem(rng, T=T, B=1, D=D, H=H, O=O)
    params, x, h0 = {**drawn.params, "g": 0.8 * rng.standard_normal(H)}, drawn.x[:, 0], drawn.h0[0]
    params, x, h0 = change(params, x, h0) if change else (params, x, h0)
    h = states(params, x, h0, k)
    return params, x, h, h[1:] @ params["W_hy"].T + params["b_y"] - drawn.target[:, 0], k


def instances(states=states):
    """Wires of two lengths, and a sequence that is no longer than its wires."""
    return [problem(states=states), problem(412, T=9, k=2, H=3, states=states),
            problem(413, T=6, k=6, H=5, states=states)]


def probes(states=states):
    """Easier problems."""
    drawn = partial(problem, states=states)

    def without(**changed):
        return drawn(change=lambda params, x, h0: ({**params, **{name: c * params[name]
                                                                   for name, c in changed.items()}}, x, h0))

    return {"k = 1": drawn(k=1), "g = 0": without(g=0.0), "W_hh = 0": without(W_hh=0.0),
            "h_0 = 0": drawn(change=lambda params, x, h0: (params, x, 0 * h0)),
            "the wires are longer than the sequence": drawn(T=4, k=6)}


def small(T, _, H, D, states=states):
    """A problem with short numbers, x and y of size D, and wires of two steps: see ``Exercise.sized``."""
    params, x, h, dy, k = problem(T=T, k=2, H=H, D=D, O=D, states=states,
                                  change=lambda *drawn: tuple(map(backward.rounded, drawn)))
    return params, x, h, backward.rounded(dy), k


def far(states=states):
    """A large loss, a long sequence on which the gradient lives, and a large first state."""
    (params, x, state, target), rng, k = far_problems.long_sequence(), np.random.default_rng(414), 3
    times = far_problems.TIMES
    params["g"] = 0.01 * rng.standard_normal(len(params["b_h"]))
    long = params, x[:, 0], states(params, x[:, 0], state[0], k), target[:, 0], k

    def from_large_state(params, x, h0):
        return {**params, "W_hh": params["W_hh"] / times, "g": params["g"] / times}, x, times * h0

    return [*far_problems.far(instances(states)[0], long, loss=3),
            Far("from a large first state", problem(change=from_large_state, states=states),
                far_problems.LIMITED)]
