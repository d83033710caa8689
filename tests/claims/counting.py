"""Runs claims, keeps every single answer, and makes the table of them."""

import csv
import json
import multiprocessing
import time
from typing import NamedTuple

from helpers.datasets import FOLDER
from tests.claims.claim import code, interval

TABLE = FOLDER / "claims.csv"
COLUMNS = ("place", "sentence", "holds", "size", "held", "of", "low", "high", "control", "control_held",
           "control_of", "not_for_seeds", "control_for_seeds", "code", "seconds")
COUNTS = ("held", "of", "control_held", "control_of")
MAY_DIFFER = ("seconds",)               # from one machine, or one day, to another


class Run(NamedTuple):
    """One call of a claim's function. setting: its arguments as JSON, so that runs can be kept."""

    code: str
    setting: str
    size: int
    seed: int


def run_of(claim, setting, size, seed):
    """The run of a claim that a setting, a size and a seed name."""
    return Run(code(claim.function), json.dumps(setting, sort_keys=True), size, seed)


def parts(claim, size):
    """The runs that a row of the table counts. Returns (of the claim, of its control)."""
    return ([run_of(claim, claim.setting, size, seed) for seed in range(claim.seeds)],
            [run_of(claim, claim.without, size, seed) for seed in range(claim.control_seeds)])


def runs_of(claims):
    """Every run that the claims need, each once: {run: function}."""
    return {run: claim.function for claim in claims for size in claim.sizes
            for part in parts(claim, size) for run in part}


# --- keeping ---

def kept(path):
    """What a file of answers holds, {run: (held, seconds)}. A line that was cut off is passed over."""
    found = {}
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                *run, held, seconds = json.loads(line)
                found[Run(*run)] = (held, seconds)
            except (ValueError, TypeError):
                continue
    return found


def answer(task):
    """Run one task, (run, function). Returns (run, held, CPU seconds)."""
    run, function = task
    start = time.process_time()
    held = function(run.seed, run.size, **json.loads(run.setting))
    return run, bool(held), round(time.process_time() - start, 4)


def count(claims, path, jobs, watch=iter):
    """Make every run that the file does not hold yet, and write each down when it is done.
    watch: shows progress, as tqdm does. Returns {run: (held, seconds)}.
    """
    done = kept(path)
    tasks = [(run, function) for run, function in runs_of(claims).items() if run not in done]
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a", encoding="utf-8") as file, multiprocessing.get_context("spawn").Pool(jobs) as pool:
        file.write("\n")                                    # after a line that was cut off
        for run, held, seconds in watch(pool.imap_unordered(answer, tasks), total=len(tasks)):
            file.write(json.dumps([*run, held, seconds]) + "\n")
            file.flush()
            done[run] = (held, seconds)
    return done


# --- the table ---

def row(claim, size, answers):
    """A row of the table, all of it text. answers: {run: (held, seconds)}."""
    own, control = ([answers[run] for run in part] for part in parts(claim, size))
    held, control_held = (sum(held for held, _ in part) for part in (own, control))
    low, high = interval(held, claim.seeds)
    kind = "fails" if claim.control is None else "cause removed"
    changed = claim.fails if claim.control is None else claim.control
    cells = (claim.place, claim.sentence, claim.holds, size, held, claim.seeds, f"{low:.2f}", f"{high:.2f}",
             f"{kind}: " + ", ".join(f"{name}={value}" for name, value in changed.items()),
             control_held, claim.control_seeds,
             " ".join(str(seed) for seed, (held, _) in enumerate(own) if not held),
             " ".join(str(seed) for seed, (held, _) in enumerate(control) if held),
             code(claim.function), f"{sum(seconds for _, seconds in [*own, *control]):.0e}")
    return dict(zip(COLUMNS, map(str, cells)))


def write(rows, path=TABLE):
    """Write the table."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


def read(path=TABLE):
    """The table, {(place, sentence, size): row}, all of it text."""
    with open(path, newline="", encoding="utf-8") as file:
        return {(row["place"], row["sentence"], row["size"]): row for row in csv.DictReader(file)}


def same(one, other):
    """True if two tables say the same, but for the columns that may differ."""
    def bare(table):
        return {key: {name: cell for name, cell in row.items() if name not in MAY_DIFFER}
                for key, row in table.items()}
    return bare(one) == bare(other)
