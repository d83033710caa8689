"""Who is compared: forward, softmax cross-entropy summed over all steps, and backward to all parameters.

Each rival is a function of a ``Problem``. It prepares what may be prepared once
(parameters in its own form, compiled code, buffers), and returns a function without arguments: one pass,
which returns (loss, gradients) under the course's names.
"""

from typing import NamedTuple

import numpy as np

from helpers import gru, losses, lstm, rnn
from helpers.fast import gru as fast_gru, lstm as fast_lstm, rnn as fast

SIZES = {"tiny": dict(T=25, B=1, D=65, H=100, O=65),
         "course": dict(T=50, B=32, D=16, H=128, O=10),
         "large": dict(T=500, B=64, D=64, H=256, O=64)}
FAST = {rnn: fast, lstm: fast_lstm, gru: fast_gru}


class Problem(NamedTuple):
    """cell: ``rnn``, ``lstm`` or ``gru``. params: dict. x: (T, B, D). target: classes, (T, B)."""

    cell: object
    params: dict
    x: np.ndarray
    target: np.ndarray


def problem(T, B, D, H, O, dtype=np.float64, cell=rnn):
    """A random Problem; in float32 the same numbers as in float64, to rounding."""
    rng = np.random.default_rng(0)
    params = {name: p.astype(dtype) for name, p in cell.init(D, H, O, rng).items()}
    return Problem(cell, params, rng.standard_normal((T, B, D)).astype(dtype), rng.integers(0, O, (T, B)))


def name_of(cell):
    """``RNN``, ``LSTM`` or ``GRU``."""
    return cell.__name__.split(".")[-1].upper()


def course_fast(p):
    """The cell's fast verb, its buffers used again."""
    buffers = {}
    return lambda: FAST[p.cell].loss_and_gradients(p.params, p.x, p.target, buffers=buffers)


def course_plain(p):
    """The plain verbs, as they are taught."""
    def run():
        cache = p.cell.forward(p.params, p.x)
        value, dy = losses.cross_entropy(cache.y, p.target)
        return value, p.cell.backward(p.params, cache, dy)

    return run


def per_step(p):
    """Everything inside the time loop, one step of the whole batch after the other, as in Karpathy's
    min-char-rnn (2015)."""
    W_hh, W_xh, W_hy, b_h, b_y = (p.params[name] for name in ("W_hh", "W_xh", "W_hy", "b_h", "b_y"))
    T, B, _ = p.x.shape
    every = np.arange(B)

    def run():
        h, probability, loss = {0: np.zeros((B, len(W_hh)), p.x.dtype)}, {}, 0.0
        for t in range(1, T + 1):
            h[t] = np.tanh(p.x[t - 1] @ W_xh.T + h[t - 1] @ W_hh.T + b_h)
            y = h[t] @ W_hy.T + b_y
            exp = np.exp(y - y.max(axis=1, keepdims=True))
            probability[t] = exp / exp.sum(axis=1, keepdims=True)
            loss -= np.log(probability[t][every, p.target[t - 1]]).sum()
        grads = {name: np.zeros_like(value) for name, value in p.params.items()}
        dh_next = np.zeros_like(h[0])
        for t in range(T, 0, -1):
            dy = probability[t]
            dy[every, p.target[t - 1]] -= 1
            grads["W_hy"] += dy.T @ h[t]
            grads["b_y"] += dy.sum(axis=0)
            da = (1 - h[t] * h[t]) * (dy @ W_hy + dh_next)
            grads["W_hh"] += da.T @ h[t - 1]
            grads["W_xh"] += da.T @ p.x[t - 1]
            grads["b_h"] += da.sum(axis=0)
            dh_next = da @ W_hh
        return loss, grads

    return run


def pytorch(p):
    """nn.RNN, nn.LSTM or nn.GRU, a linear read-out, and autograd."""
    import torch
    H, (O, _), D = p.params["W_hh"].shape[1], p.params["W_hy"].shape, p.x.shape[2]
    x, target = torch.tensor(p.x), torch.tensor(p.target.reshape(-1))
    net = getattr(torch.nn, name_of(p.cell))(D, H, dtype=x.dtype)
    readout = torch.nn.Linear(H, O, dtype=x.dtype)
    own = {"W_hh": net.weight_hh_l0, "W_xh": net.weight_ih_l0, "b_h": net.bias_hh_l0, "b_x": net.bias_ih_l0,
           "W_hy": readout.weight, "b_y": readout.bias}
    with torch.no_grad():
        for name, tensor in own.items():
            tensor.copy_(torch.tensor(p.params[name]) if name in p.params else torch.zeros_like(tensor))

    def run():
        for tensor in own.values():
            tensor.grad = None
        y = readout(net(x)[0])
        loss = torch.nn.functional.cross_entropy(y.reshape(-1, O), target, reduction="sum")
        loss.backward()
        return loss.item(), {name: own[name].grad.numpy() for name in p.params}

    return run


def sequence_loss(np, scan):
    """The loss of the plain network for an autograd library: its own ``np``,
    and ``scan(step, first, inputs) -> states``."""
    def loss(params, x, target, one_hot):
        from_x = x @ params["W_xh"].T + params["b_h"]
        h = scan(lambda h, a: np.tanh(a + h @ params["W_hh"].T), np.zeros(from_x.shape[1:], from_x.dtype),
                 from_x)
        y = h @ params["W_hy"].T + params["b_y"]
        shifted = y - np.max(y, axis=-1, keepdims=True)
        return np.sum(np.log(np.sum(np.exp(shifted), axis=-1))) - np.sum(shifted * one_hot)

    return loss


def jax(p):
    """jit of value_and_grad of a lax.scan; compiled before it is timed."""
    import jax
    jax.config.update("jax_enable_x64", True)

    def scan(step, first, inputs):
        def twice(h, a):
            h = step(h, a)
            return h, h
        return jax.lax.scan(twice, first, inputs)[1]

    run = jax.jit(jax.value_and_grad(sequence_loss(jax.numpy, scan)))
    given = jax.device_put((p.params, p.x, p.target, np.eye(len(p.params["b_y"]), dtype=p.x.dtype)[p.target]))
    return lambda: jax.block_until_ready(run(*given))


def autograd(p):
    """HIPS autograd: a Python loop that it traces anew at each call."""
    import autograd

    def scan(step, h, inputs):
        states = []
        for a in inputs:
            h = step(h, a)
            states.append(h)
        return autograd.numpy.stack(states)

    run = autograd.value_and_grad(sequence_loss(autograd.numpy, scan))
    one_hot = np.eye(len(p.params["b_y"]), dtype=p.x.dtype)[p.target]
    return lambda: run(p.params, p.x, p.target, one_hot)


def installed(rivals, p):
    """The rivals that can run here, ready to go: a dict from the name to a function without arguments.

    Raises AssertionError if one of them computes another gradient than the first one does.
    """
    ready, first, tolerance = {}, None, 1e-3 if p.x.dtype == np.float32 else 1e-11
    for rival in rivals:
        try:
            ready[rival.__name__] = rival(p)
        except ImportError:
            continue
        loss, grads = ready[rival.__name__]()
        first = first or (loss, grads)
        assert abs(loss - first[0]) <= tolerance * abs(first[0]), rival
        for name in p.params:
            received, expected = np.asarray(grads[name]), np.asarray(first[1][name])
            error = np.abs(received - expected).max() / np.abs(expected).max()
            assert error <= tolerance, (rival, name, error)
    return ready
