"""Right answers of many forms to the main exercises. A check must reject none of them.
(More ways to calculate, for all backward exercises, are in ``forms_of_right_answers``.)

``RIGHT["4.3"]`` is a dict: what is special about an answer -> the answer, a callable with the exercise's
arguments. Most are built from three parts, and each form changes one of them:

- a *calculation*: how the numbers are found (loops, einsum, recursion, a linear system, ...),
  from arrays and dicts of arrays;
- its *result*: how the numbers are handed back (a dict with another order of keys, views, float32, ...);
- the *callable*: what the answer is in Python (a function, a lambda, an object, ...),
  and what it does besides.

``NOT_AS_DESCRIBED`` names the answers whose numbers are right, but whose container is not the one in the
exercise's docstring. ``SINGLE_PRECISION`` names the answers that calculate in float32: they are right to
about six digits, all others to rounding.

Sizes: T time steps, B sequences, D inputs, H hidden units, O outputs. As in the lessons, h[t] is h_t,
but x[t-1] is x_t.
"""

import functools
import itertools
import math
import pickle
import time
import warnings
from collections import OrderedDict, namedtuple
from dataclasses import make_dataclass
from types import SimpleNamespace

import numpy as np

from helpers import gradcheck, gru, lstm, rnn

GRADIENTS = ("W_hh", "W_xh", "W_hy", "b_h", "b_y", "x", "h0")      # in the order of the docstrings


# Exercise 2.3, first half: the states. Each function: (params, x, h0) -> h (T+1, B, H).

def states_in_slots(params, x, h0):
    """An array with T + 1 slots, filled step by step; sequences are rows."""
    h = np.zeros((len(x) + 1, *h0.shape))
    h[0] = h0
    for t in range(1, len(x) + 1):
        h[t] = np.tanh(h[t - 1] @ params["W_hh"].T + x[t - 1] @ params["W_xh"].T + params["b_h"])
    return h


def states_hoisted(params, x, h0):
    """The inputs of all steps go through one product before the loop."""
    h = np.concatenate([h0[None], x @ params["W_xh"].T + params["b_h"]])
    for t in range(1, len(h)):
        h[t] = np.tanh(h[t] + h[t - 1] @ params["W_hh"].T)
    return h


def states_in_columns(params, x, h0):
    """Sequences are columns, as in the maths; turned over at the end."""
    columns = [h0.T]
    for x_t in x:
        a_t = params["W_hh"] @ columns[-1] + params["W_xh"] @ x_t.T + params["b_h"][:, None]
        columns.append(np.tanh(a_t))
    return np.array(columns).transpose(0, 2, 1)


def states_sequence_by_sequence(params, x, h0):
    """Each sequence runs alone, through all its steps."""
    T, B, _ = x.shape
    h = np.empty((T + 1, *h0.shape))
    for b in range(B):
        h[0, b] = h0[b]
        for t in range(T):
            h[t + 1, b] = np.tanh(params["W_hh"].dot(h[t, b]) + params["W_xh"].dot(x[t, b]) + params["b_h"])
    return h


def states_entry_by_entry(params, x, h0):
    """No product of arrays at all: every number by itself."""
    W_hh, W_xh, b_h = params["W_hh"], params["W_xh"], params["b_h"]
    T, B, D = x.shape
    H = len(b_h)
    h = np.zeros((T + 1, B, H))
    h[0] = h0
    for t, b, i in np.ndindex(T, B, H):
        a = (b_h[i] + sum(W_hh[i, j] * h[t, b, j] for j in range(H))
             + sum(W_xh[i, k] * x[t, b, k] for k in range(D)))
        h[t + 1, b, i] = math.tanh(a)
    return h


def states_by_einsum(params, x, h0):
    """Both products by einsum; the states are collected in a list."""
    h = [h0]
    for t in range(len(x)):
        a = np.einsum("ij,bj->bi", params["W_hh"], h[t]) + np.einsum("ik,bk->bi", params["W_xh"], x[t])
        h.append(np.tanh(a + params["b_h"]))
    return np.stack(h)


def states_by_one_matrix(params, x, h0):
    """W_hh, W_xh and b_h side by side in one matrix, and the state, the input and a 1 in one row."""
    joint = np.hstack([params["W_hh"], params["W_xh"], params["b_h"][:, None]])
    ones = np.ones((len(h0), 1))
    h = [h0]
    for x_t in x:
        h.append(np.tanh(np.hstack([h[-1], x_t, ones]) @ joint.T))
    return np.stack(h)


def states_by_recursion(params, x, h0):
    """A function that calls itself for the states before."""
    if len(x) == 0:
        return h0[None]
    before = states_by_recursion(params, x[:-1], h0)
    last = np.tanh(before[-1] @ params["W_hh"].T + x[-1] @ params["W_xh"].T + params["b_h"])
    return np.concatenate([before, last[None]])


def states_by_accumulate(params, x, h0):
    """The loop is itertools.accumulate."""
    def step(h, x_t):
        return np.tanh(h @ params["W_hh"].T + x_t @ params["W_xh"].T + params["b_h"])

    return np.array(list(itertools.accumulate(x, step, initial=h0)))


def states_by_sweeps(params, x, h0):
    """All steps at once from guessed states, T times: each sweep makes one more step right."""
    h = np.repeat(h0[None], len(x) + 1, axis=0)
    for _ in x:
        h[1:] = np.tanh(x @ params["W_xh"].T + h[:-1] @ params["W_hh"].T + params["b_h"])
    return h


def states_by_exponentials(params, x, h0):
    """tanh(a) = 1 - 2 / (exp(2a) + 1)."""
    h = [h0]
    for x_t in x:
        a = h[-1] @ params["W_hh"].T + x_t @ params["W_xh"].T + params["b_h"]
        h.append(1 - 2 / (np.exp(2 * a) + 1))
    return np.array(h)


def states_in_buffers(params, x, h0):
    """Every operation writes into memory that is there already."""
    h = np.empty((len(x) + 1, *h0.shape))
    from_input = np.empty_like(h[0])
    np.copyto(h[0], h0)
    for t in range(1, len(h)):
        np.matmul(h[t - 1], params["W_hh"].T, out=h[t])
        np.matmul(x[t - 1], params["W_xh"].T, out=from_input)
        np.add(h[t], from_input, out=h[t])
        np.add(h[t], params["b_h"], out=h[t])
        np.tanh(h[t], out=h[t])
    return h


STATES = {
    "slots, sequences as rows": states_in_slots,
    "input product before the loop": states_hoisted,
    "sequences as columns": states_in_columns,
    "one sequence after the other, np.dot": states_sequence_by_sequence,
    "entry by entry, math.tanh": states_entry_by_entry,
    "einsum, a list of states": states_by_einsum,
    "one joint matrix": states_by_one_matrix,
    "recursion": states_by_recursion,
    "itertools.accumulate": states_by_accumulate,
    "sweeps over all steps at once": states_by_sweeps,
    "tanh by exponentials": states_by_exponentials,
    "out= into buffers": states_in_buffers,
}


# Exercise 2.3, second half: the outputs. Each function: (params, h) -> y (T, B, O).

