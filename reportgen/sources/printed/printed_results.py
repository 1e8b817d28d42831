"""Places values that are printed again or after the epochs: as final values, validation curves, or results."""

import math
from collections import Counter
from typing import Final

from reportgen.sources.printed.dialects import PrintedSplit
from reportgen.sources.printed.epochs import PrintedCurve, PrintedLog
from reportgen.sources.printed.names import is_metric_word, plain_key
from reportgen.sources.printed.open_row import Key

ROUNDED: Final = 0.001  # by which a progress bar may differ from the line of its epoch; our choice
_EACH: Final = 0.5  # of the epochs; values after more of them than this share are a curve, not results
_FEWEST_ROWS: Final = 3  # with evaluations, to know how many follow each epoch; our choice


class PrintedResults:
    """Collects what a run prints after training."""

    def __init__(self) -> None:
        self.found: dict[str, float] = {}

    def add(self, name: str, number: float) -> None:
        """Adds a result if it has a name and is a finite number."""
        if name and math.isfinite(number):
            self.found[name] = number


def place_again(
    curves: dict[Key, PrintedCurve], evaluated: dict[Key, PrintedCurve], again: dict[Key, PrintedCurve], n_rows: int
) -> None:
    """Complete bars that are printed twice in most epochs have the final values; others are evaluations."""
    rows = {row for curve in again.values() for row in curve.rows if row < n_rows - 1}
    if n_rows > 1 and len(rows) < _EACH * (n_rows - 1):
        for key, curve in again.items():
            evaluated.setdefault(key, curve)
        return
    for key, curve in again.items():
        final = dict(zip(curve.rows, curve.values, strict=True))
        if key in curves:
            old = curves[key]
            for place, row in enumerate(old.rows):
                old.values[place] = final.get(row, old.values[place])


def place_evaluations(
    curves: dict[Key, PrintedCurve], evaluated: dict[Key, PrintedCurve], n_rows: int, results: PrintedResults
) -> list[str]:
    """Takes evaluations as validation curves if most epochs have one; otherwise the last ones as results.

    Returns:
        What was left out.
    """
    left: list[str] = []
    interior = {row for curve in evaluated.values() for row in curve.rows if row < n_rows - 1}
    if n_rows > 1 and len(interior) >= max(1.0, _EACH * (n_rows - 1)):
        has_validation = any(split == "val" for _, split in curves)
        for (name, split), curve in evaluated.items():
            wanted: PrintedSplit = split if split in ("val", "test") else "test" if has_validation else "val"
            if (name, wanted) not in curves:
                kept = _without_results(curve, n_rows)
                if kept is not curve:
                    results.add(name.lower(), curve.values[-1])
                curves[name, wanted] = _last_per_row(kept)
            elif not _are_among(curve, curves[name, wanted]):
                left += [curve.printed or name] * len(curve.rows)
        return left
    spellings = _Spellings(curves)
    for (name, split), curve in evaluated.items():
        if curve.rows[-1] == n_rows - 1 and split != "train":
            results.add(_result_name(name, spellings), _result_value(name, curve, spellings))
            left += [curve.printed or name] * (len(curve.rows) - 1)
        elif is_metric_word((name.split() or [""])[-1]):
            left += [curve.printed or name] * len(curve.rows)
    return left


def _without_results(curve: PrintedCurve, n_rows: int) -> PrintedCurve:
    """A curve without evaluations after training: more of them follow the last epoch than each other one."""
    counts = Counter(curve.rows)
    usual = {count for row, count in counts.items() if row < n_rows - 1}
    surplus = counts[n_rows - 1] - min(usual, default=0)
    if len(usual) != 1 or surplus <= 0 or len(counts) < _FEWEST_ROWS:
        return curve
    kept = PrintedCurve(curve.printed)
    percents = set(curve.percents)
    for place in range(len(curve.rows) - surplus):
        kept.add(curve.rows[place], curve.values[place], place in percents, True)
    return kept


