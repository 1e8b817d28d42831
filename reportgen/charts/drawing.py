"""From a plan to an Altair chart: small named parts joined at the end.

In: a `Plan`. Out: an `altair.LayerChart`. Text is handed over as values of data, never as field names or expressions,
so that no metric name can be taken for one.
"""

from typing import Any, Literal

import altair as alt
import numpy as np

from reportgen.charts import theme
from reportgen.charts.plan import Band, Line, PlacedLabel, Plan, Span

_FEW_POINTS = 12  # epochs up to which each value gets a dot
# Numbers that would need more than five digits or zeros are written as 1e−5: longer ones reach beyond a narrow screen.
_SHORT_NUMBER = (
    "datum.label && datum.value && (abs(datum.value) < 1e-3 || abs(datum.value) >= 1e5)"
    " ? replace(replace(format(datum.value, '.%d~e'), 'e+', 'e'), 'e-', 'e−') : datum.label"
)


def _x(plan: Plan, field: str = "x") -> alt.X:
    scale = alt.Scale(domain=list(plan.x_domain), nice=False, zero=False)
    axis = alt.Axis(title="epoch", format="d", values=list(plan.x_ticks), grid=False)
    return alt.X(f"{field}:Q", scale=scale, axis=axis)


def _y(plan: Plan, field: str = "y") -> alt.Y:
    scale = alt.Scale(
        domain=list(plan.y_domain), nice=False, zero=False, type="log" if plan.y_log else "linear", clamp=True
    )
    axis = alt.Axis(
        title=None, format=f".{plan.y_digits}~g", tickCount=5, labelExpr=_SHORT_NUMBER % (plan.y_digits - 1)
    )
    return alt.Y(f"{field}:Q", scale=scale, axis=axis)


def _data(rows: list[dict[str, Any]]) -> alt.InlineData:
    return alt.InlineData(values=rows)


def curve(plan: Plan, line: Line) -> list[alt.Chart]:
    """The line itself, broken where a value cannot be drawn; under a smoothed line the logged values faintly."""
    if line.smooth is None:
        return [_path(plan, line, line.values, list(line.dash), faint=line.faint)]
    return [_path(plan, line, line.values, [], faint=True), _path(plan, line, line.smooth, list(line.dash))]


def _path(plan: Plan, line: Line, values: np.ndarray, dash: list[int], *, faint: bool = False) -> alt.Chart:
    drawable = line.drawable
    piece = np.cumsum(~drawable)
    rows = [
        {"x": int(epoch), "y": float(value), "piece": int(part)}
        for epoch, value, part in zip(line.epochs[drawable], values[drawable], piece[drawable], strict=True)
    ]
    look: dict[str, Any] = {"strokeWidth": 1, "opacity": 0.5} if faint else {"strokeWidth": 2, "strokeDash": dash}
    mark = alt.Chart(_data(rows)).mark_line(color=line.colour, strokeJoin="round", **look)
    several = bool(len(rows)) and rows[-1]["piece"] != rows[0]["piece"]
    return mark.encode(x=_x(plan), y=_y(plan), **({"detail": "piece:N"} if several else {}))


def dots(plan: Plan, line: Line) -> alt.Chart | None:
    """Dots on the values of a short line, and on single values between gaps; None for long lines."""
    drawable = line.drawable
    alone = drawable & ~np.concatenate([[False], drawable[:-1]]) & ~np.concatenate([drawable[1:], [False]])
    chosen = drawable if len(line.epochs) <= _FEW_POINTS else alone
    if not chosen.any():
        return None
    rows = [{"x": int(e), "y": float(v)} for e, v in zip(line.epochs[chosen], line.values[chosen], strict=True)]
    mark = alt.Chart(_data(rows)).mark_point(color=line.colour, filled=True, size=36, opacity=1)
    return mark.encode(x=_x(plan), y=_y(plan))


def broken_values(plan: Plan, line: Line, row: int) -> alt.Chart | None:
    """Crosses at the upper edge, a row per line, for NaN, infinite and off-scale values; None where there are none."""
    broken = line.epochs[~line.drawable]
    if not len(broken) or line.faint:
        return None
    rows = [{"x": int(epoch)} for epoch in broken]
    mark = alt.Chart(_data(rows)).mark_point(color=line.colour, shape="cross", filled=True, size=30, opacity=1)
    return mark.encode(x=_x(plan), y=alt.value(7 + 10 * row))


