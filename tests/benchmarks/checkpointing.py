"""Time and peak memory of the full, the truncated and the checkpointed gradient, for lesson 07.

    python -m tests.benchmarks.checkpointing

About two minutes, 1 GB; writes helpers/data/measured_checkpointing.csv.

T = 1 tells what does not grow with T: the gradients of the weights, and what is computed from the weights.
"""

import numpy as np

from tests.benchmarks import measure
from helpers import losses, rnn, training
from helpers.long_sequences import checkpointing, truncated

LENGTHS = (1, 100, 300, 1000, 3000, 10000)
H, B, WINDOW = 256, 8, 100


def ways(T):
    """The three ways to a gradient of a random sequence of T steps: a dict of functions without arguments."""
    rng = np.random.default_rng(0)
    params = rnn.init(1, H, 1, rng)
    x, target = rng.standard_normal((2, T, B, 1))
    arguments = rnn, params, x, target, losses.squared_error
    return {"full": lambda: training.loss_and_gradients(*arguments),
            "truncated": lambda: truncated.loss_and_gradients(*arguments, k1=WINDOW, k2=WINDOW),
            "checkpointed": lambda: checkpointing.loss_and_gradients(*arguments)}


def main():
    rows = []
    for T in LENGTHS:
        rivals = ways(T)
        seconds = measure.cpu_seconds(rivals, rounds=5 if T < 10000 else 3)
        for way, function in rivals.items():
            rows.append({"T": T, "H": H, "B": B, "way": way,
                         "MB": round(measure.peak_bytes(function) / 1e6, 2),
                         "seconds": round(float(np.median(seconds[way])), 3),
                         "fastest": round(float(seconds[way].min()), 3),
                         "slowest": round(float(seconds[way].max()), 3)})
            print(rows[-1])
    measure.write("checkpointing", rows)


if __name__ == "__main__":
    main()