def outputs_at_once(params, h):
    """One product for all steps."""
    return h[1:] @ params["W_hy"].T + params["b_y"]


def outputs_step_by_step(params, h):
    """One product per step."""
    y = np.zeros((len(h) - 1, h.shape[1], len(params["b_y"])))
    for t in range(1, len(h)):
        y[t - 1] = np.dot(h[t], params["W_hy"].T) + params["b_y"]
    return y


def outputs_vector_by_vector(params, h):
    """One product of a matrix and a column per step and sequence."""
    return np.array([[params["W_hy"] @ h_tb + params["b_y"] for h_tb in h_t] for h_t in h[1:]])


def outputs_by_einsum(params, h):
    """einsum over all steps and sequences."""
    return np.einsum("oi,tbi->tbo", params["W_hy"], h[1:]) + params["b_y"]


def outputs_by_tensordot(params, h):
    """tensordot over the axis of units."""
    return np.tensordot(h[1:], params["W_hy"], axes=(2, 1)) + params["b_y"][None, None, :]


def outputs_by_broadcasting(params, h):
    """All products of numbers in one array (T, B, O, H), then the sum over the units."""
    return (h[1:, :, None, :] * params["W_hy"]).sum(axis=-1) + params["b_y"]


def outputs_of_long_rows(params, h):
    """All T·B states under each other, in one product."""
    T, B, H = h.shape[0] - 1, h.shape[1], h.shape[2]
    return (h[1:].reshape(T * B, H) @ params["W_hy"].T + params["b_y"]).reshape(T, B, -1)


OUTPUTS = {
    "all steps at once": outputs_at_once,
    "step by step": outputs_step_by_step,
    "vector by vector": outputs_vector_by_vector,
    "einsum": outputs_by_einsum,
    "tensordot": outputs_by_tensordot,
    "broadcasting and a sum": outputs_by_broadcasting,
    "T·B rows": outputs_of_long_rows,
}


def forward_from(states, outputs):
    """The calculation of exercise 2.3 from its two halves."""
    def forward(params, x, h0):
        h = states(params, x, h0)
        return h, outputs(params, h)

    return forward


def forward_all_in_one_loop(params, x, h0):
    """State and output of a step in the same round, both collected in lists."""
    h, y = [h0.copy()], []
    for x_t in x:
        h_t = np.tanh(x_t @ params["W_xh"].T + h[-1] @ params["W_hh"].T + params["b_h"])
        h.append(h_t)
        y.append(h_t @ params["W_hy"].T + params["b_y"])
    return np.array(h), np.array(y)


def forward_by_helpers(params, x, h0):
    """The course's own forward pass."""
    cache = rnn.forward(params, x, h0)
    return cache.h, cache.y


# The direct effects. Each function: (dy, W_hy) -> direct (T+1, H), with zeros for h_0.

def direct_by_stacking(dy, W_hy):
    """A row of zeros on top of one product."""
    return np.vstack([np.zeros(W_hy.shape[1]), dy @ W_hy])


def direct_in_columns(dy, W_hy):
    """W_hy^T times each dy_t."""
    direct = np.zeros((len(dy) + 1, W_hy.shape[1]))
    for t, dy_t in enumerate(dy, start=1):
        direct[t] = W_hy.T @ dy_t
    return direct


def direct_by_padding(dy, W_hy):
    """The product of dy with a row of zeros in front."""
    return np.pad(dy, ((1, 0), (0, 0))) @ W_hy


def direct_by_einsum(dy, W_hy):
    """einsum into the slots 1 to T."""
    direct = np.zeros((len(dy) + 1, W_hy.shape[1]))
    direct[1:] = np.einsum("to,oi->ti", dy, W_hy)
    return direct


DIRECT = {
    "zeros stacked on top": direct_by_stacking,
    "columns": direct_in_columns,
    "np.pad": direct_by_padding,
    "einsum": direct_by_einsum,
}


# The gradient of every state. Each function: (W_hh, h, direct) -> dh, all (T+1, H).

def carry_in_rows(W_hh, h, direct):
    """A loop from T down to 1 that adds to the slot before.
    Also for batches: h, direct and dh (T+1, B, H).
    """
    dh = direct.copy()
    for t in range(len(h) - 1, 0, -1):
        dh[t - 1] += (dh[t] * (1 - h[t] ** 2)) @ W_hh
    return dh


def carry_in_columns(W_hh, h, direct):
    """States as (H, 1), with the transposed matrix in front."""
    T, H = len(h) - 1, len(W_hh)
    dh = np.zeros((T + 1, H))
    carry = np.zeros((H, 1))
    for t in reversed(range(T + 1)):
        dh_t = direct[t].reshape(H, 1) + carry
        carry = W_hh.T @ (dh_t * (1 - h[t].reshape(H, 1) ** 2))
        dh[t] = dh_t.ravel()
    return dh


def carry_with_while(W_hh, h, direct):
    """A while loop and a list that grows at its front. Also for batches."""
    dh = [direct[-1]]
    t = len(h) - 1
    while t > 0:
        dh.insert(0, direct[t - 1] + np.dot(dh[0] * (1 - h[t] * h[t]), W_hh))
        t -= 1
    return np.array(dh)


def gradients_by_recursion(W_hh, h, direct):
    """The gradient of a state asks for that of the next one. Also for batches."""
    def from_step(t):
        if t == len(h) - 1:
            return [direct[t]]
        later = from_step(t + 1)
        return [direct[t] + ((1 - h[t + 1] ** 2) * later[0]) @ W_hh, *later]

    return np.stack(from_step(0))


def gradients_by_accumulate(W_hh, h, direct):
    """itertools.accumulate over the reversed sequence; the result is turned over by a view.
    Also for batches.
    """
    def step_back(dh_next, present):
        direct_t, h_next = present
        return direct_t + ((1 - h_next ** 2) * dh_next) @ W_hh

    backwards = zip(direct[-2::-1], h[:0:-1])
    return np.array(list(itertools.accumulate(backwards, step_back, initial=direct[-1])))[::-1]


def nudges_forward(W_hh, h, direct):
    """Nudge one entry of one state, and follow the nudge forward."""
    dh = np.zeros_like(direct)
    for k, i in np.ndindex(h.shape):
        nudge = np.eye(len(W_hh))[i]
        dh[k, i] = direct[k] @ nudge
        for t in range(k + 1, len(h)):
            nudge = (1 - h[t] ** 2) * (W_hh @ nudge)
            dh[k, i] += direct[t] @ nudge
    return dh


def gradients_entry_by_entry(W_hh, h, direct):
    """Every number by itself, in lists."""
    T, units = len(h) - 1, range(len(W_hh))
    dh = [[float(number) for number in row] for row in direct]
    for t in range(T, 0, -1):
        for j in units:
            dh[t - 1][j] += math.fsum(dh[t][i] * (1 - h[t][i] ** 2) * W_hh[i][j] for i in units)
    return np.array(dh)


