"""The list of works: every citation leads to a work, and every work is cited and possible."""

import ast
import re

import build_editions as editions
import jupytext
import nbformat
import pytest
import references
from notebooks import COURSE, SOURCES

KNOWN = references.works()
NAMED = {source.name[:2]: references.cited(jupytext.read(source)) for source in SOURCES}
WORK = """@article{werbos1990,
  author   = {Werbos, P. J.},
  title    = {Backpropagation through time},
  journal  = {Proceedings of the IEEE},
  year     = {1990},
  doi      = {10.1109/5.58337},
  keywords = {lesson 00},
  verified = {title: somewhere},
}
"""
BY_HAND = re.compile(r"""\b([A-Z][^\W\d_]+)                                 # a surname
                         (?:\ et\ al\.|(?:,\ [A-Z]\w+)*\ and\ [A-Z]\w+)?     # of several
                         ,?\ \(?((?:19|20)\d\d)\b""", re.VERBOSE)           # and a year


def uncited(works, named):
    """Works whose keywords are not the lessons that name them. named: {lesson: keys}."""
    return [key for key, work in works.items()
            if work.fields["keywords"] != ", ".join(f"lesson {n}" for n in sorted(named) if key in named[n])]


def listed(tmp_path, text):
    """The works of a list of works."""
    path = tmp_path / "works.bib"
    path.write_text(text, encoding="utf-8")
    return references.read_works(path)


