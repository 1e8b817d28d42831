"""Colours, strokes and fonts of all charts, and the Altair configuration built from them.

Charts are drawn in the light colours. The page's style sheet replaces each with its dark counterpart, selected by
attribute (``[stroke="#0A4F8F"]``): one drawing serves both themes and keeps its colours where style sheets are blocked.
Lines have a contrast of at least 3:1 on either background, text 4.5:1. Validation is darker and thicker than training,
and in print and high contrast mode training is dashed.
"""

from typing import Any, Final

TRAIN: Final = "#6F8FA8"
VALIDATION: Final = "#0A4F8F"
BASELINE: Final = "#868E96"
BEST: Final = "#24292F"
CONVERGED: Final = "#5B5FC7"
SETTING: Final = "#A3497B"
ALARM: Final = "#C62828"
TROUBLE: Final = "#A84600"
MUTED: Final = "#57606A"
GRID: Final = "#E3E6EA"
# Series that are compared. Names have the colour of their lines, so each has a contrast of 4.5:1 on either background.
SERIES: Final = ("#0A4F8F", "#B02A78", "#0B7A75", "#7A5C2E", "#6A3FB5", "#24292F", "#5C7A00", "#35719F")

Dash = tuple[int, ...]
SOLID: Final[Dash] = ()
TRAIN_DASH: Final[Dash] = (7, 3)  # of a baseline, whose curves share a colour
FORECAST_DASH: Final[Dash] = (2, 4)
CONVERGED_DASH: Final[Dash] = (10, 3)
SETTING_DASH: Final[Dash] = (4, 3)
SERIES_DASHES: Final[tuple[Dash, ...]] = (SOLID, (8, 3), (2, 3), (9, 3, 2, 3))

LABEL_COLOURS: Final = {BASELINE: MUTED, TRAIN: MUTED}  # text needs a contrast of 4.5:1, which the other colours have

FONT: Final = "system-ui, -apple-system, Segoe UI, Roboto, Helvetica, Arial, sans-serif"

FONT_SIZE: Final = 13
NARROW_FONT_SIZE: Final = 18  # set by the style sheet in narrow columns; labels are spaced for it
TICK_GAP: Final = 8  # between the plot and the epochs below it

LINE_WIDTH: Final = 2.25
TRAIN_WIDTH: Final = 1.5
THIN_WIDTH: Final = 1  # of a mean after the first of its runs has ended
BEHIND_WIDTH: Final = 1.5  # of background curves
FAINT_WIDTH: Final = 1  # of logged values under a smoothed line
FAINT_OPACITY: Final = 0.35
DENSE_OPACITY: Final = 0.2
DENSE: Final = 500  # with more epochs, the usual opacity would fill the plot
BAND_OPACITY: Final = 0.14
SPAN_OPACITY: Final = 0.05
SPAN_BAR: Final = 4  # height of the bar under the axis that marks a shaded range
RULE_WIDTH: Final = 1.25
DASHED_RULE_WIDTH: Final = 1  # of marks that matter less than the verdict
ZERO_WIDTH: Final = 1
DOT_SIZE: Final = 36
MARKED_DOT_SIZE: Final = 64  # on the rule of a mark, or at the best value of a curve
LEADER_WIDTH: Final = 0.75  # from a line to its name
LEADER_DOT_SIZE: Final = 14
RING_WIDTH: Final = 1.75
CROSS_SIZE: Final = 36


def faintness(n_epochs: int) -> float:
    """Opacity of logged values under a smoothed line; dense values are fainter."""
    return FAINT_OPACITY if n_epochs <= DENSE else DENSE_OPACITY


def config() -> dict[str, Any]:
    """Altair configuration, applied only to our own charts."""
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
