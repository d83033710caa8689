"""Right answers to the exercises on a single step, 3.5, 3.7, 4.1 and 8.4, that differ in kind: by hand.

``STEPS[number]`` is a dict: what is special about an answer -> the answer, with the exercise's arguments.
Each calculation of 4.1 is (params, x, h_prev, h, dy, dh_later) -> a dict of seven gradients, and each of 8.4
(W_hh, i, f, g, o, c_prev, dh, dc_later) -> (da, dh_prev, dc_prev).
"""

import functools
from types import SimpleNamespace

import numpy as np

# 4.1: one step of the plain network.

def rest(params, da, x, h_prev, h, dy, outer=np.outer):
    """All gradients from da."""
    return {"W_hh": outer(da, h_prev), "W_xh": outer(da, x), "W_hy": outer(dy, h), "b_h": da,
            "b_y": dy.copy(), "x": params["W_xh"].T @ da, "h_prev": params["W_hh"].T @ da}


def as_columns(params, x, h_prev, h, dy, dh_later):
    """Every vector is a column, and tanh's slope is a diagonal matrix."""
    x, h_prev, h, dy, dh_later = (v.reshape(-1, 1) for v in (x, h_prev, h, dy, dh_later))
    da = np.diag(1 - h[:, 0] ** 2) @ (params["W_hy"].T @ dy + dh_later)
    return {"W_hh": da @ h_prev.T, "W_xh": da @ x.T, "W_hy": dy @ h.T, "b_h": da[:, 0], "b_y": dy[:, 0],
            "x": (params["W_xh"].T @ da)[:, 0], "h_prev": (params["W_hh"].T @ da)[:, 0]}


def number_by_number(params, x, h_prev, h, dy, dh_later):
    """Lists of numbers, and loops over them."""
    W_hh, W_xh, W_hy = (params[name].tolist() for name in ("W_hh", "W_xh", "W_hy"))
    units, inputs, outputs = range(len(h)), range(len(x)), range(len(dy))
    da = [(1 - float(h[i]) ** 2) * (float(dh_later[i]) + sum(W_hy[o][i] * float(dy[o]) for o in outputs))
          for i in units]
    return {"W_hh": [[da[i] * float(h_prev[j]) for j in units] for i in units],
            "W_xh": [[da[i] * float(x[k]) for k in inputs] for i in units],
            "W_hy": [[float(dy[o]) * float(h[i]) for i in units] for o in outputs],
            "b_h": da, "b_y": [float(number) for number in dy],
            "x": [sum(W_xh[i][k] * da[i] for i in units) for k in inputs],
            "h_prev": [sum(W_hh[i][j] * da[i] for i in units) for j in units]}


def two_sources(params, x, h_prev, h, dy, dh_later):
    """One backward pass for what comes from the output, one for what comes from later, and their sum."""
    def back(dy, dh):
        return rest(params, (1 - h * h) * dh, x, h_prev, h, dy)

    now, later = back(dy, params["W_hy"].T @ dy), back(0 * dy, dh_later)
    return {name: now[name] + later[name] for name in now}


def one_jacobian(params, x, h_prev, h, dy, dh_later):
    """The Jacobian of h by [W_hh, W_xh, b_h] as one long vector; then one product."""
    H, D = len(h), len(x)
    dh = dh_later + dy @ params["W_hy"]
    jacobian = np.kron(np.diag(1 - h ** 2), np.concatenate([h_prev, x, [1.0]]))
    dW = (dh @ jacobian).reshape(H, H + D + 1)
    back = dh @ (np.diag(1 - h ** 2) @ np.hstack([params["W_hh"], params["W_xh"]]))
    return {"W_hh": dW[:, :H], "W_xh": dW[:, H:-1], "b_h": dW[:, -1], "W_hy": dy[:, None] * h, "b_y": 1 * dy,
            "h_prev": back[:H], "x": back[H:]}


def all_equations_at_once(params, x, h_prev, h, dy, dh_later):
    """dh, da, dx and dh_prev are the unknowns of one linear system."""
    H, D = len(h), len(x)
    system, given = np.eye(3 * H + D), np.zeros(3 * H + D)
    given[:H] = params["W_hy"].T @ dy + dh_later
    system[H:2 * H, :H] = -np.diag(1 - h ** 2)
    system[2 * H:, H:2 * H] = -np.vstack([params["W_hh"].T, params["W_xh"].T])
    _, da, dh_prev, dx = np.split(np.linalg.solve(system, given), [H, 2 * H, 3 * H])
    return {**rest(params, da, x, h_prev, h, dy), "x": dx, "h_prev": dh_prev}


