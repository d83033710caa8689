"""What each new kernel of a lesson runs first in a browser; ``lab.js`` sends it. Then an exercise and its check
run at once, without the cells above, and a name that another cell makes is said to be missing in words.
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
        name = getattr(result.error_in_exec, "name", None)
        if isinstance(result.error_in_exec, NameError) and name in places and name not in made(result.info.raw_cell):
            print(f"{name} is made in the cell under “{places[name]}”, which has not run since Python started.\n"
                  "Run that cell, then this one. Or choose Run, Run All Above Selected Cell.")

    shell.events.register("post_run_cell", say)
    for heading, source in cells:
        for name in made(source):
            places.setdefault(name, heading)
        lines = ast.parse(source).body if made(source) else []
        for line in lines:
            if isinstance(line, ast.Import | ast.ImportFrom):
                with contextlib.suppress(Exception):        # the cell itself will say what is wrong
                    exec(compile(ast.Module([line], []), "import", "exec"), shell.user_ns)
