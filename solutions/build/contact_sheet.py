"""Every stored picture of the course on one page, on light and on dark ground, with its alternative text.

    python solutions/build/contact_sheet.py          writes build/figures.html, build/figures-light.png
                                                     and build/figures-dark.png

Look through it after a change to the figures' style: it takes a minute, and no kernel runs.
"""

import base64
import html
import io
from pathlib import Path

import nbformat
from PIL import Image, ImageDraw

COURSE = Path(__file__).parent.parent.parent
# JupyterLab's two themes: ground and text.
GROUNDS = {"light": ("#ffffff", "#222222"), "dark": ("#111111", "#dddddd")}
COLUMNS, WIDTH, GAP = 4, 480, 24        # of the PNG sheets, in pixels


def main():
    """Write the page and the two sheets into build/."""
    out = COURSE / "build"
    out.mkdir(exist_ok=True)
    found = pictures()
    (out / "figures.html").write_text(page(found), encoding="utf-8")
    for name, (ground, text) in GROUNDS.items():
        sheet(found, ground, text).save(out / f"figures-{name}.png")
    print(f"{len(found)} pictures: build/figures.html, build/figures-light.png, build/figures-dark.png")


def pictures():
    """All pictures of the executed solutions, in order:
    list of (name, PNG bytes, width on screen, alternative text).
    """
    found = []
    for path in sorted((COURSE / "solutions").glob("[0-9][0-9]_*.ipynb")):
        outputs = [output for cell in nbformat.read(path, 4).cells for output in cell.get("outputs", [])]
        stored = [output for output in outputs if "image/png" in output.get("data", {})]
        for number, output in enumerate(stored, 1):
            about = output.metadata["image/png"]
            found.append((f"{path.stem} · {number}", base64.b64decode(output.data["image/png"]),
                          about["width"], about["alt"]))
    return found


def page(found):
    """The contact sheet as HTML, for a browser."""
    def figure(name, png, width, alt, text):
        source = base64.b64encode(png).decode()
        return (f'<figure style="max-width: 100%; margin: 0 0 32px; color: {text}">'
                f"<b>{html.escape(name)}</b><br>"
                f'<img src="data:image/png;base64,{source}" width="{width}" alt="{html.escape(alt)}"'
                ' style="max-width: 100%; height: auto">'
                f"<figcaption>{html.escape(alt)}</figcaption></figure>")

    columns = "".join(f'<div style="flex: 1; min-width: 0; padding: 24px; background: {ground}">'
                      f'{"".join(figure(*picture, text) for picture in found)}</div>'
                      for ground, text in GROUNDS.values())
    return ('<!doctype html><html lang="en"><meta charset="utf-8"><title>All figures</title>'
            f'<body style="margin: 0; display: flex; font: 14px sans-serif">{columns}</body></html>')


def sheet(found, ground, text):
    """The contact sheet as one image, a few pictures per row."""
    cells = []
    for name, png, _, _ in found:
        picture = Image.open(io.BytesIO(png)).convert("RGB")
        cells.append((name, picture.resize((WIDTH, round(picture.height * WIDTH / picture.width)),
                                           Image.LANCZOS)))
    rows = [cells[k:k + COLUMNS] for k in range(0, len(cells), COLUMNS)]
    heights = [max(picture.height for _, picture in row) + GAP + 16 for row in rows]
    paper = Image.new("RGB", (COLUMNS * (WIDTH + GAP) + GAP, sum(heights) + GAP), ground)
    draw, top = ImageDraw.Draw(paper), GAP
    for row, height in zip(rows, heights):
        for k, (name, picture) in enumerate(row):
            left = GAP + k * (WIDTH + GAP)
            draw.text((left, top), name, fill=text)
            paper.paste(picture, (left, top + 16))
        top += height
    return paper


if __name__ == "__main__":
    main()
