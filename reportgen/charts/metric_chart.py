"""The chart of one metric: training and validation, with the findings of the diagnosis marked."""

from dataclasses import replace

import numpy as np

from reportgen import formatting, metrics
from reportgen.charts import layout, theme
from reportgen.charts.axes import core
from reportgen.charts.chart import Chart, tabulate
from reportgen.charts.plan import OFF_CHART, Band, Line, Mark, Notch, Span, Spot, is_drawable, marked_epochs
from reportgen.charts.planning import make_plan
from reportgen.diagnosis.curves import smoothed
from reportgen.diagnosis.excerpts import find_excerpt
from reportgen.diagnosis.reading import best_logged
from reportgen.diagnosis.smoothing import noise_level
from reportgen.history.checks import SPLITS
from reportgen.history.frame import TrainingHistory
from reportgen.languages import Language
from reportgen.text import printable
from reportgen.wording.chart_titles import word_direction, word_dot, word_message, word_ring
from reportgen.wording.diagnosis import Diagnosis

LONGEST_TITLE = 60  # characters of a metric's name as a title
_MIN_TO_SMOOTH = 20  # epochs; shorter curves are not smoothed
_NOISY = 0.05  # curves are smoothed from this epoch-to-epoch noise on, as a share of the curve's span
_VISIBLE = 0.005  # noise as a share of the axis; anything less is thinner than the line
_SMOOTHING_WINDOW = 0.06  # of the run's epochs
_MAX_RESUMED_MARKS = 3
_BASELINE_REACH = 2  # a longer baseline is drawn up to this multiple of the run's epochs
_MAX_RATE_STEPS = 10  # more, or over one in four epochs, is a continuous schedule, which has its own chart


def split_lines(history: TrainingHistory, metric: str, language: Language) -> list[Line]:
    """The training and validation curves of a metric, if they were logged."""
    looks = {"train": theme.TRAIN, "validation": theme.VALIDATION}
    lines = []
    for split in SPLITS:
        if history.has(metric, split):
            series = history.series(metric, split)
            values = series.to_numpy(dtype=np.float64)
            name = split_name(split, language)
            curves = (history.position(metric, split),)
            lines.append(Line(name, looks[split], theme.SOLID, series.index.to_numpy(), values, curves=curves))
    return smoothed_lines(lines)


def split_name(split: metrics.Split, language: Language) -> str:
    """The label of a split's line."""
    return language.say("train") if split == "train" else language.say("validation")


def smoothed_lines(lines: list[Line]) -> list[Line]:
    """The lines of a chart, all smoothed or none, so that no curve looks calmer only because it is smoothed."""
    if not any(is_noisy(line.values) for line in lines) or not all(_can_smooth(line.values) for line in lines):
        return lines
    return [replace(line, smooth=smooth_over(line.values)) for line in lines]


def _can_smooth(values: np.ndarray) -> bool:
    return len(values) >= _MIN_TO_SMOOTH and bool(is_drawable(values).all())


