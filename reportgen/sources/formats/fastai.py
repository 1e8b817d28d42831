"""Reads fastai's ``history.csv``: epoch, train_loss, valid_loss, metrics on the validation set, time.

Epochs are counted from 0; the time of an epoch is written as minutes and seconds.
"""

from typing import Final

import numpy as np

from reportgen.history.frame import TrainingHistory
from reportgen.options import ReadOptions
from reportgen.sources.format import Fit, Format
from reportgen.sources.opening.opened import Opened, Sample
from reportgen.sources.source_runs import Runs
from reportgen.sources.table.columns import runs_from_log
from reportgen.sources.table.delimited import read_table

_LOSSES: Final = ("epoch", "train_loss", "valid_loss")
_KNOWN: Final = {"epoch": "epoch", "train_loss": "loss", "valid_loss": "val_loss"}


def _recognise(sample: Sample) -> Fit:
    header = sample.header
    return Fit.LIKELY if header[:3] == _LOSSES and header[-1] == "time" else Fit.NO


def _read(opened: Opened, options: ReadOptions) -> TrainingHistory | Runs:
    texts = () if "time" in options.columns else ("time",)
    log = read_table(opened.long_text(), texts=texts)
    known = {name: _KNOWN.get(name, f"val_{name}") for name in log.names}
    durations = np.array([_seconds(text) for text in log.texts.get("time", [])])
    return runs_from_log(log, options=options, known=known, durations_s=durations if len(durations) else None)


def _seconds(text: str) -> float:
    """Converts ``1:02:03`` or ``00:05`` to seconds; NaN for other text."""
    parts = text.strip().split(":")
    if not 1 < len(parts) < 4 or not all(part.isascii() and part.isdigit() and len(part) < 9 for part in parts):
        return np.nan
    return float(sum(int(part) * 60**power for power, part in enumerate(reversed(parts))))


FORMAT: Final = Format("fastai", "fastai history.csv", _recognise, _read, tool="fastai")
