"""Right answers to the backward exercises that differ in kind: in the algorithm, or in what it keeps.

``FORMS`` is a dict: what is special about a form -> a function from a ``Network`` to the dict of all its
gradients. Each works for the plain network, the LSTM and the GRU. ``ANSWERS[number]`` turns them into answers
to an exercise; the containers in which an answer hands its results back take turns. Steps written by hand are
in ``steps_of_right_answers.py``.

All of them are right to 1e-14 (float32: to six digits), and none takes longer than 0.2 s for 120 steps.

Sizes: T time steps, B sequences, D inputs, H hidden units, O outputs, n numbers in a state (2H in the LSTM).
"""

import copy
import functools
import graphlib
import itertools
import math
import operator
from collections import OrderedDict, namedtuple
from dataclasses import make_dataclass
from types import SimpleNamespace

import numpy as np

from helpers import gru, losses, lstm, rnn
from helpers.other_ways.autograd import Tensor

# Calculations of a step that take arrays, complex ones too, and numbers of another kind (Dual, Tensor).

def turned(W):
    """W^T, or a stack of them."""
    return np.swapaxes(W, -1, -2) if isinstance(W, np.ndarray) else W.T


def tanh(a):
    """tanh, entry by entry."""
    return np.tanh(a) if isinstance(a, np.ndarray) else a.tanh()


def sigmoid(a):
    """The gates' function, by tanh."""
    return tanh(a * 0.5) * 0.5 + 0.5


def blocks(a, count, H):
    """The blocks of the last axis, by products with parts of the identity: not everything can be sliced."""
    return [a @ part for part in np.split(np.eye(count * H), count, axis=1)]


class Network:
    """A network with what its forward pass kept, and with a loss: all that a form needs.

    params, cache, dy: as in ``cell.backward``. beyond (B, n): the gradient of the last state from beyond the
    sequence. s (T+1, B, n): the states. own (T+1, B, n): the direct effect on each state.
    axis: -1 where sequences are rows, -2 where they are columns.
    """

    cell, first, gates, axis = rnn, ("h0",), "", -1

    def __init__(self, params, cache, dy, beyond=0.0):
        self.params, self.cache, self.x, self.h, self.dy = params, cache, cache.x, cache.h, dy
        self.s = np.concatenate([getattr(cache, name[0]) for name in self.first], axis=-1)
        self.T, self.B, self.H = len(dy), dy.shape[1], cache.h.shape[2]
        self.beyond, self.own = beyond + np.zeros_like(self.s[0]), np.zeros_like(self.s)
        self.own[1:, :, :self.H] = dy @ params["W_hy"]
        self.own[-1] += beyond

    def step(self, v, state, x):
        """The next state, a tuple. v: weights; state, x: arrays or numbers of another kind."""
        return (tanh(state[0] @ turned(v["W_hh"]) + x @ turned(v["W_xh"]) + v["b_h"]),)

    def pull(self, t, ds):
        """Back through step t: (gradient on the input's side of a_t, on the state's side, of the state
        before). t: a number, or an array of them; ds: (..., B, n)."""
        da = (1 - self.s[t] ** 2) * ds
        return da, da, self.back(da)

    def back(self, da):
        """W_hh^T da, for rows or for columns."""
        W = self.params["W_hh"]
        return da @ W if self.axis == -1 else W.T @ da

    def join(self, *parts):
        """Parts of a vector, one after the other."""
        return np.concatenate(parts, axis=self.axis)

    def maps(self):
        """The transposed Jacobians of all steps, (T, B, n, n)."""
        units = np.eye(self.s.shape[-1])[:, None, None, :]
        return np.moveaxis(self.pull(np.arange(1, self.T + 1), units)[2], 0, -1)

    def kept(self, change):
        """The cache, with every array changed."""
        return self.cache._replace(**{name: change(value) for name, value in self.cache._asdict().items()
                                      if isinstance(value, np.ndarray)})

    def alone(self, b):
        """The sequence b as a batch of one."""
        one = slice(b, b + 1)
        cache = self.kept(lambda array: array[:, one])
        return type(self)(self.params, cache, self.dy[:, one], self.beyond[one])

    def again(self, first, last, beyond=0.0):
        """The steps first + 1 ... last, run forward again from their inputs and the state before them."""
        state = tuple(np.split(self.s[first], len(self.first), axis=-1))
        cache = self.cell.forward(self.params, self.x[first:last], state if len(state) > 1 else state[0])
        return type(self)(self.params, cache, self.dy[first:last], beyond)

    def columns(self):
        """The same network with a column for each sequence."""
        other = copy.copy(self)
        other.axis, other.cache = -2, self.kept(lambda array: array.swapaxes(1, 2))
        for name in ("s", "h", "x", "dy", "own"):
            setattr(other, name, getattr(self, name).swapaxes(1, 2))
        return other

    def variables(self):
        """Everything that has a gradient."""
        return {**self.params, "x": self.x, **self.firsts(self.s[0])}

    def firsts(self, ds):
        """What belongs to a state, by the names of the first states."""
        return dict(zip(self.first, np.split(ds, len(self.first), axis=self.axis)))

    def loss(self, v):
        """The loss, to first order; v: the variables, biases as rows, x as a sequence of steps."""
        state, terms = [v[name] for name in self.first], []
        for x_t, dy_t in zip(v["x"], self.dy):
            state = self.step(v, state, x_t)
            terms.append((state[0] @ turned(v["W_hy"]) + v["b_y"]) * dy_t)
        beyond = np.split(self.beyond, len(state), axis=-1)
        terms += [part * gradient for part, gradient in zip(state, beyond)]
        return functools.reduce(operator.add, [
            term.sum(axis=(-2, -1)) if isinstance(term, np.ndarray) else term.sum() for term in terms])


