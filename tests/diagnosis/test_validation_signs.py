"""Validation losses that swing or stay at that of guessing, and training losses of a log that begins late."""

import numpy as np
import pytest

import reportgen
from reportgen.history.frame import TrainingHistory


def run_of(first: int = 1, **columns: list[float]) -> TrainingHistory:
    """A run whose epochs begin at a number."""
    count = len(next(iter(columns.values())))
    return TrainingHistory.from_columns(np.arange(first, first + count), {k: np.array(v) for k, v in columns.items()})


FALL = [2.3, 1.6, 1.1, 0.9, 0.6, 0.5, 0.4, 0.3, 0.2, 0.3]


@pytest.mark.parametrize(
    ("validation", "swings"),
    [
        ([3.2, 0.9, 1.4, 1.9, 0.5, 2.3, 0.2, 1.5, 0.1, 2.8], True),
        ([3.2, 1.5, 1.4, 1.9, 1.0, 2.3, 1.2, 1.5, 1.1, 2.8], False),  # never to a third
        ([3.2, 2.9, 2.4, 2.2, 2.0, 0.5, 0.5, 0.5, 0.1, 0.4], False),  # up once
    ],
)
def test_a_validation_loss_that_swings_widely_is_the_headline(validation: list[float], swings: bool) -> None:
    found = reportgen.diagnose(run_of(loss=FALL, val_loss=validation))
    assert found.signs.swings == swings
    assert (found.verdict == "unstable" and "swings widely" in found.verdict_words.title) == swings


@pytest.mark.parametrize(
    ("accuracy", "verdict"), [(0.22, "not-generalising"), (0.17, "not-generalising"), (0.30, "finished")]
)
def test_validation_at_chance_may_have_few_rows(accuracy: float, verdict: str) -> None:
    levels = [1.80, 1.81, 1.82, 1.80, 1.80, 1.79, 1.81, 1.80, 1.79, 1.80]
    found = reportgen.diagnose(
        run_of(
            loss=[2.3, 2.0, 1.95, 1.9, 1.88, 1.82, 1.80, 1.79, 1.72, 1.69],
            val_loss=levels,
            accuracy=list(np.linspace(0.14, 0.29, 10)),
            val_accuracy=[accuracy] * 10,
        )
    )
    assert (found.verdict == "not-generalising") == (verdict == "not-generalising")


def test_a_part_of_a_log_is_not_compared_with_a_single_first_value() -> None:
    noisy = [0.6, 5.0, 3.6, 9.8, 0.4, 5.0, 7.4, 4.9]
    assert reportgen.diagnose(run_of(493, loss=noisy)).verdict != "diverged"
    assert reportgen.diagnose(run_of(1, loss=noisy)).verdict == "diverged"
    assert reportgen.diagnose(run_of(493, loss=[0.6, 0.7, 0.6, 0.7, 4.0, 5.0, 7.4, 9.9])).verdict == "diverged"


def test_a_few_values_of_a_late_part_do_not_show_a_divergence() -> None:
    late = run_of(13, loss=[24.1, 16.2, 15.4, 11.3], box_loss=[1.8, 4.3, 6.1, 4.5], cls_loss=[22.3, 11.9, 9.3, 6.8])
    early = run_of(1, loss=[24.1, 16.2, 15.4, 11.3], box_loss=[1.8, 4.3, 6.1, 4.5], cls_loss=[22.3, 11.9, 9.3, 6.8])
    assert "diverged" not in str(reportgen.diagnose(late))
    assert "box diverged" in str(reportgen.diagnose(early))


@pytest.mark.parametrize(("train", "verdict"), [(0.2, "finished"), (0.0003, "large-gap")])
def test_a_log_loss_far_above_that_of_training_is_a_large_gap(train: float, verdict: str) -> None:
    run = run_of(
        500, logloss=[train * (1 - 0.005 * i) for i in range(14)], val_logloss=[1.137 + 0.0005 * i for i in range(14)]
    )
    assert reportgen.diagnose(run).verdict == verdict


def test_validation_has_learned_if_another_metric_improved_much() -> None:
    train = [212.0, 89.0, 61.0, 46.0, 37.0, 30.0, 25.0, 20.0, 16.0]
    held = [10288.0, 10229.0, 10225.0, 10214.0, 10212.0, 10204.0, 10199.0, 10198.0, 10194.0]
    assert reportgen.diagnose(run_of(loss=train, val_loss=held)).verdict == "not-generalising"
    falls = [96.0, 58.0, 50.0, 42.0, 40.0, 37.0, 34.0, 34.0, 32.0]
    assert reportgen.diagnose(run_of(loss=train, val_loss=held, val_wer=falls)).verdict != "not-generalising"


def test_a_single_evaluation_does_not_show_that_nothing_changes() -> None:
    run = TrainingHistory.from_columns(
        np.arange(1, 5),
        {"loss": np.array([0.0574, 0.0527, 0.0571, 0.0580]), "val_mAP50-95": np.array([np.nan, np.nan, np.nan, 0.574])},
    )
    assert reportgen.diagnose(run).verdict != "frozen"
