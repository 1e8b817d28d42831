"""Draws a plan as an Altair chart.

Text is passed as data, never as a field name or an expression, so that no metric name can be mistaken for one.

The layers are instances of Altair's schema classes: `alt.Chart` and `alt.LayerChart` copy and convert their content
several times, which takes ten times as long.
"""

import json
from collections.abc import Iterable
from typing import Any, Literal

import altair as alt
import numpy as np
from altair.utils.schemapi import debug_mode

from reportgen.charts import layout, theme
from reportgen.charts.axes import epoch_format, within
from reportgen.charts.plan import Band, Line, PlacedLabel, Plan, Ribbon, Span, is_drawable

_MarkType = Literal["area", "line", "point", "rect", "rule", "text"]


def layer_of(rows: list[dict[str, Any]], mark: _MarkType, look: dict[str, Any], **channels: Any) -> alt.UnitSpec:
    """One layer of a chart.

    Args:
        rows: Its data, passed to Altair as text, because otherwise Altair inspects each value.
        mark: Its type.
        look: Properties of the mark.
        channels: Its encoding.
    """
    return alt.UnitSpec(
        data=alt.InlineData(values=json.dumps(rows, allow_nan=False), format=alt.JsonDataFormat(type="json")),
        mark=alt.MarkDef(type=mark, **look),
        encoding=alt.Encoding(**channels),
    )


def field_of(name: str, **more: Any) -> alt.PositionFieldDef:
    """A quantitative field as a position."""
    return alt.PositionFieldDef(field=name, type="quantitative", **more)


def second_of(name: str) -> alt.SecondaryFieldDef:
    """A field as the other end of a position."""
    return alt.SecondaryFieldDef(field=name)


def text_of() -> alt.Text:
    """The field with the text of a label."""
    return alt.Text(field="text", type="nominal")


def place_of(units: float) -> alt.PositionValueDef:
    """A place in the plot, in chart units from the left or the top."""
    return alt.PositionValueDef(value=units)


def axes(plan: Plan) -> alt.UnitSpec:
    """An empty layer that defines the axes for all others."""
    values = [tick.value for tick in plan.y_ticks]  # Vega drops every other one if there are more than `tickCount`
    x_axis = alt.Axis(
        title=plan.x_title,
        titleAlign="right",
        titleBaseline="top",
        titleX=plan.x_title_at,
        titleY=theme.TICK_GAP,
        format=epoch_format(plan.x_ticks),
        values=list(plan.x_ticks),
        tickCount=len(plan.x_ticks),
        grid=False,
        labelFlush=False,
    )
    y_axis = alt.Axis(title=None, labels=False, values=values, tickCount=len(values))
    x_scale = alt.Scale(domain=list(plan.x_domain), nice=False, zero=False)
    y_scale = alt.Scale(
        domain=list(plan.y_domain), nice=False, zero=False, type="log" if plan.y_log else "linear", clamp=True
    )
    return layer_of(
        [], "point", {}, x=field_of("x", scale=x_scale, axis=x_axis), y=field_of("y", scale=y_scale, axis=y_axis)
    )


def axis_numbers(plan: Plan) -> alt.UnitSpec:
    """The numbers of the vertical axis, in the page's number format."""
    rows = [{"y": tick.value, "text": tick.text} for tick in plan.y_ticks]
    look = {"align": "right", "baseline": "middle", "color": theme.MUTED, "dx": -plan.y_gap}
    return layer_of(rows, "text", look, x=place_of(0), y=field_of("y"), text=text_of())


def logged(plan: Plan, line: Line) -> alt.UnitSpec | None:
    """The logged values of a noisy line, drawn faintly; None for a line that is not smoothed."""
    if line.faint or line.smooth is None:
        return None
    opacity = theme.faintness(len(line.epochs))
    return _path(plan, line, line.values, {"strokeWidth": theme.FAINT_WIDTH, "opacity": opacity})


