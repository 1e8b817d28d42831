"""`reportgen.compare`: from sources to a verdict, as data, text, Markdown and a gate."""

import json
import re
from dataclasses import replace

import histories
import numpy as np
import pytest

import reportgen
from reportgen.comparison.amounts import as_precise, to_digits_of
from reportgen.comparison.comparison_text import render_terminal
from reportgen.comparison.group_results import finals_differ
from reportgen.comparison.loading import load_runs
from reportgen.comparison.regressions import check_against, typical_run, word_typical
from reportgen.comparison.sentences import shown_p
from reportgen.comparison.verdicts import MOST_GROUPS
from reportgen.errors import DiagnosisError, LanguageError, UnknownMetricError
from reportgen.gate import read_rules
from reportgen.languages import ENGLISH
from reportgen.options import ReadOptions


def run(level, seed, n=30, noise=0.01, **facts):
    """A run whose best value is about ``level`` plus the luck of its seed."""
    draw = np.random.default_rng(seed)
    loss = level + np.exp(-np.arange(n) / 5) + draw.normal(0, noise)
    made = reportgen.TrainingHistory.from_columns(
        np.arange(1, n + 1), {"loss": loss, "val_loss": loss + 0.01, "val_accuracy": 1 - loss / 2}
    )
    return made.with_run(replace(made.run, **facts))


def seeds(level, first, count=5, **facts):
    return {f"seed_{seed}": run(level, seed, **facts) for seed in range(first, first + count)}


def two(low=0.3, high=0.4, **facts):
    """Five runs of each of two groups with different seeds."""
    groups = {"adam": seeds(low, 0, **facts), "sgd": seeds(high, 50, **facts)}
    return {f"{name}/{seed}": each for name, runs in groups.items() for seed, each in runs.items()}


def test_the_best_group_is_named_with_its_difference():
    found = reportgen.compare(two())
    assert (found.verdict.code, found.verdict.best, found.verdict.worse) == ("best", "adam", ("sgd",))
    assert [group.name for group in found.groups] == ["adam", "sgd"]
    assert found.measure.key == "val_loss"
    assert found.verdict_words.title == "adam is better than sgd on val_loss."
    assert "p = 0.0079" in found.verdict_words.text
    assert repr(found) == "<Comparison: best, 2 groups of 10 runs by val_loss>"
    assert str(found).startswith(found.verdict_words.title)


def test_tiny_p_values_are_bounded():
    found = reportgen.compare(
        {f"{name}/seed_{seed}": run(level, seed) for name, level in (("a", 0.3), ("b", 0.5)) for seed in range(12)}
    )
    assert ", p < 0.001 (" in found.verdict_words.text


def test_groups_without_a_clear_difference_get_a_number_of_runs():
    found = reportgen.compare(two(high=0.31))
    assert found.verdict_words.title == "No clear difference between adam and sgd on val_loss."
    assert found.verdict.needed is None
    assert found.verdict_words.advice[0].startswith("It would take more than 100 runs per group to tell whether")
    found = reportgen.compare(two(high=0.316))
    assert found.verdict_words.advice[0].startswith(f"Train about {found.verdict.needed} runs per group to find out")


def test_p_values_of_several_pairs_are_described_as_corrected():
    runs = {f"{name}/seed_{seed}": run(level, 10 * seed + place) for place, (name, level) in
            enumerate({"a": 0.3, "b": 0.305, "c": 0.5}.items()) for seed in range(4)}  # fmt: skip
    text = reportgen.compare(runs).verdict_words.text
    assert "for b (next best)" in text
    assert "p is corrected for 3 comparisons" in text
    assert "corrected" not in reportgen.compare(two()).verdict_words.text


@pytest.mark.parametrize(("p", "text"), [(0.0004, "< 0.001"), (0.0496, "0.0496"), (0.0504, "0.0504"), (0.1234, "0.12")])
def test_p_values_near_the_level_are_on_the_right_side_of_it(p, text):
    assert shown_p(p) == text


def test_ends_of_intervals_near_zero_have_a_side():
    assert to_digits_of([-0.0002, 0.0731], 0.0366) == ["−0.0002", "0.0731"]
    assert to_digits_of([-1e-9, 0.0731], 0.0366) == ["0.0000", "0.0731"]


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ((0.36, 0.3612), ("0.360", "0.361")),
        ((0.36, 0.36), ("0.360", "0.360")),
        ((0.99981, 0.99979), ("0.99981", "0.99979")),
    ],
)
def test_values_side_by_side_have_as_many_digits(values, texts):
    assert as_precise(*values, 3) == texts


@pytest.mark.parametrize("direction", ["lower", "higher"])
@pytest.mark.parametrize("seed", range(12))
def test_no_comparison_has_impossible_numbers(direction, seed):
    draw = np.random.default_rng(seed)
    scale, shift = 10.0 ** draw.integers(-6, 7), draw.choice([-1.0, 0.0, 1.0])
    runs = {}
    for group in range(draw.integers(1, 5)):
        spread = draw.choice([0.0, 1e-15, 0.01, 1.0])
        for number in range(draw.integers(1, 7)):
            ends = shift + spread * draw.normal(size=3)
            ends[draw.random(3) < 0.05] = draw.choice([np.nan, np.inf, -np.inf])
            runs[f"{'abcd'[group]}/seed_{number}"] = reportgen.load(
                {"score": scale * ends}, directions={"score": direction}
            )
    found = reportgen.compare(runs, metric="score")
    json.dumps(found.to_dict(), allow_nan=False)
    text = render_terminal(found, ENGLISH)
    assert not re.search(r"\bnan\b|\binf\b|NaN|None|p = 0\.0+\b|−0\.?0*(?![.\d])", text), text
    assert all(pair.p is None or 0 <= pair.p <= 1 for pair in found.pairs)


