"""Right answers to 3.11 to 3.14, 6.13 and 8.10, the parts of a derivation, that differ in kind: by hand.

``DERIVATION[number]`` is a dict: what is special about an answer -> the answer, with the
exercise's arguments.
"""

import itertools
import math
from types import SimpleNamespace

import numpy as np

from helpers.activations import sigmoid
from helpers.gradcheck import jacobian

# --- 3.11 and 3.12: sums of outer products, and sums ---

def in_a_loop(delta, met):
    """Shares, added up from the last step to the first."""
    dW, db = np.zeros((delta.shape[1], met.shape[1])), np.zeros(delta.shape[1])
    for t in range(len(delta) - 1, -1, -1):
        dW += np.outer(delta[t], met[t])
        db += delta[t]
    return dW, db


def number_by_number(delta, met):
    """Lists of numbers."""
    columns = list(zip(*delta.tolist()))
    return ([[math.fsum(d * m for d, m in zip(column, row)) for row in zip(*met.tolist())]
             for column in columns], [math.fsum(column) for column in columns])


def with_a_one(delta, met):
    """The bias is one more weight, and meets 1."""
    both = delta.T @ np.column_stack([met, np.ones(len(met))])
    return both[:, :-1], both[:, -1]


def measured(delta, met):
    """The complex step."""
    return (jacobian(lambda W: (delta * (met @ W.T)).sum(), np.zeros((delta.shape[1], met.shape[1]))),
            jacobian(lambda b: (delta * b).sum(), np.zeros(delta.shape[1])))


SUMS = {
    "one matrix product": lambda delta, met: (delta.T @ met, delta.sum(axis=0)),
    "einsum, a list": lambda delta, met: [np.einsum("ti,tj->ij", delta, met), np.einsum("ti->i", delta)],
    "a loop": in_a_loop,
    "lists of numbers": number_by_number,
    "one weight more": with_a_one,
    "complex step": measured,
    "outer products, stacked": lambda delta, met: (
        sum(np.outer(d, m) for d, m in zip(delta, met)), sum(delta)),
    "broadcast, ones times delta": lambda delta, met: (
        (delta[:, :, None] * met[:, None, :]).sum(0), np.ones(len(delta)) @ delta),
    "tensordot, transposed": lambda delta, met: (
        np.tensordot(met, delta, (0, 0)).T, np.add.reduce(delta)),
    "running sums": lambda delta, met: (
        np.cumsum([d[:, None] @ m[None] for d, m in zip(delta, met)], axis=0)[-1],
        np.cumsum(delta, axis=0)[-1]),
    "Kronecker products": lambda delta, met: (
        np.sum([np.kron(d, m) for d, m in zip(delta, met)], 0).reshape(delta.shape[1], -1),
        len(delta) * delta.mean(0)),
}


def named(names, form):
    """The same as an object with two names."""
    return lambda *arguments: SimpleNamespace(**dict(zip(names, form(*arguments))))


# --- 3.13 ---

VECTORS = {
    "rows": lambda da, W_hh, W_xh: (da[0] @ W_hh, da @ W_xh),
    "columns": lambda da, W_hh, W_xh: ((W_hh.T @ da[0][:, None])[:, 0], (W_xh.T @ da.T).T),
    "a loop": lambda da, W_hh, W_xh: (W_hh.T @ da[0], np.array([W_xh.T @ each for each in da])),
    "a list of arrays": lambda da, W_hh, W_xh: [W_hh.T @ da[0], [each @ W_xh for each in da]],
    "einsum": lambda da, W_hh, W_xh: (np.einsum("i,ij->j", da[0], W_hh), np.einsum("ti,ij->tj", da, W_xh)),
    "sums over units": lambda da, W_hh, W_xh: (
        (da[0][:, None] * W_hh).sum(0), (da[:, :, None] * W_xh).sum(1)),
    "a dict": lambda da, W_hh, W_xh: {"dx": da @ W_xh, "dh0": np.dot(da[0], W_hh)},
    "one product for both": lambda da, W_hh, W_xh: (
        (da @ np.hstack([W_hh, W_xh]))[0, :len(W_hh)], (da @ np.hstack([W_hh, W_xh]))[:, len(W_hh):]),
    "lists of numbers": lambda da, W_hh, W_xh: (
        [math.fsum(d * w for d, w in zip(da[0], column)) for column in W_hh.T],
        [[math.fsum(d * w for d, w in zip(each, column)) for column in W_xh.T] for each in da]),
    "complex step": lambda da, W_hh, W_xh: (
        jacobian(lambda h: da[0] @ W_hh @ h, np.zeros(len(W_hh))),
        np.array([jacobian(lambda x: each @ W_xh @ x, np.zeros(W_xh.shape[1])) for each in da])),
}


