"""Answers to the capstone that are nobody's own work, or no work at all: none of them earns points."""

import _thread
import os
import pickle
import subprocess
import sys
import threading
from functools import partial

import numpy as np
import pytest

import capstone_backward
from exercises import capstone, judge
from exercises.capstone import tangents
from exercises.engine.attempt import CAN_FORK
from exercises.engine.judging import judge as judged
from exercises.lessons.catalogue import find
from helpers import clip, gradcheck, losses, optimisers
from helpers.other_ways import autograd
from test_capstone import EXAMPLE, FEW, ids, of

VARIANT = EXAMPLE.variant
measured_by_the_course = partial(tangents.gradients, tangents.Tangents, VARIANT)


def rejected(number, answer, *words, variant=VARIANT):
    """The Result, which must leave no points, and say some words."""
    result = judged(find(of(variant, number)), answer)
    assert result.status == "wrong" and result.credit == 0, (result.credit, repr(result))
    assert all(word in repr(result) for word in words), repr(result)
    return result


# --- 1: first whose work it is, then the points ---

def one_spoilt(answer):
    """An answer with one result that is off by a thousandth."""
    def spoilt(*arguments):
        found = answer(*arguments)
        if isinstance(found, dict):
            return {**found, "b_h": 1.001 * found["b_h"]}
        return (1.001 * found[0], *found[1:])
    return spoilt


@pytest.mark.parametrize("number", ["10.1", "10.5", "10.6"])
def test_course_code_with_one_result_spoilt_earns_nothing(number):
    rejected(number, one_spoilt(find(number).reference), "It calls the course's own code")


def by_whole_runs(params, x, a, h, y, dy):
    """Measured from the first state on: what is handed over is not looked at."""
    def loss(v):
        return (own_forward({name: v[name] for name in params}, v["x"], v["h0"])[2] * dy).sum()

    variables = {**params, "x": x, "h0": h[0]}
    return {name: np.reshape([loss(moved).imag / 1e-100 for moved in nudged(variables, name)], value.shape)
            for name, value in variables.items()}


def nudged(variables, name, by=1e-100j):
    """The variables, with one entry after the other of one of them nudged."""
    for entry in np.ndindex(variables[name].shape):
        moved = variables[name].astype(complex)
        moved[entry] += by
        yield {**variables, name: moved}


class OwnCell:
    """The forward pass of any variant, written by hand."""

    def __init__(self, variant, params, x, h0):
        self.v, self.p, self.x, self.T = variant, params, x, len(x)
        self.a, self.h, self.y = [], [h0], []
        self.alpha = (float(variant.alpha) if variant.alpha else params["alpha"] if "alpha" in params
                      else 1 / (1 + np.exp(-params["q"])))

    def preactivation(self, t):
        p, h, x, d = self.p, self.h, self.x[t - 1], self.v.delay
        a = h[t - 1] @ p["W_hh"].T
        a = (1 + x @ p["W_xg"].T) * a if "W_xg" in p else a + p["p"] * h[t - 1] * h[t - 1]
        a = a + x @ p["W_xh"].T + p["b_h"]
        if d and (t >= d or self.v.past.endswith("first")):
            a = a + h[max(t - d, 0)] @ p["W_skip"].T
        return a + self.y[t - 2] @ p["W_yh"].T if "W_yh" in p and t > 1 else a

    def state(self, t):
        f = capstone.ACTIVATIONS[self.v.activation].function
        return (1 - self.alpha) * self.h[t - 1] + self.alpha * f(self.a[t - 1])

    def output(self, t):
        return self.h[t] @ self.p["W_hy"].T + self.p["b_y"]

    def run(self):
        for t in range(1, self.T + 1):
            self.a.append(self.preactivation(t))
            self.h.append(self.state(t))
            self.y.append(self.output(t))
        return np.array(self.a), np.array(self.h), np.array(self.y)


def own_forward(params, x, h0):
    return OwnCell(VARIANT, params, x, h0).run()


def test_measuring_by_whole_runs_earns_nothing_with_one_result_spoilt():
    rejected("10.6", by_whole_runs, "It does not go by the a, h and y that it is handed")
    rejected("10.6", one_spoilt(by_whole_runs), "It does not go by the a, h and y that it is handed")


