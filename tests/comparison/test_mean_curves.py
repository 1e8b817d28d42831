"""The mean curve of a group and its band, also where runs end early, begin late, diverge or log other epochs."""

import math

import numpy as np
import pandas as pd
import pytest

from reportgen.comparison.mean_curves import MOST_POINTS, BestOnAverage, draw_curve


def series(values, first=1, step=1):
    return pd.Series(np.array(values, dtype=float), index=np.arange(len(values)) * step + first)


def drawn(*runs, **options):
    return draw_curve("a", "loss", "validation", runs, **options)


FALLING = np.linspace(1.0, 0.1, 10)


def test_runs_of_equal_length_have_their_mean_and_deviation():
    curve = drawn(series([1.0, 0.5]), series([3.0, 1.5]))
    assert curve.center.tolist() == [2.0, 1.0]
    assert curve.high.tolist() == pytest.approx([2 + math.sqrt(2), 1 + math.sqrt(0.5)])
    assert (curve.complete_until, curve.center_kind, curve.band_kind) == (2, "mean", "deviation")
    assert curve.best("lower") == BestOnAverage(2, 1.0, "mean", is_end=True)
    assert curve.best("higher") == BestOnAverage(1, 2.0, "mean", is_end=False)
    assert curve.best("unknown") is None


@pytest.mark.parametrize("offset", [-0.5, 0.5, 3.0])
def test_a_run_that_ends_early_does_not_bend_the_mean(offset):
    whole, short = series(FALLING), series(FALLING[:6] + offset)
    curve = drawn(whole, whole, short)
    assert np.diff(curve.center) == pytest.approx(np.diff(FALLING))
    assert curve.counts.tolist() == [3] * 6 + [2] * 4
    assert curve.complete_until == 6


def test_a_run_that_begins_late_does_not_bend_the_mean():
    curve = drawn(series(FALLING), series(FALLING), series(FALLING[4:] + 2, first=5))
    assert np.diff(curve.center) == pytest.approx(np.diff(FALLING))
    assert curve.center[-1] == pytest.approx(FALLING[-1] + 2 / 3)


def test_the_line_ends_when_fewer_than_half_of_the_runs_go_on():
    curve = drawn(series(FALLING), series(FALLING[:4]), series(FALLING[:5]))
    assert curve.epochs.tolist() == [1, 2, 3, 4, 5]


def test_a_diverged_run_ends_where_its_values_do_and_the_median_is_shown():
    curve = drawn(series(FALLING), series(FALLING + 0.2), series([*FALLING[:3], math.nan, math.inf]))
    assert (curve.center_kind, curve.band_kind) == ("median", "quartiles")
    assert np.isfinite(curve.center).all()
    assert curve.complete_until == 3


def test_runs_that_log_other_epochs_are_joined_by_straight_lines():
    curve = drawn(series(np.linspace(1, 0, 11)), series(np.linspace(1, 0, 6), step=2))
    assert curve.center == pytest.approx(np.linspace(1, 0, 11))


def test_long_runs_are_thinned_openly_with_both_ends():
    curve = drawn(*[series(np.linspace(1, 0, 5000))] * 2)
    assert curve.thinned
    assert len(curve.epochs) <= MOST_POINTS + 1
    assert (curve.epochs[0], curve.epochs[-1]) == (1, 5000)
    assert not drawn(series(FALLING)).thinned


def test_the_band_may_be_the_interval_of_the_mean():
    runs = [series(FALLING + shift) for shift in (-0.2, -0.1, 0.0, 0.1, 0.2)]
    curve = drawn(*runs, band="interval")
    assert curve.high - curve.center == pytest.approx(
        np.full(10, 2.776 * np.std([-0.2, -0.1, 0, 0.1, 0.2], ddof=1) / 5**0.5), rel=1e-3
    )


def test_a_single_run_is_its_own_mean_without_a_band():
    curve = drawn(series(FALLING))
    assert curve.center.tolist() == curve.low.tolist() == curve.high.tolist() == FALLING.tolist()


def test_runs_without_finite_values_have_no_curve():
    assert drawn(series([math.nan, math.inf])) is None


def test_the_band_of_an_accuracy_ends_at_the_limit():
    runs = [series([0.5, 0.9, 1.0]), series([0.4, 0.7, 0.8]), series([0.5, 1.0, 1.0])]
    accuracy, loss = (draw_curve("a", metric, "validation", runs) for metric in ("accuracy", "loss"))
    assert (accuracy.high.max(), loss.high.max() > 1) == (1, True)
    assert accuracy.low.tolist() == loss.low.tolist()
