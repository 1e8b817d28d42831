"""Plots of one quantity over another, as plain data: what the charts of an evaluation show.

Charts over epochs have their own plan, as they have marks, forecasts and a crosshair.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

import numpy as np

from reportgen import formatting
from reportgen.charts import axes, layout, theme
from reportgen.charts.axes import Domain
from reportgen.charts.plan import PlacedLabel, Tick
from reportgen.formatting import Table
from reportgen.languages import ENGLISH, Language

WIDE: Final = 400  # width of the whole drawing, in chart units
HIGH: Final = 250  # height of the plot
ABOVE: Final = 26  # height above the plot, for the name of the vertical axis
BELOW: Final = 50  # height below the plot, for ticks and the name of the horizontal axis
RIGHT: Final = 26  # width right of the plot, for half of the last tick
_MAX_TICKS: Final = 5  # on the horizontal axis
_INSET: Final = 12.0  # between the corner of the plot and the names of lines


@dataclass(frozen=True, eq=False)
class PlotLine:
    """A line through points: shape (n,) each, finite. A faint one is a guide without a name."""

    x: np.ndarray
    y: np.ndarray
    colour: str
    name: str = ""
    dash: theme.Dash = theme.SOLID
    faint: bool = False
    dotted: bool = False


@dataclass(frozen=True, eq=False)
class PlotDots:
    """Points: shape (n,) each, finite. The size is their area in square chart units."""

    x: np.ndarray
    y: np.ndarray
    colour: str
    size: float = theme.DOT_SIZE / 3


@dataclass(frozen=True, eq=False)
class PlotBars:
    """Bars from zero: n + 1 edges, n heights."""

    edges: np.ndarray
    heights: np.ndarray
    colour: str


@dataclass(frozen=True, eq=False)
class Plot:
    """A plot, ready to be drawn.

    Attributes:
        id: Unique on the page.
        name: What it shows, as a key of `Report.charts`.
        description: What it shows, in a few sentences, for readers who cannot see it.
        note: What the reader needs to know about the values; empty if nothing needs explaining.
        labels: The names of the lines, placed in a corner.
        message: What it shows, as a heading; empty if that is the title.
        labels_end: Whether the positions of the names are their right edges.
        left: Width of the numbers left of the plot.
    """

    id: str
    name: str
    title: str
    description: str
    note: str
    table: Table
    x_title: str
    y_title: str
    x_domain: Domain
    y_domain: Domain
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    labels: tuple[PlacedLabel, ...]
    labels_end: bool
    left: float
    lines: tuple[PlotLine, ...] = field(default=())
    dots: PlotDots | None = None
    bars: PlotBars | None = None
    x_log: bool = False
    y_log: bool = False
    message: str = ""

    @property
    def heading(self) -> str:
        """What it shows, or its title."""
        return self.message or self.title

    @property
    def plot_width(self) -> float:
        """Width of the plot in chart units."""
        return WIDE - self.left - RIGHT


def make_plot(
    *,
    texts: tuple[str, str, str, str],
    table: Table,
    axis_titles: tuple[str, str],
    domains: tuple[Domain, Domain],
    note: str = "",
    lines: Sequence[PlotLine] = (),
    dots: PlotDots | None = None,
    bars: PlotBars | None = None,
    names_at: str = "bottom right",
    x_log: bool = False,
    y_log: bool = False,
    x_ticks: Sequence[Tick] = (),
    language: Language = ENGLISH,
) -> Plot:
    """Lays out a plot.

    Args:
        texts: Id, name, title and description.
        table: Its data.
        axis_titles: Names of the horizontal and the vertical axis.
        domains: The ranges of both.
        note: What the reader needs to know about the values.
        lines: Lines with a name get it in a corner, in their colour.
        dots: Points.
        bars: Bars.
        names_at: The corner: ``bottom right``, ``bottom left`` or ``top left``.
        x_log: Whether the horizontal axis is logarithmic.
        y_log: Whether the vertical axis is.
        x_ticks: Numbers or words on the horizontal axis, of which as many are shown as fit (default: round numbers).
        language: The language of the texts.
    """
    id_, name, title, description = texts
    x_domain, y_domain = domains
    y_ticks = axes.value_ticks(y_domain, y_log)
    widest = max((layout.text_width(tick.text) for tick in y_ticks), default=0)
    left = round(max(layout.LEFT, widest + theme.TICK_GAP + 4), 1)
    width = WIDE - left - RIGHT
    named = [line for line in lines if line.name]
    step, labels = layout.LINE_STEP, []
    first = _INSET if names_at.startswith("top") else HIGH - _INSET - step * (len(named) - 1)
    for place, line in enumerate(named):
        x = _INSET if names_at.endswith("left") else width - _INSET
        labels.append(PlacedLabel(line.name, line.colour, round(x, 1), round(first + step * place, 1)))
    return Plot(
        id=id_,
        name=name,
        title=title,
        description=language.say("{name}: {text}", name=title, text=description),
        note=note,
        table=table,
        x_title=axis_titles[0],
        y_title=axis_titles[1],
        x_domain=x_domain,
        y_domain=y_domain,
        x_ticks=_few(x_ticks or axes.value_ticks(x_domain, x_log), width),
        y_ticks=y_ticks,
        labels=tuple(labels),
        labels_end=not names_at.endswith("left"),
        left=left,
        lines=tuple(lines),
        dots=dots,
        bars=bars,
        x_log=x_log,
        y_log=y_log,
    )


def _few(ticks: Sequence[Tick], width: float) -> tuple[Tick, ...]:
    """The ticks whose numbers fit beside each other: all, or every second, third and so on."""
    widest = max((layout.text_width(tick.text) for tick in ticks), default=0) + layout.LABEL_GAP
    most = max(2, min(_MAX_TICKS + 1, int(width / widest)))
    every = -(-len(ticks) // most)
    return tuple(ticks[::every])


def padded_domain(values: np.ndarray, share: float = 0.05) -> Domain:
    """Lowest and highest value with some space around them; never empty."""
    low, high = float(values.min()), float(values.max())
    span = high - low or abs(high) or 1.0
    return low - share * span, high + share * span


def log_domain(values: np.ndarray, share: float = 0.05) -> Domain:
    """The same for positive values on a logarithmic axis."""
    padding = float(values.max() / values.min()) ** share
    return float(values.min()) / padding, float(values.max()) * padding


def cut_line(x: np.ndarray, y: np.ndarray, across: Domain, up: Domain) -> list[np.ndarray]:
    """The pieces of a line inside a part of the plane, shape (2, n) each: it ends where it leaves it."""
    low, high = np.array([across[0], up[0]]), np.array([across[1], up[1]])
    points = np.column_stack([x, y])
    pieces: list[list[np.ndarray]] = []
    for start, end in pairwise(points):
        step = end - start
        still = step == 0
        if ((start < low) | (start > high))[still].any():
            continue
        edges = np.sort(np.array([(low - start)[~still], (high - start)[~still]]) / step[~still], axis=0)
        enters, leaves = max(0.0, edges[0].max(initial=0.0)), min(1.0, edges[1].min(initial=1.0))
        if enters > leaves:
            continue
        ends = [start + enters * step, start + leaves * step]
        if enters == 0 and pieces and np.array_equal(pieces[-1][-1], start):
            pieces[-1].append(ends[1])
        else:
            pieces.append(ends)
    return [np.array(piece).T for piece in pieces]


def number_table(headers: Sequence[str], columns: Sequence[np.ndarray], note: str = "") -> Table:
    """A table of numbers, one row per position of the columns."""
    rows = tuple(
        tuple(formatting.short(float(cell)) for cell in row)
        for row in zip(*(column.tolist() for column in columns), strict=True)
    )
    return Table(tuple(headers), rows, tuple(range(len(headers))), note=note)
