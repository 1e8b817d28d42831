"""The rows of the page's tables, worded: answers, outputs, values, the comparison with a baseline.

In: histories and a diagnosis. Out: rows of text. Nothing is judged here.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np

from reportgen import formatting, metrics
from reportgen.diagnosis.findings import QUESTIONS, Severity, VerdictCode
from reportgen.diagnosis.reading import best_logged
from reportgen.history.checks import SPLITS
from reportgen.history.frame import TrainingHistory
from reportgen.languages import Language, grouped
from reportgen.page.parts import AnswerRow, ComparisonRow, MetricRow, OutputRow, PageFinding
from reportgen.text import printable
from reportgen.wording.answers import QUESTION_WORDS, certainty, word_short
from reportgen.wording.comparison import word_comparison
from reportgen.wording.diagnosis import Diagnosis
from reportgen.wording.findings import SEVERITY_WORDS

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
VERDICT_TONES: Final[Mapping[VerdictCode, Severity]] = {
    "diverged": "critical",
    "not-learning": "critical",
    "overfitting": "warning",
    "still-improving": "note",
    "healthy": "good",
    "unclear": "note",
}


def answer_rows(diagnosis: Diagnosis) -> tuple[AnswerRow, ...]:
    """The five questions as a reader sees them."""
    language, rows = diagnosis.language, []
    for question in QUESTIONS:
        given = diagnosis.answers[question]
        rows.append(
            AnswerRow(
                question=language.say(QUESTION_WORDS[question]),
                answer=word_short(question, given, language),
                certainty=certainty(given, language),
                text=diagnosis.answer_words[question],
                tone=_TONES.get((question, given.answer), "plain"),
            )
        )
    return tuple(rows)


def output_rows(diagnosis: Diagnosis) -> tuple[OutputRow, ...]:
    """The verdict on each output."""
    return tuple(
        OutputRow(printable(name, 60), said.verdict_words.title, said.verdict_words.text, VERDICT_TONES[said.verdict])
        for name, said in diagnosis.outputs.items()
    )


def finding_rows(diagnosis: Diagnosis) -> tuple[PageFinding, ...]:
    """The findings with their epochs."""
    say, rows = diagnosis.language.say, []
    for finding, words in zip(diagnosis.findings, diagnosis.finding_words, strict=True):
        first, last = finding.epochs or (None, None)
        epochs = "" if first == last else say("Epochs {first} to {last}.", first=first, last=last)
        severity = say(SEVERITY_WORDS[finding.severity])
        rows.append(PageFinding(finding.severity, severity, words.title, words.text, epochs))
    return tuple(rows)


def result_keys(history: TrainingHistory) -> list[str]:
    """The logged names of all results, in reading order, train before validation.

    Those of batches, of which the best is as a rule a lucky first batch of an epoch, only where there are no others.
    """
    names = history.metric_names
    return [
        metrics.join_key(metric, split)
        for metric in metrics.reading_order(names)
        for split in SPLITS
        if history.has(metric, split) and not metrics.is_of_batches(metric, names)
    ]


def comparison_rows(
    history: TrainingHistory, baseline: TrainingHistory, diagnosis: Diagnosis
) -> tuple[ComparisonRow, ...]:
    """Best values of both runs, when this one reached the baseline's best, and the distance of both splits."""
    say, rows = diagnosis.language.say, []
    say_theirs = diagnosis.language.counting(baseline.axis).say
    for key in result_keys(history):
        mine, theirs = best_logged(history, key), best_logged(baseline, key)
        if mine is None or theirs is None:
            continue
        metric, split = metrics.parse_key(key)
        lower = history.direction(metric) == "lower"
        series = history.series(metric, split)
        values = series.to_numpy()
        there = series.index[values <= theirs[0] if lower else values >= theirs[0]]
        change = mine[0] - theirs[0]
        size = formatting.number(abs(change))
        if change == 0:
            difference = say("same")
        elif (change < 0) == lower:
            difference = say("{amount} better", amount=size)
        else:
            difference = say("{amount} worse", amount=size)
        rows.append(
            ComparisonRow(
                printable(key, 60),
                say("{value} (epoch {epoch})", value=formatting.number(mine[0]), epoch=mine[1]),
                say_theirs("{value} (epoch {epoch})", value=formatting.number(theirs[0]), epoch=theirs[1]),
                difference,
                say("epoch {epoch}", epoch=there[0]) if len(there) else say("never"),
            )
        )
    judged = diagnosis.comparison
    if judged is not None and judged.gap is not None and judged.baseline_gap is not None:
        change = judged.gap - judged.baseline_gap
        size = formatting.number(abs(change))
        if change == 0:
            difference = say("same")
        else:
            difference = say("{amount} smaller", amount=size) if change < 0 else say("{amount} larger", amount=size)
        mine_gap, their_gap = formatting.number(judged.gap), formatting.number(judged.baseline_gap)
        rows.append(ComparisonRow(say("generalisation gap"), mine_gap, their_gap, difference, ""))
    return tuple(rows)


def comparison_text(diagnosis: Diagnosis) -> str:
    """The comparison with a baseline as a sentence; says so if the two cannot be compared."""
    language = diagnosis.language
    if diagnosis.comparison is None:
        return language.say("The baseline is judged by another metric, so which one is better cannot be said.")
    return word_comparison(diagnosis.comparison, language)


def metric_rows(history: TrainingHistory, language: Language) -> tuple[MetricRow, ...]:
    """First, best and last value of every curve that is a result, not a setting."""
    rows = []
    for key in result_keys(history):
        metric, split = metrics.parse_key(key)
        values = history.series(metric, split).to_numpy(dtype=np.float64)
        best = best_logged(history, key)
        rows.append(
            MetricRow(
                metric=printable(key, 60),
                first=formatting.number(values[0]),
                best=language.say("not judged") if best is None else formatting.number(best[0]),
                best_epoch="" if best is None else grouped(best[1]),
                last=formatting.number(values[-1]),
            )
        )
    return tuple(rows)