def curve(plan: Plan, line: Line) -> list[alt.UnitSpec]:
    """The main line, broken at values that cannot be drawn, and its thinner part."""
    steps = {"interpolate": "step-after"} if line.stepped else {}
    look = {"strokeDash": list(line.dash), **steps}
    last = len(line.epochs) if line.thin_after is None else int(np.searchsorted(line.epochs, line.thin_after, "right"))
    parts = [_path(plan, line, line.strong, {"strokeWidth": line.width, **look}, slice(last))]
    if last < len(line.epochs):
        thin = slice(max(0, last - 1), None)
        parts.append(_path(plan, line, line.strong, {"strokeWidth": theme.THIN_WIDTH, **look}, thin))
    return parts


def _path(plan: Plan, line: Line, values: np.ndarray, look: dict[str, Any], shown: slice = slice(None)) -> alt.UnitSpec:
    points = within(line.epochs[shown], values[shown], line.drawable[shown], plan.y_domain, plan.y_log)
    epochs, heights, pieces = (column.tolist() for column in points)
    rows = [{"x": x, "y": y, "piece": piece} for x, y, piece in zip(epochs, heights, pieces, strict=True)]
    several = bool(pieces) and pieces[-1] != pieces[0]
    parts = {"detail": alt.Detail(field="piece", type="nominal")} if several else {}
    look = {"color": line.colour, "strokeJoin": "round", **look}
    return layer_of(rows, "line", look, x=field_of("x"), y=field_of("y"), **parts)


def dots(plan: Plan, line: Line) -> alt.UnitSpec | None:
    """Dots on the values of a short line and on isolated values between gaps; None without any."""
    chosen = line.dotted & (line.values >= plan.y_domain[0]) & (line.values <= plan.y_domain[1])
    if not chosen.any():
        return None
    rows = [{"x": int(e), "y": float(v)} for e, v in zip(line.epochs[chosen], line.values[chosen], strict=True)]
    look = {"color": line.colour, "filled": True, "size": theme.DOT_SIZE, "opacity": 1}
    return layer_of(rows, "point", look, x=field_of("x"), y=field_of("y"))


def outside(plan: Plan, line: Line, row: int) -> list[alt.UnitSpec]:
    """Symbols at the plot's edges, in one row per line.

    Crosses are values that cannot be drawn, such as NaN; triangles point at values outside the axis.
    """
    if line.faint:
        return []
    first, step = layout.CROSS_ROWS
    drawable, top = line.drawable, first + step * row
    pointed = drawable & (not plan.y_late)
    kinds = (
        (~drawable, "cross", top),
        (pointed & (line.values > plan.y_domain[1]), "triangle-up", top),
        (pointed & (line.values < plan.y_domain[0]), "triangle-down", layout.PLOT_HEIGHT - top),
    )
    look = {"color": line.colour, "filled": True, "size": theme.CROSS_SIZE, "opacity": 1}
    return [
        layer_of(
            [{"x": int(epoch)} for epoch in line.epochs[chosen]],
            "point",
            {**look, "shape": shape},
            x=field_of("x"),
            y=place_of(height),
        )
        for chosen, shape, height in kinds
        if chosen.any()
    ]


def shade(span: Span) -> list[alt.UnitSpec]:
    """A lightly shaded range of epochs over the full height, and a bar under the axis."""
    rows = [{"x": span.first, "x2": span.last}]
    look = {"color": span.colour, "opacity": theme.SPAN_OPACITY}
    x = {"x": field_of("x"), "x2": second_of("x2")}
    bar = {"color": span.colour, "strokeWidth": theme.SPAN_BAR}
    return [
        layer_of(rows, "rect", look, **x, y=place_of(0), y2=place_of(layout.PLOT_HEIGHT)),
        layer_of(rows, "rule", bar, **x, y=place_of(layout.PLOT_HEIGHT + theme.SPAN_BAR / 2)),
    ]


def forecast(band: Band) -> list[alt.UnitSpec]:
    """The band of a forecast and the dotted line inside it."""
    rows = [
        {"x": float(x), "low": float(low), "mid": float(mid), "high": float(high)}
        for x, low, mid, high in zip(band.epochs, band.low, band.mid, band.high, strict=True)
    ]
    area = {"color": band.colour, "opacity": theme.BAND_OPACITY}
    line = {"color": band.colour, "strokeWidth": theme.LINE_WIDTH, "strokeDash": list(theme.FORECAST_DASH)}
    parts = [
        layer_of(rows, "area", area, x=field_of("x"), y=field_of("low"), y2=second_of("high")),
        layer_of(rows, "line", line, x=field_of("x"), y=field_of("mid")),
    ]
    return parts[1:] if band.is_narrow else parts


