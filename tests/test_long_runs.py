"""Reports of long runs have a bounded size, say what they leave out, and judge every point."""

import math
import re
from collections.abc import Callable
from pathlib import Path

import histories
import numpy as np
import pandas as pd
import pytest
from html_check import check_html

import reportgen
from reportgen import formatting
from reportgen.charts import chart_all
from reportgen.charts.chart import MAX_TABLE_ROWS
from reportgen.charts.thinning import MAX_POINTS
from reportgen.history.checks import SPLITS
from reportgen.history.facts import MAX_PAGE_VALUES, RunFacts
from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import Note
from reportgen.languages import ENGLISH
from reportgen.metrics import parse_key
from reportgen.page.embedded import embedded_history
from reportgen.page.run_details import find_cut
from reportgen.wording.notes import word_note

MILLION = 1_000_000
CUT = re.compile(r"It contains ([\d,]+) of the run's ([\d,]+) values: the first, last, best and extreme ones, and")


def four_series(n: int) -> TrainingHistory:
    """A noisy run that levels off, with a spike, a dip and a NaN in each curve."""
    random, done = np.random.default_rng(5), np.arange(1, n + 1) / n
    loss = 0.2 + 1.8 * np.exp(-6 * done) + 0.05 * random.standard_normal(n)
    validation = 0.3 + 1.7 * np.exp(-6 * done) + 0.02 * random.standard_normal(n)
    columns = {"loss": loss, "accuracy": 1 - loss / 4, "val_loss": validation, "val_accuracy": 1 - validation / 4}
    for place, values in enumerate(columns.values(), start=1):
        values[place * n // 9], values[place * n // 7] = 9.0, -9.0
    return TrainingHistory.from_columns(np.arange(1, n + 1), columns)


def one_curve(n: int) -> TrainingHistory:
    return TrainingHistory.from_columns(np.arange(1, n + 1), {"loss": np.random.default_rng(7).random(n)})


def sparse_validation(n: int) -> TrainingHistory:
    """Steps 100, 200, ..., with validation at every 70th."""
    steps = np.arange(1, n + 1) * 100
    seldom = steps[69::70]
    columns = ((steps, "train", 1 / np.sqrt(steps)), (seldom, "validation", 1.1 / np.sqrt(seldom)))
    return TrainingHistory(
        pd.concat(
            pd.DataFrame({"epoch": epochs, "metric": "loss", "split": split, "value": values})
            for epochs, split, values in columns
        )
    )


def diverged_half_way(n: int) -> TrainingHistory:
    values = 1 / np.sqrt(np.arange(1, n + 1))
    values[n // 2 :] = math.nan
    return TrainingHistory.from_columns(np.arange(1, n + 1), {"loss": values, "val_loss": values * 1.1})


def scheduled(n: int) -> TrainingHistory:
    done = np.arange(1, n + 1) / n
    columns = {"loss": 1 - 0.9 * done, "val_loss": 1 - 0.8 * done, "learning_rate": 1e-3 * np.cos(done)}
    return TrainingHistory.from_columns(
        np.arange(1, n + 1), {**columns, "constant": np.full(n, 0.5), "seed": np.full(n, 3.0)}
    )


def embedded(history: TrainingHistory) -> TrainingHistory:
    return embedded_history(history, chart_all(history, reportgen.diagnose(history)))


# ---- Size


@pytest.mark.slow
@pytest.mark.parametrize("n", [1_000, 20_000, 50_000, 200_000, MILLION])
def test_a_report_without_its_data_has_a_bounded_size(n: int) -> None:
    report = reportgen.build(four_series(n))
    for look in ({}, {"static": True}, {"interactive": True}):
        html = report.to_html(**look)
        data = re.search(r'id="reportgen-history">(.*?)</(?:script|template)', html, re.DOTALL)
        assert data is not None
        vega = 620_000 if "interactive" in look else 0
        assert len(html) - len(data[1]) < 550_000 + (vega and vega + 350_000)
        if 4 * n > MAX_PAGE_VALUES:
            assert len(html) < 1_000_000 + (vega and vega + 350_000)


@pytest.mark.slow
@pytest.mark.parametrize("make", [one_curve, sparse_validation, diverged_half_way, scheduled])
def test_a_default_report_of_a_million_steps_stays_below_a_megabyte(make: Callable[[int], TrainingHistory]) -> None:
    history = make(MILLION)
    html = reportgen.build(history, baseline=history).to_html()
    assert len(html.encode()) < 1_000_000
    check_html(html)


def test_tables_and_lines_do_not_grow_with_the_run() -> None:
    history = four_series(60_000)
    for chart in chart_all(history, reportgen.diagnose(history), baseline=history):
        assert len(chart.table.rows) <= MAX_TABLE_ROWS
        assert all(len(line.epochs) <= MAX_POINTS for line in chart.plan.lines)
        assert "at most 2,000 of 60,000 points per line" in chart.plan.note
        assert f"{len(chart.table.rows)} of 60,000 epochs" in chart.table.note


# ---- The data in the page


@pytest.mark.parametrize(("n", "whole"), [(MAX_PAGE_VALUES, True), (MAX_PAGE_VALUES + 1, False)])
def test_the_history_is_kept_bit_for_bit_up_to_the_bound_and_cut_with_a_note_beyond_it(
    tmp_path: Path, n: int, whole: bool
) -> None:
    history = one_curve(n)
    report = reportgen.build(history)
    path = report.save(tmp_path / "report.html")
    back = reportgen.load(path)
    assert (back == history) is whole
    said = CUT.search(check_html(path.read_text("utf-8")))
    if whole:
        assert said is None
        assert back.run.notes == ()
    else:
        assert said is not None
        assert (said[1], said[2]) == (f"{len(back.frame):,}", f"{n:,}")
        assert len(back.frame) <= MAX_POINTS + MAX_TABLE_ROWS


@pytest.mark.parametrize("make", [four_series, sparse_validation, diverged_half_way, scheduled])
def test_a_cut_history_keeps_true_values_and_all_important_points(make: Callable[[int], TrainingHistory]) -> None:
    history = make(250_000)
    held = embedded(history)
    assert held.keys == history.keys
    for metric in history.metric_names:
        for split in SPLITS:
            if not history.has(metric, split):
                continue
            whole, part = history.series(metric, split), held.series(metric, split)
            assert held.position(metric, split) == history.position(metric, split)  # charts refer to it
            assert np.array_equal(part.to_numpy(), whole.loc[part.index].to_numpy(), equal_nan=True)
            ends = (whole.index[0], whole.index[-1], whole.idxmin(), whole.idxmax())
            assert set(ends) <= set(part.index)
            broken = np.flatnonzero(~np.isfinite(whole.to_numpy()))
            assert not len(broken) or {whole.index[broken[0]], whole.index[broken[-1]]} <= set(part.index)
    assert reportgen.diagnose(history).best_epoch in held.epochs


def test_all_rows_of_tables_and_points_of_lines_are_in_the_cut_data() -> None:
    history = four_series(100_000)
    charts = chart_all(history, reportgen.diagnose(history))
    held = embedded_history(history, charts)
    for chart in charts:
        shown = {int(row[0]) for row in chart.table.rows}.union(*(line.epochs.tolist() for line in chart.plan.lines))
        assert shown <= set(held.epochs.tolist())
    loss = [set(held.series("loss", split).index) for split in SPLITS]
    assert loss[0] == loss[1]  # otherwise a line would seem to miss values


def test_many_long_curves_are_cut_to_the_bound_together() -> None:
    n, random = 1_000, np.random.default_rng(1)
    columns = {f"{split}m{k}_loss": random.random(n) for k in range(110) for split in ("", "val_")}
    history = TrainingHistory.from_columns(np.arange(1, n + 1), columns)
    held = embedded(history)
    assert MAX_PAGE_VALUES / 2 < len(held.frame) <= MAX_PAGE_VALUES
    assert held.keys == history.keys
    assert set(held.series("m7_loss", "train").index) == set(held.series("m7_loss", "validation").index)


def test_steps_are_cut_too_and_durations_are_left_out() -> None:
    n = 120_000
    facts = RunFacts(
        title="Long",
        durations_s=(0.5,) * n,
        resumed_at=tuple(range(2, n)),
        notes=(Note.of("text", text="Said before."),),
    )
    frame = diverged_half_way(n).frame
    held = embedded(TrainingHistory(frame.assign(step=frame["epoch"] * 100), facts))
    assert np.array_equal(held.steps, held.epochs * 100)
    assert held.run.durations_s == ()
    assert len(held.run.resumed_at) < 2_000
    assert held.run.title == "Long"
    assert held.run.notes[0] == Note.of("text", text="Said before.")


# ---- Reading it back


def test_a_report_of_a_cut_history_says_so_in_every_form(tmp_path: Path) -> None:
    history = four_series(100_000)
    path = reportgen.build(history).save(tmp_path / "first.html")
    again = reportgen.build(path)
    n_kept = len(again.history.frame)
    cut = find_cut(again.history)
    assert cut is not None
    assert (cut.kept, cut.logged) == (f"{n_kept:,}", "400,000")
    sentence = word_note(Note.of("cut", kept=n_kept, all=400_000), ENGLISH)
    for html in (again.to_html(), again.to_html(static=True)):
        words = check_html(html)
        assert sentence in words
        assert CUT.search(words) is not None
    assert sentence in again.summary().replace("\\", "")
    second = again.save(tmp_path / "second.html")
    assert reportgen.load(second) == again.history  # a cut history is not cut again


def test_a_thinned_baseline_report_is_compared_by_its_true_best_value_and_noted_as_thinned(
    tmp_path: Path,
) -> None:
    history = four_series(100_000)
    path = reportgen.build(history).save(tmp_path / "earlier.html")
    by_part, by_whole = (reportgen.build(histories.healthy(), baseline=given) for given in (path, history))
    words = check_html(by_part.to_html())
    assert re.search(r"The baseline was read from a report that contains [\d,]+ of its 400,000 values\.", words)
    assert "The baseline was read" not in check_html(by_whole.to_html())
    assert by_part._page.comparison == by_whole._page.comparison


def test_the_verdict_on_a_long_run_uses_every_point() -> None:
    history = four_series(100_000)
    report = reportgen.build(history)
    assert report.diagnosis.to_dict() == reportgen.diagnose(history).to_dict()
    assert report.history.run.notes == report._page.notes == ()  # only histories that are read back are cut
    for key, *values in report._page.values.rows:
        series = history.series(*parse_key(key))
        best = series.idxmin() if "loss" in key else series.idxmax()
        shown = [formatting.number(series[epoch]) for epoch in (series.index[0], best, series.index[-1])]
        assert values == [*shown[:2], f"{best:,}" if best >= 10_000 else str(best), shown[2]]
