"""Tells printed training output from that of other programs, by the signs in `training_signs`."""

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Final

from reportgen.errors import SourceError
from reportgen.history.citing import cited_names
from reportgen.metrics import is_loss, is_reward, role, words_of
from reportgen.metrics.roles import is_rate
from reportgen.sources.printed.dialects import PrintedSplit
from reportgen.sources.printed.entries import EntryLog
from reportgen.sources.printed.epochs import EPOCHS, UNNUMBERED, PrintedCurve, PrintedLog
from reportgen.sources.printed.log_runs import PrintedRun, no_values
from reportgen.sources.printed.names import BARE, is_metric_word
from reportgen.sources.printed.open_row import Key
from reportgen.sources.training_signs import is_specific, is_training_metric, kind_of_output, other_output

_FEWEST_OF_ROWS: Final = 0.5  # of the rows that must have a value; our choice


def is_training(log: PrintedLog, run: PrintedRun, *, is_doubtful: bool) -> bool:
    """Whether the rows of a run are those of a training run.

    Args:
        log: All rows.
        run: Those of the run.
        is_doubtful: Whether the text is known to have other things than a training run in it.
    """
    kinds = set(log.kinds[run.first : run.end])
    n_rows = run.end - run.first
    curves = [(key, curve) for part in (log.curves, log.evaluations, log.again) for key, curve in part.items()]
    found: dict[Key, tuple[int, int]] = {}
    for key, curve in curves:
        span, longest = _span(curve, run), found.get(key, (0, 0))
        if span[1] - span[0] > longest[1] - longest[0]:
            found[key] = span
    low, high = bisect_left(log.steps, (run.first, -1)), bisect_left(log.steps, (run.end, -1))
    within = [key for key, curve in log.step_curves.items() if _has_between(curve, low, high)]
    names = [*found, *within]
    metrics = [key for key in names if _is_metric(key)]
    if log.has_episodes:
        metrics += [key for key in names if key not in metrics and words_of(key[0])[-1:] == ["score"]]
    has_rate = any(is_rate(name) for name, _ in names) and any(is_loss(name) for name, _ in metrics)
    if is_doubtful and not (log.has_bars or run.planned is not None or (EPOCHS in kinds and n_rows > 1)):
        return False
    if not metrics:
        return EPOCHS in kinds and n_rows + high - low > 1 and _behaves(log, run)
    if log.tool or log.has_bars or run.planned is not None or has_rate or within:
        return True
    if n_rows == 1:
        loose = all(_is_loose(curve, run) for _, curve in curves)
        return (EPOCHS in kinds and not loose) or log.has_progress
    if EPOCHS in kinds:
        n_values = max((high - low for key, (low, high) in found.items() if key in metrics), default=0)
        return n_values >= _FEWEST_OF_ROWS * n_rows
    specific = any(_is_specific(key) for key in metrics)
    others = [key for key in names if not _is_metric(key) and role(key[0]) == "result" and not _is_counter(key[0])]
    if kinds != {UNNUMBERED}:
        return specific or (not others and any(_are_fractions(_values(log, key, run)) for key in metrics))
    is_stated = any(key[1] or "loss" in key[0].lower() or is_reward(key[0]) for key in metrics) or len(metrics) > 1
    if others and not (len(metrics) > 1 and all(_are_fractions(_values(log, key, run)) for key in others)):
        return False
    return specific and (is_stated or log.has_progress)


def entries_of_training(log: EntryLog) -> bool:
    """Whether entries are those of a training run: a known tool wrote them, or they have a metric."""
    if log.has_rules or any(entry.tool is not None for entry in log.entries):
        return True
    names = {(entry.known or {}).get(name, name) for entry in log.entries for name in entry.values}
    counts_epochs = any(entry.epoch is not None for entry in log.entries)
    metrics = [name for name in names if is_training_metric(name) or is_training_metric(name.partition("/")[2])]
    if metrics:
        return counts_epochs or any(map(is_specific, metrics)) or len(metrics) == len(names)
    numbers = [number for entry in log.entries for number in entry.values.values()]
    return counts_epochs and len(log.entries) > 1 and _are_fractions(numbers)


def no_evidence(log: PrintedLog, entries: EntryLog, head: str, where: str) -> SourceError:
    """The error for text with values that are not those of a training run."""
    what = kind_of_output(head)
    if what is not None:
        return other_output(what, where)
    names = [name for name, _ in (*log.curves, *log.step_curves) if name and name != BARE]
    names += [name for entry in entries.entries[:1] for name in entry.values]
    if not names:
        return no_values(where)
    return SourceError(
        f"{where}: this does not look like a training log: it has values of {cited_names(list(dict.fromkeys(names)))}, "
        "but no line has both an epoch or step and a known metric. If it is one, read it with --format console "
        '(in Python: format="console").'
    )


def _values(log: PrintedLog, key: Key, run: PrintedRun) -> Sequence[float]:
    curve = log.curves.get(key)
    return () if curve is None else curve.values[slice(*_span(curve, run))]


def _is_counter(name: str) -> bool:
    return words_of(name)[-1:] in (["number"], ["progress"])


def _span(curve: PrintedCurve, run: PrintedRun) -> tuple[int, int]:
    return bisect_left(curve.rows, run.first), bisect_left(curve.rows, run.end)


def _has_between(curve: PrintedCurve, low: int, high: int) -> bool:
    place = bisect_left(curve.rows, low)
    return place < len(curve.rows) and curve.rows[place] < high


def _is_loose(curve: PrintedCurve, run: PrintedRun) -> bool:
    """Whether no value of a run is on a line with a counter."""
    low, high = _span(curve, run)
    return high - low == bisect_left(curve.loose, run.end) - bisect_left(curve.loose, run.first)


def _behaves(log: PrintedLog, run: PrintedRun) -> bool:
    """Whether all values are on lines with an epoch, and all curves have fractions, as losses do."""
    for curve in log.curves.values():
        low, high = _span(curve, run)
        if low < high and (_is_loose(curve, run) or not _are_fractions(curve.values[low:high])):
            return False
    low, high = bisect_left(log.steps, (run.first, -1)), bisect_left(log.steps, (run.end, -1))
    inner = [curve for curve in log.step_curves.values() if _has_between(curve, low, high)]
    if not all(_are_fractions(curve.values[bisect_left(curve.rows, low) :]) for curve in inner):
        return False
    return not any(high > low for low, high in (_span(curve, run) for curve in log.evaluations.values()))


def _are_fractions(numbers: Iterable[float]) -> bool:
    found = [number for number in numbers if math.isfinite(number)]
    return any(number % 1 for number in found) or not any(found)


def _keys(key: Key) -> Sequence[str]:
    name, split = key
    prefix: dict[PrintedSplit, str] = {"val": "val_", "test": "val_", "train": "train_", "": ""}
    return name, prefix[split] + name


def _is_metric(key: Key) -> bool:
    name, split = key
    if role(name) != "result":
        return False
    return (
        any(map(is_training_metric, _keys(key)))
        or (not name.isascii() and is_metric_word(name))
        or (bool(split) and name == BARE)
    )


def _is_specific(key: Key) -> bool:
    return any(map(is_specific, _keys(key))) or not key[0].isascii() or bool(key[1])
