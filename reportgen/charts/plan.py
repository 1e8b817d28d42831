"""The plan of a chart as plain data: curves, marks, labels, axes, and the `Plan` that holds them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from reportgen.charts import layout, theme

OFF_CHART: Final = 1e100  # larger values are marked, not drawn, because they would flatten everything else
_FEW_POINTS: Final = 12  # epochs up to which each value gets a dot


def is_drawable(values: np.ndarray) -> np.ndarray:
    """Shape (n,), bool: which values can be drawn to scale."""
    return np.asarray(np.abs(values) < OFF_CHART)  # false for NaN


@dataclass(frozen=True)
class Line:
    """One curve.

    Attributes:
        label: The text at its end; empty for a line that is named only in the note.
        dash: Lengths of dash and gap; empty for a solid line.
        epochs: Shape (n,), ascending.
        values: Shape (n,); NaN and infinities become crosses at the upper edge.
        smooth: Shape (n,), the smoothed values, drawn over the faint logged ones; None if the line is not noisy.
        faint: Whether it is a background curve, behind the others. If it is noisy, only smoothed values are drawn.
        name: Its name in tables and descriptions; empty if the label is.
        curves: The run's curves that it shows, by `TrainingHistory.position`; if two, the first minus the second;
            empty for values that are not part of the run.
        stepped: Whether a value holds until the next one, as a setting does.
        thin_after: The epoch after which it is thinner; None if it is not.
    """

    label: str
    colour: str
    dash: theme.Dash
    epochs: np.ndarray
    values: np.ndarray
    smooth: np.ndarray | None = None
    faint: bool = False
    name: str = ""
    curves: tuple[int, ...] = ()
    stepped: bool = False
    thin_after: float | None = None

    @property
    def width(self) -> float:
        """Thickness of the main line."""
        if self.faint:
            return theme.BEHIND_WIDTH
        return theme.TRAIN_WIDTH if self.colour == theme.TRAIN else theme.LINE_WIDTH

    @property
    def full_name(self) -> str:
        """Its name in tables and descriptions."""
        return self.name or self.label

    @property
    def drawable(self) -> np.ndarray:
        """Shape (n,), bool: which values can be drawn to scale."""
        return is_drawable(self.values)

    @property
    def dotted(self) -> np.ndarray:
        """Shape (n,), bool: which values get a dot: all of a short line in front, else isolated values between gaps."""
        drawable = self.drawable
        if len(self.epochs) <= _FEW_POINTS and not self.faint:
            return drawable
        alone = drawable & ~np.concatenate([[False], drawable[:-1]]) & ~np.concatenate([drawable[1:], [False]])
        return np.asarray(alone)

    @property
    def strong(self) -> np.ndarray:
        """Shape (n,): the values drawn as the main line: the smoothed ones if there are any."""
        return self.values if self.smooth is None else self.smooth


@dataclass(frozen=True)
class Band:
    """The forecast of a curve: a shaded band with a line inside; only the line if the band would be too narrow to see.

    Attributes:
        label: Label of the line that it continues; that label is then placed at the band's end.
        epochs: Shape (m,), ascending.
        low: Shape (m,), finite.
        mid: Shape (m,), finite.
        high: Shape (m,), finite.
        name: Its own label, placed above or below if there is space.
    """

    label: str
    colour: str
    epochs: np.ndarray
    low: np.ndarray
    mid: np.ndarray
    high: np.ndarray
    name: str = ""
    is_narrow: bool = False


@dataclass(frozen=True, eq=False)
class Ribbon:
    """What is behind the line of a group of runs: a band around it, and single runs as thin lines.

    Attributes:
        label: Label of the line.
        epochs: Shape (n,), ascending; empty without a band.
        low: Shape (n,), finite.
        high: Shape (n,), finite.
        runs: Epochs and values of single runs.
        opacity: Of the single runs.
    """

    label: str
    colour: str
    epochs: np.ndarray
    low: np.ndarray
    high: np.ndarray
    runs: tuple[tuple[np.ndarray, np.ndarray], ...] = ()
    opacity: float = theme.FAINT_OPACITY


@dataclass(frozen=True)
class Mark:
    """A vertical rule at an epoch, with a label above the plot.

    Attributes:
        value: Height of a dot on the rule; None for no dot.
        dash: Lengths of dash and gap of the rule; empty for a solid rule.
        also: Later epochs that the label also refers to; each gets a rule.
    """

    epoch: float
    label: str
    colour: str
    value: float | None = None
    dash: theme.Dash = theme.SOLID
    also: tuple[float, ...] = ()


@dataclass(frozen=True)
class Spot:
    """A dot at a value: filled at the best value of a curve, a ring at the chosen epoch if that is another one."""

    epoch: float
    value: float
    hollow: bool = False


@dataclass(frozen=True)
class Notch:
    """Ticks below the axis at some epochs; the note says what they are."""

    epochs: tuple[float, ...]
    label: str
    colour: str


def marked_epochs(marks: Sequence[Mark]) -> list[float]:
    """The epochs of all rules, in mark order."""
    return [epoch for mark in marks for epoch in (mark.epoch, *mark.also)]


@dataclass(frozen=True)
class Span:
    """A lightly shaded range of epochs, with a bar under the axis."""

    first: float
    last: float
    colour: str


@dataclass(frozen=True)
class Tick:
    """A number on the vertical axis."""

    value: float
    text: str


@dataclass(frozen=True)
class PlacedLabel:
    """A label and its position in chart units, relative to the plot's upper left corner.

    Attributes:
        x: Its left edge, or its right one if it is aligned there.
        y: Its lower edge for a mark's label, its middle for a line's.
        rule_x: Position of the rule, for a mark's label.
        joined: Whether the rule reaches up to the label, for a mark's label.
        leader: Position and height of both ends of a thin line from a line to its name, if that is not beside it.
    """

    text: str
    colour: str
    x: float
    y: float
    rule_x: float | None = None
    joined: bool = True
    align: Literal["left", "right"] = "left"
    leader: tuple[float, float, float, float] | None = None


@dataclass(frozen=True)
class Plan:
    """A chart, ready to be drawn.

    Attributes:
        marks: The marks, in the order of their labels.
        band_label: The forecast's name; None if there is no forecast or no space for the name.
        x_title_at: Distance of the right edge of ``x_title`` from the plot's left edge; it precedes the last epoch.
        x_title_width: Width of ``x_title``.
        y_gap: Distance of the vertical axis' numbers from the plot.
        y_late: Whether values outside are explained in a note: the axis shows only what follows the first fall or
            rise of all curves, or is not chosen for runs that exploded.
        left: Width of the axis' numbers left of the plot.
        top: Height of the labels above the plot.
        right: Width of the labels right of the plot.
        note: How to read the drawing (forecast, smoothing, thinning); empty if nothing needs explaining.
        axis_note: How to read this vertical axis (logarithmic, values outside); may be empty. It no longer applies
            once the reader of an interactive chart chooses the other axis.
    """

    lines: tuple[Line, ...]
    marks: tuple[Mark, ...]
    mark_labels: tuple[PlacedLabel, ...]
    end_labels: tuple[PlacedLabel, ...]
    band_label: PlacedLabel | None
    spans: tuple[Span, ...]
    band: Band | None
    zero_rule: bool
    x_domain: tuple[float, float]
    x_ticks: tuple[int, ...]
    x_title: str
    x_title_at: float
    x_title_width: float
    y_domain: tuple[float, float]
    y_ticks: tuple[Tick, ...]
    y_gap: float
    y_log: bool
    left: float
    top: float
    right: float
    note: str
    axis_note: str
    spots: tuple[Spot, ...] = ()
    notches: tuple[Notch, ...] = ()
    ribbons: tuple[Ribbon, ...] = ()
    y_late: bool = False

    @property
    def plot_width(self) -> float:
        """Width of the plot in chart units."""
        return layout.WIDTH - self.left - self.right
