"""Forward mode: how the outputs move when the variables move along a direction.
Nothing that was computed before is kept.

Beside every state runs its tangent, the derivative of the state along the direction:

    at_t = W_hh ht_{t-1} + Wt_hh h_{t-1} + W_xh xt_t + Wt_xh x_t + bt_h
    ht_t = (1 - h_t^2) * at_t                                           (a "t" behind the letter: the tangent)
    yt_t = W_hy ht_t + Wt_hy h_t + bt_y

This is a Jacobian-vector product (JVP): the Jacobian of all outputs, times the direction.
One run answers for one direction; reverse mode, BPTT, answers for one loss and all variables.

Sources: Wengert (1964); Griewank and Walther (2008), chapter 3."""

import numpy as np

from helpers import losses, rnn, validate
from helpers.hints import Array, Grads, Iterable, Iterator, Loss, Params


def jvp(params: Params, x: Array, h0: Array, direction: dict[str, Array]) -> tuple[Array, Array]:
    """Outputs, and their derivatives along a direction, for the tanh network.
    params: W_hh (H, H), W_xh (H, D), W_hy (O, H), b_h (H,), b_y (O,). x: (T, B, D). h0: (B, H).
    direction: dict of arrays, one for each variable that moves: a parameter, "x" or "h0",
    in its variable's shape.
    Returns (y, y_tangent), both (T, B, O). Raises TypeError or ValueError for bad input,
    naming the argument."""
    y, y_tangent = zip(*stream(params, x, h0, direction))
    return np.array(y), np.array(y_tangent)


def stream(params: Params, x: Array, h0: Array,
           direction: dict[str, Array]) -> Iterator[tuple[Array, Array]]:
    """The same step by step: yields (y_t, yt_t), each (B, O). Only the current step is kept.
    Arguments as ``jvp``."""
    check(params, x, h0)
    moving = full_direction({**params, "x": x, "h0": h0}, direction)
    h, h_tangent = h0, moving["h0"]
    for x_t, x_tangent in zip(x, moving["x"]):
        a_tangent = (h_tangent @ params["W_hh"].T + h @ moving["W_hh"].T + x_tangent @ params["W_xh"].T
                     + x_t @ moving["W_xh"].T + moving["b_h"])
        h = np.tanh(h @ params["W_hh"].T + x_t @ params["W_xh"].T + params["b_h"])
        h_tangent = (1 - h ** 2) * a_tangent
        yield (h @ params["W_hy"].T + params["b_y"],
               h_tangent @ params["W_hy"].T + h @ moving["W_hy"].T + moving["b_y"])


def directional_derivative(params: Params, x: Array, target: Array, h0: Array, direction: dict[str, Array],
                           loss: Loss = losses.squared_error) -> float:
    """The derivative of the loss along a direction, one number: the gradient times the direction,
    without the gradient.

    params, x, h0, direction: as in ``jvp``. target: as ``loss`` takes it. loss: a function from ``losses``;
    the sum over all steps is meant."""
    return sum((loss(y[None], of_step[None])[1][0] * y_tangent).sum()
               for (y, y_tangent), of_step in zip(stream(params, x, h0, direction), target))


def gradients(params: Params, x: Array, target: Array, h0: Array, loss: Loss = losses.squared_error,
              names: Iterable[str] | None = None) -> Grads:
    """Gradients by forward mode: one run for each single number of each variable.
    Arguments as ``directional_derivative``.

    names: the variables that are wanted; None for every parameter, x and h0. Returns a dict,
    as ``rnn.backward`` does."""
    variables = {**params, "x": x, "h0": h0}
    wanted = [validate.choice("a name in names", name, tuple(variables))
              for name in (variables if names is None else names)]
    grads = {name: np.empty_like(variables[name]) for name in wanted}
    for name, gradient in grads.items():
        unit = np.zeros_like(gradient)
        for index in np.ndindex(gradient.shape):
            unit[index] = 1
            gradient[index] = directional_derivative(params, x, target, h0, {name: unit}, loss)
            unit[index] = 0
    return grads


def full_direction(variables: dict[str, Array], direction: dict[str, Array]) -> dict[str, Array]:
    """The direction with zeros for all variables that do not move. Raises TypeError or ValueError where it
    does not fit."""
    for name in validate.dictionary("direction", direction):
        validate.choice("a name in direction", name, tuple(variables))
    return {name: validate.floats(f"direction[{name!r}]", direction[name], value.shape) if name in direction
            else np.broadcast_to(0.0, value.shape) for name, value in variables.items()}


def check(params: Params, x: Array, h0: Array) -> None:
    """Raise a clear error unless the parameters, x (T, B, D) and h0 (B, H) fit together."""
    rnn.check_params(params)
    _, B, _ = validate.floats("x", x, ("T", "B", params["W_xh"].shape[1])).shape
    validate.floats("h0", h0, (B, len(params["W_hh"])))
