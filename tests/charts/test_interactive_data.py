"""The data of a chart for the script of an interactive report."""

import json
import math

import histories
import numpy as np
import pytest

import reportgen
from reportgen.charts import chart_all
from reportgen.charts.interactive import interactive_data, interactive_spec
from reportgen.charts.planning import Line, make_plan
from reportgen.charts.thinning import MAX_POINTS


def line(values, **more):
    values = np.array(values, dtype=np.float64)
    return Line("train", "#6F8FA8", (), np.arange(1, len(values) + 1), values, **more)


@pytest.mark.parametrize("make", histories.ALL, ids=lambda make: make.__name__)
def test_every_chart_of_every_run_is_plain_json(make):
    history = make()
    for chart in chart_all(history, reportgen.diagnose(history)):
        data = interactive_data(chart.plan)
        assert json.loads(json.dumps(data, allow_nan=False)) == data
        assert len(data["lines"]) == len(chart.plan.lines)


def test_values_are_those_of_the_plan_or_null_if_they_cannot_be_drawn():
    given = [0.1 + 0.2, math.nan, math.inf, -1e200, 0.25]
    drawn = interactive_data(make_plan([line(given)]))["lines"][0]
    assert drawn["epochs"] == [1, 2, 3, 4, 5]
    assert drawn["values"] == [pytest.approx(0.3, rel=1e-11), None, None, None, 0.25]
    assert drawn["dots"] == [0, 4]
    assert drawn["smooth"] is None


def test_float32_values_keep_every_bit():
    values = np.random.default_rng(1).random(500, dtype=np.float32).astype(np.float64)
    drawn = interactive_data(make_plan([line(values)]))["lines"][0]["values"]
    assert np.array_equal(np.array(drawn, dtype=np.float32), values.astype(np.float32))


def test_long_lines_are_thinned_once_for_static_and_interactive_charts():
    plan = make_plan([line(np.random.default_rng(1).random(20_000))])
    drawn = interactive_data(plan)["lines"][0]
    assert len(drawn["values"]) == len(plan.lines[0].values) <= MAX_POINTS
    assert drawn["dots"] == []


def test_a_logarithmic_axis_is_offered_if_every_value_is_positive():
    assert interactive_data(make_plan([line([1, 2, 3])]))["positive"]
    assert interactive_data(make_plan([line([1, math.nan, 3])]))["positive"]
    assert not interactive_data(make_plan([line([1, 0, 3])]))["positive"]
    assert not interactive_data(make_plan([line([1, 2, 3], smooth=np.array([1, -0.1, 3]))]))["positive"]
    assert not interactive_data(make_plan([line([1, 2, 3])], zero_rule=True))["positive"]


def test_the_data_include_the_forecast_and_the_marks():
    history = histories.still_improving()
    chart = chart_all(history, reportgen.diagnose(history))[0]
    data = interactive_data(chart.plan)
    assert data["band"]["label"] == "validation"
    assert data["epochs"][1] == data["band"]["epochs"][-1] > 50
    assert [mark["label"] for mark in data["marks"]] == [mark.label for mark in chart.plan.marks]
    over = histories.overfit_from_12()
    assert interactive_data(chart_all(over, reportgen.diagnose(over))[0].plan)["spans"][0]["x2"] == 60


def test_the_specification_has_no_data_and_makes_no_request():
    text = json.dumps(interactive_spec("epoch", "d"))
    assert "values" in text
    assert all(set(data) == {"name"} for data in interactive_spec("epoch", "d")["data"])
    assert "url" not in text
