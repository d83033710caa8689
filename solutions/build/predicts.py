"""Predict, then see: in the student edition the answer to a **Predict.** is closed until the learner runs it.

    close(notebook)       tags what stands between a Predict and its Notice, and folds the Notice
    hide(notebook)        hides the outputs of tagged cells, and keeps JupyterLab from quoting them
    static_page(path)     a notebook as one HTML page that needs no network, its answers in <details>

JupyterLab hides by ``outputs_hidden`` until the cell is run; MyST-NB folds by the tag. Other front ends show
the outputs at once. The edition with answers stays open.
"""

import re

import nbformat
from nbconvert import HTMLExporter

PREDICT, NOTICE = "**Predict.**", "**Notice.**"
TAG = "hide-output"
SUMMARY = "<b>Notice</b> (open it when you have seen the result)"
PAGE = """
{%- extends "basic/index.html.j2" -%}
{%- block header -%}
<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{{ resources.metadata.name }}</title>
<style>body { max-width: 60em; margin: auto; font-family: sans-serif } img { max-width: 100% }</style>
</head><body>
{%- endblock -%}
{%- block output_group -%}
{%- if cell.outputs and "TAG" in cell.metadata.tags -%}
<details class="answer"><summary>Your answer first, then open this</summary>
{{ super() }}
</details>
{%- else -%}{{ super() }}{%- endif -%}
{%- endblock -%}
{%- block footer -%}</body></html>{%- endblock -%}
""".replace("TAG", TAG)


def close(notebook):
    """Tag the code between each Predict and its Notice, or the next heading, and fold the Notice.
    The notebook's cells are changed.
    """
    for cell, kind in answers(notebook.cells):
        if kind == "output":
            cell.metadata["tags"] = [*cell.metadata.get("tags", []), TAG]
        else:
            cell.source = folded(cell.source)


def answers(cells):
    """The cells that give a Predict's answer away, each with "output" or "notice"."""
    waiting = False
    for cell in cells:
        if cell.cell_type == "code":
            if waiting and not commits(cell):
                yield cell, "output"
            continue
        if waiting and paragraph(NOTICE, cell.source):
            yield cell, "notice"
            waiting = False
        waiting = bool(paragraph(PREDICT, cell.source)) or waiting and not paragraph("#", cell.source)


def commits(cell):
    """True for the cell in which a learner commits to an answer."""
    return cell.source.startswith("predict(")


def paragraph(start, text):
    """The first paragraph that begins so, as a match; None if there is none."""
    return re.search(rf"^{re.escape(start)}.*?(?=\n\n|\Z)", text, re.MULTILINE | re.DOTALL)


def folded(text):
    """The text with its Notice in a <details>: the paragraph, the list that directly follows it,
    and what a colon at its end announces.
    """
    first, last = paragraph(NOTICE, text).span()
    while last < len(text):
        following = re.compile(r"\n\n.*?(?=\n\n|\Z)", re.DOTALL).match(text, last)
        if not (text[:last].endswith(":") or re.match(r"\n\n(- |\d+\. )", following[0])):
            break
        last = following.end()
    inside = text[first:last].removeprefix(NOTICE).strip()
    gap = "<br>" if text[last:].strip() else ""
    return f"{text[:first]}<details><summary>{SUMMARY}</summary>\n\n{inside}\n\n</details>{gap}{text[last:]}"


def hide(notebook):
    """Hide the outputs of tagged cells. An output without content comes first: JupyterLab's closed line
    quotes the first words of the first output, and so it quotes none. What a run gives stays as it is.
    """
    for cell in notebook.cells:
        if TAG in cell.metadata.get("tags", []) and cell.outputs:
            cell.metadata["jupyter"] = {"outputs_hidden": True}
            cell.outputs.insert(0, nbformat.v4.new_output("display_data"))


def without_content(output):
    """True for the output that ``hide`` puts first."""
    return output.output_type == "display_data" and not output.data


def static_page(path):
    """A notebook as HTML on one page, without scripts and without any address on the network.
    path: of the .ipynb. Returns str.
    """
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if not without_content(output)]
    exporter = HTMLExporter(raw_template=PAGE, template_name="basic")
    return exporter.from_notebook_node(notebook, {"metadata": {"name": path.stem}})[0]
