"""The explorers without a browser: numbers are right, controls matter, a kept figure draws as a new one."""

import base64
import io
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from helpers import clip, datasets, gradcheck, losses, lstm, rnn
from helpers.long_sequences import truncated
from helpers.pathologies import cliff, initialisation, lags
from pictures import explorers
from pictures.canvas import ACCENT, BACKWARD
from pictures.explorers.controls import Choice, Slider
from pictures.explorers.explorer import Explorer
from pictures.explorers.film import Film
from pictures.explorers.widgets import panel
from pictures.explorers.questions import forward_and_backward as step_by_step
from pictures.explorers.questions.carousel import H, fading, network
from pictures.explorers.questions.cloud_of_gradients import turning
from pictures.explorers.questions.gradient_check import (BUGS, NAMES as WEIGHTS, NETWORKS, STEPS, backward,
                                                         gradient_check_data, gradient_check_sketch,
                                                         loss_of)
from pictures.explorers.questions.jacobian_product import RADII, W
from pictures.explorers.questions.truncation_window import DELAY, learning, parts_of
from pictures.explorers.questions.whose_contribution import length, whose_contribution_data

NAMES = explorers.__all__
every_explorer = pytest.mark.parametrize("name", NAMES)


def explorer(name):
    return getattr(explorers, name)()


def pixels(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), int)


@every_explorer
def test_a_frame_is_what_a_full_drawing_would_be(name):
    """Frames in which the ground is kept, after a walk through other settings, against the whole figure."""
    shown = explorer(name)
    film = Film(shown.sketch(), shown.data(**shown.start))
    for control in shown.controls:
        for value in (control.values[0], control.values[-1]):
            frame = film.frame(shown.data(**{**shown.start, control.name: value}))
            differ = np.abs(pixels(frame) - pixels(film.canvas.figure.png())).max(axis=-1) > 100
            assert np.mean(differ) < 1e-3, (control.name, value)


@every_explorer
def test_every_control_moves_the_picture_and_the_sentence_says_something(name):
    shown = explorer(name)
    film = Film(shown.sketch(), shown.data(**shown.start))
    for control in shown.controls:
        frames = {film.frame(shown.data(**{**shown.start, control.name: value}))
                  for value in (control.values[0], control.values[-1])}
        assert len(frames) == 2, control.name
        for value in control.values:
            assert shown.words(shown.data(**{**shown.start, control.name: value})).endswith(".")
        if not isinstance(control, Choice):
            assert all(control.meaning(value) for value in control.values)


@every_explorer
def test_all_frames_come_from_pure_numbers(name):
    """The same setting gives the same numbers again, whatever came between."""
    shown = explorer(name)
    first = str(shown.data(**shown.start))
    for control in shown.controls:
        shown.data(**{**shown.start, control.name: control.values[-1]})
    assert str(shown.data(**shown.start)) == first


@every_explorer
def test_the_panel_moves_resets_and_draws_once_per_reset(name):
    shown = explorer(name)
    box = panel(shown)
    image = next(child for child in box.children if type(child).__name__ == "Image")
    reset = next(child for child in box.children if getattr(child, "description", "") == "reset")
    start, drawn = image.value, []
    image.observe(lambda change: drawn.append(change["new"]), "value")
    for row, control in zip(box.children[1:], shown.controls):
        widget = next(child for child in row.children if hasattr(child, "index"))
        widget.index = (control.values.index(control.start) + 1) % len(control.values)
    assert drawn and image.value != start
    drawn.clear()
    reset.click()
    assert image.value == start and len(drawn) == 1


@every_explorer
def test_without_a_kernel_a_page_shows_a_picture_and_words(name):
    shown = explorer(name)
    picture = shown.picture(**shown.page)
    data, metadata = picture._repr_mimebundle_()
    assert metadata["image/png"]["alt"] == picture.alt == shown.words(shown.data(**shown.page))
    assert len(picture.alt) > 40
    assert picture.alt in repr(shown) and shown.question in repr(shown)


def test_without_ipywidgets_a_notebook_shows_the_still_picture_and_says_what_is_missing(monkeypatch, capsys):
    shown = []
    monkeypatch.setattr(pytest.importorskip("IPython.display"), "display",
                        lambda data, **options: shown.append(data))
    monkeypatch.setitem(sys.modules, "ipywidgets", None)                   # importing it fails
    monkeypatch.delitem(sys.modules, "pictures.explorers.widgets")
    clipping = explorers.clipping()
    clipping._ipython_display_()
    assert [list(data) for data in shown] == [["image/png", "text/plain"], ["text/html"]]
    assert base64.b64decode(shown[0]["image/png"]) == clipping.picture(**clipping.page).png()
    assert capsys.readouterr().out == "The controls need ipywidgets: pip install ipywidgets==8.1.8\n"


