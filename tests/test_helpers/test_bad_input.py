"""Bad input: the right kind of error, and a message that names the argument, what was expected and what
came."""

import numpy as np
import pytest

from helpers import activations, clip, datasets, gradcheck, losses, optimisers, rnn, training, validate

T, B, D, H, O = 5, 2, 3, 4, 6
PARAMS = {**rnn.init(D, H, O, np.random.default_rng(0))}
X, Y = np.ones((T, B, D)), np.zeros((T, B, O))
CLASSES, MASK, LENGTHS = np.zeros((T, B), int), np.ones((T, B), bool), np.array([5, 2])
CACHE = rnn.forward(PARAMS, X)
GRADS = {name: np.ones_like(p) for name, p in PARAMS.items()}
RNG = np.random.default_rng(0)


def changed(array, index, value):
    """A copy with one entry replaced."""
    copy = array.copy()
    copy[index] = value
    return copy


def without(name):
    return {key: p for key, p in PARAMS.items() if key != name}


def forward(x=X, state=None, activation="tanh", **params):
    return rnn.forward({**PARAMS, **params}, x, state, activation)


def backward(dy=Y, dstate=None):
    return rnn.backward(PARAMS, CACHE, dy, dstate)


NAN = changed(X, (1, 0, 2), np.nan)

