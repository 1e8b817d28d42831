"""The chart of a sweep: the judged curve of each run, with the best one in front."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from reportgen import formatting
from reportgen.charts import theme
from reportgen.charts.chart import Chart
from reportgen.charts.group_chart import look_of, short_line_names
from reportgen.charts.plan import Line, Mark, Ribbon
from reportgen.charts.planning import make_plan
from reportgen.languages import Language, marked
from reportgen.text import printable

MAX_CURVES: Final = 100  # our choice: nobody can distinguish more, and the page would grow to megabytes
_OUTSIDE: Final = marked("Some values of the other runs are outside the chart.")
Points = tuple[Sequence[int], Sequence[float]]  # epochs and values, of the same length, at least one


@dataclass(frozen=True)
class RunsOfGroup:
    """A group of runs in its colour.

    Attributes:
        name: Its name.
        place: Its position among all groups, which chooses its look.
        best: The curve of its best run.
        others: Those of other runs.
        has_best: Whether its best run is the best of all.
    """

    name: str
    place: int
    best: Points
    others: tuple[Points, ...]
    has_best: bool


def chart_runs(
    key: str,
    curves: Sequence[Points],
    best: Points,
    best_epoch: int,
    note: str,
    language: Language,
    groups: Sequence[RunsOfGroup] = (),
) -> Chart:
    """The curves of the best run and of at most `MAX_CURVES` others; the note says how they were chosen.

    Args:
        key: The metric as logged.
        curves: The runs that are drawn in grey.
        best: The best run.
        best_epoch: Its best epoch.
        note: Which runs are drawn, and how.
        language: The language of all texts.
        groups: Groups that are drawn in colour, which have no run in ``curves``.
    """
    say, shown, none = language.say, printable(key, 60), np.zeros(0)
    lines = [Line("", theme.BASELINE, (), np.array(epochs), np.array(values), faint=True) for epochs, values in curves]
    front = Line(say("best"), theme.BEST, (), np.array(best[0]), np.array(best[1]))
    ribbons = []
    for label, group in zip(short_line_names([group.name for group in groups]), groups, strict=True):
        colour, dash = look_of(group.place)
        epochs, values = map(np.array, group.best)
        lines.append(Line(label, colour, dash, epochs, values, name=printable(group.name, 60)))
        runs = tuple((np.array(run[0]), np.array(run[1])) for run in group.others)
        ribbons.append(Ribbon(label, colour, none, none, none, runs))
    is_apart = not any(group.has_best for group in groups)
    lines += [front] if is_apart else []
    mark = Mark(best_epoch, say("best epoch {epoch}", epoch=best_epoch), theme.BEST)
    plan = make_plan(lines, [mark], note=note, behind_outside=_OUTSIDE, ribbons=ribbons, language=language)
    description = say(
        "{key} of {n} runs by epoch. The best run ends at {last}; its best epoch is {epoch}.",
        key=shown,
        n=len(curves) + sum(1 + len(group.others) for group in groups) + is_apart,
        last=formatting.number(front.values[-1]),
        epoch=best_epoch,
    )
    return Chart("chart-runs", key, say("{key} of all runs", key=shown), description, plan, formatting.Table((), ()))
