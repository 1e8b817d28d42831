"""The commands for pipelines: summary, ci."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from reportgen.cli.options import (
    Baseline,
    Direction,
    FailOn,
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
    read_directions,
    read_gate,
    read_settings,
    shown,
    terminal_width,
)

ERROR_CODE = 2
GATE_CODE = 1


def summary(
    source: Source,
    baseline: Baseline = None,
    validation_freq: ValidationFreq = None,
    direction: Direction = None,
    lang: Lang = None,
) -> None:
    """Print the report as Markdown, for a job summary or a comment on a pull request."""
    settings = read_settings()
    earlier, remark = open_baseline(baseline, settings)
    report = open_report(
        source,
        settings,
        baseline=earlier,
        validation_freq=validation_freq,
        directions=read_directions(direction),
        lang=lang,
    )
    if remark:
        print_remark(remark)
    text = report.summary()
    if sys.stdout is None or sys.stdout.isatty():
        typer.echo(text, nl=False)
    else:
        sys.stdout.buffer.write(text.encode("utf-8"))  # Markdown is UTF-8 wherever it goes


def ci(
    sources: Annotated[
        list[str], typer.Argument(metavar="SOURCE", help="CSV logs, history JSON or earlier reports, one per run.")
    ],
    output_dir: Annotated[
        Path | None,
        typer.Option("-o", "--output-dir", metavar="DIR", help="Where all files go; report/ if not told."),
    ] = None,
    fail_on: FailOn = None,
    min_probability: MinProbability = None,
    require: Require = None,
    baseline: Baseline = None,
    max_regression: MaxRegression = None,
    validation_freq: ValidationFreq = None,
    direction: Direction = None,
    lang: Lang = None,
    theme: PageTheme = None,
    static: Static = False,
    templates: Templates = None,
) -> None:
    """Write reports, results and a summary, tell the build server, and exit with 1 if a run breaks a rule."""
    from reportgen.ci import run_step
    from reportgen.languages import language
    from reportgen.outputs.harmless import harmless
    from reportgen.outputs.text import gate_lines

    settings = read_settings()
    rules = read_gate(settings, fail_on, min_probability, require, max_regression)
    earlier, remark = open_baseline(baseline, settings)
    if max_regression and earlier is None:
        raise typer.BadParameter("--max-regression needs an earlier run to compare with; name one with --baseline")
    directions, colours = read_directions(direction), theme or settings.theme or "auto"
    spoken = language(lang or settings.lang or "en")
    step = run_step(
        sources,
        lambda source, title: open_report(
            source,
            settings,
            or_title=title,
            baseline=earlier,
            validation_freq=validation_freq,
            directions=directions,
            lang=spoken.code,
        ),
        rules=rules,
        output_dir=output_dir or settings.output_dir or Path("report"),
        language=spoken,
        environment=os.environ,
        save=lambda report, path: report.save(path, theme=colours, static=static, templates=templates),
        remarks=[remark] if remark else [],
        spared=[] if baseline in (None, "-") else [Path(baseline)],
    )
    for run in step.runs:
        if run.judged is not None:
            title = run.judged.diagnosis.verdict_words.title
            typer.echo(painted(harmless(f"{run.name}: {title}"), "headline"))
            if run.judged.gate.checks:
                typer.echo(harmless("\n".join(gate_lines(run.judged.gate, spoken, painted, width=terminal_width()))))
        if run.error:
            print_remark(run.error)
    for path in (*step.reports.values(), *step.files):
        typer.echo(f"Written: {shown(path)}")
    print_settings(settings)
    if remark:
        print_remark(remark)
    for line in step.log_lines:
        typer.echo(line)
    if any(run.error for run in step.runs):
        raise typer.Exit(ERROR_CODE)
    if not all(run.passed for run in step.runs):
        raise typer.Exit(GATE_CODE)
