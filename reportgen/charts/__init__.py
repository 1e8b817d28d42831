"""The charts of a run. Importing this package does not load Altair; drawing a chart does."""

from reportgen.charts.chart import Chart
from reportgen.charts.choice import carded_metrics, charted_settings, judged_metric
from reportgen.charts.gap_chart import chart_gap
from reportgen.charts.metric_chart import chart_metric
from reportgen.charts.setting_chart import chart_setting
from reportgen.diagnosis.outputs import owner_of
from reportgen.history.frame import TrainingHistory
from reportgen.wording.diagnosis import Diagnosis


def _diagnosis_of(metric: str, diagnosis: Diagnosis) -> Diagnosis:
    """The diagnosis of the output that a metric belongs to; for metrics of the whole model, that of the run."""
    return diagnosis.outputs.get(owner_of(metric, diagnosis.outputs) or "", diagnosis)


def chart_one(
    history: TrainingHistory,
    diagnosis: Diagnosis,
    name: str,
    baseline: TrainingHistory | None = None,
    chart_id: str = "chart",
    *,
    labelled: bool = True,
) -> Chart:
    """The chart of one metric, whether or not the report draws it."""
    return chart_metric(history, _diagnosis_of(name, diagnosis), name, chart_id, baseline, labelled=labelled)


def chart_all(
    history: TrainingHistory, diagnosis: Diagnosis, baseline: TrainingHistory | None = None
) -> tuple[Chart, ...]:
    """The large charts: the most informative metrics, the gap of the judged one, and settings that change."""
    charts: list[Chart | None] = [
        chart_one(history, diagnosis, name, baseline, f"chart-{number}", labelled=number == 1)
        for number, name in enumerate(carded_metrics(history, diagnosis), start=1)
    ]
    judged = judged_metric(diagnosis)
    diverged = diagnosis.answers["diverged"].answer == "yes"  # the gap would show only the divergence
    both = judged and history.has(judged, "train") and history.has(judged, "validation")
    if judged and both and not diverged and len(history.epochs) > 1:
        charts.append(chart_gap(history, diagnosis, judged, "chart-gap"))
    charts += [
        chart_setting(history, diagnosis, name, f"chart-setting-{number}")
        for number, name in enumerate(charted_settings(history), start=1)
    ]
    return tuple(chart for chart in charts if chart is not None)
