"""A curve as one line of text. In: its values. Out: block characters, the lowest value lowest."""

from typing import Final

import numpy as np

BLOCKS: Final = "▁▂▃▄▅▆▇█"
LEVEL: Final = "▄"  # a curve that never changes
BROKEN: Final = "×"  # stands where a value is NaN or infinite, however many finite ones stand beside it
WIDTH: Final = 30  # characters


def sparkline(values: np.ndarray, width: int = WIDTH) -> str:
    """Draws a curve with block characters.

    Args:
        values: Shape (n,), one per logged epoch, n > 0.
        width: The most characters; of a longer curve each stands for the mean of a stretch of epochs.

    Returns:
        ``min(n, width)`` characters.
    """
    stretches = np.array_split(values.astype(np.float64), min(len(values), width))
    with np.errstate(invalid="ignore"):
        heights = np.array([(part / 2 / len(part)).sum() for part in stretches])  # halved, so that the range is finite
    finite = np.isfinite(heights)
    if not finite.any():
        return BROKEN * len(heights)
    low, span = heights[finite].min(), np.ptp(heights[finite])
    if span == 0:
        return "".join(LEVEL if good else BROKEN for good in finite)
    steps = np.where(finite, (heights - low) / span * (len(BLOCKS) - 1), 0).round().astype(np.intp)
    return "".join(BLOCKS[step] if good else BROKEN for step, good in zip(steps, finite, strict=True))
