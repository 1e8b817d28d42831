"""The chart of the generalisation gap: how much worse validation is than training at each epoch."""

import numpy as np

from reportgen.charts import theme
from reportgen.charts.chart import Chart, tabulate
from reportgen.charts.metric_chart import LONGEST_TITLE, chosen_epoch, describe, run_spans, smoothed_lines
from reportgen.charts.plan import OFF_CHART, Line, Spot
from reportgen.charts.planning import make_plan
from reportgen.history.frame import TrainingHistory
from reportgen.text import printable
from reportgen.wording.chart_titles import word_ring
from reportgen.wording.diagnosis import Diagnosis


def generalisation_gap(history: TrainingHistory, metric: str) -> tuple[np.ndarray, np.ndarray]:
    """How much worse validation is than training.

    Args:
        history: The run, as prepared for judging.
        metric: Base name of a metric with a known direction.

    Returns:
        The epochs (or steps) with both values, int64, shape (n,), and the gap in the metric's own unit, float64, shape
        (n,); positive means worse. NaN where a value is not finite.

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
    """The gap of one metric; None if no epoch has a finite gap."""
    epochs, gap = generalisation_gap(diagnosis.reading.history, metric)
    if not np.isfinite(gap).any():
        return None
    language = diagnosis.language
    curves = (history.position(metric, "validation"), history.position(metric, "train"))
    if history.direction(metric) != "lower":
        curves = curves[::-1]
    line = Line(language.say("gap"), theme.SETTING, (), epochs, gap, curves=curves)
    chosen = chosen_epoch(diagnosis)
    spots = [
        Spot(epoch, value, hollow=True)
        for epoch, value in zip(epochs.tolist(), gap.tolist(), strict=True)
        if epoch == chosen and abs(value) < OFF_CHART
    ]
    plan = make_plan(
        smoothed_lines([line]),
        spans=run_spans(history, diagnosis),
        spots=spots,
        zero_rule=True,
        axis="linear",
        note=language.say("Above zero, validation is worse than training."),
        language=language,
    )
    title = language.say("Generalisation gap ({metric})", metric=printable(metric, LONGEST_TITLE))
    units = language.say(
        "How much worse validation is than training, in units of {metric}.", metric=printable(metric, 20)
    )
    text = language.join(units, describe(title, [line], diagnosis))
    name = f"gap ({metric})" if "gap" in history.metric_names else "gap"
    table = tabulate([line.label], [line], language, [spot.epoch for spot in spots])
    rings = [word_ring(spot.value, int(spot.epoch), diagnosis.monitor or "", language) for spot in spots]
    return Chart(chart_id, name, title, text, plan, table, (line,), reading=language.join(*rings))
