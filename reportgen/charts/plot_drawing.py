"""Draws a plot as an Altair chart, with the colours and fonts of the other charts."""

import altair as alt
from altair.utils.schemapi import debug_mode

from reportgen.charts import theme
from reportgen.charts.drawing import field_of, layer_of, place_of, second_of, text_of
from reportgen.charts.plot import ABOVE, BELOW, HIGH, RIGHT, Plot

DOT_OPACITY = 0.6
BAR_OPACITY = 0.75


def draw_plot(plot: Plot) -> alt.TopLevelLayerSpec:
    """Draws a plot, the lowest layer first."""
    with debug_mode(False):  # as in `drawing`
        return alt.TopLevelLayerSpec(
            layer=_layers(plot),
            width=plot.plot_width,
            height=HIGH,
            autosize=alt.AutoSizeParams(type="none"),
            padding={"left": plot.left, "right": RIGHT, "top": ABOVE, "bottom": BELOW},
            config=alt.Config(**theme.config()),
        )


def _layers(plot: Plot) -> list[alt.UnitSpec]:
    parts = [_axes(plot)]
    if plot.bars is not None:
        edges = plot.bars.edges.tolist()
        rows = [
            {"x": low, "x2": high, "y": height, "y2": 0}
            for low, high, height in zip(edges[:-1], edges[1:], plot.bars.heights.tolist(), strict=True)
            if height
        ]
        look = {"color": plot.bars.colour, "opacity": BAR_OPACITY}
        parts.append(
            layer_of(rows, "rect", look, x=field_of("x"), x2=second_of("x2"), y=field_of("y"), y2=second_of("y2"))
        )
    if plot.dots is not None:
        rows = [{"x": x, "y": y} for x, y in zip(plot.dots.x.tolist(), plot.dots.y.tolist(), strict=True)]
        look = {"color": plot.dots.colour, "filled": True, "size": plot.dots.size, "opacity": DOT_OPACITY}
        parts.append(layer_of(rows, "point", look, x=field_of("x"), y=field_of("y")))
    for line in plot.lines:
        rows = [
            {"x": x, "y": y, "place": place}
            for place, (x, y) in enumerate(zip(line.x.tolist(), line.y.tolist(), strict=True))
        ]
        width = theme.ZERO_WIDTH if line.faint else theme.LINE_WIDTH
        look = {"color": line.colour, "strokeWidth": width, "strokeDash": list(line.dash), "strokeJoin": "round"}
        order = alt.Order(field="place", type="quantitative")  # two points may have the same x
        parts.append(layer_of(rows, "line", look, x=field_of("x"), y=field_of("y"), order=order))
        if line.dotted:
            spot = {"color": line.colour, "filled": True, "size": theme.DOT_SIZE, "opacity": 1}
            parts.append(layer_of(rows, "point", spot, x=field_of("x"), y=field_of("y")))
    parts += [*_numbers(plot), _title(plot)]
    for label in plot.labels:
        align = "right" if plot.labels_end else "left"
        colour = theme.LABEL_COLOURS.get(label.colour, label.colour)
        look = {"align": align, "baseline": "middle", "color": colour, "fontWeight": 600}
        parts.append(
            layer_of([{"text": label.text}], "text", look, x=place_of(label.x), y=place_of(label.y), text=text_of())
        )
    return parts


def _axes(plot: Plot) -> alt.UnitSpec:
    """An empty layer that defines the axes for all others."""
    values = [[tick.value for tick in ticks] for ticks in (plot.x_ticks, plot.y_ticks)]
    x_axis = alt.Axis(
        title=plot.x_title,
        titleAlign="right",
        titleBaseline="bottom",
        titleX=plot.plot_width,
        titleY=BELOW - 2,
        values=values[0],
        tickCount=len(values[0]),
        labels=False,
        grid=False,
    )
    y_axis = alt.Axis(title=None, labels=False, values=values[1], tickCount=len(values[1]))
    scales = [
        alt.Scale(domain=list(domain), nice=False, zero=False, clamp=True, type="log" if is_log else "linear")
        for domain, is_log in ((plot.x_domain, plot.x_log), (plot.y_domain, plot.y_log))
    ]
    return layer_of(
        [],
        "point",
        {},
        x=field_of("x", scale=scales[0], axis=x_axis),
        y=field_of("y", scale=scales[1], axis=y_axis),
    )


def _numbers(plot: Plot) -> list[alt.UnitSpec]:
    """The numbers of both axes, in the page's number format."""
    down = [{"y": tick.value, "text": tick.text} for tick in plot.y_ticks]
    across = [{"x": tick.value, "text": tick.text} for tick in plot.x_ticks]
    look = {"color": theme.MUTED}
    beside = {**look, "align": "right", "baseline": "middle", "dx": -theme.TICK_GAP}
    below = {**look, "align": "center", "baseline": "top", "dy": theme.TICK_GAP + 4}  # clear of the lowest number
    return [
        layer_of(down, "text", beside, x=place_of(0), y=field_of("y"), text=text_of()),
        layer_of(across, "text", below, x=field_of("x"), y=place_of(HIGH), text=text_of()),
    ]


def _title(plot: Plot) -> alt.UnitSpec:
    """The name of the vertical axis, written horizontally above it."""
    look = {"align": "left", "baseline": "bottom", "color": theme.MUTED}
    return layer_of([{"text": plot.y_title}], "text", look, x=place_of(0), y=place_of(-theme.TICK_GAP), text=text_of())
