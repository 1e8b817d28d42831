"""Findings on what the training used of its machine."""

import numpy as np

from reportgen.diagnosis.evidence import Evidence
from reportgen.diagnosis.findings import Finding
from reportgen.diagnosis.judgement import Judgement
from reportgen.diagnosis.thresholds import Thresholds

_PARTS = 4  # of the second half, each of which must hold more than the one before


def rule_memory_grows(run: Judgement, limits: Thresholds) -> list[Finding]:
    """The memory of the training grew steadily over the second half of the run."""
    use = run.reading.history.run.resources
    if use is None or use.seconds[-1] < limits.sampled_s:
        return []
    at_s, memory = np.array(use.seconds), np.array(use.memory_bytes, dtype=np.float64)
    second = at_s >= at_s[-1] / 2  # the first half may load data and libraries, and fill caches
    at_s, memory = at_s[second], memory[second]
    if len(at_s) < limits.memory_samples:
        return []
    span_s, slope = float(at_s[-1] - at_s[0]), median_slope(at_s, memory)
    level, growth = float(np.median(memory)), slope * span_s
    if growth < max(limits.grown_ratio * level, limits.grown_bytes):
        return []
    edges = at_s[0] + span_s * np.arange(_PARTS + 1) / _PARTS
    parts = np.clip(np.searchsorted(edges, at_s, side="right") - 1, 0, _PARTS - 1)
    levels = [float(np.median(memory[parts == part])) if (parts == part).any() else np.nan for part in range(_PARTS)]
    if not (np.diff(levels) >= limits.grown_evenly * growth / _PARTS).all():  # also for NaN
        return []
    end = float(np.median(memory[parts == _PARTS - 1]))
    left = use.machine_memory_bytes - end
    evidence = Evidence(
        memory_before=round(end - growth * (_PARTS - 1) / _PARTS),
        memory_after=round(end),
        memory_per_hour=round(slope * 3600),
        machine_memory=use.machine_memory_bytes or None,
        seconds_left=left / slope if use.machine_memory_bytes and left > 0 else None,
    )
    return [Finding("memory-grows", "warning", None, None, evidence)]


def median_slope(x: np.ndarray, y: np.ndarray) -> float:
    """The median of the slopes between all pairs of points (Theil and Sen), which outliers hardly change.

    Args:
        x: Shape (n,), ascending, n of at least 2.
        y: Shape (n,).
    """
    one, other = np.triu_indices(len(x), k=1)
    return float(np.median((y[other] - y[one]) / (x[other] - x[one])))


def rule_idle_gpu(run: Judgement, limits: Thresholds) -> list[Finding]:
    """The graphics cards were idle most of the time while the processors were busy."""
    use = run.reading.history.run.resources
    if use is None or len(use.gpu_ratio) < limits.gpu_samples or use.seconds[-1] < limits.sampled_s:
        return []
    busy, cores = float(np.median(use.gpu_ratio)), float(np.median(use.cpu_cores))
    if busy >= limits.idle_gpu or cores < limits.busy_cores:
        return []
    evidence = Evidence(gpu_ratio=busy, cpu_cores=cores, machine_cores=use.machine_cores or None)
    return [Finding("idle-gpu", "note", None, None, evidence)]
