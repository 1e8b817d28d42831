"""The options of commands that compare runs: which groups they form, their names, and what they are compared by."""

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from reportgen.comparison.grouping import Groups


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


GROUP_BY = click.option(
    "--group-by",
    metavar="SETTING,...",
    multiple=True,
    callback=_read_names,
    help="Settings that separate groups, such as optimizer; also folder, source and run (default: found from settings "
    "and names). Repeatable.",
)
GROUP = click.option(
    "--group",
    "groups",
    metavar="NAME=PATTERN",
    multiple=True,
    callback=_read_groups,
    help="A group of runs: those whose name or path matches the pattern. Repeatable.",
)
NAMES = click.option(
    "--names",
    metavar="NAME,...",
    multiple=True,
    callback=_read_names,
    help="One name per run, in the order of the sources (default: from titles and paths). Repeatable.",
)
METRIC = click.option(
    "--metric",
    metavar="METRIC",
    help="What to compare by: accuracy, val_accuracy, or test_accuracy for a score measured after training (default: "
    "the metric that runs are judged by).",
)


def chosen_groups(group_by: list[str], groups: dict[str, list[str]]) -> "Groups | None":
    """The groups that were chosen; None if they are to be found.

    Raises:
        click.UsageError: both ways to choose groups were used.
    """
    if group_by and groups:
        raise click.UsageError("--group-by and --group choose groups in different ways; pass one of them")
    chosen: Groups | None = groups or group_by or None
    return chosen


def comparison_arguments(group_by: list[str], groups: dict[str, list[str]], names: list[str]) -> dict[str, Any]:
    """What `reportgen.compare` takes for these options.

    Raises:
        click.UsageError: both ways to choose groups were used.
    """
    return {"groups": chosen_groups(group_by, groups), "names": names or None}
