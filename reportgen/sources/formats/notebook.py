"""Reads the training runs that cells of a Jupyter notebook printed, each as a run named by its cell.

A training run that goes on in a later cell is one run; what `evaluate` prints in a later cell belongs to the training
before it. Also reads the logs of Kaggle, which are JSON with the printed pieces.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any, Final

import numpy as np

from reportgen.errors import HistoryError, SourceError
from reportgen.history.frame import TrainingHistory
from reportgen.options import ReadOptions
from reportgen.sources.cell_outputs import CellOutput, cells_of, cells_of_page
from reportgen.sources.dumped_histories import dumps_in, without_dumps
from reportgen.sources.format import Fit, Format
from reportgen.sources.formats.history_json import read_document
from reportgen.sources.json_curves import names_metric
from reportgen.sources.json_text import parse_json
from reportgen.sources.opening.long_text import LongText
from reportgen.sources.opening.opened import Opened, Sample
from reportgen.sources.printed import looks_printed, printed_runs
from reportgen.sources.printed.cleaning import lines_of
from reportgen.sources.printed.names import split_in
from reportgen.sources.printed.run_names import names_of_runs
from reportgen.sources.source_runs import Runs, check_run_count
from reportgen.sources.table.cells import Logged
from reportgen.sources.table.columns import history_from_log
from reportgen.sources.table.naming import EPOCH_NAMES, STEP_NAMES

_CELL: Final = re.compile(r'"cell_type"\s*:\s*"(?:code|markdown|raw|heading)"')
_NOTEBOOK: Final = re.compile(r'"(?:nbformat|nbformat_minor|kernelspec|worksheets)"\s*:')
_PAGE: Final = re.compile(r"\bjp-[A-Z]|--jp-|\bdiv#notebook\b|\boutput_(?:area|subarea)\b")  # exported as HTML
_KAGGLE: Final = re.compile(r'\[\s*\{\s*"stream_name"\s*:')
_TRAINS: Final = re.compile(r"\.(?:fit|fit_generator|train|fit_one_cycle|fine_tune)\s*\(")
_COUNTER: Final = re.compile(r"\b(?:epoch|step|iter|iteration|round)s?\W{0,4}\d|\[\s{0,4}\d+\s{0,4}/", re.IGNORECASE)
_ABSENT: Final = frozenset(["", "no log", "nan", "none", "-"])
_AXES: Final = frozenset((*EPOCH_NAMES, *STEP_NAMES))
_LONGEST_JOINED: Final = 1_000_000  # characters of cells that are read together; our choice
_LONGEST_RESULT: Final = 1_000  # characters of a cell; our choice
_MOST_READ: Final = 50  # runs of a cell; of more, only those that are needed are read; our choice
_SAME: Final = 1e-3  # by which a printed loss may differ from the same loss in history.history


_Reader = Callable[[], TrainingHistory]


@dataclass(frozen=True)
class _FoundInCell:
    """A training run in a notebook.

    Attributes:
        read: Reads its values.
        cell: Place of its first cell.
        count: The execution count of that cell.
        text: What was printed of it so far, if it can go on in the next cell; otherwise empty.
        heading: The heading above that cell; empty without one.
    """

    read: _Reader
    cell: int
    count: int | None
    text: str = ""
    heading: str = ""


def _recognise(sample: Sample) -> Fit:
    text = sample.text
    if text.startswith("<"):
        return Fit.CERTAIN if _PAGE.search(text) else Fit.NO
    if text.startswith("[") and _KAGGLE.match(text):
        return Fit.CERTAIN
    if not text.startswith("{"):
        return Fit.NO
    if _CELL.search(text) or (sample.name.endswith(".ipynb") and _NOTEBOOK.search(text)):
        return Fit.CERTAIN
    return Fit.LIKELY if sample.name.endswith(".ipynb") else Fit.NO


def _read(opened: Opened, options: ReadOptions) -> TrainingHistory | Runs:
    where = opened.where
    content = opened.text()
    cells: Iterable[CellOutput]
    if content.startswith("<"):
        cells = cells_of_page(content)
    else:
        document = parse_json(content, where)
        cells = cells_of(document)
    if not content.startswith("<") and isinstance(document, list):
        text = "".join(str(part["data"]) for part in document if isinstance(part, dict) and "data" in part)
        return printed_runs(_long_text(text, where), where, options)
    found: list[_FoundInCell] = []
    n_cells = n_printing = 0
    for cell in cells:
        n_cells += 1
        n_printing += bool(cell.text.strip() or cell.tables)
        _search(cell, found, where, options)
    if not found:
        raise _no_log(where, n_cells, n_printing)
    if len(found) == 1:
        return found[0].read()
    check_run_count(len(found), where)
    names = [f"cell {one.cell}" for one in found]
    total, so_far, numbered = Counter(names), Counter[str](), []
    for name in names:
        so_far[name] += 1
        numbered.append(name if total[name] == 1 else f"{name}, fit {so_far[name]}")
    titles = tuple("" if one.count is None else f"In [{one.count}]" for one in found)
    above = {one.cell: one.heading for one in found}
    has_headings = all(above.values()) and len(set(above.values())) == len(above) > 1

    def read(index: int) -> TrainingHistory:
        history = found[index].read()
        if not has_headings or (total[names[index]] > 1 and not history.run.title):
            return history
        title = ", ".join(filter(None, (found[index].heading, history.run.title)))
        return history.with_run(replace(history.run, title=title))

    return Runs(tuple(numbered), read, titles)


def _no_log(where: str, n_cells: int, n_printing: int) -> SourceError:
    if not n_cells:
        return SourceError(f"{where}: this notebook has no code cells. Pass the notebook that trains, or a log.")
    if not n_printing:
        return SourceError(
            f"{where}: this is a notebook without outputs, so it has no training log. Run it and save it with its "
            "outputs, or pass a log."
        )
    cells = "one cell" if n_printing == 1 else f"{n_printing} cells"
    return SourceError(
        f"{where}: this notebook has output in {cells}, but no training log. Save history.history as JSON in it, or "
        "pass the log of the training."
    )


def _search(cell: CellOutput, found: list[_FoundInCell], where: str, options: ReadOptions) -> None:
    """Adds the runs in a cell, or lets the last training go on."""
    dumps = dumps_in(cell.text)
    cell = replace(cell, text=without_dumps(cell.text, dumps))
    may_be_result = bool(found and found[-1].text) and _prints_result(cell)
    if cell.text.strip() and (may_be_result or looks_printed(cell.text) > Fit.NO):
        own = _runs_in(cell.text, where, options)
        joined = _joined_with(found[-1], cell, own, where, options) if found and found[-1].text else None
        if joined is not None:
            found[-1] = joined
        elif not _is_result(cell, own):
            text = cell.text if len(own) == 1 else ""
            found += [_FoundInCell(read, cell.number, cell.count, text, cell.heading) for read in own]
    for shown in _of_tables(cell, where, options):
        found.append(_FoundInCell(partial(_itself, shown), cell.number, cell.count, heading=cell.heading))
    for dump in dumps:
        dumped = _dumped(dump.document, where, options)
        if len(dumped) > _MOST_READ and any(_is_same(dumped[-1](), one.read()) for one in found[-_MOST_READ:]):
            continue
        for read in dumped:
            if len(dumped) > _MOST_READ or not any(_is_same(read(), one.read()) for one in found[-_MOST_READ:]):
                found.append(_FoundInCell(read, cell.number, cell.count, heading=cell.heading))


def _prints_result(cell: CellOutput) -> bool:
    """Whether a cell printed a few lines about a test, which may lack a counter and so be no training."""
    text = cell.text
    is_short = len(text) <= _LONGEST_RESULT and not _COUNTER.search(text) and not _TRAINS.search(cell.source)
    return is_short and split_in(text) in ("test", "val")


def _is_result(cell: CellOutput, own: Sequence[_Reader]) -> bool:
    """Whether a cell printed only the result of an evaluation."""
    one_row = len(own) == 1 and len(own[0]().epochs) == 1
    return one_row and not _COUNTER.search(cell.text) and not _TRAINS.search(cell.source)


def _runs_in(text: str, where: str, options: ReadOptions) -> list[_Reader]:
    """The runs in printed text; empty without any. Of many runs, only the last one is looked at."""
    try:
        readers = _readers(printed_runs(_long_text(text, where), where, options))
        if len(readers) > _MOST_READ:
            return readers if _has_metric(readers[-1]()) else []
        return [read for read in readers if _has_metric(read())]
    except (SourceError, HistoryError):
        return []


def _has_metric(history: TrainingHistory) -> bool:
    return any(map(names_metric, history.metric_names))


def _readers(found: TrainingHistory | Runs) -> list[_Reader]:
    """How to read each of the runs that a reader has found; what was read is kept."""
    if not isinstance(found, Runs):
        return [partial(_itself, found)]
    return [cache(partial(found.read, index)) for index in range(len(found.names))]


def _itself(history: TrainingHistory) -> TrainingHistory:
    return history


def _joined_with(
    last: _FoundInCell, cell: CellOutput, own: Sequence[_Reader], where: str, options: ReadOptions
) -> _FoundInCell | None:
    """The last training run with what this cell printed of it; None if the cell has runs of its own, or nothing."""
    if len(own) > 1 or len(last.text) + len(cell.text) > _LONGEST_JOINED:
        return None
    before = last.read().epochs.tolist()
    following = own[0]().epochs.tolist() if own else []
    ends, begins = int(before[-1]), int(following[0]) if following else 0
    goes_on = begins == ends + 1 and begins > 1
    is_evaluation = not goes_on and not _TRAINS.search(cell.source)
    is_evaluation = is_evaluation and (len(following) == 1 or (not own and _prints_result(cell)))
    if not goes_on and not is_evaluation:
        return None
    text = f"{last.text}\n{cell.text}"
    together = _runs_in(text, where, options)
    if len(together) != 1:
        return None
    history = together[0]()
    if goes_on:
        if history.epochs.tolist() != before + following:
            return None
        if begins not in history.run.resumed_at:
            history = history.with_run(replace(history.run, resumed_at=(*history.run.resumed_at, begins)))
    elif history.epochs.tolist() != before:
        return None
    return replace(last, read=partial(_itself, history), text=text)


def _of_tables(cell: CellOutput, where: str, options: ReadOptions) -> list[TrainingHistory]:
    """The training runs in the tables of a cell, named by the text above each of them."""
    shown, above, text = [], [], ""
    for table, before in zip(cell.tables, cell.above, strict=True):
        text += before
        history = _of_table(table, where, options)
        if history is not None:
            shown.append(history)
            above.append(list(lines_of(text)))
            text = ""
    said = names_of_runs(above, list(lines_of(text + cell.below)))
    return [
        history.with_run(replace(history.run, title=each.name or None, params=each.settings))
        for history, each in zip(shown, said, strict=True)
    ]


def _of_table(table: Sequence[Sequence[str]], where: str, options: ReadOptions) -> TrainingHistory | None:
    """The training in a table that fastai or Trainer shows; None if it is another table."""
    header, *rows = table
    if not rows or not header or header[0].strip().lower() not in _AXES or not any(map(names_metric, header[1:])):
        return None
    log = Logged(where)
    for row in rows:
        if len(row) == len(header):
            log.add_row(
                {
                    name: None if value.lower() in _ABSENT - {"nan"} else value
                    for name, value in zip(header, row, strict=True)
                }
            )
    try:
        return history_from_log(log, options=options)
    except (SourceError, HistoryError):
        return None


def _dumped(document: Any, where: str, options: ReadOptions) -> list[_Reader]:
    """The histories in a dict of lists that a cell printed."""
    try:
        readers = _readers(read_document(document, where, options))
        for read in readers[-_MOST_READ:]:
            read()
        return readers
    except (SourceError, HistoryError):
        return []


def _is_same(first: TrainingHistory, second: TrainingHistory) -> bool:
    """Whether a dumped history has the values of a training run whose lines were printed, which are rounded."""
    for key, series in first.curves.items():
        other = second.curves.get(key)
        if other is not None and len(other) == len(series):
            return bool(np.allclose(series.to_numpy(), other.to_numpy(), rtol=_SAME, atol=_SAME, equal_nan=True))
    return False


def _long_text(text: str, where: str) -> LongText:
    return LongText(text.encode("utf-8", "replace") or b" ", where)


FORMAT: Final = Format(
    "notebook", "Jupyter notebook", _recognise, _read, takes=frozenset({"columns", "validation_freq"})
)
