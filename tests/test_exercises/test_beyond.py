"""Lesson 09: right answers of many forms are accepted, edited solutions are named,
and the block for PyTorch does what it says.
"""

import re

import numpy as np
import pytest

from exercises import judge
from helpers import gradcheck, losses, rnn
from helpers.other_ways import scan
from notebooks import COURSE, is_exercise, load

LESSON = "09_beyond_bptt"


def tangents_as_rows(params, direction, x, h):
    """Inputs of all steps at once, lists, and vectors from the left."""
    fresh = h[:-1] @ direction["W_hh"].T + x @ direction["W_xh"].T + direction["b_h"]
    found = [np.zeros(h.shape[1])]
    for slope, new in zip(1 - h[1:] ** 2, fresh):
        found.append(slope * (found[-1] @ params["W_hh"].T + new))
    return found


def tangents_by_complex_step(params, direction, x, h):
    """From the forward pass alone."""
    moved, state = {name: params[name] + 1e-100j * direction[name] for name in params}, h[0].astype(complex)
    found = [state]
    for x_t in x:
        state = np.tanh(moved["W_hh"] @ state + moved["W_xh"] @ x_t + moved["b_h"])
        found.append(state)
    return np.imag(found) / 1e-100


def tangents_by_jacobians(params, direction, x, h):
    """The double sum: each step's push, through all later Jacobians."""
    found = np.zeros(h.shape)
    for k in range(1, len(h)):
        moving = (1 - h[k] ** 2) * (
            direction["W_hh"] @ h[k - 1] + direction["W_xh"] @ x[k - 1] + direction["b_h"])
        for t in range(k, len(h)):
            moving = moving if t == k else np.diag(1 - h[t] ** 2) @ params["W_hh"] @ moving
            found[t] += moving
    return found


def rtrl_by_loops(M, params, h_prev, h, x, dy):
    z, direct = [*h_prev, *x, 1.0], params["W_hy"].T @ dy
    new, share = np.zeros(M.shape), np.zeros(M.shape[1:])
    for i, m, n in np.ndindex(M.shape):
        total = sum(params["W_hh"][i, k] * M[k, m, n] for k in range(len(h))) + (z[n] if i == m else 0)
        new[i, m, n] = (1 - h[i] ** 2) * total
        share[m, n] += direct[i] * new[i, m, n]
    return new, share


def rtrl_by_matrices(M, params, h_prev, h, x, dy):
    """M as a matrix of units by weights; a dict in another order."""
    H, N = M.shape[1:]
    J, pushed = np.diag(1 - h ** 2), np.kron(np.eye(H), np.concatenate([h_prev, x, [1.0]]))
    new = J @ (params["W_hh"] @ M.reshape(H, H * N) + pushed)
    return {"dW": (dy @ params["W_hy"] @ new).reshape(H, N), "M": new.reshape(H, H, N)}


def upwards_by_recursion(J, g):
    if len(g) == 1:
        return g
    below = upwards_by_recursion(J[1:], g[1:])
    return np.vstack([g[:1] + below[0] @ J[1], below])


def upwards_by_scan(J, g):
    factors = np.concatenate([J[:1], J[:0:-1].swapaxes(1, 2)])
    return scan.states(factors, g[::-1], np.zeros_like(g[0]), scan.halving)[::-1]


def combined_by_columns(A_1, b_1, A_2, b_2):
    """What the two maps do to zero and to each unit vector."""
    def both(h):
        return A_2 @ (A_1 @ h + b_1) + b_2

    b = both(np.zeros_like(b_1))
    return np.stack([both(unit) - b for unit in np.eye(len(b_1))], axis=1), b


def combined_as_one_matrix(A_1, b_1, A_2, b_2):
    """[[A, b], [0, 1]], multiplied."""
    def big(A, b):
        return np.block([[A, b[:, None]], [np.zeros((1, len(b))), np.ones((1, 1))]])

    product = big(A_2, b_2) @ big(A_1, b_1)
    return {"b": product[:-1, -1], "A": product[:-1, :-1]}


