"""Pictures with controls, one question each. They need a running kernel; without one, a page shows their first picture.

An explorer is shown when it is the last value of a cell::

    from helpers import explorers
    explorers.unrolling()
"""

from helpers.explorers.unrolling import unrolling
from helpers.explorers.step_by_step import forward_and_backward
from helpers.explorers.whose_contribution import whose_contribution
from helpers.explorers.gradient_check import gradient_check
from helpers.explorers.clipping import clipping
