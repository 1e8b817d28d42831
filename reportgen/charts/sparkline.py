"""A curve as a line of text height, for tables."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 132
HEIGHT: Final = 28
_MARGIN: Final = 3.5
_MOST_POINTS: Final = 60


@dataclass(frozen=True)
class Sparkline:
    """A path in a box of `WIDTH` x `HEIGHT`, and the place of the best value (None if it is unknown or not finite)."""

    path: str
    best: tuple[str, str] | None


def plan_sparkline(epochs: Sequence[float], values: Sequence[float], best_epoch: float | None) -> Sparkline | None:
    """A small drawing of a curve; None with fewer than two finite values. Gaps stay gaps, peaks are kept."""
    points = [(x, y) for x, y in zip(epochs, values, strict=True) if math.isfinite(y)]
    if len(points) < 2:
        return None
    low, high = min(y for _, y in points), max(y for _, y in points)
    first, length = epochs[0], (epochs[-1] - epochs[0]) or 1
    spanned = high - low

    def place(x: float, y: float) -> tuple[str, str]:
        share = (y - low) / spanned if spanned > 0 and math.isfinite(spanned) else 0.5
        across = _MARGIN + (WIDTH - 2 * _MARGIN) * (x - first) / length
        return f"{across:.0f}", f"{HEIGHT - _MARGIN - (HEIGHT - 2 * _MARGIN) * share:.0f}"

    parts, joined = [], False
    for x, y in _thinned(list(zip(epochs, values, strict=True))):
        if math.isfinite(y):
            parts.append(f"{'L' if joined else 'M'}{','.join(place(x, y))}")
        joined = math.isfinite(y)
    best = next((place(x, y) for x, y in points if x == best_epoch), None)
    return Sparkline("".join(parts), best)


def _thinned(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """At most `_MOST_POINTS` points: the lowest and the highest of each of equal stretches, in order."""
    if len(points) <= _MOST_POINTS:
        return points
    n = _MOST_POINTS // 2
    kept = []
    for number in range(n):
        stretch = range(number * len(points) // n, (number + 1) * len(points) // n)
        finite = [at for at in stretch if math.isfinite(points[at][1])]
        if not finite:
            kept.append(points[stretch[0]])
            continue
        ends = {min(finite, key=lambda at: points[at][1]), max(finite, key=lambda at: points[at][1])}
        kept += [points[at] for at in sorted(ends)]
    return kept