def test_a_start_that_is_no_value_is_named():
    with pytest.raises(ValueError, match="depth must start at one of its values .* received 3"):
        Explorer("?", [Slider("depth", "depth", [1, 2], 3)], dict, None, None)


def test_widgets_are_loaded_only_when_an_explorer_is_shown():
    code = ("import sys; from pictures import explorers; explorers.clipping(); "
            "print('ipywidgets' in sys.modules)")
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8")
    assert run.stdout == "False\n", run.stderr


def test_unrolling_counts_uses_and_weights():
    data = explorers.unrolling().data(T=5, weight="xh")
    assert data["arrows"] == [("x1", "h1"), ("x2", "h2"), ("x3", "h3"), ("x4", "h4"), ("x5", "h5")]
    assert (data["stored"], data["untied"]) == (3, 15)


@pytest.mark.parametrize("w", [-1.5, 0.9])
def test_step_by_step_ends_at_the_gradient(w):
    order = step_by_step.order()
    data = step_by_step.forward_and_backward_data(len(order) - 1, w)

    def loss(v):
        h, total = v["h0"], 0
        for x, target in zip(step_by_step.X, step_by_step.TARGET):
            h = np.tanh(v["w"] * h + step_by_step.U * x)
            total = total + 0.5 * (h - target) ** 2
        return total

    truth = gradcheck.complex_step(loss, {"w": np.array(w), "h0": np.array(step_by_step.H0)})
    assert data["dw"] == pytest.approx(truth["w"], rel=1e-12)
    assert data["known"]["dh", 0] == pytest.approx(truth["h0"], rel=1e-12)
    counts = [len(step_by_step.forward_and_backward_data(step, w)["known"]) for step in range(len(order))]
    assert counts == sorted(counts) and counts[0] == 1  # nothing is known before it is computed


def test_step_by_step_what_stands_on_the_arrows_adds_up_to_what_stands_at_the_node():
    """In the numbers that are shown, too, as long as w is that of the lesson."""
    known = step_by_step.forward_and_backward_data(len(step_by_step.order()) - 1, 0.9)["known"]
    for t in range(step_by_step.T + 1):
        arrows = [known[kind, t] for kind in ("direct", "later") if (kind, t) in known]
        assert sum(arrows) == pytest.approx(known["dh", t], rel=1e-12)
        assert round(sum(round(number, 2) for number in arrows), 2) == round(known["dh", t], 2)


@pytest.mark.parametrize("loss", ["every", "last"])
def test_contributions_add_up_to_the_gradient(loss):
    problem = gradcheck.random_problem(np.random.default_rng(4), T=6, B=1, D=2, H=3, O=4)
    mask = None if loss == "every" else np.arange(1, 7)[:, None] == 6
    truth = gradcheck.complex_step(gradcheck.cell_loss(gradcheck.rnn, problem, mask=mask),
                                   problem.variables())["W_hh"]
    data = whose_contribution_data(1, loss, 1.0)
    np.testing.assert_allclose(data["so_far"], truth, atol=1e-12)
    np.testing.assert_allclose(data["whole"], truth, atol=1e-12)


def test_with_a_loss_at_the_end_early_terms_are_small():
    """What lesson 03 says below the explorer."""
    shares = {loss: length(whose_contribution_data(1, loss, 1.0)["terms"]) for loss in ("every", "last")}
    assert shares["every"].min() > 0.15 * shares["every"].max()
    assert shares["last"][:2].max() < 0.03 * shares["last"].max()


def test_what_lesson_04_says_about_the_check():
    def verdict(**setting):
        return gradient_check_data(**{"eps": 1e-5, "tolerance": 1e-7, "bug": "none", "network": "ordinary",
                                                     "method": "central", **setting})["passes"]

    assert verdict() and not verdict(eps=STEPS[2]) and not verdict(eps=STEPS[-4])
    bugs = [bug for bug in BUGS.values() if bug != "none"]
    assert len(bugs) == 4 and not any(verdict(bug=bug, tolerance=1e-1) for bug in bugs)
    assert verdict(bug="slope", network="tiny", tolerance=1e-4)
    assert not verdict(bug="slope", network="tiny", tolerance=1e-5)


