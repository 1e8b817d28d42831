"""Plots of settings against the values of runs: those that matter most come first."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from reportgen import formatting
from reportgen.charts import axes, layout, theme
from reportgen.charts.plan import OFF_CHART, Tick
from reportgen.charts.plot import Plot, PlotDots, PlotLine, log_domain, make_plot, number_table, padded_domain
from reportgen.comparison.compared import ComparedGroups
from reportgen.comparison.grouping import FOLLOWS, meant_settings, setting_number
from reportgen.comparison.measures import measured
from reportgen.formatting import Table
from reportgen.languages import Language
from reportgen.text import printable

MOST_PLOTS: Final = 6
_FEWEST_VALUES: Final = 3  # different numbers
_MOST_WORDS: Final = 6  # different words
_FEWEST_OF_WORD: Final = 2  # mean number of runs per word
_FEWEST_RUNS: Final = 0.8  # share of runs that must have the setting
_MOST_MEANS: Final = 12  # different values up to which their means are joined
_MOST_TICKS: Final = 6  # different values up to which these are the numbers on the axis
_BINS: Final = 4  # parts of the runs that are compared to see how much a number matters; our choice
_LOG_RATIO: Final = 8.0  # of highest to lowest setting from which its axis may be logarithmic
_STEEP: Final = 10.0  # the same for results
_TABLE_ROWS: Final = 40
_FEW_DOTS: Final = 100
_BAR: Final = 0.28  # half the length of the bar at a mean
_JITTER: Final = (0.0, -0.08, 0.08, -0.16, 0.16)  # of dots above a word, so that equal values stay visible


@dataclass(frozen=True, eq=False)
class _Setting:
    """A setting of runs.

    Attributes:
        x: A number for each run; for words, the place of its word.
        values: The results of these runs.
        words: Its words in order; empty for numbers.
    """

    name: str
    x: np.ndarray
    values: np.ndarray
    words: tuple[str, ...] = ()

    @property
    def weight(self) -> float:
        """The share of the variance of the results' ranks between its values, corrected for the number of values."""
        ranks = _ranks(self.values)
        x = self.x
        if len(np.unique(x)) > _BINS and not self.words:
            x = np.floor(_ranks(x) * _BINS / len(x))
        parts = [ranks[x == each] for each in np.unique(x)]
        n, k, whole = len(ranks), len(parts), float(ranks.var()) * len(ranks)
        if n <= k or not whole:
            return 0.0
        inside = sum(float(part.var()) * len(part) for part in parts)
        return 1 - inside / whole * (n - 1) / (n - k)


def plot_settings(compared: ComparedGroups, language: Language) -> tuple[Plot, ...]:
    """One plot per setting with at least three different numbers or a few words, at most `MOST_PLOTS`."""
    runs = [
        (meant_settings(run), result.value)
        for members in compared.members.values()
        for run in members
        if (result := measured(run.history, compared.measure)) is not None
    ]
    by, names = compared.grouping.by, dict.fromkeys(name for settings, _ in runs for name in settings)
    found: list[_Setting] = []
    for name in dict.fromkeys([*(name for name in by if name in names), *names]):
        setting = _setting(name, [(settings.get(name), value) for settings, value in runs])
        is_group = setting is not None and setting.words and by == (name,)  # as the values by run show
        if setting is not None and not is_group and not any(_is_same(setting, other) for other in found):
            found.append(setting)
    if any(setting.name != FOLLOWS for setting in found):
        found = [setting for setting in found if setting.name != FOLLOWS]
    found.sort(key=lambda setting: -setting.weight)
    may_log = compared.measure.direction != "higher"
    return tuple(
        _plot(setting, number, compared.measure.key, language, may_log=may_log)
        for number, setting in enumerate(found[:MOST_PLOTS], start=1)
    )


def _setting(name: str, pairs: Sequence[tuple[str | None, float]]) -> _Setting | None:
    """A setting that can be plotted; None for others."""
    numbers = [
        (number, value)
        for text, value in pairs
        if (number := setting_number(text)) is not None and abs(number) < OFF_CHART
    ]
    if len(numbers) >= _FEWEST_RUNS * len(pairs) and len({number for number, _ in numbers}) >= _FEWEST_VALUES:
        return _Setting(name, *np.array(numbers).T)
    known = [(text, value) for text, value in pairs if text]
    words = sorted({text for text, _ in known}, key=lambda text: (setting_number(text) or 0.0, text))
    if not 1 < len(words) <= _MOST_WORDS or len(known) < max(
        _FEWEST_RUNS * len(pairs), _FEWEST_OF_WORD * len(words), 2 * _FEWEST_VALUES
    ):
        return None
    x = np.array([float(words.index(text)) for text, _ in known])
    return _Setting(name, x, np.array([value for _, value in known]), tuple(words))