def complex_step_of_states(W_hh, h, direct):
    """Run the states again with an imaginary nudge;
    what the inputs add is found from the states themselves.
    """
    from_inputs = np.arctanh(h[1:]) - h[:-1] @ W_hh.T
    dh = np.zeros(h.shape)
    for k, i in np.ndindex(h.shape):
        loss, state = 0, None
        for t in range(k, len(h)):
            state = h[k].astype(complex) if t == k else np.tanh(W_hh @ state + from_inputs[t - 1])
            if t == k:
                state[i] += 1e-100j
            loss = loss + direct[t] @ state
        dh[k, i] = np.imag(loss) / 1e-100
    return dh


THROUGH_TIME_ANY = {
    "loop with a carry, rows": carry_in_rows,
    "while loop": carry_with_while,
    "recursion": gradients_by_recursion,
    "itertools.accumulate": gradients_by_accumulate,
}
THROUGH_TIME_SEQUENCE = {
    "loop with a carry, columns (H, 1)": carry_in_columns,
    "nudges of states followed forward": nudges_forward,
    "entry by entry": gradients_entry_by_entry,
    "complex step of the states": complex_step_of_states,
}


def each_sequence_alone(through_time):
    """For batches: the function for one sequence, for one after the other."""
    def through_batch(W_hh, h, direct):
        return np.stack([through_time(W_hh, h[:, b], direct[:, b]) for b in range(h.shape[1])], axis=1)

    return through_batch


def batch_by_einsum(W_hh, h, direct):
    """A batch, without a loop over its sequences: einsum with the indices of the maths."""
    dh = direct.copy()
    for t in range(len(h) - 1, 0, -1):
        dh[t - 1] += np.einsum("ij,bi,bi->bj", W_hh, 1 - h[t] ** 2, dh[t])
    return dh


def batch_in_columns(W_hh, h, direct):
    """A batch whose sequences are columns: (T+1, H, B)."""
    h, dh = h.transpose(0, 2, 1), direct.transpose(0, 2, 1).copy()
    for t in range(len(h) - 1, 0, -1):
        dh[t - 1] += W_hh.T @ ((1 - h[t] ** 2) * dh[t])
    return dh.transpose(0, 2, 1)


def batch_by_tensordot(W_hh, h, direct):
    """A batch, by tensordot over the axis of units."""
    da, dh = np.zeros_like(direct), direct.copy()
    for t in range(len(h) - 1, 0, -1):
        np.multiply(1 - np.square(h[t]), dh[t], out=da[t])
        dh[t - 1] += np.tensordot(da[t], W_hh, axes=([1], [0]))
    return dh


def batch_unit_by_unit(W_hh, h, direct):
    """A batch, with loops over its sequences and units."""
    dh = direct.copy()
    T, B, H = len(h) - 1, h.shape[1], h.shape[2]
    for t in range(T, 0, -1):
        for b in range(B):
            for j in range(H):
                for i in range(H):
                    dh[t - 1, b, j] += W_hh[i, j] * (1 - h[t, b, i] ** 2) * dh[t, b, i]
    return dh


THROUGH_TIME_BATCH = {
    "einsum, no loop over the batch": batch_by_einsum,
    "sequences as columns": batch_in_columns,
    "tensordot": batch_by_tensordot,
    "loops over batch and units": batch_unit_by_unit,
    **{f"each sequence alone, {words}": each_sequence_alone(function)
       for words, function in THROUGH_TIME_SEQUENCE.items()},
}


def all_states_from(through_time, direct_effects):
    """The calculation of exercise 3.6 from its two parts."""
    def all_states(dy, h, W_hy, W_hh):
        return through_time(W_hh, h, direct_effects(dy, W_hy))

    return all_states


def all_states_by_helpers(dy, h, W_hy, W_hh):
    """The course's own backward recursion, on a batch of one."""
    cache = SimpleNamespace(h=h[:, None], activation="tanh")
    dh, _ = rnn.through_time({"W_hh": W_hh}, cache, (dy @ W_hy)[:, None])
    return dh[:, 0]


# Sums of outer products. Each function: (left (N, M), right (N, K)) -> (M, K), a sum over the N rows.

def outer_by_matmul(left, right):
    """One matrix product."""
    return left.T @ right


def outer_by_dot(left, right):
    """np.dot."""
    return np.dot(left.T, right)


def outer_by_einsum(left, right):
    """einsum."""
    return np.einsum("ni,nj->ij", left, right)


def outer_by_tensordot(left, right):
    """tensordot over the rows."""
    return np.tensordot(left, right, axes=(0, 0))


def outer_by_outer(left, right):
    """np.outer, row by row."""
    return sum(np.outer(one, other) for one, other in zip(left, right))


def outer_in_columns(left, right):
    """A column times a row, added up in an array of zeros."""
    total = np.zeros((left.shape[1], right.shape[1]))
    for one, other in zip(left, right):
        total += one.reshape(-1, 1) @ other.reshape(1, -1)
    return total


def outer_by_broadcasting(left, right):
    """All products of numbers in one array (N, M, K), then the sum over the rows."""
    return (left[:, :, None] * right[:, None, :]).sum(axis=0)


def outer_by_inner(left, right):
    """np.inner of the transposed factors; the result is the transpose of what is calculated."""
    return np.inner(right.T, left.T).T


def outer_entry_by_entry(left, right):
    """Every entry by itself."""
    total = np.empty((left.shape[1], right.shape[1]))
    for i, j in np.ndindex(total.shape):
        total[i, j] = math.fsum(left[:, i] * right[:, j])
    return total


OUTER = {
    "matmul": outer_by_matmul,
    "np.dot": outer_by_dot,
    "einsum": outer_by_einsum,
    "tensordot": outer_by_tensordot,
    "np.outer": outer_by_outer,
    "columns times rows": outer_in_columns,
    "broadcasting and a sum": outer_by_broadcasting,
    "np.inner": outer_by_inner,
    "entry by entry": outer_entry_by_entry,
}


# Exercises 4.2 and 4.3. Each calculation: (params, x, h, dy) -> dict of seven gradients,
# for one sequence or for a batch.

def backward_from(through_time, outer_sum):
    """First the gradient of every state, then every other gradient from it, with no loop of its own."""
    def sequence_backward(params, x, h, dy):
        direct = np.concatenate([np.zeros_like(h[:1]), dy @ params["W_hy"]])
        dh = through_time(params["W_hh"], h, direct)
        da = (1 - h[1:] ** 2) * dh[1:]
        return {"W_hh": outer_sum(long_rows(da), long_rows(h[:-1])),
                "W_xh": outer_sum(long_rows(da), long_rows(x)),
                "W_hy": outer_sum(long_rows(dy), long_rows(h[1:])),
                "b_h": long_rows(da).sum(axis=0), "b_y": long_rows(dy).sum(axis=0),
                "x": da @ params["W_xh"], "h0": dh[0]}

    return sequence_backward


def long_rows(array):
    """Time and batch on one axis."""
    return array.reshape(-1, array.shape[-1])


def zeros_for(params, x):
    """Zeros in the shape of every parameter and of x."""
    return {name: np.zeros(array.shape) for name, array in {**params, "x": x}.items()}


