"""Reads PyTorch Lightning's ``metrics.csv``, as its ``CSVLogger`` writes it, or the folder that contains it.

Training and validation values are on separate rows; epochs are counted from 0. If a value was logged per step and
per epoch (``train_loss_step``, ``train_loss_epoch``), the latter is used. A test after training adds a row for one more
epoch.
"""

import re
from typing import Final

from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import Note, short_names
from reportgen.options import ReadOptions
from reportgen.sources.format import Fit, Format
from reportgen.sources.opening.opened import Opened, Sample
from reportgen.sources.table.columns import history_from_log
from reportgen.sources.table.delimited import read_table

_FILE: Final = "metrics.csv"
_AXIS: Final = ("epoch", "step")
_RATE: Final = re.compile(r"lr-\w{1,100}", re.ASCII)  # as LearningRateMonitor names it
_TEST: Final = ("test_", "test/")


def _recognise(sample: Sample) -> Fit:
    if sample.files is not None:
        return Fit.LIKELY if sample.holds(_FILE) else Fit.NO
    header = sample.header
    in_order = len(header) > 2 and list(header) == sorted(header) and "step" in header
    return Fit.LIKELY if in_order and ("epoch" in header or sample.name == _FILE) else Fit.NO


def _read(opened: Opened, options: ReadOptions) -> TrainingHistory:
    log = read_table(opened.long_text(_FILE))
    names = [name for name in log.names if name not in options.columns]
    per_epoch = {name.removesuffix("_epoch") for name in names if name.endswith("_epoch")}
    shorter = {f"{base}_step": "" for base in per_epoch} | {f"{base}_epoch": base for base in per_epoch}
    rates = [name for name in names if _RATE.fullmatch(name)]
    shorter |= dict(zip(rates[:1], ["learning_rate"], strict=False))
    tests = [name for name in names if name.startswith(_TEST)]
    if tests and len(tests) < len([name for name in names if name not in _AXIS]):
        shorter |= dict.fromkeys(tests, "")
        log.notes.append(Note.of("tests", columns=short_names(tests)))
    log.rename({name: new for name, new in shorter.items() if name in names})
    return history_from_log(log, options=options)


FORMAT: Final = Format("lightning", "PyTorch Lightning metrics.csv", _recognise, _read)