class LSTM(Network):
    """The LSTM; its state is h and c side by side."""

    cell, first, gates = lstm, ("h0", "c0"), "ifgo"

    def step(self, v, state, x):
        h, c = state
        i, f, g, o = blocks(h @ turned(v["W_hh"]) + x @ turned(v["W_xh"]) + v["b_h"], 4, self.H)
        c = sigmoid(f) * c + sigmoid(i) * tanh(g)
        return sigmoid(o) * tanh(c), c

    def pull(self, t, ds):
        i, f, g, o = (getattr(self.cache, gate)[t - 1] for gate in "ifgo")
        dh, dc = np.split(ds, 2, axis=self.axis)
        shown = np.tanh(self.cache.c[t])
        dc = dc + dh * o * (1 - shown ** 2)
        da = self.join(dc * g * i * (1 - i), dc * self.cache.c[t - 1] * f * (1 - f), dc * i * (1 - g ** 2),
                       dh * shown * o * (1 - o))
        return da, da, self.join(self.back(da), dc * f)


class GRU(Network):
    """The GRU, whose two sides of the pre-activations have gradients of their own."""

    cell, gates = gru, "rzmn"

    def step(self, v, state, x):
        h, = state
        h_r, h_z, m = blocks(h @ turned(v["W_hh"]) + v["b_h"], 3, self.H)
        x_r, x_z, x_n = blocks(x @ turned(v["W_xh"]) + v["b_x"], 3, self.H)
        z = sigmoid(x_z + h_z)
        n = tanh(x_n + sigmoid(x_r + h_r) * m)
        return ((z * -1.0 + 1.0) * n + z * h,)

    def pull(self, t, dh):
        r, z, m, n = (getattr(self.cache, gate)[t - 1] for gate in "rzmn")
        da_n = dh * (1 - z) * (1 - n ** 2)
        da_r, da_z = da_n * m * r * (1 - r), dh * (self.cache.h[t - 1] - n) * z * (1 - z)
        da_h = self.join(da_r, da_z, da_n * r)
        return self.join(da_r, da_z, da_n), da_h, self.back(da_h) + z * dh


# From the pre-activations' gradients, (T, B, .), to all gradients. Each way to add up: (left, right) -> the
# sum of all outer products.

def long_rows(array):
    """Time and batch on one axis."""
    return array.reshape(-1, array.shape[-1])


def added_up(net, da_x, da_h, ds0, outer=lambda left, right: long_rows(left).T @ long_rows(right)):
    """All gradients. ds0: of the first state."""
    one = np.ones((net.T, net.B, 1), da_x.dtype)
    pairs = {"W_hh": (da_h, net.h[:-1]), "W_xh": (da_x, net.x), "W_hy": (net.dy, net.h[1:]),
             "b_x": (da_x, one), "b_h": (da_h, one), "b_y": (net.dy, one)}
    grads = {name: outer(*pairs[name]).reshape(net.params[name].shape) for name in net.params}
    return {**grads, "x": da_x @ net.params["W_xh"], **net.firsts(ds0)}


OUTER = {
    "einsum": lambda left, right: np.einsum("tbi,tbj->ij", left, right),
    "tensordot": lambda left, right: np.tensordot(left, right, axes=((0, 1), (0, 1))),
    "a copy of the weights for every step": lambda left, right: (left.swapaxes(1, 2) @ right).sum(axis=0),
    "running totals": lambda left, right: np.cumsum(left.swapaxes(1, 2) @ right, axis=0)[-1],
    "a list and sum()": lambda left, right: sum(
        [np.outer(*rows) for rows in zip(long_rows(left), long_rows(right))]),
    "Kronecker products": lambda left, right: sum(
        np.kron(*rows) for rows in zip(long_rows(left), long_rows(right))),
    "entry by entry, math.fsum": lambda left, right: np.array(
        [math.fsum(i * j) for i, j in itertools.product(long_rows(left).T, long_rows(right).T)]),
}


