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

_MOST_PRINTED: Final = 3  # marked epochs that are printed in any case
MAX_TABLE_ROWS: Final = 400  # longer tables are reduced to evenly spaced epochs and the important ones


@dataclass(frozen=True)
class Chart:
    """One chart of a report.

    Attributes:
        id: Unique on the page.
        name: What it shows: the metric's name, or "gap".
        description: What the chart shows, in a few sentences, for readers who cannot see it.
        folded: Whether the page shows it only on request.
        message: What it shows, as a heading; empty if that is the title.
        reading: The metric as logged, its direction, and what its dots mean.
    """

    id: str
    name: str
    title: str
    description: str
    plan: Plan
    table: Table
    folded: bool = False
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


def tabulate(headers: Sequence[str], lines: Sequence[Line], language: Language, marked: Sequence[float] = ()) -> Table:
    """The values of several lines side by side, one row per epoch. A shortened table keeps the marked epochs."""
    epochs = joined([line.epochs for line in lines])
    shown, note = epochs, ""
    if len(epochs) > MAX_TABLE_ROWS:
        share = MAX_TABLE_ROWS // (2 * len(lines))
        important = np.unique(
            np.concatenate([line.epochs[landmarks(line.epochs, line.values, share, marked)] for line in lines])
        )
        evenly = np.linspace(0, len(epochs) - 1, MAX_TABLE_ROWS - len(important)).round().astype(np.int64)
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
    printed = tuple(int(at) for at in np.flatnonzero(np.isin(shown, marked[:_MOST_PRINTED])))
    return Table(names, rows, tuple(range(len(names))), note=note, printed=printed)
