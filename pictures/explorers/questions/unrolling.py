"""Lesson 01: which arrows of the unrolled drawing are one and the same weight?"""

from pictures.canvas import ACCENT, MUTED, look, picture
from pictures.explorers.controls import Choice, Sketch, Slider
from pictures.explorers.explorer import Explorer
from pictures.graph import COLUMN, LOOKS, ROW, Graph, blend
from pictures.marks import GREY

MOST = 7                    # steps
FOLDED = -2.9               # where the folded network stands, in units
INCHES = 0.66               # of a unit; a little smaller than usual, so that seven steps fit
NAMES = {"hh": "w_hh", "xh": "w_xh", "hy": "w_hy"}
QUIET = blend(MUTED, 0.45)


def unrolling():
    """One network, folded and unrolled: light up a weight everywhere it works."""
    return Explorer(
        "Which arrows are one and the same weight?",
        [Slider("T", "steps T", list(range(1, MOST + 1)), 5, lambda T: f"{T}: the sequence has {T} input{'s' * (T > 1)}"),
         Choice("weight", "light up", {"w_hh, from state to state": "hh", "w_xh, from input to state": "xh",
                                       "w_hy, from state to output": "hy"}, "hh")],
        unrolling_data, unrolling_sketch, unrolling_words, page={"T": 6, "weight": "xh"})


def unrolling_data(T, weight):
    """Which arrows a weight stands on. T: steps. weight: "hh", "xh" or "hy". Returns a dict.

    arrows: pairs of nodes such as ("h0", "h1"), one per use. stored, untied: numbers kept for all three weights,
    with one set for all steps, and with a copy per step.
    """
    ends = {"hh": lambda t: (f"h{t - 1}", f"h{t}"), "xh": lambda t: (f"x{t}", f"h{t}"), "hy": lambda t: (f"h{t}", f"y{t}")}
    return {"T": T, "weight": weight, "arrows": [ends[weight](t) for t in range(1, T + 1)], "stored": 3, "untied": 3 * T}


def unrolling_words(data):
    T, uses = data["T"], len(data["arrows"])
    return (f"At T = {T} the weight {NAMES[data['weight']]} stands on {uses} arrow{'s' * (uses > 1)} and is stored once. The whole network "
            f"keeps {data['stored']} weights; with a copy for every step it would keep {data['untied']}.")


def unrolling_sketch():
    figure, axes = picture((COLUMN * MOST - FOLDED + 1.3) * INCHES, (2 * ROW + 1.9) * INCHES, alt="")
    graph, arrows, steps = Graph(axes), {}, {t: [] for t in range(MOST + 1)}
    label = {kind: f"${name[0]}_{{{name[2:]}}}$" for kind, name in NAMES.items()}
    with look():
        for row, kind in enumerate("xhy"):
            graph.node(kind, (FOLDED, ROW * row), f"${kind}_t$", *LOOKS[kind], size=14)
            for t in range(kind != "h", MOST + 1):
                steps[t] += graph.node(f"{kind}{t}", (COLUMN * t, ROW * row), f"${kind}_{t}$", *LOOKS[kind], size=14)
        arrows["x", "h"], arrows["h", "y"] = graph.arrow("x", "h", label["xh"]), graph.arrow("h", "y", label["hy"])
        arrows["h", "h"] = graph.loop("h", label["hh"])
        for t in range(1, MOST + 1):
            for pair, kind in (((f"h{t - 1}", f"h{t}"), "hh"), ((f"x{t}", f"h{t}"), "xh"), ((f"h{t}", f"y{t}"), "hy")):
                arrows[pair] = graph.arrow(*pair, label[kind])
                steps[t] += arrows[pair]
        top = 2 * ROW + 0.85
        graph.text((FOLDED, top), "folded", GREY)
        title = graph.text((-0.4, top), "", GREY, ha="left")
        axes.set(xlim=(FOLDED - 0.7, COLUMN * MOST + 0.6), ylim=(-0.5, top + 0.3))
    moving = [title] + [artist for parts in (*steps.values(), *arrows.values()) for artist in parts]

    def update(data):
        lit = {*data["arrows"], tuple(data["weight"])}
        title.set_text(f"unrolled, T = {data['T']}: lit {data['T']} time{'s' * (data['T'] > 1)}, stored once")
        for t, artists in steps.items():
            for artist in artists:
                artist.set_visible(t <= data["T"])
        for pair, (arrow, name) in arrows.items():
            arrow.set(color=ACCENT if pair in lit else QUIET, linewidth=2.8 if pair in lit else 1.3)
            name.set_color(ACCENT if pair in lit else GREY)

    return Sketch(figure, list(dict.fromkeys(moving)), update)
