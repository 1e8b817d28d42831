"""Plots of an evaluation, and the section of the page that has them."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import altair as alt
import histories
import numpy as np
import pytest
from html_check import check_html

import reportgen
from reportgen.charts.evaluation_plots import joined_bins, plot_evaluation
from reportgen.charts.plot import cut_line
from reportgen.charts.plot_drawing import draw_plot
from reportgen.charts.svg import render_plot
from reportgen.history.evaluation import Calibration, Evaluation
from reportgen.languages import ENGLISH
from reportgen.page.build import build_page
from reportgen.page.words import word_report
from reportgen.wording.evaluation import word_mistake

RANDOM = np.random.default_rng(11)


def of_classes(n_rows: int, n_classes: int) -> Evaluation:
    true = np.arange(n_rows) % n_classes
    logits = RANDOM.normal(size=(n_rows, n_classes))
    logits[np.arange(n_rows), true] += 2
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return reportgen.evaluate(true, shares, labels=[f"<{name}> & co" for name in range(n_classes)])


TWO, TEN, MANY = of_classes(80, 2), of_classes(200, 10), of_classes(400, 40)
TARGET = RANDOM.normal(100, 20, 500)
NUMBERS = reportgen.evaluate(TARGET, TARGET + RANDOM.normal(0, 5, 500))
MARKS = RANDOM.random((60, 3)) < 0.4
LABELS = reportgen.evaluate(MARKS.astype(int), np.clip(MARKS * 0.3 + RANDOM.random((60, 3)) * 0.7, 0, 1))
DRAWN = RANDOM.bit_generator.state


@pytest.fixture(autouse=True)
def same_numbers_in_any_order() -> None:
    """Each test draws the same numbers, whichever tests ran before it."""
    RANDOM.bit_generator.state = DRAWN


CHOSEN = reportgen.evaluate(["a", "b", "b"], ["a", "a", "b"])
ALL = {"two": TWO, "ten": TEN, "many": MANY, "numbers": NUMBERS, "labels": LABELS, "chosen": CHOSEN}


def page_of(evaluation: Evaluation) -> str:
    return reportgen.build(histories.healthy(), evaluation=evaluation).to_html()


def section_of(html: str) -> str:
    found = re.search(r'<section aria-labelledby="evaluation">.*?</section>', html, re.DOTALL)
    assert found is not None
    return found[0]


@pytest.mark.parametrize(
    ("name", "plots"),
    [
        ("two", ["roc", "precision_recall", "calibration"]),
        ("many", ["roc", "precision_recall", "calibration"]),
        ("labels", ["roc", "precision_recall"]),
        ("numbers", ["predicted", "residuals", "residual_distribution"]),
        ("chosen", []),
    ],
)
def test_each_task_has_its_plots_with_description_and_data(name: str, plots: list[str]) -> None:
    found = plot_evaluation(ALL[name], ENGLISH)
    assert [plot.name for plot in found] == plots
    assert all(plot.description and plot.table.rows and plot.title for plot in found)


def test_a_plot_is_a_valid_chart_and_a_drawing_of_bounded_size() -> None:
    for plot in plot_evaluation(NUMBERS, ENGLISH) + plot_evaluation(MANY, ENGLISH):
        alt.LayerChart.from_dict(draw_plot(plot).to_dict(validate=False), validate=True)
        svg = render_plot(plot)
        root = ET.fromstring(svg)
        assert root.find("title") is not None
        assert root.find("desc") is not None
        assert len(svg) < 20_000


@pytest.mark.parametrize("name", ALL)
def test_the_page_is_valid_and_the_evaluation_is_read_back(name: str, tmp_path: object) -> None:
    html = page_of(ALL[name])
    check_html(html)
    section = section_of(html)
    assert section.count("<svg") == len(plot_evaluation(ALL[name], ENGLISH))
    assert "<0>" not in section


def test_two_classes_have_counts_shares_and_the_largest_mistake() -> None:
    section = section_of(page_of(CHOSEN))
    matrix = re.search(r'<table class="matrix".*?</table>', section, re.DOTALL)
    assert matrix is not None
    cells = re.findall(r'<td(?: class="([^"]*)")?>(\d+)(?: <small>(\d+%)</small>)?', matrix[0])
    assert cells == [("hit s4", "1", "100%"), ("", "0", ""), ("s3", "1", "50%"), ("hit s3", "1", "50%")]
    assert "Most frequent mistake: 1 of 2 samples of class b were predicted as a." in section


def test_a_mistake_is_not_called_the_most_frequent_if_others_are_as_frequent() -> None:
    tied = reportgen.evaluate(["a", "a", "b", "b", "c"], ["a", "b", "b", "a", "a"])
    said = word_mistake(tied, ENGLISH)
    assert said.startswith("Most frequent mistakes: 1 of ")
    assert said.endswith("and 2 other mistakes are as frequent.")


def test_more_classes_than_fit_have_pairs_and_a_folded_matrix() -> None:
    page = build_page(
        reportgen.build(histories.healthy(), evaluation=MANY).history,
        reportgen.diagnose(histories.healthy()),
        version="1",
    )
    (tested,) = page.evaluations
    assert tested is not None
    assert tested.matrix_folded
    assert len(tested.matrix) == 40
    assert tested.pairs is not None
    assert 0 < len(tested.pairs.rows) <= 20
    counts = [int(row[2]) for row in tested.pairs.rows]
    assert counts == sorted(counts, reverse=True)


def test_validation_values_are_beside_the_test_scores_of_the_same_metric() -> None:
    history = reportgen.load({"loss": [0.9, 0.5], "val_accuracy": [0.5, 0.75], "val_loss": [0.8, 0.6]})
    run = replace(history.run, evaluation=TWO, test_results=(("loss", 0.625), ("accuracy", 0.9)))
    words = word_report(history.with_run(run), reportgen.diagnose(history))
    (tested,) = words.evaluations
    rows = {row[0]: row[3:] for row in tested.scores.rows}
    assert rows["Accuracy"] == ("0.7500", "2")
    assert rows["loss"] == ("0.6000", "2")
    assert rows["Log loss"] == ("", "")
    assert "accuracy" not in rows
    assert words.test_results.startswith("Tested on 80 samples: the accuracy is ")
    assert words.test_results.endswith("Test results after training: loss 0.625.")


@pytest.mark.parametrize(
    ("evaluation", "names"),
    [
        (TWO, ["roc", "precision_recall", "calibration"]),
        (NUMBERS, ["predicted", "test_residuals", "residual_distribution"]),
    ],
)
def test_the_charts_of_a_report_include_the_plots(evaluation: Evaluation, names: list[str]) -> None:
    report = reportgen.build({"loss": [0.9, 0.5], "residuals": [3.0, 2.0]}, evaluation=evaluation)
    charts = report.charts
    assert list(charts)[-3:] == names
    assert len(charts) == len(list(charts))
    for plot, name in zip(plot_evaluation(evaluation, ENGLISH), names, strict=True):
        chart = charts[name].to_dict()  # which checks it against the schema of Vega-Lite
        assert chart["title"]["text"] == plot.title
        written = [row["text"] for rows in chart["datasets"].values() for row in rows if "text" in row]
        assert written == [label.text for label in plot.labels]


@pytest.mark.parametrize(("evaluation", "rows"), [(TWO, 2), (TEN, 20), (NUMBERS, None), (LABELS, None)])
def test_mistakes_are_a_small_matrix_or_the_most_confused_classes(evaluation: Evaluation, rows: int | None) -> None:
    history = reportgen.load({"loss": [0.9, 0.5]})
    history = history.with_run(replace(history.run, evaluation=evaluation))
    (words,) = word_report(history, reportgen.diagnose(history)).evaluations
    found = None if words.mistakes is None else len(words.mistakes.rows)
    assert found == rows


def test_pages_without_an_evaluation_have_nothing_of_it() -> None:
    html = reportgen.build(histories.healthy()).to_html()
    assert not re.search(r"evaluation|\.matrix|\.tested|RG70", html)


def test_curves_along_the_edges_are_enlarged_and_the_note_says_so() -> None:
    true = np.arange(400) % 2
    good = np.clip(true * 0.9 + RANDOM.normal(0.05, 0.12, 400), 0.001, 0.999)
    poor = np.clip(true * 0.2 + RANDOM.random(400) * 0.8, 0.001, 0.999)
    for shares, enlarged in ((good, True), (poor, False)):
        for plot in plot_evaluation(reportgen.evaluate(true, shares), ENGLISH)[:2]:
            assert (plot.x_domain != (0.0, 1.0)) is (plot.y_domain != (0.0, 1.0)) is enlarged
            assert ("The axes show " in plot.note) is enlarged
            assert sum(bool(line.name) for line in plot.lines) == 1
            for line in plot.lines:
                for values, (low, high) in ((line.x, plot.x_domain), (line.y, plot.y_domain)):
                    assert ((values >= low - 1e-9) & (values <= high + 1e-9)).all()


def test_the_pieces_of_a_line_end_where_it_leaves_the_axes() -> None:
    x, y = np.array([0.0, 1.0, 2.0, 3.0, 3.0]), np.array([0.0, 2.0, 0.0, 0.5, 9.0])
    pieces = [piece.T.tolist() for piece in cut_line(x, y, (0.0, 3.0), (0.0, 1.0))]
    assert pieces == [[[0, 0], [0.5, 1]], [[1.5, 1], [2, 0], [3, 0.5], [3, 1]]]
    assert cut_line(x, y, (5.0, 6.0), (0.0, 1.0)) == []


@pytest.mark.parametrize(
    ("rows", "joined"),
    [
        ((1, 12, 3, 4, 5, 30), (13, 12, 30)),
        ((20, 20), (20, 20)),
        ((10, 3), (10, 3)),
        ((2, 3), (2, 3)),
        ((15, 2, 9), (15, 11)),
    ],
)
def test_points_of_few_samples_are_joined_in_a_calibration_plot(rows: tuple[int, ...], joined: tuple[int, ...]) -> None:
    right = np.linspace(0, 1, len(rows))
    found = Calibration(0.1, 0.1, tuple(np.linspace(0.1, 0.9, len(rows)).tolist()), tuple(right.tolist()), rows)
    x, y, counts = joined_bins(found)
    assert tuple(counts.tolist()) == joined
    assert (y * counts).sum() == pytest.approx((right * rows).sum())
    assert (np.diff(x) > 0).all()