# --- 2: out of sight ---

def in_a_thread(*arguments):
    found = []
    thread = threading.Thread(target=lambda: found.append(measured_by_the_course(*arguments)))
    thread.start()
    thread.join()
    return found[0]


def in_a_bare_thread(*arguments):
    found, done = [], _thread.allocate_lock()
    done.acquire()

    def work():
        found.append(measured_by_the_course(*arguments))
        done.release()

    _thread.start_new_thread(work, ())
    done.acquire()
    return found[0]


def without_profile(*arguments):
    list(map(sys.setprofile, [None]))
    return measured_by_the_course(*arguments)


@pytest.mark.parametrize("answer, words", [
    (in_a_thread, "It calls the course's own code"), (in_a_bare_thread, "hides what it calls"),
    (without_profile, "it sets Python's profile" if CAN_FORK else "hides what it calls")])
def test_threads_are_watched(answer, words):
    rejected("10.6", answer, words)


def in_a_process(*arguments):
    receiver, sender = os.pipe()
    if os.fork() == 0:
        os.write(sender, pickle.dumps(measured_by_the_course(*arguments)))
        os._exit(0)
    return pickle.loads(os.read(receiver, 2 ** 16))


def in_another_python(*arguments):
    subprocess.run([sys.executable, "-c", "pass"])
    return measured_by_the_course(*arguments)


@pytest.mark.skipif(not CAN_FORK, reason="elsewhere the calls run in the notebook's own process")
@pytest.mark.parametrize("answer", [in_a_process, in_another_python])
def test_no_process_is_started(answer):
    rejected("10.6", answer, "it starts a process of its own, and a check allows none")


@pytest.mark.skipif(not CAN_FORK, reason="elsewhere the calls run in the notebook's own process")
def test_a_thread_that_waits_in_the_notebook_is_not_reached():
    question, asks = os.pipe()
    hears, reply = os.pipe()

    def serve():
        if size := int(os.read(question, 20) or 0):
            arguments = pickle.loads(os.read(question, size))
            os.write(reply, pickle.dumps(measured_by_the_course(*arguments)))

    def asked(*arguments):
        data = pickle.dumps(arguments)
        os.write(asks, f"{len(data):20}".encode())
        os.write(asks, data)
        return pickle.loads(os.read(hears, 2 ** 16))

    waiting = threading.Thread(target=serve, daemon=True)
    waiting.start()
    rejected("10.6", asked, "Bad file descriptor")
    os.close(asks)
    waiting.join()
    for end in (question, hears, reply):
        os.close(end)


# --- 3: recorded ---

def fingerprint(value):
    """Arguments as text."""
    if isinstance(value, dict):
        return "".join(key + fingerprint(entry) for key, entry in value.items())
    return "".join(map(fingerprint, value)) if isinstance(value, tuple) else repr(np.asarray(value).tolist())


@pytest.mark.parametrize("number", ["10.1", "10.4", "10.5", "10.6"])
def test_results_that_were_recorded_are_none(number):
    exercise = find(number)
    known = {fingerprint(arguments): right for arguments, right in exercise.every_problem}
    known |= {fingerprint(far.arguments): right for far, right in exercise.far_problems}
    rejected(number, lambda *arguments: known[fingerprint(arguments)])
    rejected(number, lambda *arguments: known.get(fingerprint(arguments), 0))


def test_a_right_answer_is_told_the_same_every_time():
    for number, answer in (("10.4", capstone_backward.SLOPES[VARIANT.activation]),
                           ("10.6", capstone_backward.backward(VARIANT))):
        assert len({repr(judge(number, answer, EXAMPLE)) for _ in range(3)}) == 1


# --- 4: measured around the states that are handed over ---

