"""A class that hands in lesson 10, each with a cell of their own: ``CLASS`` as in ``class_of_03``."""

import copy
import json

from exercises import capstone
from notebooks import COURSE

LESSON = "10_capstone"
RELEASE = json.loads((COURSE / "notebooks" / f"{LESSON}.ipynb").read_text(encoding="utf-8"))
SOLVED = json.loads((COURSE / "solutions" / f"{LESSON}.ipynb").read_text(encoding="utf-8"))
F = {"root": "a / np.sqrt(1 + a * a)", "arctan": "np.arctan(a)", "arsinh": "np.arcsinh(a)",
     "sine": "np.sin(a)", "window": "a * np.exp(-a * a / 2)",
     "soft step": "np.log((1 + np.exp(a + 1)) / (1 + np.exp(a - 1))) - 1",
     "gudermannian": "2 * np.arctan(np.tanh(a / 2))", "fourth root": "a * (1 + a * a) ** -0.25",
     "sharp root": "a * (1 + a ** 4) ** -0.25"}
SLOPE = {"root": "(1 + a * a) ** -1.5", "arctan": "1 / (1 + a * a)", "arsinh": "1 / np.sqrt(1 + a * a)",
         "sine": "np.cos(a)", "window": "(1 - a * a) * np.exp(-a * a / 2)",
         "soft step": "1 / (1 + np.exp(-a - 1)) - 1 / (1 + np.exp(1 - a))", "gudermannian": "1 / np.cosh(a)",
         "fourth root": "(1 + a * a / 2) * (1 + a * a) ** -1.25", "sharp root": "(1 + a ** 4) ** -1.25"}
FORWARD = '''def forward(params, x, h0):
    alpha, a, h, y = {alpha}, [], [h0], [0 * (h0 @ params["W_hy"].T)]
    for t in range(1, len(x) + 1):
        a.append({path} + x[t - 1] @ params["W_xh"].T + {past} + params["b_h"])
        h.append((1 - alpha) * h[t - 1] + alpha * curve(a[-1]))
        y.append(h[t] @ params["W_hy"].T + params["b_y"])
    return np.array(a), np.array(h), np.array(y[1:])


def curve(a):
    return {f}'''
READERS = '''def readers(t, T):
    a = [s for s in range(1, T + 1) if t == s - 1 or {skip}]
    return {{"y": [t] if t else [], "a": a, "h": [t + 1] if t < T else []}}'''
STATES = '''def state_gradients(params, x, a, h, y, dy):
    return recursion(params, x, a, h, y, dy)[:2]


def recursion(params, x, a, h, y, dy):
    alpha, dy, dh, da = {alpha}, dy.copy(), np.zeros_like(h), np.zeros_like(a)
    for t in range(len(x), 0, -1):
        dh[t] += dy[t - 1] @ params["W_hy"]
        da[t - 1] = d = alpha * slope(a[t - 1]) * dh[t]
        dh[t - 1] += {carried} + ({gained}) @ params["W_hh"]
{square}        {push}
    return dh, da, dy'''
BACKWARD = '''def backward(params, x, a, h, y, dy):
    alpha, dalpha, (dh, da, dy) = {alpha}, 0, recursion(params, x, a, h, y, dy)
    grads = {{name: np.zeros_like(value) for name, value in params.items()}}
    grads["x"], grads["h0"] = np.zeros_like(x), dh[0]
    for t in range(1, len(x) + 1):
        d = da[t - 1]
        grads["W_hh"] += ({gained}).T @ h[t - 1]
        grads["W_xh"] += d.T @ x[t - 1]
        grads["x"][t - 1] += d @ params["W_xh"]
        grads["b_h"] += d.sum(axis=0)
        grads["W_hy"] += dy[t - 1].T @ h[t]
        grads["b_y"] += dy[t - 1].sum(axis=0)
        {weights}
{extra}        dalpha += (dh[t] * (curve(a[t - 1]) - h[t - 1])).sum(axis=0)
{last}    return grads'''
GAIN = '''        through = d * (h[t - 1] @ params["W_hh"].T)
        grads["W_xg"] += through.T @ x[t - 1]
        grads["x"][t - 1] += through @ params["W_xg"]
'''
ALPHA = {"given": "", "per unit": 'params["alpha"]',
         "per unit through a sigmoid": '1 / (1 + np.exp(-params["q"]))'}
