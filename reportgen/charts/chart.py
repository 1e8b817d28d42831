"""A chart of a report: its plan and drawing, title, description, and its data as a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from reportgen import formatting
from reportgen.charts.plan import Line, Plan
from reportgen.charts.thinning import joined, landmarks, positions_of
from reportgen.formatting import Table
from reportgen.languages import Language

_FEWEST_LANDMARKS: Final = 20  # of a line in a table with many
_MOST_IMPORTANT: Final = 3  # marked epochs that the table of all values has in any case
MAX_TABLE_ROWS: Final = 400  # longer tables are reduced to evenly spaced epochs and the important ones


@dataclass(frozen=True)
class Chart:
    """One chart of a report.

    Attributes:
        id: Unique on the page.
        name: What it shows: the metric's name, or "gap".
        description: What the chart shows, in a few sentences, for readers who cannot see it.
        lines: Its curves with all their points.
        message: What it shows, as a heading; empty if that is the title.
        reading: The metric as logged, its direction, and what its dots mean.
    """

    id: str
    name: str
    title: str
    description: str
    plan: Plan
    table: Table
    lines: tuple[Line, ...] = ()
    message: str = ""
    reading: str = ""

    @property
    def heading(self) -> str:
        """What it shows, or its title."""
        return self.message or self.title

    @property
    def vega_lite(self) -> dict[str, Any]:
        """The chart's Vega-Lite specification."""
        from reportgen.charts.drawing import draw  # loads Altair, which planning does not need

        return draw(self.plan).to_dict(validate=False)


def tabulate_all(charts: Sequence[Chart], language: Language) -> tuple[Table, tuple[int, ...]]:
    """The values of all charts in one table, and the column where those of each chart begin."""
    if not charts:
        return Table((), ()), ()
    headers: list[str] = []
    columns: list[int] = []
    for chart in charts:
        columns.append(len(headers) + 1)
        names = [language.say("{name}: {text}", name=chart.title, text=line.full_name) for line in chart.lines]
        headers += names if len(names) > 1 else [chart.title]
    lines = [line for chart in charts for line in chart.lines]
    marked = [float(chart.table.rows[at][0]) for chart in charts for at in chart.table.important]
    return tabulate(headers, lines, language, list(dict.fromkeys(marked))), tuple(columns)


def tabulate(headers: Sequence[str], lines: Sequence[Line], language: Language, marked: Sequence[float] = ()) -> Table:
    """The values of several lines side by side, one row per epoch. A shortened table keeps the marked epochs."""
    epochs = joined([line.epochs for line in lines])
    shown, note = epochs, ""
    if len(epochs) > MAX_TABLE_ROWS:
        share = max(_FEWEST_LANDMARKS, MAX_TABLE_ROWS // (2 * len(lines)))
        important = np.unique(
            np.concatenate([line.epochs[landmarks(line.epochs, line.values, share, marked)] for line in lines])
        )
        left = max(0, MAX_TABLE_ROWS - len(important))
        evenly = np.linspace(0, len(epochs) - 1, left).round().astype(np.int64)
        shown = np.union1d(important, epochs[evenly])
        note = language.say(
            "{shown} of {all} epochs: evenly spaced, plus those of the first, last, best and extreme values and those "
            "where NaN or infinity begins or ends.",
            shown=len(shown),
            all=formatting.count(len(epochs)),
        )
    columns = []
    for line in lines:
        chosen = positions_of(shown, line.epochs)
        values = dict(zip(line.epochs[chosen].tolist(), line.values[chosen].tolist(), strict=True))
        columns.append([formatting.number(values[e]) if e in values else "" for e in shown.tolist()])
    rows = tuple(zip([str(e) for e in shown.tolist()], *columns, strict=True))
    names = (language.say("epoch"), *headers)
    places = tuple(int(at) for at in np.flatnonzero(np.isin(shown, marked[:_MOST_IMPORTANT])))
    return Table(names, rows, tuple(range(len(names))), note=note, important=places)