class Around(OwnCell):
    """A cell whose states are those that were handed over, as long as nothing is nudged."""

    def __init__(self, variant, params, x, states, nudge=None):
        super().__init__(variant, params, x, states[1][0])
        self.states, self.nudge = states, nudge or {}

    def run_from(self, base):
        """base: the gaps that a run without a nudge has made; None to make them."""
        a, h, y = self.states
        gaps, zeros = [], {"a": 0 * a, "h": 0 * h}
        nudge = {**zeros, **self.nudge}
        self.h[0] = h[0] + nudge["h"][0]
        for t in range(1, self.T + 1):
            for found, made, given, nudged_by in ((self.a, self.preactivation, a[t - 1], nudge["a"][t - 1]),
                                                  (self.h, self.state, h[t], nudge["h"][t]),
                                                  (self.y, self.output, y[t - 1], 0)):
                new = made(t)
                if base is None:
                    gaps.append(given - new)
                found.append(given if base is None else new + base[len(gaps)] + nudged_by)
                if base is not None:
                    gaps.append(0)
        return gaps if base is None else self.y


def complex_step(change):
    return change(1e-100j).imag / 1e-100


def richardson(change):
    one, two = ((change(e) - change(-e)) / (2 * e) for e in (1e-2, 2e-2))
    return (4 * one - two) / 3


def circle(change):
    turns = np.exp(2j * np.pi * np.arange(16) / 16)
    return sum(change(0.05 * turn) / turn for turn in turns) / (0.05 * 16)


def around(variant, quotient, states_only):
    """An answer to 10.5 or 10.6 that measures each entry, starting from what it is handed."""
    def answer(params, x, a, h, y, dy):
        gaps = Around(variant, params, x, (a, h, y)).run_from(None)

        def loss(name, entry, by):
            moved = {"params": dict(params), "x": x, "nudge": {}}
            value = {**params, "x": x, "h": h, "a": a, "h0": h[0]}[name]
            change = np.zeros(value.shape, complex)
            change[entry] = by
            if name in ("h", "a"):
                moved["nudge"] = {name: change}
            elif name == "h0":
                moved["nudge"] = {"h": np.concatenate([change[None], 0 * h[1:]])}
            elif name == "x":
                moved["x"] = x + change
            else:
                moved["params"][name] = value + change
            outputs = Around(variant, moved["params"], moved["x"], (a, h, y), moved["nudge"]).run_from(gaps)
            return sum((dy_t * (new - old)).sum() for dy_t, new, old in zip(dy, outputs, y))

        def gradient(name, value):
            found = [quotient(lambda by: loss(name, entry, by)) for entry in np.ndindex(value.shape)]
            found = np.reshape(found, value.shape)
            return found if np.iscomplexobj(dy) else found.real

        if states_only:
            return gradient("h", h), gradient("a", a)
        return {name: gradient(name, value) for name, value in {**params, "x": x, "h0": h[0]}.items()}

    return answer


@pytest.mark.parametrize("variant", [FEW[1], FEW[5]], ids=ids([FEW[1], FEW[5]]))
@pytest.mark.parametrize("quotient", [complex_step, richardson, circle])
def test_measuring_around_the_states_handed_over_earns_nothing(variant, quotient):
    rejected("10.5", around(variant, quotient, True), variant=variant)


def test_all_gradients_measured_around_the_states_earn_nothing():
    rejected("10.6", around(VARIANT, complex_step, False), "It does not go by the a, h and y")


def real_arrays(answer):
    """A right answer that adds up in real arrays: complex numbers lose their imaginary part."""
    return lambda *arguments: tuple(np.array(part, float) for part in answer(*arguments))


def all_in_loops(variant):
    """A right answer to 10.5 for a cell with feedback and squares, one number at a time, in pure Python."""
    def answer(params, x, a, h, y, dy):
        W, U, V, p = (params[name].tolist() for name in ("W_hh", "W_hy", "W_yh", "p"))
        q = [1 / (1 + np.exp(-q)) for q in params["q"]]
        slope = capstone_backward.SLOPES[variant.activation]
        T, B, H, O = *a.shape, len(U)
        dh = [[[0.0] * H for _ in range(B)] for _ in range(T + 1)]
        da = [[[0.0] * H for _ in range(B)] for _ in range(T)]
        for t in range(T, 0, -1):
            for b in range(B):
                for o in range(O):
                    out = dy[t - 1][b][o]
                    if t < T:
                        for i in range(H):
                            out = out + V[i][o] * da[t][b][i]
                    for j in range(H):
                        dh[t][b][j] = dh[t][b][j] + U[o][j] * out
                for i in range(H):
                    da[t - 1][b][i] = q[i] * slope(a[t - 1][b][i]) * dh[t][b][i]
                    dh[t - 1][b][i] = dh[t - 1][b][i] + (1 - q[i]) * dh[t][b][i]
                    dh[t - 1][b][i] = dh[t - 1][b][i] + 2 * p[i] * h[t - 1][b][i] * da[t - 1][b][i]
                for i in range(H):
                    for j in range(H):
                        dh[t - 1][b][j] = dh[t - 1][b][j] + W[i][j] * da[t - 1][b][i]
        return np.array(dh), np.array(da)
    return answer


