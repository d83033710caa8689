"""Lesson 09: time and memory of four ways to the same gradient, and of the loop and the scans for linear
recurrences.

    python -m tests.benchmarks.exact_gradients            all, three to four minutes
    python -m tests.benchmarks.exact_gradients common     one part, or more; the others stay as they are

Each way is measured where its products of matrices, not Python's calls, take most of the time;
but forward mode, one run for each weight, would take too long there. One row per size:
part ("gradient", "common" or "scan"), method, structure ("network", or what A is in a recurrence),
varied ("T" or "H"; "nothing" where all ways have the same size), T, H, quantity and value:
"seconds" is the median CPU time of a call, "bytes" its peak beyond what was there before.
"""

import sys
from functools import partial

import numpy as np

from tests.benchmarks import measure
from helpers import datasets, losses, rnn
from helpers.other_ways import bidiagonal, forward_mode, rtrl, scan

D, O = 2, 2
PARAMETERS = ("W_hh", "W_xh", "W_hy", "b_h", "b_y")


def bptt(params, x, target, h0):
    cache = rnn.forward(params, x, h0)
    return rnn.backward(params, cache, losses.squared_error(cache.y, target)[1])


def one_direction(params, x, target, h0):
    return forward_mode.directional_derivative(params, x, target, h0, {"W_hh": np.ones_like(params["W_hh"])})


METHODS = {"BPTT": bptt, "block solve": bidiagonal.gradients, "RTRL": rtrl.gradients,
           "one direction": one_direction, "forward mode": partial(forward_mode.gradients, names=PARAMETERS)}
TIME = {  # the sizes at which each is timed: (T, its H) and (H, its T)
    "BPTT": {"T": ([256, 512, 1024, 2048, 4096], 64), "H": ([512, 724, 1024, 1448, 2048], 32)},
    "block solve": {"T": ([128, 256, 512, 1024, 2048], 64), "H": ([181, 256, 362, 512, 724], 32)},
    "RTRL": {"T": ([8, 16, 32, 64, 128], 32), "H": ([90, 128, 181, 256], 4)},
    "one direction": {"T": ([64, 128, 256, 512, 1024], 64), "H": ([512, 724, 1024, 1448, 2048], 16)},
    "forward mode": {"T": ([8, 16, 32, 64], 16), "H": ([16, 23, 32, 45, 64], 4)},
}
MEMORY = {
    "BPTT": {"T": ([512, 1024, 2048, 4096], 64), "H": ([16, 32, 64, 128], 4096)},
    "block solve": {"T": ([128, 256, 512, 1024], 64), "H": ([32, 64, 128, 256], 128)},
    "RTRL": {"T": ([64, 128, 256, 512], 32), "H": ([32, 64, 128], 4)},
    "one direction": {"T": ([64, 128, 256, 512], 64), "H": ([128, 256, 512, 1024], 4)},
    "forward mode": {"T": ([32, 64, 128, 256], 8), "H": ([16, 32, 64], 2)},
}
COMMON = (64, 32)
SCANS = {"loop": None, "doubling": scan.doubling, "halving": scan.halving}
STRUCTURES = {"one number": 1, "diagonal, H = 16": 16, "diagonal, H = 256": 256, "full, H = 16": 16}


def network(T, H):
    """A random network and one sequence."""
    rng = np.random.default_rng(9)
    params = rnn.init(D, H, O, rng)
    x, target = rng.standard_normal((T, 1, D)), rng.standard_normal((T, 1, O))
    return params, x, target, 0.5 * rng.standard_normal((1, H))


def gradient_rows():
    rows = []
    for method, function in METHODS.items():
        for quantity, sizes in (("seconds", TIME[method]), ("bytes", MEMORY[method])):
            for varied, (values, fixed) in sizes.items():
                pairs = [(value, fixed) if varied == "T" else (fixed, value) for value in values]
                calls = {pair: partial(function, *network(*pair)) for pair in pairs}
                found = (medians(calls, 3 if method == "forward mode" else 9) if quantity == "seconds"
                         else {pair: measure.peak_bytes(call) for pair, call in calls.items()})
                rows += [{"part": "gradient", "method": method, "structure": "network", "varied": varied,
                          "T": T, "H": H,
                          "quantity": quantity, "value": f"{found[T, H]:.4g}"} for T, H in pairs]
                print(method, quantity, varied, flush=True)
    return rows


def common_rows():
    """All ways at one size, so that their seconds can be compared."""
    T, H = COMMON
    calls = {method: partial(function, *network(T, H)) for method, function in METHODS.items()}
    seconds = medians(calls, 3)
    return [{"part": "common", "method": method, "structure": "network", "varied": "nothing", "T": T, "H": H,
             "quantity": quantity, "value": f"{value:.4g}"} for method, call in calls.items()
            for quantity, value in (("seconds", seconds[method]), ("bytes", measure.peak_bytes(call)))]


def forward_and_backward(A, b, h0, g, method):
    h = scan.states(A, b, h0, method)
    return scan.backward(A, h, g, h0, method)


def scan_rows():
    rows = []
    for structure, H in STRUCTURES.items():
        for T in (16, 64, 256, 1024, 4096, 16384):
            rng, full = np.random.default_rng(9), structure.startswith("full")
            A = rng.uniform(0.5, 1.0, (T, H, H) if full else (T, H)) / (H if full else 1)
            b, g, h0 = rng.standard_normal((T, H)), rng.standard_normal((T, H)), rng.standard_normal(H)
            calls = {name: partial(forward_and_backward, A, b, h0, g, method)
                     for name, method in SCANS.items()}
            seconds = medians(calls, 5)
            rows += [{"part": "scan", "method": name, "structure": structure, "varied": "T", "T": T, "H": H,
                      "quantity": quantity, "value": f"{value:.4g}"} for name, call in calls.items()
                     for quantity, value in (("seconds", seconds[name]), ("bytes", measure.peak_bytes(call)))]
        print(structure, flush=True)
    return rows


def medians(calls, rounds):
    """The median CPU seconds of one call of each. Short calls are repeated, so that the clock can tell
    them."""
    repeats = {}
    for name, call in calls.items():
        once = np.median(measure.cpu_seconds({name: call}, rounds=1)[name])
        repeats[name] = max(1, min(200, int(0.02 / max(once, 1e-4))))
    times = measure.cpu_seconds({name: partial(repeat, call, repeats[name]) for name, call in calls.items()},
                                rounds)
    return {name: np.median(seconds) / repeats[name] for name, seconds in times.items()}


def repeat(call, times):
    for _ in range(times):
        call()


PARTS = {"gradient": gradient_rows, "common": common_rows, "scan": scan_rows}


def main(parts):
    """Measure these parts; keep what the file has of the others, if it was measured on this machine.
    [] for all."""
    kept = []
    if parts:
        machine, rows = datasets.measured("exact_gradients")
        if machine != measure.machine():
            raise SystemExit(f"The other parts were measured elsewhere ({machine}): "
                             "measure all of them again.")
        kept = [{**row, "T": int(row["T"]), "H": int(row["H"]), "value": f"{row['value']:.4g}"}
                for row in rows if row["part"] not in parts]
    measure.write("exact_gradients", kept + [row for part in parts or PARTS for row in PARTS[part]()])


if __name__ == "__main__":
    main(sys.argv[1:])