LAST = {"given": "", "per unit": '    grads["alpha"] = dalpha\n',
        "per unit through a sigmoid": '    grads["q"] = dalpha * alpha * (1 - alpha)\n'}


def generic(number):
    """The published answer to an exercise that is the same for all cells."""
    return next("".join(cell["source"]) for cell in SOLVED["cells"]
                if cell["metadata"].get("nbgrader", {}).get("grade_id") == f"exercise-{number}")


def answers_for(v, **changed):
    """{id of an exercise: the text of a right answer} for a variant. changed: other lines in them."""
    gain, d, first = v.extra == "gain", v.delay, v.past.endswith("first")
    start, fed = f"h[max(t - {d}, 0)]" if first else f"(h[t - {d}] if t >= {d} else 0 * h[0])", d is None
    condition = "" if first else f"if t >= {d}:\n            "
    lines = {
        "alpha": ALPHA[v.leak] or v.alpha,
        "path": 'h[t - 1] @ params["W_hh"].T * (1 + x[t - 1] @ params["W_xg"].T)' if gain else
                'h[t - 1] @ params["W_hh"].T + params["p"] * h[t - 1] ** 2',
        "past": 'y[t - 1] @ params["W_yh"].T' if fed else f'{start} @ params["W_skip"].T',
        "skip": "False" if fed else f"t == {f'max(s - {d}, 0)' if first else f's - {d}'}",
        "f": F[v.activation],
        "gained": 'd * (1 + x[t - 1] @ params["W_xg"].T)' if gain else "d", "carried": "(1 - alpha) * dh[t]",
        "square": "" if gain else '        dh[t - 1] += 2 * d * params["p"] * h[t - 1]\n',
        "push": 'if t > 1:\n            dy[t - 2] += d @ params["W_yh"]' if fed else
                f'{condition}dh[{f"max(t - {d}, 0)" if first else f"t - {d}"}] += d @ params["W_skip"]',
        "weights": 'if t > 1:\n            grads["W_yh"] += d.T @ y[t - 2]' if fed else
                   f'grads["W_skip"] += d.T @ {start}',
        "extra": GAIN if gain else '        grads["p"] += (d * h[t - 1] ** 2).sum(axis=0)\n',
        "last": LAST[v.leak]} | changed
    texts = {"10-1": FORWARD, "10-2": READERS, "10-5": STATES, "10-6": BACKWARD,
             "10-4": f"def slope(a):\n    return {SLOPE[v.activation]}"}
    found = {number: text if number == "10-4" else text.format(**lines) for number, text in texts.items()}
    return {f"exercise-{number}": text
            for number, text in (found | {"10-7": generic("10-7"), "10-8": generic("10-8")}).items()}


def filled(answers, student, more=""):
    """The notebook with answers. more: lines after the learner's id."""
    notebook = copy.deepcopy(RELEASE)
    for cell in notebook["cells"]:
        id, text = cell["metadata"].get("nbgrader", {}).get("grade_id", ""), "".join(cell["source"])
        if cell["cell_type"] == "code":
            cell["source"] = answers.get(id, text).replace('"the worked example"', repr(student)) + (
                more if "my_id =" in text else "")
    return json.dumps(notebook).encode()


def own(student, **changed):
    """Right answers for a student's own cell, with other lines in them."""
    return answers_for(capstone.project(student).variant, **changed)


def body(number, head, text):
    return {f"exercise-{number}": f"def {head}:\n    {text}"}


PUBLISHED = {f"exercise-10-{number}": generic(f"10-{number}") for number in (1, 2, 4, 5, 6, 7, 8)}
STATES_HEAD, BACKWARD_HEAD = (f"{name}(params, x, a, h, y, dy)" for name in ("state_gradients", "backward"))
MEASURED = body("10-6", BACKWARD_HEAD, '''variables = {**params, "x": x, "h0": h[0]}
    return gradcheck.complex_step(lambda v: (dy * forward(v, v["x"], v["h0"])[2]).sum(), variables)''')
