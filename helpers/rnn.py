"""The vanilla recurrent network, forward and backward by hand.

    a_t = W_hh h_{t-1} + W_xh x_t + b_h        pre-activation
    h_t = f(a_t)                               hidden state, f = tanh, ReLU or identity
    y_t = W_hy h_t + b_y                       output

Three verbs, shared by every cell of the course: ``init``, ``forward``, ``backward``.
Sizes: T time steps, B sequences in the batch, D inputs, H hidden units, O outputs.
Weights have the layout of PyTorch's nn.RNN. Sources: Elman (1990); Werbos (1990) for the backward pass."""

from typing import NamedTuple

import numpy as np

from helpers import activations, former_names, readout, validate
from helpers.hints import Array, Grads, Params, Shape


class Cache(NamedTuple):
    """What the forward pass keeps for the backward pass.
    x: inputs, (T, B, D). x[t-1] is the maths' x_t, because inputs start at t = 1.
    h: hidden states, (T+1, B, H). h[0] is h0 and h[t] is the maths' h_t.
    y: outputs, (T, B, O). y[t-1] is the maths' y_t.
    activation: the name of f.
    learned_h0: True if h0 came from params, shared by all sequences."""

    x: np.ndarray
    h: np.ndarray
    y: np.ndarray
    activation: str
    learned_h0: bool

    @property
    def state(self) -> Array:
        """The state after the last step, shape (B, H): hand it to the next call to go on where this one
        stopped."""
        return self.h[-1]


def init(D: int, H: int, O: int, rng: np.random.Generator, dtype: type = np.float64) -> Params:
    """Random weights and zero biases.
    D, H, O: numbers of inputs, hidden units and outputs. rng: a numpy Generator.
    Each weight is drawn from a normal distribution with standard deviation 1/sqrt(columns),
    so that sums over a row keep the size of what goes in.
    Returns a dict: W_hh (H, H), W_xh (H, D), W_hy (O, H), b_h (H,), b_y (O,)."""
    def weights(rows, columns):
        return (rng.standard_normal((rows, columns)) / np.sqrt(columns)).astype(dtype)
    for name, size in (("D", D), ("H", H), ("O", O)):
        validate.count(name, size)
    validate.generator("rng", rng)
    return {"W_hh": weights(H, H), "W_xh": weights(H, D), "W_hy": weights(O, H),
            "b_h": np.zeros(H, dtype), "b_y": np.zeros(O, dtype)}


@former_names.takes_h0
def forward(params: Params, x: Array, state: Array | None = None, activation: str = "tanh") -> Cache:
    """Run the network over a batch of sequences.
    params: W_hh (H, H), W_xh (H, D), W_hy (O, H), b_h (H,), b_y (O,), and optionally a learned h0 (H,).
    x: inputs, (T, B, D).
    state: first state h0, (B, H). If None: the learned params["h0"] for every sequence if there is one,
    else zeros. h0: the former name of state, still accepted as a keyword.
    activation: "tanh", "relu" or "identity".
    Returns a Cache. Raises TypeError or ValueError for bad input, naming the argument."""
    f, _ = activations.get(activation)
    check_params(params)
    T, B, _ = validate.floats("x", x, ("T", "B", params["W_xh"].shape[1])).shape
    learned_h0 = state is None and "h0" in params
    h0 = first_state(params, state, (B, len(params["W_hh"])))
    h = np.empty((T + 1, B, len(params["W_hh"])), np.result_type(x, h0, *params.values()))
    h[0] = h0
    h[1:] = x @ params["W_xh"].T + params["b_h"]                        # needs no state: all steps at once
    W_hh_T = params["W_hh"].T.copy()
    for t in range(1, T + 1):
        h[t] = f(h[t] + h[t - 1] @ W_hh_T)                              # only the recurrence needs the loop
    return Cache(x, h, readout.forward(params, h[1:]), activation, learned_h0)


def backward(params: Params, cache: Cache, dy: Array, dstate: Array | None = None) -> Grads:
    """Backpropagation through time: all gradients of the loss.
    params, cache: as given to and returned by ``forward``.
    dy: dL/dy, (T, B, O).
    dstate: gradient that reaches the last state from beyond the sequence, (B, H); None for zero.
    Returns a dict with the gradient of every parameter, of x (T, B, D) and of h0.
    Each has its variable's shape; h0's is (B, H), or (H,) where h0 is learned."""
    dy = validate.floats("dy", dy, cache.y.shape)
    dh, grads = readout.backward(params, cache.h[1:], dy)
    dh, da = through_time(params, cache, dh, dstate)
    grads["W_hh"] = readout.sum_of_outer_products(da, cache.h[:-1])
    grads["W_xh"] = readout.sum_of_outer_products(da, cache.x)
    grads["b_h"] = readout.sum_of_steps(da)
    grads["x"] = da @ params["W_xh"]
    grads["h0"] = dh[0].sum(axis=0) if cache.learned_h0 else dh[0]
    return grads


def through_time(params: Params, cache: Cache, dh_direct: Array,
                 dstate: Array | None = None) -> tuple[Array, Array]:
    """The backward recursion: dL/dh_t = direct effect + W_hh^T dL/da_{t+1}.
    dh_direct: what each state's own output contributes, (T, B, H). dstate: see ``backward``.
    Returns (dh, da): dh (T+1, B, H) with dh[t] = dL/dh_t, and da (T, B, H) with da[t-1] = dL/da_t."""
    _, slope = activations.get(cache.activation)
    T = len(dh_direct)
    dh = np.empty((T + 1, *dh_direct.shape[1:]), np.result_type(dh_direct, cache.h))
    dh[0] = 0
    dh[1:] = dh_direct
    if dstate is not None:
        dh[T] += validate.floats("dstate", dstate, dh[T].shape)
    da = slope(cache.h[1:])
    for t in range(T, 0, -1):
        da[t - 1] *= dh[t]
        dh[t - 1] += da[t - 1] @ params["W_hh"]
    return dh, da


def first_state(params: Params, state: Array | None, shape: Shape) -> Array | float:
    """The array that starts the sequence: state if given, else the learned params["h0"] (H,), else zeros.
    shape: (B, H)."""
    if state is not None:
        return validate.floats("state", state, shape)
    return params.get("h0", 0.0)


def check_params(params: Params) -> None:
    """Raise a clear error unless params holds all five arrays (and maybe h0) in shapes that fit together."""
    validate.names("params", params, ("W_hh", "W_xh", "W_hy", "b_h", "b_y"), ("h0",))
    H = validate.array("params['W_hh']", params["W_hh"], ("H", "H")).shape[0]
    O = validate.array("params['W_hy']", params["W_hy"], ("O", H)).shape[0]
    shapes = {"W_hh": (H, H), "W_xh": (H, "D"), "W_hy": (O, H), "b_h": (H,), "b_y": (O,), "h0": (H,)}
    for name, shape in shapes.items():
        if name in params:
            validate.floats(f"params[{name!r}]", params[name], shape)
