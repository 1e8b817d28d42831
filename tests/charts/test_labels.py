"""Labels do not overlap each other or a curve."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plans import box, line, overlap

from reportgen.charts import labels, layout, theme
from reportgen.charts.axes import x_position, y_position
from reportgen.charts.plan import Band, Line, Mark, Plan
from reportgen.charts.planning import make_plan

WORDS = st.text("abcdefghijklmnopqrstuvwxyzMW 0123456789_損失", min_size=1, max_size=24)
MARKS = st.lists(st.builds(Mark, st.integers(1, 100), WORDS, st.just(theme.BEST)), max_size=9)
LEVELS = st.one_of(st.floats(0, 1), st.floats(allow_nan=True, allow_infinity=True))
LINES = st.lists(st.tuples(st.integers(1, 30), LEVELS, LEVELS, WORDS, st.booleans()), min_size=1, max_size=4)


@given(MARKS, st.sampled_from([2, 3, 10, 100]))
def test_labels_of_marks_never_overlap_and_are_above_the_plot(marks: list[Mark], n: int) -> None:
    plan = make_plan([line(np.linspace(1, 0, n))], marks)
    assert len(plan.mark_labels) == len(plan.marks)
    for one, other in itertools.combinations(map(box, plan.mark_labels), 2):
        assert not overlap(one, other)
    for label in plan.mark_labels:
        left, right, top, bottom = box(label)
        assert -plan.top <= top
        assert bottom < 0
        assert left >= -plan.left
        assert right <= plan.plot_width + plan.right


@pytest.mark.parametrize("epoch", range(1, 61))
def test_the_label_of_a_mark_is_beside_its_rule(epoch: int) -> None:
    (label,) = make_plan([line(np.linspace(1, 0, 60))], [Mark(epoch, f"best epoch {epoch}", theme.BEST)]).mark_labels
    assert label.rule_x is not None
    side = 1 if label.align == "left" else -1
    assert label.x - label.rule_x == pytest.approx(side * layout.RULE_GAP, abs=0.11)


@given(MARKS)
def test_a_rule_reaches_its_label_only_if_no_other_label_is_in_the_way(marks: list[Mark]) -> None:
    plan = make_plan([line(np.linspace(1, 0, 100))], marks)
    for label in plan.mark_labels:
        assert label.rule_x is not None
        crossed = [
            other for other in plan.mark_labels if other.y > label.y and box(other)[0] <= label.rule_x <= box(other)[1]
        ]
        assert not (label.joined and crossed)


@given(MARKS)
def test_the_least_important_marks_that_do_not_fit_are_left_out(marks: list[Mark]) -> None:
    plan = make_plan([line(np.linspace(1, 0, 100))], marks)
    wanted = list(dict.fromkeys(marks))
    kept = [mark for mark in wanted if mark in plan.marks]
    assert kept == wanted[: len(kept)]
    assert len(kept) >= min(len(wanted), layout.MAX_ROWS)
    assert len({label.y for label in plan.mark_labels}) <= layout.MAX_ROWS


def test_equal_marks_count_once_and_marks_outside_the_axis_are_left_out() -> None:
    marks = [Mark(epoch, "here", theme.BEST) for epoch in (5, 5, 1, 10, 0, 11, 10**9)]
    plan = make_plan([line([1] * 10)], marks)
    assert [mark.epoch for mark in plan.marks] == [10, 5, 1]


@given(LINES, MARKS)
def test_names_at_the_ends_of_lines_overlap_nothing_and_stay_inside(
    ends: list[tuple[int, float, float, str, bool]], marks: list[Mark]
) -> None:
    lines = [line([start] * n + [end], f"{name}{i}", faint=i > 0 and faint)
             for i, (n, start, end, name, faint) in enumerate(ends)]  # fmt: skip
    plan = make_plan(lines, marks)
    boxes = [box(label) for label in (*plan.mark_labels, *plan.end_labels)]
    assert not any(overlap(one, other) for one, other in itertools.combinations(boxes, 2))
    assert {label.text for label in plan.end_labels} >= {line.label for line in lines if not line.faint}
    for label in plan.end_labels:
        assert 0 <= label.y <= layout.PLOT_HEIGHT
        assert box(label)[1] <= plan.plot_width + plan.right + 0.1
        inside = label.x < plan.plot_width
        assert inside == (box(label)[1] <= plan.plot_width)
        for curve in lines if inside else ():
            assert not crosses(plan, curve.epochs[curve.drawable], curve.values[curve.drawable], box(label))
        for mark in plan.marks if inside else ():
            assert not box(label)[0] < x_position(mark.epoch, plan.x_domain, plan.plot_width) < box(label)[1]


PAIRS = st.tuples(
    st.integers(2, 60), st.floats(0.2, 1), st.sampled_from(["same end", "apart", "crossing"]), st.integers(0, 10**6)
)


@given(PAIRS, st.none() | st.integers(1, 60), st.booleans())
def test_a_name_is_nearer_to_its_own_line_than_to_the_other(
    pair: tuple[int, float, str, int], mark: int | None, is_forecast: bool
) -> None:
    """Measured between boxes and curves; right of the plot, from the middle of a name to the ends of lines."""
    n, share, kind, seed = pair
    random = np.random.default_rng(seed)
    values = [
        random.uniform(0, 0.3) + random.uniform(0.3, 1) * np.exp(-np.arange(n) * random.uniform(1, 8) / n)
        + random.choice([0, 0.02]) * random.standard_normal(n)
        for _ in range(2)
    ]  # fmt: skip
    if kind != "apart":
        values[1] += values[0][-1] - values[1][-1] + 0.02 * random.standard_normal()
    if kind == "crossing":
        values[1] = values[1][::-1] + values[0][-1]
    lines = [line(values[0][: max(2, round(share * n))]), line(values[1], "validation")]
    band = None
    if is_forecast:
        ahead, last = np.linspace(n, 1.5 * n + 1, 9), float(values[1][-1])
        wide = np.linspace(0, 0.04, 9)
        band = Band("validation", theme.VALIDATION, ahead, last - wide, np.full(9, last), last + wide, "forecast")
    marks = [] if mark is None else [Mark(mark, f"best epoch {mark}", theme.BEST)]
    plan = make_plan(lines, marks, band=band)
    assert len(plan.end_labels) == 2
    for label in plan.end_labels:
        own, other = lines if label.text == "train" else lines[::-1]
        if box(label)[0] < plan.plot_width:
            assert distance(plan, own, box(label)) < distance(plan, other, box(label))
            continue
        ends = [place(plan, float(curve.values[-1])) for curve in (own, other)]
        if band is not None and label.text == band.label:
            continue  # at the end of the forecast
        if len(lines[0].epochs) == n and not is_forecast:
            (beyond,) = (name for name in plan.end_labels if name is not label)
            is_nearer = abs(label.y - ends[0]) <= abs(label.y - ends[1]) + 0.1
            assert is_nearer or (label.y < beyond.y) is (ends[0] < ends[1])  # in the order of the ends, at the edge


def place(plan: Plan, value: float) -> float:
    """The height of a value in the plot."""
    return y_position(min(max(value, plan.y_domain[0]), plan.y_domain[1]), plan.y_domain, plan.y_log)


def distance(plan: Plan, curve: Line, box_: tuple[float, float, float, float]) -> float:
    """The distance of a box from a curve, checked at many of its points."""
    x = [x_position(float(epoch), plan.x_domain, plan.plot_width) for epoch in curve.epochs]
    across = np.linspace(x[0], x[-1], 2000)
    up = np.interp(across, x, [place(plan, value) for value in curve.strong.tolist()])
    beside = np.maximum(np.maximum(box_[0] - across, across - box_[1]), 0)
    return float(np.hypot(beside, np.maximum(np.maximum(box_[2] - up, up - box_[3]), 0)).min())


@given(LINES, MARKS, st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)), st.integers(2, 15))
def test_the_name_of_a_forecast_overlaps_nothing(
    ends: list[tuple[int, float, float, str, bool]],
    marks: list[Mark],
    levels: tuple[float, float, float],
    ahead: int,
) -> None:
    lines = [line([start] * n + [end], f"{name}{i}") for i, (n, start, end, name, _) in enumerate(ends)]
    epochs = np.arange(lines[0].epochs[-1], lines[0].epochs[-1] + ahead).astype(float)
    low, mid, high = (np.linspace(0.5, level, ahead) for level in sorted(levels))
    plan = make_plan(lines, marks, band=Band(lines[0].label, theme.TRAIN, epochs, low, mid, high, "forecast"))
    boxes = [box(label) for label in (*plan.mark_labels, *plan.end_labels)]
    assert not any(overlap(one, other) for one, other in itertools.combinations(boxes, 2))
    if plan.band_label is not None:
        place = box(plan.band_label)
        assert not any(overlap(place, other) for other in boxes)
        for edge in (low, mid, high):
            assert not crosses(plan, epochs, edge, place)
        for curve in lines:
            assert not crosses(plan, curve.epochs[curve.drawable], curve.values[curve.drawable], place)


def crosses(plan: Plan, epochs: np.ndarray, values: np.ndarray, place: tuple[float, float, float, float]) -> bool:
    """Whether a curve crosses a box, checked at many of its points."""
    x = [x_position(float(epoch), plan.x_domain, plan.plot_width) for epoch in epochs]
    y = [
        y_position(min(max(v, plan.y_domain[0]), plan.y_domain[1]), plan.y_domain, plan.y_log) for v in values.tolist()
    ]
    inside = np.linspace(place[0] + 0.1, place[1] - 0.1, 200)
    inside = inside[(inside >= x[0]) & (inside <= x[-1])] if x else inside[:0]
    heights = np.interp(inside, x, y) if len(inside) else inside
    return bool(((heights > place[2]) & (heights < place[3])).any())


def forecast(low: float, high: float) -> Band:
    epochs, lower, upper = np.array([20.0, 30.0]), np.array([0.5, low]), np.array([0.5, high])
    return Band("validation", theme.VALIDATION, epochs, lower, (lower + upper) / 2, upper, "forecast")


def test_a_line_below_a_forecast_is_labelled_at_its_own_end_if_there_is_space() -> None:
    lines = [line(np.linspace(1.0, 0.1, 20)), line(np.linspace(1.0, 0.5, 20), "validation")]
    plan = make_plan(lines, band=forecast(0.4, 0.5))
    train, validation = sorted(plan.end_labels, key=lambda label: label.text)
    assert train.x == pytest.approx(x_position(20, plan.x_domain, plan.plot_width) + 6, abs=0.1)
    assert train.y == pytest.approx(y_position(0.1, plan.y_domain, plan.y_log), abs=10)
    assert validation.align == "right"
    assert validation.x < x_position(20, plan.x_domain, plan.plot_width)
    assert plan.band_label is not None
    assert x_position(20, plan.x_domain, plan.plot_width) < plan.band_label.x < plan.plot_width


def test_the_forecast_never_separates_a_name_from_its_line() -> None:
    lines = [line(np.linspace(1.0, 0.49, 20)), line(np.linspace(1.0, 0.5, 20), "validation")]
    plan = make_plan(lines, band=forecast(0.45, 0.5))
    train, validation = sorted(plan.end_labels, key=lambda label: label.text)
    edge = y_position(0.45, plan.y_domain, plan.y_log)
    assert (
        box(train)[1] > plan.plot_width
        or box(train)[2] > edge
        or box(train)[1] < x_position(20, plan.x_domain, plan.plot_width)
    )
    if box(validation)[0] < plan.plot_width:  # otherwise it is where the forecast ends
        assert box(validation)[3] < y_position(0.5, plan.y_domain, plan.y_log) or box(validation)[2] > edge


def test_a_baseline_that_is_completely_outside_the_axis_is_not_labelled() -> None:
    far = [line([0.5] * 9), line([900.0] * 9, "baseline", faint=True)]
    plan = make_plan(far)
    assert [label.text for label in plan.end_labels] == ["train"]
    assert "Some values of the baseline are outside the chart." in plan.axis_note
    near = make_plan([line([0.5] * 9), line([0.6] * 9, "baseline", faint=True)])
    assert {label.text for label in near.end_labels} == {"baseline", "train"}
    assert near.axis_note == ""


def test_a_line_without_values_to_draw_is_still_labelled() -> None:
    assert [label.text for label in make_plan([line([math.nan] * 5)]).end_labels] == ["train"]


def test_boxes_touch_curves_side_by_side_as_they_touch_each() -> None:
    draw, touched = np.random.default_rng(4), 0
    for _ in range(300):
        shared = np.sort(draw.uniform(0, 100, 8))
        rows = [(shared, 1), (shared, 2), (shared / 2, 1)]  # a band has an upper and a lower edge
        curves = [np.array([x, *np.sort(draw.uniform(0, 100, (edges, 8)), axis=0)]) for x, edges in rows]
        left, top = draw.uniform(0, 100, 2)
        word = labels._Box(left, left + 15, top, top + 10)
        each = [word.overlaps(part) for curve in curves for part in labels._extent(curve, word.left, word.right)]
        together = labels._side_by_side(curves)
        assert len(together) == 2
        assert any(outlines.overlap(word) for outlines in together) == any(each)
        touched += any(each)
    assert 30 < touched < 270
