"""Parts a printed log into runs and makes their histories."""

import math
import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np

from reportgen.errors import SourceError
from reportgen.history.facts import RunFacts
from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import Note
from reportgen.metrics import is_loss, is_schedule
from reportgen.options import ReadOptions
from reportgen.sources.printed.callback_facts import (
    PrintedEnding,
    add_checkpoint_values,
    add_rates,
    ending_of,
    facts_between,
    is_ended_by_nan,
    resumed_rows,
)
from reportgen.sources.printed.epochs import INDEX, STEPS, PrintedCurve, PrintedLog
from reportgen.sources.printed.lone_scores import move_lone_scores, name_bare_losses
from reportgen.sources.printed.names import history_keys, is_metric_word, plain_key, split_in
from reportgen.sources.printed.open_row import Key
from reportgen.sources.printed.printed_results import (
    ROUNDED,
    PrintedResults,
    place_again,
    place_evaluations,
    take_lists,
    take_results,
)
from reportgen.sources.printed.run_labels import RunLabels, names_of_labels, with_held
from reportgen.sources.printed.run_names import is_another_run, names_of_runs
from reportgen.sources.restarts import find_restarts
from reportgen.sources.source_runs import check_run_count
from reportgen.sources.table.cells import Column, Logged
from reportgen.sources.table.columns import history_from_log
from reportgen.sources.table.naming import EPOCH, STEP, notes_on_guesses
from reportgen.text import FEW, printable

_MANY_STEPS: Final = 1_000
_MOST_SEAMS: Final = 200  # that are looked at; our choice
_FEWEST_BEFORE_TEST: Final = 3  # rows, with that of a test
_LOGGED_EVERY: Final = 5  # our choices
_LONGEST_EXAMPLE: Final = 24  # characters of a line that a note quotes; our choice
_WORDS: Final = re.compile(r"\b[^\W\d_][^\W\d]{0,15}(?:[ -][^\W\d]{1,15}){0,2}\b")  # three short words


@dataclass(frozen=True)
class PrintedRun:
    """The rows of one training run.

    Attributes:
        name: Its name, such as ``fold 2``; empty if the log gives none.
        first: Its first row.
        end: The row after its last one.
        numbers: Its epochs or steps, shape (end - first,).
        planned: The planned epochs; None if they are unknown.
        resumed_at: Epochs at which it was resumed.
        settings: What the lines above it say, by name.
    """

    name: str
    first: int
    end: int
    numbers: np.ndarray
    planned: int | None
    resumed_at: tuple[int, ...] = ()
    settings: tuple[tuple[str, str], ...] = ()


def runs_in_log(log: PrintedLog, where: str) -> list[PrintedRun]:
    """The runs in a log.

    Raises:
        SourceError: there are more than are read from one source.
    """
    if log.n_rows == 1 and log.numbers[0] < 0 and not log.has_progress:
        return []  # a line with values that may be anything
    numbers = np.array(log.numbers, dtype=np.int64)
    planned = np.array(log.planned, dtype=np.float64)
    planned[planned == 0] = np.nan
    headings = {row: name for row, name in log.headings.items() if row < len(numbers)}
    dropped = _number_unnumbered(log, numbers, headings)
    losses = _main_curve(log, len(numbers))
    found = find_restarts(numbers, losses, headings, planned)
    others = _announced(log, (0, *found.runs), found.seams)
    if others:
        found = find_restarts(numbers, losses, {*headings, *others}, planned)
    check_run_count(len(found.runs), where)
    starts = sorted({0, *found.runs})
    runs: list[PrintedRun] = []
    for start, end in zip(starts, [*starts[1:], len(numbers)], strict=True):
        own = numbers[start:end].copy()
        continued = _between(found.continued, start, end)
        for row in continued:
            shift = own[row - 1 - start] + 1 - own[row - start]
            own[row - start :] += shift
        seams = set(_between(found.seams, start, end))
        totals = planned[start:end][~np.isnan(planned[start:end])]
        total = int(totals[-1]) if len(totals) and not continued else None
        if start in dropped:
            continue
        resumed = tuple(sorted({int(own[row - start]) for row in seams & set(continued)}))
        runs.append(PrintedRun("", start, end, own, total, resumed))
    names = names_of_labels(with_held([headings.get(run.first, ()) for run in runs]))
    return _named([replace(run, name=name) for run, name in zip(runs, names, strict=True)], log)