def _is_same(setting: _Setting, other: _Setting) -> bool:
    """Whether two settings say the same of all runs that have both, like units and the size of the model."""
    if len(setting.x) == len(other.x):
        return np.array_equal(_ranks(setting.x), _ranks(other.x))
    few, many = sorted(
        ({*zip(each.x.tolist(), each.values.tolist(), strict=True)} for each in (setting, other)), key=len
    )
    return few <= many


def _ranks(values: np.ndarray) -> np.ndarray:
    """The rank of each value from 0, equal ones with the lowest of their ranks."""
    return np.searchsorted(np.sort(values), values).astype(np.float64)


def _is_log(numbers: np.ndarray) -> bool:
    """Whether numbers are spread evenly on a logarithmic axis rather than on a linear one."""
    low, high, middle = float(numbers.min()), float(numbers.max()), float(np.median(numbers))
    if low <= 0 or high < _LOG_RATIO * low:
        return False
    return high > axes.LOG_RATIO * low or abs(middle - math.sqrt(low * high)) < abs(middle - (low + high) / 2)


def _plot(setting: _Setting, number: int, key: str, language: Language, *, may_log: bool) -> Plot:
    say, shown, x, values = language.say, printable(setting.name, 30), setting.x, setting.values
    different = np.unique(x)
    is_log = not setting.words and _is_log(x)
    y_log = may_log and bool(values.min() >= 1 / OFF_CHART) and bool(values.max() > _STEEP * values.min())
    x_domain = log_domain(x) if is_log else padded_domain(x)
    lines: list[PlotLine] = []
    ticks: list[Tick] = []
    notes: list[str] = []
    means = np.array([values[x == each].mean() for each in different])
    if setting.words:
        x_domain = (-0.5, len(setting.words) - 0.5)
        most = int((layout.WIDTH * 0.68) / len(setting.words) / layout.text_width("n"))
        ticks = [Tick(float(place), printable(word, most)) for place, word in enumerate(setting.words)]
        lines = [PlotLine(each + np.array([-_BAR, _BAR]), np.full(2, mean), theme.BEST)
                 for each, mean in zip(different.tolist(), means.tolist(), strict=True)]  # fmt: skip
        notes.append(say("Bars: the mean of the runs with the same setting."))
    elif len(different) <= _MOST_MEANS and len(x) >= 2 * len(different):
        lines = [PlotLine(different, means, theme.BEST)]
        notes.append(say("Line: the mean of the runs with the same setting."))
    if not setting.words and len(different) <= _MOST_TICKS:
        ticks = [Tick(each, formatting.short(each)) for each in different.tolist()]
    if is_log and y_log:
        notes.append(say("Both axes are logarithmic."))
    elif is_log:
        notes.append(say("The horizontal axis is logarithmic."))
    elif y_log:
        notes.append(say("The vertical axis is logarithmic."))
    rank = np.argsort(np.argsort(values, kind="stable"), kind="stable")
    beside = np.array(_JITTER)[rank % len(_JITTER)] if setting.words else np.zeros(len(x))
    size = theme.DOT_SIZE * (0.75 if len(x) <= _FEW_DOTS else 1 / 3)
    return make_plot(
        texts=(f"setting-{number}", setting.name, shown, _describe(setting, shown, key, language)),
        table=_tabulate(setting, shown, key, language),
        axis_titles=(shown, printable(key, 40)),
        domains=(x_domain, log_domain(values) if y_log else padded_domain(values)),
        note=language.join(*notes),
        lines=lines,
        dots=PlotDots(x + beside, values, theme.VALIDATION, size),
        x_log=is_log,
        y_log=y_log,
        x_ticks=ticks,
        language=language,
    )


def _describe(setting: _Setting, shown: str, key: str, language: Language) -> str:
    n, key = len(setting.values), printable(key, 40)
    if setting.words:
        words = ", ".join(printable(word, 30) for word in setting.words)
        return language.say("{key} of {n} runs by {setting}: {words}.", key=key, n=n, setting=shown, words=words)
    return language.say(
        "{key} of {n} runs by {setting}, from {low} to {high}.",
        key=key,
        n=n,
        setting=shown,
        low=formatting.short(float(setting.x.min())),
        high=formatting.short(float(setting.x.max())),
    )


def _tabulate(setting: _Setting, shown: str, key: str, language: Language) -> Table:
    order = np.lexsort((setting.values, setting.x))
    listed = order[np.unique(np.linspace(0, len(order) - 1, min(len(order), _TABLE_ROWS)).round().astype(np.int64))]
    left_out = (
        language.say("Showing {shown} of {all} points.", shown=len(listed), all=len(order))
        if len(listed) < len(order)
        else ""
    )
    headers = (shown, printable(key, 40))
    if not setting.words:
        return number_table(headers, (setting.x[listed], setting.values[listed]), left_out)
    rows = tuple(
        (printable(setting.words[int(setting.x[at])], 40), formatting.short(float(setting.values[at]))) for at in listed
    )
    return Table(headers, rows, (1,), note=left_out)
