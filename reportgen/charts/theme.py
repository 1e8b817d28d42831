"""Colours, sizes and the Altair configuration of every chart.

Charts are drawn in the light colours; the page's style sheet maps each of them to its dark twin by attribute
(``[stroke="#0072B2"]``), so one drawing serves both themes and still shows its colours where no style sheet is allowed.
All series colours have a contrast of at least 3:1 on white; dash patterns stand beside them.
"""

from typing import Any, Final

TRAIN: Final = "#0072B2"
VALIDATION: Final = "#D55E00"
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
LABEL_GAP: Final = 10.0  # between two labels of a row
LINE_STEP: Final = float(NARROW_FONT_SIZE + 2)  # from one label at a line's end to the next

LINE_WIDTH: Final = 2
FAINT_WIDTH: Final = 1
FAINT_OPACITY: Final = 0.5
FORECAST_DASH: Final = (2, 4)
BAND_OPACITY: Final = 0.14
SPAN_OPACITY: Final = 0.1
RULE_WIDTH: Final = 1.25
ZERO_WIDTH: Final = 1
DOT_SIZE: Final = 36
MARKED_DOT_SIZE: Final = 64  # on the rule of an annotation
CROSS_SIZE: Final = 30
CROSS_ROWS: Final = (7, 10)  # height of the first row of crosses below the plot's upper edge, and from row to row
Y_TICKS: Final = 5


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
            "labelOverlap": True,
        },
    }
