"""A right backward pass for every cell of the capstone, for the tests alone: no lesson and no helper has one.

``backward(variant)`` is a function with the arguments of exercise 10.6, ``state_gradients(variant)`` one of
exercise 10.5. Written as a learner would write them, one gradient line per forward line; ``EDITS`` are
slips in these lines.
"""

import numpy as np

from exercises import capstone

OWN = {}        # {a teacher's own term: what adds its shares, function of (params, h, x, d, grads, dh, dx)}
SLOPES = {
    "root": lambda a: (1 + a * a) ** -1.5,
    "arctan": lambda a: 1 / (1 + a * a),
    "arsinh": lambda a: 1 / np.sqrt(1 + a * a),
    "sine": np.cos,
    "window": lambda a: (1 - a * a) * np.exp(-a * a / 2),
    "soft step": lambda a: 1 / (1 + np.exp(-a - 1)) - 1 / (1 + np.exp(1 - a)),
    "gudermannian": lambda a: 1 / np.cosh(a),
    "fourth root": lambda a: (1 + a * a / 2) * (1 + a * a) ** -1.25,
    "sharp root": lambda a: (1 + a ** 4) ** -1.25,
}

SOURCE = '''
def run(params, x, a, h, y, dy):
    f, slope, delay, lag, first = (function, SLOPES[variant.activation], variant.delay, variant.lag,
                                   variant.past.endswith("first"))
    fixed = (float(variant.alpha) if variant.alpha else params["alpha"] if "alpha" in params else
             1 / (1 + np.exp(-params["q"])) if "q" in params else None)
    grads = {name: np.zeros_like(value) for name, value in params.items()}
    grads["x"], dh, da, dy = np.zeros_like(x), np.zeros_like(h), np.zeros_like(a), dy.copy()
    dalpha = 0
    for t in range(len(x), 0, -1):
        alpha = 1 / (1 + np.exp(-x[t - 1] @ params["W_xq"].T)) if fixed is None else fixed
        dh[t] += dy[t - 1] @ params["W_hy"]
        grads["W_hy"] += dy[t - 1].T @ h[t]
        grads["b_y"] += dy[t - 1].sum(axis=0)
        if variant.on_sum:
            da[t - 1] += slope(a[t - 1]) * dh[t]
            if t > 1:
                da[t - 2] += (1 - alpha) * da[t - 1]
            d = alpha * da[t - 1]
        else:
            da[t - 1] = alpha * slope(a[t - 1]) * dh[t]
            dh[t - 1] += (1 - alpha) * dh[t]
            step = dh[t] * (f(a[t - 1]) - h[t - 1])
            dalpha = dalpha + step.sum(axis=0)
            d = da[t - 1]
            if variant.leak == "set by the input":
                dq = step * alpha * (1 - alpha)
                grads["W_xq"] += dq.T @ x[t - 1]
                grads["x"][t - 1] += dq @ params["W_xq"]
        product = d
        given = d
        if variant.extra == "gain":
            product = d * (1 + x[t - 1] @ params["W_xg"].T)
            dgain = d * (h[t - 1] @ params["W_hh"].T)
            grads["W_xg"] += dgain.T @ x[t - 1]
            grads["x"][t - 1] += dgain @ params["W_xg"]
        elif variant.extra == "square":
            dh[t - 1] += d * params["p"] * 2 * h[t - 1]
            grads["p"] += (d * h[t - 1] ** 2).sum(axis=0)
        elif variant.extra == "gain on the input":
            given = d * (1 + h[t - 1] @ params["W_hg"].T)
            dgain = d * (x[t - 1] @ params["W_xh"].T)
            grads["W_hg"] += dgain.T @ h[t - 1]
            dh[t - 1] += dgain @ params["W_hg"]
        else:
            own_term_back(params, h[t - 1], x[t - 1], d, grads, dh[t - 1], grads["x"][t - 1])
        grads["W_hh"] += product.T @ h[t - 1]
        dh[t - 1] += product @ params["W_hh"]
        grads["W_xh"] += given.T @ x[t - 1]
        grads["x"][t - 1] += given @ params["W_xh"]
        grads["b_h"] += d.sum(axis=0)
        if lag:
            if t > lag:
                grads["W_yh"] += d.T @ y[t - lag - 1]
                dy[t - lag - 1] += d @ params["W_yh"]
        else:
            sign = 1
            if variant.past.startswith("change"):
                sign = -1
                grads["W_skip"] += d.T @ h[t - 1]
                dh[t - 1] += d @ params["W_skip"]
            if t >= delay or first:
                grads["W_skip"] += sign * d.T @ h[max(t - delay, 0)]
                dh[max(t - delay, 0)] += sign * d @ params["W_skip"]
    if "alpha" in params:
        grads["alpha"] = dalpha
    if "q" in params:
        grads["q"] = dalpha * alpha * (1 - alpha)
    grads["h0"] = dh[0]
    return {"grads": grads, "dh": dh, "da": da}
'''

