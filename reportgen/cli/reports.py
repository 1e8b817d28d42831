"""The commands that make and print reports: demo, build, check."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reportgen.assets import Theme
from reportgen.cli.options import (
    Columns,
    Direction,
    Format,
    Lang,
    Source,
    ValidationFreq,
    read_columns,
    read_directions,
)
from reportgen.errors import OutputError

if TYPE_CHECKING:
    from rich.progress import Progress

    from reportgen.report import Report

_STYLES: dict[str, dict[str, Any]] = {
    "headline": {"bold": True},
    "answer": {"bold": True},
    "critical": {"fg": "red"},
    "warning": {"fg": "yellow"},
    "note": {"fg": "blue"},
    "good": {"fg": "green"},
}


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


def build(
    source: Source,
    output: Annotated[
        str, typer.Option("-o", "--output", help="Where the report goes; - is standard output.")
    ] = "report.html",
    title: Annotated[str | None, typer.Option("--title", help="Heading of the report.")] = None,
    lang: Lang = "en",
    baseline: Annotated[str | None, typer.Option("--baseline", help="An earlier run to compare with.")] = None,
    log_format: Format = None,
    columns: Columns = None,
    validation_freq: ValidationFreq = None,
    direction: Direction = None,
    theme: Annotated[
        Theme, typer.Option("--theme", help="Colours of the page; auto follows the reader's system.")
    ] = "auto",
    static: Annotated[bool, typer.Option("--static", help="Leave out every script, as mail needs it.")] = False,
    templates: Annotated[
        Path | None, typer.Option("--templates", metavar="DIR", help="Templates of your own, which go before ours.")
    ] = None,
) -> None:
    """Write the report of a training log."""
    from reportgen.outputs.html_file import check_target
    from reportgen.report import build as build_report

    if output != "-":
        target = check_target(output)
        if target == Path(source).resolve() and target.suffix not in (".html", ".htm"):
            raise OutputError(
                f"{output}: this is the log itself; a report would replace it. Name another file with -o."
            )
    report = build_report(
        source,
        title=title,
        baseline=baseline,
        format=log_format,
        columns=read_columns(columns),
        validation_freq=validation_freq,
        directions=read_directions(direction),
        lang=lang,
    )
    if output == "-":
        if sys.stdout is None:
            raise OutputError("standard output is closed; a report needs an open one. Name a file.")
        sys.stdout.buffer.write(report.to_html(theme=theme, static=static, templates=templates).encode("utf-8"))
        return
    report.save(output, theme=theme, static=static, templates=templates)
    typer.echo(f"Read as {report.read_as}.")
    typer.echo(report.diagnosis.verdict_words.title)
    typer.echo(f"Report: {output}")


def check(
    source: Source,
    as_json: Annotated[bool, typer.Option("--json", help="Print the diagnosis as JSON.")] = False,
    log_format: Format = None,
    columns: Columns = None,
    validation_freq: ValidationFreq = None,
    direction: Direction = None,
    lang: Lang = "en",
) -> None:
    """Print the verdict, the five answers and the findings."""
    from reportgen.report import build as build_report

    report = build_report(
        source,
        format=log_format,
        columns=read_columns(columns),
        validation_freq=validation_freq,
        directions=read_directions(direction),
        lang=lang,
    )
    if as_json:
        typer.echo(json.dumps(report.diagnosis.to_dict(), indent=2, allow_nan=False, ensure_ascii=False))
    else:
        typer.echo(f"Read as {report.read_as}.")
        _print_diagnosis(report)


def _print_diagnosis(report: "Report") -> None:
    from reportgen.outputs.text import render_text

    typer.echo(
        render_text(report.history, report.diagnosis, lambda text, tone: typer.style(text, **_STYLES[tone])), nl=False
    )
