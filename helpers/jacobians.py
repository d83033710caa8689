"""What a recurrent network does to a gradient on its way back: Jacobians, their products, and the rates at which they grow.

    J_t = dh_t/dh_{t-1} = diag(f'(a_t)) W_hh           one step
    dh_T/dh_{T-n} = J_T J_{T-1} ... J_{T-n+1}          n steps: the lag

A gradient that starts at h_T arrives at h_{T-n} as (dh_T/dh_{T-n})^T dL/dh_T. Singular values of the product say how long it
can be; Lyapunov exponents say how fast that changes with the lag.
"""

import numpy as np

from helpers import activations, rnn, validate


def one_step(params, cache, sequence=0):
    """The Jacobian of every step, for one sequence of the batch.

    params, cache: as given to and returned by ``rnn.forward``. sequence: which one.
    Returns (T, H, H); [t-1] is dh_t/dh_{t-1}.
    """
    _, slope = activations.get(cache.activation)
    return slope(cache.h[1:, sequence])[:, :, None] * params["W_hh"]


def over_lags(J):
    """Products of Jacobians, from the last step back.

    J: (T, H, H), J[t-1] belongs to step t. Returns (T+1, H, H); [n] is dh_T/dh_{T-n}, so [0] is the identity.
    """
    T, H, _ = validate.floats("J", J, ("T", "H", "H")).shape
    products = np.empty((T + 1, H, H), J.dtype)
    products[0] = np.eye(H)
    for n in range(1, T + 1):
        products[n] = products[n - 1] @ J[T - n]        # one step further back: on the right
    return products


def singular_values(matrices):
    """Singular values of each matrix, the largest first. matrices: (N, H, H). Returns (N, H)."""
    return np.linalg.svd(matrices, compute_uv=False)


def gradient_by_lag(params, cache, dh):
    """How long a gradient is that starts at the last state, n steps back.

    params, cache: as given to and returned by ``rnn.forward``. dh: dL/dh_T, (B, H).
    Returns (T+1, B); [n, b] is the length of dL/dh_{T-n} in sequence b.
    """
    no_outputs = np.zeros_like(cache.h[1:])
    all_dh, _ = rnn.through_time(params, cache, no_outputs, dstate=dh)
    return np.linalg.norm(all_dh, axis=-1)[::-1]


def lyapunov_exponents(J):
    """Mean growth rates, in natural logarithms per step, of H perpendicular directions that the steps carry along.

    J: (T, H, H), J[t-1] belongs to step t. Returns (H,); the first is the rate of (nearly) every direction.
    The directions are made perpendicular again after every step, so that nothing overflows and the slow ones survive
    (Benettin et al. 1980). Starts with the axes as directions; with T steps an exponent is off by about 1/T.
    """
    T, H, _ = validate.floats("J", J, ("T", "H", "H")).shape
    Q, total = np.eye(H), np.zeros(H)
    for J_t in J:
        Q, R = np.linalg.qr(J_t @ Q)
        with np.errstate(divide="ignore"):              # a direction that is lost for good has the exponent -inf
            total += np.log(np.abs(np.diag(R)))
    return total / T
