"""Chooses the columns that count epochs and steps by their values, if several could, or if one does not count.

A program's own counter is preferred to that of the tool that stored the log. Steps that start again in each epoch are
counted on. Other columns that count are left out, since they are not metrics.
"""

from collections.abc import Collection, Mapping
from typing import Final

import numpy as np

from reportgen.history.notes import Note
from reportgen.sources.table.cells import Column, Logged
from reportgen.sources.table.naming import EPOCH, STEP, counter_rank

_UNIX_TIME: Final = 1e9  # seconds; our choice: no training has as many epochs
_EPISODES: Final = ("episode", "episodes", "episode_number", "episode_num")
_MOST_STARTS: Final = 2  # numbers at which a count begins again; our choice
_LENGTHS: Final = "steps"  # the name of a column "step" that does not count


def settle_counters(log: Logged, keys: Mapping[str, str], said: Collection[str]) -> dict[str, str]:
    """The meanings of columns, with at most one that counts epochs and one that counts steps.

    Args:
        log: The cells; steps in it are numbered consecutively, and notes are added.
        keys: Meanings by name, as guessed from the names.
        said: Names whose meaning the user has given; these are not changed.
    """
    settled = dict(keys)
    if not {EPOCH, STEP}.isdisjoint(keys[name] for name in said if name in keys):
        return settled
    ranked = {name: counter_rank(name) for name in keys if name not in said}
    epochs = _ranked(ranked, EPOCH, log)
    steps = _ranked(ranked, STEP, log)
    epoch = _first_that_counts(epochs) or next((name for name in epochs if _counts_anew(epochs[name])), None)
    step = _first_that_counts(steps)
    if epoch is None and step is None:
        return settled
    other = next((name for name, key in keys.items() if key == STEP), None)
    if step is None and epoch is not None and not _counts(epochs[epoch]):
        step = next((name for name, column in steps.items() if _begins_with(column, epochs[epoch])), None)
    if step is None and epoch is not None and other is not None:
        step = _counted_on(log, other, steps.get(other), epochs[epoch])
    if epoch is not None and step is not None and epoch.lower() in _EPISODES and _counts(steps[step]):
        epoch = None  # steps say more than episodes, whose lengths differ
    for name, column in (*epochs.items(), *steps.items()):
        if name in (epoch, step):
            settled[name] = EPOCH if name == epoch else STEP
        elif _counts(column) or (_counts_anew(column) and _begins_alike(column)) or _is_constant(column):
            del settled[name]
        else:
            settled[name] = name if name not in (EPOCH, STEP) else _LENGTHS
            if list(settled.values()).count(settled[name]) > 1:
                del settled[name]
    if epoch is not None and epoch.lower() in _EPISODES and step is None:
        log.notes.append(Note("episodes"))
    return settled


def _ranked(ranks: Mapping[str, tuple[str, int] | None], key: str, log: Logged) -> dict[str, Column]:
    """The numbers of the columns whose names count this, the most direct name first."""
    found = sorted((rank[1], name) for name, rank in ranks.items() if rank is not None and rank[0] == key)
    columns = {name: log.numbers(name) for _, name in found}
    return {name: column for name, column in columns.items() if column is not None}


def _first_that_counts(columns: Mapping[str, Column]) -> str | None:
    return next((name for name, column in columns.items() if _counts(column)), None)


def _counts(column: Column) -> bool:
    """Whether numbers never decrease, are not all the same, and are not times."""
    values = column.values[~np.isnan(column.values)]
    if len(values) < 2:
        return len(values) == 1 and 0 <= values[0] < _UNIX_TIME
    return bool(
        (values[1:] >= values[:-1]).all() and values[0] >= 0 and values[-1] > values[0] and values[0] < _UNIX_TIME
    )


def _counts_anew(column: Column) -> bool:
    """Whether numbers count, and begin again at their first one or below it, as in a log of several runs."""
    values = column.values[~np.isnan(column.values)]
    backwards = np.flatnonzero(values[1:] < values[:-1]) + 1
    if len(values) < 2 or 2 * len(backwards) > len(values):
        return False
    return bool((values >= 0).all() and values[0] < _UNIX_TIME and (values[backwards] <= values[0]).all())


def _begins_alike(column: Column) -> bool:
    """Whether numbers that begin again do so at the same numbers, such as 0 or 1; lengths of episodes do not."""
    values = column.values[~np.isnan(column.values)]
    return len(np.unique(values[1:][values[1:] < values[:-1]])) <= _MOST_STARTS


def _begins_with(steps: Column, epochs: Column) -> bool:
    """Whether steps count, and begin again exactly where epochs do."""
    if not _counts_anew(steps) or not np.array_equal(steps.rows, epochs.rows):
        return False
    return np.array_equal(np.diff(steps.values) < 0, np.diff(epochs.values) < 0)


def _is_constant(column: Column) -> bool:
    return not len(column.values) or bool((column.values == column.values[0]).all())


def _counted_on(log: Logged, name: str, steps: Column | None, epochs: Column) -> str | None:
    """The name of the steps if they start again in each epoch; they are changed to count on. None otherwise."""
    if steps is None or not np.array_equal(steps.rows, epochs.rows) or len(steps.rows) < 3:
        return None
    values, counted = steps.values, epochs.values
    if not (np.isfinite(values).all() and (values >= 0).all() and (values < _UNIX_TIME).all()):
        return None
    again = np.flatnonzero(values[1:] < values[:-1]) + 1
    starts = np.flatnonzero(counted[1:] != counted[:-1]) + 1
    if not len(again) or not np.array_equal(again, starts) or len(starts) + 1 == len(values):
        return None
    rises = np.diff(values)
    stride = np.median(rises[rises > 0]) if (rises > 0).any() else 1.0
    shifts = np.zeros(len(values))
    shifts[again] = values[again - 1] - values[again] + np.where(values[again] > 0, values[again], stride)
    total = np.cumsum(shifts)
    for row in np.flatnonzero(counted[1:] < counted[:-1]) + 1:  # another training run
        total[row:] -= total[row]
    log.replace(name, Column(steps.rows, steps.values + total))
    log.notes.append(Note("steps-counted-on"))
    return name
