"""Lays out charts: turns curves and marks into a `Plan` with all positions decided and no overlapping labels."""

from collections.abc import Sequence
from typing import Final, Literal

import numpy as np

from reportgen import formatting
from reportgen.charts import axes, labels, layout
from reportgen.charts.axes import View
from reportgen.charts.plan import Band, Line, Mark, Plan, Span, Tick, marked_epochs
from reportgen.charts.thinning import MAX_POINTS, thin_lines
from reportgen.languages import ENGLISH, Language, marked

_ABOVE: Final = (
    marked("Epoch {first} is above the chart (arrow, {value})."),
    marked("Epochs {first} to {last} are above the chart (arrows, up to {value})."),
    marked("{n} epochs are above the chart (arrows, up to {value})."),
)
_BELOW: Final = (
    marked("Epoch {first} is below the chart (arrow, {value})."),
    marked("Epochs {first} to {last} are below the chart (arrows, down to {value})."),
    marked("{n} epochs are below the chart (arrows, down to {value})."),
)

AxisChoice = Literal["auto", "linear", "setting"]
_LEAST_GAP: Final = 6.0  # between the axis' numbers and the plot, or after its last epoch
_BASELINE_OUTSIDE: Final = marked("Some values of the baseline are outside the chart.")


def make_plan(
    lines: Sequence[Line],
    marks: Sequence[Mark] = (),
    spans: Sequence[Span] = (),
    *,
    band: Band | None = None,
    zero_rule: bool = False,
    axis: AxisChoice = "auto",
    note: str = "",
    behind_outside: str = _BASELINE_OUTSIDE,
    language: Language = ENGLISH,
) -> Plan:
    """Lays out a chart.

    Args:
        lines: At least one curve with at least one point.
        marks: The most important first. Duplicates are dropped; the least important ones that do not fit are left out.
        spans: Shaded ranges of epochs.
        band: The forecast; the axes include it.
        zero_rule: Whether the axis includes zero and has a line there.
        axis: If a few values dwarf the others, ``auto`` uses a log axis or leaves them outside, whichever shows
            more; ``linear`` never chooses a log axis; ``setting`` leaves nothing outside.
        note: What the reader needs to know about the values; other notes are added to it.
        behind_outside: What to say if background curves are partly outside the chart.
        language: The language of the axis and the notes.
    """
    x_domain, marks, spans = _along_epochs(lines, marks, spans, band)
    view = _choose_view(lines, marks, band, zero_rule, axis)
    y_ticks = axes.value_ticks(view.domain, view.log)
    x_ticks = axes.epoch_ticks(x_domain[0], x_domain[1])
    x_title = language.say("epoch")
    first_width = layout.text_width(format(x_ticks[0], axes.epoch_format(x_ticks)))
    y_gap = max(_LEAST_GAP, round(first_width / 2 + 1, 1))  # keeps the numbers of both axes apart
    left, right = _margins(lines, y_ticks, y_gap, x_ticks, x_title)
    width = layout.WIDTH - left - right
    drawn = thin_lines(lines, marked_epochs(marks))
    placed_marks, mark_labels, n_rows = labels.place_marks(marks, x_domain, left, width, right)
    end_labels, band_label = labels.place_names(
        drawn, band, marked_epochs(placed_marks), labels.Frame(x_domain, view.domain, view.log, width)
    )
    return Plan(
        lines=drawn,
        marks=placed_marks,
        mark_labels=mark_labels,
        end_labels=end_labels,
        band_label=band_label,
        spans=spans,
        band=band,
        zero_rule=zero_rule,
        x_domain=x_domain,
        x_ticks=x_ticks,
        x_title=x_title,
        x_title_at=round(width + _behind_last(x_ticks), 1),
        y_domain=view.domain,
        y_ticks=y_ticks,
        y_gap=y_gap,
        y_log=view.log,
        left=left,
        top=n_rows * layout.LANE + layout.ABOVE_ROWS,
        right=right,
        note=_note(lines, band, note, language),
        axis_note=_axis_note(lines, view, behind_outside, language),
    )


def _along_epochs(
    lines: Sequence[Line], marks: Sequence[Mark], spans: Sequence[Span], band: Band | None
) -> tuple[axes.Domain, list[Mark], tuple[Span, ...]]:
    """First and last epoch of the axis; the marks and the spans between them."""
    epochs = np.concatenate([line.epochs for line in lines] + ([] if band is None else [band.epochs]))
    low, high = float(epochs.min()), float(epochs.max())
    domain = (low, high) if high > low else (low - 1, high + 1)
    inside = [mark for mark in dict.fromkeys(marks) if low <= mark.epoch <= high]
    clipped = tuple(
        Span(max(span.first, low), min(span.last, high), span.colour)
        for span in spans
        if span.first < high and span.last > low
    )
    return domain, inside, clipped