BAD = [
    # --- forward: x ---
    (lambda: forward(x=np.ones((T, B, 7))), ValueError, "x must have shape (T, B, 3); received (5, 2, 7)."),
    (lambda: forward(x=np.ones((T, D))), ValueError,
     "x must have shape (T, B, 3); received (5, 3). A single sequence is a batch"),
    (lambda: forward(x=np.ones((0, B, D))), ValueError,
     "x must have shape (T, B, 3); received (0, 2, 3). Every axis needs"),
    (lambda: forward(x=np.ones((T, 0, D))), ValueError,
     "x must have shape (T, B, 3); received (5, 0, 3). Every axis needs"),
    (lambda: forward(x=X.tolist()), TypeError, "x must be a NumPy array of shape (T, B, 3); received list."),
    (lambda: forward(x=None), TypeError, "x must be a NumPy array of shape (T, B, 3); received NoneType."),
    (lambda: forward(x=X.astype(int)), TypeError,
     "x must hold floating-point numbers; received dtype int64. Try x.astype(float)."),
    (lambda: forward(x=X.astype(str)), TypeError, "x must hold floating-point numbers; received dtype <U"),
    (lambda: forward(x=NAN), ValueError,
     "x must be finite; received 1 value(s) that are not, the first is x[1, 0, 2] = nan."),
    (lambda: forward(x=changed(X, (1, 0, 2), -np.inf)), ValueError, "the first is x[1, 0, 2] = -inf."),
    # --- forward: state and activation ---
    (lambda: forward(state=np.ones(H)), ValueError, "state must have shape (2, 4); received (4,)."),
    (lambda: forward(state=np.ones((3, H))), ValueError, "state must have shape (2, 4); received (3, 4)."),
    (lambda: forward(state=0.0), TypeError, "state must be a NumPy array of shape (2, 4); received float."),
    (lambda: forward(state=np.full((B, H), np.nan)), ValueError, "state must be finite; received 8 value(s)"),
    (lambda: forward(activation="sigmoid"), ValueError,
     "activation must be one of 'tanh', 'relu', 'identity'; received 'sigmoid'."),
    (lambda: forward(activation=np.tanh), ValueError,
     "activation must be one of 'tanh', 'relu', 'identity'; received <ufunc 'tanh'>."),
    (lambda: activations.get(np.ones(3)), ValueError,
     "activation must be one of 'tanh', 'relu', 'identity'; received array("),
    # --- forward: params ---
    (lambda: rnn.forward(list(PARAMS.values()), X), TypeError,
     "params must be a dict of arrays; received list."),
    (lambda: rnn.forward(None, X), TypeError, "params must be a dict of arrays; received NoneType."),
    (lambda: rnn.forward(without("b_h"), X), ValueError,
     "params must contain W_hh, W_xh, W_hy, b_h, b_y, and may contain h0; missing: b_h;"),
    (lambda: rnn.forward({}, X), ValueError, "missing: W_hh, W_xh, W_hy, b_h, b_y;"),
    (lambda: forward(h_0=np.ones(H)), ValueError, "missing: none; not known: h_0."),
    (lambda: forward(W_hh=np.ones((H, 5))), ValueError,
     "params['W_hh'] must have shape (4, 4); received (4, 5)."),
    (lambda: forward(W_hh=np.ones(H)), ValueError, "params['W_hh'] must have shape (H, H); received (4,)."),
    (lambda: forward(W_hh=np.ones((3, 3))), ValueError,
     "params['W_hy'] must have shape (O, 3); received (6, 4)."),
    (lambda: forward(W_xh=PARAMS["W_xh"].T.copy()), ValueError,
     "params['W_xh'] must have shape (4, D); received (3, 4)."),
    (lambda: forward(W_hy=PARAMS["W_hy"].T.copy()), ValueError,
     "params['W_hy'] must have shape (O, 4); received (4, 6)."),
    (lambda: forward(b_h=np.ones((H, 1))), ValueError,
     "params['b_h'] must have shape (4,); received (4, 1)."),
    (lambda: forward(b_y=np.ones(H)), ValueError, "params['b_y'] must have shape (6,); received (4,)."),
    (lambda: forward(W_hh=np.eye(H, dtype=int)), TypeError,
     "params['W_hh'] must hold floating-point numbers; received dtype int64."),
    (lambda: forward(b_y=[0.0] * O), TypeError,
     "params['b_y'] must be a NumPy array of shape (6,); received list."),
    (lambda: forward(W_hy=np.full((O, H), np.inf)), ValueError,
     "params['W_hy'] must be finite; received 24 value(s)"),
    (lambda: rnn.forward({**PARAMS, "h0": np.zeros((B, H))}, X), ValueError,
     "params['h0'] must have shape (4,); received (2, 4)."),
    # --- backward ---
    (lambda: backward(dy=Y[:-1]), ValueError, "dy must have shape (5, 2, 6); received (4, 2, 6)."),
    (lambda: backward(dy=Y[:, 0]), ValueError, "dy must have shape (5, 2, 6); received (5, 6)."),
    (lambda: backward(dy=1.0), TypeError, "dy must be a NumPy array of shape (5, 2, 6); received float."),
    (lambda: backward(dy=changed(Y, (0, 0, 0), np.nan)), ValueError,
     "dy must be finite; received 1 value(s)"),
    (lambda: backward(dy=Y.astype(int)), TypeError,
     "dy must hold floating-point numbers; received dtype int64."),
    (lambda: backward(dstate=np.ones(H)), ValueError, "dstate must have shape (2, 4); received (4,)."),
    (lambda: backward(dstate=0), TypeError, "dstate must be a NumPy array of shape (2, 4); received int."),
    # --- init ---
    (lambda: rnn.init(0, H, O, RNG), ValueError, "D must be at least 1; received 0."),
    (lambda: rnn.init(D, -4, O, RNG), ValueError, "H must be at least 1; received -4."),
    (lambda: rnn.init(D, H, 2.5, RNG), TypeError, "O must be a whole number; received 2.5."),
    (lambda: rnn.init(D, "4", O, RNG), TypeError, "H must be a whole number; received '4'."),
    (lambda: rnn.init(D, H, O, 0), TypeError,
     "rng must be a NumPy generator, such as np.random.default_rng(0); received int."),
    # --- losses ---
    (lambda: losses.squared_error(Y[0], Y[0]), ValueError, "y must have shape (T, B, O); received (2, 6)."),
    (lambda: losses.squared_error(Y.tolist(), Y), TypeError,
     "y must be a NumPy array of shape (T, B, O); received list."),
    (lambda: losses.squared_error(np.full_like(Y, np.nan), Y), ValueError,
     "y must be finite; received 60 value(s)"),
    (lambda: losses.squared_error(Y, Y[..., :1]), ValueError,
     "target must have shape (5, 2, 6); received (5, 2, 1)."),
    (lambda: losses.squared_error(Y, CLASSES), ValueError,
     "target must have shape (5, 2, 6); received (5, 2)."),
    (lambda: losses.squared_error(Y, np.full_like(Y, np.nan)), ValueError,
     "target must be finite; received 60 value(s)"),
    (lambda: losses.squared_error(Y, Y, reduction="average"), ValueError,
     "reduction must be one of 'sum', 'mean'; received 'average'."),
    (lambda: losses.cross_entropy(Y, Y), ValueError, "target must have shape (5, 2); received (5, 2, 6)."),
    (lambda: losses.cross_entropy(Y, CLASSES.astype(float)), TypeError,
     "target must hold integers; received dtype float64."),
    (lambda: losses.cross_entropy(Y, CLASSES > 0), TypeError,
     "target must hold integers; received dtype bool."),
    (lambda: losses.cross_entropy(Y, CLASSES.tolist()), TypeError,
     "target must be a NumPy array of shape (5, 2); received list."),
    (lambda: losses.cross_entropy(Y, CLASSES + O), ValueError,
     "target must hold classes 0 to 5 (y has 6 outputs); received 6."),
    (lambda: losses.cross_entropy(Y, changed(CLASSES, (2, 1), -1)), ValueError,
     "target must hold classes 0 to 5 (y has 6 outputs); received -1."),
    # --- masks and lengths ---
    (lambda: losses.squared_error(Y, Y, MASK.T), ValueError, "mask must have shape (5, 2); received (2, 5)."),
    (lambda: losses.squared_error(Y, Y, MASK[..., None]), ValueError,
     "mask must have shape (5, 2); received (5, 2, 1)."),
    (lambda: losses.squared_error(Y, Y, MASK.tolist()), TypeError,
     "mask must be a NumPy array of shape (5, 2); received list."),
    (lambda: losses.squared_error(Y, Y, MASK.astype(str)), TypeError,
     "mask must hold booleans or numbers; received dtype <U"),
    (lambda: losses.squared_error(Y, Y, MASK.astype(complex)), TypeError,
     "mask must hold booleans or numbers; received dtype complex128."),
    (lambda: losses.squared_error(Y, Y, ~MASK), ValueError,
     "mask must hold finite numbers >= 0, not all zero; received a smallest entry of 0.0 and a sum of 0.0."),
    (lambda: losses.squared_error(Y, Y, changed(MASK * 1.0, (0, 0), -1)), ValueError,
     "mask must hold finite numbers >= 0, not all zero; received a smallest entry of -1.0"),
    (lambda: losses.cross_entropy(Y, CLASSES, changed(MASK * 1.0, (0, 0), np.nan)), ValueError,
     "mask must hold finite numbers >= 0, not all zero; received a smallest entry of nan"),
    (lambda: losses.length_mask([5, 2], T), TypeError,
     "lengths must be a NumPy array of shape (B,); received list."),
    (lambda: losses.length_mask(LENGTHS * 1.0, T), TypeError,
     "lengths must hold integers; received dtype float64."),
    (lambda: losses.length_mask(LENGTHS + 1, T), ValueError,
     "lengths must be from 1 to T = 5; received 3 to 6."),
    (lambda: losses.last_step_mask(LENGTHS - 2, T), ValueError,
     "lengths must be from 1 to T = 5; received 0 to 3."),
    (lambda: losses.last_step_mask(LENGTHS[:0], T), ValueError,
     "lengths must have shape (B,); received (0,). Every axis needs"),
    (lambda: losses.last_step_mask(LENGTHS, 5.0), TypeError, "T must be a whole number; received 5.0."),
    # --- clipping ---
    (lambda: clip.by_global_norm(GRADS, 0), ValueError, "max_norm must be greater than 0; received 0."),
    (lambda: clip.by_global_norm(GRADS, -1.0), ValueError, "max_norm must be greater than 0; received -1.0."),
    (lambda: clip.by_global_norm(GRADS, np.nan), TypeError, "max_norm must be a number; received nan."),
    (lambda: clip.by_global_norm(GRADS, "1"), TypeError, "max_norm must be a number; received '1'."),
    (lambda: clip.by_global_norm(GRADS, True), TypeError, "max_norm must be a number; received True."),
    (lambda: clip.by_global_norm({"a": NAN}, 1.0), ValueError,
     "grads must be finite; received a global norm of nan."),
    (lambda: clip.by_global_norm({"a": X, "b": X * np.inf}, 1.0), ValueError,
     "grads must be finite; received a global norm of inf."),
    (lambda: clip.by_global_norm({"a": X, "b": NAN}, 1.0), ValueError,
     "grads must be finite; received a global norm of nan."),
    (lambda: clip.by_global_norm(list(GRADS.values()), 1.0), TypeError,
     "grads must be a dict of arrays; received list."),
    (lambda: clip.by_value(GRADS, 0.0), ValueError, "limit must be greater than 0; received 0.0."),
    (lambda: clip.by_value(X, 1.0), TypeError, "grads must be a dict of arrays; received ndarray."),
    (lambda: clip.by_value({"a": NAN}, 1.0), ValueError, "grads['a'] must not hold NaN"),
    # --- optimisers and training ---
    *[(lambda update=update, rate=rate: update(PARAMS, GRADS, None, rate), error, message)
      for update in (optimisers.sgd, optimisers.momentum, optimisers.adam)
      for rate, error, message in [(0, ValueError, "learning_rate must be greater than 0; received 0."),
                                   (-0.1, ValueError, "learning_rate must be greater than 0; received -0.1."),
                                   (np.nan, TypeError, "learning_rate must be a number; received nan."),
                                   ("fast", TypeError, "learning_rate must be a number; received 'fast'.")]],
    *[(lambda update=update, grads=grads: update({"w": X}, grads, None, 0.1), error, message)
      for update in (optimisers.sgd, optimisers.momentum, optimisers.adam)
      for grads, error, message in [({"v": X}, ValueError, "grads must contain 'w'; received ['v']."),
                                    ({"w": X.T}, ValueError,
                                     "grads['w'] must have shape (5, 2, 3); received (3, 2, 5)."),
                                    ({"w": NAN}, ValueError,
                                     "grads['w'] must be finite; received NaN or infinity."),
                                    ([X], TypeError, "grads must be a dict of arrays; received list.")]],
    (lambda: optimisers.sgd([X], {"w": X}, None, 0.1), TypeError,
     "params must be a dict of arrays; received list."),
    (lambda: training.fit(rnn, PARAMS, [(X, Y, None)], losses.squared_error, -1), ValueError,
     "learning_rate must be greater than 0; received -1."),
    (lambda: training.fit(rnn, PARAMS, [(X, Y, None)], losses.squared_error, 0.1, max_norm=0), ValueError,
     "max_norm must be greater than 0; received 0."),
    (lambda: training.fit(rnn, PARAMS, [(X, Y[1:], None)], losses.squared_error, 0.1), ValueError,
     "target must have shape (5, 2, 6); received (4, 2, 6)."),
    # --- checks of gradients ---
    (lambda: gradcheck.central_difference(np.sum, {"a": X}, eps=0), ValueError,
     "eps must be greater than 0; received 0."),
    (lambda: gradcheck.complex_step(np.sum, {"a": X}, eps="small"), TypeError,
     "eps must be a number; received 'small'."),
    (lambda: gradcheck.compare({"a": X}, {"b": X}), ValueError,
     "gradients must contain 'b'; received ['a']."),
    (lambda: gradcheck.compare({"a": X[0]}, {"a": X}), ValueError,
     "gradients['a'] must have shape (5, 2, 3); received (2, 3)."),
    (lambda: gradcheck.compare([X], {"a": X}), TypeError,
     "gradients must be a dict of arrays; received list."),
    (lambda: gradcheck.compare({"a": X}, {}), ValueError,
     "reference must hold at least one gradient; received an empty dict"),
    # --- data ---
    (lambda: datasets.encode_names("roma"), TypeError, "names must be a list of str; received 'roma'."),
    (lambda: datasets.encode_names([1, 2]), TypeError, "names must be a list of str; received [1, 2]."),
    (lambda: datasets.encode_names([]), ValueError,
     "names must be a list of at least one name, none of them empty."),
    (lambda: datasets.encode_names(["pisa", ""]), ValueError,
     "names must be a list of at least one name, none of them empty."),
    (lambda: datasets.encode_names(["Pisa", "forlì"]), ValueError,
     "names must use the letters a to z only; received ['P', 'ì']."),
    (lambda: datasets.delayed_echo(T, B, T, RNG), ValueError,
     "delay must be from 0 to T - 1 = 4; received 5."),
    (lambda: datasets.delayed_echo(T, B, -1, RNG), ValueError, "delay must be at least 0; received -1."),
    (lambda: datasets.delayed_echo(T, B, 1.5, RNG), TypeError, "delay must be a whole number; received 1.5."),
    (lambda: datasets.delayed_echo(T, 0, 1, RNG), ValueError, "B must be at least 1; received 0."),
    (lambda: datasets.delayed_echo(T, B, 1, 42), TypeError,
     "rng must be a NumPy generator, such as np.random.default_rng(0); received int."),
    (lambda: datasets.windows(np.ones(4), 4), ValueError,
     "length must be from 1 to 3 for this series; received 4."),
    (lambda: datasets.windows(np.ones(4), 0), ValueError, "length must be at least 1; received 0."),
    (lambda: datasets.windows(np.ones((4, 1)), 2), ValueError,
     "series must have shape (N,); received (4, 1)."),
    (lambda: datasets.windows([1.0, 2.0, 3.0], 2), TypeError,
     "series must be a NumPy array of shape (N,); received list."),
    (lambda: datasets.windows(np.array([1.0, np.nan, 3.0]), 2), ValueError, "the first is series[1] = nan."),
]


