"""Plans: which slides of which lessons, how long each. The format is told in solutions/plans/README.md."""

import tomllib
from dataclasses import replace
from pathlib import Path

from slides import guide
from slides.deck import Piece, Slide, exercise_of

PLANS = Path(__file__).parent.parent.parent / "plans"


class PlanError(Exception):
    """A plan names what is not there, or its minutes do not add up."""


def path_of(name):
    """The file of a plan, such as "90" or "90_minutes". Raises PlanError."""
    for path in (PLANS / f"{name}.toml", PLANS / f"{name}_minutes.toml"):
        if path.exists():
            return path
    there = ", ".join(sorted(path.stem.removesuffix("_minutes") for path in PLANS.glob("*.toml")))
    raise PlanError(f"there is no plan {name!r} in solutions/plans; there are {there}.")


def read(name):
    """A plan as a dict. Raises PlanError where it keeps the format badly or its minutes do not add up."""
    path = path_of(name)
    try:
        plan = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise PlanError(f"{path.name}: {error}") from None
    faults = list(faults_of(plan))
    if faults:
        raise PlanError(f"{path.name}: " + "; ".join(faults))
    return plan


def faults_of(plan):
    """What is wrong with a plan by itself, sentences without an end."""
    for field in {"title", "minutes", "session"} - set(plan):
        yield f"{field!r} is missing"
    sessions = plan.get("session", [])
    if sum(session.get("minutes", 0) for session in sessions) != plan.get("minutes"):
        yield f"its sessions have {sum(session.get('minutes', 0) for session in sessions)} minutes together"
    for number, session in enumerate(sessions, 1):
        for field in {"title", "minutes", "part", "cut_first", "homework", "ask_next"} - set(session):
            yield f"session {number}: {field!r} is missing"
        parts = session.get("part", [])
        if sum(part.get("minutes", 0) for part in parts) != session.get("minutes"):
            yield f"session {number}: its parts do not have {session.get('minutes')} minutes together"
        names = [part.get("do") or part.get("heading") for part in parts]
        for part in parts:
            if not ("do" in part or {"lesson", "heading"} <= set(part)):
                yield f"session {number}: a part has a lesson and a heading, or do; here is {part}"
            for field in set(part) - {"lesson", "heading", "minutes", "show", "do"}:
                yield f"session {number}: a part has no {field!r}"
        for cut in session.get("cut_first", []):
            if cut not in names:
                yield f"session {number}: cut_first names {cut!r}, which is no part of it"
        for homework in session.get("homework", []):
            if exercise_of(homework) is None and not written(homework):
                yield f"session {number}: there is no exercise {homework}"


def written(number):
    """True for a text that a person grades."""
    from exercises.lessons.catalogue import lesson_module
    return number in getattr(lesson_module(number.split(".")[0].zfill(2)), "WRITTEN", {})


def lessons(plan):
    """The lessons that a plan needs, in order."""
    return sorted({part["lesson"] for session in plan["session"] for part in session["part"]
                   if "lesson" in part})


def decks(plan, slides_of):
    """[(title, slides)] for each session. slides_of: a function from a lesson's number to its slides."""
    made, ask = [], ""
    for number, session in enumerate(plan["session"], 1):
        several = len(plan["session"]) > 1
        title = f"{plan['title']}: {session['title']}" if several else plan["title"]
        parts = [paced(part, chosen(part, slides_of)) for part in session["part"]]
        cut = "\n".join(f"{place}. {part}" for place, part in enumerate(session["cut_first"], 1))
        notes = [("Cut first", cut), *guided(session)]
        slides = [Slide("title", "", session["title"], notes=notes, name="title", seconds=5)]
        if ask:
            slides.append(Slide("ask", "", "From last time", [Piece("text", ask)], name="ask", seconds=30))
        slides += [slide for part in parts for slide in part] + homework(session)
        made.append((title, slides))
        ask = session["ask_next"]
    return made


def guided(session):
    """What the guide says before a session's lessons are begun: notes for its first slide."""
    pages = {lesson: guide.sections(lesson) for lesson in lessons({"session": [session]})}
    return [(f"Lesson {lesson}: {heading.lower()}", page[heading]) for lesson, page in pages.items()
            for heading in ("Ask first", "On the board") if heading in page]


def chosen(part, slides_of):
    """The slides of a part. Raises PlanError if one is not there."""
    if "do" in part:
        return [Slide("work", "", "Your turn", [Piece("text", part["do"])], name="work", first=True)]
    under = [slide for slide in slides_of(part["lesson"]) if slide.heading == part["heading"]
             or part["heading"] == slides_of(part["lesson"])[0].heading and slide.kind == "goals"]
    if not under:
        raise PlanError(f"lesson {part['lesson']} has no slides under {part['heading']!r}.")
    names = {alias: slide for slide in under for alias in (slide.name, f"Predict {slide.number}")}
    wanted = part.get("show", [slide.name for slide in under])
    missing = [name for name in wanted if name not in names]
    if missing:
        raise PlanError(f"lesson {part['lesson']}, {part['heading']!r}: there is no {missing[0]!r}; "
                        f"there are {', '.join(slide.name for slide in under)}.")
    return [replace(names[name], first=place == 0) for place, name in enumerate(wanted)]


def needed(slides):
    """Seconds that slides take, those of their words and pauses."""
    return sum(slide.takes for slide in slides)


def paced(part, slides):
    """Slides with the part's minutes: each what it takes, and its share of what is left over."""
    total, takes = 60 * part["minutes"], needed(slides)
    for slide in slides:
        slide.seconds = round(slide.takes * total / takes)
    return slides


def homework(session):
    """The last slide, if there is homework."""
    if not session["homework"]:
        return []
    known = {number: exercise_of(number) for number in session["homework"]}
    text = "\n".join(f"- **{number}** {known[number].title if known[number] else ''}" for number in known)
    notes = [("Ask next time", session["ask_next"])] if session["ask_next"] else []
    return [Slide("homework", "", "For next time", [Piece("text", text)], notes, first=True, seconds=30,
                  name="homework")]
