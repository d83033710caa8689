"""Grading is tested with fresh instances; the other tests of this process go on with the public ones."""

import sys

import pytest

from exercises.engine import evidence, explaining

ROOMS = ("exercises.lessons.", "exercises.formulas.")


def taken_out():
    """Take the lessons out of this process, as if nothing had imported them; returns them."""
    found = {name: sys.modules.pop(name) for name in list(sys.modules)
             if name.startswith(ROOMS) and name != "exercises.lessons.catalogue"}
    for name in found:
        package, _, attribute = name.rpartition(".")
        if package in sys.modules:
            vars(sys.modules[package]).pop(attribute, None)
    return found


@pytest.fixture(scope="module", autouse=True)
def lessons_apart():
    """Put the lessons back where they were, at the end. A function that takes them out once more."""
    found, seconds = taken_out(), (explaining.PROBING, evidence.PROBING)
    yield taken_out
    taken_out()
    sys.modules.update(found)
    for name, module in found.items():
        package, _, attribute = name.rpartition(".")
        setattr(sys.modules[package], attribute, module)
    explaining.PROBING, evidence.PROBING = seconds
