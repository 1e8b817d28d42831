"""Reads a DVCLive folder: one table per metric, ``plots/metrics/train/loss.tsv``, with steps and values.

Steps 0, 1, 2, ... are epochs, as DVCLive's callbacks count them. The settings are those that ``log_params`` has stored.
"""

import re
from typing import Final

import numpy as np

from reportgen.errors import SourceError
from reportgen.history.citing import cited_names
from reportgen.history.facts import RunFacts
from reportgen.history.frame import TrainingHistory
from reportgen.options import ReadOptions
from reportgen.sources.flat_yaml import read_settings
from reportgen.sources.format import Fit, Format
from reportgen.sources.opening.opened import Opened, Sample
from reportgen.sources.source_runs import Runs, runs_in_folders
from reportgen.sources.table.cells import log_of_curves
from reportgen.sources.table.columns import history_from_log
from reportgen.sources.table.delimited import read_table
from reportgen.text import natural_order

_METRIC: Final = re.compile(r"(?P<folder>(?:[^/]+/)?)plots/metrics/(?P<name>.+)\.tsv")
_SETTINGS: Final = "params.yaml"


def _recognise(sample: Sample) -> Fit:
    return Fit.CERTAIN if any(map(_METRIC.fullmatch, sample.files or ())) else Fit.NO


def _folders(sample: Sample) -> list[str]:
    """The folders of runs within a folder; "" is the folder itself."""
    found = {match["folder"] for file in sample.files or () if (match := _METRIC.fullmatch(file))}
    return sorted(found, key=natural_order)


def _read(opened: Opened, options: ReadOptions) -> TrainingHistory | Runs:
    where = opened.where
    found = [match for file in opened.sample.files or () if (match := _METRIC.fullmatch(file))]
    folders = _folders(opened.sample)
    if not folders:
        raise SourceError(f"{where}: it has no plots/metrics folder. Pass the folder of a DVCLive run.")

    def read(index: int) -> TrainingHistory:
        mine = [match for match in found if match["folder"] == folders[index]]
        curves = {match["name"]: _curve(opened, match[0]) for match in mine}
        facts = RunFacts(params=read_settings(opened, [f"{folders[index]}{_SETTINGS}"]))
        return history_from_log(log_of_curves(curves, where), options=options, run=facts)

    return runs_in_folders(folders, read)


def _curve(opened: Opened, file: str) -> tuple[np.ndarray, np.ndarray]:
    """Steps and values of one metric."""
    place = opened.place(file)
    log = read_table(opened.long_text(file))
    names = log.names
    if "step" not in names or len(names) < 2:
        raise SourceError(
            f"{place}: its columns are {cited_names(names)}; DVCLive writes a step and a value. Remove the file."
        )
    columns, _ = log.columns({"step": "step", names[-1]: "value"} if names[-1] != "step" else {"step": "value"})
    steps, value = columns.get("step"), columns["value"]
    if steps is None or len(steps.rows) != log.n_rows or not np.isfinite(steps.values).all():
        raise SourceError(f"{place}: a row has no step. Remove the row.")
    return steps.values[value.rows], value.values


FORMAT: Final = Format("dvclive", "DVCLive folder", _recognise, _read, runs=_folders)
