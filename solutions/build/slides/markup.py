"""Markdown as HTML. Mathematics becomes class="tex", which KaTeX reads when the deck opens."""

import base64
import html
import re

from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

DISPLAY = '<div class="tex display">{}</div>'
MATH = {"math_inline": '<span class="tex">{}</span>', "math_block": DISPLAY, "math_inline_double": DISPLAY}
LINK = re.compile(r"(?<!!)\[([^\]\[]+)\]\([^()\s]+\)")

markdown = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).use(
    dollarmath_plugin, allow_space=False, double_inline=True)
SHORT = 30              # letters: code as short as this is not broken
EQUALS = re.compile(r"(?<![^\s(])([A-Za-z]\w{0,2}) = (\w{1,4})\b")         # such as k1 = 4
markdown.add_render_rule("text", lambda self, tokens, place, *_: html.escape(
    EQUALS.sub("\\1\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}\\2", tokens[place].content), quote=False))
markdown.add_render_rule("code_inline", lambda self, tokens, place, *_: (
    f'<code{kept(tokens[place].content)}>{html.escape(tokens[place].content)}</code>'))
for rule, tag in MATH.items():
    markdown.add_render_rule(
        rule, lambda self, tokens, place, *_, tag=tag: tag.format(html.escape(tokens[place].content.strip())))


def kept(code):
    """An attribute that keeps short code in one line."""
    return ' class="kept"' if len(code) <= SHORT else ""


def render(text):
    """Markdown as HTML, without links: a slide leads nowhere."""
    return glued(markdown.render(LINK.sub(r"\1", text)))


def line(text):
    """Markdown of one line, without a paragraph around it."""
    return glued(markdown.renderInline(LINK.sub(r"\1", " ".join(text.split()))))


def glued(text):
    """No line begins with the comma that follows a formula: a word joiner, U+2060, stands between them."""
    return re.sub(r"(</span>)(?=[.,;:?!)])", "\\1\u2060", text)


def attribute(text):
    """A text between quotation marks."""
    return html.escape(text, quote=True)


def address(content, kind):
    """Bytes as an address. kind: such as "image/png"."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