BY_HAND = body("10-6", BACKWARD_HEAD, '''variables, grads = {**params, "x": x, "h0": h[0]}, {}
    for name, value in variables.items():
        grads[name] = np.zeros(value.shape)
        for i in np.ndindex(value.shape):
            moved = value + 0j
            moved[i] += 1e-100j
            v = {**variables, name: moved}
            grads[name][i] = (dy * forward(v, v["x"], v["h0"])[2]).sum().imag / 1e-100
    return grads''')
COURSE_CODE = {
    **body("10-1", "forward(params, x, h0)", "return capstone.forward(project, params, x, h0)"),
    **body("10-2", "readers(t, T)", "from exercises.lessons.catalogue import find\n"
           "    return find('10.2@' + project.variant.code).reference(t, T)"),
    **body("10-4", "slope(a)", "f = capstone.ACTIVATIONS[project.variant.activation].function\n"
           "    return f(a + 1e-100j).imag / 1e-100"),
    **body("10-5", STATES_HEAD, "from exercises.capstone import tangents as ts\n"
           "    return ts.state_gradients(ts.Tangents, project.variant, params, x, a, h, y, dy)"),
    **body("10-6", BACKWARD_HEAD, "from exercises.capstone import tangents as ts\n"
           "    return ts.gradients(ts.Tangents, project.variant, params, x, a, h, y, dy)"),
    **body("10-8", "train(updates, seed)", "return capstone.fitted_readout(project, task, seed, H=24)")}
PRIVATE = (f"import sys\n    sys.path.insert(0, {str(COURSE / 'tests' / 'test_exercises')!r})\n"
           "    import capstone_backward\n    return capstone_backward.")
TESTS = {
    **body("10-5", STATES_HEAD, PRIVATE + "state_gradients(project.variant)(params, x, a, h, y, dy)"),
    **body("10-6", BACKWARD_HEAD, PRIVATE + "backward(project.variant)(params, x, a, h, y, dy)")}
BAR = {"exercise-10-8": "from tqdm import tqdm\n\n" + generic("10-8").replace("in range(updates)",
                                                                           "in tqdm(range(updates))")}
EASIER = capstone.Variant("sine", "given", "1.0", "feedback", "square")
PROOF = {"exercise-10-7": generic("10-7")}

CLASS = {
    "4711": (26, "right", lambda: own("4711")),
    "4713": (26, "right, with a progress bar", lambda: own("4713") | BAR),
    "4716": (26, "right", lambda: own("4716")),
    "k01": (0, "blank", dict),
    "k03": (4, "published code for another cell; 10.7 is the same for all", lambda: PUBLISHED),
    "k04": (4 + 2, "a neighbour's code; both have the same activation function, so 10.4 is right",
            lambda: own("4711")),
    "k05": (4 + 2 + 2 + 4, "10.5 open, 10.6 measured by the course's complex step, 10.8 trained with it",
            lambda: own("k05") | MEASURED | body("10-5", STATES_HEAD, "return None")),
    "k06": (4, "the course's own code", lambda: COURSE_CODE | PROOF),
    "k07": (4, "the backward passes of the course's tests", lambda: TESTS | PROOF),
    "k08": (4, "an easier cell of the cheat's own making", lambda: answers_for(EASIER)),
    "k10": (26 - 2 - 2, "10.5: the leak's path forgotten, half of 4; 10.6 does not pay again, 10.8 does",
            lambda: own("k10", carried="0")),
    "k11": (26 - 8 - 2, "10.6 measured by a complex step of their own, 10.8 open",
            lambda: own("k11") | BY_HAND | {"exercise-10-8": "pass"}),
    "k12": (26, "right for the id in the notebook, which is not the folder's", lambda: own("Ada")),
}


def handed_in(student):
    """The notebook's bytes of a student. k08 replaces the project, too."""
    more = f"\nproject = capstone.Project('k08', {EASIER!r})" if student == "k08" else ""
    return filled(CLASS[student][2](), {"k12": "Ada"}.get(student, student), more)