@pytest.mark.parametrize("variant", FEW, ids=ids(FEW))
def test_honest_answers_stay_right(variant):
    states, everything = capstone_backward.state_gradients(variant), capstone_backward.backward(variant)
    for number, answer in (("10.5", states), ("10.5", real_arrays(states)), ("10.6", everything),
                           ("10.4", capstone_backward.SLOPES[variant.activation]),
                           ("10.1", lambda params, x, h0: own_cell_of(variant, params, x, h0))):
        result = judged(find(of(variant, number)), answer)
        assert result.status == "right", repr(result)
    if variant == FEW[-1]:
        assert judged(find(of(variant, "10.5")), all_in_loops(variant)).status == "right"


def own_cell_of(variant, params, x, h0):
    return OwnCell(variant, params, x, h0).run()


def test_a_library_that_differentiates_is_refused(tmp_path):
    space = {"right": capstone_backward.backward(VARIANT)}
    exec(compile("def gradient(*arguments):\n    return right(*arguments)",
                 str(tmp_path / "site-packages" / "torch" / "autograd.py"), "exec"), space)
    rejected("10.6", lambda *arguments: space["gradient"](*arguments), "a library that differentiates")


def test_the_courses_own_autograd_is_refused():
    def with_a_tensor(*arguments):
        autograd.Tensor(1.0).tanh().backward()
        return capstone_backward.backward(VARIANT)(*arguments)

    rejected("10.6", with_a_tensor, "It calls the course's own code")


# --- 5: guesses about readers ---

GUESSES = [lambda t, T: {"y": [t], "a": [t + 1], "h": [t + 1]},
           lambda t, T: {"y": [t] if t else [], "a": [t + 1], "h": [t + 1] if t < T else []},
           lambda t, T: {"y": [t], "a": [t + 1] if t < T else [], "h": [t + 1] if t < T else []}]


@pytest.mark.parametrize("variant", [FEW[0], FEW[3], FEW[4]], ids=ids([FEW[0], FEW[3], FEW[4]]))
def test_a_guess_without_the_boundaries_earns_nothing(variant):
    for guess in GUESSES:
        rejected("10.2", guess, variant=variant)


# --- 5: honest, with a test inside ---

def with_a_test(holds):
    """A right answer to 10.5 that asserts something first. holds: function of its arguments."""
    right = capstone_backward.state_gradients(VARIANT)

    def answer(params, x, a, h, y, dy):
        assert holds(params, x, a, h, y, dy)
        return [0.0 * given + found.real for given, found in zip((h.real, a.real), right(
            params, x, a, h, y, dy))]
    return answer


def test_who_asks_for_a_type_measures_nothing():
    answer = with_a_test(lambda *arguments: not np.iscomplexobj(arguments[1]))
    assert judged(find("10.5"), answer).status == "right"


def test_a_test_of_the_states_is_told_where_to_stand():
    rejected("10.5", with_a_test(lambda params, x, a, h, y, dy: np.allclose(
        own_forward(params, x, h[0])[2], y)), "AssertionError", "in a cell of its own")


def test_who_loses_complex_numbers_is_told_what_to_do():
    rejected("10.5", with_a_test(lambda *arguments: np.all(np.imag(arguments[1]) == 0)), "zeros_like(h)")


# --- 6: a slope that is measured ---

