import json
import math
from typing import Any

import histories
import numpy as np
import pytest
import strategies
from hypothesis import given
from hypothesis import strategies as st

import reportgen
from reportgen.diagnosis import judge
from reportgen.diagnosis.findings import QUESTIONS, Answer
from reportgen.diagnosis.questions import first_broken
from reportgen.diagnosis.thresholds import DEFAULTS
from reportgen.diagnosis.verdict import choose_verdict
from reportgen.history.frame import TrainingHistory
from reportgen.wording.diagnosis import Diagnosis

YES, NO, UNSURE, OPEN = "yes", "no", "unsure", "not-assessed"
TRUTH = [
    # run, verdict, learning, overfitting, converged, more training helps, diverged
    (histories.healthy, "finished", YES, NO, YES, NO, NO),
    (histories.overfit_from_12, "overfitting", YES, YES, YES, NO, NO),
    (histories.diverged_at_7, "diverged", YES, OPEN, NO, NO, YES),
    (histories.finite_explosion, "diverged", YES, OPEN, NO, NO, YES),
    (histories.validation_every_3, "finished", YES, NO, YES, NO, NO),
    (histories.resumed, "finished", YES, NO, YES, NO, NO),
    (histories.one_epoch, "not-judged", OPEN, OPEN, OPEN, OPEN, NO),
    (histories.accuracy_only, "finished", YES, NO, YES, NO, NO),
    (histories.no_validation, "finished", YES, OPEN, YES, NO, NO),
    (histories.not_learning, "not-learning", NO, NO, NO, NO, NO),
    (histories.still_improving, "still-improving", YES, NO, NO, YES, NO),
    (histories.worse_again, "unstable", YES, UNSURE, UNSURE, NO, NO),
    (histories.learning_rate_steps, "finished", YES, NO, YES, NO, NO),
    (histories.two_outputs, "overfitting", YES, YES, YES, NO, NO),
    (histories.hostile_names, "still-improving", YES, NO, NO, YES, NO),
]


@pytest.mark.parametrize(
    ("make", "verdict", "answers"), [(m, v, a) for m, v, *a in TRUTH], ids=lambda item: getattr(item, "__name__", "")
)
def test_labelled_runs_get_the_expected_verdict_and_answers(make: Any, verdict: str, answers: list[str]) -> None:
    diagnosis = reportgen.diagnose(make())
    assert diagnosis.verdict == verdict
    assert [diagnosis.answers[question].answer for question in QUESTIONS] == answers


def test_reported_epochs_match_the_known_truth() -> None:
    overfit = reportgen.diagnose(histories.overfit_from_12())
    assert overfit.best_epoch == 12
    since = overfit.answers["overfitting"].epoch
    assert isinstance(since, int)
    assert 13 <= since <= 18
    assert reportgen.diagnose(histories.diverged_at_7()).answers["diverged"].epoch == 7
    assert reportgen.diagnose(histories.diverged_at_7()).best_epoch == 6
    assert reportgen.diagnose(histories.finite_explosion()).answers["diverged"].epoch == 10
    converged = reportgen.diagnose(histories.healthy()).answers["converged"].epoch
    assert isinstance(converged, int)
    assert 20 <= converged <= 40
    assert reportgen.diagnose(histories.worse_again()).best_epoch in (19, 20, 21)
    assert reportgen.diagnose(histories.validation_every_3()).best_epoch == 30


def run(**columns: Any) -> Diagnosis:
    n = len(next(iter(columns.values())))
    return reportgen.diagnose(TrainingHistory.from_columns(np.arange(1, n + 1), columns))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e100, -1e300])
@pytest.mark.parametrize("key", ["loss", "val_loss", "loss_box", "head_loss"])
def test_a_broken_value_in_any_loss_is_divergence_at_its_epoch(value: float, key: str) -> None:
    columns = {name: np.linspace(1, 0.5, 9) for name in ("loss", "val_loss", "loss_box", "head_loss", "accuracy")}
    columns[key][4:] = value
    if key == "val_loss":
        columns["loss"][5:] = value  # it breaks when training does
    diagnosis = run(**columns)
    assert diagnosis.verdict == "diverged"
    assert diagnosis.answers["diverged"].epoch == 5
    assert key in diagnosis.answers["diverged"].evidence.known().values()
    json.dumps(diagnosis.to_dict(), allow_nan=False)


