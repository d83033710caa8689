"""What belongs to a release: one version, one address,
and locked packages that agree with what is asked for.
"""

import re
import tomllib
from urllib.parse import parse_qsl, urlsplit

import address
import pytest

from notebooks import COURSE, LESSONS


def text(name):
    return (COURSE / name).read_text(encoding="utf-8")


def pins(name):
    """{package: version} of a file of requirements;
    in a lock file a package may have several, for different Pythons.
    """
    return {package.lower(): version
            for package, version in re.findall(r"^([\w.-]+)==([\w.]+)", text(name), re.MULTILINE)}


def test_the_version_is_the_same_everywhere():
    version = tomllib.loads(text("pyproject.toml"))["project"]["version"]
    newest, day = re.search(r"^## ([\d.]+), (\d{4}-\d\d-\d\d)$", text("CHANGELOG.md"), re.MULTILINE).groups()
    assert newest == version
    assert f"\nversion: {version}\ndate-released: {day}\n" in text("CITATION.cff")


@pytest.mark.parametrize("asked, locked", [
    ("requirements.txt", "requirements.lock"),
    ("requirements.txt", "requirements-dev.lock"),
    ("requirements-dev.txt", "requirements-dev.lock"),
    ("requirements-handouts.txt", "requirements-handouts.lock"),
    ("requirements-site.txt", "requirements-site.lock"),
])
def test_the_lock_holds_what_is_asked_for(asked, locked):
    assert pins(asked).items() <= pins(locked).items(), "make lock writes it anew"


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock", "requirements-handouts.lock",
                                  "requirements-site.lock"])
def test_a_lock_has_names_versions_and_hashes_only(name):
    line = re.compile(r"[a-z0-9-]+==[\w.]+( ; [^#/]+?)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?")
    assert [written for written in text(name).splitlines() if not line.fullmatch(written)] == []


@pytest.mark.parametrize("place", address.PLACES)
def test_every_place_has_the_address_of_the_repository_and_no_other(place):
    """While [project.urls] has none, every marked place is empty: an address is never invented."""
    assert len(address.MARKED.findall(text(place))) == len(address.PLACES[place])
    assert text(place) == address.written(place, address.address()), (
        "python solutions/build/address.py writes it anew")
    found = address.MARKED.finditer(address.written(place, "https://example.org/a/course"))
    assert all(re.search(r"https(://|%3A%2F%2F)example.org", marked[0]) for marked in found)


def test_links_to_somebody_elses_computer():
    """Each lesson has its link to Colab, which knows GitHub alone; Binder knows other hosts as well."""
    links = re.findall(r"\]\((https:[^)]+)\)", address.doors("https://github.com/a/b"))
    colab = [link for link in links if "//colab.research.google.com/github/a/b/blob/main/" in link]
    assert {link.partition("/main/")[2] for link in colab} == {f"notebooks/{name}.ipynb" for name in LESSONS}
    assert all((COURSE / link.partition("/main/")[2]).exists() for link in colab)
    assert "https://mybinder.org/v2/gh/a/b/main?urlpath=lab/tree/notebooks/00_start_here.ipynb" in links
    assert "https://a.github.io/b/" in links
    elsewhere = address.doors("https://example.org/a/b")
    assert "web pages" not in elsewhere
    assert "/v2/git/https%3A%2F%2Fexample.org%2Fa%2Fb/main?" in elsewhere and "colab" not in elsewhere


def test_a_link_for_a_hub():
    query = dict(parse_qsl(urlsplit(address.hub_link("https://example.org/a/b").splitlines()[1]).query))
    assert query == {"repo": "https://example.org/a/b", "branch": "main",
                     "urlpath": "lab/tree/b/notebooks/00_start_here.ipynb"}


def test_what_still_waits_for_an_address_is_listed():
    print("wait for an address:", *address.waiting())
    assert address.waiting() == ([] if address.address() else list(address.PLACES))
