"""Makes runs of entries: of printed logs in which each line or row states its own epoch or step."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Final

import numpy as np

from reportgen.history.facts import EarlyStopping, RunFacts
from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import Note, short_names
from reportgen.metrics import direction
from reportgen.options import ReadOptions
from reportgen.sources.objects.boosters import meanings_of_sets, with_booster_directions
from reportgen.sources.printed.entries import Ending, Entry, EntryLog
from reportgen.sources.printed.log_runs import words_before_value
from reportgen.sources.printed.run_names import names_of_runs, numbered_names
from reportgen.sources.restarts import find_restarts
from reportgen.sources.source_runs import Runs, check_run_count
from reportgen.sources.table.cells import Logged
from reportgen.sources.table.columns import history_from_log

_BOOSTERS: Final = frozenset({"xgboost", "lightgbm"})
_SCORES: Final = frozenset({"spacy", "catboost"})  # all of their validation values but losses are better if higher
_MANY_ROWS: Final = 5  # training rows per evaluation; our choices
_FEW_EVALUATIONS: Final = 3
_FEW_EPOCHS: Final = 5
_FEW_ROWS: Final = 20  # that are not worth adding at once
_FITNESS: Final = "mAP50-95"  # what Ultralytics chooses the best model by
_PARTS: Final = ("box_loss", "cls_loss", "dfl_loss", "obj_loss", "seg_loss", "pose_loss", "kobj_loss")


def entry_runs(log: EntryLog, where: str, options: ReadOptions) -> Runs | TrainingHistory | None:
    """The runs in a log; None if there is no entry.

    Raises:
        SourceError: as `history_from_log`.
    """
    entries = log.entries
    if not entries:
        return None
    firsts = [0, *_starts(entries, {place for place, _ in log.headings})]
    parts = list(pairwise([*firsts, len(entries)]))

    above = log.above.each([first for first, _ in parts], [first for first, _ in parts])
    headings = [_name(log, first) for first, _ in parts]
    said = names_of_runs(above, log.above.rest(), headings if any(headings) else ())

    def read(index: int) -> TrainingHistory:
        first, end = parts[index]
        endings = [ending for place, ending in log.endings if first < place <= end]
        results = [entry for place, entry in log.results if first < place <= end]
        history = _history(entries[first:end], endings, results, where, options)
        if said[index].settings:
            own = dict(said[index].settings) | dict(history.run.params)
            history = history.with_run(replace(history.run, params=tuple(own.items())))
        unknown = [line for place, line in log.unknown if first < place <= end or place == first == 0]
        if not unknown:
            return history
        note = Note.of("not-understood", count=len(unknown), example=words_before_value(unknown[0]))
        return history.with_run(replace(history.run, notes=(*history.run.notes, note)))

    if len(parts) == 1:
        return read(0)
    check_run_count(len(parts), where)
    return Runs(numbered_names([each.name for each in said]), read)


def _name(log: EntryLog, first: int) -> str:
    """The name of the run that begins at an entry: that of the last heading above it."""
    above = bisect_right(log.headings, first, key=lambda heading: heading[0])
    return log.headings[above - 1][1] if above else ""


def with_results(history: TrainingHistory, log: EntryLog) -> TrainingHistory:
    """A history that was read otherwise, with the results that tables and dicts after the training state."""
    results = [entry for _, entry in log.results]
    run = history.run
    if not results:
        return history
    values = dict(run.test_results) | dict(_results(results))
    tool = run.tool or next((entry.tool for entry in results if entry.tool is not None), None)
    return history.with_run(replace(run, test_results=tuple(values.items()), tool=tool))


def _starts(entries: list[Entry], announced: set[int]) -> list[int]:
    """The entries at which another run begins; ``announced`` are those with a heading above them."""
    places: list[int] = []
    numbers: list[float] = []
    losses: list[float] = []
    headings: list[int] = []
    for place, entry in enumerate(entries):
        number = _number(entry)
        if number is None:
            continue
        again = bool(numbers) and number == numbers[-1]
        if (
            numbers
            and number <= numbers[-1]
            and (place in announced or (entry.is_new and not (again and entry.replaces)))
        ):
            headings.append(len(numbers))
        elif again:
            continue
        places.append(place)
        numbers.append(number)
        losses.append(_main_value(entry))
    found = find_restarts(numbers, losses, headings)
    return [places[row] for row in found.runs]


def _number(entry: Entry) -> float | None:
    return entry.step if entry.step is not None else entry.epoch


def _main_value(entry: Entry) -> float:
    for name, number in entry.values.items():
        key = (entry.known or {}).get(name, name)
        if "loss" in key.lower() and not key.startswith("val_"):
            return number
    return float("nan")


def _numbered(entries: list[Entry]) -> list[Entry]:
    """Gives entries without a number that of the entry above; the first ones belong to the epoch before the first."""
    known = [entry for entry in entries if _number(entry) is not None]
    if not known or len(known) == len(entries):
        return entries
    first = known[0]
    last = first._replace(
        epoch=None if first.epoch is None else max(0.0, first.epoch - 1),
        step=None if first.epoch is not None else first.step,
    )
    found = []
    for entry in entries:
        if _number(entry) is None:
            entry = entry._replace(epoch=last.epoch, step=last.step)
        last = entry
        found.append(entry)
    return found


def _merged(entries: list[Entry]) -> Iterator[Entry]:
    """Joins neighbours with the same number: later values replace those of a progress bar, others complete them."""
    open_entry: Entry | None = None
    for entry in entries:
        if (
            open_entry is not None
            and (entry.epoch, entry.step) == (open_entry.epoch, open_entry.step)
            and (entry.epoch, entry.step) != (None, None)
            and (entry.replaces or entry.values.keys().isdisjoint(open_entry.values))
        ):
            known = None if open_entry.known is None or entry.known is None else open_entry.known | entry.known
            open_entry = open_entry._replace(values=open_entry.values | entry.values, known=known)
            continue
        if open_entry is not None:
            yield open_entry
        open_entry = entry
    if open_entry is not None:
        yield open_entry


def _history(
    entries: list[Entry], endings: list[Ending], results: list[Entry], where: str, options: ReadOptions
) -> TrainingHistory:
    rows = list(_merged(_numbered(entries)))
    tools = {row.tool for row in (*rows, *results) if row.tool is not None}
    tool = next((row.tool for row in (*rows, *results) if row.tool is not None), None) if len(tools) == 1 else None
    notes: list[Note] = []
    if tool in _BOOSTERS:
        known, said = _set_meanings(rows)
        notes += [Note("boosting-rounds"), *said]
    elif tool == "catboost":
        rows, known = _catboost(rows)
        notes.append(Note("boosting-rounds"))
    elif any(row.known is None for row in rows):
        known = None
    else:
        known = _distinct(row.known or {} for row in rows)
    if tool == "sklearn":
        notes.append(Note("iterations"))
    counted = None
    if tool == "lerobot" or _counts_rows(rows):
        rows, counted = _one_per_row(rows)
        notes.append(Note.of("rows-as-steps", first=float(rows[0].epoch or 0), last=float(rows[-1].epoch or 0)))
        rows = [row._replace(epoch=None) for row in rows]
    if tool == "gbm" and all(np.isnan(row.values.get("ValidDeviance", np.nan)) for row in rows):
        known = {**(known or {}), "ValidDeviance": ""}
    log = Logged(where)
    _add_rows(log, rows, sums=tool == "ultralytics")
    if tool == "ultralytics" and known is not None:
        totals = [name for name in ("loss", "val_loss") if name in log.names]
        known |= {name: name for name in totals}
        if any(name not in _by_meaning(row) for name in totals for row in rows):
            notes.append(Note.of("summed-losses", names=short_names(_printed_parts(rows))))
    if known is not None:
        known |= {"epoch": "epoch", "step": "step"}
    planned = next((row.planned for row in reversed(rows) if row.planned), None)
    run = RunFacts(tool=tool, notes=tuple(notes), test_results=_results(results), params=_params(results))
    history = history_from_log(log, options=options, known=known, steps=counted, run=run)
    if tool in _BOOSTERS:
        history = with_booster_directions(history)
    elif tool in _SCORES:
        open_names = [
            name for name in history.metric_names if direction(name) == "unknown" and history.has(name, "validation")
        ]
        history = history.with_directions(dict.fromkeys(open_names, "higher"))
    history = history.with_run(_with_ending(history, endings, planned, is_zero_based=_is_zero_based(rows)))
    if tool == "ultralytics" and history.has(_FITNESS, "validation") and not history.has("loss", "validation"):
        return history.with_run(replace(history.run, monitor=f"val_{_FITNESS}"))
    return history


def _counts_rows(rows: list[Entry]) -> bool:
    """Whether rows are counted: they state fractions of epochs, and there are too few evaluations to count those."""
    if any(row.step is not None or row.epoch is None for row in rows) or all(
        row.epoch == int(row.epoch or 0) for row in rows
    ):
        return False
    trained = [row for row in rows if not _is_evaluation(row)]
    evaluated = [row.epoch or 0.0 for row in rows if _is_evaluation(row)]
    last = max(row.epoch or 0.0 for row in rows)
    n_epochs = max(1, round(last + 0.45))
    if len(trained) < _MANY_ROWS:
        return False
    if not evaluated:
        return n_epochs < _FEW_EPOCHS
    return len(evaluated) < _FEW_EVALUATIONS and len(trained) >= _MANY_ROWS * len(evaluated)


def _is_evaluation(row: Entry) -> bool:
    return row.known is not None and all(row.known.get(name, name).startswith("val_") for name in row.values)


def _one_per_row(rows: list[Entry]) -> tuple[list[Entry], np.ndarray]:
    """Joins evaluations with the training row above them, and numbers the rows from 1."""
    joined: list[Entry] = []
    for row in rows:
        if joined and _is_evaluation(row) and row.values.keys().isdisjoint(joined[-1].values):
            above = joined[-1]
            joined[-1] = above._replace(values=above.values | row.values, known=(above.known or {}) | (row.known or {}))
        else:
            joined.append(row)
    return joined, np.arange(1, len(joined) + 1)


def _add_rows(log: Logged, rows: list[Entry], *, sums: bool) -> None:
    """Adds rows to a log, those with the same names at once."""
    block: list[dict[str, float]] = []
    for row in rows:
        counts = {name: count for name, count in (("epoch", row.epoch), ("step", row.step)) if count is not None}
        cells = {**counts, **row.values, **(_summed(row) if sums else {})}
        if block and cells.keys() != block[0].keys():
            _add_block(log, block)
            block = []
        block.append(cells)
    _add_block(log, block)


def _add_block(log: Logged, block: list[dict[str, float]]) -> None:
    if len(block) < _FEW_ROWS:
        for cells in block:
            log.add_row(cells)
    else:
        log.add_rows({name: [cells[name] for cells in block] for name in block[0]})


def _printed_parts(rows: list[Entry]) -> list[str]:
    return [name for name in _PARTS if any(name in _by_meaning(row) for row in rows)]


def _summed(row: Entry) -> dict[str, float]:
    """The total losses of a row of YOLO, which prints only their parts."""
    found = {}
    values = _by_meaning(row)
    for split in ("", "val_"):
        parts = [values[split + name] for name in _PARTS if split + name in values]
        if len(parts) > 1 and split + "loss" not in values:
            found[split + "loss"] = sum(parts)
    return found


def _by_meaning(row: Entry) -> dict[str, float]:
    return {(row.known or {}).get(name, name): number for name, number in row.values.items()}


def _is_zero_based(rows: list[Entry]) -> bool:
    return min((row.epoch for row in rows if row.epoch is not None), default=1) == 0


def _distinct(parts: Iterable[dict[str, str]]) -> dict[str, str]:
    """The meaning of each name; a name keeps itself if another one has its meaning already."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    last: dict[str, str] = {}
    for part in parts:
        if part is last:
            continue
        last = part
        for name, key in part.items():
            if name not in found:
                found[name] = key if key not in taken else name
                taken.add(found[name])
    return found


