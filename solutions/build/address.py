"""The address of the repository stands in one place, [project.urls] in pyproject.toml.
This writes it wherever it is needed.

    python solutions/build/address.py       writes, and lists what still waits for an address

A place is a file with pairs of marks, a line with ``address: begin`` and one with ``address: end``.
Between them stands what is made from the address, or nothing while there is none. The cell that opens a
lesson (opening.py) has the address, too: build the lessons after a change.
"""

import re
import tomllib
from pathlib import Path
from urllib.parse import quote, urlencode

COURSE = Path(__file__).parent.parent.parent
BRANCH = "main"
LESSONS = sorted(path.stem for path in (COURSE / "solutions").glob("[0-9][0-9]_*.md"))
BADGE = "https://colab.research.google.com/assets/colab-badge.svg"
FIRST = f"notebooks/{LESSONS[0]}.ipynb"


def tests_badge(address):
    """A picture that says whether the tests pass, for README."""
    tests = f"{address}/actions/workflows/test.yml"
    return f"[![tests]({tests}/badge.svg)]({tests})\n"


def doors(address):
    """Links that open the course on somebody else's computer. Colab and Codespaces know GitHub alone."""
    there = address.removeprefix("https://github.com/")
    provider = f"git/{quote(address, safe='')}" if there == address else f"gh/{there}"
    site = (f"- **[The course as web pages]({pages(address)})**: read it, move its explorers, and run every "
            "lesson in your browser")
    lines = ["Nothing to install:", "", *[site] * bool(pages(address)),
             f"- [Binder](https://mybinder.org/v2/{provider}/{BRANCH}?urlpath={quote(f'lab/tree/{FIRST}')}), "
             "some minutes for the first who comes"]
    if there != address:
        colab = f"https://colab.research.google.com/github/{there}/blob/{BRANCH}/notebooks"
        lines += [f"- [Codespaces](https://codespaces.new/{there}), VS Code in your browser",
                  f"- [![Google Colab]({BADGE})]({colab}/{LESSONS[0]}.ipynb), lesson " +
                  " ".join(f"[{name[:2]}]({colab}/{name}.ipynb)" for name in LESSONS)]
    return "\n".join(lines) + "\n"


def pages(address):
    """Where the site is: Documentation of [project.urls], what site.yml publishes at GitHub, or ""."""
    owner, _, name = address.removeprefix("https://github.com/").partition("/")
    shown = f"https://{owner.lower()}.github.io/{name}/" if address.startswith("https://github.com/") else ""
    return urls().get("Documentation", shown)


def pip_line(address):
    """How to install the packages without a copy of the repository, for installing.md."""
    return f"Or straight from the repository:\n\n```\npython -m pip install git+{address}\n```\n"


def hub_link(address):
    """A link for a JupyterHub with nbgitpuller, for installing.md."""
    folder = address.rpartition("/")[2].removesuffix(".git")
    asked = urlencode({"repo": address, "branch": BRANCH, "urlpath": f"lab/tree/{folder}/{FIRST}"})
    return f"```\nhttps://YOUR-HUB/hub/user-redirect/git-pull?{asked}\n```\n"


PLACES = {              # what stands between the marks of a file, one function for each pair of marks
    "README.md": (tests_badge, doors),
    "installing.md": (pip_line, hub_link),
    "CITATION.cff": (lambda address: f"repository-code: {address}\n",),
    ".github/ISSUE_TEMPLATE/config.yml": (lambda address: (
        "contact_links:\n  - name: Read this first\n    about: How the course works\n"
        f"    url: {address}#readme\n"),),
}
MARKED = re.compile(r"(^[^\n]*address: begin[^\n]*\n).*?(^[^\n]*address: end[^\n]*$)",
                    re.DOTALL | re.MULTILINE)


def urls():
    """[project.urls] of pyproject.toml, a dict."""
    return tomllib.loads((COURSE / "pyproject.toml").read_text(encoding="utf-8"))["project"].get("urls", {})


def address():
    """The repository's address, without a slash at the end; None if pyproject.toml has none."""
    return urls().get("Repository", "").rstrip("/") or None


def written(place, found):
    """The text of a place with the address in it. found: the address, or None."""
    text, made = (COURSE / place).read_text(encoding="utf-8"), iter(PLACES[place])
    return MARKED.sub(lambda marks: marks[1] + (next(made)(found) if found else "") + marks[2], text)


def waiting():
    """The places that wait for an address, as a list of names."""
    return [] if address() else list(PLACES)


def main():
    """Write the address into every place."""
    for place in PLACES:
        (COURSE / place).write_text(written(place, address()), encoding="utf-8")
    print("\n".join(f"{place} waits for the address: [project.urls] has no Repository"
                    for place in waiting()) or address())


if __name__ == "__main__":
    main()
