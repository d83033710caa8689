"""A class that hands in lesson 03: honest, clumsy, endless, cheating, poisonous. And what each deserves.

``CLASS`` is {student: (points, why, function that makes the files)}; points None: a person must look. The
files are {name: bytes}. Nothing here may be run but by the judge, whose limits end it.
"""

import ast
import copy
import json

import numpy as np

from exercises.lessons.catalogue import find
from notebooks import COURSE

LESSON = "03_deriving_bptt"
RELEASE = json.loads((COURSE / "notebooks" / f"{LESSON}.ipynb").read_text(encoding="utf-8"))
SOLVED = json.loads((COURSE / "solutions" / f"{LESSON}.ipynb").read_text(encoding="utf-8"))
FULL = 26
CLASS = {}


def source(cell):
    return "".join(cell["source"])


def id_of(cell):
    return cell["metadata"].get("nbgrader", {}).get("grade_id", "")


def is_exercise(cell):
    return id_of(cell).startswith("exercise-3-")


def is_check(cell):
    return id_of(cell).startswith("check-3-")


ANSWERS = {id_of(cell): source(cell) for cell in SOLVED["cells"] if is_exercise(cell)}


def find_name(number):
    """The name of an exercise's function."""
    text = ANSWERS[f"exercise-{number}"]
    return next(line.name for line in ast.parse(text).body if isinstance(line, ast.FunctionDef))


def blank():
    return copy.deepcopy(RELEASE)


def right(**replaced):
    """All answers right, but for some: e2="..." replaces that of 3.2."""
    notebook = blank()
    for cell in filter(is_exercise, notebook["cells"]):
        cell["source"] = replaced.get("e" + id_of(cell).rpartition("-")[2], ANSWERS[id_of(cell)])
    return notebook


def code(text):
    return {"cell_type": "code", "metadata": {}, "source": text, "outputs": [], "execution_count": None}


def added(text, notebook, after=None):
    """A notebook with one more cell, after the cell of that id, or after the imports."""
    places = [i for i, cell in enumerate(notebook["cells"])
              if (id_of(cell) == after if after else cell["cell_type"] == "code")]
    notebook["cells"].insert(places[0] + 1, code(text))
    return notebook


def bodies(text, notebook=None):
    """A notebook, blank else, in which every exercise has the same body; it knows NAME, NUMBER and ARGS."""
    notebook = notebook or blank()
    for cell in filter(is_exercise, notebook["cells"]):
        function = next(line for line in ast.parse(source(cell)).body if isinstance(line, ast.FunctionDef))
        arguments = "".join(f"{one.arg}, " for one in function.args.args)
        number = id_of(cell).removeprefix("exercise-").replace("-", ".")
        lines = [f"NAME, NUMBER, ARGS = {function.name!r}, {number!r}, ({arguments})", *text.splitlines()]
        cell["source"] = f"def {function.name}({ast.unparse(function.args)}):\n    " + "\n    ".join(lines)
    return notebook


def put(student, points, why, make):
    """Put somebody into the class. make: function that returns a notebook, or {file's name: its content}."""
    CLASS[student] = points, why, make


def one(student, points, why):
    """As ``put``, for the function below."""
    return lambda make: put(student, points, why, make)


def handed_in(student):
    """{file's name: its bytes} of a student."""
    made = CLASS[student][2]()
    made = {f"{LESSON}.ipynb": made} if not isinstance(made, dict) or "cells" in made else made
    return {name: content if isinstance(content, bytes) else json.dumps(content).encode()
            for name, content in made.items()}


# --- honest ---

put("a01 right", FULL, "all right", right)
put("a02 blank", 0, "nothing attempted", blank)
put("a03 columns", FULL - 1, "3.2: slopes on the columns, a named mistake: half of 2", lambda: right(
    e2="def one_step_jacobian(W_hh, h):\n    return W_hh * (1 - h ** 2)"))
put("a04 half of 3.7", FULL - 1.5, "3.7: one part is right, no mistake known: a quarter", lambda: right(
    e7="def contributions(dh, h, h_before, x):\n    da = (1 - h ** 2) * dh\n"
       "    return np.outer(h_before, dh) ** 3 + 1, np.outer(da, x)"))
