"""Pairs of groups, and which group is best."""

import numpy as np
import pytest

from reportgen.comparison.measures import Measure
from reportgen.comparison.verdicts import MOST_GROUPS, MeasuredRun, compare_groups, pairing, sum_up
from reportgen.history.frame import TrainingHistory

LOSS = Measure("val_loss", "loss", "validation", "lower")


def curve(level, noise=0.0):
    falling = level + np.exp(-np.arange(30) / 5) + np.random.default_rng(1).normal(0, 1, 30) * noise
    return TrainingHistory.from_columns(np.arange(1, 31), {"loss": falling, "val_loss": falling})


def group(values, **labels):
    names = [dict(zip(labels, each, strict=True)) for each in zip(*labels.values(), strict=True)] or [{}] * len(values)
    return [
        MeasuredRun(f"r{place}-{value}", value, label, curve(value))
        for place, (value, label) in enumerate(zip(values, names, strict=True))
    ]


def judged(measure=LOSS, **groups):
    pairs = compare_groups(groups, measure)
    return sum_up(list(groups), pairs), pairs


NEAR = [0.50, 0.52, 0.48, 0.51, 0.49]
FAR = [0.90, 0.92, 0.88, 0.91, 0.89]


def test_groups_far_apart_have_a_best_one():
    verdict, (pair,) = judged(a=group(NEAR), b=group(FAR))
    assert (verdict.code, verdict.best, verdict.worse, verdict.needed) == ("best", "a", ("b",), None)
    assert pair.difference.mean == pytest.approx(-0.4)
    assert pair.share == pytest.approx(0.4 / 0.9)
    assert (pair.basis, pair.paired_by) == ("runs", ())


def test_groups_with_overlapping_values_are_not_clearly_different_and_a_number_of_runs_is_advised():
    verdict, _ = judged(a=group(NEAR), b=group([value + 0.008 for value in NEAR]))
    assert (verdict.code, verdict.rivals) == ("same", ("b",))
    assert 20 < verdict.needed < 100


def test_of_three_groups_the_best_may_be_better_than_some():
    verdict, pairs = judged(a=group(NEAR), b=group([value + 0.004 for value in NEAR]), c=group(FAR))
    assert (verdict.code, verdict.rivals, verdict.worse) == ("some", ("b",), ("c",))
    assert len(pairs) == 3
    assert all(pair.p >= pair.difference.p for pair in pairs)


def test_an_unclear_difference_needs_more_runs_than_there_are_and_more_for_several_pairs():
    groups = {
        name: group([value + shift for value in NEAR]) for name, shift in zip("abcd", (0, 0.028, 9, 9), strict=True)
    }
    _, (alone,) = judged(a=groups["a"], b=groups["b"])
    _, pairs = judged(**groups)
    assert (alone.outcome, pairs[0].outcome) == ("different", "same")
    assert pairs[0].difference.needed > 5
    assert pairs[0].difference.needed > alone.difference.needed


def test_runs_with_the_same_seeds_are_compared_in_pairs():
    spread = [0.1, 0.5, 0.9, 1.3, 1.7, 2.1]
    shifted = [value + 0.05 + place / 1000 for place, value in enumerate(spread)]
    seeds = list("123456")
    verdict, (pair,) = judged(a=group(spread, seed=seeds), b=group(shifted, seed=seeds))
    assert (verdict.code, pair.paired_by, pair.difference.pairs) == ("best", ("seed",), 6)
    verdict, (pair,) = judged(a=group(spread), b=group(shifted))
    assert (verdict.code, pair.paired_by) == ("same", ())


@pytest.mark.parametrize(
    ("first", "second", "pairs"),
    [
        ({"seed": "123"}, {"seed": "321"}, [(0, 2), (1, 1), (2, 0)]),
        ({"seed": "123"}, {"seed": "124"}, [(0, 0), (1, 1)]),
        ({"seed": "123"}, {"seed": "156"}, []),  # one pair is too few
        ({"seed": "112"}, {"seed": "112"}, []),  # seeds that do not tell runs apart
        ({"seed": "123"}, {"fold": "123"}, []),
        ({"seed": "112", "fold": "121"}, {"seed": "211", "fold": "112"}, [(0, 1), (1, 2), (2, 0)]),
    ],
)
def test_pairs_have_the_same_seed_and_fold(first, second, pairs):
    assert pairing(group([1, 2, 3], **first), group([4, 5, 6], **second))[1] == pairs


