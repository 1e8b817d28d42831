"""The chart of one metric: training against validation, with what the diagnosis found marked on it."""

import numpy as np
import pandas as pd

from reportgen import figures, metrics
from reportgen.charts import theme
from reportgen.charts.chart import Chart, tabulate
from reportgen.charts.plan import OFF_CHART, Annotation, Band, Line, Span, make_plan
from reportgen.diagnosis.curves import smoothed
from reportgen.diagnosis.findings import Diagnosis
from reportgen.diagnosis.rules.settings import learning_rate_steps
from reportgen.diagnosis.smoothing import noise_level
from reportgen.diagnosis.thresholds import DEFAULTS
from reportgen.history import SPLITS, TrainingHistory

_FEWEST_TO_SMOOTH = 20  # epochs; of fewer each one counts
_NOISY = 0.05  # noise from epoch to epoch, of what the curve spans, from which a smoothed line is drawn over it
_SMOOTHED_OVER = 0.06  # of the run's epochs
_MAX_RATE_MARKS = 4
_MAX_RATE_STEPS = 20  # more steps are a continuous schedule, which the chart of the learning rate shows


def split_lines(history: TrainingHistory, metric: str) -> list[Line]:
    """The training and the validation curve of a metric, as far as they were logged."""
    looks = {"train": ("train", theme.TRAIN, theme.TRAIN_DASH), "validation": ("validation", theme.VALIDATION, ())}
    lines = []
    for split in SPLITS:
        if history.has(metric, split):
            series = history.series(metric, split)
            name, colour, dash = looks[split]
            values = series.to_numpy(dtype=np.float64)
            lines.append(Line(name, colour, dash, series.index.to_numpy(), values, smooth_over(values)))
    return lines


