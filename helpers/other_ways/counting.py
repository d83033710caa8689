"""An array that counts: how many multiplications does a calculation take?
Run it on ``counted`` arrays and see."""

import numpy as np

from helpers.hints import Any, Callable


class Counted(np.ndarray):
    """An array that counts the multiplications of every product that it, or a result of it, takes part in."""

    multiplications = 0

    def __array_ufunc__(self, ufunc: np.ufunc, method: Any, *inputs: Any, **keywords: Any) -> Any:
        plain = [np.asarray(part) for part in inputs]
        if "out" in keywords:
            keywords["out"] = tuple(np.asarray(part) for part in keywords["out"])
        result = getattr(ufunc, method)(*plain, **keywords)
        if method == "__call__" and ufunc in (np.multiply, np.matmul):
            Counted.multiplications += np.size(result) * (plain[0].shape[-1] if ufunc is np.matmul else 1)
        return result.view(Counted) if isinstance(result, np.ndarray) else result


def counted(value: Any) -> Any:
    """An array, or a dict of arrays, as Counted."""
    return ({name: counted(part) for name, part in value.items()} if isinstance(value, dict)
            else value.view(Counted))


def multiplications(function: Callable[..., Any], *arguments: Any) -> int:
    """How many multiplications a call takes: those of matrix products, and those entry by entry
    (squares are not counted).

    function: is called with the arguments, arrays and dicts of arrays counted. Returns a whole number."""
    if not callable(function):
        raise TypeError(f"function must be callable; received {type(function).__name__}.")
    before = Counted.multiplications
    function(*(counted(part) if isinstance(part, (dict, np.ndarray)) else part for part in arguments))
    return int(Counted.multiplications - before)
