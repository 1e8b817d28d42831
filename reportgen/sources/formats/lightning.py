"""Reads PyTorch Lightning's ``metrics.csv``, as its ``CSVLogger`` writes it, or the folder that contains it.

Training and validation values are on separate rows; epochs are counted from 0. If a value was logged per step and
per epoch (``train_loss_step``, ``train_loss_epoch``), the latter is used. A test after training adds a row for one more
epoch. ``hp_metric`` is a placeholder, not a metric. The first of several validation sets is the one to judge by.
"""

import re
from dataclasses import replace
from typing import Final

import numpy as np

from reportgen.errors import SourceError
from reportgen.history.citing import cited_names
from reportgen.history.facts import RunFacts
from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import Note
from reportgen.options import ReadOptions
from reportgen.sources.flat_yaml import read_settings
from reportgen.sources.format import Fit, Format
from reportgen.sources.opening.opened import Opened, Sample
from reportgen.sources.source_runs import Runs, changed
from reportgen.sources.table.cells import Logged
from reportgen.sources.table.columns import runs_from_log
from reportgen.sources.table.delimited import read_table
from reportgen.text import printable

_FILE: Final = "metrics.csv"
_SETTINGS: Final = "hparams.yaml"
_VERSION: Final = re.compile(r"version_\d{1,9}", re.ASCII)  # as its loggers name folders
_CHECKPOINTS: Final = "checkpoints/"
_AXIS: Final = ("epoch", "step")
_RATE: Final = re.compile(r"lr-\w{1,100}(/pg\d{1,3})?(-momentum)?", re.ASCII)  # as LearningRateMonitor names it
_TEST: Final = re.compile(r"(?P<set>test)[_/ ](?P<base>.+)|(?P<other>.+)/test", re.DOTALL)
_SET: Final = re.compile(r"(?P<base>.{1,200})/dataloader_idx_(?P<number>\d{1,4})", re.DOTALL)
_HP_METRIC: Final = "hp_metric"
_TOOL: Final = "lightning"
_EVERY: Final = 5  # steps; log_every_n_steps is 50 by default, and people choose multiples of 5
_TESTED_ONCE: Final = 1  # rows; more are a curve


def _recognise(sample: Sample) -> Fit:
    if sample.files is not None:  # other programs write a metrics.csv, too; that is recognised by its content
        is_ours = _VERSION.fullmatch(sample.name) is not None
        is_ours = is_ours or any(file == _SETTINGS or file.startswith(_CHECKPOINTS) for file in sample.files)
        return Fit.LIKELY if is_ours and sample.holds(_FILE) else Fit.NO
    header = sample.header
    if len(header) < 3 or "step" not in header:
        return Fit.NO
    in_order = list(header) == sorted(header) or {*header[-2:]} == {*_AXIS}  # older versions did not sort
    is_named = sample.name.endswith(_FILE)
    return Fit.LIKELY if (in_order or is_named) and ("epoch" in header or is_named) else Fit.NO


def _read(opened: Opened, options: ReadOptions) -> TrainingHistory | Runs:
    log = read_table(opened.long_text(_FILE))
    names = [name for name in log.names if name not in options.columns]
    per_step = {name.removesuffix("_step") for name in names if name.endswith("_step")}
    per_epoch = {name.removesuffix("_epoch") for name in names if name.endswith("_epoch")}
    is_ours = bool(per_step | per_epoch) or _HP_METRIC in names or any(map(_RATE.fullmatch, names))
    is_ours = is_ours or _has_gaps(log) or _ends_before(log)
    shorter = {f"{base}_step": "" if base in per_epoch else base for base in per_step}
    shorter |= {f"{base}_epoch": base for base in per_epoch} | {_HP_METRIC: ""}
    rates = [name for name in names if _RATE.fullmatch(name)]
    shorter |= dict(zip(rates[:1], ["learning_rate"], strict=False)) | dict.fromkeys(rates[1:], "")
    shorter.pop("global_step", None)
    results = _test_results(log, names, shorter)
    log.rename({name: new for name, new in shorter.items() if name in names})
    _name_sets(log, options)
    facts = RunFacts(test_results=results, params=_settings(opened))
    found = runs_from_log(log, options=options, run=facts)
    return changed(found, lambda run: run.with_run(replace(run.run, tool=_TOOL))) if is_ours else found


def _has_gaps(log: Logged) -> bool:
    """Whether training and validation values are on separate rows."""
    return any((column := log.numbers(name)) is not None and len(column.rows) < log.n_rows for name in log.names)


def _ends_before(log: Logged) -> bool:
    """Whether values were logged after every 10, 50, ... steps, counted from 0: at step 49, 99, ..."""
    steps = log.numbers(_AXIS[1]) if _AXIS[1] in log.names else None
    return steps is not None and len(steps.values) > 1 and bool(((steps.values + 1) % _EVERY == 0).all())


def _test_results(log: Logged, names: list[str], shorter: dict[str, str]) -> tuple[tuple[str, float], ...]:
    """The results of a test after training; their columns are marked to be left out.

    Raises:
        SourceError: there is nothing else.
    """
    tests = {name: match for name in names if (match := _TEST.fullmatch(name))}
    columns = {name: log.numbers(name) for name in tests}
    single = {
        name: float(column.values[-1])
        for name, column in columns.items()
        if column is not None and len(column.values) == _TESTED_ONCE and np.isfinite(column.values[-1])
    }
    others = [
        name
        for name in names
        if name not in (*_AXIS, *tests, *shorter) or (shorter.get(name) and name not in tests and name not in single)
    ]
    filled = [name for name in others if (column := log.numbers(name)) is None or len(column.rows)]
    if single and not filled and len(single) == len(tests):
        raise SourceError(
            f"{log.where}: it has only results of a test ({cited_names(list(single))}), no values of a training run. "
            "Pass the metrics.csv of the training run."
        )
    if not filled:
        return ()
    shorter |= dict.fromkeys(single, "")
    return tuple((printable(_base(tests[name]), 100), value) for name, value in single.items())


def _base(test: "re.Match[str]") -> str:
    """The name of a metric without the word for its data set."""
    base = test["base"] or test["other"]
    return str(base).removesuffix("_epoch")


def _name_sets(log: Logged, options: ReadOptions) -> None:
    """Gives the metrics of the first validation set their plain names."""
    found = {name: match for name in log.names if name not in options.columns and (match := _SET.fullmatch(name))}
    numbers = sorted({int(match["number"]) for match in found.values()})
    if not numbers:
        return
    log.rename({name: match["base"] for name, match in found.items() if int(match["number"]) == numbers[0]})
    if len(numbers) > 1:
        first = f"dataloader_idx_{numbers[0]}"
        log.notes.append(Note.of("several-validation-sets", count=len(numbers), first=first))


def _settings(opened: Opened, folder: str = "") -> tuple[tuple[str, str], ...]:
    return read_settings(opened, [f"{folder}{name}" for name in (_SETTINGS,)])


FORMAT: Final = Format("lightning", "PyTorch Lightning metrics.csv", _recognise, _read, settings=_settings)