def _announced(log: PrintedLog, starts: Sequence[int], seams: Sequence[int]) -> list[int]:
    """The seams at which another run begins, as lines above it say: "Training VGG16" after "Training ResNet50"."""
    if not seams or len(seams) > _MOST_SEAMS or not log.above.found:
        return []
    places = sorted({*starts, *seams})
    lines = dict(zip(places, log.above.each(places, places), strict=True))
    return [seam for seam in seams if is_another_run(lines[starts[bisect_right(starts, seam) - 1]], lines[seam])]


def _named(runs: list[PrintedRun], log: PrintedLog) -> list[PrintedRun]:
    """The runs with the names and settings that lines above them say."""
    if not runs:
        return runs
    above = log.above.each([0, *(run.end for run in runs[:-1])], [run.first for run in runs])
    known = [run.name for run in runs] if any(run.name for run in runs) else []
    said = names_of_runs(above, log.above.rest(), known)
    return [replace(run, name=each.name, settings=each.settings) for run, each in zip(runs, said, strict=True)]


def _between(rows: Sequence[int], start: int, end: int) -> Sequence[int]:
    """The rows, of ascending ones, that are in a run but not its first one."""
    return rows[bisect_right(rows, start) : bisect_left(rows, end)]


def _number_unnumbered(log: PrintedLog, numbers: np.ndarray, headings: dict[int, RunLabels]) -> set[int]:
    """Numbers rows whose headers are missing, in place; returns first rows that are not epochs."""
    dropped: set[int] = set()
    if not len(numbers):
        return dropped
    starts = sorted({0, *headings})
    for start, end in zip(starts, [*starts[1:], len(numbers)], strict=True):
        known = np.flatnonzero(numbers[start:end] >= 0)
        count = int(known[0]) if len(known) else end - start
        if not count:
            continue
        if not len(known) and _number_by_mentions(log, numbers, start, end):
            continue
        first = int(numbers[start + count]) - count if len(known) else 1
        is_fragment = (
            len(known) > 0 and count == 1 and (start in log.partial or not _is_alike(log, start, start + count))
        )
        if not start and 1 < count <= len(known) and (first <= 0 or log.kinds[count] == STEPS):
            headings.setdefault(count, ())  # such as assignments in code above the log
            dropped.add(0)
            metrics = [
                name
                for (name, _), curve in log.curves.items()
                if curve.rows[0] == 0 and is_metric_word(name) and not is_schedule(name)
            ]
            log.unknown += [(count, name) for name in metrics[:1] for _ in range(count)]
        if first < 0 or (first == 0 and len(known)) or is_fragment:
            headings[start + count] = headings.get(start + count) or headings.get(start, ())
            if count == 1:
                dropped.add(start)
            first = max(first, 1)
        numbers[start : start + count] = np.arange(first, first + count)
    last = 0
    for row in np.flatnonzero(numbers < 0).tolist():  # rows without a number after others
        last = int(numbers[row - 1])
        numbers[row] = last + 1
    return dropped


def _number_by_mentions(log: PrintedLog, numbers: np.ndarray, start: int, end: int) -> bool:
    """Numbers rows by the epochs that lines above each of them, or else below each of them, mention. In place."""
    for below in (0, 1):
        found = {row - below: number for row, number in log.mentions if start <= row - below < end}
        own = [found.get(row, -1) for row in range(start, end)]
        if own and own[-1] < 0 and below and len(own) > 1:
            own[-1] = own[-2] + 1  # the end of the log
        if all(number >= 0 for number in own) and all(a < b for a, b in pairwise(own)):
            numbers[start:end] = own
            return True
    return False


def _are_steps(numbers: np.ndarray, planned: int) -> bool:
    """Whether the numbers that lines begin with are steps: there are many, and most of them are not logged."""
    return planned >= _MANY_STEPS and len(numbers) > 1 and float(np.median(np.diff(numbers))) >= _LOGGED_EVERY


def _is_alike(log: PrintedLog, row: int, other: int) -> bool:
    """Whether two rows have at least half of their names in common."""
    names, others = ({key for key, curve in log.curves.items() if _has_row(curve, at)} for at in (row, other))
    return len(names & others) * 2 >= max(len(names), len(others))


def _has_row(curve: PrintedCurve, row: int) -> bool:
    place = bisect_left(curve.rows, row)
    return place < len(curve.rows) and curve.rows[place] == row


