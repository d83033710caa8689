"""Figures of lesson 04: gradient lines, matrix products, and what a gradient check sees."""

import numpy as np
from matplotlib.patches import FancyBboxPatch

from pictures.canvas import ACCENT, BACKWARD, FORWARD, INK, MUTED, look, picture
from pictures.marks import GREY, arrow, label, one_digit, without_frame
from pictures.words import at_steps, power

CODE = {"size": 10, "color": GREY, "family": "monospace"}           # a line of code beside its box


def box(axes, x, y, width, height, colour, text="", size=11):
    """A quiet rounded box around (x, y), with text in it."""
    axes.add_patch(FancyBboxPatch((x - width / 2, y - height / 2), width, height, linewidth=1.4,
                                  edgecolor=colour, facecolor=colour + "22",
                                  boxstyle="round,pad=0,rounding_size=0.06", mutation_aspect=1))
    axes.text(x, y, text, ha="center", va="center", size=size, color=INK)


def bare(axes, xlim, ylim):
    """Axes without axes, in units that are equal in both directions."""
    axes.set(xlim=xlim, ylim=ylim, aspect="equal")
    axes.axis("off")


def gradient_lines():
    """One step of the network as lines of code: forward above, the gradient of each line's result below."""
    fig, axes = picture(10, 3.1, alt="A chain of boxes xw and hw, a, h, yw, y, e, L: one forward line each. "
                        "Blue arrows run right. Below each box is its gradient, made from the gradient on "
                        "its right: vermilion arrows run left. Two black arrows run down: da needs the value "
                        "h, and de the value e.")
    lines = [("a", "xw + hw + b_h"), ("h", "tanh(a)"), ("yw", "W_hy @ h"), ("y", "yw + b_y"),
             ("e", "y - target"), ("L", "0.5 * e @ e")]
    with look():
        for k, (name, code) in enumerate([("xw", "W_xh @ x"), ("hw", "W_hh @ h_prev")]):
            box(axes, 0, 2.5 - 1.1 * k, 0.9, 0.62, FORWARD, name)
            axes.text(0, 2.5 - 1.1 * k + 0.4, code, ha="center", **CODE)
            arrow(axes, (0.47, 2.5 - 1.1 * k), (1.24, 2.05 - 0.2 * k), FORWARD, head=11)
        for k, (name, code) in enumerate(lines):
            x = 1.75 * (k + 1)
            box(axes, x, 1.95, 0.9, 0.62, FORWARD, name)
            axes.text(x, 2.35, code, ha="center", **CODE)
            if k:
                arrow(axes, (x - 1.28, 1.95), (x - 0.47, 1.95), FORWARD, head=11)
        gradients = [("dxw, dhw", "da"), ("da", "(1 - h²) * dh"), ("dh", "W_hy.T @ dyw"), ("dyw", "dy"),
                     ("dy", "de"), ("de", "e"), ("dL", "1")]
        for k, (name, code) in enumerate(gradients):
            x = 1.75 * k
            axes.text(x, -0.13, code, ha="center", va="top", **CODE)
            box(axes, x, 0.3, 1.1 if k == 0 else 0.9, 0.62, BACKWARD, name)
            if k:
                arrow(axes, (x - 0.47, 0.3), (x - 1.75 + (0.57 if k == 1 else 0.47), 0.3), BACKWARD, head=11)
        for x, name, end in ((3.5, "h", 1.75), (8.75, "e", 8.75)):          # values that a gradient needs
            axes.plot([x], [1.64], "o", color=INK, markersize=6)
            arrow(axes, (x, 1.6), (end + 0.25 * (x - end > 0), 0.65), INK, head=11)
            axes.text((x + end) / 2 + 0.4, 1.0, f"value {name}", va="center", size=11, color=INK)
        bare(axes, (-0.85, 11.1), (-0.35, 3.2))
    return fig


