"""Lesson 05: what clipping does to a gradient's length, and what to its direction."""

import numpy as np

from helpers import clip
from pictures.canvas import BACKWARD, MUTED, look, picture
from pictures.explorers.controls import Sketch, Slider
from pictures.explorers.explorer import Explorer
from pictures.marks import GREY, arrow, label

LENGTHS = [round(0.25 * k, 2) for k in range(1, 17)]
ANGLES = list(range(0, 91, 5))
LIMITS = [round(0.1 * k, 1) for k in range(2, 26)]


def clipping():
    """One gradient with two entries, clipped by norm and by value."""
    return Explorer(
        "Which kind of clipping keeps the direction?",
        [Slider("length", "gradient's length", LENGTHS, 3.0, lambda v: f"{v:g}"),
         Slider("angle", "gradient's direction", ANGLES, 15, lambda v: f"{v}° from the first axis"),
         Slider("limit", "threshold c", LIMITS, 1.0, lambda c: f"{c:g}: longest norm (left), largest entry (right)")],
        clipping_data, clipping_sketch, clipping_words)


def clipping_data(length, angle, limit):
    """A gradient, clipped both ways. length; angle in degrees; limit: c. Returns a dict of pairs, and two cosines."""
    gradient = length * np.array([np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))])
    by_norm, by_value = clip.by_global_norm({"p": gradient}, limit)[0]["p"], clip.by_value({"p": gradient}, limit)["p"]
    turns = {name: float(gradient @ tip / length / np.linalg.norm(tip)) for name, tip in (("norm", by_norm), ("value", by_value))}
    return {"gradient": gradient, "limit": limit, "norm": by_norm, "value": by_value, "cosine": turns}


def clipping_words(data):
    before = np.linalg.norm(data["gradient"])
    norm, value = (f"leaves a length of {np.linalg.norm(data[kind]):.2f}, cosine {data['cosine'][kind]:.3f}" for kind in ("norm", "value"))
    return f"The gradient is {before:.2f} long. Clipping by norm {norm}; by value {value}. A cosine of 1 is the old direction."


def clipping_sketch():
    figure, axes = picture(8.6, 3.9, columns=2, sharex=True, sharey=True, alt="")
    angle = np.linspace(0, 2 * np.pi, 100)
    shapes = {"norm": (np.cos(angle), np.sin(angle)), "value": np.array([[1, 1, -1, -1, 1], [1, -1, -1, 1, 1]])}
    bounds, tips, before, names, notes = {}, {}, [], [], {}
    with look():
        for ax, kind in zip(axes, shapes):
            bounds[kind], = ax.plot(*shapes[kind], color="#BBBBBB", linewidth=1.4)
            before.append(arrow(ax, (0, 0), (1, 1), MUTED))
            tips[kind] = arrow(ax, (0, 0), (1, 1), BACKWARD, width=3)
            ax.set(aspect="equal", xlim=(-1.3, 4.3), ylim=(-1.3, 4.3), xticks=range(-1, 5), yticks=range(-1, 5),
                   title=f"by {kind}")
            names.append(label(ax, "gradient", 1, 1, GREY, dx=7, dy=2, va="baseline"))
            notes[kind] = ax.set_title("", loc="right", color=BACKWARD)

    def update(data):
        for kind, shape in shapes.items():
            bounds[kind].set_data(*(data["limit"] * np.asarray(shape)))
            tips[kind].set_positions((0, 0), data[kind])
            notes[kind].set_text(f"clipped: cosine {data['cosine'][kind]:.3f}")
        for patch in before:
            patch.set_positions((0, 0), data["gradient"])
        for name in names:
            name.xy = data["gradient"]

    return Sketch(figure, [*bounds.values(), *before, *tips.values(), *names, *notes.values()], update)
