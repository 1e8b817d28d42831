"""The sizes and rules of the chart layout, each defined once.

Lengths are in chart units (CSS pixels at the chart's natural width); the origin is the plot's upper left corner. The
script of interactive charts receives what it needs through `script_measures`.
"""

import itertools
import unicodedata
from collections.abc import Iterator
from typing import Any, Final

from reportgen.charts import theme

# ---- Sizes

WIDTH: Final = 500  # width of the whole chart
PLOT_HEIGHT: Final = 190
LEFT: Final = 40  # minimum width left of the plot; wider if the axis has longer numbers
RIGHT: Final = 8  # minimum width right of the plot
BOTTOM: Final = 28  # height below the plot
LANE: Final = 21  # height of one row of mark labels above the plot
ABOVE_ROWS: Final = 8  # height above the top row
MAX_ROWS: Final = 2  # of mark labels; the least important labels that do not fit are left out

LABEL_GAP: Final = 10.0  # between two labels of a row
RULE_GAP: Final = 4  # between a label and a rule or the chart's left edge
RIGHT_GAP: Final = 2  # between a label and the chart's right edge
CROSSING: Final = 3  # a rule this close to a label counts as crossing it
ROW_OFFSET: Final = 8.0  # from the plot up to the lowest row of labels

LINE_STEP: Final = float(theme.NARROW_FONT_SIZE + 2)  # from one line-end label to the next
END_GAP: Final = 6.0  # between a line's end and its name
LEADER_GAP: Final = 22.0  # the same for names that have leaders
LONG_LEADER: Final = 30.0  # in the plot; a longer one gets more space above and below the curves
HIGHEST_END: Final = 4.0  # minimum distance from a line's name to the plot's upper edge, to keep clear of mark labels
LOWEST_END: Final = 6.0  # minimum distance from a line's name to the plot's lower edge
UNDRAWN_END: Final = 10.0  # height of the name of a line that has no value to draw

NOTCH: Final = 6  # length of a tick below the axis that marks an epoch
SHARED_LABEL: Final = 24.0  # rules nearer than this share one label
LEAST_BAND: Final = 6.0  # a forecast whose band ends narrower than this gets numbers instead

CROSS_ROWS: Final = (7, 10)  # distance from the plot's edge to the first row of crosses, and between rows

# ---- Axes

LINEAR_PADDING: Final = 0.05  # of the span, at either end
LOG_PADDING: Final = 0.04  # of the span in logarithms, at either end
FLAT: Final = 1e-6  # of a value; smaller spans are float32 rounding and are shown as a flat line
TINY: Final = 1e-300  # smaller differences vanish in float64's arithmetic
FLAT_LOG_FACTOR: Final = 2  # by which a log axis extends beyond a flat line
MAX_EPOCH_STEPS: Final = 7  # between the first and the last tick of the epochs
LONG_EPOCH: Final = 10_000  # epochs from here on count as long numbers
MAX_LONG_EPOCH_STEPS: Final = 4
MAX_VALUE_STEPS: Final = 6  # between the lowest and the highest tick of the values
MIN_DECADES: Final = 3  # a log axis with at least this many powers of ten labels only these
VALUE_STEPS: Final = (1, 2, 5)  # times a power of ten
LOG_DIGITS: Final = 3  # significant digits of numbers on a log axis
EXTRA_DIGITS: Final = 2  # significant digits of very large or small numbers, beyond those needed to tell them apart
SLACK: Final = 1e-9  # of a step between ticks; rounding errors are smaller

# ---- Interaction

MIN_EPOCHS: Final = 2  # smallest span of a zoomed chart; runs that short cannot be zoomed
ZOOM_FACTOR: Final = 1.5  # per key press, button press or turn of the wheel
WHEEL_TURN: Final = 100  # pixels of scrolling that count as one turn
KEY_PAN: Final = 0.25  # fraction of the visible epochs panned by one key press
WHEEL_PAN: Final = 0.05  # fraction of the visible epochs panned by one turn of a horizontal wheel

# Widths in ems of bold letters in DejaVu Sans, the widest font that `system-ui` may be.
_NARROW_LETTERS: Final = frozenset("ijl.,:;|'! ")
_MIDDLING_LETTERS: Final = frozenset('frst()[]{}-_/"I')
_WIDE_LETTERS: Final = frozenset("mwMW%@")


def text_width(text: str, size: float = theme.NARROW_FONT_SIZE) -> float:
    """Estimated width of a label in chart units; errs on the wide side."""
    return sum(map(_letter_width, text)) * size


def _letter_width(letter: str) -> float:
    if letter in _NARROW_LETTERS:
        return 0.41
    if letter in _MIDDLING_LETTERS:
        return 0.6 if letter == "s" else 0.52
    if letter in _WIDE_LETTERS:
        return 1.11
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.3 if ord(letter) > 0xFFFF else 1.05  # mostly emoji beyond the basic plane
    if not letter.isascii():
        return 1.11
    return 0.85 if letter.isupper() or letter in "+<>=~^&#$" else 0.72


def epoch_steps() -> Iterator[int]:
    """The allowed distances between epoch ticks: 1, 2, 5, 10, 20, 25, 50, 100, ..."""
    yield from (1, 2, 5)
    for power in itertools.count(1):
        yield from (10**power, 20 * 10 ** (power - 1), 25 * 10 ** (power - 1), 50 * 10 ** (power - 1))


def script_measures(last_epoch: float) -> dict[str, Any]:
    """All numbers of this module and the theme, keyed by name in camel case, and the tick steps up to an epoch."""
    named = {**vars(theme), **globals()}
    numbers = {_camel(name): value for name, value in named.items() if name.isupper() and type(value) in (int, float)}
    steps = list(itertools.takewhile(lambda step: step <= last_epoch, epoch_steps()))
    return numbers | {
        "epochSteps": steps,
        "valueSteps": VALUE_STEPS,
        "crossRows": CROSS_ROWS,
        "muted": theme.MUTED,
        "ink": theme.BEST,
    }


def _camel(name: str) -> str:
    first, *others = name.lower().split("_")
    return first + "".join(map(str.title, others))