def recurrence_by_loop(a, h0, h, g):
    dh, arriving, da = np.zeros_like(g), 0.0, np.zeros_like(a)
    for t in reversed(range(len(g))):
        dh[t] = g[t] + arriving
        da[t] = dh[t] * (h[t - 1] if t else h0)
        arriving = a[t] * dh[t]
    return da, dh, arriving


def recurrence_by_products(a, h0, h, g):
    """The double sum over losses and steps."""
    T = len(g)
    dh = np.array([sum(g[s] * np.prod(a[t + 1:s + 1], axis=0) for s in range(t, T)) for t in range(T)])
    return {"dh0": a[0] * dh[0], "db": dh, "da": dh * np.vstack([h0, h[:-1]])}


def newton_by_scan(params, x, h):
    """All steps at once, and the recurrence by doubling."""
    f = np.tanh(h[:-1] @ params["W_hh"].T + x @ params["W_xh"].T + params["b_h"])
    J = (1 - f ** 2)[:, :, None] * params["W_hh"]
    moved = scan.states(J, f - np.einsum("tij,tj->ti", J, h[:-1]), h[0], scan.doubling)
    return np.vstack([h[:1], moved])


def newton_by_halving(params, x, h):
    """The same by the other scan, for what the guess is moved by."""
    f = np.tanh(h[:-1] @ params["W_hh"].T + x @ params["W_xh"].T + params["b_h"])
    J = np.einsum("ti,ij->tij", 1 - f ** 2, params["W_hh"])
    moved = scan.states(J, f - h[1:], 0 * h[0], scan.halving)
    return h + np.concatenate([0 * h[:1], moved])


def newton_by_loop(params, x, h):
    """One state after the other, in a list."""
    new = [h[0]]
    for old, x_t in zip(h, x):
        f = np.tanh(params["W_hh"] @ old + params["W_xh"] @ x_t + params["b_h"])
        new.append(f + np.diag(1 - f ** 2) @ params["W_hh"] @ (new[-1] - old))
    return new


def newton_by_system(params, x, h):
    """Newton's method as textbooks have it: solve with the Jacobian of all equations, (T H, T H)."""
    T, H = h[1:].shape
    f = np.tanh(h[:-1] @ params["W_hh"].T + x @ params["W_xh"].T + params["b_h"])
    A = np.eye(T * H)
    for t in range(1, T):
        A[t * H:(t + 1) * H, (t - 1) * H:t * H] = -(1 - f[t] ** 2)[:, None] * params["W_hh"]
    step = np.linalg.solve(A, (h[1:] - f).ravel()).reshape(T, H)
    return np.concatenate([h[:1], h[1:] - step])


def newton_by_complex_step(params, x, h):
    """The tangent from the forward step alone: its derivative along the move."""
    new = [h[0]]
    for old, x_t in zip(h, x):
        nudged = old + 1e-100j * (new[-1] - old)
        f = np.tanh(params["W_hh"] @ nudged + params["W_xh"] @ x_t + params["b_h"])
        new.append(f.real + f.imag / 1e-100)
    return np.array(new)


def newton_in_place(params, x, h):
    """A copy of the guess, overwritten from the last step's values on."""
    new, before = h.copy(), h[0].copy()
    for t in range(len(x)):
        old, keep = h[t], before
        a = x[t] @ params["W_xh"].T + old @ params["W_hh"].T + params["b_h"]
        before = np.tanh(a) + (keep - old) @ params["W_hh"].T / np.cosh(a) ** 2
        new[t + 1] = before
    return new


def newton_by_double_sum(params, x, h):
    """f_t, and what every earlier step's error becomes through all Jacobians between."""
    f = np.tanh(h[:-1] @ params["W_hh"].T + x @ params["W_xh"].T + params["b_h"])
    new = np.concatenate([h[:1], f])
    for t in range(1, len(h)):
        product = np.eye(h.shape[1])
        for s in range(t, 1, -1):
            product = product @ np.diag(1 - f[s - 1] ** 2) @ params["W_hh"]
            new[t] += product @ (f[s - 2] - h[s - 1])
    return new


