from typing import Any

import histories
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.diagnosis.forecast import AHEAD, FEWEST, Forecast
from reportgen.diagnosis.reading import read_run
from reportgen.diagnosis.thresholds import DEFAULTS
from reportgen.history.frame import TrainingHistory


def forecast_of(**columns: Any) -> Forecast | None:
    n = len(next(iter(columns.values())))
    return read_run(TrainingHistory.from_columns(np.arange(1, n + 1), columns), DEFAULTS).forecast


@pytest.mark.parametrize("make", [histories.healthy, histories.still_improving, histories.no_validation])
def test_the_band_begins_at_the_end_of_the_curve_and_opens(make: Any) -> None:
    reading = read_run(make(), DEFAULTS)
    found = reading.forecast
    assert found is not None
    assert reading.monitor is not None
    n = len(reading.monitor.errors)
    assert found.epochs_ahead == round((AHEAD - 1) * n)
    assert found.epochs[0] == n
    assert found.epochs[-1] == n + found.epochs_ahead
    assert found.mid[0] == found.low[0] == found.high[0] == pytest.approx(reading.monitor.errors[-1], rel=0.05)
    assert np.all(np.diff(found.high / found.low) > 0), "the band opens, as a share of the value"
    assert np.all((found.low <= found.mid) & (found.mid <= found.high))
    assert 0 <= found.gain_low <= found.expected_gain <= found.gain_high < 1
    lowest = reading.monitor.errors.min()
    ends = [max(0.0, 1 - line[-1] / lowest) for line in (found.high, found.mid, found.low)]
    assert [found.gain_low, found.expected_gain, found.gain_high] == pytest.approx(ends)


def test_a_falling_curve_keeps_falling_and_a_flat_one_stays_flat() -> None:
    falling = read_run(histories.still_improving(), DEFAULTS).forecast
    flat = read_run(histories.healthy(), DEFAULTS).forecast
    assert falling is not None
    assert flat is not None
    assert falling.expected_gain > 0.05 > flat.expected_gain
    assert falling.mid[-1] < 0.9 * falling.mid[0]
    assert flat.mid[-1] == pytest.approx(flat.mid[0], rel=0.05)


def test_too_few_values_have_no_forecast() -> None:
    line = np.linspace(1, 0.5, FEWEST)
    assert forecast_of(loss=line, val_loss=line) is not None
    assert forecast_of(loss=line[1:], val_loss=line[1:]) is None
    assert forecast_of(strange=line) is None


@given(
    st.lists(st.tuples(*[st.floats(-1e90, 1e90) | st.just(float("nan"))] * 2), min_size=FEWEST, max_size=40),
    st.booleans(),
)
def test_the_band_of_any_curve_is_finite_and_in_order(values: list[tuple[float, float]], validated: bool) -> None:
    train, validation = np.array(values).T
    found = forecast_of(loss=train, val_loss=validation) if validated else forecast_of(loss=train)
    if found is not None:
        assert np.isfinite([found.low, found.mid, found.high]).all()
        assert np.all((found.low <= found.mid) & (found.mid <= found.high))
        assert 0 <= found.gain_low <= found.expected_gain <= found.gain_high
