"""The wrong backward passes of lesson 04 by name."""

import pytest

from exercises.formulas import backward, specimens


@pytest.mark.parametrize("former, name", specimens.FORMER.items())
def test_notebooks_from_before_find_them_by_their_former_names(former, name):
    problem = backward.problems()[0]
    expected = specimens.planted(name)(*problem)
    for wrong in (specimens.planted(former), specimens.SPECIMENS[former.replace(" ", "-")]):
        assert all((wrong(*problem)[key] == value).all() for key, value in expected.items())


def test_any_other_name_is_an_error():
    with pytest.raises(KeyError):
        specimens.SPECIMENS["no-such-mistake"]
