"""How time and memory are measured: CPU time of this process, rivals interleaved in one run,
and allocations counted by Python."""

import csv
import gc
import os
import platform
import time
import tracemalloc
from importlib.metadata import PackageNotFoundError, version

import numpy as np

from helpers.datasets import FOLDER

SETTINGS = {"BLAS threads:": "OPENBLAS_NUM_THREADS", "OpenBLAS kernel:": "OPENBLAS_CORETYPE"}


def cpu_seconds(rivals, rounds=7, calls=1, clock=time.process_time):
    """CPU seconds of one call of each rival, taken in turns, so that a slow moment of the machine meets all
    of them.

    rivals: dict from a name to a function without arguments. rounds: turns of each, after a call that is not
    counted.
    calls: how many calls a turn takes the mean of; more than one where a call is too short for the clock.
    clock: ``time.perf_counter`` measures the time that passes, which is what more threads can save.
    Returns a dict from the name to an array of ``rounds`` times. Compare medians, and only within one run.
    """
    for function in rivals.values():
        function()
    times = {name: [] for name in rivals}
    for _ in range(rounds):
        gc.collect()
        for name, function in rivals.items():
            start = clock()
            for _ in range(calls):
                function()
            times[name].append((clock() - start) / calls)
    return {name: np.array(seconds) for name, seconds in times.items()}


def peak_bytes(function):
    """The most memory that a call holds at any moment, beyond what was there before.
    NumPy reports its arrays to Python's count."""
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    function()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak - before


def machine():
    """Processor, versions, and OpenBLAS's threads and kernel where the environment sets them, in one line."""
    packages = []
    for package in ("numpy", "torch", "jax", "autograd"):
        try:
            packages.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            pass
    settings = [f"{name} {os.environ[variable]}"
                for name, variable in SETTINGS.items() if variable in os.environ]
    return "; ".join([processor(), *settings, f"Python {platform.python_version()}", *packages])


def processor():
    """The processor's name, where the system tells it."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def write(name, rows):
    """Keep rows of numbers and words for ``datasets.measured(name)``. rows: list of dicts with the same
    keys."""
    with open(FOLDER / f"measured_{name}.csv", "w", newline="", encoding="utf-8") as file:
        file.write(f"# {machine()}\n")
        table = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
