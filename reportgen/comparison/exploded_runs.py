"""Finds runs whose values explode, and the range that the others need: one run at 1e6 must not flatten all curves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reportgen.comparison.loading import LoadedRun
from reportgen.comparison.measures import is_usable
from reportgen.diagnosis.thresholds import DEFAULTS
from reportgen.metrics import Direction, Split

_FAR_OFF: Final = 1_000.0  # times the usual first value: no initialisation explains that; our choice
_DWARFS: Final = 3.0  # times the largest value of the other runs, from which a run flattens these; our choice

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ExplodedRuns:
    """What is known about the runs of a curve if some of them exploded.

    Attributes:
        runs: The names of those that did, in their order.
        ended: Those of them that did not come back: their last values are beyond those of all other runs.
        farthest: The value of them that is farthest off, finite.
        low: The lowest value of all other runs.
        high: The highest one.
    """

    runs: tuple[str, ...]
    ended: frozenset[str]
    farthest: float
    low: float
    high: float


def find_explosion(runs: Sequence[LoadedRun], metric: str, split: Split, direction: Direction) -> ExplodedRuns | None:
    """The runs of which this curve explodes.

    Args:
        runs: All runs of a comparison; some may lack the curve.
        metric: Base name.
        split: Of the curve.
        direction: Which values are better; with an unknown direction, none explodes.

    Returns:
        None if no run explodes, or if all do.
    """
    if direction == "unknown":
        return None
    found = {run.name: run.history.curves[metric, split].to_numpy() for run in runs if run.history.has(metric, split)}
    return _explosion(found, 1 if direction == "lower" else -1)


def _explosion(curves: Mapping[str, Array], sign: int) -> ExplodedRuns | None:
    """The curves that rise to a multiple of their own first value, or start far above all others, and dwarf these."""
    finite = {name: values[is_usable(values)] for name, values in curves.items()}
    finite = {name: values for name, values in finite.items() if len(values)}
    if len(finite) < 2:
        return None
    firsts = {name: abs(float(values[0])) for name, values in finite.items()}
    peaks = {name: float((sign * values).max()) for name, values in finite.items()}
    usual = float(np.median(list(firsts.values())))
    risen = [
        name
        for name, peak in peaks.items()
        if peak > 0
        and (peak >= DEFAULTS.explosion_times * max(firsts[name], usual) or firsts[name] >= _FAR_OFF * usual > 0)
    ]
    sound = [values for name, values in finite.items() if name not in risen]
    if not risen or not sound:
        return None
    every = np.concatenate(sound)
    low, high = float(every.min()), float(every.max())
    exploded = tuple(name for name in risen if peaks[name] > _DWARFS * max(abs(low), abs(high)))
    if len(exploded) < len(risen):  # the others belong to the range
        every = np.concatenate([values for name, values in finite.items() if name not in exploded])
        low, high = float(every.min()), float(every.max())
    if not exploded:
        return None
    ended = frozenset(name for name in exploded if not low <= finite[name][-1] <= high)
    return ExplodedRuns(exploded, ended, sign * max(peaks[name] for name in exploded), low, high)