def band_of(plan: Plan, ribbon: Ribbon) -> alt.UnitSpec | None:
    """The band around the line of a group; None without one."""
    if not len(ribbon.epochs):
        return None
    low, high = (np.clip(edge, *plan.y_domain).tolist() for edge in (ribbon.low, ribbon.high))
    rows = [
        {"x": x, "low": bottom, "high": top} for x, bottom, top in zip(ribbon.epochs.tolist(), low, high, strict=True)
    ]
    look = {"color": ribbon.colour, "opacity": theme.BAND_OPACITY}
    return layer_of(rows, "area", look, x=field_of("x"), y=field_of("low"), y2=second_of("high"))


def single_runs(plan: Plan, ribbon: Ribbon) -> alt.UnitSpec | None:
    """The single runs of a group, thin, all in one layer; None without any.

    They are one line with gaps, which Vega draws in half the time of many lines. `svg` draws them apart again.
    """
    rows: list[dict[str, Any]] = []
    for epochs, values in ribbon.runs:
        shown = epochs <= plan.x_domain[1]  # a run may go on after the line of its group has ended
        points = within(epochs[shown], values[shown], is_drawable(values[shown]), plan.y_domain, plan.y_log)
        last = None
        for x, y, piece in zip(*(column.tolist() for column in points), strict=True):
            if piece != last and rows:
                rows.append({"x": x, "y": None})
            rows.append({"x": x, "y": y})
            last = piece
    if not rows:
        return None
    look = {"color": ribbon.colour, "strokeWidth": theme.FAINT_WIDTH, "opacity": ribbon.opacity}
    return layer_of(
        rows,
        "line",
        {**look, "strokeJoin": "round"},
        x=field_of("x"),
        y=field_of("y"),
        order=alt.OrderValueDef(value=None),  # type: ignore[arg-type]  # the order of the rows
    )


def zero_rule() -> alt.UnitSpec:
    """A horizontal line at zero."""
    return layer_of([{"y": 0}], "rule", {"color": theme.MUTED, "strokeWidth": theme.ZERO_WIDTH}, y=field_of("y"))


def mark_rules(plan: Plan) -> list[alt.UnitSpec]:
    """The vertical lines of the marks, extended to their labels unless another label is in the way, and their dots."""
    parts = []
    for label, item in zip(plan.mark_labels, plan.marks, strict=True):
        look = {
            "color": item.colour,
            "strokeWidth": theme.DASHED_RULE_WIDTH if item.dash else theme.RULE_WIDTH,
            "strokeDash": list(item.dash),
        }
        for epoch in (item.epoch, *item.also):
            upper = label.y + layout.RULE_GAP if label.joined and epoch == item.epoch else 0
            ends = {"y": place_of(upper), "y2": place_of(layout.PLOT_HEIGHT)}
            parts.append(layer_of([{"x": epoch}], "rule", look, x=field_of("x"), **ends))
        if item.value is not None:
            spot = {"color": item.colour, "filled": True, "size": theme.MARKED_DOT_SIZE, "opacity": 1}
            parts.append(
                layer_of([{"x": item.epoch, "y": item.value}], "point", spot, x=field_of("x"), y=field_of("y"))
            )
    return parts


def spots(plan: Plan) -> list[alt.UnitSpec]:
    """Dots at best values and rings at the chosen epoch, on top of the lines."""
    look = {"color": theme.BEST, "size": theme.MARKED_DOT_SIZE, "opacity": 1}
    ring = {**look, "filled": False, "strokeWidth": theme.RING_WIDTH}
    return [
        layer_of(
            [{"x": spot.epoch, "y": spot.value}],
            "point",
            ring if spot.hollow else {**look, "filled": True},
            x=field_of("x"),
            y=field_of("y"),
        )
        for spot in plan.spots
    ]


