"""``make bench``: measure, print the table with its goals, keep helpers/data/measured_speed.csv,
draw .github/benchmarks.png.

Each part runs in a process of its own, because OpenBLAS reads its kernel and its number of threads when it
starts. One thread: CPU time of the process. Two threads: time that passes.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.benchmarks import picture
from tests.benchmarks.measure import SETTINGS, machine, write

KERNELS = ("Haswell", "SkylakeX")
SIZES = ("tiny", "course", "large")
GOALS = {"pytorch": (0.22, 0.62, 0.65), "per_step": (0.22, 0.75, 0.88), "jax": (1.0, 1.3, 0.9),
         "autograd": (None,) * 3, "course_plain": (None,) * 3, "share of GEMM rate": (None, None, 0.8),
         "LSTM, pytorch": (None, 0.8, 0.8), "GRU, pytorch": (None, 0.8, 0.8)}
SINGLE = {"peak memory over T B H itemsize, course_fast": "<= 1.2",
          "checkpointing: time over the full pass's": "<= 1.4",
          "checkpointing: memory of the full pass over it": ">= 20", "import helpers (s)": "<= 0.5",
          "kernel start to first figure (s that pass)": "<= 1.0",
          **{f"{cell}, error against PyTorch": "<= 1e-13" for cell in ("RNN", "LSTM", "GRU")},
          "error against float64": "<= 2e-6"}


def run(part, kernel, threads):
    """The rows of one part, measured in a process of its own, and shown."""
    print(f"measuring: {part}, {kernel}, {threads} thread(s) ...", flush=True)
    settings = {"OPENBLAS_CORETYPE": kernel, "OPENBLAS_NUM_THREADS": str(threads),
                "OMP_NUM_THREADS": str(threads)}
    output = subprocess.run([sys.executable, "-m", "tests.benchmarks.speed", part],
                            env={**os.environ, **settings},
                            stdout=subprocess.PIPE, encoding="utf-8", check=True).stdout
    rows = [{"part": part, "kernel": kernel, "threads": threads, **json.loads(line)}
            for line in output.splitlines()]
    show(rows)
    return rows


def show(rows):
    """Print the table: the course's time over the rival's, each with its goal, and the rest."""
    for part, kernel, threads in dict.fromkeys((r["part"], r["kernel"], r["threads"])
                                               for r in rows if r["part"] != "once"):
        part_rows = [r for r in rows if (r["part"], r["kernel"], r["threads"]) == (part, kernel, threads)]
        clock = "time that passes" if part == "threads" else "CPU time"
        print(f"\n{kernel}, {threads} thread(s): {clock}, course / rival"
              "   [rival's median and quartiles in ms]   (goal)")
        for r in part_rows:
            goals = dict(zip(SIZES, GOALS.get(r["what"], (None,) * 3)))
            goal = "" if goals.get(r["size"]) is None else f"   (goal {goals[r['size']]:.2f})"
            spread = f"   [{r['ms']:.3g}: {r['low']:.3g} to {r['high']:.3g}]" if r["ms"] != "" else ""
            print(f"  {r['size']:7}{r['precision']:8} {r['what']:22}{r['value']:6.2f}{goal}{spread}")
    print()
    for r in rows:
        if r["part"] == "once" and not r["what"].startswith(("time,", "memory,")):
            goal = f"   (goal {SINGLE[r['what']]})" if r["what"] in SINGLE else ""
            print(f"  {r['what']:48} {r['size']:8}{r['precision']:8} {r['value']:.3g}{goal}")


def main():
    for variable in SETTINGS.values():
        os.environ.pop(variable, None)                      # each part has its own
    print(machine())
    rows = []
    for kernel in KERNELS:
        rows += run("table", kernel, 1) + run("gates", kernel, 1)
    rows += run("threads", KERNELS[-1], 2) + run("once", KERNELS[0], 1)
    write("speed", rows)
    picture.draw(rows, f"{machine()}; OpenBLAS's {KERNELS[0]} kernel", Path(".github/benchmarks.png"))
    print("\nhelpers/data/measured_speed.csv and .github/benchmarks.png are new.")


if __name__ == "__main__":
    main()