def _main_curve(log: PrintedLog, n_rows: int) -> np.ndarray:
    """The training loss of each row, or else the metric with the most values; NaN where there is none."""
    losses = np.full(n_rows, np.nan)
    for curves in (log.curves, log.step_curves):
        if not curves:
            continue
        key = max(
            curves,
            key=lambda key: (is_loss(key[0]) and key[1] in ("", "train"), is_loss(key[0]), len(curves[key].rows)),
        )
        rows = np.array(curves[key].rows)
        if curves is log.step_curves:
            rows = np.array([row for row, _ in log.steps], dtype=np.int64)[rows]
        if len(rows) * 2 >= n_rows or curves is log.step_curves:
            losses[rows] = curves[key].values
            break
    return losses


def printed_history(log: PrintedLog, run: PrintedRun, where: str, options: ReadOptions) -> TrainingHistory:
    """The history of one training run in a log.

    Raises:
        SourceError: as for `history_from_log`.
    """
    first, end = run.first, run.end
    said: list[Note] = []
    numbers = run.numbers
    if end - 1 in log.partial:
        if any(row not in log.partial for row in range(first, end)):
            said.append(Note.of("unfinished-epoch", epoch=int(numbers[-1]) + int(numbers.min() == 0)))
            end -= 1
            numbers = numbers[:-1]
        else:
            said.append(Note("unfinished-run"))
    results = PrintedResults()
    if _is_only_tested(log, first, end):
        end -= 1
        numbers = numbers[:-1]
        for (name, _), curve in log.curves.items():
            if _has_row(curve, end):
                results.add(name.lower(), curve.values[bisect_left(curve.rows, end)])
    n_rows = end - first
    curves = {key: part for key, curve in log.curves.items() if len((part := _part(curve, first, end)).rows)}
    evaluated = {key: part for key, curve in log.evaluations.items() if len((part := _part(curve, first, end)).rows)}
    unknown = [line for row, line in log.unknown if first <= row < run.end]
    again = {key: part for key, curve in log.again.items() if len((part := _part(curve, first, end)).rows)}
    place_again(curves, evaluated, again, n_rows)
    stepped, steps = _stepped(log, first, end, numbers)
    move_lone_scores(curves, stepped)
    if evaluated:
        unknown += place_evaluations(curves, evaluated, n_rows, results)
    take_results(log, curves, n_rows, results, unknown, is_stepped=bool(stepped))
    take_lists(log, run.end, curves, results, unknown)
    trained = {plain_key(name) for name, split in (*curves, *stepped) if split == "train"}
    for key in [key for key in stepped if not key[1]]:
        if plain_key(key[0]) in trained:
            del stepped[key]  # of batches; the epochs have values of their own
    is_cut_off = _leave_open_epoch(curves, stepped, steps, n_rows)
    for key in list(stepped):
        if key in curves and len(curves[key].rows) * 2 >= n_rows:  # most epochs have values of their own
            _average({key: stepped.pop(key)}, steps, curves)
    goes_on = first in log.headless and all(a < b for (_, a), (_, b) in pairwise(steps))
    if n_rows > 1 and not (goes_on and not curves):
        is_mean = any(not curve.is_average for curve in stepped.values())
        _average(stepped, steps, curves)
        stepped = {}
        if is_mean:
            said.append(Note("averaged"))
    if is_cut_off:
        said.append(Note.of("open-epoch", epoch=int(numbers[-1]) + int(numbers.min() == 0)))
    _unify_percents([*curves.items(), *stepped.items()])
    global_steps = _global_steps(steps, numbers, run, log) if stepped else None
    if stepped and global_steps is None:
        if any(not curve.is_average for curve in stepped.values()):
            said.append(Note("averaged"))
        _average(stepped, steps, curves)
        stepped = {}
    for key in [key for key in curves if not key[1] and _repeats(curves, key)]:
        del curves[key]
    printed = facts_between(log, run.first, run.end)
    said += add_rates(curves, printed, numbers)
    if is_ended_by_nan(printed):
        said.append(Note("ended-by-nan"))
    facts = ending_of(printed)
    add_checkpoint_values(curves, facts[1], numbers)
    _join_tests(curves)
    if not stepped:
        name_bare_losses(curves)
    has_validation = any(split == "val" for _, split in (*curves, *stepped))
    keys = history_keys(dict.fromkeys((*curves, *stepped)), not has_validation)
    kind = log.kinds[run.first]
    if kind == INDEX and run.planned is not None and _are_steps(numbers, run.planned):
        kind = STEPS  # "[15683/30000] loss: 1.0"
    table = _logged(where, curves, stepped, keys, numbers, steps, global_steps, kind)
    known = table[1]
    is_plain = all(name == key for name, key in known.items())
    if not is_plain and not options.columns:
        said += notes_on_guesses((name, key) for name, key in known.items() if name != key and key not in (EPOCH, STEP))
    if log.has_episodes:
        said.append(Note("episodes"))
    if unknown:
        said.append(Note.of("not-understood", count=len(unknown), example=words_before_value(unknown[0])))
    if not known:
        raise no_values(where)
    base = RunFacts(
        title=run.name or None,
        notes=tuple(said),
        resumed_at=_resumed_at(log, run),
        tool=log.tool or None,
        test_results=tuple(results.found.items()),
        params=tuple((dict(run.settings) | log.params).items()),
    )
    history = history_from_log(table[0], options=options, known=known, run=base)
    return _with_plan(history, run, numbers, facts[0], is_partial=run.end - 1 in log.partial)


