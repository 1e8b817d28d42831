"""At each threshold: the boundary itself is on the documented side, the next number is on the other one."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from shaped_runs import (
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
    zigzag,
)

from reportgen.diagnosis import judge
from reportgen.diagnosis import reading as reading_module
from reportgen.diagnosis.curves import ratio
from reportgen.diagnosis.evidence import Evidence
from reportgen.diagnosis.findings import Answer
from reportgen.diagnosis.judgement import Judgement
from reportgen.diagnosis.questions import (
    answer_more_training,
    choose_word,
    lost_since_best,
    overfitting_since,
    rise_since_best,
)
from reportgen.diagnosis.reading import NEARLY_EQUAL, read_run
from reportgen.diagnosis.rules.answers import rule_converged
from reportgen.diagnosis.rules.generalisation import rule_generalisation_gap, rule_over_confidence
from reportgen.diagnosis.shape import one_class_loss
from reportgen.diagnosis.signs import Bounce, Gap, Signs
from reportgen.diagnosis.thresholds import DEFAULTS
from reportgen.diagnosis.trees import INNER, TreeModel
from reportgen.diagnosis.verdict import choose_verdict
from reportgen.history.facts import EarlyStopping, RunFacts
from reportgen.history.frame import TrainingHistory

T = DEFAULTS
Measure = Callable[[Judgement, Evidence], float]


def factor(part: float, whole: float) -> float:
    """A number whose product with `whole` is exactly `part`."""
    near = part / whole
    for number in (near, math.nextafter(near, math.inf), math.nextafter(near, -math.inf)):
        if number * whole == part:
            return number
    raise AssertionError(f"no float times {whole} is {part}; change the run")


def unstable_rise(run: Judgement, _: Evidence) -> float:
    validation = run.reading.validation
    assert validation is not None
    tail = max(1, round(T.end_ratio * len(validation.smooth)))
    return (float(validation.smooth[-tail:].mean()) - float(validation.smooth.min())) / validation.scale


def unstable_fall(run: Judgement, _: Evidence) -> float:
    train, validation = run.reading.train, run.reading.validation
    assert train is not None
    assert validation is not None
    at_best = float(train.smooth[train.position(int(validation.epochs[validation.best]))])
    return -ratio(at_best - float(train.smooth[-1]), at_best)


def over_noise(run: Judgement, _: Evidence) -> float:
    validation = run.reading.validation
    assert validation is not None
    return factor(float(validation.smooth[-1]) - float(validation.smooth.min()), validation.noise)


def underfit_gap(run: Judgement, _: Evidence) -> float:
    train, validation = run.reading.train, run.reading.validation
    assert train is not None
    assert validation is not None
    low = float(train.smooth.min())
    return ratio(float(validation.smooth[-1]) - low, low)


def late_perfect(run: Judgement, _: Evidence) -> float:
    accuracy = run.reading.arrays.validation_accuracy
    return float((accuracy >= T.perfect_accuracy)[len(accuracy) // 2 :].mean())


def surer_rise(run: Judgement, e: Evidence) -> float:
    validation = run.reading.validation
    assert validation is not None
    tail = max(1, round(T.end_ratio * len(validation.smooth)))
    rise = float(validation.smooth[-tail:].mean()) - float(validation.smooth.min())
    return factor(rise, validation.scale)


def over_one_class(run: Judgement, e: Evidence) -> float:
    assert run.reading.train is not None
    return factor(float(run.reading.train.smooth.min()), one_class_loss(e.value or 0))


def level_at_drop(run: Judgement) -> float:
    return float(np.median(run.reading.arrays.validation[17:20]))


def some(name: str) -> Measure:
    """A number of the evidence."""
    return lambda _, evidence: float(getattr(evidence, name))


NOISY_WORSENING = worsening(rise=1.0)
NOISY_WORSENING = history(
    loss=NOISY_WORSENING.series("loss", "train").to_numpy(),
    val_loss=NOISY_WORSENING.series("loss", "validation").to_numpy() + zigzag(100, 0.01),
)
GAP = history(loss=np.linspace(1.0, 0.5, 40), val_loss=np.linspace(1.0, 0.5, 40) * 1.5)
# Findings that need at least (or at most) their threshold: the code, the threshold, a run, its measured number.
AT_LEAST: list[tuple[str, str, TrainingHistory, Measure]] = [
    ("diverged", "explosion_ratio", history(loss=[1.0, 0.8, 0.9, 1.5, 3.0, 3.0, 3.0]), some("last_over_first")),
    ("generalisation-gap", "gap_ratio", GAP, some("gap_ratio")),
    ("validation-better", "better_ratio", validation_below(by=0.5), lambda run, e: 0.5),
    ("validation-better", "better_share", validation_below(share=0.9), some("share")),
    ("leakage-suspect", "perfect_share", perfect(share=0.9), late_perfect),
    ("over-confidence", "confidence_rise", surer(), surer_rise),
    ("learning-rate-too-high", "bounce_lost", bouncing(), some("lost_ratio")),
    ("learning-rate-too-high", "bounce_noise", bouncing(), some("noise_ratio")),
    ("learning-rate-too-low", "slow_straightness", slow(straight=0.7), some("straightness")),
    (
        "plateau-after-drop",
        "drop_progress",
        dropped(),
        lambda r, e: factor((e.progress_before or 0) * 6, level_at_drop(r)),
    ),
    ("unstable", "unstable_rise_ratio", worsening(), unstable_rise),
    ("unstable", "unstable_train_ratio", worsening(), unstable_fall),
    ("unstable", "unstable_noise", NOISY_WORSENING, over_noise),
    ("noisy-validation", "noisy_ratio", jumping(), some("noise_ratio")),
    ("noisy-validation", "noisy_times", jumping(), lambda _, e: factor(e.noise or 0, e.train_noise or 0)),
    ("flat-accuracy", "flat_share", flat(), some("share")),
    ("flat-accuracy", "flat_loss", flat(), over_one_class),
    ("overfitting-possible", "possible", surer(rise=0.05), lambda run, e: run.answers["overfitting"].probability or 0),
]
AT_MOST: list[tuple[str, str, TrainingHistory, Measure]] = [
    ("underfitting", "underfit_fall", resting(), some("fall_ratio")),
    ("underfitting", "underfit_gap", resting(), underfit_gap),
    ("underfitting", "underfit_accuracy", resting(), some("train_accuracy")),
    ("learning-rate-too-low", "slow_noise", slow(straight=0.7), some("noise_of_fall")),
    ("learning-rate-too-low", "slow_fall", slow(), some("fall_ratio")),
    (
        "plateau-after-drop",
        "drop_rest",
        dropped(rest=0.005),
        lambda r, e: factor((e.progress_after or 0) * 20, level_at_drop(r)),
    ),
    ("flat-accuracy", "flat_wobble", flat(wobble=0.01), some("train_spread")),
    ("spikes", "spike_share", spiky(times=2), lambda run, e: 2 / 40),
]


def codes(of: TrainingHistory, **limits: Any) -> set[str]:
    alone: dict[str, Any] = {"far_end": 1e9}  # the other reason to call a run unstable
    return {finding.code for finding in judge(of, replace(DEFAULTS, **(alone | limits))).findings}


@pytest.mark.parametrize(("code", "limit", "of", "measure"), AT_LEAST, ids=[f"{c}: {t}" for c, t, _, _ in AT_LEAST])
def test_a_finding_needs_at_least_its_threshold(code: str, limit: str, of: TrainingHistory, measure: Measure) -> None:
    run = judge(of)
    measured = measure(run, next(finding.evidence for finding in run.findings if finding.code == code))
    assert code in codes(of, **{limit: measured})
    assert code not in codes(of, **{limit: measured * (1 + 1e-6) + 1e-9})


@pytest.mark.parametrize(("code", "limit", "of", "measure"), AT_MOST, ids=[f"{c}: {t}" for c, t, _, _ in AT_MOST])
def test_a_finding_allows_at_most_its_threshold(code: str, limit: str, of: TrainingHistory, measure: Measure) -> None:
    run = judge(of)
    measured = measure(run, next(finding.evidence for finding in run.findings if finding.code == code))
    assert code in codes(of, **{limit: measured})
    assert code not in codes(of, **{limit: measured * (1 - 1e-6) - 1e-9})


@pytest.mark.parametrize(
    ("code", "limit", "make"),
    [
        ("learning-rate-too-high", "rate_epochs", bouncing),
        ("learning-rate-too-low", "slow_epochs", slow),
        ("underfitting", "underfit_epochs", resting),
        ("spikes", "spike_epochs", spiky),
        ("flat-accuracy", "flat_epochs", flat),
        ("flat-accuracy", "min_epochs", flat),
        ("noisy-validation", "noisy_epochs", jumping),
        ("over-confidence", "noisy_epochs", surer),
        ("validation-better", "min_epochs", validation_below),
        ("unstable", "min_epochs", worsening),
        ("leakage-suspect", "perfect_epochs", perfect),
        ("plateau-after-drop", "drop_epochs", lambda: dropped(before=20, after=20)),
        ("still-improving", "min_epochs", slow),
    ],
)
def test_a_finding_needs_its_minimum_epochs(code: str, limit: str, make: Callable[[], TrainingHistory]) -> None:
    of = make()
    count = 20 if code == "plateau-after-drop" else len(of.epochs)
    assert code in codes(of, **{limit: count})
    assert code not in codes(of, **{limit: count + 1})


def test_progress_after_a_drop_may_equal_the_threshold() -> None:
    of = dropped(rest=0.005)
    evidence = next(f.evidence for f in judge(of).findings if f.code == "plateau-after-drop")
    before, after = evidence.progress_before or 0.0, evidence.progress_after or 0.0
    times = next(
        t
        for t in (before / after, math.nextafter(before / after, 0), before / after * (1 + 2e-16))
        if before / t == after
    )
    assert "plateau-after-drop" in codes(of, drop_times=times)
    assert "plateau-after-drop" not in codes(of, drop_times=times * (1 + 1e-6))


def test_a_learning_rate_may_drop_to_zero_but_not_below() -> None:
    assert "plateau-after-drop" in codes(dropped(factor=0.0))
    assert "plateau-after-drop" not in codes(dropped(factor=-0.1))


def test_a_flat_accuracy_is_reported_only_if_the_loss_fell_by_more_than_the_learning_threshold() -> None:
    of = history(loss=np.linspace(1.0, 0.75, 50), val_loss=np.linspace(1.0, 0.75, 50), val_accuracy=np.full(50, 0.65))
    assert "flat-accuracy" not in codes(of, learned_ratio=0.25)
    assert "flat-accuracy" in codes(of, learned_ratio=math.nextafter(0.25, 0))


@pytest.mark.parametrize(("peak", "reported"), [(20, False), (21, True)])
def test_the_best_accuracy_is_elsewhere_if_it_is_more_than_a_fifth_of_the_run_away(peak: int, reported: bool) -> None:
    loss = np.concatenate([np.linspace(1.0, 0.4, 10), np.linspace(0.4, 0.9, 40)])
    accuracy = np.full(50, 0.5)
    accuracy[peak - 1] = 0.75
    of = history(loss=np.linspace(1.0, 0.2, 50), val_loss=loss, val_accuracy=accuracy)
    assert judge(of).best_epoch == 10
    assert ("accuracy-peaks-elsewhere" in codes(of)) == reported


@pytest.mark.parametrize(("gain", "reported"), [(0.01, False), (0.0101, True)])
def test_the_best_accuracy_is_elsewhere_if_it_is_more_than_a_hundredth_higher(gain: float, reported: bool) -> None:
    loss = np.concatenate([np.linspace(1.0, 0.4, 10), np.linspace(0.4, 0.9, 40)])
    accuracy = np.zeros(50)
    accuracy[40] = gain
    of = history(loss=np.linspace(1.0, 0.2, 50), val_loss=loss, val_accuracy=accuracy)
    assert ("accuracy-peaks-elsewhere" in codes(of)) == reported


@pytest.mark.parametrize(
    ("probability", "word"),
    [(T.yes, "yes"), (math.nextafter(T.yes, 0), "unsure"), (T.no, "no"), (math.nextafter(T.no, 1), "unsure")],
)
def test_a_probability_at_a_threshold_counts_as_an_answer(probability: float, word: str) -> None:
    assert choose_word(probability, T) == word


def model(unsure: tuple[float, float] = (0.25, 0.75)) -> TreeModel:
    """One tree, whose root sends values up to 1 to the left."""
    threshold = np.full((1, INNER), np.inf)
    threshold[0, 0] = 1.0
    leaf = np.repeat([[0.0, 3.0]], (INNER + 1) // 2, axis=1)
    nodes = np.zeros((1, INNER), dtype=np.intp)
    return TreeModel(("x",), nodes, threshold, nodes == 0, leaf, 0.0, (1.0, 0.0), unsure)


def test_a_model_is_unsure_strictly_between_its_two_probabilities() -> None:
    assert [model().answer(p) for p in (0.25, 0.3, 0.5, 0.7, 0.75)] == ["no", "unsure", "unsure", "unsure", "yes"]
    assert model((0.5, 0.5)).answer(0.5) == "no"
    assert model().log_odds(np.array([[1.0], [1.1]])).tolist() == [0.0, 3.0]


def answers(**changed: Answer) -> dict[Any, Answer]:
    """Answers of a run that learned and may or may not have converged."""
    given = {
        "learning": Answer("yes", 1.0),
        "overfitting": Answer("unsure", 0.4),
        "converged": Answer("unsure", 0.5, evidence=Evidence(lost_ratio=0.0)),
        "more_training_helps": Answer("unsure", 0.5),
        "diverged": Answer("no", 0.0),
    }
    return given | changed


CONVERGED = Answer("yes", 0.9, 5)
TOO_FEW = Answer("not-assessed", reason="too-few-epochs")
BELOW = math.nextafter(T.probably, 0)
GAP = Gap("accuracy", 0.84, 0.59, 0.0)


def overfits(probability: float, rise: float = T.visible_ratio) -> dict[str, Answer]:
    word: Any = "yes" if probability > 0.9 else "unsure"
    return {"overfitting": Answer(word, probability, 5, evidence=Evidence(rise_ratio=rise))}


@pytest.mark.parametrize(
    ("changed", "signs", "verdict"),
    [
        ({}, Signs(), "unclear"),
        ({"converged": CONVERGED}, Signs(), "finished"),
        ({"converged": Answer("unsure", T.probably, 5)}, Signs(), "finished"),
        ({"converged": Answer("unsure", BELOW)}, Signs(), "unclear"),
        ({"more_training_helps": Answer("unsure", T.probably)}, Signs(), "still-improving"),
        ({"more_training_helps": Answer("unsure", BELOW)}, Signs(), "unclear"),
        (overfits(T.probably), Signs(), "overfitting"),
        (overfits(BELOW), Signs(), "unclear"),
        (overfits(T.probably, math.nextafter(T.visible_ratio, 0)), Signs(), "unclear"),
        ({"converged": CONVERGED}, Signs(gap=GAP), "large-gap"),
        ({"more_training_helps": Answer("unsure", math.nextafter(T.likely, 0))}, Signs(gap=GAP), "large-gap"),
        ({"more_training_helps": Answer("yes", T.likely)}, Signs(gap=GAP), "still-improving"),
        ({"converged": CONVERGED}, Signs(far_end=T.far_end), "unstable"),
        ({"converged": CONVERGED}, Signs(far_end=math.nextafter(T.far_end, 0)), "finished"),
        ({"converged": CONVERGED}, Signs(worse_together=True), "unstable"),
        (overfits(0.95), Signs(worse_together=True), "overfitting"),
        ({"converged": CONVERGED}, Signs(bounce=Bounce(0.2, 0.2)), "unstable"),
        ({"converged": CONVERGED}, Signs(validation_stuck="first-value"), "not-generalising"),
        ({"learning": Answer("no", 0.0)}, Signs(), "not-learning"),
        ({"learning": Answer("no", 0.0)}, Signs(stuck="chance", classes=10), "not-learning"),
        ({"learning": Answer("no", 0.0)}, Signs(stuck="zero-rate"), "frozen"),
        ({"learning": Answer("no", 0.0)}, Signs(stuck="constant"), "frozen"),
        ({"overfitting": TOO_FEW, "more_training_helps": TOO_FEW}, Signs(), "not-judged"),
    ],
)
def test_a_verdict_holds_on_one_side_of_each_condition_only(
    changed: dict[str, Answer], signs: Signs, verdict: str
) -> None:
    assert choose_verdict(answers(**changed), signs, T) == verdict


def test_only_a_run_that_finished_has_a_convergence_finding() -> None:
    run = judge(resting())
    assert run.verdict == "finished"
    assert len(rule_converged(run, T)) == 1
    assert rule_converged(replace(run, verdict="overfitting"), T) == []


@pytest.mark.parametrize("validated", [True, False])
def test_a_run_without_recent_progress_is_never_still_improving(validated: bool, monkeypatch: Any) -> None:
    """This holds for any prediction of the fitted model."""
    monkeypatch.setattr(TreeModel, "ask", lambda *_: 0.99)
    still = np.concatenate([np.linspace(1.0, 0.5, 20), np.full(20, 0.5)])
    columns = {"loss": still, "val_loss": still} if validated else {"loss": still}
    assert answer_more_training(read_run(history(**columns), T), T, Signs()).probability == 0.5
    falls = np.linspace(1.0, 0.5, 40)
    columns = dict.fromkeys(columns, falls)
    expected = T.likely if validated else T.probably
    assert (answer_more_training(read_run(history(**columns), T), T, Signs()).probability or 0) >= expected


def test_a_plateau_must_cover_a_minimum_share_of_the_run() -> None:
    of = resting()
    run = judge(of)
    start = run.answers["converged"].epoch
    assert start is not None
    part = float(np.mean(of.epochs >= start))
    assert judge(of, replace(T, plateau_share=part)).answers["converged"].answer == "yes"
    assert judge(of, replace(T, plateau_share=math.nextafter(part, 1))).answers["converged"].probability == 0.5


def test_a_curve_that_only_rises_has_no_progress_to_lose() -> None:
    curve = read_run(history(loss=np.linspace(1.0, 1.5, 30)), T).monitor
    assert curve is not None
    assert lost_since_best(curve, T) == 0.0


@pytest.mark.parametrize(("epochs", "reason"), [(1, "too-few-epochs"), (2, None)])
def test_learning_needs_two_values(epochs: int, reason: str | None) -> None:
    assert judge(history(loss=[1.0, 0.5][:epochs])).answers["learning"].reason == reason


def test_a_loss_that_stays_the_same_certainly_did_not_learn() -> None:
    assert judge(history(loss=np.ones(20))).answers["learning"].probability == 0.0


@pytest.mark.parametrize("worst", [0.0, 0.1])
@pytest.mark.parametrize("best", [1.0, 0.995])
def test_an_accuracy_between_0_and_1_never_explodes(worst: float, best: float) -> None:
    accuracy = np.array([0.99, best, *np.linspace(0.9, worst, 20)])
    assert judge(history(accuracy=accuracy)).answers["diverged"].answer == "no"


def test_a_run_diverged_after_the_last_epoch_below_the_threshold() -> None:
    loss = [1.0, 2.0, 1.9, 2.0, 3.0, 3.0, 3.0]
    assert judge(history(loss=loss)).answers["diverged"].epoch == 4


def test_overfitting_begins_after_the_turning_point() -> None:
    turn = np.concatenate([np.linspace(1.0, 0.4, 12), np.linspace(0.41, 0.9, 40)])
    reading = read_run(history(loss=np.linspace(1.0, 0.1, 52), val_loss=turn), T)
    assert overfitting_since(reading) == 13


def test_a_rise_above_zero_is_a_fraction_of_the_curve_range() -> None:
    turn = np.concatenate([np.linspace(1.0, 0.0, 20), np.linspace(0.0, 0.5, 21)[1:]])
    evidence = judge(history(loss=np.linspace(1.0, 0.1, 40), val_loss=turn)).answers["overfitting"].evidence
    assert evidence.best_value == 0.0
    assert 0.4 < (evidence.rise_ratio or 0) < 100


@pytest.mark.parametrize(("step", "count"), [(0.25, 1), (0.251, 2)])
def test_a_learning_rate_change_must_exceed_the_threshold(step: float, count: int) -> None:
    of = history(loss=[1.0, 0.9], lr=[1.0, 1.0 + step])
    assert len(read_run(of, replace(T, learning_rate_ratio=0.25)).learning_rate_steps) == count


def test_learning_rates_of_zero_or_out_of_range_are_not_used() -> None:
    of = history(loss=[1.0, 0.9, 0.8], lr=[T.off_scale, 0.0, 0.1])
    assert read_run(of, T).learning_rate_steps.tolist() == [0.0, 0.1]
    reading = read_run(history(loss=[1.0, 0.9, 0.8], lr=[np.inf, 0.0, 0.1]), T)
    assert [reading.rate_at(epoch) for epoch in (None, 1, 2, 3)] == [None, None, None, 0.1]


def test_a_difference_at_the_threshold_does_not_count() -> None:
    fall = 0.3 + 0.7 * np.exp(-0.2 * np.arange(60))
    mine, theirs = history(loss=fall + zigzag(60, 0.01)), history(loss=fall + zigzag(60, 0.01) + 0.2)
    found = judge(mine, baseline=theirs).comparison
    assert found is not None
    times = factor(found.difference, found.noise)
    for limit, outcome in ((times, "same"), (math.nextafter(times, 0), "better")):
        again = judge(mine, replace(T, real_difference=limit), theirs).comparison
        assert again is not None
        assert again.outcome == outcome


def test_a_run_reaches_a_baseline_of_the_same_value() -> None:
    found = judge(slow(), baseline=slow()).comparison
    assert found is not None
    assert found.reached_epoch == 50


@pytest.mark.parametrize(("best", "severity"), [(30, "warning"), (40, "note")])
def test_an_early_stop_at_the_best_epoch_lost_nothing(best: int, severity: str) -> None:
    loss = np.linspace(1.0, 0.5, 40)
    loss[best:] += 0.3
    run = RunFacts(status="stopped-early", early_stopping=EarlyStopping("loss", 5))
    of = TrainingHistory.from_columns(np.arange(1, 41), {"loss": loss}, run)
    assert abs((judge(of).best_epoch or 0) - best) <= 1
    assert [f.severity for f in judge(of).findings if f.code == "stopped-early"] == [severity]


LATE = [1.0, 0.5, 0.4, 0.3, 0.2, 0.1, 0.1, 0.1]


@pytest.mark.parametrize(("first", "answer"), [(0.0, "no"), (-1.0, "no"), (0.01, "yes")])
def test_a_loss_explodes_only_from_a_first_value_above_zero(first: float, answer: str) -> None:
    assert judge(history(loss=[first, *LATE[1:]])).answers["diverged"].answer == answer


@pytest.mark.parametrize(("low", "is_ratio_of_low"), [(0.0, False), (0.01, True)])
def test_a_rise_from_a_value_of_zero_is_a_fraction_of_the_whole_curve(low: float, is_ratio_of_low: bool) -> None:
    values = [1.0, 0.8, 0.6, 0.4, 0.2, low, low + 0.1]
    reading = read_run(history(loss=np.linspace(1.0, 0.1, 7), val_loss=values), T)
    reading = replace(reading, validation=replace(reading.validation, scale=2.0, noise=0.5))
    vars(reading)["best_epoch"] = 6
    rise = rise_since_best(reading)
    assert rise is not None
    whole = low if is_ratio_of_low else 2.0
    assert (rise.rise_ratio, rise.noise_ratio) == pytest.approx((0.1 / whole, 0.5 / whole))


@pytest.mark.parametrize(("chosen", "epoch"), [(NEARLY_EQUAL, 3), (math.nextafter(NEARLY_EQUAL, 1), 2), (0.0, 2)])
def test_an_epoch_hardly_above_the_lowest_one_gives_way_to_it(chosen: float, epoch: int, monkeypatch: Any) -> None:
    """The model chooses epoch 2; the lowest value, 0, is in epoch 3, or in both."""
    read = read_run(history(loss=[3, 2, *[1] * 7], val_loss=[3, 2, 1, *[2] * 6]), T)
    errors = np.array([1.0, chosen, 0.0, *[1.0] * 6])
    monkeypatch.setattr(reading_module, "choose_best", lambda *_: 2)
    assert replace(read, validation=replace(read.validation, errors=errors, scale=1.0)).best_epoch == epoch


@pytest.mark.parametrize(("seen", "count"), [(0.0, 0), (5e-324, 1), (-0.1, 0)])
def test_a_gap_is_only_measured_from_a_training_value_above_zero(seen: float, count: int) -> None:
    run = judge(history(loss=[1.0, 0.5, seen], val_loss=[1.0, 0.8, 0.6]))
    assert run.best_epoch == 3
    assert len(rule_generalisation_gap(run, T)) == count


@pytest.mark.parametrize(("before_tail", "count"), [(1, 1), (0, 0)])
def test_over_confidence_needs_a_best_epoch_before_the_end(before_tail: int, count: int) -> None:
    run = judge(surer())
    validation = run.reading.validation
    assert validation is not None
    size = len(validation.smooth)
    tail = round(T.end_ratio * size)
    smooth = np.full(size, 1.0)
    smooth[size - tail - before_tail] = 0.1
    reading = replace(run.reading, validation=replace(validation, smooth=smooth, scale=0.1))
    assert len(rule_over_confidence(replace(run, reading=reading), T)) == count
