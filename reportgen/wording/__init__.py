"""Wording: all sentences about a judged run, in the reader's language."""

from collections.abc import Mapping

from reportgen.diagnosis.findings import Question
from reportgen.diagnosis.judgement import Judgement
from reportgen.languages import ENGLISH, Language
from reportgen.text import printable
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
        answer_words=_word_answers(subject, outputs),
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


def _word_answers(subject: Subject, outputs: Mapping[str, Diagnosis]) -> dict[Question, str]:
    """The sentence for each answer; the one on overfitting also says which output does."""
    words = {question: word_answer(question, subject) for question in subject.judged.answers}
    name = subject.judged.overfitting_output
    if name is not None:
        own = subject.say(
            "Output {output}: {headline}",
            output=printable(name, 60),
            headline=outputs[name].answer_words["overfitting"],
        )
        words["overfitting"] = subject.join(own, words["overfitting"])
    return words
