"""Where another run begins within a log, and where a run continues after its numbering began again.

Keras' ``CSVLogger(append=True)``, a program's output, or a table of all folds hold several runs one after the
other. All readers decide here which of them are runs of their own.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from reportgen.sources.source_runs import MAX_RUNS

# Our choices, tuned on made-up folds and continued runs; tests/sources/test_restarts.py makes such runs.
_CONTINUES: Final = (2 / 3, 1.5)  # of the way from a run's first loss to its last one
_CONTINUES_FEW: Final = (1.0, 2.0)  # the same for a run of few rows
_FEW_ROWS: Final = 3
_NOISE: Final = 4.0  # a run's progress must exceed its noise by this factor before its losses decide
_MAX_JUMPS: Final = 20_000  # restarts of a loop that are compared; our choice: twice the runs that a source may have
_NOISE_ROWS: Final = 100  # the last rows of a run, in which its noise is measured; bounds the time as well
_JUMPS_BACK: Final = 1 / 3  # of the way, for a loop of single epochs that begins again
_JUMPS: Final = 2.0  # times the largest step back within the run before, or its range if it has few rows
_MANY_ROWS: Final = 6
_PROGRESS: Final = 0.2  # of the larger of the two losses; the first losses of different runs differ by about this
_FEWEST_CALLS: Final = 3  # of ``fit(epochs=1)`` that are taken for a loop if no number of planned epochs says so
_FEWEST_PARTS: Final = 6  # rows, and the share of the numbers that have several; our choices
_MOST_PARTED: Final = 2 / 3
_SHUFFLED: Final = 0.25  # of the rows; with more steps backwards, unique numbers are rows in another order; our choice


@dataclass(frozen=True)
class Restarts:
    """The rows of a log at which its numbering does not simply go on; 0-based and ascending, never the first row.

    Attributes:
        runs: Rows at which another run begins.
        continued: Rows at which the numbering begins again although the run goes on: their numbers continue those of
            the row before. They are all single epochs if the program calls ``fit(epochs=1)`` in a loop.
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

    Unique numbers in another order, such as those of a log with its newest row first, are a single run. No more runs
    are looked for once there are more than a source may have.

    Args:
        numbers: Shape (n_rows,), the logged epoch or step of each row, one row per epoch; NaN where there is none.
            Such rows begin no run.
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
    missing = np.isnan(counted)  # rows without a number continue their run
    if missing.all():
        return Restarts()
    if missing.any():
        counted = counted[np.maximum.accumulate(np.where(missing, missing.argmin(), np.arange(len(counted))))]
    backwards = np.flatnonzero(~(counted[1:] > counted[:-1]) & ~missing[1:]) + 1
    announced = {row for row in headings if 0 < row < len(counted)}
    is_unique = not announced and len(np.unique(counted)) == len(counted)
    if is_unique and len(backwards) >= _SHUFFLED * len(counted):
        return Restarts()
    rows = sorted(announced.union(backwards.tolist()))
    loops = _loops(counted, totals, rows, announced)
    is_twice = backwards[counted[backwards] == counted[backwards - 1]]
    is_first_twice = len(is_twice) > 0 and bool((counted[is_twice] == counted[0]).all())
    runs, continued, resumed, seams = [], [], [], []
    start = part = 0  # rows at which the run, and the current part of its numbering, begin
    for row, end in zip(rows, [*rows, len(counted)][1:], strict=True):
        if row in announced:
            start = part = row
            runs.append(row)
            continue
        if len(runs) > MAX_RUNS:
            break  # which the caller refuses
        before = _first_loss(values[start:row]), values[max(start, row - _NOISE_ROWS) : row]
        if row in loops:
            part = row
            if len(rows) <= _MAX_JUMPS and _jumps_back(*before, values[row:end]):
                start = row
                runs.append(row)
            else:
                continued.append(row)
        elif not _begins_again(counted, part, row, is_first_twice or bool(totals[row] > 1)):
            resumed.append(row)
            seams.append(row)
        elif _goes_on(*before, values[row:end]):
            part = row
            continued.append(row)
            seams.append(row)
        else:
            start = part = row
            runs.append(row)
    if is_unique and not runs and not continued:
        return Restarts()
    return Restarts(tuple(runs), tuple(continued), tuple(resumed), tuple(seams))


def has_parts(numbers: np.ndarray) -> bool:
    """Whether most numbers occur in several neighbouring rows, such as epochs of a log with a row per batch."""
    if len(numbers) < _FEWEST_PARTS:
        return False
    starts = np.append(np.flatnonzero(np.append(True, numbers[1:] != numbers[:-1])), len(numbers))
    lengths = np.diff(starts)
    return len(lengths) > 1 and bool(np.mean(lengths > 1) >= _MOST_PARTED)


