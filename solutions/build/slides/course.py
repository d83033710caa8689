"""A plan that is a course: what goes home and how long it takes, what is handed in, what is left out.

A plan with ``weeks`` is a course; what its sessions then need is told in solutions/plans/README.md, whose
tables are written from here.
"""

import functools
import re
from pathlib import Path

import reading
import references

from exercises.lessons.catalogue import find, lesson_module

README = Path(__file__).parents[2] / "plans" / "README.md"
FIELDS = ("can", "before", "read", "behind")        # what a session of a course tells
EVEN = 1.6              # no session sends home more than so many times as much as another
WEEKS = 1.5             # and no week
DENSE = 17              # parts of a session at most, in a course of several weeks
REVIEW = 10             # minutes at least in which homework is looked at
ALONE = 0.8             # an exercise has at least this share of what it takes alone
SECTIONS = 3            # to read at home at most
CUT = 12                # minutes that a session can lose after its first third, in a course of several weeks
RUSTY = 1.5             # how much longer home takes whose calculus or NumPy is rusty: README says so
CALLED = re.compile(r"Exercise (\d+\.\d+)\b")
SECTION = re.compile(r"(\d\d): (.+)")
WORK = re.compile(r"@(\w+)(?:: (.+))?")
TABLES = re.compile(r"(?<=<!-- courses: begin -->\n).*?(?=<!-- courses: end -->)", re.DOTALL)


# --- minutes and points ---

@functools.cache
def parts():
    """{(lesson, heading): Part} of all lessons."""
    return {(lesson, part.title): part for lesson, found in reading.all_parts().items() for part in found}


@functools.cache
def exercises():
    """{number: Part} of all exercises, warm-ups left out."""
    return {CALLED.match(title)[1]: part for (_, title), part in parts().items() if CALLED.match(title)}


def at_home(session):
    """Minutes of a session's homework, exercises and sections to read, by the lessons' own formula, and what
    is to prepare; what is begun in class has less left for home."""
    begun = sum(part["minutes"] for part in session.get("part", []) if "lesson" in part and
                (called := CALLED.match(part["heading"])) and called[1] in session["homework"])
    read = [parts()[each] for each in sections(session) if each in parts()]
    set_home = [exercises()[number] for number in session["homework"]]
    prepared = session.get("prepare", {}).get("minutes", 0)
    return sum(part.minutes for part in set_home + read) + prepared - begun


def told(minutes):
    """Minutes in steps of five."""
    return f"{reading.STEP * round(minutes / reading.STEP)}"


def points(numbers):
    """How many points exercises have together."""
    return sum(getattr(lesson_module(number.split(".")[0].zfill(2)), "WRITTEN", {}).get(number)
               or find(number).points for number in numbers)


def in_class(session):
    """[(number, minutes)] of the exercises that are done in a session; one that is shown and done at home is
    homework."""
    found = []
    for part in session["part"]:
        called = CALLED.match(part.get("heading") or part.get("slide", "").strip().removeprefix("## "))
        shown = {"exercise", "vote", "order"} & set(part.get("show", ["exercise"]))
        if called and shown and called[1] not in session["homework"]:
            found.append((called[1], part["minutes"]))
    return found


def handed_in(session, teacher=True):
    """What is due when a session begins, in words; "" for nothing. teacher: with commands to grade it."""
    return in_words(session.get("due", []), teacher)


def afterwards(session, teacher=True):
    """What is due some days after a session, in words; "" for nothing."""
    after = session.get("after", {})
    return f"{in_words(after['due'], teacher)}, {after['days']} days later" if after else ""


