"""Wording: all sentences about a judged run, in the reader's language."""

from reportgen.diagnosis.judgement import Judgement
from reportgen.languages import ENGLISH, Language
from reportgen.wording.answers import word_answer
from reportgen.wording.diagnosis import Diagnosis
from reportgen.wording.findings import word_finding
from reportgen.wording.subject import Subject
from reportgen.wording.terms import unit_of
from reportgen.wording.verdict import word_verdict


def word_judgement(judgement: Judgement, language: Language = ENGLISH) -> Diagnosis:
    """Writes the sentences of a judgement.

    Args:
        judgement: The judged run; for a diagnosis, the sentences are written again.
        language: The language of the sentences. They say "step" if the run counts steps, or use the
            word of the tool that trained it.
    """
    return _worded(judgement, language.counting(judgement.axis, unit_of(judgement.reading.history.run, judgement.axis)))


def _worded(judgement: Judgement, language: Language) -> Diagnosis:
    """A judgement and those of its parts, in a language that counts as the run does."""
    outputs = {name: _worded(output, language) for name, output in judgement.outputs.items()}
    subject = Subject(judgement, language)
    return Diagnosis(
        reading=judgement.reading,
        signs=judgement.signs,
        verdict=judgement.verdict,
        verdict_words=word_verdict(subject, outputs),
        best_epoch=judgement.best_epoch,
        monitor=judgement.monitor,
        epochs=judgement.epochs,
        answers=judgement.answers,
        answer_words={question: word_answer(question, subject) for question in judgement.answers},
        findings=judgement.findings,
        ignores=judgement.ignores,
        ignored=judgement.ignored,
        checks=judgement.checks,
        finding_words=tuple(word_finding(finding, subject) for finding in judgement.findings),
        advice=judgement.advice,
        language=language,
        forecast=judgement.forecast,
        comparison=judgement.comparison,
        asked=judgement.asked,
        outputs=outputs,
    )
