"""The chart of one metric: training and validation, with the findings of the diagnosis marked."""

import numpy as np

from reportgen import formatting, metrics
from reportgen.charts import layout, theme
from reportgen.charts.axes import core
from reportgen.charts.chart import Chart, tabulate
from reportgen.charts.plan import OFF_CHART, Band, Line, Mark, Span, is_drawable, marked_epochs
from reportgen.charts.planning import make_plan
from reportgen.diagnosis.curves import smoothed
from reportgen.diagnosis.excerpts import find_excerpt
from reportgen.diagnosis.smoothing import noise_level
from reportgen.history.checks import SPLITS
from reportgen.history.frame import TrainingHistory
from reportgen.languages import Language
from reportgen.text import printable
from reportgen.wording.diagnosis import Diagnosis

_MIN_TO_SMOOTH = 20  # epochs; shorter curves are not smoothed
_NOISY = 0.05  # curves are smoothed from this epoch-to-epoch noise on, as a share of the curve's span
_VISIBLE = 0.005  # noise as a share of the axis; anything less is thinner than the line
_SMOOTHING_WINDOW = 0.06  # of the run's epochs
_MAX_RESUMED_MARKS = 3
_BASELINE_REACH = 2  # a longer baseline is drawn up to this multiple of the run's epochs
_KEY_LIMIT = 24  # letters of a metric's name in a mark's label
_MAX_RATE_STEPS = 10  # more, or over one in four epochs, is a continuous schedule, which has its own chart


def split_lines(history: TrainingHistory, metric: str, language: Language) -> list[Line]:
    """The training and validation curves of a metric, if they were logged."""
    looks = {"train": (theme.TRAIN, theme.TRAIN_DASH), "validation": (theme.VALIDATION, theme.SOLID)}
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
    """The label of a split's line."""
    return language.say("train") if split == "train" else language.say("validation")


