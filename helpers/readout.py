"""The linear read-out that every cell shares: y_t = W_hy h_t + b_y, at all time steps in one matrix
product."""

from helpers.hints import Array, Grads, Params


def forward(params: Params, h: Array) -> Array:
    """Outputs of all steps.
    params: needs W_hy (O, H) and b_y (O,).
    h: hidden states h_1 ... h_T, shape (T, B, H).
    Returns y, shape (T, B, O)."""
    return h @ params["W_hy"].T + params["b_y"]


def backward(params: Params, h: Array, dy: Array) -> tuple[Array, Grads]:
    """Gradients of the read-out.
    h: (T, B, H), as in forward. dy: dL/dy, shape (T, B, O).
    Returns (dh, grads): dh (T, B, H) is the direct effect W_hy^T dy_t of each output on its state,
    grads holds W_hy (O, H) and b_y (O,)."""
    grads = {"W_hy": sum_of_outer_products(dy, h), "b_y": sum_of_steps(dy)}
    return dy @ params["W_hy"], grads


def sum_of_outer_products(left: Array, right: Array) -> Array:
    """Sum over time and batch of left[t, b] right[t, b]^T, as one matrix product.
    left: (T, B, M). right: (T, B, N). Returns (M, N)."""
    return flatten(left).T @ flatten(right)


def sum_of_steps(sequence: Array) -> Array:
    """Sum over time and batch, (T, B, N) to (N,). One axis after the other: in one go,
    float32 loses a digit more."""
    return sequence.sum(axis=0).sum(axis=0)


def flatten(sequence: Array) -> Array:
    """Put time and batch on one axis: (T, B, N) becomes (T*B, N)."""
    return sequence.reshape(-1, sequence.shape[-1])