def test_runs_are_not_paired_if_that_leaves_out_most_of_them():
    def paired(n, m, shared):
        first = group([0.1 * place for place in range(n)], seed=[str(place) for place in range(n)])
        second = group([0.2 * place for place in range(m)], seed=[str(place + n - shared) for place in range(m)])
        return len(pairing(first, second)[1])

    assert (paired(10, 10, 5), paired(10, 10, 4), paired(3, 6, 3), paired(3, 7, 3), paired(2, 2, 1)) == (5, 0, 3, 0, 0)


def test_a_run_without_a_partner_is_left_out_and_counted():
    _, (pair,) = judged(a=group([1, 2, 3], seed="123"), b=group([4, 5, 6, 7], seed="2349"))
    assert (pair.difference.pairs, pair.unpaired) == (2, 3)


def test_single_runs_are_compared_by_the_noise_of_their_curves():
    verdict, (pair,) = judged(a=group([0.5]), b=group([0.9]))
    assert (verdict.code, pair.basis, pair.p, verdict.needed) == ("best", "noise", None, None)
    assert pair.noise is not None
    noisy = {name: [MeasuredRun(name, value, {}, curve(value, 0.2))] for name, value in {"a": 0.50, "b": 0.51}.items()}
    assert judged(**noisy)[0].code == "same"


@pytest.mark.parametrize("values", [[0.7], [0.8, 0.75, 0.7], np.linspace(0.9, 0.7, 30)])
def test_curves_that_do_not_show_their_noise_cannot_be_tested(values):
    made = TrainingHistory.from_columns(np.arange(1, len(values) + 1), {"val_loss": values})
    short = [MeasuredRun("a", 0.7, {}, made)]
    verdict, (pair,) = judged(a=short, b=group([0.9]))
    assert (verdict.code, pair.outcome, pair.basis, pair.noise) == ("same", "untested", "none", None)


def test_single_test_scores_cannot_be_tested():
    verdict, (pair,) = judged(Measure("test_loss", "loss", "test", "lower"), a=group([0.5]), b=group([0.9]))
    assert (verdict.code, pair.outcome, pair.basis) == ("same", "untested", "none")


def test_a_single_run_is_compared_with_the_spread_of_a_group():
    assert judged(a=group(NEAR), b=group([0.53]))[0].code == "same"
    assert judged(a=group(NEAR), b=group([0.70]))[0].code == "best"


def test_of_many_groups_only_the_best_is_compared_with_the_others_as_strictly():
    draw = np.random.default_rng(1)
    many = {f"g{place}": group(draw.normal(place, 1, 5)) for place in range(MOST_GROUPS + 1)}
    _, pairs = judged(**many)
    assert [pair.better for pair in pairs] == ["g0"] * MOST_GROUPS
    last = pairs[-1]
    assert last.p > last.difference.p * MOST_GROUPS


def test_equal_values_are_never_different():
    assert judged(a=group([0.5] * 5), b=group([0.5] * 5))[0].code == "same"


def test_copies_and_values_that_do_not_vary_are_not_tested():
    copies = [MeasuredRun(f"c{n}", 0.5, {}, curve(0.5)) for n in range(6)]
    others = [MeasuredRun(f"d{n}", 0.9, {}, curve(0.9)) for n in range(6)]
    verdict, (pair,) = judged(a=copies, b=others)
    assert (verdict.code, pair.outcome, pair.basis, pair.p, pair.difference.low) == (
        "same", "untested", "constant", None, None,
    )  # fmt: skip
    _, (pair,) = judged(a=copies, b=group(FAR))
    assert (pair.basis, pair.difference.method, pair.difference.sizes) == ("runs", "single", (1, 5))
    _, (pair,) = judged(a=group([1, 1, 1], seed="123"), b=group([2, 2, 2], seed="123"))
    assert (pair.outcome, pair.basis) == ("untested", "constant")
    _, (pair,) = judged(a=group([1, 2, 5], seed="123"), b=group([2, 3, 6], seed="123"))
    assert (pair.outcome, pair.basis) == ("different", "runs")
    _, (pair,) = judged(a=group(NEAR) + group(NEAR), b=group(FAR))
    assert pair.difference.sizes == (5, 5)


def test_values_below_zero_have_no_percentages():
    score = Measure("val_r2", "r2", "validation", "higher")
    for mine, theirs in (([0.04, 0.05], [-0.48, -0.5]), ([-0.2, -0.1], [-0.48, -0.5])):
        assert judged(score, a=group(mine), b=group(theirs))[1][0].share is None
    assert judged(a=group([-0.5, -0.4]), b=group([0.1, 0.2]))[1][0].share is None


def test_one_group_is_not_compared():
    assert judged(a=group(NEAR))[0].code == "one-group"
