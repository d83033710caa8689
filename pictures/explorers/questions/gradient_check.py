"""Lesson 04: the error of a gradient check against its step size, and what a tolerance lets through."""

from functools import cache

import numpy as np

from pictures.canvas import ACCENT, BACKWARD, FORWARD, INK, look, picture
from pictures.explorers.controls import Choice, Sketch, Slider, name_of
from pictures.explorers.explorer import Explorer
from pictures.marks import one_digit

STEPS = [10.0 ** (-k / 2) for k in range(2, 29)]                # 0.1 down to 1e-14
TOLERANCES = [10.0 ** -k for k in range(1, 14)]
NAMES = ("w", "u", "b", "v", "h0")
NETWORKS = {"ordinary": {"w": 0.9, "u": -0.7, "b": 0.3, "v": 1.2, "h0": -0.4},
            "tiny": {"w": 0.009, "u": -0.007, "b": 0.003, "v": 0.012, "h0": -0.004}}
X, TARGET = (0.5, -1.0, 0.8, 0.2, -0.6), (1.0, 0.3, -0.6, 0.4, 0.8)
BUGS = {"none": "none", "tanh's slope left out": "slope", "dh_later left out": "carry",
        "= for += in dw": "assign", "da_t paired with h_t in dw": "pair"}
FLAT = 11                                                       # a step in the middle, 10 ** -6.5
FLOOR = 1e-17  # stands for an error of zero on the logarithmic axis


def gradient_check():
    """A scalar network and its backward pass: plant a bug, and see whether the check finds it."""
    return Explorer(
        "Does this check let the gradient through?",
        [Slider("eps", "step size", STEPS, 1e-5, lambda eps: f"ε = {one_digit(eps)}"),
         Slider("tolerance", "tolerance", TOLERANCES, 1e-7,
                lambda limit: f"an error up to {one_digit(limit)} passes"),
         Choice("bug", "planted bug", BUGS, "none"),
         Choice("network", "weights", {"of order 1": "ordinary", "a hundred times smaller": "tiny"},
                "ordinary"),
         Choice("method", "measured by", {"central difference": "central", "complex step": "complex"},
                "central")],
        gradient_check_data, gradient_check_sketch, gradient_check_words,
        page={"bug": "slope", "tolerance": 1e-3})


def gradient_check_data(eps, tolerance, bug, network, method):
    """The check at one step size, and at all of them. Returns a dict.

    eps: step size. tolerance: largest error that passes. bug: a value of BUGS. network: a key of NETWORKS.
    method: "central" or "complex". right, planted: errors at all STEPS, of the right code and of the code
    with the bug. passes: the verdict at eps. wrong: whether it is the wrong one.
    """
    right, planted = (errors(network, method, kind) for kind in ("none", bug))
    error = planted[STEPS.index(eps)]
    return {"eps": eps, "tolerance": tolerance, "bug": bug, "network": network, "right": right,
            "planted": planted, "error": error, "passes": bool(error <= tolerance),
            "wrong": bool(error <= tolerance) != (bug == "none")}


def gradient_check_words(data):
    """The sentence below the picture. data: of one setting."""
    bug = name_of(data["bug"], BUGS)
    code = "the right code" if bug == "none" else f"the code with a bug ({bug})"
    small = " and weights a hundred times smaller" if data["network"] == "tiny" else ""
    error = "below 1e-15" if data["error"] < 1e-15 else f"about {data['error']:.0e}"
    verdict = "so it passes" if data["passes"] else "so it fails"
    wrong = " The check gives the wrong verdict." if data["wrong"] else ""
    return (f"With ε = {one_digit(data['eps'])}{small} the error of {code} is {error}. The tolerance is "
            f"{one_digit(data['tolerance'])}, {verdict}.{wrong}")


@cache
def errors(network, method, bug):
    """The check's error for each step size: the worst of the five |code - measured| / |measured|."""
    weights = NETWORKS[network]
    written = backward(weights, bug)
    return np.array([max(abs(written[name] - slope) / (abs(slope) or 1.0) for name in NAMES
                         for slope in [measured(weights, name, eps, method)]) for eps in STEPS])


def measured(weights, name, eps, method):
    """The derivative of the loss by one weight, from forward passes alone."""
    if method == "complex":
        return loss_of({**weights, name: weights[name] + 1j * eps}).imag / eps
    up, down = (loss_of({**weights, name: weights[name] + step}) for step in (eps, -eps))
    return (up - down) / (2 * eps)