def _join_tests(curves: dict[Key, PrintedCurve]) -> None:
    """Makes ``test loss`` below the heading "Eval epoch: 3" a validation loss, like the other values below it."""
    validated = [key for key in curves if key[1] == "val"]
    tested = [key for key in curves if key[1] == "test"]
    is_stated = any(split_in(curves[key].printed) for key in validated)
    if (
        validated
        and not is_stated
        and {plain_key(key[0]) for key in validated}.isdisjoint(plain_key(key[0]) for key in tested)
    ):
        for key in tested:
            curves[key[0], "val"] = curves.pop(key)


def _is_only_tested(log: PrintedLog, first: int, end: int) -> bool:
    """Whether the last row is a test after training: ``Test of epoch 9: ...`` below epochs with other values only."""
    last = [(split, curve) for (_, split), curve in log.curves.items() if _has_row(curve, end - 1)]
    if end - first < _FEWEST_BEFORE_TEST or not last or any(split != "test" for split, _ in last):
        return False
    has_validation = any(split == "val" and _has_row(curve, end - 2) for (_, split), curve in log.curves.items())
    return has_validation and all(
        bisect_left(curve.rows, first) == bisect_left(curve.rows, end - 1) for _, curve in last
    )


def words_before_value(line: str) -> str:
    """The longest words of a line, without its numbers: enough to find it, and hardly more of the log."""
    return printable(max(_WORDS.findall(line), key=len, default=line.strip()[:FEW]), _LONGEST_EXAMPLE)


def _repeats(curves: dict[Key, PrintedCurve], key: Key) -> bool:
    """Whether a curve without a split has some values of the training curve of its name, as a progress bar shows."""
    like = next((other for other in curves if other[1] == "train" and plain_key(other[0]) == plain_key(key[0])), None)
    if like is None or len(curves[key].rows) >= len(curves[like].rows):
        return False
    known = dict(zip(curves[like].rows, curves[like].values, strict=True))
    own = zip(curves[key].rows, curves[key].values, strict=True)
    return all(row in known and math.isclose(known[row], value, rel_tol=ROUNDED) for row, value in own)


def no_values(where: str) -> SourceError:
    """The error for a log without values."""
    return SourceError(
        f"{where}: it has no epoch with values; lines such as Epoch 3/50 and loss: 0.31 are needed. Paste the complete "
        "log."
    )


def _leave_open_epoch(
    curves: dict[Key, PrintedCurve], stepped: dict[Key, PrintedCurve], steps: list[tuple[int, int]], n_rows: int
) -> bool:
    """Leaves out batches of the last epoch if other epochs have values of their own, which it does not have yet."""
    is_found = False
    for key, curve in list(stepped.items()):
        own = curves.get(key)
        if own is None or own.rows[-1] == n_rows - 1 or steps[curve.rows[-1]][0] != n_rows - 1:
            continue
        if {steps[row][0] for row in curve.rows}.isdisjoint(own.rows):
            continue  # no epoch has both: the values of single lines are the same as these
        if not math.isfinite(curve.values[-1]):
            continue  # the run diverged in this epoch
        is_found = True
        kept = PrintedCurve(curve.printed)
        kept.is_average = curve.is_average
        percents = set(curve.percents)
        for place, row in enumerate(curve.rows):
            if steps[row][0] < n_rows - 1:
                kept.add(row, curve.values[place], place in percents, False)
        if len(kept.rows):
            stepped[key] = kept
        else:
            del stepped[key]
    return is_found


