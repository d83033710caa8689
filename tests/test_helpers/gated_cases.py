"""Networks with gates to compare with PyTorch: their inputs, and what helpers/data/pytorch_gradients.npz
holds of them.

make_pytorch_gradients.py computes them, test_gates.py reads them.
"""

import numpy as np

from helpers import datasets

SIZES = {"small": dict(T=6, B=3, D=2, H=4, O=5), "medium": dict(T=7, B=4, D=3, H=5, O=2)}
SETTINGS = ("cross_entropy/variable_length/given_state", "squared_error/last_step/given_state",
            "squared_error/every_step/learned_state")
PARAMS = {"lstm": ("W_hh", "W_xh", "W_hy", "b_h", "b_y"),
          "gru": ("W_hh", "W_xh", "W_hy", "b_x", "b_h", "b_y")}
STATES = {"lstm": ("h0", "c0"), "gru": ("h0",)}
BLOCKS = {"lstm": 4, "gru": 3}
CASES = [f"{cell}/{size}/{setting}" for cell in PARAMS for size in SIZES for setting in SETTINGS]


def inputs(cell, rng, T, B, D, H, O):
    """Everything that a network of one size needs: weights, inputs, start states, targets and masks."""
    rows = BLOCKS[cell] * H
    lengths = np.linspace(T, 2, B).astype(int)          # the first sequence is full, the last has two steps
    arrays = {"W_hh": rng.standard_normal((rows, H)) / np.sqrt(H),
              "W_xh": rng.standard_normal((rows, D)) / np.sqrt(D),
              "W_hy": rng.standard_normal((O, H)) / np.sqrt(H),
              "b_x": 0.5 * rng.standard_normal(rows), "b_h": 0.5 * rng.standard_normal(rows),
              "b_y": 0.5 * rng.standard_normal(O), "x": rng.standard_normal((T, B, D)),
              **{f"given_{name}": 0.5 * rng.standard_normal((B, H)) for name in STATES[cell]},
              **{f"learned_{name}": 0.5 * rng.standard_normal(H) for name in STATES[cell]},
              "squared_error": rng.standard_normal((T, B, O)), "cross_entropy": rng.integers(0, O, (T, B)),
              "variable_length": np.arange(T)[:, None] < lengths,
              "last_step": np.arange(T)[:, None] == np.full(B, T - 1)}
    return {name: array for name, array in arrays.items() if name != "b_x" or cell == "gru"}


def case(stored, name):
    """One case, as a dict. stored: arrays by name. name:
    such as "lstm/small/squared_error/last_step/given_state".

    Holds: cell, loss, params, x, states (given ones, a dict (B, H) each; empty if they are learned and stand
    in params), target, mask, and value and grads, where they are stored.
    """
    cell, size, loss, steps, start = name.split("/")
    folder = f"{cell}/{size}"
    params = {key: stored[f"{folder}/{key}"].copy() for key in PARAMS[cell]}
    states = {key: stored[f"{folder}/{start.removesuffix('state')}{key}"].copy() for key in STATES[cell]}
    if start == "learned_state":
        params, states = {**params, **states}, {}
    return {"name": name, "cell": cell, "loss": loss, "params": params, "states": states,
            "x": stored[f"{folder}/x"].copy(), "target": stored[f"{folder}/{loss}"].copy(),
            "mask": None if steps == "every_step" else stored[f"{folder}/{steps}"].copy(),
            "value": float(stored.get(f"{name}/value", np.nan)),
            "grads": {key.removeprefix(f"{name}/d"): stored[key]
                      for key in stored if key.startswith(f"{name}/d")}}


def stored_cases():
    """All cases of the file."""
    with np.load(datasets.FOLDER / "pytorch_gradients.npz") as file:
        stored = dict(file)
    return [case(stored, str(name)) for name in stored["gated_cases"]]
