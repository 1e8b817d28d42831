"""A plot of an evaluation as an Altair chart that users can restyle, combine and save."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import altair as alt
from altair.utils.schemapi import debug_mode

from reportgen.charts import theme
from reportgen.charts.axes import Domain
from reportgen.charts.plot import HIGH, Plot
from reportgen.charts.plot_drawing import BAR_OPACITY, DOT_OPACITY

_QUANTITY: Final = "quantitative"


def altair_plot(plot: Plot) -> alt.LayerChart:
    """The plot with its title but without configuration. Names of lines are placed by value and adapt to its size."""
    with debug_mode(False):  # no schema checks, as in drawing.py
        return alt.LayerChart(layer=_parts(plot)).properties(
            title=alt.TitleParams(plot.title, anchor="start"), width=round(plot.plot_width), height=HIGH
        )


def _parts(plot: Plot) -> list[alt.Chart]:
    x, y = (
        {"field": name, "type": _QUANTITY, "title": title, "scale": {"domain": list(domain), "nice": False}}
        for name, title, domain in (("x", plot.x_title, plot.x_domain), ("y", plot.y_title, plot.y_domain))
    )
    parts = []
    if plot.bars is not None:
        edges = plot.bars.edges.tolist()
        rows = [
            {"x": low, "x2": high, "y": height, "y2": 0}
            for low, high, height in zip(edges[:-1], edges[1:], plot.bars.heights.tolist(), strict=True)
        ]
        mark = {"type": "rect", "color": plot.bars.colour, "opacity": BAR_OPACITY}
        parts.append(_part(rows, mark, {"x": x, "x2": {"field": "x2"}, "y": y, "y2": {"field": "y2"}}))
    if plot.dots is not None:
        mark = {"type": "point", "color": plot.dots.colour, "filled": True, "opacity": DOT_OPACITY}
        parts.append(_part(_points(plot.dots.x, plot.dots.y), mark, {"x": x, "y": y}))
    for line in plot.lines:
        mark = {
            "type": "line",
            "color": line.colour,
            "strokeWidth": theme.ZERO_WIDTH if line.faint else theme.LINE_WIDTH,
            "strokeDash": list(line.dash),
            "point": {"color": line.colour, "filled": True} if line.dotted else False,
            "clip": True,
        }
        order = {"field": "place", "type": _QUANTITY}  # two points may have the same x
        parts.append(_part(_points(line.x, line.y), mark, {"x": x, "y": y, "order": order}))
    for label in plot.labels:
        align = "right" if plot.labels_end else "left"
        colour = theme.LABEL_COLOURS.get(label.colour, label.colour)
        mark = {"type": "text", "align": align, "baseline": "middle", "fontWeight": 600, "color": colour}
        place = {
            "x": _value_at(plot.x_domain, label.x / plot.plot_width),
            "y": _value_at(plot.y_domain, 1 - label.y / HIGH),
            "text": label.text,
        }
        parts.append(_part([place], mark, {"x": x, "y": y, "text": {"field": "text"}}))
    return parts


def _part(rows: Sequence[Mapping[str, Any]], mark: Mapping[str, Any], encoding: Mapping[str, Any]) -> alt.Chart:
    return alt.Chart.from_dict({"data": {"values": list(rows)}, "mark": mark, "encoding": encoding}, validate=False)


def _points(x: Any, y: Any) -> list[dict[str, float]]:
    return [
        {"x": across, "y": up, "place": place}
        for place, (across, up) in enumerate(zip(x.tolist(), y.tolist(), strict=True))
    ]


def _value_at(domain: Domain, share: float) -> float:
    return domain[0] + share * (domain[1] - domain[0])
