"""Lesson 08: how far an open forget gate carries a gradient, beside the plain network."""

from functools import lru_cache

import numpy as np

from helpers import activations, lstm, rnn
from helpers.pathologies import lags
from pictures.canvas import FORWARD, INK, MUTED, look, picture
from pictures.explorers.controls import Choice, Sketch, Slider
from pictures.explorers.explorer import Explorer
from pictures.marks import BEHIND, GREY, colour_bar, without_frame

STEPS, H, SEEDS = 60, 16, range(5)
BIASES = [0.5 * k for k in range(-2, 13)]
FLOOR = 1e-6                    # of the heat maps: what is smaller is white
LOWEST = 1e-14                  # of the curves


def carousel():
    """New networks as in lesson 08: what is left of a gradient after so many steps back."""
    return Explorer(
        "How far back does an open forget gate carry a gradient?",
        [Slider("bias", "bias of the forget gates", BIASES, 1.0, lambda b: f"{b:g}: they start near {gate(b):.3f}"),
         Slider("back", "steps back", list(range(0, STEPS + 1, 5)), 30, lambda k: f"{k}"),
         Choice("way", "the gradient may go", {"both ways": "both", "along c only": "c"}, "both")],
        carousel_data, carousel_sketch, carousel_words, page={"bias": 3.0})


def gate(bias):
    """Where a forget gate stands that has nothing but its bias."""
    return float(activations.sigmoid(np.array(bias)))


def network(cell, seed, **options):
    """As in lesson 08: a random network with D = 3, O = 2. Returns its parameters, inputs (STEPS+1, 8, 3), a gradient of the last
    output (8, 2), and the generator."""
    rng = np.random.default_rng(seed)
    return cell.init(3, H, 2, rng, **options), rng.standard_normal((STEPS + 1, 8, 3)), rng.standard_normal((8, 2)), rng


def curves(cell, way, **options):
    """Length of the gradient of the input k steps back, relative to that of the last one: (seeds, STEPS+1)."""
    found = []
    for seed in SEEDS:
        params, x, last, _ = network(cell, seed, **options)
        shut = {**params, "W_hh": np.zeros_like(params["W_hh"])} if way == "c" else None
        found.append(lags.left_by_lag(cell, params, x, last, back=shut))
    return np.array(found)


def fading(cell, way, **options):
    """The gradient of the memory, unit by unit, relative to the largest at the last step: (STEPS+1, H), [t] after step t."""
    params, x, _, rng = network(cell, 0, **options)
    last = rng.standard_normal((1, H))
    if way == "c":              # nothing but the gates multiplies
        f = lstm.forward(params, x[1:, :1]).f[:, 0]
        gradients = last * np.cumprod(np.concatenate([np.ones((1, H)), f[::-1]]), axis=0)[::-1]
    else:
        gradients = lags.memory_gradients(cell, params, x[1:, :1], last)[:, 0]
    return np.abs(gradients) / np.abs(last).max()


@lru_cache(maxsize=None)
def plain():
    """The plain network, which has no gate: its curves and its fading."""
    return curves(rnn, "both"), fading(rnn, "both")


@lru_cache(maxsize=None)
def gated(bias, way):
    """The LSTM with this bias of the forget gates: its curves and its fading."""
    return curves(lstm, way, forget_bias=bias), fading(lstm, way, forget_bias=bias)


def carousel_data(bias, back, way):
    """bias: first bias of the forget gates. back: steps. way: "both", or "c": not through the weights. Returns a dict.

    plain, gated: what is left by lag, (seeds, STEPS+1). maps: two tables of ``fading``. gate: sigmoid(bias).
    """
    (plain_curves, plain_map), (gated_curves, gated_map) = plain(), gated(bias, way)
    return {"back": back, "way": way, "bias": bias, "gate": gate(bias), "plain": plain_curves, "gated": gated_curves,
            "maps": (plain_map, gated_map)}


def carousel_words(data):
    k = data["back"]
    left = {name: lags.mean_of_logs(data[name])[k] for name in ("plain", "gated")}
    road = ", along the cell state only" if data["way"] == "c" else ""
    return (f"{k} steps back the plain network has {left['plain']:.0e} of its gradient left, and the LSTM (forget bias {data['bias']:g}"
            f"{road}) has {left['gated']:.0e}; means over five starts. A gate that stands at {data['gate']:.3f} at every step "
            f"keeps {data['gate'] ** k:.0e} of what is in the cell.")


def carousel_sketch():
    figure, (left, above, below) = picture(
        9.6, 4.2, alt="", mosaic=[["left", "above"], ["left", "below"]], width_ratios=[1.25, 1])
    k = np.arange(STEPS + 1)
    with look():
        strokes = [(0.9, 0.35)] * len(SEEDS) + [(2.2, 1)]               # thin and pale: a start; the last one: their mean
        plain_lines, gated_lines = ([left.plot(k, np.ones(STEPS + 1), color=colour, linewidth=width, alpha=alpha)[0]
                                     for width, alpha in strokes] for colour in (INK, FORWARD))
        alone, = left.plot(k, np.ones(STEPS + 1), color=MUTED, linestyle=(0, (4, 2)), linewidth=1.4)
        here = left.axvline(30, color=MUTED, linewidth=1.2, zorder=1)
        dots = [left.plot([], [], color=colour, marker="o", markersize=7)[0] for colour in (INK, FORWARD)]
        left.set(yscale="log", xlim=(0, STEPS), ylim=(LOWEST, 3), xlabel="steps back, $k$", title="what is left of the gradient")
        left.set_yticks([1e-12, 1e-8, 1e-4, 1])
        left.minorticks_off()
        notes = [left.text(0.03, 0.17 - 0.06 * row, words, transform=left.transAxes, color=colour, fontsize=11,
                           bbox={**BEHIND, "pad": 1}) for row, (words, colour) in enumerate(
            (("LSTM: five starts, and their mean", FORWARD), ("plain RNN", INK), ("dashed: the gate's value to the power $k$", GREY)))]
        images = []
        for ax in (above, below):
            images.append(ax.imshow(np.zeros((H, STEPS + 1)), cmap="Oranges", vmin=np.log10(FLOOR), vmax=0, aspect="auto",
                                    interpolation="nearest", extent=(-0.5, STEPS + 0.5, H + 0.5, 0.5)))
            ax.set(xticks=[0, STEPS // 2, STEPS], yticks=[4, 8, 12, 16], ylabel="unit")
            without_frame(ax)
        above.set_title("plain RNN, unit by unit")
        below.set_xlabel("step $t$; the gradient starts at the right")
        title = below.set_title(" ")
        colour_bar(images[0], [above, below], [-6, -3, 0], ["$10^{-6}$", "$10^{-3}$", "1"], aspect=18)

    def update(data):
        means = []
        for lines, name in ((plain_lines, "plain"), (gated_lines, "gated")):
            means.append(lags.mean_of_logs(np.maximum(data[name], 1e-300)))
            for line, values in zip(lines, [*data[name], means[-1]]):
                line.set_ydata(values)
        alone.set_ydata(data["gate"] ** k)
        here.set_xdata([data["back"]] * 2)
        for dot, mean in zip(dots, means):
            dot.set_data([data["back"]], [mean[data["back"]]])
        for image, table in zip(images, data["maps"]):
            image.set_data(np.log10(np.clip(table, FLOOR, 1)).T)
        title.set_text(f"LSTM, forget bias {data['bias']:g}: cell by cell")

    return Sketch(figure, [here, *plain_lines, *gated_lines, alone, *dots, *notes, *images, title], update)
