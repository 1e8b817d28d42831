"""The benchmark of comparisons: its networks differ by seed only, and its counts are shares."""

import numpy as np

from benchmarks import bench_compare, tables
from benchmarks.networks import Setup

SETUP = Setup(60, 40, 10, (8,), 16, "adam", 0.0, "constant", 4, 4)


def test_seeds_of_a_setting_differ_and_a_seed_of_the_generator_repeats_them():
    table = tables.load("wine", np.random.default_rng(1))
    first, again = (bench_compare.train_seeds(table, SETUP, 0.01, 12, np.random.default_rng(2)) for _ in range(2))
    assert first.shape == (12, 4)
    assert len(np.unique(first[:, -1])) == 12
    assert np.array_equal(first, again)
    assert first[:, -1].mean() < first[:, 0].mean()


def test_groups_far_apart_are_different_and_equal_ones_are_not():
    falling = np.linspace(1, 0.5, 6)
    near = falling + np.array([[-0.02], [-0.01], [0.0], [0.01], [0.02]])
    assert bench_compare.is_different(near, near + 0.5)
    assert not bench_compare.is_different(near, near + 0.001)


def test_a_rate_has_its_standard_error():
    assert bench_compare.rate_of([True, False, False, False]) == "25.0% ± 21.7% of 4"
