"""Imports of the course's first version go on to work: a DeprecationWarning says where a module is now.

Notebooks that learners filled in before import, for example, ``helpers.checks`` and ``helpers.figures``; and
they call the first state ``h0``. This is the only file of ``helpers`` that knows the other packages.
It goes with version 0.3."""

import functools
import importlib.abc
import importlib.util
import inspect
import re
import sys
import types
import warnings
from importlib.machinery import ModuleSpec
from typing import ParamSpec, TypeVar

from helpers.hints import Any, Callable

P = ParamSpec("P")      # the arguments of a verb
R = TypeVar("R")        # what it returns
ROOMS = {"long_sequences": "truncated checkpointing pieces",
         "pathologies": "jacobians lags cliff initialisation",
         "other_ways": "forward_mode rtrl bidiagonal scan uoro autograd counting"}
MOVED = {"helpers.checks": "exercises", "helpers.capstone": "exercises.capstone",
         "helpers.figures": "pictures.figures", "helpers.explorers": "pictures.explorers",
         "helpers.specimens": "exercises.formulas.specimens",
         "helpers.fast_lstm": "helpers.fast.lstm", "helpers.fast_gru": "helpers.fast.gru",
         **{f"helpers.{name}": f"helpers.{room}.{name}" for room in ROOMS for name in ROOMS[room].split()}}


class FormerNames(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds a module under the name that it had before."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """This finder's own specification for a name in MOVED; None for any other."""
        return importlib.util.spec_from_loader(name, self) if name in MOVED else None

    def create_module(self, spec: ModuleSpec) -> types.ModuleType:
        """A module with all that the moved one has, and a warning that says where that is."""
        warnings.warn(f"{spec.name} has moved: import {MOVED[spec.name]}.", DeprecationWarning, stacklevel=2)
        module = types.ModuleType(spec.name)
        own = ("__name__", "__loader__", "__package__", "__spec__", "__path__", "__file__", "__builtins__")
        found = vars(importlib.import_module(MOVED[spec.name]))
        module.__dict__.update({name: value for name, value in found.items() if name not in own})
        for names in (vars(module), vars(importlib.import_module("helpers.training"))):
            for verb in {"by_lag", "loss_and_gradients"} & set(names) if "fast" not in spec.name else ():
                names[verb] = functools.partial(names[verb], reduction="mean")      # which it was before
        if spec.name == "helpers.specimens":            # lesson 06 asked for one of its classes
            module.__dict__.update(gradients=lambda wrong, params, cache, dy: wrong(params, cache, dy),
                                   CarryClippedToOne=module.planted("clipping dh_later to one"))
        return module

    def exec_module(self, module: types.ModuleType) -> None:
        """There is nothing left to run."""


def takes_h0(verb: Callable[P, R]) -> Callable[P, R]:
    """The verb, which takes ``state`` by the former name h0, too; errors say h0 then, and both are one."""
    @functools.wraps(verb)
    def either(*args: P.args, **options: P.kwargs) -> R:
        h0 = options.pop("h0", None)
        if h0 is None:
            return verb(*args, **options)
        given = inspect.signature(verb).bind_partial(*args, **options)
        if given.arguments.get("state") is not None:
            raise TypeError("h0 is the former name of state: give one of them, not both.")
        given.arguments["state"] = h0
        try:
            return verb(*given.args, **given.kwargs)
        except (TypeError, ValueError) as error:
            if not str(error).startswith("state"):
                raise
            raise type(error)(re.sub(r"\bstate\b", "h0", str(error))) from None
    return either


if not any(isinstance(finder, FormerNames) for finder in sys.meta_path):
    # first: a folder that is left over, with nothing in it, would be found, too
    sys.meta_path.insert(0, FormerNames())