def test_a_wrong_verdict_of_the_check_is_not_shown_as_a_good_one():
    sketch = gradient_check_sketch()
    setting = {"eps": 1e-5, "tolerance": 1e-4, "method": "central"}
    shown = []
    for bug, weights in (("slope", "tiny"), ("none", "ordinary"), ("slope", "ordinary")):
        sketch.update(gradient_check_data(bug=bug, network=weights, **setting))
        texts = [artist for artist in sketch.moving if hasattr(artist, "get_text")]
        shown += [(artist.get_text().split(",")[0], artist.get_color()) for artist in texts
                  if "passes" in artist.get_text() or "fails" in artist.get_text()]
    assert shown == [("wrongly passes", BACKWARD), ("passes", ACCENT), ("fails", ACCENT)]


def test_the_backward_pass_of_the_check_is_right():
    for weights in NETWORKS.values():
        truth = gradcheck.complex_step(loss_of, {name: np.array(value) for name, value in weights.items()})
        written = backward(weights, "none")
        assert all(abs(written[name] - truth[name]) < 1e-14 for name in WEIGHTS)


def test_clipping_by_value_keeps_three_directions():
    """What lesson 05 says below the explorer; and both agree with helpers.clip."""
    shown = explorers.clipping()
    kept = [angle for angle in range(0, 91, 5)
            if shown.data(length=3.0, angle=angle, limit=1.0)["cosine"]["value"] > 1 - 1e-9]
    assert kept == [0, 45, 90]
    for angle in (10, 30, 60, 80):
        value = shown.data(length=3.0, angle=angle, limit=1.0)["value"]
        assert abs(np.rad2deg(np.arctan2(*value[::-1])) - 45) < abs(angle - 45)
    data = shown.data(length=2.0, angle=30, limit=0.5)
    assert np.linalg.norm(data["norm"]) == pytest.approx(0.5)
    assert clip.global_norm({"p": data["gradient"]}) == pytest.approx(2.0)


@pytest.mark.parametrize("activation", ["tanh", "relu", "identity"])
def test_lesson_06_a_gradient_may_grow_where_eigenvalues_are_below_1(activation):
    data = explorers.jacobian_product().data
    longest = {radius: data(1, radius, activation)["values"][:, 0] for radius in RADII}
    assert longest[0.9][1] > 1.1
    assert all((longest[radius][1:] < 1).all() for radius in RADII if radius <= 0.7)
    shortest = data(1, 0.9, activation)["values"][:, 1]
    assert np.flatnonzero(shortest == 0).tolist() == (list(range(2, 21)) if activation == "relu" else [])


@pytest.mark.parametrize("lag", [0, 3, 20])
def test_the_linear_ellipse_is_that_of_a_power(lag):
    power = np.linalg.matrix_power(initialisation.with_spectral_radius(W, 1.2), lag)
    data = explorers.jacobian_product().data(lag, 1.2, "identity")
    np.testing.assert_allclose(data["values"][lag], np.linalg.svd(power, compute_uv=False), rtol=1e-9)
    lengths = np.linalg.norm(data["shape"], axis=1)
    np.testing.assert_allclose([lengths.max(), lengths.min()], np.linalg.norm(data["axes"], axis=1),
                               rtol=1e-3)


def test_lesson_06_a_cloud_becomes_a_needle_and_grows_before_it_shrinks():
    """What lesson 06 says below the explorer, and numbers that can be had in another way."""
    def data(**setting):
        return explorers.cloud_of_gradients().data(**{"step": 20, "turn": 45, "first": 1.8, "second": 0.3,
                                                      "slope": 1.0, **setting})

    needle, symmetric, spinning = data(), data(turn=0, first=0.8), data(turn=90)
    assert needle["radius"] < 1 < needle["lengths"][1, 0] < needle["lengths"][2, 0]
    assert needle["lengths"][20, 0] < 1 and needle["angle"] < 0.1 and not needle["alike"]
    np.testing.assert_allclose(symmetric["rates"], np.tile(symmetric["limits"], (20, 1)), rtol=1e-12)
    assert spinning["alike"] and spinning["angle"] == pytest.approx(90)     # two steps: as round as before
    assert data(first=0.3)["angle"] == pytest.approx(90)
    assert data(slope=0.5)["rates"] == pytest.approx(needle["rates"] + np.log(0.5))
    power = np.linalg.matrix_power(turning(45, 1.8, 0.3), 3)
    shown = data(step=3)
    np.testing.assert_allclose(shown["lengths"][3], np.linalg.svd(power, compute_uv=False), rtol=1e-9)
    np.testing.assert_allclose(shown["cloud"][0], power[0], rtol=1e-12)     # (1, 0) picks the first row


