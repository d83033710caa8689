"""A site in headless Chromium, with every other host blocked: what is wrong with its pages."""

import re
import threading
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

import serve
from playwright.sync_api import TimeoutError
from slides import vendor

PATIENCE, SOON = 60_000, 20_000         # milliseconds
WEB = Path(__file__).with_name("web.js").read_text(encoding="utf-8")
STILL = "Promise.all(document.getAnimations().map(animation => animation.finished))"
OPEN = "document.querySelectorAll('details').forEach(details => { details.open = true })"
IMAGE = """box => {
    const image = box.querySelector('img');
    return image.complete && image.naturalWidth ? image.src : '' }"""
OTHER = "([box, old]) => box.dataset.drawn && box.querySelector('img').src !== old"
AT_END = "control => +control.value >= (control.options ? control.options.length - 1 : +control.max)"


@contextmanager
def served(folder):
    """The address at which a folder is handed out."""
    serving = serve.server(folder, 0)
    threading.Thread(target=serving.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{serving.server_port}"
    serving.shutdown()


@contextmanager
def opened(browser, base, width=1366, scheme="light"):
    """A page of a browser that reaches ``base`` alone. Yields (page, troubles, answers): the lists grow, with
    errors and requests that failed or went elsewhere, and with (path, bytes) of what came.
    """
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    troubles, answers = [], []

    def guard(route):
        if route.request.url.startswith((base, "data:", "blob:")):
            return route.continue_()
        troubles.append(f"asked for {route.request.url[:90]}")
        return route.abort()

    def answered(response):
        if response.status >= 400:
            troubles.append(f"{response.status} {response.url}")
        elif response.url.startswith(base):
            answers.append(response)

    context.route("**/*", guard)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.on("response", answered)
    page.on("pageerror", lambda error: troubles.append(str(error)[:200]))
    page.on("console", lambda message: troubles.append(message.text[:200])
                                       if message.type == "error" else None)
    yield page, troubles, answers
    context.close()


def faults(page, address, axe=""):
    """What is wrong with a page, all of it opened: list of str. axe: the script of axe-core, "" for none."""
    page.goto(address)
    page.wait_for_function("document.body.dataset.ready === 'yes'")
    page.evaluate(OPEN)                 # what is closed is looked at, too
    page.evaluate(STILL)                # half faded in, it has too little contrast
    if axe:
        page.evaluate(axe)
    return [f"{what}: {value}" for what, value in page.evaluate(WEB).items() if value]


def axe():
    """The script of axe-core, which looks for what keeps people out."""
    return vendor.files("axe")("axe.min.js").decode("utf-8")


def unmoved(page):
    """Move every control of every explorer of a page by keyboard; ``faults`` has opened what is closed.
    Returns how many there were, and the labels of those that changed no picture.
    """
    still, moved = [], 0
    for box in page.query_selector_all("div.explorer"):
        for control in box.query_selector_all("input, select"):
            box.query_selector("img").scroll_into_view_if_needed()
            page.wait_for_function(IMAGE, arg=box)
            before = box.evaluate(IMAGE)
            control.focus()
            page.keyboard.press("ArrowLeft" if control.evaluate(AT_END) else "ArrowRight")
            moved += 1
            try:
                page.wait_for_function(OTHER, arg=[box, before], timeout=SOON)
            except TimeoutError:
                still.append(control.evaluate("control => control.closest('label').innerText"))
    return moved, still


# --- links ---

class Links(HTMLParser):
    """The addresses that a page leads to, and the places in it that others can lead to."""

    def __init__(self, text):
        super().__init__()
        self.addresses, self.places = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        about = dict(attributes)
        self.places |= {about[name] for name in ("id", "name") if about.get(name)}
        self.addresses += [about[name] for name in ("href", "src", "data-film") if about.get(name)]


def dead_links(folder, pages):
    """Links that lead nowhere, a list of (page, address). folder: the site. pages: their names."""
    read = {path: Links((folder / path).read_text(encoding="utf-8")) for path in pages}
    dead = []
    for name, links in read.items():
        for address in links.addresses:
            if re.match("[a-z]+:|//", address):
                continue
            path, place = urldefrag(unquote(address))
            target = (folder / name).parent.joinpath(urlsplit(path).path).resolve() if path else folder / name
            target = target / "index.html" if target.is_dir() else target
            inside = target.relative_to(folder).as_posix() if target.is_relative_to(folder) else ""
            if not target.is_file() or place and inside in read and place not in read[inside].places:
                dead.append((name, address))
    return dead
