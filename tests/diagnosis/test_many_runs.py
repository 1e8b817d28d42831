"""The verdicts of many runs at once are those of their reports, though less is computed, and together."""

import math

import histories
import numpy as np
import pytest
import shaped_runs

from benchmarks import corpora
from reportgen import load
from reportgen.diagnosis import judge, verdicts_of
from reportgen.diagnosis.features import extract, extract_all
from reportgen.diagnosis.smoothing import median, medians

SHAPED = [
    *(histories.healthy(n) for n in (3, 9, 100, 600)),
    histories.overfit_from_12(),
    histories.diverged_at_7(),
    histories.finite_explosion(),
    histories.validation_every_3(),
    histories.one_epoch(),
    histories.accuracy_only(),
    histories.no_validation(),
    histories.not_learning(),
    histories.still_improving(),
    histories.learning_rate_steps(),
    histories.by_steps(),
    histories.two_outputs(),
    shaped_runs.worsening(),
    shaped_runs.jumping(),
    shaped_runs.bouncing(),
]


def test_verdicts_of_many_runs_are_those_of_their_reports():
    labelled = [load(case.source) for case in corpora.read_sample().cases[::6]]
    runs = [*SHAPED, *labelled]
    assert verdicts_of(runs) == [judge(run).verdict for run in runs]


def test_features_computed_together_are_those_of_each_run():
    rng, runs = np.random.default_rng(1), []
    for n in (1, 2, 3, 5, 30, 30, 30, 450):
        curves = [rng.uniform(0.1, 0.9, n) for _ in range(4)]
        curves[1][rng.random(n) < 0.2 * (n % 4)] = math.nan
        runs.append((*curves, np.where(np.arange(n) < n / 2, 0.1, 0.01)))
    for run, found in zip(runs, extract_all(runs), strict=True):
        assert found == pytest.approx(extract(*run), nan_ok=True, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 151])
def test_medians_are_those_of_numpy(n):
    values = np.random.default_rng(n).normal(size=(5, n))
    assert medians(values).tolist() == np.median(values, axis=1).tolist()
    assert median(values[0]) == np.median(values[0])