def reversed_operations(params, x, h_prev, h, dy, dh_later):
    """A list of operations, gone through from its end; gradients add up in a dict."""
    values = {"x": x, "h_prev": h_prev, "h": h, **params}
    operations = [("affine", "a", ["W_hh", "h_prev", "W_xh", "x", "b_h"]), ("tanh", "h", ["a"]),
                  ("affine", "y", ["W_hy", "h", "b_y"])]
    found = dict.fromkeys([*values, "a"], 0.0)
    found.update(y=dy, h=dh_later)
    for kind, made, used in reversed(operations):
        gradient = found[made]
        if kind == "tanh":
            found[used[0]] = found[used[0]] + (1 - values[made] ** 2) * gradient
            continue
        *products, bias = used
        found[bias] = found[bias] + gradient
        for W, v in zip(products[::2], products[1::2]):
            found[W], found[v] = found[W] + np.outer(gradient, values[v]), found[v] + values[W].T @ gradient
    return {name: found[name] for name in [*params, "x", "h_prev"]}


def only_what_is_asked(params, x, h_prev, h, dy, dh_later):
    """Each quantity is calculated when it is first asked for."""
    class Step:
        da = functools.cached_property(lambda self: self.dh * (1 - h) * (1 + h))
        dh = functools.cached_property(lambda self: np.tensordot(dy, params["W_hy"], axes=1) + dh_later)

    return rest(params, Step().da, x, h_prev, h, dy, np.multiply.outer)


def slope_by_cosh(params, x, h_prev, h, dy, dh_later):
    """h is not used for the slope: a is calculated again, and tanh's slope is 1 / cosh(a)^2."""
    a = params["W_hh"] @ h_prev + params["W_xh"] @ x + params["b_h"]
    da = (params["W_hy"].T @ dy + dh_later) / np.cosh(a) ** 2
    return rest(params, da, x, h_prev, h, dy, functools.partial(np.einsum, "i,j->ij"))


def one_block_of_products(params, x, h_prev, h, dy, dh_later):
    """[da, dy] times [h_prev, x, h] in one product; the weights' gradients are blocks of it."""
    H, D = len(h), len(x)
    da = (dh_later + dy @ params["W_hy"]) * (1 - h ** 2)
    block = np.concatenate([da, dy])[:, None] @ np.concatenate([h_prev, x, h])[None]
    dh_prev, dx = np.split(da @ np.hstack([params["W_hh"], params["W_xh"]]), [H])
    return {"W_hh": block[:H, :H], "W_xh": block[:H, H:H + D], "W_hy": block[H:, H + D:], "b_h": da,
            "b_y": dy + 0, "x": dx, "h_prev": dh_prev}


# 8.4: one step of the LSTM.

def finished(W_hh, f, da, dc):
    """(da, dh_prev, dc_prev)."""
    return da, W_hh.T @ da, f * dc


def by_the_formulas(W_hh, i, f, g, o, c_prev, dh, dc_later):
    """Line by line."""
    shown = np.tanh(f * c_prev + i * g)
    dc = dc_later + dh * o * (1 - shown ** 2)
    da = np.concatenate([dc * g * i * (1 - i), dc * c_prev * f * (1 - f), dc * i * (1 - g ** 2),
                         dh * shown * o * (1 - o)])
    return finished(W_hh, f, da, dc)


def dict_of_gates(W_hh, i, f, g, o, c_prev, dh, dc_later):
    """A dict of gates; slopes as s - s^2; W_hh in four parts."""
    c = f * c_prev + i * g
    dc = dc_later + dh * o / np.cosh(c) ** 2
    acts_on = {"i": dc * g, "f": dc * c_prev, "g": dc * i, "o": dh * np.tanh(c)}
    slope = {"i": i - i * i, "f": f - f * f, "g": (1 - g) * (1 + g), "o": o - o * o}
    da = {gate: acts_on[gate] * slope[gate] for gate in "ifgo"}
    parts = dict(zip("ifgo", np.split(W_hh, 4)))
    return {"da": np.hstack([da[gate] for gate in "ifgo"]),
            "dh_prev": sum(da[gate] @ parts[gate] for gate in "ogfi"), "dc_prev": dc * f}


def table_of_gates(W_hh, i, f, g, o, c_prev, dh, dc_later):
    """A table (4, H): what arrives, times what multiplies the gate, times its slope."""
    shown = np.tanh(f * c_prev + i * g)
    dc = dc_later + dh * (o - o * shown ** 2)
    gates = np.stack([i, f, g, o])
    slopes = np.where([[False], [False], [True], [False]], 1 - gates ** 2, gates * (1 - gates))
    da = np.stack([dc, dc, dc, dh]) * np.stack([g, c_prev, i, shown]) * slopes
    return [da.ravel(), np.einsum("kj,kji->i", da, W_hh.reshape(4, len(i), -1)), f * dc]