def test_a_single_run_beside_several_is_named():
    runs = {"new/seed_1": run(0.1, 1)} | {f"old/seed_{n}": run(0.3, n) for n in range(6)}
    words = reportgen.compare(runs).verdict_words
    assert words.title == "new did better than old on val_loss, with only one run of new."
    assert "; the mean of the 6 runs of old is " in words.text
    assert "Train new with more seeds: it has only one run." in words.advice


def test_equal_groups_have_the_same_value():
    runs = {f"{name}/seed_{seed}": run(0.3, 1) for name in "ab" for seed in range(3)}
    words = reportgen.compare(runs).verdict_words
    assert words.title == "a and b have the same val_loss."
    assert "The values are equal: choose by other criteria, such as training time." in words.advice


def test_a_group_that_ends_worse_is_not_said_to_be_clearly_better():
    draw = np.random.default_rng(1).normal(0, 0.002, 8)
    low = {f"a/seed_{n}": {"val_loss": [0.9, 0.3 + draw[n], 0.7]} for n in range(4)}
    flat = {f"b/seed_{n}": {"val_loss": [0.9, 0.45 + draw[n + 4], 0.45 + draw[n]]} for n in range(4)}
    found = reportgen.compare({name: reportgen.load(each) for name, each in (low | flat).items()})
    assert (found.caveat, found.to_dict()["verdict"]["caveat"]) == ("last-epoch", "last-epoch")
    assert found.verdict_words.title == "a is better than b on val_loss, but not at the last epoch."
    assert "At the last epoch, b is better: 0.4" in found.verdict_words.text
    assert "If you choose a, keep the weights of its best epoch." in found.verdict_words.advice


def test_a_best_group_of_which_runs_diverged_is_not_clearly_better():
    runs = two()
    runs["adam/seed_0"] = reportgen.load({"val_loss": [*run(0.3, 0).series("loss", "validation"), np.nan, np.nan]})
    found = reportgen.compare(runs)
    assert (found.caveat, found.verdict.code) == ("diverged", "best")
    assert found.verdict_words.title == "adam is better than sgd on val_loss, but some of its runs diverged."
    stable = "Make adam stable before you choose it: 1 of 5 runs diverged, and their values are from before that."
    assert found.verdict_words.advice[0] == stable
    assert ">Some runs diverged<" in found.to_html()


def test_single_runs_are_better_by_more_than_the_noise_but_not_clearly():
    found = reportgen.compare({"a": noisy(0.300, 1), "b": noisy(0.301, 2), "c": noisy(0.9, 3)})
    assert (found.verdict.code, found.verdict.worse) == ("some", ("c",))
    assert "a is better than c by more than the noise of the curves." in found.verdict_words.text
    assert "clearly" not in found.verdict_words.text


def noisy(level, seed, n=30):
    draw = np.random.default_rng(seed)
    return reportgen.load({"val_loss": level + np.exp(-np.arange(n) / 5) + draw.normal(0, 0.01, n)})


def broken(level, seed):
    """A run of which the last values are NaN."""
    return reportgen.load({"val_loss": [*run(level, seed).series("loss", "train"), np.nan, np.nan]})


def exploded(level, seed):
    """A run that explodes after half of its epochs."""
    loss = run(level, seed).series("loss", "train").to_numpy()
    return reportgen.load({"val_loss": loss * 10.0 ** np.clip(np.arange(len(loss)) - 15, 0, 6)})


def test_a_rival_that_diverged_is_not_said_to_be_as_good():
    found = reportgen.compare({"adam": run(0.3, 1), "sgd": exploded(0.6, 2), "lion": exploded(0.7, 3)})
    assert found.verdict_words.title == "adam is best on val_loss; sgd and lion diverged."
    stable = "Make sgd and lion stable before you choose: some runs diverged, and their values are from before that."
    assert found.verdict_words.advice[0] == stable
    both = reportgen.compare({"adam": exploded(0.3, 1), "sgd": exploded(0.6, 2)})
    assert both.verdict_words.title == "No clear difference between adam and sgd on val_loss."


def test_several_diverged_runs_of_a_single_group_are_mentioned_once():
    words = reportgen.compare(seeds(0.3, 0, 3) | {f"seed_{n}": broken(0.4, n) for n in (7, 8)}).verdict_words
    assert words.advice[0] == "Make the training stable first: 2 of 5 runs diverged."
    assert not any(sentence.startswith("Look at") for sentence in words.advice)


def test_a_mean_is_not_taken_over_runs_that_exploded():
    runs = seeds(0.3, 0, 4) | {"seed_9": exploded(0.3, 9)}
    assert "The median of all runs is best at epoch 30." in reportgen.compare(runs).verdict_words.text


def test_folds_that_overfit_have_one_epoch_for_all_advice():
    advice = reportgen.compare({f"fold_{fold}": overfit(fold) for fold in range(5)}).verdict_words.advice
    assert advice[0] == "Stop early, or restore the weights of the best epoch: all 5 runs overfit."
    assert advice[1].startswith("For a final model on all data, train for about ")


def overfit(seed, level=0.3, n=60):
    draw, epochs = np.random.default_rng(seed), np.arange(n)
    fall = np.exp(-epochs / 6)
    loss = level + 1.6 * fall + np.maximum(0, epochs - 12) * 0.012 + draw.normal(0, 0.005, n)
    return reportgen.load({"loss": level + 1.6 * fall - 0.004 * epochs, "val_loss": loss})


