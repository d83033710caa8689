"""Fetch the newest version of the course, and lose nothing: ``make update``.

    python solutions/build/update.py

Every notebook that differs from the course's own goes into mine/, a folder of yours that git ignores:
what was 01_unrolling.ipynb is mine/01_unrolling.ipynb, or mine/01_unrolling-2.ipynb if that is there
already. Nothing in mine/ is ever overwritten. Then git fetches the new version. It needs nothing but git
and Python's own library.
"""

import shutil
import subprocess
import sys
from pathlib import Path

COURSE = Path(__file__).parent.parent.parent


class Stopped(Exception):
    """The update cannot go on; nothing of the learner's was touched, or it is in mine/."""


def main():
    """Update the course in which this file stands."""
    try:
        for path in update(COURSE):
            print(f"Your notebook is now {path.relative_to(COURSE).as_posix()}.")
        print("The course is up to date. What you have solved is still known: progress() shows it.")
    except Stopped as stopped:
        sys.exit(f"update stopped: {stopped}")


def update(course):
    """Put changed notebooks into mine/, then fetch. course: its folder.
    Returns the paths of the copies. Raises Stopped.
    """
    if not (course / ".git").exists():
        raise Stopped("this folder was not made by git clone. Unpack the new version beside it, "
                      "and copy your folder mine/ and the notebooks that you filled in "
                      "into the new one's mine/.")
    git(course, "fetch", "--quiet")
    if git(course, "rev-list", "@{upstream}..HEAD"):
        raise Stopped("you have commits of your own. "
                      "Join the two versions with git (git rebase, or git merge).")
    changed = git(course, "-c", "core.quotepath=off", "diff", "--name-only", "-z", "HEAD").split("\0")
    notebooks = [name for name in changed if name.endswith(".ipynb")]
    others = [name for name in changed if name and name not in notebooks]
    if others:
        raise Stopped(f"you changed {', '.join(others)}, too. "
                      "Put that aside first (git stash, or git commit), then try again.")
    copies = [put_aside(course / name, course / "mine") for name in notebooks if (course / name).exists()]
    if notebooks:
        git(course, "checkout", "--quiet", "HEAD", "--", *notebooks)
    git(course, "merge", "--quiet", "--ff-only", "@{upstream}")
    return copies


def put_aside(path, folder):
    """Copy a file into a folder, under a name that is free there. Returns the copy's path."""
    folder.mkdir(exist_ok=True)
    copy, number = folder / path.name, 1
    while copy.exists():
        if copy.read_bytes() == path.read_bytes():
            return copy                                 # it is there already
        number += 1
        copy = folder / f"{path.stem}-{number}{path.suffix}"
    shutil.copyfile(path, copy)
    return copy


def git(course, *arguments):
    """What a git command prints. Raises Stopped with git's own words if it fails, or if there is no git."""
    try:
        run = subprocess.run(["git", *arguments], cwd=course,
                             capture_output=True, text=True, encoding="utf-8")
    except FileNotFoundError:
        raise Stopped("there is no program called git. "
                      "Install it, or unpack the new version beside this one.") from None
    if run.returncode:
        raise Stopped(f"git {arguments[0]} says: {run.stderr.strip()}")
    return run.stdout


if __name__ == "__main__":
    main()
