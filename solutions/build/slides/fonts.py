"""Fonts for text and mathematics, inside the page: lines break alike on every machine."""

import io
import re
from pathlib import Path

import matplotlib as mpl
from fontTools import subset
from fontTools.ttLib import TTFont
from slides import vendor
from slides.markup import address

TYPES = Path(mpl.get_data_path()) / "fonts" / "ttf"
LICENCE = TYPES / "LICENSE_DEJAVU"
MATH = ("Main-Regular", "Main-Bold", "Main-Italic", "Main-BoldItalic", "Math-Italic", "Math-BoldItalic",
        "AMS-Regular", "Caligraphic-Regular", "Typewriter-Regular",
        "Size1-Regular", "Size2-Regular", "Size3-Regular", "Size4-Regular")
TEXT = (("DejaVuSans.ttf", "Deck", 400, "normal"), ("DejaVuSans-Bold.ttf", "Deck", 700, "normal"),
        ("DejaVuSans-Oblique.ttf", "Deck", 400, "italic"), ("DejaVuSansMono.ttf", "Deck Mono", 400, "normal"))
ALWAYS = set(range(0x20, 0x7f)) | set(map(ord, "✓≠·–—…×−\u2060"))


def faces(sections):
    """The style sheet's fonts. sections: the HTML whose letters are needed."""
    katex = vendor.files("katex")
    made = []
    for face in MATH:
        family, _, kind = face.partition("-")
        made.append(font_face(f"KaTeX_{family}", katex(f"dist/fonts/KaTeX_{face}.woff2"), "woff2",
                              700 if "Bold" in kind else 400, "italic" if "Italic" in kind else "normal"))
    letters = set(map(ord, re.sub(r'src="data:[^"]*"', "", sections))) | ALWAYS
    for name, family, weight, style in TEXT:
        made.append(font_face(family, cut(TYPES / name, letters), "woff", weight, style))
    return "".join(made)


def font_face(family, content, kind, weight, style):
    """A font inside a style sheet."""
    return (f"@font-face{{font-family:'{family}';src:url({address(content, f'font/{kind}')}) "
            f"format('{kind}');font-weight:{weight};font-style:{style}}}")


def cut(path, letters):
    """A font with these letters only, as WOFF bytes; the same letters give the same bytes."""
    font = TTFont(path, recalcTimestamp=False)
    options = subset.Options()
    options.hinting = False
    options.drop_tables += ["FFTM"]
    small = subset.Subsetter(options)
    small.populate(unicodes=letters)
    small.subset(font)
    font.flavor = "woff"
    buffer = io.BytesIO()
    font.save(buffer)
    return buffer.getvalue()