def test_runs_that_overfit_are_to_be_stopped_early_with_the_epoch_once():
    alone = reportgen.compare({f"seed_{seed}": overfit(seed) for seed in range(5)}).verdict_words
    stop = [sentence for sentence in alone.advice if "Stop" in sentence]
    assert stop == ["Stop early, or restore the weights of the best epoch (about 20): all 5 runs overfit."]
    assert "overfitting" not in alone.text  # the advice says it
    groups = {f"{name}/seed_{seed}": overfit(seed + 9 * n, 0.3 + n / 5) for n, name in enumerate("ab")
              for seed in range(4)}  # fmt: skip
    both = reportgen.compare(groups).verdict_words.advice
    start = "Stop a and b early, or restore the weights of the best epochs (about "
    assert re.fullmatch(re.escape(start) + r"\d\d in a\): most of their runs overfit\.", both[0])
    settled = {f"b/seed_{seed}": run(0.5, seed, n=60) for seed in range(4)}
    one = reportgen.compare({name: each for name, each in groups.items() if name < "b"} | settled).verdict_words.advice
    assert any(re.match(r"Stop a early, .*\(about \d\d\): all 4 runs overfit\.", sentence) for sentence in one)
    single = reportgen.compare({"a": overfit(1), "b": overfit(2), "c": overfit(3)}).verdict_words.advice
    assert any(sentence.startswith("Stop all runs early") for sentence in single)


def test_test_scores_of_some_runs_are_counted_and_those_of_all_are_shown_beside_another_metric():
    runs = two()
    tested = {name: each.with_run(replace(each.run, test_results=(("f1", 0.5),))) for name, each in runs.items()}
    some = reportgen.compare(runs | {"sgd/seed_50": tested["sgd/seed_50"]})
    assert "1 of 10 runs have test scores." in some.summary()
    found = reportgen.compare(tested)
    assert "test_f1 after training: 0.500 and 0.500." in found.verdict_words.text
    assert any("--metric test_f1" in advice for advice in found.verdict_words.advice)
    assert "have test scores" not in found.summary()


def test_a_score_that_is_better_if_higher_is_compared_so():
    found = reportgen.compare(two(), metric="accuracy")
    assert (found.measure.key, found.verdict.best) == ("val_accuracy", "adam")
    assert found.pairs[0].difference.mean > 0


def test_test_scores_are_compared_if_all_runs_have_them_and_are_not_optimistic():
    tested = {
        name: each.with_run(replace(each.run, test_results=(("loss", 0.5 - place / 100),)))
        for place, (name, each) in enumerate(two().items())
    }
    found = reportgen.compare(tested)
    assert (found.measure.key, found.verdict.best, found.measure.is_optimistic) == ("test_loss", "sgd", False)
    assert not any("Confirm" in advice for advice in found.verdict_words.advice)
    assert any("Confirm" in advice for advice in reportgen.compare(two()).verdict_words.advice)


def test_single_runs_are_compared_by_noise_openly():
    words = reportgen.compare({"a": run(0.3, 1), "b": run(0.4, 2)}).verdict_words
    assert words.title == "a did better than b on val_loss, with one run each."
    assert "not with the spread of seeds" in words.text
    assert "at least 5 seeds" in words.advice[0]


def test_advice_about_a_single_run_does_not_speak_of_most_runs():
    falling = list(np.linspace(1, 0.5, 20))
    words = reportgen.compare({"a": reportgen.load({"loss": falling, "val_loss": falling})}).verdict_words
    assert words.advice[0] == "Train longer: the run was still improving."


def test_one_group_has_its_mean_interval_spread_and_outlier():
    runs = seeds(0.3, 0, 6) | {"seed_9": run(0.6, 9)}
    found = reportgen.compare(runs)
    assert found.verdict.code == "one-group"
    assert found.verdict_words.title.startswith("val_loss over 7 seeds: 0.3")
    assert found.groups[0].outliers == ("seed_9",)
    assert [(run.name, run.value) for run in found.outliers] == [("seed_9", found.groups[0].values[-1])]
    assert found.verdict_words.advice[0] == "Look at seed_9, which is far worse than the others, at 0.605."
    best = found.groups[0].average_best
    assert (best.epoch, best.center, best.is_end) == (30, "mean", True)
    assert "The best epoch of all runs is 30." in found.verdict_words.text


def test_folds_name_the_epoch_that_is_best_on_average_and_what_it_costs():
    falls = {1: 10, 2: 14, 3: 18}  # the best epoch of each fold
    folds = {f"fold {n}": reportgen.load({"val_loss": 0.3 + (np.arange(1, 31) - best) ** 2 / 1000})
             for n, best in falls.items()}  # fmt: skip
    words = reportgen.compare(folds).verdict_words
    assert "Best epochs of single runs: 10 to 18, median 14." in words.text
    assert "The mean of all runs is best at epoch 14, with 0.311; the mean of their best values is 0.300." in words.text
    assert "For a final model on all data, train for about 14 epochs, where the mean is best." in words.advice
    flat = {f"fold {n}": reportgen.load({"val_loss": [0.7 + n / 100] * 30}) for n in range(3)}
    falling = {f"fold {n}": reportgen.load({"val_loss": 3 - 0.05 * np.arange(40) + n / 100}) for n in range(3)}
    for runs in (flat, falling):
        assert not any("final model" in advice for advice in reportgen.compare(runs).verdict_words.advice)


