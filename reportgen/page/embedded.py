"""The history that a page carries: whole up to a bound, beyond it the points that its charts are drawn from.

In: a history and its charts. Out: a history. One that was cut says so in its notes, and again when it is read back.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd

from reportgen import figures, notes
from reportgen.charts.chart import Chart
from reportgen.charts.thinning import joined, kept, positions_of
from reportgen.history import SPLITS, TrainingHistory
from reportgen.page.parts import Cut

MAX_VALUES: Final = 200_000  # some 4 MB of page
_FEWEST: Final = 20  # points of a curve, however many curves there are
_MOST_RESUMPTIONS: Final = 1000


def embedded_history(history: TrainingHistory, charts: Sequence[Chart]) -> TrainingHistory:
    """The history to put into a page.

    Args:
        history: The run.
        charts: What is drawn of it.

    Returns:
        The same up to `MAX_VALUES` values. Of a longer one each curve at the epochs that its charts are drawn from, and
        the steps of these epochs, but not how long each took: their sum would no longer be that of the training.
    """
    if len(history.frame) <= MAX_VALUES:
        return history
    drawn = _drawn_epochs(charts)
    limit = max(_FEWEST, MAX_VALUES // len(history.keys))
    parts = []
    for metric in history.metric_names:
        for split in SPLITS:
            if history.has(metric, split):
                series = history.series(metric, split)
                epochs, values = series.index.to_numpy(), series.to_numpy()
                wanted = drawn.get(history.position(metric, split))
                chosen = kept(epochs, values) if wanted is None else positions_of(wanted, epochs)
                chosen = chosen[kept(epochs[chosen], values[chosen], limit)]
                held = {"epoch": epochs[chosen], "metric": metric, "split": split, "value": values[chosen]}
                parts.append(pd.DataFrame(held))
    run, frame = history.run, pd.concat(parts)
    note = notes.CUT.format(kept=figures.count(len(frame)), all=figures.count(len(history.frame)))
    facts = replace(
        run, durations_s=(), steps=(), resumed_at=run.resumed_at[:_MOST_RESUMPTIONS], notes=(*run.notes, note)
    )
    cut = TrainingHistory(frame, facts)
    if not run.steps:
        return cut
    steps = np.array(run.steps)[positions_of(cut.epochs, history.epochs)]
    return cut.with_run(replace(facts, steps=tuple(steps.tolist())))


def find_cut(history: TrainingHistory) -> Cut | None:
    """How much was left out of a history on its way into a page; None for a whole one."""
    said = notes.find_note(notes.CUT, history.run.notes)
    return None if said is None else Cut(said["kept"], said["all"])


def _drawn_epochs(charts: Sequence[Chart]) -> dict[int, np.ndarray]:
    """By a curve's position in the history: the epochs that the charts it stands on are drawn from."""
    found: dict[int, list[np.ndarray]] = {}
    for chart in charts:
        own = [line for line in chart.plan.lines if line.curves]
        for position in {position for line in own for position in line.curves}:
            found.setdefault(position, []).append(joined([line.epochs for line in own]))
    return {position: joined(lists) for position, lists in found.items()}
