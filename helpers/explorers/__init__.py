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
from helpers.explorers.jacobian_product import jacobian_product
from helpers.explorers.vanish_or_explode import vanish_or_explode
from helpers.explorers.the_cliff import the_cliff
from helpers.explorers.truncation_window import truncation_window
from helpers.explorers.carousel import carousel