# (what is replaced, by what, the name that the check must say, where it applies: a function of the variant)
EDITS = [
    ("alpha * slope(a[t - 1]) * dh[t]", "alpha * dh[t]", "slope forgotten", lambda v: not v.on_sum),
    ("alpha * slope(a[t - 1]) * dh[t]", "slope(a[t - 1]) * dh[t]",
     "alpha forgotten before the slope", lambda v: not v.on_sum),
    ("slope(a[t - 1])", "(1 - h[t] ** 2)", "slope of tanh", lambda v: True),
    ("slope(a[t - 1])", "slope(h[t])", "slope at the state", lambda v: True),
    ("dh[t - 1] += (1 - alpha) * dh[t]", "pass", "carried path forgotten", lambda v: not v.on_sum),
    ("dh[t - 1] += (1 - alpha) * dh[t]", "dh[t - 1] += dh[t]", "carried unweighted", lambda v: not v.on_sum),
    ("dh[t - 1] += (1 - alpha) * dh[t]", "dh[t - 1] += alpha * dh[t]",
     "carried with alpha", lambda v: not v.on_sum),
    ('dh[t - 1] += product @ params["W_hh"]', "pass", "recurrent path forgotten", lambda v: True),
    ('dh[t - 1] += product @ params["W_hh"]', 'dh[t - 1] += product @ params["W_hh"].T',
     "recurrent path transposed", lambda v: True),
    ('dh[t - 1] += product @ params["W_hh"]', 'dh[t - 1] += d @ params["W_hh"]',
     "gain forgotten on the way back", lambda v: v.extra == "gain"),
    ("* 2 * h[t - 1]", "* h[t - 1]", "square without the two", lambda v: v.extra == "square"),
    ('dh[t - 1] += d * params["p"] * 2 * h[t - 1]', "pass",
     "square path forgotten", lambda v: v.extra == "square"),
    ("* 2 * h[t - 1]", "* 2 * h[t]", "square at the wrong state", lambda v: v.extra == "square"),
    ('dh[max(t - delay, 0)] += sign * d @ params["W_skip"]', "pass",
     "skip path forgotten", lambda v: v.past.startswith("skip")),
    ('dh[max(t - delay, 0)] += sign * d @ params["W_skip"]',
     'dh[max(t - delay, 0)] += sign * d @ params["W_skip"].T',
     "skip path transposed", lambda v: v.past.startswith("skip")),
    ('dh[max(t - delay, 0)] += sign * d @ params["W_skip"]', "pass",
     "earlier state of the change forgotten", lambda v: v.past.startswith("change")),
    ('dh[max(t - delay, 0)] += sign * d @ params["W_skip"]',
     'dh[t - delay + 1 if t >= delay else 0] += sign * d @ params["W_skip"]',
     "skip lands one step late", lambda v: v.delay),
    ('dh[max(t - delay, 0)] += sign * d @ params["W_skip"]',
     'dh[t - delay if t >= delay else 0] += sign * d @ params["W_skip"] * (t >= delay)',
     "skip at the start", lambda v: v.past.endswith("first")),
    ("(1 - alpha) * da[t - 1]", "0", "carried path of the sum forgotten", lambda v: v.on_sum),
    ("(1 - alpha) * da[t - 1]", "da[t - 1]", "sum carried unweighted", lambda v: v.on_sum),
    ("(1 - alpha) * da[t - 1]", "alpha * da[t - 1]", "sum carried with alpha", lambda v: v.on_sum),
    ("d = alpha * da[t - 1]", "d = da[t - 1]", "alpha forgotten after the sum", lambda v: v.on_sum),
    ("+= slope(a[t - 1]) * dh[t]", "+= dh[t]", "slope forgotten", lambda v: v.on_sum),
    ("sign = -1", "sign = 1", "both states of the change added", lambda v: v.past.startswith("change")),
    ('                dh[t - 1] += d @ params["W_skip"]', "                pass",
     "last state of the change forgotten", lambda v: v.past.startswith("change")),
    ('dh[t - 1] += dgain @ params["W_hg"]', "pass",
     "path through the gain forgotten", lambda v: v.extra == "gain on the input"),
    ("            if t > lag:", "            if t > 1:\n                dy[t - 2] += d @ params['W_yh']\n"
     "                dy[t - 3] -= d @ params['W_yh'] * (t > 2)\n            if t > lag:",
     "feedback lands one step late", lambda v: v.lag == 2),
    ('dy[t - lag - 1] += d @ params["W_yh"]', "pass", "feedback path forgotten", lambda v: v.lag),
]