def side_by_side(net, da_x, da_h, ds0):
    """One product of [da_h, da_x] with [h, x, 1]: all weights of the state are blocks of the result."""
    rows, H, D = da_h.shape[-1], net.H, net.x.shape[-1]
    ones = np.ones((net.T, net.B, 1))
    met = np.concatenate([net.h[:-1], net.x, ones], axis=-1)
    all_of_a = long_rows(np.concatenate([da_h, da_x], axis=-1)).T @ long_rows(met)
    all_of_y = long_rows(net.dy).T @ long_rows(np.concatenate([net.h[1:], ones], axis=-1))
    grads = {"W_hh": all_of_a[:rows, :H], "W_xh": all_of_a[rows:, H:H + D], "b_h": all_of_a[:rows, -1],
             "b_x": all_of_a[rows:, -1], "W_hy": all_of_y[:, :-1], "b_y": all_of_y[:, -1]}
    return {**{name: grads[name] for name in net.params}, "x": da_x @ net.params["W_xh"], **net.firsts(ds0)}


def from_states(net, ds, finish=added_up):
    """All gradients from those of all states, ds (T+1, B, n)."""
    da_x, da_h, _ = net.pull(np.arange(1, net.T + 1), ds[1:])
    return finish(net, da_x, da_h, ds[0])


def from_steps(net, steps, finish=added_up):
    """All gradients from what ``pull`` gave at the steps 1 ... T."""
    da_x, da_h, before = map(np.array, zip(*steps))
    return finish(net, da_x, da_h, before[0])


# Forms: how the gradient walks back.

def loop(net):
    """The loop of the lesson: every sum grows in it."""
    grads = {name: np.zeros_like(value) for name, value in net.variables().items()}
    ds = net.own[net.T]
    for t in range(net.T, 0, -1):
        da_x, da_h, ds = net.pull(t, ds)
        shares = {"W_hh": da_h.T @ net.h[t - 1], "W_xh": da_x.T @ net.x[t - 1], "b_x": da_x.sum(axis=0),
                  "W_hy": net.dy[t - 1].T @ net.h[t], "b_y": net.dy[t - 1].sum(axis=0),
                  "b_h": da_h.sum(axis=0)}
        for name in net.params:
            grads[name] += shares[name]
        grads["x"][t - 1] = da_x @ net.params["W_xh"]
        ds = ds + net.own[t - 1]
    return {**grads, **net.firsts(ds)}


def recursion(net, outer=OUTER["einsum"]):
    """Step t asks step t + 1; what is known is not asked again."""
    @functools.cache
    def at(t):
        return net.pull(t, net.own[t] + (at(t + 1)[2] if t < net.T else 0))

    return from_steps(net, [at(t) for t in range(1, net.T + 1)], functools.partial(added_up, outer=outer))


def jacobians(net):
    """Every step's Jacobian is a matrix, and a gradient is a column."""
    ds = net.own[..., None].copy()
    for t, J_T in reversed(list(enumerate(net.maps()))):
        ds[t] += J_T @ ds[t + 1]
    return from_states(net, ds[..., 0])


def measured_jacobians(net):
    """The same Jacobians, measured: the complex step through single steps of the forward pass."""
    n = net.s.shape[-1]
    nudged = net.s[:-1] + 1e-100j * np.eye(n)[:, None, None, :]
    after = net.step(net.params, np.split(nudged, len(net.first), axis=-1), net.x)
    J_T = np.moveaxis(np.concatenate(after, axis=-1).imag / 1e-100, 0, -2)
    ds = [net.own[-1]]
    for t in range(net.T - 1, -1, -1):
        ds.append(net.own[t] + np.einsum("bij,bj->bi", J_T[t], ds[-1]))
    return from_states(net, np.array(ds[::-1]))


def linear_system(net):
    """All states' gradients are one vector, the solution of one block-bidiagonal system."""
    T, n = net.T, net.s.shape[-1]
    ds = np.empty_like(net.own)
    for b, maps in enumerate(net.maps().swapaxes(0, 1)):
        system = np.eye((T + 1) * n)
        for t in range(T):
            system[t * n:(t + 1) * n, (t + 1) * n:(t + 2) * n] = -maps[t]
        ds[:, b] = np.linalg.solve(system, net.own[:, b].ravel()).reshape(T + 1, n)
    return from_states(net, ds)


def sweeps(net):
    """First the paths of length 0, then those of length 1, ..., at all steps at once."""
    steps, paths, ds = np.arange(1, net.T + 1), net.own, net.own.copy()
    for _ in steps:
        paths = np.concatenate([net.pull(steps, paths[1:])[2], np.zeros_like(paths[:1])])
        ds += paths
    return from_states(net, ds)


