"""Lesson 03: the forward and the backward pass of a small network, one number at a time."""

import re

import numpy as np

from helpers import rnn
from pictures.canvas import ACCENT, BACKWARD, FORWARD, INK, MUTED, look, picture
from pictures.explorers.controls import Sketch, Slider, Steps
from pictures.explorers.explorer import Explorer
from pictures.graph import LOOKS, Graph, blend
from pictures.marks import GREY, decimals

X, TARGET, H0, U = (0.5, -1.0, 0.8), (0.2, 1.0, 0.9), 0.6, 0.7  # inputs, targets, first state, input weight
T = len(X)
WEIGHTS = [round(0.1 * k, 1) for k in range(-15, 16)]
COLUMN, UP, DOWN, INCHES = 2.85, 1.45, 1.6, 0.8
SIZE = 16               # points of all numbers and words
QUIET = blend(MUTED, 0.45)


def forward_and_backward():
    """Three steps of h_t = tanh(w h_{t-1} + 0.7 x_t) with a loss at each: play it, step on, go back."""
    last = len(order()) - 1
    return Explorer(
        "Which number is computed when, and from which others?",
        [Steps("step", "step", list(range(last + 1)), 0, lambda step: f"{step} of {last}: {direction(step)}"),
         Slider("w", "recurrent weight w", WEIGHTS, 0.9, lambda w: decimals(w, 1))],
        forward_and_backward_data, forward_and_backward_sketch, forward_and_backward_words,
        page={"step": last})


def order():
    """What is computed, in order: pairs of a kind and a time step. The first stands for the start."""
    backward = [(kind, t) for t in range(T, 0, -1) for kind in ("dh", "da", "dw")]
    return [("start", 0), *(("h", t) for t in range(1, T + 1)), ("L", 0), *backward, ("dh", 0)]


def direction(step):
    """Which pass a step belongs to."""
    return "before the forward pass" if step == 0 else "forward" if step <= T + 1 else "backward"


def forward_and_backward_data(step, w):
    """What is known after a step. step: index into ``order()``. w: the recurrent weight. Returns a dict.

    known: dict from (kind, t) to a number, for all that has been computed; "direct" and "later" are the two
    terms of dh_t, one on each arrow that ends in h_t; line: the newest line, with its
    numbers; focus: the newest (kind, t). dw: dL/dw as far as it has been added up.
    """
    params = {"W_hh": np.array([[w]]), "W_xh": np.array([[U]]), "W_hy": np.ones((1, 1)), "b_h": np.zeros(1),
              "b_y": np.zeros(1)}
    cache = rnn.forward(params, np.reshape(X, (T, 1, 1)), np.array([[H0]]))
    h = cache.h[:, 0, 0]
    direct = h[1:] - TARGET
    dh, da = (array[:, 0, 0] for array in rnn.through_time(params, cache, direct[:, None, None]))
    numbers = {"h": h, "dh": dh, "da": np.append(np.nan, da), "dw": np.append(np.nan, da * h[:-1]),
               "direct": np.append(np.nan, direct), "later": np.append(w * da, np.nan)}
    losses = 0.5 * direct ** 2
    done = order()[:step + 1]
    known = {("h", 0): H0, **{(kind, t): numbers[kind][t] for kind, t in done if kind in numbers}}
    if ("L", 0) in done:
        known.update({("L", t): losses[t - 1] for t in range(1, T + 1)})
    arrived = [t for kind, t in done if kind == "dh"]
    known.update({("direct", t): numbers["direct"][t] for t in arrived if t > 0})
    known.update({("later", t): numbers["later"][t] for t in arrived if t < T})
    focus = done[-1]
    return {"step": step, "w": w, "known": known, "focus": focus,
            "dw": sum(value for (kind, _), value in known.items() if kind == "dw"),
            "line": line(focus, w, numbers, losses, direct)}


def line(focus, w, numbers, losses, direct):
    """The newest line of the calculation, with its numbers."""
    (kind, t), d = focus, decimals
    h, dh, da = numbers["h"], numbers["dh"], numbers["da"]

    def signed(value):
        return f"({d(value)})" if value < 0 else d(value)

    if kind == "start":
        inputs, targets = (", ".join(d(value, 1) for value in values) for values in (X, TARGET))
        return f"Given: h_0 = {d(H0)}, w = {d(w, 1)}, inputs {inputs}, targets {targets}"
    if kind == "h":
        inside = f"{d(w, 1)} · {signed(h[t - 1])} + {U} · {signed(X[t - 1])}"
        return f"h_{t} = tanh(w h_{t - 1} + {U} x_{t}) = tanh({inside}) = {d(h[t])}"
    if kind == "L":
        terms = " + ".join(map(d, losses))
        return f"L = sum of the L_t = sum of ½ (h_t - target_t)² = {terms} = {d(losses.sum())}"
    if kind == "da":
        return f"da_{t} = (1 - h_{t}²) dh_{t} = {d(1 - h[t] ** 2)} · {signed(dh[t])} = {d(da[t])}"
    if kind == "dw":
        product = f"{signed(da[t])} · {signed(h[t - 1])} = {d(da[t] * h[t - 1])}"
        return f"step {t} adds to dw:  da_{t} h_{t - 1} = {product}"
    if t == T:
        return f"dh_{t} = direct effect alone = h_{t} - target_{t} = {d(dh[t])}"
    if t == 0:
        return f"dh_0 = w da_1 = {d(w, 1)} · {signed(da[1])} = {d(dh[0])}"
    weight = f"({d(w, 1)})" if w < 0 else d(w, 1)
    return (f"dh_{t} = direct effect + w da_{t + 1} = {d(direct[t - 1])} + {weight} · {signed(da[t + 1])} "
            f"= {d(direct[t - 1])} + {signed(w * da[t + 1])} = {d(dh[t])}")


