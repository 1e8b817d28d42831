"""The command for many runs: sweep."""

import signal
import threading
from dataclasses import replace
from pathlib import Path

import click
from click.exceptions import Exit

from reportgen.cli.group_options import GROUP, GROUP_BY, chosen_groups
from reportgen.cli.help_text import Count
from reportgen.cli.options import BASELINE, FILE, FORCE, LOOK, QUIET, READ, Argument, Command, Project, takes
from reportgen.cli.terminal import ERROR_CODE, INTERRUPTED_CODE, print_remark, print_text, progress_bar
from reportgen.errors import OutputError, SourceError


@click.command(
    cls=Command,
    epilog="Exit codes: 0 if every run has a report, 2 if one has none or for an error, 130 after Ctrl-C.",
)
@click.argument(
    "patterns",
    cls=Argument,
    nargs=-1,
    required=True,
    metavar="PATTERN...",
    help="Which logs to read, such as 'runs/**/history.csv' or 's3://bucket/runs/*/'. Quote the patterns.",
)
@click.option(
    "-o",
    "--output",
    type=FILE,
    metavar="PLACE",
    default="site",
    help="Folder or URL for the reports and the index (default: site).",
)
@click.option(
    "--workers",
    type=Count(min=1),
    metavar="N",
    help="Number of processes on this machine (default: one per core).",
)
@click.option(
    "--scheduler", metavar="ADDRESS", help="Address of a running Dask scheduler, such as tcp://10.0.0.5:8786."
)
@click.option(
    "--time-limit",
    type=Count(min=1),
    metavar="SECONDS",
    help="How long one run may take (default: 600); a run that takes longer gets no report.",
)
@click.option("--follow-links", is_flag=True, help="Also read links that lead out of the first folder of a pattern.")
@GROUP_BY
@GROUP
@FORCE
@QUIET
@takes(BASELINE, READ, LOOK)
def sweep(
    patterns: tuple[str, ...],
    output: str,
    workers: int | None,
    scheduler: str | None,
    time_limit: int | None,
    follow_links: bool,
    group_by: list[str],
    groups: dict[str, list[str]],
    force: bool,
    project: Project,
) -> None:
    """Write a report for every matching log, and an index.

    If you repeat a sweep, only reports that are missing or out of date are made.
    """
    from rich.progress import TextColumn, TimeRemainingColumn

    from reportgen.sweep.execution import TIME_LIMIT_S, run_sweep
    from reportgen.sweep.places import Site, find_runs, folder_of
    from reportgen.sweep.task import SweepOptions, hash_extras

    context = click.get_current_context()
    if workers is not None and scheduler is not None:
        raise click.UsageError("--workers is for this machine, --scheduler for another cluster; pass one", context)
    chosen = chosen_groups(group_by, groups)
    if output == "-":
        raise OutputError("-: a sweep writes many files; a folder or a URL is needed. Pass one with -o.")
    if project.baseline_source == "-":
        raise SourceError("-: each worker reads the baseline; a file or a URL is needed. Pass one.")
    baseline = None if project.baseline is None else _absolute(project.baseline_source or "")
    look = project.look
    if look.templates is not None:
        look = replace(look, templates=look.templates.resolve())
    options = SweepOptions(project.read, look, baseline, hash_extras(baseline, look.templates))
    site = Site.at(output, overwrite=force)
    site.check()
    found = find_runs(patterns, site, follow_links=follow_links, is_chosen=project.read.run is not None)
    if project.remark:
        print_remark(project.remark)
    speed = TextColumn("{task.description}")
    with progress_bar("Runs", speed, TimeRemainingColumn(), speed_estimate_period=60, transient=True) as bar:
        task = bar.add_task("", total=len(found))

        def advance(count: int) -> None:
            rate = bar.tasks[0].speed
            bar.update(task, advance=count, description=f"{rate:.1f} runs/s" if rate else "")

        try:
            result = run_sweep(
                found,
                site,
                options,
                scheduler=scheduler,
                workers=workers,
                time_limit_s=time_limit or project.settings.time_limit or TIME_LIMIT_S,
                folder=folder_of(patterns),
                groups=chosen,
                on_progress=advance,
            )
        except KeyboardInterrupt:
            _ignore_ctrl_c()
            raise
    if result.interrupted:
        _ignore_ctrl_c()
    parts = [f"{result.made:,} made", f"{result.current:,} up to date", f"{result.failed:,} without a report"]
    missing = [f"{result.missing:,} not reached"] if result.missing else []
    print_text(f"Runs: {len(found):,} ({', '.join([*parts, *missing])})")
    if result.unusable:
        print_remark(
            f"Lines of runs.jsonl that are damaged or from another version: {result.unusable:,}. They are left out, "
            "and the reports of their runs are made again."
        )
    for error in result.errors:
        print_remark(error)
    if result.failed > len(result.errors):
        print_remark(f"... and {result.failed - len(result.errors):,} more; see the last group of the index.")
    if result.ungrouped and not result.interrupted:
        print_remark(f"{result.ungrouped} The index was written without these groups.")
    print_text(f"Index: {site.shown}/index.html")
    project.print_settings()
    if result.interrupted:
        raise Exit(INTERRUPTED_CODE)
    if result.failed or result.ungrouped:
        raise Exit(ERROR_CODE)


def _ignore_ctrl_c() -> None:
    """Ignores further signals, which would print a traceback if they came while Python ends."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _absolute(source: str) -> str:
    """A source, or the only match of a pattern, as workers can find it: they may have another working directory."""
    from reportgen.comparison.loading import expanded

    place = expanded(source)[0]
    return str(Path(place).resolve()) if Path(place).exists() else str(place)