def written(text):
    """What the build makes of a lesson's text."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text)])
    references.write_out(notebook, "99_small.md")
    return notebook.cells[0].source


def test_there_are_enough_works_and_they_are_sorted():
    assert len(KNOWN) >= 75 and list(KNOWN) == sorted(KNOWN)


def test_every_work_is_cited_by_the_lessons_that_it_names():
    assert uncited(KNOWN, NAMED) == []


@pytest.mark.parametrize("named", [{"00": set()}, {"00": {"werbos1990"}, "01": {"werbos1990"}},
                                   {"01": {"werbos1990"}}])
def test_a_work_that_other_lessons_or_none_cite_is_found(named, tmp_path):
    works = listed(tmp_path, WORK)
    assert uncited(works, {"00": {"werbos1990"}, "01": set()}) == []
    assert uncited(works, named) == ["werbos1990"]


@pytest.mark.parametrize("before, after, message", [
    ("  verified = {title: somewhere},\n", "", "werbos1990 has no field 'verified'"),
    ("{title: somewhere}", "{yes}", "werbos1990 has an impossible verified: 'yes'"),
    ("  keywords = {lesson 00},\n", "", "werbos1990 has no field 'keywords'"),
    ("  author   = {Werbos, P. J.},\n", "", "werbos1990 has no author"),
    ("10.1109/5.58337", "11.1109/5.58337", "werbos1990 has an impossible doi: '11.1109/5.58337'"),
    ("10.1109/5.58337", "https://doi.org/10.1109/5.58337", "an impossible doi"),
    ("10.1109/5.58337", "10.1109/5.58337.", "an impossible doi"),
    ("10.1109/5.58337", "10.1109/5. 58337", "an impossible doi"),
    ("doi      = {10.1109/5.58337}", "eprint = {1513.06464}", "an impossible eprint: '1513.06464'"),
    ("doi      = {10.1109/5.58337}", "eprint = {1511.06464}", "of 1990, older than its number in arXiv"),
    ("{1990}", "{1991}", "should begin with 'werbos1991'"),
    ("  year     = {1990},\n", "  year     = {1990}\n", "works.bib: syntax error"),
    ("@article", WORK + "@article", "repeated bibliography entry: werbos1990"),
])
def test_a_faulty_work_stops_the_build(before, after, message, tmp_path):
    assert before in WORK
    with pytest.raises(references.CitationError, match=re.escape(message)):
        listed(tmp_path, WORK.replace(before, after))


def test_an_unknown_work_stops_the_build(tmp_path):
    source = tmp_path / "99_small.md"
    source.write_text("---\njupytext:\n  formats: ipynb,md:myst\n---\n\n# Small\n\nAs @nobody1990 says.\n",
                      encoding="utf-8")
    with pytest.raises(references.CitationError,
                       match="^99_small.md: @nobody1990: references.bib has no such work"):
        editions.read(source)


@pytest.mark.parametrize("item", ["- P. J. Werbos (1990), *Backpropagation through time*.",
                                  "- @werbos1990 is good.", "- See @werbos1990: the classic."])
def test_an_item_without_a_work_stops_the_build(item):
    with pytest.raises(references.CitationError, match="^99_small.md: under '## Further reading'"):
        written(f"## Further reading\n\n- @elman1990: States.\n{item}\n\nNext: lesson 99.")
    assert written(f"## Summary card\n\n{item}")        # elsewhere it may stand


def test_items_and_citations_are_written_out():
    assert written("## Further reading\n\n- @elman1990: States; see @werbos1990.") == (
        "## Further reading\n\n"
        "- J. L. Elman (1990), *Finding structure in time*, Cognitive Science 14(2), 179–211, "
        "[doi:10.1207/s15516709cog1402_1](https://doi.org/10.1207/s15516709cog1402_1). "
        "States; see Werbos (1990).")


@pytest.mark.parametrize("text, expected", [
    ("@pascanu2013 drew it.", "Pascanu, Mikolov and Bengio (2013) drew it."),
    ("Adam (@kingma2015) reads", "Adam (Kingma and Ba 2015) reads"),
    ("(see @griewank1992; then @gruslys2016, section 3)",
     "(see Griewank 1992; then Gruslys et al. 2016, section 3)"),
    ("(first) @harris2020", "(first) Harris et al. (2020)"),
    ("a half-open (0, 1]\n\n@harris2020", "a half-open (0, 1]\n\nHarris et al. (2020)"),
    ("`h @elman1990` and $W @elman1990$, a@elman1990", "`h @elman1990` and $W @elman1990$, a@elman1990"),
])
def test_a_citation_reads_as_in_a_sentence(text, expected):
    assert written(text) == expected


def test_code_is_left_alone():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("@elman1990\ndef f(): ...")])
    references.write_out(notebook, "99_small.md")
    assert notebook.cells[0].source == "@elman1990\ndef f(): ..."


def test_hyphens_accents_and_many_authors(tmp_path):
    text = WORK.replace("Werbos, P. J.", "Lukoševičius, Jean-Marie and van der Walt, S.").replace(
        "werbos1990", "lukosevicius1990")
    work = listed(tmp_path, text)["lukosevicius1990"]
    assert references.reference(work).startswith("J.-M. Lukoševičius and S. van der Walt (1990), *Back")
    many = WORK.replace("Werbos, P. J.", " and ".join(["Werbos, P. J."] * 8))
    assert references.reference(listed(tmp_path, many)["werbos1990"]).startswith("P. J. Werbos et al. (1990)")


def docstring_citations():
    """Every "Name (year)" and "Name year" in a docstring of the course: (file, surname, year)."""
    for folder in ("helpers", "exercises", "pictures"):
        for path in sorted((COURSE / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef):
                    words = " ".join((ast.get_docstring(node) or "").split())
                    yield from ((path.name, name, year) for name, year in BY_HAND.findall(words))


def test_what_docstrings_cite_is_in_the_list():
    found = {(name, year) for _, name, year in docstring_citations()}
    assert {("Pascanu", "2013"), ("Saxe", "2014"), ("Polyak", "1964"), ("Jaeger", "2001")} <= found
    missing = [citation for citation in docstring_citations()
               if not any(key.startswith(references.plain(citation[1]) + citation[2]) for key in KNOWN)]
    assert missing == []


@pytest.mark.parametrize("text, name, year", [
    ("as in Pascanu, Mikolov and Bengio (2013)", "Pascanu", "2013"), ("(Saxe et al. 2014)", "Saxe", "2014"),
    ("Kingma and Ba 2015, algorithm 1", "Kingma", "2015"), ("Jaeger 2001 says", "Jaeger", "2001")])
def test_a_citation_by_hand_is_found(text, name, year):
    assert BY_HAND.findall(text) == [(name, year)]


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_lessons_cite_by_key(source):
    assert [BY_HAND.findall(cell.source) for cell in jupytext.read(source).cells
            if cell.cell_type == "markdown" and BY_HAND.search(cell.source)] == []
