"""The report as data: everything the templates may see, numbers already worded.

In: a history and its diagnosis. Out: a `ReportPage`. No tags are made here but the charts' SVG, which our own drawing
made; no number is left for a template to format.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
from markupsafe import Markup

from reportgen import figures, metrics
from reportgen.charts import chart_all
from reportgen.charts.chart import Chart, DataTable
from reportgen.charts.live import live_data, live_measures, live_spec
from reportgen.charts.svg import render_svg
from reportgen.diagnosis.comparison import compare
from reportgen.diagnosis.findings import QUESTIONS, Diagnosis
from reportgen.diagnosis.wording.answers import ANSWER_WORDS, QUESTION_WORDS, answer_when, certainty
from reportgen.diagnosis.wording.comparison import word_comparison
from reportgen.history import SPLITS, TrainingHistory
from reportgen.run_facts import Layer

DEFAULT_TITLE: Final = "Training report"
TITLE_LIMIT: Final = 160

_TONES: Final = {
    ("learning", "yes"): "good",
    ("learning", "no"): "critical",
    ("overfitting", "yes"): "warning",
    ("overfitting", "no"): "good",
    ("converged", "yes"): "good",
    ("diverged", "yes"): "critical",
    ("diverged", "no"): "good",
    ("more_training_helps", "yes"): "note",
}
_VERDICT_TONES: Final = {
    "diverged": "critical",
    "not-learning": "critical",
    "overfitting": "warning",
    "still-improving": "note",
    "healthy": "good",
    "unclear": "note",
}
_SEVERITY_WORDS: Final = {"critical": "Critical", "warning": "Warning", "note": "Note", "good": "Good"}


@dataclass(frozen=True)
class AnswerRow:
    """One question with its answer, certainty and sentence."""

    question: str
    answer: str
    certainty: str
    text: str
    tone: str


@dataclass(frozen=True)
class PageChart:
    """One chart: heading, drawing, remark, remark on its axis, numbers."""

    id: str
    title: str
    svg: Markup
    note: str
    axis_note: str
    table: DataTable


@dataclass(frozen=True)
class PageFinding:
    """One finding in words."""

    severity: str
    label: str
    title: str
    text: str
    epochs: str


@dataclass(frozen=True)
class OutputRow:
    """What is said of one output of a model that has several."""

    output: str
    headline: str
    text: str
    tone: str


@dataclass(frozen=True)
class MetricRow:
    """First, best and last value of one curve."""

    metric: str
    first: str
    best: str
    best_epoch: str
    last: str


@dataclass(frozen=True)
class ComparisonRow:
    """The best value of one curve beside that of the baseline."""

    metric: str
    best: str
    baseline: str
    difference: str
    reached: str


@dataclass(frozen=True)
class Fact:
    """One fact of the run."""

    name: str
    value: str


@dataclass(frozen=True)
class ReportPage:
    """Everything the templates may see.

    Attributes:
        title: The run's title.
        status: How training ended, one short sentence; empty where it is not known or went as planned.
        headline: The verdict in one sentence.
        detail: The evidence for it in one sentence.
        advice: What to do.
        tone: good, note, warning or critical; chooses a colour, never the only sign.
        highlights: The few figures that stand beside the verdict.
        answers: The five questions.
        outputs: One per output of a model that has several; else empty.
        charts: In reading order.
        findings: Most severe first.
        comparison_text: Whether it is better than the baseline, in one sentence; empty without one to compare with.
        comparison: One row per curve that the baseline has too; empty without a baseline.
        metric_rows: One per logged curve.
        facts: Of the run.
        layers: Of the model.
        notes: On how the log was read.
        history_json: The whole history, to be read back.
        live_json: What the script of an interactive report draws the charts from.
        version: Of reportgen.
    """

    title: str
    status: str
    headline: str
    detail: str
    advice: tuple[str, ...]
    tone: str
    highlights: tuple[Fact, ...]
    answers: tuple[AnswerRow, ...]
    outputs: tuple[OutputRow, ...]
    charts: tuple[PageChart, ...]
    findings: tuple[PageFinding, ...]
    comparison_text: str
    comparison: tuple[ComparisonRow, ...]
    metric_rows: tuple[MetricRow, ...]
    facts: tuple[Fact, ...]
    layers: tuple[Layer, ...]
    notes: tuple[str, ...]
    history_json: str
    live_json: str
    version: str


def answer_rows(diagnosis: Diagnosis) -> tuple[AnswerRow, ...]:
    """The five questions as a reader sees them."""
    rows = []
    for question in QUESTIONS:
        given = diagnosis.answers[question]
        rows.append(
            AnswerRow(
                question=QUESTION_WORDS[question],
                answer=ANSWER_WORDS[given.answer] + answer_when(question, given),
                certainty=certainty(given),
                text=diagnosis.answer_words[question],
                tone=_TONES.get((question, given.answer), "plain"),
            )
        )
    return tuple(rows)


def output_rows(diagnosis: Diagnosis) -> tuple[OutputRow, ...]:
    """The verdict on each output."""
    return tuple(
        OutputRow(
            metrics.printable(name, 60), said.verdict_words.title, said.verdict_words.text, _VERDICT_TONES[said.verdict]
        )
        for name, said in diagnosis.outputs.items()
    )


def status_line(history: TrainingHistory) -> str:
    """How training ended; empty where it is not known or went as planned."""
    last, planned = int(history.epochs[-1]), history.run.epochs_planned
    of = f" of {planned}" if planned else ""
    if history.run.status == "interrupted":
        return f"Interrupted at epoch {last}{of}."
    return f"Stopped early at epoch {last}{of}." if history.run.status == "stopped-early" else ""


def _result_keys(history: TrainingHistory) -> list[str]:
    """The logged names of all results, in reading order, train before validation."""
    return [
        metrics.join_key(metric, split)
        for metric in metrics.reading_order(history.metric_names)
        for split in SPLITS
        if history.has(metric, split)
    ]


def _best(history: TrainingHistory, key: str) -> tuple[float, int] | None:
    """Best finite value of a curve and its epoch; None where there is none or its direction is unknown."""
    metric, split = metrics.parse_key(key)
    way = history.direction(metric)
    if way == "unknown" or metrics.is_schedule(metric) or not history.has(metric, split):
        return None
    series = history.series(metric, split)
    finite = series[np.isfinite(series.to_numpy())]
    if finite.empty:
        return None
    epoch = finite.idxmin() if way == "lower" else finite.idxmax()
    return float(finite.loc[epoch]), int(epoch)


def comparison_rows(history: TrainingHistory, baseline: TrainingHistory) -> tuple[ComparisonRow, ...]:
    """Best values of both runs, and when this one reached the baseline's best."""
    rows = []
    for key in _result_keys(history):
        mine, theirs = _best(history, key), _best(baseline, key)
        if mine is None or theirs is None:
            continue
        metric, split = metrics.parse_key(key)
        lower = history.direction(metric) == "lower"
        series = history.series(metric, split)
        values = series.to_numpy()
        there = series.index[values <= theirs[0] if lower else values >= theirs[0]]
        change = mine[0] - theirs[0]
        word = "same" if change == 0 else "better" if (change < 0) == lower else "worse"
        rows.append(
            ComparisonRow(
                metrics.printable(key, 60),
                f"{figures.number(mine[0])} (epoch {mine[1]})",
                f"{figures.number(theirs[0])} (epoch {theirs[1]})",
                word if word == "same" else f"{figures.number(abs(change))} {word}",
                f"epoch {there[0]}" if len(there) else "never",
            )
        )
    judged = compare(history, baseline)
    if judged is not None and judged.gap is not None and judged.baseline_gap is not None:
        change = judged.gap - judged.baseline_gap
        rows.append(
            ComparisonRow(
                "validation less training",
                figures.number(judged.gap),
                figures.number(judged.baseline_gap),
                "same" if change == 0 else f"{figures.number(abs(change))} {'smaller' if change < 0 else 'larger'}",
                "",
            )
        )
    return tuple(rows)