@pytest.mark.parametrize(("last", "shown"), [(22, False), (21, True)])
def test_the_worst_fold_is_explained_by_its_early_end(last, shown):
    lengths = {"fold 1": last, "fold 2": 29, "fold 3": 35, "fold 4": 40}
    runs = {name: run(0.3 + 0.1 * (name == "fold 1"), 3, n, noise=0.001) for name, n in lengths.items()}
    found = reportgen.compare(runs)
    assert found.worst_run.name == "fold 1"
    assert found.worst_run.last_epochs_of_others == (29, 40)
    first = " ".join(found.verdict_words.advice)
    assert (f"It stopped at epoch {last}, the others at 29 to 40." in first) is shown


def test_what_to_do_begins_with_a_diverged_run_among_seeds():
    runs = {f"{name}/seed_{seed}": run(0.3, 10 * seed + len(name)) for name in ("adam", "sgd") for seed in range(6)}
    short = run(0.3, 3).frame
    values = short["value"].where(short["epoch"] < 5, np.nan)
    runs["sgd/seed_2"] = reportgen.TrainingHistory(short.assign(value=values))
    found = reportgen.compare(runs)
    assert found.verdict_words.advice[0].startswith("Look at sgd/seed_2, which is far worse than the others, at 0.8")
    assert 'Its verdict is "diverged"' in found.verdict_words.advice[0]
    assert found.summary().count("sgd/seed_2") == 1


def test_other_metrics_are_from_the_epoch_in_which_the_compared_one_is_best():
    loss, score = [0.9, 0.3, 0.5], [0.1, 0.4, 0.8]
    runs = {f"{name}/seed_{n}": reportgen.load({"val_loss": [x + n / 100 for x in loss], "val_accuracy": score,
            "val_f1": score, "val_auc": score}) for name in "ab" for n in range(3)}  # fmt: skip
    found = reportgen.compare(runs)
    assert [name for name, _ in found.groups[0].others] == ["val_accuracy", "val_f1"]
    assert [spread.mean for _, spread in found.groups[0].others] == pytest.approx([0.4, 0.4])
    assert "| a | 3 | 0.310 ± 0.010 | 0.285 … 0.335 | 0.510 ± 0.010 | 0.4000 ± 0 |" in found.summary()
    assert found.to_dict()["groups"][0]["other_metrics"]["val_f1"]["mean"] == pytest.approx(0.4)
    assert reportgen.compare(runs, metric="val_accuracy").groups[0].others[0][0] == "val_loss"


@pytest.mark.parametrize(("rise", "differ"), [(0.0, False), (0.04, False), (0.06, True)])
def test_last_values_are_shown_if_they_say_something_else_than_the_best_ones(rise, differ):
    runs = {name: reportgen.load({"val_loss": [3.0, 1.0, 1.0 + rise]}) for name in "ab"}
    found = reportgen.compare(runs)
    assert finals_differ(found.groups) is differ
    assert ("At the last epoch" in found.summary()) is differ


def test_a_last_value_that_is_not_finite_is_counted():
    runs = {
        f"{name}/seed_{n}": reportgen.load({"val_loss": [3.0, 1.0 + n / 10, np.nan if n == 1 else 2.0]})
        for name in "ab"
        for n in range(3)
    }
    found = reportgen.compare(runs)
    assert found.groups[0].finals == (2.0, 2.0)
    assert "2.000 ± 0 (2 of 3 runs)" in found.summary()


def test_runs_that_diverged_from_the_start_are_counted_and_left_out():
    broken = run(0.3, 1)
    broken = reportgen.TrainingHistory(broken.frame.assign(value=np.nan), broken.run)
    found = reportgen.compare(two() | {"sgd/seed_99": broken})
    assert found.groups[1].without_value == ("sgd/seed_99",)
    assert found.groups[1].spread.n == 5
    assert "1 run has no finite value and is left out: sgd/seed_99." in found.summary()
    with pytest.raises(DiagnosisError, match="No run has a finite value"):
        reportgen.compare({"a": broken, "b": broken})


def test_groups_without_a_value_are_part_of_the_verdict():
    gone = {f"b/seed_{n}": reportgen.load({"loss": [1, n], "val_loss": [np.nan] * 2}) for n in range(3)}
    found = reportgen.compare({f"a/{name}": each for name, each in seeds(0.3, 0, 3).items()} | gone)
    assert found.verdict_words.title == "Nothing to compare: only a has a finite val_loss."
    assert found.verdict_words.text.endswith("b has no finite val_loss.")
    other = reportgen.load({"mae": [0.3, 0.2], "val_mae": [0.3, 0.2]})
    found = reportgen.compare(two() | gone | {"mae": other})
    assert "mae has no val_loss (it has mae, val_mae)." in found.verdict_words.text
    assert "1 run has no val_loss and is left out: mae." in found.summary()
    assert "not reached" not in found.summary()
    many = dict.fromkeys(("x", "y", "z"), gone["b/seed_1"])
    text = reportgen.compare(many | {"a": run(0.3, 1)}, groups={name: name for name in "axyz"}).verdict_words.text
    assert text.endswith("Groups without a finite val_loss: x, y and z.")


