"""From a plan to an Altair chart: small named parts joined at the end.

In: a `Plan`. Out: an `altair.LayerChart`. Text is handed over as values of data, never as field names or expressions,
so that no metric name can be taken for one.
"""

import json
from collections.abc import Iterable
from typing import Any, Literal

import altair as alt
import numpy as np
from altair.utils.schemapi import debug_mode

from reportgen.charts import theme
from reportgen.charts.axes import epoch_format, within
from reportgen.charts.parts import Band, Line, PlacedLabel, Plan, Span


def _x(plan: Plan, field: str = "x") -> alt.X:
    scale = alt.Scale(domain=list(plan.x_domain), nice=False, zero=False)
    axis = alt.Axis(
        title=plan.x_title,
        titleAlign="left",
        titleBaseline="top",
        titleX=plan.x_title_at,
        titleY=theme.TICK_GAP,
        format=epoch_format(plan.x_ticks),
        values=list(plan.x_ticks),
        grid=False,
        labelFlush=False,
    )
    return alt.X(f"{field}:Q", scale=scale, axis=axis)


def _y(plan: Plan, field: str = "y") -> alt.Y:
    scale = alt.Scale(
        domain=list(plan.y_domain), nice=False, zero=False, type="log" if plan.y_log else "linear", clamp=True
    )
    axis = alt.Axis(title=None, labels=False, values=[tick.value for tick in plan.y_ticks])
    return alt.Y(f"{field}:Q", scale=scale, axis=axis)


# Made by their own classes, since Altair looks long for the class of an `alt.value`.
def _x_at(place: float) -> alt.XValue:
    return alt.XValue(place)  # type: ignore[no-untyped-call]


def _y_at(place: float) -> alt.YValue:
    return alt.YValue(place)  # type: ignore[no-untyped-call]


def _y2_at(place: float) -> alt.Y2Value:
    return alt.Y2Value(place)  # type: ignore[no-untyped-call]


def _data(rows: list[dict[str, Any]]) -> alt.InlineData:
    return alt.InlineData(values=rows)


def axis_numbers(plan: Plan) -> alt.Chart:
    """The numbers of the vertical axis, written as the page writes numbers."""
    rows = [{"y": tick.value, "text": tick.text} for tick in plan.y_ticks]
    mark = alt.Chart(_data(rows)).mark_text(align="right", baseline="middle", color=theme.MUTED, dx=-plan.y_gap)
    return mark.encode(x=_x_at(0), y=_y(plan), text=alt.Text("text:N"))


def logged(plan: Plan, line: Line) -> alt.Chart | None:
    """The logged values of a noisy line, faint, the fainter the denser; None for a line that is drawn as logged."""
    if line.faint or line.smooth is None:
        return None
    opacity = theme.faintness(len(line.epochs))
    return _path(plan, line, line.values, {"strokeWidth": theme.FAINT_WIDTH, "opacity": opacity})


def curve(plan: Plan, line: Line) -> alt.Chart:
    """The line that the eye follows, broken where a value cannot be drawn."""
    width = theme.BEHIND_WIDTH if line.faint else theme.LINE_WIDTH
    return _path(plan, line, line.strong, {"strokeWidth": width, "strokeDash": list(line.dash)})


def _path(plan: Plan, line: Line, values: np.ndarray, look: dict[str, Any]) -> alt.Chart:
    points = within(line.epochs, values, line.drawable, plan.y_domain, plan.y_log)
    epochs, heights, pieces = (column.tolist() for column in points)
    rows = [{"x": x, "y": y, "piece": piece} for x, y, piece in zip(epochs, heights, pieces, strict=True)]
    # As text, since Altair copies and checks each row several times: of 2,000 rows that takes half a second.
    data = alt.InlineData(values=json.dumps(rows, allow_nan=False), format=alt.JsonDataFormat(type="json"))
    mark = alt.Chart(data).mark_line(color=line.colour, strokeJoin="round", **look)
    several = bool(pieces) and pieces[-1] != pieces[0]
    return mark.encode(x=_x(plan), y=_y(plan), **({"detail": alt.Detail("piece:N")} if several else {}))


def dots(plan: Plan, line: Line) -> alt.Chart | None:
    """Dots on the values of a short line, and on single values between gaps; None for long lines."""
    chosen = line.dotted & (line.values >= plan.y_domain[0]) & (line.values <= plan.y_domain[1])
    if not chosen.any():
        return None
    rows = [{"x": int(e), "y": float(v)} for e, v in zip(line.epochs[chosen], line.values[chosen], strict=True)]
    mark = alt.Chart(_data(rows)).mark_point(color=line.colour, filled=True, size=theme.DOT_SIZE, opacity=1)
    return mark.encode(x=_x(plan), y=_y(plan))


def outside(plan: Plan, line: Line, row: int) -> list[alt.Chart]:
    """Marks at the plot's edges, a row per line, for what lies outside.

    Crosses at the upper edge are NaN, infinite and off-scale values; triangles point at values beyond the axis.
    """
    if line.faint:
        return []
    first, step = theme.CROSS_ROWS
    drawable, top = line.drawable, first + step * row
    kinds: tuple[tuple[np.ndarray, Literal["cross", "triangle-up", "triangle-down"], int], ...] = (
        (~drawable, "cross", top),
        (drawable & (line.values > plan.y_domain[1]), "triangle-up", top),
        (drawable & (line.values < plan.y_domain[0]), "triangle-down", theme.PLOT_HEIGHT - top),
    )
    return [
        alt.Chart(_data([{"x": int(epoch)} for epoch in line.epochs[chosen]]))
        .mark_point(color=line.colour, shape=shape, filled=True, size=theme.CROSS_SIZE, opacity=1)
        .encode(x=_x(plan), y=_y_at(height))
        for chosen, shape, height in kinds
        if chosen.any()
    ]


