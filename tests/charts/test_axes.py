"""Ranges and ticks of the axes: outliers do not dwarf the other values, and the note says what is outside."""

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plans import line

from reportgen.charts import layout, theme
from reportgen.charts.axes import epoch_format, epoch_ticks, value_ticks, within, x_position, y_position
from reportgen.charts.plan import OFF_CHART, Mark, Plan
from reportgen.charts.planning import AxisChoice, make_plan

ANY = st.floats(allow_nan=True, allow_infinity=True)
FALL = 0.2 + 0.8 * np.exp(-0.1 * np.arange(60))
BOUNDS = st.floats(-1e12, 1e12, allow_subnormal=False)
DOMAINS = st.tuples(BOUNDS, BOUNDS).filter(lambda d: d[1] - d[0] > 1e-6 * max(map(abs, d)) and d[1] - d[0] > 1e-12)


def starting(*first: float, shift: float = 0.0, n: int = 60) -> np.ndarray:
    """A smooth fall whose first values are replaced."""
    values = FALL[:n] + shift
    values[: len(first)] = first
    return values


def outside(plan: Plan) -> list[int]:
    """Epochs with a value outside the axis."""
    low, high = plan.y_domain
    return sorted({int(e) for each in plan.lines for e in each.epochs[(each.values > high) | (each.values < low)]})


@given(st.lists(ANY, min_size=1, max_size=40), st.booleans(), st.sampled_from(["auto", "linear", "setting"]))
def test_every_value_is_inside_the_axis_or_the_note_says_that_it_is_outside(
    values: list[float], zero: bool, axis: AxisChoice
) -> None:
    plan = make_plan([line(values)], zero_rule=zero, axis=axis)
    low, high = plan.y_domain
    assert math.isfinite(low)
    assert math.isfinite(high)
    assert low < high
    assert plan.x_domain[0] < plan.x_domain[1]
    assert low <= 0 <= high or not zero or axis == "setting"
    drawn = plan.lines[0]
    seen = [v for v in drawn.values[drawn.drawable].tolist() if low <= v <= high]
    assert all(-1e-6 <= y_position(v, plan.y_domain, plan.y_log) <= layout.PLOT_HEIGHT + 1e-6 for v in seen)
    left_out = int(drawn.drawable.sum()) - len(seen)
    assert left_out <= max(2, 0.1 * len(values))
    assert ("off the scale" in plan.axis_note) == bool(left_out)
    assert not (left_out and axis == "setting")
    assert not (left_out and plan.y_log)


@given(st.lists(st.sampled_from([0.5, 0.51, 0.49, 900.0, -900.0]), min_size=8, max_size=60), st.integers(1, 8))
def test_the_ends_of_lines_and_marked_values_are_always_in_view(values: list[float], epoch: int) -> None:
    mark = Mark(epoch, "best", theme.BEST, values[epoch - 1])
    plan = make_plan([line(values)], [mark])
    assert not {epoch, len(values)} & set(outside(plan))


@pytest.mark.parametrize(
    ("first", "shift", "note"),
    [
        ((5213.0,), 0.0, "Epoch 1 is off the scale (arrow, 5213)."),
        ((5213.0, 300.0, 20.0), 0.0, "Epochs 1 to 3 are off the scale (arrows, up to 5213)."),
        ((5213.0, 300.0, 20.0), -0.5, "Epochs 1 to 3 are off the scale (arrows, up to 5213)."),
        ((-30.0, -9.0), -0.5, "Epochs 1 to 2 are off the scale (arrows, down to −30)."),
        ((-4.0, -3.5, 0.9), -0.5, "Epochs 1 to 2 are off the scale (arrows, down to −4)."),
        ((50.0, 0.3, 40.0), -0.5, "2 epochs are off the scale (arrows, up to 50)."),
        ((50.0, -40.0), 0.0, "Epoch 1 is off the scale (arrow, 50). Epoch 2 is off the scale (arrow, −40)."),
    ],
)
def test_initial_outliers_lie_outside_the_axis_and_the_note_says_so(
    first: tuple[float, ...], shift: float, note: str
) -> None:
    plan = make_plan([line(starting(*first, shift=shift))])
    assert plan.axis_note == note
    assert outside(plan) == [epoch for epoch, value in enumerate(first, start=1) if abs(value) > 2]
    assert plan.y_domain[1] - plan.y_domain[0] < 3
    assert not plan.y_log


@pytest.mark.parametrize(("n", "largest"), [(61, 0.9), (20, 0.9), (19, 0.9), (8, 2.9)])
def test_slightly_larger_values_stay_inside(n: int, largest: float) -> None:
    """The core spans 0.1; with the first epoch, up to 5 times that, or 25 times in runs of fewer than 10 epochs."""
    for height, is_outside in ((largest - 0.01, False), (largest + 0.01, True)):
        values = np.concatenate([[height], np.tile([0.4, 0.5], 40)[: n - 1]])
        assert bool(outside(make_plan([line(values)], axis="linear"))) == is_outside


