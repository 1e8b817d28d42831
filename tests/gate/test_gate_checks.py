"""What a gate passes and fails, and its messages."""

import json
import math
from dataclasses import replace

import histories
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import reportgen
from reportgen.diagnosis.findings import Answer
from reportgen.errors import DiagnosisError, UnknownMetricError
from reportgen.gate import GateRules, check_gate, read_rules
from reportgen.gate.rules import UNWANTED, read_requirement
from reportgen.history.frame import TrainingHistory


def run_of(**columns):
    return TrainingHistory.from_columns(np.arange(1, len(next(iter(columns.values()))) + 1), columns)


def check(history, *, baseline=None, fail_on=(), least=0.8, require=(), max_regression=()):
    rules = read_rules(fail_on, least, require, max_regression)
    return check_gate(history, reportgen.build(history, baseline=baseline).diagnosis, rules, baseline)


def only(result):
    (found,) = result.checks
    return found


@pytest.mark.parametrize(
    ("make", "name", "epoch"),
    [
        (histories.overfit_from_12, "overfitting", 13),
        (histories.diverged_at_7, "diverged", 7),
        (histories.not_learning, "not-learning", None),
        (histories.still_improving, "not-converged", None),
        (histories.still_improving, "more-training-helps", None),
    ],
)
def test_each_unwanted_answer_fails_and_says_how_sure_it_is_and_where(make, name, epoch):
    found = only(check(make(), fail_on=[name]))
    assert (found.outcome, found.rule, found.epoch, found.limit) == ("failed", name, epoch, 0.8)
    assert found.value >= 0.8
    assert "the gate fails at 80% or more" in found.text
    assert epoch is None or f"epoch {epoch}" in found.text


def test_a_healthy_run_passes_every_answer():
    result = check(histories.healthy(), fail_on=list(UNWANTED))
    assert result.passed
    assert {found.outcome for found in result.checks} == {"passed"}
    assert [found.rule for found in result.checks] == list(UNWANTED)


def with_answer(answer, probability):
    """A diagnosis with the given answer to the question of overfitting."""
    diagnosis = reportgen.diagnose(histories.overfit_from_12())
    given_answer = replace(diagnosis.answers["overfitting"], answer=answer, probability=probability)
    return replace(diagnosis, answers={**diagnosis.answers, "overfitting": given_answer})


@pytest.mark.parametrize(
    ("answer", "probability", "outcome"),
    [
        ("yes", 0.8, "failed"),
        ("yes", 0.7999, "undecided"),
        ("yes", 1.0, "failed"),
        ("unsure", 0.95, "undecided"),
        ("not-assessed", None, "undecided"),
        ("no", 0.05, "passed"),
    ],
)
def test_an_answer_fails_only_if_it_is_given_with_at_least_the_minimum_probability(answer, probability, outcome):
    diagnosis = with_answer(answer, probability)
    found = only(check_gate(histories.overfit_from_12(), diagnosis, GateRules(("overfitting",))))
    assert found.outcome == outcome
    if outcome == "undecided" and answer == "yes":
        assert "(79.99% sure). The gate fails at 80% or more." in found.text
    elif outcome == "undecided":
        assert "This does not fail the gate." in found.text


def test_a_certain_answer_fails_a_gate_with_the_highest_probability_limit():
    assert only(check(histories.diverged_at_7(), fail_on=["diverged"], least=1)).outcome == "failed"
    assert only(check(histories.overfit_from_12(), fail_on=["overfitting"], least=1)).outcome == "undecided"


def test_questions_about_a_diverged_run_are_undecided_with_a_reason():
    found = only(check(histories.diverged_at_7(), fail_on=["overfitting"]))
    assert (found.outcome, found.value) == ("undecided", None)
    assert "Not assessed. This does not fail the gate. Training diverged" in found.text


