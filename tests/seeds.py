"""Whatever seed a teacher draws, right answers are right and named mistakes are caught.

    python -m tests.seeds [--seeds 20] [--lessons 03,10] [--jobs 1] [--answers build/seeds.jsonl]

With the fresh instances of each seed: the answers of solutions/, judged as they are graded; the forms of
right answers that the tests hold; and every named mistake, which must not be right and must be told from the
others. Stop it whenever you like: the next call goes on from there.
"""

import argparse
import json
import os
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from tqdm import tqdm

from exercises.engine import attempt, judging
from solutions.grading import judge as grading

TESTS = Path(__file__).parent
COURSE = TESTS.parent
LESSONS = [path.name[:2] for path in sorted((COURSE / "notebooks").glob("[0-9]*.ipynb"))]


def notebook(room, lesson):
    """The path of a lesson's notebook."""
    return next((COURSE / room).glob(f"{lesson}_*.ipynb"))


def forms(lesson):
    """[(exercise's number, words, answer)]: the right answers to a lesson that the tests hold."""
    from derivation_of_right_answers import DERIVATION
    from forms_of_right_answers import ANSWERS
    from right_answers import RIGHT
    from steps_of_right_answers import STEPS

    return [(number, words, answer) for table in (RIGHT, ANSWERS, STEPS, DERIVATION)
            for number, answers in table.items() if number.split(".")[0].zfill(2) == lesson
            for words, answer in answers.items()]


def is_right(exercise, answer):
    """True if the judge says right. Of most wrong answers nothing is explained, which would take long."""
    return judging.fits(exercise, answer) and judging.judge(exercise, answer).status == "right"


def counted(lesson, seed):
    """What came out for a lesson and a seed: counts, and what should not be."""
    public = grading.apart(grading.told_in, lesson, ()) if lesson != "10" else {}
    judge = grading.Judge(notebook("notebooks", lesson), seed)
    student = f"learner {seed}"
    if lesson == "10":
        import class_of_10
        data = class_of_10.filled(class_of_10.own(student), student)
    else:
        data = notebook("solutions", lesson).read_bytes()
    rows = judge.graded([(judge.path.name, lambda: data)], student).rows
    wrong = [f"{row.result.number}: {row.result.message}" for row in rows if row.points < row.highest]
    attempt.CAN_FORK = False                        # all of these are known to end
    given = judge.given(student)
    right = forms(lesson)
    wrong += [f"{number}: {words}" for number, words, answer in right
              if not is_right(given.exercises[number], answer)]
    mistakes, missed = 0, []
    for number, exercise in given.exercises.items():
        if exercise.verdict:
            continue
        better = grading.redrawn(exercise, given.variant, judge.secret) if given.variant else exercise
        wanted = public.get(number) or grading.told(
            grading.fresh_exercises("10", given.variant, ())[number])
        missed += [f"{number}: {name} is not told" for name in wanted - grading.told(better)]
        mistakes += len(better.known)
        missed += [f"{number}: {mistake.name}" for mistake in better.known
                   if is_right(exercise, mistake.answer)]
    return {"lesson": lesson, "seed": seed, "draw": judge.secret[1], "cell": given.variant,
            "right": len(rows) + len(right), "wrong": wrong, "mistakes": mistakes, "missed": missed}


def count(place):
    """``counted`` for (lesson, seed), with errors as words."""
    sys.path[:0] = [str(TESTS), *(str(TESTS / room) for room in ("test_exercises", "test_grading"))]
    try:
        return counted(*place)
    except Exception as error:
        lesson, seed = place
        return {"lesson": lesson, "seed": seed, "draw": 0, "cell": "", "right": 0, "mistakes": 0,
                "wrong": [f"{type(error).__name__}: {error}"], "missed": []}


def main():
    """Count what is missing, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--lessons", default=",".join(LESSONS))
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--answers", type=Path, default=COURSE / "build" / "seeds.jsonl")
    given = parser.parse_args()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    places = [(lesson, seed) for seed in range(1, given.seeds + 1) for lesson in given.lessons.split(",")]
    given.answers.parent.mkdir(parents=True, exist_ok=True)
    given.answers.touch()
    found = list(map(json.loads, given.answers.read_text(encoding="utf-8").splitlines()))
    left = [place for place in places if place not in [(one["lesson"], one["seed"]) for one in found]]
    with (ProcessPoolExecutor(given.jobs, get_context("spawn"), max_tasks_per_child=1) as pool,
          open(given.answers, "a", encoding="utf-8") as file):
        for done in tqdm(as_completed([pool.submit(count, place) for place in left]), total=len(left),
                         disable=None):
            found.append(done.result())
            print(json.dumps(found[-1]), file=file, flush=True)
    print("| lesson | seeds | right answers | judged right | mistakes | caught | drawn again |")
    print("|---|---|---|---|---|---|---|")
    failed = []
    for lesson in given.lessons.split(","):
        its = [one for one in found if one["lesson"] == lesson]
        right, wrong, mistakes, missed = (sum(one[name] if isinstance(one[name], int) else len(one[name])
                                              for one in its)
                                          for name in ("right", "wrong", "mistakes", "missed"))
        again = sum(one["draw"] > 0 for one in its)
        row = lesson, len(its), right, right - wrong, mistakes, mistakes - missed, again
        print(f"| {' | '.join(map(str, row))} |")
        failed += [f"lesson {lesson}, seed {one['seed']} {one['cell']}: {said}"
                   for one in its for said in one["wrong"] + one["missed"]]
    sys.exit("\n".join(failed) or 0)


if __name__ == "__main__":
    main()