# --- 3.14 ---

def by_one_jacobian(dh, a, h_before, W_hh, alpha):
    """The step's Jacobian as a matrix."""
    J = (1 - alpha) * np.eye(len(a)) + alpha * np.diag(1 - np.tanh(a) ** 2) @ W_hh
    return J.T @ dh, np.outer(alpha * (1 - np.tanh(a) ** 2) * dh, h_before)


def gate_by_gate(dh, a, h_before, W_hh, alpha):
    """Line by line, a gradient for each."""
    new = np.tanh(a)
    d_kept, d_new = (1 - alpha) * dh, alpha * dh
    da = d_new - d_new * new * new
    return d_kept + da @ W_hh, da[:, None] * h_before


def leaky_in_numbers(dh, a, h_before, W_hh, alpha):
    """Lists of numbers."""
    da = [alpha * d / math.cosh(number) ** 2 for d, number in zip(dh, a)]
    return ([(1 - alpha) * dh[j] + math.fsum(d * row[j] for d, row in zip(da, W_hh)) for j in range(len(a))],
            [[d * h for h in h_before] for d in da])


def leaky_from_the_state(dh, a, h_before, W_hh, alpha):
    """tanh(a_t), found from h_t."""
    h = (1 - alpha) * h_before + alpha * np.tanh(a)
    new = (h - (1 - alpha) * h_before) / alpha
    da = alpha * dh * (1 - new) * (1 + new)
    return dh - alpha * dh + W_hh.T @ da, np.einsum("i,j->ij", da, h_before)


def leaky_measured(dh, a, h_before, W_hh, alpha):
    """The complex step."""
    def loss(h, W):
        return dh @ ((1 - alpha) * h + alpha * np.tanh(a + W @ h - W_hh @ h_before))

    return jacobian(lambda h: loss(h, W_hh), h_before), jacobian(lambda W: loss(h_before, W), W_hh)


def leaky_in_columns(dh, a, h_before, W_hh, alpha):
    """Columns, and a diagonal matrix of slopes."""
    dh, h_before = dh[:, None], h_before[:, None]
    da = alpha * np.diag(1 / np.cosh(a) ** 2) @ dh
    return ((1 - alpha) * dh + W_hh.T @ da)[:, 0], da @ h_before.T


LEAKY = {
    "one Jacobian": by_one_jacobian,
    "line by line": gate_by_gate,
    "lists of numbers": leaky_in_numbers,
    "from the state": leaky_from_the_state,
    "complex step": leaky_measured,
    "columns": leaky_in_columns,
    "a list": lambda *step: list(gate_by_gate(*step)),
    "a dict": lambda *step: dict(zip(["dh_later", "dW_hh"], by_one_jacobian(*step))),
    "an object with two names": named(["dW_hh", "dh_later"], lambda *step: by_one_jacobian(*step)[::-1]),
    "in place": lambda dh, a, h_before, W_hh, alpha: (
        np.add((1 - alpha) * dh, np.dot(alpha * dh * (1 - np.tanh(a) ** 2), W_hh)),
        np.multiply.outer(alpha * dh * (1 - np.tanh(a) ** 2), h_before)),
}


# --- 6.13 ---

def unit(a, x):
    """The states of the unit, whatever kind of number a is."""
    h, found = 0.0 * a, []
    for number in x:
        h = a * h + number
        found.append(h)
    return found


def two_numbers(a, x):
    """A loop with two numbers."""
    h, s, states, moved = 0.0, 0.0, [], []
    for number in x:
        h, s = a * h + number, h + a * s
        states.append(h)
        moved.append(s)
    return np.array(states), np.array(moved)


def unit_measured(a, x):
    """The complex step."""
    found = np.array(unit(a + 1e-100j, x))
    return found.real, found.imag / 1e-100


def one_matrix(a, x):
    """State and derivative are a vector, which one matrix carries on."""
    both, found = np.zeros(2), []
    for number in x:
        both = np.array([[a, 0.0], [1.0, a]]) @ both + [number, 0.0]
        found.append(both)
    return np.array(found).T


def by_solving(a, x):
    """All steps at once: (I - a S) h = x, with S that moves by one step."""
    S = np.eye(len(x), k=-1)
    h = np.linalg.solve(np.eye(len(x)) - a * S, x)
    return h, np.linalg.solve(np.eye(len(x)) - a * S, S @ h)