def by_circle(f, a):
    turns = np.exp(2j * np.pi * np.arange(32) / 32)
    found = sum(f(a + 0.2 * turn) / turn for turn in turns) / (0.2 * 32)
    return found if np.iscomplexobj(a) else found.real


def by_differences(f, a):
    table = [(f(a + e) - f(a - e)) / (2 * e) for e in 0.1 / 2.0 ** np.arange(7)]
    for k in range(1, 7):
        table = [(4 ** k * fine - rough) / (4 ** k - 1) for rough, fine in zip(table, table[1:])]
    return table[0]


@pytest.mark.parametrize("activation", ["root", "arctan", "arsinh", "soft step"])
def test_a_slope_measured_from_afar_is_wrong_where_f_ends(activation):
    variant, f = FEW[0]._replace(activation=activation), capstone.ACTIVATIONS[activation].function
    for measure in (by_circle, by_differences):
        rejected("10.4", lambda a: measure(f, a), variant=variant)


# --- 7: a proof that does not use what it is handed ---

def own_proof(forward=None, backward=None):
    """Right for the functions it is handed; or for its own."""
    def agree(given_forward, given_backward, params, x, h0, target):
        run = forward or given_forward

        def loss(v):
            return 0.5 * ((run({name: v[name] for name in params}, v["x"], v["h0"])[2] - target) ** 2).sum()

        numeric = gradcheck.complex_step(loss, {**params, "x": x, "h0": h0})
        a, h, y = run(params, x, h0)
        if backward:        # what is handed over is compared with its own
            numeric = backward(params, x, a, h, y, y - target)
        found = given_backward(params, x, a, h, y, y - target)
        return {name: bool(np.abs(found[name] - g).max() <= 1e-9 * np.abs(g).max())
                for name, g in numeric.items()}
    return agree


def everything_passes(forward, backward, params, x, h0, target):
    return dict.fromkeys([*params, "x", "h0"], True)


def test_a_proof_uses_the_functions_that_it_is_handed():
    assert judged(find("10.7"), own_proof()).status == "right"
    for proof in (own_proof(forward=own_forward), own_proof(backward=capstone_backward.backward(VARIANT)),
                  own_proof(backward=measured_by_the_course)):
        rejected("10.7", proof, "the forward and the backward that it is handed")
    rejected("10.7", everything_passes, "Everything passes, wrong gradients, too.")


# --- 8: training ---

def train(updates, seed, honest=200):
    """An honest training, up to some number of updates; after them only the read-out is fitted."""
    task, backward = capstone.sunspots(), capstone_backward.backward(VARIANT)
    params, memory = EXAMPLE.init(1, 8, 1, np.random.default_rng(seed)), None
    x, target, mask = (array[:, task.train] for array in (task.x, task.target, task.mask))
    for _ in range(min(updates, honest)):
        a, h, y = own_forward(params, x, np.zeros((x.shape[1], 8)))
        grads = backward(params, x, a, h, y, losses.squared_error(y, target, mask, "mean")[1])
        grads, _ = clip.by_global_norm({name: grads[name] for name in params}, 1.0)
        params, memory = optimisers.adam(params, grads, memory, 0.01)
    if updates <= honest:
        return params
    last = own_forward(params, task.x, np.zeros((task.x.shape[1], 8)))[1][-1]
    rows = np.hstack([last, np.ones((len(last), 1))])
    weights = np.linalg.lstsq(rows[task.train], task.target[-1, task.train, 0], rcond=None)[0]
    return params | {"W_hy": weights[None, :-1], "b_y": weights[-1:]}


def test_training_is_honest_for_more_than_two_updates():
    assert judged(find("10.8"), train).status == "right"
    rejected("10.8", partial(train, honest=2), "updates")
    rejected("10.8", lambda updates, seed: capstone.fitted_readout(EXAMPLE, capstone.sunspots(), seed, 8)
             if updates > 4 else train(updates, seed), "It calls the course's own code")


# --- what is said ---

def test_zeros_are_told_something_useful():
    said = repr(judge("10.6", lambda params, x, a, h, y, dy: {
        **{name: 0 * value for name, value in params.items()}, "x": 0 * x, "h0": 0 * h[0]}, EXAMPLE))
    assert "imaginary number" not in said and "dW_hh" in said