def newton_by_recursion(params, x, h):
    """The steps after the first are a round of their own, from the new state on."""
    def onward(new, old, xs):
        if not len(xs):
            return [new]
        a = params["W_hh"] @ old[0] + params["W_xh"] @ xs[0] + params["b_h"]
        after = np.tanh(a) + (1 - np.tanh(a) ** 2) * (params["W_hh"] @ (new - old[0]))
        return [new, *onward(after, old[1:], xs[1:])]

    return onward(h[0], h, x)


def newton_by_entries(params, x, h):
    """Sums over single entries, as plain lists of numbers."""
    W, U, b = (params[name].tolist() for name in ("W_hh", "W_xh", "b_h"))
    new, units = [h[0].tolist()], range(len(b))
    for old, x_t in zip(h.tolist(), x.tolist()):
        f = [np.tanh(sum(w * v for w, v in zip(W[i], old)) + sum(u * v for u, v in zip(U[i], x_t)) + b[i])
             for i in units]
        new.append([f[i] + (1 - f[i] ** 2) * sum(W[i][j] * (new[-1][j] - old[j]) for j in units)
                    for i in units])
    return new


def newton_as_one_matrix(params, x, h):
    """Each step as a matrix (H+1, H+1) on [h, 1], multiplied up."""
    H, upto, new = h.shape[1], np.eye(h.shape[1] + 1), [h[0]]
    for old, x_t in zip(h, x):
        f = np.tanh(params["W_hh"] @ old + params["W_xh"] @ x_t + params["b_h"])
        J, step = (1 - f ** 2)[:, None] * params["W_hh"], np.eye(H + 1)
        step[:H, :H], step[:H, H] = J, f - J @ old
        upto = step @ upto
        new.append((upto @ np.append(h[0], 1.0))[:H])
    return np.stack(new)


def lru_factors(nu, theta):
    """a, and the root of 1 - |a|^2."""
    a = np.exp(-np.exp(nu) + 1j * theta)
    return a, np.sqrt(1 - np.abs(a) ** 2)


def lru_parts(nu, theta, u, dh, da):
    """The three results, from the gradients of the states and of a."""
    a, root = lru_factors(nu, theta)
    z, rate = np.conj(a) * da, np.exp(nu)
    return rate * (np.abs(a) ** 2 / root * np.sum((np.conj(u) * dh).real, axis=0) - z.real), z.imag, root * dh


def lru_by_loop(nu, theta, u, h, g):
    a, dh, later, da = np.exp(-np.exp(nu) + 1j * theta), np.zeros_like(g), 0.0, 0.0
    for t in range(len(g) - 1, -1, -1):
        dh[t] = g[t] + later
        da = da + (h[t - 1].conj() if t else 0) * dh[t]
        later = a.conj() * dh[t]
    return lru_parts(nu, theta, u, dh, da)


def lru_by_recurrence(nu, theta, u, h, g, method=scan.doubling):
    a, _ = lru_factors(nu, theta)
    by_step, dh, _ = scan.backward(np.tile(a.conj(), (len(g), 1)), h.conj(), g, 0 * g[0], method)
    return lru_parts(nu, theta, u, dh, by_step.sum(axis=0))


def lru_by_halving(*arguments):
    return lru_by_recurrence(*arguments, method=scan.halving)


def lru_by_reversed_states(nu, theta, u, h, g):
    a, _ = lru_factors(nu, theta)
    dh = scan.states(np.tile(a.conj(), (len(g), 1)), g[::-1], 0 * g[0])[::-1]
    return lru_parts(nu, theta, u, dh, (h[:-1].conj() * dh[1:]).sum(axis=0))


