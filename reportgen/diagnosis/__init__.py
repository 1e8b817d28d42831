"""Diagnosis: from a history to a verdict, five answers and findings, as numbers and codes."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from reportgen.diagnosis.advice import choose_advice
from reportgen.diagnosis.comparison import compare_baseline
from reportgen.diagnosis.findings import VerdictCode
from reportgen.diagnosis.judgement import Judgement
from reportgen.diagnosis.own_rules import Asked, Installed, ask_rules
from reportgen.diagnosis.questions import answer_all
from reportgen.diagnosis.reading import Reading, read_outputs, read_run, read_runs
from reportgen.diagnosis.rules import find_all, find_installed, find_rules, list_checks
from reportgen.diagnosis.signs import read_signs
from reportgen.diagnosis.thresholds import DEFAULTS, Thresholds
from reportgen.diagnosis.verdict import choose_verdict
from reportgen.history.frame import TrainingHistory


def judge(
    run: TrainingHistory | Reading,
    thresholds: Thresholds = DEFAULTS,
    baseline: TrainingHistory | None = None,
    ignore: Iterable[str] = (),
) -> Judgement:
    """Judges one run, and each output of a model with several outputs.

    Rules of other packages look at the run as a whole, not at its outputs.

    Args:
        run: The run, or its reading.
        thresholds: The numbers to judge by.
        baseline: An earlier run to compare with, by the metric that this run is judged by.
        ignore: Codes or names of findings to leave out.

    Returns:
        The judgement. Questions that the data cannot answer are "not-assessed", with the reason.

    Raises:
        DiagnosisError: a finding to ignore does not exist.
    """
    reading = run if isinstance(run, Reading) else read_run(run, thresholds)
    return _judge(reading, thresholds, baseline, find_rules(ignore), find_installed())


def verdicts_of(histories: Sequence[TrainingHistory], thresholds: Thresholds = DEFAULTS) -> list[VerdictCode]:
    """The verdicts that `judge` reaches, in a fraction of its time: without findings, advice and outputs."""
    verdicts = []
    for reading in read_runs(histories, thresholds):
        signs = read_signs(reading, thresholds)
        verdicts.append(choose_verdict(answer_all(reading, thresholds, signs, in_full=False), signs, thresholds))
    return verdicts


def _judge(
    reading: Reading,
    thresholds: Thresholds,
    baseline: TrainingHistory | None,
    ignored: frozenset[str],
    installed: Installed | None,
) -> Judgement:
    signs = read_signs(reading, thresholds)
    answers = answer_all(reading, thresholds, signs)
    judged = Judgement(
        reading=reading,
        signs=signs,
        verdict=choose_verdict(answers, signs, thresholds),
        best_epoch=reading.best_epoch,
        monitor=None if reading.monitor is None else reading.monitor_key,
        epochs=reading.last_epoch,
        answers=answers,
        forecast=None if answers["diverged"].answer == "yes" else reading.forecast_as_logged,
        comparison=None
        if baseline is None
        else compare_baseline(reading, read_run(baseline, thresholds, reading.metric), thresholds),
        asked=Asked() if installed is None else ask_rules(installed, reading, thresholds),
        outputs={
            name: _judge(part, thresholds, None, ignored, None)
            for name, part in read_outputs(reading, thresholds).items()
        },
    )
    judged = replace(judged, findings=find_all(judged, thresholds))
    judged = replace(judged, advice=choose_advice(judged))  # also by ignored findings: what to do stays the same
    judged = replace(
        judged,
        ignores=ignored,
        findings=tuple(finding for finding in judged.findings if finding.code not in ignored),
        ignored=tuple(finding for finding in judged.findings if finding.code in ignored),
    )
    return replace(judged, checks=list_checks(judged, thresholds))
