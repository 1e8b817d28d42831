"""The command for many runs: sweep."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reportgen.cli.ci import ERROR_CODE
from reportgen.cli.options import (
    Baseline,
    Columns,
    Direction,
    Format,
    Lang,
    PageTheme,
    Static,
    Templates,
    ValidationFreq,
    open_baseline,
    print_remark,
    print_settings,
    read_columns,
    read_directions,
    read_settings,
)
from reportgen.errors import OutputError, SourceError

if TYPE_CHECKING:
    from rich.progress import Progress

INTERRUPTED_CODE = 130


def sweep(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="PATTERN", help="Logs, as 'runs/**/history.csv' or 's3://bucket/runs/*/'; quoted; one or several."
        ),
    ],
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="PLACE", help="Folder or URL of reports and index.")
    ] = "site",
    workers: Annotated[
        int | None,
        typer.Option("--workers", min=1, help="Processes on this machine; as many as it has cores if not told."),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option("--scheduler", metavar="ADDRESS", help="A Dask scheduler that is there: tcp://10.0.0.5:8786."),
    ] = None,
    baseline: Baseline = None,
    log_format: Format = None,
    columns: Columns = None,
    validation_freq: ValidationFreq = None,
    direction: Direction = None,
    lang: Lang = None,
    theme: PageTheme = None,
    static: Static = False,
    templates: Templates = None,
) -> None:
    """Write the report of every log that a pattern matches, and an index of all; done again, it goes on."""
    from reportgen.languages import language
    from reportgen.sweep import Site, SweepOptions, find_sources, hash_extras, run_sweep

    if workers is not None and scheduler is not None:
        raise typer.BadParameter("--workers is of this machine, --scheduler of another place; give one of them")
    if output == "-":
        raise OutputError("-: a sweep writes many files; a folder or a URL is needed. Name one with -o.")
    if baseline == "-":
        raise SourceError("-: each worker reads the baseline; one that stands in a file is needed. Name it.")
    settings = read_settings()
    earlier, remark = open_baseline(baseline, settings)
    compared = None if earlier is None else _absolute(baseline or str(settings.baseline))
    own = None if templates is None else str(templates.resolve())
    options = SweepOptions(
        log_format=log_format,
        columns=read_columns(columns),
        validation_freq=validation_freq,
        directions=dict(settings.direction) | read_directions(direction),
        lang=language(lang or settings.lang or "en").code,
        theme=theme or settings.theme or "auto",
        static=static,
        baseline=compared,
        templates=own,
        content=hash_extras(compared, own),
    )
    site = Site.at(output)
    found = find_sources(sources, site)
    if remark:
        print_remark(remark)
    with _progress() as bar:
        task = bar.add_task("", total=len(found))
        result = run_sweep(
            found,
            site,
            options,
            scheduler=scheduler,
            workers=workers,
            on_progress=lambda count: bar.update(task, advance=count),
        )
    parts = [f"{result.made:,} made", f"{result.current:,} up to date", f"{result.failed:,} without a report"]
    missing = [f"{result.missing:,} not reached"] if result.missing else []
    typer.echo(f"Runs: {len(found):,} ({', '.join([*parts, *missing])})")
    for error in result.errors:
        print_remark(error)
    if result.failed > len(result.errors):
        print_remark(f"... and {result.failed - len(result.errors):,} more; the last group of the index tells why.")
    typer.echo(f"Index: {site.shown}/index.html")
    print_settings(settings)
    if result.interrupted:
        raise typer.Exit(INTERRUPTED_CODE)
    if result.failed:
        raise typer.Exit(ERROR_CODE)


def _absolute(source: str) -> str:
    """A source as a worker finds it, whatever folder that one works in."""
    return str(Path(source).resolve()) if Path(source).exists() else source


def _progress() -> "Progress":
    """A progress bar on standard error, with runs a second and the time left."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Task as RichTask
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: RichTask) -> Text:
            speed = task.finished_speed or task.speed
            return Text(f"{speed:.1f} runs/s" if speed else "")

    columns = (TextColumn("Runs"), MofNCompleteColumn(), BarColumn(), Rate(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), speed_estimate_period=60)
