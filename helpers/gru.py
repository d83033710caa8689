"""The GRU (gated recurrent unit), forward and backward by hand.

    r_t = sigmoid(W_xr x_t + b_xr + W_hr h_{t-1} + b_hr)  reset gate: how much of the past the candidate sees
    z_t = sigmoid(W_xz x_t + b_xz + W_hz h_{t-1} + b_hz)  update gate: how much of the old state to keep
    m_t = W_hn h_{t-1} + b_hn                             the past, as the candidate would see it
    n_t = tanh(W_xn x_t + b_xn + r_t * m_t)               candidate: the new state
    h_t = (1 - z_t) * n_t + z_t * h_{t-1}                 hidden state: between the candidate
                                                          and the old state
    y_t = W_hy h_t + b_y                                  output

Three verbs, as in ``rnn``: ``init``, ``forward``, ``backward``. The state is h.
Sizes: T time steps, B sequences in the batch, D inputs, H hidden units, O outputs. Weights have the layout
of PyTorch's nn.GRU: the blocks for r, z, n stand below one another in W_xh (3H, D), W_hh (3H, H),
b_x (3H,) and b_h (3H,). There are two biases because the reset gate multiplies b_hn and not b_xn.

Source: Cho et al. (2014), "Learning phrase representations using RNN encoder-decoder", section 2.3.
Two things differ between texts:

- Where the reset gate stands. Here, as in PyTorch and cuDNN, it multiplies the product:
  r_t * (W_hn h_{t-1} + b_hn). In the published paper it multiplies the state: W_hn (r_t * h_{t-1}).
  The two networks are different and their weights cannot be exchanged; they agree where r_t = 1.
  Here one product W_hh h_{t-1} per step serves all three blocks; there W_hn has to wait for r_t,
  and da_n goes back through W_hn before it meets r_t: dL/dr_t = (W_hn^T dL/da_n) * h_{t-1}.
- Which end of the update gate is which. Here, as in the paper and in PyTorch, z = 1 keeps the old state.
  Some texts (Chung et al. 2014 among them) let z = 1 take the candidate."""

from typing import NamedTuple

import numpy as np

from helpers import readout, rnn, validate
from helpers.activations import sigmoid, sigmoid_slope, tanh, tanh_slope
from helpers.hints import Array, Grads, Params


class Cache(NamedTuple):
    """What the forward pass keeps for the backward pass.
    x: inputs, (T, B, D). x[t-1] is the maths' x_t, because inputs start at t = 1.
    h: hidden states, (T+1, B, H). h[0] is h0 and h[t] is the maths' h_t.
    r, z, m, n: gates, the past and the candidate, (T, B, H). r[t-1] is the maths' r_t.
    y: outputs, (T, B, O). y[t-1] is the maths' y_t.
    learned_h0: True if h0 came from params, shared by all sequences."""

    x: np.ndarray
    h: np.ndarray
    r: np.ndarray
    z: np.ndarray
    m: np.ndarray
    n: np.ndarray
    y: np.ndarray
    learned_h0: bool

    @property
    def state(self) -> Array:
        """The state after the last step, shape (B, H): hand it to the next call to go on where this one
        stopped."""
        return self.h[-1]


def init(D: int, H: int, O: int, rng: np.random.Generator, dtype: type = np.float64) -> Params:
    """Random weights and zero biases.
    D, H, O: numbers of inputs, hidden units and outputs. rng: a numpy Generator.
    Each weight is drawn from a normal distribution with standard deviation 1/sqrt(columns).
    Returns a dict: W_hh (3H, H), W_xh (3H, D), W_hy (O, H), b_x (3H,), b_h (3H,), b_y (O,)."""
    def weights(rows, columns):
        return (rng.standard_normal((rows, columns)) / np.sqrt(columns)).astype(dtype)
    for name, size in (("D", D), ("H", H), ("O", O)):
        validate.count(name, size)
    validate.generator("rng", rng)
    return {"W_hh": weights(3 * H, H), "W_xh": weights(3 * H, D), "W_hy": weights(O, H),
            "b_x": np.zeros(3 * H, dtype), "b_h": np.zeros(3 * H, dtype), "b_y": np.zeros(O, dtype)}


def forward(params: Params, x: Array, state: Array | None = None) -> Cache:
    """Run the network over a batch of sequences.
    params: W_hh (3H, H), W_xh (3H, D), W_hy (O, H), b_x (3H,), b_h (3H,), b_y (O,), and optionally a learned
    h0 (H,). x: inputs, (T, B, D).
    state: first state h0, (B, H). If None: the learned params["h0"] for every sequence if there is one,
    else zeros. Returns a Cache. Raises TypeError or ValueError for bad input, naming the argument."""
    check_params(params)
    H = params["W_hh"].shape[1]
    T, B, _ = validate.floats("x", x, ("T", "B", params["W_xh"].shape[1])).shape
    learned_h0 = state is None and "h0" in params
    h0 = rnn.first_state(params, state, (B, H))
    dtype = np.result_type(x, h0, *params.values())
    h = np.empty((T + 1, B, H), dtype)
    r, z, m, n = (np.empty((T, B, H), dtype) for _ in range(4))
    h[0] = h0
    x_r, x_z, x_n = blocks(x @ params["W_xh"].T + params["b_x"])        # needs no state: all steps at once
    W_hh_T = params["W_hh"].T.copy()
    for t in range(1, T + 1):                                           # one product serves all three blocks
        h_r, h_z, m[t - 1] = blocks(h[t - 1] @ W_hh_T + params["b_h"])
        r[t - 1] = sigmoid(x_r[t - 1] + h_r)
        z[t - 1] = sigmoid(x_z[t - 1] + h_z)
        n[t - 1] = tanh(x_n[t - 1] + r[t - 1] * m[t - 1])
        h[t] = (1 - z[t - 1]) * n[t - 1] + z[t - 1] * h[t - 1]
    return Cache(x, h, r, z, m, n, readout.forward(params, h[1:]), learned_h0)