def sequence_all_in_the_loop(params, x, h, dy):
    """One sequence: all sums are added to in the loop, with np.outer."""
    grads = zeros_for(params, x)
    carry = np.zeros(h.shape[1])
    for t in range(len(x), 0, -1):
        da = (1 - h[t] ** 2) * (params["W_hy"].T @ dy[t - 1] + carry)
        grads["W_hh"] += np.outer(da, h[t - 1])
        grads["W_xh"] += np.outer(da, x[t - 1])
        grads["W_hy"] += np.outer(dy[t - 1], h[t])
        grads["b_h"] += da
        grads["b_y"] += dy[t - 1]
        grads["x"][t - 1] = params["W_xh"].T @ da
        carry = params["W_hh"].T @ da
    grads["h0"] = carry
    return grads


def sequence_in_columns(params, x, h, dy):
    """One sequence: every vector is a column (N, 1); biases become vectors at the end."""
    W_hh, W_xh, W_hy = params["W_hh"], params["W_xh"], params["W_hy"]
    x, h, dy = x[:, :, None], h[:, :, None], dy[:, :, None]
    dW_hh = dW_xh = dW_hy = db_h = db_y = 0
    dx = []
    da_next = np.zeros_like(h[0])
    for t in reversed(range(1, len(h))):
        dh = W_hy.T @ dy[t - 1] + W_hh.T @ da_next
        da = dh * (1 - h[t] * h[t])
        dW_hh, dW_xh, dW_hy = dW_hh + da @ h[t - 1].T, dW_xh + da @ x[t - 1].T, dW_hy + dy[t - 1] @ h[t].T
        db_h, db_y = db_h + da, db_y + dy[t - 1]
        dx.insert(0, W_xh.T @ da)
        da_next = da
    return {"W_hh": dW_hh, "W_xh": dW_xh, "W_hy": dW_hy, "b_h": db_h[:, 0], "b_y": db_y[:, 0],
            "x": np.array(dx)[:, :, 0], "h0": (W_hh.T @ da_next)[:, 0]}


def sequence_double_sum(params, x, h, dy):
    """One sequence: every loss t and every use k <= t of the weights, one term after the other."""
    grads = zeros_for(params, x)
    grads["h0"] = np.zeros(h.shape[1])
    for t in range(1, len(h)):
        grads["W_hy"] += np.outer(dy[t - 1], h[t])
        grads["b_y"] += dy[t - 1]
        row = dy[t - 1] @ params["W_hy"]
        for k in range(t, 0, -1):
            at_k = row * (1 - h[k] ** 2)
            grads["W_hh"] += np.outer(at_k, h[k - 1])
            grads["W_xh"] += np.outer(at_k, x[k - 1])
            grads["b_h"] += at_k
            grads["x"][k - 1] += at_k @ params["W_xh"]
            row = at_k @ params["W_hh"]
        grads["h0"] += row
    return grads


def sequence_forward_accumulation(params, x, h, dy):
    """One sequence: total derivatives of h_t by all that comes before,
    carried forward (real-time recurrent learning).
    """
    T, H = len(x), h.shape[1]
    by_W_hh, by_W_xh, by_b_h = np.zeros((H, H, H)), np.zeros((H, H, x.shape[1])), np.zeros((H, H))
    by_x, by_h0 = np.zeros((H, *x.shape)), np.eye(H)
    grads = zeros_for(params, x)
    grads["h0"] = np.zeros(H)
    for t in range(1, T + 1):
        J = (1 - h[t] ** 2)[:, None] * params["W_hh"]
        immediate = np.diag(1 - h[t] ** 2)
        by_W_hh = np.tensordot(J, by_W_hh, axes=1) + immediate[:, :, None] * h[t - 1]
        by_W_xh = np.tensordot(J, by_W_xh, axes=1) + immediate[:, :, None] * x[t - 1]
        by_b_h = J @ by_b_h + immediate
        by_x = np.tensordot(J, by_x, axes=1)
        by_x[:, t - 1] = immediate @ params["W_xh"]
        by_h0 = J @ by_h0
        direct = params["W_hy"].T @ dy[t - 1]
        for name, derivative in {"W_hh": by_W_hh, "W_xh": by_W_xh, "b_h": by_b_h,
                                 "x": by_x, "h0": by_h0}.items():
            grads[name] += np.tensordot(direct, derivative, axes=1)
        grads["W_hy"] += np.outer(dy[t - 1], h[t])
        grads["b_y"] += dy[t - 1]
    return grads


def batch_all_in_the_loop(params, x, h, dy):
    """A batch: all sums are added to in the loop, by products of whole batches."""
    grads = zeros_for(params, x)
    carry = np.zeros(h.shape[1:])
    for t in range(len(x), 0, -1):
        da = (dy[t - 1] @ params["W_hy"] + carry) * (1 - h[t] ** 2)
        grads["W_hh"] += da.T @ h[t - 1]
        grads["W_xh"] += da.T @ x[t - 1]
        grads["W_hy"] += dy[t - 1].T @ h[t]
        grads["b_h"] += da.sum(axis=0)
        grads["b_y"] += dy[t - 1].sum(axis=0)
        grads["x"][t - 1] = da @ params["W_xh"]
        carry = da @ params["W_hh"]
    return {**grads, "h0": carry}


def batch_by_three_indices(params, x, h, dy):
    """A batch: every sum by einsum over time and batch, nothing reshaped."""
    direct = np.zeros(h.shape)
    direct[1:] = np.einsum("tbo,oi->tbi", dy, params["W_hy"])
    dh = batch_by_einsum(params["W_hh"], h, direct)
    da = (1 - h[1:] ** 2) * dh[1:]
    return {"W_hh": np.einsum("tbi,tbj->ij", da, h[:-1]), "W_xh": np.einsum("tbi,tbj->ij", da, x),
            "W_hy": np.einsum("tbo,tbi->oi", dy, h[1:]),
            "b_h": np.einsum("tbi->i", da), "b_y": np.einsum("tbo->o", dy),
            "x": np.einsum("tbi,ij->tbj", da, params["W_xh"]), "h0": dh[0]}


def batch_by_one_product(params, x, h, dy):
    """A batch: the gradients of W_hh, W_xh and b_h side by side, from one product with [h, x, 1]."""
    T, B, D = x.shape
    H = h.shape[2]
    dh = carry_in_rows(params["W_hh"], h, np.concatenate([np.zeros((1, B, H)), dy @ params["W_hy"]]))
    da = ((1 - h[1:] ** 2) * dh[1:]).reshape(T * B, H)
    ones = np.ones((T, B, 1))
    hidden = da.T @ np.concatenate([h[:-1], x, ones], axis=2).reshape(T * B, -1)
    output = dy.reshape(T * B, -1).T @ np.concatenate([h[1:], ones], axis=2).reshape(T * B, -1)
    return {"W_hh": hidden[:, :H], "W_xh": hidden[:, H:H + D], "b_h": hidden[:, -1],
            "W_hy": output[:, :-1], "b_y": output[:, -1],
            "x": (da @ params["W_xh"]).reshape(T, B, D), "h0": dh[0]}


