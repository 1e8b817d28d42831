"""Plots of a numeric setting against the values of runs."""

import math
from typing import Final

import numpy as np

from reportgen import formatting
from reportgen.charts import axes, theme
from reportgen.charts.plan import OFF_CHART
from reportgen.charts.plot import Plot, PlotDots, PlotLine, make_plot, number_table, padded_domain
from reportgen.comparison.compared import ComparedGroups
from reportgen.comparison.grouping import meant_settings
from reportgen.comparison.measures import measured
from reportgen.languages import Language
from reportgen.text import printable

MOST_PLOTS: Final = 6
_FEWEST_VALUES: Final = 3  # different ones
_FEWEST_RUNS: Final = 0.8  # share of runs that must have a number
_MOST_MEANS: Final = 12  # different values up to which their means are joined
_TABLE_ROWS: Final = 40


def plot_settings(compared: ComparedGroups, language: Language) -> tuple[Plot, ...]:
    """One plot per numeric setting with at least three different values, at most `MOST_PLOTS`."""
    runs = [
        (meant_settings(run), found.value)
        for members in compared.members.values()
        for run in members
        if (found := measured(run.history, compared.measure)) is not None
    ]
    plots: list[Plot] = []
    for name in dict.fromkeys(name for settings, _ in runs for name in settings):
        pairs = [(number, value) for settings, value in runs if (number := _number(settings.get(name))) is not None]
        if len(pairs) >= _FEWEST_RUNS * len(runs) and len({number for number, _ in pairs}) >= _FEWEST_VALUES:
            plots.append(_plot(name, len(plots) + 1, np.array(pairs), compared.measure.key, language))
    return tuple(plots[:MOST_PLOTS])


def _number(text: str | None) -> float | None:
    """A setting as a finite number; None if it is not one."""
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) and abs(number) < OFF_CHART else None


def _plot(name: str, number: int, pairs: np.ndarray, key: str, language: Language) -> Plot:
    say, shown = language.say, printable(name, 30)
    settings, values = pairs[:, 0], pairs[:, 1]
    different = np.unique(settings)
    is_log = bool(settings.min() > 0) and settings.max() / settings.min() > axes.LOG_RATIO
    x_domain = padded_domain(settings)
    if is_log:
        padding = (settings.max() / settings.min()) ** 0.05
        x_domain = (float(settings.min() / padding), float(settings.max() * padding))
    lines, note = [], ""
    if len(different) <= _MOST_MEANS and len(settings) >= 2 * len(different):
        means = np.array([values[settings == each].mean() for each in different])
        lines = [PlotLine(different, means, theme.BEST)]
        note = say("Line: the mean of the runs with the same setting.")
    if is_log:
        note = language.join(note, say("The horizontal axis is logarithmic."))
    order = np.lexsort((values, settings))
    listed = order[np.unique(np.linspace(0, len(order) - 1, min(len(order), _TABLE_ROWS)).round().astype(np.int64))]
    left_out = (
        say("Showing {shown} of {all} points.", shown=len(listed), all=len(order)) if len(listed) < len(order) else ""
    )
    description = say(
        "{key} of {n} runs by {setting}, from {low} to {high}.",
        key=printable(key, 40),
        n=len(values),
        setting=shown,
        low=formatting.short(float(settings.min())),
        high=formatting.short(float(settings.max())),
    )
    return make_plot(
        texts=(f"setting-{number}", name, shown, description),
        table=number_table((shown, printable(key, 40)), (settings[listed], values[listed]), left_out),
        axis_titles=(shown, printable(key, 40)),
        domains=(x_domain, padded_domain(values)),
        note=note,
        lines=lines,
        dots=PlotDots(settings, values, theme.VALIDATION),
        x_log=is_log,
        language=language,
    )