def unit_backward(a, x):
    """BPTT from each state on its own."""
    h = [0.0, *unit(a, x)]
    return h[1:], [sum(a ** (t - s) * h[s - 1] for s in range(1, t + 1)) for t in range(1, len(h))]


def dual(a, x):
    """Pairs of a value and a slope, added and multiplied."""
    pair, found = (0.0, 0.0), []
    for number in x.tolist():
        pair = a * pair[0] + number, 1.0 * pair[0] + a * pair[1]
        found.append(pair)
    return tuple(map(list, zip(*found)))


def tables(a, x):
    """Every power in a table of lags."""
    lag = np.subtract.outer(np.arange(len(x)), np.arange(len(x)))
    left = np.where(lag >= 0, a ** np.maximum(lag, 0.0), 0.0)
    moved = np.where(lag >= 1, lag * a ** np.maximum(lag - 1.0, 0.0), 0.0)
    return left @ x, moved @ x


def recursive(a, x):
    """By what the shorter sequence gives."""
    if len(x) == 0:
        return np.zeros(0), np.zeros(0)
    h, s = recursive(a, x[:-1])
    before, moved = (h[-1], s[-1]) if len(h) else (0.0, 0.0)
    return np.append(h, a * before + x[-1]), np.append(s, before + a * moved)


def twice_the_unit(a, x):
    """The derivative is the same unit, whose input is the state before."""
    h = unit(a, x)
    return h, unit(a, [0.0, *h[:-1]])


UNIT = {
    "two numbers": two_numbers, "complex step": unit_measured, "one matrix": one_matrix,
    "equations solved": by_solving, "back from each state": unit_backward, "dual numbers": dual,
    "a table of lags": tables, "recursion": recursive, "the unit, twice": twice_the_unit,
    "accumulate": lambda a, x: tuple(
        np.array(list(itertools.accumulate(part, lambda before, new: a * before + new)))
        for part in (x, np.append(0.0, list(itertools.accumulate(x, lambda h, new: a * h + new))[:-1]))),
    "a dict": lambda a, x: dict(zip(["h", "dh/da"], two_numbers(a, x))),
    "rows of one array": lambda a, x: np.stack(two_numbers(a, x)),
}


# --- 8.10 ---

def corners(W_hh, i, f, g, o, c_prev):
    """The four corners, with diagonal matrices: h by h, h by c, c by h, c by c."""
    W_i, W_f, W_g, W_o = np.split(W_hh, 4)
    D, c = np.diag, f * c_prev + i * g
    c_by_h = D(g * i * (1 - i)) @ W_i + D(c_prev * f * (1 - f)) @ W_f + D(i * (1 - g * g)) @ W_g
    seen = D(o / np.cosh(c) ** 2)
    return D(np.tanh(c) * o * (1 - o)) @ W_o + seen @ c_by_h, seen @ D(f), c_by_h, D(f)


