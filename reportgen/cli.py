"""The command line: arguments in, exit code out. The only room that prints.

Exit codes: 0 done, 2 any error, with one line on standard error. (1 is kept for gates.)
"""

import errno
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reportgen.assets import Theme
from reportgen.errors import OutputError, ReportgenError
from reportgen.version import __version__

if TYPE_CHECKING:
    from rich.progress import Progress

    from reportgen.report import Report

ERROR_CODE = 2
_STYLES: dict[str, dict[str, Any]] = {
    "headline": {"bold": True},
    "answer": {"bold": True},
    "critical": {"fg": "red"},
    "warning": {"fg": "yellow"},
    "note": {"fg": "blue"},
    "good": {"fg": "green"},
}
_TRACEBACK_SWITCH = "REPORTGEN_TRACEBACK"

app = typer.Typer(
    name="reportgen",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Make a training history into a report that says what happened and what to do.",
)

Source = Annotated[
    str, typer.Argument(metavar="SOURCE", help="CSV log, history JSON or an earlier report; - is standard input.")
]
ValidationFreq = Annotated[
    int | None,
    typer.Option("--validation-freq", min=1, help="Every how many epochs validation ran, if its lists are shorter."),
]
Direction = Annotated[
    list[str] | None,
    typer.Option(
        "--direction", metavar="METRIC=lower|higher", help="Which values of a metric are better; may be repeated."
    ),
]


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"reportgen {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Make a training history into a report that says what happened and what to do."""


@app.command()
def demo(
    output: Annotated[Path, typer.Option("-o", "--output", help="Where the report goes.")] = Path("report.html"),
) -> None:
    """Train a small network on real data with TensorFlow, and report on it."""
    from reportgen.demo import EPOCHS, train_demo
    from reportgen.outputs.html_file import check_target

    check_target(output)
    typer.echo(f"Training on the Pima diabetes table, {EPOCHS} epochs.")
    with _progress() as bar:
        task = bar.add_task("", total=EPOCHS)
        report = train_demo(output, lambda logs: bar.update(task, advance=1, description=_worded_logs(logs)))
    typer.echo("")
    _print_diagnosis(report)
    typer.echo(f"History keys: {', '.join(report.history.keys)}")
    typer.echo(f"Report: {output.resolve()}")


