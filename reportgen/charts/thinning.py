"""Chooses which points of a long curve are kept in its drawing, its table, and the page's data.

Kept points are logged points, never averages. Short curves are kept in full.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from reportgen.charts.plan import Line, is_drawable

MAX_POINTS: Final = 2000  # of a curve; a screen does not show more
_BROKEN_SHARE: Final = 5  # at most one in five points cannot be drawn; each is kept with its neighbours
_MARKED_SHARE: Final = 8  # at most one in eight points is at a marked epoch
_FEWEST: Final = 3  # points that MinMaxLTTB needs


def landmarks(epochs: np.ndarray, values: np.ndarray, limit: int, marked: Sequence[float] = ()) -> np.ndarray:
    """Positions of the points that must be kept: first, last, lowest, highest, broken and marked ones.

    A broken point cannot be drawn to scale. All broken points are kept with their neighbours. If there are more than a
    fifth of the limit, only the ends of their stretches are kept; if even those are too many, an even selection.

    Args:
        epochs: Shape (n,), ascending, n >= 1.
        values: Shape (n,).
        limit: Maximum number of points, at least 20.
        marked: Important epochs, the most important first.

    Returns:
        Shape (m,), m <= limit, ascending.
    """
    drawable = is_drawable(values)
    found = [np.array([0, len(values) - 1])]
    whole = np.flatnonzero(drawable)
    if len(whole):
        found.append(whole[[np.argmin(values[whole]), np.argmax(values[whole])]])
    wanted = np.array(marked[: limit // _MARKED_SHARE], dtype=np.float64)
    found.append(positions_of(wanted, epochs))
    if len(whole) < len(values):
        broken = _broken(drawable, limit // _BROKEN_SHARE)
        found += [broken - 1, broken, broken + 1]
    return np.unique(np.concatenate(found).clip(0, len(values) - 1))


def kept(epochs: np.ndarray, values: np.ndarray, limit: int = MAX_POINTS, marked: Sequence[float] = ()) -> np.ndarray:
    """Positions of the points that keep a curve's shape: its landmarks, and those that MinMaxLTTB chooses.

    Args:
        epochs: Shape (n,), ascending, n >= 1.
        values: Shape (n,).
        limit: Maximum number of points, at least 20.
        marked: Important epochs, the most important first.

    Returns:
        Shape (m,), m <= limit, ascending; all positions if the curve is not longer than the limit.

    Source: Van Der Donckt et al., MinMaxLTTB, 2023, as implemented by tsdownsample.
    """
    if len(values) <= limit:
        return np.arange(len(values))
    fixed = landmarks(epochs, values, limit, marked)
    left = limit - len(fixed)
    rest = np.flatnonzero(is_drawable(values)) if left >= _FEWEST else fixed[:0]
    if len(rest) > left:
        from tsdownsample import MinMaxLTTBDownsampler  # only long curves need it

        rest = rest[MinMaxLTTBDownsampler().downsample(epochs[rest], values[rest], n_out=left)]
    return np.union1d(fixed, rest)


def thin_lines(lines: Sequence[Line], marked: Sequence[float] = ()) -> tuple[Line, ...]:
    """Lines of at most `MAX_POINTS` points each.

    All curves of the run keep the same epochs, where they have values, so that their values can be compared;
    so do all background curves.

    Args:
        lines: The curves of one chart.
        marked: Important epochs, the most important first.
    """
    thin: dict[int, Line] = {}
    for behind in (False, True):
        group = [(place, line) for place, line in enumerate(lines) if line.faint == behind]
        if any(len(line.epochs) > MAX_POINTS for _, line in group):
            limit = MAX_POINTS // len(group)
            shared = np.unique(
                np.concatenate([line.epochs[kept(line.epochs, line.values, limit, marked)] for _, line in group])
            )
            thin |= {place: _at(line, shared) for place, line in group if len(line.epochs) > MAX_POINTS}
    return tuple(thin.get(place, line) for place, line in enumerate(lines))


def joined(lists: Sequence[np.ndarray]) -> np.ndarray:
    """The sorted union of several ascending lists of epochs; fast if the lists are equal."""
    longest = max(lists, key=len)
    more = [epochs[~_holds(longest, epochs)] for epochs in lists if epochs is not longest]
    return np.unique(np.concatenate([longest, *more])) if any(len(epochs) for epochs in more) else longest


def positions_of(wanted: np.ndarray, epochs: np.ndarray) -> np.ndarray:
    """Positions of the wanted epochs in an ascending list; epochs that it does not contain are skipped."""
    return np.searchsorted(epochs, wanted[_holds(epochs, wanted)])


def _holds(epochs: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Shape (n_wanted,), bool: which of the wanted epochs a non-empty ascending list contains."""
    if np.array_equal(epochs, wanted):
        return np.ones(len(wanted), dtype=bool)
    place = np.searchsorted(epochs, wanted).clip(max=len(epochs) - 1)
    return np.asarray(epochs[place] == wanted)


def _at(line: Line, epochs: np.ndarray) -> Line:
    """A line reduced to the points at these epochs."""
    chosen = positions_of(epochs, line.epochs)
    smooth = None if line.smooth is None else line.smooth[chosen]
    return replace(line, epochs=line.epochs[chosen], values=line.values[chosen], smooth=smooth)


def _broken(drawable: np.ndarray, limit: int) -> np.ndarray:
    """Positions of the points that cannot be drawn, or, if there are too many, of the ends of their stretches."""
    every = np.flatnonzero(~drawable)
    if len(every) <= limit:
        return every
    first = every[np.diff(every, prepend=-2) > 1]
    last = every[np.diff(every, append=len(drawable) + 1) > 1]
    if 2 * len(first) > limit:
        evenly = np.linspace(0, len(first) - 1, limit // 2).round().astype(np.int64)
        first, last = first[evenly], last[evenly]
    return np.union1d(first, last)
