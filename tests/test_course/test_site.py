"""The book on the web: it is built, then read in a headless Chromium that reaches no other host."""

import functools
import json
import re

import book
import notices
import pages
import pytest
import serve
import web
from notebooks import LESSONS, code_cells, is_check, load
from slides import films, vendor

FRAMES = 12                     # settings of an explorer in these tests: quick to draw
DRAWN = ("forward_and_backward", "clipping")            # that of the front page, and that of lesson 05
LAB = "lab/notebooks/index.html"
READ = (("index", 1366, "light"), ("05_training", 390, "dark"))
CODE = re.compile("<(pre|code|script).*?</\\1>", re.DOTALL)
SEEN = """() => {
    const {x, y, right, bottom, width} = document.activeElement.getBoundingClientRect();
    return width > 0 && right > 0 && bottom > 0 && x < innerWidth && y < innerHeight }"""
OPEN_PREDICT = "document.querySelector('fieldset.predict [data-option=a]').offsetParent"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The folder of a book, some of its explorers alive, with a page in the place of the lab."""
    folder = tmp_path_factory.mktemp("web")
    out, kept = folder / "site", folder / "films"
    (out / LAB).parent.mkdir(parents=True)
    (out / LAB).write_text("<title>the lab</title>", encoding="utf-8")
    book.build(out, lambda name: films.film(name, kept, FRAMES) if name in DRAWN else None,
               lambda lesson: f"{LAB}?path=notebooks/{lesson}.ipynb", 30)
    return out


@pytest.fixture(scope="module")
def axe():
    """axe-core, fetched once."""
    try:
        return web.axe()
    except vendor.VendorError as error:
        pytest.skip(str(error))


def read(site, name):
    return (site / f"{name}.html").read_text(encoding="utf-8")


def test_every_lesson_and_every_page_is_there_and_all_links_resolve(site):
    found = sorted(path.relative_to(site).as_posix() for path in site.rglob("*.html")
                   if path.parent.name in ("site", "slides"))
    others = ("index", "contents", "references", "notices", "slides/index", "search")
    assert {f"{name}.html" for name in (*LESSONS, *pages.WRITTEN, *others)} == set(found)
    assert web.dead_links(site, found) == []


def test_a_dead_link_is_found(tmp_path):
    (tmp_path / "a.html").write_text('<p id="here"><a href="#here"><a href="b.html"><a href="#there">'
                                     '<img src="c.png"><a href="https://example.org">', encoding="utf-8")
    assert web.dead_links(tmp_path, ["a.html"]) == [
        ("a.html", address) for address in ("b.html", "#there", "c.png")]


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_page_shows_what_is_stored_and_no_answer_before_somebody_asks(site, lesson):
    text, cells = read(site, lesson), code_cells(load("notebooks", lesson))
    asked = [cell for cell in cells if "hide-output" in cell.metadata.get("tags", [])]
    checks = [cell for cell in cells if is_check(cell)]
    pictures = sum("image/png" in output.get("data", {}) for cell in cells for output in cell.outputs)
    assert text.count("<summary>") >= len(asked) + 3 * len(checks)         # and hints, closed
    assert text.count('<div class="exercise" ') == len(checks)
    assert text.count('<img class="picture"') == pictures
    assert "<details open" not in text and ": not attempted yet" not in text
    assert f'href="{LAB}?path=notebooks/{lesson}.ipynb">Run this lesson</a>' in text
    for check in checks:
        number = check.metadata["tags"][0].removeprefix("check-")
        assert any(f"exercise-{number}" in cell.metadata.get("tags", []) for cell in cells)
        assert f'id="exercise-{number}"' in text
        assert f'href="{LAB}?path=notebooks/{lesson}.ipynb#exercise-{number}"' in text
    assert "$" not in CODE.sub("", text)                # formulas are MathJax's


def test_contents_tell_what_can_wait_and_works_say_where(site):
    contents, works = read(site, "contents"), read(site, "references")
    assert contents.count("can wait</em>") > 20
    article = works[works.index("<article"):works.index("</article>")]
    assert article.count("<li>") == len(pages.references.works())
    assert 'href="06_gradient_pathologies.html"' in article


def test_lessons_are_searched_and_guides_are_not(site):
    index = (site / "searchindex.js").read_text(encoding="utf-8")
    found = json.loads(index.removeprefix("Search.setIndex(").removesuffix(")"))
    places = {place for listed in found["terms"].values()
              for place in ([listed] if isinstance(listed, int) else listed)}
    names = {found["docnames"][place] for place in places}
    assert set(LESSONS) <= names and not any(name.startswith("guide") for name in names)


def test_every_package_says_its_licence():
    found = [notices.of_distribution(name, "pages") for name in (*notices.PAGES, *notices.LAB)]
    found.append(notices.of_mathjax())
    assert notices.without(found) == [] and all(each.text for each in found)
    assert notices.without([notices.Notice("odd", "1", "", "", "")]) == ["odd"]
    assert "MIT" in next(each.licence for each in found if each.name == "furo")


def test_no_site_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(serve, "SITE", tmp_path)
    with pytest.raises(SystemExit, match="make site builds it"):
        serve.main()


def test_a_fault_of_a_page_stops_the_build(tmp_path, monkeypatch):
    monkeypatch.setattr(book, "write_source", functools.partial(broken, book.HERE / "conf.py"))
    with pytest.raises(book.BookError, match="nowhere"):
        book.build(tmp_path / "site", lambda name: None)


def broken(conf, source, *_):
    """A book of one page with a link that leads nowhere."""
    (source / "_static").mkdir(parents=True)
    (source / "conf.py").write_text(conf.read_text(encoding="utf-8"), encoding="utf-8")
    (source / "index.md").write_text("# A page\n\n[there](nowhere.md)\n", encoding="utf-8")


# --- in a browser ---

def test_pages_are_whole_and_explorers_move_by_keyboard(site, browser, axe):
    with web.served(site) as base:
        for name, width, scheme in READ:
            with web.opened(browser, base, width, scheme) as (page, troubles, _):
                assert web.faults(page, f"{base}/{name}.html", axe) == []
                moved, still = web.unmoved(page)
                assert moved > 0 and still == [] and troubles == []


def test_a_predict_answers_and_a_search_finds(site, browser):
    with web.served(site) as base, web.opened(browser, base) as (page, troubles, _):
        page.goto(f"{base}/06_gradient_pathologies.html")
        assert page.evaluate(OPEN_PREDICT) is None
        page.focus("fieldset.predict input")
        page.keyboard.press("Space")
        assert "often the thought" in page.inner_text("fieldset.predict [data-option=a]")
        page.goto(f"{base}/search.html?q=clipping")
        page.wait_for_selector("#search-results li a")
        assert "06_gradient_pathologies.html" in page.inner_html("#search-results")
        assert troubles == []


def test_what_has_the_focus_is_seen(site, browser):
    """Through a page by Tab, in a window so narrow that both lists of links are closed drawers."""
    with web.served(site) as base, web.opened(browser, base, 700) as (page, troubles, _):
        page.goto(f"{base}/plans.html")
        stops = 0
        while True:
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement === document.body"):
                break
            page.wait_for_function(SEEN)
            stops += 1
        assert stops > 40 and troubles == []


def test_the_front_page_leads_back_to_where_one_was(site, browser):
    with web.served(site) as base, web.opened(browser, base) as (page, troubles, _):
        page.goto(f"{base}/index.html")
        assert page.locator(".again").is_hidden()
        page.evaluate("address => localStorage.setItem('course-last', address)", f"{base}/05_training.html#a")
        page.reload()
        assert page.locator(".again a").get_attribute("href") == f"{base}/05_training.html#a"
        assert page.locator(".again").is_visible() and troubles == []


def test_headings_are_three_keys_away(site, browser):
    with web.served(site) as base, web.opened(browser, base, 1280) as (page, *_):
        page.goto(f"{base}/05_training.html")
        for key in ("Tab", "Tab", "Enter", "Tab"):
            page.keyboard.press(key)
        page.wait_for_function("document.activeElement.matches('#on-this-page a')")
        page.wait_for_function(SEEN)
        page.keyboard.press("Enter")
        assert "#" in page.url


def test_what_is_wrong_with_a_page_is_found(tmp_path, browser, axe):
    (tmp_path / "a.html").write_text(
        '<!doctype html><html lang="en"><title>a</title><body data-ready="yes"><main><article><h1>A</h1>'
        '<p>A raw $x$ <img src="data:," alt=""></p><p style="width: 3000px">wide</p><button></button>'
        '<script src="https://example.org/x.js"></script></article></main>', encoding="utf-8")
    with web.served(tmp_path) as base, web.opened(browser, base) as (page, troubles, _):
        found = " ".join(web.faults(page, f"{base}/a.html", axe))
    for word in ("overflow", "dollars", "wordless", "button-name"):
        assert word in found
    assert any("asked for https://example.org" in trouble for trouble in troubles)
