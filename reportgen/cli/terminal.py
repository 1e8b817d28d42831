"""Output and exit codes of the commands."""

import codecs
import contextlib
import json
import os
import re
import shutil
import sys
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from reportgen.errors import OutputError
from reportgen.text import harmless

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


_PLAINLY: Final = "reportgen-plainly"  # the name of the handler of characters that an encoding lacks
_SIMILAR: Final = {
    "…": "...",
    "–": "-",
    "—": "-",
    "−": "-",
    "‑": "-",
    "→": "->",
    "←": "<-",
    "×": "x",
    "±": "+/-",
    "≈": "~",
    "≥": ">=",
    "≤": "<=",
    "≠": "!=",
    "Δ": "delta ",
    "σ": "sigma",
    "·": "-",
    "•": "-",
    "✓": "yes",
    "✗": "no",
    **dict(zip("▁▂▃▄▅▆▇█", "12345678", strict=True)),  # of small curves
}
_NOT_ASCII: Final = re.compile(r"[^\x00-\x7f]")
_QUIET: Final = "reportgen.quiet"  # in the context of a command


def be_quiet(context: click.Context) -> None:
    """Lets a command print nothing on standard output, except for data such as JSON."""
    context.meta[_QUIET] = True


def is_quiet() -> bool:
    """Whether the running command prints nothing on standard output."""
    context = click.get_current_context(silent=True)
    return context is not None and bool(context.meta.get(_QUIET))


def painted(text: str, tone: str) -> str:
    """Text in the colour of a tone; unchanged if standard output has no colours."""
    return click.style(text, **_STYLES[tone]) if _has_colours() else text


def _has_colours() -> bool:
    """Whether standard output is a terminal that shows colours, which ``NO_COLOR`` switches off."""
    is_terminal = sys.stdout is not None and sys.stdout.isatty()
    return is_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def print_text(text: str = "", *, end: str = "\n", err: bool = False, is_data: bool = False) -> None:
    """Prints lines. What comes from files acts neither on the terminal nor as a command of a build server.

    A quiet command prints only errors, and data (``is_data``) such as JSON.
    """
    if is_quiet() and not err and not is_data:
        return
    with contextlib.suppress(OSError) if err else contextlib.nullcontext():  # nobody could read about it
        click.echo(harmless(text, colours=_has_colours() and not err) + end, nl=False, err=err)


def print_json(text: str) -> None:
    """Prints JSON, which is data. Where standard output is not UTF-8, as on Windows, other characters are escaped."""
    if not _is_utf8(sys.stdout):
        text = _NOT_ASCII.sub(lambda found: json.dumps(found[0])[1:-1], text)
    print_text(text, is_data=True)


def _is_utf8(stream: Any) -> bool:
    return (getattr(stream, "encoding", None) or "utf-8").lower().replace("-", "").replace("_", "") == "utf8"


def show_plainly() -> None:
    """Lets standard streams show similar characters, or "?", instead of those that their encoding lacks.

    On Windows, Python writes to pipes and files in the code page of the system.
    """
    codecs.register_error(_PLAINLY, _plain_characters)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=_PLAINLY)


def _plain_characters(error: UnicodeError) -> tuple[str | bytes, int]:
    """The handler for characters that an encoding lacks."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    part = error.object[error.start : error.end]
    return "".join(_SIMILAR.get(character, "?") for character in part), error.end


def print_commands(lines: Iterable[str]) -> None:
    """Prints commands for a build server, one per line, made by `reportgen.outputs.build_log`."""
    for line in lines:
        click.echo(line)


def print_data(content: bytes, what: str) -> None:
    """Writes a whole file to standard output, unchanged; ``what`` names it in the error if there is no output."""
    if sys.stdout is None:
        raise OutputError(f"standard output is closed; {what} needs an open one. Pass a file.")
    sys.stdout.buffer.write(content)


def terminal_width() -> int:
    """The number of columns to wrap text at: the terminal's width, at most 100."""
    from reportgen.outputs.terminal_text import WIDTH

    return min(WIDTH, shutil.get_terminal_size((WIDTH, 24)).columns)


def print_remark(text: str) -> None:
    """Prints one line on standard error."""
    print_text(f"reportgen: {' '.join(text.split())}", err=True)


@contextlib.contextmanager
def warnings_as_remarks() -> Iterator[None]:
    """Prints warnings as remarks, without the line of code that they come from."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", RuntimeWarning)
        try:
            yield
        finally:
            for warning in caught:
                print_remark(str(warning.message))


def shown(path: Path) -> str:
    """A path for printing: relative if it is inside the working directory."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def progress_bar(label: str, *columns: "str | ProgressColumn", **options: Any) -> "Progress":
    """A progress bar on standard error: label, count, bar, then these columns."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns, console = (TextColumn(label), MofNCompleteColumn(), BarColumn(), *columns), Console(stderr=True)
    leaves_nothing = bool(options.get("transient")) and not console.is_terminal  # but an empty line
    return Progress(*columns, console=console, disable=is_quiet() or leaves_nothing, **options)