def in_words(numbers, teacher):
    """Exercises that are handed in, with their points and who gives them."""
    told_of = []
    for lesson, due in by_lesson(numbers).items():
        written = by_hand(due)
        counted = listed([number for number in due if number not in written])
        command = f'`make grade LESSON={lesson} EXERCISES="{counted}"`' if teacher else "by its checks"
        givers = ([command] if counted else []) + (
            [f"{' and '.join(written)} by {'you' if teacher else 'your teacher'}"] if written else [])
        which = "" if teacher else f", {listed(due)}"
        found = points(due)
        told_of.append(f"lesson {lesson}{which}: {found} point{'s' * (found != 1)} ({', '.join(givers)})")
    return "; ".join(told_of)


def by_lesson(numbers):
    """{lesson: its exercises} of some exercises."""
    found = {}
    for number in numbers:
        found.setdefault(number.split(".")[0].zfill(2), []).append(number)
    return found


def all_due(session):
    """Exercises that are handed in when a session begins, or after it."""
    return session.get("due", []) + session.get("after", {}).get("due", [])


def by_hand(numbers):
    """Those exercises that a person grades."""
    return [number for number in numbers
            if number in getattr(lesson_module(number.split(".")[0].zfill(2)), "WRITTEN", {})]


def returned(before, counted="`make count LESSON={}`"):
    """What comes back in a session, in words; "" for nothing. before: the session before it."""
    told_of = []
    for lesson, due in by_lesson(before.get("due", [])).items():
        how = f" ({counted.format(lesson)})" if counted and by_hand(due) != due else ""
        told_of.append(f"lesson {lesson}, {listed(due)}{how}")
    return "; ".join(told_of)


def listed(numbers):
    """Numbers of exercises, three or more that follow one another as a range."""
    runs = []
    for number in numbers:
        lesson, place = map(int, number.split("."))
        if runs and runs[-1][1] == (lesson, place - 1):
            runs[-1][1] = (lesson, place)
        else:
            runs.append([(lesson, place), (lesson, place)])
    words = []
    for (lesson, first), (_, last) in runs:
        words += ([f"{lesson}.{first} to {lesson}.{last}"] if last > first + 1 else
                  [f"{lesson}.{place}" for place in range(first, last + 1)])
    return ", ".join(words)


def reads(item):
    """What is read, in words: a section of a lesson, or a work."""
    if found := SECTION.fullmatch(item):
        return f"lesson {found[1]}, *{found[2]}*"
    key, why = WORK.fullmatch(item).groups()
    return f"{references.reference(references.find(key)).rstrip('.')}" + (f": {why}" if why else "")


# --- what is wrong with a course ---

def faults(plan):
    """What is wrong with a plan as a course, sentences without an end."""
    sessions, given = plan["session"], {}
    for number, session in enumerate(sessions, 1):
        where = f"session {number}"
        for field in FIELDS:
            if field not in session:
                yield f"{where}: {field!r} is missing"
        yield from (f"{where}: {item!r} is no section and no work" for item in session.get("read", [])
                    if not known(item))
        yield from (f"{where}: {cut!r} is a part of the thread, and cut_first names it"
                    for cut in session["cut_first"] if cut in plan.get("thread", []))
        yield from (f"{where}: {cut!r} is kept, and cut_first names it"
                    for cut in session["cut_first"] if cut in session.get("keep", []))
        yield from structure(session, where)
        if plan["weeks"] > 1:
            yield from roomy(session, where)
        yield from (f"{where}: {each} is due, and nobody was given it" for each in session.get("due", [])
                    if each not in given)
        first = session["part"][0]
        if number > 1 and not ("review" in first and first["minutes"] >= REVIEW):
            yield f"{where}: it begins with a review of {REVIEW} minutes"
        last = sessions[number - 2]["homework"] if number > 1 else []
        if last and not any(each in first.get("review", "") for each in last):
            yield f"{where}: its review names nothing of the last homework"
        for each, minutes in in_class(session):
            takes = exercises()[each].minutes
            if minutes < ALONE * takes:
                yield f"{where}: exercise {each} has {minutes} minutes, and takes {takes:.0f} alone"
        for each in [*(done for done, _ in in_class(session)), *session["homework"],
                     *session.get("optional", [])]:
            if each in given:
                yield f"{where}: {each} was given in session {given[each]}"
            given[each] = number
        yield from (f"{where}: {each} is due after it, and nobody was given it"
                    for each in session.get("after", {}).get("due", []) if each not in given)
    yield from not_even(plan)
    yield from not_covered(plan, given)
    yield from not_graded(plan)
    yield from not_marked(plan)