@pytest.mark.parametrize(
    ("rule", "outcome", "epoch", "value"),
    [
        ("accuracy>=0.75", "passed", 2, 0.75),
        ("accuracy>0.75", "failed", 2, 0.75),
        ("accuracy>=0.76", "failed", 2, 0.75),
        ("last(accuracy)>=0.75", "failed", 3, 0.7),
        ("last(accuracy)>=0.7", "passed", 3, 0.7),
        ("loss<=0.5", "passed", 2, 0.5),
        ("loss<0.5", "failed", 2, 0.5),
        ("loss<=0.49", "failed", 2, 0.5),
        ("last(loss)<=0.5", "failed", 3, 0.6),
    ],
)
def test_a_limit_applies_to_the_best_or_the_last_value(rule, outcome, epoch, value):
    history = run_of(loss=[0.9, 0.5, 0.6], accuracy=[0.5, 0.75, 0.7])
    found = only(check(history, require=[rule]))
    assert (found.outcome, found.epoch, found.value) == (outcome, epoch, value)
    assert (f"epoch {epoch}" in found.text, str(value) in found.text) == (True, True)
    assert found.limit == read_requirement(rule).limit
    assert found.metric == read_requirement(rule).key


def test_a_failed_limit_says_by_how_much_it_was_missed():
    history = run_of(loss=[0.9, 0.5], accuracy=[0.5, 0.712])
    assert only(check(history, require=["accuracy>=0.75"])).text == (
        "The best accuracy is 0.712, in epoch 2; 0.75 or more is required. It misses that by 0.038."
    )
    assert only(check(history, require=["accuracy>0.712"])).text.endswith(
        "more than 0.712 is required. It equals the limit."
    )
    near = only(check(run_of(accuracy=[0.7499999]), require=["accuracy>=0.75"]))
    assert "0.7499999" in near.text
    assert "0.75 or more" in near.text


@given(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3), st.sampled_from([">=", ">", "<=", "<"]))
def test_a_limit_is_compared_numerically(value, limit, operator):
    found = only(check(run_of(loss=[value]), require=[f"last(loss){operator}{limit!r}"]))
    kept = {">=": value >= limit, ">": value > limit, "<=": value <= limit, "<": value < limit}[operator]
    assert (found.outcome == "passed") == kept


