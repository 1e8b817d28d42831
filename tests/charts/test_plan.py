import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.charts import theme
from reportgen.charts.chart import MAX_TABLE_ROWS, tabulate
from reportgen.charts.plan import (
    MAX_POINTS,
    OFF_CHART,
    Annotation,
    Line,
    PlacedLabel,
    Plan,
    Span,
    make_plan,
    thinned,
    y_position,
)
from reportgen.languages import ENGLISH


def line(values: Any, label: str = "train", first: int = 1) -> Line:
    values = np.asarray(values, dtype=np.float64)
    return Line(label, theme.TRAIN, (), np.arange(first, first + len(values)), values)


def box(label: PlacedLabel) -> tuple[float, float, float]:
    """Left, right and row of a label."""
    return label.x, label.x + theme.text_width(label.text), label.y


WORDS = st.text("abcdefghijklmnopqrstuvwxyz 0123456789損失", min_size=1, max_size=24)
ANNOTATIONS = st.lists(st.builds(Annotation, st.integers(1, 100), WORDS, st.just(theme.BEST)), max_size=9)


@given(ANNOTATIONS, st.sampled_from([2, 3, 10, 100]))
def test_labels_of_annotations_never_overlap_and_stand_above_the_plot(annotations: list[Annotation], n: int) -> None:
    plan = make_plan([line(np.linspace(1, 0, n))], annotations)
    assert len(plan.annotation_labels) == len(plan.annotations)
    for one, other in itertools.combinations(map(box, plan.annotation_labels), 2):
        assert one[2] != other[2] or one[1] < other[0] or other[1] < one[0]
    for label in plan.annotation_labels:
        assert label.y < 0
        assert -plan.top <= label.y - theme.NARROW_FONT_SIZE + 8
        assert label.x >= -theme.LEFT
        assert label.x + theme.text_width(label.text) <= plan.plot_width + plan.right
    rows = sorted({label.y for label in plan.annotation_labels})
    assert all(below - above >= theme.NARROW_FONT_SIZE for above, below in itertools.pairwise(rows))


@given(ANNOTATIONS)
def test_a_rule_reaches_up_to_its_label_only_where_no_other_label_is_in_its_way(annotations: list[Annotation]) -> None:
    plan = make_plan([line(np.linspace(1, 0, 100))], annotations)
    for label in plan.annotation_labels:
        assert label.rule_x is not None
        crossed = [
            other
            for other in plan.annotation_labels
            if other is not label and other.y > label.y and box(other)[0] <= label.rule_x <= box(other)[1]
        ]
        assert label.joined == (not crossed)


def test_annotations_of_the_same_place_and_words_count_once_and_those_outside_not_at_all() -> None:
    marks = [Annotation(epoch, "here", theme.BEST) for epoch in (5, 5, 1, 10, 0, 11, 10**9)]
    plan = make_plan([line([1] * 10)], marks)
    assert [mark.epoch for mark in plan.annotations] == [5, 1, 10]


def test_spans_end_where_the_axis_ends() -> None:
    spans = [Span(0, 3, "a"), Span(8, 99, "b"), Span(20, 30, "c"), Span(-5, 1, "d")]
    plan = make_plan([line([1] * 10)], spans=spans)
    assert [(span.first, span.last) for span in plan.spans] == [(1, 3), (8, 10)]


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=5))
def test_labels_at_the_ends_of_lines_stand_apart_and_beside_the_plot(ends: list[float]) -> None:
    plan = make_plan([line([0.5, end], f"line {index}") for index, end in enumerate(ends)])
    heights = [label.y for label in plan.end_labels]
    assert heights == sorted(heights)
    assert all(low - high >= theme.NARROW_FONT_SIZE for high, low in itertools.pairwise(heights))
    assert all(0 <= height <= theme.PLOT_HEIGHT for height in heights)
    assert all(label.x >= plan.plot_width for label in plan.end_labels)
    assert all(label.x + theme.text_width(label.text) <= theme.WIDTH - theme.LEFT for label in plan.end_labels)


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=30), st.booleans())
def test_every_value_that_is_drawn_lies_inside_the_axis_whatever_the_values(values: list[float], zero: bool) -> None:
    plan = make_plan([line(values)], zero_rule=zero)
    low, high = plan.y_domain
    assert math.isfinite(low)
    assert math.isfinite(high)
    assert low < high
    assert plan.x_domain[0] < plan.x_domain[1]
    if zero:
        assert low <= 0 <= high
    drawn = plan.lines[0].values[plan.lines[0].drawable]
    for value in drawn.tolist():
        assert -1e-6 <= y_position(value, plan.y_domain, plan.y_log) <= theme.PLOT_HEIGHT + 1e-6


