"""The charts of a run. Importing this package does not load Altair; drawing a chart does."""

from reportgen import metrics
from reportgen.charts.chart import Chart
from reportgen.charts.gap_chart import chart_gap
from reportgen.charts.metric_chart import chart_metric
from reportgen.charts.setting_chart import chart_setting
from reportgen.diagnosis.outputs import owner_of
from reportgen.history.frame import TrainingHistory
from reportgen.wording.diagnosis import Diagnosis


def _diagnosis_of(metric: str, diagnosis: Diagnosis) -> Diagnosis:
    """The diagnosis of the output that a metric belongs to; for metrics of the whole model, that of the run."""
    return diagnosis.outputs.get(owner_of(metric, diagnosis.outputs) or "", diagnosis)


def chart_all(
    history: TrainingHistory, diagnosis: Diagnosis, baseline: TrainingHistory | None = None
) -> tuple[Chart, ...]:
    """All charts of a run: one per metric, the gap of the judged metric, and one per setting that changes."""
    charts: list[Chart | None] = [
        chart_metric(history, _diagnosis_of(name, diagnosis), name, f"chart-{number}", baseline)
        for number, name in enumerate(metrics.reading_order(history.metric_names), start=1)
    ]
    judged = diagnosis.monitor and metrics.parse_key(diagnosis.monitor)[0]
    diverged = diagnosis.answers["diverged"].answer == "yes"  # the gap would show only the divergence
    both = judged and history.has(judged, "train") and history.has(judged, "validation")
    if judged and both and not diverged and len(history.epochs) > 1:
        charts.append(chart_gap(history, diagnosis, judged, "chart-gap"))
    charts += [
        chart_setting(history, diagnosis, name, f"chart-setting-{number}")
        for number, name in enumerate(filter(metrics.is_schedule, history.metric_names), start=1)
    ]
    return tuple(chart for chart in charts if chart is not None)
