"""Handouts: which equations get blanks, and that each lesson is one page with nothing left in LaTeX."""

import io

import handouts
import jupytext
import pytest

from notebooks import SOURCES

LESSON = r"""
# 99 · A lesson

## 1 · A start

$$a = b + c \qquad b = \sum_{t=1}^{T} x_t = d, \qquad \text{for every } d$$

$$\begin{aligned} y_t &= w\, h_t & \left. g \right|_{k = 1} &\approx 2 \\
  z &= \begin{cases} 1 & h = 0\\ 2 & h > 0 \end{cases} \end{aligned}$$

$$\begin{pmatrix} 1 & 2 \end{pmatrix} = \begin{pmatrix} 1 & 2 \end{pmatrix}$$

+++ {"tags": ["deep"]}

### Later

$$later = 1$$

#### Below

$$below = 1$$

## 2 · An end

$$end \leftarrow 1 \Longrightarrow x(s = 1)$$

## Summary card

| a | b |
|---|---|
| sum | $\sum_t x_t$ |
"""


def test_each_equation_has_a_blank_for_each_of_its_right_sides():
    found = [(blank.where, blank.left.strip(), blank.relations, blank.when)
             for blank in handouts.blanks(jupytext.reads(LESSON, fmt="md:myst"))]
    assert found == [
        ("1 · A start", "a =", [], ""),
        ("1 · A start", "b =", ["="], r"\text{for every } d"),
        ("1 · A start", "y_t =", [], ""),
        ("1 · A start", r"\left. g \right|_{k = 1} \approx", [], ""),
        ("1 · A start", "z =", [], ""),
        ("2 · An end", r"end \leftarrow", [], ""),
    ]


def test_a_lesson_with_few_equations_takes_those_that_can_wait():
    few = LESSON[:LESSON.index("$$\\begin{aligned}")] + LESSON[LESSON.index("+++"):]
    assert [blank.left.strip() for blank in handouts.blanks(jupytext.reads(few, fmt="md:myst"))] == [
        "a =", "b =", "later =", "below =", r"end \leftarrow"]


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_a_handout_is_one_page_and_the_same_bytes_each_time(source):
    pytest.importorskip("typst", reason="Typst is not installed: make handouts")
    pypdf = pytest.importorskip("pypdf")
    lesson = jupytext.read(source)
    page = handouts.page(lesson)
    pdf = handouts.pdf(page)
    assert handouts.pdf(page) == pdf
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    assert len(pages) == 1 and (round(pages[0].mediabox.width), round(pages[0].mediabox.height)) == (595, 842)
    text = pages[0].extract_text()
    assert lesson.cells[0].source.splitlines()[0].removeprefix("# ") in text
    assert "$" not in text and "\\" not in text
    for blank in handouts.blanks(lesson):
        assert blank.where.split()[-1] in text
