import json
import math

import numpy as np
import pandas as pd
import pytest

from benchmarks import bench_diagnosis, corpora, judging, labels, rivals, rules, scores
from benchmarks.judging import PROJECT

FALLING = np.geomspace(1.0, 0.3, 40)
TURNING = np.concatenate([np.linspace(1.0, 0.5, 10), np.linspace(0.52, 1.5, 30)])


def curve(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float64)


def bools(text: str) -> np.ndarray:
    return np.array([letter == "y" for letter in text])


@pytest.mark.parametrize("name", list(rules.RULES))
def test_every_rule_detects_strong_overfitting(name):
    assert rules.RULES[name](FALLING, TURNING)


@pytest.mark.parametrize("name", list(rules.RULES))
def test_no_rule_fires_if_validation_falls_with_training(name):
    assert not rules.RULES[name](FALLING, FALLING * 1.05)


def test_gl5_fires_above_5_percent_and_may_fire_before_the_end_only():
    flat = np.ones(3)
    assert not rules.rule_gl_at_end(flat, curve(2, 1, 1.0499))
    assert rules.rule_gl_at_end(flat, curve(2, 1, 1.0501))
    recovered = curve(1, 1.2, 1.01)
    assert rules.rule_gl_ever(flat, recovered)
    assert not rules.rule_gl_at_end(flat, recovered)


def test_training_progress_matches_the_definition_of_prechelt():
    progress = rules.training_progress(curve(5, 4, 3, 2, 1))
    assert np.isnan(progress[:4]).all()
    assert progress[4] == pytest.approx(1000 * (15 / (5 * 1) - 1))


def test_pq_divides_the_loss_by_progress():
    rising = curve(1, 1, 1, 1, 1.1)
    assert not rules.rule_pq(curve(5, 4, 3, 2, 1), rising)  # 10 % lost, 2000 per mille of progress
    assert rules.rule_pq(curve(1, 1, 1, 1, 1), rising)


def test_up3_needs_three_rising_strips_in_a_row():
    def run(*ends: float) -> bool:
        return rules.rule_up(np.ones(5 * len(ends)), np.repeat(ends, 5))

    assert run(1, 2, 3, 4)
    assert not run(1, 2, 3)
    assert not run(1, 2, 3, 2, 3, 4)


def test_early_stopping_waits_ten_epochs():
    assert not rules.rule_early_stopping(np.ones(10), np.ones(10))
    assert rules.rule_early_stopping(np.ones(11), np.ones(11))


def test_final_over_minimum_is_strict():
    assert not rules.rule_final_over_minimum(np.ones(2), curve(10, 11))
    assert rules.rule_final_over_minimum(np.ones(2), curve(10, 11.1))


def test_ties_share_their_mean_rank():
    assert rules.ranks(curve(3, 1, 3, 2)).tolist() == [3.5, 1, 3.5, 2]
    assert rules.spearman(curve(1, 2, 3), curve(9, 5, 1)) == pytest.approx(-1)
    assert math.isnan(rules.spearman(curve(1, 2, 3), np.ones(3)))


def test_debugger_compares_with_a_tenth_of_the_training_loss():
    assert not rules.rule_debugger_overfit(curve(10, 10), curve(11, 11))
    assert rules.rule_debugger_overfit(curve(10, 10), curve(11, 11.1))


def labelled(test: list[float], loss: list[float] | None = None, stop: int = 6) -> labels.RunLabels:
    falling = np.linspace(1, 0.5, len(test)) if loss is None else np.array(loss)
    return labels.label_run(falling, np.ones(len(test)), np.array(test, dtype=np.float64), stop)


def test_a_rise_of_the_test_loss_is_overfitting_if_training_kept_falling():
    test = [1, 0.5, 0.5, 0.6, 0.6, 0.6, 0.6, 0.6]
    assert labelled(test).overfitting == "yes"
    assert labelled(test).true_best_epoch == 2
    assert labelled(test).true_onset_epoch == 4
    assert labelled(test, loss=[1, 0.5, 0.5, 0.9, 0.9, 0.9, 0.9, 0.9]).overfitting == "unstable"


@pytest.mark.parametrize(("end", "label"), [(1.0199, "no"), (1.0201, "between"), (1.0999, "between"), (1.1001, "yes")])
def test_the_limits_of_overfitting(end, label):
    assert labelled([2, 1, 1, *[end] * 5]).overfitting == label


@pytest.mark.parametrize(
    ("later", "label"), [(0.9901, "no"), (0.9899, "between"), (0.9501, "between"), (0.9499, "yes")]
)
def test_the_limits_of_more_training(later, label):
    assert labelled([2, 1, 1, 1, 1, 1, *[later] * 4]).more_training_helps == label


def test_a_single_outlier_is_not_the_best_epoch():
    assert labelled([1, 1, 0.1, 1, 1, 0.8, 0.8]).true_best_epoch == 6


def test_a_loss_that_is_not_finite_before_the_stop_is_diverged():
    loss = [1, 0.9, math.nan, math.nan, math.nan, math.nan, math.nan]
    assert labelled([1] * 7, loss).nonfinite_from == 3
    assert labelled([1] * 7, loss).overfitting == "diverged"
    assert labelled([1] * 7, [1, 1, 1, 1, 1, 1, math.inf]).overfitting == "no"  # only after the stop


def test_scores_match_values_calculated_manually():
    said, true = bools("yynnn"), bools("ynynn")
    assert scores.f1(said, true) == pytest.approx(0.5)  # 1 hit among 2 answers of "yes" and 2 true ones
    assert scores.macro_f1(said, true) == pytest.approx((0.5 + 2 / 3) / 2)
    assert scores.balanced_accuracy(said, true) == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert scores.brier(curve(1, 0.5), bools("yn")) == pytest.approx(0.125)
    assert math.isnan(scores.f1(bools("nn"), bools("nn")))