def comparison_text(history: TrainingHistory, baseline: TrainingHistory) -> str:
    """The comparison as a sentence; says so where the two cannot be compared."""
    judged = compare(history, baseline)
    if judged is None:
        return "The baseline is judged by another metric, so which one is better cannot be said."
    return word_comparison(judged)


def metric_rows(history: TrainingHistory) -> tuple[MetricRow, ...]:
    """First, best and last value of every curve that is a result, not a setting."""
    rows = []
    for key in _result_keys(history):
        metric, split = metrics.parse_key(key)
        values = history.series(metric, split).to_numpy(dtype=np.float64)
        best = _best(history, key)
        rows.append(
            MetricRow(
                metric=metrics.printable(key, 60),
                first=figures.number(values[0]),
                best="" if best is None else figures.number(best[0]),
                best_epoch="" if best is None else str(best[1]),
                last=figures.number(values[-1]),
            )
        )
    return tuple(rows)


def run_facts(history: TrainingHistory) -> tuple[Fact, ...]:
    """The run's facts that are known, in reading order."""
    run, trainable = history.run, history.run.trainable_parameters
    last, n = int(history.epochs[-1]), len(history.epochs)
    facts: list[tuple[str, str | None]] = [
        ("Epochs", f"{last} of {run.epochs_planned}" if run.epochs_planned else str(n)),
        ("Steps per epoch", figures.count(run.steps_per_epoch) if run.steps_per_epoch else None),
    ]
    if run.durations_s:
        seconds = np.array(run.durations_s)
        facts.append(("Training time", figures.duration(float(np.nansum(seconds)))))
        facts.append(("Time per epoch (median)", figures.duration(float(np.nanmedian(seconds)))))
    name = metrics.learning_rate_name(list(history.metric_names))
    if name is not None and history.has(name, "train"):
        rates = history.series(name, "train").to_numpy()
        first, final = figures.setting(float(rates[0])), figures.setting(float(rates[-1]))
        facts.append(("Learning rate", first if first == final else f"{first} to {final}"))
    facts += [
        ("Optimizer", run.optimizer),
        ("Optimizer settings", ", ".join(f"{key} {value}" for key, value in run.optimizer_settings) or None),
        ("Loss function", run.loss),
        ("Model", run.model_name),
        ("Weights", None if run.parameters is None else figures.count(run.parameters)),
        ("Trainable weights", None if trainable is None else figures.count(trainable)),
        ("Started", _moment(run.started_at)),
        ("Versions", ", ".join(f"{name} {version}" for name, version in run.versions) or None),
    ]
    return tuple(Fact(name, metrics.printable(value, 400)) for name, value in facts if value)


