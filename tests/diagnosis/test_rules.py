from dataclasses import replace
from typing import Any

import histories
import numpy as np
import pytest

from reportgen.diagnosis import judge
from reportgen.diagnosis.findings import Answer, Finding
from reportgen.diagnosis.reading import read_run
from reportgen.diagnosis.rules import RULES, SEVERITIES, find_all
from reportgen.diagnosis.thresholds import DEFAULTS
from reportgen.diagnosis.trees import load_models
from reportgen.history.facts import RunFacts
from reportgen.history.frame import TrainingHistory


def history(run: RunFacts | None = None, **columns: Any) -> TrainingHistory:
    n = len(next(iter(columns.values())))
    return TrainingHistory.from_columns(np.arange(1, n + 1), columns, run)


def found(of: TrainingHistory, code: str) -> list[Finding]:
    return [finding for finding in judge(of).findings if finding.code == code]


def one(of: TrainingHistory, code: str) -> Finding:
    findings = found(of, code)
    assert len(findings) == 1
    return findings[0]


FALL = np.linspace(1.0, 0.5, 40)


def exploding(factor: float) -> TrainingHistory:
    return history(loss=[1.0, 0.8, 0.9, 1.5, factor, factor, factor])


def test_a_run_that_ends_above_twice_its_first_value_has_diverged() -> None:
    assert not found(exploding(DEFAULTS.explosion_ratio - 0.01), "diverged")
    finding = one(exploding(DEFAULTS.explosion_ratio + 0.01), "diverged")
    assert (finding.severity, finding.epochs, finding.metric) == ("critical", (5, 7), "loss")


def test_a_run_with_values_out_of_range_has_diverged() -> None:
    assert not found(history(loss=[DEFAULTS.off_scale * 0.99] * 9), "diverged")
    assert one(history(loss=[DEFAULTS.off_scale] * 9), "diverged").evidence.known() == {"off_scale_in": "loss"}


def test_an_explosion_in_too_few_epochs_is_not_assessed() -> None:
    assert not found(history(loss=[1.0, 9.0, 9.0][: DEFAULTS.min_epochs - 1]), "diverged")
    assert found(history(loss=[1.0] + [9.0] * (DEFAULTS.min_epochs - 1)), "diverged")


def falling_by(fall: float) -> TrainingHistory:
    return history(loss=np.concatenate([[1.0], np.full(39, 1.0 - fall)]))


def test_a_loss_that_falls_by_less_than_a_hundredth_did_not_learn() -> None:
    """At the threshold the probability is one half; 0.0075 to either side, the answer is clear."""
    below, above = falling_by(DEFAULTS.learned_ratio - 0.0075), falling_by(DEFAULTS.learned_ratio + 0.0075)
    assert one(below, "not-learning").severity == "critical"
    assert not found(above, "not-learning")
    assert judge(falling_by(DEFAULTS.learned_ratio)).answers["learning"].answer == "unsure"


def turning(rise: float, fall: float = 0.4) -> TrainingHistory:
    """Validation rises by a fraction of its best from the middle on, while training falls by a fraction."""
    down = np.linspace(1.0, 0.5, 50)
    train = np.concatenate([down, 0.5 * np.linspace(1.0, 1 - fall, 50)])
    return history(loss=train, val_loss=np.concatenate([down, 0.5 * np.linspace(1.0, 1 + rise, 50)]))


def test_overfitting_is_dated_from_the_first_epoch_after_the_best() -> None:
    below, above = turning(0.01), turning(0.8)
    assert not found(below, "overfitting")
    finding = one(above, "overfitting")
    assert finding.severity == "warning"
    best = judge(above).reading.best_epoch
    assert best in (50, 51)
    assert finding.epochs is not None
    assert best < finding.epochs[0] <= 53
    assert finding.epochs[1] == 100


def test_overfitting_is_certain_if_the_model_is_sure_and_otherwise_possible() -> None:
    no, yes = load_models()["overfitting"].unsure
    words = set()
    for rise in np.linspace(0.0, 1.2, 61).tolist():
        given = judge(turning(rise, 0.3)).answers["overfitting"]
        assert given.probability is not None
        assert (given.answer == "yes") == (given.probability >= yes)
        assert (given.answer == "no") == (given.probability <= no)
        words.add(given.answer)
        codes = {f.code for f in judge(turning(rise, 0.3)).findings} & {"overfitting", "overfitting-possible"}
        possible = {"overfitting-possible"} if given.probability >= DEFAULTS.possible else set()
        assert codes == ({"overfitting"} if given.probability >= DEFAULTS.likely else possible)
    assert words == {"yes", "unsure", "no"}