@pytest.mark.parametrize("value", [math.nan, math.inf])
@pytest.mark.parametrize("first", [0, 4, 7])
def test_a_broken_validation_loss_beside_usable_training_does_not_count_as_divergence(value: float, first: int) -> None:
    columns = {"loss": np.linspace(1, 0.5, 9), "val_loss": np.linspace(1, 0.6, 9)}
    columns["val_loss"][first:] = value
    diagnosis = run(**columns)
    assert diagnosis.answers["diverged"].answer == "no"
    assert diagnosis.verdict != "diverged"
    assert [finding.epochs for finding in diagnosis.findings if finding.rule == "RG208"] == [(first + 1, 9)]
    assert diagnosis.advice[0].code == "check-validation"
    assert "weights are unusable" not in str(diagnosis.finding_words)
    said = f"{diagnosis.verdict_words.text} {diagnosis.answer_words['overfitting']}"
    assert "NaN or infinite" in said


def test_validation_that_breaks_in_the_last_epoch_may_be_a_divergence() -> None:
    columns = {"loss": np.linspace(1, 0.5, 9), "val_loss": np.linspace(1, 0.6, 9)}
    columns["val_loss"][8:] = math.nan
    assert run(**columns).verdict == "diverged"


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e100])
@pytest.mark.parametrize("places", [slice(0, None), slice(4, None), slice(4, 6)])
@pytest.mark.parametrize("key", ["parameter_std/bias", "grad_norm", "val_bbox/APs", "strange", "weights/head_loss"])
def test_a_broken_value_outside_the_losses_is_reported_and_is_not_divergence(
    key: str, places: slice, value: float
) -> None:
    columns = {name: np.linspace(1, 0.5, 9) for name in ("loss", "val_loss", key)}
    columns[key][places] = value
    diagnosis = run(**columns)
    assert diagnosis.answers["diverged"].answer == "no"
    said = [finding for finding in diagnosis.findings if finding.code in ("values-missing", "broken-in-passing")]
    assert [finding.evidence.key for finding in said] == [key]
    assert (
        key
        in diagnosis.finding_words[diagnosis.findings.index(said[0])].text
        + diagnosis.finding_words[diagnosis.findings.index(said[0])].title
    )


def test_without_losses_a_broken_score_is_divergence() -> None:
    assert run(accuracy=[0.5, 0.6, math.nan, math.nan]).verdict == "diverged"


@pytest.mark.parametrize("value", [math.nan, math.inf, 1e300])
def test_a_non_finite_learning_rate_is_not_divergence(value: float) -> None:
    diagnosis = run(loss=np.linspace(1, 0.5, 9), learning_rate=[0.1] * 4 + [value] + [0.01] * 4)
    assert diagnosis.answers["diverged"].answer == "no"
    assert "learning-rate-changed" in [finding.code for finding in diagnosis.findings]
    json.dumps(diagnosis.to_dict(), allow_nan=False)


def test_a_non_finite_accuracy_leaves_no_infinite_number_in_the_findings() -> None:
    accuracy = np.linspace(0.5, 0.9, 30)
    accuracy[1] = math.inf
    diagnosis = run(loss=np.linspace(1, 0.2, 30), val_loss=np.linspace(1, 0.4, 30), val_accuracy=accuracy)
    json.dumps(diagnosis.to_dict(), allow_nan=False)


def test_an_accuracy_that_falls_has_not_exploded() -> None:
    """From 0.99 to 0.5 the error 1 - accuracy grows fifty-fold, yet nothing diverged."""
    assert run(accuracy=np.linspace(0.99, 0.5, 20)).verdict == "not-learning"


def test_an_unbounded_score_that_plunges_has_exploded_and_is_not_described_as_growing() -> None:
    diagnosis = run(r2=-np.geomspace(1, 100, 20))
    assert diagnosis.verdict == "diverged"
    assert "distance of the training" in diagnosis.verdict_words.text


@pytest.mark.parametrize("level", [1.0, -3.0, 5e-324, 1e-300, 1e99])
def test_a_constant_curve_did_not_learn(level: float) -> None:
    diagnosis = run(loss=[level] * 20, val_loss=[level] * 20)
    assert diagnosis.verdict == "frozen"
    assert diagnosis.answers["overfitting"].answer == "no"