def batch_of_shuffled_sequences(params, x, h, dy):
    """A batch: the sequences in a random order, drawn from NumPy's global generator. The sums do not care."""
    B = x.shape[1]
    grads = {**zeros_for(params, x), "h0": np.zeros(h.shape[1:])}
    for b in np.random.permutation(B):
        alone = sequence_all_in_the_loop(params, x[:, b], h[:, b], dy[:, b])
        for name in params:
            grads[name] += alone[name]
        grads["x"][:, b], grads["h0"][b] = alone["x"], alone["h0"]
    return grads


def batch_complex_step(params, x, h, dy):
    """A batch: the complex step of sum(dy * y), from the forward pass alone."""
    variables = {**params, "x": x, "h0": h[0]}

    def imaginary_loss(name, index):
        moved = variables[name].astype(complex)
        moved[index] += 1e-100j
        v = {**variables, name: moved}
        state, loss = v["h0"], 0
        for x_t, dy_t in zip(v["x"], dy):
            state = np.tanh(state @ v["W_hh"].T + x_t @ v["W_xh"].T + v["b_h"])
            loss = loss + (dy_t * (state @ v["W_hy"].T + v["b_y"])).sum()
        return np.imag(loss)

    grads = {name: np.zeros(array.shape) for name, array in variables.items()}
    for name, gradient in grads.items():
        for index in np.ndindex(gradient.shape):
            gradient[index] = imaginary_loss(name, index) / 1e-100
    return grads


def batch_by_helpers(params, x, h, dy):
    """The course's own backward pass."""
    return rnn.backward(params, rnn.Cache(x, h, np.zeros_like(dy), "tanh", False), dy)


def batch_from(calculation):
    """For a batch: the calculation for one sequence, for one after the other;
    shared gradients are added up.
    """
    def batch_backward(params, x, h, dy):
        alone = [calculation(params, x[:, b], h[:, b], dy[:, b]) for b in range(x.shape[1])]
        grads = {name: sum(grads[name] for grads in alone) for name in params}
        grads["x"] = np.stack([grads["x"] for grads in alone], axis=1)
        grads["h0"] = np.stack([grads["h0"] for grads in alone])
        return grads

    return batch_backward


def sequence_from(calculation):
    """For one sequence: the calculation for a batch of one."""
    def sequence_backward(params, x, h, dy):
        grads = calculation(params, x[:, None], h[:, None], dy[:, None])
        return {**grads, "x": grads["x"][:, 0], "h0": grads["h0"][0]}

    return sequence_backward


SEQUENCE_ONLY = {
    "all sums in the loop, np.outer": sequence_all_in_the_loop,
    "all in columns (N, 1)": sequence_in_columns,
    "double sum over losses and uses": sequence_double_sum,
    "forward accumulation": sequence_forward_accumulation,
}
BATCH_ONLY = {
    "all sums in the loop, matmul": batch_all_in_the_loop,
    "einsum with three indices": batch_by_three_indices,
    "one product with [h, x, 1]": batch_by_one_product,
    "sequences in random order": batch_of_shuffled_sequences,
    "complex step of the forward pass": batch_complex_step,
    "the course's own backward pass": batch_by_helpers,
}


# How a result is handed back. Each function takes the array, the tuple (h, y) or the dict of gradients.

def every_array(change):
    """A change of one array, made a change of a whole result."""
    def change_result(result):
        if isinstance(result, dict):
            return {name: change(array) for name, array in result.items()}
        return tuple(map(change, result)) if isinstance(result, tuple) else change(result)

    return change_result


class Marked(np.ndarray):
    """A kind of array that does nothing special."""


def every_second_entry(array):
    """A view with gaps: every second entry, along the last axis, of a buffer twice as large."""
    buffer = np.full((*array.shape[:-1], 2 * array.shape[-1]), np.nan)
    buffer[..., ::2] = array
    return buffer[..., ::2]


def backwards_in_memory(array):
    """A view with a negative stride."""
    return array[::-1].copy()[::-1]


def read_only(array):
    """A copy that cannot be written to."""
    array = array.copy()
    array.flags.writeable = False
    return array


def inside_a_buffer(array):
    """A view of the middle of a preallocated buffer."""
    buffer = np.empty(array.size + 20)
    view = buffer[10:-10].reshape(array.shape)
    view[...] = array
    return view


def reversed_keys(grads):
    """The last key first."""
    return dict(reversed(grads.items()))


def from_one_long_vector(grads):
    """All gradients are views of one vector."""
    vector = np.concatenate([array.ravel() for array in grads.values()])
    ends = np.cumsum([array.size for array in grads.values()])[:-1]
    return {name: part.reshape(grads[name].shape) for name, part in zip(grads, np.split(vector, ends))}


def with_leading_d(grads):
    """dW_hh in place of W_hh, and so on."""
    return {f"d{name}": array for name, array in grads.items()}


def in_docstring_order(grads):
    """A tuple, in the order in which the docstring lists the keys."""
    return tuple(grads[name] for name in GRADIENTS)


class Gradients(dict):
    """A dict of gradients under a name of its own."""


GradientsTuple = namedtuple("GradientsTuple", GRADIENTS)
GradientsRecord = make_dataclass("GradientsRecord", GRADIENTS)
StatesAndOutputs = namedtuple("StatesAndOutputs", ("h", "y"))

ARRAYS = {
    "Fortran order": every_array(np.asfortranarray),
    "views with gaps": every_array(every_second_entry),
    "views with a negative stride": every_array(backwards_in_memory),
    "views of a larger buffer": every_array(inside_a_buffer),
    "read-only arrays": every_array(read_only),
    "a subclass of ndarray": every_array(lambda array: array.view(Marked)),
    "masked arrays without a mask": every_array(np.ma.array),
    "long doubles": every_array(lambda array: array.astype(np.longdouble)),
}
DICTS = {
    "an OrderedDict": OrderedDict,
    "a subclass of dict": Gradients,
    "keys in another order": reversed_keys,
    "views of one long vector": from_one_long_vector,
}
LISTS = {"lists of numbers": every_array(np.ndarray.tolist), "lists of arrays": every_array(list)}
OTHER_CONTAINERS = {
    **LISTS,
    "a namedtuple": lambda grads: GradientsTuple(**grads),
    "a SimpleNamespace": lambda grads: SimpleNamespace(**grads),
    "a dataclass": lambda grads: GradientsRecord(**grads),
    "keys with a leading d": with_leading_d,
}


def with_result(change, calculation):
    """The calculation, with another form of result."""
    @functools.wraps(calculation)
    def changed(*arguments):
        return change(calculation(*arguments))

    return changed


def in_float32(calculation):
    """The calculation on arguments in float32, and so in float32 itself."""
    def shorten(argument):
        if isinstance(argument, dict):
            return {name: array.astype(np.float32) for name, array in argument.items()}
        if isinstance(argument, tuple) and argument:                # a cache
            return type(argument)(*map(shorten, argument))
        return argument.astype(np.float32) if isinstance(argument, np.ndarray) else argument

    @functools.wraps(calculation)
    def calculate_in_float32(*arguments):
        return calculation(*map(shorten, arguments))

    return calculate_in_float32


