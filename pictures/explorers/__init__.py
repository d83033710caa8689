"""Pictures with controls, one question each. Without a running kernel a page shows their first picture.

An explorer is shown when it is the last value of a cell::

    from pictures import explorers
    explorers.unrolling()

It has a module in ``questions``, which is loaded when it is first used.
"""

import sys
from importlib import import_module

__all__ = ["unrolling", "forward_and_backward", "whose_contribution", "gradient_check", "clipping",
           "cloud_of_gradients", "jacobian_product", "vanish_or_explode", "the_cliff", "truncation_window",
           "carousel"]


def __getattr__(name):
    """Python asks here for a name that it does not find above."""
    if name not in __all__:
        raise AttributeError(f"there is no explorer {name!r}", name=name, obj=sys.modules[__name__])
    return getattr(import_module(f"{__name__}.questions.{name}"), name)


def __dir__():
    """What the tab key offers."""
    return __all__
