"""The numbers of a page: one row per metric, one precision per row, the best one in bold, and a small drawing."""

import math
import re

import histories
import numpy as np
import pytest

import reportgen
from reportgen.charts.sparkline import HEIGHT, WIDTH, plan_sparkline
from reportgen.history.frame import TrainingHistory


def run(**columns: list[float]) -> TrainingHistory:
    return TrainingHistory.from_columns(range(1, len(next(iter(columns.values()))) + 1), columns)


def rows(history: TrainingHistory) -> dict[str, tuple[str, ...]]:
    return {row.metric: row.cells for row in reportgen.build(history)._page.numbers.rows}


def test_training_and_validation_of_a_metric_share_a_row_with_one_precision() -> None:
    found = rows(
        run(loss=[0.9, 0.5, 0.01], val_loss=[0.9, 0.6, 0.7], accuracy=[0.1, 0.9, 1.0], val_accuracy=[0.1, 0.5, 0.6])
    )
    assert found["loss"] == ("0.0100", "0.6000", "2", "0.7000")
    assert found["accuracy"] == ("1.0000", "0.6000", "3", "= best")


def test_a_run_without_validation_has_columns_for_training_only() -> None:
    page = reportgen.build(run(loss=[0.9, 0.5, 0.6]))._page
    assert page.numbers.headers == ("Metric", "Best", "At epoch", "Last")
    assert page.numbers.rows[0].cells == ("0.5000", "2", "0.6000")


@pytest.mark.parametrize(
    ("last", "shown"),
    [
        (7.87e-5, "0.0001"),
        (7e-6, "7e\u22126"),
        (1e-9, "1e\u22129"),
        (0.0, "0"),
        (math.nan, "NaN"),
        (-0.02, "\u22120.0200"),
    ],
)
def test_a_value_that_its_row_would_round_away_has_its_own_format(last: float, shown: str) -> None:
    assert rows(run(loss=[0.9, 0.5, last], val_loss=[0.9, 0.6, 0.7]))["loss"][0] == shown


def test_key_numbers_have_the_digits_of_the_captions() -> None:
    page = reportgen.build(run(loss=[0.9, 0.5, 0.4], val_loss=[0.9, 0.07, 0.7], val_accuracy=[0.1, 0.75, 0.6]))._page
    shown = {fact.name: fact.value for fact in page.highlights}
    assert (shown["val_loss at best epoch"], shown["val_accuracy at best epoch"]) == ("0.07", "0.75")


def test_only_the_best_value_is_bold_and_numbers_are_aligned_without_a_style_sheet() -> None:
    html = reportgen.build(histories.overfit_from_12()).to_html()
    table = re.search(r'<table class="numbers course" cellpadding="6".*?</table>', html, re.DOTALL)
    assert table is not None
    row = next(line for line in table[0].splitlines() if "<bdi>loss</bdi>" in line)
    assert row.count("<b>") == 1
    assert row.count('<td align="right">') == 4


@pytest.mark.parametrize("n", [2, 60, 61, 5000])
def test_a_sparkline_stays_in_its_box_keeps_peaks_and_is_short(n: int) -> None:
    values = np.linspace(1, 0, n)
    values[n // 2] = 9.0
    drawn = plan_sparkline(range(1, n + 1), values.tolist(), n)
    assert drawn is not None
    steps = np.array(re.findall(r"[Ml](-?\d+) ?(-?\d+)", drawn.path), dtype=int)
    points = np.cumsum(steps, axis=0).tolist()
    assert drawn.path.count("M") == 1
    assert len(points) <= 60
    assert all(0 < x < WIDTH and 0 < y < HEIGHT for x, y in points)
    assert min(y for _, y in points) == 4, "the peak is at the top"
    assert drawn.best is not None


def test_gaps_of_a_sparkline_stay_gaps_and_one_value_makes_none() -> None:
    drawn = plan_sparkline([1, 2, 3, 4, 5], [1.0, 2.0, math.nan, 2.0, 1.0], None)
    assert drawn is not None
    assert drawn.path.count("M") == 2
    assert plan_sparkline([1, 2], [1.0, math.inf], 1) is None