def matrix_products(T=6):
    """Which matrix products must wait for each other, forward and backward. One box is one product."""
    fig, axes = picture(9.5, 3.1, alt=f"Forward: one wide box for the inputs of all {T} steps, then {T} "
                        "small boxes in a row, then one wide box for the outputs. Backward: one wide box, "
                        f"{T} small boxes from right to left, then four wide boxes.")
    left = 0.9
    middle, width = (T - 1) / 2 * 0.8, 0.8 * T - 0.1
    with look():
        for x in (left + middle + 0.0, left + middle + 5.6):
            for k in range(T):
                colour = FORWARD if x < 5 else BACKWARD
                box(axes, x - middle + 0.8 * k, 1.5, 0.52, 0.52, colour, str(k + 1), 10)
                if k:
                    near, far = x - middle + 0.8 * (k - 1) + 0.27, x - middle + 0.8 * k - 0.27
                    arrow(axes, *(((near, 1.5), (far, 1.5)) if x < 5 else ((far, 1.5), (near, 1.5))), colour,
                          head=11)
        x = left + middle
        box(axes, x, 2.45, width, 0.52, FORWARD, "inputs of all steps:  x, W_xh")
        box(axes, x, 0.55, width, 0.52, FORWARD, "outputs of all steps:  h, W_hy")
        x += 5.6
        box(axes, x, 2.45, width, 0.52, BACKWARD, "direct effects of all steps:  dy, W_hy")
        for k, text in enumerate(["dW_hy", "dW_hh", "dW_xh", "dx"]):
            box(axes, x + width / 4 * (k - 1.5), 0.55, width / 4 - 0.12, 0.52, BACKWARD, text)
        for y, text in ((2.45, "before\nthe loop"), (1.5, "the loop"), (0.55, "after\nthe loop")):
            axes.text(0.1, y, text, ha="right", va="center", size=11, color=GREY)
        axes.text(left + middle, 3.0, "Forward", ha="center", size=12, color=FORWARD)
        axes.text(x, 3.0, "Backward", ha="center", size=12, color=BACKWARD)
        bare(axes, (-0.9, 0.6 + 5.6 + width + 0.4), (0.1, 3.3))
    return fig