def _set_meanings(rows: list[Entry]) -> tuple[dict[str, str], tuple[Note, ...]]:
    """The meanings of ``validation_0-logloss`` and ``training-l2``."""
    sets: dict[str, dict[str, list[float]]] = {}
    columns: dict[tuple[str, str], str] = {}
    for row in rows:
        for name, number in row.values.items():
            data, _, metric = name.partition("-")
            sets.setdefault(data, {}).setdefault(metric, []).append(number)
            columns[data, metric] = name
    known, said = meanings_of_sets(sets)
    return {column: known[f"{data}/{metric}"] for (data, metric), column in columns.items()}, said


def _catboost(rows: list[Entry]) -> tuple[list[Entry], dict[str, str]]:
    """CatBoost does not print the name of its metric: if the best value is the highest one, it is a score."""
    signs = [row.values["best"] - row.values["test"] for row in rows if "best" in row.values and "test" in row.values]
    rises = any(sign > 0 for sign in signs)
    if not any(signs):  # each value was the best one so far
        main = [row.values.get("test", row.values.get("learn", np.nan)) for row in rows]
        rises = len(main) > 1 and main[-1] > main[0]
    name = "score" if rises else "loss"
    known = {"learn": name, "test": f"val_{name}"}
    for row in rows:
        for other in row.values:
            known.setdefault(other, f"{other}/{name}")
    kept = [row._replace(values={key: number for key, number in row.values.items() if key != "best"}) for row in rows]
    return kept, {key: meaning for key, meaning in known.items() if key != "best"}


def _results(results: list[Entry]) -> tuple[tuple[str, float], ...]:
    found: dict[str, float] = {}
    for entry in results:
        found |= entry.values
    return tuple(found.items())


def _params(results: list[Entry]) -> tuple[tuple[str, str], ...]:
    return tuple(dict(pair for entry in results for pair in entry.params).items())


def _with_ending(
    history: TrainingHistory, endings: list[Ending], planned: int | None, *, is_zero_based: bool
) -> RunFacts:
    """Adds the planned epochs and early stopping."""
    run = history.run
    if history.axis != "epoch":
        return run
    last = int(history.epochs[-1])
    if planned is not None:
        planned += is_zero_based and (last > planned or run.tool == "ultralytics")
        if last <= planned:
            run = replace(run, epochs_planned=planned, status="completed" if last == planned else "unknown")
    best = next((ending.best for ending in reversed(endings) if ending.best is not None), None)
    patience = next((ending.patience for ending in reversed(endings) if ending.patience is not None), None)
    if any(ending.stopped for ending in endings):
        run = replace(run, status="stopped-early")
    if best is not None and 1 <= best <= last:
        run = replace(run, early_stopping=EarlyStopping("", patience or max(0, last - best), best, restores=True))
    return run
