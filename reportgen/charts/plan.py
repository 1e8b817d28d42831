"""The plan of a chart as plain data: curves, marks, labels, axes, and the `Plan` that holds them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from reportgen.charts import layout, theme

OFF_CHART: Final = 1e100  # larger values are marked, not drawn: they would flatten everything else
_FEW_POINTS: Final = 12  # epochs up to which each value gets a dot


def is_drawable(values: np.ndarray) -> np.ndarray:
    """Shape (n,), bool: which values can be drawn to scale."""
    return np.asarray(np.abs(values) < OFF_CHART)  # false for NaN


@dataclass(frozen=True)
class Line:
    """One curve.

    Attributes:
        label: The text at its end; empty for a line that only the note names.
        dash: Lengths of dash and gap; empty for a solid line.
        epochs: Shape (n,), ascending.
        values: Shape (n,); NaN and infinities become crosses at the upper edge.
        smooth: Shape (n,), the values without noise, drawn over the faint values; None if the line is not noisy.
        faint: Whether it is drawn behind the others. Of a noisy faint line only the smoothed values are drawn.
        name: Its name in tables and descriptions; empty if the label is.
        curves: The curves of the run that it shows, by `TrainingHistory.position`; of two, the first minus the second;
            empty for values that are not part of the run.
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
        """Shape (n,), bool: which values get a dot: all of a short line, else single values between gaps."""
        drawable = self.drawable
        if len(self.epochs) <= _FEW_POINTS:
            return drawable
        alone = drawable & ~np.concatenate([[False], drawable[:-1]]) & ~np.concatenate([drawable[1:], [False]])
        return np.asarray(alone)

    @property
    def strong(self) -> np.ndarray:
        """Shape (n,): the values drawn as the main line, smoothed if there are smoothed ones."""
        return self.values if self.smooth is None else self.smooth


@dataclass(frozen=True)
class Band:
    """The forecast of a curve: a shaded band with a line inside.

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


@dataclass(frozen=True)
class Mark:
    """A vertical rule at an epoch, with a label above the plot.

    Attributes:
        value: Height of a dot on the rule; None for no dot.
        dash: Lengths of dash and gap of the rule; empty for a solid rule.
        also: Later epochs that the label refers to; each gets a rule.
    """

    epoch: float
    label: str
    colour: str
    value: float | None = None
    dash: theme.Dash = theme.SOLID
    also: tuple[float, ...] = ()


def marked_epochs(marks: Sequence[Mark]) -> list[float]:
    """The epochs of all rules, in the order of the marks."""
    return [epoch for mark in marks for epoch in (mark.epoch, *mark.also)]


@dataclass(frozen=True)
class Span:
    """A shaded range of epochs."""

    first: float
    last: float
    colour: str


@dataclass(frozen=True)
class Tick:
    """A number of the vertical axis."""

    value: float
    text: str


@dataclass(frozen=True)
class PlacedLabel:
    """A label and its place in chart units from the plot's upper left corner.

    Attributes:
        x: Its left edge.
        y: Its lower edge for a mark's label, its middle for a line's.
        rule_x: Place of the rule, for a mark's label.
        joined: Whether the rule reaches up to the label, for a mark's label.
    """

    text: str
    colour: str
    x: float
    y: float
    rule_x: float | None = None
    joined: bool = True


@dataclass(frozen=True)
class Plan:
    """A chart, ready to be drawn.

    Attributes:
        marks: In the order of their labels.
        band_label: The forecast's name; None without a forecast, or without space for it.
        x_title_at: Place of that name from the plot's left edge.
        y_gap: Distance of its numbers from the plot.
        left: Width of the axis' numbers left of the plot.
        top: Height of the labels above the plot.
        right: Width of the labels right of the plot.
        note: How to read the drawing (forecast, smoothing, thinning); empty for nothing.
        axis_note: How to read this vertical axis (logarithmic, values outside); empty for nothing. It no longer applies
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
    y_domain: tuple[float, float]
    y_ticks: tuple[Tick, ...]
    y_gap: float
    y_log: bool
    left: float
    top: float
    right: float
    note: str
    axis_note: str

    @property
    def plot_width(self) -> float:
        """Width of the plot in chart units."""
        return layout.WIDTH - self.left - self.right