def is_noisy(values: np.ndarray) -> bool:
    """Whether a curve is easier to read with a smoothed line; never for a short or broken one."""
    if not _can_smooth(values):
        return False
    low, high, span = core(values, values)
    calm = np.clip(values, low - span, high + span)  # otherwise smoothing would spread outliers to their neighbours
    later, noise = values[len(values) // 10 :], noise_level(values)  # the initial fall would hide any noise
    spanned = float(np.ptp(np.quantile(later, [0.03, 0.97])))  # without spikes, which would also hide the noise
    seen = noise >= max(_NOISY * spanned, _VISIBLE * float(np.ptp(calm)))
    return bool(seen and spanned > layout.FLAT * np.abs(later).max())


def smooth_over(values: np.ndarray) -> np.ndarray:
    """Smoothed values to draw over a curve without gaps."""
    low, high, span = core(values, values)
    calm = np.clip(values, low - span, high + span)
    smooth = smoothed(calm, max(5, round(_SMOOTHING_WINDOW * len(values))))
    leading = np.logical_and.accumulate(calm != values)
    return np.where(leading, values, smooth)


def verdict_marks(history: TrainingHistory, diagnosis: Diagnosis) -> list[Mark]:
    """Divergence, best epoch and overfitting, most important first; the last two share a label if they are close."""
    say, marks = diagnosis.language.say, []
    broken = diagnosis.answers["diverged"].epoch
    if (
        isinstance(broken, int)
        and diagnosis.answers["diverged"].answer == "yes"
        and "diverged" not in diagnosis.ignores
    ):
        marks.append(Mark(broken, say("diverged at {epoch}", epoch=broken), theme.ALARM))
    best, since = chosen_epoch(diagnosis), overfitting_from(diagnosis)
    if since is not None and "overfitting" in diagnosis.ignores:
        since = None
    if best is not None and since is not None and _share_label(history, best, since):
        text = say("best epoch {epoch}, overfitting from {since}", epoch=best, since=since)
        return [*marks, Mark(best, text, theme.BEST)]
    if best is not None:
        part = find_excerpt(history)
        text = say("best epoch {epoch}", epoch=best) if part is None else say("best shown: epoch {epoch}", epoch=best)
        marks.append(Mark(best, text, theme.BEST))
    if since is not None:
        marks.append(Mark(since, say("overfitting from {epoch}", epoch=since), theme.TROUBLE))
    return marks


def _share_label(history: TrainingHistory, one: int, other: int) -> bool:
    """Whether two rules are so close that they share a label."""
    if find_excerpt(history) is not None:
        return False
    length = max(1, int(history.epochs[-1]) - int(history.epochs[0]))
    return abs(one - other) / length * layout.WIDTH < layout.SHARED_LABEL


def chosen_epoch(diagnosis: Diagnosis) -> int | None:
    """The best epoch of the judged curve; None if unknown or ignored."""
    return None if "best-epoch" in diagnosis.ignores else diagnosis.best_epoch


def overfitting_from(diagnosis: Diagnosis) -> int | None:
    """The epoch from which a run overfits, if its verdict says so."""
    return diagnosis.answers["overfitting"].epoch if diagnosis.verdict in ("overfitting", "not-generalising") else None


def run_notches(history: TrainingHistory, diagnosis: Diagnosis) -> list[Notch]:
    """Convergence, resumptions and changes of the learning rate, as ticks below the axis."""
    say, notches = diagnosis.language.say, []
    converged = diagnosis.answers["converged"].epoch
    if isinstance(converged, int) and diagnosis.verdict == "finished" and "converged" not in diagnosis.ignores:
        notches.append(Notch((converged,), say("converged at epoch {epoch}", epoch=converged), theme.CONVERGED))
    notches += [
        Notch((epoch,), say("resumed at epoch {epoch}", epoch=epoch), theme.MUTED)
        for epoch in history.run.resumed_at[:_MAX_RESUMED_MARKS]
        if "resumed" not in diagnosis.ignores
    ]
    return notches + rate_notches(history, diagnosis)


def rate_notches(history: TrainingHistory, diagnosis: Diagnosis) -> list[Notch]:
    """The steps of the learning rate, with one label; empty for a continuous schedule."""
    if all(finding.code != "learning-rate-changed" for finding in diagnosis.findings):
        return []
    steps = diagnosis.reading.learning_rate_steps.iloc[1:]
    if len(steps) > min(_MAX_RATE_STEPS, max(1, len(history.epochs) // 4)):
        return []
    say = diagnosis.language.say
    epochs, rates = steps.index.tolist(), [formatting.setting(float(rate)) for rate in steps]
    text = say("learning rate changed {n} times, to {rate}", n=len(epochs), rate=rates[-1])
    if len(epochs) == 1:
        text = say("learning rate {rate}", rate=rates[0])
    elif len(epochs) == 2:
        text = say("learning rate {rate}, then {later}", rate=rates[0], later=rates[1])
    return [Notch(tuple(epochs), text, theme.SETTING)]


def run_spans(history: TrainingHistory, diagnosis: Diagnosis) -> list[Span]:
    """The epochs that overfit, or those after divergence."""
    last = float(history.epochs[-1])
    since = overfitting_from(diagnosis)
    if since is not None and since < last and "overfitting" not in diagnosis.ignores:
        return [Span(since, last, theme.TROUBLE)]
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
                lines.append(Line(label, *look, faint=True, name=names[split]))
    return smoothed_lines(lines[::-1])


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
    *,
    labelled: bool = True,
) -> Chart:
    """One metric: training and validation, with the curves of an earlier run in the background.

    With labels, rules mark the best epoch and where trouble begins. Without, a dot and a ring mark best values.
    """
    language = diagnosis.language
    lines, note = split_lines(history, metric, language), ""
    if baseline is not None and baseline.axis == history.axis:
        earlier = baseline_lines(baseline, metric, int(history.epochs[-1]), language)
        lines, note = lines + earlier, baseline_note(earlier, baseline, language)
    label, key = printable(metric, LONGEST_TITLE), shown_key(history, metric)
    spots, spots_text = find_spots(history, diagnosis, key)
    marks = verdict_marks(history, diagnosis) if labelled else []
    is_judged = key == diagnosis.monitor
    if marks and is_judged and not any(spot.hollow for spot in spots):
        spots_text = ""  # the label says it
    plan = make_plan(
        lines,
        marks,
        run_spans(history, diagnosis),
        spots=spots,
        notches=run_notches(history, diagnosis) if labelled else (),
        band=forecast_band(history, diagnosis, metric),
        note=note,
        language=language,
    )
    important = [*(spot.epoch for spot in plan.spots), *marked_epochs(plan.marks)]
    table = tabulate([line.full_name for line in lines], lines, language, important)
    return Chart(
        chart_id,
        metric,
        label,
        describe(label, lines, diagnosis),
        plan,
        table,
        tuple(lines),
        message=word_message(diagnosis, metrics.parse_key(key)[1]) if labelled and is_judged else "",
        reading=language.join(word_direction(key, history.direction(metric), language), spots_text),
    )


def shown_key(history: TrainingHistory, metric: str) -> str:
    """The logged name of the curve that a metric's marks refer to: validation if there is one, otherwise training."""
    return metrics.join_key(metric, "validation" if history.has(metric, "validation") else "train")


def find_spots(history: TrainingHistory, diagnosis: Diagnosis, key: str) -> tuple[list[Spot], str]:
    """A dot at a curve's own best value and a ring at the epoch that the judged metric chose, and what they mean.

    There is no ring if both are the same epoch.
    """
    language, spots, texts = diagnosis.language, [], []
    chosen, best = chosen_epoch(diagnosis), best_logged(history, key)
    if best is not None and len(history.epochs) > 1 and abs(best[0]) < OFF_CHART:
        spots.append(Spot(best[1], best[0]))
        texts.append(word_dot(*best, language))
    value = None if chosen is None else history.series(*metrics.parse_key(key)).get(chosen)
    if chosen is not None and value is not None and abs(value) < OFF_CHART and (best is None or best[1] != chosen):
        spots.append(Spot(chosen, float(value), hollow=True))
        judged = diagnosis.monitor or ""
        texts.append(word_ring(float(value), chosen, "" if key == judged else judged, language))
    return spots, language.join(*texts)


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