def test_the_metric_that_groups_share_is_compared_in_any_order():
    mae, loss = {"val_mae": [0.3, 0.2]}, {"val_loss": [0.5, 0.4]}
    runs = {"a": reportgen.load(mae), "b": reportgen.load(loss), "c": reportgen.load(loss | mae)}
    assert reportgen.compare({name: runs[name] for name in "ac"}).measure.key == "val_mae"
    assert reportgen.compare({name: runs[name] for name in "ca"}).measure.key == "val_mae"
    with pytest.raises(DiagnosisError, match=r'No two groups .*: "a" has "val_mae"; "b" has "val_loss"'):
        reportgen.compare({name: runs[name] for name in "ab"})
    assert reportgen.compare({name: runs[name] for name in "ab"}, metric="val_mae").groups[1].name == "b"


def test_epochs_are_left_out_if_runs_count_different_things():
    runs = {f"fold_{n}": run(0.3, n, length) for n, length in enumerate((20, 25, 30))}
    assert reportgen.compare(runs).groups[0].average_best is not None
    found = reportgen.compare(runs | {"fold_3": run(0.3, 3, 2000)})
    assert found.counts_differ
    assert (found.groups[0].epochs, found.groups[0].average_best) == ((), None)
    assert "Some runs seem to count epochs and others steps or batches." in found.summary()
    assert not any("final model" in advice for advice in found.verdict_words.advice)
    stopped = reportgen.compare(runs | {"fold_3": run(0.3, 3, 120), "fold_4": run(0.3, 4, 1)})
    assert not stopped.counts_differ
    pair = reportgen.compare({"a": run(0.3, 1, 2000), "b": run(0.4, 2, 20)})
    assert (pair.target, "Epochs to" in pair.summary()) == (None, False)


@pytest.mark.parametrize(("values", "is_error"), [((90, 0.91), True), ((90, 85), False), ((0.9, 0.85), False)])
def test_percentages_are_not_compared_with_fractions(values, is_error):
    runs = {f"run {n}": reportgen.load({"val_accuracy": [value / 2, value]}) for n, value in enumerate(values)}
    if not is_error:
        assert reportgen.compare(runs).measure.key == "val_accuracy"
        return
    with pytest.raises(DiagnosisError, match=r'in percent in "run 0" \(90\) and a fraction of 1 in "run 1" \(0.91\)'):
        reportgen.compare(runs)


def test_values_out_of_range_count_as_diverged():
    huge = {f"{name}/seed_{n}": {"loss": [1e300 * (n + 1), 1e299 * (n + 1)]} for name in "ab" for n in range(2)}
    fine = {f"c/seed_{n}": {"loss": [1e300, 2, 1 + n / 10]} for n in range(3)}
    found = reportgen.compare({name: reportgen.load(each) for name, each in (huge | fine).items()})
    assert (found.verdict.best, found.groups[0].values) == ("c", (1.0, 1.1, 1.2))
    assert "a has no finite loss: its 2 runs diverged." in found.verdict_words.text
    assert found.to_html(static=True)


def test_copies_are_not_tested_in_words():
    same = {f"{name}/seed_{n}": run(level, 1) for name, level in (("a", 0.3), ("b", 0.4)) for n in range(3)}
    words = reportgen.compare(same).verdict_words
    assert words.title == "No clear difference between a and b on val_loss."
    assert "The values do not vary from run to run, as in copies of one run" in words.text
    assert words.advice[0].startswith("Compare more runs that are not copies")
    shifted = {f"{name}/seed_{n}": run(level, n) for name, level in (("a", 0.3), ("b", 0.4)) for n in range(3)}
    assert reportgen.compare(shifted).verdict.code == "best"  # the same difference for seeds that differ


def test_a_group_of_runs_too_short_to_judge_is_worse_only_so_far():
    short = {f"sgd/seed_{n}": run(0.4, n, 1) for n in range(5)}
    found = reportgen.compare({f"adam/{name}": each for name, each in seeds(0.3, 50).items()} | short)
    assert (found.caveat, found.verdict_words.title) == ("unfinished", "adam is better than sgd on val_loss so far.")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"metric": "lss"}, 'No run has a metric "lss"; there are "loss", "accuracy"'),
        ({"split": "valid"}, 'split="valid" is unknown; there are "train", "validation"'),
        ({"center": "mode"}, 'center="mode" is unknown; there are "mean", "median"'),
        ({"band": "x"}, 'band="x" is unknown; there are "deviation", "interval", "quartiles"'),
    ],
)
def test_unknown_curves_are_errors(given, message):
    with pytest.raises((DiagnosisError, UnknownMetricError), match=message):
        reportgen.compare(two()).curves(**{"metric": "loss", "split": "train"} | given)


def test_the_frame_is_tidy():
    frame = reportgen.compare(two()).frame
    assert list(frame.columns) == ["run", "group", "epoch", "metric", "split", "value"]
    assert len(frame) == 10 * 30 * 3
    assert frame.groupby("group")["run"].nunique().to_dict() == {"adam": 5, "sgd": 5}


def test_curves_have_a_line_for_each_group():
    adam, sgd = reportgen.compare(two()).curves("loss", "validation")
    assert (adam.group, sgd.group, adam.complete_until) == ("adam", "sgd", 30)


def test_verdicts_are_counted_and_settings_that_differ_are_named():
    runs = {
        f"{name}{seed}": run(0.3, seed, params=(("optimizer", name), ("seed", str(seed))))
        for name in ("adam", "sgd")
        for seed in range(3)
    }
    found = reportgen.compare(runs)
    assert found.different_settings == {"optimizer": {"adam": "adam", "sgd": "sgd"}}
    assert sum(count for _, count in found.verdict_counts("adam")) == 3
    assert found.pairs[0].paired_by == ("seed",)


def test_epochs_to_the_mean_of_the_worst_group_are_medians():
    best, worst = reportgen.compare(two()).groups
    assert best.epochs_to_target < worst.epochs_to_target <= 30
    assert best.reached == 5