@pytest.mark.parametrize("call, error, message", BAD, ids=[message[:60] for _, _, message in BAD])
@pytest.mark.filterwarnings("error")
def test_bad_input(call, error, message):
    with pytest.raises(error) as caught:
        call()
    assert type(caught.value) is error
    assert message in str(caught.value)


@pytest.mark.parametrize("slot", range(2))
def test_unsigned_and_small_integers_are_integers(slot):
    """Not every integer is an int64: these must pass."""
    dtype = (np.uint8, np.int32)[slot]
    assert losses.cross_entropy(Y, CLASSES.astype(dtype))[0] == pytest.approx(10 * np.log(6))
    assert losses.length_mask(LENGTHS.astype(dtype), T).sum() == 7
    assert rnn.init(dtype(3), 4, 5, RNG)["W_xh"].shape == (4, 3)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble, complex])
def test_nothing_that_is_not_finite_gets_through(dtype):
    """Wherever it stands, however the array lies in memory, alone or with another that could cancel it.
    Huge numbers pass."""
    huge = np.full((3, 4), np.finfo(dtype).max, dtype)
    for value in (huge, -huge, huge.T, huge[:, ::2]):
        assert validate.floats("v", value, value.shape) is value
    for index in np.ndindex(3, 4):
        for bad in (np.nan, np.inf, -np.inf):
            for array in (np.zeros((3, 4), dtype), huge,
                          np.full((3, 4), -bad if np.isinf(bad) and index == (0, 0) else 1, dtype)):
                value = changed(array, index, bad)
                for view in (value, value.T, value[:, ::-1], np.asfortranarray(value)):
                    with pytest.raises(ValueError, match="v must be finite; received"):
                        validate.floats("v", view, view.shape)
    if dtype is complex:
        with pytest.raises(ValueError, match="1 value"):
            validate.floats("v", changed(huge, (1, 1), 1j * np.inf), (3, 4))


def test_relu_does_not_hide_nan():
    assert np.isnan(activations.relu(np.array([np.nan, 1.0]))[0])
