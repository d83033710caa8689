"""The LSTM (long short-term memory), forward and backward by hand.

    i_t = sigmoid(W_xi x_t + W_hi h_{t-1} + b_i)      input gate: how much to write
    f_t = sigmoid(W_xf x_t + W_hf h_{t-1} + b_f)      forget gate: how much to keep
    g_t = tanh(W_xg x_t + W_hg h_{t-1} + b_g)         candidate: what to write
    o_t = sigmoid(W_xo x_t + W_ho h_{t-1} + b_o)      output gate: how much to show
    c_t = f_t * c_{t-1} + i_t * g_t                   cell state: the memory
    h_t = o_t * tanh(c_t)                             hidden state: what the rest of the network sees
    y_t = W_hy h_t + b_y                              output

Three verbs, as in ``rnn``: ``init``, ``forward``, ``backward``. The state is the pair (h, c).
Sizes: T time steps, B sequences in the batch, D inputs, H hidden units, O outputs. Weights have
the layout of PyTorch's nn.LSTM: the blocks for i, f, g, o stand below one another in W_xh (4H, D),
W_hh (4H, H) and b_h (4H,). (PyTorch has a second bias, which is added to the first; here one is enough.)

Sources: Hochreiter and Schmidhuber (1997); the forget gate from Gers, Schmidhuber and Cummins (2000).
The paper of 1997 does not send the gradient back through the pre-activations to h_{t-1}; the full gradient,
as here, is in Graves and Schmidhuber (2005)."""

from typing import NamedTuple

import numpy as np

from helpers import readout, validate
from helpers.activations import sigmoid, sigmoid_slope, tanh, tanh_slope
from helpers.hints import Any, Array, Grads, Params, Shape


class Cache(NamedTuple):
    """What the forward pass keeps for the backward pass.
    x: inputs, (T, B, D). x[t-1] is the maths' x_t, because inputs start at t = 1.
    h, c: hidden and cell states, (T+1, B, H). h[0], c[0] are h0 and c0; h[t], c[t] are the maths' h_t
    and c_t. i, f, g, o: gates and candidate, (T, B, H). i[t-1] is the maths' i_t.
    y: outputs, (T, B, O). y[t-1] is the maths' y_t.
    learned: which of "h0", "c0" came from params, shared by all sequences."""

    x: np.ndarray
    h: np.ndarray
    c: np.ndarray
    i: np.ndarray
    f: np.ndarray
    g: np.ndarray
    o: np.ndarray
    y: np.ndarray
    learned: tuple

    @property
    def state(self) -> tuple[Array, Array]:
        """The pair (h, c) after the last step, (B, H) each: hand it to the next call to go on where this one
        stopped."""
        return self.h[-1], self.c[-1]


def init(D: int, H: int, O: int, rng: np.random.Generator, dtype: type = np.float64,
         forget_bias: float = 1.0) -> Params:
    """Random weights and zero biases, but for the forget gate's.
    D, H, O: numbers of inputs, hidden units and outputs. rng: a numpy Generator.
    Each weight is drawn from a normal distribution with standard deviation 1/sqrt(columns).
    forget_bias: the forget gate's first bias. With 1 the gate starts near 0.73 and not 1/2,
    so that a new network remembers (Jozefowicz, Zaremba and Sutskever 2015).
    Returns a dict: W_hh (4H, H), W_xh (4H, D), W_hy (O, H), b_h (4H,), b_y (O,)."""
    def weights(rows, columns):
        return (rng.standard_normal((rows, columns)) / np.sqrt(columns)).astype(dtype)
    for name, size in (("D", D), ("H", H), ("O", O)):
        validate.count(name, size)
    validate.generator("rng", rng)
    validate.number("forget_bias", forget_bias)
    params = {"W_hh": weights(4 * H, H), "W_xh": weights(4 * H, D), "W_hy": weights(O, H),
              "b_h": np.zeros(4 * H, dtype), "b_y": np.zeros(O, dtype)}
    _, b_f, _, _ = blocks(params["b_h"])
    b_f += forget_bias
    return params


