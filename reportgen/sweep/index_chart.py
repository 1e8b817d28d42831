"""The chart of an index: the judged curves of the runs of a task, by group where runs are repeated."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from reportgen.charts.group_chart import MOST_LINES
from reportgen.charts.runs_chart import MAX_CURVES, Points, RunsOfGroup, chart_runs
from reportgen.languages import Language
from reportgen.page.build import place_charts
from reportgen.page.contents import PageChart
from reportgen.sweep.index_groups import TaskGroups
from reportgen.sweep.ledger import Ledger
from reportgen.sweep.results import RunResult
from reportgen.text import printable


def draw_runs(
    ledger: Ledger, runs: Sequence[RunResult], groups: TaskGroups | None, language: Language
) -> PageChart | None:
    """The curves of the best run and of others, chosen evenly by rank.

    Args:
        ledger: The results.
        runs: The runs of a task, the best first.
        groups: Their groups, if any runs belong together.
        language: The language of all texts.
    """
    best = ledger.get(runs[0].path)
    if best is None or best.best_epoch is None or not best.epochs:
        return None
    alike = [run for run in runs[1:] if run.axis == best.axis]
    places = np.unique(np.linspace(0, max(0, len(alike) - 1), MAX_CURVES).round().astype(np.int64))
    chosen = [alike[place].path for place in places.tolist()] if alike else []
    shown = [result for result in ledger.results(chosen) if result.epochs]
    remark = _word_chosen(len(shown), len(alike), len(runs) - 1 - len(alike), best, language)
    front, behind = _by_group(ledger, [best, *shown], groups)
    if groups is not None and len(groups.groups) > MOST_LINES:
        name = printable(groups.groups[0].name, 60)
        remark = language.join(language.say("In colour: {group}, the best group.", group=name), remark)
    elif len(front) > 1:
        said = language.say("Strong lines: the best run of each group. Thin lines: its other runs.")
        remark = language.join(said, remark)
    key, words = best.monitor or "", language.counting(best.axis)
    return place_charts([chart_runs(key, behind, _curve(best), best.best_epoch, remark, words, front)], [1])[0]


def group_places(groups: TaskGroups | None) -> Mapping[str, int]:
    """The position of each run's group, by path, if the charts give each group its own colour."""
    if groups is None or not 1 < len(groups.groups) <= MOST_LINES:
        return {}
    return {run.path: place for place, group in enumerate(groups.groups) for run in groups.members[group.name]}


def _by_group(
    ledger: Ledger, shown: Sequence[RunResult], groups: TaskGroups | None
) -> tuple[list[RunsOfGroup], list[Points]]:
    """The groups that are drawn in colour, and the curves of the other runs."""
    if groups is None or len(groups.groups) < 2:
        return [], [_curve(run) for run in shown[1:]]
    coloured = groups.groups if len(groups.groups) <= MOST_LINES else groups.groups[:1]
    front: list[RunsOfGroup] = []
    left = {run.path: run for run in shown}
    for place, group in enumerate(coloured):
        members = groups.members[group.name]
        first = ledger.get(min(members, key=lambda run: run.cost).path)
        if first is None or not first.epochs or first.axis != shown[0].axis:
            continue
        left.pop(first.path, None)
        others = [left.pop(run.path) for run in members if run.path in left]
        has_best = first.path == shown[0].path
        front.append(RunsOfGroup(group.name, place, _curve(first), tuple(map(_curve, others)), has_best))
    return front, [_curve(run) for run in left.values() if run is not shown[0]]


def _word_chosen(n_shown: int, n_alike: int, n_others: int, best: RunResult, language: Language) -> str:
    """Which runs the chart leaves out."""
    remark = ""
    if n_alike > n_shown:
        remark = language.say(
            "The chart shows the best run and {n} of {all} others, chosen evenly by best value.", n=n_shown, all=n_alike
        )
    if not n_others:
        return remark
    if best.axis == "epoch":
        others = language.say_count(
            "{n} run is counted in steps and not shown.", "{n} runs are counted in steps and not shown.", n_others
        )
    else:
        others = language.say_count(
            "{n} run is counted in epochs and not shown.", "{n} runs are counted in epochs and not shown.", n_others
        )
    return language.join(remark, others)


def _curve(result: RunResult) -> Points:
    return result.epochs, [math.nan if value is None else value for value in result.values]
