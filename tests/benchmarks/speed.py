"""One process's part of ``python -m tests.benchmarks``: measure with this process's OpenBLAS kernel
and threads, print rows as JSON.

    python -m tests.benchmarks.speed table|gates|once|threads
"""

import functools
import json
import os
import resource
import subprocess
import sys
import time

THREADS = int(os.environ.get("OPENBLAS_NUM_THREADS", "1"))
if THREADS == 1:                                            # read by JAX when it is imported
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import numpy as np
from jupyter_client.manager import start_new_kernel

from tests.benchmarks import rivals
from tests.benchmarks.measure import cpu_seconds, peak_bytes
from helpers import gradcheck, gru, losses, lstm, rnn, training
from helpers.long_sequences import checkpointing, truncated

OTHERS = (rivals.pytorch, rivals.per_step, rivals.jax)
TURNS = {"tiny": (51, 10), "course": (31, 2), "large": (7, 1)}      # rounds, and calls in each
TURNS_OF_GATES = {"course": (21, 1), "large": (3, 1)}
GATES = {rnn: 1, lstm: 4, gru: 3}                                   # blocks of rows in the weights
PRECISIONS = ("float32", "float64")
FIRST_FIGURE = "from helpers import figures; figures.training_loop().png()"


def operations(cell, T, B, D, H, O):
    """Multiplications and additions of a cell's matrix products: 3 for W_hh, 2 for W_xh (none for dx),
    3 for W_hy."""
    return 2 * T * B * (GATES[cell] * (3 * H * H + 2 * H * D) + 3 * H * O)


def square_product(precision):
    """A function that multiplies two matrices of 1024 x 1024: what a processor does best."""
    square = np.random.default_rng(0).standard_normal((1024, 1024)).astype(precision)
    out = np.empty((1024, 1024), precision)
    return lambda: np.matmul(square, square, out=out)


def products(seconds, cell, size, precision):
    """What the matrix products allow, at the rate of the square product. Yields rows: the share
    of that rate which the course reaches, and the time of the products alone over PyTorch's whole time.
    Code that calls NumPy's products can hardly beat the latter.

    seconds: as from ``against``, with "GEMM". Its best turn counts, not its median:
    load must not make the peak look low.
    """
    fastest = operations(cell, **rivals.SIZES[size]) / (2 * 1024 ** 3 / seconds["GEMM"].min())
    yield row("share of GEMM rate", size, precision, fastest / np.median(seconds["course_fast"]))
    if "pytorch" in seconds:
        yield row("products alone, pytorch", size, precision, fastest / np.median(seconds["pytorch"]))


def table(clock=time.process_time):
    """The plain network against the others. Yields rows with medians, quartiles, and the ratio
    of the medians."""
    for size, sizes in rivals.SIZES.items():
        for precision in PRECISIONS:
            p = rivals.problem(**sizes, dtype=np.dtype(precision))
            slow = () if size == "large" else (rivals.course_plain, rivals.autograd)
            ready = rivals.installed((rivals.course_fast, *OTHERS, *slow), p)
            seconds = cpu_seconds(ready, *TURNS[size], clock)
            seconds |= cpu_seconds({"GEMM": square_product(precision)}, 9, clock=clock)
            yield from against("course_fast", seconds, size, precision)
            yield from products(seconds, rnn, size, precision)


def gates():
    """LSTM and GRU against PyTorch and, at the course's size, against the plain verbs. Yields rows."""
    for cell in (lstm, gru):
        for size in ("course", "large"):
            p = rivals.problem(**rivals.SIZES[size], cell=cell)
            plain = (rivals.course_plain,) if size == "course" else ()
            ready = rivals.installed((rivals.course_fast, rivals.pytorch, *plain), p)
            seconds = cpu_seconds(ready, *TURNS_OF_GATES[size])
            seconds |= cpu_seconds({"GEMM": square_product("float64")}, 9)
            for one in (*against("course_fast", seconds, size, "float64"),
                        *products(seconds, cell, size, "float64")):
                yield {**one, "what": f"{rivals.name_of(cell)}, {one['what']}"}


def against(own, seconds, size, precision):
    """A row for every rival: its own median and quartiles in ms, and the ratio of the course's median
    to it."""
    for name, times in seconds.items():
        low, middle, high = 1e3 * np.percentile(times, (25, 50, 75))
        yield {**row(name, size, precision, np.median(seconds[own]) / np.median(times)), "ms": middle,
               "low": low, "high": high}


def row(what, size, precision, value):
    return {"what": what, "size": size, "precision": precision, "value": float(value), "ms": "", "low": "",
            "high": ""}


