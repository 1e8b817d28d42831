"""A curve as a line of text height, for tables."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 132
HEIGHT: Final = 28
_MARGIN: Final = 3.5
MOST_POINTS: Final = 60


@dataclass(frozen=True)
class Sparkline:
    """A path in a box of `WIDTH` x `HEIGHT`, and the place of the best value (None if it is unknown or not finite)."""

    path: str
    best: tuple[str, str] | None


def plan_sparkline(
    epochs: Sequence[float], values: Sequence[float], best_epoch: float | None, most: int = MOST_POINTS
) -> Sparkline | None:
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

    parts: list[tuple[bool, int, int]] = []
    joined = False
    for x, y in thinned_points(epochs, values, most):
        if math.isfinite(y):
            across, down = place(x, y)
            parts.append((joined, int(across), int(down)))
        joined = math.isfinite(y)
    best = next((place(x, y) for x, y in points if x == best_epoch), None)
    return Sparkline(relative_path(parts), best)


def relative_path(points: Sequence[tuple[bool, int, int]]) -> str:
    """The shortest path of an SVG through points: whether each is joined to the one before, and its position."""
    text, at_x, at_y = [], 0, 0
    for joined, x, y in points:
        across, down = (x - at_x, y - at_y) if joined else (x, y)
        text.append(f"{'l' if joined else 'M'}{across}{'' if down < 0 else ' '}{down}")
        at_x, at_y = x, y
    return "".join(text)


def thinned_points(epochs: Sequence[float], values: Sequence[float], most: int) -> list[tuple[float, float]]:
    """At most ``most`` points: the lowest and the highest of each of equal stretches, in order."""
    points = list(zip(epochs, values, strict=True))
    if len(points) <= most:
        return points
    n = most // 2 - 1  # and the ends
    kept = [points[0]]
    for number in range(n):
        stretch = range(number * len(points) // n, (number + 1) * len(points) // n)
        finite = [at for at in stretch if math.isfinite(points[at][1])]
        if not finite:
            kept.append(points[stretch[0]])
            continue
        ends = {min(finite, key=lambda at: points[at][1]), max(finite, key=lambda at: points[at][1])}
        kept += [points[at] for at in sorted(ends) if 0 < at < len(points) - 1]
    return [*kept, points[-1]]