def unit_by_unit(W_hh, i, f, g, o, c_prev, dh, dc_later):
    """A loop over units, each with numbers of its own."""
    H = len(i)
    da, dh_prev, dc_prev = np.zeros(4 * H), np.zeros(H), np.zeros(H)
    for k in range(H):
        shown = np.tanh(f[k] * c_prev[k] + i[k] * g[k])
        dc = dc_later[k] + dh[k] * o[k] * (1 - shown ** 2)
        da[k::H] = (dc * g[k] * i[k] * (1 - i[k]), dc * c_prev[k] * f[k] * (1 - f[k]),
                    dc * i[k] * (1 - g[k] ** 2), dh[k] * shown * o[k] * (1 - o[k]))
        dc_prev[k] = dc * f[k]
    for row, column in np.ndindex(W_hh.shape):
        dh_prev[column] += da[row] * W_hh[row, column]
    return da, dh_prev, dc_prev


def two_gradients_apart(W_hh, i, f, g, o, c_prev, dh, dc_later):
    """One backward pass for dh, one for dc_later, and their sum."""
    passes = [by_the_formulas(W_hh, i, f, g, o, c_prev, *pair)
              for pair in ((dh, 0 * dc_later), (0 * dh, dc_later))]
    return tuple(map(sum, zip(*passes)))


def gate_jacobians(i, f, g, o, c_prev):
    """d(h, c) by (a_i, a_f, a_g, a_o), and by c_{t-1}."""
    shown, none = np.tanh(f * c_prev + i * g), np.zeros((len(i), len(i)))
    down = np.diag(o * (1 - shown ** 2))
    to_c = g * i * (1 - i), c_prev * f * (1 - f), i * (1 - g ** 2)
    c_by_a = np.hstack([*map(np.diag, to_c), none])
    h_by_a = down @ c_by_a + np.hstack([none, none, none, np.diag(shown * o * (1 - o))])
    return np.vstack([h_by_a, c_by_a]), np.vstack([down @ np.diag(f), np.diag(f)])


def jacobians_of_both_states(W_hh, i, f, g, o, c_prev, dh, dc_later):
    """Jacobians of both states at once; two products give everything."""
    by_a, by_c = gate_jacobians(i, f, g, o, c_prev)
    arriving = np.concatenate([dh, dc_later])
    return SimpleNamespace(da=by_a.T @ arriving, dh_prev=(by_a @ W_hh).T @ arriving,
                           dc_prev=by_c.T @ arriving)


def column_by_column(W_hh, i, f, g, o, c_prev, dh, dc_later):
    """Each pre-activation is nudged by one, and the linear answer of both states is weighed."""
    by_a, by_c = gate_jacobians(i, f, g, o, c_prev)
    arriving = np.concatenate([dh, dc_later])
    da = np.array([np.vdot(by_a @ unit, arriving) for unit in np.eye(len(by_a.T))])
    return {"dc_prev": np.array([np.vdot(by_c @ unit, arriving) for unit in np.eye(len(i))]),
            "dh_prev": np.array([np.vdot(W_hh @ unit, da) for unit in np.eye(len(i))]), "da": da}


def reversed_lstm_operations(W_hh, i, f, g, o, c_prev, dh, dc_later):
    """A stack of closures, one for each operation, emptied from its end."""
    values = {"i": i, "f": f, "g": g, "o": o, "c_prev": c_prev}
    stack, found = [], dict.fromkeys([*values, "kept", "written", "c", "shown", "h", "a"], 0.0)

    def product(name, one, other):
        values[name] = values[one] * values[other]

        def back():
            found[one] = found[one] + found[name] * values[other]
            found[other] = found[other] + found[name] * values[one]
        stack.append(back)

    product("kept", "f", "c_prev")
    product("written", "i", "g")
    values["c"] = values["kept"] + values["written"]
    stack.append(lambda: found.update(kept=found["c"], written=found["c"]))
    values["shown"] = np.tanh(values["c"])
    stack.append(lambda: found.update(c=found["c"] + found["shown"] * (1 - values["shown"] ** 2)))
    product("h", "o", "shown")
    found.update(h=dh, c=dc_later)
    while stack:
        stack.pop()()
    slope = {"i": i * (1 - i), "f": f * (1 - f), "g": 1 - g ** 2, "o": o * (1 - o)}
    da = np.concatenate([found[gate] * slope[gate] for gate in "ifgo"])
    return da, np.dot(da, W_hh), found["c_prev"]


