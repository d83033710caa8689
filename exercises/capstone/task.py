"""The capstone's task: forecast the sunspots, and the forecast that a fitted read-out alone makes."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from exercises.capstone.cell import forward
from helpers import datasets, losses


class Forecasting(NamedTuple):
    """The sunspots as lesson 05 cut and scaled them: from twelve years, forecast the next.

    year: what each of the N windows forecasts, (N,). x, target: (12, N, 1), scaled. mask: (12, N), True at
    the last step. train, validation, held_out: which windows, (N,) booleans. mean, std: of the training
    years, in sunspot numbers.
    """

    year: np.ndarray
    x: np.ndarray
    target: np.ndarray
    mask: np.ndarray
    train: np.ndarray
    validation: np.ndarray
    held_out: np.ndarray
    mean: float
    std: float

    def rmse(self, forecast, period):
        """Root mean squared error in sunspot numbers.

        forecast: in scaled units, (N,). period: which windows, (N,) booleans.
        """
        return float(self.std * np.sqrt(np.mean((forecast - self.target[-1, :, 0])[period] ** 2)))


@lru_cache
def sunspots():
    """The sequence to train on, a Forecasting.

    Years to 1920 train, 1921 to 1955 choose, 1956 to 2008 are held out.
    """
    years, numbers = datasets.sunspots()
    mean, std = numbers[years <= 1920].mean(), numbers[years <= 1920].std()
    x, target = datasets.windows((numbers - mean) / std, 12)
    year = years[12:]
    return Forecasting(year, x, target, losses.last_step_mask(np.full(len(year), 12), 12),
                       year <= 1920, (year > 1920) & (year <= 1955), year > 1955, mean, std)


def fitted_readout(project, task, seed, H=8):
    """The honest baseline: the same cell with random weights, of which only the read-out is fitted, by least
    squares.

    No gradient travels through time for it (Jaeger 2001 calls such a network an echo state network).
    task: a Forecasting. Returns params, a dict.
    """
    params = project.init(1, H, 1, np.random.default_rng(seed))
    if "W_yh" in params:
        params["W_yh"] = np.zeros_like(params["W_yh"])         # else the states change with the read-out
    states = forward(project, params, task.x, np.zeros((task.x.shape[1], H)))[1][-1]
    rows = np.hstack([states, np.ones((len(states), 1))])
    weights = np.linalg.lstsq(rows[task.train], task.target[-1, task.train, 0], rcond=None)[0]
    return params | {"W_hy": weights[None, :-1], "b_y": weights[-1:]}
