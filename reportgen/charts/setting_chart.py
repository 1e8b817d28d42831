"""The chart of a setting that changes during the run, such as the learning rate."""

import numpy as np

from reportgen import metrics
from reportgen.charts import theme
from reportgen.charts.chart import Chart, tabulate
from reportgen.charts.metric_chart import describe
from reportgen.charts.plan import Line
from reportgen.charts.planning import make_plan
from reportgen.history.frame import TrainingHistory
from reportgen.text import printable
from reportgen.wording.diagnosis import Diagnosis


def chart_setting(history: TrainingHistory, diagnosis: Diagnosis, metric: str, chart_id: str) -> Chart | None:
    """One setting over the course of a run; None if it never changes."""
    if not history.has(metric, "train"):
        return None
    series = history.series(metric, "train")
    values = series.to_numpy(dtype=np.float64)
    if len(values) < 2 or np.all(values == values[0]):
        return None
    language = diagnosis.language
    curves = (history.position(metric, "train"),)
    line = Line(language.say("value"), theme.SETTING, (), series.index.to_numpy(), values, curves=curves, stepped=True)
    label = metrics.label(metric, language)
    plan = make_plan([line], axis="setting", language=language)
    table = tabulate([label], [line], language)
    return Chart(
        chart_id, metric, label, describe(label, [line], diagnosis), plan, table, (line,), reading=printable(metric, 60)
    )