ONLY_STATES = [     # and these in exercise 10.5 alone
    ("            if t >= delay or first:", "            if True:", None, lambda v: v.past.endswith("zero")),
    ("dh[max(t - delay, 0)] += sign * d @", "dh[t - delay] += sign * d @",
     "skip lands on the last states", lambda v: v.past.endswith("first")),
]

ONLY_ALL = [    # these show in exercise 10.6 alone
    ("grads[\"W_hh\"] += product.T @ h[t - 1]", "grads[\"W_hh\"] += product.T @ h[t]",
     "weights meet the state of their own step", lambda v: True),
    ("grads[\"W_hh\"] += product.T @ h[t - 1]", "grads[\"W_hh\"] = product.T @ h[t - 1]",
     "only the first step is kept", lambda v: True),
    ("grads[\"W_hh\"] += product.T @ h[t - 1]", "grads[\"W_hh\"] += d.T @ h[t - 1]",
     "gain forgotten in the weights", lambda v: v.extra == "gain"),
    ('grads["x"][t - 1] += dgain @ params["W_xg"]', "pass",
     "second path of the input forgotten", lambda v: v.extra == "gain"),
    ("d * h[t - 1] ** 2", "d * h[t - 1]", "square weights without the square", lambda v: v.extra == "square"),
    ("(f(a[t - 1]) - h[t - 1])", "f(a[t - 1])",
     "leak gradient without the old state", lambda v: not v.alpha),
    ("(f(a[t - 1]) - h[t - 1])", "(h[t] - h[t - 1])",
     "leak gradient with the new state", lambda v: not v.alpha),
    ("dalpha * alpha * (1 - alpha)", "dalpha",
     "slope of the sigmoid forgotten", lambda v: "sigmoid" in v.leak),
    ("step * alpha * (1 - alpha)", "step",
     "slope of the opening forgotten", lambda v: v.leak == "set by the input"),
    ('grads["x"][t - 1] += dq @ params["W_xq"]', "pass",
     "path of the input through the leak forgotten", lambda v: v.leak == "set by the input"),
    ("given = d * (1 + h[t - 1] @ params[\"W_hg\"].T)", "given = d",
     None, lambda v: v.extra == "gain on the input"),
    ('grads["W_hg"] += dgain.T @ h[t - 1]', 'grads["W_hg"] += d.T @ h[t - 1]',
     "gain weights without the input's term", lambda v: v.extra == "gain on the input"),
    ("            if t > lag:", "            if t == 2:\n                grads['W_yh'] += d.T @ y[0]\n"
     "            if t > lag:\n                grads['W_yh'] += d.T @ (y[t - 2] - y[t - 3])",
     "feedback weights meet the output of the step before", lambda v: v.lag == 2),
    ("            if t > lag:\n                grads[\"W_yh\"] += d.T @ y[t - lag - 1]",
     "            grads[\"W_yh\"] += d.T @ y[t - lag - 1]\n            if t > lag:",
     "feedback weights meet the last output", lambda v: v.lag),
    ("d.T @ h[max(t - delay, 0)]", "d.T @ h[max(t - delay + 1, 0)]",
     "skip weights meet the wrong step", lambda v: v.delay),
]


def run(variant, old="", new=""):
    """The calculation for a variant, with one piece of its text replaced:
    a function that returns all results.
    """
    assert old in SOURCE
    space = {"np": np, "SLOPES": SLOPES, "variant": variant, "own_term_back": OWN.get(variant.extra),
             "function": capstone.ACTIVATIONS[variant.activation].function}
    exec(SOURCE.replace(old, new) if old else SOURCE, space)
    return space["run"]


def state_gradients(variant, *edit):
    """An answer to exercise 10.5."""
    calculation = run(variant, *edit)

    def answer(params, x, a, h, y, dy):
        found = calculation(params, x, a, h, y, dy)
        return found["dh"], found["da"]

    return answer


def backward(variant, *edit):
    """An answer to exercise 10.6."""
    calculation = run(variant, *edit)
    return lambda *arguments: calculation(*arguments)["grads"]
