"""The course on the web.

    python solutions/build/site             all of it: build/site/
    python solutions/build/site --book      the pages alone, with what decks and lab are there already
"""

import argparse
import subprocess
import sys
from pathlib import Path

COURSE = Path(__file__).parent.parent.parent.parent
HERE, BUILD = Path(__file__).parent, COURSE / "solutions" / "build"
sys.path[:0] = map(str, (COURSE, BUILD, HERE))

import book  # noqa: E402
import lab  # noqa: E402
from slides import plans, vendor  # noqa: E402

OUT = COURSE / "build" / "site"
SLIDES = [sys.executable, str(BUILD / "slides")]


def main():
    """Build what the command line asks for."""
    parser = argparse.ArgumentParser(description="The course on the web, as one folder.")
    parser.add_argument("--book", action="store_true", help="the pages alone")
    parser.add_argument("--out", type=Path, default=OUT, help="where the site is written")
    arguments = parser.parse_args()
    out = arguments.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    try:
        if not arguments.book:
            decks(out / "slides")
            lab.build(out / "lab")
        book.build(out, run=lambda lesson: f"lab/{lab.address(lesson)}", size=lab.MEGABYTES)
    except (vendor.VendorError, book.BookError, RuntimeError, subprocess.CalledProcessError) as error:
        sys.exit(f"no site: {error}")
    print(f"{out}: {sum(path.stat().st_size for path in out.rglob('*') if path.is_file()) / 1e6:.0f} MB")


def decks(out):
    """All decks and the run sheets of all plans."""
    subprocess.run([*SLIDES, "--out", str(out)], check=True)
    for path in sorted(plans.PLANS.glob("*.toml")):
        subprocess.run([*SLIDES, "--plan", path.stem, "--out", str(out)], check=True)


if __name__ == "__main__":
    main()