def _moment(stamp: str | None) -> str | None:
    """An ISO 8601 moment for a reader; as it is where it is none."""
    if stamp is None:
        return None
    try:
        moment = datetime.fromisoformat(stamp)
    except ValueError:
        return stamp
    return f"{moment:%Y-%m-%d %H:%M} {moment.tzname() or ''}".strip()


def highlights(history: TrainingHistory, diagnosis: Diagnosis) -> tuple[Fact, ...]:
    """The few figures that stand beside the verdict."""
    found = [Fact("Epochs", str(diagnosis.epochs))]
    best = diagnosis.best_epoch
    if best is None or diagnosis.monitor is None:
        return tuple(found)
    found.append(Fact("Best epoch", str(best)))
    judged_split = metrics.parse_key(diagnosis.monitor)[1]
    for key in _result_keys(history):
        metric, split = metrics.parse_key(key)
        shown = key == diagnosis.monitor or (metrics.is_accuracy(metric) and split == judged_split)
        value = history.series(metric, split).get(best) if shown else None
        if value is not None:
            found.append(Fact(f"{metrics.printable(key, 30)} there", figures.number(float(value))))
    return tuple(found[:4])


def _live_json(charts: Sequence[Chart]) -> str:
    """All charts as data, with the one specification that they share."""
    live = {
        "spec": live_spec(),
        "measures": live_measures(),
        "charts": {chart.id: live_data(chart.plan) for chart in charts},
    }
    return json.dumps(live, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def build_page(
    history: TrainingHistory,
    diagnosis: Diagnosis,
    *,
    version: str,
    baseline: TrainingHistory | None = None,
) -> ReportPage:
    """Puts a report together.

    Args:
        history: The run.
        diagnosis: What was found.
        baseline: An earlier run to compare with.
        version: Of reportgen, for the footer.

    Raises:
        RenderError: a chart cannot be drawn.
    """
    heading = (history.run.title or "").strip() or DEFAULT_TITLE
    drawn = chart_all(history, diagnosis, baseline)
    charts = tuple(
        PageChart(
            chart.id,
            chart.title,
            Markup(render_svg(chart)),  # noqa: S704  # our own drawing, parsed and written by an XML writer
            chart.plan.note,
            chart.plan.axis_note,
            chart.table,
        )
        for chart in drawn
    )
    findings = tuple(
        PageFinding(
            finding.severity,
            _SEVERITY_WORDS[finding.severity],
            words.title,
            words.text,
            "" if finding.epochs is None else "–".join(dict.fromkeys(str(epoch) for epoch in finding.epochs)),
        )
        for finding, words in zip(diagnosis.findings, diagnosis.finding_words, strict=True)
    )
    return ReportPage(
        title=metrics.printable(heading, TITLE_LIMIT),
        status=status_line(history),
        headline=diagnosis.verdict_words.title,
        detail=diagnosis.verdict_words.text,
        advice=diagnosis.verdict_words.advice,
        tone=_VERDICT_TONES[diagnosis.verdict],
        highlights=highlights(history, diagnosis),
        answers=answer_rows(diagnosis),
        outputs=output_rows(diagnosis),
        charts=charts,
        findings=findings,
        comparison_text="" if baseline is None else comparison_text(history, baseline),
        comparison=() if baseline is None else comparison_rows(history, baseline),
        metric_rows=metric_rows(history),
        facts=run_facts(history),
        layers=history.run.layers,
        notes=tuple(metrics.printable(note, 400) for note in history.run.notes),
        history_json=history.to_json(),
        live_json=_live_json(drawn),
        version=version,
    )