def walk_for_each_loss(net):
    """The loss of every step walks back alone, and all that it leaves on its way is added up."""
    ds = np.zeros_like(net.own)
    for last in range(net.T, 0, -1):
        alone = net.own[last]
        ds[last] += alone
        for t in range(last, 0, -1):
            alone = net.pull(t, alone)[2]
            ds[t - 1] += alone
    return from_states(net, ds)


def output_units_apart(net):
    """What each output unit sends back is kept apart, on an axis of its own, until the end."""
    apart = np.zeros((net.dy.shape[2] + 1, *net.own.shape))
    apart[:-1, 1:, :, :net.H] = np.einsum("tbo,oi->otbi", net.dy, net.params["W_hy"])
    apart[-1, -1] += net.beyond
    for t in range(net.T, 0, -1):
        apart[:, t - 1] += net.pull(t, apart[:, t])[2]
    return from_states(net, apart.sum(axis=0))


def doubling(net):
    """About log2(T) rounds; after each, a state has seen twice as many of those after it."""
    maps = np.concatenate([net.maps(), np.zeros_like(net.maps()[:1])])
    ds, span = net.own[..., None].copy(), 1
    while span <= net.T:
        ds[:-span] += maps[:-span] @ ds[span:]
        maps[:-span] = maps[:-span] @ maps[span:]
        span *= 2
    return from_states(net, ds[..., 0])


def composed_maps(net):
    """Steps are affine maps, and a stretch of steps is the map of its halves, one after the other."""
    maps = net.maps()

    def stretch(first, last):
        if last - first == 1:
            return maps[first], maps[first] @ net.own[last, :, :, None]
        middle = (first + last) // 2
        (A, b), (A_later, b_later) = stretch(first, middle), stretch(middle, last)
        return A @ A_later, b + A @ b_later

    return from_states(net, np.array([net.own[t] + stretch(t, net.T)[1][..., 0] for t in range(net.T)] +
                                     [net.own[net.T]]))


def generator(net):
    """A generator that is sent gradients."""
    def walk():
        found = None
        for t in range(net.T, 0, -1):
            found = net.pull(t, (yield found))
        yield found

    walker, steps = walk(), []
    next(walker)
    for t in range(net.T, 0, -1):
        steps.insert(0, walker.send(net.own[t] + (steps[0][2] if steps else 0)))
    return from_steps(net, steps)


def accumulate(net):
    """The loop is itertools.accumulate."""
    ds = itertools.accumulate(range(net.T, 0, -1), lambda ds, t: net.own[t - 1] + net.pull(t, ds)[2],
                              initial=net.own[net.T])
    return from_states(net, np.array(list(ds))[::-1], functools.partial(added_up, outer=OUTER["tensordot"]))


def tape(net):
    """Forward, a stack of closures grows; backward, it is emptied."""
    stack = [functools.partial(net.pull, t) for t in range(1, net.T + 1)]
    steps, arriving = [], 0
    while stack:
        steps.append(stack[-1](net.own[len(stack)] + arriving))
        arriving = steps[-1][2]
        stack.pop()
    return from_steps(net, steps[::-1], functools.partial(added_up, outer=OUTER["running totals"]))


class Layer:
    """One step, as a layer with gradients of its own."""

    def __init__(self, net, t):
        self.net, self.t, self.grads = net, t, {}

    def backward(self, dy, arriving):
        """Fill ``grads``; return what arrives at the step before."""
        net, t = self.net, self.t
        dh = np.zeros_like(net.own[0])
        dh[:, :net.H] = dy @ net.params["W_hy"]
        da_x, da_h, before = net.pull(t, dh + arriving)
        self.grads = {"W_hh": da_h.T @ net.h[t - 1], "W_xh": da_x.T @ net.x[t - 1], "b_h": da_h.sum(axis=0),
                      "b_x": da_x.sum(axis=0), "W_hy": dy.T @ net.h[t], "b_y": dy.sum(axis=0)}
        self.dx = da_x @ net.params["W_xh"]
        return before


def layers(net):
    """An object for every step; the gradients of all of them are added up at the end."""
    steps, arriving = [Layer(net, t) for t in range(1, net.T + 1)], net.beyond
    for layer, dy in zip(reversed(steps), net.dy[::-1]):
        arriving = layer.backward(dy, arriving)
    return {**{name: sum(layer.grads[name] for layer in steps) for name in net.params},
            "x": np.stack([layer.dx for layer in steps]), **net.firsts(arriving)}


def dict_by_step(net):
    """Dicts whose keys are steps, and sums over their values."""
    dh, da_x, da_h = {net.T: net.own[net.T]}, {}, {}
    for t in sorted(range(1, net.T + 1), reverse=True):
        da_x[t], da_h[t], before = net.pull(t, dh[t])
        dh[t - 1] = net.own[t - 1] + before
    in_order = [np.array([found[t] for t in range(1, net.T + 1)]) for found in (da_x, da_h)]
    return added_up(net, *in_order, dh[0], OUTER["a list and sum()"])


