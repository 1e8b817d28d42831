"""Lays out charts: turns curves and marks into a `Plan` with all positions decided and no overlapping labels."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Literal

import numpy as np

from reportgen import formatting
from reportgen.charts import axes, labels, layout
from reportgen.charts.axes import View
from reportgen.charts.plan import (
    OFF_CHART,
    Band,
    Line,
    Mark,
    Notch,
    PlacedLabel,
    Plan,
    Ribbon,
    Span,
    Spot,
    is_drawable,
    marked_epochs,
)
from reportgen.charts.thinning import MAX_POINTS, thin_lines
from reportgen.languages import ENGLISH, Language, marked

_ABOVE: Final = (
    marked("Epoch {first} is off the scale (arrow, {value})."),
    marked("Epochs {first} to {last} are off the scale (arrows, up to {value})."),
    marked("{n} epochs are off the scale (arrows, up to {value})."),
)
_BELOW: Final = (
    marked("Epoch {first} is off the scale (arrow, {value})."),
    marked("Epochs {first} to {last} are off the scale (arrows, down to {value})."),
    marked("{n} epochs are off the scale (arrows, down to {value})."),
)

AxisChoice = Literal["auto", "linear", "setting"]
_LATE_ABOVE: Final = marked(
    "Epochs up to {epoch}, with values up to {value}, are above the chart, which enlarges the rest."
)
_LATE_BELOW: Final = marked(
    "Epochs up to {epoch}, with values down to {value}, are below the chart, which enlarges the rest."
)
_MOST_SPREADS: Final = 2  # of the vertical axis, for names that have no space
_LEAST_GAP: Final = 6.0  # between the axis' numbers and the plot
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
    spots: Sequence[Spot] = (),
    notches: Sequence[Notch] = (),
    ribbons: Sequence[Ribbon] = (),
    view: View | None = None,
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
        spots: Dots and rings at values, which are always in view.
        notches: Ticks below the axis, named in the note.
        ribbons: Bands and single runs behind lines.
        view: The range of the vertical axis, for charts that share one (default: chosen from the values).
        behind_outside: What to say if background curves are partly outside the chart.
        language: The language of the axis and the notes.
    """
    x_domain, marks, spans = _along_epochs(lines, marks, spans, band, ribbons)
    spots = [spot for spot in spots if x_domain[0] <= spot.epoch <= x_domain[1] and abs(spot.value) < OFF_CHART]
    is_shared = view is not None and view.since is None
    view = view or _choose_view(lines, [*marks, *spots], band, zero_rule, axis, ribbons)
    y_ticks = axes.value_ticks(view.domain, view.log)
    x_ticks = axes.epoch_ticks(x_domain[0], x_domain[1])
    x_title = language.say("epoch")
    first_width = layout.text_width(format(x_ticks[0], axes.epoch_format(x_ticks)))
    y_gap = max(_LEAST_GAP, round(first_width / 2 + 1, 1))  # keeps the numbers of both axes apart
    left = round(max(layout.LEFT, *(y_gap + 4 + layout.text_width(tick.text) for tick in y_ticks)), 1)
    drawn = thin_lines(lines, [*marked_epochs(marks), *(spot.epoch for spot in spots)])
    right, most = _right_margins(lines, x_ticks, layout.LEADER_GAP if ribbons else layout.END_GAP)
    for attempt in range(3):
        width = layout.WIDTH - left - right
        placed_marks, mark_labels, n_rows = labels.place_marks(marks, x_domain, left, width, right)
        end_labels, band_label = labels.place_names(
            drawn,
            band,
            marked_epochs(placed_marks),
            labels.Frame(x_domain, view.domain, view.log, width),
            spots,
            ribbons,
        )
        for _ in range(_MOST_SPREADS if attempt == 0 and not is_shared else 0):
            if not (_misplaced(end_labels, drawn, band, x_domain, width) or _is_far(end_labels, width)):
                break  # otherwise, more space above and below the curves, without more numbers
            view = axes.spread(view)
            end_labels, band_label = labels.place_names(
                drawn,
                band,
                marked_epochs(placed_marks),
                labels.Frame(x_domain, view.domain, view.log, width),
                spots,
                ribbons,
            )
        needed = max((_reach(label) - width for label in end_labels), default=0.0)
        if needed <= right:
            break
        right = most if attempt else round(needed + layout.RIGHT_GAP, 1)
    shown_band = _with_visible_band(band, view)
    title_at = round(width - _half_last(x_ticks) - layout.END_GAP, 1)
    title_width = round(layout.text_width(x_title), 1)
    x_ticks = _apart_from_title(x_ticks, x_domain, width, title_at, title_width)
    return Plan(
        lines=drawn,
        marks=placed_marks,
        mark_labels=mark_labels,
        end_labels=end_labels,
        band_label=band_label,
        spans=spans,
        band=shown_band,
        zero_rule=zero_rule,
        x_domain=x_domain,
        x_ticks=x_ticks,
        x_title=x_title,
        x_title_at=title_at,
        x_title_width=title_width,
        y_domain=view.domain,
        y_ticks=y_ticks,
        y_gap=y_gap,
        y_log=view.log,
        y_late=view.since is not None or view.reach is not None,
        left=left,
        top=n_rows * layout.LANE + layout.ABOVE_ROWS,
        right=right,
        note=_note(lines, band, shown_band, notches, note, language),
        axis_note=_axis_note(lines, ribbons, view, behind_outside, language),
        spots=tuple(spots),
        notches=tuple(notches),
        ribbons=tuple(ribbons),
    )