def _part(curve: PrintedCurve, first: int, end: int) -> PrintedCurve:
    """The values of some rows, counted from their first one."""
    low, high = bisect_left(curve.rows, first), bisect_left(curve.rows, end)
    part = PrintedCurve(curve.printed)
    part.values = curve.values[low:high]
    part.rows = _shifted(curve.rows, first, end)
    part.is_average = curve.is_average
    part.percents = _shifted(curve.percents, low, high)
    part.loose = _shifted(curve.loose, first, end)
    return part


def _shifted(places: "array[int]", first: int, end: int) -> "array[int]":
    """The places from the first one to the end, of ascending ones, counted from the first one."""
    part = places[bisect_left(places, first) : bisect_left(places, end)]
    return array("q", [place - first for place in part]) if first else part


def _unify_percents(curves: Sequence[tuple[Key, PrintedCurve]]) -> None:
    """Makes values with and without a percent sign agree: 93% becomes 0.93 if others of the name are at most 1."""
    groups: dict[str, list[PrintedCurve]] = {}
    for (name, _), curve in curves:
        groups.setdefault(plain_key(name), []).append(curve)
    for group in groups.values():
        n_percents = sum(len(curve.percents) for curve in group)
        if not n_percents or n_percents == sum(len(curve.values) for curve in group):
            continue
        plain = [
            number
            for curve in group
            for percents in [set(curve.percents)]
            for place, number in enumerate(curve.values)
            if place not in percents and number == number
        ]
        if plain and max(map(abs, plain)) <= 1:
            for curve in group:
                for place in curve.percents:
                    curve.values[place] /= 100


def _stepped(
    log: PrintedLog, first: int, end: int, numbers: np.ndarray
) -> tuple[dict[Key, PrintedCurve], list[tuple[int, int]]]:
    """The values within epochs, and the row and step of each line within them."""
    low = bisect_left(log.steps, (first, -1))
    high = bisect_left(log.steps, (end, -1))
    if low == high:
        return {}, []
    curves = {key: part for key, curve in log.step_curves.items() if len((part := _part(curve, low, high)).rows)}
    return curves, [(row - first, step) for row, step in log.steps[low:high]]


def _logged(
    where: str,
    curves: dict[Key, PrintedCurve],
    stepped: dict[Key, PrintedCurve],
    keys: dict[Key, str],
    numbers: np.ndarray,
    steps: list[tuple[int, int]],
    global_steps: tuple[np.ndarray, np.ndarray] | None,
    kind: str,
) -> tuple[Logged, dict[str, str]]:
    """The values as a log, and the meaning of its columns."""
    table = Logged(where)
    counts = "step" if kind == STEPS else "epoch"
    known: dict[str, str] = {counts: counts}
    names: dict[Key, str] = {}
    for key in (*curves, *stepped):
        if key not in names:
            names[key] = _column_name(key, curves.get(key) or stepped[key], known)
            known[names[key]] = keys[key]
    if not stepped:
        table.add_column(counts, Column(np.arange(len(numbers)), numbers.astype(np.float64)))
        for key, curve in curves.items():
            table.add_column(names[key], Column(np.array(curve.rows, dtype=np.int64), np.array(curve.values)))
        table.n_rows = len(numbers)
        return table, known
    step_rows = np.array([row for row, _ in steps], dtype=np.int64)
    # The lines within an epoch come before its own values.
    before = np.searchsorted(step_rows, np.arange(len(numbers)), side="right")
    row_places = before + np.arange(len(numbers))
    step_places = np.arange(len(steps)) + step_rows
    n_rows = len(numbers) + len(steps)
    epochs = np.empty(n_rows)
    epochs[row_places], epochs[step_places] = numbers, numbers[step_rows]
    table.add_column(counts, Column(np.arange(n_rows), epochs))
    if global_steps is not None and counts == "epoch":
        counted = np.empty(n_rows)
        counted[step_places], counted[row_places] = global_steps
        known["step"] = "step"
        table.add_column("step", Column(np.arange(n_rows), counted))
    for key in names:
        rows: list[np.ndarray] = []
        values: list[np.ndarray] = []
        if key in stepped:
            rows.append(step_places[np.array(stepped[key].rows, dtype=np.int64)])
            values.append(np.array(stepped[key].values))
        if key in curves and key not in stepped:
            rows.append(row_places[np.array(curves[key].rows, dtype=np.int64)])
            values.append(np.array(curves[key].values))
        table.add_column(names[key], Column(np.concatenate(rows), np.concatenate(values)))
    table.n_rows = n_rows
    return table, known


