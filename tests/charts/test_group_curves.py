"""Curves of groups of runs, which are drawn without Vega: the same lines as Vega's, in a fraction of the time."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest

from reportgen.charts import layout, theme
from reportgen.charts.axes import View, within
from reportgen.charts.chart import Chart
from reportgen.charts.group_chart import GroupSeries, chart_groups
from reportgen.charts.group_curves import draw_curves
from reportgen.charts.plan import Line, Plan, Ribbon
from reportgen.charts.planning import make_plan
from reportgen.charts.svg import render_svgs
from reportgen.formatting import Table
from reportgen.languages import ENGLISH

EPOCHS = np.arange(1, 61)
LEARNS = np.exp(-EPOCHS / 9) + 0.3 + np.random.default_rng(3).normal(0, 0.03, 60)


def with_gap(values: np.ndarray) -> np.ndarray:
    return np.where((EPOCHS > 20) & (EPOCHS < 25), np.nan, values)


def plan_of(values: np.ndarray, view: View, **line: object) -> Plan:
    front = Line("group", theme.SERIES[0], (8, 3), EPOCHS, values, **line)
    none = np.zeros(0)
    return make_plan([front], view=view, ribbons=[Ribbon("group", theme.SERIES[0], none, none, none)])


def numbers(path: str) -> list[float]:
    return [float(found) for found in re.findall(r"-?[\d.]+", path)]


def drawn(plan: Plan) -> ET.Element:
    chart = Chart("chart-1", "loss", "loss", "", plan, Table((), ()))
    return ET.fromstring(render_svgs([chart], [1])[0])


def lines_of(plan: Plan) -> list[ET.Element]:
    return [path for path in drawn(plan).iter("path") if path.get("stroke") == theme.SERIES[0]]


@pytest.mark.parametrize(
    ("values", "view", "line"),
    [
        (LEARNS, View((0.2, 1.5)), {}),
        (LEARNS, View((0.4, 0.7)), {}),  # cut off at both edges
        (LEARNS, View((0.25, 2.0), log=True), {"thin_after": 40.0}),
        (LEARNS - 0.35, View((0.01, 0.5), log=True), {}),  # values below 0, which a log axis cannot show
        (with_gap(LEARNS), View((0.4, 0.7)), {}),
        (np.where(EPOCHS == 30, 1e200, LEARNS), View((0.2, 1.5)), {}),
    ],
)
def test_lines_are_those_of_vega(values: np.ndarray, view: View, line: dict[str, object]) -> None:
    plan = plan_of(values, view, **line)
    ours, vegas = lines_of(plan), lines_of(replace(plan, ribbons=()))
    assert len(ours) == len(vegas) > 0
    for mine, other in zip(ours, vegas, strict=True):
        assert {**mine.attrib, "d": ""} == {**other.attrib, "d": ""}
        assert numbers(mine.attrib["d"]) == pytest.approx(numbers(other.attrib["d"]), abs=0.11)


@pytest.mark.parametrize("last", [60, 40])
def test_names_are_those_of_vega(last: int) -> None:
    plan = plan_of(np.where(last >= EPOCHS, LEARNS, np.nan), View((0.2, 1.5)))
    ours, vegas = (
        [(text.text, text.attrib) for text in drawn(each).findall(".//*[@data-series='0']/text")]
        for each in (plan, replace(plan, ribbons=()))
    )
    assert [text for text, _ in ours] == ["group"]
    assert ours == vegas


def test_curves_leave_and_enter_the_axis_where_they_cross_its_edges() -> None:
    values = np.array([0.0, 4.0, np.nan, 1.5, -1.0, 5.0])
    x, y, pieces = within(np.arange(6.0), values, np.isfinite(values), (1.0, 3.0), False)
    assert x.tolist() == pytest.approx([0.25, 0.75, 3, 3.2, 4 + 1 / 3, 4 + 2 / 3])
    assert y.tolist() == [1, 3, 1.5, 1, 1, 3]
    assert (np.diff(pieces) != 0).tolist() == [False, True, False, True, False]


def test_a_band_reaches_from_edge_to_edge_and_single_runs_are_apart() -> None:
    runs = ((EPOCHS, with_gap(LEARNS)), (EPOCHS, LEARNS + 0.1))
    series = GroupSeries("group", 0, EPOCHS, LEARNS, LEARNS - 0.1, LEARNS + 0.1, runs)
    plan = chart_groups("loss", "chart-1", [series], "", "", ENGLISH, may_log=False).plan
    band, single, line = draw_curves(plan)
    (area,) = band
    heights = numbers(area.attrib["d"])[1::2]
    assert len(heights) == 120
    assert all(0 <= height <= layout.PLOT_HEIGHT for height in heights)
    assert area.get("opacity") == "0.14"
    assert len(single) == 3  # the run with a gap has two parts
    assert {group.get("data-series") for group in (band, single, line)} == {"0"}