def pre_activations_again(W_hh, i, f, g, o, c_prev, dh, dc_later):
    """The pre-activations from the gates; slopes by cosh, of a/2 for a sigmoid."""
    a = [np.log(s / (1 - s)) for s in (i, f, o)]
    slope_i, slope_f, slope_o = (1 / (4 * np.cosh(each / 2) ** 2) for each in a)
    c = f * c_prev + i * g
    dc = dc_later + dh * o / np.cosh(c) ** 2
    da = np.r_[dc * g * slope_i, dc * c_prev * slope_f, dc * i / np.cosh(np.arctanh(g)) ** 2,
               dh * np.tanh(c) * slope_o]
    return finished(W_hh, f, da, dc)


def in_place_in_copies(W_hh, i, f, g, o, c_prev, dh, dc_later):
    """Views of one vector, multiplied in place; no argument is touched."""
    da = np.concatenate([g, c_prev, i, f * c_prev + i * g])
    a_i, a_f, a_g, a_o = da.reshape(4, -1)
    np.tanh(a_o, out=a_o)
    dc = dc_later.copy()
    dc += dh * o * (1 - a_o ** 2)
    for block in (a_i, a_f, a_g):
        block *= dc
    a_o *= dh
    a_i *= i * (1 - i)
    a_f *= f * (1 - f)
    a_g *= 1 - g ** 2
    a_o *= o * (1 - o)
    dc *= f
    return da, W_hh.T.dot(da), dc


# 3.5 and 3.7: parts of a step.

STEP_BACK = {
    "columns": lambda dy, da_next, h, W_hy, W_hh: tuple(
        array[:, 0] for dh in [W_hy.T @ dy[:, None] + W_hh.T @ da_next[:, None]]
        for array in (dh, (1 - h[:, None] ** 2) * dh)),
    "one stacked product": lambda dy, da_next, h, W_hy, W_hh: np.stack(
        [np.ones_like(h), 1 - h * h]) * (np.concatenate([dy, da_next]) @ np.vstack([W_hy, W_hh])),
    "einsum, a dict": lambda dy, da_next, h, W_hy, W_hh: {
        name: np.einsum("i,o,oi->i", scale, dy, W_hy) + np.einsum("i,k,ki->i", scale, da_next, W_hh)
        for name, scale in (("da", 1 - h ** 2), ("dh", np.ones_like(h)))},
    "lists of numbers": lambda dy, da_next, h, W_hy, W_hh: list(zip(*(
        (dh, (1 - h_i ** 2) * dh) for h_i, dh in zip(
            h, [sum(dy * to_y) + sum(da_next * to_a) for to_y, to_a in zip(W_hy.T, W_hh.T)])))),
    "diagonal matrices": lambda dy, da_next, h, W_hy, W_hh: [
        slope @ (dy @ W_hy + da_next @ W_hh) for slope in (np.eye(len(h)), np.diag(1 - h ** 2))],
}
CONTRIBUTIONS = {
    "np.outer": lambda dh, h, h_before, x: (
        np.outer((1 - h ** 2) * dh, h_before), np.outer((1 - h ** 2) * dh, x)),
    "one outer product, cut": lambda dh, h, h_before, x: np.split(
        np.outer(dh - dh * h * h, np.concatenate([h_before, x])), [len(h)], axis=1),
    "einsum, a dict": lambda dh, h, h_before, x: {
        name: np.einsum("i,i,j->ij", 1 - h ** 2, dh, met)
        for name, met in (("dW_xh", x), ("dW_hh", h_before))},
    "diagonal matrices and columns": lambda dh, h, h_before, x: tuple(
        np.diag(1 - h ** 2) @ dh[:, None] @ met[None] for met in (h_before, x)),
    "row by row": lambda dh, h, h_before, x: tuple(
        [(1 - h_i ** 2) * dh_i * met for h_i, dh_i in zip(h, dh)] for met in (h_before, x)),
    "Kronecker products": lambda dh, h, h_before, x: tuple(
        np.kron((1 - h ** 2) * dh, met).reshape(len(h), -1) for met in (h_before, x)),
}


STEPS = {
    "3.5": STEP_BACK,
    "3.7": CONTRIBUTIONS,
    "4.1": {
        "columns and diagonal matrices": as_columns,
        "number by number": number_by_number,
        "two sources": two_sources,
        "one Jacobian by all weights": one_jacobian,
        "all equations at once": all_equations_at_once,
        "operations in reverse": reversed_operations,
        "what is asked for": only_what_is_asked,
        "slope by cosh, einsum": slope_by_cosh,
        "one block of products": one_block_of_products,
    },
    "8.4": {
        "formulas": by_the_formulas,
        "a dict of gates": dict_of_gates,
        "a table of gates": table_of_gates,
        "unit by unit": unit_by_unit,
        "two gradients apart": two_gradients_apart,
        "Jacobians of both states": jacobians_of_both_states,
        "column by column": column_by_column,
        "closures in reverse": reversed_lstm_operations,
        "pre-activations again": pre_activations_again,
        "in place in copies": in_place_in_copies,
    },
}
