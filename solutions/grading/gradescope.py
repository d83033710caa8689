"""The same judge as an autograder of Gradescope.

    python -m solutions.grading.gradescope 03 --seed 4711       # writes autograder-03.zip, to upload there
"""

import argparse
import json
import secrets
import time
from pathlib import Path

from solutions.grading.files import COURSE, course_files, write, write_zip
from solutions.grading.handed_in import contents
from solutions.grading.judge import Judge
from solutions.grading.release import lesson_file

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
    needed = " ".join(line for line in (COURSE / "requirements.txt").read_text(encoding="utf-8").split()
                      if line.startswith(("numpy==", "matplotlib==", "tqdm==", "nbformat==")))
    write_zip(target, [("setup.sh", SETUP.format(packages=needed)),
                       ("run_autograder", RUN.format(lesson=lesson, seed=seed)),
                       *course_files("helpers/**/*", "exercises/**/*.py", "solutions/grading/*.py",
                                     f"notebooks/{lesson}_*.ipynb")], mode=0o755)


def results(lesson, seed, home=HOME):
    """What Gradescope shows: judge what was handed in there."""
    start = time.monotonic()
    about = json.loads((home / "submission_metadata.json").read_text(encoding="utf-8"))
    files = [(name.split("/")[-1], read) for name, read in contents(home / "submission") if callable(read)]
    graded = Judge(lesson_file(lesson), seed).graded(files, about["users"][0]["email"].split("@")[0])
    found = {"stdout_visibility": "hidden", "output": "\n".join(graded.remarks), "tests": [
        {"name": f"Exercise {row.number}", "number": row.number, "score": row.points,
         "max_score": row.highest, "visibility": "visible",
         "output": "\n".join([repr(row.result), *row.notes])} for row in graded.rows]}
    found["tests"] += [{"name": "For the teacher", "visibility": "hidden", "output": said}
                       for said in graded.private]
    if graded.reason:
        found |= {"score": 0.0, "output": f"This could not be graded: {graded.reason}. Hand it in again."}
    return found | {"execution_time": round(time.monotonic() - start)}


def main():
    """Build the ZIP, or run in it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("lesson", type=lambda text: text.zfill(2))
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10 ** 18))
    parser.add_argument("--run", action="store_true")
    given = parser.parse_args()
    if given.run:
        write(HOME / "results" / "results.json", json.dumps(results(given.lesson, given.seed), indent=1))
    else:
        target = Path(f"autograder-{given.lesson}.zip")
        build(given.lesson, given.seed, target)
        print(target)


if __name__ == "__main__":
    main()
