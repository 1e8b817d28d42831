"""What runs are compared by."""

from dataclasses import replace

import numpy as np
import pytest

from reportgen.comparison.measures import choose_measure, measured, score_limits
from reportgen.errors import DiagnosisError, UnknownMetricError
from reportgen.history.frame import TrainingHistory
from reportgen.metrics.units import mixed_units


def history(test=(), **columns):
    columns = columns or {"loss": [0.9, 0.5, 0.4], "val_loss": [0.9, 0.6, 0.7], "val_accuracy": [0.5, 0.7, 0.6]}
    made = TrainingHistory.from_columns(range(1, 1 + len(next(iter(columns.values())))), columns)
    return made.with_run(replace(made.run, test_results=tuple(test)))


def test_runs_are_compared_by_what_they_are_judged_by():
    chosen = choose_measure([history(), history()])
    assert (chosen.key, chosen.on, chosen.direction, chosen.is_optimistic) == ("val_loss", "validation", "lower", True)
    assert vars(measured(history(), chosen)) == {"value": 0.6, "epoch": 2}


def test_test_scores_are_preferred_if_all_runs_have_them():
    tested = history(test=[("loss", 0.65)])
    chosen = choose_measure([tested, tested])
    assert (chosen.key, chosen.is_optimistic) == ("test_loss", False)
    assert vars(measured(tested, chosen)) == {"value": 0.65, "epoch": None}
    assert choose_measure([tested, history()]).key == "val_loss"


def test_trials_of_a_search_are_compared_by_its_objective():
    def trial(goal, ways=()):
        made = history()
        return made.with_run(replace(made.run, settings=(("objective", goal),), directions=ways))

    assert choose_measure([trial("val_accuracy"), trial("val_accuracy")]).key == "val_accuracy"
    assert choose_measure([trial("loss")]).key == "loss"
    for others in ([trial("val_accuracy"), history()], [trial("val_f1")], [trial("multi_objective")]):
        assert choose_measure(others).key == "val_loss"


@pytest.mark.parametrize(
    ("wanted", "key"),
    [("accuracy", "val_accuracy"), ("val_accuracy", "val_accuracy"), ("loss", "val_loss"), ("test_f1", "test_f1")],
)
def test_the_caller_chooses_a_metric_a_curve_or_a_score(wanted, key):
    assert choose_measure([history(test=[("f1", 0.5)])], wanted).key == key


def test_unknown_metrics_and_directions_are_errors():
    with pytest.raises(
        UnknownMetricError, match=r'No run has a metric "f2"; there are "loss", "val_loss".*Choose one\.'
    ):
        choose_measure([history()], "f2")
    with pytest.raises(UnknownMetricError, match=r'Did you mean "val_accuracy"\?'):
        choose_measure([history()], "val_acuracy")
    with pytest.raises(DiagnosisError, match="--direction zorp=higher"):
        choose_measure([history(zorp=[1, 2, 3])], "zorp")
    with pytest.raises(DiagnosisError, match=r'values of "zorp" are better. Pass --direction zorp=higher'):
        choose_measure([history(zorp=[1, 2, 3])])


def test_a_run_without_a_finite_value_has_none():
    chosen = choose_measure([history()])
    assert measured(history(loss=[1.0, 2.0], val_loss=[float("nan")] * 2), chosen) is None


@pytest.mark.parametrize(
    ("metric", "values", "limits"),
    [
        ("accuracy", [0.9, 1.0], (0.0, 1.0)),
        ("top_5_acc", [91.0, 99.5], (0.0, 100.0)),
        ("f1_macro", [0.0, 0.4], (0.0, 1.0)),
        ("metrics/mAP50(B)", [0.2], (0.0, 1.0)),
        ("accuracy", [-0.1, 0.4], None),
        ("accuracy", [120.0], None),
        ("dice_loss", [0.2], None),
        ("loss", [0.2], None),
        ("r2", [0.9], None),
    ],
)
def test_the_limits_of_shares_are_known(metric, values, limits):
    assert score_limits(metric, np.array(values)) == limits


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("accuracy", True),
        ("top5_acc", True),
        ("mAP50-95(B)", True),
        ("bbox_mAP", True),
        ("recall@5", True),
        ("loss", False),
        ("dice_loss", False),  # may well be above 1
        ("mae", False),
    ],
)
def test_scores_are_not_mixed_if_some_are_in_percent(metric, expected):
    assert (mixed_units(metric, {"a": 64.0, "b": 0.7, "c": np.nan}) == ("a", "b")) is expected
    assert mixed_units(metric, {"a": 0.15, "b": 0.7}) is None