def _are_among(curve: PrintedCurve, others: PrintedCurve) -> bool:
    """Whether the values of a curve are also those of another one, which was printed as well."""
    known = dict(zip(others.rows, others.values, strict=True))
    return all(
        row in known and math.isclose(known[row], number, rel_tol=ROUNDED)
        for row, number in zip(curve.rows, curve.values, strict=True)
    )


def _last_per_row(curve: PrintedCurve) -> PrintedCurve:
    made = PrintedCurve(curve.printed)
    percents = set(curve.percents)
    for place, row in enumerate(curve.rows):
        if place + 1 == len(curve.rows) or curve.rows[place + 1] != row:
            made.add(row, curve.values[place], place in percents, True)
    return made


class _Spellings:
    """The curves of a run by what the spellings of their names have in common."""

    def __init__(self, curves: dict[Key, PrintedCurve]) -> None:
        self._curves: dict[str, dict[Key, PrintedCurve]] = {}
        for key, curve in curves.items():
            self._curves.setdefault(plain_key(key[0]), {})[key] = curve

    def remove(self, key: Key) -> None:
        del self._curves[plain_key(key[0])][key]

    def like(self, name: str) -> dict[Key, PrintedCurve]:
        """The curves of a name, however it is spelled."""
        return self._curves.get(plain_key(name), {})


def _result_name(name: str, spellings: _Spellings) -> str:
    """The name of a result as the curves spell it."""
    return next((known for known, _ in spellings.like(name)), name).lower() if name else ""


def _result_value(name: str, curve: PrintedCurve, spellings: _Spellings) -> float:
    """The last value of a curve; a percentage becomes a fraction if the curves of this name have fractions."""
    number = curve.values[-1]
    if not curve.percents or curve.percents[-1] != len(curve.values) - 1:
        return number
    like = spellings.like(name).values()
    has_fractions = like and not any(other.percents or max(map(abs, other.values)) > 1 for other in like)
    return number / 100 if has_fractions else number


def take_results(
    log: PrintedLog,
    curves: dict[Key, PrintedCurve],
    n_rows: int,
    results: PrintedResults,
    unknown: list[str],
    *,
    is_stepped: bool,
) -> None:
    """Takes values that are printed only after the last epoch as results."""
    spellings = _Spellings(curves)
    has_others = any(len(curve.loose) < len(curve.rows) for curve in curves.values())
    for key in list(curves):
        curve = curves[key]
        is_after = len(curve.loose) == len(curve.rows) and curve.rows[0] == n_rows - 1
        if not is_after or (len(curves) == 1 and (n_rows == 1 or not is_stepped)):
            continue
        if n_rows == 1 and not (has_others and (key[1] == "test" or log.has_bars)):
            continue
        del curves[key]
        spellings.remove(key)
        name, split = key
        if split != "train" and (split or is_metric_word((name.split() or [""])[-1])):
            results.add(_result_name(name or curve.printed, spellings), _result_value(name, curve, spellings))
        else:
            unknown.append(f"{curve.printed}: {curve.values[-1]:.10g}")


def take_lists(
    log: PrintedLog, end: int, curves: dict[Key, PrintedCurve], results: PrintedResults, unknown: list[str]
) -> None:
    """Takes a printed list of the results of ``evaluate`` if it has as many values as there are training metrics.

    ``evaluate`` returns the loss first, then the metrics as they were compiled. Keras 3 prints the names in
    alphabetical order instead, so if the loss is not printed first, the order of several metrics is unknown.
    """
    lists = [found for row, found in log.lists if row == end - 1]
    names = [name for name, split in curves if split in ("", "train")]
    if not lists or results.found or len(lists[-1]) != len(names):
        return
    spellings = _Spellings(curves)
    is_sorted = any(plain_key(name) == "loss" for name in names[1:])
    names.sort(key=lambda name: plain_key(name) != "loss")
    for place, (name, number) in enumerate(zip(names, lists[-1], strict=True)):
        if place and is_sorted and len(names) > 2:
            unknown.append(f"{number:.10g}")
        else:
            results.add(_result_name(name, spellings), number)
