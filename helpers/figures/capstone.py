"""The figure of lesson 10: held-out years, whatever the learner's cell made of them."""

from helpers.figures.canvas import BACKWARD, FORWARD, INK, look, picture


def held_out_years(years, actual, autoregression, cells):
    """Forecasts of the held-out years.

    years, actual, autoregression: (N,), in sunspot numbers. cells: (seeds, N), the forecasts of several trained cells.
    """
    figure, ax = picture(9.4, 3.9, alt=f"Yearly sunspot numbers from {years[0]} to {years[-1]} as dots, the autoregression's forecasts as a "
                         f"dashed line, and the mean of {len(cells)} trained cells as a line inside a band from the lowest to the highest.")
    with look():
        ax.fill_between(years, cells.min(axis=0), cells.max(axis=0), color=FORWARD, alpha=0.25, linewidth=0)
        ax.plot(years, cells.mean(axis=0), color=FORWARD, linewidth=1.8)
        ax.plot(years, autoregression, color=BACKWARD, linewidth=1.5, linestyle=(0, (4, 1.5)))
        ax.plot(years, actual, color=INK, linewidth=0, marker="o", markersize=4.5)
        for text, colour, x in (("● measured", INK, 0.0), ("– –  autoregression", BACKWARD, 0.14),
                                (f"—  your cell, {len(cells)} seeds: mean and range", FORWARD, 0.36)):
            ax.text(x, 1.04, text, transform=ax.transAxes, color=colour, fontsize=11.5)
        ax.set(ylabel="sunspot number", xlim=(years[0] - 0.7, years[-1] + 0.7))
    return figure