@pytest.mark.parametrize("broken", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("operator", [">=", "<="])
def test_a_last_value_that_is_not_finite_breaks_every_limit(broken, operator):
    found = only(check(run_of(loss=[0.5, broken]), require=[f"last(loss){operator}0.7"]))
    assert (found.outcome, found.value, found.epoch) == ("failed", None, 2)
    assert "in epoch 2; 0.7 or" in found.text
    assert only(check(run_of(loss=[0.5, broken]), require=["loss<=0.7"])).outcome == "passed"  # the best is finite


def test_a_curve_without_a_finite_value_breaks_every_limit():
    found = only(check(run_of(loss=[0.5, 0.4], val_loss=[math.nan, math.nan]), require=["val_loss<=0.7"]))
    assert found.text == "val_loss has no finite value; 0.7 or less is required."
    assert (found.outcome, found.epoch, found.value) == ("failed", None, None)


def test_an_unknown_metric_is_an_error_that_lists_the_metrics():
    with pytest.raises(
        UnknownMetricError, match='val_acc>=1: the run has no metric "val_acc"; it has "loss", "val_loss"'
    ):
        check(histories.overfit_from_12(), require=["val_acc>=1"])


def test_the_best_value_of_an_unknown_direction_is_an_error_and_its_last_is_not():
    history = run_of(loss=[2.0, 1.0], f2=[0.1, 0.2])
    with pytest.raises(
        DiagnosisError, match=r'whether lower or higher values of "f2" are better.* --direction f2=higher'
    ):
        check(history, require=["f2>=0.1"])
    assert check(history, require=["last(f2)>=0.2"]).passed
    assert check(history.with_directions({"f2": "higher"}), require=["f2>=0.2"]).passed
    rated = run_of(loss=[2.0, 1.0], learning_rate=[0.1, 0.01]).with_directions({"learning_rate": "lower"})
    with pytest.raises(DiagnosisError, match="learning_rate"):
        check(rated, require=["learning_rate<1"])


@pytest.mark.parametrize(
    ("mine", "theirs", "limit", "outcome"),
    [
        (0.408, 0.4, "2%", "passed"),
        (0.4081, 0.4, "2%", "failed"),
        (0.39, 0.4, "0", "passed"),
        (0.4, 0.4, "0%", "passed"),
        (0.4001, 0.4, "0", "failed"),
        (0.41, 0.4, "0.01", "passed"),
        (0.4101, 0.4, "0.01", "failed"),
        (-0.396, -0.4, "1%", "passed"),
        (-0.395, -0.4, "1%", "failed"),
        (0.001, 0.0, "50%", "failed"),
    ],
)
def test_a_loss_may_be_worse_than_the_baseline_by_at_most_the_limit(mine, theirs, limit, outcome):
    found = only(check(run_of(loss=[1.0, mine]), baseline=run_of(loss=[1.0, theirs, 2.0]), max_regression=[limit]))
    assert (found.outcome, found.epoch, found.value, found.metric) == (outcome, 2, mine, "loss")


def test_a_score_is_worse_when_it_is_lower_and_another_metric_can_be_named():
    mine = run_of(loss=[1.0, 0.3], val_accuracy=[0.5, 0.90])
    theirs = run_of(loss=[1.0, 0.4], val_accuracy=[0.5, 0.95])
    assert check(mine, baseline=theirs, max_regression=["2%"]).passed
    found = only(check(mine, baseline=theirs, max_regression=["val_accuracy=0.01"]))
    assert (found.outcome, found.limit) == ("failed", pytest.approx(0.94))
    assert found.text == (
        "The best val_accuracy is 0.9, in epoch 2: 0.05 worse than the baseline's 0.95; up to 0.01 is allowed."
    )
    assert check(mine, baseline=theirs, max_regression=["val_accuracy=0.05"]).passed


def test_an_accuracy_in_percent_is_not_compared_with_a_fraction():
    percent, fraction = run_of(accuracy=[50.0, 83.0]), run_of(accuracy=[0.5, 0.9])
    with pytest.raises(DiagnosisError, match="one of them seems to be in percent"):
        check(percent, baseline=fraction, max_regression=["accuracy=1%"])


def test_the_message_of_a_regression_has_the_difference_the_limit_and_the_noise():
    found = only(check(histories.overfit_from_12(), baseline=histories.healthy(), max_regression=["2%"]))
    assert found.rule == "max-regression 2%"
    assert found.text.startswith(
        "The best val_loss is 0.4, in epoch 12: 28% (0.08717) worse than the baseline's 0.3128; up to 2% is allowed."
    )
    assert found.text.endswith("A perfectly smooth curve does not show how large the noise is.")
    noisy = [0.5, 0.4, 0.42, 0.4, 0.41, 0.4]
    found = only(check(run_of(loss=[2 * x for x in noisy]), baseline=run_of(loss=noisy), max_regression=["2%"]))
    assert "The noise of both curves is about 0.0" in found.text


def test_short_curves_fail_the_gate_only_if_they_are_worse_than_the_limit_that_was_given():
    new, earlier = run_of(loss=[1.0, 0.6]), run_of(loss=[1.0, 0.5])
    assert check(new, baseline=earlier, fail_on=list(UNWANTED)).passed
    assert only(check(new, baseline=earlier, max_regression=["0.2"])).outcome == "passed"
    found = only(check(new, baseline=earlier, max_regression=["2%"]))
    assert found.outcome == "failed", "as documented, whatever the noise is"
    assert found.text.endswith("A curve of fewer than 5 values does not show how large the noise is.")


def test_the_judged_curve_is_always_compared():
    broken = run_of(loss=[0.9, 0.8], val_loss=[math.nan, math.nan])
    found = only(check(broken, baseline=histories.healthy(), max_regression=["2%"]))
    assert (found.outcome, found.metric, found.value) == ("failed", "val_loss", None)
    assert "val_loss has no finite value to compare with the baseline's best, 0.3128." in found.text


def test_a_limit_is_undecided_without_a_baseline():
    result = check(histories.healthy(), max_regression=["2%", "0.5"])
    assert result.passed
    assert [found.text for found in result.undecided] == [
        "There is no baseline, so the limit of 2% was not checked.",
        "There is no baseline, so the limit of 0.5 was not checked.",
    ]


def test_a_baseline_that_cannot_be_compared_is_an_error():
    with pytest.raises(UnknownMetricError, match='the baseline has no metric "val_loss"'):
        check(histories.healthy(), baseline=histories.no_validation(), max_regression=["2%"])
    with pytest.raises(UnknownMetricError, match='the run has no metric "val_f1"'):
        check(histories.healthy(), baseline=histories.healthy(), max_regression=["val_f1=2%"])
    with pytest.raises(DiagnosisError, match="the baseline has no finite value"):
        check(run_of(loss=[1.0, 0.5]), baseline=run_of(loss=[math.nan]), max_regression=["2%"])
    with pytest.raises(DiagnosisError, match="the run has no metric that it can be judged by"):
        check(run_of(strange=[1.0, 0.5]), baseline=run_of(strange=[1.0]), max_regression=["2%"])


def test_the_result_is_plain_data():
    result = check(
        histories.diverged_at_7(),
        baseline=histories.healthy(),
        fail_on=["diverged", "overfitting"],
        require=["last(loss)<1", "loss<1"],
        max_regression=["2%"],
    )
    data = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert data["passed"] is False
    assert [entry["outcome"] for entry in data["checks"]] == ["failed", "undecided", "failed", "passed", "failed"]
    assert set(data["checks"][0]) == {"rule", "outcome", "text", "metric", "epoch", "value", "limit"}


def test_the_heading_counts_the_rules():
    assert check(histories.healthy(), fail_on=["diverged"]).say(reportgen.languages.ENGLISH) == (
        "Gate passed: the rule is met"
    )
    result = check(histories.one_epoch(), fail_on=["diverged", "overfitting"])
    assert result.say(reportgen.languages.ENGLISH) == "Gate passed: no rule is broken, 1 of 2 could not be decided"
    failed = check(histories.overfit_from_12(), fail_on=["diverged", "overfitting"])
    assert failed.say(reportgen.languages.ENGLISH) == "Gate failed: 1 of 2 rules broken"


@pytest.mark.parametrize("make", histories.ALL)
def test_every_run_can_be_checked_for_every_answer(make):
    result = check(make(), fail_on=list(UNWANTED))
    assert len(result.checks) == len(UNWANTED)
    for found in result.checks:
        given_answer = reportgen.diagnose(make()).answers[UNWANTED[found.rule][0]]
        assert isinstance(given_answer, Answer)
        assert found.text
        assert "\n" not in found.text
        assert (found.outcome == "failed") == (
            given_answer.answer == UNWANTED[found.rule][1] and found.value is not None and found.value >= 0.8
        )


def test_gate_takes_texts_or_lists_and_refuses_a_regression_without_a_baseline():
    report = reportgen.build(histories.overfit_from_12(), baseline=histories.healthy())
    result = report.gate(
        fail_on="overfitting,diverged", require="val_loss<1", max_regression=["2%", "loss=1"], min_probability=0.9
    )
    assert [found.rule for found in result.checks] == [
        "overfitting", "diverged", "val_loss<1", "max-regression 2%", "max-regression loss=1",
    ]  # fmt: skip
    assert [found.rule for found in result.failures] == ["overfitting", "max-regression 2%"]
    assert report.gate().passed
    with pytest.raises(DiagnosisError, match="no baseline to compare with"):
        reportgen.build(histories.healthy()).gate(max_regression="2%")


def test_a_single_rule_or_number_works_like_a_list():
    report = reportgen.build(histories.overfit_from_12(), baseline=histories.healthy())
    assert [found.rule for found in report.gate(max_regression=0.5).checks] == ["max-regression 0.5"]
    assert report.gate(fail_on=["overfitting", "overfitting,diverged"]) == report.gate(fail_on="overfitting,diverged")


def test_rounding_errors_of_a_billionth_do_not_fail_a_gate():
    """The slack of a baseline of 1e9 is exactly 1."""
    baseline = run_of(loss=[2e9, 1e9])
    for best, outcome in ((1e9 + 1, "passed"), (math.nextafter(1e9 + 1, math.inf), "failed")):
        assert only(check(run_of(loss=[2e9, best]), baseline=baseline, max_regression=["0"])).outcome == outcome
    edge = 0.8 * (1 - 1e-9)
    for probability, outcome in ((edge, "failed"), (math.nextafter(edge, 0), "undecided")):
        diagnosis = with_answer("yes", probability)
        assert (
            only(check_gate(histories.overfit_from_12(), diagnosis, GateRules(("overfitting",), 0.8))).outcome
            == outcome
        )


def evaluated(y_pred, **columns):
    """A run with an evaluation of 40 rows, half of each class."""
    history = run_of(
        **{"loss": [0.9, 0.5, 0.4], "val_loss": [0.9, 0.6, 0.5], "val_accuracy": [0.6, 0.8, 0.9], **columns}
    )
    evaluation = reportgen.evaluate([0, 1] * 20, y_pred, labels=["healthy", "ill"], task="binary")
    return history.with_run(replace(history.run, evaluation=evaluation))


RIGHT, ALWAYS_HEALTHY = [0, 1] * 20, [0] * 40


@pytest.mark.parametrize(
    ("predicted", "rule", "outcome", "said"),
    [
        (RIGHT, "class-never-predicted", "passed", "The run has no such finding."),
        (RIGHT, "poor-calibration", "undecided", "Not checked: the evaluation has no probabilities."),
        (RIGHT, "test-differs", "passed", "The run has no such finding."),
        (
            ALWAYS_HEALTHY,
            "class-never-predicted",
            "failed",
            "Class ill is never predicted. All 20 test samples of ill were",
        ),
        (ALWAYS_HEALTHY, "no_better_than_majority", "failed", "Not clearly better than the most frequent class."),
        (ALWAYS_HEALTHY, "test-differs", "failed", "On test data, the accuracy is worse than in validation."),
        (None, "class-never-predicted", "undecided", "Not checked: no evaluation on test data."),
        (RIGHT, "test_accuracy>=1", "passed", "On test data, accuracy is 1; 1 or more is required."),
        (ALWAYS_HEALTHY, "test_accuracy>0.5", "failed", "more than 0.5 is required. It equals the limit."),
        (
            ALWAYS_HEALTHY,
            "test_f1>=0.5",
            "failed",
            "On test data, f1 is 0; 0.5 or more is required. It misses that by 0.5.",
        ),
    ],
)
def test_findings_and_scores_on_test_data_can_fail_the_gate(predicted, rule, outcome, said):
    history = run_of(loss=[0.9, 0.5, 0.4]) if predicted is None else evaluated(predicted)
    found = only(check(history, **({"require": [rule]} if ">" in rule else {"fail_on": [rule]})))
    assert found.outcome == outcome
    assert said in found.text


def test_better_test_data_and_ignored_findings_do_not_fail_the_gate():
    better = evaluated(RIGHT, val_accuracy=[0.3, 0.4, 0.45])
    assert (only(check(better, fail_on=["test-differs"])).outcome) == "passed"
    diagnosis = reportgen.build(evaluated(ALWAYS_HEALTHY), ignore="RG702").diagnosis
    found = only(check_gate(evaluated(ALWAYS_HEALTHY), diagnosis, GateRules(("class-never-predicted",))))
    assert (found.outcome, "is ignored" in found.text) == ("passed", True)


@pytest.mark.parametrize(
    ("history", "said"),
    [
        (evaluated(RIGHT), r'test_auc>0: the run has no "test_auc"; it has "test_accuracy", "test_balanced_accuracy"'),
        (run_of(loss=[0.9, 0.5]), r"test_auc>0: the run has no scores on test data. Pass predictions"),
    ],
)
def test_a_limit_for_a_score_that_was_not_measured_is_an_error(history, said):
    with pytest.raises(UnknownMetricError, match=said):
        check(history, require=["test_auc>0"])


def test_a_curve_that_is_named_like_a_test_score_is_the_curve():
    history = run_of(loss=[0.9, 0.5], test_accuracy=[0.6, 0.7])
    assert only(check(history, require=["test_accuracy>=0.7"])).epoch == 2