def test_calibration_error_weights_bins_by_their_runs():
    probability = curve(0.95, 0.95, 0.95, 0.05)
    assert scores.calibration_error(probability, bools("yyyn")) == pytest.approx(0.05)
    assert scores.calibration_error(probability, bools("nnny")) == pytest.approx(0.95)
    assert scores.calibration_error(curve(1.0), bools("y")) == 0


def test_the_error_of_exact_probabilities_falls_with_their_number():
    few, many = (scores.exact_error(np.full(n, 0.5)) for n in (25, 2500))
    assert few == pytest.approx(math.sqrt(2 / math.pi) * 0.5 / math.sqrt(25), rel=0.15)  # mean of |N(0, p (1 - p) / n)|
    assert many == pytest.approx(few / 10, rel=0.15)
    assert scores.exact_error(curve(1.0, 0.0)) == 0


def test_candidates_for_the_best_epoch_are_the_raw_and_smoothed_minima():
    dip = np.abs(np.arange(1.0, 41) - 30) / 40 + 1
    assert set(judging.candidates(dip)) <= {29, 30}  # the median of three is equal at both
    dip[9] = 0.9
    raw, *others = judging.candidates(dip)
    assert raw == 10
    assert not {29, 30}.isdisjoint(others)


def test_a_case_detects_explosions_and_runs_that_never_learned():
    def case(*loss: float) -> corpora.Case:
        return corpora.Case("run", {}, rivals.Curves(curve(*loss), np.ones(len(loss))))

    assert case(1, 0.5, 2.1, 2.1, 2.1).exploded
    assert not case(1, 0.5, 2, 2, 2).exploded
    assert not case(1, math.inf, math.inf).exploded
    assert case(1, 0.99, 1.5).never_learned
    assert not case(1, 0.989, 1.5).never_learned


def test_truncated_logs_are_labelled_by_later_epochs():
    frame = pd.DataFrame({"run_id": "a", "epoch": range(1, 13), "loss": 1.0, "val_loss": [1.0] * 6 + [0.97] * 6})
    said = {case.run_id: case.more_training_helps for case in corpora.cut_cases(frame)}
    assert said == {"a@25%": "yes", "a@50%": "yes", "a@75%": "no"}


def test_overfitguard_folders_are_read_and_broken_files_are_reported(tmp_path, capsys):
    root = tmp_path / "data" / "testing" / "real_world_data"
    for label in ("overfit", "non_overfit"):
        (root / label / "paper").mkdir(parents=True)
    stored = {"Train": [2, 1, 1], "Test": [2, 1, 3, 4], "train_metric": "Train", "monitor_metric": "Test"}
    (root / "overfit" / "paper" / "one.json").write_text(json.dumps(stored))
    (root / "non_overfit" / "paper" / "two.json").write_text('{"training_loss": [2, 1], "validation_loss": [2, 1]}')
    (root / "non_overfit" / "paper" / "three.json").write_text("version https://git-lfs.github.com/spec/v1")
    cases = {case.run_id: case for case in corpora.read_overfitguard(tmp_path).cases}
    assert {name: case.overfitting for name, case in cases.items()} == {
        "overfit/paper/one": "yes",
        "non_overfit/paper/two": "no",
    }
    assert cases["overfit/paper/one"].curves.val_loss.tolist() == [2, 1, 3]
    assert "three.json" in capsys.readouterr().err
    with pytest.raises(FileNotFoundError):
        corpora.read_overfitguard(root / "overfit")


@pytest.mark.parametrize(
    ("section", "who", "measure", "before", "now", "losses"),
    [
        ("overfitting", PROJECT, "F1 forced", 0.9, 0.891, 0),
        ("overfitting", PROJECT, "F1 forced", 0.9, 0.889, 1),
        ("overfitting", "losslint", "F1 forced", 0.9, 0.1, 0),
        ("more", PROJECT, "Brier", 0.05, 0.02, 0),
        ("more", PROJECT, "Brier", 0.05, 0.061, 1),
        ("calibration", "learning", "error", 0.01, 0.05, 1),
        ("diverged", PROJECT, "found", 1.0, None, 1),
    ],
)
def test_the_check_covers_only_scores_of_this_project(section, who, measure, before, now, losses):
    def figures(value):
        return {"sample": {section: {who: {measure: value}}}}

    assert len(bench_diagnosis.losses_against(figures(now), figures(before))) == losses


def test_a_tool_that_raises_an_exception_has_no_answer():
    def refuse(curves: rivals.Curves) -> rivals.Verdict:
        raise ValueError("five epochs are needed")

    rival = rivals.Rival("tool", "no_such_module_here", refuse, ("overfitting",))
    assert rival.judge(rivals.Curves(np.ones(3), np.ones(3))) == rivals.Verdict()
    assert rival.version() is None


def test_the_committed_labels_follow_from_the_committed_curves():
    curves, given = pd.read_csv(corpora.SAMPLE), pd.read_csv(labels.labels_path(corpora.SAMPLE))
    by_run = dict(iter(curves.groupby("run_id")))
    for row in given.to_dict("records")[::8]:
        run = by_run[row["run_id"]]
        losses = (run[name].to_numpy() for name in ("loss", "val_loss", "test_loss"))
        made = labels.label_run(*losses, row["stopped_at"])
        assert (made.overfitting, made.more_training_helps) == (row["overfitting"], row["more_training_helps"])
