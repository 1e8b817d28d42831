"""Where another run begins within a log, and where a run continues after its numbering began again.

Keras' ``CSVLogger(append=True)``, a program's output, or a table of all folds hold several trainings one after the
other. All readers decide here which of them are runs of their own.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

# Our choices, tuned on made-up folds and continued runs; tests/sources/test_restarts.py makes such runs.
_CONTINUES: Final = (2 / 3, 1.5)  # of the way from a run's first loss to its last one
_CONTINUES_FEW: Final = (1.0, 2.0)  # the same for a run of few rows
_FEW_ROWS: Final = 3
_NOISE: Final = 4.0  # a run's progress must exceed its noise by this factor before its losses decide
_NOISE_ROWS: Final = 100  # the last rows of a run, in which its noise is measured; bounds the time as well
_PROGRESS: Final = 0.2  # of the larger of the two losses; the first losses of different runs differ by about this
_FEWEST_CALLS: Final = 3  # of ``fit(epochs=1)`` that are taken for a loop if no number of planned epochs says so
_SHUFFLED: Final = 0.25  # of the rows; with more steps backwards, unique numbers are rows in another order; our choice


@dataclass(frozen=True)
class Restarts:
    """The rows of a log at which its numbering does not simply go on; 0-based and ascending, never the first row.

    Attributes:
        runs: Rows at which another run begins.
        continued: Rows at which the numbering begins again although the run goes on: their numbers count on from the
            row before. They are all single epochs if the program calls ``fit(epochs=1)`` in a loop.
        resumed: Rows at which the numbering goes back within the run, such as from epoch 25 to 20: training was
            resumed from a checkpoint, and the rows written last replace the earlier ones.
        seams: Rows of ``continued`` and ``resumed`` at which training stopped and was resumed: all but those of a loop.
    """

    runs: tuple[int, ...] = ()
    continued: tuple[int, ...] = ()
    resumed: tuple[int, ...] = ()
    seams: tuple[int, ...] = ()


def find_restarts(
    numbers: Sequence[float] | np.ndarray,
    losses: Sequence[float] | np.ndarray | None = None,
    headings: Collection[int] = (),
    planned: Sequence[float] | np.ndarray | None = None,
) -> Restarts:
    """Finds where runs begin and continue. What cannot be decided are separate runs.

    Unique numbers in another order, such as those of a log with its newest row first, are a single run.

    Args:
        numbers: Shape (n_rows,), the logged epoch or step of each row, one row per epoch.
        losses: Shape (n_rows,), the main training loss, or another metric that has a value in most rows; NaN where
            there is none.
        headings: Rows before which a line such as "Fold 2" announces another run.
        planned: Shape (n_rows,), the planned epochs of the call that wrote each row, such as 1 for "Epoch 1/1"; NaN
            where they are unknown.
    """
    counted = np.asarray(numbers, dtype=np.float64)
    if len(counted) < 2:
        return Restarts()
    values = np.full(len(counted), np.nan) if losses is None else np.asarray(losses, dtype=np.float64)
    totals = np.full(len(counted), np.nan) if planned is None else np.asarray(planned, dtype=np.float64)
    backwards = np.flatnonzero(~(np.diff(counted) > 0)) + 1
    announced = {row for row in headings if 0 < row < len(counted)}
    is_unique = not announced and len(np.unique(counted)) == len(counted)
    if is_unique and len(backwards) >= _SHUFFLED * len(counted):
        return Restarts()
    rows = sorted(announced.union(backwards.tolist()))
    loops = _loops(counted, totals, rows, announced)
    runs, continued, resumed, seams = [], [], [], []
    start = part = 0  # rows at which the run, and the current part of its numbering, begin
    for row, end in zip(rows, [*rows, len(counted)][1:], strict=True):
        if row in announced:
            start = part = row
            runs.append(row)
        elif row in loops:
            part = row
            continued.append(row)
        elif not _begins_again(counted, part, row):
            resumed.append(row)
            seams.append(row)
        elif _goes_on(_first_loss(values[start:row]), values[max(start, row - _NOISE_ROWS) : row], values[row:end]):
            part = row
            continued.append(row)
            seams.append(row)
        else:
            start = part = row
            runs.append(row)
    if is_unique and not runs and not continued:
        return Restarts()
    return Restarts(tuple(runs), tuple(continued), tuple(resumed), tuple(seams))


def _begins_again(numbers: np.ndarray, part: int, row: int) -> bool:
    """Whether the numbers go back to the first one of their part, or to what is the first one in steps of their own."""
    first, number = numbers[part], numbers[row]
    if number >= numbers[row - 1]:
        return False  # the same number twice
    is_first_of_its_own = row + 1 < len(numbers) and first > 0 and numbers[row + 1] - number >= number
    return bool(number <= first or is_first_of_its_own)


def _goes_on(first: float, run: np.ndarray, following: np.ndarray) -> bool:
    """Whether a run that follows is clearly nearer to the last loss of the run before than to its first one.

    Args:
        first: The first loss of the run before.
        run: Its last losses.
        following: The first losses of the run that follows.
    """
    run, following = run[np.isfinite(run)], following[:_NOISE_ROWS]
    following = following[np.isfinite(following)]
    if len(run) < 2 or not len(following):
        return False
    last, new = float(run[-1]), float(following[0])
    with np.errstate(over="ignore", invalid="ignore"):
        noise = float(np.median(np.abs(np.diff(run, 2)))) if len(run) > _FEW_ROWS else 0.0
    if not abs(last - first) > max(_NOISE * noise, _PROGRESS * max(abs(first), abs(last))):
        return False
    low, high = _CONTINUES if len(run) > _FEW_ROWS else _CONTINUES_FEW
    shares = [(new - first) / (last - first)]
    if min(first, last, new) > 0:
        shares.append((math.log(new) - math.log(first)) / (math.log(last) - math.log(first)))
    return all(low <= share <= high for share in shares)


def _first_loss(run: np.ndarray) -> float:
    """The first number in a few rows; NaN if there is none."""
    few = run[:_NOISE_ROWS]
    few = few[np.isfinite(few)]
    return float(few[0]) if len(few) else math.nan


def _loops(numbers: np.ndarray, totals: np.ndarray, rows: Sequence[int], announced: Collection[int]) -> set[int]:
    """The rows that are the only epoch of their call, in loops of such calls. Each loop is without its first row."""
    found: set[int] = set()
    group: list[int] = []
    for row, end in zip([0, *rows], [*rows, len(numbers)], strict=True):
        is_single = end == row + 1 and not totals[row] > 1
        follows = bool(group) and row not in announced and numbers[row] == numbers[group[0]]
        if group and not (is_single and follows):
            found.update(_counted_on(group, totals))
            group = []
        if is_single:
            group.append(row)
    return found.union(_counted_on(group, totals))


def _counted_on(group: Sequence[int], totals: np.ndarray) -> Sequence[int]:
    """The rows of a loop after its first one; empty if the group is too short to be one."""
    is_planned = len(group) > 1 and bool((totals[list(group)] == 1).all())
    return group[1:] if is_planned or len(group) >= _FEWEST_CALLS else ()
