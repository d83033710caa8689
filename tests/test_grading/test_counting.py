"""What is told of a class: how many made which mistake, without names, and no small group."""

import itertools

from solutions.grading import counting

SIZES = range(8)


def records(**learners):
    """Results of 3.2: {what is said of an answer: how many learners}."""
    others = {"right": ("right", "Well done."), "open": ("not attempted yet", "")}
    return [{"student": f"{said} {i}", "name": "Ada", "exercises": {
        "3.2": [0, 2, *others.get(said, ("wrong", f"{said.title()}: the words.")), "See lesson 03."]}}
        for said, count in learners.items() for i in range(count)]


def shown(**learners):
    groups = counting.groups_of(records(**learners))["3.2"]
    return {said: count for (said, _), count in counting.told(groups)}


def test_mistakes_are_counted_and_the_most_frequent_comes_first():
    found = shown(columns=7, right=12, transposed=5, open=6)
    assert list(found.items()) == [
        ("right", 12), ("Columns: the words.", 7), ("not tried", 6), ("Transposed: the words.", 5)]


def test_no_small_group_is_told_and_none_is_left_by_subtraction():
    for sizes in itertools.combinations_with_replacement(SIZES, 4):
        found = shown(**dict(zip(("right", "open", "columns", "transposed"), sizes))) if any(sizes) else {}
        assert sum(found.values()) == sum(sizes)
        rest = found.pop(counting.REST, 0)
        assert all(count >= counting.FEWEST for count in found.values())
        assert rest == 0 or rest >= min(counting.FEWEST, sum(sizes))
        hidden = [size for size in sizes if 0 < size < counting.FEWEST]
        if hidden and sum(sizes) >= counting.FEWEST:
            assert rest > max(hidden), "a group alone in the rest would be told"


def page_of(*sizes):
    """The page of a class: for each exercise, how many were right and made each of two mistakes."""
    groups = [counting.groups_of(records(right=right, a=a, b=b))["3.2"] for right, a, b in sizes]
    counts = {f"3.{n}": counting.told(one) for n, one in enumerate(groups, 2)}
    return counting.page("03", dict.fromkeys(counts, "Title"), counts, sum(sizes[0]))


def test_where_nothing_can_be_told_a_sentence_says_so_and_no_bar():
    none, some, every = page_of((4, 4, 3), (3, 4, 4)), page_of((6, 5, 0), (4, 4, 3)), page_of((6, 5, 0))
    assert none.count("<i ") == 0 and "With 11 learners nothing can be told of any exercise" in none
    assert "class.html" not in none and "<h2>" not in none
    assert some.count("<i ") == 2 and "nothing can be told of 3.3 without" in some and "<h2>3.3" not in some
    assert every.count("<i ") == 2 and "nothing can be told" not in every


def test_the_page_escapes_what_is_said_and_runs_nothing():
    groups = counting.groups_of(records(**{"<script>alert(1)</script>": 9}))
    page = counting.page("03", {"3.2": "Title"}, {n: counting.told(one) for n, one in groups.items()}, 9)
    assert "<script" not in page.lower() and "9 of 9: &lt;Script&gt;" in page and "width: 100.0%" in page