def known(item):
    """Whether what is to be read is there."""
    if found := SECTION.fullmatch(item):
        return found.groups() in parts()
    found = WORK.fullmatch(item)
    try:
        return bool(found and references.find(found[1]))
    except references.CitationError:
        return False


def structure(session, where):
    """What is wrong with the pause and the reading of a session."""
    if "Stretch" not in [part.get("title") for part in session["part"]]:
        yield f"{where}: nobody stretches"
    if "Stretch" in session["cut_first"]:
        yield f"{where}: cut_first names 'Stretch'"
    kinds = [bool(SECTION.fullmatch(item)) for item in session.get("read", [])]
    if kinds != sorted(kinds, reverse=True):
        yield f"{where}: sections are read before works"
    read = sections(session)
    if len(read) > SECTIONS:
        yield f"{where}: {len(read)} sections are to read, and {SECTIONS} are enough"
    order = [list(parts()).index(each) for each in read if each in parts()]
    if order != sorted(order):
        yield f"{where}: sections are read in another order than they stand in"
    yield from (f"{where}: {item!r} is no section" for item in session.get("more", [])
                if not SECTION.fullmatch(item) or not known(item))


def roomy(session, where):
    """Whether a session has too many parts, or too little that can be cut once its first third is over."""
    if len(session["part"]) > DENSE:
        yield f"{where}: it has {len(session['part'])} parts, and {DENSE} are enough"
    clock, late = 0, 0
    for part in session["part"]:
        if clock >= session["minutes"] / 3 and called(part) in session["cut_first"]:
            late += part["minutes"]
        clock += part["minutes"]
    if late < CUT:
        yield f"{where}: {late:g} minutes can be cut after its first third, and it needs {CUT}"


def called(part):
    """What cut_first calls a part."""
    from slides import plans
    return plans.name_of(part)


def sections(session):
    """[(lesson, heading)] of what is to be read."""
    found = [SECTION.fullmatch(item) for item in session.get("read", [])]
    return [each.groups() for each in found if each]


def not_even(plan):
    """Whether one session, or one week, sends home much more than another."""
    for what, groups, most in (("session", [[session] for session in plan["session"]], EVEN),
                               ("week", weeks(plan), WEEKS)):
        minutes = [total for group in groups if (total := sum(at_home(each) for each in group))]
        if minutes and max(minutes) > most * min(minutes):
            yield f"homework of a {what} is from {min(minutes):.0f} to {max(minutes):.0f} minutes"


def weeks(plan):
    """The sessions of each week."""
    length = len(plan["session"]) // plan["weeks"]
    return [plan["session"][week * length:(week + 1) * length] for week in range(plan["weeks"])]


def not_covered(plan, given):
    """Exercises of the core that are neither in class nor homework, nor said to be left out."""
    left = set(plan.get("left_out", []))
    for number, part in exercises().items():
        out = number in left or number.split(".")[0].zfill(2) in left
        if out and number in given:
            yield f"{number} is left out, and session {given[number]} has it"
        elif not out and number not in given and not part.deep:
            yield f"{number} is in no session, no homework, and not left out"
    for item in left - set(exercises()) - {lesson for lesson, _ in parts()}:
        found = SECTION.fullmatch(item)
        if not found or found.groups() not in parts():
            yield f"left_out names {item!r}, which is no exercise, no lesson and no section"
        elif item in shown(plan):
            yield f"{item!r} is left out, and shown or read"


