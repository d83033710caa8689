"""Hand out a folder on this machine, always at the same port: what a browser keeps belongs to the port.

    python solutions/build/site/serve.py            build/site
"""

import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PORT = 8890
SITE = Path(__file__).parent.parent.parent.parent / "build" / "site"
KINDS = {".wasm": "application/wasm", ".mjs": "text/javascript", ".js": "text/javascript",
         ".json": "application/json", ".css": "text/css", ".html": "text/html; charset=utf-8"}


class Handler(SimpleHTTPRequestHandler):
    """Files, with the kinds that a browser insists on, whatever the machine thinks they are."""
    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, **KINDS}

    def log_message(self, *_):
        """Nothing is printed for each file."""


def server(folder, port=PORT):
    """A server of a folder, for this machine alone."""
    return ThreadingHTTPServer(("127.0.0.1", port), partial(Handler, directory=str(folder)))


def main():
    """Serve build/site until Ctrl + C."""
    if not (SITE / "index.html").exists():
        sys.exit("There is no site yet: make site builds it.")
    try:
        serving = server(SITE)
    except OSError:
        sys.exit(f"Port {PORT} is busy; is the site open already? Look at http://127.0.0.1:{PORT}/")
    print(f"The course is at http://127.0.0.1:{PORT}/ (Ctrl + C ends it)", flush=True)
    try:
        serving.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
