"""Plans as data: thinning, notes and tables. Labels and axes are tested elsewhere."""

import math

import numpy as np
from plans import line

from reportgen.charts.chart import MAX_TABLE_ROWS, tabulate
from reportgen.charts.plan import Line, Mark, Span
from reportgen.charts.planning import make_plan
from reportgen.charts.thinning import MAX_POINTS
from reportgen.languages import ENGLISH


def test_spans_end_where_the_axis_ends() -> None:
    spans = [Span(0, 3, "a"), Span(8, 99, "b"), Span(20, 30, "c"), Span(-5, 1, "d")]
    plan = make_plan([line([1] * 10)], spans=spans)
    assert [(span.first, span.last) for span in plan.spans] == [(1, 3), (8, 10)]


def test_the_note_of_a_long_run_says_how_many_points_are_drawn() -> None:
    assert "at most 2,000 of 20,000 points per line" in make_plan([line(np.linspace(1, 0, 20_000))]).note
    assert make_plan([line(np.linspace(1, 0, MAX_POINTS))]).note == ""


def test_marked_epochs_are_drawn() -> None:
    marks = [Mark(12_345, "best", "#000"), Mark(777, "LR", "#000", also=(4_321,))]
    drawn = make_plan([line(np.linspace(1, 0, 20_000))], marks).lines[0]
    assert {12_345, 777, 4_321} <= set(drawn.epochs.tolist())


def test_a_table_has_a_row_per_epoch_and_empty_cells_for_absent_values() -> None:
    table = tabulate(["train", "validation"], [line([1.0, math.nan, 0.25]), line([0.5], first=3)], ENGLISH)
    assert table.headers == ("epoch", "train", "validation")
    assert table.rows == (("1", "1.000", ""), ("2", "NaN", ""), ("3", "0.2500", "0.5000"))
    assert table.note == ""


def test_a_long_table_is_thinned_keeps_important_epochs_and_says_so() -> None:
    values = np.linspace(1, 0.5, 20_000)
    values[[777, 5_003, 9_001, 9_002]] = 9.0, 0.1, math.nan, math.inf
    table = tabulate(["train"], [line(values)], ENGLISH, [12_345.0])
    rows = dict(table.rows)
    assert MAX_TABLE_ROWS - 40 < len(rows) <= MAX_TABLE_ROWS
    assert (table.rows[0][0], table.rows[-1][0]) == ("1", "20000")
    assert (rows["778"], rows["5004"], rows["9002"], rows["9003"]) == ("9.000", "0.1000", "NaN", "∞")
    assert "12345" in rows
    assert table.note.startswith(f"{len(rows)} of 20,000 epochs: evenly spaced, plus ")


def test_a_long_table_includes_values_of_curves_that_were_logged_rarely() -> None:
    often, seldom = (
        line(np.linspace(1, 0, 20_000)),
        Line("validation", "#000", (), np.arange(7, 20_000, 700), np.ones(29)),
    )
    table = tabulate(["train", "validation"], [often, seldom], ENGLISH)
    shown_rows = {row[0]: row[2] for row in table.rows if row[2]}
    assert {"7", str(7 + 28 * 700)} <= set(shown_rows)
    assert set(shown_rows) <= set(map(str, seldom.epochs.tolist()))
    assert all(row[1] for row in table.rows)


def test_a_table_names_the_rows_of_marked_epochs() -> None:
    table = tabulate(["train"], [line(np.linspace(1, 0, 150))], ENGLISH, [7.0, 93.0])
    assert [table.rows[at][0] for at in table.important] == ["7", "93"]
