"""Pictures with controls, one question each. They need a running kernel; without one, a page shows their first picture.

An explorer is shown when it is the last value of a cell::

    from helpers import explorers
    explorers.unrolling()
"""

from pictures.explorers.unrolling import unrolling
from pictures.explorers.step_by_step import forward_and_backward
from pictures.explorers.whose_contribution import whose_contribution
from pictures.explorers.gradient_check import gradient_check
from pictures.explorers.clipping import clipping
from pictures.explorers.jacobian_product import jacobian_product
from pictures.explorers.vanish_or_explode import vanish_or_explode
from pictures.explorers.the_cliff import the_cliff
from pictures.explorers.truncation_window import truncation_window
from pictures.explorers.carousel import carousel
