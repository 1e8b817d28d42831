"""Tests, intervals and sample sizes: against SciPy, and against what they promise."""

import math

import numpy as np
import pytest

from reportgen.comparison import statistics
from reportgen.comparison.student import student_p, student_quantile

stats = pytest.importorskip("scipy.stats")


@pytest.mark.parametrize("degrees", [1, 2, 2.7, 4, 9, 50, 1000])
def test_the_t_distribution_is_that_of_scipy(degrees):
    for t in (0.0, 0.3, 1.0, 2.5, 6.0, 40.0):
        assert student_p(t, degrees) == pytest.approx(2 * stats.t.sf(t, degrees), rel=1e-6)
    assert student_quantile(0.95, degrees) == pytest.approx(stats.t.ppf(0.975, degrees), rel=1e-6)


def drawn(n, shift=0.0, seed=1):
    return np.random.default_rng([seed, n]).normal(shift, 1, n)


def welch(x, y, axis):
    return np.abs(stats.ttest_ind(x, y, axis=axis, equal_var=False).statistic)


@pytest.mark.parametrize(("n", "m"), [(4, 4), (5, 3), (5, 5), (8, 7)])
def test_permutation_tests_of_few_values_are_exact(n, m):
    first, second = drawn(n), drawn(m, 0.8, seed=2)
    found = statistics.compare_values(first, second)
    expected = stats.permutation_test(
        (first, second), welch, alternative="greater", vectorized=True, n_resamples=np.inf
    )
    assert (found.method, found.exact) == ("permutation", True)
    assert found.p == pytest.approx(expected.pvalue)


def test_a_small_group_that_varies_more_is_seldom_called_different():
    draw = np.random.default_rng(1)
    found = [statistics.compare_values(draw.normal(0, 1, 8), draw.normal(0, 4, 4)).p <= 0.05 for _ in range(300)]
    assert sum(found) <= 0.13 * len(found)  # a fifth if the means alone are permuted


@pytest.mark.parametrize("n", [6, 9, 12])
def test_pairs_are_compared_by_flipping_signs(n):
    first, second = drawn(n), drawn(n, 0.8, seed=2)
    found = statistics.compare_pairs(first, second)
    expected = stats.permutation_test(
        (first - second,), lambda x, axis: np.abs(np.mean(x, axis)), permutation_type="samples",
        alternative="greater", vectorized=True, n_resamples=np.inf,
    )  # fmt: skip
    assert (found.method, found.exact, found.pairs) == ("sign-flip", True, n)
    assert found.p == pytest.approx(expected.pvalue)


def test_values_too_few_for_permutations_are_compared_by_t_tests():
    first, second = drawn(3), drawn(3, 2, seed=2)
    found, paired = statistics.compare_values(first, second), statistics.compare_pairs(first, second)
    assert (found.method, paired.method) == ("welch", "paired-t")
    assert found.p == pytest.approx(stats.ttest_ind(first, second, equal_var=False).pvalue, rel=1e-6)
    assert paired.p == pytest.approx(stats.ttest_rel(first, second).pvalue, rel=1e-6)
    interval = stats.ttest_ind(first, second, equal_var=False).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), rel=1e-6)


@pytest.mark.parametrize(
    ("n", "m", "method"),
    [(3, 3, "welch"), (4, 4, "permutation"), (2, 4, "welch"), (2, 5, "permutation"), (1, 5, "single")],
)
def test_a_test_that_cannot_reach_the_level_is_not_used(n, m, method):
    apart = statistics.compare_values(np.arange(n) + 0.0, np.arange(m) + 1000.0)
    assert apart.method == method
    assert apart.p <= 0.05


def test_many_values_are_compared_by_sampled_permutations_that_repeat():
    first, second = drawn(30), drawn(30, 0.6, seed=2)
    found = statistics.compare_values(first, second)
    assert not found.exact
    assert found == statistics.compare_values(first, second)
    assert found.p == pytest.approx(stats.ttest_ind(first, second).pvalue, abs=0.01)


@pytest.mark.parametrize(("total", "n"), [(12, 5), (12, 1), (11, 8)])
def test_each_way_to_split_values_is_drawn_equally_often(total, n):
    drawn = np.unpackbits(statistics._sampled_splits(total, n), axis=0)
    assert set(drawn.sum(axis=0).tolist()) == {n}
    assert not drawn[total:].any()
    counts = np.unique(drawn[:total], axis=1, return_counts=True)[1]
    ways = math.comb(total, n)
    expected = statistics.SAMPLED / ways
    assert len(counts) == ways
    assert ((counts - expected) ** 2 / expected).sum() < ways - 1 + 4 * math.sqrt(2 * (ways - 1))  # chi-squared


def test_groups_of_many_sizes_share_their_random_numbers():
    draw = np.random.default_rng(9)
    groups = [draw.normal(size=size) for size in (150, 161, 173, 184)]
    for cache in (statistics._numbers_below, statistics._resampled):
        cache.cache_clear()
    for place, first in enumerate(groups):
        for second in groups[:place]:
            statistics.compare_values(first, second)
    assert statistics._numbers_below.cache_info().misses == 173 + 184
    assert statistics._resampled.cache_info().misses == 6  # not 2 for each of 6 pairs


@pytest.mark.parametrize("n", [3, 5, 10])
@pytest.mark.parametrize("paired", [False, True])
def test_equal_groups_are_seldom_called_different_and_intervals_hold_the_truth(n, paired):
    trials, compare = 150, statistics.compare_pairs if paired else statistics.compare_values
    different = held = 0
    for trial in range(trials):
        found = compare(*np.random.default_rng([trial, n]).normal(0, 1, (2, n)))
        different += found.p <= 0.05
        held += found.low <= 0 <= found.high
    assert different / trials <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / trials)
    assert abs(held / trials - 0.95) <= 3 * math.sqrt(0.05 * 0.95 / trials)