def test_a_run_with_a_falling_negative_loss_has_learned_and_is_still_improving() -> None:
    line = np.linspace(-1.0, -9.0, 40)
    assert run(loss=line, val_loss=line + 0.1).verdict == "still-improving"
    assert run(loss=line - line[0]).answers["learning"].answer == "yes"


@pytest.mark.parametrize(("epochs", "answer"), [(DEFAULTS.min_epochs - 1, OPEN), (DEFAULTS.min_epochs, YES)])
def test_trends_are_judged_from_the_minimum_number_of_epochs_on(epochs: int, answer: str) -> None:
    line = np.linspace(1.0, 0.2, 10)[:epochs]
    diagnosis = run(loss=line, val_loss=line)
    assert diagnosis.answers["converged"].answer == ("no" if answer == YES else OPEN)
    assert diagnosis.verdict == "still-improving"
    assert (diagnosis.answers["overfitting"].reason == "too-few-epochs") == (answer == OPEN)


@given(strategies.histories())
def test_any_valid_history_gets_a_complete_diagnosis_of_finite_plain_data(history: TrainingHistory) -> None:
    diagnosis = reportgen.diagnose(history)
    document = diagnosis.to_dict()
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert list(document["answers"]) == list(QUESTIONS)
    epochs = set(history.epochs.tolist())
    assert diagnosis.best_epoch is None or diagnosis.best_epoch in epochs
    for given_answer in diagnosis.answers.values():
        assert (given_answer.probability is None) == (given_answer.answer == OPEN) == (given_answer.reason is not None)
        assert given_answer.probability is None or 0 <= given_answer.probability <= 1
        assert given_answer.epoch is None or given_answer.epoch in epochs
    severities = [finding.severity for finding in diagnosis.findings]
    assert severities == sorted(severities, key=("critical", "warning", "note", "good").index)


def said(diagnosis: Diagnosis) -> Any:
    answers = {question: (given.answer, given.probability) for question, given in diagnosis.answers.items()}
    return diagnosis.verdict, diagnosis.best_epoch, diagnosis.monitor, answers


@given(strategies.histories(strategies.losses), st.randoms())
def test_the_order_of_metrics_does_not_change_the_answers_if_the_loss_is_judged(
    history: TrainingHistory, random: Any
) -> None:
    frame = history.frame
    if "loss" not in history.metric_names:
        frame = frame.assign(metric=frame["metric"].replace(history.metric_names[0], "loss"))
    names = list(dict.fromkeys(frame["metric"]))
    random.shuffle(names)
    moved = frame.assign(rank=frame["metric"].map(names.index)).sort_values("rank", kind="stable").drop(columns="rank")
    one, other = reportgen.diagnose(TrainingHistory(frame)), reportgen.diagnose(TrainingHistory(moved))
    assert said(one) == said(other)
    assert {f.code for f in one.findings} == {f.code for f in other.findings}


@given(st.lists(st.tuples(strategies.losses, strategies.losses), min_size=1, max_size=40), st.integers(-40, 40))
def test_the_unit_of_the_loss_does_not_change_the_answers(values: list[tuple[float, float]], power: int) -> None:
    """Multiplying by a power of two is exact, so not even the probabilities may change."""
    train, validation = np.array(values).T
    assert said(run(loss=train, val_loss=validation)) == said(
        run(loss=train * 2.0**power, val_loss=validation * 2.0**power)
    )


@pytest.mark.parametrize("factor", [1e-6, 0.37, 1e6])
@pytest.mark.parametrize(
    "make", [histories.healthy, histories.overfit_from_12, histories.still_improving, histories.not_learning]
)
def test_named_runs_keep_their_answers_in_any_unit(make: Any, factor: float) -> None:
    history = make()
    loss = history.frame["metric"] == "loss"
    scaled = history.frame.assign(value=history.frame["value"].where(~loss, history.frame["value"] * factor))
    one, other = reportgen.diagnose(history), reportgen.diagnose(TrainingHistory(scaled))
    assert [one.answers[q].answer for q in QUESTIONS] == [other.answers[q].answer for q in QUESTIONS]
    assert (one.verdict, one.best_epoch) == (other.verdict, other.best_epoch)


