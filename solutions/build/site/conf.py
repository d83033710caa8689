"""How Sphinx makes the book. ``book.py`` calls it; nothing is executed."""

project = "Backpropagation through time"
html_title = project
extensions = ["myst_nb", "sphinx.ext.mathjax"]

nb_execution_mode = "off"
nb_merge_streams = True
nb_render_markdown_format = "myst"          # of outputs: with mathematics
nb_code_prompt_show = "Your answer first, then open this"
nb_code_prompt_hide = "Close it"
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 4

myst_heading_slug_func = "solutions.build.site.anchor"     # by name, so that Sphinx can keep it

html_theme = "furo"
html_theme_options = {"top_of_page_buttons": []}
html_static_path, html_favicon = ["_static"], "_static/icon.svg"
html_css_files, html_js_files = ["book.css"], [(name, {"defer": "defer"}) for name in ("film.js", "book.js")]
html_show_sourcelink = html_copy_source = html_use_index = False
html_show_copyright = html_show_sphinx = False
mathjax_path = "mathjax/tex-chtml.js"
# No menu: it would make each formula a stop of the Tab key.
mathjax3_config = {"options": {"enableMenu": False}}