@pytest.mark.parametrize(
    ("values", "log"), [([1.0] * 9 + [49.0], False), ([1.0] * 9 + [51.0], True), ([0.0] * 9 + [99.0], False)]
)
def test_a_log_axis_is_taken_where_one_value_dwarfs_the_others_and_is_told(values: list[float], log: bool) -> None:
    plan = make_plan([line(values)])
    assert plan.y_log == log
    assert ("logarithmic" in plan.axis_note) == log
    assert not make_plan([line(values)], axis="linear").y_log


@pytest.mark.parametrize("level", [0.0, 0.5, -3.0, 1e99, 5e-324, 1e-310])
def test_a_flat_line_stands_in_the_middle(level: float) -> None:
    plan = make_plan([line([level] * 5)])
    assert y_position(level, plan.y_domain, plan.y_log) == pytest.approx(theme.PLOT_HEIGHT / 2)


def test_one_epoch_stands_in_the_middle() -> None:
    assert make_plan([line([0.5], first=7)]).x_domain == (6, 8)


def test_values_off_the_chart_are_marked_and_do_not_flatten_the_rest() -> None:
    plan = make_plan([line([1.0, 0.5, OFF_CHART, 1e308, -1e308, math.nan])])
    assert plan.lines[0].drawable.tolist() == [True, True, False, False, False, False]
    assert plan.y_domain[1] < 2


def checked(original: Line, limit: int) -> Line:
    thin = thinned(original, limit)
    assert len(thin.epochs) <= limit
    assert (np.diff(thin.epochs) > 0).all()
    values = dict(zip(original.epochs.tolist(), original.values.tolist(), strict=True))
    np.testing.assert_array_equal(thin.values, [values[epoch] for epoch in thin.epochs.tolist()])
    assert (thin.epochs[0], thin.epochs[-1]) == (original.epochs[0], original.epochs[-1])
    drawable = original.values[original.drawable]
    if len(drawable):
        kept = thin.values[thin.drawable]
        assert (kept.min(), kept.max()) == (drawable.min(), drawable.max())
    assert original.drawable.all() == thin.drawable.all()
    return thin


@given(st.lists(st.sampled_from([0.0, 1.0, -1.0, 0.5, 7.0, math.nan, math.inf, 1e200]), min_size=1, max_size=400))
def test_thinning_keeps_first_last_extremes_and_something_of_what_broke(values: list[float]) -> None:
    checked(line(values), 30)


def test_thinning_keeps_a_single_spike_and_a_single_nan_among_twenty_thousand() -> None:
    values = np.linspace(1, 0.1, 20_000)
    values[12_345], values[777], values[778] = 9.0, math.nan, -9.0
    thin = checked(line(values), MAX_POINTS)
    assert {12_346, 778, 779} <= set(thin.epochs.tolist())
    assert len(thin.epochs) > MAX_POINTS / 2
    assert f"{MAX_POINTS} of 20000" in make_plan([line(values)]).note


def test_short_lines_are_left_alone() -> None:
    short = line(np.linspace(1, 0, MAX_POINTS))
    assert thinned(short) is short
    assert make_plan([short]).note == ""


def test_a_table_has_a_row_per_epoch_and_empty_cells_where_nothing_was_logged() -> None:
    table = tabulate(["train", "validation"], [line([1.0, math.nan, 0.25]), line([0.5], first=3)], ENGLISH)
    assert table.headers == ("epoch", "train", "validation")
    assert table.rows == (("1", "1.000", ""), ("2", "NaN", ""), ("3", "0.2500", "0.5000"))
    assert table.note == ""


def test_a_long_table_is_thinned_openly() -> None:
    table = tabulate(["train"], [line(np.linspace(1, 0, 20_000))], ENGLISH)
    assert len(table.rows) == MAX_TABLE_ROWS
    assert (table.rows[0][0], table.rows[-1][0]) == ("1", "20000")
    assert "400 of 20000 epochs" in table.note or "400 of 20,000 epochs" in table.note


def test_a_plan_is_plain_data() -> None:
    assert isinstance(make_plan([line([1.0])]), Plan)


def test_zero_cannot_stand_on_a_log_axis() -> None:
    assert not make_plan([line([1.0] * 9 + [99.0])], zero_rule=True).y_log
