"""The address of the repository stands in one place, [project.urls] in pyproject.toml.
This writes it wherever it is needed.

    python solutions/build/address.py       writes, and lists what still waits for an address

A place is a file with two marks, a line with ``address: begin`` and one with ``address: end``.
Between them stands what is made from the address, or nothing while there is none.
"""

import re
import tomllib
from pathlib import Path

COURSE = Path(__file__).parent.parent.parent
PLACES = {
    "README.md": "[![tests]({address}/actions/workflows/test.yml/badge.svg)]"
                 "({address}/actions/workflows/test.yml)\n",
    "CITATION.cff": "repository-code: {address}\n",
    ".github/ISSUE_TEMPLATE/config.yml": "contact_links:\n"
                                         "  - name: Read this first\n"
                                         "    about: How the course works\n"
                                         "    url: {address}#readme\n",
}
MARKED = re.compile(r"(^[^\n]*address: begin[^\n]*\n).*?(^[^\n]*address: end[^\n]*$)",
                    re.DOTALL | re.MULTILINE)


def address():
    """The repository's address, without a slash at the end; None if pyproject.toml has none."""
    project = tomllib.loads((COURSE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project.get("urls", {}).get("Repository", "").rstrip("/") or None


def written(place, found):
    """The text of a place with the address in it. found: the address, or None."""
    text = (COURSE / place).read_text(encoding="utf-8")
    made = PLACES[place].format(address=found) if found else ""
    return MARKED.sub(lambda marks: marks.group(1) + made + marks.group(2), text)


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