def shown(plan):
    """Sections that are shown or read, as "02: Softmax"."""
    return ({f"{part['lesson']}: {part['heading']}" for session in plan["session"] for part in session["part"]
             if "lesson" in part} | {item for session in plan["session"] for field in ("read", "more")
                                     for item in session.get(field, [])})


def not_graded(plan):
    """Weeks in which not one lesson is handed in, or one with some of others."""
    for week, of_week in enumerate(weeks(plan), 1):
        due = {lesson for session in of_week for lesson in by_lesson(all_due(session))}
        if len(due) not in (1, 2, 3):
            yield f"week {week}: {len(due)} lessons are handed in"


def not_marked(plan):
    """What is handed in and counts for nothing, or counts and is not handed in, where a plan has marks."""
    marks = plan.get("marks", [])
    if not marks:
        return
    if sum(mark["share"] for mark in marks) != 100:
        yield f"its marks are {sum(mark['share'] for mark in marks)} % together"
    due = [each for session in plan["session"] for each in all_due(session)]
    counted = [each for mark in marks for each in mark.get("exercises", [])]
    yield from (f"{each} is handed in, and is in {counted.count(each)} marks" for each in due
                if counted.count(each) != 1)
    yield from (f"{each} counts, and nobody hands it in" for each in counted if each not in due)
    names = [mark["what"] for mark in marks]
    yield from (f"an objective is shown in {each!r}, which counts for nothing"
                for objective in plan.get("objectives", []) for each in objective["shown"]
                if each not in counted + names)


# --- what is written ---

def sheet(plan):
    """A course for its learners, in Markdown: a page to hand out."""
    made = [plan.get("ahead", "").strip().replace("{{ objectives }}", objectives(plan))
            .replace("{{ marks }}", marks_of(plan)).replace("{{ time }}", time_of(plan))]
    for number, session in enumerate(plan["session"], 1):
        due, later = handed_in(session, teacher=False), afterwards(session, teacher=False)
        back = returned(plan["session"][number - 2], "") if number > 1 else ""
        made += [f"## {number} · {session['title']}", "*Afterwards you can*",
                 "\n".join(f"- {item}" for item in session["can"]),
                 f"**Before:** {session['before']}", f"**Hand in before it begins:** {due}." if due else "",
                 f"**Comes back:** {back}." if back else ""]
        if session["homework"]:
            made.append(f"**At home,** about {told(at_home(session))} minutes: {home(session)}.")
        made.append(f"**Hand in afterwards:** {later}." if later else "")
        works = [in_lessons(session["more"])] if "more" in session else []
        works += [reads(item) for item in session["read"] if not SECTION.fullmatch(item)]
        made += [f"**Optional reading:** {'; '.join(works)}." if works else "",
                 f"**If you are behind:** {session['behind']}"]
    return "\n\n".join(filter(None, made))


def time_of(plan):
    """How long a course takes, in words."""
    home = sum(map(at_home, plan["session"]))
    return (f"{plan['minutes'] / 60:.0f} hours in class, and at home about {told(home)} minutes together, "
            f"{round(home / 60)} hours; up to {-(-home * RUSTY // 60):.0f} if your calculus or NumPy is "
            "rusty, or if you finish at home what your pair did not finish in class")


def objectives(plan):
    """A table: what everybody can do at the end, and what shows it."""
    rows = [f"| {each['can']} | {shown_in(each['shown'])} | "
            f"{'; '.join(mark['what'] for mark in plan['marks'] if counts(mark, each['shown']))} |"
            for each in plan.get("objectives", [])]
    return "\n".join(["| at the end you can | it shows in | and counts in |", "|---|---|---|", *rows])


def shown_in(items):
    """Exercises, and what is no exercise, in words."""
    numbers = [item for item in items if item in exercises()]
    return "; ".join(filter(None, [listed(numbers), *(item for item in items if item not in numbers)]))


