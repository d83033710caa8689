"""Two forecasts without a recurrent network, one method per formula, and the mistakes that people make."""

import numpy as np

from exercises.engine.mistakes import row


class Forecasts:
    """Persistence and autoregression."""

    def __init__(self, x_train, target_train, x):
        self.x_train, self.target_train, self.x = x_train, target_train, x

    def run(self):
        """Both forecasts, a dict."""
        self.fitted = self.weights()
        return {"persistence": self.persistence(), "autoregression": self.autoregression()}

    def persistence(self):
        """the persistence forecast, each window's last value"""
        return self.x[-1, :, 0]

    def windows_as_rows(self, windows):
        """the matrix with a row for each window"""
        return windows[:, :, 0].T

    def constant(self, rows):
        """the last column of the matrix, ones"""
        return np.ones((len(rows), 1))

    def matrix(self, windows):
        """the matrix, the windows as rows and a column of ones"""
        rows = self.windows_as_rows(windows)
        return np.hstack([rows, self.constant(rows)])

    def weights(self):
        """the weights, by least squares on the training windows"""
        rows, target = self.matrix(self.x_train), self.target_train
        for array in (rows, target):
            np.asarray_chkfinite(array)     # of a nan LAPACK would print
        return np.linalg.lstsq(rows, target, rcond=None)[0]

    def autoregression(self):
        """the autoregression's forecast, the matrix of x times the weights"""
        return self.matrix(self.x) @ self.fitted


def windows_reversed_for_the_forecast(s):
    rows = s.windows_as_rows(s.x)
    return np.hstack([rows[:, ::-1], s.constant(rows)]) @ s.fitted


def target_centred_constant_lost(s):
    centred = s.target_train - s.target_train.mean()
    return np.linalg.lstsq(s.matrix(s.x_train), centred, rcond=None)[0]


FORECAST_MISTAKES = {
    "oldest value persists": row("05.5", dict(persistence=lambda s: s.x[0, :, 0]),
        "Persistence repeats the first value of each window; it must repeat the last.",
        "next year will be like this year. Which end of a window is this year?"),
    "second-last value persists": row("05.5",
        dict(persistence=lambda s: s.x[-2, :, 0] if len(s.x) > 1 else s.x[-1, :, 0]),
        "Persistence repeats the last value but one.",
        "a window has the steps 0 ... T-1. The last is x[-1]."),
    "mean of the window persists": row("05.5", dict(persistence=lambda s: s.x.mean(axis=0)[:, 0]),
        "Persistence takes the mean of the window; it must take the last value.",
        "next year will be like this year, not like an average of the years before."),
    "target mean forecast": row("05.5",
        dict(persistence=lambda s: np.full(s.x.shape[1], s.target_train.mean())),
        "Persistence gives the mean of the training targets to every window; it must give each window its "
        "own last value.",
        "that is another baseline, the training mean. It reads nothing from the window."),
    "constant missing": row("05.5", dict(constant=lambda s, rows: np.zeros((len(rows), 1))),
        "The autoregression has no constant: the column of ones is missing.",
        "if all twelve years are 0, a weighted sum of them is 0, whatever the weights."),
    "constant fitted but not added": row("05.5",
        dict(autoregression=lambda s: s.windows_as_rows(s.x) @ s.fitted[:-1]),
        "The constant is fitted, but it is missing from the forecasts.",
        "T weights and one constant make T + 1 numbers. Count those that your forecast uses."),
    "constant first then last": row("05.5",
        dict(autoregression=lambda s: np.roll(s.matrix(s.x), 1, axis=1) @ s.fitted),
        "The ones stand in the last column in the fit and in the first one in the forecast, or the other way "
        "round.",
        "write the matrix once, in a function, and use it for both."),
    "reshaped for transposed": row("05.5",
        dict(windows_as_rows=lambda s, windows: windows[:, :, 0].reshape(windows.shape[1], -1)),
        "The windows are reshaped to (N, T); they must be transposed.",
        "reshape keeps the order of the numbers, so a row would hold the same step of many windows."),
    "windows reversed for the forecast": row("05.5", dict(autoregression=windows_reversed_for_the_forecast),
        "The years stand in one order in the fit and in the other in the forecast.",
        "each weight belongs to one place in the window."),
    "last year alone": row("05.5", dict(windows_as_rows=lambda s, windows: windows[-1:, :, 0].T),
        "The autoregression uses the last value and a constant; it must use the whole window.",
        "one weight for each of the T years, and a constant."),
    "window mean alone": row("05.5", dict(windows_as_rows=lambda s, windows: windows.mean(axis=0)),
        "The autoregression uses the mean of the window and a constant; each year needs a weight of its own.",
        "one weight for each of the T years, and a constant."),
    "fitted to the last value": row("05.5",
        dict(weights=lambda s: np.linalg.lstsq(s.matrix(s.x_train), s.x_train[-1, :, 0], rcond=None)[0]),
        "The weights are fitted to the windows' own last value; they must be fitted to target_train, the "
        "value after it.",
        "what is already in the window can be copied without an error: the weights are 0 ... 0, 1."),
    "constant of the centred target lost": row("05.5", dict(weights=target_centred_constant_lost),
        "The target's mean is taken off before the fit and never added again.",
        "for windows that are all at their mean, what do you forecast?"),
}
