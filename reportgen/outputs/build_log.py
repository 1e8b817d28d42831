"""Output for build servers: annotations, log commands, and the files that GitHub's runner provides."""

import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from reportgen.errors import OutputError
from reportgen.languages import Language
from reportgen.outputs.runs import PipelineRun
from reportgen.text import printable

Level = Literal["error", "warning"]
MOST_PER_LEVEL: Final = 10  # GitHub shows no more per step
SUMMARY_LIMIT_BYTES: Final = 1024 * 1024  # per step; GitHub drops a longer summary entirely
_LINK: Final = re.compile(r"https?://[\w.:/#-]+")  # without what could end a link in Markdown
_GITHUB_TEXT: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_GITHUB_PROPERTY: Final = _GITHUB_TEXT | str.maketrans({":": "%3A", ",": "%2C"})
_AZURE: Final = str.maketrans({"%": "%AZP25", ";": "%3B", "\r": "%0D", "\n": "%0A", "]": "%5D"})


@dataclass(frozen=True)
class Annotation:
    """A message that a build server shows next to the log."""

    level: Level  # how it is shown
    title: str  # what it is about, in a few words
    text: str  # one or more sentences
    source: str  # the training log it is about, as given


def annotate(runs: Sequence[PipelineRun], language: Language) -> list[Annotation]:
    """Errors and broken rules, then undecided rules and serious findings; at most ten per level."""
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
            Annotation("warning", f"{words.title} ({finding.rule})", words.text, run.source)
            for finding, words in zip(diagnosis.findings, diagnosis.finding_words, strict=True)
            if finding.severity in ("critical", "warning") and finding.code not in failed
        ]
    return [*_first_of(found, "error", language), *_first_of(found, "warning", language)]


def _first_of(found: Sequence[Annotation], level: Level, language: Language) -> list[Annotation]:
    """The annotations of a level. If there are too many, the last one says how many were left out."""
    members = [each for each in found if each.level == level]
    if len(members) <= MOST_PER_LEVEL:
        return members
    shown = members[: MOST_PER_LEVEL - 1]
    more = language.say("{n} more are in the summary.", n=len(members) - len(shown))
    return [*shown, Annotation(level, "reportgen", more, members[len(shown)].source)]


def github_annotation(annotation: Annotation, file: str | None) -> str:
    """An annotation as a line of the log: ``::error file=history.csv,title=...::...``."""
    given = {"file": file, "title": annotation.title}
    properties = [f"{name}={printable(value).translate(_GITHUB_PROPERTY)}" for name, value in given.items() if value]
    return f"::{annotation.level} {','.join(properties)}::{printable(annotation.text).translate(_GITHUB_TEXT)}"


def azure_annotation(annotation: Annotation, file: str | None) -> str:
    """An annotation as a line of the log: ``##vso[task.logissue type=error;sourcepath=history.csv;]...``."""
    place = f"sourcepath={printable(file).translate(_AZURE)};" if file else ""
    text = printable(f"{annotation.title}: {annotation.text}").translate(_AZURE)
    return f"##vso[task.logissue type={annotation.level};{place}]{text}"


def azure_summary(path: Path) -> str:
    """The log line that shows a Markdown file on the page of the pipeline run."""
    return f"##vso[task.uploadsummary]{str(path).translate(_AZURE)}"


def step_outputs(values: Mapping[str, Sequence[str]]) -> str:
    """Named outputs in the format of ``GITHUB_OUTPUT``, where several lines are enclosed in delimiters."""
    parts = []
    for name, lines in values.items():
        text = "\n".join(printable(line) for line in lines)
        mark = f"reportgen_{hashlib.sha256(text.encode()).hexdigest()[:32]}"  # no text contains its own hash
        parts.append(f"{name}<<{mark}\n{text}\n{mark}\n")
    return "".join(parts)


def append_file(path: str | os.PathLike[str], text: str, limit: int | None = None) -> bool:
    """Appends text, on a new line, to a file that the runner reads after the step. Creates the file if missing.

    Returns:
        False, leaving the file unchanged, if it would exceed the limit in bytes.

    Raises:
        OutputError: the file cannot be written.
    """
    try:
        with open(path, "ab+") as stream:
            size = stream.seek(0, os.SEEK_END)
            stream.seek(max(0, size - 1))
            start = "\n" if size and stream.read() != b"\n" else ""
            data = (start + text).encode("utf-8")
            if limit is not None and size + len(data) > limit:
                return False
            stream.write(data)
    except OSError as error:
        name = Path(path).name
        raise OutputError(f"{name}: cannot be written ({error.strerror or error}). Check the runner.") from None
    return True


def build_link(environment: Mapping[str, str]) -> str:
    """Where the CI service shows the artifacts of this build; empty if unknown."""
    if environment.get("GITHUB_ACTIONS", "").lower() == "true":
        server, repository = environment.get("GITHUB_SERVER_URL", ""), environment.get("GITHUB_REPOSITORY", "")
        link = f"{server}/{repository}/actions/runs/{environment.get('GITHUB_RUN_ID', '')}#artifacts"
    else:
        link = f"{environment.get('CI_JOB_URL', '')}/artifacts/browse"
    return link if _LINK.fullmatch(link) else ""
