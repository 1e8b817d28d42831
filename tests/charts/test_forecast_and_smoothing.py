"""The forecast's band, and smoothed lines over noisy curves."""

from dataclasses import replace

import histories
import numpy as np
import pytest

import reportgen
from reportgen.charts import chart_all
from reportgen.charts.chart import Chart
from reportgen.charts.metric_chart import is_noisy, smooth_over
from reportgen.charts.svg import render_svgs
from reportgen.history.frame import TrainingHistory


def charts(history: TrainingHistory) -> tuple[Chart, ...]:
    return chart_all(history, reportgen.diagnose(history))


def render_svg(chart: Chart) -> str:
    return render_svgs([chart], [1])[0]


def falling(noise: float, n: int = 60) -> np.ndarray:
    return 1 / np.arange(1, n + 1) ** 0.3 + np.random.default_rng(1).normal(0, noise, n)


def test_the_forecast_continues_the_judged_curve_if_more_training_helps() -> None:
    history = histories.still_improving()
    loss, *others = charts(history)
    band = loss.plan.band
    assert band is not None
    assert band.epochs[0] == history.epochs[-1]
    assert band.epochs[-1] == 1.5 * history.epochs[-1]
    assert band.mid[0] == pytest.approx(history.series("loss", "validation").iloc[-1], rel=0.02)
    assert (band.low <= band.mid).all()
    assert (band.mid <= band.high).all()
    assert all(chart.plan.band is None for chart in others)
    assert "After epoch 50: forecast" in loss.plan.note
    assert ("within the band" in loss.plan.note) != band.is_narrow
    assert loss.plan.x_domain == (1, 75)
    assert loss.plan.y_domain[0] <= band.low.min()
    assert loss.plan.y_domain[1] >= band.high.max()


def test_no_forecast_is_drawn_if_more_training_does_not_help() -> None:
    history = histories.healthy()
    diagnosis = reportgen.diagnose(history)
    assert diagnosis.forecast is not None
    assert all(chart.plan.band is None for chart in chart_all(history, diagnosis))


def test_the_forecast_of_a_score_is_in_its_own_unit() -> None:
    scores = np.linspace(0.2, 0.8, 50)
    history = TrainingHistory.from_columns(range(1, 51), {"accuracy": scores, "val_accuracy": scores - 0.02})
    diagnosis = reportgen.diagnose(history)
    assert diagnosis.forecast is not None
    assert diagnosis.forecast.mid[0] == pytest.approx(0.78, rel=0.02)
    assert (diagnosis.forecast.low <= diagnosis.forecast.high).all()


def test_the_band_is_drawn_if_it_is_wide_enough_to_see_and_named_in_numbers_otherwise() -> None:
    history = histories.still_improving()
    diagnosis = reportgen.diagnose(history)
    assert diagnosis.forecast is not None
    ahead = diagnosis.forecast
    narrow = replace(diagnosis, forecast=replace(ahead, low=ahead.mid * 0.999, high=ahead.mid * 1.001))
    plan = chart_all(history, narrow)[0].plan
    assert plan.band is not None
    assert plan.band.is_narrow
    assert "About two thirds of similar runs end between 0." in plan.note
    diagnosis = replace(diagnosis, forecast=replace(ahead, low=ahead.mid * 0.8, high=ahead.mid * 1.2))
    drawn = [render_svg(chart_all(history, given)[0]) for given in (diagnosis, replace(diagnosis, forecast=None))]
    assert ['opacity="0.14"' in text for text in (*drawn, render_svg(chart_all(history, narrow)[0]))] == [1, 0, 0]
    assert ">forecast</text>" in render_svg(chart_all(history, reportgen.diagnose(history))[0])
    assert "forecast" not in drawn[1]


def test_a_noisy_curve_is_faint_under_a_smoothed_line_that_ends_at_its_name() -> None:
    history = TrainingHistory.from_columns(range(1, 61), {"loss": falling(0.0), "val_loss": falling(0.05)})
    chart = charts(history)[0]
    train, validation = chart.plan.lines
    assert train.smooth is not None, "all curves of a chart are smoothed, or none"
    assert validation.smooth is not None
    assert np.std(np.diff(validation.smooth)) < np.std(np.diff(validation.values)) / 3
    assert "Faint lines: logged values. Strong lines: smoothed." in chart.plan.note
    assert chart.table.rows[0][2] == f"{history.series('loss', 'validation').iloc[0]:.3f}"
    assert render_svg(chart).count('opacity="0.35"') == 2
    assert 'opacity="0.35"' not in render_svg(charts(histories.still_improving())[0])


@pytest.mark.parametrize(
    "values",
    [
        falling(0.0),
        falling(0.05, n=19),
        np.append(falling(0.05), np.nan),
        np.full(60, 0.5),
        0.6931472 + 1e-8 * falling(0.05),
        np.concatenate([[0.8], 0.6931 + 1e-5 * falling(0.05)]),
    ],
    ids=["smooth", "short", "broken", "constant", "rounding of float32", "noise that nobody sees"],
)
def test_a_smooth_short_or_broken_curve_gets_no_smoothed_line(values: np.ndarray) -> None:
    assert not is_noisy(values)
    assert is_noisy(falling(0.05))


def test_no_curve_is_smoothed_beside_one_that_cannot_be() -> None:
    broken = np.append(falling(0.05), np.nan)
    history = TrainingHistory.from_columns(range(1, 62), {"loss": broken, "val_loss": falling(0.05, n=61)})
    assert all(line.smooth is None for line in charts(history)[0].plan.lines)


def test_an_outlier_does_not_raise_the_smoothed_line_around_it() -> None:
    values = falling(0.05)
    values[[0, 30]] = 99.0
    smooth = smooth_over(values)
    assert smooth[0] == 99.0
    assert smooth[1:].max() < 1.5, "a spike in the middle is smoothed away"
