"""Lesson 03: what each time step adds to the gradient of W_hh, and how the sum grows on the way back."""

import numpy as np

from helpers import gradcheck, losses, rnn
from pictures.canvas import ACCENT, BACKWARD, INK, MUTED, look, picture
from pictures.explorers.controls import Choice, Sketch, Slider, Steps
from pictures.explorers.explorer import Explorer
from pictures.graph import blend
from pictures.marks import GREY, SIGNED, decimals, on_cell

T, H = 6, 3
FACTORS = [round(0.1 * k, 1) for k in range(2, 21)]
PALE = blend(BACKWARD, 0.3)


def whose_contribution():
    """The network of lesson 03: its gradient of W_hh as a sum that is collected from step T down."""
    return Explorer(
        "What does each step add to the gradient of W_hh?",
        [Steps("t", "collected down to step", list(range(T, 0, -1)), T,
               lambda t: f"t = {t}: {T - t + 1} of {T} terms"),
         Choice("loss", "loss", {"at every step": "every", "at the last step only": "last"}, "every"),
         Slider("factor", "W_hh multiplied by", FACTORS, 1.0,
                lambda f: f"{f:g}: " + ("as drawn" if f == 1 else "weaker memory" if f < 1 else
                                        "stronger memory"))],
        whose_contribution_data, whose_contribution_sketch, whose_contribution_words, page={"t": 3})


def whose_contribution_data(t, loss, factor):
    """The terms of dL/dW_hh. t: the step collected last. loss: "every" or "last". factor: scales W_hh.

    Returns a dict. terms: da_k h_{k-1}^T for k = 1 ... T, (T, H, H). so_far: the sum of those from T down to
    t. whole: the gradient. cosine: between so_far and whole.
    """
    problem = gradcheck.random_problem(np.random.default_rng(4), T=T, B=1, D=2, H=H, O=4)
    params = {**problem.params, "W_hh": factor * problem.params["W_hh"]}
    cache = rnn.forward(params, problem.x, problem.h0)
    mask = losses.last_step_mask(np.array([T]), T) if loss == "last" else None
    dy = losses.squared_error(cache.y, problem.target, mask)[1]
    _, da = rnn.through_time(params, cache, dy @ params["W_hy"])
    terms = da[:, 0, :, None] * cache.h[:-1, 0, None, :]
    so_far, whole = terms[t - 1:].sum(axis=0), terms.sum(axis=0)
    cosine = (so_far * whole).sum() / (length(so_far) * length(whole))
    return {"t": t, "terms": terms, "so_far": so_far, "whole": whole, "cosine": float(cosine)}


def length(array):
    """The root of the sum of squares, over the last two axes."""
    return np.sqrt((array ** 2).sum(axis=(-2, -1)))


def whose_contribution_words(data):
    """The sentence below the picture. data: of one setting."""
    t, lengths = data["t"], length(data["terms"])
    return (f"Step {t} adds a term of length {lengths[t - 1]:.2f}. The sum from step {T} down to step {t} "
            f"has length {length(data['so_far']):.2f}, and the whole gradient {length(data['whole']):.2f}; "
            f"the cosine between the two is {data['cosine']:.2f}.")


def whose_contribution_sketch():
    """The kept figure. Returns a Sketch."""
    figure, (left, middle, right) = picture(9.6, 3.3, columns=3, alt="", width_ratios=[1.5, 1, 1])
    steps = np.arange(1, T + 1)
    with look():
        bars = left.bar(steps, np.ones(T), width=0.7)
        over = [left.text(t, 1, "", ha="center", va="bottom") for t in steps]
        left.set(ylim=(0, 1.15), yticks=[], xticks=steps, xlabel="step $t$",
                 title="length of each step's term")
        left.spines["left"].set_visible(False)
        left.tick_params(bottom=False)
        maps, cells = [], []
        for ax in (middle, right):
            maps.append(ax.pcolormesh(np.arange(H + 1) - 0.5, np.arange(H + 1) - 0.5, np.zeros((H, H)),
                                      cmap=SIGNED))
            cells.append([ax.text(j, i, "", ha="center", va="center") for i in range(H) for j in range(H)])
            ax.set(xticks=[], yticks=[], aspect="equal")
            ax.invert_yaxis()
            ax.spines[:].set_visible(False)
        titles = [middle.set_title(" "), right.set_title(" ")]
        below = [ax.text(0.5, -0.04, "", transform=ax.transAxes, ha="center", va="top", color=GREY)
                 for ax in (middle, right)]
        for title in titles:
            title.set_math_fontfamily("cm")

    def update(data):
        t, lengths = data["t"], length(data["terms"])
        limit = max(np.abs(data["terms"]).max(), np.abs(data["so_far"]).max(), np.abs(data["whole"]).max())
        for k, (bar, text) in enumerate(zip(bars, over), 1):
            bar.set_height(lengths[k - 1] / lengths.max())
            bar.set_color(ACCENT if k == t else BACKWARD if k > t else PALE)
            text.set(y=lengths[k - 1] / lengths.max() + 0.02, text=f"{lengths[k - 1]:.2f}",
                     color=INK if k >= t else MUTED)
        for image, texts, table in zip(maps, cells, (data["terms"][t - 1], data["so_far"])):
            image.set(array=table, clim=(-limit, limit))
            for text, value in zip(texts, table.ravel()):
                text.set(text=decimals(value), color=on_cell(value, limit))
        titles[0].set(text=f"$da_{t}\\ h_{t - 1}^{{\\top}}$", color=ACCENT)
        titles[1].set(text=f"sum of steps {t} to {T}" if t < T else f"step {T} alone", color=BACKWARD)
        below[0].set_text(f"length {lengths[t - 1]:.2f}")
        below[1].set_text(f"length {length(data['so_far']):.2f}, whole gradient {length(data['whole']):.2f}")

    return Sketch(figure, [*bars, *over, *maps, *sum(cells, []), *titles, *below], update)