def test_validation_that_rises_together_with_training_is_not_called_overfitting() -> None:
    assert judge(turning(0.8, fall=0.4)).answers["overfitting"].answer == "yes"
    together = judge(turning(0.8, fall=-0.3))
    assert together.answers["overfitting"].probability <= 0.25
    assert together.verdict == "unstable"


def test_overfitting_needs_a_training_curve_that_keeps_falling() -> None:
    assert found(turning(0.5, 0.5), "overfitting")
    assert not found(turning(0.5, -0.3), "overfitting")


def settling(share: float, n: int = 100) -> TrainingHistory:
    """Falls in a straight line for a share of the run, then stays flat."""
    fall = round(share * n)
    return history(loss=np.concatenate([np.linspace(1.0, 0.2, fall), np.full(n - fall, 0.2)]))


def test_converged_needs_a_plateau_before_the_last_tenth() -> None:
    finding = one(settling(0.3), "converged")
    assert finding.severity == "good"
    assert finding.epochs is not None
    assert 25 <= finding.epochs[0] <= 36
    assert not found(settling(0.97), "converged")


def test_still_improving_unless_the_curve_is_flat_in_the_last_third() -> None:
    assert one(settling(1.0), "still-improving").evidence.recent_progress_ratio > 0.3
    assert not found(settling(0.5), "still-improving")


def test_one_bad_value_is_a_warning_and_not_divergence() -> None:
    """The values are usable again afterwards, so the run is judged by its end."""
    fall = np.linspace(1.0, 0.3, 12)
    broken = fall.copy()
    broken[4] = np.nan
    of = history(loss=fall, val_loss=broken)
    assert one(of, "broken-in-passing").epochs == (5, 5)
    assert judge(of).answers["diverged"].answer == "no"
    broken[4:] = np.nan
    of = history(loss=broken, val_loss=broken)
    assert not found(of, "broken-in-passing")
    assert judge(of).answers["diverged"].epoch == 5


def test_the_best_epoch_is_reported_with_its_value_if_there_are_two_or_more_epochs() -> None:
    finding = one(history(loss=[3.0, 2.0], val_loss=[5.0, 4.0]), "best-epoch")
    assert finding.evidence.known() == {
        "epoch": 2,
        "value": 4.0,
        "split": "validation",
        "extreme_epoch": 2,
        "extreme_value": 4.0,
    }
    assert not found(history(loss=[3.0]), "best-epoch")


@pytest.mark.parametrize(("gap", "there"), [(DEFAULTS.gap_ratio - 0.001, False), (DEFAULTS.gap_ratio + 0.001, True)])
def test_a_gap_of_at_least_a_quarter_of_the_training_value_is_reported(gap: float, there: bool) -> None:
    of = history(loss=FALL, val_loss=FALL * (1 + gap))
    assert bool(found(of, "generalisation-gap")) == there
    if there:
        assert one(of, "generalisation-gap").evidence.gap_ratio == pytest.approx(gap, rel=1e-6)


def peaking(distance: float, gain: float) -> TrainingHistory:
    """Validation loss is best at epoch 100 of 100; accuracy peaks earlier, by a gain over its last value."""
    accuracy = np.full(100, 0.8)
    accuracy[round(99 - distance * 100)] = 0.8 + gain
    loss = np.linspace(1.0, 0.5, 100)
    return history(loss=loss, val_loss=loss, val_accuracy=accuracy)


@pytest.mark.parametrize(
    ("distance", "gain", "there"), [(0.21, 0.02, True), (0.19, 0.02, False), (0.21, 0.011, True), (0.21, 0.009, False)]
)
def test_an_accuracy_peak_far_from_the_best_loss_is_reported_if_it_is_clearly_higher(
    distance: float, gain: float, there: bool
) -> None:
    findings = found(peaking(distance, gain), "accuracy-peaks-elsewhere")
    assert bool(findings) == there
    if there:
        assert findings[0].epochs == (round(100 - distance * 100), round(100 - distance * 100))