def accuracy():
    """Largest error of any parameter's gradient: float64 against PyTorch, float32 against float64 on the same
    numbers. Yields rows."""
    for size, sizes in rivals.SIZES.items():
        single = rivals.problem(**sizes, dtype=np.float32)
        same = single._replace(params={name: v.astype(float) for name, v in single.params.items()},
                               x=single.x.astype(float))
        yield row("error against float64", size, "float32",
                  error(rivals.course_fast(single), rivals.course_fast(same), single.params))
    for cell in (rnn, lstm, gru):
        for size in rivals.SIZES if cell is rnn else ("tiny", "course"):
            p = rivals.problem(**rivals.SIZES[size], cell=cell)
            try:
                yield row(f"{rivals.name_of(cell)}, error against PyTorch", size, "float64",
                          error(rivals.course_fast(p), rivals.pytorch(p), p.params))
            except ImportError:
                continue


def error(one, other, names):
    """The largest error of the gradients that two rivals compute, of the parameters with these names."""
    return gradcheck.compare({name: one()[1][name] for name in names},
                             {name: other()[1][name] for name in names}).worst.error


def once():
    """What needs no second kernel: accuracy, memory, checkpointing, imports, and how time and memory grow.
    Yields rows."""
    yield from accuracy()
    p = rivals.problem(**rivals.SIZES["large"])
    for rival in (rivals.course_fast, rivals.course_plain):
        yield row(f"peak memory over T B H itemsize, {rival.__name__}", "large", "float64",
                  peak_bytes(rival(p)) / (500 * 64 * 256 * 8))
    p = rivals.problem(T=10_000, B=8, D=16, H=256, O=10)
    given = (rnn, p.params, p.x, p.target, losses.cross_entropy)
    both = {"full": lambda: training.loss_and_gradients(*given),
            "checkpointed": lambda: checkpointing.loss_and_gradients(*given)}
    seconds = {name: np.median(times) for name, times in cpu_seconds(both, rounds=3).items()}
    memory = {name: peak_bytes(function) for name, function in both.items()}
    yield row("checkpointing: time over the full pass's", "T=10000", "float64",
              seconds["checkpointed"] / seconds["full"])
    yield row("checkpointing: memory of the full pass over it", "T=10000", "float64",
              memory["full"] / memory["checkpointed"])
    for what, code in (("import NumPy and matplotlib alone (s)", "import numpy, matplotlib.figure"),
                       ("import helpers (s)",
                        "from helpers import rnn, figures; from exercises import check"),
                       ("import helpers, and a first figure (s)", FIRST_FIGURE)):
        yield row(what, "", "", np.median([child_seconds(code) for _ in range(5)]))
    yield row("kernel start to first figure (s that pass)", "", "",
              np.median([kernel_seconds() for _ in range(5)]))
    yield from growth()


def child_seconds(code):
    """CPU seconds of a new Python that runs the code and ends. It may use compiled modules that an earlier
    run left behind."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    settings = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, env=settings)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def kernel_seconds():
    """Seconds that pass until a notebook's kernel has started and drawn its first figure."""
    start = time.perf_counter()
    manager, client = start_new_kernel(stderr=subprocess.DEVNULL)
    client.execute_interactive(FIRST_FIGURE, output_hook=lambda message: None)
    seconds = time.perf_counter() - start
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    return seconds


def growth():
    """Time against T, H and B; memory against T. Yields rows: what, size = "T=100", value."""
    middle = dict(T=100, B=16, D=16, H=64, O=10)
    for axis, values in (("T", (25, 50, 100, 200, 400, 800)), ("H", (16, 32, 64, 128, 256, 512)),
                         ("B", (1, 4, 16, 64, 256))):
        for value in values:
            ready = rivals.installed((rivals.course_fast, rivals.pytorch),
                                     rivals.problem(**{**middle, axis: value}))
            for name, times in cpu_seconds(ready, rounds=15).items():
                yield row(f"time, {name}", f"{axis}={value}", "float64", np.median(times))
    for T in (100, 200, 400, 800, 1600, 3200):
        p = rivals.problem(**{**middle, "T": T})
        given = (rnn, p.params, p.x, p.target, losses.cross_entropy)
        for name, verb in (("full", training.loss_and_gradients),
                           ("checkpointed", checkpointing.loss_and_gradients),
                           ("truncated", functools.partial(truncated.loss_and_gradients, k1=25, k2=25))):
            yield row(f"memory, {name}", f"T={T}", "float64", peak_bytes(lambda: verb(*given)))
        yield row("memory, fast", f"T={T}", "float64", peak_bytes(rivals.course_fast(p)))


if __name__ == "__main__":
    try:
        import torch
        torch.set_num_threads(THREADS)
    except ImportError:
        pass
    parts = {"table": table, "gates": gates, "once": once, "threads": lambda: table(time.perf_counter)}
    for one in parts[sys.argv[1]]():
        print(json.dumps(one), flush=True)