def backward(params: Params, cache: Cache, dy: Array, dstate: Array | None = None) -> Grads:
    """Backpropagation through time: all gradients of the loss.
    params, cache: as given to and returned by ``forward``.
    dy: dL/dy, (T, B, O).
    dstate: gradient that reaches the last state from beyond the sequence, (B, H); None for zero.
    Returns a dict with the gradient of every parameter, of x (T, B, D) and of h0.
    Each has its variable's shape; h0's is (B, H), or (H,) where h0 is learned."""
    dy = validate.floats("dy", dy, cache.y.shape)
    dh, grads = readout.backward(params, cache.h[1:], dy)
    dh, da_x, da_h = through_time(params, cache, dh, dstate)
    grads["W_hh"] = readout.sum_of_outer_products(da_h, cache.h[:-1])
    grads["W_xh"] = readout.sum_of_outer_products(da_x, cache.x)
    grads["b_h"] = readout.sum_of_steps(da_h)
    grads["b_x"] = readout.sum_of_steps(da_x)
    grads["x"] = da_x @ params["W_xh"]
    grads["h0"] = dh[0].sum(axis=0) if cache.learned_h0 else dh[0]
    return grads


def through_time(params: Params, cache: Cache, dh_direct: Array,
                 dstate: Array | None = None) -> tuple[Array, Array, Array]:
    """The backward recursion. Two ways lead back from h_{t+1} to h_t: past everything through z,
    and through the weights.

        dL/dh_t = direct effect + z_{t+1} * dL/dh_{t+1} + W_hh^T dL/d(W_hh h_t)

    dh_direct: what each state's own output contributes, (T, B, H). dstate: see ``backward``.
    Returns (dh, da_x, da_h): dh (T+1, B, H) with dh[t] = dL/dh_t; da_x and da_h (T, B, 3H),
    the gradients of W_xh x_t + b_x and of W_hh h_{t-1} + b_h. Their r and z blocks are the same;
    their n blocks differ by the factor r_t."""
    r, z, m, n = cache.r, cache.z, cache.m, cache.n
    T = len(dh_direct)
    dh = np.zeros((T + 1, *dh_direct.shape[1:]), np.result_type(dh_direct, cache.h))
    dh[1:] = dh_direct
    if dstate is not None:
        dh[T] += validate.floats("dstate", dstate, dh[T].shape)
    n_slope = (1 - z) * tanh_slope(n)               # dh_t/da_n; slopes need no gradient: all steps at once
    da_h = np.concatenate([n_slope * m * sigmoid_slope(r),                      # dh_t/da_r
                           (cache.h[:-1] - n) * sigmoid_slope(z),               # dh_t/da_z
                           n_slope * r], axis=-1)                               # dh_t/dm_t
    da_r, da_z, dm = blocks(da_h)
    for t in range(T, 0, -1):
        da_r[t - 1] *= dh[t]
        da_z[t - 1] *= dh[t]
        dm[t - 1] *= dh[t]
        dh[t - 1] += z[t - 1] * dh[t] + da_h[t - 1] @ params["W_hh"]
    da_x = np.concatenate([da_r, da_z, n_slope * dh[1:]], axis=-1)
    return dh, da_x, da_h


def blocks(a: Array) -> tuple[Array, ...]:
    """The parts of a that belong to r, z and n: three views, one after another on the last axis.
    a: (..., 3H)."""
    H = a.shape[-1] // 3
    return a[..., :H], a[..., H:2 * H], a[..., 2 * H:]


def check_params(params: Params) -> None:
    """Raise a clear error unless params holds all six arrays (and maybe h0) in shapes that fit together."""
    validate.names("params", params, ("W_hh", "W_xh", "W_hy", "b_x", "b_h", "b_y"), ("h0",))
    H = validate.array("params['W_hh']", params["W_hh"], ("3H", "H")).shape[1]
    O = validate.array("params['W_hy']", params["W_hy"], ("O", H)).shape[0]
    shapes = {"W_hh": (3 * H, H), "W_xh": (3 * H, "D"), "W_hy": (O, H), "b_x": (3 * H,), "b_h": (3 * H,),
              "b_y": (O,), "h0": (H,)}
    for name, shape in shapes.items():
        if name in params:
            validate.floats(f"params[{name!r}]", params[name], shape)
