"""A DVCLive folder: a table per metric, ``plots/metrics/train/loss.tsv``, with the step and the value.

Steps that count 0, 1, 2, ... are epochs, as DVCLive's callbacks count them.
"""

import re
from typing import Final

import numpy as np

from reportgen.errors import SourceError, listed, quoted
from reportgen.history import TrainingHistory
from reportgen.sources.cells import Column, Logged
from reportgen.sources.columns import history_from_log
from reportgen.sources.format import Fit, Format, Options, Sample
from reportgen.sources.opening import Opened
from reportgen.sources.tables import read_table

_METRIC: Final = re.compile(r"(?P<folder>(?:[^/]+/)?)plots/metrics/(?P<name>.+)\.tsv")


def _recognise(sample: Sample) -> Fit:
    return Fit.CERTAIN if any(map(_METRIC.fullmatch, sample.files or ())) else Fit.NO


def _read(opened: Opened, options: Options) -> TrainingHistory:
    where = opened.where
    found = [match for file in opened.sample.files or () if (match := _METRIC.fullmatch(file))]
    folders = sorted({match["folder"] for match in found})
    if len(folders) != 1:
        met = f"runs in {listed(folders)}" if folders else "no plots/metrics folder"
        raise SourceError(f"{where}: it holds {met}; one DVCLive run is needed. Name its folder.")
    curves = {match["name"]: _curve(opened, match[0]) for match in found}
    steps = np.unique(np.concatenate([rows for rows, _ in curves.values()]))
    log = Logged(where)
    counts = len(steps) and steps[0] in (0, 1) and (np.diff(steps) == 1).all()
    log.add_column("epoch" if counts else "step", Column(np.arange(len(steps)), steps))
    for name, (stated, values) in curves.items():
        order = np.argsort(stated, kind="stable")
        last = np.append(np.diff(stated[order]) != 0, True) if len(order) else np.zeros(0, dtype=bool)
        kept = order[last]  # of a step that was logged twice, as after a resumed run, the last
        if not (name == "epoch" and counts):
            log.add_column(name, Column(np.searchsorted(steps, stated[kept]), values[kept]))
    return history_from_log(log, options=options)


def _curve(opened: Opened, file: str) -> tuple[np.ndarray, np.ndarray]:
    """Steps and values of one metric."""
    place = opened.place(file)
    log = read_table(opened.text(file), place).log
    names = log.names
    if "step" not in names or len(names) < 2:
        raise SourceError(
            f"{place}: its columns are {listed(names)}; a step and a value are needed, as DVCLive writes them. Remove "
            "the file."
        )
    columns, _ = log.columns({"step": "step", names[-1]: "value"} if names[-1] != "step" else {"step": "value"})
    steps, value = columns.get("step"), columns["value"]
    if steps is None or len(steps.rows) != log.n_rows or not np.isfinite(steps.values).all():
        raise SourceError(f"{place}: {quoted('step')} is missing in a row; every value needs one. Remove the row.")
    return steps.values[value.rows], value.values


FORMAT: Final = Format("dvclive", "DVCLive folder", _recognise, _read)
