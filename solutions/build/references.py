"""Citations: what a lesson's text names by its key is written out from solutions/references.bib.

    - @pascanu2013: The wall of section 6.      an item of "Further reading": the whole reference, then why
    @pascanu2013 drew it                        Pascanu, Mikolov and Bengio (2013) drew it
    they drew it (@pascanu2013, section 6)      they drew it (Pascanu, Mikolov and Bengio 2013, section 6)

Code and formulas are left alone. In "Further reading" every item names a work.
"""

import functools
import re
import unicodedata
from pathlib import Path
from urllib.parse import quote

from pybtex.database import parse_file
from pybtex.exceptions import PybtexError

WORKS = Path(__file__).parent.parent / "references.bib"
HEADING = "## Further reading"
ITEM = re.compile(r"^- @(\w+): ", re.MULTILINE)
CITATION = re.compile(r"`[^`]*`|\$+[^$]*\$+|(?<!\w)@(\w+)")         # code and formulas are passed over
FORMS = {"doi": r"10\.\d{4,9}/\S*\w", "eprint": r"\d\d(0[1-9]|1[0-2])\.\d{4,5}|[a-z-]+/\d{7}",
         "url": r"https?://\S+", "year": r"\d{4}", "keywords": r"lesson \d\d(, lesson \d\d)*",
         "verified": r"no|.+: .+"}
NEEDED = ("title", "year", "keywords", "verified")
MANY = 7                # more authors than these are "first et al."


class CitationError(Exception):
    """A lesson names a work that is not there, or the list of works has a fault."""


def write_out(notebook, name):
    """Write out every citation in a notebook's text. ``notebook`` is changed. name: of the lesson's file."""
    listing = False
    for cell in notebook.cells:
        if cell.cell_type != "markdown":
            continue
        for line in cell.source.splitlines():
            if line.startswith("## "):
                listing = line == HEADING
            if listing and line.startswith("- ") and not ITEM.match(line):
                raise CitationError(f"{name}: under {HEADING!r} an item begins with its work, as in "
                                    f"'- @werbos1990: Why read it.'; here is {line[:60]!r}.")
        try:
            cell.source = written_out(cell.source)
        except CitationError as error:
            raise CitationError(f"{name}: {error}") from None


def written_out(text):
    """A text whose items and citations are written out."""
    text = ITEM.sub(lambda item: f"- {reference(find(item[1]))} ", text)
    return CITATION.sub(lambda found: citation(found) if found[1] else found[0], text)


def citation(found):
    """Authors and year, for a match of CITATION. The year has brackets unless it stands in some already."""
    before = found.string[:found.start()].rsplit("\n\n", 1)[-1]
    inside = before.rfind("(") > before.rfind(")")
    entry = find(found[1])
    names = joined([" ".join(person.prelast_names + person.last_names)
                    for person in entry.persons["author"]], most=3)
    return f"{names} {entry.fields['year']}" if inside else f"{names} ({entry.fields['year']})"


def reference(entry):
    """A work as one line of Markdown: authors, year, title, where it was published, links."""
    names = [initials(person) for person in entry.persons["author"]]
    parts = [f"*{entry.fields['title']}*", *published(entry.fields), *links(entry.fields)]
    return f"{joined(names, most=MANY)} ({entry.fields['year']}), {', '.join(parts)}."


def joined(names, most):
    """Names as a text: A, B and C; the first "et al." if there are more than ``most``, or unnamed others."""
    if len(names) > most or names[-1] == "others":
        return f"{names[0]} et al."
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def initials(person):
    """"Strelcyn, Jean-Marie" as J.-M. Strelcyn."""
    given = ["-".join(f"{part[0]}." for part in name.split("-"))
             for name in person.first_names + person.middle_names]
    return " ".join(given + person.prelast_names + person.last_names)


def published(fields):
    """Where a work was published, a list of texts; none for one that is in arXiv only."""
    if "journal" in fields:
        number = f"({fields['number']})" if "number" in fields else ""
        parts = [f"{fields['journal']} {fields.get('volume', '')}{number}", fields.get("pages")]
        return [re.sub("--?", "–", part) for part in parts if part]
    report = " ".join(fields[name] for name in ("type", "number") if name in fields)
    return [part for part in (fields.get("booktitle"), fields.get("edition"), report, fields.get("school"),
                              fields.get("institution"), fields.get("publisher")) if part]


def links(fields):
    """The links of a work, a list of Markdown texts: DOI, arXiv, an address."""
    found = []
    if "doi" in fields:
        found.append(f"[doi:{fields['doi']}](https://doi.org/{quote(fields['doi'])})")
    if "eprint" in fields:
        found.append(f"[arXiv:{fields['eprint']}](https://arxiv.org/abs/{fields['eprint']})")
    if "url" in fields:
        found.append(f"[{re.sub('^https?://(www.)?', '', fields['url'])}]({fields['url']})")
    return found


def find(key):
    """The work of that key. Raises CitationError if there is none."""
    if key not in works():
        raise CitationError(f"@{key}: {WORKS.name} has no such work.")
    return works()[key]


@functools.cache
def works():
    """All works, a dict from their keys, in the order of the file. Raises CitationError for a fault."""
    return read_works(WORKS)


def read_works(path):
    """The works in a BibTeX file, a dict from their keys. Raises CitationError for a fault."""
    try:
        entries = dict(parse_file(str(path), bib_format="bibtex", encoding="utf-8").entries)
    except PybtexError as error:
        raise CitationError(f"{path.name}: {error}") from None
    for key, entry in entries.items():
        if fault := fault_of(key, entry):
            raise CitationError(f"{path.name}: {key} {fault}")
    return entries


def fault_of(key, entry):
    """The first thing that is wrong with a work, a sentence without its subject, the key; or ""."""
    if not entry.persons.get("author"):
        return "has no author."
    fields = entry.fields
    for name in NEEDED:
        if name not in fields:
            return f"has no field {name!r}."
    for name, form in FORMS.items():
        if name in fields and not re.fullmatch(form, fields[name]):
            return f"has an impossible {name}: {fields[name]!r}."
    number = fields.get("eprint", "")
    if "." in number and 2000 + int(number[:2]) > int(fields["year"]):
        return f"is of {fields['year']}, older than its number in arXiv: {number!r}."
    begin = plain(entry.persons["author"][0].last_names[-1]) + fields["year"]
    return "" if key.startswith(begin) else f"should begin with {begin!r}: first author and year."


def plain(name):
    """A name in small Latin letters without accents."""
    return re.sub("[^a-z]", "", unicodedata.normalize("NFKD", name).lower())


def cited(notebook):
    """The keys of all works that a notebook's text names, a set."""
    return {found[1] for cell in notebook.cells if cell.cell_type == "markdown"
            for found in CITATION.finditer(cell.source) if found[1]}
