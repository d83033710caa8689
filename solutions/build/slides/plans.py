"""Plans: which slides of which lessons, how long each. The format is told in solutions/plans/README.md."""

import re
import tomllib
from dataclasses import replace

from slides import course, guide, joining, saying, written
from slides.deck import Piece, Slide, exercise_of

SECTION = re.compile(r"^\d+ · ")
FIELDS = {"lesson", "plan", "heading", "minutes", "show", "title", "notes", "do", "review", "slide", "opens"}
OF_SESSION = {"title", "minutes", "part", "cut_first", "homework", "ask_next"}
OF_PLAN = {"title", "minutes", "session"}
MORE = {"session": {"needs", "due", "keep", "optional", "drop", "remark", "guided", "more", "prepare",
                    "after", "hints", "free", "ends_with", *course.FIELDS},
        "plan": {"weeks", "ahead", "thread", "left_out", "marks", "objectives", "by"}}
PLANS = written.PLANS
OWN = PLANS.parent.parent / "mine" / "plans"        # an update spares it


class PlanError(Exception):
    """A plan names what is not there, or its minutes do not add up."""


def path_of(name):
    """The file of a plan, such as "90" or "90_minutes". Raises PlanError."""
    for folder in (OWN, PLANS):
        for path in (folder / f"{name}.toml", folder / f"{name}_minutes.toml"):
            if path.exists():
                return path
    there = ", ".join(sorted(path.stem.removesuffix("_minutes") for folder in (OWN, PLANS)
                             for path in folder.glob("*.toml")))
    raise PlanError(f"there is no plan {name!r} in mine/plans or solutions/plans; there are {there}.")


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
    for session in plan["session"]:
        without(session)
        for part in session["part"]:
            part["folder"] = path.parent
            if "plan" in part:
                part["slide"], part["folder"] = borrowed(part), path_of(part["plan"]).parent
    return plan


def without(session):
    """Leave out the parts that the session drops, with their minutes."""
    dropped = session.get("drop", [])
    if not dropped:
        return
    session["whole"] = session["minutes"]
    session["part"] = [part for part in session["part"] if not named(part, dropped)]
    session["minutes"] = sum(part["minutes"] for part in session["part"]) + session.get("free", 0)
    session["cut_first"] = [name for name in session["cut_first"] if name not in dropped]


def borrowed(part):
    """The text of a slide that stands in another plan. Raises PlanError."""
    for session in read(part["plan"])["session"]:
        for other in session["part"]:
            if "slide" in other and name_of(other) == part["heading"]:
                return other["slide"]
    raise PlanError(f"plan {part['plan']!r} has no slide {part['heading']!r}.")


def faults_of(plan):
    """What is wrong with a plan by itself, sentences without an end."""
    before = []
    for fault in wrong_fields(plan):
        before.append(fault)
        yield fault
    sessions = plan.get("session", [])
    if sum(session.get("minutes", 0) for session in sessions) != plan.get("minutes"):
        yield f"its sessions have {sum(session.get('minutes', 0) for session in sessions)} minutes together"
    for number, session in enumerate(sessions, 1):
        parts = session.get("part", [])
        if sum(part.get("minutes", 0) for part in parts) + session.get("free", 0) != session.get("minutes"):
            yield f"session {number}: its parts do not have {session.get('minutes')} minutes together"
        if "ends_with" in session and not (parts and named(parts[-1], [session["ends_with"]])):
            yield f"session {number}: ends_with names {session['ends_with']!r}, which is not its last part"
        for part in parts:
            placed = "heading" in part and {"lesson", "plan"} & set(part)
            if not (placed or {"do", "review", "slide"} & set(part)):
                yield (f"session {number}: a part has a lesson and a heading, or slide, do or review; "
                       f"here is {part}")
            for field in set(part) - FIELDS:
                yield f"session {number}: a part has no {field!r}"
        for field in ("cut_first", "drop", "keep"):
            for name in session.get(field, []):
                if not any(named(part, [name]) for part in parts):
                    yield f"session {number}: {field} names {name!r}, which is no part of it"
        for homework in sum((session.get(field, []) for field in ("homework", "optional", "hints")), []):
            if exercise_of(homework) is None and not graded(homework):
                before.append(homework)
                yield f"session {number}: there is no exercise {homework}"
    if "weeks" in plan and not before:
        yield from course.faults(plan)


def wrong_fields(plan):
    """Fields that are missing, or that nobody reads."""
    for where, table, needed, more in [("", plan, OF_PLAN, MORE["plan"])] + [
            (f"session {number}: ", session, OF_SESSION, MORE["session"])
            for number, session in enumerate(plan.get("session", []), 1)]:
        yield from (f"{where}{field!r} is missing" for field in sorted(needed - set(table)))
        yield from (f"{where}there is no field {field!r}" for field in sorted(set(table) - needed - more))


