"""Write helpers/data/pytorch_gradients.npz: gradients of recurrent networks as PyTorch computes them,
in float64.

To run it again (needs torch; the stored file was made with 2.13.0)::

    python tests/test_helpers/make_pytorch_gradients.py

Nothing of this course computes here: torch.nn.RNN, LSTM, GRU and Linear run forward, autograd runs backward.
torch.nn.RNN knows tanh and ReLU only, so the identity's recurrence is written out, in torch's operations.
The cases of the LSTM and the GRU are described in gated_cases.py.

What the file holds already stays as it is, to the last bit, because another processor rounds otherwise.
Delete the file first to compute everything anew.
"""

import numpy as np
import torch

import gated_cases
from helpers import datasets

SIZES = {"small": dict(T=6, B=3, D=2, H=4, O=5),
         "medium": dict(T=9, B=4, D=5, H=7, O=3),
         "large": dict(T=12, B=5, D=3, H=10, O=4)}
SETTINGS = ("squared_error/every_step/given_h0", "cross_entropy/every_step/given_h0",
            "cross_entropy/variable_length/given_h0", "squared_error/last_step/given_h0",
            "squared_error/every_step/learned_h0")
CASES = [f"{size}/{activation}/{setting}"
         for size in SIZES for activation in ("tanh", "relu", "identity") for setting in SETTINGS]


def inputs(rng, T, B, D, H, O):
    """Everything that a network of one size needs: weights, inputs, start states, targets and masks."""
    lengths = np.linspace(T, 2, B).astype(int)          # the first sequence is full, the last has two steps
    return {"W_hh": rng.standard_normal((H, H)) / np.sqrt(H),
            "W_xh": rng.standard_normal((H, D)) / np.sqrt(D),
            "W_hy": rng.standard_normal((O, H)) / np.sqrt(H),
            "b_h": 0.5 * rng.standard_normal(H), "b_y": 0.5 * rng.standard_normal(O),
            "x": rng.standard_normal((T, B, D)),
            "given_h0": 0.5 * rng.standard_normal((B, H)), "learned_h0": 0.5 * rng.standard_normal(H),
            "squared_error": rng.standard_normal((T, B, O)), "cross_entropy": rng.integers(0, O, (T, B)),
            "variable_length": np.arange(T)[:, None] < lengths,
            "last_step": np.arange(T)[:, None] == np.full(B, T - 1)}


def run(case):
    """Loss and gradients of a case of ``datasets.pytorch_gradients``. Returns (value, grads, margin).

    margin: the pre-activation that comes closest to zero. ReLU has its kink there, and near it no two
    programs need agree.
    """
    params = case["params"]
    H, D = params["W_xh"].shape
    x = leaf(case["x"])
    start = leaf(params["h0"] if case["h0"] is None else case["h0"])
    h0 = start.expand(x.shape[1], H)                            # a learned h0 (H,) is shared by the batch

    rnn = torch.nn.RNN(D, H, nonlinearity="relu" if case["activation"] == "relu" else "tanh",
                       dtype=torch.float64)
    linear = torch.nn.Linear(H, len(params["b_y"]), dtype=torch.float64)
    leaves = {"W_hh": rnn.weight_hh_l0, "W_xh": rnn.weight_ih_l0, "b_h": rnn.bias_ih_l0,
              "W_hy": linear.weight, "b_y": linear.bias}
    with torch.no_grad():
        rnn.bias_hh_l0.zero_()                                  # PyTorch has two biases; one is enough
        for name, tensor in leaves.items():
            tensor.copy_(torch.tensor(params[name]))

    if case["activation"] == "identity":
        states = [h0]
        for x_t in x:
            states.append(states[-1] @ leaves["W_hh"].T + x_t @ leaves["W_xh"].T + leaves["b_h"])
        h = torch.stack(states[1:])
    else:
        h = rnn(x, h0[None].contiguous())[0]
    value = loss(linear(h), case)
    value.backward()
    grads = {name: tensor.grad.numpy() for name, tensor in {**leaves, "x": x, "h0": start}.items()}
    before = torch.cat([h0[None], h[:-1]]) @ leaves["W_hh"].T + x @ leaves["W_xh"].T + leaves["b_h"]
    return value.item(), grads, before.abs().min().item()