def counts(mark, items):
    """Whether a mark has one of some exercises, or is itself among them."""
    return mark["what"] in items or bool(set(items) & set(mark.get("exercises", [])))


def marks_of(plan):
    """A table: what counts, its points, when it is handed in, its share of the mark."""
    rows = []
    for mark in plan.get("marks", []):
        numbers = mark.get("exercises", [])
        rows.append(f"| {mark['what']}{': ' if numbers else ''}{listed(numbers)} | "
                    f"{points(numbers) if numbers else mark['points']} | "
                    f"{when(plan, mark)} | {mark['share']} % |")
    return "\n".join(["| what | points | session | of the mark |", "|---|---|---|---|", *rows])


def when(plan, mark):
    """The sessions with which a mark's exercises are handed in, in words."""
    told_of = []
    for number, session in enumerate(plan["session"], 1):
        for due, words in ((session.get("due", []), f"{number}"),
                           (session.get("after", {}).get("due", []),
                            f"{session.get('after', {}).get('days')} days after {number}")):
            found = [each for each in mark.get("exercises", []) if each in due]
            if found:
                told_of.append((words, listed(found)))
    if not told_of:
        return f"{mark['session']}"
    return told_of[0][0] if len(told_of) == 1 else ", ".join(f"{words} ({which})" for words, which in told_of)


def home(session):
    """What goes home, in words."""
    read = in_lessons([item for item in session.get("read", []) if SECTION.fullmatch(item)])
    return (f"{'exercise' if len(session['homework']) == 1 else 'exercises'} {listed(session['homework'])}"
            + (f"; {listed(session['optional'])} if you like" if "optional" in session else "")
            + (f"; read {read}" if read else "")
            + (f"; {session['prepare']['what']}" if "prepare" in session else ""))


def in_lessons(items):
    """Sections, lesson by lesson, in words."""
    found = {}
    for item in items:
        lesson, title = SECTION.fullmatch(item).groups()
        found.setdefault(lesson, []).append(f"*{title}*")
    return "; ".join(f"lesson {lesson}, {', '.join(titles)}" for lesson, titles in found.items())


def tables(courses):
    """README's tables of plans that are courses. courses: {name: plan}."""
    made = []
    for name, plan in courses.items():
        rows = [f"| {number} | {session['title']} | {listed([each for each, _ in in_class(session)])} | "
                f"{listed(session['homework'])}{optional(session)} | "
                f"{told(at_home(session)) if session['homework'] else ''} | "
                f"{'; '.join(filter(None, [handed_in(session), afterwards(session)]))} |"
                for number, session in enumerate(plan["session"], 1)]
        made += [f"**`{name}`**", "", "| | session | exercises in class | at home | minutes, with reading | "
                 "handed in when it begins |", "|---|---|---|---|---|---|", *rows, "",
                 f"Left out: {out(plan)}.", ""]
    return "\n".join(made)


def optional(session):
    """The cell of homework that nobody must do."""
    return f"; optional {listed(session['optional'])}" if "optional" in session else ""


def out(plan):
    """What a course leaves out, in words."""
    left = plan["left_out"]
    lessons = ", ".join(item for item in left if item.isdigit())
    sections = [f"{reads(item)}" for item in left if SECTION.fullmatch(item)]
    return "; ".join(filter(None, [f"lessons {lessons}" if "," in lessons else f"lesson {lessons}", *sections,
                                   f"exercises {listed([item for item in left if '.' in item[:3]])}"]))


def courses():
    """{name: plan} of the plans here that are courses."""
    from slides import plans
    found = {path.stem: plans.read(path.stem) for path in sorted(plans.PLANS.glob("*.toml"))}
    return {name: plan for name, plan in found.items() if "weeks" in plan}


def write():
    """Write the tables into the README of the plans."""
    text = README.read_text(encoding="utf-8")
    README.write_text(TABLES.sub(lambda _: tables(courses()), text), encoding="utf-8")
