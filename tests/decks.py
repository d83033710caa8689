"""A deck in a headless Chromium, with the network off: slides are measured, controls moved by keyboard."""

from contextlib import contextmanager
from pathlib import Path

MAIN, CODE = 20, 16             # pixels of type, at 1280 x 720
PICTURE, LETTERS, OF_SKETCH = 380, 14, 24       # pixels: a picture's height, its smallest letters, a sketch's
CONTRAST = 4.5
PATIENCE = 60_000               # milliseconds
PLACE = "[deck.getIndices().h, deck.getIndices().v || 0]"
IMAGE = "deck.getCurrentSlide().querySelector('div.explorer img')"

WALK = Path(__file__).with_name("decks.js").read_text(encoding="utf-8")



@contextmanager
def opened(browser, path, width=1280, height=720):
    """A deck, ready. Yields (page, what it asked of the network, errors): the lists grow."""
    context = browser.new_context(viewport={"width": width, "height": height}, offline=True)
    page, asked, wrong = context.new_page(), [], []
    page.set_default_timeout(PATIENCE)
    page.on("request", lambda request: None if request.url.startswith(("file:", "data:", "blob:"))
            else asked.append(request.url[:90]))
    page.on("pageerror", lambda error: wrong.append(str(error)[:200]))
    page.on("console", lambda message: wrong.append(message.text[:200]) if message.type == "error" else None)
    page.goto(path.as_uri())
    page.wait_for_function("document.body.dataset.ready === 'yes'")
    yield page, asked, wrong
    context.close()


def measured(page, start=0, end=10_000):
    """A row for each slide, a dict. start, end: numbers of slides, those below counted, too."""
    return page.evaluate(WALK, [start, end])


def faults(rows, small=True):
    """What is wrong with slides, a list of str. small: type and pictures, too (at 1280 x 720)."""
    return [f"{row['place']} {row['kind']} {row['title']!r}: {fault}"
            for row in rows for fault in of(row, small)]


def of(row, small):
    """What is wrong with one slide."""
    for edge in ("left", "top", "right", "bottom"):
        if row[edge] > 1:
            yield f"{row[edge]:.0f} px past the {edge} edge"
    for field, words in (
            ("early", "an answer stands there before its key"), ("dollars", "a raw $"),
            ("errors", "KaTeX could not read a formula"), ("spoken", "the notes are on the slide"),
            ("overlaps", "two things overlap")):
        if row[field]:
            yield words
    if not row["ready"]:
        yield "a picture was not drawn"
    if row["contrast"] < CONTRAST:
        yield f"contrast {row['contrast']:.1f}"
    for picture in row["pictures"]:
        if picture["cut"]:
            yield "something is cut off at the edge of its picture"
        if picture["alt"] < 20:
            yield "a picture without words for those who do not see it"
    if not small:
        return
    if row["kind"] != "below" and row["main"] < MAIN:
        yield f"type of {row['main']:.1f} px"
    if min(row["main"], row["code"]) < CODE:
        yield f"code of {row['code']:.1f} px"
    for picture in row["pictures"]:
        if picture["height"] < PICTURE - 1 and not picture["full"]:
            yield f"a picture {picture['height']:.0f} px high"
        if picture["letters"] < (OF_SKETCH if picture["sketch"] else LETTERS) - 0.1:
            yield f"a picture with letters of {picture['letters']:.1f} px"


def walked(page):
    """How many slides a clicker's keys reach, and how many the main line has. Code is skipped, and on the way
    back nothing new is seen.
    """
    page.evaluate("deck.slide(0, 0, -1)")
    slides, fragments = page.evaluate("""() => { window.reached = new Set([deck.getCurrentSlide()]);
        deck.on('slidechanged', event => window.reached.add(event.currentSlide));
        return [deck.getHorizontalSlides().length,
                document.querySelectorAll('.slides .fragment').length] }""")
    for number in range(slides + fragments):
        page.keyboard.press(("Space", "PageDown", "ArrowRight")[number % 3])
    reached = page.evaluate("window.reached.size")
    for number in range(slides + fragments):
        page.keyboard.press(("PageUp", "ArrowLeft")[number % 2])
    returned = page.evaluate("window.reached.size") == reached and page.evaluate(PLACE) == [0, 0]
    return reached if returned else -1, slides


def moved(page):
    """Move each control of each explorer by keyboard. Returns what did not work, a list of str."""
    wrong = []
    slides = page.evaluate("""deck.getSlides().filter(s => s.querySelector('div.explorer')).map(s => [
        deck.getIndices(s).h, deck.getIndices(s).v || 0, s.querySelectorAll('div.explorer input').length])""")
    for h, v, controls in slides:
        page.evaluate(f"deck.slide({h}, {v})")
        page.wait_for_function("deck.getCurrentSlide().querySelector('div.explorer').dataset.drawn")
        for number in range(controls):
            before = page.evaluate(f"{IMAGE}.src")
            page.keyboard.press(str(number + 1))
            at_end = page.evaluate("document.activeElement.value === document.activeElement.max")
            page.keyboard.press("ArrowLeft" if at_end else "ArrowRight")
            try:
                page.wait_for_function(f"before => {IMAGE}.complete && {IMAGE}.src !== before", arg=before,
                                       timeout=10_000)
            except Exception:
                wrong.append(f"{h}/{v}: control {number + 1} changes nothing")
            if page.evaluate(PLACE) != [h, v]:
                wrong.append(f"{h}/{v}: control {number + 1} changes the slide")
            page.keyboard.press("Escape")
        page.keyboard.press("1")
        page.keyboard.press("Space")
        if page.evaluate(f"[...{PLACE}, deck.getIndices().f ?? -1]") == [h, v, -1]:
            wrong.append(f"{h}/{v}: space does not go on from a control")
    return wrong