put("a05 two wrong", FULL - 1 - 1.5, "3.5: da without slope, 3.6: W_hh not transposed: half of each",
    lambda: right(
        e5="def step_back(dy, da_next, h, W_hy, W_hh):\n    dh = W_hy.T @ dy + W_hh.T @ da_next\n"
           "    return dh, dh",
        e6="def all_states(dy, h, W_hy, W_hh):\n    dh = np.zeros_like(h)\n    dh[1:] = dy @ W_hy\n"
           "    for t in range(len(dy), 0, -1):\n        dh[t - 1] += W_hh @ ((1 - h[t] ** 2) * dh[t])\n"
           "    return dh"))
put("a06 in place", FULL - 1, "3.5: right numbers, but dy is changed: half of 2", lambda: right(
    e5="def step_back(dy, da_next, h, W_hy, W_hh):\n    dh = W_hy.T @ dy + W_hh.T @ da_next\n    dy *= 0\n"
       "    return dh, (1 - h ** 2) * dh"))
put("a07 choices", FULL - 4, "3.8, 3.9 and 3.10 chosen wrong", lambda: right(
    e8=f"def {find_name('3-8')}():\n    return 'e'",
    e9=f"def {find_name('3-9')}():\n    return 'hgfedcba'",
    e10=f"def {find_name('3-10')}():\n"
                                                                f"    return 'z'"))
put("a09 no work", FULL - 2 - 1, "3.3: the identity, 3.4: one-hot; no work, although both have a name",
    lambda: right(e3="def jacobian_product(W_hh, h, t, k):\n    return np.eye(len(W_hh))",
                  e4="def cross_entropy_gradient(y, target):\n    return np.eye(len(y))[target]"))
put("a08 measured", FULL, "3.1 and 3.6 by the complex step: accepted in lessons", lambda: right(
    e1="def total_derivatives(w, h):\n    rest = np.arctanh(h[1:]) - w * h[:-1]\n    def run(w):\n"
       "        states = [h[0] + 0 * w]\n        for r in rest:\n"
       "            states.append(np.tanh(w * states[-1] + r))\n"
       "        return np.array(states)\n    return np.imag(run(w + 1e-100j)) / 1e-100",
    e6="def all_states(dy, h, W_hy, W_hh):\n    rest = np.arctanh(h[1:]) - h[:-1] @ W_hh.T\n"
       "    def loss(nudge):\n"
       "        state, L = h[0] + nudge[0], 0\n        for t in range(1, len(h)):\n"
       "            state = np.tanh(W_hh @ state + rest[t - 1]) + nudge[t]\n"
       "            L = L + dy[t - 1] @ W_hy @ state\n"
       "        return L\n    grad = np.zeros_like(h)\n    for i in np.ndindex(h.shape):\n"
       "        nudge = np.zeros(h.shape, complex)\n        nudge[i] = 1e-100j\n"
       "        grad[i] = np.imag(loss(nudge)) / 1e-100\n"
       "    return grad"))
put("a11 long cell", FULL, "a cell of the student's own that trains for minutes", lambda: added(
    "import time\nfor _ in range(600):\n    time.sleep(1)", right()))
put("a12 warnings", FULL, "a cell of the student's own warns and logs", lambda: added(
    "import warnings, sys\nwarnings.warn('careful')\nprint('to stderr', file=sys.stderr)", right()))


# --- clumsy, and right ---

@one("b01 checks edited", FULL, "the checks are commented out")
def _():
    notebook = right()
    for cell in filter(is_check, notebook["cells"]):
        cell["source"] = "# " + source(cell) + "\nprint('later')"
    return notebook


@one("b02 checks deleted", FULL, "all checks are deleted")
def _():
    notebook = right()
    notebook["cells"] = [cell for cell in notebook["cells"] if not is_check(cell)]
    return notebook


@one("b04 copied cell", FULL, "3.2 was copied, metadata and all; an earlier try stands above")
def _():
    notebook = right()
    place = next(i for i, cell in enumerate(notebook["cells"]) if id_of(cell) == "exercise-3-2")
    notebook["cells"].insert(place, {**notebook["cells"][place], "id": "a-copy",
                                     "source": "def one_step_jacobian(W_hh, h):\n    return W_hh"})
    return notebook


put("b06 answer below", FULL, "3.2 is answered in a new cell below its check", lambda: added(
    ANSWERS["exercise-3-2"],
    right(e2=next(source(cell) for cell in RELEASE["cells"] if id_of(cell) == "exercise-3-2")),
    "check-3-2"))


@one("b07 no metadata", FULL, "another editor has dropped all metadata and ids")
def _():
    notebook = right()
    for cell in notebook["cells"]:
        cell["metadata"] = {}
        cell.pop("id", None)
    return notebook