def test_short_runs_show_every_epoch_and_long_runs_leave_out_at_most_ten() -> None:
    assert outside(make_plan([line(starting(99.0, n=7))], axis="linear")) == []
    assert outside(make_plan([line(starting(99.0, n=8))], axis="linear")) == [1]
    long = np.concatenate([np.full(10, 900.0), np.tile([0.4, 0.5], 500)])
    assert len(outside(make_plan([line(long)], axis="linear"))) == 10
    assert outside(make_plan([line(np.concatenate([[900.0], long]))], axis="linear")) == []


def test_an_explosion_at_the_end_stays_in_view() -> None:
    values = starting(n=60) - 0.5
    values[-1] = 900.0
    assert outside(make_plan([line(values)])) == []


@pytest.mark.parametrize(
    ("values", "log"),
    [
        ([1.0] * 9 + [49.0], False),
        ([1.0] * 9 + [51.0], True),
        ([0.0] * 9 + [99.0], False),
        (np.geomspace(300, 0.01, 60), True),
        (starting(5213.0), False),
        (starting(*np.geomspace(5000, 1, 20)), True),
        (starting(24.0), True),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_log_axis_is_used_if_it_shows_the_core_well_and_the_note_says_so(values: Any, log: bool) -> None:
    plan = make_plan([line(values)])
    assert plan.y_log == log
    assert ("logarithmic" in plan.axis_note) == log
    assert not make_plan([line(values)], axis="linear").y_log


@pytest.mark.parametrize(
    ("rates", "log"),
    [
        ([0.05, 0.01, 0.0005], True),
        ([0.05, 0.01, 0.001], False),
        ([0.05, 0.01, 0.0], False),
        ([1e-6] * 8 + [1.0], True),
    ],
)
def test_a_setting_that_spans_a_large_factor_has_a_log_axis(rates: list[float], log: bool) -> None:
    plan = make_plan([line(rates)], axis="setting")
    assert plan.y_log == log
    assert outside(plan) == []


def test_an_axis_with_zero_is_not_logarithmic() -> None:
    assert not make_plan([line([1.0] * 9 + [99.0])], zero_rule=True).y_log


def test_a_loss_of_zero_has_no_negative_numbers_on_its_axis() -> None:
    plan = make_plan([line([0.0] * 5)])
    assert plan.y_domain == (0.0, 1.0)
    assert plan.y_ticks[0].value == 0


@pytest.mark.parametrize("level", [0.5, -3.0, 1e99, 5e-324, 1e-310])
def test_a_flat_line_is_in_the_middle(level: float) -> None:
    plan = make_plan([line([level] * 5)])
    assert y_position(level, plan.y_domain, plan.y_log) == pytest.approx(layout.PLOT_HEIGHT / 2)


def test_rounding_errors_of_float32_are_a_flat_line() -> None:
    plan = make_plan([line(0.6931472 + 5e-8 * np.tile([1, -1], 20))])
    assert plan.y_domain[1] - plan.y_domain[0] > 0.5


def test_a_single_epoch_is_in_the_middle() -> None:
    assert make_plan([line([0.5], first=7)]).x_domain == (6, 8)


def test_a_span_near_the_float64_limit_causes_no_warning() -> None:
    assert outside(make_plan([line([9e99] + [5e-324] * 9)], axis="linear")) == [1]


def test_values_off_the_chart_are_marked_and_do_not_flatten_the_rest() -> None:
    plan = make_plan([line([1.0, 0.5, OFF_CHART, 1e308, -1e308, math.nan])])
    assert plan.lines[0].drawable.tolist() == [True, True, False, False, False, False]
    assert plan.y_domain[1] < 2


@given(st.floats(-100, 100), st.sampled_from([0.1, 1.0, 50.0]))
def test_background_curves_extend_the_axis_but_never_flatten_foreground_curves(level: float, scale: float) -> None:
    front = line(FALL)
    alone = make_plan([front]).y_domain
    low, high = make_plan([front, line(level + scale * FALL, "baseline", faint=True)]).y_domain
    assert low <= alone[0]
    assert high >= alone[1]
    assert (high - low) < 4 * (alone[1] - alone[0])


def test_a_slightly_higher_baseline_is_completely_inside() -> None:
    plan = make_plan([line(FALL), line(FALL + 0.5, "baseline", faint=True)])
    assert plan.y_domain[1] > 1.5
    assert plan.axis_note == ""


def test_a_baseline_extends_a_log_axis() -> None:
    front = np.geomspace(300, 0.01, 60)
    plan = make_plan([line(front), line(front * 5, "baseline", faint=True)])
    assert plan.y_log
    assert plan.y_domain[1] > 1500
    shorter = make_plan([line(front), line([0.0, -1.0] * 30, "baseline", faint=True)])
    assert shorter.y_domain == make_plan([line(front)]).y_domain


@given(st.integers(1, 20_000), st.integers(1, 20_000))
def test_the_epoch_axis_labels_the_first_epoch_and_a_few_round_ones(first: int, length: int) -> None:
    last = first + length
    ticks = epoch_ticks(first, last)
    assert (ticks[0], ticks[-1]) == (first, last)
    assert len(ticks) <= 10
    steps = np.diff(ticks[1:-1])
    assert len(set(steps.tolist())) <= 1


@pytest.mark.parametrize(
    ("last", "ticks"),
    [
        (2, (1, 2)),
        (5, (1, 2, 3, 4, 5)),
        (10, (1, 3, 5, 7, 9, 10)),
        (30, (1, 5, 10, 15, 20, 25, 30)),
        (87, (1, 20, 40, 60, 80, 87)),
    ],
)
def test_the_first_and_the_last_epoch_are_labelled_and_those_between_have_a_constant_step(
    last: int, ticks: tuple[int, ...]
) -> None:
    assert epoch_ticks(1, last) == ticks


@given(st.integers(1, 300), st.integers(1, 20_000))
def test_numbers_and_title_of_the_epoch_axis_do_not_touch(first: int, length: int) -> None:
    plan = make_plan([line([1.0, 0.5, 0.4], first=first), line([0.3], "validation", first=first + length)])
    halves = [layout.text_width(format(tick, epoch_format(plan.x_ticks))) / 2 for tick in plan.x_ticks]
    places = [x_position(tick, plan.x_domain, plan.plot_width) for tick in plan.x_ticks]
    boxes = [(at - half, at + half) for at, half in zip(places, halves, strict=True)]
    boxes.insert(-1, (plan.x_title_at - plan.x_title_width, plan.x_title_at))
    assert all(one[1] < other[0] for one, other in itertools.pairwise(boxes))


@given(DOMAINS)
def test_the_vertical_axis_has_two_to_eight_exact_labels(domain: tuple[float, float]) -> None:
    ticks = value_ticks(domain, log=False)
    assert 2 <= len(ticks) <= 8
    slack = 1e-8 * (domain[1] - domain[0])
    assert all(domain[0] - slack <= tick.value <= domain[1] + slack for tick in ticks)
    assert len({tick.text for tick in ticks}) == len(ticks)
    for tick in ticks:
        assert float(tick.text.replace("−", "-")) == pytest.approx(tick.value, abs=1e-12)
        assert len(tick.text) <= 14


@given(st.floats(1e-12, 1e12), st.floats(1.05, 1e20))
def test_a_log_axis_has_two_to_eight_labels(low: float, factor: float) -> None:
    ticks = value_ticks((low, low * factor), log=True)
    assert 2 <= len(ticks) <= 8
    assert all(low * (1 - 1e-9) <= tick.value <= low * factor * (1 + 1e-9) for tick in ticks)
    assert len({tick.text for tick in ticks}) == len(ticks)


def test_all_numbers_on_an_axis_have_the_same_number_of_decimals() -> None:
    assert [tick.text for tick in value_ticks((0, 1), log=False)] == ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]
    assert [tick.text for tick in value_ticks((0, 5e-5), log=False)][:2] == ["0", "1e−5"]
    assert [tick.text for tick in value_ticks((-1e9, 1e9), log=False)] == ["−1e9", "−5e8", "0", "5e8", "1e9"]
    assert [tick.text for tick in value_ticks((1e-9, 1e9), log=True)][1:4] == ["1e−5", "0.1", "1000"]


@given(st.lists(ANY, min_size=1, max_size=30), st.booleans())
def test_a_curve_is_cut_exactly_at_the_edges_of_the_axis(values: list[float], log: bool) -> None:
    domain = (0.25, 2.0)
    given_line = line(values)
    x, y, piece = within(given_line.epochs, given_line.values, given_line.drawable, domain, log)
    assert ((y >= domain[0]) & (y <= domain[1])).all()
    assert (np.diff(x) >= 0).all()
    assert (np.diff(piece) >= 0).all()
    shown = [v for v in values if domain[0] <= v <= domain[1]]
    assert [v for v in y.tolist() if v not in domain] == [v for v in shown if v not in domain]
    for one, other, same in zip(x[:-1], x[1:], np.diff(piece) == 0, strict=True):
        assert not same or other - one <= 1, "a piece never bridges an epoch that lies outside"


@pytest.mark.parametrize(("log", "at"), [(False, [1 + 8 / 9.9]), (True, [1.5])])
def test_a_segment_crosses_the_edge_where_the_drawn_line_does(log: bool, at: list[float]) -> None:
    x, y, _ = within(np.array([1, 2]), np.array([10.0, 0.1]), np.array([True, True]), (0.01, 1.0 if log else 2.0), log)
    assert x[:1] == pytest.approx(at)
    assert y.tolist() == [1.0 if log else 2.0, 0.1]


def test_curves_leave_and_enter_the_axis_where_they_cross_its_edges() -> None:
    values = np.array([0.0, 4.0, np.nan, 1.5, -1.0, 5.0])
    x, y, pieces = within(np.arange(6.0), values, np.isfinite(values), (1.0, 3.0), False)
    assert x.tolist() == pytest.approx([0.25, 0.75, 3, 3.2, 4 + 1 / 3, 4 + 2 / 3])
    assert y.tolist() == [1, 3, 1.5, 1, 1, 3]
    assert (np.diff(pieces) != 0).tolist() == [False, True, False, True, False]
