"""Which points of long curves are kept."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plans import line

from reportgen.charts.plan import Line, is_drawable
from reportgen.charts.thinning import MAX_POINTS, joined, kept, landmarks, positions_of, thin_lines

BROKEN = (math.nan, math.inf, -math.inf, 1e200)


def stretches(broken: np.ndarray) -> list[tuple[int, int]]:
    """First and last position of each run of broken points."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], broken, [False]])))
    return [(int(first), int(end) - 1) for first, end in edges.reshape(-1, 2)]


@st.composite
def curves(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Epochs and values: noise, steps or a fall of any length, with broken points here and there or in a row."""
    n = draw(st.integers(1, 900))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    values = draw(
        st.sampled_from(
            [
                random.standard_normal(n),
                random.integers(0, 3, n).astype(np.float64),
                np.geomspace(1e6, 1e-6, n),
                np.full(n, 0.25),
                random.standard_normal(n) * 1e99,
            ]
        )
    ).copy()
    share = draw(st.sampled_from([0.0, 0.005, 0.05, 0.5, 1.0]))
    values[random.random(n) < share] = draw(st.sampled_from(BROKEN))
    first = draw(st.integers(0, n))
    values[first : first + draw(st.integers(0, n))] = draw(st.sampled_from([*BROKEN, 1.0]))
    epochs = np.cumsum(random.integers(1, draw(st.sampled_from([2, 5, 10**12])), n))
    return epochs, values


@given(curves(), st.integers(20, 120), st.lists(st.integers(0, 899), max_size=4))
def test_landmarks_are_kept_within_the_limit(
    curve: tuple[np.ndarray, np.ndarray], limit: int, marked: list[int]
) -> None:
    epochs, values = curve
    spoken_of = [float(epochs[place]) for place in marked if place < len(epochs)]
    chosen = kept(epochs, values, limit, spoken_of)
    assert len(chosen) <= limit
    assert (np.diff(chosen) > 0).all()
    assert {0, len(values) - 1} <= set(chosen.tolist())
    drawable = is_drawable(values)
    if drawable.any():
        shown = values[chosen][drawable[chosen]]
        assert (shown.min(), shown.max()) == (values[drawable].min(), values[drawable].max())
    assert {float(epoch) for epoch in spoken_of[: limit // 8]} <= set(epochs[chosen].astype(float).tolist())
    broken = np.flatnonzero(~drawable)
    ends = {place for stretch in stretches(~drawable) for place in stretch}
    if len(broken) <= limit // 5 or len(values) <= limit:
        assert set(broken.tolist()) <= set(chosen.tolist())
    elif len(stretches(~drawable)) <= limit // 10:
        assert ends <= set(chosen.tolist())
        beside = {first - 1 for first, _ in stretches(~drawable)} | {last + 1 for _, last in stretches(~drawable)}
        assert {place for place in beside if 0 <= place < len(values)} <= set(chosen.tolist())
    else:
        assert {min(ends), max(ends)} <= set(chosen.tolist())
    assert np.array_equal(chosen, kept(epochs.copy(), values.copy(), limit, list(spoken_of)))
    assert set(landmarks(epochs, values, limit, spoken_of).tolist()) <= set(chosen.tolist())


@given(st.integers(1, MAX_POINTS))
def test_a_curve_within_the_limit_is_not_thinned(n: int) -> None:
    assert np.array_equal(kept(np.arange(n), np.full(n, math.nan)), np.arange(n))


def test_almost_as_many_points_are_kept_as_the_limit_allows() -> None:
    values = np.random.default_rng(1).standard_normal(1_000_000)
    assert len(kept(np.arange(len(values)), values)) > 0.99 * MAX_POINTS


def test_a_single_spike_and_a_single_nan_among_a_million_are_kept() -> None:
    values = np.linspace(1, 0.1, 1_000_000)
    values[123_456], values[777], values[778] = 9.0, math.nan, -9.0
    assert {123_456, 776, 777, 778} <= set(kept(np.arange(1_000_000), values).tolist())


def test_every_local_spike_of_a_calm_curve_is_kept() -> None:
    values = np.linspace(1, 0.1, 1_000_000)
    spikes = np.arange(5_000, 1_000_000, 10_000)
    values[spikes] += 0.3
    assert set(spikes.tolist()) <= set(kept(np.arange(1_000_000), values).tolist())


def noisy(n: int, seed: int, **more: object) -> Line:
    return line(np.random.default_rng(seed).standard_normal(n), **more)


def test_short_lines_are_not_changed() -> None:
    lines = (noisy(MAX_POINTS, 1), noisy(30, 2))
    assert all(thin is given for thin, given in zip(thin_lines(lines), lines, strict=True))


def test_lines_of_a_chart_keep_the_same_epochs() -> None:
    first, second = thin_lines([noisy(20_000, 1), noisy(20_000, 2)])
    assert np.array_equal(first.epochs, second.epochs)
    assert 0.9 * MAX_POINTS < len(first.epochs) <= MAX_POINTS


def test_each_line_keeps_its_extremes_smoothing_and_logged_values() -> None:
    given = [noisy(20_000, 1, smooth=np.linspace(1, 0, 20_000)), noisy(9_000, 2)]
    for thin, whole in zip(thin_lines(given), given, strict=True):
        places = thin.epochs - 1
        assert len(places) <= MAX_POINTS
        assert np.array_equal(thin.values, whole.values[places])
        assert (thin.values.min(), thin.values.max()) == (whole.values.min(), whole.values.max())
        assert (thin.smooth is None) == (whole.smooth is None)
        assert thin.smooth is None or np.array_equal(thin.smooth, whole.smooth[places])


def test_a_rarely_logged_line_is_not_thinned_next_to_a_long_one() -> None:
    seldom = Line("validation", "#000", (), np.arange(100, 200_001, 2_000), np.linspace(1, 0, 100))
    often, whole = thin_lines([noisy(200_000, 1), seldom])
    assert whole is seldom
    assert set(seldom.epochs.tolist()) <= set(often.epochs.tolist())
    assert len(often.epochs) <= MAX_POINTS


def test_curves_of_a_baseline_are_thinned_separately() -> None:
    here, behind = thin_lines([noisy(20_000, 1), noisy(30_000, 2, faint=True)])
    assert len(here.epochs) > 0.9 * MAX_POINTS
    assert len(behind.epochs) > 0.9 * MAX_POINTS
    assert behind.faint


@given(st.lists(st.sets(st.integers(0, 60), min_size=1), min_size=1, max_size=4))
def test_joined_epochs_are_complete_and_in_order(sets: list[set[int]]) -> None:
    assert joined([np.array(sorted(given)) for given in sets]).tolist() == sorted(set().union(*sets))


@pytest.mark.parametrize(("wanted", "found"), [([], []), ([1, 2, 9], [0, 2]), ([3], []), ([1, 5, 9], [0, 1, 2])])
def test_positions_are_those_of_the_epochs_in_the_list(wanted: list[int], found: list[int]) -> None:
    assert positions_of(np.array(wanted), np.array([1, 5, 9])).tolist() == found