def state_filled(*step):
    """An empty matrix, corner by corner."""
    H = len(step[1])
    whole = np.empty((2 * H, 2 * H))
    for k, corner in enumerate(corners(*step)):
        whole[k // 2 * H:k // 2 * H + H, k % 2 * H:k % 2 * H + H] = corner
    return whole


def state_in_numbers(W_hh, i, f, g, o, c_prev):
    """Number by number, in lists."""
    H, rows = len(i), []
    c = [f[k] * c_prev[k] + i[k] * g[k] for k in range(H)]
    below = [[g[k] * i[k] * (1 - i[k]) * W_hh[k][j] + c_prev[k] * f[k] * (1 - f[k]) * W_hh[H + k][j]
              + i[k] * (1 - g[k] ** 2) * W_hh[2 * H + k][j] for j in range(H)] for k in range(H)]
    for k in range(H):
        seen = o[k] * (1 - math.tanh(c[k]) ** 2)
        rows.append([math.tanh(c[k]) * o[k] * (1 - o[k]) * W_hh[3 * H + k][j] + seen * below[k][j]
                     for j in range(H)] + [seen * f[k] * (j == k) for j in range(H)])
    return rows + [row + [f[k] * (j == k) for j in range(H)] for k, row in enumerate(below)]


def state_by_pre_activations(W_hh, i, f, g, o, c_prev):
    """Down to the pre-activations in one matrix, and from them to h_{t-1} in another."""
    H, c = len(i), np.tanh(f * c_prev + i * g)
    seen = np.diag(o * (1 - c ** 2))
    c_by_a = np.hstack([np.diag(v) for v in (g * i * (1 - i), c_prev * f * (1 - f), i * (1 - g ** 2), 0 * o)])
    h_by_a = seen @ c_by_a + np.hstack([np.zeros((H, 3 * H)), np.diag(c * o * (1 - o))])
    by_a = np.vstack([h_by_a, c_by_a])
    return np.hstack([by_a @ W_hh, np.vstack([seen * f, np.diag(f)])])


def state_in_two_stages(W_hh, i, f, g, o, c_prev):
    """First c_t beside what moves o_t, then h_t: a product of two matrices."""
    H = len(i)
    W_i, W_f, W_g, W_o = W_hh.reshape(4, H, H)
    tanh_c = np.tanh(f * c_prev + i * g)
    c_by_h = np.einsum("i,ij->ij", g * i * (1 - i), W_i)
    c_by_h += np.einsum("i,ij->ij", c_prev * f * (1 - f), W_f)
    c_by_h += np.einsum("i,ij->ij", i * (1 - g) * (1 + g), W_g)
    first = np.block([[(o * (1 - o))[:, None] * W_o, np.zeros((H, H))], [c_by_h, np.diag(f)]])
    second = np.block([[np.diag(tanh_c), np.diag(o * (1 - tanh_c ** 2))], [np.zeros((H, H)), np.eye(H)]])
    return second @ first


def state_pushed_forward(W_hh, i, f, g, o, c_prev):
    """Column by column: push each direction of (h, c) through the step."""
    H, columns, tanh_c = len(i), [], np.tanh(f * c_prev + i * g)
    for direction in np.eye(2 * H):
        moved = W_hh @ direction[:H]
        di, df, dg, do = moved.reshape(4, H) * [i * (1 - i), f * (1 - f), 1 - g ** 2, o * (1 - o)]
        dc = f * direction[H:] + c_prev * df + g * di + i * dg
        columns.append(np.concatenate([do * tanh_c + o * (1 - tanh_c ** 2) * dc, dc]))
    return np.stack(columns, axis=1)


def state_pulled_back(W_hh, i, f, g, o, c_prev):
    """Row by row: the backward step of 8.4, for each entry of h_t and c_t."""
    H, rows, tanh_c = len(i), [], np.tanh(f * c_prev + i * g)
    for dh, dc in np.eye(2 * H).reshape(2 * H, 2, H):
        dc = dc + o * (1 - tanh_c ** 2) * dh
        da = np.concatenate([dc * g * i * (1 - i), dc * c_prev * f * (1 - f), dc * i * (1 - g ** 2),
                             dh * tanh_c * o * (1 - o)])
        rows.append(np.concatenate([W_hh.T @ da, f * dc]))
    return np.array(rows)


def state_measured(W_hh, i, f, g, o, c_prev):
    """The complex step, through pre-activations made from the gates."""
    a = np.concatenate([np.log(i / (1 - i)), np.log(f / (1 - f)), np.arctanh(g), np.log(o / (1 - o))])

    def step(state):
        h, c = np.split(state, 2)
        a_i, a_f, a_g, a_o = np.split(a + W_hh @ h, 4)
        c = sigmoid(a_f) * (c_prev + c) + sigmoid(a_i) * np.tanh(a_g)
        return np.concatenate([sigmoid(a_o) * np.tanh(c), c])

    return jacobian(step, np.zeros(2 * len(i)))


STATE = {
    "four corners": lambda *step: np.block([list(corners(*step)[:2]), list(corners(*step)[2:])]),
    "rows of corners": lambda *step: np.vstack([np.hstack(corners(*step)[k:k + 2]) for k in (0, 2)]),
    "filled": state_filled,
    "lists of numbers": state_in_numbers,
    "by pre-activations": state_by_pre_activations,
    "two stages": state_in_two_stages,
    "pushed forward": state_pushed_forward,
    "pulled back": state_pulled_back,
    "complex step": state_measured,
    "lists of rows": lambda *step: state_pulled_back(*step).tolist(),
}

DERIVATION = {
    "3.11": SUMS | {"an object with two names": named(["dW_xh", "db_h"], in_a_loop)},
    "3.12": {words: lambda dy, h, form=form: form(dy, h[1:]) for words, form in SUMS.items()},
    "3.13": VECTORS | {"an object with two names": named(["dh0", "dx"], VECTORS["rows"])},
    "3.14": LEAKY,
    "6.13": UNIT,
    "8.10": STATE,
}