def name_of(part):
    """What a part is called: the heading of its slides, or what is done."""
    if "slide" in part:
        return written.heading(part["slide"])
    return part["heading"] if "heading" in part else part.get("title") or part.get("do") or part.get("review")


def named(part, names):
    """The one of some names that a part has, its title or its heading; "" if it has none of them."""
    return next((name for name in (part.get("title"), name_of(part)) if name in names), "")


def graded(number):
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
        heading, below = (session["title"], plan["title"]) if several else (plan["title"], session["title"])
        parts = [paced(part, chosen(part, slides_of)) for part in session["part"]]
        guided(session, parts)
        cut = "\n".join(f"{place}. {part}" for place, part in enumerate(session["cut_first"], 1))
        notes = [("Needed", session.get("needs", "")), ("Cut first", cut)]
        below += f"\n\n{plan['by']}" if "by" in plan else ""
        slides = [Slide("title", "", heading, [Piece("text", below)], [note for note in notes if note[1]],
                        name="title", seconds=5), *opening(session, ask)]
        place = len(parts) - ("ends_with" in session)
        parts[0][0].seconds -= sum(slide.seconds for slide in slides)      # theirs is time of the parts
        ends = homework(session)
        parts[place - 1][-1].seconds -= sum(slide.seconds for slide in ends)
        slides += [slide for part in [*parts[:place], ends, *parts[place:]] for slide in part]
        made.append((title, slides))
        ask = session["ask_next"]
    return made


def opening(session, ask):
    """The slides after the title: what was to be asked, and what everybody can do afterwards."""
    goals = "\n".join(f"- {item}" for item in session.get("can", []))
    return [Slide("ask", "", heading, [Piece("text", text)], first=True, name="ask", seconds=30)
            for heading, text in (("From last time", ask), ("By the end of this session you can", goals))
            if text]


def guided(session, parts):
    """Put what the guide says before a lesson is begun into the notes of its first slide in a session. Where
    slides are written by hand for a lesson (its number is in "guided"), they have notes of their own."""
    begun = set(session.get("guided", []))
    for part, slides in zip(session["part"], parts):
        if (lesson := part.get("lesson")) and lesson not in begun:
            begun.add(lesson)
            page = guide.sections(lesson)
            slides[0].notes += [(f"Lesson {lesson}: {heading.lower()}", page[heading])
                                for heading in ("Ask first", "On the board") if heading in page]


def chosen(part, slides_of):
    """The slides of a part. Raises PlanError if one is not there."""
    if "slide" in part:
        try:
            made = written.slide(part["slide"], part.get("folder", PLANS))
            if "notes" in part:
                made.notes.insert(0, ("", part["notes"]))
            return [made]
        except (ValueError, OSError) as error:
            raise PlanError(f"the slide {name_of(part)!r}: {error}") from None
    for field, heading in (("review", "Homework, looked at"), ("do", "Your turn")):
        if field in part:
            text = part[field].removeprefix("Ask: ")
            return [Slide("work", "", part.get("title", heading),
                          [Piece("text", text[:1].upper() + text[1:])], name="work", first=True,
                          notes=[("", part["notes"])] if "notes" in part else [])]
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
    heading = part.get("title") or SECTION.sub("", part["heading"])
    slides = [replace(names[name], heading=heading, first=place == 0,
                      notes=list(names[name].notes)) for place, name in enumerate(wanted)]
    slides = joining.joined(slides)
    for slide in slides if "opens" in part else ():
        slide.pieces = [piece._replace(opens=tuple(part["opens"])) if piece.kind == "explorer" else piece
                        for piece in slide.pieces]
    if "notes" in part:
        slides[0].notes.insert(0, ("", part["notes"]))
        slides[0].said += saying.words(part["notes"])
    return slides


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
    optional = session.get("optional", [])
    text = "\n".join(f"- **{number}** {course.exercises()[number].title.partition(' · ')[2]}"
                     + (" (optional)" if number in optional else "")
                     for number in session["homework"] + optional)
    notes = [("Ask next time", session["ask_next"])] if session["ask_next"] else []
    heading = f"At home: about {course.told(course.at_home(session))} minutes"
    if "prepare" in session:
        prepared = session["prepare"]["what"]
        text += f"\n\n{prepared[:1].upper()}{prepared[1:]}."
    text += f"\n\n{written.with_address(session['remark'])}" if "remark" in session else ""
    if "can" in session:
        notes.insert(0, ("At home", course.home(session)))
    return [Slide("homework", "", heading, [Piece("text", text)], notes, first=True, seconds=30,
                  name="homework")]
