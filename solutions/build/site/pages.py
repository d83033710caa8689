"""The pages that are no lessons: front, contents, references, those for teachers, notices."""

import html
import re
from pathlib import Path

import cells
import nbformat
import references
from address import address

COURSE = Path(__file__).parent.parent.parent.parent
FRONT = Path(__file__).with_name("front.md")
WRITTEN = {                         # a page's name: where its text stands
    "installing": "installing.md",
    "teachers": "solutions/README.md",
    "plans": "solutions/plans/README.md",
    "presenting": "solutions/presenting.md",
    **{f"guide_{path.stem}": f"solutions/guide/{path.name}"
       for path in sorted((COURSE / "solutions" / "guide").glob("[0-9][0-9]_*.md"))}}
HEADING = re.compile(r"^(#{1,3}) (?!Exercise|Warm-up)(.*)$", re.MULTILINE)
ANY = re.compile("^#+ (.*)$", re.MULTILINE)
LINK = re.compile(r"(!?)\[([^\]\[]*)\]\(([^()\s]+)\)")
LAB = """- **Run it in your browser.** <a href="{run}">Open lesson 00</a>, or try
  <a href="{run}#exercise-0.1">a first exercise</a>: nothing to install.
  The first time it loads about {size} MB;
  your answers stay in this browser, and can be saved as a file.<span class="again" hidden> <a>Go on</a> where
  you were.</span>"""
RUN = ('<p class="run">Nothing runs on this page. <a href="{run}">Run this lesson</a> in your browser, with '
       "nothing to install; the first time about {size} MB are loaded. Python takes half a minute to start. "
       "▶ in the bar above the lesson runs a cell, and so does Shift + Enter on a keyboard. "
       "Exercises and their checks work at once; another cell needs those above it. "
       "What you write is kept in this browser, every few seconds.</p>")
DECKS = """**Ready to show:** [all decks and run sheets](slides/index.md), as `make slides` writes them.
They present offline: save the file, and press `s` in it for the speaker's view.

"""
SLIDES = """# Slides

Each deck is one file that needs no network. Space goes on, `s` opens the speaker's view, `?` lists all keys.

"""
NOTICES = """---
nosearch: true
---
# Notices

The course's own text and figures are under CC BY 4.0, its code under BSD 3-Clause.
This site also holds the work of others:

<div class="table-wrapper docutils container"><table class="docutils">
<thead><tr><th>package</th><th>version</th><th>licence</th><th>is in</th></tr></thead>
<tbody>
{rows}
</tbody></table></div>

## Their licences

{folded}
"""
PARTS = {"teachers": ("slides/index", *list(WRITTEN)[2:])}      # pages that belong to a page


def front(lessons, film, run, size, static):
    """The front page. lessons: their names. film, run, static: as in ``cells.Page``. size: of a first visit,
    in megabytes.
    """
    readme = (COURSE / "README.md").read_text(encoding="utf-8")

    def paragraph(start):
        return re.search(rf"^{re.escape(start)}.*?(?=\n\n)", readme, re.MULTILINE | re.DOTALL)[0]

    def marked(name):
        found = re.search(rf"<!-- {name}: begin.*?-->\n(.*?)<!-- {name}: end -->", readme, re.DOTALL)[1]
        return linked(found, "README.md", lessons)

    def with_picture(start, image):
        return f"{paragraph(start)}\n\n{copied(readme, image, static)}"

    explorer = copied(readme, "explorer", static)
    if made := film("forward_and_backward"):
        explorer = cells.alive("forward_and_backward", made, explorer, static)
    return FRONT.read_text(encoding="utf-8").format(
        promise=paragraph("A course in Jupyter notebooks"), hero=copied(readme, "course", static),
        run=LAB.format(run=run, size=size) if run else "",
        checks=f"{paragraph('**Checks that know')}\n\n{marked('check')}", explorer=explorer,
        ladder=with_picture("**One question through", "ladder"), proof=paragraph("**No formula on trust"),
        ways=marked("ways"), minutes=marked("minutes"), lessons="\n".join(lessons))


def copied(readme, name, static):
    """A picture of README as HTML with README's words, its file copied. name: such as "course"."""
    path = f".github/{name}.png"
    words = re.search(rf'!\[([^\]]+)\]\({path}\)|src="{path}"[^>]* alt="([^"]+)"', readme)
    content = (COURSE / path).read_bytes()
    (static / "pictures").mkdir(parents=True, exist_ok=True)
    (static / "pictures" / f"{name}.png").write_bytes(content)
    width, height = cells.png_size(content)
    return cells.picture(f"_static/pictures/{name}.png", width, height, html.unescape(words[1] or words[2]))


def contents(folder, lessons):
    """All lessons with their sections. folder: of the notebooks."""
    text = "# Contents\n\nSections marked *can wait* are for later: the way through does not need them yet.\n"
    for stem in lessons:
        lesson = nbformat.read(folder / f"{stem}.ipynb", as_version=4)
        said = "\n\n".join(cell.source for cell in lesson.cells if cell.cell_type == "markdown")
        for level, title in HEADING.findall(said):
            if level == "#":
                text += f"\n## [{title}]({stem}.ipynb)\n\n"
            else:
                text += f"{'  ' * (len(level) - 2)}- [{title}](<{stem}.ipynb#{anchor(title)}>)\n"
    return text


def anchor(title):
    """The anchor of a heading on its page: without formulas and the marks of Markdown."""
    return re.sub(r"\$[^$]*\$|[*`]", "", title).strip().replace(" ", "-")