put("b08 renamed", FULL, "another file name", lambda: {f"{LESSON} (1).ipynb": right()})
put("b09 cut off", None, "half a file", lambda: {f"{LESSON}.ipynb": json.dumps(right()).encode()[:40000]})
put("b10 byte order mark", FULL, "saved with a byte order mark", lambda: {
    f"{LESSON}.ipynb": b"\xef\xbb\xbf" + json.dumps(right()).encode()})
put("b11 a PDF", None, "a PDF with the right name", lambda: {f"{LESSON}.ipynb": b"%PDF-1.7\n" + bytes(2000)})


@one("b12 no imports", FULL, "the cell of imports is deleted")
def _():
    notebook = right()
    notebook["cells"].remove(next(cell for cell in notebook["cells"] if cell["cell_type"] == "code"))
    return notebook


@one("b13 moved", FULL, "3.5 stands at the end of the notebook")
def _():
    notebook = right()
    cell = next(cell for cell in notebook["cells"] if id_of(cell) == "exercise-3-5")
    notebook["cells"].remove(cell)
    notebook["cells"].append(cell)
    return notebook


put("b15 no Python", FULL - 2, "3.2 does not parse", lambda: right(
    e2="def one_step_jacobian(W_hh, h)\n    return W_hh"))
put("b16 checkpoint", FULL, "a checkpoint and an older copy lie beside it", lambda: {
    f"{LESSON}.ipynb": right(), f".ipynb_checkpoints/{LESSON}-checkpoint.ipynb": blank(),
    f"{LESSON}-Copy1.ipynb": blank()})
put("b17 helper function", FULL, "3.2 calls a function of another cell, with a magic above", lambda: added(
    "%matplotlib inline\nslopes_of = lambda h: 1 - h ** 2\n", right(
        e2="%%time\ndef one_step_jacobian(W_hh, h):\n    return slopes_of(h)[:, None] * W_hh")))
put("b18 Windows", FULL, "lines end as on Windows", lambda: {
    f"{LESSON}.ipynb": json.dumps(right()).replace("\\n", "\\r\\n").encode()})

put("b20 globals", FULL, "a counter of calls, globals that a function sets, names by a star", lambda: added(
    "def setup():\n    global slope_of\n    slope_of = lambda h: 1 - h ** 2\nsetup()\nfrom numpy import *",
    right(e2="def one_step_jacobian(W_hh, h):\n    global calls\n    calls += 1\n"
             "    return slope_of(h)[:, None] * W_hh\ncalls = 0",
          e11="def weights_into_a(da, x):\n    return einsum('th,ti->hi', da, x), sum(da, axis=0)")))
put("b21 looks", FULL, "answers show, plot, test and try to import what is not there", lambda: added(
    "import os\nfrom IPython.display import clear_output\nimport matplotlib.pyplot as plt\n"
    "HERE, COLAB = os.getcwd(), 'google.colab' in str(get_ipython())", right(
        e2="def one_step_jacobian(W_hh, h):\n    display(h)\n    clear_output()\n    print(HERE, COLAB)\n"
           "    np.testing.assert_allclose(h, h)\n    return (1 - h ** 2)[:, None] * W_hh",
        e4="def cross_entropy_gradient(y, target):\n    try:\n        from scipy.special import softmax\n"
           "    except ImportError:\n        softmax = losses.softmax\n"
           "    fig, (left, right) = plt.subplots(1, 2)\n    line, = left.plot(y)\n    plt.close(fig)\n"
           "    return softmax(y) - np.eye(len(y))[target]")))


@one("b22 format 3", FULL, "a notebook of format 3, saved as UTF-16")
def _():
    cells = [{"cell_type": "code", "input": source(cell), "outputs": [], "language": "python"}
             if cell["cell_type"] == "code" else {**cell, "metadata": {}} for cell in right()["cells"]]
    cells.insert(0, {"cell_type": "heading", "level": 1, "source": ["Mine"]})
    notebook = {"metadata": {"name": ""}, "nbformat": 3, "worksheets": [{"cells": cells}]}
    return {f"{LESSON}.ipynb": json.dumps(notebook).encode("utf-16")}


# --- endless, ending, large ---

put("c01 endless answer", FULL - 2, "3.2 never ends", lambda: right(
    e2="def one_step_jacobian(W_hh, h):\n    while True:\n        pass"))
put("c02 endless cell", FULL, "a cell of the student's own never ends", lambda: added(
    "while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n"
    "        pass", right()))
put("c03 recursion", FULL - 2, "3.2 calls itself without end", lambda: right(
    e2="def one_step_jacobian(W_hh, h):\n    return one_step_jacobian(W_hh, h)"))