def _along_epochs(
    lines: Sequence[Line],
    marks: Sequence[Mark],
    spans: Sequence[Span],
    band: Band | None,
    ribbons: Sequence[Ribbon] = (),
) -> tuple[axes.Domain, list[Mark], tuple[Span, ...]]:
    """First and last epoch of the axis; the marks and the spans between them."""
    parts = [line.epochs for line in lines] + ([] if band is None else [band.epochs])
    parts += [epochs for ribbon in ribbons for epochs, _ in ribbon.runs]
    epochs = np.concatenate(parts)
    low, high = float(epochs.min()), float(epochs.max())
    domain = (low, high) if high > low else (low - 1, high + 1)
    inside = [mark for mark in dict.fromkeys(marks) if low <= mark.epoch <= high]
    clipped = tuple(
        Span(max(span.first, low), min(span.last, high), span.colour)
        for span in spans
        if span.first < high and span.last > low
    )
    return domain, inside, clipped


def _choose_view(
    lines: Sequence[Line],
    marks: Sequence[Mark | Spot],
    band: Band | None,
    zero: bool,
    axis: AxisChoice,
    ribbons: Sequence[Ribbon] = (),
) -> View:
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
    behind += [edge[is_drawable(edge)] for edge in _edges(ribbons)]
    return axes.widened(view, np.concatenate(behind)) if behind else view


def _edges(ribbons: Sequence[Ribbon]) -> list[np.ndarray]:
    """The values of bands and single runs."""
    return [values for ribbon in ribbons for _, values in _parts(ribbon)]


def _with_visible_band(band: Band | None, view: View) -> Band | None:
    """The forecast; marked as narrow if its band would be too thin to see at its end."""
    if band is None:
        return None
    low, high = (
        axes.y_position(min(max(float(edge[-1]), view.domain[0]), view.domain[1]), view.domain, view.log)
        for edge in (band.low, band.high)
    )
    return replace(band, is_narrow=abs(low - high) < layout.LEAST_BAND)


def _right_margins(lines: Sequence[Line], x_ticks: Sequence[int], gap: float) -> tuple[float, float]:
    """Width right of the plot: without names, which fit into the plot in most charts, and with the longest name."""
    least = max(layout.RIGHT, _half_last(x_ticks) + layout.RIGHT_GAP)  # the gap, since engines round widths of letters
    names = (gap + layout.RIGHT_GAP + layout.text_width(line.label) for line in lines)
    return round(least, 1), round(max(least, *names), 1)


def _misplaced(
    names: Sequence[PlacedLabel], lines: Sequence[Line], band: Band | None, domain: axes.Domain, width: float
) -> bool:
    """Whether the name of a line that ends within the plot is right of it."""
    outside = {name.text for name in names if name.align == "left" and name.x > width}
    continued = "" if band is None else band.label
    return any(
        line.label in outside and line.label != continued and labels.ends_within(line, domain, width) for line in lines
    )


def _is_far(names: Sequence[PlacedLabel], width: float) -> bool:
    """Whether a name in the plot has a long leader."""
    leaders = [name.leader for name in names if name.leader is not None and name.x < width]
    return any(np.hypot(x2 - x, y2 - y) > layout.LONG_LEADER for x, y, x2, y2 in leaders)


def _half_last(x_ticks: Sequence[int]) -> float:
    """Half the width of the last epoch on the axis."""
    return layout.text_width(format(x_ticks[-1], axes.epoch_format(x_ticks))) / 2