def notch_rules(plan: Plan) -> list[alt.UnitSpec]:
    """The ticks below the axis."""
    bottom = layout.PLOT_HEIGHT
    return [
        layer_of(
            [{"x": epoch} for epoch in notch.epochs],
            "rule",
            {"color": notch.colour, "strokeWidth": theme.LINE_WIDTH},
            x=field_of("x"),
            y=place_of(bottom),
            y2=place_of(bottom + layout.NOTCH),
        )
        for notch in plan.notches
    ]


def _label(label: PlacedLabel, baseline: Literal["bottom", "middle"]) -> alt.UnitSpec:
    """A label at its position: above the plot or at a line's end."""
    look = {"align": label.align, "baseline": baseline, "color": label.colour, "fontWeight": 600}
    return layer_of([{"text": label.text}], "text", look, x=place_of(label.x), y=place_of(label.y), text=text_of())


def leader(label: PlacedLabel) -> list[alt.UnitSpec]:
    """The thin line from a line to its name, with a dot where it begins."""
    if label.leader is None:
        return []
    x, y, x2, y2 = label.leader
    look = {"color": label.colour, "strokeWidth": theme.LEADER_WIDTH}
    dot = {"color": label.colour, "filled": True, "size": theme.LEADER_DOT_SIZE, "opacity": 1}
    return [
        layer_of([{}], "rule", look, x=place_of(x), y=place_of(y), x2=place_of(x2), y2=place_of(y2)),
        layer_of([{}], "point", dot, x=place_of(x), y=place_of(y)),
    ]


def _of_series(number: int, kind: str, parts: Iterable[alt.UnitSpec | None]) -> list[alt.UnitSpec]:
    """The layers of one line, named by its index in the plan. `svg` finds them by these names, which must be unique."""
    drawn = [part for part in parts if part is not None]
    for place, part in enumerate(drawn):
        part.name = f"series_{number}_{kind}_{place}"
    return drawn


def draw(plan: Plan) -> alt.TopLevelLayerSpec:
    """Draws a chart, the lowest layer first."""
    with debug_mode(False):  # no schema checks: the tests do them, and here they would take a third of the time
        return _draw(plan)


def _draw(plan: Plan) -> alt.TopLevelLayerSpec:
    numbers = {line.label: number for number, line in enumerate(plan.lines)}
    parts = [axes(plan), *(part for span in plan.spans for part in shade(span)), *notch_rules(plan)]
    if plan.zero_rule:
        parts.append(zero_rule())
    if plan.band is not None:
        parts += _of_series(numbers[plan.band.label], "forecast", forecast(plan.band))
    for place, ribbon in enumerate(plan.ribbons):
        parts += _of_series(numbers[ribbon.label], f"band{place}", [band_of(plan, ribbon), single_runs(plan, ribbon)])
    lines = sorted(enumerate(plan.lines), key=lambda numbered: not numbered[1].faint)
    for number, line in lines:
        parts += _of_series(number, "logged", [logged(plan, line)])
    for label in plan.end_labels:  # before the curves: the script takes the look of a line from its last part
        parts += _of_series(numbers[label.text], "leader", leader(label))
    parts += mark_rules(plan)
    for row, (number, line) in enumerate(lines):
        parts += _of_series(number, "line", [*curve(plan, line), dots(plan, line), *outside(plan, line, row)])
    parts += spots(plan)
    parts.append(axis_numbers(plan))
    parts[-1].name = "axis_numbers"
    parts += [_label(label, "bottom") for label in plan.mark_labels]
    for label in plan.end_labels:
        parts += _of_series(numbers[label.text], "label", [_label(label, "middle")])
    if plan.band is not None and plan.band_label is not None:
        parts += _of_series(numbers[plan.band.label], "name", [_label(plan.band_label, "middle")])
    return alt.TopLevelLayerSpec(
        layer=parts,
        width=plan.plot_width,
        height=layout.PLOT_HEIGHT,
        autosize=alt.AutoSizeParams(type="none"),
        padding={"left": plan.left, "right": plan.right, "top": plan.top, "bottom": layout.BOTTOM},
        config=alt.Config(**theme.config()),
    )