def works(lessons):
    """Every work that lessons cite, from references.bib, with links to them."""
    names = {f"lesson {stem[:2]}": stem for stem in lessons}

    def line(entry):
        where = (f"[{name}]({names[name]}.ipynb)" for name in entry.fields["keywords"].split(", "))
        return f"- {references.reference(entry)} {', '.join(where)}\n"

    lines = [line(entry) for _, entry in sorted(references.works().items())]
    return f"# References\n\nThe {len(lines)} works that the lessons cite, and where.\n\n{''.join(lines)}"


# --- how to install, and for teachers ---

def written(name, lessons, static):
    """A page whose text stands elsewhere, as Markdown. name: a key of WRITTEN."""
    origin = WRITTEN[name]
    said = (COURSE / origin).read_text(encoding="utf-8").replace("\nThis folder", "\nThe folder `solutions/`")
    text = linked(said, origin, lessons, static)
    heading, rest = text.split("\n", 1)
    parts = "\n".join(PARTS.get(name, ()))
    tree = f"\n```{{toctree}}\n:hidden:\n\n{parts}\n```\n" if parts else ""
    # A guide's answers are found by teachers who come here, not by a learner who searches for a formula.
    quiet = "---\nnosearch: true\n---\n" if name.startswith("guide") else ""
    return f"{quiet}{heading}\n\n{DECKS if name == 'teachers' else ''}{rest}{tree}"


def linked(text, origin, lessons, static=None, run=lambda lesson: ""):
    """Markdown whose links lead to pages, to answers in the lab, or to the repository; without an address of
    these to the file's name alone. origin: the file that the text stands in, from the course's folder.
    static: where pictures are copied. run: as in ``book.build``.
    """
    pages = {(COURSE / path).resolve(): f"{name}.md" for name, path in WRITTEN.items()}
    learners, anchors = origin.startswith("notebooks"), [anchor(title) for title in ANY.findall(text)]
    for stem in lessons:
        for edition in ("notebooks",) if learners else ("notebooks", "solutions"):
            pages[COURSE / edition / f"{stem}.ipynb"] = f"{stem}.ipynb"
    pages[COURSE / "solutions" / "guide"] = "teachers.md"

    def replaced(link):
        mark, words, (target, _, place) = *link.groups()[:2], link[3].partition("#")
        if not target and not learners:             # an anchor as GitHub writes it
            return f"[{words}](#{next(each for each in anchors if each.lower() == place)})"
        if re.match("[a-z]+:|$", target):
            return link[0]
        path = (COURSE / origin).parent.joinpath(target).resolve()
        if mark:
            return sketch(path, words, static)
        if path in pages:
            return f"[{words}]({pages[path]})"
        place = path.relative_to(COURSE).as_posix()
        if learners and path.suffix == ".ipynb" and run(path.stem):
            return f'<a href="{run(path.stem).replace("path=notebooks/", "path=solutions/")}">{words}</a>'
        return f"[{words}]({address()}/blob/main/{place})" if address() else f"{words} (`{place}`)"

    shut = re.sub("^```.*?^```", shielded, text, flags=re.MULTILINE | re.DOTALL)
    return LINK.sub(replaced, shut).replace("\0", "]")


def shielded(block):
    """A block of code, in which nothing is a link."""
    return block[0].replace("](", "\0(")


def sketch(path, words, static):
    """A drawing for the board as HTML, its file copied."""
    (static / "board").mkdir(parents=True, exist_ok=True)
    (static / "board" / path.name).write_bytes(path.read_bytes())
    return f'<img class="picture" src="_static/board/{path.name}" alt="{html.escape(words)}">'


def decks(folder):
    """The list of decks and run sheets. folder: where they are."""
    def listed(paths):
        return "\n".join(f'<li><a href="{path.name}">{html.escape(title(path))}</a>, '
                         f"{path.stat().st_size / 1e6:.1f} MB</li>" for path in paths)

    paths = sorted(folder.glob("*.html"))
    sheets = [path for path in paths if path.stem.endswith(("_run_sheet", "_hints"))]
    plans = [path for path in paths if path.name.startswith("plan_") and path not in sheets]
    lessons = [path for path in paths if re.fullmatch(r"\d\d", path.stem)]
    kinds = {"A whole lesson": lessons, "The plans' sessions": plans,
             "Run sheets and hints, a page each": sheets}
    return SLIDES + "\n".join(f"## {heading}\n\n<ul>\n{listed(found)}\n</ul>\n"
                              for heading, found in kinds.items() if found)


def title(path):
    """What an HTML file calls itself."""
    text = path.read_text(encoding="utf-8")
    return html.unescape(re.search("<title>(.*?)</title>", text, re.DOTALL)[1].strip())


# --- notices ---

def notices(found):
    """The page of notices. found: list of ``notices.Notice``."""
    rows = "\n".join("<tr>" + "".join(f"<td>{html.escape(words)}</td>" for words in (
        each.name, each.version, each.licence, each.part)) + "</tr>" for each in found)
    texts = {}
    for each in found:
        if each.text:
            texts.setdefault(each.text, []).append(f"{each.name} {each.version}".strip())
    folded = "\n".join(cells.DETAILS.format(html.escape(", ".join(names)), f"<pre>{kept(text)}</pre>")
                       for text, names in texts.items())
    return NOTICES.format(rows=rows, folded=folded)


def kept(text):
    """A text within a block of HTML: in Markdown an empty line would end that."""
    return re.sub("\n(?=[ \t]*\n)", "\n&#8203;", html.escape(text))
