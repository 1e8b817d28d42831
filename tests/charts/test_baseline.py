"""The baseline is drawn behind the run: both curves in the same grey, dashed like the run's, with a single label."""

import histories
import numpy as np
import pytest

import reportgen
from reportgen.charts import chart_all, theme
from reportgen.charts.chart import Chart
from reportgen.history.frame import TrainingHistory


def charts(history: TrainingHistory, baseline: TrainingHistory) -> tuple[Chart, ...]:
    return chart_all(history, reportgen.diagnose(history), baseline)


def test_both_curves_of_the_baseline_are_drawn_behind_those_of_the_run() -> None:
    loss, *others = charts(histories.overfit_from_12(), histories.healthy(60))
    train, validation = loss.plan.lines[2:]
    assert [(line.colour, line.dash, line.faint) for line in (train, validation)] == [
        (theme.BASELINE, theme.TRAIN_DASH, True),
        (theme.BASELINE, theme.SOLID, True),
    ]
    assert [label.text for label in loss.plan.end_labels].count("baseline") == 1
    assert loss.plan.note == "Thin lines: the baseline, dashed for training."
    assert loss.table.headers == ("epoch", "train", "validation", "baseline train", "baseline validation")
    assert "baseline validation: from " in loss.description
    assert all(not any(line.faint for line in chart.plan.lines) for chart in others)


def test_a_baseline_without_validation_is_labelled_at_its_only_curve() -> None:
    loss = charts(histories.healthy(), histories.no_validation())[0]
    assert [line.label for line in loss.plan.lines] == ["train", "validation", "baseline"]
    assert "baseline" not in loss.plan.note


def test_a_noisy_baseline_is_smoothed_and_the_note_says_so() -> None:
    noise = np.random.default_rng(2).normal(0, 0.05, 60)
    fall = np.linspace(1, 0.4, 60)
    noisy = TrainingHistory.from_columns(range(1, 61), {"loss": fall, "val_loss": fall + noise})
    plan = charts(histories.healthy(60), noisy)[0].plan
    assert plan.lines[3].smooth is not None
    assert plan.note.startswith("Thin lines: the baseline, smoothed, dashed for training.")


@pytest.mark.parametrize(("n", "last"), [(19, 19), (20, 20), (21, 20), (100, 20)])
def test_a_long_baseline_leaves_the_run_half_of_the_width(n: int, last: int) -> None:
    plan = charts(histories.diverged_at_7(10), histories.healthy(n))[0].plan
    assert plan.x_domain == (1, last)
    assert (f"The baseline ran until epoch {n}." in plan.note) == (n > last)


def test_a_run_of_one_epoch_can_be_compared() -> None:
    plan = charts(histories.one_epoch(), histories.healthy())[0].plan
    assert plan.x_domain == (1, 2)


def test_a_resumed_run_that_starts_after_the_end_of_the_baseline_can_be_compared() -> None:
    plan = charts(histories.resumed(), histories.one_epoch())[0].plan
    assert plan.x_domain == (1, 60)


def test_the_chart_of_a_metric_that_the_baseline_lacks_does_not_mention_the_baseline() -> None:
    accuracy = charts(histories.healthy(), histories.overfit_from_12())[1]
    assert accuracy.title == "accuracy"
    assert "baseline" not in accuracy.plan.note + " ".join(accuracy.table.headers)
