"""The commands that make and print reports: demo, build, check."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reportgen.cli.options import (
    Baseline,
    Columns,
    Direction,
    FailOn,
    Format,
    Lang,
    MaxRegression,
    MinProbability,
    PageTheme,
    Require,
    Source,
    Static,
    Templates,
    ValidationFreq,
    open_baseline,
    open_report,
    painted,
    print_remark,
    print_settings,
    read_columns,
    read_directions,
    read_gate,
    read_settings,
    terminal_width,
)
from reportgen.errors import OutputError

if TYPE_CHECKING:
    from rich.progress import Progress

    from reportgen.gate import GateResult
    from reportgen.report import Report


def demo(
    output: Annotated[Path, typer.Option("-o", "--output", help="Where the report goes.")] = Path("report.html"),
) -> None:
    """Train a small network on real data with TensorFlow, and report on it."""
    from reportgen.demo import EPOCHS, train_demo
    from reportgen.outputs.files import check_target

    check_target(output)
    typer.echo(f"Training on the Pima diabetes table, {EPOCHS} epochs.")
    with _progress() as bar:
        task = bar.add_task("", total=EPOCHS)
        report = train_demo(output, lambda logs: bar.update(task, advance=1, description=_worded_logs(logs)))
    typer.echo("")
    _print_report(report)
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
    lang: Lang = None,
    baseline: Baseline = None,
    log_format: Format = None,
    columns: Columns = None,
    validation_freq: ValidationFreq = None,
    direction: Direction = None,
    theme: PageTheme = None,
    static: Static = False,
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
    templates: Templates = None,
) -> None:
    """Write the report of a training log."""
    from reportgen.outputs.files import check_target, write_file
    from reportgen.outputs.harmless import harmless

    if output != "-":
        target = check_target(output)
        if target == Path(source).resolve() and target.suffix not in (".html", ".htm"):
            raise OutputError(
                f"{output}: this is the log itself; a report would replace it. Name another file with -o."
            )
    settings = read_settings()
    earlier, remark = open_baseline(baseline, settings)
    report = open_report(
        source,
        settings,
        title=title,
        baseline=earlier,
        log_format=log_format,
        columns=read_columns(columns),
        validation_freq=validation_freq,
        directions=read_directions(direction),
        lang=lang,
    )
    if remark:
        print_remark(remark)
    if output == "-" and sys.stdout is None:
        raise OutputError("standard output is closed; a report needs an open one. Name a file.")
    colours = theme or settings.theme or "auto"
    html = report.to_html(theme=colours, static=static, interactive=interactive, compress=compress, templates=templates)
    if output == "-":
        sys.stdout.buffer.write(html.encode("utf-8"))
        return
    write_file(output, html)
    typer.echo(f"Read as {report.read_as}.")
    typer.echo(harmless(report.diagnosis.verdict_words.title))
    typer.echo(f"Report: {output}")
    print_settings(settings)


def check(
    source: Source,
    as_json: Annotated[bool, typer.Option("--json", help="Print the diagnosis as JSON.")] = False,
    fail_on: FailOn = None,
    min_probability: MinProbability = None,
    require: Require = None,
    baseline: Baseline = None,
    max_regression: MaxRegression = None,
    log_format: Format = None,
    columns: Columns = None,
    validation_freq: ValidationFreq = None,
    direction: Direction = None,
    lang: Lang = None,
) -> None:
    """Print the verdict, the five answers and the findings; exit with 1 if the run breaks a rule of the gate."""
    from reportgen.gate import check_gate
    from reportgen.outputs.runs import JudgedRun

    settings = read_settings()
    rules = read_gate(settings, fail_on, min_probability, require, max_regression)
    earlier, remark = open_baseline(baseline, settings)
    if max_regression and earlier is None:
        raise typer.BadParameter("--max-regression needs an earlier run to compare with; name one with --baseline")
    report = open_report(
        source,
        settings,
        baseline=earlier,
        log_format=log_format,
        columns=read_columns(columns),
        validation_freq=validation_freq,
        directions=read_directions(direction),
        lang=lang,
    )
    gate = check_gate(report.history, report.diagnosis, rules, report.baseline)
    if remark:
        print_remark(remark)
    if as_json:
        typer.echo(JudgedRun(report.history, report.diagnosis, report.baseline, gate).to_json())
    else:
        typer.echo(f"Read as {report.read_as}.")
        _print_report(report, gate)
        print_settings(settings)
    if not gate.passed:
        raise typer.Exit(1)


def _print_report(report: "Report", gate: "GateResult | None" = None) -> None:
    from reportgen.outputs.text import render_text

    text = render_text(
        report.history, report.diagnosis, painted, baseline=report.baseline, gate=gate, width=terminal_width()
    )
    typer.echo(text, nl=False)
