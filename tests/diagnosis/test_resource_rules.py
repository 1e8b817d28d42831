"""RG506 and RG507: memory that grows steadily, and graphics cards that wait for data."""

from dataclasses import replace

import numpy as np
import pytest

import reportgen
from reportgen.diagnosis.findings import Finding
from reportgen.diagnosis.rules.resources import median_slope
from reportgen.history.resource_use import ResourceUse
from reportgen.wording.diagnosis import Diagnosis

MB = 1_000_000
X = np.linspace(0, 1, 100)
NOISE = np.random.default_rng(3).normal(0, 1, 100)


def diagnosed(memory_mb: np.ndarray, seconds: float = 600.0, **more: object) -> Diagnosis:
    history = reportgen.load({"loss": [1 / (1 + epoch) for epoch in range(20)]})
    memory = tuple(int(size * MB) for size in memory_mb)
    at_s = tuple(np.linspace(seconds / len(memory), seconds, len(memory)).tolist())
    use = ResourceUse(at_s, memory, (1.0,) * len(memory), machine_memory_bytes=16_000 * MB)
    return reportgen.diagnose(history.with_run(replace(history.run, resources=replace(use, **more))))  # type: ignore[arg-type]


def found(diagnosis: Diagnosis, code: str) -> Finding | None:
    return next((each for each in diagnosis.findings if each.code == code), None)


@pytest.mark.parametrize(
    ("memory_mb", "grows"),
    [
        (1000 + 1000 * X, True),
        (1000 + 1000 * X + 5 * NOISE, True),
        (1000 + 1000 * X + 400 * (np.arange(100) % 10 == 0), True),  # with peaks
        (np.where(X < 0.3, 3000, 1000) + 1000 * X, True),  # after memory for loading was freed
        (1000 + 210 * X, True),  # 105 MB and 9 % over the second half
        (1000 + 190 * X, False),  # 95 MB
        (3000 + 400 * X, True),  # 200 MB and 6 %
        (4000 + 400 * X, False),  # 200 MB, less than 5 %
        (2000 + 0 * X, False),
        (2000 + 50 * NOISE, False),
        (2000 - 1000 * X, False),
        (1000 + 2000 * np.minimum(1, 3 * X), False),  # fills up at first
        (1000 + 3000 * (1 - np.exp(-4 * X)), False),  # a cache that fills more and more slowly
        (np.where(X < 0.7, 1000, 2000), False),  # one step
        (1000 + 1000 * np.minimum(1, np.maximum(0, 2 * X - 0.9)), True),
        (1000 + 1000 * np.maximum(0, X - 0.85) / 0.15, False),  # only the end, such as an evaluation
        (1500 + 800 * np.sin(40 * X), False),  # epochs that take and free memory
    ],
)
def test_memory_that_grows_evenly_over_the_second_half_is_found(memory_mb: np.ndarray, grows: bool) -> None:
    assert (found(diagnosed(memory_mb), "memory-grows") is not None) == grows


def test_growth_has_numbers_and_too_few_or_short_samples_are_not_judged() -> None:
    growing = 1000 + 1000 * X
    diagnosis = diagnosed(growing)
    finding = found(diagnosis, "memory-grows")
    assert finding is not None
    assert finding.rule == "RG506"
    assert finding.evidence.memory_per_hour == pytest.approx(6060 * MB, rel=0.01)
    words = diagnosis.finding_words[diagnosis.findings.index(finding)]
    assert "grew steadily from 1.56 GB to 1.94 GB, by 6.06 GB per hour" in words.text
    assert "the machine's 16.0 GB would be full after 2 h 19 min" in words.text
    short, few = diagnosed(growing, 119.0), diagnosed(growing[::5])
    for run, reason in ((short, "too-short"), (few, "too-few-samples")):
        assert found(run, "memory-grows") is None
        (check,) = (check for check in run.checks if check.rule == "RG506")
        assert (check.state, check.reason) == ("not-applicable", reason)
    assert found(diagnosed(growing, 121.0), "memory-grows") is not None


def test_the_median_slope_is_that_of_the_line_whatever_a_quarter_of_the_points_say() -> None:
    y = 3 * X + 1
    y[::5] = 100.0
    assert median_slope(X, y) == pytest.approx(3.0)


@pytest.mark.parametrize(
    ("busy", "cores", "idle"),
    [(0.1, 1.0, True), (0.29, 0.8, True), (0.3, 1.0, False), (0.1, 0.79, False), (0.9, 8.0, False)],
)
def test_a_gpu_that_waits_while_processors_are_busy_is_found(busy: float, cores: float, idle: bool) -> None:
    gpu = (1.0,) * 30 + (busy,) * 70
    diagnosis = diagnosed(2000 + 0 * X, gpu_ratio=gpu, gpu_memory_bytes=(1,) * 100, cpu_cores=(cores,) * 100)
    finding = found(diagnosis, "idle-gpu")
    assert (finding is not None) == idle
    if finding is not None:
        text = diagnosis.finding_words[diagnosis.findings.index(finding)].text
        assert f"busy for {busy:.0%} of the time (median), while training kept {cores:.2g} CPU cores busy" in text


def test_a_run_without_a_gpu_says_so_and_one_without_samples_does_not_list_the_checks() -> None:
    (check,) = (check for check in diagnosed(2000 + 0 * X).checks if check.rule == "RG507")
    assert (check.state, check.reason) == ("not-applicable", "no-gpu")
    plain = reportgen.diagnose({"loss": [0.9, 0.5]})
    assert not {check.rule for check in plain.checks} & {"RG506", "RG507"}
