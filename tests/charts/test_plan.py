"""Plans as data: what is thinned, told and tabulated. Labels and axes have tests of their own."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from plans import line

from reportgen.charts.chart import MAX_PRINTED_ROWS, MAX_TABLE_ROWS, tabulate
from reportgen.charts.parts import Line, Span
from reportgen.charts.plan import MAX_POINTS, make_plan, thinned
from reportgen.languages import ENGLISH


def test_spans_end_where_the_axis_ends() -> None:
    spans = [Span(0, 3, "a"), Span(8, 99, "b"), Span(20, 30, "c"), Span(-5, 1, "d")]
    plan = make_plan([line([1] * 10)], spans=spans)
    assert [(span.first, span.last) for span in plan.spans] == [(1, 3), (8, 10)]


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


@given(st.integers(1, 1000))
def test_paper_gets_the_first_the_last_and_evenly_spaced_rows_between(n: int) -> None:
    table = tabulate(["train"], [line(np.linspace(1, 0, n))], ENGLISH)
    printed, every = [table.rows.index(row) + 1 for row in table.printed_rows], table.printed_every
    assert (printed[0], printed[-1]) == (1, len(table.rows))
    assert len(printed) <= MAX_PRINTED_ROWS + 2
    assert all(number % every == 0 for number in printed[1:-1])
    assert every == 1 or len(table.rows) > MAX_PRINTED_ROWS


def test_rows_on_paper_are_those_of_round_epochs() -> None:
    table = tabulate(["train"], [line(np.linspace(1, 0, 150))], ENGLISH)
    assert [row[0] for row in table.printed_rows] == ["1", *map(str, range(10, 151, 10))]