def _progress() -> "Progress":
    """A progress bar on standard error, with the time left and the latest losses."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("Epoch"),
        MofNCompleteColumn(),
        BarColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
    )
    return Progress(*columns, console=Console(stderr=True))


def _worded_logs(logs: dict[str, float]) -> str:
    """The losses of an epoch, to stand beside the progress bar."""
    return "  ".join(f"{name} {logs[name]:.4f}" for name in ("loss", "val_loss") if name in logs)


@app.command()
def build(
    source: Source,
    output: Annotated[
        str, typer.Option("-o", "--output", help="Where the report goes; - is standard output.")
    ] = "report.html",
    title: Annotated[str | None, typer.Option("--title", help="Heading of the report.")] = None,
    baseline: Annotated[str | None, typer.Option("--baseline", help="An earlier run to compare with.")] = None,
    validation_freq: ValidationFreq = None,
    direction: Direction = None,
    theme: Annotated[
        Theme, typer.Option("--theme", help="Colours of the page; auto follows the reader's system.")
    ] = "auto",
    static: Annotated[bool, typer.Option("--static", help="Leave out every script, as mail needs it.")] = False,
    interactive: Annotated[
        bool,
        typer.Option("--interactive", help="Charts that zoom, pan, smooth and turn logarithmic; adds 0.6 MB for Vega."),
    ] = False,
    compress: Annotated[
        bool,
        typer.Option(
            "--compress",
            help="Pack Vega to half its size. Not for mail: its filters flag scripts that unpack others.",
        ),
    ] = False,
    templates: Annotated[
        Path | None, typer.Option("--templates", metavar="DIR", help="Templates of your own, which go before ours.")
    ] = None,
) -> None:
    """Write the report of a training log."""
    from reportgen.outputs.html_file import check_target, write_file
    from reportgen.report import build as build_report

    if output != "-":
        target = check_target(output)
        if target == Path(source).resolve() and target.suffix not in (".html", ".htm"):
            raise OutputError(
                f"{output}: this is the log itself; a report would replace it. Name another file with -o."
            )
    report = build_report(
        source, title=title, baseline=baseline, validation_freq=validation_freq, directions=_directions(direction)
    )
    if output == "-" and sys.stdout is None:
        raise OutputError("standard output is closed; a report needs an open one. Name a file.")
    html = report.to_html(theme=theme, static=static, interactive=interactive, compress=compress, templates=templates)
    if output == "-":
        sys.stdout.buffer.write(html.encode("utf-8"))
        return
    write_file(output, html)
    typer.echo(report.diagnosis.verdict_words.title)
    typer.echo(f"Report: {output}")


@app.command()
def check(
    source: Source,
    as_json: Annotated[bool, typer.Option("--json", help="Print the diagnosis as JSON.")] = False,
    validation_freq: ValidationFreq = None,
    direction: Direction = None,
) -> None:
    """Print the verdict, the five answers and the findings."""
    from reportgen.report import Report, diagnose, load

    history = load(source, validation_freq=validation_freq, directions=_directions(direction))
    diagnosis = diagnose(history)
    if as_json:
        typer.echo(json.dumps(diagnosis.to_dict(), indent=2, allow_nan=False))
    else:
        _print_diagnosis(Report(history, diagnosis))


def _directions(given: list[str] | None) -> dict[str, str]:
    """The directions of ``--direction f2=higher``; the last "=" parts name and direction, as names may hold one."""
    said = {}
    for text in given or ():
        name, equals, way = text.rpartition("=")
        if not equals or not name or way not in ("lower", "higher"):
            raise typer.BadParameter(f"{text!r} is no direction; METRIC=lower or METRIC=higher is needed")
        said[name] = way
    return said


def _print_diagnosis(report: "Report") -> None:
    from reportgen.outputs.text import render_text

    typer.echo(
        render_text(report.history, report.diagnosis, lambda text, tone: typer.style(text, **_STYLES[tone])), nl=False
    )


def main() -> None:
    """Runs the command line and exits with its code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal of another encoding shows "?" instead of failing
    try:
        code = app(args=sys.argv[1:] or ["--help"], standalone_mode=False)
        if sys.stdout is not None:
            sys.stdout.flush()
    except ReportgenError as error:
        _fail(str(error))
    except SystemExit as end:  # Typer ends with 1 where a pipe was closed, as by `head`; here 1 means a failed gate
        sys.exit(_silenced() if end.code == 1 else end.code)
    except OSError as error:  # files are OutputErrors; what is left is standard output
        if error.errno == errno.EPIPE:
            sys.exit(_silenced())
        _silenced()
        _fail(f"standard output cannot be written ({error.strerror or error}); send it elsewhere.")
    except Exception as error:
        if hasattr(error, "format_message"):  # a mistake in the arguments, as Typer words it
            _fail(f"{error.format_message().rstrip('.')}. Run reportgen --help to see what there is.")
        if os.environ.get(_TRACEBACK_SWITCH):
            raise
        _fail(
            f"an error inside reportgen ({type(error).__name__}: {error}); set {_TRACEBACK_SWITCH}=1 to see where, "
            "and please report it"
        )
    sys.exit(code or 0)


def _silenced() -> int:
    """Sends what is left of standard output nowhere, so that Python's last flush does not fail; gives the exit code."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return ERROR_CODE


def _fail(text: str) -> None:
    """One line on standard error, and the exit code of errors."""
    line = " ".join(text.split())
    typer.echo(f"reportgen: {line}", err=True)
    sys.exit(ERROR_CODE)
