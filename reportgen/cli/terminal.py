"""Output and exit codes of the commands."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from rich.progress import Progress, ProgressColumn

GATE_CODE: Final = 1
ERROR_CODE: Final = 2
INTERRUPTED_CODE: Final = 130
_STYLES: Final[dict[str, dict[str, Any]]] = {
    "headline": {"bold": True},
    "answer": {"bold": True},
    "critical": {"fg": "red"},
    "warning": {"fg": "yellow"},
    "note": {"fg": "blue"},
    "good": {"fg": "green"},
}


def painted(text: str, tone: str) -> str:
    """Text in the colour of a tone."""
    return click.style(text, **_STYLES[tone])


def terminal_width() -> int:
    """The number of columns to wrap text at: the terminal's width, at most 100."""
    from reportgen.outputs.terminal_text import WIDTH

    return min(WIDTH, shutil.get_terminal_size((WIDTH, 24)).columns)


def print_remark(text: str) -> None:
    """Prints one line on standard error."""
    from reportgen.text import harmless

    click.echo(f"reportgen: {harmless(' '.join(text.split()))}", err=True)


def shown(path: Path) -> str:
    """A path for printing: relative if it is inside the working directory."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def progress_bar(label: str, *columns: "str | ProgressColumn", **options: Any) -> "Progress":
    """A progress bar on standard error: label, count, bar, then these columns."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    return Progress(
        TextColumn(label), MofNCompleteColumn(), BarColumn(), *columns, console=Console(stderr=True), **options
    )