def sorted_graph(net):
    """A graph of who needs whom, in the order that graphlib finds."""
    order = graphlib.TopologicalSorter({t: {t + 1} for t in range(net.T)}).static_order()
    ds = {t: [net.own[t]] for t in range(net.T + 1)}
    for t in order:
        ds[t] = sum(ds[t])
        if t:
            ds[t - 1].append(net.pull(t, ds[t])[2])
    return from_states(net, np.array([ds[t] for t in range(net.T + 1)]),
                       functools.partial(added_up, outer=OUTER["Kronecker products"]))


def time_turned_round(net):
    """Views in which the last step comes first; the loop ascends."""
    own, ds = net.own[::-1], np.zeros_like(net.own)
    for k in range(net.T + 1):
        ds[k] = own[k] if k == 0 else own[k] + net.pull(net.T + 1 - k, ds[k - 1])[2]
    return from_states(net, ds[::-1], functools.partial(added_up, outer=OUTER["entry by entry, math.fsum"]))


def in_place(net):
    """Everything is written into memory that is there already: copies, never the arguments."""
    ds, steps = net.own.copy(), np.arange(1, net.T + 1)
    for t in reversed(steps):
        np.add(ds[t - 1], net.pull(t, ds[t])[2], out=ds[t - 1])
    grads = {name: np.empty_like(value) for name, value in net.variables().items()}
    for name, value in from_states(net, ds).items():
        np.copyto(grads[name], value)
    return grads


def in_columns(net):
    """A column for each sequence, as in the maths."""
    net = net.columns()
    ds, da_x, da_h = net.own[net.T], [], []
    for t in range(net.T, 0, -1):
        *da, ds = net.pull(t, ds)
        ds = ds + net.own[t - 1]
        da_x.insert(0, da[0])
        da_h.insert(0, da[1])
    grads = {"W_hh": sum(da @ h.T for da, h in zip(da_h, net.h)),
             "W_xh": sum(da @ x.T for da, x in zip(da_x, net.x)),
             "W_hy": sum(dy @ h.T for dy, h in zip(net.dy, net.h[1:])),
             "b_x": sum(da_x).sum(axis=1), "b_h": sum(da_h).sum(axis=1), "b_y": sum(net.dy).sum(axis=1)}
    return {**{name: grads[name] for name in net.params},
            "x": np.array([(net.params["W_xh"].T @ da).T for da in da_x]),
            **{name: first.T for name, first in net.firsts(ds).items()}}


def batch_first(net):
    """Arrays (B, T, .), and sums over their first two axes."""
    x, h, dy = (array.swapaxes(0, 1) for array in (net.x, net.h, net.dy))
    da_x, da_h = [], []
    ds = net.own[net.T]
    for t in range(net.T, 0, -1):
        *da, ds = net.pull(t, ds)
        ds = ds + net.own[t - 1]
        da_x.append(da[0])
        da_h.append(da[1])
    da_x, da_h = np.stack(da_x[::-1], axis=1), np.stack(da_h[::-1], axis=1)
    grads = {"W_hh": np.einsum("...i,...j->...ij", da_h, h[:, :-1]), "W_xh": da_x[..., None] * x[:, :, None],
             "W_hy": dy[..., None] * h[:, 1:, None], "b_h": da_h, "b_x": da_x, "b_y": dy}
    return {**{name: grads[name].sum(axis=(0, 1)) for name in net.params},
            "x": (da_x @ net.params["W_xh"]).swapaxes(0, 1), **net.firsts(ds)}


def sequence_by_sequence(net):
    """Each sequence by itself; what they share is added up."""
    alone = [loop(net.alone(b)) for b in range(net.B)]
    return {**{name: sum(grads[name] for grads in alone) for name in net.params},
            "x": np.concatenate([grads["x"] for grads in alone], axis=1),
            **{name: np.concatenate([grads[name] for grads in alone]) for name in net.first}}


def run_again(net):
    """Nothing of the cache is used but x and the first state: all else is calculated again."""
    return recursion(net.again(0, net.T, net.beyond), OUTER["a copy of the weights for every step"])


def put_together(net, pieces):
    """The gradients of a sequence from those of its pieces, the first piece first."""
    return {**{name: sum(grads[name] for grads in pieces) for name in net.params},
            "x": np.concatenate([grads["x"] for grads in pieces]),
            **{name: pieces[0][name] for name in net.first}}


def checkpoints(net):
    """Every third state is kept; the steps between are calculated again, the last ones first."""
    pieces, beyond = [], net.beyond
    for first in reversed(range(0, net.T, 3)):
        pieces.insert(0, loop(net.again(first, min(first + 3, net.T), beyond)))
        beyond = np.concatenate([pieces[0][name] for name in net.first], axis=-1)
    return put_together(net, pieces)