put("c04 memory", FULL - 2, "3.2 asks for 30 GB", lambda: right(
    e2="def one_step_jacobian(W_hh, h):\n    return bytearray(30 * 10 ** 9)"))
put("c06 exit in a cell", FULL, "os._exit in a cell of the student's own", lambda: added(
    "import os\nos._exit(0)", right()))
put("c07 exit", FULL - 2, "3.2 ends the process", lambda: right(
    e2="def one_step_jacobian(W_hh, h):\n    import os\n    os._exit(0)"))
put("c08 flood", FULL, "a cell of the student's own prints without end", lambda: added(
    "while True:\n    print('the gradient is still flowing')", right()))
put("c09 forks", FULL, "a cell of the student's own starts processes", lambda: added(
    "import os, time\nfor _ in range(40):\n    if os.fork() == 0:\n        time.sleep(60)", right()))
put("c10 endless at the top", FULL - 2, "3.2 needs a variable that a loop never gives", lambda: added(
    "factor = 1.0\nwhile True:\n    factor = factor + 1", right(
        e2="def one_step_jacobian(W_hh, h):\n    return factor * W_hh")))
put("c11 script", 0, "a script in an output, for the teacher's browser", lambda: added(
    "from IPython.display import HTML\nHTML('<script>window.planted = true</script>')", blank()))
put("c12 script as a name", FULL - 2, "a script where feedback quotes the answer", lambda: right(
    e2="def one_step_jacobian(W_hh, h):\n    print('<script>window.planted = true</script>')\n"
       "    raise ValueError('<script>window.planted = true</script>')"))


# --- cheats ---

put("d01 own check", 0, "check returns points", lambda: added("def check(*rest):\n    return 3.0", blank()))
put("d02 check is silent", 0, "check returns nothing", lambda: added("def check(*rest):\n    pass", blank()))
put("d04 judge replaced", 0, "the judge says right", lambda: added(
    "from exercises.engine import judging\nfrom exercises.engine.show import Result\n"
    "judging.judge = lambda exercise, answer: Result(exercise.number, 'right', 'Well done.')", blank()))
put("d06 reference", 0, "the references are imported", lambda: bodies(
    "from exercises.lessons.catalogue import find\nreturn find(NUMBER).reference(*ARGS)"))
put("d07 problems", 0, "the results are read where they are kept", lambda: bodies(
    "from exercises.lessons.catalogue import find\nfor given, result in find(NUMBER).problems:\n"
    "    if all(np.array_equal(a, b) for a, b in zip(given, ARGS)):\n        return result"))
put("d08 frames", 0, "results are looked for in the frames above", lambda: bodies(
    "import sys\nframe = sys._getframe()\nwhile frame:\n    for found in frame.f_locals.values():\n"
    "        for row in found if isinstance(found, (list, tuple)) else ():\n"
    "            if isinstance(row, tuple) and len(row) == 2 and row[0] is ARGS:\n"
    "                return row[1]\n"
    "    frame = frame.f_back"))
put("d09 memory", 0, "results are looked for among all objects", lambda: bodies(
    "import gc\nfor found in gc.get_objects():\n"
    "    if type(found).__name__ == 'Exercise' and found.number == NUMBER:\n"
    "        return found.reference(*ARGS)"))
put("d10 solutions", 0, "solutions are read from the disk", lambda: bodies(
    f"import json\nfound = json.load(open({str(COURSE / 'solutions' / LESSON)!r} + '.ipynb'))['cells']\n"
    "space = {'np': np}\nexec(next(''.join(c['source']) for c in found if c['metadata'].get('nbgrader', {})"
    ".get('grade_id') == 'exercise-' + NUMBER.replace('.', '-')), space)\nreturn space[NAME](*ARGS)"))
put("d11 others", 0, "work of others is read from the disk", lambda: bodies(
    "import glob, json\nfor path in glob.glob('/**/a01*/*.ipynb', recursive=True):\n"
    "    space = {'np': np}\n    for cell in json.load(open(path))['cells']:\n"
    "        if NAME in ''.join(cell['source']):\n            exec(''.join(cell['source']), space)\n"
    "    return space[NAME](*ARGS)"))
put("d12 grades", 0, "grades are written", lambda: added(
    "import glob\nfor path in glob.glob('/**/grades.csv', recursive=True):\n"
    "    open(path, 'w').write('d12,26')", bodies(
        "for path in ('grades.csv', '../grades.csv', '/tmp/grades.csv'):\n"
        "    open(path, 'w').write('d12,26')")))