def test_a_diagnosis_of_twenty_thousand_epochs_is_like_that_of_a_hundred() -> None:
    assert reportgen.diagnose(histories.healthy(20_000)).verdict == "finished"
    assert reportgen.diagnose(histories.still_improving(20_000)).verdict == "still-improving"


def test_the_first_broken_value_is_found_across_metrics() -> None:
    history = TrainingHistory.from_columns(
        [1, 2, 3], {"a": [1, 1, math.nan], "val_b": [1, math.inf, 1], "lr": [math.nan] * 3}
    )
    broken = first_broken(history, 1e100)
    assert broken is not None
    assert broken[:2] == (3, "a"), "val_b is usable again, lr is a setting"
    assert first_broken(histories.healthy(), 1e100) is None


@pytest.mark.parametrize("lost", [0.2, 0.3])
def test_a_run_that_lost_much_of_its_gain_is_unstable(lost: float) -> None:
    epochs = np.arange(100)
    loss = np.where(epochs < 40, 1.0 - 0.02 * epochs, 0.2 + 0.8 * lost * (epochs - 40) / 50)
    loss[90:] = 0.2 + 0.8 * lost
    assert run(loss=loss).verdict == "unstable"


@pytest.mark.parametrize(
    ("question", "changed", "verdict"),
    [
        ("more_training_helps", Answer("yes", 0.9), "still-improving"),
        ("overfitting", Answer("yes", 0.95, 30), "overfitting"),
        ("learning", Answer("no", 0.0), "not-learning"),
        ("diverged", Answer("yes", 1.0, 3), "diverged"),
    ],
)
def test_verdicts_name_the_most_severe_answer_first(question: Any, changed: Answer, verdict: str) -> None:
    judged = judge(histories.healthy())
    assert choose_verdict(judged.answers, judged.signs, DEFAULTS) == "finished"
    assert choose_verdict({**judged.answers, question: changed}, judged.signs, DEFAULTS) == verdict


def test_the_best_epoch_is_never_one_with_a_slightly_higher_loss() -> None:
    steady = np.linspace(0.6546, 0.6540, 20)
    assert (
        reportgen.diagnose(TrainingHistory.from_columns(range(1, 21), {"loss": steady, "val_loss": steady})).best_epoch
        == 20
    )
    for make in histories.ALL:
        history, said = make(), reportgen.diagnose(make())
        if said.monitor == "val_loss" and said.best_epoch is not None:
            values = history.series("loss", "validation")
            values = values[np.isfinite(values.to_numpy())]
            lowest = values.min()
            chosen = values.loc[said.best_epoch]
            assert chosen == lowest or chosen > lowest + 0.004 * abs(lowest)


def test_the_answer_no_to_overfitting_says_that_the_rise_is_too_small() -> None:
    rise = np.concatenate([np.linspace(1.0, 0.5, 50), np.linspace(0.5, 0.51, 10)])
    said = reportgen.diagnose(
        TrainingHistory.from_columns(range(1, 61), {"loss": np.linspace(1, 0.4, 60), "val_loss": rise})
    )
    assert said.answers["overfitting"].answer == "no"
    assert "given its noise and length, that is not enough to call it overfitting" in said.answer_words["overfitting"]


def test_early_stopping_is_not_advised_if_it_could_never_stop_the_run() -> None:
    line = np.linspace(1.0, 0.3, 8)
    brief = TrainingHistory.from_columns(range(1, 9), {"loss": line, "val_loss": line + 0.02})
    short, long = (reportgen.diagnose(histories.of_tool(run)) for run in (brief, histories.still_improving()))
    assert short.verdict == "still-improving"
    assert "EarlyStopping" not in " ".join(short.verdict_words.advice)
    assert "EarlyStopping" in " ".join(long.verdict_words.advice)


@pytest.mark.parametrize(("losses", "verdict"), [([2.23, 2.25], "not-judged"), ([2.0, 2.0, 2.1], "not-judged")])
def test_two_or_three_values_do_not_show_that_a_model_never_learns(losses: list[float], verdict: str) -> None:
    diagnosis = run(loss=losses)
    assert diagnosis.verdict == verdict
    assert diagnosis.answers["learning"].reason == "too-few-epochs"
