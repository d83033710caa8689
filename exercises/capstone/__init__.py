"""The graded project: a recurrent cell of the learner's own, its exercises' tangents, and the task that it is
trained for.
"""

from exercises.capstone.cell import (EXAMPLE, Cell, Project, Variant, forward, from_code, project, released,
                                     variants)
from exercises.capstone.parts import ACTIVATIONS
from exercises.capstone.task import Forecasting, fitted_readout, sunspots

__all__ = ["ACTIVATIONS", "EXAMPLE", "Cell", "Forecasting", "Project", "Variant", "fitted_readout", "forward",
           "from_code", "project", "released", "sunspots", "variants"]
