"""A right backward pass for every cell of the capstone, for the tests alone: no lesson and no helper has one.

``backward(variant)`` is a function with the arguments of exercise 10.6, ``state_gradients(variant)`` one of
exercise 10.5. Written as a learner would write them, one gradient line per forward line; ``EDITS`` are
slips in these lines.
"""

import numpy as np

from exercises import capstone

SLOPES = {
    "root": lambda a: (1 + a * a) ** -1.5,
    "arctan": lambda a: 1 / (1 + a * a),
    "arsinh": lambda a: 1 / np.sqrt(1 + a * a),
    "sine": np.cos,
    "window": lambda a: (1 - a * a) * np.exp(-a * a / 2),
    "soft step": lambda a: 1 / (1 + np.exp(-a - 1)) - 1 / (1 + np.exp(1 - a)),
}

SOURCE = '''
def run(params, x, a, h, y, dy):
    f, slope, delay, first = (
        function, SLOPES[variant.activation], variant.delay, variant.past.endswith("first"))
    alpha = (float(variant.alpha or 0) if variant.leak == "given" else
             params["alpha"] if "alpha" in params else 1 / (1 + np.exp(-params["q"])))
    grads = {name: np.zeros_like(value) for name, value in params.items()}
    grads["x"], dh, da, dy = np.zeros_like(x), np.zeros_like(h), np.zeros_like(a), dy.copy()
    dalpha = 0
    for t in range(len(x), 0, -1):
        dh[t] += dy[t - 1] @ params["W_hy"]
        grads["W_hy"] += dy[t - 1].T @ h[t]
        grads["b_y"] += dy[t - 1].sum(axis=0)
        da[t - 1] = alpha * slope(a[t - 1]) * dh[t]
        dh[t - 1] += (1 - alpha) * dh[t]
        dalpha = dalpha + (dh[t] * (f(a[t - 1]) - h[t - 1])).sum(axis=0)
        d = da[t - 1]
        product = d
        if variant.extra == "gain":
            product = d * (1 + x[t - 1] @ params["W_xg"].T)
            dgain = d * (h[t - 1] @ params["W_hh"].T)
            grads["W_xg"] += dgain.T @ x[t - 1]
            grads["x"][t - 1] += dgain @ params["W_xg"]
        else:
            dh[t - 1] += d * params["p"] * 2 * h[t - 1]
            grads["p"] += (d * h[t - 1] ** 2).sum(axis=0)
        grads["W_hh"] += product.T @ h[t - 1]
        dh[t - 1] += product @ params["W_hh"]
        grads["W_xh"] += d.T @ x[t - 1]
        grads["x"][t - 1] += d @ params["W_xh"]
        grads["b_h"] += d.sum(axis=0)
        if variant.past == "feedback":
            if t > 1:
                grads["W_yh"] += d.T @ y[t - 2]
                dy[t - 2] += d @ params["W_yh"]
        elif t >= delay or first:
            grads["W_skip"] += d.T @ h[max(t - delay, 0)]
            dh[max(t - delay, 0)] += d @ params["W_skip"]
    if "alpha" in params:
        grads["alpha"] = dalpha
    if "q" in params:
        grads["q"] = dalpha * alpha * (1 - alpha)
    grads["h0"] = dh[0]
    return {"grads": grads, "dh": dh, "da": da}
'''

# (what is replaced, by what, the name that the check must say, where it applies: a function of the variant)
EDITS = [
    ("alpha * slope(a[t - 1]) * dh[t]", "alpha * dh[t]", "slope forgotten", lambda v: True),
    ("alpha * slope(a[t - 1]) * dh[t]", "slope(a[t - 1]) * dh[t]",
     "alpha forgotten before the slope", lambda v: True),
    ("slope(a[t - 1])", "(1 - h[t] ** 2)", "slope of tanh", lambda v: True),
    ("slope(a[t - 1])", "slope(h[t])", "slope at the state", lambda v: True),
    ("dh[t - 1] += (1 - alpha) * dh[t]", "pass", "carried path forgotten", lambda v: True),
    ("dh[t - 1] += (1 - alpha) * dh[t]", "dh[t - 1] += dh[t]", "carried unweighted", lambda v: True),
    ("dh[t - 1] += (1 - alpha) * dh[t]", "dh[t - 1] += alpha * dh[t]", "carried with alpha", lambda v: True),
    ('dh[t - 1] += product @ params["W_hh"]', "pass", "recurrent path forgotten", lambda v: True),
    ('dh[t - 1] += product @ params["W_hh"]', 'dh[t - 1] += product @ params["W_hh"].T',
     "recurrent path transposed", lambda v: True),
    ('dh[t - 1] += product @ params["W_hh"]', 'dh[t - 1] += d @ params["W_hh"]',
     "gain forgotten on the way back", lambda v: v.extra == "gain"),
    ("* 2 * h[t - 1]", "* h[t - 1]", "square without the two", lambda v: v.extra == "square"),
    ('dh[t - 1] += d * params["p"] * 2 * h[t - 1]', "pass",
     "square path forgotten", lambda v: v.extra == "square"),
    ("* 2 * h[t - 1]", "* 2 * h[t]", "square at the wrong state", lambda v: v.extra == "square"),
    ('dh[max(t - delay, 0)] += d @ params["W_skip"]', "pass", "skip path forgotten", lambda v: v.delay),
    ('dh[max(t - delay, 0)] += d @ params["W_skip"]', 'dh[max(t - delay, 0)] += d @ params["W_skip"].T',
     "skip path transposed", lambda v: v.delay),
    ('dh[max(t - delay, 0)] += d @ params["W_skip"]',
     'dh[t - delay + 1 if t >= delay else 0] += d @ params["W_skip"]',
     "skip lands one step late", lambda v: v.delay),
    ('dh[max(t - delay, 0)] += d @ params["W_skip"]',
     'dh[t - delay if t >= delay else 0] += d @ params["W_skip"] * (t >= delay)',
     "skip at the start", lambda v: v.past.endswith("first")),
    ('dy[t - 2] += d @ params["W_yh"]', "pass", "feedback path forgotten", lambda v: v.past == "feedback"),
]

ONLY_STATES = [     # and these in exercise 10.5 alone
    ("        elif t >= delay or first:", "        else:", None, lambda v: v.past.endswith("zero")),
    ("dh[max(t - delay, 0)] += d @", "dh[t - delay] += d @",
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
     "leak gradient without the old state", lambda v: v.leak != "given"),
    ("(f(a[t - 1]) - h[t - 1])", "(h[t] - h[t - 1])",
     "leak gradient with the new state", lambda v: v.leak != "given"),
    ("dalpha * alpha * (1 - alpha)", "dalpha",
     "slope of the sigmoid forgotten", lambda v: "sigmoid" in v.leak),
    ("            if t > 1:\n                grads[\"W_yh\"] += d.T @ y[t - 2]",
     "            grads[\"W_yh\"] += d.T @ y[t - 2]\n            if t > 1:",
     "feedback weights meet the last output", lambda v: v.past == "feedback"),
    ("d.T @ h[max(t - delay, 0)]", "d.T @ h[max(t - delay + 1, 0)]",
     "skip weights meet the wrong step", lambda v: v.delay),
]


def run(variant, old="", new=""):
    """The calculation for a variant, with one piece of its text replaced:
    a function that returns all results.
    """
    assert old in SOURCE
    space = {"np": np, "SLOPES": SLOPES, "variant": variant,
             "function": capstone.ACTIVATIONS[variant.activation].function}
    exec(SOURCE.replace(old, new, 1) if old else SOURCE, space)
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
