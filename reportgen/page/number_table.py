"""The numbers of each metric in one row: training and validation, the best value, and the course of the curve."""

import math
from collections.abc import Sequence
from typing import Final

from reportgen import formatting, metrics
from reportgen.charts.sparkline import MOST_POINTS, plan_sparkline
from reportgen.diagnosis.reading import best_logged
from reportgen.history.frame import TrainingHistory
from reportgen.languages import Language, grouped
from reportgen.page.contents import FIRST_ROWS, MAX_SHOWN_ROWS, NumberRow, NumberTable
from reportgen.text import printable

_LONGEST_NAME: Final = 60
_FEW_POINTS: Final = 20  # of a curve in a table with many
_JUST_BELOW: Final = 0.9995  # so that a share of 1 has the decimals of the shares below


def tabulate_numbers(history: TrainingHistory, keys: Sequence[str], language: Language, note: str) -> NumberTable:
    """One row per metric of the given curves, in their order; the note says which are missing."""
    say = language.say
    names = list(dict.fromkeys(metrics.parse_key(key)[0] for key in keys))
    validated = any(history.has(name, "validation") for name in names)
    most = MOST_POINTS if len(names) <= MAX_SHOWN_ROWS else _FEW_POINTS
    rows = tuple(_row(history, name, language, validated=validated, most=most) for name in names)
    more = len(rows) - FIRST_ROWS if len(rows) > MAX_SHOWN_ROWS else 0
    title = language.say_count("{n} more metric", "{n} more metrics", more) if more > 0 else ""
    if validated:
        headers = (
            say("Metric"), say("Last train"), say("Best validation"), say("At epoch"), say("Last validation"),
        )  # fmt: skip
        return NumberTable(headers, rows, say("Validation trend"), note, title)
    return NumberTable((say("Metric"), say("Best"), say("At epoch"), say("Last")), rows, say("Trend"), note, title)


def _row(history: TrainingHistory, name: str, language: Language, *, validated: bool, most: int) -> NumberRow:
    split: metrics.Split = "validation" if history.has(name, "validation") else "train"
    series = history.series(name, split)
    best = best_logged(history, metrics.join_key(name, split))
    values = [float(series.iloc[-1]) if len(series) else math.nan, *([] if best is None else [best[0]])]
    train = float(history.series(name, "train").iloc[-1]) if history.has(name, "train") else None
    if validated and train is not None:
        values.append(train)
    decimals = _decimals(values)
    shown_best = language.say("not judged") if best is None else _fixed(best[0], decimals)
    at = "" if best is None else grouped(best[1])
    last = _fixed(values[0], decimals)
    if best is not None and len(series) and best[1] == int(series.index[-1]):
        last = language.say("= best")
    cells = [shown_best, at, last]
    if validated:
        is_own = split == "validation"
        cells = ["" if train is None else _fixed(train, decimals), *(cells if is_own else ["", "", ""])]
    line = plan_sparkline(series.index.tolist(), series.tolist(), None if best is None else best[1], most)
    is_best_shown = best is not None and bool(cells[-3])
    return NumberRow(printable(name, _LONGEST_NAME), tuple(cells), len(cells) - 3 if is_best_shown else None, line)


def _decimals(values: Sequence[float]) -> int | None:
    """Decimals for all numbers of a row, from its largest one; None if they need an exponent."""
    finite = [abs(value) for value in values if math.isfinite(value) and value]
    if not finite or not formatting.PLAIN[0] <= max(finite) < formatting.PLAIN[1]:
        return None
    return max(0, formatting.DIGITS - 1 - math.floor(math.log10(_JUST_BELOW * max(finite))))


def _fixed(value: float, decimals: int | None) -> str:
    """A value with a number of decimals; in its own format if these would hide it."""
    if decimals is None or not math.isfinite(value) or value == 0 or round(value, decimals) == 0:
        return formatting.number(value)
    return f"{value:.{decimals}f}".replace("-", formatting.MINUS)