def smooth_over(values: np.ndarray) -> np.ndarray | None:
    """Smoothed values to draw over a noisy curve; None for a short, smooth or broken curve."""
    if len(values) < _MIN_TO_SMOOTH or not is_drawable(values).all():
        return None
    low, high, span = core(values, values)
    calm = np.clip(values, low - span, high + span)  # otherwise smoothing would spread outliers to their neighbours
    later, noise = values[len(values) // 10 :], noise_level(values)  # the initial fall would hide any noise
    spanned = float(np.ptp(np.quantile(later, [0.03, 0.97])))  # without spikes, which would also hide the noise
    if noise < max(_NOISY * spanned, _VISIBLE * float(np.ptp(calm))) or spanned <= layout.FLAT * np.abs(later).max():
        return None
    smooth = smoothed(calm, max(5, round(_SMOOTHING_WINDOW * len(values))))
    leading = np.logical_and.accumulate(calm != values)
    return np.where(leading, values, smooth)


def verdict_marks(history: TrainingHistory, diagnosis: Diagnosis, metric: str | None = None) -> list[Mark]:
    """Divergence, best epoch (with the value of ``metric`` there) and overfitting, most important first."""
    say, marks = diagnosis.language.say, []
    broken = diagnosis.answers["diverged"].epoch
    if (
        isinstance(broken, int)
        and diagnosis.answers["diverged"].answer == "yes"
        and "diverged" not in diagnosis.ignores
    ):
        marks.append(Mark(broken, say("diverged at {epoch}", epoch=broken), theme.ALARM))
    if diagnosis.best_epoch is not None and "best-epoch" not in diagnosis.ignores:
        marks.append(best_mark(history, diagnosis.best_epoch, metric, diagnosis.language))
    since = overfitting_from(diagnosis)
    if since is not None and "overfitting" not in diagnosis.ignores:
        marks.append(Mark(since, say("overfitting from {epoch}", epoch=since), theme.VALIDATION))
    return marks


def overfitting_from(diagnosis: Diagnosis) -> int | None:
    """The epoch from which a run overfits, if its verdict says so."""
    return diagnosis.answers["overfitting"].epoch if diagnosis.verdict in ("overfitting", "not-generalising") else None


def best_mark(history: TrainingHistory, epoch: int, metric: str | None, language: Language) -> Mark:
    """The best epoch, with the metric's name and value if they fit."""
    say, named = language.say, _value_at(history, metric, epoch)
    part = find_excerpt(history)
    if named is None or part is not None:
        text = say("best epoch {epoch}", epoch=epoch) if part is None else say("best shown: epoch {epoch}", epoch=epoch)
        return Mark(epoch, text, theme.BEST, None if named is None else named[1])
    key, value = printable(named[0], _KEY_LIMIT), named[1]
    text = say("best epoch {epoch}: {key} {value}", epoch=epoch, key=key, value=formatting.short(value))
    if layout.text_width(text) > layout.WIDTH - 20:
        text = say("best epoch {epoch}: {value}", epoch=epoch, value=formatting.short(value))
    return Mark(epoch, text, theme.BEST, value)


def run_marks(history: TrainingHistory, diagnosis: Diagnosis, metric: str) -> list[Mark]:
    """The verdict, convergence, resumptions and changes of the learning rate, most important first."""
    say, marks = diagnosis.language.say, verdict_marks(history, diagnosis, metric)
    converged = diagnosis.answers["converged"].epoch
    if isinstance(converged, int) and diagnosis.verdict == "finished" and "converged" not in diagnosis.ignores:
        text = say("converged at {epoch}", epoch=converged)
        marks.append(Mark(converged, text, theme.CONVERGED, dash=theme.CONVERGED_DASH))
    marks += [
        Mark(epoch, say("resumed at {epoch}", epoch=epoch), theme.MUTED, dash=theme.RESUMED_DASH)
        for epoch in history.run.resumed_at[:_MAX_RESUMED_MARKS]
        if "resumed" not in diagnosis.ignores
    ]
    return marks + rate_marks(history, diagnosis)


def rate_marks(history: TrainingHistory, diagnosis: Diagnosis) -> list[Mark]:
    """The steps of the learning rate, under one label; empty for a continuous schedule."""
    if all(finding.code != "learning-rate-changed" for finding in diagnosis.findings):
        return []
    steps = diagnosis.reading.learning_rate_steps.iloc[1:]
    if len(steps) > min(_MAX_RATE_STEPS, max(1, len(history.epochs) // 4)):
        return []
    say = diagnosis.language.say
    epochs, rates = steps.index.tolist(), [formatting.setting(float(rate)) for rate in steps]
    text = say("LR changed {n} times, to {rate}", n=len(epochs), rate=rates[-1])
    if len(epochs) == 1:
        text = say("LR {rate}", rate=rates[0])
    elif len(epochs) == 2:
        text = say("LR {rate}, then {later}", rate=rates[0], later=rates[1])
    return [Mark(epochs[0], text, theme.SETTING, dash=theme.SETTING_DASH, also=tuple(epochs[1:]))]


def run_spans(history: TrainingHistory, diagnosis: Diagnosis) -> list[Span]:
    """The epochs that overfit, or those after divergence."""
    last = float(history.epochs[-1])
    since = overfitting_from(diagnosis)
    if since is not None and since < last and "overfitting" not in diagnosis.ignores:
        return [Span(since, last, theme.VALIDATION)]
    broken = diagnosis.answers["diverged"].epoch
    if isinstance(broken, int) and broken < last and "diverged" not in diagnosis.ignores:
        return [Span(broken, last, theme.ALARM)]
    return []


def forecast_band(history: TrainingHistory, diagnosis: Diagnosis, metric: str) -> Band | None:
    """The forecast of the judged curve if more training helps; None for other metrics."""
    ahead = None if "still-improving" in diagnosis.ignores else diagnosis.forecast
    judged, split = metrics.parse_key(diagnosis.monitor or "")
    if ahead is None or metric != judged or diagnosis.verdict != "still-improving":
        return None
    colour = theme.VALIDATION if split == "validation" else theme.TRAIN
    language = diagnosis.language
    label, name = split_name(split, language), language.say("forecast")
    return Band(label, colour, ahead.epochs, ahead.low, ahead.mid, ahead.high, name)


def baseline_lines(baseline: TrainingHistory, metric: str, last_epoch: int, language: Language) -> list[Line]:
    """The metric's curves in an earlier run, dashed like this run's, up to twice its last epoch. May be empty."""
    dashes = {"train": theme.TRAIN_DASH, "validation": theme.SOLID}
    names = {"train": language.say("baseline train"), "validation": language.say("baseline validation")}
    lines: list[Line] = []
    for split in reversed(SPLITS):
        if baseline.has(metric, split):
            series = baseline.series(metric, split).loc[: _BASELINE_REACH * last_epoch]
            values = series.to_numpy(dtype=np.float64)
            label = "" if lines else language.say("baseline")  # one label for both: their dashes tell them apart
            look = (theme.BASELINE, dashes[split], series.index.to_numpy(), values)
            if len(values):
                lines.append(Line(label, *look, smooth_over(values), faint=True, name=names[split]))
    return lines[::-1]


def baseline_note(earlier: list[Line], baseline: TrainingHistory, language: Language) -> str:
    """How to read the baseline's curves; empty without any."""
    if not earlier:
        return ""
    say, sentences = language.say, []
    smooth = any(line.smooth is not None for line in earlier)
    if len(earlier) > 1:
        dashed = say("Thin lines: the baseline, dashed for training.")
        sentences.append(say("Thin lines: the baseline, smoothed, dashed for training.") if smooth else dashed)
    elif smooth:
        sentences.append(say("Thin lines: the baseline, smoothed."))
    shown, last = max(int(line.epochs[-1]) for line in earlier), int(baseline.epochs[-1])
    if shown < last:
        sentences.append(say("The baseline ran until epoch {epoch}.", epoch=last))
    return language.join(*sentences)


def chart_metric(
    history: TrainingHistory,
    diagnosis: Diagnosis,
    metric: str,
    chart_id: str,
    baseline: TrainingHistory | None = None,
) -> Chart:
    """One metric: training and validation, with the curves of an earlier run in the background."""
    language = diagnosis.language
    lines, note = split_lines(history, metric, language), ""
    if baseline is not None and baseline.axis == history.axis:
        earlier = baseline_lines(baseline, metric, int(history.epochs[-1]), language)
        lines, note = lines + earlier, baseline_note(earlier, baseline, language)
    label = metrics.label(metric, language)
    plan = make_plan(
        lines,
        run_marks(history, diagnosis, metric),
        run_spans(history, diagnosis),
        band=forecast_band(history, diagnosis, metric),
        note=note,
        language=language,
    )
    table = tabulate([line.full_name for line in lines], lines, language, marked_epochs(plan.marks))
    return Chart(chart_id, metric, label, describe(label, lines, diagnosis), plan, table)


def describe(label: str, lines: list[Line], diagnosis: Diagnosis) -> str:
    """What the chart shows, in words: first, last and extreme values of each line, and the marked epochs."""
    language, say = diagnosis.language, diagnosis.language.say
    first = min(int(line.epochs[0]) for line in lines)
    last = max(int(line.epochs[-1]) for line in lines)
    sentences = [say("{chart}, epochs {first} to {last}.", chart=label, first=first, last=last)]
    for line in lines:
        ends = {
            "line": line.full_name,
            "first": formatting.number(line.values[0]),
            "last": formatting.number(line.values[-1]),
        }
        finite = line.values[np.isfinite(line.values)]
        if len(finite) > 2:
            low, high = formatting.number(finite.min()), formatting.number(finite.max())
            sentences.append(
                say("{line}: from {first} to {last}, lowest {low}, highest {high}.", low=low, high=high, **ends)
            )
        else:
            sentences.append(say("{line}: from {first} to {last}.", **ends))
    if diagnosis.best_epoch is not None and "best-epoch" not in diagnosis.ignores:
        sentences.append(say("Best epoch: {epoch}.", epoch=diagnosis.best_epoch))
    since = diagnosis.answers["overfitting"].epoch
    if since is not None and "overfitting" not in diagnosis.ignores:
        sentences.append(say("Overfitting from epoch {epoch} on.", epoch=since))
    return language.join(*sentences)


def _value_at(history: TrainingHistory, metric: str | None, epoch: int) -> tuple[str, float] | None:
    """The metric's key and value at an epoch, validation before training; None if there is no value to draw."""
    for split in reversed(SPLITS):
        if metric is not None and history.has(metric, split):
            value = history.series(metric, split).get(epoch)
            if value is None or not abs(value) < OFF_CHART:
                return None
            return metrics.join_key(metric, split), float(value)
    return None
