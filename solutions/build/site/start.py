"""What each new kernel of a lesson runs first in a browser; ``lab.js`` sends it.

Then an exercise and its check run at once, without the cells above. Of a name that another cell makes it is
said where that cell is.
"""


def start(cells):
    """Run the lesson's imports, and register the words. cells: list of (heading above it, source)."""
    import ast
    import contextlib
    import symtable

    shell, places = get_ipython(), {}           # noqa: F821

    def made(source):
        """The names that a cell makes: set of str; empty for one that is no Python yet."""
        try:
            symbols = symtable.symtable(source, "cell", "exec").get_symbols()
        except SyntaxError:
            return set()
        return {symbol.get_name() for symbol in symbols if symbol.is_assigned() or symbol.is_imported()}

    def say(result):
        """After a cell that lacks a name: where it is made."""
        error = result.error_in_exec
        place = places.get(error.name) if isinstance(error, NameError) else None
        if place and error.name not in made(result.info.raw_cell):
            print(f"{error.name} is made in the cell under “{place}”, which has not run since Python "
                  "started.\nRun that cell, then this one. Or choose Run, Run All Above Selected Cell.")

    shell.events.register("post_run_cell", say)
    for heading, source in cells:
        for name in made(source):
            places.setdefault(name, heading)
        for line in ast.parse(source).body if made(source) else ():
            if isinstance(line, ast.Import | ast.ImportFrom):
                with contextlib.suppress(Exception):        # the cell itself will say what is wrong
                    exec(compile(ast.Module([line], []), "import", "exec"), shell.user_ns)
