"""Reads lines that programs print during training.

`cleaning` removes escape codes and prefixes; `tokens` splits a line into numbers and texts; `dialects` defines what a
line can say, and how knowledge about a tool is added; `forms` reads the lines of any program, `keras_lines` those of
callbacks, `tables` printed tables; `epochs` assembles rows; `log_runs` makes histories of them.

Where each line or row of a table states its own epoch or step, it is an *entry*: `booster_lines`, `dict_lines`,
`table_rows`, `yolo_lines` and `tool_lines` read entries, `repeated_entries` reads lines of one form at once, and
`entry_runs` makes histories of them. `cross_check` compares what was read with the lines.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Final

from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import Note
from reportgen.options import ReadOptions
from reportgen.sources.opening.long_text import LongText
from reportgen.sources.printed.copied_strings import with_line_feeds
from reportgen.sources.printed.cross_check import cross_checked, run_check
from reportgen.sources.printed.decimal_points import with_decimal_points
from reportgen.sources.printed.doubts import values_beside_entries, with_doubts
from reportgen.sources.printed.entries import EntryLog
from reportgen.sources.printed.entry_runs import entry_runs, with_results
from reportgen.sources.printed.epochs import PrintedLog
from reportgen.sources.printed.joined_records import with_parted_records
from reportgen.sources.printed.line_reader import read_bar_states, read_needed
from reportgen.sources.printed.log_runs import no_values, printed_history, runs_in_log, words_before_value
from reportgen.sources.printed.recognition import looks_printed
from reportgen.sources.printed.run_evidence import entries_of_training, is_training, no_evidence
from reportgen.sources.printed.run_names import numbered_names
from reportgen.sources.printed.shared_prefixes import without_shared_prefix
from reportgen.sources.printed.side_by_side import side_by_side
from reportgen.sources.printed.wrapped_frames import with_whole_frames
from reportgen.sources.source_runs import Runs, changed, check_run_count
from reportgen.sources.training_signs import kind_of_output

__all__: Final = ["looks_printed", "printed_runs"]


def printed_runs(text: LongText, where: str, options: ReadOptions) -> TrainingHistory | Runs:
    """Reads the runs in printed text.

    Raises:
        SourceError: it contains no epoch with values.
    """

    def pieces() -> Iterator[str]:
        whole = with_whole_frames(without_shared_prefix(with_line_feeds(text.pieces(damaged=True))))
        return with_decimal_points(with_parted_records(whole))

    networks = side_by_side(pieces(), where)
    if networks is None:
        found = _runs_in(pieces, next(text.pieces(damaged=True), ""), where, options)
        head = next(pieces(), "")
        return changed(found, run_check(head)) if isinstance(found, Runs) else cross_checked(found, head)
    runs: list[tuple[str, Callable[[], TrainingHistory]]] = []
    for name, lines in networks.texts.items():
        found = _runs_in(partial(iter, ["".join(lines)]), lines[0], where, options)
        if isinstance(found, Runs):
            runs += [(f"{name}, {each}", partial(found.read, index)) for index, each in enumerate(found.names)]
        else:
            runs.append((name, partial(_itself, found)))
    check_run_count(len(runs), where)
    notes: tuple[Note, ...] = ()
    if networks.unnamed:
        example = words_before_value(networks.unnamed[0])
        notes = (Note.of("not-understood", count=len(networks.unnamed), example=example),)

    def read(index: int) -> TrainingHistory:
        history = runs[index][1]()
        return history.with_run(replace(history.run, notes=(*history.run.notes, *notes)))

    return Runs(tuple(name for name, _ in runs), read)


def _itself(history: TrainingHistory) -> TrainingHistory:
    return history


def _on_left_values(log: PrintedLog, entries: EntryLog) -> tuple[Note, ...]:
    """The note on values of lines that are not entries."""
    names = {name for entry in entries.entries for name in (*entry.values, *(entry.known or {}).values())}
    names |= {name for _, entry in entries.results for name in entry.values}
    left = values_beside_entries(log, names)
    return (Note.of("not-understood", count=len(left), example=words_before_value(left[0])),) if left else ()


def _with_notes(found: TrainingHistory | Runs, notes: tuple[Note, ...]) -> TrainingHistory | Runs:
    """A history, or the last one of several runs, with notes; all of them with notes on doubtful values."""
    if not isinstance(found, Runs):
        history = with_doubts(found)
        return history.with_run(replace(history.run, notes=(*history.run.notes, *notes))) if notes else history
    last = len(found.names) - 1

    def read(index: int) -> TrainingHistory:
        history = with_doubts(found.read(index))
        own = (*history.run.notes, *(notes if index == last else ()))
        return history.with_run(replace(history.run, notes=own))

    return Runs(found.names, read, found.titles)


def _runs_in(
    pieces: Callable[[], Iterator[str]], head: str, where: str, options: ReadOptions
) -> TrainingHistory | Runs:
    log, entries = read_needed(pieces, where)
    if log.has_one_bar and not entries.entries:
        bars = read_bar_states(pieces(), where)
        log = bars if bars.n_rows > 1 else log
    is_chosen = options.format is not None or bool(options.columns)
    if log.n_rows <= len(entries.entries) and (is_chosen or entries_of_training(entries)):
        found = entry_runs(entries, where, options)
        if found is not None:
            notes = _on_left_values(log, entries) if log.n_rows else ()
            return _with_notes(found, notes)
    runs = runs_in_log(log, where) if log.n_rows else []
    if not is_chosen:
        is_doubtful = kind_of_output(head) is not None
        runs = [run for run in runs if is_training(log, run, is_doubtful=is_doubtful)]
    if not runs:
        raise no_values(where) if is_chosen else no_evidence(log, entries, head, where)
    if len(runs) == 1:
        return with_doubts(with_results(printed_history(log, runs[0], where, options), entries))
    names = numbered_names([run.name for run in runs])

    def read(index: int) -> TrainingHistory:
        history = with_doubts(printed_history(log, runs[index], where, options))
        return with_results(history, entries) if index + 1 == len(runs) else history

    return Runs(names, read)
