"""Start values for W_hh. Each returns a matrix (H, H) whose typical singular value is about ``gain``.

    params = {**rnn.init(D, H, O, rng), "W_hh": initialisation.orthogonal(H, rng)}
"""

import numpy as np

from helpers import validate
from helpers.hints import Array


def gaussian(H: int, rng: np.random.Generator, gain: float = 1.0) -> Array:
    """Independent normal entries with standard deviation gain/sqrt(H): what ``rnn.init`` draws, times gain.
    Its eigenvalues fill a disc of radius about gain; its singular values spread from about 0 to 2 gain."""
    check(H, gain, rng)
    return gain * rng.standard_normal((H, H)) / np.sqrt(H)


def orthogonal(H: int, rng: np.random.Generator, gain: float = 1.0) -> Array:
    """A random rotation (or reflection) times gain: all singular values are equal to gain
    (Saxe et al. 2014)."""
    check(H, gain, rng)
    Q, R = np.linalg.qr(rng.standard_normal((H, H)))
    return gain * Q * np.sign(np.diag(R))               # with these signs every rotation is equally likely


def identity(H: int, gain: float = 1.0) -> Array:
    """The identity times gain: each unit keeps its own value (with ReLU: the IRNN of Le et al. 2015)."""
    check(H, gain)
    return gain * np.eye(H)


def spectral_radius(W: Array) -> float:
    """The largest absolute value of an eigenvalue. W: (H, H)."""
    return float(np.abs(np.linalg.eigvals(validate.floats("W", W, ("H", "H")))).max())


def with_spectral_radius(W: Array, radius: float) -> Array:
    """The matrix scaled so that its spectral radius is ``radius``. Raises ValueError if its own is 0."""
    own = validate.number("the spectral radius of W", spectral_radius(W), above=0)
    return W * (validate.number("radius", radius, minimum=0) / own)


def check(H: int, gain: float, rng: np.random.Generator | None = None) -> None:
    """Raise a clear error for bad arguments."""
    validate.count("H", H)
    validate.number("gain", gain, above=0)
    if rng is not None:
        validate.generator("rng", rng)
