"""reveal.js, KaTeX and Pyodide, fetched once from the npm registry, without Node, and verified.

They are kept in build/vendor/. NPM_CONFIG_REGISTRY names another registry than https://registry.npmjs.org.
"""

import base64
import hashlib
import io
import os
import tarfile
import tomllib
import urllib.error
import urllib.request
from pathlib import Path

COURSE = Path(__file__).parent.parent.parent.parent
KEPT = COURSE / "build" / "vendor"
DECK = ("reveal", "katex")       # what is in a deck
PINNED = tomllib.loads(Path(__file__).with_name("vendor.toml").read_text(encoding="utf-8"))
REGISTRY = "https://registry.npmjs.org"
SECONDS = 60


class VendorError(Exception):
    """A package could not be fetched, or is not what it was."""


def files(name, kept=KEPT):
    """The files of a pinned package: a function from a path such as "dist/reveal.js" to bytes."""
    archive = tarfile.open(fileobj=io.BytesIO(tarball(name, kept)), mode="r:gz")
    return lambda path: archive.extractfile(f"package/{path}").read()


def tarball(name, kept=KEPT):
    """The bytes of a package, from ``kept`` or else from the registry. Raises VendorError."""
    about = PINNED[name]
    path = kept / f"{about['package']}-{about['version']}.tgz"
    if path.exists() and integrity(path.read_bytes()) == about["integrity"]:
        return path.read_bytes()
    content = fetched(about)
    if integrity(content) != about["integrity"]:
        raise VendorError(f"{about['package']} {about['version']} from {address(about)} is not the file "
                          "that was pinned in solutions/build/slides/vendor.toml; nothing was kept.")
    kept.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return content


def address(about):
    """Where the registry has a package."""
    registry = os.environ.get("NPM_CONFIG_REGISTRY") or os.environ.get("npm_config_registry") or REGISTRY
    return f"{registry.rstrip('/')}/{about['package']}/-/{about['package']}-{about['version']}.tgz"


def fetched(about):
    """A package's bytes from the network. Raises VendorError."""
    try:
        with urllib.request.urlopen(address(about), timeout=SECONDS) as answer:
            return answer.read()
    except (urllib.error.URLError, OSError) as error:
        raise VendorError(
            f"{about['package']} {about['version']} could not be fetched from {address(about)} ({error}). "
            "This needs the network once. NPM_CONFIG_REGISTRY names another "
            f"registry; or put the file into {KEPT.relative_to(COURSE)} yourself.") from None


def integrity(content):
    """A hash as npm writes it."""
    return "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()
