"""Findings about the shapes of curves and the learning rate, each with a run that has it and one that just does not."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import strategies
from hypothesis import given
from shaped_runs import (
    SHOWING,
    bouncing,
    dropped,
    flat,
    history,
    jumping,
    perfect,
    resting,
    slow,
    spiky,
    surer,
    validation_below,
    worsening,
)

import reportgen
from reportgen.diagnosis import judge
from reportgen.diagnosis.findings import Finding
from reportgen.diagnosis.shape import one_class_loss
from reportgen.diagnosis.thresholds import DEFAULTS
from reportgen.history.frame import TrainingHistory

T = DEFAULTS


def found(of: TrainingHistory, code: str) -> list[Finding]:
    return [finding for finding in judge(of).findings if finding.code == code]


PAIRS: list[tuple[str, Callable[..., TrainingHistory], dict[str, Any], dict[str, Any]]] = [
    ("unstable", worsening, {"rise": T.unstable_rise_ratio * 1.5}, {"rise": T.unstable_rise_ratio * 0.9}),
    ("noisy-validation", jumping, {"noise": T.noisy_ratio * 1.3}, {"noise": T.noisy_ratio * 0.6}),
    ("noisy-validation", jumping, {"times": T.noisy_times * 1.3}, {"times": T.noisy_times * 0.7}),
    ("noisy-validation", jumping, {"n": T.noisy_epochs}, {"n": T.noisy_epochs - 1}),
    ("spikes", spiky, {"height": T.spike_ratio * 1.05}, {"height": T.spike_ratio * 0.95}),
    ("spikes", spiky, {"length": T.spike_reach}, {"length": T.spike_reach + 1}),
    ("spikes", spiky, {"times": 4}, {"times": 5}),
    ("flat-accuracy", flat, {"share": T.flat_share + 0.01}, {"share": T.flat_share - 0.01}),
    ("flat-accuracy", flat, {"wobble": T.flat_wobble * 0.9}, {"wobble": T.flat_wobble * 1.1}),
    ("flat-accuracy", flat, {"low": one_class_loss(0.65)}, {"low": one_class_loss(0.65) * T.flat_loss * 0.95}),
    ("flat-accuracy", flat, {"value": T.perfect_accuracy - 0.001}, {"value": T.perfect_accuracy}),
    ("leakage-suspect", perfect, {"value": T.perfect_accuracy}, {"value": T.perfect_accuracy - 0.0001}),
    ("leakage-suspect", perfect, {"share": T.perfect_share + 0.01}, {"share": T.perfect_share - 0.03}),
    ("leakage-suspect", perfect, {"n": T.perfect_epochs}, {"n": T.perfect_epochs - 1}),
    ("underfitting", resting, {"fall": T.underfit_fall * 0.9}, {"fall": T.underfit_fall * 1.1}),
    ("underfitting", resting, {"accuracy": T.underfit_accuracy}, {"accuracy": T.underfit_accuracy + 0.01}),
    ("underfitting", resting, {"gap": T.underfit_gap * 0.9}, {"gap": T.underfit_gap * 1.1}),
    ("validation-better", validation_below, {"by": T.better_ratio + 0.001}, {"by": T.better_ratio - 0.001}),
    ("validation-better", validation_below, {"share": T.better_share}, {"share": T.better_share - 0.04}),
    ("over-confidence", surer, {"rise": T.confidence_rise * 1.3}, {"rise": T.confidence_rise * 0.9}),
    ("over-confidence", surer, {"accuracy_change": 0.0}, {"accuracy_change": -0.02}),
    ("learning-rate-too-high", bouncing, {"lost": T.bounce_lost * 1.3}, {"lost": T.bounce_lost * 0.7}),
    ("learning-rate-too-high", bouncing, {"noise": T.bounce_noise * 1.4}, {"noise": T.bounce_noise * 0.6}),
    ("learning-rate-too-low", slow, {"straight": T.slow_straightness * 1.2}, {"straight": T.slow_straightness * 0.8}),
    ("learning-rate-too-low", slow, {"fall": T.slow_fall * 0.97}, {"fall": T.slow_fall * 1.03}),
    ("learning-rate-too-low", slow, {"n": T.slow_epochs}, {"n": T.slow_epochs - 1}),
    ("plateau-after-drop", dropped, {"factor": T.drop_ratio}, {"factor": T.drop_ratio * 1.1}),
    ("plateau-after-drop", dropped, {"rest": T.drop_rest * 0.8}, {"rest": T.drop_rest * 1.2}),
    ("plateau-after-drop", dropped, {"after": T.drop_epochs}, {"after": T.drop_epochs - 1}),
]


@pytest.mark.parametrize(("code", "make", "above", "below"), PAIRS)
def test_a_finding_occurs_on_one_side_of_its_threshold_only(code: str, make: Any, above: Any, below: Any) -> None:
    assert len(found(make(**above), code)) == 1
    assert not found(make(**below), code)


def test_unstable_is_reported_if_training_got_worse_too_and_never_with_overfitting() -> None:
    assert not found(worsening(rise=0.05, train_rise=0.0), "unstable")
    for make in SHOWING.values():
        codes = {finding.code for finding in reportgen.diagnose(make()).findings}
        assert not {"unstable", "overfitting"} <= codes
        assert not {"learning-rate-too-low", "learning-rate-too-high"} <= codes
        assert not {"underfitting", "overfitting"} <= codes


def test_a_diverged_run_has_no_minor_findings() -> None:
    broken = slow().series("loss", "train").to_numpy().copy()
    broken[-1] = np.nan
    fine = {"diverged", "best-epoch", "no-validation"}
    assert {f.code for f in reportgen.diagnose(history(loss=broken)).findings} <= fine


def test_a_run_with_changed_learning_rates_is_not_called_slow() -> None:
    loss = slow().series("loss", "train").to_numpy()
    rates = np.repeat([0.1, 0.01], [len(loss) // 2, len(loss) - len(loss) // 2])
    assert not found(history(loss=loss, val_loss=loss, learning_rate=rates), "learning-rate-too-low")
    assert found(history(loss=loss, val_loss=loss, learning_rate=rates * 0 + 0.1), "learning-rate-too-low")


def test_a_plateau_needs_a_logged_learning_rate() -> None:
    loss = dropped().series("loss", "train").to_numpy()
    assert not found(history(loss=loss, val_loss=loss), "plateau-after-drop")


def test_the_wording_for_flat_and_rising_accuracies_fits_the_cause() -> None:
    def text(of: TrainingHistory, code: str) -> str:
        diagnosis = reportgen.diagnose(of)
        return next(w.text for f, w in zip(diagnosis.findings, diagnosis.finding_words, strict=True) if f.code == code)

    assert "most common class" in text(flat(), "flat-accuracy")
    assert "regression" in text(flat(value=0.0), "flat-accuracy")
    assert "hardly changed" in text(surer(), "over-confidence")
    assert "accuracy rose from" in text(surer(accuracy_change=0.05), "over-confidence")


@given(strategies.histories())
def test_any_history_is_searched_without_an_exception(of: TrainingHistory) -> None:
    for finding in judge(of).findings:
        first, last = finding.epochs or (1, 1)
        assert 1 <= first <= last <= of.epochs[-1]
