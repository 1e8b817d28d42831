"""Findings in words: ``rule_spikes`` of `reportgen.diagnosis.rules` has its sentences in ``word_spikes``."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from reportgen.diagnosis.findings import Finding, Severity
from reportgen.languages import marked
from reportgen.text import printable
from reportgen.wording.diagnosis import Sentences
from reportgen.wording.findings import answers, evaluation, generalisation, learning_rate, resources, shapes, status
from reportgen.wording.subject import Subject

SEVERITY_WORDS: Final[Mapping[Severity, str]] = {
    "critical": marked("Critical"),
    "warning": marked("Warning"),
    "note": marked("Note"),
    "good": marked("Good"),
}
WORDS: Final[Mapping[str, Callable[[Finding, Subject], Sentences]]] = {
    name.removeprefix("word_").replace("_", "-"): function
    for module in (answers, evaluation, generalisation, learning_rate, resources, shapes, status)
    for name, function in vars(module).items()
    if name.startswith("word_")
}


def word_finding(finding: Finding, subject: Subject) -> Sentences:
    """A finding in words; those of another package's rule are its own."""
    if finding.words is not None:
        return Sentences(finding.words.title, finding.words.text)
    words = WORDS[finding.code](finding, subject)
    if finding.evidence.output is None:
        return words
    return replace(
        words, title=subject.say("{name}: {text}", name=printable(finding.evidence.output, 40), text=words.title)
    )