def step_size_curve(steps, central32, central64, complex64):
    """The V of the central difference and the flat line of the complex step. All: (number of steps,)."""
    bottom32, bottom64, end = central32.argmin(), central64.argmin(), complex64[-len(steps) // 3:]
    height = "much higher" if central32.min() > 100 * central64.min() else "not much higher"
    flat = end.max() < 10 * end.min() < complex64[0]
    course = "falls with the step and then stays flat" if flat else "ends"
    alt = ("Error against step size, both logarithmic. Central differences make a V: in float64 the bottom "
           f"is near a step of {power(steps[bottom64])}, in float32 {height} and further "
           f"{'right' if bottom32 < bottom64 else 'left'}. The complex step {course} at "
           f"{power(np.median(end))}.")
    fig, axes = picture(9, 4.6, alt=alt)
    with look():
        axes.loglog(steps, central32, color=MUTED)
        axes.loglog(steps, central64, color=FORWARD)
        axes.loglog(steps, complex64, color=ACCENT)
        for curve, colour in ((central32, MUTED), (central64, FORWARD)):
            k = int(np.argmin(curve))
            axes.plot(steps[k], curve[k], "o", color=colour, markersize=8)
        axes.text(3e-9, 3e-1, "central difference, float32", color=GREY, va="top", ha="right")
        axes.text(1.2e-12, 3e-6, "central difference,\nfloat64", color=FORWARD, ha="right", va="top")
        axes.text(1e-12, 6e-16, "complex step, float64", color=ACCENT)
        axes.text(1.5e-3, 3e-9, "truncation:\nstep too long", color=GREY)
        axes.text(4e-10, 3e-9, "rounding:\nstep too short", color=GREY, ha="right")
        axes.set(xlabel="step size ε   (short on the left)", ylabel="relative error of the derivative",
                 xlim=(steps.min(), steps.max()), ylim=(3e-17, 20), yticks=[1e-16, 1e-12, 1e-8, 1e-4, 1])
    return fig


def listed_cells(mistakes, errors):
    """One column of the table in words: which mistakes are hidden, and which pass a loose check."""
    hidden = [name for name, error in zip(mistakes, errors) if error < 1e-12]
    faint = [f"{name} ({one_digit(error)})" for name, error in zip(mistakes, errors) if 1e-12 <= error < 1e-2]
    return "; ".join(words + ", ".join(names) for words, names in
                     (("hidden ", hidden), ("an error below 1e-2 ", faint)) if names) or "all seen"


def where_mistakes_hide(errors, mistakes, conditions, apart=1):
    """Mistakes in rows, inputs in columns. errors: (mistakes, conditions), the last ``apart`` alone."""
    hidden = errors < 1e-12
    faint = ~hidden & (errors < 1e-2)
    level = np.where(hidden, 0, np.where(faint, 1, 2))
    every = "Every" if hidden[:, :-apart].any(axis=0).all() else "Not every"
    alt = ("A table of mistakes and inputs. Dark cells: the wrong gradient equals the right one, so no "
           f"check can see the mistake. {every} special input hides mistakes; the generic input with all "
           f"gradients hides {'some, too' if hidden[:, -apart:].any() else 'none'}. "
           + " ".join(f"{condition.replace(chr(10), ' ')}: {listed_cells(mistakes, errors[:, k])}."
                      for k, condition in enumerate(conditions)))
    fig, axes = picture(10, 6.6, alt=alt)
    last = len(conditions) - apart
    x = np.arange(len(conditions)) + 0.5 * (np.arange(len(conditions)) >= last)
    with look():
        colours = [INK, "#777777", "#f4d3bf"]
        for row, column in np.ndindex(level.shape):
            axes.add_patch(FancyBboxPatch((x[column] - 0.45, row - 0.42), 0.9, 0.84,
                                          boxstyle="round,pad=0,rounding_size=0.08",
                                          facecolor=colours[level[row, column]], linewidth=0))
            if faint[row, column]:
                axes.text(x[column], row, one_digit(errors[row, column]), ha="center", va="center", size=10,
                          color="white")
        axes.set(xlim=(-0.6, x[-1] + 0.6), ylim=(len(mistakes) - 0.4, -0.6), xticks=x, xticklabels=conditions,
                 yticks=range(len(mistakes)), yticklabels=mistakes)
        axes.xaxis.tick_top()
        axes.tick_params(labelsize=10)
        without_frame(axes)
        words = ("hidden: all that is compared is right", "its error: passes at a tolerance of 1e-2", "seen")
        for start, colour, text in zip((-0.35, 3.7, 8.0), colours, words):
            axes.text(start + 0.35, len(mistakes) + 0.15, text, va="center", size=10, clip_on=False)
            axes.add_patch(FancyBboxPatch((start - 0.1, len(mistakes) - 0.08), 0.32, 0.46, facecolor=colour,
                                          linewidth=0, clip_on=False,
                                          boxstyle="round,pad=0,rounding_size=0.06"))
        axes.set_ylim(len(mistakes) + 0.6, -0.6)
    return fig


def error_by_step(profiles):
    """Error of dx at each step. profiles: {title: {label: errors (T,)}}, a panel for each title.

    Each curve has its label in the first panel, where the other is furthest below it.
    """
    wrong = "; ".join(f"{title}: " + ", ".join(f"{name} {at_steps(errors > 1e-12)}"
                                               for name, errors in curves.items())
                      for title, curves in profiles.items())
    fig, axes = picture(9, 3.2, alt="The error of dx at each time step, for two specimens. Where they are "
                        f"wrong: {wrong}.", columns=len(profiles), sharey=True)
    with look():
        for panel, (title, curves) in zip(axes, profiles.items()):
            for k, errors in enumerate(curves.values()):
                steps = np.arange(1, len(errors) + 1)
                colour = (BACKWARD, ACCENT)[k]
                panel.plot(steps, errors, color=colour, linewidth=1.5, linestyle=("-", "--")[k])
                panel.plot(steps, errors, "o", color=colour, markersize=8,
                           markerfacecolor=(colour, "white")[k], markeredgewidth=1.5)
            panel.set(title=title, xlabel="step t", xticks=steps)
        axes[0].set(ylabel="error of dx at step t", ylim=(-0.012, 0.25))
        names, curves = zip(*next(iter(profiles.values())).items())
        for name, curve, other, colour in zip(names, curves, curves[::-1], (BACKWARD, ACCENT)):
            at = int(np.argmax(curve - other))
            label(axes[0], f"{name} specimen", at + 1, curve[at], colour, dx=0, dy=9, ha="center",
                  va="baseline")
    return fig
