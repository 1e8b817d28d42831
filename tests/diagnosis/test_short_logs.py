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
    "a small turn, seen twice": (
        log(1, loss=[1.7, 1.6, 1.55, 1.5], val_loss=[1.65, 1.6, 1.63, 1.67]),
        "overfitting",
        "use-epoch",
    ),
    "a plateau of a few values": (
        log(1, loss=[2.1, 2.05, 2.0, 1.98], val_loss=[1.5, 1.4, 1.39, 1.4]),
        "unclear",
        "repeat-run",
    ),
    "guessing, without any change": (
        log(50, loss=[14.5] * 7, accuracy=[0.1] * 7, val_loss=[14.5] * 7, val_accuracy=[0.1] * 7),
        "not-learning",
        "balance-classes",
    ),
    "explosions again and again": (
        log(40, loss=[9e3, 5e3, 2e8, 7e3, 4e3, 8e6, 6e3, 3e5, 5e3, 7e3, 4e3]),
        "unstable",
        "lower-learning-rate",
    ),
    "a score that rose eightfold, but no loss that fell": (
        log(1, loss=[4.6, 4.62, 4.65, 4.7, 4.75, 4.8], accuracy=[0.004, 0.008, 0.013, 0.02, 0.028, 0.034]),
        "unclear",
        "repeat-run",
    ),
    "validation alone, which got worse": (log(1, val_loss=[1.1, 1.7]), "not-judged", "use-epoch"),
    "all training rows right": (
        log(1, loss=[0.3, 0.29], accuracy=[0.98, 1.0], val_accuracy=[0.86, 0.87]),
        "large-gap",
        "more-data",
    ),
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


def test_half_a_tenth_of_accuracy_is_a_large_gap_if_the_loss_is_twice_as_high() -> None:
    train, epochs = np.geomspace(0.6, 0.09, 30), np.arange(30)
    validation = 0.24 + 0.2 * np.exp(-epochs / 3) + 0.004 * np.sin(epochs)
    shares = {"accuracy": np.linspace(0.7, 0.97, 30), "val_accuracy": np.linspace(0.8, 0.9, 30)}
    columns = {"loss": list(train), "val_loss": list(validation)} | {name: list(v) for name, v in shares.items()}
    diagnosis = reportgen.diagnose(log(1, **columns))
    assert (diagnosis.verdict, diagnosis.advice[0].code) == ("large-gap", "more-data")
    columns["val_accuracy"] = list(shares["accuracy"] - 0.04)
    assert reportgen.diagnose(log(1, **columns)).verdict != "large-gap"


def test_explosions_that_came_back_are_one_finding_not_curves_that_got_worse() -> None:
    fall = np.geomspace(3, 0.4, 20)
    loss = fall.copy()
    loss[[6, 12]] = 500.0
    diagnosis = reportgen.diagnose(log(1, loss=list(loss), val_loss=list(fall + 0.05)))
    assert diagnosis.verdict == "unstable"
    assert {f.rule for f in diagnosis.findings} & {"RG104", "RG401"} == {"RG104"}
    assert broken_rules(diagnosis) == []


@pytest.mark.parametrize(("end", "is_unstable"), [(1.5, True), (0.3, False)])
def test_a_validation_loss_that_has_not_come_back_from_an_explosion_is_unstable(end: float, is_unstable: bool) -> None:
    fall = np.geomspace(2, 0.05, 36)
    validation = np.concatenate([np.geomspace(2, 0.4, 10), [300, 900, 500, 120], np.geomspace(60, end, 12), [end] * 10])
    diagnosis = reportgen.diagnose(log(1, loss=list(fall), val_loss=list(validation)))
    assert (diagnosis.verdict == "unstable") is is_unstable
    assert ("has not come back" in diagnosis.verdict_words.text) is is_unstable
    assert broken_rules(diagnosis) == []


def test_one_explosion_does_not_make_training_unstable() -> None:
    values = [9e3, 5e3, 2e8, 7e3, 4e3, 3e3, 2.5e3, 2.2e3, 2e3, 1.9e3, 1.8e3]
    assert reportgen.diagnose(log(1, loss=values)).verdict != "unstable"


@pytest.mark.parametrize(("spacing", "judged"), [(1, False), (20, True)])
def test_the_first_batches_do_not_show_that_a_model_does_not_learn(spacing: int, judged: bool) -> None:
    values = [0.46, 0.47, 0.48, 0.48, 0.50, 0.50, 0.54, 0.53, 0.55, 0.52, 0.49]
    history = TrainingHistory.from_columns(range(0, 11 * spacing, spacing), {"loss": values}, axis="step")
    diagnosis = reportgen.diagnose(history)
    assert (diagnosis.verdict == "not-learning") is judged
    assert broken_rules(diagnosis) == []


def test_validation_that_improves_is_some_learning_whatever_the_training_loss_does() -> None:
    validation = [0.223, 0.215, 0.2, 0.18, 0.175, 0.17, 0.165, 0.163, 0.162]
    assert reportgen.diagnose(log(1, loss=[0.041] + [0.044] * 8, val_loss=validation)).verdict != "not-learning"
    assert reportgen.diagnose(log(1, loss=[0.041] + [0.08] * 8, val_loss=validation)).verdict == "not-learning"


def test_validation_that_rests_where_training_does_is_not_called_useless_on_new_data() -> None:
    validation = [0.2631, 0.263] * 10
    assert reportgen.diagnose(log(1, loss=[0.3, *[0.263] * 19], val_loss=validation)).verdict == "finished"
    falling = list(np.geomspace(0.3, 0.05, 20))
    assert reportgen.diagnose(log(1, loss=falling, val_loss=validation)).verdict == "not-generalising"


def test_a_plateau_from_the_first_epoch_on_is_not_called_convergence_at_epoch_1() -> None:
    columns = {"loss": [0.7, *[0.5, 0.51, 0.5, 0.49] * 4], "val_loss": [0.5, *[0.499, 0.5, 0.4985, 0.4995] * 4]}
    diagnosis = reportgen.diagnose(log(1, **columns))
    assert diagnosis.verdict == "finished"
    assert diagnosis.verdict_words.title == "The validation loss hardly improved after the first epoch."
