"""Reads CSV exports from Weights & Biases: the history of a run, or a chart panel.

Columns of a panel are named ``run - metric``, and each also has a ``__MIN`` and a ``__MAX`` column.
"""

from collections.abc import Mapping
from typing import Final

from reportgen.errors import SourceError
from reportgen.history.facts import RunFacts
from reportgen.history.frame import TrainingHistory
from reportgen.options import ReadOptions
from reportgen.sources.format import Fit, Format
from reportgen.sources.formats.wandb import tidy_names
from reportgen.sources.opening.long_text import LongText
from reportgen.sources.opening.opened import Opened, Sample
from reportgen.sources.source_runs import Runs
from reportgen.sources.table.cells import Logged
from reportgen.sources.table.columns import history_from_log, runs_from_log
from reportgen.sources.table.delimited import read_table
from reportgen.sources.table.other_tables import refuse_other_tables

_TWINS: Final = ("__MIN", "__MAX")
_CLOCKS: Final = ("_runtime", "_timestamp", "_wandb", "Relative Time (Process)", "Relative Time (Wall)", "Wall Time")
_BETWEEN: Final = " - "
_RUNS_TABLE: Final = {"Name", "State", "Created", "Runtime"}


def _recognise(sample: Sample) -> Fit:
    header = set(sample.header)
    is_history = "_step" in header and not header.isdisjoint(_CLOCKS)
    is_panel = any(name.endswith(_TWINS) and _BETWEEN in name for name in header)
    return Fit.LIKELY if is_history or is_panel or header >= _RUNS_TABLE else Fit.NO


def _read(opened: Opened, options: ReadOptions) -> TrainingHistory | Runs:
    where = opened.where
    if set(opened.sample.header) >= _RUNS_TABLE:
        raise SourceError(
            f"{where}: this is a table with one row per run, not the history of a run. Export a chart panel, or "
            "run.history()."
        )
    parted = {name: name.split(_BETWEEN, 1) for name in opened.sample.header if _BETWEEN in name}
    wanted = [name for name in parted if name in options.columns] or list(parted)
    text = opened.long_text()
    if not wanted:
        if options.format is None:
            refuse_other_tables(*opened.sample.columns, where)
        return runs_from_log(_log_of_run(text, {}, None, options), options=options)
    runs = list(dict.fromkeys(parted[name][0] for name in wanted))

    def read(index: int) -> TrainingHistory:
        mine = {name: parted[name][1] for name in wanted if parted[name][0] == runs[index]}
        log = _log_of_run(text, mine, runs[index], options)
        return history_from_log(log, options=options, run=RunFacts(title=runs[index]))

    return Runs(tuple(runs), read)


def _log_of_run(text: LongText, mine: Mapping[str, str], run: str | None, options: ReadOptions) -> Logged:
    """The log of one run of a panel, given the metrics by the names of its columns, or of a table of one run."""
    log = read_table(text)
    names = [name for name in log.names if name not in options.columns]
    log.rename({name: "" for name in names if name.endswith(_TWINS) or name in _CLOCKS})
    log.rename({name: "" for name in log.names if _BETWEEN in name and run is not None and name not in mine})
    log.rename({name: metric for name, metric in mine.items() if name not in options.columns})
    tidy_names(log, options)
    return log


FORMAT: Final = Format("wandb-csv", "Weights & Biases CSV export", _recognise, _read)