def _average(stepped: dict[Key, PrintedCurve], steps: list[tuple[int, int]], curves: dict[Key, PrintedCurve]) -> None:
    """Adds the means of the values within epochs to the curves, for epochs without values of their own."""
    for key, curve in stepped.items():
        sums: dict[int, list[float]] = {}
        for place, number in zip(curve.rows, curve.values, strict=True):
            sums.setdefault(steps[place][0], []).append(number)
        made = PrintedCurve(curve.printed)
        known = dict(zip(curves[key].rows, curves[key].values, strict=True)) if key in curves else {}
        means = {
            row: values[-1] if curve.is_average or key[1] in ("val", "test") else sum(values) / len(values)
            for row, values in sums.items()
        } | known
        for row in sorted(means):
            made.add(row, means[row], False, False)
        curves[key] = made


def _global_steps(
    steps: list[tuple[int, int]], numbers: np.ndarray, run: PrintedRun, log: PrintedLog
) -> tuple[np.ndarray, np.ndarray] | None:
    """Steps since the start of training of the lines within epochs, and at the end of each epoch; None if unknown."""
    rows = np.array([row for row, _ in steps], dtype=np.int64)
    inner = np.array([step for _, step in steps], dtype=np.int64)
    sizes = {log.n_steps[row] for row in range(run.first, run.end) if row in log.n_steps}
    rising = np.diff(inner) > 0
    if (rising.all() or ((np.diff(inner) >= 0).all() and 2 * rising.sum() >= len(inner))) and (
        len(np.unique(rows)) > 1 or not sizes
    ):
        counted = inner  # they go on from epoch to epoch
    elif len(sizes) != 1 or (np.diff(inner)[np.diff(rows) == 0] <= 0).any():
        return None
    else:
        counted = inner + (numbers[rows] - (1 if numbers.min() else 0)) * sizes.pop()
    last = np.searchsorted(rows, np.arange(len(numbers)), side="right") - 1
    if (last < 0).any() or (np.diff(counted) < 0).any():
        return None
    return counted, counted[last]


def _column_name(key: Key, curve: PrintedCurve, taken: dict[str, str]) -> str:
    """The name of a column: as printed, with the split of its section if another column has that name."""
    name, split = key
    printed = curve.printed or name
    if printed in taken and split and plain_key(printed) == plain_key(name):
        printed = f"{split} {printed}"
    unique, number = printed, 2
    while unique in taken:
        unique, number = f"{printed} {number}", number + 1
    return unique


def _resumed_at(log: PrintedLog, run: PrintedRun) -> tuple[int, ...]:
    """The first epoch of each resumed training run."""
    rows = resumed_rows(log, run.first, run.end)
    shift = int(run.numbers.min() == 0)
    said = {int(run.numbers[row]) + shift for row in rows if run.numbers[row] > run.numbers.min() or row == 0}
    return tuple(sorted({*run.resumed_at, *(epoch for epoch in said if epoch > 1)}))


def _with_plan(
    history: TrainingHistory, run: PrintedRun, numbers: np.ndarray, ending: PrintedEnding, *, is_partial: bool
) -> TrainingHistory:
    """Adds how many epochs were planned, and how training ended."""
    status, stopping, stopped_at = ending
    if history.axis != "epoch":
        return history
    first_shift = 1 if len(numbers) and int(numbers.min()) == 0 else 0
    last = int(history.epochs[-1])
    planned = run.planned
    if planned is not None and first_shift and int(numbers.max()) >= planned:
        planned += 1
    facts = history.run
    if planned is not None and last <= planned:
        ended = last == planned and not is_partial
        facts = replace(facts, epochs_planned=planned, status="completed" if ended else "unknown")
    if status == "stopped-early" and facts.status != "completed" and (stopped_at is None or stopped_at + 1 >= last):
        facts = replace(facts, status="stopped-early")
    if status == "interrupted":
        facts = replace(facts, status=status)
    if stopping is not None:
        best = stopping.restored_epoch
        if best is None:
            facts = replace(facts, early_stopping=stopping)
        elif 1 <= best <= last:
            facts = replace(facts, early_stopping=replace(stopping, patience=last - best))
    return history.with_run(facts)
