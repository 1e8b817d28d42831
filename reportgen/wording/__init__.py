"""Wording: every sentence about a judged run, in the reader's language."""

from reportgen.diagnosis.early_stopping import advise_early_stop
from reportgen.diagnosis.judgement import Judgement
from reportgen.languages import ENGLISH, Language
from reportgen.wording.answers import word_answer
from reportgen.wording.diagnosis import Diagnosis
from reportgen.wording.findings import word_finding
from reportgen.wording.subject import Subject
from reportgen.wording.verdict import word_outputs, word_verdict


def word_judgement(judgement: Judgement, language: Language = ENGLISH) -> Diagnosis:
    """Puts a judgement into words.

    Args:
        judgement: The judged run; a diagnosis is put into words again.
        language: The language of the sentences. They speak of steps if the run counts steps.
    """
    language = language.counting(judgement.axis)
    outputs = {name: word_judgement(output, language) for name, output in judgement.outputs.items()}
    subject, answers = _subject(judgement, language), judgement.answers
    words = word_verdict(judgement.verdict, answers, subject)
    return Diagnosis(
        reading=judgement.reading,
        verdict=judgement.verdict,
        verdict_words=word_outputs(words, judgement.verdict, outputs, language),
        best_epoch=judgement.best_epoch,
        monitor=judgement.monitor,
        epochs=judgement.epochs,
        answers=answers,
        answer_words={question: word_answer(question, given, subject) for question, given in answers.items()},
        findings=judgement.findings,
        finding_words=tuple(word_finding(finding, subject) for finding in judgement.findings),
        language=language,
        forecast=judgement.forecast,
        comparison=judgement.comparison,
        outputs=outputs,
    )


def _subject(judgement: Judgement, language: Language) -> Subject:
    reading, best = judgement.reading, judgement.best_epoch
    history = reading.history
    broken = judgement.answers["diverged"].details.get("epoch") if judgement.verdict == "diverged" else None
    return Subject(
        metric=reading.metric,
        monitor=reading.monitor_key,
        best_epoch=best,
        last_epoch=judgement.epochs,
        stop=None if reading.monitor is None or best is None else advise_early_stop(reading.monitor, best),
        early_stopping=history.run.early_stopping,
        rate=reading.rate_at(broken if isinstance(broken, int) else best),
        codes=frozenset(finding.code for finding in judgement.findings),
        epochs_ahead=reading.epochs_ahead,
        scores=frozenset(name for name in history.metric_names if history.direction(name) == "higher"),
        language=language,
    )