def states(weights):
    """h_0 ... h_T of h_t = tanh(w h_{t-1} + u x_t + b)."""
    h = [weights["h0"]]
    for x in X:
        h.append(tanh_by_fractions(weights["w"] * h[-1] + weights["u"] * x + weights["b"]))
    return h


def loss_of(weights):
    """Half the squared error of y_t = v h_t, summed over the steps."""
    loss = 0.0                              # from Python 3.12 on, sum() rounds better than this picture wants
    for h, y in zip(states(weights)[1:], TARGET):
        error = weights["v"] * h - y
        loss += error * error / 2
    return loss


def backward(weights, bug):
    """The five gradients by hand, with a bug in them, or none."""
    h, carry, v = states(weights), 0.0, weights["v"]
    grads = dict.fromkeys(NAMES, 0.0)
    for t in range(len(X), 0, -1):
        dy = v * h[t] - TARGET[t - 1]
        da = (v * dy + (0.0 if bug == "carry" else carry)) * (1.0 if bug == "slope" else 1 - h[t] * h[t])
        grads["w"] = da * h[t if bug == "pair" else t - 1] + (0.0 if bug == "assign" else grads["w"])
        grads["u"] += da * X[t - 1]
        grads["b"] += da
        grads["v"] += dy * h[t]
        carry = weights["w"] * da
    return {**grads, "h0": carry}


def tanh_by_fractions(a):
    """tanh(a) by Lambert's continued fraction: +, * and / alone, which processors round alike."""
    below = 61 + 0 * a
    for odd in range(59, 0, -2):
        below = odd + a * a / below
    return a / below


def gradient_check_sketch():
    """The kept figure. Returns a Sketch."""
    figure, axes = picture(9.2, 4.1, alt="")
    with look():
        right, = axes.loglog(STEPS, np.ones(len(STEPS)), color=FORWARD)
        planted, = axes.loglog(STEPS, np.ones(len(STEPS)), color=BACKWARD)
        limit = axes.axhline(1, color=INK, linewidth=1.2)
        at = axes.axvline(1, color=INK, linewidth=0.8, linestyle=":")
        dot, = axes.plot([1], [1], "o", markersize=11, color=INK)
        names = [axes.text(1.4e-14, 1, "", va="top", color=INK),
                 axes.text(5e-6, 1, "", ha="right", va="bottom", color=BACKWARD),
                 axes.text(3e-3, 1, "the right code", va="center", color=FORWARD)]
        verdict = axes.text(0.5, 1.02, "", transform=axes.transAxes, ha="center", va="bottom", fontsize=14)
        axes.set(xlabel="step size ε   (short on the left)", ylabel="error that the check sees",
                 xlim=(1e-14, 0.13), ylim=(FLOOR, 30), yticks=[1e-16, 1e-12, 1e-8, 1e-4, 1])
        axes.minorticks_off()

    def update(data):
        right.set_ydata(np.maximum(data["right"], FLOOR))
        planted.set_ydata(np.maximum(data["planted"], FLOOR))
        planted.set_visible(data["bug"] != "none")
        level = max(data["planted"][FLAT], FLOOR)
        above = data["tolerance"] if level < data["tolerance"] < 100 * level else level     # of both lines
        names[1].set(text=name_of(data["bug"], BUGS) if data["bug"] != "none" else "", y=2.2 * above)
        names[2].set_y(max(data["right"][STEPS.index(1e-3)], 1e-15))
        limit.set_ydata([data["tolerance"]] * 2)
        names[0].set(text=f"tolerance {one_digit(data['tolerance'])}", y=0.6 * data["tolerance"])
        at.set_xdata([data["eps"]] * 2)
        dot.set_data([data["eps"]], [max(data["error"], FLOOR)])
        colour = BACKWARD if data["wrong"] else ACCENT              # of the verdict: is the check right?
        dot.set_color(colour)
        small = ", with weights a hundred times smaller" if data["network"] == "tiny" else ""
        verdict.set(text="wrongly " * data["wrong"] + ("passes" if data["passes"] else "fails") + small,
                    color=colour)

    return Sketch(figure, [right, planted, limit, at, dot, verdict, *names], update)
