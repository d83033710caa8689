"""Decks that present offline, from the lessons' text.

    python solutions/build/slides                       all lessons: build/slides/00.html, 01.html, ...
    python solutions/build/slides 03                    some lessons
    python solutions/build/slides --plan 90             the decks of a plan: build/slides/plan_90.html
    python solutions/build/slides --names 03            what the slides of a lesson are called in plans
    python solutions/build/slides --minutes 90          what each part of a plan has, and what it takes
"""

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import cache
from pathlib import Path

COURSE = Path(__file__).parent.parent.parent.parent
sys.path[0] = str(COURSE)
sys.path.insert(0, str(COURSE / "solutions" / "build"))

import build_editions as editions  # noqa: E402
from slides import course, deck, films, joining, page, plans, running, sheet, vendor  # noqa: E402

from pictures import explorers  # noqa: E402

OUT = COURSE / "build" / "slides"
WORKERS = 2


@cache
def slides_of(number):
    """The slides of a lesson."""
    return deck.Reader(running.lesson(number), number).read()


@cache
def as_stored(number):
    """The slides of a lesson from its stored notebook: nothing is run."""
    return deck.Reader(running.stored(number), number).read()


def main():
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description="Decks that present offline, from the lessons' text.")
    parser.add_argument("lessons", nargs="*", help="numbers such as 03; all if none is given")
    parser.add_argument("--plan", help="the decks of a plan, such as 90")
    parser.add_argument("--by", help="who, where and when: a line on the first slide of a plan")
    parser.add_argument("--names", metavar="LESSON", help="print the names of a lesson's slides")
    parser.add_argument("--minutes", metavar="PLAN", help="print the minutes of a plan's parts")
    parser.add_argument("--out", type=Path, default=OUT, help="where decks are written")
    arguments = parser.parse_args()
    try:
        if arguments.names:
            print_names(as_stored(arguments.names))
        elif arguments.minutes:
            print_minutes(plans.read(arguments.minutes))
        elif arguments.plan:
            write_plan(arguments.plan, arguments.out, arguments.by)
        else:
            write_lessons(arguments.lessons, arguments.out)
    except (editions.BuildError, vendor.VendorError, plans.PlanError) as error:
        sys.exit(f"no slides: {error}")


def write_lessons(numbers, out):
    """Write the decks of some lessons, or of all."""
    numbers = [source.name[:2] for source in editions.find_sources(numbers)]
    prepare(numbers)
    for number in numbers:
        slides = joining.joined(slides_of(number))
        write(out / f"{number}.html", slides[0].heading, slides)


def write_plan(name, out, by=None):
    """Write the decks of a plan, one for each session, and their run sheets.
    by: a line on the first slide.
    """
    plan, stem = plans.read(name), plans.path_of(name).stem.removesuffix("_minutes")
    if by:
        plan["by"] = by
    prepare(plans.lessons(plan))
    made = plans.decks(plan, slides_of)
    for number, ((title, slides), printed) in enumerate(zip(made, sheet.sheets(plan, slides_of)), 1):
        place = f"_{number}" if len(made) > 1 else ""
        write(out / f"plan_{stem}{place}.html", title, slides)
        session = plan["session"][number - 1]
        if session.get("drop"):
            print(f"    without {'; '.join(session['drop'])}: "
                  f"{session['minutes']:g} of {session['whole']:g} minutes")
        (out / f"plan_{stem}{place}_run_sheet.html").write_text(printed, encoding="utf-8")
        if "hints" in session:
            (out / f"plan_{stem}{place}_hints.html").write_text(sheet.hints(session), encoding="utf-8")
    if "weeks" in plan:
        (out / f"plan_{stem}_course.html").write_text(sheet.for_learners(plan), encoding="utf-8")
        course.write()


def prepare(numbers):
    """Run lessons and draw films, two at a time; all of it is kept for the next build."""
    for name in vendor.DECK:
        vendor.tarball(name)
    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(running.lesson, numbers))
    wanted = {piece.content for number in numbers for slide in slides_of(number) for piece in slide.pieces
              if piece.kind == "explorer"}
    with ProcessPoolExecutor(WORKERS) as pool:
        list(pool.map(films.film, [name for name in explorers.__all__ if name in wanted]))


def write(path, title, slides):
    """Write one deck, and say how large it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page.page(title, slides), encoding="utf-8")
    below = sum(len(slide.below) for slide in slides)
    shown = path.relative_to(COURSE) if path.is_relative_to(COURSE) else path
    print(f"{shown}: {len(slides)} slides, {below} below, {path.stat().st_size / 1e6:.1f} MB", flush=True)


def print_names(slides):
    """The names of slides under their headings, with their first words and seconds."""
    heading = None
    for slide in slides:
        if slide.heading != heading:
            heading = slide.heading
            print(f"\n{heading}" + (f"   ({slide.deep})" if slide.deep else ""))
        text = next((piece.content for piece in slide.pieces if piece.kind == "text"), "")
        number = f" = Predict {slide.number}" if slide.kind == "predict" and slide.number else ""
        print(f"    {slide.name + number:28} {slide.takes:4} s   {' '.join(text.split())[:70]}")


def print_minutes(plan):
    """What each part of a plan has, and what it takes."""
    for session in plan["session"]:
        print(f"\n{session['title']}: {session['minutes']} minutes")
        for part in session["part"]:
            slides = plans.chosen(part, as_stored)
            print(f"    {part['minutes']:3} min, takes {plans.needed(slides) / 60:4.1f} "
                  f"({len(slides)} slides)  {plans.name_of(part)}")


if __name__ == "__main__":
    main()