def lru_by_convolution(nu, theta, u, h, g):
    """dh_t is the sum of conj(a)^(s-t) g_s."""
    a, _ = lru_factors(nu, theta)
    dh = np.array([sum(a.conj() ** (s - t) * g[s] for s in range(t, len(g))) for t in range(len(g))])
    return lru_parts(nu, theta, u, dh, (np.concatenate([0 * h[:1], h[:-1]]).conj() * dh).sum(axis=0))


def lru_forward_mode(nu, theta, u, h, g):
    """The tangents of the states, by nu and by theta, carried forward; du by one matrix of powers."""
    a, root = lru_factors(nu, theta)
    before, by_nu, by_theta, dnu, dtheta = 0 * a, 0 * a, 0 * a, 0.0, 0.0
    for u_t, h_t, g_t in zip(u, h, g):
        by_nu = a * by_nu - np.exp(nu) * a * before + np.abs(a) ** 2 * np.exp(nu) / root * u_t
        by_theta = a * by_theta + 1j * a * before
        dnu, dtheta = dnu + (g_t.conj() * by_nu).real, dtheta + (g_t.conj() * by_theta).real
        before = h_t
    lag = np.arange(len(g))[None] - np.arange(len(g))[:, None]
    powers = np.where((lag >= 0)[:, :, None], a.conj() ** np.maximum(lag, 0)[:, :, None], 0)
    return {"du": root * np.einsum("tsh,sh->th", powers, g), "dnu": dnu, "dtheta": dtheta}


def lru_as_rotations(nu, theta, u, h, g):
    """No complex numbers on the way: a matrix of two rows for each unit."""
    size, root = np.exp(-np.exp(nu)), np.sqrt(1 - np.exp(-2 * np.exp(nu)))
    cos, sin = size * np.cos(theta), size * np.sin(theta)
    re, im, dcos, dsin, droot = (np.zeros(len(nu)) for _ in range(5))
    d_re, d_im = np.zeros(g.shape), np.zeros(g.shape)
    for t in reversed(range(len(g))):
        re, im = g[t].real + cos * re + sin * im, g[t].imag - sin * re + cos * im
        if t:
            dcos += re * h[t - 1].real + im * h[t - 1].imag
            dsin += im * h[t - 1].real - re * h[t - 1].imag
        droot += re * u[t].real + im * u[t].imag
        d_re[t], d_im[t] = root * re, root * im
    dsize = (dcos * np.cos(theta) + dsin * np.sin(theta)) - droot * size / root
    return -np.exp(nu) * size * dsize, dsin * cos - dcos * sin, d_re + 1j * d_im


def lru_by_complex_step(nu, theta, u, h, g):
    """The loss as a sum of g's and h's parts, differentiated with real and imaginary part apart."""
    def loss(v):
        root, size = np.sqrt(1 - np.exp(-2 * np.exp(v["nu"]))), np.exp(-np.exp(v["nu"]))
        cos, sin, re, im, total = size * np.cos(v["theta"]), size * np.sin(v["theta"]), 0.0, 0.0, 0.0
        for t in range(len(g)):
            re, im = cos * re - sin * im + root * v["re"][t], sin * re + cos * im + root * v["im"][t]
            total = total + (g[t].real * re + g[t].imag * im).sum()
        return total

    found = gradcheck.complex_step(loss, {"nu": nu, "theta": theta, "re": u.real.copy(), "im": u.imag.copy()})
    return found["nu"], found["theta"], found["re"] + 1j * found["im"]


def lru_unit_by_unit(nu, theta, u, h, g):
    """Plain numbers of Python, one unit after the other."""
    columns = [lru_by_loop(*(part[..., i:i + 1] for part in (nu, theta, u, h, g))) for i in range(len(nu))]
    return [np.concatenate(parts, axis=-1) for parts in zip(*columns)]


