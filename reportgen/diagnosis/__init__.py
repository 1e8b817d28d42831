"""Diagnosis: from a history to a verdict, five answers and findings, as numbers and codes."""

from dataclasses import replace

from reportgen.diagnosis.advice import choose_advice
from reportgen.diagnosis.comparison import compare
from reportgen.diagnosis.judgement import Judgement
from reportgen.diagnosis.questions import answer_all
from reportgen.diagnosis.reading import Reading, read_outputs, read_run
from reportgen.diagnosis.rules import find_all
from reportgen.diagnosis.thresholds import DEFAULTS, Thresholds
from reportgen.diagnosis.verdict import choose_verdict
from reportgen.history.frame import TrainingHistory


def judge(
    run: TrainingHistory | Reading, thresholds: Thresholds = DEFAULTS, baseline: TrainingHistory | None = None
) -> Judgement:
    """Judges one run, and each output of a model with several outputs.

    Args:
        run: The run, or its reading.
        thresholds: The numbers to judge by.
        baseline: An earlier run to compare with, by the metric that this run is judged by.

    Returns:
        The judgement. Questions that the data cannot answer are "not-assessed", with the reason.
    """
    reading = run if isinstance(run, Reading) else read_run(run, thresholds)
    answers = answer_all(reading, thresholds)
    judged = Judgement(
        reading=reading,
        verdict=choose_verdict(answers, thresholds),
        best_epoch=reading.best_epoch,
        monitor=None if reading.monitor is None else reading.monitor_key,
        epochs=reading.last_epoch,
        answers=answers,
        forecast=None if answers["diverged"].answer == "yes" else reading.forecast_as_logged,
        comparison=None
        if baseline is None
        else compare(reading, read_run(baseline, thresholds, reading.metric), thresholds),
        outputs={name: judge(part, thresholds) for name, part in read_outputs(reading, thresholds).items()},
    )
    judged = replace(judged, findings=find_all(judged, thresholds))
    return replace(judged, advice=choose_advice(judged))