def smooth_over(values: np.ndarray) -> np.ndarray | None:
    """A line to draw over the values of a noisy curve; None where it is short, smooth, or broken.

    Args:
        values: Shape (n,).
    """
    usable = np.isfinite(values) & (np.abs(np.nan_to_num(values)) < OFF_CHART)
    if len(values) < _FEWEST_TO_SMOOTH or not usable.all():
        return None
    span = float(np.ptp(values[len(values) // 10 :]))  # without the first fall, which would hide any noise
    if noise_level(values) < _NOISY * span or span == 0:
        return None
    return smoothed(values, max(5, round(_SMOOTHED_OVER * len(values))))


def run_annotations(history: TrainingHistory, diagnosis: Diagnosis, metric: str | None) -> list[Annotation]:
    """Best epoch, convergence, divergence and learning-rate changes, for any chart of the run.

    Args:
        history: The run.
        diagnosis: What was found.
        metric: The chart's metric, whose value at the best epoch is named; None for other charts.
    """
    marks = []
    if diagnosis.best_epoch is not None:
        value = _value_at(history, metric, diagnosis.best_epoch)
        text = f"best epoch {diagnosis.best_epoch}" + ("" if value is None else f": {figures.number(value)}")
        marks.append(Annotation(diagnosis.best_epoch, text, theme.BEST, value))
    for question, words in (("converged", "converged"), ("diverged", "diverged")):
        given = diagnosis.answers[question]  # type: ignore[index]
        epoch = given.details.get("epoch")
        spoilt = question == "converged" and diagnosis.answers["overfitting"].answer == "yes"
        if given.answer == "yes" and isinstance(epoch, int) and not spoilt:
            colour = theme.CONVERGED if question == "converged" else theme.ALARM
            marks.append(Annotation(epoch, f"{words} at {epoch}", colour))
    since = diagnosis.answers["overfitting"].details.get("since_epoch")
    if isinstance(since, int):
        marks.append(Annotation(since, f"overfitting from {since}", theme.VALIDATION))
    marks += rate_annotations(history, diagnosis)
    marks += [Annotation(epoch, f"resumed at {epoch}", theme.MUTED) for epoch in history.run.resumed_at[:3]]
    return marks


def rate_annotations(history: TrainingHistory, diagnosis: Diagnosis) -> list[Annotation]:
    """The learning rate's steps, of many the first few and the last; none where it changes all the time."""
    changed = next((finding for finding in diagnosis.findings if finding.code == "learning-rate-changed"), None)
    if changed is None or changed.metric is None or int(changed.evidence["changes"] or 0) > _MAX_RATE_STEPS:
        return []
    steps = learning_rate_steps(history, DEFAULTS).iloc[1:]
    if len(steps) > _MAX_RATE_MARKS:
        steps = pd.concat([steps.iloc[: _MAX_RATE_MARKS - 1], steps.iloc[-1:]])
    return [
        Annotation(int(epoch), f"LR {figures.setting(float(rate))}", theme.SETTING)
        for epoch, rate in zip(steps.index.to_numpy(), steps.to_numpy(), strict=True)
    ]


def run_spans(history: TrainingHistory, diagnosis: Diagnosis) -> list[Span]:
    """The stretch that overfits, or that came after divergence."""
    last = float(history.epochs[-1])
    since = diagnosis.answers["overfitting"].details.get("since_epoch")
    if isinstance(since, int) and since < last:
        return [Span(since, last, theme.VALIDATION)]
    broken = diagnosis.answers["diverged"].details.get("epoch")
    return [Span(broken, last, theme.ALARM)] if isinstance(broken, int) and broken < last else []


def forecast_band(history: TrainingHistory, diagnosis: Diagnosis, metric: str) -> Band | None:
    """How the judged curve would go on, where more training is said to help; None on the charts of other metrics."""
    ahead = diagnosis.forecast
    judged, split = metrics.parse_key(diagnosis.monitor or "")
    if ahead is None or metric != judged or diagnosis.answers["more_training_helps"].answer != "yes":
        return None
    label, colour = ("validation", theme.VALIDATION) if split == "validation" else ("train", theme.TRAIN)
    return Band(label, colour, ahead.epochs, ahead.low, ahead.mid, ahead.high)


def baseline_line(baseline: TrainingHistory, metric: str) -> list[Line]:
    """The metric's curve of an earlier run: validation where there is one; empty where it was not logged."""
    for split in reversed(SPLITS):
        if baseline.has(metric, split):
            series = baseline.series(metric, split)
            values = series.to_numpy(dtype=np.float64)
            return [Line("baseline", theme.MUTED, (), series.index.to_numpy(), values, faint=True)]
    return []


def chart_metric(
    history: TrainingHistory,
    diagnosis: Diagnosis,
    metric: str,
    chart_id: str,
    baseline: TrainingHistory | None = None,
) -> Chart:
    """One metric, training against validation, an earlier run faint behind."""
    lines = split_lines(history, metric) + ([] if baseline is None else baseline_line(baseline, metric))
    label = metrics.label(metric)
    marks, spans = run_annotations(history, diagnosis, metric), run_spans(history, diagnosis)
    plan = make_plan(lines, marks, spans, band=forecast_band(history, diagnosis, metric))
    headers = ["epoch", *(line.label for line in lines)]
    return Chart(chart_id, label, describe(label, lines, diagnosis), plan, tabulate(headers, lines))


def describe(label: str, lines: list[Line], diagnosis: Diagnosis) -> str:
    """What is to be seen, in words: where each line starts and ends, and the marked epochs."""
    parts = []
    for line in lines:
        course = f"{line.label} goes from {figures.number(line.values[0])} to {figures.number(line.values[-1])}"
        finite = line.values[np.isfinite(line.values)]
        if len(finite) > 2:
            course += f" (lowest {figures.number(finite.min())}, highest {figures.number(finite.max())})"
        parts.append(course)
    first = min(int(line.epochs[0]) for line in lines)
    last = max(int(line.epochs[-1]) for line in lines)
    text = f"{label} from epoch {first} to {last}: {'; '.join(parts)}."
    if diagnosis.best_epoch is not None:
        text += f" Best epoch {diagnosis.best_epoch}."
    since = diagnosis.answers["overfitting"].details.get("since_epoch")
    if since is not None:
        text += f" Overfitting from epoch {since}."
    return text


def _value_at(history: TrainingHistory, metric: str | None, epoch: int) -> float | None:
    """The metric's value in an epoch, validation before training; None where it has none."""
    for split in reversed(SPLITS):
        if metric is not None and history.has(metric, split):
            value = history.series(metric, split).get(epoch)
            return float(value) if value is not None and abs(value) < OFF_CHART else None
    return None
