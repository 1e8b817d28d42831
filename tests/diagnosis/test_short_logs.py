"""What one to ten values show, and parts of a run: the verdict and the first advice that a practitioner would give."""

import numpy as np
import pytest
from consistency import broken_rules

import reportgen
from reportgen.history.frame import TrainingHistory

NAN = float("nan")


def log(first: int, **columns: list[float]) -> TrainingHistory:
    count = len(next(iter(columns.values())))
    return TrainingHistory.from_columns(np.arange(first, first + count), columns)


AUC = {"loss": [0.81, 0.70, 0.6961, 0.6950, 0.6941, 0.6939], "auc": [0.5002, 0.5005, 0.5, 0.4998, 0.5001, 0.5]}
CASES: dict[str, tuple[TrainingHistory, str, str]] = {
    "a turn in two values": (log(1, loss=[0.6, 0.3], val_loss=[0.5, 0.6]), "overfitting", "use-epoch"),
    "training got worse too": (
        log(1, loss=[0.3, 0.35], val_loss=[0.5, 0.6]),
        "not-judged",
        "lower-learning-rate",
    ),
    "no turn: within a few percent": (log(1, loss=[0.6, 0.3], val_loss=[0.5, 0.51]), "not-judged", "repeat-run"),
    "a steady slow improvement": (log(1, loss=[1.4, 1.39], val_loss=[1.10, 1.08]), "still-improving", "train-on"),
    "hardly an improvement": (log(1, loss=[1.4, 1.39], val_loss=[1.10, 1.095]), "not-judged", "repeat-run"),
    "a training loss that rose": (log(1, loss=[18.0, 20.5]), "not-judged", "lower-learning-rate"),
    "a gap in one row": (
        log(10, loss=[0.05], accuracy=[0.99], val_loss=[2.0], val_accuracy=[0.56]),
        "large-gap",
        "more-data",
    ),
    "no gap in one row": (
        log(10, loss=[0.2], accuracy=[0.92], val_loss=[0.25], val_accuracy=[0.90]),
        "not-judged",
        "repeat-run",
    ),
    "chance in a late row": (log(700, loss=[6.9075], val_accuracy=[0.001]), "not-learning", "check-data"),
    "chance in the first epoch": (log(1, loss=[2.3026], accuracy=[0.1]), "not-judged", "repeat-run"),
    "chance by the AUC": (
        log(1, **AUC, accuracy=[0.004, 0.002, 0.003, 0.001, 0.002, 0.003]),
        "not-learning",
        "check-data",
    ),
    "one class by the accuracy": (
        log(170, accuracy=[0.5002, 0.5001] * 4, val_accuracy=[0.5] * 8),
        "not-learning",
        "balance-classes",
    ),
    "a constant good accuracy": (
        log(170, accuracy=[0.912] * 8, val_accuracy=[0.912] * 8),
        "finished",
        "use-it",
    ),
    "broken after long training": (log(23, loss=[0.64, NAN], val_loss=[0.66, NAN]), "diverged", "clip-gradients"),
    "broken early": (log(1, loss=[0.64, NAN], val_loss=[0.66, NAN]), "diverged", "lower-learning-rate"),
    "a loss that rises throughout": (log(1, loss=[1.0, 1.2, 1.5, 1.6, 1.8]), "not-learning", "lower-learning-rate"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_short_log_gets_the_verdict_that_it_can_show(name: str) -> None:
    history, verdict, first = CASES[name]
    diagnosis = reportgen.diagnose(history)
    assert (diagnosis.verdict, diagnosis.advice[0].code) == (verdict, first)
    assert broken_rules(diagnosis) == []


@pytest.mark.parametrize(("count", "diverged"), [(5, False), (9, False), (10, True)])
def test_running_means_of_a_few_batches_do_not_count_as_divergence(count: int, diverged: bool) -> None:
    values = [0.0176, *np.linspace(0.05, 0.067, count - 1)]
    history = TrainingHistory.from_columns(range(6990, 6990 + 10 * count, 10), {"loss": values}, axis="step")
    assert (reportgen.diagnose(history).verdict == "diverged") is diverged


def test_a_score_that_still_improves_is_not_a_large_gap() -> None:
    rates = [36.0, 35.0, 33.8, 33.0, 32.7, 32.2, 31.5, 31.2]
    columns = {"loss": [0.96, 0.68, 0.6, 0.56, 0.53, 0.51, 0.49, 0.48], "val_loss": [1.3, 1.2, 1.19, 1.15] + [1.17] * 4}
    assert reportgen.diagnose(log(1, **columns)).verdict == "large-gap"
    assert reportgen.diagnose(log(1, **columns, val_wer=rates)).verdict != "large-gap"