def halves_of_halves(net):
    """The later half first; what it sends back is where the earlier half begins."""
    if net.T == 1:
        return layers(net)
    middle = net.T // 2
    later = halves_of_halves(net.again(middle, net.T, net.beyond))
    beyond = np.concatenate([later[name] for name in net.first], axis=-1)
    return put_together(net, [halves_of_halves(net.again(0, middle, beyond)), later])


def stacked(net):
    """Weights and biases of the state side by side in one matrix."""
    return recursion_with(net, side_by_side)


def recursion_with(net, finish):
    """Plain recursion, and a way to finish."""
    def from_step(t, arriving):
        *da, before = net.pull(t, net.own[t] + arriving)
        return [*(from_step(t - 1, before) if t > 1 else []), (*da, before)]

    return from_steps(net, from_step(net.T, 0), finish)


# Forms: forward in time, with numbers of another kind.

def as_rows(variables):
    """Biases as rows (1, N), so that a batch and a stack of weights can meet them."""
    return {name: value[None] if name.startswith("b_") else value for name, value in variables.items()}


def directions(variables):
    """One direction for every entry of every variable, {name: (P, *shape)}."""
    ends = np.cumsum([value.size for value in variables.values()])
    parts = np.split(np.eye(ends[-1]), ends[:-1], axis=1)
    return {name: part.reshape(-1, *value.shape) for (name, value), part in zip(variables.items(), parts)}


def by_name(variables, slopes):
    """The slopes along all directions, in the variables' shapes."""
    parts = np.split(slopes, np.cumsum([value.size for value in variables.values()])[:-1])
    return {name: part.reshape(value.shape) for (name, value), part in zip(variables.items(), parts)}


def complex_step(net):
    """The complex step, for all entries of all variables side by side."""
    variables = net.variables()
    rows = as_rows(variables)
    moved = {name: rows[name] + 1e-100j * way for name, way in directions(rows).items()}
    moved["x"] = moved["x"].swapaxes(0, 1)
    return by_name(variables, net.loss(moved).imag / 1e-100)


class Dual:
    """Dual numbers: values, and their slopes along P directions at once."""

    __array_ufunc__ = None

    def __init__(self, value, slope):
        self.value, self.slope = value, slope

    def __add__(self, other):
        if not isinstance(other, Dual):
            return Dual(self.value + other, self.slope)
        return Dual(self.value + other.value, self.slope + other.slope)

    def __mul__(self, other):
        if not isinstance(other, Dual):
            return Dual(self.value * other, self.slope * other)
        return Dual(self.value * other.value, self.slope * other.value + self.value * other.slope)

    def __matmul__(self, other):
        if not isinstance(other, Dual):
            return Dual(self.value @ other, self.slope @ other)
        return Dual(self.value @ other.value, self.slope @ other.value + self.value @ other.slope)

    @property
    def T(self):
        """The transposed matrix."""
        return Dual(self.value.T, self.slope.swapaxes(1, 2))

    def tanh(self):
        """Entry by entry."""
        h = np.tanh(self.value)
        return Dual(h, (1 - h * h) * self.slope)

    def sum(self):
        """Over a matrix."""
        return Dual(self.value.sum(), self.slope.sum(axis=(1, 2)))


def dual_numbers(net):
    """Slopes of the states by every variable travel forward with the states."""
    variables = net.variables()
    rows = as_rows(variables)
    ways = directions(rows)
    moved = {name: Dual(value, ways[name]) for name, value in rows.items()}
    moved["x"] = [Dual(x_t, ways["x"][:, t]) for t, x_t in enumerate(net.x)]
    return by_name(variables, net.loss(moved).slope)


def autograd(net):
    """The course's own automatic differentiation."""
    variables = net.variables()
    leaves = {name: Tensor(value) for name, value in as_rows(variables).items() if name != "x"}
    leaves["x"] = [Tensor(x_t) for x_t in net.x]
    net.loss(leaves).backward()
    grads = {name: np.array([leaf.grad for leaf in leaves["x"]]) if name == "x" else leaves[name].grad
             for name in variables}
    return {name: grads[name].reshape(value.shape) for name, value in variables.items()}


# Forms: other numbers.

def with_numbers(dtype, form):
    """The form with all arrays in another precision."""
    def calculate(net):
        params = {name: value.astype(dtype) for name, value in net.params.items()}
        cache = net.kept(lambda array: array.astype(dtype))
        return form(type(net)(params, cache, net.dy.astype(dtype), net.beyond.astype(dtype)))

    return calculate