def run_gated(case):
    """Loss and gradients of a case of ``gated_cases``. Returns (value, grads)."""
    params = case["params"]
    _, D = params["W_xh"].shape
    O, H = params["W_hy"].shape
    x = leaf(case["x"])
    starts = {name: leaf(case["states"].get(name, params.get(name)))
              for name in gated_cases.STATES[case["cell"]]}
    first = [start.expand(x.shape[1], H)[None].contiguous() for start in starts.values()]

    module = torch.nn.LSTM if case["cell"] == "lstm" else torch.nn.GRU
    network = module(D, H, dtype=torch.float64)
    linear = torch.nn.Linear(H, O, dtype=torch.float64)
    leaves = {"W_hh": network.weight_hh_l0, "W_xh": network.weight_ih_l0, "W_hy": linear.weight,
              "b_y": linear.bias}
    if case["cell"] == "gru":
        leaves |= {"b_x": network.bias_ih_l0, "b_h": network.bias_hh_l0}
    else:
        leaves |= {"b_h": network.bias_ih_l0}
    with torch.no_grad():
        network.bias_hh_l0.zero_()                              # the LSTM has two biases; one is enough
        for name, tensor in leaves.items():
            tensor.copy_(torch.tensor(params[name]))

    h, _ = network(x, tuple(first) if case["cell"] == "lstm" else first[0])
    value = loss(linear(h), case)
    value.backward()
    return value.item(), {name: tensor.grad.numpy() for name, tensor in {**leaves, "x": x, **starts}.items()}


def loss(y, case):
    """The loss of a case: a sum over the steps that count."""
    target = torch.tensor(case["target"])
    if case["loss"] == "cross_entropy":
        losses = torch.nn.functional.cross_entropy(y.flatten(0, 1), target.flatten(), reduction="none")
        losses = losses.reshape(target.shape)
    else:
        losses = 0.5 * torch.nn.functional.mse_loss(y, target, reduction="none").sum(dim=-1)
    return losses.sum() if case["mask"] is None else losses[torch.tensor(case["mask"])].sum()


def leaf(array):
    """A tensor that collects a gradient."""
    return torch.tensor(array, requires_grad=True)


def main():
    torch.set_num_threads(1)
    rng = np.random.default_rng(2013)
    stored = {f"{size}/{name}": array for size, sizes in SIZES.items()
              for name, array in inputs(rng, **sizes).items()}
    for name in CASES:
        value, grads, margin = run(datasets.pytorch_case(stored, name))
        assert margin > 1e-4 or "relu" not in name, \
            f"{name}: {margin:.1e} from ReLU's kink; take another seed"
        stored[f"{name}/value"] = np.array(value)
        stored.update({f"{name}/d{variable}": grad for variable, grad in grads.items()})

    rng = np.random.default_rng(1997)
    stored |= {f"{cell}/{size}/{name}": array for cell in gated_cases.PARAMS
               for size, sizes in gated_cases.SIZES.items()
               for name, array in gated_cases.inputs(cell, rng, **sizes).items()}
    for name in gated_cases.CASES:
        value, grads = run_gated(gated_cases.case(stored, name))
        stored[f"{name}/value"] = np.array(value)
        stored.update({f"{name}/d{variable}": grad for variable, grad in grads.items()})
    path = datasets.FOLDER / "pytorch_gradients.npz"
    if path.exists():
        with np.load(path) as file:
            stored |= dict(file)
    stored["cases"], stored["gated_cases"] = np.array(CASES), np.array(gated_cases.CASES)
    np.savez_compressed(path, **stored)
    print(f"{len(CASES)} + {len(gated_cases.CASES)} cases, {path.stat().st_size // 1000} kB, "
          f"torch {torch.__version__}")


if __name__ == "__main__":
    main()