def shade(plan: Plan, span: Span) -> alt.Chart:
    """A shaded stretch of epochs over the whole height."""
    data = _data([{"x": span.first, "x2": span.last}])
    mark = alt.Chart(data).mark_rect(color=span.colour, opacity=theme.SPAN_OPACITY)
    return mark.encode(x=_x(plan), x2=alt.X2("x2:Q"), y=_y_at(0), y2=_y2_at(theme.PLOT_HEIGHT))


def forecast(plan: Plan, band: Band) -> list[alt.Chart]:
    """The band of the forecast and the dotted line inside it."""
    rows = [
        {"x": float(x), "low": float(low), "mid": float(mid), "high": float(high)}
        for x, low, mid, high in zip(band.epochs, band.low, band.mid, band.high, strict=True)
    ]
    base = alt.Chart(_data(rows))
    dash = list(theme.FORECAST_DASH)
    area = base.mark_area(color=band.colour, opacity=theme.BAND_OPACITY).encode(
        x=_x(plan), y=_y(plan, "low"), y2=alt.Y2("high:Q")
    )
    line = base.mark_line(color=band.colour, strokeWidth=theme.LINE_WIDTH, strokeDash=dash).encode(
        x=_x(plan), y=_y(plan, "mid")
    )
    return [area, line]


def zero_rule(plan: Plan) -> alt.Chart:
    """A line at zero."""
    return alt.Chart(_data([{"y": 0}])).mark_rule(color=theme.MUTED, strokeWidth=theme.ZERO_WIDTH).encode(y=_y(plan))


def annotation_rules(plan: Plan) -> list[alt.Chart]:
    """The rules of the annotations, up to their labels where no other label is in the way, and their dots."""
    parts = []
    for label, item in zip(plan.annotation_labels, plan.annotations, strict=True):
        look: dict[str, Any] = {
            "strokeWidth": theme.DASHED_RULE_WIDTH if item.dash else theme.RULE_WIDTH,
            "strokeDash": list(item.dash),
        }
        for epoch in (item.epoch, *item.also):
            upper = label.y + 4 if label.joined and epoch == item.epoch else 0
            rule = alt.Chart(_data([{"x": epoch}]))
            mark = rule.mark_rule(color=item.colour, **look)
            parts.append(mark.encode(x=_x(plan), y=_y_at(upper), y2=_y2_at(theme.PLOT_HEIGHT)))
        if item.value is not None:
            dot = alt.Chart(_data([{"x": item.epoch, "y": item.value}]))
            spot = dot.mark_point(color=item.colour, filled=True, size=theme.MARKED_DOT_SIZE, opacity=1)
            parts.append(spot.encode(x=_x(plan), y=_y(plan)))
    return parts


def _word(label: PlacedLabel, baseline: Literal["bottom", "middle"]) -> alt.Chart:
    """A word at its place: of an annotation above the plot, of a line at its end."""
    mark = alt.Chart(_data([{"text": label.text}])).mark_text(
        align="left", baseline=baseline, color=label.colour, fontWeight=600
    )
    return mark.encode(text=alt.Text("text:N"), x=_x_at(label.x), y=_y_at(label.y))


def _of_series(number: int, kind: str, parts: Iterable[alt.Chart | None]) -> list[alt.Chart]:
    """The parts of one line, by its place in the plan; `svg` knows them by their names, which must be unique."""
    drawn = [part for part in parts if part is not None]
    return [part.properties(name=f"series_{number}_{kind}_{place}") for place, part in enumerate(drawn)]


def draw(plan: Plan) -> alt.LayerChart:
    """Joins the parts of a chart, lowest first."""
    with debug_mode(False):  # tests check the charts against the schema; here that would take a third of the time
        return _draw(plan)


def _draw(plan: Plan) -> alt.LayerChart:
    numbers = {line.label: number for number, line in enumerate(plan.lines)}
    parts = [shade(plan, span) for span in plan.spans]
    if plan.zero_rule:
        parts.append(zero_rule(plan))
    if plan.band is not None:
        parts += _of_series(numbers[plan.band.label], "forecast", forecast(plan, plan.band))
    lines = sorted(enumerate(plan.lines), key=lambda numbered: not numbered[1].faint)
    for number, line in lines:
        parts += _of_series(number, "logged", [logged(plan, line)])
    parts += annotation_rules(plan)
    for row, (number, line) in enumerate(lines):
        parts += _of_series(number, "line", [curve(plan, line), dots(plan, line), *outside(plan, line, row)])
    parts.append(axis_numbers(plan))
    parts += [_word(label, "bottom") for label in plan.annotation_labels]
    for label in plan.end_labels:
        parts += _of_series(numbers[label.text], "label", [_word(label, "middle")])
    if plan.band is not None and plan.band_label is not None:
        parts += _of_series(numbers[plan.band.label], "name", [_word(plan.band_label, "middle")])
    return alt.LayerChart(
        layer=parts,
        width=plan.plot_width,
        height=theme.PLOT_HEIGHT,
        autosize=alt.AutoSizeParams(type="none"),
        padding={"left": plan.left, "right": plan.right, "top": plan.top, "bottom": theme.BOTTOM},
        config=alt.Config(**theme.config()),
    )