FORMS = {
    "a loop, every sum in it": loop,
    "recursion that remembers, einsum": recursion,
    "Jacobians as matrices": jacobians,
    "Jacobians measured step by step": measured_jacobians,
    "one linear system": linear_system,
    "sweeps over all steps at once": sweeps,
    "a walk for each loss": walk_for_each_loss,
    "output units apart": output_units_apart,
    "doubling": doubling,
    "maps composed by halves": composed_maps,
    "a generator": generator,
    "itertools.accumulate, tensordot": accumulate,
    "a stack of closures, running totals": tape,
    "a layer for every step": layers,
    "dicts by step, a list and sum()": dict_by_step,
    "a sorted graph, Kronecker products": sorted_graph,
    "time turned round, math.fsum": time_turned_round,
    "in place in copies": in_place,
    "columns": in_columns,
    "batch first": batch_first,
    "one sequence after the other": sequence_by_sequence,
    "run forward again, weights copied for every step": run_again,
    "checkpoints": checkpoints,
    "halves of halves": halves_of_halves,
    "recursion, one matrix beside [h, x, 1]": stacked,
    "complex step, all entries at once": complex_step,
    "dual numbers": dual_numbers,
    "autograd": autograd,
    "long doubles": with_numbers(np.longdouble, loop),
    "float32": with_numbers(np.float32, jacobians),
}


def containers(names):
    """Ways to hand a dict of gradients back. names: in the order that the exercise lists."""
    row, record = namedtuple("Row", names), make_dataclass("Record", names)
    return [dict, OrderedDict, lambda grads: row(**grads), lambda grads: record(**grads),
            lambda grads: SimpleNamespace(**grads), lambda grads: tuple(grads[name] for name in names),
            lambda grads: {f"d{name.removeprefix('d')}": grads[name] for name in reversed(names)},
            lambda grads: [grads[name].tolist() for name in names]]


def in_turn(answers, names):
    """{words: answer that returns a dict} with the containers taking turns."""
    def handed_back(answer, container):
        return lambda *arguments: container(answer(*arguments))

    return {words: handed_back(answer, container)
            for (words, answer), container in zip(answers.items(), itertools.cycle(containers(names)))}


# Exercises, and how each form becomes an answer: (what is asked for, the adapter, which forms).

def plain(params, x, h, dy, beyond=0.0):
    """The plain network, for a batch."""
    return Network(params, rnn.Cache(x, h, dy, "tanh", False), dy, beyond)


def one_sequence(params, x, h, dy):
    """The plain network, for one sequence."""
    return plain(params, x[:, None], h[:, None], dy[:, None])


def without_batch(grads):
    """The gradients of a batch of one as those of a sequence."""
    return {**grads, "x": grads["x"][:, 0], "h0": grads["h0"][0]}


def only_last(dy, T):
    """dy of all steps, where the last alone has an output."""
    return np.concatenate([np.zeros((T - 1, *dy.shape)), dy[None]])


def of_states(form):
    """3.6: x_t stands for all that a_t holds besides W_hh h_{t-1}, so that its gradient is da_t."""
    def answer(dy, h, W_hy, W_hh):
        H, O = len(W_hh), len(W_hy)
        params = {"W_hh": W_hh, "W_xh": np.eye(H), "W_hy": W_hy, "b_h": np.zeros(H), "b_y": np.zeros(O)}
        grads = without_batch(form(one_sequence(params, np.arctanh(h[1:]) - h[:-1] @ W_hh.T, h, dy)))
        slopes = 1 - h[1:].astype(grads["x"].dtype) ** 2        # rounded as the form has rounded them
        return np.vstack([grads["h0"], grads["x"] / slopes])

    return answer


def of_pieces(form):
    """7.3: each piece by itself."""
    def answer(params, x, h, dy, k):
        pieces = [form(one_sequence(params, x[t:t + k], h[t:t + k + 1], dy[t:t + k]))
                  for t in range(0, len(x), k)]
        return without_batch(put_together(one_sequence(params, x, h, dy), pieces))

    return answer


def of_one_step(form):
    """4.1: a sequence of one step, and a gradient from beyond it."""
    def answer(params, x, h_prev, h, dy, dh_later):
        net = plain(params, x[None, None], np.stack([h_prev, h])[:, None], dy[None, None], dh_later[None])
        grads = without_batch(form(net))
        return {**{name: grads[name] for name in params}, "x": grads["x"][0], "h_prev": grads["h0"]}

    return answer