def test_lesson_06_the_size_of_inputs_moves_the_line_of_tanh_alone():
    def first_longer(activation, size):
        longer = explorers.vanish_or_explode().data(1.0, activation, size)["map"][:, -1] > 0
        return round(0.3 + 0.1 * longer.argmax(), 1) if longer.any() else None

    lines = {name: [first_longer(name, size) for size in (0.1, 0.5, 1.0, 2.0)]
             for name in ("tanh", "relu", "identity")}
    assert lines == {"tanh": [1.4, 1.7, None, None], "relu": [1.4] * 4, "identity": [1.1] * 4}
    maps = [explorers.vanish_or_explode().data(1.0, "identity", size)["map"] for size in (0.1, 2.0)]
    np.testing.assert_array_equal(*maps)


def test_lesson_06_a_threshold_must_fit():
    data = explorers.the_cliff().data
    arrived = {(rate, limit): data(rate, limit, 0)["arrived"]
               for rate in (0.1, 0.2, 1.0) for limit in (None, 10.0, 3.0, 1.0, 0.1)}
    assert arrived[0.2, 10.0] == arrived[0.2, None] < 60 and arrived[0.2, 3.0] == arrived[0.2, 1.0] == 100
    assert arrived[1.0, 3.0] == 78 and arrived[0.1, 0.1] == 84 and arrived[0.1, 1.0] == 100
    walk = data(0.2, 1.0, 30)
    value, dw, db = cliff.loss_and_gradient(*walk["path"][30])
    assert (walk["loss"][30], walk["length"][30]) == pytest.approx((value, np.hypot(dw, db)))


@pytest.mark.parametrize(("k1", "k2"), [(1, 4), (3, 5), (12, 12)])
def test_parts_of_the_windows_add_up_to_the_truncated_gradient(k1, k2):
    params, rng = learning(1)
    x, target, mask = datasets.delayed_echo(12, 3, DELAY, rng)
    grads = truncated.loss_and_gradients(rnn, params, x, target, losses.squared_error, k1, k2, mask,
                                         reduction="sum")[1]
    kept = parts_of(params, x, target, mask)[truncated.reached(12, k1, k2)].sum(axis=0)
    np.testing.assert_allclose(kept,
                               np.concatenate([grads[name].ravel() for name in ("W_hh", "W_xh", "b_h")]),
                               atol=1e-12)


def test_lesson_07_lags_are_cut_whole_or_in_part():
    data = explorers.truncation_window().data
    full = data(12, 12, 1)
    narrow, wide = data(1, 6, 10), data(6, 6, 10)
    assert full["kept"].sum() == pytest.approx(1) and full["cosines"] == pytest.approx(1)
    assert narrow["kept"][:6] == pytest.approx(full["kept"][:6]) and not narrow["kept"][6:].any()
    assert wide["kept"][0] == pytest.approx(full["kept"][0]) and not wide["kept"][6:].any()
    assert all(abs(wide["kept"][lag] - full["kept"][lag]) > 1e-3 for lag in range(1, 6))
    assert (narrow["reach"].sum(), wide["reach"].sum()) == (57, 42)
    assert (wide["cosines"] > narrow["cosines"]).sum() == 1
    assert data(5, 2, 3)["reach"].tolist() == data(5, 5, 3)["reach"].tolist()
    assert "k2 cannot be less than k1" in explorers.truncation_window().words(data(5, 2, 3))


def test_lesson_08_an_open_gate_carries_far():
    data = explorers.carousel().data
    found = {bias: data(bias, 30, "both")["gated"][:, 30] for bias in np.arange(-1, 6.5, 0.5)}
    means = [lags.mean_of_logs(lengths) for lengths in found.values()]
    assert np.all(np.diff(means[:9]) > 0) and means[-1] < means[-3]
    assert max(means[8:]) / min(means[8:]) < min(found[bias].max() / found[bias].min() for bias in (3.0, 6.0))
    assert means[0] < 1e-3 * lags.mean_of_logs(data(0.0, 30, "both")["plain"][:, 30])


def test_along_the_cell_state_alone_only_gates_multiply():
    """The map of the carousel's own road is what remains of the backward pass without the weights."""
    params, x, _, rng = network(lstm, 0, forget_bias=2.0)
    cache = lstm.forward(params, x[1:, :1])
    last = rng.standard_normal((1, H))
    shut = {**params, "W_hh": np.zeros_like(params["W_hh"])}
    _, dc, _ = lstm.through_time(shut, cache, np.zeros_like(cache.h[1:]), (np.zeros_like(last), last))
    np.testing.assert_allclose(fading(lstm, "c", forget_bias=2.0), np.abs(dc[:, 0]) / np.abs(last).max(),
                               rtol=1e-10)
