"""The course in JupyterLite: a server that compresses and counts, and lessons in headless Chromium."""

import functools
import gzip
import http.server
import threading
from pathlib import Path

import lab

from browser import KERNEL_READY

CELLS = """() => window.jupyterapp.shell.currentWidget.content.widgets
    .filter(cell => cell.model.type === 'code')
    .map(cell => ({id: cell.model.id, outputs: cell.model.outputs.toJSON()}))"""
PREPARED = "document.querySelector('.course-note')?.textContent === ''"
SAID = """async ([code, seconds]) => {
    const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel, said = [];
    const future = kernel.requestExecute({code});
    future.onIOPub = ({content: what}) => said.push(
        what.text ?? what.data?.['text/plain'] ?? (what.ename ? `${what.ename}: ${what.evalue}` : ''));
    const late = new Promise(done => setTimeout(done, 1000 * seconds, 'LATE'));
    await Promise.race([future.done, late]).then(end => end === 'LATE' && said.push('LATE'));
    return said.join('').trim() }"""
PACKED = {".html", ".js", ".mjs", ".json", ".css", ".wasm", ".ipynb", ".svg", ".py"}


@functools.cache
def packed(path):
    """A file, compressed as web servers do it."""
    return gzip.compress(path.read_bytes(), 6)


class Handler(http.server.SimpleHTTPRequestHandler):
    """Hands out a folder, in gzip what gains by it, and notes (path, status, bytes)."""

    extensions_map = {**http.server.SimpleHTTPRequestHandler.extensions_map,
                      ".wasm": "application/wasm", ".mjs": "text/javascript", ".ipynb": "application/json"}

    def __init__(self, asked, *rest, **named):
        self.asked = asked
        super().__init__(*rest, **named)

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        content = (packed(path) if path.suffix in PACKED else path.read_bytes()) if path.is_file() else b""
        self.asked.append((self.path, 200 if path.is_file() else 404, len(content)))
        self.send_response(self.asked[-1][1])
        if path.suffix in PACKED:
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        """Say nothing."""


class Site:
    """A folder on a port of this machine. asked: what was asked for. Use it in ``with``."""

    def __init__(self, folder, port=0):
        self.asked = []
        handler = functools.partial(Handler, self.asked, directory=str(folder))
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def opened(context, site, lesson, place="", patience=300_000):
    """The page of a lesson, its kernel ready, and a list that gets whatever goes wrong there, such as a
    request to another host. place: what the address ends with, such as "#exercise-3.6".
    """
    page, wrong = context.new_page(), []
    page.set_default_timeout(patience)
    page.on("pageerror", lambda error: wrong.append(f"page: {error}"))
    page.on("console", lambda said: said.type == "error" and wrong.append(f"console: {said.text}"))
    page.on("request", lambda request: request.url.startswith((site.address, "data:", "blob:"))
            or wrong.append(f"asks for {request.url}"))
    page.goto(f"{site.address}/{lab.address(lesson)}{place}")
    prepared(page)
    return page, wrong


def prepared(page):
    """Wait until a kernel is there and has the lesson's imports."""
    page.wait_for_function(KERNEL_READY)
    page.wait_for_function(PREPARED)


def said(page, code, seconds=60):
    """What the kernel says to some code, as text; it ends in LATE if it takes too long."""
    return page.evaluate(SAID, [code, seconds])


def texts(outputs):
    """What a cell printed and showed, without pictures: a text for each stream and each output."""
    streams, shown = {}, []
    for output in outputs:
        if output["output_type"] == "stream":
            streams[output["name"]] = streams.get(output["name"], "") + "".join(output["text"])
        elif output["output_type"] == "error":
            shown.append(f"{output['ename']}: {output['evalue']}")
        else:
            data = output["data"]
            shown += ["".join(data[kind]) for kind in sorted(data) if kind.startswith("text/")]
    return {**streams, "shown": shown}


def differences(page, stored):
    """The cells of code that say something else than in a stored notebook: list of (id, stored, here)."""
    here = {cell["id"]: texts(cell["outputs"]) for cell in page.evaluate(CELLS)}
    there = {cell.id: texts(cell.outputs) for cell in stored.cells if cell.cell_type == "code"}
    assert here.keys() == there.keys()
    return [(name, there[name], here[name]) for name in there if here[name] != there[name]]