# What the answer is in Python, and what it does besides. Each function: answer -> answer.

class Answer:
    """An answer as an object: callable itself, and with methods that answer."""

    def __init__(self, answer):
        self.answer = answer

    def __call__(self, *arguments):
        return self.answer(*arguments)

    def solve(self, *arguments):
        """The same, by another name."""
        return self.answer(*arguments)


def with_an_option(answer):
    """One more parameter, with a default."""
    def answer_with_option(*arguments, verbose=False):
        if verbose:
            print("working")
        return answer(*arguments)

    return answer_with_option


def with_a_memory(calculation):
    """Results are kept by functools.lru_cache, for arguments packed into bytes."""
    @functools.lru_cache
    def calculate(packed):
        return calculation(*pickle.loads(packed))

    @functools.wraps(calculation)
    def remember(*arguments):
        return calculate(pickle.dumps(arguments))

    return remember


NOTES = []


def before(action):
    """An answer that does something harmless first."""
    def decorate(answer):
        @functools.wraps(answer)
        def act_and_answer(*arguments):
            action()
            return answer(*arguments)

        return act_and_answer

    return decorate


def draw_a_random_number():
    """From NumPy's global generator, which moves on by one number."""
    np.random.rand()


CALLABLES = {
    "a lambda": lambda answer: lambda *arguments: answer(*arguments),
    "a partial": functools.partial,
    "a callable object": Answer,
    "a bound method": lambda answer: Answer(answer).solve,
    "an option with a default": with_an_option,
}
HABITS = {
    "keeps notes in a global list": before(lambda: NOTES.append("called")),
    "prints a line": before(lambda: print("T, B, H are fine")),
    "draws a random number": before(draw_a_random_number),
    "warns": before(lambda: warnings.warn("this is slow code", stacklevel=2)),
    "takes its time": before(lambda: time.sleep(0.01)),
}


# The collection.

def forms(calculations, results, single, as_answer=lambda calculation: calculation):
    """All answers to one exercise.

    calculations: dict of all; the first is the one whose result and callable are changed.
    results: dict of forms of its result. single: a calculation that keeps the dtype of its arguments.
    as_answer: gives a calculation the arguments of the exercise.
    """
    first = next(iter(calculations.values()))
    answer = as_answer(first)
    return {
        **{words: as_answer(calculation) for words, calculation in calculations.items()},
        **{f"result: {words}": as_answer(with_result(change, first)) for words, change in results.items()},
        "float32": as_answer(in_float32(single)),
        "lru_cache": as_answer(with_a_memory(first)),
        **{words: change(answer) for words, change in {**CALLABLES, **HABITS}.items()},
    }


def takes_cache(calculation):
    """The arguments of exercises 4.3 and 5.1: x and h come in a cache."""
    def backward(params, cache, dy):
        return calculation(params, cache.x, cache.h, dy)

    return backward


def unpacks_the_cache(params, cache, dy):
    """rnn.forward returns a named tuple, so its parts have places, too."""
    x, h, *_ = cache
    return batch_all_in_the_loop(params, x, h, dy)


def opposite_order(params, x, h0):
    """Views turned over: the batch is the first axis inside, and time again outside."""
    by_sequence = [states_in_slots(params, x[:, b:b + 1], h0[b:b + 1])[:, 0] for b in range(len(h0))]
    h = np.array(by_sequence).swapaxes(0, 1)
    return h, np.array([h_b[1:] @ params["W_hy"].T + params["b_y"] for h_b in by_sequence]).swapaxes(0, 1)


def first_slot_is_h0_itself(params, x, h0):
    """A list of states whose first entry is the argument h0, not a copy."""
    h = [h0, *states_in_slots(params, x, h0)[1:]]
    return h, [h_t @ params["W_hy"].T + params["b_y"] for h_t in h[1:]]


FORWARD = {
    **{f"states: {words}": forward_from(states, outputs_at_once) for words, states in STATES.items()},
    **{f"outputs: {words}": forward_from(states_in_slots, outputs) for words, outputs in OUTPUTS.items()},
    "all in one loop": forward_all_in_one_loop,
    "batch first inside": opposite_order,
    "the course's own forward pass": forward_by_helpers,
}
FORWARD_RESULTS = {
    **ARRAYS,
    **LISTS,
    "a list": list,
    "a namedtuple": lambda result: StatesAndOutputs(*result),
    "a dict": lambda result: dict(zip("hy", result)),
    "a SimpleNamespace": lambda result: SimpleNamespace(h=result[0], y=result[1]),
}

ALL_STATES = {
    **{words: all_states_from(through_time, direct_by_stacking)
       for words, through_time in {**THROUGH_TIME_ANY, **THROUGH_TIME_SEQUENCE}.items()},
    **{f"direct effects: {words}": all_states_from(carry_in_rows, direct)
       for words, direct in DIRECT.items()},
    "the course's own recursion": all_states_by_helpers,
}

SEQUENCE = {
    **SEQUENCE_ONLY,
    **{words: backward_from(through_time, outer_by_matmul)
       for words, through_time in {**THROUGH_TIME_ANY, **THROUGH_TIME_SEQUENCE}.items()},
    **{f"sums by {words}": backward_from(carry_in_rows, outer_sum) for words, outer_sum in OUTER.items()},
    **{f"a batch of one, {words}": sequence_from(calculation) for words, calculation in BATCH_ONLY.items()},
}

BATCH = {
    **BATCH_ONLY,
    **{words: backward_from(through_time, outer_by_matmul)
       for words, through_time in {**THROUGH_TIME_ANY, **THROUGH_TIME_BATCH}.items()},
    **{f"sums by {words}": backward_from(batch_by_einsum, outer_sum) for words, outer_sum in OUTER.items()},
    **{f"one sequence after the other, {words}": batch_from(calculation)
       for words, calculation in SEQUENCE_ONLY.items()},
}

GRADIENT_RESULTS = {**ARRAYS, **DICTS, **OTHER_CONTAINERS}
LISTED_ORDER = {"a tuple in the docstring's order": in_docstring_order}
KEEPS_DTYPE = backward_from(carry_in_rows, outer_by_matmul)


# Exercises 8.5 and 8.8: the LSTM and the GRU.
# First the recursions. Each function: (params, cache, direct (T, B, H)) -> (da_x, da_h, first):
# the gradients of W_xh x_t + b_x and of W_hh h_{t-1} + b_h, (T, B, 4H) or (T, B, 3H),
# and of the first states.

def lstm_in_rows(params, cache, direct):
    """Sequences are rows; two carries."""
    da = np.zeros((*direct.shape[:2], 4 * direct.shape[2]), direct.dtype)
    dh_later = dc_later = np.zeros_like(direct[0])
    for t in reversed(range(len(direct))):
        i, f, g, o = cache.i[t], cache.f[t], cache.g[t], cache.o[t]
        tanh_c = np.tanh(cache.c[t + 1])
        dh = direct[t] + dh_later
        dc = dc_later + dh * o * (1 - tanh_c ** 2)
        da[t] = np.hstack([dc * g * i * (1 - i), dc * cache.c[t] * f * (1 - f),
                           dc * i * (1 - g ** 2), dh * tanh_c * o * (1 - o)])
        dh_later, dc_later = da[t] @ params["W_hh"], dc * f
    return da, da, {"h0": dh_later, "c0": dc_later}


