"""The chart of a sweep: the judged curve of each run, with the best one in front."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from reportgen import formatting
from reportgen.charts import theme
from reportgen.charts.chart import Chart
from reportgen.charts.plan import Line, Mark
from reportgen.charts.planning import make_plan
from reportgen.languages import Language, marked
from reportgen.text import printable

MAX_CURVES: Final = 100  # our choice: nobody can distinguish more, and the page would grow to megabytes
_OUTSIDE: Final = marked("Some values of the other runs are outside the chart.")
Points = tuple[Sequence[int], Sequence[float]]  # epochs and values, of the same length, at least one


def chart_runs(
    key: str, curves: Sequence[Points], best: Points, best_epoch: int, note: str, language: Language
) -> Chart:
    """The curves of the best run and of at most `MAX_CURVES` others; the note says how they were chosen."""
    say, shown = language.say, printable(key, 60)
    lines = [Line("", theme.BASELINE, (), np.array(epochs), np.array(values), faint=True) for epochs, values in curves]
    front = Line(say("best"), theme.BEST, (), np.array(best[0]), np.array(best[1]))
    mark = Mark(best_epoch, say("best epoch {epoch}", epoch=best_epoch), theme.BEST)
    plan = make_plan([*lines, front], [mark], note=note, behind_outside=_OUTSIDE, language=language)
    description = say(
        "{key} of {n} runs by epoch. The best run ends at {last}; its best epoch is {epoch}.",
        key=shown,
        n=len(curves) + 1,
        last=formatting.number(front.values[-1]),
        epoch=best_epoch,
    )
    return Chart("chart-runs", key, say("{key} of all runs", key=shown), description, plan, formatting.Table((), ()))
