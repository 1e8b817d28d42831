"""Reads what programs print during training, such as ``Epoch 3/20, train loss: 0.31, val loss: 0.40``."""

from typing import Final

from reportgen.history.frame import TrainingHistory
from reportgen.options import ReadOptions
from reportgen.sources.format import Fit, Format
from reportgen.sources.opening.opened import Opened, Sample
from reportgen.sources.printed import looks_printed, printed_runs
from reportgen.sources.source_runs import Runs


def _recognise(sample: Sample) -> Fit:
    return Fit.NO if sample.files is not None else looks_printed(sample.text)


def _read(opened: Opened, options: ReadOptions) -> TrainingHistory | Runs:
    return printed_runs(opened.long_text(), opened.where, options)


FORMAT: Final = Format("console", "printed log", _recognise, _read)