@one("d14 points", 0, "1000 points on every check")
def _():
    notebook = blank()
    for cell in filter(is_check, notebook["cells"]):
        cell["metadata"]["nbgrader"]["points"] = 1000
        cell["source"] = "1000.0"
    return notebook


@one("d15 ids", 1, "3.4 alone is solved, 1 point; its cells carry the ids of 3.6")
def _():
    notebook = blank()
    cells = {id_of(cell): cell for cell in notebook["cells"] if id_of(cell)}
    cells["exercise-3-4"]["source"] = ANSWERS["exercise-3-4"]
    for kind in ("exercise", "check"):
        for cell, number in ((cells[f"{kind}-3-4"], 6), (cells[f"{kind}-3-6"], 4)):
            cell["metadata"]["nbgrader"]["grade_id"] = f"{kind}-3-{number}"
            if kind == "check":
                cell["metadata"]["nbgrader"]["points"] = {6: 3, 4: 1}[number]
    return notebook


put("d17 printed", 0, "points are printed and returned", lambda: bodies(
    "print('right. 3.0')\nimport sys\nsys.stdout.write('3.0')\nreturn 3.0"))


@one("d18 table", 0, "a table of the public instances and their results")
def _():
    notebook = blank()
    for cell in filter(is_exercise, notebook["cells"]):
        number = id_of(cell).removeprefix("exercise-").replace("-", ".")
        exercise = find(number)
        if exercise.verdict:
            continue
        function = ast.parse(source(cell)).body[0]
        rows = [(float(sum(np.sum(value * (i + 1.3)) for i, value in enumerate(given))), result)
                for given, result in exercise.problems]
        cell["source"] = (f"def {function.name}({ast.unparse(function.args)}):\n    given = "
                          f"({''.join(a.arg + ', ' for a in function.args.args)})\n"
                          "    key = float(sum(np.sum(v * (i + 1.3)) for i, v in enumerate(given)))\n"
                          f"    for known, result in {as_code(rows)}:\n        if abs(key - known) < 1e-9:\n"
                          "            return result")
    return notebook


def as_code(value):
    """Arrays, numbers, tuples and lists as text."""
    if isinstance(value, np.ndarray):
        return f"np.array({value.tolist()!r})"
    if isinstance(value, (tuple, list)):
        return "(" + "".join(as_code(each) + ", " for each in value) + ")"
    return repr(value.item() if isinstance(value, np.generic) else value)


put("d20 network", 0, "a helper outside is asked", lambda: bodies(
    "import socket\nwith socket.create_connection(('127.0.0.1', 8765), timeout=2) as s:\n"
    "    s.sendall(b'help')"))
put("d22 pipes", 0, "results are forged into every pipe", lambda: bodies(
    "import os, json\nfor pipe in range(256):\n    try:\n"
    "        message = json.dumps([[True], None, False, ['tuple', []], '']).encode()\n"
    "        os.write(pipe, b'o' + len(message).to_bytes(4, 'little') + message)\n"
    "    except OSError:\n        pass\nos._exit(0)"))
put("d23 equal to all", 0, "an object that says that it is equal to everything", lambda: added(
    "class Yes(float):\n    __eq__ = __le__ = __ge__ = lambda self, other: True\n"
    "    __sub__ = lambda self, other: 0.0\n"
    "    __array__ = lambda self, *rest, **more: np.zeros(())", bodies("return Yes(0)")))


# --- poison for those who come later ---

put("e01 start-up file", 0, "a file that every later Python would run", lambda: bodies(
    "import os, site\n"
    "for folder in (os.path.expanduser('~/.ipython/profile_default/startup'), *site.getsitepackages()):\n"
    "    open(folder + '/poison.pth', 'w').write('import os')"))
put("e02 course edited", 0, "the judge is edited on the disk", lambda: bodies(
    f"open({str(COURSE / 'exercises' / 'engine' / 'judging.py')!r}, 'a').write('\\n# POISON')"))
put("e05 stays", 0, "a process that stays", lambda: bodies(
    "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(120)"))
put("e06 victims", 0, "other submissions are spoilt", lambda: bodies(
    "import glob\nfor path in glob.glob('/**/z2*/*.ipynb', recursive=True):\n    open(path, 'w').close()"))
put("z1 blank after", 0, "blank, graded last", blank)
put("z2 right after", FULL, "right, graded last", right)
put("z9 victim", FULL, "right; e06 would have spoilt it", right)