def shade(plan: Plan, span: Span) -> alt.Chart:
    """A shaded stretch of epochs over the whole height."""
    mark = alt.Chart(_data([{"x": span.first, "x2": span.last}])).mark_rect(color=span.colour, opacity=0.1)
    return mark.encode(x=_x(plan), x2="x2:Q", y=alt.value(0), y2=alt.value(theme.PLOT_HEIGHT))


def forecast(plan: Plan, band: Band) -> list[alt.Chart]:
    """The band of the forecast and the dotted line inside it."""
    rows = [
        {"x": float(x), "low": float(low), "mid": float(mid), "high": float(high)}
        for x, low, mid, high in zip(band.epochs, band.low, band.mid, band.high, strict=True)
    ]
    base = alt.Chart(_data(rows))
    area = base.mark_area(color=band.colour, opacity=0.14).encode(x=_x(plan), y=_y(plan, "low"), y2="high:Q")
    line = base.mark_line(color=band.colour, strokeWidth=2, strokeDash=[2, 4]).encode(x=_x(plan), y=_y(plan, "mid"))
    return [area, line]


def zero_rule(plan: Plan) -> alt.Chart:
    """A line at zero."""
    return alt.Chart(_data([{"y": 0}])).mark_rule(color=theme.MUTED, strokeWidth=1).encode(y=_y(plan))


def annotation_rules(plan: Plan) -> list[alt.Chart]:
    """The rules of the annotations, up to their labels where no other label is in the way, and their dots."""
    parts = []
    for label, item in zip(plan.annotation_labels, sorted(plan.annotations, key=lambda item: -item.epoch), strict=True):
        rule = alt.Chart(_data([{"x": item.epoch}])).mark_rule(color=item.colour, strokeWidth=1.25)
        upper = label.y + 4 if label.joined else 0
        parts.append(rule.encode(x=_x(plan), y=alt.value(upper), y2=alt.value(theme.PLOT_HEIGHT)))
        if item.value is not None:
            dot = alt.Chart(_data([{"x": item.epoch, "y": item.value}]))
            mark = dot.mark_point(color=item.colour, filled=True, size=64, opacity=1)
            parts.append(mark.encode(x=_x(plan), y=_y(plan)))
    return parts


def labels(plan: Plan) -> list[alt.Chart]:
    """The words: of annotations above the plot, of lines at their ends."""
    groups: tuple[tuple[tuple[PlacedLabel, ...], Literal["bottom", "middle"]], ...] = (
        (plan.annotation_labels, "bottom"),
        (plan.end_labels, "middle"),
    )
    return [
        alt.Chart(_data([{"text": label.text}]))
        .mark_text(align="left", baseline=baseline, color=label.colour, fontSize=theme.FONT_SIZE, fontWeight=600)
        .encode(text="text:N", x=alt.value(label.x), y=alt.value(label.y))
        for group, baseline in groups
        for label in group
    ]


def draw(plan: Plan) -> alt.LayerChart:
    """Joins the parts of a chart, lowest first."""
    parts: list[alt.Chart | None] = [shade(plan, span) for span in plan.spans]
    if plan.zero_rule:
        parts.append(zero_rule(plan))
    if plan.band is not None:
        parts += forecast(plan, plan.band)
    parts += annotation_rules(plan)
    for row, line in enumerate(sorted(plan.lines, key=lambda line: not line.faint)):
        parts += [*curve(plan, line), dots(plan, line), broken_values(plan, line, row)]
    parts += labels(plan)
    return (
        alt.layer(*[part for part in parts if part is not None])
        .properties(
            width=plan.plot_width,
            height=theme.PLOT_HEIGHT,
            autosize=alt.AutoSizeParams(type="none"),
            padding={"left": theme.LEFT, "right": plan.right, "top": plan.top, "bottom": theme.BOTTOM},
        )
        .configure(**theme.config())
    )
