"""What every figure starts from: its description, its size, and bytes that are the same at every build."""

import base64
import html
import os
import struct
import subprocess
import sys

import matplotlib
import pytest

from pictures import figures


def drawing(alt="A line that rises.", **kwargs):
    figure, axes = figures.picture(4, 2, alt=alt, **kwargs)
    with figures.look():
        axes.plot([1, 2, 3], label="rising")
        axes.set_title("Title")
        axes.legend()
    return figure


def test_a_picture_needs_a_description():
    with pytest.raises(TypeError, match="alt"):
        figures.picture(4, 2)


def test_mimebundle_brings_picture_description_and_size():
    figure = drawing()
    data, metadata = figure._repr_mimebundle_()
    assert data["image/png"] == figure.png()
    assert data["text/plain"] == repr(figure) == "[picture: A line that rises.]"
    assert metadata == {"image/png": {"width": 320, "height": 160, "alt": "A line that rises."}}


def test_a_notebook_shows_it_and_reads_its_description_aloud(monkeypatch):
    """JupyterLab passes over a picture's own description, so it comes once more, as words that are unseen."""
    shown = []
    monkeypatch.setattr(pytest.importorskip("IPython.display"), "display",
                        lambda data, **options: shown.append((data, options)))
    drawing("A < B")._ipython_display_()
    (picture, options), (words, _) = shown
    assert base64.b64decode(picture["image/png"])[:4] == b"\x89PNG"       # as text, for browsers
    assert options["metadata"]["image/png"]["alt"] == "A < B"
    assert words["text/html"].endswith(">A &lt; B</p>")


def test_png_is_twice_as_sharp_as_shown():
    png = drawing().png()
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", png[16:24]) == (640, 320)


def test_png_bytes_are_the_same_at_every_build():
    figure = drawing()
    assert figure.png() == figure.png() == drawing().png()
    assert b"matplotlib" not in figure.png().lower()        # no name or version of the program that drew it


def test_the_look_does_not_depend_on_the_users_settings():
    """Nor does a picture change them."""
    expected = drawing().png()
    with matplotlib.rc_context({"font.size": 30, "lines.linewidth": 9, "savefig.dpi": 10, "axes.grid": True}):
        before = dict(matplotlib.rcParams)
        assert drawing().axes[0].title.get_fontsize() == 12
        assert dict(matplotlib.rcParams) == before
    assert drawing().png() == expected


DRAW = """
import hashlib
import matplotlib
from pictures import explorers, figures
from pictures.explorers.film import Film

clipping = explorers.clipping()
pictures = [figures.slots(T=3), figures.contributions([4, 6, 5]), figures.lstm_cell()]
film = Film(clipping.sketch(), clipping.data(**clipping.start))
frame = film.frame(clipping.data(length=2.0, angle=30, limit=0.5))
print([hashlib.sha256(png).hexdigest() for png in (*(picture.png() for picture in pictures), frame)])
print(matplotlib.rcParams["font.family"], matplotlib.rcParams["backend"])
"""


def test_the_readers_own_matplotlibrc_changes_nothing(tmp_path):
    """And pictures change nothing in it, nor the backend."""
    results = []
    for settings in ("text.usetex: True\nfont.family: serif\nsavefig.bbox: tight\nbackend: svg", ""):
        file = tmp_path / "matplotlibrc"
        file.write_text(settings, encoding="utf-8")
        run = subprocess.run([sys.executable, "-c", DRAW], capture_output=True, text=True, encoding="utf-8",
                             env={**os.environ, "MATPLOTLIBRC": str(file)})
        assert run.returncode == 0, run.stderr
        results.append(run.stdout.splitlines())
    assert results[0] == [results[1][0], "['serif'] svg"]


def test_several_axes():
    figure, axes = figures.picture(6, 3, alt="Two.", rows=1, columns=2, sharey=True)
    assert axes.shape == (2,) and len(figure.axes) == 2


def test_forward_and_backward_have_colours_of_their_own():
    colours = {figures.FORWARD, figures.BACKWARD, figures.ACCENT, figures.MUTED, figures.INK}
    assert len(colours) == 5


@pytest.mark.parametrize("suffix", [".svg", ".pdf", ".png"])
def test_a_picture_is_saved_for_print_the_same_each_time(tmp_path, suffix):
    saved = [figures.folded_and_unrolled(T=3).save(tmp_path / (name + suffix)).read_bytes()
             for name in ("one", "two")]
    assert saved[0] == saved[1] and len(saved[0]) > 1000
    if suffix == ".svg":
        text = saved[0].decode()
        assert "<image" not in text and "<path" in text
        assert html.escape(figures.folded_and_unrolled(T=3).alt, quote=False)[:40] in text


def test_another_format_is_named():
    with pytest.raises(ValueError, match="path must end in one of .svg, .pdf, .png; received 'a.jpg'"):
        figures.folded_and_unrolled(T=3).save("a.jpg")
