"""Colours, sizes and the Altair configuration of every chart.

Charts are drawn in the light colours; the page's style sheet maps each of them to its dark twin by attribute
(``[stroke="#0072B2"]``), so one drawing serves both themes and still shows its colours where no style sheet is allowed.
Lines have a contrast of at least 3:1 on either paper, words 4.5:1; dash patterns stand beside the colours.
"""

import unicodedata
from typing import Any, Final

TRAIN: Final = "#0072B2"
VALIDATION: Final = "#C24E00"
BASELINE: Final = "#868E96"
BEST: Final = "#00795A"
CONVERGED: Final = "#5B5FC7"
SETTING: Final = "#A3497B"
ALARM: Final = "#C62828"
MUTED: Final = "#57606A"
GRID: Final = "#E3E6EA"

Dash = tuple[int, ...]
SOLID: Final[Dash] = ()
TRAIN_DASH: Final[Dash] = (7, 3)
FORECAST_DASH: Final[Dash] = (2, 4)
CONVERGED_DASH: Final[Dash] = (10, 3)
SETTING_DASH: Final[Dash] = (4, 3)
RESUMED_DASH: Final[Dash] = (1, 3)

LABEL_COLOURS: Final = {BASELINE: MUTED}  # words need 4.5:1 on white, which the other colours have

FONT: Final = "system-ui, -apple-system, Segoe UI, Roboto, Helvetica, Arial, sans-serif"

WIDTH: Final = 500
PLOT_HEIGHT: Final = 190
LEFT: Final = 40  # at least; more where the axis' numbers are longer
BOTTOM: Final = 28
TICK_GAP: Final = 8  # between the plot and the epochs under it
FONT_SIZE: Final = 13
NARROW_FONT_SIZE: Final = 18  # what the style sheet sets in narrow columns; room is kept for it
LANE: Final = 21  # height of one row of annotation labels above the plot
LABEL_GAP: Final = 10.0  # between two labels of a row
LINE_STEP: Final = float(NARROW_FONT_SIZE + 2)  # from one label at a line's end to the next

LINE_WIDTH: Final = 2
BEHIND_WIDTH: Final = 1.5  # of a baseline
FAINT_WIDTH: Final = 1  # of logged values under a smoothed line
FAINT_OPACITY: Final = 0.5
DENSE_OPACITY: Final = 0.25
DENSE: Final = 500  # epochs beyond which faint values would fill the plot
BAND_OPACITY: Final = 0.14
SPAN_OPACITY: Final = 0.1
RULE_WIDTH: Final = 1.25
DASHED_RULE_WIDTH: Final = 1  # of what matters less than the verdict
ZERO_WIDTH: Final = 1
DOT_SIZE: Final = 36
MARKED_DOT_SIZE: Final = 64  # on the rule of an annotation
CROSS_SIZE: Final = 36
CROSS_ROWS: Final = (7, 10)  # distance of the first row of marks from the plot's edge, and from row to row

# Widths in ems, of bold letters in DejaVu Sans, the widest font that `system-ui` stands for anywhere.
_NARROW_LETTERS: Final = frozenset("ijl.,:;|'! ")
_MIDDLING_LETTERS: Final = frozenset('frst()[]{}-_/"I')
_WIDE_LETTERS: Final = frozenset("mwMW%@")


def faintness(n_epochs: int) -> float:
    """Opacity of logged values under a smoothed line: the denser they stand, the fainter."""
    return FAINT_OPACITY if n_epochs <= DENSE else DENSE_OPACITY


def text_width(text: str, size: float = NARROW_FONT_SIZE) -> float:
    """Estimated width of a label in chart units, rather too wide than too narrow."""
    return sum(map(_letter_width, text)) * size


def _letter_width(letter: str) -> float:
    if letter in _NARROW_LETTERS:
        return 0.41
    if letter in _MIDDLING_LETTERS:
        return 0.6 if letter == "s" else 0.52
    if letter in _WIDE_LETTERS:
        return 1.11
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.3 if ord(letter) > 0xFFFF else 1.05  # beyond the basic plane mostly emoji
    if not letter.isascii():
        return 1.11
    return 0.85 if letter.isupper() or letter in "+<>=~^&#$" else 0.72


def config() -> dict[str, Any]:
    """Altair configuration, applied to our own charts only."""
    return {
        "background": "transparent",
        "font": FONT,
        "view": {"stroke": None},
        "text": {"fontSize": FONT_SIZE},
        "axis": {
            "labelFontSize": FONT_SIZE,
            "titleFontSize": FONT_SIZE,
            "titleFontWeight": "normal",
            "labelColor": MUTED,
            "titleColor": MUTED,
            "gridColor": GRID,
            "domain": False,
            "ticks": False,
            "labelPadding": TICK_GAP,
            "labelOverlap": True,
        },
    }
