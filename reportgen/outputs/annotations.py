"""What a build server lists beside its log. In: the runs of a pipeline. Out: `Annotation` objects."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from reportgen.languages import Language
from reportgen.outputs.runs import PipelineRun

Level = Literal["error", "warning"]
MOST_PER_LEVEL: Final = 10  # GitHub shows no more of a step


@dataclass(frozen=True)
class Annotation:
    """Something that a build server lists beside the log.

    Attributes:
        level: What it is shown as.
        title: What it is about, short.
        text: A sentence or more.
        source: The log it is about, as it was given.
    """

    level: Level
    title: str
    text: str
    source: str


def annotate(runs: Sequence[PipelineRun], language: Language) -> list[Annotation]:
    """Broken rules and errors, then what could not be decided and findings that warn; at most ten of each level."""
    found: list[Annotation] = []
    for run in runs:
        if run.error:
            found.append(Annotation("error", run.name, run.error, run.source))
        if run.judged is None:
            continue
        gate, diagnosis = run.judged.gate, run.judged.diagnosis
        found += [Annotation("error", check.rule, check.text, run.source) for check in gate.failures]
        found += [Annotation("warning", check.rule, check.text, run.source) for check in gate.undecided]
        failed = {check.rule for check in gate.failures}
        found += [
            Annotation("warning", words.title, words.text, run.source)
            for finding, words in zip(diagnosis.findings, diagnosis.finding_words, strict=True)
            if finding.severity in ("critical", "warning") and finding.code not in failed
        ]
    return [*_most(found, "error", language), *_most(found, "warning", language)]


def _most(found: Sequence[Annotation], level: Level, language: Language) -> list[Annotation]:
    """The annotations of a level; of too many the last says how many more there are."""
    members = [each for each in found if each.level == level]
    if len(members) <= MOST_PER_LEVEL:
        return members
    shown = members[: MOST_PER_LEVEL - 1]
    more = language.say("{n} more are in the summary.", n=len(members) - len(shown))
    return [*shown, Annotation(level, "reportgen", more, members[len(shown)].source)]
