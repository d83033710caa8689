"""Pictures with controls, one question each. They need a running kernel; without one, a page shows their first picture.

An explorer is shown when it is the last value of a cell::

    from pictures import explorers
    explorers.unrolling()

Its module is loaded when it is first used.
"""

import sys
from importlib import import_module

MODULES = {"unrolling": "unrolling", "forward_and_backward": "step_by_step", "whose_contribution": "whose_contribution",
           "gradient_check": "gradient_check", "clipping": "clipping", "jacobian_product": "jacobian_product",
           "vanish_or_explode": "vanish_or_explode", "the_cliff": "the_cliff",
           "truncation_window": "truncation_window", "carousel": "carousel"}
__all__ = list(MODULES)


def __getattr__(name):
    """Python asks here for a name that it does not find above."""
    if name not in MODULES:
        raise AttributeError(f"there is no explorer {name!r}", name=name, obj=sys.modules[__name__])
    return getattr(import_module(f"{__name__}.questions.{MODULES[name]}"), name)


def __dir__():
    """What the tab key offers."""
    return __all__