def lstm_gate_by_gate(params, cache, direct):
    """W_hh is cut into its four parts, and each gate sends its own gradient back;
    tanh(c) is taken from h / o.
    """
    parts, found = dict(zip("ifgo", np.split(params["W_hh"], 4))), []
    dh_later, dc_later = np.zeros(direct.shape[1:]), np.zeros(direct.shape[1:])
    for t in range(len(direct), 0, -1):
        s = {gate: getattr(cache, gate)[t - 1] for gate in "ifgo"}
        shown = cache.h[t] / s["o"]
        dh = direct[t - 1] + dh_later
        do, dc = dh * shown, dh * s["o"] * (1 - shown * shown) + dc_later
        di, df, dg, dc_later = dc * s["g"], dc * cache.c[t - 1], dc * s["i"], dc * s["f"]
        da = {"i": di * (s["i"] - s["i"] ** 2), "f": df * (s["f"] - s["f"] ** 2), "g": dg - dg * s["g"] ** 2,
              "o": do * (s["o"] - s["o"] ** 2)}
        dh_later = sum(da[gate] @ parts[gate] for gate in "ogfi")
        found.insert(0, np.concatenate([da[gate] for gate in "ifgo"], axis=-1))
    return np.array(found), np.array(found), {"h0": dh_later, "c0": dc_later}


def lstm_hoisted(params, cache, direct):
    """Everything that needs no gradient is calculated for all steps before the loop; tanh's slope by cosh."""
    T, B, H = direct.shape
    i, f, g, o = cache.i, cache.f, cache.g, cache.o
    to_c = np.stack([g * i * (1 - i), cache.c[:-1] * f * (1 - f), i * (1 - g * g)], axis=2)
    to_o, down = np.tanh(cache.c[1:]) * o * (1 - o), o / np.cosh(cache.c[1:]) ** 2
    dh, dc, da = np.zeros((T + 1, B, H)), np.zeros((T + 1, B, H)), np.empty((T, B, 4, H))
    dh[1:] = direct
    for t in range(T, 0, -1):
        dc[t] += down[t - 1] * dh[t]
        da[t - 1, :, :3] = to_c[t - 1] * dc[t][:, None]
        da[t - 1, :, 3] = to_o[t - 1] * dh[t]
        dh[t - 1] += np.einsum("bki,kij->bj", da[t - 1], params["W_hh"].reshape(4, H, H))
        dc[t - 1] += f[t - 1] * dc[t]
    da = da.reshape(T, B, 4 * H)
    return da, da, {"h0": dh[0], "c0": dc[0]}


def lstm_entry_by_entry(params, cache, direct):
    """Every unit of every sequence by itself."""
    T, B, H = direct.shape
    W, da = params["W_hh"], np.zeros((T, B, 4 * H))
    dh, dc = np.zeros((B, H)), np.zeros((B, H))
    for t in reversed(range(T)):
        for b, k in np.ndindex(B, H):
            i, f, g, o, squashed = (array[t, b, k] for array in (
                cache.i, cache.f, cache.g, cache.o, np.tanh(cache.c[1:])))
            total = direct[t, b, k] + dh[b, k]
            dc[b, k] += total * o * (1 - squashed ** 2)
            da[t, b, [k, H + k, 2 * H + k, 3 * H + k]] = [
                dc[b, k] * g * i * (1 - i), dc[b, k] * cache.c[t, b, k] * f * (1 - f),
                dc[b, k] * i * (1 - g ** 2), total * squashed * o * (1 - o)]
            dc[b, k] *= f
        for b, j in np.ndindex(B, H):
            dh[b, j] = sum(da[t, b, row] * W[row, j] for row in range(4 * H))
    return da, da, {"h0": dh, "c0": dc}


def lstm_by_helpers(params, cache, direct):
    """The course's own recursion."""
    dh, dc, da = lstm.through_time(params, cache, direct)
    return da, da, {"h0": dh[0], "c0": dc[0]}


def gru_in_rows(params, cache, direct):
    """Sequences are rows; one carry."""
    da_x, da_h, carry = [], [], np.zeros_like(direct[0])
    for t in reversed(range(len(direct))):
        r, z, m, n = cache.r[t], cache.z[t], cache.m[t], cache.n[t]
        dh = direct[t] + carry
        da_n = dh * (1 - z) * (1 - n ** 2)
        da_r, da_z = da_n * m * r * (1 - r), dh * (cache.h[t] - n) * z * (1 - z)
        da_x.append(np.hstack([da_r, da_z, da_n]))
        da_h.append(np.hstack([da_r, da_z, da_n * r]))
        carry = dh * z + da_h[-1] @ params["W_hh"]
    return np.array(da_x[::-1]), np.array(da_h[::-1]), {"h0": carry}


def gru_gate_by_gate(params, cache, direct):
    """W_hh is cut into its three parts; z from dh's two shares, with m calculated again."""
    W_r, W_z, W_n = np.split(params["W_hh"], 3)
    b_n = params["b_h"][2 * len(W_n):]
    da_x, da_h, carry = [None] * len(direct), [None] * len(direct), 0
    for t in range(len(direct) - 1, -1, -1):
        r, z, n, before = cache.r[t], cache.z[t], cache.n[t], cache.h[t]
        dh = direct[t] + carry
        dz = dh * before - dh * n
        dn = (dh - dh * z) * (1 + n) * (1 - n)
        dr = dn * (before @ W_n.T + b_n)
        dr, dz, dm = dr * (r - r * r), dz * (z - z * z), dn * r
        da_x[t], da_h[t] = np.concatenate([dr, dz, dn], -1), np.concatenate([dr, dz, dm], -1)
        carry = dr @ W_r + dz @ W_z + dm @ W_n + dh * z
    return np.stack(da_x), np.stack(da_h), {"h0": carry}


def gru_hoisted(params, cache, direct):
    """Everything that needs no gradient is calculated for all steps before the loop."""
    T, B, H = direct.shape
    r, z, m, n = cache.r, cache.z, cache.m, cache.n
    to_n = (1 - z) * (1 - n * n)
    on_x = np.stack([to_n * m * r * (1 - r), (cache.h[:-1] - n) * z * (1 - z), to_n], axis=2)
    on_h = on_x * np.stack([np.ones_like(r), np.ones_like(r), r], axis=2)
    dh = np.concatenate([np.zeros((1, B, H)), direct])
    for t in range(T, 0, -1):
        dh[t - 1] += z[t - 1] * dh[t] + np.einsum(
            "bki,bi,kij->bj", on_h[t - 1], dh[t], params["W_hh"].reshape(3, H, H))
    return *((on * dh[1:, :, None]).reshape(T, B, 3 * H) for on in (on_x, on_h)), {"h0": dh[0]}


