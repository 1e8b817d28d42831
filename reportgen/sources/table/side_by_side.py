"""Curves that each state their own steps, laid side by side as one log.

In: steps and values by name. Out: a `Logged` of rows in the order of the steps, each stating its epoch or step.
"""

from collections.abc import Mapping

import numpy as np

from reportgen.sources.table.cells import Column, Logged
from reportgen.sources.table.naming import EPOCH, STEP


def log_of_curves(curves: Mapping[str, tuple[np.ndarray, np.ndarray]], where: str) -> Logged:
    """Joins curves by their steps. Steps that count 0, 1, 2, ... or 1, 2, 3, ... are taken as epochs.

    Args:
        curves: By name the steps, shape (n,), and the values, shape (n,), in the order in which they were logged; of a
            step that was logged twice, as after a resumed run, the last counts.
        where: The source's name, for messages.

    Raises:
        SourceError: there are more names or values than a history can have.
    """
    steps = np.unique(np.concatenate([stated for stated, _ in curves.values()])) if curves else np.empty(0)
    counts = bool(len(steps)) and steps[0] in (0, 1) and bool((np.diff(steps) == 1).all())
    axis = EPOCH if counts else STEP
    log = Logged(where)
    log.add_column(axis, Column(np.arange(len(steps)), steps))
    for name, (stated, values) in curves.items():
        order = np.argsort(stated, kind="stable")
        last = np.append(np.diff(stated[order]) != 0, True) if len(order) else np.zeros(0, dtype=bool)
        kept = order[last]
        if name != axis:
            log.add_column(name, Column(np.searchsorted(steps, stated[kept]), values[kept]))
    return log
