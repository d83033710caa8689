"""The same judge as an autograder of Gradescope.

    python -m solutions.grading.gradescope 03 --seed 4711       # writes autograder-03.zip, to upload there
"""

import argparse
import json
import secrets
import time
import zipfile
from pathlib import Path

from solutions.grading import handed_in
from solutions.grading.excerpt import COURSE
from solutions.grading.judge import Judge
from solutions.grading.submission import Unreadable

HOME = Path("/autograder")
SETUP = """#!/usr/bin/env bash
apt-get update
apt-get install -y python3.11 python3.11-venv || apt-get install -y python3 python3-venv
"$(command -v python3.11 || command -v python3)" -m venv /autograder/venv
/autograder/venv/bin/pip install {packages}
"""
RUN = """#!/usr/bin/env bash
cd /autograder/source
/autograder/venv/bin/python -m solutions.grading.gradescope {lesson} --seed {seed} --run
"""


def build(lesson, seed, target):
    """Write the ZIP: the course without its solutions, and what Gradescope runs."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        needed = " ".join(line for line in (COURSE / "requirements.txt").read_text(encoding="utf-8").split()
                          if line.startswith(("numpy==", "matplotlib==", "tqdm==")))
        for name, text in (("setup.sh", SETUP.format(packages=needed)),
                           ("run_autograder", RUN.format(lesson=lesson, seed=seed))):
            entry = zipfile.ZipInfo(name)
            entry.external_attr = 0o755 << 16
            archive.writestr(entry, text)
        rooms = [("helpers", "*"), ("exercises", "*.py"), ("solutions/grading", "*.py"),
                 ("notebooks", f"{lesson}_*.ipynb")]
        for path in (path for room, kind in rooms for path in sorted((COURSE / room).rglob(kind))):
            if path.is_file() and "__pycache__" not in path.parts:
                archive.write(path, path.relative_to(COURSE).as_posix())


def results(lesson, seed, home=HOME):
    """What Gradescope shows: judge what was handed in there."""
    release, found = next((COURSE / "notebooks").glob(f"{lesson}_*.ipynb")), {"stdout_visibility": "hidden"}
    start = time.monotonic()
    try:
        about = json.loads((home / "submission_metadata.json").read_text(encoding="utf-8"))
        files = [(name.split("/")[-1], read) for name, read in handed_in.files_in(home / "submission")]
        _, data, note = handed_in.chosen(files, release.name)
        rows = Judge(release.read_bytes(), lesson, seed).rows(data, about["users"][0]["email"].split("@")[0])
        found["output"] = note
        found["tests"] = [{"name": f"Exercise {row.result.number}", "number": row.result.number,
                           "score": row.points, "max_score": row.highest, "visibility": "visible",
                           "output": "\n".join([repr(row.result), *row.notes])} for row in rows]
    except Unreadable as error:
        found |= {"score": 0.0, "output": f"This could not be graded: {error}. Hand it in again."}
    return found | {"execution_time": round(time.monotonic() - start)}


def main():
    """Build the ZIP, or run in it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("lesson")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10 ** 9))
    parser.add_argument("--run", action="store_true")
    given = parser.parse_args()
    lesson = given.lesson.zfill(2)
    if given.run:
        found = json.dumps(results(lesson, given.seed), indent=1)
        (HOME / "results").mkdir(exist_ok=True)
        (HOME / "results" / "results.json").write_text(found, encoding="utf-8")
    else:
        build(lesson, given.seed, f"autograder-{lesson}.zip")
        print(f"autograder-{lesson}.zip")


if __name__ == "__main__":
    main()
