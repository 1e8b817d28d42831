"""Reads sources. In a folder that no format recognises as a whole, finds the log, such as ``history.csv``."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Final

from reportgen.errors import ReportgenError, SourceError
from reportgen.history.citing import cited_names
from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import CHOSEN_LOG, Note, short_names
from reportgen.options import ReadOptions
from reportgen.sources.format import Fit, Format, may_skip
from reportgen.sources.opening.opened import Opened, Sample
from reportgen.sources.opening.other_files import is_overview
from reportgen.sources.registry import OWN, best_fit, runs_of
from reportgen.sources.settings_beside import settings_beside
from reportgen.sources.source_runs import MAX_RUNS, other_runs, run_index, with_notes
from reportgen.sources.table.other_tables import reason_against
from reportgen.text import natural_order, printable

_ENDING: Final = re.compile(
    r"\.(csv|tsv|json|jsonl|ndjson|txt|log|out|parquet|html?|journal)(\.(gz|zst))?", re.IGNORECASE
)
_NAMED: Final = re.compile(  # names of logs that could be any table
    r"(train(ing|er)?[_-]?)?(history|logs?|metrics|results|progress)|train(ing)?", re.IGNORECASE
)
_CURVE: Final = re.compile(r'"([^"]*loss|epoch|step)"\s*:\s*\[')  # a history as JSON; settings have no lists of losses
_ROW: Final = re.compile(r'"([^"]*loss|epoch|step)"\s*:\s*-?\d')
_COLUMN: Final = re.compile(r"epochs?|steps?|iter(ation)?s?|(.*[^a-z])?loss", re.IGNORECASE)
GENERAL: Final = ("json", "json-rows", "table", "parquet")  # formats that many other files have
_CHECKPOINT: Final = re.compile(r"(?P<run>(?:.+/)?)checkpoint-(?P<step>\d{1,15})/(?P<name>[^/]+)", re.ASCII)
_WITH_SETTINGS: Final = ("mlflow", "trackio", "wandb", "notebook")  # which store settings themselves
_LABELLED: Final = ("table", "parquet", "console")  # whose settings may be labels of their rows or headings
_MAX_TRIED: Final = 50  # files of a folder that are looked into for one log; our choice


@dataclass(frozen=True)
class _Candidate:
    """A file in a folder, how well its best format fits, and whether its columns are those of a log."""

    file: str
    known: Format
    fit: Fit
    has_columns: bool


def read_source(opened: Opened, options: ReadOptions) -> tuple[TrainingHistory, Format]:
    """Reads one run of a file or a folder, which may be a folder that only contains a log.

    Of several logs directly in the folder, and of several runs in a log, one is read, and a note names the others.
    ``options.run`` chooses one.

    Raises:
        SourceError: as for `runs_of`, or the folder contains logs in several places.
    """
    files = _files(opened, options)
    if not files:
        if others := _files(opened, options, of_any_name=True):
            raise SourceError(
                f"{opened.where}: the folder has no file with the name of a log, such as history.csv, but "
                f"{cited_names(others, whole=True)}; one is needed. Pass one, or use reportgen compare or sweep "
                "(in Python: reportgen.load_all)."
            )
        return read_opened(opened, options)
    file = files[0]
    notes: tuple[Note, ...] = ()
    if len(files) > 1:
        file, notes = _choose(files, options, opened.where)
        options = replace(options, run=None)
    with opened.file(file) as log:
        history, known = read_opened(log, options)
    return with_notes(history, notes), known


def read_each(opened: Opened, options: ReadOptions) -> Iterator[tuple[TrainingHistory, Format, str]]:
    """Reads all runs of a file or a folder; yields each with its format and its name.

    In a folder, tables and JSON of any name count if no file has the name of a log, and their columns are those of one.

    Raises:
        SourceError: as for `runs_of`.
    """
    files = _files(opened, options, MAX_RUNS, of_any_name=True)
    if not files:
        runs, known = runs_of(opened, options)
        for index, name in enumerate(runs.names):
            yield _with_settings_beside(runs.read(index), known, opened), known, name
    for file in files:
        with opened.file(file) as log:
            runs, known = runs_of(log, options)
            for index, name in enumerate(runs.names):
                history = _with_settings(runs.read(index), known, opened, file)
                yield history, known, file if len(runs.names) == 1 else f"{file}: {name}"


def _with_settings(history: TrainingHistory, known: Format, opened: Opened, file: str) -> TrainingHistory:
    """A run that was read from a file of a folder, with the settings stored beside it."""
    folder, mark, log = file.rpartition("/")
    return _with_settings_in(opened, f"{folder}{mark}", log, history, known)


def _with_settings_beside(history: TrainingHistory, known: Format, opened: Opened) -> TrainingHistory:
    """A run that was read from a file, or is a folder, with the settings stored beside that."""
    if opened.sample.files is not None:
        return _with_settings_in(opened, "", "", history, known) if known.runs is None else history
    if _has_settings(history, known) or opened.folder is None:
        return history
    return _with_settings_in(opened.folder(), "", opened.sample.name, history, known)


def _with_settings_in(
    folder: Opened, within: str, log: str, history: TrainingHistory, known: Format
) -> TrainingHistory:
    if _has_settings(history, known) or known.name in (*OWN, *_WITH_SETTINGS):
        return history
    params = known.settings(folder, within) if known.settings is not None else ()
    params = params or settings_beside(folder, within, log, is_named=is_named(PurePosixPath(log)))
    own = dict(params) | dict(history.run.params)
    return history.with_run(replace(history.run, params=tuple(own.items()))) if params else history


def _has_settings(history: TrainingHistory, known: Format) -> bool:
    """Whether the log itself stores settings, rather than labels that tell its runs apart."""
    return bool(history.run.params) and known.name not in _LABELLED


def read_opened(opened: Opened, options: ReadOptions) -> tuple[TrainingHistory, Format]:
    """Reads one run of a source that is itself a log.

    Raises:
        SourceError: as for `runs_of`, or the source has no such run.
    """
    runs, known = runs_of(opened, options)
    wanted = None if len(runs.names) == 1 and may_skip(options, "run") else options.run
    index = run_index(runs.names, wanted, opened.where, runs.titles)
    history = _with_settings_beside(runs.read(index), known, opened)
    return with_notes(history, other_runs(runs.names, index)), known


def _files(opened: Opened, options: ReadOptions, most: int = _MAX_TRIED, *, of_any_name: bool = False) -> list[str]:
    """The logs in a folder that only contains logs, among its first ``most`` files; empty for everything else."""
    is_free = options.format is None or may_skip(options, "format")
    if opened.sample.files is None or not is_free or best_fit(opened.sample)[0] is not None:
        return []
    return _logs(opened, most, of_any_name=of_any_name)


def _choose(files: Sequence[str], options: ReadOptions, where: str) -> tuple[str, tuple[Note, ...]]:
    """One of several logs, and a note about the others."""
    if options.run is not None:
        index = run_index(files, options.run, where)
        return files[index], other_runs(files, index)
    if "/" in files[0]:
        raise SourceError(
            f"{where}: it contains logs in {len(files)} places: {cited_names(files, whole=True)}; one is needed. Pass "
            "one of them, or use reportgen compare or sweep (in Python: reportgen.load_all)."
        )
    chosen, *others = files
    note = Note.of(CHOSEN_LOG, count=len(files), log=printable(chosen, 40), others=short_names(others))
    return chosen, (note,)


def _logs(opened: Opened, most: int, *, of_any_name: bool) -> list[str]:
    """The logs in a folder, the most likely one first; those in its subfolders only if there are no others.

    Journals and reports that reportgen wrote are logs only if there are no others.
    """
    paths = [PurePosixPath(file) for file in opened.sample.files or ()]
    paths = list(filter(has_log_ending, paths))
    paths = [path for path in paths if not any(part.startswith(".") for part in path.parts)]
    paths.sort(key=lambda path: (len(path.parts) > 1, not is_named(path), natural_order(str(path))))
    found = [each for path in paths[:most] if (each := _recognised(opened, str(path))) is not None]
    found = _without_checkpoints(found)
    own = [each for each in found if "/" not in each.file]
    files = _of_one_kind(own) or _of_one_kind(found)
    if files or not of_any_name:
        return files
    return [each.file for each in own if each.has_columns] or [each.file for each in found if each.has_columns]


def _without_checkpoints(found: Sequence[_Candidate]) -> list[_Candidate]:
    """Without the logs in checkpoints of a run that has a later one: they have only its first part."""
    runs: list[tuple[tuple[str, str], float]] = []
    for each in found:
        match = _CHECKPOINT.fullmatch(each.file)
        folder, _, name = each.file.rpartition("/")
        if match:
            runs.append(((match["run"], name), float(match["step"])))
        else:  # the log of a whole run
            runs.append(((f"{folder}/" if folder else "", name), math.inf))
    latest: dict[tuple[str, str], float] = {}
    for run, step in runs:
        latest[run] = max(latest.get(run, 0.0), step)
    return [each for each, (run, step) in zip(found, runs, strict=True) if step == latest[run]]


def _of_one_kind(found: Sequence[_Candidate]) -> list[str]:
    """The files of the most trusted kind: logs of a tool, tables with the name of a log, journals, reports."""
    others = [each for each in found if each.known.name not in OWN]
    kinds = (
        [each for each in others if each.fit >= Fit.LIKELY and each.known.name not in GENERAL],
        [each for each in others if is_named(PurePosixPath(each.file))],
        _own_files([each for each in found if each.known.name in OWN]),
    )
    files = [each.file for each in next(filter(None, kinds), [])]
    return sorted(files, key=lambda file: not PurePosixPath(file).name.startswith("history"))


def _own_files(found: Sequence[_Candidate]) -> list[_Candidate]:
    """One file per run of what reportgen wrote: the report, or the journal of a run in progress, which knows more."""
    stems = {each.file.rpartition(".")[0] for each in found if each.known.name == OWN[0]}
    return [each for each in found if each.known.name == OWN[0] or each.file.rpartition(".")[0] not in stems]


def has_log_ending(path: PurePosixPath) -> bool:
    """Whether the name ends like that of a log, such as ``.csv`` or ``.csv.gz``."""
    return any(map(_ENDING.fullmatch, ("".join(path.suffixes[-2:]), path.suffix)))


def is_named(path: PurePosixPath) -> bool:
    """Whether the file has the name of a log, such as ``history``, whatever its ending."""
    return _NAMED.fullmatch(path.name.partition(".")[0]) is not None


def _recognised(opened: Opened, file: str) -> _Candidate | None:
    """A file of a folder with its best format; None without one, or if it cannot be opened."""
    try:
        with opened.file(file) as log:
            known, fit = best_fit(log.sample)
            if known is None or is_overview(log.sample.text):  # of reports that are beside it
                return None
            has_columns = has_names_of_log(known, log.sample) and (
                known.name != "table" or reason_against(*log.sample.columns) is None
            )
    except ReportgenError:
        return None
    return _Candidate(file, known, fit, has_columns)


def has_names_of_log(known: Format, sample: Sample) -> bool:
    """Whether a file of a general format has a name such as ``loss`` or ``epoch`` in it, as logs do."""
    if known.name == "table":
        return any(map(_COLUMN.fullmatch, sample.header))
    pattern = {"json": _CURVE, "json-rows": _ROW}.get(known.name)
    return pattern is not None and pattern.search(sample.text) is not None
