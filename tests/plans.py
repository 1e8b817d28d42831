"""Shared by the tests of charts: lines to plan with, and the largest boxes of labels."""

from typing import Any

import numpy as np

from reportgen.charts import layout, theme
from reportgen.charts.plan import Line, PlacedLabel


def line(values: Any, label: str = "train", first: int = 1, **more: Any) -> Line:
    values = np.asarray(values, dtype=np.float64)
    return Line(label, theme.TRAIN, (), np.arange(first, first + len(values)), values, **more)


def box(label: PlacedLabel) -> tuple[float, float, float, float]:
    """Left, right, top and bottom of a label, in the larger font of narrow columns."""
    height = theme.NARROW_FONT_SIZE
    top = label.y - height if label.rule_x is not None else label.y - height / 2
    width = layout.text_width(label.text)
    left = label.x - width if label.align == "right" else label.x
    return left, left + width, top, top + height


def overlap(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[1] and other[0] < one[1] and one[2] < other[3] and other[2] < one[3]
