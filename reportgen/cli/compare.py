"""The command for several runs side by side: compare."""

import json

import click

from reportgen.cli.options import (
    FILE,
    FORCE,
    LANGUAGE,
    LOOK,
    QUIET,
    READ,
    Command,
    Project,
    check_file,
    source_argument,
    takes,
)
from reportgen.cli.terminal import painted, print_json, print_remark, print_text, terminal_width


def _read_groups(context: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> dict[str, list[str]]:
    """Parses the groups of ``--group "adam=adam_*"``, split at the first "="."""
    groups: dict[str, list[str]] = {}
    for text in given:
        name, equals, pattern = text.partition("=")
        if not equals or not name.strip() or not pattern:
            raise click.BadParameter(f"{text!r} is not a group; NAME=PATTERN is needed, such as 'adam=adam_*'")
        groups.setdefault(name.strip(), []).append(pattern)
    return groups


def _read_names(context: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> list[str]:
    return [name.strip() for text in given for name in text.split(",") if name.strip()]


@click.command(cls=Command)
@source_argument(
    "sources", several="Paths may be patterns, such as 'runs/*/history.csv'; all runs of a source are read."
)
@click.option(
    "--group-by",
    metavar="SETTING,...",
    multiple=True,
    callback=_read_names,
    help="Settings that tell groups apart, such as optimizer; also folder and source (default: found from settings and "
    "names). Repeatable.",
)
@click.option(
    "--group",
    "groups",
    metavar="NAME=PATTERN",
    multiple=True,
    callback=_read_groups,
    help="A group of its own: runs whose name or path matches the pattern. Repeatable.",
)
@click.option(
    "--metric",
    metavar="METRIC",
    help="What to compare by: accuracy, val_accuracy, or test_accuracy for a score after training (default: the metric "
    "that runs are judged by).",
)
@click.option(
    "-o",
    "--output",
    type=FILE,
    metavar="FILE",
    help="Write the comparison as one HTML file, with links to the reports of runs.",
)
@click.option("--title", help="Heading of that file.")
@FORCE
@QUIET
@click.option("--json", "as_json", is_flag=True, help="Print the comparison as JSON.")
@takes(
    {name: option for name, option in READ.items() if name not in ("run", "monitor", "ignore")},
    LANGUAGE,
    {"theme": LOOK["theme"]},
)
def compare(
    sources: tuple[str, ...],
    group_by: list[str],
    groups: dict[str, list[str]],
    metric: str | None,
    output: str | None,
    title: str | None,
    force: bool,
    as_json: bool,
    project: Project,
) -> None:
    """Compare runs, in groups of those that differ only in seed or fold, and say which group is best."""
    from dataclasses import replace

    from reportgen.comparison import compare as compare_runs
    from reportgen.comparison.comparison_text import render_terminal
    from reportgen.comparison.loading import skipped_pages
    from reportgen.text import harmless_json, listed

    if group_by and groups:
        raise click.UsageError("--group-by and --group choose groups in different ways; pass one of them")
    if output is not None:
        check_file(output, sources, force)
    found = compare_runs(
        list(sources),
        groups=groups or group_by or None,
        metric=metric,
        language=project.look.language,
        options=replace(project.read, run=None),
    )
    if skipped := skipped_pages(list(sources)):
        print_remark(f"Skipped, because they are about many runs and have no history: {listed(list(skipped))}.")
    if output is not None:
        found.save(output, title=title or "", theme=project.look.theme, overwrite=force)
    if as_json:
        print_json(harmless_json(json.dumps(found.to_dict(), indent=2, allow_nan=False, ensure_ascii=False)))
        return
    print_text(render_terminal(found, found.language, painted, width=terminal_width()), end="")
    if not group_by and not groups and len(found.runs) > 1:
        print_text(found.language.say("Other groups: pass --group-by SETTING, or --group NAME=PATTERN."))
    if output is not None:
        print_text(found.language.say("Comparison: {path}", path=output))
    project.print_settings()
