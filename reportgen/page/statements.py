"""The answers, findings and outputs of a diagnosis as rows of text."""

from collections.abc import Mapping
from typing import Final

from reportgen import formatting, metrics
from reportgen.diagnosis.findings import QUESTIONS, Answer, Finding, Severity, VerdictCode
from reportgen.diagnosis.outputs import kind_of_parts, output_names
from reportgen.diagnosis.rules.evaluation import evaluation_warnings
from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import CUT, STILL_RUNNING
from reportgen.page.contents import AnswerRow, FindingRow, OutputRow
from reportgen.text import printable
from reportgen.wording.answers import QUESTION_WORDS, REASONS, certainty
from reportgen.wording.diagnosis import Diagnosis
from reportgen.wording.findings import SEVERITY_WORDS
from reportgen.wording.notes import UNIT_NOTES, word_note
from reportgen.wording.parts import word_more, word_part
from reportgen.wording.subject import Subject, as_value
from reportgen.wording.terms import unit_of

MAX_STATEMENTS: Final = 24  # findings, and notes; our choice: nobody reads more, and a last entry counts the others
_MAX_UNKNOWN: Final = 1  # metrics of unknown direction with a row each
_SURE: Final = 0.95  # certainty from which it is not mentioned beside an answer; our choice
_SEVERITIES: Final[tuple[Severity, ...]] = ("good", "note", "warning", "critical")
_MAX_NAMED: Final = 8  # of these in one row
_LONGEST_KEY: Final = 30  # characters
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
_RESTATING: Final = frozenset(  # codes of findings that verdict, answers and key numbers imply
    {
        "best-epoch",
        "converged",
        "diverged",
        "not-learning",
        "overfitting",
        "still-improving",
    }
)
_SAID_BY: Final = {"own-criterion": ("own-criterion",), "resumed": ("restarted",)}  # notes, by the code of a finding
VERDICT_TONES: Final[Mapping[VerdictCode, Severity]] = {
    "diverged": "critical",
    "frozen": "critical",
    "not-learning": "critical",
    "not-generalising": "critical",
    "unstable": "warning",
    "overfitting": "warning",
    "large-gap": "warning",
    "still-improving": "note",
    "finished": "good",
    "unclear": "note",
    "not-judged": "note",
}


def answer_rows(diagnosis: Diagnosis) -> tuple[AnswerRow, ...]:
    """The five questions and their answers."""
    language = diagnosis.language
    shown = {question: diagnosis.shown_answer(question) for question in QUESTIONS}
    return tuple(
        AnswerRow(
            question=language.say(QUESTION_WORDS[question]),
            answer=diagnosis.short_answer(question),
            certainty=certainty(shown[question], language),
            text=diagnosis.answer_words[question],
            tone=_TONES.get((question, shown[question].answer), "plain"),
            doubt="" if _is_sure(shown[question]) else certainty(shown[question], language),
        )
        for question in QUESTIONS
    )


def _is_sure(answer: Answer) -> bool:
    """Whether an answer needs no word about its certainty."""
    return answer.probability is not None and max(answer.probability, 1 - answer.probability) >= _SURE


def worst_tone(diagnosis: Diagnosis) -> Severity:
    """The tone of the run: the worst one of its verdict, its parts, and the warnings of its evaluation."""
    tones = [VERDICT_TONES[part.verdict] for part in (diagnosis, *diagnosis.outputs.values())]
    tones += [finding.severity for finding in evaluation_warnings(diagnosis)]
    return max(tones, key=_SEVERITIES.index)


def output_rows(diagnosis: Diagnosis) -> tuple[OutputRow, ...]:
    """The verdict on each output. If not all outputs were judged, the last row counts the others."""
    kind = kind_of_parts(diagnosis.reading.history, diagnosis.outputs)
    rows = [
        OutputRow(printable(name, 60), word_part(part, kind), part.verdict_words.text, VERDICT_TONES[part.verdict])
        for name, part in diagnosis.outputs.items()
    ]
    more = len(output_names(diagnosis.reading.history)) - len(rows) if rows else 0
    if more > 0:
        others, text = word_more(more, len(rows), kind, diagnosis.language)
        rows.append(OutputRow(others, diagnosis.language.say("Not judged"), text, "plain"))
    return tuple(rows)


