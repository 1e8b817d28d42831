"""The chart of many runs: the judged curve of each, the best one in front."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from reportgen import formatting
from reportgen.charts import theme
from reportgen.charts.chart import Chart
from reportgen.charts.parts import Annotation, Line
from reportgen.charts.plan import make_plan
from reportgen.languages import Language, marked
from reportgen.text import printable

MAX_CURVES: Final = 100  # our choice: more would be a surface, and a page of megabytes
_FAR_OFF: Final = marked("Where a run is far off, it lies outside the chart.")
Curve = tuple[Sequence[int], Sequence[float]]  # epochs, values; equally long, at least one


def chart_runs(
    key: str, curves: Sequence[Curve], best: Curve, best_epoch: int, remark: str, language: Language
) -> Chart:
    """The curves of several runs.

    Args:
        key: What is drawn, named as Keras logs it.
        curves: Of the other runs, at most `MAX_CURVES`; NaN where a value is no number.
        best: Of the best run.
        best_epoch: Of that run.
        remark: What the reader has to know about the choice of runs.
        language: What it is worded in.
    """
    say, shown = language.say, printable(key, 60)
    lines = [Line("", theme.BASELINE, (), np.array(epochs), np.array(values), faint=True) for epochs, values in curves]
    front = Line(say("best"), theme.BEST, (), np.array(best[0]), np.array(best[1]))
    mark = Annotation(best_epoch, say("best epoch {epoch}", epoch=best_epoch), theme.BEST)
    plan = make_plan([*lines, front], [mark], remark=remark, far_off=_FAR_OFF, language=language)
    description = say(
        "{key} of {n} runs by epoch; that of the best run ends at {last}, its best epoch is {epoch}.",
        key=shown,
        n=len(curves) + 1,
        last=formatting.number(front.values[-1]),
        epoch=best_epoch,
    )
    return Chart("chart-runs", say("{key} of all runs", key=shown), description, plan, formatting.Table((), ()))
