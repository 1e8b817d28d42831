"""What Azure Pipelines reads in the log. In: annotations, a file. Out: logging commands, a line each."""

from pathlib import Path
from typing import Final

from reportgen.outputs.annotations import Annotation
from reportgen.text import printable

_ESCAPES: Final = {"%": "%AZP25", ";": "%3B", "\r": "%0D", "\n": "%0A", "]": "%5D"}


def log_issue(annotation: Annotation, file: str | None) -> str:
    """An annotation as a line of the log."""
    place = f"sourcepath={_escaped(printable(file))};" if file else ""
    text = f"{printable(annotation.title)}: {printable(annotation.text)}"
    return f"##vso[task.logissue type={annotation.level};{place}]{_escaped(text)}"


def upload_summary(path: Path) -> str:
    """The line that puts a Markdown file onto the page of the run."""
    return f"##vso[task.uploadsummary]{_escaped(str(path))}"


def _escaped(text: str) -> str:
    for character, escape in _ESCAPES.items():
        text = text.replace(character, escape)
    return text