def lru_by_polar_form(nu, theta, u, h, g):
    """|a| and the turn apart; the derivative by log |a| first."""
    size, turn = np.exp(-np.exp(nu)), np.exp(1j * theta)
    root, dh, later = np.sqrt(1 - size * size), np.empty(g.shape, complex), np.zeros(len(nu), complex)
    for t in range(1, len(g) + 1):
        later = dh[-t] = g[-t] + size / turn * later
    turned = np.einsum("th,th->h", h[:-1].conj(), dh[1:]) * size / turn
    dlog = turned.real - size ** 2 / root * np.einsum("th,th->h", u.conj(), dh).real
    return dlog * -np.exp(nu), turned.imag, dh * root


RIGHT = {
    "9.1": [tangents_as_rows, tangents_by_complex_step, tangents_by_jacobians],
    "9.2": [rtrl_by_loops, rtrl_by_matrices],
    "9.3": [upwards_by_recursion, upwards_by_scan],
    "9.4": [lambda: "c", lambda: " C "],
    "9.5": [combined_by_columns, combined_as_one_matrix, lambda *parts: scan.combine(parts[:2], parts[2:])],
    "9.6": [recurrence_by_loop, recurrence_by_products],
    "9.7": [lambda g, x, W, b: (np.einsum("bh,dh->bd", g, W), np.einsum("bd,bh->dh", x, g),
                                np.ones(len(g)) @ g),
            lambda g, x, W, b: {"db": g.sum(0), "dx": g @ W.T,
                                "dW": sum(np.outer(*rows) for rows in zip(x, g))}],
    "9.8": [lambda: "gfedcba", lambda: "gfdecba", lambda: "g f e c b d a", lambda: list("gfecbad")],
    "9.9": [lambda: "d"],
    "9.10": [newton_by_scan, newton_by_halving, newton_by_loop, newton_by_system, newton_by_complex_step,
             newton_in_place, newton_by_double_sum, newton_by_recursion, newton_by_entries,
             newton_as_one_matrix],
    "9.11": [lru_by_loop, lru_by_recurrence, lru_by_halving, lru_by_reversed_states, lru_by_convolution,
             lru_forward_mode, lru_as_rotations, lru_by_complex_step, lru_unit_by_unit, lru_by_polar_form],
}


@pytest.mark.parametrize("number, answer", [
    (number, answer) for number, answers in RIGHT.items() for answer in answers])
def test_any_right_form_is_accepted(number, answer):
    assert judge(number, answer).status == "right", repr(judge(number, answer))


@pytest.mark.parametrize("number, answer", [
    (number, answer) for number in ("9.1", "9.2", "9.3", "9.5", "9.6", "9.7", "9.10")
    for answer in RIGHT[number][:1]])
def test_single_precision_is_accepted(number, answer):
    def single(*arguments):
        result = answer(*arguments)
        return tuple(np.float32(part) for part in result) if isinstance(result, tuple) else np.float32(result)

    assert judge(number, single).status == "right", repr(judge(number, single))


def solution(number):
    """The source of an exercise's cell, with its answer."""
    return next(cell.source for cell in load("solutions", LESSON).cells
                if is_exercise(cell)
                and cell.metadata.nbgrader.grade_id == f"exercise-{number.replace('.', '-')}")