def test_data_is_plain_and_the_same_each_time():
    data = reportgen.compare(two()).to_dict()
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert data == reportgen.compare(two()).to_dict()
    assert data["schema"] == "reportgen/comparison/1"
    assert data["groups"][0]["spread"]["n"] == 5
    assert data["pairs"][0]["difference"]["method"] == "permutation"


def test_other_metrics_in_mixed_units_are_left_out():
    def some(scale):
        return [
            {"loss": [1.0, 0.5 + seed / 9], "accuracy": [0.5 * scale, (0.8 + seed / 99) * scale]} for seed in range(3)
        ]

    found = reportgen.compare({"share": some(1), "percent": some(100)})
    assert [group.others for group in found.groups] == [(), ()]
    assert "accuracy seems to be in percent in some runs and a fraction of 1 in others, so it is left out." in (
        found.summary()
    )
    assert reportgen.compare({"a": some(1), "b": some(0.9)}).groups[0].others[0][0] == "accuracy"


def test_training_values_are_compared_with_a_note_if_runs_lack_validation():
    runs = {"a": {"loss": [1, 0.5], "val_loss": [1, 0.6]}, "b": {"loss": [1, 0.6]}}
    note = "Training values are compared, as only 1 of 2 runs have val_loss. They do not show overfitting."
    assert note in reportgen.compare(runs).to_dict()["remarks"]
    assert note not in reportgen.compare({"b": runs["b"], "c": {"loss": [1, 0.4]}}).to_dict()["remarks"]


def test_nothing_was_selected_in_runs_of_one_epoch():
    def advice(epochs, names):
        runs = {name: {"loss": [1 - 0.1 * epoch + n / 99 for epoch in range(epochs)]} for n, name in enumerate(names)}
        return " ".join(reportgen.compare(runs).verdict_words.advice)

    assert "were selected" not in advice(1, ["a", "b"]) + advice(1, ["fold_1", "fold_2", "fold_3"])
    assert "were selected" in advice(2, ["a", "b"])
    assert "For a final model" not in advice(2, ["fold_1", "fold_2", "fold_3"])


def test_groups_are_chosen_by_the_caller():
    assert [group.name for group in reportgen.compare(two(), groups={"all": "*"}).groups] == ["all"]
    found = reportgen.compare(two(), groups={"first": "adam/*"})
    assert "5 runs belong to no group and are left out." in found.summary()
    with pytest.raises(DiagnosisError, match='No run has a setting "lr"'):
        reportgen.compare(two(), groups="lr")


@pytest.mark.parametrize(
    ("high", "limit", "outcome"),
    [
        (0.4, "5%", "failed"),
        (0.31, "0.1%", "undecided"),
        (0.31, "50%", "passed"),
        (0.4, "val_accuracy=0.001", "failed"),
    ],
)
def test_a_regression_fails_only_beyond_the_spread_of_the_runs(high, limit, outcome):
    result = reportgen.compare(two(high=high)).gate("adam", max_regression=limit)
    assert [check.outcome for check in result.checks] == [outcome]
    assert result.passed is (outcome != "failed")


def test_a_better_group_passes_the_gate():
    assert reportgen.compare(two()).gate("sgd", max_regression=0).checks[0].outcome == "passed"


def test_a_group_with_a_diverged_run_does_not_pass_the_gate():
    gone = {"sgd/seed_99": reportgen.load({"loss": [1, 2], "val_loss": [np.nan] * 2})}
    (check,) = reportgen.compare(two() | gone).gate("adam", max_regression="90%").checks
    assert check.outcome == "undecided"
    assert check.text.endswith("1 run diverged or has no finite value: sgd/seed_99.")
    with pytest.raises(DiagnosisError, match='no group to check besides the baseline "adam"'):
        reportgen.compare({f"adam/{name}": each for name, each in seeds(0.3, 0).items()}, groups={"adam": "*"}).gate(
            "adam", max_regression="2%"
        )


def test_a_group_without_a_finite_value_fails():
    gone = {f"bad/seed_{seed}": reportgen.load({"val_loss": [np.nan] * 3}) for seed in (1, 2)}
    (check, _) = reportgen.compare(two() | gone).gate("adam", max_regression="90%").checks[::-1]
    assert check.outcome == "failed"
    assert check.text.startswith("No run of bad has a finite val_loss. 2 runs diverged")


def test_any_of_many_groups_can_be_the_baseline():
    many = {f"g{n}": [{"loss": [1.0, 0.3 + n / 100 + seed / 1e4]} for seed in range(3)] for n in range(MOST_GROUPS + 2)}
    checks = reportgen.compare(many).gate("g5", max_regression="2%").checks
    assert [check.outcome for check in checks] == ["passed"] * 5 + ["failed"] * 16


def test_a_single_run_is_checked_against_the_spread_of_a_baseline():
    main = {f"main/{name}": each for name, each in seeds(0.3, 0).items()}
    for level, outcome in ((0.302, "undecided"), (0.4, "failed")):
        found = reportgen.compare(main | {"mine": run(level, 77)}, groups={"main": "main/*", "mine": "mine"})
        assert found.gate("main", max_regression="0.1%").checks[0].outcome == outcome


def test_mistakes_are_named():
    with pytest.raises(DiagnosisError, match='There is no group "x"; there are "adam", "sgd"'):
        reportgen.compare(two()).gate("x", max_regression=0)
    with pytest.raises(LanguageError):
        reportgen.compare(two(), language="xx")


