"""Stored pictures have a palette: few bytes, colours as they were drawn to the eye, and no jumps."""

import io

import numpy as np
import pytest
from PIL import Image

from notebooks import same_picture
from pictures import figures
from pictures import png as palette

STEPS = np.linspace(0, 3, 40)


def pixels(png):
    """A picture as integers, (height, width, 4), as the tests of the notebooks read it."""
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"), int)


def curves(move=0.0):
    """A figure with lines of several colours, some of them pale."""
    values = {name: np.exp(-rate * STEPS) * (1 + move)
              for name, rate in (("slow", 0.5), ("quick", 2.0), ("flat", 0.0))}
    mirrored = {name: 1 - 0.5 * curve for name, curve in values.items()}
    return figures.loss_curves({"one": values, "two": mirrored}, "loss")


def heat_maps(move=0.0):
    """A figure with three colour maps and a colour of its own for every cell."""
    class Cache:
        i = f = np.random.default_rng(0).random((30, 1, 8)) + move
        c = np.random.default_rng(1).uniform(-1, 1, (31, 1, 8)) + move
    return figures.gates_at_work(np.arange(30) == 3, Cache)


def drawn(figure):
    """The picture before it gets a palette, (height, width, 4)."""
    buffer = io.BytesIO()
    with figures.look():
        figure.savefig(buffer, format="png", dpi=160)
    return pixels(buffer.getvalue()), len(buffer.getvalue())


@pytest.mark.parametrize("figure", [curves, heat_maps, figures.folded_and_unrolled, figures.lstm_cell])
def test_a_stored_picture_looks_as_it_was_drawn(figure):
    (expected, size), png = drawn(figure()), figure().png()
    assert np.abs(pixels(png) - expected).mean() < palette.ERROR and same_picture(pixels(png), expected)
    assert len(png) < (0.9 if figure is heat_maps else 0.45) * size
    assert figure().png() == png and b"matplotlib" not in png.lower()


def test_heat_maps_keep_every_colour():
    assert (pixels(heat_maps().png()) == drawn(heat_maps())[0]).all()


@pytest.mark.parametrize("figure", [curves, heat_maps])
@pytest.mark.parametrize("move", [1e-12, 1e-9, 1e-6])
def test_a_picture_that_hardly_differs_stays_one_that_hardly_differs(figure, move):
    assert same_picture(pixels(figure(move).png()), pixels(figure().png()))


def test_rounding_errors_of_another_processor_do_not_move_the_palette():
    """Some pixels, one shade lighter or darker: about as many as another order of additions changes."""
    before = drawn(curves())[0][..., :3].astype(np.uint8)
    rng, stored = np.random.default_rng(0), pixels(palette.small_png(Image.fromarray(before)))
    coloured = np.argwhere((before < 250).all(axis=-1))
    for _ in range(5):
        after = before.copy()
        some = tuple(coloured[rng.choice(len(coloured), 20, replace=False)].T)
        after[some] += rng.choice([1, 255], (20, 3)).astype(np.uint8) * (after[some] > 0)
        assert same_picture(pixels(palette.small_png(Image.fromarray(after))), stored)


def test_any_colours_become_few():
    """Few colours stay as they are; noise, the worst case, becomes at most 256 colours."""
    codes = np.arange(256)
    np.testing.assert_array_equal(palette.few(codes, np.ones(256)), codes)
    noise = np.unique(np.random.default_rng(0).integers(0, 256 ** 3, 50_000))
    assert len(np.unique(palette.few(noise, np.ones(len(noise))))) <= palette.COLOURS
