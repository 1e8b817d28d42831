"""The generalisation gap: how much worse validation is than training, epoch by epoch."""

import numpy as np

from reportgen import metrics
from reportgen.charts import theme
from reportgen.charts.chart import Chart, tabulate
from reportgen.charts.metric_chart import describe, run_annotations, run_spans, smooth_over
from reportgen.charts.plan import Line, make_plan
from reportgen.diagnosis.findings import Diagnosis
from reportgen.history import TrainingHistory


def generalisation_gap(history: TrainingHistory, metric: str) -> tuple[np.ndarray, np.ndarray]:
    """How much worse validation is than training.

    Args:
        history: The run, with both curves of the metric.
        metric: Base name of a metric of known direction.

    Returns:
        Epochs that have both, int64, shape (n,), and the gap in the metric's own unit, float64, shape (n,); positive
        is worse. NaN where either value is not finite.

    Raises:
        UnknownMetricError: the run lacks one of the curves.
    """
    train, validation = history.series(metric, "train"), history.series(metric, "validation")
    common = train.index.intersection(validation.index)
    with np.errstate(invalid="ignore", over="ignore"):
        gap = (validation.loc[common] - train.loc[common]).to_numpy(dtype=np.float64)
    gap = gap if history.direction(metric) == "lower" else -gap
    return common.to_numpy(), np.where(np.isfinite(gap), gap, np.nan)


def chart_gap(history: TrainingHistory, diagnosis: Diagnosis, metric: str, chart_id: str) -> Chart | None:
    """The gap of one metric; None where no epoch has a finite one."""
    epochs, gap = generalisation_gap(history, metric)
    if not np.isfinite(gap).any():
        return None
    line = Line("gap", theme.SETTING, (), epochs, gap, smooth_over(gap))
    keep = ("best", "overfitting", "diverged")
    marks = [mark for mark in run_annotations(history, diagnosis, None) if mark.label.startswith(keep)]
    name = metrics.printable(metric, 20)
    plan = make_plan(
        [line],
        marks,
        run_spans(history, diagnosis),
        zero_rule=True,
        axis="linear",
        remark="Above zero, validation is worse than training.",
    )
    title = f"Generalisation gap ({metrics.label(metric).lower()})"
    text = f"How much worse validation is than training, in units of {name}. " + describe(title, [line], diagnosis)
    return Chart(chart_id, title, text, plan, tabulate(["epoch", "gap"], [line]))
