"""Reads the ``results.csv`` of Ultralytics or YOLOv5, or the run folder that contains it.

The settings of a folder are those of ``args.yaml`` or ``opt.yaml``. Older files pad names with spaces. If the total
loss is not logged, the sum of its parts is shown as the loss. Runs are compared by the metric that chooses ``best.pt``.
"""

import re
from typing import Final

import numpy as np

from reportgen.history.facts import OBJECTIVE, RunFacts
from reportgen.history.frame import TrainingHistory
from reportgen.history.notes import Note, short_names
from reportgen.options import ReadOptions
from reportgen.sources.flat_yaml import read_settings
from reportgen.sources.format import Fit, Format
from reportgen.sources.opening.opened import Opened, Sample
from reportgen.sources.source_runs import Runs
from reportgen.sources.table.cells import Column
from reportgen.sources.table.columns import runs_from_log
from reportgen.sources.table.delimited import read_table

_FILE: Final = "results.csv"
_BESIDE: Final = re.compile(r"(args|opt|hyp)\.yaml|results\.png|weights/.{1,200}|confusion_matrix.{0,40}\.png")
_LOSSES: Final = ("_loss", "_om", "_oo")  # YOLOv10 has two heads
_RATES: Final = ("lr/pg0", "x/lr0", "lr/0")
_SETTINGS: Final = ("args.yaml", "opt.yaml")
_WANTED: Final = (  # of a hundred settings, those that change what is learned
    "model", "data", "epochs", "batch", "batch_size", "imgsz", "img_size", "seed", "optimizer", "lr0", "lrf",
    "momentum", "weight_decay", "warmup_epochs", "cos_lr", "patience", "pretrained", "freeze", "dropout",
    "single_cls", "rect", "multi_scale", "amp", "box", "cls", "dfl", "label_smoothing", "nbs", "hsv_h",
    "hsv_s", "hsv_v", "degrees", "translate", "scale", "shear", "perspective", "flipud", "fliplr", "mosaic",
    "mixup", "cutmix", "copy_paste", "erasing", "close_mosaic",
)  # fmt: skip
_GOAL: Final = re.compile(r"val_(mAP50-95\(\w\)|mAP_0\.5:0\.95|accuracy_top1)")  # chooses best.pt; of masks, not boxes
_FIRST: Final = {"train/": "", "val/": "val_", "test/": "val_", "metrics/": "val_"}  # YOLOv5 classifies on "test"


def _recognise(sample: Sample) -> Fit:
    if sample.files is not None:  # many programs write a results.csv; that is recognised by its content
        is_ours = any(map(_BESIDE.fullmatch, sample.files))
        return Fit.LIKELY if is_ours and sample.holds(_FILE) else Fit.NO
    header = sample.header
    is_ours = all(any(name.startswith(first) for name in header) for first in ("train/", "metrics/"))
    return Fit.CERTAIN if is_ours and header[0] == "epoch" else Fit.NO


def _read(opened: Opened, options: ReadOptions) -> TrainingHistory | Runs:
    log, known = read_table(opened.long_text(_FILE)), dict[str, str]()
    for name in log.names:
        first = next((first for first in _FIRST if name.startswith(first)), None)
        if first is not None:
            known[name] = _FIRST[first] + name.removeprefix(first)
        elif name in _RATES:
            known[name] = "learning_rate"
        elif name.startswith(("lr/", "x/lr")):
            known[name] = ""  # rates of other parameter groups
    columns, _ = log.columns({name: name for name in log.names}, log.names)
    summed = False
    for first, total in (("train/", "loss"), ("val/", "val_loss")):
        parts = [name for name in columns if name.startswith(first) and name.endswith(_LOSSES)]
        if len(parts) > 1 and total not in known.values():
            rows = columns[parts[0]].rows
            if all(np.array_equal(rows, columns[name].rows) for name in parts):
                with np.errstate(invalid="ignore", over="ignore"):
                    log.add_column(total, Column(rows, np.sum([columns[name].values for name in parts], axis=0)))
                if not summed:
                    log.notes.append(
                        Note.of("summed-losses", names=short_names(name.removeprefix(first) for name in parts))
                    )
                summed = True
    durations = None
    if "time" in columns and "time" not in options.columns:
        known["time"] = ""
        passed = columns["time"]
        if len(passed.rows) == log.n_rows:
            with np.errstate(invalid="ignore", over="ignore"):
                durations = np.diff(passed.values, prepend=0.0)
    goal = next((name for name in reversed(known.values()) if _GOAL.fullmatch(name)), None)
    facts = RunFacts(params=_settings(opened), settings=((OBJECTIVE, goal),) if goal else ())
    return runs_from_log(log, options=options, known=known, run=facts, durations_s=durations)


def _settings(opened: Opened, folder: str = "") -> tuple[tuple[str, str], ...]:
    return read_settings(opened, [f"{folder}{name}" for name in _SETTINGS], _WANTED)


FORMAT: Final = Format(
    "ultralytics", "Ultralytics results.csv", _recognise, _read, tool="ultralytics", settings=_settings
)
