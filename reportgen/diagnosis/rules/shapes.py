"""Findings on the shape of single curves."""

import numpy as np

from reportgen import metrics
from reportgen.diagnosis.findings import Finding, Number
from reportgen.diagnosis.rules.case import Case


def rule_passing_breaks(case: Case) -> list[Finding]:
    """A curve had values that cannot be reckoned with, and usable ones again afterwards."""
    found = []
    history = case.reading.history
    for key in history.keys:
        metric, split = metrics.parse_key(key)
        series = history.series(metric, split)
        usable = np.abs(series.to_numpy()) < case.thresholds.off_scale
        last = np.flatnonzero(usable)
        broken = np.flatnonzero(~usable[: last[-1]]) if len(last) else last
        if len(broken) and not metrics.is_schedule(metric):
            span = (int(series.index[broken[0]]), int(series.index[broken[-1]]))
            evidence: dict[str, Number] = {"times": len(broken), "key": key}
            found.append(Finding("broken-in-passing", "warning", metric, span, evidence))
    return found
