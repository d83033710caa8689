"""Whose work is on the site, and under which licence: read from what each package says of itself.

Where a package names its licence and does not hold its text, another one does: FULL_TEXT.
"""

import io
import json
import re
import tarfile
import zipfile
from dataclasses import dataclass
from email.parser import HeaderParser
from importlib.metadata import distribution

from slides import fonts, vendor

PAGES = ("Sphinx", "furo", "sphinx-basic-ng", "Pygments", "accessible-pygments", "myst-nb")
MATHJAX = "sphinx-mathjax-offline"
LAB = ("jupyterlite-core", "jupyterlite-pyodide-kernel")
FULL_TEXT = {"Apache": "requests", "MPL": "hypothesis", "PSF": "typing-extensions"}
JUPYTER = re.compile("@(jupyter|lumino)")       # packages of JavaScript under the licence of JupyterLab
OWN = "bptt_course"
LICENCE = re.compile(r"(^|/)(licen[cs]e|copying|notice)[^/]*$", re.IGNORECASE)


@dataclass
class Notice:
    """A package: its name, version, licence, the licence's text, and the part of the site that it is in."""
    name: str
    version: str
    licence: str
    text: str
    part: str


def collected(site):
    """All notices, a list. site: the folder with slides/ and lab/, as far as they are there."""
    found = [*(of_distribution(name, "pages") for name in PAGES), of_mathjax()]
    if any((site / "slides").glob("*.html")):
        found += [of_npm(vendor.tarball(name), "slides") for name in vendor.DECK]
        text = fonts.LICENCE.read_text(encoding="utf-8")
        found.append(Notice("DejaVu fonts", "", "Bitstream Vera", text, "slides"))
    if (site / "lab").exists():
        found += of_lab(site / "lab")
    unique = {(each.name.lower(), each.version, each.licence): each for each in found if each.name != OWN}
    return list(unique.values())


def of_lab(lab):
    """The notices of JupyterLite, of Pyodide and of all that runs in it."""
    found = [of_distribution(name, "lab") for name in LAB]
    for path in sorted(lab.rglob("pyodide-lock.json")):
        about = json.loads(path.read_text(encoding="utf-8"))["info"]
        found += [of_npm(vendor.tarball("pyodide"), "lab"),
                  Notice("Python", about["python"], "PSF-2.0", full_text("PSF-2.0"), "lab")]
    found += [of_wheel(path) for path in sorted(lab.rglob("*.whl"))]
    for path in sorted(lab.rglob("third-party-licenses.json")):
        found += of_bundle(path)
    return found


def of_mathjax():
    """The notice of MathJax, which says its version in its code."""
    script = distribution(MATHJAX).locate_file(f"{MATHJAX}/static/mathjax/tex-chtml.js")
    said = re.search(r'VERSION="(3\.[\d.]+)"', script.read_text(encoding="utf-8"))
    packed = of_distribution(MATHJAX, "pages")
    return Notice("MathJax", said[1], packed.licence, packed.text, "pages")


def full_text(licence):
    """The text of a licence that a package only names, from one that has it; "" if there is none."""
    return next((of_distribution(name, "").text for word, name in FULL_TEXT.items() if word in licence), "")


def of_distribution(name, part):
    """The notice of an installed package."""
    about = distribution(name)
    paths = [path for path in about.files or () if ".dist-info/" in str(path) and LICENCE.search(str(path))]
    text = "\n\n".join(path.read_text(encoding="utf-8") for path in paths)
    return from_metadata(about.metadata, text, part)


def from_metadata(metadata, text, part):
    """A notice from a package's metadata. text: of its licence files."""
    kinds = [value.rpartition(" :: ")[2] for value in metadata.get_all("Classifier") or ()
             if value.startswith("License ::")]
    said = metadata.get("License-Expression") or metadata.get("License") or ""
    licence = said if said and len(said) < 60 else ", ".join(kinds) or first_line(said) or first_line(text)
    return Notice(metadata["Name"], metadata["Version"], licence, text.strip() or full_text(licence), part)


def first_line(text):
    """The first line of a text that has any letters; "" if there is none."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


def of_wheel(path):
    """The notice of a wheel that the lab hands out."""
    with zipfile.ZipFile(path) as wheel:
        names = [name for name in wheel.namelist() if ".dist-info/" in name]
        about = next(name for name in names if name.endswith(".dist-info/METADATA"))
        metadata = HeaderParser().parsestr(wheel.read(about).decode("utf-8"))
        text = "\n\n".join(wheel.read(name).decode("utf-8", "replace")
                           for name in names if LICENCE.search(name))
    return from_metadata(metadata, text, "lab")


def of_npm(content, part):
    """The notice of a package of npm. content: the bytes of its tarball."""
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
        about = json.load(archive.extractfile("package/package.json"))
        texts = [archive.extractfile(member).read().decode("utf-8") for member in archive.getmembers()
                 if re.fullmatch("package/licen[cs]e[^/]*", member.name, re.IGNORECASE)]
    text = "\n\n".join(texts).strip() or full_text(about["license"])
    return Notice(about["name"], about["version"], about["license"], text, part)


def of_bundle(path):
    """The notices that a bundle of JavaScript has collected of its own parts."""
    jupyter = of_distribution("jupyterlab", "lab").text
    for each in json.loads(path.read_text(encoding="utf-8"))["packages"]:
        text = (each.get("extractedText") or "").strip() or (jupyter if JUPYTER.match(each["name"]) else "")
        yield Notice(each["name"], each.get("versionInfo") or "", each.get("licenseId") or "", text, "lab")


def without(found):
    """The names of packages that say no licence at all."""
    return [each.name for each in found if not each.licence]
