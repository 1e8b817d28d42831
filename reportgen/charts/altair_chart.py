"""A chart as an Altair chart that users can restyle, combine and save.

The page's own drawing has a fixed size and configuration. Here labels are placed by epoch and value, so they
adapt when the chart is resized. Everything that Altair's configuration can set is left to it.
"""

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

import altair as alt
from altair.utils.schemapi import debug_mode

from reportgen.charts import layout
from reportgen.charts.altair_plot import altair_plot
from reportgen.charts.chart import Chart
from reportgen.charts.plan import Plan
from reportgen.charts.plot import Plot
from reportgen.text import printable

_CLIPPED = ("area", "line", "rect")  # marks that would extend beyond the plot when a reader zooms in
_MAX_NAMES = 12  # in the repr


class AltairCharts(Mapping[str, alt.LayerChart]):
    """Charts by name, each made on first access, because making one takes a tenth of a second.

    Args:
        charts: The charts of the report.
        others: How to plan other charts, by name.
        plots: The plots of an evaluation. One that has the name of a chart gets ``test_`` in front.
    """

    def __init__(
        self, charts: Iterable[Chart], others: Mapping[str, Callable[[], Chart]], plots: Iterable[Plot] = ()
    ) -> None:
        self._charts = {chart.name: chart for chart in charts}
        self._others = {name: plan for name, plan in others.items() if name not in self._charts}
        taken = {*self._charts, *self._others}
        self._plots = {f"test_{plot.name}" if plot.name in taken else plot.name: plot for plot in plots}
        self._made: dict[str, alt.LayerChart] = {}

    def __getitem__(self, name: str) -> alt.LayerChart:
        if name in self._plots and name not in self._made:
            self._made[name] = altair_plot(self._plots[name])
        elif name not in self._made:
            chart = self._charts[name] if name in self._charts else self._others[name]()
            self._made[name] = altair_chart(chart)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        yield from self._charts
        yield from self._others
        yield from self._plots

    def __len__(self) -> int:
        return len(self._charts) + len(self._others) + len(self._plots)

    def __repr__(self) -> str:
        names = [printable(name, 40) for name in islice(self, _MAX_NAMES)]
        more = f" and {len(self) - _MAX_NAMES:,} more" if len(self) > _MAX_NAMES else ""
        return f"<AltairCharts: {', '.join(names)}{more}>"


def altair_chart(chart: Chart) -> alt.LayerChart:
    """The chart as an Altair chart with its title but without configuration."""
    plan = chart.plan
    size = {"width": round(plan.plot_width), "height": layout.PLOT_HEIGHT}
    with debug_mode(False):  # no schema checks, as in drawing.py
        layers = [_layer(plan, layer) for layer in chart.vega_lite["layer"] if layer.get("name") != "axis_numbers"]
        return alt.LayerChart(layer=layers).properties(title=alt.TitleParams(chart.title, anchor="start"), **size)


def _layer(plan: Plan, layer: dict[str, Any]) -> alt.Chart:
    """One layer of the page's drawing as a separate chart."""
    mark, encoding = layer["mark"], layer["encoding"]
    if "axis" in encoding.get("x", {}):  # the layer that defines the axes
        axes = encoding["x"]["axis"], encoding["y"]["axis"]
        for name in [name for name in axes[0] if name.startswith("title") and name != "title"]:
            del axes[0][name]
        del axes[1]["labels"]
    for channel in ("y", "y2"):
        below = encoding.get(channel, {}).get("value", 0) - layout.PLOT_HEIGHT
        if below >= 0:
            encoding[channel] = {"value": {"expr": f"height + {below:g}"} if below else "height"}
    if mark.get("shape") == "triangle-down":
        encoding["y"] = {"value": {"expr": f"height - {layout.PLOT_HEIGHT - encoding['y']['value']}"}}
    if mark["type"] == "text":
        first, last = plan.x_domain
        x, y = encoding["x"]["value"], encoding["y"]["value"]
        encoding["x"] = {"datum": first + x / plan.plot_width * (last - first), "type": "quantitative"}
        if y >= 0:
            encoding["y"] = {"datum": _value_at(plan, y), "type": "quantitative"}
    mark["clip"] = mark["type"] in _CLIPPED
    data = {"values": json.loads(layer["data"]["values"])}
    return alt.Chart.from_dict({"data": data, "mark": mark, "encoding": encoding}, validate=False)


def _value_at(plan: Plan, y: float) -> float:
    """The value at a height; the inverse of `axes.y_position`."""
    share = 1 - y / layout.PLOT_HEIGHT
    low, high = plan.y_domain
    return low * math.exp(share * math.log(high / low)) if plan.y_log else low + share * (high - low)
