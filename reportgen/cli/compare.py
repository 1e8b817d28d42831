"""The command for several runs side by side: compare."""

import json

import click

from reportgen.cli.group_options import GROUP, GROUP_BY, METRIC, NAMES, comparison_arguments
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
from reportgen.cli.terminal import painted, print_json, print_remark, print_text, terminal_width, warnings_as_remarks


@click.command(cls=Command, epilog="Exit codes: 0 whatever the verdict is, 2 for an error.")
@source_argument(
    "sources", several="Paths may be patterns, such as 'runs/*/history.csv'; all runs of a source are read."
)
@GROUP_BY
@GROUP
@NAMES
@METRIC
@click.option(
    "-o",
    "--output",
    type=FILE,
    metavar="FILE",
    help="Write the comparison as one HTML file, with links to the reports of the runs.",
)
@click.option("--title", help="Heading of the HTML file.")
@FORCE
@QUIET
@click.option("--json", "as_json", is_flag=True, help="Print the comparison as JSON.")
@takes(
    {name: option for name, option in READ.items() if name not in ("run", "monitor", "ignore")},
    LANGUAGE,
    {name: LOOK[name] for name in ("theme", "static")},
)
def compare(
    sources: tuple[str, ...],
    group_by: list[str],
    groups: dict[str, list[str]],
    names: list[str],
    metric: str | None,
    output: str | None,
    title: str | None,
    force: bool,
    as_json: bool,
    project: Project,
) -> None:
    """Compare groups of runs, such as seeds or folds of several settings, and say which group is best."""
    from dataclasses import replace

    from reportgen.comparison import compare as compare_runs
    from reportgen.comparison.comparison_text import render_terminal
    from reportgen.comparison.loading import skipped_pages
    from reportgen.comparison.report_links import check_page
    from reportgen.text import harmless_json, listed

    chosen = comparison_arguments(group_by, groups, names)
    if output is not None:
        check_file(output, sources, force, kind="comparison")
        check_page(output, overwrite=force)
    with warnings_as_remarks():
        found = compare_runs(
            list(sources),
            **chosen,
            metric=metric,
            language=project.look.language,
            options=replace(project.read, run=None),
        )
    own = "" if output is None else output.rpartition("/")[2]  # the page that is made again
    if skipped := [name for name in skipped_pages(list(sources)) if name != own]:
        print_remark(f"Skipped, because they are about many runs and have no history: {listed(skipped)}.")
    if output is not None:
        found.save(output, title=title or "", theme=project.look.theme, static=project.look.static, overwrite=force)
    if as_json:
        print_json(harmless_json(json.dumps(found.to_dict(), indent=2, allow_nan=False, ensure_ascii=False)))
        return
    print_text(render_terminal(found, found.language, painted, width=terminal_width()), end="")
    if not group_by and not groups and len(found.runs) > 1 and found.grouping.basis != "none":
        print_text(
            found.language.say("To group the runs differently, pass --group-by SETTING or --group NAME=PATTERN.")
        )
    if output is not None:
        print_text(found.language.say("Comparison: {path}", path=output))
    project.print_settings()
