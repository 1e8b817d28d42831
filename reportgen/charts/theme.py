"""Colours, sizes and the Altair configuration of every chart.

Charts are drawn in the light colours; the page's style sheet maps each of them to its dark twin by attribute
(``[stroke="#0072B2"]``), so one drawing serves both themes and still shows its colours where no style sheet is allowed.
All series colours have a contrast of at least 4.5:1 on white, since lines are named in them; dash patterns stand
beside them.
"""

from typing import Any, Final

TRAIN: Final = "#0072B2"
VALIDATION: Final = "#C24E00"
BEST: Final = "#00795A"
CONVERGED: Final = "#5B5FC7"
SETTING: Final = "#A3497B"
ALARM: Final = "#C62828"
MUTED: Final = "#57606A"
GRID: Final = "#E3E6EA"

TRAIN_DASH: Final = (7, 3)
FONT: Final = "system-ui, -apple-system, Segoe UI, Roboto, Helvetica, Arial, sans-serif"

WIDTH: Final = 560
PLOT_HEIGHT: Final = 216
LEFT: Final = 56
BOTTOM: Final = 42
FONT_SIZE: Final = 12.5
NARROW_FONT_SIZE: Final = 18  # what the style sheet sets on narrow screens; room is kept for it
CHAR_WIDTH: Final = 0.64  # of the font size; bold Latin letters in the widest of the fonts above
LANE: Final = 22  # height of one row of annotation labels above the plot


def text_width(text: str, size: float = NARROW_FONT_SIZE) -> float:
    """Estimated width of a label in chart units; wide scripts count double."""
    return sum(2 if ord(ch) > 0x2E80 else 1 for ch in text) * size * CHAR_WIDTH


def config() -> dict[str, Any]:
    """Altair configuration, applied to our own charts only."""
    return {
        "background": "transparent",
        "font": FONT,
        "view": {"stroke": None},
        "axis": {
            "labelFontSize": FONT_SIZE,
            "titleFontSize": FONT_SIZE,
            "titleFontWeight": "normal",
            "labelColor": MUTED,
            "titleColor": MUTED,
            "gridColor": GRID,
            "domain": False,
            "ticks": False,
            "labelPadding": 6,
            "titlePadding": 8,
            "labelOverlap": True,
        },
    }