def _choose_view(lines: Sequence[Line], marks: Sequence[Mark], band: Band | None, zero: bool, axis: AxisChoice) -> View:
    """The range of the vertical axis. Ends of curves, marked values, the forecast and zero are always in view.

    Background curves may extend it, but do not determine it.
    """
    if axis == "setting":
        return axes.setting_view(np.concatenate([line.values[line.drawable] for line in lines]))
    drawn = [(line.epochs[line.drawable], line.values[line.drawable]) for line in lines if not line.faint]
    kept = [mark.value for mark in marks if mark.value is not None]
    kept += [float(values[-1]) for _, values in drawn if len(values)]
    kept += [0.0] if zero else []
    kept += [] if band is None else [*band.low.tolist(), *band.high.tolist()]
    view = axes.choose_view(
        np.concatenate([epochs for epochs, _ in drawn]),
        np.concatenate([values for _, values in drawn]),
        np.array(kept, dtype=np.float64),
        may_log=axis != "linear" and not zero,
    )
    behind = [line.strong[line.drawable] for line in lines if line.faint]
    return axes.widened(view, np.concatenate(behind)) if behind else view


def _margins(
    lines: Sequence[Line], y_ticks: Sequence[Tick], y_gap: float, x_ticks: Sequence[int], x_title: str
) -> tuple[float, float]:
    """Width left of the plot for the axis numbers, and right of it for the lines' names and the axis title."""
    left = max(layout.LEFT, *(y_gap + 4 + layout.text_width(tick.text) for tick in y_ticks))
    title = _behind_last(x_ticks) + layout.text_width(x_title)
    right = max(title, *(layout.END_GAP + layout.RIGHT_GAP + layout.text_width(line.label) for line in lines))
    return round(left, 1), round(right, 1)


def _behind_last(x_ticks: Sequence[int]) -> float:
    """Width right of the plot taken by the last epoch on the axis."""
    return layout.text_width(format(x_ticks[-1], axes.epoch_format(x_ticks))) / 2 + _LEAST_GAP


def _note(lines: Sequence[Line], band: Band | None, first: str, language: Language) -> str:
    """How to read the drawing, in sentences."""
    say = language.say
    notes = [first]
    if band is not None:
        epoch = int(band.epochs[0])
        notes.append(say("After epoch {epoch}: forecast. About two in three runs stay within the band.", epoch=epoch))
    if any(line.smooth is not None and not line.faint for line in lines):
        notes.append(say("Faint lines: logged values. Strong lines: smoothed."))
    longest = max(len(line.epochs) for line in lines)
    if longest > MAX_POINTS:
        notes.append(
            say(
                "Drawn from at most {shown} of {all} points per line. The first, last, best and extreme points are "
                "kept, and those where NaN or infinity begins or ends.",
                shown=formatting.count(MAX_POINTS),
                all=formatting.count(longest),
            )
        )
    return language.join(*notes)


def _axis_note(lines: Sequence[Line], view: View, behind_outside: str, language: Language) -> str:
    """Whether the axis is logarithmic and what lies outside, in sentences."""
    notes = [language.say("The vertical axis is logarithmic.")] if view.log else []
    notes += _outside([line for line in lines if not line.faint], view.domain, language)
    if any(_is_outside(line, view.domain) for line in lines if line.faint):
        notes.append(language.say(behind_outside))
    return language.join(*notes)


def _outside(lines: Sequence[Line], domain: axes.Domain, language: Language) -> list[str]:
    """Which epochs are outside the chart, and how far, in sentences."""
    epochs = np.concatenate([line.epochs[line.drawable] for line in lines])
    values = np.concatenate([line.values[line.drawable] for line in lines])
    sides = ((values > domain[1], values.max, _ABOVE), (values < domain[0], values.min, _BELOW))
    notes = []
    for beyond, farthest, (one, in_a_row, scattered) in sides:
        if beyond.any():
            out = np.unique(epochs[beyond])
            first, last, n = int(out[0]), int(out[-1]), len(out)
            text = one if n == 1 else in_a_row if last - first == n - 1 else scattered
            notes.append(language.say(text, first=first, last=last, n=n, value=formatting.short(float(farthest()))))
    return notes


def _is_outside(line: Line, domain: axes.Domain) -> bool:
    values = line.strong[line.drawable]
    return bool(((values < domain[0]) | (values > domain[1])).any())
