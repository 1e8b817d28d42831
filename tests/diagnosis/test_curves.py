import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.diagnosis import curves
from reportgen.diagnosis.curves import Curve, as_error, plateau_start, ratio, relative_slope, smoothed
from reportgen.diagnosis.smoothing import noise_level
from reportgen.metrics import Direction

FINITE = st.floats(-1e90, 1e90, allow_subnormal=True)


def curve(values: list[float] | np.ndarray, direction: Direction = "lower", window_ratio: float = 0.1) -> Curve | None:
    series = pd.Series(np.asarray(values, dtype=np.float64), index=range(1, len(values) + 1))
    return curves.read_curve(series, direction, window_ratio, 1e100)


def test_lower_errors_are_better() -> None:
    assert as_error(np.array([0.2, 0.9]), "lower").tolist() == [0.2, 0.9]
    assert as_error(np.array([0.25, 1.0]), "higher").tolist() == [0.75, 0.0]
    assert as_error(np.array([-1.0, 3.0]), "higher").tolist() == [1.0, -3.0]


@given(st.lists(FINITE, min_size=1, max_size=60), st.integers(0, 30))
def test_smoothing_keeps_the_length_and_stays_between_the_extremes(values: list[float], window: int) -> None:
    smooth = smoothed(np.array(values), window)
    tolerance = 1e-9 * max(abs(value) for value in values)
    assert len(smooth) == len(values)
    assert min(values) - tolerance <= smooth.min() <= smooth.max() <= max(values) + tolerance


def test_smoothing_removes_a_single_spike_and_does_not_change_a_straight_line() -> None:
    line = np.linspace(1.0, 0.0, 41)
    assert smoothed(line, 5)[2:-2] == pytest.approx(line[2:-2])
    spiked = line.copy()
    spiked[20] = 1e6
    assert smoothed(spiked, 5).max() <= 1.0


@pytest.mark.parametrize("sigma", [0.01, 1.0])
def test_noise_is_measured_under_a_trend(sigma: float) -> None:
    values = np.linspace(100, 0, 4000) + np.random.default_rng(0).normal(0, sigma, 4000)
    assert noise_level(values) == pytest.approx(sigma, rel=0.1)
    assert noise_level(np.linspace(100, 0, 50)) == pytest.approx(0, abs=1e-9)
    short = curve([1.0, 5.0, 2.0, 8.0])
    assert short is not None
    assert short.noise == 0


@pytest.mark.parametrize("broken", [math.nan, math.inf, -math.inf, 1e100, -1e300])
def test_values_out_of_range_are_left_out(broken: float) -> None:
    read = curve([1.0, 0.5, broken, 0.1])
    assert read is not None
    assert read.epochs.tolist() == [1, 2, 4]
    assert read.errors.tolist() == [1.0, 0.5, 0.1]
    assert curve([broken, broken]) is None


@pytest.mark.parametrize(
    ("values", "scale"),
    [
        ([0.5, 0.25], 0.25),
        ([1.0, 0.0], 1.0),
        ([2.0, -1.0], 3.0),
        ([0.0, 0.0], 1.0),
        ([-2.0, -2.0], 1.0),
        ([1.0, 1e-12], pytest.approx(1.0)),
        ([5e-324, 5e-324], 5e-324),
    ],
)
def test_the_scale_is_the_lowest_error_or_the_range_and_always_positive(values: list[float], scale: float) -> None:
    read = curve(values)
    assert read is not None
    assert read.scale == scale


@given(st.lists(FINITE, min_size=1, max_size=60), st.sampled_from(["lower", "higher"]))
def test_every_reading_of_any_finite_curve_is_finite(values: list[float], direction: Direction) -> None:
    read = curve(values, direction)
    assert read is not None
    assert read.scale > 0
    assert math.isfinite(relative_slope(read, 0.3))
    assert math.isfinite(read.noise / read.scale)
    start = plateau_start(read, 0.05)
    assert start is None or 1 <= start <= len(values)


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
def test_a_ratio_is_always_finite_and_has_the_sign_of_its_numerator(part: float, whole: float) -> None:
    share = ratio(part, whole)
    assert abs(share) <= 1e9
    assert share * part >= 0
    if 1e-3 < abs(part) < 1e3 and 1e-3 < abs(whole) < 1e3:
        assert share == part / abs(whole)


def test_slope_and_plateau_of_known_curves() -> None:
    line = curve(np.linspace(2.0, 1.0, 101))
    assert line is not None
    assert relative_slope(line, 0.5) == pytest.approx(-0.01, rel=0.02)
    assert plateau_start(line, 0.05) == pytest.approx(96, abs=1)
    step = curve([1.0] * 20 + [0.1] * 80)
    assert step is not None
    assert plateau_start(step, 0.05) == pytest.approx(24, abs=5)
    rising = curve(np.linspace(1.0, 2.0, 20))
    assert rising is not None
    assert plateau_start(rising, 0.05) is None
    assert relative_slope(rising, 0.1) > 0


def test_the_position_of_an_epoch_is_that_of_the_last_value_up_to_it() -> None:
    series = pd.Series([1.0, 0.5, 0.4], index=[3, 6, 9])
    read = curves.read_curve(series, "lower", 0.1, 1e100)
    assert read is not None
    assert [read.position(epoch) for epoch in (1, 3, 5, 6, 9, 99)] == [0, 0, 0, 1, 2, 2]