@pytest.mark.parametrize(
    ("step", "there"), [(DEFAULTS.learning_rate_ratio * 0.99, False), (DEFAULTS.learning_rate_ratio * 1.01, True)]
)
@pytest.mark.parametrize("sign", [1, -1])
def test_a_learning_rate_step_of_more_than_a_fiftieth_is_reported(step: float, there: bool, sign: int) -> None:
    rate = np.repeat([0.1, 0.1 * (1 + sign * step)], 20)
    findings = found(history(loss=FALL, learning_rate=rate), "learning-rate-changed")
    assert bool(findings) == there
    if there:
        assert findings[0].epochs == (21, 21)
        assert findings[0].evidence.changes == 1


def test_only_the_jumps_of_a_drifting_learning_rate_count_as_steps() -> None:
    of = histories.learning_rate_steps()
    assert read_run(of, DEFAULTS).learning_rate_steps.index.tolist() == [1, 21, 41]
    assert one(of, "learning-rate-changed").epochs == (21, 41)
    assert read_run(histories.healthy(), DEFAULTS).learning_rate_steps.empty


def test_non_finite_learning_rates_are_ignored() -> None:
    of = history(loss=[3, 2, 1, 0.5], lr=[np.nan, 0.1, np.inf, 0.01])
    assert one(of, "learning-rate-changed").evidence.known() == {"changes": 1, "first_value": 0.1, "last_value": 0.01}
    assert not found(history(loss=[3, 2], lr=[np.nan, np.nan]), "learning-rate-changed")
    assert not found(history(loss=[3, 2], val_lr=[0.1, 0.2]), "learning-rate-changed")


@pytest.mark.parametrize(
    ("status", "severity"),
    [("interrupted", "warning"), ("stopped-early", "note"), ("completed", None), ("unknown", None)],
)
def test_an_early_end_is_reported(status: Any, severity: str | None) -> None:
    findings = [
        f for f in judge(history(RunFacts(status=status, epochs_planned=99), loss=FALL)).findings if f.code == status
    ]
    assert [f.severity for f in findings] == ([severity] if severity else [])
    if severity:
        assert findings[0].evidence.known() == {"last_epoch": 40, "planned_epochs": 99}


def test_a_resumed_run_says_where_it_resumed() -> None:
    assert one(histories.resumed(), "resumed").epochs == (41, 41)
    assert not found(histories.healthy(), "resumed")


def test_answers_that_are_not_assessed_say_why() -> None:
    assert found(histories.no_validation(), "no-validation")
    assert not found(histories.healthy(), "no-validation")
    assert one(history(loss=[2.0] * (DEFAULTS.min_epochs - 1)), "too-few-epochs").evidence.known() == {
        "epochs": 3,
        "needed": 4,
    }
    assert not found(history(loss=[2.0] * DEFAULTS.min_epochs), "too-few-epochs")
    assert [f.metric for f in found(history(loss=[1.0], f2=[1.0], lr=[0.1]), "unknown-direction")] == ["f2"]


def test_a_rule_uses_only_the_answers_it_is_given() -> None:
    of = judge(histories.healthy())
    silent = replace(of, answers={question: Answer("not-assessed", reason="diverged") for question in of.answers})
    assert {f.code for f in find_all(silent, DEFAULTS)} == {"best-epoch"}


@pytest.mark.parametrize("make", histories.ALL, ids=lambda make: make.__name__)
def test_findings_are_sorted_by_severity_and_lie_within_the_run(make: Any) -> None:
    of = make()
    findings = judge(of).findings
    assert [f.severity for f in findings] == sorted((f.severity for f in findings), key=SEVERITIES.index)
    for finding in findings:
        first, last = finding.epochs or (1, 1)
        assert 1 <= first <= last <= of.epochs[-1]


def test_every_rule_is_a_documented_function() -> None:
    for check in RULES:
        assert check.find.__name__ == f"rule_{check.code.replace('-', '_')}"
        assert check.find.__doc__
    assert len({check.rule for check in RULES}) == len({check.code for check in RULES}) == len(RULES)