def gru_entry_by_entry(params, cache, direct):
    """Every unit of every sequence by itself."""
    T, B, H = direct.shape
    W, da_x, da_h, dh = params["W_hh"], np.zeros((T, B, 3 * H)), np.zeros((T, B, 3 * H)), np.zeros((B, H))
    for t in reversed(range(T)):
        kept = np.zeros((B, H))
        for b, k in np.ndindex(B, H):
            r, z, m, n = (array[t, b, k] for array in (cache.r, cache.z, cache.m, cache.n))
            total = direct[t, b, k] + dh[b, k]
            da_n, da_z = total * (1 - z) * (1 - n ** 2), total * (cache.h[t, b, k] - n) * z * (1 - z)
            da_x[t, b, k::H] = da_n * m * r * (1 - r), da_z, da_n
            da_h[t, b, k::H] = da_n * m * r * (1 - r), da_z, da_n * r
            kept[b, k] = z * total
        for b, j in np.ndindex(B, H):
            dh[b, j] = kept[b, j] + sum(da_h[t, b, row] * W[row, j] for row in range(3 * H))
    return da_x, da_h, {"h0": dh}


def gru_by_helpers(params, cache, direct):
    """The course's own recursion."""
    dh, da_x, da_h = gru.through_time(params, cache, direct)
    return da_x, da_h, {"h0": dh[0]}


# Then the whole backward pass. Each calculation: (params, cache, dy) -> dict of eight gradients.

def gated_from(through_time, outer_sum):
    """First the recursion, then every other gradient from what it gives, with no loop of its own."""
    def backward(params, cache, dy):
        da_x, da_h, first = through_time(params, cache, dy @ params["W_hy"])
        grads = {"W_hh": outer_sum(long_rows(da_h), long_rows(cache.h[:-1])),
                 "W_xh": outer_sum(long_rows(da_x), long_rows(cache.x)),
                 "W_hy": outer_sum(long_rows(dy), long_rows(cache.h[1:])),
                 "b_x": long_rows(da_x).sum(axis=0), "b_h": long_rows(da_h).sum(axis=0),
                 "b_y": long_rows(dy).sum(axis=0)}
        return {**{name: grads[name] for name in params}, "x": da_x @ params["W_xh"], **first}

    return backward


def gated_complex_step(cell):
    """The complex step of sum(dy * y), from the forward pass alone."""
    def backward(params, cache, dy):
        start = {"h0": cache.h[0], **({"c0": cache.c[0]} if cell is lstm else {})}

        def loss(v):
            state = (v["h0"], v["c0"]) if cell is lstm else v["h0"]
            return (dy * cell.forward({name: v[name] for name in params}, v["x"], state).y).sum()

        return gradcheck.complex_step(loss, {**params, "x": cache.x, **start})

    return backward


def gated(cell, recursions, keys):
    """All answers to 8.5 or 8.8.

    recursions: dict; the first is the one that the sums are varied with. keys: in the docstring's order.
    """
    first = next(iter(recursions.values()))
    calculations = {
        **{words: gated_from(through_time, outer_by_matmul) for words, through_time in recursions.items()},
        **{f"sums by {words}": gated_from(first, outer_sum) for words, outer_sum in OUTER.items()},
        "complex step of the forward pass": gated_complex_step(cell),
        "the course's own backward pass": cell.backward,
    }
    record, row = make_dataclass("Record", keys), namedtuple("Row", keys)
    results = {
        **ARRAYS, **DICTS, **LISTS,
        "keys with a leading d": with_leading_d,
        "a namedtuple": lambda grads: row(**grads),
        "a SimpleNamespace": lambda grads: SimpleNamespace(**grads),
        "a dataclass": lambda grads: record(**grads),
        "a tuple in the docstring's order": lambda grads: tuple(grads[name] for name in keys),
    }
    return {**forms(calculations, results, gated_from(first, outer_by_matmul)),
            "other names of the parameters":
                lambda weights, kept, errors: cell.backward(weights, kept, errors)}


LSTM_RECURSIONS = {"rows": lstm_in_rows, "gate by gate": lstm_gate_by_gate, "hoisted": lstm_hoisted,
                   "entry by entry": lstm_entry_by_entry, "the course's own recursion": lstm_by_helpers}
GRU_RECURSIONS = {"rows": gru_in_rows, "gate by gate": gru_gate_by_gate, "hoisted": gru_hoisted,
                  "entry by entry": gru_entry_by_entry, "the course's own recursion": gru_by_helpers}
LSTM_KEYS = ("W_hh", "W_xh", "W_hy", "b_h", "b_y", "x", "h0", "c0")
GRU_KEYS = ("W_hh", "W_xh", "W_hy", "b_x", "b_h", "b_y", "x", "h0")


RIGHT = {
    "2.3": {
        **forms(FORWARD, FORWARD_RESULTS, forward_from(states_hoisted, outputs_at_once)),
        "other names of the parameters":
            lambda weights, inputs, start: forward_all_in_one_loop(weights, inputs, start),
        "the first slot is h0 itself, not a copy": first_slot_is_h0_itself,
    },
    "3.6": {
        **forms(ALL_STATES, {**ARRAYS, **LISTS}, all_states_from(carry_in_rows, direct_by_padding)),
        "other names of the parameters":
            lambda errors, states, V, W: all_states_by_helpers(errors, states, V, W),
    },
    "4.2": {
        **forms(SEQUENCE, {**GRADIENT_RESULTS, **LISTED_ORDER}, KEEPS_DTYPE),
        "other names of the parameters":
            lambda p, inputs, states, errors: sequence_in_columns(p, inputs, states, errors),
    },
    "4.3": {
        **forms(BATCH, {**GRADIENT_RESULTS, **LISTED_ORDER}, KEEPS_DTYPE, takes_cache),
        "other names of the parameters":
            lambda p, kept, errors: batch_by_one_product(p, kept.x, kept.h, errors),
        "unpacks the cache": unpacks_the_cache,
    },
    "5.1": {
        **forms(BATCH, GRADIENT_RESULTS, KEEPS_DTYPE, takes_cache),
        "other names of the parameters":
            lambda p, kept, errors: batch_by_one_product(p, kept.x, kept.h, errors),
    },
    "8.5": gated(lstm, LSTM_RECURSIONS, LSTM_KEYS),
    "8.8": gated(gru, GRU_RECURSIONS, GRU_KEYS),
}

NOT_AS_DESCRIBED = {
    "2.3": {"result: lists of numbers", "result: lists of arrays", "result: a dict",
            "result: a SimpleNamespace", "the first slot is h0 itself, not a copy"},
    "3.6": {f"result: {words}" for words in LISTS},
    "4.2": {f"result: {words}" for words in (*OTHER_CONTAINERS, *LISTED_ORDER)},
    "4.3": {f"result: {words}" for words in (*OTHER_CONTAINERS, *LISTED_ORDER)},
    "5.1": {f"result: {words}" for words in OTHER_CONTAINERS},
    **{number: {f"result: {words}" for words in (*OTHER_CONTAINERS, *LISTED_ORDER)}
       for number in ("8.5", "8.8")},
}
SINGLE_PRECISION = {"float32"}