def _reach(label: PlacedLabel) -> float:
    """The right edge of a name."""
    return label.x if label.align == "right" else label.x + layout.text_width(label.text)


def _apart_from_title(
    ticks: Sequence[int], domain: axes.Domain, width: float, title_at: float, title_width: float
) -> tuple[int, ...]:
    """The epochs on the axis without inner ones that would touch the axis' title or the last one."""
    kept, taken = [ticks[0]], -math.inf
    for tick in ticks[:-1]:
        half = layout.text_width(format(tick, axes.epoch_format(ticks))) / 2
        at = axes.x_position(tick, domain, width)
        if tick == ticks[0]:
            taken = at + half
        elif at - half > taken and at + half < title_at - title_width - layout.END_GAP:
            kept.append(tick)
            taken = at + half
    return (*kept, *ticks[1:][-1:])


def _note(
    lines: Sequence[Line],
    band: Band | None,
    shown_band: Band | None,
    notches: Sequence[Notch],
    first: str,
    language: Language,
) -> str:
    """How to read the drawing, in sentences."""
    say = language.say
    notes = [first]
    if band is not None:
        epoch = int(band.epochs[0])
        if shown_band is not None and not shown_band.is_narrow:
            text = say(
                "After epoch {epoch}: forecast. About two thirds of similar runs stay within the band.", epoch=epoch
            )
        else:
            low, high = formatting.apart(float(band.low[-1]), float(band.high[-1]))
            text = say(
                "After epoch {epoch}: forecast. About two thirds of similar runs end between {low} and {high}.",
                epoch=epoch,
                low=low,
                high=high,
            )
        notes.append(text)
    if notches:
        what = "; ".join(notch.label for notch in notches)
        is_one = sum(len(notch.epochs) for notch in notches) == 1
        text = (
            say("Tick below the axis: {what}.", what=what)
            if is_one
            else say("Ticks below the axis: {what}.", what=what)
        )
        notes.append(text)
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


def _axis_note(
    lines: Sequence[Line], ribbons: Sequence[Ribbon], view: View, behind_outside: str, language: Language
) -> str:
    """Whether the axis is logarithmic and what lies outside, in sentences."""
    if view.reach is not None:  # what is beyond is in the note
        lines = [_within_reach(line, view.reach) for line in lines]
        behind_outside = ""
    if view.since is not None:
        return _late(lines, ribbons, view.domain, view.since, behind_outside, language)
    notes = [language.say("The vertical axis is logarithmic.")] if view.log else []
    notes += _outside([line for line in lines if not line.faint], view.domain, language)
    behind = [line.strong[line.drawable] for line in lines if line.faint]
    behind += [edge[is_drawable(edge)] for edge in _edges(ribbons)]
    if behind_outside and any(_is_outside(values, view.domain) for values in behind):
        notes.append(language.say(behind_outside))
    return language.join(*notes)


def _within_reach(line: Line, reach: axes.Domain) -> Line:
    """A line without the values that its axis was not chosen for."""
    return replace(line, values=np.where((line.values >= reach[0]) & (line.values <= reach[1]), line.values, np.nan))


def _late(
    lines: Sequence[Line],
    ribbons: Sequence[Ribbon],
    domain: axes.Domain,
    since: float,
    behind_outside: str,
    language: Language,
) -> str:
    """Which first epochs an axis leaves out, and whether later values are outside too."""
    notes = []
    epochs, values = (
        np.concatenate([getattr(line, name)[line.drawable] for line in lines]) for name in ("epochs", "values")
    )
    for beyond, farthest, text in (
        (values > domain[1], np.max, _LATE_ABOVE),
        (values < domain[0], np.min, _LATE_BELOW),
    ):
        if beyond.any():
            epoch, value = int(epochs[beyond].max()), float(farthest(values[beyond]))
            notes.append(language.say(text, epoch=formatting.count(epoch), value=formatting.short(value)))
    later = [part[1][(part[0] >= since) & is_drawable(part[1])] for ribbon in ribbons for part in _parts(ribbon)]
    if behind_outside and any(_is_outside(part, domain) for part in later):
        notes.append(language.say(behind_outside))
    return language.join(*notes)


def _parts(ribbon: Ribbon) -> list[axes.Points]:
    """Epochs and values of the edges of a band and of single runs."""
    return [(ribbon.epochs, ribbon.low), (ribbon.epochs, ribbon.high), *ribbon.runs]


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


def _is_outside(values: np.ndarray, domain: axes.Domain) -> bool:
    return bool(((values < domain[0]) | (values > domain[1])).any())
