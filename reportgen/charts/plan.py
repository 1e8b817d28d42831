"""What a chart shows and where, before anything is drawn: lines, marks, labels and their places.

In: curves and annotations. Out: a `Plan` whose labels do not overlap. Plain data, so that it can be tested as data.
"""

from collections.abc import Sequence
from typing import Final, Literal

import numpy as np

from reportgen import formatting
from reportgen.charts import axes, labels, theme
from reportgen.charts.axes import View
from reportgen.charts.parts import Annotation, Band, Line, Plan, Span, Tick, marked_epochs
from reportgen.charts.thinning import MAX_POINTS, thin_lines
from reportgen.languages import ENGLISH, Language, marked

_ABOVE: Final = (
    marked("Epoch {first} lies above the chart (arrow, {value})."),
    marked("Epochs {first} to {last} lie above the chart (arrows, up to {value})."),
    marked("{n} epochs lie above the chart (arrows, up to {value})."),
)
_BELOW: Final = (
    marked("Epoch {first} lies below the chart (arrow, {value})."),
    marked("Epochs {first} to {last} lie below the chart (arrows, down to {value})."),
    marked("{n} epochs lie below the chart (arrows, down to {value})."),
)

AxisChoice = Literal["auto", "linear", "setting"]
_BASELINE_FAR_OFF: Final = marked("Where the baseline is far off, it lies outside the chart.")


def make_plan(
    lines: Sequence[Line],
    annotations: Sequence[Annotation] = (),
    spans: Sequence[Span] = (),
    *,
    band: Band | None = None,
    zero_rule: bool = False,
    axis: AxisChoice = "auto",
    remark: str = "",
    far_off: str = _BASELINE_FAR_OFF,
    language: Language = ENGLISH,
) -> Plan:
    """Lays a chart out: axes, rows of labels, labels at the lines' ends.

    Args:
        lines: At least one curve with at least one point.
        annotations: Rules with labels, the most important first; those of the same place and words count once, and
            those that find no room are left out.
        spans: Shaded stretches.
        band: How a curve would go on; the axes make room for it.
        zero_rule: Whether zero belongs on the axis and gets a line.
        axis: Where a few values dwarf the others, ``auto`` takes a log axis or leaves them outside, whichever shows
            more; ``linear`` takes no log axis; ``setting`` leaves nothing outside.
        remark: What the reader has to know about the values.
        far_off: What is said where curves that stand behind leave the chart.
        language: What axis and notes are written in.
    """
    x_domain, marks, stretches = _along_epochs(lines, annotations, spans, band)
    view = _choose_view(lines, marks, band, zero_rule, axis)
    y_ticks = axes.value_ticks(view.domain, view.log)
    x_ticks = axes.epoch_ticks(x_domain[0], x_domain[1])
    x_title = language.say("epoch")
    y_gap = max(
        6.0, round(theme.text_width(format(x_ticks[0], axes.epoch_format(x_ticks))) / 2 + 1, 1)
    )  # so that numbers of both axes keep apart
    left, right = _margins(lines, y_ticks, y_gap, x_ticks, x_title)
    width = theme.WIDTH - left - right
    drawn = thin_lines(lines, marked_epochs(marks))
    placed_marks, mark_labels, n_rows = labels.place_annotations(marks, x_domain, left, width, right)
    end_labels, band_label = labels.place_names(
        drawn, band, marked_epochs(placed_marks), labels.Frame(x_domain, view.domain, view.log, width)
    )
    return Plan(
        lines=drawn,
        annotations=placed_marks,
        annotation_labels=mark_labels,
        end_labels=end_labels,
        band_label=band_label,
        spans=stretches,
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
        top=n_rows * theme.LANE + 8,
        right=right,
        note=_note(lines, band, remark, language),
        axis_note=_axis_note(lines, view, far_off, language),
    )


def _along_epochs(
    lines: Sequence[Line], annotations: Sequence[Annotation], spans: Sequence[Span], band: Band | None
) -> tuple[axes.Domain, list[Annotation], tuple[Span, ...]]:
    """First and last epoch of the axis; the marks and the stretches that lie between them."""
    epochs = np.concatenate([line.epochs for line in lines] + ([] if band is None else [band.epochs]))
    low, high = float(epochs.min()), float(epochs.max())
    domain = (low, high) if high > low else (low - 1, high + 1)
    marks = [mark for mark in dict.fromkeys(annotations) if low <= mark.epoch <= high]
    stretches = tuple(
        Span(max(span.first, low), min(span.last, high), span.colour)
        for span in spans
        if span.first < high and span.last > low
    )
    return domain, marks, stretches


def _choose_view(
    lines: Sequence[Line], marks: Sequence[Annotation], band: Band | None, zero: bool, axis: AxisChoice
) -> View:
    """The vertical axis: of all curves, with their ends, the marked values, the forecast and zero kept in view.

    Curves that stand behind never decide it.
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
    """Room left of the plot for the axis' numbers, and right of it for the lines' names and the title of the epochs."""
    left = max(theme.LEFT, *(y_gap + 4 + theme.text_width(tick.text) for tick in y_ticks))
    title = _behind_last(x_ticks) + theme.text_width(x_title)
    right = max(title, *(labels.END_GAP + 2 + theme.text_width(line.label) for line in lines))
    return round(left, 1), round(right, 1)


def _behind_last(x_ticks: Sequence[int]) -> float:
    """Room beside the plot that the last number of the axis may take."""
    return theme.text_width(format(x_ticks[-1], axes.epoch_format(x_ticks))) / 2 + 6


def _note(lines: Sequence[Line], band: Band | None, remark: str, language: Language) -> str:
    """What the reader has to know about the drawing, in sentences."""
    say = language.say
    notes = [remark]
    if band is not None:
        epoch = f"{band.epochs[0]:.0f}"
        notes.append(say("Beyond epoch {epoch}: forecast; about two runs in three stay within the band.", epoch=epoch))
    if any(line.smooth is not None and not line.faint for line in lines):
        notes.append(say("Faint: as logged; strong: smoothed."))
    longest = max(len(line.epochs) for line in lines)
    if longest > MAX_POINTS:
        notes.append(
            say(
                "Drawn from at most {shown} of {all} points per line; first, last, best and extreme ones are kept, and "
                "where NaN or infinity begins and ends.",
                shown=formatting.count(MAX_POINTS),
                all=formatting.count(longest),
            )
        )
    return language.join(*notes)


def _axis_note(lines: Sequence[Line], view: View, far_off: str, language: Language) -> str:
    """What the axis leaves outside, and whether it is logarithmic, in sentences."""
    notes = [language.say("The vertical axis is logarithmic.")] if view.log else []
    notes += _outside([line for line in lines if not line.faint], view.domain, language)
    if any(_leaves(line, view.domain) for line in lines if line.faint):
        notes.append(language.say(far_off))
    return language.join(*notes)


def _outside(lines: Sequence[Line], domain: axes.Domain, language: Language) -> list[str]:
    """Which epochs lie outside the chart, and how far."""
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


def _leaves(line: Line, domain: axes.Domain) -> bool:
    values = line.strong[line.drawable]
    return bool(((values < domain[0]) | (values > domain[1])).any())