def forward(params: Params, x: Array, state: tuple[Array, Array] | None = None) -> Cache:
    """Run the network over a batch of sequences.
    params: W_hh (4H, H), W_xh (4H, D), W_hy (O, H), b_h (4H,), b_y (O,), and optionally learned first states
    h0 (H,), c0 (H,). x: inputs, (T, B, D).
    state: the first state, a pair (h0, c0) of (B, H) arrays, such as another Cache's state. If None:
    the learned params["h0"] and params["c0"] for every sequence, zeros for the one that is not there.
    Returns a Cache. Raises TypeError or ValueError for bad input, naming the argument."""
    check_params(params)
    H = params["W_hh"].shape[1]
    T, B, _ = validate.floats("x", x, ("T", "B", params["W_xh"].shape[1])).shape
    learned = tuple(name for name in ("h0", "c0") if state is None and name in params)
    h0, c0 = first_state(params, state, (B, H))
    dtype = np.result_type(x, h0, c0, *params.values())
    h, c = (np.empty((T + 1, B, H), dtype) for _ in range(2))
    i, f, g, o = (np.empty((T, B, H), dtype) for _ in range(4))
    h[0], c[0] = h0, c0
    from_x = x @ params["W_xh"].T + params["b_h"]                       # needs no state: all steps at once
    W_hh_T = params["W_hh"].T.copy()
    for t in range(1, T + 1):                                           # one product serves all four blocks
        a_i, a_f, a_g, a_o = blocks(from_x[t - 1] + h[t - 1] @ W_hh_T)
        i[t - 1], f[t - 1], g[t - 1], o[t - 1] = sigmoid(a_i), sigmoid(a_f), tanh(a_g), sigmoid(a_o)
        c[t] = f[t - 1] * c[t - 1] + i[t - 1] * g[t - 1]
        h[t] = o[t - 1] * tanh(c[t])
    return Cache(x, h, c, i, f, g, o, readout.forward(params, h[1:]), learned)


def backward(params: Params, cache: Cache, dy: Array, dstate: tuple[Array, Array] | None = None) -> Grads:
    """Backpropagation through time: all gradients of the loss.
    params, cache: as given to and returned by ``forward``. dy: dL/dy, (T, B, O).
    dstate: gradient that reaches the last state from beyond the sequence, a pair (dh, dc) of (B, H) arrays;
    None for zero.
    Returns a dict with the gradient of every parameter, of x (T, B, D), of h0 and of c0.
    Each has its variable's shape; those of h0 and c0 are (B, H), or (H,) where the first state is learned."""
    dy = validate.floats("dy", dy, cache.y.shape)
    dh, grads = readout.backward(params, cache.h[1:], dy)
    dh, dc, da = through_time(params, cache, dh, dstate)
    grads["W_hh"] = readout.sum_of_outer_products(da, cache.h[:-1])
    grads["W_xh"] = readout.sum_of_outer_products(da, cache.x)
    grads["b_h"] = readout.sum_of_steps(da)
    grads["x"] = da @ params["W_xh"]
    for name, first in (("h0", dh[0]), ("c0", dc[0])):
        grads[name] = first.sum(axis=0) if name in cache.learned else first
    return grads