def test_the_terminal_shows_tables_that_fit():
    text = render_terminal(reportgen.compare(two()), ENGLISH, width=60)
    assert max(map(len, text.splitlines())) <= 60
    assert "Runs whose names differ only in the seed are one group." in text
    many = {f"{name}/seed_{seed}": run(0.3 + place / 20, 9 * place + seed)
            for place, name in enumerate("abcdefgh") for seed in range(3)}  # fmt: skip
    lines = render_terminal(reportgen.compare(many), ENGLISH, width=80).splitlines()
    assert max(map(len, lines)) <= 80
    assert sum(line.startswith("a ") for line in lines) == 1 + 1 + 7  # the headline, its group and its pairs
    assert any(line.startswith("Left out because the table would be too wide: ") for line in lines)
    assert "and 21 more" in lines


def test_runs_with_the_values_of_another_one_are_named():
    runs = two()
    found = reportgen.compare(runs | {"adam/seed_8": runs["adam/seed_0"]})
    assert found.copies == ("adam/seed_8",)
    assert "1 run has exactly the values of another one" in found.summary()
    assert reportgen.compare(runs).copies == ()


def test_a_log_and_its_report_are_copies_even_if_only_the_report_has_the_learning_rate():
    curves = {"loss": [0.9, 0.6, 0.5], "val_loss": [0.9, 0.7, 0.6]}
    found = reportgen.compare({"log": curves, "report": curves | {"learning_rate": [0.1, 0.1, 0.01]}})
    assert found.copies == ("report",)


def test_a_note_says_that_folds_overlap():
    folds = {f"fold {number}": run(0.3, number) for number in range(1, 6)}
    assert "Folds share most of their training data" in reportgen.compare(folds).summary()


def test_an_outlier_is_explained_by_its_verdict():
    diverging = run(0.3, 9)
    values = diverging.frame["value"].where(diverging.frame["epoch"] < 5, np.nan)
    diverging = reportgen.TrainingHistory(diverging.frame.assign(value=values), diverging.run)
    (outlier,) = reportgen.compare(seeds(0.3, 0, 6) | {"seed_9": diverging}).outliers
    assert (outlier.name, outlier.verdict) == ("seed_9", "diverged")
    assert outlier.verdict_of_others != "diverged"


@pytest.mark.parametrize("name", ["healthy", "overfit_from_12", "diverged_at_7", "finite_explosion"])
def test_verdicts_are_those_of_reports(name):
    history = getattr(histories, name)()
    found = reportgen.compare({"a": history, "b": history})
    assert found.verdicts == {"a": reportgen.diagnose(history).verdict, "b": reportgen.diagnose(history).verdict}


@pytest.mark.parametrize(
    ("level", "rule", "outcome"),
    [
        (0.30, "2%", "passed"),
        (0.31, "2%", "undecided"),  # more than 2 % worse, but within the spread of the seeds
        (0.36, "2%", "failed"),
        (0.36, "0.1", "passed"),
        (float("nan"), "2%", "failed"),
    ],
)
def test_a_run_is_worse_than_several_baselines_only_beyond_their_spread(level, rule, outcome):
    baselines = load_runs(seeds(0.3, 10, 8), ReadOptions())
    (check,) = check_against(run(level, 3, noise=0.001), baselines, read_rules(max_regression=rule), ENGLISH)
    assert (check.outcome, check.rule) == (outcome, f"max-regression {rule}")


def test_the_typical_run_has_the_median_value():
    runs = load_runs({f"r{n}": run(level, 1) for n, level in enumerate([0.5, 0.1, 0.3])}, ReadOptions())
    assert typical_run(runs) == runs[2].history
    assert word_typical(runs, ENGLISH) == (
        "The baseline has 3 runs; the report is compared with the one that has the median val_loss."
    )


def test_a_check_against_several_baselines_says_what_to_do():
    baselines = load_runs(seeds(0.3, 10, 3), ReadOptions())

    def said(level, rule="2%", runs=baselines):
        return check_against(run(level, 3, noise=0.001), runs, read_rules(max_regression=rule), ENGLISH)[0].text

    assert " (mean ± sd) in the 3 runs of the baseline; up to 2% worse is allowed." in said(0.3)
    assert said(0.33).endswith("Repeat the run with other seeds, or use at least 5 baseline runs.")
    assert said(0.33, runs=load_runs(seeds(0.3, 10, 5), ReadOptions())).endswith("Repeat the run with other seeds.")
    assert said(0.9).endswith(" worse, more than the spread of the baseline explains.")
    gone = reportgen.load({"val_loss": [np.nan, np.nan]})
    alone = load_runs({"a": run(0.3, 1), "b": gone, "c": gone}, ReadOptions())
    assert "in a single baseline run" in said(0.3, runs=alone)
    copies = load_runs(dict.fromkeys("abc", run(0.3, 1, noise=0.001)), ReadOptions())
    assert said(0.9, runs=copies).endswith(
        " worse, more than the noise of the curves explains. All 3 runs of the baseline have the same values, so they "
        "count as one."
    )
    percent = reportgen.load({"loss": [1.0], "accuracy": [70.0]})
    fractions = load_runs(
        {name: {"loss": [1.0], "accuracy": [share]} for name, share in (("a", 0.7), ("b", 0.8))}, ReadOptions()
    )
    with pytest.raises(DiagnosisError, match=r'"accuracy" seems to be in percent in "this run" \(70\)'):
        check_against(percent, fractions, read_rules(max_regression="accuracy=1%"), ENGLISH)
    with pytest.raises(DiagnosisError, match='no run of the baseline has a finite value of "val_accuracy"'):
        said(0.3, "val_accuracy=2%", alone[1:])
    with pytest.raises(UnknownMetricError, match='the run has no metric "val_accuracy"'):
        check_against(
            reportgen.load({"val_loss": [1.0, 0.5]}), baselines, read_rules(max_regression="val_accuracy=1%"), ENGLISH
        )