def finding_rows(diagnosis: Diagnosis) -> tuple[FindingRow, ...]:
    """The most severe findings with their epochs. If there are too many, the last row counts the others.

    Several metrics of unknown direction share one row.
    """
    language, rows = diagnosis.language, []
    say = language.say
    unknown = [finding.metric or "" for finding in diagnosis.findings if finding.code == "unknown-direction"]
    shared = len(unknown) > _MAX_UNKNOWN
    worded = [
        (finding, words)
        for finding, words in zip(diagnosis.findings, diagnosis.finding_words, strict=True)
        if not (shared and finding.code == "unknown-direction")
    ]
    for finding, words in worded[:MAX_STATEMENTS]:
        first, last = finding.epochs or (None, None)
        epochs = "" if first == last else say("epochs {first} to {last}", first=first, last=last)
        severity = say(SEVERITY_WORDS[finding.severity])
        restates = _is_restated(finding, diagnosis)
        rows.append(FindingRow(finding.severity, severity, words.title, words.text, epochs, finding.rule, restates))
    more = len(worded) - MAX_STATEMENTS
    if more > 0:
        severity = worded[MAX_STATEMENTS][0].severity
        title = language.say_count("{n} more finding", "{n} more findings", more)
        text = say(
            "The most severe ones are listed. reportgen check --json prints all of them (in Python: "
            "report.diagnosis.findings)."
        )
        rows.append(FindingRow(severity, say(SEVERITY_WORDS[severity]), title, text, ""))
    if shared:
        title = say("{n} metrics are shown but not judged", n=formatting.count(len(unknown)))
        named = [printable(name, 40) for name in unknown[:_MAX_NAMED]]
        names, others = ", ".join(named), len(unknown) - len(named)
        if others:
            names = say("{names} and {n} more", names=names, n=formatting.count(others))
        text = say(
            "It is unknown whether lower or higher values of these are better: {names}. Pass --direction NAME=higher, "
            "or =lower, for those that matter (in Python: directions=).",
            names=names,
        )
        label = SEVERITY_WORDS["note"]
        rule = next(finding.rule for finding in diagnosis.findings if finding.code == "unknown-direction")
        rows.append(FindingRow("note", say(label), title, text, "", rule))
    return tuple(rows)


def word_gap(diagnosis: Diagnosis) -> str:
    """How much worse validation is than training at the best epoch; empty if there is no such finding or ratio."""
    found = next((finding for finding in diagnosis.findings if finding.code == "generalisation-gap"), None)
    if found is None:
        return ""
    facts = found.evidence
    return Subject(diagnosis, diagnosis.language).worse(facts.gap_ratio, facts.train_value, found.metric)


def name_gap(diagnosis: Diagnosis) -> str:
    """The two curves of `word_gap`, with the training value at the best epoch."""
    found = next(finding for finding in diagnosis.findings if finding.code == "generalisation-gap")
    metric, facts = found.metric or "", found.evidence
    return diagnosis.language.say(
        "{key} vs. {other} ({value}) at best epoch",
        key=printable(metrics.join_key(metric, "validation"), _LONGEST_KEY),
        other=printable(metric, _LONGEST_KEY),
        value=as_value(facts.train_value),
    )


def says_unvalidated(diagnosis: Diagnosis) -> bool:
    """Whether the text of the verdict says that there are no validation values."""
    reason = REASONS["no-validation"]
    return diagnosis.language.say(reason) in diagnosis.verdict_words.text


def _is_restated(finding: Finding, diagnosis: Diagnosis) -> bool:
    """Whether verdict, answers or key numbers say what a finding says."""
    if finding.code == "best-epoch" and finding.evidence.extreme_epoch != finding.evidence.epoch:
        return False  # it explains why another epoch was chosen
    if finding.code == "no-validation":
        return says_unvalidated(diagnosis)
    return finding.code in _RESTATING or (finding.code == "generalisation-gap" and bool(word_gap(diagnosis)))


def note_lines(history: TrainingHistory, diagnosis: Diagnosis) -> tuple[str, ...]:
    """How the log was recorded and read. If there are too many notes, the last line counts the others.

    What a finding or the words of the tool say already is left out.
    """
    language, unit = diagnosis.language, unit_of(history.run, history.axis)
    said = {note for finding in diagnosis.findings for note in _SAID_BY.get(finding.code, ())}
    if unit != history.axis:
        said.update(UNIT_NOTES)
    notes = tuple(note for note in history.run.notes if note.code not in said)
    more = len(notes) - MAX_STATEMENTS
    if more > 0:
        notes = tuple(sorted(notes, key=lambda note: note.code not in (CUT, STILL_RUNNING)))  # these always show
    lines = [word_note(note, language) for note in notes[:MAX_STATEMENTS]]
    if more > 0:
        lines.append(language.say_count("{n} more note is not shown.", "{n} more notes are not shown.", more))
    return tuple(lines)