EDITS = [   # the exercise, what is replaced, by what, the name that the check must say
    ("9.1", 'params["W_hh"] @ h_dot[t - 1]', 'direction["W_hh"] @ h_dot[t - 1]',
     "direction carries the tangent"),
    ("9.1", 'direction["W_hh"] @ h[t - 1]', 'direction["W_hh"] @ h[t]', "current state met"),
    ("9.1", "(1 - h[t] ** 2) * a_dot", "a_dot", "slope missing"),
    ("9.2", 'np.tensordot(params["W_hh"], M, axes=1)', 'params["W_hh"] @ M',
     "matrix on the axis of the weights"),
    ("9.2", "M = (1 - h ** 2)[:, None, None] * moved", "M = (1 - h ** 2)[:, None] * moved",
     "slope on the axis of the weights"),
    ("9.2", "[h_prev, x, [1.0]]", "[x, h_prev, [1.0]]", "inputs before the state"),
    ("9.2", "moved[m, m] += z", "moved[:, m] += z", "every weight pushes every unit"),
    ("9.3", "J[row + 1].T @", "J[row + 1] @", "Jacobian not transposed"),
    ("9.3", "J[row + 1].T @", "J[row].T @", "Jacobian of the same row"),
    ("9.3", "range(len(g) - 2, -1, -1)", "range(len(g) - 2, 0, -1)", "first row left out"),
    ("9.5", "A_2 @ b_1 + b_2", "A_1 @ b_2 + b_1", None),
    ("9.6", "a[:0:-1]", "a[::-1][:-1]", None),
    ("9.6", "np.concatenate([np.ones_like(a[:1]), a[:0:-1]])", "a[::-1]", "factor of the same step"),
    ("9.6", "scan.doubling)[::-1]", "scan.doubling)", "result not turned back"),
    ("9.6", "np.zeros_like(h0), scan", "h0, scan", "backward from the first state"),
    ("9.7", "g.sum(axis=0)", "g", "bias not summed"),
    ("9.10", "(new[t - 1] - h[t - 1])", "(h[t - 1] - new[t - 1])", "old minus new"),
    ("9.10", "(new[t - 1] - h[t - 1])", "new[t - 1]", "new state not shifted"),
    ("9.10", "(1 - f ** 2)", "(1 - h[t] ** 2)", "slope at the guess"),
    ("9.10", "(1 - f ** 2) * (", "(", "slope missing"),
    ("9.10", "new[t] = f +", "new[t] = h[t] +", "corrected from the guess"),
    ("9.11", "np.broadcast_to(a.conj(), h.shape)", "np.broadcast_to(a, h.shape)",
     "conjugate forgotten on the way back"),
    ("9.11", "h.conj(), g", "h, g", "conjugate of the state forgotten"),
    ("9.11", "z = a.conj() *", "z = a *", "conjugate of a forgotten"),
    ("9.11", "(u.conj() * dh)", "(u * dh)", "conjugate of u forgotten"),
    ("9.11", " + 1j * theta", "", "|a| in the place of a"),
    ("9.11", "root * dh", "dh", "u not normalised"),
    ("9.11", "z.imag", "z.real", "real part for theta"),
]


@pytest.mark.parametrize("number, old, new, name", EDITS)
def test_an_edited_line_is_named(number, old, new, name):
    source = solution(number)
    assert source.count(old) == 1
    space = {"np": np, "scan": scan}
    exec(source.replace(old, new), space)
    result = judge(number, space[source.split("def ")[1].split("(")[0]])
    if name is None:            # another way to write the same, or a mistake without a name
        assert result.status == ("right" if number == "9.6" else "wrong")
    else:
        assert result.status == "wrong" and name.lower() in repr(result).lower(), repr(result)


def test_the_block_for_pytorch_gives_the_courses_gradients():
    pytest.importorskip("torch")
    block, = re.findall(r"^```python\n(.*?)^```",
                        (COURSE / "solutions" / f"{LESSON}.md").read_text(encoding="utf-8"),
                        re.DOTALL | re.MULTILINE)
    space = {}
    exec(block, space)
    problem = gradcheck.random_problem(np.random.default_rng(0))
    found = space["gradients_by_torch"](problem.params, problem.x, problem.target, problem.h0)
    cache = rnn.forward(problem.params, problem.x, problem.h0)
    expected = rnn.backward(problem.params, cache, losses.squared_error(cache.y, problem.target)[1])
    assert gradcheck.compare(found, expected).agrees(1e-12)


def test_no_lesson_code_needs_pytorch():
    for edition in ("solutions", "notebooks"):
        assert not any("torch" in cell.source
                       for cell in load(edition, LESSON).cells if cell.cell_type == "code")