def through_time(params: Params, cache: Cache, dh_direct: Array,
                 dstate: tuple[Array, Array] | None = None) -> tuple[Array, Array, Array]:
    """The backward recursion. Two gradients travel: through the cell state, and through the hidden state.

        dL/dc_t = f_{t+1} * dL/dc_{t+1} + o_t * (1 - tanh(c_t)^2) * dL/dh_t
        dL/dh_t = direct effect + W_hh^T dL/da_{t+1}

    Along c nothing but the forget gate multiplies: with f = 1 the gradient arrives as it left
    (the constant error carousel).

    dh_direct: what each state's own output contributes, (T, B, H). dstate: see ``backward``.
    Returns (dh, dc, da): dh, dc (T+1, B, H) with dh[t] = dL/dh_t and dc[t] = dL/dc_t,
    and da (T, B, 4H) with da[t-1] = dL/da_t, the gradient of the four pre-activations."""
    i, f, g, o = cache.i, cache.f, cache.g, cache.o
    T = len(dh_direct)
    dh = np.zeros((T + 1, *dh_direct.shape[1:]), np.result_type(dh_direct, cache.h))
    dc = np.zeros_like(dh)
    dh[1:] = dh_direct
    if dstate is not None:
        dh_beyond, dc_beyond = check_pair("dstate", dstate, dh[T].shape)
        dh[T] += dh_beyond
        dc[T] += dc_beyond
    tanh_c = tanh(cache.c[1:])
    c_slope = o * tanh_slope(tanh_c)                        # dh_t/dc_t
    # slopes need no gradient: all steps at once
    da = np.concatenate([g * sigmoid_slope(i),              # dc_t/da_i
                         cache.c[:-1] * sigmoid_slope(f),   # dc_t/da_f
                         i * tanh_slope(g),                 # dc_t/da_g
                         tanh_c * sigmoid_slope(o)], axis=-1)                   # dh_t/da_o
    da_i, da_f, da_g, da_o = blocks(da)
    for t in range(T, 0, -1):
        dc[t] += c_slope[t - 1] * dh[t]
        da_i[t - 1] *= dc[t]                                # i, f and g act through c_t
        da_f[t - 1] *= dc[t]
        da_g[t - 1] *= dc[t]
        da_o[t - 1] *= dh[t]                                # o acts on h_t only
        dc[t - 1] = f[t - 1] * dc[t]
        dh[t - 1] += da[t - 1] @ params["W_hh"]
    return dh, dc, da


def blocks(a: Array) -> tuple[Array, ...]:
    """The parts of a that belong to i, f, g and o: four views, one after another on the last axis.
    a: (..., 4H)."""
    H = a.shape[-1] // 4
    return a[..., :H], a[..., H:2 * H], a[..., 2 * H:3 * H], a[..., 3 * H:]


def first_state(params: Params, state: tuple[Array, Array] | None,
                shape: Shape) -> tuple[Array | float, Array | float]:
    """The pair that starts the sequence: state if given, else the learned params["h0"], params["c0"] (H,),
    else zeros.

    shape: (B, H)."""
    if state is not None:
        return check_pair("state", state, shape)
    return params.get("h0", 0.0), params.get("c0", 0.0)


def check_pair(name: str, value: Any, shape: Shape) -> tuple[Array, Array]:
    """Raise a clear error unless value is a pair, (h, c) or (dh, dc), of arrays of this shape; return it."""
    if not isinstance(value, tuple) or len(value) != 2:
        received = f"{len(value)} of them" if isinstance(value, tuple) else type(value).__name__
        raise TypeError(f"{name} must be a tuple of two arrays, one for h and one for c, "
                        f"of shape {validate.describe(shape)} each; received {received}.")
    h, c = value
    return validate.floats(f"{name}[0]", h, shape), validate.floats(f"{name}[1]", c, shape)


def check_params(params: Params) -> None:
    """Raise a clear error unless params holds all five arrays (and maybe h0, c0), in fitting shapes."""
    validate.names("params", params, ("W_hh", "W_xh", "W_hy", "b_h", "b_y"), ("h0", "c0"))
    H = validate.array("params['W_hh']", params["W_hh"], ("4H", "H")).shape[1]
    O = validate.array("params['W_hy']", params["W_hy"], ("O", H)).shape[0]
    shapes = {"W_hh": (4 * H, H), "W_xh": (4 * H, "D"), "W_hy": (O, H), "b_h": (4 * H,), "b_y": (O,),
              "h0": (H,), "c0": (H,)}
    for name, shape in shapes.items():
        if name in params:
            validate.floats(f"params[{name!r}]", params[name], shape)