def forward_and_backward_words(data):
    """The sentence below the picture. data: of one setting."""
    so_far = f" So far dL/dw is {decimals(data['dw'])}." if ("dw", T) in data["known"] else ""
    return f"{direction(data['step']).capitalize()}. {data['line']}.{so_far}"


def forward_and_backward_sketch():
    """The kept figure. Returns a Sketch."""
    figure, axes = picture((COLUMN * T + 3.7) * INCHES, 4.95 * INCHES, alt="")
    graph, circles, numbers, arrows = Graph(axes), {}, {}, {}
    bottom = -DOWN
    with look():
        for t in range(T + 1):
            at = COLUMN * t
            circles["h", t], _ = graph.node(f"h{t}", (at, 0), f"$h_{t}$", *LOOKS["h"])
            numbers["h", t] = graph.text((at - 0.42, 0.42), "", FORWARD, size=SIZE, ha="right")
            numbers["dh", t] = graph.text((at - 0.17, -0.68), "", BACKWARD, size=SIZE, ha="right")
            numbers["later", t] = graph.text((at + COLUMN / 2, -0.31), "", BACKWARD, size=SIZE)
            if t:
                circles["L", t], _ = graph.node(f"L{t}", (at, UP), f"$L_{t}$", *LOOKS["L"])
                graph.node(f"x{t}", (at, bottom), f"$x_{t}$", *LOOKS["x"])
                numbers["L", t] = graph.text((at + 0.45, UP + 0.2), "", INK, size=SIZE, ha="left")
                graph.text((at + 0.45, UP - 0.2), f"target {decimals(TARGET[t - 1], 1)}", GREY, size=SIZE,
                           ha="left")
                numbers["direct", t] = graph.text((at + 0.22, UP / 2), "", BACKWARD, size=SIZE, ha="left")
                graph.text((at + 0.45, bottom), decimals(X[t - 1], 1), GREY, size=SIZE, ha="left")
                numbers["da", t] = graph.text((at - 0.17, -1.03), "", BACKWARD, size=SIZE, ha="right")
                numbers["dw", t] = graph.text((at - COLUMN / 2, bottom - 0.72), "", BACKWARD, size=SIZE)
                arrows["h", t] = [graph.arrow(f"x{t}", f"h{t}")[0],
                                  graph.arrow(f"h{t - 1}", f"h{t}", beside=True)[0]]
                arrows["L", t] = [graph.arrow(f"h{t}", f"L{t}", beside=True)[0]]
                arrows["back", t] = [graph.arrow(f"h{t}", f"h{t - 1}", colour=BACKWARD, beside=True)[0]]
                arrows["down", t] = [graph.arrow(f"L{t}", f"h{t}", colour=BACKWARD, beside=True)[0]]
        terms = graph.text((-1.5, bottom - 0.72), "", GREY, ha="left", size=SIZE)
        total = graph.text((COLUMN * T - 0.3, bottom - 0.72), "", BACKWARD, size=SIZE, ha="left")
        newest = graph.text((-1.5, UP + 0.78), "", INK, size=SIZE, ha="left")
        axes.set(xlim=(-1.65, COLUMN * T + 2.0), ylim=(bottom - 0.95, UP + 1.0))

    def update(data):
        known, (kind, time) = data["known"], data["focus"]
        newest.set_text(re.sub(r"\b(dh|da|dw|h|x|L|w|target)(_\w)?\b", r"$\\mathit{\1}\2$", data["line"]))
        for (name, t), text in numbers.items():
            value = decimals(known[name, t]) if (name, t) in known else ""
            names = {"dh": f"$dh_{t}$ = ", "da": f"$da_{t}$ = ", "later": f"$w\\,da_{t + 1}$ = "}
            text.set_text(names.get(name, "") + value if value else "")
            text.set_fontweight("bold" if (name, t) == data["focus"] else "normal")
        for (name, t), circle in circles.items():
            now = name == ("L" if kind == "L" else "h") and (kind == "L" or t == time and kind != "start")
            circle.set(edgecolor=ACCENT if now else LOOKS[name][0], linewidth=4 if now else 1.6)
        for (name, t), parts in arrows.items():
            returns = name in ("back", "down")
            there = (("dh", t - (name == "back")) if returns else (name, t)) in known
            colour = BACKWARD if returns else FORWARD
            for part in parts:
                part.set_visible(there or not returns)
                part.set_color(colour if there else QUIET)
        begun = ("dw", T) in known                                    # no term, no word of terms
        terms.set_text("terms of $dL/dw$" if begun else "")
        total.set_text(f"sum so far {decimals(data['dw'])}" if begun else "")

    moving = [newest, terms, total, *numbers.values(), *circles.values(),
              *(part for parts in arrows.values() for part in parts)]
    labels = [text for text in axes.texts if text not in moving]       # they stand on the circles
    return Sketch(figure, moving + labels, update)