def of_one_lstm_step(form):
    """8.4: h_{t-1} = 0, and x_t is the pre-activation itself, so that its gradient is da_t."""
    def answer(W_hh, i, f, g, o, c_prev, dh, dc_later):
        H, a = len(i), np.concatenate([np.arctanh(2 * i - 1) * 2, np.arctanh(2 * f - 1) * 2, np.arctanh(g),
                                       np.arctanh(2 * o - 1) * 2])
        params = {"W_hh": W_hh, "W_xh": np.eye(4 * H), "W_hy": np.eye(H), "b_h": np.zeros(4 * H),
                  "b_y": np.zeros(H)}
        cache = lstm.forward(params, a[None, None], (np.zeros((1, H)), c_prev[None]))
        grads = form(LSTM(params, cache, dh[None, None], np.concatenate([0 * dc_later, dc_later])[None]))
        return {"da": grads["x"][0, 0], "dh_prev": grads["h0"][0], "dc_prev": grads["c0"][0]}

    return answer


def of_segments(form):
    """7.8: each segment of s steps is run again, and sent back by the form."""
    def answer(forward, params, x, target, h0, s):
        first, dstate, loss, segments = {0: h0}, 0.0, 0.0, []
        for t in range(0, len(x) - s, s):
            first[t + s] = forward(params, x[t:t + s], first[t]).state
        while first:
            t, state = first.popitem()
            cache = forward(params, x[t:t + s], state)
            value, dy = losses.squared_error(cache.y, target[t:t + s])
            segments.insert(0, form(plain(params, cache.x, cache.h, dy, dstate)))
            loss, dstate = loss + value, segments[0]["h0"]
        return loss, put_together(plain(params, cache.x, cache.h, dy), segments)

    return answer


class Decays(Network):
    """9.6: h_t = a_t h_{t-1} + b_t, for one sequence; what stands for x is b."""

    def __init__(self, a, h0, h, g):
        one = np.eye(len(h0))
        cache = namedtuple("Cache", ["x", "h", "a"])(g[:, None], np.vstack([h0, h])[:, None], a[:, None])
        super().__init__({"W_xh": one, "W_hy": one}, cache, g[:, None])

    def pull(self, t, ds):
        return ds, ds, self.cache.a[t - 1] * ds


def of_decays(form):
    """9.6."""
    def answer(a, h0, h, g):
        grads = form(Decays(a, h0, h, g))
        db = grads["x"][:, 0]
        return db * np.vstack([h0, h[:-1]]), db, grads["h0"][0]

    return answer


def of_network(network):
    """4.3, 5.1, 8.5 and 8.8."""
    return lambda form: lambda params, cache, dy: form(network(params, cache, dy))


# At a single step these are forms of their own; of the others nothing is left but the step itself.
ONE_STEP = {words: FORMS[words] for words in [
    "a loop, every sum in it", "recursion that remembers, einsum", "Jacobians as matrices",
    "Jacobians measured step by step", "one linear system", "output units apart", "a layer for every step",
    "a sorted graph, Kronecker products", "time turned round, math.fsum", "columns", "batch first",
    "recursion, one matrix beside [h, x, 1]", "complex step, all entries at once", "dual numbers",
    "autograd", "long doubles", "float32"]}
# Those that need nothing but ``pull`` and work for other numbers than weights.
ALL_WALKS = {words: form for words, form in FORMS.items() if form not in (
    measured_jacobians, run_again, checkpoints, halves_of_halves, sequence_by_sequence, complex_step,
    dual_numbers, autograd) and not words.startswith(("long", "float"))}
WEIGHTS = ["W_hh", "W_xh", "W_hy", "b_h", "b_y", "x"]
GRADIENTS, GATED = [*WEIGHTS, "h0"], ["W_hh", "W_xh", "W_hy", "b_x", "b_h", "b_y", "x", "h0"]
ANSWERS = {number: in_turn({words: adapter(form) for words, form in forms.items()}, names)
           for number, names, forms, adapter in [
    ("4.1", [*WEIGHTS, "h_prev"], ONE_STEP, of_one_step),
    ("4.2", GRADIENTS, FORMS, lambda form: lambda *sequence: without_batch(form(one_sequence(*sequence)))),
    ("4.3", GRADIENTS, FORMS, of_network(Network)),
    ("4.7", GRADIENTS, FORMS, lambda form: lambda params, x, h, dy: without_batch(
        form(one_sequence(params, x, h, only_last(dy, len(x)))))),
    ("4.8", GRADIENTS, FORMS, lambda form: lambda params, x, h, dy: form(
        plain(params, x, h, only_last(dy, len(x))))),
    ("5.1", GRADIENTS, FORMS, of_network(Network)),
    ("7.3", GRADIENTS, FORMS, of_pieces),
    ("8.4", ["da", "dh_prev", "dc_prev"], ONE_STEP, of_one_lstm_step),
    ("8.5", [*GRADIENTS, "c0"], FORMS, of_network(LSTM)),
    ("8.8", GATED, FORMS, of_network(GRU)),
]}
ANSWERS |= {number: {words: adapter(form) for words, form in forms.items()} for number, forms, adapter in [
    ("3.6", FORMS, of_states), ("7.8", FORMS, of_segments), ("9.6", ALL_WALKS, of_decays)]}