def _begins_again(numbers: np.ndarray, part: int, row: int, may_repeat: bool) -> bool:
    """Whether the numbers go back to the first one of their part, or to what is the first one in steps of their own.

    A first number that is repeated at once begins again if ``may_repeat``: its training ended after one epoch.
    """
    first, number = numbers[part], numbers[row]
    if number >= numbers[row - 1]:
        return bool(may_repeat and number == first)  # else an epoch was logged twice
    is_first_of_its_own = row + 1 < len(numbers) and first > 0 and numbers[row + 1] - number >= number
    return bool(number <= first or is_first_of_its_own)


def _goes_on(first: float, run: np.ndarray, following: np.ndarray) -> bool:
    """Whether a run that follows is clearly nearer to the last loss of the run before than to its first one.

    Args:
        first: The first loss of the run before.
        run: Its last losses.
        following: The first losses of the run that follows.
    """
    sound, new = run[np.isfinite(run)], _first_loss(following)
    if len(sound) < 2 or not abs(sound[-1] - first) > _least(first, sound):
        return False
    low, high = _CONTINUES if len(sound) > _FEW_ROWS else _CONTINUES_FEW
    return all(low <= share <= high for share in _shares(first, float(sound[-1]), new))


def _jumps_back(first: float, run: np.ndarray, following: np.ndarray) -> bool:
    """Whether a loop of single epochs begins again: its loss jumps back, further than it ever does in the run before.

    The arguments are as for `_goes_on`.
    """
    sound, new = run[np.isfinite(run)], _first_loss(following)
    if len(sound) < _FEW_ROWS:
        return False
    jump = new - float(sound[-1])
    with np.errstate(over="ignore", invalid="ignore"):
        steps = np.diff(sound) * np.sign(jump)
        largest = np.ptp(sound) if len(sound) < _MANY_ROWS else steps.max()
    if not abs(jump) > max(_JUMPS * float(largest), _least(first, sound)):
        return False
    return all(share <= _JUMPS_BACK for share in _shares(first, float(sound[-1]), new))


def _least(first: float, run: np.ndarray) -> float:
    """The smallest change of the loss that says something: more than its noise, and than runs differ anyway."""
    with np.errstate(over="ignore", invalid="ignore"):
        bends = np.abs(np.diff(run, 2))  # those of the first rows are the fall of the loss rather than its noise
        noise = float(np.median(bends[len(bends) // 2 :])) if len(run) > _FEW_ROWS else 0.0
    return max(_NOISE * noise, _PROGRESS * max(abs(first), abs(float(run[-1]))))


def _shares(first: float, last: float, new: float) -> tuple[float, ...]:
    """How far a loss is on the way of a run: 0 at its first loss, 1 at its last one; also of their logarithms."""
    if last == first:
        return (math.nan,)
    share = (new - first) / (last - first)
    if min(first, last, new) <= 0:
        return (share,)
    way = math.log(last) - math.log(first)
    return share, (math.log(new) - math.log(first)) / way if way else math.nan


def _first_loss(run: np.ndarray) -> float:
    """The first number in a few rows; NaN without one."""
    few = run[:_NOISE_ROWS]
    few = few[np.isfinite(few)]
    return float(few[0]) if len(few) else math.nan


def _loops(numbers: np.ndarray, totals: np.ndarray, rows: Sequence[int], announced: Collection[int]) -> set[int]:
    """The rows that are the only epoch of their call, in loops of such calls. Each loop is without its first row.

    Without planned epochs, a loop is all there is between two headings.
    """
    found: set[int] = set()
    group: list[int] = []
    for row, end in zip([0, *rows], [*rows, len(numbers)], strict=True):
        is_single = end == row + 1 and not totals[row] > 1
        follows = bool(group) and row not in announced and numbers[row] == numbers[group[0]]
        if group and not (is_single and follows):
            found.update(_counted_on(group, totals, announced, len(numbers)))
            group = []
        if is_single:
            group.append(row)
    return found.union(_counted_on(group, totals, announced, len(numbers)))


def _counted_on(group: Sequence[int], totals: np.ndarray, announced: Collection[int], n_rows: int) -> Sequence[int]:
    """The rows of a loop after its first one; empty if the group is not a loop."""
    if len(group) < 2:
        return ()
    is_planned = bool((totals[list(group)] == 1).all())
    begin, end = group[0], group[-1] + 1
    is_alone = (begin == 0 or begin in announced) and (end == n_rows or end in announced)
    return group[1:] if is_planned or (is_alone and len(group) >= _FEWEST_CALLS) else ()