@pytest.mark.parametrize(("shift", "paired"), [(2.0, False), (1.0, False), (1.2, True)])
def test_the_advised_number_of_runs_finds_the_difference(shift, paired):
    needed = statistics.runs_needed(shift, 1.0, paired=paired)
    found = 0
    for trial in range(100):
        first, second = np.random.default_rng([trial, 3]).normal(0, 1, (2, needed))
        if paired:
            found += statistics.compare_pairs(first + shift, np.zeros(needed)).p <= 0.05
        else:
            found += statistics.compare_values(first + shift, second).p <= 0.05
    assert found / 100 == pytest.approx(0.8, abs=0.12)


def test_nothing_is_advised_without_a_difference_or_beyond_all_bounds():
    assert statistics.runs_needed(0.0, 1.0, paired=False) is None
    assert statistics.runs_needed(1e-9, 1.0, paired=False) is None
    assert statistics.runs_needed(5.0, 0.0, paired=False) == 3
    assert statistics.runs_needed(0.4, 1.0, paired=False) == 100
    assert statistics.runs_needed(0.39, 1.0, paired=False) is None
    assert statistics.runs_needed(0.4, 1.0, paired=False, tests=3) is None


def test_two_single_values_have_neither_a_test_nor_an_interval():
    found = statistics.compare_values(np.array([1.0]), np.array([2.5]))
    assert (found.mean, found.p, found.low, found.method) == (-1.5, None, None, None)


def test_a_single_value_is_compared_with_the_spread_of_a_group():
    group = np.array([0.80, 0.82, 0.81, 0.79, 0.83])
    near, far = (statistics.compare_values(np.array([value]), group) for value in (0.84, 0.90))
    assert near.p > 0.05 > far.p
    assert near.low < 0 < near.high
    assert far.low > 0


def test_a_test_that_cannot_pass_the_correction_is_not_used():
    first, second = np.arange(4) + 0.0, np.arange(4) + 1000.0
    assert [statistics.compare_values(first, second, tests).method for tests in (1, 3)] == ["permutation", "welch"]
    changes = np.arange(6) + 5.0
    assert [statistics.compare_pairs(changes, changes * 0, tests).method for tests in (1, 3)] == [
        "sign-flip", "paired-t",
    ]  # fmt: skip


def test_equal_values_are_not_different():
    same = statistics.compare_values(np.full(5, 2.0), np.full(5, 2.0))
    assert (same.p, same.low, same.high) == (1.0, 0.0, 0.0)


def test_holm_corrects_in_steps():
    assert statistics.holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert statistics.holm([0.01], tests=10) == pytest.approx([0.1])
    assert statistics.holm([]) == []


def test_a_value_far_from_the_others_is_an_outlier():
    assert statistics.outlying_values(np.array([0.50, 0.51, 0.49, 0.52, 2.0])) == [4]
    assert statistics.outlying_values(np.array([0.5, 0.5, 0.5, 0.5, 0.5, 0.9])) == [5]
    assert statistics.outlying_values(np.array([0.5, 0.5, 0.5, 2.0])) == []
    assert statistics.outlying_values(np.full(6, 0.5)) == []
    assert statistics.outlying_values(np.array([1.0, 1.0, 1.0, 1.0, 0.9991])) == []  # one sample more is wrong
    unlike = np.array([0.50, 0.51, 0.49, 0.52, 0.60])
    assert [statistics.outlying_values(unlike, groups) for groups in (1, 20)] == [[4], []]


@pytest.mark.parametrize("n", [5, 10, 30])
def test_values_of_one_distribution_are_seldom_outliers(n):
    assert sum(bool(statistics.outlying_values(drawn(n, seed=trial))) for trial in range(200)) <= 20


def test_errors_of_rounding_are_neither_spread_nor_difference():
    values = np.array([0.1 + 0.2, 0.3, 0.3, 0.3, 0.3, 0.3])
    assert statistics.spread_of(values).deviation == 0
    for compare in (statistics.compare_values, statistics.compare_pairs):
        found = compare(values, values[::-1] + 1e-17)
        assert (found.mean, found.p) == (0, 1)
    assert statistics.outlying_values(values) == []


def test_an_interval_of_a_share_stays_within_its_limits():
    values = np.array([0.978, 0.997, 0.941])
    plain, limited = statistics.spread_of(values), statistics.spread_of(values, (0.0, 1.0))
    assert plain.high > 1
    assert 0 < limited.low < plain.low
    assert limited.mean < limited.high < 1
    assert (plain.is_logit, limited.is_logit) == (False, True)
    percent = statistics.spread_of(100 * values, (0.0, 100.0))
    assert (percent.low, percent.high) == pytest.approx((100 * limited.low, 100 * limited.high))
    middle = statistics.spread_of(values - 0.4, (0.0, 1.0))
    assert (middle.low, middle.high) == pytest.approx((plain.low - 0.4, plain.high - 0.4))
    assert not middle.is_logit
    same = statistics.spread_of(np.ones(3), (0.0, 1.0))
    assert (same.low, same.high) == (1, 1)


def test_an_interval_on_the_logit_scale_contains_the_true_mean_more_often_than_one_that_is_cut_off():
    draw, truth, found = np.random.default_rng(1), 50 / 51, []
    for values in draw.beta(50, 1, (400, 3)):
        both = (statistics.spread_of(values, limits) for limits in (None, (0.0, 1.0)))
        found.append([spread.low <= truth <= spread.high for spread in both])
    cut, logit = np.mean(found, axis=0)
    assert logit > cut + 0.03
    assert logit > 0.92