def test_groups_whose_runs_were_still_improving_are_to_be_trained_longer():
    fast = [0.3 + 0.7 * np.exp(-np.arange(40) / 4) + seed / 200 for seed in range(4)]
    slow = [1.6 - 0.02 * np.arange(40) + seed / 199 for seed in range(4)]
    runs = {f"{name}/seed_{seed}": {"loss": loss, "val_loss": loss} for name, every in (("fast", fast), ("slow", slow))
            for seed, loss in enumerate(every)}  # fmt: skip
    found = reportgen.compare({name: reportgen.load(run) for name, run in runs.items()})
    assert (found.verdict.code, found.verdict.best) == ("best", "fast")
    first = found.verdict_words.advice[0]
    assert first == "Train slow longer before you decide: 4 of 4 runs were still improving."
    assert (found.caveat, found.verdict_words.title) == ("unfinished", "fast is better than slow on val_loss so far.")
    assert "| slow | 4 |" in found.summary()
    alone = reportgen.compare({name: reportgen.load(runs[f"{name}/seed_0"]) for name in ("fast", "slow")})
    assert alone.verdict_words.advice[0] == "Train slow longer before you decide: it was still improving."
    equal = reportgen.compare({f"fold_{fold}": reportgen.load(runs["slow/seed_0"]) for fold in (1, 2)})
    assert equal.verdict_words.text.startswith("All runs have the same value. The best epoch of all runs is 40.")
    finished = reportgen.compare({name: reportgen.load(runs[f"fast/seed_{n}"]) for n, name in enumerate("ab")})
    assert not any("longer" in advice for advice in finished.verdict_words.advice)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"groups": []}, r'groups is "\[\]"; a setting or several are needed'),
        ({"groups": {}}, r'groups is "\{\}"; a setting'),
        ({"groups": 5}, 'groups is "5"; a setting'),
        ({"groups": {"a": None}}, "groups is .*; a setting"),
        ({"metric": 5}, 'metric is "5"; the name of one is needed'),
        ({"names": 5}, 'names is "5"; a list with one name per run is needed'),
    ],
)
def test_arguments_of_a_wrong_kind_are_explained(wrong, message):
    with pytest.raises(reportgen.ReportgenError, match=message):
        reportgen.compare(two(), **wrong)


def test_rules_and_addresses_of_a_wrong_kind_are_explained():
    found = reportgen.compare(two())
    with pytest.raises(DiagnosisError, match='"None" is not a rule'):
        found.gate("adam", max_regression=None)
    for to in (None, [None], 5):
        with pytest.raises(reportgen.OutputError, match="is not an email address"):
            found.email(to)


WRONG = (5, [], {}, b"x", object(), ["a", 5])


@pytest.mark.parametrize("wrong", WRONG)
def test_arguments_of_a_wrong_type_are_errors_of_one_line(wrong):
    report = reportgen.build({"loss": [0.9, 0.5]})
    compared = reportgen.compare({"a": {"loss": [0.9, 0.5]}, "b": {"loss": [0.9, 0.6]}})
    calls = [
        lambda: report.email("a@example.org", subject=wrong),
        lambda: reportgen.email_reports([report], "a@example.org", title=wrong),
        lambda: reportgen.email_reports([wrong], "a@example.org"),
        lambda: report.email("a@example.org", sender=wrong),
        lambda: report.gate(min_probability=wrong),
        lambda: compared.email("a@example.org", subject=wrong),
        lambda: compared.email("a@example.org", title=wrong),
        lambda: compared.to_html(title=wrong),
        lambda: compared.to_html(theme=wrong),
        lambda: compared.to_html(static=wrong),
        lambda: compared.gate(wrong, max_regression="2%"),
        lambda: reportgen.compare(compared.runs[0].history, language=wrong),
        lambda: reportgen.compare(compared.runs[0].history, options=wrong),
        lambda: reportgen.compare(compared.runs[0].history, monitor=wrong),
        lambda: reportgen.build(report, look=wrong),
        lambda: reportgen.build(report, language=wrong),
        lambda: reportgen.Recorder("x.html", options=wrong),
    ]
    if wrong != 5:
        calls.append(lambda: compared.gate("a", max_regression=wrong))
    if wrong != {}:
        calls.append(lambda: reportgen.compare(compared.runs[0].history, directions=wrong))
    if wrong not in ([], {}, ["a", 5]):
        calls += [lambda: reportgen.Recorder("x.html", details=wrong)]
    for call in calls:
        with pytest.raises((TypeError, ValueError, reportgen.ReportgenError)) as caught:
            call()
        said = str(caught.value)
        assert "\n" not in said
        assert re.search(r"is needed|is not|There is no group|needs a|max_regression has no", said), said
        assert not re.search("unhashable|object has no", said)


def test_the_outcome_of_single_runs_fits_into_80_columns():
    runs = {f"adam_lr0.0{place}": run(0.3 + place / 10, place) for place in (1, 2, 3)}
    lines = render_terminal(reportgen.compare(runs), ENGLISH, width=80).splitlines()
    assert max(map(len, lines)) <= 80
    assert any(line.endswith("beyond the noise") for line in lines)
