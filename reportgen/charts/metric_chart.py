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
from reportgen.languages import Language

_FEWEST_TO_SMOOTH = 20  # epochs; of fewer each one counts
_NOISY = 0.05  # noise from epoch to epoch, of what the curve spans, from which a smoothed line is drawn over it
_SMOOTHED_OVER = 0.06  # of the run's epochs
_MAX_RATE_MARKS = 4
_MAX_RESUMED_MARKS = 3
_KEY_LIMIT = 24  # letters of a metric's name in an annotation
_MAX_RATE_STEPS = 20  # more steps are a continuous schedule, which the chart of the learning rate shows


def split_lines(history: TrainingHistory, metric: str, language: Language) -> list[Line]:
    """The training and the validation curve of a metric, as far as they were logged."""
    looks = {"train": (theme.TRAIN, theme.TRAIN_DASH), "validation": (theme.VALIDATION, ())}
    lines = []
    for split in SPLITS:
        if history.has(metric, split):
            series = history.series(metric, split)
            colour, dash = looks[split]
            values = series.to_numpy(dtype=np.float64)
            name = split_name(split, language)
            curves = (history.position(metric, split),)
            lines.append(Line(name, colour, dash, series.index.to_numpy(), values, smooth_over(values), curves=curves))
    return lines


def split_name(split: metrics.Split, language: Language) -> str:
    """What stands at the end of a split's line."""
    return language.say("train") if split == "train" else language.say("validation")


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


def verdict_annotations(history: TrainingHistory, diagnosis: Diagnosis, metric: str | None = None) -> list[Annotation]:
    """Best epoch, overfitting and divergence, for any chart of the run.

    Args:
        history: The run.
        diagnosis: What was found.
        metric: The chart's metric, whose value at the best epoch is named; None for other charts.
    """
    say, best, marks = diagnosis.language.say, diagnosis.best_epoch, []
    if best is not None:
        named = _value_at(history, metric, best)
        if named is None:
            marks.append(Annotation(best, say("best epoch {epoch}", epoch=best), theme.BEST))
        else:
            key, value = metrics.printable(named[0], _KEY_LIMIT), named[1]
            text = say("best epoch {epoch}: {key} {value}", epoch=best, key=key, value=figures.short(value))
            marks.append(Annotation(best, text, theme.BEST, value))
    since = diagnosis.answers["overfitting"].details.get("since_epoch")
    if isinstance(since, int):
        marks.append(Annotation(since, say("overfitting from {epoch}", epoch=since), theme.VALIDATION))
    broken = diagnosis.answers["diverged"].details.get("epoch")
    if isinstance(broken, int) and diagnosis.answers["diverged"].answer == "yes":
        marks.append(Annotation(broken, say("diverged at {epoch}", epoch=broken), theme.ALARM))
    return marks


def run_annotations(history: TrainingHistory, diagnosis: Diagnosis, metric: str) -> list[Annotation]:
    """What the verdict stands on, convergence, changes of the learning rate and resumptions."""
    say, marks = diagnosis.language.say, verdict_annotations(history, diagnosis, metric)
    rest = diagnosis.answers["converged"].details.get("epoch")
    spoilt = diagnosis.answers["overfitting"].answer == "yes"
    if isinstance(rest, int) and diagnosis.answers["converged"].answer == "yes" and not spoilt:
        marks.append(Annotation(rest, say("converged at {epoch}", epoch=rest), theme.CONVERGED))
    marks += rate_annotations(history, diagnosis)
    return marks + [
        Annotation(epoch, say("resumed at {epoch}", epoch=epoch), theme.MUTED)
        for epoch in history.run.resumed_at[:_MAX_RESUMED_MARKS]
    ]


def rate_annotations(history: TrainingHistory, diagnosis: Diagnosis) -> list[Annotation]:
    """The learning rate's steps, of many the first few and the last; none where it changes all the time."""
    changed = next((finding for finding in diagnosis.findings if finding.code == "learning-rate-changed"), None)
    if changed is None or changed.metric is None or int(changed.evidence["changes"] or 0) > _MAX_RATE_STEPS:
        return []
    steps = learning_rate_steps(history, DEFAULTS).iloc[1:]
    if len(steps) > _MAX_RATE_MARKS:
        steps = pd.concat([steps.iloc[: _MAX_RATE_MARKS - 1], steps.iloc[-1:]])
    language = diagnosis.language
    return [
        Annotation(int(epoch), language.say("LR {rate}", rate=figures.setting(float(rate))), theme.SETTING)
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
    colour = theme.VALIDATION if split == "validation" else theme.TRAIN
    return Band(split_name(split, diagnosis.language), colour, ahead.epochs, ahead.low, ahead.mid, ahead.high)


def baseline_line(baseline: TrainingHistory, metric: str, language: Language) -> list[Line]:
    """The metric's curve of an earlier run: validation where there is one; empty where it was not logged."""
    for split in reversed(SPLITS):
        if baseline.has(metric, split):
            series = baseline.series(metric, split)
            values = series.to_numpy(dtype=np.float64)
            name = language.say("baseline")
            return [Line(name, theme.MUTED, (), series.index.to_numpy(), values, faint=True)]
    return []


def chart_metric(
    history: TrainingHistory,
    diagnosis: Diagnosis,
    metric: str,
    chart_id: str,
    baseline: TrainingHistory | None = None,
) -> Chart:
    """One metric, training against validation, an earlier run faint behind."""
    language = diagnosis.language
    lines = split_lines(history, metric, language)
    if baseline is not None:
        lines += baseline_line(baseline, metric, language)
    label = metrics.label(metric, language)
    plan = make_plan(
        lines,
        run_annotations(history, diagnosis, metric),
        run_spans(history, diagnosis),
        band=forecast_band(history, diagnosis, metric),
        language=language,
    )
    table = tabulate([line.label for line in lines], lines, language)
    return Chart(chart_id, label, describe(label, lines, diagnosis), plan, table)


def describe(label: str, lines: list[Line], diagnosis: Diagnosis) -> str:
    """What is to be seen, in words: where each line starts and ends, and the marked epochs."""
    language, say = diagnosis.language, diagnosis.language.say
    first = min(int(line.epochs[0]) for line in lines)
    last = max(int(line.epochs[-1]) for line in lines)
    sentences = [say("{chart}, epochs {first} to {last}.", chart=label, first=first, last=last)]
    for line in lines:
        course = {
            "line": line.label,
            "first": figures.number(line.values[0]),
            "last": figures.number(line.values[-1]),
        }
        finite = line.values[np.isfinite(line.values)]
        if len(finite) > 2:
            low, high = figures.number(finite.min()), figures.number(finite.max())
            sentences.append(
                say("{line}: from {first} to {last}, lowest {low}, highest {high}.", low=low, high=high, **course)
            )
        else:
            sentences.append(say("{line}: from {first} to {last}.", **course))
    if diagnosis.best_epoch is not None:
        sentences.append(say("Best epoch: {epoch}.", epoch=diagnosis.best_epoch))
    since = diagnosis.answers["overfitting"].details.get("since_epoch")
    if since is not None:
        sentences.append(say("Overfitting from epoch {epoch} on.", epoch=since))
    return language.join(*sentences)


def _value_at(history: TrainingHistory, metric: str | None, epoch: int) -> tuple[str, float] | None:
    """The metric's curve and its value in an epoch, validation before training; None where it has none."""
    for split in reversed(SPLITS):
        if metric is not None and history.has(metric, split):
            value = history.series(metric, split).get(epoch)
            if value is None or not abs(value) < OFF_CHART:
                return None
            return metrics.join_key(metric, split), float(value)
    return None
