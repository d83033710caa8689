"""``make claims``: count on all cores how often every claim holds, and write helpers/data/claims.csv.

    python -m tests.claims [--jobs 1] [--answers build/claims.jsonl] [--table helpers/data/claims.csv]

Stop it whenever you like: every answer is written down at once, and the next call goes on from there.
Delete the file of answers to begin anew.
"""

import argparse
import os
import sys
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")          # matrices are small, and every core has a process

from tqdm import tqdm

from tests.claims import counting
from tests.claims.claim import CLAIMS, apart, bears_out
from tests.claims.lessons import load


def main():
    parser = argparse.ArgumentParser(description="Count how often every claim holds.")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0))
                        if hasattr(os, "sched_getaffinity") else os.cpu_count())
    parser.add_argument("--answers", type=Path, default=Path("build/claims.jsonl"))
    parser.add_argument("--table", type=Path, default=counting.TABLE)
    arguments = parser.parse_args()
    load()
    try:
        answers = counting.count(CLAIMS, arguments.answers, arguments.jobs, tqdm)
    except KeyboardInterrupt:
        sys.exit(f"stopped; the answers so far are in {arguments.answers}, and the next call goes on.")
    rows = [counting.row(claim, size, answers) for claim in CLAIMS for size in claim.sizes]
    counting.write(rows, arguments.table)
    for row in rows:
        show(row)


def show(row):
    """One line for a row of the table, with what speaks against it."""
    held, n, control_held, control_n = (int(row[name]) for name in counting.COUNTS)
    print(f"{row['place']:8} {row['size']:>4}  {held:2} of {n} ({row['low']} to {row['high']}), control "
          f"{control_held:2} of {control_n}  {row['holds']}: {row['sentence'][:60]}",
          "" if bears_out(row["holds"], held, n) else "DOES NOT HOLD",
          "" if apart(row["holds"], held, n, control_held, control_n) else "ITS CONTROL HOLDS AS WELL")


if __name__ == "__main__":
    main()
