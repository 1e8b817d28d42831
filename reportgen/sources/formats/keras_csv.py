"""Reads the CSV files of Keras' ``CSVLogger``.

Epochs are counted from 0. Absent values are "NA"; vectors are "[a, b]" in their own quotes. Keys first seen after
the first epoch are not in the file. Without validation in the first epoch, every column has a ``val_`` twin of NA. With
``append=True`` epoch numbers may restart without a new header. Beside a log in the folder of a trial, KerasTuner stores
its hyperparameters in ``trial.json``.
"""

from dataclasses import replace
from typing import Final

from reportgen.history.frame import TrainingHistory
from reportgen.metrics import VALIDATION_PREFIX
from reportgen.options import ReadOptions
from reportgen.sources.format import Fit, Format
from reportgen.sources.json_settings import read_json_settings
from reportgen.sources.opening.opened import Opened, Sample
from reportgen.sources.source_runs import Runs, changed
from reportgen.sources.table.columns import runs_from_log
from reportgen.sources.table.delimited import read_table
from reportgen.sources.table.naming import is_counter_name

_TRIAL: Final = "trial.json"


def _recognise(sample: Sample) -> Fit:
    epoch, *names = sample.header or ("",)
    plain = [name for name in names if not name.startswith(VALIDATION_PREFIX)]
    held_out = [name for name in names if name.startswith(VALIDATION_PREFIX)]
    if any(map(is_counter_name, names)):
        return Fit.NO  # several rows per epoch
    in_order = names in (sorted(names), sorted(plain) + sorted(held_out))
    known = "loss" in plain and all(name.removeprefix(VALIDATION_PREFIX) in plain for name in held_out)
    return Fit.LIKELY if epoch == "epoch" and in_order and known else Fit.NO


def _read(opened: Opened, options: ReadOptions) -> TrainingHistory | Runs:
    found = runs_from_log(read_table(opened.long_text()), options=options, known={}, word="fit")
    if not _is_certain(opened.sample):
        return found
    return changed(found, lambda run: run.with_run(replace(run.run, tool="keras")))


def _is_certain(sample: Sample) -> bool:
    """Whether it is Keras that wrote the table: it counts from 0. Other programs that use its names count from 1."""
    _, rows = sample.columns
    return bool(rows) and rows[0][0] == "0"


def _settings(opened: Opened, folder: str) -> tuple[tuple[str, str], ...]:
    """The hyperparameters of a trial of KerasTuner."""
    return read_json_settings(opened, f"{folder}{_TRIAL}", "hyperparameters", "values")


FORMAT: Final = Format("csv", "Keras CSVLogger", _recognise, _read, settings=_settings)
